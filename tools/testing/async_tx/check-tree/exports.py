# SPDX-License-Identifier: GPL-2.0-only
"""Do the compiled users find every dmaengine and async_tx symbol that they need?

Answered by the kernel's own modpost.  It wants whole modules and all of vmlinux,
of which we compile only the users and the providers, so
  - a module is linked from those of its objects that were compiled; where the
    one that names the licence is not among them, a stub does it;
  - vmlinux.o is linked from the objects that are built in;
  - any undefined symbol that is not of the family is declared to be exported
    elsewhere.  The family is what the providers export, ours or the base's,
    and what their headers declare.  All that is then undefined is lost.
"""

import collections
import glob
import os
import re
import shutil

from kbuild import read, run

PROVIDERS = ("drivers/dma/dmaengine", "drivers/dma/virt-dma", "drivers/dma/of-dma",
             "drivers/dma/acpi-dma")
PROVIDER_FOLDER = "crypto/async_tx"
HEADERS = ("include/linux/dmaengine.h", "include/linux/async_tx.h", "include/linux/of_dma.h",
           "include/linux/acpi_dma.h", "drivers/dma/dmaengine.h", "drivers/dma/virt-dma.h")

# What the base's async_* modules take from each other, and no client.
BETWEEN_MODULES = {"__async_tx_find_channel", "async_tx_submit"}

EXPORT = re.compile(r"^(EXPORT_SYMBOL\w*)\((\w+)(?:, *(\w+))?\);", re.MULTILINE)
UNDEFINED = re.compile(r'"(\w+)" \[\S+\.ko\] undefined!')
LICENSE_STUB = '.section .modinfo,"a"\n.asciz "license=GPL"\n'


def provider_sources(tree):
    """Return the C files that export symbols of the family."""
    found = [path + ".c" for path in PROVIDERS]
    found += [os.path.relpath(path, tree)
              for path in glob.glob(os.path.join(tree, PROVIDER_FOLDER, "*.c"))]
    return sorted(found)


def stated_exports(tree):
    """Return {symbol: (is for GPL modules only, namespace)} as the sources state it."""
    found = {}
    for path in provider_sources(tree):
        for macro, symbol, space in EXPORT.findall(read(os.path.join(tree, path))):
            found[symbol] = ("GPL" in macro, space)
    return found


def declared(text):
    """Return the names of the functions that a header declares without a body."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", "", text, flags=re.MULTILINE)
    inner = None
    while inner != text:
        inner, text = text, re.sub(r"\{[^{}]*\}", "\0", text)
    names = set()
    for statement in text.split(";"):
        statement = statement.rpartition("\0")[2].strip()
        match = re.match(r"(?!typedef\b|static\b)[\w\s*]*?\b(\w+)\(", statement)
        if match:
            names.add(match[1])
    return names


def inline(text):
    """Return the names of the functions that a header defines and does not declare as well.

    They need no export.  One that is both has a stub for when the provider is left out.
    """
    defined = re.findall(r"^static inline [^;{]*?\b(\w+)\([^;{]*\)\s*\{", text, re.MULTILINE)
    return set(defined) - declared(text)


class Symbols:
    """What nm says of some objects."""

    def __init__(self, build, paths, cwd):
        self.undefined = collections.defaultdict(set)
        self.exported = collections.defaultdict(set)
        status, said = build.tool("nm", "-A", "--", *paths, cwd=cwd)
        if status:
            raise OSError(f"nm failed: {said[:500]}")
        for line in said.splitlines():
            path, _, rest = line.partition(":")
            *_, kind, name = rest.split()
            if kind == "U":
                self.undefined[path].add(name)
            elif name.startswith("__export_symbol_"):
                self.exported[path].add(name.removeprefix("__export_symbol_"))

    def all_undefined(self):
        return set().union(*self.undefined.values())

    def all_exported(self):
        return set().union(*self.exported.values())


class Modpost:
    """Links compiled objects of a build in a folder of its own, and runs modpost on them."""

    def __init__(self, build, objects, base):
        self.build = build
        self.objects = objects
        self.dir = build.path("modpost")
        self.wanted = {symbol: how for symbol, how in stated_exports(base).items()
                       if symbol not in BETWEEN_MODULES}
        self.family = BETWEEN_MODULES | self.wanted.keys() | stated_exports(build.tree).keys()
        for header in HEADERS:
            text = read(os.path.join(build.tree, header))
            self.family |= declared(text)
            for symbol in inline(text) & self.wanted.keys():
                del self.wanted[symbol]
        self.exports = {}           # symbol: (is for GPL modules only, namespace)
        self.modules = 0
        self.said = ""              # of whatever went wrong

    def run(self):
        """Return {object: family symbols that it cannot have}; self.said if all is lost."""
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        linked = self.link()
        if self.said:
            return {}
        staged = Symbols(self.build, linked, self.dir)
        outside = staged.all_undefined() - self.family - staged.all_exported()
        with open(os.path.join(self.dir, "outside.symvers"), "w", encoding="ascii") as file:
            file.writelines(f"0x00000000\t{name}\toutside\tEXPORT_SYMBOL\t\n" for name in sorted(outside))
        # With -w it goes on to write down what is exported.
        status, said = run(self.build.path("scripts/mod/modpost"), "-M", "-w",
                           "-i", "outside.symvers", "-o", "ours.symvers", *linked, cwd=self.dir)
        if status:
            self.said = said
            return {}
        for line in read(os.path.join(self.dir, "ours.symvers")).splitlines():
            _, symbol, _, kind, space = line.split("\t")
            self.exports[symbol] = ("GPL" in kind, space)
        lost = self.lost(staged)
        if set(UNDEFINED.findall(said)) - set().union(*lost.values()):
            self.said = said
        return lost

    def link(self):
        """Link the objects module by module; return the files that modpost is to read."""
        parts = collections.defaultdict(list)
        for path in self.objects:
            parts[self.build.module(path) or "vmlinux"].append(self.build.path(path))
        stub = self.assemble_stub()
        for module, paths in parts.items():
            target = os.path.join(self.dir, module + ".o")
            if module != "vmlinux" and not any(b"license=" in open(path, "rb").read() for path in paths):
                paths.append(stub)
            status, said = self.build.tool("ld", "-r", "-o", target, *paths)
            if status:
                self.said += said
            # Of what the module is made; modpost sums it up where there is a version.
            open(target[:-2] + ".mod", "w", encoding="ascii").close()
        self.modules = len(parts.keys() - {"vmlinux"})
        return sorted((module + ".o" for module in parts), key=lambda name: (name != "vmlinux.o", name))

    def assemble_stub(self):
        source, target = (os.path.join(self.dir, "license" + end) for end in (".s", ".stub"))
        with open(source, "w", encoding="ascii") as file:
            file.write(LICENSE_STUB)
        status, said = self.build.tool("as", "-o", target, source)
        self.said += said if status else ""
        return target

    def lost(self, staged):
        """Sort by object what is undefined and not to be had."""
        compiled = Symbols(self.build, self.objects, self.build.dir)
        beyond_modules = staged.undefined.get("vmlinux.o", set()) & self.family
        found = {}
        for path in self.objects:
            needed = compiled.undefined.get(path, set()) & self.family
            if self.build.module(path):
                needed -= self.exports.keys()
            else:
                needed &= beyond_modules
            if needed:
                found[path] = needed
        return found

    def narrowed(self):
        """Return what is wrong with our exports compared with the base's, '' when nothing is."""
        said = ""
        for symbol, (gpl, space) in sorted(self.wanted.items()):
            got_gpl, got_space = self.exports.get(symbol, (None, None))
            if got_gpl is None:
                said += f"{symbol} is not exported\n"
            elif got_gpl and not gpl:
                said += f"{symbol} has become GPL-only\n"
            elif got_space != space:
                said += f"{symbol} has moved to the namespace '{got_space}'\n"
        return said
