// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy 'least-loaded': the channel with the fewest requests in flight.
 *
 * The CPU that asks is idle by definition, but its time is worth more than an
 * engine's: it takes an operation only when each engine looked at has
 * async_tx_cpu_weight requests in flight. So that a choice costs the same
 * however many channels there are, it looks at a few, from a point that moves.
 * One of half the weight counts as if twice as much were in flight there.
 */
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "internal.h"

#define LOOK_AT	4

static DEFINE_PER_CPU(unsigned int, least_loaded_turn);

static struct async_tx_channel *
least_loaded_select(const struct async_tx_candidates *cand, const struct async_tx_ask *ask)
{
	unsigned int i = this_cpu_inc_return(least_loaded_turn) % cand->nr;
	unsigned int least = READ_ONCE(async_tx_cpu_weight);
	struct async_tx_channel *best = NULL;

	for (unsigned int n = min(cand->nr, LOOK_AT); n; n--) {
		struct async_tx_channel *chan = cand->chan[i];
		unsigned int load = async_tx_handicapped(chan, async_tx_inflight(chan));

		if (load < least && chan != ask->avoid) {
			least = load;
			best = chan;
		}
		if (++i == cand->nr)
			i = 0;
	}
	return best;
}

struct async_tx_policy async_tx_policy_least_loaded = {
	.name = "least-loaded",
	.select = least_loaded_select,
	.follows = true,
};
