// SPDX-License-Identifier: GPL-2.0-only
/*
 * An experiment in simulated time: which policy is how fast on which engines?
 *
 * debugfs async_tx_simulate/ has three files, for one user at a time:
 *
 *   job     written: engines, what becomes of them, and operations with the times
 *           at which they arrive, as struct sim_job and what follows it
 *   run     written, anything: makes the engines, submits the copies, waits for
 *           all, removes the engines. Policy and thresholds are those of sysfs
 *   result  read: what all runs of the job took, as struct sim_run and what
 *           follows it
 *
 * It is for User Mode Linux with time-travel=inf-cpu, where code takes no time.
 * The engines are of dma-sim, and dry; the CPU's copies take what the job says.
 * simulate_time.c sees to that; tools/testing/async_tx/simulate/ writes the jobs
 * and judges what comes out. One mutex, for all.
 */
#include <linux/async_tx.h>
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/vmalloc.h>

#include "../../drivers/dma/dma-sim/dma-sim.h"
#include "simulate.h"

/* The engines are there this long before the first operation arrives. */
#define SIM_SETTLE_MS	100
/* The longest copy, a folio of this order */
#define SIM_ORDER	8
#define SIM_MAX_JOB	SZ_16M
#define SIM_MAX_RESULT	SZ_128M
#define SIM_MAX_ENGINES	8

/**
 * struct sim_job - the head of a job
 * @nr_engines: how many &struct sim_engine follow, then
 * @nr_changes: how many &struct sim_change, by time, then
 * @nr_ops: how many &struct sim_op, by time
 * @unused: has what follows aligned
 * @cpu: what a copy by the CPU takes
 */
struct sim_job {
	u32 nr_engines;
	u32 nr_changes;
	u32 nr_ops;
	u32 unused;
	struct async_tx_sim_speed cpu;
};

/**
 * struct sim_engine - an engine
 * @channels: it has
 * @ring: descriptors of each
 * @speed: of each
 */
struct sim_engine {
	u32 channels;
	u32 ring;
	struct async_tx_sim_speed speed;
};

/**
 * struct sim_change - what becomes of an engine
 * @at: ns after the start
 * @engine: which
 * @hold: it starts nothing, until another change
 * @speed: from now on
 */
struct sim_change {
	u64 at;
	u32 engine;
	u32 hold;
	struct async_tx_sim_speed speed;
};

/**
 * struct sim_op - a copy
 * @at: when it arrives, ns after the start
 * @len: bytes
 */
struct sim_op {
	u64 at;
	u64 len;
};

/**
 * struct sim_run - the head of a result
 * @failed: operations that were refused
 * @cpu_bytes: what the CPU copied
 * @cpu_ns: time that it took
 *
 * What follows is a u64 an operation: ns from its arrival to its callback.
 */
struct sim_run {
	u64 failed;
	u64 cpu_bytes;
	u64 cpu_ns;
};

static DEFINE_MUTEX(sim_lock);

static struct {
	void *data;
	size_t len;
	const struct sim_job *head;
	const struct sim_engine *engines;
	const struct sim_change *changes;
	const struct sim_op *ops;
} job;

static struct {
	void *data;
	size_t len;
} result;

/* The run, while there is one. */
static struct {
	struct dma_sim *engine[SIM_MAX_ENGINES];
	struct page *src, *dst;
	u64 start;
	struct hrtimer timer;	/* for the next change */
	unsigned int changed;
	u64 *sample;
	atomic_t left;
	struct completion ended;
} run;

/* --- the engines --- */

static int make_engine(unsigned int i)
{
	const struct sim_engine *engine = &job.engines[i];
	struct dma_sim_config config = {
		.channels = engine->channels,
		.max_xor = 2,
		.max_pq = 1,
		.pq_continue = true,
		.align = 1,
		.ring = engine->ring,
		.in_order = true,
		.dry = true,
		.setup_ns = engine->speed.setup_ns,
		.bandwidth = engine->speed.bandwidth,
	};

	dma_cap_set(DMA_MEMCPY, config.caps);
	run.engine[i] = dma_sim_create("simulate", &config);
	return PTR_ERR_OR_ZERO(run.engine[i]);
}

static void remove_engines(void)
{
	for (unsigned int i = 0; i < SIM_MAX_ENGINES; i++) {
		if (!IS_ERR_OR_NULL(run.engine[i]))
			dma_sim_destroy(run.engine[i]);
		run.engine[i] = NULL;
	}
}

static int make_engines(void)
{
	int err = 0;

	for (unsigned int i = 0; i < job.head->nr_engines && !err; i++)
		err = make_engine(i);
	if (err)
		remove_engines();
	return err;
}

static void next_change(void)
{
	if (run.changed < job.head->nr_changes)
		hrtimer_start(&run.timer,
			      run.start + job.changes[run.changed].at,
			      HRTIMER_MODE_ABS_SOFT);
}

static enum hrtimer_restart change_engine(struct hrtimer *timer)
{
	const struct sim_change *c = &job.changes[run.changed++];
	struct dma_sim *sim = run.engine[c->engine];

	WARN_ON_ONCE(dma_sim_set_speed(sim, c->speed.setup_ns,
				       c->speed.bandwidth));
	dma_sim_hold(sim, c->hold);
	next_change();
	return HRTIMER_NORESTART;
}

/* --- the operations --- */

/* Until an operation has ended its sample is the time at which it arrives. */
static void op_ended(void *param)
{
	u64 *sample = param;

	*sample = ktime_get_ns() - *sample;
	if (atomic_dec_and_test(&run.left))
		complete(&run.ended);
}

static void sleep_until(ktime_t time)
{
	while (ktime_before(ktime_get(), time)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_hrtimeout(&time, HRTIMER_MODE_ABS);
	}
}

static bool submit_op(unsigned int i)
{
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;

	sleep_until(run.sample[i]);
	init_async_submit(&submit, ASYNC_TX_ACK, NULL, op_ended,
			  &run.sample[i], NULL);
	tx = async_memcpy(run.dst, run.src, 0, 0, job.ops[i].len, &submit);
	async_tx_issue_pending_all();
	return !IS_ERR(tx);
}

/*
 * A kernel thread: whenever an interrupt comes upon a task that has an address
 * space of its own, User Mode Linux passes it on to the host.
 */
static int submit_ops(void *param)
{
	struct sim_run *r = param;

	for (unsigned int i = 0; i < job.head->nr_ops; i++) {
		if (submit_op(i))
			continue;
		r->failed++;
		op_ended(&run.sample[i]);
	}
	return 0;
}

static int run_ops(struct sim_run *r)
{
	struct task_struct *task;

	task = kthread_create(submit_ops, r, "simulate");
	if (IS_ERR(task))
		return PTR_ERR(task);

	msleep(SIM_SETTLE_MS);
	run.sample = (u64 *)(r + 1);
	run.start = ktime_get_ns() + NSEC_PER_MSEC;
	for (unsigned int i = 0; i < job.head->nr_ops; i++)
		run.sample[i] = run.start + job.ops[i].at;
	atomic_set(&run.left, job.head->nr_ops);
	init_completion(&run.ended);
	run.changed = 0;
	next_change();

	async_tx_sim_cpu_begin(&job.head->cpu);
	wake_up_process(task);
	wait_for_completion(&run.ended);
	async_tx_sim_cpu_count(&r->cpu_bytes, &r->cpu_ns);
	hrtimer_cancel(&run.timer);
	return 0;
}

static int run_job(void)
{
	size_t size = sizeof(struct sim_run) + job.head->nr_ops * sizeof(u64);
	struct sim_run *r;
	void *data;
	int err;

	if (result.len + size > SIM_MAX_RESULT)
		return -ENOSPC;
	data = kvrealloc(result.data, result.len + size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	result.data = data;
	r = data + result.len;
	*r = (struct sim_run) {};

	err = make_engines();
	if (err)
		return err;
	err = run_ops(r);
	remove_engines();
	if (!err)
		result.len += size;
	return err;
}

/* --- the files --- */

static bool ops_ok(const struct sim_job *head)
{
	for (unsigned int i = 0; i < head->nr_ops; i++)
		if (!job.ops[i].len || job.ops[i].len > PAGE_SIZE << SIM_ORDER)
			return false;
	return head->nr_ops;
}

static bool changes_ok(const struct sim_job *head)
{
	for (unsigned int i = 0; i < head->nr_changes; i++)
		if (job.changes[i].engine >= head->nr_engines)
			return false;
	return true;
}

/* What has been written, taken apart; the speeds are dma-sim's to check. */
static int parse_job(void)
{
	const struct sim_job *head = job.data;
	size_t size = sizeof(*head);

	job.head = NULL;
	if (job.len < size || head->nr_engines > SIM_MAX_ENGINES ||
	    !head->cpu.bandwidth)
		return -EINVAL;

	job.engines = job.data + size;
	size = size_add(size, array_size(head->nr_engines, sizeof(*job.engines)));
	job.changes = job.data + size;
	size = size_add(size, array_size(head->nr_changes, sizeof(*job.changes)));
	job.ops = job.data + size;
	size = size_add(size, array_size(head->nr_ops, sizeof(*job.ops)));
	if (size != job.len || !changes_ok(head) || !ops_ok(head))
		return -EINVAL;

	job.head = head;
	return 0;
}

static ssize_t job_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	ssize_t n;

	mutex_lock(&sim_lock);
	result.len = 0;
	job.head = NULL;
	n = simple_write_to_buffer(job.data, SIM_MAX_JOB, pos, buf, len);
	job.len = *pos;
	mutex_unlock(&sim_lock);
	return n ?: -ENOSPC;
}

static const struct file_operations job_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = job_write,
};

static ssize_t run_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	int err = 0;

	mutex_lock(&sim_lock);
	if (!job.head)
		err = parse_job();
	if (!err)
		err = run_job();
	mutex_unlock(&sim_lock);
	return err ?: len;
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = run_write,
};

static ssize_t result_read(struct file *file, char __user *buf, size_t len,
			   loff_t *pos)
{
	ssize_t n;

	mutex_lock(&sim_lock);
	n = simple_read_from_buffer(buf, len, pos, result.data, result.len);
	mutex_unlock(&sim_lock);
	return n;
}

static const struct file_operations result_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = result_read,
};

static int __init sim_init(void)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_COMP;
	struct dentry *dir;

	if (!async_tx_sim_is_on())
		return 0;

	job.data = vmalloc(SIM_MAX_JOB);
	run.src = alloc_pages(gfp, SIM_ORDER);
	run.dst = alloc_pages(gfp, SIM_ORDER);
	if (!job.data || !run.src || !run.dst)
		return -ENOMEM;
	hrtimer_init(&run.timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	run.timer.function = change_engine;

	dir = debugfs_create_dir("async_tx_simulate", NULL);
	debugfs_create_file("job", 0200, dir, NULL, &job_fops);
	debugfs_create_file("run", 0200, dir, NULL, &run_fops);
	debugfs_create_file("result", 0400, dir, NULL, &result_fops);
	return 0;
}
late_initcall(sim_init);
