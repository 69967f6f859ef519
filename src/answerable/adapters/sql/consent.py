"""Storage of consents that wait for a second person. Implements access.consent.ConsentStore."""

from typing import Any

from sqlalchemy import Column, Connection, String, Table, Text, delete, select

from answerable.access.consent import WHAT_CHARS_MAX, Consent
from answerable.adapters.sql.base import metadata, millis_column, upsert
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.time import Millis

consent = Table(
    "consent",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("what", String(WHAT_CHARS_MAX), primary_key=True),
    Column("given_by", String(80), nullable=False),
    Column("org", Text, nullable=False),
    Column("reason", Text, nullable=False),
    millis_column("made"),
)


class SqlConsents:
    """ConsentStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def find(self, site: Site, what: str) -> Consent | None:
        query = select(consent).where(consent.c.site == site, consent.c.what == what)
        if self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        return None if row is None else _consent(row)

    def waiting(self, site: Site, prefix: str, since: Millis, limit: int) -> tuple[Consent, ...]:
        rows = self._conn.execute(
            select(consent)
            .where(
                consent.c.site == site,
                consent.c.what.startswith(prefix, autoescape=True),
                consent.c.made > since,
            )
            .order_by(consent.c.made, consent.c.what)
            .limit(limit)
        )
        return tuple(_consent(row) for row in rows)

    def put(self, value: Consent) -> None:
        upsert(
            self._conn,
            consent,
            {
                "site": value.site,
                "what": value.what,
                "given_by": value.by,
                "org": value.org,
                "reason": value.reason,
                "made": value.made,
            },
            key=("site", "what"),
        )

    def drop(self, site: Site, prefix: str) -> None:
        self._conn.execute(
            delete(consent).where(
                consent.c.site == site, consent.c.what.startswith(prefix, autoescape=True)
            )
        )


def _consent(row: Any) -> Consent:
    return Consent(
        site=Site(row.site),
        what=row.what,
        by=ActorId(row.given_by),
        org=row.org,
        reason=row.reason,
        made=Millis(row.made),
    )
