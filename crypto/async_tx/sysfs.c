// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator sets: /sys/kernel/async_tx/.
 *
 *   policy         the policies' names, the current one in brackets; write a name
 *   cpu_weight     see policy_least_loaded.c
 *   cpu_price      see policy_adaptive.c
 *   threshold/OP   bytes below which an operation stays on the CPU
 */
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "internal.h"

static ssize_t policy_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	return async_tx_show_policies(buf);
}

static ssize_t policy_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	int err = async_tx_set_policy(buf);

	return err ?: len;
}

static ssize_t cpu_weight_show(struct kobject *kobj, struct kobj_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "%u\n", async_tx_cpu_weight);
}

static ssize_t cpu_weight_store(struct kobject *kobj,
				struct kobj_attribute *attr, const char *buf,
				size_t len)
{
	unsigned int weight;
	int err = kstrtouint(buf, 0, &weight);

	if (err)
		return err;
	WRITE_ONCE(async_tx_cpu_weight, weight);
	return len;
}

static ssize_t cpu_price_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%u\n", async_tx_cpu_price);
}

static ssize_t cpu_price_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t len)
{
	unsigned int price;
	int err = kstrtouint(buf, 0, &price);

	if (err)
		return err;
	if (price > ASYNC_TX_MAX_PRICE)
		return -ERANGE;
	WRITE_ONCE(async_tx_cpu_price, price);
	return len;
}

static struct kobj_attribute policy_attr = __ATTR_RW(policy);
static struct kobj_attribute cpu_weight_attr = __ATTR_RW(cpu_weight);
static struct kobj_attribute cpu_price_attr = __ATTR_RW(cpu_price);

static const struct attribute *attrs[] = {
	&policy_attr.attr,
	&cpu_weight_attr.attr,
	&cpu_price_attr.attr,
	NULL
};

/* One attribute an operation that engines can do, made from the table. */
static struct kobj_attribute threshold_attrs[ASYNC_TX_NR_OPS];

static ssize_t threshold_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  async_tx_threshold[attr - threshold_attrs]);
}

static ssize_t threshold_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t len)
{
	unsigned int bytes;
	int err = kstrtouint(buf, 0, &bytes);

	if (err)
		return err;
	WRITE_ONCE(async_tx_threshold[attr - threshold_attrs], bytes);
	return len;
}

static int __init thresholds_create(struct kobject *dir)
{
	for (unsigned int i = 0; i < ASYNC_TX_NR_OPS; i++) {
		struct kobj_attribute *attr = &threshold_attrs[i];
		int err;

		if (!async_tx_ops[i].offload)
			continue;
		sysfs_attr_init(&attr->attr);
		attr->attr.name = async_tx_ops[i].name;
		attr->attr.mode = 0644;
		attr->show = threshold_show;
		attr->store = threshold_store;
		err = sysfs_create_file(dir, &attr->attr);
		if (err)
			return err;
	}
	return 0;
}

static struct kobject *root, *threshold;

int __init async_tx_sysfs_init(void)
{
	int err = -ENOMEM;

	root = kobject_create_and_add("async_tx", kernel_kobj);
	if (!root)
		return -ENOMEM;
	threshold = kobject_create_and_add("threshold", root);
	if (!threshold)
		goto err_root;
	err = thresholds_create(threshold);
	if (err)
		goto err_threshold;
	err = sysfs_create_files(root, attrs);
	if (err)
		goto err_threshold;
	return 0;

err_threshold:
	kobject_put(threshold);
err_root:
	kobject_put(root);
	return err;
}

void async_tx_sysfs_exit(void)
{
	kobject_put(threshold);
	kobject_put(root);
}
