# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Our I/OAT driver on the device models, in TAP: versions 2.0 to 3.4 of the
# device, each with one channel and with eight, and with it alone the kernel's
# dmatest, our selftest module and arrays; then each kind of interrupts. More is
# in guest-ioat-faults.sh and guest-ioat-power.sh; the latter's end is another
# kernel, which gets here again. check-ioat.sh makes the machine.

export REPORT=tap
export SEQ_MB=1 RAND_MB=1 MIX_MB=1 PATH_WRITES=8
# shellcheck source-path=SCRIPTDIR source=guest-ioat-power.sh
. /lib/guest-ioat-power.sh

# What is asked for on the kernel's command line. The slot that a device is pulled
# out of does not outlive the machine's sleep, so that is the last but for kexec.
parts="probe rings devices styles faults campaign removal power"
fault_count=100
fault_seed=1
first_kernel=yes
read -r cmdline < /proc/cmdline
for word in $cmdline; do
	case $word in
	ioat_parts=*) parts=$(echo "${word#*=}" | tr , ' ') ;;
	ioat_faults=*) fault_count=${word#*=} ;;
	ioat_seed=*) fault_seed=${word#*=} ;;
	ioat_steps=*) first_kernel=; steps_passed=${word#*=} ;;
	esac
done

offers_what_it_is()
{
	equal "$channels" "$(channels_of "0000:00:$number.0" | wc -l)" channels ||
		return 1
	for channel in $(channels_of "0000:00:$number.0"); do
		folder=/sys/class/dma/$channel/quickdata
		equal "$version" "$(cat "$folder/version")" version &&
		equal "copy${caps:+ $caps} intr" "$(cat "$folder/cap")" cap &&
		equal 256 "$(cat "$folder/ring_size")" ring_size &&
		equal 0 "$(cat "$folder/ring_active")" ring_active || return 1
	done
}

# Every channel had a part in it.
channels_worked()
{
	note=
	idle=0
	for channel in $(channels_of "0000:00:$number.0"); do
		n=$(awk -v c="$channel" '$1 == c { n += $3 } END { print n + 0 }' \
			"$stats_table")
		note="$note${note:+, }$channel $n"
		[ "$n" -gt 0 ] || idle=1
	done
	echo "$note"
	return $idle
}

device_alone()
{
	[ "$amount" = all ] || return 0
	step "bind it alone" bind "$number"
	step "dmatest: interrupts" run 100
	step "dmatest: polled" run 100 polled=1
	step "dmatest: many sources, 4 threads" run 20 \
		threads_per_chan=4 xor_sources=8 pq_sources=8
	step "dmatest: operations of several descriptors" run 3 test_buf_size=3000000
	policy least-loaded
	echo 1 > "$stats_reset"
	selftest seconds=10
	array_scenario 5 6 1
	array_scenario 6 8 2
	step "every channel had a part in it" channels_worked
}

ring_is()
{
	[ "$(cat /sys/class/dma/dma*chan0/quickdata/ring_size)" = "$1" ]
}

# The engine is late with the first of what 200 threads ask for. (Before that the
# driver itself asks for something, to see whether it starts.)
ring_grows_and_shrinks()
{
	patience 10000
	ask ioat03 inject late-write=10000000:skip=1 || return 1
	start threads_per_chan=200 iterations=2 test_buf_size=2048 || return 1
	[ "$1" != stuck ] || ask ioat03 inject stuck || return 1
	wait_until 60 ring_is 1024
	grown=$?
	patience 1000
	wait_until 300 dmatest_ended "$threads"
	finish
	grep -E 'result #|ioatdma' /tmp/report | head -n 20
	[ "$1" != stuck ] ||
		grep -q 'channel 0 does not reset .*, so the device is' /tmp/report || return 1
	[ $grown -eq 0 ] && equal 0 "$failures" failures &&
	equal $((2 * threads)) "$tests_done" tests && wait_until 60 ring_is 256
}

part_rings()
{
	step "bind a device of one channel" bind 03
	step "its ring grows under load, and shrinks" ring_grows_and_shrinks
	step "so it does when the channel does not reset" ring_grows_and_shrinks stuck
}

part_probe()
{
	each_device step "sysfs tells what it is" offers_what_it_is
	step "dmatest on all: copy, xor, pq" run 20
	step "dmatest on all: fill" run 20 dmatest=1
}

part_devices()
{
	each_device device_alone
}

part_styles()
{
	for subject in msi intx; do
		step "unload the driver" unload
		step "load it; the self-tests pass" load ioat_interrupt_style=$subject
		step "vectors" uses "ioat-$subject"
		step "dmatest" run 20
		selftest seconds=5
	done
	subject=
	step "unload the driver" unload
	step "load it again; the self-tests pass" load
	step "MSI-X vectors" uses ioat-msix
}

# uses NAME: the interrupts are of that kind, and some came
uses()
{
	awk -v name="$1" -v cpus="$CPUS" '/ioat-/ {
		for (i = 2; i < 2 + cpus; i++)
			n += $i
		if ($0 ~ name "(,|$)")
			lines++
		else
			others++
	}
	END {
		print n + 0, "interrupts on", lines + 0, "lines"
		exit !n || !lines || others
	}' /proc/interrupts > /tmp/uses
	used=$?
	note=$(cat /tmp/uses)
	return $used
}

step "boot" machine
step "the host listens" host_is_there
no_thresholds
if [ -n "$first_kernel" ]; then
	step "load the driver; the self-tests pass" load
	for part in $parts; do
		"part_$part" "$fault_seed" "$fault_count"
	done
else
	part_after
fi
step "unload the driver" unload
step "nothing leaked" leaks
step "load it, and dmatest, to be at work as the machine goes down" busy_to_the_end
[ -z "$first_kernel" ] || step "go over to another kernel" go_over
[ "$steps_failed" -eq 0 ]
