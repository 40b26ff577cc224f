// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several requests that end as one.
 *
 * The whole is a request that is on no channel: it has a handle, a callback and
 * children like any other, and ends when the last of its parts has. A part is a
 * request of its own, without a handle, that counts the whole's ->parts down when
 * it ends. Nothing else ties them together, and there is no lock.
 *
 * A list of copies (async_memcpy_sg.c) is a whole from the beginning. A large
 * operation becomes one when it is ready and the policy finds that several
 * channels, the CPU among them, are sooner done with it than one.
 */
#include "internal.h"

/**
 * async_tx_part_done - the callback of each part
 * @whole: what it is a part of; it may have ended on return
 *
 * Context: any.
 */
void async_tx_part_done(void *whole)
{
	struct async_tx_request *req = whole;

	if (atomic_dec_and_test(&req->parts))
		async_tx_request_done(req);
}

/*
 * Every operation does the same to each byte position of its operands, so any
 * range of it is an operation too. But the outcome of a check is one for all, and
 * what has to read its destination is repeated from a copy of no more than a page.
 */
static bool divisible(const struct async_tx_request *req)
{
	return !(req->flags & ASYNC_TX_SHARE) && async_tx_op(req)->run &&
	       !req->attempts && !req->result && !req->in_place &&
	       !req->cpu_only;
}

/* As the policy has it. Returns how many shares, and for which generation. */
static unsigned int plan(const struct async_tx_request *req, bool here,
			 struct async_tx_share *share, unsigned int *epoch)
{
	const struct async_tx_ask ask = {
		.op = req->op, .here = here, .work = req->work,
		.many = req->flags & ASYNC_TX_SPREAD,
	};
	struct async_tx_candidates *cand;
	struct async_tx_policy *policy;
	unsigned int nr = 0;

	rcu_read_lock();
	*epoch = async_tx_epoch();
	cand = rcu_dereference(async_tx_candidates[req->op]);
	policy = rcu_dereference(async_tx_current_policy);
	if (cand && policy->split &&
	    req->len >= READ_ONCE(async_tx_threshold[req->op]))
		nr = policy->split(cand, &ask, req->len, share);
	rcu_read_unlock();
	return nr;
}

/* The operands from byte @pos on. A page that is left out stays so. */
static void set_operands(struct async_tx_request *part,
			 const struct async_tx_request *req, size_t pos)
{
	unsigned int view = req->first + req->nr_src + req->nr_dst;

	memcpy(async_tx_coefs(part), async_tx_coefs(req), req->nr);
	for (unsigned int i = 0; i < req->nr; i++) {
		struct page *page = async_tx_pages(req)[i];
		size_t off = async_tx_offs(req)[i] + pos;

		if (page)
			page = nth_page(page, off >> PAGE_SHIFT);
		async_tx_set_operand(part, i, page, offset_in_page(off));
	}
	part->align = part->len;
	for (unsigned int i = req->first; i < view; i++)
		if (async_tx_pages(part)[i])
			part->align |= async_tx_offs(part)[i];
}

/* The range of @len bytes from @pos. Returns NULL without memory. */
static struct async_tx_request *
make_part(struct async_tx_request *req, size_t pos, size_t len)
{
	struct async_submit_ctl submit = {
		.flags = req->flags | ASYNC_TX_ACK | ASYNC_TX_SHARE,
		.cb_fn = async_tx_part_done,
		.cb_param = req,
	};
	struct async_tx_request *part = async_tx_request_alloc(req->nr);

	if (!part)
		return NULL;
	async_tx_request_init(part, req->op, &submit, len);
	part->work = async_tx_work(len, req->nr);
	part->first = req->first;
	part->nr_src = req->nr_src;
	part->nr_dst = req->nr_dst;
	/* The value of a fill is in the same place. */
	part->disks = req->disks;
	part->faila = req->faila;
	part->failb = req->failb;
	set_operands(part, req, pos);
	return part;
}

static void drop_parts(struct async_tx_request *part)
{
	struct async_tx_request *next;

	for (; part; part = next) {
		next = part->next;
		async_tx_request_put(part);
	}
}

/*
 * A part for each share. Cuts are at multiples of a page from the beginning, so
 * that an engine that takes the whole's offsets takes the parts' as well.
 */
static unsigned int make_parts(struct async_tx_request *req,
			       const struct async_tx_share *share,
			       unsigned int nr, unsigned int epoch,
			       struct async_tx_request **list)
{
	struct async_tx_request **tail = list;
	unsigned int parts = 0;
	size_t pos = 0, len;

	*list = NULL;
	for (unsigned int i = 0; i < nr && pos < req->len; i++, pos += len) {
		len = req->len - pos;
		if (i < nr - 1)
			len = min(len, round_up(share[i].len, PAGE_SIZE));
		if (!len)
			continue;
		*tail = make_part(req, pos, len);
		if (!*tail) {
			drop_parts(*list);
			return 0;
		}
		(*tail)->chan = share[i].chan;
		(*tail)->epoch = epoch;
		(*tail)->next = NULL;
		tail = &(*tail)->next;
		parts++;
	}
	return parts;
}

/* Engines come first, and begin before this CPU gets busy. */
static void start_parts(struct async_tx_request *part, bool here)
{
	struct async_tx_request *next;

	for (; part && part->chan; part = next) {
		next = part->next;
		async_tx_request_dispatch(part, here);
	}
	if (part && here)
		async_tx_issue_pending_all();
	for (; part; part = next) {
		next = part->next;
		if (here)
			async_tx_cpu_run(part);
		else
			async_tx_cpu_queue(part);
	}
}

/**
 * async_tx_split - have several channels share a request, if that is better
 * @req: ready
 * @here: the CPU's share may run here and now
 *
 * Context: task or softirq.
 *
 * Return: false if it is better done by one, or there is no memory for parts: it
 * is then as before. After true it may have ended already.
 */
bool async_tx_split(struct async_tx_request *req, bool here)
{
	struct async_tx_share share[ASYNC_TX_MAX_SHARES];
	struct async_tx_request *parts;
	unsigned int nr, epoch;

	if (!divisible(req))
		return false;
	nr = plan(req, here, share, &epoch);
	if (nr < 2)
		return false;
	nr = make_parts(req, share, nr, epoch, &parts);
	if (!nr)
		return false;
	atomic_set(&req->parts, nr);
	start_parts(parts, here);
	return true;
}
