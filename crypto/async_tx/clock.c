// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timing what channels do, for the estimates.
 *
 * All of this is done while the policy in force asks the estimates, and not else.
 *
 * A request adds its estimate to the load of its channel when it starts, and
 * takes the same off at its end. So the load is how long the channel is going to be
 * busy, and looking at it costs no clock.
 *
 * What a request really takes is to be seen in two cases. On an idle channel it
 * is the time from the doorbell to the end. On a busy one it is the time from the
 * end of the one before. Engines that tell of several ends in one go, and a CPU that
 * hears of them late, make that nothing for all but the first. So ends are taken
 * together until they have taken half as long as expected and LEAST_NS, or are several
 * times those that can have been told of with the first.
 *
 * Clocks are slow, so few requests are timed: all as long as the estimates are bad,
 * one in SAMPLE_ENDS then, and still fewer where they take no longer than a look at
 * the clock does. What that takes is taken off.
 *
 * There is no lock: a channel's driver tells of ends one after another. Where it
 * does not, a sample is wrong, and the estimates bear that.
 */
#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "internal.h"

#define SAMPLE_ENDS		32
#define SAMPLE_NS		8192	/* of work to a sample, at least */
#define MOST_ENDS		4	/* that are taken together, times those in flight */
#define LEAST_NS		256ULL	/* less tells of the clock, and not of the engine */
#define FAR_OFF			8ULL	/* times what was guessed */
#define HANDOVER		2	/* times what it takes to submit */

/**
 * async_tx_now - the time by which channels are known
 *
 * Context: any.
 *
 * Return: ns; in tests, what they say.
 */
u64 async_tx_now(void)
{
	KUNIT_STATIC_STUB_REDIRECT(async_tx_now);
	return ktime_get_ns();
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_now);

int async_tx_estimates_alloc(struct async_tx_channel *chan)
{
	struct async_tx_samples *samples;

	samples = kvcalloc(ASYNC_TX_NR_OPS * ASYNC_TX_KNOTS, sizeof(*samples), GFP_KERNEL);
	if (!samples)
		return -ENOMEM;
	for (unsigned int op = 0; op < ASYNC_TX_NR_OPS; op++, samples += ASYNC_TX_KNOTS)
		chan->estimate[op].samples = samples;
	return 0;
}

void async_tx_estimates_free(struct async_tx_channel *chan)
{
	kvfree(chan->estimate[0].samples);
}

/**
 * async_tx_estimates_seed - begin with a guess for all operations
 * @chan: not registered yet
 * @setup_ns: what an operation takes whatever its length
 * @bandwidth: bytes in a microsecond, not 0
 */
void async_tx_estimates_seed(struct async_tx_channel *chan, u32 setup_ns,
			     u32 bandwidth)
{
	for (unsigned int op = 0; op < ASYNC_TX_NR_OPS; op++)
		async_tx_estimate_seed(&chan->estimate[op], setup_ns, bandwidth);
}

/* What a look at the clock takes, which is part of all that is timed. */
static struct async_tx_lag look;

static u64 less_looks(u64 ns, unsigned int nr)
{
	return ns - min(ns, (nr * READ_ONCE(look.ns)) >> ASYNC_TX_FRACTION);
}

/* Operations of @ns are timed. Are the samples to be few from now on? */
static void set_skip(struct async_tx_channel *chan, u64 ns, bool settled)
{
	unsigned int skip = clamp(SAMPLE_NS >> ilog2(ns | 1), SAMPLE_ENDS, U8_MAX);

	WRITE_ONCE(chan->clock.skip, settled ? skip : 0);
}

/**
 * async_tx_clock_run - the CPU has carried out an operation that was timed
 * @chan: inline or worker; what is guessed of it comes from a copy that was timed, so
 *	that what is far off is an accident until it is so again
 * @op: what it was
 * @work: bytes that it read
 * @ns: what it took, clock and all
 *
 * Context: any.
 */
void async_tx_clock_run(struct async_tx_channel *chan, enum async_tx_opcode op,
			u32 work, u64 ns)
{
	struct async_tx_estimate *e = &chan->estimate[op];
	struct async_tx_place at = async_tx_place(work);
	struct async_tx_lag none = {};

	ns = less_looks(ns, 1);
	if (async_tx_is_guess(e, at))
		ns = min(ns, FAR_OFF * async_tx_service(e, at));
	set_skip(chan, ns, async_tx_estimate_learn(e, &none, at, ns));
}

/* The doorbell is rung for a request that is timed. */
void async_tx_clock_rung(struct async_tx_channel *chan)
{
	WRITE_ONCE(chan->clock.await, false);
	WRITE_ONCE(chan->clock.rung, async_tx_now());
}

/**
 * async_tx_clock_submitted - a request that is timed has been submitted
 * @chan: where
 * @kind: of hand-over, see async_tx_kind()
 * @started: when its submission began (ns)
 * @alone: the channel was idle then
 *
 * That is what is seen of the work that it makes for the CPU. There are the request
 * itself, its part of a doorbell and of an interrupt, and the callback, which are
 * taken to be as much again.
 *
 * Context: any.
 */
void async_tx_clock_submitted(struct async_tx_channel *chan, unsigned int kind,
			      u64 started, bool alone)
{
	u64 now = async_tx_now();
	u64 ns = now - started;

	if (alone) {
		WRITE_ONCE(chan->clock.submit, ns);
		async_tx_lag_learn(&look, async_tx_now() - now);
	}
	ns = HANDOVER * less_looks(ns, 1);
	if (kind == ASYNC_TX_LIST)
		async_tx_lag_creep(&chan->handover[kind], ns);
	else
		async_tx_lag_learn(&chan->handover[kind], ns);
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_clock_submitted);

/* What a caller does between submitting a request and the doorbell is its own. */
static void end_alone(struct async_tx_channel *chan, struct async_tx_request *req,
		      u64 now)
{
	u32 submit = READ_ONCE(chan->clock.submit);
	u64 start = max(req->started + submit, READ_ONCE(chan->clock.rung));
	u64 ns = less_looks(now - start + submit, 2);

	set_skip(chan, ns, async_tx_estimate_learn_idle(&chan->estimate[req->op],
							&chan->lag,
							async_tx_place(req->work), ns));
}

/* Returns false if more ends have to be seen. */
static bool end_behind(struct async_tx_channel *chan, struct async_tx_request *req,
		       u64 now, bool idle)
{
	struct async_tx_clock *clock = &chan->clock;
	u64 ns = less_looks(now - clock->mark, 1);

	clock->expected += req->expected;
	if (ns < max(clock->expected / 2, idle ? 0 : LEAST_NS)) {
		/* If that is all, it may have been told late; the next will be alone. */
		if (idle)
			return true;
		if (--clock->ends)
			return false;
	}
	/* Its share of the time, as expected of it. */
	if (clock->expected > req->expected)
		ns = mul_u64_u64_div_u64(ns, req->expected, clock->expected);
	set_skip(chan, ns, async_tx_estimate_learn(&chan->estimate[req->op], &chan->lag,
						   async_tx_place(req->work), ns));
	return true;
}

/**
 * __async_tx_clock_end - async_tx_clock_end(), where there may be something to be seen
 * @chan: where the request ends
 * @req: it, still counted in the channel's load
 *
 * Context: any.
 */
void __async_tx_clock_end(struct async_tx_channel *chan,
			  struct async_tx_request *req)
{
	struct async_tx_clock *clock = &chan->clock;
	unsigned int inflight = async_tx_inflight(chan);
	bool idle = inflight <= 1;
	bool follows = !idle && !READ_ONCE(chan->unissued);
	unsigned int full = READ_ONCE(chan->full);
	u64 now;

	/* A ring that was full may take more by now. */
	if (full != UINT_MAX)
		WRITE_ONCE(chan->full, full + full / 16 + 1);

	if (!req->alone && !clock->mark && !follows)
		return;
	now = async_tx_now();
	if (req->alone)
		end_alone(chan, req, now);
	else if (clock->mark && !end_behind(chan, req, now, idle))
		return;

	/* If nothing waits for the doorbell, the next end follows this one. */
	clock->expected = 0;
	clock->ends = min(MOST_ENDS * inflight, U8_MAX);
	WRITE_ONCE(clock->mark, clock->skip || !follows ? 0 : now);
}
EXPORT_SYMBOL_IF_KUNIT(__async_tx_clock_end);
