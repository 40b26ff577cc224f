// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: requests that depend on one another, whatever the
 * parent is doing when the child comes, and handles.
 *
 * A held engine makes 'the parent runs still' certain; without one it is as
 * the engine's thread has it.
 */
#include <linux/delay.h>

#include "kunit_lib.h"

/* Blocks that a chain goes round. */
#define RING	7

/* Let the engine's threads go as far as they can without us. */
static void let_run(void)
{
	msleep(20);
}

/*
 * Another step round the ring of blocks. It reads what the step before it has
 * written, or writes there in its turn.
 */
static struct dma_async_tx_descriptor *
one_step(struct kunit *test, unsigned int i,
	 struct dma_async_tx_descriptor *after, struct kt_call *call)
{
	unsigned int to = (i / 2 + 1) % RING;
	unsigned int from = (i / 2 + (i % 2 ? 3 : 0)) % RING;

	return kt_link(test, i % 3 == 1 ? MODEL_MEMCPY : MODEL_XOR, to, from,
		       after, call);
}

/* @n steps, each behind the one before; the callbacks are in @calls. */
static struct dma_async_tx_descriptor *
chain(struct kunit *test, unsigned int n, struct kt_call *calls)
{
	struct dma_async_tx_descriptor *tx = NULL;
	unsigned int i;

	for (i = 0; i < n; i++) {
		calls[i].after = i ? &calls[i - 1] : NULL;
		tx = one_step(test, i, tx, &calls[i]);
	}
	return tx;
}

static void run_chain(struct kunit *test, unsigned int n, bool held)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, n);
	struct dma_async_tx_descriptor *tx;

	kt_log_open(&kt->log);
	kt_hold(test, held);
	tx = chain(test, n, calls);
	async_tx_issue_pending(tx);
	kt_hold(test, false);
	if (n % 2)
		async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, calls, n);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static const unsigned int chain_lengths[] = { 1, 2, 3, 10, 63, 100, 1000 };

static void a_chain_of_1_to_1000_runs_in_order(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(chain_lengths); i++)
		run_chain(test, chain_lengths[i], false);
}

static void a_chain_submitted_to_held_engines_runs_in_order(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(chain_lengths); i++)
		run_chain(test, chain_lengths[i], true);
}

static void nothing_overtakes_a_held_parent(struct kunit *test)
{
	const struct dma_sim_config one = { .in_order = true };
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 20);
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	kt_only_engine(test, one, "engine");
	kt_hold(test, true);
	tx = chain(test, 20, calls);
	async_tx_issue_pending_all();
	let_run();
	for (i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, atomic_read(&calls[i].runs), 0);
	/* As long as it is held, its operands are as they were. */
	KUNIT_EXPECT_FALSE(test, model_differs(kt_block(test, 1), 0, KT_LINK_LEN) < 0);
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, calls, 20);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

/* Every link of the chain is under another policy than the one before. */
static void a_chain_across_channels_and_the_cpu_runs_in_order(struct kunit *test)
{
	static const char * const policies[] = {
		"engine", "cpu", "round-robin", "round-robin", "least-loaded",
	};
	struct kt *kt = test->priv;
	unsigned int n = 500, i, round;

	for (round = 0; round < 2; round++) {
		struct kt_call *calls = kt_calls(test, &kt->log, n);
		struct dma_async_tx_descriptor *tx = NULL;

		kt_log_open(&kt->log);
		kt_hold(test, round);
		for (i = 0; i < n; i++) {
			kt_policy(test, policies[i % ARRAY_SIZE(policies)]);
			calls[i].after = i ? &calls[i - 1] : NULL;
			tx = one_step(test, i, tx, &calls[i]);
			/* Some links are bound late, while the chain runs. */
			if (i % 50 == 49 && !round)
				let_run();
		}
		async_tx_issue_pending(tx);
		kt_hold(test, false);
		kt_log_close(test, &kt->log);
		async_tx_ack(tx);
		kt_called_once(test, calls, n);
		KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	}
}

#define CHILDREN	40

/* One parent, children that read its result, a grandchild behind each. */
static void fan_out(struct kunit *test, bool held)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 1 + 2 * CHILDREN);
	struct dma_async_tx_descriptor *parent, *child, *tx;
	unsigned int i, to;

	kt_log_open(&kt->log);
	kt_hold(test, held);
	parent = kt_link(test, MODEL_XOR, 0, 1, NULL, calls);
	for (i = 0; i < CHILDREN; i++) {
		to = 2 + 2 * i;
		calls[1 + 2 * i].after = &calls[0];
		calls[2 + 2 * i].after = &calls[1 + 2 * i];
		child = kt_link(test, MODEL_MEMCPY, to, 0, async_tx_get(parent),
				&calls[1 + 2 * i]);
		tx = kt_link(test, MODEL_XOR, to + 1, to, child, &calls[2 + 2 * i]);
		async_tx_ack(tx);
	}
	async_tx_issue_pending_all();
	async_tx_ack(parent);
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 1 + 2 * CHILDREN);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void a_parent_may_have_many_children(struct kunit *test)
{
	fan_out(test, false);
	fan_out(test, true);
	fan_out(test, false);
}

static void a_child_may_come_when_its_parent_has_ended(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 3);
	struct dma_async_tx_descriptor *parent, *tx;

	parent = kt_link(test, MODEL_XOR, 1, 0, NULL, &calls[0]);
	async_tx_issue_pending(parent);
	kt_log_close(test, &kt->log);
	kt_log_open(&kt->log);
	tx = kt_link(test, MODEL_MEMCPY, 2, 1, async_tx_get(parent), &calls[1]);
	async_tx_issue_pending(tx);
	async_tx_ack(tx);
	tx = kt_link(test, MODEL_XOR, 3, 1, parent, &calls[2]);
	async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 3);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

/* The thread of the engine gets to run somewhere in the middle of it all. */
static void a_child_may_come_while_its_parent_ends(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int i, yields;

	for (i = 0; i < 300; i++) {
		struct dma_async_tx_descriptor *tx = NULL;
		struct kt_call calls[2] = {
			{ .log = &kt->log },
			{ .log = &kt->log, .after = &calls[0] },
		};

		kt_log_open(&kt->log);
		tx = kt_link(test, MODEL_XOR, 1, 0, NULL, &calls[0]);
		async_tx_issue_pending(tx);
		for (yields = i % 4; yields; yields--)
			schedule();
		tx = kt_link(test, MODEL_XOR, 2, 1, tx, &calls[1]);
		async_tx_issue_pending(tx);
		for (yields = i / 4 % 4; yields; yields--)
			schedule();
		async_tx_quiesce(&tx);
		if (!kt_log_close(test, &kt->log))
			return;
		kt_called_once(test, calls, 2);
	}
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void a_trigger_without_parent_calls_back_at_once(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *call = kt_calls(test, &kt->log, 1);
	struct async_submit_ctl submit;

	atomic_inc(&kt->log.due);
	init_async_submit(&submit, ASYNC_TX_ACK, NULL, kt_called, call, NULL);
	KUNIT_EXPECT_NULL(test, async_trigger_callback(&submit));
	KUNIT_EXPECT_EQ(test, atomic_read(&call->runs), 1);
	kt_log_close(test, &kt->log);
}

static void a_trigger_without_callback_or_parent_is_nothing(struct kunit *test)
{
	struct async_submit_ctl submit;

	init_async_submit(&submit, 0, NULL, NULL, NULL, NULL);
	KUNIT_EXPECT_NULL(test, async_trigger_callback(&submit));
}

/* A trigger in the middle of a chain, one at its end. */
static void a_trigger_calls_back_behind_its_parent(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;
	struct kt_call *calls;
	unsigned int held;

	for (held = 0; held < 2; held++) {
		calls = kt_calls(test, &kt->log, 4);
		kt_log_open(&kt->log);
		atomic_add(2, &kt->log.due);
		kt_hold(test, held);
		tx = kt_link(test, MODEL_XOR, 1, 0, NULL, &calls[0]);
		calls[1].after = &calls[0];
		init_async_submit(&submit, 0, tx, kt_called, &calls[1], NULL);
		tx = async_trigger_callback(&submit);
		calls[2].after = &calls[1];
		tx = kt_link(test, MODEL_XOR, 2, 1, tx, &calls[2]);
		calls[3].after = &calls[2];
		init_async_submit(&submit, ASYNC_TX_ACK, tx, kt_called,
				  &calls[3], NULL);
		tx = async_trigger_callback(&submit);
		KUNIT_EXPECT_FALSE(test, IS_ERR(tx));
		async_tx_issue_pending_all();
		kt_hold(test, false);
		kt_log_close(test, &kt->log);
		kt_called_once(test, calls, 4);
		KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	}
}

static void what_the_cpu_does_at_once_leaves_no_handle(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 2);

	kt_policy(test, "cpu");
	KUNIT_EXPECT_NULL(test, kt_link(test, MODEL_XOR, 1, 0, NULL, &calls[0]));
	KUNIT_EXPECT_EQ(test, atomic_read(&calls[0].runs), 1);
	KUNIT_EXPECT_NULL(test, kt_link(test, MODEL_MEMCPY, 2, 1, NULL, NULL));
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	kt_log_close(test, &kt->log);
}

static void an_acked_operation_nobody_hears_of_is_done_at_once(struct kunit *test)
{
	kt_request(test, MODEL_MEMCPY, 2, 5000);
	KUNIT_EXPECT_NULL(test, kt_submit(test, ASYNC_TX_ACK, NULL, NULL));
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	kt_request(test, MODEL_PQ, 6, 5000);
	KUNIT_EXPECT_NULL(test, kt_submit(test, ASYNC_TX_ACK, NULL, NULL));
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void quiesce_returns_after_the_callback(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		struct kt_call call = { .log = &kt->log };

		kt_log_open(&kt->log);
		tx = kt_link(test, MODEL_XOR, i % 3, 3, NULL, &call);
		async_tx_quiesce(&tx);
		KUNIT_ASSERT_EQ(test, atomic_read(&call.runs), 1);
		KUNIT_EXPECT_NULL(test, tx);
		if (!kt_log_close(test, &kt->log))
			return;
	}
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	async_tx_quiesce(&tx);
	KUNIT_EXPECT_NULL(test, tx);
}

/* Submitted, ended, and only then let go of; the last handle first. */
static void handles_may_be_acked_long_after_the_end(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx[20];
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, ARRAY_SIZE(tx));
	int i;

	for (i = 0; i < ARRAY_SIZE(tx); i++)
		tx[i] = kt_link(test, MODEL_XOR, i, 30, NULL, &calls[i]);
	async_tx_issue_pending_all();
	kt_log_close(test, &kt->log);
	let_run();
	for (i = ARRAY_SIZE(tx) - 1; i >= 0; i--)
		async_tx_ack(tx[i]);
	kt_called_once(test, calls, ARRAY_SIZE(tx));
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void handles_of_running_operations_may_be_acked(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 30);
	unsigned int i;

	kt_hold(test, true);
	for (i = 0; i < 30; i++)
		async_tx_ack(kt_link(test, MODEL_XOR, i, 31, NULL, &calls[i]));
	async_tx_issue_pending_all();
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 30);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void no_handle_is_a_handle_too(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx = NULL;

	async_tx_ack(NULL);
	async_tx_ack(ERR_PTR(-EINVAL));
	async_tx_issue_pending(NULL);
	async_tx_issue_pending(ERR_PTR(-EINVAL));
	async_tx_issue_pending_all();
	async_tx_quiesce(&tx);
	KUNIT_EXPECT_NULL(test, async_tx_get(NULL));
}

/* Half of them one chain, the other half children of one parent. */
static void a_hundred_thousand_requests_wait_behind_a_held_engine(struct kunit *test)
{
	const struct dma_sim_config one = { .in_order = false };
	struct kt *kt = test->priv;
	unsigned int n = 50000, i;
	struct dma_async_tx_descriptor *tx, *parent, *child;
	struct kt_call *calls, root = { .log = &kt->log };

	calls = kvcalloc(2 * n, sizeof(*calls), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, calls);
	kt_only_engine(test, one, "engine");
	kt_hold(test, true);
	parent = kt_link(test, MODEL_XOR, 1, 0, NULL, &root);
	tx = async_tx_get(parent);
	for (i = 0; i < 2 * n; i++) {
		calls[i].log = &kt->log;
		calls[i].after = i < n && i ? &calls[i - 1] : &root;
		if (i < n) {
			tx = one_step(test, i, tx, &calls[i]);
			continue;
		}
		child = kt_link(test, MODEL_MEMCPY, 10 + i % 100, 9,
				async_tx_get(parent), &calls[i]);
		async_tx_ack(child);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&kt->log.due), 2 * n + 2);
	/* Hundreds have the same destination, which can be mapped but once. */
	kt_policy(test, "cpu");
	async_tx_issue_pending_all();
	async_tx_ack(parent);
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, calls, 2 * n);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	kvfree(calls);
}

#define KT_CASE(name)		KUNIT_CASE_PARAM(name, kt_setup_next)
#define KT_ENGINE_CASE(name)	KUNIT_CASE_PARAM(name, kt_engine_setup_next)

static struct kunit_case async_tx_graph_cases[] = {
	KT_CASE(a_chain_of_1_to_1000_runs_in_order),
	KT_ENGINE_CASE(a_chain_submitted_to_held_engines_runs_in_order),
	KUNIT_CASE(nothing_overtakes_a_held_parent),
	KT_ENGINE_CASE(a_chain_across_channels_and_the_cpu_runs_in_order),
	KT_CASE(a_parent_may_have_many_children),
	KT_CASE(a_child_may_come_when_its_parent_has_ended),
	KT_CASE(a_child_may_come_while_its_parent_ends),
	KT_CASE(a_trigger_without_parent_calls_back_at_once),
	KUNIT_CASE(a_trigger_without_callback_or_parent_is_nothing),
	KT_CASE(a_trigger_calls_back_behind_its_parent),
	KUNIT_CASE(what_the_cpu_does_at_once_leaves_no_handle),
	KT_CASE(an_acked_operation_nobody_hears_of_is_done_at_once),
	KT_CASE(quiesce_returns_after_the_callback),
	KT_ENGINE_CASE(handles_may_be_acked_long_after_the_end),
	KT_ENGINE_CASE(handles_of_running_operations_may_be_acked),
	KUNIT_CASE(no_handle_is_a_handle_too),
	KUNIT_CASE_SLOW(a_hundred_thousand_requests_wait_behind_a_held_engine),
	{}
};

static struct kunit_suite async_tx_graph_suite = {
	.name = "async_tx_graph",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = async_tx_graph_cases,
};

kunit_test_suite(async_tx_graph_suite);
