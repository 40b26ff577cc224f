// SPDX-License-Identifier: GPL-2.0-only
/*
 * RAID-6 recovery on the CPU: two lost data blocks, or one and P.
 *
 * Called by the CPU channel, in task context or softirq. lib/raid6 does the
 * aligned bulk; the rest is done here with its multiplication tables, by the
 * formulas of H. Peter Anvin, "The mathematics of RAID-6", section 4. Takes the
 * lock of the per-CPU scratch area.
 */
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/raid/pq.h>
#include <linux/string.h>

#include "cpu.h"

/* Pointer arrays up to this many disks are kept on the stack. */
#define RECOV_STACK_DISKS	16

/**
 * struct recov - what to recover
 * @blocks: first page of each source, of P and of Q
 * @offs: byte offset of each
 * @disks: number of all these
 * @x: the first lost source
 * @y: the second, above @x, or -1: P is lost
 */
struct recov {
	struct page **blocks;
	const unsigned int *offs;
	int disks;
	int x, y;
};

static void recov_call(void **ptrs, const struct recov *r, size_t pos, size_t n)
{
	int i;

	for (i = 0; i < r->disks; i++)
		ptrs[i] = r->blocks[i] ?
			  page_address(r->blocks[i]) + r->offs[i] + pos :
			  (void *)raid6_empty_zero_page;
	if (r->y >= 0)
		raid6_2data_recov(r->disks, n, r->x, r->y, ptrs);
	else
		raid6_datap_recov(r->disks, n, r->x, ptrs);
}

/* A chunk of the kind that async_tx_pq_bulk_ok() speaks of. */
static void recov_bulk(const struct recov *r, size_t pos, size_t n)
{
	if (r->disks <= RECOV_STACK_DISKS) {
		void *few[RECOV_STACK_DISKS];

		recov_call(few, r, pos, n);
		return;
	}
	recov_call(async_tx_scratch_get()->ptrs, r, pos, n);
	async_tx_scratch_put();
}

/* buf += a block */
static void recov_add(u8 *buf, const struct recov *r, int i, size_t pos,
		      size_t n)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, r->blocks[i], r->offs[i] + pos, n);
	     s.len; async_tx_span_next(&s))
		async_tx_xor_words(buf + s.pos, s.va, s.len);
}

static void recov_store(const struct recov *r, int i, size_t pos,
			const u8 *buf, size_t n)
{
	struct async_tx_span s;

	for (async_tx_span_first(&s, r->blocks[i], r->offs[i] + pos, n);
	     s.len; async_tx_span_next(&s))
		memcpy(s.va, buf + s.pos, s.len);
}

/*
 * With Pxy and Qxy the parities of what is left, and d = P + Pxy, e = Q + Qxy:
 *	Dx = A d + B e, Dy = d + Dx, where
 *	A = g^(y-x) / (g^(y-x) + 1) and B = g^(-x) / (g^(y-x) + 1),
 * which is B = 1 / (g^x + g^y) and A = g^y B.
 */
static void recov_rest_2data(const struct recov *r, size_t pos, size_t n)
{
	u8 b = raid6_gfinv[raid6_gfexp[r->x] ^ raid6_gfexp[r->y]];
	const u8 *times_a = raid6_gfmul[raid6_gfmul[raid6_gfexp[r->y]][b]];
	const u8 *times_b = raid6_gfmul[b];
	struct async_tx_scratch *scratch = async_tx_scratch_get();
	u8 *d = scratch->p, *e = scratch->q;
	size_t i;

	async_tx_pq_horner(r->blocks, r->offs, r->disks - 2, r->x, r->y, pos, n,
			   scratch);
	recov_add(d, r, r->disks - 2, pos, n);
	recov_add(e, r, r->disks - 1, pos, n);
	for (i = 0; i < n; i++) {
		e[i] = times_a[d[i]] ^ times_b[e[i]];
		d[i] ^= e[i];
	}
	recov_store(r, r->x, pos, e, n);
	recov_store(r, r->y, pos, d, n);
	async_tx_scratch_put();
}

/*
 * With Px and Qx the parities of what is left: Dx = (Q + Qx) / g^x and
 * P = Px + Dx.
 */
static void recov_rest_datap(const struct recov *r, size_t pos, size_t n)
{
	const u8 *over_gx = raid6_gfmul[raid6_gfinv[raid6_gfexp[r->x]]];
	struct async_tx_scratch *scratch = async_tx_scratch_get();
	u8 *p = scratch->p, *e = scratch->q;
	size_t i;

	async_tx_pq_horner(r->blocks, r->offs, r->disks - 2, r->x, -1, pos, n,
			   scratch);
	recov_add(e, r, r->disks - 1, pos, n);
	for (i = 0; i < n; i++) {
		e[i] = over_gx[e[i]];
		p[i] ^= e[i];
	}
	recov_store(r, r->x, pos, e, n);
	recov_store(r, r->disks - 2, pos, p, n);
	async_tx_scratch_put();
}

static void recov_run(const struct recov *r, size_t len)
{
	/* lib/raid6 wants two sources at least, be they lost. */
	bool bulk_ok = r->disks >= 4 &&
		       async_tx_pq_bulk_ok(r->blocks, r->offs, r->disks);
	size_t pos, n, bulk;

	for (pos = 0; pos < len; pos += n) {
		n = min_t(size_t, len - pos, ASYNC_TX_CPU_CHUNK);
		bulk = bulk_ok ? round_down(n, ASYNC_TX_CPU_STEP) : 0;
		if (bulk)
			recov_bulk(r, pos, bulk);
		if (n == bulk)
			continue;
		if (r->y >= 0)
			recov_rest_2data(r, pos + bulk, n - bulk);
		else
			recov_rest_datap(r, pos + bulk, n - bulk);
	}
}

/**
 * async_tx_cpu_recov_2data - compute two lost data blocks from P and Q
 * @disks: number of sources, 2 to 255, plus two
 * @len: length in bytes, from 1 on, within the folio of every operand
 * @faila: index of one lost block
 * @failb: index of the other
 * @blocks: first page of each source, in the order of their powers of g, NULL
 *	for one of zeroes; then of P and of Q. The two lost ones are written.
 * @offs: byte offset of each
 *
 * Source of the formulas: H. Peter Anvin, "The mathematics of RAID-6",
 * section 4.
 *
 * Context: task or softirq. Does not sleep.
 */
void async_tx_cpu_recov_2data(int disks, size_t len, int faila, int failb,
			      struct page **blocks, const unsigned int *offs)
{
	const struct recov r = {
		.blocks = blocks,
		.offs = offs,
		.disks = disks,
		.x = min(faila, failb),
		.y = max(faila, failb),
	};

	recov_run(&r, len);
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_recov_2data);

/**
 * async_tx_cpu_recov_datap - compute a lost data block, and P, from Q
 * @disks: number of sources, 1 to 255, plus two
 * @len: length in bytes, from 1 on, within the folio of every operand
 * @faila: index of the lost block
 * @blocks: first page of each source, in the order of their powers of g, NULL
 *	for one of zeroes; then of P and of Q. The lost one and P are written.
 * @offs: byte offset of each
 *
 * Source of the formulas: H. Peter Anvin, "The mathematics of RAID-6",
 * section 4.
 *
 * Context: task or softirq. Does not sleep.
 */
void async_tx_cpu_recov_datap(int disks, size_t len, int faila,
			      struct page **blocks, const unsigned int *offs)
{
	const struct recov r = {
		.blocks = blocks,
		.offs = offs,
		.disks = disks,
		.x = faila,
		.y = -1,
	};

	recov_run(&r, len);
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_recov_datap);
