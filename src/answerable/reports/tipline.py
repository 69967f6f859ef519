"""reports.tipline: the CyberTipline as we need it, and everything it can answer.

Each call either returns what came of it or raises. Outage: no answer that can be read, or one of
the far side's own faults; the effect is unknown, try again. `TiplineRefused`: the far side says no
in a way that trying again cannot mend; a person looks. What a report's own state forbids (gone,
retracted, finished) is neither: it is returned, and `match` makes each caller think about it.
"""

from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from answerable.kernel.errors import Breach
from answerable.kernel.ids import TiplineId
from answerable.kernel.sealed import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An answer as it came. The far side sends no other notification: keep these bytes.

    `body` may echo the report and is not printed; `request_id` is what NCMEC's support asks for.
    """

    body: bytes = field(repr=False)
    http_status: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """`/status` answered: address and credentials are good."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFetched:
    """`/xsd` answered with a schema, as it came; nothing is said of its sense."""

    xsd: bytes = field(repr=False)
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A report is open. Store `report_id` before any further call."""

    report_id: TiplineId
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file is attached, and its bytes arrived whole: `md5` is theirs and ours."""

    report_id: TiplineId
    file_id: str
    md5: str
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadDamaged:
    """A file is attached whose digest is not ours (None: none was given). Retract, start again."""

    report_id: TiplineId
    file_id: str
    md5_sent: str
    md5_answered: str | None
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The details of a file were taken."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The report is filed. `file_ids` is None when the answer did not list files."""

    report_id: TiplineId
    file_ids: tuple[str, ...] | None
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracted:
    """The report was open and is now discarded."""

    report_id: TiplineId
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchReport:
    """Code 5001: never opened, or lapsed unfinished. Start again from the beginning."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchFile:
    """Code 5002: the report has no file of that id."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyRetracted:
    """Code 5101: discarded earlier (some read a lapsed report so too). Start again."""

    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyFinished:
    """Code 5102: filed earlier. Success, if the id and the bytes are the ones we stored."""

    receipt: Receipt


Gone: TypeAlias = NoSuchReport | AlreadyRetracted
StateAnswer: TypeAlias = NoSuchReport | NoSuchFile | AlreadyRetracted | AlreadyFinished


class TiplineRefused(Breach):
    """A no that trying again cannot mend. `code` is None where no code could be read (HTTP 401).

    `description` is sealed: a validator's text may quote the report.
    """

    def __init__(self, call: str, code: int | None, description: str, receipt: Receipt) -> None:
        super().__init__(
            f"the CyberTipline refused {call}: code {code}, HTTP {receipt.http_status}, "
            f"request {receipt.request_id}"
        )
        self.call = call
        self.code = code
        self.description = Sealed(description, label="CyberTipline description")
        self.receipt = receipt


class AnsweredForAnother(Breach):
    """An answer names another report than the one we asked about. Nobody can say what happened."""


class CyberTipline(Protocol):
    """The far side, one method a call.

    Every method may raise Outage or TiplineRefused; those that name a report, AnsweredForAnother.
    """

    def status(self) -> Greeting:
        """Ask whether address and credentials are good. Changes nothing."""
        ...

    def submit(self, xml: bytes) -> Opened:
        """Open a report with its `<report>` bytes. If the answer is lost, a draft may stand open
        under an id nobody knows; it lapses unfinished (24 h, or 1 h after its last change)."""
        ...

    def upload(
        self, report: TiplineId, name: str, media_type: str, content: bytes
    ) -> Uploaded | UploadDamaged | StateAnswer:
        """Attach a file. If the answer is lost, it may be attached: retract and start again."""
        ...

    def fileinfo(self, xml: bytes) -> Noted | StateAnswer:
        """Describe an attached file with its `<fileDetails>` bytes. Safe to repeat."""
        ...

    def finish(self, report: TiplineId) -> Finished | StateAnswer:
        """File the report. Nothing can be changed afterwards. Safe to repeat."""
        ...

    def retract(self, report: TiplineId) -> Retracted | StateAnswer:
        """Discard an open report. Never asked of one that may have been finished on purpose."""
        ...
