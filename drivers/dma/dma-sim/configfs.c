// SPDX-License-Identifier: GPL-2.0-only
/*
 * Simulated engines for administrators: /sys/kernel/config/dma-sim has a
 * directory per engine, see Documentation/driver-api/dmaengine/dma-sim.rst.
 * Locks: see struct dma_sim_dir.
 */

#include <linux/bitmap.h>
#include <linux/configfs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "internal.h"

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
	if (dma_sim_config_fault(config))
		return -EINVAL;
	dir->config = *config;
	if (dir->sim) {
		dma_sim_set_speed(dir->sim, config->setup_ns, config->bandwidth);
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
SIM_BOOL_ATTR(dry)

CONFIGFS_ATTR(sim_dir_, pq_continue);
CONFIGFS_ATTR(sim_dir_, in_order);
CONFIGFS_ATTR(sim_dir_, dry);

static ssize_t sim_dir_caps_show(struct config_item *item, char *page)
{
	struct dma_sim_dir *dir = to_sim_dir(item);
	const struct dma_sim_op *op;
	const char *gap = "";
	ssize_t n = 0;

	mutex_lock(&dir->lock);
	for (op = dma_sim_ops; op->name; op++) {
		if (!dma_has_cap(op->cap, dir->config.caps))
			continue;
		n += sysfs_emit_at(page, n, "%s%s", gap, op->name);
		gap = " ";
	}
	mutex_unlock(&dir->lock);
	return n + sysfs_emit_at(page, n, "\n");
}

/* Names out of dma_sim_ops[], with blanks or commas between them. */
static int sim_parse_caps(const char *page, dma_cap_mask_t *caps)
{
	static const char gaps[] = " \t\n,";
	const struct dma_sim_op *op;
	size_t n;

	bitmap_zero(caps->bits, DMA_TX_TYPE_END);
	for (page += strspn(page, gaps); *page; page += strspn(page, gaps)) {
		n = strcspn(page, gaps);
		for (op = dma_sim_ops; op->name; op++)
			if (strlen(op->name) == n &&
			    !strncmp(page, op->name, n))
				break;
		if (!op->name)
			return -EINVAL;
		__dma_cap_set(op->cap, caps);
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
	sim = dma_sim_make(config_item_name(&dir->item), &dir->config,
			   dir->hold, dir->fail_next);
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
	&sim_dir_attr_dry,
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
	const struct dma_sim_op *op;
	struct dma_sim_dir *dir;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return ERR_PTR(-ENOMEM);
	mutex_init(&dir->lock);
	dir->config = (struct dma_sim_config) {
		.channels = 1, .max_xor = 8, .max_pq = 8, .pq_continue = true,
		.align = 1, .ring = 64, .in_order = true,
	};
	for (op = dma_sim_ops; op->name; op++)
		if (op->run)
			dma_cap_set(op->cap, dir->config.caps);
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

struct configfs_subsystem dma_sim_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = SIM_NAME,
			.ci_type = &sim_root_type,
		},
	},
};
