// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel of a DMA engine as a channel of async_tx.
 *
 * dmaengine tells of the channels that come and go (struct dma_client). A
 * request is started by mapping its operands and submitting its first
 * descriptor; each completion either submits the next step, when an operation
 * has more operands than one descriptor takes, or ends the request.
 *
 * Any engine will do. What one can not take (alignment, too many sources, a
 * full ring, no mapping) is refused here and goes elsewhere. A driver may
 * report from any context, even from within its issue_pending().
 */
#include <linux/dma-mapping.h>
#include <linux/hash.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/mempool.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "internal.h"

/* Pages for the old content of destinations, see take_scratch(). */
#define SCRATCH_RESERVE	16

static mempool_t *scratch_pool;

/* --- operands --- */

/*
 * An in-place request could not run again after an engine has failed on it. So
 * the engine reads the destination's old content from a copy, which is still
 * there when the engine has not kept its word.
 */
static bool take_scratch(struct async_tx_request *req)
{
	unsigned int first = req->first;

	if (req->len > PAGE_SIZE)
		return false;
	req->scratch = mempool_alloc(scratch_pool, GFP_NOWAIT | __GFP_NOWARN);
	if (!req->scratch)
		return false;
	async_tx_cpu_copy(req->scratch, 0, async_tx_pages(req)[first],
			  async_tx_offs(req)[first], req->len);
	return true;
}

/* The engine may have written anything to the destination before it failed. */
static void restore(struct async_tx_request *req)
{
	if (req->scratch)
		async_tx_cpu_copy(async_tx_pages(req)[req->first],
				  async_tx_offs(req)[req->first], req->scratch,
				  0, req->len);
}

static void drop_scratch(struct async_tx_request *req)
{
	if (likely(!req->scratch))
		return;
	mempool_free(req->scratch, scratch_pool);
	req->scratch = NULL;
}

static __always_inline void unmap_sources(struct device *dev, dma_addr_t *dma,
					  unsigned int n, size_t len)
{
	for (dma_addr_t *end = dma + n; dma < end; dma++)
		dma_unmap_page(dev, *dma, len, DMA_TO_DEVICE);
}

static __always_inline bool
map_sources(struct device *dev, struct page **page, unsigned int *off,
	    dma_addr_t *dma, unsigned int n, size_t len)
{
	for (unsigned int i = 0; i < n; i++) {
		dma[i] = dma_map_page(dev, page[i], off[i], len, DMA_TO_DEVICE);
		if (unlikely(dma_mapping_error(dev, dma[i]))) {
			unmap_sources(dev, dma, i, len);
			return false;
		}
	}
	return true;
}

static __always_inline void unmap_dests(struct device *dev, struct page **page,
					dma_addr_t *dma, unsigned int n,
					size_t len)
{
	for (unsigned int i = 0; i < n; i++)
		if (page[i])
			dma_unmap_page(dev, dma[i], len, DMA_BIDIRECTIONAL);
}

/*
 * Destinations are read back when an operation takes several descriptors. One
 * that is omitted (P or Q) has no page and the address 0.
 */
static __always_inline bool
map_dests(struct device *dev, struct page **page, unsigned int *off,
	  dma_addr_t *dma, unsigned int n, size_t len)
{
	for (unsigned int i = 0; i < n; i++) {
		if (unlikely(!page[i])) {
			dma[i] = 0;
			continue;
		}
		dma[i] = dma_map_page(dev, page[i], off[i], len,
				      DMA_BIDIRECTIONAL);
		if (unlikely(dma_mapping_error(dev, dma[i]))) {
			unmap_dests(dev, page, dma, i, len);
			return false;
		}
	}
	return true;
}

/*
 * For an in-place operation the copy of the destination stands in for the first
 * source. The operands' slots are left alone.
 */
static noinline bool map_with_scratch(struct async_tx_request *req,
				      struct device *dev)
{
	struct page **page = async_tx_pages(req) + req->first;
	unsigned int *off = async_tx_offs(req) + req->first;
	dma_addr_t *dma = async_tx_dma(req);
	unsigned int zero = 0;

	if (!map_sources(dev, &req->scratch, &zero, dma, 1, req->len))
		return false;
	if (map_sources(dev, page + 1, off + 1, dma + 1, req->nr_src - 1,
			req->len))
		return true;
	unmap_sources(dev, dma, 1, req->len);
	return false;
}

static __always_inline bool map(struct async_tx_request *req, struct device *dev)
{
	struct page **page = async_tx_pages(req) + req->first;
	unsigned int *off = async_tx_offs(req) + req->first;
	dma_addr_t *dma = async_tx_dma(req);
	unsigned int n = req->nr_src;
	bool mapped;

	if (unlikely(req->in_place))
		mapped = map_with_scratch(req, dev);
	else
		mapped = map_sources(dev, page, off, dma, n, req->len);
	if (!mapped)
		return false;
	if (map_dests(dev, page + n, off + n, dma + n, req->nr_dst, req->len))
		return true;
	unmap_sources(dev, dma, n, req->len);
	return false;
}

static __always_inline void unmap_all(struct async_tx_request *req)
{
	struct page **page = async_tx_pages(req) + req->first;
	dma_addr_t *dma = async_tx_dma(req);
	struct device *dev = req->chan->dev;
	unsigned int n = req->nr_src;

	unmap_sources(dev, dma, n, req->len);
	unmap_dests(dev, page + n, dma + n, req->nr_dst, req->len);
}

/* --- completion --- */

static void chan_put(struct async_tx_channel *chan, u32 expected)
{
	rcu_read_lock();
	if (atomic64_sub_and_test(async_tx_load_of(expected), &chan->load) &&
	    READ_ONCE(chan->removing))
		wake_up_var(&chan->load);
	rcu_read_unlock();
}

static void engine_done(void *param, const struct dmaengine_result *result);
static void engine_done_plain(void *param);

/* Once this has returned true, @req may be gone. */
static __always_inline bool submit_step(struct async_tx_request *req,
					struct async_tx_channel *chan,
					const struct async_tx_op *op, bool first)
{
	unsigned long flags = DMA_PREP_INTERRUPT | DMA_CTRL_ACK;
	struct dma_async_tx_descriptor *desc;

	/* Whatever follows on this channel may read the result. */
	if (!(req->flags & ASYNC_TX_ACK))
		flags |= DMA_PREP_FENCE;
	desc = op->prep(req, chan->chan, flags);
	if (!desc)
		return false;
	if (first)
		req->single = !req->more;
	desc->callback = engine_done_plain;
	desc->callback_result = engine_done;
	desc->callback_param = req;
	return !dma_submit_error(desc->tx_submit(desc));
}

/*
 * A request that was queued behind its parent counts only if the parent, which
 * ended before it on an in-order channel, did so well and at the first attempt.
 */
static bool ran_in_vain(struct async_tx_request *req)
{
	struct async_tx_request *parent = req->behind;

	return parent &&
	       (!async_tx_request_is_done(parent) || parent->attempts);
}

static void drop_parent(struct async_tx_request *req)
{
	if (req->behind)
		async_tx_request_put(req->behind);
	req->behind = NULL;
}

/* Whoever starts it next begins with the first step. */
static void start_over(struct async_tx_request *req)
{
	req->step = 0;
	req->phase = 0;
}

static void run_again(struct async_tx_request *req)
{
	struct async_tx_request *parent = req->behind;

	start_over(req);
	unmap_all(req);
	chan_put(req->chan, req->expected);
	req->attempts++;
	smp_store_release(&req->behind, NULL); /* with async_tx_engine_follow() */
	async_tx_request_again(req, parent);
}

/* The engine will not finish this request: off to another channel. */
static void leave(struct async_tx_request *req)
{
	struct async_tx_channel *chan = req->chan;

	req->avoid = chan;
	WRITE_ONCE(chan->clock.mark, 0);
	if (ran_in_vain(req)) {
		run_again(req);
		return;
	}
	drop_parent(req);
	start_over(req);
	unmap_all(req);
	restore(req);
	drop_scratch(req);
	chan_put(chan, req->expected);
	async_tx_request_failed(req);
}

static void engine_failed(struct async_tx_request *req,
			  enum dmaengine_tx_result why)
{
	struct async_tx_channel *chan = req->chan;

	atomic_inc(&chan->errors[req->op]);
	pr_warn_ratelimited("async_tx: %s: %s of %zu bytes failed (%d), trying elsewhere\n",
			    chan->name, async_tx_op(req)->name, req->len, why);
	leave(req);
}

static void engine_done(void *param, const struct dmaengine_result *result)
{
	struct async_tx_request *req = param;
	struct async_tx_channel *chan = req->chan;

	if (result && result->result != DMA_TRANS_NOERROR) {
		engine_failed(req, result->result);
		return;
	}
	if (req->more) {
		if (submit_step(req, chan, async_tx_op(req), false))
			dma_async_issue_pending(chan->chan);
		else
			leave(req);	/* its ring is full */
		return;
	}

	if (unlikely(req->behind)) {
		if (ran_in_vain(req)) {
			run_again(req);
			return;
		}
		drop_parent(req);
	}
	unmap_all(req);
	drop_scratch(req);
	if (req->result)
		*req->result = req->sum;
	async_tx_account(chan, req->op, req->len);
	if (unlikely(req->started))
		async_tx_stats_time(chan, req->op,
				    ktime_get_ns() - req->started);
	async_tx_clock_end(chan, req);
	chan_put(chan, req->expected);
	async_tx_request_done(req);
}

/* For drivers that do not know of callback_result. */
static void engine_done_plain(void *param)
{
	engine_done(param, NULL);
}

/* --- start --- */

static __always_inline bool fits(const struct async_tx_request *req,
				 const struct async_tx_op *op,
				 struct dma_device *dma)
{
	const enum dmaengine_alignment *align = (void *)dma + op->align;

	return dmaengine_check_align(*align, req->align, 0, 0) &&
	       req->nr_src >= op->min_src &&
	       (!op->fits || op->fits(req, dma));
}

/* Adds @req to the channel's load. Returns when that was if it is to be timed. */
static __always_inline u64 start_clock(struct async_tx_channel *chan,
				       struct async_tx_request *req)
{
	req->alone = async_tx_load_add(&chan->load, chan, req);
	req->started = async_tx_stamp(chan, req->alone);
	if (unlikely(req->alone))
		WRITE_ONCE(chan->clock.await, true);
	return static_branch_unlikely(&async_tx_learning) ? req->started : 0;
}

static __always_inline bool start(struct async_tx_channel *chan,
				  struct async_tx_request *req)
{
	const struct async_tx_op *op = async_tx_op(req);
	unsigned int kind;
	u64 started;
	bool alone;

	if (!fits(req, op, chan->chan->device))
		return false;
	started = start_clock(chan, req);
	alone = req->alone;
	kind = async_tx_kind(req->op, req->flags & ASYNC_TX_SPREAD);
	if (unlikely(req->in_place) && !take_scratch(req))
		goto err_load;
	if (!map(req, chan->dev))
		goto err_scratch;
	req->chan = chan;
	if (unlikely(req->behind) && dma_dev_need_sync(chan->dev))
		goto err_unmap;

	req->sum = 0;
	if (!submit_step(req, chan, op, true))
		goto err_step;
	if (unlikely(started))
		async_tx_clock_submitted(chan, kind, started, alone);
	WRITE_ONCE(chan->unissued, true);
	return true;

err_step:
	/* Most likely its ring is full: until it has proven otherwise. */
	WRITE_ONCE(chan->full, max(async_tx_inflight(chan) - 1, 1U));
	req->single = false;
	start_over(req);
err_unmap:
	unmap_all(req);
err_scratch:
	drop_scratch(req);
err_load:
	chan_put(chan, req->expected);
	return false;
}

/**
 * async_tx_engine_start - start a request on an engine
 * @chan: of an engine that can do the operation
 * @req: ready
 *
 * The descriptor is queued; async_tx_channel_issue() rings the doorbell.
 *
 * Context: task or softirq, under rcu_read_lock().
 *
 * Return: false if the engine does not take this request, which is then as
 * before. After true it may have ended already.
 */
bool async_tx_engine_start(struct async_tx_channel *chan,
			   struct async_tx_request *req)
{
	return start(chan, req);
}

/* --- start behind the parent --- */

/*
 * A request that is queued behind its parent may have to run again, and so may
 * the parent, and whatever that is behind. So it must not write what any of
 * them reads. Sets of pages are summed up as Bloom filters. If those have no page
 * in common, nor have the sets. If they have, the parent is looked at more closely;
 * those before it are known by their filter alone (&async_tx_request.reads). One of
 * all bits stands for blocks of several pages.
 */
static __always_inline struct async_tx_page_set
sum_up(const struct async_tx_request *req, unsigned int first, unsigned int nr)
{
	struct page **page = async_tx_pages(req) + first;
	unsigned int *off = async_tx_offs(req) + first;
	const unsigned int order = ilog2(BITS_PER_LONG);
	size_t most = PAGE_SIZE - req->len;
	struct async_tx_page_set sum = {};

	if (req->len > PAGE_SIZE)
		goto all;
	for (; nr; nr--, page++, off++) {
		u32 hash = hash_ptr(*page, 2 * order);

		if (*off > most)
			goto all;
		sum.a |= BIT(hash >> order);
		sum.b |= BIT(hash & (BITS_PER_LONG - 1));
	}
	return sum;
all:
	return (struct async_tx_page_set) { ~0UL, ~0UL };
}

static __always_inline bool meet(struct async_tx_page_set x, struct async_tx_page_set y)
{
	return (x.a & y.a) && (x.b & y.b);
}

/* The destinations of a check are read too. */
static unsigned int nr_read(const struct async_tx_request *req)
{
	return req->nr_src + (req->result ? req->nr_dst : 0);
}

static noinline bool overwrites_source(struct async_tx_request *req,
				       struct async_tx_request *parent)
{
	struct page **dst = async_tx_pages(req) + req->first + req->nr_src;
	unsigned int *dst_off = async_tx_offs(req) + req->first + req->nr_src;
	struct page **src = async_tx_pages(parent) + parent->first;
	unsigned int *src_off = async_tx_offs(parent) + parent->first;
	size_t len = max(req->len, parent->len);

	for (unsigned int d = 0; d < req->nr_dst; d++)
		for (unsigned int s = 0; dst[d] && s < nr_read(parent); s++)
			if (src[s] && async_tx_overlap(dst[d], dst_off[d],
						       src[s], src_off[s], len))
				return true;
	return false;
}

/* Would @req harm @parent, or those before it? Notes what they read. */
static bool harms(struct async_tx_request *req, struct async_tx_request *parent,
		  struct async_tx_page_set before)
{
	struct async_tx_page_set writes = sum_up(req, req->first + req->nr_src, req->nr_dst);
	struct async_tx_page_set reads = sum_up(parent, parent->first, nr_read(parent));

	req->reads.a = before.a | reads.a;
	req->reads.b = before.b | reads.b;
	return meet(writes, before) ||
	       (meet(writes, reads) && overwrites_source(req, parent));
}

/*
 * May @req be queued behind @parent? Not if it copies its destination (the
 * parent has not written that yet), if it is one of a list, which had better not
 * be all on one channel, or if the parent has further steps to come.
 */
static bool may_follow(struct async_tx_request *parent,
		       struct async_tx_request *req)
{
	if (req->cpu_only || req->in_place || req->flags & ASYNC_TX_SPREAD)
		return false;
	/* With start_chain(): the parent's channel is set before. */
	if (!smp_load_acquire(&parent->bound))
		return false;
	return !READ_ONCE(parent->attempts) && !async_tx_request_is_done(parent);
}

/*
 * Is the parent's channel the one for the child? Not if it does not keep the
 * order, and not on a device that needs dma_sync_*(), where mapping the child's
 * operands would read them too early.
 */
static bool is_choice(const struct async_tx_channel *chan,
		      const struct async_tx_request *req)
{
	return chan && chan->in_order && !dma_dev_need_sync(chan->dev) &&
	       async_tx_may_stay(chan, req->op, req->len, req->work);
}

/**
 * async_tx_engine_follow - queue a request behind its pending parent, on its channel
 * @parent: a reference to it is the caller's, and on success is taken over
 * @req: waits for nothing but @parent
 *
 * This is the one case in which a channel is chosen early: the parent is on a
 * channel that keeps the order and can do what the child wants: there it starts
 * no later than anywhere else. Should the parent fail, the child will run again.
 *
 * Context: task or softirq.
 *
 * Return: false if it can not be done. After true @req may have ended already.
 */
bool async_tx_engine_follow(struct async_tx_request *parent,
			    struct async_tx_request *req)
{
	struct async_tx_page_set before = {};
	struct async_tx_channel *chan;
	bool started = false;

	rcu_read_lock();
	/* Before it looks whether @parent has to run again: see run_again(). */
	if (smp_load_acquire(&parent->behind))
		before = parent->reads;
	if (!may_follow(parent, req))
		goto out;
	/* A channel with a request in flight outlives this section. */
	chan = READ_ONCE(parent->chan);
	if (!is_choice(chan, req) || harms(req, parent, before))
		goto out;

	req->behind = parent;
	started = start(chan, req);
	if (!started)
		req->behind = NULL;
out:
	rcu_read_unlock();
	return started;
}

/* --- channels that come and go --- */

/* What an engine is taken for that does not tell how fast it is. */
#define GUESS_SETUP_NS	1000
#define GUESS_BANDWIDTH	10000

static void seed(struct async_tx_channel *chan, const struct dma_device *dma)
{
	async_tx_estimates_seed(chan, dma->setup_ns ?: GUESS_SETUP_NS,
				dma->bandwidth ?: GUESS_BANDWIDTH);
}

static void engine_add(struct dma_client *client, struct dma_chan *dma_chan)
{
	struct async_tx_channel *chan = kzalloc(sizeof(*chan), GFP_KERNEL);

	if (!chan)
		goto err;
	chan->chan = dma_chan;
	chan->full = UINT_MAX;
	chan->weight = ASYNC_TX_WEIGHT;
	chan->dev = dmaengine_get_dma_device(dma_chan);
	chan->node = dev_to_node(chan->dev);
	chan->name = dma_chan_name(dma_chan);
	chan->in_order = !dma_has_cap(DMA_COMPLETION_NO_ORDER,
				      dma_chan->device->cap_mask);
	if (async_tx_stats_alloc(chan))
		goto err_free;
	if (async_tx_estimates_alloc(chan))
		goto err_stats;
	seed(chan, dma_chan->device);
	if (async_tx_sysfs_add(chan))
		goto err_estimates;
	async_tx_channel_register(chan);
	return;

err_estimates:
	async_tx_estimates_free(chan);
err_stats:
	async_tx_stats_free(chan);
err_free:
	kfree(chan);
err:
	pr_warn("async_tx: no memory for %s, it stays unused\n",
		dma_chan_name(dma_chan));
}

static struct async_tx_channel *find_channel(struct dma_chan *dma_chan)
{
	struct async_tx_channel *chan, *found = NULL;

	mutex_lock(&async_tx_registry_lock);
	list_for_each_entry(chan, &async_tx_channels, entry)
		if (chan->chan == dma_chan)
			found = chan;
	mutex_unlock(&async_tx_registry_lock);
	return found;
}

static bool engine_remove(struct dma_client *client, struct dma_chan *dma_chan,
			  bool force)
{
	struct async_tx_channel *chan = find_channel(dma_chan);

	if (!chan)
		return true;
	if (!async_tx_channel_unregister(chan, force))
		return false;
	async_tx_sysfs_remove(chan);
	async_tx_estimates_free(chan);
	async_tx_stats_free(chan);
	kfree(chan);
	return true;
}

static struct dma_client engine_client = {
	.chan_add = engine_add,
	.chan_remove = engine_remove,
};

int __init async_tx_engine_init(void)
{
	int err;

	scratch_pool = mempool_create_page_pool(SCRATCH_RESERVE, 0);
	if (!scratch_pool)
		return -ENOMEM;
	err = dma_client_register(&engine_client);
	if (err)
		mempool_destroy(scratch_pool);
	return err;
}

void async_tx_engine_exit(void)
{
	dma_client_unregister(&engine_client);
	mempool_destroy(scratch_pool);
}
