/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMA engines: what a provider (a driver under drivers/dma) fills in, and what
 * a client calls. Included by both; the core is drivers/dma/dmaengine.c.
 *
 * A client of the slave kind asks for a channel by name (dma_request_chan())
 * and has it alone. A client of the memory-to-memory kind shares the public
 * channels of all devices: see struct dma_client. Preparing, submitting,
 * issuing and polling take no lock of the core's; what a provider locks is its
 * own affair. Whatever requests, releases or registers takes the core's list
 * mutex and may sleep.
 */
#ifndef LINUX_DMAENGINE_H
#define LINUX_DMAENGINE_H

#include <asm/page.h>
#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/scatterlist.h>
#include <linux/types.h>
#include <linux/uio.h>

/**
 * typedef dma_cookie_t - number of a submitted transaction on its channel
 *
 * Positive for a transaction, negative for an errno. Numbers grow by one per
 * submission and wrap to %DMA_MIN_COOKIE.
 */
typedef s32 dma_cookie_t;

#define DMA_MIN_COOKIE		1

/**
 * dma_submit_error() - tell whether a submission was refused
 * @cookie: what dmaengine_submit() returned
 *
 * Return: the negative errno, or 0 when @cookie numbers a transaction.
 */
static inline int dma_submit_error(dma_cookie_t cookie)
{
	return cookie < 0 ? cookie : 0;
}

/**
 * enum dma_status - where a transaction stands
 * @DMA_COMPLETE: done, its data are in place
 * @DMA_IN_PROGRESS: queued or running
 * @DMA_PAUSED: its channel is paused
 * @DMA_ERROR: ended with an error
 * @DMA_OUT_OF_ORDER: the channel completes in any order, so a cookie says
 *	nothing; wait for the callback
 */
enum dma_status {
	DMA_COMPLETE,
	DMA_IN_PROGRESS,
	DMA_PAUSED,
	DMA_ERROR,
	DMA_OUT_OF_ORDER,
};

/**
 * enum dma_transaction_type - bits of a capability mask
 * @DMA_MEMCPY: copies memory
 * @DMA_XOR: xors blocks
 * @DMA_PQ: computes the two RAID-6 parities
 * @DMA_XOR_VAL: checks that blocks xor to zero
 * @DMA_PQ_VAL: checks P and Q
 * @DMA_MEMSET: fills memory with a byte
 * @DMA_MEMSET_SG: fills a scatterlist with a byte
 * @DMA_INTERRUPT: runs a descriptor that only interrupts
 * @DMA_PRIVATE: not for sharing: either the provider says so before it
 *	registers, or some channel is in exclusive use at present
 * @DMA_ASYNC_TX: serves every operation type that this kernel's async_tx was
 *	built with. Set by dma_async_device_register(), never by a provider
 * @DMA_SLAVE: moves data between memory and a peripheral
 * @DMA_CYCLIC: runs round a ring of periods until terminated
 * @DMA_INTERLEAVE: takes a &struct dma_interleaved_template
 * @DMA_COMPLETION_NO_ORDER: completes in any order
 * @DMA_REPEAT: honours %DMA_PREP_REPEAT
 * @DMA_LOAD_EOT: honours %DMA_PREP_LOAD_EOT
 * @DMA_TX_TYPE_END: how many bits there are
 */
enum dma_transaction_type {
	/* memory to memory */
	DMA_MEMCPY,
	DMA_XOR,
	DMA_PQ,
	DMA_XOR_VAL,
	DMA_PQ_VAL,
	DMA_MEMSET,
	DMA_MEMSET_SG,
	DMA_INTERRUPT,
	/* who may use it */
	DMA_PRIVATE,
	DMA_ASYNC_TX,
	/* peripherals */
	DMA_SLAVE,
	DMA_CYCLIC,
	DMA_INTERLEAVE,
	/* behaviour */
	DMA_COMPLETION_NO_ORDER,
	DMA_REPEAT,
	DMA_LOAD_EOT,
	/* keep last */
	DMA_TX_TYPE_END,
};

/**
 * enum dma_transfer_direction - between what a transfer moves data
 * @DMA_MEM_TO_MEM: memory on both sides
 * @DMA_MEM_TO_DEV: out to a peripheral
 * @DMA_DEV_TO_MEM: in from a peripheral
 * @DMA_DEV_TO_DEV: from one peripheral to another
 * @DMA_TRANS_NONE: no transfer at all
 */
enum dma_transfer_direction {
	DMA_MEM_TO_MEM, DMA_MEM_TO_DEV, DMA_DEV_TO_MEM, DMA_DEV_TO_DEV,
	DMA_TRANS_NONE,
};

/**
 * DOC: Interleaved transfers
 *
 * A template describes one *frame* and how often it repeats. A frame is a row
 * of *chunks*, each a run of bytes followed by a gap that is skipped::
 *
 *     frame:  [chunk 0]...gap 0...[chunk 1]...gap 1...   (frame_size chunks)
 *     whole:  frame, frame, ... frame                    (numf frames)
 *
 * So a rectangle in a larger picture is one chunk a frame (a line of the
 * rectangle, the rest of the picture's line is the gap) and as many frames as
 * the rectangle has lines. Gaps may differ between source and destination, and
 * either side may be contiguous or even stand still (a register). Clients keep
 * a template for each shape and change only the two start addresses.
 */

/**
 * struct data_chunk - a run of bytes in a frame and the gap behind it
 * @size: bytes that are read from the source
 * @icg: gap in bytes, on each side that is scattered and has no gap of its own
 * @dst_icg: gap in bytes on the destination's side, if not 0
 * @src_icg: gap in bytes on the source's side, if not 0
 *
 * dmaengine_get_dst_icg() and dmaengine_get_src_icg() say which applies.
 */
struct data_chunk {
	size_t size;
	size_t icg;
	size_t dst_icg;
	size_t src_icg;
};

/**
 * struct dma_interleaved_template - shape of an interleaved transfer
 * @src_start: bus address of the first source byte
 * @dst_start: bus address of the first destination byte
 * @dir: what source and destination are
 * @src_inc: the source address moves on; clear for a register
 * @dst_inc: the destination address moves on
 * @src_sgl: gaps in @sgl apply to the source; needs @src_inc
 * @dst_sgl: gaps in @sgl apply to the destination; needs @dst_inc
 * @numf: how many frames
 * @frame_size: how many chunks a frame has
 * @sgl: the chunks of one frame
 */
struct dma_interleaved_template {
	/* from where, to where */
	dma_addr_t src_start;
	dma_addr_t dst_start;
	enum dma_transfer_direction dir;
	/* how each side's address walks */
	bool src_inc;
	bool dst_inc;
	bool src_sgl;
	bool dst_sgl;
	/* the shape */
	size_t numf;
	size_t frame_size;
	struct data_chunk sgl[];
};

/**
 * struct dma_vec - a run of bus addresses
 * @addr: where it begins
 * @len: its length in bytes
 */
struct dma_vec {
	dma_addr_t addr;
	size_t len;
};

/**
 * enum dma_ctrl_flags - flags of a descriptor
 * @DMA_PREP_INTERRUPT: run the callback when this one is done
 * @DMA_CTRL_ACK: the client needs the descriptor no more; the provider may
 *	recycle it once it is complete
 * @DMA_PREP_PQ_DISABLE_P: do not write P
 * @DMA_PREP_PQ_DISABLE_Q: do not write Q
 * @DMA_PREP_CONTINUE: P and Q hold the result over other sources: go on from
 *	there
 * @DMA_PREP_FENCE: what is submitted later reads the result of this one
 * @DMA_CTRL_REUSE: may be submitted again after completion; see
 *	dmaengine_desc_set_reuse()
 * @DMA_PREP_CMD: the data are commands to the peripheral, not payload
 * @DMA_PREP_REPEAT: start over at the end, until a transaction with
 *	%DMA_PREP_LOAD_EOT is issued. Interleaved transfers only
 * @DMA_PREP_LOAD_EOT: take over from a repeating transaction when that one
 *	next ends. Without the flag a transaction behind a repeating one never
 *	starts; in front of any other the flag means nothing
 * @DMA_CTRL_HANDLE: not a provider's descriptor but the handle of a request
 *	that async_tx made; async_tx_ack() calls its desc_free()
 */
enum dma_ctrl_flags {
	DMA_PREP_INTERRUPT	= 1 << 0,
	DMA_CTRL_ACK		= 1 << 1,
	DMA_PREP_PQ_DISABLE_P	= 1 << 2,
	DMA_PREP_PQ_DISABLE_Q	= 1 << 3,
	DMA_PREP_CONTINUE	= 1 << 4,
	DMA_PREP_FENCE		= 1 << 5,
	DMA_CTRL_REUSE		= 1 << 6,
	DMA_PREP_CMD		= 1 << 7,
	DMA_PREP_REPEAT		= 1 << 8,
	DMA_PREP_LOAD_EOT	= 1 << 9,
	DMA_CTRL_HANDLE		= 1 << 30,
};

/**
 * enum sum_check_bits - bit numbers in &enum sum_check_flags
 * @SUM_CHECK_P: of P, or of a plain xor
 * @SUM_CHECK_Q: of Q
 */
enum sum_check_bits {
	SUM_CHECK_P,
	SUM_CHECK_Q,
};

/**
 * enum sum_check_flags - which parities a check found wrong
 * @SUM_CHECK_P_RESULT: P does not match, or the xor is not zero
 * @SUM_CHECK_Q_RESULT: Q does not match
 */
enum sum_check_flags {
	SUM_CHECK_P_RESULT = 1 << SUM_CHECK_P,
	SUM_CHECK_Q_RESULT = 1 << SUM_CHECK_Q,
};

/**
 * typedef dma_cap_mask_t - a set of &enum dma_transaction_type
 *
 * Handled with dma_cap_set() and its kin, which take the mask itself.
 */
typedef struct { DECLARE_BITMAP(bits, DMA_TX_TYPE_END); } dma_cap_mask_t;

/**
 * enum dma_desc_metadata_mode - who owns the metadata buffer of a descriptor
 * @DESC_METADATA_NONE: there is none
 * @DESC_METADATA_CLIENT: the client does. Between preparing and submitting it
 *	calls dmaengine_desc_attach_metadata(), with the buffer filled in for
 *	a transfer to a device; for one from a device the buffer has its
 *	content when the transfer is complete
 * @DESC_METADATA_ENGINE: the provider does. For a transfer to a device the
 *	client, before it submits, gets the area with
 *	dmaengine_desc_get_metadata_ptr(), writes to it and says how much with
 *	dmaengine_desc_set_metadata_len(). For one from a device it gets and
 *	reads the area in the completion callback, and not later
 *
 * One descriptor uses one mode throughout.
 */
enum dma_desc_metadata_mode {
	DESC_METADATA_NONE = 0,
	DESC_METADATA_CLIENT = BIT(0),
	DESC_METADATA_ENGINE = BIT(1),
};

/**
 * struct dma_chan_percpu - counters of a channel, summed up in sysfs
 * @memcpy_count: transactions
 * @bytes_transferred: bytes
 */
struct dma_chan_percpu {
	unsigned long memcpy_count;
	unsigned long bytes_transferred;
};

/**
 * struct dma_router - connects request lines to channels
 * @dev: the router
 * @route_free: undoes a connection; called when the channel is released, with
 *	what the router put into &dma_chan.route_data
 */
struct dma_router {
	struct device *dev;
	void (*route_free)(struct device *dev, void *route_data);
};

/**
 * struct dma_chan - a queue of a DMA device
 *
 * Allocated and zeroed by the provider, which sets @device and links
 * @device_node into &dma_device.channels. The rest is the core's, but for the
 * cookies, which dma_cookie_assign() and dma_cookie_complete() advance under
 * the provider's lock. Reference counts change under the core's list mutex.
 */
struct dma_chan {
	/** @device: whose channel it is, never NULL */
	struct dma_device *device;
	/** @slave: device in whose name it was requested, or NULL */
	struct device *slave;
	/** @cookie: last one handed out */
	dma_cookie_t cookie;
	/** @completed_cookie: last one that completed */
	dma_cookie_t completed_cookie;

	/** @chan_id: number within the device */
	int chan_id;
	/** @dev: its device under /sys/class/dma */
	struct dma_chan_dev *dev;
	/** @name: name of the link from @slave's directory to @dev */
	const char *name;
#ifdef CONFIG_DEBUG_FS
	/** @dbg_client_name: who uses it, "requester:name", for the summary */
	char *dbg_client_name;
#endif

	/** @device_node: in &dma_device.channels */
	struct list_head device_node;
	/** @local: counters; NULL while the channel is not registered */
	struct dma_chan_percpu __percpu *local;
	/** @client_count: references: @public_count, @clients and @exclusive */
	int client_count;
	/** @table_count: in how many places the per-CPU table names it */
	int table_count;
	/** @public_count: references that dmaengine_get() took */
	int public_count;
	/** @exclusive: somebody has it alone */
	bool exclusive;
	/**
	 * @shared: may be had by every &struct dma_client; as
	 * &dma_device.shared, until the administrator says otherwise
	 */
	bool shared;
	/** @clients: the &dma_client.id that hold a reference, as a bit mask */
	unsigned long clients;

	/** @router: how its request line was routed, or NULL */
	struct dma_router *router;
	/** @route_data: @router's */
	void *route_data;

	/** @private: for the client and the provider to agree on */
	void *private;
};

/**
 * struct dma_chan_dev - device under /sys/class/dma
 * @chan: the channel, NULL once that is unregistered
 * @device: the device
 * @dev_id: &dma_device.dev_id
 * @chan_dma_dev: map buffers for @device rather than for the provider's device
 *
 * Lives on until the last user of the channel lets go.
 */
struct dma_chan_dev {
	struct dma_chan *chan;
	struct device device;
	int dev_id;
	bool chan_dma_dev;
};

/**
 * enum dma_slave_buswidth - width in bytes of an access to a peripheral
 * @DMA_SLAVE_BUSWIDTH_UNDEFINED: not told
 * @DMA_SLAVE_BUSWIDTH_1_BYTE: 8 bits
 * @DMA_SLAVE_BUSWIDTH_2_BYTES: 16 bits
 * @DMA_SLAVE_BUSWIDTH_3_BYTES: 24 bits
 * @DMA_SLAVE_BUSWIDTH_4_BYTES: 32 bits
 * @DMA_SLAVE_BUSWIDTH_8_BYTES: 64 bits
 * @DMA_SLAVE_BUSWIDTH_16_BYTES: 128 bits
 * @DMA_SLAVE_BUSWIDTH_32_BYTES: 256 bits
 * @DMA_SLAVE_BUSWIDTH_64_BYTES: 512 bits
 * @DMA_SLAVE_BUSWIDTH_128_BYTES: 1024 bits
 */
enum dma_slave_buswidth {
	DMA_SLAVE_BUSWIDTH_UNDEFINED	= 0,
	DMA_SLAVE_BUSWIDTH_1_BYTE	= 1,
	DMA_SLAVE_BUSWIDTH_2_BYTES	= 2,
	DMA_SLAVE_BUSWIDTH_3_BYTES	= 3,
	DMA_SLAVE_BUSWIDTH_4_BYTES	= 4,
	DMA_SLAVE_BUSWIDTH_8_BYTES	= 8,
	DMA_SLAVE_BUSWIDTH_16_BYTES	= 16,
	DMA_SLAVE_BUSWIDTH_32_BYTES	= 32,
	DMA_SLAVE_BUSWIDTH_64_BYTES	= 64,
	DMA_SLAVE_BUSWIDTH_128_BYTES	= 128,
};

/**
 * struct dma_slave_config - how a channel talks to its peripheral
 *
 * Given to dmaengine_slave_config() before transfers are prepared. What is
 * fixed by the board belongs into the provider's platform data; what several
 * controllers understand belongs here; what only one does goes through
 * @peripheral_config. The side that is memory is ignored.
 */
struct dma_slave_config {
	/** @direction: obsolete; the prepare calls have their own */
	enum dma_transfer_direction direction;
	/** @src_addr: physical address to read from */
	phys_addr_t src_addr;
	/** @dst_addr: physical address to write to */
	phys_addr_t dst_addr;
	/** @src_addr_width: bytes per read */
	enum dma_slave_buswidth src_addr_width;
	/** @dst_addr_width: bytes per write */
	enum dma_slave_buswidth dst_addr_width;
	/** @src_maxburst: reads of @src_addr_width at a go, at most */
	u32 src_maxburst;
	/** @dst_maxburst: writes of @dst_addr_width at a go, at most */
	u32 dst_maxburst;
	/** @src_port_window_size: words in the area to read, 0 if one register */
	u32 src_port_window_size;
	/** @dst_port_window_size: words in the area to write */
	u32 dst_port_window_size;
	/** @device_fc: the peripheral, not the engine, ends a transfer */
	bool device_fc;
	/** @peripheral_config: what only this peripheral's engine understands */
	void *peripheral_config;
	/** @peripheral_size: bytes at @peripheral_config */
	size_t peripheral_size;
};

/**
 * enum dma_residue_granularity - how finely a residue is known
 * @DMA_RESIDUE_GRANULARITY_DESCRIPTOR: done or not done; the residue is 0
 * @DMA_RESIDUE_GRANULARITY_SEGMENT: by scatterlist entry, or by period of a
 *	cyclic transfer
 * @DMA_RESIDUE_GRANULARITY_BURST: by burst or finer, as a progress register
 *	of the hardware tells it
 */
enum dma_residue_granularity {
	DMA_RESIDUE_GRANULARITY_DESCRIPTOR,
	DMA_RESIDUE_GRANULARITY_SEGMENT,
	DMA_RESIDUE_GRANULARITY_BURST,
};

/**
 * struct dma_slave_caps - what a channel can do for a peripheral
 *
 * Filled in by dma_get_slave_caps(). A width of n bytes is BIT(n), a direction
 * is BIT() of its &enum dma_transfer_direction.
 */
struct dma_slave_caps {
	/** @src_addr_widths: widths that it reads */
	u32 src_addr_widths;
	/** @dst_addr_widths: widths that it writes */
	u32 dst_addr_widths;
	/** @directions: directions that it serves */
	u32 directions;
	/** @min_burst: shortest burst */
	u32 min_burst;
	/** @max_burst: longest burst */
	u32 max_burst;
	/** @max_sg_burst: entries run without software's help, 0: no limit */
	u32 max_sg_burst;
	/** @cmd_pause: dmaengine_pause() works */
	bool cmd_pause;
	/** @cmd_resume: dmaengine_resume() works */
	bool cmd_resume;
	/** @cmd_terminate: dmaengine_terminate_async() works */
	bool cmd_terminate;
	/** @residue_granularity: of &dma_tx_state.residue */
	enum dma_residue_granularity residue_granularity;
	/** @descriptor_reuse: %DMA_CTRL_REUSE works */
	bool descriptor_reuse;
};

/**
 * dma_chan_name() - name of a channel, as in /sys/class/dma
 * @chan: a registered channel
 *
 * Return: the name.
 */
static inline const char *dma_chan_name(struct dma_chan *chan)
{
	return dev_name(&chan->dev->device);
}

/**
 * typedef dma_filter_fn - says whether a channel will do
 * @chan: has the capabilities wanted and is free, or a &struct dma_client has
 *	it and may yet be asked for it
 * @filter_param: what the requester passed along
 *
 * Called with the list mutex held.
 *
 * Return: true to take @chan.
 */
typedef bool (*dma_filter_fn)(struct dma_chan *chan, void *filter_param);

/**
 * typedef dma_async_tx_callback - completion callback
 * @dma_async_param: &dma_async_tx_descriptor.callback_param
 *
 * Runs in the provider's context, as a rule a tasklet: it must not sleep.
 */
typedef void (*dma_async_tx_callback)(void *dma_async_param);

/**
 * enum dmaengine_tx_result - how a transaction ended
 * @DMA_TRANS_NOERROR: well
 * @DMA_TRANS_READ_FAILED: could not read its source
 * @DMA_TRANS_WRITE_FAILED: could not write its destination
 * @DMA_TRANS_ABORTED: was never started, or stopped
 */
enum dmaengine_tx_result {
	DMA_TRANS_NOERROR,
	DMA_TRANS_READ_FAILED,
	DMA_TRANS_WRITE_FAILED,
	DMA_TRANS_ABORTED,
};

/**
 * struct dmaengine_result - what a result callback learns
 * @result: how the transaction ended
 * @residue: bytes that were not moved
 */
struct dmaengine_result {
	enum dmaengine_tx_result result;
	u32 residue;
};

/**
 * typedef dma_async_tx_callback_result - completion callback with a result
 * @dma_async_param: &dma_async_tx_descriptor.callback_param
 * @result: how it ended; valid during the call
 */
typedef void (*dma_async_tx_callback_result)(void *dma_async_param,
					     const struct dmaengine_result *result);

/**
 * struct dmaengine_unmap_data - DMA mappings to undo when the last user is done
 * @map_cnt: places in @addr
 * @to_cnt: how many, from the first on, are mapped DMA_TO_DEVICE
 * @from_cnt: how many behind those are mapped DMA_FROM_DEVICE
 * @bidi_cnt: how many behind those are mapped DMA_BIDIRECTIONAL; 0 in @addr
 *	means that the place was not mapped
 * @dev: for which they are mapped
 * @kref: users: who made it, and each descriptor that has it
 * @len: bytes at each address
 * @addr: bus addresses
 */
struct dmaengine_unmap_data {
	u16 map_cnt;
	u16 to_cnt;
	u16 from_cnt;
	u16 bidi_cnt;
	struct device *dev;
	struct kref kref;
	size_t len;
	dma_addr_t addr[];
};

struct dma_async_tx_descriptor;

/**
 * struct dma_descriptor_metadata_ops - how a provider handles metadata
 * @attach: take the client's buffer of @len bytes
 * @get_ptr: give the provider's area, its fill and its size in bytes
 * @set_len: the client has put @payload_len bytes into the provider's area
 */
struct dma_descriptor_metadata_ops {
	int (*attach)(struct dma_async_tx_descriptor *desc, void *data, size_t len);
	void *(*get_ptr)(struct dma_async_tx_descriptor *desc, size_t *payload_len,
			 size_t *max_len);
	int (*set_len)(struct dma_async_tx_descriptor *desc, size_t payload_len);
};

/**
 * struct dma_async_tx_descriptor - a transaction, prepared or submitted
 *
 * Made by a provider's prepare method; the client sets the callback and
 * submits. It belongs to the provider from then on. Requests have it embedded
 * by the hundred thousand: it must not grow.
 */
struct dma_async_tx_descriptor {
	/** @cookie: number once submitted; 0 when complete; -EBUSY: held back */
	dma_cookie_t cookie;
	/** @flags: an enum so that it packs with @cookie */
	enum dma_ctrl_flags flags;
	/** @phys: bus address of the hardware's descriptor, the provider's */
	dma_addr_t phys;
	/** @chan: on which it was prepared */
	struct dma_chan *chan;
	/** @tx_submit: queue it and give it its cookie */
	dma_cookie_t (*tx_submit)(struct dma_async_tx_descriptor *tx);
	/** @desc_free: free one that has %DMA_CTRL_REUSE; drop a handle */
	int (*desc_free)(struct dma_async_tx_descriptor *tx);
	/** @callback: run at completion, unless @callback_result is set */
	dma_async_tx_callback callback;
	/** @callback_result: run at completion, learns the result */
	dma_async_tx_callback_result callback_result;
	/** @callback_param: first argument of either */
	void *callback_param;
	/** @unmap: mappings that the provider drops at completion */
	struct dmaengine_unmap_data *unmap;
	/** @desc_metadata_mode: fixed by the first use of metadata */
	enum dma_desc_metadata_mode desc_metadata_mode;
	union {
		/** @metadata_ops: the provider's, if its device has metadata */
		struct dma_descriptor_metadata_ops *metadata_ops;
		/**
		 * @next: where the device has no metadata: descriptor that
		 *	dma_run_dependencies() submits when this is complete
		 */
		struct dma_async_tx_descriptor *next;
	};
};

#ifdef CONFIG_DMA_ENGINE
/**
 * dma_set_unmap() - let a descriptor share in mappings
 * @tx: descriptor, not submitted yet
 * @unmap: mappings; @tx takes a reference
 */
static inline void dma_set_unmap(struct dma_async_tx_descriptor *tx,
				 struct dmaengine_unmap_data *unmap)
{
	tx->unmap = unmap;
	kref_get(&unmap->kref);
}

struct dmaengine_unmap_data *dmaengine_get_unmap_data(struct device *dev, int nr,
						      gfp_t flags);
void dmaengine_unmap_put(struct dmaengine_unmap_data *unmap);
#else
static inline void dma_set_unmap(struct dma_async_tx_descriptor *tx,
				 struct dmaengine_unmap_data *unmap) { }
static inline struct dmaengine_unmap_data *
dmaengine_get_unmap_data(struct device *dev, int nr, gfp_t flags) { return NULL; }
static inline void dmaengine_unmap_put(struct dmaengine_unmap_data *unmap) { }
#endif

/**
 * dma_descriptor_unmap() - drop a descriptor's share in its mappings
 * @tx: complete descriptor; the provider calls this before its callback
 */
static inline void dma_descriptor_unmap(struct dma_async_tx_descriptor *tx)
{
	struct dmaengine_unmap_data *unmap = tx->unmap;

	tx->unmap = NULL;
	if (unmap)
		dmaengine_unmap_put(unmap);
}

/**
 * struct dma_tx_state - progress of a channel, as dmaengine_tx_status() tells it
 * @last: last cookie that completed
 * @used: last cookie that was handed out
 * @residue: bytes still to move of the transaction asked for, while that is in
 *	progress or paused; 0 where the provider cannot tell
 * @in_flight_bytes: bytes that the engine has taken but not put down yet
 */
struct dma_tx_state {
	dma_cookie_t last;
	dma_cookie_t used;
	u32 residue;
	u32 in_flight_bytes;
};

/**
 * enum dmaengine_alignment - base-2 logarithm of an alignment in bytes
 * @DMAENGINE_ALIGN_1_BYTE: anywhere
 * @DMAENGINE_ALIGN_2_BYTES: even addresses
 * @DMAENGINE_ALIGN_4_BYTES: multiples of 4
 * @DMAENGINE_ALIGN_8_BYTES: multiples of 8
 * @DMAENGINE_ALIGN_16_BYTES: multiples of 16
 * @DMAENGINE_ALIGN_32_BYTES: multiples of 32
 * @DMAENGINE_ALIGN_64_BYTES: multiples of 64
 * @DMAENGINE_ALIGN_128_BYTES: multiples of 128
 * @DMAENGINE_ALIGN_256_BYTES: multiples of 256
 */
enum dmaengine_alignment {
	DMAENGINE_ALIGN_1_BYTE,
	DMAENGINE_ALIGN_2_BYTES,
	DMAENGINE_ALIGN_4_BYTES,
	DMAENGINE_ALIGN_8_BYTES,
	DMAENGINE_ALIGN_16_BYTES,
	DMAENGINE_ALIGN_32_BYTES,
	DMAENGINE_ALIGN_64_BYTES,
	DMAENGINE_ALIGN_128_BYTES,
	DMAENGINE_ALIGN_256_BYTES,
};

/**
 * struct dma_slave_map - a row of a board's table of request lines
 * @devname: dev_name() of the peripheral
 * @slave: name of the line
 * @param: for &dma_filter.fn
 */
struct dma_slave_map {
	const char *devname, *slave;
	void *param;
};

/**
 * struct dma_filter - a board's table of request lines
 * @fn: says whether a channel serves a row
 * @mapcnt: rows
 * @map: the table
 */
struct dma_filter {
	dma_filter_fn fn;
	int mapcnt;
	const struct dma_slave_map *map;
};

/* In dma_device.max_pq: continues P+Q without P and Q as extra sources. */
#define DMA_HAS_PQ_CONTINUE	BIT(15)

/**
 * struct dma_device - a provider of channels
 *
 * Allocated and zeroed by the provider, which fills in what it can do and
 * calls dma_async_device_register(). It must live until @device_release is
 * called or, if that is NULL, until dma_async_device_unregister() returns and
 * nobody uses a channel any more.
 *
 * Every prepare method returns NULL when it can not (ring full, operands that
 * the engine does not take); the descriptor then belongs to the client until
 * submitted. They, submit, issue and status are called from any context.
 */
struct dma_device {
	/** @ref: one for the registration and one for each channel in use */
	struct kref ref;
	/** @chancnt: registered channels */
	unsigned int chancnt;
	/**
	 * @privatecnt: reasons why %DMA_PRIVATE is set: each exclusive user,
	 *	and one more if the provider had set it when it registered
	 */
	unsigned int privatecnt;
	/** @channels: the channels, registered or about to be */
	struct list_head channels;
	/** @global_node: in the core's list of devices */
	struct list_head global_node;
	/** @filter: a board's table of request lines */
	struct dma_filter filter;
	/** @cap_mask: capabilities, &enum dma_transaction_type */
	dma_cap_mask_t cap_mask;
	/** @desc_metadata_modes: modes that it knows, or'ed */
	enum dma_desc_metadata_mode desc_metadata_modes;
	/** @max_xor: sources of one xor descriptor */
	unsigned short max_xor;
	/** @max_pq: sources of one P+Q descriptor, and %DMA_HAS_PQ_CONTINUE */
	unsigned short max_pq;
	/** @copy_align: log2 of the alignment that memcpy needs */
	enum dmaengine_alignment copy_align;
	/** @xor_align: log2 of the alignment that xor needs */
	enum dmaengine_alignment xor_align;
	/** @pq_align: log2 of the alignment that P+Q needs */
	enum dmaengine_alignment pq_align;
	/** @fill_align: log2 of the alignment that memset needs */
	enum dmaengine_alignment fill_align;
	/**
	 * @setup_ns: time in ns that an operation takes on an idle channel
	 *	whatever its length, from the doorbell until its end can be
	 *	seen, without the way of an interrupt; 0 if unknown. Like
	 *	@bandwidth of the fastest channel, as known at registration:
	 *	a first guess for those who go on to measure
	 */
	unsigned int setup_ns;
	/**
	 * @bandwidth: bytes that a channel copies in a microsecond once it is
	 *	at it, that is MB/s; 0 if unknown
	 */
	unsigned int bandwidth;
	/** @registered: on the core's list */
	bool registered;
	/** @shared: was registered without %DMA_PRIVATE */
	bool shared;

	/** @dev_id: number, as in "dma<n>chan<m>" */
	int dev_id;
	/** @dev: for which buffers are mapped */
	struct device *dev;
	/**
	 * @owner: module to hold while a channel is in use; taken from the
	 *	driver of @dev, if that has one
	 */
	struct module *owner;
	/** @chan_ida: numbers of the channels */
	struct ida chan_ida;

	/** @src_addr_widths: see &dma_slave_caps.src_addr_widths */
	u32 src_addr_widths;
	/** @dst_addr_widths: see &dma_slave_caps.dst_addr_widths */
	u32 dst_addr_widths;
	/** @directions: see &dma_slave_caps.directions */
	u32 directions;
	/** @min_burst: see &dma_slave_caps.min_burst */
	u32 min_burst;
	/** @max_burst: see &dma_slave_caps.max_burst */
	u32 max_burst;
	/** @max_sg_burst: see &dma_slave_caps.max_sg_burst */
	u32 max_sg_burst;
	/** @descriptor_reuse: a descriptor may be submitted again */
	bool descriptor_reuse;
	/** @residue_granularity: see &dma_slave_caps.residue_granularity */
	enum dma_residue_granularity residue_granularity;

	/**
	 * @device_alloc_chan_resources: make ready for a first user; negative
	 *	on error, otherwise the number of descriptors
	 */
	int (*device_alloc_chan_resources)(struct dma_chan *chan);
	/** @device_router_config: the channel's route was set up or changed */
	int (*device_router_config)(struct dma_chan *chan);
	/** @device_free_chan_resources: the last user has gone */
	void (*device_free_chan_resources)(struct dma_chan *chan);

	/** @device_prep_dma_memcpy: prepare a copy of @len bytes */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_memcpy)(struct dma_chan *chan, dma_addr_t dst,
				  dma_addr_t src, size_t len, unsigned long flags);
	/** @device_prep_dma_xor: prepare dst = xor of the sources */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_xor)(struct dma_chan *chan, dma_addr_t dst,
			       dma_addr_t *src, unsigned int src_cnt, size_t len,
			       unsigned long flags);
	/** @device_prep_dma_xor_val: prepare a check for xor = 0 */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_xor_val)(struct dma_chan *chan, dma_addr_t *src,
				   unsigned int src_cnt, size_t len,
				   enum sum_check_flags *result,
				   unsigned long flags);
	/** @device_prep_dma_pq: prepare P = dst[0] and Q = dst[1] */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_pq)(struct dma_chan *chan, dma_addr_t *dst,
			      dma_addr_t *src, unsigned int src_cnt,
			      const unsigned char *scf, size_t len,
			      unsigned long flags);
	/** @device_prep_dma_pq_val: prepare a check of P = pq[0], Q = pq[1] */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_pq_val)(struct dma_chan *chan, dma_addr_t *pq,
				  dma_addr_t *src, unsigned int src_cnt,
				  const unsigned char *scf, size_t len,
				  enum sum_check_flags *pqres,
				  unsigned long flags);
	/** @device_prep_dma_memset: prepare a fill of @len bytes */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_memset)(struct dma_chan *chan, dma_addr_t dest,
				  int value, size_t len, unsigned long flags);
	/** @device_prep_dma_memset_sg: prepare a fill of a scatterlist */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_memset_sg)(struct dma_chan *chan,
				     struct scatterlist *sg, unsigned int nents,
				     int value, unsigned long flags);
	/** @device_prep_dma_interrupt: prepare an interrupt and nothing else */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_interrupt)(struct dma_chan *chan, unsigned long flags);

	/** @device_prep_peripheral_dma_vec: prepare a row of vectors */
	struct dma_async_tx_descriptor *
	(*device_prep_peripheral_dma_vec)(struct dma_chan *chan,
					  const struct dma_vec *vecs,
					  size_t nents,
					  enum dma_transfer_direction direction,
					  unsigned long flags);
	/** @device_prep_slave_sg: prepare a mapped scatterlist */
	struct dma_async_tx_descriptor *
	(*device_prep_slave_sg)(struct dma_chan *chan, struct scatterlist *sgl,
				unsigned int sg_len,
				enum dma_transfer_direction direction,
				unsigned long flags, void *context);
	/** @device_prep_dma_cyclic: prepare a ring; callback at each period */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_cyclic)(struct dma_chan *chan, dma_addr_t buf_addr,
				  size_t buf_len, size_t period_len,
				  enum dma_transfer_direction direction,
				  unsigned long flags);
	/** @device_prep_interleaved_dma: prepare a template */
	struct dma_async_tx_descriptor *
	(*device_prep_interleaved_dma)(struct dma_chan *chan,
				       struct dma_interleaved_template *xt,
				       unsigned long flags);
	/** @device_prep_dma_imm_data: prepare a write of the 8 bytes @data */
	struct dma_async_tx_descriptor *
	(*device_prep_dma_imm_data)(struct dma_chan *chan, dma_addr_t dst,
				    u64 data, unsigned long flags);

	/** @device_caps: correct what dma_get_slave_caps() says, by channel */
	void (*device_caps)(struct dma_chan *chan, struct dma_slave_caps *caps);
	/** @device_config: take over a &struct dma_slave_config */
	int (*device_config)(struct dma_chan *chan,
			     struct dma_slave_config *config);
	/** @device_pause: halt; nothing is lost */
	int (*device_pause)(struct dma_chan *chan);
	/** @device_resume: go on from @device_pause */
	int (*device_resume)(struct dma_chan *chan);
	/** @device_terminate_all: give up all that was submitted */
	int (*device_terminate_all)(struct dma_chan *chan);
	/** @device_synchronize: wait until a termination has taken effect */
	void (*device_synchronize)(struct dma_chan *chan);

	/** @device_tx_status: where a transaction stands; @txstate may be NULL */
	enum dma_status (*device_tx_status)(struct dma_chan *chan,
					    dma_cookie_t cookie,
					    struct dma_tx_state *txstate);
	/** @device_issue_pending: start what was submitted */
	void (*device_issue_pending)(struct dma_chan *chan);
	/**
	 * @device_release: unregistered, and the last channel is out of use:
	 *	free this structure. Called once, with the core's list mutex
	 *	held. Without it, unbinding the driver under a user is unsafe
	 */
	void (*device_release)(struct dma_device *dev);
	/** @dbg_summary_show: its lines of the debugfs summary, if not NULL */
	void (*dbg_summary_show)(struct seq_file *s, struct dma_device *dev);
	/** @dbg_dev_root: its directory in debugfs */
	struct dentry *dbg_dev_root;
};

/**
 * struct dma_client - a user of all shared memory-to-memory channels
 *
 * For who wants every engine there is, such as async_tx, rather than one
 * channel. Both callbacks run under the core's list mutex: they may sleep, but
 * must not request, release or register anything here.
 */
struct dma_client {
	/**
	 * @chan_add: here is a channel, its resources allocated and a
	 * reference taken for the client. Called for those that exist at
	 * registration and for each that appears, comes back from an
	 * exclusive user, or is shared by the administrator, later.
	 */
	void (*chan_add)(struct dma_client *client, struct dma_chan *chan);
	/**
	 * @chan_remove: stop using a channel. With @force false somebody asks
	 * to have it alone: return false to keep it, or true once nothing of
	 * the client's own is in flight on it. With @force true it goes away,
	 * or the client does, or the administrator shares it no more: stop,
	 * wait for what is in flight and return true. The core drops the
	 * reference.
	 */
	bool (*chan_remove)(struct dma_client *client, struct dma_chan *chan,
			    bool force);
	/** @node: the core's */
	struct list_head node;
	/** @id: the core's: its bit in &dma_chan.clients */
	unsigned int id;
};

/*
 * A provider that cuts one transaction into several descriptors chains them
 * and lets dma_run_dependencies() submit the next one. Dependencies between
 * transactions are not kept here but by async_tx, so there is no parent and
 * nothing to lock.
 */

/**
 * txd_next() - the descriptor to submit when another is complete
 * @txd: descriptor
 *
 * Return: the one chained behind @txd, or NULL.
 */
static inline struct dma_async_tx_descriptor *
txd_next(struct dma_async_tx_descriptor *txd)
{
	/* Nearly always NULL; elsewhere the space may be that of metadata. */
	if (!txd->next || txd->chan->device->desc_metadata_modes)
		return NULL;
	return txd->next;
}

/**
 * txd_chain() - have a descriptor submitted when another is complete
 * @txd: the other; its device has no metadata
 * @next: descriptor to chain behind @txd
 */
static inline void txd_chain(struct dma_async_tx_descriptor *txd,
			     struct dma_async_tx_descriptor *next)
{
	if (!WARN_ON_ONCE(txd->chan->device->desc_metadata_modes))
		txd->next = next;
}

/**
 * txd_clear_next() - unchain what was chained behind a descriptor
 * @txd: descriptor
 */
static inline void txd_clear_next(struct dma_async_tx_descriptor *txd)
{
	if (txd_next(txd))
		txd->next = NULL;
}

/**
 * txd_parent() - historical, descriptors have no parent here
 * @txd: descriptor
 *
 * Return: NULL.
 */
static inline struct dma_async_tx_descriptor *
txd_parent(struct dma_async_tx_descriptor *txd)
{
	return NULL;
}

/**
 * txd_clear_parent() - historical, does nothing
 * @txd: descriptor
 */
static inline void txd_clear_parent(struct dma_async_tx_descriptor *txd) { }

/**
 * txd_lock() - historical, does nothing
 * @txd: descriptor
 */
static inline void txd_lock(struct dma_async_tx_descriptor *txd) { }

/**
 * txd_unlock() - historical, does nothing
 * @txd: descriptor
 */
static inline void txd_unlock(struct dma_async_tx_descriptor *txd) { }

/*
 * Calls method device_@op of the channel's device, or gives @none where there
 * is no channel or no such method.
 */
#define dma_chan_call(chan, op, none, ...)					\
({										\
	struct dma_chan *__chan = (chan);					\
										\
	__chan && __chan->device && __chan->device->device_##op ?		\
		__chan->device->device_##op(__chan, ##__VA_ARGS__) : (none);	\
})

/**
 * dmaengine_slave_config() - tell a channel how to talk to its peripheral
 * @chan: exclusive channel
 * @config: copied as far as the provider needs it
 *
 * Return: 0, -ENOSYS where the provider takes none, or the provider's errno.
 */
static inline int dmaengine_slave_config(struct dma_chan *chan,
					 struct dma_slave_config *config)
{
	return dma_chan_call(chan, config, -ENOSYS, config);
}

/**
 * is_slave_direction() - does a direction involve a peripheral?
 * @direction: to test
 *
 * Return: true if it does.
 */
static inline bool is_slave_direction(enum dma_transfer_direction direction)
{
	switch (direction) {
	case DMA_MEM_TO_DEV:
	case DMA_DEV_TO_MEM:
	case DMA_DEV_TO_DEV:
		return true;
	default:
		return false;
	}
}

/**
 * dmaengine_prep_slave_sg() - prepare a transfer of a scatterlist
 * @chan: exclusive channel
 * @sgl: mapped for dmaengine_get_dma_device(@chan)
 * @sg_len: mapped entries
 * @dir: to or from the peripheral
 * @flags: &enum dma_ctrl_flags
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_slave_sg(struct dma_chan *chan, struct scatterlist *sgl,
			unsigned int sg_len, enum dma_transfer_direction dir,
			unsigned long flags)
{
	return dma_chan_call(chan, prep_slave_sg, NULL, sgl, sg_len, dir,
			     flags, NULL);
}

/**
 * dmaengine_prep_slave_single() - prepare a transfer of one buffer
 * @chan: exclusive channel
 * @buf: bus address
 * @len: bytes
 * @dir: to or from the peripheral
 * @flags: &enum dma_ctrl_flags
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_slave_single(struct dma_chan *chan, dma_addr_t buf, size_t len,
			    enum dma_transfer_direction dir, unsigned long flags)
{
	struct scatterlist one;

	sg_init_table(&one, 1);
	sg_dma_len(&one) = len;
	sg_dma_address(&one) = buf;

	return dmaengine_prep_slave_sg(chan, &one, 1, dir, flags);
}

/**
 * dmaengine_prep_peripheral_dma_vec() - prepare a transfer of vectors
 * @chan: exclusive channel
 * @vecs: bus addresses and lengths, read during the call only
 * @nents: how many
 * @dir: to or from the peripheral
 * @flags: &enum dma_ctrl_flags
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_peripheral_dma_vec(struct dma_chan *chan,
				  const struct dma_vec *vecs, size_t nents,
				  enum dma_transfer_direction dir,
				  unsigned long flags)
{
	return dma_chan_call(chan, prep_peripheral_dma_vec, NULL, vecs,
			     nents, dir, flags);
}

#ifdef CONFIG_RAPIDIO_DMA_ENGINE
struct rio_dma_ext;

/**
 * dmaengine_prep_rio_sg() - prepare a transfer to or from a RapidIO target
 * @chan: channel of a RapidIO master port
 * @sgl: mapped scatterlist
 * @sg_len: mapped entries
 * @dir: to or from the target
 * @flags: &enum dma_ctrl_flags
 * @rio_ext: where on the target
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_rio_sg(struct dma_chan *chan, struct scatterlist *sgl,
		      unsigned int sg_len, enum dma_transfer_direction dir,
		      unsigned long flags, struct rio_dma_ext *rio_ext)
{
	return dma_chan_call(chan, prep_slave_sg, NULL, sgl, sg_len, dir,
			     flags, rio_ext);
}
#endif

/**
 * dmaengine_prep_dma_cyclic() - prepare a transfer round a ring
 * @chan: exclusive channel
 * @buf_addr: bus address of the ring
 * @buf_len: its bytes, a multiple of @period_len
 * @period_len: bytes after which the callback runs each time
 * @dir: to or from the peripheral
 * @flags: &enum dma_ctrl_flags
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_dma_cyclic(struct dma_chan *chan, dma_addr_t buf_addr,
			  size_t buf_len, size_t period_len,
			  enum dma_transfer_direction dir, unsigned long flags)
{
	return dma_chan_call(chan, prep_dma_cyclic, NULL, buf_addr,
			     buf_len, period_len, dir, flags);
}

/**
 * dmaengine_prep_interleaved_dma() - prepare a transfer by a template
 * @chan: channel with %DMA_INTERLEAVE
 * @xt: template, read during the call only
 * @flags: &enum dma_ctrl_flags; %DMA_PREP_REPEAT needs %DMA_REPEAT
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_interleaved_dma(struct dma_chan *chan,
			       struct dma_interleaved_template *xt,
			       unsigned long flags)
{
	if (chan && chan->device && (flags & DMA_PREP_REPEAT) &&
	    !test_bit(DMA_REPEAT, chan->device->cap_mask.bits))
		return NULL;

	return dma_chan_call(chan, prep_interleaved_dma, NULL, xt, flags);
}

/**
 * dmaengine_prep_dma_memset() - prepare a fill of memory
 * @chan: channel with %DMA_MEMSET
 * @dest: bus address
 * @value: its low 8 bits are the byte to write
 * @len: bytes
 * @flags: &enum dma_ctrl_flags
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_dma_memset(struct dma_chan *chan, dma_addr_t dest, int value,
			  size_t len, unsigned long flags)
{
	return dma_chan_call(chan, prep_dma_memset, NULL, dest, value,
			     len, flags);
}

/**
 * dmaengine_prep_dma_memcpy() - prepare a copy of memory
 * @chan: channel with %DMA_MEMCPY
 * @dest: bus address to write
 * @src: bus address to read
 * @len: bytes
 * @flags: &enum dma_ctrl_flags
 *
 * Return: the descriptor, or NULL.
 */
static inline struct dma_async_tx_descriptor *
dmaengine_prep_dma_memcpy(struct dma_chan *chan, dma_addr_t dest, dma_addr_t src,
			  size_t len, unsigned long flags)
{
	return dma_chan_call(chan, prep_dma_memcpy, NULL, dest, src, len,
			     flags);
}

/**
 * dmaengine_is_metadata_mode_supported() - does a channel know a metadata mode?
 * @chan: channel, or NULL
 * @mode: mode
 *
 * Return: true if it does.
 */
static inline bool
dmaengine_is_metadata_mode_supported(struct dma_chan *chan,
				     enum dma_desc_metadata_mode mode)
{
	return chan && (chan->device->desc_metadata_modes & mode);
}

#ifdef CONFIG_DMA_ENGINE
int dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *desc,
				   void *data, size_t len);
void *dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *desc,
				      size_t *payload_len, size_t *max_len);
int dmaengine_desc_set_metadata_len(struct dma_async_tx_descriptor *desc,
				    size_t payload_len);
#else
static inline int
dmaengine_desc_attach_metadata(struct dma_async_tx_descriptor *desc, void *data,
			       size_t len) { return -EINVAL; }
static inline void *
dmaengine_desc_get_metadata_ptr(struct dma_async_tx_descriptor *desc,
				size_t *payload_len, size_t *max_len) { return NULL; }
static inline int
dmaengine_desc_set_metadata_len(struct dma_async_tx_descriptor *desc,
				size_t payload_len) { return -EINVAL; }
#endif

/**
 * dmaengine_terminate_all() - stop a channel, obsolete
 * @chan: exclusive channel
 *
 * Leaves open whether anything still runs: use dmaengine_terminate_sync() or
 * dmaengine_terminate_async().
 *
 * Return: 0, -ENOSYS where the provider cannot, or the provider's errno.
 */
static inline int dmaengine_terminate_all(struct dma_chan *chan)
{
	return dma_chan_call(chan, terminate_all, -ENOSYS);
}

/**
 * dmaengine_terminate_async() - begin to stop a channel
 * @chan: exclusive channel
 *
 * All that was submitted is given up. On return the hardware may still be
 * writing and a callback may still be running; before either's memory is
 * freed, call dmaengine_synchronize(). Any context, a completion callback of
 * the same channel included.
 *
 * Return: 0, -EINVAL where the provider cannot, or the provider's errno.
 */
static inline int dmaengine_terminate_async(struct dma_chan *chan)
{
	return dma_chan_call(chan, terminate_all, -EINVAL);
}

/**
 * dmaengine_synchronize() - wait until a channel has stopped
 * @chan: exclusive channel, dmaengine_terminate_async() called
 *
 * On return nothing that was issued before runs, and neither does a callback:
 * what they use may be freed. Nothing may be issued meanwhile. Sleeps; must not
 * be called from a completion callback of the same channel.
 */
static inline void dmaengine_synchronize(struct dma_chan *chan)
{
	void (*synchronize)(struct dma_chan *chan) = chan->device->device_synchronize;

	might_sleep();
	if (synchronize)
		synchronize(chan);
}

/**
 * dmaengine_terminate_sync() - stop a channel
 * @chan: exclusive channel
 *
 * dmaengine_terminate_async() and dmaengine_synchronize() in one; sleeps, and
 * must not be called from a completion callback of the same channel.
 *
 * Return: 0, -EINVAL where the provider cannot, or the provider's errno.
 */
static inline int dmaengine_terminate_sync(struct dma_chan *chan)
{
	int err = dmaengine_terminate_async(chan);

	if (!err)
		dmaengine_synchronize(chan);
	return err;
}

/**
 * dmaengine_pause() - halt a channel where it is
 * @chan: exclusive channel
 *
 * Return: 0, -ENOSYS where the provider cannot, or the provider's errno.
 */
static inline int dmaengine_pause(struct dma_chan *chan)
{
	return dma_chan_call(chan, pause, -ENOSYS);
}

/**
 * dmaengine_resume() - let a paused channel go on
 * @chan: exclusive channel
 *
 * Return: 0, -ENOSYS where the provider cannot, or the provider's errno.
 */
static inline int dmaengine_resume(struct dma_chan *chan)
{
	return dma_chan_call(chan, resume, -ENOSYS);
}

/**
 * dmaengine_tx_status() - ask where a transaction stands
 * @chan: its channel
 * @cookie: its number
 * @state: gets details, may be NULL
 *
 * Return: &enum dma_status.
 */
static inline enum dma_status dmaengine_tx_status(struct dma_chan *chan,
						  dma_cookie_t cookie,
						  struct dma_tx_state *state)
{
	return chan->device->device_tx_status(chan, cookie, state);
}

/**
 * dmaengine_submit() - queue a prepared descriptor
 * @desc: it is the provider's from now on
 *
 * It starts with the next dma_async_issue_pending().
 *
 * Return: its cookie, or a negative errno.
 */
static inline dma_cookie_t dmaengine_submit(struct dma_async_tx_descriptor *desc)
{
	return desc->tx_submit(desc);
}

/**
 * dmaengine_check_align() - are offsets and length aligned?
 * @align: log2 of the alignment in bytes
 * @off1: offset or address
 * @off2: offset or address
 * @len: bytes
 *
 * Return: true if all three are.
 */
static inline bool dmaengine_check_align(enum dmaengine_alignment align,
					 size_t off1, size_t off2, size_t len)
{
	return ((off1 | off2 | len) & (BIT(align) - 1)) == 0;
}

/* is_dma_<op>_aligned(): may this engine do <op> with these operands? */
#define DMA_DEFINE_IS_ALIGNED(op)						\
static inline bool is_dma_##op##_aligned(struct dma_device *dev, size_t off1,	\
					 size_t off2, size_t len)		\
{										\
	return dmaengine_check_align(dev->op##_align, off1, off2, len);	\
}

DMA_DEFINE_IS_ALIGNED(copy)
DMA_DEFINE_IS_ALIGNED(xor)
DMA_DEFINE_IS_ALIGNED(pq)
DMA_DEFINE_IS_ALIGNED(fill)
#undef DMA_DEFINE_IS_ALIGNED

/**
 * dma_set_maxpq() - publish a P+Q limit; for providers
 * @dma: device
 * @maxpq: sources of one descriptor
 * @has_pq_continue: continues without P and Q as extra sources
 */
static inline void dma_set_maxpq(struct dma_device *dma, int maxpq,
				 int has_pq_continue)
{
	dma->max_pq = maxpq | (has_pq_continue ? DMA_HAS_PQ_CONTINUE : 0);
}

/**
 * dmaf_continue() - do descriptor flags ask for P+Q to be continued?
 * @flags: descriptor flags
 *
 * Return: true if they do.
 */
static inline bool dmaf_continue(enum dma_ctrl_flags flags)
{
	return flags & DMA_PREP_CONTINUE;
}

/**
 * dmaf_p_disabled_continue() - do descriptor flags ask for Q only to be continued?
 * @flags: descriptor flags
 *
 * Return: true if they do.
 */
static inline bool dmaf_p_disabled_continue(enum dma_ctrl_flags flags)
{
	return dmaf_continue(flags) && (flags & DMA_PREP_PQ_DISABLE_P);
}

/**
 * dma_dev_has_pq_continue() - can an engine continue P+Q by itself?
 * @dma: device
 *
 * Return: true if it needs no extra sources for that.
 */
static inline bool dma_dev_has_pq_continue(struct dma_device *dma)
{
	return dma->max_pq & DMA_HAS_PQ_CONTINUE;
}

/**
 * dma_dev_to_maxpq() - sources of one fresh P+Q descriptor
 * @dma: device
 *
 * Return: how many.
 */
static inline unsigned short dma_dev_to_maxpq(struct dma_device *dma)
{
	return dma->max_pq & ~DMA_HAS_PQ_CONTINUE;
}

/**
 * dma_maxpq() - sources of one P+Q descriptor, with its flags considered
 * @dma: device
 * @flags: descriptor flags
 *
 * An engine that cannot continue by itself has the former P and Q among its
 * sources: Q once with coefficient 1 so that it goes into the new Q (where P
 * is written as well, that puts Q into P too), then P with coefficient 0 for
 * the new P, and Q with coefficient 0 to take it out of the new P again. That
 * is one source without P, three with it.
 *
 * Return: how many are left for the caller.
 */
static inline int dma_maxpq(struct dma_device *dma, enum dma_ctrl_flags flags)
{
	int extra = 0;

	if (dmaf_continue(flags) && !dma_dev_has_pq_continue(dma))
		extra = dmaf_p_disabled_continue(flags) ? 1 : 3;

	return dma_dev_to_maxpq(dma) - extra;
}

/**
 * dmaengine_get_icg() - gap on one side of an interleaved transfer
 * @inc: this side's address moves on
 * @sgl: this side is scattered
 * @icg: gap common to both sides, in bytes
 * @dir_icg: gap of this side, in bytes
 *
 * Return: bytes to skip.
 */
static inline size_t dmaengine_get_icg(bool inc, bool sgl, size_t icg,
				       size_t dir_icg)
{
	if (!inc)
		return 0;

	return dir_icg ?: (sgl ? icg : 0);
}

/**
 * dmaengine_get_dst_icg() - gap behind a chunk, on the destination's side
 * @xt: template
 * @chunk: one of its chunks
 *
 * Return: bytes to skip.
 */
static inline size_t dmaengine_get_dst_icg(struct dma_interleaved_template *xt,
					   struct data_chunk *chunk)
{
	return dmaengine_get_icg(xt->dst_inc, xt->dst_sgl, chunk->icg,
				 chunk->dst_icg);
}

/**
 * dmaengine_get_src_icg() - gap behind a chunk, on the source's side
 * @xt: template
 * @chunk: one of its chunks
 *
 * Return: bytes to skip.
 */
static inline size_t dmaengine_get_src_icg(struct dma_interleaved_template *xt,
					   struct data_chunk *chunk)
{
	return dmaengine_get_icg(xt->src_inc, xt->src_sgl, chunk->icg,
				 chunk->src_icg);
}

#ifdef CONFIG_DMA_ENGINE
void dmaengine_get(void);
void dmaengine_put(void);
int dma_client_register(struct dma_client *client);
void dma_client_unregister(struct dma_client *client);
#else
static inline void dmaengine_get(void) { }
static inline void dmaengine_put(void) { }
static inline int dma_client_register(struct dma_client *client) { return 0; }
static inline void dma_client_unregister(struct dma_client *client) { }
#endif

/*
 * For code written against the historical async_tx, where a channel had to
 * serve all operation types unless channel switching was configured.
 */
#ifdef CONFIG_ASYNC_TX_DMA
#define async_dmaengine_get()		dmaengine_get()
#define async_dmaengine_put()		dmaengine_put()
#define async_dma_find_channel(type)						\
	dma_find_channel(IS_ENABLED(CONFIG_ASYNC_TX_ENABLE_CHANNEL_SWITCH) ?	\
			 (type) : DMA_ASYNC_TX)
#else
/**
 * async_dmaengine_get() - dmaengine_get(), or nothing
 */
static inline void async_dmaengine_get(void) { }

/**
 * async_dmaengine_put() - dmaengine_put(), or nothing
 */
static inline void async_dmaengine_put(void) { }

/**
 * async_dma_find_channel() - dma_find_channel(), or nothing
 * @type: operation type
 *
 * Return: the channel, or NULL.
 */
static inline struct dma_chan *
async_dma_find_channel(enum dma_transaction_type type) { return NULL; }
#endif

void dma_async_tx_descriptor_init(struct dma_async_tx_descriptor *tx,
				  struct dma_chan *chan);

/**
 * async_tx_ack() - the caller is done with a descriptor or handle
 * @tx: a provider's descriptor: may be recycled once complete. A handle that
 *	async_tx returned: not to be used any more. NULL and ERR_PTR are
 *	ignored, so the result of an async_*() call may be passed as it is
 *
 * Any context.
 */
static inline void async_tx_ack(struct dma_async_tx_descriptor *tx)
{
	if (IS_ERR_OR_NULL(tx))
		return;

	if (tx->flags & DMA_CTRL_HANDLE)
		tx->desc_free(tx);
	else
		tx->flags |= DMA_CTRL_ACK;
}

/**
 * async_tx_clear_ack() - keep a descriptor from being recycled
 * @tx: a provider's descriptor
 */
static inline void async_tx_clear_ack(struct dma_async_tx_descriptor *tx)
{
	tx->flags &= ~DMA_CTRL_ACK;
}

/**
 * async_tx_test_ack() - has a descriptor been acknowledged?
 * @tx: descriptor
 *
 * Return: true if so.
 */
static inline bool async_tx_test_ack(struct dma_async_tx_descriptor *tx)
{
	return tx->flags & DMA_CTRL_ACK;
}

/* Capability masks: these take the mask itself, not its address. */
#define dma_cap_set(tx, mask)	__dma_cap_set((tx), &(mask))
#define dma_cap_clear(tx, mask)	__dma_cap_clear((tx), &(mask))
#define dma_cap_zero(mask)	__dma_cap_zero(&(mask))
#define dma_has_cap(tx, mask)	__dma_has_cap((tx), &(mask))
#define for_each_dma_cap_mask(cap, mask)					\
	for_each_set_bit(cap, (mask).bits, DMA_TX_TYPE_END)

static inline void __dma_cap_set(enum dma_transaction_type tx_type,
				 dma_cap_mask_t *dstp)
{
	set_bit(tx_type, dstp->bits);
}

static inline void __dma_cap_clear(enum dma_transaction_type tx_type,
				   dma_cap_mask_t *dstp)
{
	clear_bit(tx_type, dstp->bits);
}

static inline void __dma_cap_zero(dma_cap_mask_t *dstp)
{
	bitmap_zero(dstp->bits, DMA_TX_TYPE_END);
}

static inline int __dma_has_cap(enum dma_transaction_type tx_type,
				dma_cap_mask_t *srcp)
{
	return test_bit(tx_type, srcp->bits);
}

/**
 * dma_async_issue_pending() - start all that was submitted to a channel
 * @chan: channel
 *
 * Any context. Submitting several and issuing once saves doorbells.
 */
static inline void dma_async_issue_pending(struct dma_chan *chan)
{
	chan->device->device_issue_pending(chan);
}

/**
 * dma_async_is_tx_complete() - ask where a transaction stands
 * @chan: its channel
 * @cookie: its number
 * @last: gets the last cookie completed, may be NULL
 * @used: gets the last cookie handed out, may be NULL
 *
 * With @last and @used, dma_async_is_complete() answers for other cookies
 * without asking the provider again.
 *
 * Return: &enum dma_status.
 */
static inline enum dma_status dma_async_is_tx_complete(struct dma_chan *chan,
						       dma_cookie_t cookie,
						       dma_cookie_t *last,
						       dma_cookie_t *used)
{
	struct dma_tx_state now;
	enum dma_status ret = dmaengine_tx_status(chan, cookie, &now);

	if (used)
		*used = now.used;
	if (last)
		*last = now.last;
	return ret;
}

/**
 * dma_async_is_complete() - compare a cookie with the state of its channel
 * @cookie: number of a transaction
 * @last_complete: last cookie completed
 * @last_used: last cookie handed out
 *
 * In flight are the cookies behind @last_complete up to @last_used; where the
 * numbers have wrapped in between, that range has two parts.
 *
 * Return: %DMA_COMPLETE or %DMA_IN_PROGRESS.
 */
static inline enum dma_status dma_async_is_complete(dma_cookie_t cookie,
						    dma_cookie_t last_complete,
						    dma_cookie_t last_used)
{
	bool behind = cookie > last_complete, handed_out = cookie <= last_used;
	bool wrapped = last_used < last_complete;

	if (wrapped ? behind || handed_out : behind && handed_out)
		return DMA_IN_PROGRESS;
	return DMA_COMPLETE;
}

/**
 * dma_set_tx_state() - fill in a status report; for providers
 * @st: to fill in, or NULL
 * @last: last cookie completed
 * @used: last cookie handed out
 * @residue: bytes still to move
 */
static inline void dma_set_tx_state(struct dma_tx_state *st, dma_cookie_t last,
				    dma_cookie_t used, u32 residue)
{
	if (st) {
		st->residue = residue;
		st->used = used;
		st->last = last;
	}
}

#ifdef CONFIG_DMA_ENGINE
struct dma_chan *dma_find_channel(enum dma_transaction_type tx_type);
void dma_issue_pending_all(void);
enum dma_status dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie);
enum dma_status dma_wait_for_async_tx(struct dma_async_tx_descriptor *tx);

struct dma_chan *__dma_request_channel(const dma_cap_mask_t *mask,
				       dma_filter_fn fn, void *fn_param,
				       struct device_node *np);
struct dma_chan *dma_request_chan(struct device *dev, const char *name);
struct dma_chan *devm_dma_request_chan(struct device *dev, const char *name);
struct dma_chan *dma_request_chan_by_mask(const dma_cap_mask_t *mask);
void dma_release_channel(struct dma_chan *chan);
int dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps);
#else
static inline struct dma_chan *
dma_find_channel(enum dma_transaction_type tx_type) { return NULL; }
static inline void dma_issue_pending_all(void) { }
static inline enum dma_status
dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie) { return DMA_COMPLETE; }
static inline enum dma_status
dma_wait_for_async_tx(struct dma_async_tx_descriptor *tx) { return DMA_COMPLETE; }

static inline struct dma_chan *
__dma_request_channel(const dma_cap_mask_t *mask, dma_filter_fn fn,
		      void *fn_param, struct device_node *np) { return NULL; }
static inline struct dma_chan *
dma_request_chan(struct device *dev, const char *name) { return ERR_PTR(-ENODEV); }
static inline struct dma_chan *
devm_dma_request_chan(struct device *dev, const char *name) { return ERR_PTR(-ENODEV); }
static inline struct dma_chan *
dma_request_chan_by_mask(const dma_cap_mask_t *mask) { return ERR_PTR(-ENODEV); }
static inline void dma_release_channel(struct dma_chan *chan) { }
static inline int
dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps) { return -ENXIO; }
#endif

/**
 * dmaengine_desc_set_reuse() - keep a descriptor for further submissions
 * @tx: prepared descriptor
 *
 * Return: 0, -EPERM where the channel cannot, or an errno of
 * dma_get_slave_caps().
 */
static inline int dmaengine_desc_set_reuse(struct dma_async_tx_descriptor *tx)
{
	struct dma_slave_caps caps;
	int err = dma_get_slave_caps(tx->chan, &caps);

	if (!err && !caps.descriptor_reuse)
		err = -EPERM;
	if (!err)
		tx->flags |= DMA_CTRL_REUSE;
	return err;
}

/**
 * dmaengine_desc_clear_reuse() - let the next completion free a descriptor
 * @tx: descriptor
 */
static inline void dmaengine_desc_clear_reuse(struct dma_async_tx_descriptor *tx)
{
	tx->flags &= ~DMA_CTRL_REUSE;
}

/**
 * dmaengine_desc_test_reuse() - is a descriptor kept for further submissions?
 * @tx: descriptor
 *
 * Return: true if so.
 */
static inline bool dmaengine_desc_test_reuse(struct dma_async_tx_descriptor *tx)
{
	return tx->flags & DMA_CTRL_REUSE;
}

/**
 * dmaengine_desc_free() - free a descriptor that was kept for reuse
 * @desc: descriptor, not in flight
 *
 * Return: 0, -EPERM if it was not kept, or the provider's errno.
 */
static inline int dmaengine_desc_free(struct dma_async_tx_descriptor *desc)
{
	return dmaengine_desc_test_reuse(desc) ? desc->desc_free(desc) : -EPERM;
}

/* For providers. */
int dma_async_device_register(struct dma_device *device);
int dmaenginem_async_device_register(struct dma_device *device);
void dma_async_device_unregister(struct dma_device *device);
int dma_async_device_channel_register(struct dma_device *device,
				      struct dma_chan *chan, const char *name);
void dma_async_device_channel_unregister(struct dma_device *device,
					 struct dma_chan *chan);
void dma_submit_chained(struct dma_async_tx_descriptor *tx);

/**
 * dma_run_dependencies() - submit the rest of a chain
 * @tx: descriptor that is complete
 *
 * For providers that cut a transaction into several descriptors and chained
 * those with txd_chain(); all that follow on one channel are submitted, and
 * issued. A transaction of a client's has no dependencies here (async_tx keeps
 * its own), so for other providers there is nothing to do. Any context; the
 * channel's lock is not held.
 */
static inline void dma_run_dependencies(struct dma_async_tx_descriptor *tx)
{
	if (txd_next(tx))
		dma_submit_chained(tx);
}

#define dma_request_channel(mask, x, y)	\
	__dma_request_channel(&(mask), x, y, NULL)

/**
 * dma_request_slave_channel() - dma_request_chan() without an errno, obsolete
 * @dev: requester
 * @name: name of the request line
 *
 * Return: the channel, or NULL.
 */
static inline struct dma_chan * __deprecated
dma_request_slave_channel(struct device *dev, const char *name)
{
	struct dma_chan *chan = dma_request_chan(dev, name);

	return IS_ERR(chan) ? NULL : chan;
}

/**
 * dma_request_slave_channel_compat() - request by name, else by filter
 * @mask: capabilities, if by filter
 * @fn: filter
 * @fn_param: for @fn
 * @dev: requester
 * @name: name of the request line
 *
 * The filter is tried only if both @fn and @fn_param are given.
 *
 * Return: the channel, or NULL.
 */
static inline struct dma_chan *
dma_request_slave_channel_compat(const dma_cap_mask_t mask, dma_filter_fn fn,
				 void *fn_param, struct device *dev,
				 const char *name)
{
	struct dma_chan *chan = dma_request_chan(dev, name);

	if (!IS_ERR_OR_NULL(chan))
		return chan;
	if (fn && fn_param)
		return __dma_request_channel(&mask, fn, fn_param, NULL);
	return NULL;
}

/**
 * dmaengine_get_direction_text() - a direction for messages
 * @dir: direction
 *
 * Return: its name without the prefix, or "invalid".
 */
static inline char *dmaengine_get_direction_text(enum dma_transfer_direction dir)
{
	static char *const names[] = {
		[DMA_MEM_TO_MEM] = "MEM_TO_MEM",
		[DMA_MEM_TO_DEV] = "MEM_TO_DEV",
		[DMA_DEV_TO_MEM] = "DEV_TO_MEM",
		[DMA_DEV_TO_DEV] = "DEV_TO_DEV",
	};

	return (unsigned int)dir < ARRAY_SIZE(names) ? names[dir] : "invalid";
}

/**
 * dmaengine_get_dma_device() - for which device buffers are to be mapped
 * @chan: channel
 *
 * Return: the device to give to dma_map_*().
 */
static inline struct device *dmaengine_get_dma_device(struct dma_chan *chan)
{
	struct dma_chan_dev *cdev = chan->dev;

	return cdev->chan_dma_dev ? &cdev->device : chan->device->dev;
}

#endif /* LINUX_DMAENGINE_H */
