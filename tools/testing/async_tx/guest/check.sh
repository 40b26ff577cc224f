#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The QEMU part of `make check`: builds a guest with KASAN, lockdep and their
# kin, boots it, and runs guest-debug.sh in it. TAP on stdout; the last line
# counts.
#
# usage: check.sh TREE OUT
#
# Builds in OUT/build/guest-debug; the logs are left there too.

set -eu

if [ $# -ne 2 ]; then
	echo "usage: $0 TREE OUT" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
tree=$1
build=$2/build/guest-debug

LINE_PREFIX="# " "$here/build.sh" "$tree" "$build" \
	"$here/demo.config" "$here/debug.config"

exec "$here/check-boot.sh" "$build" debug 1500
