#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# "make check-ioat": our I/OAT driver on the device models, ten of them in one
# machine, in the debug guest: KASAN, lockdep, DMA-API debug. TAP on stdout.
#
# usage: check-ioat.sh TREE OUT
#
# FAULTS in the environment is the number of random faults, SEED is where they
# begin, and PARTS names what guest-ioat.sh is to do, separated by commas, if not
# everything. Wants what "make qemu" builds. Builds in OUT/build/guest-ioat, and
# leaves the logs there.

set -eu

if [ $# -ne 2 ]; then
	echo "usage: $0 TREE OUT" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
tree=$1
build=$2/build/guest-ioat
seed=${SEED:-$(date +%s)}

# The guest goes over to another kernel, which is the same again.
mkdir -p "$build"
gcc -static -O2 -Wall -Werror -o "$build/kexec" "$here/kexec.c"
export FILES="$build/kexec $build/arch/x86/boot/bzImage"

LINE_PREFIX="# " "$here/build.sh" "$tree" "$build" \
	"$here/demo.config" "$here/debug.config" "$here/ioat.config" \
	"$here/power.config"

# The devices of guest-ioat.sh, by their numbers; one more that can be pulled
# out; and the port and the monitor that host.py serves.
devices()
{
	while read -r number device; do
		echo "-device ioat,id=ioat$number,addr=$number,version=$device"
	done <<-DEVICES
	03 2.0,channels=1
	04 2.0,channels=8,flr=off
	05 3.0,channels=2
	06 3.2,channels=2
	07 3.2,channels=1,device-id=0x3430
	08 3.2,channels=8,device-id=0x3430
	09 3.3,channels=1
	0a 3.3,channels=8
	0b 3.4,channels=1
	0c 3.4,channels=8
	DEVICES
	echo "-device pcie-root-port,id=bay,addr=0d,slot=1"
	echo "-device ioat,id=ioatslot,bus=bay,version=3.3,channels=2"
	echo "-chardev socket,id=host,path=$build/host.port"
	echo "-device isa-serial,chardev=host,index=2,irq=7 -qmp unix:$build/host.qmp"
}

rm -f "$build"/host.*
"$here/host.py" "$build/host.port" "$build/host.qmp" &
host=$!
trap 'kill $host 2> /dev/null || true' EXIT
while [ ! -S "$build/host.qmp" ]; do
	kill -0 $host
	sleep 0.1
done

echo "# random faults begin with seed $seed"
export QEMU="${QEMU-$2/build/qemu/bin/qemu-system-x86_64}"
PARAMETERS="brd.rd_size=4096 ${PARTS:+ioat_parts=$PARTS }ioat_faults=${FAULTS:-100} ioat_seed=$seed"
DEVICES=$(devices)
export PARAMETERS DEVICES
"$here/check-boot.sh" "$build" ioat 7200
