"""The nouns of keeping: a hold on an ad, an erasure. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.kernel.ids import ActorId, AdId, CaseId, HoldId, Site, SubjectId
from answerable.kernel.time import Millis

HOLDS_MAX = 1_000


class Ground(StrEnum):
    """Why an ad is held."""

    ALERT = "alert"
    COMPLAINT = "complaint"
    DECISION = "decision"
    LEGAL_PROCESS = "legal-process"


class Because(StrEnum):
    """Why the end of a hold became known."""

    REPORT_FINISHED = "report-finished"
    DECIDED_NO = "decided-no"
    PROCESS_RENEWED = "process-renewed"
    PROCESS_CLOSED = "process-closed"


CONTENT_GROUPS = frozenset(
    {"ad_text", "images", "poster_pii", "connections", "alert_text", "alerter", "report"}
)
"""Where words and people are. `facts`, `link`, `verdict`, `presence`, `response` hold none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRef:
    """An ad as this chapter knows it: which one, and where its two chains are."""

    ad: AdId
    open_subject: SubjectId
    closed_subject: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Nothing of `ad` may be deleted while this runs. `ends` None: no end while filing is open."""

    id: HoldId
    site: Site
    ad: AdId
    case: CaseId | None
    ground: Ground
    started: Millis
    ends: Millis | None
    released: Millis | None = None
    process: str | None = None  # the legal process that it is for

    def running(self, now: Millis) -> bool:
        """The moment it ends is the first at which it no longer runs."""
        return self.released is None and (self.ends is None or self.ends > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """After somebody agreed: done, by these two; or waiting for another person."""

    done: bool
    approvers: tuple[ActorId, ...]
    leaves: tuple[str, ...] = ()
