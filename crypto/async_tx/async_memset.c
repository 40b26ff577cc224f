// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fill.
 */
#include <linux/export.h>

#include "internal.h"

struct dma_async_tx_descriptor *
async_tx_memset_prep(struct async_tx_request *req, struct dma_chan *chan,
		     unsigned long flags)
{
	req->more = false;
	return chan->device->device_prep_dma_memset(chan, async_tx_dma(req)[0],
						    req->value, req->len, flags);
}

void async_tx_memset_run(struct async_tx_request *req)
{
	async_tx_cpu_fill(async_tx_pages(req)[0], async_tx_offs(req)[0],
			  req->value, req->len);
}

/**
 * async_memset - fill memory with a byte
 * @dest: destination page
 * @val: the byte
 * @offset: offset into @dest (bytes), may lie beyond it within its folio
 * @len: bytes
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for no page,
 * no bytes, or a range beyond its folio.
 */
struct dma_async_tx_descriptor *
async_memset(struct page *dest, int val, unsigned int offset, size_t len,
	     struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_MEMSET;
	struct async_tx_request *req;
	struct async_tx_start start;

	if (!async_tx_operand_ok(dest, offset, len))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, len, 1, &start);
	if (!req) {
		async_tx_cpu_fill(dest, offset, val, len);
		return async_tx_end(op, submit, len, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	req->nr_src = 0;
	req->align = offset | len;
	req->value = val & 0xff;
	async_tx_set_operand(req, 0, dest, offset);
	return async_tx_submit_request(req, submit);
}
EXPORT_SYMBOL_GPL(async_memset);
