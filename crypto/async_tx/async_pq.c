// SPDX-License-Identifier: GPL-2.0-only
/*
 * The P+Q syndrome of RAID-6 over GF(2^8), polynomial 0x11d, generator {02}, and
 * its check.
 *
 * Callers pass 'blocks': the sources, then P, then Q. A missing source counts
 * as zeroes and holds its place in the powers of the generator. A request keeps
 * the blocks for the CPU; where sources are missing, the engine's view follows
 * without them, since an engine knows no missing source.
 */
#include <linux/export.h>
#include <linux/raid/pq.h>

#include "cpu.h"
#include "internal.h"

/* P and Q among the blocks. */
static bool operands_ok(struct page **blocks, const unsigned int *offs,
			int disks, size_t len)
{
	return async_tx_blocks_ok(blocks, offs, disks, len) &&
	       (blocks[disks - 2] || blocks[disks - 1]);
}

/* Whatever is there must be good. */
bool async_tx_blocks_ok(struct page **blocks, const unsigned int *offs,
			int disks, size_t len)
{
	if (!blocks || !offs || !len ||
	    disks < 3 || disks > ASYNC_TX_MAX_SOURCES + 2)
		return false;
	for (int i = 0; i < disks; i++)
		if (blocks[i] && !async_tx_operand_ok(blocks[i], offs[i], len))
			return false;
	return true;
}

bool async_tx_pq_limits_ok(const struct async_tx_request *req,
			   struct dma_device *dma, unsigned long flags)
{
	if (dma_maxpq(dma, flags) < 2)
		return false;
	return req->nr_src <= dma_maxpq(dma, flags) ||
	       dma_maxpq(dma, flags | DMA_PREP_CONTINUE) > 0;
}

struct dma_async_tx_descriptor *
async_tx_pq_step(struct async_tx_request *req, struct dma_chan *chan,
		 dma_addr_t p, dma_addr_t q, unsigned long flags)
{
	struct dma_device *dma = chan->device;
	dma_addr_t dst[2] = { p, q };
	unsigned int step = req->step;
	unsigned int cnt;

	if (step)
		flags |= DMA_PREP_CONTINUE;
	cnt = min_t(unsigned int, req->nr_src - step, dma_maxpq(dma, flags));
	req->step += cnt;
	req->more = req->step < req->nr_src;
	return dma->device_prep_dma_pq(chan, dst, async_tx_dma(req) + step, cnt,
				       async_tx_coefs(req) + step, req->len,
				       flags);
}

/* --- generation --- */

static unsigned long omitted(struct page *p, struct page *q)
{
	return (p ? 0 : DMA_PREP_PQ_DISABLE_P) | (q ? 0 : DMA_PREP_PQ_DISABLE_Q);
}

/* Of a request whose engine's view ends in P and Q at slot @i. */
static unsigned long omitted_at(const struct async_tx_request *req,
				unsigned int i)
{
	struct page **page = async_tx_pages(req) + req->first;

	return omitted(page[i], page[i + 1]);
}

bool async_tx_pq_fits(const struct async_tx_request *req, struct dma_device *dma)
{
	return async_tx_pq_limits_ok(req, dma, omitted_at(req, req->nr_src));
}

struct dma_async_tx_descriptor *
async_tx_pq_prep(struct async_tx_request *req, struct dma_chan *chan,
		 unsigned long flags)
{
	dma_addr_t *dst = async_tx_dma(req) + req->nr_src;

	return async_tx_pq_step(req, chan, dst[0], dst[1],
				flags | omitted_at(req, req->nr_src));
}

void async_tx_pq_run(struct async_tx_request *req)
{
	async_tx_cpu_pq(async_tx_pages(req), async_tx_offs(req), req->disks,
			req->len, req->flags & ASYNC_TX_PQ_XOR_DST);
}

static unsigned int count_sources(struct page **blocks, int disks)
{
	unsigned int n = 0;

	for (int i = 0; i < disks - 2; i++)
		n += !!blocks[i];
	return n;
}

/* Slots for the blocks, and for a view without the missing ones if need be. */
static unsigned int count_slots(struct page **blocks, int disks)
{
	unsigned int n = count_sources(blocks, disks);

	return n == disks - 2 ? disks : disks + n + 2;
}

/* The blocks as the caller gave them, for the CPU. */
void async_tx_set_blocks(struct async_tx_request *req, struct page **blocks,
			 const unsigned int *offs, int disks)
{
	req->disks = disks;
	req->align = req->len;
	for (int i = 0; i < disks; i++) {
		async_tx_set_operand(req, i, blocks[i], offs[i]);
		if (blocks[i])
			req->align |= offs[i];
	}
}

static void set_blocks(struct async_tx_request *req, struct page **blocks,
		       const unsigned int *offs, int disks)
{
	unsigned int slot;

	async_tx_set_blocks(req, blocks, offs, disks);
	req->first = req->nr == disks ? 0 : disks;
	slot = req->first;
	for (int i = 0; i < disks; i++) {
		if (i < disks - 2) {
			if (!blocks[i])
				continue;
			async_tx_coefs(req)[slot - req->first] = raid6_gfexp[i];
		}
		async_tx_set_operand(req, slot++, blocks[i], offs[i]);
	}
	req->nr_src = slot - req->first - 2;
	req->nr_dst = 2;
}

/* Is a result also a source? Then only the CPU's order of access is known. */
static bool overwrites_source(struct page **blocks, const unsigned int *offs,
			      int disks, size_t len)
{
	for (int d = disks - 2; d < disks; d++) {
		if (!blocks[d])
			continue;
		for (int i = 0; i < d; i++)
			if (blocks[i] && async_tx_overlap(blocks[i], offs[i],
							  blocks[d], offs[d],
							  len))
				return true;
	}
	return false;
}

/**
 * async_gen_syndrome - compute P and Q
 * @blocks: @disks - 2 sources, P, Q. A source that is NULL counts as zeroes; P
 *	or Q may be NULL, and is then not computed.
 * @offsets: offset into each block (bytes)
 * @disks: 3 to %ASYNC_TX_MAX_SOURCES + 2
 * @len: bytes of each block
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured;
 *	ASYNC_TX_PQ_XOR_DST: add to the P and Q that are there. When a handle is
 *	returned, ->depend_tx is set to it, see async_xor_offs().
 *
 * @blocks and @offsets are copied, and never written to. The field and the
 * coefficients are those of H. P. Anvin, "The mathematics of RAID-6".
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for neither P
 * nor Q, no bytes, a range beyond its folio, or a wrong @disks.
 */
struct dma_async_tx_descriptor *
async_gen_syndrome(struct page **blocks, unsigned int *offsets, int disks,
		   size_t len, struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_PQ;
	bool accumulate = submit->flags & ASYNC_TX_PQ_XOR_DST;
	struct async_tx_request *req;
	struct async_tx_start start;

	if (!operands_ok(blocks, offsets, disks, len))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, len, count_slots(blocks, disks), &start);
	if (!req) {
		async_tx_cpu_pq(blocks, offsets, disks, len, accumulate);
		return async_tx_end(op, submit, len, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	set_blocks(req, blocks, offsets, disks);
	req->cpu_only = accumulate ||
			overwrites_source(blocks, offsets, disks, len);
	return async_tx_submit_chained(req, submit);
}
EXPORT_SYMBOL_GPL(async_gen_syndrome);

/* --- the check --- */

bool async_tx_pq_val_fits(const struct async_tx_request *req,
			  struct dma_device *dma)
{
	return req->nr_src + 2 <= dma_maxpq(dma, 0);
}

struct dma_async_tx_descriptor *
async_tx_pq_val_prep(struct async_tx_request *req, struct dma_chan *chan,
		     unsigned long flags)
{
	dma_addr_t *dma = async_tx_dma(req);
	unsigned int cnt = req->nr_src;
	dma_addr_t pq[2] = { dma[cnt], dma[cnt + 1] };

	req->more = false;
	return chan->device->device_prep_dma_pq_val(chan, pq, dma, cnt,
						    async_tx_coefs(req), req->len,
						    &req->sum,
						    flags | omitted_at(req, cnt));
}

void async_tx_pq_val_run(struct async_tx_request *req)
{
	*req->result = async_tx_cpu_pq_check(async_tx_pages(req),
					     async_tx_offs(req), req->disks,
					     req->len);
}

/**
 * async_syndrome_val - check P and Q
 * @blocks: @disks - 2 sources, P, Q. A source that is NULL counts as zeroes; P
 *	or Q may be NULL, and is then not checked.
 * @offsets: offset into each block (bytes)
 * @disks: 3 to %ASYNC_TX_MAX_SOURCES + 2
 * @len: bytes of each block
 * @pqres: SUM_CHECK_P_RESULT if P is wrong, SUM_CHECK_Q_RESULT if Q is; 0 if
 *	neither. Valid at the end of the operation, and must stay there until then.
 * @spare: not needed; kept for its users
 * @s_off: likewise
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured
 *
 * Nothing but @pqres is written.
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL as
 * async_gen_syndrome(), and without @pqres.
 */
struct dma_async_tx_descriptor *
async_syndrome_val(struct page **blocks, unsigned int *offsets, int disks,
		   size_t len, enum sum_check_flags *pqres, struct page *spare,
		   unsigned int s_off, struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_PQ_VAL;
	struct async_tx_request *req;
	struct async_tx_start start;

	if (!pqres || !operands_ok(blocks, offsets, disks, len))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, len, count_slots(blocks, disks), &start);
	if (!req) {
		*pqres = async_tx_cpu_pq_check(blocks, offsets, disks, len);
		return async_tx_end(op, submit, len, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	set_blocks(req, blocks, offsets, disks);
	req->result = pqres;
	return async_tx_submit_request(req, submit);
}
EXPORT_SYMBOL_GPL(async_syndrome_val);
