#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# uml.sh BASE TREE OUT [uml.py options]: is TREE's async_tx as fast as BASE's?
# Builds both kernel trees for UML in OUT/build/bench/{base,ours} with one
# configuration, and the one bench module for each, then runs uml.py. Called by
# run.sh; needs no root. JOBS is honoured.
set -eu

usage="usage: $0 BASE TREE OUT [uml.py options]"
base=$(realpath "${1:?$usage}")
tree=$(realpath "${2:?$usage}")
out=${3:?$usage}/build/bench
shift 3
here=$(dirname "$(realpath "$0")")
mkdir -p "$out"
out=$(realpath "$out")

compiler=gcc
if command -v ccache > /dev/null; then
	compiler="ccache gcc"
fi

kbuild() {
	make -s -C "$1" O="$2" ARCH=um CC="$compiler" -j"${JOBS:-$(nproc)}" "$3"
}

# build SOURCE OBJECTS: the kernel OBJECTS/linux and OBJECTS/bench/async_tx_bench.ko
build() {
	echo "bench: building $2 from $1"
	mkdir -p "$2/bench"
	cp -u "$here"/module/* "$2/bench/"
	KCONFIG_ALLCONFIG=$here/uml.config kbuild "$1" "$2" allnoconfig >/dev/null
	sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p' "$here/uml.config" |
	while read -r option; do
		grep -q "^$option=" "$2/.config" || {
			echo "bench: $2/.config lacks $option" >&2
			exit 1
		}
	done
	kbuild "$1" "$2" all
	make -s -C "$1" O="$2" ARCH=um CC="$compiler" M="$2/bench" modules
}

build "$base" "$out/base"
build "$tree" "$out/ours"
exec python3 "$here/uml.py" "$@" "$out"
