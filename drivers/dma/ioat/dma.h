/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel I/OAT: what the files of this driver share.
 *
 *   init.c	devices: probe, quirks, interrupts, removal
 *   power.c	all channels at a time: sleep, kexec, resets of the function
 *   chan.c	channels: rings, starting, resizing, stopping
 *   dma.c	operations: submission, completion, interrupts, watchdog
 *   wait.c	operations that are waited for, with no interrupt
 *   regs.c	a channel's engine: reset, program
 *   prep.c	what the dmaengine clients may ask for
 *   encode.c	how that looks to the hardware; touches no device
 *   error.c	what becomes of a channel that halted, hangs or went away
 *   selftest.c	which operations really work
 *   sysfs.c, dca.c
 */
#ifndef IOAT_DMA_H
#define IOAT_DMA_H

#include <linux/dmaengine.h>
#include <linux/interrupt.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "hw.h"
#include "registers.h"

#define IOAT_MAX_CHANS		32
/* log2 of the slots in a ring: 16 KiB of descriptors at first, at most 1 MiB */
#define IOAT_MIN_ORDER		8
#define IOAT_MAX_ORDER		14
/*
 * Slots that stay empty: with one, a write-back that names the slot before the
 * oldest is seen to be old news, and does not mean that all is done.
 */
#define IOAT_SPARE_SLOTS	1

/**
 * struct ioat_op - an operation, as the hardware is told of it
 * @code: IOAT_OP_*
 * @nr_src: sources
 * @ctl: bits of the control word that all of its descriptors have
 * @last: bits that only the last one has, be it the operation's or @null
 * @fence: the last one of the operation's own has IOAT_CTL_FENCE
 * @null: a null descriptor follows and does the write-back
 * @len: bytes of each operand
 * @src: addresses; of a fill, the pattern
 * @coef: one for each source
 * @dst: destination, or P and Q
 */
struct ioat_op {
	u8 code;
	u8 nr_src;
	u32 ctl;
	u32 last;
	bool fence;
	bool null;
	size_t len;
	u64 src[IOAT_MAX_SRC16];
	u8 coef[IOAT_MAX_SRC16];
	u64 dst[2];
};

/**
 * struct ioat_ring - descriptors in memory
 * @order: log2 of the slots
 * @head: where the next operation goes; this and the next three count on and
 *	on, modulo the size they are slots
 * @issued: up to here the engine may go
 * @tail: the oldest that is not known to be done
 * @start: the slot that the engine was started with
 * @hw: the slots, each linked to the next
 * @dma: their bus address
 * @sed: an SED for each slot, NULL on hardware that has none
 * @sed_dma: its bus address
 */
struct ioat_ring {
	unsigned int order;
	u32 head;
	u32 issued;
	u32 tail;
	u32 start;
	union ioat_hw_desc *hw;
	dma_addr_t dma;
	struct ioat_sed *sed;
	dma_addr_t sed_dma;
};

/**
 * struct ioat_desc - an operation of a client, from prep to callback
 * @txd: what the client sees
 * @node: in &ioat_chan.active or &ioat_chan.free
 * @ring: where it was submitted to
 * @first: its first slot
 * @end: the slot behind its last one
 * @slots: how many it takes
 * @result: where a check leaves its verdict
 * @outcome: how it ended
 * @op: the operation
 */
struct ioat_desc {
	struct dma_async_tx_descriptor txd;
	struct list_head node;
	struct ioat_ring *ring;
	u32 first;
	u32 end;
	u32 slots;
	enum sum_check_flags *result;
	enum dmaengine_tx_result outcome;
	struct ioat_op op;
};

/**
 * enum ioat_state - what a channel is up to
 * @IOAT_OFF: no client, no ring
 * @IOAT_RUNNING: the engine runs, or waits for a doorbell
 * @IOAT_HELD: takes operations, but the engine stands still
 * @IOAT_OUT: did not come back from an error; refuses operations until its
 *	last client has gone
 */
enum ioat_state { IOAT_OFF, IOAT_RUNNING, IOAT_HELD, IOAT_OUT };

/* What &ioat_chan.work has to do. */
enum ioat_todo { IOAT_TODO_HALT, IOAT_TODO_HANG, IOAT_TODO_GROW, IOAT_TODO_SHRINK };

#define IOAT_FAILED_COOKIES	32

/**
 * struct ioat_chan - a channel
 * @chan: what dmaengine sees
 * @ioat: device
 * @regs: registers
 * @index: number on the device
 * @setup: held by who starts, stops, resets or resizes the channel: alloc,
 *	free, @work, power management. Outside of @lock.
 * @lock: guards all up to @failed, and the cookies. Taken with bottom halves
 *	off, inside of @setup. Nothing of a client's is called with it held,
 *	and no lock is taken inside but &ioat_device.delay_lock, the timer's
 *	and the workqueue's.
 * @state: see there; written with @lock held
 * @asleep: @state is IOAT_HELD until all channels are woken up
 * @torn: an engine that was put to sleep in the midst of a descriptor; @setup
 *	guards it and @at_work
 * @at_work: there was something in flight as it was put to sleep
 * @ring: what the engine works on
 * @next: what it will work on once @ring is empty, NULL if there is none; then
 *	all that is new goes there
 * @reserved: slots promised to what is prepared and not submitted
 * @active: submitted and not done, in order
 * @free: descriptors to use again. They are not freed sooner than the ring,
 *	for a client may acknowledge one that is long done.
 * @ticking: @watchdog is on
 * @quiet: how many times @watchdog found @tail_seen unchanged
 * @tail_seen: &ioat_ring.tail when @watchdog last looked
 * @strikes: what went wrong since something last went well, see error.c
 * @grow_after: not to try again sooner, in jiffies
 * @lost: first cookie that was given up when the channel was taken out
 * @nr_failed: cookies that ended with an error, ever
 * @failed: the last of these
 * @todo: bits of &enum ioat_todo
 * @work: error recovery and resizing
 * @watchdog: looks for what was missed, hangs or is idle
 * @tasklet: ends what is done
 * @completion: the engine writes IOAT_CHANSTS here
 * @completion_dma: bus address of that
 * @status_seen: what was there when it was last looked at
 * @wanted: somebody wants to be told of the end of what was submitted last
 * @wait_ns: @tasklet is to wait so long for what is in flight, 0 if not at all
 * @wait_late: log2 of how much longer than reckoned that takes
 * @wait_skips: what would be worth it and is not waited for
 * @wait_misses: how often in a row waiting was given up
 * @armed: the engine interrupts when it is done
 * @irqs: interrupts taken or made needless, to see that there are any
 * @irqs_seen: the same when @watchdog last looked
 * @irq_due: @watchdog then found what should have made an interrupt, and none came
 * @intr_coalesce: interrupt delay in us for each descriptor in flight
 * @delay: interrupt delay in us that the channel would have
 * @works: passed the self-test
 */
struct ioat_chan {
	struct dma_chan chan;
	struct ioat_device *ioat;
	void __iomem *regs;
	unsigned int index;

	struct mutex setup;	/* starting and stopping */
	spinlock_t lock;	/* rings and descriptors */
	enum ioat_state state;
	bool asleep;
	bool torn;
	bool at_work;
	struct ioat_ring *ring;
	struct ioat_ring *next;
	u32 reserved;
	struct list_head active;
	struct list_head free;
	bool ticking;
	unsigned int quiet;
	u32 tail_seen;
	unsigned int strikes;
	unsigned long grow_after;
	dma_cookie_t lost;
	unsigned int nr_failed;
	dma_cookie_t failed[IOAT_FAILED_COOKIES];

	unsigned long todo;
	struct work_struct work;
	struct timer_list watchdog;
	struct tasklet_struct tasklet;
	__le64 *completion;
	dma_addr_t completion_dma;
	u64 status_seen;
	bool wanted;
	u64 wait_ns;
	unsigned int wait_late;
	unsigned int wait_skips;
	unsigned int wait_misses;
	bool armed;
	unsigned int irqs;
	unsigned int irqs_seen;
	bool irq_due;
	unsigned int intr_coalesce;
	unsigned int delay;
	bool works;
};

/* Peculiarities of a device, by its id. */
#define IOAT_QUIRK_NO_RAID	BIT(0)	/* its xor and P+Q are not to be used */
#define IOAT_QUIRK_BWD		BIT(1)	/* a channel's reset clears MSI-X 0 */
#define IOAT_QUIRK_IS_3_2	BIT(2)	/* whatever version it reports */
#define IOAT_QUIRK_PARITY	BIT(3)	/* reports a parity error after a reset */

enum ioat_irq_mode { IOAT_NO_IRQ, IOAT_MSIX, IOAT_MSI, IOAT_INTX };

/**
 * struct ioat_device - a device
 * @dma: what dmaengine sees
 * @ref: one of the driver's, one of dmaengine's
 * @pdev: PCI function
 * @regs: its first BAR
 * @regs_len: bytes of that
 * @version: IOAT_VER_*
 * @cap: IOAT_CAP_*, less what is not to be used
 * @quirks: IOAT_QUIRK_*
 * @xfercap: log2 of the bytes that a descriptor moves at most
 * @removed: registers are not to be touched any more
 * @whole: held by who puts all channels to sleep or wakes them up: power
 *	management, resets of the function. Outside of &ioat_chan.setup.
 * @asleep: somebody will wake the channels up; @whole guards it
 * @cut_off: an engine does not stop, so that the function has to be kept from
 *	memory; @whole guards it
 * @reset_work: ioat_reset_device()
 * @chancnt: channels
 * @chans: the channels
 * @irq_mode: kind of interrupts
 * @can_delay: IOAT_INTRDELAY works
 * @reset_lock: one channel at a time is reset where that has side effects;
 *	inside of &ioat_chan.setup
 * @delay_lock: guards @delay; inside of &ioat_chan.lock
 * @delay: content of IOAT_INTRDELAY
 * @completions: pool of &ioat_chan.completion
 * @dca: the DCA provider, or NULL
 */
struct ioat_device {
	struct dma_device dma;
	struct kref ref;
	struct pci_dev *pdev;
	void __iomem *regs;
	resource_size_t regs_len;
	u8 version;
	u32 cap;
	unsigned int quirks;
	unsigned int xfercap;
	bool removed;
	struct mutex whole;	/* all channels at a time */
	bool asleep;
	bool cut_off;
	struct work_struct reset_work;
	unsigned int chancnt;
	struct ioat_chan *chans[IOAT_MAX_CHANS];
	enum ioat_irq_mode irq_mode;
	bool can_delay;
	struct mutex reset_lock;	/* IOAT_QUIRK_BWD */
	spinlock_t delay_lock;	/* delay */
	unsigned int delay;
	struct dma_pool *completions;
	struct dca_provider *dca;
};

static inline struct ioat_chan *to_ioat_chan(struct dma_chan *chan)
{
	return container_of(chan, struct ioat_chan, chan);
}

static inline struct ioat_desc *to_ioat_desc(struct dma_async_tx_descriptor *txd)
{
	return container_of(txd, struct ioat_desc, txd);
}

static inline struct ioat_device *to_ioat_device(struct dma_device *dma)
{
	return container_of(dma, struct ioat_device, dma);
}

static inline struct device *ioat_dev(const struct ioat_chan *c)
{
	return &c->ioat->pdev->dev;
}

static inline bool ioat_takes_operations(const struct ioat_chan *c)
{
	return c->state == IOAT_RUNNING || c->state == IOAT_HELD;
}

/* --- rings --- */

static inline u32 ioat_ring_size(const struct ioat_ring *ring)
{
	return 1U << ring->order;
}

static inline size_t ioat_ring_bytes(unsigned int order)
{
	return sizeof(union ioat_hw_desc) << order;
}

static inline u32 ioat_ring_slot(const struct ioat_ring *ring, u32 index)
{
	return index & (ioat_ring_size(ring) - 1);
}

static inline dma_addr_t ioat_ring_addr(const struct ioat_ring *ring, u32 index)
{
	return ring->dma + ioat_ring_slot(ring, index) * sizeof(*ring->hw);
}

/* Slots that clients can have, of what is not taken. */
static inline u32 ioat_ring_room(const struct ioat_ring *ring)
{
	return ioat_ring_size(ring) - IOAT_SPARE_SLOTS - (ring->head - ring->tail);
}

/* --- status words --- */

static inline unsigned int ioat_status_state(u64 status)
{
	return status & IOAT_CHANSTS_STATE;
}

static inline bool ioat_status_halted(u64 status)
{
	return ioat_status_state(status) == IOAT_CHANSTS_HALTED;
}

/* All ones is what a device reads as that is not there any more. */
static inline bool ioat_status_gone(u64 status)
{
	return status == ~0ULL;
}

/* encode.c */
u32 ioat_op_stride(const struct ioat_op *op);
u32 ioat_op_slots(u8 code, unsigned int nr_src, size_t len, bool null,
		  unsigned int xfercap);
u32 ioat_op_passed(const struct ioat_op *op, u32 slots);
void ioat_encode_op(const struct ioat_op *op, struct ioat_ring *ring, u32 index,
		    unsigned int xfercap);
u32 ioat_ring_completed(const struct ioat_ring *ring, u64 status);
enum dmaengine_tx_result ioat_chanerr_result(u32 chanerr);
bool ioat_chanerr_verdict(u32 chanerr, const struct ioat_op *op,
			  enum sum_check_flags *result);
unsigned int ioat_intr_delay(unsigned int coalesce, u32 in_flight);
u64 ioat_op_ns(const struct ioat_op *op, unsigned int setup_ns, unsigned int bandwidth);
unsigned int ioat_setup_ns(u64 short_ns);
unsigned int ioat_bandwidth(size_t len, u64 short_ns, u64 long_ns);

/* dma.c: an operation's way */
extern struct kmem_cache *ioat_desc_cache;
extern int ioat_pending_level;
struct ioat_desc *ioat_desc_get(struct ioat_chan *c, u32 slots);
void ioat_want(struct ioat_chan *c, enum ioat_todo what);
void ioat_doorbell(struct ioat_chan *c);
void ioat_issue_pending(struct dma_chan *chan);
enum dma_status ioat_tx_status(struct dma_chan *chan, dma_cookie_t cookie,
			       struct dma_tx_state *state);
u64 ioat_written_back(struct ioat_chan *c);
bool ioat_reap(struct ioat_chan *c, u64 status, struct list_head *done);
void ioat_end(struct ioat_chan *c, struct ioat_desc *d, struct list_head *done);
void ioat_finish(struct ioat_chan *c, struct list_head *done);
void ioat_poll(struct ioat_chan *c);
void ioat_stop(struct ioat_chan *c, enum ioat_todo why);
void ioat_tasklet(struct tasklet_struct *t);
void ioat_watchdog(struct timer_list *t);

/* wait.c: no interrupt */
void ioat_expect(struct ioat_chan *c);
bool ioat_arm(struct ioat_chan *c);
u64 ioat_wait(struct ioat_chan *c, u64 ns);

/* regs.c: the engine */
u64 ioat_chansts(struct ioat_chan *c);
bool ioat_suspend(struct ioat_chan *c);
int ioat_reset(struct ioat_chan *c);
void ioat_program(struct ioat_chan *c);
void ioat_program_power(struct ioat_chan *c, u8 select);
void ioat_write_chain(struct ioat_chan *c);

/* chan.c: the channel */
extern struct workqueue_struct *ioat_wq;
int ioat_dma_init(void);
void ioat_dma_exit(void);
void ioat_chan_init(struct ioat_device *ioat, struct ioat_chan *c, unsigned int index);
void ioat_chan_free(struct ioat_chan *c);
void ioat_start(struct ioat_chan *c);
int ioat_alloc_chan_resources(struct dma_chan *chan);
void ioat_free_chan_resources(struct dma_chan *chan);
void ioat_chan_close(struct ioat_chan *c, bool has_client);
void ioat_chan_sleep(struct ioat_chan *c);
int ioat_chan_wake(struct ioat_chan *c, bool torn);

/* prep.c */
void ioat_set_operations(struct ioat_device *ioat);
void ioat_prep_null(struct ioat_op *op, unsigned long flags);

/* error.c */
void ioat_recover(struct ioat_chan *c, bool hang);
void ioat_take_out(struct ioat_chan *c, const char *why, u32 chanerr);
void ioat_fail_oldest(struct ioat_chan *c, enum dmaengine_tx_result how,
		      struct list_head *done);
bool ioat_has_failed(struct ioat_chan *c, dma_cookie_t cookie);
void ioat_blame(struct ioat_chan *c, u32 chanerr, struct list_head *done);
void ioat_restart(struct ioat_chan *c, u32 chanerr);
bool ioat_reset_held(struct ioat_chan *c, u32 chanerr);

/* init.c: the device */
int ioat_chan_irq(const struct ioat_chan *c);
void ioat_device_on(struct ioat_device *ioat);
void ioat_device_off(struct ioat_device *ioat);

/* power.c: all channels */
extern const struct dev_pm_ops ioat_pm_ops;
extern const struct pci_error_handlers ioat_error_handlers;
int ioat_reset_function(struct pci_dev *pdev);
void ioat_reset_device(struct ioat_device *ioat);
void ioat_reset_work(struct work_struct *work);
void ioat_take_all_out(struct ioat_device *ioat, const char *why);
void ioat_shutdown(struct pci_dev *pdev);

/* selftest.c */
int ioat_selftest(struct ioat_device *ioat);

/* sysfs.c */
void ioat_sysfs_add(struct ioat_device *ioat);
void ioat_sysfs_remove(struct ioat_device *ioat);

/* dca.c */
bool ioat_dca_on(struct pci_dev *pdev);
struct dca_provider *ioat_dca_register(struct ioat_device *ioat);
void ioat_dca_unregister(struct ioat_device *ioat);

#endif /* IOAT_DMA_H */
