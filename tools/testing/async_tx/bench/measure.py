#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot the two bench kernels in turn, and judge ours by the base.

measure.py [options] OUT, where run.sh has left OUT/{base,ours}/linux and the
module. Every round boots base, ours and base again: the second base, compared
with the first, is the control that shows how far the machine can be trusted.
The guests share one CPU with nothing that this program starts.
Writes OUT/bench.json. Exit status 1 when a row misses its limit.
"""
import argparse
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNELS = {"base": "base", "ours": "ours", "control": "base"}
FIGURE = re.compile(r"bench: ([\w-]+) ([\d.]+)\s*$")

OPS = ["memcpy-512", "memcpy-4096", "xor4-512", "xor4-4096", "xor8-512",
       "xor8-4096", "chain8-512"]
ENGINE = ["engine-" + op for op in (*OPS, "memcpy-4096-burst",
                                    "xor4-4096-burst", "xor8-4096-burst")]
BARE = ["bare-" + op for op in OPS[:-1]]
RAID = ["raid%d-%s" % (level, how) for level in (5, 6)
        for how in ("seq", "rand")]
# Many short runs find the quiet moments that a long one averages away.
FIO_MS, FIO_TIMES = 400, 5
# Most that ours may cost, as a multiple of base; bandwidths are at least 1.0.
LIMIT = {op: 1.05 if op.startswith(("memcpy", "chain")) else 1.0 for op in OPS}
LIMIT |= {row: 1.0 for row in ENGINE} | {row: 1.0 for row in RAID}
# What the control may excuse; a noisier machine has to be asked again.
MOST_NOISE = {"ops": 0.02, "raid": 0.05}


def waited(pid):
    """Seconds that a process was ready to run but had no CPU."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9


def figures_of(pid, console, log):
    """[(row, figure)]. A bandwidth is that of the time with a CPU, so that what
    else the machine does meanwhile counts as little as possible."""
    figures, since = [], None
    for line in console:
        log.write(line)
        found = FIGURE.search(line)
        if found:
            stolen = 0
            if since:
                stolen = ((waited(pid) - since[0]) /
                          (time.monotonic() - since[1]))
            figures.append((found[1], float(found[2]) / (1 - stolen)))
            since = None
        elif "bench: start" in line:
            since = waited(pid), time.monotonic()
        elif "bench: invalid" in line:
            return None
        elif "bench: end" in line:
            return figures
    return None


def boot(kernel, out, log, *args):
    """Run guest.sh in a bench kernel and return its figures."""
    command = [str(out / kernel / "linux"), "mem=1G", "rootfstype=hostfs",
               "rootflags=/", "ro", "con0=fd:0,fd:1", "con=null", "quiet",
               "loglevel=7", "panic=-1", f"init={HERE / 'guest.sh'}", "--",
               *args]
    cpu = max(os.sched_getaffinity(0))
    with open(log, "a") as f, subprocess.Popen(
            command, text=True, errors="replace", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu})) as linux:
        limit = threading.Timer(300, os.killpg, (linux.pid, signal.SIGKILL))
        limit.start()
        figures = figures_of(linux.pid, linux.stdout, f)
        f.writelines(linux.stdout)
        linux.wait()
        limit.cancel()
    if figures is None:
        sys.exit(f"bench: kernel '{kernel}' failed {args[0]}: see {log}")
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
                args = ([options.out / kernel / "bench/async_tx_bench.ko"]
                        if what == "ops" else [FIO_MS, FIO_TIMES])
                ran = boot(kernel, options.out, logs[name], what,
                           *map(str, args))
                for row, value in ran:
                    figures.setdefault(row, {}).setdefault(name, []).append(value)
        print(file=sys.stderr)
    return figures


def judge(row, figures):
    """One line of the table."""
    raid = row in RAID
    best = {name: (max if raid else min)(values)
            for name, values in figures.items()}
    median = {name: statistics.median(values)
              for name, values in figures.items()}
    judged = median if raid else best
    line = {
        "row": row,
        "unit": "KiB/s" if raid else "ns",
        "best": best,
        "median": median,
        "best_ratio": best["ours"] / best["base"],
        "median_ratio": median["ours"] / median["base"],
        "control": judged["control"] / judged["base"],
        "limit": LIMIT.get(row),
        "figures": figures,
    }
    if line["limit"]:
        line["noise"] = noise = min(abs(line["control"] - 1),
                                    MOST_NOISE["raid" if raid else "ops"])
        line["passed"] = (line["median_ratio"] >= line["limit"] - noise if raid
                          else line["best_ratio"] <= line["limit"] + noise)
    return line


def show(table):
    print(f"{'row':24}{'unit':6}{'base':>10}{'ours':>10}{'ours/base':>11}"
          f"{'(other)':>9}{'control':>9}{'limit':>8}")
    for line in table:
        raid = line["row"] in RAID
        judged, other = (("median", "best") if raid else ("best", "median"))
        limit = verdict = ""
        if line["limit"]:
            limit = f"{'>=' if raid else '<='}{line['limit']:.2f}"
            verdict = "" if line["passed"] else "  MISSED"
        print(f"{line['row']:24}{line['unit']:6}"
              f"{line[judged]['base']:10.1f}{line[judged]['ours']:10.1f}"
              f"{line[judged + '_ratio']:11.3f}{line[other + '_ratio']:9.3f}"
              f"{line['control']:9.3f}{limit:>8}{verdict}")
    print("Operations: the best of all rounds (other: the median); RAID: the median"
          " (other: the best).\ncontrol: base/base, whose distance from 1 is"
          f" allowed as noise, up to {MOST_NOISE['ops']} for operations,"
          f" {MOST_NOISE['raid']} for RAID.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
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
