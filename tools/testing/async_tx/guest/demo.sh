#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo`, `make demo-arm64` and `make demo-arm` run once the tree is
# assembled: builds the guest, boots it, and lets a scenario run in it. On q35
# that is guest-demo.sh: arrays and dm-integrity on four dma-sim engines, two
# I/OAT, which the QEMU of `make qemu` models, and the CPU. On a machine with DMA
# engines of its own it is guest-engines.sh.
#
# usage: demo.sh MACHINE TREE OUT
#
# Builds in OUT/build/guest-demo or OUT/build/guest-MACHINE; the logs are left
# there too.

set -eu

if [ $# -ne 3 ]; then
	echo "usage: $0 MACHINE TREE OUT" >&2
	exit 2
fi

here=$(dirname "$(realpath "$0")")
export MACHINE="$1"
tree=$2
out=$3
# shellcheck source-path=SCRIPTDIR source=machine-q35.sh
. "$here/machine-$MACHINE.sh"

if [ "$MACHINE" = q35 ]; then
	scenario=demo
	build=$out/build/guest-demo
	set -- "$here/demo.config" "$here/ioat.config"
	# One that does RAID too, as fast as it can be, and one that only copies,
	# as most Xeons have, and takes its time.
	export QEMU="$out/build/qemu/bin/qemu-system-x86_64"
	export DEVICES="-device ioat,version=3.3,channels=2 -device ioat,version=3.4,channels=1,setup-ns=20000,bandwidth=1G"
	export PARAMETERS="async_tx_channels=3"
else
	scenario=engines
	build=$out/build/guest-$MACHINE
	set -- "$here/demo.config"
fi

"$here/build.sh" "$tree" "$build" "$@"
status=0
# shellcheck disable=SC2154 # from machine-*.sh
"$here/boot.sh" "$build/$image" "$build/initramfs.cpio" \
	$scenario "$cpus" "$memory" 1200 "$build" || status=1
"$here/splats.sh" "$build/$scenario.kernel.log" >&2 || status=1
exit $status
