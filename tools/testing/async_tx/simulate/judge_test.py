#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test the judge and the bound of the simulation ("make simulate-check"): prints TAP.

Each case judges runs that are made up, or compares the bound with what a machine
does that is played through here.
"""
import heapq
import random
import struct
import sys
import unittest
from array import array
from pathlib import Path

from bound import lower_bound
from cells import Cell, Change, Engine, all_cells, twins
from judge import HEAD, LIMITS, Run, Verdict, judge, percentile, runs_of

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tap


def verdict(makespan=100.0, p99=50.0, bound=95.0, after=()):
    """One of 'adaptive' beside others, the best of which have 100 and 50."""
    return judge(Verdict("made up", bound, {
        "engine": Run(100, 20.0, 80, 0.0), "cpu": Run(300, 20.0, 50, 1.0),
        "adaptive": Run(makespan, 20.0, p99, 0.5)}, list(after)))


def play(cell):
    """The makespan if each operation goes to where it ends first; nothing changes."""
    free = [[0] * channel.channels for channel in cell.channels]
    end = 0
    for at, length in zip(cell.at, cell.length):
        best = min(range(len(free)),
                   key=lambda i: max(free[i][0], at) + cell.channels[i].takes(length))
        done = max(free[best][0], at) + cell.channels[best].takes(length)
        heapq.heapreplace(free[best], done)
        end = max(end, done)
    return end - cell.at[0]


class SimulateTest(unittest.TestCase):
    def test_as_good_as_the_best_passes(self):
        self.assertEqual(verdict().missed, [])

    def test_it_is_compared_with_the_others_not_with_itself(self):
        self.assertEqual(verdict(makespan=90).ratios["makespan"], 0.9)

    def test_limits_themselves_pass(self):
        self.assertEqual(verdict(makespan=105, p99=55, bound=84).missed, [])

    def test_a_makespan_too_long_fails(self):
        self.assertEqual(verdict(makespan=106).missed, ["makespan"])

    def test_the_best_of_each_column_counts(self):
        self.assertEqual(verdict(p99=56).missed, ["p99"])

    def test_a_makespan_too_far_from_the_bound_fails(self):
        self.assertEqual(verdict(makespan=105, bound=83).missed, ["bound"])

    def test_one_change_not_got_over_fails(self):
        self.assertEqual(verdict(after=[1.0, LIMITS["after"] + 0.01]).missed, ["after"])
        self.assertEqual(verdict(after=[1.0, 1.09]).missed, [])

    def test_all_that_is_missed_is_named(self):
        self.assertEqual(verdict(200, 200, 50, [3]).missed, ["makespan", "p99", "bound", "after"])

    def test_without_the_judged_nothing_is_judged(self):
        self.assertEqual(judge(Verdict("", 1, {"cpu": Run(1, 1, 1, 1)})).ratios, {})

    def test_percentile_is_exact(self):
        self.assertEqual(percentile(list(range(1, 101)), 99), 99)
        self.assertEqual(percentile(list(range(1, 102)), 99), 100)
        self.assertEqual(percentile([7], 99), 7)

    def test_results_are_read(self):
        data = HEAD.pack(0, 30, 5) + array("Q", [5, 100, 10]).tobytes()
        run = runs_of(data, ["cpu"], [10, 20, 90], [10, 20, 30])["cpu"]
        self.assertEqual((run.makespan, run.p99, run.cpu), (110, 100, 0.5))

    def test_results_cut_short_are_refused(self):
        with self.assertRaisesRegex(ValueError, "24 bytes of results, not 32"):
            runs_of(HEAD.pack(0, 0, 0), ["cpu"], [1], [1])

    def test_refused_operations_are_noticed(self):
        with self.assertRaisesRegex(ValueError, "1 operations were refused"):
            runs_of(HEAD.pack(1, 0, 0) + bytes(8), ["cpu"], [1], [1])

    def test_names_are_unique_and_operations_the_same_every_time(self):
        names = [cell.name for cell in all_cells()]
        self.assertEqual(len(names), len(set(names)))
        one, two = (next(all_cells()) for _ in range(2))
        one.draw()
        two.draw()
        self.assertEqual(one.job(), two.job())

    def test_nothing_beats_the_bound_and_greed_comes_close(self):
        rng = random.Random(1)
        for cell in rng.sample([cell for cell in all_cells() if not cell.changes], 60):
            cell.draw()
            ratio = play(cell) / lower_bound(cell)
            self.assertGreaterEqual(ratio, 1, cell.name)
            self.assertLess(ratio, 1.25, cell.name)

    def test_the_bound_knows_what_a_change_costs(self):
        slow = Engine(1, 1000, 1000)
        cell = Cell("test", [slow], "1M", 100, [], 1000)
        cell.draw()
        before = lower_bound(cell)
        cell.changes = [Change(500, slow.slower(8))]
        self.assertGreater(lower_bound(cell), before)
        cell.changes = [Change(500, None)]
        self.assertGreater(lower_bound(cell), before)
        cell.changes = [Change(500, None), Change(501, slow)]
        self.assertLess(lower_bound(cell), before * 1.01)

    def test_a_twin_is_as_its_cell_after_the_change(self):
        cell = next(cell for cell in all_cells() if cell.name == "degrades/4/4K")
        cell.draw()
        (first, end, slow), (_, last, fast) = twins(cell)
        self.assertEqual((first, end, last), (4000, 6000, 9000))
        self.assertEqual((slow.engines[0], fast.engines), (cell.changes[0].engine, cell.engines))
        head = struct.calcsize("=IIIIII") + 2 * struct.calcsize("=IIII")
        self.assertEqual(slow.job()[head:], cell.job()[head + 2 * struct.calcsize("=QIIII"):])


if __name__ == "__main__":
    sys.exit(tap.run("simulate", SimulateTest))
