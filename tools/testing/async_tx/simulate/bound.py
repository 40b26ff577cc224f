# SPDX-License-Identifier: GPL-2.0-only
"""The lower bound of a cell's makespan, unless operations are split.

Take the operations from number k on that have L bytes or more, and a group of
channels. Either one of them goes to a channel c that is not of the group, and ends
no sooner than at(k) + min over c of p(L,c), where p is what it takes there. Or all of
them go to the group. Give each channel of that a weight y(c), any: operation i means
at least w(i) = min over c of y(c) p(i,c) units of work, even in parts, and all
channels do Y = sum of y(c) units in a ns, so the last of them ends no sooner than
at(k) + (sum of w(i)) / Y. The lesser of the two is a bound; the greatest of these,
over k, L and groups, is the result. With no channel in the group it is the last
arrival plus its fastest service; with all of them, all work through the sum of all
rates. A channel that has become f times slower does y(c)/f, one that stalls nothing.
"""
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, product

from cells import DEGRADED


def progress(cell, weights):
    """What channels can have done by when: [(time, work, rate from then on)].

    A channel that has begun an operation ends it as it was, so a change counts
    from the end of the longest on.
    """
    fast = engine = cell.engines[0]
    rate = sum(weight * channel.channels for weight, channel in zip(weights, cell.channels))
    points = [(0, 0.0, rate)]
    for change in cell.changes:
        lag = engine.takes(max(cell.length)) if engine else 0
        start, work, old = points[-1]
        when = max(start, cell.at[change.op] + lag)
        engine = change.engine
        # So much of the time of an operation as it was is worth what it takes now.
        share = (1 if engine == fast else 1 / DEGRADED) if engine else 0
        points.append((when, work + (when - start) * old,
                       rate - (1 - share) * weights[1] * fast.channels))
    return points


def best_weights(cell):
    """The y(c) that say most about all operations together: what a channel's time is
    worth. Found by steps that get smaller."""
    takes = [(count, [channel.takes(length) for channel in cell.channels])
             for length, count in Counter(cell.length).items()]

    def bound(weights):
        work = sum(count * min(map(float.__mul__, weights, map(float, times)))
                   for count, times in takes)
        return work / sum(weight * channel.channels
                          for weight, channel in zip(weights, cell.channels))

    weights = [1 / cell.mean_service(channel) for channel in cell.channels]
    best, factor = bound(weights), 2.0
    while factor > 1.01:
        steps = [weights[:i] + [weights[i] * f] + weights[i + 1:]
                 for i in range(len(weights)) for f in (factor, 1 / factor)]
        found = max(steps, key=bound)
        if bound(found) > best * 1.0001:
            weights, best = found, bound(found)
        else:
            factor = factor ** 0.5
    return weights


def suffix_sums(values):
    return list(accumulate(reversed(values)))[::-1]


def bound_of(cell, weights, group, shortest, starts):
    """What follows for a group and a length, and any of starts as the first operation."""
    weights = [weight if channel in group else 0
               for weight, channel in zip(weights, cell.channels)]
    work = {length: min(weight * channel.takes(length)
                        for weight, channel in zip(weights, cell.channels) if weight)
            for length in set(cell.length) if group}
    left = suffix_sums([work.get(length, 0.0) if length >= shortest else 0.0
                        for length in cell.length])
    elsewhere = min((channel.takes(shortest) for channel in cell.channels
                     if channel not in group), default=float("inf"))
    points = progress(cell, weights)
    times, works = [point[0] for point in points], [point[1] for point in points]

    bound = 0
    for k in starts:
        if not group:
            bound = max(bound, cell.at[k] + elsewhere)
            continue
        start, done, rate = points[bisect_right(times, cell.at[k]) - 1]
        total = done + (cell.at[k] - start) * rate + left[k]
        start, done, rate = points[bisect_right(works, total) - 1]
        end = start + (total - done) / rate if rate else float("inf")
        bound = max(bound, min(end, cell.at[k] + elsewhere))
    return bound


def lower_bound(cell):
    """No makespan can be less, from the first arrival on."""
    weights = best_weights(cell)
    lengths = sorted(cell.length)
    shortest = {lengths[-max(len(lengths) >> shift, 1)]
                for shift in range(len(lengths).bit_length() + 1)}
    bound = 0
    for length in shortest:
        # The arrival of one that is counted is the latest that will do.
        counted = [i for i, one in enumerate(cell.length) if one >= length]
        starts = counted[::max(len(counted) // 128, 1)] + counted[-1:]
        for chosen in product((False, True), repeat=len(cell.channels)):
            group = [channel for channel, is_in in zip(cell.channels, chosen) if is_in]
            bound = max(bound, bound_of(cell, weights, group, length, starts))
    return int(bound) - cell.at[0]
