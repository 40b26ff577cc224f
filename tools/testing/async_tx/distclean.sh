#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Remove the work folder, but only one that tree.py made: OUT may have been
# typed by hand, and a wrong one must not cost anybody their files.

set -eu

[ -e "$OUT" ] || exit 0
if [ ! -f "$OUT/.async_tx-work" ]; then
	echo "distclean: $OUT is no work folder of ours (no .async_tx-work in it)" >&2
	exit 1
fi
rm -rf -- "$OUT"
