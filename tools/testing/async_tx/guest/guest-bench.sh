# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the I/OAT bench runs in a guest, be it the base's kernel or ours. Figures
# are lines "bench: ROW FIGURE". The host knows which machine this is; see
# bench/ioat.py.

export REPORT=tap
# shellcheck source-path=SCRIPTDIR source=guest-bench-lib.sh
. /lib/guest-bench-lib.sh

# Two alike, but the first one's thread does not sleep between copies. Where the
# processor polls both are awake, and what the host takes to wake them up is left
# out; where interrupts are waited for they would be in the way of QEMU's others.
awake=0000:00:03.0
copier=0000:00:05.0

# copies ROW DEVICE BYTES COUNT SETTING...: dmatest alone there; the sum of what its
# threads tell of themselves. Nothing else runs meanwhile, lest it be measured too.
copies()
{
	row=$1
	device=$2
	size=$3
	count=$4
	shift 4
	dmesg -c > /dev/null
	insmod /modules/dmatest.ko device="$device" dmatest=0 noverify=1 norandom=1 \
		test_buf_size="$size" iterations="$count" timeout=30000 "$@" \
		run=1 || return 1
	# Its reader sleeps until all threads are done.
	cat /sys/module/dmatest/parameters/wait
	dmesg > /tmp/dmatest
	rmmod dmatest
	threads=$(dmatest_threads < /tmp/dmatest)
	note="$threads threads"
	# "summary N tests, 0 failures OPS iops RATE KB/s (0)"
	awk -v row="$row" -v threads="$threads" '/: summary / {
		for (i = 1; $i != "iops"; i++)
			if ($i ~ /^failures/)
				failures += $(i - 1)
		ops += $(i - 1)
		n++
	} END {
		if (failures || !n || n != threads || !ops)
			exit 1
		printf "bench: %s %.2f\n", row, ops
	}' /tmp/dmatest >> /tmp/figures || {
		cat /tmp/dmatest
		return 1
	}
}

# array LEVEL: sequential writes to six RAM disks, with async_tx as it comes
array()
{
	array_make "$1" || return 1
	before=$(interrupts)
	write_rate "raid$1-seq" --rw=write --bs=1M
	note="$(($(interrupts) - before)) interrupts"
	array_end || return 1
	# Ours may leave it to the CPU.
	[ -e "$async_tx/policy" ] || [ "${note% *}" -gt 100 ]
}

# What all interrupts of the driver have come to.
interrupts()
{
	awk '/ioat-msix/ {
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			n += $i
	} END { print n + 0 }' /proc/interrupts
}

# The base's driver keeps such devices from async_tx.
unbind_copiers()
{
	echo $copier > /sys/bus/pci/drivers/ioatdma/unbind &&
	echo $awake > /sys/bus/pci/drivers/ioatdma/unbind
}

load()
{
	insmod /modules/dca.ko && insmod /modules/ioatdma.ko
}

step "boot" machine
step "load ioatdma" load
for job in 4096:20000 65536:8000 1048576:3000; do
	size=${job%:*}
	count=${job#*:}
	step "copies of $size bytes, one by one" \
		copies "copy-$size-irq" $copier "$size" "$count"
	step "copies of $size bytes, 16 at a time" \
		copies "copy-$size-irq16" $copier "$size" $((count / 8)) threads_per_chan=16
	step "copies of $size bytes, polled" \
		copies "copy-$size-polled" $awake "$size" $((count * 10)) polled=1
done
step "leave the devices that only copy alone" unbind_copiers
for level in 5 6; do
	step "RAID-$level: write" array $level
done
cat /tmp/figures
[ "$steps_failed" -eq 0 ]
