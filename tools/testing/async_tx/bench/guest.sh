#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The init of a bench kernel, on the host's own root file system, read only:
#   guest.sh ops MODULE      cost of one operation, without and with an engine
#   guest.sh raid MS TIMES   fio on RAID-5 and RAID-6 over RAM disks
# Figures go to the console as lines "bench: ROW FIGURE"; "bench: end" is last.
# "bench: start" and "bench: stop" are around what the host measures too.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run MDADM_NO_UDEV=1

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
cd /run || exit 1

policies=/sys/kernel/async_tx

# policy NAME: where there are any
policy() {
	[ ! -e $policies/policy ] || echo "$1" >$policies/policy ||
		echo "bench: no policy '$1'"
}

# All but the last insmod of the bench measure, and then end with EAGAIN.
ops() {
	insmod "${1%.ko}_clock.ko"
	insmod "$1" 2>/dev/null
	[ ! -e $policies ] || decisions "$1"
	policy engine
	insmod "$1" engine=1
	policy adaptive
	echo adaptive- >/sys/module/async_tx_bench/parameters/again
}

# A call that decides, and the same that does not.
decisions() {
	for channels in 1 256; do
		for name in cpu adaptive; do
			policy $name
			insmod "$1" idle=$channels prefix=$name-$channels- 2>/dev/null
		done
	done
}

mark() {
	echo "sh -c \"echo bench: $1 >/dev/console\""
}

# fio_row NAME MS ARG...: bandwidth in KiB/s, and KiB written (row NAME-cpu)
fio_row() {
	name=$1 ms=$2
	shift 2
	fio --name="$name" --filename=/dev/md0 --thread --ioengine=psync --direct=1 \
		--time_based --runtime="${ms}ms" --output-format=terse --terse-version=3 \
		--exec_prerun="$(mark start)" --exec_postrun="$(mark stop)" "$@" |
		awk -F';' -v row="$name" '/^3;/ {
			print "bench: " row " " $48
			print "bench: " row "-cpu " $47
		}'
}

raid() {
	for level in 5 6; do
		# The disks are zeroes, so parity is right from the start.
		mdadm --create /dev/md0 --quiet --run --assume-clean --level=$level \
			--raid-devices=6 --chunk=64 --bitmap=none /dev/ram[0-5]
		dd if=/dev/zero of=/dev/md0 bs=1M oflag=direct 2>/dev/null
		for _ in $(seq "$2"); do
			fio_row raid$level-seq "$1" --rw=write --bs=1M
			fio_row raid$level-rand "$1" --rw=randwrite --bs=4k --norandommap
		done
		mdadm --stop --quiet /dev/md0
		mdadm --zero-superblock /dev/ram[0-5]
	done
}

"$@"
echo "bench: end"
exec python3 -c 'import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)'	# RB_POWER_OFF
