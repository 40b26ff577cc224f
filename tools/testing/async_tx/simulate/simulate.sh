#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# simulate.sh TREE OUT: which policy is how fast on which engines, in simulated time?
# Builds TREE for UML in OUT/build/simulate/kernel, then runs simulate.py, which see.
# JOBS and CELLS are honoured. Called by 'make simulate'; needs no root.
set -eu

usage="usage: $0 TREE OUT"
tree=$(realpath "${1:?$usage}")
out=${2:?$usage}/build/simulate
here=$(dirname "$(realpath "$0")")
kernel=$out/kernel
mkdir -p "$kernel"

echo "simulate: building $kernel" >&2
"$here/../uml-kernel.sh" "$tree" "$kernel" "$here/simulate.config" \
	2>"$out/build.log" >&2 || {
	tail -n 20 "$out/build.log" >&2
	exit 1
}
exec python3 "$here/simulate.py" "$kernel/linux" "$out"
