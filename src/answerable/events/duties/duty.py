"""The nouns of a duty: what starts it, what ends it, how long it takes, who is told. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from answerable.events.duties.calendars import after_months, after_working_days, zone_named
from answerable.kernel.errors import insist
from answerable.kernel.time import Millis

EVERYWHERE = "*"


class Start(StrEnum):
    """What makes a clock run."""

    ALERT = "alert.received"
    PUT_OFF = "alert.put_off"
    VERIFIED = "alert.verified"
    CASE = "case.opened"
    PROPOSAL = "decision.proposed"
    DECISION = "case.decided"
    COMPLAINT = "complaint.received"
    FINISHED = "report.finished"
    SERVED = "process.received"
    RENEWED = "process.renewed"


class When(StrEnum):
    """What else must be true of the event that starts it."""

    NAMES_AD = "names an ad"
    HIDDEN = "the ad is down"
    IMAGE_WITHOUT_CONSENT = "an image without consent"
    REPORT = "report"
    URGENT = "urgent"
    NOT_URGENT = "not urgent"
    RESTRICTS = "restricts"
    NOT_REPORT = "not report"


class Per(StrEnum):
    """How many clocks: one for each of these."""

    CASE = "case"
    AD = "ad"
    ALERT = "alert"
    DECISION = "decision"


class Stop(StrEnum):
    """What ends it; spelled in ClockStopped.how."""

    OBSERVED = "observed"  # a probe saw that the site obeys
    ACKNOWLEDGED = "acknowledged"  # the site says so, and no probe is possible
    HIDDEN = "hidden"  # the ad is down after all, or somebody else's alert took it down
    TAKEN = "taken"  # a person claimed the case or looked at its evidence
    DECIDED = "decided"
    FILED = "filed"
    WITHDRAWN = "withdrawn"
    DONE = "done"  # by a person, outside: they say what, to whom, under which reference
    VOID = "void"  # what it waited for is off: another alert, new words, a merge
    LAPSED = "lapsed"  # by time alone: nothing can be missed, only kept that long


class Kind(StrEnum):
    """Whose word it is."""

    STATUTE = "statute"
    PROMISE = "promise"


class Sure(StrEnum):
    """How well we know it."""

    READ = "read"
    SECOND_HAND = "second-hand"
    OWN = "own"


class Who(StrEnum):
    """Who is told."""

    HOLDER = "holder"
    ON_CALL = "on_call"
    REVIEWERS = "reviewers"
    HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Tell `who` at the clock's end plus `offset` (ms; negative: before it).

    `again` (ms) repeats it until somebody acknowledges; None: once.
    """

    who: Who
    offset: int
    again: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What we aim at where the law names no number, in ms; measured and published."""

    median: int
    p95: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing that a law asks or that we promised, and how long it may take.

    The length is `length` ms, or `months` calendar months, or `working_days`; one of the three.
    """

    name: str
    citation: str
    in_force_from: date
    says: str
    length: int = 0
    months: int = 0
    working_days: int = 0
    starts: Start
    stops: tuple[Stop, ...]
    kind: Kind = Kind.PROMISE
    source: str = ""
    sure: Sure = Sure.OWN
    reviewed: date = date.min
    set_by_law: bool = False
    jurisdictions: tuple[str, ...] = (EVERYWHERE,)
    when: tuple[When, ...] = ()
    per: Per = Per.CASE
    zone: str = "UTC"
    holidays: str = ""
    target: Target | None = None
    extends: bool = False
    tell: tuple[Tell, ...] = ()

    def __post_init__(self) -> None:
        insist(bool(self.citation and self.says), "a duty cites its law and says what it asks")
        lengths = (self.length, self.months, self.working_days)
        insist(min(lengths) >= 0 and sum(n > 0 for n in lengths) == 1, "a duty has a length")
        insist(bool(self.stops), "a duty can be done")
        insist(bool(self.jurisdictions), "a duty holds somewhere")
        insist(bool(self.holidays) == (self.working_days > 0), "working days know their holidays")
        zone_named(self.zone)

    def ends(self, started: Millis) -> Millis:
        """When a clock of this duty that started then runs out, ms UTC."""
        if self.working_days:
            zone = zone_named(self.zone)
            return after_working_days(started, self.working_days, zone, self.holidays)
        return Millis(after_months(started, self.months, zone_named(self.zone)) + self.length)

    @property
    def only_lapses(self) -> bool:
        """A period that ends by time alone cannot be missed, only not kept."""
        return self.stops == (Stop.LAPSED,)

    def holds_in(self, served: frozenset[str]) -> bool:
        """Does a site that serves these jurisdictions owe this?"""
        return EVERYWHERE in self.jurisdictions or not served.isdisjoint(self.jurisdictions)
