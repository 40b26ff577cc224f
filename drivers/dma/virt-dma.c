// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual DMA channels: the part of virt-dma.h that is not inline. Submitting
 * comes from clients in any context; callbacks run from a tasklet of the
 * channel. Only virt_dma_chan.lock is taken.
 */
#include <linux/dmaengine.h>
#include <linux/module.h>

#include "virt-dma.h"

static struct virt_dma_desc *to_virt_desc(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct virt_dma_desc, tx);
}

/**
 * vchan_tx_submit() - &dma_async_tx_descriptor.tx_submit of a virtual channel
 * @tx: descriptor made by vchan_tx_prep()
 *
 * Any context.
 *
 * Return: the cookie.
 */
dma_cookie_t vchan_tx_submit(struct dma_async_tx_descriptor *tx)
{
	struct virt_dma_chan *vc = to_virt_chan(tx->chan);
	dma_cookie_t number;
	unsigned long irq;

	spin_lock_irqsave(&vc->lock, irq);
	list_move_tail(&to_virt_desc(tx)->node, &vc->desc_submitted);
	number = dma_cookie_assign(tx);
	spin_unlock_irqrestore(&vc->lock, irq);

	/* @tx may be complete and gone by now. */
	dev_dbg(vc->chan.device->dev, "descriptor %p, cookie %d: submitted\n",
		tx, number);
	return number;
}
EXPORT_SYMBOL_GPL(vchan_tx_submit);

/**
 * vchan_tx_desc_free() - &dma_async_tx_descriptor.desc_free of a virtual channel
 * @tx: descriptor with %DMA_CTRL_REUSE that is not in flight
 *
 * Any context. A client may as well clear %DMA_CTRL_REUSE and submit once more.
 *
 * Return: 0.
 */
int vchan_tx_desc_free(struct dma_async_tx_descriptor *tx)
{
	struct virt_dma_chan *vc = to_virt_chan(tx->chan);
	struct virt_dma_desc *vd = to_virt_desc(tx);
	unsigned long irq;

	dev_dbg(vc->chan.device->dev, "descriptor %p: freed by its client\n", vd);

	spin_lock_irqsave(&vc->lock, irq);
	list_del(&vd->node);
	spin_unlock_irqrestore(&vc->lock, irq);

	vc->desc_free(vd);
	return 0;
}
EXPORT_SYMBOL_GPL(vchan_tx_desc_free);

/**
 * vchan_find_desc() - find an issued descriptor that was not started
 * @vc: channel, locked
 * @cookie: its number
 *
 * Return: the descriptor, or NULL.
 */
struct virt_dma_desc *vchan_find_desc(struct virt_dma_chan *vc,
				      dma_cookie_t cookie)
{
	struct virt_dma_desc *vd, *found = NULL;

	list_for_each_entry(vd, &vc->desc_issued, node) {
		if (vd->tx.cookie == cookie) {
			found = vd;
			break;
		}
	}
	return found;
}
EXPORT_SYMBOL_GPL(vchan_find_desc);

/*
 * Calls back for a descriptor that is complete and on no list, and is done with
 * it. One that is kept for reuse is at its client's disposal before: the
 * callback, or who learns from it, may submit or free it at once.
 */
static void vchan_call_back(struct virt_dma_desc *vd)
{
	struct dmaengine_result result = vd->tx_result;
	bool kept = dmaengine_desc_test_reuse(&vd->tx);
	struct dmaengine_desc_callback cb;

	dmaengine_desc_get_callback(&vd->tx, &cb);
	if (kept)
		vchan_vdesc_fini(vd);
	dmaengine_desc_callback_invoke(&cb, &result);
	if (!kept)
		vchan_vdesc_fini(vd);
}

/* Callbacks that are due: a cyclic period's, then those of the completed. */
static void vchan_complete(struct tasklet_struct *t)
{
	struct virt_dma_chan *vc = from_tasklet(vc, t, task);
	struct dmaengine_desc_callback period_cb = { };
	struct dmaengine_result period_result = { };
	struct virt_dma_desc *vd;
	LIST_HEAD(due);

	/* A cyclic descriptor may be terminated and freed once this unlocks. */
	spin_lock_irq(&vc->lock);
	list_splice_tail_init(&vc->desc_completed, &due);
	if (vc->cyclic) {
		dmaengine_desc_get_callback(&vc->cyclic->tx, &period_cb);
		period_result = vc->cyclic->tx_result;
		vc->cyclic = NULL;
	}
	spin_unlock_irq(&vc->lock);

	dmaengine_desc_callback_invoke(&period_cb, &period_result);

	while ((vd = list_first_entry_or_null(&due, struct virt_dma_desc, node))) {
		list_del(&vd->node);
		vchan_call_back(vd);
	}
}

/**
 * vchan_dma_desc_free_list() - be done with all descriptors on a list
 * @vc: their channel, not locked
 * @head: list, empty afterwards; those with %DMA_CTRL_REUSE go back to the
 *	channel, the others are freed
 */
void vchan_dma_desc_free_list(struct virt_dma_chan *vc, struct list_head *head)
{
	while (!list_empty(head)) {
		struct virt_dma_desc *vd;

		vd = list_first_entry(head, struct virt_dma_desc, node);
		list_del(&vd->node);
		vchan_vdesc_fini(vd);
	}
}
EXPORT_SYMBOL_GPL(vchan_dma_desc_free_list);

/**
 * vchan_init() - set up a virtual channel and add it to its device
 * @vc: zeroed channel, with desc_free set by the time it is used
 * @dmadev: device with its list of channels initialized, not registered yet
 */
void vchan_init(struct virt_dma_chan *vc, struct dma_device *dmadev)
{
	struct list_head *const lists[] = {
		&vc->desc_allocated, &vc->desc_submitted, &vc->desc_issued,
		&vc->desc_completed, &vc->desc_terminated,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		INIT_LIST_HEAD(lists[i]);
	spin_lock_init(&vc->lock);
	tasklet_setup(&vc->task, vchan_complete);

	vc->chan.device = dmadev;
	dma_cookie_init(&vc->chan);
	list_add_tail(&vc->chan.device_node, &dmadev->channels);
}
EXPORT_SYMBOL_GPL(vchan_init);

MODULE_DESCRIPTION("Virtual DMA channels");
MODULE_LICENSE("GPL");
