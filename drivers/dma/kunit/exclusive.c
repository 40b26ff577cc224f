// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: channels that have one user each. */
#include <linux/completion.h>

#include "mock.h"

static void channels_are_had_by_one_user_each(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_chan *chan[MOCK_CHANNELS];
	int i;

	for (i = 0; i < MOCK_CHANNELS; i++) {
		chan[i] = dma_get_any_slave_channel(&mock->dma);
		KUNIT_ASSERT_PTR_EQ(test, chan[i], mock_channel(mock, i));
		KUNIT_EXPECT_NULL(test, dma_get_slave_channel(chan[i]));
		KUNIT_EXPECT_EQ(test, 1, mock->chan[i].allocated);
	}
	KUNIT_EXPECT_NULL(test, dma_get_any_slave_channel(&mock->dma));
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS + 1, mock->dma.privatecnt);

	for (i = 0; i < MOCK_CHANNELS; i++) {
		dma_release_channel(chan[i]);
		KUNIT_EXPECT_EQ(test, 0, mock->chan[i].allocated);
	}
	KUNIT_EXPECT_EQ(test, 1, mock->dma.privatecnt);
}

static void device_without_slave_capability_gives_no_slave_channel(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);

	KUNIT_EXPECT_NULL(test, dma_get_any_slave_channel(&mock->dma));
}

static void provider_that_fails_to_allocate_is_not_left_private(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);
	struct dma_chan *chan;
	int i;

	for (i = 0; i < MOCK_CHANNELS; i++)
		mock->chan[i].alloc_error = -ENOMEM;
	dma_mock_register(test, mock);
	KUNIT_EXPECT_NULL(test, dma_mock_take());
	KUNIT_EXPECT_EQ(test, 0, mock->dma.privatecnt);
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
	KUNIT_EXPECT_EQ(test, 1, kref_read(&mock->dma.ref));

	mock->chan[0].alloc_error = 0;
	chan = dma_mock_take();
	KUNIT_ASSERT_NOT_NULL(test, chan);
	KUNIT_EXPECT_EQ(test, 2, kref_read(&mock->dma.ref));
	dma_release_channel(chan);
}

static void removed_device_lives_until_its_last_user_lets_go(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_chan *first = dma_get_any_slave_channel(&mock->dma);
	struct dma_chan *second = dma_get_any_slave_channel(&mock->dma);
	unsigned int users;
	char name[32];

	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_ASSERT_NOT_NULL(test, second);
	strscpy(name, dma_chan_name(first), sizeof(name));
	dma_mock_unregister(mock);
	users = kref_read(&mock->dev->kobj.kref);
	KUNIT_EXPECT_EQ(test, 0, mock->releases);
	KUNIT_EXPECT_EQ(test, 0, mock->dma.chancnt);

	/* Its users may still ask, others get nothing. */
	KUNIT_EXPECT_STREQ(test, name, dma_chan_name(first));
	KUNIT_EXPECT_PTR_EQ(test, mock->dev, dmaengine_get_dma_device(first));
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_channel(mock, 2)));
	KUNIT_EXPECT_NULL(test, dma_get_any_slave_channel(&mock->dma));
	KUNIT_EXPECT_NULL(test, dma_mock_take());

	dma_release_channel(second);
	KUNIT_EXPECT_EQ(test, 0, mock->releases);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[1].allocated);
	/* Each has the hardware's device, for which it maps memory. */
	KUNIT_EXPECT_EQ(test, users - 1, kref_read(&mock->dev->kobj.kref));
	dma_release_channel(first);
	KUNIT_EXPECT_EQ(test, 1, mock->releases);
	KUNIT_EXPECT_EQ(test, users - 2, kref_read(&mock->dev->kobj.kref));
}

static bool filter_any(struct dma_chan *chan, void *param)
{
	return param;
}

#ifdef CONFIG_DEBUG_FS
static void expect_shown_user(struct kunit *test, const char *name, struct dma_chan *chan)
{
	KUNIT_EXPECT_STREQ(test, name, chan->dbg_client_name);
}
#else
static void expect_shown_user(struct kunit *test, const char *name, struct dma_chan *chan)
{
}
#endif

/* A device, for which a board's table names the lines that have no user yet. */
static struct device *user_of_lines(struct kunit *test, struct mock *mock,
				    struct dma_slave_map *map, unsigned int nr)
{
	struct device *user = kunit_device_register(test, "dmaengine_kunit_user");
	unsigned int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(user));
	for (i = 0; i < nr; i++)
		if (!map[i].devname)
			map[i].devname = dev_name(user);
	mock->dma.filter = (struct dma_filter) { filter_any, nr, map };
	return user;
}

static void line_is_found_in_a_boards_table(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_slave_map map[] = {
		{ "somebody_else", "rx", NULL },
		{ NULL, "tx", mock },
		{ NULL, "rx", mock },
		{ NULL, "none", NULL },
	};
	struct device *user = user_of_lines(test, mock, map, ARRAY_SIZE(map));
	struct dma_chan *chan;
	char name[128];

	chan = dma_request_chan(user, "rx");
	KUNIT_ASSERT_PTR_EQ(test, chan, mock_channel(mock, 0));
	KUNIT_EXPECT_PTR_EQ(test, user, chan->slave);
	KUNIT_EXPECT_STREQ(test, "dma:rx", chan->name);
	snprintf(name, sizeof(name), "%s:rx", dev_name(user));
	expect_shown_user(test, name, chan);

	/* A line that no table has, and one whose channels will not do. */
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER), dma_request_chan(user, "cmd"));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER), dma_request_chan(user, "none"));

	/* What the provider says is passed on. */
	mock->chan[1].alloc_error = -ENOMEM;
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOMEM), dma_request_chan(user, "tx"));
	KUNIT_EXPECT_EQ(test, 2, mock->dma.privatecnt);

	dma_release_channel(chan);
	KUNIT_EXPECT_NULL(test, chan->slave);
	KUNIT_EXPECT_NULL(test, chan->name);
	KUNIT_EXPECT_EQ(test, 1, mock->dma.privatecnt);
	mock->dma.filter.mapcnt = 0;
}

static void named_channel_may_be_removed_under_its_user(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_slave_map map = { NULL, "tx", mock };
	struct device *user = user_of_lines(test, mock, &map, 1);
	struct dma_chan *chan;

	chan = dma_request_chan(user, "tx");
	KUNIT_ASSERT_FALSE(test, IS_ERR(chan));
	dma_mock_unregister(mock);
	KUNIT_EXPECT_NULL(test, chan->slave);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 1, mock->releases);
}

static void managed_request_ends_with_the_driver(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_slave_map map = { NULL, "tx", mock };
	struct device *user = user_of_lines(test, mock, &map, 1);
	struct dma_chan *chan;

	chan = devm_dma_request_chan(user, "tx");
	KUNIT_ASSERT_FALSE(test, IS_ERR(chan));
	KUNIT_EXPECT_EQ(test, 1, chan->client_count);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER), devm_dma_request_chan(user, "rx"));
	kunit_device_unregister(test, user);
	KUNIT_EXPECT_EQ(test, 0, chan->client_count);
}

static void request_by_mask_says_why_not(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	dma_cap_mask_t mask = dma_mock_mask();
	struct dma_chan *chan = dma_request_chan_by_mask(&mask);

	KUNIT_ASSERT_PTR_EQ(test, chan, mock_channel(mock, 0));
	dma_cap_set(DMA_MEMSET_SG, mask);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENODEV), dma_request_chan_by_mask(&mask));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENODEV), dma_request_chan_by_mask(NULL));
	dma_release_channel(chan);
}

static void mock_route_free(struct device *dev, void *data)
{
	*(int *)data += 1;
}

static void route_is_undone_at_release(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_router router = { .dev = mock->dev, .route_free = mock_route_free };
	struct dma_chan *chan = dma_get_any_slave_channel(&mock->dma);
	int undone = 0;

	KUNIT_ASSERT_NOT_NULL(test, chan);
	chan->router = &router;
	chan->route_data = &undone;
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 1, undone);
	KUNIT_EXPECT_NULL(test, chan->router);
	KUNIT_EXPECT_NULL(test, chan->route_data);
}

static void mock_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
{
	caps->max_burst = 99;
}

static void slave_capabilities_are_told(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_chan *chan = mock_channel(mock, 0);
	struct dma_slave_caps caps;

	KUNIT_EXPECT_EQ(test, -EINVAL, dma_get_slave_caps(NULL, &caps));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_get_slave_caps(chan, NULL));
	KUNIT_EXPECT_EQ(test, -ENXIO, dma_get_slave_caps(chan, &caps));

	mock->dma.directions = BIT(DMA_MEM_TO_DEV);
	mock->dma.src_addr_widths = BIT(4);
	mock->dma.dst_addr_widths = BIT(2);
	mock->dma.min_burst = 1;
	mock->dma.max_burst = 16;
	mock->dma.max_sg_burst = 3;
	mock->dma.descriptor_reuse = true;
	mock->dma.residue_granularity = DMA_RESIDUE_GRANULARITY_BURST;
	KUNIT_ASSERT_EQ(test, 0, dma_get_slave_caps(chan, &caps));
	KUNIT_EXPECT_EQ(test, BIT(DMA_MEM_TO_DEV), caps.directions);
	KUNIT_EXPECT_EQ(test, BIT(4), caps.src_addr_widths);
	KUNIT_EXPECT_EQ(test, BIT(2), caps.dst_addr_widths);
	KUNIT_EXPECT_EQ(test, 1, caps.min_burst);
	KUNIT_EXPECT_EQ(test, 16, caps.max_burst);
	KUNIT_EXPECT_EQ(test, 3, caps.max_sg_burst);
	KUNIT_EXPECT_EQ(test, DMA_RESIDUE_GRANULARITY_BURST, caps.residue_granularity);
	KUNIT_EXPECT_TRUE(test, caps.descriptor_reuse);
	KUNIT_EXPECT_TRUE(test, caps.cmd_terminate);
	KUNIT_EXPECT_FALSE(test, caps.cmd_pause);
	KUNIT_EXPECT_FALSE(test, caps.cmd_resume);

	mock->dma.device_caps = mock_caps;
	KUNIT_ASSERT_EQ(test, 0, dma_get_slave_caps(chan, &caps));
	KUNIT_EXPECT_EQ(test, 99, caps.max_burst);

	dma_cap_clear(DMA_SLAVE, mock->dma.cap_mask);
	KUNIT_EXPECT_EQ(test, -ENXIO, dma_get_slave_caps(chan, &caps));
	dma_cap_set(DMA_CYCLIC, mock->dma.cap_mask);
	KUNIT_EXPECT_EQ(test, 0, dma_get_slave_caps(chan, &caps));
}

static void methods_that_are_missing_have_their_errno(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct dma_chan *chan = mock_channel(mock, 0);
	struct dma_slave_config config = { };
	int missing = dmaengine_slave_config(chan, &config);
	char name[16];

	snprintf(name, sizeof(name), "%pe", ERR_PTR(missing));
	if (IS_ENABLED(CONFIG_SYMBOLIC_ERRNAME))
		KUNIT_EXPECT_STREQ(test, "-ENOSYS", name);
	KUNIT_EXPECT_LT(test, missing, 0);
	KUNIT_EXPECT_EQ(test, missing, dmaengine_pause(chan));
	KUNIT_EXPECT_EQ(test, missing, dmaengine_resume(chan));
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_all(chan));
	mock->dma.device_terminate_all = NULL;
	KUNIT_EXPECT_EQ(test, missing, dmaengine_terminate_all(chan));
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_terminate_async(chan));
	KUNIT_EXPECT_EQ(test, -EINVAL, dmaengine_terminate_sync(chan));

	KUNIT_EXPECT_NULL(test, dmaengine_prep_dma_memcpy(chan, 0, 0, 0, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_dma_memset(chan, 0, 0, 0, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_slave_single(chan, 0, 0, DMA_MEM_TO_DEV, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_slave_sg(NULL, NULL, 0, DMA_MEM_TO_DEV, 0));
	KUNIT_EXPECT_NULL(test, dmaengine_prep_dma_cyclic(chan, 0, 0, 0, DMA_MEM_TO_DEV, 0));
	/* Repeats only on request of a provider that can. */
	KUNIT_EXPECT_NULL(test, dmaengine_prep_interleaved_dma(chan, NULL, DMA_PREP_REPEAT));
}

static struct kunit_case exclusive_cases[] = {
	KUNIT_CASE(channels_are_had_by_one_user_each),
	KUNIT_CASE(device_without_slave_capability_gives_no_slave_channel),
	KUNIT_CASE(provider_that_fails_to_allocate_is_not_left_private),
	KUNIT_CASE(removed_device_lives_until_its_last_user_lets_go),
	KUNIT_CASE(line_is_found_in_a_boards_table),
	KUNIT_CASE(named_channel_may_be_removed_under_its_user),
	KUNIT_CASE(managed_request_ends_with_the_driver),
	KUNIT_CASE(request_by_mask_says_why_not),
	KUNIT_CASE(route_is_undone_at_release),
	KUNIT_CASE(slave_capabilities_are_told),
	KUNIT_CASE(methods_that_are_missing_have_their_errno),
	{}
};

struct kunit_suite dmaengine_exclusive_suite = {
	.name = "dmaengine-exclusive",
	.test_cases = exclusive_cases,
};
