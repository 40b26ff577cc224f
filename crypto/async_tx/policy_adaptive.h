/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two halves of the policy 'adaptive' share: what the CPU's time is worth.
 * policy_adaptive.c chooses one channel, policy_adaptive_split.c several.
 */
#ifndef _ASYNC_TX_POLICY_ADAPTIVE_H
#define _ASYNC_TX_POLICY_ADAPTIVE_H

#include <linux/math.h>
#include <linux/math64.h>

#include "internal.h"

/**
 * struct async_tx_cpu_price - what the CPU's time costs whoever has to wait
 * @each: of every ns, in 1/4096
 * @held_up: and times the ns for which others are held up, in 2^-24
 */
struct async_tx_cpu_price {
	u32 each;
	u32 held_up;
};

#define ASYNC_TX_MAX_HELD_UP	BIT(28)

static inline u64 async_tx_cpu_cost(const struct async_tx_cpu_price *price, u64 ns)
{
	u64 wait = min_t(u64, (ns * price->held_up) >> 12, BIT(30));

	return ((ns * price->each) >> 12) + ((ns * wait) >> 12);
}

/* The time that has that cost. */
static inline u64 async_tx_cpu_worth(const struct async_tx_cpu_price *price, u64 cost)
{
	u64 root = int_sqrt64((u64)price->each * price->each + 4 * price->held_up * cost);

	return div64_u64(cost << 13, price->each + root);
}

/* What a ns more costs then, in 1/4096. */
static inline u64 async_tx_cpu_cost_slope(const struct async_tx_cpu_price *price, u64 ns)
{
	return price->each + ((2 * ns * price->held_up) >> 12);
}

/*
 * What it costs the CPU to hand a channel an operation. One that comes alone has an
 * interrupt for itself, and whoever is told of its end is woken up for it alone.
 */
static inline u64 async_tx_handover(const struct async_tx_channel *chan,
				    const struct async_tx_ask *ask, bool busy)
{
	unsigned int kind = async_tx_kind(ask->op, ask->many);
	u64 ns = READ_ONCE(chan->handover[kind].ns) >> ASYNC_TX_FRACTION;

	return ask->many || busy ? ns : 2 * ns;
}

/**
 * struct async_tx_split_terms - what sharing an operation out depends on
 * @price: of the CPU's time
 * @load: what arrives would take the CPU so much of its time, in 1/256
 * @saturated: that is more than it has
 * @further: so many channels more than could have a part are worth a look
 * @saved: time that may be spent to try a channel that seems too slow (ns); what was
 *	spent is taken off
 * @tried: one has been
 */
struct async_tx_split_terms {
	struct async_tx_cpu_price price;
	u32 load;
	bool saturated;
	unsigned int further;
	u64 saved;
	bool tried;
};

unsigned int async_tx_share_out(const struct async_tx_candidates *cand,
				unsigned int *first, const struct async_tx_ask *ask,
				size_t len, struct async_tx_split_terms *terms,
				struct async_tx_share *share);

#endif /* _ASYNC_TX_POLICY_ADAPTIVE_H */
