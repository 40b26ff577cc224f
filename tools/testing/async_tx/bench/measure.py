#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot the two bench kernels in turn, and judge ours by the base.

measure.py [options] OUT, where run.sh has left OUT/{base,ours}/linux and the
module. Every round boots base, ours and base again: the second base, compared
with the first, is the control that shows how far the machine can be trusted.
The best figure of all rounds counts; the median is shown beside it.
Writes OUT/bench.json. Exit status 1 when a row misses its limit.
"""
import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNELS = {"base": "base", "ours": "ours", "control": "base"}
FIGURE = re.compile(r"bench: ([\w-]+) ([\d.]+)\s*$", re.M)

OPS = ["memcpy-512", "memcpy-4096", "xor4-512", "xor4-4096", "xor8-512",
       "xor8-4096", "chain8-512"]
ENGINE = ["engine-" + op for op in (*OPS, "memcpy-4096-burst",
                                    "xor4-4096-burst", "xor8-4096-burst")]
BARE = ["bare-" + op for op in OPS[:-1]]
RAID = ["raid%d-%s" % (level, how) for level in (5, 6)
        for how in ("seq", "rand")]
# Most that ours may cost, as a multiple of base; bandwidths are at least 1.0.
LIMIT = {op: 1.05 if op.startswith(("memcpy", "chain")) else 1.0 for op in OPS}
LIMIT |= {row: 1.0 for row in ENGINE} | {row: 1.0 for row in RAID}
# What the control may excuse; a noisier machine has to be asked again.
MOST_NOISE = {"ops": 0.02, "raid": 0.05}


def boot(kernel, out, log, *args):
    """Run guest.sh in a bench kernel and return its figures by row."""
    command = [str(out / kernel / "linux"), "mem=1G", "rootfstype=hostfs",
               "rootflags=/", "ro", "con0=fd:0,fd:1", "con=null", "quiet",
               "loglevel=7", "panic=-1", f"init={HERE / 'guest.sh'}", "--",
               *args]
    if os.cpu_count() > 1 and shutil.which("taskset"):
        command = ["taskset", "-c", str(os.cpu_count() - 1)] + command
    ran = subprocess.run(["timeout", "-s", "KILL", "300"] + command, text=True,
                         errors="replace", stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(log, "a") as f:
        f.write(ran.stdout)
    if "bench: end" not in ran.stdout or "bench: invalid" in ran.stdout:
        sys.exit(f"bench: kernel '{kernel}' failed {args[0]}: see {log}\n"
                 + ran.stdout[-2000:])
    figures = {}
    for row, value in FIGURE.findall(ran.stdout):
        figures.setdefault(row, []).append(float(value))
    return figures


def measure(options):
    """{row: {kernel: [figure of each round]}}"""
    figures = {}
    for what in options.only.split(","):
        logs = {name: options.out / f"{what}-{name}.log" for name in KERNELS}
        for log in logs.values():
            log.unlink(missing_ok=True)
        for i in range(options.rounds):
            for name, kernel in KERNELS.items():
                print(f"\rbench: {what}, round {i + 1} of {options.rounds}: "
                      f"{name:8}", end="", file=sys.stderr, flush=True)
                arg = (options.out / kernel / "bench/async_tx_bench.ko"
                       if what == "ops" else options.seconds)
                ran = boot(kernel, options.out, logs[name], what, str(arg))
                for row, values in ran.items():
                    figures.setdefault(row, {}).setdefault(name, []).extend(values)
    print(file=sys.stderr)
    return figures


def judge(row, figures):
    """One line of the table."""
    raid = row in RAID
    best = {name: (max if raid else min)(values)
            for name, values in figures.items()}
    line = {
        "row": row,
        "unit": "KiB/s" if raid else "ns",
        "best": best,
        "median": {name: statistics.median(values)
                   for name, values in figures.items()},
        "ratio": best["ours"] / best["base"],
        "control": best["control"] / best["base"],
        "limit": LIMIT.get(row),
        "figures": figures,
    }
    line["median_ratio"] = line["median"]["ours"] / line["median"]["base"]
    if line["limit"]:
        noise = min(abs(line["control"] - 1),
                    MOST_NOISE["raid" if raid else "ops"])
        line["noise"] = noise
        line["passed"] = (line["ratio"] >= line["limit"] - noise if raid
                          else line["ratio"] <= line["limit"] + noise)
    return line


def show(table):
    print(f"{'row':20}{'unit':>7}{'base':>12}{'ours':>12}{'ours/base':>11}"
          f"{'median':>9}{'control':>9}{'limit':>8}")
    for line in table:
        limit = verdict = ""
        if line["limit"]:
            limit = f"{'>=' if line['row'] in RAID else '<='}{line['limit']:.2f}"
            verdict = "" if line["passed"] else "  MISSED"
        print(f"{line['row']:20}{line['unit']:>7}{line['best']['base']:12.1f}"
              f"{line['best']['ours']:12.1f}{line['ratio']:11.3f}"
              f"{line['median_ratio']:9.3f}{line['control']:9.3f}"
              f"{limit:>8}{verdict}")
    print("ours/base: best of all rounds; median: the same of medians; control:"
          " base/base,\nwhose distance from 1 is allowed as noise up to"
          f" {MOST_NOISE['ops']} (operations) and {MOST_NOISE['raid']} (RAID).")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=1, help="of one fio run")
    parser.add_argument("--only", default="ops,raid")
    parser.add_argument("out", type=lambda path: Path(path).resolve())
    options = parser.parse_args()

    figures = measure(options)
    expected = BARE + OPS + ENGINE if "ops" in options.only else []
    expected += RAID if "raid" in options.only else []
    lost = [row for row in expected
            if set(figures.get(row, {})) != set(KERNELS)]
    if lost:
        sys.exit("bench: no figures for " + ", ".join(lost))

    table = [judge(row, figures[row]) for row in expected]
    show(table)
    result = options.out / "bench.json"
    result.write_text(json.dumps({"machine": platform.processor() or platform.machine(),
                                  "cpus": os.cpu_count(),
                                  "rounds": options.rounds,
                                  "rows": table}, indent=1) + "\n")
    missed = [line["row"] for line in table if line.get("passed") is False]
    print(f"raw figures: {result}")
    print(f"bench: {len(missed)} rows missed their limit"
          if missed else "bench: every row keeps its limit")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
