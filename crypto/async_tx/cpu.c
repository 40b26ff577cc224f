// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU as a channel of async_tx.
 *
 * A request runs in its submitter's context when that is where it became ready,
 * else on a worker of the CPU on which it did: completions come in softirq,
 * which is no place for long work. The queues are lock-free lists with any
 * number of producers and consumers; a consumer takes all there is.
 */
#include <kunit/visibility.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "cpu.h"
#include "internal.h"
#include "simulate.h"

/* Its load is as a channel's, for the worker is one on each CPU. */
struct cpu_queue {
	struct llist_head requests;
	struct work_struct work;
	atomic64_t load;
};

static DEFINE_PER_CPU(struct cpu_queue, worker_queue);
static struct workqueue_struct *cpu_wq;

struct async_tx_channel async_tx_cpu = { .name = "cpu" };
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu);
struct async_tx_channel async_tx_cpu_worker = { .name = "cpu-worker" };

static void run_on(struct async_tx_channel *chan, struct async_tx_request *req)
{
	void (*run)(struct async_tx_request *req) = async_tx_op(req)->run;

	if (run) {
		u64 start = async_tx_stamp(chan, async_tx_clock_alone(chan));

		run(req);
		async_tx_account(chan, req->op, req->len);
		if (unlikely(start)) {
			u64 ns = ktime_get_ns() - start;

			async_tx_stats_time(chan, req->op, ns);
			async_tx_clock_run(chan, req->op, req->work, ns);
		}
	}
	async_tx_request_done(req);
}

/**
 * async_tx_cpu_run - carry a request out, here
 * @req: ready. It has ended on return.
 *
 * Context: task or softirq.
 */
void async_tx_cpu_run(struct async_tx_request *req)
{
	run_on(&async_tx_cpu, req);
}

/* Adds @req to the worker's load, and to its samples if the worker is idle. */
static void start_clock(struct cpu_queue *q, struct async_tx_request *req)
{
	req->alone = async_tx_load_add(&q->load, &async_tx_cpu_worker, req);
	if (req->alone)
		req->started = ktime_get_ns();
}

static void enqueue(struct async_tx_request *req, struct async_tx_channel *chan)
{
	struct cpu_queue *q = raw_cpu_ptr(&worker_queue);

	req->chan = chan;
	if (chan)
		start_clock(q, req);
	if (llist_add(&req->queued, &q->requests))
		queue_work(cpu_wq, &q->work);
}

/**
 * async_tx_cpu_queue - have the worker carry a request out
 * @req: ready
 *
 * Context: any.
 */
void async_tx_cpu_queue(struct async_tx_request *req)
{
	enqueue(req, &async_tx_cpu_worker);
}

/**
 * async_tx_cpu_defer - have the worker choose a channel for a request
 * @req: ready
 *
 * Context: any, hard interrupts included.
 */
void async_tx_cpu_defer(struct async_tx_request *req)
{
	enqueue(req, NULL);
}

static void run_queued(struct cpu_queue *q, struct async_tx_request *req)
{
	s64 load = async_tx_load_of(req->expected);

	if (req->alone)
		async_tx_lag_learn(&async_tx_cpu_worker.lag,
				   ktime_get_ns() - req->started);
	run_on(&async_tx_cpu_worker, req);
	atomic64_sub(load, &q->load);
}

static bool drain(struct cpu_queue *q)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&q->requests));
	struct async_tx_request *req, *next;

	llist_for_each_entry_safe(req, next, list, queued) {
		if (req->chan)
			run_queued(q, req);
		else
			async_tx_request_ready(req);
	}
	return list;
}

/**
 * async_tx_cpu_backlog - how long this CPU's worker is going to be busy
 *
 * Context: any.
 *
 * Return: ns.
 */
u64 async_tx_cpu_backlog(void)
{
	return async_tx_load_ns(atomic64_read(&raw_cpu_ptr(&worker_queue)->load));
}

/**
 * async_tx_cpu_drain - run what is queued on this CPU
 *
 * Context: task or softirq.
 *
 * Return: false if there was nothing.
 */
bool async_tx_cpu_drain(void)
{
	return drain(raw_cpu_ptr(&worker_queue));
}

static void cpu_work(struct work_struct *work)
{
	struct cpu_queue *q = container_of(work, struct cpu_queue, work);

	while (drain(q))
		cond_resched();
}

/* Ranges that overlap are no caller's intention, but shall harm nobody else. */
static inline void copy(void *dst, const void *src, size_t len)
{
	if (unlikely(dst < src + len && src < dst + len))
		memmove(dst, src, len);
	else
		memcpy(dst, src, len);
}

/**
 * async_tx_cpu_copy - copy a range of memory
 * @dst: destination page
 * @dst_off: offset into @dst (bytes), may lie beyond the page in its folio
 * @src: source page
 * @src_off: offset into @src (bytes), may lie beyond the page in its folio
 * @len: bytes
 *
 * Context: any.
 */
void async_tx_cpu_copy(struct page *dst, unsigned int dst_off, struct page *src,
		       unsigned int src_off, size_t len)
{
	if (async_tx_sim_cpu_copy(len))
		return;
	if (!IS_ENABLED(CONFIG_HIGHMEM)) {
		copy(page_address(dst) + dst_off, page_address(src) + src_off,
		     len);
		return;
	}
	while (len) {
		size_t n = min3(len, PAGE_SIZE - offset_in_page(dst_off),
				PAGE_SIZE - offset_in_page(src_off));

		memcpy_page(nth_page(dst, dst_off / PAGE_SIZE),
			    offset_in_page(dst_off),
			    nth_page(src, src_off / PAGE_SIZE),
			    offset_in_page(src_off), n);
		dst_off += n;
		src_off += n;
		len -= n;
	}
}

/**
 * async_tx_cpu_fill - fill a range of memory
 * @dst: destination page
 * @off: offset into @dst (bytes), may lie beyond the page in its folio
 * @value: the byte
 * @len: bytes
 *
 * Context: any.
 */
void async_tx_cpu_fill(struct page *dst, unsigned int off, int value, size_t len)
{
	if (!IS_ENABLED(CONFIG_HIGHMEM)) {
		memset(page_address(dst) + off, value, len);
		return;
	}
	while (len) {
		size_t n = min(len, PAGE_SIZE - offset_in_page(off));

		memset_page(nth_page(dst, off / PAGE_SIZE), offset_in_page(off),
			    value, n);
		off += n;
		len -= n;
	}
}

/* Bytes in a microsecond that a CPU copies until it is known better. */
#define USUAL_BANDWIDTH	10000

/* What it takes to copy @len bytes of a page, at best (ns). */
static u32 __init time_copy(struct page *page, size_t len)
{
	u32 best = U32_MAX;

	for (unsigned int i = 0; i < 16; i++) {
		u64 start = ktime_get_ns();

		async_tx_cpu_copy(page, PAGE_SIZE / 2, page, 0, len);
		best = min_t(u64, best, ktime_get_ns() - start);
	}
	return best;
}

/* A guess: that all operations go as copies do. */
static void __init seed(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 some, much, bandwidth = 0;

	if (!page)
		return;
	some = time_copy(page, 1);
	much = time_copy(page, PAGE_SIZE / 2);
	__free_page(page);
	if (much > some)
		bandwidth = PAGE_SIZE / 2 * 1000 / (much - some);
	/* A clock that still goes in steps of a tick, as the kernel boots, tells nothing. */
	if (!bandwidth)
		bandwidth = USUAL_BANDWIDTH;
	async_tx_estimates_seed(&async_tx_cpu, 0, bandwidth);
	async_tx_estimates_seed(&async_tx_cpu_worker, 0, bandwidth);
}

static int __init channel_init(struct async_tx_channel *chan)
{
	if (async_tx_stats_alloc(chan))
		return -ENOMEM;
	if (!async_tx_estimates_alloc(chan))
		return 0;
	async_tx_stats_free(chan);
	return -ENOMEM;
}

static void channel_exit(struct async_tx_channel *chan)
{
	async_tx_estimates_free(chan);
	async_tx_stats_free(chan);
}

int __init async_tx_cpu_channel_init(void)
{
	int cpu, err = -ENOMEM;

	if (channel_init(&async_tx_cpu))
		return -ENOMEM;
	if (channel_init(&async_tx_cpu_worker))
		goto err_cpu;
	seed();
	cpu_wq = alloc_workqueue("async_tx", WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!cpu_wq)
		goto err_worker;
	err = async_tx_cpu_init();
	if (err)
		goto err_wq;

	for_each_possible_cpu(cpu) {
		struct cpu_queue *q = per_cpu_ptr(&worker_queue, cpu);

		init_llist_head(&q->requests);
		INIT_WORK(&q->work, cpu_work);
	}
	return 0;

err_wq:
	destroy_workqueue(cpu_wq);
err_worker:
	channel_exit(&async_tx_cpu_worker);
err_cpu:
	channel_exit(&async_tx_cpu);
	return err;
}

void async_tx_cpu_channel_exit(void)
{
	destroy_workqueue(cpu_wq);
	async_tx_cpu_exit();
	channel_exit(&async_tx_cpu_worker);
	channel_exit(&async_tx_cpu);
}
