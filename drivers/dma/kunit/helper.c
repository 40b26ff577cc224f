// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: cookies, limits, flags, unmap data and metadata. */
#include "mock.h"

/* --- cookies, limits, flags --- */

static void cookies_grow_and_wrap_to_the_first(struct kunit *test)
{
	struct dma_async_tx_descriptor tx = { };
	struct dma_chan chan = { };

	dma_async_tx_descriptor_init(&tx, &chan);
	KUNIT_EXPECT_PTR_EQ(test, &chan, tx.chan);
	dma_cookie_init(&chan);
	KUNIT_EXPECT_EQ(test, DMA_MIN_COOKIE + 1, dma_cookie_assign(&tx));
	KUNIT_EXPECT_EQ(test, DMA_MIN_COOKIE + 1, tx.cookie);
	KUNIT_EXPECT_EQ(test, DMA_MIN_COOKIE + 2, dma_cookie_assign(&tx));

	chan.cookie = S32_MAX - 1;
	KUNIT_EXPECT_EQ(test, S32_MAX, dma_cookie_assign(&tx));
	KUNIT_EXPECT_EQ(test, DMA_MIN_COOKIE, dma_cookie_assign(&tx));
}

static void completed_cookie_is_recorded_once(struct kunit *test)
{
	struct dma_async_tx_descriptor tx = { };
	struct dma_tx_state state = { .residue = 5, .in_flight_bytes = 5 };
	struct dma_chan chan = { };
	dma_cookie_t cookie;

	dma_async_tx_descriptor_init(&tx, &chan);
	dma_cookie_init(&chan);
	cookie = dma_cookie_assign(&tx);
	KUNIT_EXPECT_EQ(test, DMA_IN_PROGRESS, dma_cookie_status(&chan, cookie, &state));
	KUNIT_EXPECT_EQ(test, cookie, state.used);
	KUNIT_EXPECT_EQ(test, cookie - 1, state.last);
	KUNIT_EXPECT_EQ(test, 0, state.residue);
	KUNIT_EXPECT_EQ(test, 0, state.in_flight_bytes);

	dma_cookie_complete(&tx);
	KUNIT_EXPECT_EQ(test, 0, tx.cookie);
	KUNIT_EXPECT_EQ(test, cookie, chan.completed_cookie);
	KUNIT_EXPECT_EQ(test, DMA_COMPLETE, dma_cookie_status(&chan, cookie, NULL));

	dma_set_residue(&state, 7);
	dma_set_in_flight_bytes(&state, 8);
	KUNIT_EXPECT_EQ(test, 7, state.residue);
	KUNIT_EXPECT_EQ(test, 8, state.in_flight_bytes);
	dma_set_residue(NULL, 7);
	dma_set_in_flight_bytes(NULL, 8);
	dma_set_tx_state(NULL, 1, 2, 3);
	dma_set_tx_state(&state, 1, 2, 3);
	KUNIT_EXPECT_EQ(test, 1, state.last);
	KUNIT_EXPECT_EQ(test, 2, state.used);
	KUNIT_EXPECT_EQ(test, 3, state.residue);
}

static void cookie_status_holds_across_the_wrap(struct kunit *test)
{
	static const struct {
		dma_cookie_t cookie, last, used;
		enum dma_status status;
	} rows[] = {
		{ 5, 5, 5, DMA_COMPLETE },
		{ 5, 4, 5, DMA_IN_PROGRESS },
		{ 4, 4, 9, DMA_COMPLETE },
		{ 9, 4, 9, DMA_IN_PROGRESS },
		/* Not handed out now, so it was long ago. */
		{ 10, 4, 9, DMA_COMPLETE },
		/* In flight: the two last numbers and the three first. */
		{ S32_MAX - 2, S32_MAX - 2, 3, DMA_COMPLETE },
		{ S32_MAX - 1, S32_MAX - 2, 3, DMA_IN_PROGRESS },
		{ S32_MAX, S32_MAX - 2, 3, DMA_IN_PROGRESS },
		{ 1, S32_MAX - 2, 3, DMA_IN_PROGRESS },
		{ 3, S32_MAX - 2, 3, DMA_IN_PROGRESS },
		{ 4, S32_MAX - 2, 3, DMA_COMPLETE },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test, rows[i].status,
				    dma_async_is_complete(rows[i].cookie, rows[i].last,
							  rows[i].used), "row %u", i);

	KUNIT_EXPECT_EQ(test, 0, dma_submit_error(DMA_MIN_COOKIE));
	KUNIT_EXPECT_EQ(test, -ENOMEM, dma_submit_error(-ENOMEM));
}

static void pq_limit_allows_for_continuation(struct kunit *test)
{
	const unsigned int q_only = DMA_PREP_CONTINUE | DMA_PREP_PQ_DISABLE_P;
	struct dma_device dma = { };

	dma_set_maxpq(&dma, 8, 0);
	KUNIT_EXPECT_EQ(test, 8, dma_maxpq(&dma, 0));
	KUNIT_EXPECT_EQ(test, 8, dma_maxpq(&dma, DMA_PREP_PQ_DISABLE_P));
	KUNIT_EXPECT_EQ(test, 5, dma_maxpq(&dma, DMA_PREP_CONTINUE));
	KUNIT_EXPECT_EQ(test, 7, dma_maxpq(&dma, q_only));

	dma_set_maxpq(&dma, 8, 1);
	KUNIT_EXPECT_TRUE(test, dma_dev_has_pq_continue(&dma));
	KUNIT_EXPECT_EQ(test, 8, dma_dev_to_maxpq(&dma));
	KUNIT_EXPECT_EQ(test, 8, dma_maxpq(&dma, DMA_PREP_CONTINUE));
	KUNIT_EXPECT_EQ(test, 8, dma_maxpq(&dma, q_only));
}

static void alignment_is_a_power_of_two(struct kunit *test)
{
	struct dma_device dma = {
		.copy_align = DMAENGINE_ALIGN_64_BYTES,
		.xor_align = DMAENGINE_ALIGN_8_BYTES,
	};

	KUNIT_EXPECT_TRUE(test, is_dma_copy_aligned(&dma, 64, 128, 4096));
	KUNIT_EXPECT_FALSE(test, is_dma_copy_aligned(&dma, 65, 128, 4096));
	KUNIT_EXPECT_FALSE(test, is_dma_copy_aligned(&dma, 64, 32, 4096));
	KUNIT_EXPECT_FALSE(test, is_dma_copy_aligned(&dma, 64, 128, 63));
	KUNIT_EXPECT_TRUE(test, is_dma_xor_aligned(&dma, 8, 16, 24));
	KUNIT_EXPECT_FALSE(test, is_dma_xor_aligned(&dma, 8, 16, 4));
	KUNIT_EXPECT_TRUE(test, is_dma_pq_aligned(&dma, 1, 3, 5));
	KUNIT_EXPECT_TRUE(test, is_dma_fill_aligned(&dma, 1, 3, 5));
}

static void gap_is_its_side_s_own_or_the_common_one(struct kunit *test)
{
	struct dma_interleaved_template xt = { .src_inc = true, .src_sgl = true };
	struct data_chunk chunk = { .icg = 16 };

	KUNIT_EXPECT_EQ(test, 16, dmaengine_get_src_icg(&xt, &chunk));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_get_dst_icg(&xt, &chunk));
	chunk.src_icg = 4;
	chunk.dst_icg = 8;
	KUNIT_EXPECT_EQ(test, 4, dmaengine_get_src_icg(&xt, &chunk));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_get_dst_icg(&xt, &chunk));
	xt.dst_inc = true;
	KUNIT_EXPECT_EQ(test, 8, dmaengine_get_dst_icg(&xt, &chunk));
}

static void directions_have_names(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, "MEM_TO_MEM", dmaengine_get_direction_text(DMA_MEM_TO_MEM));
	KUNIT_EXPECT_STREQ(test, "MEM_TO_DEV", dmaengine_get_direction_text(DMA_MEM_TO_DEV));
	KUNIT_EXPECT_STREQ(test, "DEV_TO_MEM", dmaengine_get_direction_text(DMA_DEV_TO_MEM));
	KUNIT_EXPECT_STREQ(test, "DEV_TO_DEV", dmaengine_get_direction_text(DMA_DEV_TO_DEV));
	KUNIT_EXPECT_STREQ(test, "invalid", dmaengine_get_direction_text(DMA_TRANS_NONE));
	KUNIT_EXPECT_FALSE(test, is_slave_direction(DMA_MEM_TO_MEM));
	KUNIT_EXPECT_TRUE(test, is_slave_direction(DMA_DEV_TO_DEV));
	KUNIT_EXPECT_FALSE(test, is_slave_direction(DMA_TRANS_NONE));
}

static int handle_put(struct dma_async_tx_descriptor *tx)
{
	tx->cookie++;
	return 0;
}

static void ack_marks_descriptors_and_drops_handles(struct kunit *test)
{
	struct dma_async_tx_descriptor tx = { .desc_free = handle_put };

	async_tx_ack(NULL);
	async_tx_ack(ERR_PTR(-EINVAL));

	async_tx_ack(&tx);
	KUNIT_EXPECT_TRUE(test, async_tx_test_ack(&tx));
	KUNIT_EXPECT_EQ(test, 0, tx.cookie);
	async_tx_clear_ack(&tx);
	KUNIT_EXPECT_FALSE(test, async_tx_test_ack(&tx));

	tx.flags |= DMA_CTRL_HANDLE;
	async_tx_ack(&tx);
	KUNIT_EXPECT_EQ(test, 1, tx.cookie);
	KUNIT_EXPECT_FALSE(test, async_tx_test_ack(&tx));
}

static void descriptor_is_small(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, sizeof(struct dma_async_tx_descriptor), 88);
}

static struct kunit_case helper_cases[] = {
	KUNIT_CASE(cookies_grow_and_wrap_to_the_first),
	KUNIT_CASE(completed_cookie_is_recorded_once),
	KUNIT_CASE(cookie_status_holds_across_the_wrap),
	KUNIT_CASE(pq_limit_allows_for_continuation),
	KUNIT_CASE(alignment_is_a_power_of_two),
	KUNIT_CASE(gap_is_its_side_s_own_or_the_common_one),
	KUNIT_CASE(directions_have_names),
	KUNIT_CASE(ack_marks_descriptors_and_drops_handles),
	KUNIT_CASE(descriptor_is_small),
	{}
};

struct kunit_suite dmaengine_helper_suite = {
	.name = "dmaengine-helpers",
	.test_cases = helper_cases,
};

/* --- unmap data --- */

static void unmap_data_of_every_size(struct kunit *test)
{
	static const int sizes[] = {
		0, 1, 2, 3, 16, 17, 128, 129, 255, 256, 257, 1024, 65535,
	};
	struct dmaengine_unmap_data *unmap;
	struct mock *mock = dma_mock_new(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unmap = dmaengine_get_unmap_data(mock->dev, sizes[i], GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL_MSG(test, unmap, "%d addresses", sizes[i]);
		KUNIT_EXPECT_EQ(test, sizes[i], unmap->map_cnt);
		KUNIT_EXPECT_EQ(test, 0, unmap->to_cnt);
		KUNIT_EXPECT_EQ(test, 0, unmap->from_cnt);
		KUNIT_EXPECT_EQ(test, 0, unmap->bidi_cnt);
		KUNIT_EXPECT_EQ(test, 0, unmap->len);
		KUNIT_EXPECT_PTR_EQ(test, mock->dev, unmap->dev);
		KUNIT_EXPECT_EQ(test, 1, kref_read(&unmap->kref));
		/* KASAN looks whether there is room for all. */
		memset(unmap->addr, 0xa5, sizes[i] * sizeof(unmap->addr[0]));
		dmaengine_unmap_put(unmap);
	}
}

static void unmap_data_of_no_size(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);

	KUNIT_EXPECT_NULL(test, dmaengine_get_unmap_data(mock->dev, -1, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, dmaengine_get_unmap_data(mock->dev, 65536, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, dmaengine_get_unmap_data(mock->dev, INT_MAX, GFP_KERNEL));
	dmaengine_unmap_put(NULL);
}

/* A CPU gets back what it put last, but not for more addresses than that has. */
static void unmap_data_is_used_again(struct kunit *test)
{
	struct dmaengine_unmap_data *first, *larger, *again;
	struct mock *mock = dma_mock_new(test);

	migrate_disable();
	first = dmaengine_get_unmap_data(mock->dev, 2, GFP_KERNEL);
	dmaengine_unmap_put(first);
	larger = dmaengine_get_unmap_data(mock->dev, 3, GFP_KERNEL);
	again = dmaengine_get_unmap_data(mock->dev, 1, GFP_KERNEL);
	migrate_enable();
	KUNIT_EXPECT_PTR_NE(test, first, larger);
	if (!IS_ENABLED(CONFIG_KASAN))
		KUNIT_EXPECT_PTR_EQ(test, first, again);
	KUNIT_EXPECT_EQ(test, 1, kref_read(&again->kref));
	KUNIT_EXPECT_EQ(test, 1, again->map_cnt);
	dmaengine_unmap_put(again);
	dmaengine_unmap_put(larger);
}

static void descriptor_shares_in_unmap_data(struct kunit *test)
{
	struct dma_async_tx_descriptor tx = { };
	struct mock *mock = dma_mock_new(test);
	struct dmaengine_unmap_data *unmap;

	unmap = dmaengine_get_unmap_data(mock->dev, 200, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, unmap);
	dma_descriptor_unmap(&tx);
	dma_set_unmap(&tx, unmap);
	KUNIT_EXPECT_PTR_EQ(test, unmap, tx.unmap);
	KUNIT_EXPECT_EQ(test, 2, kref_read(&unmap->kref));
	dma_descriptor_unmap(&tx);
	KUNIT_EXPECT_NULL(test, tx.unmap);
	KUNIT_EXPECT_EQ(test, 1, kref_read(&unmap->kref));
	dmaengine_unmap_put(unmap);
}

static struct kunit_case unmap_cases[] = {
	KUNIT_CASE(unmap_data_of_every_size),
	KUNIT_CASE(unmap_data_of_no_size),
	KUNIT_CASE(unmap_data_is_used_again),
	KUNIT_CASE(descriptor_shares_in_unmap_data),
	{}
};

struct kunit_suite dmaengine_unmap_suite = {
	.name = "dmaengine-unmap",
	.test_cases = unmap_cases,
};

/* --- metadata --- */

static int meta_attach(struct dma_async_tx_descriptor *desc, void *data, size_t len)
{
	return len;
}

static void *meta_get_ptr(struct dma_async_tx_descriptor *desc, size_t *payload_len,
			  size_t *max_len)
{
	*payload_len = 3;
	*max_len = 9;
	return desc;
}

static int meta_set_len(struct dma_async_tx_descriptor *desc, size_t payload_len)
{
	return payload_len;
}

static struct dma_descriptor_metadata_ops meta_ops = {
	.attach = meta_attach,
	.get_ptr = meta_get_ptr,
	.set_len = meta_set_len,
};

static void metadata_of_the_client(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);
	struct dma_async_tx_descriptor desc = { .chan = mock_channel(mock, 0) };
	size_t len;

	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_attach_metadata(NULL, &len, 1));
	KUNIT_EXPECT_EQ(test, -ENOTSUPP, dmaengine_desc_attach_metadata(&desc, &len, 1));
	KUNIT_EXPECT_EQ(test, DESC_METADATA_NONE, desc.desc_metadata_mode);

	mock->dma.desc_metadata_modes = DESC_METADATA_CLIENT;
	KUNIT_EXPECT_EQ(test, -ENOTSUPP, dmaengine_desc_attach_metadata(&desc, &len, 1));
	desc.metadata_ops = &meta_ops;
	KUNIT_EXPECT_EQ(test, 77, dmaengine_desc_attach_metadata(&desc, &len, 77));
	KUNIT_EXPECT_EQ(test, DESC_METADATA_CLIENT, desc.desc_metadata_mode);

	/* Once in one mode, never in the other. */
	mock->dma.desc_metadata_modes |= DESC_METADATA_ENGINE;
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_set_metadata_len(&desc, 1));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    dmaengine_desc_get_metadata_ptr(&desc, &len, &len));
}

static void metadata_of_the_engine(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);
	struct dma_async_tx_descriptor desc = { .chan = mock_channel(mock, 0) };
	size_t len = 0, max = 0;

	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_set_metadata_len(NULL, 1));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    dmaengine_desc_get_metadata_ptr(NULL, &len, &max));
	KUNIT_EXPECT_EQ(test, -ENOTSUPP, dmaengine_desc_set_metadata_len(&desc, 1));

	mock->dma.desc_metadata_modes = DESC_METADATA_ENGINE;
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOTSUPP),
			    dmaengine_desc_get_metadata_ptr(&desc, &len, &max));
	KUNIT_EXPECT_EQ(test, -ENOTSUPP, dmaengine_desc_set_metadata_len(&desc, 1));
	desc.metadata_ops = &meta_ops;
	KUNIT_EXPECT_PTR_EQ(test, (void *)&desc,
			    dmaengine_desc_get_metadata_ptr(&desc, &len, &max));
	KUNIT_EXPECT_EQ(test, 3, len);
	KUNIT_EXPECT_EQ(test, 9, max);
	KUNIT_EXPECT_EQ(test, 5, dmaengine_desc_set_metadata_len(&desc, 5));
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_desc_attach_metadata(&desc, &len, 1));
	KUNIT_EXPECT_FALSE(test, dmaengine_is_metadata_mode_supported(NULL, DESC_METADATA_ENGINE));
}

static struct kunit_case metadata_cases[] = {
	KUNIT_CASE(metadata_of_the_client),
	KUNIT_CASE(metadata_of_the_engine),
	{}
};

struct kunit_suite dmaengine_metadata_suite = {
	.name = "dmaengine-metadata",
	.test_cases = metadata_cases,
};
