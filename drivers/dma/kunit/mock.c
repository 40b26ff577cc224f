// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the DMA engine core and of virtual channels: the mock provider
 * that they share, and the list of the suites. See mock.h.
 */
#include <linux/module.h>

#include "mock.h"

void dma_mock_log(struct mock *mock, char what)
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
	dma_mock_log(to_mock(chan->device), 'f');
}

void dma_mock_desc_free(struct virt_dma_desc *vd)
{
	to_mock_chan(vd->tx.chan)->freed++;
	kfree(vd);
}

struct dma_async_tx_descriptor *
dma_mock_prep(struct dma_chan *chan, struct dma_interleaved_template *xt,
	      unsigned long flags)
{
	struct virt_dma_desc *vd = kzalloc(sizeof(*vd), GFP_NOWAIT);

	return vd ? vchan_tx_prep(&to_mock_chan(chan)->vc, vd, flags) : NULL;
}

enum dma_status dma_mock_status(struct dma_chan *chan, dma_cookie_t cookie,
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
	dma_mock_log(to_mock(dma), 'r');
}

/* Completes the channel's oldest issued descriptor. */
bool dma_mock_complete(struct mock_chan *mc)
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

void dma_mock_unregister(void *data)
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
struct mock *dma_mock_new(struct kunit *test)
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
	mock->dma.device_prep_interleaved_dma = dma_mock_prep;
	mock->dma.device_tx_status = dma_mock_status;
	mock->dma.device_issue_pending = mock_issue;
	mock->dma.device_terminate_all = mock_terminate;
	mock->dma.device_synchronize = mock_synchronize;
	mock->dma.device_release = mock_release;
	dma_cap_set(DMA_INTERLEAVE, mock->dma.cap_mask);

	INIT_LIST_HEAD(&mock->dma.channels);
	for (i = 0; i < MOCK_CHANNELS; i++) {
		mock->chan[i].vc.desc_free = dma_mock_desc_free;
		vchan_init(&mock->chan[i].vc, &mock->dma);
	}
	return mock;
}

void dma_mock_register(struct kunit *test, struct mock *mock)
{
	KUNIT_ASSERT_EQ(test, 0, dma_async_device_register(&mock->dma));
	mock->registered = true;
	mock->others = mock->chan[0].vc.chan.client_count;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, dma_mock_unregister, mock));
}

struct mock *dma_mock_registered(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);

	dma_mock_register(test, mock);
	return mock;
}

struct mock *dma_mock_slave(struct kunit *test)
{
	struct mock *mock = dma_mock_new(test);

	dma_cap_set(DMA_PRIVATE, mock->dma.cap_mask);
	dma_cap_set(DMA_SLAVE, mock->dma.cap_mask);
	dma_mock_register(test, mock);
	return mock;
}

/* What the channel has in sysfs by that name. */
struct device_attribute *dma_mock_attr(struct dma_chan *chan, const char *name)
{
	struct attribute **attr = chan->dev->device.class->dev_groups[0]->attrs;

	while (strcmp((*attr)->name, name))
		attr++;
	return container_of(*attr, struct device_attribute, attr);
}

dma_cap_mask_t dma_mock_mask(void)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_INTERLEAVE, mask);
	return mask;
}

struct dma_chan *dma_mock_take(void)
{
	dma_cap_mask_t mask = dma_mock_mask();

	return dma_request_channel(mask, NULL, NULL);
}

kunit_test_suites(&dmaengine_registration_suite, &dmaengine_client_suite,
		  &dmaengine_public_suite, &dmaengine_exclusive_suite,
		  &dmaengine_helper_suite, &dmaengine_unmap_suite,
		  &dmaengine_metadata_suite, &dmaengine_virt_suite);

MODULE_DESCRIPTION("KUnit tests of the DMA engine core");
MODULE_LICENSE("GPL");
