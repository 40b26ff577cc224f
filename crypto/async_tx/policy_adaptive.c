// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy 'adaptive': where an operation is expected to end first.
 *
 * An engine's channel ends it when it has done what is in flight there, and then
 * this; estimates tell how long either takes. The CPU that asks could begin at
 * once, but while it is at it nobody else is served: all that arrives meanwhile has
 * to wait. So its time costs more than it takes:
 *
 *   cost = time * (1 + price + time * rate of arrival / (1 - share of time it works))
 *
 * which is twice what those wait on average in a queue that is served by one. Where
 * more arrives than the CPU could do alone, that is no measure any more. Then all have
 * to be kept at work. A channel is given an operation, whatever that takes, as long as
 * it would have nothing to do before the CPU is through with one. That does what is left.
 *
 * All of that is for callers who go on while an engine works. One that waits for
 * each operation has nothing that could be held up; he is known by the engine being
 * idle whenever he comes back.
 *
 * A decision looks at a channel that was good and at a few others, all around, from a
 * point that moves. Now and then it tries one that seems worse, so that an estimate that has
 * become too high can recover: seldom, and only if what that costs has been saved
 * up, a fraction of the time that all operations take. So it does with the CPU.
 *
 * A choice holds for more short ones of the same kind, see policy_adaptive_hold.h.
 *
 * A large operation is shared out among several, see policy_adaptive_split.c.
 *
 * All of this is kept per CPU without a lock; what a race spoils is a guess.
 */
#include <kunit/visibility.h>
#include <linux/cpumask.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/topology.h>

#include "internal.h"
#include "policy_adaptive.h"
#include "policy_adaptive_hold.h"

#define LOOK_AT		4	/* besides the good one */
#define LOOK_AT_IDLE	2	/* the same of short ones if all of these are idle */
#define FURTHER		128	/* and one more for so many ns of the CPU's, for it costs less */
#define HOLD_NS		4096	/* of operations for which a choice holds */
#define HOLD		64	/* so many at most */
#define HOLD_LEAST	16	/* for fewer it is not worth it */
#define WINDOW		8	/* decisions to a look at the clock */
#define FADE		3	/* so long do windows count, as a shift */
#define PAUSE		8	/* times the work that a window has; more counts as this */
#define LONG_PAUSE	256	/* the same; what was before says nothing */
#define MORE		4	/* if it has no pause, as a part of the time so much more arrives */
#define BEHIND		4	/* times what an engine takes: then the CPU has fallen behind */
#define PASS		15	/* decisions without a look at the channels, if that was in vain */
#define TRY		512	/* decisions to one that tries */
#define TRY_BUSY	16	/* the same where an engine would help */
#define TRY_DEAR	4096	/* the same of one that costs the CPU more than it saves */
#define TRY_CPU		16384	/* decisions for engines to one that tries the CPU */
#define SAVE		100	/* the part of all time that trying may cost */

/* How much longer an engine may take than the CPU and is preferred, in percent. */
unsigned int async_tx_cpu_price = ASYNC_TX_CPU_PRICE;
EXPORT_SYMBOL_IF_KUNIT(async_tx_cpu_price);

/**
 * struct adaptive - what one CPU keeps in mind
 * @hold: the latest choice
 * @turn: next channel to look at
 * @good: the latest choice among the channels
 * @sent: it was that of the latest decision
 * @saturated: more arrives than the CPU could do
 * @paused: nothing had come for long before the latest window
 * @goes_on: whether an engine is at work when the caller is back: 256 if it was just
 *	now, and less each time that it was not
 * @window: decisions in this window
 * @came: operations, likewise
 * @since: when it began (ns)
 * @wanted: what its operations would take the CPU (ns)
 * @worked: what those took that the CPU did (ns)
 * @time: ns, of all windows, fading
 * @count: decisions, likewise
 * @all: ns wanted, likewise
 * @done: ns worked, likewise
 * @engine: what the good channel takes for an operation (ns), fading
 * @behind: how far the CPU has fallen behind (ns)
 * @wait: what arrivals wait for the CPU's work, for each ns of it squared, in 2^-24
 * @untried: decisions since the latest try
 * @in_row: decisions since the CPU was chosen
 * @passed: decisions since the channels were looked at
 * @saved: for tries (ns)
 * @cheapest: least hand-over of those, of each kind (ns)
 */
struct adaptive {
	struct hold hold;
	unsigned int turn, good;
	bool sent, saturated, paused;
	u16 goes_on;
	unsigned int window, came;
	u64 since;
	u64 wanted, worked;
	u64 time, count, all, done;
	u64 engine, behind;
	u64 wait;
	unsigned int untried, in_row, passed;
	u64 saved;
	u64 cheapest[ASYNC_TX_NR_KINDS];
};

/* Until proven otherwise, callers go on, and more arrives than can be done. */
#define AT_FIRST	{ .goes_on = 256, .saturated = true }

static const struct adaptive at_first = AT_FIRST;
static DEFINE_PER_CPU(struct adaptive, adaptive) = AT_FIRST;

/* A decision, on its way. */
struct decision {
	const struct async_tx_candidates *cand;
	const struct async_tx_ask *ask;
	struct async_tx_place at;
	int node;		/* the CPU's */
	u64 cpu;		/* what the CPU would take (ns) */
	u64 price;		/* of its time, beyond that, in 1/4096 */
	u64 least;		/* cost of the best so far */
	u64 second;		/* of another */
	u64 backlog, service;	/* what the best has to do before, and then (ns) */
	s64 load;		/* of all that were looked at, or'ed */
	u64 cheapest;		/* hand-over of those looked at */
	int best;		/* it, -1: the CPU */
};

/**
 * async_tx_adaptive_forget - begin anew, with nothing in mind
 *
 * For tests, while nobody decides.
 *
 * Context: any.
 */
void async_tx_adaptive_forget(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct adaptive *a = per_cpu_ptr(&adaptive, cpu);

		*a = at_first;
	}
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_adaptive_forget);

/* 41 of 4096 are a percent. */
static u32 usual_price(void)
{
	return READ_ONCE(async_tx_cpu_price) * 41;
}

static u32 held_up(const struct adaptive *a)
{
	return min((a->wait * a->goes_on) >> 8, ASYNC_TX_MAX_HELD_UP);
}

/*
 * Where more arrives than can be done, or a worker does it, nobody is held up who
 * would not be anyway.
 */
static u32 held_up_by(const struct adaptive *a, bool here)
{
	return a->saturated || !here ? 0 : held_up(a);
}

static u64 service_of(const struct async_tx_channel *chan, const struct decision *d)
{
	return async_tx_service(&chan->estimate[d->ask->op], d->at) +
	       (READ_ONCE(chan->lag.ns) >> ASYNC_TX_FRACTION);
}

/* The time of the CPU is dear here too, what there is of it. */
static u64 cost_of(const struct async_tx_channel *chan, const struct decision *d,
		   u64 handover)
{
	return service_of(chan, d) + ((handover * d->price) >> 12);
}

/*
 * How far has the CPU fallen behind? What it does not get at can not be seen: where
 * it has no pause, that is taken to be a part more. It matters when it has come to a
 * few times what an engine takes, for nothing is won by sending it off before.
 */
static void fall_behind(struct adaptive *a, u64 time)
{
	u64 most = a->engine * BEHIND, more = a->wanted;

	if (a->worked > time - time / 16)
		more += time / MORE;
	a->behind = min(a->behind + more, 2 * most + time);
	a->behind -= min(a->behind, time);
	if (a->behind >= most)
		a->saturated = true;
	else if (!a->behind)
		a->saturated = false;
}

/*
 * A pause says that there is time enough, however long it is. What comes after a long
 * one may be more than the CPU can do, until proven otherwise.
 */
static void end_window(struct adaptive *a)
{
	u64 now = async_tx_now();
	u64 time = min(now - a->since, a->wanted * PAUSE);
	bool paused = now - a->since > max(a->wanted * LONG_PAUSE, NSEC_PER_MSEC);

	if (paused && !a->paused) {
		a->behind = 0;
		a->saturated = true;
	} else {
		fall_behind(a, time);
	}
	a->paused = paused;

	a->time += time - (a->time >> FADE);
	a->count += a->came - (a->count >> FADE);
	a->all += a->wanted - (a->all >> FADE);
	a->done += a->worked - (a->done >> FADE);
	a->since = now;
	a->window = 0;
	a->came = 0;
	a->wanted = 0;
	a->worked = 0;
	a->wait = div64_u64(a->count << 24, max(a->time - min(a->done, a->time), 1ULL));
}

/* Note that the operation in hand arrives, and whether the caller went on. */
static void arrive(struct adaptive *a, const struct decision *d)
{
	const struct async_tx_channel *good = NULL;

	if (a->good < d->cand->nr)
		good = d->cand->chan[a->good];
	if (a->sent && good)
		a->goes_on = async_tx_inflight(good) ? 256 : a->goes_on - a->goes_on / 8;
	a->wanted += d->cpu;
	a->came++;
	if (++a->window < WINDOW)
		return;
	if (good)
		a->engine += ((s64)service_of(good, d) - (s64)a->engine) / 4;
	end_window(a);
}

/*
 * Across nodes it takes longer, by an eighth for each distance to a neighbour. That
 * is a guess, for the operands may be anywhere, so it decides between equals.
 */
static u64 way_to(const struct async_tx_channel *chan, const struct decision *d,
		  u64 service)
{
	if (likely(chan->node == d->node || chan->node == NUMA_NO_NODE))
		return 0;
	return service * (node_distance(d->node, chan->node) - LOCAL_DISTANCE) /
	       (8 * LOCAL_DISTANCE);
}

/*
 * What is enough for a channel to do while the CPU is at an operation, and hands out
 * none? It is through with half of its first by now, and shall have as much again to
 * spare. Of many, that are each about to be through with their only one, some would be
 * idle for a part of that time. Where that costs more than half of an operation, each
 * needs one more.
 */
static u64 enough(const struct decision *d, u64 service)
{
	u64 ns = service / 2 + 2 * d->cpu;

	if (d->cand->nr * d->cpu * d->cpu > service * service)
		ns += service;
	return ns;
}

static bool look_at(struct decision *d, unsigned int i, u64 limit)
{
	const struct async_tx_channel *chan = d->cand->chan[i];
	s64 load = atomic64_read(&chan->load);
	u64 handover = async_tx_handover(chan, d->ask, load);
	u64 backlog = async_tx_load_ns(load);
	u64 service, cost;

	d->load |= load;
	d->cheapest = min(d->cheapest, async_tx_handover(chan, d->ask, true));
	if (unlikely(chan == d->ask->avoid ||
		     async_tx_load_count(load) >= READ_ONCE(chan->full) ||
		     handover > d->cpu))
		return false;
	service = cost_of(chan, d, handover);
	cost = async_tx_handicapped(chan, backlog + service + way_to(chan, d, service));
	/* Estimates differ by a little, and those that are equal shall take turns. */
	if (cost + cost / 16 >= d->least || (cost >= limit && backlog > enough(d, service))) {
		d->second = min(d->second, cost);
		return false;
	}
	d->second = d->least;
	d->least = cost;
	d->backlog = backlog;
	d->service = service;
	d->best = i;
	return true;
}

/* The more time is at stake, the more of it may go into the choice. */
static unsigned int look_further(u64 cpu)
{
	return min_t(u64, cpu / FURTHER, 256);
}

/* Neighbours are of one engine, and alike: what is looked at is spread over all. */
static void look_around(struct adaptive *a, struct decision *d, u64 limit)
{
	unsigned int nr = d->cand->nr, look = LOOK_AT + look_further(d->cpu);
	unsigned int stride = 1, i = a->turn;

	/* A division takes long, but for one by a power of two that is known. */
	if (look == LOOK_AT)
		stride = max(nr / LOOK_AT, 1U);
	else if (look < nr)
		stride = nr / look;

	if (i >= nr)
		i = 0;
	a->turn = i + 1;
	for (unsigned int n = 0; n < min(nr, look); n++) {
		if (n == LOOK_AT_IDLE && look == LOOK_AT && !d->load)
			break;
		if (look_at(d, i, limit))
			a->turn = i + 1;
		i += stride;
		if (i >= nr)
			i -= nr;
	}
	/* Last, for of those that are equal it is the one that was used just now. */
	if (a->good < nr && nr > LOOK_AT)
		look_at(d, a->good, limit);
}

/*
 * Is the CPU as slow as it seems? Its next operation is timed. All that arrives
 * meanwhile is held up, which is the most of what it costs where much does.
 */
static bool try_cpu(struct adaptive *a, struct decision *d)
{
	struct async_tx_cpu_price price = { .each = 4096, .held_up = held_up(a) };
	u64 cost;

	if (++a->in_row < TRY_CPU || !d->ask->here)
		return false;
	cost = async_tx_cpu_cost(&price, d->cpu);
	if (cost > d->least + a->saved)
		return false;
	a->saved -= min(a->saved, cost - min(d->least, cost));
	d->best = -1;
	WRITE_ONCE(async_tx_cpu.clock.skip, 0);
	return true;
}

/*
 * Try the channel whose turn it is, if what that costs has been saved up. One that is
 * as good as the best channel is used anyhow, but not one as good as the CPU.
 */
static bool try_one(struct adaptive *a, struct decision *d, u64 cpu)
{
	u64 best = d->best < 0 ? cpu : d->least;
	struct async_tx_channel *chan;
	unsigned int i = a->turn;
	u64 handover, cost;
	bool dear;

	a->saved = min(a->saved + best / SAVE, best * 64);
	if (++a->untried < (a->saturated ? TRY_BUSY : TRY))
		return false;
	if (i >= d->cand->nr)
		i = 0;
	chan = d->cand->chan[i];
	if (chan == d->ask->avoid || async_tx_inflight(chan))
		return false;
	handover = async_tx_handover(chan, d->ask, false);
	dear = handover > d->cpu;
	if (dear && a->untried < TRY_DEAR)
		return false;
	cost = cost_of(chan, d, handover);
	if (cost > best + a->saved || (d->best >= 0 && !dear && cost < best + best / 8))
		return false;
	a->saved -= min(a->saved, cost - min(best, cost));
	a->untried = 0;
	a->turn = i + 1;
	d->best = i;
	WRITE_ONCE(chan->clock.skip, 0);
	return true;
}

/* What may the chosen channel have to do and still be better than what costs @other? */
static u64 room(const struct decision *d, u64 other)
{
	return other > d->least ? d->backlog + min(other - d->least, BIT_ULL(40)) : 0;
}

/*
 * For how many does it hold? That of the CPU only if all channels were idle, for
 * others are better soon.
 */
static void hold(struct hold *h, const struct decision *d, u64 limit)
{
	u64 cost = min(d->cpu, d->best < 0 ? limit : d->least);

	if (cost > HOLD_NS / HOLD_LEAST || !d->ask->here || (d->best < 0 && d->load))
		return;
	h->kind = kind_of(d->ask);
	h->at = d->best;
	h->cpu = d->cpu;
	h->cost = cost;
	h->most = min(room(d, d->second), max(room(d, limit), enough(d, d->service)));
	h->nr = HOLD_NS / max((u32)cost, HOLD_NS / HOLD);
	h->left = h->nr;
}

/* What came meanwhile counts, too. */
static void let_go(struct adaptive *a)
{
	struct hold *h = &a->hold;
	unsigned int n = h->nr - min(h->nr, h->left);

	a->came += n;
	a->wanted += n * h->cpu;
	a->untried += n;
	a->saved += n * h->cost / SAVE;
	if (h->at < 0)
		a->worked += n * h->cpu;
	else
		a->in_row += n;
	h->kind = ASYNC_TX_NO_KIND;
	h->nr = 0;
	h->left = 0;
}

/*
 * No channel that was looked at lately can be handed an operation as short as this
 * one: then the CPU takes it without much ado, if it is one of many kinds.
 */
static bool pass(struct adaptive *a, const struct async_tx_ask *ask, u64 cpu)
{
	if (cpu >= a->cheapest[async_tx_kind(ask->op, ask->many)] || a->passed >= PASS ||
	    kind_of(ask) == a->hold.kind)
		return false;
	a->passed++;
	a->came++;
	a->wanted += cpu;
	a->untried++;
	if (ask->here)
		a->worked += cpu;
	a->sent = false;
	return true;
}

static struct async_tx_channel *
consider(struct adaptive *a, const struct async_tx_candidates *cand,
	 const struct async_tx_ask *ask, struct async_tx_place at, u64 cpu)
{
	struct decision d = {
		.cand = cand,
		.ask = ask,
		.at = at,
		.node = numa_node_id(),
		.cpu = cpu,
		.least = U64_MAX,
		.second = U64_MAX,
		.cheapest = U64_MAX,
		.best = -1,
	};
	struct async_tx_cpu_price price = { .each = 4096 + usual_price() };
	u64 limit;
	bool tried;

	let_go(a);
	arrive(a, &d);
	price.held_up = held_up_by(a, ask->here);
	limit = async_tx_cpu_cost(&price, d.cpu);
	d.price = async_tx_cpu_cost_slope(&price, d.cpu / 2) - 4096;
	if (!a->saturated || a->goes_on < 64)
		d.least = limit;
	look_around(a, &d, limit);
	tried = try_one(a, &d, limit);
	if (d.best >= 0)
		tried |= try_cpu(a, &d);
	a->cheapest[async_tx_kind(ask->op, ask->many)] = d.cheapest;
	a->passed = 0;

	a->sent = d.best >= 0;
	if (!tried)
		hold(&a->hold, &d, limit);
	if (!a->sent) {
		a->in_row = 0;
		a->worked += ask->here ? d.cpu : 0;
		return NULL;
	}
	a->good = d.best;
	return cand->chan[d.best];
}

static noinline struct async_tx_channel *decide(struct adaptive *a,
						const struct async_tx_candidates *cand,
						const struct async_tx_ask *ask)
{
	struct async_tx_place at = async_tx_place(ask->work);
	u64 cpu = async_tx_cpu_expect(ask->op, at, ask->here);

	if (pass(a, ask, cpu))
		return NULL;
	return consider(a, cand, ask, at, cpu);
}

static struct async_tx_channel *
adaptive_select(const struct async_tx_candidates *cand, const struct async_tx_ask *ask)
{
	struct adaptive *a = raw_cpu_ptr(&adaptive);
	struct async_tx_channel *chan;

	return holds(&a->hold, cand, ask, &chan) ? chan : decide(a, cand, ask);
}

static unsigned int adaptive_split(const struct async_tx_candidates *cand,
				   const struct async_tx_ask *ask, size_t len,
				   struct async_tx_share *share)
{
	struct adaptive *a = raw_cpu_ptr(&adaptive);
	struct async_tx_place at = async_tx_place(ask->work);
	struct decision d = {
		.cand = cand,
		.ask = ask,
		.at = at,
		.cpu = async_tx_cpu_expect(ask->op, at, ask->here),
	};
	struct async_tx_split_terms terms = {
		.price = { .each = 4096, .held_up = held_up_by(a, ask->here) },
		.load = div64_u64(a->all << 8, a->time + 1),
		.saturated = a->saturated,
		.further = look_further(d.cpu),
		.saved = a->untried >= TRY ? a->saved : 0,
	};
	unsigned int nr;

	let_go(a);
	nr = async_tx_share_out(cand, &a->turn, ask, len, &terms, share);
	if (nr < 2)
		return 0;
	arrive(a, &d);
	a->sent = false;
	a->untried++;
	a->saved = min(a->saved + d.cpu / SAVE, d.cpu * 64);
	if (terms.tried) {
		a->saved = terms.saved;
		a->untried = 0;
	}
	if (!share[nr - 1].chan && ask->here)
		a->worked += mul_u64_u64_div_u64(d.cpu, share[nr - 1].len, len);
	return nr;
}

/*
 * Elsewhere the child could not start before its parent has ended and that has been
 * told, and would be the worker's then.
 */
static bool adaptive_stays(const struct async_tx_channel *chan,
			   enum async_tx_opcode op, u32 work)
{
	struct async_tx_cpu_price price = { .each = 4096 + usual_price() };
	struct async_tx_place at = async_tx_place(work);

	return async_tx_service(&chan->estimate[op], at) <=
	       async_tx_cpu_cost(&price, async_tx_cpu_expect(op, at, false));
}

struct async_tx_policy async_tx_policy_adaptive = {
	.name = "adaptive",
	.select = adaptive_select,
	.split = adaptive_split,
	.follows = true,
	.stays = adaptive_stays,
	.reckons = true,
};
EXPORT_SYMBOL_IF_KUNIT(async_tx_policy_adaptive);
