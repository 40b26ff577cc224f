/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arithmetic of the CPU channel: xor, P+Q and RAID-6 recovery over pages.
 *
 * Called by the CPU channel and nobody else, in task context or softirq, never
 * in hardirq nor with interrupts disabled, on any number of CPUs at once.
 * Nothing here sleeps. Results that must not reach an operand, and pointer
 * arrays too big for the stack, live in a per-CPU scratch area that is held
 * with softirqs disabled, for one chunk of an operation at a time.
 *
 * An operand is (first page, byte offset): the offset may exceed PAGE_SIZE
 * within a folio. Any length from 1 byte, any alignment, lowmem or highmem.
 */
#ifndef _ASYNC_TX_CPU_H
#define _ASYNC_TX_CPU_H

#include <linux/bottom_half.h>
#include <linux/dmaengine.h>
#include <linux/highmem.h>
#include <linux/local_lock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/unaligned.h>

/* 255 sources, P and Q. */
#define ASYNC_TX_CPU_MAX_DISKS	257

/*
 * Operations proceed in chunks of this many bytes, so that what one pass
 * writes is still in the L1 cache when the next reads it, and so that softirqs
 * and preemption are held off for microseconds only. At most PAGE_SIZE:
 * lib/raid6 has one page of zeroes to lend.
 */
#define ASYNC_TX_CPU_CHUNK	SZ_4K

/*
 * What the SIMD routines behind xor_blocks() and raid6_call ask for: operands
 * aligned to the widest vector register, lengths that are a multiple of the
 * longest unrolled loop. (None of them handles a remainder.)
 */
#define ASYNC_TX_CPU_ALIGN	64
#define ASYNC_TX_CPU_STEP	512

void async_tx_cpu_xor(struct page *dst, unsigned int dst_off,
		      struct page **src, const unsigned int *src_off,
		      unsigned int src_cnt, size_t len, bool accumulate);
bool async_tx_cpu_xor_is_zero(struct page **src, const unsigned int *src_off,
			      unsigned int off, unsigned int src_cnt,
			      size_t len);
void async_tx_cpu_pq(struct page **blocks, const unsigned int *offs, int disks,
		     size_t len, bool accumulate);
enum sum_check_flags async_tx_cpu_pq_check(struct page **blocks,
					   const unsigned int *offs, int disks,
					   size_t len);
void async_tx_cpu_recov_2data(int disks, size_t len, int faila, int failb,
			      struct page **blocks, const unsigned int *offs);
void async_tx_cpu_recov_datap(int disks, size_t len, int faila,
			      struct page **blocks, const unsigned int *offs);

int async_tx_cpu_init(void);
void async_tx_cpu_exit(void);

/*
 * How many blocks async_tx_cpu_xor_sum() takes: the destination, or the source
 * that replaces it, and what two calls of xor_blocks() (four each) take.
 */
#define ASYNC_TX_CPU_TERMS	9

void async_tx_cpu_xor_sum(void *dst, void **term, unsigned int cnt, size_t n);

/* The rest is for the cpu_*.c files among themselves. */

/**
 * struct async_tx_scratch - one CPU's working memory
 * @p: room for a chunk of a result that resembles P, or for an xor
 * @q: likewise for Q
 * @ptrs: operand addresses, for lib/raid6
 * @lock: taken with softirqs disabled; guards everything in here
 */
struct async_tx_scratch {
	u8 p[ASYNC_TX_CPU_CHUNK] __aligned(ASYNC_TX_CPU_ALIGN);
	u8 q[ASYNC_TX_CPU_CHUNK] __aligned(ASYNC_TX_CPU_ALIGN);
	void *ptrs[ASYNC_TX_CPU_MAX_DISKS];
	local_lock_t lock;
};

extern struct async_tx_scratch __percpu *async_tx_scratch;

static inline struct async_tx_scratch *async_tx_scratch_get(void)
{
	local_bh_disable();
	local_lock_nested_bh(&async_tx_scratch->lock);
	return this_cpu_ptr(async_tx_scratch);
}

static inline void async_tx_scratch_put(void)
{
	local_unlock_nested_bh(&async_tx_scratch->lock);
	local_bh_enable();
}

/* How many of @n bytes from @off on one mapping reaches. */
static inline size_t async_tx_reach(unsigned int off, size_t n)
{
	if (!IS_ENABLED(CONFIG_HIGHMEM))
		return n;
	return min_t(size_t, n, PAGE_SIZE - offset_in_page(off));
}

/* Maps [@off, @off + async_tx_reach()) of a folio; kunmap_local() undoes it. */
static inline void *async_tx_map(struct page *page, unsigned int off)
{
	if (!IS_ENABLED(CONFIG_HIGHMEM))
		return page_address(page) + off;
	return kmap_local_page(nth_page(page, off >> PAGE_SHIFT)) +
		offset_in_page(off);
}

/**
 * struct async_tx_span - the mapped part of an operand, when it is walked over
 * @va: where it is mapped
 * @pos: bytes of the operand before it
 * @len: its length in bytes, 0 when the walk is over
 * @page: first page of the operand
 * @off: byte offset of the operand
 * @total: bytes of the operand
 *
 * for (async_tx_span_first(&s, page, off, n); s.len; async_tx_span_next(&s))
 *
 * Without highmem it is one step. Whoever leaves the loop early has a mapping
 * to undo.
 */
struct async_tx_span {
	void *va;
	size_t pos;
	size_t len;
	struct page *page;
	unsigned int off;
	size_t total;
};

static inline void async_tx_span_map(struct async_tx_span *s)
{
	s->len = async_tx_reach(s->off + s->pos, s->total - s->pos);
	if (s->len)
		s->va = async_tx_map(s->page, s->off + s->pos);
}

static inline void async_tx_span_first(struct async_tx_span *s,
				       struct page *page, unsigned int off,
				       size_t n)
{
	s->pos = 0;
	s->page = page;
	s->off = off;
	s->total = n;
	async_tx_span_map(s);
}

static inline void async_tx_span_next(struct async_tx_span *s)
{
	kunmap_local(s->va);
	s->pos += s->len;
	async_tx_span_map(s);
}

/* dst ^= src over @n bytes, at any alignment. */
static inline void async_tx_xor_words(u8 *dst, const u8 *src, size_t n)
{
	for (; n >= 4 * sizeof(long); n -= 4 * sizeof(long)) {
		unsigned long *d = (unsigned long *)dst;
		const unsigned long *s = (const unsigned long *)src;

		put_unaligned(get_unaligned(d) ^ get_unaligned(s), d);
		put_unaligned(get_unaligned(d + 1) ^ get_unaligned(s + 1), d + 1);
		put_unaligned(get_unaligned(d + 2) ^ get_unaligned(s + 2), d + 2);
		put_unaligned(get_unaligned(d + 3) ^ get_unaligned(s + 3), d + 3);
		dst += 4 * sizeof(long);
		src += 4 * sizeof(long);
	}
	for (; n >= sizeof(long); n -= sizeof(long)) {
		unsigned long *d = (unsigned long *)dst;

		put_unaligned(get_unaligned(d) ^
			      get_unaligned((const unsigned long *)src), d);
		dst += sizeof(long);
		src += sizeof(long);
	}
	while (n--)
		*dst++ ^= *src++;
}

#if IS_ENABLED(CONFIG_ASYNC_PQ)
bool async_tx_pq_bulk_ok(struct page **blocks, const unsigned int *offs,
			 int cnt);
void async_tx_pq_horner(struct page **blocks, const unsigned int *offs,
			int srcs, int skipa, int skipb, size_t pos, size_t n,
			struct async_tx_scratch *scratch);
#endif

#endif /* _ASYNC_TX_CPU_H */
