#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What the I/OAT model does, seen from outside, without a guest ("make check-model").

usage: ioat_test.py QEMU

Every version and operation here; commands and interrupts in ioat_test_control.py,
what goes wrong in ioat_test_wrong.py, what comes between in ioat_test_life.py.
Results are compared with arithmetic of its own.  Prints TAP.
"""

import sys

import ioat_test_control as control
import ioat_test_life as life
import ioat_test_wrong as wrong
from ioat_case import (SED, RESULT, FILL_CAP, XOR_CAP, PQ_CAP, WB_CAP, PQ16_CAP, RNG, check, test,
                       Chain, run_one, fails, blocks, results)
from ioat_qtest import (APPEND, BAR, CBVER, CHAINADDR, CHANCMD, CHANCMP, CHANERRMSK, CHANSTS,
                        COMPL, DMACAP, DMACOUNT, DONE, HALTED, NO_P, NO_Q, PQ16_VAL, PQ_VAL, START,
                        WB, XFERCAP, XOR_VAL, Ioat, Qemu, copy, fill, linked, null, pq, pq16, q_of,
                        xor, xor_of)

# CBVER, device id, DMACAP
VERSIONS = {"2.0": (0x20, 0x402f, 0), "3.0": (0x30, 0x3430, 0x40), "3.2": (0x32, 0x3710, 0x340),
            "3.3": (0x33, 0x0c50, 0x22200), "3.4": (0x34, 0x0b00, 0x800000)}


def registers(ioat, version):
    cbver, device_id, cap = VERSIONS[version]
    check(ioat.qemu.config(0), device_id << 16 | 0x8086, "ids")
    check(ioat.qemu.get(BAR + CBVER, 1), cbver, "CBVER")
    check(ioat.qemu.get(BAR + DMACAP, 4), cap, "DMACAP")
    check(ioat.qemu.get(BAR + XFERCAP, 1), 20, "XFERCAP")
    check(ioat.channels, 8, "CHANCNT")
    check(ioat.state(0), HALTED, "state after power on")


def copies(ioat):
    for size, offset in ((1, 0), (63, 1), (4096, 0), (65536 + 17, 3), (1 << 20, 5)):
        (at, data), = blocks(ioat, 1, size, offset)
        ioat.qemu.write(RESULT - 1, bytes(size + 2))
        run_one(ioat, copy(at, RESULT, size))
        check(ioat.qemu.read(RESULT - 1, size + 2), b"\0" + data + b"\0", f"copy of {size}")


def every_channel(ioat):
    (at, data), = blocks(ioat, 1, 4096)
    chains = []
    for channel in range(ioat.channels):
        chain = Chain(ioat, channel)
        chain.last = chain.add(copy(at, RESULT + channel * 4096, 4096))
        chain.start()
        chains.append(chain)
    for channel, chain in enumerate(chains):
        ioat.settled(channel)
        chain.check_done(chain.last)
        check(ioat.qemu.read(RESULT + channel * 4096, 4096), data, f"copy on channel {channel}")


def counted(ioat):
    """A ring of 1024, gone round until the 16-bit count has wrapped."""
    chain = Chain(ioat)
    for _ in range(1024):
        chain.add(null())
    ioat.qemu.write(chain.at - 64, linked(null()[0], chain.base))
    done = 1000
    chain.count = done
    chain.run()
    while done < 70000:
        done += 997
        ioat.put(0, DMACOUNT, 2, done & 0xffff)
        ioat.settled(0)
    chain.check_done(chain.base + (done - 1) % 1024 * 64)


def linked_chain(ioat):
    """START follows the links to 0; APPEND goes on where they were made longer."""
    (at, data), = blocks(ioat, 1, 4096)
    chain = Chain(ioat)
    chain.add(null())
    last = chain.add(copy(at, RESULT, 4096))
    ioat.qemu.write(last, linked(copy(at, RESULT, 4096)[0], 0))
    ioat.reset(0)
    ioat.put64(0, CHANCMP, chain.completion)
    ioat.put64(0, CHAINADDR, chain.base)
    ioat.put(0, CHANCMD, 1, START)
    ioat.wait(lambda: ioat.state(0) == DONE)
    chain.check_done(last)
    ioat.qemu.write(last + 24, (last + 64).to_bytes(8, "little"))
    ioat.qemu.write(last + 64, null()[0])
    ioat.put(0, CHANCMD, 1, APPEND)
    ioat.wait(lambda: ioat.get(0, CHANSTS, 8) == last + 64 | DONE)
    chain.check_done(last + 64)
    check(ioat.qemu.read(RESULT, 4096), data, "copy")


def fills(ioat):
    for size in (1, 7, 4096, 65536 + 13):
        ioat.qemu.write(RESULT - 1, bytes(size + 2))
        run_one(ioat, fill(0x0123456789abcdef, RESULT + 5, size))
        wanted = (bytes.fromhex("efcdab8967452301") * (size // 8 + 1))[:size]
        check(ioat.qemu.read(RESULT + 5, size), wanted, f"fill of {size}")


def xors(ioat):
    for number in range(2, 9):
        for size in (1, 4096, 65536 + 16):
            made = blocks(ioat, number, size, number)
            run_one(ioat, xor([at for at, _ in made], RESULT, size))
            check(ioat.qemu.read(RESULT, size), xor_of([data for _, data in made]),
                  f"xor of {number}, {size}")


def xor_checks(ioat):
    for number in (2, 5, 6, 8):
        made = blocks(ioat, number, 4096)
        parity = xor_of([data for _, data in made])
        where = [at for at, _ in made]
        ioat.qemu.write(RESULT, parity)
        run_one(ioat, xor(where, RESULT, 4096, op=XOR_VAL))
        ioat.qemu.write(RESULT + 4095, bytes([parity[-1] ^ 1]))
        fails(ioat, xor(where, RESULT, 4096, op=XOR_VAL), 0x10000)


def pq_descriptors(ioat, made, coefs, p, q, size, flags, check_it):
    where = [at for at, _ in made]
    if len(made) <= 8:
        return pq(where, coefs, p, q, size, flags, *([PQ_VAL] if check_it else []))
    descriptors, sed = pq16(where, coefs, p, q, size, SED, flags, *([PQ16_VAL] if check_it else []))
    ioat.qemu.write(SED, sed)
    return descriptors


def pqs(ioat, most):
    for number in range(2, most + 1):
        size = (4096, 65536 + 8)[number % 2]
        made = blocks(ioat, number, size)
        coefs = [RNG.randrange(256) for _ in made]
        coefs[0], coefs[-1] = 0, 1
        wanted = xor_of([data for _, data in made]), q_of([data for _, data in made], coefs)
        for flags in (0, NO_P, NO_Q):
            ioat.qemu.write(RESULT, bytes(0x40000))
            run_one(ioat, pq_descriptors(ioat, made, coefs, RESULT, RESULT + 0x20000, size,
                                         COMPL | flags, False))
            for i, disabled in enumerate((NO_P, NO_Q)):
                check(ioat.qemu.read(RESULT + i * 0x20000, size),
                      bytes(size) if flags == disabled else wanted[i],
                      f"{'PQ'[i]} of {number} sources, {size} bytes, flags {flags:#x}")


def pq_checks(ioat, most):
    for number in (2, 3, 4, 8, 9, 10, 16):
        if number > most:
            continue
        made = blocks(ioat, number, 4096)
        coefs = [RNG.randrange(256) for _ in made]
        p, q = xor_of([data for _, data in made]), q_of([data for _, data in made], coefs)
        for wrong in range(4):
            ioat.qemu.write(RESULT, bytes([p[0] ^ (wrong & 1)]) + p[1:])
            ioat.qemu.write(RESULT + 4096, bytes([q[0] ^ (wrong >> 1)]) + q[1:])
            what = pq_descriptors(ioat, made, coefs, RESULT, RESULT + 4096, 4096, COMPL, True)
            if wrong:
                fails(ioat, what, wrong << 16)
            else:
                run_one(ioat, what)


def write_back(ioat):
    """Masked and written back: the channel goes on, the descriptor tells."""
    made = blocks(ioat, 4, 4096)
    coefs = (1, 2, 4, 8)
    p, q = xor_of([data for _, data in made]), q_of([data for _, data in made], coefs)
    for wrong in range(4):
        ioat.qemu.write(RESULT, bytes([p[0] ^ (wrong & 1)]) + p[1:])
        ioat.qemu.write(RESULT + 4096, bytes([q[0] ^ (wrong >> 1)]) + q[1:])
        ioat.put(0, CHANERRMSK, 4, 0x30000)
        chain = Chain(ioat)
        at = chain.add(pq([at for at, _ in made], coefs, RESULT, RESULT + 4096, 4096,
                          COMPL | WB, PQ_VAL))
        last = chain.add(null())
        chain.run()
        chain.check_done(last)
        check(ioat.qemu.get(at, 4), 1 << 31 | wrong << 25 if wrong else 4096, "first word")
    ioat.put(0, CHANERRMSK, 4, 0)


def in_place(ioat):
    """A destination that is a source, more than one piece long."""
    size = 3 * 65536
    made = blocks(ioat, 2, size)
    run_one(ioat, xor([at for at, _ in made], made[1][0], size))
    check(ioat.qemu.read(made[1][0], size), xor_of([data for _, data in made]), "xor in place")


def all_versions(binary):
    for version, (_, _, cap) in VERSIONS.items():
        with Qemu(binary, "-device", f"ioat,id=ioat,addr=4,version={version},channels=8") as qemu:
            ioat = Ioat(qemu)
            def run(title, function, *arguments):
                test(f"{version}: {title}", function, ioat, *arguments)
            run("registers", registers, version)
            run("copy", copies)
            run("every channel", every_channel)
            run("a count that wraps", counted)
            if version == "2.0":
                run("START and APPEND", linked_chain)
                run("an endless chain", wrong.endless_chain)
            if cap & FILL_CAP:
                run("fill", fills)
            if cap & XOR_CAP:
                run("xor", xors)
                run("xor check", xor_checks)
                run("xor in place", in_place)
                run("a count that ends within a descriptor", wrong.count_splits)
                run("nine sources", wrong.nine_sources)
            most = 16 if cap & PQ16_CAP else 8
            if cap & PQ_CAP:
                run("P+Q", pqs, most)
                run("P+Q check", pq_checks, most)
            if cap & WB_CAP:
                run("result written back", write_back)
            if cap & PQ16_CAP:
                run("bad addresses of a SED", wrong.bad_sed)
            if cap & XOR_CAP:
                run("bad addresses of xor and P+Q", wrong.bad_raid_addresses)
            run("bad control words", wrong.bad_control)
            run("bad commands", control.bad_commands)
            run("MSI-X, a vector a channel", control.msix_vectors)


def one_version(binary):
    with Qemu(binary, "-device", "ioat,id=ioat,addr=4,version=3.2,channels=8") as qemu:
        ioat = Ioat(qemu)
        for title, function, *arguments in control.TESTS + wrong.TESTS + life.TESTS:
            test(title, function, ioat, *arguments)


def main():
    binary = sys.argv[1]
    all_versions(binary)
    one_version(binary)
    test("setup time and bandwidth", control.throttle, binary)
    test("unplugged while it works", life.unplugged, binary)
    test("no reset of the function", life.no_function_reset, binary)
    test("faults by property", life.faults_by_property, binary)
    test("what cannot be had", life.refused, binary)
    print(f"1..{len(results)}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
