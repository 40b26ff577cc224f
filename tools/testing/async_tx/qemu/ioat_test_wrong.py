# SPDX-License-Identifier: GPL-2.0-only
"""What a guest may get wrong with the I/OAT model, and faults on demand; see
ioat_test.py.
"""

from ioat_case import (COMPLETION, RING, SED, RESULT, DATA, FILL_CAP, XOR_CAP, PQ_CAP, WB_CAP,
                       PQ16_CAP, Failed, check, Chain, run_one, fails, blocks)
from ioat_qtest import (ABORT, ACTIVE, BAR, CHAINADDR, CHANCMD, CHANCMP, CHANERR, CHANSTS, COMPL,
                        DMACAP, DONE, HALTED, INTRCTRL, MEMORY, NO_P, NO_Q, PQ_VAL, RESET, START,
                        SUSPEND, WB, XOR_VAL, copy, fill, head, linked, null, pack, pq, pq16, xor)
from ioat_test_control import interrupt_chain, interrupts_off, interrupts_on, message


def bad_chain(ioat):
    chain = Chain(ioat)
    for address in (RING + 8, 0, MEMORY, 1 << 52, (1 << 64) - 64, BAR, 0xfec00000, 0xfffc0000 + 8):
        ioat.reset(0)
        ioat.start(0, address, 1, chain.completion)
        ioat.settled(0)
        chain.check_halted(0x10)
    chain.add(null())
    for address, err in ((RING + 8, 8), (0, 4), (MEMORY, 4), ((1 << 64) - 64, 4), (BAR, 4)):
        ioat.qemu.write(RING, linked(null()[0], address))
        chain.count = 3
        chain.run()
        chain.check_halted(err, RING)


def bad_addresses(ioat):
    for address in (MEMORY, MEMORY - 10, 1 << 40, (1 << 64) - 10, BAR, BAR + 0x84, 0xfee00000):
        fails(ioat, copy(address, RESULT, 64), 1)
        fails(ioat, copy(DATA, address, 64), 2)
    # The firmware's ROM can be read, not written.
    run_one(ioat, copy(0xffff0000, RESULT, 4096))
    fails(ioat, copy(DATA, 0xffff0000, 64), 2)
    # Not even in part.
    ioat.qemu.write(MEMORY - 10, b"untouched!")
    fails(ioat, copy(DATA, MEMORY - 10, 64), 2)
    check(ioat.qemu.read(MEMORY - 10, 10), b"untouched!", "memory's end")


def bad_raid_addresses(ioat):
    good = [DATA + i * 4096 for i in range(8)]
    for i in range(8):
        fails(ioat, xor(good[:i] + [MEMORY] + good[i + 1:], RESULT, 64), 1)
    fails(ioat, xor(good, MEMORY, 64), 2)
    fails(ioat, xor(good, MEMORY, 64, op=XOR_VAL), 2)
    fails(ioat, pq(good, [1] * 8, MEMORY, RESULT, 64), 2)
    fails(ioat, pq(good, [1] * 8, RESULT, MEMORY, 64), 2)
    fails(ioat, pq(good, [1] * 8, RESULT, MEMORY, 64, op=PQ_VAL), 2)


def bad_sed(ioat):
    good = [DATA + i * 4096 for i in range(16)]
    for number, sed in ((9, SED + 8), (16, MEMORY), (16, MEMORY - 64), (9, (1 << 64) - 64)):
        descriptors, _ = pq16(good[:number], [1] * number, RESULT, RESULT + 4096, 64, sed)
        fails(ioat, descriptors, 0x4000)


def bad_sizes(ioat):
    for size in (0, (1 << 20) + 1, 0xffffffff):
        fails(ioat, copy(DATA, RESULT, size), 0x800)


def bad_control(ioat):
    cap = ioat.qemu.get(BAR + DMACAP, 4)
    fails(ioat, [pack([head(0x55, 64), DATA, RESULT] + [0] * 5)], 0x400)
    fails(ioat, copy(DATA, RESULT, 64, COMPL | 1 << 20), 0x400)
    for needed, descriptors in (
            (FILL_CAP, fill(0, RESULT, 64)), (XOR_CAP, xor([DATA, DATA], RESULT, 64)),
            (PQ_CAP, pq([DATA, DATA], [1, 1], RESULT, RESULT, 64)),
            (WB_CAP, pq([DATA, DATA], [1, 1], RESULT, RESULT, 64, COMPL | WB)),
            (PQ16_CAP, pq16([DATA] * 9, [1] * 9, RESULT, RESULT, 64, SED)[0])):
        if not cap & needed:
            fails(ioat, descriptors, 0x400)
    if cap & PQ_CAP:
        fails(ioat, pq([DATA, DATA], [1, 1], RESULT, RESULT, 64, COMPL | NO_P | NO_Q), 0x400)


def nine_sources(ioat):
    """The field for their number goes up to nine, which none of these can have."""
    chain = Chain(ioat)
    chain.add([pack([head(0x87, 64, COMPL, 7)] + [DATA] * 7), bytes(64)])
    chain.run()
    chain.check_halted(0x400)


def bad_completion(ioat):
    for address in (0, COMPLETION + 4, MEMORY, (1 << 64) - 8, BAR):
        chain = Chain(ioat)
        good = chain.add(null())
        ioat.reset(0)
        ioat.start(0, chain.base, 1, address)
        ioat.wait(lambda: ioat.state(0) == HALTED)
        chain.check_halted(0x1000, good)


def count_runs_away(ioat):
    """More counted than there are: the chain's end is an error."""
    chain = Chain(ioat)
    for _ in range(3):
        good = chain.add(null())
    ioat.qemu.write(good, linked(null()[0], 0))
    chain.count = 0xffff
    chain.run()
    chain.check_halted(4, good)
    # And one that links to itself ends with the count.
    ioat.qemu.write(good, linked(null()[0], good))
    chain.run()
    chain.check_done(good)


def count_splits(ioat):
    """The count ends between a descriptor and its extension."""
    chain = Chain(ioat)
    good = chain.add(null())
    chain.add(xor([DATA] * 6, RESULT, 64))
    chain.count = 2
    chain.run()
    chain.check_halted(0x40000, good)


def endless_chain(ioat):
    chain = Chain(ioat)
    chain.add(null())
    ioat.qemu.write(RING, linked(null()[0], RING))
    ioat.reset(0)
    ioat.put64(0, CHANCMP, chain.completion)
    ioat.put64(0, CHAINADDR, RING)
    ioat.put(0, CHANCMD, 1, START)
    ioat.wait(lambda: ioat.get(0, CHANERR, 4))
    chain.check_halted(0x40000, RING)


def no_bus_master(ioat):
    ioat.qemu.config(4, 2)
    chain = Chain(ioat)
    chain.add(null())
    chain.run()
    check(ioat.get(0, CHANERR, 4), 0x10 | 0x1000, "CHANERR")
    ioat.qemu.config(4, 6)


def half_of_64_bits(ioat):
    """As on the hardware, a 64-bit write of an address does not do."""
    ioat.reset(0)
    ioat.put(0, CHANCMP, 8, 0x1122334455667700)
    check(ioat.get(0, CHANCMP, 8), 0x55667700, "CHANCMP after a 64-bit write")
    ioat.put64(0, CHANCMP, 0x1122334455667700)
    check(ioat.get(0, CHANCMP, 8), 0x1122334455667700, "CHANCMP after two of 32")
    ioat.reset(0)


# ---- faults on demand

def struck(ioat, text):
    """Arm it; returns a function that says how often faults struck since."""
    before = ioat.property("faults-fired")
    ioat.inject(text)
    return lambda: ioat.property("faults-fired") - before


def fault_halt(ioat):
    for bit in range(19):
        times = struck(ioat, f"halt={bit}:skip=2")
        chain = Chain(ioat)
        for _ in range(5):
            chain.add(null())
        chain.run()
        status = chain.base + 64 | HALTED | (8 if bit == 15 else 0)
        check(ioat.get(0, CHANERR, 4), 1 << bit, f"CHANERR, bit {bit}")
        check(ioat.get(0, CHANSTS, 8), status, "CHANSTS")
        if bit != 12:
            ioat.wait(lambda: chain.written() == status, 5)
            check(chain.written(), status, "completion")
        check(times(), 1, "faults")
    ioat.reset(0)


def fault_hang(ioat):
    times = struck(ioat, "hang:channel=0:skip=1")
    interrupt_chain(ioat, 1)
    chain = Chain(ioat)
    good = chain.add(null())
    chain.add(null())
    chain.start()
    ioat.wait(times, 5)
    check(ioat.get(0, CHANSTS, 8), good | ACTIVE, "CHANSTS")
    ioat.put(0, CHANCMD, 1, SUSPEND)
    check(ioat.wait(lambda: ioat.state(0) != ACTIVE, 0.1), False, "hung, but it suspends")
    check(ioat.reset(0), True, "a reset ends it")
    run_one(ioat, null())


def fault_stuck(ioat):
    for command in (RESET, ABORT, SUSPEND):
        ioat.inject("stuck")
        ioat.put(0, CHANCMD, 1, command)
        check(ioat.wait(lambda: not ioat.get(0, CHANCMD, 1), 0.1), False, "CHANCMD is cleared")
        ioat.inject("clear")
        check(ioat.wait(lambda: not ioat.get(0, CHANCMD, 1), 5), True, "CHANCMD is cleared, then")
    run_one(ioat, null())


def fault_corrupt(ioat):
    (at, data), = blocks(ioat, 1, 4096)
    ioat.inject("corrupt=100")
    run_one(ioat, copy(at, RESULT, 4096))
    got = ioat.qemu.read(RESULT, 4096)
    check([i for i in range(4096) if got[i] != data[i]], [100], "wrong bytes")
    run_one(ioat, copy(at, RESULT, 4096))
    check(ioat.qemu.read(RESULT, 4096), data, "the copy after that")


def fault_writes(ioat):
    times = struck(ioat, "no-write")
    chain = Chain(ioat)
    last = chain.add(null())
    chain.run()
    check(ioat.wait(chain.written, 0.1), False, "a completion is written")
    check(ioat.get(0, CHANSTS, 8), last | DONE, "CHANSTS")
    times = struck(ioat, "late-write=200000")
    chain.run()
    check(ioat.wait(chain.written, 0.05), False, "a completion is written in time")
    check(ioat.wait(chain.written, 5), True, "it is written later")
    check(times(), 1, "faults")


def fault_lost_interrupt(ioat):
    interrupts_on(ioat, "msi")
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    ioat.inject("lost-irq")
    interrupt_chain(ioat)
    check(message(ioat, 0, 0.1), 0, "message")
    interrupt_chain(ioat)
    check(message(ioat), 0x77, "the next one")
    interrupts_off(ioat, "msi")


def fault_remove(ioat):
    ioat.inject("remove")
    check(ioat.qemu.config(0), 0xffffffff, "ids")
    check(ioat.get(0, CHANSTS, 8), (1 << 64) - 1, "CHANSTS")
    check(ioat.qemu.get(BAR + 0x1000, 4), 0xffffffff, "the MSI-X table")
    ioat.put(0, CHANCMD, 1, RESET)
    ioat.inject("clear")
    check(ioat.qemu.config(4) & 7, 0, "the command register, then")
    ioat.map()
    check(ioat.qemu.config(0) & 0xffff, 0x8086, "ids, then")
    run_one(ioat, null())
    times = struck(ioat, "remove:skip=1")
    chain = Chain(ioat)
    chain.add(null())
    chain.add(null())
    chain.start()
    ioat.wait(times, 5)
    check(ioat.get(0, CHANERR, 4), 0xffffffff, "CHANERR")
    ioat.inject("clear")
    ioat.map()
    run_one(ioat, null())


def fault_words(ioat):
    ioat.inject("halt=3:channel=2:skip=7:times=0 lost-irq")
    check(ioat.property("inject"), "halt=3:channel=2:skip=7:times=0 lost-irq:skip=0:times=1", "inject")
    ioat.inject("clear")
    check(ioat.property("inject"), "", "inject, cleared")
    for text in ("nonsense", "halt", "halt=32", "hang=1", "hang:channel=8", "hang:x=1", "halt=x"):
        try:
            ioat.inject(text)
        except RuntimeError:
            continue
        raise Failed(f"'{text}' is taken")


def periodic(ioat):
    times = struck(ioat, "no-write:skip=9:times=0")
    chain = Chain(ioat)
    for _ in range(100):
        chain.add(null())
    chain.run()
    ioat.inject("clear")
    check(times(), 10, "faults")


# For any version; the others are for those that can do what they are about.
TESTS = (
    ("bad addresses of the chain", bad_chain),
    ("bad addresses of data", bad_addresses),
    ("bad sizes", bad_sizes),
    ("bad completion addresses", bad_completion),
    ("a count that runs away", count_runs_away),
    ("no bus mastering", no_bus_master),
    ("64-bit writes", half_of_64_bits),
    ("fault: halt, each bit", fault_halt),
    ("fault: hang", fault_hang),
    ("fault: stuck", fault_stuck),
    ("fault: corrupt", fault_corrupt),
    ("fault: no write and late write", fault_writes),
    ("fault: lost interrupt", fault_lost_interrupt),
    ("fault: remove", fault_remove),
    ("faults: words", fault_words),
    ("faults: periodic", periodic),
)
