/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA engines without hardware, for tests inside the kernel: those that work on
 * memory (dma_sim_create()), and a peripheral with a controller that serves it
 * (dma_sim_loopback_create()).
 *
 * Test modules make them, steer them (hold them, make them fail) and remove
 * them. Administrators do the same through configfs. All calls may sleep unless
 * they say otherwise, and must be made without locks that a completion callback
 * or the dmaengine core takes.
 */
#ifndef DMA_SIM_H
#define DMA_SIM_H

#include <linux/dmaengine.h>
#include <linux/types.h>

struct dma_sim;

/**
 * struct dma_sim_config - what an engine is able to do
 * @channels: number of channels, 1 to 256
 * @caps: any of DMA_MEMCPY, DMA_MEMSET, DMA_XOR, DMA_XOR_VAL, DMA_PQ,
 *	DMA_PQ_VAL and DMA_INTERRUPT, at least one; DMA_PRIVATE on top keeps the
 *	engine for those who ask for a channel of their own
 * @max_xor: sources of one xor or xor_val descriptor, 2 to 255
 * @max_pq: sources of one pq or pq_val descriptor, 1 to 255, and no fewer than
 *	4 without @pq_continue
 * @pq_continue: a pq descriptor can go on from the P and Q of an earlier one
 *	without spending sources on them
 * @align: what every address and length must be a multiple of, in bytes; a
 *	power of 2 up to 256, 1 for anything
 * @ring: descriptors of one channel, 1 to 65536
 * @in_order: descriptors of a channel end in the order of their submission;
 *	otherwise in a random one, and the engine has DMA_COMPLETION_NO_ORDER
 * @dry: only time passes: no data is moved, no check finds anything, and
 *	descriptors end in a timer's softirq, as soon as that lets them, rather
 *	than by a thread that has to wait for a CPU
 * @setup_ns: time that a descriptor takes whatever its length, in ns, at most
 *	one second
 * @bandwidth: bytes a channel reads (fills: writes) in a microsecond, that is
 *	MB/s, at most 1000000; 0 for as fast as the CPU moves them. Both are
 *	published in &struct dma_device
 * @error_ppm: descriptors out of a million that fail
 */
struct dma_sim_config {
	unsigned int channels;
	dma_cap_mask_t caps;
	unsigned int max_xor;
	unsigned int max_pq;
	bool pq_continue;
	unsigned int align;
	unsigned int ring;
	bool in_order;
	bool dry;
	unsigned int setup_ns;
	unsigned int bandwidth;
	unsigned int error_ppm;
};

struct dma_sim *dma_sim_create(const char *name,
			       const struct dma_sim_config *config);
void dma_sim_destroy(struct dma_sim *sim);
void dma_sim_hold(struct dma_sim *sim, bool hold);
int dma_sim_set_speed(struct dma_sim *sim, unsigned int setup_ns,
		      unsigned int bandwidth);
void dma_sim_fail_next(struct dma_sim *sim, unsigned int n);
u64 dma_sim_completed(struct dma_sim *sim);
struct dma_chan *dma_sim_chan(struct dma_sim *sim, unsigned int i);

struct dma_sim_loopback;
struct platform_device;

/**
 * struct dma_sim_loopback_config - what a loopback is able to do
 * @fifos: number of FIFOs, 1 to 16, each with two request lines and a channel
 *	for either
 * @depth: bytes that a FIFO holds, a power of 2 from 8 to 65536
 * @max_burst: words of one burst at most, 1 to 64
 * @residue: how precisely the controller tells what is left of a descriptor
 */
struct dma_sim_loopback_config {
	unsigned int fifos;
	unsigned int depth;
	unsigned int max_burst;
	enum dma_residue_granularity residue;
};

/**
 * struct dma_sim_line_state - what came with one request line
 * @bursts: number of bursts
 * @longest: bytes of the longest
 */
struct dma_sim_line_state {
	u64 bursts;
	unsigned int longest;
};

/**
 * struct dma_sim_fifo_state - what a FIFO has seen
 * @fill: bytes that are in it
 * @tx: bursts into it
 * @rx: bursts out of it
 */
struct dma_sim_fifo_state {
	unsigned int fill;
	struct dma_sim_line_state tx;
	struct dma_sim_line_state rx;
};

struct dma_sim_loopback *
dma_sim_loopback_create(const char *name,
			const struct dma_sim_loopback_config *config);
void dma_sim_loopback_destroy(struct dma_sim_loopback *lb);
struct platform_device *
dma_sim_loopback_peripheral(struct dma_sim_loopback *lb);
void dma_sim_loopback_fail_next(struct dma_sim_loopback *lb, unsigned int n);
void dma_sim_loopback_state(struct dma_sim_loopback *lb, unsigned int i,
			    struct dma_sim_fifo_state *state);
void dma_sim_loopback_flush(struct dma_sim_loopback *lb, unsigned int i);

#endif /* DMA_SIM_H */
