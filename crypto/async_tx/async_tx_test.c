// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stress test of async_tx, run by loading the module: random graphs of
 * operations from all CPUs, every result compared with the model, every
 * callback counted. The engines are the caller's to make, through dma-sim's
 * configfs for one; the report is in TAP, in the kernel log.
 *
 * A thread owns its blocks of memory, which page and shadow make up (see
 * test_model.h), and works in rounds. It begins with one lane, a run of blocks
 * and the last operation on them; each operation on a lane depends on the one
 * before and keeps to the lane's blocks, and a lane may split in two, both
 * behind the same parent. So a round is a random forest of operations in which
 * whatever touches the same memory is ordered, and its outcome is known.
 *
 * Threads share nothing but counters; there are no locks.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched/signal.h>

#include "internal.h"
#include "test_model.h"

static unsigned int threads;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "threads at work; 0: one for each CPU");

static char *ops = "all";
module_param(ops, charp, 0444);
MODULE_PARM_DESC(ops, "operations, as in memcpy,xor,pq_val; or all");

static unsigned int min_size = 1;
module_param(min_size, uint, 0444);
MODULE_PARM_DESC(min_size, "shortest operand in bytes");

static unsigned int max_size = MODEL_MAX_LEN;
module_param(max_size, uint, 0444);
MODULE_PARM_DESC(max_size, "longest operand in bytes, at most 65536");

static unsigned int engines;
module_param(engines, uint, 0444);
MODULE_PARM_DESC(engines, "channels left to async_tx, the others are taken away for the time; 0: all");

static unsigned int seconds = 10;
module_param(seconds, uint, 0444);
MODULE_PARM_DESC(seconds, "how long to run");

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "of the random numbers; 0: another one each time");

#define OWN_BLOCKS	24	/* a thread's, to be written to */
#define ROM_BLOCKS	8	/* and to be read by any of its lanes */
#define BLOCKS		(OWN_BLOCKS + ROM_BLOCKS)
#define LANES		6
#define STEPS		96	/* operations of a round, at most */
#define MAX_SOURCES	60
#define TIMEOUT		(60 * HZ)

/* One operation of a round. */
struct step {
	struct worker *worker;
	const struct step *after;	/* whose callback must have run before */
	bool called_back;		/* has a callback */
	atomic_t runs;			/* of it */
	struct model_request req;
};

/* A run of a thread's blocks and what was last done to them. */
struct lane {
	unsigned int first, nr;
	struct dma_async_tx_descriptor *tail;
	const struct step *called;	/* the last step with a callback */
};

struct worker {
	struct task_struct *task;
	u64 seed;
	struct model_scratch *scratch;
	struct model_block block[BLOCKS];
	struct model_block spare;
	struct lane lane[LANES];
	unsigned int nr_lanes;
	struct step *step;
	unsigned int nr_steps;
	atomic_t due;			/* callbacks, and one for the thread */
	struct completion done;
};

/* Of one phase, all threads together. */
static struct tally {
	atomic64_t rounds, bytes, callbacks;
	atomic_t wrong_data, wrong_results, refused;
	atomic_t misordered, repeated, missing;
} tally;

static atomic64_t op_runs[MODEL_OPS];
static atomic_t op_wrong[MODEL_OPS];
static unsigned long op_mask;
static bool stop, stuck;

/* Lines about what is wrong; the first few will do. */
#define complain(fmt, ...) \
	pr_info_ratelimited("# " fmt "\n", ##__VA_ARGS__)

static u32 below(struct worker *w, u32 limit)
{
	return model_random_below(&w->seed, limit);
}

/* --- one operation --- */

static void step_called(void *param)
{
	struct step *step = param;
	struct worker *w = step->worker;

	if (step->after && !atomic_read(&step->after->runs))
		atomic_inc(&tally.misordered);
	if (atomic_inc_return(&step->runs) > 1) {
		atomic_inc(&tally.repeated);
		return;
	}
	if (atomic_dec_and_test(&w->due))
		complete(&w->done);
}

static struct step *step_new(struct worker *w, struct lane *lane, bool callback)
{
	struct step *step = &w->step[w->nr_steps++];

	step->worker = w;
	step->after = lane->called;
	step->called_back = callback;
	atomic_set(&step->runs, 0);
	if (callback) {
		lane->called = step;
		atomic_inc(&w->due);
	}
	return step;
}

/*
 * Submit @r on @lane. The model takes note of it, unless its result is to be
 * undone: of a block that is lost the model remembers what it held.
 */
static void submit(struct worker *w, struct lane *lane,
		   const struct model_request *r, bool undone)
{
	struct step *step = step_new(w, lane, below(w, 4));
	struct dma_async_tx_descriptor *tx;
	struct async_submit_ctl ctl;

	step->req = *r;
	if (below(w, 2))
		step->req.flags |= ASYNC_TX_FENCE;
	init_async_submit(&ctl, 0, lane->tail,
			  step->called_back ? step_called : NULL, step, NULL);
	if (!undone)
		model_apply(&step->req, w->scratch);
	tx = model_submit(&step->req, w->scratch, &ctl);
	if (IS_ERR(tx)) {
		atomic_inc(&tally.refused);
		atomic_inc(&op_wrong[r->op]);
		complain("%s of %u blocks, %zu bytes: %pe",
			 model_op_name(r->op), r->cnt, r->len, tx);
		/* The parent is ours still. The round's data will be wrong. */
		if (step->called_back)
			atomic_dec(&w->due);
		step->called_back = false;
		return;
	}
	lane->tail = tx;
	atomic64_inc(&op_runs[r->op]);
	atomic64_add(r->len, &tally.bytes);
	if (!below(w, 4))
		async_tx_issue_pending(tx);
}

/* The same operands once more, for another operation. */
static void submit_as(struct worker *w, struct lane *lane,
		      struct model_request *r, enum model_op op,
		      enum async_tx_flags flags)
{
	enum model_op was = r->op;

	r->op = op;
	r->flags = flags;
	submit(w, lane, r, false);
	r->op = was;
	r->flags = 0;
}

/* What operand @i held is lost: it reads as something else from now on. */
static void submit_loss(struct worker *w, struct lane *lane,
			struct model_request *r, struct model_request *loss,
			unsigned int i)
{
	loss->op = MODEL_MEMSET;
	loss->flags = 0;
	loss->cnt = 1;
	loss->len = r->len;
	loss->val = below(w, 256);
	loss->block[0] = r->block[i];
	loss->off[0] = r->off[i];
	submit(w, lane, loss, true);
}

/* --- which operation --- */

/* Blocks of its own that an operation needs: to write, or to keep apart. */
static const u8 blocks_needed[MODEL_OPS] = {
	[MODEL_MEMCPY] = 1, [MODEL_MEMCPY_SG] = 1, [MODEL_MEMSET] = 1,
	[MODEL_XOR] = 1, [MODEL_XOR_VAL] = 1, [MODEL_PQ] = 2, [MODEL_PQ_VAL] = 2,
	[MODEL_2DATA] = 4, [MODEL_DATAP] = 3,
};

static size_t random_len(struct worker *w)
{
	size_t cap = min_size + below(w, max_size - min_size + 1);

	/* As likely to be short as to be long, in octaves. */
	cap >>= below(w, 12);
	return clamp_t(size_t, cap, min_size, max_size);
}

static unsigned int random_off(struct worker *w, size_t len)
{
	size_t room = w->block[0].size - len;

	switch (below(w, 4)) {
	case 0:
		return 0;
	case 1:
		return round_down(below(w, room + 1), 64);
	default:
		return below(w, room + 1);
	}
}

static unsigned int random_sources(struct worker *w)
{
	return 1 + below(w, below(w, 4) ? 8 : MAX_SOURCES);
}

/* A source: from the ROM, or of the lane but not among the first @taken. */
static struct model_block *random_source(struct worker *w,
					 const struct lane *lane,
					 unsigned int start, unsigned int taken)
{
	unsigned int i;

	if (lane->nr == taken || below(w, 2))
		return &w->block[OWN_BLOCKS + below(w, ROM_BLOCKS)];
	i = (start + taken + below(w, lane->nr - taken)) % lane->nr;
	return &w->block[lane->first + i];
}

/*
 * Operands of @r, by the roles that its operation gives to blocks 0.. (see
 * test_model.h). Those that are written are all different, and no source.
 */
static void choose_operands(struct worker *w, const struct lane *lane,
			    struct model_request *r)
{
	unsigned int start = below(w, lane->nr), own = blocks_needed[r->op];
	unsigned int i, fixed[4] = { 0, 1, 2, 3 };

	switch (r->op) {
	case MODEL_MEMCPY:
		r->cnt = 2;
		break;
	case MODEL_MEMCPY_SG:
		r->cnt = 2;
		r->val = model_random(&w->seed);
		break;
	case MODEL_MEMSET:
		r->cnt = 1;
		r->val = model_random(&w->seed);
		break;
	case MODEL_XOR:
	case MODEL_XOR_VAL:
		r->cnt = 1 + random_sources(w);
		break;
	case MODEL_PQ:
	case MODEL_PQ_VAL:
		r->cnt = 2 + random_sources(w);
		fixed[0] = r->cnt - 2;
		fixed[1] = r->cnt - 1;
		break;
	default:
		r->cnt = 4 + random_sources(w);
		r->faila = below(w, r->cnt - 2);
		r->failb = (r->faila + 1 + below(w, r->cnt - 3)) % (r->cnt - 2);
		fixed[0] = r->faila;
		fixed[1] = r->cnt - 2;
		fixed[2] = r->cnt - 1;
		fixed[3] = r->failb;
	}
	r->len = random_len(w);
	for (i = 0; i < r->cnt; i++) {
		r->block[i] = random_source(w, lane, start, own);
		r->off[i] = random_off(w, r->len);
	}
	for (i = 0; i < own; i++)
		r->block[fixed[i]] =
			&w->block[lane->first + (start + i) % lane->nr];
	r->spare = &w->spare;
}

/* A NULL page among the sources of a P+Q operation stands for zeroes. */
static void leave_sources_out(struct worker *w, struct model_request *r)
{
	unsigned int i;

	for (i = 0; i < r->cnt - 2; i++) {
		if (r->op >= MODEL_2DATA && (i == r->faila || i == r->failb))
			continue;
		if (!below(w, 8))
			r->block[i] = NULL;
	}
}

/*
 * One operation, or a few that belong together: a check finds data that are
 * right half of the time, and a recovery follows on a loss.
 */
static void random_operation(struct worker *w, struct lane *lane)
{
	static const enum async_tx_flags xor_flags[] = {
		0, ASYNC_TX_XOR_ZERO_DST, ASYNC_TX_XOR_DROP_DST,
	};
	struct model_request *r = &w->step[STEPS].req;
	struct model_request *loss = &w->step[STEPS + 1].req;

	memset(r, 0, sizeof(*r));
	do {
		r->op = below(w, MODEL_OPS);
	} while (!(op_mask & BIT(r->op)) || blocks_needed[r->op] > lane->nr);
	choose_operands(w, lane, r);

	switch (r->op) {
	case MODEL_XOR:
		r->flags = xor_flags[below(w, ARRAY_SIZE(xor_flags))];
		break;
	case MODEL_XOR_VAL:
		if (below(w, 2))
			submit_as(w, lane, r, MODEL_XOR, ASYNC_TX_XOR_ZERO_DST);
		break;
	case MODEL_PQ:
		leave_sources_out(w, r);
		r->flags = below(w, 3) ? 0 : ASYNC_TX_PQ_XOR_DST;
		if (!below(w, 8))
			r->block[r->cnt - 1 - below(w, 2)] = NULL;
		break;
	case MODEL_PQ_VAL:
		leave_sources_out(w, r);
		if (below(w, 2))
			submit_as(w, lane, r, MODEL_PQ, 0);
		break;
	case MODEL_2DATA:
	case MODEL_DATAP:
		leave_sources_out(w, r);
		submit_as(w, lane, r, MODEL_PQ, 0);
		submit_loss(w, lane, r, loss, r->faila);
		submit_loss(w, lane, r, loss, r->op == MODEL_2DATA ?
						 r->failb : r->cnt - 2);
		break;
	default:
		break;
	}
	submit(w, lane, r, false);
}

/* --- a round --- */

static void split_lane(struct worker *w, struct lane *lane)
{
	struct lane *sibling = &w->lane[w->nr_lanes];
	unsigned int at;

	if (w->nr_lanes == LANES || lane->nr < 8)
		return;
	w->nr_lanes++;
	at = 4 + below(w, lane->nr - 7);
	*sibling = *lane;
	sibling->first += at;
	sibling->nr -= at;
	lane->nr = at;
	sibling->tail = async_tx_get(lane->tail);
}

/* Let go of a lane in one of the ways that there are. */
static void end_lane(struct worker *w, struct lane *lane)
{
	struct async_submit_ctl ctl;
	struct step *step;

	if (!lane->called || below(w, 3) == 0) {
		async_tx_quiesce(&lane->tail);
		return;
	}
	/* Behind the last operation, whether or not that had a callback. */
	step = step_new(w, lane, true);
	init_async_submit(&ctl, ASYNC_TX_ACK, lane->tail, step_called, step,
			  NULL);
	if (IS_ERR(async_trigger_callback(&ctl))) {
		atomic_inc(&tally.refused);
		atomic_dec(&w->due);
		async_tx_ack(lane->tail);
	}
	lane->tail = NULL;
}

static void check_steps(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_steps; i++) {
		struct step *step = &w->step[i];
		struct model_request *r = &step->req;

		if (step->called_back) {
			atomic64_inc(&tally.callbacks);
			if (!atomic_read(&step->runs))
				atomic_inc(&tally.missing);
		}
		if (!r->cnt || !model_is_check(r) || r->result == r->expect)
			continue;
		atomic_inc(&tally.wrong_results);
		atomic_inc(&op_wrong[r->op]);
		complain("%s of %u blocks, %zu bytes: result %#x, not %#x",
			 model_op_name(r->op), r->cnt, r->len, r->result,
			 r->expect);
	}
}

/* Which operations of this round had to do with what is wrong? */
static void trace_block(struct worker *w, struct model_block *b, size_t at)
{
	unsigned int i, j;

	complain("block %td is wrong at %zu, it holds %#x, not %#x",
		 b - w->block, at, b->is[at], b->should[at]);
	for (i = 0; i < w->nr_steps; i++) {
		struct model_request *r = &w->step[i].req;

		for (j = 0; j < r->cnt; j++)
			if (r->block[j] == b && at - r->off[j] < r->len)
				complain("  step %u: %s, operand %u of %u, %zu bytes, flags %#x",
					 i, model_op_name(r->op), j, r->cnt,
					 r->len, r->flags);
	}
}

static void check_blocks(struct worker *w)
{
	unsigned int i;
	ssize_t at;

	for (i = 0; i < BLOCKS; i++) {
		struct model_block *b = &w->block[i];

		at = model_differs(b, 0, b->size);
		if (at < 0)
			continue;
		atomic_inc(&tally.wrong_data);
		trace_block(w, b, at);
		memcpy(b->is, b->should, b->size);
	}
}

/* Returns false if callbacks are missing, when all must be left as it is. */
static bool run_round(struct worker *w)
{
	unsigned int i, room = STEPS - LANES - 4;

	w->nr_steps = 0;
	w->nr_lanes = 1;
	w->lane[0] = (struct lane) { .nr = OWN_BLOCKS };
	atomic_set(&w->due, 1);
	reinit_completion(&w->done);
	for (i = 0; i < STEPS; i++)
		w->step[i].req.cnt = 0;

	while (w->nr_steps < room && !READ_ONCE(stop)) {
		struct lane *lane = &w->lane[below(w, w->nr_lanes)];

		if (!below(w, 8))
			split_lane(w, lane);
		if (!below(w, 32))
			async_tx_quiesce(&lane->tail);
		random_operation(w, lane);
	}
	for (i = 0; i < w->nr_lanes; i++)
		end_lane(w, &w->lane[i]);
	async_tx_issue_pending_all();
	if (!atomic_dec_and_test(&w->due) &&
	    !wait_for_completion_timeout(&w->done, TIMEOUT)) {
		atomic_add(atomic_read(&w->due), &tally.missing);
		return false;
	}
	check_steps(w);
	check_blocks(w);
	atomic64_inc(&tally.rounds);
	return true;
}

static int work(void *data)
{
	struct worker *w = data;

	while (!kthread_should_stop()) {
		if (READ_ONCE(stop))
			break;
		if (!run_round(w)) {
			WRITE_ONCE(stuck, true);
			break;
		}
		cond_resched();
	}
	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

/* --- threads --- */

static void worker_free(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < BLOCKS; i++)
		model_block_free(&w->block[i]);
	model_block_free(&w->spare);
	kvfree(w->scratch);
	kvfree(w->step);
}

static int worker_init(struct worker *w, unsigned int nr)
{
	unsigned int order = get_order(max_size + SZ_4K), i;

	w->seed = seed + 0x9e3779b97f4a7c15 * (nr + 1);
	init_completion(&w->done);
	/* The last two are drafts, no steps of the round. */
	w->step = kvcalloc(STEPS + 2, sizeof(*w->step), GFP_KERNEL);
	w->scratch = kvmalloc(sizeof(*w->scratch), GFP_KERNEL);
	if (!w->step || !w->scratch)
		return -ENOMEM;
	for (i = 0; i < BLOCKS; i++)
		if (model_block_init(&w->block[i], order, &w->seed))
			return -ENOMEM;
	return model_block_init(&w->spare, order, &w->seed);
}

static void workers_free(struct worker *workers)
{
	unsigned int i;

	for (i = 0; i < threads; i++)
		worker_free(&workers[i]);
	kvfree(workers);
}

static struct worker *workers_alloc(void)
{
	struct worker *workers = kvcalloc(threads, sizeof(*workers), GFP_KERNEL);
	unsigned int i;

	if (!workers)
		return NULL;
	for (i = 0; i < threads; i++) {
		if (worker_init(&workers[i], i)) {
			workers_free(workers);
			return NULL;
		}
	}
	return workers;
}

static int workers_start(struct worker *workers)
{
	int cpu = -1;
	unsigned int i;

	WRITE_ONCE(stop, false);
	for (i = 0; i < threads; i++) {
		struct task_struct *task;

		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		task = kthread_create_on_cpu(work, &workers[i], cpu,
					     "async_tx_test/%u");
		workers[i].task = IS_ERR(task) ? NULL : task;
		if (!workers[i].task)
			return PTR_ERR(task);
		wake_up_process(task);
	}
	return 0;
}

static void workers_stop(struct worker *workers)
{
	unsigned int i;

	WRITE_ONCE(stop, true);
	for (i = 0; i < threads; i++) {
		if (workers[i].task)
			kthread_stop(workers[i].task);
		workers[i].task = NULL;
	}
}

/* --- phases --- */

static const char * const policies[] = {
	"cpu", "engine", "round-robin", "least-loaded",
};

#define PHASES	(ARRAY_SIZE(policies) + 1)	/* one that mixes them */

/* Returns false when interrupted. */
static bool run_for(unsigned int ms, bool mix)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);
	u64 state = seed | 1;

	while (time_before(jiffies, end) && !READ_ONCE(stuck)) {
		if (fatal_signal_pending(current))
			return false;
		if (mix) {
			u32 i = model_random_below(&state, ARRAY_SIZE(policies));

			async_tx_set_policy(policies[i]);
		}
		msleep(mix ? 10 : 50);
	}
	return true;
}

static bool report_phase(unsigned int nr, const char *policy)
{
	struct tally *t = &tally;
	bool good;

	good = atomic64_read(&t->rounds) && !atomic_read(&t->wrong_data) &&
	       !atomic_read(&t->wrong_results) && !atomic_read(&t->refused) &&
	       !atomic_read(&t->misordered) && !atomic_read(&t->repeated) &&
	       !atomic_read(&t->missing);
	pr_info("# %s: %lld rounds, %lld bytes, %lld callbacks\n", policy,
		atomic64_read(&t->rounds), atomic64_read(&t->bytes),
		atomic64_read(&t->callbacks));
	if (!good)
		pr_info("# %s: %d blocks and %d results wrong, %d refused; callbacks: %d too early, %d twice, %d missing\n",
			policy, atomic_read(&t->wrong_data),
			atomic_read(&t->wrong_results), atomic_read(&t->refused),
			atomic_read(&t->misordered), atomic_read(&t->repeated),
			atomic_read(&t->missing));
	pr_info("%sok %u - random graphs, policy %s\n", good ? "" : "not ", nr,
		policy);
	return good;
}

static bool report_op(unsigned int nr, enum model_op op)
{
	s64 runs = atomic64_read(&op_runs[op]);
	int wrong = atomic_read(&op_wrong[op]);
	bool good = runs && !wrong;

	pr_info("%sok %u - %s # %lld operations, %d wrong\n", good ? "" : "not ",
		nr, model_op_name(op), runs, wrong);
	return good;
}

/* Returns the number of tests that failed, or an error. */
static int run_phase(struct worker *workers, unsigned int nr)
{
	bool mix = nr == ARRAY_SIZE(policies);
	const char *policy = mix ? "switching" : policies[nr];
	bool whole = false;
	int err;

	memset(&tally, 0, sizeof(tally));
	err = mix ? 0 : async_tx_set_policy(policy);
	if (err)
		return err;
	err = workers_start(workers);
	if (!err)
		whole = run_for(seconds * 1000 / PHASES, mix);
	workers_stop(workers);
	if (err)
		return err;
	if (!whole)
		return -EINTR;
	return !report_phase(nr + 1, policy);
}

static int run_all(struct worker *workers)
{
	unsigned int nr, op, failed = 0;
	int ret;

	pr_info("TAP version 13\n");
	pr_info("1..%lu\n", PHASES + hweight_long(op_mask));
	pr_info("# %u threads, %u to %u bytes, %u s, seed %lu\n", threads,
		min_size, max_size, seconds, seed);
	for (nr = 0; nr < PHASES && !stuck; nr++) {
		ret = run_phase(workers, nr);
		if (ret < 0) {
			pr_info("Bail out! %pe\n", ERR_PTR(ret));
			return ret;
		}
		failed += ret;
	}
	if (stuck)
		return -ETIMEDOUT;
	for_each_set_bit(op, &op_mask, MODEL_OPS)
		failed += !report_op(++nr, op);
	pr_info("# %u passed, %u failed\n", nr - failed, failed);
	return failed ? -EIO : 0;
}

/* --- channels --- */

#define MAX_CHANNELS	256

static struct dma_chan *taken[MAX_CHANNELS];
static unsigned int nr_taken;

static void give_channels_back(void)
{
	while (nr_taken)
		dma_release_channel(taken[--nr_taken]);
}

/* Take all channels away but @left of them. */
static int take_channels(unsigned int left)
{
	struct dma_chan *chan;
	dma_cap_mask_t any;
	unsigned int i;

	if (!left)
		return 0;
	dma_cap_zero(any);
	while (nr_taken < MAX_CHANNELS) {
		chan = dma_request_channel(any, NULL, NULL);
		if (!chan)
			break;
		taken[nr_taken++] = chan;
	}
	if (nr_taken < left) {
		pr_err("async_tx_test: %u channels are to be used, there are %u\n",
		       left, nr_taken);
		give_channels_back();
		return -ENODEV;
	}
	for (i = 0; i < left; i++)
		dma_release_channel(taken[--nr_taken]);
	return 0;
}

/* --- the module --- */

static int parse_ops(void)
{
	char *list, *rest, *name;
	enum model_op op;
	int err = 0;

	if (!strcmp(ops, "all")) {
		op_mask = GENMASK(MODEL_OPS - 1, 0);
		return 0;
	}
	list = kstrdup(ops, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	for (rest = list; (name = strsep(&rest, ","));) {
		for (op = 0; op < MODEL_OPS; op++)
			if (!strcmp(name, model_op_name(op)))
				break;
		if (op == MODEL_OPS) {
			pr_err("async_tx_test: no operation '%s'\n", name);
			err = -EINVAL;
			break;
		}
		op_mask |= BIT(op);
	}
	kfree(list);
	return err;
}

static int __init async_tx_test_init(void)
{
	struct worker *workers;
	int err;

	if (!min_size || min_size > max_size || max_size > MODEL_MAX_LEN ||
	    !seconds || seconds > 100000) {
		pr_err("async_tx_test: sizes or seconds out of range\n");
		return -EINVAL;
	}
	threads = threads ?: num_online_cpus();
	seed = seed ?: get_random_long();
	err = parse_ops();
	if (err)
		return err;
	workers = workers_alloc();
	if (!workers)
		return -ENOMEM;
	err = take_channels(engines);
	if (err)
		goto out_free;

	err = run_all(workers);
	async_tx_set_policy("least-loaded");
	give_channels_back();
	if (err == -ETIMEDOUT) {
		/*
		 * A callback that comes after all must find its code and data:
		 * the module can only stay.
		 */
		pr_info("Bail out! callbacks are missing, the module stays\n");
		return 0;
	}
out_free:
	workers_free(workers);
	return err;
}
module_init(async_tx_test_init);

static void __exit async_tx_test_exit(void)
{
}
module_exit(async_tx_test_exit);

MODULE_DESCRIPTION("Stress test of async_tx");
MODULE_LICENSE("GPL");
