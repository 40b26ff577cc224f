#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# deps.sh PURPOSE...: install the packages that each purpose needs.
#
# Called first by every target of the top Makefile.  Costs a few milliseconds
# when all is there; else apt-get, through sudo when not root.  On a system
# without dpkg it changes nothing and leaves it to the caller to miss a tool.

set -eu

here=$(dirname "$(realpath "$0")")
build="gcc make flex bison bc libelf-dev libssl-dev python3 kmod cpio xz-utils"

packages() {
	case $1 in
	tree)	echo "xz-utils patch python3"
		# A KERNEL= given by the user replaces the package.
		[ -n "${KERNEL-}" ] || echo "linux-source-6.12" ;;
	kunit)	echo "$build ccache" ;;
	static)	echo "$build ccache sparse perl shellcheck" ;;
	# Compilers for other machines, and another for this one.
	builds)	echo "gcc-arm-linux-gnueabihf gcc-s390x-linux-gnu clang lld llvm" ;;
	check-tree-sample)
		echo "$build ccache" ;;
	check-tree)
		echo "$build ccache gcc-aarch64-linux-gnu" ;;
	guest)	echo "ccache"
		cat "$here/guest/packages" ;;
	guest-arm64)
		echo "$build libc6-dev ccache qemu-system-arm gcc-aarch64-linux-gnu" ;;
	guest-arm)
		echo "$build libc6-dev ccache qemu-system-arm gcc-arm-linux-gnueabihf" ;;
	qemu)	echo "gcc ccache ninja-build meson pkg-config python3 dpkg-dev patch \
		      libglib2.0-dev libpixman-1-dev zlib1g-dev libfdt-dev \
		      seabios qemu-system-data" ;;
	simulate)
		echo "$build ccache gnuplot-nox" ;;
	bench)	echo "$build ccache mdadm fio" ;;
	*)	echo "deps.sh: no such purpose: $1" >&2
		return 1 ;;
	esac
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps.sh: not a Debian system: install what is missing by hand" >&2
	exit 0
fi

wanted=
for purpose; do
	list=$(packages "$purpose")
	wanted="$wanted $list"
done

missing=
for package in $wanted; do
	# shellcheck disable=SC2016 # ${Status} is dpkg's, not the shell's
	status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "deps.sh: needed, and neither root nor sudo to install it:$missing" >&2
		exit 1
	fi
	sudo=sudo
	echo "deps.sh: sudo is asked for, to install:$missing"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt() runs apt-get, and shows what it said only if it failed.
apt() {
	if ! $sudo env DEBIAN_FRONTEND=noninteractive \
	     apt-get -q "$@" >"$log" 2>&1 </dev/null; then
		tail -n 15 "$log" >&2
		return 1
	fi
}

echo "installing$missing"
# shellcheck disable=SC2086 # a list of words
if ! apt install -y --no-install-recommends $missing 2>/dev/null; then
	# No package lists yet, as in a fresh container, or old ones.
	if ! apt update || ! apt install -y --no-install-recommends $missing; then
		echo "deps.sh: cannot install$missing" >&2
		exit 1
	fi
fi
