#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# run.sh BASE TREE OUT: all benches of TREE against BASE, or those that PARTS in the
# environment names: uml, ioat, adaptive. Called by 'make bench'. Fails when a row of
# any of them misses its limit.
set -eu

here=$(dirname "$(realpath "$0")")
status=0
for part in ${PARTS:-uml ioat adaptive}; do
	"$here/$part.sh" "$@" || status=1
done
exit $status
