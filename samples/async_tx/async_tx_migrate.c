// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client of async_memcpy_folios(): moves folios to other memory, many at a time,
 * as page migration and compaction do.
 *
 * When it is loaded it makes folios, and moves them several times: new ones are
 * allocated, all are copied by one request, and when that has ended the new ones
 * take the place of the old. Then it does the same with a loop of folio_copy(), and
 * says how long either took at best. It fails to load if a byte is not what it was.
 *
 * Which engines there are, and whether any is used, is no matter of this file;
 * /sys/kernel/debug/async_tx/channels tells afterwards who did the work.
 */
#include <linux/async_tx.h>
#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>

static unsigned int nr = 512;
module_param(nr, uint, 0444);
MODULE_PARM_DESC(nr, "folios, 1 to 65536");

static unsigned int order;
module_param(order, uint, 0444);
MODULE_PARM_DESC(order, "of each folio: 2^order pages, 0 to 9");

static unsigned int rounds = 8;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "how often they are moved in either way");

/* --- folios with content --- */

static void folios_free(struct folio **folio)
{
	for (unsigned int i = 0; i < nr; i++)
		if (folio[i])
			folio_put(folio[i]);
	kvfree(folio);
}

static struct folio **folios_alloc(void)
{
	struct folio **folio = kvcalloc(nr, sizeof(*folio), GFP_KERNEL);

	if (!folio)
		return NULL;
	for (unsigned int i = 0; i < nr; i++) {
		folio[i] = folio_alloc(GFP_HIGHUSER, order);
		if (!folio[i]) {
			folios_free(folio);
			return NULL;
		}
	}
	return folio;
}

/* No two words are the same, wherever they are. */
static u64 word(unsigned int i, size_t at)
{
	return ((u64)i << 32 | at) * 0x9e3779b97f4a7c15;
}

static void fill(struct folio *folio, unsigned int i)
{
	for (size_t off = 0; off < folio_size(folio); off += PAGE_SIZE) {
		u64 *to = kmap_local_folio(folio, off);

		for (size_t n = 0; n < PAGE_SIZE / sizeof(*to); n++)
			to[n] = word(i, off + n);
		kunmap_local(to);
	}
}

static bool is_right(struct folio *folio, unsigned int i)
{
	bool right = true;

	for (size_t off = 0; off < folio_size(folio); off += PAGE_SIZE) {
		const u64 *is = kmap_local_folio(folio, off);

		for (size_t n = 0; n < PAGE_SIZE / sizeof(*is); n++)
			right &= is[n] == word(i, off + n);
		kunmap_local(is);
	}
	return right;
}

/* --- moving them --- */

static void copied(void *done)
{
	complete(done);
}

/* One request for all of them. What we wait for here, others do something meanwhile. */
static int copy_as_list(struct folio **to, struct folio **from)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;

	init_async_submit(&submit, ASYNC_TX_ACK, NULL, copied, &done, NULL);
	tx = async_memcpy_folios(to, from, nr, &submit);
	if (IS_ERR(tx))
		return PTR_ERR(tx);
	async_tx_issue_pending(tx);
	wait_for_completion(&done);
	return 0;
}

static int copy_in_turn(struct folio **to, struct folio **from)
{
	for (unsigned int i = 0; i < nr; i++)
		folio_copy(to[i], from[i]);
	return 0;
}

/* Move all of @folio; @ns is what the copying took when it was fastest. */
static int move(struct folio ***folio, u64 *ns,
		int (*copy)(struct folio **to, struct folio **from))
{
	struct folio **to = folios_alloc();
	u64 start = ktime_get_ns();
	int err;

	if (!to)
		return -ENOMEM;
	err = copy(to, *folio);
	*ns = min(*ns, ktime_get_ns() - start);
	if (err) {
		folios_free(to);
		return err;
	}
	folios_free(*folio);
	*folio = to;
	for (unsigned int i = 0; i < nr; i++) {
		if (!is_right(to[i], i)) {
			pr_err("async_tx_migrate: folio %u is wrong\n", i);
			return -EIO;
		}
		cond_resched();
	}
	return 0;
}

static void report(const char *how, u64 ns)
{
	u64 bytes = (u64)nr * (PAGE_SIZE << order);

	pr_info("async_tx_migrate: %s: %u folios of %lu bytes in %llu us, %llu MB/s\n",
		how, nr, PAGE_SIZE << order, div_u64(ns, 1000),
		div64_u64(bytes * 1000, ns ?: 1));
}

static int __init migrate_init(void)
{
	u64 list_ns = U64_MAX, turn_ns = U64_MAX;
	struct folio **folio;
	int err = 0;

	if (!nr || nr > 65536 || order > 9 || !rounds || rounds > 1000)
		return -EINVAL;
	folio = folios_alloc();
	if (!folio)
		return -ENOMEM;
	for (unsigned int i = 0; i < nr; i++)
		fill(folio[i], i);
	/* In turn, so that neither has warmer caches. */
	for (unsigned int i = 0; i < rounds && !err; i++)
		err = move(&folio, &turn_ns, copy_in_turn) ?:
		      move(&folio, &list_ns, copy_as_list);
	folios_free(folio);
	if (err)
		return err;
	report("async_memcpy_folios()", list_ns);
	report("folio_copy() in turn", turn_ns);
	return 0;
}
module_init(migrate_init);

static void __exit migrate_exit(void)
{
}
module_exit(migrate_exit);

MODULE_DESCRIPTION("Sample client of async_memcpy_folios()");
MODULE_LICENSE("GPL");
