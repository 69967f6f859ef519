"""Events of a clock that runs: told to people, acknowledged, done by hand outside; and the rota.

None of these is an answer, a report or a decision; only duty.done comes with a clock.stopped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDone(Event):
    """A person did outside what this duty asks, and says to whom and under which reference."""

    TYPE: ClassVar[str] = "duty.done"

    case: str = grouped("link")
    clock: str = grouped("facts")
    duty: str = grouped("facts")
    to: str = grouped("report")
    reference: str = grouped("report")
    words: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExtended(Event):
    """Two people moved the end of a clock later, once; only where its duty allows it."""

    TYPE: ClassVar[str] = "clock.extended"

    case: str = grouped("link")
    clock: str = grouped("facts")
    duty: str = grouped("facts")
    was: int = grouped("facts")
    until: int = grouped("facts")
    approvers: Sequence[str] = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEscalated(Event):
    """A clock is near its end, or past it, and these people are told. On its case's chain."""

    TYPE: ClassVar[str] = "clock.escalated"

    case: str = grouped("link")
    clock: str = grouped("facts")
    duty: str = grouped("facts")
    bell: str = grouped("facts")  # the message that says so
    step: int = grouped("facts")  # of the duty's `tell`; -1: the work stopped, told at once
    round: int = grouped("facts")  # 0 the first time
    circle: str = grouped("facts")  # holder, on_call, reviewers, head: who hears it
    people: Sequence[str] = grouped("facts")  # actors; empty: there was nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAcknowledged(Event):
    """Somebody has heard. The bell stops repeating; the clock runs on."""

    TYPE: ClassVar[str] = "clock.acknowledged"

    case: str = grouped("link")
    clock: str = grouped("facts")
    duty: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRung(Event):
    """One message to one circle of people about one or more clocks. On the site's chain."""

    TYPE: ClassVar[str] = "bell.rung"

    bell: str = grouped("facts")
    asked: str = grouped("facts")  # the circle that the duty names
    circle: str = grouped("facts")  # the circle that heard it
    people: Sequence[str] = grouped("facts")
    clocks: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftAdded(Event):
    """Somebody is on call, or head on call, in this span. On the site's chain."""

    TYPE: ClassVar[str] = "shift.added"

    shift: str = grouped("facts")
    staff: str = grouped("facts")
    rank: str = grouped("facts")
    begins: int = grouped("facts")
    ends: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRemoved(Event):
    """The shift will not be, or ends here."""

    TYPE: ClassVar[str] = "shift.removed"

    shift: str = grouped("facts")
    staff: str = grouped("facts")
    rank: str = grouped("facts")
