// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of the CPU kernels (cpu_xor.c, cpu_pq.c, cpu_recov.c).
 *
 * Every folio of a small pool has a shadow that says what it should hold. A
 * case works out the result on the shadows, byte by byte and with a
 * multiplication that uses no table; then it has the kernel under test do the
 * same on the folios, and compares: the result, the bytes around it, and in
 * the end the whole pool, since nothing but destinations may change. On
 * machines with highmem, every other folio is there.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/vmalloc.h>

#include "cpu.h"

#define POOL		21
#define FOLIO_SIZE	(SZ_64K + 3 * PAGE_SIZE)
/* How far around a result stray writes are looked for at once. */
#define GUARD		256

static struct {
	struct page *page[POOL];
	u8 *shadow[POOL];
	struct rnd_state rnd;
	/* A case's operands: which folios they are in, and where. */
	unsigned int which[ASYNC_TX_CPU_MAX_DISKS];
	struct page *blocks[ASYNC_TX_CPU_MAX_DISKS];
	unsigned int offs[ASYNC_TX_CPU_MAX_DISKS];
	u8 sum[SZ_64K], q[SZ_64K];
} pool;

static unsigned int below(unsigned int limit)
{
	return prandom_u32_state(&pool.rnd) % limit;
}

/* Access to folios that may be in highmem. */
static void folio_put_bytes(unsigned int w, unsigned int off, const u8 *buf,
			    size_t n)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, pool.page[w], off, n);
	     s.len; async_tx_span_next(&s))
		memcpy(s.va, buf + s.pos, s.len);
}

static bool folio_is(unsigned int w, unsigned int off, size_t n)
{
	struct async_tx_span s;
	bool same = true;

	for (async_tx_span_first(&s, pool.page[w], off, n);
	     s.len; async_tx_span_next(&s))
		same &= !memcmp(s.va, pool.shadow[w] + off + s.pos, s.len);
	return same;
}

/* A result of @n bytes at @off, and what is around it. */
static bool folio_is_around(unsigned int w, unsigned int off, size_t n)
{
	unsigned int from = off - min_t(unsigned int, off, GUARD);
	size_t to = min_t(size_t, off + n + GUARD, FOLIO_SIZE);

	return folio_is(w, from, to - from);
}

static bool pool_is_intact(void)
{
	bool same = true;
	unsigned int w;

	for (w = 0; w < POOL; w++)
		same &= folio_is(w, 0, FOLIO_SIZE);
	return same;
}

/* The shadow's bytes to the folio. */
static void pool_sync(unsigned int w, unsigned int off, size_t n)
{
	folio_put_bytes(w, off, pool.shadow[w] + off, n);
}

static void pool_flip(unsigned int w, unsigned int off)
{
	pool.shadow[w][off] ^= 1 + below(255);
	pool_sync(w, off, 1);
}

static u8 *shadow_of(unsigned int i)
{
	return pool.shadow[pool.which[i]] + pool.offs[i];
}

static void set_operand(unsigned int i, unsigned int w, unsigned int off)
{
	pool.which[i] = w;
	pool.blocks[i] = pool.page[w];
	pool.offs[i] = off;
}

/* Operands @from on, anywhere but in the folios below @reserved. */
static void set_sources(unsigned int from, unsigned int cnt,
			unsigned int reserved, unsigned int off, bool mixed)
{
	unsigned int i;

	for (i = from; i < from + cnt; i++)
		set_operand(i, reserved + below(POOL - reserved),
			    mixed ? off + below(PAGE_SIZE) : off);
}

/* The plain reference. */
static u8 ref_mul(u8 a, u8 b)
{
	u8 sum = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			sum ^= a;
		a = a & 0x80 ? (a << 1) ^ 0x1d : a << 1;
	}
	return sum;
}

static void ref_xor(unsigned int from, unsigned int cnt, size_t len)
{
	unsigned int i;
	size_t k;

	memset(pool.sum, 0, len);
	for (i = from; i < from + cnt; i++)
		for (k = 0; k < len; k++)
			pool.sum[k] ^= shadow_of(i)[k];
}

static void ref_pq(int srcs, size_t len)
{
	u8 g = 1;
	size_t k;
	int i;

	memset(pool.sum, 0, len);
	memset(pool.q, 0, len);
	for (i = 0; i < srcs; i++, g = ref_mul(g, 2)) {
		if (!pool.blocks[i])
			continue;
		for (k = 0; k < len; k++) {
			pool.sum[k] ^= shadow_of(i)[k];
			pool.q[k] ^= ref_mul(shadow_of(i)[k], g);
		}
	}
}

/* shadow = (or ^=) a result of the reference */
static void shadow_result(unsigned int i, const u8 *result, size_t len,
			  bool accumulate)
{
	u8 *to = shadow_of(i);
	size_t k;

	for (k = 0; k < len; k++)
		to[k] = (accumulate ? to[k] : 0) ^ result[k];
}

static void shadow_result_sync(unsigned int i, const u8 *result, size_t len)
{
	shadow_result(i, result, len, false);
	pool_sync(pool.which[i], pool.offs[i], len);
}

static const size_t cpu_lens[] = {
	1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, 127, 128, 255, 256,
	257, 511, 512, 513, 1000, 1024, 1536, 2047, 4095, 4096, 4097, 4607,
	4608, 8191, 8192, 12345, 16384, 32768, 65535, 65536,
};

/* The last ones: beyond a page, and across a page boundary soon. */
static const unsigned int cpu_offs[] = {
	0, 1, 3, 8, 16, 63, 64, 512, PAGE_SIZE - 64, PAGE_SIZE - 5, PAGE_SIZE,
	PAGE_SIZE + 1, PAGE_SIZE + 192,
};

static void len_to_desc(const size_t *len, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *len);
}

KUNIT_ARRAY_PARAM(cpu_len, cpu_lens, len_to_desc);

/* Counts that are worth their time at that length. */
static const unsigned int few_counts[] = { 1, 2, 4, 5, 6, 9, 32 };

static void check_xor(struct kunit *test, unsigned int cnt, unsigned int off,
		      size_t len, bool mixed, bool accumulate)
{
	set_operand(0, below(4), off);
	set_sources(1, cnt, 4, off, mixed);

	ref_xor(1, cnt, len);
	shadow_result(0, pool.sum, len, accumulate);
	async_tx_cpu_xor(pool.blocks[0], off, pool.blocks + 1,
			 mixed ? pool.offs + 1 : NULL, cnt, len, accumulate);
	KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(pool.which[0], off, len),
			      "%u sources of %zu bytes at %u%s%s", cnt, len,
			      off, mixed ? ", mixed" : "",
			      accumulate ? ", accumulated" : "");
}

static void xor_test(struct kunit *test)
{
	size_t len = *(const size_t *)test->param_value;
	bool all = len <= 513;
	unsigned int i, o, cnt, variant;

	for (o = 0; o < ARRAY_SIZE(cpu_offs); o++) {
		for (i = 0; i < (all ? 32 : ARRAY_SIZE(few_counts)); i++) {
			cnt = all ? i + 1 : few_counts[i];
			for (variant = 0; variant < 4; variant++)
				check_xor(test, cnt, cpu_offs[o], len,
					  variant & 1, variant & 2);
		}
	}
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static void xor_many_sources_test(struct kunit *test)
{
	unsigned int cnt;

	for (cnt = 1; cnt <= 255; cnt++) {
		check_xor(test, cnt, 0, 1543, false, false);
		check_xor(test, cnt, 64, 1543, false, true);
	}
	check_xor(test, 255, 0, SZ_64K, true, false);
	check_xor(test, 255, 0, SZ_64K, false, true);
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

/* The destination is among the sources wherever the mask has a bit. */
static void check_xor_alias(struct kunit *test, unsigned int cnt,
			    unsigned int mask, unsigned int off, size_t len,
			    bool accumulate, bool other_name)
{
	unsigned int i;

	set_operand(0, below(4), off);
	set_sources(1, cnt, 4, off, true);
	for (i = 0; i < cnt; i++)
		if (mask & BIT(i))
			set_operand(1 + i, pool.which[0], off);

	ref_xor(1, cnt, len);
	shadow_result(0, pool.sum, len, accumulate);
	for (i = 0; other_name && i < cnt; i++) {
		if (mask & BIT(i)) {
			pool.blocks[1 + i] = nth_page(pool.blocks[0],
						      off / PAGE_SIZE);
			pool.offs[1 + i] = offset_in_page(off);
		}
	}
	async_tx_cpu_xor(pool.blocks[0], off, pool.blocks + 1, pool.offs + 1,
			 cnt, len, accumulate);
	KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(pool.which[0], off, len),
			      "%u sources of %zu bytes at %u, mask %x%s", cnt,
			      len, off, mask,
			      accumulate ? ", accumulated" : "");
}

static void xor_dst_is_source_test(struct kunit *test)
{
	static const size_t lens[] = { 1, 63, 512, 4096, 9999 };
	unsigned int i, cnt, mask;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		for (cnt = 1; cnt <= 7; cnt++) {
			for (mask = 1; mask < BIT(cnt); mask++) {
				check_xor_alias(test, cnt, mask, 0, lens[i],
						false, false);
				check_xor_alias(test, cnt, mask, 65, lens[i],
						true, false);
				check_xor_alias(test, cnt, mask,
						PAGE_SIZE + 128, lens[i],
						mask & 1, true);
			}
		}
	}
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static void xor_same_source_twice_test(struct kunit *test)
{
	unsigned int cnt, i;

	for (cnt = 1; cnt <= 12; cnt++) {
		set_operand(0, 0, 128);
		for (i = 0; i < cnt; i++)
			set_operand(1 + i, 4, 128);
		ref_xor(1, cnt, 5000);
		shadow_result(0, pool.sum, 5000, false);
		async_tx_cpu_xor(pool.blocks[0], 128, pool.blocks + 1, NULL,
				 cnt, 5000, false);
		KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(0, 128, 5000),
				      "%u times the same", cnt);
	}
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static bool xor_is_zero(unsigned int cnt, unsigned int off, size_t len,
			bool mixed)
{
	return async_tx_cpu_xor_is_zero(pool.blocks, mixed ? pool.offs : NULL,
					off, cnt, len);
}

static void check_xor_is_zero(struct kunit *test, unsigned int cnt,
			      unsigned int off, size_t len, bool mixed)
{
	const size_t where[] = { 0, len - 1, below(len) };
	unsigned int i, victim;

	/* Operand 0 is the sum of the others. */
	set_operand(0, below(4), off);
	set_sources(1, cnt - 1, 4, off, mixed);
	ref_xor(1, cnt - 1, len);
	shadow_result_sync(0, pool.sum, len);

	KUNIT_ASSERT_TRUE_MSG(test, xor_is_zero(cnt, off, len, mixed),
			      "%u blocks of %zu bytes at %u", cnt, len, off);

	pool_flip(pool.which[0], off + len);
	if (off)
		pool_flip(pool.which[0], off - 1);
	KUNIT_ASSERT_TRUE_MSG(test, xor_is_zero(cnt, off, len, mixed),
			      "%u blocks of %zu bytes at %u, wrong outside",
			      cnt, len, off);

	for (i = 0; i < ARRAY_SIZE(where); i++) {
		victim = pool.offs[0] + where[i];
		pool_flip(pool.which[0], victim);
		KUNIT_ASSERT_FALSE_MSG(test, xor_is_zero(cnt, off, len, mixed),
				       "%u blocks of %zu bytes at %u, wrong at %zu",
				       cnt, len, off, where[i]);
		pool.shadow[pool.which[0]][victim] = pool.sum[where[i]];
		pool_sync(pool.which[0], victim, 1);
	}
}

static void xor_is_zero_test(struct kunit *test)
{
	size_t len = *(const size_t *)test->param_value;
	unsigned int i, o;

	for (o = 0; o < ARRAY_SIZE(cpu_offs); o++) {
		for (i = 0; i < ARRAY_SIZE(few_counts); i++) {
			check_xor_is_zero(test, few_counts[i], cpu_offs[o], len,
					  false);
			check_xor_is_zero(test, few_counts[i], cpu_offs[o], len,
					  true);
		}
	}
	check_xor_is_zero(test, 255, 0, min_t(size_t, len, 4097), false);
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

enum {
	PQ_MIXED = BIT(0),	/* offsets differ */
	PQ_HOLES = BIT(1),	/* some sources are NULL */
	PQ_ADD = BIT(2),	/* accumulate */
	PQ_NO_P = BIT(3),
	PQ_NO_Q = BIT(4),
	PQ_VARIANTS = BIT(5),
};

/* P in one of folios 0 and 1, Q in 2 or 3, sources elsewhere. */
static void set_pq(int srcs, unsigned int off, unsigned int variant)
{
	int i;

	set_sources(0, srcs, 4, off, variant & PQ_MIXED);
	for (i = 0; (variant & PQ_HOLES) && i < srcs; i++)
		if (!below(3))
			pool.blocks[i] = NULL;
	set_operand(srcs, below(2), off);
	set_operand(srcs + 1, 2 + below(2), off);
}

static void check_pq(struct kunit *test, int srcs, unsigned int off, size_t len,
		     unsigned int variant)
{
	bool add = variant & PQ_ADD;

	set_pq(srcs, off, variant);
	ref_pq(srcs, len);
	if (variant & PQ_NO_P)
		pool.blocks[srcs] = NULL;
	else
		shadow_result(srcs, pool.sum, len, add);
	if (variant & PQ_NO_Q)
		pool.blocks[srcs + 1] = NULL;
	else
		shadow_result(srcs + 1, pool.q, len, add);

	async_tx_cpu_pq(pool.blocks, pool.offs, srcs + 2, len, add);
	KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(pool.which[srcs], off, len),
			      "P of %d sources of %zu bytes at %u, variant %x",
			      srcs, len, off, variant);
	KUNIT_ASSERT_TRUE_MSG(test,
			      folio_is_around(pool.which[srcs + 1], off, len),
			      "Q of %d sources of %zu bytes at %u, variant %x",
			      srcs, len, off, variant);
}

static bool both_missing(unsigned int variant)
{
	return (variant & PQ_NO_P) && (variant & PQ_NO_Q);
}

static const int pq_counts[] = { 1, 2, 3, 4, 6, 14, 15 };

static void pq_test(struct kunit *test)
{
	size_t len = *(const size_t *)test->param_value;
	/* All variants of a short one; a sample of them of a long one. */
	unsigned int i, o, variant, stride = 1 + len / 1024;

	for (o = 0; o < ARRAY_SIZE(cpu_offs); o++) {
		for (i = 0; i < ARRAY_SIZE(pq_counts); i++) {
			for (variant = below(stride); variant < PQ_VARIANTS;
			     variant += stride)
				if (!both_missing(variant))
					check_pq(test, pq_counts[i],
						 cpu_offs[o], len, variant);
		}
	}
	for (variant = 0; variant < PQ_VARIANTS; variant++)
		if (!both_missing(variant))
			check_pq(test, 5, 0, len, variant);
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static void pq_many_sources_test(struct kunit *test)
{
	static const int counts[] = {
		16, 17, 30, 31, 32, 33, 64, 127, 128, 200, 253, 254, 255
	};
	unsigned int i, variant;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		for (variant = 0; variant < PQ_VARIANTS; variant++)
			if (!both_missing(variant))
				check_pq(test, counts[i],
					 cpu_offs[below(ARRAY_SIZE(cpu_offs))],
					 513, variant);
		check_pq(test, counts[i], 64, 1025, 0);
		check_pq(test, counts[i], 0, 1024, PQ_ADD | PQ_HOLES);
	}
	check_pq(test, 254, 128, 4097, 0);
	check_pq(test, 255, 0, 8192, PQ_ADD);
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static void pq_without_data_test(struct kunit *test)
{
	unsigned int i, variant;

	for (variant = 0; variant <= PQ_ADD; variant += PQ_ADD) {
		set_pq(6, 64, variant);
		for (i = 0; i < 6; i++)
			pool.blocks[i] = NULL;
		ref_pq(6, 3000);
		shadow_result(6, pool.sum, 3000, variant);
		shadow_result(7, pool.q, 3000, variant);
		async_tx_cpu_pq(pool.blocks, pool.offs, 8, 3000, variant);
		KUNIT_EXPECT_TRUE(test, pool_is_intact());
	}
}

static void check_pq_check(struct kunit *test, int srcs, unsigned int off,
			   size_t len, unsigned int variant)
{
	const unsigned int all = SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT;
	unsigned int bad, missing, expect, at;

	set_pq(srcs, off, variant);
	ref_pq(srcs, len);
	shadow_result_sync(srcs, pool.sum, len);
	shadow_result_sync(srcs + 1, pool.q, len);
	pool_flip(pool.which[srcs], off + len);
	pool_flip(pool.which[srcs + 1], off + len);

	for (bad = 0; bad <= all; bad++) {
		at = off + (bad & 1 ? below(len) : len - 1);
		if (bad & SUM_CHECK_P_RESULT)
			pool_flip(pool.which[srcs], at);
		if (bad & SUM_CHECK_Q_RESULT)
			pool_flip(pool.which[srcs + 1], off + below(len));
		for (missing = 0; missing <= all; missing++) {
			pool.blocks[srcs] = missing & SUM_CHECK_P_RESULT ?
				NULL : pool.page[pool.which[srcs]];
			pool.blocks[srcs + 1] = missing & SUM_CHECK_Q_RESULT ?
				NULL : pool.page[pool.which[srcs + 1]];
			expect = bad & ~missing;
			KUNIT_ASSERT_EQ_MSG(test, expect,
					    async_tx_cpu_pq_check(pool.blocks,
								  pool.offs,
								  srcs + 2,
								  len),
					    "%d sources of %zu bytes at %u, variant %x",
					    srcs, len, off, variant);
		}
		shadow_result_sync(srcs, pool.sum, len);
		shadow_result_sync(srcs + 1, pool.q, len);
	}
}

static void pq_check_test(struct kunit *test)
{
	size_t len = *(const size_t *)test->param_value;
	unsigned int i, o, variant;

	for (o = 0; o < ARRAY_SIZE(cpu_offs); o++) {
		for (i = 0; i < ARRAY_SIZE(pq_counts); i++) {
			variant = below(PQ_HOLES + PQ_MIXED + 1);
			check_pq_check(test, pq_counts[i], cpu_offs[o], len,
				       variant);
		}
	}
	check_pq_check(test, 255, 0, min_t(size_t, len, 2049), 0);
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

/* Sources that are written must not be somebody else's, too. */
static void set_recov(int srcs, int x, int y, unsigned int off,
		      unsigned int variant)
{
	set_sources(0, srcs, 6, off, variant & PQ_MIXED);
	for (int i = 0; (variant & PQ_HOLES) && i < srcs; i++)
		if (!below(3))
			pool.blocks[i] = NULL;
	set_operand(x, 4, off);
	if (y >= 0)
		set_operand(y, 5, off);
	set_operand(srcs, below(2), off);
	set_operand(srcs + 1, 2 + below(2), off);
}

/* What is lost is lost: the folio's bytes differ from the shadow's. */
static void lose(unsigned int i, size_t len)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, pool.blocks[i], pool.offs[i], len);
	     s.len; async_tx_span_next(&s))
		memset(s.va, below(256), s.len);
}

static void check_recov(struct kunit *test, int srcs, int x, int y,
			unsigned int off, size_t len, unsigned int variant)
{
	set_recov(srcs, x, y, off, variant);
	ref_pq(srcs, len);
	shadow_result_sync(srcs, pool.sum, len);
	shadow_result_sync(srcs + 1, pool.q, len);

	lose(x, len);
	lose(y >= 0 ? y : srcs, len);
	if (y >= 0)
		async_tx_cpu_recov_2data(srcs + 2, len, x, y, pool.blocks,
					 pool.offs);
	else
		async_tx_cpu_recov_datap(srcs + 2, len, x, pool.blocks,
					 pool.offs);

	KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(4, off, len),
			      "%d of %d sources of %zu bytes at %u, with %d",
			      x, srcs, len, off, y);
	KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(5, off, len),
			      "%d of %d sources of %zu bytes at %u, with %d",
			      y, srcs, len, off, x);
	KUNIT_ASSERT_TRUE_MSG(test, folio_is_around(pool.which[srcs], off, len),
			      "P of %d sources of %zu bytes at %u, with %d",
			      srcs, len, off, x);
}

static void recov_test(struct kunit *test)
{
	static const int counts[] = { 2, 3, 4, 14, 15 };
	size_t len = *(const size_t *)test->param_value;
	unsigned int i, o, off;
	int srcs, x, y;

	for (o = 0; o < ARRAY_SIZE(cpu_offs); o++) {
		off = cpu_offs[o];
		for (i = 0; i < ARRAY_SIZE(counts); i++) {
			srcs = counts[i];
			x = below(srcs);
			y = (x + 1 + below(srcs - 1)) % srcs;
			check_recov(test, srcs, x, y, off, len, 0);
			check_recov(test, srcs, y, x, off, len,
				    PQ_MIXED | PQ_HOLES);
			check_recov(test, srcs, x, -1, off, len, 0);
			check_recov(test, srcs, y, -1, off, len,
				    PQ_MIXED | PQ_HOLES);
		}
		check_recov(test, 1, 0, -1, off, len, 0);
	}
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static void recov_all_pairs_test(struct kunit *test)
{
	static const int counts[] = { 2, 3, 6, 16, 33 };
	unsigned int i;
	int x, y;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		for (x = 0; x < counts[i]; x++)
			for (y = -1; y < counts[i]; y++)
				if (y != x)
					check_recov(test, counts[i], x, y, 0,
						    523, 0);
	}
	for (x = 0; x < 255; x++) {
		check_recov(test, 255, x, (x + 1 + below(254)) % 255, 0, 520,
			    PQ_HOLES);
		check_recov(test, 255, x, -1, 0, 520, 0);
	}
	KUNIT_EXPECT_TRUE(test, pool_is_intact());
}

static struct kunit_case async_tx_cpu_cases[] = {
	KUNIT_CASE_PARAM(xor_test, cpu_len_gen_params),
	KUNIT_CASE(xor_many_sources_test),
	KUNIT_CASE(xor_dst_is_source_test),
	KUNIT_CASE(xor_same_source_twice_test),
	KUNIT_CASE_PARAM(xor_is_zero_test, cpu_len_gen_params),
	KUNIT_CASE_PARAM(pq_test, cpu_len_gen_params),
	KUNIT_CASE(pq_many_sources_test),
	KUNIT_CASE(pq_without_data_test),
	KUNIT_CASE_PARAM(pq_check_test, cpu_len_gen_params),
	KUNIT_CASE_PARAM(recov_test, cpu_len_gen_params),
	KUNIT_CASE(recov_all_pairs_test),
	{}
};

/* The same data in every run, so that a failure can be looked at again. */
static int async_tx_cpu_case_init(struct kunit *test)
{
	unsigned int w;

	prandom_seed_state(&pool.rnd, 0x6a09e667f3bcc908ULL);
	for (w = 0; w < POOL; w++) {
		prandom_bytes_state(&pool.rnd, pool.shadow[w], FOLIO_SIZE);
		pool_sync(w, 0, FOLIO_SIZE);
	}
	return 0;
}

static void async_tx_cpu_suite_exit(struct kunit_suite *suite)
{
	unsigned int w;

	for (w = 0; w < POOL; w++) {
		if (pool.page[w])
			__free_pages(pool.page[w], get_order(FOLIO_SIZE));
		vfree(pool.shadow[w]);
		pool.page[w] = NULL;
		pool.shadow[w] = NULL;
	}
}

static int async_tx_cpu_suite_init(struct kunit_suite *suite)
{
	unsigned int w;

	for (w = 0; w < POOL; w++) {
		gfp_t gfp = w & 1 ? GFP_HIGHUSER : GFP_KERNEL;

		pool.page[w] = alloc_pages(gfp | __GFP_COMP,
					   get_order(FOLIO_SIZE));
		pool.shadow[w] = vmalloc(FOLIO_SIZE);
		if (!pool.page[w] || !pool.shadow[w]) {
			async_tx_cpu_suite_exit(suite);
			return -ENOMEM;
		}
	}
	return 0;
}

static struct kunit_suite async_tx_cpu_suite = {
	.name = "async_tx_cpu",
	.suite_init = async_tx_cpu_suite_init,
	.suite_exit = async_tx_cpu_suite_exit,
	.init = async_tx_cpu_case_init,
	.test_cases = async_tx_cpu_cases,
};

kunit_test_suite(async_tx_cpu_suite);

MODULE_DESCRIPTION("KUnit suite of async_tx's CPU kernels");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
