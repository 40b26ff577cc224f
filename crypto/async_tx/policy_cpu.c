// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy 'cpu': engines are not used.
 */
#include "internal.h"

static struct async_tx_channel *
cpu_select(const struct async_tx_candidates *cand, const struct async_tx_ask *ask)
{
	return NULL;
}

struct async_tx_policy async_tx_policy_cpu = {
	.name = "cpu",
	.select = cpu_select,
};
