#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The init of the experiment's kernel, on the host's own root file system, read only:
#   guest.sh DIR
# runs each job that DIR/list names under each of the contestants that stand behind
# it, POLICY or POLICY:THRESHOLD, and leaves their results in DIR/JOB.result. A
# policy that the kernel does not have is left out there; the DIR/policies that the
# kernel has is how the host knows. "simulate: end" on the console says that all is well.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug
mount -t tmpfs tmpfs /run
mkdir /run/jobs
mount -t hostfs -o "$1" hostfs /run/jobs
cd /run/jobs || exit 1

settings=/sys/kernel/async_tx
experiment=/sys/kernel/debug/async_tx_simulate

run_job() {
	job=$1
	shift
	cat "$job" >$experiment/job || return
	for contestant; do
		echo "${contestant%:*}" >$settings/policy || return
		case $contestant in
		*:*)	echo "${contestant#*:}" ;;
		*)	echo 0 ;;
		esac >$settings/threshold/memcpy || return
		echo 1 >$experiment/run || return
	done
	cat $experiment/result >"$job.result"
}

all() {
	while read -r job contestants; do
		# shellcheck disable=SC2086 # a list of words
		run_job "$job" $contestants || return
	done <list
}

tr -d '[]' <$settings/policy >policies
all && echo "simulate: end"
exec python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'	# RB_POWER_OFF
