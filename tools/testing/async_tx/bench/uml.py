#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Boot the two bench kernels in turn, and judge ours by the base.

uml.py [options] OUT, where uml.sh has left OUT/{base,ours}/linux and the
module. The guests share one CPU with nothing that this program starts.
Writes OUT/bench.json. Exit status 1 when a row misses its limit.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from rounds import Kind, Row, measure, report

HERE = Path(__file__).resolve().parent
FIGURE = re.compile(r"bench: ([\w-]+) ([\d.]+)\s*$")

NS = Kind("ns", more=False, judged="best", most_noise=0.02)
# Bandwidth, and KiB for each second of CPU time of the bench kernel: the same but
# for what else the machine does meanwhile. On one too busy for bandwidths, those
# of CPU time alone decide.
RATE = Kind("KiB/s", more=True, judged="median", most_noise=0.05, decides=False)
CPU_RATE = Kind("KiB/cpu-s", more=True, judged="median", most_noise=0.05)

# Of a difference of two figures, the least says nothing.
DIFFERENCE = Kind("ns", more=False, judged="median", most_noise=0.02)

OPS = ["memcpy-512", "memcpy-4096", "xor4-512", "xor4-4096", "xor8-512",
       "xor8-4096", "chain8-512"]
BURSTS = ["memcpy-4096-burst", "xor4-4096-burst", "xor8-4096-burst"]
CHANNELS = (1, 256)
# Most that ours may cost, as a multiple of base; bandwidths are at least 1.0. A
# decision has no counterpart there.
ROWS = {
    "ops": {"bare-" + op: Row(NS, None) for op in OPS[:-1]}
           | {"folios16-4096": Row(NS, None)}
           | {op: Row(NS, 1.05 if op.startswith(("memcpy", "chain")) else 1.0)
              for op in OPS}
           | {"engine-" + op: Row(NS, 1.0) for op in OPS + BURSTS}
           | {"adaptive-engine-" + op: Row(NS, 1.1) for op in OPS + BURSTS}
           | {"decision-1": Row(DIFFERENCE, 1.0, against=40),
              "decision-256": Row(DIFFERENCE, 1.5, against="decision-1")},
    "raid": {f"raid{level}-{how}{per}": Row(CPU_RATE if per else RATE, 1.0)
             for level in (5, 6) for how in ("seq", "rand") for per in ("", "-cpu")},
}
# Many short runs find the quiet moments that a long one averages away.
FIO_MS, FIO_TIMES = 400, 5


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


def decide(figures):
    """Add the rows of decisions: calls that decide, less those that do not."""
    for channels in CHANNELS:
        calls = [figures[f"{policy}-{channels}-two-calls"]["ours"]
                 for policy in ("adaptive", "cpu")]
        figures[f"decision-{channels}"] = {"ours": [(a - b) / 2 for a, b in zip(*calls)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="ops,raid")
    parser.add_argument("out", type=lambda path: Path(path).resolve())
    options = parser.parse_args()

    rows, figures = {}, {}
    for what in options.only.split(","):
        rows |= ROWS[what]

        def boot_once(kernel, name, what=what):
            log = options.out / f"{what}-{name}.log"
            args = ([options.out / kernel / "bench/async_tx_bench.ko"]
                    if what == "ops" else [FIO_MS, FIO_TIMES])
            return boot(kernel, options.out, log, what, *map(str, args))

        for log in options.out.glob(f"{what}-*.log"):
            log.unlink()
        # Those of operations are short.
        rounds = options.rounds * (2 if what == "ops" else 1)
        figures |= measure(rounds, what, boot_once)
    if "ops" in options.only.split(","):
        decide(figures)
    return report(rows, figures, options.rounds, options.out / "bench.json")


if __name__ == "__main__":
    sys.exit(main())
