#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# part.sh NAME COMMAND...: run one part of the checks, which prints TAP.
#
# Shows all that it says but the lines of what passed (V=1: those too), keeps
# everything in $OUT/results/NAME.tap, and ends with a count.  Fails when a test
# failed, when the command did, or when not one test ran.

set -u

name=$1
shift
results=$OUT/results
tap=$results/$name.tap
mkdir -p "$results" || exit 1

# A command that dies must count as a failure even if all before it passed.
run()
{
	local status
	"$@" 2>&1
	status=$?
	if [ $status -ne 0 ]; then
		echo "# $name: exit status $status"
	fi
	return $status
}

show='^ok '
[ "${V-}" = 1 ] && show='^$'

started=$SECONDS
run "$@" | tee "$tap" | grep --line-buffered -v "$show"
status=${PIPESTATUS[0]}

failed=$(grep -c '^not ok ' "$tap")
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
	echo "not ok - $name: did not run to its end" | tee -a "$tap"
fi
passed=$(grep -c '^ok ' "$tap")
failed=$(grep -c '^not ok ' "$tap")
if [ "$passed" -eq 0 ] && [ "$failed" -eq 0 ]; then
	echo "not ok - $name: nothing ran" | tee -a "$tap"
	failed=1
fi

echo "$name: $passed passed, $failed failed ($((SECONDS - started)) s)"
[ "$failed" -eq 0 ]
