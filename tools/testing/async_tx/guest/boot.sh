#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot one guest and show what its scenario says. Called by demo.sh and
# check.sh, which then have splats.sh read the kernel's log.
#
# usage: boot.sh KERNEL INITRAMFS SCENARIO CPUS MEMORY SECONDS OUT
#
# The machine is the one that MACHINE names, q35 if it is not set; OUT is where
# build.sh built for it. PARAMETERS is added to the kernel's command line.
#
# The scenario talks on the second serial port: to stdout, and to
# OUT/SCENARIO.log. The kernel talks on the first one: OUT/SCENARIO.kernel.log.
# Fails when the guest is not done after SECONDS (it is killed), or when the
# scenario did not end with status 0.

set -eu

if [ $# -ne 7 ]; then
	echo "usage: $0 KERNEL INITRAMFS SCENARIO CPUS MEMORY SECONDS OUT" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
# shellcheck source-path=SCRIPTDIR source=machine-q35.sh
. "$here/machine-${MACHINE-q35}.sh"

kernel=$1
initramfs=$2
scenario=$3
cpus=$4
memory=$5
limit=$6
out=$7

log=$out/$scenario.log
klog=$out/$scenario.kernel.log
mkdir -p "$out"
rm -f "$log" "$klog"
# QEMU remarks on hardware of a board that is not connected to anything.
qemu_log=$out/$scenario.qemu.log

# -no-reboot makes the guest's reset, and that of a panic, the end of QEMU.
# shellcheck disable=SC2086 # a command and its options
set -- $qemu -accel tcg,thread=multi -smp "$cpus" -m "$memory" \
	-nodefaults -no-user-config -display none -no-reboot -net none \
	-kernel "$kernel" -initrd "$initramfs" \
	${device_tree:+-dtb "$out/$device_tree.dtb"} \
	-append "console=$console $parameters panic=-1 oops=panic brd.rd_nr=12 async_tx_guest=$scenario async_tx_cpus=$cpus async_tx_terminal=$terminal ${PARAMETERS-}" \
	-chardev file,id=kernel,path="$klog" -serial chardev:kernel \
	-serial stdio
# A wedged guest does not listen to SIGTERM.
rm -f "$out/$scenario.qemu-status"
{
	timeout -s KILL "$limit" "$@" < /dev/null 2> "$qemu_log" ||
		echo $? > "$out/$scenario.qemu-status"
} | tee "$log"

bad=0
if [ -s "$out/$scenario.qemu-status" ]; then
	status=$(cat "$out/$scenario.qemu-status")
	if [ "$status" -eq 137 ]; then
		echo "guest: not done after $limit s, killed" >&2
	else
		echo "guest: QEMU ended with status $status" >&2
	fi
	bad=1
fi
if ! grep -q '^guest-exit: 0$' "$log"; then
	echo "guest: the scenario did not end well; see $log" >&2
	bad=1
fi
if [ $bad -ne 0 ]; then
	cat "$qemu_log" >&2
	echo "guest: end of $klog:" >&2
	tail -n 15 "$klog" >&2
fi
exit $bad
