#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every command of `wattpurse` does with files that are not there, are no files or have no
end, and with a standard output that cannot be written."""

import os
import subprocess
import threading
import unittest
from pathlib import Path

from tariffs import PEAK_VALLEY, PROGRAM, ROOT, Folder, flat

FULL = Path("/dev/full")
ZERO = Path("/dev/zero")


class Case(unittest.TestCase):
    def setUp(self):
        self.at = Folder(self)
        self.tariff = self.at.file("t.json", flat())

    def refused(self, *words):
        """The one line that is said."""
        status, text, complaint = self.at.run(*words)
        self.assertEqual((status, text), (1, ""), complaint)
        lines = complaint.splitlines()
        self.assertEqual(len(lines), 1, complaint)
        return lines[0]

    def commands_on(self, path):
        """Each command of the kind that reads a file, with that file."""
        usage = self.at.file("u.csv", "from,until,kwh\n2026-01-01,2026-01-02,1\n")
        yield "bill", "--tariff", path, "T1=1"
        yield "bill", "--tariff", self.tariff, "--usage", path
        yield "bill", "--tariff", self.tariff, "--usage", usage, "--attributes", path
        yield "compare", "--tariff", self.tariff, "--tariff", path, "T1=1"
        yield "compare", "--tariff", self.tariff, "--tariff", self.tariff, "--usage", path
        for name in ("check", "show", "explain", "import-urdb"):
            yield "tariff", name, path
        yield "catalogue", "check", path
        yield "catalogue", "list", "--with", path
        yield "profile", "check", path


class Files(Case):
    def test_that_are_not_there(self):
        path = str(self.at.path / "none.json")
        for words in self.commands_on(path):
            self.assertEqual(self.refused(*words), f"wattpurse: {path}: no such file", words)
        self.assertEqual(self.refused("tariff", "check", ""), 'wattpurse: "": no such file')

    def test_that_are_folders(self):
        for words in self.commands_on(self.at.path):
            self.assertEqual(self.refused(*words),
                             f"wattpurse: {self.at.path}: a folder, expected a file", words)

    @unittest.skipIf(os.geteuid() == 0, "whoever is root may read everything")
    def test_that_may_not_be_read(self):
        path = self.at.file("secret.json", PEAK_VALLEY)
        os.chmod(path, 0)
        self.assertIn(f"wattpurse: {path}: cannot be read (", self.refused("tariff", "check", path))

    def test_that_are_books(self):
        path = str(self.at.path / "none.db")
        for words in (("statement", "--store", path, "F07"),
                      ("export", "--store", path, "--tariff", self.tariff)):
            if self.at.run(words[0], "--help")[0] == 0:
                self.assertEqual(self.refused(*words), f"wattpurse: {path}: no such file")
                self.assertFalse(Path(path).exists())  # SQLite would make one

    @unittest.skipUnless(ZERO.exists(), "no /dev/zero")
    def test_that_have_no_end(self):
        for words in self.commands_on(ZERO):
            size = "256" if words[-2] == "--usage" else "16"
            self.assertEqual(self.refused(*words), f"wattpurse: /dev/zero: more than {size} MiB, "
                                                   "which is the most that is read", words)

    def test_that_are_pipes(self):
        path = self.at.path / "pipe"
        os.mkfifo(path)

        def fill(head, row, times):
            try:
                with open(path, "wb") as out:
                    out.write(head)
                    for _ in range(times):
                        out.write(row)
            except BrokenPipeError:
                pass

        row = b"2026-01-01,2026-01-02,1\n" * 10000
        for times, words in ((0, None), (10**6, "more than 256 MiB")):
            head = b"from,until,kwh\n2026-01-01,2026-01-02,1\n"
            writer = threading.Thread(target=fill, args=(head, row, times))
            writer.start()
            status, _, complaint = self.at.run("bill", "--tariff", self.tariff, "--usage", path)
            writer.join()
            self.assertEqual(status, 1 if words else 0, complaint)
            self.assertIn(words or "", complaint)

    def test_several_are_all_told_of(self):
        status, text, complaint = self.at.run("tariff", "check", "none", self.tariff, self.at.path)
        self.assertEqual((status, text), (1, "ok: Town, 1 version, 1 charge\n"))
        self.assertEqual(len(complaint.splitlines()), 2)


class Values(Case):
    def test_an_unknown_value_is_told_in_one_line(self):
        for words, told in ((("show", self.tariff, "--year", "1"), "--year"),
                            (("show", self.tariff, "--year", "soon"), "--year"),
                            (("explain", self.tariff, "--lang", "fr"), "--language")):
            status, text, complaint = self.at.run("tariff", *words)
            self.assertEqual((status, text), (2, ""))
            self.assertTrue(complaint.startswith(f"wattpurse: {told}: "), complaint)
            self.assertEqual(len(complaint.splitlines()), 1, complaint)


@unittest.skipUnless(FULL.exists(), "no /dev/full")
class Output(Case):
    def commands(self):
        rate = self.at.file("rate.json", {"label": "x", "utility": "U", "name": "N",
                                          "energyratestructure": [[{"rate": 0.1}]],
                                          "energyweekdayschedule": [[0] * 24] * 12,
                                          "energyweekendschedule": [[0] * 24] * 12})
        yield "--help",
        yield "--version",
        yield "bill", "--tariff", self.tariff, "T1=1"
        yield "bill", "--tariff", self.tariff, "T1=1", "--json"
        yield "compare", "--tariff", self.tariff, "--tariff", self.tariff, "T1=1"
        yield "tariff", "check", self.tariff
        yield "tariff", "show", ROOT / "share/tariffs/zhejiang_residential.json"
        yield "tariff", "explain", self.tariff
        yield "tariff", "import-urdb", rate
        yield "catalogue", "list"
        yield "profiles",
        yield "profile", "show", "eastron_sdm120"
        yield "decode", "6872000000002668110433333435B716"

    def run_into(self, words, out):
        done = subprocess.run([PROGRAM, *map(str, words)], stdout=out, stderr=subprocess.PIPE,
                              text=True, check=False, timeout=120)
        return done.returncode, done.stderr.splitlines()

    def test_that_cannot_be_written(self):
        for words in self.commands():
            with FULL.open("w", encoding="utf-8") as out:
                status, complaint = self.run_into(words, out)
            self.assertEqual(status, 1, words)
            self.assertEqual(complaint[-1:], ["wattpurse: standard output: cannot be written"],
                             words)
            with open(os.devnull, "w", encoding="utf-8") as out:
                self.assertNotIn("cannot be written", " ".join(self.run_into(words, out)[1]))

    def test_that_is_closed(self):
        done = subprocess.run(["sh", "-c", f'exec "$0" tariff check "{self.tariff}" >&-', PROGRAM],
                              stderr=subprocess.PIPE, text=True, check=False, timeout=120)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "wattpurse: standard output: cannot be written\n"))


if __name__ == "__main__":
    unittest.main()
