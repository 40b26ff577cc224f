// SPDX-License-Identifier: GPL-2.0-only
/*
 * Xor on the CPU: dst = a ^ b ^ ..., and whether such a sum is zero.
 *
 * Called by the CPU channel, in task context or softirq. xor_blocks() does the
 * aligned bulk with the best routine for this machine; what it cannot do (odd
 * lengths and offsets, highmem) is done here. Only async_tx_cpu_xor_is_zero()
 * takes a lock, the one of the per-CPU scratch area.
 */
#include <kunit/visibility.h>
#include <linux/raid/xor.h>
#include <linux/string.h>

#include "cpu.h"

/* dst ^= the sum of @cnt blocks of @n bytes, none of which overlaps dst. */
static void xor_into(void *dst, void **src, unsigned int cnt, size_t n)
{
	unsigned long addr = (unsigned long)dst;
	size_t bulk = 0;
	unsigned int i;

	for (i = 0; i < cnt; i++)
		addr |= (unsigned long)src[i];

	if (IS_ALIGNED(addr, ASYNC_TX_CPU_ALIGN)) {
		bulk = round_down(n, ASYNC_TX_CPU_STEP);
		if (bulk)
			xor_blocks(cnt, bulk, dst, src);
	}
	if (bulk == n)
		return;

	for (i = 0; i < cnt; i++)
		async_tx_xor_words(dst + bulk, src[i] + bulk, n - bulk);
}

/* One highmem source: dst ^= it, or dst = it when @fresh. */
static void xor_highmem(void *dst, struct page *page, unsigned int off,
			size_t n, bool fresh)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, page, off, n);
	     s.len; async_tx_span_next(&s)) {
		if (fresh)
			memcpy(dst + s.pos, s.va, s.len);
		else
			xor_into(dst + s.pos, &s.va, 1, s.len);
	}
}

/* Where an operand is in physical memory, however the caller names it. */
static inline phys_addr_t operand_phys(struct page *page, unsigned int off)
{
	return PFN_PHYS(page_to_pfn(page)) + off;
}

/**
 * struct xor_srcs - the sources of an xor
 * @page: first page of each
 * @off: byte offset of each, NULL: @common_off for all
 * @common_off: see @off
 * @cnt: how many there are
 * @skip: leave out those that are at @skip_at: the destination itself
 * @skip_at: see @skip
 */
struct xor_srcs {
	struct page **page;
	const unsigned int *off;
	unsigned int common_off;
	unsigned int cnt;
	bool skip;
	phys_addr_t skip_at;
};

static inline unsigned int src_offset(const struct xor_srcs *srcs,
				      unsigned int i)
{
	return srcs->off ? srcs->off[i] : srcs->common_off;
}

/*
 * dst = the sum of the sources' @n bytes from @pos on; dst ^= it unless @fresh.
 * Copying the first source rather than clearing dst saves a pass over dst, and
 * room among the MAX_XOR_BLOCKS of the first call.
 */
static void xor_chunk(void *dst, const struct xor_srcs *srcs, size_t pos,
		      size_t n, bool fresh)
{
	void *ptr[MAX_XOR_BLOCKS];
	unsigned int fill = 0;
	unsigned int i;

	for (i = 0; i < srcs->cnt; i++) {
		struct page *page = srcs->page[i];
		unsigned int off = src_offset(srcs, i);

		if (srcs->skip && operand_phys(page, off) == srcs->skip_at)
			continue;

		if (PageHighMem(page)) {
			xor_highmem(dst, page, off + pos, n, fresh);
		} else if (fresh) {
			memcpy(dst, page_address(page) + off + pos, n);
		} else {
			ptr[fill++] = page_address(page) + off + pos;
			if (fill == MAX_XOR_BLOCKS) {
				xor_into(dst, ptr, fill, n);
				fill = 0;
			}
		}
		fresh = false;
	}
	if (fill)
		xor_into(dst, ptr, fill, n);
	else if (fresh)
		memset(dst, 0, n);
}

/**
 * async_tx_cpu_xor - add blocks byte by byte in GF(2)
 * @dst: first page of the destination
 * @dst_off: byte offset of the destination
 * @src: first page of each source; none is NULL
 * @src_off: byte offset of each source, NULL: all at @dst_off
 * @src_cnt: number of sources, 1 to 255
 * @len: length in bytes, from 1 on, within the folio of every operand
 * @accumulate: add to what the destination holds rather than replace it
 *
 * A source may occur several times, and may be the destination itself; one
 * that overlaps the destination in part makes no sense, and gives none.
 *
 * Context: task or softirq. Does not sleep.
 */
void async_tx_cpu_xor(struct page *dst, unsigned int dst_off,
		      struct page **src, const unsigned int *src_off,
		      unsigned int src_cnt, size_t len, bool accumulate)
{
	struct xor_srcs srcs = {
		.page = src,
		.off = src_off,
		.common_off = dst_off,
		.cnt = src_cnt,
		.skip_at = operand_phys(dst, dst_off),
	};
	bool fresh = !accumulate;
	size_t pos, n;
	unsigned int i;

	/*
	 * The destination as a source: leave it out, since the first write
	 * would change it under our feet. It counts itself already if we
	 * accumulate, and two of it cancel out.
	 */
	for (i = 0; i < src_cnt; i++) {
		if (operand_phys(src[i], src_offset(&srcs, i)) == srcs.skip_at) {
			srcs.skip = true;
			fresh = !fresh;
		}
	}

	for (pos = 0; pos < len; pos += n) {
		void *va;

		n = min_t(size_t, len - pos, ASYNC_TX_CPU_CHUNK);
		n = async_tx_reach(dst_off + pos, n);
		va = async_tx_map(dst, dst_off + pos);
		xor_chunk(va, &srcs, pos, n, fresh);
		kunmap_local(va);
	}
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_xor);

/**
 * async_tx_cpu_xor_is_zero - whether blocks add up to zero in GF(2)
 * @src: first page of each block; none is NULL
 * @src_off: byte offset of each block, NULL: all at @off
 * @off: see @src_off
 * @src_cnt: number of blocks, 1 to 255
 * @len: length in bytes, from 1 on, within the folio of every block
 *
 * Reads the blocks only, and no further than the first chunk that differs.
 *
 * Context: task or softirq. Does not sleep.
 * Return: true if every byte of the sum is zero.
 */
bool async_tx_cpu_xor_is_zero(struct page **src, const unsigned int *src_off,
			      unsigned int off, unsigned int src_cnt,
			      size_t len)
{
	const struct xor_srcs srcs = {
		.page = src,
		.off = src_off,
		.common_off = off,
		.cnt = src_cnt,
	};
	bool zero = true;
	size_t pos, n;

	for (pos = 0; zero && pos < len; pos += n) {
		struct async_tx_scratch *scratch = async_tx_scratch_get();

		n = min_t(size_t, len - pos, ASYNC_TX_CPU_CHUNK);
		xor_chunk(scratch->p, &srcs, pos, n, true);
		zero = !memchr_inv(scratch->p, 0, n);
		async_tx_scratch_put();
	}
	return zero;
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_xor_is_zero);
