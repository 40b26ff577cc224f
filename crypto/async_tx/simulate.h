/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Simulated time, as simulate.c needs it and cpu.c takes note of it.
 */
#ifndef _CRYPTO_ASYNC_TX_SIMULATE_H
#define _CRYPTO_ASYNC_TX_SIMULATE_H

#include <linux/types.h>

/**
 * struct async_tx_sim_speed - what a copy takes
 * @setup_ns: whatever its length
 * @bandwidth: bytes in a microsecond on top
 */
struct async_tx_sim_speed {
	u32 setup_ns;
	u32 bandwidth;
};

bool async_tx_sim_is_on(void);
void async_tx_sim_cpu_begin(const struct async_tx_sim_speed *speed);
void async_tx_sim_cpu_count(u64 *bytes, u64 *ns);

/* Has a copy of the CPU been simulated? Else it is to be done. */
#ifdef CONFIG_ASYNC_TX_SIMULATE
bool async_tx_sim_cpu_copy(size_t len);
#else
static inline bool async_tx_sim_cpu_copy(size_t len)
{
	return false;
}
#endif

#endif /* _CRYPTO_ASYNC_TX_SIMULATE_H */
