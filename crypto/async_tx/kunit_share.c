// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: how 'adaptive' shares out a large operation.
 *
 * Channels are made up, with estimates that are lines. Nothing is submitted: what is
 * looked at are the shares, and when each would end.
 */
#include <kunit/test.h>

#include "internal.h"
#include "policy_adaptive.h"

#define OP		ASYNC_TX_OP_MEMCPY
#define LEN		SZ_1M
#define SETUP_NS	1000
#define BANDWIDTH	5000	/* bytes in a us */
#define CPU_BANDWIDTH	10000

struct channels {
	struct async_tx_candidates *cand;
	struct async_tx_channel *chan;
	struct async_tx_estimate cpu;	/* as it was before the case */
	struct async_tx_split_terms terms;
	struct async_tx_share share[ASYNC_TX_MAX_SHARES];
	unsigned int first;
};

static void set_speed(struct async_tx_channel *chan, u32 setup_ns, u32 bandwidth)
{
	async_tx_estimate_seed(&chan->estimate[OP], setup_ns, bandwidth);
}

static struct channels *make_channels(struct kunit *test, unsigned int nr)
{
	struct channels *c = test->priv;

	c->cand = kunit_kzalloc(test, struct_size(c->cand, chan, nr), GFP_KERNEL);
	c->chan = kunit_kcalloc(test, nr, sizeof(*c->chan), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c->cand);
	KUNIT_ASSERT_NOT_NULL(test, c->chan);
	c->cand->nr = nr;
	for (unsigned int i = 0; i < nr; i++) {
		c->chan[i].full = UINT_MAX;
		set_speed(&c->chan[i], SETUP_NS, BANDWIDTH);
		c->cand->chan[i] = &c->chan[i];
	}
	return c;
}

static unsigned int share_out(struct channels *c, size_t len)
{
	const struct async_tx_ask ask = {
		.op = OP, .here = true, .work = async_tx_work(len, 2),
	};

	return async_tx_share_out(c->cand, &c->first, &ask, len, &c->terms, c->share);
}

/* When a share ends, if it begins now. */
static u64 end_of(const struct async_tx_share *share)
{
	u64 ns = share->len * 1000 / (share->chan ? BANDWIDTH : CPU_BANDWIDTH);

	if (!share->chan)
		return ns;
	return ns + SETUP_NS + async_tx_load_ns(atomic64_read(&share->chan->load));
}

/* What is one channel's share? */
static size_t share_of(const struct channels *c, unsigned int nr,
		       const struct async_tx_channel *chan)
{
	for (unsigned int i = 0; i < nr; i++)
		if (c->share[i].chan == chan)
			return c->share[i].len;
	return 0;
}

static int share_init(struct kunit *test)
{
	struct channels *c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);

	if (!c)
		return -ENOMEM;
	c->cpu = async_tx_cpu.estimate[OP];
	c->terms.price.each = 4096;
	test->priv = c;
	set_speed(&async_tx_cpu, 0, CPU_BANDWIDTH);
	return 0;
}

static void share_exit(struct kunit *test)
{
	struct channels *c = test->priv;

	if (c)
		async_tx_cpu.estimate[OP] = c->cpu;
}

/* --- cases --- */

static void shares_end_together(struct kunit *test)
{
	struct channels *c = make_channels(test, 4);
	unsigned int nr;
	size_t sum = 0;
	u64 end;

	/* One of them is at work already. */
	atomic64_set(&c->chan[2].load, async_tx_load_of(20000));
	nr = share_out(c, LEN);
	KUNIT_ASSERT_EQ(test, nr, 5);
	KUNIT_EXPECT_NULL(test, c->share[4].chan);
	end = end_of(&c->share[4]);
	for (unsigned int i = 0; i < nr; i++) {
		sum += c->share[i].len;
		KUNIT_EXPECT_GE(test, end_of(&c->share[i]), end - 2000);
		KUNIT_EXPECT_LE(test, end_of(&c->share[i]), end + 2000);
	}
	KUNIT_EXPECT_EQ(test, sum, LEN);
}

static void what_is_won_must_be_worth_it(struct kunit *test)
{
	struct channels *c = make_channels(test, 1);

	set_speed(&c->chan[0], 0, CPU_BANDWIDTH / 20);
	KUNIT_EXPECT_EQ(test, share_out(c, LEN), 0);
	set_speed(&c->chan[0], 0, CPU_BANDWIDTH / 4);
	KUNIT_EXPECT_EQ(test, share_out(c, LEN), 2);
}

static void starts_are_spared_when_there_is_much_to_do(struct kunit *test)
{
	struct channels *c = make_channels(test, 15);
	unsigned int before, nr = share_out(c, SZ_64K);

	KUNIT_EXPECT_GE(test, nr, 14);
	/* All of 15 do as much as some 7 CPUs. */
	for (unsigned int load = 1; load <= 3; load++) {
		before = nr;
		c->terms.load = load * 256;
		nr = share_out(c, SZ_64K);
		KUNIT_EXPECT_LT(test, nr, before);
	}
	c->terms.load = 8 * 256;
	c->terms.saturated = true;
	KUNIT_EXPECT_EQ(test, share_out(c, SZ_64K), 0);
}

static void the_cpu_keeps_out_of_it_when_overrun(struct kunit *test)
{
	struct channels *c = make_channels(test, 3);
	unsigned int nr;

	nr = share_out(c, LEN);
	KUNIT_EXPECT_GT(test, share_of(c, nr, NULL), 0);
	c->terms.saturated = true;
	nr = share_out(c, LEN);
	KUNIT_EXPECT_EQ(test, nr, 3);
	KUNIT_EXPECT_EQ(test, share_of(c, nr, NULL), 0);
}

/* The more that others are held up, the less does the CPU do itself. */
static void the_cpu_does_less_for_a_higher_price(struct kunit *test)
{
	struct channels *c = make_channels(test, 2);
	size_t before = LEN;

	for (u32 held_up = 0; held_up < 4096; held_up += 1024) {
		unsigned int nr;

		c->terms.price.held_up = held_up;
		nr = share_out(c, LEN);
		KUNIT_EXPECT_EQ(test, nr, 3);
		KUNIT_EXPECT_LT(test, share_of(c, nr, NULL), before);
		before = share_of(c, nr, NULL);
	}
}

/* What handing a part over costs the CPU is more than doing it. */
static void a_part_is_worth_handing_over(struct kunit *test)
{
	struct channels *c = make_channels(test, 4);
	unsigned int nr;

	KUNIT_EXPECT_EQ(test, share_out(c, SZ_256K), 5);
	for (unsigned int i = 0; i < 4; i++)
		c->chan[i].handover[OP].ns = 5000 << ASYNC_TX_FRACTION;
	nr = share_out(c, SZ_256K);
	KUNIT_EXPECT_GE(test, nr, 2);
	KUNIT_EXPECT_LT(test, nr, 5);
	/* The CPU does two bytes while a channel does one. */
	for (unsigned int i = 0; i < nr - 1; i++)
		KUNIT_EXPECT_GE(test, end_of(&c->share[i]) - SETUP_NS, 2 * 5000);
	for (unsigned int i = 0; i < 4; i++)
		c->chan[i].handover[OP].ns = 100000 << ASYNC_TX_FRACTION;
	KUNIT_EXPECT_EQ(test, share_out(c, SZ_256K), 0);
}

static void a_channel_that_is_too_slow_is_tried(struct kunit *test)
{
	struct channels *c = make_channels(test, 4);
	unsigned int nr;

	set_speed(&c->chan[1], 500000, BANDWIDTH);
	nr = share_out(c, LEN);
	KUNIT_EXPECT_EQ(test, share_of(c, nr, &c->chan[1]), 0);

	c->terms.saved = 100000;
	nr = share_out(c, LEN);
	KUNIT_EXPECT_EQ(test, share_of(c, nr, &c->chan[1]), 0);
	KUNIT_EXPECT_FALSE(test, c->terms.tried);

	c->terms.saved = 1000000;
	nr = share_out(c, LEN);
	KUNIT_EXPECT_EQ(test, share_of(c, nr, &c->chan[1]), PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, c->terms.tried);
	KUNIT_EXPECT_LT(test, c->terms.saved, 600000);
}

/* 15 of 64 have a part: idle ones, if there are. */
static void of_many_the_idle_are_found(struct kunit *test)
{
	struct channels *c = make_channels(test, 64);
	unsigned int nr;

	for (unsigned int i = 0; i < 60; i++)
		atomic64_set(&c->chan[i].load, async_tx_load_of(1000000));
	KUNIT_EXPECT_EQ(test, share_out(c, LEN), 0);
	c->terms.further = 64;
	nr = share_out(c, LEN);
	KUNIT_EXPECT_EQ(test, nr, 5);
	for (unsigned int i = 60; i < 64; i++)
		KUNIT_EXPECT_GT(test, share_of(c, nr, &c->chan[i]), 0);
}

static struct kunit_case async_tx_share_cases[] = {
	KUNIT_CASE(shares_end_together),
	KUNIT_CASE(what_is_won_must_be_worth_it),
	KUNIT_CASE(starts_are_spared_when_there_is_much_to_do),
	KUNIT_CASE(the_cpu_keeps_out_of_it_when_overrun),
	KUNIT_CASE(the_cpu_does_less_for_a_higher_price),
	KUNIT_CASE(a_part_is_worth_handing_over),
	KUNIT_CASE(a_channel_that_is_too_slow_is_tried),
	KUNIT_CASE(of_many_the_idle_are_found),
	{}
};

static struct kunit_suite async_tx_share_suite = {
	.name = "async_tx_share",
	.init = share_init,
	.exit = share_exit,
	.test_cases = async_tx_share_cases,
};

kunit_test_suite(async_tx_share_suite);
