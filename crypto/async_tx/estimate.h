/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long an operation takes on a channel once that has turned to it.
 *
 * Service time is a curve over the work, which is the bytes that an operation
 * reads: a line from one power of two to the next, of which the ends are learned
 * (estimate.c). Waiting for what is in front is not part of it; that is the sum of
 * their estimates, &async_tx_channel.load. Nor is what passes on an idle channel
 * before and after, its lag.
 *
 * There is no lock. Estimates are words that are read and written whole, and an
 * update lost now and then to another CPU does no harm.
 */
#ifndef _ASYNC_TX_ESTIMATE_H
#define _ASYNC_TX_ESTIMATE_H

#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* Less work than the first knot takes as long, more than the last is not told. */
#define ASYNC_TX_FIRST_KNOT	6	/* 64 bytes */
#define ASYNC_TX_LAST_KNOT	26	/* 64 MiB */
#define ASYNC_TX_KNOTS		(ASYNC_TX_LAST_KNOT - ASYNC_TX_FIRST_KNOT + 1)

/* Estimates are in 1/16 ns, so that an average of few ns still moves. */
#define ASYNC_TX_FRACTION	4

/**
 * struct async_tx_samples - what was measured near a knot, and expected before
 * @count: samples
 * @expected: their estimates at that time, in all (ns)
 * @actual: what they took, in all (ns)
 */
struct async_tx_samples {
	u64 count, expected, actual;
};

/**
 * struct async_tx_estimate - what is known of one operation on one channel
 * @knot: service time at each power of two of work, in 1/16 ns
 * @seen: samples that each has had since it was last in doubt, a few at most;
 *	0: it is a guess
 * @apart: bits of the knots whose samples were free of the channel's lag
 * @streak: how many of the latest samples were far longer (negative: far
 *	shorter) than expected
 * @samples: of each knot, for the administrator; or NULL
 */
struct async_tx_estimate {
	u32 knot[ASYNC_TX_KNOTS];
	u8 seen[ASYNC_TX_KNOTS];
	s8 streak;
	u32 apart;
	struct async_tx_samples *samples;
};

/**
 * struct async_tx_lag - how late a channel tells of an end, and turns to a start
 * @ns: what an operation takes on an idle channel beyond its service time, in 1/16 ns
 * @streak: see &async_tx_estimate.streak
 *
 * The way of an interrupt, for one. Where operations wait for one another, it is
 * paid once.
 */
struct async_tx_lag {
	u32 ns;
	s8 streak;
};

/* Work as a place on the curve: @part 65536ths of the way from @knot to the next. */
struct async_tx_place {
	unsigned int knot, part;
};

/* Bytes that an operation of @slots pages, of @len bytes each, reads. */
static inline u32 async_tx_work(size_t len, unsigned int slots)
{
	return min_t(u64, (u64)len * max(slots, 2U) - len,
		     BIT(ASYNC_TX_LAST_KNOT));
}

static inline struct async_tx_place async_tx_place(u32 work)
{
	unsigned int log;

	if (unlikely(work <= BIT(ASYNC_TX_FIRST_KNOT)))
		return (struct async_tx_place) {};
	log = ilog2(work);
	return (struct async_tx_place) {
		.knot = log - ASYNC_TX_FIRST_KNOT,
		.part = ((u64)work << 16 >> log) - BIT(16),
	};
}

/* In 1/16 ns. */
static inline u32 async_tx_estimate_at(const struct async_tx_estimate *e,
				       struct async_tx_place at)
{
	u32 here = READ_ONCE(e->knot[at.knot]), next;

	if (!at.part)
		return here;
	next = READ_ONCE(e->knot[at.knot + 1]);
	return here + (s32)((((s64)next - here) * at.part) >> 16);
}

/* In ns. */
static inline u32 async_tx_service(const struct async_tx_estimate *e,
				   struct async_tx_place at)
{
	return async_tx_estimate_at(e, at) >> ASYNC_TX_FRACTION;
}

/* The knot that is nearest. */
static inline unsigned int async_tx_nearest(struct async_tx_place at)
{
	return at.knot + (at.part >= BIT(15));
}

static inline bool async_tx_is_guess(const struct async_tx_estimate *e,
				     struct async_tx_place at)
{
	return !READ_ONCE(e->seen[async_tx_nearest(at)]);
}

void async_tx_estimate_seed(struct async_tx_estimate *e, u32 setup_ns,
			    u32 bandwidth);
bool async_tx_estimate_learn(struct async_tx_estimate *e, struct async_tx_lag *lag,
			     struct async_tx_place at, u64 ns);
bool async_tx_estimate_learn_idle(struct async_tx_estimate *e,
				  struct async_tx_lag *lag,
				  struct async_tx_place at, u64 ns);
void async_tx_lag_learn(struct async_tx_lag *lag, u64 ns);
void async_tx_lag_creep(struct async_tx_lag *lag, u64 ns);

#endif /* _ASYNC_TX_ESTIMATE_H */
