#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The QEMU part of `make check`: builds a guest with KASAN, lockdep and their
# kin, boots it with four processors, and runs guest-debug.sh in it. TAP on
# stdout; the last line counts.
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
log=$build/debug.log

LINE_PREFIX="# " "$here/build.sh" "$tree" "$build" \
	"$here/demo.config" "$here/debug.config"

ended=ok
"$here/boot.sh" "$build/arch/x86/boot/bzImage" "$build/initramfs.cpio" \
	debug 4 2G 1500 "$build" || ended="not ok"

clean=ok
"$here/splats.sh" "$build/debug.kernel.log" > "$build/debug.splats" 2>&1 ||
	clean="not ok"
sed 's/^/# /' "$build/debug.splats"

passed=$(grep -c '^ok ' "$log" || true)
failed=$(grep -c '^not ok ' "$log" || true)
for last in "$ended - the guest ran to its end" \
	    "$clean - the kernel did not complain"; do
	case $last in
	ok*) passed=$((passed + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	echo "${last%% - *} $((passed + failed)) - ${last#* - }"
done
echo "1..$((passed + failed))"
echo "# $passed passed, $failed failed"
[ "$failed" -eq 0 ]
