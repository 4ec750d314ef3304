# SPDX-License-Identifier: Apache-2.0
"""The ledger where something fails: killed programs, and PostgreSQL with several writers."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

import postgres_server
import wattpurse
from conftest import needed
from wattpurse import Ledger, Money

WRITER = """
import sys
from wattpurse import Ledger
with Ledger(sys.argv[1]) as ledger:
    number = int(sys.argv[2])
    while True:
        with ledger.batch() as batch:
            for part in range(3):
                batch.top_up(f"F{part}", "1", key=f"{number}/{part}")
        print(number, flush=True)
        number += 1
"""


def test_what_was_returned_outlasts_a_kill(tmp_path):
    path = tmp_path / "books.db"
    draw = random.Random(7)
    number = 0
    for _ in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(number)],
                                  stdout=subprocess.PIPE, text=True)
        acknowledged = [int(writer.stdout.readline())]
        time.sleep(draw.random() * 0.1)
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
        writer.wait()
        writer.stdout.close()
        with Ledger(path) as ledger:
            assert ledger.verify()
            for each in acknowledged:
                assert all(ledger.find(f"{each}/{part}") for part in range(3))
            number = acknowledged[-1] + 1
            there = [bool(ledger.find(f"{number}/{part}")) for part in range(3)]
            assert there in ([True] * 3, [False] * 3)
            with ledger.batch() as batch:  # nobody knows whether it was: asked again
                again = [batch.top_up(f"F{part}", "1", key=f"{number}/{part}")
                         for part in range(3)]
            assert [each.result.is_repeat for each in again] == there
            number += 1
            assert ledger.balance("F0") == Money(number)


@pytest.fixture(scope="module")
def server():
    if postgres_server.programs() is None:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL here: install the package postgresql")
        pytest.skip("SKIPPED: no PostgreSQL here: install the package postgresql")
    made = postgres_server.Server()
    yield made
    made.close()


def connect(server, shard=0, **more):
    try:
        return Ledger.connect(server.conninfo, shard, **more)
    except wattpurse.StoreError as error:
        if error.code == "not_available":
            pytest.skip(f"SKIPPED: {error}")
        raise


def test_postgres_keeps_the_same_books(server):
    with connect(server) as ledger:
        ledger.top_up("F07", "100", key="t")
        ledger.set_limit("F07", "5")
        with ledger.batch() as batch:
            batch.charge("F07", "20", key="c", subject="2026-01/energy")
            batch.reserve("F07", "30", key="r")
            batch.settle("r", "10.5", key="s")
        with pytest.raises(wattpurse.Refused):
            ledger.refund("F07", "74.51", key="x")
        ledger.reverse("c", "5", key="b")
        report = ledger.verify(ledger.seals())
        assert report, str(report)
        for work in (ledger.rebuild, lambda: ledger.backup("/nowhere")):
            with pytest.raises(wattpurse.StoreError):
                work()
    with connect(server, read_only=True) as ledger:
        assert ledger.balance("F07") == Money("74.5") and len(ledger.export("F07")) == 5
        assert ledger.statement("F07").closing == Money("74.5")
        with pytest.raises(wattpurse.Refused):
            ledger.top_up("F07", "1", key="y")
        assert "PostgreSQL" in repr(ledger)


def test_postgres_shards_are_books_of_their_own(server):
    with connect(server, 1) as one, connect(server, 2) as two:
        one.top_up("A", "1", key="same")
        two.top_up("A", "2", key="same")
        one.top_up("A", "4", key="other")
        assert one.balance("A") == Money("5") and two.balance("A") == Money("2")


def test_postgres_has_one_writer_at_a_time(server):
    with connect(server, 3) as one, connect(server, 3) as two:
        one.top_up("A", "1", key="a")
        two.top_up("A", "2", key="b")
        with pytest.raises(wattpurse.Conflict):
            one.top_up("A", "4", key="c")
        one.top_up("A", "4", key="c")
        assert two.balance("A") == Money("7") and two.verify()


def test_a_server_that_is_not_there_is_an_error_without_a_password():
    with pytest.raises(wattpurse.StoreError) as caught:
        Ledger.connect("host=/nowhere user=me password=geheim dbname=x")
    assert "geheim" not in str(caught.value)


def test_columns_of_postgres_go_to_arrow(server):
    needed("pyarrow")
    with connect(server, 4) as ledger:
        ledger.top_up("A", "1.000001", key="t")
        assert str(ledger.export().to_arrow().column("amount")[0].as_py()) == "1.000001"
