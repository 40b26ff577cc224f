// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: what must not go wrong when something does. Engines
 * that fail, are full, come and go, can do next to nothing; no memory for
 * requests; and the ways in which the async_tx of before broke down.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/ktime.h>

#include "kunit_lib.h"

#define LEN	3000

/* One request of each kind, in place and not; blocks as digits. */
struct one_of_each {
	enum model_op op;
	enum async_tx_flags flags;
	const char *blocks;
	int failb;
};

static const struct one_of_each one_of_each[] = {
	{ MODEL_MEMCPY, 0, "01" },
	{ MODEL_MEMSET, 0, "0" },
	{ MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, "0123456" },
	{ MODEL_XOR, ASYNC_TX_XOR_DROP_DST, "0123456" },
	{ MODEL_XOR, 0, "0123456" },
	{ MODEL_XOR, 0, "01" },
	{ MODEL_XOR_VAL, 0, "01234567" },
	{ MODEL_PQ, 0, "01234567" },
	{ MODEL_PQ, 0, "0123456-" },
	{ MODEL_PQ, ASYNC_TX_PQ_XOR_DST, "01234567" },
	{ MODEL_PQ, ASYNC_TX_PQ_XOR_DST, "01234-6" },
	{ MODEL_PQ_VAL, 0, "01234567" },
	{ MODEL_2DATA, 0, "0123", 1 },
	{ MODEL_2DATA, 0, "01234", 2 },
	{ MODEL_2DATA, 0, "01234567", 3 },
	{ MODEL_DATAP, 0, "0123" },
	{ MODEL_DATAP, 0, "01234567" },
};

static void request_of(struct kunit *test, const struct one_of_each *one,
		       size_t len)
{
	struct model_request *r;
	unsigned int i;

	r = kt_request(test, one->op, strlen(one->blocks), len);
	r->flags = one->flags;
	r->val = 0x77;
	r->failb = one->failb;
	for (i = 0; i < r->cnt; i++)
		r->block[i] = one->blocks[i] == '-' ? NULL :
				kt_block(test, one->blocks[i] - '0');
}

static bool run_one_of_each(struct kunit *test, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(one_of_each); i++) {
		request_of(test, &one_of_each[i], len);
		if (!kt_run(test))
			return false;
	}
	return true;
}

/* Engines that split every request, that do not, and out of order. */
static const struct kt_setup fail_setups[] = {
	{ .name = "in order", .policy = "engine",
	  .engine = { { .channels = 1, .in_order = true } } },
	{ .name = "out of order", .policy = "engine",
	  .engine = { { .channels = 1, .pq_continue = true } } },
	{ .name = "few sources", .policy = "engine",
	  .engine = { { .channels = 1, .in_order = true, .max_xor = 2,
			.max_pq = 4 } } },
	{ .name = "few sources, out of order", .policy = "engine",
	  .engine = { { .channels = 1, .max_xor = 3, .max_pq = 3,
			.pq_continue = true } } },
	{ .name = "two engines in turn", .policy = "round-robin",
	  .engine = { { .channels = 1, .in_order = true, .max_xor = 4 },
		      { .channels = 2 } } },
	{ .name = "two engines and the CPU", .policy = "least-loaded",
	  .engine = { { .channels = 1, .in_order = true, .max_xor = 4 },
		      { .channels = 2 } } },
};

KUNIT_ARRAY_PARAM_DESC(fail_setup, fail_setups, name);

static void fail_next(struct kunit *test, unsigned int n)
{
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < KT_ENGINES && kt->engine[i]; i++)
		dma_sim_fail_next(kt->engine[i], n);
}

static void every_operation_survives_failures(struct kunit *test)
{
	static const unsigned int failures[] = { 1, 2, 3, 5, 1000 };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(one_of_each); i++) {
		/* Three times, for the three ways of waiting. */
		for (k = 0; k < 3 * ARRAY_SIZE(failures); k++) {
			request_of(test, &one_of_each[i], LEN + k);
			fail_next(test, failures[k / 3]);
			if (!kt_run(test))
				return;
		}
	}
}

/* In the midst of a split request: the descriptors before have succeeded. */
static void every_operation_survives_failures_in_any_descriptor(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < KT_ENGINES && kt->engine[i]; i++)
		kt_engine_gone(test, kt->engine[i]);
	for (i = 0; i < KT_ENGINES && kt->engine[i]; i++) {
		struct dma_sim_config config = kt->setup->engine[i];

		config.error_ppm = 400000;
		kt->engine[i] = kt_engine(test, &config);
	}
	for (i = 0; i < 20; i++)
		if (!run_one_of_each(test, LEN + i))
			return;
}

#define LINKS	12

/*
 * Links behind one another; the first @failures descriptors fail. Copies may be
 * queued on an engine behind one another, each reads what the one before has
 * written. If @add, most are additions, and some write where the one before did.
 */
static bool chain_behind_failures(struct kunit *test, unsigned int failures,
				  bool add)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, LINKS);
	struct dma_async_tx_descriptor *tx = NULL;
	unsigned int i;

	kt_log_open(&kt->log);
	kt_hold(test, true);
	fail_next(test, failures);
	for (i = 0; i < LINKS; i++) {
		calls[i].after = i ? &calls[i - 1] : NULL;
		if (!add)
			tx = kt_link(test, MODEL_MEMCPY, i + 1, i, tx,
				     &calls[i]);
		else
			tx = kt_link(test, i % 4 == 3 ? MODEL_MEMCPY : MODEL_XOR,
				     (i / 2 + 1) % 5,
				     (i / 2 + (i % 2 ? 3 : 0)) % 5, tx,
				     &calls[i]);
	}
	async_tx_issue_pending(tx);
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, calls, LINKS);
	return kt_blocks_agree(test);
}

static void a_child_behind_a_failed_parent_is_right(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int failures;

	for (failures = 1; failures <= 2 * LINKS; failures++) {
		/* Something new to copy on and on. */
		model_noise(kt_block(test, 0), 0, KT_LINK_LEN, &kt->seed);
		if (!chain_behind_failures(test, failures, false) ||
		    !chain_behind_failures(test, failures, true))
			return;
	}
}

/* Six links, each over the block that the @span-th link before it has read. */
static bool overwrite_behind_failures(struct kunit *test, unsigned int failures,
				      unsigned int span)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 6);
	struct dma_async_tx_descriptor *tx = NULL;
	unsigned int i;

	model_noise(kt_block(test, span + 5), 0, KT_LINK_LEN, &kt->seed);
	kt_log_open(&kt->log);
	kt_hold(test, true);
	fail_next(test, failures);
	for (i = 0; i < 6; i++) {
		calls[i].after = i ? &calls[i - 1] : NULL;
		tx = kt_link(test, MODEL_MEMCPY, i, i + span, tx, &calls[i]);
	}
	kt_hold(test, false);
	async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 6);
	return kt_blocks_agree(test);
}

/*
 * What a request has read, those that follow it may overwrite. If they are
 * carried out behind one that fails, that one needs it once more.
 */
static void a_failed_parent_finds_its_sources_as_they_were(struct kunit *test)
{
	unsigned int failures, span;

	for (span = 1; span < 6; span++)
		for (failures = 1; failures < 8; failures++)
			if (!overwrite_behind_failures(test, failures, span))
				return;
}

/*
 * The links of a chain on a channel that keeps the order are all handed to it
 * before the first has ended. Some may not be, when blocks are taken for one
 * another; the first two always are.
 */
static void a_chain_is_queued_at_once(struct kunit *test)
{
	const struct dma_sim_config config = { .ring = 16, .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, config, "engine");
	struct dma_chan *chan = dma_sim_chan(sim, 0);
	struct kt *kt = test->priv;
	unsigned int i, j, all = 0;

	if (dma_dev_need_sync(dmaengine_get_dma_device(chan)))
		kunit_skip(test, "operands must not be mapped early here");

	for (i = 0; i < 10; i++) {
		struct kt_call *calls = kt_calls(test, &kt->log, 4);
		struct dma_async_tx_descriptor *tx = NULL;
		dma_cookie_t first = chan->cookie;

		kt_log_open(&kt->log);
		kt_hold(test, true);
		for (j = 0; j < 4; j++) {
			calls[j].after = j ? &calls[j - 1] : NULL;
			tx = kt_link(test, MODEL_MEMCPY, 5 * i + j + 1,
				     5 * i + j, tx, &calls[j]);
		}
		KUNIT_EXPECT_GE(test, chan->cookie - first, 2);
		all += chan->cookie - first == 4;
		kt_hold(test, false);
		async_tx_quiesce(&tx);
		kt_log_close(test, &kt->log);
		kt_called_once(test, calls, 4);
	}
	KUNIT_EXPECT_GT(test, all, 5);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

/*
 * Its second link has to wait, for it writes where the first one reads, and all
 * others wait with it. When it is started they follow, at least the next one.
 */
static void a_chain_that_waited_is_queued_at_once(struct kunit *test)
{
	const struct dma_sim_config config = { .ring = 16, .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, config, "engine");
	struct dma_chan *chan = dma_sim_chan(sim, 0);
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 6);
	struct dma_async_tx_descriptor *tx = NULL;
	dma_cookie_t first = chan->cookie;
	unsigned int i;

	if (dma_dev_need_sync(dmaengine_get_dma_device(chan)))
		kunit_skip(test, "operands must not be mapped early here");

	kt_log_open(&kt->log);
	kt_hold(test, true);
	for (i = 0; i < 6; i++) {
		calls[i].after = i ? &calls[i - 1] : NULL;
		tx = kt_link(test, MODEL_MEMCPY, i == 1 ? 0 : i + 1,
			     i == 1 ? 2 : i, tx, &calls[i]);
	}
	KUNIT_EXPECT_EQ(test, chan->cookie - first, 1);
	calls[1].chan = chan;
	kt_hold(test, false);
	async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 6);
	KUNIT_EXPECT_GE(test, calls[1].cookie - first, 3);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void engines_that_always_fail_leave_it_to_the_cpu(struct kunit *test)
{
	static const char * const policies[] = {
		"engine", "round-robin", "least-loaded",
	};
	const struct dma_sim_config config = {
		.channels = 2, .error_ppm = 1000000, .in_order = true,
	};
	struct dma_sim *a = kt_engine(test, &config);
	struct dma_sim *b = kt_engine(test, &config);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		kt_policy(test, policies[i]);
		run_one_of_each(test, 1 + i);
		run_one_of_each(test, LEN);
		run_one_of_each(test, SZ_64K);
	}
	KUNIT_EXPECT_EQ(test, dma_sim_completed(a) + dma_sim_completed(b), 0);
}

#define MANY	100

/* @op into @dsts blocks from 0, MANY times, on an engine that does not run. */
static void fill_the_ring(struct kunit *test, enum model_op op,
			  unsigned int cnt)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, MANY);
	ktime_t start = ktime_get();
	unsigned int i, j;

	kt_log_open(&kt->log);
	kt_hold(test, true);
	for (i = 0; i < MANY; i++) {
		struct model_request *r = kt_request(test, op, cnt, 2000);
		unsigned int dsts = op == MODEL_PQ ? 2 : 1;

		r->flags = op == MODEL_XOR ? ASYNC_TX_XOR_ZERO_DST : 0;
		for (j = 0; j < cnt; j++)
			r->block[j] = kt_block(test, j);
		for (j = 0; j < dsts; j++)
			r->block[op == MODEL_PQ ? cnt - 2 + j : j] =
				kt_block(test, 40 + dsts * i + j);
		kt_submit(test, ASYNC_TX_ACK, NULL, &calls[i]);
	}
	async_tx_issue_pending_all();
	/* The engine has not gone on, and yet we are here. */
	KUNIT_EXPECT_LT(test, ktime_ms_delta(ktime_get(), start), 5000);
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, MANY);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void nobody_waits_for_room_in_a_full_ring(struct kunit *test)
{
	struct dma_sim_config config = { .ring = 2, .max_xor = 2, .max_pq = 4 };
	unsigned int in_order;

	for (in_order = 0; in_order < 2; in_order++) {
		config.in_order = in_order;
		kt_only_engine(test, config, "engine");
		fill_the_ring(test, MODEL_MEMCPY, 2);
		fill_the_ring(test, MODEL_XOR, 33);
		fill_the_ring(test, MODEL_PQ, 18);
	}
}

static void a_ring_of_one_carries_chains_and_splits(struct kunit *test)
{
	const struct dma_sim_config config = {
		.ring = 1, .max_xor = 2, .max_pq = 4,
	};
	unsigned int i;

	kt_only_engine(test, config, "engine");
	run_one_of_each(test, LEN);
	for (i = 0; i < 3; i++)
		chain_behind_failures(test, i, true);
}

static struct async_tx_request *no_memory(unsigned int nr)
{
	return NULL;
}

static void every_operation_ends_without_memory(struct kunit *test)
{
	kunit_activate_static_stub(test, async_tx_request_alloc, no_memory);
	run_one_of_each(test, 1);
	run_one_of_each(test, LEN);
	run_one_of_each(test, SZ_64K);
}

static void a_chain_without_memory_runs_in_order(struct kunit *test)
{
	kunit_activate_static_stub(test, async_tx_request_alloc, no_memory);
	chain_behind_failures(test, 0, true);
	chain_behind_failures(test, 3, false);
}

/* There was memory for the parent, and it has ended. */
static void a_child_without_memory_finds_its_parent_done(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 2);
	struct dma_async_tx_descriptor *tx;

	kt_request(test, MODEL_XOR, 5, LEN);
	tx = kt_submit(test, 0, NULL, &calls[0]);
	async_tx_issue_pending(tx);
	kt_log_close(test, &kt->log);
	kt_log_open(&kt->log);
	kunit_activate_static_stub(test, async_tx_request_alloc, no_memory);
	calls[1].after = &calls[0];
	kt_request(test, MODEL_XOR, 5, LEN);
	swap(kt->req.block[0], kt->req.block[1]);
	KUNIT_EXPECT_NULL(test, kt_submit(test, 0, tx, &calls[1]));
	KUNIT_EXPECT_EQ(test, atomic_read(&calls[1].runs), 1);
	kt_log_close(test, &kt->log);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void engines_may_come_and_go_between_operations(struct kunit *test)
{
	const struct dma_sim_config config = { .channels = 2, .in_order = true };
	struct dma_sim *sim[2];
	unsigned int i;

	kt_policy(test, "round-robin");
	for (i = 0; i < 10; i++) {
		run_one_of_each(test, LEN);
		sim[0] = kt_engine(test, &config);
		run_one_of_each(test, LEN);
		sim[1] = kt_engine(test, &config);
		run_one_of_each(test, LEN);
		KUNIT_EXPECT_GT(test, dma_sim_completed(sim[0]), 0);
		KUNIT_EXPECT_GT(test, dma_sim_completed(sim[1]), 0);
		kt_engine_gone(test, sim[i % 2]);
		run_one_of_each(test, LEN);
		kt_engine_gone(test, sim[!(i % 2)]);
	}
	run_one_of_each(test, LEN);
}

static void an_engine_may_go_with_operations_on_it(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int i, j;

	for (i = 0; i < 10; i++) {
		const struct dma_sim_config config = {
			.channels = 2, .in_order = i % 2,
		};
		struct dma_sim *sim = kt_only_engine(test, config,
						     "round-robin");
		struct kt_call *calls = kt_calls(test, &kt->log, MANY);
		struct dma_async_tx_descriptor *tx = NULL;

		kt_log_open(&kt->log);
		for (j = 0; j < MANY; j++) {
			calls[j].after = j ? &calls[j - 1] : NULL;
			tx = kt_link(test, j % 3 ? MODEL_MEMCPY : MODEL_XOR,
				     (j + 1) % 11, j % 11, tx, &calls[j]);
		}
		async_tx_issue_pending(tx);
		if (i % 3)
			schedule();
		kt_engine_gone(test, sim);
		kt->engine[0] = NULL;
		async_tx_issue_pending_all();
		kt_log_close(test, &kt->log);
		async_tx_ack(tx);
		kt_called_once(test, calls, MANY);
		if (!kt_blocks_agree(test))
			return;
	}
}

static bool is_channel(struct dma_chan *chan, void *wanted)
{
	return chan == wanted;
}

static void an_idle_engine_can_be_taken_and_comes_back(struct kunit *test)
{
	const struct dma_sim_config config = { .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, config, "engine");
	struct dma_chan *chan;
	dma_cap_mask_t mask;
	u64 completed;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	run_one_of_each(test, LEN);
	completed = dma_sim_completed(sim);
	KUNIT_EXPECT_GT(test, completed, 0);

	chan = dma_request_channel(mask, is_channel, dma_sim_chan(sim, 0));
	KUNIT_ASSERT_NOT_NULL(test, chan);
	run_one_of_each(test, LEN);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(sim), completed);

	dma_release_channel(chan);
	run_one_of_each(test, LEN);
	KUNIT_EXPECT_GT(test, dma_sim_completed(sim), completed);
}

/* An engine with one capability serves the operation that needs no more. */
struct one_capability {
	const char *name;
	enum dma_transaction_type cap;
	struct one_of_each does, does_not;
};

static const struct one_capability capabilities[] = {
	{ "memcpy", DMA_MEMCPY, { MODEL_MEMCPY, 0, "01" },
	  { MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, "012" } },
	{ "memset", DMA_MEMSET, { MODEL_MEMSET, 0, "0" },
	  { MODEL_MEMCPY, 0, "01" } },
	{ "xor", DMA_XOR, { MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, "0123" },
	  { MODEL_XOR_VAL, 0, "0123" } },
	{ "xor_val", DMA_XOR_VAL, { MODEL_XOR_VAL, 0, "0123" },
	  { MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, "0123" } },
	{ "pq", DMA_PQ, { MODEL_PQ, 0, "012345" },
	  { MODEL_PQ_VAL, 0, "012345" } },
	{ "pq_val", DMA_PQ_VAL, { MODEL_PQ_VAL, 0, "012345" },
	  { MODEL_MEMCPY, 0, "01" } },
};

KUNIT_ARRAY_PARAM_DESC(capability, capabilities, name);

static void an_engine_with_one_capability_is_used_for_it(struct kunit *test)
{
	const struct one_capability *c = test->param_value;
	const struct dma_sim_config config = { .caps.bits = { BIT(c->cap) } };
	struct dma_sim *sim = kt_only_engine(test, config, "engine");
	u64 completed;

	request_of(test, &c->does_not, 4096);
	kt_run(test);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(sim), 0);
	request_of(test, &c->does, 4096);
	kt_run(test);
	completed = dma_sim_completed(sim);
	KUNIT_EXPECT_GT(test, completed, 0);
	/* And so it is in turn with the CPU. */
	kt_policy(test, "round-robin");
	request_of(test, &c->does, 4096);
	kt_run(test);
	kt_run(test);
	KUNIT_EXPECT_GT(test, dma_sim_completed(sim), completed);
}

static void a_request_an_engine_cannot_align_goes_elsewhere(struct kunit *test)
{
	const struct dma_sim_config config = { .align = 64 };
	struct dma_sim *sim = kt_only_engine(test, config, "engine");
	struct kt *kt = test->priv;
	u64 completed;

	run_one_of_each(test, 4096);
	completed = dma_sim_completed(sim);
	KUNIT_EXPECT_GT(test, completed, 0);
	run_one_of_each(test, 4095);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(sim), completed);
	kt_request(test, MODEL_XOR, 4, 4096);
	kt->req.off[2] = 32;
	kt_run(test);
	kt_request(test, MODEL_PQ, 6, 4096);
	kt->req.off[5] = 1;
	kt_run(test);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(sim), completed);
}

/* The vector loops of xor_blocks() do 256 bytes or more and do not ask. */
static void xor_and_syndromes_of_few_bytes_stay_within_them(struct kunit *test)
{
	static const struct one_of_each ops[] = {
		{ MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, "01234" },
		{ MODEL_XOR, 0, "01" },
		{ MODEL_XOR_VAL, 0, "0123" },
		{ MODEL_PQ, 0, "012345" },
		{ MODEL_PQ, ASYNC_TX_PQ_XOR_DST, "012345" },
		{ MODEL_2DATA, 0, "0123456", 3 },
		{ MODEL_DATAP, 0, "012345" },
	};
	struct kt *kt = test->priv;
	unsigned int i, len, j;

	kt_policy(test, "cpu");
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (len = 1; len <= 520; len++) {
			request_of(test, &ops[i], len);
			for (j = 0; j < kt->req.cnt; j++)
				kt->req.off[j] = PAGE_SIZE - len;
			if (!kt_run(test))
				return;
		}
	}
}

#define KT_FAIL_CASE(name) KUNIT_CASE_PARAM(name, fail_setup_gen_params)

/* Cases whose parameter is a setup. */
static struct kunit_case async_tx_failing_cases[] = {
	KT_FAIL_CASE(every_operation_survives_failures),
	KT_FAIL_CASE(every_operation_survives_failures_in_any_descriptor),
	KT_FAIL_CASE(a_child_behind_a_failed_parent_is_right),
	KT_FAIL_CASE(a_failed_parent_finds_its_sources_as_they_were),
	KT_FAIL_CASE(every_operation_ends_without_memory),
	KT_FAIL_CASE(a_chain_without_memory_runs_in_order),
	KT_FAIL_CASE(a_child_without_memory_finds_its_parent_done),
	{}
};

static struct kunit_suite async_tx_failing_suite = {
	.name = "async_tx_failing",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = async_tx_failing_cases,
};

static struct kunit_case async_tx_limits_cases[] = {
	KUNIT_CASE(engines_that_always_fail_leave_it_to_the_cpu),
	KUNIT_CASE(a_chain_is_queued_at_once),
	KUNIT_CASE(a_chain_that_waited_is_queued_at_once),
	KUNIT_CASE(nobody_waits_for_room_in_a_full_ring),
	KUNIT_CASE(a_ring_of_one_carries_chains_and_splits),
	KUNIT_CASE(engines_may_come_and_go_between_operations),
	KUNIT_CASE(an_engine_may_go_with_operations_on_it),
	KUNIT_CASE(an_idle_engine_can_be_taken_and_comes_back),
	KUNIT_CASE_PARAM(an_engine_with_one_capability_is_used_for_it,
			 capability_gen_params),
	KUNIT_CASE(a_request_an_engine_cannot_align_goes_elsewhere),
	KUNIT_CASE(xor_and_syndromes_of_few_bytes_stay_within_them),
	{}
};

static struct kunit_suite async_tx_limits_suite = {
	.name = "async_tx_limits",
	.init = kt_init_without_setup,
	.exit = kt_exit,
	.test_cases = async_tx_limits_cases,
};

kunit_test_suites(&async_tx_failing_suite, &async_tx_limits_suite);
