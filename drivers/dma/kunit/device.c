// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: DMA devices are registered, and removed. */
#include <linux/module.h>

#include "mock.h"

#define CAP_ROW(cap, method) { #cap, cap, offsetof(struct dma_device, method) }

static const struct cap_row {
	const char *name;
	enum dma_transaction_type cap;
	size_t method;
} cap_rows[] = {
	CAP_ROW(DMA_MEMCPY, device_prep_dma_memcpy),
	CAP_ROW(DMA_XOR, device_prep_dma_xor),
	CAP_ROW(DMA_PQ, device_prep_dma_pq),
	CAP_ROW(DMA_XOR_VAL, device_prep_dma_xor_val),
	CAP_ROW(DMA_PQ_VAL, device_prep_dma_pq_val),
	CAP_ROW(DMA_MEMSET, device_prep_dma_memset),
	CAP_ROW(DMA_INTERRUPT, device_prep_dma_interrupt),
	CAP_ROW(DMA_CYCLIC, device_prep_dma_cyclic),
	CAP_ROW(DMA_INTERLEAVE, device_prep_interleaved_dma),
};

static void cap_row_name(const struct cap_row *row, char *desc)
{
	strscpy(desc, row->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(cap, cap_rows, cap_row_name);

static void expect_refused(struct kunit *test, struct mock *mock)
{
	int ret = dma_async_device_register(&mock->dma);

	KUNIT_EXPECT_EQ(test, -EIO, ret);
	if (!ret)
		dma_async_device_unregister(&mock->dma);
}

static void capability_without_method_is_refused(struct kunit *test)
{
	const struct cap_row *row = test->param_value;
	struct mock *mock = dma_mock_new(test);
	void **method = (void *)&mock->dma + row->method;

	*method = NULL;
	dma_cap_zero(mock->dma.cap_mask);
	KUNIT_EXPECT_EQ(test, 0, dma_async_device_register(&mock->dma));
	dma_async_device_unregister(&mock->dma);

	dma_cap_set(row->cap, mock->dma.cap_mask);
	expect_refused(test, mock);

	/* Private, so that nobody calls what is no method. */
	*method = dma_mock_prep;
	dma_cap_set(DMA_PRIVATE, mock->dma.cap_mask);
	KUNIT_EXPECT_EQ(test, 0, dma_async_device_register(&mock->dma));
	dma_async_device_unregister(&mock->dma);
}

static void device_without_necessary_methods_is_refused(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);

	KUNIT_EXPECT_EQ(test, -ENODEV, dma_async_device_register(NULL));

	mock->dma.dev = NULL;
	expect_refused(test, mock);
	mock->dma.dev = mock->dev;

	mock->dma.device_tx_status = NULL;
	expect_refused(test, mock);
	mock->dma.device_tx_status = dma_mock_status;

	mock->dma.device_issue_pending = NULL;
	expect_refused(test, mock);
}

static void device_without_driver_is_registered(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);

	KUNIT_ASSERT_NULL(test, mock->dev->driver);
	dma_mock_register(test, mock);
	KUNIT_EXPECT_NULL(test, mock->dma.owner);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, mock->dma.chancnt);
	KUNIT_EXPECT_TRUE(test, mock->dma.registered);
}

static void device_with_driver_takes_its_owner(struct kunit *test)
{
	static struct device_driver driver = {
		.name = "dmaengine_kunit_driver",
		.owner = THIS_MODULE,
	};
	struct mock *mock = dma_mock_new(test);

	mock->dma.owner = ERR_PTR(-EINVAL);
	mock->dev->driver = &driver;
	dma_mock_register(test, mock);
	mock->dev->driver = NULL;
	KUNIT_EXPECT_PTR_EQ(test, mock->dma.owner, THIS_MODULE);
}

static void channels_are_named_after_their_device(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	char name[32];
	int i;

	for (i = 0; i < MOCK_CHANNELS; i++) {
		struct dma_chan *chan = mock_channel(mock, i);

		snprintf(name, sizeof(name), "dma%dchan%d", mock->dma.dev_id, i);
		KUNIT_EXPECT_STREQ(test, name, dma_chan_name(chan));
		KUNIT_EXPECT_EQ(test, i, chan->chan_id);
		KUNIT_EXPECT_EQ(test, mock->dma.dev_id, chan->dev->dev_id);
		KUNIT_EXPECT_PTR_EQ(test, chan, chan->dev->chan);
		KUNIT_EXPECT_PTR_EQ(test, mock->dev, dmaengine_get_dma_device(chan));
		chan->dev->chan_dma_dev = true;
		KUNIT_EXPECT_PTR_EQ(test, &chan->dev->device, dmaengine_get_dma_device(chan));
		chan->dev->chan_dma_dev = false;
	}
}

static void expect_shown(struct kunit *test, struct dma_chan *chan, const char *name,
			 const char *expected)
{
	struct device_attribute *attr = dma_mock_attr(chan, name);
	char *page = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, strlen(expected), attr->show(&chan->dev->device, attr, page));
	KUNIT_EXPECT_STREQ(test, expected, page);
}

static void channels_show_the_speed_that_is_published(struct kunit *test)
{
	struct mock *silent = dma_mock_registered(test), *mock = dma_mock_new(test);

	expect_shown(test, mock_channel(silent, 0), "setup_ns", "0\n");
	expect_shown(test, mock_channel(silent, 0), "bandwidth", "0\n");

	mock->dma.setup_ns = 1200;
	mock->dma.bandwidth = U32_MAX;
	dma_mock_register(test, mock);
	expect_shown(test, mock_channel(mock, 1), "setup_ns", "1200\n");
	expect_shown(test, mock_channel(mock, 1), "bandwidth", "4294967295\n");
}

/* The name of the second channel is taken: the first must be undone. */
static void failed_registration_leaves_nothing_behind(struct kunit *test)
{
	struct mock *owner = dma_mock_registered(test), *mock = dma_mock_new(test);
	struct mock_chan *squatter;
	char name[32];
	int id;

	/* The lowest free number is what the next device gets. */
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_register(&mock->dma));
	id = mock->dma.dev_id;
	dma_async_device_unregister(&mock->dma);
	KUNIT_ASSERT_EQ(test, 1, mock->releases);

	squatter = kunit_kzalloc(test, sizeof(*squatter), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, squatter);
	squatter->vc.desc_free = dma_mock_desc_free;
	vchan_init(&squatter->vc, &owner->dma);
	snprintf(name, sizeof(name), "dma%dchan1", id);
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_channel_register(&owner->dma, &squatter->vc.chan,
								   name));

	KUNIT_EXPECT_EQ(test, -EEXIST, dma_async_device_register(&mock->dma));
	KUNIT_EXPECT_EQ(test, 0, mock->dma.chancnt);
	KUNIT_EXPECT_FALSE(test, mock->dma.registered);
	KUNIT_EXPECT_TRUE(test, !mock_channel(mock, 0)->local);
	KUNIT_EXPECT_TRUE(test, !mock_channel(mock, 1)->local);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].allocated);
	KUNIT_EXPECT_EQ(test, 1, mock->releases);

	dma_async_device_channel_unregister(&owner->dma, &squatter->vc.chan);
	list_del(&squatter->vc.chan.device_node);

	KUNIT_EXPECT_EQ(test, 0, dma_async_device_register(&mock->dma));
	KUNIT_EXPECT_EQ(test, id, mock->dma.dev_id);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, mock->dma.chancnt);
	dma_async_device_unregister(&mock->dma);
}

static void managed_registration_ends_with_the_driver(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);
	struct device *dev = kunit_device_register(test, "dmaengine_kunit_managed");

	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	mock->dma.dev = dev;
	KUNIT_ASSERT_EQ(test, 0, dmaenginem_async_device_register(&mock->dma));
	KUNIT_EXPECT_EQ(test, 0, mock->releases);
	kunit_device_unregister(test, dev);
	KUNIT_EXPECT_EQ(test, 1, mock->releases);
}

static void async_tx_bit_is_for_engines_that_do_all(struct kunit *test)
{
	static const enum dma_transaction_type all[] = {
		DMA_MEMCPY, DMA_XOR, DMA_PQ, DMA_XOR_VAL, DMA_PQ_VAL, DMA_INTERRUPT,
	};
	struct mock *mock = dma_mock_new(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cap_rows); i++)
		*(void **)((void *)&mock->dma + cap_rows[i].method) = dma_mock_prep;
	for (i = 0; i < ARRAY_SIZE(all); i++)
		dma_cap_set(all[i], mock->dma.cap_mask);
	dma_cap_set(DMA_PRIVATE, mock->dma.cap_mask);
	dma_mock_register(test, mock);
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_ASYNC_TX, mock->dma.cap_mask));
	dma_mock_unregister(mock);

	if (!IS_ENABLED(CONFIG_ASYNC_MEMCPY))
		return;
	dma_cap_clear(DMA_ASYNC_TX, mock->dma.cap_mask);
	dma_cap_clear(DMA_MEMCPY, mock->dma.cap_mask);
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_register(&mock->dma));
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_ASYNC_TX, mock->dma.cap_mask));
	dma_async_device_unregister(&mock->dma);
}

static struct kunit_case registration_cases[] = {
	KUNIT_CASE_PARAM(capability_without_method_is_refused, cap_gen_params),
	KUNIT_CASE(device_without_necessary_methods_is_refused),
	KUNIT_CASE(device_without_driver_is_registered),
	KUNIT_CASE(device_with_driver_takes_its_owner),
	KUNIT_CASE(channels_are_named_after_their_device),
	KUNIT_CASE(channels_show_the_speed_that_is_published),
	KUNIT_CASE(failed_registration_leaves_nothing_behind),
	KUNIT_CASE(managed_registration_ends_with_the_driver),
	KUNIT_CASE(async_tx_bit_is_for_engines_that_do_all),
	{}
};

struct kunit_suite dmaengine_registration_suite = {
	.name = "dmaengine-registration",
	.test_cases = registration_cases,
};
