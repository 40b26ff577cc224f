/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For how long a choice of the policy 'adaptive' holds.
 *
 * A decision takes as long as half a copy of a page. So a choice holds for more of the
 * same kind that comes within a few microseconds, as long as the channel has so little
 * to do that nothing which was looked at would be better.
 *
 * Each CPU has one, without a lock: of what is read here nothing is read twice.
 */
#ifndef _ASYNC_TX_POLICY_ADAPTIVE_HOLD_H
#define _ASYNC_TX_POLICY_ADAPTIVE_HOLD_H

#include "internal.h"

/**
 * struct hold - for what the latest choice holds
 * @kind: of operation, see kind_of(); or %ASYNC_TX_NO_KIND
 * @at: the channel, -1: the CPU
 * @nr: so many of them
 * @left: so many more
 * @most: while the channel has no more than that to do (ns)
 * @cpu: what the CPU would take for each (ns)
 * @cost: what each costs where it is done (ns)
 */
struct hold {
	u64 kind;
	int at;
	unsigned int nr, left;
	u64 most, cpu, cost;
};

#define ASYNC_TX_NO_KIND	U64_MAX

static inline u64 kind_of(const struct async_tx_ask *ask)
{
	return ask->work | (u64)ask->op << 32 | (u64)ask->many << 40;
}

/* Does the latest choice, @chan, hold for this one? It then does for one less. */
static __always_inline bool holds(struct hold *h, const struct async_tx_candidates *cand,
				  const struct async_tx_ask *ask,
				  struct async_tx_channel **chan)
{
	unsigned int left = READ_ONCE(h->left);
	int at = READ_ONCE(h->at);
	s64 load;

	*chan = NULL;
	if (kind_of(ask) != h->kind || !left || !ask->here || ask->avoid)
		return false;
	if (at >= 0) {
		if (at >= cand->nr)
			return false;
		*chan = cand->chan[at];
		load = atomic64_read(&(*chan)->load);
		if (async_tx_load_ns(load) > h->most ||
		    async_tx_load_count(load) >= READ_ONCE((*chan)->full))
			return false;
	}
	WRITE_ONCE(h->left, left - 1);
	return true;
}

#endif /* _ASYNC_TX_POLICY_ADAPTIVE_HOLD_H */
