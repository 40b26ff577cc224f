// SPDX-License-Identifier: GPL-2.0-only
/*
 * The copy.
 */
#include <linux/export.h>

#include "internal.h"

enum { SRC, DST };

struct dma_async_tx_descriptor *
async_tx_memcpy_prep(struct async_tx_request *req, struct dma_chan *chan,
		     unsigned long flags)
{
	dma_addr_t *dma = async_tx_dma(req);

	req->more = false;
	return chan->device->device_prep_dma_memcpy(chan, dma[DST], dma[SRC],
						    req->len, flags);
}

void async_tx_memcpy_run(struct async_tx_request *req)
{
	struct page **page = async_tx_pages(req);
	unsigned int *off = async_tx_offs(req);

	async_tx_cpu_copy(page[DST], off[DST], page[SRC], off[SRC], req->len);
}

/* For a request of %ASYNC_TX_MEMCPY_OPERANDS slots, from async_tx_begin(). */
__always_inline void
async_tx_memcpy_set(struct async_tx_request *req, struct page *dest,
		    unsigned int dest_offset, struct page *src,
		    unsigned int src_offset)
{
	req->nr_src = 1;
	req->align = src_offset | dest_offset | req->len;
	req->cpu_only = async_tx_overlap(src, src_offset, dest, dest_offset,
					 req->len);
	async_tx_set_operand(req, SRC, src, src_offset);
	async_tx_set_operand(req, DST, dest, dest_offset);
}

/**
 * async_memcpy - copy memory
 * @dest: destination page
 * @src: source page
 * @dest_offset: offset into @dest (bytes), may lie beyond it within its folio
 * @src_offset: offset into @src (bytes), likewise
 * @len: bytes
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for no page,
 * no bytes, or a range beyond its folio.
 */
struct dma_async_tx_descriptor *
async_memcpy(struct page *dest, struct page *src, unsigned int dest_offset,
	     unsigned int src_offset, size_t len,
	     struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_MEMCPY;
	struct async_tx_request *req;
	struct async_tx_start start;

	if (!async_tx_operand_ok(dest, dest_offset, len) ||
	    !async_tx_operand_ok(src, src_offset, len))
		return ERR_PTR(-EINVAL);

	if (async_tx_is_here(op, submit)) {
		async_tx_cpu_copy(dest, dest_offset, src, src_offset, len);
		return async_tx_end_here(op, submit, len);
	}

	req = async_tx_begin(op, submit, len, ASYNC_TX_MEMCPY_OPERANDS, &start);
	if (!req) {
		async_tx_cpu_copy(dest, dest_offset, src, src_offset, len);
		return async_tx_end(op, submit, len, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	async_tx_memcpy_set(req, dest, dest_offset, src, src_offset);
	return async_tx_submit_request(req, submit);
}
EXPORT_SYMBOL_GPL(async_memcpy);
