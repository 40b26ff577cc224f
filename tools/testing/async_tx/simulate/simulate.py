#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the grid in simulated time, write table and plots, judge 'adaptive'.

simulate.py KERNEL OUT: KERNEL is what simulate.sh has built. Writes OUT/table.txt,
a line for each cell and contestant, and OUT/*.svg. CELLS in the environment is a
pattern of the names of cells, all of them otherwise; JOBS says how many kernels to
run at a time. Exit status 1 when a cell misses a limit, or nothing was judged.
"""
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

import plots
from bound import lower_bound
from cells import all_cells, group_of, twins
from judge import JUDGED, LIMITS, Verdict, judge, runs_of, window_mean

HERE = Path(__file__).resolve().parent
BOOT_SECONDS = 600
# Bytes from which on engines are used: in the way of those who tune by hand.
THRESHOLDS = (8192, 32768, 131072)
COLUMNS = ("cell", "contestant", "makespan_us", "mean_us", "p99_us", "cpu_%", "bound_us",
           "makespan/best", "p99/best", "makespan/bound", "missed")


class Failed(Exception):
    """The kernel's part did not work; says where to look."""


def boot(kernel, folder):
    """Have the jobs of a folder run."""
    command = [kernel, "mem=192M", "rootfstype=hostfs", "rootflags=/", "ro", "con0=fd:0,fd:1",
               "con=null", "loglevel=7", "panic=-1", "time-travel=inf-cpu", "time-travel-start=0",
               f"init={HERE / 'guest.sh'}", "--", folder]
    log = folder / "log"
    with open(log, "wb") as file, subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT, start_new_session=True) as linux:
        try:
            linux.wait(timeout=BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(linux.pid, signal.SIGKILL)
    if b"simulate: end" not in log.read_bytes():
        raise Failed(f"the experiment broke off: see {log}")


def fresh_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def policies_of(kernel, folder):
    """Those that the kernel has."""
    fresh_folder(folder)
    (folder / "list").touch()
    boot(kernel, folder)
    policies = (folder / "policies").read_text(encoding="ascii").split()
    shutil.rmtree(folder)
    return policies


def contestants_of(cell, policies):
    """Policies, and where it makes a difference, thresholds."""
    if cell.sizes != "pareto":
        return policies
    return policies + [f"least-loaded:{threshold}" for threshold in THRESHOLDS]


def run_group(kernel, folder, cells, policies):
    """A boot: the cells of a group, and those to compare them with."""
    for cell in cells:
        cell.draw()
    jobs = [job for cell in cells for job in (cell, *(twin for *_, twin in twins(cell)))]
    fresh_folder(folder)
    with open(folder / "list", "w", encoding="utf-8") as file:
        for i, job in enumerate(jobs):
            (folder / str(i)).write_bytes(job.job())
            print(i, *contestants_of(job, policies), file=file)
    boot(kernel, folder)

    runs = {job.name: runs_of((folder / f"{i}.result").read_bytes(), contestants_of(job, policies),
                              job.at, job.length) for i, job in enumerate(jobs)}
    verdicts = [verdict_of(cell, runs) for cell in cells]
    shutil.rmtree(folder)
    return verdicts


def verdict_of(cell, runs):
    verdict = Verdict(cell.name, lower_bound(cell), runs[cell.name])
    if JUDGED in verdict.runs:
        for first, end, twin in twins(cell):
            best = min(window_mean(run, first, end) for run in runs[twin.name].values())
            verdict.after.append(window_mean(verdict.runs[JUDGED], first, end) / best)
    judge(verdict)
    for run in verdict.runs.values():
        run.latency = plots.smooth(run.latency) if cell.changes else None
    return verdict


def try_group(args):
    try:
        return run_group(*args)
    except (Failed, ValueError, OSError) as error:
        return error


def run_all(kernel, out, cells, policies):
    """The verdicts of all cells, in the order of the grid."""
    groups = [(kernel, out / f"group-{i}", list(group), policies)
              for i, (_, group) in enumerate(groupby(cells, group_of))]
    verdicts = []
    with multiprocessing.Pool(int(os.environ.get("JOBS") or os.cpu_count())) as pool:
        for i, some in enumerate(pool.imap(try_group, groups), 1):
            if isinstance(some, Exception):
                raise some
            verdicts += some
            print(f"\rsimulate: group {i} of {len(groups)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return verdicts


def lines_of(verdict):
    """The lines of the table for a cell."""
    for name, run in verdict.runs.items():
        missed = " ".join(verdict.missed) if name == JUDGED else ""
        yield (verdict.cell, name, f"{run.makespan / 1e3:.3f}", f"{run.mean / 1e3:.3f}",
               f"{run.p99 / 1e3:.3f}", f"{run.cpu * 100:.1f}", f"{verdict.bound / 1e3:.3f}",
               f"{verdict.multiple(name, 'makespan'):.3f}",
               f"{verdict.multiple(name, 'p99'):.3f}", f"{run.makespan / verdict.bound:.3f}",
               missed or "-")


def write_table(path, verdicts):
    rows = [COLUMNS, *(line for verdict in verdicts for line in lines_of(verdict))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            print(*(text.ljust(width) if i < 2 else text.rjust(width)
                    for i, (text, width) in enumerate(zip(row, widths))), file=file)


def summary(verdicts):
    """How every contestant did, over all cells in which it took part."""
    names = {name: None for verdict in verdicts for name in verdict.runs}
    seconds = sum(run.makespan for verdict in verdicts for run in verdict.runs.values()) / 1e9
    print(f"{len(verdicts)} cells, {seconds:.0f} s of simulated time")
    print(f"{'contestant':22}{'cells':>6}{'best makespan':>15}{'best p99':>10}"
          f"{'worst makespan':>16}{'worst p99':>11}")
    for name in names:
        of = [verdict for verdict in verdicts if name in verdict.runs]
        ratios = [[verdict.multiple(name, what) for verdict in of] for what in ("makespan", "p99")]
        print(f"{name:22}{len(of):6}"
              f"{sum(r <= LIMITS['makespan'] for r in ratios[0]):15}"
              f"{sum(r <= LIMITS['p99'] for r in ratios[1]):10}"
              f"{max(ratios[0]):16.2f}{max(ratios[1]):11.2f}")
    print(f"best: within {LIMITS['makespan']} of the best makespan, {LIMITS['p99']} of the best "
          "p99 of that cell; worst: the largest multiple of them.")


def report(verdicts):
    """Say what was missed; True if all is well."""
    summary(verdicts)
    judged = [verdict for verdict in verdicts if verdict.ratios]
    if not judged:
        print(f"There is no policy '{JUDGED}': nothing was judged.")
        return False
    missed = [verdict for verdict in judged if verdict.missed]
    for verdict in missed:
        print(f"missed {verdict.cell}: " +
              ", ".join(f"{what} {verdict.ratios[what]:.3f} (limit {LIMITS[what]:.2f})"
                        for what in verdict.missed))
    for what, limit in LIMITS.items():
        of = [verdict for verdict in judged if what in verdict.ratios]
        if of:
            worst = max(of, key=lambda verdict: verdict.ratios[what])
            missing = sum(what in verdict.missed for verdict in of)
            print(f"{what}: {missing} of {len(of)} cells missed {limit:.2f}; "
                  f"worst {worst.ratios[what]:.3f} in {worst.cell}")
    print(f"{JUDGED}: {len(judged) - len(missed)} cells passed, {len(missed)} failed")
    return not missed


def main():
    kernel, out = map(Path, sys.argv[1:])
    pattern = os.environ.get("CELLS") or "*"
    cells = [cell for cell in all_cells() if fnmatchcase(cell.name, pattern)]
    if not cells:
        sys.exit(f"simulate: no cell is called {pattern}")
    for stale in (out / "table.txt", *out.glob("*.svg")):
        stale.unlink(missing_ok=True)
    try:
        policies = policies_of(kernel, out / "policies")
        verdicts = run_all(kernel, out, cells, policies)
    except (Failed, ValueError, OSError) as error:
        sys.exit(f"simulate: {error}")
    write_table(out / "table.txt", verdicts)
    plots.write(out, verdicts)
    passed = report(verdicts)
    print(f"Table and plots are in {out}.")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
