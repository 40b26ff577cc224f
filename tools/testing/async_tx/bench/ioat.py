#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot the two kernels of the I/OAT bench in turn, and judge ours by the base.

ioat.py [options] OUT, where ioat.sh has left OUT/bench-ioat-{base,ours}; QEMU in
the environment has the device models. Each guest runs guest-bench.sh: dmatest on
a device that copies, then arrays on one that does P+Q. Writes
OUT/bench-ioat.json. Exit status 1 when a row misses its limit.
"""
import argparse
import sys
from pathlib import Path

from rounds import Kind, Row, boot, measure, report

# By the numbers that guest-bench.sh has. None sets a time for its work: what the
# drivers cost is to be seen.
DEVICES = ("-device ioat,addr=03,version=3.4,channels=1,spin-us=1000 "
           "-device ioat,addr=04,version=3.3,channels=4 "
           "-device ioat,addr=05,version=3.4,channels=1")

IOPS = Kind("ops/s", more=True, judged="median", most_noise=0.05)
RATE = Kind("KiB/s", more=True, judged="median", most_noise=0.05)
# Of 16 threads on one processor, what counts is how fast it switches between them.
ROWS = {f"copy-{size}-{how}": Row(IOPS, 1.2 if size == 4096 and how != "irq16" else 1.0)
        for size in (4096, 65536, 1048576) for how in ("irq", "polled", "irq16")}
ROWS |= {f"raid{level}-seq": Row(RATE, 1.0) for level in (5, 6)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("out", type=lambda path: Path(path).resolve())
    options = parser.parse_args()
    figures = measure(options.rounds, "ioat",
                      lambda kernel, name: boot(options.out / f"bench-ioat-{kernel}",
                                                "bench", DEVICES))
    return report(ROWS, figures, options.rounds, options.out / "bench-ioat.json")


if __name__ == "__main__":
    sys.exit(main())
