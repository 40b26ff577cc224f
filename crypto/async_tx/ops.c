// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations: one row each. Adding one takes a row here and a file; nothing
 * else tells operations apart.
 */
#include "internal.h"

#define OP(_name, _fn, _cap, _cap2, _offload) {		\
	.name = _name,					\
	.offload = _offload,				\
	.cap = _cap,					\
	.cap2 = _cap2,					\
	.fits = async_tx_##_fn##_fits,			\
	.prep = async_tx_##_fn##_prep,			\
	.run = async_tx_##_fn##_run,			\
}

/* Some drivers' parity checks are slower, or worse, than the CPU's. */
#define XOR_VAL_OFFLOAD	!IS_ENABLED(CONFIG_ASYNC_TX_DISABLE_XOR_VAL_DMA)
#define PQ_VAL_OFFLOAD	!IS_ENABLED(CONFIG_ASYNC_TX_DISABLE_PQ_VAL_DMA)

const struct async_tx_op async_tx_ops[ASYNC_TX_NR_OPS] = {
	[ASYNC_TX_OP_MEMCPY] =
		OP("memcpy", memcpy, DMA_MEMCPY, DMA_MEMCPY, true),
	[ASYNC_TX_OP_MEMSET] =
		OP("memset", memset, DMA_MEMSET, DMA_MEMSET, true),
#if IS_ENABLED(CONFIG_ASYNC_XOR)
	[ASYNC_TX_OP_XOR] =
		OP("xor", xor, DMA_XOR, DMA_XOR, true),
	[ASYNC_TX_OP_XOR_VAL] =
		OP("xor_val", xor_val, DMA_XOR_VAL, DMA_XOR_VAL, XOR_VAL_OFFLOAD),
#endif
#if IS_ENABLED(CONFIG_ASYNC_PQ)
	[ASYNC_TX_OP_PQ] =
		OP("pq", pq, DMA_PQ, DMA_PQ, true),
	[ASYNC_TX_OP_PQ_VAL] =
		OP("pq_val", pq_val, DMA_PQ_VAL, DMA_PQ_VAL, PQ_VAL_OFFLOAD),
#endif
#if IS_ENABLED(CONFIG_ASYNC_RAID6_RECOV)
	[ASYNC_TX_OP_2DATA] =
		OP("raid6_2data", 2data, DMA_PQ, DMA_XOR, true),
	[ASYNC_TX_OP_DATAP] =
		OP("raid6_datap", datap, DMA_PQ, DMA_XOR, true),
#endif
	[ASYNC_TX_OP_TRIGGER] = { .name = "trigger" },
};
