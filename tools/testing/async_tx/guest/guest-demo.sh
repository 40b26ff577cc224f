# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# `make demo` inside the guest: arrays and dm-integrity on four different
# engines and the CPU, then who did what.

export REPORT=lines
# shellcheck source-path=SCRIPTDIR source=guest-lib.sh
. /lib/guest-lib.sh

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

# The table in columns, then the engines' share of all operations, which has
# to be more than half.
report()
{
	channel_names > /tmp/names
	awk '
	function number(n) {
		if (n >= 10 * 1024 * 1024)
			return sprintf("%d MiB", n / 1024 / 1024)
		return sprintf("%d KiB", n / 1024)
	}
	BEGIN {
		form = "%-16s %-12s %9s %10s %10s %10s %7s\n"
		printf form, "channel", "operation", "count", "bytes",
		       "mean ns", "p99 ns", "errors"
	}
	FILENAME == "/tmp/names" {
		name[$1] = $2
		next
	}
	$3 !~ /^[0-9]+$/ || $3 == 0 { next }
	{
		printf form, ($1 in name) ? name[$1] : $1, $2, $3, number($4),
		       $5, $6, $7
		errors += $7
		if ($1 ~ /^cpu/) {
			cpu += $3
			cpu_bytes += $4
		} else {
			engine += $3
			engine_bytes += $4
		}
	}
	END {
		if (!(cpu + engine)) {
			print "not ok: no operation was counted"
			exit 1
		}
		share = 100 * engine / (cpu + engine)
		printf "\nengines took %.1f %% of %d operations, ", share,
		       cpu + engine
		printf "%.1f %% of %s; %d errors were retried\n",
		       100 * engine_bytes / (cpu_bytes + engine_bytes + 1),
		       number(cpu_bytes + engine_bytes), errors
		if (share <= 50) {
			print "not ok: that is not more than half"
			exit 1
		}
	}' /tmp/names "$stats_table"
}

step "boot" machine &&
step "make 4 engines by configfs" make_engines &&
step "policy least-loaded" select_policy &&
array_scenario 5 6 1 &&
array_scenario 6 8 2 &&
integrity_scenario ram10 ram11 &&
step "every engine had a part in it" every_engine_worked &&
echo &&
report || steps_failed=$((steps_failed + 1))

echo
echo "$steps_passed steps passed, $steps_failed failed"
[ "$steps_failed" -eq 0 ]
