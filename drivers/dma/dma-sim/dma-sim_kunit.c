// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the simulated DMA engines: every operation against a plain
 * computation byte by byte, then ring, order, faults, termination and removal.
 *
 * All operands lie in one arena, mapped once. The same is done to a shadow of
 * it, so that comparing the two whole also finds what was written beside the
 * destination. The engines are private: nobody else uses their channels.
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/raid/pq.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dma-sim.h"

#define ARENA		(64 * PAGE_SIZE)
#define BLOCKS		16
#define BLOCK		(ARENA / BLOCKS)
#define ROUNDS		200
#define TIMEOUT		(10 * HZ)
#define NEVER		0xff

struct sim_test {
	struct dma_sim *sim;
	struct dma_chan *chan;
	struct device *dev;	/* survives the engine */
	u8 *arena;
	u8 *shadow;
	dma_addr_t dma;
	struct rnd_state rnd;
	enum sum_check_flags verdict;
};

/* One descriptor in flight. */
struct probe {
	struct completion done;
	enum dmaengine_tx_result result;
	unsigned int calls;
	unsigned int rank;	/* how many ended before */
	atomic_t *ended;
	dma_cookie_t cookie;
};

/* Operands as offsets into the arena. */
struct operands {
	size_t dst[2];
	size_t src[BLOCKS];
	u8 coef[BLOCKS];
	unsigned int src_cnt;
	size_t len;
};

static const struct dma_sim_config plain = {
	.channels = 1,
	.max_xor = 12,
	.max_pq = 12,
	.pq_continue = true,
	.align = 1,
	.ring = 64,
	.in_order = true,
};

static void all_caps(struct dma_sim_config *config)
{
	dma_cap_set(DMA_MEMCPY, config->caps);
	dma_cap_set(DMA_MEMSET, config->caps);
	dma_cap_set(DMA_XOR, config->caps);
	dma_cap_set(DMA_XOR_VAL, config->caps);
	dma_cap_set(DMA_PQ, config->caps);
	dma_cap_set(DMA_PQ_VAL, config->caps);
	dma_cap_set(DMA_INTERRUPT, config->caps);
	dma_cap_set(DMA_PRIVATE, config->caps);
}

static void start(struct kunit *test, struct dma_sim_config config)
{
	struct sim_test *t = test->priv;

	if (bitmap_empty(config.caps.bits, DMA_TX_TYPE_END))
		all_caps(&config);
	t->sim = dma_sim_create(test->name, &config);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->sim);
	t->chan = dma_sim_chan(t->sim, 0);
	t->dev = get_device(dmaengine_get_dma_device(t->chan));
	t->dma = dma_map_single(t->dev, t->arena, ARENA, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_EQ(test, dma_mapping_error(t->dev, t->dma), 0);
}

static void stop(struct sim_test *t)
{
	if (IS_ERR_OR_NULL(t->sim))
		return;
	dma_unmap_single(t->dev, t->dma, ARENA, DMA_BIDIRECTIONAL);
	dma_sim_destroy(t->sim);
	put_device(t->dev);
	t->sim = NULL;
}

static int sim_test_init(struct kunit *test)
{
	struct sim_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	prandom_seed_state(&t->rnd, 1);
	t->arena = (u8 *)__get_free_pages(GFP_KERNEL, get_order(ARENA));
	t->shadow = (u8 *)__get_free_pages(GFP_KERNEL, get_order(ARENA));
	test->priv = t;
	KUNIT_ASSERT_NOT_NULL(test, t->arena);
	KUNIT_ASSERT_NOT_NULL(test, t->shadow);
	prandom_bytes_state(&t->rnd, t->arena, ARENA);
	memcpy(t->shadow, t->arena, ARENA);
	return 0;
}

static void sim_test_exit(struct kunit *test)
{
	struct sim_test *t = test->priv;

	if (!t)
		return;
	stop(t);
	free_pages((unsigned long)t->arena, get_order(ARENA));
	free_pages((unsigned long)t->shadow, get_order(ARENA));
}

static unsigned int below(struct sim_test *t, unsigned int n)
{
	return prandom_u32_state(&t->rnd) % n;
}

/* Random operands in blocks of their own; one source may be a destination. */
static void draw(struct sim_test *t, struct operands *o, unsigned int src_cnt)
{
	unsigned int i, first = below(t, BLOCKS);

	o->len = 1 + below(t, below(t, 2) ? 64 : BLOCK);
	o->src_cnt = src_cnt;
	for (i = 0; i < src_cnt + 2; i++) {
		size_t at = (first + i) % BLOCKS * BLOCK +
			    below(t, BLOCK - o->len + 1);

		if (i < 2)
			o->dst[i] = at;
		else
			o->src[i - 2] = at;
	}
	for (i = 0; i < src_cnt; i++)
		o->coef[i] = prandom_u32_state(&t->rnd);
}

static u8 sum_at(struct sim_test *t, const struct operands *o, size_t at)
{
	unsigned int i;
	u8 sum = 0;

	for (i = 0; i < o->src_cnt; i++)
		sum ^= t->shadow[o->src[i] + at];
	return sum;
}

/* Multiplies in the field of RAID-6 without a table: Russian peasants. */
static u8 times(u8 a, u8 b)
{
	u8 product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (a << 1) ^ (a & 0x80 ? 0x1d : 0);
	}
	return product;
}

static u8 weighted_at(struct sim_test *t, const struct operands *o, size_t at)
{
	unsigned int i;
	u8 sum = 0;

	for (i = 0; i < o->src_cnt; i++)
		sum ^= times(t->shadow[o->src[i] + at], o->coef[i]);
	return sum;
}

static void reference_pq(struct sim_test *t, const struct operands *o,
			 unsigned long flags)
{
	bool more = flags & DMA_PREP_CONTINUE;
	u8 *p = t->shadow + o->dst[0], *q = t->shadow + o->dst[1];
	size_t at;
	u8 sum, weighted;

	for (at = 0; at < o->len; at++) {
		sum = sum_at(t, o, at) ^ (more ? p[at] : 0);
		weighted = weighted_at(t, o, at) ^ (more ? q[at] : 0);
		if (!(flags & DMA_PREP_PQ_DISABLE_P))
			p[at] = sum;
		if (!(flags & DMA_PREP_PQ_DISABLE_Q))
			q[at] = weighted;
	}
}

static void probe_done(void *param, const struct dmaengine_result *result)
{
	struct probe *probe = param;

	probe->result = result->result;
	probe->calls++;
	if (probe->ended)
		probe->rank = atomic_inc_return(probe->ended) - 1;
	complete(&probe->done);
}

static struct dma_async_tx_descriptor *prep(struct sim_test *t,
					    enum dma_transaction_type op,
					    struct operands *o,
					    unsigned long flags)
{
	struct dma_device *dma = t->chan->device;
	dma_addr_t src[BLOCKS], dst[2] = { t->dma + o->dst[0],
					   t->dma + o->dst[1] };
	unsigned int i;

	for (i = 0; i < o->src_cnt; i++)
		src[i] = t->dma + o->src[i];
	switch (op) {
	case DMA_MEMCPY:
		return dma->device_prep_dma_memcpy(t->chan, dst[0], src[0],
						   o->len, flags);
	case DMA_MEMSET:
		return dma->device_prep_dma_memset(t->chan, dst[0], o->coef[0],
						   o->len, flags);
	case DMA_XOR:
		return dma->device_prep_dma_xor(t->chan, dst[0], src,
						o->src_cnt, o->len, flags);
	case DMA_XOR_VAL:
		return dma->device_prep_dma_xor_val(t->chan, src, o->src_cnt,
						    o->len, &t->verdict, flags);
	case DMA_PQ:
		return dma->device_prep_dma_pq(t->chan, dst, src, o->src_cnt,
					       o->coef, o->len, flags);
	case DMA_PQ_VAL:
		return dma->device_prep_dma_pq_val(t->chan, dst, src,
						   o->src_cnt, o->coef, o->len,
						   &t->verdict, flags);
	default:
		return dma->device_prep_dma_interrupt(t->chan, flags);
	}
}

static void submit(struct dma_async_tx_descriptor *tx, struct probe *probe,
		   atomic_t *ended)
{
	init_completion(&probe->done);
	probe->result = NEVER;
	probe->calls = 0;
	probe->ended = ended;
	tx->callback_result = probe_done;
	tx->callback_param = probe;
	probe->cookie = dmaengine_submit(tx);
}

static void run(struct kunit *test, enum dma_transaction_type op,
		struct operands *o, unsigned long flags)
{
	struct sim_test *t = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct probe probe;

	dma_sync_single_for_device(t->dev, t->dma, ARENA, DMA_BIDIRECTIONAL);
	tx = prep(t, op, o, flags | DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	submit(tx, &probe, NULL);
	dma_async_issue_pending(t->chan);
	KUNIT_ASSERT_NE(test, wait_for_completion_timeout(&probe.done, TIMEOUT),
			0);
	KUNIT_ASSERT_EQ(test, probe.result, DMA_TRANS_NOERROR);
	KUNIT_ASSERT_EQ(test, dmaengine_tx_status(t->chan, probe.cookie, NULL),
			DMA_COMPLETE);
	dma_sync_single_for_cpu(t->dev, t->dma, ARENA, DMA_BIDIRECTIONAL);
}

static void expect_shadow(struct kunit *test, const struct operands *o)
{
	struct sim_test *t = test->priv;

	KUNIT_ASSERT_EQ_MSG(test, memcmp(t->arena, t->shadow, ARENA), 0,
			    "%u sources, %zu bytes from %#zx to %#zx, %#zx",
			    o->src_cnt, o->len, o->src[0], o->dst[0],
			    o->dst[1]);
}

static void copies_what_it_is_told_to(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o;
	unsigned int i;

	start(test, plain);
	for (i = 0; i < ROUNDS; i++) {
		draw(t, &o, 1);
		memcpy(t->shadow + o.dst[0], t->shadow + o.src[0], o.len);
		run(test, DMA_MEMCPY, &o, 0);
		expect_shadow(test, &o);
	}
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), ROUNDS);
}

static void fills_with_a_byte(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o;
	unsigned int i;

	start(test, plain);
	for (i = 0; i < ROUNDS; i++) {
		draw(t, &o, 1);
		memset(t->shadow + o.dst[0], o.coef[0], o.len);
		run(test, DMA_MEMSET, &o, 0);
		expect_shadow(test, &o);
	}
}

static void xors_any_number_of_sources(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o;
	unsigned int i;
	size_t at;

	start(test, plain);
	for (i = 0; i < ROUNDS; i++) {
		draw(t, &o, 1 + i % plain.max_xor);
		if (i & 1)
			o.src[below(t, o.src_cnt)] = o.dst[0];
		for (at = 0; at < o.len; at++)
			t->shadow[o.dst[0] + at] = sum_at(t, &o, at);
		run(test, DMA_XOR, &o, 0);
		expect_shadow(test, &o);
	}
}

static void checks_a_sum(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o;
	unsigned int i;
	size_t at;

	start(test, plain);
	for (i = 0; i < ROUNDS; i++) {
		draw(t, &o, 2 + i % (plain.max_xor - 1));
		for (at = 0; at < o.len; at++)
			t->shadow[o.src[0] + at] ^= sum_at(t, &o, at);
		if (i & 1)
			t->shadow[o.src[1] + below(t, o.len)] ^= 1 << i % 8;
		memcpy(t->arena, t->shadow, ARENA);
		t->verdict = i & 1 ? 0 : SUM_CHECK_P_RESULT;
		run(test, DMA_XOR_VAL, &o, 0);
		KUNIT_EXPECT_EQ(test, t->verdict,
				i & 1 ? SUM_CHECK_P_RESULT : 0);
		expect_shadow(test, &o);
	}
}

static const unsigned long pq_flags[] = {
	0,
	DMA_PREP_PQ_DISABLE_P,
	DMA_PREP_PQ_DISABLE_Q,
	DMA_PREP_CONTINUE,
	DMA_PREP_CONTINUE | DMA_PREP_PQ_DISABLE_P,
	DMA_PREP_CONTINUE | DMA_PREP_PQ_DISABLE_Q,
};

static void makes_p_and_q(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o;
	unsigned int i, s;

	start(test, plain);
	for (i = 0; i < 3 * ROUNDS; i++) {
		unsigned long flags = pq_flags[i % ARRAY_SIZE(pq_flags)];

		draw(t, &o, 1 + below(t, plain.max_pq));
		/* What RAID-6 has, with and without gaps, or anything else */
		for (s = 0; i % 4 && s < o.src_cnt; s++)
			o.coef[s] = raid6_gfexp[(i % 3 * i + s * (i % 5)) % 255];
		if (i % 7 == 0)
			o.coef[below(t, o.src_cnt)] = 0;
		reference_pq(t, &o, flags);
		run(test, DMA_PQ, &o, flags);
		expect_shadow(test, &o);
	}
}

static void checks_p_and_q(struct kunit *test)
{
	struct sim_test *t = test->priv;
	enum sum_check_flags spoilt;
	struct operands o;
	unsigned int i, s;

	start(test, plain);
	for (i = 0; i < ROUNDS; i++) {
		unsigned long flags = pq_flags[i / 4 % 3];

		draw(t, &o, 1 + below(t, plain.max_pq));
		reference_pq(t, &o, 0);
		spoilt = i % 4;
		for (s = 0; s < 2; s++)
			if (spoilt & BIT(s))
				t->shadow[o.dst[s] + below(t, o.len)] ^= 0x40;
		if (flags & DMA_PREP_PQ_DISABLE_P)
			spoilt &= ~SUM_CHECK_P_RESULT;
		if (flags & DMA_PREP_PQ_DISABLE_Q)
			spoilt &= ~SUM_CHECK_Q_RESULT;
		memcpy(t->arena, t->shadow, ARENA);
		t->verdict = ~spoilt & 3;
		run(test, DMA_PQ_VAL, &o, flags);
		KUNIT_EXPECT_EQ(test, t->verdict, spoilt);
		expect_shadow(test, &o);
	}
}

static void continuing_costs_sources_unless_native(struct kunit *test)
{
	const unsigned long both = DMA_PREP_CONTINUE | DMA_CTRL_ACK;
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;
	struct operands o;

	config.max_pq = 8;
	config.pq_continue = false;
	start(test, config);
	draw(t, &o, 8);
	KUNIT_EXPECT_NOT_NULL(test, prep(t, DMA_PQ, &o, DMA_CTRL_ACK));
	KUNIT_EXPECT_NULL(test, prep(t, DMA_PQ, &o,
				     both | DMA_PREP_PQ_DISABLE_P));
	o.src_cnt = 7;
	KUNIT_EXPECT_NOT_NULL(test, prep(t, DMA_PQ, &o,
					 both | DMA_PREP_PQ_DISABLE_P));
	o.src_cnt = 6;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_PQ, &o, both));
	o.src_cnt = 5;
	reference_pq(t, &o, both);
	run(test, DMA_PQ, &o, both);
	expect_shadow(test, &o);
}

static void refuses_what_it_has_not_promised(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;
	struct operands o = { .len = 64, .src_cnt = 1, .src = { BLOCK },
			      .dst = { 2 * BLOCK, 3 * BLOCK } };

	config.align = 8;
	config.max_xor = 3;
	start(test, config);
	KUNIT_EXPECT_NOT_NULL(test, prep(t, DMA_MEMCPY, &o, 0));
	o.len = 0;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_MEMCPY, &o, 0));
	o.len = 60;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_MEMCPY, &o, 0));
	o.len = 64;
	o.src[0] += 4;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_XOR, &o, 0));
	o.src[0] -= 4;
	o.dst[1] += 1;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_PQ, &o, 0));
	KUNIT_EXPECT_NOT_NULL(test, prep(t, DMA_PQ, &o, DMA_PREP_PQ_DISABLE_Q));
	KUNIT_EXPECT_NULL(test, prep(t, DMA_PQ, &o, DMA_PREP_PQ_DISABLE_P |
				     DMA_PREP_PQ_DISABLE_Q));
	o.src_cnt = 4;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_XOR_VAL, &o, 0));
	o.src_cnt = 0;
	KUNIT_EXPECT_NULL(test, prep(t, DMA_XOR, &o, 0));
}

static void has_only_the_operations_it_was_given(struct kunit *test)
{
	static const enum dma_transaction_type ops[] = {
		DMA_MEMCPY, DMA_MEMSET, DMA_XOR, DMA_XOR_VAL, DMA_PQ,
		DMA_PQ_VAL, DMA_INTERRUPT,
	};
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;
	struct operands o;
	unsigned int i;

	dma_cap_set(DMA_XOR, config.caps);
	dma_cap_set(DMA_PRIVATE, config.caps);
	start(test, config);
	draw(t, &o, 1);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		KUNIT_EXPECT_EQ(test, !!prep(t, ops[i], &o, 0),
				ops[i] == DMA_XOR);
		KUNIT_EXPECT_EQ(test, dma_has_cap(ops[i],
						  t->chan->device->cap_mask),
				ops[i] == DMA_XOR);
	}
}

/* Queues @n copies of a block to itself and rings the doorbell for them. */
static struct probe *queue_copies(struct kunit *test, unsigned int n,
				  unsigned long flags, atomic_t *ended)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 100, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct probe *probe;
	unsigned int i;

	probe = kunit_kcalloc(test, n, sizeof(*probe), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, probe);
	for (i = 0; i < n; i++) {
		tx = prep(t, DMA_MEMCPY, &o, flags | DMA_CTRL_ACK);
		KUNIT_ASSERT_NOT_NULL(test, tx);
		submit(tx, &probe[i], ended);
	}
	dma_async_issue_pending(t->chan);
	return probe;
}

static void await(struct kunit *test, struct probe *probe, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_NE(test,
				wait_for_completion_timeout(&probe[i].done,
							    TIMEOUT), 0);
		KUNIT_EXPECT_EQ(test, probe[i].calls, 1);
	}
}

static void a_full_ring_refuses_until_one_has_ended(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 1, .src_cnt = 1 };
	struct probe *probe;

	start(test, plain);
	dma_sim_hold(t->sim, true);
	probe = queue_copies(test, plain.ring, 0, NULL);
	KUNIT_EXPECT_NULL(test, prep(t, DMA_MEMCPY, &o, 0));
	KUNIT_EXPECT_NULL(test, prep(t, DMA_INTERRUPT, &o, 0));
	dma_sim_hold(t->sim, false);
	await(test, probe, plain.ring);
	dmaengine_synchronize(t->chan);
	probe = queue_copies(test, plain.ring, 0, NULL);
	await(test, probe, plain.ring);
}

static void only_what_was_issued_runs(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 1, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct probe probe;

	start(test, plain);
	tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	submit(tx, &probe, NULL);
	msleep(20);
	KUNIT_EXPECT_EQ(test, dmaengine_tx_status(t->chan, probe.cookie, NULL),
			DMA_IN_PROGRESS);
	dma_async_issue_pending(t->chan);
	await(test, &probe, 1);
}

static void a_held_engine_starts_nothing(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct probe *probe;

	start(test, plain);
	dma_sim_hold(t->sim, true);
	probe = queue_copies(test, 2, 0, NULL);
	msleep(20);
	KUNIT_EXPECT_EQ(test, probe[0].calls, 0);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), 0);
	dma_sim_hold(t->sim, false);
	await(test, probe, 2);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), 2);
}

static void a_failure_spoils_and_says_so(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .dst = { BLOCK }, .len = 1000, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct probe probe[3];
	unsigned int i;

	start(test, plain);
	dma_sim_fail_next(t->sim, 2);
	dma_sync_single_for_device(t->dev, t->dma, ARENA, DMA_BIDIRECTIONAL);
	for (i = 0; i < 3; i++) {
		o.dst[0] = (i + 1) * BLOCK;
		tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK);
		KUNIT_ASSERT_NOT_NULL(test, tx);
		submit(tx, &probe[i], NULL);
	}
	dma_async_issue_pending(t->chan);
	await(test, probe, 3);
	dma_sync_single_for_cpu(t->dev, t->dma, ARENA, DMA_BIDIRECTIONAL);
	for (i = 0; i < 3; i++) {
		u8 *dst = t->arena + (i + 1) * BLOCK;
		u8 *old = t->shadow + (i + 1) * BLOCK;

		KUNIT_EXPECT_EQ(test, probe[i].result == DMA_TRANS_NOERROR,
				i == 2);
		KUNIT_EXPECT_EQ(test, dmaengine_tx_status(t->chan,
							  probe[i].cookie,
							  NULL),
				i == 2 ? DMA_COMPLETE : DMA_ERROR);
		KUNIT_EXPECT_EQ(test, !memcmp(dst, t->arena, o.len), i == 2);
		KUNIT_EXPECT_NE(test, memcmp(dst, old, o.len), 0);
		KUNIT_EXPECT_EQ(test, memcmp(dst + o.len, old + o.len,
					     BLOCK - o.len), 0);
	}
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), 1);
}

static void errors_come_at_their_rate(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;
	unsigned int i, failed = 0;
	struct probe *probe;

	config.ring = 4000;
	config.error_ppm = 250000;
	start(test, config);
	probe = queue_copies(test, config.ring, 0, NULL);
	await(test, probe, config.ring);
	for (i = 0; i < config.ring; i++)
		failed += probe[i].result != DMA_TRANS_NOERROR;
	/* 1000 expected, 27 the standard deviation */
	KUNIT_EXPECT_GT(test, failed, 800);
	KUNIT_EXPECT_LT(test, failed, 1200);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), config.ring - failed);
}

static void in_order_means_in_order(struct kunit *test)
{
	struct sim_test *t = test->priv;
	atomic_t ended = ATOMIC_INIT(0);
	struct probe *probe;
	unsigned int i;

	start(test, plain);
	dma_sim_hold(t->sim, true);
	probe = queue_copies(test, plain.ring, 0, &ended);
	dma_sim_hold(t->sim, false);
	await(test, probe, plain.ring);
	for (i = 0; i < plain.ring; i++)
		KUNIT_EXPECT_EQ(test, probe[i].rank, i);
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_COMPLETION_NO_ORDER,
					     t->chan->device->cap_mask));
}

static void start_without_order(struct kunit *test)
{
	struct dma_sim_config config = plain;
	struct sim_test *t = test->priv;

	config.in_order = false;
	start(test, config);
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_COMPLETION_NO_ORDER,
					    t->chan->device->cap_mask));
	dma_sim_hold(t->sim, true);
}

static void without_order_all_end_in_another_one(struct kunit *test)
{
	struct sim_test *t = test->priv;
	atomic_t ended = ATOMIC_INIT(0);
	unsigned int i, moved = 0;
	struct probe *probe;

	start_without_order(test);
	probe = queue_copies(test, plain.ring, 0, &ended);
	dma_sim_hold(t->sim, false);
	await(test, probe, plain.ring);
	for (i = 0; i < plain.ring; i++) {
		moved += probe[i].rank != i;
		KUNIT_EXPECT_EQ(test, dmaengine_tx_status(t->chan,
							  probe[i].cookie,
							  NULL), DMA_COMPLETE);
	}
	KUNIT_EXPECT_GT(test, moved, plain.ring / 2);
}

/* Looks at the status of all others from within each callback. */
struct witness {
	struct kunit *test;
	struct probe *probe;
	unsigned int n;
	unsigned int wrong;
	struct probe own;
};

static void witness_done(void *param, const struct dmaengine_result *result)
{
	struct witness *w = param;
	struct sim_test *t = w->test->priv;
	enum dma_status status;
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		status = dmaengine_tx_status(t->chan, w->probe[i].cookie, NULL);
		w->wrong += (status == DMA_COMPLETE) != !!w->probe[i].calls;
	}
	probe_done(&w->own, result);
}

static void without_order_status_is_that_of_the_descriptor(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 1, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct witness w = { .test = test, .n = 8 };

	start_without_order(test);
	w.probe = queue_copies(test, w.n, 0, NULL);
	tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	submit(tx, &w.own, NULL);
	tx->callback_result = witness_done;
	tx->callback_param = &w;
	dma_async_issue_pending(t->chan);
	dma_sim_hold(t->sim, false);
	await(test, &w.own, 1);
	await(test, w.probe, w.n);
	KUNIT_EXPECT_EQ(test, w.wrong, 0);
}

static void without_order_a_fence_still_holds(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 100, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct probe probe[8];
	unsigned int i;

	start_without_order(test);
	for (i = 0; i < ARRAY_SIZE(probe); i++) {
		o.src[0] = i * BLOCK;
		o.dst[0] = (i + 1) * BLOCK;
		tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK | DMA_PREP_FENCE);
		KUNIT_ASSERT_NOT_NULL(test, tx);
		submit(tx, &probe[i], NULL);
		memcpy(t->shadow + o.dst[0], t->shadow, o.len);
	}
	dma_async_issue_pending(t->chan);
	dma_sim_hold(t->sim, false);
	await(test, probe, ARRAY_SIZE(probe));
	dma_sync_single_for_cpu(t->dev, t->dma, ARENA, DMA_BIDIRECTIONAL);
	expect_shadow(test, &o);
}

static void an_interrupt_ends_after_all_before_it(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct dma_async_tx_descriptor *tx;
	atomic_t ended = ATOMIC_INIT(0);
	struct probe *probe, last;
	struct operands o;

	start_without_order(test);
	probe = queue_copies(test, 20, 0, &ended);
	tx = prep(t, DMA_INTERRUPT, &o, DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	submit(tx, &last, &ended);
	dma_async_issue_pending(t->chan);
	dma_sim_hold(t->sim, false);
	await(test, &last, 1);
	await(test, probe, 20);
	KUNIT_EXPECT_EQ(test, last.rank, 20);
}

static void termination_forgets_what_has_not_started(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct probe *probe;
	unsigned int i;

	start(test, plain);
	dma_sim_hold(t->sim, true);
	probe = queue_copies(test, plain.ring, 0, NULL);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_sync(t->chan), 0);
	dma_sim_hold(t->sim, false);
	for (i = 0; i < plain.ring; i++) {
		KUNIT_EXPECT_EQ(test, probe[i].calls, 0);
		KUNIT_EXPECT_EQ(test, dmaengine_tx_status(t->chan,
							  probe[i].cookie,
							  NULL), DMA_ERROR);
	}
	probe = queue_copies(test, plain.ring, 0, NULL);
	await(test, probe, plain.ring);
}

static void termination_does_not_wait_for_simulated_time(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;
	ktime_t begin = ktime_get();
	struct probe *probe;

	config.setup_ns = NSEC_PER_SEC;
	start(test, config);
	probe = queue_copies(test, 10, 0, NULL);
	msleep(20);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_sync(t->chan), 0);
	KUNIT_EXPECT_LT(test, ktime_ms_delta(ktime_get(), begin), 900);
	KUNIT_EXPECT_LE(test, probe[0].calls, 1);
	KUNIT_EXPECT_EQ(test, probe[1].calls, 0);
}

static void removal_aborts_what_has_not_started(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 1, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct probe *probe, unissued;
	unsigned int i;

	start(test, plain);
	dma_sim_hold(t->sim, true);
	probe = queue_copies(test, 10, 0, NULL);
	tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	submit(tx, &unissued, NULL);
	stop(t);
	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, probe[i].calls, 1);
		KUNIT_EXPECT_EQ(test, probe[i].result, DMA_TRANS_ABORTED);
	}
	KUNIT_EXPECT_EQ(test, unissued.calls, 1);
	KUNIT_EXPECT_EQ(test, unissued.result, DMA_TRANS_ABORTED);
}

static bool is_channel(struct dma_chan *chan, void *wanted)
{
	return chan == wanted;
}

static void a_held_channel_outlives_its_engine(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 1, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	dma_cap_mask_t mask;
	struct dma_chan *chan;
	struct probe probe;

	start(test, plain);
	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	chan = dma_request_channel(mask, is_channel, t->chan);
	KUNIT_ASSERT_PTR_EQ(test, chan, t->chan);
	tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK);
	stop(t);
	KUNIT_EXPECT_NULL(test, prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK));
	KUNIT_EXPECT_NOT_NULL(test, tx);
	if (tx) {
		submit(tx, &probe, NULL);
		await(test, &probe, 1);
		KUNIT_EXPECT_EQ(test, probe.result, DMA_TRANS_ABORTED);
	}
	dma_release_channel(chan);
}

static void time_passes_as_configured(struct kunit *test)
{
	struct dma_sim_config config = plain;
	struct operands o = { .dst = { 0, ARENA / 2 }, .len = ARENA / 2,
			      .src_cnt = 1 };
	ktime_t begin;
	struct probe *probe;
	s64 us;

	config.setup_ns = 500 * NSEC_PER_USEC;
	config.bandwidth = 10;
	start(test, config);

	begin = ktime_get();
	probe = queue_copies(test, 40, 0, NULL);
	await(test, probe, 40);
	us = ktime_us_delta(ktime_get(), begin);
	/* 40 times 500 us, and 100 bytes at 10 bytes a us */
	KUNIT_EXPECT_GE(test, us, 40 * 510);
	KUNIT_EXPECT_LT(test, us, 40 * 510 * 8);

	/* A channel that is still busy makes up for timers that were late. */
	msleep(50);
	begin = ktime_get();
	run(test, DMA_MEMCPY, &o, 0);
	us = ktime_us_delta(ktime_get(), begin);
	KUNIT_EXPECT_GE(test, us, ARENA / 2 / 10);
}

static void publishes_its_speed(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;

	start(test, config);
	KUNIT_EXPECT_EQ(test, t->chan->device->setup_ns, 0);
	KUNIT_EXPECT_EQ(test, t->chan->device->bandwidth, 0);
	stop(t);

	config.setup_ns = 1500;
	config.bandwidth = 4000;
	start(test, config);
	KUNIT_EXPECT_EQ(test, t->chan->device->setup_ns, 1500);
	KUNIT_EXPECT_EQ(test, t->chan->device->bandwidth, 4000);
}

static void a_speed_changes_while_it_runs(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct dma_sim_config config = plain;
	struct probe *probe;
	ktime_t begin;

	config.setup_ns = NSEC_PER_SEC;
	start(test, config);
	KUNIT_EXPECT_EQ(test, dma_sim_set_speed(t->sim, NSEC_PER_SEC + 1, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, dma_sim_set_speed(t->sim, 0, 1000001), -EINVAL);

	KUNIT_EXPECT_EQ(test, dma_sim_set_speed(t->sim, 0, 0), 0);
	begin = ktime_get();
	probe = queue_copies(test, 10, 0, NULL);
	await(test, probe, 10);
	KUNIT_EXPECT_LT(test, ktime_ms_delta(ktime_get(), begin), 900);

	KUNIT_EXPECT_EQ(test, dma_sim_set_speed(t->sim, 0, 1), 0);
	begin = ktime_get();
	probe = queue_copies(test, 40, 0, NULL);
	await(test, probe, 40);
	KUNIT_EXPECT_GE(test, ktime_us_delta(ktime_get(), begin), 40 * 100);
	KUNIT_EXPECT_EQ(test, t->chan->device->setup_ns, NSEC_PER_SEC);
}

static void start_dry(struct kunit *test, unsigned int setup_ns)
{
	struct dma_sim_config config = plain;

	config.dry = true;
	config.setup_ns = setup_ns;
	start(test, config);
}

static void a_dry_engine_takes_its_time_and_moves_nothing(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .dst = { ARENA / 2 }, .len = ARENA / 2,
			      .src_cnt = 2 };
	ktime_t begin = ktime_get();
	struct probe *probe;

	start_dry(test, 500 * NSEC_PER_USEC);
	probe = queue_copies(test, 40, 0, NULL);
	await(test, probe, 40);
	KUNIT_EXPECT_GE(test, ktime_us_delta(ktime_get(), begin), 40 * 500);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), 40);

	run(test, DMA_MEMCPY, &o, 0);
	expect_shadow(test, &o);
	t->verdict = SUM_CHECK_P_RESULT;
	run(test, DMA_XOR_VAL, &o, 0);
	KUNIT_EXPECT_EQ(test, t->verdict, 0);
}

static void a_dry_engine_waits_for_the_doorbell_and_while_it_is_held(struct kunit *test)
{
	struct sim_test *t = test->priv;
	struct operands o = { .len = 1, .src_cnt = 1 };
	struct dma_async_tx_descriptor *tx;
	struct probe *probe, unissued;

	start_dry(test, 1);
	tx = prep(t, DMA_MEMCPY, &o, DMA_CTRL_ACK);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	submit(tx, &unissued, NULL);
	msleep(20);
	KUNIT_EXPECT_EQ(test, unissued.calls, 0);

	dma_sim_hold(t->sim, true);
	probe = queue_copies(test, plain.ring - 1, 0, NULL);
	KUNIT_EXPECT_NULL(test, prep(t, DMA_MEMCPY, &o, 0));
	msleep(20);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(t->sim), 0);
	dma_sim_hold(t->sim, false);
	await(test, probe, plain.ring - 1);
	await(test, &unissued, 1);
	dmaengine_synchronize(t->chan);
	KUNIT_EXPECT_NOT_NULL(test, prep(t, DMA_MEMCPY, &o, 0));
}

/* The one that runs has a second to go. */
static void a_dry_engine_can_be_terminated_and_removed(struct kunit *test)
{
	struct sim_test *t = test->priv;
	ktime_t begin = ktime_get();
	struct probe *probe;

	start_dry(test, NSEC_PER_SEC);
	probe = queue_copies(test, 10, 0, NULL);
	KUNIT_EXPECT_EQ(test, dmaengine_terminate_sync(t->chan), 0);
	KUNIT_EXPECT_EQ(test, probe[0].calls, 1);
	KUNIT_EXPECT_EQ(test, probe[1].calls, 0);

	probe = queue_copies(test, 10, 0, NULL);
	stop(t);
	for (unsigned int i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, probe[i].calls, 1);
		KUNIT_EXPECT_EQ(test, probe[i].result, i ? DMA_TRANS_ABORTED :
							   DMA_TRANS_NOERROR);
	}
	KUNIT_EXPECT_LT(test, ktime_ms_delta(ktime_get(), begin), 900);
}

#define BAD(_field, _value) { offsetof(struct dma_sim_config, _field), _value }

static void rejects_a_bad_configuration(struct kunit *test)
{
	static const struct {
		size_t field;
		unsigned int value;
	} bad[] = {
		BAD(channels, 0), BAD(channels, 257),
		BAD(max_xor, 1), BAD(max_xor, 256),
		BAD(max_pq, 0), BAD(max_pq, 256),
		BAD(align, 0), BAD(align, 3), BAD(align, 512),
		BAD(ring, 0), BAD(ring, 65537),
		BAD(setup_ns, NSEC_PER_SEC + 1),
		BAD(bandwidth, 1000001), BAD(error_ppm, 1000001),
	};
	struct dma_sim_config config;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		config = plain;
		all_caps(&config);
		*(unsigned int *)((u8 *)&config + bad[i].field) = bad[i].value;
		KUNIT_EXPECT_PTR_EQ(test, dma_sim_create("bad", &config),
				    ERR_PTR(-EINVAL));
	}
	config = plain;
	KUNIT_EXPECT_PTR_EQ(test, dma_sim_create("no caps", &config),
			    ERR_PTR(-EINVAL));
	dma_cap_set(DMA_CYCLIC, config.caps);
	KUNIT_EXPECT_PTR_EQ(test, dma_sim_create("odd cap", &config),
			    ERR_PTR(-EINVAL));
	config = plain;
	all_caps(&config);
	config.pq_continue = false;
	config.max_pq = 3;
	KUNIT_EXPECT_PTR_EQ(test, dma_sim_create("3 for P and Q", &config),
			    ERR_PTR(-EINVAL));
}

static struct kunit_case dma_sim_cases[] = {
	KUNIT_CASE(copies_what_it_is_told_to),
	KUNIT_CASE(fills_with_a_byte),
	KUNIT_CASE(xors_any_number_of_sources),
	KUNIT_CASE(checks_a_sum),
	KUNIT_CASE(makes_p_and_q),
	KUNIT_CASE(checks_p_and_q),
	KUNIT_CASE(continuing_costs_sources_unless_native),
	KUNIT_CASE(refuses_what_it_has_not_promised),
	KUNIT_CASE(has_only_the_operations_it_was_given),
	KUNIT_CASE(a_full_ring_refuses_until_one_has_ended),
	KUNIT_CASE(only_what_was_issued_runs),
	KUNIT_CASE(a_held_engine_starts_nothing),
	KUNIT_CASE(a_failure_spoils_and_says_so),
	KUNIT_CASE(errors_come_at_their_rate),
	KUNIT_CASE(in_order_means_in_order),
	KUNIT_CASE(without_order_all_end_in_another_one),
	KUNIT_CASE(without_order_status_is_that_of_the_descriptor),
	KUNIT_CASE(without_order_a_fence_still_holds),
	KUNIT_CASE(an_interrupt_ends_after_all_before_it),
	KUNIT_CASE(termination_forgets_what_has_not_started),
	KUNIT_CASE(termination_does_not_wait_for_simulated_time),
	KUNIT_CASE(removal_aborts_what_has_not_started),
	KUNIT_CASE(a_held_channel_outlives_its_engine),
	KUNIT_CASE(time_passes_as_configured),
	KUNIT_CASE(publishes_its_speed),
	KUNIT_CASE(a_speed_changes_while_it_runs),
	KUNIT_CASE(a_dry_engine_takes_its_time_and_moves_nothing),
	KUNIT_CASE(a_dry_engine_waits_for_the_doorbell_and_while_it_is_held),
	KUNIT_CASE(a_dry_engine_can_be_terminated_and_removed),
	KUNIT_CASE(rejects_a_bad_configuration),
	{}
};

static struct kunit_suite dma_sim_suite = {
	.name = "dma-sim",
	.init = sim_test_init,
	.exit = sim_test_exit,
	.test_cases = dma_sim_cases,
};

kunit_test_suite(dma_sim_suite);

MODULE_DESCRIPTION("KUnit tests of the simulated DMA engines");
MODULE_LICENSE("GPL");
