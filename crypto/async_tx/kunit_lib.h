/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of async_tx share: the setups (a policy and some
 * dma-sim engines) that a case runs on, one request after another compared
 * with the model, and a log of the callbacks.
 *
 * A case works on test->priv, a struct kt that kt_init() made for it and
 * kt_exit() takes down, engines and policy included.
 */
#ifndef _ASYNC_TX_KUNIT_LIB_H
#define _ASYNC_TX_KUNIT_LIB_H

#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/completion.h>

#include "../../drivers/dma/dma-sim/dma-sim.h"
#include "internal.h"
#include "test_model.h"

#define KT_ENGINES	2
/* One block more than a request has: a spare one. */
#define KT_BLOCKS	(MODEL_MAX_BLOCKS + 1)
/* Bytes of one link of a chain. */
#define KT_LINK_LEN	1000
/* Blocks below this number hold the longest request at any offset tried. */
#define KT_BIG_BLOCKS	20

/* Copies of the longest list of blocks. */
#define KT_LIST		32

/* What becomes of a setup's engines in a case that an engine can serve. */
enum kt_engines {
	KT_MAY_WORK,
	KT_MUST_WORK,
	KT_MUST_REST,
};

/**
 * struct kt_setup - where the operations of a case are carried out
 * @name: as the reports call it
 * @policy: in force
 * @engines: what the case is to see of the engines
 * @engine: the engines, as kt_engine() takes them
 */
struct kt_setup {
	const char *name;
	const char *policy;
	enum kt_engines engines;
	struct dma_sim_config engine[KT_ENGINES];
};

/**
 * struct kt_log - the callbacks of some requests
 * @due: callbacks still to come, the submitter's own hold on it included
 * @done: when there are none any more
 * @misordered: callbacks that ran before that of the request they depend on
 * @repeated: callbacks that ran again
 */
struct kt_log {
	atomic_t due;
	struct completion done;
	atomic_t misordered;
	atomic_t repeated;
};

/*
 * One callback, and the one that must have run before it, if any; and how far
 * the cookies of a channel then are.
 */
struct kt_call {
	struct kt_log *log;
	const struct kt_call *after;
	atomic_t runs;
	const struct dma_chan *chan;
	dma_cookie_t cookie;
};

/**
 * struct kt - a case at work
 * @setup: of a case with parameters, else NULL
 * @engine: the setup's
 * @seed: of the noise
 * @flip: the block that kt_run() spoils by a bit before a check, -1 for none
 * @round: requests kt_run() has run, to take turns in how it waits
 * @scratch: for the model
 * @req: the request in hand
 * @block: the memory, there once kt_block() was asked for it
 * @log: of the requests kt_run() runs
 */
struct kt {
	const struct kt_setup *setup;
	struct dma_sim *engine[KT_ENGINES];
	u64 seed;
	int flip;
	unsigned int round;
	struct model_scratch *scratch;
	struct model_request req;
	struct model_block block[KT_BLOCKS];
	struct kt_log log;
};

int kt_init(struct kunit *test);
int kt_init_without_setup(struct kunit *test);
void kt_exit(struct kunit *test);
const void *kt_setup_next(const void *prev, char *name);
const void *kt_engine_setup_next(const void *prev, char *name);

struct dma_sim *kt_engine(struct kunit *test,
			  const struct dma_sim_config *config);
struct dma_sim *kt_only_engine(struct kunit *test,
			       struct dma_sim_config config,
			       const char *policy);
void kt_hold(struct kunit *test, bool on);
void kt_engine_gone(struct kunit *test, struct dma_sim *sim);
void kt_policy(struct kunit *test, const char *name);
void kt_engines_did_their_part(struct kunit *test);

void kt_memory_for(struct kunit *test, unsigned int nr);
void kt_memory_again(struct kunit *test);

struct model_block *kt_block(struct kunit *test, unsigned int i);
struct model_request *kt_request(struct kunit *test, enum model_op op,
				 unsigned int cnt, size_t len);
bool kt_end(struct kunit *test, struct dma_async_tx_descriptor *tx,
	    unsigned int way);
bool kt_run(struct kunit *test);
bool kt_blocks_agree(struct kunit *test);

void kt_log_open(struct kt_log *log);
struct kt_call *kt_calls(struct kunit *test, struct kt_log *log,
			 unsigned int n);
void kt_called(void *call);
bool kt_log_close(struct kunit *test, struct kt_log *log);
void kt_called_once(struct kunit *test, const struct kt_call *calls,
		    unsigned int n);

struct dma_async_tx_descriptor *
kt_submit(struct kunit *test, enum async_tx_flags flags,
	  struct dma_async_tx_descriptor *after, struct kt_call *call);
struct dma_async_tx_descriptor *
kt_link(struct kunit *test, enum model_op op, unsigned int to,
	unsigned int from, struct dma_async_tx_descriptor *after,
	struct kt_call *call);
struct dma_async_tx_descriptor *
kt_list(struct kunit *test, unsigned int to, unsigned int from, unsigned int nr,
	struct dma_async_tx_descriptor *after, struct kt_call *call);

/* @value is within @percent of what is @wanted. */
static inline void kt_expect_near(struct kunit *test, u64 value, u64 wanted,
				  unsigned int percent)
{
	KUNIT_EXPECT_GE(test, value * 100, wanted * (100 - percent));
	KUNIT_EXPECT_LE(test, value * 100, wanted * (100 + percent));
}

#endif /* _ASYNC_TX_KUNIT_LIB_H */
