// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy 'adaptive': how several channels and the CPU share a large operation.
 *
 * What a channel gets done of it by some time is a line that begins when it has done
 * what is in flight there and has started its part, and rises as fast as estimates
 * tell. The CPU's time has its price, so what it does by then is a curve. The time at
 * which all of them together are done is where the sum of all reaches the whole.
 *
 * A part more is a start more. That is for nothing on a channel that has nothing else
 * to do. Where there is much to do, it is at the expense of others, so each part has to
 * be the longer. No part is shorter than what handing it over takes the CPU.
 *
 * Where more arrives than the CPU could do alone, it takes no part: engines would have to
 * wait for it to hand them what is next.
 *
 * Called by policy_adaptive.c, under rcu_read_lock(), in any context. No locks.
 */
#include <kunit/visibility.h>
#include <linux/bitops.h>
#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "internal.h"
#include "policy_adaptive.h"

#define WHOLE		36	/* the operation is 2^36 parts of itself */
#define LESS		3	/* a line goes through all of it and an eighth, as a shift */
#define FASTEST		4	/* all of it takes at least a sixteenth of that time, likewise */
#define STEPS		2	/* of Newton's method, that begins with the end so far */
#define GAIN		8	/* the part of the time that has to be won: less is noise */
#define MOST		(ASYNC_TX_MAX_SHARES - 1)	/* channels; a share is the CPU's */

/**
 * struct line - what a channel, or the CPU, has done of the whole by when
 * @chan: it
 * @ready: when it begins (ns)
 * @slope: what all of it takes beyond its start (ns)
 * @rate: the same as parts of the whole in a ns
 * @start: what a part takes however short it is (ns)
 * @handover: time of the CPU that a part takes (ns)
 */
struct line {
	struct async_tx_channel *chan;
	u64 ready;
	u64 slope;
	u64 rate;
	u32 start, handover;
};

/**
 * struct sharing - an operation that is being shared out
 * @terms: see there
 * @line: of channels, in the order in which they could begin
 * @nr: how many
 * @cpu: its line
 * @by_cpu: it may take part
 * @looked: channels that were looked at
 * @capacity: of these, in 1/256 of the CPU's
 * @whole: the soonest that one alone does all (ns)
 * @crowd: for each ns of a channel's time others wait so much, in 1/256
 */
struct sharing {
	struct async_tx_split_terms *terms;
	struct line line[MOST];
	unsigned int nr;
	struct line cpu;
	bool by_cpu;
	unsigned int looked;
	u64 capacity;
	u64 whole;
	u64 crowd;
};

static struct line line_of(u64 all, u64 less)
{
	/* Noise must not make anybody infinitely fast. */
	u64 slope = max3(((all - min(all, less)) << LESS) / (BIT(LESS) - 1),
			 all >> FASTEST, 1ULL);

	return (struct line) {
		.start = min(all - min(all, slope), U32_MAX),
		.slope = slope,
		.rate = div64_u64(BIT_ULL(WHOLE), slope),
	};
}

static void add_cpu(struct sharing *s, const struct async_tx_ask *ask)
{
	u64 all = async_tx_cpu_expect(ask->op, async_tx_place(ask->work), ask->here);
	u64 less = async_tx_cpu_expect(ask->op, async_tx_place(ask->work >> LESS), ask->here);

	s->cpu = line_of(all, less);
	s->cpu.ready = s->cpu.start;
	s->whole = async_tx_cpu_cost(&s->terms->price, all);
}

static void add_channel(struct sharing *s, const struct async_tx_ask *ask,
			struct async_tx_channel *chan, bool idle_only)
{
	struct async_tx_estimate *e = &chan->estimate[ask->op];
	s64 load = atomic64_read(&chan->load);
	struct line line;
	unsigned int i;
	u64 all, less, backlog;

	s->looked++;
	if (chan == ask->avoid || async_tx_load_count(load) >= READ_ONCE(chan->full) ||
	    (idle_only && load))
		return;
	all = async_tx_handicapped(chan, async_tx_service(e, async_tx_place(ask->work)));
	less = async_tx_service(e, async_tx_place(ask->work >> LESS));
	line = line_of(all, async_tx_handicapped(chan, less));
	line.handover = async_tx_handover(chan, ask, load);
	line.start += line.handover;
	backlog = async_tx_load_ns(load) + (READ_ONCE(chan->lag.ns) >> ASYNC_TX_FRACTION);
	line.chan = chan;
	line.ready = backlog + line.start;
	s->whole = min(s->whole, backlog + all);
	s->capacity += div64_u64((s->cpu.start + s->cpu.slope) << 8, all + 1);
	for (i = s->nr++; i && s->line[i - 1].ready > line.ready; i--)
		s->line[i] = s->line[i - 1];
	s->line[i] = line;
}

/*
 * Waits grow as what is left of all that could be done gets less. It is never taken
 * for less than a sixteenth: then hardly anything is split.
 */
static void reckon_crowd(struct sharing *s, unsigned int nr)
{
	u64 capacity = 256 + div_u64(s->capacity * nr, max(s->nr, 1U));
	u64 load = min(div64_u64((u64)s->terms->load << 8, capacity), 256 - 256 / 16ULL);

	s->crowd = div64_u64(load << 8, 256 - load);
}

/* What the CPU has done by @time, and how fast that rises there. */
static u64 cpu_by(const struct sharing *s, u64 time, u64 *rate)
{
	u64 worth = async_tx_cpu_worth(&s->terms->price, time);

	if (!s->by_cpu || worth <= s->cpu.ready)
		return 0;
	*rate += div64_u64(s->cpu.rate << 12,
			   async_tx_cpu_cost_slope(&s->terms->price, worth));
	return (worth - s->cpu.ready) * s->cpu.rate;
}

/* When is all of it done? @rate and @late sum up the channels' lines. */
static u64 common_end(const struct sharing *s, u64 end, u64 rate, u64 late)
{
	for (unsigned int step = 0; step < STEPS; step++) {
		u64 rise = rate, done = rate * end - late + cpu_by(s, end, &rise);

		if (!rise)
			break;
		end -= div64_s64((s64)(done - BIT_ULL(WHOLE)), rise);
	}
	return end;
}

/*
 * With one channel more, each has less to do. The time that it still has to do
 * is what tells whether it is worth its start.
 */
static u64 choose(struct sharing *s, unsigned int *parts)
{
	u64 end = s->whole, rate = 0, late = 0;

	for (*parts = 0; *parts < s->nr; ++*parts) {
		const struct line *line = &s->line[*parts];
		u64 r = rate + line->rate, l = late + line->rate * line->ready;
		u64 sooner, least;

		if (line->ready >= end)
			break;
		sooner = common_end(s, end, r, l);
		least = max(int_sqrt64((line->slope * line->start * s->crowd) >> 8),
			    div64_u64(line->slope * line->handover, s->cpu.slope));
		if (*parts && sooner < line->ready + least)
			break;
		end = sooner;
		rate = r;
		late = l;
	}
	return end;
}

/*
 * A channel that is too slow to have a part is given a page all the same, if what
 * that costs has been saved up: it may have become faster.
 */
static bool try_slowest(struct sharing *s, unsigned int parts, u64 end)
{
	struct line *line = &s->line[s->nr - 1];
	u64 late = line->ready - min(line->ready, end);

	if (parts >= s->nr || !late || late > s->terms->saved)
		return false;
	s->terms->saved -= late;
	swap(s->line[parts], *line);
	return true;
}

static size_t length_of(const struct line *line, u64 time, size_t len)
{
	if (time <= line->ready)
		return 0;
	return round_up((size_t)mul_u64_u64_shr((time - line->ready) * line->rate, len, WHOLE),
			PAGE_SIZE);
}

/* In whole pages; what is left is the CPU's, or of the last. */
static unsigned int fill_in(const struct sharing *s, unsigned int parts, bool tried,
			    u64 end, size_t len, struct async_tx_share *share)
{
	u64 worth = async_tx_cpu_worth(&s->terms->price, end);
	unsigned int nr = 0;
	size_t left = len;

	if (tried)
		share[nr++] = (struct async_tx_share) { s->line[parts].chan, PAGE_SIZE };
	left -= nr * PAGE_SIZE;
	for (unsigned int i = 0; i < parts && left; i++) {
		size_t part = min(length_of(&s->line[i], end, len), left);

		if (part)
			share[nr++] = (struct async_tx_share) { s->line[i].chan, part };
		left -= part;
	}
	if (left && s->by_cpu && length_of(&s->cpu, worth, len))
		share[nr++] = (struct async_tx_share) { NULL, left };
	return nr;
}

/**
 * async_tx_share_out - have several channels and the CPU end together
 * @cand: the channels
 * @first: of those that are looked at; moves on
 * @ask: the operation
 * @len: its length
 * @terms: what the CPU's time is worth, and how much there is to do
 * @share: where to
 *
 * Context: any, under rcu_read_lock().
 *
 * Return: how many shares, the CPU's the last; less than two if one alone is about
 * as soon done.
 */
unsigned int async_tx_share_out(const struct async_tx_candidates *cand,
				unsigned int *first, const struct async_tx_ask *ask,
				size_t len, struct async_tx_split_terms *terms,
				struct async_tx_share *share)
{
	struct sharing s = { .terms = terms, .by_cpu = !terms->saturated };
	unsigned int look = min(cand->nr, MOST + terms->further), i = *first, parts;
	bool some = cand->nr > MOST;
	u64 end;

	add_cpu(&s, ask);
	/* Of many channels others may be idle. */
	for (; s.looked < look && s.nr < MOST; i++) {
		if (i >= cand->nr)
			i = 0;
		add_channel(&s, ask, cand->chan[i], some);
	}
	reckon_crowd(&s, cand->nr);
	end = choose(&s, &parts);
	if (end >= s.whole - s.whole / GAIN)
		return 0;
	*first = some ? (*first + parts) % cand->nr : i;
	terms->tried = terms->saved && try_slowest(&s, parts, end);
	return fill_in(&s, parts, terms->tried, end, len, share);
}
EXPORT_SYMBOL_IF_KUNIT(async_tx_share_out);
