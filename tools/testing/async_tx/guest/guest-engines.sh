# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# `make demo-arm64` and `make demo-arm` inside the guest: the engines that the
# machine itself has, behind drivers of the kernel's own. The kernel's dmatest
# runs on each channel, then an array spreads its copies over them; the rest is
# the CPU's.

export REPORT=lines
export SEQ_MB=8 RAND_MB=2 MIX_MB=3 PATH_WRITES=24
# shellcheck source-path=SCRIPTDIR source=guest-report.sh
. /lib/guest-report.sh

channels_there()
{
	channel_names > /tmp/names
	note=$(sed 's,.*\.\([^/]*\)/.*,\1,' /tmp/names | sort | uniq -c |
		awk '{ printf "%s%d %s", sep, $1, $2; sep = ", " }')
	cat /tmp/names
	equal "$CHANNELS" "$(wc -l < /tmp/names)" "channels"
}

# An engine that serves peripherals too is private, until its channels are shared
# by order.
share_channels()
{
	private=0
	for shared in /sys/class/dma/dma*chan*/shared; do
		[ "$(cat "$shared")" = 1 ] && continue
		echo 1 > "$shared" && private=$((private + 1)) || return 1
	done
	note="$private were private"
}

# On every channel two threads at a time copy ranges of any length at any
# offset, check them, and check that nothing around them changed. The module
# tells by printing alone.
dmatest()
{
	dmesg -c > /dev/null
	insmod /modules/dmatest.ko threads_per_chan=2 timeout=60000 \
		iterations="$DMATEST" run=1 &&
	wait_until 120 dmatest_ended $((2 * CHANNELS)) &&
	rmmod dmatest || return 1
	dmesg -c | sed -n 's/.*dmatest: \(.*\)-copy[0-9]*: summary \([0-9]*\) tests, \([0-9]*\) failures.*/\1 \2 \3/p' \
		> /tmp/dmatest
	awk '
	{
		tests[$1] += $2
		failures += $3
	}
	END {
		for (channel in tests) {
			channels++
			total += tests[channel]
			if (tests[channel] != 2 * iterations) {
				print channel ": " tests[channel] " transfers"
				short = 1
			}
		}
		printf "%d transfers on %d channels, %d failures\n", total,
		       channels, failures
		exit short || failures || channels != wanted
	}' iterations="$DMATEST" wanted="$CHANNELS" \
		/tmp/dmatest > /tmp/dmatest.sum
	verdict_of_dmatest=$?
	cat /tmp/dmatest.sum
	note=$(tail -n 1 /tmp/dmatest.sum)
	return $verdict_of_dmatest
}

select_policy()
{
	policy least-loaded && no_thresholds && echo 1 > "$stats_reset"
}

# KiB of the memory that the kernel has to map before it can touch it; 0 where
# there is none such.
highmem_used()
{
	awk '
	$1 == "HighTotal:" { used += $2 }
	$1 == "HighFree:" { used -= $2 }
	END { print used + 0 }' /proc/meminfo
}

# What was written to the array is there, and so were the buffers it came from.
highmem_was_used()
{
	grown=$(($(highmem_used) - highmem_before))
	note="$((grown / 1024)) MiB more"
	echo "$note"
	[ $grown -ge $(((SEQ_MB + RAND_MB + MIX_MB) * 1024)) ]
}

# As async_tx counted: copies on each channel, and no errors.
every_channel_copied()
{
	awk '
	$1 !~ /^cpu/ && $2 == "memcpy" && $3 > 0 {
		channels++
		copies += $3
		if (!least || $3 < least)
			least = $3
	}
	$1 !~ /^cpu/ { errors += $7 }
	END {
		printf "%d copies on %d channels, the least %d\n", copies,
		       channels, least
		exit errors || channels != wanted
	}' wanted="$CHANNELS" "$stats_table" > /tmp/copied
	verdict_of_copies=$?
	cat /tmp/copied
	note=$(cat /tmp/copied)
	return $verdict_of_copies
}

highmem_before=$(highmem_used)
step "boot" machine &&
step "$CHANNELS channels of drivers for real engines" channels_there &&
step "share every channel with async_tx" share_channels &&
step "dmatest on every channel" dmatest &&
step "policy least-loaded" select_policy &&
array_scenario 5 6 1 &&
step "every channel had a part in it" every_channel_copied &&
{
	! grep -q '^HighTotal:' /proc/meminfo ||
		step "the array was in high memory" highmem_was_used
} &&
echo &&
report 25 || steps_failed=$((steps_failed + 1))

echo
echo "$steps_passed steps passed, $steps_failed failed"
[ "$steps_failed" -eq 0 ]
