// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each channel did, for the administrator: debugfs async_tx/channels, and
 * how that agrees with what was expected of it: async_tx/estimates.
 *
 * Requests and bytes are counted exactly, per CPU. Latency is that of one
 * request in ASYNC_TX_SAMPLE, from the hand-over to the channel to its end, in a
 * histogram of quarters of powers of two; so the 99th percentile is exact to a
 * quarter of itself.
 */
#include <linux/debugfs.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

static unsigned int ns_to_bucket(u64 ns)
{
	unsigned int log, bucket;

	if (ns < 4)
		return ns;
	log = ilog2(ns);
	bucket = log * 4 + ((ns >> (log - 2)) & 3);
	return min(bucket, ASYNC_TX_HIST_BUCKETS - 1);
}

/* The upper end of a bucket. */
static u64 bucket_to_ns(unsigned int bucket)
{
	if (bucket < 8)
		return bucket;
	return (u64)(4 + bucket % 4 + 1) << (bucket / 4 - 2);
}

/**
 * async_tx_stats_alloc - give a channel its counters
 * @chan: not registered yet
 *
 * Context: may sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int async_tx_stats_alloc(struct async_tx_channel *chan)
{
	chan->hist = kvcalloc(ASYNC_TX_NR_OPS, sizeof(*chan->hist), GFP_KERNEL);
	if (!chan->hist)
		return -ENOMEM;
	chan->stats = alloc_percpu(struct async_tx_stats);
	if (chan->stats)
		return 0;
	kvfree(chan->hist);
	return -ENOMEM;
}

void async_tx_stats_free(struct async_tx_channel *chan)
{
	free_percpu(chan->stats);
	kvfree(chan->hist);
}

/**
 * async_tx_stats_time - account the latency of a request that was timed
 * @chan: where it ran
 * @op: what it was
 * @ns: how long it took
 *
 * Context: any.
 */
void async_tx_stats_time(struct async_tx_channel *chan, enum async_tx_opcode op,
			 u64 ns)
{
	struct async_tx_count __percpu *count = &chan->stats->op[op];

	this_cpu_inc(count->timed);
	this_cpu_add(count->ns, ns);
	atomic_inc(&chan->hist[op][ns_to_bucket(ns)]);
}

static struct async_tx_count sum(struct async_tx_channel *chan, unsigned int op)
{
	struct async_tx_count total = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		struct async_tx_count *c = &per_cpu_ptr(chan->stats, cpu)->op[op];

		total.requests += c->requests;
		total.bytes += c->bytes;
		total.timed += c->timed;
		total.ns += c->ns;
	}
	return total;
}

static u64 percentile99(struct async_tx_channel *chan, unsigned int op)
{
	atomic_t *hist = chan->hist[op];
	u64 all = 0, seen = 0;
	unsigned int i;

	for (i = 0; i < ASYNC_TX_HIST_BUCKETS; i++)
		all += atomic_read(&hist[i]);
	for (i = 0; i < ASYNC_TX_HIST_BUCKETS; i++) {
		seen += atomic_read(&hist[i]);
		if (seen && seen * 100 >= all * 99)
			return bucket_to_ns(i);
	}
	return 0;
}

/* The CPU's come first. */
static void visit_channels(void (*visit)(struct async_tx_channel *chan,
					 struct seq_file *s),
			   struct seq_file *s)
{
	struct async_tx_channel *chan;

	visit(&async_tx_cpu, s);
	visit(&async_tx_cpu_worker, s);
	mutex_lock(&async_tx_registry_lock);
	list_for_each_entry(chan, &async_tx_channels, entry)
		visit(chan, s);
	mutex_unlock(&async_tx_registry_lock);
}

static void show_channel(struct async_tx_channel *chan, struct seq_file *s)
{
	for (unsigned int op = 0; op < ASYNC_TX_NR_OPS; op++) {
		unsigned int errors = atomic_read(&chan->errors[op]);
		struct async_tx_count c = sum(chan, op);

		if (!c.requests && !errors)
			continue;
		seq_printf(s, "%s %s %llu %llu %llu %llu %u\n", chan->name,
			   async_tx_ops[op].name, c.requests, c.bytes,
			   c.timed ? div64_u64(c.ns, c.timed) : 0,
			   percentile99(chan, op), errors);
	}
}

static int channels_show(struct seq_file *s, void *unused)
{
	seq_puts(s, "channel op count bytes mean_ns p99_ns errors\n");
	visit_channels(show_channel, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(channels);

static void show_estimates(struct async_tx_channel *chan, struct seq_file *s)
{
	for (unsigned int op = 0; op < ASYNC_TX_NR_OPS; op++) {
		struct async_tx_estimate *e = &chan->estimate[op];

		for (unsigned int i = 0; i < ASYNC_TX_KNOTS; i++) {
			struct async_tx_samples c = e->samples[i];

			if (!c.count)
				continue;
			seq_printf(s, "%s %s %lu %llu %llu %llu %u %u %u\n",
				   chan->name, async_tx_ops[op].name,
				   BIT(ASYNC_TX_FIRST_KNOT + i), c.count,
				   div64_u64(c.expected, c.count),
				   div64_u64(c.actual, c.count),
				   e->knot[i] >> ASYNC_TX_FRACTION,
				   chan->lag.ns >> ASYNC_TX_FRACTION,
				   chan->handover[op].ns >> ASYNC_TX_FRACTION);
		}
	}
}

static int estimates_show(struct seq_file *s, void *unused)
{
	seq_puts(s, "channel op read samples expected_ns actual_ns service_ns lag_ns handover_ns\n");
	visit_channels(show_estimates, s);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(estimates);

/* What was learned stays. */
static void reset_channel(struct async_tx_channel *chan, struct seq_file *unused)
{
	int cpu;

	for (unsigned int op = 0; op < ASYNC_TX_NR_OPS; op++)
		memset(chan->estimate[op].samples, 0,
		       ASYNC_TX_KNOTS * sizeof(*chan->estimate[op].samples));

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(chan->stats, cpu), 0, sizeof(*chan->stats));
	memset(chan->hist, 0, ASYNC_TX_NR_OPS * sizeof(*chan->hist));
	memset(chan->errors, 0, sizeof(chan->errors));
}

/* Requests that end meanwhile may be half counted. */
static ssize_t reset_write(struct file *file, const char __user *buf,
			   size_t len, loff_t *pos)
{
	visit_channels(reset_channel, NULL);
	return len;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
};

static struct dentry *root;

void __init async_tx_debugfs_init(void)
{
	root = debugfs_create_dir("async_tx", NULL);
	debugfs_create_file("channels", 0444, root, NULL, &channels_fops);
	debugfs_create_file("estimates", 0444, root, NULL, &estimates_fops);
	debugfs_create_file("reset", 0200, root, NULL, &reset_fops);
}

void async_tx_debugfs_exit(void)
{
	debugfs_remove(root);
}
