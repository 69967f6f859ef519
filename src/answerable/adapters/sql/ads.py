"""Storage of ads: rows and projections, no words. Implements ads.store.AdStore."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)

from answerable.adapters.sql import core
from answerable.adapters.sql.base import (
    bytes_column,
    id_column,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.ads.model import Ad, AdState, Closure, Placement, Reopening
from answerable.events.promises import Promise
from answerable.kernel.errors import Conflict, NotFound
from answerable.kernel.ids import ActorId, AdId, EventId, PlacementId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.ledger.merkle import EMPTY_ROOT

ad = Table(
    "ad",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("external_id", String(200), nullable=False),
    id_column("open_subject"),
    id_column("closed_subject"),
    Column("account_id", String(500), nullable=True),
    Column("section", String(500), nullable=False),
    Column("jurisdiction", String(16), nullable=False),
    Column("last_revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("url", Text, nullable=True),
    Column("words_digest", String(64), nullable=False),
    millis_column("received"),
    Index("uq_ad_site_external_id", "site", "external_id", unique=True),
    Index("uq_ad_site_open_subject", "site", "open_subject", unique=True),
    Index("uq_ad_site_closed_subject", "site", "closed_subject", unique=True),
    Index("ix_ad_site_account_id", "site", "account_id"),
    Index("ix_ad_site_received", "site", "received"),
    Index("ix_ad_site_section", "site", "section", "ad_id"),
)

revision = Table(
    "revision",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    id_column("event_id"),
    millis_column("at"),
)

placement = Table(
    "placement",
    metadata,
    site_column(),
    Column("placement_id", String(40), primary_key=True),
    id_column("ad_id"),
    Column("revision", Integer, nullable=False),
    Column("section", String(500), nullable=False),
    Column("jurisdiction", String(16), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("url", Text, nullable=True),
    millis_column("since"),
    millis_column("until", nullable=True),
    id_column("event_id"),
    Index("ix_placement_site_ad_id", "site", "ad_id"),
)

stored_file = Table(
    "stored_file",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("md5", String(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String(200), nullable=False),
    Column("object_name", String(100), nullable=False),
    bytes_column("key_nonce"),
    bytes_column("wrapped_key"),
    millis_column("stored"),
)

file_ref = Table(
    "file_ref",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("ad_id", String(40), primary_key=True),
    Index("ix_file_ref_site_ad_id", "site", "ad_id"),
)

promise = Table(
    "promise",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("event_id", String(40), primary_key=True),
    bytes_column("leaf_hash"),
    millis_column("received"),
    millis_column("due"),
    Column("after_size", BigInteger, nullable=False),
    bytes_column("after_root"),
    Index("ix_promise_leaf_hash", "leaf_hash"),
)

section_closure = Table(
    "section_closure",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("section", String(500), primary_key=True),
    Column("jurisdiction", String(16), primary_key=True),
    Column("notice", Text, nullable=False),
    Column("reason", Text, nullable=False),
    millis_column("since"),
    Column("leaf", String(64), nullable=False),
    Column("planned", Boolean, nullable=False),
    Column("reopen_by", String(80), nullable=True),
    Column("reopen_reason", Text, nullable=True),
    millis_column("reopen_at", nullable=True),
)


class SqlAds:
    """AdStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def find(self, site: Site, external_id: str, *, lock: bool = False) -> Ad | None:
        query = select(ad).where(ad.c.site == site, ad.c.external_id == external_id)
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        return None if row is None else _ad(row)

    def get(self, site: Site, ad_id: AdId, *, lock: bool = False) -> Ad:
        query = select(ad).where(ad.c.site == site, ad.c.ad_id == ad_id)
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such ad", ad=ad_id)
        return _ad(row)

    def put(self, value: Ad) -> None:
        upsert(
            self._conn,
            ad,
            {
                "site": value.site,
                "ad_id": value.id,
                "external_id": value.external_id,
                "open_subject": value.open_subject,
                "closed_subject": value.closed_subject,
                "account_id": value.account_id,
                "section": value.section,
                "jurisdiction": value.jurisdiction,
                "last_revision": value.last_revision,
                "state": value.state.value,
                "url": value.url,
                "words_digest": value.words_digest,
                "received": value.received,
            },
            key=("ad_id",),
        )

    def latest(self, site: Site, *, limit: int, offset: int = 0) -> list[Ad]:
        """The newest ads first."""
        rows = self._conn.execute(
            select(ad)
            .where(ad.c.site == site)
            .order_by(ad.c.received.desc(), ad.c.ad_id)
            .limit(limit)
            .offset(offset)
        )
        return [_ad(row) for row in rows]

    def put_revision(self, value: Ad, number: int, event: EventId, at: Millis) -> None:
        self._conn.execute(
            insert(revision).values(
                site=value.site, ad_id=value.id, number=number, event_id=event, at=at
            )
        )

    def revision_event(self, site: Site, ad_id: AdId, number: int) -> EventId:
        found = self._conn.execute(
            select(revision.c.event_id).where(
                revision.c.site == site, revision.c.ad_id == ad_id, revision.c.number == number
            )
        ).scalar_one_or_none()
        if found is None:
            raise NotFound("no such revision", ad=ad_id, revision=number)
        return EventId(found)

    def put_placement(self, value: Placement) -> None:
        self._conn.execute(
            insert(placement).values(
                site=value.site,
                placement_id=value.id,
                ad_id=value.ad,
                revision=value.revision,
                section=value.section,
                jurisdiction=value.jurisdiction,
                channel=value.channel,
                url=value.url,
                since=value.since,
                until=value.until,
                event_id=value.event_id,
            )
        )

    def standing(self, site: Site, ad_id: AdId) -> Sequence[Placement]:
        rows = self._conn.execute(
            select(placement)
            .where(
                placement.c.site == site, placement.c.ad_id == ad_id, placement.c.until.is_(None)
            )
            .order_by(placement.c.since, placement.c.placement_id)
        )
        return [
            Placement(
                site=Site(row.site),
                id=PlacementId(row.placement_id),
                ad=AdId(row.ad_id),
                revision=row.revision,
                section=row.section,
                jurisdiction=row.jurisdiction,
                channel=row.channel,
                url=row.url,
                since=Millis(row.since),
                until=None,
                event_id=EventId(row.event_id),
            )
            for row in rows
        ]

    def end_placements(self, site: Site, ad_id: AdId, at: Millis) -> None:
        self._conn.execute(
            update(placement)
            .where(
                placement.c.site == site, placement.c.ad_id == ad_id, placement.c.until.is_(None)
            )
            .values(until=at)
        )

    def refer(self, site: Site, ad_id: AdId, digests: Sequence[str]) -> None:
        names = list(dict.fromkeys(digests))
        if names and self._conn.dialect.name == "postgresql":
            # Held against a sweep that is just deciding that nobody names them.
            held = select(stored_file.c.sha256).where(
                stored_file.c.site == site, stored_file.c.sha256.in_(names)
            )
            self._conn.execute(held.with_for_update(read=True))
        for digest in names:
            insert_once(self._conn, file_ref, {"site": site, "sha256": digest, "ad_id": ad_id})

    def put_promise(self, site: Site, event: EventId, value: Promise) -> None:
        self._conn.execute(
            insert(promise).values(
                site=site,
                event_id=event,
                leaf_hash=value.leaf_hash,
                received=value.received,
                due=value.due,
                after_size=value.after_size,
                after_root=value.after_root,
            )
        )

    def promise(self, site: Site, leaf_hash: bytes) -> Promise | None:
        row = self._conn.execute(
            select(promise).where(promise.c.site == site, promise.c.leaf_hash == leaf_hash)
        ).one_or_none()
        if row is None:
            return None
        return Promise(
            leaf_hash=row.leaf_hash,
            received=Millis(row.received),
            due=Millis(row.due),
            after_size=row.after_size,
            after_root=row.after_root,
        )

    def head(self, site: Site) -> tuple[int, bytes]:
        row = self._conn.execute(
            select(core.head.c.size, core.head.c.root)
            .where(core.head.c.site == site, core.head.c.note.is_not(None))
            .order_by(core.head.c.size.desc())
            .limit(1)
        ).one_or_none()
        return (0, EMPTY_ROOT) if row is None else (row[0], row[1])

    def closures(self, site: Site) -> Sequence[Closure]:
        rows = self._conn.execute(
            select(section_closure)
            .where(section_closure.c.site == site)
            .order_by(section_closure.c.section, section_closure.c.jurisdiction)
        )
        return [_closure(row) for row in rows]

    def closure(
        self, site: Site, section: str, jurisdiction: str, *, lock: bool = False
    ) -> Closure | None:
        query = select(section_closure).where(
            section_closure.c.site == site,
            section_closure.c.section == section,
            section_closure.c.jurisdiction == jurisdiction,
        )
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        return None if row is None else _closure(row)

    def put_closure(self, closure: Closure) -> None:
        first = closure.reopening
        upsert(
            self._conn,
            section_closure,
            {
                "site": closure.site,
                "section": closure.section,
                "jurisdiction": closure.jurisdiction,
                "notice": closure.notice,
                "reason": closure.reason,
                "since": closure.since,
                "leaf": closure.leaf,
                "planned": closure.planned,
                "reopen_by": None if first is None else first.by,
                "reopen_reason": None if first is None else first.reason,
                "reopen_at": None if first is None else first.at,
            },
            key=("site", "section", "jurisdiction"),
        )

    def drop_closure(self, site: Site, section: str, jurisdiction: str) -> bool:
        gone = self._conn.execute(
            delete(section_closure).where(
                section_closure.c.site == site,
                section_closure.c.section == section,
                section_closure.c.jurisdiction == jurisdiction,
            )
        )
        return gone.rowcount == 1

    def site_subject(self, site: Site) -> str:
        return core.site_subject(self._conn, site)

    def answered(self, site: Site, route: str, key: str, request_sha256: bytes) -> Any | None:
        row = self._conn.execute(
            select(core.idempotency.c.request_sha256, core.idempotency.c.answer).where(
                core.idempotency.c.site == site,
                core.idempotency.c.route == route,
                core.idempotency.c.key == key,
            )
        ).one_or_none()
        if row is None:
            return None
        if row[0] != request_sha256:
            raise Conflict("this Idempotency-Key was used for other bytes", key=key)
        return row[1]

    def remember(
        self, site: Site, route: str, key: str, request_sha256: bytes, answer: Any, at: Millis
    ) -> None:
        # Not "insert unless": two who ask at once collide here, and the second runs again.
        self._conn.execute(
            insert(core.idempotency).values(
                site=site,
                route=route,
                key=key,
                request_sha256=request_sha256,
                answer=answer,
                made=at,
            )
        )


def _closure(row: Any) -> Closure:
    first = None
    if row.reopen_by is not None:
        first = Reopening(
            by=ActorId(row.reopen_by), reason=row.reopen_reason, at=Millis(row.reopen_at)
        )
    return Closure(
        site=Site(row.site),
        section=row.section,
        jurisdiction=row.jurisdiction,
        notice=row.notice,
        reason=row.reason,
        since=Millis(row.since),
        leaf=row.leaf,
        planned=row.planned,
        reopening=first,
    )


def covered_by(column: Any, jurisdiction: str) -> Any:
    """Does a closure for `jurisdiction` cover what this column says? "" covers everything."""
    if not jurisdiction:
        return literal(1) == 1
    return or_(column == jurisdiction, column.startswith(f"{jurisdiction}-", autoescape=True))


def _ad(row: Any) -> Ad:
    return Ad(
        site=Site(row.site),
        id=AdId(row.ad_id),
        external_id=row.external_id,
        open_subject=SubjectId(row.open_subject),
        closed_subject=SubjectId(row.closed_subject),
        account_id=row.account_id,
        section=row.section,
        jurisdiction=row.jurisdiction,
        last_revision=row.last_revision,
        state=AdState(row.state),
        url=row.url,
        words_digest=row.words_digest,
        received=Millis(row.received),
    )
