# SPDX-License-Identifier: GPL-2.0-only
"""Which C files may include a header, directly or through others?

Judged by the text alone, without a configuration, so the answer is too large
rather than too small: an include under #ifdef counts, and a name that cannot
be resolved for certain stands for every file that it may mean.  What a compile
then records tells which of them really do.
"""

import collections
import os
import re

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
SEARCH = re.compile(r"-I *\$\((srctree|src)\)/([\w./-]+)")
# Not compiled for the kernel, or not for it alone.
SKIPPED = {"Documentation", "scripts", "tools"}


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Sources:
    """All sources of a tree that one architecture may compile."""

    def __init__(self, tree, srcarch):
        self.tree = tree
        self.names = set()
        self.by_name = collections.defaultdict(list)
        self.search = {"include", "include/uapi", f"arch/{srcarch}/include",
                       f"arch/{srcarch}/include/uapi"}
        for top, folders, files in os.walk(tree):
            folder = os.path.relpath(top, tree)
            if folder == ".":
                folders[:] = [name for name in folders if name not in SKIPPED]
            elif folder == "arch":
                folders[:] = [srcarch]
            for name in files:
                path = os.path.normpath(os.path.join(folder, name))
                if name.endswith((".c", ".h", ".S")):
                    self.names.add(path)
                    self.by_name[name].append(path)
                elif name in ("Makefile", "Kbuild"):
                    self.add_search(folder, path)

    def add_search(self, folder, makefile):
        """Note the folders that a makefile has the compiler search."""
        text = read(os.path.join(self.tree, makefile)).decode(errors="replace")
        for start, path in SEARCH.findall(text):
            self.search.add(os.path.normpath(os.path.join(folder, path) if start == "src" else path))

    def meant(self, source, quote, name):
        """Return the files that this include may mean."""
        if quote == '"':
            beside = os.path.normpath(os.path.join(os.path.dirname(source), name))
            if beside in self.names:
                return {beside}
        if "include/" + name in self.names:
            return {"include/" + name}
        found = {os.path.normpath(os.path.join(folder, name)) for folder in self.search}
        # A search path made of variables: anything of that name nearby.
        tail = "/" + name.lstrip("./")
        near = source.split("/")[:2]
        found |= {path for path in self.by_name[os.path.basename(name)]
                  if path.endswith(tail) and path.split("/")[:2] == near}
        return found & self.names

    def users(self, headers):
        """Return the C files that may include one of headers, directly or not."""
        includers = collections.defaultdict(set)
        for source in self.names:
            for quote, name in INCLUDE.findall(read(os.path.join(self.tree, source))):
                for path in self.meant(source, quote.decode(), name.decode(errors="replace")):
                    includers[path].add(source)
        found, pending = set(headers), list(headers)
        while pending:
            fresh = includers[pending.pop()] - found
            found |= fresh
            pending += fresh
        # A C file that another one includes is no object of its own.
        return sorted(path for path in found if path.endswith(".c") and not includers[path])
