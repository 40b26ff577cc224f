#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Run the KUnit suites in User Mode Linux ("make kunit").

run.py [FLAVOUR...]: builds and boots each flavour with the kernel tree's own
kunit.py, and prints TAP: a line per case, a comment per suite, and all that is
known about what failed.

A flavour fails as a whole, over and above its cases, when the kernel does not
build or boot, when no case ran, and when the kernel's log has a complaint that
no test expects.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
FLAVOURS = {"plain": ["kunitconfig"], "debug": ["kunitconfig", "debug.config"]}

BUILD_SECONDS = 3600
RUN_SECONDS = 900
UML_MEMORY = 1 << 30

# Complaints of checkers.  A plain WARN is none: tests of bad arguments cause it.
COMPLAINT = re.compile(r"BUG: |KASAN: |UBSAN: |DMA-API: (?!preallocated|debugging enabled)|WARNING: (?:possible|inconsistent|"
                       r"suspicious|bad unlock|held lock|lock held)|ODEBUG: |list_(?:add|del) corruption|"
                       r"Kernel panic|Segfault with no mm|refcount_t: |INFO: (?:task|trying)", re.I)


def run_group(command, log, seconds, **kwargs):
    """Run a command in a group of its own, so that nothing it started outlives it."""
    with subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, start_new_session=True, **kwargs) as process:
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            log.write(f"killed after {seconds} s\n".encode())
            return -1
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def reasons(path):
    """The lines of a log that say why a build failed, or its end."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.readlines()
    why = [line for line in lines if re.search(r"error: |ERROR|Missing: |No rule|undefined", line)]
    return "".join((why or lines)[-20:])


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-30:])


def cases_of(group, names=()):
    """Yield (suite, case, status) for every case in kunit.py's JSON."""
    for case in group["test_cases"]:
        yield (names or (case["name"],))[0], "/".join((*names[1:], case["name"])), case["status"]
    for inner in group["sub_groups"]:
        yield from cases_of(inner, (*names, inner["name"]))


def comment(text):
    print("".join(f"# {line}\n" for line in text.splitlines()), end="", flush=True)


class Flavour:
    def __init__(self, name, tree, out):
        self.name = name
        self.tree = tree
        self.build_dir = os.path.join(out, "build", "kunit-" + name)
        self.log = os.path.join(self.build_dir, "run.log")
        self.json = os.path.join(self.build_dir, "results.json")

    def result(self, passed, what):
        print(f"{'ok' if passed else 'not ok'} - kunit {self.name}: {what}", flush=True)
        return passed

    def environment(self):
        """UML's memory is a file, in /dev/shm unless that is too small (containers)."""
        env = dict(os.environ)
        try:
            roomy = shutil.disk_usage("/dev/shm").free > UML_MEMORY + UML_MEMORY // 4
        except OSError:
            roomy = False
        if not roomy:
            env["TMPDIR"] = self.build_dir
        return env

    def kunit(self, verb, seconds, *options):
        configs = [f"--kunitconfig={os.path.join(HERE, file)}" for file in FLAVOURS[self.name]]
        command = [sys.executable, "tools/testing/kunit/kunit.py", verb, f"--build_dir={self.build_dir}"]
        if verb != "exec":
            command += configs + [f"--jobs={os.environ.get('JOBS', os.cpu_count())}"]
            if shutil.which("ccache"):
                command.append("--make_options=CC=ccache gcc")
        with open(self.log, "wb") as log:
            return run_group([*command, *options], log, seconds, cwd=self.tree, env=self.environment())

    def run(self):
        """Build, boot, judge; True if all passed."""
        os.makedirs(self.build_dir, exist_ok=True)
        start = time.monotonic()
        if self.kunit("build", BUILD_SECONDS):
            comment(reasons(self.log))
            return self.result(False, "build")
        comment(f"kunit {self.name}: built in {time.monotonic() - start:.0f} s")

        if os.path.exists(self.json):
            os.unlink(self.json)
        self.kunit("exec", RUN_SECONDS + 60, f"--timeout={RUN_SECONDS}", f"--json={self.json}",
                   f"--kernel_args=mem={UML_MEMORY >> 20}M")
        try:
            with open(self.json, encoding="utf-8") as file:
                cases = list(cases_of(json.load(file)))
        except (OSError, ValueError):
            comment(tail(self.log))
            return self.result(False, "results")
        passed = self.judge(cases)
        return self.judge_log() and passed

    def judge(self, cases):
        suites = {}
        for suite, case, status in cases:
            counts = suites.setdefault(suite, {"PASS": 0, "SKIP": 0, "FAIL": 0})
            if status not in counts:
                status = "FAIL"
            counts[status] += 1
            if status != "SKIP":
                self.result(status == "PASS", f"{suite}: {case}")
        for suite, counts in suites.items():
            text = ", ".join(f"{count} {word}" for count, word in
                             ((counts["PASS"], "passed"), (counts["FAIL"], "failed"),
                              (counts["SKIP"], "skipped")) if count)
            comment(f"kunit {self.name}: {suite}: {text}")
            if not counts["PASS"] and not counts["FAIL"]:
                self.result(False, f"{suite}: ran nothing")
        failed = sum(counts["FAIL"] for counts in suites.values())
        if failed:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                comment("".join(line for line in log
                                if not re.search(r"\[PASSED\]|\] =+ .* =+$|pass:\d+ fail:0", line)))
        if not suites:
            comment(tail(self.log))
            self.result(False, "no case ran")
        return bool(suites) and not failed

    def judge_log(self):
        log = os.path.join(self.build_dir, "test.log")
        with open(log, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        bad = [number for number, line in enumerate(lines) if COMPLAINT.search(line)]
        if bad:
            comment(f"{len(bad)} complaints of the kernel in {log}:")
            comment("\n".join(lines[max(bad[0] - 2, 0):bad[0] + 25]))
        return self.result(not bad, "no complaint in the kernel's log")


def main():
    tree, out = os.environ["TREE"], os.environ["OUT"]
    passed = [Flavour(name, tree, out).run() for name in sys.argv[1:] or FLAVOURS]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
