# SPDX-License-Identifier: GPL-2.0-only
"""The grid: what engines there are, what becomes of them, and what arrives when.

A cell is one experiment. Its operations are drawn from a generator that is seeded
with its name, so they are the same in every run and for every contestant. All
times are in ns, rates in bytes per us, which is MB/s.
"""
import random
import struct
from dataclasses import dataclass, field
from itertools import accumulate, product

CPU = (50, 10_000)              # setup and bandwidth of a copy by the CPU
RING = 64
CHANNELS = (1, 4, 16, 64, 256)
SETUPS = (200, 1_000, 10_000)
BANDWIDTHS = (1_000, 5_000, 20_000)
SIZES = ("4K", "64K", "1M", "pareto")
LOADS = (20, 60, 90, 120)       # % of what engines and CPU can do together
KIB = 1024

# An engine that degrades gets so much slower, for the middle third of its cell;
# one that stalls starts nothing for so much of its cell, from the middle on.
DEGRADED = 8
STALLED = 0.05
SETTLED = 1_000                 # operations after a change within which all is well


@dataclass(frozen=True)
class Engine:
    """Channels that are alike; setup and bandwidth are of each."""
    channels: int
    setup: int
    bandwidth: int

    def slower(self, factor):
        return Engine(self.channels, self.setup * factor, self.bandwidth // factor)

    def takes(self, length):
        """What dma-sim makes a descriptor take, rounding included."""
        return self.setup + length * 1000 // self.bandwidth


@dataclass(frozen=True)
class Change:
    """At the operation number op, engine 0 becomes as it says; None: it stalls."""
    op: int
    engine: Engine | None


@dataclass
class Cell:
    name: str
    engines: list
    sizes: str
    load: int
    changes: list = field(default_factory=list)
    nr_ops: int = 0
    at: list = field(default_factory=list)
    length: list = field(default_factory=list)

    def __post_init__(self):
        channels = sum(engine.channels for engine in self.engines)
        self.nr_ops = self.nr_ops or max(4_000, 64 * channels)

    @property
    def channels(self):
        """All that work goes to, the CPU first."""
        return [Engine(1, *CPU), *self.engines]

    def draw(self, name=None):
        """Draw the operations, those of the cell of another name if there is one."""
        rng = random.Random(name or self.name)
        self.length = [draw_length(rng, self.sizes) for _ in range(self.nr_ops)]
        rate = sum(channel.channels / self.mean_service(channel) for channel in self.channels)
        gap = 100 / (self.load * rate)
        self.at = [int(t) for t in accumulate(rng.expovariate(1) * gap for _ in range(self.nr_ops))]

    def mean_service(self, channel):
        return channel.setup + sum(self.length) * 1000 / channel.bandwidth / self.nr_ops

    def job(self):
        """What the kernel's experiment reads, see crypto/async_tx/simulate.c."""
        changes = b"".join(
            struct.pack("=QIIII", self.at[change.op], 0, change.engine is None,
                        *speed_of(change.engine or self.engines[0])) for change in self.changes)
        return (struct.pack("=IIIIII", len(self.engines), len(self.changes), self.nr_ops, 0, *CPU) +
                b"".join(struct.pack("=IIII", engine.channels, RING, *speed_of(engine))
                         for engine in self.engines) + changes +
                b"".join(struct.pack("=QQ", *op) for op in zip(self.at, self.length)))


def speed_of(engine):
    return engine.setup, engine.bandwidth


def draw_length(rng, sizes):
    """Pareto: many are short, yet half of the bytes are in the longest few percent."""
    if sizes == "pareto":
        return min(int(KIB * rng.paretovariate(1.1)), 256 * KIB) // 64 * 64
    return {"4K": 4 * KIB, "64K": 64 * KIB, "1M": KIB * KIB}[sizes]


def plain_cells():
    for mix, channels, setup, bandwidth, sizes, load in product(
            ("same", "mixed"), CHANNELS, SETUPS, BANDWIDTHS, SIZES, LOADS):
        engines = [Engine(channels, setup, bandwidth)]
        if mix == "mixed":
            if channels == 1:
                continue
            half = Engine(channels // 2, setup, bandwidth)
            engines = [half, half.slower(4)]
        name = f"{mix}/{channels}/{setup / 1000:g}us/{bandwidth // 1000}G/{sizes}/{load}"
        yield Cell(name, engines, sizes, load)


def changing_cells():
    """A quarter of the channels, or the only one, changes."""
    for what, channels, sizes in product(("degrades", "stalls"), CHANNELS, SIZES):
        first = Engine(max(channels // 4, 1), 1_000, 5_000)
        engines = [first]
        if channels > 1:
            engines.append(Engine(channels - first.channels, 1_000, 5_000))
        nr_ops = 9_000 if channels < 256 else 24_000
        if what == "degrades":
            changes = [Change(nr_ops // 3, first.slower(DEGRADED)), Change(nr_ops * 2 // 3, first)]
        else:
            start = nr_ops // 2
            changes = [Change(start, None), Change(start + int(nr_ops * STALLED), first)]
        yield Cell(f"{what}/{channels}/{sizes}", engines, sizes, 40, changes, nr_ops)


def all_cells():
    yield from plain_cells()
    yield from changing_cells()


def group_of(cell):
    """Cells of a group share a boot: those of the same engines."""
    return cell.name.rsplit("/", 2 if cell.name.count("/") > 2 else 1)[0]


def twins(cell):
    """Of a cell whose engine changes its speed: for each change the operations from
    which on all is to be well again, up to which, and the cell in which the engine
    was like that from the start."""
    speeds = [change for change in cell.changes if change.engine]
    if len(speeds) < len(cell.changes):
        return []
    ends = [change.op for change in speeds[1:]] + [cell.nr_ops]
    return [(change.op + SETTLED, end,
             Cell(f"{cell.name}/as after {change.op}", [change.engine, *cell.engines[1:]],
                  cell.sizes, cell.load, [], cell.nr_ops, cell.at, cell.length))
            for change, end in zip(speeds, ends)]
