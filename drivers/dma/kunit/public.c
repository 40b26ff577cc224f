// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: public channels, for the clients that share them, and for CPUs. */
#include "mock.h"

/* --- clients of public channels --- */

struct test_client {
	struct dma_client client;
	struct mock *mock;
	/* Channels of the mock that it has, and how it came to that. */
	unsigned long has;
	int adds, asked, forced;
	bool busy;
	/* What the channel's resources were when it was told. */
	bool unallocated;
	bool registered;
};

static struct test_client *to_test_client(struct dma_client *client)
{
	return container_of(client, struct test_client, client);
}

static void test_chan_add(struct dma_client *client, struct dma_chan *chan)
{
	struct test_client *tc = to_test_client(client);

	if (chan->device != &tc->mock->dma)
		return;
	tc->adds++;
	tc->unallocated |= to_mock_chan(chan)->allocated != 1;
	__set_bit(chan->chan_id, &tc->has);
}

static bool test_chan_remove(struct dma_client *client, struct dma_chan *chan,
			     bool force)
{
	struct test_client *tc = to_test_client(client);

	if (chan->device != &tc->mock->dma)
		return true;
	if (force)
		tc->forced++;
	else
		tc->asked++;
	if (tc->busy && !force)
		return false;
	dma_mock_log(tc->mock, 'c');
	tc->unallocated |= to_mock_chan(chan)->allocated != 1;
	__clear_bit(chan->chan_id, &tc->has);
	return true;
}

static void test_client_unregister(void *data)
{
	struct test_client *tc = data;

	if (tc->registered)
		dma_client_unregister(&tc->client);
	tc->registered = false;
}

static struct test_client *test_client_new(struct kunit *test, struct mock *mock)
{
	struct test_client *tc = kunit_kzalloc(test, sizeof(*tc), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tc);
	tc->mock = mock;
	tc->client.chan_add = test_chan_add;
	tc->client.chan_remove = test_chan_remove;
	KUNIT_ASSERT_EQ(test, 0, dma_client_register(&tc->client));
	tc->registered = true;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_client_unregister, tc));
	return tc;
}

static void expect_client_refused(struct kunit *test, struct dma_client *client)
{
	int ret = dma_client_register(client);

	KUNIT_EXPECT_EQ(test, -EINVAL, ret);
	if (!ret)
		dma_client_unregister(client);
}

static void client_without_callbacks_is_refused(struct kunit *test)
{
	struct dma_client no_remove = { .chan_add = test_chan_add };
	struct dma_client no_add = { .chan_remove = test_chan_remove };

	expect_client_refused(test, NULL);
	expect_client_refused(test, &no_remove);
	expect_client_refused(test, &no_add);
}

static void there_may_be_many_clients_but_not_any_number(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc;
	int n, ret = 0;

	tc = kunit_kcalloc(test, BITS_PER_LONG + 1, sizeof(*tc), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tc);
	for (n = 0; n <= BITS_PER_LONG; n++) {
		tc[n].mock = mock;
		tc[n].client.chan_add = test_chan_add;
		tc[n].client.chan_remove = test_chan_remove;
		ret = dma_client_register(&tc[n].client);
		if (ret)
			break;
	}
	KUNIT_EXPECT_EQ(test, -ENOSPC, ret);
	KUNIT_EXPECT_GT(test, n, BITS_PER_LONG / 2);
	KUNIT_EXPECT_EQ(test, mock->others + n, mock_channel(mock, 2)->client_count);
	while (n--)
		dma_client_unregister(&tc[n].client);
	KUNIT_EXPECT_EQ(test, mock->others, mock_channel(mock, 2)->client_count);
}

static void client_gets_the_channels_there_are(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	int i;

	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->adds);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
	for (i = 0; i < MOCK_CHANNELS; i++)
		KUNIT_EXPECT_EQ(test, mock->others + 1, mock_channel(mock, i)->client_count);

	test_client_unregister(tc);
	KUNIT_EXPECT_EQ(test, 0, tc->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->forced);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
	for (i = 0; i < MOCK_CHANNELS; i++) {
		KUNIT_EXPECT_EQ(test, mock->others, mock_channel(mock, i)->client_count);
		KUNIT_EXPECT_EQ(test, !!mock->others, mock->chan[i].allocated);
	}
}

static void client_gets_the_channels_that_come(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);
	struct test_client *tc = test_client_new(test, mock);

	KUNIT_EXPECT_EQ(test, 0, tc->has);
	dma_mock_register(test, mock);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
}

static void client_gets_channels_added_one_by_one(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	struct mock_chan *late = kunit_kzalloc(test, sizeof(*late), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, late);
	late->vc.desc_free = dma_mock_desc_free;
	vchan_init(&late->vc, &mock->dma);
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_channel_register(&mock->dma, &late->vc.chan,
								   NULL));
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS + 1, mock->dma.chancnt);
	KUNIT_EXPECT_EQ(test, 0xf, tc->has);

	dma_async_device_channel_unregister(&mock->dma, &late->vc.chan);
	list_del(&late->vc.chan.device_node);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
	KUNIT_EXPECT_EQ(test, 1, tc->forced);
	KUNIT_EXPECT_EQ(test, 0, late->allocated);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, mock->dma.chancnt);
}

static void client_gets_no_private_channel(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct test_client *tc = test_client_new(test, mock);
	struct dma_chan *chan;

	KUNIT_EXPECT_EQ(test, 0, tc->adds);
	KUNIT_EXPECT_EQ(test, 0, mock->others);

	/* Not even after somebody had it. */
	chan = dma_get_slave_channel(mock_channel(mock, 1));
	KUNIT_ASSERT_NOT_NULL(test, chan);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 0, tc->adds);
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
}

/* What writing to the channel's attribute in sysfs does. */
static ssize_t write_shared(struct dma_chan *chan, const char *value)
{
	struct device_attribute *shared = dma_mock_attr(chan, "shared");

	return shared->store(&chan->dev->device, shared, value, strlen(value));
}

static void client_gets_a_private_channel_by_order(struct kunit *test)
{
	struct mock *mock = dma_mock_slave(test);
	struct test_client *tc = test_client_new(test, mock);
	struct dma_chan *chan = mock_channel(mock, 1);

	KUNIT_EXPECT_EQ(test, -EINVAL, write_shared(chan, "perhaps"));
	KUNIT_EXPECT_EQ(test, 1, write_shared(chan, "1"));
	KUNIT_EXPECT_EQ(test, 0x2, tc->has);
	KUNIT_EXPECT_EQ(test, 1, mock->chan[1].allocated);
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));

	/* Whom the engine is for has precedence, unless it is busy. */
	KUNIT_EXPECT_PTR_EQ(test, chan, dma_get_slave_channel(chan));
	KUNIT_EXPECT_EQ(test, 0, tc->has);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 0x2, tc->has);
	tc->busy = true;
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(chan));

	KUNIT_EXPECT_EQ(test, 1, write_shared(chan, "0"));
	KUNIT_EXPECT_EQ(test, 1, tc->forced);
	KUNIT_EXPECT_EQ(test, 0, tc->has);
	KUNIT_EXPECT_EQ(test, 0, chan->client_count);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[1].allocated);
	KUNIT_EXPECT_EQ(test, 1, mock->dma.privatecnt);
}

static void client_loses_a_public_channel_by_order(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	struct dma_chan *chan = mock_channel(mock, 1);

	KUNIT_EXPECT_EQ(test, 1, write_shared(chan, "0"));
	KUNIT_EXPECT_EQ(test, 0x5, tc->has);
	KUNIT_EXPECT_EQ(test, 0, chan->client_count);

	/* It does not come back with who comes, nor from who had it. */
	KUNIT_EXPECT_EQ(test, 0x5, test_client_new(test, mock)->has);
	KUNIT_EXPECT_PTR_EQ(test, chan, dma_get_slave_channel(chan));
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 0x5, tc->has);

	KUNIT_EXPECT_EQ(test, 1, write_shared(chan, "1"));
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
}

static void client_goes_without_a_channel_that_has_no_resources(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);
	struct test_client *tc = test_client_new(test, mock);

	mock->chan[1].alloc_error = -ENOMEM;
	dma_mock_register(test, mock);
	KUNIT_EXPECT_EQ(test, 0x5, tc->has);
	KUNIT_EXPECT_EQ(test, 0, mock_channel(mock, 1)->client_count);
}

static void idle_channel_can_be_had_alone(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	struct dma_chan *chan = dma_mock_take();

	KUNIT_ASSERT_PTR_EQ(test, chan, mock_channel(mock, 0));
	KUNIT_EXPECT_EQ(test, 1, chan->client_count);
	KUNIT_EXPECT_TRUE(test, chan->exclusive);
	KUNIT_EXPECT_EQ(test, 1, tc->asked);
	/* The others stay with the client. */
	KUNIT_EXPECT_EQ(test, 0x6, tc->has);
	/* As drivers expect it. */
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
	KUNIT_EXPECT_EQ(test, 1, mock->dma.privatecnt);

	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
	KUNIT_EXPECT_FALSE(test, chan->exclusive);
	KUNIT_EXPECT_EQ(test, mock->others + 1, chan->client_count);
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
	KUNIT_EXPECT_EQ(test, 0, mock->dma.privatecnt);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
}

static void busy_client_keeps_its_channels(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	dma_cap_mask_t mask = dma_mock_mask();

	tc->busy = true;
	KUNIT_EXPECT_NULL(test, dma_mock_take());
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->asked);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENODEV), dma_request_chan_by_mask(&mask));
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_channel(mock, 0)));
	/* Whom else we asked in vain has it still, or again. */
	KUNIT_EXPECT_EQ(test, mock->others + 1, mock_channel(mock, 0)->client_count);
}

static void one_busy_client_means_that_the_other_keeps_it_too(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *idle = test_client_new(test, mock);
	struct test_client *busy = test_client_new(test, mock);

	busy->busy = true;
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_channel(mock, 1)));
	KUNIT_EXPECT_EQ(test, 1, idle->asked);
	KUNIT_EXPECT_EQ(test, 1, busy->asked);
	KUNIT_EXPECT_EQ(test, 0x7, idle->has);
	KUNIT_EXPECT_EQ(test, 0x7, busy->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS + 1, idle->adds);
	KUNIT_EXPECT_EQ(test, mock->others + 2, mock_channel(mock, 1)->client_count);
}

static void client_lets_go_before_resources_do(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);

	tc->busy = true;
	memset(mock->log, 0, sizeof(mock->log));
	dma_mock_unregister(mock);
	KUNIT_EXPECT_EQ(test, 0, tc->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->forced);
	KUNIT_EXPECT_EQ(test, 0, tc->asked);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
	KUNIT_EXPECT_STREQ(test, "cfcfcfr", mock->log);
}

static bool only_third(struct dma_chan *chan, void *mock)
{
	return chan == mock_channel(mock, 2);
}

static void filter_decides_before_clients_are_asked(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	dma_cap_mask_t mask = dma_mock_mask();
	struct dma_chan *chan = dma_request_channel(mask, only_third, mock);

	KUNIT_ASSERT_PTR_EQ(test, chan, mock_channel(mock, 2));
	KUNIT_EXPECT_EQ(test, 1, tc->asked);
	KUNIT_EXPECT_EQ(test, 0x3, tc->has);
	dma_release_channel(chan);
}

static void client_that_comes_does_not_get_an_exclusive_channel(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct dma_chan *chan = dma_mock_take();
	struct test_client *tc;

	KUNIT_ASSERT_NOT_NULL(test, chan);
	tc = test_client_new(test, mock);
	KUNIT_EXPECT_EQ(test, 0x6, tc->has);
	KUNIT_EXPECT_EQ(test, 1, chan->client_count);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
}

static struct kunit_case client_cases[] = {
	KUNIT_CASE(client_without_callbacks_is_refused),
	KUNIT_CASE(there_may_be_many_clients_but_not_any_number),
	KUNIT_CASE(client_gets_the_channels_there_are),
	KUNIT_CASE(client_gets_the_channels_that_come),
	KUNIT_CASE(client_gets_channels_added_one_by_one),
	KUNIT_CASE(client_gets_no_private_channel),
	KUNIT_CASE(client_gets_a_private_channel_by_order),
	KUNIT_CASE(client_loses_a_public_channel_by_order),
	KUNIT_CASE(client_goes_without_a_channel_that_has_no_resources),
	KUNIT_CASE(idle_channel_can_be_had_alone),
	KUNIT_CASE(busy_client_keeps_its_channels),
	KUNIT_CASE(one_busy_client_means_that_the_other_keeps_it_too),
	KUNIT_CASE(filter_decides_before_clients_are_asked),
	KUNIT_CASE(client_lets_go_before_resources_do),
	KUNIT_CASE(client_that_comes_does_not_get_an_exclusive_channel),
	{}
};

struct kunit_suite dmaengine_client_suite = {
	.name = "dmaengine-clients",
	.test_cases = client_cases,
};

/* --- public channels found by CPUs --- */

static void dmaengine_put_action(void *unused)
{
	dmaengine_put();
}

static void public_begin(struct kunit *test)
{
	dmaengine_get();
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, dmaengine_put_action, NULL));
}

static void public_end(struct kunit *test)
{
	kunit_release_action(test, dmaengine_put_action, NULL);
}

static void channel_is_found_from_get_to_put(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct dma_chan *chan;

	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	public_begin(test);
	chan = dma_find_channel(DMA_INTERLEAVE);
	KUNIT_ASSERT_NOT_NULL(test, chan);
	KUNIT_EXPECT_PTR_EQ(test, chan->device, &mock->dma);
	KUNIT_EXPECT_EQ(test, mock->others + 1, chan->client_count);
	KUNIT_EXPECT_EQ(test, 1, chan->public_count);
	KUNIT_EXPECT_GT(test, chan->table_count, 0);

	public_end(test);
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_EQ(test, mock->others, chan->client_count);
}

static void types_that_are_no_operation_are_not_found(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);

	dma_cap_set(DMA_SLAVE, mock->dma.cap_mask);
	dma_mock_register(test, mock);
	public_begin(test);
	KUNIT_EXPECT_NOT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_SLAVE));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_PRIVATE));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERRUPT));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_TX_TYPE_END));
}

static void each_get_is_one_reference(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test), *late;

	public_begin(test);
	public_begin(test);
	late = dma_mock_registered(test);
	KUNIT_EXPECT_EQ(test, 2, mock_channel(mock, 1)->public_count);
	KUNIT_EXPECT_EQ(test, 2, mock_channel(late, 1)->public_count);
	KUNIT_EXPECT_EQ(test, 1, late->chan[1].allocated);
	public_end(test);
	KUNIT_EXPECT_EQ(test, 1, mock_channel(mock, 1)->public_count);
	KUNIT_EXPECT_NOT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	public_end(test);
	KUNIT_EXPECT_EQ(test, 0, mock_channel(mock, 1)->public_count);
	KUNIT_EXPECT_EQ(test, 0, mock_channel(late, 1)->public_count);
}

static void cpus_share_channels_evenly(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	int i, least = INT_MAX, most = 0, sum = 0;

	public_begin(test);
	for (i = 0; i < MOCK_CHANNELS; i++) {
		int n = mock_channel(mock, i)->table_count;

		least = min(least, n);
		most = max(most, n);
		sum += n;
	}
	KUNIT_EXPECT_EQ(test, num_online_cpus(), sum);
	KUNIT_EXPECT_LE(test, most - least, 1);
}

static void channel_found_by_cpus_is_not_had_alone(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct dma_chan *chan;

	public_begin(test);
	KUNIT_EXPECT_NULL(test, dma_mock_take());
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_channel(mock, 0)));
	public_end(test);

	chan = dma_mock_take();
	KUNIT_ASSERT_NOT_NULL(test, chan);
	public_begin(test);
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_EQ(test, 1, chan->client_count);
	dma_release_channel(chan);
	KUNIT_EXPECT_NOT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_EQ(test, 1, mock_channel(mock, 0)->public_count);
	KUNIT_EXPECT_EQ(test, 1, mock_channel(mock, 2)->public_count);
}

static void pending_is_issued_on_channels_in_shared_use(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);
	struct dma_chan *chan;

	public_begin(test);
	mock->chan[1].issued = 0;
	dma_issue_pending_all();
	KUNIT_EXPECT_EQ(test, 1, mock->chan[1].issued);
	public_end(test);

	chan = dma_mock_take();
	KUNIT_ASSERT_PTR_EQ(test, chan, mock_channel(mock, 0));
	mock->chan[0].issued = 0;
	dma_issue_pending_all();
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].issued);
	dma_release_channel(chan);
}

static void removed_device_is_not_found(struct kunit *test)
{
	struct mock *mock = dma_mock_registered(test);

	public_begin(test);
	dma_mock_unregister(mock);
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_EQ(test, 1, mock->releases);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].allocated);
	public_end(test);
}

static struct kunit_case public_cases[] = {
	KUNIT_CASE(channel_is_found_from_get_to_put),
	KUNIT_CASE(types_that_are_no_operation_are_not_found),
	KUNIT_CASE(each_get_is_one_reference),
	KUNIT_CASE(cpus_share_channels_evenly),
	KUNIT_CASE(channel_found_by_cpus_is_not_had_alone),
	KUNIT_CASE(pending_is_issued_on_channels_in_shared_use),
	KUNIT_CASE(removed_device_is_not_found),
	{}
};

struct kunit_suite dmaengine_public_suite = {
	.name = "dmaengine-public",
	.test_cases = public_cases,
};
