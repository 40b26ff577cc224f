# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own dmatest on dma-sim's channels, while async_tx is at work: it
# is a user of all public channels, and lets go of one that is idle when somebody
# wants it alone. Each engine has two channels: dmatest gets number 0, async_tx
# is left with number 1. Sourced by guest-debug.sh, whose engines it uses.

# shellcheck source-path=SCRIPTDIR source=guest-report.sh
. /lib/guest-report.sh

dmatest=/sys/module/dmatest/parameters

# Engines that do everything, and engines that do one thing each: what dmatest
# polls it also terminates, so no two of its threads can poll one channel.
dmatest_engines()
{
	both_engines setup_ns=0 || return 1
	for cap in memcpy memset xor pq; do
		engine "only-$cap" channels=2 caps="$cap interrupt" in_order=1 ||
			return 1
	done
	engine unordered-memset channels=2 caps="memset interrupt" in_order=0 ||
		return 1
	engines=7
	channel_names > /tmp/channels
}

# The channel that dmatest gets of an engine.
first_channel()
{
	awk '$2 == wanted { print $1; found = 1 } END { exit !found }' \
		wanted="$1/0" /tmp/channels
}

# async_work SECONDS: random operations, all of them checked
async_work()
{
	insmod /modules/async_tx_test.ko seconds="$1" && rmmod async_tx_test
}

# Whether async_tx has had operations done by a channel since the last reset.
async_used()
{
	grep -q "^$1 " "$stats_table"
}

# async_uses_all SECONDS: no channel is out of async_tx's reach
async_uses_all()
{
	echo 1 > "$stats_reset"
	async_work "$1" || return 1
	used=0
	while read -r channel name; do
		async_used "$channel" || {
			echo "async_tx does not use $name"
			return 1
		}
		used=$((used + 1))
	done < /tmp/channels
	note="$used channels"
	equal $((2 * engines)) "$used" "channels"
}

# dmatest_take "SETTING=VALUE..." ENGINE...: settings are read with the channel
dmatest_take()
{
	for setting in $1; do
		echo "${setting#*=}" > "$dmatest/${setting%%=*}" || return 1
	done
	shift
	taken=
	kernel_news > /dev/null
	for name; do
		channel=$(first_channel "$name") || return 1
		echo "$channel" > $dmatest/channel || {
			echo "dmatest cannot have $channel of $name"
			return 1
		}
		taken="$taken $channel"
	done
	threads=$(kernel_news | dmatest_threads)
	note="$threads threads on$taken"
	[ "$threads" -gt 0 ]
}

# dmatest_run TRANSFERS SECONDS: each thread of dmatest's ends with a summary.
# async_tx works for SECONDS meanwhile, on the channels that it is left with.
dmatest_run()
{
	echo 1 > "$stats_reset"
	async_work "$2" > /tmp/async_work 2>&1 &
	worker=$!
	# Who reads dmatest's parameter 'wait' on a busy host sleeps for so long
	# that the kernel takes it for hung.
	echo 1 > $dmatest/run && wait_until 600 dmatest_ended "$threads" ||
		return 1
	wait $worker || {
		cat /tmp/async_work
		return 1
	}
	for channel in $taken; do
		if async_used "$channel"; then
			echo "async_tx has used $channel, which is dmatest's"
			return 1
		fi
	done
	[ "$(engine_operations)" -gt 0 ] || return 1

	kernel_news > /tmp/dmatest
	grep -E 'dmatest: result|^not ok' /tmp/dmatest && return 1
	set -- "$1" "$(awk '/: summary / {
		for (i = 1; $i != "summary"; i++)
			;
		summaries++
		tests += $(i + 1)
		failures += $(i + 3)
	} END {
		printf "%d transfers by %d threads, %d failed", tests,
		       summaries, failures
	}' /tmp/dmatest)"
	note=$2
	equal "$1 transfers by $threads threads, 0 failed" "$2" "dmatest"
}

# Both what ended well and what did not gives its channels back.
dmatest_release()
{
	echo 0 > $dmatest/run
}

# dmatest_part TITLE SECONDS "SETTING=VALUE..." ENGINE...
dmatest_part()
{
	part=$1
	work=$2
	shift 2
	step "dmatest: $part: take channels from async_tx" dmatest_take "$@" &&
	step "dmatest: $part, async_tx at work" \
		dmatest_run $((threads * iterations)) "$work"
	dmatest_release
}

dmatest_scenario()
{
	step "make engines of one capability each, too" dmatest_engines
	step "async_tx uses every channel" async_uses_all 10
	step "load dmatest" insmod /modules/dmatest.ko test_buf_size=64 \
		timeout=60000

	iterations=5000
	dmatest_part "copy, xor, pq" 20 \
		"iterations=$iterations threads_per_chan=2 polled=0 dmatest=0" \
		ordered unordered
	dmatest_part "set" 10 \
		"iterations=$iterations threads_per_chan=2 polled=0 dmatest=1" \
		only-memset unordered-memset
	iterations=10000
	dmatest_part "copy, xor, pq, polled" 5 \
		"iterations=$iterations threads_per_chan=1 polled=1 dmatest=0" \
		only-memcpy only-xor only-pq
	dmatest_part "set, polled" 5 \
		"iterations=$iterations threads_per_chan=1 polled=1 dmatest=1" \
		only-memset
	step "unload dmatest" rmmod dmatest
	step "async_tx has all channels again" async_uses_all 10
}
