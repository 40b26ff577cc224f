/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual DMA channels: the queues that most providers need in front of their
 * hardware. A descriptor is on one list at a time:
 *
 *   allocated -> submitted -> issued -> (the provider's) -> completed -> freed
 *                                                   \-> terminated -> freed
 *
 * and one with DMA_CTRL_REUSE goes back to allocated instead of being freed.
 * virt_dma_chan.lock guards the lists; it is taken in any context, with
 * interrupts off, and never held while a callback or desc_free() runs.
 */
#ifndef VIRT_DMA_H
#define VIRT_DMA_H

#include <linux/dmaengine.h>
#include <linux/interrupt.h>

#include "dmaengine.h"

/**
 * struct virt_dma_desc - a descriptor; providers embed it in their own
 * @tx: what the client sees
 * @tx_result: given to its callback; the provider changes it on error
 * @node: in one of the channel's lists, under its lock
 */
struct virt_dma_desc {
	struct dma_async_tx_descriptor tx;
	struct dmaengine_result tx_result;
	struct list_head node;
};

/**
 * struct virt_dma_chan - a channel; providers embed it in their own
 * @chan: what the client sees
 * @task: runs the callbacks
 * @desc_free: the provider's, frees a descriptor
 * @lock: for all that follows, and for the cookies
 * @desc_allocated: prepared
 * @desc_submitted: numbered
 * @desc_issued: for the provider to take
 * @desc_completed: the callback is due
 * @desc_terminated: freed by vchan_synchronize()
 * @cyclic: cyclic descriptor of which a period's callback is due
 */
struct virt_dma_chan {
	struct dma_chan chan;
	struct tasklet_struct task;
	void (*desc_free)(struct virt_dma_desc *vd);

	/* For what follows. */
	spinlock_t lock;
	struct list_head desc_allocated;
	struct list_head desc_submitted;
	struct list_head desc_issued;
	struct list_head desc_completed;
	struct list_head desc_terminated;
	struct virt_dma_desc *cyclic;
};

static inline struct virt_dma_chan *to_virt_chan(struct dma_chan *chan)
{
	return container_of(chan, struct virt_dma_chan, chan);
}

void vchan_init(struct virt_dma_chan *vc, struct dma_device *dmadev);
dma_cookie_t vchan_tx_submit(struct dma_async_tx_descriptor *tx);
int vchan_tx_desc_free(struct dma_async_tx_descriptor *tx);
struct virt_dma_desc *vchan_find_desc(struct virt_dma_chan *vc,
				      dma_cookie_t cookie);
void vchan_dma_desc_free_list(struct virt_dma_chan *vc, struct list_head *head);

/**
 * vchan_tx_prep() - make a descriptor ready for its client
 * @vc: channel
 * @vd: descriptor, filled in by the provider
 * @tx_flags: flags of the prepare call
 *
 * Return: what the prepare method returns.
 */
static inline struct dma_async_tx_descriptor *
vchan_tx_prep(struct virt_dma_chan *vc, struct virt_dma_desc *vd,
	      unsigned long tx_flags)
{
	struct dma_async_tx_descriptor *tx = &vd->tx;
	unsigned long irq;

	dma_async_tx_descriptor_init(tx, &vc->chan);
	tx->tx_submit = vchan_tx_submit;
	tx->desc_free = vchan_tx_desc_free;
	tx->flags = tx_flags;
	vd->tx_result = (struct dmaengine_result) { .result = DMA_TRANS_NOERROR };

	spin_lock_irqsave(&vc->lock, irq);
	list_add_tail(&vd->node, &vc->desc_allocated);
	spin_unlock_irqrestore(&vc->lock, irq);
	return tx;
}

/**
 * vchan_issue_pending() - issue all that was submitted
 * @vc: channel, locked
 *
 * Return: true if there is something for the provider to start.
 */
static inline bool vchan_issue_pending(struct virt_dma_chan *vc)
{
	lockdep_assert_held(&vc->lock);
	list_splice_tail_init(&vc->desc_submitted, &vc->desc_issued);
	return !list_empty(&vc->desc_issued);
}

/**
 * vchan_cookie_complete() - a descriptor is complete
 * @vd: descriptor that the provider had taken; its channel is locked
 *
 * The callback runs from the channel's tasklet.
 */
static inline void vchan_cookie_complete(struct virt_dma_desc *vd)
{
	struct virt_dma_chan *vc = to_virt_chan(vd->tx.chan);

	lockdep_assert_held(&vc->lock);
	dev_vdbg(vc->chan.device->dev, "descriptor %p, cookie %d: complete\n",
		 vd, vd->tx.cookie);

	dma_cookie_complete(&vd->tx);
	list_add_tail(&vd->node, &vc->desc_completed);
	tasklet_schedule(&vc->task);
}

/**
 * vchan_vdesc_fini() - be done with a descriptor: free it or keep it for reuse
 * @vd: descriptor on no list; its channel is not locked
 */
static inline void vchan_vdesc_fini(struct virt_dma_desc *vd)
{
	struct virt_dma_chan *vc = to_virt_chan(vd->tx.chan);
	unsigned long irq;

	if (!dmaengine_desc_test_reuse(&vd->tx)) {
		vc->desc_free(vd);
		return;
	}

	spin_lock_irqsave(&vc->lock, irq);
	list_add(&vd->node, &vc->desc_allocated);
	spin_unlock_irqrestore(&vc->lock, irq);
}

/**
 * vchan_cyclic_callback() - a period of a cyclic descriptor is complete
 * @vd: descriptor; its channel is locked
 *
 * Periods that complete before the tasklet has run share one callback.
 */
static inline void vchan_cyclic_callback(struct virt_dma_desc *vd)
{
	struct virt_dma_chan *vc = to_virt_chan(vd->tx.chan);

	tasklet_schedule(&vc->task);
	vc->cyclic = vd;
}

/**
 * vchan_terminate_vdesc() - give up a descriptor that the provider had taken
 * @vd: descriptor; its channel is locked
 *
 * It is freed by vchan_synchronize(), since its callback may be running.
 */
static inline void vchan_terminate_vdesc(struct virt_dma_desc *vd)
{
	struct virt_dma_chan *vc = to_virt_chan(vd->tx.chan);

	lockdep_assert_held(&vc->lock);
	if (vd == vc->cyclic)
		vc->cyclic = NULL;
	list_add_tail(&vd->node, &vc->desc_terminated);
}

/**
 * vchan_next_desc() - look at the next descriptor to start
 * @vc: channel, locked
 *
 * Return: the descriptor, still on its list, or NULL.
 */
static inline struct virt_dma_desc *vchan_next_desc(struct virt_dma_chan *vc)
{
	lockdep_assert_held(&vc->lock);
	return list_first_entry_or_null(&vc->desc_issued, struct virt_dma_desc, node);
}

/**
 * vchan_get_all_descriptors() - take every descriptor off a channel's lists
 * @vc: channel, locked
 * @head: gets them at its end
 *
 * A period's callback that is due goes with its descriptor.
 */
static inline void vchan_get_all_descriptors(struct virt_dma_chan *vc,
					     struct list_head *head)
{
	struct list_head *const all[] = {
		&vc->desc_allocated, &vc->desc_submitted, &vc->desc_issued,
		&vc->desc_completed, &vc->desc_terminated,
	};
	unsigned int i;

	lockdep_assert_held(&vc->lock);
	for (i = 0; i < ARRAY_SIZE(all); i++)
		list_splice_tail_init(all[i], head);
	vc->cyclic = NULL;
}

/**
 * vchan_free_chan_resources() - free every descriptor, those kept for reuse too
 * @vc: channel that has stopped
 */
static inline void vchan_free_chan_resources(struct virt_dma_chan *vc)
{
	struct virt_dma_desc *each;
	unsigned long irq;
	LIST_HEAD(all);

	spin_lock_irqsave(&vc->lock, irq);
	vchan_get_all_descriptors(vc, &all);
	spin_unlock_irqrestore(&vc->lock, irq);

	list_for_each_entry(each, &all, node)
		dmaengine_desc_clear_reuse(&each->tx);
	vchan_dma_desc_free_list(vc, &all);
}

/**
 * vchan_synchronize() - wait for callbacks, free what was terminated
 * @vc: channel that has stopped
 *
 * Sleeps. Nothing may complete on the channel meanwhile.
 */
static inline void vchan_synchronize(struct virt_dma_chan *vc)
{
	unsigned long irq;
	LIST_HEAD(given_up);

	tasklet_kill(&vc->task);

	spin_lock_irqsave(&vc->lock, irq);
	list_splice_tail_init(&vc->desc_terminated, &given_up);
	spin_unlock_irqrestore(&vc->lock, irq);

	vchan_dma_desc_free_list(vc, &given_up);
}

#endif /* VIRT_DMA_H */
