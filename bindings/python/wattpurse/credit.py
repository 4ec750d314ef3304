# SPDX-License-Identifier: Apache-2.0
"""Credit control: when a customer is told, when supply may be cut, and when it comes back.

    policy = credit.Policy.template("residential")
    facts = credit.Facts(balance="-6.00", newest_reading=now)
    decision = credit.decide(credit.State("F07"), policy, facts, now)
    decision.notices, decision.command, decision.why
    state = decision.next                  # to be stored with the notices and the command

Pure: the same state, policy, facts and moment give the same decision. Nothing is sent or stored.
Source: include/wattpurse/credit/decide.hpp of the library.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsIndex, Union

from ._core import Money
from ._core import credit as _core
from .errors import FloatRefused, NotFound, ValidationError, WrongType

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Command", "CommandKind", "CommandState", "Decision", "Facts", "Intent", "Level",
           "Notice", "NoticeKind", "Policy", "Relay", "State", "Verdict", "decide", "may_send"]

FORMAT = "wattpurse-policy/1"

_Amount = Union[Money, Decimal, SupportsIndex, str]


class Level(str, Enum):
    """How an account stands against its thresholds, best first."""

    NORMAL = "normal"
    ALARM_1 = "alarm_1"
    ALARM_2 = "alarm_2"
    EXHAUSTED = "exhausted"
    """At or under zero."""
    OVER_LIMIT = "over_limit"
    """Below minus the overdraft limit."""


class Relay(str, Enum):
    """The relay as read, never as hoped for."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"


class CommandKind(str, Enum):
    """What a meter is told to do with its relay."""

    TRIP = "trip"
    PERMIT = "permit"
    """Allow the customer to close it."""
    CLOSE = "close"
    PROTECT = "protect"
    """Keep supply whatever comes."""
    UNPROTECT = "unprotect"


class CommandState(str, Enum):
    """How far a command has come."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CONFIRMED = "confirmed"
    """The relay was read in the wanted state."""
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


class NoticeKind(str, Enum):
    """What a customer is told."""

    ALARM_1 = "alarm_1"
    ALARM_2 = "alarm_2"
    EXHAUSTED = "exhausted"
    CUT_WARNING = "cut_warning"
    CUT = "cut"
    RESTORED = "restored"


@dataclass(frozen=True)
class State:
    """Everything that credit control remembers of an account between two decisions."""

    account: str
    level: Level = Level.NORMAL
    episode: int = 0
    """Rises when the balance leaves `normal`, and when a warning is lifted; in notices' keys."""
    told: Level = Level.NORMAL
    """The worst level told to the customer this episode."""
    warned_at: dt.datetime | None = None
    warning_delivered_at: dt.datetime | None = None
    """The receipt of the cut warning: a cut waits from here."""
    cut_wanted: bool = False
    """Supply is held back by us, for arrears and nothing else."""
    protect_wanted: bool = False
    command_count: int = 0
    """Commands so far; in commands' keys."""
    relay: Relay = Relay.UNKNOWN
    relay_read_at: dt.datetime | None = None
    protect_read: bool = False
    """The keep-power bit as last read."""


@dataclass(frozen=True)
class Command:
    """A command to the meter, as far as decisions look at it."""

    key: str
    kind: CommandKind
    state: CommandState = CommandState.QUEUED
    queued_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    acknowledged_at: dt.datetime | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of an account at the moment of a decision."""

    balance: _Amount
    newest_reading: dt.datetime | None = None
    """Of the latest good reading that is booked."""
    payment_in_flight: bool = False
    """Paid in, not yet booked."""
    open_command: Command | None = None
    """The one that is queued, sent or acknowledged."""
    last_attempt_at: dt.datetime | None = None
    """When a command was last handed to the line, whatever came of it."""
    last_command: Command | None = None
    """The newest that was handed to the line and has ended."""


@dataclass(frozen=True)
class Notice:
    """A notice that is due now."""

    kind: NoticeKind
    key: str
    text: str


@dataclass(frozen=True)
class Intent:
    """A command that is wanted now."""

    kind: CommandKind
    key: str
    reason: str


@dataclass(frozen=True)
class Decision:
    """What follows from state, facts and moment."""

    next: State
    """To be stored together with the notices and the command."""
    notices: tuple[Notice, ...]
    command: Intent | None
    supersede_open: bool
    """The open command is queued and no longer wanted."""
    evaluate_again_at: dt.datetime | None
    """When time alone can change the decision; None: only what comes in can."""
    why: str
    """One line for the operator."""


@dataclass(frozen=True)
class Verdict:
    """Whether a queued command may go out. True where it may."""

    allowed: bool
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


class Policy(_core.Policy):
    """How a supplier deals with arrears: thresholds, waiting times, protection. Never changes."""

    __slots__ = ()

    @classmethod
    def loads(cls, text: str) -> Policy:
        """A policy from the text of its file (JSON, format "wattpurse-policy/1").

        Raises ValidationError with every fault: where, what stands there, what should.
        """
        return cls(text)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Policy:
        """A policy from its file (UTF-8). Raises ValidationError, OSError."""
        text = Path(path).read_text(encoding="utf-8")
        try:
            return cls(text)
        except ValidationError as error:
            raise ValidationError(f"{path}: policy", faults=error.faults) from None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Policy:
        """A policy from a dict of the shape of its file; `format` may be left out.

        Amounts are Money, Decimal, int or str. Raises FloatRefused, ValidationError.
        """
        return cls(json.dumps({"format": FORMAT, **_plain(data, "")}, ensure_ascii=False))

    @classmethod
    def templates(cls) -> list[str]:
        """Names of the policies that come with the package."""
        return sorted(path.name[:-5] for path in _folder().iterdir()
                      if path.name.endswith(".json"))

    @classmethod
    def template(cls, name: str = "residential") -> Policy:
        """A policy that comes with the package. Raises NotFound with the names there are."""
        if name not in cls.templates():
            raise NotFound(place="name", value=repr(name), code="not_found",
                           expected="one of " + ", ".join(cls.templates()))
        return cls((_folder() / f"{name}.json").read_text(encoding="utf-8"))

    def __repr__(self) -> str:
        return f"<Policy {self.name!r}, {self.currency}>"


def decide(state: State, policy: Policy, facts: Facts, now: dt.datetime) -> Decision:
    """What to tell the customer and the meter now, and why.

    Idempotent: with `next` as the state and the command as `open_command`, a second call at the
    same moment asks for nothing. Raises FloatRefused, CurrencyMismatch, NaiveTime, InvalidValue.
    """
    fresh, notices, command, supersede, again, why = policy.decide(state, facts, now)
    return Decision(
        State(**{**fresh, "level": Level(fresh["level"]), "told": Level(fresh["told"]),
                 "relay": Relay(fresh["relay"])}),
        tuple(Notice(NoticeKind(kind), key, text) for kind, key, text in notices),
        None if command is None else Intent(CommandKind(command[0]), command[1], command[2]),
        supersede, again, why)


def may_send(command: Command, state: State, policy: Policy, facts: Facts,
             now: dt.datetime) -> Verdict:
    """Evaluates a queued command anew at the moment of sending.

    A trip needs: balance below minus the limit, account not protected, relay read closed, warning
    delivered and old enough, no protected time, a fresh reading, no payment in flight.
    """
    return Verdict(*policy.may_send(state, facts, command, now))


def _folder() -> Any:
    return importlib.resources.files("wattpurse") / "_policies"


def _plain(value: Any, place: str) -> Any:
    """For JSON: amounts and dates as texts."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each, f"{place}/{name}") for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each, f"{place}/{index}") for index, each in enumerate(value)]
    if isinstance(value, float):
        raise FloatRefused(place=place, value=f"float {value}", code="float",
                           expected=f"Decimal('{value}') or '{value}'")
    if isinstance(value, Money):
        return value.text
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()[:10] if isinstance(value, dt.date) else value.strftime("%H:%M")
    if isinstance(value, int) and not isinstance(value, bool):
        return value if place.endswith("_minutes") else str(value)
    if value is None or isinstance(value, (str, bool)):
        return value
    raise WrongType(place=place, value=repr(value)[:80], expected="an amount, a text or a list",
                    code="type")
