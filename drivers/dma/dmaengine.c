// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMA engine core: knows the devices and their channels, and who uses which.
 *
 * A channel is used in one of three ways, each of which holds references on
 * it (dma_chan.client_count is their sum):
 *   - alone (dma_chan.exclusive), by name, mask or filter;
 *   - shared, by every registered struct dma_client (dma_chan.clients), if
 *     dma_chan.shared: unless the administrator says otherwise, when the
 *     provider does not keep the device private;
 *   - shared, by the callers of dmaengine_get(), which find it through a
 *     per-CPU table (dma_chan.public_count).
 * A channel that somebody wants alone is asked back from its dma_clients, the
 * device's other channels stay with them. DMA_PRIVATE is set in the device
 * meanwhile and hides all of it from dmaengine_get(). The first reference of
 * a channel allocates its resources and holds device and module, the last one
 * undoes that.
 *
 * dma_list_mutex guards devices, channels' use, clients and the table; no
 * descriptor's way goes through it. Lock order, outermost first:
 *   of-dma's and acpi-dma's list locks
 *   dma_list_mutex
 *   what providers' alloc, free and release methods, filters and dma_client
 *   callbacks take
 * /sys/class/dma attributes take it as well, hence device_unregister() is
 * called without. dma_issue_pending_all() walks the devices under RCU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/acpi_dma.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/idr.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/of.h>
#include <linux/of_dma.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "dmaengine.h"

/* What a wait for one transaction is given before it counts as failed. */
#define DMA_WAIT_MS	5000

static DEFINE_MUTEX(dma_list_mutex);
static LIST_HEAD(dma_device_list);
static LIST_HEAD(dma_client_list);
static unsigned long dma_client_ids;
static int dmaengine_ref_count;
static DEFINE_IDA(dma_ida);

/* Registered, and not about to be torn down. */
static bool dma_chan_live(struct dma_chan *chan)
{
	return chan->local;
}

static bool dma_device_is_private(struct dma_device *device)
{
	return dma_has_cap(DMA_PRIVATE, device->cap_mask);
}

static bool dma_device_satisfies(struct dma_device *device,
				 const dma_cap_mask_t *want)
{
	return bitmap_subset(want->bits, device->cap_mask.bits, DMA_TX_TYPE_END);
}

/* --- /sys/class/dma --- */

#define DMA_SLAVE_LINK	"slave"

static struct dma_chan_dev *to_chan_dev(struct device *dev)
{
	return container_of(dev, struct dma_chan_dev, device);
}

static void dma_chan_dev_release(struct device *dev)
{
	kfree(to_chan_dev(dev));
}

/* Shows one number of a channel, or fails with -ENODEV if that has gone. */
static ssize_t dma_chan_show(struct device *dev, char *buf,
			     unsigned long (*number)(struct dma_chan *chan))
{
	struct dma_chan *chan;
	ssize_t ret = -ENODEV;

	mutex_lock(&dma_list_mutex);
	chan = to_chan_dev(dev)->chan;
	if (chan)
		ret = sysfs_emit(buf, "%lu\n", number(chan));
	mutex_unlock(&dma_list_mutex);
	return ret;
}

static unsigned long dma_chan_memcpy_count(struct dma_chan *chan)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(chan->local, cpu)->memcpy_count;
	return sum;
}

static unsigned long dma_chan_bytes_transferred(struct dma_chan *chan)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(chan->local, cpu)->bytes_transferred;
	return sum;
}

static unsigned long dma_chan_in_use(struct dma_chan *chan)
{
	return chan->client_count;
}

static unsigned long dma_chan_setup_ns(struct dma_chan *chan)
{
	return chan->device->setup_ns;
}

static unsigned long dma_chan_bandwidth(struct dma_chan *chan)
{
	return chan->device->bandwidth;
}

#define DMA_CHAN_ATTR(name)						\
static ssize_t name##_show(struct device *dev,				\
			   struct device_attribute *attr, char *buf)	\
{									\
	return dma_chan_show(dev, buf, dma_chan_##name);		\
}									\
static DEVICE_ATTR_RO(name)

DMA_CHAN_ATTR(memcpy_count);
DMA_CHAN_ATTR(bytes_transferred);
DMA_CHAN_ATTR(in_use);
DMA_CHAN_ATTR(setup_ns);
DMA_CHAN_ATTR(bandwidth);

static unsigned long dma_chan_shared(struct dma_chan *chan)
{
	return chan->shared;
}

static ssize_t shared_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return dma_chan_show(dev, buf, dma_chan_shared);
}

static void dma_chan_share(struct dma_chan *chan, bool shared);

static ssize_t shared_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t len)
{
	struct dma_chan *chan;
	bool shared;
	int ret = kstrtobool(buf, &shared);

	if (ret)
		return ret;

	mutex_lock(&dma_list_mutex);
	chan = to_chan_dev(dev)->chan;
	if (chan && dma_chan_live(chan))
		dma_chan_share(chan, shared);
	else
		ret = -ENODEV;
	mutex_unlock(&dma_list_mutex);
	return ret ?: len;
}
static DEVICE_ATTR_RW(shared);

static struct attribute *dma_chan_attrs[] = {
	&dev_attr_in_use.attr,
	&dev_attr_shared.attr,
	&dev_attr_memcpy_count.attr,
	&dev_attr_bytes_transferred.attr,
	&dev_attr_setup_ns.attr,
	&dev_attr_bandwidth.attr,
	NULL
};
ATTRIBUTE_GROUPS(dma_chan);

static struct class dma_devclass = {
	.name		= "dma",
	.dev_release	= dma_chan_dev_release,
	.dev_groups	= dma_chan_groups,
};

/* Ties a channel to the device in whose name it was requested. */
static void dma_chan_link(struct dma_chan *chan, struct device *dev,
			  const char *name)
{
	struct kobject *kobj = &chan->dev->device.kobj;

	lockdep_assert_held(&dma_list_mutex);
	chan->name = kasprintf(GFP_KERNEL, "dma:%s", name);
	if (!chan->name)
		return;

	chan->slave = dev;
	if (sysfs_create_link(kobj, &dev->kobj, DMA_SLAVE_LINK))
		dev_warn(dev, "no link %s from %s\n", DMA_SLAVE_LINK, dma_chan_name(chan));
	if (sysfs_create_link(&dev->kobj, kobj, chan->name))
		dev_warn(dev, "no link %s\n", chan->name);
}

static void dma_chan_unlink(struct dma_chan *chan)
{
	lockdep_assert_held(&dma_list_mutex);
	if (chan->slave) {
		sysfs_remove_link(&chan->slave->kobj, chan->name);
		sysfs_remove_link(&chan->dev->device.kobj, DMA_SLAVE_LINK);
	}
	chan->slave = NULL;
	kfree(chan->name);
	chan->name = NULL;
}

/* --- debugfs --- */

#ifdef CONFIG_DEBUG_FS
static struct dentry *dma_debugfs_root;

static void dma_chan_set_user(struct dma_chan *chan, struct device *dev,
			      const char *name)
{
	chan->dbg_client_name = kasprintf(GFP_KERNEL, "%s:%s", dev_name(dev), name);
}

static void dma_chan_clear_user(struct dma_chan *chan)
{
	kfree(chan->dbg_client_name);
	chan->dbg_client_name = NULL;
}

static void dma_debugfs_add(struct dma_device *device)
{
	struct dentry *dir = debugfs_create_dir(dev_name(device->dev), dma_debugfs_root);

	device->dbg_dev_root = IS_ERR(dir) ? NULL : dir;
}

static void dma_debugfs_remove(struct dma_device *device)
{
	struct dentry *dir = device->dbg_dev_root;

	device->dbg_dev_root = NULL;
	debugfs_remove_recursive(dir);
}

static void dma_summary_channels(struct seq_file *s, struct dma_device *device)
{
	struct dma_chan *chan;

	list_for_each_entry(chan, &device->channels, device_node) {
		if (!dma_chan_live(chan) || !chan->client_count)
			continue;
		seq_printf(s, " %-13s| %s", dma_chan_name(chan),
			   chan->dbg_client_name ?: "in-use");
		if (chan->router)
			seq_printf(s, " (via router: %s)", dev_name(chan->router->dev));
		seq_putc(s, '\n');
	}
}

static int dma_summary_show(struct seq_file *s, void *unused)
{
	struct dma_device *device;
	const char *gap = "";

	mutex_lock(&dma_list_mutex);
	list_for_each_entry(device, &dma_device_list, global_node) {
		seq_printf(s, "%sdma%d (%s): number of channels: %u\n", gap,
			   device->dev_id, dev_name(device->dev), device->chancnt);
		if (device->dbg_summary_show)
			device->dbg_summary_show(s, device);
		else
			dma_summary_channels(s, device);
		gap = "\n";
	}
	mutex_unlock(&dma_list_mutex);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dma_summary);

static void __init dma_debugfs_init(void)
{
	dma_debugfs_root = debugfs_create_dir("dmaengine", NULL);
	debugfs_create_file("summary", 0444, dma_debugfs_root, NULL, &dma_summary_fops);
}
#else
static void dma_chan_set_user(struct dma_chan *chan, struct device *dev,
			      const char *name)
{
}

static void dma_chan_clear_user(struct dma_chan *chan) { }
static void dma_debugfs_add(struct dma_device *device) { }
static void dma_debugfs_remove(struct dma_device *device) { }
static void dma_debugfs_init(void) { }
#endif

/* --- references --- */

static void dma_device_release(struct kref *ref)
{
	struct dma_device *device = container_of(ref, struct dma_device, ref);

	if (device->device_release)
		device->device_release(device);
}

/* For the first user of a channel. */
static int dma_chan_open(struct dma_chan *chan)
{
	struct dma_device *device = chan->device;
	int ret = 0;

	if (!kref_get_unless_zero(&device->ref))
		return -ENODEV;

	if (device->device_alloc_chan_resources)
		ret = device->device_alloc_chan_resources(chan);
	if (ret < 0) {
		kref_put(&device->ref, dma_device_release);
		return ret;
	}

	/*
	 * The channel may be unregistered while it is used, and the hardware pulled
	 * out: keep its name, and what its client maps memory for.
	 */
	get_device(&chan->dev->device);
	get_device(device->dev);
	return 0;
}

/* For the last user of a channel; @chan may be gone afterwards. */
static void dma_chan_close(struct dma_chan *chan)
{
	struct device *dev = &chan->dev->device;
	struct dma_device *device = chan->device;
	struct device *hardware = device->dev;

	/* dma_issue_pending_all() may have seen a shared channel in use. */
	if (!chan->exclusive && device->registered)
		synchronize_rcu();

	if (device->device_free_chan_resources) {
		dmaengine_synchronize(chan);
		device->device_free_chan_resources(chan);
	}

	if (chan->router && chan->router->route_free) {
		chan->router->route_free(chan->router->dev, chan->route_data);
		chan->router = NULL;
		chan->route_data = NULL;
	}

	put_device(dev);
	kref_put(&device->ref, dma_device_release);
	put_device(hardware);
}

static int dma_chan_get(struct dma_chan *chan)
{
	struct module *owner = chan->device->owner;
	int ret;

	lockdep_assert_held(&dma_list_mutex);
	if (!try_module_get(owner))
		return -ENODEV;

	if (!chan->client_count) {
		ret = dma_chan_open(chan);
		if (ret) {
			dev_dbg(chan->device->dev, "%s: no resources: %d\n",
				dma_chan_name(chan), ret);
			module_put(owner);
			return ret;
		}
	}
	chan->client_count++;
	return 0;
}

static void dma_chan_put(struct dma_chan *chan)
{
	struct module *owner = chan->device->owner;

	lockdep_assert_held(&dma_list_mutex);
	if (--chan->client_count == 0)
		dma_chan_close(chan);
	module_put(owner);
}

/* Everybody for whom DMA_PRIVATE is set in a device is counted. */
static void dma_device_get_private(struct dma_device *device)
{
	device->privatecnt++;
	dma_cap_set(DMA_PRIVATE, device->cap_mask);
}

static void dma_device_put_private(struct dma_device *device)
{
	if (WARN_ON_ONCE(!device->privatecnt))
		return;
	if (--device->privatecnt == 0)
		dma_cap_clear(DMA_PRIVATE, device->cap_mask);
}

/* --- users of shared channels --- */

struct dma_channel_table {
	struct dma_chan *chan[DMA_TX_TYPE_END];
};

static DEFINE_PER_CPU(struct dma_channel_table, dma_channel_table);

/* Whether dma_find_channel() finds something for @type. */
static bool dma_type_in_table(enum dma_transaction_type type)
{
	return type != DMA_INTERRUPT && type != DMA_PRIVATE && type != DMA_SLAVE;
}

static bool dma_chan_is_near(struct dma_chan *chan, int cpu)
{
	int node = dev_to_node(chan->device->dev);

	return node == NUMA_NO_NODE || cpumask_test_cpu(cpu, cpumask_of_node(node));
}

/* The channel that @cpu is to use for @type: near first, then least used. */
static struct dma_chan *dma_best_channel(enum dma_transaction_type type, int cpu)
{
	struct dma_chan *chan, *best = NULL;
	struct dma_device *device;
	bool near, best_near = false;

	list_for_each_entry(device, &dma_device_list, global_node) {
		if (!dma_has_cap(type, device->cap_mask) || dma_device_is_private(device))
			continue;
		list_for_each_entry(chan, &device->channels, device_node) {
			if (!dma_chan_live(chan) || !chan->public_count)
				continue;
			near = dma_chan_is_near(chan, cpu);
			if (best && (near != best_near ? best_near :
				     chan->table_count >= best->table_count))
				continue;
			best = chan;
			best_near = near;
		}
	}
	return best;
}

/* Fills the table anew after any change in what it may name. */
static void dma_channel_rebalance(void)
{
	enum dma_transaction_type type;
	struct dma_device *device;
	struct dma_chan *chan;
	int cpu;

	lockdep_assert_held(&dma_list_mutex);
	list_for_each_entry(device, &dma_device_list, global_node)
		list_for_each_entry(chan, &device->channels, device_node)
			chan->table_count = 0;

	for (type = 0; type < DMA_TX_TYPE_END; type++) {
		for_each_possible_cpu(cpu) {
			chan = NULL;
			if (dmaengine_ref_count && cpu_online(cpu) && dma_type_in_table(type))
				chan = dma_best_channel(type, cpu);
			if (chan)
				chan->table_count++;
			WRITE_ONCE(per_cpu(dma_channel_table, cpu).chan[type], chan);
		}
	}
}

/*
 * Brings a channel's references by dmaengine_get() to what they should be: one
 * for each call while it is to be shared. While the device is private it gets
 * no more, but those which it has go as their callers do.
 */
static void dma_chan_balance(struct dma_chan *chan)
{
	struct dma_device *device = chan->device;
	int want = dmaengine_ref_count;

	if (!dma_chan_live(chan) || !device->registered)
		want = 0;
	else if (chan->exclusive || dma_device_is_private(device))
		want = min(want, chan->public_count);

	while (chan->public_count > want) {
		chan->public_count--;
		dma_chan_put(chan);
	}
	while (chan->public_count < want && !dma_chan_get(chan))
		chan->public_count++;
}

static void dma_device_balance(struct dma_device *device)
{
	struct dma_chan *chan;

	list_for_each_entry(chan, &device->channels, device_node)
		dma_chan_balance(chan);
}

/* Gives a channel to every dma_client that has not got it. */
static void dma_chan_offer(struct dma_chan *chan)
{
	struct dma_device *device = chan->device;
	struct dma_client *client;

	lockdep_assert_held(&dma_list_mutex);
	if (!dma_chan_live(chan) || chan->exclusive ||
	    !device->registered || !chan->shared)
		return;

	list_for_each_entry(client, &dma_client_list, node) {
		if (test_bit(client->id, &chan->clients) || dma_chan_get(chan))
			continue;
		__set_bit(client->id, &chan->clients);
		client->chan_add(client, chan);
	}
}

static void dma_device_offer(struct dma_device *device)
{
	struct dma_chan *chan;

	list_for_each_entry(chan, &device->channels, device_node)
		dma_chan_offer(chan);
}

/* Asks a dma_client to let go of a channel; unless @force it may refuse. */
static bool dma_chan_withdraw(struct dma_chan *chan, struct dma_client *client,
			      bool force)
{
	bool gone;

	if (!test_bit(client->id, &chan->clients))
		return true;

	gone = client->chan_remove(client, chan, force);
	WARN_ONCE(force && !gone, "%ps() kept %s\n", client->chan_remove,
		  dma_chan_name(chan));
	if (!gone && !force)
		return false;

	__clear_bit(client->id, &chan->clients);
	dma_chan_put(chan);
	return true;
}

static bool dma_chan_withdraw_all(struct dma_chan *chan, bool force)
{
	struct dma_client *client;

	lockdep_assert_held(&dma_list_mutex);
	list_for_each_entry(client, &dma_client_list, node)
		if (!dma_chan_withdraw(chan, client, force))
			return false;
	return true;
}

/* As the administrator wants it; who finds it by the table is not concerned. */
static void dma_chan_share(struct dma_chan *chan, bool shared)
{
	chan->shared = shared;
	if (shared)
		dma_chan_offer(chan);
	else
		dma_chan_withdraw_all(chan, true);
}

/**
 * dma_client_register() - become a user of all shared channels
 * @client: with both callbacks set; must live until dma_client_unregister()
 *
 * &dma_client.chan_add is called for every shared channel whose resources can
 * be allocated, before this returns. Sleeps; must not be called from a callback
 * of the core's.
 *
 * Return: 0, -EINVAL if a callback is missing, -ENOSPC if there are as many
 * clients as a long has bits.
 */
int dma_client_register(struct dma_client *client)
{
	struct dma_device *device;
	int ret = 0;

	if (!client || !client->chan_add || !client->chan_remove)
		return -EINVAL;

	mutex_lock(&dma_list_mutex);
	if (dma_client_ids == ULONG_MAX) {
		ret = -ENOSPC;
		goto unlock;
	}
	client->id = ffz(dma_client_ids);
	__set_bit(client->id, &dma_client_ids);
	list_add_tail(&client->node, &dma_client_list);

	list_for_each_entry(device, &dma_device_list, global_node)
		dma_device_offer(device);
unlock:
	mutex_unlock(&dma_list_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(dma_client_register);

/**
 * dma_client_unregister() - stop using shared channels
 * @client: registered
 *
 * &dma_client.chan_remove is called, with force, for each channel that the
 * client has. Sleeps; must not be called from a callback of the core's.
 */
void dma_client_unregister(struct dma_client *client)
{
	struct dma_device *device;
	struct dma_chan *chan;

	mutex_lock(&dma_list_mutex);
	list_for_each_entry(device, &dma_device_list, global_node)
		list_for_each_entry(chan, &device->channels, device_node)
			dma_chan_withdraw(chan, client, true);
	list_del(&client->node);
	__clear_bit(client->id, &dma_client_ids);
	mutex_unlock(&dma_list_mutex);
}
EXPORT_SYMBOL_GPL(dma_client_unregister);

/**
 * dmaengine_get() - begin to use public channels by dma_find_channel()
 *
 * Takes a reference on every channel that is public now or later. Sleeps.
 */
void dmaengine_get(void)
{
	struct dma_device *device;

	mutex_lock(&dma_list_mutex);
	dmaengine_ref_count++;
	list_for_each_entry(device, &dma_device_list, global_node)
		dma_device_balance(device);
	dma_channel_rebalance();
	mutex_unlock(&dma_list_mutex);
}
EXPORT_SYMBOL(dmaengine_get);

/**
 * dmaengine_put() - undo one dmaengine_get()
 *
 * With the last one dma_find_channel() finds no more channels. Sleeps.
 */
void dmaengine_put(void)
{
	struct dma_device *device;

	mutex_lock(&dma_list_mutex);
	if (WARN_ONCE(!dmaengine_ref_count, "put more often than gotten\n"))
		goto unlock;

	dmaengine_ref_count--;
	if (!dmaengine_ref_count)
		dma_channel_rebalance();
	list_for_each_entry(device, &dma_device_list, global_node)
		dma_device_balance(device);
unlock:
	mutex_unlock(&dma_list_mutex);
}
EXPORT_SYMBOL(dmaengine_put);

/**
 * dma_find_channel() - this CPU's channel for an operation
 * @tx_type: operation type
 *
 * For who called dmaengine_get(). Any context, takes no lock.
 *
 * Return: the channel, or NULL.
 */
struct dma_chan *dma_find_channel(enum dma_transaction_type tx_type)
{
	if ((unsigned int)tx_type >= DMA_TX_TYPE_END)
		return NULL;

	return this_cpu_read(dma_channel_table.chan[tx_type]);
}
EXPORT_SYMBOL(dma_find_channel);

/**
 * dma_issue_pending_all() - start all that was submitted to shared channels
 *
 * Any context.
 */
void dma_issue_pending_all(void)
{
	struct dma_device *device;
	struct dma_chan *chan;

	rcu_read_lock();
	list_for_each_entry_rcu(device, &dma_device_list, global_node) {
		if (!device->shared)
			continue;
		list_for_each_entry(chan, &device->channels, device_node)
			if (READ_ONCE(chan->client_count) && !READ_ONCE(chan->exclusive))
				dma_async_issue_pending(chan);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL(dma_issue_pending_all);

/* --- exclusive use --- */

/*
 * Takes a channel for one user alone. Fails with -EBUSY if another has it or
 * a dma_client cannot let go of it now, with -ENODEV if it is going away, or
 * with what the provider says.
 */
static int dma_chan_take(struct dma_chan *chan)
{
	int ret;

	lockdep_assert_held(&dma_list_mutex);
	if (!dma_chan_live(chan))
		return -ENODEV;
	if (chan->exclusive || chan->public_count)
		return -EBUSY;

	ret = dma_chan_withdraw_all(chan, false) ? dma_chan_get(chan) : -EBUSY;
	if (ret) {
		dma_chan_offer(chan);
		return ret;
	}
	chan->exclusive = true;
	dma_device_get_private(chan->device);
	return 0;
}

/* Whether dma_find_channel() may give out a channel of @device. */
static bool dma_device_in_table(struct dma_device *device)
{
	struct dma_chan *chan;

	if (dma_device_is_private(device))
		return false;
	list_for_each_entry(chan, &device->channels, device_node)
		if (chan->public_count)
			return true;
	return false;
}

/*
 * Takes any channel of @device that will do; -EPROBE_DEFER if none will.
 * @mask and @fn may be NULL.
 */
static struct dma_chan *dma_device_take(struct dma_device *device,
					const dma_cap_mask_t *mask,
					dma_filter_fn fn, void *fn_param)
{
	struct dma_chan *chan;
	int ret;

	if (mask && !dma_device_satisfies(device, mask))
		return ERR_PTR(-EPROBE_DEFER);
	/* Who found one channel by the table counts on all of them. */
	if (dma_device_in_table(device))
		return ERR_PTR(-EPROBE_DEFER);

	list_for_each_entry(chan, &device->channels, device_node) {
		if (!dma_chan_live(chan) || chan->exclusive || chan->public_count)
			continue;
		if (fn && !fn(chan, fn_param))
			continue;
		ret = dma_chan_take(chan);
		dev_dbg(device->dev, "%s: exclusive use: %d\n", dma_chan_name(chan), ret);
		if (ret != -EBUSY)
			return ret ? ERR_PTR(ret) : chan;
	}
	return ERR_PTR(-EPROBE_DEFER);
}

/* The same for a request line's sake: a channel of a slave engine. */
static struct dma_chan *dma_device_take_slave(struct dma_device *device,
					      dma_filter_fn fn, void *fn_param)
{
	dma_cap_mask_t slave;

	dma_cap_zero(slave);
	dma_cap_set(DMA_SLAVE, slave);

	return dma_device_take(device, &slave, fn, fn_param);
}

/**
 * dma_get_slave_channel() - take one channel exclusively; for providers
 * @chan: the channel to which a DT or ACPI request line was translated
 *
 * Sleeps.
 *
 * Return: @chan, or NULL if it is in use or going away.
 */
struct dma_chan *dma_get_slave_channel(struct dma_chan *chan)
{
	int ret;

	mutex_lock(&dma_list_mutex);
	ret = dma_chan_take(chan);
	mutex_unlock(&dma_list_mutex);

	return ret ? NULL : chan;
}
EXPORT_SYMBOL_GPL(dma_get_slave_channel);

/**
 * dma_get_any_slave_channel() - take a channel of a device; for providers
 * @device: device whose channels serve any request line
 *
 * Sleeps.
 *
 * Return: a channel, or NULL if there is none with %DMA_SLAVE to be had.
 */
struct dma_chan *dma_get_any_slave_channel(struct dma_device *device)
{
	struct dma_chan *chan;

	mutex_lock(&dma_list_mutex);
	chan = dma_device_take_slave(device, NULL, NULL);
	mutex_unlock(&dma_list_mutex);

	return IS_ERR(chan) ? NULL : chan;
}
EXPORT_SYMBOL_GPL(dma_get_any_slave_channel);

/**
 * __dma_request_channel() - take any channel that will do
 * @mask: capabilities that it must have
 * @fn: further says whether one will do, or NULL
 * @fn_param: for @fn
 * @np: DT node of the device it must belong to, if that has one; or NULL
 *
 * Sleeps. Undone by dma_release_channel().
 *
 * Return: the channel, or NULL.
 */
struct dma_chan *__dma_request_channel(const dma_cap_mask_t *mask,
				       dma_filter_fn fn, void *fn_param,
				       struct device_node *np)
{
	struct dma_chan *chan, *found = NULL;
	struct dma_device *device;

	mutex_lock(&dma_list_mutex);
	list_for_each_entry(device, &dma_device_list, global_node) {
		struct device_node *node = device->dev->of_node;

		if (np && node && node != np)
			continue;
		chan = dma_device_take(device, mask, fn, fn_param);
		if (!IS_ERR(chan)) {
			found = chan;
			break;
		}
	}
	mutex_unlock(&dma_list_mutex);

	return found;
}
EXPORT_SYMBOL_GPL(__dma_request_channel);

/* The row of a board's table for the line @name of @dev. */
static const struct dma_slave_map *dma_filter_row(const struct dma_filter *filter,
						  struct device *dev,
						  const char *name)
{
	const struct dma_slave_map *row = filter->map;
	int left;

	for (left = filter->mapcnt; left > 0; left--, row++)
		if (!strcmp(row->slave, name) && !strcmp(row->devname, dev_name(dev)))
			return row;
	return NULL;
}

/*
 * Takes a channel for the line @name of @dev by the boards' tables. What the
 * last matching table led to is the answer, NULL if none matched.
 */
static struct dma_chan *dma_take_by_table(struct device *dev, const char *name)
{
	struct dma_chan *chan = NULL;
	struct dma_device *device;

	mutex_lock(&dma_list_mutex);
	list_for_each_entry(device, &dma_device_list, global_node) {
		const struct dma_slave_map *row = dma_filter_row(&device->filter, dev, name);

		if (!row)
			continue;
		chan = dma_device_take_slave(device, device->filter.fn, row->param);
		if (!IS_ERR(chan))
			break;
	}
	mutex_unlock(&dma_list_mutex);

	return chan;
}

/**
 * dma_request_chan() - take the channel that serves a request line
 * @dev: requester
 * @name: name of the line, as in the device's DT node, its ACPI table or a
 *	provider's &struct dma_filter; they are asked in this order
 *
 * The channel shows in the debugfs summary as the requester's, and links in
 * sysfs join the two. Sleeps. Undone by dma_release_channel().
 *
 * Return: the channel. -EPROBE_DEFER if its provider is not there yet, or if
 * nothing describes the line and a provider may still come that does; another
 * errno if DT or ACPI rule it out or the provider failed.
 */
struct dma_chan *dma_request_chan(struct device *dev, const char *name)
{
	struct dma_chan *chan = NULL, *listed;

	if (dev->of_node)
		chan = of_dma_request_slave_channel(dev->of_node, name);
	if (!chan && has_acpi_companion(dev))
		chan = acpi_dma_request_slave_chan_by_name(dev, name);
	if (chan == ERR_PTR(-EPROBE_DEFER))
		return chan;

	if (IS_ERR_OR_NULL(chan)) {
		listed = dma_take_by_table(dev, name);
		if (listed)
			chan = listed;
	}
	if (IS_ERR_OR_NULL(chan))
		return chan ?: ERR_PTR(-EPROBE_DEFER);

	mutex_lock(&dma_list_mutex);
	dma_chan_set_user(chan, dev, name);
	if (dma_chan_live(chan))
		dma_chan_link(chan, dev, name);
	mutex_unlock(&dma_list_mutex);
	return chan;
}
EXPORT_SYMBOL_GPL(dma_request_chan);

/**
 * dma_request_chan_by_mask() - take any channel with some capabilities
 * @mask: capabilities
 *
 * Sleeps. Undone by dma_release_channel().
 *
 * Return: the channel, -ENODEV if none can be had, -EPROBE_DEFER if there is
 * no device at all yet.
 */
struct dma_chan *dma_request_chan_by_mask(const dma_cap_mask_t *mask)
{
	struct dma_chan *chan;
	bool none_yet;

	if (!mask)
		return ERR_PTR(-ENODEV);

	chan = __dma_request_channel(mask, NULL, NULL, NULL);
	if (chan)
		return chan;

	mutex_lock(&dma_list_mutex);
	none_yet = list_empty(&dma_device_list);
	mutex_unlock(&dma_list_mutex);

	return ERR_PTR(none_yet ? -EPROBE_DEFER : -ENODEV);
}
EXPORT_SYMBOL_GPL(dma_request_chan_by_mask);

/**
 * dma_release_channel() - give back a channel that was taken exclusively
 * @chan: from one of the requests above
 *
 * If the channel is one to share, those who share it have it back before this
 * returns. Sleeps.
 */
void dma_release_channel(struct dma_chan *chan)
{
	struct dma_device *device = chan->device;
	bool stays;

	mutex_lock(&dma_list_mutex);
	if (WARN_ONCE(!chan->exclusive || chan->client_count != 1,
		      "release of a channel that was not taken, %d references\n",
		      chan->client_count))
		goto unlock;

	dma_chan_unlink(chan);
	dma_chan_clear_user(chan);
	dma_device_put_private(device);

	/* Unless registered, channel and device may go with the reference. */
	stays = dma_chan_live(chan) && device->registered;
	dma_chan_put(chan);
	if (stays) {
		chan->exclusive = false;
		dma_device_balance(device);
		dma_channel_rebalance();
		dma_chan_offer(chan);
	}
unlock:
	mutex_unlock(&dma_list_mutex);
}
EXPORT_SYMBOL_GPL(dma_release_channel);

static void dma_release_action(void *chan)
{
	dma_release_channel(chan);
}

/**
 * devm_dma_request_chan() - dma_request_chan(), undone when a driver lets go
 * @dev: requester
 * @name: name of the request line
 *
 * Return: as dma_request_chan(), or -ENOMEM.
 */
struct dma_chan *devm_dma_request_chan(struct device *dev, const char *name)
{
	struct dma_chan *chan = dma_request_chan(dev, name);
	int ret;

	if (IS_ERR(chan))
		return chan;

	ret = devm_add_action_or_reset(dev, dma_release_action, chan);
	return ret ? ERR_PTR(ret) : chan;
}
EXPORT_SYMBOL_GPL(devm_dma_request_chan);

/**
 * dma_get_slave_caps() - ask what a channel can do for a peripheral
 * @chan: channel
 * @caps: gets the answer
 *
 * Return: 0, -EINVAL if an argument is NULL, -ENXIO if the channel serves no
 * peripherals or its provider does not tell.
 */
int dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
{
	struct dma_device *device;

	if (!caps || !chan)
		return -EINVAL;

	device = chan->device;
	if (!device->directions || (!dma_has_cap(DMA_SLAVE, device->cap_mask) &&
				    !dma_has_cap(DMA_CYCLIC, device->cap_mask)))
		return -ENXIO;

	*caps = (struct dma_slave_caps) {
		.directions = device->directions,
		.src_addr_widths = device->src_addr_widths,
		.dst_addr_widths = device->dst_addr_widths,
		.min_burst = device->min_burst,
		.max_burst = device->max_burst,
		.max_sg_burst = device->max_sg_burst,
		.cmd_pause = device->device_pause,
		.cmd_resume = device->device_resume,
		.cmd_terminate = device->device_terminate_all,
		.residue_granularity = device->residue_granularity,
		.descriptor_reuse = device->descriptor_reuse,
	};
	if (device->device_caps)
		device->device_caps(chan, caps);
	return 0;
}
EXPORT_SYMBOL_GPL(dma_get_slave_caps);

/* --- registration --- */

#define DMA_NEEDS(cap, method)							\
	{ cap, offsetof(struct dma_device, method), #cap, #method }

/* The method that a device must have for a capability. */
static const struct {
	enum dma_transaction_type cap;
	size_t method;
	const char *cap_name, *method_name;
} dma_cap_methods[] = {
	DMA_NEEDS(DMA_MEMCPY, device_prep_dma_memcpy),
	DMA_NEEDS(DMA_MEMSET, device_prep_dma_memset),
	DMA_NEEDS(DMA_XOR, device_prep_dma_xor),
	DMA_NEEDS(DMA_XOR_VAL, device_prep_dma_xor_val),
	DMA_NEEDS(DMA_PQ, device_prep_dma_pq),
	DMA_NEEDS(DMA_PQ_VAL, device_prep_dma_pq_val),
	DMA_NEEDS(DMA_INTERRUPT, device_prep_dma_interrupt),
	DMA_NEEDS(DMA_CYCLIC, device_prep_dma_cyclic),
	DMA_NEEDS(DMA_INTERLEAVE, device_prep_interleaved_dma),
};

static int dma_device_check(struct dma_device *device)
{
	unsigned int i;

	if (!device)
		return -ENODEV;
	if (!device->dev) {
		pr_err("a DMA device needs a struct device\n");
		return -EIO;
	}

	for (i = 0; i < ARRAY_SIZE(dma_cap_methods); i++) {
		void **method = (void *)device + dma_cap_methods[i].method;

		if (!*method && dma_has_cap(dma_cap_methods[i].cap, device->cap_mask)) {
			dev_err(device->dev, "%s without %s()\n",
				dma_cap_methods[i].cap_name, dma_cap_methods[i].method_name);
			return -EIO;
		}
	}

	if (!device->device_tx_status || !device->device_issue_pending) {
		dev_err(device->dev, "needs device_tx_status() and device_issue_pending()\n");
		return -EIO;
	}
	if (!device->device_release)
		dev_dbg(device->dev, "no device_release(): unbinding under a user is unsafe\n");
	return 0;
}

#define DMA_WANTED(config, cap)	(IS_ENABLED(CONFIG_##config) ? BIT(cap) : 0)

/* The types that this kernel's async_tx may ask one and the same channel for. */
static const unsigned long dma_async_tx_types =
	DMA_WANTED(ASYNC_TX_DMA, DMA_INTERRUPT) |
	DMA_WANTED(ASYNC_MEMCPY, DMA_MEMCPY) |
	DMA_WANTED(ASYNC_XOR, DMA_XOR) |
	DMA_WANTED(ASYNC_PQ, DMA_PQ) |
	(IS_ENABLED(CONFIG_ASYNC_TX_DISABLE_XOR_VAL_DMA) ? 0 :
	 DMA_WANTED(ASYNC_XOR, DMA_XOR_VAL)) |
	(IS_ENABLED(CONFIG_ASYNC_TX_DISABLE_PQ_VAL_DMA) ? 0 :
	 DMA_WANTED(ASYNC_PQ, DMA_PQ_VAL));

static bool dma_device_serves_async_tx(struct dma_device *device)
{
	return bitmap_subset(&dma_async_tx_types, device->cap_mask.bits, DMA_TX_TYPE_END);
}

/* Makes the channel's device under /sys/class/dma. */
static int dma_chan_dev_add(struct dma_device *device, struct dma_chan *chan,
			    const char *name)
{
	struct dma_chan_dev *cdev = kzalloc(sizeof(*cdev), GFP_KERNEL);
	int ret;

	if (!cdev)
		return -ENOMEM;

	cdev->dev_id = device->dev_id;
	cdev->chan = chan;
	cdev->device.parent = device->dev;
	cdev->device.class = &dma_devclass;
	device_initialize(&cdev->device);
	if (name)
		ret = dev_set_name(&cdev->device, "%s", name);
	else
		ret = dev_set_name(&cdev->device, "dma%dchan%d", device->dev_id, chan->chan_id);

	chan->dev = cdev;
	if (!ret)
		ret = device_add(&cdev->device);
	if (ret) {
		chan->dev = NULL;
		put_device(&cdev->device);
	}
	return ret;
}

/* Registers a channel; nobody can find it yet. */
static int dma_chan_add(struct dma_device *device, struct dma_chan *chan,
			const char *name)
{
	struct dma_chan_percpu __percpu *local = alloc_percpu(struct dma_chan_percpu);
	int ret;

	if (!local)
		return -ENOMEM;

	ret = ida_alloc(&device->chan_ida, GFP_KERNEL);
	if (ret < 0)
		goto free_local;
	chan->chan_id = ret;

	chan->client_count = 0;
	chan->public_count = 0;
	chan->table_count = 0;
	chan->clients = 0;
	chan->exclusive = false;
	chan->shared = device->shared;
	ret = dma_chan_dev_add(device, chan, name);
	if (ret)
		goto free_id;

	mutex_lock(&dma_list_mutex);
	chan->local = local;
	device->chancnt++;
	mutex_unlock(&dma_list_mutex);
	return 0;

free_id:
	ida_free(&device->chan_ida, chan->chan_id);
free_local:
	free_percpu(local);
	return ret;
}

static void dma_chan_remove(struct dma_device *device, struct dma_chan *chan)
{
	struct dma_chan_percpu __percpu *local;
	struct dma_chan_dev *cdev;

	mutex_lock(&dma_list_mutex);
	local = chan->local;
	if (!local) {
		mutex_unlock(&dma_list_mutex);
		return;
	}

	/* First nobody finds it any more, then who shares it lets go. */
	chan->local = NULL;
	dma_channel_rebalance();
	dma_chan_withdraw_all(chan, true);
	dma_chan_balance(chan);
	WARN_ONCE(chan->client_count && !device->device_release,
		  "%s removed under %d users\n", dma_chan_name(chan), chan->client_count);

	cdev = chan->dev;
	cdev->chan = NULL;
	dma_chan_unlink(chan);
	device->chancnt--;
	mutex_unlock(&dma_list_mutex);

	ida_free(&device->chan_ida, chan->chan_id);
	device_unregister(&cdev->device);
	free_percpu(local);
}

static void dma_device_remove_channels(struct dma_device *device)
{
	struct dma_chan *chan, *next;

	list_for_each_entry_safe(chan, next, &device->channels, device_node)
		dma_chan_remove(device, chan);
	ida_destroy(&device->chan_ida);
}

/**
 * dma_async_device_register() - make a device's channels known
 * @device: filled in, its channels linked; see there how long it must live
 *
 * The channels are in use, if there are users of public ones, before this
 * returns. Sleeps.
 *
 * Return: 0, -ENODEV if @device is NULL, -EIO if it has no struct device or
 * lacks a method that it must have, -ENOMEM, -ENOSPC, or an errno of the driver
 * core's. On error nothing is left to undo.
 */
int dma_async_device_register(struct dma_device *device)
{
	int ret = dma_device_check(device);
	struct dma_chan *chan;

	if (ret)
		return ret;

	ret = ida_alloc(&dma_ida, GFP_KERNEL);
	if (ret < 0)
		return ret;
	device->dev_id = ret;

	/* One that came about by other means than probing has no driver. */
	if (device->dev->driver)
		device->owner = device->dev->driver->owner;
	if (dma_device_serves_async_tx(device))
		dma_cap_set(DMA_ASYNC_TX, device->cap_mask);
	device->shared = !dma_device_is_private(device);
	device->privatecnt = !device->shared;
	device->chancnt = 0;
	kref_init(&device->ref);
	ida_init(&device->chan_ida);

	list_for_each_entry(chan, &device->channels, device_node)
		chan->local = NULL;
	list_for_each_entry(chan, &device->channels, device_node) {
		ret = dma_chan_add(device, chan, NULL);
		if (ret)
			goto remove_channels;
	}
	dma_debugfs_add(device);

	mutex_lock(&dma_list_mutex);
	list_add_tail_rcu(&device->global_node, &dma_device_list);
	device->registered = true;
	dma_device_balance(device);
	dma_channel_rebalance();
	dma_device_offer(device);
	mutex_unlock(&dma_list_mutex);
	return 0;

remove_channels:
	dma_device_remove_channels(device);
	ida_free(&dma_ida, device->dev_id);
	return ret;
}
EXPORT_SYMBOL(dma_async_device_register);

/**
 * dma_async_device_unregister() - withdraw a device
 * @device: registered
 *
 * Who shares its channels has let go when this returns. Who has one alone may
 * keep it; &dma_device.device_release is called when the last such is
 * released, or from here if there is none. Sleeps.
 */
void dma_async_device_unregister(struct dma_device *device)
{
	struct dma_chan *chan;

	if (WARN_ONCE(!device->registered, "DMA device is not registered\n"))
		return;

	dma_debugfs_remove(device);

	mutex_lock(&dma_list_mutex);
	list_del_rcu(&device->global_node);
	device->registered = false;
	dma_channel_rebalance();
	synchronize_rcu();
	list_for_each_entry(chan, &device->channels, device_node)
		dma_chan_withdraw_all(chan, true);
	dma_device_balance(device);
	mutex_unlock(&dma_list_mutex);

	dma_device_remove_channels(device);

	mutex_lock(&dma_list_mutex);
	ida_free(&dma_ida, device->dev_id);
	kref_put(&device->ref, dma_device_release);
	mutex_unlock(&dma_list_mutex);
}
EXPORT_SYMBOL(dma_async_device_unregister);

static void dma_unregister_action(void *device)
{
	dma_async_device_unregister(device);
}

/**
 * dmaenginem_async_device_register() - register, undone when the driver lets go
 * @device: as for dma_async_device_register()
 *
 * Return: as dma_async_device_register().
 */
int dmaenginem_async_device_register(struct dma_device *device)
{
	int ret = dma_async_device_register(device);

	if (ret)
		return ret;
	return devm_add_action_or_reset(device->dev, dma_unregister_action, device);
}
EXPORT_SYMBOL(dmaenginem_async_device_register);

/**
 * dma_async_device_channel_register() - add a channel to a registered device
 * @device: registered
 * @chan: linked into &dma_device.channels
 * @name: name under /sys/class/dma, or NULL for the usual one
 *
 * If the device is public, the channel is in use before this returns. Sleeps.
 *
 * Return: 0, -ENOMEM, -ENOSPC, or an errno of the driver core's.
 */
int dma_async_device_channel_register(struct dma_device *device,
				      struct dma_chan *chan, const char *name)
{
	int ret = dma_chan_add(device, chan, name);

	if (ret)
		return ret;

	mutex_lock(&dma_list_mutex);
	dma_chan_balance(chan);
	dma_channel_rebalance();
	dma_chan_offer(chan);
	mutex_unlock(&dma_list_mutex);
	return 0;
}
EXPORT_SYMBOL_GPL(dma_async_device_channel_register);

/**
 * dma_async_device_channel_unregister() - withdraw one channel
 * @device: its device
 * @chan: registered channel; the caller unlinks it afterwards
 *
 * Who shares it has let go when this returns. Sleeps.
 */
void dma_async_device_channel_unregister(struct dma_device *device,
					 struct dma_chan *chan)
{
	dma_chan_remove(device, chan);
}
EXPORT_SYMBOL_GPL(dma_async_device_channel_unregister);

/* --- mappings to undo --- */

static struct dma_unmap_pool {
	const char *name;
	unsigned int size;
	struct kmem_cache *cache;
	mempool_t elements;
} dma_unmap_pools[] = {
	{ .size = 2, .name = "dmaengine-unmap-2" },
	{ .size = 16, .name = "dmaengine-unmap-16" },
	{ .size = 128, .name = "dmaengine-unmap-128" },
	{ .size = 256, .name = "dmaengine-unmap-256" },
};

/*
 * What a CPU put back last, of each pool: it is the next to be taken, and still
 * in its cache.
 */
static DEFINE_PER_CPU(struct dmaengine_unmap_data *,
		      dma_unmap_latest[ARRAY_SIZE(dma_unmap_pools)]);

/* The pool for @nr addresses, NULL if that takes an allocation of its own. */
static struct dma_unmap_pool *dma_unmap_pool(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dma_unmap_pools); i++)
		if (nr <= dma_unmap_pools[i].size)
			return &dma_unmap_pools[i];
	return NULL;
}

static struct dmaengine_unmap_data *dma_unmap_take(struct dma_unmap_pool *pool,
						   gfp_t flags)
{
	unsigned int i = pool - dma_unmap_pools;

	return this_cpu_xchg(dma_unmap_latest[i], NULL) ?:
	       mempool_alloc(&pool->elements, flags);
}

/* The pool's reserve goes first, and KASAN wants to see the end of each. */
static void dma_unmap_put_back(struct dma_unmap_pool *pool,
			       struct dmaengine_unmap_data *unmap)
{
	unsigned int i = pool - dma_unmap_pools;

	if (IS_ENABLED(CONFIG_KASAN) || !mempool_is_saturated(&pool->elements) ||
	    this_cpu_cmpxchg(dma_unmap_latest[i], NULL, unmap))
		mempool_free(unmap, &pool->elements);
}

static void dma_unmap_release(struct kref *kref)
{
	struct dmaengine_unmap_data *unmap =
		container_of(kref, struct dmaengine_unmap_data, kref);
	struct dma_unmap_pool *pool = dma_unmap_pool(unmap->map_cnt);
	unsigned int from = unmap->to_cnt, bidi = from + unmap->from_cnt;
	unsigned int i, end = bidi + unmap->bidi_cnt;
	dma_addr_t *addr = unmap->addr;

	for (i = 0; i < from; i++)
		dma_unmap_page(unmap->dev, addr[i], unmap->len, DMA_TO_DEVICE);
	for (; i < bidi; i++)
		dma_unmap_page(unmap->dev, addr[i], unmap->len, DMA_FROM_DEVICE);
	for (; i < end; i++)
		if (addr[i])
			dma_unmap_page(unmap->dev, addr[i], unmap->len,
				       DMA_BIDIRECTIONAL);
	if (pool)
		dma_unmap_put_back(pool, unmap);
	else
		kfree(unmap);
}

/**
 * dmaengine_get_unmap_data() - room for mappings that are undone together
 * @dev: for which they are made
 * @nr: how many at most, up to 65535; above 256 there is no reserve for when
 *	memory is short
 * @flags: how to allocate
 *
 * Any context, as @flags allow.
 *
 * Return: the room, with one reference, its counts and length 0 and its
 * addresses undefined; NULL if there is no memory or @nr is out of range.
 */
struct dmaengine_unmap_data *dmaengine_get_unmap_data(struct device *dev, int nr,
						      gfp_t flags)
{
	struct dmaengine_unmap_data *unmap;
	struct dma_unmap_pool *pool;

	if (nr < 0 || nr > U16_MAX)
		return NULL;

	pool = dma_unmap_pool(nr);
	if (pool)
		unmap = dma_unmap_take(pool, flags);
	else
		unmap = kmalloc(struct_size(unmap, addr, nr), flags);
	if (!unmap)
		return NULL;

	*unmap = (struct dmaengine_unmap_data) { .dev = dev, .map_cnt = nr };
	kref_init(&unmap->kref);
	return unmap;
}
EXPORT_SYMBOL(dmaengine_get_unmap_data);

/**
 * dmaengine_unmap_put() - drop a reference; the last one undoes the mappings
 * @unmap: mappings, or NULL
 *
 * Any context.
 */
void dmaengine_unmap_put(struct dmaengine_unmap_data *unmap)
{
	if (!unmap)
		return;
	kref_put(&unmap->kref, dma_unmap_release);
}
EXPORT_SYMBOL_GPL(dmaengine_unmap_put);

static void __init dma_unmap_pools_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dma_unmap_pools); i++) {
		mempool_exit(&dma_unmap_pools[i].elements);
		kmem_cache_destroy(dma_unmap_pools[i].cache);
	}
}

static int __init dma_unmap_pools_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(dma_unmap_pools); i++) {
		struct dma_unmap_pool *pool = &dma_unmap_pools[i];
		size_t bytes = sizeof(struct dmaengine_unmap_data) +
			       pool->size * sizeof(dma_addr_t);

		pool->cache = kmem_cache_create(pool->name, bytes, 0,
						SLAB_HWCACHE_ALIGN, NULL);
		ret = -ENOMEM;
		if (pool->cache)
			ret = mempool_init_slab_pool(&pool->elements, 1, pool->cache);
		if (ret) {
			dma_unmap_pools_exit();
			return ret;
		}
	}
	return 0;
}

/* --- descriptors --- */

/**
 * dma_async_tx_descriptor_init() - first initialization of a descriptor
 * @tx: descriptor; what the provider does not set itself must be zero
 * @chan: its channel
 */
void dma_async_tx_descriptor_init(struct dma_async_tx_descriptor *tx,
				  struct dma_chan *chan)
{
	/* Providers set some members before they call this: leave the rest. */
	tx->chan = chan;
}
EXPORT_SYMBOL(dma_async_tx_descriptor_init);

/**
 * dma_submit_chained() - the better part of dma_run_dependencies()
 * @tx: descriptor that is complete, with another chained behind it
 */
void dma_submit_chained(struct dma_async_tx_descriptor *tx)
{
	struct dma_async_tx_descriptor *each = txd_next(tx), *next;
	struct dma_chan *chan = each->chan;

	txd_clear_next(tx);
	for (; each; each = next) {
		/* Once submitted, a descriptor may be gone. */
		next = txd_next(each);
		if (next && next->chan == chan)
			txd_clear_next(each);
		else
			next = NULL;
		each->tx_submit(each);
	}

	dma_async_issue_pending(chan);
}
EXPORT_SYMBOL_GPL(dma_submit_chained);

/* Makes sure that a descriptor uses one metadata mode only. */
static int dma_desc_use_metadata(struct dma_async_tx_descriptor *desc,
				 enum dma_desc_metadata_mode mode)
{
	if (!desc)
		return -EINVAL;
	if (desc->desc_metadata_mode == mode)
		return 0;
	if (desc->desc_metadata_mode != DESC_METADATA_NONE)
		return -EINVAL;
	if (!dmaengine_is_metadata_mode_supported(desc->chan, mode))
		return -ENOTSUPP;

	desc->desc_metadata_mode = mode;
	return 0;
}

/**
 * dmaengine_desc_attach_metadata() - give a descriptor the client's metadata
 * @desc: prepared, not submitted
 * @data: buffer that stays until the transaction is complete
 * @len: its bytes
 *
 * Return: 0, -EINVAL if @desc is NULL or uses the other mode, -ENOTSUPP where
 * the provider does not know this mode, or the provider's errno.
 */
int dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *desc,
				   void *data, size_t len)
{
	int ret = dma_desc_use_metadata(desc, DESC_METADATA_CLIENT);

	if (ret)
		return ret;
	if (desc->metadata_ops && desc->metadata_ops->attach)
		return desc->metadata_ops->attach(desc, data, len);
	return -ENOTSUPP;
}
EXPORT_SYMBOL_GPL(dmaengine_desc_attach_metadata);

/**
 * dmaengine_desc_get_metadata_ptr() - get at the provider's metadata
 * @desc: prepared, or in its completion callback
 * @payload_len: gets the bytes that are filled
 * @max_len: gets the bytes that there are
 *
 * Return: the area, or an ERR_PTR as dmaengine_desc_attach_metadata().
 */
void *dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *desc,
				      size_t *payload_len, size_t *max_len)
{
	int ret = dma_desc_use_metadata(desc, DESC_METADATA_ENGINE);

	if (ret)
		return ERR_PTR(ret);
	if (desc->metadata_ops && desc->metadata_ops->get_ptr)
		return desc->metadata_ops->get_ptr(desc, payload_len, max_len);
	return ERR_PTR(-ENOTSUPP);
}
EXPORT_SYMBOL_GPL(dmaengine_desc_get_metadata_ptr);

/**
 * dmaengine_desc_set_metadata_len() - say how much metadata the client wrote
 * @desc: prepared, not submitted
 * @payload_len: bytes from the beginning of the provider's area
 *
 * Return: as dmaengine_desc_attach_metadata().
 */
int dmaengine_desc_set_metadata_len(struct dma_async_tx_descriptor *desc,
				    size_t payload_len)
{
	int ret = dma_desc_use_metadata(desc, DESC_METADATA_ENGINE);

	if (ret)
		return ret;
	if (desc->metadata_ops && desc->metadata_ops->set_len)
		return desc->metadata_ops->set_len(desc, payload_len);
	return -ENOTSUPP;
}
EXPORT_SYMBOL_GPL(dmaengine_desc_set_metadata_len);

/**
 * dma_sync_wait() - start a channel and spin until a transaction is complete
 * @chan: channel
 * @cookie: transaction
 *
 * Any context in which the channel makes progress. Gives up after 5 s.
 *
 * Return: &enum dma_status; %DMA_ERROR after 5 s.
 */
enum dma_status dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie)
{
	unsigned long end = jiffies + msecs_to_jiffies(DMA_WAIT_MS);
	enum dma_status status;

	dma_async_issue_pending(chan);
	for (;;) {
		status = dma_async_is_tx_complete(chan, cookie, NULL, NULL);
		if (status != DMA_IN_PROGRESS)
			return status;
		if (time_after(jiffies, end))
			break;
		cpu_relax();
	}

	dev_err(chan->device->dev, "%s: cookie %d not complete after %u ms\n",
		dma_chan_name(chan), cookie, DMA_WAIT_MS);
	return DMA_ERROR;
}
EXPORT_SYMBOL(dma_sync_wait);

/**
 * dma_wait_for_async_tx() - spin until a descriptor is complete
 * @tx: submitted, or about to be by someone else; NULL counts as complete
 *
 * Any context in which the channel makes progress. Gives up after 5 s of
 * waiting for submission, and after 5 s of waiting for completion.
 *
 * Return: &enum dma_status; %DMA_ERROR when it gave up.
 */
enum dma_status dma_wait_for_async_tx(struct dma_async_tx_descriptor *tx)
{
	unsigned long end = jiffies + msecs_to_jiffies(DMA_WAIT_MS);

	if (!tx)
		return DMA_COMPLETE;

	while (READ_ONCE(tx->cookie) == -EBUSY) {
		if (time_after(jiffies, end)) {
			pr_err("descriptor not submitted after %u ms\n", DMA_WAIT_MS);
			return DMA_ERROR;
		}
		cpu_relax();
	}
	return dma_sync_wait(tx->chan, tx->cookie);
}
EXPORT_SYMBOL_GPL(dma_wait_for_async_tx);

static int __init dmaengine_init(void)
{
	int ret = dma_unmap_pools_init();

	if (ret)
		return ret;

	ret = class_register(&dma_devclass);
	if (ret) {
		dma_unmap_pools_exit();
		return ret;
	}
	dma_debugfs_init();
	return 0;
}
arch_initcall(dmaengine_init);
