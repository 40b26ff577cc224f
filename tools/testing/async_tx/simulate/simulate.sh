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

compiler=gcc
if command -v ccache > /dev/null; then
	compiler="ccache gcc"
fi

kbuild() {
	make -s -C "$tree" O="$kernel" ARCH=um CC="$compiler" -j"${JOBS:-$(nproc)}" "$1"
}

echo "simulate: building $kernel" >&2
KCONFIG_ALLCONFIG=$here/simulate.config kbuild allnoconfig >/dev/null
sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p' "$here/simulate.config" |
while read -r option; do
	grep -q "^$option=" "$kernel/.config" || {
		echo "simulate: $kernel/.config lacks $option" >&2
		exit 1
	}
done
kbuild all 2>"$out/build.log" >&2 || {
	tail -n 20 "$out/build.log" >&2
	exit 1
}
exec python3 "$here/simulate.py" "$kernel/linux" "$out"
