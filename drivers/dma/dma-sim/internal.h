/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dma-sim share: an engine, its channels and descriptors, and
 * who does what with them.
 *
 *   main.c	the module and its devices
 *   engine.c	makes and removes engines
 *   configfs.c	does so for administrators
 *   prep.c	turns what clients ask for into descriptors
 *   channel.c	queues descriptors, and carries them out in a thread, or has a
 *		timer end them
 *   ops.c	moves and computes the data
 *
 * The loopback has a header of its own, loopback.h.
 */
#ifndef DMA_SIM_INTERNAL_H
#define DMA_SIM_INTERNAL_H

#include <linux/atomic.h>
#include <linux/dmaengine.h>
#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "dma-sim.h"

struct configfs_subsystem;
struct device;
struct platform_device;
struct task_struct;

#define SIM_NAME		"dma-sim"
#define SIM_PPM			1000000
/* Operands are worked on in pieces that stay in the first-level cache. */
#define SIM_CHUNK		2048

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
 *	called with it held, and no other lock is taken inside but that of
 *	hrtimers.
 * @free: slots ready for reuse, the least recently used first, as in a ring
 * @submitted: have a cookie and wait for issue_pending
 * @issued: wait for @thread
 * @order: all that have a cookie and have not ended, oldest first
 * @running: what @thread or @timer is at, until its callback has returned
 * @aborted: @running is not to be executed
 * @runs: descriptors that have been @running
 * @cut: the running descriptor need not wait for its simulated time
 * @passed: how often in a row the oldest issued descriptor was passed over
 * @failed: the last cookies that ended with an error, a ring as long as @slot
 * @failed_next: where the next one goes in @failed
 * @wait: woken when @running ends
 * @thread: carries the descriptors out; NULL for a dry engine
 * @timer: ends those of a dry engine
 * @busy_until: simulated time at which the last descriptor ended, 0 when the
 *	channel has been idle since; @thread's own. Of a dry engine, that at
 *	which @running ends, under @lock
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
	bool aborted;
	u64 runs;
	bool cut;
	unsigned int passed;
	dma_cookie_t *failed;
	unsigned int failed_next;

	wait_queue_head_t wait;
	struct task_struct *thread;
	struct hrtimer timer;
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

static inline struct dma_sim_chan *to_sim_chan(struct dma_chan *chan)
{
	return container_of(chan, struct dma_sim_chan, chan);
}

static inline struct dma_sim_desc *
to_sim_desc(struct dma_async_tx_descriptor *tx)
{
	return container_of(tx, struct dma_sim_desc, tx);
}

/* Is P (@i is 0) or Q (1) part of the operation? */
static inline bool dma_sim_wants(unsigned long flags, unsigned int i)
{
	return !(flags & (i ? DMA_PREP_PQ_DISABLE_Q : DMA_PREP_PQ_DISABLE_P));
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

/* The last one has no name. */
extern const struct dma_sim_op dma_sim_ops[];

const struct dma_sim_op *dma_sim_op(enum dma_transaction_type cap);
enum dmaengine_tx_result dma_sim_execute(struct dma_sim_chan *sc,
					 struct dma_sim_desc *desc,
					 u32 *residue);
bool dma_sim_read(struct device *dev, dma_addr_t addr, void *buf, size_t len);
bool dma_sim_write(struct device *dev, dma_addr_t addr, void *buf, size_t len);

void dma_sim_chan_init(struct dma_sim_chan *sc, struct dma_sim *sim);
int dma_sim_chan_start(struct dma_sim_chan *sc, const char *name,
		       unsigned int i);
void dma_sim_chan_stop(struct dma_sim_chan *sc);
bool dma_sim_chan_idle(struct dma_sim_chan *sc);
void dma_sim_chan_kick(struct dma_sim_chan *sc);
void dma_sim_chan_methods(struct dma_device *dma);
void dma_sim_prep_methods(struct dma_device *dma);

const char *dma_sim_config_fault(const struct dma_sim_config *c);
struct dma_sim *dma_sim_make(const char *name,
			     const struct dma_sim_config *config, bool hold,
			     unsigned int fail_next);
extern struct configfs_subsystem dma_sim_subsys;

struct platform_device *dma_sim_add_device(void);
/* Frees what had its last user go under the dmaengine core's mutex. */
extern struct workqueue_struct *dma_sim_wq;

#endif /* DMA_SIM_INTERNAL_H */
