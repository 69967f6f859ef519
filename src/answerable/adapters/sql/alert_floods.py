"""Storage of the flood switch: counts of alerts in a window, and the switches. No words.

Implements alerts.store.FloodStore.
"""

from typing import Any

from sqlalchemy import Connection, func, select, update

from answerable.adapters.sql import core
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.alert_tables import alert, alert_of, flood, flood_of, flood_row
from answerable.adapters.sql.base import insert_once, upsert
from answerable.adapters.sql.directives import SqlDirectives
from answerable.alerts.flood import Flood
from answerable.alerts.model import Alert, AlertedAd
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import Millis


class SqlFloods:
    """FloodStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def _locked(self, query: Any) -> Any:
        return query.with_for_update() if self._conn.dialect.name == "postgresql" else query

    def ad_named(self, site: Site, named: str) -> AlertedAd | None:
        found = SqlDirectives(self._conn).named_ad(site, named)
        if found is None:
            return None
        account = self._conn.execute(
            select(ad_table.c.account_id).where(
                ad_table.c.site == site, ad_table.c.ad_id == found.ad
            )
        ).scalar_one_or_none()
        return AlertedAd(ad=found.ad, closed_subject=found.closed_subject, account=account)

    def site_subject(self, site: Site) -> SubjectId:
        return core.site_subject(self._conn, site)

    def _unverified(self, site: Site, key: str | None) -> list[Any]:
        where = [alert.c.site == site, alert.c.known_by.is_(None)]
        return where if key is None else [*where, alert.c.about_key == key]

    def unverified(self, site: Site, key: str | None, after: Millis, limit: int) -> int:
        some = (
            select(alert.c.alert_id)
            .where(*self._unverified(site, key), alert.c.received > after)
            .limit(limit)
            .subquery()
        )
        return int(self._conn.execute(select(func.count()).select_from(some)).scalar_one())

    def nth_unverified(self, site: Site, key: str | None, number: int) -> Millis | None:
        found = self._conn.execute(
            select(alert.c.received)
            .where(*self._unverified(site, key))
            .order_by(alert.c.received.desc())
            .offset(number - 1)
            .limit(1)
        ).scalar_one_or_none()
        return None if found is None else Millis(found)

    def add_flood(self, value: Flood) -> bool:
        return insert_once(self._conn, flood, flood_row(value))

    def put_flood(self, value: Flood) -> None:
        upsert(self._conn, flood, flood_row(value), key=("flood_id",))

    def flood(self, site: Site, name: str) -> Flood:
        query = select(flood).where(flood.c.site == site, flood.c.flood_id == name)
        row = self._conn.execute(self._locked(query)).one_or_none()
        if row is None:
            raise NotFound("no such switch", flood=name)
        return flood_of(row)

    def open_flood(self, site: Site, key: str) -> Flood | None:
        row = self._conn.execute(
            select(flood).where(
                flood.c.site == site, flood.c.scope_key == key, flood.c.ended.is_(None)
            )
        ).one_or_none()
        return None if row is None else flood_of(row)

    def floods(self, site: Site, limit: int, *, open_only: bool = False) -> tuple[Flood, ...]:
        query = select(flood).where(flood.c.site == site)
        if open_only:
            query = query.where(flood.c.ended.is_(None))
        newest = query.order_by(flood.c.started.desc(), flood.c.flood_id).limit(limit)
        return tuple(flood_of(row) for row in self._conn.execute(newest))

    def put_off_alerts(self, site: Site, limit: int) -> tuple[Alert, ...]:
        rows = self._conn.execute(
            select(alert)
            .where(alert.c.site == site, alert.c.put_off.is_not(None), alert.c.answered.is_(None))
            .order_by(alert.c.received, alert.c.alert_id)
            .limit(limit)
        )
        return tuple(alert_of(row) for row in rows)

    def count_put_off(self, site: Site, because: str) -> int:
        found = self._conn.execute(
            select(func.count())
            .select_from(alert)
            .where(alert.c.site == site, alert.c.put_off.is_not(None), alert.c.because == because)
        ).scalar_one()
        return int(found)

    def forget_keys(self, site: Site, ads_before: Millis, contacts_before: Millis) -> int:
        found = 0
        for column, before in (
            (alert.c.about_key, ads_before),
            (alert.c.contact_digest, contacts_before),
        ):
            done = self._conn.execute(
                update(alert)
                .where(alert.c.site == site, column.is_not(None), alert.c.received < before)
                .values({column: None})
            )
            found += int(done.rowcount)
        return found
