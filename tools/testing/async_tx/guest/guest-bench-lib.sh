# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Arrays for the benches in guests: six RAM disks each, written to for some
# seconds. Figures are lines "bench: ROW FIGURE" in /tmp/figures. Sourced in place of
# guest-lib.sh, never run.

export REPORT=tap
# shellcheck source-path=SCRIPTDIR source=guest-lib.sh
. /lib/guest-lib.sh

fio_seconds=3

# array_make LEVEL: /dev/md0, with all of its memory touched
array_make()
{
	mdadm --create /dev/md0 --quiet --run --assume-clean --level="$1" \
		--raid-devices=6 --chunk=64 --bitmap=none --homehost=guest \
		/dev/ram[0-5] &&
	dd if=/dev/zero of=/dev/md0 bs=1M oflag=direct 2> /dev/null
	[ -b /dev/md0 ]
}

# write_rate ROW OPTION...: what fio writes in a second (KiB)
write_rate()
{
	row=$1
	shift
	fio --name=write --filename=/dev/md0 --thread --ioengine=libaio \
		--iodepth=4 --direct=1 --time_based --runtime=$fio_seconds \
		--output-format=terse --terse-version=3 "$@" |
		awk -F';' -v row="$row" '/^3;/ {
			print "bench: " row " " $48
		}' >> /tmp/figures
}

array_end()
{
	mdadm --stop --quiet /dev/md0 && mdadm --zero-superblock /dev/ram[0-5]
}
