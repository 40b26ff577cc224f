// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the DMA engine core and of virtual channels.
 *
 * The provider is a mock: channels whose descriptors complete when the test
 * says so. Its capability is DMA_INTERLEAVE, which no engine that may be there
 * besides has, so that masks and the per-CPU table lead to it alone. Others may
 * be registered as clients of public channels: references are counted relative
 * to mock.others.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/dmaengine.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "virt-dma.h"

#define MOCK_CHANNELS	3

struct mock_chan {
	struct virt_dma_chan vc;
	/* How often its resources were allocated, and the errno if they cannot be. */
	int allocated;
	int alloc_error;
	int issued;
	int freed;
};

struct mock {
	struct dma_device dma;
	struct device *dev;
	struct mock_chan chan[MOCK_CHANNELS];
	/* What happened in which order, one letter each. */
	char log[64];
	int releases;
	bool registered;
	/* References that clients which are not the test's hold on a channel. */
	int others;
};

static struct mock *to_mock(struct dma_device *dma)
{
	return container_of(dma, struct mock, dma);
}

static struct mock_chan *to_mock_chan(struct dma_chan *chan)
{
	return container_of(chan, struct mock_chan, vc.chan);
}

static void mock_log(struct mock *mock, char what)
{
	size_t len = strlen(mock->log);

	if (len < sizeof(mock->log) - 1)
		mock->log[len] = what;
}

static int mock_alloc(struct dma_chan *chan)
{
	struct mock_chan *mc = to_mock_chan(chan);

	if (mc->alloc_error)
		return mc->alloc_error;
	mc->allocated++;
	return 0;
}

static void mock_free(struct dma_chan *chan)
{
	vchan_free_chan_resources(&to_mock_chan(chan)->vc);
	to_mock_chan(chan)->allocated--;
	mock_log(to_mock(chan->device), 'f');
}

static void mock_desc_free(struct virt_dma_desc *vd)
{
	to_mock_chan(vd->tx.chan)->freed++;
	kfree(vd);
}

static struct dma_async_tx_descriptor *
mock_prep(struct dma_chan *chan, struct dma_interleaved_template *xt,
	  unsigned long flags)
{
	struct virt_dma_desc *vd = kzalloc(sizeof(*vd), GFP_NOWAIT);

	return vd ? vchan_tx_prep(&to_mock_chan(chan)->vc, vd, flags) : NULL;
}

static enum dma_status mock_status(struct dma_chan *chan, dma_cookie_t cookie,
				   struct dma_tx_state *state)
{
	return dma_cookie_status(chan, cookie, state);
}

static void mock_issue(struct dma_chan *chan)
{
	struct mock_chan *mc = to_mock_chan(chan);
	unsigned long irq;

	spin_lock_irqsave(&mc->vc.lock, irq);
	mc->issued++;
	vchan_issue_pending(&mc->vc);
	spin_unlock_irqrestore(&mc->vc.lock, irq);
}

static int mock_terminate(struct dma_chan *chan)
{
	struct virt_dma_chan *vc = &to_mock_chan(chan)->vc;
	struct virt_dma_desc *vd;
	unsigned long irq;

	spin_lock_irqsave(&vc->lock, irq);
	while ((vd = vchan_next_desc(vc))) {
		list_del(&vd->node);
		vchan_terminate_vdesc(vd);
	}
	spin_unlock_irqrestore(&vc->lock, irq);
	return 0;
}

static void mock_synchronize(struct dma_chan *chan)
{
	vchan_synchronize(&to_mock_chan(chan)->vc);
}

static void mock_release(struct dma_device *dma)
{
	to_mock(dma)->releases++;
	mock_log(to_mock(dma), 'r');
}

/* Completes the channel's oldest issued descriptor. */
static bool mock_complete(struct mock_chan *mc)
{
	struct virt_dma_desc *vd;
	unsigned long irq;

	spin_lock_irqsave(&mc->vc.lock, irq);
	vd = vchan_next_desc(&mc->vc);
	if (vd) {
		list_del(&vd->node);
		vchan_cookie_complete(vd);
	}
	spin_unlock_irqrestore(&mc->vc.lock, irq);
	return vd;
}

static void mock_unregister(void *data)
{
	struct mock *mock = data;

	if (mock->registered)
		dma_async_device_unregister(&mock->dma);
	mock->registered = false;
}

static void mock_remove_dev(void *dev)
{
	root_device_unregister(dev);
}

/* A mock that is not registered yet, its device has no driver bound. */
static struct mock *mock_new(struct kunit *test)
{
	struct mock *mock = kunit_kzalloc(test, sizeof(*mock), GFP_KERNEL);
	static unsigned int serial;
	unsigned int i;
	char name[32];

	KUNIT_ASSERT_NOT_NULL(test, mock);
	snprintf(name, sizeof(name), "dmaengine_kunit%u", serial++);
	mock->dev = root_device_register(name);
	KUNIT_ASSERT_FALSE(test, IS_ERR(mock->dev));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, mock_remove_dev, mock->dev));

	mock->dma.dev = mock->dev;
	mock->dma.device_alloc_chan_resources = mock_alloc;
	mock->dma.device_free_chan_resources = mock_free;
	mock->dma.device_prep_interleaved_dma = mock_prep;
	mock->dma.device_tx_status = mock_status;
	mock->dma.device_issue_pending = mock_issue;
	mock->dma.device_terminate_all = mock_terminate;
	mock->dma.device_synchronize = mock_synchronize;
	mock->dma.device_release = mock_release;
	dma_cap_set(DMA_INTERLEAVE, mock->dma.cap_mask);

	INIT_LIST_HEAD(&mock->dma.channels);
	for (i = 0; i < MOCK_CHANNELS; i++) {
		mock->chan[i].vc.desc_free = mock_desc_free;
		vchan_init(&mock->chan[i].vc, &mock->dma);
	}
	return mock;
}

static void mock_register(struct kunit *test, struct mock *mock)
{
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_register(&mock->dma));
	mock->registered = true;
	mock->others = mock->chan[0].vc.chan.client_count;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, mock_unregister, mock));
}

static struct mock *mock_registered(struct kunit *test)
{
	struct mock *mock = mock_new(test);

	mock_register(test, mock);
	return mock;
}

static struct mock *mock_slave(struct kunit *test)
{
	struct mock *mock = mock_new(test);

	dma_cap_set(DMA_PRIVATE, mock->dma.cap_mask);
	dma_cap_set(DMA_SLAVE, mock->dma.cap_mask);
	mock_register(test, mock);
	return mock;
}

static struct dma_chan *mock_dma_chan(struct mock *mock, unsigned int i)
{
	return &mock->chan[i].vc.chan;
}

static dma_cap_mask_t mock_mask(void)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_INTERLEAVE, mask);
	return mask;
}

static struct dma_chan *mock_take(void)
{
	dma_cap_mask_t mask = mock_mask();

	return dma_request_channel(mask, NULL, NULL);
}

/* --- registration --- */

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
	struct mock *mock = mock_new(test);
	void **method = (void *)&mock->dma + row->method;

	*method = NULL;
	dma_cap_zero(mock->dma.cap_mask);
	KUNIT_EXPECT_EQ(test, 0, dma_async_device_register(&mock->dma));
	dma_async_device_unregister(&mock->dma);

	dma_cap_set(row->cap, mock->dma.cap_mask);
	expect_refused(test, mock);

	/* Private, so that nobody calls what is no method. */
	*method = mock_prep;
	dma_cap_set(DMA_PRIVATE, mock->dma.cap_mask);
	KUNIT_EXPECT_EQ(test, 0, dma_async_device_register(&mock->dma));
	dma_async_device_unregister(&mock->dma);
}

static void device_without_necessary_methods_is_refused(struct kunit *test)
{
	struct mock *mock = mock_new(test);

	KUNIT_EXPECT_EQ(test, -ENODEV, dma_async_device_register(NULL));

	mock->dma.dev = NULL;
	expect_refused(test, mock);
	mock->dma.dev = mock->dev;

	mock->dma.device_tx_status = NULL;
	expect_refused(test, mock);
	mock->dma.device_tx_status = mock_status;

	mock->dma.device_issue_pending = NULL;
	expect_refused(test, mock);
}

static void device_without_driver_is_registered(struct kunit *test)
{
	struct mock *mock = mock_new(test);

	KUNIT_ASSERT_NULL(test, mock->dev->driver);
	mock_register(test, mock);
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
	struct mock *mock = mock_new(test);

	mock->dma.owner = ERR_PTR(-EINVAL);
	mock->dev->driver = &driver;
	mock_register(test, mock);
	mock->dev->driver = NULL;
	KUNIT_EXPECT_PTR_EQ(test, mock->dma.owner, THIS_MODULE);
}

static void channels_are_named_after_their_device(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	char name[32];
	int i;

	for (i = 0; i < MOCK_CHANNELS; i++) {
		struct dma_chan *chan = mock_dma_chan(mock, i);

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

/* The name of the second channel is taken: the first must be undone. */
static void failed_registration_leaves_nothing_behind(struct kunit *test)
{
	struct mock *owner = mock_registered(test), *mock = mock_new(test);
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
	squatter->vc.desc_free = mock_desc_free;
	vchan_init(&squatter->vc, &owner->dma);
	snprintf(name, sizeof(name), "dma%dchan1", id);
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_channel_register(&owner->dma, &squatter->vc.chan,
								   name));

	KUNIT_EXPECT_EQ(test, -EEXIST, dma_async_device_register(&mock->dma));
	KUNIT_EXPECT_EQ(test, 0, mock->dma.chancnt);
	KUNIT_EXPECT_FALSE(test, mock->dma.registered);
	KUNIT_EXPECT_TRUE(test, !mock_dma_chan(mock, 0)->local);
	KUNIT_EXPECT_TRUE(test, !mock_dma_chan(mock, 1)->local);
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
	struct mock *mock = mock_new(test);
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
	struct mock *mock = mock_new(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cap_rows); i++)
		*(void **)((void *)&mock->dma + cap_rows[i].method) = mock_prep;
	for (i = 0; i < ARRAY_SIZE(all); i++)
		dma_cap_set(all[i], mock->dma.cap_mask);
	dma_cap_set(DMA_PRIVATE, mock->dma.cap_mask);
	mock_register(test, mock);
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_ASYNC_TX, mock->dma.cap_mask));
	mock_unregister(mock);

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
	KUNIT_CASE(failed_registration_leaves_nothing_behind),
	KUNIT_CASE(managed_registration_ends_with_the_driver),
	KUNIT_CASE(async_tx_bit_is_for_engines_that_do_all),
	{}
};

static struct kunit_suite registration_suite = {
	.name = "dmaengine-registration",
	.test_cases = registration_cases,
};

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
	mock_log(tc->mock, 'c');
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
	struct mock *mock = mock_registered(test);
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
	KUNIT_EXPECT_EQ(test, mock->others + n, mock_dma_chan(mock, 2)->client_count);
	while (n--)
		dma_client_unregister(&tc[n].client);
	KUNIT_EXPECT_EQ(test, mock->others, mock_dma_chan(mock, 2)->client_count);
}

static void client_gets_the_channels_there_are(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	int i;

	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->adds);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
	for (i = 0; i < MOCK_CHANNELS; i++)
		KUNIT_EXPECT_EQ(test, mock->others + 1, mock_dma_chan(mock, i)->client_count);

	test_client_unregister(tc);
	KUNIT_EXPECT_EQ(test, 0, tc->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->forced);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
	for (i = 0; i < MOCK_CHANNELS; i++) {
		KUNIT_EXPECT_EQ(test, mock->others, mock_dma_chan(mock, i)->client_count);
		KUNIT_EXPECT_EQ(test, !!mock->others, mock->chan[i].allocated);
	}
}

static void client_gets_the_channels_that_come(struct kunit *test)
{
	struct mock *mock = mock_new(test);
	struct test_client *tc = test_client_new(test, mock);

	KUNIT_EXPECT_EQ(test, 0, tc->has);
	mock_register(test, mock);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
}

static void client_gets_channels_added_one_by_one(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	struct mock_chan *late = kunit_kzalloc(test, sizeof(*late), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, late);
	late->vc.desc_free = mock_desc_free;
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
	struct mock *mock = mock_slave(test);
	struct test_client *tc = test_client_new(test, mock);
	struct dma_chan *chan;

	KUNIT_EXPECT_EQ(test, 0, tc->adds);
	KUNIT_EXPECT_EQ(test, 0, mock->others);

	/* Not even after somebody had it. */
	chan = dma_get_slave_channel(mock_dma_chan(mock, 1));
	KUNIT_ASSERT_NOT_NULL(test, chan);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 0, tc->adds);
	KUNIT_EXPECT_TRUE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
}

static void client_goes_without_a_channel_that_has_no_resources(struct kunit *test)
{
	struct mock *mock = mock_new(test);
	struct test_client *tc = test_client_new(test, mock);

	mock->chan[1].alloc_error = -ENOMEM;
	mock_register(test, mock);
	KUNIT_EXPECT_EQ(test, 0x5, tc->has);
	KUNIT_EXPECT_EQ(test, 0, mock_dma_chan(mock, 1)->client_count);
}

static void idle_channel_can_be_had_alone(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	struct dma_chan *chan = mock_take();

	KUNIT_ASSERT_PTR_EQ(test, chan, mock_dma_chan(mock, 0));
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
	struct mock *mock = mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	dma_cap_mask_t mask = mock_mask();

	tc->busy = true;
	KUNIT_EXPECT_NULL(test, mock_take());
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->asked);
	KUNIT_EXPECT_EQ(test, 0x7, tc->has);
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENODEV), dma_request_chan_by_mask(&mask));
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_dma_chan(mock, 0)));
	/* Whom else we asked in vain has it still, or again. */
	KUNIT_EXPECT_EQ(test, mock->others + 1, mock_dma_chan(mock, 0)->client_count);
}

static void one_busy_client_means_that_the_other_keeps_it_too(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct test_client *idle = test_client_new(test, mock);
	struct test_client *busy = test_client_new(test, mock);

	busy->busy = true;
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_dma_chan(mock, 1)));
	KUNIT_EXPECT_EQ(test, 1, idle->asked);
	KUNIT_EXPECT_EQ(test, 1, busy->asked);
	KUNIT_EXPECT_EQ(test, 0x7, idle->has);
	KUNIT_EXPECT_EQ(test, 0x7, busy->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS + 1, idle->adds);
	KUNIT_EXPECT_EQ(test, mock->others + 2, mock_dma_chan(mock, 1)->client_count);
}

static void client_lets_go_before_resources_do(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);

	tc->busy = true;
	memset(mock->log, 0, sizeof(mock->log));
	mock_unregister(mock);
	KUNIT_EXPECT_EQ(test, 0, tc->has);
	KUNIT_EXPECT_EQ(test, MOCK_CHANNELS, tc->forced);
	KUNIT_EXPECT_EQ(test, 0, tc->asked);
	KUNIT_EXPECT_FALSE(test, tc->unallocated);
	KUNIT_EXPECT_STREQ(test, "cfcfcfr", mock->log);
}

static bool only_third(struct dma_chan *chan, void *mock)
{
	return chan == mock_dma_chan(mock, 2);
}

static void filter_decides_before_clients_are_asked(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct test_client *tc = test_client_new(test, mock);
	dma_cap_mask_t mask = mock_mask();
	struct dma_chan *chan = dma_request_channel(mask, only_third, mock);

	KUNIT_ASSERT_PTR_EQ(test, chan, mock_dma_chan(mock, 2));
	KUNIT_EXPECT_EQ(test, 1, tc->asked);
	KUNIT_EXPECT_EQ(test, 0x3, tc->has);
	dma_release_channel(chan);
}

static void client_that_comes_does_not_get_an_exclusive_channel(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct dma_chan *chan = mock_take();
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
	KUNIT_CASE(client_goes_without_a_channel_that_has_no_resources),
	KUNIT_CASE(idle_channel_can_be_had_alone),
	KUNIT_CASE(busy_client_keeps_its_channels),
	KUNIT_CASE(one_busy_client_means_that_the_other_keeps_it_too),
	KUNIT_CASE(filter_decides_before_clients_are_asked),
	KUNIT_CASE(client_lets_go_before_resources_do),
	KUNIT_CASE(client_that_comes_does_not_get_an_exclusive_channel),
	{}
};

static struct kunit_suite client_suite = {
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
	struct mock *mock = mock_registered(test);
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
	struct mock *mock = mock_new(test);

	dma_cap_set(DMA_SLAVE, mock->dma.cap_mask);
	mock_register(test, mock);
	public_begin(test);
	KUNIT_EXPECT_NOT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_SLAVE));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_PRIVATE));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERRUPT));
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_TX_TYPE_END));
}

static void each_get_is_one_reference(struct kunit *test)
{
	struct mock *mock = mock_registered(test), *late;

	public_begin(test);
	public_begin(test);
	late = mock_registered(test);
	KUNIT_EXPECT_EQ(test, 2, mock_dma_chan(mock, 1)->public_count);
	KUNIT_EXPECT_EQ(test, 2, mock_dma_chan(late, 1)->public_count);
	KUNIT_EXPECT_EQ(test, 1, late->chan[1].allocated);
	public_end(test);
	KUNIT_EXPECT_EQ(test, 1, mock_dma_chan(mock, 1)->public_count);
	KUNIT_EXPECT_NOT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	public_end(test);
	KUNIT_EXPECT_EQ(test, 0, mock_dma_chan(mock, 1)->public_count);
	KUNIT_EXPECT_EQ(test, 0, mock_dma_chan(late, 1)->public_count);
}

static void cpus_share_channels_evenly(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	int i, least = INT_MAX, most = 0, sum = 0;

	public_begin(test);
	for (i = 0; i < MOCK_CHANNELS; i++) {
		int n = mock_dma_chan(mock, i)->table_count;

		least = min(least, n);
		most = max(most, n);
		sum += n;
	}
	KUNIT_EXPECT_EQ(test, num_online_cpus(), sum);
	KUNIT_EXPECT_LE(test, most - least, 1);
}

static void channel_found_by_cpus_is_not_had_alone(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct dma_chan *chan;

	public_begin(test);
	KUNIT_EXPECT_NULL(test, mock_take());
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_dma_chan(mock, 0)));
	public_end(test);

	chan = mock_take();
	KUNIT_ASSERT_NOT_NULL(test, chan);
	public_begin(test);
	KUNIT_EXPECT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_EQ(test, 1, chan->client_count);
	dma_release_channel(chan);
	KUNIT_EXPECT_NOT_NULL(test, dma_find_channel(DMA_INTERLEAVE));
	KUNIT_EXPECT_EQ(test, 1, mock_dma_chan(mock, 0)->public_count);
	KUNIT_EXPECT_EQ(test, 1, mock_dma_chan(mock, 2)->public_count);
}

static void pending_is_issued_on_channels_in_shared_use(struct kunit *test)
{
	struct mock *mock = mock_registered(test);
	struct dma_chan *chan;

	public_begin(test);
	mock->chan[1].issued = 0;
	dma_issue_pending_all();
	KUNIT_EXPECT_EQ(test, 1, mock->chan[1].issued);
	public_end(test);

	chan = mock_take();
	KUNIT_ASSERT_PTR_EQ(test, chan, mock_dma_chan(mock, 0));
	mock->chan[0].issued = 0;
	dma_issue_pending_all();
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].issued);
	dma_release_channel(chan);
}

static void removed_device_is_not_found(struct kunit *test)
{
	struct mock *mock = mock_registered(test);

	public_begin(test);
	mock_unregister(mock);
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

static struct kunit_suite public_suite = {
	.name = "dmaengine-public",
	.test_cases = public_cases,
};

/* --- exclusive channels --- */

static void channels_are_had_by_one_user_each(struct kunit *test)
{
	struct mock *mock = mock_slave(test);
	struct dma_chan *chan[MOCK_CHANNELS];
	int i;

	for (i = 0; i < MOCK_CHANNELS; i++) {
		chan[i] = dma_get_any_slave_channel(&mock->dma);
		KUNIT_ASSERT_PTR_EQ(test, chan[i], mock_dma_chan(mock, i));
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
	struct mock *mock = mock_registered(test);

	KUNIT_EXPECT_NULL(test, dma_get_any_slave_channel(&mock->dma));
}

static void provider_that_fails_to_allocate_is_not_left_private(struct kunit *test)
{
	struct mock *mock = mock_new(test);
	struct dma_chan *chan;
	int i;

	for (i = 0; i < MOCK_CHANNELS; i++)
		mock->chan[i].alloc_error = -ENOMEM;
	mock_register(test, mock);
	KUNIT_EXPECT_NULL(test, mock_take());
	KUNIT_EXPECT_EQ(test, 0, mock->dma.privatecnt);
	KUNIT_EXPECT_FALSE(test, dma_has_cap(DMA_PRIVATE, mock->dma.cap_mask));
	KUNIT_EXPECT_EQ(test, 1, kref_read(&mock->dma.ref));

	mock->chan[0].alloc_error = 0;
	chan = mock_take();
	KUNIT_ASSERT_NOT_NULL(test, chan);
	KUNIT_EXPECT_EQ(test, 2, kref_read(&mock->dma.ref));
	dma_release_channel(chan);
}

static void removed_device_lives_until_its_last_user_lets_go(struct kunit *test)
{
	struct mock *mock = mock_slave(test);
	struct dma_chan *first = dma_get_any_slave_channel(&mock->dma);
	struct dma_chan *second = dma_get_any_slave_channel(&mock->dma);
	char name[32];

	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_ASSERT_NOT_NULL(test, second);
	strscpy(name, dma_chan_name(first), sizeof(name));
	mock_unregister(mock);
	KUNIT_EXPECT_EQ(test, 0, mock->releases);
	KUNIT_EXPECT_EQ(test, 0, mock->dma.chancnt);

	/* Its users may still ask, others get nothing. */
	KUNIT_EXPECT_STREQ(test, name, dma_chan_name(first));
	KUNIT_EXPECT_PTR_EQ(test, mock->dev, dmaengine_get_dma_device(first));
	KUNIT_EXPECT_NULL(test, dma_get_slave_channel(mock_dma_chan(mock, 2)));
	KUNIT_EXPECT_NULL(test, dma_get_any_slave_channel(&mock->dma));
	KUNIT_EXPECT_NULL(test, mock_take());

	dma_release_channel(second);
	KUNIT_EXPECT_EQ(test, 0, mock->releases);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[1].allocated);
	dma_release_channel(first);
	KUNIT_EXPECT_EQ(test, 1, mock->releases);
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

static void line_is_found_in_a_boards_table(struct kunit *test)
{
	struct device *user = kunit_device_register(test, "dmaengine_kunit_user");
	struct mock *mock = mock_slave(test);
	struct dma_slave_map map[] = {
		{ "somebody_else", "rx", NULL },
		{ "", "tx", mock },
		{ "", "rx", mock },
		{ "", "none", NULL },
	};
	struct dma_chan *chan;
	char name[128];
	int i;

	KUNIT_ASSERT_FALSE(test, IS_ERR(user));
	for (i = 1; i < ARRAY_SIZE(map); i++)
		map[i].devname = dev_name(user);
	mock->dma.filter.fn = filter_any;
	mock->dma.filter.map = map;
	mock->dma.filter.mapcnt = ARRAY_SIZE(map);

	chan = dma_request_chan(user, "rx");
	KUNIT_ASSERT_PTR_EQ(test, chan, mock_dma_chan(mock, 0));
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
	struct device *user = kunit_device_register(test, "dmaengine_kunit_user");
	struct mock *mock = mock_slave(test);
	struct dma_slave_map map = { NULL, "tx", mock };
	struct dma_chan *chan;

	KUNIT_ASSERT_FALSE(test, IS_ERR(user));
	map.devname = dev_name(user);
	mock->dma.filter = (struct dma_filter) { filter_any, 1, &map };
	chan = dma_request_chan(user, "tx");
	KUNIT_ASSERT_FALSE(test, IS_ERR(chan));
	mock_unregister(mock);
	KUNIT_EXPECT_NULL(test, chan->slave);
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 1, mock->releases);
}

static void managed_request_ends_with_the_driver(struct kunit *test)
{
	struct device *user = kunit_device_register(test, "dmaengine_kunit_user");
	struct mock *mock = mock_slave(test);
	struct dma_slave_map map = { NULL, "tx", mock };
	struct dma_chan *chan;

	KUNIT_ASSERT_FALSE(test, IS_ERR(user));
	map.devname = dev_name(user);
	mock->dma.filter = (struct dma_filter) { filter_any, 1, &map };
	chan = devm_dma_request_chan(user, "tx");
	KUNIT_ASSERT_FALSE(test, IS_ERR(chan));
	KUNIT_EXPECT_EQ(test, 1, chan->client_count);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EPROBE_DEFER), devm_dma_request_chan(user, "rx"));
	kunit_device_unregister(test, user);
	KUNIT_EXPECT_EQ(test, 0, chan->client_count);
}

static void request_by_mask_says_why_not(struct kunit *test)
{
	struct mock *mock = mock_slave(test);
	dma_cap_mask_t mask = mock_mask();
	struct dma_chan *chan = dma_request_chan_by_mask(&mask);

	KUNIT_ASSERT_PTR_EQ(test, chan, mock_dma_chan(mock, 0));
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
	struct mock *mock = mock_slave(test);
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
	struct mock *mock = mock_slave(test);
	struct dma_chan *chan = mock_dma_chan(mock, 0);
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
	struct mock *mock = mock_slave(test);
	struct dma_chan *chan = mock_dma_chan(mock, 0);
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

static struct kunit_suite exclusive_suite = {
	.name = "dmaengine-exclusive",
	.test_cases = exclusive_cases,
};

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

static struct kunit_suite helper_suite = {
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
	struct mock *mock = mock_new(test);
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
	struct mock *mock = mock_new(test);

	KUNIT_EXPECT_NULL(test, dmaengine_get_unmap_data(mock->dev, -1, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, dmaengine_get_unmap_data(mock->dev, 65536, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, dmaengine_get_unmap_data(mock->dev, INT_MAX, GFP_KERNEL));
	dmaengine_unmap_put(NULL);
}

static void descriptor_shares_in_unmap_data(struct kunit *test)
{
	struct dma_async_tx_descriptor tx = { };
	struct mock *mock = mock_new(test);
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
	KUNIT_CASE(descriptor_shares_in_unmap_data),
	{}
};

static struct kunit_suite unmap_suite = {
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
	struct mock *mock = mock_new(test);
	struct dma_async_tx_descriptor desc = { .chan = mock_dma_chan(mock, 0) };
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
	struct mock *mock = mock_new(test);
	struct dma_async_tx_descriptor desc = { .chan = mock_dma_chan(mock, 0) };
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

static struct kunit_suite metadata_suite = {
	.name = "dmaengine-metadata",
	.test_cases = metadata_cases,
};

/* --- virtual channels, and waiting --- */

struct called {
	int plain, with_result;
	struct dmaengine_result result;
	struct completion done;
};

static void on_complete(void *data)
{
	struct called *called = data;

	called->plain++;
	complete(&called->done);
}

static void on_result(void *data, const struct dmaengine_result *result)
{
	struct called *called = data;

	called->with_result++;
	called->result = *result;
	complete(&called->done);
}

/* A descriptor on channel 0, which must be in use, and its callback. */
static struct dma_async_tx_descriptor *
prep(struct kunit *test, struct mock *mock, struct called *called, unsigned long flags)
{
	struct dma_async_tx_descriptor *tx;

	tx = dmaengine_prep_interleaved_dma(mock_dma_chan(mock, 0), NULL, flags);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	init_completion(&called->done);
	tx->callback = on_complete;
	tx->callback_param = called;
	return tx;
}

static bool wait_for(struct called *called)
{
	return wait_for_completion_timeout(&called->done, HZ);
}

static void release_action(void *chan)
{
	dma_release_channel(chan);
}

static struct mock *mock_in_use(struct kunit *test)
{
	struct mock *mock = mock_slave(test);
	struct dma_chan *chan = dma_get_slave_channel(mock_dma_chan(mock, 0));

	KUNIT_ASSERT_NOT_NULL(test, chan);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_action, chan));
	return mock;
}

static void descriptor_goes_from_list_to_list(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct virt_dma_chan *vc = &mock->chan[0].vc;
	struct dma_async_tx_descriptor *tx;
	struct called called = { };
	dma_cookie_t cookie;

	tx = prep(test, mock, &called, DMA_PREP_INTERRUPT);
	KUNIT_EXPECT_EQ(test, DMA_PREP_INTERRUPT, tx->flags);
	KUNIT_EXPECT_FALSE(test, list_empty(&vc->desc_allocated));

	cookie = dmaengine_submit(tx);
	KUNIT_EXPECT_EQ(test, 0, dma_submit_error(cookie));
	KUNIT_EXPECT_TRUE(test, list_empty(&vc->desc_allocated));
	KUNIT_EXPECT_FALSE(test, list_empty(&vc->desc_submitted));
	KUNIT_EXPECT_FALSE(test, mock_complete(&mock->chan[0]));

	dma_async_issue_pending(&vc->chan);
	KUNIT_EXPECT_TRUE(test, list_empty(&vc->desc_submitted));
	spin_lock_irq(&vc->lock);
	KUNIT_EXPECT_PTR_EQ(test, tx, &vchan_find_desc(vc, cookie)->tx);
	KUNIT_EXPECT_NULL(test, vchan_find_desc(vc, cookie + 1));
	spin_unlock_irq(&vc->lock);
	KUNIT_EXPECT_EQ(test, DMA_IN_PROGRESS,
			dma_async_is_tx_complete(&vc->chan, cookie, NULL, NULL));

	KUNIT_EXPECT_TRUE(test, mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_EQ(test, DMA_COMPLETE, dma_sync_wait(&vc->chan, cookie));
	KUNIT_EXPECT_TRUE(test, wait_for(&called));
	vchan_synchronize(vc);
	KUNIT_EXPECT_EQ(test, 1, called.plain);
	KUNIT_EXPECT_EQ(test, 1, mock->chan[0].freed);
}

static void result_is_told_to_who_wants_it(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct dma_async_tx_descriptor *tx;
	struct dmaengine_desc_callback cb;
	struct called called = { };

	tx = prep(test, mock, &called, DMA_PREP_INTERRUPT);
	tx->callback_result = on_result;
	container_of(tx, struct virt_dma_desc, tx)->tx_result =
		(struct dmaengine_result) { DMA_TRANS_WRITE_FAILED, 12 };
	dmaengine_desc_get_callback(tx, &cb);
	KUNIT_EXPECT_TRUE(test, dmaengine_desc_callback_valid(&cb));
	dmaengine_submit(tx);
	dma_async_issue_pending(tx->chan);
	mock_complete(&mock->chan[0]);
	KUNIT_EXPECT_TRUE(test, wait_for(&called));
	KUNIT_EXPECT_EQ(test, 0, called.plain);
	KUNIT_EXPECT_EQ(test, 1, called.with_result);
	KUNIT_EXPECT_EQ(test, DMA_TRANS_WRITE_FAILED, called.result.result);
	KUNIT_EXPECT_EQ(test, 12, called.result.residue);

	/* No result means that all went well. */
	dmaengine_desc_callback_invoke(&cb, NULL);
	KUNIT_EXPECT_EQ(test, DMA_TRANS_NOERROR, called.result.result);
	KUNIT_EXPECT_EQ(test, 0, called.result.residue);
	cb = (struct dmaengine_desc_callback) { };
	KUNIT_EXPECT_FALSE(test, dmaengine_desc_callback_valid(&cb));
	dmaengine_desc_callback_invoke(&cb, NULL);
}

static void descriptor_kept_for_reuse_is_submitted_again(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct virt_dma_chan *vc = &mock->chan[0].vc;
	struct dma_async_tx_descriptor *tx;
	struct called called = { };
	int i;

	mock->dma.directions = BIT(DMA_MEM_TO_DEV);
	tx = prep(test, mock, &called, DMA_PREP_INTERRUPT);
	KUNIT_EXPECT_EQ(test, -EPERM, dmaengine_desc_set_reuse(tx));
	KUNIT_EXPECT_EQ(test, -EPERM, dmaengine_desc_free(tx));
	mock->dma.descriptor_reuse = true;
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_reuse(tx));
	KUNIT_EXPECT_TRUE(test, dmaengine_desc_test_reuse(tx));

	for (i = 1; i <= 3; i++) {
		dmaengine_submit(tx);
		dma_async_issue_pending(&vc->chan);
		mock_complete(&mock->chan[0]);
		KUNIT_EXPECT_TRUE(test, wait_for(&called));
		vchan_synchronize(vc);
		KUNIT_EXPECT_EQ(test, i, called.plain);
		KUNIT_EXPECT_EQ(test, 0, mock->chan[0].freed);
		KUNIT_EXPECT_FALSE(test, list_empty(&vc->desc_allocated));
	}
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_free(tx));
	KUNIT_EXPECT_EQ(test, 1, mock->chan[0].freed);
	KUNIT_EXPECT_TRUE(test, list_empty(&vc->desc_allocated));
}

static void free_it(void *data)
{
	struct dma_async_tx_descriptor *tx = data;

	dmaengine_desc_free(tx);
}

static void submit_it(void *data)
{
	struct dma_async_tx_descriptor *tx = data;

	tx->callback = free_it;
	dmaengine_submit(tx);
	dma_async_issue_pending(tx->chan);
}

/* It is back on its list by the time that its client hears of it. */
static void descriptor_kept_for_reuse_is_its_callbacks_to_use(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct virt_dma_chan *vc = &mock->chan[0].vc;
	struct dma_async_tx_descriptor *tx;
	struct called called = { };

	mock->dma.directions = BIT(DMA_MEM_TO_DEV);
	mock->dma.descriptor_reuse = true;
	tx = prep(test, mock, &called, DMA_PREP_INTERRUPT);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_desc_set_reuse(tx));
	tx->callback = submit_it;
	tx->callback_param = tx;
	dmaengine_submit(tx);
	dma_async_issue_pending(&vc->chan);
	mock_complete(&mock->chan[0]);
	vchan_synchronize(vc);
	KUNIT_EXPECT_FALSE(test, list_empty(&vc->desc_issued));
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].freed);

	KUNIT_EXPECT_TRUE(test, mock_complete(&mock->chan[0]));
	vchan_synchronize(vc);
	KUNIT_EXPECT_EQ(test, 1, mock->chan[0].freed);
	KUNIT_EXPECT_TRUE(test, list_empty(&vc->desc_allocated));
}

static void cyclic_descriptor_calls_back_each_period(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct virt_dma_chan *vc = &mock->chan[0].vc;
	struct dma_async_tx_descriptor *tx;
	struct called called = { };
	struct virt_dma_desc *vd;
	int i;

	tx = prep(test, mock, &called, DMA_PREP_INTERRUPT);
	vd = container_of(tx, struct virt_dma_desc, tx);
	dmaengine_submit(tx);
	dma_async_issue_pending(&vc->chan);
	for (i = 1; i <= 3; i++) {
		spin_lock_irq(&vc->lock);
		vchan_cyclic_callback(vd);
		spin_unlock_irq(&vc->lock);
		KUNIT_EXPECT_TRUE(test, wait_for(&called));
		KUNIT_EXPECT_EQ(test, i, called.plain);
	}

	/* One that is due but terminated first is not run. */
	spin_lock_irq(&vc->lock);
	vchan_cyclic_callback(vd);
	list_del(&vd->node);
	vchan_terminate_vdesc(vd);
	spin_unlock_irq(&vc->lock);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].freed);
	vchan_synchronize(vc);
	KUNIT_EXPECT_EQ(test, 3, called.plain);
	KUNIT_EXPECT_EQ(test, 1, mock->chan[0].freed);
}

/* As when a cyclic descriptor fails and the channel is terminated for that. */
static void callback_that_is_due_goes_with_its_descriptor(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct virt_dma_chan *vc = &mock->chan[0].vc;
	struct dma_async_tx_descriptor *tx;
	struct called called = { };
	struct virt_dma_desc *vd;
	LIST_HEAD(all);

	tx = prep(test, mock, &called, DMA_PREP_INTERRUPT);
	vd = container_of(tx, struct virt_dma_desc, tx);
	dmaengine_submit(tx);
	dma_async_issue_pending(&vc->chan);
	spin_lock_irq(&vc->lock);
	vchan_cyclic_callback(vd);
	list_del(&vd->node);
	vchan_cookie_complete(vd);
	vchan_get_all_descriptors(vc, &all);
	spin_unlock_irq(&vc->lock);
	vchan_dma_desc_free_list(vc, &all);
	vchan_synchronize(vc);
	KUNIT_EXPECT_EQ(test, 0, called.plain);
	KUNIT_EXPECT_EQ(test, 1, mock->chan[0].freed);
}

static void terminated_descriptors_are_freed_uncalled(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct dma_chan *chan = mock_dma_chan(mock, 0);
	struct called called = { };
	int i;

	for (i = 0; i < 4; i++)
		dmaengine_submit(prep(test, mock, &called, DMA_PREP_INTERRUPT));
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_async(chan));
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].freed);
	dmaengine_synchronize(chan);
	KUNIT_EXPECT_EQ(test, 4, mock->chan[0].freed);
	KUNIT_EXPECT_EQ(test, 0, called.plain);

	dmaengine_submit(prep(test, mock, &called, 0));
	dma_async_issue_pending(chan);
	KUNIT_EXPECT_EQ(test, 0, dmaengine_terminate_sync(chan));
	KUNIT_EXPECT_EQ(test, 5, mock->chan[0].freed);
}

static void released_channel_frees_all_its_descriptors(struct kunit *test)
{
	struct mock *mock = mock_slave(test);
	struct dma_chan *chan = dma_get_slave_channel(mock_dma_chan(mock, 0));
	struct dma_async_tx_descriptor *tx;
	struct called called = { };

	KUNIT_ASSERT_NOT_NULL(test, chan);
	prep(test, mock, &called, 0);
	tx = prep(test, mock, &called, DMA_CTRL_REUSE);
	KUNIT_EXPECT_TRUE(test, dmaengine_desc_test_reuse(tx));
	dmaengine_submit(prep(test, mock, &called, 0));
	dma_async_issue_pending(chan);
	dmaengine_submit(prep(test, mock, &called, 0));
	dma_release_channel(chan);
	KUNIT_EXPECT_EQ(test, 4, mock->chan[0].freed);
	KUNIT_EXPECT_EQ(test, 0, called.plain);
}

static void chain_is_submitted_when_its_head_is_complete(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct dma_async_tx_descriptor *tx[3];
	struct called called[3] = { };
	int i;

	for (i = 0; i < ARRAY_SIZE(tx); i++)
		tx[i] = prep(test, mock, &called[i], DMA_PREP_INTERRUPT);
	txd_chain(tx[0], tx[1]);
	txd_chain(tx[1], tx[2]);
	dma_run_dependencies(tx[0]);
	KUNIT_EXPECT_NULL(test, txd_next(tx[0]));
	KUNIT_EXPECT_EQ(test, 0, tx[0]->cookie);
	KUNIT_EXPECT_GT(test, tx[1]->cookie, 0);
	KUNIT_EXPECT_EQ(test, tx[1]->cookie + 1, tx[2]->cookie);
	KUNIT_EXPECT_TRUE(test, mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_TRUE(test, mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_FALSE(test, mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_TRUE(test, wait_for(&called[2]));
	vchan_synchronize(&mock->chan[0].vc);
}

static void descriptor_without_a_chain_has_nothing_to_run(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct dma_async_tx_descriptor *tx;
	struct called called = { };

	mock->chan[0].issued = 0;
	dma_run_dependencies(prep(test, mock, &called, 0));
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].issued);

	/* What stands in the same place is not taken for a chain. */
	mock->dma.desc_metadata_modes = DESC_METADATA_CLIENT;
	tx = prep(test, mock, &called, 0);
	tx->metadata_ops = &meta_ops;
	KUNIT_EXPECT_NULL(test, txd_next(tx));
	txd_clear_next(tx);
	dma_run_dependencies(tx);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].issued);
	KUNIT_EXPECT_PTR_EQ(test, &meta_ops, tx->metadata_ops);
}

static void waiting_gives_up_after_five_seconds(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct dma_chan *chan = mock_dma_chan(mock, 0);
	struct dma_async_tx_descriptor *tx;
	unsigned long start = jiffies;
	struct called called = { };

	KUNIT_EXPECT_EQ(test, DMA_COMPLETE, dma_wait_for_async_tx(NULL));

	tx = prep(test, mock, &called, 0);
	dmaengine_submit(tx);
	KUNIT_EXPECT_EQ(test, DMA_ERROR, dma_wait_for_async_tx(tx));
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(jiffies - start), 4900);
	KUNIT_EXPECT_LE(test, jiffies_to_msecs(jiffies - start), 9900);
	dmaengine_terminate_sync(chan);
}

static struct kunit_case virt_cases[] = {
	KUNIT_CASE(descriptor_goes_from_list_to_list),
	KUNIT_CASE(result_is_told_to_who_wants_it),
	KUNIT_CASE(descriptor_kept_for_reuse_is_submitted_again),
	KUNIT_CASE(descriptor_kept_for_reuse_is_its_callbacks_to_use),
	KUNIT_CASE(cyclic_descriptor_calls_back_each_period),
	KUNIT_CASE(callback_that_is_due_goes_with_its_descriptor),
	KUNIT_CASE(terminated_descriptors_are_freed_uncalled),
	KUNIT_CASE(released_channel_frees_all_its_descriptors),
	KUNIT_CASE(chain_is_submitted_when_its_head_is_complete),
	KUNIT_CASE(descriptor_without_a_chain_has_nothing_to_run),
	KUNIT_CASE_SLOW(waiting_gives_up_after_five_seconds),
	{}
};

static struct kunit_suite virt_suite = {
	.name = "dmaengine-virt",
	.test_cases = virt_cases,
};

kunit_test_suites(&registration_suite, &client_suite, &public_suite,
		  &exclusive_suite, &helper_suite, &unmap_suite,
		  &metadata_suite, &virt_suite);

MODULE_DESCRIPTION("KUnit tests of the DMA engine core");
MODULE_LICENSE("GPL");
