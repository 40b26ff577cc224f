// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: the provider of direct cache access.
 *
 * The chipset can put what a network adapter writes into the cache of the
 * processor that will read it. The adapter has to be entered in a table of the
 * I/OAT device, and to send a tag with each write, which is made of bits of the
 * processor's APIC id by a map that the firmware left. The DCA core calls, one
 * at a time.
 */
#include <linux/bitops.h>
#include <linux/dca.h>
#include <linux/device.h>
#include <linux/smp.h>

#include "dma.h"

#define DCA_TAG_BITS	8
#define DCA_MAX_SLOTS	256

/* An entry of the tag map: where a bit of the tag comes from. */
#define DCA_MAP_INVERTED	0x80	/* the APIC id's bit of that number, inverted */
#define DCA_MAP_SELECTED	0x40	/* that bit as it is */
#define DCA_MAP_LITERAL		0x01	/* neither: this bit */
#define DCA_MAP_USED		0xdf
/* In the first five entries this means that the firmware has not set it up. */
#define DCA_MAP_DEFAULT		0x80
#define DCA_MAP_DEFAULTS	5

/**
 * struct ioat_dca - the provider
 * @regs: the device's registers
 * @table: the table of requesters in there
 * @map: the tag map
 * @slots: entries in the table
 * @requester: who has them
 */
struct ioat_dca {
	void __iomem *regs;
	void __iomem *table;
	u8 map[DCA_TAG_BITS];
	unsigned int slots;
	struct device *requester[] __counted_by(slots);
};

/* Has the firmware turned it on? The bit is in leaf 9 of CPUID. */
bool ioat_dca_on(struct pci_dev *pdev)
{
	bool on = boot_cpu_has(X86_FEATURE_DCA) && cpuid_eax(9) & BIT(0);

	if (!on)
		dev_dbg(&pdev->dev, "no direct cache access on this machine\n");
	return on;
}

static int dca_slot(struct ioat_dca *dca, struct device *dev)
{
	unsigned int i;

	for (i = 0; i < dca->slots; i++)
		if (dca->requester[i] == dev)
			return i;
	return -ENODEV;
}

static int dca_managed(struct dca_provider *provider, struct device *dev)
{
	return dca_slot(dca_priv(provider), dev) >= 0;
}

static int dca_add(struct dca_provider *provider, struct device *dev)
{
	struct ioat_dca *dca = dca_priv(provider);
	int slot = dca_slot(dca, NULL);

	if (!dev_is_pci(dev) || slot < 0)
		return -ENODEV;
	dca->requester[slot] = dev;
	writel(pci_dev_id(to_pci_dev(dev)) | IOAT_DCA_GREQID_VALID,
	       dca->table + slot * sizeof(u32));
	return slot;
}

static int dca_remove(struct dca_provider *provider, struct device *dev)
{
	struct ioat_dca *dca = dca_priv(provider);
	int slot = dca_slot(dca, dev);

	if (!dev_is_pci(dev) || slot < 0)
		return -ENODEV;
	writel(0, dca->table + slot * sizeof(u32));
	dca->requester[slot] = NULL;
	return slot;
}

static bool tag_bit(u8 entry, u32 apic_id)
{
	if (entry & DCA_MAP_SELECTED)
		return apic_id & BIT(entry & ~(DCA_MAP_SELECTED | DCA_MAP_INVERTED));
	if (entry & DCA_MAP_INVERTED)
		return !(apic_id & BIT(entry & ~DCA_MAP_INVERTED));
	return entry & DCA_MAP_LITERAL;
}

static u8 dca_tag(struct dca_provider *provider, struct device *dev, int cpu)
{
	struct ioat_dca *dca = dca_priv(provider);
	u32 apic_id = cpu_physical_id(cpu);
	unsigned int i;
	u8 tag = 0;

	for (i = 0; i < DCA_TAG_BITS; i++)
		tag |= tag_bit(dca->map[i], apic_id) << i;
	return tag;
}

static const struct dca_ops ioat_dca_ops = {
	.add_requester = dca_add,
	.remove_requester = dca_remove,
	.get_tag = dca_tag,
	.dev_managed = dca_managed,
};

/* The last entry is marked; 0 if none is. */
static unsigned int count_slots(struct ioat_device *ioat, u16 table)
{
	unsigned int n;

	for (n = 0; n < DCA_MAX_SLOTS && table + (n + 1) * sizeof(u32) <= ioat->regs_len; n++)
		if (readl(ioat->regs + table + n * sizeof(u32)) & IOAT_DCA_GREQID_LAST)
			return n + 1;
	return 0;
}

/* False: the firmware has set none up. */
static bool read_map(struct ioat_dca *dca, void __iomem *block)
{
	u64 map = readl(block + IOAT_DCA_TAG_MAP_LOW) |
		  (u64)readl(block + IOAT_DCA_TAG_MAP_HIGH) << 32;
	unsigned int i, defaults = 0;

	for (i = 0; i < DCA_TAG_BITS; i++) {
		dca->map[i] = map >> (8 * i) & DCA_MAP_USED;
		if (i < DCA_MAP_DEFAULTS)
			defaults += dca->map[i] == DCA_MAP_DEFAULT;
	}
	return defaults < DCA_MAP_DEFAULTS;
}

static void set_bits16(void __iomem *reg, u16 bits)
{
	u16 was = readw(reg);

	if ((was & bits) != bits)
		writew(was | bits, reg);
}

/**
 * ioat_dca_register() - offer direct cache access
 * @ioat: device of version 3.0 to 3.3, on a machine where it is turned on
 *
 * Return: the provider, or NULL; the device works without.
 */
struct dca_provider *ioat_dca_register(struct ioat_device *ioat)
{
	struct device *dev = &ioat->pdev->dev;
	u16 offset = readw(ioat->regs + IOAT_DCAOFFSET);
	struct dca_provider *provider;
	void __iomem *block = ioat->regs + offset;
	struct ioat_dca *dca;
	unsigned int slots;
	u16 table;

	if (!offset || offset + IOAT_DCA_TAG_MAP_HIGH + sizeof(u32) > ioat->regs_len)
		return NULL;
	table = readw(block + IOAT_DCA_GREQID_TABLE);
	slots = table ? count_slots(ioat, table) : 0;
	if (!slots)
		return NULL;
	provider = alloc_dca_provider(&ioat_dca_ops, struct_size(dca, requester, slots));
	if (!provider)
		return NULL;

	dca = dca_priv(provider);
	dca->regs = ioat->regs;
	dca->table = ioat->regs + table;
	dca->slots = slots;
	/* Not every firmware does this. */
	set_bits16(block + IOAT_DCA_CSI_CONTROL, IOAT_DCA_CSI_PREFETCH);
	set_bits16(block + IOAT_DCA_PCI_CONTROL, IOAT_DCA_PCI_MEMWR);
	if (!read_map(dca, block)) {
		add_taint(TAINT_FIRMWARE_WORKAROUND, LOCKDEP_STILL_OK);
		dev_warn_once(dev, "the firmware set up no APICID_TAG_MAP, so no direct cache access\n");
		goto free;
	}
	if (register_dca_provider(provider, dev))
		goto free;
	return provider;

free:
	free_dca_provider(provider);
	return NULL;
}

void ioat_dca_unregister(struct ioat_device *ioat)
{
	if (!ioat->dca)
		return;
	unregister_dca_provider(ioat->dca, &ioat->pdev->dev);
	free_dca_provider(ioat->dca);
	ioat->dca = NULL;
}
