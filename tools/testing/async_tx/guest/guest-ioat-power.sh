# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# I/OAT devices while something greater happens than they could be asked about:
# the machine sleeps, the driver or the device goes and comes back, another kernel
# takes over. Sourced by guest-ioat.sh, after guest-ioat-faults.sh.

# shellcheck source-path=SCRIPTDIR source=guest-ioat-faults.sh
. /lib/guest-ioat-faults.sh

# ---- sleep: the machine's firmware resets all devices as it wakes up

# Copy from one to the other where the chipset says where its power management is.
power_registers()
{
	dd if="$1" of="$2" bs=1 skip=$((0x40)) seek=$((0x40)) count=5 conv=notrunc \
		2> /dev/null
}

# An empty request is answered, too.
host_hears()
{
	echo >&3
	# shellcheck disable=SC3045 # busybox has it
	read -r -t 2 answer <&3
}

# The port that leads to the host was reset, and may have lost what was sent.
# shellcheck disable=SC3045 # busybox has it
find_host()
{
	wait_until 30 host_hears || return 1
	while read -r -t 1 answer <&3; do
		:
	done
}

# The machine sleeps until the host, told before, wakes it up. Its firmware forgets
# a register then, without which it would not sleep a second time. What does not
# come to rest in time, on a busy host, may do so when it is asked again.
nap()
{
	chipset=/sys/bus/pci/devices/0000:00:1f.0/config
	power_registers $chipset /tmp/chipset &&
	grep -qF '[deep]' /sys/power/mem_sleep && ask machine wake || return 1
	for _ in 1 2 3; do
		echo mem > /sys/power/state && break
	done
	power_registers /tmp/chipset $chipset
	find_host
}

# Sleeps three times with dmatest at work, which has enough to do for longer than
# that takes. Its threads are held up meanwhile, in the midst of an operation.
naps_with_dmatest()
{
	start device=0000:00:08.0 iterations=2000 test_buf_size=4096 || return 1
	for _ in 1 2 3; do
		sleep 0.5
		nap || return 1
	done
	dmatest_ended "$threads" && echo "dmatest was idle" && return 1
	wait_until 600 dmatest_ended "$threads"
	finish
	grep -E 'result #|ioatdma' /tmp/report | head -n 20
	equal 3 "$(grep -c 'ACPI: PM: Waking up' /tmp/report)" "times asleep" &&
	equal $((2000 * threads)) "$tests_done" tests && equal 0 "$failures" failures &&
	! grep -q ioatdma /tmp/report
}

# Nobody holds up arrays: there is something in flight, and more comes while the
# devices sleep. All of it is done.
nap_with_arrays()
{
	kernel_news > /dev/null
	nap || return 1
	for victim in 04 08 0a 0c; do
		is_back 0000:00:$victim.0 || return 1
	done
	! dmesg | grep 'ioatdma.*fails'
}

naps_with_arrays()
{
	for i in 1 2 3; do
		sleep 3
		report_of "sleep and wake up, arrays at work, $i" nap_with_arrays
	done
}

# Somebody resets the function of device NUMBER, who does not ask the driver.
reset_by_admin()
{
	kernel_news > /dev/null
	echo 1 > "/sys/bus/pci/devices/0000:00:$1.0/reset" || return 1
	is_back "0000:00:$1.0" && ! dmesg | grep 'ioatdma.*fails'
}

resets_by_admin()
{
	for victim in 08 0a 0c; do
		report_of "reset $victim, arrays at work" reset_by_admin $victim
	done
}

# What an engine is in the midst of as it is put to sleep, and does not end, is
# the one thing that fails.
nap_with_a_hang()
{
	patience 100000
	start device="0000:00:08.0" iterations=20 || return 1
	befall 08 hang:channel=0:skip=5 && nap || return 1
	patience 1000
	wait_until 300 dmatest_ended "$threads"
	finish
	grep -E 'result #|ioatdma' /tmp/report
	equal 1 "$failures" failures &&
	grep -q 'channel 0 was stopped half-way, one operation fails' /tmp/report
}

part_power()
{
	policy least-loaded
	step "bind all devices of eight channels" bind 04 08 0a 0c
	step "sleep and wake up, dmatest at work" naps_with_dmatest
	under_load naps_with_arrays
	under_load resets_by_admin
	step "sleep while a channel hangs" nap_with_a_hang
	step "dmatest after it" run 20
}

# ---- removal

goes_and_comes()
{
	echo "0000:00:$1.0" > "$driver/unbind" &&
	sleep 1 &&
	echo "0000:00:$1.0" > "$driver/bind" &&
	is_back "0000:00:$1.0"
}

all_go_and_come()
{
	for victim in 08 04 0a 0c; do
		report_of "unbind $victim from the driver and bind it again" \
			goes_and_comes $victim
	done
}

# The three threads on a channel that hangs leave when they are told to, and are
# not looked for when what they asked for is given up.
client_leaves()
{
	patience 100000
	start device=0000:00:08.0 iterations=50 || return 1
	befall 08 hang:channel=0 || return 1
	wait_until 300 dmatest_ended $((threads - 3))
	finish
	patience 1000
	cat /tmp/report
	equal 3 "$(grep -c 'test timed out' /tmp/report)" "tests that were given up" &&
	! grep -qE 'BUG|WARNING|ioatdma' /tmp/report
}

slot=/sys/bus/pci/devices/0000:01:00.0
dma_debug=/sys/kernel/debug/dma-api

slot_is_empty()
{
	[ ! -e $slot ]
}

slot_has_channels()
{
	[ "$(channels_of "${slot##*/}" | wc -l)" -eq 2 ]
}

bind_slot()
{
	slot_has_channels || echo "${slot##*/}" > "$driver/bind"
}

pull_out()
{
	ask ioatslot unplug && wait_until 60 slot_is_empty
}

# What is in flight ends elsewhere, and what comes later does as well.
pulled_out_of_arrays()
{
	kernel_news > /dev/null
	pull_out && ! dmesg | grep 'ioatdma.*fails'
}

# The host may not have done with the old one yet.
plug_in()
{
	ask ioatslot plug ioat bus=bay version=3.3 channels=2
}

put_in_again()
{
	wait_until 30 plug_in > /dev/null && wait_until 60 slot_has_channels
}

works_in_slot()
{
	put_in_again && is_back "${slot##*/}"
}

slot_goes_and_comes()
{
	for i in 1 2 3; do
		report_of "pull a device out of its slot, arrays at work, $i" \
			pulled_out_of_arrays
		report_of "put it in again, $i" works_in_slot
	done
}

# dmatest has channels of its own, and finds them closed. Nobody tells it that the
# driver goes, so some of what it has mapped outlives that. DMA-API debug complains
# of that once, and is told not to, but of the next.
pulled_out_of_dmatest()
{
	echo no-driver > $dma_debug/driver_filter || return 1
	start device="${slot##*/}" iterations=500 || return 1
	pull_out
	pulled=$?
	wait_until 300 dmatest_ended "$threads"
	finish
	echo 1 > $dma_debug/num_errors && echo > $dma_debug/driver_filter || return 1
	grep ioatdma /tmp/report
	[ $pulled -eq 0 ] && ! grep 'test timed out' /tmp/report &&
	[ "$failures" -gt 0 ] && [ "$tests_done" -gt "$failures" ]
}

part_removal()
{
	policy least-loaded
	step "bind all devices of eight channels" bind 04 08 0a 0c
	under_load all_go_and_come
	step "dmatest leaves while a channel hangs" client_leaves
	step "bind the device in the slot" bind_slot
	under_load slot_goes_and_comes
	step "pull it out, dmatest at work" pulled_out_of_dmatest
	step "put it in again" put_in_again
	step "dmatest on it" run 20 device="${slot##*/}"
	step "dmatest on all" run 20
}

# ---- another kernel, that knows nothing of what the engines are at

busy_to_the_end()
{
	load ioat_interrupt_style=msix && start iterations=0
}

# To the same kernel again, which goes on with this report. Write-backs that are
# late by ten seconds would come when that is at work; and one engine cannot be
# stopped. Does not come back.
go_over()
{
	cp /modules/kexec /tmp && chmod +x /tmp/kexec || return 1
	(cd / && find . -xdev | cpio -o -H newc) > /tmp/initramfs || return 1
	for victim in 04 08 0a; do
		befall $victim late-write=10000000:channel=1 || return 1
	done
	ask ioat0c inject stuck:channel=1 || return 1
	read -r cmdline < /proc/cmdline
	/tmp/kexec /modules/bzImage /tmp/initramfs \
		"$cmdline ioat_steps=$((steps_passed + steps_failed))"
	return 1
}

# register NUMBER OFFSET BITS: of a device, while there is no driver to ask
register()
{
	read -r bar _ < "/sys/bus/pci/devices/0000:00:$1.0/resource"
	devmem $((bar + $2)) "$3"
}

# Every channel is as a reset leaves it: halted, without an error.
was_reset()
{
	[ "$number" != 0c ] || return 0
	for channel in $(seq 1 "$channels"); do
		status=$(register "$number" $((channel * 0x80 + 8)) 32) &&
		equal 3 $((status & 7)) "channel $channel: state" &&
		equal 0x00000000 "$(register "$number" $((channel * 0x80 + 0x28)) 32)" \
			"channel $channel: errors" || return 1
	done
}

# Much of the memory that the first kernel had, known by heart.
known_memory()
{
	fio --output-format=terse --name=memory --filename=/tmp/memory --size=640m \
		--rw=write --bs=1m --verify=pattern --verify_pattern=0x69 "$@"
}

part_after()
{
	each_device step "another kernel: it was stopped" was_reset
	step "another kernel: remember memory" known_memory --do_verify=0
	step "another kernel: load the driver; the self-tests pass" load
	step "another kernel: the engine that did not stop, does" \
		grep -q '0c.0: an engine did not stop, so the device was reset' /tmp/probe
	sleep 10
	step "another kernel: dmatest on all" run 20
	step "another kernel: memory is what it was" known_memory --verify_only
}
