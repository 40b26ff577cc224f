#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Judge the policy 'adaptive' by the better of 'cpu' and 'engine'.

adaptive.py [options] OUT, where adaptive.sh has left OUT/bench-adaptive; QEMU in the
environment has the device models. Each guest runs guest-adaptive.sh: every policy in
turn, 'cpu' and 'engine' twice, which is the control. Writes OUT/bench-adaptive.json.
Exit status 1 when a row misses its limit.
"""
import argparse
import os
import statistics
import sys
from pathlib import Path

from rounds import Kind, Row, boot, report

# By the numbers that guest-adaptive.sh has. A CPU of TCG copies some 3.4 GB/s; "fast"
# is as fast as the host's copies and xors.
DEVICES = ("-device ioat,addr=04,version=3.3,channels=4,setup-ns=10000,bandwidth=340M "
           "-device ioat,addr=05,version=3.3,channels=4,bandwidth=3400M "
           "-device ioat,addr=06,version=3.3,channels=4")

RATE = Kind("KiB/s", more=True, judged="median", most_noise=0.05)
COPY = Kind("MB/s", more=True, judged="median", most_noise=0.05)
ENGINES = "slow", "equal", "fast"
ROWS = {f"{engine}-raid{level}-{how}": Row(RATE, 0.97)
        for engine in ENGINES for level in (5, 6) for how in ("seq", "rand")}
# Both together can do twice as much as either where they are equal.
ROWS |= {f"{engine}-copies": Row(COPY, 1.1 if engine == "equal" else 0.97)
         for engine in ENGINES}


def policies(figures):
    """Those of each round by row and policy, of [(row-policy, figure)] of each"""
    table = {}
    for name, value in figures:
        row = next(row for row in ROWS if name.startswith(row + "-"))
        table.setdefault(row, {}).setdefault(name[len(row) + 1:], []).append(value)
    return table


def against_better(by_policy):
    """The figures of a row by the names that rounds.py has for both sides"""
    better = max(("cpu", "engine"), key=lambda name: statistics.median(by_policy[name]))
    return {"base": by_policy[better], "ours": by_policy["adaptive"],
            "control": by_policy[better + "-again"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("out", type=lambda path: Path(path).resolve())
    options = parser.parse_args()
    figures = []
    for i in range(options.rounds):
        print(f"\rbench: adaptive, round {i + 1} of {options.rounds}", end="",
              file=sys.stderr, flush=True)
        # Of five, the first, third and fifth come first when there are three rounds.
        os.environ["PARAMETERS"] = f"async_tx_first={2 * i % 5}"
        figures += boot(options.out / "bench-adaptive", "adaptive", DEVICES)
    print("\nadaptive: \"base\" is the better of the policies cpu and engine, \"ours\" is adaptive",
          flush=True)
    table = policies(figures)
    for row in ROWS:
        print(f"{row:26}" + ", ".join(f"{name} {statistics.median(values):.0f}"
                                      for name, values in table[row].items()))
    return report(ROWS, {row: against_better(table[row]) for row in ROWS},
                  options.rounds, options.out / "bench-adaptive.json")


if __name__ == "__main__":
    sys.exit(main())
