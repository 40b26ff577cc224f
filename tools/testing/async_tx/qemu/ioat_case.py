# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the I/OAT model share: how a test is reported, chains of
descriptors and what became of them.  Used by ioat_test.py and its parts.
"""

import random

from ioat_qtest import CHANERR, CHANSTS, DONE, HALTED, linked, null

COMPLETION, RING, SED, RESULT, DATA = 0x100000, 0x200000, 0x300000, 0x400000, 0x1000000
MESSAGES = 0x500000
FILL_CAP, XOR_CAP, PQ_CAP, WB_CAP, PQ16_CAP = 0x40, 0x100, 0x200, 0x2000, 0x20000
RNG = random.Random(1)

results = []


class Failed(Exception):
    """A test says why."""


def check(got, wanted, what):
    if got != wanted:
        show = [f"{value:#x}" if isinstance(value, int) else repr(value)[:60]
                for value in (got, wanted)]
        raise Failed(f"{what}: {show[0]}, not {show[1]}")


def test(title, function, *arguments):
    """Run it, and print a line of TAP."""
    try:
        function(*arguments)
    except Failed as error:
        print(f"# {error}")
        results.append(False)
    else:
        results.append(True)
    print(f"{'ok' if results[-1] else 'not ok'} {len(results)} - {title}", flush=True)


class Chain:
    """Descriptors in a row, and what became of them."""

    def __init__(self, ioat, channel=0):
        self.ioat, self.qemu, self.channel = ioat, ioat.qemu, channel
        self.base = self.at = RING + channel * 0x10000
        self.completion = COMPLETION + channel * 64
        self.count = 0

    def add(self, descriptors):
        """Returns the address of the first one."""
        first = self.at
        for descriptor in descriptors:
            self.qemu.write(self.at, linked(descriptor, self.at + 64))
            self.at += 64
            self.count += 1
        return first

    def start(self):
        self.ioat.reset(self.channel)
        self.qemu.write(self.completion, bytes(8))
        self.ioat.start(self.channel, self.base, self.count, self.completion)

    def run(self):
        self.start()
        if not self.ioat.settled(self.channel):
            raise Failed("the channel does not come to rest")

    def written(self):
        return int.from_bytes(self.qemu.read(self.completion, 8), "little")

    def check_done(self, last):
        check(self.ioat.get(self.channel, CHANERR, 4), 0, "CHANERR")
        check(self.ioat.get(self.channel, CHANSTS, 8), last | DONE, "CHANSTS")
        if not self.ioat.wait(lambda: self.written() == last | DONE, 5):
            check(self.written(), last | DONE, "completion")

    def check_halted(self, err, last=0):
        check(self.ioat.get(self.channel, CHANERR, 4), err, "CHANERR")
        check(self.ioat.get(self.channel, CHANSTS, 8), last | HALTED, "CHANSTS")


def run_one(ioat, descriptors, channel=0):
    """One operation, which ends well."""
    chain = Chain(ioat, channel)
    chain.check_done_at = chain.add(descriptors)
    chain.run()
    chain.check_done(chain.check_done_at)


def fails(ioat, descriptors, err):
    """One operation behind a null one: the channel halts at it, with err."""
    chain = Chain(ioat)
    good = chain.add(null())
    chain.add(descriptors)
    chain.run()
    chain.check_halted(err, good)
    if not ioat.wait(lambda: chain.written() == good | HALTED, 5):
        check(chain.written(), good | HALTED, "completion")


def blocks(ioat, number, size, offset=0):
    """Random data in memory: [(address, bytes)]."""
    made = []
    for i in range(number):
        data, at = RNG.randbytes(size), DATA + i * 0x200000 + offset
        ioat.qemu.write(at, data)
        made.append((at, data))
    return made
