// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channels of simulated engines: queues that clients fill in any context,
 * and a thread each that carries out what they hold, in simulated time; or a
 * timer, where no data is moved. Locks: see struct dma_sim_chan.
 */

#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../dmaengine.h"
#include "internal.h"

/* An engine without order picks among this many descriptors, ... */
#define SIM_WINDOW		16
/* ... and passes the oldest of them over at most this many times in a row. */
#define SIM_PATIENCE		64
/* Waits shorter than this are spun: a timer would overshoot by as much. */
#define SIM_SPIN_NS		(5 * NSEC_PER_USEC)
/*
 * How far behind simulated time a channel may run and catch up again: what a
 * timer overshoots by without CONFIG_HIGH_RES_TIMERS, and some more.
 */
#define SIM_LAG_NS		(2 * TICK_NSEC + NSEC_PER_MSEC)

/*
 * The thread of a channel.
 */

/* Simulated time that @desc takes, in ns. */
static u64 sim_cost(struct dma_sim *sim, struct dma_sim_desc *desc)
{
	unsigned int bandwidth = READ_ONCE(sim->config.bandwidth);
	u64 bytes = (u64)desc->len * max(desc->src_cnt, 1U);
	u64 ns = READ_ONCE(sim->config.setup_ns);

	if (bandwidth)
		ns += div_u64(bytes * 1000, bandwidth);
	return ns;
}

static bool sim_hurried(struct dma_sim_chan *sc)
{
	return READ_ONCE(sc->sim->dying) || READ_ONCE(sc->cut);
}

/*
 * Lets the simulated time of @desc pass. Descriptors that follow one another
 * are timed from the end of the one before, so that a timer which is late does
 * not make the channel slower than it is meant to be.
 */
static void sim_pass_time(struct dma_sim_chan *sc, ktime_t start, u64 cost)
{
	ktime_t end = ktime_add_ns(start, cost);
	ktime_t now = ktime_get();
	s64 left;

	while ((left = ktime_to_ns(ktime_sub(end, now))) > 0 &&
	       !sim_hurried(sc)) {
		if (left < SIM_SPIN_NS) {
			ndelay((unsigned long)left);
		} else {
			set_current_state(TASK_IDLE);
			if (!sim_hurried(sc))
				schedule_hrtimeout(&end, HRTIMER_MODE_ABS);
			__set_current_state(TASK_RUNNING);
		}
		now = ktime_get();
	}
	sc->busy_until = max(end, ktime_sub_ns(now, SIM_LAG_NS));
}

/*
 * An issued descriptor that may start now. One with DMA_PREP_FENCE must end
 * before any later one starts, and an interrupt ends after all earlier ones.
 */
static struct dma_sim_desc *sim_pick(struct dma_sim_chan *sc)
{
	struct dma_sim_desc *window[SIM_WINDOW], *desc;
	unsigned int n = 0, i = 0;

	lockdep_assert_held(&sc->lock);
	list_for_each_entry(desc, &sc->issued, node) {
		if (n && desc->op == DMA_INTERRUPT)
			break;
		window[n++] = desc;
		if (n == SIM_WINDOW || desc->tx.flags & DMA_PREP_FENCE ||
		    sc->sim->config.in_order)
			break;
	}
	if (!n)
		return NULL;
	if (n > 1 && sc->passed < SIM_PATIENCE)
		i = get_random_u32_below(n);
	sc->passed = i ? sc->passed + 1 : 0;
	return window[i];
}

/* Takes the next descriptor off its list, and has it run. */
static struct dma_sim_desc *sim_next(struct dma_sim_chan *sc)
{
	struct dma_sim_desc *desc = NULL;

	lockdep_assert_held(&sc->lock);
	sc->aborted = READ_ONCE(sc->sim->dying);
	if (sc->aborted)
		desc = list_first_entry_or_null(&sc->order, struct dma_sim_desc,
						order);
	else if (!READ_ONCE(sc->sim->hold))
		desc = sim_pick(sc);
	if (desc) {
		list_del_init(&desc->node);
		sc->running = desc;
		sc->cut = false;
	}
	return desc;
}

/*
 * Ends the cookie of @desc. A channel's completed cookie is the newest one that
 * has no unfinished one before it, which only differs from the usual meaning
 * when the engine keeps no order.
 */
static void sim_end_cookie(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			   bool failed)
{
	struct dma_sim_desc *oldest;

	lockdep_assert_held(&sc->lock);
	if (failed) {
		sc->failed[sc->failed_next] = desc->tx.cookie;
		if (++sc->failed_next == sc->sim->config.ring)
			sc->failed_next = 0;
	}
	list_del_init(&desc->order);
	dma_cookie_complete(&desc->tx);
	oldest = list_first_entry_or_null(&sc->order, struct dma_sim_desc,
					  order);
	if (!oldest)
		sc->chan.completed_cookie = sc->chan.cookie;
	else if (oldest->tx.cookie > DMA_MIN_COOKIE)
		sc->chan.completed_cookie = oldest->tx.cookie - 1;
}

static void sim_complete(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			 const struct dmaengine_result *result)
{
	bool failed = result->result != DMA_TRANS_NOERROR;

	atomic64_inc(failed ? &sc->sim->errors : &sc->sim->completed);
	spin_lock_irq(&sc->lock);
	sim_end_cookie(sc, desc, failed);
	spin_unlock_irq(&sc->lock);

	/* The unmapping comes first: it makes the data visible to the CPU. */
	local_bh_disable();
	dma_descriptor_unmap(&desc->tx);
	dmaengine_desc_get_callback_invoke(&desc->tx, result);
	dma_run_dependencies(&desc->tx);
	local_bh_enable();

	spin_lock_irq(&sc->lock);
	list_add_tail(&desc->node, &sc->free);
	sc->running = NULL;
	sc->runs++;
	spin_unlock_irq(&sc->lock);
	if (wq_has_sleeper(&sc->wait))
		wake_up_all(&sc->wait);
}

static void sim_run(struct dma_sim_chan *sc, struct dma_sim_desc *desc)
{
	struct dmaengine_result result = {
		.result = DMA_TRANS_ABORTED,
		.residue = desc->len,
	};
	u64 cost = sim_cost(sc->sim, desc);
	ktime_t start = 0;

	if (!sc->aborted) {
		if (cost)
			start = sc->busy_until ?: ktime_get();
		result.result = dma_sim_execute(sc, desc, &result.residue);
		if (cost)
			sim_pass_time(sc, start, cost);
	}
	sim_complete(sc, desc, &result);
}

static int dma_sim_thread(void *data)
{
	struct dma_sim_chan *sc = data;
	struct dma_sim_desc *desc;

	for (;;) {
		set_current_state(TASK_IDLE);
		spin_lock_irq(&sc->lock);
		desc = sim_next(sc);
		spin_unlock_irq(&sc->lock);
		if (desc) {
			__set_current_state(TASK_RUNNING);
			sim_run(sc, desc);
			cond_resched();
			continue;
		}
		if (kthread_should_stop())
			break;
		sc->busy_until = 0;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * The timer of a channel whose engine is dry: there is nothing to do but to let
 * the time pass. It starts what comes next in the name of the engine, at the
 * doorbell or at the very time at which the one before ended.
 */

/* Starts the next descriptor unless one is running, and sets the timer for it. */
static void sim_advance(struct dma_sim_chan *sc)
{
	struct dma_sim_desc *desc;
	unsigned long irq;

	spin_lock_irqsave(&sc->lock, irq);
	if (!sc->running) {
		desc = sim_next(sc);
		if (!desc)
			sc->busy_until = 0;
		else
			sc->busy_until = ktime_add_ns(sc->busy_until ?: ktime_get(),
						      sim_cost(sc->sim, desc));
	}
	if (sc->running)
		hrtimer_start(&sc->timer, sim_hurried(sc) ? 0 : sc->busy_until,
			      HRTIMER_MODE_ABS_SOFT);
	spin_unlock_irqrestore(&sc->lock, irq);
}

static enum hrtimer_restart dma_sim_timer(struct hrtimer *timer)
{
	struct dma_sim_chan *sc = container_of(timer, struct dma_sim_chan, timer);
	struct dmaengine_result result = { .result = DMA_TRANS_ABORTED };
	struct dma_sim_desc *desc;

	/* Whoever is in a hurry sets the timer, perhaps for one that has ended. */
	spin_lock_irq(&sc->lock);
	desc = sc->running;
	if (desc && !sim_hurried(sc) && ktime_before(ktime_get(), sc->busy_until))
		desc = NULL;
	spin_unlock_irq(&sc->lock);

	if (desc) {
		result.residue = desc->len;
		if (!sc->aborted)
			result.result = dma_sim_execute(sc, desc, &result.residue);
		sim_complete(sc, desc, &result);
	}
	sim_advance(sc);
	return HRTIMER_NORESTART;
}

/* Has a channel look at what it has to do, and at whether to hurry. Any context. */
void dma_sim_chan_kick(struct dma_sim_chan *sc)
{
	if (sc->sim->config.dry)
		sim_advance(sc);
	else
		wake_up_process(sc->thread);
}

/*
 * What the dmaengine core and clients call. Submission, doorbell, status and
 * termination come from any context.
 */

static dma_cookie_t dma_sim_tx_submit(struct dma_async_tx_descriptor *tx)
{
	struct dma_sim_desc *desc = to_sim_desc(tx);
	struct dma_sim_chan *sc = to_sim_chan(tx->chan);
	dma_cookie_t cookie;
	unsigned long irq;
	bool dying;

	spin_lock_irqsave(&sc->lock, irq);
	cookie = dma_cookie_assign(tx);
	/* The count starts over: what failed in the last round must not match. */
	if (cookie == DMA_MIN_COOKIE)
		memset(sc->failed, 0,
		       sc->sim->config.ring * sizeof(*sc->failed));
	list_add_tail(&desc->order, &sc->order);
	list_add_tail(&desc->node, &sc->submitted);
	dying = READ_ONCE(sc->sim->dying);
	spin_unlock_irqrestore(&sc->lock, irq);

	/* Prepared before the removal: nobody need ring the doorbell for it. */
	if (dying)
		dma_sim_chan_kick(sc);
	return cookie;
}

static void dma_sim_issue_pending(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	unsigned long irq;
	bool wake;

	spin_lock_irqsave(&sc->lock, irq);
	/* A busy channel looks at the list again by itself. */
	wake = !list_empty(&sc->submitted) && !sc->running;
	list_splice_tail_init(&sc->submitted, &sc->issued);
	spin_unlock_irqrestore(&sc->lock, irq);
	if (wake)
		dma_sim_chan_kick(sc);
}

static bool sim_cookie_failed(struct dma_sim_chan *sc, dma_cookie_t cookie)
{
	unsigned int i;

	for (i = 0; i < sc->sim->config.ring; i++)
		if (sc->failed[i] == cookie)
			return true;
	return false;
}

static enum dma_status sim_cookie_status(struct dma_sim_chan *sc,
					 dma_cookie_t cookie)
{
	struct dma_sim_desc *desc;

	list_for_each_entry(desc, &sc->order, order)
		if (desc->tx.cookie == cookie)
			return DMA_IN_PROGRESS;
	return sim_cookie_failed(sc, cookie) ? DMA_ERROR : DMA_COMPLETE;
}

/*
 * The status is that of the very descriptor, also when there is no order. A
 * failure is known for as many further failures as the ring has slots.
 */
static enum dma_status dma_sim_tx_status(struct dma_chan *chan,
					 dma_cookie_t cookie,
					 struct dma_tx_state *state)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	enum dma_status status;
	unsigned long irq;

	spin_lock_irqsave(&sc->lock, irq);
	status = dma_cookie_status(chan, cookie, state);
	if (status == DMA_COMPLETE || !sc->sim->config.in_order)
		status = sim_cookie_status(sc, cookie);
	spin_unlock_irqrestore(&sc->lock, irq);
	return status;
}

/*
 * Forgets all that has not started, without callbacks, as clients of
 * dmaengine_terminate_async() expect. What runs may end, and soon does.
 */
static int dma_sim_terminate_all(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	struct dma_sim_desc *desc, *next;
	unsigned long irq;
	LIST_HEAD(ended);

	spin_lock_irqsave(&sc->lock, irq);
	list_splice_init(&sc->issued, &ended);
	list_splice_tail_init(&sc->submitted, &ended);
	list_for_each_entry(desc, &ended, node)
		sim_end_cookie(sc, desc, true);
	if (sc->running)
		sc->cut = true;
	spin_unlock_irqrestore(&sc->lock, irq);
	dma_sim_chan_kick(sc);

	list_for_each_entry_safe(desc, next, &ended, node)
		dma_descriptor_unmap(&desc->tx);

	spin_lock_irqsave(&sc->lock, irq);
	list_splice_tail(&ended, &sc->free);
	spin_unlock_irqrestore(&sc->lock, irq);
	return 0;
}

/* Is the channel past the descriptor that it ran when @runs was read? */
static bool sim_past(struct dma_sim_chan *sc, u64 runs)
{
	bool past;

	spin_lock_irq(&sc->lock);
	past = !sc->running || sc->runs != runs;
	spin_unlock_irq(&sc->lock);
	return past;
}

static void dma_sim_synchronize(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	u64 runs;

	spin_lock_irq(&sc->lock);
	runs = sc->runs;
	spin_unlock_irq(&sc->lock);
	wait_event(sc->wait, sim_past(sc, runs));
}

static int dma_sim_alloc_chan_resources(struct dma_chan *chan)
{
	return to_sim_chan(chan)->sim->config.ring;
}

/* The last client has gone; what it prepared and never submitted comes back. */
static void dma_sim_free_chan_resources(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	unsigned int i;

	dma_sim_terminate_all(chan);
	dma_sim_synchronize(chan);
	spin_lock_irq(&sc->lock);
	for (i = 0; i < sc->sim->config.ring; i++)
		if (list_empty(&sc->slot[i]->node))
			list_add_tail(&sc->slot[i]->node, &sc->free);
	spin_unlock_irq(&sc->lock);
}

void dma_sim_chan_methods(struct dma_device *dma)
{
	dma->device_alloc_chan_resources = dma_sim_alloc_chan_resources;
	dma->device_free_chan_resources = dma_sim_free_chan_resources;
	dma->device_terminate_all = dma_sim_terminate_all;
	dma->device_synchronize = dma_sim_synchronize;
	dma->device_tx_status = dma_sim_tx_status;
	dma->device_issue_pending = dma_sim_issue_pending;
}

/*
 * For the making and removing of engines.
 */

void dma_sim_chan_init(struct dma_sim_chan *sc, struct dma_sim *sim)
{
	sc->sim = sim;
	spin_lock_init(&sc->lock);
	INIT_LIST_HEAD(&sc->free);
	INIT_LIST_HEAD(&sc->submitted);
	INIT_LIST_HEAD(&sc->issued);
	INIT_LIST_HEAD(&sc->order);
	init_waitqueue_head(&sc->wait);
	hrtimer_init(&sc->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	sc->timer.function = dma_sim_timer;
}

static int sim_chan_alloc(struct dma_sim_chan *sc)
{
	const struct dma_sim_config *c = &sc->sim->config;
	unsigned int max_src = max(c->max_xor, c->max_pq);
	unsigned int ring = c->ring, i;
	struct dma_sim_desc *desc;

	sc->acc[0] = kmalloc(2 * SIM_CHUNK, GFP_KERNEL);
	sc->failed = kvcalloc(ring, sizeof(*sc->failed), GFP_KERNEL);
	sc->slot = kvcalloc(ring, sizeof(*sc->slot), GFP_KERNEL);
	if (!sc->acc[0] || !sc->failed || !sc->slot)
		return -ENOMEM;
	sc->acc[1] = sc->acc[0] + SIM_CHUNK;

	for (i = 0; i < ring; i++) {
		desc = kzalloc(struct_size(desc, src, max_src) + max_src,
			       GFP_KERNEL);
		if (!desc)
			return -ENOMEM;
		dma_async_tx_descriptor_init(&desc->tx, &sc->chan);
		desc->tx.tx_submit = dma_sim_tx_submit;
		desc->coef = (u8 *)&desc->src[max_src];
		INIT_LIST_HEAD(&desc->order);
		list_add_tail(&desc->node, &sc->free);
		sc->slot[i] = desc;
	}
	return 0;
}

/* On error, what there is already is freed by dma_sim_chan_stop(). */
int dma_sim_chan_start(struct dma_sim_chan *sc, const char *name,
		       unsigned int i)
{
	int err = sim_chan_alloc(sc);

	if (err || sc->sim->config.dry)
		return err;
	sc->thread = kthread_run(dma_sim_thread, sc, SIM_NAME "/%s/%u", name,
				 i);
	return PTR_ERR_OR_ZERO(sc->thread);
}

void dma_sim_chan_stop(struct dma_sim_chan *sc)
{
	unsigned int i;

	if (!IS_ERR_OR_NULL(sc->thread))
		kthread_stop(sc->thread);
	hrtimer_cancel(&sc->timer);
	for (i = 0; sc->slot && i < sc->sim->config.ring; i++)
		kfree(sc->slot[i]);
	kvfree(sc->slot);
	kvfree(sc->failed);
	kfree(sc->acc[0]);
}

bool dma_sim_chan_idle(struct dma_sim_chan *sc)
{
	bool idle;

	spin_lock_irq(&sc->lock);
	idle = list_empty(&sc->order) && !sc->running;
	spin_unlock_irq(&sc->lock);
	return idle;
}
