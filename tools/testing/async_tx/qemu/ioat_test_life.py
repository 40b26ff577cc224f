# SPDX-License-Identifier: GPL-2.0-only
"""The I/OAT model while it works: what stops it, takes it away, or comes back to
itself; and what QEMU may not do with it.  See ioat_test.py.
"""

import subprocess
import time

from ioat_case import COMPLETION, DATA, RESULT, RING, Failed, check, Chain, run_one
from ioat_qtest import (ACTIVE, ATTNSTATUS, BAR, CHANCMD, CHANCTRL, CHANSTS, COMPL, DMACOUNT, DONE, HALTED,
                        INT, INTRCTRL, RESET, RUN, SUSPEND, Ioat, Qemu, copy, find_capability, linked,
                        null)
from ioat_test_control import interrupts_off, interrupts_on

LONG = 0xfff0


def occupy(ioat):
    """All channels have more to do than a test lasts."""
    for channel in range(ioat.channels):
        at = RING + channel * 64
        ioat.reset(channel)
        ioat.qemu.write(at, linked(copy(DATA, RESULT, 1 << 20, COMPL | INT)[0], at))
        ioat.start(channel, at, LONG, COMPLETION + channel * 64)
    for channel in range(ioat.channels):
        at = COMPLETION + channel * 64
        if not ioat.wait(lambda at=at: ioat.qemu.read(at, 8) != bytes(8)):
            raise Failed(f"channel {channel} does not work")


def function_reset(ioat):
    """By the PCI Express capability, in the midst of the work."""
    at = find_capability(ioat, 0x10) + 8
    for _ in range(10):
        occupy(ioat)
        ioat.qemu.config(at, ioat.qemu.config(at) | 0x8000)
        check(ioat.qemu.config(4) & 7, 0, "the command register")
        ioat.map()
        check([ioat.get(i, CHANSTS, 8) for i in range(8)], [HALTED] * 8, "CHANSTS of all")
        run_one(ioat, null())


def stop_and_go(ioat):
    """Between "stop" and "cont" the guest's memory stays as it is."""
    occupy(ioat)
    ioat.qemu.command("stop")
    for channel in range(ioat.channels):
        ioat.qemu.write(COMPLETION + channel * 64, bytes(8))
    time.sleep(0.05)
    written = ioat.qemu.read(COMPLETION, 512)
    states = [ioat.state(channel) for channel in range(ioat.channels)]
    ioat.qemu.command("cont")
    check(written, bytes(512), "completions of a machine that stands")
    check(states, [ACTIVE] * 8, "state of all")
    for channel in range(ioat.channels):
        at = COMPLETION + channel * 64
        check(ioat.wait(lambda at=at: ioat.qemu.read(at, 8) != bytes(8)), True, "it goes on")
        check(ioat.reset(channel), True, "it can be reset")


def not_migratable(ioat):
    try:
        ioat.qemu.command("migrate", uri="exec:cat > /dev/null")
    except RuntimeError as error:
        check("non-migratable device" in str(error), True, f"why not: {error}")
        return
    raise Failed("QEMU would migrate it")


def message_to_itself(ioat, kind):
    """Interrupts that write to the model's own registers."""
    for offset, data in ((INTRCTRL, 0x09), (INTRCTRL, 0x01), (0x80 + CHANCTRL, RUN), (0x80 + CHANCMD, RESET),
                         (0x80 + DMACOUNT, 100), (0x1000, 0x77), (0x180 + CHANCTRL, RUN)):
        interrupts_on(ioat, kind)
        at = BAR + offset
        if kind == "msix":
            for vector in range(ioat.channels):
                ioat.qemu.put(BAR + 0x1000 + 16 * vector, 4, at & ~3)
                ioat.qemu.put(BAR + 0x1008 + 16 * vector, 4, data << 8 * (at & 3))
        else:
            cap = find_capability(ioat, 5)
            ioat.qemu.config(cap + 4, at & ~3)
            ioat.qemu.config(cap + 12, data)
        ioat.qemu.put(BAR + INTRCTRL, 1, 9 if kind == "msix" else 1)
        for channel in range(ioat.channels):
            chain = Chain(ioat, channel)
            for _ in range(20):
                chain.add(null(COMPL | INT))
            ioat.reset(channel)
            ioat.start(channel, chain.base, chain.count, chain.completion)
            ioat.put(channel, CHANCTRL, 2, RUN)
        for channel in range(ioat.channels):
            ioat.wait(lambda channel=channel: ioat.state(channel) in (DONE, HALTED), 2)
        interrupts_off(ioat, kind)
        ioat.qemu.get(BAR + ATTNSTATUS, 4)
        run_one(ioat, null())


# ---- with a QEMU of their own

PORT = (0, 5)


def bridge_opens(qemu):
    """The root port's: bus 1, a window for the BAR, and the slot's power is on."""
    for offset, value in ((0x18, 0x10100), (0x20, 0xe000e000), (4, 6)):
        qemu.config(offset, value, PORT)


def unplugged(binary):
    """A guest turns a slot's power off while the channels work, ten times."""
    # The port's own way, not ACPI's.
    with Qemu(binary, "-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
              "-device", "pcie-root-port,id=slot1,chassis=1,slot=1,addr=5",
              "-device", "ioat,id=ioat,bus=slot1,channels=8") as qemu:
        qemu.function = (1, 0)
        bridge_opens(qemu)
        for _ in range(10):
            ioat = Ioat(qemu)
            slot = find_capability(ioat, 0x10, PORT) + 0x18
            occupy(ioat)
            qemu.config(slot, 0x700, PORT)
            check(qemu.config(0), 0xffffffff, "ids")
            check(qemu.get(BAR, 1) in (0, 0xff), True, "no registers")
            qemu.command("device_add", driver="ioat", id="ioat", bus="slot1", channels=8)
            qemu.config(slot, 0, PORT)
            run_one(Ioat(qemu), null())


def no_function_reset(binary):
    """Without the capability, the bit that starts it is none."""
    with Qemu(binary, "-device", "ioat,id=ioat,addr=4,flr=off") as qemu:
        ioat = Ioat(qemu)
        at = find_capability(ioat, 0x10)
        check(qemu.config(at + 4) & 1 << 28, 0, "device capabilities")
        occupy(ioat)
        qemu.config(at + 8, qemu.config(at + 8) | 0x8000)
        check(qemu.config(at + 8) & 0x8000, 0, "device control")
        check(qemu.config(4) & 6, 6, "the command register")
        check(ioat.state(0), ACTIVE, "state")


def faults_by_property(binary):
    """Each fault, armed before the machine starts."""
    for text in ("hang", "corrupt", "corrupt=5", "late-write=10", "no-write", "lost-irq", "stuck",
                 "remove", *(f"halt={bit}" for bit in range(32))):
        with Qemu(binary, "-device", f"ioat,id=ioat,addr=4,inject={text}") as qemu:
            ioat = Ioat(qemu)
            chain = Chain(ioat)
            chain.add(copy(DATA, RESULT, 4096, COMPL | INT))
            ioat.start(0, chain.base, 1, chain.completion)
            if text == "stuck":
                ioat.put(0, CHANCMD, 1, SUSPEND)
            if not ioat.wait(lambda: ioat.property("faults-fired"), 5):
                raise Failed(f"'{text}' did not strike")
            check(ioat.property("inject"), "", f"inject after '{text}'")


def refused(binary):
    """What QEMU says no to, instead of starting with it."""
    for before, properties in (
            ([], "version=1.2"), ([], "channels=0"), ([], "channels=9"), ([], "xfercap=5"),
            ([], "inject=nonsense"), (["-device", "intel-iommu"], "channels=1")):
        done = subprocess.run(
            [binary, "-M", "q35", "-accel", "qtest", "-display", "none", "-nodefaults", *before,
             "-device", "ioat," + properties], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
            check=False)
        check(done.returncode, 1, f"exit status with {before} {properties}")
        check(b"ioat" in done.stderr.lower() or b"I/OAT" in done.stderr, True, "why")


TESTS = (
    ("a reset of the function while it works", function_reset),
    ("stop and cont while it works", stop_and_go),
    ("migration is refused", not_migratable),
    ("MSI to its own registers", message_to_itself, "msi"),
    ("MSI-X to its own registers", message_to_itself, "msix"),
)
