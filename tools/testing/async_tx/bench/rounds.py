# SPDX-License-Identifier: GPL-2.0-only
"""What the benches share: rounds of boots, and ours judged by the base.

Every round boots base, ours and base again: the second base, compared with the
first, is the control that shows how far the machine can be trusted.
"""
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

GUEST = Path(__file__).resolve().parent.parent / "guest"
FIGURE = re.compile(r"^bench: ([\w-]+) ([\d.]+)$", re.MULTILINE)
KERNELS = {"base": "base", "ours": "ours", "control": "base"}


@dataclass(frozen=True)
class Kind:
    """Rows that are measured, and judged, alike."""
    unit: str
    more: bool                 # more is better
    judged: str                # the best of all rounds, or their median
    most_noise: float          # that the control may excuse
    decides: bool = True       # even when the control says more than that

    @property
    def other(self):
        return "median" if self.judged == "best" else "best"


@dataclass(frozen=True)
class Row:
    kind: Kind
    limit: float | None        # of ours/base; None: shown, not judged
    against: str | float | None = None  # ours of another row, or so much, for base


def boot(build, scenario, devices):
    """[(row, figure)] of a QEMU guest with one processor"""
    done = subprocess.run([GUEST / "boot.sh", build / "arch/x86/boot/bzImage",
                           build / "initramfs.cpio", scenario, "1", "1G", "600", build],
                          env=os.environ | {"DEVICES": devices}, text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"bench: {build.name} failed: see {build}/{scenario}.log\n{done.stdout}")
    return [(row, float(value)) for row, value in FIGURE.findall(done.stdout)]


def measure(rounds, what, boot):
    """{row: {kernel: [figure of each round]}}, of boot(kernel, name)"""
    figures = {}
    for i in range(rounds):
        for name, kernel in KERNELS.items():
            print(f"\rbench: {what}, round {i + 1} of {rounds}: {name:8}",
                  end="", file=sys.stderr, flush=True)
            for row, value in boot(kernel, name):
                figures.setdefault(row, {}).setdefault(name, []).append(value)
    print(file=sys.stderr)
    return figures


def stand_in(rows, figures):
    """Give a row that base can not have what it is judged by instead."""
    for name, row in rows.items():
        if row.against is None or name not in figures:
            continue
        values = ([row.against] if isinstance(row.against, (int, float)) else
                  figures.get(row.against, {}).get("ours", []))
        figures[name] |= {"base": values, "control": values}


def compare(name, row, figures):
    """One line of the table."""
    summary = {"best": max if row.kind.more else min, "median": statistics.median}
    line = {how: {kernel: of(values) for kernel, values in figures.items()}
            for how, of in summary.items()}
    for how in summary:
        line[how + "_ratio"] = line[how]["ours"] / line[how]["base"]
    judged = line[row.kind.judged]
    return {"row": name, "unit": row.kind.unit, "limit": row.limit,
            "control": judged["control"] / judged["base"], **line,
            "figures": figures}


def judge(table, rows):
    """Hold lines against their limits; return {kind: what was allowed as noise}."""
    allowed = {}
    for kind in {row.kind: None for row in rows.values()}:
        lines = [line for line in table if rows[line["row"]].kind == kind]
        noise = max((abs(line["control"] - 1) for line in lines), default=0)
        allowed[kind] = min(noise, kind.most_noise)
        if noise > kind.most_noise and not kind.decides:
            continue
        for line in lines:
            if line["limit"] is None:
                continue
            ratio = line[kind.judged + "_ratio"]
            line["passed"] = (ratio >= line["limit"] - allowed[kind] if kind.more else
                              ratio <= line["limit"] + allowed[kind])
    return allowed


def show(table, rows, allowed):
    print(f"{'row':34}{'unit':6}{'base':>10}{'ours':>10}{'ours/base':>11}"
          f"{'(other)':>9}{'control':>9}{'limit':>8}")
    for line in table:
        kind = rows[line["row"]].kind
        limit = verdict = ""
        if line["limit"] is not None:
            limit = f"{'>=' if kind.more else '<='}{line['limit']:.2f}"
            verdict = {True: "", False: "  MISSED", None: "  noise"}[line.get("passed")]
        print(f"{line['row']:34}{kind.unit:6}"
              f"{line[kind.judged]['base']:10.1f}{line[kind.judged]['ours']:10.1f}"
              f"{line[kind.judged + '_ratio']:11.3f}{line[kind.other + '_ratio']:9.3f}"
              f"{line['control']:9.3f}{limit:>8}{verdict}")
    print("ours/base: " + ", ".join(sorted({f"of the {kind.judged} of all rounds for {kind.unit}"
                                            for kind in allowed}))
          + " (in brackets: the other).\ncontrol: base/base. What is farthest"
          " from 1 in it is allowed as noise, within limits: "
          + ", ".join(f"{noise:.3f} (most {kind.most_noise})"
                      for kind, noise in allowed.items()) + ".")
    for name, row in rows.items():
        if row.against is not None:
            print(f"{name}: base can have none; instead of it there is {row.against}"
                  f"{'' if isinstance(row.against, str) else ' ' + row.kind.unit}.")


def report(rows, figures, rounds, path):
    """Print the table and write all figures to PATH. True when a row missed."""
    stand_in(rows, figures)
    lost = [row for row in rows if set(figures.get(row, {})) != set(KERNELS)]
    if lost:
        sys.exit("bench: no figures for " + ", ".join(lost))
    table = [compare(name, row, figures[name]) for name, row in rows.items()]
    allowed = judge(table, rows)
    show(table, rows, allowed)
    path.write_text(json.dumps({"machine": platform.processor() or platform.machine(),
                                "cpus": os.cpu_count(), "rounds": rounds,
                                "rows": table}, indent=1) + "\n")
    missed = [line["row"] for line in table if line.get("passed") is False]
    print(f"raw figures: {path}")
    print(f"bench: {len(missed)} rows missed their limit"
          if missed else "bench: every row keeps its limit")
    return bool(missed)
