"""The duty to report, as a row: where its filing stands. No words: those are in events."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.kernel.ids import (
    AdId,
    CaseId,
    DecisionId,
    EventId,
    QuestionId,
    ReportId,
    Site,
    SubjectId,
)
from answerable.kernel.time import Millis


class Status(StrEnum):
    """Where filing stands. The `…ing` ones are written before the call they name.

    Found again after a crash or an Outage, they say which answer was lost. BY_HAND: its bytes are
    written down, and a person files them on NCMEC's public form; no worker touches it.
    """

    OWED = "owed"
    INTENDED = "intended"
    SUBMITTING = "submitting"
    OPENED = "opened"
    UPLOADING = "uploading"
    FINISHING = "finishing"
    FINISHED = "finished"
    NEEDS_PERSON = "needs-person"
    BY_HAND = "by-hand"
    WITHDRAWN = "withdrawn"


ENDED = frozenset({Status.FINISHED, Status.WITHDRAWN})
FOR_PEOPLE = frozenset({Status.NEEDS_PERSON, Status.BY_HAND})
"""Nothing goes on by itself: people act, or nobody does."""
CAN_BE_UNDONE = frozenset(Status) - ENDED - {Status.FINISHING}
"""Once /finish may have been heard, nobody can say that it was not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One report that is owed, and how far it has come."""

    site: Site
    id: ReportId
    subject: SubjectId
    case: CaseId
    decision: DecisionId
    decision_event: EventId
    ads: tuple[AdId, ...]
    status: Status
    owed: Millis
    not_before: Millis
    urgent: bool
    synthetic: bool
    attempt: int = 0
    damaged: int = 0
    tipline_id: str | None = None
    intended_event: EventId | None = None
    fence: int = 0
    why: str | None = None
    finished: Millis | None = None
    follows: ReportId | None = None
    """The earlier report on the same decision after which facts came."""
    knows_up_to: int = -1
    """Place in the case's chain of the last told facts that the intended bytes know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the site was asked for a report; its words are in `event`. `number` orders the feed."""

    site: Site
    id: QuestionId
    number: int
    report: ReportId
    event: EventId
    asked: Millis
    until: Millis
    answered: Millis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that the far side has; `noted` once its details were taken."""

    number: int
    file_id: str
    noted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledByHand:
    """A report that a person filed on NCMEC's form; `reconciled` once a list of theirs has it."""

    report: ReportId
    tipline_id: str
    filed: Millis
    reconciled: Millis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdKey:
    """How to find an ad's events."""

    ad: AdId
    external_id: str
    open_subject: SubjectId
    closed_subject: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    """Another ad that shares a contact or an account with one of ours."""

    kind: str
    value: str
    other: AdId
    other_external_id: str
    other_account: str | None
