"""Storage of alerts: ids, times, keyed digests, and a count of look-ups. No words.

Implements alerts.store.AlertStore.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    delete,
    select,
    update,
)

from answerable.adapters.sql.ads import SqlAds
from answerable.adapters.sql.alert_exceptions import SqlExceptions
from answerable.adapters.sql.alert_floods import SqlFloods
from answerable.adapters.sql.alert_sources import SqlSources
from answerable.adapters.sql.alert_tables import alert, alert_of, alert_row
from answerable.adapters.sql.base import (
    insert_once,
    metadata,
    millis_column,
    upsert,
)
from answerable.alerts.model import Alert
from answerable.events.promises import Promise
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import AlertId, EventId, Site
from answerable.kernel.time import Millis

__all__ = ["SqlAlerts", "alert", "lookup_count"]

lookup_count = Table(
    "alert_lookup_count",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("bucket", String(40), primary_key=True),
    millis_column("window"),
    Column("spent", Integer, nullable=False),
    Index("ix_alert_lookup_count_site_window", "site", "window"),
)


class SqlAlerts(SqlFloods, SqlSources, SqlExceptions):
    """AlertStore over one open connection."""

    def add(self, value: Alert) -> bool:
        return insert_once(self._conn, alert, alert_row(value))

    def put(self, value: Alert) -> None:
        upsert(self._conn, alert, alert_row(value), key=("alert_id",))

    def get(self, site: Site, name: AlertId) -> Alert:
        found = self._one(alert.c.site == site, alert.c.alert_id == name)
        if found is None:
            raise NotFound("no such alert", alert=name)
        return found

    def find_by_nonce(self, site: Site, digest: bytes) -> Alert | None:
        return self._one(alert.c.site == site, alert.c.nonce_digest == digest)

    def find_by_words(self, site: Site, digest: bytes) -> Alert | None:
        return self._one(alert.c.site == site, alert.c.words_digest == digest)

    def _one(self, *where: Any) -> Alert | None:
        row = self._conn.execute(select(alert).where(*where)).one_or_none()
        return None if row is None else alert_of(row)

    def head(self, site: Site) -> tuple[int, bytes]:
        return SqlAds(self._conn).head(site)

    def put_promise(self, site: Site, event: EventId, value: Promise) -> None:
        SqlAds(self._conn).put_promise(site, event, value)

    def promise(self, site: Site, leaf_hash: bytes) -> Promise:
        found = SqlAds(self._conn).promise(site, leaf_hash)
        if found is None:
            raise NotFound("no promise was made for that leaf")
        return found

    def spend_lookup(self, site: Site, bucket: str, window: Millis, limit: int) -> bool:
        c = lookup_count.c
        self._conn.execute(delete(lookup_count).where(c.site == site, c.window < window))
        insert_once(
            self._conn,
            lookup_count,
            {"site": site, "bucket": bucket, "window": window, "spent": 0},
        )
        spent = self._conn.execute(
            update(lookup_count)
            .where(c.site == site, c.bucket == bucket, c.spent < limit)
            .values(spent=c.spent + 1)
        )
        return spent.rowcount == 1
