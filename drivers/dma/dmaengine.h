/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the DMA engine core offers to providers (drivers under drivers/dma)
 * and not to clients: cookies, completion callbacks, handing out a channel
 * from a DT or ACPI translation, debugfs. The cookie helpers take no lock; the
 * provider calls them under its channel's own.
 */
#ifndef DMAENGINE_H
#define DMAENGINE_H

#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/dmaengine.h>

/**
 * dma_cookie_init() - start a channel's cookies
 * @chan: channel on which nothing is in flight
 */
static inline void dma_cookie_init(struct dma_chan *chan)
{
	chan->completed_cookie = DMA_MIN_COOKIE;
	chan->cookie = DMA_MIN_COOKIE;
}

/**
 * dma_cookie_assign() - number a descriptor that is being submitted
 * @tx: descriptor
 *
 * The channel's lock is held.
 *
 * Return: the cookie, always positive.
 */
static inline dma_cookie_t dma_cookie_assign(struct dma_async_tx_descriptor *tx)
{
	dma_cookie_t last = tx->chan->cookie;

	tx->cookie = last == S32_MAX || last < DMA_MIN_COOKIE ?
			DMA_MIN_COOKIE : last + 1;
	tx->chan->cookie = tx->cookie;
	return tx->cookie;
}

/**
 * dma_cookie_complete() - record that a descriptor is complete
 * @tx: descriptor; its cookie is cleared, so that completing it twice shows
 *
 * The channel's lock is held. One that was not submitted is left alone.
 */
static inline void dma_cookie_complete(struct dma_async_tx_descriptor *tx)
{
	dma_cookie_t done = tx->cookie;

	if (WARN_ONCE(done < DMA_MIN_COOKIE, "descriptor completed that is not in flight\n"))
		return;

	tx->cookie = 0;
	tx->chan->completed_cookie = done;
}

/**
 * dma_cookie_status() - answer device_tx_status() from the cookies alone
 * @chan: channel
 * @cookie: transaction asked for
 * @state: gets the cookies, and 0 for the byte counts; may be NULL
 *
 * Takes no lock: what is in progress may be complete a moment later.
 *
 * Return: %DMA_COMPLETE or %DMA_IN_PROGRESS.
 */
static inline enum dma_status dma_cookie_status(struct dma_chan *chan,
						dma_cookie_t cookie,
						struct dma_tx_state *state)
{
	dma_cookie_t used = READ_ONCE(chan->cookie);
	dma_cookie_t last = READ_ONCE(chan->completed_cookie);

	/* Keeps reads of the result behind these, compiler-wise. */
	barrier();
	if (state)
		*state = (struct dma_tx_state) { .last = last, .used = used };
	return dma_async_is_complete(cookie, last, used);
}

/**
 * dma_set_residue() - report what is left of a transaction
 * @state: report, or NULL
 * @residue: bytes still to move
 */
static inline void dma_set_residue(struct dma_tx_state *state, u32 residue)
{
	if (state)
		state->residue = residue;
}

/**
 * dma_set_in_flight_bytes() - report what the engine holds in its buffers
 * @state: report, or NULL
 * @in_flight_bytes: bytes read but not written yet
 */
static inline void dma_set_in_flight_bytes(struct dma_tx_state *state,
					   u32 in_flight_bytes)
{
	if (state)
		state->in_flight_bytes = in_flight_bytes;
}

/**
 * struct dmaengine_desc_callback - a descriptor's callback, copied out of it
 * @callback: plain one
 * @callback_result: one that takes a result; goes first
 * @callback_param: first argument of either
 *
 * Copied under the channel's lock, called without; the descriptor may be
 * recycled in between.
 */
struct dmaengine_desc_callback {
	dma_async_tx_callback callback;
	dma_async_tx_callback_result callback_result;
	void *callback_param;
};

/**
 * dmaengine_desc_get_callback() - copy the callback out of a descriptor
 * @tx: descriptor
 * @cb: gets it
 */
static inline void dmaengine_desc_get_callback(struct dma_async_tx_descriptor *tx,
					       struct dmaengine_desc_callback *cb)
{
	*cb = (struct dmaengine_desc_callback) {
		.callback = tx->callback,
		.callback_result = tx->callback_result,
		.callback_param = tx->callback_param,
	};
}

/**
 * dmaengine_desc_callback_valid() - is there a callback at all?
 * @cb: callback
 *
 * Return: true if there is one to call.
 */
static inline bool dmaengine_desc_callback_valid(struct dmaengine_desc_callback *cb)
{
	return cb->callback_result || cb->callback;
}

/**
 * dmaengine_desc_callback_invoke() - call a callback, if there is one
 * @cb: callback
 * @result: how the transaction ended; NULL means well
 *
 * The channel's lock is not held: the callback may submit.
 */
static inline void
dmaengine_desc_callback_invoke(struct dmaengine_desc_callback *cb,
			       const struct dmaengine_result *result)
{
	static const struct dmaengine_result well = { .result = DMA_TRANS_NOERROR };

	if (cb->callback_result)
		cb->callback_result(cb->callback_param, result ?: &well);
	else if (cb->callback)
		cb->callback(cb->callback_param);
}

/**
 * dmaengine_desc_get_callback_invoke() - call a descriptor's callback
 * @tx: descriptor
 * @result: how it ended; NULL means well
 */
static inline void
dmaengine_desc_get_callback_invoke(struct dma_async_tx_descriptor *tx,
				   const struct dmaengine_result *result)
{
	struct dmaengine_desc_callback copy;

	dmaengine_desc_get_callback(tx, &copy);
	dmaengine_desc_callback_invoke(&copy, result);
}

struct dma_chan *dma_get_slave_channel(struct dma_chan *chan);
struct dma_chan *dma_get_any_slave_channel(struct dma_device *device);

/**
 * dmaengine_get_debugfs_root() - where a provider puts its debugfs files
 * @dma_dev: registered device
 *
 * Return: its directory, or NULL without debugfs.
 */
static inline struct dentry *dmaengine_get_debugfs_root(struct dma_device *dma_dev)
{
	return IS_ENABLED(CONFIG_DEBUG_FS) ? dma_dev->dbg_dev_root : NULL;
}

#endif /* DMAENGINE_H */
