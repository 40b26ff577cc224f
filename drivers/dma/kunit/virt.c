// SPDX-License-Identifier: GPL-2.0-only
/* KUnit: virtual channels, and waiting for a descriptor. */
#include <linux/completion.h>

#include "mock.h"

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

	tx = dmaengine_prep_interleaved_dma(mock_channel(mock, 0), NULL, flags);
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
	struct mock *mock = dma_mock_slave(test);
	struct dma_chan *chan = dma_get_slave_channel(mock_channel(mock, 0));

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
	KUNIT_EXPECT_FALSE(test, dma_mock_complete(&mock->chan[0]));

	dma_async_issue_pending(&vc->chan);
	KUNIT_EXPECT_TRUE(test, list_empty(&vc->desc_submitted));
	spin_lock_irq(&vc->lock);
	KUNIT_EXPECT_PTR_EQ(test, tx, &vchan_find_desc(vc, cookie)->tx);
	KUNIT_EXPECT_NULL(test, vchan_find_desc(vc, cookie + 1));
	spin_unlock_irq(&vc->lock);
	KUNIT_EXPECT_EQ(test, DMA_IN_PROGRESS,
			dma_async_is_tx_complete(&vc->chan, cookie, NULL, NULL));

	KUNIT_EXPECT_TRUE(test, dma_mock_complete(&mock->chan[0]));
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
	dma_mock_complete(&mock->chan[0]);
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
		dma_mock_complete(&mock->chan[0]);
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
	dma_mock_complete(&mock->chan[0]);
	vchan_synchronize(vc);
	KUNIT_EXPECT_FALSE(test, list_empty(&vc->desc_issued));
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].freed);

	KUNIT_EXPECT_TRUE(test, dma_mock_complete(&mock->chan[0]));
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
	struct dma_chan *chan = mock_channel(mock, 0);
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
	struct mock *mock = dma_mock_slave(test);
	struct dma_chan *chan = dma_get_slave_channel(mock_channel(mock, 0));
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
	KUNIT_EXPECT_TRUE(test, dma_mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_TRUE(test, dma_mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_FALSE(test, dma_mock_complete(&mock->chan[0]));
	KUNIT_EXPECT_TRUE(test, wait_for(&called[2]));
	vchan_synchronize(&mock->chan[0].vc);
}

static void descriptor_without_a_chain_has_nothing_to_run(struct kunit *test)
{
	static struct dma_descriptor_metadata_ops no_ops;
	struct mock *mock = mock_in_use(test);
	struct dma_async_tx_descriptor *tx;
	struct called called = { };

	mock->chan[0].issued = 0;
	dma_run_dependencies(prep(test, mock, &called, 0));
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].issued);

	/* What stands in the same place is not taken for a chain. */
	mock->dma.desc_metadata_modes = DESC_METADATA_CLIENT;
	tx = prep(test, mock, &called, 0);
	tx->metadata_ops = &no_ops;
	KUNIT_EXPECT_NULL(test, txd_next(tx));
	txd_clear_next(tx);
	dma_run_dependencies(tx);
	KUNIT_EXPECT_EQ(test, 0, mock->chan[0].issued);
	KUNIT_EXPECT_PTR_EQ(test, &no_ops, tx->metadata_ops);
}

static void waiting_gives_up_after_five_seconds(struct kunit *test)
{
	struct mock *mock = mock_in_use(test);
	struct dma_chan *chan = mock_channel(mock, 0);
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

struct kunit_suite dmaengine_virt_suite = {
	.name = "dmaengine-virt",
	.test_cases = virt_cases,
};
