// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy 'round-robin': every channel that can do the operation in turn, and
 * the CPU is one of them.
 */
#include <linux/percpu.h>

#include "internal.h"

static DEFINE_PER_CPU(unsigned int, round_robin_turn);

static struct async_tx_channel *
round_robin_select(const struct async_tx_candidates *cand, const struct async_tx_ask *ask)
{
	unsigned int i = this_cpu_inc_return(round_robin_turn) % (cand->nr + 1);

	if (i == cand->nr || cand->chan[i] == ask->avoid)
		return NULL;
	return cand->chan[i];
}

struct async_tx_policy async_tx_policy_round_robin = {
	.name = "round-robin",
	.select = round_robin_select,
	.follows = true,
};
