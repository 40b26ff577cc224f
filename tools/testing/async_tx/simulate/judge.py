# SPDX-License-Identifier: GPL-2.0-only
"""What a contestant has made of a cell, and whether 'adaptive' is good enough."""
import math
import struct
from array import array
from dataclasses import dataclass, field

JUDGED = "adaptive"
# Most that the judged policy may take, as a multiple: of the best other contestant
# of that cell, of the lower bound, and of the best contestant where the engine had
# its new speed from the start.
LIMITS = {"makespan": 1.05, "p99": 1.10, "bound": 1.25, "after": 1.10}

HEAD = struct.Struct("=QQQ")


@dataclass
class Run:
    """A contestant in a cell; times in ns."""
    makespan: int
    mean: float
    p99: int
    cpu: float              # share of the bytes that the CPU copied
    latency: array = field(repr=False, default=None)


@dataclass
class Verdict:
    cell: str
    bound: float
    runs: dict              # of Run, by contestant
    after: list = field(default_factory=list)   # of the judged, a ratio for each change
    ratios: dict = field(default_factory=dict)
    missed: list = field(default_factory=list)

    def multiple(self, name, what):
        """A contestant's makespan or p99, as a multiple of the best one's."""
        return getattr(self.runs[name], what) / min(getattr(run, what)
                                                    for run in self.runs.values())


def percentile(ordered, percent):
    """The least value that so many of the values do not exceed."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def runs_of(data, contestants, at, lengths):
    """{contestant: Run} out of what the kernel's experiment has written."""
    size = HEAD.size + 8 * len(at)
    if len(data) != size * len(contestants):
        raise ValueError(f"{len(data)} bytes of results, not {size * len(contestants)}")
    runs = {}
    for i, contestant in enumerate(contestants):
        failed, cpu_bytes, _ = HEAD.unpack_from(data, i * size)
        if failed:
            raise ValueError(f"{contestant}: {failed} operations were refused")
        latency = array("Q", data[i * size + HEAD.size:(i + 1) * size])
        makespan = max(map(int.__add__, at, latency)) - at[0]
        runs[contestant] = Run(makespan, sum(latency) / len(at), percentile(sorted(latency), 99),
                               cpu_bytes / sum(lengths), latency)
    return runs


def window_mean(run, first, end):
    return sum(run.latency[first:end]) / (end - first)


def judge(verdict):
    """Compare the judged policy, if it is there, with the limits."""
    others = [run for name, run in verdict.runs.items() if name != JUDGED]
    run = verdict.runs.get(JUDGED)
    if not run:
        return verdict
    verdict.ratios = {
        "makespan": run.makespan / min(other.makespan for other in others),
        "p99": run.p99 / min(other.p99 for other in others),
        "bound": run.makespan / verdict.bound,
    }
    if verdict.after:
        verdict.ratios["after"] = max(verdict.after)
    verdict.missed = [what for what, ratio in verdict.ratios.items() if ratio > LIMITS[what]]
    return verdict
