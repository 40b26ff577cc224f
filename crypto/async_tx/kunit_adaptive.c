// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit suite of async_tx: what the policy 'adaptive' makes of what it knows.
 *
 * Channels are made up here, and so is time: an operation that is sent to a channel
 * ends when that would have done it, in the order of submission, and the clock moves
 * on with the arrivals and with what the CPU does itself. Nothing sleeps, and no
 * memory is moved.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/ktime.h>

#include "internal.h"
#include "kunit_lib.h"

#define OP	ASYNC_TX_OP_MEMCPY
#define PAGE	4096
#define RING	64
#define CPU_NS	400

/* One channel, its ring and its speed. */
struct fake {
	struct async_tx_channel chan;
	u32 ns;			/* that each operation takes */
	u32 handover;		/* that the CPU takes to give it one */
	u64 free_at;
	u64 end[RING];
	u32 expected[RING];
	unsigned int head, tail;
	unsigned int served;
};

struct world {
	struct async_tx_candidates *cand;
	struct fake *fake;
	struct async_tx_estimate cpu;	/* as it was before the case */
	u64 now;
	u32 look;			/* at the clock takes so long (ns) */
	unsigned int by_cpu;
	bool waits;			/* for each operation, before the next */
};

static struct world *world_of(struct kunit *test)
{
	return test->priv;
}

static struct world *the_world;

static u64 fake_clock(void)
{
	the_world->now += the_world->look;
	return the_world->now;
}

/* --- the channels --- */

static void believe(struct async_tx_estimate *e, u32 ns)
{
	memset(e, 0, sizeof(*e));
	async_tx_estimate_seed(e, ns, 1000000);
}

static void make_channels(struct kunit *test, unsigned int nr, u32 ns)
{
	struct world *w = world_of(test);

	w->fake = kunit_kcalloc(test, nr, sizeof(*w->fake), GFP_KERNEL);
	w->cand = kunit_kzalloc(test, struct_size(w->cand, chan, nr), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, w->fake);
	KUNIT_ASSERT_NOT_NULL(test, w->cand);
	w->cand->nr = nr;
	for (unsigned int i = 0; i < nr; i++) {
		struct fake *f = &w->fake[i];

		f->ns = ns;
		f->chan.full = UINT_MAX;
		believe(&f->chan.estimate[OP], ns);
		w->cand->chan[i] = &f->chan;
	}
}

static void set_handover(struct fake *f, u32 ns)
{
	f->handover = ns;
	f->chan.handover[OP].ns = ns << ASYNC_TX_FRACTION;
}

/* What a channel has done by now ends, and is learned from. */
static void settle(struct world *w, struct fake *f)
{
	struct async_tx_place at = async_tx_place(PAGE);

	while (f->head != f->tail && f->end[f->head % RING] <= w->now) {
		u32 expected = f->expected[f->head % RING];

		async_tx_estimate_learn(&f->chan.estimate[OP], &f->chan.lag, at, f->ns);
		atomic64_sub(async_tx_load_of(expected), &f->chan.load);
		f->head++;
		f->served++;
	}
}

static void settle_all(struct world *w)
{
	for (unsigned int i = 0; i < w->cand->nr; i++)
		settle(w, &w->fake[i]);
}

static void send(struct kunit *test, struct world *w, struct async_tx_channel *chan)
{
	struct fake *f = container_of(chan, struct fake, chan);
	u32 expected = async_tx_service(&chan->estimate[OP], async_tx_place(PAGE));

	KUNIT_ASSERT_LT(test, f->tail - f->head, RING);
	w->now += f->handover;
	f->free_at = max(f->free_at, w->now) + f->ns;
	f->end[f->tail % RING] = f->free_at;
	f->expected[f->tail % RING] = expected;
	f->tail++;
	atomic64_add(async_tx_load_of(expected), &chan->load);
	if (w->waits)
		w->now = f->free_at;
}

/* @n operations, that arrive every @gap ns or as soon as the CPU is free. */
static void play(struct kunit *test, unsigned int n, u32 gap)
{
	const struct async_tx_ask ask = { .op = OP, .here = true, .work = PAGE };
	struct world *w = world_of(test);
	u64 due = w->now;

	for (; n; n--) {
		struct async_tx_channel *chan;

		w->now = max(w->now, due);
		due += gap;
		settle_all(w);
		chan = async_tx_policy_adaptive.select(w->cand, &ask);
		if (chan) {
			send(test, w, chan);
		} else {
			w->now += CPU_NS;
			w->by_cpu++;
		}
	}
	w->now += NSEC_PER_SEC;
	settle_all(w);
	async_tx_adaptive_forget();
}

static void forget_counts(struct world *w)
{
	w->by_cpu = 0;
	for (unsigned int i = 0; i < w->cand->nr; i++)
		w->fake[i].served = 0;
}

static int adaptive_init(struct kunit *test)
{
	struct world *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->cpu = async_tx_cpu.estimate[OP];
	w->now = NSEC_PER_SEC;
	test->priv = w;
	the_world = w;
	believe(&async_tx_cpu.estimate[OP], CPU_NS);
	async_tx_adaptive_forget();
	kunit_activate_static_stub(test, async_tx_now, fake_clock);
	return 0;
}

static void adaptive_exit(struct kunit *test)
{
	struct world *w = world_of(test);

	if (!w)
		return;
	async_tx_cpu.estimate[OP] = w->cpu;
	async_tx_cpu_price = ASYNC_TX_CPU_PRICE;
	async_tx_adaptive_forget();
}

/* --- what is timed --- */

static void submit(struct world *w, struct async_tx_channel *chan, u32 ns)
{
	u64 started = fake_clock();

	w->now += ns;
	async_tx_clock_submitted(chan, OP, started, true);
}

static void a_look_at_the_clock_is_no_part_of_what_is_timed(struct kunit *test)
{
	struct world *w = world_of(test);
	struct async_tx_channel *chan;

	make_channels(test, 1, CPU_NS);
	chan = &w->fake->chan;
	w->look = 200;
	for (unsigned int i = 0; i < 100; i++)
		submit(w, chan, 100);
	kt_expect_near(test, chan->handover[OP].ns >> ASYNC_TX_FRACTION, 200, 5);
	w->look = 0;
	for (unsigned int i = 0; i < 100; i++)
		submit(w, chan, 100);
	kt_expect_near(test, chan->handover[OP].ns >> ASYNC_TX_FRACTION, 200, 5);
}

/* Of ends in quick succession the first may be late, and the clock is to blame. */
static void ends_in_quick_succession_are_taken_together(struct kunit *test)
{
	struct async_tx_request req = { .op = OP, .work = PAGE, .expected = 20 };
	struct world *w = world_of(test);
	struct async_tx_channel *chan;
	u32 ns = 0;

	make_channels(test, 1, req.expected);
	chan = &w->fake->chan;
	chan->estimate[OP].apart = ~0;
	atomic64_set(&chan->load, 32 * async_tx_load_of(req.expected));
	__async_tx_clock_end(chan, &req);
	w->now += 60;
	for (unsigned int i = 0; i < 32; i++) {
		__async_tx_clock_end(chan, &req);
		w->now += 10;
		ns = async_tx_service(&chan->estimate[OP], async_tx_place(PAGE));
		KUNIT_EXPECT_LE(test, ns, 30);
	}
	KUNIT_EXPECT_LE(test, ns, 15);
}

/* --- what is chosen --- */

static void a_slow_engine_is_left_alone(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 1, 100 * CPU_NS);
	play(test, 2000, 4 * CPU_NS);
	KUNIT_EXPECT_LE(test, w->fake[0].served, 20);
}

static void a_fast_engine_is_preferred(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 1, CPU_NS / 4);
	play(test, 2000, 4 * CPU_NS);
	KUNIT_EXPECT_LE(test, w->by_cpu, 20);
}

static void an_engine_that_is_dear_to_ask_is_left_alone(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 1, CPU_NS / 4);
	set_handover(w->fake, 2 * CPU_NS);
	play(test, 10000, 0);
	KUNIT_EXPECT_GE(test, w->by_cpu, 9900);
	KUNIT_EXPECT_GE(test, w->fake->served, 1);
}

/* That says nothing of other operations. */
static void an_engine_may_be_dear_to_ask_for_one_thing_only(struct kunit *test)
{
	const struct async_tx_ask other = { .op = ASYNC_TX_OP_XOR, .here = true, .work = PAGE };
	const struct async_tx_ask ask = { .op = OP, .here = true, .work = PAGE };
	struct world *w = world_of(test);
	unsigned int sent = 0;

	make_channels(test, 1, CPU_NS / 4);
	w->fake->chan.handover[other.op].ns = (100 * NSEC_PER_MSEC) << ASYNC_TX_FRACTION;
	for (unsigned int i = 0; i < 1000; i++) {
		struct async_tx_channel *chan;

		sent += !!async_tx_policy_adaptive.select(w->cand, &other);
		chan = async_tx_policy_adaptive.select(w->cand, &ask);
		if (chan)
			send(test, w, chan);
		else
			w->by_cpu++;
		w->now += CPU_NS;
		settle_all(w);
	}
	KUNIT_EXPECT_LE(test, sent, 1);
	KUNIT_EXPECT_LE(test, w->by_cpu, 50);
}

/* The channels can do all that there is while the CPU does but one of four. */
static void what_is_cheap_to_ask_spares_the_cpu(struct kunit *test)
{
	struct world *w = world_of(test);
	u64 start = w->now;

	make_channels(test, 4, CPU_NS);
	for (unsigned int i = 0; i < 4; i++)
		set_handover(&w->fake[i], CPU_NS / 4);
	play(test, 10000, 0);
	KUNIT_EXPECT_LE(test, w->by_cpu, 1000);
	KUNIT_EXPECT_LE(test, w->now - start - NSEC_PER_SEC, 10000 * CPU_NS / 3);
}

static void the_faster_engine_is_found_among_many(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 64, 10000);
	w->fake[17].ns = 100;
	believe(&w->fake[17].chan.estimate[OP], 100);
	play(test, 4000, 1000);
	KUNIT_EXPECT_GE(test, w->fake[17].served, 3800);
}

static void equal_engines_share_the_load(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 16, 1000);
	play(test, 16000, 1000 / 12);
	for (unsigned int i = 0; i < 16; i++)
		kt_expect_near(test, w->fake[i].served, 1000, 30);
}

static void a_channel_of_less_weight_gets_less(struct kunit *test)
{
	struct world *w = world_of(test);

	/* One alone could just about do all. */
	make_channels(test, 2, CPU_NS / 2);
	w->fake[0].chan.handicap = 3 * 4096;
	play(test, 4000, CPU_NS / 2 - 10);
	KUNIT_EXPECT_GE(test, w->fake[1].served, 2 * w->fake[0].served + 1);
}

static void of_equals_the_near_one_is_preferred(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 2, CPU_NS / 2);
	w->fake[0].chan.node = numa_node_id();
	w->fake[1].chan.node = numa_node_id() + 1;
	play(test, 2000, 2 * CPU_NS);
	KUNIT_EXPECT_GE(test, w->fake[0].served, 1900);
}

static void the_cpu_does_what_engines_can_not(struct kunit *test)
{
	struct world *w = world_of(test);

	/* All at once: 4 of 5 for the CPU is where both end together. */
	make_channels(test, 1, 4 * CPU_NS);
	play(test, 5000, 0);
	kt_expect_near(test, w->by_cpu, 4000, 5);
	kt_expect_near(test, w->fake[0].served, 1000, 20);
}

static void a_caller_who_waits_gets_the_sooner(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 1, 4 * CPU_NS);
	w->waits = true;
	play(test, 4000, 0);
	KUNIT_EXPECT_GE(test, w->by_cpu, 3700);
}

static void a_full_engine_is_left_alone(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 2, 100);
	w->fake[1].ns = 200;
	believe(&w->fake[1].chan.estimate[OP], 200);
	w->fake[0].chan.full = 1;
	atomic64_set(&w->fake[0].chan.load, async_tx_load_of(1));
	play(test, 1000, 2000);
	KUNIT_EXPECT_EQ(test, w->fake[0].served, 0);
}

static void a_dear_cpu_has_engines_preferred(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 1, 10 * CPU_NS);
	async_tx_cpu_price = 0;
	play(test, 1000, 100 * CPU_NS);
	KUNIT_EXPECT_LE(test, w->fake[0].served, 20);
	forget_counts(w);
	async_tx_cpu_price = 1900;
	play(test, 1000, 100 * CPU_NS);
	KUNIT_EXPECT_LE(test, w->by_cpu, 20);
}

/*
 * Trying is a small part of the operations, and of their time; over and above the
 * first, when nothing is known of the caller.
 */
static void trying_costs_little(struct kunit *test)
{
	static const unsigned int times[] = { 2, 8, 32 };
	struct world *w = world_of(test);

	for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
		make_channels(test, 1, times[i] * CPU_NS);
		forget_counts(w);
		play(test, 10000, 40 * CPU_NS);
		KUNIT_ASSERT_GE(test, w->fake[0].served, 16);
		KUNIT_EXPECT_LE(test, w->fake[0].served, 10000 / 100);
		KUNIT_EXPECT_LE(test, (w->fake[0].served - 16) * times[i], 10000 / 32);
	}
}

static void a_cpu_that_seems_slow_is_tried(struct kunit *test)
{
	struct world *w = world_of(test);

	believe(&async_tx_cpu.estimate[OP], 20 * CPU_NS);
	make_channels(test, 1, CPU_NS);
	play(test, 20000, 10 * CPU_NS);
	KUNIT_EXPECT_GE(test, w->by_cpu, 1);
	KUNIT_EXPECT_LE(test, w->by_cpu, 20000 / 100);
}

static void an_engine_that_changes_is_found_soon(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 1, CPU_NS / 4);
	play(test, 1000, 4 * CPU_NS);
	w->fake[0].ns = 8 * CPU_NS;
	play(test, 1000, 4 * CPU_NS);
	forget_counts(w);
	play(test, 1000, 4 * CPU_NS);
	KUNIT_EXPECT_LE(test, w->fake[0].served, 50);

	w->fake[0].ns = CPU_NS / 4;
	play(test, 1000, 4 * CPU_NS);
	forget_counts(w);
	play(test, 1000, 4 * CPU_NS);
	KUNIT_EXPECT_GE(test, w->fake[0].served, 950);
}

/* More than the CPU could do, but not for long. */
static void a_pause_is_no_proof_for_long(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 64, 100 * CPU_NS);
	play(test, 2000, CPU_NS + CPU_NS / 4);
	KUNIT_EXPECT_LE(test, w->by_cpu, 2000 - 8);
	KUNIT_EXPECT_GE(test, w->by_cpu, 2000 - 20);
}

/* Half of the channels, all neighbours, are busy. */
static void neighbours_are_not_all_that_is_seen(struct kunit *test)
{
	const struct async_tx_ask ask = { .op = OP, .here = true, .work = PAGE };
	struct world *w = world_of(test);

	make_channels(test, 64, CPU_NS);
	for (unsigned int i = 0; i < 32; i++)
		atomic64_set(&w->fake[i].chan.load, 100 * async_tx_load_of(CPU_NS));
	for (unsigned int n = 0; n < 64; n++) {
		struct async_tx_channel *chan = async_tx_policy_adaptive.select(w->cand, &ask);

		KUNIT_EXPECT_GE(test, (uintptr_t)chan, (uintptr_t)&w->fake[32]);
	}
}

/* Each has one operation. One of four is idle too seldom to matter, one of 64 is not. */
static void of_many_channels_each_has_more_to_do(struct kunit *test)
{
	const struct async_tx_ask ask = { .op = OP, .here = true, .work = PAGE };
	struct world *w = world_of(test);

	for (unsigned int nr = 4; nr <= 64; nr += 60) {
		make_channels(test, nr, 5 * CPU_NS);
		for (unsigned int i = 0; i < nr; i++)
			atomic64_set(&w->fake[i].chan.load, async_tx_load_of(5 * CPU_NS));
		KUNIT_EXPECT_EQ(test, nr == 64,
				!!async_tx_policy_adaptive.select(w->cand, &ask));
	}
}

/* It would hold up a hundred. */
static void a_cpu_that_many_wait_for_is_not_tried(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 64, CPU_NS / 2);
	play(test, 50000, CPU_NS / 100);
	KUNIT_EXPECT_EQ(test, w->by_cpu, 0);
}

static struct async_tx_channel *
choose(struct world *w, u32 work)
{
	const struct async_tx_ask ask = { .op = OP, .here = true, .work = work };

	return async_tx_policy_adaptive.select(w->cand, &ask);
}

/* Two channels, of which the other becomes better. After how many is that seen? */
static unsigned int choices_held(struct kunit *test, u32 ns)
{
	struct world *w = world_of(test);
	struct async_tx_channel *first;
	unsigned int n;

	async_tx_adaptive_forget();
	make_channels(test, 2, ns);
	believe(&w->fake[1].chan.estimate[OP], 2 * ns);
	first = choose(w, PAGE);
	KUNIT_EXPECT_PTR_EQ(test, first, &w->fake[0].chan);
	believe(&w->fake[1].chan.estimate[OP], ns / 2);
	for (n = 0; n < 1000 && choose(w, PAGE) == first; n++)
		;
	return n;
}

static void a_choice_holds_where_operations_are_short(struct kunit *test)
{
	unsigned int n = choices_held(test, 40);

	KUNIT_EXPECT_GE(test, n, 16);
	KUNIT_EXPECT_LE(test, n, 64 + 16);
	KUNIT_EXPECT_EQ(test, choices_held(test, 320), 0);
}

static void a_choice_does_not_hold_for_another_kind(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 2, 40);
	believe(&w->fake[1].chan.estimate[OP], 80);
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[0].chan);
	believe(&w->fake[1].chan.estimate[OP], 20);
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[0].chan);
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE / 2), &w->fake[1].chan);
}

/* The first is better by 60 ns: by no more may it have to do. */
static void a_choice_does_not_hold_on_a_busy_channel(struct kunit *test)
{
	struct world *w = world_of(test);

	make_channels(test, 2, 40);
	believe(&w->fake[1].chan.estimate[OP], 100);
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[0].chan);
	atomic64_set(&w->fake[0].chan.load, async_tx_load_of(50));
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[0].chan);
	atomic64_set(&w->fake[0].chan.load, async_tx_load_of(70));
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[1].chan);
	atomic64_set(&w->fake[0].chan.load, 0);
	w->fake[1].chan.full = 1;
	atomic64_set(&w->fake[1].chan.load, async_tx_load_of(0));
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[0].chan);
}

/* The first two are enough if they are idle, though the third is better. */
static void of_idle_channels_two_are_looked_at(struct kunit *test)
{
	struct world *w = world_of(test);

	believe(&async_tx_cpu.estimate[OP], 100);
	make_channels(test, 8, 100);
	believe(&w->fake[4].chan.estimate[OP], 25);
	KUNIT_EXPECT_PTR_NE(test, choose(w, PAGE), &w->fake[4].chan);
	async_tx_adaptive_forget();
	atomic64_set(&w->fake[0].chan.load, async_tx_load_of(100));
	KUNIT_EXPECT_PTR_EQ(test, choose(w, PAGE), &w->fake[4].chan);
}

/* Those for which a choice held count for tries as others do. */
static void what_is_held_is_counted(struct kunit *test)
{
	struct world *w = world_of(test);

	believe(&async_tx_cpu.estimate[OP], CPU_NS);
	make_channels(test, 1, 40);
	play(test, 100000, 10 * CPU_NS);
	KUNIT_EXPECT_GE(test, w->by_cpu, 4);
	KUNIT_EXPECT_LE(test, w->by_cpu, 100000 / 1000);
}

/* The one good channel of 256 is not seen by a decision, but by many. */
static void a_decision_looks_at_few(struct kunit *test)
{
	const struct async_tx_ask ask = { .op = OP, .here = true, .work = PAGE };
	struct world *w = world_of(test);
	unsigned int n;

	make_channels(test, 256, 100 * CPU_NS);
	believe(&w->fake[200].chan.estimate[OP], 1);
	for (n = 0; n < 256; n++) {
		if (async_tx_policy_adaptive.select(w->cand, &ask) == &w->fake[200].chan)
			break;
	}
	KUNIT_EXPECT_GT(test, n, 8);
	KUNIT_EXPECT_LT(test, n, 256);
}

static struct kunit_case async_tx_adaptive_cases[] = {
	KUNIT_CASE(a_look_at_the_clock_is_no_part_of_what_is_timed),
	KUNIT_CASE(ends_in_quick_succession_are_taken_together),
	KUNIT_CASE(a_slow_engine_is_left_alone),
	KUNIT_CASE(a_fast_engine_is_preferred),
	KUNIT_CASE(an_engine_that_is_dear_to_ask_is_left_alone),
	KUNIT_CASE(an_engine_may_be_dear_to_ask_for_one_thing_only),
	KUNIT_CASE(what_is_cheap_to_ask_spares_the_cpu),
	KUNIT_CASE(the_faster_engine_is_found_among_many),
	KUNIT_CASE(equal_engines_share_the_load),
	KUNIT_CASE(a_channel_of_less_weight_gets_less),
	KUNIT_CASE(of_equals_the_near_one_is_preferred),
	KUNIT_CASE(the_cpu_does_what_engines_can_not),
	KUNIT_CASE(a_caller_who_waits_gets_the_sooner),
	KUNIT_CASE(a_full_engine_is_left_alone),
	KUNIT_CASE(a_dear_cpu_has_engines_preferred),
	KUNIT_CASE(trying_costs_little),
	KUNIT_CASE(a_cpu_that_seems_slow_is_tried),
	KUNIT_CASE(an_engine_that_changes_is_found_soon),
	KUNIT_CASE(a_cpu_that_many_wait_for_is_not_tried),
	KUNIT_CASE(a_pause_is_no_proof_for_long),
	KUNIT_CASE(neighbours_are_not_all_that_is_seen),
	KUNIT_CASE(of_many_channels_each_has_more_to_do),
	KUNIT_CASE(a_choice_holds_where_operations_are_short),
	KUNIT_CASE(a_choice_does_not_hold_for_another_kind),
	KUNIT_CASE(a_choice_does_not_hold_on_a_busy_channel),
	KUNIT_CASE(of_idle_channels_two_are_looked_at),
	KUNIT_CASE(what_is_held_is_counted),
	KUNIT_CASE(a_decision_looks_at_few),
	{}
};

static struct kunit_suite async_tx_adaptive_suite = {
	.name = "async_tx_adaptive",
	.init = adaptive_init,
	.exit = adaptive_exit,
	.test_cases = async_tx_adaptive_cases,
};

kunit_test_suite(async_tx_adaptive_suite);
