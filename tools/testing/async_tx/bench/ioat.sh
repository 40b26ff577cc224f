#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ioat.sh BASE TREE OUT [ioat.py options]: TREE's I/OAT driver and async_tx against
# BASE's, on the same device models. Builds both kernels with one configuration in
# OUT/build/bench-ioat-{base,ours}, then runs ioat.py. Called by run.sh; wants what
# "make qemu" builds.
set -eu

usage="usage: $0 BASE TREE OUT [ioat.py options]"
base=${1:?$usage}
tree=${2:?$usage}
out=${3:?$usage}
shift 3
here=$(dirname "$(realpath "$0")")

for name in base ours; do
	[ $name = base ] && source=$base || source=$tree
	"$here/../guest/build.sh" "$source" "$out/build/bench-ioat-$name" \
		"$here/../qemu/model.config" "$here/ioat.config"
done
export QEMU="${QEMU-$out/build/qemu/bin/qemu-system-x86_64}"
exec python3 "$here/ioat.py" "$@" "$out/build"
