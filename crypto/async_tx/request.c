// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a request.
 *
 *   described -> WAITING (on its parent) -> READY -> RUNNING on a channel -> DONE
 *                                             ^         | failed
 *                                             +---------+ (another channel; at
 *                                                          the last, the CPU)
 *
 * async_tx_begin()		an operation decides: here on the CPU, at once and
 *				without a request, or as a request
 * async_tx_submit_request()	push onto the parent's children, or dispatch
 * async_tx_request_dispatch()	choose a channel and start
 * async_tx_request_done()	a channel reports: callback, DONE, children ready
 * async_tx_request_failed()	a channel reports: ready again, but not there
 *
 * References: the work holds one until the request is DONE; the caller's
 * handles, however many async_tx_get() made, hold one together until the last
 * is acknowledged. A child's submission turns a handle into a reference, so that
 * the parent outlives the push, or the child that is queued right behind it.
 *
 * The list of children is lock-free: a push is a cmpxchg on the head, the end
 * of the parent swaps in ASYNC_TX_DONE, and whoever finds that mark knows that
 * the parent has ended. There is nothing else to synchronise with.
 *
 * Requests come from slabs whose memory stays a request for an RCU grace
 * period and keeps DMA_CTRL_ACK set while it is free, so that a handle used
 * after its acknowledgment is recognised instead of followed.
 */
#include <linux/kernel.h>
#include <linux/interrupt.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "internal.h"

/* --- memory --- */

/*
 * The reserve is there for the write-out path, where an empty slab must not
 * stop anything; beyond it the operation runs on the CPU, without a request.
 *
 * Requests live for microseconds, and mostly end where they began. So each CPU
 * keeps a few free ones in a magazine, which costs a fraction of what the slab
 * does. Preemption is off while it is used; an interrupt that finds it in use
 * goes to the slab.
 */
#define MAGAZINE_SIZE	16

/*
 * A list, and not an array, for its top is there one load after it was stored; an
 * index would have to come first. The count is waited for by nobody.
 */
struct magazine {
	bool in_use;
	unsigned int nr;
	struct async_tx_request *top;	/* linked by ->next */
};

static struct async_tx_pool {
	const char *name;
	unsigned int slots, reserve, keep;
	struct kmem_cache *cache;
	mempool_t *pool;
	struct magazine __percpu *magazine;
} pools[] = {
	{ "async_tx-4",     4, 64, MAGAZINE_SIZE },
	{ "async_tx-20",   20, 32, MAGAZINE_SIZE },
	{ "async_tx-64",   64,  8, 4 },
	{ "async_tx-520", 520,  4, 0 },	/* both views of 257 blocks */
};

static struct async_tx_pool *pool_for(unsigned int nr)
{
	struct async_tx_pool *p = pools;

	while (nr > p->slots)
		p++;
	return p;
}

static __always_inline struct async_tx_request *
magazine_get(struct async_tx_pool *p)
{
	struct magazine *m = get_cpu_ptr(p->magazine);
	struct async_tx_request *req = NULL;

	if (likely(!m->in_use)) {
		m->in_use = true;
		barrier();
		req = m->top;
		if (req) {
			m->top = req->next;
			m->nr--;
		}
		barrier();
		m->in_use = false;
	}
	put_cpu_ptr(p->magazine);
	return req;
}

static __always_inline bool
magazine_put(struct async_tx_pool *p, struct async_tx_request *req)
{
	struct magazine *m = get_cpu_ptr(p->magazine);
	bool kept = false;

	if (likely(!m->in_use)) {
		m->in_use = true;
		barrier();
		kept = m->nr < p->keep;
		if (kept) {
			req->next = m->top;
			m->top = req;
			m->nr++;
		}
		barrier();
		m->in_use = false;
	}
	put_cpu_ptr(p->magazine);
	return kept;
}

/**
 * async_tx_request_alloc - a request with room for its operands
 * @nr: page slots
 *
 * Context: any.
 *
 * Return: NULL without memory.
 */
__always_inline struct async_tx_request *
async_tx_request_alloc(unsigned int nr)
{
	struct async_tx_request *req;
	struct async_tx_pool *p;

	KUNIT_STATIC_STUB_REDIRECT(async_tx_request_alloc, nr);

	p = pool_for(nr);
	req = magazine_get(p);
	if (!req)
		req = mempool_alloc(p->pool, GFP_NOWAIT | __GFP_NOWARN);
	if (req)
		req->nr = nr;
	return req;
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_request_alloc);

static __always_inline void request_free(struct async_tx_request *req)
{
	struct async_tx_pool *p = pool_for(req->nr);

	/* The reserve is refilled first. */
	if (READ_ONCE(p->pool->curr_nr) < p->reserve || !magazine_put(p, req))
		mempool_free(req, p->pool);
}

static __always_inline void request_put(struct async_tx_request *req)
{
	if (refcount_dec_and_test(&req->refs))
		request_free(req);
}

/**
 * async_tx_request_put - drop a reference
 * @req: may be gone on return
 *
 * Context: any.
 */
void async_tx_request_put(struct async_tx_request *req)
{
	request_put(req);
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_request_put);

static void magazines_empty(struct async_tx_pool *p)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct magazine *m = per_cpu_ptr(p->magazine, cpu);
		struct async_tx_request *req;

		while ((req = m->top)) {
			m->top = req->next;
			mempool_free(req, p->pool);
		}
	}
}

static void pools_destroy(void)
{
	for (struct async_tx_pool *p = pools; p < pools + ARRAY_SIZE(pools); p++) {
		if (p->magazine)
			magazines_empty(p);
		free_percpu(p->magazine);
		mempool_destroy(p->pool);
		kmem_cache_destroy(p->cache);
	}
}

static int __init pools_create(void)
{
	BUILD_BUG_ON(sizeof(struct async_tx_request) > 256);

	for (struct async_tx_pool *p = pools; p < pools + ARRAY_SIZE(pools); p++) {
		p->cache = kmem_cache_create(p->name,
					     sizeof(struct async_tx_request) +
					     p->slots * ASYNC_TX_SLOT_SIZE, 0,
					     SLAB_TYPESAFE_BY_RCU, NULL);
		if (p->cache)
			p->pool = mempool_create_slab_pool(p->reserve, p->cache);
		if (p->pool)
			p->magazine = alloc_percpu(struct magazine);
		if (!p->magazine) {
			pools_destroy();
			return -ENOMEM;
		}
	}
	return 0;
}

/* --- handles --- */

/*
 * Requests that ended while the caller still held a handle. Nearly all are
 * acknowledged a moment later. A caller that never does (dm-integrity drops the
 * handles of its journal) must not fill the memory: after a minute nobody is
 * going to.
 */
#define UNCLAIMED_AGE	(60 * HZ)

static LIST_HEAD(unclaimed);
static DEFINE_SPINLOCK(unclaimed_lock);

static void unclaimed_reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(unclaimed_work, unclaimed_reap);

static void unclaimed_add(struct async_tx_request *req)
{
	unsigned long flags;
	bool first = false;

	spin_lock_irqsave(&unclaimed_lock, flags);
	if (atomic_read(&req->handles)) {
		first = list_empty(&unclaimed);
		req->ended = jiffies;
		list_add_tail(&req->unclaimed, &unclaimed);
		refcount_inc(&req->refs);
	}
	spin_unlock_irqrestore(&unclaimed_lock, flags);

	if (first)
		schedule_delayed_work(&unclaimed_work, UNCLAIMED_AGE);
}

/* The last handle is gone. Whoever takes @req off the list drops its reference. */
static void unclaimed_del(struct async_tx_request *req)
{
	unsigned long flags;
	bool listed;

	spin_lock_irqsave(&unclaimed_lock, flags);
	listed = !list_empty(&req->unclaimed);
	if (listed)
		list_del_init(&req->unclaimed);
	spin_unlock_irqrestore(&unclaimed_lock, flags);

	if (listed)
		async_tx_request_put(req);
}

static struct async_tx_request *unclaimed_pop(unsigned long before)
{
	struct async_tx_request *req;

	spin_lock_irq(&unclaimed_lock);
	req = list_first_entry_or_null(&unclaimed, struct async_tx_request,
				       unclaimed);
	if (req && time_after(req->ended, before))
		req = NULL;
	if (req)
		list_del_init(&req->unclaimed);
	spin_unlock_irq(&unclaimed_lock);
	return req;
}

/* The last handle is gone, and the caller owns the handles' reference. */
static __always_inline void acknowledge(struct async_tx_request *req)
{
	req->tx.flags |= DMA_CTRL_ACK;
	smp_mb(); /* with the cmpxchg() in async_tx_request_done() */
	if (unlikely(async_tx_request_is_done(req)))
		unclaimed_del(req);
}

static int handle_put(struct dma_async_tx_descriptor *tx)
{
	struct async_tx_request *req = async_tx_request_of(tx);
	int handles = atomic_fetch_add_unless(&req->handles, -1, 0);

	if (WARN_ONCE(!handles, "async_tx: handle acknowledged twice\n"))
		return -EINVAL;
	if (handles == 1) {
		acknowledge(req);
		request_put(req);
	}
	return 0;
}

/* Turn a handle, which is the caller's, into a reference. */
static __always_inline struct async_tx_request *
handle_to_request(struct dma_async_tx_descriptor *tx)
{
	struct async_tx_request *req = async_tx_request_of(tx);

	if (likely(atomic_cmpxchg(&req->handles, 1, 0) == 1)) {
		acknowledge(req);
	} else {
		refcount_inc(&req->refs);
		handle_put(tx);
	}
	return req;
}

static void unclaimed_reap(struct work_struct *work)
{
	struct async_tx_request *req;

	while ((req = unclaimed_pop(jiffies - UNCLAIMED_AGE))) {
		pr_info_once("async_tx: %ps dropped a handle without async_tx_ack()\n",
			     req->tx.callback);
		if (atomic_xchg(&req->handles, 0)) {
			acknowledge(req);
			async_tx_request_put(req);
		}
		async_tx_request_put(req);
	}

	spin_lock_irq(&unclaimed_lock);
	if (!list_empty(&unclaimed))
		schedule_delayed_work(&unclaimed_work, UNCLAIMED_AGE / 4);
	spin_unlock_irq(&unclaimed_lock);
}

/* A handle, and still somebody's. */
static bool is_held(const struct dma_async_tx_descriptor *tx)
{
	return (tx->flags & (DMA_CTRL_HANDLE | DMA_CTRL_ACK)) == DMA_CTRL_HANDLE;
}

/**
 * async_tx_get - take another reference on a handle
 * @tx: a handle that is the caller's, or NULL
 *
 * Each use of a handle as ->depend_tx, each async_tx_ack() and each
 * async_tx_quiesce() consumes one reference; this makes one more, so that an
 * operation can have several children.
 *
 * Context: any.
 *
 * Return: @tx.
 */
struct dma_async_tx_descriptor *async_tx_get(struct dma_async_tx_descriptor *tx)
{
	if (IS_ERR_OR_NULL(tx))
		return tx;
	if (WARN_ONCE(!is_held(tx),
		      "async_tx: not a handle, or acknowledged already\n"))
		return ERR_PTR(-EINVAL);
	atomic_inc(&async_tx_request_of(tx)->handles);
	return tx;
}
EXPORT_SYMBOL_GPL(async_tx_get);

/* What stands in the way of an operation: nothing, its parent, or a mistake. */
__always_inline int async_tx_parent_pending(struct async_submit_ctl *submit)
{
	struct dma_async_tx_descriptor *tx = submit->depend_tx;

	if (likely(!tx))
		return 0;
	if (IS_ERR(tx))
		return -EINVAL;
	if (WARN_ONCE(!is_held(tx),
		      "async_tx: ->depend_tx is acknowledged, or no handle\n"))
		return -EINVAL;
	if (!async_tx_request_is_done(async_tx_request_of(tx)))
		return 1;

	submit->depend_tx = NULL;
	handle_put(tx);
	return 0;
}

/* --- waiting --- */

static void request_sleep(struct async_tx_request *req)
{
	unsigned long old = READ_ONCE(req->children);

	do {
		if (old & ASYNC_TX_DONE)
			return;
	} while (!try_cmpxchg(&req->children, &old, old | ASYNC_TX_WAITED_FOR));

	wait_var_event(&req->children, async_tx_request_is_done(req));
}

/**
 * async_tx_quiesce - wait for an operation
 * @tx: where the handle is; NULL is stored there. The handle is consumed.
 *
 * What nobody has started yet on the CPU runs here. When this returns, so has
 * the operation's callback. A handle that was acknowledged before is a mistake
 * of the caller, which is warned of once.
 *
 * Context: task. May sleep.
 */
void async_tx_quiesce(struct dma_async_tx_descriptor **tx)
{
	struct dma_async_tx_descriptor *handle = *tx;
	struct async_tx_request *req;

	*tx = NULL;
	if (IS_ERR_OR_NULL(handle))
		return;
	if (WARN_ONCE(!is_held(handle),
		      "async_tx: quiesce of no handle, or an acknowledged one\n"))
		return;

	req = async_tx_request_of(handle);
	if (!async_tx_request_is_done(req)) {
		async_tx_issue_pending_all();
		while (!async_tx_request_is_done(req) && async_tx_cpu_drain())
			;
		request_sleep(req);
	}
	handle_put(handle);
}
EXPORT_SYMBOL_GPL(async_tx_quiesce);

/*
 * There is no memory to queue an operation behind its parent, and the caller
 * may hold a lock, so there is nothing to do but to help and to poll.
 */
void async_tx_parent_poll(struct async_submit_ctl *submit)
{
	struct async_tx_request *req = async_tx_request_of(submit->depend_tx);

	async_tx_issue_pending_all();
	while (!async_tx_request_is_done(req)) {
		if (!async_tx_cpu_drain())
			cpu_relax();
	}
	async_tx_ack(submit->depend_tx);
	submit->depend_tx = NULL;
}

/* --- the way in --- */

bool __async_tx_in_folio(struct page *page, size_t off, size_t len)
{
	struct folio *folio = page_folio(page);
	size_t room = folio_size(folio) -
		      ((size_t)folio_page_idx(folio, page) << PAGE_SHIFT);

	return off < room && len <= room - off;
}

__always_inline void
async_tx_request_init(struct async_tx_request *req, enum async_tx_opcode op,
		      struct async_submit_ctl *submit, size_t len)
{
	bool ack = submit->flags & ASYNC_TX_ACK;

	req->tx.flags = DMA_CTRL_HANDLE | (ack ? DMA_CTRL_ACK : 0);
	req->tx.chan = NULL;
	req->tx.desc_free = handle_put;
	req->tx.callback = submit->cb_fn;
	req->tx.callback_param = submit->cb_param;
	req->op = op;
	req->avoid = NULL;
	refcount_set(&req->refs, ack ? 1 : 2);
	atomic_set(&req->handles, ack ? 0 : 1);
	req->children = 0;
	req->len = len;
	req->flags = submit->flags;
	req->first = 0;
	req->nr_src = 0;
	req->nr_dst = 1;
	req->step = 0;
	req->phase = 0;
	req->attempts = 0;
	req->more = false;
	req->single = false;
	req->bound = false;
	req->in_place = false;
	req->cpu_only = false;
	req->behind = NULL;
	req->scratch = NULL;
	req->result = NULL;
}

/**
 * async_tx_begin - decide how an operation whose arguments are good is done
 * @op: row of async_tx_ops[]
 * @submit: as given by the caller
 * @len: bytes
 * @nr: page slots that a request for it needs
 * @start: to be passed on to async_tx_end()
 *
 * Return: NULL when the operation is to run on the CPU, here and now, after
 * which the caller calls async_tx_end(); ERR_PTR(-EINVAL) when the parent is no
 * good; else a request, of which the caller fills in the operands
 * (&async_tx_request names them) and which it hands to
 * async_tx_submit_request().
 */
struct async_tx_request *
async_tx_begin(enum async_tx_opcode op, struct async_submit_ctl *submit,
	       size_t len, unsigned int nr, struct async_tx_start *start)
{
	struct async_tx_channel *chan = NULL;
	struct async_tx_request *req;
	u32 work = async_tx_work(len, nr);
	int pending = async_tx_parent_pending(submit);
	unsigned int epoch = 0;
	bool split;

	if (unlikely(pending < 0))
		return ERR_PTR(pending);

	if (!pending) {
		if ((submit->flags & ASYNC_TX_ACK) && !submit->cb_fn)
			goto on_cpu;
		rcu_read_lock();
		epoch = async_tx_epoch();
		/* Whether it is to be split is asked first, and that is yet to come. */
		split = async_tx_may_split(op, len);
		if (!split)
			chan = async_tx_select(op, len, work, true, false, NULL);
		rcu_read_unlock();
		if (!split && !chan)
			goto on_cpu;
	}

	req = async_tx_request_alloc(nr);
	if (unlikely(!req)) {
		if (pending)
			async_tx_parent_poll(submit);
		goto on_cpu;
	}
	async_tx_request_init(req, op, submit, len);
	req->work = work;
	req->chan = chan;
	req->epoch = epoch;
	return req;

on_cpu:
	start->work = work;
	start->time = async_tx_to_time(op) || async_tx_clock_alone(&async_tx_cpu) ?
		      ktime_get_ns() : 0;
	return NULL;
}

/**
 * async_tx_end - an operation has run on the CPU without a request
 * @op: as for async_tx_begin()
 * @submit: as for async_tx_begin()
 * @len: as for async_tx_begin()
 * @start: from async_tx_begin()
 *
 * Return: NULL, after the callback.
 */
struct dma_async_tx_descriptor *
async_tx_end(enum async_tx_opcode op, struct async_submit_ctl *submit,
	     size_t len, const struct async_tx_start *start)
{
	if (start->time) {
		u64 ns = ktime_get_ns() - start->time;

		async_tx_stats_time(&async_tx_cpu, op, ns);
		async_tx_clock_run(&async_tx_cpu, op, start->work, ns);
	}
	return async_tx_end_here(op, submit, len);
}

/* Returns false if the parent is done and @req is ready. */
static bool push_child(struct async_tx_request *parent,
		       struct async_tx_request *req)
{
	unsigned long old = READ_ONCE(parent->children);
	unsigned long new;

	do {
		if (old & ASYNC_TX_DONE)
			return false;
		req->next = (void *)(old & ~ASYNC_TX_WAITED_FOR);
		new = (unsigned long)req | (old & ASYNC_TX_WAITED_FOR);
	} while (!try_cmpxchg_release(&parent->children, &old, new));
	return true;
}

/* --- dispatch --- */

/* The chosen channel would not take it. Is there one that does? */
static bool start_elsewhere(struct async_tx_request *req,
			    const struct async_tx_channel *refused)
{
	struct async_tx_candidates *cand;

	cand = rcu_dereference(async_tx_candidates[req->op]);
	for (unsigned int i = 0; cand && i < cand->nr; i++) {
		if (cand->chan[i] == refused || cand->chan[i] == req->avoid)
			continue;
		if (async_tx_engine_start(cand->chan[i], req))
			return true;
	}
	return false;
}

#define ASYNC_TX_MAX_ATTEMPTS	3

static __always_inline bool start_on_engine(struct async_tx_request *req, bool here)
{
	struct async_tx_channel *chan = req->chan;
	bool started = false;

	if (req->cpu_only || req->attempts >= ASYNC_TX_MAX_ATTEMPTS)
		return false;

	rcu_read_lock();
	if (!chan || req->epoch != async_tx_epoch())
		chan = async_tx_select(req->op, req->len, req->work, here,
				       req->flags & ASYNC_TX_SPREAD, req->avoid);
	if (chan) {
		started = async_tx_engine_start(chan, req) ||
			  start_elsewhere(req, chan);
		/* If it is full, let it work while the CPU does. */
		if (!started && READ_ONCE(chan->unissued))
			async_tx_channel_issue(chan);
	}
	rcu_read_unlock();
	return started;
}

/*
 * Start a request that waits for nothing any more. @here: the caller is its
 * submitter, whose CPU time it may take. It may have ended on return.
 */
__always_inline void async_tx_request_dispatch(struct async_tx_request *req, bool here)
{
	if (unlikely(req->len >= ASYNC_TX_SPLIT_MIN) && async_tx_split(req, here))
		return;
	if (start_on_engine(req, here))
		return;
	if (here || !async_tx_op(req)->run)
		async_tx_cpu_run(req);
	else
		async_tx_cpu_queue(req);
}

/**
 * async_tx_submit_request - send a request on its way
 * @req: from async_tx_begin(), filled in
 * @submit: as for async_tx_begin()
 *
 * Consumes the parent's handle.
 *
 * Return: what the operation returns.
 */
struct dma_async_tx_descriptor *
async_tx_submit_request(struct async_tx_request *req,
			struct async_submit_ctl *submit)
{
	struct dma_async_tx_descriptor *parent = submit->depend_tx;
	bool ack = submit->flags & ASYNC_TX_ACK;
	bool waits = false;

	if (parent) {
		struct async_tx_request *p = handle_to_request(parent);

		submit->depend_tx = NULL;
		if (!async_tx_engine_follow(p, req)) {
			waits = push_child(p, req);
			if (!waits)
				async_tx_request_dispatch(req, true);
			async_tx_request_put(p);
		}
	} else {
		async_tx_request_dispatch(req, true);
	}

	/* With ASYNC_TX_ACK this may be the address of a request no more. */
	if (ack)
		return &req->tx;
	if (!async_tx_request_is_done(req)) {
		req->bound = !waits && req->single;
		return &req->tx;
	}
	handle_put(&req->tx);
	return NULL;
}

/**
 * async_tx_issue_pending_all - ring the doorbells of all channels in use
 *
 * Context: task or softirq. Does not sleep.
 */
void async_tx_issue_pending_all(void)
{
	struct async_tx_channel *chan;

	rcu_read_lock();
	list_for_each_entry_rcu(chan, &async_tx_channels, entry)
		if (READ_ONCE(chan->unissued))
			async_tx_channel_issue(chan);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(async_tx_issue_pending_all);

/* --- the way out --- */

/*
 * Requests that became ready on this CPU. An engine that completes at the
 * doorbell comes back here from within the loop; what it brings is appended, so
 * that a chain of any length takes one stack frame. Bottom halves are off: the
 * list is this CPU's alone.
 */
struct ready_list {
	struct async_tx_request *head, **tail;
	bool active;
};

static DEFINE_PER_CPU(struct ready_list, ready_list);

/* Children are pushed in front; they shall start in the order of submission. */
static struct async_tx_request *reverse(struct async_tx_request *list)
{
	struct async_tx_request *done = NULL, *next;

	for (; list; list = next) {
		next = list->next;
		list->next = done;
		done = list;
	}
	return done;
}

static void run_ready(struct async_tx_request *list,
		      struct async_tx_request *last);

/* Takes all that wait for @req, in the order of their submission. */
static struct async_tx_request *take_children(struct async_tx_request *req)
{
	unsigned long old = READ_ONCE(req->children);

	do {
		if (old & ASYNC_TX_DONE)
			return NULL;
	} while (!try_cmpxchg_acquire(&req->children, &old,
				      old & ASYNC_TX_WAITED_FOR));
	return reverse((void *)(old & ~ASYNC_TX_WAITED_FOR));
}

/*
 * Queue a child that waits behind its parent, which has been started. The
 * returned reference is the caller's; NULL if nothing can follow.
 */
static struct async_tx_request *start_child(struct async_tx_request *req,
					    struct async_tx_request *child)
{
	bool ack = child->flags & ASYNC_TX_ACK;

	child->next = NULL;
	if (!ack)
		refcount_inc(&child->refs);
	refcount_inc(&req->refs);
	if (async_tx_engine_follow(req, child))
		return ack ? NULL : child;

	if (!push_child(req, child))
		run_ready(child, child);
	async_tx_request_put(req);
	if (!ack)
		async_tx_request_put(child);
	return NULL;
}

/*
 * @req has waited and was started now: the chain that has come to wait for it
 * is queued behind it, rather than link by link as each of them ends. Where it
 * branches, the last branch is gone along. Consumes a reference to @req.
 */
static noinline void start_chain(struct async_tx_request *req)
{
	struct async_tx_request *child, *list, *next;

	for (; req; req = next) {
		next = NULL;
		/* With may_follow(). */
		smp_store_release(&req->bound, req->single);
		list = req->single ? take_children(req) : NULL;
		while ((child = list)) {
			list = child->next;
			child = start_child(req, child);
			if (!child)
				continue;
			if (next)
				async_tx_request_put(next);
			next = child;
		}
		async_tx_request_put(req);
	}
}

static __always_inline void dispatch_waited(struct async_tx_request *req)
{
	bool waited_for = READ_ONCE(req->children) & ~ASYNC_TX_WAITED_FOR;

	if (waited_for)
		refcount_inc(&req->refs);
	async_tx_request_dispatch(req, false);
	if (waited_for)
		start_chain(req);
}

static void run_ready(struct async_tx_request *list,
		      struct async_tx_request *last)
{
	struct ready_list *ready;
	struct async_tx_request *req;

	local_bh_disable();
	ready = this_cpu_ptr(&ready_list);
	if (ready->head)
		*ready->tail = list;
	else
		ready->head = list;
	ready->tail = &last->next;
	if (ready->active)
		goto out;

	ready->active = true;
	while (ready->head) {
		while ((req = ready->head)) {
			ready->head = req->next;
			dispatch_waited(req);
		}
		async_tx_issue_pending_all();
	}
	ready->active = false;
out:
	local_bh_enable();
}

/* A driver may report from hard interrupt context, where nothing can be started. */
static void make_ready(struct async_tx_request *list)
{
	struct async_tx_request *last = list, *req;

	if (likely(!in_hardirq() && !irqs_disabled())) {
		while (last->next)
			last = last->next;
		run_ready(list, last);
		return;
	}
	while ((req = list)) {
		list = req->next;
		async_tx_cpu_defer(req);
	}
}

static noinline void children_ready(struct async_tx_request *children)
{
	make_ready(reverse(children));
}

/**
 * async_tx_request_done - a channel has carried a request out
 * @req: its result is visible to the CPU
 *
 * Context: any, with no lock held that a driver's prep or submit takes.
 */
void async_tx_request_done(struct async_tx_request *req)
{
	unsigned long old;

	if (req->tx.callback)
		req->tx.callback(req->tx.callback_param);

	/* Without a handle nobody can have come to wait for it. */
	if (req->flags & ASYNC_TX_ACK) {
		request_free(req);
		return;
	}

	/* Even if there is no handle now: its acknowledge() may be looking. */
	INIT_LIST_HEAD(&req->unclaimed);
	old = READ_ONCE(req->children);
	while (!try_cmpxchg(&req->children, &old, ASYNC_TX_DONE))
		;
	if (unlikely(old & ASYNC_TX_WAITED_FOR))
		wake_up_var(&req->children);
	if (atomic_read(&req->handles))
		unclaimed_add(req);
	request_put(req);

	if (unlikely(old & ~ASYNC_TX_WAITED_FOR))
		children_ready((void *)(old & ~ASYNC_TX_WAITED_FOR));
}

/**
 * async_tx_request_ready - dispatch a request that was deferred
 * @req: from the CPU channel's queue
 */
void async_tx_request_ready(struct async_tx_request *req)
{
	req->next = NULL;
	make_ready(req);
}

/**
 * async_tx_request_failed - a channel could not carry a request out
 * @req: unmapped; its destination may hold anything. Its ->avoid is set.
 *
 * Context: as async_tx_request_done().
 */
void async_tx_request_failed(struct async_tx_request *req)
{
	req->attempts++;
	req->chan = NULL;
	async_tx_request_ready(req);
}

/**
 * async_tx_request_again - a request ran behind a parent whose result was not there
 * @req: unmapped; its destination may hold anything
 * @parent: failed on that channel; the caller's reference is dropped
 *
 * Context: as async_tx_request_done().
 */
void async_tx_request_again(struct async_tx_request *req,
			    struct async_tx_request *parent)
{
	req->chan = NULL;
	if (!push_child(parent, req))
		async_tx_request_ready(req);
	async_tx_request_put(parent);
}

/**
 * async_trigger_callback - run a callback when the operations before it are done
 * @submit: ASYNC_TX_ACK is honoured
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h.
 */
struct dma_async_tx_descriptor *
async_trigger_callback(struct async_submit_ctl *submit)
{
	struct async_tx_request *req;
	struct async_tx_start start;

	req = async_tx_begin(ASYNC_TX_OP_TRIGGER, submit, 0, 0, &start);
	if (IS_ERR(req))
		return ERR_CAST(req);
	if (req)
		return async_tx_submit_request(req, submit);
	if (submit->cb_fn)
		submit->cb_fn(submit->cb_param);
	return NULL;
}
EXPORT_SYMBOL_GPL(async_trigger_callback);

static int __init async_tx_init(void)
{
	int err;

	err = pools_create();
	if (err)
		return err;
	err = async_tx_policies_init();
	if (err)
		goto err_pools;
	err = async_tx_cpu_channel_init();
	if (err)
		goto err_pools;
	err = async_tx_sysfs_init();
	if (err)
		goto err_cpu;
	err = async_tx_engine_init();
	if (err)
		goto err_sysfs;
	async_tx_debugfs_init();
	return 0;

err_sysfs:
	async_tx_sysfs_exit();
err_cpu:
	async_tx_cpu_channel_exit();
err_pools:
	pools_destroy();
	return err;
}

static void __exit async_tx_exit(void)
{
	struct async_tx_request *req;

	async_tx_debugfs_exit();
	async_tx_engine_exit();
	async_tx_sysfs_exit();
	async_tx_cpu_channel_exit();

	cancel_delayed_work_sync(&unclaimed_work);
	while ((req = unclaimed_pop(jiffies))) {
		async_tx_request_put(req);	/* the list's */
		async_tx_request_put(req);	/* the handles' */
	}
	rcu_barrier();
	pools_destroy();
}

/* Before the callers of a built-in kernel, after what it stands on. */
subsys_initcall(async_tx_init);
module_exit(async_tx_exit);

MODULE_DESCRIPTION("Asynchronous memory operations");
MODULE_LICENSE("GPL");
MODULE_ALIAS("async_memcpy");
MODULE_ALIAS("async_xor");
MODULE_ALIAS("async_pq");
MODULE_ALIAS("async_raid6_recov");
