// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: which operations really work.
 *
 * At probe, before any client, each channel does each operation that the device
 * claims, with few sources and with many, and each check on data that is right
 * and on data that is not. What fails on any channel is not offered; a channel
 * that cannot even copy is not registered. Copies are timed, too, and what they
 * tell of the device's speed is published.
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/ktime.h>
#include <linux/sizes.h>

#include "dma.h"

#define TEST_LEN	1000
#define TEST_PITCH	1024
#define TEST_SOURCES	IOAT_MAX_SRC16
#define TEST_BLOCKS	(TEST_SOURCES + 2)
#define TEST_TIMEOUT	(10 * HZ)
#define TEST_FLAGS	(DMA_PREP_INTERRUPT | DMA_CTRL_ACK)

/* What is timed: a copy that is all setup, and one that is not. */
#define SPEED_SHORT	64
#define SPEED_LONG	SZ_32K
/* How often, for other things make one late, never early ... */
#define SPEED_ROUNDS	16
/* ... and for how long on a channel: a busy host may run the engine, or us, late. */
#define SPEED_NS	(50 * NSEC_PER_MSEC)

#define TEST_MEM	max(TEST_BLOCKS * TEST_PITCH, 2 * SPEED_LONG)

/**
 * struct ioat_test - what a test works with
 * @c: channel
 * @done: the operation ended
 * @outcome: how
 * @started: when it was, in ns
 * @ended: and when it ended
 * @best: shortest time of a copy of SPEED_SHORT bytes, and of SPEED_LONG, of all
 *	channels, in ns
 * @result: verdict of a check
 * @mem: the blocks: sources, then P, which is the only destination but for P+Q,
 *	then Q
 * @dma: bus address of that
 * @src: bus addresses of the sources
 * @pq: and of P and Q
 * @coef: coefficients of Q: 1, 2, 4, ...
 */
struct ioat_test {
	struct ioat_chan *c;
	struct completion done;
	enum dmaengine_tx_result outcome;
	u64 started;
	u64 ended;
	u64 best[2];
	enum sum_check_flags result;
	u8 *mem;
	dma_addr_t dma;
	dma_addr_t src[TEST_BLOCKS];
	dma_addr_t pq[2];
	u8 coef[TEST_SOURCES];
};

static u8 *block(struct ioat_test *t, unsigned int i)
{
	return t->mem + i * TEST_PITCH;
}

static u8 *block_p(struct ioat_test *t)
{
	return block(t, TEST_SOURCES);
}

static u8 *block_q(struct ioat_test *t)
{
	return block(t, TEST_SOURCES + 1);
}

/* Times 2 in the field of RAID-6. */
static u8 doubled(u8 v)
{
	return (v << 1) ^ (v & 0x80 ? 0x1d : 0);
}

static void fill_sources(struct ioat_test *t)
{
	unsigned int i, k;

	for (i = 0; i < TEST_SOURCES; i++)
		for (k = 0; k < TEST_LEN; k++)
			block(t, i)[k] = i * 37 + k * 11 + (k >> 8);
	memset(block_p(t), 0xa5, TEST_PITCH);
	memset(block_q(t), 0xa5, TEST_PITCH);
}

static u8 sum_p(struct ioat_test *t, unsigned int n, unsigned int k)
{
	u8 p = 0;

	while (n--)
		p ^= block(t, n)[k];
	return p;
}

static u8 sum_q(struct ioat_test *t, unsigned int n, unsigned int k)
{
	u8 q = 0;

	while (n--)
		q = doubled(q) ^ block(t, n)[k];
	return q;
}

static bool is_sum(struct ioat_test *t, u8 *got, unsigned int n,
		   u8 (*sum)(struct ioat_test *t, unsigned int n, unsigned int k))
{
	unsigned int k;

	for (k = 0; k < TEST_LEN; k++)
		if (got[k] != sum(t, n, k))
			return false;
	/* And not a byte more. */
	return !memchr_inv(got + TEST_LEN, 0xa5, TEST_PITCH - TEST_LEN);
}

static void test_done(void *param, const struct dmaengine_result *result)
{
	struct ioat_test *t = param;

	t->ended = ktime_get_ns();
	t->outcome = result->result;
	complete(&t->done);
}

static bool start(struct ioat_test *t, struct dma_async_tx_descriptor *tx)
{
	if (!tx)
		return false;
	reinit_completion(&t->done);
	tx->callback_result = test_done;
	tx->callback_param = t;
	if (dma_submit_error(tx->tx_submit(tx)))
		return false;
	t->started = ktime_get_ns();
	ioat_issue_pending(&t->c->chan);
	return true;
}

static bool ends_well(struct ioat_test *t)
{
	/* Comes to an end by the watchdog if not by itself. */
	return wait_for_completion_timeout(&t->done, TEST_TIMEOUT) &&
	       t->outcome == DMA_TRANS_NOERROR;
}

static bool run(struct ioat_test *t, struct dma_async_tx_descriptor *tx)
{
	return start(t, tx) && ends_well(t);
}

static bool test_memcpy(struct ioat_test *t, unsigned int n)
{
	struct dma_chan *chan = &t->c->chan;

	return run(t, chan->device->device_prep_dma_memcpy(chan, t->pq[0], t->src[0],
							   TEST_LEN, TEST_FLAGS)) &&
	       is_sum(t, block_p(t), 1, sum_p);
}

static bool test_memset(struct ioat_test *t, unsigned int n)
{
	struct dma_chan *chan = &t->c->chan;

	return run(t, chan->device->device_prep_dma_memset(chan, t->pq[0], 0x3c, TEST_LEN,
							   TEST_FLAGS)) &&
	       !memchr_inv(block_p(t), 0x3c, TEST_LEN) &&
	       !memchr_inv(block_p(t) + TEST_LEN, 0xa5, TEST_PITCH - TEST_LEN);
}

static bool test_interrupt(struct ioat_test *t, unsigned int n)
{
	struct dma_chan *chan = &t->c->chan;

	return run(t, chan->device->device_prep_dma_interrupt(chan, TEST_FLAGS));
}

static bool test_xor(struct ioat_test *t, unsigned int n)
{
	struct dma_chan *chan = &t->c->chan;

	return run(t, chan->device->device_prep_dma_xor(chan, t->pq[0], t->src, n,
							TEST_LEN, TEST_FLAGS)) &&
	       is_sum(t, block_p(t), n, sum_p);
}

static bool xor_val_is(struct ioat_test *t, unsigned int n, enum sum_check_flags expected)
{
	struct dma_chan *chan = &t->c->chan;

	t->result = ~expected;
	return run(t, chan->device->device_prep_dma_xor_val(chan, t->src, n, TEST_LEN,
							    &t->result, TEST_FLAGS)) &&
	       t->result == expected;
}

static bool test_xor_val(struct ioat_test *t, unsigned int n)
{
	unsigned int k;

	/* Makes the last source the sum of the others. */
	for (k = 0; k < TEST_LEN; k++)
		block(t, n - 1)[k] = sum_p(t, n - 1, k);
	if (!xor_val_is(t, n, 0))
		return false;
	block(t, n - 1)[TEST_LEN - 1] ^= 1;
	return xor_val_is(t, n, SUM_CHECK_P_RESULT);
}

static bool test_pq(struct ioat_test *t, unsigned int n)
{
	struct dma_chan *chan = &t->c->chan;

	return run(t, chan->device->device_prep_dma_pq(chan, t->pq, t->src, n, t->coef,
						       TEST_LEN, TEST_FLAGS)) &&
	       is_sum(t, block_p(t), n, sum_p) && is_sum(t, block_q(t), n, sum_q);
}

static bool pq_val_is(struct ioat_test *t, unsigned int n, enum sum_check_flags expected)
{
	struct dma_chan *chan = &t->c->chan;

	t->result = ~expected;
	return run(t, chan->device->device_prep_dma_pq_val(chan, t->pq, t->src, n, t->coef,
							   TEST_LEN, &t->result, TEST_FLAGS)) &&
	       t->result == expected;
}

static bool test_pq_val(struct ioat_test *t, unsigned int n)
{
	unsigned int k;

	for (k = 0; k < TEST_LEN; k++) {
		block_p(t)[k] = sum_p(t, n, k);
		block_q(t)[k] = sum_q(t, n, k);
	}
	if (!pq_val_is(t, n, 0))
		return false;
	block_p(t)[1] ^= 0x10;
	if (!pq_val_is(t, n, SUM_CHECK_P_RESULT))
		return false;
	block_q(t)[2] ^= 0x20;
	return pq_val_is(t, n, SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT);
}

static unsigned int one_operand(struct dma_device *dma)
{
	return 1;
}

static unsigned int max_xor(struct dma_device *dma)
{
	return dma->max_xor;
}

static unsigned int max_pq(struct dma_device *dma)
{
	return dma_maxpq(dma, 0);
}

static const struct {
	enum dma_transaction_type cap;
	const char *name;
	bool (*test)(struct ioat_test *t, unsigned int n);
	unsigned int (*most)(struct dma_device *dma);
} tests[] = {
	{ DMA_MEMCPY, "copy", test_memcpy, one_operand },
	{ DMA_INTERRUPT, "interrupt", test_interrupt, one_operand },
	{ DMA_MEMSET, "fill", test_memset, one_operand },
	{ DMA_XOR, "xor", test_xor, max_xor },
	{ DMA_XOR_VAL, "xor check", test_xor_val, max_xor },
	{ DMA_PQ, "P+Q", test_pq, max_pq },
	{ DMA_PQ_VAL, "P+Q check", test_pq_val, max_pq },
};

/* Sources that fit into a descriptor, into one with its extension, and into an SED. */
static const unsigned int source_counts[] = { 3, IOAT_MAX_SRC, IOAT_MAX_SRC16 };

static bool passes(struct ioat_test *t, unsigned int i)
{
	unsigned int k, n, before = 0, most = tests[i].most(t->c->chan.device);

	for (k = 0; k < ARRAY_SIZE(source_counts); k++) {
		n = min(most, source_counts[k]);
		if (n == before)
			break;
		fill_sources(t);
		if (!tests[i].test(t, n))
			return false;
		before = n;
	}
	return true;
}

/* The first entry of @tests, without which the channel is of no use. */
static bool can_copy(struct ioat_test *t)
{
	fill_sources(t);
	return tests[0].test(t, 1);
}

/*
 * An operation that fails is taken from the device, for dmaengine knows no
 * capabilities of channels. One that takes the channel down costs the channel.
 */
static void test_operations(struct ioat_test *t)
{
	struct dma_device *dma = t->c->chan.device;
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(tests); i++) {
		if (!dma_has_cap(tests[i].cap, dma->cap_mask) || passes(t, i))
			continue;
		if (READ_ONCE(t->c->state) == IOAT_OUT) {
			t->c->works = false;
			return;
		}
		dev_warn(ioat_dev(t->c), "channel %u: %s does not work, and is not offered\n",
			 t->c->index, tests[i].name);
		dma_cap_clear(tests[i].cap, dma->cap_mask);
	}
}

/*
 * From the first half of the memory, where the blocks are, to the second. Watched
 * all the time, for how long an interrupt takes says nothing about the engine.
 */
static bool time_copy(struct ioat_test *t, size_t len, u64 until, u64 *best)
{
	struct dma_chan *chan = &t->c->chan;

	if (!start(t, chan->device->device_prep_dma_memcpy(chan, t->dma + SPEED_LONG, t->dma,
							   len, DMA_CTRL_ACK)))
		return false;
	while (!completion_done(&t->done) && ktime_get_ns() < until)
		ioat_poll(t->c);
	if (!ends_well(t) || t->ended >= until)
		return false;
	*best = min(*best, t->ended - t->started);
	return true;
}

static void time_channel(struct ioat_test *t)
{
	u64 until = ktime_get_ns() + SPEED_NS;
	unsigned int i;

	for (i = 0; i < SPEED_ROUNDS; i++)
		if (!time_copy(t, SPEED_SHORT, until, &t->best[0]) ||
		    !time_copy(t, SPEED_LONG, until, &t->best[1]))
			break;
	t->c->works = READ_ONCE(t->c->state) != IOAT_OUT;
}

static void test_channel(struct ioat_test *t)
{
	struct ioat_chan *c = t->c;

	if (ioat_alloc_chan_resources(&c->chan) < 0)
		return;
	c->works = can_copy(t);
	if (c->works)
		test_operations(t);
	else
		dev_err(ioat_dev(c), "channel %u: copying does not work, it stays unused\n",
			c->index);
	if (c->works)
		time_channel(t);
	if (c->works && !c->irqs)
		dev_warn(ioat_dev(c), "channel %u: no interrupt came\n", c->index);
	ioat_free_chan_resources(&c->chan);
}

/**
 * ioat_selftest() - try all channels out
 * @ioat: device, its operations set, nobody using it
 *
 * Takes away what does not work, and sets &dma_device.setup_ns and
 * &dma_device.bandwidth.
 *
 * Return: 0, -ENOMEM, or -ENODEV if no channel works.
 */
int ioat_selftest(struct ioat_device *ioat)
{
	struct device *dev = &ioat->pdev->dev;
	struct ioat_test t = { .best = { U64_MAX, U64_MAX } };
	unsigned int i, working = 0;

	t.mem = dma_alloc_coherent(dev, TEST_MEM, &t.dma, GFP_KERNEL);
	if (!t.mem)
		return -ENOMEM;
	init_completion(&t.done);
	for (i = 0; i < TEST_SOURCES; i++) {
		t.src[i] = t.dma + i * TEST_PITCH;
		t.coef[i] = i ? doubled(t.coef[i - 1]) : 1;
	}
	t.pq[0] = t.dma + TEST_SOURCES * TEST_PITCH;
	t.pq[1] = t.pq[0] + TEST_PITCH;

	for (i = 0; i < ioat->chancnt; i++) {
		t.c = ioat->chans[i];
		test_channel(&t);
		working += t.c->works;
	}
	ioat->dma.setup_ns = ioat_setup_ns(t.best[0]);
	ioat->dma.bandwidth = ioat_bandwidth(SPEED_LONG - SPEED_SHORT, t.best[0], t.best[1]);
	dma_free_coherent(dev, TEST_MEM, t.mem, t.dma);
	return working ? 0 : -ENODEV;
}
