#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Assemble the kernel tree: base + overlay + patches ("make tree").

In the work folder ($OUT) this keeps
  base/   the pristine kernel, from the distribution's package or from $KERNEL
  tree/   the same files hard-linked, with ours laid over and patches applied

The overlay is every file of the checkout ($SRC) below a top-level folder that
the kernel has too; it goes to the path that it has here.  The checkout's top
Kconfig goes to Kconfig.async_tx; no other top-level file is laid.

Two rules make it safe to run at any moment and cheap to run again:
  - What the tree should be is worked out whole, and checked, before anything in
    it is touched; so a refusal leaves all as it was.
  - A file of the tree is never written in place, for it may be one with the
    base's: a new one is made beside it and renamed over it.  What already has
    the right content is left alone, date included, so builds stay incremental;
    what changes gets the present time, even if it goes back to the base's.

Nothing of an earlier run is trusted unseen: base/ must have the names, sizes
and dates that it was unpacked with, and each file of tree/ must be the base's
own inode, or have the content it ought to have.
"""

import fcntl
import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

SERIES = "6.12"
PACKAGE_TARBALL = "/usr/src/linux-source-6.12.tar.xz"
MARKER = ".async_tx-work"
KCONFIG_NAME = "Kconfig.async_tx"

# What editors, builds and merges leave behind is no part of the overlay.
LEFTOVERS = ("*~", ".*.sw?", "*.o", "*.ko", "*.mod", "*.mod.c", "*.orig",
             "*.rej", ".*.cmd", "__pycache__", "*.pyc", ".git")


class Refused(Exception):
    """The tree cannot be assembled; the text says why."""


def say(what, text=""):
    print(f"{what:<9} {text}".rstrip(), flush=True)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def walk(top, skip=()):
    """Yield (relative path, directory entry) of all files in top."""
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(os.path.join(top, folder)) as entries:
            for entry in entries:
                if entry.name in skip:
                    continue
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                else:
                    yield path, entry


def inodes(top):
    """Return {relative path: inode}, as the folders state them: nothing is looked up."""
    return {path: entry.inode() for path, entry in walk(top)}


def scan(top, skip=()):
    """Return {relative path: (size, mtime in ns, inode)} of all files in top."""
    found = {}
    for path, entry in walk(top, skip):
        stat = entry.stat(follow_symlinks=False)
        found[path] = (stat.st_size, stat.st_mtime_ns, entry.inode())
    return found


def fingerprint(files):
    """Digest of names, sizes and dates, as a check that nothing was changed."""
    digest = hashlib.sha256()
    for path in sorted(files):
        size, mtime, _ = files[path]
        digest.update(f"{path}\0{size}\0{mtime}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def kernel_version(top):
    """Return a version like 6.12.117 as the kernel's own Makefile states it."""
    try:
        text = read(os.path.join(top, "Makefile")).decode(errors="replace")
    except OSError as error:
        raise Refused(f"{top} is no kernel tree: {error.strerror}: Makefile") from None
    fields = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *(\S*) *$",
                             text, re.MULTILINE))
    if not {"VERSION", "PATCHLEVEL", "SUBLEVEL"} <= fields.keys():
        raise Refused(f"{top} is no kernel tree: its Makefile states no version")
    return "{VERSION}.{PATCHLEVEL}.{SUBLEVEL}".format(**fields) + fields.get("EXTRAVERSION", "")


def load_json(path):
    """Return what save_json() wrote, {} when there is nothing usable."""
    try:
        data = json.loads(read(path))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def save_json(path, data):
    if load_json(path) == data:
        return
    replace_file(path, json.dumps(data, indent=1, sort_keys=True).encode() + b"\n", 0o644)


def replace_file(path, content, mode):
    """Make path a new file with this content; its old inode stays as it was."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fresh = f"{path}.async_tx-new"
    try:
        with open(fresh, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        os.replace(fresh, path)
    except BaseException:
        if os.path.lexists(fresh):
            os.unlink(fresh)
        raise


def link_tree(origin, target):
    """Hard-link origin to target, whole or not at all."""
    fresh = f"{target}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    subprocess.run(["cp", "-al", "--", origin, fresh], check=True)
    shutil.rmtree(target, ignore_errors=True)
    os.rename(fresh, target)


class Base:
    """The pristine kernel in base/: made anew if its source or itself changed."""

    def __init__(self, out, kernel):
        self.dir = os.path.join(out, "base")
        self.fresh = self.dir + ".new"
        self.stamp_path = os.path.join(out, "base.json")
        self.kernel = os.path.realpath(kernel) if kernel else None
        self.stamp = load_json(self.stamp_path)
        self.renewed = False
        self.check_source(os.path.realpath(out))
        self.source = self.identify()
        self.files = {}
        if os.path.isdir(self.dir):
            self.files = scan(self.dir)

    def check_source(self, out):
        if self.kernel is None:
            if not os.path.isfile(PACKAGE_TARBALL):
                raise Refused(f"no {PACKAGE_TARBALL}: install linux-source-6.12, or give KERNEL=dir")
            return
        if not os.path.isdir(self.kernel):
            raise Refused(f"KERNEL={self.kernel} is no folder")
        if os.path.commonpath([self.kernel, out]) in (self.kernel, out):
            raise Refused(f"KERNEL={self.kernel} and the work folder {out} must lie apart")
        for sign in (".config", "include/config", "include/generated"):
            if os.path.lexists(os.path.join(self.kernel, sign)):
                raise Refused(f"KERNEL={self.kernel} was built or configured in place "
                              f"({sign} is there): run 'make mrproper' in it, or give a clean copy")
        self.check_version(self.kernel)

    @staticmethod
    def check_version(top):
        version = kernel_version(top)
        if not re.match(re.escape(SERIES) + r"\.\d+", version):
            raise Refused(f"{top} is {version}, and this needs {SERIES}.y")
        return version

    def identify(self):
        """Describe the source, so that a later run sees whether it is the same."""
        if self.kernel:
            files = scan(self.kernel, skip=(".git",))
            return {"dir": self.kernel, "fingerprint": fingerprint(files)}
        stat = os.stat(PACKAGE_TARBALL)
        source = {"tarball": PACKAGE_TARBALL, "size": stat.st_size, "mtime": stat.st_mtime_ns}
        known = self.stamp.get("source", {})
        # Read 150 MB again only if the file looks another than last time.
        if {key: known.get(key) for key in source} == source and "sha256" in known:
            return known
        source["sha256"] = sha256_of(PACKAGE_TARBALL)
        return source

    def same_source(self):
        known = dict(self.stamp.get("source", {}))
        if "sha256" in self.source:
            return known.get("sha256") == self.source["sha256"]
        return known == self.source

    def prepare(self):
        """Have a good base, in base/ or, not yet moved there, in base.new/."""
        if self.same_source() and self.files and \
           fingerprint(self.files) == self.stamp.get("fingerprint"):
            if self.stamp["source"] != self.source:
                save_json(self.stamp_path, {**self.stamp, "source": self.source})
            return self.dir
        if self.files and not self.same_source():
            say("base", "another source than last time: made anew")
        elif self.files:
            say("base", "not as it was unpacked: made anew")
        shutil.rmtree(self.fresh, ignore_errors=True)
        if self.kernel:
            self.copy_kernel()
        else:
            self.unpack()
        version = self.check_version(self.fresh)
        self.files = scan(self.fresh)
        self.stamp = {"source": self.source, "version": version,
                      "fingerprint": fingerprint(self.files)}
        self.renewed = True
        return self.fresh

    def unpack(self):
        say("unpack", PACKAGE_TARBALL)
        os.makedirs(self.fresh)
        done = subprocess.run(["tar", "-xJf", PACKAGE_TARBALL, "-C", self.fresh,
                               "--strip-components=1", "--no-same-owner"],
                              check=False, capture_output=True, text=True)
        if done.returncode:
            raise Refused(f"cannot unpack {PACKAGE_TARBALL}: {done.stderr.strip()}")

    def copy_kernel(self):
        """Hard-link $KERNEL where the file system lets us, else copy it."""
        say("copy", self.kernel)
        for how in ("-al", "-a"):
            shutil.rmtree(self.fresh, ignore_errors=True)
            done = subprocess.run(["cp", how, "--", self.kernel, self.fresh],
                                  check=False, capture_output=True, text=True)
            if not done.returncode:
                break
        else:
            raise Refused(f"cannot copy {self.kernel}: {done.stderr.strip()}")
        git = os.path.join(self.fresh, ".git")
        if os.path.isdir(git) and not os.path.islink(git):
            shutil.rmtree(git)
        elif os.path.lexists(git):
            os.unlink(git)

    def commit(self):
        """Let base.new/ take the place of base/."""
        if not self.renewed:
            return
        if os.path.lexists(self.stamp_path):
            os.unlink(self.stamp_path)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.rename(self.fresh, self.dir)
        save_json(self.stamp_path, self.stamp)

    def discard(self):
        shutil.rmtree(self.fresh, ignore_errors=True)


def is_leftover(name):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in LEFTOVERS)


def overlay_files(src, base, out):
    """Return {path in the tree: path in the checkout} of what is laid."""
    found = {}
    for top in sorted(os.listdir(src)):
        path = os.path.join(src, top)
        if top.startswith(".") or not os.path.isdir(path) or \
           not os.path.isdir(os.path.join(base, top)):
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not is_leftover(name) and
                                os.path.realpath(os.path.join(folder, name)) != out)
            for name in files:
                if not is_leftover(name):
                    full = os.path.join(folder, name)
                    found[os.path.relpath(full, src)] = full
    if os.path.isfile(os.path.join(src, "Kconfig")):
        found[KCONFIG_NAME] = os.path.join(src, "Kconfig")
    return found


def replaceable(src):
    text = read(os.path.join(src, "tools/testing/async_tx/replaces.list")).decode()
    return {line.strip() for line in text.splitlines()
            if line.strip() and not line.startswith("#")}


class Plan:
    """What the tree must hold besides the base's own files."""

    def __init__(self):
        self.kind = {}          # path: 'replaced', 'added' or 'patched'
        self.content = {}       # path: bytes
        self.mode = {}          # path: permission bits
        self.why = {}           # path: names of its patches

    def add(self, path, kind, content, executable):
        self.kind[path] = kind
        self.content[path] = content
        self.mode[path] = 0o755 if executable else 0o644

    def counts(self):
        return ", ".join(f"{sum(kind == k for k in self.kind.values())} {kind}"
                         for kind in ("replaced", "added", "patched"))

    def lay_overlay(self, src, base, out):
        allowed = replaceable(src)
        for path, origin in overlay_files(src, base, out).items():
            in_base = os.path.lexists(os.path.join(base, path))
            if in_base and path not in allowed:
                raise Refused(f"{path} would replace a file of the base that "
                              "tools/testing/async_tx/replaces.list does not name")
            if not in_base and path in allowed:
                raise Refused(f"the base has no {path}, which is to be replaced: it does not fit")
            self.add(path, "replaced" if in_base else "added", read(origin),
                     os.access(origin, os.X_OK))

    def apply_patches(self, src, base, scratch):
        folder = os.path.join(src, "patches")
        names = sorted(fnmatch.filter(os.listdir(folder), "*.patch")) if os.path.isdir(folder) else []
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        try:
            for name in names:
                self.apply_patch(os.path.join(folder, name), name, base, scratch)
            for path in self.why:
                result = os.path.join(scratch, path)
                self.add(path, "patched", read(result), os.access(result, os.X_OK))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def apply_patch(self, patch, name, base, scratch):
        """Apply one patch to copies of the files that it names."""
        text = read(patch).decode(errors="replace")
        paths = re.findall(r"^\+\+\+ b/(\S+)", text, re.MULTILINE)
        if not paths:
            raise Refused(f"patches/{name} changes nothing")
        for path in paths:
            if path in self.kind:
                raise Refused(f"patches/{name} changes {path}, which the overlay lays whole")
            origin = os.path.join(base, path)
            copy = os.path.join(scratch, path)
            if not os.path.lexists(copy) and os.path.isfile(origin):
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                shutil.copyfile(origin, copy)
                shutil.copymode(origin, copy)
            self.why.setdefault(path, []).append(name)
        done = subprocess.run(["patch", "-p1", "-N", "-F0", "-s", "--no-backup-if-mismatch",
                               "-r", "-", "-i", patch],
                              cwd=scratch, check=False, capture_output=True, text=True)
        if done.returncode:
            reason = " ".join((done.stdout + done.stderr).split())
            raise Refused(f"patches/{name} does not apply to {kernel_version(base)}: {reason}")


class Tree:
    """The assembled tree in tree/."""

    def __init__(self, out, base):
        self.dir = os.path.join(out, "tree")
        self.state_path = os.path.join(out, "tree.json")
        self.base = base
        self.changes = 0

    def report(self, what, path):
        self.changes += 1
        say(what, path)

    def path(self, path):
        return os.path.join(self.dir, path)

    def renew(self, plan):
        """Start from the base's files, with none of ours."""
        # Objects built from another base may look newer than their sources.
        shutil.rmtree(os.path.join(os.path.dirname(self.dir), "build"), ignore_errors=True)
        say("link", self.dir)
        link_tree(self.base.dir, self.dir)
        save_json(self.state_path, {"laid": sorted(plan.kind)})

    def lay(self, plan):
        laid = set(load_json(self.state_path).get("laid", []))
        # Written down before it is done: a run that is cut short in between
        # must not leave files that no later run knows to be ours.
        save_json(self.state_path, {"laid": sorted(laid | plan.kind.keys())})
        for path in sorted(plan.kind):
            self.lay_one(path, plan)
        present = inodes(self.dir)
        for path in sorted(laid - plan.kind.keys() - self.base.files.keys()):
            self.remove(path)
            present.pop(path, None)
        self.restore(plan, present)
        strays = present.keys() - self.base.files.keys() - plan.kind.keys()
        if strays:
            say("note", f"{len(strays)} other files in {self.dir}, "
                f"such as {min(strays)}: left alone; build with O=")
        save_json(self.state_path, {"laid": sorted(plan.kind)})

    def lay_one(self, path, plan):
        target = self.path(path)
        content = plan.content[path]
        if os.path.isfile(target) and not os.path.islink(target):
            mode = os.stat(target).st_mode & 0o777
            if mode == plan.mode[path] and read(target) == content:
                return
        elif os.path.isdir(target):
            shutil.rmtree(target)
        replace_file(target, content, plan.mode[path])
        patches = ", ".join(plan.why.get(path, []))
        self.report(plan.kind[path], f"{path} ({patches})" if patches else path)

    def remove(self, path):
        target = self.path(path)
        if os.path.lexists(target):
            os.unlink(target)
            self.report("removed", path)
        folder = os.path.dirname(path)
        while folder and not os.path.isdir(os.path.join(self.base.dir, folder)):
            try:
                os.rmdir(self.path(folder))
            except OSError:
                break
            folder = os.path.dirname(folder)

    def restore(self, plan, present):
        """Bring back the base's files where something else is in their place."""
        for path in self.base.files.keys() - plan.kind.keys():
            inode = self.base.files[path][2]
            if present.get(path) == inode:
                continue
            origin = os.path.join(self.base.dir, path)
            target = self.path(path)
            if os.path.islink(origin):
                if os.path.islink(target) and os.readlink(target) == os.readlink(origin):
                    continue
                if os.path.lexists(target):
                    os.unlink(target)
                os.symlink(os.readlink(origin), target)
            else:
                content = read(origin)
                if path in present and not os.path.islink(target) and read(target) == content:
                    continue
                # A copy, not a link: it must look new to make.
                replace_file(target, content, os.stat(origin).st_mode & 0o777)
            self.report("restored", path)


def assemble(src, out, kernel):
    base = Base(out, kernel)
    try:
        where = base.prepare()
        plan = Plan()
        plan.lay_overlay(src, where, os.path.realpath(out))
        plan.apply_patches(src, where, os.path.join(out, "patch.tmp"))
    except BaseException:
        base.discard()
        raise
    base.commit()
    if base.renewed:
        base.files = scan(base.dir)
    tree = Tree(out, base)
    if base.renewed or not os.path.isdir(tree.dir):
        tree.renew(plan)
    tree.lay(plan)
    state = "assembled" if tree.changes else "unchanged"
    say("tree", f"{base.stamp['version']}, {plan.counts()}: {state}")


def take_lock(out):
    """One run at a time in a work folder; held until the process ends."""
    lock = open(os.path.join(out, MARKER), "a", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("wait", f"another run uses {out}")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main():
    src, out = os.environ["SRC"], os.environ["OUT"]
    if re.search(r"[\s:]", out):
        raise Refused(f"the work folder {out!r} must have no space or colon in its path")
    if os.path.isdir(out) and os.listdir(out) and not os.path.exists(os.path.join(out, MARKER)):
        raise Refused(f"{out} has other things in it: give an empty or new folder as OUT=")
    os.makedirs(out, exist_ok=True)
    lock = take_lock(out)
    try:
        assemble(src, out, os.environ.get("KERNEL"))
    finally:
        lock.close()


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        sys.exit(f"make tree: refused: {refusal}")
    except (OSError, subprocess.CalledProcessError) as failure:
        sys.exit(f"make tree: {failure}")
