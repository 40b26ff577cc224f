#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# adaptive.sh BASE TREE OUT [adaptive.py options]: the policy 'adaptive' against the
# CPU alone and an engine alone, TREE's all of them, on models of I/OAT. Builds the
# kernel in OUT/build/bench-adaptive, then runs adaptive.py. Called by run.sh; wants
# what "make qemu" builds.
set -eu

usage="usage: $0 BASE TREE OUT [adaptive.py options]"
tree=${2:?$usage}
out=${3:?$usage}
shift 3
here=$(dirname "$(realpath "$0")")

"$here/../guest/build.sh" "$tree" "$out/build/bench-adaptive" \
	"$here/../qemu/model.config" "$here/ioat.config" "$here/adaptive.config"
export QEMU="${QEMU-$out/build/qemu/bin/qemu-system-x86_64}"
exec python3 "$here/adaptive.py" "$@" "$out/build"
