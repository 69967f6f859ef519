"""Storage of ownership: published BODS files, whole."""

from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, select

from answerable.adapters.sql.ads import SqlAds
from answerable.adapters.sql.base import (
    AUTO_ID,
    bytes_column,
    metadata,
    millis_column,
    site_column,
)
from answerable.kernel.ids import Site, SubjectId
from answerable.kernel.time import Millis
from answerable.ownership.store import PublishedFile

ownership_file = Table(
    "ownership_file",
    metadata,
    Column("id", AUTO_ID, primary_key=True, autoincrement=True),
    site_column(),
    Column("sha256", String(64), nullable=False),
    bytes_column("content"),
    millis_column("published"),
    Index("ix_ownership_file_site_published", "site", "published"),
)


class SqlOwnership:
    """OwnershipStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def put(self, site: Site, file: PublishedFile) -> None:
        self._conn.execute(
            ownership_file.insert().values(
                site=site, sha256=file.sha256, content=file.content, published=file.published
            )
        )

    def latest(self, site: Site) -> PublishedFile | None:
        return self._newest(site, None)

    def before(self, site: Site, at: Millis) -> PublishedFile | None:
        return self._newest(site, at)

    def site_subject(self, site: Site) -> SubjectId:
        return SubjectId(SqlAds(self._conn).site_subject(site))

    def _newest(self, site: Site, before: Millis | None) -> PublishedFile | None:
        query = select(ownership_file).where(ownership_file.c.site == site)
        if before is not None:
            query = query.where(ownership_file.c.published < before)
        row: Any = self._conn.execute(
            query.order_by(ownership_file.c.published.desc(), ownership_file.c.id.desc()).limit(1)
        ).one_or_none()
        if row is None:
            return None
        return PublishedFile(
            sha256=row.sha256, content=row.content, published=Millis(row.published)
        )
