#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Configure and build one guest kernel and its initramfs, for the machine that
# MACHINE names: machine-$MACHINE.sh and .config, q35 if it is not set. The kernel
# has what guest.config, the machine's and each FRAGMENT ask for.
#
# usage: build.sh TREE BUILD FRAGMENT...
#
# Leaves the kernel in BUILD under the name that machine-$MACHINE.sh has for
# it, the device tree if there is one, and initramfs.cpio, which holds every
# module that the configuration asks for, and the files that FILES of the
# environment names. What a foreign machine needs besides
# the kernel is unpacked to BUILD/../../sysroot-ARCHITECTURE. Prints one line
# per step, behind LINE_PREFIX if that is set.

set -eu

if [ $# -lt 3 ]; then
	echo "usage: $0 TREE BUILD FRAGMENT..." >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
tree=$1
build=$2
shift 2

machine=${MACHINE-q35}
# shellcheck source-path=SCRIPTDIR source=machine-q35.sh
. "$here/machine-$machine.sh"
export ARCH="$arch" CROSS_COMPILE="$cross"

if [ -z "$foreign" ] && [ "$(uname -m)" != "$arch" ]; then
	echo "build: the guest is built natively on $arch only" >&2
	exit 1
fi

# timed TITLE COMMAND...
timed()
{
	title=$1
	shift
	started=$(date +%s)
	printf '%s%-68s ' "${LINE_PREFIX-}" "$title"
	if ! "$@" > "$build.log" 2>&1; then
		echo "not ok"
		grep -nE 'error|Error|configure:' "$build.log" | head -n 5 >&2
		tail -n 10 "$build.log" >&2
		return 1
	fi
	echo "ok, $(($(date +%s) - started)) s"
}

compiler=${cross}gcc
if command -v ccache > /dev/null; then
	compiler="ccache $compiler"
fi

compile()
{
	targets=$target
	if grep -q '=m$' "$build/.config"; then
		targets="$target modules"
	fi
	# shellcheck disable=SC2086 # one or two words
	make -s -C "$tree" O="$build" CC="$compiler" \
		-j"${JOBS:-$(nproc)}" $targets || return 1
	[ -z "$device_tree" ] || compile_device_tree
}

compile_device_tree()
{
	"${cross}cpp" -nostdinc -undef -x assembler-with-cpp \
		-I "$tree/include" "$here/$device_tree.dts" > "$build/$device_tree.dts" &&
	"$build/scripts/dtc/dtc" -q -I dts -O dtb -o "$build/$device_tree.dtb" \
		"$build/$device_tree.dts"
}

pack()
{
	# shellcheck disable=SC2046,SC2086 # paths of the build have no blanks
	"$here/initramfs.sh" "$build" "$build/initramfs.cpio" ${FILES-} \
		$(sed 's/o$/ko/' "$build/modules.order" 2> /dev/null |
		  sed "s,^,$build/,")
}

mkdir -p "$build"
build=$(realpath "$build")
name=$(basename "$build")
if [ -n "$foreign" ]; then
	export SYSROOT="$build/../../sysroot-$foreign"
	timed "$name: get user space for $foreign" "$here/sysroot.sh" \
		"$foreign" "$SYSROOT" busybox-static mdadm fio dmsetup
fi
timed "$name: configure" "$here/configure.sh" "$tree" "$build" \
	"$here/guest.config" "$here/machine-$machine.config" "$@"
timed "$name: build the kernel" compile
timed "$name: pack the initramfs" pack
