/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the loopback share: a peripheral of FIFOs, each of which
 * gives back at its rx register what was written to its tx register, and the
 * DMA controller that serves its request lines.
 *
 *   loopback.c		makes and removes both
 *   loopback_configfs.c	does so for administrators
 *   loopback_client.c	drives the peripheral, by the public API alone
 *   loopback_prep.c	takes configurations, and turns requests into descriptors
 *   loopback_chan.c	queues descriptors, and runs them burst by burst
 *   fifo.c		the peripheral's data path
 *
 * Locks, outermost first: virt_dma_chan.lock, loop_fifo.lock.
 */
#ifndef DMA_SIM_LOOPBACK_H
#define DMA_SIM_LOOPBACK_H

#include <linux/atomic.h>
#include <linux/kfifo.h>
#include <linux/kref.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "../virt-dma.h"
#include "dma-sim.h"

struct configfs_subsystem;
struct page;
struct platform_device;
struct task_struct;

#define LOOP_NAME		"dma-sim-loopback"
#define LOOP_WIDTHS		(BIT(1) | BIT(2) | BIT(4) | BIT(8))
#define LOOP_MAX_WIDTH		8
#define LOOP_MAX_BURST		64
#define LOOP_MAX_FIFOS		16
#define LOOP_MIN_DEPTH		LOOP_MAX_WIDTH
#define LOOP_MAX_DEPTH		65536
/* Bytes between the registers of one FIFO and those of the next. */
#define LOOP_REG_STRIDE		(2 * LOOP_MAX_WIDTH)
#define LOOP_NAME_LEN		8
/* Metadata of one descriptor, and how many of them a FIFO holds. */
#define LOOP_META_SIZE		64
#define LOOP_NOTES		16
/* So many failures of a channel are remembered. */
#define LOOP_FAILURES		16

/**
 * struct loop_seg - a run of memory
 * @addr: DMA address
 * @len: bytes
 */
struct loop_seg {
	dma_addr_t addr;
	size_t len;
};

/**
 * struct loop_desc - a descriptor
 * @vd: its part in virt-dma's lists
 * @cyclic: starts over at its end until terminated
 * @width: bytes of one access to the FIFO
 * @burst: bytes of one burst at most
 * @len: bytes of all segments
 * @at: segment that is being moved
 * @off: bytes of it that have been moved
 * @done: bytes of all that have been moved
 * @fail_at: how much of it is moved before it fails, U32_MAX if it does not
 * @client: the client's buffer for metadata, NULL without
 * @client_len: bytes there
 * @meta_len: bytes in @meta
 * @meta: metadata, on its way to the FIFO or from there
 * @segs: number of segments
 * @seg: the segments; those of a cyclic descriptor are its periods
 *
 * What changes after preparing is guarded by the channel's lock.
 */
struct loop_desc {
	struct virt_dma_desc vd;
	bool cyclic;
	unsigned int width;
	unsigned int burst;
	u32 len;
	unsigned int at;
	size_t off;
	u32 done;
	u32 fail_at;
	void *client;
	size_t client_len;
	size_t meta_len;
	u8 meta[LOOP_META_SIZE];
	unsigned int segs;
	struct loop_seg seg[] __counted_by(segs);
};

/**
 * struct loop_note - metadata on its way through a FIFO
 * @pos: which byte of all that went into the FIFO it came with
 * @len: bytes in @data
 * @data: the metadata
 */
struct loop_note {
	u64 pos;
	size_t len;
	u8 data[LOOP_META_SIZE];
};

/**
 * struct loop_chan - a channel, for one request line
 * @vc: what virt-dma knows of it
 * @fifo: whose line it serves
 * @dir: DMA_MEM_TO_DEV for tx, DMA_DEV_TO_MEM for rx
 * @reg: physical address of the register that goes with the line
 * @width: of struct dma_slave_config, 0 while there was none
 * @burst: bytes of one burst
 * @desc: what runs, NULL when idle
 * @paused: nothing moves
 * @failed: the last cookies that ended with an error
 * @failed_next: where the next one goes
 *
 * All that changes is guarded by virt_dma_chan.lock.
 */
struct loop_chan {
	struct virt_dma_chan vc;
	struct loop_fifo *fifo;
	enum dma_transfer_direction dir;
	phys_addr_t reg;
	unsigned int width;
	unsigned int burst;
	struct loop_desc *desc;
	bool paused;
	dma_cookie_t failed[LOOP_FAILURES];
	unsigned int failed_next;
};

/**
 * struct loop_fifo - a FIFO, with the channels that serve its request lines
 * @lb: the device
 * @name: of the request lines, tx and rx
 * @tx: fills it
 * @rx: empties it
 * @lock: guards all below, with interrupts off; no lock is taken inside
 * @data: what is in it
 * @in: bytes that ever went in
 * @out: bytes that ever came out
 * @note: metadata in it
 * @note_in: how many ever went in
 * @note_out: how many ever came out
 * @state: what it tells of itself
 */
struct loop_fifo {
	struct dma_sim_loopback *lb;
	char name[2][LOOP_NAME_LEN];
	struct loop_chan tx;
	struct loop_chan rx;

	spinlock_t lock;	/* all below */
	struct kfifo data;
	u64 in;
	u64 out;
	struct loop_note note[LOOP_NOTES];
	unsigned int note_in;
	unsigned int note_out;
	struct dma_sim_fifo_state state;
};

/**
 * struct dma_sim_loopback - peripheral and controller
 * @dma: what the dmaengine core sees of the controller
 * @pdev: the controller's device, which memory is mapped for; outlives all
 *	mappings
 * @peripheral: the peripheral's device
 * @config: as given
 * @regs: the page that lends the registers its address; there is nothing in it
 * @map: which channel serves which line
 * @thread: runs all channels by turns, a burst each
 * @bounce: a burst on its way; @thread's own
 * @ref: one for the maker, one for the dmaengine core once registered
 * @free_work: frees it when the core's is the last reference
 * @dying: all that is queued or will be is aborted
 * @fail_next: descriptors still to fail
 * @fifo: the FIFOs, @config.fifos of them
 */
struct dma_sim_loopback {
	struct dma_device dma;
	struct platform_device *pdev;
	struct platform_device *peripheral;
	struct dma_sim_loopback_config config;
	struct page *regs;
	struct dma_slave_map *map;
	struct task_struct *thread;
	u8 bounce[LOOP_MAX_BURST * LOOP_MAX_WIDTH];
	struct kref ref;
	struct work_struct free_work;
	bool dying;
	atomic_t fail_next;
	struct loop_fifo fifo[];
};

static inline struct loop_chan *to_loop_chan(struct dma_chan *chan)
{
	return container_of(chan, struct loop_chan, vc.chan);
}

static inline struct loop_desc *to_loop_desc(struct virt_dma_desc *vd)
{
	return container_of(vd, struct loop_desc, vd);
}

int loop_fifo_init(struct loop_fifo *fifo, unsigned int depth);
void loop_fifo_exit(struct loop_fifo *fifo);
size_t loop_fifo_room(struct loop_fifo *fifo);
size_t loop_fifo_fill(struct loop_fifo *fifo);
void loop_fifo_push(struct loop_fifo *fifo, const void *buf, size_t n);
void loop_fifo_pop(struct loop_fifo *fifo, void *buf, size_t n);
bool loop_fifo_takes_note(struct loop_fifo *fifo);
void loop_fifo_push_note(struct loop_fifo *fifo, const void *data, size_t len);
size_t loop_fifo_pop_note(struct loop_fifo *fifo, void *data);
void loop_fifo_flush(struct loop_fifo *fifo);

void loop_chan_init(struct loop_chan *lc, struct loop_fifo *fifo,
		    enum dma_transfer_direction dir);
void loop_chan_methods(struct dma_device *dma);
void loop_chan_abort(struct loop_chan *lc);
int loop_thread(void *data);
void loop_prep_methods(struct dma_device *dma);

const char *loop_config_fault(const struct dma_sim_loopback_config *c);
extern struct configfs_subsystem loop_subsys;
extern struct platform_driver loop_driver;

#endif /* DMA_SIM_LOOPBACK_H */
