/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel I/OAT: registers, in the first BAR and in configuration space. The
 * channels' own follow the device's, IOAT_CHANNEL_SIZE bytes for each.
 */
#ifndef IOAT_REGISTERS_H
#define IOAT_REGISTERS_H

#include <linux/bits.h>

/* Configuration space */
#define IOAT_PCI_DMAUNCERRSTS		0x148
#define IOAT_PCI_DMAUNCERRSTS_PARITY	0x10
#define IOAT_PCI_CHANERR_INT		0x180

/* Device */
#define IOAT_CHANCNT			0x00	/* 8 bits */
#define IOAT_CHANCNT_MASK		0x1f
#define IOAT_XFERCAP			0x01	/* 8 bits: log2 of bytes */
#define IOAT_XFERCAP_MASK		0x1f
#define IOAT_INTRCTRL			0x03	/* 8 bits */
#define IOAT_INTRCTRL_MASTER_EN		0x01
#define IOAT_INTRCTRL_STATUS		0x02
#define IOAT_INTRCTRL_MSIX		0x08	/* a vector for each channel */
#define IOAT_ATTNSTATUS			0x04	/* a bit for each channel */
#define IOAT_VER			0x08	/* 8 bits */
#define IOAT_INTRDELAY			0x0c	/* 16 bits, microseconds */
#define IOAT_INTRDELAY_MASK		0x3fff
#define IOAT_INTRDELAY_SUPPORTED	0x8000
#define IOAT_DMA_CAP			0x10	/* since version 3.0 */
#define IOAT_CAP_FILL			0x00000040
#define IOAT_CAP_XOR			0x00000100
#define IOAT_CAP_PQ			0x00000200
#define IOAT_CAP_DWBES			0x00002000
#define IOAT_CAP_RAID16SS		0x00020000
#define IOAT_CAP_DPS			0x00800000
#define IOAT_DCAOFFSET			0x14	/* 16 bits: where the DCA block is */
#define IOAT_PREFETCH_LIMIT		0x4c	/* 8 bits: descriptors */
/* Where Atom C2000 and Xeon D-1500 have their MSI-X table and pending bits. */
#define IOAT_BWD_MSIX_ADDR0		0x1000
#define IOAT_BWD_MSIX_DATA0		0x1008
#define IOAT_BWD_MSIX_PBA		0x1800

/* Channel */
#define IOAT_CHANNEL_SIZE		0x80
#define IOAT_CHANCTRL			0x00	/* 16 bits */
#define IOAT_CHANCTRL_INT_REARM		0x0001
#define IOAT_CHANCTRL_ERR_COMPLETION	0x0004	/* write back when it halts */
#define IOAT_CHANCTRL_ANY_ERR_ABORT	0x0008
#define IOAT_CHANCTRL_ERR_INT		0x0010
#define IOAT_CHANCTRL_RUN		(IOAT_CHANCTRL_INT_REARM | \
					 IOAT_CHANCTRL_ERR_COMPLETION | \
					 IOAT_CHANCTRL_ANY_ERR_ABORT | \
					 IOAT_CHANCTRL_ERR_INT)
#define IOAT_CHANCMD			0x04	/* 8 bits */
#define IOAT_CHANCMD_RESET		0x20
#define IOAT_CHANCMD_SUSPEND		0x04
#define IOAT_DMACOUNT			0x06	/* 16 bits: the doorbell */
#define IOAT_CHANSTS			0x08	/* 64 bits, also written back */
#define IOAT_CHANSTS_ADDR		(~0x3fULL)
#define IOAT_CHANSTS_STATE		0x7ULL
#define IOAT_CHANSTS_ACTIVE		0x0
#define IOAT_CHANSTS_DONE		0x1
#define IOAT_CHANSTS_SUSPENDED		0x2
#define IOAT_CHANSTS_HALTED		0x3
#define IOAT_CHAINADDR_LOW		0x10
#define IOAT_CHAINADDR_HIGH		0x14
#define IOAT_CHANCMP_LOW		0x18	/* where to write back */
#define IOAT_CHANCMP_HIGH		0x1c
#define IOAT_CHANERR			0x28	/* write 1 to clear */
#define IOAT_CHANERR_SRC_ADDR		BIT(0)
#define IOAT_CHANERR_DEST_ADDR		BIT(1)
#define IOAT_CHANERR_READ_DATA		BIT(8)
#define IOAT_CHANERR_WRITE_DATA		BIT(9)
#define IOAT_CHANERR_P			BIT(16)	/* a check failed, no error */
#define IOAT_CHANERR_Q			BIT(17)
#define IOAT_CHANERR_MASK		0x2c
#define IOAT_DCACTRL			0x30
#define IOAT_DCACTRL_ANY_CPU		0xffffffff
#define IOAT_DRSCTL			0xb6	/* 16 bits, with IOAT_CAP_DPS */
#define IOAT_DRSCTL_4KB_ORDER		12	/* size 0 is 4 KiB, 1 is 8 KiB, ... */
#define IOAT_DRSCTL_EN			0x0100
#define IOAT_DRSCTL_AUTOWRAP		0x0200
#define IOAT_LTR_SELECT			0xbc	/* 8 bits, since version 3.4 */
#define IOAT_LTR_SELECT_ACTIVE		0x0
#define IOAT_LTR_SELECT_IDLE		0x1
#define IOAT_LTR_ACTIVE			0xc0
#define IOAT_LTR_IDLE			0xc4
#define IOAT_LTR_REQUIRED_US		0x8800	/* or'ed to a value in us */
#define IOAT_LTR_IDLE_US		600

/* The DCA block, at the offset that IOAT_DCAOFFSET holds */
#define IOAT_DCA_GREQID_TABLE		0x02	/* 16 bits: offset in the BAR */
#define IOAT_DCA_GREQID_VALID		0x20000000
#define IOAT_DCA_GREQID_LAST		0x80000000
#define IOAT_DCA_CSI_CONTROL		0x0c	/* 16 bits */
#define IOAT_DCA_CSI_PREFETCH		0x1
#define IOAT_DCA_PCI_CONTROL		0x0e	/* 16 bits */
#define IOAT_DCA_PCI_MEMWR		0x1
#define IOAT_DCA_TAG_MAP_LOW		0x10
#define IOAT_DCA_TAG_MAP_HIGH		0x14

#endif /* IOAT_REGISTERS_H */
