"""Storage of the duty to report: rows under a fence, sent files, look-ups. No words."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from answerable.adapters.sql import core
from answerable.adapters.sql.ads import SqlAds, stored_file
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.alerts import alert
from answerable.adapters.sql.base import (
    id_column,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.networks import SqlNetworks
from answerable.adapters.sql.reports_by_hand import ByHandRows
from answerable.adapters.sql.screening import contact
from answerable.kernel.errors import NotFound, Outage
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
from answerable.reports.model import (
    ENDED,
    AdKey,
    Duty,
    Question,
    SentFile,
    SharedContact,
    Status,
)

report = Table(
    "report",
    metadata,
    site_column(),
    Column("report_id", String(40), primary_key=True),
    id_column("subject"),
    id_column("case_id"),
    id_column("decision_id"),
    id_column("decision_event"),
    Column("status", String(20), nullable=False),
    millis_column("owed"),
    millis_column("not_before"),
    Column("urgent", Boolean, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("damaged", Integer, nullable=False),
    Column("tipline_id", String(40), nullable=True),
    id_column("intended_event", nullable=True),
    Column("why", Text, nullable=True),
    millis_column("finished", nullable=True),
    Column("fence", BigInteger, nullable=False),
    Column("holder", String(80), nullable=True),
    Column("leased_until", BigInteger, nullable=False, server_default="0"),
    Column("follows", String(40), nullable=True),
    Column("knows_up_to", Integer, nullable=False, server_default="-1"),
    Index("ix_report_site_decision_id", "site", "decision_id"),
    Index("uq_report_site_follows", "site", "follows", unique=True),
    Index("ix_report_site_status", "site", "status"),
)

report_ad = Table(
    "report_ad",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("report_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    id_column("ad_id"),
    Index("ix_report_ad_site_ad_id", "site", "ad_id"),
)

report_file = Table(
    "report_file",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("report_id", String(40), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("file_id", String(80), nullable=False),
    Column("noted", Boolean, nullable=False),
)


report_question = Table(
    "report_question",
    metadata,
    site_column(),
    Column("question_id", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("report_id", String(40), nullable=False),
    id_column("event_id"),
    millis_column("asked"),
    millis_column("until"),
    millis_column("answered", nullable=True),
    Index("uq_report_question_site_number", "site", "number", unique=True),
    Index("uq_report_question_site_report_id", "site", "report_id", unique=True),
)

report_cursor = Table(
    "report_cursor",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("last_number", Integer, nullable=False),
)


class SqlReports(ByHandRows):
    """ReportStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        super().__init__(conn, report)
        self._ads = SqlAds(conn)
        self._networks = SqlNetworks(conn)

    def put(self, duty: Duty) -> None:
        upsert(
            self._conn,
            report,
            {
                "site": duty.site,
                "report_id": duty.id,
                "subject": duty.subject,
                "case_id": duty.case,
                "decision_id": duty.decision,
                "decision_event": duty.decision_event,
                "status": duty.status.value,
                "owed": duty.owed,
                "not_before": duty.not_before,
                "urgent": duty.urgent,
                "synthetic": duty.synthetic,
                "attempt": duty.attempt,
                "damaged": duty.damaged,
                "tipline_id": duty.tipline_id,
                "intended_event": duty.intended_event,
                "why": duty.why,
                "finished": duty.finished,
                "fence": duty.fence,
                "follows": duty.follows,
                "knows_up_to": duty.knows_up_to,
            },
            key=("report_id",),
        )
        self._conn.execute(
            delete(report_ad).where(report_ad.c.site == duty.site, report_ad.c.report_id == duty.id)
        )
        rows = [
            {"site": duty.site, "report_id": duty.id, "number": number, "ad_id": ad}
            for number, ad in enumerate(duty.ads)
        ]
        if rows:
            self._conn.execute(insert(report_ad), rows)

    def get(self, site: Site, report_id: ReportId, *, lock: bool = False) -> Duty:
        query = select(report).where(report.c.site == site, report.c.report_id == report_id)
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such report", report=report_id)
        return self._duty(row)

    def of_decision(self, site: Site, decision: DecisionId) -> Duty | None:
        row = self._conn.execute(
            select(report).where(
                report.c.site == site,
                report.c.decision_id == decision,
                report.c.follows.is_(None),
            )
        ).one_or_none()
        return None if row is None else self._duty(row)

    def latest_of(self, site: Site, report_id: ReportId, *, lock: bool = False) -> Duty:
        duty = self.get(site, report_id, lock=lock)
        while True:
            after = self._conn.execute(
                select(report.c.report_id).where(report.c.site == site, report.c.follows == duty.id)
            ).scalar_one_or_none()
            if after is None:
                return duty
            duty = self.get(site, ReportId(after), lock=lock)

    def of_case(self, site: Site, case: CaseId) -> Sequence[Duty]:
        """The reports that came of one case, oldest first."""
        rows = self._conn.execute(
            select(report)
            .where(report.c.site == site, report.c.case_id == case)
            .order_by(report.c.owed, report.c.report_id)
        ).all()
        return [self._duty(row) for row in rows]

    def next_question(self, site: Site) -> int:
        insert_once(self._conn, report_cursor, {"site": site, "last_number": 0})
        taken = self._conn.execute(
            update(report_cursor)
            .where(report_cursor.c.site == site)
            .values(last_number=report_cursor.c.last_number + 1)
            .returning(report_cursor.c.last_number)
        )
        return int(taken.scalar_one())

    def put_question(self, question: Question) -> None:
        upsert(
            self._conn,
            report_question,
            {
                "site": question.site,
                "question_id": question.id,
                "number": question.number,
                "report_id": question.report,
                "event_id": question.event,
                "asked": question.asked,
                "until": question.until,
                "answered": question.answered,
            },
            key=("question_id",),
        )

    def question(self, site: Site, name: QuestionId, *, lock: bool = False) -> Question:
        found = self._question(report_question.c.question_id == name, site, lock=lock)
        if found is None:
            raise NotFound("no such question", question=name)
        return found

    def question_of(
        self, site: Site, report_id: ReportId, *, lock: bool = False
    ) -> Question | None:
        return self._question(report_question.c.report_id == report_id, site, lock=lock)

    def questions(self, site: Site, after: int, limit: int) -> Sequence[Question]:
        c = report_question.c
        rows = self._conn.execute(
            select(report_question)
            .where(c.site == site, c.number > after)
            .order_by(c.number)
            .limit(limit)
        )
        return [_question_of(row) for row in rows]

    def _question(self, which: ColumnElement[bool], site: Site, *, lock: bool) -> Question | None:
        query = select(report_question).where(report_question.c.site == site, which)
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        return None if row is None else _question_of(row)

    def answered(self, site: Site, route: str, key: str, request_sha256: bytes) -> Any | None:
        return self._ads.answered(site, route, key, request_sha256)

    def remember(
        self, site: Site, route: str, key: str, request_sha256: bytes, answer: Any, at: Millis
    ) -> None:
        self._ads.remember(site, route, key, request_sha256, answer, at)

    def claim(
        self, site: Site, report_id: ReportId, holder: str, now: Millis, lease_ms: int
    ) -> int | None:
        taken = self._conn.execute(
            update(report)
            .where(
                report.c.site == site,
                report.c.report_id == report_id,
                report.c.leased_until <= now,
            )
            .values(holder=holder, leased_until=now + lease_ms, fence=report.c.fence + 1)
            .returning(report.c.fence)
        ).scalar_one_or_none()
        return None if taken is None else int(taken)

    def hold(self, site: Site, report_id: ReportId, fence: int, now: Millis, lease_ms: int) -> None:
        held = self._conn.execute(
            update(report)
            .where(report.c.site == site, report.c.report_id == report_id, report.c.fence == fence)
            .values(leased_until=now + lease_ms)
        )
        if held.rowcount != 1:
            raise Outage("the filing lease has passed to another, or the report was withdrawn")

    def let_go(self, site: Site, report_id: ReportId, fence: int) -> None:
        self._conn.execute(
            update(report)
            .where(report.c.site == site, report.c.report_id == report_id, report.c.fence == fence)
            .values(leased_until=0)
        )

    def release_all(self) -> None:
        """What a new process does where it alone files: its dead predecessor's leases end."""
        self._conn.execute(update(report).values(leased_until=0))

    def sent_files(self, site: Site, report_id: ReportId, attempt: int) -> Sequence[SentFile]:
        rows = self._conn.execute(
            select(report_file)
            .where(
                report_file.c.site == site,
                report_file.c.report_id == report_id,
                report_file.c.attempt == attempt,
            )
            .order_by(report_file.c.number)
        )
        return [SentFile(number=r.number, file_id=r.file_id, noted=r.noted) for r in rows]

    def put_sent(self, site: Site, report_id: ReportId, attempt: int, file: SentFile) -> None:
        upsert(
            self._conn,
            report_file,
            {
                "site": site,
                "report_id": report_id,
                "attempt": attempt,
                "number": file.number,
                "file_id": file.file_id,
                "noted": file.noted,
            },
            key=("site", "report_id", "attempt", "number"),
        )

    def ad_key(self, site: Site, ad_id: AdId) -> AdKey:
        ad = self._ads.get(site, ad_id)
        return AdKey(
            ad=ad.id,
            external_id=ad.external_id,
            open_subject=ad.open_subject,
            closed_subject=ad.closed_subject,
        )

    def alert_subjects(self, site: Site, case: CaseId) -> Sequence[SubjectId]:
        rows = self._conn.execute(
            select(alert.c.subject)
            .where(alert.c.site == site, alert.c.case_id == case)
            .order_by(alert.c.received, alert.c.alert_id)
        )
        return [SubjectId(row[0]) for row in rows]

    def contacts(
        self, site: Site, ad_id: AdId, revision: int
    ) -> Sequence[Mapping[str, str | None]]:
        rows = self._conn.execute(
            select(contact.c.kind, contact.c.value, contact.c.field, contact.c.technique)
            .where(contact.c.site == site, contact.c.ad_id == ad_id, contact.c.revision == revision)
            .order_by(contact.c.number)
        )
        return [dict(row._mapping) for row in rows]

    def shared(self, site: Site, ad_id: AdId, limit: int) -> Sequence[SharedContact]:
        links = self._networks.links(site, ad_id, limit=limit)
        others = sorted({link.other for link in links})
        rows = self._conn.execute(
            select(ad_table.c.ad_id, ad_table.c.account_id).where(ad_table.c.ad_id.in_(others))
        )
        accounts: dict[str, str | None] = {row.ad_id: row.account_id for row in rows}
        return [
            SharedContact(
                kind=link.reason.value,
                value=link.value,
                other=link.other,
                other_external_id=link.other_external_id,
                other_account=accounts.get(link.other),
            )
            for link in links
        ]

    def has_file(self, site: Site, sha256: str) -> bool:
        found = self._conn.execute(
            select(stored_file.c.size).where(
                stored_file.c.site == site, stored_file.c.sha256 == sha256
            )
        ).first()
        return found is not None

    def earlier_ids(self, site: Site, ads: Sequence[AdId], but: ReportId) -> Sequence[str]:
        accounts = select(ad_table.c.account_id).where(
            ad_table.c.site == site,
            ad_table.c.ad_id.in_(list(ads)),
            ad_table.c.account_id.is_not(None),
        )
        rows = self._conn.execute(
            select(report.c.tipline_id)
            .join(report_ad, report_ad.c.report_id == report.c.report_id)
            .join(ad_table, ad_table.c.ad_id == report_ad.c.ad_id)
            .where(
                report.c.site == site,
                report.c.status == Status.FINISHED.value,
                report.c.report_id != but,
                report_ad.c.ad_id.in_(list(ads)) | ad_table.c.account_id.in_(accounts),
            )
            .distinct()
            .order_by(report.c.tipline_id)
        )
        return [row[0] for row in rows]

    def is_synthetic(self, site: Site) -> bool:
        return bool(
            self._conn.execute(
                select(core.site.c.synthetic).where(core.site.c.site == site)
            ).scalar_one()
        )

    def open_duties(self, site: Site, limit: int) -> Sequence[Duty]:
        rows = self._conn.execute(
            select(report)
            .where(report.c.site == site, report.c.status.not_in([s.value for s in ENDED]))
            .order_by(report.c.owed, report.c.report_id)
            .limit(limit)
        ).all()
        return [self._duty(row) for row in rows]

    def latest(self, site: Site, limit: int) -> Sequence[Duty]:
        rows = self._conn.execute(
            select(report)
            .where(report.c.site == site)
            .order_by(report.c.owed.desc(), report.c.report_id)
            .limit(limit)
        ).all()
        return [self._duty(row) for row in rows]

    def _duty(self, row: Any) -> Duty:
        ads = self._conn.execute(
            select(report_ad.c.ad_id)
            .where(report_ad.c.site == row.site, report_ad.c.report_id == row.report_id)
            .order_by(report_ad.c.number)
        )
        return Duty(
            site=Site(row.site),
            id=ReportId(row.report_id),
            subject=SubjectId(row.subject),
            case=CaseId(row.case_id),
            decision=DecisionId(row.decision_id),
            decision_event=EventId(row.decision_event),
            ads=tuple(AdId(a[0]) for a in ads),
            status=Status(row.status),
            owed=Millis(row.owed),
            not_before=Millis(row.not_before),
            urgent=row.urgent,
            synthetic=row.synthetic,
            attempt=row.attempt,
            damaged=row.damaged,
            tipline_id=row.tipline_id,
            intended_event=None if row.intended_event is None else EventId(row.intended_event),
            fence=row.fence,
            why=row.why,
            finished=None if row.finished is None else Millis(row.finished),
            follows=None if row.follows is None else ReportId(row.follows),
            knows_up_to=row.knows_up_to,
        )


def _question_of(row: Any) -> Question:
    return Question(
        site=Site(row.site),
        id=QuestionId(row.question_id),
        number=row.number,
        report=ReportId(row.report_id),
        event=EventId(row.event_id),
        asked=Millis(row.asked),
        until=Millis(row.until),
        answered=None if row.answered is None else Millis(row.answered),
    )
