/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel I/OAT (Crystal Beach DMA): what the files of the model share.
 *
 *   ioat.c         the PCI function and its properties
 *   ioat-mmio.c    the registers
 *   ioat-irq.c     from a channel's event to INTx, MSI or MSI-X
 *   ioat-chan.c    one channel: commands, the walk along the chain, its thread
 *   ioat-desc.c    one descriptor: what it asks for, and doing it
 *   ioat-fault.c   faults on demand
 *
 * Locks, outermost first: the big QEMU lock (BQL), IoatChan.lock, IoatState.
 * fault_lock. Registers are accessed under the BQL. A channel's thread never
 * takes the BQL, so whoever holds it may wait for the thread; it hands
 * interrupts over to a bottom half.
 */
#ifndef HW_DMA_IOAT_H
#define HW_DMA_IOAT_H

#include "hw/pci/pci.h"
#include "qemu/thread.h"
#include "qom/object.h"
#include "hw/dma/ioat-regs.h"

#define TYPE_IOAT "ioat"
OBJECT_DECLARE_SIMPLE_TYPE(IoatState, IOAT)

#define IOAT_MAX_CHANNELS       8
#define IOAT_MAX_SOURCES        16
/* Data go through a channel in pieces of this size. */
#define IOAT_PIECE              (64 * KiB)

typedef enum IoatFaultKind {
    IOAT_FAULT_HALT,
    IOAT_FAULT_HANG,
    IOAT_FAULT_CORRUPT,
    IOAT_FAULT_LATE_WRITE,
    IOAT_FAULT_NO_WRITE,
    IOAT_FAULT_LOST_IRQ,
    IOAT_FAULT_STUCK,
    IOAT_FAULT_REMOVE,
    IOAT_FAULT_KINDS
} IoatFaultKind;

/* One armed fault; see ioat-fault.c. */
typedef struct IoatFault {
    IoatFaultKind kind;
    uint32_t value;
    int channel;                /* -1: any */
    uint32_t skip;              /* chances to let pass before each time */
    uint32_t skipped;
    uint32_t times;             /* 0: until cleared */
    QTAILQ_ENTRY(IoatFault) next;
} IoatFault;

typedef struct IoatChan {
    IoatState *dev;
    int index;
    QemuThread thread;
    QemuMutex lock;             /* all that follows, but for the buffers */
    QemuCond cond;              /* the thread has something to do */
    unsigned bell;              /* how often that was signalled */
    QemuCond idle_cond;         /* the thread is at rest */

    /* Registers. */
    uint16_t ctrl;
    uint8_t cmd;                /* a command not yet carried out */
    uint16_t dmacount;
    uint8_t state;              /* CHANSTS_ACTIVE and so on */
    bool unaffiliated;
    uint64_t completed;         /* the descriptor last completed */
    uint64_t chainaddr;
    uint64_t chancmp;
    uint64_t cdar;
    uint32_t err;
    uint32_t errmsk;
    uint32_t dcactrl;
    uint16_t drsctl;
    uint8_t ltr_swsel;
    uint32_t ltr[2];

    /* The walk along the chain. */
    bool fresh;                 /* CHAINADDR was written: start there */
    bool by_link;               /* START, APPEND: a link of 0 ends the chain */
    uint16_t done;              /* descriptors taken of DMACOUNT */
    uint32_t walked;            /* descriptors taken since START or APPEND */
    uint64_t link;              /* address of the next descriptor */
    uint64_t last;              /* address of the one that links there */
    bool first;                 /* the next one is CHAINADDR's */

    /* The thread. */
    bool quit;
    bool busy;                  /* it works on a descriptor, unlocked */
    bool cancel;                /* it should give that up; read unlocked too */
    bool hung;                  /* a fault: only a reset ends it */
    bool stuck;                 /* a fault: no command ends */
    int64_t ready_at;           /* host ns: when there came to be work */
    int64_t free_at;            /* when an engine of that speed would be free */

    bool irq_event;             /* for the bottom half; atomic */
    bool irq_pending;           /* came while interrupts were disabled */
    QEMUTimer delay;            /* BQL */

    /* The thread's own. */
    uint8_t *source, *p, *q;
    uint64_t traffic;           /* bytes read and written so far */
} IoatChan;

struct IoatState {
    PCIDevice parent_obj;
    MemoryRegion bar;
    QEMUBH *irq_bh;
    VMChangeStateEntry *vm_state;

    /* Properties. */
    char *version_name;
    uint16_t device_id;
    uint32_t cap;
    uint8_t channels;
    uint8_t xfercap;
    bool msi, msix, flr;
    bool pend_irq;
    OnOffAuto msix_erratum;
    uint32_t setup_ns;
    uint64_t bandwidth;
    uint32_t spin_us;

    /* Registers, under the BQL. */
    uint8_t version;
    uint8_t genctrl;
    uint8_t intrctrl;
    uint32_t attn;
    uint16_t intrdelay;
    uint8_t prefetch_limit;
    bool int_level;
    bool gone;                  /* removed, and all is done for that */
    uint32_t chanerr_int;       /* atomic; for the bottom half to publish */

    bool vm_running;            /* atomic */
    bool removed;               /* atomic; surprise removal */

    QemuMutex fault_lock;       /* the list, and no channel's own state */
    QTAILQ_HEAD(, IoatFault) faults;
    int faults_armed;           /* atomic: how many are in the list */
    uint64_t faults_fired;      /* atomic, as are these two */
    uint64_t descriptors;
    uint64_t bytes;

    IoatChan chan[IOAT_MAX_CHANNELS];
};

/* A descriptor, as fetched. */
typedef struct IoatDesc {
    uint64_t addr;
    uint64_t word[8];           /* as in memory, in the host's byte order */
    uint64_t ext[8];
    uint64_t link;              /* where the chain goes on */
    uint32_t size;
    uint32_t ctl;
    uint8_t op;
    bool extended;              /* takes two descriptors of the chain */
} IoatDesc;

/* ioat-desc.c: run by the channel's thread, unlocked. */
bool ioat_dma_read(IoatChan *c, uint64_t addr, void *buf, uint64_t len);
bool ioat_dma_write(IoatChan *c, uint64_t addr, const void *buf, uint64_t len);
uint32_t ioat_desc_fetch(IoatChan *c, IoatDesc *d, bool first,
                         unsigned int available);
uint32_t ioat_desc_run(IoatChan *c, IoatDesc *d);

/* ioat-chan.c: under the BQL. Command, kick and status want c->lock too. */
void ioat_chan_init(IoatState *s, int index);
void ioat_chan_finalize(IoatChan *c);
void ioat_chan_realize(IoatChan *c);
void ioat_chan_exit(IoatChan *c);
void ioat_chan_power_on(IoatChan *c);
void ioat_chan_wake(IoatChan *c);
void ioat_chan_rest(IoatChan *c);
void ioat_chan_command(IoatChan *c, uint8_t cmd);
void ioat_chan_kick(IoatChan *c, uint16_t count);
uint64_t ioat_chan_status(IoatChan *c);

/* ioat-irq.c: under the BQL; event wants c->lock instead, rearm both. */
void ioat_irq_init(IoatState *s);
void ioat_irq_exit(IoatState *s);
void ioat_irq_event(IoatChan *c);
void ioat_irq_rearm(IoatChan *c);
void ioat_irq_update(IoatState *s);
void ioat_irq_reset(IoatState *s);

/* ioat-fault.c: ioat_fault() may be called from anywhere. */
void ioat_fault_init(IoatState *s);
void ioat_fault_exit(IoatState *s);
bool ioat_fault(IoatChan *c, IoatFaultKind kind, uint32_t *value);
void ioat_fault_set(IoatState *s, const char *text, Error **errp);
char *ioat_fault_get(IoatState *s);

/* ioat-mmio.c */
extern const MemoryRegionOps ioat_bar_ops;

/* ioat.c: under the BQL. Surprise removal, and the way back. */
void ioat_set_removed(IoatState *s, bool removed);

#endif /* HW_DMA_IOAT_H */
