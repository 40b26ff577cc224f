/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel I/OAT: what is fixed by the hardware and is in memory or configuration
 * space: device ids, versions and the descriptors. Registers are in registers.h.
 */
#ifndef IOAT_HW_H
#define IOAT_HW_H

#include <linux/bits.h>
#include <linux/types.h>

/* Device ids that linux/pci_ids.h does not have, see ioat_ids in init.c. */
#define PCI_DEVICE_ID_INTEL_IOAT_IVB0	0x0e20
#define PCI_DEVICE_ID_INTEL_IOAT_IVB1	0x0e21
#define PCI_DEVICE_ID_INTEL_IOAT_IVB2	0x0e22
#define PCI_DEVICE_ID_INTEL_IOAT_IVB3	0x0e23
#define PCI_DEVICE_ID_INTEL_IOAT_IVB4	0x0e24
#define PCI_DEVICE_ID_INTEL_IOAT_IVB5	0x0e25
#define PCI_DEVICE_ID_INTEL_IOAT_IVB6	0x0e26
#define PCI_DEVICE_ID_INTEL_IOAT_IVB7	0x0e27
#define PCI_DEVICE_ID_INTEL_IOAT_IVB8	0x0e2e
#define PCI_DEVICE_ID_INTEL_IOAT_IVB9	0x0e2f
#define PCI_DEVICE_ID_INTEL_IOAT_HSW0	0x2f20
#define PCI_DEVICE_ID_INTEL_IOAT_HSW1	0x2f21
#define PCI_DEVICE_ID_INTEL_IOAT_HSW2	0x2f22
#define PCI_DEVICE_ID_INTEL_IOAT_HSW3	0x2f23
#define PCI_DEVICE_ID_INTEL_IOAT_HSW4	0x2f24
#define PCI_DEVICE_ID_INTEL_IOAT_HSW5	0x2f25
#define PCI_DEVICE_ID_INTEL_IOAT_HSW6	0x2f26
#define PCI_DEVICE_ID_INTEL_IOAT_HSW7	0x2f27
#define PCI_DEVICE_ID_INTEL_IOAT_HSW8	0x2f2e
#define PCI_DEVICE_ID_INTEL_IOAT_HSW9	0x2f2f
#define PCI_DEVICE_ID_INTEL_IOAT_BWD0	0x0c50
#define PCI_DEVICE_ID_INTEL_IOAT_BWD1	0x0c51
#define PCI_DEVICE_ID_INTEL_IOAT_BWD2	0x0c52
#define PCI_DEVICE_ID_INTEL_IOAT_BWD3	0x0c53
#define PCI_DEVICE_ID_INTEL_IOAT_BDXDE0	0x6f50
#define PCI_DEVICE_ID_INTEL_IOAT_BDXDE1	0x6f51
#define PCI_DEVICE_ID_INTEL_IOAT_BDXDE2	0x6f52
#define PCI_DEVICE_ID_INTEL_IOAT_BDXDE3	0x6f53
#define PCI_DEVICE_ID_INTEL_IOAT_BDX0	0x6f20
#define PCI_DEVICE_ID_INTEL_IOAT_BDX1	0x6f21
#define PCI_DEVICE_ID_INTEL_IOAT_BDX2	0x6f22
#define PCI_DEVICE_ID_INTEL_IOAT_BDX3	0x6f23
#define PCI_DEVICE_ID_INTEL_IOAT_BDX4	0x6f24
#define PCI_DEVICE_ID_INTEL_IOAT_BDX5	0x6f25
#define PCI_DEVICE_ID_INTEL_IOAT_BDX6	0x6f26
#define PCI_DEVICE_ID_INTEL_IOAT_BDX7	0x6f27
#define PCI_DEVICE_ID_INTEL_IOAT_BDX8	0x6f2e
#define PCI_DEVICE_ID_INTEL_IOAT_BDX9	0x6f2f
#define PCI_DEVICE_ID_INTEL_IOAT_SKX	0x2021
#define PCI_DEVICE_ID_INTEL_IOAT_ICX	0x0b00

#define IOAT_VER_2_0	0x20
#define IOAT_VER_3_0	0x30
#define IOAT_VER_3_2	0x32
#define IOAT_VER_3_3	0x33
#define IOAT_VER_3_4	0x34

/* The operation of a descriptor, the top byte of its control word. */
#define IOAT_OP_COPY		0x00
#define IOAT_OP_FILL		0x01
#define IOAT_OP_XOR		0x87
#define IOAT_OP_XOR_VAL		0x88
#define IOAT_OP_PQ		0x89
#define IOAT_OP_PQ_VAL		0x8a
#define IOAT_OP_PQ_16S		0xa0
#define IOAT_OP_PQ_VAL_16S	0xa1

/* The control word; bits 5 to 7 are a number of sources for xor and P+Q. */
#define IOAT_CTL_INT		BIT(0)	/* interrupt when done */
#define IOAT_CTL_WRITEBACK	BIT(3)	/* completion write-back when done */
#define IOAT_CTL_FENCE		BIT(4)	/* the next one starts after this one */
#define IOAT_CTL_NULL		BIT(5)	/* of a copy: moves nothing */
#define IOAT_CTL_SOURCES	GENMASK(7, 5)
#define IOAT_CTL_NO_P		BIT(11)
#define IOAT_CTL_NO_Q		BIT(12)
#define IOAT_CTL_ERROR_STATUS	BIT(15)	/* P+Q check: verdict over the size */
#define IOAT_CTL_OP		GENMASK(31, 24)

/* What IOAT_CTL_ERROR_STATUS has the engine write where the size was. */
#define IOAT_DWBES_P		BIT(25)
#define IOAT_DWBES_Q		BIT(26)
#define IOAT_DWBES_WRITTEN	BIT(31)

/* A null descriptor of size 0 stops version 3.0 with an error. */
#define IOAT_NULL_SIZE		1

/* Sources in one descriptor, in one with its extension, and with an SED. */
#define IOAT_XOR_SHORT		5
#define IOAT_PQ_SHORT		3
#define IOAT_MAX_SRC		8
#define IOAT_MAX_SRC16		16
/* What the engine calls 0 sources: 2, or 9 in the 16-source forms. */
#define IOAT_MIN_SRC		2
#define IOAT_MIN_SRC16		9

/**
 * union ioat_hw_desc - a descriptor, or the extension of one, in the ring
 * @size: bytes
 * @ctl: IOAT_CTL_*
 * @src: of a copy; the pattern of a fill
 * @dst: destination, or P
 * @next: bus address of the descriptor that follows
 * @tail: more operands
 * @word: the same by numbers, as the tables in encode.c give them
 */
union ioat_hw_desc {
	struct {
		__le32 size;
		__le32 ctl;
		__le64 src;
		__le64 dst;
		__le64 next;
		__le64 tail[4];
	};
	__le64 word[8];
};

#define IOAT_WORD_SED		5	/* 16-source P+Q: address of the SED */
#define IOAT_WORD_COEF		6	/* P+Q: coefficients 0 to 7 */
#define IOAT_WORD_Q		7

/* A super extended descriptor: coefficients and addresses of many sources. */
struct ioat_sed {
	union ioat_hw_desc half[2];
};

#define IOAT_SED_COEF		0	/* word of half 0: coefficients 8 to 15 */

#endif /* IOAT_HW_H */
