#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Configure a guest kernel: allnoconfig plus fragments, and a check that every
# symbol of every fragment came out as asked.
#
# usage: configure.sh TREE BUILD FRAGMENT...
#
# ARCH and CROSS_COMPILE in the environment are the kernel's own.
#
# Leaves BUILD alone when neither the fragments nor the tree's Kconfig files
# changed since the last time, so that nothing is rebuilt for it.

set -eu

if [ $# -lt 3 ]; then
	echo "usage: $0 TREE BUILD FRAGMENT..." >&2
	exit 2
fi

tree=$(realpath "$1")
mkdir -p "$2"
build=$(realpath "$2")
shift 2

wanted=$build/.fragments
cat "$@" > "$wanted.new"

# Take up to date for granted only when no Kconfig file is newer.
if [ -s "$build/.config" ] && cmp -s "$wanted" "$wanted.new" &&
   [ -z "$(find "$tree" -name 'Kconfig*' -newer "$wanted" -print -quit)" ]; then
	rm -f "$wanted.new"
	exit 0
fi

rm -f "$wanted"
if ! KCONFIG_ALLCONFIG="$wanted.new" make -s -C "$tree" O="$build" \
	allnoconfig > "$build/configure.log" 2>&1; then
	cat "$build/configure.log" >&2
	exit 1
fi

bad=0
while read -r line; do
	case $line in
	CONFIG_*=*)
		grep -qxF -e "$line" "$build/.config" && continue
		;;
	"# CONFIG_"*" is not set")
		symbol=${line#\# }
		symbol=${symbol%% *}
		grep -q "^$symbol=" "$build/.config" || continue
		;;
	*)
		continue
		;;
	esac
	echo "configure: asked for '$line', which the tree does not grant" >&2
	bad=1
done < "$wanted.new"
[ $bad -eq 0 ] || exit 1

mv "$wanted.new" "$wanted"
