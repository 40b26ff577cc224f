#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh BASE TREE OUT [measure.py options]: is TREE's async_tx as fast as BASE's?
# Builds both kernel trees for UML in OUT/base and OUT/ours with one
# configuration, and the one bench module for each, then runs measure.py.
# Called by 'make bench'; needs no root. CC and JOBS are honoured.
set -eu

usage="usage: $0 BASE TREE OUT [measure.py options]"
base=$(realpath "${1:?$usage}")
tree=$(realpath "${2:?$usage}")
out=${3:?$usage}
shift 3
here=$(dirname "$(realpath "$0")")
mkdir -p "$out"
out=$(realpath "$out")

kbuild() {
	make -s -C "$1" O="$2" ARCH=um CC="${CC:-gcc}" -j"${JOBS:-$(nproc)}" "$3"
}

# build SOURCE OBJECTS: the kernel OBJECTS/linux and OBJECTS/bench/async_tx_bench.ko
build() {
	echo "bench: building $2 from $1"
	mkdir -p "$2/bench"
	cp -u "$here"/module/* "$2/bench/"
	KCONFIG_ALLCONFIG=$here/kernel.config kbuild "$1" "$2" allnoconfig >/dev/null
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p' "$here/kernel.config" |
	while read -r option; do
		grep -q "^$option=" "$2/.config" || {
			echo "bench: $2/.config lacks $option" >&2
			exit 1
		}
	done
	kbuild "$1" "$2" all
	make -s -C "$1" O="$2" ARCH=um CC="${CC:-gcc}" M="$2/bench" modules
}

build "$base" "$out/base"
build "$tree" "$out/ours"
exec python3 "$here/measure.py" "$@" "$out"
