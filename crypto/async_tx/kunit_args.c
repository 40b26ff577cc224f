// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: arguments that are wrong, one mistake at a time, and
 * the names of policies.
 *
 * Whatever is wrong: ERR_PTR(-EINVAL), no callback, not a byte written, no
 * request left behind, and the parent remains the caller's. Some of the mistakes
 * are warned of, once since boot; those warnings in the log are meant.
 */
#include <linux/delay.h>

#include "kunit_lib.h"

/* A right request, as each of the mistakes is made in one. */
struct right_request {
	const char *name;
	enum model_op op;
	unsigned int cnt;
	unsigned long needed;	/* mask of the blocks that may not be NULL */
};

static const struct right_request right_requests[] = {
	{ "memcpy", MODEL_MEMCPY, 2, 0x3 },
	{ "memset", MODEL_MEMSET, 1, 0x1 },
	{ "xor", MODEL_XOR, 4, 0xf },
	{ "xor_val", MODEL_XOR_VAL, 4, 0xf },
	{ "pq", MODEL_PQ, 6, 0 },
	{ "pq_val", MODEL_PQ_VAL, 6, 0 },
	{ "2data", MODEL_2DATA, 6, 0x33 },
	{ "datap", MODEL_DATAP, 6, 0x31 },
};

KUNIT_ARRAY_PARAM_DESC(right_request, right_requests, name);

/* Too many or too few blocks, and blocks that can not have failed. */
struct miscounted {
	const char *name;
	enum model_op op;
	unsigned int cnt;
	int faila, failb;
};

static const struct miscounted miscounted[] = {
	{ "xor of no source", MODEL_XOR, 1 },
	{ "xor of 256 sources", MODEL_XOR, 257 },
	{ "xor_val of 256 blocks", MODEL_XOR_VAL, 256 },
	{ "pq of P and Q alone", MODEL_PQ, 2 },
	{ "pq of 256 sources", MODEL_PQ, 258 },
	{ "pq_val of P and Q alone", MODEL_PQ_VAL, 2 },
	{ "pq_val of 256 sources", MODEL_PQ_VAL, 258 },
	{ "2data of the same block twice", MODEL_2DATA, 6, 2, 2 },
	{ "2data of a negative block", MODEL_2DATA, 6, -1, 2 },
	{ "2data of a negative second block", MODEL_2DATA, 6, 1, -2 },
	{ "2data of P", MODEL_2DATA, 6, 1, 4 },
	{ "2data of Q", MODEL_2DATA, 6, 5, 1 },
	{ "2data of a block that is not there", MODEL_2DATA, 6, 0, 6 },
	{ "2data of three disks", MODEL_2DATA, 3, 0, 1 },
	{ "2data of 258 disks", MODEL_2DATA, 258, 0, 1 },
	{ "datap of a negative block", MODEL_DATAP, 6, -1 },
	{ "datap of P", MODEL_DATAP, 6, 4 },
	{ "datap of a block that is not there", MODEL_DATAP, 6, 99 },
	{ "datap of P and Q alone", MODEL_DATAP, 2, 0 },
	{ "datap of 258 disks", MODEL_DATAP, 258, 0 },
};

KUNIT_ARRAY_PARAM_DESC(miscounted, miscounted, name);

static void must_not_be_called(void *param)
{
	(*(int *)param)++;
}

/* Requests made for a wrong call. */
static unsigned int allocated;

static struct async_tx_request *count_allocations(unsigned int nr)
{
	allocated++;
	return NULL;
}

/* The request in hand is wrong; so it is behind @parent. */
static void expect_refusal(struct kunit *test,
			   struct dma_async_tx_descriptor *parent)
{
	struct kt *kt = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;
	int called = 0;

	allocated = 0;
	kunit_activate_static_stub(test, async_tx_request_alloc,
				   count_allocations);
	init_async_submit(&submit, 0, parent, must_not_be_called, &called,
			  NULL);
	tx = model_submit(&kt->req, kt->scratch, &submit);
	kunit_deactivate_static_stub(test, async_tx_request_alloc);
	KUNIT_EXPECT_PTR_EQ(test, tx, ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, allocated, 0);
	KUNIT_EXPECT_EQ(test, called, 0);
	KUNIT_EXPECT_EQ(test, kt->req.result, (enum sum_check_flags)~0);
	KUNIT_EXPECT_PTR_EQ(test, submit.depend_tx, parent);
}

/* Run @mistakes without an engine, with a held one, and behind a parent. */
static void make_mistakes(struct kunit *test,
			  void (*mistakes)(struct kunit *test,
					   struct dma_async_tx_descriptor *after))
{
	const struct dma_sim_config config = { .channels = 1 };
	struct dma_async_tx_descriptor *parent;
	struct model_request *r;
	struct dma_sim *sim;

	kt_policy(test, "cpu");
	mistakes(test, NULL);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));

	sim = kt_engine(test, &config);
	dma_sim_hold(sim, true);
	kt_policy(test, "engine");
	mistakes(test, NULL);

	/* On blocks of its own, so that all others are to stay as they are. */
	r = kt_request(test, MODEL_MEMCPY, 2, 512);
	r->block[0] = kt_block(test, 18);
	r->block[1] = kt_block(test, 17);
	parent = kt_submit(test, 0, NULL, NULL);
	KUNIT_EXPECT_NOT_NULL(test, parent);
	mistakes(test, parent);
	dma_sim_hold(sim, false);
	async_tx_quiesce(&parent);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static struct model_request *the_right_request(struct kunit *test)
{
	const struct right_request *right = test->param_value;
	struct model_request *r = kt_request(test, right->op, right->cnt, 512);

	r->failb = 1;
	return r;
}

static void leave_pages_out(struct kunit *test,
			    struct dma_async_tx_descriptor *after)
{
	const struct right_request *right = test->param_value;
	unsigned long i;

	for_each_set_bit(i, &right->needed, right->cnt) {
		the_right_request(test)->block[i] = NULL;
		expect_refusal(test, after);
	}
	if (right->needed)
		return;
	/* One of P and Q may be NULL, not both of them. */
	the_right_request(test)->block[right->cnt - 1] = NULL;
	((struct kt *)test->priv)->req.block[right->cnt - 2] = NULL;
	expect_refusal(test, after);
}

static void a_null_page_is_refused(struct kunit *test)
{
	make_mistakes(test, leave_pages_out);
}

static void reach_behind_the_folio(struct kunit *test,
				   struct dma_async_tx_descriptor *after)
{
	const struct right_request *right = test->param_value;
	struct model_request *r;
	unsigned int i, j;

	for (i = 0; i < right->cnt; i++) {
		/* By one byte, by all, with an end that wraps around. */
		const unsigned int off[] = { SZ_128K - 511, SZ_128K, -511 };

		KUNIT_ASSERT_EQ(test, kt_block(test, i)->size, SZ_128K);
		for (j = 0; j < ARRAY_SIZE(off); j++) {
			r = the_right_request(test);
			r->off[i] = off[j];
			expect_refusal(test, after);
		}
	}
}

static void an_operand_that_leaves_its_folio_is_refused(struct kunit *test)
{
	make_mistakes(test, reach_behind_the_folio);
}

static void take_odd_lengths(struct kunit *test,
			     struct dma_async_tx_descriptor *after)
{
	static const size_t len[] = { 0, SZ_128K + 1, INT_MAX, SIZE_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		the_right_request(test)->len = len[i];
		expect_refusal(test, after);
	}
}

static void no_bytes_or_too_many_are_refused(struct kunit *test)
{
	make_mistakes(test, take_odd_lengths);
}

static void miscount(struct kunit *test, struct dma_async_tx_descriptor *after)
{
	const struct miscounted *wrong = test->param_value;
	struct model_request *r = kt_request(test, wrong->op, wrong->cnt, 512);

	r->faila = wrong->faila;
	r->failb = wrong->failb;
	expect_refusal(test, after);
}

static void a_wrong_number_is_refused(struct kunit *test)
{
	make_mistakes(test, miscount);
}

/* What a table of blocks can not say. */
enum odd_call {
	XOR_MINUS_ONE, XOR_INT_MIN, XOR_DROP_ANOTHER,
	XOR_VAL_NONE, XOR_VAL_MINUS_ONE, XOR_VAL_NO_RESULT,
	PQ_NONE, PQ_MINUS_ONE, PQ_INT_MAX,
	PQ_VAL_MINUS_ONE, PQ_VAL_NO_RESULT,
	DATA2_MINUS_ONE, DATAP_MINUS_ONE, MEMCPY_BEHIND_A_TAIL_PAGE,
	ODD_CALLS
};

static enum sum_check_flags checked;

static struct dma_async_tx_descriptor *
call_oddly(enum odd_call call, struct page **page, unsigned int *off,
	   struct async_submit_ctl *submit)
{
	switch (call) {
	case XOR_MINUS_ONE:
		return async_xor(page[0], page + 1, 0, -1, 512, submit);
	case XOR_INT_MIN:
		return async_xor(page[0], page + 1, 0, INT_MIN, 512, submit);
	case XOR_DROP_ANOTHER:
		submit->flags |= ASYNC_TX_XOR_DROP_DST;
		return async_xor(page[0], page + 1, 0, 2, 512, submit);
	case XOR_VAL_NONE:
		return async_xor_val(page[0], page, 0, 0, 512, &checked,
				     submit);
	case XOR_VAL_MINUS_ONE:
		return async_xor_val(page[0], page, 0, -1, 512, &checked,
				     submit);
	case XOR_VAL_NO_RESULT:
		return async_xor_val(page[0], page, 0, 3, 512, NULL, submit);
	case PQ_NONE:
		return async_gen_syndrome(page, off, 0, 512, submit);
	case PQ_MINUS_ONE:
		return async_gen_syndrome(page, off, -1, 512, submit);
	case PQ_INT_MAX:
		return async_gen_syndrome(page, off, INT_MAX, 512, submit);
	case PQ_VAL_MINUS_ONE:
		return async_syndrome_val(page, off, -1, 512, &checked, page[8],
					  0, submit);
	case PQ_VAL_NO_RESULT:
		return async_syndrome_val(page, off, 6, 512, NULL, page[8], 0,
					  submit);
	case DATA2_MINUS_ONE:
		return async_raid6_2data_recov(-1, 512, 0, 1, page, off,
					       submit);
	case DATAP_MINUS_ONE:
		return async_raid6_datap_recov(-1, 512, 0, page, off, submit);
	default:
		return async_memcpy(page[0] + 31, page[1], 1, 0, 4096, submit);
	}
}

static void an_odd_call_is_refused(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;
	unsigned int off[9] = {}, i;
	struct page *page[9];
	int called = 0;

	for (i = 0; i < ARRAY_SIZE(page); i++)
		page[i] = kt_block(test, i)->page;
	checked = ~0;
	for (i = 0; i < ODD_CALLS; i++) {
		init_async_submit(&submit, 0, NULL, must_not_be_called, &called,
				  NULL);
		tx = call_oddly(i, page, off, &submit);
		KUNIT_EXPECT_PTR_EQ_MSG(test, tx, ERR_PTR(-EINVAL), "call %u",
					i);
		KUNIT_EXPECT_EQ_MSG(test, called, 0, "call %u", i);
		KUNIT_EXPECT_EQ(test, checked, (enum sum_check_flags)~0);
		if (!kt_blocks_agree(test))
			return;
	}
}

/* Lists that are wrong. */
enum odd_list {
	NO_FOLIOS, NO_DESTINATIONS, NO_SOURCES, A_DESTINATION_MISSING,
	A_SOURCE_MISSING, ANOTHER_SIZE, NO_BYTES, TOO_MANY_FOR_THE_SOURCE,
	TOO_MANY_FOR_THE_DESTINATION, AS_MANY_AS_CAN_BE, NO_DESTINATION_LIST,
	NO_SOURCE_LIST, AN_ENTRY_WITHOUT_PAGE,
	ODD_LISTS
};

static struct dma_async_tx_descriptor *
list_folios_oddly(enum odd_list odd, struct page **page,
		  struct async_submit_ctl *submit)
{
	struct folio *dst[] = { page_folio(page[0]), page_folio(page[1]) };
	struct folio *src[] = { page_folio(page[2]), page_folio(page[3]) };

	switch (odd) {
	case NO_FOLIOS:
		return async_memcpy_folios(dst, src, 0, submit);
	case NO_DESTINATIONS:
		return async_memcpy_folios(NULL, src, 2, submit);
	case NO_SOURCES:
		return async_memcpy_folios(dst, NULL, 2, submit);
	case A_DESTINATION_MISSING:
		dst[1] = NULL;
		break;
	case A_SOURCE_MISSING:
		src[1] = NULL;
		break;
	default:
		src[1] = page_folio(page[4]);
	}
	return async_memcpy_folios(dst, src, 2, submit);
}

static struct dma_async_tx_descriptor *
list_oddly(enum odd_list odd, struct page **page,
	   struct async_submit_ctl *submit)
{
	struct scatterlist dst[2], src[2];
	unsigned int i;

	if (odd <= ANOTHER_SIZE)
		return list_folios_oddly(odd, page, submit);

	sg_init_table(dst, 2);
	sg_init_table(src, 2);
	for (i = 0; i < 2; i++) {
		sg_set_page(&dst[i], page[i], 1000, 0);
		sg_set_page(&src[i], page[2 + i], 1000, 0);
	}
	switch (odd) {
	case NO_BYTES:
		return async_memcpy_sg(dst, src, 0, submit);
	case TOO_MANY_FOR_THE_SOURCE:
		src[1].length--;
		break;
	case TOO_MANY_FOR_THE_DESTINATION:
		dst[0].length = 0;
		break;
	case AS_MANY_AS_CAN_BE:
		return async_memcpy_sg(dst, src, SIZE_MAX, submit);
	case NO_DESTINATION_LIST:
		return async_memcpy_sg(NULL, src, 2000, submit);
	case NO_SOURCE_LIST:
		return async_memcpy_sg(dst, NULL, 2000, submit);
	default:
		sg_assign_page(&dst[1], NULL);
	}
	return async_memcpy_sg(dst, src, 2000, submit);
}

static void submit_odd_lists(struct kunit *test,
			     struct dma_async_tx_descriptor *after)
{
	struct async_submit_ctl submit;
	struct page *page[5];
	int called = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		page[i] = kt_block(test, i)->page;
	page[4] = kt_block(test, KT_BIG_BLOCKS)->page;
	for (i = 0; i < ODD_LISTS; i++) {
		init_async_submit(&submit, 0, after, must_not_be_called, &called,
				  NULL);
		KUNIT_EXPECT_PTR_EQ_MSG(test, list_oddly(i, page, &submit),
					ERR_PTR(-EINVAL), "list %u", i);
		KUNIT_EXPECT_EQ_MSG(test, called, 0, "list %u", i);
		KUNIT_EXPECT_PTR_EQ(test, submit.depend_tx, after);
	}
}

static void an_odd_list_is_refused(struct kunit *test)
{
	make_mistakes(test, submit_odd_lists);
}

/* Every operation, the trigger included, refuses @parent. */
static void expect_refused_parent(struct kunit *test,
				  struct dma_async_tx_descriptor *parent)
{
	struct folio *folio = page_folio(kt_block(test, 0)->page);
	struct async_submit_ctl submit;
	int called = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(right_requests); i++) {
		test->param_value = &right_requests[i];
		the_right_request(test);
		expect_refusal(test, parent);
	}
	init_async_submit(&submit, 0, parent, must_not_be_called, &called,
			  NULL);
	KUNIT_EXPECT_PTR_EQ(test, async_trigger_callback(&submit),
			    ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, async_memcpy_folios(&folio, &folio, 1, &submit),
			    ERR_PTR(-EINVAL));
	KUNIT_EXPECT_EQ(test, called, 0);
}

static void an_error_is_refused_as_parent(struct kunit *test)
{
	expect_refused_parent(test, ERR_PTR(-EINVAL));
	expect_refused_parent(test, ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void a_drivers_own_descriptor_is_refused_as_parent(struct kunit *test)
{
	struct dma_async_tx_descriptor tx = {};

	expect_refused_parent(test, &tx);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

/* An operation that a held engine keeps from ending, acked all the same. */
static struct dma_async_tx_descriptor *
acked_and_running(struct kunit *test, struct dma_sim **sim)
{
	const struct dma_sim_config config = { .channels = 1 };
	struct dma_async_tx_descriptor *tx;
	struct model_request *r;

	*sim = kt_engine(test, &config);
	kt_policy(test, "engine");
	dma_sim_hold(*sim, true);
	r = kt_request(test, MODEL_MEMSET, 1, 512);
	r->block[0] = kt_block(test, 15);
	tx = kt_submit(test, 0, NULL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, tx);
	async_tx_ack(tx);
	return tx;
}

static void let_end(struct dma_sim *sim)
{
	dma_sim_hold(sim, false);
	async_tx_issue_pending_all();
	msleep(20);
}

static void an_acked_handle_is_refused_as_parent(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx;
	struct dma_sim *sim;

	tx = acked_and_running(test, &sim);
	expect_refused_parent(test, tx);
	let_end(sim);
	/* Its memory is free now. */
	expect_refused_parent(test, tx);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void an_acked_handle_cannot_be_had_again_or_waited_for(struct kunit *test)
{
	struct dma_async_tx_descriptor *tx, *again;
	struct dma_sim *sim;

	tx = acked_and_running(test, &sim);
	again = tx;
	KUNIT_EXPECT_PTR_EQ(test, async_tx_get(tx), ERR_PTR(-EINVAL));
	/* Does not wait: the engine would not let it go on. */
	async_tx_quiesce(&again);
	KUNIT_EXPECT_NULL(test, again);
	/* Nothing is freed twice. */
	async_tx_ack(tx);
	let_end(sim);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void policies_are_set_by_name(struct kunit *test)
{
	static const char * const names[] = {
		"cpu", "engine", "round-robin", "least-loaded",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, async_tx_set_policy(names[i]), 0);
		kt_request(test, MODEL_XOR, 3, 4096);
		kt_run(test);
	}
}

static void an_unknown_policy_changes_nothing(struct kunit *test)
{
	static const char * const names[] = {
		"", "c", "cpus", "CPU", "engine ", "least loaded", "\n",
	};
	const struct dma_sim_config config = { .channels = 1 };
	struct dma_sim *sim = kt_engine(test, &config);
	unsigned int i;
	u64 before;

	kt_policy(test, "engine");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ_MSG(test, async_tx_set_policy(names[i]),
				    -EINVAL, "'%s'", names[i]);
		before = dma_sim_completed(sim);
		kt_request(test, MODEL_MEMCPY, 2, 4096);
		kt_run(test);
		KUNIT_EXPECT_GT(test, dma_sim_completed(sim), before);
	}
}

static void a_request_takes_at_most_256_bytes(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, sizeof(struct async_tx_request), 256);
}

static struct kunit_case async_tx_args_cases[] = {
	KUNIT_CASE_PARAM(a_null_page_is_refused, right_request_gen_params),
	KUNIT_CASE_PARAM(an_operand_that_leaves_its_folio_is_refused,
			 right_request_gen_params),
	KUNIT_CASE_PARAM(no_bytes_or_too_many_are_refused,
			 right_request_gen_params),
	KUNIT_CASE_PARAM(a_wrong_number_is_refused, miscounted_gen_params),
	KUNIT_CASE(an_odd_call_is_refused),
	KUNIT_CASE(an_odd_list_is_refused),
	KUNIT_CASE(an_error_is_refused_as_parent),
	KUNIT_CASE(a_drivers_own_descriptor_is_refused_as_parent),
	KUNIT_CASE(an_acked_handle_is_refused_as_parent),
	KUNIT_CASE(an_acked_handle_cannot_be_had_again_or_waited_for),
	KUNIT_CASE(policies_are_set_by_name),
	KUNIT_CASE(an_unknown_policy_changes_nothing),
	KUNIT_CASE(a_request_takes_at_most_256_bytes),
	{}
};

static struct kunit_suite async_tx_args_suite = {
	.name = "async_tx_args",
	.init = kt_init_without_setup,
	.exit = kt_exit,
	.test_cases = async_tx_args_cases,
};

kunit_test_suite(async_tx_args_suite);
