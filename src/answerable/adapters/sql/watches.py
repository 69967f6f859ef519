"""Storage of watches: rows without words, blind terms, the small index of ads.

Implements watches.store.WatchStore. `watch_term` and `ad_term` hold keyed digests: equality is all
that matching needs (docs/watches.md).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    case,
    delete,
    func,
    select,
    text,
    update,
)

from answerable.adapters.sql.ads import SqlAds
from answerable.adapters.sql.alert_sources import source as source_table
from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    insert_missing,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.screening import contact
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, AdId, AlertId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.watches.model import (
    IN_CONTACTS,
    STRONG,
    AdRef,
    How,
    Match,
    Role,
    Spelled,
    Status,
    TermKind,
    Watch,
    WatchId,
    Why,
)
from answerable.watches.store import Blinded

watch = Table(
    "watch",
    metadata,
    site_column(),
    Column("watch_id", String(40), primary_key=True),
    id_column("subject"),
    Column("status", String(16), nullable=False),
    Column("role", String(16), nullable=False),
    Column("organisation", String(200), nullable=False),
    Column("asked_by", String(80), nullable=False),
    id_column("alert_id", nullable=True),
    Column("reference", String(200), nullable=True),
    Column("days", Integer, nullable=False),
    Column("kinds", JsonText, nullable=False),
    millis_column("asked"),
    millis_column("started", nullable=True),
    millis_column("ends", nullable=True),
    millis_column("ended", nullable=True),
    Column("why", String(16), nullable=True),
    millis_column("searched", nullable=True),
    Index("uq_watch_site_role_reference", "site", "role", "reference", unique=True),
    Index("uq_watch_site_alert_id", "site", "alert_id", unique=True),
    Index("ix_watch_site_status_ends", "site", "status", "ends"),
)

watch_term = Table(
    "watch_term",
    metadata,
    site_column(),
    Column("watch_id", String(40), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", String(16), nullable=False),
    Index("ix_watch_term_site_digest", "site", "digest"),
)

ad_term = Table(
    "ad_term",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", String(16), nullable=False),
    Index("ix_ad_term_site_digest", "site", "digest"),
)

watch_match = Table(
    "watch_match",
    metadata,
    site_column(),
    Column("watch_id", String(40), primary_key=True),
    Column("ad_id", String(40), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("kinds", JsonText, nullable=False),
    Column("how", String(16), nullable=False),
    millis_column("at"),
)

GATE = 0x77617463
"""The advisory lock between intake and what starts a watch, "watc", with the site's number."""

T = TypeVar("T")
_IN_MAX = 500
"""Values in one IN list; SQLite's own bound is far above, PostgreSQL's planner likes few."""


class SqlWatches:
    """WatchStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._ads = SqlAds(conn)

    # watches

    def get(self, site: Site, name: WatchId, *, lock: bool = False) -> Watch:
        query = select(watch).where(watch.c.site == site, watch.c.watch_id == name)
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such watch", watch=name)
        return _watch(row)

    def put(self, value: Watch) -> None:
        upsert(self._conn, watch, _row(value), key=("watch_id",))

    def of_alert(self, site: Site, alert: AlertId) -> Watch | None:
        row = self._conn.execute(
            select(watch).where(watch.c.site == site, watch.c.alert_id == alert)
        ).one_or_none()
        return None if row is None else _watch(row)

    def organisation_of(self, site: Site, source: str) -> str:
        found: str | None = self._conn.execute(
            select(source_table.c.organisation).where(
                source_table.c.site == site, source_table.c.source_id == source
            )
        ).scalar_one_or_none()
        if found is None:
            raise NotFound("no such source", source=source)
        return found

    def of_reference(self, site: Site, role: Role, reference: str) -> WatchId | None:
        found = self._conn.execute(
            select(watch.c.watch_id).where(
                watch.c.site == site, watch.c.role == role.value, watch.c.reference == reference
            )
        ).scalar_one_or_none()
        return None if found is None else WatchId(found)

    def referred(self, site: Site, role: Role) -> Mapping[str, WatchId]:
        rows = self._conn.execute(
            select(watch.c.reference, watch.c.watch_id).where(
                watch.c.site == site, watch.c.role == role.value, watch.c.reference.is_not(None)
            )
        )
        return {row.reference: WatchId(row.watch_id) for row in rows}

    def listed(
        self, site: Site, status: Status | None, role: Role | None, limit: int
    ) -> tuple[Watch, ...]:
        c = watch.c
        query = select(watch).where(c.site == site)
        if status is not None:
            query = query.where(c.status == status.value)
        if role is not None:
            query = query.where(c.role == role.value)
        rank = case({Status.WAITING.value: 0, Status.RUNNING.value: 1}, value=c.status, else_=2)
        waits = case((c.status == Status.WAITING.value, c.asked), else_=None)
        runs = case((c.status == Status.RUNNING.value, c.ends), else_=None)
        ordered = query.order_by(rank, waits, runs, c.ended.desc(), c.watch_id).limit(limit)
        return tuple(_watch(row) for row in self._conn.execute(ordered))

    def counted(self, site: Site) -> Mapping[Status, int]:
        rows = self._conn.execute(
            select(watch.c.status, func.count())
            .where(watch.c.site == site)
            .group_by(watch.c.status)
        )
        return {Status(row[0]): int(row[1]) for row in rows}

    def past_end(self, site: Site, now: Millis, limit: int) -> tuple[Watch, ...]:
        rows = self._conn.execute(
            select(watch)
            .where(
                watch.c.site == site,
                watch.c.status == Status.RUNNING.value,
                watch.c.ends <= now,
            )
            .order_by(watch.c.ends, watch.c.watch_id)
            .limit(limit)
        )
        return tuple(_watch(row) for row in rows)

    # what is looked out for

    def gate(self, site: Site, *, closing: bool) -> None:
        if self._conn.dialect.name == "postgresql":
            shared = "" if closing else "_shared"
            self._conn.execute(
                text(f"SELECT pg_advisory_xact_lock{shared}(:gate, hashtext(:site))"),
                {"gate": GATE, "site": site},
            )

    def put_terms(self, site: Site, name: WatchId, terms: Iterable[Blinded]) -> None:
        rows = [
            {"site": site, "watch_id": name, "digest": digest, "kind": kind.value}
            for kind, digest in terms
        ]
        insert_missing(self._conn, watch_term, rows)

    def drop_terms(self, site: Site, name: WatchId) -> None:
        self._conn.execute(
            delete(watch_term).where(watch_term.c.site == site, watch_term.c.watch_id == name)
        )

    def watching(
        self, site: Site, ad: AdId, revision: int, more: Iterable[Blinded], now: Millis
    ) -> Mapping[WatchId, frozenset[TermKind]]:
        found: dict[WatchId, set[TermKind]] = {}
        ours = select(ad_term.c.digest).where(
            ad_term.c.site == site, ad_term.c.ad_id == ad, ad_term.c.revision == revision
        )
        sought: list[Any] = [ours, *_in_parts([digest for _, digest in more])]
        for digests in sought:
            rows = self._conn.execute(
                select(watch_term.c.watch_id, watch_term.c.kind)
                .join(watch, watch.c.watch_id == watch_term.c.watch_id)
                .where(
                    watch_term.c.site == site,
                    watch_term.c.digest.in_(digests),
                    watch.c.status == Status.RUNNING.value,
                    watch.c.ends > now,
                )
            )
            for row in rows:
                found.setdefault(WatchId(row.watch_id), set()).add(TermKind(row.kind))
        return {name: frozenset(kinds) for name, kinds in found.items()}

    # what is known of ads

    def index_ad(self, site: Site, ad: AdId, revision: int, terms: Iterable[Blinded]) -> None:
        key = {"site": site, "ad_id": ad, "revision": revision}
        rows = [{**key, "digest": digest, "kind": kind.value} for kind, digest in terms]
        insert_missing(self._conn, ad_term, rows)

    def contacts_of(self, site: Site, ad: AdId, revision: int) -> Sequence[Spelled]:
        # Not DISTINCT: SQLite would then read the whole site by the index that is in that order.
        c = contact.c
        rows = self._conn.execute(
            select(c.kind, c.value).where(c.site == site, c.ad_id == ad, c.revision == revision)
        )
        known = {kind.value: kind for kind in IN_CONTACTS}
        found = [(known[row.kind], row.value) for row in rows if row.kind in known]
        return list(dict.fromkeys(found))

    def archived(
        self,
        site: Site,
        plain: Mapping[TermKind, Sequence[str]],
        blind: Mapping[TermKind, Sequence[bytes]],
    ) -> tuple[tuple[AdId, int], ...]:
        newest: dict[AdId, int] = {}
        for query in self._agreeing(site, plain, blind):
            for row in self._conn.execute(query):
                ad, revision = AdId(row.ad_id), int(row.revision)
                newest[ad] = max(revision, newest.get(ad, 0))
        return tuple(sorted(newest.items()))

    def _agreeing(
        self,
        site: Site,
        plain: Mapping[TermKind, Sequence[str]],
        blind: Mapping[TermKind, Sequence[bytes]],
    ) -> Iterator[Any]:
        """One strong kind, in either index; or a name and a place in one revision."""
        for kind, values in plain.items():
            for part in _in_parts(values):
                yield select(contact.c.ad_id, contact.c.revision).where(
                    contact.c.site == site, contact.c.kind == kind.value, contact.c.value.in_(part)
                )
        strong = [digest for kind, digests in blind.items() if kind in STRONG for digest in digests]
        for digests in _in_parts(strong):
            yield select(ad_term.c.ad_id, ad_term.c.revision).where(
                ad_term.c.site == site, ad_term.c.digest.in_(digests)
            )
        named, placed = ad_term.alias("named"), ad_term.alias("placed")
        for names in _in_parts(blind.get(TermKind.NAME, ())):
            for places in _in_parts(blind.get(TermKind.PLACE, ())):
                yield (
                    select(named.c.ad_id, named.c.revision)
                    .join(
                        placed,
                        (placed.c.ad_id == named.c.ad_id) & (placed.c.revision == named.c.revision),
                    )
                    .where(
                        named.c.site == site,
                        named.c.digest.in_(names),
                        placed.c.digest.in_(places),
                    )
                )

    def ad(self, site: Site, name: AdId, *, lock: bool = False) -> AdRef:
        found = self._ads.get(site, name, lock=lock)
        return AdRef(
            ad=found.id, external_id=found.external_id, closed_subject=found.closed_subject
        )

    # what agreed

    def note(self, site: Site, match: Match) -> bool:
        return insert_once(
            self._conn,
            watch_match,
            {
                "site": site,
                "watch_id": match.watch,
                "ad_id": match.ad,
                "revision": match.revision,
                "kinds": [kind.value for kind in match.kinds],
                "how": match.how.value,
                "at": match.at,
            },
        )

    def matches(self, site: Site, name: WatchId, limit: int) -> tuple[Match, ...]:
        rows = self._conn.execute(
            select(watch_match)
            .where(watch_match.c.site == site, watch_match.c.watch_id == name)
            .order_by(watch_match.c.at.desc(), watch_match.c.ad_id, watch_match.c.revision)
            .limit(limit)
        )
        return tuple(_match(row) for row in rows)

    def matched(self, site: Site, names: Sequence[WatchId]) -> Mapping[WatchId, int]:
        rows = self._conn.execute(
            select(watch_match.c.watch_id, func.count(watch_match.c.ad_id.distinct()))
            .where(watch_match.c.site == site, watch_match.c.watch_id.in_(list(names)))
            .group_by(watch_match.c.watch_id)
        )
        return {WatchId(row[0]): int(row[1]) for row in rows}

    def proposed(self, site: Site, name: WatchId) -> int:
        return int(
            self._conn.execute(
                select(func.count()).where(
                    watch_match.c.site == site,
                    watch_match.c.watch_id == name,
                    watch_match.c.how == How.SEARCH.value,
                )
            ).scalar_one()
        )

    # keys of requests, and forgetting

    def answered(self, site: Site, route: str, key: str, request_sha256: bytes) -> Any | None:
        return self._ads.answered(site, route, key, request_sha256)

    def remember(
        self, site: Site, route: str, key: str, request_sha256: bytes, answer: Any, at: Millis
    ) -> None:
        self._ads.remember(site, route, key, request_sha256, answer, at)

    def erase_ad(self, site: Site, name: AdId, kinds: frozenset[TermKind]) -> None:
        self._conn.execute(
            delete(ad_term).where(
                ad_term.c.site == site,
                ad_term.c.ad_id == name,
                ad_term.c.kind.in_(sorted(kind.value for kind in kinds)),
            )
        )

    def erase(self, site: Site, name: WatchId) -> None:
        self.drop_terms(site, name)
        self._conn.execute(
            update(watch)
            .where(watch.c.site == site, watch.c.watch_id == name)
            .values(organisation="", reference=None)
        )


def _in_parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _IN_MAX):
        yield values[start : start + _IN_MAX]


def _row(value: Watch) -> dict[str, Any]:
    return {
        "site": value.site,
        "watch_id": value.id,
        "subject": value.subject,
        "status": value.status.value,
        "role": value.role.value,
        "organisation": value.organisation,
        "asked_by": value.asked_by,
        "alert_id": value.alert,
        "reference": value.reference,
        "days": value.days,
        "kinds": [kind.value for kind in value.kinds],
        "asked": value.asked,
        "started": value.started,
        "ends": value.ends,
        "ended": value.ended,
        "why": None if value.why is None else value.why.value,
        "searched": value.searched,
    }


def _watch(row: Any) -> Watch:
    def moment(at: int | None) -> Millis | None:
        return None if at is None else Millis(at)

    return Watch(
        id=WatchId(row.watch_id),
        site=Site(row.site),
        subject=SubjectId(row.subject),
        status=Status(row.status),
        role=Role(row.role),
        organisation=row.organisation,
        asked_by=ActorId(row.asked_by),
        alert=None if row.alert_id is None else AlertId(row.alert_id),
        reference=row.reference,
        days=row.days,
        kinds=tuple(TermKind(kind) for kind in row.kinds),
        asked=Millis(row.asked),
        started=moment(row.started),
        ends=moment(row.ends),
        ended=moment(row.ended),
        why=None if row.why is None else Why(row.why),
        searched=moment(row.searched),
    )


def _match(row: Any) -> Match:
    return Match(
        watch=WatchId(row.watch_id),
        ad=AdId(row.ad_id),
        revision=row.revision,
        kinds=tuple(TermKind(kind) for kind in row.kinds),
        how=How(row.how),
        at=Millis(row.at),
    )
