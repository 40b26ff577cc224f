/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asynchronous memory operations: copy, fill, xor, parity check, P+Q, recovery.
 *
 * A caller describes an operation; it runs on whichever channel suits best, a
 * DMA engine or the CPU, and the caller never learns which. See
 * Documentation/crypto/async-tx-api.rst for the life of a request.
 *
 * Every async_*() operation returns
 *   NULL       when the work is done already, its callback included,
 *   ERR_PTR()  when the arguments are wrong: nothing was written, no callback
 *              runs, and the parent in the submit control is still the caller's,
 *   a handle   otherwise. It is the caller's until passed on as ->depend_tx,
 *              acknowledged, or quiesced; never, when ASYNC_TX_ACK was given.
 *
 * They may be called from task context and from softirq, not with interrupts
 * disabled, and do not sleep.
 */
#ifndef _ASYNC_TX_H_
#define _ASYNC_TX_H_

#include <linux/dmaengine.h>
#include <linux/interrupt.h>
#include <linux/spinlock.h>

struct folio;
struct scatterlist;

/* The most sources that one xor or P+Q operation takes. */
#define ASYNC_TX_MAX_SOURCES	255

/**
 * enum async_tx_flags - modifiers of an operation
 * @ASYNC_TX_XOR_ZERO_DST: async_xor(): the destination's old content is no
 *	operand.
 * @ASYNC_TX_XOR_DROP_DST: async_xor(): the destination's old content is an
 *	operand and is listed, as the first source. With neither of the two
 *	flags it is an operand and is not listed.
 * @ASYNC_TX_ACK: the caller gives up the handle at once; the operation can not
 *	become a parent. Without a callback and without a pending parent there
 *	is then no way left to learn of the end, so it completes before the call
 *	returns.
 * @ASYNC_TX_FENCE: the next operation of the chain reads this one's result
 * @ASYNC_TX_PQ_XOR_DST: async_gen_syndrome(): add the sources to the P and Q
 *	that are there instead of replacing them (read-modify-write)
 */
enum async_tx_flags {
	ASYNC_TX_XOR_ZERO_DST	= BIT(0),
	ASYNC_TX_XOR_DROP_DST	= BIT(1),
	ASYNC_TX_ACK		= BIT(2),
	ASYNC_TX_FENCE		= BIT(3),
	ASYNC_TX_PQ_XOR_DST	= BIT(4),
};

/* What one entry of a caller's scribble space can hold. */
typedef union {
	unsigned long addr;
	struct page *page;
	dma_addr_t dma;
} addr_conv_t;

/**
 * struct async_submit_ctl - how an operation is to be submitted
 * @flags: &enum async_tx_flags
 * @depend_tx: handle of the operation that has to end first, or NULL. The
 *	submission consumes it: it counts as acknowledged.
 * @cb_fn: called once when the operation has ended and its result is visible,
 *	from task or softirq context, with no lock held; must not sleep
 * @cb_param: argument of @cb_fn
 * @scribble: unused, the operands are copied; kept for its users
 */
struct async_submit_ctl {
	enum async_tx_flags flags;
	struct dma_async_tx_descriptor *depend_tx;
	dma_async_tx_callback cb_fn;
	void *cb_param;
	void *scribble;
};

/**
 * init_async_submit - fill in a submit control
 * @args: the control
 * @flags: &enum async_tx_flags
 * @tx: handle of the operation that has to end first, or NULL
 * @cb_fn: called when the operation has ended, or NULL
 * @cb_param: argument of @cb_fn
 * @scribble: unused
 */
static inline void
init_async_submit(struct async_submit_ctl *args, enum async_tx_flags flags,
		  struct dma_async_tx_descriptor *tx,
		  dma_async_tx_callback cb_fn, void *cb_param,
		  addr_conv_t *scribble)
{
	*args = (struct async_submit_ctl) {
		.flags = flags,
		.depend_tx = tx,
		.cb_fn = cb_fn,
		.cb_param = cb_param,
		.scribble = scribble,
	};
}

struct dma_async_tx_descriptor *
async_memcpy(struct page *dest, struct page *src, unsigned int dest_offset,
	     unsigned int src_offset, size_t len,
	     struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_memcpy_sg(struct scatterlist *dst, struct scatterlist *src, size_t len,
		struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_memcpy_folios(struct folio **dst, struct folio **src, unsigned int nr,
		    struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_memset(struct page *dest, int val, unsigned int offset, size_t len,
	     struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_xor(struct page *dest, struct page **src_list, unsigned int offset,
	  int src_cnt, size_t len, struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_xor_offs(struct page *dest, unsigned int offset, struct page **src_list,
	       unsigned int *src_offset, int src_cnt, size_t len,
	       struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_xor_val(struct page *dest, struct page **src_list, unsigned int offset,
	      int src_cnt, size_t len, enum sum_check_flags *result,
	      struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_xor_val_offs(struct page *dest, unsigned int offset,
		   struct page **src_list, unsigned int *src_offset,
		   int src_cnt, size_t len, enum sum_check_flags *result,
		   struct async_submit_ctl *submit);

/* The historical name of async_xor_val(). */
#define async_xor_zero_sum async_xor_val

struct dma_async_tx_descriptor *
async_gen_syndrome(struct page **blocks, unsigned int *offsets, int disks,
		   size_t len, struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_syndrome_val(struct page **blocks, unsigned int *offsets, int disks,
		   size_t len, enum sum_check_flags *pqres, struct page *spare,
		   unsigned int s_off, struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_raid6_2data_recov(int disks, size_t bytes, int faila, int failb,
			struct page **blocks, unsigned int *offs,
			struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_raid6_datap_recov(int disks, size_t bytes, int faila,
			struct page **blocks, unsigned int *offs,
			struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_trigger_callback(struct async_submit_ctl *submit);

struct dma_async_tx_descriptor *
async_tx_get(struct dma_async_tx_descriptor *tx);

void async_tx_quiesce(struct dma_async_tx_descriptor **tx);

void async_tx_issue_pending_all(void);

/**
 * async_tx_issue_pending - start what has been submitted
 * @tx: what an async_*() operation returned; NULL and ERR_PTR do nothing. It is
 *	not looked into, so it may have been acknowledged.
 *
 * Context: task or softirq. Does not sleep.
 */
static inline void async_tx_issue_pending(struct dma_async_tx_descriptor *tx)
{
	if (!IS_ERR_OR_NULL(tx))
		async_tx_issue_pending_all();
}

#endif /* _ASYNC_TX_H_ */
