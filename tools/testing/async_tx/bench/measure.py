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
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNELS = {"base": "base", "ours": "ours", "control": "base"}
FIGURE = re.compile(r"bench: ([\w-]+) ([\d.]+)\s*$")

OPS = ["memcpy-512", "memcpy-4096", "xor4-512", "xor4-4096", "xor8-512",
       "xor8-4096", "chain8-512"]
ENGINE = ["engine-" + op for op in (*OPS, "memcpy-4096-burst",
                                    "xor4-4096-burst", "xor8-4096-burst")]
BARE = ["bare-" + op for op in OPS[:-1]]
# Bandwidth, and KiB for each second of CPU time of the bench kernel: the same but
# for what else the machine does meanwhile.
RAID = [f"raid{level}-{how}{per}" for level in (5, 6)
        for how in ("seq", "rand") for per in ("", "-cpu")]
# Many short runs find the quiet moments that a long one averages away.
FIO_MS, FIO_TIMES = 400, 5
# Most that ours may cost, as a multiple of base; bandwidths are at least 1.0.
LIMIT = {op: 1.05 if op.startswith(("memcpy", "chain")) else 1.0 for op in OPS}
LIMIT |= {row: 1.0 for row in ENGINE} | {row: 1.0 for row in RAID}
# What the control may excuse.
MOST_NOISE = {"ops": 0.02, "raid": 0.05, "raid-cpu": 0.05}


def kind_of(row):
    if row not in RAID:
        return "ops"
    return "raid-cpu" if row.endswith("-cpu") else "raid"


def cpu_time(pid):
    """Seconds that a process has run; a bench kernel is one process."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def figures_of(pid, console, log):
    """[(row, figure)] from the guest's console; None if it failed."""
    figures, start, used = [], 0, 0
    for line in console:
        log.write(line)
        if found := FIGURE.search(line):
            row, value = found[1], float(found[2])
            figures.append((row, value / used if row.endswith("-cpu") else value))
        elif "bench: start" in line:
            start = cpu_time(pid)
        elif "bench: stop" in line:
            used = cpu_time(pid) - start
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
        rounds = options.rounds * (2 if what == "ops" else 1)  # those are short
        for i in range(rounds):
            for name, kernel in KERNELS.items():
                print(f"\rbench: {what}, round {i + 1} of {rounds}: "
                      f"{name:8}", end="", file=sys.stderr, flush=True)
                args = ([options.out / kernel / "bench/async_tx_bench.ko"]
                        if what == "ops" else [FIO_MS, FIO_TIMES])
                ran = boot(kernel, options.out, logs[name], what,
                           *map(str, args))
                for row, value in ran:
                    figures.setdefault(row, {}).setdefault(name, []).append(value)
        print(file=sys.stderr)
    return figures


def compare(row, figures):
    """One line of the table."""
    raid = row in RAID
    best = {name: (max if raid else min)(values)
            for name, values in figures.items()}
    median = {name: statistics.median(values)
              for name, values in figures.items()}
    judged = median if raid else best
    return {
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


def judge(table):
    """Hold rows against their limits; return what was allowed as noise. On a
    machine too busy for bandwidths, those of CPU time alone decide."""
    allowed = {}
    for kind, most in MOST_NOISE.items():
        rows = [line for line in table if kind_of(line["row"]) == kind]
        noise = max((abs(line["control"] - 1) for line in rows), default=0)
        allowed[kind] = min(noise, most)
        for line in rows:
            if kind == "ops" and line["limit"]:
                line["passed"] = line["best_ratio"] <= line["limit"] + allowed[kind]
            elif kind == "raid-cpu" or (kind == "raid" and noise <= most):
                line["passed"] = line["median_ratio"] >= line["limit"] - allowed[kind]
    return allowed


def show(table, noise):
    print(f"{'row':26}{'unit':6}{'base':>10}{'ours':>10}{'ours/base':>11}"
          f"{'(other)':>9}{'control':>9}{'limit':>8}")
    for line in table:
        raid = line["row"] in RAID
        judged, other = (("median", "best") if raid else ("best", "median"))
        limit = verdict = ""
        if line["limit"]:
            limit = f"{'>=' if raid else '<='}{line['limit']:.2f}"
            verdict = {True: "", False: "  MISSED", None: "  noise"}[line.get("passed")]
        print(f"{line['row']:26}{line['unit']:6}"
              f"{line[judged]['base']:10.1f}{line[judged]['ours']:10.1f}"
              f"{line[judged + '_ratio']:11.3f}{line[other + '_ratio']:9.3f}"
              f"{line['control']:9.3f}{limit:>8}{verdict}")
    print("ours/base: of the best of all rounds for operations, of the median for"
          " RAID (in brackets: the other).\ncontrol: base/base. What is farthest"
          " from 1 in it is allowed as noise, within limits: "
          + ", ".join(f"{kind} {noise[kind]:.3f} (most {most})"
                      for kind, most in MOST_NOISE.items()) + ".")


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

    table = [compare(row, figures[row]) for row in expected]
    noise = judge(table)
    show(table, noise)
    result = options.out / "bench.json"
    result.write_text(json.dumps({"machine": platform.processor() or platform.machine(),
                                  "cpus": os.cpu_count(),
                                  "rounds": options.rounds,
                                  "noise": noise,
                                  "rows": table}, indent=1) + "\n")
    missed = [line["row"] for line in table if line.get("passed") is False]
    print(f"raw figures: {result}")
    print(f"bench: {len(missed)} rows missed their limit"
          if missed else "bench: every row keeps its limit")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
