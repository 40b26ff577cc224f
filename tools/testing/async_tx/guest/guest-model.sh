# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The base's ioatdma and dmatest on our I/OAT models, in TAP: with each kind of
# interrupt, on every channel, each operation that the driver offers there. The
# host knows which machine this is; see qemu/check.sh.

export REPORT=tap
# shellcheck source-path=SCRIPTDIR source=guest-lib.sh
. /lib/guest-lib.sh

driver=/sys/bus/pci/drivers/ioatdma

# load STYLE: the driver, with that kind of interrupt
load()
{
	dmesg -c > /dev/null
	insmod /modules/ioatdma.ko ioat_interrupt_style="$1" || return 1
	dmesg > /tmp/probe
	interrupts=$(grep -c "ioat-$1" /proc/interrupts)
	note="$interrupts interrupts"
	cat /tmp/probe
	! grep -iE 'self-test|failed|error|timed out' /tmp/probe &&
	[ "$interrupts" -gt 0 ]
}

# bound DEVICE CHANNELS OPERATION...: as its channels say in sysfs and dmatest
bound()
{
	found=0
	for channel in "$driver/0000:00:$1.0"/dma/dma*chan*; do
		[ -d "$channel" ] && found=$((found + 1))
	done
	note="$found channels"
	equal "$2" "$found" "channels of $1"
}

not_bound()
{
	[ -e "/sys/bus/pci/devices/0000:00:$1.0" ] &&
	[ ! -e "$driver/0000:00:$1.0" ]
}

# What each of the driver's interrupts has come to, on all processors.
interrupt_counts()
{
	awk -v what="ioat-$style" '$NF ~ what {
		n = 0
		for (i = 2; $i ~ /^[0-9]+$/; i++)
			n += $i
		print $1, n
	}' /proc/interrupts
}

# Has each interrupt come at least so many times since /tmp/before?
interrupts_came()
{
	interrupt_counts > /tmp/after
	note="$(awk -v least="$1" 'NR == FNR { before[$1] = $2; next } {
		n = $2 - before[$1]
		sum += n
		few += n < least
	} END {
		printf "%d interrupts by %d vectors or lines", sum, FNR
		exit few > 0
	}' /tmp/before /tmp/after)"
}

# run SOURCES: dmatest on all channels at once; its report in /tmp/report. It is
# unloaded when each of its threads has told how it ended, no sooner: what is
# under way then fails.
run()
{
	dmesg -c > /dev/null
	interrupt_counts > /tmp/before
	insmod /modules/dmatest.ko iterations=$iterations xor_sources="$1" \
		pq_sources="$1" timeout=30000 run=1 || return 1
	threads=$(dmesg | dmatest_threads)
	wait_until 120 dmatest_ended "$threads"
	rmmod dmatest || return 1
	dmesg -c > /tmp/report
	sed -n 's/.*\(dma[0-9]*chan[0-9]*-[a-z]*[0-9]*\): summary \([0-9]*\) tests, \([0-9]*\) failures.*/\1 \2 \3/p' \
		/tmp/report > /tmp/summary
	cat /tmp/report /tmp/before
	equal "$threads" "$(wc -l < /tmp/summary)" "threads that ended" &&
	! grep -q 'result #' /tmp/report &&
	# One for each that a thread of its own waits for; three threads may
	# find each other's done before the interrupt.
	interrupts_came $((iterations / 2))
}

# passed DEVICE NAME OPERATION CHANNELS: by dmatest's own summary
passed()
{
	good=0
	for channel in "$driver/0000:00:$1.0"/dma/dma*chan*; do
		grep -qx "$(basename "$channel")-${3}0 $iterations 0" \
			/tmp/summary && good=$((good + 1))
	done
	note="$good channels, $iterations transfers each"
	echo "$2 $3 $((good * iterations))" >> /tmp/totals
	cat /tmp/summary
	equal "$4" "$good" "channels whose $3 passed"
}

# What passed, of all rounds, for a reader.
totals()
{
	awk '{ n[$1 ": " $2] += $3 } END {
		for (what in n)
			print "# " what, n[what], "transfers, 0 failures"
	}' /tmp/totals | sort
}

unload()
{
	rmmod ioatdma && [ ! -d /sys/bus/pci/drivers/ioatdma ]
}

# For each device: its number, a name, its channels, and what dmatest is to find
# there.
devices="
03 2.0 0
04 3.0 1 copy
05 3.2 1 copy
06 3.2-raid 2 copy xor pq
07 3.3 1 copy xor pq
08 3.4 1 copy"

# each_device FUNCTION...
each_device()
{
	echo "$devices" | while read -r number name channels operations; do
		[ -z "$number" ] || echo "$number $name $channels $operations"
	done > /tmp/devices
	while read -r number name channels operations; do
		"$@"
	done < /tmp/devices
}

device_bound()
{
	if [ "$channels" -gt 0 ]; then
		step "$style: $name: self-test passes, channels are there" \
			bound "$number" "$channels"
	else
		step "$style: $name: left alone by this driver" not_bound "$number"
	fi
}

device_passed()
{
	for operation in $operations; do
		step "$style, $sources sources: $name: $operation" \
			passed "$number" "$name" "$operation" "$channels"
	done
}

# round STYLE SOURCES...: the driver's life, with dmatest once for each number
round()
{
	style=$1
	shift
	step "$style: load ioatdma" load "$style" || return
	each_device device_bound
	for sources in "$@"; do
		step "$style, $sources sources: run dmatest" \
			run "$sources"
		each_device device_passed
	done
	step "$style: unload ioatdma" unload
}

step "boot" machine
insmod /modules/dca.ko
iterations=1000
# One descriptor, one and its extension, one with its block of sources. For each
# run the driver allocates 65,536 descriptors a channel, one by one.
round msix 3 7 15
round msi 7
round intx 7
totals

[ "$steps_failed" -eq 0 ]
