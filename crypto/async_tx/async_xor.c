// SPDX-License-Identifier: GPL-2.0-only
/*
 * The xor of any number of blocks, and the check that it is zero.
 *
 * In a request the sources come first, then the destination. A destination that
 * is an operand itself is the first source, whether the caller listed it or not.
 */
#include <linux/export.h>

#include "cpu.h"
#include "internal.h"

static unsigned int source_off(const unsigned int *offs, unsigned int off,
			       unsigned int i)
{
	return offs ? offs[i] : off;
}

/**
 * struct scan - what one look at the operands tells
 * @align: all offsets and the length, or'ed
 * @overlap: a source and the destination share bytes
 */
struct scan {
	unsigned int align;
	bool overlap;
};

static bool count_ok(struct page **src, int cnt)
{
	return src && cnt >= 1 && cnt <= ASYNC_TX_MAX_SOURCES;
}

static __always_inline bool
scan_operands(struct scan *scan, struct page *dest, unsigned int offset,
	      struct page **src, const unsigned int *offs, int cnt, size_t len)
{
	bool simple = async_tx_within_page(offset, len);
	int i = 0;

	if (!async_tx_operand_ok(dest, offset, len))
		return false;

	scan->align = offset | len;
	scan->overlap = false;
	if (simple && !offs) {
		for (; i < cnt; i++) {
			if (unlikely(!src[i]))
				return false;
			if (unlikely(src[i] == dest))
				break;
		}
	}
	for (; i < cnt; i++) {
		unsigned int off = source_off(offs, offset, i);

		scan->align |= off;
		if (likely(simple && src[i] && src[i] != dest &&
			   async_tx_within_page(off, len)))
			continue;
		if (!async_tx_operand_ok(src[i], off, len))
			return false;
		scan->overlap |= async_tx_overlap(dest, offset, src[i], off, len);
	}
	return true;
}

static __always_inline void
set_sources(struct async_tx_request *req, unsigned int slot, struct page **src,
	    const unsigned int *offs, unsigned int off, int cnt)
{
	struct page **to = async_tx_pages(req) + slot;
	unsigned int *to_off = async_tx_offs(req) + slot;

	if (offs) {
		for (int i = 0; i < cnt; i++) {
			to[i] = src[i];
			to_off[i] = offs[i];
		}
		return;
	}
	for (int i = 0; i < cnt; i++) {
		to[i] = src[i];
		to_off[i] = off;
	}
}

/* --- xor --- */

bool async_tx_xor_usable(const struct dma_device *dma)
{
	/* Each step takes a source that is new and the result so far. */
	return dma->max_xor >= 2;
}

/*
 * Each step but the first takes the destination as a source too. Its address
 * goes in front of the remaining sources for as long as the driver looks there.
 */
static __always_inline struct dma_async_tx_descriptor *
xor_step(struct async_tx_request *req, struct dma_chan *chan,
	 unsigned int first, unsigned int nr, dma_addr_t dst,
	 unsigned long flags)
{
	struct dma_device *dma = chan->device;
	dma_addr_t *src = async_tx_dma(req) + first;
	struct dma_async_tx_descriptor *desc;
	bool again = req->step;
	unsigned int cnt;
	dma_addr_t saved;

	if (likely(!again && nr <= dma->max_xor)) {
		req->more = false;
		return dma->device_prep_dma_xor(chan, dst, src, nr, req->len,
						flags);
	}

	src += req->step - again;
	cnt = min_t(unsigned int, nr - req->step + again, dma->max_xor);
	saved = src[0];
	if (again)
		src[0] = dst;
	req->step += cnt - again;
	req->more = req->step < nr;
	desc = dma->device_prep_dma_xor(chan, dst, src, cnt, req->len, flags);
	src[0] = saved;
	return desc;
}

struct dma_async_tx_descriptor *
async_tx_xor_step(struct async_tx_request *req, struct dma_chan *chan,
		  unsigned int first, unsigned int nr, dma_addr_t dst,
		  unsigned long flags)
{
	return xor_step(req, chan, first, nr, dst, flags);
}

struct dma_async_tx_descriptor *
async_tx_xor_prep(struct async_tx_request *req, struct dma_chan *chan,
		  unsigned long flags)
{
	return xor_step(req, chan, 0, req->nr_src,
			async_tx_dma(req)[req->nr_src], flags);
}

void async_tx_xor_run(struct async_tx_request *req)
{
	struct page **page = async_tx_pages(req);
	unsigned int *off = async_tx_offs(req);
	unsigned int skip = req->in_place;

	async_tx_cpu_xor(page[req->nr_src], off[req->nr_src], page + skip,
			 off + skip, req->nr_src - skip, req->len, skip);
}

static bool first_is_dest(struct page *dest, unsigned int offset,
			  struct page **src, const unsigned int *offs)
{
	return src[0] == dest && source_off(offs, offset, 0) == offset;
}

/*
 * The xor that nearly all callers want, in one pass over arguments that have
 * not been looked at yet: all pages are there and mapped, no operand leaves its
 * page, there are few, and no source is the destination. Returns false, and
 * nothing is written, if any of that is not so.
 */
static __always_inline bool
xor_at_once(struct page *dest, unsigned int offset, struct page **src,
	    const unsigned int *offs, unsigned int cnt, size_t len,
	    bool accumulate)
{
	void *term[ASYNC_TX_CPU_TERMS] __uninitialized;
	unsigned int last = PAGE_SIZE - len, n = 0;

	if (IS_ENABLED(CONFIG_HIGHMEM) || !dest || !len ||
	    len > min_t(size_t, PAGE_SIZE, ASYNC_TX_CPU_CHUNK) ||
	    offset > last || !cnt || cnt + accumulate > ASYNC_TX_CPU_TERMS)
		return false;

	if (accumulate)
		term[n++] = page_address(dest) + offset;
	for (unsigned int i = 0; i < cnt; i++) {
		unsigned int off = source_off(offs, offset, i);

		if (!src[i] || src[i] == dest || off > last)
			return false;
		term[n++] = page_address(src[i]) + off;
	}
	async_tx_cpu_xor_sum(page_address(dest) + offset, term, n, len);
	return true;
}

/* Once it is known that the CPU is to do it. */
static noinline void
xor_here(struct page *dest, unsigned int offset, struct page **src,
	 const unsigned int *offs, unsigned int cnt, size_t len, bool accumulate)
{
	if (!xor_at_once(dest, offset, src, offs, cnt, len, accumulate))
		async_tx_cpu_xor(dest, offset, src, offs, cnt, len, accumulate);
}

static __always_inline struct dma_async_tx_descriptor *
submit_xor(struct async_tx_request *req, struct page *dest, unsigned int offset,
	   struct page **src, const unsigned int *offs, int cnt, bool accumulate,
	   struct async_submit_ctl *submit)
{
	req->nr_src = cnt + accumulate;
	req->in_place = accumulate;
	if (accumulate)
		async_tx_set_operand(req, 0, dest, offset);
	set_sources(req, accumulate, src, offs, offset, cnt);
	async_tx_set_operand(req, req->nr_src, dest, offset);
	return async_tx_submit_chained(req, submit);
}

static __always_inline struct dma_async_tx_descriptor *
xor_offs(struct page *dest, unsigned int offset, struct page **src_list,
	 const unsigned int *src_offs, int src_cnt, size_t len,
	 struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_XOR;
	bool accumulate = !(submit->flags & ASYNC_TX_XOR_ZERO_DST);
	struct async_tx_request *req;
	struct async_tx_start start;
	struct scan scan;

	if (!count_ok(src_list, src_cnt))
		return ERR_PTR(-EINVAL);
	if (submit->flags & ASYNC_TX_XOR_DROP_DST) {
		if (!first_is_dest(dest, offset, src_list, src_offs))
			return ERR_PTR(-EINVAL);
		accumulate = true;
		src_list++;
		src_cnt--;
		if (src_offs)
			src_offs++;
	}
	if (async_tx_is_here(op, submit) &&
	    xor_at_once(dest, offset, src_list, src_offs, src_cnt, len,
			accumulate))
		return async_tx_end_here(op, submit, len);

	if (!scan_operands(&scan, dest, offset, src_list, src_offs, src_cnt, len))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, len, src_cnt + accumulate + 1, &start);
	if (!req) {
		xor_here(dest, offset, src_list, src_offs, src_cnt, len, accumulate);
		return async_tx_end(op, submit, len, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);
	req->align = scan.align;
	req->cpu_only = scan.overlap;
	return submit_xor(req, dest, offset, src_list, src_offs, src_cnt,
			  accumulate, submit);
}

/**
 * async_xor_offs - xor blocks, each at an offset of its own
 * @dest: destination page
 * @offset: offset into @dest (bytes)
 * @src_list: source pages
 * @src_offs: offset into each source (bytes); NULL: @offset for all
 * @src_cnt: 1 to %ASYNC_TX_MAX_SOURCES
 * @len: bytes of each block
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured.
 *	ASYNC_TX_XOR_ZERO_DST: dest = xor of the sources.
 *	ASYNC_TX_XOR_DROP_DST: the same, and @dest is the first source.
 *	Neither: dest ^= xor of the sources.
 *	When a handle is returned, ->depend_tx is set to it: the control may be
 *	used again for an operation that follows.
 *
 * @src_list and @src_offs are copied, and never written to.
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for a missing
 * page, no bytes, a range beyond its folio, too few or too many sources, or a
 * @dest that is not the first source with ASYNC_TX_XOR_DROP_DST.
 */
struct dma_async_tx_descriptor *
async_xor_offs(struct page *dest, unsigned int offset, struct page **src_list,
	       unsigned int *src_offs, int src_cnt, size_t len,
	       struct async_submit_ctl *submit)
{
	return xor_offs(dest, offset, src_list, src_offs, src_cnt, len, submit);
}
EXPORT_SYMBOL_GPL(async_xor_offs);

/**
 * async_xor - xor blocks that all start at the same offset
 * @dest: destination page
 * @src_list: source pages
 * @offset: offset into @dest and each source (bytes)
 * @src_cnt: 1 to %ASYNC_TX_MAX_SOURCES
 * @len: bytes of each block
 * @submit: as for async_xor_offs()
 *
 * Context: as for async_xor_offs().
 *
 * Return: as for async_xor_offs().
 */
struct dma_async_tx_descriptor *
async_xor(struct page *dest, struct page **src_list, unsigned int offset,
	  int src_cnt, size_t len, struct async_submit_ctl *submit)
{
	return xor_offs(dest, offset, src_list, NULL, src_cnt, len, submit);
}
EXPORT_SYMBOL_GPL(async_xor);

/* --- the check --- */

bool async_tx_xor_val_fits(const struct async_tx_request *req,
			   struct dma_device *dma)
{
	return req->nr_src <= dma->max_xor;
}

struct dma_async_tx_descriptor *
async_tx_xor_val_prep(struct async_tx_request *req, struct dma_chan *chan,
		      unsigned long flags)
{
	req->more = false;
	return chan->device->device_prep_dma_xor_val(chan, async_tx_dma(req),
						     req->nr_src, req->len,
						     &req->sum, flags);
}

static enum sum_check_flags xor_check(struct page **src,
				      const unsigned int *offs,
				      unsigned int off, int cnt, size_t len)
{
	return async_tx_cpu_xor_is_zero(src, offs, off, cnt, len) ?
	       0 : SUM_CHECK_P_RESULT;
}

void async_tx_xor_val_run(struct async_tx_request *req)
{
	*req->result = xor_check(async_tx_pages(req), async_tx_offs(req), 0,
				 req->nr_src, req->len);
}

/**
 * async_xor_val_offs - check that the xor of blocks is zero
 * @dest: not written; kept for its users, who pass the parity block
 * @offset: offset into each source (bytes) if there is no @src_offs
 * @src_list: source pages
 * @src_offs: offset into each source (bytes); NULL: @offset for all
 * @src_cnt: 1 to %ASYNC_TX_MAX_SOURCES
 * @len: bytes of each block
 * @result: 0 if the xor is zero, else SUM_CHECK_P_RESULT. Valid at the end of
 *	the operation, and must stay there until then.
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured
 *
 * Context: task or softirq.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for a missing
 * page or @result, no bytes, a range beyond its folio, too few or too many
 * sources.
 */
struct dma_async_tx_descriptor *
async_xor_val_offs(struct page *dest, unsigned int offset,
		   struct page **src_list, unsigned int *src_offs, int src_cnt,
		   size_t len, enum sum_check_flags *result,
		   struct async_submit_ctl *submit)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_XOR_VAL;
	struct async_tx_request *req;
	struct async_tx_start start;
	struct scan scan;

	if (!result || !count_ok(src_list, src_cnt) ||
	    !scan_operands(&scan, dest, offset, src_list, src_offs, src_cnt, len))
		return ERR_PTR(-EINVAL);

	req = async_tx_begin(op, submit, len, src_cnt, &start);
	if (!req) {
		*result = xor_check(src_list, src_offs, offset, src_cnt, len);
		return async_tx_end(op, submit, len, &start);
	}
	if (IS_ERR(req))
		return ERR_CAST(req);

	req->nr_src = src_cnt;
	req->nr_dst = 0;
	req->align = scan.align;
	req->result = result;
	set_sources(req, 0, src_list, src_offs, offset, src_cnt);
	return async_tx_submit_request(req, submit);
}
EXPORT_SYMBOL_GPL(async_xor_val_offs);

/**
 * async_xor_val - check that the xor of blocks at one offset is zero
 * @dest: not written; kept for its users
 * @src_list: source pages
 * @offset: offset into each source (bytes)
 * @src_cnt: 1 to %ASYNC_TX_MAX_SOURCES
 * @len: bytes of each block
 * @result: as for async_xor_val_offs()
 * @submit: as for async_xor_val_offs()
 *
 * Context: as for async_xor_val_offs().
 *
 * Return: as for async_xor_val_offs().
 */
struct dma_async_tx_descriptor *
async_xor_val(struct page *dest, struct page **src_list, unsigned int offset,
	      int src_cnt, size_t len, enum sum_check_flags *result,
	      struct async_submit_ctl *submit)
{
	return async_xor_val_offs(dest, offset, src_list, NULL, src_cnt, len,
				  result, submit);
}
EXPORT_SYMBOL_GPL(async_xor_val);
