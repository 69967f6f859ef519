"""Events of reports, on the report's own chain: owed, intended, opened, filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped

BY_HAND_FORM = "by hand: NCMEC's public form"
"""The destination of a report that people file: nothing leaves by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOwed(Event):
    """A decision to report became a duty, in the decision's own transaction."""

    TYPE: ClassVar[str] = "report.owed"

    report: str = grouped("link")
    case: str = grouped("link")
    decision: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    not_before: int = grouped("facts")  # ms; urgent: now, else at most 30 minutes later
    urgent: bool = grouped("facts")
    synthetic: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIntended(Event):
    """The exact bytes that will be sent, and no others. Written before anything leaves."""

    TYPE: ClassVar[str] = "report.intended"

    report: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    sha256: str = grouped("facts")  # of the report XML
    xml: str = grouped("report")
    files: Sequence[Mapping[str, Any]] = grouped("report")  # name, sha256, content, details XML
    presence: Mapping[str, Any] = grouped("presence")  # XSD paths filled; held but left out
    destination: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOpened(Event):
    """/submit answered: the CyberTipline's id, stored before any further call."""

    TYPE: ClassVar[str] = "report.opened"

    report: str = grouped("link")
    attempt: int = grouped("facts")
    tipline_id: str = grouped("response")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFileSent(Event):
    """/upload answered with our own MD5."""

    TYPE: ClassVar[str] = "report.file_sent"

    report: str = grouped("link")
    attempt: int = grouped("facts")
    number: int = grouped("facts")
    sha256: str = grouped("facts")
    file_id: str = grouped("response")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAbandoned(Event):
    """A draft that will never be finished: retracted, expired, or its answer was lost."""

    TYPE: ClassVar[str] = "report.abandoned"

    report: str = grouped("link")
    attempt: int = grouped("facts")
    how: str = grouped("facts")  # expired, lapsing, submit-unknown, upload-unknown, upload-damaged


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinished(Event):
    """/finish said 0 (or 5102 for our own id): filed. The receipt's bytes are kept."""

    TYPE: ClassVar[str] = "report.finished"

    report: str = grouped("link")
    case: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    attempt: int = grouped("facts")
    tipline_id: str = grouped("response")
    receipt: str = grouped("response")  # base64 of the answer's bytes; "" when 5102 said so
    request_id: str | None = grouped("response")
    presence: Mapping[str, Any] = grouped("presence")  # XSD paths filled, paths held but left out


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNeedsPerson(Event):
    """Filing cannot go on by itself; the duty stays open and visible."""

    TYPE: ClassVar[str] = "report.needs_person"

    report: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    why: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResumed(Event):
    """A person dealt with what stopped the filing; it goes on by itself again."""

    TYPE: ClassVar[str] = "report.resumed"

    report: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    what: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWithdrawn(Event):
    """The reviewer's own undo, before finish."""

    TYPE: ClassVar[str] = "report.withdrawn"

    report: str = grouped("link")
    ads: Sequence[str] = grouped("link")
    decision: str = grouped("link")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsAsked(Event):
    """The site is asked for what only it can know, on the chain of the case. It never hears why."""

    TYPE: ClassVar[str] = "facts.asked"

    report: str = grouped("link")
    question: str = grouped("facts")
    items: Sequence[Mapping[str, Any]] = grouped("report")  # {external_id, account, want}
    completeness: Mapping[str, Any] = grouped("facts")  # {filled, applicable}
    until: int = grouped("facts")  # ms; the report goes without the answer then


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsTold(Event):
    """Facts for the reports of a case, by the site or by a reviewer; on the chain of the case."""

    TYPE: ClassVar[str] = "facts.told"

    report: str = grouped("link")
    question: str | None = grouped("facts")  # None: nobody had asked
    items: Sequence[Mapping[str, Any]] = grouped("report")  # {external_id, account, connections, …}
    not_held: Sequence[Mapping[str, Any]] = grouped("report")  # {external_id, fields}: never
    complete: bool = grouped("facts")  # nothing that was asked is left open


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFollowedUp(Event):
    """This report is owed on the same decision as an earlier one: new facts came after that."""

    TYPE: ClassVar[str] = "report.followed_up"

    report: str = grouped("link")
    follows: str = grouped("link")
    decision: str = grouped("link")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportByHand(Event):
    """A person filed the intended bytes on NCMEC's public form, and entered its number and time."""

    TYPE: ClassVar[str] = "report.by_hand"

    report: str = grouped("link")
    attempt: int = grouped("facts")
    tipline_id: str = grouped("response")
    filed: int = grouped("facts")  # ms, as entered
    sha256: str = grouped("facts")  # of the report XML that was laid out


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReconciled(Event):
    """A list from the far side has the number of a report that was filed by hand."""

    TYPE: ClassVar[str] = "report.reconciled"

    report: str = grouped("link")
    tipline_id: str = grouped("response")
    source: str = grouped("facts")  # SHA-256 of the list


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeHeard(Event):
    """What came of a report, as somebody told us. Nothing that decides ever reads it."""

    TYPE: ClassVar[str] = "report.outcome_heard"

    report: str = grouped("link")
    outcome: str = grouped("facts")  # referral, informational, police_contact, other
    words: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHandedOver(Event):
    """A sealed package of a report was given to another authority, by the way its route names."""

    TYPE: ClassVar[str] = "report.handed_over"

    report: str = grouped("link")
    case: str = grouped("link")
    route: str = grouped("facts")
    package: str = grouped("facts")  # SHA-256 of the sealed package
    how: str = grouped("report")
    to: str = grouped("report")
    reference: str | None = grouped("response")
