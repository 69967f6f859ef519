"""The nouns of escalation: a bell on a clock, a shift of the rota, whom a message reaches. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from answerable.events.duties.clocks import Duty, Who
from answerable.kernel.ids import ActorId, CaseId, ClockId, Site, SubjectId
from answerable.kernel.time import DAY, Millis

BELLS_OF_ONE_MESSAGE = 100  # a flood of clocks is a few messages, not a thousand
SHIFT_MAX = 14 * DAY  # longer is a mistyped year
SHIFTS_MAX = 500
ADDRESS_CHARS_MAX = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
GAPS_AHEAD = 7 * DAY


AT_ONCE = -1
"""The step of a rung that no `tell` asked for: the work has stopped, and people hear it now."""


class Rank(StrEnum):
    """For what a shift is."""

    ON_CALL = "on_call"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A step of the duty's `tell` that was told: which, for the how manieth time, when (ms).

    `step` may be AT_ONCE: told before any of them was due.
    """

    step: int
    round: int
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What there is to tell of one running clock. `next_at` None: nothing more."""

    clock: ClockId
    site: Site
    case: CaseId
    subject: SubjectId  # the case's chain
    duty: Duty
    started: Millis
    ends: Millis
    rung: tuple[Rung, ...] = ()
    acknowledged: Millis | None = None
    next_at: Millis | None = None

    @property
    def rings(self) -> bool:
        """Told to somebody, and nobody has acknowledged since."""
        return bool(self.rung) and (
            self.acknowledged is None or self.rung[-1].at > self.acknowledged
        )

    @property
    def stopped(self) -> bool:
        """What was told last is that the work itself has stopped."""
        return bool(self.rung) and self.rung[-1].step == AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One bell rings now: which step, for the how manieth time, for whom."""

    bell: Bell
    step: int
    round: int
    who: Who


@dataclass(frozen=True, slots=True, kw_only=True)
class Circles:
    """Who is where now: every circle of people by their actor ids, in a fixed order."""

    people: Mapping[Who, tuple[ActorId, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Somebody is on call, or head on call, in this span (ms UTC, the end not included)."""

    id: str
    site: Site
    staff: ActorId
    rank: Rank
    begins: Millis
    ends: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nobody has this rank in this span."""

    rank: Rank
    begins: Millis
    ends: Millis
