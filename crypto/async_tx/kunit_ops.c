// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: every operation against the model, on every setup
 * of kunit_lib.c, one request at a time.
 */
#include "kunit_lib.h"

/* Either side of what a loop, a register, a cache line, a page is long. */
static const size_t lengths[] = {
	1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129,
	191, 255, 256, 257, 511, 512, 513, 1000, 1024, 2048, 3000, 4095, 4096,
	4097, 8192, 12345, 16384, 32768, 65535, 65536,
};

static const unsigned int offsets[] = {
	0, 64, 1, 512, 4095, 8, 4096, 3, 5000, 128, 4032,
};

/* Give each operand an offset of its own, or all the same one. */
static void set_offsets(struct model_request *r, unsigned int turn, bool same)
{
	unsigned int i;

	for (i = 0; i < r->cnt; i++)
		r->off[i] = offsets[(turn + (same ? 0 : i)) %
				    ARRAY_SIZE(offsets)];
	r->one_offset = same;
}

/* @op on @cnt blocks, over all lengths, offsets alike and not. */
static bool sweep_lengths(struct kunit *test, enum model_op op,
			  unsigned int cnt, enum async_tx_flags flags)
{
	struct model_request *r;
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		r = kt_request(test, op, cnt, lengths[i / 2]);
		r->flags = flags;
		r->val = 0x5a + i;
		set_offsets(r, i, i % 2);
		if (!kt_run(test))
			return false;
	}
	return true;
}

static void a_copy_of_any_length_and_offset_is_exact(struct kunit *test)
{
	sweep_lengths(test, MODEL_MEMCPY, 2, 0);
	kt_engines_did_their_part(test);
}

static void a_copy_by_lists_of_any_length_and_offset_is_exact(struct kunit *test)
{
	sweep_lengths(test, MODEL_MEMCPY_SG, 2, 0);
	kt_engines_did_their_part(test);
}

static void a_fill_of_any_length_and_offset_is_exact(struct kunit *test)
{
	sweep_lengths(test, MODEL_MEMSET, 1, 0);
}

static void a_fill_takes_the_low_byte_of_its_value(struct kunit *test)
{
	static const int values[] = { 0, 1, 0xff, 0x100, 0x1a5, -1, INT_MIN };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		kt_request(test, MODEL_MEMSET, 1, 777)->val = values[i];
		if (!kt_run(test))
			return;
	}
}

static void xor_of_any_length_and_offset_is_exact(struct kunit *test)
{
	sweep_lengths(test, MODEL_XOR, 5, ASYNC_TX_XOR_ZERO_DST);
	kt_engines_did_their_part(test);
}

static void xor_of_1_to_255_sources_is_exact(struct kunit *test)
{
	unsigned int cnt;

	for (cnt = 1; cnt <= 255; cnt += cnt < 34 ? 1 : 17) {
		struct model_request *r;

		r = kt_request(test, MODEL_XOR, cnt + 1, cnt < 17 ? 4096 : 1536);
		r->flags = ASYNC_TX_XOR_ZERO_DST;
		set_offsets(r, cnt, cnt % 2);
		if (!kt_run(test))
			return;
	}
	kt_engines_did_their_part(test);
}

/* Which blocks are the same, as digits: '0' '1' '1' has one source twice. */
struct alias_case {
	enum async_tx_flags flags;
	const char *blocks;
};

static const struct alias_case xor_flags[] = {
	{ ASYNC_TX_XOR_ZERO_DST, "01" },
	{ ASYNC_TX_XOR_ZERO_DST, "012345678" },
	{ ASYNC_TX_XOR_ZERO_DST | ASYNC_TX_FENCE, "0123" },
	{ ASYNC_TX_XOR_ZERO_DST, "011" },
	{ ASYNC_TX_XOR_ZERO_DST, "01121" },
	{ ASYNC_TX_XOR_DROP_DST, "0" },
	{ ASYNC_TX_XOR_DROP_DST, "01" },
	{ ASYNC_TX_XOR_DROP_DST, "0123456789" },
	{ ASYNC_TX_XOR_DROP_DST, "0112" },
	{ ASYNC_TX_XOR_DROP_DST | ASYNC_TX_FENCE, "012" },
	{ 0, "01" },
	{ 0, "012" },
	{ 0, "0123456789" },
	{ 0, "0121" },
	{ ASYNC_TX_FENCE, "0123" },
};

static void xor_obeys_every_flag_and_repeated_pages(struct kunit *test)
{
	unsigned int i, j, turn;

	for (i = 0; i < ARRAY_SIZE(xor_flags); i++) {
		const struct alias_case *c = &xor_flags[i];

		for (turn = 0; turn < 4; turn++) {
			struct model_request *r;

			r = kt_request(test, MODEL_XOR, strlen(c->blocks),
				       turn < 2 ? 4096 : 100 + 37 * i);
			r->flags = c->flags;
			set_offsets(r, 0, turn % 2);
			for (j = 0; j < r->cnt; j++)
				r->block[j] = kt_block(test, c->blocks[j] - '0');
			if (!kt_run(test))
				return;
		}
	}
}

static void a_copy_within_one_page_is_exact(struct kunit *test)
{
	struct model_request *r = kt_request(test, MODEL_MEMCPY, 2, 1024);

	r->block[1] = r->block[0];
	r->off[1] = 2048;
	kt_run(test);
}

/* As drivers do with a big folio: page and offset count from its middle. */
static void an_operand_may_begin_in_a_tail_page(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct model_request *r = kt_request(test, MODEL_MEMCPY, 2, 9000);
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;

	r->off[0] = 2 * PAGE_SIZE + 5;
	r->off[1] = 3 * PAGE_SIZE + 4000;
	model_apply(r, kt->scratch);
	init_async_submit(&submit, 0, NULL, NULL, NULL, NULL);
	tx = async_memcpy(r->block[0]->page + 2, r->block[1]->page + 3, 5, 4000,
			  r->len, &submit);
	KUNIT_ASSERT_FALSE(test, IS_ERR(tx));
	async_tx_quiesce(&tx);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void xor_val_of_any_length_finds_nothing_in_a_right_set(struct kunit *test)
{
	/* More than two is more than some of the engines can check. */
	sweep_lengths(test, MODEL_XOR_VAL, 5, 0);
	sweep_lengths(test, MODEL_XOR_VAL, 2, 0);
	kt_engines_did_their_part(test);
}

/* A flipped bit in each block in turn, in each of some lengths. */
static void spoil_each_block(struct kunit *test, enum model_op op,
			     unsigned int cnt)
{
	static const size_t tried[] = { 1, 64, 1000, 4096, 20000 };
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < cnt * ARRAY_SIZE(tried); i++) {
		set_offsets(kt_request(test, op, cnt, tried[i / cnt]), i, i % 2);
		kt->flip = i % cnt;
		if (!kt_run(test))
			return;
		KUNIT_EXPECT_NE(test, kt->req.result, 0);
	}
}

static void xor_val_finds_one_bit_in_any_block(struct kunit *test)
{
	spoil_each_block(test, MODEL_XOR_VAL, 2);
	spoil_each_block(test, MODEL_XOR_VAL, 6);
	spoil_each_block(test, MODEL_XOR_VAL, 19);
}

static void xor_val_of_one_block_says_whether_it_is_zero(struct kunit *test)
{
	struct kt *kt = test->priv;

	kt_request(test, MODEL_XOR_VAL, 1, 512);
	kt_run(test);
	KUNIT_EXPECT_EQ(test, kt->req.result, 0);
	kt->flip = 0;
	kt_run(test);
	KUNIT_EXPECT_EQ(test, kt->req.result, SUM_CHECK_P_RESULT);
}

static void syndromes_of_any_length_and_offset_are_exact(struct kunit *test)
{
	sweep_lengths(test, MODEL_PQ, 6, 0);
	kt_engines_did_their_part(test);
}

static const unsigned int pq_sources[] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 24, 30, 31, 32, 33,
	63, 64, 65, 100, 127, 128, 129, 200, 253, 254, 255,
};

static void syndromes_of_1_to_255_sources_are_exact(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pq_sources); i++) {
		set_offsets(kt_request(test, MODEL_PQ, pq_sources[i] + 2,
				       i < 8 ? 4096 : 1536), i, i % 2);
		if (!kt_run(test))
			return;
	}
	kt_engines_did_their_part(test);
}

/*
 * The blocks of a P+Q operation, as digits; '-' is a NULL page. With
 * ASYNC_TX_PQ_XOR_DST, P and Q are added to.
 */
static const struct alias_case pq_shapes[] = {
	{ 0, "0123-5" }, { 0, "012345-" }, { 0, "01-3" }, { 0, "012-" },
	{ 0, "-123" }, { 0, "0-23" }, { 0, "-1-3-567" }, { 0, "01234----9" },
	{ 0, "--23" }, { 0, "---3" }, { 0, "--2-" }, { 0, "-----5-" },
	{ 0, "001234" }, { 0, "01010145" },
	{ ASYNC_TX_FENCE, "012345" },
	{ ASYNC_TX_PQ_XOR_DST, "012" },
	{ ASYNC_TX_PQ_XOR_DST, "0123" },
	{ ASYNC_TX_PQ_XOR_DST, "0123456789" },
	{ ASYNC_TX_PQ_XOR_DST, "0123-5" }, { ASYNC_TX_PQ_XOR_DST, "01234-" },
	{ ASYNC_TX_PQ_XOR_DST, "--2-45" }, { ASYNC_TX_PQ_XOR_DST, "-1--45" },
	{ ASYNC_TX_PQ_XOR_DST, "----45" },
	{ ASYNC_TX_PQ_XOR_DST | ASYNC_TX_FENCE, "01234567" },
};

static void shape_request(struct kunit *test, struct model_request *r,
			  const char *blocks)
{
	unsigned int i;

	for (i = 0; i < r->cnt; i++)
		r->block[i] = blocks[i] == '-' ? NULL :
					kt_block(test, blocks[i] - '0');
}

static void syndromes_obey_every_flag_and_pages_left_out(struct kunit *test)
{
	unsigned int i, turn;

	for (i = 0; i < ARRAY_SIZE(pq_shapes); i++) {
		const struct alias_case *c = &pq_shapes[i];

		for (turn = 0; turn < 4; turn++) {
			struct model_request *r;

			r = kt_request(test, MODEL_PQ, strlen(c->blocks),
				       turn < 2 ? 4096 : 50 + 61 * i);
			r->flags = c->flags;
			set_offsets(r, 0, turn % 2);
			shape_request(test, r, c->blocks);
			if (!kt_run(test))
				return;
		}
	}
}

static void p_and_q_may_share_a_compound_page(struct kunit *test)
{
	struct model_request *r = kt_request(test, MODEL_PQ, 5, 4096);

	r->block[4] = r->block[3];
	r->off[3] = 4096;
	r->off[4] = 12288;
	kt_run(test);
}

static void syndrome_val_of_any_length_finds_nothing_in_a_right_set(struct kunit *test)
{
	sweep_lengths(test, MODEL_PQ_VAL, 6, 0);
	sweep_lengths(test, MODEL_PQ_VAL, 4, 0);
	kt_engines_did_their_part(test);
}

static void syndrome_val_finds_one_bit_in_any_block(struct kunit *test)
{
	spoil_each_block(test, MODEL_PQ_VAL, 4);
	spoil_each_block(test, MODEL_PQ_VAL, 9);
	spoil_each_block(test, MODEL_PQ_VAL, 18);
}

static void syndrome_val_tells_p_from_q(struct kunit *test)
{
	/* Which block is wrong, and what P and Q then say of it. */
	static const struct { const char *blocks; int flip, result; } cases[] = {
		{ "012345", 4, SUM_CHECK_P_RESULT },
		{ "012345", 5, SUM_CHECK_Q_RESULT },
		{ "012345", 1, SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT },
		{ "0123-5", 5, SUM_CHECK_Q_RESULT },
		{ "01234-", 4, SUM_CHECK_P_RESULT },
		{ "0123-5", 2, SUM_CHECK_Q_RESULT },
		{ "01234-", 3, SUM_CHECK_P_RESULT },
		{ "-1-345", 3, SUM_CHECK_P_RESULT | SUM_CHECK_Q_RESULT },
		{ "01-345", -1, 0 }, { "0-23-5", -1, 0 }, { "012-4-", -1, 0 },
	};
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		shape_request(test, kt_request(test, MODEL_PQ_VAL, 6, 2048),
			      cases[i].blocks);
		kt->flip = cases[i].flip;
		if (!kt_run(test))
			return;
		KUNIT_EXPECT_EQ(test, kt->req.result, cases[i].result);
	}
}

/* Two failed data blocks, or one (@failb is P). */
static bool recover(struct kunit *test, unsigned int disks, int faila,
		    int failb, unsigned int turn)
{
	static const size_t tried[] = { 4096, 1, 100, 512, 20000, 65536 };
	bool two = failb < disks - 2;
	struct model_request *r;

	r = kt_request(test, two ? MODEL_2DATA : MODEL_DATAP, disks,
		       tried[turn % ARRAY_SIZE(tried)]);
	set_offsets(r, turn, turn % 2);
	/* Either order of the two will do. */
	r->faila = two && turn % 4 == 3 ? failb : faila;
	r->failb = two && turn % 4 == 3 ? faila : failb;
	/* A block that was never written, where there are enough others. */
	if (disks > 6 && turn % 3 == 0)
		r->block[(failb + 1) % (disks - 2) == faila ?
			 (failb + 2) % (disks - 2) :
			 (failb + 1) % (disks - 2)] = NULL;
	if (kt_run(test))
		return true;
	kunit_err(test, "disks %u, failed %d and %d\n", disks, faila, failb);
	return false;
}

static void any_two_failures_are_recovered(struct kunit *test, unsigned int disks)
{
	unsigned int a, b, turn = 0;

	for (a = 0; a < disks - 2; a++)
		for (b = a + 1; b < disks - 1; b++)
			if (!recover(test, disks, a, b, turn++))
				return;
}

static void any_two_failures_of_4_disks_are_recovered(struct kunit *test)
{
	unsigned int i;

	/* So few pairs: run them in every length. */
	for (i = 0; i < 6; i++)
		recover(test, 4, 0, 1, i);
	any_two_failures_are_recovered(test, 4);
}

static void any_two_failures_of_5_disks_are_recovered(struct kunit *test)
{
	any_two_failures_are_recovered(test, 5);
}

static void any_two_failures_of_6_disks_are_recovered(struct kunit *test)
{
	any_two_failures_are_recovered(test, 6);
}

static void any_two_failures_of_12_disks_are_recovered(struct kunit *test)
{
	any_two_failures_are_recovered(test, 12);
}

/* Q is lost too: the other data block comes from P, then both syndromes. */
static void data_and_q_are_recovered_by_xor_and_a_new_syndrome(struct kunit *test)
{
	struct model_request *r = kt_request(test, MODEL_PQ, 7, 4096);
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	kt_run(test);
	memset(r->block[2]->is, 0x11, 4096);
	memset(r->block[6]->is, 0x22, 4096);
	/* Block 2 from P and the other data blocks, which are all there. */
	r->op = MODEL_XOR;
	r->cnt = 6;
	for (i = 2; i > 0; i--)
		swap(r->block[i], r->block[i - 1]);
	tx = kt_submit(test, ASYNC_TX_XOR_ZERO_DST | ASYNC_TX_FENCE, NULL, NULL);
	r->op = MODEL_PQ;
	r->cnt = 7;
	for (i = 0; i < 2; i++)
		swap(r->block[i], r->block[i + 1]);
	tx = kt_submit(test, 0, tx, NULL);
	async_tx_quiesce(&tx);
	KUNIT_EXPECT_NULL(test, tx);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

#define KT_CASE(name) KUNIT_CASE_PARAM(name, kt_setup_next)

static struct kunit_case async_tx_ops_cases[] = {
	KT_CASE(a_copy_of_any_length_and_offset_is_exact),
	KT_CASE(a_copy_by_lists_of_any_length_and_offset_is_exact),
	KT_CASE(a_copy_within_one_page_is_exact),
	KT_CASE(an_operand_may_begin_in_a_tail_page),
	KT_CASE(a_fill_of_any_length_and_offset_is_exact),
	KT_CASE(a_fill_takes_the_low_byte_of_its_value),
	KT_CASE(xor_of_any_length_and_offset_is_exact),
	KT_CASE(xor_of_1_to_255_sources_is_exact),
	KT_CASE(xor_obeys_every_flag_and_repeated_pages),
	KT_CASE(xor_val_of_any_length_finds_nothing_in_a_right_set),
	KT_CASE(xor_val_finds_one_bit_in_any_block),
	KT_CASE(xor_val_of_one_block_says_whether_it_is_zero),
	KT_CASE(syndromes_of_any_length_and_offset_are_exact),
	KT_CASE(syndromes_of_1_to_255_sources_are_exact),
	KT_CASE(syndromes_obey_every_flag_and_pages_left_out),
	KT_CASE(p_and_q_may_share_a_compound_page),
	KT_CASE(syndrome_val_of_any_length_finds_nothing_in_a_right_set),
	KT_CASE(syndrome_val_finds_one_bit_in_any_block),
	KT_CASE(syndrome_val_tells_p_from_q),
	KT_CASE(any_two_failures_of_4_disks_are_recovered),
	KT_CASE(any_two_failures_of_5_disks_are_recovered),
	KT_CASE(any_two_failures_of_6_disks_are_recovered),
	KT_CASE(any_two_failures_of_12_disks_are_recovered),
	KT_CASE(data_and_q_are_recovered_by_xor_and_a_new_syndrome),
	{}
};

static struct kunit_suite async_tx_ops_suite = {
	.name = "async_tx_ops",
	.init = kt_init,
	.exit = kt_exit,
	.test_cases = async_tx_ops_cases,
};

kunit_test_suite(async_tx_ops_suite);
