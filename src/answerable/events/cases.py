"""Events of cases: opened, joined, clocks, evidence looked at, decisions.

A reviewer's free words may quote the ad, so they live in the erasable group `report`; what the sums
and two-person rules need (kinds, ids, people, times) lives in `facts` and `link`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Event):
    """An incident: one case on 1..n ads (0 when an alert names no ad we know)."""

    TYPE: ClassVar[str] = "case.opened"

    case: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    cause: str = grouped("facts")  # alert, screening, staff, audit
    urgency: int = grouped("facts")  # 0 routine .. 100 a child now
    synthetic: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseJoined(Event):
    """An ad or an alert joins a case."""

    TYPE: ClassVar[str] = "case.joined"

    case: str = grouped("link")
    ad: str | None = grouped("link")
    alert: str | None = grouped("link")
    reason: str = grouped("facts")
    urgency: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHandedOver(Event):
    """Whoever had the case gave it to a named colleague. It bars nobody, and no clock stops."""

    TYPE: ClassVar[str] = "case.handed_over"

    case: str = grouped("link")
    to: str = grouped("facts")  # actor id
    note: str | None = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMerged(Event):
    """What waited in the case `merged` waits in `case` from now on. Stands on both chains."""

    TYPE: ClassVar[str] = "case.merged"

    case: str = grouped("link")
    merged: str = grouped("link")
    side: str = grouped("facts")  # whose chain this is: from (`merged`) or into (`case`)
    ads: Sequence[str] = grouped("link")
    alerts: Sequence[str] = grouped("link")
    clocks: Sequence[str] = grouped("facts")  # they run on, each with its own start and end
    urgency: int = grouped("facts")  # of `case` afterwards
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted(Event):
    """A legal or promised deadline runs. `duty` names it in events/duties."""

    TYPE: ClassVar[str] = "clock.started"

    clock: str = grouped("facts")
    case: str = grouped("link")
    ad: str | None = grouped("link")
    duty: str = grouped("facts")
    started: int = grouped("facts")
    ends: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStopped(Event):
    """The deadline's duty is done."""

    TYPE: ClassVar[str] = "clock.stopped"

    clock: str = grouped("facts")
    case: str = grouped("link")
    duty: str = grouped("facts")
    how: str = grouped("facts")  # duties.clocks.Stop
    late: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceViewed(Event):
    """A person saw the whole of exactly these bytes. The only source of fileViewedByEsp."""

    TYPE: ClassVar[str] = "evidence.viewed"

    case: str = grouped("link")
    sha256: str = grouped("facts")
    full: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionProposed(Event):
    """The first of two: this decision waits for a second person. The ad stays as it is."""

    TYPE: ClassVar[str] = "decision.proposed"

    case: str = grouped("link")
    decision: str = grouped("facts")
    kind: str = grouped("facts")
    ads: Sequence[str] = grouped("link")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionContradicted(Event):
    """The second person says no to a proposal; the case is open again."""

    TYPE: ClassVar[str] = "decision.contradicted"

    case: str = grouped("link")
    decision: str = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLapsed(Event):
    """Nobody seconded it in time. It becomes what the policy says, never what it proposed."""

    TYPE: ClassVar[str] = "proposal.lapsed"

    case: str = grouped("link")
    decision: str = grouped("facts")  # of the proposal
    becomes: str = grouped("facts")  # head_on_call or report
    policy: str | None = grouped("facts")  # leaf hash (hex) of the policy that says report


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided(Event):
    """report, remove, restrict, warn or no_action, on these ads, for these stated facts."""

    TYPE: ClassVar[str] = "case.decided"

    case: str = grouped("link")
    decision: str = grouped("facts")
    kind: str = grouped("facts")
    ads: Sequence[str] = grouped("link")
    reviewer: str = grouped("facts")
    second: str | None = grouped("facts")
    reason: str = grouped("report")
    basis: Sequence[Mapping[str, Any]] = grouped("report")  # {kind, words}; empty = none, confirmed
    basis_kinds: Sequence[str] = grouped("facts", default=())  # the kinds alone, for the count
    no_basis_confirmed: bool = grouped("facts")
    urgent: bool = grouped("facts")
    urgent_reason: str | None = grouped("report")
    linked: Sequence[Mapping[str, Any]] = grouped("link")  # ads ticked by the reviewer, with reason
    victim: Mapping[str, Any] | None = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionUndone(Event):
    """The same reviewer took a report decision back before it was finished."""

    TYPE: ClassVar[str] = "decision.undone"

    case: str = grouped("link")
    decision: str = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyCalled(Event):
    """Somebody was called because a child may be in danger now: whom, when, what they said."""

    TYPE: ClassVar[str] = "case.emergency_called"

    case: str = grouped("link")
    kind: str = grouped("facts")  # police or hotline
    called: str = grouped("facts")  # the name on the operator's list
    at: int = grouped("facts")  # ms, as entered
    reached: bool = grouped("facts")
    reference: str | None = grouped("report")
    words: str = grouped("report")
