// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations: one row each. Adding one takes a row here and a file; nothing
 * else tells operations apart.
 */
#include "internal.h"

/* Some drivers' parity checks are slower, or worse, than the CPU's. */
#define XOR_VAL_OFFLOAD	!IS_ENABLED(CONFIG_ASYNC_TX_DISABLE_XOR_VAL_DMA)
#define PQ_VAL_OFFLOAD	!IS_ENABLED(CONFIG_ASYNC_TX_DISABLE_PQ_VAL_DMA)

#define ALIGN_OF(_kind)	offsetof(struct dma_device, _kind##_align)

const struct async_tx_op async_tx_ops[ASYNC_TX_NR_OPS] = {
	[ASYNC_TX_OP_MEMCPY] = {
		.name = "memcpy",
		.offload = true,
		.cap = DMA_MEMCPY,
		.cap2 = DMA_MEMCPY,
		.align = ALIGN_OF(copy),
		.prep = async_tx_memcpy_prep,
		.run = async_tx_memcpy_run,
	},
	[ASYNC_TX_OP_MEMSET] = {
		.name = "memset",
		.offload = true,
		.cap = DMA_MEMSET,
		.cap2 = DMA_MEMSET,
		.align = ALIGN_OF(fill),
		.prep = async_tx_memset_prep,
		.run = async_tx_memset_run,
	},
#if IS_ENABLED(CONFIG_ASYNC_XOR)
	[ASYNC_TX_OP_XOR] = {
		.name = "xor",
		.offload = true,
		.cap = DMA_XOR,
		.cap2 = DMA_XOR,
		.align = ALIGN_OF(xor),
		.min_src = 2,
		.usable = async_tx_xor_usable,
		.prep = async_tx_xor_prep,
		.run = async_tx_xor_run,
	},
	[ASYNC_TX_OP_XOR_VAL] = {
		.name = "xor_val",
		.offload = XOR_VAL_OFFLOAD,
		.cap = DMA_XOR_VAL,
		.cap2 = DMA_XOR_VAL,
		.align = ALIGN_OF(xor),
		.min_src = 2,
		.fits = async_tx_xor_val_fits,
		.prep = async_tx_xor_val_prep,
		.run = async_tx_xor_val_run,
	},
#endif
#if IS_ENABLED(CONFIG_ASYNC_PQ)
	[ASYNC_TX_OP_PQ] = {
		.name = "pq",
		.offload = true,
		.cap = DMA_PQ,
		.cap2 = DMA_PQ,
		.align = ALIGN_OF(pq),
		.min_src = 2,
		.fits = async_tx_pq_fits,
		.prep = async_tx_pq_prep,
		.run = async_tx_pq_run,
	},
	[ASYNC_TX_OP_PQ_VAL] = {
		.name = "pq_val",
		.offload = PQ_VAL_OFFLOAD,
		.cap = DMA_PQ_VAL,
		.cap2 = DMA_PQ_VAL,
		.align = ALIGN_OF(pq),
		.min_src = 2,
		.fits = async_tx_pq_val_fits,
		.prep = async_tx_pq_val_prep,
		.run = async_tx_pq_val_run,
	},
#endif
#if IS_ENABLED(CONFIG_ASYNC_RAID6_RECOV)
	[ASYNC_TX_OP_2DATA] = {
		.name = "raid6_2data",
		.offload = true,
		.cap = DMA_PQ,
		.cap2 = DMA_XOR,
		.align = ALIGN_OF(pq),
		.min_src = 2,
		.usable = async_tx_xor_usable,
		.fits = async_tx_recov_fits,
		.prep = async_tx_recov_prep,
		.run = async_tx_2data_run,
	},
	[ASYNC_TX_OP_DATAP] = {
		.name = "raid6_datap",
		.offload = true,
		.cap = DMA_PQ,
		.cap2 = DMA_XOR,
		.align = ALIGN_OF(pq),
		.min_src = 2,
		.usable = async_tx_xor_usable,
		.fits = async_tx_recov_fits,
		.prep = async_tx_recov_prep,
		.run = async_tx_datap_run,
	},
#endif
	[ASYNC_TX_OP_TRIGGER] = {
		.name = "trigger",
	},
};
