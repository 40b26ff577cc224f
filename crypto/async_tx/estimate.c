// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of how long operations take, and how it is learned.
 *
 * An estimate begins as a guess, from what the driver publishes, and is an
 * average of samples then, of which each counts for an eighth; the first ones for
 * more, so that few suffice. Two things are not averaged away.
 *
 * A sample that is far too long can be an accident (an interrupt, a preemption), so
 * it counts as a few times the estimate at most. Another in a row counts for more.
 * A sample that is far too short is none: nothing gets done sooner by accident, so one
 * is proof of a change.
 *
 * Whoever has changed once is in doubt as a whole: what was known of other amounts
 * of work is a guess again. A guess is kept within what its neighbours allow, since
 * twice the work takes no less time, and no more than twice as much.
 *
 * Called for the few operations that are timed, on any CPU at once, in any context.
 */
#include <kunit/visibility.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "estimate.h"

#define MOST		(U32_MAX >> 1)	/* 134 ms */
#define SETTLED		8		/* samples, and what one counts for then */
#define FAR		2		/* a surprise, times the estimate */
#define ACCIDENT	4		/* what one counts for at most, likewise */
#define STREAK		2		/* surprises in a row that are no accident */
#define CREEP		256		/* ns by which what may be an accident counts */

/**
 * async_tx_estimate_seed - begin with a guess
 * @e: to be filled in
 * @setup_ns: what an operation takes whatever its length
 * @bandwidth: bytes in a microsecond, not 0
 */
void async_tx_estimate_seed(struct async_tx_estimate *e, u32 setup_ns,
			    u32 bandwidth)
{
	for (unsigned int i = 0; i < ASYNC_TX_KNOTS; i++) {
		u64 ns = setup_ns + div_u64(BIT_ULL(ASYNC_TX_FIRST_KNOT + i) * 1000,
					    bandwidth);

		e->knot[i] = min_t(u64, ns << ASYNC_TX_FRACTION, MOST);
		e->seen[i] = 0;
	}
	e->streak = 0;
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_estimate_seed);

/* Keep the guesses on both sides of @knot within what it allows. */
static void bound_guesses(struct async_tx_estimate *e, unsigned int knot)
{
	u32 ns = READ_ONCE(e->knot[knot]);

	for (unsigned int i = knot + 1; i < ASYNC_TX_KNOTS && !e->seen[i]; i++) {
		ns = clamp(READ_ONCE(e->knot[i]), ns, min(2 * ns, MOST));
		WRITE_ONCE(e->knot[i], ns);
	}
	ns = READ_ONCE(e->knot[knot]);
	for (unsigned int i = knot; i-- && !e->seen[i];) {
		ns = clamp(READ_ONCE(e->knot[i]), ns / 2, ns);
		WRITE_ONCE(e->knot[i], ns);
	}
}

/* How many samples in a row, this one included, were as far off to that side? */
static int streak_after(int streak, u32 old, u32 new)
{
	if (new / FAR > old)
		return clamp(streak + 1, 1, STREAK);
	if (new < old / FAR)
		return clamp(streak - 1, -STREAK, -1);
	return 0;
}

/* By how much a sample moves an average of @seen. */
static s32 step(int streak, unsigned int seen, u32 old, u32 new)
{
	if (streak == 1)
		new = min_t(u64, new, (u64)old * ACCIDENT);
	if (streak < 0)
		seen = 0;
	return ((s32)new - (s32)old) / (s32)min(seen + 1, SETTLED);
}

/* A surprise that lasts: all that is known is a guess now. */
static void doubt(struct async_tx_estimate *e)
{
	for (unsigned int i = 0; i < ASYNC_TX_KNOTS; i++)
		WRITE_ONCE(e->seen[i], 0);
	WRITE_ONCE(e->apart, 0);
}

/*
 * Move one end of the line, by its part in the estimate or as the guess it is: to the
 * same multiple of what it was as the estimate, so that it stays what a time can be.
 */
static void move(struct async_tx_estimate *e, unsigned int knot, u32 old, s32 by,
		 unsigned int part)
{
	s64 new = READ_ONCE(e->knot[knot]);

	if (e->seen[knot])
		by = ((s64)by * part) >> 16;
	new += div_s64(new * by, max(old, 1U));
	WRITE_ONCE(e->knot[knot], clamp_t(s64, new, 1, MOST));
}

static bool learn(struct async_tx_estimate *e, struct async_tx_place at, u32 new)
{
	unsigned int near = async_tx_nearest(at);
	u32 old = async_tx_estimate_at(e, at);
	unsigned int seen = READ_ONCE(e->seen[near]);
	int streak = streak_after(READ_ONCE(e->streak), old, new);
	s32 by;

	WRITE_ONCE(e->streak, streak);
	if (seen && (streak == STREAK || streak < 0)) {
		doubt(e);
		seen = 1;
	}
	by = step(seen ? streak : 0, seen, old, new);
	move(e, at.knot, old, by, BIT(16) - at.part);
	if (at.part)
		move(e, at.knot + 1, old, by, at.part);
	WRITE_ONCE(e->seen[near], min(seen + 1, SETTLED));
	bound_guesses(e, near);
	return seen + 1 >= SETTLED && !streak;
}

static void record(struct async_tx_estimate *e, struct async_tx_place at,
		   u32 expected, u64 ns)
{
	struct async_tx_samples *samples = e->samples;

	if (!samples)
		return;
	samples += async_tx_nearest(at);
	samples->count++;
	samples->expected += expected >> ASYNC_TX_FRACTION;
	samples->actual += ns;
}

static u32 in_fractions(u64 ns)
{
	return min_t(u64, ns, MOST >> ASYNC_TX_FRACTION) << ASYNC_TX_FRACTION;
}

/**
 * async_tx_estimate_learn - take a sample of service time into account
 * @e: of the operation, on the channel that ran it
 * @lag: of the channel
 * @at: its work
 * @ns: how long it took after the one before it
 *
 * Context: any.
 *
 * Return: is the estimate good, so that samples may be few?
 */
bool async_tx_estimate_learn(struct async_tx_estimate *e, struct async_tx_lag *lag,
			     struct async_tx_place at, u64 ns)
{
	u32 old = async_tx_estimate_at(e, at), new = in_fractions(ns);
	u32 bit = BIT(async_tx_nearest(at));
	bool settled;

	record(e, at, old, ns);
	if (!(READ_ONCE(e->apart) & bit) && !async_tx_is_guess(e, at)) {
		/* So far there was a lag in the estimate. */
		if (new < old)
			WRITE_ONCE(lag->ns, min(READ_ONCE(lag->ns) + old - new, MOST));
		WRITE_ONCE(e->seen[async_tx_nearest(at)], 0);
	}
	settled = learn(e, at, new);
	WRITE_ONCE(e->apart, READ_ONCE(e->apart) | bit);
	return settled;
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_estimate_learn);

/**
 * async_tx_estimate_learn_idle - take a sample from an idle channel into account
 * @e: of the operation, on the channel that ran it
 * @lag: of the channel
 * @at: its work
 * @ns: how long it took from its start
 *
 * Which part of it is the lag can be told where the service time is known apart.
 *
 * Context: any.
 *
 * Return: is the estimate good, so that samples may be few?
 */
bool async_tx_estimate_learn_idle(struct async_tx_estimate *e,
				  struct async_tx_lag *lag,
				  struct async_tx_place at, u64 ns)
{
	u32 old = async_tx_estimate_at(e, at), new = in_fractions(ns);
	u32 late = READ_ONCE(lag->ns);
	u32 sum = min(old + late, MOST);
	int streak;

	record(e, at, sum, ns);
	if (!(READ_ONCE(e->apart) & BIT(async_tx_nearest(at))) || new < old)
		return learn(e, at, new - min(late, new / 2));

	streak = streak_after(READ_ONCE(lag->streak), sum, new);
	WRITE_ONCE(lag->streak, streak);
	if (abs(streak) == STREAK) {
		doubt(e);
		return false;
	}
	late += step(streak, SETTLED, sum, new);
	WRITE_ONCE(lag->ns, clamp_t(s32, late, 0, MOST));
	return !streak;
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_estimate_learn_idle);

/**
 * async_tx_lag_learn - take a sample of lag alone into account
 * @lag: of the channel
 * @ns: how long it took the idle channel to turn to an operation
 *
 * Context: any.
 */
void async_tx_lag_learn(struct async_tx_lag *lag, u64 ns)
{
	u32 old = READ_ONCE(lag->ns), new = in_fractions(ns);
	int streak = streak_after(READ_ONCE(lag->streak), old, new);

	WRITE_ONCE(lag->streak, streak);
	WRITE_ONCE(lag->ns, old + step(streak, abs(streak) == STREAK ? 1 : SETTLED,
				       old, new));
}

/**
 * async_tx_lag_creep - the same, where most accidents come first
 * @lag: of the channel
 * @ns: how long it took
 *
 * What is done for the first time takes many times what it takes then, and who
 * believes that does not do it again. So it is believed little by little; and at
 * once that it takes less.
 */
void async_tx_lag_creep(struct async_tx_lag *lag, u64 ns)
{
	u32 old = READ_ONCE(lag->ns), new = in_fractions(ns);

	new = min(new, old + old / SETTLED + (CREEP << ASYNC_TX_FRACTION));
	WRITE_ONCE(lag->ns, min(new, MOST));
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_lag_creep);
