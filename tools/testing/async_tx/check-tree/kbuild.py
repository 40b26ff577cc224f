# SPDX-License-Identifier: GPL-2.0-only
"""One architecture's allmodconfig build of a tree, in which few objects are compiled.

Everything is asked of Kbuild itself: what the configuration compiles, how, and
from which headers.  A build that was interrupted goes on where it stopped.
"""

import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.realpath(__file__))
JOBS = os.environ.get("JOBS", str(os.cpu_count()))
ARCHS = {"x86_64": ("x86", ""), "arm64": ("arm64", "aarch64-linux-gnu-")}

STARTED = re.compile(r"^  [A-Z][A-Z0-9_]*(?: \[M\])? +(\S+)")
GAVE_UP = re.compile(r"^make\[\d+\]: \*\*\* \[.*: (\S+)\] Error")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def run(*command, cwd):
    """Return (exit status, stdout and stderr)."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode, done.stdout


class Failed(Exception):
    """Nothing can be compiled; the text says why."""


class Build:
    def __init__(self, tree, arch, folder, fragment):
        self.tree = tree
        self.arch = arch
        self.srcarch, self.cross = ARCHS[arch]
        self.dir = folder
        self.fragment = os.path.join(HERE, fragment)
        self.log = os.path.join(folder, "check-tree.log")
        self.gave_up = set()        # objects whose last compile failed
        self.compiler = f"ccache {self.cross}gcc" if shutil.which("ccache") else f"{self.cross}gcc"

    def path(self, name):
        return os.path.join(self.dir, name)

    def start(self, *args):
        return subprocess.Popen(["make", f"-j{JOBS}", f"O={self.dir}", f"ARCH={self.arch}",
                                 f"CROSS_COMPILE={self.cross}", f"CC={self.compiler}",
                                 f"KCONFIG_ALLCONFIG={self.fragment}", *args],
                                cwd=self.tree, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, errors="replace")

    def configure(self):
        """Make the configuration, and what every object needs."""
        os.makedirs(self.dir, exist_ok=True)
        for goal in ("allmodconfig", "modules_prepare"):
            with self.start("-s", goal) as make:
                said = make.stdout.read()
            if make.returncode:
                raise Failed(f"{goal} failed:\n{said}")
        config = read(self.path(".config"))
        for line in read(self.fragment).splitlines():
            option = re.match(r"(CONFIG_\w+)=n", line)
            if option and f"{option[1]}=" in config:
                raise Failed(f"asked for {line}, which the tree does not grant")

    def listed(self, folder):
        """Return {"builtin", "module": objects, "folder": folders} of one folder."""
        done = subprocess.run(["make", "-rR", "-s", "-f", os.path.join(HERE, "objects.mk"),
                               f"srctree={self.tree}", f"SRCARCH={self.srcarch}",
                               f"CC={self.cross}gcc", f"obj={folder}"],
                              cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False)
        lists = dict.fromkeys(("builtin", "module", "folder"), ())
        for line in done.stdout.splitlines():
            kind, *paths = line.split()
            if kind in lists:
                lists[kind] = [os.path.normpath(path) for path in paths]
        if done.returncode:
            raise Failed(f"Kbuild cannot read {folder}:\n{done.stderr}")
        return lists

    def reached(self, objects):
        """Return those of objects that the configuration compiles."""
        wanted = {os.path.dirname(path) for path in objects}
        wanted = {"/".join(path.split("/")[:end]) for path in wanted
                  for end in range(1, path.count("/") + 2)}
        compiled, pending = set(), ["."]
        while pending:
            lists = self.listed(pending.pop())
            compiled.update(lists["builtin"], lists["module"])
            pending += wanted.intersection(lists["folder"])
            wanted.difference_update(lists["folder"])
        return [path for path in objects if path in compiled]

    def compile(self, objects, progress=lambda done: None):
        """Compile what is not up to date; return {object: what was said of it}."""
        if not objects:
            return {}
        said = self.said()
        for path in objects:
            # Killed between compiling it and saying what about it.
            if path not in said and os.path.exists(self.path(path)):
                os.unlink(self.path(path))
        done = 0
        with open(self.log, "a", buffering=1, encoding="utf-8") as log, \
             self.start("-k", "--output-sync=target", *objects) as make:
            for line in make.stdout:
                log.write(line)
                match = STARTED.match(line)
                if match and match[1] in objects:
                    done += 1
                    progress(done)
        said = self.said()
        if make.returncode and all(self.compiled(path) for path in objects):
            raise Failed(f"make failed for a reason of its own: see {self.log}")
        return {path: said.get(path, "") for path in objects}

    def said(self):
        """Sort the log, which holds the output of all runs, by object; the last word counts."""
        about, current = {}, None
        self.gave_up = set()
        if not os.path.exists(self.log):
            return about
        for line in read(self.log).splitlines():
            started, gave_up = STARTED.match(line), GAVE_UP.match(line)
            if started:
                current = started[1]
                about[current] = ""
                self.gave_up.discard(current)
            elif gave_up or line.startswith("make"):
                current = None
                if gave_up:
                    self.gave_up.add(gave_up[1])
            elif current:
                about[current] += line.strip() + "\n"
        return about

    def compiled(self, path):
        """Is it there, and not from before a compile that failed?"""
        return path not in self.gave_up and os.path.exists(self.path(path))

    def command(self, path):
        """Return what Kbuild wrote down on how it made an object, and from which files."""
        folder, name = os.path.split(path)
        try:
            return read(self.path(os.path.join(folder, f".{name}.cmd")))
        except OSError:
            return ""

    def includes(self, path, headers):
        """Did the compile of this object read one of headers?"""
        ends = tuple("/" + header for header in headers)
        return any(line.rstrip(" \\").endswith(ends) for line in self.command(path).splitlines())

    def module(self, path):
        """Return the name of the module that an object is part of, None when it is built in."""
        command = self.command(path).partition("\n")[0]
        if " -DMODULE " not in command:
            return None
        return re.search(r"-DKBUILD_MODNAME='\"(\w+)", command)[1]

    def tool(self, name, *args, cwd=None):
        """Run a tool of the compiler's; return (exit status, stdout and stderr)."""
        return run(self.cross + name, *args, cwd=cwd or self.dir)
