// SPDX-License-Identifier: GPL-2.0-only
/*
 * Intel I/OAT: the registers of a channel: stopping, resetting and programming
 * its engine. Called by chan.c and error.c with the channel's setup mutex held,
 * for some of it takes milliseconds; every wait has an end.
 */
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/log2.h>

#include "dma.h"

#define IOAT_SUSPEND_US		(100 * USEC_PER_MSEC)
#define IOAT_RESET_US		(200 * USEC_PER_MSEC)
#define IOAT_POLL_US		20

u64 ioat_chansts(struct ioat_chan *c)
{
	return readq(c->regs + IOAT_CHANSTS);
}

static bool standing_still(u64 status)
{
	switch (ioat_status_state(status)) {
	case IOAT_CHANSTS_ACTIVE:
	case IOAT_CHANSTS_DONE:
		return false;
	default:
		return true;
	}
}

/* Lets the engine end the descriptor that it is at, and stop. False: it did not. */
bool ioat_suspend(struct ioat_chan *c)
{
	u64 status = ioat_chansts(c);

	lockdep_assert_held(&c->setup);
	if (standing_still(status))
		return true;
	writeb(IOAT_CHANCMD_SUSPEND, c->regs + IOAT_CHANCMD);
	return !readq_poll_timeout(c->regs + IOAT_CHANSTS, status, standing_still(status),
				   IOAT_POLL_US, IOAT_SUSPEND_US);
}

static void clear_errors(struct ioat_chan *c)
{
	struct ioat_device *ioat = c->ioat;
	u32 errors = readl(c->regs + IOAT_CHANERR);

	writel(errors, c->regs + IOAT_CHANERR);
	if (ioat->version < IOAT_VER_3_0 || ioat->version >= IOAT_VER_3_3)
		return;
	if (!pci_read_config_dword(ioat->pdev, IOAT_PCI_CHANERR_INT, &errors))
		pci_write_config_dword(ioat->pdev, IOAT_PCI_CHANERR_INT, errors);
	/* This one reports a parity error of its registers after a restart. */
	if (ioat->quirks & IOAT_QUIRK_PARITY)
		pci_write_config_dword(ioat->pdev, IOAT_PCI_DMAUNCERRSTS,
				       IOAT_PCI_DMAUNCERRSTS_PARITY);
}

static int reset_now(struct ioat_chan *c)
{
	u8 cmd;

	writeb(IOAT_CHANCMD_RESET, c->regs + IOAT_CHANCMD);
	return readb_poll_timeout(c->regs + IOAT_CHANCMD, cmd,
				  !(cmd & IOAT_CHANCMD_RESET),
				  IOAT_POLL_US, IOAT_RESET_US);
}

/* A reset of any channel clears the first MSI-X vector of these devices. */
static int reset_keeping_msix(struct ioat_chan *c)
{
	void __iomem *regs = c->ioat->regs;
	u64 addr, data, pending;
	int err;

	mutex_lock(&c->ioat->reset_lock);
	addr = readq(regs + IOAT_BWD_MSIX_ADDR0);
	data = readq(regs + IOAT_BWD_MSIX_DATA0);
	pending = readq(regs + IOAT_BWD_MSIX_PBA);
	err = reset_now(c);
	if (!err) {
		writeq(addr, regs + IOAT_BWD_MSIX_ADDR0);
		writeq(data, regs + IOAT_BWD_MSIX_DATA0);
		writeq(pending, regs + IOAT_BWD_MSIX_PBA);
	}
	mutex_unlock(&c->ioat->reset_lock);
	return err;
}

/*
 * Stops the engine for good; the registers of the channel have to be programmed
 * after that. -ENODEV: it is not there any more. -ETIMEDOUT: it does not stop,
 * and may still read and write memory, until ioat_reset_device() was called.
 */
int ioat_reset(struct ioat_chan *c)
{
	struct ioat_device *ioat = c->ioat;
	int err;

	lockdep_assert_held(&c->setup);
	if (ioat_status_gone(ioat_chansts(c)))
		return -ENODEV;
	ioat_suspend(c);
	clear_errors(c);
	if (ioat->quirks & IOAT_QUIRK_BWD && ioat->irq_mode == IOAT_MSIX &&
	    ioat->regs_len >= IOAT_BWD_MSIX_PBA + sizeof(u64))
		err = reset_keeping_msix(c);
	else
		err = reset_now(c);
	if (err && ioat_status_gone(ioat_chansts(c)))
		err = -ENODEV;
	return err;
}

void ioat_program_power(struct ioat_chan *c, u8 select)
{
	if (c->ioat->version < IOAT_VER_3_4)
		return;
	writel(IOAT_LTR_REQUIRED_US, c->regs + IOAT_LTR_ACTIVE);
	writel(IOAT_LTR_REQUIRED_US | IOAT_LTR_IDLE_US, c->regs + IOAT_LTR_IDLE);
	writeb(select, c->regs + IOAT_LTR_SELECT);
}

/* Sets up a channel that was reset, all but the chain. */
void ioat_program(struct ioat_chan *c)
{
	struct ioat_device *ioat = c->ioat;
	u32 mask;

	lockdep_assert_held(&c->setup);
	/* A channel with an error does not start, be it one of the reset's. */
	clear_errors(c);
	writew(IOAT_CHANCTRL_RUN, c->regs + IOAT_CHANCTRL);
	WRITE_ONCE(c->armed, true);
	/* A single write of 64 bits does not do. */
	writel(lower_32_bits(c->completion_dma), c->regs + IOAT_CHANCMP_LOW);
	writel(upper_32_bits(c->completion_dma), c->regs + IOAT_CHANCMP_HIGH);
	writel(IOAT_DCACTRL_ANY_CPU, c->regs + IOAT_DCACTRL);
	/* Where the descriptor holds the verdict, a check that fails is no error. */
	if (ioat->quirks & IOAT_QUIRK_BWD && ioat->cap & IOAT_CAP_DWBES) {
		mask = readl(c->regs + IOAT_CHANERR_MASK);
		mask |= IOAT_CHANERR_P | IOAT_CHANERR_Q;
		writel(mask, c->regs + IOAT_CHANERR_MASK);
	}
	ioat_program_power(c, IOAT_LTR_SELECT_ACTIVE);
}

/* Where the engine begins: the oldest descriptor. */
void ioat_write_chain(struct ioat_chan *c)
{
	struct ioat_ring *ring = c->ring;
	dma_addr_t addr = ioat_ring_addr(ring, ring->tail);

	/* One piece of memory, which the engine may read ahead in, and around. */
	if (c->ioat->cap & IOAT_CAP_DPS)
		writew(IOAT_DRSCTL_EN | IOAT_DRSCTL_AUTOWRAP |
		       (ilog2(ioat_ring_bytes(ring->order)) - IOAT_DRSCTL_4KB_ORDER),
		       c->regs + IOAT_DRSCTL);
	writel(lower_32_bits(addr), c->regs + IOAT_CHAINADDR_LOW);
	writel(upper_32_bits(addr), c->regs + IOAT_CHAINADDR_HIGH);
}
