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

/*
 * Up to this length, one pass of words over all terms takes less time than to
 * copy the first, and then to pass over the destination with vectors.
 */
#define XOR_WORDS_LEN	SZ_1K

static inline unsigned long load_word(const void *block, size_t at)
{
	return get_unaligned((const unsigned long *)(block + at));
}

static inline void store_word(unsigned long word, void *block, size_t at)
{
	put_unaligned(word, (unsigned long *)(block + at));
}

/*
 * As xor_words(), but @cnt is a constant, so that with the loops unrolled the
 * addresses stay in registers; less than two words are left over. Both words
 * are loaded before either is stored, since a term may be dst.
 */
static __always_inline size_t sum_words(void *dst, void **term,
					unsigned int cnt, size_t at, size_t n)
{
	const size_t word = sizeof(long);
	const void *block[ASYNC_TX_CPU_TERMS];
	unsigned int i;

#pragma GCC unroll 9
	for (i = 0; i < cnt; i++)
		block[i] = term[i];

	for (; at + 2 * word <= n; at += 2 * word) {
		unsigned long v = load_word(block[0], at);
		unsigned long w = load_word(block[0], at + word);

#pragma GCC unroll 9
		for (i = 1; i < cnt; i++) {
			v ^= load_word(block[i], at);
			w ^= load_word(block[i], at + word);
		}
		store_word(v, dst, at);
		store_word(w, dst, at + word);
	}
	return at;
}

static size_t sum_few_words(void *dst, void **term, unsigned int cnt,
			    size_t at, size_t n)
{
	switch (cnt) {
	case 1:
		return sum_words(dst, term, 1, at, n);
	case 2:
		return sum_words(dst, term, 2, at, n);
	case 3:
		return sum_words(dst, term, 3, at, n);
	case 4:
		return sum_words(dst, term, 4, at, n);
	case 5:
		return sum_words(dst, term, 5, at, n);
	case 6:
		return sum_words(dst, term, 6, at, n);
	case 7:
		return sum_words(dst, term, 7, at, n);
	case 8:
		return sum_words(dst, term, 8, at, n);
	case ASYNC_TX_CPU_TERMS:
		return sum_words(dst, term, ASYNC_TX_CPU_TERMS, at, n);
	}
	return at;
}

/* dst = the sum of the terms, from byte @at to byte @n of them. */
static void xor_words(void *dst, void **term, unsigned int cnt, size_t at,
		      size_t n)
{
	unsigned int i;

	for (at = sum_few_words(dst, term, cnt, at, n); at < n; at++) {
		u8 sum = 0;

		for (i = 0; i < cnt; i++)
			sum ^= ((const u8 *)term[i])[at];
		((u8 *)dst)[at] = sum;
	}
}

/**
 * async_tx_cpu_xor_sum - add up a few blocks that are mapped
 * @dst: where the sum goes
 * @term: the blocks; the first may be @dst, no other overlaps it
 * @cnt: number of blocks, 1 to ASYNC_TX_CPU_TERMS
 * @n: length in bytes, 1 to ASYNC_TX_CPU_CHUNK
 *
 * Context: task or softirq. Does not sleep.
 */
void async_tx_cpu_xor_sum(void *dst, void **term, unsigned int cnt, size_t n)
{
	unsigned long addr = (unsigned long)dst;
	size_t bulk = 0;
	unsigned int i;

	if (n > XOR_WORDS_LEN || term[0] == dst) {
		for (i = 0; i < cnt; i++)
			addr |= (unsigned long)term[i];
		if (IS_ALIGNED(addr, ASYNC_TX_CPU_ALIGN))
			bulk = round_down(n, ASYNC_TX_CPU_STEP);
	}
	if (bulk) {
		/* It is at most that: said, to have the copy expanded here. */
		bulk = min_t(size_t, bulk, ASYNC_TX_CPU_CHUNK);
		if (term[0] != dst)
			memcpy(dst, term[0], bulk);
		for (i = 1; i < cnt; i += MAX_XOR_BLOCKS)
			xor_blocks(min(cnt - i, MAX_XOR_BLOCKS), bulk, dst,
				   term + i);
	}
	if (bulk < n)
		xor_words(dst, term, cnt, bulk, n);
}

/* One highmem source: dst ^= it, or dst = it when @fresh. */
static void xor_highmem(void *dst, struct page *page, unsigned int off,
			size_t n, bool fresh)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, page, off, n); s.len; async_tx_span_next(&s)) {
		void *term[] = { dst + s.pos, s.va };

		async_tx_cpu_xor_sum(term[0], fresh ? term + 1 : term,
				     fresh ? 1 : 2, s.len);
	}
}

/* Whether two operands are the same memory, by whatever page of a folio. */
static inline bool same_operand(struct page *a, unsigned int a_off,
				struct page *b, unsigned int b_off)
{
	int pages = (int)(b_off - a_off) >> PAGE_SHIFT;

	return !offset_in_page(a_off ^ b_off) && a == nth_page(b, pages);
}

/**
 * struct xor_srcs - the sources of an xor
 * @page: first page of each
 * @off: byte offset of each, NULL: @common_off for all
 * @common_off: see @off
 * @cnt: how many there are
 * @skip: first page of what to leave out, the destination itself; or NULL
 * @skip_off: byte offset of it
 */
struct xor_srcs {
	struct page **page;
	const unsigned int *off;
	unsigned int common_off;
	unsigned int cnt;
	struct page *skip;
	unsigned int skip_off;
};

static inline unsigned int src_offset(const struct xor_srcs *srcs,
				      unsigned int i)
{
	return srcs->off ? srcs->off[i] : srcs->common_off;
}

/* dst = the sum of the sources' @n bytes from @pos on; dst ^= it unless @fresh. */
static void xor_chunk(void *dst, const struct xor_srcs *srcs, size_t pos,
		      size_t n, bool fresh)
{
	struct page *skip = srcs->skip;
	void *term[ASYNC_TX_CPU_TERMS];
	unsigned int fill = 0;
	unsigned int i;

	if (!fresh)
		term[fill++] = dst;

	for (i = 0; i < srcs->cnt; i++) {
		struct page *page = srcs->page[i];
		unsigned int off = src_offset(srcs, i);

		if (skip && same_operand(page, off, skip, srcs->skip_off))
			continue;

		if (PageHighMem(page)) {
			if (fill)
				async_tx_cpu_xor_sum(dst, term, fill, n);
			xor_highmem(dst, page, off + pos, n, !fill);
		} else {
			term[fill++] = page_address(page) + off + pos;
			if (fill < ASYNC_TX_CPU_TERMS)
				continue;
			async_tx_cpu_xor_sum(dst, term, fill, n);
		}
		term[0] = dst;
		fill = 1;
	}
	if (!fill)
		memset(dst, 0, n);
	else if (fill > 1 || term[0] != dst)
		async_tx_cpu_xor_sum(dst, term, fill, n);
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
		.skip_off = dst_off,
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
		if (same_operand(src[i], src_offset(&srcs, i), dst, dst_off)) {
			srcs.skip = dst;
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
