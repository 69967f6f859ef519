"""Complaints: which decision, on which ad or alert, in which case, and how they were answered."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, String, Table, or_, select, update

from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.cases.complaints import Complaint, Side
from answerable.kernel.ids import ActorId, AdId, AlertId, CaseId, DecisionId, Site, SubjectId
from answerable.kernel.time import Millis

complaint = Table(
    "complaint",
    metadata,
    site_column(),
    Column("complaint_id", String(40), primary_key=True),
    id_column("case_id"),
    id_column("subject"),
    Column("side", String(16), nullable=False),
    id_column("ad_id", nullable=True),
    id_column("alert_id", nullable=True),
    id_column("decision_id", nullable=True),
    Column("deciders", JsonText, nullable=False),
    millis_column("received"),
    millis_column("due"),
    id_column("answer_id", nullable=True),
    Column("granted", Boolean, nullable=True),
    millis_column("answered", nullable=True),
    Index("ix_complaint_site_case_id", "site", "case_id"),
    Index("ix_complaint_site_ad_id", "site", "ad_id"),
    Index("ix_complaint_site_alert_id", "site", "alert_id"),
)


def put(conn: Connection, value: Complaint) -> None:
    values = {
        "site": value.site,
        "complaint_id": value.id,
        "case_id": value.case,
        "subject": value.subject,
        "side": value.side.value,
        "ad_id": value.ad,
        "alert_id": value.alert,
        "decision_id": value.decision,
        "deciders": list(value.deciders),
        "received": value.received,
        "due": value.due,
        "answer_id": value.answer,
        "granted": value.granted,
        "answered": value.answered,
    }
    upsert(conn, complaint, values, key=("complaint_id",))


def named(conn: Connection, site: Site, name: str) -> Complaint | None:
    found = _many(conn, complaint.c.site == site, complaint.c.complaint_id == name)
    return found[0] if found else None


def of_case(conn: Connection, site: Site, case: CaseId, *, waiting: bool) -> tuple[Complaint, ...]:
    c = complaint.c
    more = [c.answered.is_(None)] if waiting else []
    return _many(conn, c.site == site, c.case_id == case, *more)


def about(
    conn: Connection, site: Site, ad: AdId | None, alert: AlertId | None
) -> tuple[Complaint, ...]:
    """Those on this ad, or of this alert."""
    c = complaint.c
    which = [c.ad_id == ad] if ad is not None else []
    which += [c.alert_id == alert] if alert is not None else []
    return _many(conn, c.site == site, or_(*which)) if which else ()


def carry(conn: Connection, site: Site, emptied: CaseId, into: CaseId) -> None:
    """Two cases were merged: what waits in the one is answered by the other."""
    c = complaint.c
    conn.execute(
        update(complaint)
        .where(c.site == site, c.case_id == emptied, c.answered.is_(None))
        .values(case_id=into)
    )


def _many(conn: Connection, *which: Any) -> tuple[Complaint, ...]:
    rows: Iterable[Any] = conn.execute(
        select(complaint).where(*which).order_by(complaint.c.received, complaint.c.complaint_id)
    )
    return tuple(_complaint(row) for row in rows)


def _complaint(row: Any) -> Complaint:
    def named(value: str | None, kind: Any) -> Any:
        return None if value is None else kind(value)

    return Complaint(
        id=row.complaint_id,
        site=Site(row.site),
        case=CaseId(row.case_id),
        subject=SubjectId(row.subject),
        side=Side(row.side),
        ad=named(row.ad_id, AdId),
        alert=named(row.alert_id, AlertId),
        decision=named(row.decision_id, DecisionId),
        deciders=tuple(ActorId(name) for name in row.deciders),
        received=Millis(row.received),
        due=Millis(row.due),
        answer=named(row.answer_id, DecisionId),
        granted=row.granted,
        answered=named(row.answered, Millis),
    )
