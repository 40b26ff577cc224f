/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of async_tx share.
 *
 *   operations  async_*.c, ops.c        operands; how the CPU does it, how an
 *                                       engine is asked to
 *   requests    request.c               the life of a request
 *               parts.c                 several requests that end as one
 *   selection   select.c, policy_*.c    which channel
 *   channels    engine.c, cpu.c         running it there
 *   estimates   estimate.c, clock.c     how long it takes there
 *   accounting  stats.c, sysfs.c        what an administrator sees and sets
 *
 * Calls go downwards only; a channel reports back through
 * async_tx_request_done() and async_tx_request_failed().
 *
 * Locks, outermost first: the dmaengine core's list mutex, select.c's registry
 * mutex, request.c's unclaimed lock. None is taken on the way of a request,
 * but for the last, and that only when it ends before it is acknowledged.
 */
#ifndef _CRYPTO_ASYNC_TX_INTERNAL_H
#define _CRYPTO_ASYNC_TX_INTERNAL_H

#include <linux/async_tx.h>
#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pfn.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sizes.h>

#include "estimate.h"

struct async_tx_request;
struct async_tx_channel;

/* Rows of async_tx_ops[]. Only that table and the accounting count them. */
enum async_tx_opcode {
	ASYNC_TX_OP_MEMCPY,
	ASYNC_TX_OP_MEMSET,
	ASYNC_TX_OP_XOR,
	ASYNC_TX_OP_XOR_VAL,
	ASYNC_TX_OP_PQ,
	ASYNC_TX_OP_PQ_VAL,
	ASYNC_TX_OP_2DATA,
	ASYNC_TX_OP_DATAP,
	ASYNC_TX_OP_TRIGGER,
	ASYNC_TX_NR_OPS
};

/*
 * What handing an operation over costs the CPU differs by its kind. Copies of a list
 * are one of their own: they are handed over with what that takes in the CPU's caches.
 */
#define ASYNC_TX_LIST		ASYNC_TX_NR_OPS
#define ASYNC_TX_NR_KINDS	(ASYNC_TX_NR_OPS + 1)

static inline unsigned int async_tx_kind(enum async_tx_opcode op, bool many)
{
	return many ? ASYNC_TX_LIST : op;
}

/**
 * struct async_tx_op - all that the rest needs to know of an operation
 * @name: in sysfs and in the accounting
 * @offload: an engine may be asked for it
 * @cap: the capability an engine needs
 * @cap2: a second one; the same as @cap when there is none
 * @align: where struct dma_device says how operands must be aligned
 * @min_src: sources that an engine wants at least, in each descriptor: what one
 *	alone means they do not agree on
 * @usable: an engine's limits allow the operation at all; NULL: always
 * @fits: they allow this request; NULL: always
 * @prep: prepare the descriptor of the next step; sets &async_tx_request.step
 *	and .more. NULL when the engine has no descriptor to give.
 * @run: do it on the CPU; NULL when there is nothing to do
 */
struct async_tx_op {
	const char *name;
	bool offload;
	enum dma_transaction_type cap, cap2;
	size_t align;
	unsigned int min_src;
	bool (*usable)(const struct dma_device *dma);
	bool (*fits)(const struct async_tx_request *req,
		     struct dma_device *dma);
	struct dma_async_tx_descriptor *
	(*prep)(struct async_tx_request *req, struct dma_chan *chan,
		unsigned long flags);
	void (*run)(struct async_tx_request *req);
};

extern const struct async_tx_op async_tx_ops[ASYNC_TX_NR_OPS];

/* What the rows of async_tx_ops[] consist of: async_*.c */
#define ASYNC_TX_DECLARE_FITS(_name)					\
	bool async_tx_##_name##_fits(const struct async_tx_request *req,	\
				     struct dma_device *dma)
#define ASYNC_TX_DECLARE_USABLE(_name)					\
	bool async_tx_##_name##_usable(const struct dma_device *dma)
#define ASYNC_TX_DECLARE_PREP(_name)					\
	struct dma_async_tx_descriptor *					\
	async_tx_##_name##_prep(struct async_tx_request *req,		\
				struct dma_chan *chan, unsigned long flags)
#define ASYNC_TX_DECLARE_RUN(_name)					\
	void async_tx_##_name##_run(struct async_tx_request *req)

ASYNC_TX_DECLARE_PREP(memcpy);
ASYNC_TX_DECLARE_RUN(memcpy);
ASYNC_TX_DECLARE_PREP(memset);
ASYNC_TX_DECLARE_RUN(memset);
ASYNC_TX_DECLARE_USABLE(xor);
ASYNC_TX_DECLARE_PREP(xor);
ASYNC_TX_DECLARE_RUN(xor);
ASYNC_TX_DECLARE_FITS(xor_val);
ASYNC_TX_DECLARE_PREP(xor_val);
ASYNC_TX_DECLARE_RUN(xor_val);
ASYNC_TX_DECLARE_FITS(pq);
ASYNC_TX_DECLARE_PREP(pq);
ASYNC_TX_DECLARE_RUN(pq);
ASYNC_TX_DECLARE_FITS(pq_val);
ASYNC_TX_DECLARE_PREP(pq_val);
ASYNC_TX_DECLARE_RUN(pq_val);
ASYNC_TX_DECLARE_FITS(recov);
ASYNC_TX_DECLARE_PREP(recov);
ASYNC_TX_DECLARE_RUN(2data);
ASYNC_TX_DECLARE_RUN(datap);

/* A set of pages, as a Bloom filter: a bit in each word for each page. */
struct async_tx_page_set {
	unsigned long a, b;
};

/* Of our own, beside enum async_tx_flags. */
#define ASYNC_TX_SPREAD		BIT(16)	/* of a list: not to its parent's channel */
#define ASYNC_TX_SHARE		BIT(17)	/* of a large operation: not cut again */

/* &async_tx_request.children is a pointer to the latest, or'ed with these. */
#define ASYNC_TX_WAITED_FOR	BIT(0)	/* somebody sleeps until it has ended */
#define ASYNC_TX_DONE		BIT(1)	/* it has, callback included */

/**
 * struct async_tx_request - one operation, from its submission to its end
 * @tx: the caller's handle; its callback fields are the caller's callback
 * @chan: where it runs; before that, where it should if @epoch still holds
 * @avoid: where it failed last, never dereferenced
 * @op: what, a row of async_tx_ops[]
 * @epoch: registry generation for which @chan was chosen
 * @refs: one for the work, one for the handles as long as there are any
 * @handles: how often the caller may still pass the handle on
 * @next: on a list of children or of ready requests
 * @children: requests that wait for this one, %ASYNC_TX_DONE when it has ended
 * @queued: on the CPU channel's queue
 * @unclaimed: ended, not acknowledged yet
 * @reads: what those in flight before it on its channel read, see engine.c
 * @parts: of a whole, which is on no channel itself: what has not ended yet, see
 *	parts.c
 * @ended: when that was (jiffies)
 * @started: when it was handed to the channel (ns), 0 if this one is not timed
 * @work: bytes that it reads
 * @expected: time that it is expected to take on @chan (ns), part of its load
 * @len: bytes of each operand
 * @align: all offsets of the engine's view and @len, or'ed
 * @flags: as submitted, and %ASYNC_TX_SPREAD or %ASYNC_TX_SHARE
 * @nr: page slots
 * @first: first slot of the engine's view: sources, then destinations
 * @nr_src: sources in that view
 * @nr_dst: destinations in that view; a check only reads them
 * @step: sources that the steps so far have consumed
 * @phase: of an operation that takes two kinds of descriptor
 * @more: another step follows the one in flight
 * @attempts: how often it has to run again
 * @single: its first descriptor is its last
 * @bound: so it is, and it has been seen off to an engine
 * @behind: the parent behind which it was queued on the same channel
 * @in_place: the first source is the destination, so that the request can not be
 *	repeated once that may have been partly written
 * @cpu_only: its operands overlap in a way that no engine promises to handle
 * @alone: started on an idle channel, to see how long that takes
 * @value: memset: the byte
 * @disks: P+Q and recovery: blocks, P and Q included
 * @faila: recovery: first failed block
 * @failb: recovery: second failed block
 * @result: checks: where the caller wants the outcome
 * @sum: checks: where the engine puts it
 * @scratch: holds the destination's old content for an in-place operation
 * @operands: page[nr], dma[nr], offset[nr], coef[nr]
 */
struct async_tx_request {
	struct dma_async_tx_descriptor tx;
	struct async_tx_channel *chan;
	const struct async_tx_channel *avoid;
	enum async_tx_opcode op;
	unsigned int epoch;
	refcount_t refs;
	atomic_t handles;
	struct async_tx_request *next;
	unsigned long children;
	union {
		struct llist_node queued;
		struct list_head unclaimed;
	};
	union {
		struct async_tx_page_set reads;
		atomic_t parts;
		unsigned long ended;
	};
	u64 started;
	size_t len;
	unsigned int align;
	enum async_tx_flags flags;
	u16 nr, nr_dst, first, nr_src, step;
	u8 phase;
	u8 attempts;
	bool more, single, bound, in_place, cpu_only, alone;
	u32 expected;
	struct async_tx_request *behind;
	union {
		int value;
		struct {
			u16 disks, faila, failb;
		};
	};
	enum sum_check_flags *result;
	enum sum_check_flags sum;
	u32 work;
	struct page *scratch;
	struct page *operands[];
};

/* Bytes that one page slot takes behind the request. */
#define ASYNC_TX_SLOT_SIZE \
	(sizeof(struct page *) + sizeof(dma_addr_t) + sizeof(unsigned int) + 1)

static inline struct page **async_tx_pages(const struct async_tx_request *req)
{
	return (struct page **)req->operands;
}

static inline dma_addr_t *async_tx_dma(const struct async_tx_request *req)
{
	return (dma_addr_t *)(async_tx_pages(req) + req->nr);
}

static inline unsigned int *async_tx_offs(const struct async_tx_request *req)
{
	return (unsigned int *)(async_tx_dma(req) + req->nr);
}

static inline u8 *async_tx_coefs(const struct async_tx_request *req)
{
	return (u8 *)(async_tx_offs(req) + req->nr);
}

static inline void async_tx_set_operand(struct async_tx_request *req,
					unsigned int i, struct page *page,
					unsigned int off)
{
	async_tx_pages(req)[i] = page;
	async_tx_offs(req)[i] = off;
}

static inline struct async_tx_request *
async_tx_request_of(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct async_tx_request, tx);
}

static inline const struct async_tx_op *
async_tx_op(const struct async_tx_request *req)
{
	return &async_tx_ops[req->op];
}

static inline bool async_tx_request_is_done(struct async_tx_request *req)
{
	/* With the cmpxchg() in async_tx_request_done(). */
	return smp_load_acquire(&req->children) & ASYNC_TX_DONE;
}

/* Steps that more than one operation consists of. */
struct dma_async_tx_descriptor *
async_tx_xor_step(struct async_tx_request *req, struct dma_chan *chan,
		  unsigned int first, unsigned int nr, dma_addr_t dst,
		  unsigned long flags);
struct dma_async_tx_descriptor *
async_tx_pq_step(struct async_tx_request *req, struct dma_chan *chan,
		 dma_addr_t p, dma_addr_t q, unsigned long flags);
bool async_tx_pq_limits_ok(const struct async_tx_request *req,
			   struct dma_device *dma, unsigned long flags);
bool async_tx_blocks_ok(struct page **blocks, const unsigned int *offs,
			int disks, size_t len);
void async_tx_set_blocks(struct async_tx_request *req, struct page **blocks,
			 const unsigned int *offs, int disks);

#define ASYNC_TX_MEMCPY_OPERANDS	2
void async_tx_memcpy_set(struct async_tx_request *req, struct page *dest,
			 unsigned int dest_offset, struct page *src,
			 unsigned int src_offset);

/* --- requests: request.c --- */

/**
 * struct async_tx_start - outcome of async_tx_begin() for the caller's CPU
 * @time: when the work began (ns), 0 if it is not timed
 * @work: bytes that the operation reads
 */
struct async_tx_start {
	u64 time;
	u32 work;
};

struct async_tx_request *
async_tx_begin(enum async_tx_opcode op, struct async_submit_ctl *submit,
	       size_t len, unsigned int nr, struct async_tx_start *start);
struct dma_async_tx_descriptor *
async_tx_end(enum async_tx_opcode op, struct async_submit_ctl *submit,
	     size_t len, const struct async_tx_start *start);
struct dma_async_tx_descriptor *
async_tx_submit_request(struct async_tx_request *req,
			struct async_submit_ctl *submit);

/**
 * async_tx_submit_chained - the same, and whatever comes next follows it
 * @req: as for async_tx_submit_request()
 * @submit: its ->depend_tx becomes the handle, if there is one: the control
 *	may be used again for an operation that follows
 *
 * Return: as for async_tx_submit_request().
 */
static inline struct dma_async_tx_descriptor *
async_tx_submit_chained(struct async_tx_request *req,
			struct async_submit_ctl *submit)
{
	struct dma_async_tx_descriptor *tx = async_tx_submit_request(req, submit);

	if (tx && !(submit->flags & ASYNC_TX_ACK))
		submit->depend_tx = tx;
	return tx;
}

struct async_tx_request *
async_tx_request_alloc(unsigned int nr);
void async_tx_request_init(struct async_tx_request *req, enum async_tx_opcode op,
			   struct async_submit_ctl *submit, size_t len);
void async_tx_request_dispatch(struct async_tx_request *req, bool here);
int async_tx_parent_pending(struct async_submit_ctl *submit);
void async_tx_parent_poll(struct async_submit_ctl *submit);

void async_tx_request_done(struct async_tx_request *req);
void async_tx_request_failed(struct async_tx_request *req);
void async_tx_request_again(struct async_tx_request *req,
			    struct async_tx_request *parent);
void async_tx_request_put(struct async_tx_request *req);
void async_tx_request_ready(struct async_tx_request *req);

/* parts.c */
void async_tx_part_done(void *whole);
bool async_tx_split(struct async_tx_request *req, bool here);

bool __async_tx_in_folio(struct page *page, size_t off, size_t len);

/* Does an operand stay within the page that names it? */
static inline bool async_tx_within_page(size_t off, size_t len)
{
	return likely(off < PAGE_SIZE && len <= PAGE_SIZE - off);
}

/* An operand: a page, and a range that does not leave the folio it is in. */
static inline bool async_tx_operand_ok(struct page *page, size_t off, size_t len)
{
	if (unlikely(!page || !len))
		return false;
	return async_tx_within_page(off, len) ||
	       __async_tx_in_folio(page, off, len);
}

/* Do two operands of the same length share a byte? */
static inline bool async_tx_overlap(struct page *a, size_t a_off,
				    struct page *b, size_t b_off, size_t len)
{
	u64 x, y;

	if (likely(a != b && async_tx_within_page(a_off, len) &&
		   async_tx_within_page(b_off, len)))
		return false;
	x = PFN_PHYS((u64)page_to_pfn(a)) + a_off;
	y = PFN_PHYS((u64)page_to_pfn(b)) + b_off;
	return (x < y ? y - x : x - y) < len;
}

/* --- channels --- */

#define ASYNC_TX_HIST_BUCKETS	160	/* a quarter of a power of two each */

/**
 * struct async_tx_count - one channel's work on one operation, on one CPU
 * @requests: ended well
 * @bytes: their length
 * @timed: how many of them were timed
 * @ns: what those took in all
 */
struct async_tx_count {
	u64 requests, bytes, timed, ns;
};

struct async_tx_stats {
	struct async_tx_count op[ASYNC_TX_NR_OPS];
	unsigned int started;
};

/**
 * struct async_tx_clock - how a channel's requests are timed, see clock.c
 * @skip: ends to pass over before the next sample
 * @await: a request that is timed waits for the doorbell
 * @ends: how many more may end until that is a sample, however soon it is
 * @submit: what it takes to submit a request (ns)
 * @rung: when the doorbell was rung for the one that was awaited
 * @mark: when a request ended and others waited, 0: none
 * @expected: what those that have ended since were expected to take (ns)
 */
struct async_tx_clock {
	u8 skip;
	bool await;
	u8 ends;
	u32 submit;
	u64 rung, mark, expected;
};

/**
 * struct async_tx_channel - where requests run: an engine's channel or the CPU
 * @name: in listings
 * @chan: the engine's channel; NULL for the CPU
 * @dev: whose DMA addresses the engine uses
 * @in_order: descriptors complete in the order of submission
 * @node: the NUMA node it is on, or %NUMA_NO_NODE
 * @can: bits of the operations that it is used for, by &enum async_tx_opcode
 * @weight: percent of the usual; 0: it is not used
 * @handicap: what it is taken to be slower for that (negative: faster), in 1/4096
 * @setting: the weight, in sysfs
 * @unissued: descriptors wait for the doorbell
 * @removing: somebody sleeps until @load is 0
 * @load: requests started here that have not ended: how many, and above
 *	%ASYNC_TX_LOAD_NS how long they are expected to take; see clock.c
 * @full: so many in flight were too many, see async_tx_engine_start()
 * @clock: to measure how long they do take
 * @lag: what an idle channel takes over and above that
 * @handover: what the CPU has to do for a request of each kind, see clock.c
 * @estimate: that, of each operation; here, and not elsewhere, for the cache's sake
 * @entry: on the registry's list
 * @stats: counts
 * @hist: latency histogram of each operation
 * @errors: failed requests of each operation
 */
struct async_tx_channel {
	const char *name;
	struct dma_chan *chan;
	struct device *dev;
	bool in_order;
	u16 can;
	bool unissued;
	bool removing;
	int node;
	s32 handicap;
	atomic64_t load;
	unsigned int full;
	struct async_tx_clock clock;
	struct async_tx_lag lag, handover[ASYNC_TX_NR_KINDS];
	struct async_tx_estimate estimate[ASYNC_TX_NR_OPS];
	unsigned int weight;
	struct kobj_attribute setting;
	struct list_head entry;
	struct async_tx_stats __percpu *stats;
	atomic_t (*hist)[ASYNC_TX_HIST_BUCKETS];
	atomic_t errors[ASYNC_TX_NR_OPS];
};

/* --- estimates: clock.c --- */

#define ASYNC_TX_LOAD_NS	24	/* bits of the count */

static inline s64 async_tx_load_of(u32 expected)
{
	return ((s64)expected << ASYNC_TX_LOAD_NS) + 1;
}

static inline unsigned int async_tx_load_count(s64 load)
{
	return load & (BIT(ASYNC_TX_LOAD_NS) - 1);
}

/* How long what is in flight is expected to take. */
static inline u64 async_tx_load_ns(s64 load)
{
	return (u64)load >> ASYNC_TX_LOAD_NS;
}

static inline unsigned int async_tx_inflight(const struct async_tx_channel *chan)
{
	return async_tx_load_count(atomic64_read(&chan->load));
}

/* Somebody asks the estimates: see &async_tx_policy.reckons. */
DECLARE_STATIC_KEY_FALSE(async_tx_learning);

u64 async_tx_now(void);
int async_tx_estimates_alloc(struct async_tx_channel *chan);
void async_tx_estimates_free(struct async_tx_channel *chan);
void async_tx_estimates_seed(struct async_tx_channel *chan, u32 setup_ns,
			     u32 bandwidth);
void async_tx_clock_rung(struct async_tx_channel *chan);
void async_tx_clock_submitted(struct async_tx_channel *chan, unsigned int kind,
			      u64 started, bool alone);
void __async_tx_clock_end(struct async_tx_channel *chan, struct async_tx_request *req);
void async_tx_clock_run(struct async_tx_channel *chan, enum async_tx_opcode op,
			u32 work, u64 ns);

/* A request ends well on an engine. Is it, or the next, to be a sample? */
static __always_inline void
async_tx_clock_end(struct async_tx_channel *chan, struct async_tx_request *req)
{
	if (!static_branch_unlikely(&async_tx_learning))
		return;
	if (likely(READ_ONCE(chan->clock.skip) && !req->alone &&
		   !READ_ONCE(chan->clock.mark)))
		WRITE_ONCE(chan->clock.skip, chan->clock.skip - 1);
	else
		__async_tx_clock_end(chan, req);
}

/* Is this to be a sample of an idle channel? */
static inline bool async_tx_clock_alone(const struct async_tx_channel *chan)
{
	return static_branch_unlikely(&async_tx_learning) &&
	       unlikely(!READ_ONCE(chan->clock.skip));
}

/* Adds @req to the load. Is it to be a sample of an idle channel? */
static __always_inline bool async_tx_load_add(atomic64_t *load,
					      const struct async_tx_channel *chan,
					      struct async_tx_request *req)
{
	s64 more;

	if (!static_branch_unlikely(&async_tx_learning)) {
		req->expected = 0;
		atomic64_add_return(1, load);
		return false;
	}
	req->expected = async_tx_service(&chan->estimate[req->op],
					 async_tx_place(req->work));
	more = async_tx_load_of(req->expected);
	return atomic64_add_return(more, load) == more && async_tx_clock_alone(chan);
}

/* Ring a channel's doorbell. Task or softirq, under rcu_read_lock(). */
static inline void async_tx_channel_issue(struct async_tx_channel *chan)
{
	/* Whoever submits after the store sets it again after submitting. */
	smp_store_mb(chan->unissued, false);
	if (unlikely(READ_ONCE(chan->clock.await)))
		async_tx_clock_rung(chan);
	dma_async_issue_pending(chan->chan);
}

/* engine.c */
#if IS_ENABLED(CONFIG_ASYNC_TX_DMA)
bool async_tx_engine_start(struct async_tx_channel *chan,
			   struct async_tx_request *req);
bool async_tx_engine_follow(struct async_tx_request *parent,
			    struct async_tx_request *req);
int async_tx_engine_init(void);
void async_tx_engine_exit(void);
#else
static inline bool async_tx_engine_start(struct async_tx_channel *chan,
					 struct async_tx_request *req)
{
	return false;
}

static inline bool async_tx_engine_follow(struct async_tx_request *parent,
					  struct async_tx_request *req)
{
	return false;
}

static inline int async_tx_engine_init(void)
{
	return 0;
}

static inline void async_tx_engine_exit(void)
{
}
#endif

/* cpu.c */
extern struct async_tx_channel async_tx_cpu, async_tx_cpu_worker;
void async_tx_cpu_run(struct async_tx_request *req);
void async_tx_cpu_queue(struct async_tx_request *req);
void async_tx_cpu_defer(struct async_tx_request *req);
bool async_tx_cpu_drain(void);
u64 async_tx_cpu_backlog(void);
void async_tx_cpu_copy(struct page *dst, unsigned int dst_off, struct page *src,
		       unsigned int src_off, size_t len);
void async_tx_cpu_fill(struct page *dst, unsigned int off, int value, size_t len);
int async_tx_cpu_channel_init(void);
void async_tx_cpu_channel_exit(void);

/* What the CPU would take for an operation (ns), here and now or by its worker. */
static inline u64 async_tx_cpu_expect(enum async_tx_opcode op, struct async_tx_place at,
				      bool here)
{
	if (likely(here))
		return async_tx_service(&async_tx_cpu.estimate[op], at);
	return async_tx_service(&async_tx_cpu_worker.estimate[op], at) +
	       (READ_ONCE(async_tx_cpu_worker.lag.ns) >> ASYNC_TX_FRACTION) +
	       async_tx_cpu_backlog();
}

/* --- selection: select.c --- */

/**
 * struct async_tx_candidates - the engines' channels that can do an operation
 * @rcu: for its replacement
 * @nr: how many
 * @chan: these
 */
struct async_tx_candidates {
	struct rcu_head rcu;
	unsigned int nr;
	struct async_tx_channel *chan[] __counted_by(nr);
};

/* An operation shorter than this (bytes) is done by one channel. */
#define ASYNC_TX_SPLIT_MIN	SZ_16K
#define ASYNC_TX_MAX_SHARES	16

/**
 * struct async_tx_share - what one channel does of a large operation
 * @chan: it, or NULL for the CPU
 * @len: bytes
 */
struct async_tx_share {
	struct async_tx_channel *chan;
	size_t len;
};

/**
 * struct async_tx_ask - what a channel is wanted for
 * @op: the operation
 * @here: the CPU would carry it out at once, in its caller's context; else its
 *	worker would
 * @work: bytes that it reads
 * @many: it is one of a list, that are handed over together
 * @avoid: where it failed last, or NULL
 */
struct async_tx_ask {
	enum async_tx_opcode op;
	bool here, many;
	u32 work;
	const struct async_tx_channel *avoid;
};

/**
 * struct async_tx_policy - a way to choose a channel
 * @name: written to sysfs to select it
 * @select: one of @cand, or NULL for the CPU. Called under rcu_read_lock() in
 *	any context; @cand has at least one entry.
 * @split: shares of an operation of at least %ASYNC_TX_SPLIT_MIN bytes that end
 *	together, and sooner than the whole would on one channel; the CPU's is the
 *	last. Called as @select is. Returns how many, at most
 *	%ASYNC_TX_MAX_SHARES; less than two: it is left whole. The lengths are
 *	rounded up to pages, and the last share takes the rest. NULL: never.
 * @follows: a request may be queued behind its parent on an engine, without a
 *	choice. Wherever else it would have to wait until the parent has ended.
 * @stays: is that good for this one? NULL: always.
 * @reckons: it asks the estimates, which are learned only while it is in force
 * @node: on the list of policies
 */
struct async_tx_policy {
	const char *name;
	struct async_tx_channel *
	(*select)(const struct async_tx_candidates *cand,
		  const struct async_tx_ask *ask);
	unsigned int
	(*split)(const struct async_tx_candidates *cand,
		 const struct async_tx_ask *ask, size_t len,
		 struct async_tx_share share[ASYNC_TX_MAX_SHARES]);
	bool follows;
	bool (*stays)(const struct async_tx_channel *chan, enum async_tx_opcode op,
		      u32 work);
	bool reckons;
	struct list_head node;
};

extern struct async_tx_policy async_tx_policy_cpu, async_tx_policy_engine,
			      async_tx_policy_round_robin,
			      async_tx_policy_least_loaded,
			      async_tx_policy_adaptive;

/* policy_adaptive.c, for its tests */
#define ASYNC_TX_CPU_PRICE	50	/* percent that are added */
#define ASYNC_TX_MAX_PRICE	100000
void async_tx_adaptive_forget(void);

extern struct async_tx_candidates __rcu *async_tx_candidates[ASYNC_TX_NR_OPS];
extern unsigned int async_tx_threshold[ASYNC_TX_NR_OPS];
extern unsigned int async_tx_cpu_weight, async_tx_cpu_price;
extern struct list_head async_tx_channels;
extern struct mutex async_tx_registry_lock;

extern struct async_tx_policy __rcu *async_tx_current_policy;
extern unsigned int __async_tx_epoch;

static inline unsigned int async_tx_epoch(void)
{
	return smp_load_acquire(&__async_tx_epoch); /* with select.c's store */
}

/* The channel for an operation, or NULL for the CPU. Under rcu_read_lock(). */
static __always_inline struct async_tx_channel *
async_tx_select(enum async_tx_opcode op, size_t len, u32 work, bool here, bool many,
		const struct async_tx_channel *avoid)
{
	const struct async_tx_ask ask = {
		.op = op, .here = here, .many = many, .work = work, .avoid = avoid,
	};
	struct async_tx_candidates *cand;

	cand = rcu_dereference(async_tx_candidates[op]);
	if (!cand || len < READ_ONCE(async_tx_threshold[op]))
		return NULL;
	return rcu_dereference(async_tx_current_policy)->select(cand, &ask);
}

/* Might several channels share the operation? Under rcu_read_lock(). */
static inline bool async_tx_may_split(enum async_tx_opcode op, size_t len)
{
	return unlikely(len >= ASYNC_TX_SPLIT_MIN) &&
	       len >= READ_ONCE(async_tx_threshold[op]) &&
	       rcu_access_pointer(async_tx_candidates[op]) &&
	       rcu_dereference(async_tx_current_policy)->split;
}

/* Is the operation welcome on @chan, behind its parent? Under rcu_read_lock(). */
static inline bool async_tx_may_stay(const struct async_tx_channel *chan,
				     enum async_tx_opcode op, size_t len, u32 work)
{
	const struct async_tx_policy *policy = rcu_dereference(async_tx_current_policy);

	return chan->can & BIT(op) && len >= READ_ONCE(async_tx_threshold[op]) &&
	       policy->follows && !async_tx_may_split(op, len) &&
	       (!policy->stays || policy->stays(chan, op, work));
}

#define ASYNC_TX_WEIGHT		100
#define ASYNC_TX_MAX_WEIGHT	1000

/* @time, as if the channel were slower by its handicap. */
static inline u64 async_tx_handicapped(const struct async_tx_channel *chan, u64 time)
{
	return time + (((s64)time * READ_ONCE(chan->handicap)) >> 12);
}

void async_tx_channel_register(struct async_tx_channel *chan);
bool async_tx_channel_unregister(struct async_tx_channel *chan, bool force);
void async_tx_channel_weigh(struct async_tx_channel *chan, unsigned int weight);
int async_tx_register_policy(struct async_tx_policy *policy);
int async_tx_policies_init(void);
int async_tx_set_policy(const char *name);
struct async_tx_policy *async_tx_policy_in_force(void);
ssize_t async_tx_show_policies(char *buf);

/* --- accounting: stats.c, sysfs.c --- */

int async_tx_stats_alloc(struct async_tx_channel *chan);
void async_tx_stats_free(struct async_tx_channel *chan);
void async_tx_stats_time(struct async_tx_channel *chan, enum async_tx_opcode op,
			 u64 ns);
void async_tx_debugfs_init(void);
void async_tx_debugfs_exit(void);
int async_tx_sysfs_add(struct async_tx_channel *chan);
void async_tx_sysfs_remove(struct async_tx_channel *chan);
int async_tx_sysfs_init(void);
void async_tx_sysfs_exit(void);

/* One request in so many is timed. A power of two. */
#define ASYNC_TX_SAMPLE		64

/*
 * Where an architecture has no addition that an interrupt can not divide, an
 * operation that a softirq starts just then may be missed: a counter is not
 * worth more than the copy that it counts.
 */
static inline void async_tx_account(struct async_tx_channel *chan,
				    enum async_tx_opcode op, size_t len)
{
	struct async_tx_count __percpu *count = &chan->stats->op[op];

	preempt_disable();
	__this_cpu_inc(count->requests);
	__this_cpu_add(count->bytes, len);
	preempt_enable();
}

/* The time at which a request is handed to a channel, if it is to be timed. */
static inline u64 async_tx_stamp(struct async_tx_channel *chan, bool sample)
{
	if (likely(raw_cpu_inc_return(chan->stats->started) &
		   (ASYNC_TX_SAMPLE - 1) && !sample))
		return 0;
	return ktime_get_ns();
}

/* --- the fast path --- */

/* Is an operation the CPU's turn to time? */
static inline bool async_tx_to_time(enum async_tx_opcode op)
{
	return !(raw_cpu_read(async_tx_cpu.stats->op[op].requests) &
		 (ASYNC_TX_SAMPLE - 1));
}

/*
 * Without engines and without a parent there is nothing to decide: the operation
 * runs here and now. The caller does it and returns async_tx_end_here().
 */
static inline bool async_tx_is_here(enum async_tx_opcode op,
				    const struct async_submit_ctl *submit)
{
	return likely(!submit->depend_tx &&
		      !rcu_access_pointer(async_tx_candidates[op]) &&
		      !async_tx_to_time(op));
}

static inline struct dma_async_tx_descriptor *
async_tx_end_here(enum async_tx_opcode op, struct async_submit_ctl *submit,
		  size_t len)
{
	async_tx_account(&async_tx_cpu, op, len);
	if (submit->cb_fn)
		submit->cb_fn(submit->cb_param);
	return NULL;
}

#endif /* _CRYPTO_ASYNC_TX_INTERNAL_H */
