# SPDX-License-Identifier: GPL-2.0-only
"""Commands, interrupts, speed and properties of the I/OAT model; see ioat_test.py."""

import time

from ioat_case import COMPLETION, RESULT, DATA, MESSAGES, Failed, check, Chain, fails
from ioat_qtest import (ABORT, ACTIVE, APPEND, ATTNSTATUS, BAR, CBVER, CHANCMD, CHANCMP, CHANCTRL,
                        CHANERR, CHANSTS, COMPL, DONE, HALTED, INT, INTRCTRL, INTRDELAY, RESET,
                        RESUME, RUN, START, SUSPEND, SUSPENDED, Ioat, Qemu, copy, find_capability, head,
                        null, pack)


def suspend_resume(ioat):
    ioat.inject("late-write=50000:times=0")
    chain = Chain(ioat)
    for _ in range(40):
        last = chain.add(null())
    chain.start()
    ioat.put(0, CHANCMD, 1, SUSPEND)
    if not ioat.wait(lambda: ioat.state(0) == SUSPENDED):
        raise Failed("it does not suspend")
    at = ioat.get(0, CHANSTS, 8)
    ioat.inject("clear")
    check(ioat.get(0, CHANSTS, 8), at, "CHANSTS while suspended")
    check(at & ~0x3f < last, True, "suspended on the way")
    ioat.put(0, CHANCMD, 1, RESUME)
    ioat.wait(lambda: ioat.state(0) == DONE)
    chain.check_done(last)
    ioat.put(0, CHANCMD, 1, SUSPEND)
    ioat.wait(lambda: not ioat.get(0, CHANCMD, 1))
    check(ioat.state(0), SUSPENDED, "state when suspended at rest")


def abort_reset(ioat):
    for command in (ABORT, RESET):
        ioat.inject("late-write=5000000")
        chain = Chain(ioat)
        chain.add(null())
        chain.start()
        check(ioat.state(0) in (ACTIVE, DONE), True, "it works")
        ioat.put(0, CHANCMD, 1, command)
        if not ioat.wait(lambda: ioat.state(0) == HALTED, 2):
            raise Failed("it does not halt")
        check(ioat.get(0, CHANCMD, 1), 0, "CHANCMD")
        check(ioat.get(0, CHANERR, 4), 0, "CHANERR")
        ioat.inject("clear")
    check(ioat.get(0, CHANSTS, 8), HALTED, "CHANSTS after a reset")


def bad_commands(ioat):
    bad = [0x40, RESET | SUSPEND, 0xff]
    if ioat.qemu.get(BAR + CBVER, 1) >= 0x30:
        bad += [START, APPEND]
    for command in bad:
        ioat.reset(0)
        ioat.put64(0, CHANCMP, COMPLETION)
        ioat.put(0, CHANCMD, 1, command)
        ioat.wait(lambda: ioat.get(0, CHANERR, 4), 5)
        check(ioat.get(0, CHANERR, 4), 0x20, f"CHANERR after command {command:#x}")
    ioat.reset(0)


def sticky_error(ioat):
    """A channel does not start while CHANERR has a bit."""
    chain = Chain(ioat)
    chain.add([pack([head(0x55, 64)] + [0] * 7)])
    chain.run()
    chain.check_halted(0x400)
    ioat.start(0, chain.base, 1, chain.completion)
    check(ioat.state(0), HALTED, "state with an error")
    ioat.put(0, CHANERR, 4, 0x400)
    check(ioat.get(0, CHANERR, 4), 0, "CHANERR cleared")


# ---- interrupts

def interrupts_on(ioat, kind, channels=8):
    """MSI or MSI-X, told apart by their capabilities; messages go to memory."""
    ioat.qemu.get(BAR + ATTNSTATUS, 4)
    ioat.qemu.write(MESSAGES, bytes(64))
    if kind == "msi":
        cap = find_capability(ioat, 5)
        ioat.qemu.config(cap + 4, MESSAGES)
        ioat.qemu.config(cap + 8, 0)
        ioat.qemu.config(cap + 12, 0x77)
        ioat.qemu.config(cap, ioat.qemu.config(cap) | 1 << 16)
    elif kind == "msix":
        cap = find_capability(ioat, 0x11)
        for i in range(channels):
            for j, word in enumerate((MESSAGES + 4 * i, 0, 0x77 + i, 0)):
                ioat.qemu.put(BAR + 0x1000 + 16 * i + 4 * j, 4, word)
        ioat.qemu.config(cap, ioat.qemu.config(cap) | 1 << 31)


def interrupts_off(ioat, kind):
    ioat.qemu.put(BAR + INTRCTRL, 1, 0)
    if kind != "intx":
        cap = find_capability(ioat, {"msi": 5, "msix": 0x11}[kind])
        ioat.qemu.config(cap, ioat.qemu.config(cap) & 0x7ffeffff)
    ioat.qemu.get(BAR + ATTNSTATUS, 4)


def message(ioat, channel=0, seconds=5):
    """The data of a message that arrived, 0 if none did; and forget it."""
    at = MESSAGES + 4 * channel
    ioat.wait(lambda: ioat.qemu.get(at, 4), seconds)
    got = ioat.qemu.get(at, 4)
    ioat.qemu.put(at, 4, 0)
    return got


def interrupt_chain(ioat, channel=0, number=1):
    chain = Chain(ioat, channel)
    for _ in range(number):
        chain.add(null(COMPL | INT))
    chain.run()
    return chain


def msix_vectors(ioat):
    interrupts_on(ioat, "msix")
    ioat.qemu.put(BAR + INTRCTRL, 1, 9)
    # A reset of channel 0 may forget the table; so reset first.
    for channel in range(ioat.channels):
        ioat.reset(channel)
    interrupts_on(ioat, "msix")
    for channel in reversed(range(ioat.channels)):
        chain = Chain(ioat, channel)
        chain.add(null(COMPL | INT))
        ioat.start(channel, chain.base, 1, chain.completion)
        check(message(ioat, channel), 0x77 + channel, f"message of channel {channel}")
    check(ioat.qemu.get(BAR + ATTNSTATUS, 4), 0, "ATTNSTATUS")
    interrupts_off(ioat, "msix")


def shared_interrupt(ioat, kind):
    interrupts_on(ioat, kind)
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    interrupt_chain(ioat, 3)
    if kind == "msi":
        check(message(ioat), 0x77, "message")
    else:
        ioat.wait(lambda: ioat.qemu.config(4) >> 19 & 1, 5)
        check(ioat.qemu.config(4) >> 19 & 1, 1, "INTx status")
    check(ioat.qemu.get(BAR + INTRCTRL, 1), 7, "INTRCTRL")
    check(ioat.qemu.get(BAR + INTRCTRL, 1), 2, "INTRCTRL, read again")
    if kind == "intx":
        check(ioat.qemu.config(4) >> 19 & 1, 0, "INTx status after that")
    interrupt_chain(ioat, 5)
    check(message(ioat, 0, 0.05), 0, "message while the guest is in charge")
    check(ioat.qemu.get(BAR + ATTNSTATUS, 4), 1 << 3 | 1 << 5, "ATTNSTATUS")
    check(ioat.qemu.get(BAR + ATTNSTATUS, 4), 0, "ATTNSTATUS, read again")
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    check(ioat.qemu.config(4) >> 19 & 1, 0, "INTx status at the end")
    interrupts_off(ioat, kind)


def shared_interrupt_msix(ioat):
    interrupts_on(ioat, "msix", 1)
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    interrupt_chain(ioat, 6)
    check(message(ioat), 0x77, "message")
    check(ioat.qemu.get(BAR + ATTNSTATUS, 4), 1 << 6, "ATTNSTATUS")
    interrupts_off(ioat, "msix")


def rearm(ioat):
    interrupts_on(ioat, "msi")
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    interrupt_chain(ioat, 0, 3)
    check(message(ioat), 0x77, "first message")
    check(ioat.get(0, CHANCTRL, 2) & 1, 1, "interrupts are disabled")
    ioat.qemu.get(BAR + ATTNSTATUS, 4)
    check(message(ioat, 0, 0.05), 0, "message before the rearming")
    ioat.put(0, CHANCTRL, 2, RUN)
    check(message(ioat), 0x77, "message after the rearming")
    ioat.qemu.get(BAR + ATTNSTATUS, 4)
    ioat.put(0, CHANCTRL, 2, RUN)
    check(message(ioat, 0, 0.05), 0, "message when there is nothing more")
    interrupts_off(ioat, "msi")


def delay(ioat):
    interrupts_on(ioat, "msi")
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    ioat.qemu.put(BAR + INTRDELAY, 2, 100)
    check(ioat.qemu.get(BAR + INTRDELAY, 2), 0x8064, "INTRDELAY")
    interrupt_chain(ioat)
    check(message(ioat, 0, 0.05), 0, "message at once")
    ioat.qemu.ask("clock_step 90000")
    check(message(ioat, 0, 0.05), 0, "message after 90 us")
    ioat.qemu.ask("clock_step 20000")
    check(message(ioat), 0x77, "message after 110 us")
    ioat.qemu.put(BAR + INTRDELAY, 2, 0)
    interrupts_off(ioat, "msi")


def error_interrupt(ioat):
    interrupts_on(ioat, "msi")
    ioat.qemu.put(BAR + INTRCTRL, 1, 1)
    fails(ioat, [pack([head(0x55, 64)] + [0] * 7)], 0x400)
    check(message(ioat), 0x77, "message")
    interrupts_off(ioat, "msi")


# ---- speed

def throttle_one(binary, properties, size, number, wanted):
    """Never faster; on a host that is not too busy, not much slower either."""
    best = 1e9
    with Qemu(binary, "-device", "ioat,id=ioat,addr=4," + properties) as qemu:
        ioat = Ioat(qemu)
        chain = Chain(ioat)
        for _ in range(number):
            chain.add(copy(DATA, RESULT, size))
        for _ in range(20):
            began = time.monotonic()
            chain.run()
            took = time.monotonic() - began
            best = min(best, took)
            if took < wanted * 0.95:
                raise Failed(f"{properties}: {number} copies of {size} took {took:.4f} s")
            if best < wanted * 1.25:
                return
    raise Failed(f"{properties}: {number} copies of {size} took {best:.4f} s at best, not {wanted} s")


def throttle(binary):
    throttle_one(binary, "setup-ns=100000,bandwidth=100M", 1, 200, 0.02)
    throttle_one(binary, "setup-ns=100000,bandwidth=100M", 100000, 100, 0.105)
    throttle_one(binary, "setup-ns=10000", 4096, 4000, 0.04)


TESTS = (
    ("suspend and resume", suspend_resume),
    ("abort and reset", abort_reset),
    ("no start with an error", sticky_error),
    ("MSI", shared_interrupt, "msi"),
    ("INTx", shared_interrupt, "intx"),
    ("MSI-X, one vector", shared_interrupt_msix),
    ("rearming", rearm),
    ("interrupt delay", delay),
    ("error interrupt", error_interrupt),
)
