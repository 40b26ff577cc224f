// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of slave DMA: what arrives, whatever the shape of the request, and
 * at the pace of the request lines.
 */

#include <linux/scatterlist.h>

#include "loopback_kunit.h"

#define PIECES	8

/* Random pieces, each in a page of its own, that are @words words together. */
static int make_list(struct lt *t, struct sg_table *list, u8 *pages,
		     unsigned int words)
{
	unsigned int i, n = 1 + lt_below(t, min(words, PIECES)), part, off;
	struct scatterlist *sg;
	int err = sg_alloc_table(list, n, GFP_KERNEL);

	if (err)
		return err;
	for_each_sgtable_sg(list, sg, i) {
		part = i == n - 1 ? words : 1 + lt_below(t, words - (n - 1 - i));
		words -= part;
		off = lt_below(t, PAGE_SIZE - part * LT_WIDTH + 1);
		sg_set_buf(sg, pages + i * PAGE_SIZE + off, part * LT_WIDTH);
	}
	return 0;
}

static void send_lists(struct kunit *test, struct sg_table *list,
		       struct lt_probe *probe)
{
	static const unsigned long flags = DMA_PREP_INTERRUPT;
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx;
	enum lt_side side;

	for (side = TX; side <= RX; side++) {
		tx = dmaengine_prep_slave_sg(t->chan[side], list[side].sgl,
					     list[side].nents, lt_dir(side),
					     flags);
		lt_submit(test, tx, &probe[side]);
		dma_async_issue_pending(t->chan[side]);
	}
	lt_await(test, &probe[TX]);
	lt_await(test, &probe[RX]);
}

/* As a client does it: the lists are mapped, cut differently on either side. */
static void lists_of_all_shapes_arrive(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe probe[2];
	struct sg_table list[2];
	unsigned int round, words, len;
	u8 *pages[2], *flat[2];

	lt_start(test, &lt_plain);
	pages[TX] = kunit_kmalloc(test, PIECES * PAGE_SIZE, GFP_KERNEL);
	pages[RX] = kunit_kmalloc(test, PIECES * PAGE_SIZE, GFP_KERNEL);
	flat[TX] = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	flat[RX] = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, pages[TX] && pages[RX] && flat[TX] && flat[RX]);

	for (round = 0; round < 50; round++) {
		words = 1 + lt_below(t, lt_below(t, 2) ? 20 : 1000);
		len = words * LT_WIDTH;
		prandom_bytes_state(&t->rnd, pages[TX], PIECES * PAGE_SIZE);
		KUNIT_ASSERT_EQ(test, 0, make_list(t, &list[TX], pages[TX],
						   words));
		KUNIT_ASSERT_EQ(test, 0, make_list(t, &list[RX], pages[RX],
						   words));
		sg_copy_to_buffer(list[TX].sgl, list[TX].orig_nents, flat[TX],
				  len);
		KUNIT_ASSERT_EQ(test, 0, dma_map_sgtable(t->dma_dev, &list[TX],
							 DMA_TO_DEVICE, 0));
		KUNIT_ASSERT_EQ(test, 0, dma_map_sgtable(t->dma_dev, &list[RX],
							 DMA_FROM_DEVICE, 0));
		send_lists(test, list, probe);
		dma_unmap_sgtable(t->dma_dev, &list[TX], DMA_TO_DEVICE, 0);
		dma_unmap_sgtable(t->dma_dev, &list[RX], DMA_FROM_DEVICE, 0);
		sg_copy_to_buffer(list[RX].sgl, list[RX].orig_nents, flat[RX],
				  len);
		KUNIT_EXPECT_MEMEQ(test, flat[TX], flat[RX], len);
		sg_free_table(&list[TX]);
		sg_free_table(&list[RX]);
	}
}

static void every_width_and_burst_arrives(struct kunit *test)
{
	struct lt *t = test->priv;
	unsigned int tx_width, rx_width, burst;
	struct lt_probe rx;

	lt_start(test, &lt_plain);
	for (tx_width = 1; tx_width <= 8; tx_width *= 2) {
		for (rx_width = 1; rx_width <= 8; rx_width *= 2) {
			burst = 1 + lt_below(t, lt_plain.max_burst);
			KUNIT_ASSERT_EQ(test, 0, lt_configure(t, TX, tx_width,
							      burst));
			burst = 1 + lt_below(t, lt_plain.max_burst);
			KUNIT_ASSERT_EQ(test, 0, lt_configure(t, RX, rx_width,
							      burst));
			memset(t->buf[RX], 0, 1000);
			lt_go(test, RX, 0, 1000, &rx);
			lt_move(test, TX, 24, 1000);
			lt_await(test, &rx);
			lt_expect_loop(test, 24, 0, 1000);
		}
	}
}

static void vectors_arrive(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct dma_vec vec[2][3];
	struct lt *t = test->priv;
	struct lt_probe probe[2];
	enum lt_side side;

	lt_start(test, &lt_plain);
	for (side = TX; side <= RX; side++) {
		/* 400 bytes, in another order of lengths on the other side. */
		vec[side][0] = (struct dma_vec) { t->dma[side] + 800,
						  side == TX ? 100 : 8 };
		vec[side][1] = (struct dma_vec) { t->dma[side], 292 };
		vec[side][2] = (struct dma_vec) { t->dma[side] + 1600,
						  side == TX ? 8 : 100 };
		tx = dmaengine_prep_peripheral_dma_vec(t->chan[side], vec[side],
						       3, lt_dir(side),
						       DMA_PREP_INTERRUPT);
		/* The vectors are the client's again. */
		memset(vec[side], 0, sizeof(vec[side]));
		lt_submit(test, tx, &probe[side]);
		dma_async_issue_pending(t->chan[side]);
	}
	lt_await(test, &probe[TX]);
	lt_await(test, &probe[RX]);
	lt_expect_loop(test, 800, 800, 8);
	lt_expect_loop(test, 808, 0, 92);
	lt_expect_loop(test, 0, 92, 200);
	lt_expect_loop(test, 200, 1600, 92);
	lt_expect_loop(test, 1600, 1692, 8);
}

/* A template of @lines lines of @bytes bytes in a picture 64 bytes wide. */
static struct dma_interleaved_template *
rectangle(struct kunit *test, enum lt_side side, size_t off, size_t lines,
	  size_t bytes)
{
	struct dma_interleaved_template *xt;
	struct lt *t = test->priv;

	xt = kunit_kzalloc(test, struct_size(xt, sgl, 1), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, xt);
	xt->dir = lt_dir(side);
	xt->src_start = side == TX ? t->dma[TX] + off : 0;
	xt->dst_start = side == RX ? t->dma[RX] + off : lt_reg(t, TX);
	xt->src_inc = side == TX;
	xt->src_sgl = side == TX;
	xt->dst_inc = side == RX;
	xt->dst_sgl = side == RX;
	xt->numf = lines;
	xt->frame_size = 1;
	xt->sgl[0] = (struct data_chunk) { .size = bytes, .icg = 64 - bytes };
	return xt;
}

static void a_rectangle_is_cut_out_and_pasted(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct lt *t = test->priv;
	struct lt_probe probe[2];
	unsigned int line;

	lt_start(test, &lt_plain);
	tx = dmaengine_prep_interleaved_dma(t->chan[TX],
					    rectangle(test, TX, 68, 8, 16), 0);
	lt_submit(test, tx, &probe[TX]);
	dma_async_issue_pending(t->chan[TX]);
	tx = dmaengine_prep_interleaved_dma(t->chan[RX],
					    rectangle(test, RX, 4, 4, 32), 0);
	lt_submit(test, tx, &probe[RX]);
	dma_async_issue_pending(t->chan[RX]);
	lt_await(test, &probe[TX]);
	lt_await(test, &probe[RX]);
	for (line = 0; line < 8; line++)
		lt_expect_loop(test, 68 + line * 64,
			       4 + line / 2 * 64 + line % 2 * 16, 16);
	/* What is beside the rectangle is untouched. */
	KUNIT_EXPECT_NULL(test, memchr_inv(t->buf[RX] + 36, 0, 32));
	KUNIT_EXPECT_NULL(test, memchr_inv(t->buf[RX], 0, 4));
}

static void a_template_repeats_until_another_is_loaded(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct lt *t = test->priv;
	struct lt_probe probe[2];

	lt_start(test, &lt_plain);
	tx = dmaengine_prep_interleaved_dma(t->chan[TX],
					    rectangle(test, TX, 0, 2, 32),
					    DMA_PREP_REPEAT |
					    DMA_PREP_INTERRUPT);
	lt_submit(test, tx, &probe[0]);
	dma_async_issue_pending(t->chan[TX]);
	lt_move(test, RX, 0, 64);
	lt_move(test, RX, 64, 64);
	/* The third time is in the FIFO, and a fourth is to come. */
	LT_EXPECT_STAYS(test, READ_ONCE(probe[0].calls) == 3);
	KUNIT_EXPECT_EQ(test, lt_status(t, TX, &probe[0]), DMA_IN_PROGRESS);

	tx = dmaengine_prep_interleaved_dma(t->chan[TX],
					    rectangle(test, TX, 1024, 2, 32),
					    DMA_PREP_LOAD_EOT |
					    DMA_PREP_INTERRUPT);
	lt_submit(test, tx, &probe[1]);
	dma_async_issue_pending(t->chan[TX]);
	lt_move(test, RX, 128, 192);
	lt_await(test, &probe[1]);
	KUNIT_EXPECT_EQ(test, probe[0].calls, 4);
	KUNIT_EXPECT_EQ(test, lt_status(t, TX, &probe[0]), DMA_COMPLETE);
	lt_expect_loop(test, 0, 0, 32);
	lt_expect_loop(test, 64, 64 + 32, 32);
	lt_expect_loop(test, 0, 192, 32);
	lt_expect_loop(test, 64, 192 + 32, 32);
	lt_expect_loop(test, 1024, 256, 32);
	lt_expect_loop(test, 1024 + 64, 256 + 32, 32);
}

static void what_is_not_to_be_loaded_waits_for_ever(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct lt *t = test->priv;
	struct lt_probe probe[2];

	lt_start(test, &lt_plain);
	tx = dmaengine_prep_interleaved_dma(t->chan[TX],
					    rectangle(test, TX, 0, 2, 32),
					    DMA_PREP_REPEAT);
	lt_submit(test, tx, &probe[0]);
	lt_go(test, TX, 1024, 64, &probe[1]);
	lt_move(test, RX, 0, 256);
	LT_EXPECT_STAYS(test, lt_fill(t) == LT_DEPTH);
	KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &probe[1]), 64);
	KUNIT_EXPECT_EQ(test, probe[0].calls, 0);
	lt_expect_loop(test, 64, 192 + 32, 32);
}

static void nothing_moves_before_it_is_issued(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe probe;

	lt_start(test, &lt_plain);
	lt_submit(test, lt_prep(t, TX, 0, 32, DMA_PREP_INTERRUPT), &probe);
	LT_EXPECT_STAYS(test, !lt_fill(t));
	KUNIT_EXPECT_EQ(test, lt_status(t, TX, &probe), DMA_IN_PROGRESS);
	KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &probe), 32);
	dma_async_issue_pending(t->chan[TX]);
	lt_await(test, &probe);
	KUNIT_EXPECT_EQ(test, lt_fill(t), 32);
}

static void a_full_fifo_holds_the_sender_back(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe tx;

	lt_start(test, &lt_plain);
	lt_go(test, TX, 0, 1024, &tx);
	LT_EXPECT_STAYS(test, lt_fill(t) == LT_DEPTH);
	KUNIT_EXPECT_EQ(test, lt_residue(t, TX, &tx), 1024 - LT_DEPTH);
	lt_move(test, RX, 0, 100);
	LT_EXPECT_STAYS(test, lt_residue(t, TX, &tx) == 924 - LT_DEPTH);
	lt_move(test, RX, 100, 924);
	lt_await(test, &tx);
	KUNIT_EXPECT_EQ(test, lt_fill(t), 0);
	lt_expect_loop(test, 0, 0, 1024);
}

static void an_empty_fifo_holds_the_receiver_back(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe rx;

	lt_start(test, &lt_plain);
	lt_go(test, RX, 0, 1024, &rx);
	lt_move(test, TX, 0, 100);
	LT_EXPECT_STAYS(test, lt_residue(t, RX, &rx) == 924);
	KUNIT_EXPECT_EQ(test, lt_status(t, RX, &rx), DMA_IN_PROGRESS);
	lt_move(test, TX, 100, 924);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, 0, 1024);
}

static void bursts_are_as_long_as_configured(struct kunit *test)
{
	struct dma_sim_fifo_state state;
	struct lt *t = test->priv;
	struct lt_probe rx;

	lt_start(test, &lt_plain);
	KUNIT_ASSERT_EQ(test, 0, lt_configure(t, TX, 2, 3));
	KUNIT_ASSERT_EQ(test, 0, lt_configure(t, RX, 8, 1));
	lt_go(test, RX, 0, 1200, &rx);
	lt_move(test, TX, 0, 1200);
	lt_await(test, &rx);
	dma_sim_loopback_state(t->lb, 0, &state);
	KUNIT_EXPECT_EQ(test, state.tx.longest, 6);
	KUNIT_EXPECT_GE(test, state.tx.bursts, 200);
	KUNIT_EXPECT_EQ(test, state.rx.longest, 8);
	KUNIT_EXPECT_EQ(test, state.rx.bursts, 150);
}

/* What is prepared keeps the configuration that it was prepared with. */
static void a_configuration_is_for_what_follows(struct kunit *test)
{
	struct dma_sim_fifo_state state;
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct lt_probe probe;

	lt_start(test, &lt_plain);
	tx = lt_prep(t, TX, 0, 60, DMA_PREP_INTERRUPT);
	KUNIT_ASSERT_EQ(test, 0, lt_configure(t, TX, 8, 1));
	lt_submit(test, tx, &probe);
	dma_async_issue_pending(t->chan[TX]);
	lt_await(test, &probe);
	dma_sim_loopback_state(t->lb, 0, &state);
	KUNIT_EXPECT_EQ(test, state.tx.longest, LT_WIDTH * LT_BURST);
	KUNIT_EXPECT_NULL(test, lt_prep(t, TX, 0, 60, 0));
}

static void descriptors_end_in_their_order(struct kunit *test)
{
	struct lt_probe *tx = lt_probes(test, 20), *rx = lt_probes(test, 20);
	struct lt *t = test->priv;
	unsigned int i;

	lt_start(test, &lt_plain);
	for (i = 0; i < 20; i++) {
		lt_go(test, RX, i * 100, 100, &rx[i]);
		lt_submit(test, lt_prep(t, TX, i * 100, 100, 0), &tx[i]);
	}
	dma_async_issue_pending(t->chan[TX]);
	for (i = 20; i--; ) {
		lt_await(test, &rx[i]);
		KUNIT_EXPECT_EQ(test, lt_status(t, RX, &rx[i]), DMA_COMPLETE);
		KUNIT_EXPECT_EQ(test, lt_residue(t, RX, &rx[i]), 0);
	}
	lt_expect_loop(test, 0, 0, 2000);
}

/* A row of descriptors, each submitted by the callback of the one before. */
struct relay {
	struct kunit *test;
	unsigned int left;
	struct completion done;
};

static void relay_next(void *param)
{
	struct relay *relay = param;
	struct lt *t = relay->test->priv;
	struct dma_async_tx_descriptor *tx;

	if (!relay->left--) {
		complete(&relay->done);
		return;
	}
	tx = lt_prep(t, TX, 0, 32, DMA_PREP_INTERRUPT);
	if (!tx)
		return;
	tx->callback = relay_next;
	tx->callback_param = relay;
	dmaengine_submit(tx);
	dma_async_issue_pending(t->chan[TX]);
}

static void a_callback_may_submit_the_next(struct kunit *test)
{
	struct relay relay = { .test = test, .left = 100 };
	struct lt_probe rx;

	lt_start(test, &lt_plain);
	init_completion(&relay.done);
	lt_go(test, RX, 0, 3200, &rx);
	relay_next(&relay);
	lt_await(test, &rx);
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&relay.done,
							  LT_TIMEOUT), 0);
}

static void fifos_do_not_mix(struct kunit *test)
{
	struct dma_sim_loopback_config config = lt_plain;
	struct dma_slave_config slave = {
		.src_addr_width = 4, .src_maxburst = 4,
		.dst_addr_width = 4, .dst_maxburst = 4,
	};
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct dma_chan *chan[6];
	struct lt_probe probe[6];
	struct resource *reg;
	unsigned int i;

	config.fifos = 4;
	lt_start(test, &config);
	for (i = 0; i < 6; i++) {
		reg = platform_get_resource(t->pdev, IORESOURCE_REG, i + 2);
		KUNIT_ASSERT_NOT_NULL(test, reg);
		chan[i] = dma_request_chan(&t->pdev->dev, reg->name);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, chan[i]);
		slave.src_addr = reg->start;
		slave.dst_addr = reg->start;
		KUNIT_EXPECT_EQ(test, 0, dmaengine_slave_config(chan[i],
								&slave));
		tx = dmaengine_prep_slave_single(chan[i],
						 t->dma[i % 2] + i / 2 * 1000,
						 1000, lt_dir(i % 2), 0);
		lt_submit(test, tx, &probe[i]);
	}
	for (i = 0; i < 6; i++)
		dma_async_issue_pending(chan[i]);
	for (i = 0; i < 6; i++)
		lt_await(test, &probe[i]);
	for (i = 0; i < 6; i++)
		dma_release_channel(chan[i]);
	lt_expect_loop(test, 0, 0, 3000);
	lt_expect_works(test);
}

static struct kunit_case loopback_transfer_cases[] = {
	KUNIT_CASE(lists_of_all_shapes_arrive),
	KUNIT_CASE(every_width_and_burst_arrives),
	KUNIT_CASE(vectors_arrive),
	KUNIT_CASE(a_rectangle_is_cut_out_and_pasted),
	KUNIT_CASE(a_template_repeats_until_another_is_loaded),
	KUNIT_CASE(what_is_not_to_be_loaded_waits_for_ever),
	KUNIT_CASE(nothing_moves_before_it_is_issued),
	KUNIT_CASE(a_full_fifo_holds_the_sender_back),
	KUNIT_CASE(an_empty_fifo_holds_the_receiver_back),
	KUNIT_CASE(bursts_are_as_long_as_configured),
	KUNIT_CASE(a_configuration_is_for_what_follows),
	KUNIT_CASE(descriptors_end_in_their_order),
	KUNIT_CASE(a_callback_may_submit_the_next),
	KUNIT_CASE(fifos_do_not_mix),
	{}
};

struct kunit_suite loopback_transfer_suite = {
	.name = "loopback-transfer",
	.init = lt_init,
	.exit = lt_exit,
	.test_cases = loopback_transfer_cases,
};
