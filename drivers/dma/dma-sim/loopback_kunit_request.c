// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of slave DMA: finding a channel by name, what it says of itself,
 * what it refuses, and what becomes of it when the controller goes.
 */

#include <linux/device.h>

#include "loopback_kunit.h"

/* Takes the line "tx" again, having let go of it. */
static void expect_free(struct kunit *test, struct dma_chan *was)
{
	struct lt *t = test->priv;

	t->chan[TX] = dma_request_chan(&t->pdev->dev, "tx");
	KUNIT_EXPECT_PTR_EQ(test, t->chan[TX], was);
	if (IS_ERR(t->chan[TX]))
		t->chan[TX] = NULL;
}

static void a_channel_is_found_by_its_name(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_chan *rx;

	lt_start(test, &lt_plain);
	KUNIT_EXPECT_PTR_NE(test, t->chan[TX], t->chan[RX]);
	KUNIT_EXPECT_PTR_EQ(test, t->chan[TX]->slave, &t->pdev->dev);
	KUNIT_EXPECT_STREQ(test, t->chan[TX]->name, "dma:tx");
	KUNIT_EXPECT_STREQ(test, t->chan[RX]->name, "dma:rx");
	/* Neither is the name enough nor the device. */
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER),
			    dma_request_chan(&t->pdev->dev, "tx1"));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER),
			    dma_request_chan(t->dma_dev, "tx"));
	/* And it is no matter who asks first. */
	rx = t->chan[RX];
	lt_release(t, TX);
	lt_release(t, RX);
	t->chan[RX] = dma_request_chan(&t->pdev->dev, "rx");
	KUNIT_EXPECT_PTR_EQ(test, t->chan[RX], rx);
	if (IS_ERR(t->chan[RX]))
		t->chan[RX] = NULL;
}

static void a_channel_is_had_by_one(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_chan *chan;

	lt_start(test, &lt_plain);
	chan = t->chan[TX];
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER),
			    dma_request_chan(&t->pdev->dev, "tx"));
	lt_release(t, TX);
	expect_free(test, chan);
}

static void a_released_channel_has_forgotten_its_client(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_chan *chan;
	struct lt_probe probe;

	lt_start(test, &lt_plain);
	chan = t->chan[TX];
	lt_go(test, TX, 0, 1024, &probe);
	LT_EXPECT_SOON(test, lt_fill(t) == LT_DEPTH);
	lt_release(t, TX);
	KUNIT_EXPECT_EQ(test, probe.calls, 0);
	expect_free(test, chan);
	/* Its configuration is gone as well. */
	KUNIT_EXPECT_NULL(test, lt_prep(t, TX, 0, 32, 0));
	KUNIT_EXPECT_EQ(test, 0, lt_configure(t, TX, LT_WIDTH, LT_BURST));
	lt_expect_works(test);
}

static bool is_channel(struct dma_chan *chan, void *wanted)
{
	return chan == wanted;
}

static void older_ways_lead_to_the_same_channel(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_chan *chan;
	dma_cap_mask_t mask;

	lt_start(test, &lt_plain);
	chan = t->chan[TX];
	dma_cap_zero(mask);
	dma_cap_set(DMA_SLAVE, mask);

	KUNIT_EXPECT_NULL(test, dma_request_slave_channel(&t->pdev->dev, "tx"));
	lt_release(t, TX);
	t->chan[TX] = dma_request_slave_channel(&t->pdev->dev, "tx");
	KUNIT_EXPECT_PTR_EQ(test, t->chan[TX], chan);
	lt_release(t, TX);
	t->chan[TX] = dma_request_slave_channel_compat(mask, NULL, NULL,
						       &t->pdev->dev, "tx");
	KUNIT_EXPECT_PTR_EQ(test, t->chan[TX], chan);
	lt_release(t, TX);
	t->chan[TX] = dma_request_slave_channel_compat(mask, is_channel, chan,
						       &t->pdev->dev, "none");
	KUNIT_EXPECT_PTR_EQ(test, t->chan[TX], chan);
	lt_release(t, TX);
	t->chan[TX] = dma_request_channel(mask, is_channel, chan);
	KUNIT_EXPECT_PTR_EQ(test, t->chan[TX], chan);
}

static void a_managed_request_ends_with_the_driver(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_chan *chan;

	lt_start(test, &lt_plain);
	chan = t->chan[TX];
	lt_release(t, TX);
	KUNIT_EXPECT_TRUE(test, device_is_bound(&t->pdev->dev));
	KUNIT_EXPECT_PTR_EQ(test, chan,
			    devm_dma_request_chan(&t->pdev->dev, "tx"));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER),
			    devm_dma_request_chan(&t->pdev->dev, "tx"));
	device_release_driver(&t->pdev->dev);
	expect_free(test, chan);
}

static void capabilities_are_those_of_the_channel(struct kunit *test)
{
	static const u32 widths = BIT(1) | BIT(2) | BIT(4) | BIT(8);
	struct lt *t = test->priv;
	struct dma_slave_caps caps;
	enum lt_side side;

	lt_start(test, &lt_plain);
	for (side = TX; side <= RX; side++) {
		KUNIT_ASSERT_EQ(test, 0, dma_get_slave_caps(t->chan[side],
							    &caps));
		KUNIT_EXPECT_EQ(test, caps.directions, BIT(lt_dir(side)));
		KUNIT_EXPECT_EQ(test, caps.src_addr_widths,
				side == RX ? widths : 0);
		KUNIT_EXPECT_EQ(test, caps.dst_addr_widths,
				side == TX ? widths : 0);
		KUNIT_EXPECT_EQ(test, caps.min_burst, 1);
		KUNIT_EXPECT_EQ(test, caps.max_burst, lt_plain.max_burst);
		KUNIT_EXPECT_EQ(test, caps.max_sg_burst, 0);
		KUNIT_EXPECT_TRUE(test, caps.cmd_pause);
		KUNIT_EXPECT_TRUE(test, caps.cmd_resume);
		KUNIT_EXPECT_TRUE(test, caps.cmd_terminate);
		KUNIT_EXPECT_TRUE(test, caps.descriptor_reuse);
		KUNIT_EXPECT_EQ(test, caps.residue_granularity,
				DMA_RESIDUE_GRANULARITY_BURST);
	}
}

/* All that the capabilities promise is taken. */
static void every_promised_configuration_is_taken(struct kunit *test)
{
	struct dma_slave_config config = { };
	struct lt *t = test->priv;
	unsigned int width;

	lt_start(test, &lt_plain);
	for (width = 1; width <= 8; width *= 2) {
		KUNIT_EXPECT_EQ(test, 0, lt_configure(t, TX, width, 1));
		KUNIT_EXPECT_EQ(test, 0, lt_configure(t, RX, width,
						      lt_plain.max_burst));
	}
	/* What is said of the memory's side does not matter. */
	config.src_addr = 1;
	config.src_addr_width = 3;
	config.src_maxburst = 1000;
	config.src_port_window_size = 7;
	config.dst_addr = lt_reg(t, TX);
	config.dst_addr_width = 4;
	config.dst_maxburst = 1;
	KUNIT_EXPECT_EQ(test, 0, dmaengine_slave_config(t->chan[TX], &config));
}

static void wrong_configurations_are_refused(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_slave_config bad[9];
	unsigned int i;

	lt_start(test, &lt_plain);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = (struct dma_slave_config) {
			.src_addr = lt_reg(t, RX), .src_addr_width = 4,
			.src_maxburst = 4,
		};
	bad[0].src_addr = lt_reg(t, TX);
	bad[1].src_addr = 0;
	bad[2].src_addr_width = DMA_SLAVE_BUSWIDTH_UNDEFINED;
	bad[3].src_addr_width = DMA_SLAVE_BUSWIDTH_3_BYTES;
	bad[4].src_addr_width = DMA_SLAVE_BUSWIDTH_16_BYTES;
	bad[5].src_maxburst = 0;
	bad[6].src_maxburst = lt_plain.max_burst + 1;
	bad[7].src_port_window_size = 2;
	bad[8].device_fc = true;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    dmaengine_slave_config(t->chan[RX],
							   &bad[i]),
				    "number %u", i);
	/* Nothing has changed. */
	lt_expect_works(test);
}

static void wrong_requests_are_refused(struct kunit *test)
{
	struct dma_vec vec[2] = { { .len = 32 }, { .len = 0 } };
	struct dma_async_tx_descriptor *tx;
	struct lt *t = test->priv;
	struct scatterlist sg[2];

	lt_start(test, &lt_plain);
	sg_init_table(sg, 2);
	sg_dma_address(&sg[0]) = t->dma[TX];
	sg_dma_address(&sg[1]) = t->dma[TX];
	sg_dma_len(&sg[0]) = 32;
	sg_dma_len(&sg[1]) = 0;
	KUNIT_EXPECT_NULL(test, dmaengine_prep_slave_sg(t->chan[TX], sg, 0,
							DMA_MEM_TO_DEV, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_slave_sg(t->chan[TX], sg, 2,
							DMA_MEM_TO_DEV, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_slave_sg(t->chan[TX], sg, 1,
							DMA_DEV_TO_MEM, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_slave_sg(t->chan[TX], sg, 1,
							DMA_MEM_TO_MEM, 0));
	tx = dmaengine_prep_peripheral_dma_vec(t->chan[TX], vec, 2,
					       DMA_MEM_TO_DEV, 0);
	KUNIT_EXPECT_NULL(test, tx);
	/* No commands, no repeating but of templates, and whole words. */
	KUNIT_EXPECT_NULL(test, lt_prep(t, TX, 0, 32, DMA_PREP_CMD));
	KUNIT_EXPECT_NULL(test, lt_prep(t, TX, 0, 32, DMA_PREP_REPEAT));
	KUNIT_EXPECT_NULL(test, lt_prep(t, TX, 0, 33, 0));
	KUNIT_EXPECT_NULL(test, lt_prep_cyclic(t, TX, 100, 64, 0));
	KUNIT_EXPECT_NULL(test, lt_prep_cyclic(t, TX, 100, 0, 0));
	KUNIT_EXPECT_NULL(test, lt_prep_cyclic(t, TX, 0, 64, 0));
	KUNIT_EXPECT_NULL(test, lt_prep_cyclic(t, TX, 100, 50, 0));
	lt_expect_works(test);
}

static void a_controller_that_goes_aborts_what_it_has(struct kunit *test)
{
	struct dma_async_tx_descriptor *later;
	struct lt_probe tx, rx, unissued, late;
	struct lt *t = test->priv;

	lt_start(test, &lt_plain);
	lt_go(test, TX, 0, 1024, &tx);
	lt_submit(test, lt_prep(t, TX, 0, 512, 0), &unissued);
	LT_EXPECT_SOON(test, lt_fill(t) == LT_DEPTH);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_pause(t->chan[RX]));
	lt_submit(test, lt_prep_cyclic(t, RX, 256, 64, 0), &rx);
	dma_async_issue_pending(t->chan[RX]);
	later = lt_prep(t, TX, 0, 32, 0);

	lt_destroy(t);
	KUNIT_EXPECT_EQ(test, tx.calls, 1);
	KUNIT_EXPECT_EQ(test, tx.last.result, DMA_TRANS_ABORTED);
	KUNIT_EXPECT_EQ(test, tx.last.residue, 1024 - LT_DEPTH);
	KUNIT_EXPECT_EQ(test, unissued.calls, 1);
	KUNIT_EXPECT_EQ(test, unissued.last.result, DMA_TRANS_ABORTED);
	KUNIT_EXPECT_EQ(test, unissued.last.residue, 512);
	KUNIT_EXPECT_EQ(test, rx.calls, 1);
	KUNIT_EXPECT_EQ(test, rx.last.result, DMA_TRANS_ABORTED);

	/* Who has a channel yet may let go of it in peace. */
	KUNIT_EXPECT_NULL(test, lt_prep(t, TX, 0, 32, 0));
	lt_submit(test, later, &late);
	dma_async_issue_pending(t->chan[TX]);
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&late.done,
							  LT_TIMEOUT), 0);
	KUNIT_EXPECT_EQ(test, late.last.result, DMA_TRANS_ABORTED);
	KUNIT_EXPECT_EQ(test, lt_status(t, TX, &late), DMA_ERROR);
}

static void rejects_a_bad_loopback(struct kunit *test)
{
	struct dma_sim_loopback_config bad[10];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = lt_plain;
	bad[0].fifos = 0;
	bad[1].fifos = 17;
	bad[2].depth = 0;
	bad[3].depth = 4;
	bad[4].depth = 48;
	bad[5].depth = 131072;
	bad[6].max_burst = 0;
	bad[7].max_burst = 65;
	bad[8].residue = DMA_RESIDUE_GRANULARITY_BURST + 1;
	bad[9].residue = -1;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_PTR_EQ_MSG(test, ERR_PTR(-EINVAL),
					dma_sim_loopback_create("bad", &bad[i]),
					"number %u", i);
}

static struct kunit_case loopback_request_cases[] = {
	KUNIT_CASE(a_channel_is_found_by_its_name),
	KUNIT_CASE(a_channel_is_had_by_one),
	KUNIT_CASE(a_released_channel_has_forgotten_its_client),
	KUNIT_CASE(older_ways_lead_to_the_same_channel),
	KUNIT_CASE(a_managed_request_ends_with_the_driver),
	KUNIT_CASE(capabilities_are_those_of_the_channel),
	KUNIT_CASE(every_promised_configuration_is_taken),
	KUNIT_CASE(wrong_configurations_are_refused),
	KUNIT_CASE(wrong_requests_are_refused),
	KUNIT_CASE(a_controller_that_goes_aborts_what_it_has),
	KUNIT_CASE(rejects_a_bad_loopback),
	{}
};

struct kunit_suite loopback_request_suite = {
	.name = "loopback-request",
	.init = lt_init,
	.exit = lt_exit,
	.test_cases = loopback_request_cases,
};
