# SPDX-License-Identifier: Apache-2.0
"""The bills of a real Spark are those of one process, however its rows are cut and spread."""

import datetime as dt
import os
import pickle
import sys
from decimal import Decimal

import pytest
from bill_oracle import draw_readings
from conftest import needed

import wattpurse
import wattpurse.spark
from wattpurse import Tariff

QUARTER = dt.timedelta(minutes=15)
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")


@pytest.fixture(scope="module")
def tariff(root):
    return Tariff.loads((root / "share/tariffs/zhejiang_residential.json").read_text())


@pytest.fixture(scope="module")
def table():
    pyarrow = needed("pyarrow")
    rows = draw_readings(accounts=6, days=20, seed=11)
    return pyarrow.table({
        "account": [each.account for each in rows], "time": [each.time for each in rows],
        "kwh": pyarrow.array([each.kwh for each in rows], pyarrow.decimal128(12, 4))})


@pytest.fixture(scope="module")
def spark():
    """Two worker processes of a cluster on this machine, not threads of one."""
    needed("pyspark")
    from pyspark.sql import SparkSession
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    session = (SparkSession.builder.master("local-cluster[2,1,1024]")
               .config("spark.driver.memory", "1g").config("spark.executor.memory", "512m")
               .config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
               .config("spark.driver.bindAddress", "127.0.0.1")
               .config("spark.driver.host", "127.0.0.1")
               .config("spark.executorEnv.PYTHONPATH", os.environ["PYTHONPATH"])
               .config("spark.sql.shuffle.partitions", "4").getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def rows_of(table):
    return sorted(tuple(each.values()) for each in table.to_pylist())


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("what", ["bills", "lines"])
def test_batches_of_any_size_give_the_same(size, what, table, tariff, monkeypatch):
    pyarrow = needed("pyarrow")
    expected = rows_of(wattpurse.bill(table, tariff, interval=QUARTER).to_arrow(what))
    monkeypatch.setattr(wattpurse.spark, "ROWS_AT_ONCE", 1_500)
    small = table if size > 1 else table.slice(0, 2 * 96 * 20)
    if size == 1:
        expected = rows_of(wattpurse.bill(small, tariff, interval=QUARTER).to_arrow(what))
    work = pickle.loads(pickle.dumps(wattpurse.spark.rate_batches(
        tariff, what=what, account="account", interval=QUARTER)))
    made = list(work(small.to_batches(max_chunksize=size)))
    assert len(made) > 1
    assert rows_of(pyarrow.Table.from_batches(made)) == expected


def test_spark_gives_what_one_process_gives(spark, table, tariff):
    for what in ("bills", "lines"):
        expected = rows_of(wattpurse.bill(table, tariff, interval=QUARTER).to_arrow(what))
        for partitions, batch in ((1, 7), (3, 10_000), (8, 1)):
            spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(batch))
            rows = table if batch > 1 else table.slice(0, 96 * 20)
            frame = spark.createDataFrame(rows.to_pandas()).withColumnRenamed("kwh", "value")
            frame = frame.selectExpr("account", "time", "cast(value as decimal(12,4)) kwh")
            made = wattpurse.spark.bill(frame, tariff, interval=QUARTER, what=what,
                                        partitions=partitions).collect()
            found = sorted(tuple(plain(each) for each in row) for row in made)
            wanted = expected if batch > 1 else rows_of(
                wattpurse.bill(rows, tariff, interval=QUARTER).to_arrow(what))
            assert found == wanted


def plain(value):
    """Spark gives times without a zone; they are in UTC here."""
    return value.replace(tzinfo=dt.timezone.utc) if isinstance(value, dt.datetime) else value


def test_a_bad_row_ends_the_job_and_says_which(spark, tariff):
    frame = spark.createDataFrame([("A1", dt.datetime(2026, 1, 1), Decimal("-1"))],
                                  "account string, time timestamp, kwh decimal(12,4)")
    with pytest.raises(Exception, match="column kwh: -1"):
        wattpurse.spark.bill(frame, tariff, interval=QUARTER).collect()


def test_what_spark_cannot_know_is_asked_for(tariff):
    class Frame:
        columns = ["account", "time", "kwh"]
    with pytest.raises(wattpurse.InvalidValue, match="interval"):
        wattpurse.spark.bill(Frame(), tariff)
    with pytest.raises(wattpurse.NotFound, match="one of account, time"):
        wattpurse.spark.bill(Frame(), tariff, interval=QUARTER, register="dial")
    with pytest.raises(wattpurse.InvalidValue, match="'lines'"):
        wattpurse.spark.bill(Frame(), tariff, interval=QUARTER, what="bill")
