// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver of the loopback's peripheral: sends random bytes through each FIFO
 * and compares what comes back, when somebody writes to the device's attribute
 * "transfer" how many. It is a client as any other driver is, and knows the
 * controller by the public DMA engine API only. Takes no lock: who has the
 * channels has the FIFO.
 */

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "loopback.h"

#define CLIENT_BLOCK	SZ_64K
#define CLIENT_TIMEOUT	(10 * HZ)

/* One end of a FIFO. */
struct client_end {
	struct dma_chan *chan;
	enum dma_transfer_direction dir;
	void *buf;
	dma_addr_t dma;
	struct completion done;
	enum dmaengine_tx_result result;
};

static void client_close(struct client_end *end)
{
	if (end->chan)
		dma_release_channel(end->chan);
	kfree(end->buf);
}

/* What this returns an error for is closed all the same. */
static int client_open(struct device *dev, struct client_end *end,
		       const struct resource *reg, unsigned int width)
{
	struct dma_slave_config config = {
		.src_addr = reg->start, .src_addr_width = width,
		.dst_addr = reg->start, .dst_addr_width = width,
	};
	struct dma_slave_caps caps;
	struct dma_chan *chan;
	int err;

	end->buf = kmalloc(CLIENT_BLOCK, GFP_KERNEL);
	if (!end->buf)
		return -ENOMEM;
	chan = dma_request_chan(dev, reg->name);
	if (IS_ERR(chan))
		return PTR_ERR(chan) == -EPROBE_DEFER ? -EBUSY : PTR_ERR(chan);
	end->chan = chan;

	err = dma_get_slave_caps(chan, &caps);
	if (err)
		return err;
	config.src_maxburst = caps.max_burst;
	config.dst_maxburst = caps.max_burst;
	return dmaengine_slave_config(chan, &config);
}

static enum dma_data_direction client_data_dir(struct client_end *end)
{
	return end->dir == DMA_MEM_TO_DEV ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
}

static void client_done(void *param, const struct dmaengine_result *result)
{
	struct client_end *end = param;

	end->result = result->result;
	complete(&end->done);
}

static int client_start(struct client_end *end, size_t len)
{
	struct device *dma_dev = dmaengine_get_dma_device(end->chan);
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t cookie;

	end->dma = dma_map_single(dma_dev, end->buf, len, client_data_dir(end));
	if (dma_mapping_error(dma_dev, end->dma))
		return -ENOMEM;
	tx = dmaengine_prep_slave_single(end->chan, end->dma, len, end->dir,
					 DMA_PREP_INTERRUPT);
	if (!tx)
		goto unmap;
	init_completion(&end->done);
	tx->callback_result = client_done;
	tx->callback_param = end;
	cookie = dmaengine_submit(tx);
	if (dma_submit_error(cookie))
		goto unmap;
	dma_async_issue_pending(end->chan);
	return 0;

unmap:
	dma_unmap_single(dma_dev, end->dma, len, client_data_dir(end));
	return -EIO;
}

/* Waits for the end, or makes it if it is not to be waited for or not to come. */
static int client_finish(struct client_end *end, size_t len, bool wait)
{
	int err = 0;

	if (!wait)
		err = -ECANCELED;
	else if (!wait_for_completion_timeout(&end->done, CLIENT_TIMEOUT))
		err = -ETIMEDOUT;
	else if (end->result != DMA_TRANS_NOERROR)
		err = -EIO;
	if (err)
		dmaengine_terminate_sync(end->chan);
	dma_unmap_single(dmaengine_get_dma_device(end->chan), end->dma, len,
			 client_data_dir(end));
	return err;
}

static int client_block(struct client_end *tx, struct client_end *rx,
			size_t len)
{
	int err, rx_err;

	get_random_bytes(tx->buf, len);
	memset(rx->buf, 0, len);
	err = client_start(rx, len);
	if (err)
		return err;
	err = client_start(tx, len);
	if (!err)
		err = client_finish(tx, len, true);
	rx_err = client_finish(rx, len, !err);
	if (err || rx_err)
		return err ?: rx_err;
	return memcmp(tx->buf, rx->buf, len) ? -EIO : 0;
}

static int client_transfer(struct platform_device *pdev, unsigned int fifo,
			   size_t len)
{
	struct dma_sim_loopback **lb = dev_get_platdata(&pdev->dev);
	/* The widest word of which this is a whole number. */
	unsigned int width = 1 << __ffs(len | LOOP_MAX_WIDTH);
	struct client_end tx = { .dir = DMA_MEM_TO_DEV };
	struct client_end rx = { .dir = DMA_DEV_TO_MEM };
	struct resource *reg[2];
	size_t n;
	int err;

	reg[0] = platform_get_resource(pdev, IORESOURCE_REG, 2 * fifo);
	reg[1] = platform_get_resource(pdev, IORESOURCE_REG, 2 * fifo + 1);
	err = client_open(&pdev->dev, &tx, reg[0], width) ?:
	      client_open(&pdev->dev, &rx, reg[1], width);
	if (!err)
		dma_sim_loopback_flush(*lb, fifo);
	for (; len && !err; len -= n) {
		n = min_t(size_t, len, CLIENT_BLOCK);
		err = signal_pending(current) ? -EINTR :
						client_block(&tx, &rx, n);
	}
	client_close(&rx);
	client_close(&tx);
	return err;
}

static ssize_t transfer_store(struct device *dev, struct device_attribute *attr,
			      const char *buf, size_t count)
{
	struct platform_device *pdev = to_platform_device(dev);
	unsigned int i, len;
	int err = 0;

	if (kstrtouint(buf, 0, &len) || !len)
		return -EINVAL;
	for (i = 0; i < pdev->num_resources / 2 && !err; i++)
		err = client_transfer(pdev, i, len);
	return err ?: count;
}
static DEVICE_ATTR_WO(transfer);

static struct attribute *client_attrs[] = {
	&dev_attr_transfer.attr,
	NULL
};
ATTRIBUTE_GROUPS(client);

/* Channels are requested when there is something to transfer. */
static int client_probe(struct platform_device *pdev)
{
	return 0;
}

struct platform_driver loop_driver = {
	.probe = client_probe,
	.driver = {
		.name = LOOP_NAME,
		.dev_groups = client_groups,
	},
};
