/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What async_tx must do, said in the plainest C: the model that its KUnit
 * suites and the stress module compare it with.
 *
 * A block is memory twice over: the page that async_tx works on and a shadow
 * of what that page should hold. model_apply() carries an operation out on the
 * shadows, a byte at a time and with a multiplication that shares nothing with
 * the kernel's tables; model_submit() hands the same operation to async_tx.
 * When both are through, page and shadow agree, before and behind the operands
 * as well. Nothing here takes a lock: a block belongs to one thread.
 */
#ifndef _ASYNC_TX_TEST_MODEL_H
#define _ASYNC_TX_TEST_MODEL_H

#include <linux/async_tx.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* 255 sources, P and Q: and one more than there may be. */
#define MODEL_MAX_BLOCKS	258
#define MODEL_MAX_LEN		SZ_64K
/* Entries of the lists that operands are cut into. */
#define MODEL_CUTS		16
/* How far around an operand a write that went astray is looked for. */
#define MODEL_MARGIN		64

enum model_op {
	MODEL_MEMCPY,	/* block 0 = block 1 */
	MODEL_MEMCPY_SG, /* the same, by lists; val says how they are cut */
	MODEL_MEMSET,	/* block 0 = val */
	MODEL_XOR,	/* block 0 from blocks 1.., and itself but for ZERO_DST */
	MODEL_XOR_VAL,	/* do all blocks add up to zero? */
	MODEL_PQ,	/* P, Q: the last two blocks, from those before */
	MODEL_PQ_VAL,	/* are P and Q right? */
	MODEL_2DATA,	/* blocks faila and failb from the others, P and Q */
	MODEL_DATAP,	/* block faila and P from the others and Q */
	MODEL_OPS
};

static inline const char *model_op_name(enum model_op op)
{
	static const char * const names[MODEL_OPS] = {
		"memcpy", "memcpy_sg", "memset", "xor", "xor_val",
		"pq", "pq_val", "raid6_2data", "raid6_datap",
	};

	return names[op];
}

struct model_block {
	struct page *page;
	u8 *is;			/* the page's bytes */
	u8 *should;		/* the shadow */
	size_t size;
};

struct model_request {
	enum model_op op;
	enum async_tx_flags flags;
	unsigned int cnt;		/* blocks in use */
	size_t len;			/* bytes */
	int val;
	int faila, failb;
	bool one_offset;		/* by the call without offsets */
	struct model_block *block[MODEL_MAX_BLOCKS];	/* NULL: left out */
	unsigned int off[MODEL_MAX_BLOCKS];
	struct model_block *spare;	/* for MODEL_PQ_VAL */
	enum sum_check_flags expect;	/* of a check, by model_apply() */
	enum sum_check_flags result;	/* of a check, by async_tx */
};

/* Working space of one thread for model_apply() and model_submit(). */
struct model_scratch {
	struct page *page[MODEL_MAX_BLOCKS];
	unsigned int off[MODEL_MAX_BLOCKS];
	addr_conv_t conv[MODEL_MAX_BLOCKS];
	struct scatterlist cut[2][MODEL_CUTS];
	u8 p[MODEL_MAX_LEN];
	u8 q[MODEL_MAX_LEN];
};

/* xorshift64: quick, and a seed repeats a run. */
static inline u64 model_random(u64 *state)
{
	u64 x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x;
}

/* A number below @limit. */
static inline u32 model_random_below(u64 *state, u32 limit)
{
	return (model_random(state) >> 32) % limit;
}

/* Fill the same noise into page and shadow, @len bytes from @off. */
static inline void model_noise(struct model_block *b, size_t off, size_t len,
			       u64 *state)
{
	size_t end = min(off + len, b->size);

	for (; off < end; off += sizeof(u64)) {
		u64 noise = model_random(state);
		size_t n = min(end - off, sizeof(noise));

		memcpy(b->is + off, &noise, n);
		memcpy(b->should + off, &noise, n);
	}
}

static inline int model_block_init(struct model_block *b, unsigned int order,
				   u64 *state)
{
	b->size = PAGE_SIZE << order;
	b->page = alloc_pages(GFP_KERNEL | __GFP_COMP, order);
	b->should = vmalloc(b->size);
	if (!b->page || !b->should) {
		if (b->page)
			__free_pages(b->page, order);
		vfree(b->should);
		b->page = NULL;
		return -ENOMEM;
	}
	b->is = page_address(b->page);
	model_noise(b, 0, b->size, state);
	return 0;
}

static inline void model_block_free(struct model_block *b)
{
	if (!b->page)
		return;
	__free_pages(b->page, get_order(b->size));
	vfree(b->should);
	b->page = NULL;
}

/* The product in GF(2^8) over x^8 + x^4 + x^3 + x^2 + 1: shift and xor. */
static inline u8 model_mul(u8 a, u8 b)
{
	u8 product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = (a << 1) ^ (a & 0x80 ? 0x1d : 0);
	}
	return product;
}

/* dst += coef * src */
static inline void model_add(u8 *dst, const u8 *src, u8 coef, size_t len)
{
	u8 product[256];
	size_t i;

	for (i = 0; i < sizeof(product); i++)
		product[i] = model_mul(coef, i);
	for (i = 0; i < len; i++)
		dst[i] ^= product[src[i]];
}

static inline u8 *model_should(const struct model_request *r, unsigned int i)
{
	return r->block[i] ? r->block[i]->should + r->off[i] : NULL;
}

static inline void model_xor(const struct model_request *r, u8 *sum)
{
	unsigned int i;

	if (r->flags & ASYNC_TX_XOR_ZERO_DST)
		memset(sum, 0, r->len);
	else
		memcpy(sum, model_should(r, 0), r->len);
	for (i = 1; i < r->cnt; i++)
		model_add(sum, model_should(r, i), 1, r->len);
	memcpy(model_should(r, 0), sum, r->len);
}

static inline void model_syndromes(const struct model_request *r, u8 *p, u8 *q)
{
	u8 coef = 1;
	unsigned int i;

	memset(p, 0, r->len);
	memset(q, 0, r->len);
	for (i = 0; i < r->cnt - 2; i++, coef = model_mul(coef, 2)) {
		if (!r->block[i])
			continue;
		model_add(p, model_should(r, i), 1, r->len);
		model_add(q, model_should(r, i), coef, r->len);
	}
}

static inline void model_pq(const struct model_request *r, u8 *p, u8 *q)
{
	u8 *dst_p = model_should(r, r->cnt - 2);
	u8 *dst_q = model_should(r, r->cnt - 1);

	model_syndromes(r, p, q);
	if (r->flags & ASYNC_TX_PQ_XOR_DST) {
		if (dst_p)
			model_add(p, dst_p, 1, r->len);
		if (dst_q)
			model_add(q, dst_q, 1, r->len);
	}
	if (dst_p)
		memcpy(dst_p, p, r->len);
	if (dst_q)
		memcpy(dst_q, q, r->len);
}

static inline enum sum_check_flags
model_pq_val(const struct model_request *r, u8 *p, u8 *q)
{
	const u8 *is_p = model_should(r, r->cnt - 2);
	const u8 *is_q = model_should(r, r->cnt - 1);
	enum sum_check_flags bad = 0;

	model_syndromes(r, p, q);
	if (is_p && memcmp(is_p, p, r->len))
		bad |= SUM_CHECK_P_RESULT;
	if (is_q && memcmp(is_q, q, r->len))
		bad |= SUM_CHECK_Q_RESULT;
	return bad;
}

static inline enum sum_check_flags
model_xor_val(const struct model_request *r, u8 *sum)
{
	unsigned int i;

	memset(sum, 0, r->len);
	for (i = 0; i < r->cnt; i++)
		model_add(sum, model_should(r, i), 1, r->len);
	return memchr_inv(sum, 0, r->len) ? SUM_CHECK_P_RESULT : 0;
}

/* Bring the shadows to where async_tx must bring the pages. */
static inline void model_apply(struct model_request *r, struct model_scratch *s)
{
	switch (r->op) {
	case MODEL_MEMCPY:
	case MODEL_MEMCPY_SG:
		memmove(model_should(r, 0), model_should(r, 1), r->len);
		break;
	case MODEL_MEMSET:
		memset(model_should(r, 0), r->val, r->len);
		break;
	case MODEL_XOR:
		model_xor(r, s->p);
		break;
	case MODEL_XOR_VAL:
		r->expect = model_xor_val(r, s->p);
		break;
	case MODEL_PQ:
		model_pq(r, s->p, s->q);
		break;
	case MODEL_PQ_VAL:
		r->expect = model_pq_val(r, s->p, s->q);
		break;
	default:
		/* The shadow of a block to be recovered was never lost. */
		break;
	}
}

static inline struct dma_async_tx_descriptor *
model_submit_xor(struct model_request *r, struct model_scratch *s,
		 struct async_submit_ctl *submit)
{
	unsigned int first = r->flags & ASYNC_TX_XOR_DROP_DST ? 0 : 1;
	struct page **src = s->page + first;
	int cnt = r->cnt - first;

	if (r->one_offset)
		return async_xor(s->page[0], src, r->off[0], cnt, r->len,
				 submit);
	return async_xor_offs(s->page[0], s->off[0], src, s->off + first, cnt,
			      r->len, submit);
}

static inline struct dma_async_tx_descriptor *
model_submit_xor_val(struct model_request *r, struct model_scratch *s,
		     struct async_submit_ctl *submit)
{
	if (r->one_offset)
		return async_xor_val(s->page[0], s->page, r->off[0], r->cnt,
				     r->len, &r->result, submit);
	return async_xor_val_offs(s->page[0], s->off[0], s->page, s->off,
				  r->cnt, r->len, &r->result, submit);
}

/* Cuts an operand into a list, at multiples of @align; some may be empty. */
static inline void model_cut(struct scatterlist *list, struct page *page,
			     unsigned int off, size_t len, unsigned int align,
			     u64 *state)
{
	unsigned int i, n;

	sg_init_table(list, MODEL_CUTS);
	for (i = 0; i < MODEL_CUTS; i++, off += n, len -= n) {
		n = len;
		if (i < MODEL_CUTS - 1)
			n = round_down(model_random_below(state, len / 4 + 1),
				       align);
		sg_set_page(&list[i], nth_page(page, off / PAGE_SIZE), n,
			    off % PAGE_SIZE);
	}
}

static inline struct dma_async_tx_descriptor *
model_submit_sg(struct model_request *r, struct model_scratch *s,
		struct async_submit_ctl *submit)
{
	u64 state = r->val | 1;
	unsigned int i;

	for (i = 0; i < 2; i++)
		model_cut(s->cut[i], s->page[i], s->off[i], r->len,
			  r->val & 1 ? 256 : 1, &state);
	return async_memcpy_sg(s->cut[0], s->cut[1], r->len, submit);
}

static inline struct dma_async_tx_descriptor *
model_dispatch(struct model_request *r, struct model_scratch *s,
	       struct async_submit_ctl *submit)
{
	switch (r->op) {
	case MODEL_MEMCPY:
		return async_memcpy(s->page[0], s->page[1], s->off[0],
				    s->off[1], r->len, submit);
	case MODEL_MEMCPY_SG:
		return model_submit_sg(r, s, submit);
	case MODEL_MEMSET:
		return async_memset(s->page[0], r->val, s->off[0], r->len,
				    submit);
	case MODEL_XOR:
		return model_submit_xor(r, s, submit);
	case MODEL_XOR_VAL:
		return model_submit_xor_val(r, s, submit);
	case MODEL_PQ:
		return async_gen_syndrome(s->page, s->off, r->cnt, r->len,
					  submit);
	case MODEL_PQ_VAL:
		return async_syndrome_val(s->page, s->off, r->cnt, r->len,
					  &r->result, r->spare->page, 0,
					  submit);
	case MODEL_2DATA:
		return async_raid6_2data_recov(r->cnt, r->len, r->faila,
					       r->failb, s->page, s->off,
					       submit);
	case MODEL_DATAP:
		return async_raid6_datap_recov(r->cnt, r->len, r->faila,
					       s->page, s->off, submit);
	default:
		return ERR_PTR(-EOPNOTSUPP);
	}
}

/*
 * Hand @r to async_tx; dependency and callback come in @submit, the flags from
 * @r. Once the call is back, the lists of operands are the caller's again: they
 * are spoilt at once, so that whoever still reads them is found out.
 */
static inline struct dma_async_tx_descriptor *
model_submit(struct model_request *r, struct model_scratch *s,
	     struct async_submit_ctl *submit)
{
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	for (i = 0; i < r->cnt; i++) {
		s->page[i] = r->block[i] ? r->block[i]->page : NULL;
		s->off[i] = r->block[i] ? r->off[i] : 0;
	}
	r->result = ~0;
	submit->flags = r->flags;
	submit->scribble = s->conv;
	tx = model_dispatch(r, s, submit);
	memset(s->page, 0xa5, r->cnt * sizeof(*s->page));
	memset(s->off, 0xa5, r->cnt * sizeof(*s->off));
	memset(s->conv, 0xa5, r->cnt * sizeof(*s->conv));
	memset(s->cut, 0xa5, sizeof(s->cut));
	return tx;
}

/* Is there a check result to look at, once @r is done? */
static inline bool model_is_check(const struct model_request *r)
{
	return r->op == MODEL_XOR_VAL || r->op == MODEL_PQ_VAL;
}

/*
 * Where page and shadow of @b differ first, looked at from MODEL_MARGIN bytes
 * before @off to as many behind @off + @len; -1 if nowhere.
 */
static inline ssize_t model_differs(const struct model_block *b, size_t off,
				    size_t len)
{
	size_t end = min(off + len + MODEL_MARGIN, b->size);
	size_t i = off > MODEL_MARGIN ? off - MODEL_MARGIN : 0;

	if (!memcmp(b->is + i, b->should + i, end - i))
		return -1;
	while (b->is[i] == b->should[i])
		i++;
	return i;
}

#endif /* _ASYNC_TX_TEST_MODEL_H */
