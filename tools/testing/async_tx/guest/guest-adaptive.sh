# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the bench of the policy 'adaptive' runs in a guest: the same work, on the CPU
# alone, on an engine alone, and as 'adaptive' has it, with engines of several
# speeds. A row's name is ENGINE-WORK-POLICY. The host knows which device has which
# speed; see bench/adaptive.py.

# shellcheck source-path=SCRIPTDIR source=guest-bench-lib.sh
. /lib/guest-bench-lib.sh

fio_seconds=2

# For each device: its number, and what its speed is called.
devices="
04 slow
05 equal
06 fast"

driver=/sys/bus/pci/drivers/ioatdma

load()
{
	insmod /modules/dca.ko && insmod /modules/ioatdma.ko || return 1
	for device in "$driver"/0000:*; do
		echo "${device##*/}" > "$driver/unbind" || return 1
	done
}

# by_policies FUNCTION...: with the name of each as its last argument; those that
# 'adaptive' is compared with, twice. The first on a new array has it easier than the
# others: which that is, the host says.
by_policies()
{
	for i in 0 1 2 3 4; do
		policy=$(echo cpu engine adaptive cpu-again engine-again |
			 cut -d' ' -f$(((FIRST + i) % 5 + 1)))
		policy "${policy%-again}" || return 1
		"$@" "$policy" || return 1
	done
}

# What it did not learn in the first half of a second it has not to learn later.
writes()
{
	write_rate "$engine-$1-$4" --rw="$2" --bs="$3" --ramp_time=0.5
}

# 512 folios of 64 KiB are moved, 16 times; the module tells of the best.
copies()
{
	dmesg -c > /dev/null
	insmod /modules/async_tx_migrate.ko nr=512 order=4 rounds=16 &&
	rmmod async_tx_migrate || return 1
	dmesg | awk -v row="$engine-copies-$1" \
		'sub(/.*async_memcpy_folios\(\): .*, /, "") {
			print "bench: " row " " $1
			n++
		} END { exit n != 1 }' >> /tmp/figures
}

array()
{
	array_make "$1" || return 1
	by_policies writes "raid$1-seq" write 1M
	by_policies writes "raid$1-rand" randwrite 4k
	array_end
}

bind()
{
	echo "0000:00:$1.0" > "$driver/bind"
}

# What was known of its channels is forgotten.
unbind()
{
	echo "0000:00:$1.0" > "$driver/unbind"
}

step "boot" machine
step "load ioatdma" load
echo "$devices" > /tmp/devices
while read -r number engine; do
	[ -n "$number" ] || continue
	subject=$engine
	step "bind it" bind "$number"
	step "RAID-5" array 5
	step "RAID-6" array 6
	step "copies" by_policies copies
	step "unbind it" unbind "$number"
done < /tmp/devices
cat /tmp/figures
[ "$steps_failed" -eq 0 ]
