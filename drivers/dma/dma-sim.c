// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA engines without hardware.
 *
 * An engine is a dma_device on a platform device of its own. It is made by an
 * administrator through configfs (/sys/kernel/config/dma-sim) or by a test
 * module through dma-sim.h. Each channel has a ring of descriptors and a kernel
 * thread that carries them out: the data really moves, through the CPU, while
 * time, order and faults are as configured.
 *
 * The file goes from the memory that operands live in, over the operations, the
 * descriptors, the channel thread and the dmaengine callbacks to the making of
 * engines and configfs. Locks: see struct dma_sim_chan and struct dma_sim_dir.
 */

#define pr_fmt(fmt) "dma-sim: " fmt

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/configfs.h>
#include <linux/delay.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/raid/pq.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "dma-sim.h"
#include "dmaengine.h"

#define SIM_NAME		"dma-sim"
#define SIM_MAX_CHANNELS	256
#define SIM_MAX_SOURCES		255
#define SIM_MAX_ALIGN		256
#define SIM_MAX_RING		65536
#define SIM_MAX_BANDWIDTH	1000000
#define SIM_PPM			1000000

/* Operands are worked on in pieces that stay in the first-level cache. */
#define SIM_CHUNK		2048
/* Up to here, doubling words is faster than looking bytes up in a table. */
#define SIM_DOUBLINGS		4
/* An engine without order picks among this many descriptors, ... */
#define SIM_WINDOW		16
/* ... and passes the oldest of them over at most this many times in a row. */
#define SIM_PATIENCE		64
/* Waits shorter than this are spun: a timer would overshoot by as much. */
#define SIM_SPIN_NS		(5 * NSEC_PER_USEC)
/*
 * How far behind simulated time a channel may run and catch up again: what a
 * timer overshoots by without CONFIG_HIGH_RES_TIMERS, and some more.
 */
#define SIM_LAG_NS		(2 * TICK_NSEC + NSEC_PER_MSEC)
#define SIM_POISON		0xa5

/**
 * struct dma_sim_desc - one slot of a channel's ring
 * @tx: what the client sees
 * @node: in the channel's free, submitted or issued list; none while running
 *	or prepared and not yet submitted
 * @order: in the channel's list of unfinished cookies
 * @op: the operation
 * @len: length of every operand, in bytes
 * @dst: destinations: one, or P and Q
 * @value: byte that a memset writes
 * @result: where xor_val and pq_val leave their verdict
 * @src_cnt: number of sources
 * @coef: one coefficient per source (pq and pq_val), behind @src in memory
 * @src: sources
 */
struct dma_sim_desc {
	struct dma_async_tx_descriptor tx;
	struct list_head node;
	struct list_head order;
	enum dma_transaction_type op;
	size_t len;
	dma_addr_t dst[2];
	u8 value;
	enum sum_check_flags *result;
	unsigned int src_cnt;
	u8 *coef;
	dma_addr_t src[];
};

/**
 * struct dma_sim_chan - a channel, its ring and its thread
 * @chan: what the client sees
 * @sim: the engine
 * @lock: guards all below up to @wait, and the chan's cookies. Taken with
 *	interrupts off, by clients in any context and by @thread. Nothing is
 *	called with it held, and no other lock is taken inside.
 * @free: slots ready for reuse, the least recently used first, as in a ring
 * @submitted: have a cookie and wait for issue_pending
 * @issued: wait for @thread
 * @order: all that have a cookie and have not ended, oldest first
 * @running: what @thread works on, until its callback has returned
 * @runs: descriptors that @thread has finished with
 * @cut: the running descriptor need not wait for its simulated time
 * @passed: how often in a row the oldest issued descriptor was passed over
 * @failed: the last cookies that ended with an error, a ring as long as @slot
 * @failed_next: where the next one goes in @failed
 * @wait: woken when @running ends
 * @thread: carries the descriptors out
 * @busy_until: simulated time at which the last descriptor ended, 0 when the
 *	channel has been idle since; @thread's own
 * @acc: two buffers of SIM_CHUNK bytes, P and Q in the making; @thread's own
 * @slot: all descriptors
 */
struct dma_sim_chan {
	struct dma_chan chan;
	struct dma_sim *sim;

	spinlock_t lock;	/* the lists and the cookies */
	struct list_head free;
	struct list_head submitted;
	struct list_head issued;
	struct list_head order;
	struct dma_sim_desc *running;
	u64 runs;
	bool cut;
	unsigned int passed;
	dma_cookie_t *failed;
	unsigned int failed_next;

	wait_queue_head_t wait;
	struct task_struct *thread;
	ktime_t busy_until;
	u8 *acc[2];
	struct dma_sim_desc **slot;
};

/**
 * struct dma_sim - an engine
 * @dma: what the dmaengine core sees
 * @pdev: the device that memory is mapped for; outlives all mappings
 * @config: as given; the times and the error rate may change at any moment
 * @ref: one for the maker, one for the dmaengine core once registered
 * @free_work: frees the engine when the core's is the last reference, which it
 *	drops under its own mutex
 * @dying: nothing new is accepted, all that is queued is aborted
 * @hold: channels start no descriptor
 * @fail_next: descriptors still to fail
 * @completed: descriptors that ended without error
 * @errors: descriptors that ended with one
 * @chan: the channels, @config.channels of them
 */
struct dma_sim {
	struct dma_device dma;
	struct platform_device *pdev;
	struct dma_sim_config config;
	struct kref ref;
	struct work_struct free_work;
	bool dying;
	bool hold;
	atomic_t fail_next;
	atomic64_t completed;
	atomic64_t errors;
	struct dma_sim_chan chan[];
};

/* Frees engines whose last user has gone, see dma_sim_device_release(). */
static struct workqueue_struct *dma_sim_wq;

static inline struct dma_sim_chan *to_sim_chan(struct dma_chan *chan)
{
	return container_of(chan, struct dma_sim_chan, chan);
}

static inline struct dma_sim_desc *
to_sim_desc(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct dma_sim_desc, tx);
}

#if defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
/* The "device" writes through the caches: invalidating them would lose data. */
static void dma_sim_set_coherent(struct device *dev)
{
	dev->dma_coherent = true;
}
#else
static void dma_sim_set_coherent(struct device *dev)
{
}
#endif

/*
 * Memory. Operands are DMA addresses of contiguous memory that may lie in
 * highmem and cross pages, so that they are mapped a page at a time.
 */

/* What to do with @n bytes at @mem, and the same many of the accumulator. */
typedef void (*dma_sim_step)(u8 *acc, u8 *mem, size_t n, u8 coef);

static void step_load(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	memcpy(acc, mem, n);
}

static void step_store(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	memcpy(mem, acc, n);
}

static void step_fill(u8 *acc, u8 *mem, size_t n, u8 value)
{
	memset(mem, value, n);
}

static void step_xor(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	const size_t word = sizeof(unsigned long);

	for (; n >= word; n -= word, acc += word, mem += word)
		put_unaligned(get_unaligned((unsigned long *)acc) ^
			      get_unaligned((unsigned long *)mem),
			      (unsigned long *)acc);
	while (n--)
		*acc++ ^= *mem++;
}

/* acc ^= coef * mem, in the field of RAID-6 */
static void step_mac(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	const u8 *mul = raid6_gfmul[coef];

	while (n--)
		*acc++ ^= mul[*mem++];
}

/* All bytes of a word times 2, in the field of RAID-6 (x^8 = 0x1d) */
static unsigned long gf_double(unsigned long v)
{
	const unsigned long ones = ~0UL / 255;

	return ((v & (ones * 0x7f)) << 1) ^ (((v >> 7) & ones) * 0x1d);
}

/* acc = 2^times * acc ^ mem: one step of Horner's rule */
static void step_horner(u8 *acc, u8 *mem, size_t n, u8 times)
{
	const size_t word = sizeof(unsigned long);
	const u8 *mul = raid6_gfmul[raid6_gfexp[times]];
	unsigned long v;
	unsigned int i;

	for (; n >= word; n -= word, acc += word, mem += word) {
		v = get_unaligned((unsigned long *)acc);
		for (i = 0; i < times; i++)
			v = gf_double(v);
		v ^= get_unaligned((unsigned long *)mem);
		put_unaligned(v, (unsigned long *)acc);
	}
	for (; n; n--, acc++)
		*acc = mul[*acc] ^ *mem++;
}

/*
 * Does @step page by page on the @len bytes at @addr. False: there is no memory
 * at that address, a bus error so to speak.
 */
static bool sim_walk(struct dma_sim_chan *sc, dma_addr_t addr, size_t len,
		     dma_sim_step step, u8 *acc, u8 coef)
{
	phys_addr_t phys = dma_to_phys(&sc->sim->pdev->dev, addr);

	while (len) {
		size_t n = min_t(size_t, len, PAGE_SIZE - offset_in_page(phys));
		u8 *mem;

		if (!pfn_valid(PHYS_PFN(phys)))
			return false;
		mem = kmap_local_page(pfn_to_page(PHYS_PFN(phys)));
		step(acc, mem + offset_in_page(phys), n, coef);
		kunmap_local(mem);
		phys += n;
		acc += n;
		len -= n;
	}
	return true;
}

/*
 * Operations. Each works on the piece of @len bytes at @off of all operands,
 * @len at most SIM_CHUNK, and finishes reading before it writes, so that a
 * destination may be a source as well.
 */

static enum dmaengine_tx_result
sim_memcpy(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	   size_t len)
{
	if (!sim_walk(sc, desc->src[0] + off, len, step_load, sc->acc[0], 0))
		return DMA_TRANS_READ_FAILED;
	if (!sim_walk(sc, desc->dst[0] + off, len, step_store, sc->acc[0], 0))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_memset(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	   size_t len)
{
	if (!sim_walk(sc, desc->dst[0] + off, len, step_fill, sc->acc[0],
		      desc->value))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

/* acc[0] = the sum of all sources */
static bool sim_sum(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
		    size_t off, size_t len)
{
	unsigned int i;

	for (i = 0; i < desc->src_cnt; i++)
		if (!sim_walk(sc, desc->src[i] + off, len,
			      i ? step_xor : step_load, sc->acc[0], 0))
			return false;
	return true;
}

static enum dmaengine_tx_result
sim_xor(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	size_t len)
{
	if (!sim_sum(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	if (!sim_walk(sc, desc->dst[0] + off, len, step_store, sc->acc[0], 0))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_xor_val(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	    size_t len)
{
	if (!sim_sum(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	if (memchr_inv(sc->acc[0], 0, len))
		*desc->result |= SUM_CHECK_P_RESULT;
	return DMA_TRANS_NOERROR;
}

/* How often coefficient @i - 1 has to be doubled to become coefficient @i. */
static unsigned int sim_doublings(const u8 *coef, unsigned int i)
{
	if (!coef[i - 1] || !coef[i])
		return UINT_MAX;
	return (raid6_gflog[coef[i]] + 255 - raid6_gflog[coef[i - 1]]) % 255;
}

/*
 * Are the coefficients close enough for Horner's rule? Those of a RAID-6 stripe
 * are, even with some of its disks left out.
 */
static bool sim_suits_horner(struct dma_sim_desc *desc)
{
	unsigned int i;

	for (i = 1; i < desc->src_cnt; i++)
		if (sim_doublings(desc->coef, i) > SIM_DOUBLINGS)
			return false;
	return true;
}

/* acc[1] = coef[0] * (src[0] + 2^n * (src[1] + 2^m * (src[2] + ...))) */
static bool sim_horner(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
		       size_t off, size_t len)
{
	const u8 *scale = raid6_gfmul[desc->coef[0]];
	unsigned int i = desc->src_cnt - 1;
	u8 *acc = sc->acc[1];

	if (!sim_walk(sc, desc->src[i] + off, len, step_load, acc, 0))
		return false;
	while (i--)
		if (!sim_walk(sc, desc->src[i] + off, len, step_horner, acc,
			      sim_doublings(desc->coef, i + 1)))
			return false;
	for (i = 0; desc->coef[0] != 1 && i < len; i++)
		acc[i] = scale[acc[i]];
	return true;
}

/* acc[1] = the sum of all sources, each times its coefficient */
static bool sim_weighted_sum(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			     size_t off, size_t len)
{
	unsigned int i;

	if (sim_suits_horner(desc))
		return sim_horner(sc, desc, off, len);

	memset(sc->acc[1], 0, len);
	for (i = 0; i < desc->src_cnt; i++)
		if (!sim_walk(sc, desc->src[i] + off, len, step_mac,
			      sc->acc[1], desc->coef[i]))
			return false;
	return true;
}

/* Is P (@i is 0) or Q (1) part of the operation? */
static bool sim_wants(unsigned long flags, unsigned int i)
{
	return !(flags & (i ? DMA_PREP_PQ_DISABLE_Q : DMA_PREP_PQ_DISABLE_P));
}

/* acc[0] and acc[1] = the sums that P and Q are made of */
static bool sim_pq_sums(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			size_t off, size_t len)
{
	if (sim_wants(desc->tx.flags, 0) && !sim_sum(sc, desc, off, len))
		return false;
	return !sim_wants(desc->tx.flags, 1) ||
	       sim_weighted_sum(sc, desc, off, len);
}

static enum dmaengine_tx_result sim_pq(struct dma_sim_chan *sc,
				       struct dma_sim_desc *desc, size_t off,
				       size_t len)
{
	unsigned int i;

	if (!sim_pq_sums(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	for (i = 0; dmaf_continue(desc->tx.flags) && i < 2; i++)
		if (sim_wants(desc->tx.flags, i) &&
		    !sim_walk(sc, desc->dst[i] + off, len, step_xor,
			      sc->acc[i], 0))
			return DMA_TRANS_READ_FAILED;
	for (i = 0; i < 2; i++)
		if (sim_wants(desc->tx.flags, i) &&
		    !sim_walk(sc, desc->dst[i] + off, len, step_store,
			      sc->acc[i], 0))
			return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_pq_val(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	   size_t len)
{
	unsigned int i;

	if (!sim_pq_sums(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	for (i = 0; i < 2; i++) {
		if (!sim_wants(desc->tx.flags, i))
			continue;
		if (!sim_walk(sc, desc->dst[i] + off, len, step_xor,
			      sc->acc[i], 0))
			return DMA_TRANS_READ_FAILED;
		if (memchr_inv(sc->acc[i], 0, len))
			*desc->result |= i ? SUM_CHECK_Q_RESULT :
					     SUM_CHECK_P_RESULT;
	}
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_interrupt(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	      size_t len)
{
	return DMA_TRANS_NOERROR;
}

/**
 * struct dma_sim_op - what there is to know about an operation
 * @name: in the configfs attribute caps
 * @cap: its bit in the mask of capabilities
 * @run: does a piece of it, NULL for what is no operation
 * @dsts: destinations that it writes
 */
struct dma_sim_op {
	const char *name;
	enum dma_transaction_type cap;
	enum dmaengine_tx_result (*run)(struct dma_sim_chan *sc,
					struct dma_sim_desc *desc,
					size_t off, size_t len);
	unsigned int dsts;
};

static const struct dma_sim_op dma_sim_ops[] = {
	{ "memcpy", DMA_MEMCPY, sim_memcpy, 1 },
	{ "memset", DMA_MEMSET, sim_memset, 1 },
	{ "xor", DMA_XOR, sim_xor, 1 },
	{ "xor_val", DMA_XOR_VAL, sim_xor_val, 0 },
	{ "pq", DMA_PQ, sim_pq, 2 },
	{ "pq_val", DMA_PQ_VAL, sim_pq_val, 0 },
	{ "interrupt", DMA_INTERRUPT, sim_interrupt, 0 },
	{ "private", DMA_PRIVATE, NULL, 0 },
};

static const struct dma_sim_op *sim_op(enum dma_transaction_type cap)
{
	const struct dma_sim_op *op = dma_sim_ops;

	while (op->cap != cap)
		op++;
	return op;
}

/* Faults: a descriptor that fails has spoilt the first half of its results. */
static enum dmaengine_tx_result
sim_fail(struct dma_sim_chan *sc, struct dma_sim_desc *desc, u32 *residue)
{
	static const enum dmaengine_tx_result kind[] = {
		DMA_TRANS_READ_FAILED, DMA_TRANS_WRITE_FAILED,
		DMA_TRANS_ABORTED,
	};
	const struct dma_sim_op *op = sim_op(desc->op);
	size_t spoilt = DIV_ROUND_UP(desc->len, 2);
	unsigned int i;

	for (i = 0; i < op->dsts; i++)
		if (op->dsts == 1 || sim_wants(desc->tx.flags, i))
			sim_walk(sc, desc->dst[i], spoilt, step_fill,
				 sc->acc[0], SIM_POISON);
	if (desc->result)
		*desc->result = SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT;
	*residue = desc->len - spoilt;
	return kind[get_random_u32_below(ARRAY_SIZE(kind))];
}

static bool sim_must_fail(struct dma_sim *sim)
{
	unsigned int ppm = READ_ONCE(sim->config.error_ppm);

	return atomic_dec_if_positive(&sim->fail_next) >= 0 ||
	       (ppm && get_random_u32_below(SIM_PPM) < ppm);
}

static enum dmaengine_tx_result
sim_execute(struct dma_sim_chan *sc, struct dma_sim_desc *desc, u32 *residue)
{
	const struct dma_sim_op *op = sim_op(desc->op);
	enum dmaengine_tx_result ret = DMA_TRANS_NOERROR;
	size_t off = 0, n;

	if (sim_must_fail(sc->sim))
		return sim_fail(sc, desc, residue);

	if (desc->result)
		*desc->result = 0;
	while (off < desc->len) {
		n = min_t(size_t, desc->len - off, SIM_CHUNK);
		ret = op->run(sc, desc, off, n);
		if (ret != DMA_TRANS_NOERROR)
			break;
		off += n;
		cond_resched();
	}
	*residue = desc->len - off;
	return ret;
}

/*
 * The thread of a channel.
 */

/* Simulated time that @desc takes, in ns. */
static u64 sim_cost(struct dma_sim *sim, struct dma_sim_desc *desc)
{
	unsigned int bandwidth = READ_ONCE(sim->config.bandwidth);
	u64 bytes = (u64)desc->len * max(desc->src_cnt, 1U);
	u64 ns = READ_ONCE(sim->config.setup_ns);

	if (bandwidth)
		ns += div_u64(bytes * 1000, bandwidth);
	return ns;
}

static bool sim_hurried(struct dma_sim_chan *sc)
{
	return READ_ONCE(sc->sim->dying) || READ_ONCE(sc->cut);
}

/*
 * Lets the simulated time of @desc pass. Descriptors that follow one another
 * are timed from the end of the one before, so that a timer which is late does
 * not make the channel slower than it is meant to be.
 */
static void sim_pass_time(struct dma_sim_chan *sc, ktime_t start, u64 cost)
{
	ktime_t end = ktime_add_ns(start, cost);
	ktime_t now = ktime_get();
	s64 left;

	while ((left = ktime_to_ns(ktime_sub(end, now))) > 0 &&
	       !sim_hurried(sc)) {
		if (left < SIM_SPIN_NS) {
			ndelay((unsigned long)left);
		} else {
			set_current_state(TASK_IDLE);
			if (!sim_hurried(sc))
				schedule_hrtimeout(&end, HRTIMER_MODE_ABS);
			__set_current_state(TASK_RUNNING);
		}
		now = ktime_get();
	}
	sc->busy_until = max(end, ktime_sub_ns(now, SIM_LAG_NS));
}

/*
 * An issued descriptor that may start now. One with DMA_PREP_FENCE must end
 * before any later one starts, and an interrupt ends after all earlier ones.
 */
static struct dma_sim_desc *sim_pick(struct dma_sim_chan *sc)
{
	struct dma_sim_desc *window[SIM_WINDOW], *desc;
	unsigned int n = 0, i = 0;

	lockdep_assert_held(&sc->lock);
	list_for_each_entry(desc, &sc->issued, node) {
		if (n && desc->op == DMA_INTERRUPT)
			break;
		window[n++] = desc;
		if (n == SIM_WINDOW || desc->tx.flags & DMA_PREP_FENCE ||
		    sc->sim->config.in_order)
			break;
	}
	if (!n)
		return NULL;
	if (n > 1 && sc->passed < SIM_PATIENCE)
		i = get_random_u32_below(n);
	sc->passed = i ? sc->passed + 1 : 0;
	return window[i];
}

/* Takes the next descriptor off its list; @abort: it is not to be executed. */
static struct dma_sim_desc *sim_next(struct dma_sim_chan *sc, bool *abort)
{
	struct dma_sim_desc *desc;

	spin_lock_irq(&sc->lock);
	*abort = READ_ONCE(sc->sim->dying);
	if (*abort)
		desc = list_first_entry_or_null(&sc->order, struct dma_sim_desc,
						order);
	else if (READ_ONCE(sc->sim->hold))
		desc = NULL;
	else
		desc = sim_pick(sc);
	if (desc) {
		list_del_init(&desc->node);
		sc->running = desc;
		sc->cut = false;
	}
	spin_unlock_irq(&sc->lock);
	return desc;
}

/*
 * Ends the cookie of @desc. A channel's completed cookie is the newest one that
 * has no unfinished one before it, which only differs from the usual meaning
 * when the engine keeps no order.
 */
static void sim_end_cookie(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			   bool failed)
{
	struct dma_sim_desc *oldest;

	lockdep_assert_held(&sc->lock);
	if (failed) {
		sc->failed[sc->failed_next] = desc->tx.cookie;
		if (++sc->failed_next == sc->sim->config.ring)
			sc->failed_next = 0;
	}
	list_del_init(&desc->order);
	dma_cookie_complete(&desc->tx);
	oldest = list_first_entry_or_null(&sc->order, struct dma_sim_desc,
					  order);
	if (!oldest)
		sc->chan.completed_cookie = sc->chan.cookie;
	else if (oldest->tx.cookie > DMA_MIN_COOKIE)
		sc->chan.completed_cookie = oldest->tx.cookie - 1;
}

static void sim_complete(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			 const struct dmaengine_result *result)
{
	bool failed = result->result != DMA_TRANS_NOERROR;

	atomic64_inc(failed ? &sc->sim->errors : &sc->sim->completed);
	spin_lock_irq(&sc->lock);
	sim_end_cookie(sc, desc, failed);
	spin_unlock_irq(&sc->lock);

	/* The unmapping comes first: it makes the data visible to the CPU. */
	local_bh_disable();
	dma_descriptor_unmap(&desc->tx);
	dmaengine_desc_get_callback_invoke(&desc->tx, result);
	dma_run_dependencies(&desc->tx);
	local_bh_enable();

	spin_lock_irq(&sc->lock);
	list_add_tail(&desc->node, &sc->free);
	sc->running = NULL;
	sc->runs++;
	spin_unlock_irq(&sc->lock);
	if (wq_has_sleeper(&sc->wait))
		wake_up_all(&sc->wait);
}

static void sim_run(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
		    bool abort)
{
	struct dmaengine_result result = {
		.result = DMA_TRANS_ABORTED,
		.residue = desc->len,
	};
	u64 cost = sim_cost(sc->sim, desc);
	ktime_t start = 0;

	if (!abort) {
		if (cost)
			start = sc->busy_until ?: ktime_get();
		result.result = sim_execute(sc, desc, &result.residue);
		if (cost)
			sim_pass_time(sc, start, cost);
	}
	sim_complete(sc, desc, &result);
}

static int dma_sim_thread(void *data)
{
	struct dma_sim_chan *sc = data;
	struct dma_sim_desc *desc;
	bool abort;

	for (;;) {
		set_current_state(TASK_IDLE);
		desc = sim_next(sc, &abort);
		if (desc) {
			__set_current_state(TASK_RUNNING);
			sim_run(sc, desc, abort);
			cond_resched();
			continue;
		}
		if (kthread_should_stop())
			break;
		sc->busy_until = 0;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * Preparing descriptors, in any context. All return NULL when the ring is full
 * or the engine is being removed, and when the client asks for what the engine
 * has not promised.
 */

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
		if (sim_wants(flags, i) && !sim_aligned(sim, o->dst[i]))
			return false;
	return o->src_cnt && (sim_wants(flags, 0) || sim_wants(flags, 1));
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
				     sim_op(op)->name, o->src_cnt, o->len);
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

	if (desc && sim_wants(flags, 1))
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

/*
 * The rest of what the dmaengine core and clients call. Submission, doorbell,
 * status and termination come from any context.
 */

static dma_cookie_t dma_sim_tx_submit(struct dma_async_tx_descriptor *tx)
{
	struct dma_sim_desc *desc = to_sim_desc(tx);
	struct dma_sim_chan *sc = to_sim_chan(tx->chan);
	dma_cookie_t cookie;
	unsigned long irq;
	bool dying;

	spin_lock_irqsave(&sc->lock, irq);
	cookie = dma_cookie_assign(tx);
	/* The count starts over: what failed in the last round must not match. */
	if (cookie == DMA_MIN_COOKIE)
		memset(sc->failed, 0,
		       sc->sim->config.ring * sizeof(*sc->failed));
	list_add_tail(&desc->order, &sc->order);
	list_add_tail(&desc->node, &sc->submitted);
	dying = READ_ONCE(sc->sim->dying);
	spin_unlock_irqrestore(&sc->lock, irq);

	/* Prepared before the removal: nobody need ring the doorbell for it. */
	if (dying)
		wake_up_process(sc->thread);
	return cookie;
}

static void dma_sim_issue_pending(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	unsigned long irq;
	bool wake;

	spin_lock_irqsave(&sc->lock, irq);
	/* A busy thread looks at the list again by itself. */
	wake = !list_empty(&sc->submitted) && !sc->running;
	list_splice_tail_init(&sc->submitted, &sc->issued);
	spin_unlock_irqrestore(&sc->lock, irq);
	if (wake)
		wake_up_process(sc->thread);
}

static bool sim_cookie_failed(struct dma_sim_chan *sc, dma_cookie_t cookie)
{
	unsigned int i;

	for (i = 0; i < sc->sim->config.ring; i++)
		if (sc->failed[i] == cookie)
			return true;
	return false;
}

static enum dma_status sim_cookie_status(struct dma_sim_chan *sc,
					 dma_cookie_t cookie)
{
	struct dma_sim_desc *desc;

	list_for_each_entry(desc, &sc->order, order)
		if (desc->tx.cookie == cookie)
			return DMA_IN_PROGRESS;
	return sim_cookie_failed(sc, cookie) ? DMA_ERROR : DMA_COMPLETE;
}

/*
 * The status is that of the very descriptor, also when there is no order. A
 * failure is known for as many further failures as the ring has slots.
 */
static enum dma_status dma_sim_tx_status(struct dma_chan *chan,
					 dma_cookie_t cookie,
					 struct dma_tx_state *state)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	enum dma_status status;
	unsigned long irq;

	spin_lock_irqsave(&sc->lock, irq);
	status = dma_cookie_status(chan, cookie, state);
	if (status == DMA_COMPLETE || !sc->sim->config.in_order)
		status = sim_cookie_status(sc, cookie);
	spin_unlock_irqrestore(&sc->lock, irq);
	return status;
}

/*
 * Forgets all that has not started, without callbacks, as clients of
 * dmaengine_terminate_async() expect. What runs may end, and soon does.
 */
static int dma_sim_terminate_all(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	struct dma_sim_desc *desc, *next;
	unsigned long irq;
	LIST_HEAD(ended);

	spin_lock_irqsave(&sc->lock, irq);
	list_splice_init(&sc->issued, &ended);
	list_splice_tail_init(&sc->submitted, &ended);
	list_for_each_entry(desc, &ended, node)
		sim_end_cookie(sc, desc, true);
	if (sc->running)
		sc->cut = true;
	spin_unlock_irqrestore(&sc->lock, irq);
	wake_up_process(sc->thread);

	list_for_each_entry_safe(desc, next, &ended, node)
		dma_descriptor_unmap(&desc->tx);

	spin_lock_irqsave(&sc->lock, irq);
	list_splice_tail(&ended, &sc->free);
	spin_unlock_irqrestore(&sc->lock, irq);
	return 0;
}

/* Is the thread past the descriptor that it ran when @runs was read? */
static bool sim_past(struct dma_sim_chan *sc, u64 runs)
{
	bool past;

	spin_lock_irq(&sc->lock);
	past = !sc->running || sc->runs != runs;
	spin_unlock_irq(&sc->lock);
	return past;
}

static void dma_sim_synchronize(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	u64 runs;

	spin_lock_irq(&sc->lock);
	runs = sc->runs;
	spin_unlock_irq(&sc->lock);
	wait_event(sc->wait, sim_past(sc, runs));
}

static int dma_sim_alloc_chan_resources(struct dma_chan *chan)
{
	return to_sim_chan(chan)->sim->config.ring;
}

/* The last client has gone; what it prepared and never submitted comes back. */
static void dma_sim_free_chan_resources(struct dma_chan *chan)
{
	struct dma_sim_chan *sc = to_sim_chan(chan);
	unsigned int i;

	dma_sim_terminate_all(chan);
	dma_sim_synchronize(chan);
	spin_lock_irq(&sc->lock);
	for (i = 0; i < sc->sim->config.ring; i++)
		if (list_empty(&sc->slot[i]->node))
			list_add_tail(&sc->slot[i]->node, &sc->free);
	spin_unlock_irq(&sc->lock);
}

/*
 * Making and removing engines.
 */

static int sim_chan_init(struct dma_sim *sim, struct dma_sim_chan *sc)
{
	unsigned int max_src = max(sim->config.max_xor, sim->config.max_pq);
	unsigned int ring = sim->config.ring, i;
	struct dma_sim_desc *desc;

	sc->acc[0] = kmalloc(2 * SIM_CHUNK, GFP_KERNEL);
	sc->failed = kvcalloc(ring, sizeof(*sc->failed), GFP_KERNEL);
	sc->slot = kvcalloc(ring, sizeof(*sc->slot), GFP_KERNEL);
	if (!sc->acc[0] || !sc->failed || !sc->slot)
		return -ENOMEM;
	sc->acc[1] = sc->acc[0] + SIM_CHUNK;

	for (i = 0; i < ring; i++) {
		desc = kzalloc(struct_size(desc, src, max_src) + max_src,
			       GFP_KERNEL);
		if (!desc)
			return -ENOMEM;
		dma_async_tx_descriptor_init(&desc->tx, &sc->chan);
		desc->tx.tx_submit = dma_sim_tx_submit;
		desc->coef = (u8 *)&desc->src[max_src];
		INIT_LIST_HEAD(&desc->order);
		list_add_tail(&desc->node, &sc->free);
		sc->slot[i] = desc;
	}
	return 0;
}

static void sim_chan_exit(struct dma_sim_chan *sc)
{
	unsigned int i;

	if (!IS_ERR_OR_NULL(sc->thread))
		kthread_stop(sc->thread);
	for (i = 0; sc->slot && i < sc->sim->config.ring; i++)
		kfree(sc->slot[i]);
	kvfree(sc->slot);
	kvfree(sc->failed);
	kfree(sc->acc[0]);
}

static void sim_free(struct dma_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->config.channels; i++)
		sim_chan_exit(&sim->chan[i]);
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

static const char *sim_config_fault(const struct dma_sim_config *c)
{
	dma_cap_mask_t known;
	unsigned int i;

	dma_cap_zero(known);
	for (i = 0; i < ARRAY_SIZE(dma_sim_ops); i++)
		dma_cap_set(dma_sim_ops[i].cap, known);
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
	dma->directions = BIT(DMA_MEM_TO_MEM);
	dma->residue_granularity = DMA_RESIDUE_GRANULARITY_DESCRIPTOR;
	dma->device_alloc_chan_resources = dma_sim_alloc_chan_resources;
	dma->device_free_chan_resources = dma_sim_free_chan_resources;
	dma->device_prep_dma_memcpy = dma_sim_prep_memcpy;
	dma->device_prep_dma_memset = dma_sim_prep_memset;
	dma->device_prep_dma_xor = dma_sim_prep_xor;
	dma->device_prep_dma_xor_val = dma_sim_prep_xor_val;
	dma->device_prep_dma_pq = dma_sim_prep_pq;
	dma->device_prep_dma_pq_val = dma_sim_prep_pq_val;
	dma->device_prep_dma_interrupt = dma_sim_prep_interrupt;
	dma->device_terminate_all = dma_sim_terminate_all;
	dma->device_synchronize = dma_sim_synchronize;
	dma->device_tx_status = dma_sim_tx_status;
	dma->device_issue_pending = dma_sim_issue_pending;
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
		sc->sim = sim;
		spin_lock_init(&sc->lock);
		INIT_LIST_HEAD(&sc->free);
		INIT_LIST_HEAD(&sc->submitted);
		INIT_LIST_HEAD(&sc->issued);
		INIT_LIST_HEAD(&sc->order);
		init_waitqueue_head(&sc->wait);
		sc->chan.device = &sim->dma;
		dma_cookie_init(&sc->chan);
		list_add_tail(&sc->chan.device_node, &sim->dma.channels);
	}
	return sim;
}

static int sim_start(struct dma_sim *sim, const char *name)
{
	struct dma_sim_chan *sc;
	unsigned int i;
	int err;

	for (i = 0; i < sim->config.channels; i++) {
		sc = &sim->chan[i];
		err = sim_chan_init(sim, sc);
		if (err)
			return err;
		sc->thread = kthread_run(dma_sim_thread, sc, SIM_NAME "/%s/%u",
					 name, i);
		if (IS_ERR(sc->thread))
			return PTR_ERR(sc->thread);
	}
	return 0;
}

static int sim_setup_device(struct device *dev)
{
	int err;

	dma_sim_set_coherent(dev);
	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (!err)
		dma_set_max_seg_size(dev, UINT_MAX);
	return err;
}

static struct dma_sim *sim_create(const char *name,
				  const struct dma_sim_config *config,
				  bool hold, unsigned int fail_next)
{
	const char *fault = sim_config_fault(config);
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

	sim->pdev = platform_device_register_simple(SIM_NAME,
						    PLATFORM_DEVID_AUTO,
						    NULL, 0);
	err = PTR_ERR_OR_ZERO(sim->pdev);
	if (err)
		goto free;
	err = -ENODEV;
	if (!device_is_bound(&sim->pdev->dev))
		goto free;
	err = sim_setup_device(&sim->pdev->dev);
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
	return sim_create(name, config, false, 0);
}
EXPORT_SYMBOL_GPL(dma_sim_create);

static void sim_wake(struct dma_sim *sim)
{
	unsigned int i;

	for (i = 0; i < sim->config.channels; i++)
		wake_up_process(sim->chan[i].thread);
}

static bool sim_chan_idle(struct dma_sim_chan *sc)
{
	bool idle;

	spin_lock_irq(&sc->lock);
	idle = list_empty(&sc->order) && !sc->running;
	spin_unlock_irq(&sc->lock);
	return idle;
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
		wait_event(sim->chan[i].wait, sim_chan_idle(&sim->chan[i]));
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

/*
 * configfs: a directory per engine, see
 * Documentation/driver-api/dmaengine/dma-sim.rst.
 */

/**
 * struct dma_sim_dir - an engine's directory
 * @item: what configfs sees
 * @lock: guards all below; taken inside configfs' own locks, and outside
 *	those of the dmaengine core
 * @config: as written, always within its ranges
 * @hold: the attribute, which may be written before there is an engine
 * @fail_next: likewise
 * @sim: the engine while live, else NULL
 */
struct dma_sim_dir {
	struct config_item item;
	struct mutex lock;	/* all below */
	struct dma_sim_config config;
	bool hold;
	unsigned int fail_next;
	struct dma_sim *sim;
};

static struct dma_sim_dir *to_sim_dir(struct config_item *item)
{
	return container_of(item, struct dma_sim_dir, item);
}

/* Takes @config over, unless something is out of range. */
static int sim_dir_commit(struct dma_sim_dir *dir,
			  const struct dma_sim_config *config)
{
	lockdep_assert_held(&dir->lock);
	if (sim_config_fault(config))
		return -EINVAL;
	dir->config = *config;
	if (dir->sim) {
		WRITE_ONCE(dir->sim->config.setup_ns, config->setup_ns);
		WRITE_ONCE(dir->sim->config.bandwidth, config->bandwidth);
		WRITE_ONCE(dir->sim->config.error_ppm, config->error_ppm);
	}
	return 0;
}

/*
 * A number, in @config at @offset. Those of a live engine change only where
 * sim_dir_commit() can pass them on, that is @live.
 */
static ssize_t sim_dir_store_uint(struct config_item *item, const char *page,
				  size_t count, size_t offset, bool live)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	struct dma_sim_config config;
	unsigned int value;
	int err;

	err = kstrtouint(page, 0, &value);
	if (err)
		return -EINVAL;
	mutex_lock(&dir->lock);
	config = dir->config;
	*(unsigned int *)((char *)&config + offset) = value;
	err = dir->sim && !live ? -EBUSY : sim_dir_commit(dir, &config);
	mutex_unlock(&dir->lock);
	return err ?: count;
}

static void *sim_dir_field(struct config_item *item, size_t offset)
{
	return (char *)&to_sim_dir(item)->config + offset;
}

#define SIM_UINT_ATTR(_name, _live)					\
static const size_t sim_##_name##_at =					\
	offsetof(struct dma_sim_config, _name);				\
static ssize_t sim_dir_##_name##_show(struct config_item *item,	\
				      char *page)			\
{									\
	unsigned int *field = sim_dir_field(item, sim_##_name##_at);	\
									\
	return sysfs_emit(page, "%u\n", READ_ONCE(*field));		\
}									\
static ssize_t sim_dir_##_name##_store(struct config_item *item,	\
				       const char *page, size_t count)	\
{									\
	return sim_dir_store_uint(item, page, count,			\
				  sim_##_name##_at, _live);		\
}

SIM_UINT_ATTR(channels, false)
SIM_UINT_ATTR(max_xor, false)
SIM_UINT_ATTR(max_pq, false)
SIM_UINT_ATTR(align, false)
SIM_UINT_ATTR(ring, false)
SIM_UINT_ATTR(setup_ns, true)
SIM_UINT_ATTR(bandwidth, true)
SIM_UINT_ATTR(error_ppm, true)

CONFIGFS_ATTR(sim_dir_, channels);
CONFIGFS_ATTR(sim_dir_, max_xor);
CONFIGFS_ATTR(sim_dir_, max_pq);
CONFIGFS_ATTR(sim_dir_, align);
CONFIGFS_ATTR(sim_dir_, ring);
CONFIGFS_ATTR(sim_dir_, setup_ns);
CONFIGFS_ATTR(sim_dir_, bandwidth);
CONFIGFS_ATTR(sim_dir_, error_ppm);

static ssize_t sim_dir_store_bool(struct config_item *item, const char *page,
				  size_t count, size_t offset)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	struct dma_sim_config config;
	bool value;
	int err;

	err = kstrtobool(page, &value);
	if (err)
		return -EINVAL;
	mutex_lock(&dir->lock);
	config = dir->config;
	*(bool *)((char *)&config + offset) = value;
	err = dir->sim ? -EBUSY : sim_dir_commit(dir, &config);
	mutex_unlock(&dir->lock);
	return err ?: count;
}

#define SIM_BOOL_ATTR(_name)						\
static const size_t sim_##_name##_at =					\
	offsetof(struct dma_sim_config, _name);				\
static ssize_t sim_dir_##_name##_show(struct config_item *item,	\
				      char *page)			\
{									\
	bool *field = sim_dir_field(item, sim_##_name##_at);		\
									\
	return sysfs_emit(page, "%u\n", READ_ONCE(*field));		\
}									\
static ssize_t sim_dir_##_name##_store(struct config_item *item,	\
				       const char *page, size_t count)	\
{									\
	return sim_dir_store_bool(item, page, count,			\
				  sim_##_name##_at);			\
}

SIM_BOOL_ATTR(pq_continue)
SIM_BOOL_ATTR(in_order)

CONFIGFS_ATTR(sim_dir_, pq_continue);
CONFIGFS_ATTR(sim_dir_, in_order);

static ssize_t sim_dir_caps_show(struct config_item *item, char *page)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	const char *gap = "";
	ssize_t n = 0;
	unsigned int i;

	mutex_lock(&dir->lock);
	for (i = 0; i < ARRAY_SIZE(dma_sim_ops); i++) {
		if (!dma_has_cap(dma_sim_ops[i].cap, dir->config.caps))
			continue;
		n += sysfs_emit_at(page, n, "%s%s", gap, dma_sim_ops[i].name);
		gap = " ";
	}
	mutex_unlock(&dir->lock);
	return n + sysfs_emit_at(page, n, "\n");
}

/* Names out of dma_sim_ops[], with blanks or commas between them. */
static int sim_parse_caps(const char *page, dma_cap_mask_t *caps)
{
	static const char gaps[] = " \t\n,";
	unsigned int i;
	size_t n;

	bitmap_zero(caps->bits, DMA_TX_TYPE_END);
	for (page += strspn(page, gaps); *page; page += strspn(page, gaps)) {
		n = strcspn(page, gaps);
		for (i = 0; i < ARRAY_SIZE(dma_sim_ops); i++)
			if (strlen(dma_sim_ops[i].name) == n &&
			    !strncmp(page, dma_sim_ops[i].name, n))
				break;
		if (i == ARRAY_SIZE(dma_sim_ops))
			return -EINVAL;
		__dma_cap_set(dma_sim_ops[i].cap, caps);
		page += n;
	}
	return 0;
}

static ssize_t sim_dir_caps_store(struct config_item *item, const char *page,
				  size_t count)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	struct dma_sim_config config;
	dma_cap_mask_t caps;
	int err;

	err = sim_parse_caps(page, &caps);
	if (err)
		return err;
	mutex_lock(&dir->lock);
	config = dir->config;
	config.caps = caps;
	err = dir->sim ? -EBUSY : sim_dir_commit(dir, &config);
	mutex_unlock(&dir->lock);
	return err ?: count;
}
CONFIGFS_ATTR(sim_dir_, caps);

static ssize_t sim_dir_hold_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(to_sim_dir(item)->hold));
}

static ssize_t sim_dir_hold_store(struct config_item *item, const char *page,
				  size_t count)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	bool hold;

	if (kstrtobool(page, &hold))
		return -EINVAL;
	mutex_lock(&dir->lock);
	WRITE_ONCE(dir->hold, hold);
	if (dir->sim)
		dma_sim_hold(dir->sim, hold);
	mutex_unlock(&dir->lock);
	return count;
}
CONFIGFS_ATTR(sim_dir_, hold);

static ssize_t sim_dir_fail_next_show(struct config_item *item, char *page)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	unsigned int left;

	mutex_lock(&dir->lock);
	left = dir->sim ? atomic_read(&dir->sim->fail_next) : dir->fail_next;
	mutex_unlock(&dir->lock);
	return sysfs_emit(page, "%u\n", left);
}

static ssize_t sim_dir_fail_next_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	unsigned int n;

	if (kstrtouint(page, 0, &n) || n > INT_MAX)
		return -EINVAL;
	mutex_lock(&dir->lock);
	if (dir->sim)
		dma_sim_fail_next(dir->sim, n);
	else
		dir->fail_next = n;
	mutex_unlock(&dir->lock);
	return count;
}
CONFIGFS_ATTR(sim_dir_, fail_next);

static ssize_t sim_dir_live_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", !!READ_ONCE(to_sim_dir(item)->sim));
}

static int sim_dir_start(struct dma_sim_dir *dir)
{
	struct dma_sim *sim;

	lockdep_assert_held(&dir->lock);
	if (dir->sim)
		return 0;
	sim = sim_create(config_item_name(&dir->item), &dir->config, dir->hold,
			 dir->fail_next);
	if (IS_ERR(sim))
		return PTR_ERR(sim);
	dir->fail_next = 0;
	WRITE_ONCE(dir->sim, sim);
	return 0;
}

static void sim_dir_stop(struct dma_sim_dir *dir)
{
	lockdep_assert_held(&dir->lock);
	if (dir->sim)
		dma_sim_destroy(dir->sim);
	WRITE_ONCE(dir->sim, NULL);
}

static ssize_t sim_dir_live_store(struct config_item *item, const char *page,
				  size_t count)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	bool live;
	int err = 0;

	if (kstrtobool(page, &live))
		return -EINVAL;
	mutex_lock(&dir->lock);
	if (live)
		err = sim_dir_start(dir);
	else
		sim_dir_stop(dir);
	mutex_unlock(&dir->lock);
	return err ?: count;
}
CONFIGFS_ATTR(sim_dir_, live);

/* What only a live engine has. */
static ssize_t sim_dir_device_show(struct config_item *item, char *page)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	ssize_t ret = -ENODEV;

	mutex_lock(&dir->lock);
	if (dir->sim)
		ret = sysfs_emit(page, "%s\n", dev_name(&dir->sim->pdev->dev));
	mutex_unlock(&dir->lock);
	return ret;
}
CONFIGFS_ATTR_RO(sim_dir_, device);

static ssize_t sim_dir_completed_show(struct config_item *item, char *page)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	u64 n;

	mutex_lock(&dir->lock);
	n = dir->sim ? dma_sim_completed(dir->sim) : 0;
	mutex_unlock(&dir->lock);
	return sysfs_emit(page, "%llu\n", n);
}
CONFIGFS_ATTR_RO(sim_dir_, completed);

static ssize_t sim_dir_errors_show(struct config_item *item, char *page)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	u64 n;

	mutex_lock(&dir->lock);
	n = dir->sim ? atomic64_read(&dir->sim->errors) : 0;
	mutex_unlock(&dir->lock);
	return sysfs_emit(page, "%llu\n", n);
}
CONFIGFS_ATTR_RO(sim_dir_, errors);

static struct configfs_attribute *sim_dir_attrs[] = {
	&sim_dir_attr_channels,
	&sim_dir_attr_caps,
	&sim_dir_attr_max_xor,
	&sim_dir_attr_max_pq,
	&sim_dir_attr_pq_continue,
	&sim_dir_attr_align,
	&sim_dir_attr_ring,
	&sim_dir_attr_in_order,
	&sim_dir_attr_setup_ns,
	&sim_dir_attr_bandwidth,
	&sim_dir_attr_error_ppm,
	&sim_dir_attr_hold,
	&sim_dir_attr_fail_next,
	&sim_dir_attr_live,
	&sim_dir_attr_device,
	&sim_dir_attr_completed,
	&sim_dir_attr_errors,
	NULL,
};

static void sim_dir_release(struct config_item *item)
{
	kfree(to_sim_dir(item));
}

static struct configfs_item_operations sim_dir_ops = {
	.release = sim_dir_release,
};

static const struct config_item_type sim_dir_type = {
	.ct_item_ops = &sim_dir_ops,
	.ct_attrs = sim_dir_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_item *sim_make_dir(struct config_group *group,
					const char *name)
{
	struct dma_sim_dir *dir;
	unsigned int i;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return ERR_PTR(-ENOMEM);
	mutex_init(&dir->lock);
	dir->config = (struct dma_sim_config) {
		.channels = 1, .max_xor = 8, .max_pq = 8, .pq_continue = true,
		.align = 1, .ring = 64, .in_order = true,
	};
	for (i = 0; i < ARRAY_SIZE(dma_sim_ops); i++)
		if (dma_sim_ops[i].run)
			dma_cap_set(dma_sim_ops[i].cap, dir->config.caps);
	config_item_init_type_name(&dir->item, name, &sim_dir_type);
	return &dir->item;
}

static void sim_drop_dir(struct config_group *group, struct config_item *item)
{
	struct dma_sim_dir *dir = to_sim_dir(item);

	mutex_lock(&dir->lock);
	sim_dir_stop(dir);
	mutex_unlock(&dir->lock);
	config_item_put(item);
}

static struct configfs_group_operations sim_root_ops = {
	.make_item = sim_make_dir,
	.drop_item = sim_drop_dir,
};

static const struct config_item_type sim_root_type = {
	.ct_group_ops = &sim_root_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem dma_sim_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = SIM_NAME,
			.ci_type = &sim_root_type,
		},
	},
};

/*
 * The devices need a driver only to have an owner: a channel in use keeps this
 * module loaded.
 */
static int dma_sim_probe(struct platform_device *pdev)
{
	return 0;
}

static struct platform_driver dma_sim_driver = {
	.probe = dma_sim_probe,
	.driver = {
		.name = SIM_NAME,
		.suppress_bind_attrs = true,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

static int __init dma_sim_init(void)
{
	int err;

	dma_sim_wq = alloc_workqueue(SIM_NAME, WQ_UNBOUND, 0);
	if (!dma_sim_wq)
		return -ENOMEM;
	err = platform_driver_register(&dma_sim_driver);
	if (err)
		goto no_driver;
	config_group_init(&dma_sim_subsys.su_group);
	mutex_init(&dma_sim_subsys.su_mutex);
	err = configfs_register_subsystem(&dma_sim_subsys);
	if (err)
		goto no_configfs;
	return 0;

no_configfs:
	platform_driver_unregister(&dma_sim_driver);
no_driver:
	destroy_workqueue(dma_sim_wq);
	return err;
}
module_init(dma_sim_init);

/*
 * Directories and channels in use hold the module, so that all engines are
 * gone by now, but for memory that the workqueue is about to free.
 */
static void __exit dma_sim_exit(void)
{
	configfs_unregister_subsystem(&dma_sim_subsys);
	destroy_workqueue(dma_sim_wq);
	platform_driver_unregister(&dma_sim_driver);
}
module_exit(dma_sim_exit);

MODULE_DESCRIPTION("DMA engines without hardware");
MODULE_LICENSE("GPL");
