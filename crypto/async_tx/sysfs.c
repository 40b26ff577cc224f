// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator sets: /sys/kernel/async_tx/.
 *
 *   policy         the policies' names, the current one in brackets; write a name
 *   cpu_weight     see policy_least_loaded.c
 *   cpu_price      see policy_adaptive.c
 *   threshold/OP   bytes below which an operation stays on the CPU
 *   weight/CHANNEL percent of what an engine's channel would get, 0: nothing
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

static struct kobj_attribute policy_attr = __ATTR_RW(policy);

/**
 * struct number - a setting that is a number
 * @attr: its file
 * @value: where it is
 * @max: more is -ERANGE
 */
struct number {
	struct kobj_attribute attr;
	unsigned int *value;
	unsigned int max;
};

static ssize_t number_show(struct kobject *kobj, struct kobj_attribute *attr,
			   char *buf)
{
	struct number *number = container_of(attr, struct number, attr);

	return sysfs_emit(buf, "%u\n", *number->value);
}

static ssize_t number_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	struct number *number = container_of(attr, struct number, attr);
	unsigned int value;
	int err = kstrtouint(buf, 0, &value);

	if (err)
		return err;
	if (value > number->max)
		return -ERANGE;
	WRITE_ONCE(*number->value, value);
	return len;
}

static struct number cpu_weight = {
	.attr = __ATTR(cpu_weight, 0644, number_show, number_store),
	.value = &async_tx_cpu_weight,
	.max = UINT_MAX,
};

static struct number cpu_price = {
	.attr = __ATTR(cpu_price, 0644, number_show, number_store),
	.value = &async_tx_cpu_price,
	.max = ASYNC_TX_MAX_PRICE,
};

static const struct attribute *attrs[] = {
	&policy_attr.attr,
	&cpu_weight.attr.attr,
	&cpu_price.attr.attr,
	NULL
};

/* One an operation that engines can do, made from the table. */
static struct number thresholds[ASYNC_TX_NR_OPS];

static int __init thresholds_create(struct kobject *dir)
{
	for (unsigned int i = 0; i < ASYNC_TX_NR_OPS; i++) {
		struct number *number = &thresholds[i];
		struct kobj_attribute *attr = &number->attr;
		int err;

		if (!async_tx_ops[i].offload)
			continue;
		sysfs_attr_init(&attr->attr);
		attr->attr.name = async_tx_ops[i].name;
		attr->attr.mode = 0644;
		attr->show = number_show;
		attr->store = number_store;
		number->value = &async_tx_threshold[i];
		number->max = UINT_MAX;
		err = sysfs_create_file(dir, &attr->attr);
		if (err)
			return err;
	}
	return 0;
}

static struct kobject *root, *threshold, *weight;

static ssize_t weight_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct async_tx_channel *chan = container_of(attr, struct async_tx_channel, setting);

	return sysfs_emit(buf, "%u\n", READ_ONCE(chan->weight));
}

static ssize_t weight_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t len)
{
	struct async_tx_channel *chan = container_of(attr, struct async_tx_channel, setting);
	unsigned int value;
	int err = kstrtouint(buf, 0, &value);

	if (err)
		return err;
	if (value > ASYNC_TX_MAX_WEIGHT)
		return -ERANGE;
	async_tx_channel_weigh(chan, value);
	return len;
}

/**
 * async_tx_sysfs_add - let a channel's weight be set
 * @chan: named
 *
 * Context: may sleep.
 *
 * Return: 0, or an error of sysfs.
 */
int async_tx_sysfs_add(struct async_tx_channel *chan)
{
	sysfs_attr_init(&chan->setting.attr);
	chan->setting.attr.name = chan->name;
	chan->setting.attr.mode = 0644;
	chan->setting.show = weight_show;
	chan->setting.store = weight_store;
	return sysfs_create_file(weight, &chan->setting.attr);
}

/**
 * async_tx_sysfs_remove - no more, and wait for those who are about to
 * @chan: from async_tx_sysfs_add()
 *
 * Context: may sleep, without the registry's mutex.
 */
void async_tx_sysfs_remove(struct async_tx_channel *chan)
{
	sysfs_remove_file(weight, &chan->setting.attr);
}

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
	err = -ENOMEM;
	weight = kobject_create_and_add("weight", root);
	if (!weight)
		goto err_threshold;
	err = sysfs_create_files(root, attrs);
	if (err)
		goto err_weight;
	return 0;

err_weight:
	kobject_put(weight);
err_threshold:
	kobject_put(threshold);
err_root:
	kobject_put(root);
	return err;
}

void async_tx_sysfs_exit(void)
{
	kobject_put(weight);
	kobject_put(threshold);
	kobject_put(root);
}
