// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT (QuickData, Crystal Beach DMA): devices.
 *
 * The table of ids and their quirks, interrupts, probe and removal. Channels are
 * in chan.c, sleep and resets in power.c.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dma.h"

#define DRV_NAME	"ioatdma"

static int ioat_dca_enabled = 1;
module_param(ioat_dca_enabled, int, 0644);
MODULE_PARM_DESC(ioat_dca_enabled, "offer direct cache access to network drivers (default: 1)");
static char ioat_interrupt_style[32] = "msix";
module_param_string(ioat_interrupt_style, ioat_interrupt_style,
		    sizeof(ioat_interrupt_style), 0644);
MODULE_PARM_DESC(ioat_interrupt_style,
		 "best kind of interrupts to try: msix (default), msi, intx");

/* --- ids and quirks --- */

/* Xeons whose xor and P+Q are not to be used. */
#define XEON	IOAT_QUIRK_NO_RAID
/* Of the same make as the Atom C2000, and without xor and P+Q. */
#define BWD_NO_RAID	(IOAT_QUIRK_BWD | IOAT_QUIRK_NO_RAID)

static const struct pci_device_id ioat_ids[] = {
	/* 2.0 */
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB, 0) },
	/* 3.0 */
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG0, IOAT_QUIRK_PARITY) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG1, 0) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG2, 0) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG3, 0) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG4, 0) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG5, 0) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG6, 0) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_TBG7, 0) },
	/* 3.2 */
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF0, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF1, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF2, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF3, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF4, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF5, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF6, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF7, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF8, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_JSF9, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB0, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB1, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB2, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB3, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB4, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB5, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB6, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB7, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB8, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SNB9, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB0, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB1, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB2, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB3, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB4, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB5, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB6, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB7, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB8, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_IVB9, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW0, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW1, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW2, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW3, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW4, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW5, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW6, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW7, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW8, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_HSW9, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX0, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX1, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX2, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX3, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX4, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX5, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX6, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX7, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX8, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDX9, XEON) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_SKX, XEON | IOAT_QUIRK_IS_3_2) },
	/* 3.3 */
	{ PCI_DEVICE_DATA(INTEL, IOAT_BWD0, IOAT_QUIRK_BWD) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BWD1, IOAT_QUIRK_BWD) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BWD2, BWD_NO_RAID) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BWD3, BWD_NO_RAID) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDXDE0, BWD_NO_RAID) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDXDE1, BWD_NO_RAID) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDXDE2, BWD_NO_RAID) },
	{ PCI_DEVICE_DATA(INTEL, IOAT_BDXDE3, BWD_NO_RAID) },
	/* 3.4 */
	{ PCI_DEVICE_DATA(INTEL, IOAT_ICX, 0) },
	{ }
};
MODULE_DEVICE_TABLE(pci, ioat_ids);

/* --- interrupts --- */

static irqreturn_t ioat_irq_channel(int irq, void *data)
{
	struct ioat_chan *c = data;

	/* The engine does not interrupt again until it is told to. */
	WRITE_ONCE(c->armed, false);
	if (READ_ONCE(c->state) == IOAT_RUNNING)
		tasklet_schedule(&c->tasklet);
	return IRQ_HANDLED;
}

static irqreturn_t ioat_irq_device(int irq, void *data)
{
	struct ioat_device *ioat = data;
	u8 ctrl = readb(ioat->regs + IOAT_INTRCTRL);
	unsigned long attention;
	unsigned int i;

	/* All ones: the device is gone, and the line somebody else's. */
	if (ctrl == 0xff || !(ctrl & IOAT_INTRCTRL_MASTER_EN))
		return IRQ_NONE;
	if (!(ctrl & IOAT_INTRCTRL_STATUS)) {
		writeb(ctrl, ioat->regs + IOAT_INTRCTRL);
		return IRQ_NONE;
	}
	attention = readl(ioat->regs + IOAT_ATTNSTATUS);
	for_each_set_bit(i, &attention, ioat->chancnt)
		ioat_irq_channel(irq, ioat->chans[i]);
	writeb(ctrl, ioat->regs + IOAT_INTRCTRL);
	return IRQ_HANDLED;
}

/* The interrupt of a channel, negative if it has none. */
int ioat_chan_irq(const struct ioat_chan *c)
{
	switch (c->ioat->irq_mode) {
	case IOAT_MSIX:
		return pci_irq_vector(c->ioat->pdev, c->index);
	case IOAT_NO_IRQ:
		return -ENXIO;
	default:
		return pci_irq_vector(c->ioat->pdev, 0);
	}
}

/* Undoes request_vectors() for the first @n. */
static void release_vectors(struct ioat_device *ioat, bool msix, unsigned int n)
{
	while (n--)
		free_irq(pci_irq_vector(ioat->pdev, n),
			 msix ? (void *)ioat->chans[n] : (void *)ioat);
	pci_free_irq_vectors(ioat->pdev);
}

static int request_vectors(struct ioat_device *ioat, unsigned int type)
{
	bool msix = type == PCI_IRQ_MSIX;
	unsigned int i, n = msix ? ioat->chancnt : 1;
	int err;

	err = pci_alloc_irq_vectors(ioat->pdev, n, n, type);
	if (err < 0)
		return err;
	for (i = 0; i < n; i++) {
		err = request_irq(pci_irq_vector(ioat->pdev, i),
				  msix ? ioat_irq_channel : ioat_irq_device,
				  type == PCI_IRQ_INTX ? IRQF_SHARED : 0,
				  msix ? "ioat-msix" :
				  type == PCI_IRQ_MSI ? "ioat-msi" : "ioat-intx",
				  msix ? (void *)ioat->chans[i] : (void *)ioat);
		if (err) {
			release_vectors(ioat, msix, i);
			return err;
		}
	}
	return 0;
}

static void free_interrupts(struct ioat_device *ioat)
{
	bool msix = ioat->irq_mode == IOAT_MSIX;

	if (ioat->irq_mode == IOAT_NO_IRQ)
		return;
	ioat->irq_mode = IOAT_NO_IRQ;
	release_vectors(ioat, msix, msix ? ioat->chancnt : 1);
}

static const struct {
	const char *style;
	unsigned int type;
	enum ioat_irq_mode mode;
} irq_styles[] = {
	{ "msix", PCI_IRQ_MSIX, IOAT_MSIX },
	{ "msi", PCI_IRQ_MSI, IOAT_MSI },
	{ "intx", PCI_IRQ_INTX, IOAT_INTX },
};

/* The kind that was asked for, or the next best that can be had. */
static int setup_interrupts(struct ioat_device *ioat)
{
	struct device *dev = &ioat->pdev->dev;
	bool from_here = false;
	unsigned int i;
	int err = -EINVAL;

	for (i = 0; i < ARRAY_SIZE(irq_styles); i++) {
		from_here |= !strcmp(ioat_interrupt_style, irq_styles[i].style);
		if (!from_here)
			continue;
		err = request_vectors(ioat, irq_styles[i].type);
		if (!err) {
			ioat->irq_mode = irq_styles[i].mode;
			return 0;
		}
	}
	if (!from_here)
		dev_err(dev, "ioat_interrupt_style is %s, neither msix nor msi nor intx\n",
			ioat_interrupt_style);
	else
		dev_err(dev, "no usable interrupts\n");
	return err;
}

/* The device's own registers, at probe and when it comes back from a reset. */
void ioat_device_on(struct ioat_device *ioat)
{
	u8 ctrl = IOAT_INTRCTRL_MASTER_EN;

	if (ioat->irq_mode == IOAT_MSIX)
		ctrl |= IOAT_INTRCTRL_MSIX;
	/* Write-backs must not overtake the data that they tell of. */
	pcie_capability_clear_word(ioat->pdev, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_RELAX_EN);
	if (ioat->cap & IOAT_CAP_DPS)
		writeb((ioat_pending_level ?: 7) + 1, ioat->regs + IOAT_PREFETCH_LIMIT);
	if (ioat->can_delay)
		writew(ioat->delay, ioat->regs + IOAT_INTRDELAY);
	writeb(ctrl, ioat->regs + IOAT_INTRCTRL);
}

void ioat_device_off(struct ioat_device *ioat)
{
	writeb(0, ioat->regs + IOAT_INTRCTRL);
}

/* For good: no interrupts, no access to memory. */
static void device_stop(struct ioat_device *ioat)
{
	cancel_work_sync(&ioat->reset_work);
	ioat_device_off(ioat);
	free_interrupts(ioat);
	pci_clear_master(ioat->pdev);
}

/* --- probe --- */

static void ioat_free(struct kref *ref)
{
	struct ioat_device *ioat = container_of(ref, struct ioat_device, ref);
	unsigned int i;

	for (i = 0; i < ioat->chancnt; i++)
		ioat_chan_free(ioat->chans[i]);
	mutex_destroy(&ioat->reset_lock);
	mutex_destroy(&ioat->whole);
	kfree(ioat);
}

/* The last user of the last channel has gone. */
static void ioat_release(struct dma_device *dma)
{
	kref_put(&to_ioat_device(dma)->ref, ioat_free);
}

static void read_capabilities(struct ioat_device *ioat, bool dca)
{
	/* The register is new in 3.0. */
	if (ioat->version >= IOAT_VER_3_0)
		ioat->cap = readl(ioat->regs + IOAT_DMA_CAP);
	if (ioat->quirks & IOAT_QUIRK_NO_RAID)
		ioat->cap &= ~(IOAT_CAP_XOR | IOAT_CAP_PQ | IOAT_CAP_RAID16SS);
	/* They do not go together. */
	if (dca)
		ioat->cap &= ~(IOAT_CAP_XOR | IOAT_CAP_PQ);
	ioat->can_delay = readw(ioat->regs + IOAT_INTRDELAY) & IOAT_INTRDELAY_SUPPORTED;
}

static int make_channels(struct ioat_device *ioat)
{
	unsigned int fit = ioat->regs_len / IOAT_CHANNEL_SIZE;
	unsigned int i, n = readb(ioat->regs + IOAT_CHANCNT) & IOAT_CHANCNT_MASK;
	struct ioat_chan *c;

	ioat->xfercap = readb(ioat->regs + IOAT_XFERCAP) & IOAT_XFERCAP_MASK;
	if (!n || !ioat->xfercap || n + 2 > fit) {
		dev_err(&ioat->pdev->dev, "%u channels of 2^%u bytes make no sense\n",
			n, ioat->xfercap);
		return -ENODEV;
	}
	for (i = 0; i < n; i++) {
		c = kzalloc_node(sizeof(*c), GFP_KERNEL, dev_to_node(&ioat->pdev->dev));
		if (!c)
			return -ENOMEM;
		ioat_chan_init(ioat, c, i);
		ioat->chans[ioat->chancnt++] = c;
	}
	return 0;
}

/* A kernel before this one may have left engines at work, on memory that was its. */
static int stop_engines(struct ioat_device *ioat)
{
	struct ioat_chan *c;
	bool stuck = false;
	unsigned int i;
	int err;

	for (i = 0; i < ioat->chancnt; i++) {
		c = ioat->chans[i];
		mutex_lock(&c->setup);
		stuck |= ioat_reset(c) == -ETIMEDOUT;
		mutex_unlock(&c->setup);
	}
	if (!stuck)
		return 0;
	err = ioat_reset_function(ioat->pdev);
	if (err)
		dev_err(&ioat->pdev->dev, "an engine does not stop, and the device cannot be reset\n");
	else
		dev_warn(&ioat->pdev->dev, "an engine did not stop, so the device was reset\n");
	return err;
}

static struct ioat_device *new_device(struct pci_dev *pdev, unsigned int quirks,
				      void __iomem *regs)
{
	struct ioat_device *ioat = kzalloc(sizeof(*ioat), GFP_KERNEL);
	struct dma_device *dma;

	if (!ioat)
		return NULL;
	kref_init(&ioat->ref);
	mutex_init(&ioat->whole);
	INIT_WORK(&ioat->reset_work, ioat_reset_work);
	mutex_init(&ioat->reset_lock);
	spin_lock_init(&ioat->delay_lock);
	ioat->pdev = pdev;
	ioat->regs = regs;
	ioat->regs_len = pci_resource_len(pdev, 0);
	ioat->quirks = quirks;
	ioat->version = readb(regs + IOAT_VER);
	if (quirks & IOAT_QUIRK_IS_3_2)
		ioat->version = IOAT_VER_3_2;

	dma = &ioat->dma;
	INIT_LIST_HEAD(&dma->channels);
	dma->dev = &pdev->dev;
	dma->device_alloc_chan_resources = ioat_alloc_chan_resources;
	dma->device_free_chan_resources = ioat_free_chan_resources;
	dma->device_issue_pending = ioat_issue_pending;
	dma->device_tx_status = ioat_tx_status;
	dma->device_release = ioat_release;
	return ioat;
}

/* Only channels that work are registered. */
static int register_channels(struct ioat_device *ioat)
{
	unsigned int i;
	int err;

	for (i = 0; i < ioat->chancnt; i++)
		if (ioat->chans[i]->works)
			list_add_tail(&ioat->chans[i]->chan.device_node,
				      &ioat->dma.channels);
	err = dma_async_device_register(&ioat->dma);
	if (!err)
		kref_get(&ioat->ref);
	return err;
}

static int ioat_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct device *dev = &pdev->dev;
	struct ioat_device *ioat;
	void __iomem *regs;
	bool dca;
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;
	regs = pcim_iomap_region(pdev, 0, DRV_NAME);
	if (IS_ERR(regs))
		return PTR_ERR(regs);
	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (err)
		return err;
	if (pci_resource_len(pdev, 0) < 3 * IOAT_CHANNEL_SIZE)
		return -ENODEV;

	ioat = new_device(pdev, id->driver_data, regs);
	if (!ioat)
		return -ENOMEM;
	err = -ENODEV;
	if (ioat->version < IOAT_VER_2_0 || ioat->version == 0xff)
		goto put;
	pci_set_drvdata(pdev, ioat);

	/* The machine has it or not, whether we are to offer it or not. */
	dca = ioat_dca_on(pdev);
	read_capabilities(ioat, dca);
	err = make_channels(ioat);
	if (err)
		goto put;
	err = stop_engines(ioat);
	if (err)
		goto put;
	pci_set_master(pdev);
	err = -ENOMEM;
	ioat->completions = dmam_pool_create("ioat_completion", dev, sizeof(u64),
					     SMP_CACHE_BYTES, 0);
	if (!ioat->completions)
		goto put;
	err = setup_interrupts(ioat);
	if (err)
		goto put;
	ioat_device_on(ioat);

	ioat_set_operations(ioat);
	err = ioat_selftest(ioat);
	if (err)
		goto stop;
	err = register_channels(ioat);
	if (err)
		goto stop;
	ioat_sysfs_add(ioat);
	if (dca && ioat_dca_enabled && ioat->version >= IOAT_VER_3_0 &&
	    ioat->version < IOAT_VER_3_4)
		ioat->dca = ioat_dca_register(ioat);
	return 0;

stop:
	device_stop(ioat);
put:
	pci_set_drvdata(pdev, NULL);
	kref_put(&ioat->ref, ioat_free);
	return err;
}

/* --- removal --- */

static bool device_gone(struct ioat_device *ioat)
{
	return readl(ioat->regs + IOAT_ATTNSTATUS) == ~0U &&
	       readb(ioat->regs + IOAT_VER) == 0xff;
}

/*
 * Clients that share the channels finish first, so the engine has to run until
 * they have, unless it is gone already. A client with a channel of its own may
 * keep it, but finds it closed.
 */
static void ioat_remove(struct pci_dev *pdev)
{
	struct ioat_device *ioat = pci_get_drvdata(pdev);
	unsigned int i;

	ioat_dca_unregister(ioat);
	ioat_sysfs_remove(ioat);
	if (device_gone(ioat))
		ioat_take_all_out(ioat, "was pulled out");
	dma_async_device_unregister(&ioat->dma);

	for (i = 0; i < ioat->chancnt; i++)
		ioat_chan_close(ioat->chans[i], true);
	ioat->removed = true;
	device_stop(ioat);
	kref_put(&ioat->ref, ioat_free);
}

/* --- the driver --- */

static struct pci_driver ioat_driver = {
	.name = DRV_NAME,
	.id_table = ioat_ids,
	.probe = ioat_probe,
	.remove = ioat_remove,
	.shutdown = ioat_shutdown,
	.driver.pm = pm_sleep_ptr(&ioat_pm_ops),
	.err_handler = &ioat_error_handlers,
};

static int __init ioat_module_init(void)
{
	int err = ioat_dma_init();

	if (err)
		return err;
	err = pci_register_driver(&ioat_driver);
	if (err)
		ioat_dma_exit();
	return err;
}
module_init(ioat_module_init);

static void __exit ioat_module_exit(void)
{
	pci_unregister_driver(&ioat_driver);
	ioat_dma_exit();
}
module_exit(ioat_module_exit);

MODULE_DESCRIPTION("Intel I/OAT DMA engine");
MODULE_LICENSE("GPL");
