#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Check the overlay's files without running them ("make static").

run.py [--link]: prints TAP, a line per file and check, with what the checker
said before it.
  W=1, sparse     the kernel's C files, in a small build for x86-64; and for
                  other machines, compilers and configurations, a line each
  stubs           users of our headers, where there is no DMA engine
  links           with --link: each of these builds as a whole kernel
  checkpatch      --strict, on C files, Kconfig, Makefile and documents
  kernel-doc      well-formed, and there for every exported or public function
  shellcheck      our shell scripts
  python          our Python scripts compile without a warning
  untouched       what is not ours is the base's, byte for byte
"""

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import warnings

HERE = os.path.dirname(os.path.realpath(__file__))
SRC, OUT = os.environ["SRC"], os.environ["OUT"]
BASE, TREE = os.environ["BASE"], os.environ["TREE"]
JOBS = os.environ.get("JOBS", str(os.cpu_count()))

# Files of another program, in its own style; what builds them checks them.
FOREIGN = "tools/testing/async_tx/qemu/hw/"
KERNEL_TOPS = ("crypto/", "drivers/", "include/", "lib/", "samples/")
# Headers whose every function a client may call.
PUBLIC_HEADERS = ("include/linux/async_tx.h", "include/linux/dmaengine.h")
# Of every family of the interface, some that are configured without DMA_ENGINE
# too; i386.config has them.
CLIENTS = (
    "drivers/crypto/atmel-aes.c",
    "drivers/crypto/sa2ul.c",
    "drivers/i2c/busses/i2c-imx.c",
    "drivers/i2c/busses/i2c-rcar.c",
    "drivers/iio/buffer/industrialio-buffer-dmaengine.c",
    "drivers/md/dm-integrity.c",
    "drivers/md/raid5.c",
    "drivers/mmc/host/owl-mmc.c",
    "drivers/ntb/ntb_transport.c",
    "drivers/ntb/test/ntb_perf.c",
    "drivers/spi/spi-rockchip.c",
    "drivers/spi/spi-stm32.c",
    "drivers/tty/serial/fsl_lpuart.c",
    "drivers/tty/serial/sh-sci.c",
)
# A driver that exists for that machine only; its KUnit suite runs anywhere.
X86_ONLY = "drivers/dma/ioat/(?!ioat_kunit)"
# What exists in simulated time only.
UML_ONLY = "crypto/async_tx/simulate"
MESSAGE = re.compile(r"^(?:In file included from )?(\S+?\.[chS]):\d+(?::\d+)?: (?:fatal )?"
                     r"(?:warning|error)\b")

failures = 0


def result(passed, check, what, said=""):
    """Print one TAP line; what the checker said goes before it."""
    global failures
    failures += not passed
    for line in said.strip().splitlines():
        print(f"# {line}")
    print(f"{'ok' if passed else 'not ok'} - {check}: {what}", flush=True)


def run(*command, cwd=TREE):
    """Return (exit status, stdout and stderr)."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.returncode, done.stdout


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def our_files():
    """What make tree laid, patched files of the base left out."""
    laid = json.loads(read(os.path.join(OUT, "tree.json")))["laid"]
    return [path for path in laid if os.path.isfile(os.path.join(SRC, path)) and path != "Kconfig"]


class Build:
    """One small kernel configuration, in which only our folders are compiled.

    The configuration is allnoconfig plus NAME.config, on top of ours.config
    unless engines is False.
    """

    def __init__(self, name, what, arch=None, cross="", llvm=False, engines=True):
        self.name = name
        self.what = what
        self.engines = engines
        machine = arch or name
        self.foreign = "|".join([X86_ONLY] * (machine != "x86_64") + [UML_ONLY] * (machine != "um"))
        self.dir = os.path.join(OUT, "build", f"static-{name}")
        compiler = "clang" if llvm else cross + "gcc"
        if shutil.which("ccache"):
            compiler = "ccache " + compiler
        self.variables = [f"O={self.dir}", f"ARCH={arch or name}", f"CC={compiler}"]
        self.variables += ["LLVM=1"] if llvm else [f"CROSS_COMPILE={cross}"]

    def make(self, *args):
        return run("make", "-k", "-s", *self.variables, f"-j{JOBS}", *args)

    def configure(self):
        """Return what is wrong with the configuration, '' when nothing is."""
        parts = ["ours.config"] * self.engines + [self.name + ".config"]
        text = "".join(read(os.path.join(HERE, part)) for part in parts)
        fragment = os.path.join(self.dir, "asked.config")
        os.makedirs(self.dir, exist_ok=True)
        with open(fragment, "w", encoding="utf-8") as file:
            file.write(text)
        status, said = self.make(f"KCONFIG_ALLCONFIG={fragment}", "allnoconfig")
        if status:
            return said or "allnoconfig failed"
        got = set(read(os.path.join(self.dir, ".config")).splitlines())
        # The last line about a symbol is the one that counts.
        asked = dict(re.findall(r"^(CONFIG_\w+)=(.*)$", text, re.MULTILINE))
        return "".join(f"asked for {symbol}={value}, which the tree does not grant\n"
                       for symbol, value in asked.items() if f"{symbol}={value}" not in got)

    def object(self, source):
        return os.path.join(self.dir, source[:-2] + ".o")

    def compile(self, sources, *options):
        """Compile the folders of sources anew; return make's status and what was said."""
        folders = sorted({os.path.dirname(path) for path in sources})
        for path in sources:
            if os.path.exists(self.object(path)):
                os.unlink(self.object(path))
        return self.make(*options, *(folder + "/" for folder in folders))

    def expected(self, code):
        """Those of our files that this configuration compiles."""
        code = [path for path in code if not re.match(self.foreign, path)]
        if self.engines:
            return code
        return [path for path in code if path.startswith("crypto/") and
                not re.search(r"/engine\.c|/async_tx_test\.c|kunit|/test_model\.h", path)]

    def complaints(self, path, about):
        """What was said of a file, its own absence included."""
        if path.endswith(".c") and not os.path.exists(self.object(path)):
            return about.get(path, path + ": not compiled in this configuration\n")
        return about.get(path, "")


BUILDS = (
    Build("x86_64", "gcc, as modules"),
    Build("i386", "32 bits, highmem, one processor, no DMA engine", engines=False),
    Build("arm", "32 bits, highmem, one processor, built in", cross="arm-linux-gnueabihf-"),
    Build("um", "User Mode Linux in simulated time, built in"),
    Build("s390", "big-endian, as modules", cross="s390x-linux-gnu-"),
    Build("riscv", "clang, PREEMPT_RT, built in", llvm=True),
    Build("clang", "x86-64, clang, PREEMPT_RT, as modules", arch="x86_64", llvm=True),
)


def messages_by_file(said):
    """Sort the compiler's and sparse's messages by the file that they point at."""
    about = {}
    for line in said.splitlines():
        match = MESSAGE.match(line)
        if match:
            path = re.sub(r"^(\.\./)+", "", match.group(1))
            path = os.path.relpath(path, TREE) if path.startswith(TREE) else path
            about[path] = about.get(path, "") + line + "\n"
    return about


def check_builds(files, link):
    code = [path for path in files if path.startswith(KERNEL_TOPS) and path.endswith((".c", ".h"))]
    shown = set()
    for build in BUILDS if code else ():
        lost = build.configure()
        if lost:
            result(False, "W=1, sparse", f"{build.name}: configuration", lost)
        expected = build.expected(code)
        sources = [path for path in expected if path.endswith(".c")]
        status, said = build.compile(sources, "W=1", "C=2", "CHECK=sparse")
        about = messages_by_file(said)
        ours = {path: build.complaints(path, about) for path in expected}
        # Each of our files by itself in the first build that has it; all together in the others.
        for path, complaints in ours.items():
            if path not in shown:
                shown.add(path)
                result(not complaints, "W=1, sparse", path, complaints)
        # A message that macros make is about the header that they are in.
        rest = [text for path, text in about.items() if path not in expected]
        wrong = "".join([*ours.values(), *rest]) or (reasons(said) if status else "")
        result(not wrong, "W=1, sparse", f"{build.name}: {build.what}, {len(sources)} files", wrong)
        if not build.engines:
            check_stubs(build)
        if link:
            status, said = build.make("vmlinux", "modules")
            result(status == 0, "links", f"{build.name}: {build.what}", reasons(said) if status else "")


def check_stubs(build):
    """Users of dmaengine.h and async_tx.h, which has nothing but stubs for them there."""
    objects = [path[:-2] + ".o" for path in CLIENTS]
    status, said = build.make(*objects)
    missing = [name for name in objects if not os.path.exists(os.path.join(build.dir, name))]
    result(status == 0 and not said.strip() and not missing, "stubs",
           f"{build.name}: {len(objects)} users of our headers",
           said + "".join(f"{name} was not built\n" for name in missing))


def reasons(said):
    """The lines that say why a build failed, rather than which makes gave up on it."""
    why = [line for line in said.splitlines()
           if re.search(r"error: |No rule|undefined|ERROR: ", line)]
    return "\n".join((why or said.splitlines())[-15:])


def check_modules(files):
    """External test modules under tools/: built against the x86-64 configuration."""
    build = BUILDS[0]
    for makefile in files:
        folder, name = os.path.split(makefile)
        if not folder.startswith("tools/") or name != "Kbuild":
            continue
        sources = [path for path in files if os.path.dirname(path) == folder and path.endswith(".c")]
        copy = os.path.join(build.dir, "external", folder)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(os.path.join(TREE, folder), copy)
        objects = [os.path.basename(path)[:-2] + ".o" for path in sources]
        status, said = build.make("modules_prepare")
        if not status:
            status, said = build.make(f"M={copy}", "W=1", "C=2", "CHECK=sparse", *objects)
        ours = "".join(line + "\n" for line in said.splitlines() if copy in line)
        result(status == 0 and not ours, "W=1, sparse", folder, ours or (reasons(said) if status else ""))


def exempt(finding, exemptions):
    """Is this line of checkpatch's terse output one that exempt.list names?"""
    match = re.match(r"(\S+?):(\d+): \w+:(\w+): ", finding)
    if not match:
        return False
    path, number, kind = match.groups()
    line = read(os.path.join(TREE, path)).splitlines()[int(number) - 1]
    return any((path, kind) == (where, what) and text in line for where, what, text in exemptions)


def check_style(files):
    exemptions = [line.split(maxsplit=2) for line in read(os.path.join(HERE, "exempt.list")).splitlines()
                  if line and not line.startswith("#")]
    for path in files:
        name = os.path.basename(path)
        if path.startswith(FOREIGN):
            continue
        if not (path.endswith((".c", ".h", ".rst")) or name in ("Makefile", "Kbuild") or
                name.startswith("Kconfig")):
            continue
        status, said = run("perl", "scripts/checkpatch.pl", "--strict", "--no-summary", "--terse",
                           "--show-types", "-f", path)
        # Terse output is one line a finding; anything is too much.
        left = "\n".join(line for line in said.splitlines() if not exempt(line, exemptions))
        result(not left and (status == 0 or bool(said)), "checkpatch", path, left)


def exported(text):
    """Names of the functions that are exported. kernel-doc has no words for variables."""
    return [name for name in re.findall(r"^EXPORT_SYMBOL\w*\((\w+)", text, re.MULTILINE)
            if re.search(rf"^(?!EXPORT).*\b{name}\(", text, re.MULTILINE)]


def public(text):
    """Names of the functions that a header declares or defines inline."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#.*?(?<!\\)$", "", text, flags=re.DOTALL | re.MULTILINE)
    names = re.findall(r"^(?!typedef|\s)[\w\s*]*?\b(\w+)\((?!\*)[^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)\s*"
                       r"(?:__\w+\s*)*[;{]", text, re.MULTILINE)
    return [name for name in names if not name.startswith("_")]


def documented(text):
    """Names that have a kernel-doc comment."""
    return set(re.findall(r"^/\*\*\n \* (\w+)\(?\)?(?:\s*-|$)", text, re.MULTILINE))


def check_docs(files):
    code = [path for path in files if path.startswith(KERNEL_TOPS) and path.endswith((".c", ".h"))]
    texts = {path: read(os.path.join(TREE, path)) for path in code}
    has = set().union(*map(documented, texts.values())) if texts else set()
    for path in code:
        status, said = run("perl", "scripts/kernel-doc", "-none", "-Wall", path)
        wanted = exported(texts[path])
        if path in PUBLIC_HEADERS:
            wanted += public(texts[path])
        missing = [name for name in dict.fromkeys(wanted) if name not in has]
        if missing:
            said += "no kernel-doc for " + ", ".join(missing)
        result(status == 0 and not said.strip(), "kernel-doc", path, said)


def scripts():
    """Our shell and Python scripts: {path in the checkout: first line}."""
    found = {}
    for folder, folders, names in os.walk(SRC):
        folders[:] = sorted(name for name in folders if name not in (".git", "__pycache__") and
                            os.path.join(folder, name) != OUT)
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or name.endswith("~"):
                continue
            with open(path, encoding="utf-8", errors="replace") as file:
                first = file.readline()
            if name.endswith((".sh", ".py")) or first.startswith("#!"):
                found[os.path.relpath(path, SRC)] = first
    return dict(sorted(found.items()))


def check_scripts():
    for path, first in scripts().items():
        if path.endswith(".py") or "python" in first:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    compile(read(os.path.join(SRC, path)), path, "exec")
                    said = "\n".join(str(warning.message) for warning in caught)
                except SyntaxError as error:
                    said = str(error)
            result(not said, "python", path, said)
        elif path.endswith(".sh") or re.match(r"#!.*\b(ba|da)?sh\b", first):
            status, said = run("shellcheck", "-x", "-P", "SCRIPTDIR", path, cwd=SRC)
            result(status == 0 and not said.strip(), "shellcheck", path, said)


def check_untouched(files):
    """The clients must be the base's own: we run them, we do not change them."""
    mine = set(files)
    for folder in ("drivers/md", "drivers/dma/dmatest.c", "crypto/async_tx/raid6test.c"):
        paths = [folder]
        if os.path.isdir(os.path.join(BASE, folder)):
            paths = [os.path.relpath(os.path.join(top, name), BASE)
                     for top, _, names in os.walk(os.path.join(BASE, folder)) for name in names]
        other = [path for path in paths if path in mine or not os.path.exists(os.path.join(TREE, path)) or
                 not filecmp.cmp(os.path.join(BASE, path), os.path.join(TREE, path), shallow=False)]
        result(not other, "untouched", f"{folder} ({len(paths)} files)", "\n".join(other))


def main():
    files = our_files()
    check_scripts()
    check_untouched(files)
    check_style(files)
    check_docs(files)
    check_builds(files, link="--link" in sys.argv[1:])
    check_modules(files)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
