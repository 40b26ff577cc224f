// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peripheral without hardware, and the DMA controller that serves it: the
 * making and removing of both.
 *
 * The peripheral is a platform device with a pair of registers per FIFO as its
 * resources; they are named as the request lines are: "tx" and "rx", "tx1" and
 * "rx1", and so on. The controller is a dma_device on a platform device of its
 * own, with a channel per line, and has a table that says so for
 * dma_request_chan(). Making and removing takes no lock here that callers could
 * meet, but the dmaengine core's.
 */

#define pr_fmt(fmt) "dma-sim-loopback: " fmt

#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "internal.h"
#include "loopback.h"

static struct loop_chan *loop_nth_chan(struct dma_sim_loopback *lb,
				       unsigned int i)
{
	return i % 2 ? &lb->fifo[i / 2].rx : &lb->fifo[i / 2].tx;
}

static void loop_free(struct dma_sim_loopback *lb)
{
	unsigned int i;

	if (!IS_ERR_OR_NULL(lb->thread))
		kthread_stop(lb->thread);
	for (i = 0; i < 2 * lb->config.fifos; i++) {
		vchan_synchronize(&loop_nth_chan(lb, i)->vc);
		vchan_free_chan_resources(&loop_nth_chan(lb, i)->vc);
	}
	platform_device_unregister(lb->peripheral);
	platform_device_unregister(lb->pdev);
	for (i = 0; i < lb->config.fifos; i++)
		loop_fifo_exit(&lb->fifo[i]);
	if (lb->regs)
		__free_page(lb->regs);
	kfree(lb->map);
	kvfree(lb);
}

static void loop_free_work(struct work_struct *work)
{
	loop_free(container_of(work, struct dma_sim_loopback, free_work));
}

static void loop_release(struct kref *ref)
{
	loop_free(container_of(ref, struct dma_sim_loopback, ref));
}

static void loop_release_later(struct kref *ref)
{
	struct dma_sim_loopback *lb = container_of(ref, struct dma_sim_loopback,
						   ref);

	queue_work(dma_sim_wq, &lb->free_work);
}

/* The core calls this under a mutex that unbinding a device may need. */
static void loop_device_release(struct dma_device *dma)
{
	struct dma_sim_loopback *lb = container_of(dma, struct dma_sim_loopback,
						   dma);

	kref_put(&lb->ref, loop_release_later);
}

/* What is wrong with a configuration: the name of the field, or NULL. */
const char *loop_config_fault(const struct dma_sim_loopback_config *c)
{
	if (!in_range(c->fifos, 1, LOOP_MAX_FIFOS))
		return "fifos";
	if (!is_power_of_2(c->depth) || c->depth < LOOP_MIN_DEPTH ||
	    c->depth > LOOP_MAX_DEPTH)
		return "depth";
	if (!in_range(c->max_burst, 1, LOOP_MAX_BURST))
		return "max_burst";
	if (c->residue > DMA_RESIDUE_GRANULARITY_BURST)
		return "residue";
	return NULL;
}

static struct dma_sim_loopback *
loop_alloc(const struct dma_sim_loopback_config *config)
{
	struct dma_sim_loopback *lb;
	unsigned int i;

	lb = kvzalloc(struct_size(lb, fifo, config->fifos), GFP_KERNEL);
	if (!lb)
		return NULL;
	lb->config = *config;
	kref_init(&lb->ref);
	INIT_WORK(&lb->free_work, loop_free_work);
	INIT_LIST_HEAD(&lb->dma.channels);
	for (i = 0; i < config->fifos; i++) {
		lb->fifo[i].lb = lb;
		loop_chan_init(&lb->fifo[i].tx, &lb->fifo[i], DMA_MEM_TO_DEV);
		loop_chan_init(&lb->fifo[i].rx, &lb->fifo[i], DMA_DEV_TO_MEM);
	}
	return lb;
}

/* Names the lines of a FIFO; the first one's need no number. */
static void loop_name_lines(struct loop_fifo *fifo, unsigned int i)
{
	static const char * const line[] = { "tx", "rx" };
	unsigned int side;

	for (side = 0; side < 2; side++)
		snprintf(fifo->name[side], LOOP_NAME_LEN,
			 i ? "%s%u" : "%s", line[side], i);
}

static int loop_make_fifos(struct dma_sim_loopback *lb)
{
	phys_addr_t reg;
	unsigned int i;
	int err;

	lb->regs = alloc_page(GFP_KERNEL);
	if (!lb->regs)
		return -ENOMEM;
	reg = page_to_phys(lb->regs);
	for (i = 0; i < lb->config.fifos; i++, reg += LOOP_REG_STRIDE) {
		loop_name_lines(&lb->fifo[i], i);
		lb->fifo[i].tx.reg = reg;
		lb->fifo[i].rx.reg = reg + LOOP_MAX_WIDTH;
		err = loop_fifo_init(&lb->fifo[i], lb->config.depth);
		if (err)
			return err;
	}
	return 0;
}

static int loop_add_peripheral(struct dma_sim_loopback *lb)
{
	unsigned int i, n = 2 * lb->config.fifos;
	struct resource *res = kcalloc(n, sizeof(*res), GFP_KERNEL);
	const struct platform_device_info info = {
		.name = LOOP_NAME, .id = PLATFORM_DEVID_AUTO,
		.res = res, .num_res = n,
		.data = &lb, .size_data = sizeof(lb),
	};

	if (!res)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		res[i].name = lb->fifo[i / 2].name[i % 2];
		res[i].start = loop_nth_chan(lb, i)->reg;
		res[i].end = res[i].start + LOOP_MAX_WIDTH - 1;
		/* Not of the kind that a CPU could map. */
		res[i].flags = IORESOURCE_REG;
	}
	lb->peripheral = platform_device_register_full(&info);
	kfree(res);
	return PTR_ERR_OR_ZERO(lb->peripheral);
}

/* The param of a row of the table is the channel itself. */
static bool loop_serves(struct dma_chan *chan, void *param)
{
	return chan == param;
}

static int loop_make_map(struct dma_sim_loopback *lb)
{
	unsigned int i, n = 2 * lb->config.fifos;

	lb->map = kcalloc(n, sizeof(*lb->map), GFP_KERNEL);
	if (!lb->map)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		lb->map[i].devname = dev_name(&lb->peripheral->dev);
		lb->map[i].slave = lb->fifo[i / 2].name[i % 2];
		lb->map[i].param = &loop_nth_chan(lb, i)->vc.chan;
	}
	lb->dma.filter = (struct dma_filter) {
		.fn = loop_serves, .mapcnt = n, .map = lb->map,
	};
	return 0;
}

static void loop_fill_dma_device(struct dma_sim_loopback *lb)
{
	struct dma_device *dma = &lb->dma;

	dma->dev = &lb->pdev->dev;
	dma_cap_set(DMA_SLAVE, dma->cap_mask);
	dma_cap_set(DMA_CYCLIC, dma->cap_mask);
	dma_cap_set(DMA_INTERLEAVE, dma->cap_mask);
	dma_cap_set(DMA_REPEAT, dma->cap_mask);
	dma_cap_set(DMA_LOAD_EOT, dma->cap_mask);
	dma_cap_set(DMA_PRIVATE, dma->cap_mask);
	dma->directions = BIT(DMA_MEM_TO_DEV) | BIT(DMA_DEV_TO_MEM);
	dma->src_addr_widths = LOOP_WIDTHS;
	dma->dst_addr_widths = LOOP_WIDTHS;
	dma->min_burst = 1;
	dma->max_burst = lb->config.max_burst;
	dma->residue_granularity = lb->config.residue;
	dma->descriptor_reuse = true;
	dma->desc_metadata_modes = DESC_METADATA_CLIENT | DESC_METADATA_ENGINE;
	loop_chan_methods(dma);
	loop_prep_methods(dma);
	dma->device_release = loop_device_release;
}

static int loop_start_controller(struct dma_sim_loopback *lb, const char *name)
{
	int err = loop_make_map(lb);

	if (err)
		return err;
	lb->pdev = dma_sim_add_device();
	if (IS_ERR(lb->pdev))
		return PTR_ERR(lb->pdev);
	lb->thread = kthread_run(loop_thread, lb, LOOP_NAME "/%s", name);
	if (IS_ERR(lb->thread))
		return PTR_ERR(lb->thread);
	loop_fill_dma_device(lb);
	kref_get(&lb->ref);
	return dma_async_device_register(&lb->dma);
}

/**
 * dma_sim_loopback_create - make a loopback
 * @name: what its thread is called, for people to read
 * @config: what it can do; copied
 *
 * When this returns, dma_request_chan() finds the channels "tx" and "rx" (of
 * the second FIFO "tx1" and "rx1", and so on) of the platform device that
 * dma_sim_loopback_peripheral() tells. Its resources of type IORESOURCE_REG,
 * which have the same names, are the addresses for struct dma_slave_config.
 *
 * Context: process, may sleep.
 * Return: the loopback; ERR_PTR(-EINVAL) when @config is out of its ranges,
 * ERR_PTR(-ENOMEM), or what a registration returned.
 */
struct dma_sim_loopback *
dma_sim_loopback_create(const char *name,
			const struct dma_sim_loopback_config *config)
{
	const char *fault = loop_config_fault(config);
	struct dma_sim_loopback *lb;
	int err;

	if (fault) {
		pr_err("%s: bad %s\n", name, fault);
		return ERR_PTR(-EINVAL);
	}
	lb = loop_alloc(config);
	if (!lb)
		return ERR_PTR(-ENOMEM);
	err = loop_make_fifos(lb);
	if (err)
		goto free;
	err = loop_add_peripheral(lb);
	if (err)
		goto free;
	err = loop_start_controller(lb, name);
	if (err)
		goto free;
	return lb;

free:
	loop_free(lb);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(dma_sim_loopback_create);

/**
 * dma_sim_loopback_destroy - remove a loopback
 * @lb: the loopback
 *
 * The controller goes first, then the peripheral. From the start of this call
 * on nothing more is prepared, and all that was submitted ends with
 * DMA_TRANS_ABORTED; those callbacks have returned when the controller is
 * unregistered. What a client submits later, having prepared it before, ends
 * the same way when issued. The memory goes with the last channel that is
 * released. @lb must not be used after this.
 *
 * Context: process, may sleep.
 */
void dma_sim_loopback_destroy(struct dma_sim_loopback *lb)
{
	struct loop_chan *lc;
	unsigned int i;

	WRITE_ONCE(lb->dying, true);
	for (i = 0; i < 2 * lb->config.fifos; i++) {
		lc = loop_nth_chan(lb, i);
		spin_lock_irq(&lc->vc.lock);
		loop_chan_abort(lc);
		spin_unlock_irq(&lc->vc.lock);
		vchan_synchronize(&lc->vc);
	}
	dma_async_device_unregister(&lb->dma);
	platform_device_unregister(lb->peripheral);
	lb->peripheral = NULL;
	kref_put(&lb->ref, loop_release);
}
EXPORT_SYMBOL_GPL(dma_sim_loopback_destroy);

/**
 * dma_sim_loopback_peripheral - look up the peripheral
 * @lb: the loopback
 *
 * Context: any.
 * Return: its platform device, in the name of which channels are requested.
 */
struct platform_device *dma_sim_loopback_peripheral(struct dma_sim_loopback *lb)
{
	return lb->peripheral;
}
EXPORT_SYMBOL_GPL(dma_sim_loopback_peripheral);

/**
 * dma_sim_loopback_fail_next - make descriptors fail
 * @lb: the loopback
 * @n: how many of the descriptors that start from now on, of all channels
 *	together, fail; replaces what is left of an earlier call
 *
 * Each fails when half of it has moved, with DMA_TRANS_READ_FAILED if it sends
 * and DMA_TRANS_WRITE_FAILED if it receives.
 *
 * Context: any.
 */
void dma_sim_loopback_fail_next(struct dma_sim_loopback *lb, unsigned int n)
{
	atomic_set(&lb->fail_next, n);
}
EXPORT_SYMBOL_GPL(dma_sim_loopback_fail_next);

/**
 * dma_sim_loopback_state - ask what a FIFO has seen
 * @lb: the loopback
 * @i: which of its FIFOs, from 0
 * @state: gets the answer
 *
 * Context: any.
 */
void dma_sim_loopback_state(struct dma_sim_loopback *lb, unsigned int i,
			    struct dma_sim_fifo_state *state)
{
	struct loop_fifo *fifo = &lb->fifo[i];
	unsigned long irq;

	spin_lock_irqsave(&fifo->lock, irq);
	*state = fifo->state;
	state->fill = loop_fifo_fill(fifo);
	spin_unlock_irqrestore(&fifo->lock, irq);
}
EXPORT_SYMBOL_GPL(dma_sim_loopback_state);

/**
 * dma_sim_loopback_flush - empty a FIFO
 * @lb: the loopback
 * @i: which of its FIFOs, from 0
 *
 * What was sent and not received yet is lost, metadata included. A channel that
 * waits for room goes on.
 *
 * Context: any.
 */
void dma_sim_loopback_flush(struct dma_sim_loopback *lb, unsigned int i)
{
	loop_fifo_flush(&lb->fifo[i]);
	wake_up_process(lb->thread);
}
EXPORT_SYMBOL_GPL(dma_sim_loopback_flush);
