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

static struct kunit_case async_tx_estimate_cases[] = {
	KUNIT_CASE(an_estimate_becomes_what_is_measured),
	KUNIT_CASE(an_accident_moves_an_estimate_little),
	KUNIT_CASE(a_change_is_learned_from_a_few),
	KUNIT_CASE(a_guess_keeps_to_what_its_neighbours_allow),
	KUNIT_CASE(a_guess_stays_what_a_time_can_be),
	KUNIT_CASE(what_has_changed_once_is_in_doubt),
	KUNIT_CASE(one_short_sample_is_a_change),
	KUNIT_CASE(the_lag_of_an_idle_channel_is_told_apart),
	{}
};

static struct kunit_suite async_tx_estimate_suite = {
	.name = "async_tx_estimate",
	.test_cases = async_tx_estimate_cases,
};

kunit_test_suite(async_tx_estimate_suite);
