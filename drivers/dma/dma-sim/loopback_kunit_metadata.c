// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of slave DMA: metadata that go along with a transfer, in the
 * client's buffer or in the engine's.
 */

#include "loopback_kunit.h"

static void metadata_go_from_client_to_client(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx, *rx;
	struct lt_probe probe[2];
	char in[16];

	lt_start(test, &lt_plain);
	memset(in, 0xff, sizeof(in));
	tx = lt_prep(t, TX, 0, 128, 0);
	rx = lt_prep(t, RX, 0, 128, 0);
	KUNIT_ASSERT_TRUE(test, tx && rx);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_attach_metadata(tx, "hello", 5));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_attach_metadata(rx, in, 16));
	lt_submit(test, tx, &probe[TX]);
	lt_submit(test, rx, &probe[RX]);
	dma_async_issue_pending(t->chan[TX]);
	dma_async_issue_pending(t->chan[RX]);
	lt_await(test, &probe[RX]);
	KUNIT_EXPECT_STREQ(test, in, "hello");
	KUNIT_EXPECT_NULL(test, memchr_inv(in + 5, 0, 11));
	lt_expect_loop(test, 0, 0, 128);
}

struct meta_probe {
	struct lt_probe probe;
	struct dma_async_tx_descriptor *tx;
	size_t len, max;
	char text[64];
};

/* The engine's metadata are there in the callback, and no longer. */
static void read_metadata(void *param, const struct dmaengine_result *result)
{
	struct meta_probe *meta = param;
	void *ptr;

	ptr = dmaengine_desc_get_metadata_ptr(meta->tx, &meta->len, &meta->max);
	if (!IS_ERR(ptr) && meta->max <= sizeof(meta->text))
		memcpy(meta->text, ptr, meta->len);
	lt_probe_done(&meta->probe, result);
}

static void metadata_go_from_engine_to_engine(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct meta_probe meta = { };
	struct lt_probe probe;
	size_t len, max;
	char *ptr;

	lt_start(test, &lt_plain);
	meta.tx = lt_prep(t, RX, 0, 32, 0);
	lt_submit_to(test, meta.tx, read_metadata, &meta, &meta.probe);

	tx = lt_prep(t, TX, 0, 32, 0);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	ptr = dmaengine_desc_get_metadata_ptr(tx, &len, &max);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ptr);
	KUNIT_EXPECT_EQ(test, len, 0);
	KUNIT_ASSERT_EQ(test, max, 64);
	strscpy(ptr, "seven77", max);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_metadata_len(tx, 7));
	lt_submit(test, tx, &probe);
	dma_async_issue_pending(t->chan[TX]);
	dma_async_issue_pending(t->chan[RX]);
	lt_await(test, &meta.probe);
	KUNIT_EXPECT_EQ(test, meta.len, 7);
	KUNIT_EXPECT_STREQ(test, meta.text, "seven77");
}

static void send_noted(struct kunit *test, struct lt_probe *probe, u32 *note)
{
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx = lt_prep(t, TX, 0, 4, 0);

	KUNIT_ASSERT_NOT_NULL(test, tx);
	KUNIT_ASSERT_EQ(test, 0, dmaengine_desc_attach_metadata(tx, note, 4));
	lt_submit(test, tx, probe);
	dma_async_issue_pending(t->chan[TX]);
}

static void metadata_stay_with_their_data(struct kunit *test)
{
	struct lt_probe *tx_probe = lt_probes(test, 40), probe;
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *rx;
	u32 note[40], got;
	unsigned int i;

	lt_start(test, &lt_plain);
	for (i = 0; i < 40; i++) {
		note[i] = 1000 + i;
		send_noted(test, &tx_probe[i], &note[i]);
	}
	/* Four each: those of the first byte's sender are delivered. */
	for (i = 0; i < 40; i += 4) {
		rx = lt_prep(t, RX, 0, 16, 0);
		KUNIT_ASSERT_NOT_NULL(test, rx);
		KUNIT_ASSERT_EQ(test, 0, dmaengine_desc_attach_metadata(rx, &got,
									4));
		lt_submit(test, rx, &probe);
		dma_async_issue_pending(t->chan[RX]);
		lt_await(test, &probe);
		KUNIT_EXPECT_EQ(test, got, 1000 + i);
	}
	lt_await(test, &tx_probe[39]);
}

static void metadata_go_when_the_fifo_is_flushed(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *rx;
	u32 note = 1234, got = 1;
	struct lt_probe probe;

	lt_start(test, &lt_plain);
	send_noted(test, &probe, &note);
	lt_await(test, &probe);
	dma_sim_loopback_flush(t->lb, 0);
	KUNIT_EXPECT_EQ(test, lt_fill(t), 0);
	lt_move(test, TX, 0, 8);
	rx = lt_prep(t, RX, 0, 8, 0);
	KUNIT_ASSERT_NOT_NULL(test, rx);
	KUNIT_ASSERT_EQ(test, 0, dmaengine_desc_attach_metadata(rx, &got, 4));
	lt_submit(test, rx, &probe);
	dma_async_issue_pending(t->chan[RX]);
	lt_await(test, &probe);
	KUNIT_EXPECT_EQ(test, got, 0);
}

static void wrong_uses_of_metadata_are_refused(struct kunit *test)
{
	struct lt *t = test->priv;
	struct dma_async_tx_descriptor *tx, *rx;
	struct dma_chan *chan;
	struct lt_probe probe;
	size_t len, max;
	u8 data[65];
	bool both;

	lt_start(test, &lt_plain);
	chan = t->chan[TX];
	both = dmaengine_is_metadata_mode_supported(chan, DESC_METADATA_CLIENT) &&
	       dmaengine_is_metadata_mode_supported(chan, DESC_METADATA_ENGINE);
	KUNIT_EXPECT_TRUE(test, both);
	tx = lt_prep(t, TX, 0, 32, 0);
	rx = lt_prep(t, RX, 0, 32, 0);
	KUNIT_ASSERT_TRUE(test, tx && rx);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmaengine_desc_attach_metadata(NULL, data, 4));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmaengine_desc_attach_metadata(tx, NULL, 4));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmaengine_desc_attach_metadata(tx, data, 0));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmaengine_desc_attach_metadata(tx, data, 65));
	/* The first use has fixed the mode. */
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    dmaengine_desc_get_metadata_ptr(tx, &len, &max));
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_set_metadata_len(tx, 4));
	lt_submit(test, tx, &probe);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			dmaengine_desc_attach_metadata(tx, data, 4));

	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_set_metadata_len(rx, 4));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			dmaengine_desc_attach_metadata(rx, data, 4));
	tx = lt_prep(t, TX, 0, 32, 0);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_set_metadata_len(tx, 65));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_metadata_len(tx, 64));
	lt_submit(test, tx, &probe);
	KUNIT_EXPECT_EQ(test, -EBUSY, dmaengine_desc_set_metadata_len(tx, 64));
}

static struct kunit_case loopback_metadata_cases[] = {
	KUNIT_CASE(metadata_go_from_client_to_client),
	KUNIT_CASE(metadata_go_from_engine_to_engine),
	KUNIT_CASE(metadata_stay_with_their_data),
	KUNIT_CASE(metadata_go_when_the_fifo_is_flushed),
	KUNIT_CASE(wrong_uses_of_metadata_are_refused),
	{}
};

struct kunit_suite loopback_metadata_suite = {
	.name = "loopback-metadata",
	.init = lt_init,
	.exit = lt_exit,
	.test_cases = loopback_metadata_cases,
};
