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

/*
 * A descriptor with room in the ring for an operation of @nr_src sources; the
 * caller adds the operands.
 */
static struct ioat_desc *begin(struct dma_chan *chan, u8 code, unsigned int nr_src,
			       size_t len, bool null, unsigned long flags)
{
	struct ioat_chan *c = to_ioat_chan(chan);
	struct ioat_desc *d;

	d = ioat_desc_get(c, ioat_op_slots(code, nr_src, len, null, c->ioat->xfercap));
	if (!d)
		return NULL;
	d->txd.flags = flags;
	d->op.code = code;
	d->op.nr_src = nr_src;
	d->op.ctl = 0;
	d->op.last = last_bits(flags);
	d->op.fence = flags & DMA_PREP_FENCE;
	d->op.null = null;
	d->op.len = len;
	return d;
}

static void set_result(struct ioat_desc *d, enum sum_check_flags *result)
{
	d->result = result;
	/* Only a check that fails writes to it. */
	if (result)
		*result = 0;
}

static struct dma_async_tx_descriptor *
ioat_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src, size_t len,
		 unsigned long flags)
{
	struct ioat_desc *d = begin(chan, IOAT_OP_COPY, 0, len, false, flags);

	if (!d)
		return NULL;
	d->op.src[0] = src;
	d->op.dst[0] = dst;
	return &d->txd;
}

static struct dma_async_tx_descriptor *
ioat_prep_memset(struct dma_chan *chan, dma_addr_t dst, int value, size_t len,
		 unsigned long flags)
{
	struct ioat_desc *d = begin(chan, IOAT_OP_FILL, 0, len, false, flags);

	if (!d)
		return NULL;
	d->op.src[0] = (u8)value * 0x0101010101010101ULL;
	d->op.dst[0] = dst;
	return &d->txd;
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
	struct ioat_desc *d;
	unsigned int i;

	if (!len || src_cnt < IOAT_MIN_SRC || src_cnt > IOAT_MAX_SRC)
		return NULL;
	d = begin(chan, code, src_cnt, len, true, flags);
	if (!d)
		return NULL;
	for (i = 0; i < src_cnt; i++)
		d->op.src[i] = src[i];
	d->op.dst[0] = dst;
	set_result(d, result);
	return &d->txd;
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

static u8 pq_code(unsigned int nr_src, bool check)
{
	if (nr_src > IOAT_MAX_SRC)
		return check ? IOAT_OP_PQ_VAL_16S : IOAT_OP_PQ_16S;
	return check ? IOAT_OP_PQ_VAL : IOAT_OP_PQ;
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
	unsigned int i, total = src_cnt + continue_sources(flags);
	/* A product alone: a second source that counts for nothing in Q. */
	bool product = no_p && total == 1;
	struct ioat_desc *d;
	struct ioat_op *op;

	total += product;
	if (!len || (no_p && no_q) || total > pq_max(ioat) || total < IOAT_MIN_SRC)
		return NULL;
	/* As for xor; version 3.3 keeps the order. */
	d = begin(chan, pq_code(total, result), total, len,
		  ioat->version < IOAT_VER_3_3, flags);
	if (!d)
		return NULL;
	op = &d->op;
	op->nr_src = 0;
	/* The address of one that is not wanted has to be valid all the same. */
	op->dst[0] = pq[no_p];
	op->dst[1] = pq[!no_q];
	for (i = 0; i < src_cnt; i++)
		add_source(op, src[i], scf ? scf[i] : 0);
	add_continue_sources(op, flags);
	if (product)
		add_source(op, op->src[0], 0);

	op->ctl = (no_p ? IOAT_CTL_NO_P : 0) | (no_q ? IOAT_CTL_NO_Q : 0);
	if (result && ioat->cap & IOAT_CAP_DWBES)
		op->ctl |= IOAT_CTL_ERROR_STATUS;
	set_result(d, result);
	return &d->txd;
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
