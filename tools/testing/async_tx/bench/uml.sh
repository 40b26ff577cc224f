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

# build SOURCE OBJECTS: the kernel OBJECTS/linux and OBJECTS/bench/async_tx_bench.ko
build() {
	echo "bench: building $2 from $1"
	mkdir -p "$2/bench"
	cp -u "$here"/module/* "$2/bench/"
	"$here/../uml-kernel.sh" "$1" "$2" "$here/uml.config" "$2/bench"
}

build "$base" "$out/base"
build "$tree" "$out/ours"
exec python3 "$here/uml.py" "$@" "$out"
