// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: what clients may ask for.
 *
 * The prepare methods turn operands into a struct ioat_op and reserve room in
 * the ring; they take the channel's lock for that alone, and touch neither ring
 * nor device. NULL means that the channel is full or out of use, or that the
 * hardware has no way to do it: then somebody else has to.
 */
#include <linux/dmaengine.h>

#include "dma.h"

static u32 last_bits(unsigned long flags)
{
	return IOAT_CTL_WRITEBACK | (flags & DMA_PREP_INTERRUPT ? IOAT_CTL_INT : 0);
}

static struct dma_async_tx_descriptor *
prepared(struct dma_chan *chan, struct ioat_op *op, enum sum_check_flags *result,
	 unsigned long flags)
{
	struct ioat_chan *c = to_ioat_chan(chan);
	struct ioat_desc *d;

	op->last = last_bits(flags);
	op->fence = flags & DMA_PREP_FENCE;
	d = ioat_desc_get(c, ioat_op_slots(op, c->ioat->xfercap));
	if (!d)
		return NULL;
	d->op = *op;
	d->result = result;
	d->txd.flags = flags;
	/* Only a check that fails writes to it. */
	if (result)
		*result = 0;
	return &d->txd;
}

static struct dma_async_tx_descriptor *
ioat_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
		 unsigned long flags)
{
	struct ioat_op op = {
		.code = IOAT_OP_COPY,
		.len = len,
		.src = { src },
		.dst = { dst },
	};

	return prepared(chan, &op, NULL, flags);
}

static struct dma_async_tx_descriptor *
ioat_prep_memset(struct dma_chan *chan, dma_addr_t dst, int value, size_t len,
		 unsigned long flags)
{
	struct ioat_op op = {
		.code = IOAT_OP_FILL,
		.len = len,
		.src = { (u8)value * 0x0101010101010101ULL },
		.dst = { dst },
	};

	return prepared(chan, &op, NULL, flags);
}

/* Moves nothing: a null descriptor that writes back, and interrupts if asked to. */
void ioat_prep_null(struct ioat_op *op, unsigned long flags)
{
	*op = (struct ioat_op) { .code = IOAT_OP_COPY, .null = true };
	op->last = last_bits(flags) | (flags & DMA_PREP_FENCE ? IOAT_CTL_FENCE : 0);
}

static struct dma_async_tx_descriptor *
ioat_prep_interrupt(struct dma_chan *chan, unsigned long flags)
{
	struct ioat_chan *c = to_ioat_chan(chan);
	struct ioat_desc *d = ioat_desc_get(c, 1);

	if (!d)
		return NULL;
	ioat_prep_null(&d->op, flags | DMA_PREP_INTERRUPT);
	d->txd.flags = flags;
	return &d->txd;
}

/* --- xor --- */

/*
 * The write-back of an xor may overtake that of an earlier copy, which another
 * unit of the engine does. That of a null descriptor behind it does not.
 */
static struct dma_async_tx_descriptor *
prep_xor(struct dma_chan *chan, u8 code, dma_addr_t dst, dma_addr_t *src,
	 unsigned int src_cnt, size_t len, enum sum_check_flags *result,
	 unsigned long flags)
{
	struct ioat_op op = {
		.code = code,
		.nr_src = src_cnt,
		.null = true,
		.len = len,
		.dst = { dst },
	};
	unsigned int i;

	if (!len || src_cnt < IOAT_MIN_SRC || src_cnt > IOAT_MAX_SRC)
		return NULL;
	for (i = 0; i < src_cnt; i++)
		op.src[i] = src[i];
	return prepared(chan, &op, result, flags);
}

static struct dma_async_tx_descriptor *
ioat_prep_xor(struct dma_chan *chan, dma_addr_t dst, dma_addr_t *src,
	      unsigned int src_cnt, size_t len, unsigned long flags)
{
	return prep_xor(chan, IOAT_OP_XOR, dst, src, src_cnt, len, NULL, flags);
}

/* The hardware compares the xor of all but the first with the first. */
static struct dma_async_tx_descriptor *
ioat_prep_xor_val(struct dma_chan *chan, dma_addr_t *src, unsigned int src_cnt,
		  size_t len, enum sum_check_flags *result, unsigned long flags)
{
	return src_cnt ? prep_xor(chan, IOAT_OP_XOR_VAL, src[0], src + 1, src_cnt - 1,
				  len, result, flags) : NULL;
}

/* --- P+Q --- */

static void add_source(struct ioat_op *op, dma_addr_t src, u8 coef)
{
	op->src[op->nr_src] = src;
	op->coef[op->nr_src++] = coef;
}

/*
 * Continuing means to take P and Q so far as sources, so that each is added to
 * itself and not to the other: Q is added to P twice, which is nothing.
 */
static unsigned int continue_sources(unsigned long flags)
{
	if (dmaf_p_disabled_continue(flags))
		return 1;
	return dmaf_continue(flags) ? 3 : 0;
}

static void add_continue_sources(struct ioat_op *op, unsigned long flags)
{
	if (dmaf_p_disabled_continue(flags)) {
		add_source(op, op->dst[1], 1);
	} else if (dmaf_continue(flags)) {
		add_source(op, op->dst[0], 0);
		add_source(op, op->dst[1], 1);
		add_source(op, op->dst[1], 0);
	}
}

static unsigned int pq_max(const struct ioat_device *ioat)
{
	return ioat->cap & IOAT_CAP_RAID16SS ? IOAT_MAX_SRC16 : IOAT_MAX_SRC;
}

/* @scf is NULL where Q is not wanted. */
static struct dma_async_tx_descriptor *
prep_pq(struct dma_chan *chan, const dma_addr_t *pq, const dma_addr_t *src,
	unsigned int src_cnt, const unsigned char *scf, size_t len,
	enum sum_check_flags *result, unsigned long flags)
{
	struct ioat_device *ioat = to_ioat_chan(chan)->ioat;
	bool no_p = flags & DMA_PREP_PQ_DISABLE_P;
	bool no_q = flags & DMA_PREP_PQ_DISABLE_Q;
	/* The address of one that is not wanted has to be valid all the same. */
	struct ioat_op op = { .len = len, .dst = { pq[no_p], pq[!no_q] } };
	unsigned int i, total = src_cnt + continue_sources(flags);

	/* A product alone: a second source that counts for nothing in Q. */
	bool product = no_p && total == 1;

	if (!len || (no_p && no_q) || total > pq_max(ioat) ||
	    total + product < IOAT_MIN_SRC)
		return NULL;
	for (i = 0; i < src_cnt; i++)
		add_source(&op, src[i], scf ? scf[i] : 0);
	add_continue_sources(&op, flags);
	if (product)
		add_source(&op, op.src[0], 0);

	if (op.nr_src > IOAT_MAX_SRC)
		op.code = result ? IOAT_OP_PQ_VAL_16S : IOAT_OP_PQ_16S;
	else
		op.code = result ? IOAT_OP_PQ_VAL : IOAT_OP_PQ;
	op.ctl = (no_p ? IOAT_CTL_NO_P : 0) | (no_q ? IOAT_CTL_NO_Q : 0);
	if (result && ioat->cap & IOAT_CAP_DWBES)
		op.ctl |= IOAT_CTL_ERROR_STATUS;
	/* As for xor; version 3.3 keeps the order. */
	op.null = ioat->version < IOAT_VER_3_3;
	return prepared(chan, &op, result, flags);
}

static struct dma_async_tx_descriptor *
ioat_prep_pq(struct dma_chan *chan, dma_addr_t *dst, dma_addr_t *src,
	     unsigned int src_cnt, const unsigned char *scf, size_t len,
	     unsigned long flags)
{
	return prep_pq(chan, dst, src, src_cnt, scf, len, NULL, flags);
}

static struct dma_async_tx_descriptor *
ioat_prep_pq_val(struct dma_chan *chan, dma_addr_t *pq, dma_addr_t *src,
		 unsigned int src_cnt, const unsigned char *scf, size_t len,
		 enum sum_check_flags *result, unsigned long flags)
{
	return prep_pq(chan, pq, src, src_cnt, scf, len, result, flags);
}

/* Where there is P+Q and no xor, P alone is the xor. */
static struct dma_async_tx_descriptor *
ioat_prep_pqxor(struct dma_chan *chan, dma_addr_t dst, dma_addr_t *src,
		unsigned int src_cnt, size_t len, unsigned long flags)
{
	return prep_pq(chan, &dst, src, src_cnt, NULL, len, NULL,
		       (flags & ~DMA_PREP_CONTINUE) | DMA_PREP_PQ_DISABLE_Q);
}

static struct dma_async_tx_descriptor *
ioat_prep_pqxor_val(struct dma_chan *chan, dma_addr_t *src, unsigned int src_cnt,
		    size_t len, enum sum_check_flags *result, unsigned long flags)
{
	return src_cnt ? prep_pq(chan, src, src + 1, src_cnt - 1, NULL, len, result,
				 (flags & ~DMA_PREP_CONTINUE) |
				 DMA_PREP_PQ_DISABLE_Q) : NULL;
}

/* Offers what the device's capabilities allow; the self-test takes back. */
void ioat_set_operations(struct ioat_device *ioat)
{
	struct dma_device *dma = &ioat->dma;
	bool xor = ioat->cap & IOAT_CAP_XOR, pq = ioat->cap & IOAT_CAP_PQ;

	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma->device_prep_dma_memcpy = ioat_prep_memcpy;
	dma_cap_set(DMA_INTERRUPT, dma->cap_mask);
	dma->device_prep_dma_interrupt = ioat_prep_interrupt;

	if (ioat->cap & IOAT_CAP_FILL) {
		dma_cap_set(DMA_MEMSET, dma->cap_mask);
		dma->device_prep_dma_memset = ioat_prep_memset;
	}
	if (pq) {
		dma_cap_set(DMA_PQ, dma->cap_mask);
		dma->device_prep_dma_pq = ioat_prep_pq;
		dma_cap_set(DMA_PQ_VAL, dma->cap_mask);
		dma->device_prep_dma_pq_val = ioat_prep_pq_val;
		dma_set_maxpq(dma, pq_max(ioat), 0);
	}
	if (xor || pq) {
		dma_cap_set(DMA_XOR, dma->cap_mask);
		dma->device_prep_dma_xor = xor ? ioat_prep_xor : ioat_prep_pqxor;
		dma_cap_set(DMA_XOR_VAL, dma->cap_mask);
		dma->device_prep_dma_xor_val = xor ? ioat_prep_xor_val : ioat_prep_pqxor_val;
		dma->max_xor = xor ? IOAT_MAX_SRC : pq_max(ioat);
	}
}
