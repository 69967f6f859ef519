"""Storage of exceptions to hide first. Implements alerts.store.ExceptionStore."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, select

from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.alert_tables import alert
from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.alerts.exceptions import HideException, Request
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, AdId, Site, SubjectId
from answerable.kernel.time import Millis

hide_exception = Table(
    "hide_exception",
    metadata,
    site_column(),
    Column("exception_id", String(40), primary_key=True),
    id_column("subject"),
    Column("ads", JsonText, nullable=False),
    Column("request", JsonText, nullable=False),
    millis_column("ends"),
    millis_column("asked"),
    Column("asked_by", String(80), nullable=False),
    id_column("renews", nullable=True),
    millis_column("granted", nullable=True),
    Column("granted_by", String(80), nullable=True),
    millis_column("ended", nullable=True),
    Index("ix_hide_exception_site_ended", "site", "ended", "ends"),
)


class SqlExceptions:
    """ExceptionStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def _locked(self, query: Any) -> Any:
        return query.with_for_update() if self._conn.dialect.name == "postgresql" else query

    def put_exception(self, value: HideException) -> None:
        row = {
            "site": value.site,
            "exception_id": value.id,
            "subject": value.subject,
            "ads": list(value.ads),
            "request": asdict(value.request),
            "ends": value.ends,
            "asked": value.asked,
            "asked_by": value.asked_by,
            "renews": value.renews,
            "granted": value.granted,
            "granted_by": value.granted_by,
            "ended": value.ended,
        }
        upsert(self._conn, hide_exception, row, key=("exception_id",))

    def exception(self, site: Site, name: str, *, lock: bool = False) -> HideException:
        c = hide_exception.c
        query = select(hide_exception).where(c.site == site, c.exception_id == name)
        row = self._conn.execute(self._locked(query) if lock else query).one_or_none()
        if row is None:
            raise NotFound("no such exception", exception=name)
        return _exception(row)

    def exceptions(
        self, site: Site, limit: int, *, open_only: bool = False
    ) -> tuple[HideException, ...]:
        c = hide_exception.c
        query = select(hide_exception).where(c.site == site)
        if open_only:
            query = query.where(c.ended.is_(None))
        rows = self._conn.execute(query.order_by(c.asked.desc(), c.exception_id).limit(limit))
        return tuple(_exception(row) for row in rows)

    def is_put_off(self, site: Site, ad: AdId) -> bool:
        found = self._conn.execute(
            select(alert.c.alert_id)
            .where(
                alert.c.site == site,
                alert.c.ad_id == ad,
                alert.c.put_off.is_not(None),
                alert.c.answered.is_(None),
            )
            .limit(1)
        )
        return found.first() is not None

    def closed_subjects(self, site: Site, ads: Sequence[AdId]) -> Mapping[AdId, SubjectId]:
        rows = self._conn.execute(
            self._locked(
                select(ad_table.c.ad_id, ad_table.c.closed_subject)
                .where(ad_table.c.site == site, ad_table.c.ad_id.in_(list(ads)))
                .order_by(ad_table.c.ad_id)
            )
        )
        return {AdId(row.ad_id): SubjectId(row.closed_subject) for row in rows}


def _exception(row: Any) -> HideException:
    return HideException(
        site=Site(row.site),
        id=row.exception_id,
        subject=SubjectId(row.subject),
        ads=tuple(AdId(ad) for ad in row.ads),
        request=Request(**row.request),
        ends=Millis(row.ends),
        asked=Millis(row.asked),
        asked_by=ActorId(row.asked_by),
        renews=row.renews,
        granted=None if row.granted is None else Millis(row.granted),
        granted_by=None if row.granted_by is None else ActorId(row.granted_by),
        ended=None if row.ended is None else Millis(row.ended),
    )
