"""Storage of legal process: rows, terms of scopes, exports, numbers. Implements ProcessStore.

`process_term` and `process_number` are projections; words of a paper stay in its event.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
)

from answerable.adapters.sql.ads import SqlAds, stored_file
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.preservation import hold
from answerable.adapters.sql.screening import contact
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, AdId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation.process import Export, Found, Kind, Process, Scope

CONTACT = "contact:"
_IN_MAX = 500

legal_process = Table(
    "legal_process",
    metadata,
    site_column(),
    Column("process_id", String(40), primary_key=True),
    id_column("subject"),
    Column("kind", String(40), nullable=False),
    Column("jurisdiction", String(16), nullable=False),
    millis_column("served"),
    millis_column("received"),
    millis_column("ends", nullable=True),
    Column("renewals", Integer, nullable=False),
    Column("future", Boolean, nullable=False),
    millis_column("since", nullable=True),
    millis_column("until", nullable=True),
    millis_column("closed", nullable=True),
    id_column("lifts", nullable=True),
    Index("ix_legal_process_site_closed", "site", "closed", "received"),
    Index("ix_legal_process_site_future", "site", "future", "closed"),
)

process_term = Table(
    "process_term",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("process_id", String(40), primary_key=True),
    Column("kind", String(24), primary_key=True),  # ad, account, contact:<kind>
    Column("value", String(500), primary_key=True),
    Index("ix_process_term_site_kind_value", "site", "kind", "value"),
)

process_document = Table(
    "process_document",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("process_id", String(40), primary_key=True),
)

process_export = Table(
    "process_export",
    metadata,
    site_column(),
    Column("export_id", String(40), primary_key=True),
    id_column("process_id"),
    Column("number", Integer, nullable=False),
    Column("data_groups", JsonText, nullable=False),
    Column("approvers", JsonText, nullable=False),
    Column("reason", Text, nullable=False),
    millis_column("ordered"),
    millis_column("made", nullable=True),
    Column("tree_size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("items", Integer, nullable=False),
    Column("files", JsonText, nullable=False),
    Index("uq_process_export_number", "site", "process_id", "number", unique=True),
)

process_number = Table(
    "process_number",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("process_id", String(40), primary_key=True),
    Column("item", String(80), primary_key=True),
    Column("number", Integer, nullable=False),
)


class SqlProcesses:
    """ProcessStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, site: Site, process: str, *, lock: bool = False) -> Process:
        query = select(legal_process).where(
            legal_process.c.site == site, legal_process.c.process_id == process
        )
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such process", process=process)
        return _process(row)

    def put(self, process: Process) -> None:
        upsert(
            self._conn,
            legal_process,
            {
                "site": process.site,
                "process_id": process.id,
                "subject": process.subject,
                "kind": process.kind.value,
                "jurisdiction": process.jurisdiction,
                "served": process.served,
                "received": process.received,
                "ends": process.ends,
                "renewals": process.renewals,
                "future": process.future,
                "since": process.since,
                "until": process.until,
                "closed": process.closed,
                "lifts": process.lifts,
            },
            key=("process_id",),
        )

    def latest(self, site: Site, limit: int) -> tuple[Process, ...]:
        c = legal_process.c
        rows = self._conn.execute(
            select(legal_process)
            .where(c.site == site)
            .order_by(c.closed.is_not(None), c.received.desc(), c.process_id)
            .limit(limit)
        )
        return tuple(_process(row) for row in rows)

    def put_terms(self, site: Site, process: str, scope: Scope) -> None:
        for kind, value in scope.terms():
            row = {"site": site, "process_id": process, "kind": kind[:24], "value": value}
            insert_once(self._conn, process_term, row)

    def drop_terms(self, site: Site, process: str) -> None:
        c = process_term.c
        self._conn.execute(delete(process_term).where(c.site == site, c.process_id == process))

    def keep_document(self, site: Site, sha256: str, process: str) -> bool:
        c = stored_file.c
        query = select(c.sha256).where(c.site == site, c.sha256 == sha256)
        if self._conn.dialect.name == "postgresql":  # held against a sweep that is just looking
            query = query.with_for_update(read=True)
        if self._conn.execute(query).first() is None:
            return False
        row = {"site": site, "sha256": sha256, "process_id": process}
        insert_once(self._conn, process_document, row)
        return True

    def search(self, site: Site, scope: Scope, limit: int) -> tuple[Found, ...]:
        """Each term by its own index, never the whole archive."""
        c = ad_table.c
        found: dict[str, Found] = {}
        whole = select(c.ad_id, c.account_id, c.received)
        for names in _parts(scope.ads):
            self._gather(whole.where(c.site == site, c.external_id.in_(names)), found, None)
        for names in _parts(scope.accounts):
            self._gather(whole.where(c.site == site, c.account_id.in_(names)), found, scope)
        for ids in _parts(self._ads_with(site, scope.contacts)):
            self._gather(whole.where(c.ad_id.in_(ids)), found, scope)
        ordered = sorted(found.values(), key=lambda one: (one.received, one.ad))
        return tuple(ordered[: limit + 1])

    def _ads_with(self, site: Site, contacts: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        """Ads whose words or account name any of these."""
        found: dict[str, None] = {}
        for kind, values in _by_kind(contacts):
            rows = self._conn.execute(
                select(contact.c.ad_id)
                .where(contact.c.site == site, contact.c.kind == kind, contact.c.value.in_(values))
                .distinct()
            )
            found |= dict.fromkeys(rows.scalars())
        return tuple(found)

    def _gather(self, query: Select[Any], found: dict[str, Found], dates: Scope | None) -> None:
        """Dates are judged here: asked of the database, it would walk every ad by its date."""
        for row in self._conn.execute(query):
            if dates is None or dates.covers(Millis(row.received)):
                found[row.ad_id] = Found(
                    ad=row.ad_id, account=row.account_id, received=Millis(row.received)
                )

    def watches(self, site: Site) -> bool:
        c = legal_process.c
        query = select(c.process_id).where(c.site == site, c.future.is_(True), c.closed.is_(None))
        return self._conn.execute(query.limit(1)).first() is not None

    def taking_in(
        self, site: Site, terms: Sequence[tuple[str, str]], now: Millis
    ) -> tuple[Process, ...]:
        found: dict[str, Process] = {}
        c, t = legal_process.c, process_term.c
        for kind, values in _by_kind(terms):
            rows = self._conn.execute(
                select(legal_process)
                .join(
                    process_term,
                    (t.site == c.site) & (t.process_id == c.process_id),
                )
                .where(
                    t.site == site,
                    t.kind == kind,
                    t.value.in_(values),
                    c.future.is_(True),
                    c.closed.is_(None),
                    or_(c.ends.is_(None), c.ends > now),
                )
            )
            found |= {row.process_id: _process(row) for row in rows}
        return tuple(found[name] for name in sorted(found) if found[name].takes_in(now))

    def terms_of_ad(self, site: Site, ad: AdId) -> tuple[tuple[str, str], ...]:
        c = ad_table.c
        row = self._conn.execute(
            select(c.external_id, c.account_id).where(c.site == site, c.ad_id == ad)
        ).one()
        terms = [("ad", row.external_id)]
        terms += [] if row.account_id is None else [("account", row.account_id)]
        contacts = self._conn.execute(
            select(contact.c.kind, contact.c.value)
            .where(contact.c.site == site, contact.c.ad_id == ad)
            .distinct()
        )
        return tuple(dict.fromkeys([*terms, *((f"{CONTACT}{k}", v) for k, v in contacts)]))

    def ads_of(self, site: Site, process: str) -> tuple[AdId, ...]:
        c = ad_table.c
        rows = self._conn.execute(
            select(c.ad_id, c.received)
            .join(hold, (hold.c.site == c.site) & (hold.c.ad_id == c.ad_id))
            .where(hold.c.site == site, hold.c.process_id == process)
            .distinct()
            .order_by(c.received, c.ad_id)
        )
        return tuple(AdId(row.ad_id) for row in rows)

    def exports(self, site: Site, process: str) -> tuple[Export, ...]:
        c = process_export.c
        rows = self._conn.execute(
            select(process_export).where(c.site == site, c.process_id == process).order_by(c.number)
        )
        return tuple(_export(row) for row in rows)

    def put_export(self, export: Export) -> None:
        upsert(
            self._conn,
            process_export,
            {
                "site": export.site,
                "export_id": export.id,
                "process_id": export.process,
                "number": export.number,
                "data_groups": sorted(export.data_groups),
                "approvers": list(export.approvers),
                "reason": export.reason,
                "ordered": export.ordered,
                "made": export.made,
                "tree_size": export.tree_size,
                "sha256": export.sha256,
                "size": export.size,
                "items": export.items,
                "files": dict(export.files),
            },
            key=("export_id",),
        )

    def numbers(self, site: Site, process: str, keys: Sequence[str]) -> dict[str, int]:
        self.get(site, process, lock=True)
        c = process_number.c
        mine = (c.site == site, c.process_id == process)
        given = self._conn.execute(select(c.item, c.number).where(*mine))
        known = {str(row.item): int(row.number) for row in given}
        last = self._conn.execute(select(func.max(c.number)).where(*mine)).scalar_one() or 0
        rows = []
        for key in dict.fromkeys(keys):
            if key not in known:
                last += 1
                known[key] = last
                rows.append({"site": site, "process_id": process, "item": key, "number": last})
        if rows:
            self._conn.execute(insert(process_number), rows)
        return {key: known[key] for key in keys}

    def find_ad(self, site: Site, external_id: str) -> AdId | None:
        found = SqlAds(self._conn).find(site, external_id)
        return None if found is None else found.id

    def site_subject(self, site: Site) -> SubjectId:
        return SubjectId(SqlAds(self._conn).site_subject(site))


def _parts(names: Sequence[Any]) -> list[Sequence[Any]]:
    return [names[start : start + _IN_MAX] for start in range(0, len(names), _IN_MAX)]


def _by_kind(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, Sequence[str]]]:
    """Each kind with its values, some at a time: SQLite finds pairs in a list by no index."""
    found: dict[str, list[str]] = {}
    for kind, value in pairs:
        found.setdefault(kind, []).append(value)
    return [(kind, part) for kind, values in found.items() for part in _parts(values)]


def _millis(value: int | None) -> Millis | None:
    return None if value is None else Millis(value)


def _process(row: Any) -> Process:
    return Process(
        id=row.process_id,
        site=Site(row.site),
        subject=SubjectId(row.subject),
        kind=Kind(row.kind),
        jurisdiction=row.jurisdiction,
        served=Millis(row.served),
        received=Millis(row.received),
        ends=_millis(row.ends),
        renewals=row.renewals,
        future=row.future,
        since=_millis(row.since),
        until=_millis(row.until),
        closed=_millis(row.closed),
        lifts=row.lifts,
    )


def _export(row: Any) -> Export:
    return Export(
        site=Site(row.site),
        process=row.process_id,
        id=row.export_id,
        number=row.number,
        data_groups=frozenset(row.data_groups),
        approvers=tuple(ActorId(name) for name in row.approvers),
        reason=row.reason,
        ordered=Millis(row.ordered),
        made=_millis(row.made),
        tree_size=row.tree_size,
        sha256=row.sha256,
        size=row.size,
        items=row.items,
        files=row.files,
    )
