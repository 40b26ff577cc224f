// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which channel an operation runs on.
 *
 * The registry keeps, for every operation, the engines' channels that can do it.
 * The current policy picks one of those or leaves the operation to the CPU. A
 * choice takes rcu_read_lock() and no lock; channels and policies change under
 * async_tx_registry_lock.
 *
 * A chosen channel may be used after rcu_read_unlock() only if, under a new
 * rcu_read_lock(), async_tx_epoch() has not moved: removal moves it first and
 * then waits for a grace period.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/wait_bit.h>
#include <kunit/visibility.h>

#include "internal.h"

/* Protects the channels, their candidates' replacement, and the policies. */
DEFINE_MUTEX(async_tx_registry_lock);
LIST_HEAD(async_tx_channels);

struct async_tx_candidates __rcu *async_tx_candidates[ASYNC_TX_NR_OPS];

/* Operations shorter than this (bytes) are the CPU's. */
unsigned int async_tx_threshold[ASYNC_TX_NR_OPS];

/* How many requests may be in flight on an engine before the CPU takes one. */
unsigned int async_tx_cpu_weight = 8;

struct async_tx_policy __rcu *async_tx_current_policy;
DEFINE_STATIC_KEY_FALSE(async_tx_learning);
static LIST_HEAD(policies);
unsigned int __async_tx_epoch;

/* --- channels --- */

static bool can_do(const struct async_tx_channel *chan,
		   const struct async_tx_op *op)
{
	struct dma_device *dma;

	if (!op->offload || !chan->chan)
		return false;
	dma = chan->chan->device;
	return dma_has_cap(op->cap, dma->cap_mask) &&
	       dma_has_cap(op->cap2, dma->cap_mask) &&
	       (!op->usable || op->usable(dma));
}

static u16 abilities(const struct async_tx_channel *chan)
{
	u16 can = 0;

	if (!chan->weight)
		return 0;
	for (unsigned int i = 0; i < ASYNC_TX_NR_OPS; i++)
		can |= can_do(chan, &async_tx_ops[i]) ? BIT(i) : 0;
	return can;
}

static unsigned int count_candidates(unsigned int op)
{
	struct async_tx_channel *chan;
	unsigned int nr = 0;

	list_for_each_entry(chan, &async_tx_channels, entry)
		nr += !!(chan->can & BIT(op));
	return nr;
}

static struct async_tx_candidates *
make_candidates(unsigned int op, unsigned int nr)
{
	struct async_tx_candidates *cand;
	struct async_tx_channel *chan;
	unsigned int i = 0;

	cand = kzalloc(struct_size(cand, chan, nr), GFP_KERNEL);
	if (!cand)
		return NULL;
	cand->nr = nr;
	list_for_each_entry(chan, &async_tx_channels, entry)
		if (chan->can & BIT(op))
			cand->chan[i++] = chan;
	return cand;
}

/* Without memory the operation is the CPU's until the next change. */
static void publish_candidates(void)
{
	lockdep_assert_held(&async_tx_registry_lock);

	for (unsigned int i = 0; i < ASYNC_TX_NR_OPS; i++) {
		unsigned int nr = count_candidates(i);
		struct async_tx_candidates *old, *new = NULL;

		if (nr)
			new = make_candidates(i, nr);
		old = rcu_replace_pointer(async_tx_candidates[i], new,
					  lockdep_is_held(&async_tx_registry_lock));
		if (old)
			kfree_rcu(old, rcu);
	}
	/* With async_tx_epoch(). */
	smp_store_release(&__async_tx_epoch, __async_tx_epoch + 1);
}

/**
 * async_tx_channel_register - offer a channel to the operations
 * @chan: with its statistics allocated, and a weight
 *
 * Context: may sleep.
 */
void async_tx_channel_register(struct async_tx_channel *chan)
{
	mutex_lock(&async_tx_registry_lock);
	chan->can = abilities(chan);
	list_add_tail_rcu(&chan->entry, &async_tx_channels);
	publish_candidates();
	mutex_unlock(&async_tx_registry_lock);
}

/**
 * async_tx_channel_weigh - give a channel more to do, or less
 * @chan: registered
 * @weight: percent of the usual, up to %ASYNC_TX_MAX_WEIGHT; 0: nothing
 *
 * What is in flight there stays.
 *
 * Context: may sleep.
 */
void async_tx_channel_weigh(struct async_tx_channel *chan, unsigned int weight)
{
	mutex_lock(&async_tx_registry_lock);
	chan->weight = weight;
	chan->can = abilities(chan);
	if (weight)
		WRITE_ONCE(chan->handicap, 4096 * ASYNC_TX_WEIGHT / weight - 4096);
	publish_candidates();
	mutex_unlock(&async_tx_registry_lock);
}

/**
 * async_tx_channel_unregister - take a channel out of use
 * @chan: registered
 * @force: wait for the requests in flight, however long they take
 *
 * Context: may sleep.
 *
 * Return: false, and leaves the channel in use, if requests
 * are in flight and @force is not set.
 */
bool async_tx_channel_unregister(struct async_tx_channel *chan, bool force)
{
	mutex_lock(&async_tx_registry_lock);
	list_del_rcu(&chan->entry);
	publish_candidates();
	mutex_unlock(&async_tx_registry_lock);
	synchronize_rcu();

	if (!atomic64_read(&chan->load))
		return true;
	if (!force) {
		async_tx_channel_register(chan);
		/* Nobody rang the doorbell while it was off the list. */
		async_tx_channel_issue(chan);
		return false;
	}
	async_tx_channel_issue(chan);
	WRITE_ONCE(chan->removing, true);
	smp_mb(); /* with atomic64_sub_and_test() of ->load */
	wait_var_event(&chan->load, !atomic64_read(&chan->load));
	synchronize_rcu(); /* whoever woke us has let go of @chan */
	return true;
}

/* --- policies --- */

/**
 * async_tx_register_policy - make a policy selectable
 * @policy: stays registered
 *
 * Context: may sleep.
 *
 * Return: 0, or -EEXIST if the name is taken.
 */
int async_tx_register_policy(struct async_tx_policy *policy)
{
	struct async_tx_policy *p;
	int err = -EEXIST;

	mutex_lock(&async_tx_registry_lock);
	list_for_each_entry(p, &policies, node)
		if (!strcmp(p->name, policy->name))
			goto out;
	list_add_tail(&policy->node, &policies);
	err = 0;
out:
	mutex_unlock(&async_tx_registry_lock);
	return err;
}

/**
 * async_tx_set_policy - select a policy
 * @name: of a registered one; a trailing newline is ignored
 *
 * Requests that run already stay where they are.
 *
 * Context: may sleep.
 *
 * Return: 0, or -EINVAL if there is none of that name.
 */
int async_tx_set_policy(const char *name)
{
	struct async_tx_policy *p;
	int err = -EINVAL;

	mutex_lock(&async_tx_registry_lock);
	list_for_each_entry(p, &policies, node) {
		if (sysfs_streq(p->name, name)) {
			if (p->reckons)
				static_branch_enable(&async_tx_learning);
			else
				static_branch_disable(&async_tx_learning);
			rcu_assign_pointer(async_tx_current_policy, p);
			err = 0;
			break;
		}
	}
	mutex_unlock(&async_tx_registry_lock);
	return err;
}
EXPORT_SYMBOL_GPL(async_tx_set_policy);

/**
 * async_tx_policy_in_force - the policy in force, for tests
 *
 * Context: any. The caller sees to it that it remains in force.
 *
 * Return: it; never NULL.
 */
struct async_tx_policy *async_tx_policy_in_force(void)
{
	return rcu_access_pointer(async_tx_current_policy);
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_policy_in_force);

/* All names in one line, the current one in brackets. */
ssize_t async_tx_show_policies(char *buf)
{
	struct async_tx_policy *p;
	ssize_t n = 0;

	mutex_lock(&async_tx_registry_lock);
	list_for_each_entry(p, &policies, node) {
		bool selected = p == rcu_access_pointer(async_tx_current_policy);

		n += sysfs_emit_at(buf, n, selected ? "%s[%s]" : "%s%s",
				   n ? " " : "", p->name);
	}
	n += sysfs_emit_at(buf, n, "\n");
	mutex_unlock(&async_tx_registry_lock);
	return n;
}

static struct async_tx_policy *const built_in[] __initconst = {
	&async_tx_policy_cpu,
	&async_tx_policy_engine,
	&async_tx_policy_round_robin,
	&async_tx_policy_least_loaded,
	&async_tx_policy_adaptive,
};

int __init async_tx_policies_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(built_in); i++) {
		int err = async_tx_register_policy(built_in[i]);

		if (err)
			return err;
	}
	return async_tx_set_policy("adaptive");
}
