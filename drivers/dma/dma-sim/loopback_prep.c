// SPDX-License-Identifier: GPL-2.0-only
/*
 * What clients tell the loopback's DMA controller: how to talk to the FIFOs,
 * what to move, and the metadata that go along. In any context; what is asked
 * wrongly is refused, never bent into shape.
 */

#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "loopback.h"

/*
 * The configuration: that of the memory's side is ignored.
 */

static int loop_config(struct dma_chan *chan, struct dma_slave_config *config)
{
	struct loop_chan *lc = to_loop_chan(chan);
	bool out = lc->dir == DMA_MEM_TO_DEV;
	phys_addr_t reg = out ? config->dst_addr : config->src_addr;
	u32 width = out ? config->dst_addr_width : config->src_addr_width;
	u32 maxburst = out ? config->dst_maxburst : config->src_maxburst;
	u32 window = out ? config->dst_port_window_size :
			   config->src_port_window_size;
	unsigned long irq;

	if (reg != lc->reg || width > LOOP_MAX_WIDTH ||
	    !(LOOP_WIDTHS & BIT(width)))
		return -EINVAL;
	if (!maxburst || maxburst > lc->fifo->lb->config.max_burst)
		return -EINVAL;
	/* The registers are no windows, and the FIFO never ends a transfer. */
	if (window > 1 || config->device_fc || config->peripheral_size)
		return -EINVAL;

	spin_lock_irqsave(&lc->vc.lock, irq);
	lc->width = width;
	lc->burst = width * maxburst;
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	return 0;
}

static void loop_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
{
	struct loop_chan *lc = to_loop_chan(chan);
	bool out = lc->dir == DMA_MEM_TO_DEV;

	caps->directions = BIT(lc->dir);
	caps->src_addr_widths = out ? 0 : LOOP_WIDTHS;
	caps->dst_addr_widths = out ? LOOP_WIDTHS : 0;
}

/*
 * Metadata: from a tx descriptor to the rx descriptor that gets its first byte.
 */

static struct loop_desc *tx_to_loop_desc(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct loop_desc, vd.tx);
}

static int loop_meta_attach(struct dma_async_tx_descriptor *tx, void *data,
			    size_t len)
{
	struct loop_desc *d = tx_to_loop_desc(tx);

	if (!data || !len || len > LOOP_META_SIZE)
		return -EINVAL;
	if (tx->cookie > 0)
		return -EBUSY;
	d->client = data;
	d->client_len = len;
	return 0;
}

static void *loop_meta_get_ptr(struct dma_async_tx_descriptor *tx,
			       size_t *payload_len, size_t *max_len)
{
	struct loop_desc *d = tx_to_loop_desc(tx);

	*payload_len = d->meta_len;
	*max_len = LOOP_META_SIZE;
	return d->meta;
}

static int loop_meta_set_len(struct dma_async_tx_descriptor *tx, size_t len)
{
	struct loop_desc *d = tx_to_loop_desc(tx);

	if (len > LOOP_META_SIZE)
		return -EINVAL;
	if (to_loop_chan(tx->chan)->dir != DMA_MEM_TO_DEV)
		return -EINVAL;
	if (tx->cookie > 0)
		return -EBUSY;
	d->meta_len = len;
	return 0;
}

static struct dma_descriptor_metadata_ops loop_meta_ops = {
	.attach = loop_meta_attach,
	.get_ptr = loop_meta_get_ptr,
	.set_len = loop_meta_set_len,
};

/*
 * Descriptors. One that is being prepared has no segments yet, but room for
 * as many as it is made for.
 */

static struct loop_desc *loop_new(struct loop_chan *lc, size_t segs,
				  enum dma_transfer_direction dir)
{
	struct loop_desc *d;
	unsigned long irq;

	if (!segs || segs > U32_MAX || dir != lc->dir ||
	    READ_ONCE(lc->fifo->lb->dying))
		return NULL;
	d = kzalloc(struct_size(d, seg, segs), GFP_NOWAIT);
	if (!d)
		return NULL;
	d->segs = segs;

	spin_lock_irqsave(&lc->vc.lock, irq);
	d->width = lc->width;
	d->burst = lc->burst;
	spin_unlock_irqrestore(&lc->vc.lock, irq);
	return d;
}

/* False: not a number of whole words, or more than a residue can tell. */
static bool loop_set_seg(struct loop_desc *d, size_t i, dma_addr_t addr,
			 size_t len)
{
	if (!d->width || !len || len % d->width || len > U32_MAX - d->len)
		return false;
	d->seg[i] = (struct loop_seg) { .addr = addr, .len = len };
	d->len += len;
	return true;
}

/* Gives the descriptor to the client, or none if it was not @good. */
static struct dma_async_tx_descriptor *
loop_finish(struct loop_chan *lc, struct loop_desc *d, bool good,
	    unsigned long flags)
{
	struct dma_async_tx_descriptor *tx;

	/* The FIFO has no use for commands. */
	if (!good || flags & DMA_PREP_CMD) {
		kfree(d);
		return NULL;
	}
	tx = vchan_tx_prep(&lc->vc, &d->vd, flags);
	tx->metadata_ops = &loop_meta_ops;
	return tx;
}

static struct dma_async_tx_descriptor *
loop_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl,
		   unsigned int sg_len, enum dma_transfer_direction dir,
		   unsigned long flags, void *context)
{
	struct loop_chan *lc = to_loop_chan(chan);
	struct loop_desc *d = loop_new(lc, sg_len, dir);
	struct scatterlist *sg;
	bool good = true;
	unsigned int i;

	if (!d || flags & DMA_PREP_REPEAT)
		return loop_finish(lc, d, false, flags);
	for_each_sg(sgl, sg, sg_len, i)
		good &= loop_set_seg(d, i, sg_dma_address(sg), sg_dma_len(sg));
	return loop_finish(lc, d, good, flags);
}

static struct dma_async_tx_descriptor *
loop_prep_vec(struct dma_chan *chan, const struct dma_vec *vecs, size_t nents,
	      enum dma_transfer_direction dir, unsigned long flags)
{
	struct loop_chan *lc = to_loop_chan(chan);
	struct loop_desc *d = loop_new(lc, nents, dir);
	bool good = true;
	size_t i;

	if (!d || flags & DMA_PREP_REPEAT)
		return loop_finish(lc, d, false, flags);
	for (i = 0; i < nents; i++)
		good &= loop_set_seg(d, i, vecs[i].addr, vecs[i].len);
	return loop_finish(lc, d, good, flags);
}

static struct dma_async_tx_descriptor *
loop_prep_cyclic(struct dma_chan *chan, dma_addr_t addr, size_t len,
		 size_t period, enum dma_transfer_direction dir,
		 unsigned long flags)
{
	struct loop_chan *lc = to_loop_chan(chan);
	struct loop_desc *d;
	bool good = true;
	size_t i;

	if (!period || len % period || flags & DMA_PREP_REPEAT)
		return NULL;
	d = loop_new(lc, len / period, dir);
	if (!d)
		return NULL;
	d->cyclic = true;
	for (i = 0; i < len / period; i++)
		good &= loop_set_seg(d, i, addr + i * period, period);
	return loop_finish(lc, d, good, flags);
}

/* Where a template's memory begins; false if it is not for this channel. */
static bool loop_template(struct loop_chan *lc,
			  struct dma_interleaved_template *xt, dma_addr_t *mem)
{
	bool out = lc->dir == DMA_MEM_TO_DEV;
	dma_addr_t reg = out ? xt->dst_start : xt->src_start;

	/* Clients need not know where the register is: it is configured. */
	if (reg && reg != lc->reg)
		return false;
	*mem = out ? xt->src_start : xt->dst_start;
	return (out ? xt->src_inc : xt->dst_inc) &&
	       !(out ? xt->dst_inc : xt->src_inc);
}

static struct dma_async_tx_descriptor *
loop_prep_interleaved(struct dma_chan *chan,
		      struct dma_interleaved_template *xt, unsigned long flags)
{
	struct loop_chan *lc = to_loop_chan(chan);
	size_t segs, frame, chunk, i = 0;
	struct data_chunk *c;
	struct loop_desc *d;
	bool good = true;
	dma_addr_t mem;

	if (check_mul_overflow(xt->numf, xt->frame_size, &segs) ||
	    !loop_template(lc, xt, &mem))
		return NULL;
	d = loop_new(lc, segs, xt->dir);
	if (!d)
		return NULL;
	for (frame = 0; frame < xt->numf; frame++) {
		for (chunk = 0; chunk < xt->frame_size; chunk++) {
			c = &xt->sgl[chunk];
			good &= loop_set_seg(d, i++, mem, c->size);
			mem += c->size;
			mem += lc->dir == DMA_MEM_TO_DEV ?
			       dmaengine_get_src_icg(xt, c) :
			       dmaengine_get_dst_icg(xt, c);
		}
	}
	return loop_finish(lc, d, good, flags);
}

void loop_prep_methods(struct dma_device *dma)
{
	dma->device_config = loop_config;
	dma->device_caps = loop_caps;
	dma->device_prep_slave_sg = loop_prep_slave_sg;
	dma->device_prep_peripheral_dma_vec = loop_prep_vec;
	dma->device_prep_dma_cyclic = loop_prep_cyclic;
	dma->device_prep_interleaved_dma = loop_prep_interleaved;
}
