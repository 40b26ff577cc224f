# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The debug guest's run, in TAP: our selftest module and the base's raid6test
# on engines and on the CPU, the base's dmatest beside async_tx, slave DMA on a
# loopback, the demo's array scenario in short, and a search for leaks. The host
# counts, and reads the kernel's log for complaints.

export REPORT=tap
export SEQ_MB=2 RAND_MB=1 MIX_MB=1 PATH_WRITES=24 INTEGRITY_MB=2
# shellcheck source-path=SCRIPTDIR source=guest-dmatest.sh
. /lib/guest-dmatest.sh

# Both kinds of engine, each able to do all that RAID-6 asks for.
every_cap="memcpy memset xor xor_val pq pq_val interrupt"

ordered_engine()
{
	engine ordered channels=2 caps="$every_cap" max_xor=16 max_pq=16 \
		pq_continue=1 in_order=1 ring=64 setup_ns=500 "$@"
}

unordered_engine()
{
	engine unordered channels=2 caps="$every_cap" max_xor=8 max_pq=8 \
		pq_continue=0 in_order=0 ring=32 setup_ns=500 "$@"
}

# both_engines SETTING...: in place of what engines there are
both_engines()
{
	no_engines || return 1
	ordered_engine "$@" && unordered_engine "$@"
}

# raid6_test POLICY: the base's module, which tells by printing alone.
raid6_test()
{
	policy "$1" || return 1
	kernel_news > /dev/null
	# Some 2,400 lines: keep them off the serial port.
	dmesg -n 5
	insmod /modules/raid6test.ko || return 1
	rmmod raid6test || return 1
	dmesg -n 8
	kernel_news > /tmp/raid6test
	note=$(sed -n 's/.*raid6test: \(complete.*\)/\1/p' /tmp/raid6test)
	if grep -E 'timed? ?out|failure!|ERR' /tmp/raid6test; then
		return 1
	fi
	# 4, 5, 11, 12, 24 and 64 disks, every pair of them once.
	equal "complete (2429 tests, 0 failures)" "$note" "raid6test"
}

weights()
{
	for file in "$async_tx"/weight/*; do
		echo "$1" > "$file" || return 1
	done
}

weights_hold()
{
	weights 0 && raid6_test engine && equal 0 "$(engine_operations)" operations || return 1
	echo 1001 > "$file" 2> /dev/null && return 1
	weights 100
}

# kunit MODULE SUITE...: a module with KUnit suites, which run as it is loaded.
kunit()
{
	module=$1
	shift
	kernel_news > /dev/null
	step "$module: load the module, let it run" \
		insmod "/modules/$module.ko"
	for suite in "$@"; do
		# The cases are indented, the suite as a whole is not; and
		# KUnit leaves out the dash before a name.
		sed -n 's/^    //p' "/sys/kernel/debug/kunit/$suite/results" |
			sed 's/^\(.*ok\) [0-9]* /\1 - /' > /tmp/kunit
		relay "$suite" /tmp/kunit
	done
	rmmod "$module"
}

# The loopback as an administrator has it: what arrives is what was sent, and
# a failure is told.
loopback()
{
	dir=/sys/kernel/config/dma-sim-loopback/debug
	mkdir $dir && echo 3 > $dir/fifos && echo 1 > $dir/live || return 1
	read -r device < $dir/device
	transfer=/sys/bus/platform/devices/$device/transfer
	echo 60001 > "$transfer" || return 1
	echo 1 > $dir/fail_next
	echo 4096 > "$transfer" && return 1
	echo 4096 > "$transfer" || return 1
	echo 0 > $dir/live && rmdir $dir
}

step "boot" machine
step "raid6test on the CPU" raid6_test cpu
step "make an in-order and an out-of-order engine" both_engines
no_thresholds
echo 1 > "$stats_reset"
step "raid6test on engines that are not to be used" weights_hold
step "raid6test on engines" raid6_test engine
step "engines did raid6test's work" engines_worked 2429
policy least-loaded
selftest seconds=60
dmatest_scenario
step "load KUnit" insmod /modules/kunit.ko
kunit dma-sim-loopback_kunit loopback-transfer \
	loopback-metadata loopback-control loopback-request
step "a loopback by configfs" loopback
step "make engines that fail 1 operation in 200" both_engines error_ppm=5000
array_scenario 5 6 1
array_scenario 6 8 2
integrity_scenario ram10 ram11
step "engines worked for the arrays" engines_worked 1000
step "every engine had a part in it" every_engine_worked
step "remove the engines" no_engines
step "nothing leaked" leaks

[ "$steps_failed" -eq 0 ]
