# SPDX-License-Identifier: GPL-2.0-only
"""A QEMU without processors, and the I/OAT model in it, driven over qtest.

Used by ioat_test.py and ioat_fuzz.py.  Qemu speaks the text protocol of -qtest
(guest memory and ports) and QMP; Ioat knows where the model's registers are, and
what a descriptor looks like, on its own: nothing is shared with the model.
"""

import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

BAR = 0xe0000000
MEMORY = 64 << 20

CHANCNT, XFERCAP, INTRCTRL, ATTNSTATUS, CBVER, INTRDELAY, DMACAP = 0, 1, 3, 4, 8, 0xc, 0x10
CHANCTRL, CHANCMD, DMACOUNT, CHANSTS, CHAINADDR, CHANCMP = 0, 4, 6, 8, 0x10, 0x18
CHANERR, CHANERRMSK = 0x28, 0x2c
START, APPEND, SUSPEND, ABORT, RESUME, RESET = 1, 2, 4, 8, 0x10, 0x20
ACTIVE, DONE, SUSPENDED, HALTED = range(4)
RUN = 0x1d

COPY, FILL, XOR, XOR_VAL, PQ, PQ_VAL, PQ16, PQ16_VAL = 0, 1, 0x87, 0x88, 0x89, 0x8a, 0xa0, 0xa1
INT, COMPL, NULL, NO_P, NO_Q, WB = 1, 8, 0x20, 0x800, 0x1000, 0x8000

XOR_WORDS = (1, 4, 5, 6, 7, 8, 9, 10)
PQ_WORDS = (1, 4, 5, 8, 9, 10, 12, 13)
PQ16_WORDS = (1, 4) + tuple(range(9, 23))


class Died(Exception):
    """QEMU is not there any more."""


class Qemu:
    """One QEMU, for as long as a with statement lasts."""

    # Bus and device number of the model.
    function = (0, 4)

    def __init__(self, binary, *arguments, memory=MEMORY):
        self.dir = tempfile.mkdtemp(prefix="ioat-qtest.")
        self.log = open(os.path.join(self.dir, "log"), "w+b")
        paths = [os.path.join(self.dir, name) for name in ("qtest", "qmp")]
        servers = [socket.socket(socket.AF_UNIX) for _ in paths]
        for server, path in zip(servers, paths):
            server.bind(path)
            server.listen(1)
            server.settimeout(60)
        self.process = subprocess.Popen(
            [binary, "-M", "q35", "-accel", "qtest", "-m", str(memory >> 20), "-nodefaults",
             "-no-user-config", "-display", "none", "-net", "none", "-qtest-log", "/dev/null",
             "-qtest", "unix:" + paths[0], "-qmp", "unix:" + paths[1], *arguments],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            self.qtest, self.qmp = [server.accept()[0].makefile("rwb", buffering=65536)
                                    for server in servers]
        except TimeoutError as error:
            raise Died(self.said()) from error
        self.qmp.readline()
        self.command("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.dir)

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def ask(self, line):
        try:
            self.qtest.write(line.encode() + b"\n")
            self.qtest.flush()
            while True:
                answer = self.qtest.readline().decode().split()
                if not answer:
                    raise Died(self.said())
                if answer[0] != "IRQ":
                    break
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died(self.said()) from error
        if answer[0] != "OK":
            raise RuntimeError(f"{line}: {' '.join(answer)}")
        return answer[1] if len(answer) > 1 else ""

    def command(self, name, **arguments):
        """A QMP command; returns what it returns, or raises RuntimeError."""
        try:
            request = {"execute": name, "arguments": arguments}
            self.qmp.write(json.dumps(request).encode() + b"\n")
            self.qmp.flush()
            while True:
                line = self.qmp.readline()
                if not line:
                    raise Died(self.said())
                answer = json.loads(line)
                if "return" in answer:
                    return answer["return"]
                if "error" in answer:
                    raise RuntimeError(answer["error"]["desc"])
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Died(self.said()) from error

    def read(self, address, size):
        return bytes.fromhex(self.ask(f"read {address:#x} {size:#x}")[2:])

    def write(self, address, data):
        self.ask(f"write {address:#x} {len(data):#x} 0x{data.hex()}")

    def get(self, address, size):
        return int(self.ask(f"read{'bwlq'[size.bit_length() - 1]} {address:#x}"), 0)

    def put(self, address, size, value):
        self.ask(f"write{'bwlq'[size.bit_length() - 1]} {address:#x} {value:#x}")

    def config(self, offset, value=None, function=None):
        """A 32-bit word of a function's configuration space."""
        bus, device = function or self.function
        self.ask(f"outl 0xcf8 {1 << 31 | bus << 16 | device << 11 | offset:#x}")
        if value is None:
            return int(self.ask("inl 0xcfc"), 0)
        return self.ask(f"outl 0xcfc {value:#x}")


class Ioat:
    """The model, mapped at BAR and allowed to do DMA."""

    def __init__(self, qemu):
        self.qemu = qemu
        self.map()
        self.channels = qemu.get(BAR + CHANCNT, 1)

    def map(self):
        self.qemu.config(0x10, BAR)
        self.qemu.config(0x14, 0)
        self.qemu.config(4, 6)

    def reg(self, channel, offset):
        return BAR + 0x80 * (channel + 1) + offset

    def get(self, channel, offset, size):
        return self.qemu.get(self.reg(channel, offset), size)

    def put(self, channel, offset, size, value):
        self.qemu.put(self.reg(channel, offset), size, value)

    def put64(self, channel, offset, value):
        self.put(channel, offset, 4, value & 0xffffffff)
        self.put(channel, offset + 4, 4, value >> 32)

    def state(self, channel):
        return self.get(channel, CHANSTS, 4) & 7

    def wait(self, what, seconds=20):
        """Poll until what() is true; says if it came to be."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                return False
            time.sleep(0.0005)
        return True

    def reset(self, channel):
        self.put(channel, CHANCMD, 1, RESET)
        ok = self.wait(lambda: not self.get(channel, CHANCMD, 1))
        self.put(channel, CHANERR, 4, 0xffffffff)
        return ok

    def start(self, channel, chain, count, completion):
        self.put(channel, CHANCTRL, 2, RUN)
        self.put64(channel, CHANCMP, completion)
        self.put64(channel, CHAINADDR, chain)
        self.put(channel, DMACOUNT, 2, count)

    def settled(self, channel):
        return self.wait(lambda: self.state(channel) in (DONE, HALTED))

    def property(self, name):
        return self.qemu.command("qom-get", path="/machine/peripheral/ioat", property=name)

    def inject(self, text):
        self.qemu.command("qom-set", path="/machine/peripheral/ioat", property="inject", value=text)


def find_capability(ioat, wanted, function=None):
    """Where it is in the configuration space of the model, or of another function; 0: nowhere."""
    at = ioat.qemu.config(0x34, function=function) & 0xff
    # A function that is not there reads as ones.
    while at not in (0, 0xff):
        word = ioat.qemu.config(at, function=function)
        if word & 0xff == wanted:
            return at
        at = word >> 8 & 0xff
    return 0


def pack(words):
    return struct.pack("<8Q", *words)


def head(op, size, flags=0, sources=0):
    """The first word: size and control."""
    return size | (op << 24 | flags | sources << 5) << 32


def copy(source, to, size, flags=COMPL):
    return [pack([head(COPY, size, flags), source, to, 0, 0, 0, 0, 0])]


def fill(pattern, to, size, flags=COMPL):
    return [pack([head(FILL, size, flags), pattern, to, 0, 0, 0, 0, 0])]


def null(flags=COMPL):
    return copy(0, 0, 1, flags | NULL)


def xor(sources, to, size, flags=COMPL, op=XOR):
    """One descriptor, or two."""
    words = [0] * 16
    words[0] = head(op, size, flags, len(sources) - 2)
    for word, source in zip(XOR_WORDS, sources):
        words[word] = source
    words[2] = to
    return [pack(words[:8]), pack(words[8:])][:2 if len(sources) > 5 else 1]


def pq(sources, coefs, p, q, size, flags=COMPL, op=PQ):
    """One descriptor, or two."""
    words = [0] * 16
    words[0] = head(op, size, flags, len(sources) - 2)
    for word, source in zip(PQ_WORDS, sources):
        words[word] = source
    words[2], words[7] = p, q
    words[6] = int.from_bytes(bytes(coefs), "little")
    return [pack(words[:8]), pack(words[8:])][:2 if len(sources) > 3 else 1]


def pq16(sources, coefs, p, q, size, sed, flags=COMPL, op=PQ16):
    """Nine sources or more: the descriptor, and what belongs at the address sed."""
    words = [0] * 24
    words[0] = head(op, size, flags, len(sources) - 9)
    for word, source in zip(PQ16_WORDS, sources):
        words[word] = source
    words[2], words[5], words[7] = p, sed, q
    words[6] = int.from_bytes(bytes(coefs[:8]), "little")
    words[8] = int.from_bytes(bytes(coefs[8:]), "little")
    return [pack(words[:8])], pack(words[8:16]) + pack(words[16:])


def linked(descriptor, link):
    return descriptor[:24] + link.to_bytes(8, "little") + descriptor[32:]


def gf_multiply(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11d if a & 0x80 else 0)
        b >>= 1
    return product


def xor_of(blocks):
    total = 0
    for block in blocks:
        total ^= int.from_bytes(block, "little")
    return total.to_bytes(len(blocks[0]), "little")


def q_of(blocks, coefs):
    tables = {coef: bytes(gf_multiply(i, coef) for i in range(256)) for coef in coefs}
    return xor_of([block.translate(tables[coef]) for block, coef in zip(blocks, coefs)])
