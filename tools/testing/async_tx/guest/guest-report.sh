# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Who did what, for the demos, and why: the tables of channels, operations and
# estimates, in columns and with names that mean something. Sourced in place of
# guest-lib.sh, never run.

# shellcheck source-path=SCRIPTDIR source=guest-lib.sh
. /lib/guest-lib.sh

# Lines "CHANNEL ENGINE/NUMBER DRIVER" for all channels there are. An engine is
# called by its name in configfs if it has one there, an I/OAT by its version, any
# other by the name of its device.
channel_names()
{
	for channel in /sys/class/dma/dma*chan*; do
		device=$(basename "$(readlink -f "$channel/device")")
		kind=$(basename "$(readlink -f "$channel/device/driver")")
		name=$device
		[ -e "$channel/quickdata/version" ] &&
			name=ioat-$(cat "$channel/quickdata/version")
		for dir in "$dma_sim"/*/; do
			[ "$(cat "$dir/device" 2> /dev/null)" = "$device" ] &&
				name=$(basename "$dir")
		done
		echo "${channel##*/} $name/${channel##*chan} $kind"
	done
}

# What was expected of whom, and what it took: a line for each channel, operation
# and size of which some were timed. The CPU's hand-over is nothing.
report_estimates()
{
	channel_names > /tmp/names
	awk '
	BEGIN {
		form = "%-16s %-12s %9s %9s %12s %10s %12s\n"
		printf form, "channel", "operation", "bytes read", "timed",
		       "expected ns", "took ns", "hand-over ns"
	}
	FILENAME == "/tmp/names" {
		name[$1] = $2
		next
	}
	$3 ~ /^[0-9]+$/ {
		printf form, ($1 in name) ? name[$1] : $1, $2, $3, $4, $5, $6, $9
		lines++
	}
	END {
		if (!lines) {
			print "not ok: nothing was timed"
			exit 1
		}
	}' /tmp/names "${stats_table%/*}/estimates"
}

# report [PERCENT]: the table in columns, then the engines' share of all
# operations, which has to be more than that, and the share of each driver.
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
		driver[$1] = $3
		if (!($3 in took))
			drivers[++kinds] = $3
		took[$3] = 0
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
			took[driver[$1]] += $3
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
		for (i = 1; i <= kinds; i++)
			printf "%s %.1f %%, ", drivers[i],
			       100 * took[drivers[i]] / (cpu + engine)
		printf "the CPU %.1f %%\n", 100 - share
		if (percent != "" && share <= percent) {
			print "not ok: that is not more than " percent " %"
			exit 1
		}
	}' percent="${1-}" /tmp/names "$stats_table"
}
