#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Configure and build one guest kernel and its initramfs.
#
# usage: build.sh TREE BUILD FRAGMENT...
#
# Leaves BUILD/arch/x86/boot/bzImage and BUILD/initramfs.cpio, which holds
# every module that the configuration asks for. Prints one line per step,
# behind LINE_PREFIX if that is set.

set -eu

if [ $# -lt 3 ]; then
	echo "usage: $0 TREE BUILD FRAGMENT..." >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
tree=$1
build=$2
shift 2

if [ "$(uname -m)" != x86_64 ]; then
	echo "build: the guest is built natively on x86-64 only" >&2
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

compiler=gcc
if command -v ccache > /dev/null; then
	compiler="ccache gcc"
fi

compile()
{
	targets=bzImage
	if grep -q '=m$' "$build/.config"; then
		targets="bzImage modules"
	fi
	# shellcheck disable=SC2086 # one or two words
	make -s -C "$tree" O="$build" ARCH=x86_64 CC="$compiler" \
		-j"${JOBS:-$(nproc)}" $targets
}

pack()
{
	# shellcheck disable=SC2046 # paths of the build have no blanks
	"$here/initramfs.sh" "$build" "$build/initramfs.cpio" \
		$(sed 's/o$/ko/' "$build/modules.order" 2> /dev/null |
		  sed "s,^,$build/,")
}

mkdir -p "$build"
build=$(realpath "$build")
name=$(basename "$build")
timed "$name: configure" "$here/configure.sh" "$tree" "$build" "$@"
timed "$name: build the kernel" compile
timed "$name: pack the initramfs" pack
