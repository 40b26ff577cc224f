#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Boot a debug guest with four processors, and judge it: by what its scenario
# reports, by how it ends, and by what the kernel said. TAP on stdout; the last
# line counts. Called by check.sh and check-ioat.sh, which build it.
#
# usage: check-boot.sh BUILD SCENARIO SECONDS
#
# The environment is boot.sh's. Leaves the logs in BUILD.

set -eu

if [ $# -ne 3 ]; then
	echo "usage: $0 BUILD SCENARIO SECONDS" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
build=$1
scenario=$2
limit=$3
log=$build/$scenario.log

ended=ok
"$here/boot.sh" "$build/arch/x86/boot/bzImage" "$build/initramfs.cpio" \
	"$scenario" 4 2G "$limit" "$build" || ended="not ok"

clean=ok
"$here/splats.sh" "$build/$scenario.kernel.log" > "$build/$scenario.splats" 2>&1 ||
	clean="not ok"
sed 's/^/# /' "$build/$scenario.splats"

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
