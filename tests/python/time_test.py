# SPDX-License-Identifier: Apache-2.0
"""Aware datetimes go in and come out as the same moment, to the millisecond."""

from datetime import datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import dlt645

UTC = timezone.utc
moments = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.timezones())


@given(moments)
def test_a_moment_comes_back(moment):
    bus = dlt645.Bus()
    bus.submit(dlt645.read_address(), timeout=timedelta(seconds=1))
    bus.advance(moment)
    sent = bus.pending_output()
    bus.consume(len(sent))
    bus.receive(dlt645.Frame("000000000001", 0x93, bytes(6)).encode(), moment)
    event, = bus.events()
    expected = moment.astimezone(UTC)
    assert event.at == expected - timedelta(microseconds=expected.microsecond % 1000)
    assert event.at.tzinfo is UTC


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.timezones()))
def test_a_meter_is_told_the_wall_clock_of_the_zone(moment):
    digits = bytes(dlt645.broadcast_time(moment).data)[::-1].hex()
    assert digits == moment.strftime("%y%m%d%H%M%S")


def test_what_is_no_aware_datetime_is_refused():
    class Nowhere(tzinfo):
        def utcoffset(self, dt):
            return None

    bus = dlt645.Bus()
    for naive in (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=Nowhere())):
        with pytest.raises(wattpurse.NaiveTime) as caught:
            bus.advance(naive)
        assert caught.value.place == "now" and isinstance(caught.value, ValueError)
    for wrong in (0, "2026-01-01T00:00:00Z", None, datetime(2026, 1, 1).date()):
        with pytest.raises(wattpurse.WrongType):
            bus.advance(wrong)
    with pytest.raises(wattpurse.WrongType, match="^timeout: "):
        bus.submit(dlt645.read_address(), timeout=5)


def test_a_timestamp_of_pandas_is_a_datetime(pandas):
    now = pandas.Timestamp("2026-01-01T08:00:00.123456", tz="Asia/Shanghai")
    bus = dlt645.Bus()
    bus.submit(dlt645.read_address())
    bus.advance(now)
    assert bus.pending_output()
