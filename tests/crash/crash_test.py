#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills the data centre again and again; the files it leaves in the end must not know of it.

A short play is first run undisturbed. Then the same play is run with `kill -9` at random moments,
with a kill at the n-th pass of "durable but not acknowledged", and with one kill at every
failpoint there is. After each kill the data centre is started again on the same store and the
same world (which has stood still). At the end every file must be the same, byte for byte, as
after the undisturbed run, and the demo's own check must find no fault.

Standard library only. WATTPURSE_BIN_DIR names the folder of the programs, which must have been
built with failpoints; WATTPURSE_LONG=1 makes four times as many kills.
"""
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(SOURCE / "examples"))
import demo  # noqa: E402
import demo_check  # noqa: E402

BIN = Path(os.environ.get("WATTPURSE_BIN_DIR", SOURCE / "build" / "dev" / "bin"))
LONG = os.environ.get("WATTPURSE_LONG") == "1"
FLATS, DAYS, SEED = 6, 3, 7
# A short play has its cuts only if customers are warned for an hour, not for twelve.
POLICY = {"notice_age_min_minutes": 60, "overdraft_limit": "1.00", "alarm_2": "3",
          "protected_days": []}
COMPARED = ["readings.csv", "postings.csv", "commands.csv", "notices.csv", "events.csv",
            "summary.json", "truth.csv", "truth_relay.csv"]
BETWEEN_COMMIT_AND_ACKNOWLEDGEMENT = ["sqlite.after_commit", "engine.after_staging",
                                      "engine.after_booking", "engine.after_decision_to_send"]
KILLED = -signal.SIGKILL


class Terminated(float):
    """Seconds after which a process gets SIGTERM instead of SIGKILL."""


class Play:
    """One play in a folder of its own, whose data centre is killed as a plan has it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.kills = 0
        self.terms = 0
        self.simulator = None

    def centre(self, failpoint=None, log=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WATTPURSE_FAIL")}
        if failpoint:
            environment["WATTPURSE_FAILPOINT"] = failpoint
        if log:
            environment["WATTPURSE_FAILPOINT_LOG"] = str(log)
        return subprocess.Popen([BIN / "data_centre", "--config",
                                 str(self.folder / "site.toml")],
                                env=environment, stdout=subprocess.DEVNULL)

    def run(self, deaths):
        """`deaths` yields what the next process dies of: a number of seconds, or a failpoint."""
        demo.prepare(self.folder, POLICY)
        self.simulator = demo.start_simulator(BIN, self.folder, FLATS, DAYS, SEED)
        try:
            for death in deaths:
                if self.one_life(death):
                    break
            else:
                if self.centre().wait(timeout=120) != 0 and not self.is_over():
                    raise AssertionError("the last data centre failed")
            demo.finish(BIN, self.folder, self.simulator)
        finally:
            demo.stop(self.simulator)

    def one_life(self, death):
        """True when the process came to its proper end before its death."""
        if isinstance(death, Terminated):
            return self.terminated(death)
        by_time = not isinstance(death, str)
        process = self.centre(None if by_time else death)
        if by_time:
            try:
                process.wait(timeout=death)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        status = process.wait(timeout=120)
        if status == KILLED:
            self.kills += 1
            return False
        if status != 0 and not self.is_over():
            raise AssertionError(f"data centre ended with {status} instead of {death}")
        return True

    def terminated(self, after):
        """SIGTERM drains: the step is completed, the status is 0, and nothing is lost."""
        process = self.centre()
        time.sleep(after)
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=30)
        if status not in (0, -signal.SIGTERM) and not self.is_over():
            raise AssertionError(f"data centre ended with {status} on SIGTERM")
        self.terms += status == 0
        return self.simulator.poll() is not None

    def is_over(self):
        """The process before was killed after its last word, and the world has ended with it."""
        try:
            return self.simulator.wait(timeout=2) == 0
        except subprocess.TimeoutExpired:
            return False

    def files(self):
        return {name: hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
                for name in COMPARED}

    def books(self):
        """The postings as they stand in the store, in the order of the chain."""
        with sqlite3.connect(f"file:{self.folder / 'ledger.db'}?mode=ro", uri=True) as books:
            return books.execute("SELECT account, account_seq, key, leg, amount, running_balance, "
                                 "effective_at, recorded_at FROM postings "
                                 "ORDER BY account, account_seq").fetchall()


class Crashes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.root = Path(cls.temporary.name)
        cls.log = cls.root / "failpoints"
        undisturbed = Play(cls.root / "undisturbed")
        began = time.monotonic()
        demo.prepare(undisturbed.folder, POLICY)
        simulator = demo.start_simulator(BIN, undisturbed.folder, FLATS, DAYS, SEED)
        try:
            if undisturbed.centre(log=cls.log).wait(timeout=120) != 0:
                raise AssertionError("the undisturbed run failed")
            cls.duration = time.monotonic() - began
            demo.finish(BIN, undisturbed.folder, simulator)
        finally:
            demo.stop(simulator)
        cls.expected = undisturbed.files()
        cls.expected_books = undisturbed.books()
        cls.failpoints = sorted(set(cls.log.read_text().split()))
        problems = demo_check.check(undisturbed.folder)
        if problems:
            raise AssertionError("the undisturbed run is wrong: " + "; ".join(problems))
        commands = demo_check.rows(undisturbed.folder / "commands.csv")
        if not any(c["command"] == "trip" and c["outcome"] == "confirmed" for c in commands):
            raise AssertionError("nobody was cut: the play proves too little")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def survive(self, name, deaths):
        play = Play(self.root / name)
        play.run(deaths)
        other = [file for file, digest in play.files().items() if digest != self.expected[file]]
        self.assertEqual(other, [], f"{name}: not as undisturbed after {play.kills} kills")
        self.assertEqual(play.books(), self.expected_books, name)
        self.assertEqual(demo_check.check(play.folder), [], name)
        return play

    def test_a_second_undisturbed_run_is_the_same(self):
        self.assertEqual(self.survive("again", []).kills, 0)

    def test_kill_9_at_random_moments(self):
        chance = random.Random(1)
        wanted = 120 if LONG else 30
        kills = plays = 0
        while kills < wanted:
            deaths = (chance.uniform(0.02, max(0.1, self.duration / 4)) for _ in range(10))
            kills += self.survive(f"random-{plays}", deaths).kills
            plays += 1
            self.assertLess(plays, wanted, "the play is too short to be killed")
        print(f"\n{kills} kills at random moments in {plays} plays", file=sys.stderr)

    def test_kill_between_the_commit_and_its_acknowledgement(self):
        chance = random.Random(2)
        wanted = 96 if LONG else 24
        kills = plays = 0
        while kills < wanted:
            deaths = [f"{chance.choice(BETWEEN_COMMIT_AND_ACKNOWLEDGEMENT)}:"
                      f"{chance.randint(1, 12)}" for _ in range(8)]
            kills += self.survive(f"commit-{plays}", deaths).kills
            plays += 1
            self.assertLess(plays, wanted, "the failpoints are not passed")
        print(f"\n{kills} kills between commit and acknowledgement in {plays} plays",
              file=sys.stderr)

    def test_sigterm_drains(self):
        pause = max(0.05, self.duration / 6)
        play = self.survive("terminated", [Terminated(pause)] * 3)
        self.assertGreaterEqual(play.terms, 1)

    def test_every_failpoint_once(self):
        self.assertTrue(set(BETWEEN_COMMIT_AND_ACKNOWLEDGEMENT) < set(self.failpoints),
                        f"passed only {self.failpoints}")
        kills = self.survive("each", self.failpoints).kills
        self.assertEqual(kills, len(self.failpoints))
        print(f"\n{kills} failpoints: {' '.join(self.failpoints)}", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
