// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: a channel that halted, hangs or went away.
 *
 * The engine works in order, so the oldest descriptor that is not done is the
 * one to blame. The channel is reset, that one is reported to its client, and
 * the engine is restarted behind it: all others are done as if nothing had
 * been. Nobody is told before the reset, for until then the engine may write.
 *
 * The work of chan.c calls, with the channel's setup mutex held.
 */
#include <linux/bitops.h>
#include <linux/io-64-nonatomic-lo-hi.h>

#include "dma.h"
#include "../dmaengine.h"

/*
 * A channel is out when it has this many strikes without a descriptor that went
 * well in between. Bad addresses are the clients' fault, so a halt that names an
 * error is only one; a hang costs all clients the time until it is noticed.
 */
#define IOAT_STRIKES_OUT	16
#define IOAT_STRIKES_HANG	4

static const char * const chanerr_names[] = {
	"source address", "destination address", "next descriptor address",
	"descriptor alignment", "chain address", "channel command",
	"chipset data integrity", "internal data integrity", "reading data",
	"writing data", "descriptor control", "descriptor length",
	"completion address", "interrupt configuration",
	"super extended descriptor address", "unaffiliated",
	"CRC or xor P", "xor Q", "descriptor count", "DIF all F",
	"guard tag", "application tag", "reference tag", "bundle bit",
	"result DIF all F", "result guard tag", "result application tag",
	"result reference tag",
};

/* The first error of several; the number has them all. */
static const char *chanerr_name(u32 chanerr)
{
	unsigned int bit = __ffs(chanerr ?: BIT(31));

	return bit < ARRAY_SIZE(chanerr_names) ? chanerr_names[bit] : "unknown";
}

/* Did the descriptor with this cookie end with an error? */
bool ioat_has_failed(struct ioat_chan *c, dma_cookie_t cookie)
{
	unsigned int i, n;
	bool failed;

	spin_lock_bh(&c->lock);
	failed = c->state == IOAT_OUT && cookie >= c->lost;
	n = min_t(unsigned int, c->nr_failed, IOAT_FAILED_COOKIES);
	for (i = 0; i < n; i++)
		failed |= c->failed[i] == cookie;
	spin_unlock_bh(&c->lock);
	return failed;
}

/* Ends the oldest descriptor; the engine is to go on behind it. */
void ioat_fail_oldest(struct ioat_chan *c, enum dmaengine_tx_result how,
		      struct list_head *done)
{
	struct ioat_desc *d = list_first_entry(&c->active, struct ioat_desc, node);
	struct ioat_ring *ring = d->ring;

	lockdep_assert_held(&c->lock);
	ring->tail = d->end;
	/* It may be one that no doorbell was rung for. */
	if ((s32)(ring->issued - ring->tail) < 0)
		ring->issued = ring->tail;
	d->outcome = how;
	ioat_end(c, d, done);
}

/**
 * ioat_take_out() - give a channel up
 * @c: channel
 * @why: what it does or does not, for the log
 * @chanerr: its error register, 0 if that says nothing
 *
 * All that is in flight is reported as aborted, and nothing is accepted until
 * the last client has let go of the channel.
 */
void ioat_take_out(struct ioat_chan *c, const char *why, u32 chanerr)
{
	unsigned int lost = 0;
	LIST_HEAD(done);

	lockdep_assert_held(&c->setup);
	spin_lock_bh(&c->lock);
	if (!ioat_takes_operations(c)) {
		spin_unlock_bh(&c->lock);
		return;
	}
	c->state = IOAT_OUT;
	c->lost = c->chan.completed_cookie + 1;
	for (; !list_empty(&c->active); lost++)
		ioat_fail_oldest(c, DMA_TRANS_ABORTED, &done);
	spin_unlock_bh(&c->lock);

	dev_err(ioat_dev(c),
		"channel %u %s (errors %#x): it is out of use, %u operations are lost to it\n",
		c->index, why, chanerr, lost);
	ioat_finish(c, &done);
}

/* Has it halted because a check found a difference? Then goes on behind that. */
static bool verdict(struct ioat_chan *c, u32 chanerr, struct list_head *done)
{
	struct ioat_ring *ring = c->ring;
	struct ioat_desc *d;

	lockdep_assert_held(&c->lock);
	if (ring->issued == ring->tail)
		return false;
	d = list_first_entry(&c->active, struct ioat_desc, node);
	if (!ioat_chanerr_verdict(chanerr, &d->op, d->result))
		return false;
	ring->tail += ioat_op_stride(&d->op);
	if (ring->tail == d->end)
		ioat_end(c, d, done);
	return true;
}

/* Ends the oldest descriptor, if there is one: it is the one that something befell. */
void ioat_blame(struct ioat_chan *c, u32 chanerr, struct list_head *done)
{
	lockdep_assert_held(&c->lock);
	c->strikes += chanerr ? 1 : IOAT_STRIKES_HANG;
	if (c->ring->issued != c->ring->tail)
		ioat_fail_oldest(c, ioat_chanerr_result(chanerr), done);
}

/* Starts a channel again that was reset, unless it keeps failing. */
void ioat_restart(struct ioat_chan *c, u32 chanerr)
{
	lockdep_assert_held(&c->setup);
	if (c->strikes >= IOAT_STRIKES_OUT) {
		ioat_take_out(c, "keeps failing", chanerr);
		return;
	}
	ioat_program(c);
	ioat_start(c);
}

/*
 * Resets a channel that is held. False if it cannot be: then it is out of use, for it
 * is not there any more. Or it does not reset, so that it may still write to memory:
 * it stays held, and nobody is told, until the whole device was reset.
 */
bool ioat_reset_held(struct ioat_chan *c, u32 chanerr)
{
	int err = ioat_reset(c);

	lockdep_assert_held(&c->setup);
	if (err == -ETIMEDOUT) {
		dev_warn_ratelimited(ioat_dev(c),
				     "channel %u does not reset (errors %#x), so the device is\n",
				     c->index, chanerr);
		queue_work(ioat_wq, &c->ioat->reset_work);
	} else if (err) {
		ioat_take_out(c, "is not there any more", chanerr);
	}
	return !err;
}

static void tell(struct ioat_chan *c, bool hang, u32 chanerr, bool failed)
{
	const char *what = failed ? "one operation fails" : "no operation is lost";

	if (hang)
		dev_warn_ratelimited(ioat_dev(c), "channel %u hung and was reset, %s\n",
				     c->index, what);
	else if (!chanerr)
		dev_warn_ratelimited(ioat_dev(c), "channel %u halted for no reason and was reset, %s\n",
				     c->index, what);
	else
		dev_warn_ratelimited(ioat_dev(c), "channel %u: %s error (%#x), %s\n",
				     c->index, chanerr_name(chanerr), chanerr, what);
}

/* Ends what went well, by whichever of the two knows more. True if there was any. */
static bool reap_all(struct ioat_chan *c)
{
	LIST_HEAD(done);
	bool news;

	spin_lock_bh(&c->lock);
	news = ioat_reap(c, ioat_written_back(c), &done);
	news |= ioat_reap(c, ioat_chansts(c), &done);
	spin_unlock_bh(&c->lock);
	ioat_finish(c, &done);
	return news;
}

/**
 * ioat_recover() - bring a channel back
 * @c: channel, held
 * @hang: it does nothing, rather than having halted
 */
void ioat_recover(struct ioat_chan *c, bool hang)
{
	u32 chanerr = readl(c->regs + IOAT_CHANERR);
	u64 status = ioat_chansts(c);
	bool innocent, progress;
	LIST_HEAD(done);

	lockdep_assert_held(&c->setup);
	if (ioat_status_gone(status)) {
		ioat_take_out(c, "is not there any more", chanerr);
		return;
	}
	/*
	 * It was only slow if it gets on and stops when asked to; and it has not
	 * halted at all if a write-back from before the last reset said so.
	 */
	innocent = ioat_suspend(c);
	progress = reap_all(c);
	innocent &= hang ? progress : !ioat_status_halted(status);
	if (!ioat_reset_held(c, chanerr))
		return;

	spin_lock_bh(&c->lock);
	innocent |= verdict(c, chanerr, &done);
	if (!innocent)
		ioat_blame(c, hang ? 0 : chanerr, &done);
	spin_unlock_bh(&c->lock);
	if (!innocent)
		tell(c, hang, chanerr, !list_empty(&done));
	ioat_restart(c, chanerr);
	ioat_finish(c, &done);
}
