"""Who was given which file: the event on the file's own chain, and a row for the auditor's page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Index, Integer, String, Table, func, insert, select

from answerable.adapters.sql.base import id_column, metadata, millis_column, site_column
from answerable.adapters.sql.work import SqlWork
from answerable.events.evidence import EvidenceRead, Reading
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import Millis

evidence_read = Table(
    "evidence_read",
    metadata,
    site_column(),
    Column("event_id", String(40), primary_key=True),
    id_column("file"),
    Column("purpose", String(16), nullable=False),
    Column("about", String(80), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("size", Integer, nullable=False),
    millis_column("at"),
    Index("ix_evidence_read_site_at", "site", "at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A look, as the auditor sees it."""

    at: Millis
    actor: str
    purpose: str
    about: str
    file: str
    size: int


def note(work: SqlWork, site: Site, file: str, size: int, why: Reading) -> None:
    """Record that these bytes are given out. `file`: the random name of the stored object."""
    (recorded,) = work.record(
        EvidenceRead(
            site=site,
            subject=SubjectId(file),
            happened=work.now(),
            known=work.now(),
            actor=why.by,
            org=why.org,
            file=file,
            purpose=why.purpose.value,
            size=size,
            about=why.about,
        )
    )
    work.conn.execute(
        insert(evidence_read).values(
            site=site,
            event_id=recorded.id,
            file=file,
            purpose=why.purpose.value,
            about=why.about[:80],
            actor=why.by,
            size=size,
            at=work.now(),
        )
    )


def latest(conn: Connection, site: Site, limit: int, offset: int = 0) -> tuple[Read, ...]:
    """The newest first."""
    c = evidence_read.c
    rows = conn.execute(
        select(evidence_read)
        .where(c.site == site)
        .order_by(c.at.desc(), c.event_id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(
        Read(
            at=Millis(row.at),
            actor=row.actor,
            purpose=row.purpose,
            about=row.about,
            file=row.file,
            size=row.size,
        )
        for row in rows
    )


def counted(conn: Connection, site: Site) -> Mapping[tuple[str, str], int]:
    """How often, by purpose and by who."""
    c = evidence_read.c
    rows = conn.execute(
        select(c.purpose, c.actor, func.count())
        .where(c.site == site)
        .group_by(c.purpose, c.actor)
        .order_by(c.purpose, c.actor)
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}
