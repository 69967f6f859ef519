"""Which watch brought which ad into which case, and on what kinds of term: ids and kinds alone."""

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, String, Table, select

from answerable.adapters.sql.base import (
    JsonText,
    insert_once,
    metadata,
    millis_column,
    site_column,
)
from answerable.cases.model import CaseWatch
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
            "at": value.at,
        },
    )


def of_case(conn: Connection, site: Site, case: CaseId) -> tuple[CaseWatch, ...]:
    """In the order in which they came."""
    rows = conn.execute(
        select(case_watch)
        .where(case_watch.c.site == site, case_watch.c.case_id == case)
        .order_by(case_watch.c.at, case_watch.c.watch_id, case_watch.c.ad_id, case_watch.c.revision)
    )
    return tuple(_case_watch(row) for row in rows)


def cases_of(watch: str, site: Site) -> Any:
    """The cases that a watch brought ads into, as a sub-query."""
    return select(case_watch.c.case_id).where(
        case_watch.c.site == site, case_watch.c.watch_id == watch
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
