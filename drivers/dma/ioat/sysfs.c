// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: the folder quickdata of a channel under /sys/class/dma, as
 * Documentation/ABI/stable/sysfs-driver-dma-ioatdma has it. Takes the channel's
 * lock to look at its ring.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "dma.h"

static struct ioat_chan *dev_to_ioat_chan(struct device *dev)
{
	return to_ioat_chan(container_of(dev, struct dma_chan_dev, device)->chan);
}

static ssize_t cap_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct dma_device *dma = dev_to_ioat_chan(dev)->chan.device;

	return sysfs_emit(page, "copy%s%s%s%s%s\n",
			  dma_has_cap(DMA_PQ, dma->cap_mask) ? " pq" : "",
			  dma_has_cap(DMA_PQ_VAL, dma->cap_mask) ? " pq_val" : "",
			  dma_has_cap(DMA_XOR, dma->cap_mask) ? " xor" : "",
			  dma_has_cap(DMA_XOR_VAL, dma->cap_mask) ? " xor_val" : "",
			  dma_has_cap(DMA_INTERRUPT, dma->cap_mask) ? " intr" : "");
}
static DEVICE_ATTR_RO(cap);

static ssize_t version_show(struct device *dev, struct device_attribute *attr, char *page)
{
	u8 version = dev_to_ioat_chan(dev)->ioat->version;

	return sysfs_emit(page, "%d.%d\n", version >> 4, version & 0xf);
}
static DEVICE_ATTR_RO(version);

static ssize_t ring_size_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct ioat_chan *c = dev_to_ioat_chan(dev);
	u32 size = 0;

	spin_lock_bh(&c->lock);
	if (c->ring)
		size = ioat_ring_size(c->next ?: c->ring);
	spin_unlock_bh(&c->lock);
	return sysfs_emit(page, "%u\n", size);
}
static DEVICE_ATTR_RO(ring_size);

static ssize_t ring_active_show(struct device *dev, struct device_attribute *attr, char *page)
{
	struct ioat_chan *c = dev_to_ioat_chan(dev);
	u32 active = 0;

	spin_lock_bh(&c->lock);
	if (c->ring)
		active = c->ring->head - c->ring->tail;
	if (c->next)
		active += c->next->head - c->next->tail;
	spin_unlock_bh(&c->lock);
	return sysfs_emit(page, "%u\n", active);
}
static DEVICE_ATTR_RO(ring_active);

static ssize_t intr_coalesce_show(struct device *dev, struct device_attribute *attr,
				  char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(dev_to_ioat_chan(dev)->intr_coalesce));
}

static ssize_t intr_coalesce_store(struct device *dev, struct device_attribute *attr,
				   const char *page, size_t count)
{
	unsigned int us;
	int err = kstrtouint(page, 0, &us);

	if (err)
		return err;
	if (us > IOAT_INTRDELAY_MASK)
		return -EINVAL;
	WRITE_ONCE(dev_to_ioat_chan(dev)->intr_coalesce, us);
	return count;
}
static DEVICE_ATTR_RW(intr_coalesce);

static struct attribute *ioat_attrs[] = {
	&dev_attr_ring_size.attr,
	&dev_attr_ring_active.attr,
	&dev_attr_cap.attr,
	&dev_attr_version.attr,
	&dev_attr_intr_coalesce.attr,
	NULL,
};

static const struct attribute_group ioat_group = {
	.name = "quickdata",
	.attrs = ioat_attrs,
};

/* The device works without, so that a failure is only told of. */
void ioat_sysfs_add(struct ioat_device *ioat)
{
	struct dma_chan *chan;
	int err;

	list_for_each_entry(chan, &ioat->dma.channels, device_node) {
		err = sysfs_create_group(&chan->dev->device.kobj, &ioat_group);
		if (err)
			dev_warn(&ioat->pdev->dev, "%s: no quickdata in sysfs: %d\n",
				 dma_chan_name(chan), err);
	}
}

void ioat_sysfs_remove(struct ioat_device *ioat)
{
	struct dma_chan *chan;

	list_for_each_entry(chan, &ioat->dma.channels, device_node)
		sysfs_remove_group(&chan->dev->device.kobj, &ioat_group);
}
