/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT: interrupts. A channel has an event, if its CHANCTRL lets it.
 * That is handed over to a bottom half under the BQL, waits there for as long
 * as INTRDELAY says, sets the channel's bit in ATTNSTATUS, and becomes an
 * interrupt when INTRCTRL says so, by INTx, MSI or MSI-X.
 *
 * CHANCTRL's lowest bit is set by the event that makes an interrupt, and the
 * guest clears it to have the next one. What happens in between is kept and
 * told then; with the property pend-irq=off it is lost.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qemu/main-loop.h"
#include "hw/pci/msi.h"
#include "hw/pci/msix.h"
#include "hw/dma/ioat.h"

/* After a reset with the MSI-X erratum a vector has no address. */
static void notify_msix(PCIDevice *pci, int vector)
{
    if (msix_get_message(pci, vector).address) {
        msix_notify(pci, vector);
    }
}

/* A vector for each channel: an event is told as soon as it is there. */
static void notify_channels(IoatState *s)
{
    uint32_t attn = s->attn;
    int i;

    s->attn = 0;
    s->int_level = false;
    for (i = 0; i < s->channels; i++) {
        if (attn & (1u << i)) {
            notify_msix(PCI_DEVICE(s), i);
        }
    }
}

/*
 * One for all follows the level that INTx has: it is sent when the level rises.
 * A message may be aimed at our own registers, and have this run again from
 * within; so all is settled before it is sent.
 */
void ioat_irq_update(IoatState *s)
{
    PCIDevice *pci = PCI_DEVICE(s);
    bool level = s->attn && s->intrctrl & INTRCTRL_MASTER_EN;
    bool rises = level && !s->int_level;

    if (level && msix_enabled(pci) && s->intrctrl & INTRCTRL_VECTOR_CONTROL) {
        notify_channels(s);
        return;
    }
    s->int_level = level;
    if (msix_enabled(pci)) {
        if (rises) {
            notify_msix(pci, 0);
        }
    } else if (msi_enabled(pci)) {
        if (rises) {
            msi_notify(pci, 0);
        }
    } else {
        pci_set_irq(pci, level);
    }
}

static void tell_guest(IoatChan *c)
{
    IoatState *s = c->dev;

    if (qatomic_read(&s->removed) || ioat_fault(c, IOAT_FAULT_LOST_IRQ, NULL)) {
        return;
    }
    s->attn |= 1u << c->index;
    ioat_irq_update(s);
}

static void delay_expired(void *opaque)
{
    tell_guest(opaque);
}

static void irq_bottom_half(void *opaque)
{
    IoatState *s = opaque;
    uint8_t *chanerr_int = PCI_DEVICE(s)->config + IOAT_PCI_CHANERR_INT;
    int64_t delay = s->intrdelay & INTRDELAY_MASK;
    int i;

    if (qatomic_read(&s->removed)) {
        ioat_set_removed(s, true);
        return;
    }
    pci_set_long(chanerr_int, pci_get_long(chanerr_int) |
                 qatomic_xchg(&s->chanerr_int, 0));
    for (i = 0; i < s->channels; i++) {
        IoatChan *c = &s->chan[i];

        if (!qatomic_xchg(&c->irq_event, false)) {
            continue;
        }
        if (delay) {
            timer_mod(&c->delay, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) +
                      delay * SCALE_US);
        } else {
            tell_guest(c);
        }
    }
}

/* Something that the guest is to hear of. Called with c->lock held. */
void ioat_irq_event(IoatChan *c)
{
    if (c->ctrl & CHANCTRL_INT_DISABLE) {
        c->irq_pending = c->dev->pend_irq;
        return;
    }
    c->ctrl |= CHANCTRL_INT_DISABLE;
    qatomic_set(&c->irq_event, true);
    qemu_bh_schedule(c->dev->irq_bh);
}

void ioat_irq_rearm(IoatChan *c)
{
    c->ctrl &= ~CHANCTRL_INT_DISABLE;
    if (c->irq_pending) {
        c->irq_pending = false;
        ioat_irq_event(c);
    }
}

void ioat_irq_reset(IoatState *s)
{
    s->attn = 0;
    s->intrctrl = 0;
    s->intrdelay = 0;
    qatomic_set(&s->chanerr_int, 0);
    ioat_irq_update(s);
}

void ioat_irq_init(IoatState *s)
{
    int i;

    s->irq_bh = qemu_bh_new_guarded(irq_bottom_half, s,
                                    &DEVICE(s)->mem_reentrancy_guard);
    for (i = 0; i < s->channels; i++) {
        timer_init_ns(&s->chan[i].delay, QEMU_CLOCK_VIRTUAL, delay_expired,
                      &s->chan[i]);
    }
}

void ioat_irq_exit(IoatState *s)
{
    int i;

    for (i = 0; i < s->channels; i++) {
        timer_del(&s->chan[i].delay);
    }
    qemu_bh_delete(s->irq_bh);
}
