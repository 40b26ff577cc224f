/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of the DMA engine core share: the provider, which is a
 * mock. Its channels' descriptors complete when the test says so. Its capability
 * is DMA_INTERLEAVE, which no engine that may be there besides has, so that
 * masks and the per-CPU table lead to it alone. Others may be registered as
 * clients of public channels: references are counted relative to mock.others.
 */
#ifndef DMAENGINE_KUNIT_MOCK_H
#define DMAENGINE_KUNIT_MOCK_H

#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/dmaengine.h>
#include <linux/slab.h>

#include "../virt-dma.h"

#define MOCK_CHANNELS	3

struct mock_chan {
	struct virt_dma_chan vc;
	/* How often its resources were allocated, and the errno if they cannot be. */
	int allocated;
	int alloc_error;
	int issued;
	int freed;
};

struct mock {
	struct dma_device dma;
	struct device *dev;
	struct mock_chan chan[MOCK_CHANNELS];
	/* What happened in which order, one letter each. */
	char log[64];
	int releases;
	bool registered;
	/* References that clients which are not the test's hold on a channel. */
	int others;
};

static inline struct mock *to_mock(struct dma_device *dma)
{
	return container_of(dma, struct mock, dma);
}

static inline struct mock_chan *to_mock_chan(struct dma_chan *chan)
{
	return container_of(chan, struct mock_chan, vc.chan);
}

static inline struct dma_chan *mock_channel(struct mock *mock, unsigned int i)
{
	return &mock->chan[i].vc.chan;
}

void dma_mock_log(struct mock *mock, char what);
void dma_mock_desc_free(struct virt_dma_desc *vd);
struct dma_async_tx_descriptor *dma_mock_prep(struct dma_chan *chan,
					      struct dma_interleaved_template *xt,
					      unsigned long flags);
enum dma_status dma_mock_status(struct dma_chan *chan, dma_cookie_t cookie,
				struct dma_tx_state *state);
bool dma_mock_complete(struct mock_chan *mc);

struct mock *dma_mock_new(struct kunit *test);
void dma_mock_register(struct kunit *test, struct mock *mock);
void dma_mock_unregister(void *data);
struct mock *dma_mock_registered(struct kunit *test);
struct mock *dma_mock_slave(struct kunit *test);

struct device_attribute *dma_mock_attr(struct dma_chan *chan, const char *name);
dma_cap_mask_t dma_mock_mask(void);
struct dma_chan *dma_mock_take(void);

extern struct kunit_suite dmaengine_registration_suite;
extern struct kunit_suite dmaengine_client_suite;
extern struct kunit_suite dmaengine_public_suite;
extern struct kunit_suite dmaengine_exclusive_suite;
extern struct kunit_suite dmaengine_helper_suite;
extern struct kunit_suite dmaengine_unmap_suite;
extern struct kunit_suite dmaengine_metadata_suite;
extern struct kunit_suite dmaengine_virt_suite;

#endif
