// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: an engine may report the end of its work from any
 * context, from within its own doorbell up to a hard interrupt.
 *
 * The engine of this suite copies memory and has no thread, unlike dma-sim: a
 * timer does the work in interrupt context, or the doorbell does. So it goes on
 * while the submitter does not sleep, as real ones do.
 */
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/hrtimer.h>
#include <kunit/device.h>

#include "../../drivers/dma/dmaengine.h"
#include "kunit_lib.h"

#define DESCS		8
#define DELAY_NS	(100 * NSEC_PER_USEC)

struct context {
	const char *name;
	bool doorbell;
	enum hrtimer_mode timer;
};

static const struct context contexts[] = {
	{ .name = "the doorbell", .doorbell = true },
	{ .name = "a soft interrupt", .timer = HRTIMER_MODE_REL_SOFT },
	{ .name = "a hard interrupt", .timer = HRTIMER_MODE_REL_HARD },
};

KUNIT_ARRAY_PARAM_DESC(context, contexts, name);

struct clock_desc {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	dma_addr_t dst, src;
	size_t len;
};

/* One channel. A descriptor is on one of the lists, or at work. */
struct clock_engine {
	const struct context *context;
	struct dma_device dma;
	struct dma_chan chan;
	struct hrtimer timer;
	spinlock_t lock;	/* of the lists */
	struct list_head free, submitted, issued;
	struct clock_desc desc[DESCS];
	unsigned int done;
};

static struct clock_engine *clock_of(struct dma_chan *chan)
{
	return container_of(chan, struct clock_engine, chan);
}

static struct clock_desc *clock_pop(struct clock_engine *clock,
				    struct list_head *list)
{
	struct clock_desc *desc;
	unsigned long flags;

	spin_lock_irqsave(&clock->lock, flags);
	desc = list_first_entry_or_null(list, struct clock_desc, node);
	if (desc)
		list_del(&desc->node);
	spin_unlock_irqrestore(&clock->lock, flags);
	return desc;
}

static void clock_push(struct clock_engine *clock, struct clock_desc *desc,
		       struct list_head *list)
{
	unsigned long flags;

	spin_lock_irqsave(&clock->lock, flags);
	list_add_tail(&desc->node, list);
	spin_unlock_irqrestore(&clock->lock, flags);
}

static void *clock_memory(struct clock_engine *clock, dma_addr_t addr)
{
	return phys_to_virt(dma_to_phys(clock->dma.dev, addr));
}

static void clock_work(struct clock_engine *clock)
{
	struct clock_desc *desc;

	while ((desc = clock_pop(clock, &clock->issued))) {
		struct dmaengine_desc_callback cb;

		memcpy(clock_memory(clock, desc->dst),
		       clock_memory(clock, desc->src), desc->len);
		clock->done++;
		dma_cookie_complete(&desc->tx);
		dmaengine_desc_get_callback(&desc->tx, &cb);
		clock_push(clock, desc, &clock->free);
		dmaengine_desc_callback_invoke(&cb, NULL);
	}
}

static enum hrtimer_restart clock_strikes(struct hrtimer *timer)
{
	clock_work(container_of(timer, struct clock_engine, timer));
	return HRTIMER_NORESTART;
}

static dma_cookie_t clock_submit(struct dma_async_tx_descriptor *tx)
{
	struct clock_desc *desc = container_of(tx, struct clock_desc, tx);
	struct clock_engine *clock = clock_of(tx->chan);
	dma_cookie_t cookie = dma_cookie_assign(tx);

	clock_push(clock, desc, &clock->submitted);
	return cookie;
}

static struct dma_async_tx_descriptor *
clock_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src,
		  size_t len, unsigned long flags)
{
	struct clock_engine *clock = clock_of(chan);
	struct clock_desc *desc = clock_pop(clock, &clock->free);

	if (!desc)
		return NULL;
	memset(&desc->tx, 0, sizeof(desc->tx));
	dma_async_tx_descriptor_init(&desc->tx, chan);
	desc->tx.tx_submit = clock_submit;
	desc->tx.flags = flags;
	desc->dst = dst;
	desc->src = src;
	desc->len = len;
	return &desc->tx;
}

static void clock_issue(struct dma_chan *chan)
{
	struct clock_engine *clock = clock_of(chan);
	unsigned long flags;

	spin_lock_irqsave(&clock->lock, flags);
	list_splice_tail_init(&clock->submitted, &clock->issued);
	spin_unlock_irqrestore(&clock->lock, flags);
	if (clock->context->doorbell)
		clock_work(clock);
	else
		hrtimer_start(&clock->timer, DELAY_NS, clock->context->timer);
}

static enum dma_status clock_status(struct dma_chan *chan, dma_cookie_t cookie,
				    struct dma_tx_state *state)
{
	return dma_cookie_status(chan, cookie, state);
}

static void clock_stop(void *data)
{
	struct clock_engine *clock = data;

	dma_async_device_unregister(&clock->dma);
	hrtimer_cancel(&clock->timer);
}

static struct clock_engine *clock_engine(struct kunit *test)
{
	struct clock_engine *clock;
	struct device *dev;
	unsigned int i;

	clock = kunit_kzalloc(test, sizeof(*clock), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, clock);
	dev = kunit_device_register(test, "async_tx_clock");
	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	dev->dma_mask = &dev->coherent_dma_mask;
	KUNIT_ASSERT_EQ(test, 0, dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)));

	clock->context = test->param_value;
	spin_lock_init(&clock->lock);
	INIT_LIST_HEAD(&clock->free);
	INIT_LIST_HEAD(&clock->submitted);
	INIT_LIST_HEAD(&clock->issued);
	for (i = 0; i < DESCS; i++)
		list_add_tail(&clock->desc[i].node, &clock->free);
	hrtimer_init(&clock->timer, CLOCK_MONOTONIC, clock->context->timer);
	clock->timer.function = clock_strikes;

	clock->dma.dev = dev;
	dma_cap_set(DMA_MEMCPY, clock->dma.cap_mask);
	clock->dma.device_prep_dma_memcpy = clock_prep_memcpy;
	clock->dma.device_issue_pending = clock_issue;
	clock->dma.device_tx_status = clock_status;
	INIT_LIST_HEAD(&clock->dma.channels);
	clock->chan.device = &clock->dma;
	dma_cookie_init(&clock->chan);
	list_add_tail(&clock->chan.device_node, &clock->dma.channels);
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_register(&clock->dma));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, clock_stop, clock));
	kt_policy(test, "engine");
	return clock;
}

/* Mostly copies; every @nth step, if any, is one for the CPU. */
static void run_chain(struct kunit *test, unsigned int n, unsigned int nth)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, n);
	struct dma_async_tx_descriptor *tx = NULL;
	unsigned int i;

	kt_log_open(&kt->log);
	for (i = 0; i < n; i++) {
		calls[i].after = i ? &calls[i - 1] : NULL;
		tx = kt_link(test, nth && !(i % nth) ? MODEL_XOR : MODEL_MEMCPY,
			     (i + 1) % 9, i % 9, tx, &calls[i]);
	}
	async_tx_issue_pending_all();
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, calls, n);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void a_chain_may_be_reported_from(struct kunit *test)
{
	struct clock_engine *clock = clock_engine(test);

	run_chain(test, 1, 0);
	run_chain(test, 3, 0);
	run_chain(test, 1000, 0);
	KUNIT_EXPECT_GT(test, clock->done, 500);
}

static void a_chain_with_the_cpu_may_be_reported_from(struct kunit *test)
{
	struct clock_engine *clock = clock_engine(test);

	run_chain(test, 500, 2);
	run_chain(test, 500, 7);
	KUNIT_EXPECT_GT(test, clock->done, 100);
}

static void quiesce_waits_for_a_report_from(struct kunit *test)
{
	struct clock_engine *clock = clock_engine(test);
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		tx = kt_link(test, MODEL_MEMCPY, i % 9, 9, NULL, NULL);
		tx = kt_link(test, i % 2 ? MODEL_MEMCPY : MODEL_XOR, 10, i % 9,
			     tx, NULL);
		async_tx_quiesce(&tx);
		if (!kt_blocks_agree(test))
			return;
	}
	KUNIT_EXPECT_GT(test, clock->done, 0);
}

static struct async_tx_request *no_memory(unsigned int nr)
{
	return NULL;
}

/* The parent runs, and there is nothing to put the child behind it with. */
static void a_child_without_memory_awaits_a_report_from(struct kunit *test)
{
	struct clock_engine *clock = clock_engine(test);
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 40);
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	for (i = 0; i < 40; i += 2) {
		tx = kt_link(test, MODEL_MEMCPY, 1, i % 9 + 2, NULL, &calls[i]);
		if (i % 4)
			async_tx_issue_pending(tx);
		kunit_activate_static_stub(test, async_tx_request_alloc,
					   no_memory);
		calls[i + 1].after = &calls[i];
		tx = kt_link(test, i % 3 ? MODEL_MEMCPY : MODEL_XOR, 0, 1, tx,
			     &calls[i + 1]);
		kunit_deactivate_static_stub(test, async_tx_request_alloc);
		KUNIT_EXPECT_NULL(test, tx);
	}
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 40);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	KUNIT_EXPECT_GT(test, clock->done, 0);
}

/* Neither is there anything to put a list behind it with. */
static void a_list_without_memory_awaits_a_report_from(struct kunit *test)
{
	struct clock_engine *clock = clock_engine(test);
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 20);
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	for (i = 0; i < 20; i += 2) {
		tx = kt_link(test, MODEL_MEMCPY, 40, i + 1, NULL, &calls[i]);
		if (i % 4)
			async_tx_issue_pending(tx);
		/* For the whole, for its first parts, not for all of them. */
		kt_memory_for(test, i);
		calls[i + 1].after = &calls[i];
		tx = kt_list(test, 20, 40, 20, tx, &calls[i + 1]);
		async_tx_quiesce(&tx);
		kt_memory_again(test);
	}
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 20);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	KUNIT_EXPECT_GT(test, clock->done, 0);
}

/* An engine that is full is started, before the CPU does what it does not take. */
static void a_list_longer_than_the_ring_is_reported_from(struct kunit *test)
{
	struct clock_engine *clock = clock_engine(test);
	struct kt *kt = test->priv;
	struct kt_call *call = kt_calls(test, &kt->log, 1);
	struct dma_async_tx_descriptor *tx;

	BUILD_BUG_ON(KT_LIST < 3 * DESCS);
	tx = kt_list(test, 20, 20 + KT_LIST, KT_LIST, NULL, call);
	if (clock->context->doorbell)
		KUNIT_EXPECT_GT(test, clock->done, KT_LIST - DESCS);
	async_tx_issue_pending(tx);
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, call, 1);
	KUNIT_EXPECT_GE(test, clock->done, DESCS);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

#define CLOCK_CASE(name) KUNIT_CASE_PARAM(name, context_gen_params)

static struct kunit_case async_tx_contexts_cases[] = {
	CLOCK_CASE(a_chain_may_be_reported_from),
	CLOCK_CASE(a_chain_with_the_cpu_may_be_reported_from),
	CLOCK_CASE(quiesce_waits_for_a_report_from),
	CLOCK_CASE(a_child_without_memory_awaits_a_report_from),
	CLOCK_CASE(a_list_without_memory_awaits_a_report_from),
	CLOCK_CASE(a_list_longer_than_the_ring_is_reported_from),
	{}
};

static struct kunit_suite async_tx_contexts_suite = {
	.name = "async_tx_contexts",
	.init = kt_init_without_setup,
	.exit = kt_exit,
	.test_cases = async_tx_contexts_cases,
};

kunit_test_suite(async_tx_contexts_suite);
