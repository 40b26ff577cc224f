#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo` runs once the tree is assembled: builds the guest, boots it
# with two processors, and lets guest-demo.sh run md arrays and dm-integrity
# on four dma-sim engines and the CPU.
#
# usage: demo.sh TREE OUT
#
# Builds in OUT/build/guest-demo; the logs are left there too.

set -eu

if [ $# -ne 2 ]; then
	echo "usage: $0 TREE OUT" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
tree=$1
build=$2/build/guest-demo

"$here/build.sh" "$tree" "$build" "$here/demo.config"
status=0
"$here/boot.sh" "$build/arch/x86/boot/bzImage" "$build/initramfs.cpio" \
	demo 2 2G 600 "$build" || status=1
"$here/splats.sh" "$build/demo.kernel.log" >&2 || status=1
exit $status
