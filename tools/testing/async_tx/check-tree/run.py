#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compile what uses dmaengine and async_tx, all of it in the kernel, unmodified.

run.py all      every user that allmodconfig reaches, x86-64 and arm64
run.py sample   the objects of sample.list, x86-64

Prints TAP, a line per object: it compiles against our headers, says nothing new
compared with the base, and finds every symbol that it needs exported.  A line
"# ARCH: N of N" sums it up.  For "all", check-tree.json in the results has the
lists, with what the configuration does not reach.
"""

import json
import os
import re
import sys
import time

from exports import PROVIDER_FOLDER, PROVIDERS, Modpost
from kbuild import ARCHS, HERE, Build, Failed, read
from users import Sources

OUT, BASE, TREE = os.environ["OUT"], os.environ["BASE"], os.environ["TREE"]
HEADERS = ("include/linux/dmaengine.h", "include/linux/async_tx.h")
# The base's core: in the tree, but ours has its name as that of a module of many files.
SUPERSEDED = {"crypto/async_tx/async_tx.c"}
# A search that finds fewer has gone wrong.
MINIMUM = 300

failures = 0


def comment(text):
    for line in text.strip().splitlines():
        print(f"# {line}", flush=True)


def result(passed, what, said=""):
    """Print one TAP line; the reason goes before it."""
    global failures
    failures += not passed
    comment(said)
    print(f"{'ok' if passed else 'not ok'} - {what}", flush=True)
    return passed


def laid():
    """Return what make tree laid: files that are not the base's."""
    return set(json.loads(read(os.path.join(OUT, "tree.json")))["laid"])


def warnings(said, tree):
    """Return the warnings in what was said, without what may differ between trees."""
    said = said.replace(tree + "/", "").replace("../", "")
    return {re.sub(r":\d+(:\d+)?:|\+0x[0-9a-f]+", ":", line) for line in said.splitlines()
            if re.search(r"\bwarning: ", line, re.I)}


def first_error(said):
    """Return the first line of the worst that was said."""
    for kind in (r"\berror: |undefined reference|multiple definition", r"\bwarning: ", ""):
        lines = [line for line in said.splitlines() if re.search(kind, line)]
        if lines:
            return lines[0]
    return "it was not made, and nothing was said"


class Check:
    """One architecture's users: compiled, compared, linked."""

    def __init__(self, arch, name, fragment):
        self.arch = arch
        folder = os.path.join(OUT, "build", "check-tree", name)
        self.ours = Build(TREE, arch, folder, fragment)
        self.base = Build(BASE, arch, folder + "-base", fragment)
        self.failed = {}            # object: why
        self.broken = []            # what the base does not compile either
        self.passed = []

    def providers(self):
        lists = [self.ours.listed(folder) for folder in (PROVIDER_FOLDER, "drivers/dma")]
        compiled = {path for found in lists for kind in ("builtin", "module") for path in found[kind]}
        return sorted(path for path in compiled if os.path.dirname(path) == PROVIDER_FOLDER or
                      path.removesuffix(".o") in PROVIDERS)

    def compile(self, users):
        """Compile users and providers; sort out who failed or warns of something new."""
        providers = self.providers()
        objects = sorted({*users, *providers})
        start = time.monotonic()

        def progress(done):
            if done % 100 == 0:
                comment(f"{self.arch}: compiled {done} in {time.monotonic() - start:.0f} s")

        said = self.ours.compile(objects, progress)
        for path in objects:
            if not self.ours.compiled(path):
                self.failed[path] = first_error(said[path])
        loud = [path for path in objects if path in self.failed or warnings(said[path], TREE)]
        added = laid()
        self.compare([path for path in loud if path[:-2] + ".c" not in added], said)
        for path in loud:
            if path[:-2] + ".c" in added and path not in self.failed:
                self.failed[path] = first_error(said[path])
        return objects

    def compare(self, objects, said):
        """Compile in the base what failed or warned, and forgive what does so there."""
        if not objects:
            return
        comment(f"{self.arch}: to compare with the base: {len(objects)} objects that failed or warned")
        self.base.configure()
        there = self.base.compile(self.base.reached(objects))
        for path in objects:
            new = warnings(said[path], TREE) - warnings(there.get(path, ""), BASE)
            if not self.base.compiled(path):
                self.broken.append(path)
                self.failed.pop(path, None)
            elif new and path not in self.failed:
                self.failed[path] = f"new: {min(new)}"

    def confirm(self, users):
        """Return those users that did read a header of ours, or failed to compile."""
        return [path for path in users if path not in self.broken and
                (path in self.failed or self.ours.includes(path, HEADERS))]

    def link(self, objects):
        """Run modpost over all that was compiled."""
        compiled = [path for path in objects if self.ours.compiled(path)]
        modpost = Modpost(self.ours, compiled, BASE)
        for path, symbols in modpost.run().items():
            self.failed.setdefault(path, f"needs {', '.join(sorted(symbols))}: not exported")
        result(not modpost.said, f"{self.arch}: modpost reads {modpost.modules} modules and vmlinux.o",
               modpost.said)
        if modpost.said:
            return
        narrowed = modpost.narrowed()
        result(not narrowed, f"{self.arch}: the base's {len(modpost.wanted)} exports, as open as there",
               narrowed)

    def judge(self, users, label):
        """A line for each user, and one for each of our own objects that failed."""
        for path in users:
            if result(path not in self.failed, label(path), self.failed.get(path, "")):
                self.passed.append(path)
        for path in sorted(self.failed.keys() - set(users)):
            result(False, f"{self.arch}: {path}, which others need", self.failed[path])
        comment(f"{self.arch}: {len(self.passed)} of {len(users)} objects compile without a new "
                "warning, and find their symbols")


def check_all(arch):
    """Every user that allmodconfig reaches; return what was found, for the record."""
    start = time.monotonic()
    check = Check(arch, arch, "all.config")
    check.ours.configure()
    sources = Sources(TREE, check.ours.srcarch).users(HEADERS)
    left_out = laid() | SUPERSEDED
    candidates = [path[:-2] + ".o" for path in sources if path not in left_out]
    reached = check.ours.reached(candidates)
    comment(f"{arch}: {len(candidates)} C files may include {' or '.join(HEADERS)}; "
            f"allmodconfig compiles {len(reached)} of them")
    objects = check.compile(reached)
    users = check.confirm(reached)
    check.link(objects)
    check.judge(users, lambda path: f"{arch}: {path}")
    result(len(users) >= MINIMUM, f"{arch}: at least {MINIMUM} objects")
    if check.broken:
        comment(f"{arch}: {len(check.broken)} that the base does not compile either: "
                f"{' '.join(check.broken)}")
    unreached = sorted(set(candidates) - set(reached))
    comment(f"{arch}: {len(unreached)} not reached by allmodconfig; {time.monotonic() - start:.0f} s")
    return {"passed": check.passed, "failed": check.failed, "unreached": unreached,
            "fail in the base too": check.broken,
            "compiled, but do not include it": sorted(set(reached) - set(users) - set(check.broken))}


def check_sample():
    """The objects of sample.list; what the configuration does not reach has failed."""
    family = dict(line.split(maxsplit=1) for line in read(os.path.join(HERE, "sample.list")).splitlines()
                  if line and not line.startswith("#"))
    check = Check("x86_64", "sample", "sample.config")
    check.ours.configure()
    reached = check.ours.reached(list(family))
    objects = check.compile(reached)
    users = check.confirm(reached)
    for path in family.keys() - set(users):
        check.failed[path] = ("it does not include our headers" if path in reached else
                              "the configuration does not compile it")
    check.link(objects)
    check.judge(list(family), lambda path: f"{path}: {family[path]}")


def main():
    if sys.argv[1:] == ["sample"]:
        check_sample()
    elif sys.argv[1:] == ["all"]:
        found = {arch: check_all(arch) for arch in ARCHS}
        neither = set.intersection(*(set(lists["unreached"]) for lists in found.values()))
        comment(f"reached on no architecture, {len(neither)} files: {' '.join(sorted(neither))}")
        os.makedirs(os.path.join(OUT, "results"), exist_ok=True)
        with open(os.path.join(OUT, "results", "check-tree.json"), "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
    else:
        sys.exit(__doc__)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        comment(str(failure))
        sys.exit(1)
