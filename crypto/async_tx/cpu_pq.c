// SPDX-License-Identifier: GPL-2.0-only
/*
 * P+Q on the CPU: the two parities of RAID-6, computed and checked.
 *
 * Called by the CPU channel, in task context or softirq. With D_0 ... D_{n-1}
 * the sources, P = sum D_i and Q = sum g^i D_i, bytes being elements of
 * GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1 and g = {02} (H. Peter Anvin, "The
 * mathematics of RAID-6", sections 1 and 2). lib/raid6 does the aligned bulk
 * with the best routine for this machine; the rest is done here by Horner's
 * rule, a source at a time. Takes the lock of the per-CPU scratch area.
 */
#include <kunit/visibility.h>
#include <linux/raid/pq.h>
#include <linux/string.h>

#include "cpu.h"

/* Pointer arrays up to this many disks are kept on the stack. */
#define PQ_STACK_DISKS	16

/* Some routines of lib/raid6 fetch a second source without looking. */
#define PQ_BULK_DISKS	4

/* A word with @byte in each of its bytes. */
#define PQ_SPREAD(byte)	((byte) * (~0UL / 0xff))

/* Times g in each byte: shift, and reduce those whose top bit falls out. */
static inline unsigned long pq_times_g(unsigned long v)
{
	unsigned long top = v & PQ_SPREAD(0x80UL);

	return ((v ^ top) << 1) ^ ((top >> 7) * 0x1d);
}

static inline u8 pq_byte_times_g(u8 v)
{
	return (v << 1) ^ ((v >> 7) * 0x1d);
}

/* One step of Horner's rule with a source of zeroes: Q *= g. */
static void pq_step_zero(u8 *q, size_t n)
{
	for (; n >= sizeof(long); n -= sizeof(long), q += sizeof(long)) {
		unsigned long *qw = (unsigned long *)q;

		put_unaligned(pq_times_g(get_unaligned(qw)), qw);
	}
	for (; n; n--, q++)
		*q = pq_byte_times_g(*q);
}

/* One step of Horner's rule: P += D, Q = Q g + D. */
static void pq_step(u8 *p, u8 *q, const u8 *d, size_t n)
{
	for (; n >= sizeof(long); n -= sizeof(long)) {
		unsigned long *pw = (unsigned long *)p;
		unsigned long *qw = (unsigned long *)q;
		unsigned long dw = get_unaligned((const unsigned long *)d);

		put_unaligned(get_unaligned(pw) ^ dw, pw);
		put_unaligned(pq_times_g(get_unaligned(qw)) ^ dw, qw);
		p += sizeof(long);
		q += sizeof(long);
		d += sizeof(long);
	}
	for (; n; n--, p++, q++, d++) {
		*p ^= *d;
		*q = pq_byte_times_g(*q) ^ *d;
	}
}

/**
 * async_tx_pq_horner - P and Q of a chunk, whatever its alignment
 * @blocks: the sources, NULL: zeroes
 * @offs: byte offset of each
 * @srcs: number of sources
 * @skipa: a source that counts as zeroes, or -1
 * @skipb: likewise
 * @pos: bytes to pass over in each source
 * @n: length in bytes, at most ASYNC_TX_CPU_CHUNK
 * @scratch: P and Q are left in there; the caller holds it
 */
void async_tx_pq_horner(struct page **blocks, const unsigned int *offs,
			int srcs, int skipa, int skipb, size_t pos, size_t n,
			struct async_tx_scratch *scratch)
{
	u8 *p = scratch->p, *q = scratch->q;
	int i;

	memset(p, 0, n);
	memset(q, 0, n);
	for (i = srcs - 1; i >= 0; i--) {
		struct async_tx_span s;

		if (!blocks[i] || i == skipa || i == skipb) {
			pq_step_zero(q, n);
			continue;
		}
		for (async_tx_span_first(&s, blocks[i], offs[i] + pos, n);
		     s.len; async_tx_span_next(&s))
			pq_step(p + s.pos, q + s.pos, s.va, s.len);
	}
}

/**
 * async_tx_pq_bulk_ok - whether lib/raid6 can work on these blocks
 * @blocks: first page of each, NULL where there is none
 * @offs: byte offset of each
 * @cnt: how many there are
 *
 * Return: true if so, for the part of the length that is a multiple of
 * ASYNC_TX_CPU_STEP.
 */
bool async_tx_pq_bulk_ok(struct page **blocks, const unsigned int *offs,
			 int cnt)
{
	unsigned int bits = 0;
	int i;

	for (i = 0; i < cnt; i++) {
		if (!blocks[i])
			continue;
		if (PageHighMem(blocks[i]))
			return false;
		bits |= offs[i];
	}
	return IS_ALIGNED(bits, ASYNC_TX_CPU_ALIGN);
}

/* Addresses of the sources; *first and *last frame those that are not NULL. */
static void pq_fill(void **ptrs, struct page **blocks,
		    const unsigned int *offs, int srcs, size_t pos, int *first,
		    int *last)
{
	int i;

	*first = srcs;
	*last = -1;
	for (i = 0; i < srcs; i++) {
		if (!blocks[i]) {
			ptrs[i] = (void *)raid6_empty_zero_page;
			continue;
		}
		ptrs[i] = page_address(blocks[i]) + offs[i] + pos;
		*first = min(*first, i);
		*last = i;
	}
}

/* Has lib/raid6 do it. @scratch may be NULL if both P and Q are wanted. */
static void pq_call(void **ptrs, struct async_tx_scratch *scratch,
		    struct page **blocks, const unsigned int *offs, int disks,
		    size_t pos, size_t n, bool accumulate)
{
	struct page *p = blocks[disks - 2], *q = blocks[disks - 1];
	int first, last;

	pq_fill(ptrs, blocks, offs, disks - 2, pos, &first, &last);
	ptrs[disks - 2] = p ? page_address(p) + offs[disks - 2] + pos :
			      scratch->p;
	ptrs[disks - 1] = q ? page_address(q) + offs[disks - 1] + pos :
			      scratch->q;
	if (!accumulate)
		raid6_call.gen_syndrome(disks, n, ptrs);
	else if (last >= 0)
		raid6_call.xor_syndrome(disks, first, last, n, ptrs);
}

/* A chunk of the kind that async_tx_pq_bulk_ok() speaks of. */
static void pq_bulk(struct page **blocks, const unsigned int *offs, int disks,
		    size_t pos, size_t n, bool accumulate)
{
	struct async_tx_scratch *scratch;

	if (disks <= PQ_STACK_DISKS && blocks[disks - 2] && blocks[disks - 1]) {
		void *few[PQ_STACK_DISKS];

		pq_call(few, NULL, blocks, offs, disks, pos, n, accumulate);
		return;
	}
	scratch = async_tx_scratch_get();
	pq_call(scratch->ptrs, scratch, blocks, offs, disks, pos, n, accumulate);
	async_tx_scratch_put();
}

/* Writes a result that was computed in the scratch area to its operand. */
static void pq_store(struct page *page, unsigned int off, const u8 *buf,
		     size_t n, bool accumulate)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, page, off, n);
	     s.len; async_tx_span_next(&s)) {
		if (accumulate)
			async_tx_xor_words(s.va, buf + s.pos, s.len);
		else
			memcpy(s.va, buf + s.pos, s.len);
	}
}

static bool pq_differs(struct page *page, unsigned int off, const u8 *buf,
		       size_t n)
{
	struct async_tx_span s;
	bool differs = false;

	for (async_tx_span_first(&s, page, off, n);
	     s.len; async_tx_span_next(&s))
		differs |= memcmp(s.va, buf + s.pos, s.len) != 0;
	return differs;
}

static void pq_rest(struct page **blocks, const unsigned int *offs, int disks,
		    size_t pos, size_t n, bool accumulate)
{
	struct page *p = blocks[disks - 2], *q = blocks[disks - 1];
	struct async_tx_scratch *scratch = async_tx_scratch_get();

	async_tx_pq_horner(blocks, offs, disks - 2, -1, -1, pos, n, scratch);
	if (p)
		pq_store(p, offs[disks - 2] + pos, scratch->p, n, accumulate);
	if (q)
		pq_store(q, offs[disks - 1] + pos, scratch->q, n, accumulate);
	async_tx_scratch_put();
}

/**
 * async_tx_cpu_pq - compute the parities of RAID-6
 * @blocks: first page of each source, in the order of their powers of g, NULL
 *	for one of zeroes; then of P and of Q, one of which may be NULL
 * @offs: byte offset of each
 * @disks: number of sources, 1 to 255, plus two
 * @len: length in bytes, from 1 on, within the folio of every operand
 * @accumulate: add to what P and Q hold rather than replace it
 *
 * P and Q overlap neither each other nor a source.
 *
 * Context: task or softirq. Does not sleep.
 */
void async_tx_cpu_pq(struct page **blocks, const unsigned int *offs, int disks,
		     size_t len, bool accumulate)
{
	bool bulk_ok = disks >= PQ_BULK_DISKS &&
		       async_tx_pq_bulk_ok(blocks, offs, disks) &&
		       (!accumulate || raid6_call.xor_syndrome);
	size_t pos, n, bulk;

	for (pos = 0; pos < len; pos += n) {
		n = min_t(size_t, len - pos, ASYNC_TX_CPU_CHUNK);
		bulk = bulk_ok ? round_down(n, ASYNC_TX_CPU_STEP) : 0;
		if (bulk)
			pq_bulk(blocks, offs, disks, pos, bulk, accumulate);
		if (n > bulk)
			pq_rest(blocks, offs, disks, pos + bulk, n - bulk,
				accumulate);
	}
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_pq);

/* P and Q of up to a chunk into the scratch area, sources as they come. */
static void pq_compute(struct page **blocks, const unsigned int *offs,
		       int disks, size_t pos, size_t n, bool bulk_ok,
		       struct async_tx_scratch *scratch)
{
	int first, last;

	if (!bulk_ok || !IS_ALIGNED(n, ASYNC_TX_CPU_STEP)) {
		async_tx_pq_horner(blocks, offs, disks - 2, -1, -1, pos, n,
				   scratch);
		return;
	}
	pq_fill(scratch->ptrs, blocks, offs, disks - 2, pos, &first, &last);
	scratch->ptrs[disks - 2] = scratch->p;
	scratch->ptrs[disks - 1] = scratch->q;
	raid6_call.gen_syndrome(disks, n, scratch->ptrs);
}

/**
 * async_tx_cpu_pq_check - whether P and Q are those of their sources
 * @blocks: as for async_tx_cpu_pq(); a NULL P or Q is not checked
 * @offs: byte offset of each
 * @disks: number of sources, 1 to 255, plus two
 * @len: length in bytes, from 1 on, within the folio of every operand
 *
 * Reads the operands only, and no further than where all is known to be wrong.
 *
 * Context: task or softirq. Does not sleep.
 * Return: SUM_CHECK_P_RESULT if P is wrong, SUM_CHECK_Q_RESULT if Q is, both
 * or'ed, or 0.
 */
enum sum_check_flags async_tx_cpu_pq_check(struct page **blocks,
					   const unsigned int *offs, int disks,
					   size_t len)
{
	struct page *p = blocks[disks - 2], *q = blocks[disks - 1];
	bool bulk_ok = disks >= PQ_BULK_DISKS &&
		       async_tx_pq_bulk_ok(blocks, offs, disks - 2);
	enum sum_check_flags wrong = 0, all = 0;
	size_t pos, n;

	if (p)
		all |= SUM_CHECK_P_RESULT;
	if (q)
		all |= SUM_CHECK_Q_RESULT;

	for (pos = 0; pos < len && wrong != all; pos += n) {
		struct async_tx_scratch *scratch = async_tx_scratch_get();

		n = min_t(size_t, len - pos, ASYNC_TX_CPU_CHUNK);
		if (n > ASYNC_TX_CPU_STEP)
			n = round_down(n, ASYNC_TX_CPU_STEP);
		pq_compute(blocks, offs, disks, pos, n, bulk_ok, scratch);
		if (p && pq_differs(p, offs[disks - 2] + pos, scratch->p, n))
			wrong |= SUM_CHECK_P_RESULT;
		if (q && pq_differs(q, offs[disks - 1] + pos, scratch->q, n))
			wrong |= SUM_CHECK_Q_RESULT;
		async_tx_scratch_put();
	}
	return wrong;
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_pq_check);
