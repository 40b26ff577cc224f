// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of slave DMA: cyclic transfers, what is left, pause, termination,
 * descriptors that are used again, and errors.
 */

#include "loopback_kunit.h"

#define RING	256
#define PERIOD	64
/* Takes a while, byte by byte. */
#define LONG	(LT_BUF / 4)

/* The sender is a FIFO's depth, here a period, ahead of who receives. */
static void a_ring_is_sent_round_and_round(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe probe;
	unsigned int i;

	lt_start(test, &lt_plain);
	lt_submit(test, lt_prep_cyclic(t, TX, RING, PERIOD, DMA_PREP_INTERRUPT),
		  &probe);
	dma_async_issue_pending(t->chan[TX]);
	for (i = 1; i < 20; i++) {
		LT_EXPECT_SOON(test, READ_ONCE(probe.calls) == i);
		KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &probe),
				RING - i * PERIOD % RING);
		KUNIT_EXPECT_EQ(test, lt_status(t, TX, &probe),
				DMA_IN_PROGRESS);
		KUNIT_EXPECT_EQ(test, probe.last.result, DMA_TRANS_NOERROR);
		lt_move(test, RX, 0, PERIOD);
		lt_expect_loop(test, (i - 1) * PERIOD % RING, 0, PERIOD);
	}
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(t->chan[TX]));
	lt_expect_works(test);
}

static void a_ring_is_filled_round_and_round(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe probe;
	unsigned int i;

	lt_start(test, &lt_plain);
	lt_submit(test, lt_prep_cyclic(t, RX, RING, PERIOD, DMA_PREP_INTERRUPT),
		  &probe);
	dma_async_issue_pending(t->chan[RX]);
	for (i = 0; i < 20; i++) {
		/* In two parts: the callback is for whole periods. */
		lt_move(test, TX, i * PERIOD, PERIOD / 2);
		LT_EXPECT_SOON(test, lt_residue(t, RX, &probe) ==
			       RING - PERIOD / 2 - i * PERIOD % RING);
		KUNIT_EXPECT_EQ(test, READ_ONCE(probe.calls), i);
		lt_move(test, TX, i * PERIOD + PERIOD / 2, PERIOD / 2);
		LT_EXPECT_SOON(test, READ_ONCE(probe.calls) == i + 1);
		lt_expect_loop(test, i * PERIOD, i * PERIOD % RING, PERIOD);
	}
}

static void a_ring_without_interrupt_calls_nobody(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe probe;

	lt_start(test, &lt_plain);
	lt_submit(test, lt_prep_cyclic(t, TX, RING, PERIOD, 0), &probe);
	dma_async_issue_pending(t->chan[TX]);
	lt_move(test, RX, 0, 4 * RING);
	LT_EXPECT_STAYS(test, lt_residue(t, TX, &probe) == RING - PERIOD);
	KUNIT_EXPECT_EQ(test, READ_ONCE(probe.calls), 0);
}

struct stopper {
	struct lt_probe probe;
	struct dma_chan *chan;
	unsigned int after;
};

static void stop_after(void *param, const struct dmaengine_result *result)
{
	struct stopper *stopper = param;

	if (stopper->probe.calls + 1 == stopper->after)
		dmaengine_terminate_async(stopper->chan);
	lt_probe_done(&stopper->probe, result);
}

static void a_ring_may_be_terminated_by_its_callback(struct kunit *test)
{
	struct lt *t = test->priv;
	struct stopper stopper = { .after = 3 };

	lt_start(test, &lt_plain);
	stopper.chan = t->chan[RX];
	lt_submit_to(test,
		     lt_prep_cyclic(t, RX, RING, PERIOD, DMA_PREP_INTERRUPT),
		     stop_after, &stopper, &stopper.probe);
	dma_async_issue_pending(t->chan[RX]);
	lt_move(test, TX, 0, PERIOD);
	LT_EXPECT_SOON(test, READ_ONCE(stopper.probe.calls) == 1);
	lt_move(test, TX, PERIOD, PERIOD);
	LT_EXPECT_SOON(test, READ_ONCE(stopper.probe.calls) == 2);
	lt_move(test, TX, 2 * PERIOD, 2 * PERIOD);
	LT_EXPECT_STAYS(test, READ_ONCE(stopper.probe.calls) == 3);
	dmaengine_synchronize(t->chan[RX]);
	/* It stopped at once, or a burst later: the rest is in the FIFO. */
	KUNIT_EXPECT_GE(test, lt_fill(t), PERIOD - LT_WIDTH * LT_BURST);
	lt_expect_works(test);
}

/*
 * What is left.
 */

static u32 next_residue(struct kunit *test, enum lt_side side,
			struct lt_probe *probe, u32 last)
{
	u32 left = lt_residue(test->priv, side, probe);

	KUNIT_EXPECT_LE(test, left, last);
	return left;
}

/* The receiver is never ahead, and never more than the FIFO behind. */
static void residue_only_ever_shrinks(struct kunit *test)
{
	u32 sent_left = LONG, got_left = LONG, earlier;
	struct lt *t = test->priv;
	struct lt_probe tx, rx;

	lt_start(test, &lt_plain);
	KUNIT_ASSERT_EQ(test, 0, lt_configure(t, TX, 1, 1));
	KUNIT_ASSERT_EQ(test, 0, lt_configure(t, RX, 1, 1));
	lt_go(test, RX, 0, LONG, &rx);
	lt_go(test, TX, 0, LONG, &tx);
	while (sent_left) {
		earlier = next_residue(test, RX, &rx, got_left);
		sent_left = next_residue(test, TX, &tx, sent_left);
		got_left = next_residue(test, RX, &rx, earlier);
		KUNIT_EXPECT_LE(test, sent_left, earlier);
		KUNIT_EXPECT_LE(test, got_left, sent_left + LT_DEPTH);
		usleep_range(20, 50);
	}
	lt_await(test, &tx);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 0, LONG);
}

/* Segments of 100 bytes, of which 164 are sent. */
static u32 residue_of_three_segments(struct kunit *test,
				     enum dma_residue_granularity residue)
{
	struct dma_sim_loopback_config config = lt_plain;
	struct lt *t = test->priv;
	struct dma_vec vec[3] = { };
	struct lt_probe queued;
	struct lt_probe probe;
	struct dma_slave_caps caps;
	unsigned int i;

	config.residue = residue;
	lt_start(test, &config);
	KUNIT_EXPECT_EQ(test, 0, dma_get_slave_caps(t->chan[TX], &caps));
	KUNIT_EXPECT_EQ(test, caps.residue_granularity, residue);
	for (i = 0; i < 3; i++)
		vec[i] = (struct dma_vec) { t->dma[TX] + i * 1000, 100 };
	lt_submit(test,
		  dmaengine_prep_peripheral_dma_vec(t->chan[TX], vec, 3,
						    DMA_MEM_TO_DEV, 0),
		  &probe);
	lt_go(test, TX, 0, 500, &queued);
	lt_move(test, RX, 0, 100);
	LT_EXPECT_STAYS(test, lt_fill(t) == LT_DEPTH);
	KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &queued),
			residue == DMA_RESIDUE_GRANULARITY_DESCRIPTOR ?
			0 : 500);
	return lt_residue(t, TX, &probe);
}

static void residue_is_told_by_burst(struct kunit *test)
{
	u32 left = residue_of_three_segments(test,
					     DMA_RESIDUE_GRANULARITY_BURST);

	KUNIT_EXPECT_EQ(test, left, 136);
}

static void residue_is_told_by_segment(struct kunit *test)
{
	u32 left = residue_of_three_segments(test,
					     DMA_RESIDUE_GRANULARITY_SEGMENT);

	KUNIT_EXPECT_EQ(test, left, 200);
}

static void residue_is_told_by_descriptor(struct kunit *test)
{
	u32 left = residue_of_three_segments(test,
					     DMA_RESIDUE_GRANULARITY_DESCRIPTOR);

	KUNIT_EXPECT_EQ(test, left, 0);
}

/*
 * Pause.
 */

static void a_paused_channel_stands_still(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe tx, rx;

	lt_start(test, &lt_plain);
	lt_go(test, TX, 0, 1024, &tx);
	lt_move(test, RX, 0, 128);
	LT_EXPECT_SOON(test, lt_residue(t, TX, &tx) == 1024 - 128 - LT_DEPTH);

	KUNIT_EXPECT_EQ(test, 0, dmaengine_pause(t->chan[TX]));
	lt_go(test, RX, 128, 896, &rx);
	LT_EXPECT_STAYS(test, lt_residue(t, RX, &rx) == 896 - LT_DEPTH);
	KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &tx), 1024 - 128 - LT_DEPTH);
	KUNIT_EXPECT_EQ(test, lt_status(t, TX, &tx), DMA_PAUSED);
	KUNIT_EXPECT_EQ(test, lt_status(t, RX, &rx), DMA_IN_PROGRESS);

	KUNIT_EXPECT_EQ(test, 0, dmaengine_resume(t->chan[TX]));
	lt_await(test, &tx);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 0, 1024);
}

static void pause_holds_at_any_moment(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe tx, rx;
	unsigned int i;
	u32 left;

	lt_start(test, &lt_plain);
	KUNIT_ASSERT_EQ(test, 0, lt_configure(t, TX, 1, 1));
	lt_go(test, RX, 0, LONG, &rx);
	lt_go(test, TX, 0, LONG, &tx);
	for (i = 0; i < 50 && lt_residue(t, TX, &tx); i++) {
		KUNIT_EXPECT_EQ(test, 0, dmaengine_pause(t->chan[TX]));
		left = lt_residue(t, TX, &tx);
		usleep_range(100, 500);
		KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &tx), left);
		KUNIT_EXPECT_EQ(test, 0, dmaengine_resume(t->chan[TX]));
		usleep_range(10, 100);
	}
	lt_await(test, &tx);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 0, LONG);
}

static void pause_lasts_until_resume_or_termination(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe tx;

	lt_start(test, &lt_plain);
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_resume(t->chan[TX]));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_pause(t->chan[TX]));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_pause(t->chan[TX]));
	lt_go(test, TX, 0, 32, &tx);
	LT_EXPECT_STAYS(test, !lt_fill(t));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_resume(t->chan[TX]));
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_resume(t->chan[TX]));
	lt_await(test, &tx);

	KUNIT_EXPECT_EQ(test, 0, dmaengine_pause(t->chan[TX]));
	lt_go(test, TX, 0, 32, &tx);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(t->chan[TX]));
	lt_expect_works(test);
	KUNIT_EXPECT_EQ(test, tx.calls, 0);
}

/*
 * Termination.
 */

#define QUEUE	10

/* Fills both queues, lets them run for a moment, and begins to stop them. */
static void run_and_terminate(struct kunit *test, struct lt_probe *probe)
{
	struct lt *t = test->priv;
	unsigned int i;

	for (i = 0; i < QUEUE; i++) {
		lt_go(test, RX, i * 2048, 2048, &probe[2 * i]);
		lt_go(test, TX, i * 2048, 2048, &probe[2 * i + 1]);
	}
	if (lt_below(t, 4))
		usleep_range(1, 1 + lt_below(t, 400));
}

static unsigned int calls_of(struct lt_probe *probe)
{
	unsigned int i, calls = 0;

	for (i = 0; i < 2 * QUEUE; i++)
		calls += READ_ONCE(probe[i].calls);
	return calls;
}

static void after_synchronize_nothing_happens(struct kunit *test)
{
	struct lt_probe *probe = lt_probes(test, 2 * QUEUE);
	struct lt *t = test->priv;
	unsigned int i, calls;

	lt_start(test, &lt_plain);
	for (i = 0; i < 30; i++) {
		run_and_terminate(test, probe);
		KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_async(t->chan[TX]));
		KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_async(t->chan[RX]));
		dmaengine_synchronize(t->chan[TX]);
		dmaengine_synchronize(t->chan[RX]);
		calls = calls_of(probe);
		memset(t->buf[RX], 0, QUEUE * 2048);
		usleep_range(500, 1000);
		KUNIT_EXPECT_EQ(test, calls_of(probe), calls);
		KUNIT_EXPECT_NULL(test, memchr_inv(t->buf[RX], 0,
						   QUEUE * 2048));
	}
	lt_expect_works(test);
}

static void a_running_channel_is_terminated(struct kunit *test)
{
	struct lt_probe *probe = lt_probes(test, 2 * QUEUE);
	struct lt *t = test->priv;
	unsigned int i;

	lt_start(test, &lt_plain);
	for (i = 0; i < 30; i++) {
		run_and_terminate(test, probe);
		KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(t->chan[TX]));
		KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(t->chan[RX]));
		lt_expect_works(test);
	}
}

static void termination_leaves_the_other_channel_alone(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe tx, rx;

	lt_start(test, &lt_plain);
	lt_go(test, RX, 0, 128, &rx);
	lt_go(test, TX, 0, 1024, &tx);
	lt_await(test, &rx);
	lt_go(test, RX, 128, 960, &rx);
	LT_EXPECT_SOON(test, !lt_residue(t, TX, &tx));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(t->chan[TX]));
	LT_EXPECT_STAYS(test, lt_residue(t, RX, &rx) == 64);
	lt_move(test, TX, 1024, 64);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 0, 1088);
}

/*
 * Use again.
 */

static void a_descriptor_is_used_many_times(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx, *rx;
	struct lt *t = test->priv;
	struct lt_probe tx_probe, probe;
	unsigned int i;

	lt_start(test, &lt_plain);
	tx = lt_prep(t, TX, 0, 256, DMA_PREP_INTERRUPT);
	rx = lt_prep(t, RX, 0, 256, DMA_PREP_INTERRUPT);
	KUNIT_ASSERT_TRUE(test, tx && rx);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_reuse(tx));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_reuse(rx));
	for (i = 0; i < 50; i++) {
		memset(t->buf[RX], 0, 256);
		lt_submit(test, rx, &probe);
		lt_submit(test, tx, &tx_probe);
		KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &tx_probe), 256);
		dma_async_issue_pending(t->chan[RX]);
		dma_async_issue_pending(t->chan[TX]);
		lt_await(test, &tx_probe);
		lt_await(test, &probe);
		lt_expect_loop(test, 0, 0, 256);
	}
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_free(tx));
	/* The last time: it is freed by its completion. */
	dmaengine_desc_clear_reuse(rx);
	KUNIT_EXPECT_EQ(test, -EPERM, dmaengine_desc_free(rx));
	lt_submit(test, rx, &probe);
	dma_async_issue_pending(t->chan[RX]);
	lt_move(test, TX, 0, 256);
	lt_await(test, &probe);
}

struct again {
	struct dma_async_tx_descriptor *tx;
	unsigned int left;
	struct lt_probe probe;
};

static void submit_again(void *param, const struct dmaengine_result *result)
{
	struct again *again = param;
	struct dma_chan *chan = again->tx->chan;

	if (again->left && --again->left) {
		dmaengine_submit(again->tx);
		dma_async_issue_pending(chan);
		return;
	}
	dmaengine_desc_free(again->tx);
	lt_probe_done(&again->probe, result);
}

static void a_descriptor_is_used_again_by_its_callback(struct kunit *test)
{
	struct again again = { .left = 100 };
	struct lt *t = test->priv;
	struct lt_probe rx;

	lt_start(test, &lt_plain);
	again.tx = lt_prep(t, TX, 0, 32, DMA_PREP_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, again.tx);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_reuse(again.tx));
	lt_go(test, RX, 0, 3200, &rx);
	lt_submit_to(test, again.tx, submit_again, &again, &again.probe);
	dma_async_issue_pending(t->chan[TX]);
	lt_await(test, &again.probe);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 3168, 32);
}

static void a_terminated_descriptor_is_used_again(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct lt *t = test->priv;
	struct lt_probe probe, rx;

	lt_start(test, &lt_plain);
	tx = lt_prep(t, TX, 0, 1024, DMA_PREP_INTERRUPT);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_reuse(tx));
	lt_submit(test, tx, &probe);
	dma_async_issue_pending(t->chan[TX]);
	LT_EXPECT_SOON(test, lt_fill(t) == LT_DEPTH);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(t->chan[TX]));
	KUNIT_EXPECT_EQ(test, probe.calls, 0);
	dma_sim_loopback_flush(t->lb, 0);

	lt_submit(test, tx, &probe);
	dma_async_issue_pending(t->chan[TX]);
	lt_go(test, RX, 0, 1024, &rx);
	lt_await(test, &probe);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 0, 1024);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_free(tx));
}

/*
 * Errors.
 */

static void expect_failure(struct kunit *test, enum lt_side side,
			   struct lt_probe *probe,
			   enum dmaengine_tx_result result, u32 residue)
{
	struct lt *t = test->priv;

	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&probe->done,
							  LT_TIMEOUT), 0);
	KUNIT_EXPECT_EQ(test, probe->last.result, result);
	KUNIT_EXPECT_EQ(test, probe->last.residue, residue);
	KUNIT_EXPECT_EQ(test, lt_status(t, side, probe), DMA_ERROR);
}

static void a_failure_tells_how_far_it_came(struct kunit *test)
{
	struct lt_probe tx, next, rx;
	struct lt *t = test->priv;

	lt_start(test, &lt_plain);
	dma_sim_loopback_fail_next(t->lb, 1);
	lt_go(test, TX, 0, 64, &tx);
	/* Those behind it go on. */
	lt_go(test, TX, 64, 32, &next);
	expect_failure(test, TX, &tx, DMA_TRANS_READ_FAILED, 32);
	lt_await(test, &next);
	KUNIT_EXPECT_EQ(test, lt_status(t, TX, &next), DMA_COMPLETE);
	KUNIT_EXPECT_EQ(test, lt_fill(t), 64);

	dma_sim_loopback_fail_next(t->lb, 1);
	lt_go(test, RX, 0, 24, &rx);
	expect_failure(test, RX, &rx, DMA_TRANS_WRITE_FAILED, 12);
	lt_expect_loop(test, 0, 0, 12);
	KUNIT_EXPECT_EQ(test, lt_fill(t), 52);
	lt_expect_works(test);
}

static void a_ring_ends_with_a_failure(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe probe;

	lt_start(test, &lt_plain);
	dma_sim_loopback_fail_next(t->lb, 1);
	lt_submit(test, lt_prep_cyclic(t, TX, 64, 32, 0), &probe);
	dma_async_issue_pending(t->chan[TX]);
	expect_failure(test, TX, &probe, DMA_TRANS_READ_FAILED, 32);
	lt_expect_works(test);
}

static void memory_that_is_not_there_is_a_failure(struct kunit *test)
{
	static const dma_addr_t nowhere = -(dma_addr_t)PAGE_SIZE;
	struct dma_async_tx_descriptor *tx;
	struct lt *t = test->priv;
	struct lt_probe probe;
	struct dma_vec vec[2];

	lt_start(test, &lt_plain);
	vec[0] = (struct dma_vec) { t->dma[TX], 32 };
	vec[1] = (struct dma_vec) { nowhere, 32 };
	tx = dmaengine_prep_peripheral_dma_vec(t->chan[TX], vec, 2,
					       DMA_MEM_TO_DEV, 0);
	lt_submit(test, tx, &probe);
	dma_async_issue_pending(t->chan[TX]);
	expect_failure(test, TX, &probe, DMA_TRANS_READ_FAILED, 32);
	tx = dmaengine_prep_slave_single(t->chan[RX], nowhere, 32,
					 DMA_DEV_TO_MEM, 0);
	lt_submit(test, tx, &probe);
	dma_async_issue_pending(t->chan[RX]);
	expect_failure(test, RX, &probe, DMA_TRANS_WRITE_FAILED, 32);
	lt_expect_works(test);
}

static struct kunit_case loopback_control_cases[] = {
	KUNIT_CASE(a_ring_is_sent_round_and_round),
	KUNIT_CASE(a_ring_is_filled_round_and_round),
	KUNIT_CASE(a_ring_without_interrupt_calls_nobody),
	KUNIT_CASE(a_ring_may_be_terminated_by_its_callback),
	KUNIT_CASE(residue_only_ever_shrinks),
	KUNIT_CASE(residue_is_told_by_burst),
	KUNIT_CASE(residue_is_told_by_segment),
	KUNIT_CASE(residue_is_told_by_descriptor),
	KUNIT_CASE(a_paused_channel_stands_still),
	KUNIT_CASE(pause_holds_at_any_moment),
	KUNIT_CASE(pause_lasts_until_resume_or_termination),
	KUNIT_CASE(after_synchronize_nothing_happens),
	KUNIT_CASE(a_running_channel_is_terminated),
	KUNIT_CASE(termination_leaves_the_other_channel_alone),
	KUNIT_CASE(a_descriptor_is_used_many_times),
	KUNIT_CASE(a_descriptor_is_used_again_by_its_callback),
	KUNIT_CASE(a_terminated_descriptor_is_used_again),
	KUNIT_CASE(a_failure_tells_how_far_it_came),
	KUNIT_CASE(a_ring_ends_with_a_failure),
	KUNIT_CASE(memory_that_is_not_there_is_a_failure),
	{}
};

struct kunit_suite loopback_control_suite = {
	.name = "loopback-control",
	.init = lt_init,
	.exit = lt_exit,
	.test_cases = loopback_control_cases,
};
