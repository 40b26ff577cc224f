/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT: the registers in BAR 0. An access of any size is taken apart
 * into the registers of which it touches a byte, each of which is read or
 * written once; a mask tells a register which of its bits are written.
 *
 * Called under the BQL; takes a channel's lock for the channel's registers.
 */
#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/dma/ioat.h"

typedef struct IoatReg {
    uint8_t offset;
    uint8_t size;
} IoatReg;

static const IoatReg device_regs[] = {
    { IOAT_CHANCNT, 1 }, { IOAT_XFERCAP, 1 }, { IOAT_GENCTRL, 1 },
    { IOAT_INTRCTRL, 1 }, { IOAT_ATTNSTATUS, 4 }, { IOAT_CBVER, 1 },
    { IOAT_PERPORTOFFSET, 2 }, { IOAT_INTRDELAY, 2 }, { IOAT_CS_STATUS, 2 },
    { IOAT_DMACAP, 4 }, { IOAT_DCAOFFSET, 2 }, { IOAT_PREFETCH_LIMIT, 1 },
};

static const IoatReg channel_regs[] = {
    { IOAT_CHANCTRL, 2 }, { IOAT_DMA_COMP, 2 }, { IOAT_CHANCMD, 1 },
    { IOAT_DMACOUNT, 2 }, { IOAT_CHANSTS, 8 }, { IOAT_CHAINADDR, 8 },
    { IOAT_CHANCMP, 8 }, { IOAT_CDAR, 8 }, { IOAT_CHANERR, 4 },
    { IOAT_CHANERRMSK, 4 }, { IOAT_DCACTRL, 4 },
};

/* In the block after the channel's own. */
static const IoatReg beyond_regs[] = {
    { IOAT_DRSCTL, 2 }, { IOAT_LTR_SWSEL, 1 }, { IOAT_LTR_ACTIVE, 4 },
    { IOAT_LTR_IDLE, 4 },
};

static uint64_t device_read(IoatState *s, unsigned int reg)
{
    uint64_t value;

    switch (reg) {
    case IOAT_CHANCNT:
        return s->channels;
    case IOAT_XFERCAP:
        return s->xfercap;
    case IOAT_GENCTRL:
        return s->genctrl;
    case IOAT_INTRCTRL:
        value = s->intrctrl;
        if (s->attn) {
            value |= INTRCTRL_STATUS;
            value |= value & INTRCTRL_MASTER_EN ? INTRCTRL_INT : 0;
        }
        /* Who reads it is in charge, until he writes it again. */
        if (!(s->intrctrl & INTRCTRL_VECTOR_CONTROL)) {
            s->intrctrl &= ~INTRCTRL_MASTER_EN;
            ioat_irq_update(s);
        }
        return value;
    case IOAT_ATTNSTATUS:
        value = s->attn;
        s->attn = 0;
        ioat_irq_update(s);
        return value;
    case IOAT_CBVER:
        return s->version;
    case IOAT_INTRDELAY:
        return s->intrdelay | INTRDELAY_SUPPORTED;
    case IOAT_DMACAP:
        return s->cap;
    case IOAT_PREFETCH_LIMIT:
        return s->prefetch_limit;
    default:
        return 0;
    }
}

static uint64_t merge(uint64_t old, uint64_t value, uint64_t mask)
{
    return (old & ~mask) | (value & mask);
}

static void device_write(IoatState *s, unsigned int reg, uint64_t value,
                         uint64_t mask)
{
    switch (reg) {
    case IOAT_GENCTRL:
        s->genctrl = value & 1;
        break;
    case IOAT_INTRCTRL:
        s->intrctrl = value & (INTRCTRL_MASTER_EN | INTRCTRL_VECTOR_CONTROL);
        ioat_irq_update(s);
        break;
    case IOAT_INTRDELAY:
        s->intrdelay = merge(s->intrdelay, value, mask & INTRDELAY_MASK);
        break;
    case IOAT_PREFETCH_LIMIT:
        if (s->cap & DMACAP_PREFETCH) {
            s->prefetch_limit = value;
        }
        break;
    }
}

static uint64_t channel_read(IoatChan *c, unsigned int reg)
{
    uint64_t value;

    switch (reg) {
    case IOAT_CHANCTRL:
        value = c->ctrl;
        c->ctrl |= CHANCTRL_IN_USE;
        return value;
    case IOAT_DMA_COMP:
        return c->dev->version < 0x30 ? 0x2 : 0x6;
    case IOAT_CHANCMD:
        return c->cmd;
    case IOAT_DMACOUNT:
        return c->dmacount;
    case IOAT_CHANSTS:
        return ioat_chan_status(c);
    case IOAT_CHAINADDR:
        return c->chainaddr;
    case IOAT_CHANCMP:
        return c->chancmp;
    case IOAT_CDAR:
        return c->cdar;
    case IOAT_CHANERR:
        return c->err;
    case IOAT_CHANERRMSK:
        return c->errmsk;
    case IOAT_DCACTRL:
        return c->dcactrl;
    case IOAT_DRSCTL:
        return c->drsctl;
    case IOAT_LTR_SWSEL:
        return c->ltr_swsel;
    case IOAT_LTR_ACTIVE:
        return c->ltr[0];
    case IOAT_LTR_IDLE:
        return c->ltr[1];
    default:
        return 0;
    }
}

static void write_chanctrl(IoatChan *c, uint16_t value, uint16_t mask)
{
    if (mask & ~value & CHANCTRL_IN_USE) {
        c->ctrl &= ~CHANCTRL_IN_USE;
    }
    c->ctrl = merge(c->ctrl, value, mask & CHANCTRL_WRITABLE);
    if (value & mask & CHANCTRL_INT_DISABLE) {
        ioat_irq_rearm(c);
    }
}

static void write_chancmd(IoatChan *c, uint8_t cmd)
{
    PCIDevice *pci = PCI_DEVICE(c->dev);

    ioat_chan_command(c, cmd);
    /* The Atoms' engines forget a vector when a channel is reset. */
    if (cmd == CHANCMD_RESET && msix_present(pci) &&
        c->dev->msix_erratum == ON_OFF_AUTO_ON) {
        pci_set_quad(pci->msix_table + PCI_MSIX_ENTRY_LOWER_ADDR, 0);
        pci_set_long(pci->msix_table + PCI_MSIX_ENTRY_DATA, 0);
    }
}

static void channel_write(IoatChan *c, unsigned int reg, uint64_t value,
                          uint64_t mask)
{
    bool prefetch = c->dev->cap & DMACAP_PREFETCH;

    switch (reg) {
    case IOAT_CHANCTRL:
        write_chanctrl(c, value, mask);
        break;
    case IOAT_CHANCMD:
        write_chancmd(c, value);
        break;
    case IOAT_DMACOUNT:
        ioat_chan_kick(c, merge(c->dmacount, value, mask));
        break;
    case IOAT_CHAINADDR:
        c->chainaddr = merge(c->chainaddr, value, mask);
        c->fresh = true;
        break;
    case IOAT_CHANCMP:
        c->chancmp = merge(c->chancmp, value, mask);
        break;
    case IOAT_CHANERR:
        c->err &= ~(value & mask);
        if (!(c->err & CHANERR_UNAFFILIATED)) {
            c->unaffiliated = false;
        }
        break;
    case IOAT_CHANERRMSK:
        c->errmsk = merge(c->errmsk, value, mask);
        break;
    case IOAT_DCACTRL:
        c->dcactrl = merge(c->dcactrl, value, mask);
        break;
    case IOAT_DRSCTL:
        c->drsctl = prefetch ? merge(c->drsctl, value, mask) : 0;
        break;
    case IOAT_LTR_SWSEL:
        c->ltr_swsel = prefetch ? value : 0;
        break;
    case IOAT_LTR_ACTIVE:
        c->ltr[0] = prefetch ? merge(c->ltr[0], value, mask) : 0;
        break;
    case IOAT_LTR_IDLE:
        c->ltr[1] = prefetch ? merge(c->ltr[1], value, mask) : 0;
        break;
    }
}

/* An access that the guest makes: to which bytes, and what it writes. */
typedef struct IoatAccess {
    IoatState *s;
    unsigned int offset;        /* in the block */
    unsigned int size;
    bool is_write;
    uint64_t value;
} IoatAccess;

static void access_reg(IoatAccess *a, IoatChan *c, const IoatReg *reg,
                       unsigned int base)
{
    int shift = ((int)(reg->offset - base) - (int)a->offset) * 8;
    uint64_t mask = MAKE_64BIT_MASK(0, a->size * 8), value = a->value;

    if (!a->is_write) {
        value = c ? channel_read(c, reg->offset)
                  : device_read(a->s, reg->offset);
        a->value |= shift >= 0 ? value << shift : value >> -shift;
        return;
    }
    if (shift >= 0) {
        value >>= shift;
        mask >>= shift;
    } else {
        value <<= -shift;
        mask <<= -shift;
    }
    mask &= MAKE_64BIT_MASK(0, reg->size * 8);
    if (c) {
        channel_write(c, reg->offset, value & mask, mask);
    } else {
        device_write(a->s, reg->offset, value & mask, mask);
    }
}

/* Every register of which the access touches a byte. */
static void access_regs(IoatAccess *a, IoatChan *c, const IoatReg *reg, int n,
                        unsigned int base)
{
    for (; n--; reg++) {
        unsigned int at = reg->offset - base;

        if (at < a->offset + a->size && a->offset < at + reg->size) {
            access_reg(a, c, reg, base);
        }
    }
}

static void access_channel(IoatAccess *a, unsigned int index,
                           const IoatReg *reg, int n, unsigned int base)
{
    if (index < a->s->channels) {
        IoatChan *c = &a->s->chan[index];

        qemu_mutex_lock(&c->lock);
        access_regs(a, c, reg, n, base);
        qemu_mutex_unlock(&c->lock);
    }
}

static void access_bar(IoatAccess *a, hwaddr addr)
{
    unsigned int block = addr / IOAT_CHANNEL_STRIDE;

    a->offset = addr % IOAT_CHANNEL_STRIDE;
    if (!block) {
        access_regs(a, NULL, device_regs, ARRAY_SIZE(device_regs), 0);
        return;
    }
    access_channel(a, block - 1, channel_regs, ARRAY_SIZE(channel_regs), 0);
    if (block > 1) {
        access_channel(a, block - 2, beyond_regs, ARRAY_SIZE(beyond_regs),
                       IOAT_CHANNEL_STRIDE);
    }
}

static uint64_t bar_read(void *opaque, hwaddr addr, unsigned size)
{
    IoatAccess a = { .s = opaque, .size = size };

    if (qatomic_read(&a.s->removed)) {
        return UINT64_MAX;
    }
    access_bar(&a, addr);
    return a.value;
}

static void bar_write(void *opaque, hwaddr addr, uint64_t value, unsigned size)
{
    /* The hardware takes no more than the lower half of a 64-bit write. */
    IoatAccess a = {
        .s = opaque, .size = MIN(size, 4), .is_write = true, .value = value,
    };

    if (!qatomic_read(&a.s->removed)) {
        access_bar(&a, addr);
    }
}

const MemoryRegionOps ioat_bar_ops = {
    .read = bar_read,
    .write = bar_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8 },
    .impl = { .min_access_size = 1, .max_access_size = 8 },
};
