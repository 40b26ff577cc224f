#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test tree.py ("make tree-check"): prints TAP.

Each case runs the real tree.py on a toy checkout, with a toy kernel of a few
files as KERNEL=, in a temporary folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import tap

HERE = os.path.dirname(os.path.realpath(__file__))
LONG_AGO = 1_000_000_000

KERNEL = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION =\n",
    "Kconfig": "top\n",
    "crypto/a.c": "base a\n",
    "crypto/b.c": "base b\n",
    "crypto/Makefile": "one\ntwo\nthree\n",
    "tools/README": "tools\n",
}
CHECKOUT = {
    "Kconfig": "ours\n",
    "README.md": "not laid\n",
    "crypto/a.c": "our a\n",
    "crypto/new/n.c": "our n\n",
    "crypto/a.c~": "not laid either\n",
    "tools/testing/async_tx/replaces.list": "# comment\ncrypto/a.c\n",
    "patches/0001-x.patch": "Subject: x\n---\n--- a/crypto/Makefile\n+++ b/crypto/Makefile\n"
                            "@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n",
}


def write(top, files):
    for path, text in files.items():
        full = os.path.join(top, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if os.path.lexists(full):
            os.unlink(full)
        with open(full, "w", encoding="ascii") as file:
            file.write(text)
        os.utime(full, (LONG_AGO, LONG_AGO))


def contents(top):
    """Return {path: (text, mtime)} of all files below top."""
    found = {}
    for folder, _, names in os.walk(top):
        for name in names:
            full = os.path.join(folder, name)
            with open(full, encoding="ascii") as file:
                found[os.path.relpath(full, top)] = (file.read(), os.stat(full).st_mtime_ns)
    return found


class TreeTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)
        self.src, self.kernel, self.out = (os.path.join(self.top, name) for name in ("src", "kernel", "out"))
        self.base, self.tree = os.path.join(self.out, "base"), os.path.join(self.out, "tree")
        write(self.kernel, KERNEL)
        write(self.src, CHECKOUT)

    def run_tree(self, **env):
        env = {**os.environ, "SRC": self.src, "OUT": self.out, "KERNEL": self.kernel, **env}
        return subprocess.run([sys.executable, os.path.join(HERE, "tree.py")], env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def assemble(self, **env):
        done = self.run_tree(**env)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def refuse(self, why, **env):
        """It must say why, and leave the work folder as it was."""
        before = contents(self.out) if os.path.isdir(self.out) else {}
        done = self.run_tree(**env)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(why, done.stdout)
        after = contents(self.out) if os.path.isdir(self.out) else {}
        if before:
            self.assertEqual(before, after)
        self.assertFalse([path for path in after if path.startswith(("tree/", "base/")) and path not in before])

    def texts(self):
        return {path: text for path, (text, _) in contents(self.tree).items()}

    def expected(self):
        return {**KERNEL, "crypto/a.c": "our a\n", "crypto/new/n.c": "our n\n", "Kconfig.async_tx": "ours\n",
                "crypto/Makefile": "one\nTWO\nthree\n",
                "tools/testing/async_tx/replaces.list": "# comment\ncrypto/a.c\n"}

    def test_first_run_lays_and_says_what(self):
        said = self.assemble()
        self.assertEqual(self.texts(), self.expected())
        self.assertIn("replaced  crypto/a.c", said)
        self.assertIn("added     crypto/new/n.c", said)
        self.assertIn("patched   crypto/Makefile (0001-x.patch)", said)

    def test_base_and_kernel_stay_pristine(self):
        self.assemble()
        for top in (self.base, self.kernel):
            self.assertEqual({path: text for path, (text, _) in contents(top).items()}, KERNEL)

    def test_second_run_does_nothing(self):
        self.assemble()
        before = contents(self.out)
        self.assertIn("unchanged", self.assemble())
        self.assertEqual(before, contents(self.out))

    def test_edit_lays_only_what_changed(self):
        self.assemble()
        before = contents(self.tree)
        write(self.src, {"crypto/new/n.c": "edited\n"})
        self.assemble()
        after = contents(self.tree)
        self.assertEqual({path for path in after if after[path] != before[path]}, {"crypto/new/n.c"})
        self.assertGreater(after["crypto/new/n.c"][1], before["crypto/new/n.c"][1])

    def test_overlay_file_taken_away_gives_back_the_base_with_a_new_date(self):
        self.assemble()
        before = contents(self.tree)
        os.unlink(os.path.join(self.src, "crypto/a.c"))
        shutil.rmtree(os.path.join(self.src, "crypto/new"))
        said = self.assemble()
        self.assertIn("restored  crypto/a.c", said)
        self.assertIn("removed   crypto/new/n.c", said)
        after = contents(self.tree)
        self.assertEqual(after["crypto/a.c"][0], "base a\n")
        self.assertGreater(after["crypto/a.c"][1], before["crypto/a.c"][1])
        self.assertFalse(os.path.exists(os.path.join(self.tree, "crypto/new")))
        self.assertIn("unchanged", self.assemble())

    def test_patch_taken_away_or_changed(self):
        self.assemble()
        patch = CHECKOUT["patches/0001-x.patch"]
        write(self.src, {"patches/0001-x.patch": patch.replace("TWO", "2")})
        self.assemble()
        self.assertEqual(self.texts()["crypto/Makefile"], "one\n2\nthree\n")
        os.unlink(os.path.join(self.src, "patches/0001-x.patch"))
        self.assemble()
        self.assertEqual(self.texts()["crypto/Makefile"], KERNEL["crypto/Makefile"])

    def test_second_patch_builds_on_the_first(self):
        patch = CHECKOUT["patches/0001-x.patch"]
        write(self.src, {"patches/0002-y.patch":
                         patch.replace("-two", "-TWO").replace("+TWO", "+2nd")})
        self.assemble()
        self.assertEqual(self.texts()["crypto/Makefile"], "one\n2nd\nthree\n")

    def test_damage_is_repaired(self):
        self.assemble()
        write(self.tree, {"crypto/b.c": "scribble\n", "crypto/a.c": "scribble\n"})
        os.unlink(os.path.join(self.tree, "Kconfig"))
        self.assemble()
        self.assertEqual(self.texts(), self.expected())

    def test_damaged_base_is_made_anew(self):
        self.assemble()
        write(self.base, {"crypto/b.c": "scribbled over\n"})
        self.assertIn("made anew", self.assemble())
        self.assertEqual(self.texts(), self.expected())
        self.assertEqual(contents(self.base)["crypto/b.c"][0], "base b\n")

    def test_half_made_base_or_tree_is_made_anew(self):
        self.assemble()
        os.unlink(os.path.join(self.out, "base.json"))
        os.unlink(os.path.join(self.base, "crypto/b.c"))
        shutil.rmtree(self.tree)
        os.makedirs(os.path.join(self.out, "base.new/crypto"))
        os.makedirs(os.path.join(self.out, "tree.new/crypto"))
        self.assemble()
        self.assertEqual(self.texts(), self.expected())

    def test_other_kernel_takes_the_place_of_the_first(self):
        self.assemble()
        write(self.kernel, {"crypto/b.c": "newer b\n",
                            "Makefile": KERNEL["Makefile"].replace("3", "4")})
        self.assertIn("6.12.4", self.assemble())
        self.assertEqual(self.texts()["crypto/b.c"], "newer b\n")

    def test_wrong_version_is_refused(self):
        self.assemble()
        write(self.kernel, {"Makefile": KERNEL["Makefile"].replace("12", "13")})
        self.refuse("is 6.13.3, and this needs 6.12.y")

    def test_no_kernel_is_refused(self):
        os.unlink(os.path.join(self.kernel, "Makefile"))
        self.refuse("is no kernel tree")
        self.refuse("is no folder", KERNEL=os.path.join(self.top, "nowhere"))

    def test_built_kernel_is_refused(self):
        write(self.kernel, {".config": "CONFIG_X=y\n"})
        self.refuse("built or configured in place")

    def test_patch_that_does_not_apply_is_refused(self):
        self.assemble()
        write(self.src, {"crypto/new/n.c": "must not be laid\n"})
        write(self.kernel, {"crypto/Makefile": "one\nzwei\nthree\n"})
        self.refuse("0001-x.patch does not apply to 6.12.3")

    def test_missing_file_to_replace_is_refused(self):
        os.unlink(os.path.join(self.kernel, "crypto/a.c"))
        self.refuse("the base has no crypto/a.c")

    def test_unlisted_replacement_is_refused(self):
        self.assemble()
        write(self.src, {"crypto/b.c": "by accident\n"})
        self.refuse("crypto/b.c would replace")

    def test_foreign_work_folder_is_refused(self):
        write(self.out, {"letter": "mine\n"})
        self.refuse("has other things in it")

    def test_work_folder_inside_the_kernel_is_refused(self):
        self.refuse("must lie apart", OUT=os.path.join(self.kernel, "out"))


if __name__ == "__main__":
    sys.exit(tap.run("tree", TreeTest))
