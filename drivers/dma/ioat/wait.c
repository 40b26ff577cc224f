// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: waiting for an engine rather than for its interrupt.
 *
 * An interrupt, and the switch to a task that it wakes up, cost more than a short
 * operation takes. So when little is in flight and somebody is to be told of its
 * end, the tasklet is scheduled at once, and looks at the write-back until that is
 * there: always if it is a matter of moments, and for longer if this processor has
 * nothing else to do. Interrupts stay off meanwhile: the engine turns them off as
 * it makes one, and they are not turned on again before they are needed.
 *
 * How long it takes is reckoned from what the self-test measured. Where that turns
 * out to be too short, twice as long is reckoned with, and so on; until that would be
 * too long to wait for, and then there is less and less waiting until it is right.
 */
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/stat.h>

#include "dma.h"

static unsigned int busy_poll = 50;
module_param(busy_poll, uint, 0644);
MODULE_PARM_DESC(busy_poll,
		 "wait for operations that take no longer than this, on a processor with nothing else to do, instead of being interrupted; 0: never [usec] (default: 50)");

/* What is waited for on a processor that has something else to do. */
#define IOAT_WAIT_MOMENT_NS	5000
/* More slots in flight than these are not looked through. */
#define IOAT_WAIT_SLOTS		8
/* Up to 2^n operations are not waited for after n waits that were in vain. */
#define IOAT_WAIT_MISSES	10

/* What is in flight takes so many ns; 0 if more than @limit. */
static u64 in_flight_ns(struct ioat_chan *c, u64 limit)
{
	struct dma_device *dma = &c->ioat->dma;
	struct ioat_ring *ring = c->ring;
	struct ioat_desc *d;
	u64 ns = 0;

	lockdep_assert_held(&c->lock);
	if (ring->issued - ring->tail > IOAT_WAIT_SLOTS)
		return 0;
	list_for_each_entry(d, &c->active, node) {
		if (d->ring != ring || (s32)(d->end - ring->issued) > 0)
			break;
		ns += ioat_op_ns(&d->op, dma->setup_ns, dma->bandwidth);
		if (ns > limit)
			return 0;
	}
	return ns;
}

/* Has this processor only the one who asks for this? */
static bool nothing_else_to_do(void)
{
	return single_task_running() && !need_resched();
}

static void give_up(struct ioat_chan *c)
{
	c->wait_late = 0;
	c->wait_misses = min(c->wait_misses + 1, IOAT_WAIT_MISSES);
	c->wait_skips = BIT(c->wait_misses);
}

/* What is in flight takes so many ns, as far as is known; 0: too long to wait for. */
static u64 worth_waiting(struct ioat_chan *c)
{
	u64 most = (u64)READ_ONCE(busy_poll) * NSEC_PER_USEC;
	u64 limit = nothing_else_to_do() ? most : min_t(u64, most, IOAT_WAIT_MOMENT_NS);
	u64 ns;

	if (!limit || c->ioat->irq_mode == IOAT_NO_IRQ)
		return 0;
	ns = in_flight_ns(c, limit);
	if (ns && c->wait_skips) {
		c->wait_skips--;
		return 0;
	}
	ns <<= c->wait_late;
	if (ns > most)
		give_up(c);
	return ns <= limit ? ns : 0;
}

/**
 * ioat_expect() - see to it that the end of what is in flight is noticed
 * @c: channel, its lock held, about to ring the doorbell
 *
 * By the tasklet, or by an interrupt: one is armed before it can be due. Where
 * nobody wants to be told, it is the clients who look.
 */
void ioat_expect(struct ioat_chan *c)
{
	lockdep_assert_held(&c->lock);
	if (!c->wanted)
		return;
	c->wanted = false;
	/* Twice as long as it should take. */
	c->wait_ns = 2 * worth_waiting(c);
	if (c->wait_ns)
		tasklet_schedule(&c->tasklet);
	else
		ioat_arm(c);
}

/* Has the engine interrupt again, unless it would anyway. True if it had to. */
bool ioat_arm(struct ioat_chan *c)
{
	lockdep_assert_held(&c->lock);
	if (READ_ONCE(c->armed))
		return false;
	WRITE_ONCE(c->armed, true);
	writew(IOAT_CHANCTRL_RUN, c->regs + IOAT_CHANCTRL);
	return true;
}

/**
 * ioat_wait() - look at the write-back until it tells of something new
 * @c: channel, without its lock; its tasklet calls
 * @ns: for how long at most
 *
 * Gives up when this processor is wanted, but for the last moments.
 *
 * Return: how much of @ns is left, 0 if it was in vain.
 */
u64 ioat_wait(struct ioat_chan *c, u64 ns)
{
	u64 seen = READ_ONCE(c->status_seen), end = local_clock() + ns, now;

	while (ioat_written_back(c) == seen) {
		now = local_clock();
		if (now >= end)
			goto missed;
		if (end - now > 2 * IOAT_WAIT_MOMENT_NS && need_resched())
			return 0;
		cpu_relax();
	}
	c->wait_misses = 0;
	now = local_clock();
	if (c->wait_late && now + ns * 3 / 4 < end)
		c->wait_late--;
	return now < end ? end - now : 0;

missed:
	c->wait_late++;
	return 0;
}
