// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy 'engine': an engine is always better, and a CPU always uses the same
 * channel. That is what Linux has done since 2.6.23.
 */
#include <linux/smp.h>

#include "internal.h"

static struct async_tx_channel *
engine_select(const struct async_tx_candidates *cand, const struct async_tx_ask *ask)
{
	unsigned int i = raw_smp_processor_id();

	if (i >= cand->nr)
		i %= cand->nr;
	if (unlikely(cand->chan[i] == ask->avoid)) {
		i = (i + 1) % cand->nr;
		if (cand->chan[i] == ask->avoid)
			return NULL;
	}
	return cand->chan[i];
}

struct async_tx_policy async_tx_policy_engine = {
	.name = "engine",
	.select = engine_select,
	.follows = true,
};
