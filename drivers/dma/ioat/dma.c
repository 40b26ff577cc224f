// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: the way of an operation through a channel.
 *
 * A channel has a ring of descriptors, each linked to the next. Prepared
 * operations wait outside of it and are written to it when they are submitted,
 * so that whoever prepares and does not submit holds up nobody. The doorbell
 * (DMACOUNT) says how many the engine may do; it writes the address of the last
 * one that is done to memory, and interrupts if that was asked for.
 *
 * Clients call from tasks and softirqs. Locks: see struct ioat_chan.
 */
#include <linux/dma-mapping.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "dma.h"
#include "../dmaengine.h"

static int completion_timeout = 200;
module_param(completion_timeout, int, 0644);
MODULE_PARM_DESC(completion_timeout,
		 "a channel without progress for twice this long hangs [msec] (default: 200)");
static int idle_timeout = 2000;
module_param(idle_timeout, int, 0644);
MODULE_PARM_DESC(idle_timeout,
		 "time without work after which a ring shrinks [msec] (default: 2000)");
int ioat_pending_level;
module_param(ioat_pending_level, int, 0644);
MODULE_PARM_DESC(ioat_pending_level,
		 "submitted descriptors after which the engine is started unasked, 0: when the ring is full (default: 0)");

struct kmem_cache *ioat_desc_cache;

/* --- submission --- */

/* Where what is submitted now goes. */
static struct ioat_ring *filling(struct ioat_chan *c)
{
	return c->next ?: c->ring;
}

void ioat_want(struct ioat_chan *c, enum ioat_todo what)
{
	if (!test_and_set_bit(what, &c->todo))
		queue_work(ioat_wq, &c->work);
}

/* Over half full, or would be with @slots more? */
static void watch_level(struct ioat_chan *c, const struct ioat_ring *ring, u32 slots)
{
	u32 used = ring->head - ring->tail + c->reserved;

	if (unlikely(used + slots > ioat_ring_size(ring) / 2) && !c->next &&
	    ring->order < IOAT_MAX_ORDER &&
	    time_after_eq(jiffies, c->grow_after))
		ioat_want(c, IOAT_TODO_GROW);
}

static unsigned long watchdog_period(void)
{
	return msecs_to_jiffies(max(READ_ONCE(completion_timeout), 1));
}

void ioat_doorbell(struct ioat_chan *c)
{
	struct ioat_ring *ring = c->ring;

	lockdep_assert_held(&c->lock);
	/* Orders all writes to the ring before it. */
	writew(ring->issued - ring->start, c->regs + IOAT_DMACOUNT);
	if (unlikely(!c->ticking)) {
		c->ticking = true;
		mod_timer(&c->watchdog, jiffies + watchdog_period());
	}
}

static void issue(struct ioat_chan *c)
{
	struct ioat_ring *ring = c->ring;

	lockdep_assert_held(&c->lock);
	if (c->next)
		c->next->issued = c->next->head;
	if (ring->issued == ring->head)
		return;
	if (ring->issued == ring->tail)
		c->quiet = 0;
	ring->issued = ring->head;
	if (unlikely(c->state != IOAT_RUNNING))
		return;
	ioat_expect(c);
	ioat_doorbell(c);
}

static dma_cookie_t ioat_submit(struct dma_async_tx_descriptor *txd);

/*
 * Promises @slots; @d is a descriptor if there is one to use again. A ring that
 * is full is started unasked, lest its client waits for room and it for him.
 */
static bool reserve(struct ioat_chan *c, u32 slots, struct ioat_desc **d)
{
	struct ioat_ring *ring;
	bool granted = false;

	spin_lock_bh(&c->lock);
	if (ioat_takes_operations(c)) {
		ring = filling(c);
		granted = c->reserved + slots <= ioat_ring_room(ring);
		watch_level(c, ring, slots);
		if (granted)
			c->reserved += slots;
		else
			issue(c);
	}
	*d = granted ? list_first_entry_or_null(&c->free, struct ioat_desc, node) : NULL;
	if (*d)
		list_del(&(*d)->node);
	spin_unlock_bh(&c->lock);
	return granted;
}

static void unreserve(struct ioat_chan *c, u32 slots)
{
	spin_lock_bh(&c->lock);
	c->reserved -= slots;
	spin_unlock_bh(&c->lock);
}

/*
 * A descriptor for an operation of @slots slots, which are then free when it is
 * submitted. NULL if it cannot be had now.
 */
struct ioat_desc *ioat_desc_get(struct ioat_chan *c, u32 slots)
{
	struct ioat_desc *d;

	if (!slots || !reserve(c, slots, &d))
		return NULL;
	if (likely(d))
		goto out;

	d = kmem_cache_alloc_node(ioat_desc_cache, GFP_NOWAIT | __GFP_NOWARN,
				  dev_to_node(ioat_dev(c)));
	if (!d) {
		unreserve(c, slots);
		return NULL;
	}
	memset(d, 0, sizeof(*d));
	dma_async_tx_descriptor_init(&d->txd, &c->chan);
	d->txd.tx_submit = ioat_submit;
out:
	d->slots = slots;
	d->result = NULL;
	d->outcome = DMA_TRANS_NOERROR;
	return d;
}

void ioat_issue_pending(struct dma_chan *chan)
{
	struct ioat_chan *c = to_ioat_chan(chan);

	spin_lock_bh(&c->lock);
	if (ioat_takes_operations(c))
		issue(c);
	spin_unlock_bh(&c->lock);
}

static void enqueue(struct ioat_chan *c, struct ioat_desc *d)
{
	struct ioat_ring *ring = filling(c);
	int level = READ_ONCE(ioat_pending_level);

	lockdep_assert_held(&c->lock);
	d->ring = ring;
	d->first = ring->head;
	d->end = ring->head + d->slots;
	ioat_encode_op(&d->op, ring, d->first, c->ioat->xfercap);
	ring->head = d->end;
	c->wanted |= d->op.last & IOAT_CTL_INT;
	list_add_tail(&d->node, &c->active);
	if (level > 0 && ring->head - ring->issued > level)
		issue(c);
}

static dma_cookie_t ioat_submit(struct dma_async_tx_descriptor *txd)
{
	struct ioat_chan *c = to_ioat_chan(txd->chan);
	struct ioat_desc *d = to_ioat_desc(txd);
	dma_cookie_t cookie = -ENODEV;

	spin_lock_bh(&c->lock);
	c->reserved -= d->slots;
	if (likely(ioat_takes_operations(c))) {
		cookie = dma_cookie_assign(txd);
		enqueue(c, d);
	} else {
		list_add(&d->node, &c->free);
	}
	spin_unlock_bh(&c->lock);
	return cookie;
}

/* --- completion --- */

/* The engine's latest status, as it is in memory. */
u64 ioat_written_back(struct ioat_chan *c)
{
	u64 status = le64_to_cpu(READ_ONCE(*c->completion));

	/* Whatever it tells of was written before it. */
	dma_rmb();
	return status;
}

static void note_end(struct ioat_chan *c, struct ioat_desc *d)
{
	if (d->outcome == DMA_TRANS_NOERROR)
		c->strikes = 0;
	else
		c->failed[c->nr_failed++ % IOAT_FAILED_COOKIES] = d->txd.cookie;
	dma_cookie_complete(&d->txd);
}

/* Takes a descriptor out of the channel: only its callback is left to do. */
void ioat_end(struct ioat_chan *c, struct ioat_desc *d, struct list_head *done)
{
	lockdep_assert_held(&c->lock);
	list_move_tail(&d->node, done);
	note_end(c, d);
}

/* The verdict of a P+Q check where the engine writes it to the descriptor. */
static void read_verdict(struct ioat_desc *d)
{
	struct ioat_ring *ring = d->ring;
	u32 i, status;

	for (i = d->first; i != d->end; i += ioat_op_stride(&d->op)) {
		status = le32_to_cpu(READ_ONCE(ring->hw[ioat_ring_slot(ring, i)].size));
		if (d->op.null && i + 1 == d->end)
			return;
		if (!(status & IOAT_DWBES_WRITTEN))
			continue;
		if (status & IOAT_DWBES_P)
			*d->result |= SUM_CHECK_P_RESULT;
		if (status & IOAT_DWBES_Q)
			*d->result |= SUM_CHECK_Q_RESULT;
	}
}

/* Its client does not want to be told of its end, but will look. */
static bool is_silent(const struct ioat_desc *d)
{
	return !(d->op.last & IOAT_CTL_INT) && !d->txd.callback &&
	       !d->txd.callback_result && !d->txd.unmap;
}

/* Is all of @d done, now that the engine has come to the ring's tail? */
static bool is_passed(struct ioat_ring *ring, const struct ioat_desc *d)
{
	if ((s32)(ring->tail - d->end) >= 0)
		return true;
	/* The engine names a descriptor, not the extension behind it. */
	if ((s32)(ring->tail - d->first) > 0)
		ring->tail = d->first + ioat_op_passed(&d->op, ring->tail - d->first);
	return ring->tail == d->end;
}

/*
 * Moves what is done by @status to @done, but for what has nobody to be told.
 * False if that tells nothing new.
 */
bool ioat_reap(struct ioat_chan *c, u64 status, struct list_head *done)
{
	struct ioat_ring *ring = c->ring;
	u32 completed = ioat_ring_completed(ring, status);
	struct ioat_desc *d, *next;

	lockdep_assert_held(&c->lock);
	if (!completed)
		return false;
	ring->tail += completed;
	list_for_each_entry_safe(d, next, &c->active, node) {
		if (d->ring != ring || !is_passed(ring, d))
			break;
		if (d->op.ctl & IOAT_CTL_ERROR_STATUS)
			read_verdict(d);
		note_end(c, d);
		if (is_silent(d))
			list_move(&d->node, &c->free);
		else
			list_move_tail(&d->node, done);
	}
	/* The successor's turn. */
	if (unlikely(c->next) && ring->tail == ring->head)
		queue_work(ioat_wq, &c->work);
	return true;
}

/* The engine stands still, or is as good as: leave it to the work. */
void ioat_stop(struct ioat_chan *c, enum ioat_todo why)
{
	lockdep_assert_held(&c->lock);
	c->state = IOAT_HELD;
	ioat_want(c, why);
}

/* Tells the clients. No lock is held; a callback may submit. */
void ioat_finish(struct ioat_chan *c, struct list_head *done)
{
	struct ioat_desc *d;

	if (list_empty(done))
		return;
	local_bh_disable();
	list_for_each_entry(d, done, node) {
		struct dmaengine_result result = {
			.result = d->outcome,
			.residue = d->outcome == DMA_TRANS_NOERROR ? 0 : d->op.len,
		};

		dma_descriptor_unmap(&d->txd);
		dmaengine_desc_get_callback_invoke(&d->txd, &result);
		d->txd.callback = NULL;
		d->txd.callback_result = NULL;
	}
	spin_lock(&c->lock);
	list_splice_init(done, &c->free);
	spin_unlock(&c->lock);
	local_bh_enable();
}

/* Moves to @done what the engine has written back that it did. */
static void reap_written(struct ioat_chan *c, struct list_head *done)
{
	u64 status;

	lockdep_assert_held(&c->lock);
	if (c->state != IOAT_RUNNING)
		return;
	status = ioat_written_back(c);
	WRITE_ONCE(c->status_seen, status);
	ioat_reap(c, status, done);
	if (unlikely(ioat_status_halted(status)))
		ioat_stop(c, IOAT_TODO_HALT);
}

/* No lock is taken where nothing is new. */
static bool has_news(struct ioat_chan *c)
{
	bool news;

	/* ioat_chan_close() waits for this before it frees the status. */
	preempt_disable();
	news = READ_ONCE(c->state) == IOAT_RUNNING &&
	       ioat_written_back(c) != READ_ONCE(c->status_seen);
	preempt_enable();
	return news;
}

static void take_news(struct ioat_chan *c)
{
	LIST_HEAD(done);

	spin_lock_bh(&c->lock);
	reap_written(c, &done);
	spin_unlock_bh(&c->lock);
	ioat_finish(c, &done);
}

/* Ends what the engine has written back that it did. */
void ioat_poll(struct ioat_chan *c)
{
	if (has_news(c))
		take_news(c);
}

enum dma_status ioat_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
			       struct dma_tx_state *state)
{
	struct ioat_chan *c = to_ioat_chan(chan);
	enum dma_status status = dma_cookie_status(chan, cookie, state);

	if (status != DMA_COMPLETE && has_news(c)) {
		take_news(c);
		status = dma_cookie_status(chan, cookie, state);
	}
	if (status == DMA_COMPLETE && unlikely(READ_ONCE(c->nr_failed)) &&
	    ioat_has_failed(c, cookie))
		return DMA_ERROR;
	return status;
}

/* --- interrupts --- */

/* The shortest delay that a channel with something in flight wants. */
static unsigned int device_delay(struct ioat_device *ioat)
{
	unsigned int i, delay = IOAT_INTRDELAY_MASK;
	bool busy = false;

	for (i = 0; i < ioat->chancnt; i++) {
		if (list_empty(&ioat->chans[i]->active))
			continue;
		busy = true;
		delay = min(delay, READ_ONCE(ioat->chans[i]->delay));
	}
	return busy ? delay : 0;
}

/*
 * Interrupts that follow one another closely are better taken together, but
 * somebody may wait for a lone descriptor. The register is the device's.
 */
static void moderate(struct ioat_chan *c)
{
	struct ioat_device *ioat = c->ioat;
	unsigned int delay;

	lockdep_assert_held(&c->lock);
	delay = ioat_intr_delay(READ_ONCE(c->intr_coalesce),
				c->ring->issued - c->ring->tail);
	if (delay == c->delay)
		return;
	WRITE_ONCE(c->delay, delay);
	spin_lock(&ioat->delay_lock);
	delay = device_delay(ioat);
	if (delay != ioat->delay) {
		ioat->delay = delay;
		writew(delay, ioat->regs + IOAT_INTRDELAY);
	}
	spin_unlock(&ioat->delay_lock);
}

/*
 * Returns for how long what is in flight is to be waited for; 0: an interrupt will
 * tell. @left is what is left of a wait, if there was one; a new one is for another
 * run, which has been scheduled.
 */
static u64 look(struct ioat_chan *c, const u64 *left)
{
	bool armed = false;
	LIST_HEAD(done);
	u64 wait_ns;

	spin_lock_bh(&c->lock);
	c->irqs++;
	wait_ns = left ? *left : c->wait_ns;
	if (!left)
		c->wait_ns = 0;
	reap_written(c, &done);
	if (c->state != IOAT_RUNNING || c->ring->issued == c->ring->tail)
		wait_ns = 0;
	else if (!wait_ns && !c->wait_ns)
		armed = ioat_arm(c);
	if (c->ioat->can_delay && c->state == IOAT_RUNNING)
		moderate(c);
	spin_unlock_bh(&c->lock);
	ioat_finish(c, &done);
	/* What was done before the interrupt was armed again makes none. */
	if (armed)
		ioat_poll(c);
	return wait_ns;
}

void ioat_tasklet(struct tasklet_struct *t)
{
	struct ioat_chan *c = from_tasklet(c, t, tasklet);
	u64 ns = look(c, NULL);

	while (ns) {
		ns = ioat_wait(c, ns);
		ns = look(c, &ns);
	}
}

/* --- watchdog --- */

/* Nothing came in for two periods, though there is something in flight. */
static void look_closer(struct ioat_chan *c, struct list_head *done)
{
	u64 status = ioat_chansts(c);

	lockdep_assert_held(&c->lock);
	if (!ioat_status_gone(status) && ioat_reap(c, status, done)) {
		dev_warn_ratelimited(ioat_dev(c), "channel %u: a write-back was lost\n",
				     c->index);
		c->quiet = 0;
	}
	if (ioat_status_halted(status))
		ioat_stop(c, IOAT_TODO_HALT);
	else if (c->quiet)
		ioat_stop(c, IOAT_TODO_HANG);
}

/* True if the channel has been idle long enough for the watchdog to rest. */
static bool look_idle(struct ioat_chan *c)
{
	lockdep_assert_held(&c->lock);
	if (c->quiet * completion_timeout < idle_timeout)
		return false;
	if (c->ring->order > IOAT_MIN_ORDER && !c->next)
		ioat_want(c, IOAT_TODO_SHRINK);
	return true;
}

/*
 * What is left for the watchdog to find may have lost its interrupt, or be a
 * moment ahead of it: that shows the next time. Or the interrupt came, and the
 * write-back was late.
 */
static void look_for_interrupt(struct ioat_chan *c, struct list_head *done)
{
	bool due = false, silent = c->irqs == c->irqs_seen;
	struct ioat_desc *d;

	lockdep_assert_held(&c->lock);
	if (c->irq_due && silent)
		dev_warn_ratelimited(ioat_dev(c), "channel %u: an interrupt was lost\n",
				     c->index);
	c->irqs_seen = c->irqs;
	reap_written(c, done);
	list_for_each_entry(d, done, node)
		due |= d->op.last & IOAT_CTL_INT;
	c->irq_due = due && silent;
	if (due && c->state == IOAT_RUNNING)
		writew(IOAT_CHANCTRL_RUN, c->regs + IOAT_CHANCTRL);
}

void ioat_watchdog(struct timer_list *t)
{
	struct ioat_chan *c = from_timer(c, t, watchdog);
	LIST_HEAD(done);
	bool rest = true;

	spin_lock_bh(&c->lock);
	look_for_interrupt(c, &done);
	if (c->state != IOAT_RUNNING)
		goto out;
	c->quiet = c->ring->tail == c->tail_seen ? c->quiet + 1 : 0;
	c->tail_seen = c->ring->tail;
	rest = false;
	if (c->ring->issued == c->ring->tail)
		rest = look_idle(c);
	else if (c->quiet >= 2)
		look_closer(c, &done);
	rest |= c->state != IOAT_RUNNING;
out:
	c->ticking = !rest;
	if (!rest)
		mod_timer(&c->watchdog, jiffies + watchdog_period());
	spin_unlock_bh(&c->lock);
	ioat_finish(c, &done);
}
