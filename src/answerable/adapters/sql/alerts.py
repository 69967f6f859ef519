"""Storage of alerts: ids, times, keyed digests, and a count of look-ups. No words.

Implements alerts.store.AlertStore.
"""

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
    select,
    update,
)

from answerable.adapters.sql.ads import SqlAds
from answerable.adapters.sql.base import (
    bytes_column,
    id_column,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.alerts.model import Alert, Role
from answerable.events.promises import Promise
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import AdId, AlertId, CaseId, DecisionId, EventId, Site, SubjectId
from answerable.kernel.time import Millis

alert = Table(
    "alert",
    metadata,
    site_column(),
    Column("alert_id", String(40), primary_key=True),
    id_column("subject"),
    bytes_column("nonce_digest"),
    bytes_column("request_sha256"),
    bytes_column("words_digest"),
    Column("role", String(16), nullable=False),
    millis_column("received"),
    millis_column("due_act"),
    id_column("event_id", nullable=True),
    bytes_column("leaf_hash", nullable=True),
    id_column("case_id", nullable=True),
    id_column("ad_id", nullable=True),
    Column("hidden", Boolean, nullable=False),
    millis_column("answered", nullable=True),
    id_column("decision_id", nullable=True),
    Column("outcome", String(16), nullable=True),
    Column("within_promise", Boolean, nullable=True),
    Index("uq_alert_site_nonce_digest", "site", "nonce_digest", unique=True),
    Index("uq_alert_site_words_digest", "site", "words_digest", unique=True),
    Index("ix_alert_site_case_id", "site", "case_id"),
)

lookup_count = Table(
    "alert_lookup_count",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("bucket", String(40), primary_key=True),
    millis_column("window"),
    Column("spent", Integer, nullable=False),
    Index("ix_alert_lookup_count_site_window", "site", "window"),
)


class SqlAlerts:
    """AlertStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def add(self, value: Alert) -> bool:
        return insert_once(self._conn, alert, _row(value))

    def put(self, value: Alert) -> None:
        upsert(self._conn, alert, _row(value), key=("alert_id",))

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
        return None if row is None else _alert(row)

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


def _row(value: Alert) -> dict[str, Any]:
    return {
        "site": value.site,
        "alert_id": value.id,
        "subject": value.subject,
        "nonce_digest": value.nonce_digest,
        "request_sha256": value.request_sha256,
        "words_digest": value.words_digest,
        "role": value.role.value,
        "received": value.received,
        "due_act": value.due_act,
        "event_id": value.event,
        "leaf_hash": value.leaf_hash,
        "case_id": value.case,
        "ad_id": value.ad,
        "hidden": value.hidden,
        "answered": value.answered,
        "decision_id": value.decision,
        "outcome": value.outcome,
        "within_promise": value.within_promise,
    }


def _alert(row: Any) -> Alert:
    return Alert(
        site=Site(row.site),
        id=AlertId(row.alert_id),
        subject=SubjectId(row.subject),
        nonce_digest=row.nonce_digest,
        request_sha256=row.request_sha256,
        words_digest=row.words_digest,
        role=Role(row.role),
        received=Millis(row.received),
        due_act=Millis(row.due_act),
        event=None if row.event_id is None else EventId(row.event_id),
        leaf_hash=row.leaf_hash,
        case=None if row.case_id is None else CaseId(row.case_id),
        ad=None if row.ad_id is None else AdId(row.ad_id),
        hidden=row.hidden,
        answered=None if row.answered is None else Millis(row.answered),
        decision=None if row.decision_id is None else DecisionId(row.decision_id),
        outcome=row.outcome,
        within_promise=row.within_promise,
    )
