// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dma-sim module: its start and end, and the platform devices of what it
 * simulates. Takes no lock.
 */

#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/workqueue.h>

#include "internal.h"
#include "loopback.h"

struct workqueue_struct *dma_sim_wq;

#if defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
/* The "device" writes through the caches: invalidating them would lose data. */
static void dma_sim_set_coherent(struct device *dev)
{
	dev->dma_coherent = true;
}
#else
static void dma_sim_set_coherent(struct device *dev)
{
}
#endif

/*
 * A channel in use keeps the module loaded that owns the driver of its device:
 * that is what the devices need a driver for.
 */
static int dma_sim_probe(struct platform_device *pdev)
{
	int err;

	dma_sim_set_coherent(&pdev->dev);
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!err)
		dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	return err;
}

static struct platform_driver dma_sim_driver = {
	.probe = dma_sim_probe,
	.driver = {
		.name = SIM_NAME,
		.suppress_bind_attrs = true,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

/* A device to map memory for. */
struct platform_device *dma_sim_add_device(void)
{
	struct platform_device *pdev;

	pdev = platform_device_register_simple(SIM_NAME, PLATFORM_DEVID_AUTO,
					       NULL, 0);
	if (IS_ERR(pdev) || device_is_bound(&pdev->dev))
		return pdev;
	platform_device_unregister(pdev);
	return ERR_PTR(-ENODEV);
}

static int dma_sim_add_configfs(struct configfs_subsystem *subsys)
{
	config_group_init(&subsys->su_group);
	mutex_init(&subsys->su_mutex);
	return configfs_register_subsystem(subsys);
}

static int __init dma_sim_init(void)
{
	int err;

	dma_sim_wq = alloc_workqueue(SIM_NAME, WQ_UNBOUND, 0);
	if (!dma_sim_wq)
		return -ENOMEM;
	err = platform_driver_register(&dma_sim_driver);
	if (err)
		goto no_driver;
	err = platform_driver_register(&loop_driver);
	if (err)
		goto no_loop_driver;
	err = dma_sim_add_configfs(&dma_sim_subsys);
	if (err)
		goto no_configfs;
	err = dma_sim_add_configfs(&loop_subsys);
	if (err)
		goto no_loop_configfs;
	return 0;

no_loop_configfs:
	configfs_unregister_subsystem(&dma_sim_subsys);
no_configfs:
	platform_driver_unregister(&loop_driver);
no_loop_driver:
	platform_driver_unregister(&dma_sim_driver);
no_driver:
	destroy_workqueue(dma_sim_wq);
	return err;
}
module_init(dma_sim_init);

/*
 * Directories and channels in use hold the module, so that all engines are
 * gone by now, but for memory that the workqueue is about to free.
 */
static void __exit dma_sim_exit(void)
{
	configfs_unregister_subsystem(&loop_subsys);
	configfs_unregister_subsystem(&dma_sim_subsys);
	destroy_workqueue(dma_sim_wq);
	platform_driver_unregister(&loop_driver);
	platform_driver_unregister(&dma_sim_driver);
}
module_exit(dma_sim_exit);

MODULE_DESCRIPTION("DMA engines without hardware");
MODULE_LICENSE("GPL");
