// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of simulated engines: the memory that operands live in, the
 * arithmetic, and how a failing descriptor fails. Called by channel threads and
 * timers, without any lock.
 */

#include <linux/dma-direct.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/platform_device.h>
#include <linux/raid/pq.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "internal.h"

/* Up to here, doubling words is faster than looking bytes up in a table. */
#define SIM_DOUBLINGS		4
#define SIM_POISON		0xa5

/*
 * Memory. Operands are DMA addresses of contiguous memory that may lie in
 * highmem and cross pages, so that they are mapped a page at a time.
 */

/* What to do with @n bytes at @mem, and the same many of the accumulator. */
typedef void (*dma_sim_step)(u8 *acc, u8 *mem, size_t n, u8 coef);

static void step_load(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	memcpy(acc, mem, n);
}

static void step_store(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	memcpy(mem, acc, n);
}

static void step_fill(u8 *acc, u8 *mem, size_t n, u8 value)
{
	memset(mem, value, n);
}

static void step_xor(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	const size_t word = sizeof(unsigned long);

	for (; n >= word; n -= word, acc += word, mem += word)
		put_unaligned(get_unaligned((unsigned long *)acc) ^
			      get_unaligned((unsigned long *)mem),
			      (unsigned long *)acc);
	while (n--)
		*acc++ ^= *mem++;
}

/* acc ^= coef * mem, in the field of RAID-6 */
static void step_mac(u8 *acc, u8 *mem, size_t n, u8 coef)
{
	const u8 *mul = raid6_gfmul[coef];

	while (n--)
		*acc++ ^= mul[*mem++];
}

/* All bytes of a word times 2, in the field of RAID-6 (x^8 = 0x1d) */
static unsigned long gf_double(unsigned long v)
{
	const unsigned long ones = ~0UL / 255;

	return ((v & (ones * 0x7f)) << 1) ^ (((v >> 7) & ones) * 0x1d);
}

/* acc = 2^times * acc ^ mem: one step of Horner's rule */
static void step_horner(u8 *acc, u8 *mem, size_t n, u8 times)
{
	const size_t word = sizeof(unsigned long);
	const u8 *mul = raid6_gfmul[raid6_gfexp[times]];
	unsigned long v;
	unsigned int i;

	for (; n >= word; n -= word, acc += word, mem += word) {
		v = get_unaligned((unsigned long *)acc);
		for (i = 0; i < times; i++)
			v = gf_double(v);
		v ^= get_unaligned((unsigned long *)mem);
		put_unaligned(v, (unsigned long *)acc);
	}
	for (; n; n--, acc++)
		*acc = mul[*acc] ^ *mem++;
}

/*
 * Does @step page by page on the @len bytes at @addr. False: there is no memory
 * at that address, a bus error so to speak.
 */
static bool walk(struct device *dev, dma_addr_t addr, size_t len,
		 dma_sim_step step, u8 *acc, u8 coef)
{
	phys_addr_t phys = dma_to_phys(dev, addr);

	while (len) {
		size_t n = min_t(size_t, len, PAGE_SIZE - offset_in_page(phys));
		u8 *mem;

		if (!pfn_valid(PHYS_PFN(phys)))
			return false;
		mem = kmap_local_page(pfn_to_page(PHYS_PFN(phys)));
		step(acc, mem + offset_in_page(phys), n, coef);
		kunmap_local(mem);
		phys += n;
		acc += n;
		len -= n;
	}
	return true;
}

static bool sim_walk(struct dma_sim_chan *sc, dma_addr_t addr, size_t len,
		     dma_sim_step step, u8 *acc, u8 coef)
{
	return walk(&sc->sim->pdev->dev, addr, len, step, acc, coef);
}

/* For the loopback, which computes nothing. Any context. */
bool dma_sim_read(struct device *dev, dma_addr_t addr, void *buf, size_t len)
{
	return walk(dev, addr, len, step_load, buf, 0);
}

bool dma_sim_write(struct device *dev, dma_addr_t addr, void *buf, size_t len)
{
	return walk(dev, addr, len, step_store, buf, 0);
}

/*
 * Operations. Each works on the piece of @len bytes at @off of all operands,
 * @len at most SIM_CHUNK, and finishes reading before it writes, so that a
 * destination may be a source as well.
 */

static enum dmaengine_tx_result
sim_memcpy(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	   size_t len)
{
	if (!sim_walk(sc, desc->src[0] + off, len, step_load, sc->acc[0], 0))
		return DMA_TRANS_READ_FAILED;
	if (!sim_walk(sc, desc->dst[0] + off, len, step_store, sc->acc[0], 0))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_memset(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	   size_t len)
{
	if (!sim_walk(sc, desc->dst[0] + off, len, step_fill, sc->acc[0],
		      desc->value))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

/* acc[0] = the sum of all sources */
static bool sim_sum(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
		    size_t off, size_t len)
{
	unsigned int i;

	for (i = 0; i < desc->src_cnt; i++)
		if (!sim_walk(sc, desc->src[i] + off, len,
			      i ? step_xor : step_load, sc->acc[0], 0))
			return false;
	return true;
}

static enum dmaengine_tx_result
sim_xor(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	size_t len)
{
	if (!sim_sum(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	if (!sim_walk(sc, desc->dst[0] + off, len, step_store, sc->acc[0], 0))
		return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_xor_val(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	    size_t len)
{
	if (!sim_sum(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	if (memchr_inv(sc->acc[0], 0, len))
		*desc->result |= SUM_CHECK_P_RESULT;
	return DMA_TRANS_NOERROR;
}

/* How often coefficient @i - 1 has to be doubled to become coefficient @i. */
static unsigned int sim_doublings(const u8 *coef, unsigned int i)
{
	if (!coef[i - 1] || !coef[i])
		return UINT_MAX;
	return (raid6_gflog[coef[i]] + 255 - raid6_gflog[coef[i - 1]]) % 255;
}

/*
 * Are the coefficients close enough for Horner's rule? Those of a RAID-6 stripe
 * are, even with some of its disks left out.
 */
static bool sim_suits_horner(struct dma_sim_desc *desc)
{
	unsigned int i;

	for (i = 1; i < desc->src_cnt; i++)
		if (sim_doublings(desc->coef, i) > SIM_DOUBLINGS)
			return false;
	return true;
}

/* acc[1] = coef[0] * (src[0] + 2^n * (src[1] + 2^m * (src[2] + ...))) */
static bool sim_horner(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
		       size_t off, size_t len)
{
	const u8 *scale = raid6_gfmul[desc->coef[0]];
	unsigned int i = desc->src_cnt - 1;
	u8 *acc = sc->acc[1];

	if (!sim_walk(sc, desc->src[i] + off, len, step_load, acc, 0))
		return false;
	while (i--)
		if (!sim_walk(sc, desc->src[i] + off, len, step_horner, acc,
			      sim_doublings(desc->coef, i + 1)))
			return false;
	for (i = 0; desc->coef[0] != 1 && i < len; i++)
		acc[i] = scale[acc[i]];
	return true;
}

/* acc[1] = the sum of all sources, each times its coefficient */
static bool sim_weighted_sum(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			     size_t off, size_t len)
{
	unsigned int i;

	if (sim_suits_horner(desc))
		return sim_horner(sc, desc, off, len);

	memset(sc->acc[1], 0, len);
	for (i = 0; i < desc->src_cnt; i++)
		if (!sim_walk(sc, desc->src[i] + off, len, step_mac,
			      sc->acc[1], desc->coef[i]))
			return false;
	return true;
}

/* acc[0] and acc[1] = the sums that P and Q are made of */
static bool sim_pq_sums(struct dma_sim_chan *sc, struct dma_sim_desc *desc,
			size_t off, size_t len)
{
	if (dma_sim_wants(desc->tx.flags, 0) && !sim_sum(sc, desc, off, len))
		return false;
	return !dma_sim_wants(desc->tx.flags, 1) ||
	       sim_weighted_sum(sc, desc, off, len);
}

static enum dmaengine_tx_result sim_pq(struct dma_sim_chan *sc,
				       struct dma_sim_desc *desc, size_t off,
				       size_t len)
{
	unsigned int i;

	if (!sim_pq_sums(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	for (i = 0; dmaf_continue(desc->tx.flags) && i < 2; i++)
		if (dma_sim_wants(desc->tx.flags, i) &&
		    !sim_walk(sc, desc->dst[i] + off, len, step_xor,
			      sc->acc[i], 0))
			return DMA_TRANS_READ_FAILED;
	for (i = 0; i < 2; i++)
		if (dma_sim_wants(desc->tx.flags, i) &&
		    !sim_walk(sc, desc->dst[i] + off, len, step_store,
			      sc->acc[i], 0))
			return DMA_TRANS_WRITE_FAILED;
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_pq_val(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	   size_t len)
{
	unsigned int i;

	if (!sim_pq_sums(sc, desc, off, len))
		return DMA_TRANS_READ_FAILED;
	for (i = 0; i < 2; i++) {
		if (!dma_sim_wants(desc->tx.flags, i))
			continue;
		if (!sim_walk(sc, desc->dst[i] + off, len, step_xor,
			      sc->acc[i], 0))
			return DMA_TRANS_READ_FAILED;
		if (memchr_inv(sc->acc[i], 0, len))
			*desc->result |= i ? SUM_CHECK_Q_RESULT :
					     SUM_CHECK_P_RESULT;
	}
	return DMA_TRANS_NOERROR;
}

static enum dmaengine_tx_result
sim_interrupt(struct dma_sim_chan *sc, struct dma_sim_desc *desc, size_t off,
	      size_t len)
{
	return DMA_TRANS_NOERROR;
}

const struct dma_sim_op dma_sim_ops[] = {
	{ "memcpy", DMA_MEMCPY, sim_memcpy, 1 },
	{ "memset", DMA_MEMSET, sim_memset, 1 },
	{ "xor", DMA_XOR, sim_xor, 1 },
	{ "xor_val", DMA_XOR_VAL, sim_xor_val, 0 },
	{ "pq", DMA_PQ, sim_pq, 2 },
	{ "pq_val", DMA_PQ_VAL, sim_pq_val, 0 },
	{ "interrupt", DMA_INTERRUPT, sim_interrupt, 0 },
	{ "private", DMA_PRIVATE, NULL, 0 },
	{ }
};

const struct dma_sim_op *dma_sim_op(enum dma_transaction_type cap)
{
	const struct dma_sim_op *op = dma_sim_ops;

	while (op->cap != cap)
		op++;
	return op;
}

/* Faults: a descriptor that fails has spoilt the first half of its results. */
static enum dmaengine_tx_result
sim_fail(struct dma_sim_chan *sc, struct dma_sim_desc *desc, u32 *residue)
{
	static const enum dmaengine_tx_result kind[] = {
		DMA_TRANS_READ_FAILED, DMA_TRANS_WRITE_FAILED,
		DMA_TRANS_ABORTED,
	};
	const struct dma_sim_op *op = dma_sim_op(desc->op);
	size_t spoilt = DIV_ROUND_UP(desc->len, 2);
	unsigned int i;

	for (i = 0; i < op->dsts; i++)
		if (op->dsts == 1 || dma_sim_wants(desc->tx.flags, i))
			sim_walk(sc, desc->dst[i], spoilt, step_fill,
				 sc->acc[0], SIM_POISON);
	if (desc->result)
		*desc->result = SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT;
	*residue = desc->len - spoilt;
	return kind[get_random_u32_below(ARRAY_SIZE(kind))];
}

static bool sim_must_fail(struct dma_sim *sim)
{
	unsigned int ppm = READ_ONCE(sim->config.error_ppm);

	return atomic_dec_if_positive(&sim->fail_next) >= 0 ||
	       (ppm && get_random_u32_below(SIM_PPM) < ppm);
}

enum dmaengine_tx_result dma_sim_execute(struct dma_sim_chan *sc,
					 struct dma_sim_desc *desc,
					 u32 *residue)
{
	const struct dma_sim_op *op = dma_sim_op(desc->op);
	enum dmaengine_tx_result ret = DMA_TRANS_NOERROR;
	size_t off = 0, n;

	if (sim_must_fail(sc->sim))
		return sim_fail(sc, desc, residue);

	if (desc->result)
		*desc->result = 0;
	if (sc->sim->config.dry)
		off = desc->len;
	while (off < desc->len) {
		n = min_t(size_t, desc->len - off, SIM_CHUNK);
		ret = op->run(sc, desc, off, n);
		if (ret != DMA_TRANS_NOERROR)
			break;
		off += n;
		cond_resched();
	}
	*residue = desc->len - off;
	return ret;
}
