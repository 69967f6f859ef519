"""Events of reports, on the report's own chain: owed, intended, opened, filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


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
