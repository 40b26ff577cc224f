// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of copies: one request, one end, as many channels as there are.
 *
 * Each entry becomes a copy for which the policy chooses by itself, so they
 * spread. They are parts of a whole (parts.c), which is what the caller gets to
 * know. With a parent, each of them waits for it. Where there is no memory for a
 * part, or for the whole, the CPU copies here and now.
 */
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/scatterlist.h>

#include "internal.h"

/*
 * Engines begin when so many copies are theirs, while the rest of the list is
 * still being handed out.
 */
#define PER_DOORBELL	32

/**
 * struct list - a list that is being handed out
 * @whole: what ends when the last copy has; NULL: all are done at once
 * @parent: handle of what each copy waits for, or NULL
 * @unissued: copies that were handed out since a doorbell rang
 */
struct list {
	struct async_tx_request *whole;
	struct dma_async_tx_descriptor *parent;
	unsigned int unissued;
};

static void list_issue(struct list *list)
{
	async_tx_issue_pending_all();
	list->unissued = 0;
}

/* Consumes the parent, if it returns 0. */
static int list_begin(struct list *list, struct async_submit_ctl *submit)
{
	int pending = async_tx_parent_pending(submit);
	bool unheard = (submit->flags & ASYNC_TX_ACK) && !submit->cb_fn;

	*list = (struct list) {};
	if (pending < 0)
		return pending;
	if (!pending && (unheard ||
			 !rcu_access_pointer(async_tx_candidates[ASYNC_TX_OP_MEMCPY])))
		return 0;

	list->whole = async_tx_request_alloc(0);
	if (!list->whole) {
		if (pending)
			async_tx_parent_poll(submit);
		return 0;
	}
	async_tx_request_init(list->whole, ASYNC_TX_OP_TRIGGER, submit, 0);
	atomic_set(&list->whole->parts, 1);
	list->parent = submit->depend_tx;
	submit->depend_tx = NULL;
	return 0;
}

/*
 * Whatever does the neighbour at the same time, no cache line may be written by
 * both: where DMA is not coherent, one of them would be lost.
 */
static bool shares_a_line(unsigned int off, size_t len)
{
	return (off | len) & (max(dma_get_cache_alignment(), L1_CACHE_BYTES) - 1);
}

static void list_add_copy(struct list *list, struct page *dst,
			  unsigned int dst_off, struct page *src,
			  unsigned int src_off, size_t len)
{
	const enum async_tx_opcode op = ASYNC_TX_OP_MEMCPY;
	struct async_submit_ctl submit = {
		.flags = ASYNC_TX_ACK | ASYNC_TX_SPREAD,
	};
	struct async_tx_start start = {};
	struct async_tx_request *req;

	/* Without a callback and a parent it is done when begun. */
	if (list->whole) {
		submit.depend_tx = async_tx_get(list->parent);
		submit.cb_fn = async_tx_part_done;
		submit.cb_param = list->whole;
		atomic_inc(&list->whole->parts);
	}
	req = async_tx_begin(op, &submit, len, ASYNC_TX_MEMCPY_OPERANDS, &start);
	if (!IS_ERR_OR_NULL(req)) {
		async_tx_memcpy_set(req, dst, dst_off, src, src_off);
		req->cpu_only |= shares_a_line(dst_off, len);
		async_tx_submit_request(req, &submit);
		if (++list->unissued == PER_DOORBELL)
			list_issue(list);
		return;
	}

	/* They shall work while this CPU does. */
	if (list->unissued)
		list_issue(list);
	async_tx_cpu_copy(dst, dst_off, src, src_off, len);
	async_tx_end(op, &submit, len, &start);
}

static struct dma_async_tx_descriptor *
list_end(struct list *list, struct async_submit_ctl *submit)
{
	struct async_tx_request *whole = list->whole;
	bool ack = submit->flags & ASYNC_TX_ACK;

	async_tx_ack(list->parent);
	if (!whole) {
		if (submit->cb_fn)
			submit->cb_fn(submit->cb_param);
		return NULL;
	}
	/* With ASYNC_TX_ACK this may be the address of a request no more. */
	if (!atomic_dec_and_test(&whole->parts))
		return &whole->tx;
	async_tx_request_done(whole);
	if (!ack)
		async_tx_ack(&whole->tx);
	return NULL;
}

/* --- folios --- */

static bool folios_ok(struct folio **dst, struct folio **src, unsigned int nr)
{
	if (!dst || !src || !nr)
		return false;
	for (unsigned int i = 0; i < nr; i++)
		if (!dst[i] || !src[i] ||
		    folio_size(dst[i]) != folio_size(src[i]))
			return false;
	return true;
}

/**
 * async_memcpy_folios - copy folios
 * @dst: destination folios
 * @src: source folios, each of the size of the one in the same place of @dst
 * @nr: how many, at least one
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured. The callback runs when
 *	all are copied.
 *
 * Each folio is copied by the channel that suits it best, in no order, so no
 * destination may be another's source or destination. @dst and @src are the
 * caller's again on return; the folios stay in use until the end.
 *
 * Context: task or softirq. What the CPU is chosen for at once, it copies before
 * the call returns.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for no folios, a
 * missing one, or two that differ in size.
 */
struct dma_async_tx_descriptor *
async_memcpy_folios(struct folio **dst, struct folio **src, unsigned int nr,
		    struct async_submit_ctl *submit)
{
	struct list list;

	if (!folios_ok(dst, src, nr) || list_begin(&list, submit))
		return ERR_PTR(-EINVAL);
	for (unsigned int i = 0; i < nr; i++)
		list_add_copy(&list, folio_page(dst[i], 0), 0,
			      folio_page(src[i], 0), 0, folio_size(src[i]));
	return list_end(&list, submit);
}
EXPORT_SYMBOL_GPL(async_memcpy_folios);

/* --- scatterlists --- */

/* Bytes @pos and on of an entry. */
struct place {
	struct scatterlist *sg;
	unsigned int pos;
};

/* How many bytes there are in one piece. */
static size_t piece(struct place *at)
{
	while (at->pos == at->sg->length) {
		at->sg = sg_next(at->sg);
		at->pos = 0;
	}
	return at->sg->length - at->pos;
}

static struct page *page_at(const struct place *at)
{
	return nth_page(sg_page(at->sg),
			((size_t)at->sg->offset + at->pos) >> PAGE_SHIFT);
}

static unsigned int offset_at(const struct place *at)
{
	return offset_in_page((size_t)at->sg->offset + at->pos);
}

/* Are there @len bytes, all of them in memory that has pages? */
static bool sg_ok(struct scatterlist *sg, size_t len)
{
	for (; sg; sg = sg_next(sg)) {
		if (sg->length && !sg_page(sg))
			return false;
		if (sg->length >= len)
			return true;
		len -= sg->length;
	}
	return false;
}

/**
 * async_memcpy_sg - copy from one scatterlist to another
 * @dst: destination list
 * @src: source list, which may be cut into entries in another way
 * @len: bytes from the beginning of the lists; neither may be shorter
 * @submit: ASYNC_TX_ACK and ASYNC_TX_FENCE are honoured. The callback runs when
 *	all is copied.
 *
 * Each range that is contiguous in both lists is copied by the channel that suits
 * it best, in no order, so nothing may overlap. The lists need not be mapped; what
 * dma_map_sg() left in them is neither used nor changed. They are the caller's
 * again on return; the memory stays in use until the end. An entry may cross the
 * borders of folios, as sg_alloc_table_from_pages() makes them. A range that does
 * not begin and end with a cache line of @dst is the CPU's.
 *
 * Context: task or softirq. What the CPU is chosen for at once, it copies before
 * the call returns.
 *
 * Return: as every operation does, see linux/async_tx.h; -EINVAL for no list, no
 * bytes, more than there are, or an entry without a page.
 */
struct dma_async_tx_descriptor *
async_memcpy_sg(struct scatterlist *dst, struct scatterlist *src, size_t len,
		struct async_submit_ctl *submit)
{
	struct place to = { .sg = dst }, from = { .sg = src };
	struct list list;
	size_t n;

	if (!len || !sg_ok(dst, len) || !sg_ok(src, len) ||
	    list_begin(&list, submit))
		return ERR_PTR(-EINVAL);
	for (; len; len -= n) {
		n = min3(len, piece(&to), piece(&from));
		list_add_copy(&list, page_at(&to), offset_at(&to),
			      page_at(&from), offset_at(&from), n);
		to.pos += n;
		from.pos += n;
	}
	return list_end(&list, submit);
}
EXPORT_SYMBOL_GPL(async_memcpy_sg);
