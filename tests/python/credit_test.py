# SPDX-License-Identifier: Apache-2.0
"""Credit control: policies, decisions, protection."""

import dataclasses
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wattpurse
from wattpurse import Money, credit

CHINA = timezone(timedelta(hours=8))
NOON = datetime(2026, 1, 8, 12, 0, tzinfo=CHINA)
HOUSE = credit.Policy.template("residential")
CLOSED = credit.State("F07", relay=credit.Relay.CLOSED, relay_read_at=NOON)


def facts(balance, **more):
    return credit.Facts(balance, newest_reading=NOON, **more)


def test_a_policy_is_read_and_says_what_it_holds(root, tmp_path):
    path = root / "share/policies/residential.json"
    for policy in (HOUSE, credit.Policy.load(path), credit.Policy.loads(path.read_text())):
        assert policy.name == "residential" and policy.currency == "CNY"
        assert (policy.alarm_1, policy.alarm_2) == (Money("30"), Money("10"))
        assert policy.overdraft_limit == Money("5") and policy.reconnect_above == Money("0")
        assert policy.notice_age_min == timedelta(hours=12) and policy.reconnect == "direct"
        assert policy.reading_age_max == timedelta(hours=3) and policy.describe
        assert policy.protected_hours == (("17:00", "09:00"),)
        assert policy.protected_days[0] == date(2026, 1, 1)
        assert policy.protected_weekdays == policy.protected_accounts == ()
    assert credit.Policy.templates() == ["residential"] and "residential" in repr(HOUSE)
    with pytest.raises(wattpurse.NotFound, match="residential"):
        credit.Policy.template("none")
    (tmp_path / "bad.json").write_text('{"format": "wattpurse-policy/1", "alarm_1": 30}')
    with pytest.raises(wattpurse.ValidationError) as caught:
        credit.Policy.load(tmp_path / "bad.json")
    assert len(caught.value.faults) > 5 and "bad.json" in str(caught.value)
    with pytest.raises(ValueError):
        credit.Policy("{")


def test_a_policy_from_a_dict():
    made = credit.Policy.from_dict({
        "name": "shop", "currency": "EUR", "zone": "+01:00", "alarm_1": Money("20", "EUR"),
        "alarm_2": Decimal("1E+1"), "overdraft_limit": 0, "reconnect_above": "1.5",
        "notice_age_min_minutes": 60, "reading_age_max_minutes": 30, "reconnect": "permit",
        "protected_hours": [{"from": "18:00", "to": "08:00"}], "protected_weekdays": ["sunday"],
        "protected_days": [date(2026, 12, 25)], "protected_accounts": ["A1"]})
    assert made.alarm_2 == Money("10", "EUR") and made.reconnect == "permit"
    assert made.protected_weekdays == ("sunday",) and made.protected_days == (date(2026, 12, 25),)
    assert made.protects("A1") and not made.protects("A2")
    with pytest.raises(wattpurse.FloatRefused, match="/alarm_1"):
        credit.Policy.from_dict({"alarm_1": 1.5})
    with pytest.raises(wattpurse.WrongType):
        credit.Policy.from_dict({"alarm_1": object()})


@given(st.integers(-20_000_000, 50_000_000))
def test_levels_are_those_of_plain_comparison(steps):
    balance = Money.from_mantissa(steps)
    wanted = ("over_limit" if steps < -5_000_000 else "exhausted" if steps <= 0 else
              "alarm_2" if steps <= 10_000_000 else "alarm_1" if steps <= 30_000_000 else "normal")
    assert HOUSE.level_of(balance) == HOUSE.level_of(balance.to_decimal()) == wanted
    made = credit.decide(CLOSED, HOUSE, facts(balance), NOON)
    assert made.next.level == wanted == credit.Level(wanted).value


def test_protected_hours():
    evening = NOON.replace(hour=18)
    assert not HOUSE.is_protected_time(NOON) and HOUSE.is_protected_time(evening)
    assert HOUSE.next_unprotected(evening) == NOON.replace(day=9, hour=9)
    assert HOUSE.next_unprotected(NOON) == NOON
    assert HOUSE.next_unprotected(NOON.replace(hour=16), timedelta(hours=2)) == (
        NOON.replace(day=9, hour=9))
    assert HOUSE.next_unprotected(NOON, timedelta(hours=9)) is None
    assert HOUSE.is_protected_time(NOON.replace(day=2))
    with pytest.raises(wattpurse.NaiveTime):
        HOUSE.is_protected_time(datetime(2026, 1, 8))


def test_from_the_first_alarm_to_the_cut_and_back():
    alarm = credit.decide(CLOSED, HOUSE, facts("29"), NOON)
    assert [each.kind for each in alarm.notices] == [credit.NoticeKind.ALARM_1]
    assert alarm.notices[0].key == "alarm_1/F07/1" and "29" in alarm.notices[0].text
    assert alarm.command is None and alarm.why
    again = credit.decide(alarm.next, HOUSE, facts("29"), NOON)
    assert again.notices == () and again.next == alarm.next
    warned = credit.decide(alarm.next, HOUSE, facts("-5.000001"), NOON)
    assert credit.NoticeKind.CUT_WARNING in [each.kind for each in warned.notices]
    assert warned.command is None  # the warning has to have been delivered, and to be old enough
    received = dataclasses.replace(warned.next, warning_delivered_at=NOON)
    waits = credit.decide(received, HOUSE, facts("-6"), NOON)
    assert waits.command is None and waits.evaluate_again_at is not None
    later = NOON + timedelta(days=1)
    state = dataclasses.replace(received, relay_read_at=later)
    known = credit.Facts("-6", newest_reading=later)
    cut = credit.decide(state, HOUSE, known, later)
    assert cut.command is not None and cut.command.kind is credit.CommandKind.TRIP
    assert cut.command.key.startswith("trip/F07/") and cut.command.reason
    assert cut.next.cut_wanted
    order = credit.Command(cut.command.key, cut.command.kind, queued_at=later)
    verdict = credit.may_send(order, cut.next, HOUSE, known, later)
    assert verdict and verdict.allowed
    paid = credit.Facts("-6", newest_reading=later, payment_in_flight=True)
    verdict = credit.may_send(order, cut.next, HOUSE, paid, later)
    assert not verdict and verdict.reason
    waiting = credit.decide(cut.next, HOUSE, dataclasses.replace(known, open_command=order), later)
    assert waiting.command is None and not waiting.supersede_open
    given_up = credit.decide(cut.next, HOUSE,
                             credit.Facts("50", newest_reading=later, open_command=order), later)
    assert given_up.supersede_open
    opened = dataclasses.replace(cut.next, relay=credit.Relay.OPEN, relay_read_at=later)
    told = credit.decide(opened, HOUSE, known, later)
    assert credit.NoticeKind.CUT in [each.kind for each in told.notices]
    back = credit.decide(told.next, HOUSE, credit.Facts(1, newest_reading=later), later)
    assert back.command is not None and back.command.kind is credit.CommandKind.CLOSE


def test_what_cannot_be_decided_on_is_an_error():
    for bad, kind in ((0.5, wattpurse.FloatRefused), (Money("1", "EUR"),
                                                     wattpurse.CurrencyMismatch)):
        with pytest.raises(kind):
            credit.decide(CLOSED, HOUSE, facts(bad), NOON)
    with pytest.raises(wattpurse.NaiveTime):
        credit.decide(CLOSED, HOUSE, facts("1"), datetime(2026, 1, 1))
    for state in (credit.State("F 07"), credit.State("F07", episode=-1)):
        with pytest.raises(wattpurse.InvalidValue):
            credit.decide(state, HOUSE, facts("1"), NOON)
    with pytest.raises(wattpurse.WrongType):
        credit.decide(credit.State(7), HOUSE, facts("1"), NOON)
    ended = credit.Command("trip/F07/1", credit.CommandKind.TRIP, credit.CommandState.REFUSED)
    with pytest.raises(wattpurse.InvalidValue, match="open_command"):
        credit.decide(CLOSED, HOUSE, facts("1", open_command=ended), NOON)
    held = credit.decide(CLOSED, HOUSE, facts("1", last_command=ended, last_attempt_at=NOON), NOON)
    assert held.next.account == "F07"
