"""Which watch brought which ad into which case, and on what kinds of term: ids and kinds alone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    delete,
    exists,
    select,
)

from answerable.adapters.sql.alert_tables import alert
from answerable.adapters.sql.base import (
    JsonText,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.case_rows import review_case
from answerable.adapters.sql.watches import watch as watch_table
from answerable.cases.model import CaseWatch, Cause
from answerable.kernel.ids import AdId, CaseId, Site
from answerable.kernel.time import Millis

case_watch = Table(
    "case_watch",
    metadata,
    site_column(),
    Column("case_id", String(40), primary_key=True),
    Column("watch_id", String(40), primary_key=True),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kinds", JsonText, nullable=False),
    Column("strong", Boolean, nullable=False),
    # A case that this watch gathers in: it opened it, or its case was merged into it.
    Column("gathers", Boolean, nullable=False),
    millis_column("at"),
    Index("ix_case_watch_site_watch_id", "site", "watch_id"),
)


def put(conn: Connection, site: Site, case: CaseId, value: CaseWatch) -> None:
    """Keep it, once."""
    insert_once(
        conn,
        case_watch,
        {
            "site": site,
            "case_id": case,
            "watch_id": value.watch,
            "ad_id": value.ad,
            "revision": value.revision,
            "kinds": list(value.kinds),
            "strong": value.strong,
            "gathers": _gathers(conn, site, case, value.watch),
            "at": value.at,
        },
    )


def _gathers(conn: Connection, site: Site, case: CaseId, watch: str) -> bool:
    c, own = case_watch.c, review_case.c
    opened = exists().where(own.site == site, own.case_id == case, own.cause == Cause.WATCH.value)
    merged = exists().where(
        c.site == site, c.case_id == case, c.watch_id == watch, c.gathers.is_(True)
    )
    return bool(conn.execute(select(opened | merged)).scalar_one())


def carry(conn: Connection, site: Site, emptied: CaseId, into: CaseId, ads: Sequence[AdId]) -> None:
    """What watches brought of these ads stands in `into` from now on."""
    c = case_watch.c
    moving = (c.site == site, c.case_id == emptied, c.ad_id.in_(list(ads)))
    for row in conn.execute(select(case_watch).where(*moving)).all():
        gathers = row.gathers or _gathers(conn, site, into, row.watch_id)
        values = {**row._mapping, "case_id": into, "gathers": gathers}
        upsert(conn, case_watch, values, key=[each.name for each in case_watch.primary_key])
    conn.execute(delete(case_watch).where(*moving))


def of_case(conn: Connection, site: Site, case: CaseId) -> tuple[CaseWatch, ...]:
    """In the order in which they came."""
    rows = conn.execute(
        select(case_watch)
        .where(case_watch.c.site == site, case_watch.c.case_id == case)
        .order_by(case_watch.c.at, case_watch.c.watch_id, case_watch.c.ad_id, case_watch.c.revision)
    )
    return tuple(_case_watch(row) for row in rows)


def gathering(watch: str, site: Site) -> Any:
    """The cases in which a watch gathers what it finds, as a sub-query.

    Never one with the alert that asked for it, even where a person merged the two: when that alert
    is answered must not depend on what is found from then on.
    """
    asking = exists().where(
        watch_table.c.site == site,
        watch_table.c.watch_id == watch,
        alert.c.site == site,
        alert.c.alert_id == watch_table.c.alert_id,
        alert.c.case_id == case_watch.c.case_id,
    )
    c = case_watch.c
    return select(c.case_id).where(
        c.site == site, c.watch_id == watch, c.gathers.is_(True), ~asking
    )


def by_ads(conn: Connection, site: Site, watch: str) -> dict[AdId, CaseId]:
    """The (last) case into which each ad was brought by this watch."""
    rows = conn.execute(
        select(case_watch.c.ad_id, case_watch.c.case_id)
        .where(
            case_watch.c.site == site,
            case_watch.c.watch_id == watch,
        )
        .order_by(case_watch.c.at)
    )
    return {AdId(row.ad_id): CaseId(row.case_id) for row in rows}


def _case_watch(row: Any) -> CaseWatch:
    return CaseWatch(
        watch=row.watch_id,
        ad=AdId(row.ad_id),
        revision=row.revision,
        kinds=tuple(row.kinds),
        strong=row.strong,
        at=Millis(row.at),
    )
