#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# "make check": run every part through make, and add up what they counted.
#
# check.sh PART...: each is a target of the top Makefile that leaves its TAP in
# $OUT/results/PART.tap, as part.sh does.  The last line is the sum; the exit
# status is 0 only if every part ran something and nothing failed.

set -u

passed=0
failed=0

rm -rf "${OUT:?}/results"
for part; do
	echo "== $part"
	make --no-print-directory -s -C "$SRC" "$part"
	status=$?
	tap=$OUT/results/$part.tap
	if [ -s "$tap" ]; then
		ok=$(grep -c '^ok ' "$tap")
		bad=$(grep -c '^not ok ' "$tap")
	else
		ok=0
		bad=0
	fi
	# Whatever went wrong outside the tests themselves is a failure too.
	if [ "$bad" -eq 0 ] && { [ $status -ne 0 ] || [ "$ok" -eq 0 ]; }; then
		echo "not ok - $part: could not run"
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
