#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`wattpurse ledger` over books that this test writes itself: rows as schema version 1 has them,
and seals hashed here after the layout of `wattpurse/ledger/chain.hpp`, by Python's hashlib."""

import csv
import hashlib
import io
import sqlite3
import struct
import subprocess
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

from tariffs import PROGRAM, ROOT

MINUTE = 60_000
COLUMNS = ("account account_seq key leg kind subject effective_at recorded_at amount "
           "running_balance currency block explain").split()


def text(value):
    data = value.encode()
    return struct.pack(">I", len(data)) + data


def money(mantissa, unit):
    return struct.pack(">q", mantissa) + unit.encode()


def digest_of(number, previous, rows, sealed_at):
    out = text("wattpurse.block.1") + struct.pack(">Q", number) + previous
    out += struct.pack(">qI", sealed_at, len(rows))
    for row in rows:
        r = dict(zip(COLUMNS, row))
        out += text(r["account"]) + struct.pack(">Q", r["account_seq"]) + text(r["key"])
        out += struct.pack(">I", r["leg"]) + text(r["kind"]) + text(r["subject"])
        out += struct.pack(">qq", r["effective_at"], r["recorded_at"])
        out += money(r["amount"], r["currency"]) + money(r["running_balance"], r["currency"])
        out += text(r["explain"])
    return hashlib.sha256(out).digest()


class Books:
    """Blocks of one top-up each."""

    def __init__(self, path, amounts):
        self.file = sqlite3.connect(path)
        self.file.executescript((ROOT / "tests/sqlite/released/version_1.sql").read_text())
        self.file.executemany("INSERT INTO meta VALUES (?, ?)",
                              [("schema_version", 1), ("fence_epoch", 0)])
        heads = {}
        for i, amount in enumerate(amounts, 1):
            rows = []
            for leg, (account, sign) in enumerate([("F01", 1), ("house:payments", -1)]):
                seq, balance = heads.get(account, (0, 0))
                heads[account] = seq + 1, balance + sign * amount
                rows.append((account, seq + 1, f"t/{i}", leg, "top_up", "", i * MINUTE, i * MINUTE,
                             sign * amount, heads[account][1], "CNY", i, "money in"))
            self.file.executemany(
                f"INSERT INTO postings ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * 13)})", rows)
            self.file.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
                              (i, bytes(32), bytes(32), len(rows), i * MINUTE))
        self.reseal()

    def reseal(self):
        """Builds the whole chain anew over what the rows say now, as a forger would."""
        previous = bytes(32)
        for number, sealed_at in self.file.execute(
                "SELECT number, sealed_at FROM blocks ORDER BY number").fetchall():
            rows = self.file.execute(f"SELECT {', '.join(COLUMNS)} FROM postings WHERE block = ? "
                                     "ORDER BY id", (number,)).fetchall()
            value = digest_of(number, previous, rows, sealed_at)
            self.file.execute("UPDATE blocks SET previous = ?, digest = ?, postings = ? "
                              "WHERE number = ?", (previous, value, len(rows), number))
            previous = value
        self.file.commit()

    def alter(self, sql):
        self.file.executescript(sql)
        self.file.commit()


class Ledger(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = Path(folder.name)

    def books(self, amounts=(10_000_000, 20_500_000, 1), name="ledger.db"):
        out = Books(self.at / name, amounts)
        self.addCleanup(out.file.close)
        return out

    def run_ledger(self, *words):
        done = subprocess.run([PROGRAM, "ledger", *words], cwd=self.at, capture_output=True,
                              text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_books_that_another_program_sealed_verify(self):
        self.books()
        status, said, complaint = self.run_ledger("verify", "ledger.db")
        self.assertEqual((status, complaint), (0, ""), said)
        self.assertEqual(said.splitlines()[0], "6 postings in 3 blocks")
        self.assertEqual(said.count("ok      "), 7)

    def test_what_was_altered_is_found_and_named(self):
        alterations = {
            "amount": "UPDATE postings SET amount = 19500000 WHERE key = 't/2' AND leg = 0",
            "account": "UPDATE postings SET account = 'F02', account_seq = 1 "
                       "WHERE key = 't/2' AND leg = 0",
            "time": "UPDATE postings SET effective_at = effective_at + 1 "
                    "WHERE key = 't/2' AND leg = 0",
            "text": "UPDATE postings SET explain = 'money out' WHERE key = 't/2' AND leg = 1",
            "order": "UPDATE postings SET id = -id WHERE key = 't/2'",
            "gone": "DELETE FROM postings WHERE key = 't/2'",
        }
        for name, sql in alterations.items():
            with self.subTest(name):
                self.books(name=f"{name}.db").alter(sql)
                status, said, complaint = self.run_ledger("verify", f"{name}.db")
                self.assertEqual((status, complaint), (1, ""), said)
                self.assertIn("BROKEN  I4 every block is as it was sealed: block 2 ", said)

    def test_what_no_seal_covers_is_looked_at_too(self):
        forged = {
            "between two pages": (
                "UPDATE postings SET id = id + 100000 WHERE block > 1;"
                "UPDATE postings SET id = id - 99999 WHERE id > 100000;"
                "UPDATE blocks SET first_posting = first_posting + 1 WHERE number > 1;"
                "INSERT INTO postings SELECT 3, account, 0, 'pay/next', 0, kind, subject, "
                "effective_at, recorded_at, 0, 0, currency, 1, explain, '', NULL "
                "FROM postings WHERE id = 1", "block 2 begins at posting row 4, expected 3"),
            "a block's begin": ("UPDATE blocks SET first_posting = 9 WHERE number = 2",
                                "block 2 begins at posting row 9, expected 3"),
            "a key": ("INSERT INTO posting_keys VALUES ('pay/next', 1)",
                      "BROKEN  each posting is found by its key and its account: "),
            "a day": ("INSERT INTO sealed_days VALUES ('F01', 0, '1', 1, 86400000, x'00')",
                      "BROKEN  sealed days of readings open: the day 1970-01-01T00:00:00+00:00"),
        }
        for name, (sql, expected) in forged.items():
            with self.subTest(name):
                path = f"{name}.db"
                self.books(name=path).file.close()
                self.assertEqual(self.run_ledger("verify", path)[0], 0)  # and brought up
                file = sqlite3.connect(self.at / path)
                file.executescript(sql)
                file.close()
                status, said, complaint = self.run_ledger("verify", path)
                self.assertEqual(status, 1, said)
                self.assertIn(expected, said + complaint)

    def test_a_rebuilt_chain_is_found_by_a_seal_that_was_kept(self):
        books = self.books()
        status, seals, _ = self.run_ledger("seals", "ledger.db")
        self.assertEqual(status, 0)
        self.assertEqual(len(seals.splitlines()), 4)
        (self.at / "seals.csv").write_text(seals.splitlines()[-1] + "\n")  # the last is enough
        books.alter("UPDATE postings SET amount = amount + 1, running_balance = running_balance + 1"
                    " WHERE account = 'F01' AND account_seq >= 2;"
                    "UPDATE postings SET amount = amount - 1, running_balance = running_balance - 1"
                    " WHERE account = 'house:payments' AND account_seq >= 2;"
                    "UPDATE postings SET amount = amount - (leg = 0) + (leg = 1) "
                    "WHERE account_seq = 3")
        books.reseal()
        status, said, _ = self.run_ledger("verify", "ledger.db")
        self.assertEqual(status, 0, said)  # by itself the forgery is perfect
        status, said, _ = self.run_ledger("verify", "ledger.db", "--seals", "seals.csv")
        self.assertEqual(status, 1)
        self.assertIn("block 3 is not the one whose seal was kept: the chain was rebuilt", said)

    def test_backups_verify_and_do_not_overwrite(self):
        self.books()
        self.assertEqual(self.run_ledger("backup", "ledger.db", "copy.db"), (0, "copy.db\n", ""))
        self.assertEqual(self.run_ledger("verify", "copy.db")[0], 0)
        status, said, complaint = self.run_ledger("backup", "ledger.db", "copy.db")
        self.assertEqual((status, said), (1, ""))
        self.assertEqual(complaint, "wattpurse ledger: copy.db: is there already\n")

    def test_statements_come_in_pages_that_fit_together(self):
        self.books(amounts=(10_000_000, 20_500_000, 1, 5_000_000, 7))
        status, said, complaint = self.run_ledger("statement", "ledger.db", "F01",
                                                  "--postings", "2")
        self.assertEqual((status, complaint), (0, ""))
        self.assertIn("30.500000", said)
        self.assertTrue(said.endswith("Goes on with --after 2\n"), said)
        status, said, _ = self.run_ledger("statement", "ledger.db", "F01", "--postings", "3",
                                          "--after", "2")
        self.assertEqual(status, 0)
        self.assertNotIn("--after", said)
        for amount in ("30.500000", "30.500001", "35.500001", "35.500008"):
            self.assertIn(amount, said)
        for words in (["F02"], ["F01", "--after", "5"], ["F01", "--postings", "0"]):
            with self.subTest(words):
                status, said, complaint = self.run_ledger("statement", "ledger.db", *words)
                self.assertNotEqual(status, 0)
                self.assertEqual(said, "")
                self.assertEqual(len(complaint.splitlines()), 1, complaint)

    def test_accounts_and_what_is_open_in_them(self):
        self.books()
        status, said, complaint = self.run_ledger("accounts", "ledger.db")
        self.assertEqual((status, complaint), (0, ""))
        self.assertEqual(said, "account,postings,balance,asset\n"
                               "F01,3,30.500001,CNY\nhouse:payments,3,-30.500001,CNY\n")
        status, said, complaint = self.run_ledger("open-items", "ledger.db", "house:payments")
        self.assertEqual((status, complaint), (0, ""))
        rows = list(csv.DictReader(io.StringIO(said)))
        self.assertEqual([(r["key"], r["amount"]) for r in rows],
                         [("t/1", "-10.000000"), ("t/2", "-20.500000"), ("t/3", "-0.000001")])

    def test_the_export_has_every_posting_as_it_is(self):
        books = self.books(amounts=range(1, 40))
        expected = books.file.execute("SELECT block, account, account_seq, key, leg, amount "
                                      "FROM postings ORDER BY id").fetchall()
        status, said, complaint = self.run_ledger("export", "ledger.db")
        self.assertEqual((status, complaint), (0, ""))
        rows = list(csv.DictReader(io.StringIO(said)))
        found = [(int(r["block"]), r["account"], int(r["account_seq"]), r["key"], int(r["leg"]),
                  int(Decimal(r["amount"]) * 10**6)) for r in rows]
        self.assertEqual(found, expected)
        self.assertEqual(rows[0]["recorded_at"], "1970-01-01T08:01:00+08:00")
        status, said, _ = self.run_ledger("export", "ledger.db", "--account", "F01")
        self.assertEqual(status, 0)
        self.assertEqual([r["key"] for r in csv.DictReader(io.StringIO(said))],
                         [f"t/{i}" for i in range(1, 40)])

    def test_bad_files_are_said_in_a_line(self):
        (self.at / "notes.txt").write_text("n" * 5000)
        (self.at / "bad.csv").write_text("block,sha256\n1,00\n")
        (self.at / "empty.db").write_bytes(b"")
        self.books()
        for words in (["verify", "empty.db"], ["export", "empty.db"],
                      ["backup", "empty.db", "x.db"], ["verify", "none.db"],
                      ["verify", "notes.txt"], ["seals", "none.db"],
                      ["verify", "ledger.db", "--seals", "bad.csv"],
                      ["verify", "ledger.db", "--seals", "none.csv"],
                      ["backup", "none.db", "x.db"]):
            with self.subTest(words):
                status, said, complaint = self.run_ledger(*words)
                self.assertEqual((status, said), (1, ""), complaint)
                self.assertEqual(len(complaint.splitlines()), 1, complaint)
        self.assertEqual((self.at / "empty.db").read_bytes(), b"")


if __name__ == "__main__":
    unittest.main()
