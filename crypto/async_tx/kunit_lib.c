// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the KUnit suites of async_tx share; kunit_lib.h says what there is.
 *
 * A case runs in its own thread and is the only one to touch a struct kt. The
 * callbacks, which may come from any context, touch counters and a completion.
 */
#include <linux/module.h>

#include "kunit_lib.h"

/* Ten times what the slowest request needs on a slow machine. */
#define KT_TIMEOUT	(20 * HZ)

#define KT_CAPS(...)	{ .bits = { __VA_ARGS__ } }

static const struct kt_setup kt_setups[] = {
	{
		.name = "the CPU beside an idle engine",
		.policy = "cpu",
		.engines = KT_MUST_REST,
		.engine = { { .channels = 1, .in_order = true } },
	}, {
		.name = "one engine in order",
		.policy = "engine",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 1, .in_order = true,
			      .pq_continue = true } },
	}, {
		.name = "five channels in turn, two of them out of order",
		.policy = "round-robin",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 3, .in_order = true },
			    { .channels = 2, .pq_continue = true } },
	}, {
		.name = "the least loaded of two channels and the CPU",
		.policy = "least-loaded",
		.engine = { { .channels = 2, .in_order = true } },
	}, {
		.name = "where it ends first, of three channels and the CPU",
		.policy = "adaptive",
		.engine = { { .channels = 2, .in_order = true },
			    { .channels = 1, .setup_ns = 2000, .bandwidth = 1000 } },
	}, {
		.name = "an engine of 2 xor and 4 P+Q sources",
		.policy = "engine",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 1, .max_xor = 2, .max_pq = 4,
			      .in_order = true } },
	}, {
		.name = "an engine of 3 xor and 8 P+Q sources",
		.policy = "engine",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 1, .max_xor = 3, .max_pq = 8 } },
	}, {
		.name = "an engine of 8 sources that continues P+Q",
		.policy = "engine",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 1, .max_xor = 8, .max_pq = 8,
			      .pq_continue = true } },
	}, {
		.name = "an engine aligned to 64 bytes",
		.policy = "engine",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 1, .align = 64, .in_order = true } },
	}, {
		.name = "an engine with a ring of two",
		.policy = "engine",
		.engines = KT_MUST_WORK,
		.engine = { { .channels = 1, .ring = 2, .max_xor = 4,
			      .in_order = true } },
	}, {
		.name = "one engine that copies and one that does xor",
		.policy = "engine",
		.engine = { { .channels = 1, .in_order = true,
			      .caps = KT_CAPS(BIT(DMA_MEMCPY)) },
			    { .channels = 1, .in_order = true,
			      .caps = KT_CAPS(BIT(DMA_XOR)) } },
	}, {
		.name = "engines that fail three times in ten",
		.policy = "round-robin",
		.engine = { { .channels = 2, .error_ppm = 300000,
			      .in_order = true },
			    { .channels = 1, .error_ppm = 300000 } },
	},
};

static const void *kt_next(const struct kt_setup *next, char *name)
{
	if (next == kt_setups + ARRAY_SIZE(kt_setups))
		return NULL;
	strscpy(name, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

/* Generates every setup as the parameter of a case. */
const void *kt_setup_next(const void *prev, char *name)
{
	return kt_next(prev ? (const struct kt_setup *)prev + 1 : kt_setups,
		       name);
}

/* The same but for the first, whose engine is to do nothing. */
const void *kt_engine_setup_next(const void *prev, char *name)
{
	return kt_next(prev ? (const struct kt_setup *)prev + 1 : kt_setups + 1,
		       name);
}

KUNIT_DEFINE_ACTION_WRAPPER(kt_engine_destroy, dma_sim_destroy,
			    struct dma_sim *);

/*
 * An engine as @config says, all else unlimited: what is 0 and cannot be is
 * one channel, every capability, a ring of 64, 32 sources.
 */
struct dma_sim *kt_engine(struct kunit *test,
			  const struct dma_sim_config *config)
{
	static unsigned int nr;
	struct dma_sim_config full = *config;
	struct dma_sim *sim;
	char name[16];

	full.channels = full.channels ?: 1;
	full.max_xor = full.max_xor ?: 32;
	full.max_pq = full.max_pq ?: 32;
	full.align = full.align ?: 1;
	full.ring = full.ring ?: 64;
	if (!full.caps.bits[0])
		full.caps.bits[0] = BIT(DMA_MEMCPY) | BIT(DMA_MEMSET) |
				    BIT(DMA_XOR) | BIT(DMA_XOR_VAL) |
				    BIT(DMA_PQ) | BIT(DMA_PQ_VAL) |
				    BIT(DMA_INTERRUPT);
	snprintf(name, sizeof(name), "kunit%u", nr++);
	sim = dma_sim_create(name, &full);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR_OR_NULL(sim), "dma_sim_create: %pe",
			       sim);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, kt_engine_destroy, sim));
	return sim;
}

/* Take the engine @sim away before the case ends. */
void kt_engine_gone(struct kunit *test, struct dma_sim *sim)
{
	kunit_release_action(test, kt_engine_destroy, sim);
}

/* A case without a setup: one engine, and a policy. */
struct dma_sim *kt_only_engine(struct kunit *test,
			       struct dma_sim_config config,
			       const char *policy)
{
	struct kt *kt = test->priv;

	kt->engine[0] = kt_engine(test, &config);
	kt_policy(test, policy);
	return kt->engine[0];
}

/* Keep the engines of the case from starting anything, or no longer. */
void kt_hold(struct kunit *test, bool on)
{
	struct kt *kt = test->priv;
	unsigned int i;

	for (i = 0; i < KT_ENGINES && kt->engine[i]; i++)
		dma_sim_hold(kt->engine[i], on);
}

/* Put the policy @name in force until the case ends. */
void kt_policy(struct kunit *test, const char *name)
{
	KUNIT_ASSERT_EQ_MSG(test, 0, async_tx_set_policy(name), "policy %s",
			    name);
}

/* .init of a suite whose cases make what engines they need. */
int kt_init_without_setup(struct kunit *test)
{
	struct kt *kt = kunit_kzalloc(test, sizeof(*kt), GFP_KERNEL);

	if (!kt)
		return -ENOMEM;
	kt->scratch = kvmalloc(sizeof(*kt->scratch), GFP_KERNEL);
	if (!kt->scratch)
		return -ENOMEM;
	test->priv = kt;
	kt->seed = 0x9e3779b97f4a7c15;
	kt->flip = -1;
	kt_log_open(&kt->log);
	return 0;
}

/* .init of a suite whose cases with a parameter find that setup standing. */
int kt_init(struct kunit *test)
{
	int err = kt_init_without_setup(test);
	struct kt *kt = test->priv;
	unsigned int i;

	if (err)
		return err;
	kt->setup = test->param_value;
	if (!kt->setup)
		return 0;
	for (i = 0; i < KT_ENGINES && kt->setup->engine[i].channels; i++)
		kt->engine[i] = kt_engine(test, &kt->setup->engine[i]);
	kt_policy(test, kt->setup->policy);
	return 0;
}

/* All the requests that there is memory for. */
static struct {
	struct async_tx_request *req[64];
	unsigned int nr;
} kt_stock;

static struct async_tx_request *kt_take_from_stock(unsigned int nr)
{
	struct async_tx_request *req;

	if (!kt_stock.nr)
		return NULL;
	req = kt_stock.req[--kt_stock.nr];
	req->nr = nr;
	return req;
}

/* From now on there is memory for @nr requests, of up to four slots each. */
void kt_memory_for(struct kunit *test, unsigned int nr)
{
	KUNIT_ASSERT_LE(test, nr, ARRAY_SIZE(kt_stock.req));
	for (kt_stock.nr = 0; kt_stock.nr < nr; kt_stock.nr++) {
		struct async_tx_request *req = async_tx_request_alloc(4);

		KUNIT_ASSERT_NOT_NULL(test, req);
		kt_stock.req[kt_stock.nr] = req;
	}
	kunit_activate_static_stub(test, async_tx_request_alloc,
				   kt_take_from_stock);
}

void kt_memory_again(struct kunit *test)
{
	kunit_deactivate_static_stub(test, async_tx_request_alloc);
	while (kt_stock.nr) {
		struct async_tx_request *req = kt_stock.req[--kt_stock.nr];

		refcount_set(&req->refs, 1);
		async_tx_request_put(req);
	}
}

void kt_exit(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int i;

	if (!kt)
		return;
	async_tx_set_policy("least-loaded");
	for (i = 0; i < KT_BLOCKS; i++)
		model_block_free(&kt->block[i]);
	kvfree(kt->scratch);
}

/*
 * To be called at the end of a case that every full engine can serve: nothing
 * is proven about engines by a case that the CPU has run alone.
 */
void kt_engines_did_their_part(struct kunit *test)
{
	struct kt *kt = test->priv;
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < KT_ENGINES && kt->engine[i]; i++)
		sum += dma_sim_completed(kt->engine[i]);
	if (kt->setup->engines == KT_MUST_WORK)
		KUNIT_EXPECT_GT_MSG(test, sum, 0, "no engine was used");
	if (kt->setup->engines == KT_MUST_REST)
		KUNIT_EXPECT_EQ_MSG(test, sum, 0, "an engine was used");
}

/* Block @i, made when it is first asked for. */
struct model_block *kt_block(struct kunit *test, unsigned int i)
{
	struct kt *kt = test->priv;
	struct model_block *b = &kt->block[i];

	if (!b->page)
		KUNIT_ASSERT_EQ(test, 0,
				model_block_init(b, i < KT_BIG_BLOCKS ? 5 : 1,
						 &kt->seed));
	return b;
}

/* Begin a request of @len bytes on blocks 0 to @cnt - 1, each from its start. */
struct model_request *kt_request(struct kunit *test, enum model_op op,
				 unsigned int cnt, size_t len)
{
	struct kt *kt = test->priv;
	struct model_request *r = &kt->req;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->op = op;
	r->cnt = cnt;
	r->len = len;
	for (i = 0; i < cnt; i++)
		r->block[i] = kt_block(test, i);
	if (op == MODEL_PQ_VAL)
		r->spare = kt_block(test, KT_BLOCKS - 1);
	if (op == MODEL_PQ_VAL && len > r->spare->size)
		r->spare = kt_block(test, KT_BIG_BLOCKS - 1);
	return r;
}

/* Page and shadow of operand @i are the same again. */
static void kt_settled(struct model_request *r, unsigned int i)
{
	if (r->block[i])
		memcpy(r->block[i]->is + r->off[i], model_should(r, i), r->len);
}

/* Spoil the page, not the shadow, of operand @i: it has been lost. */
static void kt_lose(struct kt *kt, unsigned int i)
{
	struct model_request *r = &kt->req;
	u8 *lost = r->block[i]->is + r->off[i];
	size_t n;

	for (n = 0; n < r->len; n++)
		lost[n] = model_random(&kt->seed) >> 32;
}

/* Make the check in hand one that finds nothing, then flip a bit if asked to. */
static void kt_prepare_check(struct kt *kt)
{
	struct model_request *r = &kt->req;
	struct model_block *b;
	size_t at;

	if (r->op == MODEL_XOR_VAL) {
		model_xor_val(r, kt->scratch->p);
		model_add(model_should(r, r->cnt - 1), kt->scratch->p, 1,
			  r->len);
	} else {
		model_pq(r, kt->scratch->p, kt->scratch->q);
		kt_settled(r, r->cnt - 2);
	}
	kt_settled(r, r->cnt - 1);
	if (kt->flip < 0)
		return;
	b = r->block[kt->flip];
	at = r->off[kt->flip] + model_random_below(&kt->seed, r->len);
	b->is[at] ^= 0x10;
	b->should[at] ^= 0x10;
}

/* New contents for the operands of the request in hand, as its kind needs. */
static void kt_prepare(struct kt *kt)
{
	struct model_request *r = &kt->req;
	unsigned int i;

	for (i = 0; i < r->cnt; i++)
		if (r->block[i])
			model_noise(r->block[i], round_down(r->off[i], 8),
				    r->len + MODEL_MARGIN, &kt->seed);
	if (model_is_check(r)) {
		kt_prepare_check(kt);
	} else if (r->op == MODEL_2DATA || r->op == MODEL_DATAP) {
		model_pq(r, kt->scratch->p, kt->scratch->q);
		kt_settled(r, r->cnt - 2);
		kt_settled(r, r->cnt - 1);
		kt_lose(kt, r->faila);
		kt_lose(kt, r->op == MODEL_2DATA ? r->failb : r->cnt - 2);
	}
}

/*
 * Carry the request in hand out on the shadows and hand it to async_tx, behind
 * @after and with the callback @call, either of them NULL or not.
 */
struct dma_async_tx_descriptor *
kt_submit(struct kunit *test, enum async_tx_flags flags,
	  struct dma_async_tx_descriptor *after, struct kt_call *call)
{
	struct kt *kt = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;

	if (call)
		atomic_inc(&call->log->due);
	kt->req.flags |= flags;
	init_async_submit(&submit, kt->req.flags, after,
			  call ? kt_called : NULL, call, NULL);
	model_apply(&kt->req, kt->scratch);
	tx = model_submit(&kt->req, kt->scratch, &submit);
	kt->req.flags &= ~flags;
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tx), "%s of %u blocks, %zu bytes: %pe",
			       model_op_name(kt->req.op), kt->req.cnt,
			       kt->req.len, tx);
	return tx;
}

/*
 * One link of a chain, behind @after: block @from is copied to block @to
 * (MODEL_MEMCPY) or added to it (MODEL_XOR).
 */
struct dma_async_tx_descriptor *
kt_link(struct kunit *test, enum model_op op, unsigned int to,
	unsigned int from, struct dma_async_tx_descriptor *after,
	struct kt_call *call)
{
	struct model_request *r = kt_request(test, op, 2, KT_LINK_LEN);

	r->block[0] = kt_block(test, to);
	r->block[1] = kt_block(test, from);
	return kt_submit(test, ASYNC_TX_FENCE, after, call);
}

/*
 * A list of @nr copies of whole blocks, from @from on to @to on, behind @after and
 * with the callback @call, either of them NULL or not.
 */
struct dma_async_tx_descriptor *
kt_list(struct kunit *test, unsigned int to, unsigned int from, unsigned int nr,
	struct dma_async_tx_descriptor *after, struct kt_call *call)
{
	struct folio *dst[KT_LIST], *src[KT_LIST];
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl submit;
	unsigned int i;

	KUNIT_ASSERT_LE(test, nr, KT_LIST);
	for (i = 0; i < nr; i++) {
		struct model_block *d = kt_block(test, to + i);
		struct model_block *s = kt_block(test, from + i);

		dst[i] = page_folio(d->page);
		src[i] = page_folio(s->page);
		memcpy(d->should, s->should, d->size);
	}
	if (call)
		atomic_inc(&call->log->due);
	init_async_submit(&submit, 0, after, call ? kt_called : NULL, call, NULL);
	tx = async_memcpy_folios(dst, src, nr, &submit);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(tx), "list: %pe", tx);
	return tx;
}

static bool kt_operands_agree(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct model_request *r = &kt->req;
	unsigned int i;
	ssize_t at;

	for (i = 0; i < r->cnt; i++) {
		if (!r->block[i])
			continue;
		at = model_differs(r->block[i], r->off[i], r->len);
		if (at < 0)
			continue;
		KUNIT_FAIL(test, "%s, %u blocks, %zu bytes, flags %#x:",
			   model_op_name(r->op), r->cnt, r->len, r->flags);
		kunit_err(test, "block %u, used from %u on, is wrong at %zd\n",
			  i, r->off[i], at);
		return false;
	}
	if (!model_is_check(r) || r->result == r->expect)
		return true;
	KUNIT_FAIL(test, "%s, %u blocks, %zu bytes: result %#x instead of %#x",
		   model_op_name(r->op), r->cnt, r->len, r->result, r->expect);
	return false;
}

/*
 * Wait for the end of the one request since kt_log_open(): in way 0 by quiescing, in
 * 1 by the callback of a request acked from the start, in 2 by that and an ack.
 */
bool kt_end(struct kunit *test, struct dma_async_tx_descriptor *tx,
	    unsigned int way)
{
	struct kt *kt = test->priv;

	async_tx_issue_pending(tx);
	if (way == 0)
		async_tx_quiesce(&tx);
	if (!kt_log_close(test, &kt->log))
		return false;
	if (way == 2)
		async_tx_ack(tx);
	return true;
}

/*
 * Run the request in hand from fresh contents to its end and compare. The end is
 * waited for in one way after the other.
 */
bool kt_run(struct kunit *test)
{
	struct kt *kt = test->priv;
	struct dma_async_tx_descriptor *tx;
	struct kt_call call = { .log = &kt->log };
	unsigned int way = kt->round++ % 3;

	kt_prepare(kt);
	kt_log_open(&kt->log);
	tx = kt_submit(test, way == 1 ? ASYNC_TX_ACK : 0, NULL,
		       way ? &call : NULL);
	return kt_end(test, tx, way) && kt_operands_agree(test);
}

/* Do all blocks hold what they should? For when many requests are through. */
bool kt_blocks_agree(struct kunit *test)
{
	struct kt *kt = test->priv;
	unsigned int i;
	ssize_t at;

	for (i = 0; i < KT_BLOCKS; i++) {
		if (!kt->block[i].page)
			continue;
		at = model_differs(&kt->block[i], 0, kt->block[i].size);
		if (at < 0)
			continue;
		KUNIT_FAIL(test, "block %u is wrong at %zd", i, at);
		return false;
	}
	return true;
}

void kt_log_open(struct kt_log *log)
{
	atomic_set(&log->due, 1);
	init_completion(&log->done);
	atomic_set(&log->misordered, 0);
	atomic_set(&log->repeated, 0);
}

/* Room for @n callbacks that @log counts, until the case ends. */
struct kt_call *kt_calls(struct kunit *test, struct kt_log *log,
			 unsigned int n)
{
	struct kt_call *calls;
	unsigned int i;

	calls = kunit_kcalloc(test, n, sizeof(*calls), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, calls);
	for (i = 0; i < n; i++)
		calls[i].log = log;
	return calls;
}

/* The callback of every request. */
void kt_called(void *param)
{
	struct kt_call *call = param;
	struct kt_log *log = call->log;

	if (call->after && !atomic_read(&call->after->runs))
		atomic_inc(&log->misordered);
	if (call->chan)
		call->cookie = call->chan->cookie;
	if (atomic_inc_return(&call->runs) > 1)
		atomic_inc(&log->repeated);
	else if (atomic_dec_and_test(&log->due))
		complete(&log->done);
}

/* Wait for the callbacks still due; were they in order, and each but once? */
bool kt_log_close(struct kunit *test, struct kt_log *log)
{
	bool good = true;

	if (!atomic_dec_and_test(&log->due))
		good = wait_for_completion_timeout(&log->done, KT_TIMEOUT);
	/* A callback that is still to come would find its log gone. */
	KUNIT_ASSERT_TRUE_MSG(test, good, "%d callbacks did not come",
			      atomic_read(&log->due));
	KUNIT_EXPECT_EQ(test, atomic_read(&log->misordered), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&log->repeated), 0);
	return !atomic_read(&log->misordered) && !atomic_read(&log->repeated);
}

/* Has each of @n callbacks run, and none twice? */
void kt_called_once(struct kunit *test, const struct kt_call *calls,
		    unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (atomic_read(&calls[i].runs) == 1)
			continue;
		KUNIT_FAIL(test, "callback %u ran %d times", i,
			   atomic_read(&calls[i].runs));
		return;
	}
}

MODULE_DESCRIPTION("KUnit suites of async_tx");
MODULE_LICENSE("GPL");
