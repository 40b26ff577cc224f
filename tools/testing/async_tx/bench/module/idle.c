// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels that could copy, and are so slow that it is never worth their while:
 * whoever decides by time looks at them and then leaves the copy to the CPU.
 *
 * Only where a driver can tell how slow it is, and take its engine back while
 * others have it in use: not in base.
 */
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "dmaengine.h"
#include "engines.h"

#define IDLE_SETUP_NS	1000000

static struct idle_engine {
	struct platform_device *pdev;
	struct dma_device dma;
	struct dma_chan *chan;
} idle;

static struct dma_async_tx_descriptor *
idle_prep_memcpy(struct dma_chan *chan, dma_addr_t dst, dma_addr_t src,
		 size_t len, unsigned long flags)
{
	return NULL;
}

static void idle_issue_pending(struct dma_chan *chan)
{
}

static enum dma_status idle_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
				      struct dma_tx_state *state)
{
	return dma_cookie_status(chan, cookie, state);
}

static void idle_init(struct dma_device *dma, unsigned int channels)
{
	unsigned int i;

	memset(dma, 0, sizeof(*dma));
	dma->dev = &idle.pdev->dev;
	dma_cap_set(DMA_MEMCPY, dma->cap_mask);
	dma->setup_ns = IDLE_SETUP_NS;
	dma->device_prep_dma_memcpy = idle_prep_memcpy;
	dma->device_issue_pending = idle_issue_pending;
	dma->device_tx_status = idle_tx_status;

	INIT_LIST_HEAD(&dma->channels);
	for (i = 0; i < channels; i++) {
		idle.chan[i].device = dma;
		dma_cookie_init(&idle.chan[i]);
		list_add_tail(&idle.chan[i].device_node, &dma->channels);
	}
}

int idle_register(unsigned int channels)
{
	int ret = -ENOMEM;

	idle.chan = kcalloc(channels, sizeof(*idle.chan), GFP_KERNEL);
	if (!idle.chan)
		return ret;
	idle.pdev = platform_device_register_simple("async-tx-bench-idle", -1, NULL, 0);
	if (IS_ERR(idle.pdev)) {
		ret = PTR_ERR(idle.pdev);
		goto err_chan;
	}
	idle_init(&idle.dma, channels);
	ret = dma_async_device_register(&idle.dma);
	if (ret)
		goto err_pdev;

	return 0;

err_pdev:
	platform_device_unregister(idle.pdev);
err_chan:
	kfree(idle.chan);
	return ret;
}

void idle_unregister(void)
{
	dma_async_device_unregister(&idle.dma);
	platform_device_unregister(idle.pdev);
	kfree(idle.chan);
}
