/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of slave DMA share: a loopback per case, its two
 * channels taken by name, and a mapped buffer for either side. A FIFO that is
 * full, or empty, stops a transfer at a place that is known to the byte: that is
 * how the cases look into the midst of one without relying on time.
 */
#ifndef DMA_SIM_LOOPBACK_KUNIT_H
#define DMA_SIM_LOOPBACK_KUNIT_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/jiffies.h>
#include <linux/platform_device.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "dma-sim.h"

enum lt_side { TX, RX };

#define LT_BUF		SZ_64K
#define LT_DEPTH	64
#define LT_WIDTH	4
#define LT_BURST	8
#define LT_TIMEOUT	(10 * HZ)

/**
 * struct lt - a case's loopback
 * @lb: the loopback, NULL once removed
 * @pdev: the peripheral
 * @dma_dev: for which @buf is mapped; survives the loopback
 * @chan: the channels "tx" and "rx", NULL once released
 * @buf: what is sent (random), what is received (zero)
 * @dma: their addresses
 * @rnd: for what is random
 */
struct lt {
	struct dma_sim_loopback *lb;
	struct platform_device *pdev;
	struct device *dma_dev;
	struct dma_chan *chan[2];
	u8 *buf[2];
	dma_addr_t dma[2];
	struct rnd_state rnd;
};

/**
 * struct lt_probe - what became of a descriptor
 * @done: completed at each callback
 * @calls: number of callbacks
 * @last: what the last one was told
 * @cookie: its number
 */
struct lt_probe {
	struct completion done;
	unsigned int calls;
	struct dmaengine_result last;
	dma_cookie_t cookie;
};

extern const struct dma_sim_loopback_config lt_plain;

int lt_init(struct kunit *test);
void lt_exit(struct kunit *test);
void lt_start(struct kunit *test, const struct dma_sim_loopback_config *config);
void lt_release(struct lt *t, enum lt_side side);
void lt_destroy(struct lt *t);

int lt_configure(struct lt *t, enum lt_side side, unsigned int width,
		 unsigned int burst);
phys_addr_t lt_reg(struct lt *t, enum lt_side side);
struct dma_async_tx_descriptor *lt_prep(struct lt *t, enum lt_side side,
					size_t off, size_t len,
					unsigned long flags);
struct dma_async_tx_descriptor *lt_prep_cyclic(struct lt *t, enum lt_side side,
					       size_t len, size_t period,
					       unsigned long flags);
struct lt_probe *lt_probes(struct kunit *test, unsigned int n);
void lt_probe_done(void *probe, const struct dmaengine_result *result);
void lt_submit_to(struct kunit *test, struct dma_async_tx_descriptor *tx,
		  dma_async_tx_callback_result callback, void *param,
		  struct lt_probe *probe);
void lt_submit(struct kunit *test, struct dma_async_tx_descriptor *tx,
	       struct lt_probe *probe);
void lt_go(struct kunit *test, enum lt_side side, size_t off, size_t len,
	   struct lt_probe *probe);
void lt_await(struct kunit *test, struct lt_probe *probe);
void lt_move(struct kunit *test, enum lt_side side, size_t off, size_t len);
void lt_expect_loop(struct kunit *test, size_t tx_off, size_t rx_off,
		    size_t len);
void lt_expect_works(struct kunit *test);

enum dma_status lt_status(struct lt *t, enum lt_side side,
			  struct lt_probe *probe);
u32 lt_residue(struct lt *t, enum lt_side side, struct lt_probe *probe);
unsigned int lt_fill(struct lt *t);

static inline enum dma_transfer_direction lt_dir(enum lt_side side)
{
	return side == TX ? DMA_MEM_TO_DEV : DMA_DEV_TO_MEM;
}

static inline unsigned int lt_below(struct lt *t, unsigned int n)
{
	return prandom_u32_state(&t->rnd) % n;
}

/* Waits for @cond to become true; @stays: and looks once more, 20 ms later. */
#define lt_becomes(cond, stays)						\
({									\
	unsigned long __end = jiffies + LT_TIMEOUT;			\
	bool __last = false, __true;					\
									\
	for (;;) {							\
		__true = (cond);					\
		if (__last || (!__true && time_after(jiffies, __end)))	\
			break;						\
		if (__true && !(stays))					\
			break;						\
		__last = __true;					\
		if (__last)						\
			msleep(20);					\
		else							\
			usleep_range(50, 200);				\
	}								\
	__true;								\
})

#define LT_EXPECT_SOON(test, cond)					\
	KUNIT_EXPECT_TRUE(test, lt_becomes(cond, false))
#define LT_EXPECT_STAYS(test, cond)					\
	KUNIT_EXPECT_TRUE(test, lt_becomes(cond, true))

extern struct kunit_suite loopback_transfer_suite;
extern struct kunit_suite loopback_metadata_suite;
extern struct kunit_suite loopback_control_suite;
extern struct kunit_suite loopback_request_suite;

#endif /* DMA_SIM_LOOPBACK_KUNIT_H */
