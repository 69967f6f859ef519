"""Storage of registered sources, their nonces, and alerters who were warned. No words of alerts.

Implements alerts.store.SourceStore.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    String,
    Table,
    Text,
    and_,
    case,
    delete,
    func,
    select,
)

from answerable.adapters.sql.alert_tables import alert, alert_of
from answerable.adapters.sql.base import (
    bytes_column,
    id_column,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.alerts.alerters import Alerter
from answerable.alerts.model import Alert
from answerable.alerts.sources import Kind, Record, Source
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import Millis

source = Table(
    "alert_source",
    metadata,
    site_column(),
    Column("source_id", String(40), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("how", Text, nullable=False),
    bytes_column("public_key", nullable=True),
    id_column("token_id", nullable=True),
    millis_column("registered"),
    millis_column("revoked", nullable=True),
    Column("reason", Text, nullable=True),
    Index("ix_alert_source_site_token_id", "site", "token_id"),
)

source_nonce = Table(
    "alert_source_nonce",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("source_id", String(40), primary_key=True),
    Column("nonce", String(200), primary_key=True),
    bytes_column("request_sha256"),
    millis_column("until"),
    Index("ix_alert_source_nonce_until", "until"),
)

alerter = Table(
    "alerter",
    metadata,
    site_column(),
    Column("alerter_id", String(40), primary_key=True),
    id_column("subject"),
    Column("identity", String(80), nullable=False),
    millis_column("warned"),
    id_column("limit_id", nullable=True),
    millis_column("limited", nullable=True),
    millis_column("until", nullable=True),
    millis_column("lifted", nullable=True),
    Index("uq_alerter_site_identity", "site", "identity", unique=True),
)

CONTACT = "contact:"


class SqlSources:
    """SourceStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def _locked(self, query: Any) -> Any:
        return query.with_for_update() if self._conn.dialect.name == "postgresql" else query

    def put_source(self, value: Source) -> None:
        upsert(self._conn, source, _source_row(value), key=("source_id",))

    def source(self, site: Site, name: str) -> Source | None:
        return self._source(source.c.site == site, source.c.source_id == name)

    def source_of_token(self, site: Site, token: str) -> Source | None:
        return self._source(source.c.site == site, source.c.token_id == token)

    def _source(self, *where: Any) -> Source | None:
        row = self._conn.execute(select(source).where(*where)).one_or_none()
        return None if row is None else _source_of(row)

    def sources(self, site: Site, limit: int) -> tuple[Source, ...]:
        rows = self._conn.execute(
            select(source)
            .where(source.c.site == site)
            .order_by(source.c.registered.desc(), source.c.source_id)
            .limit(limit)
        )
        return tuple(_source_of(row) for row in rows)

    def spend_nonce(
        self, site: Site, name: str, nonce: str, request_sha256: bytes, until: Millis
    ) -> bool:
        c = source_nonce.c
        new = insert_once(
            self._conn,
            source_nonce,
            {
                "site": site,
                "source_id": name,
                "nonce": nonce,
                "request_sha256": request_sha256,
                "until": until,
            },
        )
        if new:
            return True
        known = self._conn.execute(
            select(c.request_sha256).where(c.site == site, c.source_id == name, c.nonce == nonce)
        ).scalar_one_or_none()
        return known == request_sha256

    def drop_nonces(self, site: Site, before: Millis) -> None:
        c = source_nonce.c
        self._conn.execute(delete(source_nonce).where(c.site == site, c.until < before))

    def open_of_kind(self, site: Site, kind: Kind, limit: int) -> tuple[Alert, ...]:
        joined = and_(source.c.site == site, alert.c.known_by == "source:" + source.c.source_id)
        rows = self._conn.execute(
            select(alert)
            .join(source, joined)
            .where(alert.c.site == site, alert.c.answered.is_(None), source.c.kind == kind.value)
            .order_by(alert.c.received, alert.c.alert_id)
            .limit(limit)
        )
        return tuple(alert_of(row) for row in rows)

    def record_of(self, site: Site, identity: str, after: Millis) -> Record:
        """Of the alerts of this identity that came later than `after`."""
        found = self._conn.execute(
            select(*_counts()).where(alert.c.site == site, _is(identity), alert.c.received > after)
        ).one()
        return _record(found)

    def patterns(self, site: Site, after: Millis, limit: int) -> tuple[tuple[str, Record], ...]:
        who = func.coalesce(alert.c.known_by, CONTACT + alert.c.contact_digest).label("who")
        unfounded = _sum(alert.c.outcome == "declined", alert.c.names_fact.is_(False))
        rows = self._conn.execute(
            select(who, *_counts())
            .where(alert.c.site == site, alert.c.received > after, who.is_not(None))
            .group_by(who)
            .having(unfounded > 0)
            .order_by(unfounded.desc(), who)
            .limit(limit)
        )
        return tuple((row.who, _record(row)) for row in rows)

    def put_alerter(self, value: Alerter) -> None:
        row = {
            "site": value.site,
            "alerter_id": value.id,
            "subject": value.subject,
            "identity": value.identity,
            "warned": value.warned,
            "limit_id": value.limit,
            "limited": value.limited,
            "until": value.until,
            "lifted": value.lifted,
        }
        upsert(self._conn, alerter, row, key=("alerter_id",))

    def alerter(self, site: Site, identity: str, *, lock: bool = False) -> Alerter | None:
        query = select(alerter).where(alerter.c.site == site, alerter.c.identity == identity)
        row = self._conn.execute(self._locked(query) if lock else query).one_or_none()
        return None if row is None else _alerter(row)

    def alerters(self, site: Site, limit: int) -> tuple[Alerter, ...]:
        rows = self._conn.execute(
            select(alerter)
            .where(alerter.c.site == site)
            .order_by(alerter.c.warned.desc(), alerter.c.alerter_id)
            .limit(limit)
        )
        return tuple(_alerter(row) for row in rows)


def _is(identity: str) -> Any:
    """The rows of one identity: known by it, or by anybody with that contact."""
    if identity.startswith(CONTACT):
        digest = identity.removeprefix(CONTACT)
        return and_(alert.c.known_by.is_(None), alert.c.contact_digest == digest)
    return alert.c.known_by == identity


def _sum(*where: Any) -> Any:
    return func.coalesce(func.sum(case((and_(*where), 1), else_=0)), 0)


def _counts() -> tuple[Any, ...]:
    declined = alert.c.outcome == "declined"
    return (
        func.count().label("received"),
        _sum(alert.c.outcome == "acted").label("acted"),
        _sum(alert.c.outcome == "reported").label("reported"),
        _sum(declined).label("declined"),
        _sum(declined, alert.c.names_fact.is_(False)).label("unfounded"),
    )


def _record(row: Any) -> Record:
    return Record(
        received=int(row.received),
        acted=int(row.acted),
        reported=int(row.reported),
        declined=int(row.declined),
        unfounded=int(row.unfounded),
    )


def _source_row(value: Source) -> dict[str, Any]:
    return {
        "site": value.site,
        "source_id": value.id,
        "kind": value.kind.value,
        "organisation": value.organisation,
        "contact": value.contact,
        "how": value.how,
        "public_key": value.key,
        "token_id": value.token,
        "registered": value.registered,
        "revoked": value.revoked,
        "reason": value.reason,
    }


def _source_of(row: Any) -> Source:
    return Source(
        site=Site(row.site),
        id=row.source_id,
        kind=Kind(row.kind),
        organisation=row.organisation,
        contact=row.contact,
        how=row.how,
        key=row.public_key,
        token=row.token_id,
        registered=Millis(row.registered),
        revoked=None if row.revoked is None else Millis(row.revoked),
        reason=row.reason,
    )


def _alerter(row: Any) -> Alerter:
    return Alerter(
        site=Site(row.site),
        id=row.alerter_id,
        subject=SubjectId(row.subject),
        identity=row.identity,
        warned=Millis(row.warned),
        limit=row.limit_id,
        limited=None if row.limited is None else Millis(row.limited),
        until=None if row.until is None else Millis(row.until),
        lifted=None if row.lifted is None else Millis(row.lifted),
    )
