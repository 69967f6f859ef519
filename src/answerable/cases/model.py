"""The nouns of a case: who opened it, what is in it, what runs, what was decided. Pure.

Nothing here holds anybody's words: reasons and bases live in events and are read from there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from answerable.events.duties.clocks import Duty, Stop
from answerable.kernel.ids import (
    ActorId,
    AdId,
    AlertId,
    CaseId,
    ClockId,
    DecisionId,
    Site,
    SubjectId,
)
from answerable.kernel.limits import INCIDENT_ADS_MAX
from answerable.kernel.time import MINUTE, Millis

CLAIM_LENGTH = 15 * MINUTE  # longer than reading a case takes, shorter than a forgotten tab
ASSIGNED_LENGTH = 60 * MINUTE  # how long "next" leaves a case to whom it was handed; then anybody's
SKIP_LENGTH = 30 * MINUTE  # "not now": a few other cases long, and short beside every clock
PRESENT_LENGTH = 5 * MINUTE  # a page that was not loaded again for longer may well be closed
ADS_MAX = INCIDENT_ADS_MAX
REASON_CHARS_MAX = 2_000
QUEUE_MAX = 500
MERGES_MAX = 50  # in a row; each was a person's press and a reason

URGENCY_MAX = 100
URGENCY_ALERT = 60  # anyone's word about a child goes before anything a machine saw
URGENCY_MORE = 5  # each further alert on the same incident
URGENCY_STRONG = 40
URGENCY_SIGNAL = 30
URGENCY_COULD_NOT = 10


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    WAITING_SECOND = "waiting_second"
    HEAD_ON_CALL = "head_on_call"  # a proposal lapsed: whoever leads has to see to it
    DECIDED = "decided"
    MERGED = "merged"  # everything that waited here waits in another case


class Cause(StrEnum):
    """What opened the case."""

    ALERT = "alert"
    SCREENING = "screening"
    STAFF = "staff"
    AUDIT = "audit"
    WATCH = "watch"
    COMPLAINT = "complaint"


class DecisionKind(StrEnum):
    """What a person can decide. Only `report` becomes a CyberTipline report."""

    REPORT = "report"
    REMOVE = "remove"
    RESTRICT = "restrict"
    WARN = "warn"
    NO_ACTION = "no_action"


class BasisKind(StrEnum):
    """The kinds of fact that suggest a minor."""

    ALERT = "alert"
    STATED_AGE = "stated_age"
    KNOWN_IMAGE = "known_image"
    CONTACT_MATCH = "contact_match"
    OTHER = "other"


class Outcome(StrEnum):
    """How an alert was answered."""

    ACTED = "acted"
    REPORTED = "reported"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who acts, from which organisation: what every event names."""

    actor: ActorId
    org: str = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRef:
    """An ad as this chapter knows it: which one, and where its two chains are."""

    ad: AdId
    external_id: str
    open_subject: SubjectId
    closed_subject: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One stated fact. `words` say it where the kind alone does not (always for `other`)."""

    kind: BasisKind
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAd:
    """An ad outside the case that the reviewer ticked, with the reason for the link."""

    ad: AdId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reviewer decides: the command. `ads` are ads of the case, `linked` come to it."""

    kind: DecisionKind
    ads: tuple[AdId, ...]
    reason: str
    basis: tuple[Basis, ...] = ()
    no_basis_confirmed: bool = False
    urgent: bool = False
    urgent_reason: str | None = None
    linked: tuple[LinkedAd, ...] = ()
    victim: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAd:
    """An ad of the case; `decision` is the one that stands for it, None while undecided.

    `moved`: the case that took it over, by a merge. It stays named here, so that an erasure of the
    ad still finds what this case's chain says of it.
    """

    ad: AdId
    added: Millis
    decision: DecisionId | None = None
    moved: CaseId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAlert:
    """An alert that this case answers. `subject` is the alert's own chain."""

    alert: AlertId
    subject: SubjectId
    ad: AdId | None
    received: Millis
    due: Millis
    answered: Millis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWatch:
    """A watch that matched an ad of the case, and on which kinds of term; never on which value."""

    watch: str
    ad: AdId
    revision: int
    kinds: tuple[str, ...]
    strong: bool
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision that was made. `undone` and `filed` are times, or None.

    `answering`: the two people who answer for a report that the house made under a policy. To take
    it back each of them counts as its reviewer. Empty where a person decided.
    """

    id: DecisionId
    kind: DecisionKind
    ads: tuple[AdId, ...]
    reviewer: ActorId
    second: ActorId | None
    at: Millis
    urgent: bool
    undone: Millis | None = None
    filed: Millis | None = None
    answering: tuple[ActorId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A no_action that waits for a second person. Its reason is in the event."""

    decision: DecisionId
    ads: tuple[AdId, ...]
    by: ActorId
    at: Millis
    org: str = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A lease: this person has the case in hand. It orders the queue and bars nobody."""

    by: ActorId
    until: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Somebody was handed the case. For an hour nobody else is served it; nobody is barred."""

    to: ActorId
    by: ActorId
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An incident. `due` is the end of the next clock that runs, None when none does.

    `verified`: an alert came from somebody whom we know (its actor is not `public`).
    `lapsed`: when a proposal last ran out without a second; None once everything is decided.
    `by_alert`: it came by somebody's word: an alert, a complaint, a watch that matched.
    """

    id: CaseId
    site: Site
    subject: SubjectId
    cause: Cause
    urgency: int
    opened: Millis
    by_alert: bool
    strong: bool
    synthetic: bool
    ads: tuple[CaseAd, ...] = ()
    alerts: tuple[CaseAlert, ...] = ()
    decisions: tuple[Decision, ...] = ()
    proposal: Proposal | None = None
    claim: Claim | None = None
    due: Millis | None = None
    assigned: Assignment | None = None
    verified: bool = False
    lapsed: Millis | None = None
    merged_into: CaseId | None = None

    @property
    def status(self) -> CaseStatus:
        if self.proposal is not None:
            return CaseStatus.WAITING_SECOND
        standing = any(d.undone is None for d in self.decisions)
        if standing and not self.undecided:
            return CaseStatus.DECIDED
        if self.merged_into is not None and not self.undecided:
            return CaseStatus.MERGED
        return CaseStatus.OPEN if self.lapsed is None else CaseStatus.HEAD_ON_CALL

    @property
    def waits(self) -> bool:
        """Has somebody still to decide here?"""
        return self.status not in (CaseStatus.DECIDED, CaseStatus.MERGED)

    @property
    def undecided(self) -> tuple[AdId, ...]:
        """The ads that no decision stands for and that no other case took over."""
        return tuple(a.ad for a in self.ads if a.decision is None and a.moved is None)

    @property
    def moved(self) -> Mapping[AdId, CaseId]:
        """The ads that another case took over, and which."""
        return {a.ad: a.moved for a in self.ads if a.moved is not None}

    @property
    def ad_ids(self) -> tuple[AdId, ...]:
        return tuple(a.ad for a in self.ads)

    @property
    def needs_second(self) -> bool:
        """Came by somebody's word or a strong signal: one person alone cannot take no action."""
        return self.by_alert or self.strong

    def decision_of(self, ad: AdId) -> Decision | None:
        """The decision that stands for this ad of the case."""
        for row in self.ads:
            if row.ad == ad and row.decision is not None:
                return self.decision(row.decision)
        return None

    def decision(self, decision: DecisionId) -> Decision | None:
        return next((d for d in self.decisions if d.id == decision), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A deadline of one case, or of one ad or decision of it. Never reset, only stopped.

    Its end moves once, as extending.py says, and never else.
    """

    id: ClockId
    site: Site
    case: CaseId
    ad: AdId | None
    decision: DecisionId | None = None
    duty: Duty
    started: Millis
    ends: Millis
    stopped: Millis | None = None
    how: Stop | None = None
    extended: bool = False  # two people moved its end, once

    @property
    def running(self) -> bool:
        return self.stopped is None

    def overdue(self, now: Millis) -> bool:
        """Ran out before it was stopped: a breach that stays visible."""
        return (now if self.stopped is None else self.stopped) > self.ends
