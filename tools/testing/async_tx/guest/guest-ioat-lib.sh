# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# I/OAT devices in the guest: which there are, binding them to the driver, and
# the kernel's dmatest on their channels. Sourced in place of guest-lib.sh, never
# run. check-ioat.sh makes the machine.

# shellcheck source-path=SCRIPTDIR source=guest-lib.sh
. /lib/guest-lib.sh

export driver=/sys/bus/pci/drivers/ioatdma
raid="pq pq_val xor xor_val"

# For each device: its number, version and channels, which tests it gets, and
# what it offers but copies. The first of version 3.2 is one of those that claim
# xor and P+Q but must not be asked for them.
devices="
03 2.0 1 all
04 2.0 8 all
05 3.0 2 short
06 3.2 2 short
07 3.2 1 all $raid
08 3.2 8 all $raid
09 3.3 1 all $raid
0a 3.3 8 all $raid
0b 3.4 1 all
0c 3.4 8 all"

# each_device FUNCTION...: with $number, $version, $channels, $amount and $caps
# shellcheck disable=SC2034 # they are the function's
each_device()
{
	echo "$devices" > /tmp/devices
	while read -r number version channels amount caps; do
		[ -n "$number" ] || continue
		subject="$version, $channels channels"
		[ "$channels" -gt 1 ] || subject="$version, 1 channel"
		"$@"
	done < /tmp/devices
	subject=
}

# bind NUMBER...: these devices to the driver, no others
bind()
{
	for device in "$driver"/0000:*; do
		[ -e "$device" ] || continue
		echo "${device##*/}" > "$driver/unbind" || return 1
	done
	for device; do
		echo "0000:00:$device.0" > "$driver/bind" || return 1
	done
}

channels_of()
{
	for channel in "$driver/$1"/dma/dma*chan*; do
		[ -d "$channel" ] && echo "${channel##*/}"
	done
}

# The host may be busy with other things for longer than an engine ever is, so
# a channel gets a second, unless faults are to be seen sooner.
patience()
{
	echo "$1" > /sys/module/ioatdma/parameters/completion_timeout
}

# load PARAMETER...: bound to all devices; all self-tests have to pass
load()
{
	[ -d /sys/module/dca ] || insmod /modules/dca.ko || return 1
	kernel_news > /dev/null
	insmod /modules/ioatdma.ko completion_timeout=1000 "$@" || return 1
	kernel_news > /tmp/probe
	cat /tmp/probe
	! grep 'ioatdma.*channel' /tmp/probe
}

unload()
{
	bind && rmmod ioatdma
}

# start PARAMETER...: dmatest
start()
{
	kernel_news > /dev/null
	insmod /modules/dmatest.ko timeout=60000 "$@" run=1 || return 1
	threads=$(dmesg | dmatest_threads)
	[ "$threads" -gt 0 ]
}

# Leaves dmatest's report in /tmp/report, and what others said with it.
finish()
{
	rmmod dmatest
	kernel_news > /tmp/report
	tests_done=$(counted tests)
	failures=$(counted failures)
	note="$threads threads, $tests_done tests, $failures failed"
}

# counted WORD: the sum of the numbers before that word in dmatest's summaries
counted()
{
	awk -v word="$1" '/: summary / {
		for (i = 2; i <= NF; i++)
			if ($i ~ "^" word)
				n += $(i - 1)
	} END { print n + 0 }' /tmp/report
}

# run TESTS PARAMETER...: each of dmatest's threads does so many, and all go well
run()
{
	each=$1
	shift
	start "$@" iterations="$each" || return 1
	wait_until 300 dmatest_ended "$threads"
	finish
	grep -E 'result #|ioatdma' /tmp/report | head -n 20
	equal $((each * threads)) "$tests_done" tests &&
	equal 0 "$failures" failures && ! grep -q 'ioatdma' /tmp/report
}
