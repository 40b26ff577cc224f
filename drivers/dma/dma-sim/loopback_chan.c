// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channels of the loopback's DMA controller. Clients queue descriptors in
 * any context, virt-dma keeps the queues and calls back; one thread runs all
 * channels by turns. A turn is a burst, and is made with the channel's lock
 * held: between two bursts a channel can be halted, asked or stopped, and what
 * it then says of itself is exact.
 */

#include <linux/bottom_half.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "loopback.h"

/*
 * Running descriptors: by the thread, channel locked.
 */

static void loop_rewind(struct loop_desc *d)
{
	d->at = 0;
	d->off = 0;
	d->done = 0;
}

static struct loop_desc *loop_start(struct loop_chan *lc)
{
	struct virt_dma_desc *vd = vchan_next_desc(&lc->vc);
	struct loop_desc *d;

	if (!vd)
		return NULL;
	list_del(&vd->node);
	d = to_loop_desc(vd);
	loop_rewind(d);
	d->fail_at = U32_MAX;
	if (atomic_dec_if_positive(&lc->fifo->lb->fail_next) >= 0)
		d->fail_at = rounddown(d->len / 2, d->width);
	if (lc->dir == DMA_DEV_TO_MEM)
		d->meta_len = 0;
	lc->desc = d;
	return d;
}

/* The client has its metadata before it hears of the completion. */
static void loop_deliver_meta(struct loop_desc *d)
{
	size_t n = min(d->client_len, d->meta_len);

	if (!d->client)
		return;
	memcpy(d->client, d->meta, n);
	memset(d->client + n, 0, d->client_len - n);
}

/* Ends a descriptor that is on no list; its callback runs later. */
static void loop_end(struct loop_chan *lc, struct loop_desc *d,
		     enum dmaengine_tx_result result)
{
	lockdep_assert_held(&lc->vc.lock);
	if (lc->desc == d)
		lc->desc = NULL;
	if (result != DMA_TRANS_NOERROR) {
		lc->failed[lc->failed_next] = d->vd.tx.cookie;
		lc->failed_next = (lc->failed_next + 1) % LOOP_FAILURES;
	} else if (lc->dir == DMA_DEV_TO_MEM) {
		loop_deliver_meta(d);
	}
	d->vd.tx_result = (struct dmaengine_result) {
		.result = result, .residue = d->len - d->done,
	};
	vchan_cookie_complete(&d->vd);
}

/* Whether a descriptor that has come to its end is to start over. */
static bool loop_repeats(struct loop_chan *lc, struct loop_desc *d)
{
	struct virt_dma_desc *next = vchan_next_desc(&lc->vc);

	if (d->cyclic)
		return true;
	if (!(d->vd.tx.flags & DMA_PREP_REPEAT))
		return false;
	return !next || !(next->tx.flags & DMA_PREP_LOAD_EOT);
}

static void loop_end_segment(struct loop_chan *lc, struct loop_desc *d)
{
	bool last = ++d->at == d->segs;

	d->off = 0;
	if (last && !loop_repeats(lc, d)) {
		loop_end(lc, d, DMA_TRANS_NOERROR);
		return;
	}
	if (last)
		loop_rewind(d);
	/* A period has ended: that of a repeated descriptor is all of it. */
	if ((last || d->cyclic) && d->vd.tx.flags & DMA_PREP_INTERRUPT)
		vchan_cyclic_callback(&d->vd);
}

/* What the first burst of a descriptor takes along: bytes, 0 for nothing. */
static size_t loop_meta(struct loop_desc *d, const void **meta)
{
	*meta = d->client ?: d->meta;
	return d->client ? d->client_len : d->meta_len;
}

/* Bytes that can move now: whole words, 0 when the request line is down. */
static size_t loop_ready(struct loop_chan *lc, struct loop_desc *d)
{
	size_t n = min_t(size_t, d->burst, d->seg[d->at].len - d->off);
	struct loop_fifo *fifo = lc->fifo;
	const void *meta;

	n = min_t(size_t, n, d->fail_at - d->done);
	if (lc->dir == DMA_DEV_TO_MEM)
		return rounddown(min(n, loop_fifo_fill(fifo)), d->width);
	if (!d->done && loop_meta(d, &meta) && !loop_fifo_takes_note(fifo))
		return 0;
	return rounddown(min(n, loop_fifo_room(fifo)), d->width);
}

static enum dmaengine_tx_result
loop_send(struct loop_chan *lc, struct loop_desc *d, dma_addr_t addr, size_t n)
{
	struct dma_sim_loopback *lb = lc->fifo->lb;
	const void *meta;
	size_t len;

	if (!dma_sim_read(&lb->pdev->dev, addr, lb->bounce, n))
		return DMA_TRANS_READ_FAILED;
	len = d->done ? 0 : loop_meta(d, &meta);
	if (len)
		loop_fifo_push_note(lc->fifo, meta, len);
	loop_fifo_push(lc->fifo, lb->bounce, n);
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
loop_receive(struct loop_chan *lc, struct loop_desc *d, dma_addr_t addr,
	     size_t n)
{
	struct dma_sim_loopback *lb = lc->fifo->lb;
	u8 surplus[LOOP_META_SIZE];
	size_t len;

	loop_fifo_pop(lc->fifo, lb->bounce, n);
	/* Of several notes the descriptor has room for one. */
	do {
		len = loop_fifo_pop_note(lc->fifo,
					 d->meta_len ? surplus : d->meta);
		d->meta_len = d->meta_len ?: len;
	} while (len);
	if (!dma_sim_write(&lb->pdev->dev, addr, lb->bounce, n))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

/* One burst. False if there was nothing to do, or the FIFO was not ready. */
static bool loop_burst(struct loop_chan *lc)
{
	bool out = lc->dir == DMA_MEM_TO_DEV;
	enum dmaengine_tx_result result;
	struct loop_desc *d;
	size_t n;

	lockdep_assert_held(&lc->vc.lock);
	d = lc->desc ?: loop_start(lc);
	if (!d)
		return false;
	if (d->done >= d->fail_at) {
		loop_end(lc, d, out ? DMA_TRANS_READ_FAILED :
				      DMA_TRANS_WRITE_FAILED);
		return true;
	}

	spin_lock(&lc->fifo->lock);
	n = loop_ready(lc, d);
	if (n)
		result = (out ? loop_send : loop_receive)
			 (lc, d, d->seg[d->at].addr + d->off, n);
	spin_unlock(&lc->fifo->lock);
	if (!n)
		return false;

	if (result != DMA_TRANS_NOERROR) {
		loop_end(lc, d, result);
		return true;
	}
	d->off += n;
	d->done += n;
	if (d->off == d->seg[d->at].len)
		loop_end_segment(lc, d);
	return true;
}

static bool loop_turn(struct loop_chan *lc)
{
	bool moved = false;

	/* Callbacks run as bottom halves are enabled: before the next burst. */
	local_bh_disable();
	spin_lock_irq(&lc->vc.lock);
	if (!lc->paused)
		moved = loop_burst(lc);
	spin_unlock_irq(&lc->vc.lock);
	local_bh_enable();
	return moved;
}

static bool loop_round(struct dma_sim_loopback *lb)
{
	bool moved = false;
	unsigned int i;

	for (i = 0; i < lb->config.fifos; i++) {
		moved |= loop_turn(&lb->fifo[i].tx);
		moved |= loop_turn(&lb->fifo[i].rx);
	}
	return moved;
}

int loop_thread(void *data)
{
	struct dma_sim_loopback *lb = data;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (loop_round(lb)) {
			__set_current_state(TASK_RUNNING);
			cond_resched();
			continue;
		}
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * What the dmaengine core and clients call, all but synchronize and free in any
 * context.
 */

/* Ends all that was submitted: the controller goes away. */
void loop_chan_abort(struct loop_chan *lc)
{
	struct virt_dma_chan *vc = &lc->vc;
	struct virt_dma_desc *vd;

	lockdep_assert_held(&vc->lock);
	if (lc->desc)
		loop_end(lc, lc->desc, DMA_TRANS_ABORTED);
	vchan_issue_pending(vc);
	while ((vd = vchan_next_desc(vc))) {
		list_del(&vd->node);
		loop_rewind(to_loop_desc(vd));
		loop_end(lc, to_loop_desc(vd), DMA_TRANS_ABORTED);
	}
}

static void loop_issue_pending(struct dma_chan *chan)
{
	struct loop_chan *lc = to_loop_chan(chan);
	struct dma_sim_loopback *lb = lc->fifo->lb;
	unsigned long irq;
	bool wake;

	spin_lock_irqsave(&lc->vc.lock, irq);
	wake = vchan_issue_pending(&lc->vc);
	if (READ_ONCE(lb->dying))
		loop_chan_abort(lc);
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	if (wake)
		wake_up_process(lb->thread);
}

static int loop_pause(struct dma_chan *chan)
{
	struct loop_chan *lc = to_loop_chan(chan);
	unsigned long irq;

	spin_lock_irqsave(&lc->vc.lock, irq);
	lc->paused = true;
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	return 0;
}

static int loop_resume(struct dma_chan *chan)
{
	struct loop_chan *lc = to_loop_chan(chan);
	unsigned long irq;
	bool paused;

	spin_lock_irqsave(&lc->vc.lock, irq);
	paused = lc->paused;
	lc->paused = false;
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	if (!paused)
		return -EINVAL;
	wake_up_process(lc->fifo->lb->thread);
	return 0;
}

/* As virt-dma's users do: what was prepared and not submitted goes as well. */
static int loop_terminate_all(struct dma_chan *chan)
{
	struct loop_chan *lc = to_loop_chan(chan);
	struct virt_dma_desc *vd;
	unsigned long irq;
	LIST_HEAD(all);

	spin_lock_irqsave(&lc->vc.lock, irq);
	if (lc->desc)
		vchan_terminate_vdesc(&lc->desc->vd);
	lc->desc = NULL;
	lc->paused = false;
	vchan_get_all_descriptors(&lc->vc, &all);
	/* Those kept for reuse are not in flight any more. */
	list_for_each_entry(vd, &all, node)
		vd->tx.cookie = 0;
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	vchan_dma_desc_free_list(&lc->vc, &all);
	return 0;
}

static void loop_synchronize(struct dma_chan *chan)
{
	vchan_synchronize(&to_loop_chan(chan)->vc);
}

static int loop_alloc_chan_resources(struct dma_chan *chan)
{
	return 0;
}

/* The last client has gone, and what it configured with it. */
static void loop_free_chan_resources(struct dma_chan *chan)
{
	struct loop_chan *lc = to_loop_chan(chan);

	loop_terminate_all(chan);
	loop_synchronize(chan);
	vchan_free_chan_resources(&lc->vc);
	lc->width = 0;
}

static bool loop_has_failed(struct loop_chan *lc, dma_cookie_t cookie)
{
	unsigned int i;

	for (i = 0; i < LOOP_FAILURES; i++)
		if (lc->failed[i] == cookie)
			return true;
	return false;
}

/* What was submitted and has not ended. */
static struct loop_desc *loop_find(struct loop_chan *lc, dma_cookie_t cookie)
{
	struct virt_dma_desc *vd;

	if (lc->desc && lc->desc->vd.tx.cookie == cookie)
		return lc->desc;
	vd = vchan_find_desc(&lc->vc, cookie);
	if (vd)
		return to_loop_desc(vd);
	list_for_each_entry(vd, &lc->vc.desc_submitted, node)
		if (vd->tx.cookie == cookie)
			return to_loop_desc(vd);
	return NULL;
}

/* Bytes left, as precisely as the controller is configured to tell. */
static u32 loop_residue(struct loop_chan *lc, dma_cookie_t cookie)
{
	struct loop_desc *d = loop_find(lc, cookie);

	if (!d)
		return 0;
	switch (lc->fifo->lb->config.residue) {
	case DMA_RESIDUE_GRANULARITY_DESCRIPTOR:
		return 0;
	case DMA_RESIDUE_GRANULARITY_SEGMENT:
		return d == lc->desc ? d->len - (d->done - d->off) : d->len;
	default:
		return d == lc->desc ? d->len - d->done : d->len;
	}
}

static enum dma_status loop_tx_status(struct dma_chan *chan,
				      dma_cookie_t cookie,
				      struct dma_tx_state *state)
{
	struct loop_chan *lc = to_loop_chan(chan);
	enum dma_status status;
	unsigned long irq;

	spin_lock_irqsave(&lc->vc.lock, irq);
	status = dma_cookie_status(chan, cookie, state);
	if (status != DMA_COMPLETE) {
		dma_set_residue(state, loop_residue(lc, cookie));
		status = lc->paused ? DMA_PAUSED : status;
	} else if (loop_has_failed(lc, cookie)) {
		status = DMA_ERROR;
	}
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	return status;
}

void loop_chan_methods(struct dma_device *dma)
{
	dma->device_alloc_chan_resources = loop_alloc_chan_resources;
	dma->device_free_chan_resources = loop_free_chan_resources;
	dma->device_issue_pending = loop_issue_pending;
	dma->device_pause = loop_pause;
	dma->device_resume = loop_resume;
	dma->device_terminate_all = loop_terminate_all;
	dma->device_synchronize = loop_synchronize;
	dma->device_tx_status = loop_tx_status;
}

static void loop_desc_free(struct virt_dma_desc *vd)
{
	kfree(to_loop_desc(vd));
}

/* Before the controller is registered. */
void loop_chan_init(struct loop_chan *lc, struct loop_fifo *fifo,
		    enum dma_transfer_direction dir)
{
	lc->fifo = fifo;
	lc->dir = dir;
	lc->vc.desc_free = loop_desc_free;
	vchan_init(&lc->vc, &fifo->lb->dma);
}
