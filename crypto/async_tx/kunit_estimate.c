// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: what is learned from samples, and which are none.
 *
 * Estimates and channels are made up here. Nothing is submitted, and no case waits.
 */
#include <kunit/test.h>

#include "internal.h"
#include "kunit_lib.h"

static u32 told(const struct async_tx_estimate *e, u32 work)
{
	return async_tx_service(e, async_tx_place(work));
}

static void learn(struct async_tx_estimate *e, u32 work, u64 ns, unsigned int times)
{
	struct async_tx_lag lag = {};

	while (times--)
		async_tx_estimate_learn(e, &lag, async_tx_place(work), ns);
}

static void an_estimate_becomes_what_is_measured(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 1000, 1000);
	KUNIT_EXPECT_EQ(test, told(&e, 4096), 5096);
	learn(&e, 4096, 700, 1);
	KUNIT_EXPECT_EQ(test, told(&e, 4096), 700);
	for (unsigned int i = 0; i < 100; i++)
		learn(&e, 4096, i % 2 ? 800 : 600, 1);
	kt_expect_near(test, told(&e, 4096), 700, 5);
}

static void an_accident_moves_an_estimate_little(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 1000, 1000000);
	learn(&e, 4096, 1000, 20);
	learn(&e, 4096, 1000000, 1);
	kt_expect_near(test, told(&e, 4096), 1000, 40);
	learn(&e, 4096, 1000, 20);
	kt_expect_near(test, told(&e, 4096), 1000, 5);
}

static void a_change_is_learned_from_a_few(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 1000, 1000000);
	learn(&e, 4096, 1000, 100);
	learn(&e, 4096, 10000, 8);
	kt_expect_near(test, told(&e, 4096), 10000, 25);
	learn(&e, 4096, 10000, 30);
	kt_expect_near(test, told(&e, 4096), 10000, 2);
	learn(&e, 4096, 1000, 6);
	kt_expect_near(test, told(&e, 4096), 1000, 25);
}

static void a_guess_keeps_to_what_its_neighbours_allow(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 100, 1000000);
	learn(&e, 4096, 50000, 3);
	KUNIT_EXPECT_GE(test, told(&e, 65536), 50000);
	KUNIT_EXPECT_LE(test, told(&e, 65536), 16 * 50000);
	KUNIT_EXPECT_GE(test, told(&e, 1024), 50000 / 4);
	KUNIT_EXPECT_LE(test, told(&e, 1024), 50000);
	/* In between, a line. */
	learn(&e, 8192, 100000, 20);
	kt_expect_near(test, told(&e, 6144), 75000, 2);
}

/* Between two knots of which one was far too high. */
static void a_guess_stays_what_a_time_can_be(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 0, 1000);
	learn(&e, 16384, 2000000, 3);
	learn(&e, 8192, 9000, 3);
	e.seen[7] = 0;
	e.seen[8] = 0;
	learn(&e, 12288, 6000, 1);
	KUNIT_EXPECT_GE(test, told(&e, 12288), 6000 / 2);
	KUNIT_EXPECT_LE(test, told(&e, 12288), 6000 * 2);
	KUNIT_EXPECT_GE(test, told(&e, 8192), 50);
}

static void what_has_changed_once_is_in_doubt(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 100, 1000);
	learn(&e, 4096, 4200, 20);
	learn(&e, 65536, 65600, 20);
	KUNIT_EXPECT_FALSE(test, async_tx_is_guess(&e, async_tx_place(65536)));
	learn(&e, 4096, 42000, 20);
	KUNIT_EXPECT_TRUE(test, async_tx_is_guess(&e, async_tx_place(65536)));
}

/* Nothing gets done sooner by accident, so one that is far too short is proof. */
static void one_short_sample_is_a_change(struct kunit *test)
{
	struct async_tx_estimate e = {};

	async_tx_estimate_seed(&e, 100, 1000);
	learn(&e, 4096, 42000, 20);
	learn(&e, 65536, 655000, 20);
	learn(&e, 4096, 4200, 1);
	kt_expect_near(test, told(&e, 4096), 4200, 2);
	KUNIT_EXPECT_TRUE(test, async_tx_is_guess(&e, async_tx_place(65536)));
	KUNIT_EXPECT_LE(test, told(&e, 65536), 16 * 4200);
}

static void the_lag_of_an_idle_channel_is_told_apart(struct kunit *test)
{
	struct async_tx_place at = async_tx_place(4096);
	struct async_tx_estimate e = {};
	struct async_tx_lag lag = {};

	async_tx_estimate_seed(&e, 1000, 1000);
	for (unsigned int i = 0; i < 40; i++) {
		async_tx_estimate_learn_idle(&e, &lag, at, 12000);
		if (i > 4)
			async_tx_estimate_learn(&e, &lag, at, 2000);
	}
	kt_expect_near(test, told(&e, 4096), 2000, 5);
	kt_expect_near(test, lag.ns >> ASYNC_TX_FRACTION, 10000, 10);
}

/* --- what is no sample --- */

#define SLOW_NS		(100 * NSEC_PER_MSEC)	/* longer than a case takes */

/* A channel that has @inflight to do. */
static struct async_tx_channel *busy_channel(struct kunit *test, unsigned int inflight)
{
	struct async_tx_channel *chan = kunit_kzalloc(test, sizeof(*chan), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, chan);
	chan->full = UINT_MAX;
	async_tx_estimate_seed(&chan->estimate[ASYNC_TX_OP_MEMCPY], SLOW_NS, 1000000);
	learn(&chan->estimate[ASYNC_TX_OP_MEMCPY], 4096, SLOW_NS, 20);
	atomic64_set(&chan->load, inflight * async_tx_load_of(SLOW_NS));
	return chan;
}

/* The first of what is in flight ends now, and @more is submitted. */
static void end_one(struct async_tx_channel *chan, bool more)
{
	struct async_tx_request req = {
		.op = ASYNC_TX_OP_MEMCPY,
		.work = 4096,
		.expected = SLOW_NS,
	};

	__async_tx_clock_end(chan, &req);
	if (!more)
		atomic64_sub(async_tx_load_of(SLOW_NS), &chan->load);
}

static void what_is_told_late_is_no_sample(struct kunit *test)
{
	static const unsigned int inflight[] = { 2, 3, 20, 64 };

	for (unsigned int i = 0; i < ARRAY_SIZE(inflight); i++) {
		struct async_tx_channel *chan = busy_channel(test, inflight[i]);

		for (unsigned int n = inflight[i]; n; n--)
			end_one(chan, false);
		kt_expect_near(test, told(&chan->estimate[ASYNC_TX_OP_MEMCPY], 4096),
			       SLOW_NS, 1);
	}
}

static void what_is_told_early_again_and_again_is_one(struct kunit *test)
{
	struct async_tx_channel *chan = busy_channel(test, 2);

	for (unsigned int n = 20; n; n--)
		end_one(chan, true);
	KUNIT_EXPECT_LE(test, told(&chan->estimate[ASYNC_TX_OP_MEMCPY], 4096), SLOW_NS / 2);
}

static void what_the_first_time_takes_is_hardly_believed(struct kunit *test)
{
	struct async_tx_lag lag = {};

	async_tx_lag_creep(&lag, 50000);
	KUNIT_EXPECT_LE(test, lag.ns >> ASYNC_TX_FRACTION, 1000);
	async_tx_lag_creep(&lag, 200);
	KUNIT_EXPECT_EQ(test, lag.ns >> ASYNC_TX_FRACTION, 200);
	for (unsigned int i = 0; i < 50; i++)
		async_tx_lag_creep(&lag, 50000);
	KUNIT_EXPECT_EQ(test, lag.ns >> ASYNC_TX_FRACTION, 50000);
}

static struct kunit_case async_tx_estimate_cases[] = {
	KUNIT_CASE(an_estimate_becomes_what_is_measured),
	KUNIT_CASE(an_accident_moves_an_estimate_little),
	KUNIT_CASE(a_change_is_learned_from_a_few),
	KUNIT_CASE(a_guess_keeps_to_what_its_neighbours_allow),
	KUNIT_CASE(a_guess_stays_what_a_time_can_be),
	KUNIT_CASE(what_has_changed_once_is_in_doubt),
	KUNIT_CASE(one_short_sample_is_a_change),
	KUNIT_CASE(the_lag_of_an_idle_channel_is_told_apart),
	KUNIT_CASE(what_is_told_late_is_no_sample),
	KUNIT_CASE(what_is_told_early_again_and_again_is_one),
	KUNIT_CASE(what_the_first_time_takes_is_hardly_believed),
	{}
};

static struct kunit_suite async_tx_estimate_suite = {
	.name = "async_tx_estimate",
	.test_cases = async_tx_estimate_cases,
};

kunit_test_suite(async_tx_estimate_suite);
