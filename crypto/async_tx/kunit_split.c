// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: large operations that several channels share.
 *
 * The policy in force gets a rule of this suite's, which splits whatever it is
 * asked about: into equal shares for all engines' channels and the CPU, or into
 * shares as the case has them.
 */
#include "kunit_lib.h"

/* What the rule is to do, and what it has seen. */
static struct {
	struct async_tx_policy *policy;
	unsigned int (*before)(const struct async_tx_candidates *cand,
			       const struct async_tx_ask *ask, size_t len,
			       struct async_tx_share *share);
	const size_t *len;	/* of each share, up to one of 1; NULL: equal */
	unsigned int asked;
} rule;

static unsigned int split_by_rule(const struct async_tx_candidates *cand,
				  const struct async_tx_ask *ask, size_t len,
				  struct async_tx_share *share)
{
	unsigned int n = min(cand->nr, ASYNC_TX_MAX_SHARES - 1), i;

	rule.asked++;
	for (i = 0; rule.len && rule.len[i] != 1; i++)
		share[i] = (struct async_tx_share) {
			cand->chan[i % cand->nr], rule.len[i],
		};
	if (rule.len)
		return i;
	for (i = 0; i < n; i++)
		share[i] = (struct async_tx_share) {
			cand->chan[i], len / (n + 1),
		};
	share[n] = (struct async_tx_share) { NULL, 0 };
	return n + 1;
}

static void rule_ends(void *unused)
{
	rule.policy->split = rule.before;
}

/* The policy in force has its operations split, until the case ends. */
static void split(struct kunit *test)
{
	rule.policy = async_tx_policy_in_force();
	rule.before = rule.policy->split;
	rule.policy->split = split_by_rule;
	rule.len = NULL;
	rule.asked = 0;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, rule_ends, NULL));
}

static int split_init(struct kunit *test)
{
	int err = kt_init(test);

	if (!err && test->param_value)
		split(test);
	return err;
}

/* --- every operation --- */

struct divisible {
	enum model_op op;
	enum async_tx_flags flags;
	unsigned int cnt;
	unsigned int missing;	/* a block that is left out; 0: none */
};

static const struct divisible divisibles[] = {
	{ MODEL_MEMCPY, 0, 2 },
	{ MODEL_MEMSET, 0, 1 },
	{ MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, 2 },
	{ MODEL_XOR, ASYNC_TX_XOR_ZERO_DST, 10 },
	{ MODEL_PQ, 0, 7 },
	{ MODEL_PQ, 0, 7, 2 },
	{ MODEL_PQ, 0, 7, 5 },
	{ MODEL_PQ, 0, 7, 6 },
	{ MODEL_2DATA, 0, 8 },
	{ MODEL_2DATA, 0, 8, 4 },
	{ MODEL_DATAP, 0, 6 },
	{ MODEL_DATAP, 0, 6, 3 },
};

static struct model_request *
divisible_request(struct kunit *test, const struct divisible *d, size_t len)
{
	struct model_request *r = kt_request(test, d->op, d->cnt, len);

	r->flags = d->flags;
	r->val = 0x1d3;
	r->faila = 1;
	r->failb = 2;
	if (d->missing)
		r->block[d->missing] = NULL;
	return r;
}

static const size_t lengths[] = {
	ASYNC_TX_SPLIT_MIN, ASYNC_TX_SPLIT_MIN + 1, 20000, 5 * SZ_8K, 50001, SZ_64K,
};

static void every_operation_can_be_shared(struct kunit *test)
{
	static const unsigned int offsets[] = { 0, 64, 4000, 4097 };
	unsigned int i, j, k, off;

	for (i = 0; i < ARRAY_SIZE(divisibles); i++) {
		for (j = 0; j < 3 * ARRAY_SIZE(lengths); j++) {
			struct model_request *r;

			r = divisible_request(test, &divisibles[i], lengths[j / 3]);
			for (k = 0; k < r->cnt; k++) {
				off = j % 2 ? k + j / 2 : j / 2;
				r->off[k] = offsets[off % ARRAY_SIZE(offsets)];
			}
			if (!kt_run(test))
				return;
		}
	}
	/* The first engine of a setup may have a single capability. */
	KUNIT_EXPECT_GE(test, rule.asked, 3 * ARRAY_SIZE(lengths));
	kt_engines_did_their_part(test);
}

static void shares_survive_failures(struct kunit *test)
{
	static const unsigned int failures[] = { 1, 2, 3, 5, 1000 };
	struct kt *kt = test->priv;
	unsigned int i, j, k;

	for (i = 0; i < ARRAY_SIZE(divisibles); i++) {
		/* Three times, for the three ways of waiting. */
		for (j = 0; j < 3 * ARRAY_SIZE(failures); j++) {
			divisible_request(test, &divisibles[i], 40000 + j);
			for (k = 0; k < KT_ENGINES && kt->engine[k]; k++)
				dma_sim_fail_next(kt->engine[k], failures[j / 3]);
			if (!kt_run(test))
				return;
		}
	}
}

/* Memory for so many parts, of a copy that has up to six. */
static void a_copy_is_left_whole_without_memory(struct kunit *test)
{
	unsigned int memory, way;

	for (memory = 0; memory < 9; memory++) {
		for (way = 0; way < 3; way++) {
			bool right;

			kt_request(test, MODEL_MEMCPY, 2, SZ_64K);
			kt_memory_for(test, memory);
			right = kt_run(test);
			kt_memory_again(test);
			if (!right)
				return;
		}
	}
}

/* --- who does what --- */

static struct dma_async_tx_descriptor *
copy_shared(struct kunit *test, size_t len, struct kt_call *call)
{
	kt_request(test, MODEL_MEMCPY, 2, len);
	return kt_submit(test, 0, NULL, call);
}

/* The engine does not go on, and the CPU has done its share. */
static void each_channel_and_the_cpu_have_a_share(struct kunit *test)
{
	const struct dma_sim_config three = { .channels = 3, .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, three, "engine");
	struct kt *kt = test->priv;
	struct kt_call *call = kt_calls(test, &kt->log, 1);
	struct dma_async_tx_descriptor *tx;
	struct model_block *dst;
	unsigned int i;

	split(test);
	kt_hold(test, true);
	tx = copy_shared(test, SZ_64K, call);
	KUNIT_EXPECT_NOT_NULL(test, tx);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, dma_sim_chan(sim, i)->cookie -
				DMA_MIN_COOKIE, 1);
	dst = kt_block(test, 0);
	KUNIT_EXPECT_EQ(test, model_differs(dst, 0, SZ_64K), 0);
	KUNIT_EXPECT_EQ(test, 0, memcmp(dst->is + 3 * SZ_16K,
					dst->should + 3 * SZ_16K, SZ_16K));
	KUNIT_EXPECT_EQ(test, atomic_read(&call->runs), 0);
	kt_hold(test, false);
	async_tx_quiesce(&tx);
	kt_log_close(test, &kt->log);
	kt_called_once(test, call, 1);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

struct odd_shares {
	const char *name;
	unsigned int parts;
	size_t len[ASYNC_TX_MAX_SHARES + 1];
};

static const struct odd_shares odd_shares[] = {
	{ "none", 1, { 1 } },
	{ "one", 1, { 5000, 1 } },
	{ "two", 2, { 5000, 5000, 1 } },
	{ "the last without a length", 2, { SZ_32K, 0, 1 } },
	{ "the first without a length", 1, { 0, SZ_32K, 1 } },
	{ "some without a length", 3, { SZ_16K, 0, 0, SZ_16K, 0, 2, 1 } },
	{ "too little", 3, { 2, 2, 2, 1 } },
	{ "too much", 2, { SZ_32K, SZ_64K, SZ_64K, 1 } },
	{ "all for the first", 1, { SZ_64K, SZ_16K, 1 } },
	{ "more than there is memory", 1, { SIZE_MAX / 2, 2, 1 } },
	{ "sixteen", 16, { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1 } },
	{ "no multiples of a page", 3, { 10001, 20002, 30003, 1 } },
};

KUNIT_ARRAY_PARAM_DESC(odd_shares, odd_shares, name);

static void a_policy_may_have_odd_ideas(struct kunit *test)
{
	const struct dma_sim_config one = { .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, one, "engine");
	const struct odd_shares *odd = test->param_value;
	struct dma_chan *chan = dma_sim_chan(sim, 0);
	unsigned int way;

	split(test);
	rule.len = odd->len;
	for (way = 0; way < 3; way++) {
		dma_cookie_t before = chan->cookie;

		kt_request(test, MODEL_MEMCPY, 2, SZ_64K)->off[1] = 32;
		kt_run(test);
		KUNIT_EXPECT_EQ(test, chan->cookie - before, odd->parts);
	}
	KUNIT_EXPECT_EQ(test, rule.asked, 3);
}

static void the_rule_is_asked(struct kunit *test, unsigned int times)
{
	rule.asked = 0;
	kt_run(test);
	KUNIT_EXPECT_EQ(test, rule.asked, times);
}

static void what_can_not_be_shared_is_left_whole(struct kunit *test)
{
	const struct dma_sim_config one = { .in_order = true };
	struct model_request *r;
	unsigned int way;

	kt_only_engine(test, one, "engine");
	split(test);
	for (way = 0; way < 3; way++) {
		kt_request(test, MODEL_MEMCPY, 2, ASYNC_TX_SPLIT_MIN);
		the_rule_is_asked(test, 1);
		kt_request(test, MODEL_MEMCPY, 2, ASYNC_TX_SPLIT_MIN - 1);
		the_rule_is_asked(test, 0);
		r = kt_request(test, MODEL_MEMCPY, 2, SZ_32K);
		r->block[1] = r->block[0];
		r->off[1] = 5000;
		the_rule_is_asked(test, 0);
		kt_request(test, MODEL_XOR, 3, SZ_32K);
		the_rule_is_asked(test, 0);
		kt_request(test, MODEL_XOR_VAL, 3, SZ_32K);
		the_rule_is_asked(test, 0);
		kt_request(test, MODEL_PQ, 5, SZ_32K)->flags = ASYNC_TX_PQ_XOR_DST;
		the_rule_is_asked(test, 0);
		kt_request(test, MODEL_PQ_VAL, 5, SZ_32K);
		the_rule_is_asked(test, 0);
	}
}

/* --- in a chain, in a list --- */

#define LINKS	30

/* Large copies behind one another, that are shared when they are ready. */
static void shared_copies_run_in_order(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct kt_call *calls;
	struct dma_async_tx_descriptor *tx;
	unsigned int i, held;

	for (held = 0; held < 2; held++) {
		calls = kt_calls(test, &kt->log, LINKS);
		kt_log_open(&kt->log);
		kt_hold(test, held);
		for (tx = NULL, i = 0; i < LINKS; i++) {
			struct model_request *r;

			r = kt_request(test, MODEL_MEMCPY, 2,
				       i % 3 == 2 ? 500 : 30000 + i);
			r->block[0] = kt_block(test, (i + 1) % 7);
			r->block[1] = kt_block(test, i % 7);
			r->off[i % 2] = 5 * i;
			calls[i].after = i ? &calls[i - 1] : NULL;
			tx = kt_submit(test, ASYNC_TX_FENCE, tx, &calls[i]);
		}
		async_tx_issue_pending(tx);
		kt_hold(test, false);
		if (held)
			async_tx_quiesce(&tx);
		kt_log_close(test, &kt->log);
		async_tx_ack(tx);
		kt_called_once(test, calls, LINKS);
		KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
	}
}

static void large_folios_of_a_list_are_shared(struct kunit *test)
{
	const struct dma_sim_config three = { .channels = 3, .in_order = true };
	struct dma_sim *sim = kt_only_engine(test, three, "round-robin");
	struct dma_async_tx_descriptor *tx;
	unsigned int i;

	split(test);
	tx = kt_list(test, 0, 2, 2, NULL, NULL);
	async_tx_quiesce(&tx);
	KUNIT_EXPECT_EQ(test, rule.asked, 2);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, dma_sim_chan(sim, i)->cookie -
				DMA_MIN_COOKIE, 2);
	KUNIT_EXPECT_TRUE(test, kt_blocks_agree(test));
}

static void an_engine_may_go_with_shares_on_it(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		const struct dma_sim_config config = {
			.channels = 3, .in_order = i % 2,
		};
		struct dma_sim *sim = kt_only_engine(test, config, "engine");
		struct kt_call *call = kt_calls(test, &kt->log, 1);
		struct dma_async_tx_descriptor *tx;

		if (!i)
			split(test);
		kt_log_open(&kt->log);
		tx = copy_shared(test, SZ_64K - i, call);
		kt_engine_gone(test, sim);
		kt->engine[0] = NULL;
		kt_log_close(test, &kt->log);
		async_tx_ack(tx);
		kt_called_once(test, call, 1);
		if (!kt_blocks_agree(test))
			return;
	}
}

#define KT_ENGINE_CASE(name)	KUNIT_CASE_PARAM(name, kt_engine_setup_next)

static struct kunit_case async_tx_split_cases[] = {
	KT_ENGINE_CASE(every_operation_can_be_shared),
	KT_ENGINE_CASE(shares_survive_failures),
	KT_ENGINE_CASE(a_copy_is_left_whole_without_memory),
	KT_ENGINE_CASE(shared_copies_run_in_order),
	{}
};

static struct kunit_suite async_tx_split_suite = {
	.name = "async_tx_split",
	.init = split_init,
	.exit = kt_exit,
	.test_cases = async_tx_split_cases,
};

static struct kunit_case async_tx_shares_cases[] = {
	KUNIT_CASE(each_channel_and_the_cpu_have_a_share),
	KUNIT_CASE_PARAM(a_policy_may_have_odd_ideas, odd_shares_gen_params),
	KUNIT_CASE(what_can_not_be_shared_is_left_whole),
	KUNIT_CASE(large_folios_of_a_list_are_shared),
	KUNIT_CASE(an_engine_may_go_with_shares_on_it),
	{}
};

static struct kunit_suite async_tx_shares_suite = {
	.name = "async_tx_shares",
	.init = kt_init_without_setup,
	.exit = kt_exit,
	.test_cases = async_tx_shares_cases,
};

kunit_test_suites(&async_tx_split_suite, &async_tx_shares_suite);
