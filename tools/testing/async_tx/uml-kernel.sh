#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# uml-kernel.sh SOURCE OBJECTS CONFIG [MODULES]: build OBJECTS/linux, the kernel tree
# SOURCE for User Mode Linux with what CONFIG asks for and little else; then the
# modules in the folder MODULES. JOBS is honoured. Called by the bench and the
# simulation.
set -eu

usage="usage: $0 SOURCE OBJECTS CONFIG [MODULES]"
source=${1:?$usage}
objects=${2:?$usage}
config=${3:?$usage}
modules=${4-}

compiler=gcc
if command -v ccache > /dev/null; then
	compiler="ccache gcc"
fi

kbuild() {
	make -s -C "$source" O="$objects" ARCH=um CC="$compiler" \
		-j"${JOBS:-$(nproc)}" "$@"
}

mkdir -p "$objects"
KCONFIG_ALLCONFIG=$config kbuild allnoconfig > /dev/null
sed -n 's/^\(CONFIG_[A-Z0-9_]*\)=.*/\1/p' "$config" |
while read -r option; do
	grep -q "^$option=" "$objects/.config" || {
		echo "$0: $objects/.config lacks $option" >&2
		exit 1
	}
done
kbuild all
[ -z "$modules" ] || kbuild M="$modules" modules
