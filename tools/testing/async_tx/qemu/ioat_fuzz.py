#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Feed the I/OAT model nonsense ("make check-model", and longer by hand).

usage: ioat_fuzz.py QEMU [SECONDS [SEED]]

Writes random registers, random configuration space, random descriptors in random
chains, and arms random faults; half of all of it is nearly right, so that it gets
far.  After every round QEMU must be alive and answer, no byte outside of what
guest memory the round gave to the engine may have changed, and after a reset
every channel must copy.  Prints TAP; what failed can be run again by its seed.
"""

import random
import sys
import time

from ioat_qtest import (ABORT, APPEND, BAR, CHAINADDR, CHANCMD, CHANCMP, CHANCTRL, DMACOUNT, DONE,
                        INTRCTRL, MEMORY, RESET, RESUME, START, SUSPEND, Died, Ioat, Qemu, copy, fill,
                        find_capability, linked, null, pack, pq, pq16, xor)

# What belongs to the engine; the rest of memory is filled, and must stay so.
ARENA, ARENA_SIZE = 0x1000000, 0x800000
PATTERN = b"\xa5\x5a\xc3\x3c" * 1024
GUARDS = (0x100000, ARENA - 4096, ARENA + ARENA_SIZE, MEMORY - 4096)

DEVICES = ("version=2.0,channels=1", "version=3.0", "version=3.2,channels=8", "version=3.3,channels=2",
           "version=3.3,channels=8,cap=0xffffffff,xfercap=24", "version=3.4,msix=off",
           "version=2.0,cap=0xffffffff,pend-irq=off,spin-us=50", "version=3.2,setup-ns=2000,bandwidth=500M")
FAULTS = ("hang", "stuck", "no-write", "lost-irq", "corrupt", "corrupt=70000", "late-write=3000",
          "remove", *(f"halt={bit}" for bit in range(20)))

LONGEST = 0x10000


class Wrong(Exception):
    """The model did what it must not."""


class Fuzz:
    """One QEMU, and a stream of random things for it."""

    def __init__(self, ioat, rng):
        self.ioat, self.qemu, self.rng = ioat, ioat.qemu, rng
        self.express, self.msix = find_capability(ioat, 0x10), find_capability(ioat, 0x11)
        self.done = 0

    def inside(self, size=64, align=1):
        at = self.rng.randrange(ARENA, ARENA + ARENA_SIZE - size)
        return at // align * align

    def address(self, size=64, align=1):
        """Mostly an address in the arena; else one that must not be written to."""
        if self.rng.random() < 0.9:
            return self.inside(size, align)
        return self.rng.choice((
            0, MEMORY - size, MEMORY, MEMORY - 1, BAR + self.rng.randrange(0x4000), 0xfee00000,
            0xfec00000, 0xffff0000, 0xb0000000, (1 << 64) - size, (1 << 64) - 1,
            self.rng.getrandbits(64), self.rng.getrandbits(40)))

    def writable(self, size=LONGEST):
        """As address(), but in memory only where no spoilt size reaches beyond the arena."""
        while True:
            at = self.address(size)
            if at >= MEMORY or ARENA <= at <= ARENA + ARENA_SIZE - size:
                return at

    def descriptors(self, size):
        rng = self.rng
        flags = rng.choice((0, 8, 9, 9, 9, 0x19))
        kind = rng.randrange(8)
        if kind == 0:
            return null(flags)
        if kind == 1:
            return fill(rng.getrandbits(64), self.writable(), size, flags)
        if kind in (2, 3):
            return copy(self.address(size), self.writable(), size, flags)
        number = rng.randrange(2, 9)
        sources = [self.address(size) for _ in range(number)]
        if kind == 4:
            return xor(sources, self.writable(), size, flags, rng.choice((0x87, 0x88)))
        flags |= rng.choice((0, 0, 0x800, 0x1000, 0x1800, 0x8000))
        if kind in (5, 6):
            return pq(sources, rng.randbytes(number), self.writable(), self.writable(), size,
                      flags, rng.choice((0x89, 0x8a)))
        number = rng.randrange(9, 17)
        sed = self.inside(128, 64)
        made, block = pq16([self.address(size) for _ in range(number)], rng.randbytes(number),
                           self.writable(), self.writable(), size,
                           sed if rng.random() < 0.9 else self.address(), flags,
                           rng.choice((0xa0, 0xa1)))
        self.qemu.write(sed, block)
        return made

    def spoil(self, descriptor):
        """Nonsense in the size or the control word, or a few bits of them."""
        rng = self.rng
        data = bytearray(descriptor)
        if rng.random() < 0.3:
            data[:8] = rng.randbytes(8)
        else:
            data[rng.randrange(8)] ^= 1 << rng.randrange(8)
        return self.short(data)

    @staticmethod
    def short(data):
        """Sizes below LONGEST only."""
        data[2] = data[3] = 0
        return bytes(data)

    def chain(self):
        """Write a chain somewhere in the arena; returns (address, length)."""
        rng = self.rng
        descriptors = []
        while len(descriptors) < rng.randrange(1, 40):
            descriptors += self.descriptors(rng.choice((1, 64, 4096, rng.randrange(1, LONGEST))))
        base = self.inside(64 * len(descriptors), 64)
        for i, descriptor in enumerate(descriptors):
            link = base + 64 * (i + 1)
            if rng.random() < 0.02:
                link = rng.choice((0, base, link + 8, self.address(), self.inside(64, 64)))
            if rng.random() < 0.05:
                descriptor = self.spoil(descriptor)
            self.qemu.write(base + 64 * i, linked(descriptor, link))
        return base, len(descriptors)

    def submit(self, channel):
        base, length = self.chain()
        rng = self.rng
        self.ioat.put(channel, CHANCTRL, 2, 0x1d)
        self.ioat.put64(channel, CHANCMP, self.inside(8, 8) if rng.random() < 0.95 else self.writable(8))
        self.ioat.put64(channel, CHAINADDR, base if rng.random() < 0.95 else self.address())
        if rng.random() < 0.1:
            self.ioat.put(channel, CHANCMD, 1, START)
        else:
            self.ioat.put(channel, DMACOUNT, 2,
                          length if rng.random() < 0.8 else rng.getrandbits(rng.choice((4, 16))))

    def poke(self):
        """Any register, any size, any value, but for where completions go."""
        rng = self.rng
        size = rng.choice((1, 2, 4, 8))
        offset = rng.choice((rng.randrange(0, 0x500), rng.randrange(0, 0x4000))) // size * size
        if rng.random() < 0.5:
            self.qemu.get(BAR + offset, size)
        elif not self.aims(offset, size):
            self.qemu.put(BAR + offset, size, rng.getrandbits(8 * size) & rng.getrandbits(8 * size))

    @staticmethod
    def aims(offset, size):
        """CHANCMP, and MSI-X entries: with these a guest may well hit any memory."""
        if 0x1000 <= offset < 0x1800:
            return True
        return 0x80 <= offset < 0x480 and offset % 0x80 < 0x20 and offset % 0x80 + size > 0x10

    def configure(self):
        rng = self.rng
        offset = rng.randrange(0, 0x100) & ~3
        self.qemu.config(offset)
        # Not the BAR.
        if rng.random() < 0.3:
            self.qemu.config(4, rng.choice((2, 4, 6, 6, 6, 0x406)))
        if rng.random() < 0.1:
            self.reset_function()

    def reset_function(self):
        """By the capability, or the power button; a driver maps it again."""
        if self.rng.random() < 0.5:
            self.ioat.inject("remove clear")
        else:
            self.qemu.config(self.express + 8, 0x8000)
        self.ioat.map()

    def message(self):
        """An MSI-X entry that aims at the arena, or at the model's own registers."""
        rng = self.rng
        entry = BAR + 0x1000 + 16 * rng.randrange(self.ioat.channels)
        at = rng.randrange(0, 0x4000) & ~3
        if rng.random() < 0.5 or self.aims(at, 4):
            at = self.inside(4, 4)
        else:
            at += BAR
        words = at, 0, rng.choice((9, 0x1d, 0x20, rng.getrandbits(32))), rng.random() < 0.1
        for i, word in enumerate(words):
            self.qemu.put(entry + 4 * i, 4, int(word))

    def interrupts(self):
        """MSI-X on, off or masked; one vector or many."""
        rng = self.rng
        self.message()
        if self.msix and rng.random() < 0.3:
            self.qemu.config(self.msix, rng.choice((0, 2, 2, 2, 3)) << 30)
        self.qemu.put(BAR + INTRCTRL, 1, rng.choice((0, 1, 9, 9)))

    def step(self):
        rng = self.rng
        channel = rng.randrange(self.ioat.channels)
        what = rng.random()
        if what < 0.35:
            self.submit(channel)
        elif what < 0.7:
            self.poke()
        elif what < 0.85:
            command = rng.choice((RESET, RESET, SUSPEND, RESUME, ABORT, START, APPEND, rng.getrandbits(8)))
            self.ioat.put(channel, CHANCMD, 1, command)
        elif what < 0.88:
            self.configure()
        elif what < 0.91:
            self.interrupts()
        elif what < 0.92:
            self.qemu.command("stop")
            self.qemu.command("cont")
        elif what < 0.96:
            self.ioat.inject(rng.choice(FAULTS) + rng.choice(("", ":skip=3", ":times=3", " clear")))
        else:
            self.qemu.ask("clock_step 1000000")
        self.done += 1

    def round(self, steps):
        for guard in GUARDS:
            self.qemu.write(guard, PATTERN)
        for _ in range(steps):
            self.step()
        self.check()

    def check(self):
        self.ioat.inject("clear")
        self.ioat.map()
        for channel in range(self.ioat.channels):
            if not self.ioat.reset(channel):
                raise Wrong(f"channel {channel} does not reset")
        for guard in GUARDS:
            if self.qemu.read(guard, 4096) != PATTERN:
                raise Wrong(f"memory at {guard:#x} has changed")
        for channel in range(self.ioat.channels):
            self.check_channel(channel)

    def check_channel(self, channel):
        data = self.rng.randbytes(64)
        self.qemu.write(ARENA, data + bytes(64))
        self.qemu.write(ARENA + 128, copy(ARENA, ARENA + 64, 64)[0])
        self.ioat.start(channel, ARENA + 128, 1, ARENA + 256)
        self.ioat.settled(channel)
        if self.ioat.state(channel) != DONE or self.qemu.read(ARENA + 64, 64) != data:
            raise Wrong(f"channel {channel} does not copy any more")


def campaign(binary, device, seed, seconds):
    """Returns how many steps were done."""
    end = time.monotonic() + seconds
    with Qemu(binary, "-device", "ioat,id=ioat,addr=4," + device) as qemu:
        fuzz = Fuzz(Ioat(qemu), random.Random(seed))
        while time.monotonic() < end:
            fuzz.round(200)
    return fuzz.done


def main():
    binary = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 24
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    failures = 0
    for i, device in enumerate(DEVICES, 1):
        title = f"{i} - fuzz {device}, seed {seed}"
        try:
            print(f"ok {title} # {campaign(binary, device, seed, seconds / len(DEVICES))} steps", flush=True)
        except (Died, Wrong, RuntimeError) as error:
            failures += 1
            for line in str(error).splitlines()[-40:]:
                print(f"# {line}")
            print(f"not ok {title}", flush=True)
    print(f"1..{len(DEVICES)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
