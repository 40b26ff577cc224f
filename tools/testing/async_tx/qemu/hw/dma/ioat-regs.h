/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT (Crystal Beach DMA): where the registers are, what is in them,
 * and what a descriptor looks like. Used by the files of the model alone.
 *
 * The layout is that of versions 2.0 and later. All is little-endian.
 */
#ifndef HW_DMA_IOAT_REGS_H
#define HW_DMA_IOAT_REGS_H

/* Configuration space, beyond what PCI defines. */
#define IOAT_PCI_DMAUNCERRSTS           0x148   /* write 1 to clear */
#define   DMAUNCERRSTS_CFG_PARITY       0x10
#define IOAT_PCI_CHANERR_INT            0x180   /* write 1 to clear */
#define IOAT_PCI_CHANERRMSK_INT         0x184

/* BAR 0: the function's own registers, then one block for each channel. */
#define IOAT_BAR_SIZE                   0x4000
#define IOAT_CHANNEL_STRIDE             0x80
#define IOAT_MSIX_TABLE                 0x1000
#define IOAT_MSIX_PBA                   0x1800

#define IOAT_CHANCNT                    0x00
#define IOAT_XFERCAP                    0x01
#define IOAT_GENCTRL                    0x02
#define IOAT_INTRCTRL                   0x03
#define   INTRCTRL_MASTER_EN            0x01
#define   INTRCTRL_STATUS               0x02
#define   INTRCTRL_INT                  0x04
#define   INTRCTRL_VECTOR_CONTROL       0x08
#define IOAT_ATTNSTATUS                 0x04
#define IOAT_CBVER                      0x08
#define IOAT_PERPORTOFFSET              0x0a
#define IOAT_INTRDELAY                  0x0c
#define   INTRDELAY_MASK                0x3fff
#define   INTRDELAY_SUPPORTED           0x8000
#define IOAT_CS_STATUS                  0x0e
#define IOAT_DMACAP                     0x10
#define   DMACAP_FILL                   0x00000040
#define   DMACAP_XOR                    0x00000100
#define   DMACAP_PQ                     0x00000200
#define   DMACAP_DWBES                  0x00002000
#define   DMACAP_RAID16                 0x00020000
#define   DMACAP_PREFETCH               0x00800000
#define IOAT_DCAOFFSET                  0x14
#define IOAT_PREFETCH_LIMIT             0x4c

/* Offsets within a channel's block. */
#define IOAT_CHANCTRL                   0x00
#define   CHANCTRL_INT_DISABLE          0x0001  /* write 1 to clear: rearm */
#define   CHANCTRL_ERR_COMPLETION       0x0004
#define   CHANCTRL_ANY_ERR_ABORT        0x0008
#define   CHANCTRL_ERR_INT              0x0010
#define   CHANCTRL_IN_USE               0x0100
#define   CHANCTRL_WRITABLE             0xf23c
#define IOAT_DMA_COMP                   0x02
#define IOAT_CHANCMD                    0x04
#define   CHANCMD_START                 0x01
#define   CHANCMD_APPEND                0x02
#define   CHANCMD_SUSPEND               0x04
#define   CHANCMD_ABORT                 0x08
#define   CHANCMD_RESUME                0x10
#define   CHANCMD_RESET                 0x20
#define IOAT_DMACOUNT                   0x06
#define IOAT_CHANSTS                    0x08
#define   CHANSTS_UNAFFILIATED          0x8
#define   CHANSTS_ACTIVE                0x0
#define   CHANSTS_DONE                  0x1
#define   CHANSTS_SUSPENDED             0x2
#define   CHANSTS_HALTED                0x3
#define IOAT_CHAINADDR                  0x10
#define IOAT_CHANCMP                    0x18
#define IOAT_CDAR                       0x20
#define IOAT_CHANERR                    0x28    /* write 1 to clear */
#define   CHANERR_SRC_ADDR              0x00001
#define   CHANERR_DEST_ADDR             0x00002
#define   CHANERR_NEXT_ADDR             0x00004
#define   CHANERR_NEXT_ALIGN            0x00008
#define   CHANERR_CHAIN_ADDR            0x00010
#define   CHANERR_CHANCMD               0x00020
#define   CHANERR_READ_DATA             0x00100
#define   CHANERR_WRITE_DATA            0x00200
#define   CHANERR_CONTROL               0x00400
#define   CHANERR_LENGTH                0x00800
#define   CHANERR_COMPLETION_ADDR       0x01000
#define   CHANERR_SED_ADDR              0x04000
#define   CHANERR_UNAFFILIATED          0x08000
#define   CHANERR_P                     0x10000
#define   CHANERR_Q                     0x20000
#define   CHANERR_COUNT                 0x40000
#define IOAT_CHANERRMSK                 0x2c
#define IOAT_DCACTRL                    0x30
/* Version 3.4 has these beyond the block, within the next channel's. */
#define IOAT_DRSCTL                     0xb6
#define IOAT_LTR_SWSEL                  0xbc
#define IOAT_LTR_ACTIVE                 0xc0
#define IOAT_LTR_IDLE                   0xc4

/* A descriptor is eight 64-bit words; the low half of word 0 is the size. */
#define IOAT_DESC_SIZE                  64
#define DESC_LINK_WORD                  3       /* of an extension, too */

#define DESC_INT_EN                     (1u << 0)
#define DESC_COMPL_WRITE                (1u << 3)
#define DESC_FENCE                      (1u << 4)
#define DESC_NULL                       (1u << 5)
#define DESC_SRC_CNT_SHIFT              5       /* of xor and P+Q */
#define DESC_SRC_CNT_MASK               0x7
#define DESC_P_DISABLE                  (1u << 11)
#define DESC_Q_DISABLE                  (1u << 12)
#define DESC_WB_EN                      (1u << 15)
#define DESC_OP_SHIFT                   24

/* What a copy, a fill, an xor and a P+Q may have in their control words. */
#define DESC_COPY_BITS                  0x0000063fu
#define DESC_FILL_BITS                  0x0000061du
#define DESC_XOR_BITS                   0x000006ffu
#define DESC_PQ_BITS                    0x00009effu

#define DESC_OP_COPY                    0x00
#define DESC_OP_FILL                    0x01
#define DESC_OP_XOR                     0x87
#define DESC_OP_XOR_VAL                 0x88
#define DESC_OP_PQ                      0x89
#define DESC_OP_PQ_VAL                  0x8a
#define DESC_OP_PQ_16S                  0xa0
#define DESC_OP_PQ_VAL_16S              0xa1

/* Written over the size of a P+Q check that failed, where DESC_WB_EN is set. */
#define DWBES_P_ERR                     (1u << 25)
#define DWBES_Q_ERR                     (1u << 26)
#define DWBES_WRITTEN                   (1u << 31)

#endif /* HW_DMA_IOAT_REGS_H */
