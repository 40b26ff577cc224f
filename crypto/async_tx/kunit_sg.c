// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: lists of copies, of folios and of scatterlists. They
 * are complete and end once, whatever is chosen for their parts and goes wrong
 * with them, and they take their place in a chain.
 */
#include <linux/scatterlist.h>

#include "kunit_lib.h"

/* --- folios --- */

/* The lists of a case. Those that are handed over are copies, to be spoilt. */
struct folios {
	unsigned int nr;
	struct folio **dst, **src, **handed[2];
};

static void folios_free(void *data)
{
	struct folios *f = data;
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		if (f->dst[i])
			folio_put(f->dst[i]);
		if (f->src[i])
			folio_put(f->src[i]);
	}
}

/* @nr pairs of folios of orders 0 to @orders - 1. */
static struct folios *folios_make(struct kunit *test, unsigned int nr,
				  unsigned int orders)
{
	struct folios *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct folio **all = kunit_kcalloc(test, 4 * nr, sizeof(*all), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, f);
	KUNIT_ASSERT_NOT_NULL(test, all);
	f->dst = all;
	f->src = all + nr;
	f->handed[0] = all + 2 * nr;
	f->handed[1] = all + 3 * nr;
	f->nr = nr;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, folios_free, f));
	for (i = 0; i < nr; i++) {
		f->dst[i] = folio_alloc(GFP_KERNEL | __GFP_ZERO, i % orders);
		f->src[i] = folio_alloc(GFP_KERNEL, i % orders);
		KUNIT_ASSERT_NOT_NULL(test, f->dst[i]);
		KUNIT_ASSERT_NOT_NULL(test, f->src[i]);
	}
	return f;
}

/* New content for all sources. */
static void folios_fill(struct kunit *test, struct folios *f)
{
	struct kt *kt = test->priv;
	unsigned int i;
	size_t n;

	for (i = 0; i < f->nr; i++) {
		u64 *to = folio_address(f->src[i]);

		for (n = 0; n < folio_size(f->src[i]) / sizeof(*to); n++)
			to[n] = model_random(&kt->seed);
	}
}

static bool folios_agree(struct kunit *test, const struct folios *f)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		if (!memcmp(folio_address(f->dst[i]), folio_address(f->src[i]),
			    folio_size(f->src[i])))
			continue;
		KUNIT_FAIL(test, "folio %u of %u is wrong", i, f->nr);
		return false;
	}
	return true;
}

static struct dma_async_tx_descriptor *
folios_submit(struct kunit *test, struct folios *f, enum async_tx_flags flags,
	      struct dma_async_tx_descriptor *after, struct kt_call *call)
{
	const size_t size = f->nr * sizeof(*f->dst);
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;

	if (call)
		atomic_inc(&call->log->due);
	memcpy(f->handed[0], f->dst, size);
	memcpy(f->handed[1], f->src, size);
	init_async_submit(&submit, flags, after, call ? kt_called : NULL, call,
			  NULL);
	tx = async_memcpy_folios(f->handed[0], f->handed[1], f->nr, &submit);
	memset(f->handed[0], 0xa5, size);
	memset(f->handed[1], 0xa5, size);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tx), "%u folios: %pe", f->nr, tx);
	KUNIT_EXPECT_NULL(test, submit.depend_tx);
	return tx;
}

/* Copy new content, waiting for the end in each way there is in turn. */
static bool folios_run(struct kunit *test, struct folios *f)
{
	struct kt *kt = test->priv;
	struct kt_call call = { .log = &kt->log };
	struct dma_async_tx_descriptor *tx;
	unsigned int way = kt->round++ % 3;

	folios_fill(test, f);
	kt_log_open(&kt->log);
	tx = folios_submit(test, f, way == 1 ? ASYNC_TX_ACK : 0, NULL,
			   way ? &call : NULL);
	if (!kt_end(test, tx, way))
		return false;
	KUNIT_EXPECT_EQ(test, atomic_read(&call.runs), !!way);
	return folios_agree(test, f);
}

static void folios_of_any_size_are_copied(struct kunit *test)
{
	static const unsigned int numbers[] = { 1, 2, 3, 31, 32, 33, 64 };
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct folios *f = folios_make(test, numbers[i], 4);

		for (round = 0; round < 3; round++)
			if (!folios_run(test, f))
				return;
	}
	kt_engines_did_their_part(test);
}

static void two_thousand_folios_are_copied(struct kunit *test)
{
	struct folios *f = folios_make(test, 2000, 1);

	folios_run(test, f);
	folios_run(test, f);
}

static void an_acked_list_nobody_hears_of_is_done_at_once(struct kunit *test)
{
	struct folios *f = folios_make(test, 20, 3);

	folios_fill(test, f);
	KUNIT_EXPECT_NULL(test, folios_submit(test, f, ASYNC_TX_ACK, NULL, NULL));
	folios_agree(test, f);
}

static void what_the_cpu_does_of_a_list_leaves_no_handle(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *call = kt_calls(test, &kt->log, 1);
	struct folios *f = folios_make(test, 20, 3);

	kt_policy(test, "cpu");
	folios_fill(test, f);
	KUNIT_EXPECT_NULL(test, folios_submit(test, f, 0, NULL, call));
	KUNIT_EXPECT_EQ(test, atomic_read(&call->runs), 1);
	folios_agree(test, f);
	kt_log_close(test, &kt->log);
}

/* Each of four channels, of which none goes on, gets its part. */
static void a_list_spreads_over_the_channels(struct kunit *test)
{
	const struct dma_sim_config four = { .channels = 4, .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, four, "least-loaded");
	struct kt *kt = test->priv;
	struct kt_call *call = kt_calls(test, &kt->log, 1);
	struct folios *f = folios_make(test, 32, 1);
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	folios_fill(test, f);
	kt_hold(test, true);
	tx = folios_submit(test, f, 0, NULL, call);
	KUNIT_EXPECT_NOT_NULL(test, tx);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, dma_sim_chan(sim, i)->cookie -
				DMA_MIN_COOKIE, 8);
	KUNIT_EXPECT_EQ(test, atomic_read(&call->runs), 0);
	kt_hold(test, false);
	async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	folios_agree(test, f);
}

/* Its parent's channel would have taken all. */
static void a_list_spreads_behind_its_parent(struct kunit *test)
{
	const struct dma_sim_config four = { .channels = 4, .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, four, "least-loaded");
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 2);
	struct folios *f = folios_make(test, 32, 1);
	struct dma_async_tx_descriptor *tx;
	unsigned int i, used = 0;

	folios_fill(test, f);
	kt_hold(test, true);
	tx = kt_link(test, MODEL_MEMCPY, 1, 0, NULL, &calls[0]);
	calls[1].after = &calls[0];
	tx = folios_submit(test, f, 0, tx, &calls[1]);
	kt_hold(test, false);
	async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	for (i = 0; i < 4; i++)
		used += dma_sim_chan(sim, i)->cookie - DMA_MIN_COOKIE > 2;
	KUNIT_EXPECT_EQ(test, used, 4);
	folios_agree(test, f);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

/* --- in a chain --- */

/* A link writes the first source, a list reads that; so it goes on. */
static void a_chain_of_lists(struct kunit *test, bool held)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 4);
	struct folios *a = folios_make(test, 24, 3), b = *a;
	struct dma_async_tx_descriptor *tx, *second;
	struct async_submit_ctl submit;
	unsigned int i;

	for (i = 1; i < 4; i++)
		calls[i].after = &calls[i - 1];
	/* The second list copies back what the first one wrote. */
	swap(b.dst, b.src);
	folios_fill(test, a);
	kt_log_open(&kt->log);
	kt_hold(test, held);
	tx = kt_link(test, MODEL_XOR, 1, 0, NULL, &calls[0]);
	init_async_submit(&submit, ASYNC_TX_FENCE, tx, NULL, NULL, NULL);
	tx = async_memcpy(folio_page(a->src[0], 0), kt_block(test, 1)->page, 0, 0,
			  KT_LINK_LEN, &submit);
	tx = folios_submit(test, a, 0, tx, &calls[1]);
	second = folios_submit(test, &b, 0, tx, &calls[2]);
	tx = kt_link(test, MODEL_MEMCPY, 2, 1, second, &calls[3]);
	async_tx_issue_pending_all();
	kt_hold(test, false);
	if (held)
		async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	async_tx_ack(tx);
	kt_called_once(test, calls, 4);
	folios_agree(test, a);
	KUNIT_EXPECT_EQ(test, 0, memcmp(folio_address(a->dst[0]),
					kt_block(test, 1)->should, KT_LINK_LEN));
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void lists_take_their_place_in_a_chain(struct kunit *test)
{
	a_chain_of_lists(test, false);
	a_chain_of_lists(test, true);
	a_chain_of_lists(test, false);
}

#define LISTS	10

/* Lists behind one operation, an operation behind each of them. */
static void a_list_may_be_parent_and_child_of_many(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *calls = kt_calls(test, &kt->log, 1 + 2 * LISTS);
	struct dma_async_tx_descriptor *root, *tx;
	struct folios *f[LISTS];
	unsigned int i;

	kt_log_open(&kt->log);
	kt_hold(test, true);
	root = kt_link(test, MODEL_XOR, 1, 0, NULL, &calls[0]);
	for (i = 0; i < LISTS; i++) {
		f[i] = folios_make(test, 10 + i, 2);
		folios_fill(test, f[i]);
		calls[1 + 2 * i].after = &calls[0];
		calls[2 + 2 * i].after = &calls[1 + 2 * i];
		tx = folios_submit(test, f[i], 0, async_tx_get(root),
				   &calls[1 + 2 * i]);
		tx = kt_link(test, MODEL_MEMCPY, 2 + i, 1, tx, &calls[2 + 2 * i]);
		async_tx_ack(tx);
	}
	async_tx_ack(root);
	async_tx_issue_pending_all();
	kt_hold(test, false);
	kt_log_close(test, &kt->log);
	kt_called_once(test, calls, 1 + 2 * LISTS);
	for (i = 0; i < LISTS; i++)
		folios_agree(test, f[i]);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

/* --- what goes wrong --- */

static void fail_next(struct kunit *test, unsigned int n)
{
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < KT_ENGINES && kt->engine[i]; i++)
		dma_sim_fail_next(kt->engine[i], n);
}

static void a_list_survives_failures(struct kunit *test)
{
	static const unsigned int failures[] = { 1, 2, 3, 10, 1000 };
	struct folios *f = folios_make(test, 30, 2);
	unsigned int i;

	/* Three times, for the three ways of waiting. */
	for (i = 0; i < 3 * ARRAY_SIZE(failures); i++) {
		fail_next(test, failures[i / 3]);
		if (!folios_run(test, f))
			return;
	}
}

static void engines_that_always_fail_leave_a_list_to_the_cpu(struct kunit *test)
{
	const struct dma_sim_config config = {
		.channels = 2, .error_ppm = 1000000,
	};
	struct dma_sim *sim = kt_only_engine(test, config, "round-robin");
	struct folios *f = folios_make(test, 50, 2);
	unsigned int i;

	for (i = 0; i < 3; i++)
		folios_run(test, f);
	KUNIT_EXPECT_EQ(test, dma_sim_completed(sim), 0);
}

static void an_engine_may_go_with_a_list_on_it(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct folios *f = folios_make(test, 100, 2);
	unsigned int i;

	for (i = 0; i < 6; i++) {
		const struct dma_sim_config config = {
			.channels = 3, .in_order = i % 2,
		};
		struct dma_sim *sim = kt_only_engine(test, config, "round-robin");
		struct kt_call *call = kt_calls(test, &kt->log, 1);

		folios_fill(test, f);
		kt_log_open(&kt->log);
		folios_submit(test, f, ASYNC_TX_ACK, NULL, call);
		kt_engine_gone(test, sim);
		kt->engine[0] = NULL;
		kt_log_close(test, &kt->log);
		kt_called_once(test, call, 1);
		if (!folios_agree(test, f))
			return;
	}
}

/* For the whole, for all of its parts, for anything between. */
static void memory_may_run_out_anywhere_in_a_list(struct kunit *test)
{
	struct folios *f = folios_make(test, 20, 2);
	unsigned int memory, way;

	for (memory = 0; memory <= 23; memory++) {
		for (way = 0; way < 3; way++) {
			bool right;

			kt_memory_for(test, memory);
			right = folios_run(test, f);
			kt_memory_again(test);
			if (!right)
				return;
		}
	}
}

/* --- scatterlists --- */

#define REGION_ORDER	5
#define REGION		(PAGE_SIZE << REGION_ORDER)

/*
 * A region of pages, each a folio of its own, cut into entries; those are in an
 * order of chance, some of them empty, and some across pages.
 */
struct region {
	struct page *page;
	u8 *is, *should;
	struct sg_table table;
};

static void region_free(void *data)
{
	struct region *r = data;

	sg_free_table(&r->table);
	vfree(r->should);
	if (r->page)
		__free_pages(r->page, REGION_ORDER);
}

static struct region *region_make(struct kunit *test, unsigned int entries)
{
	struct region *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, r);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, region_free, r));
	r->page = alloc_pages(GFP_KERNEL, REGION_ORDER);
	r->should = vmalloc(REGION);
	KUNIT_ASSERT_NOT_NULL(test, r->page);
	KUNIT_ASSERT_NOT_NULL(test, r->should);
	r->is = page_address(r->page);
	KUNIT_ASSERT_EQ(test, 0, sg_alloc_table(&r->table, entries, GFP_KERNEL));
	return r;
}

/*
 * Cuts the region anew, at multiples of @align where they are not too narrow.
 * Returns how many bytes are in the list.
 */
static size_t region_cut(struct kunit *test, struct region *r, unsigned int align)
{
	struct kt *kt = test->priv;
	unsigned int n = r->table.orig_nents, room = REGION / n, i;
	unsigned int first = model_random_below(&kt->seed, n);
	struct scatterlist *sg;
	size_t sum = 0;

	for_each_sg(r->table.sgl, sg, n, i) {
		/* Each entry keeps to its share of the region. */
		unsigned int at = (first + 7 * i) % n * room;
		unsigned int len = model_random_below(&kt->seed, room + 1);
		unsigned int skip = model_random_below(&kt->seed, room - len + 1);

		if (!model_random_below(&kt->seed, 8))
			len = 0;
		len = round_down(len, align);
		at += round_down(skip, align);
		sg_set_page(sg, r->page + at / PAGE_SIZE, len, at % PAGE_SIZE);
		sum += len;
	}
	return sum;
}

static void region_fill(struct kunit *test, struct region *r)
{
	struct kt *kt = test->priv;
	u64 *to = (u64 *)r->is;
	size_t i;

	for (i = 0; i < REGION / sizeof(*to); i++)
		to[i] = model_random(&kt->seed);
	memcpy(r->should, r->is, REGION);
}

/* The first @len bytes of the lists, a byte at a time. */
static void region_copy(struct region *to, const struct region *from, size_t len)
{
	struct scatterlist *dst = to->table.sgl, *src = from->table.sgl;
	size_t i = 0, j = 0;

	for (; len; len--, i++, j++) {
		while (i == dst->length) {
			dst = sg_next(dst);
			i = 0;
		}
		while (j == src->length) {
			src = sg_next(src);
			j = 0;
		}
		to->should[(u8 *)sg_virt(dst) - to->is + i] =
			from->should[(u8 *)sg_virt(src) - from->is + j];
	}
}

static bool region_run(struct kunit *test, struct region *to,
		       struct region *from, bool all, unsigned int align)
{
	size_t len = min(region_cut(test, to, align), region_cut(test, from, align));
	struct kt *kt = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;

	if (!len)
		return true;
	if (!all)
		len = 1 + model_random_below(&kt->seed, len);
	region_fill(test, to);
	region_fill(test, from);
	region_copy(to, from, len);
	init_async_submit(&submit, 0, NULL, NULL, NULL, NULL);
	tx = async_memcpy_sg(to->table.sgl, from->table.sgl, len, &submit);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tx), "%zu bytes: %pe", len, tx);
	async_tx_quiesce(&tx);
	KUNIT_EXPECT_EQ(test, 0, memcmp(to->is, to->should, REGION));
	KUNIT_EXPECT_EQ(test, 0, memcmp(from->is, from->should, REGION));
	return !memcmp(to->is, to->should, REGION);
}

static void lists_may_be_cut_in_any_way(struct kunit *test)
{
	/* No multiples of 7, see region_cut(). */
	static const unsigned int entries[] = { 1, 2, 13, 100, 1000, 4000 };
	unsigned int i, j, round;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		struct region *to = region_make(test, entries[i]);

		for (j = 0; j < ARRAY_SIZE(entries); j++) {
			struct region *from = region_make(test, entries[j]);

			for (round = 0; round < 4; round++)
				if (!region_run(test, to, from, round % 2,
						round < 2 ? 1 : 256))
					return;
			kunit_release_action(test, region_free, from);
		}
		kunit_release_action(test, region_free, to);
	}
	kt_engines_did_their_part(test);
}

#define KT_CASE(name)		KUNIT_CASE_PARAM(name, kt_setup_next)
#define KT_ENGINE_CASE(name)	KUNIT_CASE_PARAM(name, kt_engine_setup_next)

static struct kunit_case async_tx_sg_cases[] = {
	KT_CASE(folios_of_any_size_are_copied),
	KT_CASE(two_thousand_folios_are_copied),
	KT_CASE(an_acked_list_nobody_hears_of_is_done_at_once),
	KUNIT_CASE(what_the_cpu_does_of_a_list_leaves_no_handle),
	KUNIT_CASE(a_list_spreads_over_the_channels),
	KUNIT_CASE(a_list_spreads_behind_its_parent),
	KT_CASE(lists_take_their_place_in_a_chain),
	KT_CASE(a_list_may_be_parent_and_child_of_many),
	KT_ENGINE_CASE(a_list_survives_failures),
	KUNIT_CASE(engines_that_always_fail_leave_a_list_to_the_cpu),
	KUNIT_CASE(an_engine_may_go_with_a_list_on_it),
	KT_CASE(memory_may_run_out_anywhere_in_a_list),
	KT_CASE(lists_may_be_cut_in_any_way),
	{}
};

static struct kunit_suite async_tx_sg_suite = {
	.name = "async_tx_sg",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = async_tx_sg_cases,
};

kunit_test_suite(async_tx_sg_suite);
