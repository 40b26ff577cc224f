// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of slave DMA: what the suites share. See loopback_kunit.h.
 */

#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/sizes.h>

#include "loopback_kunit.h"

const struct dma_sim_loopback_config lt_plain = {
	.fifos = 1,
	.depth = LT_DEPTH,
	.max_burst = 16,
	.residue = DMA_RESIDUE_GRANULARITY_BURST,
};

static const char * const lt_name[] = { "tx", "rx" };

static enum dma_data_direction lt_data_dir(enum lt_side side)
{
	return side == TX ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
}

int lt_init(struct kunit *test)
{
	struct lt *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	enum lt_side side;

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	prandom_seed_state(&t->rnd, 1);
	for (side = TX; side <= RX; side++) {
		t->buf[side] = kzalloc(LT_BUF, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, t->buf[side]);
	}
	prandom_bytes_state(&t->rnd, t->buf[TX], LT_BUF);
	return 0;
}

void lt_release(struct lt *t, enum lt_side side)
{
	if (t->chan[side])
		dma_release_channel(t->chan[side]);
	t->chan[side] = NULL;
}

void lt_destroy(struct lt *t)
{
	if (t->lb)
		dma_sim_loopback_destroy(t->lb);
	t->lb = NULL;
}

void lt_exit(struct kunit *test)
{
	struct lt *t = test->priv;
	enum lt_side side;

	if (!t)
		return;
	for (side = TX; side <= RX; side++) {
		lt_release(t, side);
		if (t->dma[side])
			dma_unmap_single(t->dma_dev, t->dma[side], LT_BUF,
					 lt_data_dir(side));
		kfree(t->buf[side]);
	}
	lt_destroy(t);
	put_device(t->dma_dev);
}

phys_addr_t lt_reg(struct lt *t, enum lt_side side)
{
	struct resource *reg = platform_get_resource_byname(t->pdev,
							    IORESOURCE_REG,
							    lt_name[side]);

	return reg ? reg->start : 0;
}

int lt_configure(struct lt *t, enum lt_side side, unsigned int width,
		 unsigned int burst)
{
	struct dma_slave_config config = { };

	if (side == TX) {
		config.dst_addr = lt_reg(t, TX);
		config.dst_addr_width = width;
		config.dst_maxburst = burst;
	} else {
		config.src_addr = lt_reg(t, RX);
		config.src_addr_width = width;
		config.src_maxburst = burst;
	}
	return dmaengine_slave_config(t->chan[side], &config);
}

/* A loopback with both channels taken and configured, and buffers mapped. */
void lt_start(struct kunit *test, const struct dma_sim_loopback_config *config)
{
	struct lt *t = test->priv;
	enum lt_side side;

	t->lb = dma_sim_loopback_create("kunit", config);
	if (IS_ERR(t->lb)) {
		t->lb = NULL;
		KUNIT_FAIL_AND_ABORT(test, "no loopback");
	}
	t->pdev = dma_sim_loopback_peripheral(t->lb);
	for (side = TX; side <= RX; side++) {
		t->chan[side] = dma_request_chan(&t->pdev->dev, lt_name[side]);
		if (IS_ERR(t->chan[side])) {
			t->chan[side] = NULL;
			KUNIT_FAIL_AND_ABORT(test, "no channel");
		}
		KUNIT_ASSERT_EQ(test, 0, lt_configure(t, side, LT_WIDTH,
						      LT_BURST));
	}
	t->dma_dev = get_device(dmaengine_get_dma_device(t->chan[TX]));
	for (side = TX; side <= RX; side++) {
		t->dma[side] = dma_map_single(t->dma_dev, t->buf[side], LT_BUF,
					      lt_data_dir(side));
		KUNIT_ASSERT_EQ(test, 0, dma_mapping_error(t->dma_dev,
							   t->dma[side]));
	}
}

struct dma_async_tx_descriptor *lt_prep(struct lt *t, enum lt_side side,
					size_t off, size_t len,
					unsigned long flags)
{
	return dmaengine_prep_slave_single(t->chan[side], t->dma[side] + off,
					   len, lt_dir(side), flags);
}

/* A ring at the beginning of the side's buffer. */
struct dma_async_tx_descriptor *lt_prep_cyclic(struct lt *t, enum lt_side side,
					       size_t len, size_t period,
					       unsigned long flags)
{
	return dmaengine_prep_dma_cyclic(t->chan[side], t->dma[side], len,
					 period, lt_dir(side), flags);
}

void lt_probe_done(void *param, const struct dmaengine_result *result)
{
	struct lt_probe *probe = param;

	probe->last = *result;
	WRITE_ONCE(probe->calls, probe->calls + 1);
	complete(&probe->done);
}

/* Probes that outlive the case, whatever becomes of it. */
struct lt_probe *lt_probes(struct kunit *test, unsigned int n)
{
	struct lt_probe *probe = kunit_kcalloc(test, n, sizeof(*probe),
					       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, probe);
	return probe;
}

/* Submits with a callback that is to call lt_probe_done(@probe). */
void lt_submit_to(struct kunit *test, struct dma_async_tx_descriptor *tx,
		  dma_async_tx_callback_result callback, void *param,
		  struct lt_probe *probe)
{
	KUNIT_ASSERT_NOT_NULL(test, tx);
	*probe = (struct lt_probe) { };
	init_completion(&probe->done);
	tx->callback_result = callback;
	tx->callback_param = param;
	probe->cookie = dmaengine_submit(tx);
	KUNIT_ASSERT_GE(test, probe->cookie, DMA_MIN_COOKIE);
}

void lt_submit(struct kunit *test, struct dma_async_tx_descriptor *tx,
	       struct lt_probe *probe)
{
	lt_submit_to(test, tx, lt_probe_done, probe, probe);
}

/* Starts a transfer, which may have to wait for the other side. */
void lt_go(struct kunit *test, enum lt_side side, size_t off, size_t len,
	   struct lt_probe *probe)
{
	struct lt *t = test->priv;

	lt_submit(test, lt_prep(t, side, off, len, DMA_PREP_INTERRUPT), probe);
	dma_async_issue_pending(t->chan[side]);
}

void lt_await(struct kunit *test, struct lt_probe *probe)
{
	KUNIT_ASSERT_GT(test, wait_for_completion_timeout(&probe->done,
							  LT_TIMEOUT), 0);
	KUNIT_EXPECT_EQ(test, probe->last.result, DMA_TRANS_NOERROR);
	KUNIT_EXPECT_EQ(test, probe->last.residue, 0);
}

/* One that can end without further ado of the other side. */
void lt_move(struct kunit *test, enum lt_side side, size_t off, size_t len)
{
	struct lt_probe *probe = lt_probes(test, 1);

	lt_go(test, side, off, len, probe);
	lt_await(test, probe);
}

void lt_expect_loop(struct kunit *test, size_t tx_off, size_t rx_off,
		    size_t len)
{
	struct lt *t = test->priv;

	dma_sync_single_for_cpu(t->dma_dev, t->dma[RX], LT_BUF,
				DMA_FROM_DEVICE);
	KUNIT_EXPECT_MEMEQ(test, t->buf[RX] + rx_off, t->buf[TX] + tx_off, len);
	dma_sync_single_for_device(t->dma_dev, t->dma[RX], LT_BUF,
				   DMA_FROM_DEVICE);
}

/* Whatever went before: a transfer arrives. */
void lt_expect_works(struct kunit *test)
{
	struct lt *t = test->priv;
	struct lt_probe rx;

	dma_sim_loopback_flush(t->lb, 0);
	lt_go(test, RX, LT_BUF - 1024, 1024, &rx);
	lt_move(test, TX, 0, 1024);
	lt_await(test, &rx);
	lt_expect_loop(test, 0, LT_BUF - 1024, 1024);
}

enum dma_status lt_status(struct lt *t, enum lt_side side,
			  struct lt_probe *probe)
{
	return dmaengine_tx_status(t->chan[side], probe->cookie, NULL);
}

u32 lt_residue(struct lt *t, enum lt_side side, struct lt_probe *probe)
{
	struct dma_tx_state state = { };

	dmaengine_tx_status(t->chan[side], probe->cookie, &state);
	return state.residue;
}

unsigned int lt_fill(struct lt *t)
{
	struct dma_sim_fifo_state state;

	dma_sim_loopback_state(t->lb, 0, &state);
	return state.fill;
}

kunit_test_suites(&loopback_transfer_suite, &loopback_metadata_suite,
		  &loopback_control_suite, &loopback_request_suite);

MODULE_DESCRIPTION("KUnit tests of slave DMA on a simulated peripheral");
MODULE_LICENSE("GPL");
