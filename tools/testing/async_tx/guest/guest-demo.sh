# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# `make demo` inside the guest: arrays and dm-integrity on four different
# engines and the CPU, then who did what.

export REPORT=lines
# shellcheck source-path=SCRIPTDIR source=guest-report.sh
. /lib/guest-report.sh

# Four engines, no two alike, none of which can do everything.
make_engines()
{
	engine fast channels=2 caps="memcpy xor xor_val interrupt" max_xor=16 \
		in_order=1 ring=256 setup_ns=1000 bandwidth=16000 &&
	engine parity channels=2 caps="pq pq_val xor interrupt" max_pq=8 \
		max_xor=8 pq_continue=1 in_order=0 ring=128 setup_ns=2000 \
		bandwidth=8000 &&
	engine small channels=1 caps="memcpy memset xor xor_val pq pq_val" \
		max_xor=4 max_pq=4 pq_continue=0 in_order=0 ring=64 \
		setup_ns=500 bandwidth=4000 &&
	engine faulty channels=1 caps="memcpy xor pq interrupt" max_xor=16 \
		max_pq=16 in_order=1 ring=64 setup_ns=1000 bandwidth=8000 \
		error_ppm=2000
}

select_policy()
{
	policy least-loaded && no_thresholds && echo 1 > "$stats_reset"
}

step "boot" machine &&
step "make 4 engines by configfs" make_engines &&
step "policy least-loaded" select_policy &&
array_scenario 5 6 1 &&
array_scenario 6 8 2 &&
integrity_scenario ram10 ram11 &&
step "every engine had a part in it" every_engine_worked &&
echo &&
report 50 || steps_failed=$((steps_failed + 1))

echo
echo "$steps_passed steps passed, $steps_failed failed"
[ "$steps_failed" -eq 0 ]
