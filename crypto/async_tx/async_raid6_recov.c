// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recovery of what two failed members of a RAID-6 held.
 *
 * With P = sum(Di), Q = sum(g^i Di) over GF(2^8), solved for the lost blocks (H.
 * P. Anvin, "The mathematics of RAID-6"):
 *
 *   data a, data b   Db = A (P + sum(Di)) + B (Q + sum(g^i Di)), Da = P + sum(Di) + Db
 *                    A = 1 / (1 + g^(b - a)), B = 1 / (g^a + g^b)
 *   data a, P        Da = g^-a (Q + sum(g^i Di)),                P = sum(Di) + Da
 *
 * with the sums over what is left. So either recovery is, for an engine, one sum
 * of products (a Q without a P, with coefficients of our own) into the first
 * result, then an xor into the second. The engine's view of the operands is laid
 * out for that: Q, then the operands of the xor, of which the first result is the
 * last, then the second result. No operand is overwritten but by a result, so that
 * all can be done again if an engine fails half-way.
 */
#include <linux/export.h>
#include <linux/raid/pq.h>

#include "cpu.h"
#include "internal.h"

/* --- steps on an engine --- */

bool async_tx_recov_fits(const struct async_tx_request *req,
			 struct dma_device *dma)
{
	return is_dma_xor_aligned(dma, req->align, 0, 0) &&
	       async_tx_pq_limits_ok(req, dma, DMA_PREP_PQ_DISABLE_P);
}

struct dma_async_tx_descriptor *
async_tx_recov_prep(struct async_tx_request *req, struct dma_chan *chan,
		    unsigned long flags)
{
	dma_addr_t *dst = async_tx_dma(req) + req->nr_src;
	struct dma_async_tx_descriptor *desc;

	if (req->phase)
		return async_tx_xor_step(req, chan, 1, req->nr_src, dst[1], flags);

	desc = async_tx_pq_step(req, chan, 0, dst[0],
				flags | DMA_PREP_PQ_DISABLE_P);
	if (!req->more) {
		req->phase = 1;
		req->step = 0;
		req->more = true;
	}
	return desc;
}

/* Append a source of the sum of products to the engine's view. */
static void add_source(struct async_tx_request *req, struct page *page,
		       unsigned int off, u8 coef)
{
	async_tx_coefs(req)[req->nr_src] = coef;
	async_tx_set_operand(req, req->first + req->nr_src++, page, off);
}

static void set_results(struct async_tx_request *req, struct page **blocks,
			const unsigned int *offs, int first, int second)
{
	unsigned int slot = req->first + req->nr_src;

	async_tx_set_operand(req, slot, blocks[first], offs[first]);
	async_tx_set_operand(req, slot + 1, blocks[second], offs[second]);
	req->nr_dst = 2;
}

/* The blocks, and an engine's view that is empty yet. */
static void set_blocks(struct async_tx_request *req, struct page **blocks,
		       const unsigned int *offs, int disks, int faila, int failb)
{
	async_tx_set_blocks(req, blocks, offs, disks);
	req->faila = faila;
	req->failb = failb;
	req->first = disks;
}

static bool all_there(struct page **blocks, int a, int b, int disks)
{
	return blocks[a] && blocks[b] && blocks[disks - 2] && blocks[disks - 1];
}

/* --- two data blocks --- */

void async_tx_2data_run(struct async_tx_request *req)
{
	async_tx_cpu_recov_2data(req->disks, req->len, req->faila, req->failb,
				 async_tx_pages(req), async_tx_offs(req));
}

static void set_2data_view(struct async_tx_request *req, struct page **blocks,
			   const unsigned int *offs, int disks, int a, int b)
{
	u8 p_coef = raid6_gfexi[b - a];
	u8 q_coef = raid6_gfinv[raid6_gfexp[a] ^ raid6_gfexp[b]];

	add_source(req, blocks[disks - 1], offs[disks - 1], q_coef);
	add_source(req, blocks[disks - 2], offs[disks - 2], p_coef);
	for (int i = 0; i < disks - 2; i++)
		if (blocks[i] && i != a && i != b)
			add_source(req, blocks[i], offs[i],
				   p_coef ^ raid6_gfmul[q_coef][raid6_gfexp[i]]);
	set_results(req, blocks, offs, b, a);
}

/**
 * async_raid6_2data_recov - recompute two data blocks from the others
 * @disks: blocks, P and Q included: 4 to %ASYNC_TX_MAX_SOURCES + 2
 * @bytes: of each block
 * @faila: index of a lost data block
 * @failb: index of the other
 * @blocks: the data blocks, P, Q. The lost ones are written. Others that are
 *	NULL count as zeroes.
 * @offs: offset into each block (bytes)
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured
 *
 * @blocks and @offs are copied, and never written to.
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for indices
 * that are equal or no data blocks, a missing lost block, P or Q, no bytes, a
 * range beyond its folio, or a wrong
 * @disks.
 */
struct dma_async_tx_descriptor *
async_raid6_2data_recov(int disks, size_t bytes, int faila, int failb,
			struct page **blocks, unsigned int *offs,
			struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_2DATA;
	int a = min(faila, failb), b = max(faila, failb);
	struct async_tx_request *req;
	struct async_tx_start start;

	if (!async_tx_blocks_ok(blocks, offs, disks, bytes) ||
	    a < 0 || a == b || b >= disks - 2 ||
	    !all_there(blocks, a, b, disks))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, bytes, 2 * disks, &start);
	if (!req) {
		async_tx_cpu_recov_2data(disks, bytes, a, b, blocks, offs);
		return async_tx_end(op, submit, bytes, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	set_blocks(req, blocks, offs, disks, a, b);
	set_2data_view(req, blocks, offs, disks, a, b);
	return async_tx_submit_request(req, submit);
}
EXPORT_SYMBOL_GPL(async_raid6_2data_recov);

/* --- a data block and P --- */

void async_tx_datap_run(struct async_tx_request *req)
{
	async_tx_cpu_recov_datap(req->disks, req->len, req->faila,
				 async_tx_pages(req), async_tx_offs(req));
}

static void set_datap_view(struct async_tx_request *req, struct page **blocks,
			   const unsigned int *offs, int disks, int a)
{
	u8 q_coef = raid6_gfinv[raid6_gfexp[a]];

	add_source(req, blocks[disks - 1], offs[disks - 1], q_coef);
	for (int i = 0; i < disks - 2; i++)
		if (blocks[i] && i != a)
			add_source(req, blocks[i], offs[i],
				   raid6_gfmul[q_coef][raid6_gfexp[i]]);
	set_results(req, blocks, offs, a, disks - 2);
}

/**
 * async_raid6_datap_recov - recompute a data block and P from the others
 * @disks: blocks, P and Q included: 3 to %ASYNC_TX_MAX_SOURCES + 2
 * @bytes: of each block
 * @faila: index of the lost data block
 * @blocks: the data blocks, P, Q. The lost one and P are written. Others that
 *	are NULL count as zeroes.
 * @offs: offset into each block (bytes)
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured
 *
 * @blocks and @offs are copied, and never written to.
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for an index
 * of no data block, a missing lost block, P or Q, no bytes, a range beyond its
 * folio, or a wrong @disks.
 */
struct dma_async_tx_descriptor *
async_raid6_datap_recov(int disks, size_t bytes, int faila,
			struct page **blocks, unsigned int *offs,
			struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_DATAP;
	struct async_tx_request *req;
	struct async_tx_start start;

	if (!async_tx_blocks_ok(blocks, offs, disks, bytes) ||
	    faila < 0 || faila >= disks - 2 ||
	    !all_there(blocks, faila, faila, disks))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, bytes, 2 * disks, &start);
	if (!req) {
		async_tx_cpu_recov_datap(disks, bytes, faila, blocks, offs);
		return async_tx_end(op, submit, bytes, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	set_blocks(req, blocks, offs, disks, faila, disks - 2);
	set_datap_view(req, blocks, offs, disks, faila);
	return async_tx_submit_request(req, submit);
}
EXPORT_SYMBOL_GPL(async_raid6_datap_recov);
