// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: channels come and go: rings, starting, resizing, stopping.
 *
 * A ring that is over half full gets a successor of four times the size, and
 * one of an idle channel a small one again: what is new goes to the successor,
 * and when the old one is done with, the engine is restarted on it.
 *
 * dmaengine calls for a first and a last client, power.c to put a channel to sleep
 * and wake it up, and the rest is done by a work. All hold the channel's setup mutex.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/slab.h>

#include "dma.h"
#include "../dmaengine.h"

/* Error recovery is in the way of memory being freed when md writes pages out. */
struct workqueue_struct *ioat_wq;

#define IOAT_GROW_ORDERS	2
#define IOAT_GROW_RETRY		(HZ / 10)
/* For a first descriptor that does nothing. */
#define IOAT_OPEN_MS		2000
#define IOAT_OPEN_POLL_US	20

/* --- rings --- */

static size_t sed_bytes(unsigned int order)
{
	return sizeof(struct ioat_sed) << order;
}

static void ring_free(struct ioat_chan *c, struct ioat_ring *ring)
{
	struct device *dev = ioat_dev(c);

	if (!ring)
		return;
	if (ring->sed)
		dma_free_coherent(dev, sed_bytes(ring->order), ring->sed, ring->sed_dma);
	if (ring->hw)
		dma_free_coherent(dev, ioat_ring_bytes(ring->order), ring->hw, ring->dma);
	kfree(ring);
}

/* The memory is on the device's own node. */
static struct ioat_ring *ring_alloc(struct ioat_chan *c, unsigned int order, gfp_t gfp)
{
	struct device *dev = ioat_dev(c);
	struct ioat_ring *ring = kzalloc_node(sizeof(*ring), gfp, dev_to_node(dev));

	if (!ring)
		return NULL;
	ring->order = order;
	ring->hw = dma_alloc_coherent(dev, ioat_ring_bytes(order), &ring->dma, gfp);
	if (!ring->hw)
		goto free;
	if (c->ioat->cap & IOAT_CAP_RAID16SS) {
		ring->sed = dma_alloc_coherent(dev, sed_bytes(order), &ring->sed_dma, gfp);
		if (!ring->sed)
			goto free;
	}
	for (u32 i = 0; i < ioat_ring_size(ring); i++)
		ring->hw[i].next = cpu_to_le64(ioat_ring_addr(ring, i + 1));
	return ring;

free:
	ring_free(c, ring);
	return NULL;
}

/* --- starting and stopping --- */

/* Starts a channel that was reset and programmed, at its oldest descriptor. */
void ioat_start(struct ioat_chan *c)
{
	lockdep_assert_held(&c->setup);
	spin_lock_bh(&c->lock);
	if (c->state == IOAT_HELD && !c->asleep) {
		clear_bit(IOAT_TODO_HALT, &c->todo);
		clear_bit(IOAT_TODO_HANG, &c->todo);
		WRITE_ONCE(*c->completion, 0);
		c->status_seen = 0;
		c->ring->start = c->ring->tail;
		c->quiet = 0;
		ioat_write_chain(c);
		c->state = IOAT_RUNNING;
		if (c->ring->issued != c->ring->tail)
			ioat_doorbell(c);
		/* A successor's turn, or what was asked for while it stood still. */
		if (c->todo || (c->next && c->ring->tail == c->ring->head))
			queue_work(ioat_wq, &c->work);
	}
	spin_unlock_bh(&c->lock);
}

/* Which order should the ring have that is to be made, 0 if none? */
static unsigned int wanted_order(struct ioat_chan *c)
{
	bool shrink = test_and_clear_bit(IOAT_TODO_SHRINK, &c->todo);
	bool grow = test_and_clear_bit(IOAT_TODO_GROW, &c->todo);
	unsigned int order = 0;

	spin_lock_bh(&c->lock);
	if (c->state != IOAT_RUNNING || c->next)
		order = 0;
	else if (grow)
		order = min(c->ring->order + IOAT_GROW_ORDERS, IOAT_MAX_ORDER);
	else if (shrink)
		order = IOAT_MIN_ORDER;
	spin_unlock_bh(&c->lock);
	return order;
}

static void make_successor(struct ioat_chan *c, unsigned int order)
{
	/* Does not wait for memory that may be waiting for this channel. */
	struct ioat_ring *ring = ring_alloc(c, order, GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN);
	bool idle;

	spin_lock_bh(&c->lock);
	idle = list_empty(&c->active) && !c->reserved;
	if (ring && ioat_takes_operations(c) && (order > c->ring->order || idle)) {
		c->next = ring;
		ring = NULL;
	}
	c->grow_after = jiffies + IOAT_GROW_RETRY;
	spin_unlock_bh(&c->lock);
	ring_free(c, ring);
}

/* The ring is done with and has a successor: from now on the engine's on that. */
static void succeed(struct ioat_chan *c)
{
	struct ioat_ring *old = NULL;

	spin_lock_bh(&c->lock);
	if (c->state == IOAT_RUNNING && c->next && c->ring->tail == c->ring->head) {
		c->state = IOAT_HELD;
		old = c->ring;
	}
	spin_unlock_bh(&c->lock);
	if (!old || !ioat_reset_held(c, 0))
		return;

	spin_lock_bh(&c->lock);
	c->ring = c->next;
	c->next = NULL;
	spin_unlock_bh(&c->lock);
	ioat_program(c);
	ioat_start(c);
	ring_free(c, old);
}

static void ioat_work(struct work_struct *work)
{
	struct ioat_chan *c = container_of(work, struct ioat_chan, work);
	unsigned int order;
	bool halt, hang;

	mutex_lock(&c->setup);
	if (READ_ONCE(c->state) == IOAT_HELD && !c->asleep) {
		halt = test_and_clear_bit(IOAT_TODO_HALT, &c->todo);
		hang = test_and_clear_bit(IOAT_TODO_HANG, &c->todo);
		if (halt || hang)
			ioat_recover(c, hang && !halt);
	}
	if (READ_ONCE(c->state) == IOAT_RUNNING) {
		order = wanted_order(c);
		if (order)
			make_successor(c, order);
		succeed(c);
	}
	mutex_unlock(&c->setup);
}

static void drop_memory(struct ioat_chan *c)
{
	ring_free(c, c->ring);
	ring_free(c, c->next);
	dma_pool_free(c->ioat->completions, c->completion, c->completion_dma);
	c->ring = NULL;
	c->next = NULL;
	c->completion = NULL;
}

/* A null descriptor goes all the way: the channel works. */
static bool gets_off_the_ground(struct ioat_chan *c)
{
	struct ioat_desc *d = ioat_desc_get(c, 1);
	unsigned long end = jiffies + msecs_to_jiffies(IOAT_OPEN_MS);
	enum dma_status status;
	dma_cookie_t cookie;

	if (!d)
		return false;
	ioat_prep_null(&d->op, 0);
	cookie = dmaengine_submit(&d->txd);
	if (dma_submit_error(cookie))
		return false;
	ioat_issue_pending(&c->chan);
	do {
		usleep_range(IOAT_OPEN_POLL_US, 2 * IOAT_OPEN_POLL_US);
		status = ioat_tx_status(&c->chan, cookie, NULL);
	} while (status == DMA_IN_PROGRESS && time_before(jiffies, end));
	return status == DMA_COMPLETE;
}

static int open_chan(struct ioat_chan *c)
{
	int err = -ENOMEM;

	c->completion = dma_pool_zalloc(c->ioat->completions, GFP_KERNEL,
					&c->completion_dma);
	if (!c->completion)
		return err;
	c->ring = ring_alloc(c, IOAT_MIN_ORDER, GFP_KERNEL);
	if (!c->ring)
		goto free;
	err = ioat_reset(c);
	if (err)
		goto free;

	c->todo = 0;
	c->reserved = 0;
	c->strikes = 0;
	c->nr_failed = 0;
	c->tail_seen = 0;
	c->irq_due = false;
	c->grow_after = jiffies;
	ioat_program(c);
	spin_lock_bh(&c->lock);
	c->state = IOAT_HELD;
	spin_unlock_bh(&c->lock);
	ioat_start(c);
	return ioat_ring_size(c->ring);

free:
	drop_memory(c);
	return err;
}

/* @opened: it has a client now, and had none. */
static int open_first(struct ioat_chan *c, bool *opened)
{
	struct ioat_device *ioat = c->ioat;
	int ret = -ENODEV;

	mutex_lock(&c->setup);
	if (c->ring) {
		ret = ioat_ring_size(c->ring);
	} else if (READ_ONCE(ioat->cut_off)) {
		ret = -EIO;
	} else if (!ioat->removed && !c->asleep) {
		ret = open_chan(c);
		*opened = ret > 0;
	}
	mutex_unlock(&c->setup);
	return ret;
}

int ioat_alloc_chan_resources(struct dma_chan *chan)
{
	struct ioat_chan *c = to_ioat_chan(chan);
	bool opened = false;
	int ret = open_first(c, &opened);

	if (ret == -ETIMEDOUT) {
		ioat_reset_device(c->ioat);
		ret = open_first(c, &opened);
	}
	if (opened && !gets_off_the_ground(c)) {
		dev_err(ioat_dev(c), "channel %u does not start: status %#llx, errors %#x\n",
			c->index, ioat_chansts(c), readl(c->regs + IOAT_CHANERR));
		ioat_free_chan_resources(chan);
		ret = -EIO;
	}
	return ret;
}

static void free_descs(struct ioat_chan *c)
{
	struct ioat_desc *d, *next;

	list_for_each_entry_safe(d, next, &c->free, node) {
		list_del(&d->node);
		kmem_cache_free(ioat_desc_cache, d);
	}
}

static int stop_engine(struct ioat_chan *c)
{
	int err = -ENODEV;

	mutex_lock(&c->setup);
	if (c->ring && !c->ioat->removed)
		err = ioat_reset(c);
	if (!err)
		ioat_program_power(c, IOAT_LTR_SELECT_IDLE);
	mutex_unlock(&c->setup);
	return err;
}

/* Ends what a client left undone, and tells him if he is still there. */
static void drop_operations(struct ioat_chan *c, bool has_client)
{
	struct ioat_desc *d;
	LIST_HEAD(done);

	spin_lock_bh(&c->lock);
	while (!list_empty(&c->active))
		ioat_fail_oldest(c, DMA_TRANS_ABORTED, &done);
	spin_unlock_bh(&c->lock);
	list_for_each_entry(d, &done, node) {
		if (has_client)
			break;
		d->txd.callback = NULL;
		d->txd.callback_result = NULL;
	}
	ioat_finish(c, &done);
	free_descs(c);
}

/**
 * ioat_chan_close() - stop a channel, and free its memory
 * @c: channel
 * @has_client: it is taken from a client, who keeps it and finds it closed
 */
void ioat_chan_close(struct ioat_chan *c, bool has_client)
{
	int irq = ioat_chan_irq(c);

	/* From here on nothing starts any of what is waited for next. */
	spin_lock_bh(&c->lock);
	c->state = IOAT_OFF;
	spin_unlock_bh(&c->lock);
	/* has_news() */
	if (has_client)
		synchronize_rcu();
	if (irq >= 0)
		synchronize_irq(irq);
	timer_delete_sync(&c->watchdog);
	tasklet_kill(&c->tasklet);
	cancel_work_sync(&c->work);
	c->ticking = false;

	if (stop_engine(c) == -ETIMEDOUT)
		ioat_reset_device(c->ioat);
	mutex_lock(&c->setup);
	if (c->ring) {
		drop_operations(c, has_client);
		drop_memory(c);
	}
	mutex_unlock(&c->setup);
}

void ioat_free_chan_resources(struct dma_chan *chan)
{
	ioat_chan_close(to_ioat_chan(chan), false);
}

/* Stops a channel until ioat_chan_wake(); what is submitted stays in the ring. */
void ioat_chan_sleep(struct ioat_chan *c)
{
	LIST_HEAD(done);

	mutex_lock(&c->setup);
	if (c->asleep)
		goto out;
	spin_lock_bh(&c->lock);
	c->asleep = true;
	/* Halted or hanging already: the work leaves it to ioat_chan_wake(). */
	c->torn = c->state == IOAT_HELD;
	if (c->state == IOAT_RUNNING)
		c->state = IOAT_HELD;
	spin_unlock_bh(&c->lock);
	if (!c->ring)
		goto out;
	c->torn |= ioat_status_halted(ioat_chansts(c)) || !ioat_suspend(c);
	spin_lock_bh(&c->lock);
	ioat_reap(c, ioat_chansts(c), &done);
	c->at_work = c->ring->issued != c->ring->tail;
	spin_unlock_bh(&c->lock);
	ioat_reset(c);
	ioat_finish(c, &done);
out:
	mutex_unlock(&c->setup);
}

/* A channel that is awake and was reset goes on. */
static void get_up(struct ioat_chan *c, bool torn)
{
	LIST_HEAD(done);

	lockdep_assert_held(&c->setup);
	spin_lock_bh(&c->lock);
	if ((torn || c->torn) && c->at_work)
		ioat_blame(c, 0, &done);
	spin_unlock_bh(&c->lock);
	if (!list_empty(&done))
		dev_warn(ioat_dev(c), "channel %u was stopped half-way, one operation fails\n",
			 c->index);
	ioat_restart(c, 0);
	ioat_finish(c, &done);
}

/*
 * Starts it again. If it was not stopped between two descriptors, which a reset
 * of the bus does not do either (@torn), the oldest may be half done, and fails.
 * -ETIMEDOUT: it does not reset, and sleeps on.
 */
int ioat_chan_wake(struct ioat_chan *c, bool torn)
{
	int err = 0;

	mutex_lock(&c->setup);
	if (c->state == IOAT_HELD)
		err = ioat_reset(c);
	if (err == -ETIMEDOUT)
		goto out;
	c->asleep = false;
	if (err)
		ioat_take_out(c, "is not there any more", 0);
	else if (c->state == IOAT_HELD)
		get_up(c, torn);
	err = 0;
out:
	mutex_unlock(&c->setup);
	return err;
}

/* The last that is done to a channel. */
void ioat_chan_free(struct ioat_chan *c)
{
	free_descs(c);
	kfree(c);
}

void ioat_chan_init(struct ioat_device *ioat, struct ioat_chan *c, unsigned int index)
{
	c->ioat = ioat;
	c->index = index;
	c->regs = ioat->regs + IOAT_CHANNEL_SIZE * (index + 1);
	c->chan.device = &ioat->dma;
	c->intr_coalesce = ioat->can_delay;
	dma_cookie_init(&c->chan);
	mutex_init(&c->setup);
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->active);
	INIT_LIST_HEAD(&c->free);
	INIT_WORK(&c->work, ioat_work);
	timer_setup(&c->watchdog, ioat_watchdog, 0);
	tasklet_setup(&c->tasklet, ioat_tasklet);
}

int __init ioat_dma_init(void)
{
	ioat_desc_cache = KMEM_CACHE(ioat_desc, SLAB_HWCACHE_ALIGN);
	if (!ioat_desc_cache)
		return -ENOMEM;
	ioat_wq = alloc_workqueue("ioatdma", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!ioat_wq) {
		kmem_cache_destroy(ioat_desc_cache);
		return -ENOMEM;
	}
	return 0;
}

void ioat_dma_exit(void)
{
	destroy_workqueue(ioat_wq);
	kmem_cache_destroy(ioat_desc_cache);
}
