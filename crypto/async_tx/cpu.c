// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CPU as a channel of async_tx.
 *
 * A request runs in its submitter's context when that is where it became ready,
 * else on a worker of the CPU on which it did: completions come in softirq,
 * which is no place for long work. The queues are lock-free lists with any
 * number of producers and consumers; a consumer takes all there is.
 */
#include <linux/highmem.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "cpu.h"
#include "internal.h"
#include "simulate.h"

struct cpu_queue {
	struct llist_head requests;
	struct work_struct work;
};

static DEFINE_PER_CPU(struct cpu_queue, worker_queue);
static struct workqueue_struct *cpu_wq;

struct async_tx_channel async_tx_cpu = { .name = "cpu" };
struct async_tx_channel async_tx_cpu_worker = { .name = "cpu-worker" };

static void run_on(struct async_tx_channel *chan, struct async_tx_request *req)
{
	void (*run)(struct async_tx_request *req) = async_tx_op(req)->run;

	if (run) {
		u64 start = async_tx_clock(chan);

		run(req);
		async_tx_account(chan, req->op, req->len);
		if (start)
			async_tx_stats_time(chan, req->op,
					    ktime_get_ns() - start);
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

static void enqueue(struct async_tx_request *req, struct async_tx_channel *chan)
{
	struct cpu_queue *q = raw_cpu_ptr(&worker_queue);

	req->chan = chan;
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

static bool drain(struct cpu_queue *q)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&q->requests));
	struct async_tx_request *req, *next;

	llist_for_each_entry_safe(req, next, list, queued) {
		if (req->chan)
			run_on(&async_tx_cpu_worker, req);
		else
			async_tx_request_ready(req);
	}
	return list;
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

int __init async_tx_cpu_channel_init(void)
{
	int cpu, err = -ENOMEM;

	if (async_tx_stats_alloc(&async_tx_cpu))
		return -ENOMEM;
	if (async_tx_stats_alloc(&async_tx_cpu_worker))
		goto err_cpu;
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
	async_tx_stats_free(&async_tx_cpu_worker);
err_cpu:
	async_tx_stats_free(&async_tx_cpu);
	return err;
}

void async_tx_cpu_channel_exit(void)
{
	destroy_workqueue(cpu_wq);
	async_tx_cpu_exit();
	async_tx_stats_free(&async_tx_cpu_worker);
	async_tx_stats_free(&async_tx_cpu);
}
