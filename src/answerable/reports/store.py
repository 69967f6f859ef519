"""What reports ask of storage: the duty's row under a fence, and where the facts are."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from answerable.events.evidence import Reading
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import (
    AdId,
    CaseId,
    DecisionId,
    QuestionId,
    ReportId,
    Site,
    SubjectId,
)
from answerable.kernel.time import Millis
from answerable.reports.document.facts import ExifFacts
from answerable.reports.model import (
    AdKey,
    Duty,
    FiledByHand,
    Question,
    SentFile,
    SharedContact,
)


class ReportStore(Protocol):
    """Rows of duties and sent files; look-ups of what a report tells."""

    def put(self, duty: Duty) -> None:
        """Insert or replace the row, its fence included; who holds the lease stays."""
        ...

    def get(self, site: Site, report: ReportId, *, lock: bool = False) -> Duty:
        """Raises NotFound."""
        ...

    def of_decision(self, site: Site, decision: DecisionId) -> Duty | None:
        """The first report of a decision; its follow-ups are found from it."""
        ...

    def latest_of(self, site: Site, report: ReportId, *, lock: bool = False) -> Duty:
        """The last of the reports that follow one another, of which this is one."""
        ...

    def next_question(self, site: Site) -> int:
        """The next number of the feed: gap-free, taken under a lock that ends with the commit."""
        ...

    def put_question(self, question: Question) -> None: ...

    def question(self, site: Site, name: QuestionId, *, lock: bool = False) -> Question:
        """Raises NotFound."""
        ...

    def question_of(
        self, site: Site, report: ReportId, *, lock: bool = False
    ) -> Question | None: ...

    def questions(self, site: Site, after: int, limit: int) -> Sequence[Question]: ...

    def answered(self, site: Site, route: str, key: str, request_sha256: bytes) -> Any | None:
        """What was answered under this key. Raises Conflict where it was used for other bytes."""
        ...

    def remember(
        self, site: Site, route: str, key: str, request_sha256: bytes, answer: Any, at: Millis
    ) -> None: ...

    def claim(
        self, site: Site, report: ReportId, holder: str, now: Millis, lease_ms: int
    ) -> int | None:
        """Take the filing lease: its new fence, or None while another worker holds it."""
        ...

    def hold(self, site: Site, report: ReportId, fence: int, now: Millis, lease_ms: int) -> None:
        """Lengthen our lease. Raises Outage if it has passed to another."""
        ...

    def let_go(self, site: Site, report: ReportId, fence: int) -> None: ...

    def sent_files(self, site: Site, report: ReportId, attempt: int) -> Sequence[SentFile]: ...

    def put_sent(self, site: Site, report: ReportId, attempt: int, file: SentFile) -> None: ...

    def ad_key(self, site: Site, ad: AdId) -> AdKey: ...

    def alert_subjects(self, site: Site, case: CaseId) -> Sequence[SubjectId]:
        """The chains of the alerts that this case answers."""
        ...

    def contacts(self, site: Site, ad: AdId, revision: int) -> Sequence[Mapping[str, str | None]]:
        """kind, value, field, technique of each contact read out of a revision."""
        ...

    def shared(self, site: Site, ad: AdId, limit: int) -> Sequence[SharedContact]: ...

    def has_file(self, site: Site, sha256: str) -> bool: ...

    def earlier_ids(self, site: Site, ads: Sequence[AdId], but: ReportId) -> Sequence[str]:
        """CyberTipline ids of finished reports on these ads or on ads of the same accounts."""
        ...

    def is_synthetic(self, site: Site) -> bool: ...

    def open_duties(self, site: Site, limit: int) -> Sequence[Duty]:
        """What is owed and not ended, oldest first."""
        ...

    def latest(self, site: Site, limit: int) -> Sequence[Duty]: ...

    def number_taken(self, site: Site, tipline_id: str, but: ReportId) -> bool:
        """Does another report of this site stand under this number, filed or as a draft?"""
        ...

    def put_by_hand(self, site: Site, filed: FiledByHand) -> bool:
        """False where another report was filed by hand under this number."""
        ...

    def by_hand(self, site: Site, report: ReportId) -> FiledByHand | None: ...

    def finished_by_hand(self, site: Site) -> Sequence[FiledByHand]:
        """Every report that was filed by hand, the earliest first."""
        ...

    def note_reconciled(self, site: Site, report: ReportId, at: Millis) -> bool:
        """False where it is noted already."""
        ...

    def finished_ids(self, site: Site) -> Mapping[str, ReportId]:
        """NCMEC's number of every finished report, and which report that is."""
        ...

    def draft_ids(self, site: Site) -> frozenset[str]:
        """Numbers under which something of ours was open and is not finished."""
        ...


class TellsSite(Protocol):
    """Tells the site without being asked: the signed webhook."""

    def wanted(self, site: Site) -> bool:
        """Has this site a webhook at all?"""
        ...

    def push(self, site: Site, body: bytes) -> Millis | None:
        """Deliver. Raises Outage."""
        ...


class ReadsExif(Protocol):
    """Reads what the bytes of an image say of it."""

    def __call__(self, content: bytes) -> tuple[ExifFacts, ...]:
        """Nothing for what is no image, or no image that can be read."""
        ...


def no_exif(content: bytes) -> tuple[ExifFacts, ...]:
    return ()


class ReadsFiles(Protocol):
    """Where stored objects come from."""

    def read(self, site: Site, sha256: str, why: Reading) -> bytes:
        """The bytes; that they were given, and for what, is on record first."""
        ...


class ReportsWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def reports(self) -> ReportStore: ...
