// SPDX-License-Identifier: GPL-2.0-only
/*
 * An engine that is done the moment its doorbell rings and moves no data, so that
 * only the framework's cost is left.
 *
 * Takes no locks: it runs in the context of the client, on a kernel without
 * preemption and with one CPU.
 */
#include <linux/platform_device.h>

#include "dmaengine.h"
#include "engines.h"

#define ENGINE_RING	64

struct instant_desc {
	struct dma_async_tx_descriptor tx;
	struct instant_desc *next;	/* in order of submission */
	bool busy;			/* prepared, not yet completed */
};

/*
 * Descriptors are handed out round the ring; one is free again once it has
 * completed and its user has acked it.
 */
static struct instant_engine {
	struct dma_device dma;
	struct dma_chan chan;
	struct instant_desc ring[ENGINE_RING];
	unsigned int head;
	struct instant_desc *first, **last;
	bool draining;
} instant;

unsigned long instant_completed;

static dma_cookie_t instant_submit(struct dma_async_tx_descriptor *tx)
{
	struct instant_desc *desc = container_of(tx, struct instant_desc, tx);

	desc->next = NULL;
	*instant.last = desc;
	instant.last = &desc->next;

	return dma_cookie_assign(tx);
}

static struct dma_async_tx_descriptor *
instant_prep(struct dma_chan *chan, unsigned long flags)
{
	struct instant_desc *desc = &instant.ring[instant.head];

	if (desc->busy || !async_tx_test_ack(&desc->tx))
		return NULL;

	instant.head = (instant.head + 1) % ENGINE_RING;
	desc->busy = true;
	dma_async_tx_descriptor_init(&desc->tx, chan);
	desc->tx.flags = flags;
	desc->tx.callback = NULL;
	desc->tx.callback_result = NULL;
	desc->tx.tx_submit = instant_submit;

	return &desc->tx;
}

static struct dma_async_tx_descriptor *
instant_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src,
		    size_t len, unsigned long flags)
{
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_xor(struct dma_chan *chan, dma_addr_t dst, dma_addr_t *src,
		 unsigned int src_cnt, size_t len, unsigned long flags)
{
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_xor_val(struct dma_chan *chan, dma_addr_t *src,
		     unsigned int src_cnt, size_t len,
		     enum sum_check_flags *result, unsigned long flags)
{
	*result = 0;
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_pq(struct dma_chan *chan, dma_addr_t *dst, dma_addr_t *src,
		unsigned int src_cnt, const unsigned char *scf, size_t len,
		unsigned long flags)
{
	return instant_prep(chan, flags);
}

static struct dma_async_tx_descriptor *
instant_prep_pq_val(struct dma_chan *chan, dma_addr_t *pq, dma_addr_t *src,
		    unsigned int src_cnt, const unsigned char *scf, size_t len,
		    enum sum_check_flags *pqres, unsigned long flags)
{
	*pqres = 0;
	return instant_prep(chan, flags);
}

static void instant_complete(struct instant_desc *desc)
{
	struct dma_async_tx_descriptor *tx = &desc->tx;

	instant_completed++;
	dma_cookie_complete(tx);
	dma_descriptor_unmap(tx);
	dmaengine_desc_get_callback_invoke(tx, NULL);
	dma_run_dependencies(tx);
	desc->busy = false;
}

/* A callback may submit and ring again: the outermost call does it all. */
static void instant_issue_pending(struct dma_chan *chan)
{
	struct instant_desc *desc;

	if (instant.draining)
		return;

	instant.draining = true;
	while ((desc = instant.first)) {
		instant.first = desc->next;
		if (!instant.first)
			instant.last = &instant.first;
		instant_complete(desc);
	}
	instant.draining = false;
}

static enum dma_status instant_tx_status(struct dma_chan *chan,
					 dma_cookie_t cookie,
					 struct dma_tx_state *state)
{
	return dma_cookie_status(chan, cookie, state);
}

static int instant_alloc_chan_resources(struct dma_chan *chan)
{
	unsigned int i;

	for (i = 0; i < ENGINE_RING; i++)
		async_tx_ack(&instant.ring[i].tx);
	instant.last = &instant.first;
	dma_cookie_init(chan);

	return ENGINE_RING;
}

static void instant_free_chan_resources(struct dma_chan *chan)
{
}

/* Every operation that base asks of an engine before it uses it for any. */
static int instant_probe(struct platform_device *pdev)
{
	struct dma_device *dma = &instant.dma;

	dma->dev = &pdev->dev;
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma_cap_set(DMA_XOR, dma->cap_mask);
	dma_cap_set(DMA_XOR_VAL, dma->cap_mask);
	dma_cap_set(DMA_PQ, dma->cap_mask);
	dma_cap_set(DMA_PQ_VAL, dma->cap_mask);
	dma_cap_set(DMA_INTERRUPT, dma->cap_mask);
	dma->max_xor = 32;
	dma_set_maxpq(dma, 32, 0);

	dma->device_prep_dma_memcpy = instant_prep_memcpy;
	dma->device_prep_dma_xor = instant_prep_xor;
	dma->device_prep_dma_xor_val = instant_prep_xor_val;
	dma->device_prep_dma_pq = instant_prep_pq;
	dma->device_prep_dma_pq_val = instant_prep_pq_val;
	dma->device_prep_dma_interrupt = instant_prep;
	dma->device_issue_pending = instant_issue_pending;
	dma->device_tx_status = instant_tx_status;
	dma->device_alloc_chan_resources = instant_alloc_chan_resources;
	dma->device_free_chan_resources = instant_free_chan_resources;

	INIT_LIST_HEAD(&dma->channels);
	instant.chan.device = dma;
	list_add_tail(&instant.chan.device_node, &dma->channels);

	return dma_async_device_register(dma);
}

static struct platform_driver instant_driver = {
	.driver.name = "async-tx-bench",
};

int instant_register(void)
{
	return PTR_ERR_OR_ZERO(platform_create_bundle(&instant_driver, instant_probe,
						      NULL, 0, NULL, 0));
}
