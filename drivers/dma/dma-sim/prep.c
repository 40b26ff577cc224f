// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preparing descriptors of simulated engines, in any context. All return NULL
 * when the ring is full or the engine is being removed, and when the client
 * asks for what the engine has not promised.
 */

#include <linux/string.h>

#include "internal.h"

/* What a descriptor works on, as the client gives it. */
struct sim_operands {
	const dma_addr_t *dst;
	unsigned int dst_cnt;
	const dma_addr_t *src;
	unsigned int src_cnt;
	size_t len;
};

/* Engines that cannot continue P+Q natively spend sources on it. */
static unsigned int sim_max_src(struct dma_sim *sim,
				enum dma_transaction_type op,
				unsigned long flags)
{
	switch (op) {
	case DMA_XOR:
	case DMA_XOR_VAL:
		return sim->config.max_xor;
	case DMA_PQ:
		return dma_maxpq(&sim->dma, flags);
	case DMA_PQ_VAL:
		return sim->config.max_pq;
	default:
		return 1;
	}
}

static bool sim_aligned(struct dma_sim *sim, u64 value)
{
	return !(value & (sim->config.align - 1));
}

/* Memory operands only: an interrupt has none. */
static bool sim_promised(struct dma_sim *sim, enum dma_transaction_type op,
			 const struct sim_operands *o, unsigned long flags)
{
	unsigned int i;

	if (!dma_has_cap(op, sim->config.caps))
		return false;
	if (!o->len || !sim_aligned(sim, o->len))
		return false;
	if (o->src_cnt > sim_max_src(sim, op, flags))
		return false;
	for (i = 0; i < o->src_cnt; i++)
		if (!sim_aligned(sim, o->src[i]))
			return false;
	if (o->dst_cnt < 2)
		return !o->dst_cnt || sim_aligned(sim, o->dst[0]);

	for (i = 0; i < 2; i++)
		if (dma_sim_wants(flags, i) && !sim_aligned(sim, o->dst[i]))
			return false;
	return o->src_cnt && (dma_sim_wants(flags, 0) || dma_sim_wants(flags, 1));
}

static struct dma_sim_desc *sim_get_desc(struct dma_sim_chan *sc,
					 enum dma_transaction_type op,
					 unsigned long flags)
{
	struct dma_sim_desc *desc;
	unsigned long irq;

	if (READ_ONCE(sc->sim->dying))
		return NULL;
	spin_lock_irqsave(&sc->lock, irq);
	desc = list_first_entry_or_null(&sc->free, struct dma_sim_desc, node);
	if (desc)
		list_del_init(&desc->node);
	spin_unlock_irqrestore(&sc->lock, irq);
	if (!desc)
		return NULL;

	desc->tx.flags = flags;
	desc->tx.cookie = 0;
	desc->tx.callback = NULL;
	desc->tx.callback_result = NULL;
	desc->tx.callback_param = NULL;
	desc->tx.unmap = NULL;
	desc->op = op;
	desc->len = 0;
	desc->result = NULL;
	desc->src_cnt = 0;
	return desc;
}

static struct dma_sim_desc *sim_prep(struct dma_chan *chan,
				     enum dma_transaction_type op,
				     const struct sim_operands *o,
				     unsigned long flags)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	struct dma_sim_desc *desc;

	if (!sim_promised(sc->sim, op, o, flags)) {
		dev_warn_ratelimited(chan->device->dev,
				     "refuses %s of %u sources, %zu bytes\n",
				     dma_sim_op(op)->name, o->src_cnt, o->len);
		return NULL;
	}
	desc = sim_get_desc(sc, op, flags);
	if (!desc)
		return NULL;
	desc->len = o->len;
	desc->src_cnt = o->src_cnt;
	memcpy(desc->dst, o->dst, o->dst_cnt * sizeof(*o->dst));
	memcpy(desc->src, o->src, o->src_cnt * sizeof(*o->src));
	return desc;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src,
		    size_t len, unsigned long flags)
{
	struct sim_operands o = {
		.dst = &dst, .dst_cnt = 1, .src = &src, .src_cnt = 1, .len = len,
	};
	struct dma_sim_desc *desc = sim_prep(chan, DMA_MEMCPY, &o, flags);

	return desc ? &desc->tx : NULL;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_memset(struct dma_chan *chan, dma_addr_t dst, int value,
		    size_t len, unsigned long flags)
{
	struct sim_operands o = { .dst = &dst, .dst_cnt = 1, .len = len };
	struct dma_sim_desc *desc = sim_prep(chan, DMA_MEMSET, &o, flags);

	if (!desc)
		return NULL;
	desc->value = value;
	return &desc->tx;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_xor(struct dma_chan *chan, dma_addr_t dst, dma_addr_t *src,
		 unsigned int src_cnt, size_t len, unsigned long flags)
{
	struct sim_operands o = {
		.dst = &dst, .dst_cnt = 1, .src = src, .src_cnt = src_cnt,
		.len = len,
	};
	struct dma_sim_desc *desc;

	if (!src_cnt)
		return NULL;
	desc = sim_prep(chan, DMA_XOR, &o, flags);
	return desc ? &desc->tx : NULL;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_xor_val(struct dma_chan *chan, dma_addr_t *src,
		     unsigned int src_cnt, size_t len,
		     enum sum_check_flags *result, unsigned long flags)
{
	struct sim_operands o = { .src = src, .src_cnt = src_cnt, .len = len };
	struct dma_sim_desc *desc;

	if (!src_cnt)
		return NULL;
	desc = sim_prep(chan, DMA_XOR_VAL, &o, flags);
	if (!desc)
		return NULL;
	desc->result = result;
	return &desc->tx;
}

static struct dma_sim_desc *
sim_prep_pq(struct dma_chan *chan, enum dma_transaction_type op,
	    const dma_addr_t *pq, const dma_addr_t *src, unsigned int src_cnt,
	    const u8 *scf, size_t len, unsigned long flags)
{
	struct sim_operands o = {
		.dst = pq, .dst_cnt = 2, .src = src, .src_cnt = src_cnt,
		.len = len,
	};
	struct dma_sim_desc *desc = sim_prep(chan, op, &o, flags);

	if (desc && dma_sim_wants(flags, 1))
		memcpy(desc->coef, scf, src_cnt);
	return desc;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_pq(struct dma_chan *chan, dma_addr_t *dst, dma_addr_t *src,
		unsigned int src_cnt, const unsigned char *scf, size_t len,
		unsigned long flags)
{
	struct dma_sim_desc *desc = sim_prep_pq(chan, DMA_PQ, dst, src, src_cnt,
						scf, len, flags);

	return desc ? &desc->tx : NULL;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_pq_val(struct dma_chan *chan, dma_addr_t *pq, dma_addr_t *src,
		    unsigned int src_cnt, const unsigned char *scf, size_t len,
		    enum sum_check_flags *pqres, unsigned long flags)
{
	struct dma_sim_desc *desc = sim_prep_pq(chan, DMA_PQ_VAL, pq, src,
						src_cnt, scf, len, flags);

	if (!desc)
		return NULL;
	desc->result = pqres;
	return &desc->tx;
}

static struct dma_async_tx_descriptor *
dma_sim_prep_interrupt(struct dma_chan *chan, unsigned long flags)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	struct dma_sim_desc *desc;

	if (!dma_has_cap(DMA_INTERRUPT, sc->sim->config.caps))
		return NULL;
	desc = sim_get_desc(sc, DMA_INTERRUPT, flags);
	return desc ? &desc->tx : NULL;
}

void dma_sim_prep_methods(struct dma_device *dma)
{
	dma->device_prep_dma_memcpy = dma_sim_prep_memcpy;
	dma->device_prep_dma_memset = dma_sim_prep_memset;
	dma->device_prep_dma_xor = dma_sim_prep_xor;
	dma->device_prep_dma_xor_val = dma_sim_prep_xor_val;
	dma->device_prep_dma_pq = dma_sim_prep_pq;
	dma->device_prep_dma_pq_val = dma_sim_prep_pq_val;
	dma->device_prep_dma_interrupt = dma_sim_prep_interrupt;
}
