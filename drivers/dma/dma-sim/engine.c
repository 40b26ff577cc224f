// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA engines without hardware: the making and removing of them.
 *
 * An engine is a dma_device on a platform device of its own. It is made by an
 * administrator through configfs (/sys/kernel/config/dma-sim) or by a test
 * module through dma-sim.h. Each channel has a ring of descriptors and a kernel
 * thread that carries them out: the data really moves, through the CPU, while
 * time, order and faults are as configured. A dry engine moves none, and has a
 * timer instead of the thread.
 *
 * Making and removing takes no lock here, and the dmaengine core's.
 */

#define pr_fmt(fmt) "dma-sim: " fmt

#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/platform_device.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../dmaengine.h"
#include "internal.h"

#define SIM_MAX_CHANNELS	256
#define SIM_MAX_SOURCES		255
#define SIM_MAX_ALIGN		256
#define SIM_MAX_RING		65536
#define SIM_MAX_BANDWIDTH	1000000

static void sim_free(struct dma_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->config.channels; i++)
		dma_sim_chan_stop(&sim->chan[i]);
	platform_device_unregister(sim->pdev);
	kvfree(sim);
}

static void sim_free_work(struct work_struct *work)
{
	sim_free(container_of(work, struct dma_sim, free_work));
}

static void sim_release(struct kref *ref)
{
	sim_free(container_of(ref, struct dma_sim, ref));
}

static void sim_release_later(struct kref *ref)
{
	struct dma_sim *sim = container_of(ref, struct dma_sim, ref);

	queue_work(dma_sim_wq, &sim->free_work);
}

/* The core calls this under a mutex that unbinding a device may need. */
static void dma_sim_device_release(struct dma_device *dma)
{
	struct dma_sim *sim = container_of(dma, struct dma_sim, dma);

	kref_put(&sim->ref, sim_release_later);
}

/* What is wrong with a configuration: the name of the field, or NULL. */
const char *dma_sim_config_fault(const struct dma_sim_config *c)
{
	const struct dma_sim_op *op;
	dma_cap_mask_t known;

	dma_cap_zero(known);
	for (op = dma_sim_ops; op->name; op++)
		dma_cap_set(op->cap, known);
	if (!bitmap_subset(c->caps.bits, known.bits, DMA_TX_TYPE_END))
		return "caps";
	dma_cap_clear(DMA_PRIVATE, known);
	if (!bitmap_intersects(c->caps.bits, known.bits, DMA_TX_TYPE_END))
		return "caps";
	if (!in_range(c->channels, 1, SIM_MAX_CHANNELS))
		return "channels";
	if (c->max_xor < 2 || c->max_xor > SIM_MAX_SOURCES)
		return "max_xor";
	if (c->max_pq < (c->pq_continue ? 1 : 4) || c->max_pq > SIM_MAX_SOURCES)
		return "max_pq";
	if (!is_power_of_2(c->align) || c->align > SIM_MAX_ALIGN)
		return "align";
	if (!in_range(c->ring, 1, SIM_MAX_RING))
		return "ring";
	if (c->setup_ns > NSEC_PER_SEC)
		return "setup_ns";
	if (c->bandwidth > SIM_MAX_BANDWIDTH)
		return "bandwidth";
	if (c->error_ppm > SIM_PPM)
		return "error_ppm";
	return NULL;
}

static void sim_fill_dma_device(struct dma_sim *sim)
{
	const struct dma_sim_config *c = &sim->config;
	struct dma_device *dma = &sim->dma;

	dma->dev = &sim->pdev->dev;
	dma->cap_mask = c->caps;
	if (!c->in_order)
		dma_cap_set(DMA_COMPLETION_NO_ORDER, dma->cap_mask);
	dma->max_xor = c->max_xor;
	dma_set_maxpq(dma, c->max_pq, c->pq_continue);
	dma->copy_align = ilog2(c->align);
	dma->xor_align = ilog2(c->align);
	dma->pq_align = ilog2(c->align);
	dma->fill_align = ilog2(c->align);
	dma->setup_ns = c->setup_ns;
	dma->bandwidth = c->bandwidth;
	dma->directions = BIT(DMA_MEM_TO_MEM);
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_DESCRIPTOR;
	dma_sim_chan_methods(dma);
	dma_sim_prep_methods(dma);
	dma->device_release = dma_sim_device_release;
}

static struct dma_sim *sim_alloc(const struct dma_sim_config *config)
{
	struct dma_sim_chan *sc;
	struct dma_sim *sim;
	unsigned int i;

	sim = kvzalloc(struct_size(sim, chan, config->channels), GFP_KERNEL);
	if (!sim)
		return NULL;
	sim->config = *config;
	kref_init(&sim->ref);
	INIT_WORK(&sim->free_work, sim_free_work);
	INIT_LIST_HEAD(&sim->dma.channels);
	for (i = 0; i < config->channels; i++) {
		sc = &sim->chan[i];
		dma_sim_chan_init(sc, sim);
		sc->chan.device = &sim->dma;
		dma_cookie_init(&sc->chan);
		list_add_tail(&sc->chan.device_node, &sim->dma.channels);
	}
	return sim;
}

static int sim_start(struct dma_sim *sim, const char *name)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < sim->config.channels && !err; i++)
		err = dma_sim_chan_start(&sim->chan[i], name, i);
	return err;
}

/* dma_sim_create(), with what can only be changed later otherwise. */
struct dma_sim *dma_sim_make(const char *name,
			     const struct dma_sim_config *config, bool hold,
			     unsigned int fail_next)
{
	const char *fault = dma_sim_config_fault(config);
	struct dma_sim *sim;
	int err;

	if (fault) {
		pr_err("%s: bad %s\n", name, fault);
		return ERR_PTR(-EINVAL);
	}
	sim = sim_alloc(config);
	if (!sim)
		return ERR_PTR(-ENOMEM);
	sim->hold = hold;
	atomic_set(&sim->fail_next, fail_next);

	sim->pdev = dma_sim_add_device();
	err = PTR_ERR_OR_ZERO(sim->pdev);
	if (err)
		goto free;
	err = sim_start(sim, name);
	if (err)
		goto free;
	sim_fill_dma_device(sim);
	kref_get(&sim->ref);
	err = dma_async_device_register(&sim->dma);
	if (err)
		goto free;
	return sim;

free:
	sim_free(sim);
	return ERR_PTR(err);
}

/**
 * dma_sim_create - make an engine
 * @name: what its threads are called, for people to read
 * @config: what it can do; copied
 *
 * The engine is registered with dmaengine and open to all its users when this
 * returns. Its name need not be unique.
 *
 * Context: process, may sleep.
 * Return: the engine; ERR_PTR(-EINVAL) when @config is out of its ranges,
 * ERR_PTR(-ENOMEM), or what the registration returned.
 */
struct dma_sim *dma_sim_create(const char *name,
			       const struct dma_sim_config *config)
{
	return dma_sim_make(name, config, false, 0);
}
EXPORT_SYMBOL_GPL(dma_sim_create);

static void sim_wake(struct dma_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->config.channels; i++)
		dma_sim_chan_kick(&sim->chan[i]);
}

/**
 * dma_sim_destroy - remove an engine
 * @sim: the engine
 *
 * From the start of this call on the engine prepares nothing more. All that was
 * submitted ends, with DMA_TRANS_ABORTED unless it was running, also while the
 * engine is held; the callbacks have returned when the engine is unregistered.
 * What a client submits later, having prepared it before, ends the same way.
 * The memory goes with the last reference to a channel. @sim must not be used
 * after this.
 *
 * Context: process, may sleep.
 */
void dma_sim_destroy(struct dma_sim *sim)
{
	unsigned int i;

	WRITE_ONCE(sim->dying, true);
	sim_wake(sim);
	for (i = 0; i < sim->config.channels; i++)
		wait_event(sim->chan[i].wait, dma_sim_chan_idle(&sim->chan[i]));
	dma_async_device_unregister(&sim->dma);
	kref_put(&sim->ref, sim_release);
}
EXPORT_SYMBOL_GPL(dma_sim_destroy);

/**
 * dma_sim_hold - keep descriptors from starting
 * @sim: the engine
 * @hold: true: what is issued queues up, after what runs already; false: go on
 *
 * Context: any.
 */
void dma_sim_hold(struct dma_sim *sim, bool hold)
{
	WRITE_ONCE(sim->hold, hold);
	if (!hold)
		sim_wake(sim);
}
EXPORT_SYMBOL_GPL(dma_sim_hold);

/**
 * dma_sim_fail_next - make descriptors fail
 * @sim: the engine
 * @n: how many of the descriptors that start from now on, of all channels
 *	together, fail; replaces what is left of an earlier call
 *
 * Each has spoilt the first half of its destinations, or its result, and
 * reports DMA_TRANS_READ_FAILED, DMA_TRANS_WRITE_FAILED or DMA_TRANS_ABORTED.
 *
 * Context: any.
 */
void dma_sim_fail_next(struct dma_sim *sim, unsigned int n)
{
	atomic_set(&sim->fail_next, n);
}
EXPORT_SYMBOL_GPL(dma_sim_fail_next);

/**
 * dma_sim_set_speed - make an engine slower or faster
 * @sim: the engine
 * @setup_ns: as in &struct dma_sim_config
 * @bandwidth: as in &struct dma_sim_config
 *
 * Holds for descriptors that start from now on, except that one which starts
 * just now may get one new and one old value. What is published stays as it is:
 * nobody is told, no more than when hardware degrades.
 *
 * Context: any.
 * Return: 0; -EINVAL when a value is out of its range, and changes nothing.
 */
int dma_sim_set_speed(struct dma_sim *sim, unsigned int setup_ns,
		      unsigned int bandwidth)
{
	if (setup_ns > NSEC_PER_SEC || bandwidth > SIM_MAX_BANDWIDTH)
		return -EINVAL;
	WRITE_ONCE(sim->config.setup_ns, setup_ns);
	WRITE_ONCE(sim->config.bandwidth, bandwidth);
	return 0;
}
EXPORT_SYMBOL_GPL(dma_sim_set_speed);

/**
 * dma_sim_completed - count what an engine has done
 * @sim: the engine
 *
 * Context: any.
 * Return: number of descriptors of all channels that ended without error. One
 * is counted before its callback runs.
 */
u64 dma_sim_completed(struct dma_sim *sim)
{
	return atomic64_read(&sim->completed);
}
EXPORT_SYMBOL_GPL(dma_sim_completed);

/**
 * dma_sim_chan - look up a channel
 * @sim: the engine
 * @i: its number, from 0
 *
 * Takes no reference: the channel is good until dma_sim_destroy(). Descriptors
 * may be prepared and submitted on it even when nobody holds a reference.
 *
 * Context: any.
 * Return: the channel, NULL when there are no more than @i.
 */
struct dma_chan *dma_sim_chan(struct dma_sim *sim, unsigned int i)
{
	return i < sim->config.channels ? &sim->chan[i].chan : NULL;
}
EXPORT_SYMBOL_GPL(dma_sim_chan);
