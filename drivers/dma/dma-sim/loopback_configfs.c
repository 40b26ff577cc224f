// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loopbacks for administrators: /sys/kernel/config/dma-sim-loopback has a
 * directory per loopback, see Documentation/driver-api/dmaengine/dma-sim.rst.
 * Locks: see struct loop_dir.
 */

#include <linux/configfs.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "loopback.h"

/**
 * struct loop_dir - a loopback's directory
 * @item: what configfs sees
 * @lock: guards all below; taken inside configfs' own locks, and outside
 *	those of the dmaengine core
 * @config: as written, always within its ranges
 * @lb: the loopback while live, else NULL
 */
struct loop_dir {
	struct config_item item;
	struct mutex lock;	/* all below */
	struct dma_sim_loopback_config config;
	struct dma_sim_loopback *lb;
};

static struct loop_dir *to_loop_dir(struct config_item *item)
{
	return container_of(item, struct loop_dir, item);
}

/* Writes @value to the field of the configuration at @offset. */
static int loop_dir_set(struct config_item *item, unsigned int value,
			size_t offset)
{
	struct loop_dir *dir = to_loop_dir(item);
	struct dma_sim_loopback_config config;
	int err = 0;

	mutex_lock(&dir->lock);
	config = dir->config;
	*(unsigned int *)((char *)&config + offset) = value;
	if (dir->lb)
		err = -EBUSY;
	else if (loop_config_fault(&config))
		err = -EINVAL;
	else
		dir->config = config;
	mutex_unlock(&dir->lock);
	return err;
}

static ssize_t loop_dir_show_uint(struct config_item *item, char *page,
				  size_t offset)
{
	char *config = (char *)&to_loop_dir(item)->config;

	return sysfs_emit(page, "%u\n",
			  READ_ONCE(*(unsigned int *)(config + offset)));
}

static ssize_t loop_dir_store_uint(struct config_item *item, const char *page,
				   size_t count, size_t offset)
{
	unsigned int value;

	if (kstrtouint(page, 0, &value))
		return -EINVAL;
	return loop_dir_set(item, value, offset) ?: count;
}

#define LOOP_UINT_ATTR(_name)						\
static const size_t loop_##_name##_at =					\
	offsetof(struct dma_sim_loopback_config, _name);		\
static ssize_t loop_dir_##_name##_show(struct config_item *item,	\
				       char *page)			\
{									\
	return loop_dir_show_uint(item, page, loop_##_name##_at);	\
}									\
static ssize_t loop_dir_##_name##_store(struct config_item *item,	\
					const char *page, size_t count)	\
{									\
	return loop_dir_store_uint(item, page, count,			\
				   loop_##_name##_at);			\
}

LOOP_UINT_ATTR(fifos)
LOOP_UINT_ATTR(depth)
LOOP_UINT_ATTR(max_burst)

CONFIGFS_ATTR(loop_dir_, fifos);
CONFIGFS_ATTR(loop_dir_, depth);
CONFIGFS_ATTR(loop_dir_, max_burst);

static const char * const loop_residues[] = {
	[DMA_RESIDUE_GRANULARITY_DESCRIPTOR] = "descriptor",
	[DMA_RESIDUE_GRANULARITY_SEGMENT] = "segment",
	[DMA_RESIDUE_GRANULARITY_BURST] = "burst",
};

static ssize_t loop_dir_residue_show(struct config_item *item, char *page)
{
	struct loop_dir *dir = to_loop_dir(item);

	return sysfs_emit(page, "%s\n",
			  loop_residues[READ_ONCE(dir->config.residue)]);
}

static ssize_t loop_dir_residue_store(struct config_item *item,
				      const char *page, size_t count)
{
	int i = sysfs_match_string(loop_residues, page);

	if (i < 0)
		return i;
	return loop_dir_set(item, i, offsetof(struct dma_sim_loopback_config,
					      residue)) ?: count;
}
CONFIGFS_ATTR(loop_dir_, residue);

static ssize_t loop_dir_fail_next_store(struct config_item *item,
					const char *page, size_t count)
{
	struct loop_dir *dir = to_loop_dir(item);
	int err = -ENODEV;
	unsigned int n;

	if (kstrtouint(page, 0, &n) || n > INT_MAX)
		return -EINVAL;
	mutex_lock(&dir->lock);
	if (dir->lb) {
		dma_sim_loopback_fail_next(dir->lb, n);
		err = 0;
	}
	mutex_unlock(&dir->lock);
	return err ?: count;
}
CONFIGFS_ATTR_WO(loop_dir_, fail_next);

static ssize_t loop_dir_live_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", !!READ_ONCE(to_loop_dir(item)->lb));
}

static int loop_dir_start(struct loop_dir *dir)
{
	struct dma_sim_loopback *lb;

	lockdep_assert_held(&dir->lock);
	if (dir->lb)
		return 0;
	lb = dma_sim_loopback_create(config_item_name(&dir->item),
				     &dir->config);
	if (IS_ERR(lb))
		return PTR_ERR(lb);
	WRITE_ONCE(dir->lb, lb);
	return 0;
}

static void loop_dir_stop(struct loop_dir *dir)
{
	lockdep_assert_held(&dir->lock);
	if (dir->lb)
		dma_sim_loopback_destroy(dir->lb);
	WRITE_ONCE(dir->lb, NULL);
}

static ssize_t loop_dir_live_store(struct config_item *item, const char *page,
				   size_t count)
{
	struct loop_dir *dir = to_loop_dir(item);
	bool live;
	int err = 0;

	if (kstrtobool(page, &live))
		return -EINVAL;
	mutex_lock(&dir->lock);
	if (live)
		err = loop_dir_start(dir);
	else
		loop_dir_stop(dir);
	mutex_unlock(&dir->lock);
	return err ?: count;
}
CONFIGFS_ATTR(loop_dir_, live);

/* What only a live one has. */
static ssize_t loop_dir_device_show(struct config_item *item, char *page)
{
	struct loop_dir *dir = to_loop_dir(item);
	struct platform_device *pdev;
	ssize_t ret = -ENODEV;

	mutex_lock(&dir->lock);
	if (dir->lb) {
		pdev = dma_sim_loopback_peripheral(dir->lb);
		ret = sysfs_emit(page, "%s\n", dev_name(&pdev->dev));
	}
	mutex_unlock(&dir->lock);
	return ret;
}
CONFIGFS_ATTR_RO(loop_dir_, device);

static struct configfs_attribute *loop_dir_attrs[] = {
	&loop_dir_attr_fifos,
	&loop_dir_attr_depth,
	&loop_dir_attr_max_burst,
	&loop_dir_attr_residue,
	&loop_dir_attr_fail_next,
	&loop_dir_attr_live,
	&loop_dir_attr_device,
	NULL,
};

static void loop_dir_release(struct config_item *item)
{
	kfree(to_loop_dir(item));
}

static struct configfs_item_operations loop_dir_ops = {
	.release = loop_dir_release,
};

static const struct config_item_type loop_dir_type = {
	.ct_item_ops = &loop_dir_ops,
	.ct_attrs = loop_dir_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_item *loop_make_dir(struct config_group *group,
					 const char *name)
{
	struct loop_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);

	if (!dir)
		return ERR_PTR(-ENOMEM);
	mutex_init(&dir->lock);
	dir->config = (struct dma_sim_loopback_config) {
		.fifos = 1, .depth = 256, .max_burst = 16,
		.residue = DMA_RESIDUE_GRANULARITY_BURST,
	};
	config_item_init_type_name(&dir->item, name, &loop_dir_type);
	return &dir->item;
}

static void loop_drop_dir(struct config_group *group, struct config_item *item)
{
	struct loop_dir *dir = to_loop_dir(item);

	mutex_lock(&dir->lock);
	loop_dir_stop(dir);
	mutex_unlock(&dir->lock);
	config_item_put(item);
}

static struct configfs_group_operations loop_root_ops = {
	.make_item = loop_make_dir,
	.drop_item = loop_drop_dir,
};

static const struct config_item_type loop_root_type = {
	.ct_group_ops = &loop_root_ops,
	.ct_owner = THIS_MODULE,
};

struct configfs_subsystem loop_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = LOOP_NAME,
			.ci_type = &loop_root_type,
		},
	},
};
