"""Storage of directives: the site's gap-free feed, where each ad stands, origins to probe.

Implements ads.directives_store.DirectiveStore.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from answerable.adapters.sql.ads import ad, covered_by, section_closure
from answerable.adapters.sql.base import (
    id_column,
    insert_once,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.ads.availability import covers
from answerable.ads.directives import (
    Action,
    Cause,
    DirectedAd,
    Directive,
    Screened,
    Seen,
    Standing,
)
from answerable.ads.origins import origin_of
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import AdId, DirectiveId, Site, SubjectId
from answerable.kernel.limits import EXTERNAL_ID_CHARS_MAX
from answerable.kernel.time import Millis

directive = Table(
    "directive",
    metadata,
    site_column(),
    Column("directive_id", String(40), primary_key=True),
    Column("number", Integer, nullable=False),
    id_column("ad_id"),
    Column("external_id", String(200), nullable=False),
    id_column("closed_subject"),
    Column("action", String(16), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    millis_column("issued"),
    millis_column("deadline"),
    millis_column("acknowledged", nullable=True),
    millis_column("site_time", nullable=True),
    Column("seen", String(16), nullable=True),
    millis_column("probed", nullable=True),
    millis_column("observed", nullable=True),
    millis_column("overdue", nullable=True),
    millis_column("replaced", nullable=True),
    millis_column("credit", nullable=True),
    Index("uq_directive_site_number", "site", "number", unique=True),
    Index("ix_directive_site_ad_id", "site", "ad_id"),
    Index("ix_directive_site_overdue", "site", "overdue", "deadline"),
    Index("ix_directive_site_replaced", "site", "replaced", "probed"),
)

directive_cursor = Table(
    "directive_cursor",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("last_number", Integer, nullable=False),
)

ad_standing = Table(
    "ad_standing",
    metadata,
    site_column(),
    Column("ad_id", String(40), primary_key=True),
    Column("screened", String(16), nullable=True),
    Column("screened_revision", Integer, nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("last_action", String(16), nullable=True),
    Column("unavailable", Boolean, nullable=False),
    Column("back_when_open", Boolean, nullable=False),
)

site_origin = Table(
    "site_origin",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("origin", String(300), primary_key=True),
    Column("api", Text, nullable=True),
)


class SqlDirectives:
    """DirectiveStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def next_number(self, site: Site) -> int:
        insert_once(self._conn, directive_cursor, {"site": site, "last_number": 0})
        taken = self._conn.execute(
            update(directive_cursor)
            .where(directive_cursor.c.site == site)
            .values(last_number=directive_cursor.c.last_number + 1)
            .returning(directive_cursor.c.last_number)
        ).scalar_one()
        return int(taken)

    def ad(self, site: Site, name: AdId) -> DirectedAd:
        found = self._ad(ad.c.site == site, ad.c.ad_id == name)
        if found is None:
            raise NotFound("no such ad", ad=name)
        return found

    def named_ad(self, site: Site, named: str) -> DirectedAd | None:
        if len(named) <= EXTERNAL_ID_CHARS_MAX:
            found = self._ad(ad.c.site == site, ad.c.external_id == named)
            if found is not None:
                return found
        origin = origin_of(named)
        if origin is None:
            return None
        parts = urlsplit(named)
        plain = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        spellings = {named, plain, plain.rstrip("/")}
        found = self._ad(ad.c.site == site, ad.c.url.in_(sorted(spellings)))
        if found is not None:
            return found
        last = unquote(parts.path.rstrip("/").rpartition("/")[2])
        if not last or origin not in {known for known, _api in self.origins(site)}:
            return None
        return self._ad(ad.c.site == site, ad.c.external_id == last)

    def _ad(self, *where: Any) -> DirectedAd | None:
        # Two ads may share a URL (a renewed page): the newest is the one that is seen there.
        row = self._conn.execute(
            select(ad).where(*where).order_by(ad.c.received.desc(), ad.c.ad_id).limit(1)
        ).one_or_none()
        if row is None:
            return None
        return DirectedAd(
            site=Site(row.site),
            ad=AdId(row.ad_id),
            external_id=row.external_id,
            open_subject=SubjectId(row.open_subject),
            closed_subject=SubjectId(row.closed_subject),
            last_revision=row.last_revision,
            url=row.url,
        )

    def standing(self, site: Site, name: AdId, *, lock: bool = False) -> Standing:
        fresh = Standing(site=site, ad=name)
        if lock:
            # The ad's row first, as everybody who writes of an ad does: else two wait in a ring.
            # Then a row of our own to lock, also for an ad that nothing is known of yet.
            self._conn.execute(
                self._locked(select(ad.c.ad_id).where(ad.c.site == site, ad.c.ad_id == name))
            )
            insert_once(self._conn, ad_standing, _standing_row(fresh))
        query = select(ad_standing).where(ad_standing.c.site == site, ad_standing.c.ad_id == name)
        row = self._conn.execute(self._locked(query) if lock else query).one_or_none()
        if row is None:
            return fresh
        return Standing(
            site=site,
            ad=name,
            screened=None if row.screened is None else Screened(row.screened),
            screened_revision=row.screened_revision,
            hidden=row.hidden,
            restricted=row.restricted,
            removed=row.removed,
            last=None if row.last_action is None else Action(row.last_action),
            unavailable=row.unavailable,
            back_when_open=row.back_when_open,
        )

    def _locked(self, query: Any) -> Any:
        return query.with_for_update() if self._conn.dialect.name == "postgresql" else query

    def put_standing(self, value: Standing) -> None:
        upsert(self._conn, ad_standing, _standing_row(value), key=("ad_id",))

    def add(self, value: Directive) -> None:
        c = directive.c
        self._conn.execute(
            update(directive)
            .where(c.site == value.site, c.ad_id == value.ad, c.replaced.is_(None))
            .values(replaced=value.issued)
        )
        self._conn.execute(insert(directive).values(**_row(value)))

    def get(self, site: Site, name: DirectiveId, *, lock: bool = False) -> Directive:
        query = select(directive).where(directive.c.site == site, directive.c.directive_id == name)
        row = self._conn.execute(self._locked(query) if lock else query).one_or_none()
        if row is None:
            raise NotFound("no such directive", directive=name)
        return _directive(row)

    def put(self, value: Directive) -> None:
        upsert(self._conn, directive, _row(value), key=("directive_id",))

    def after(self, site: Site, number: int, *, limit: int) -> Sequence[Directive]:
        return self._many(
            select(directive)
            .where(directive.c.site == site, directive.c.number > number)
            .order_by(directive.c.number)
            .limit(limit)
        )

    def of_ad(self, site: Site, name: AdId, *, limit: int) -> Sequence[Directive]:
        return self._many(
            select(directive)
            .where(directive.c.site == site, directive.c.ad_id == name)
            .order_by(directive.c.number.desc())
            .limit(limit)
        )

    def let_up(self, site: Site, name: AdId, at: Millis) -> None:
        c = directive.c
        ups = [action.value for action in Action if action.puts_up]
        self._conn.execute(
            update(directive)
            .where(c.site == site, c.ad_id == name, c.replaced.is_(None), c.action.in_(ups))
            .values(replaced=at)
        )

    def to_probe(
        self,
        site: Site,
        *,
        acknowledged_by: Millis,
        unseen_before: Millis,
        seen_before: Millis,
        limit: int,
    ) -> Sequence[Directive]:
        c = directive.c
        downs = [action.value for action in Action if not action.puts_up]
        unseen = and_(c.observed.is_(None), or_(c.probed.is_(None), c.probed < unseen_before))
        again = and_(c.observed.is_not(None), c.action.in_(downs), c.probed < seen_before)
        return self._many(
            select(directive)
            .where(
                c.site == site,
                c.replaced.is_(None),
                c.acknowledged <= acknowledged_by,
                or_(unseen, again),
            )
            .order_by(c.probed.is_not(None), c.probed, c.number)
            .limit(limit)
        )

    def past_deadline(self, site: Site, now: Millis, *, limit: int) -> Sequence[Directive]:
        c = directive.c
        not_done = or_(c.acknowledged.is_(None), and_(c.probed.is_not(None), c.observed.is_(None)))
        return self._many(
            select(directive)
            .where(
                c.site == site,
                c.overdue.is_(None),
                c.deadline < now,
                or_(c.replaced.is_(None), c.replaced > c.deadline),
                not_done,
            )
            .order_by(c.number)
            .limit(limit)
        )

    def _many(self, query: Any) -> Sequence[Directive]:
        return [_directive(row) for row in self._conn.execute(query)]

    def in_section(
        self, site: Site, section: str, jurisdiction: str, *, after: str, limit: int
    ) -> Sequence[AdId]:
        found = self._conn.execute(
            select(ad.c.ad_id)
            .where(
                ad.c.site == site,
                ad.c.section == section,
                ad.c.ad_id > after,
                covered_by(ad.c.jurisdiction, jurisdiction),
            )
            .order_by(ad.c.ad_id)
            .limit(limit)
        ).scalars()
        return [AdId(name) for name in found]

    def is_closed(self, site: Site, name: AdId, now: Millis) -> bool:
        closed = section_closure.c
        rows = self._conn.execute(
            select(closed.jurisdiction, ad.c.jurisdiction.label("of_ad"))
            .join(ad, and_(ad.c.site == closed.site, ad.c.section == closed.section))
            .where(ad.c.site == site, ad.c.ad_id == name, closed.since <= now)
        )
        return any(covers(row.jurisdiction, row.of_ad) for row in rows)

    def origins(self, site: Site) -> Sequence[tuple[str, str | None]]:
        rows = self._conn.execute(
            select(site_origin.c.origin, site_origin.c.api)
            .where(site_origin.c.site == site)
            .order_by(site_origin.c.origin)
        )
        return [(row.origin, row.api) for row in rows]

    def put_origin(self, site: Site, origin: str, api: str | None) -> None:
        upsert(
            self._conn,
            site_origin,
            {"site": site, "origin": origin, "api": api},
            key=("site", "origin"),
        )

    def drop_origin(self, site: Site, origin: str) -> bool:
        gone = self._conn.execute(
            delete(site_origin).where(site_origin.c.site == site, site_origin.c.origin == origin)
        )
        return gone.rowcount == 1


def _row(value: Directive) -> dict[str, Any]:
    return {
        "site": value.site,
        "directive_id": value.id,
        "number": value.number,
        "ad_id": value.ad,
        "external_id": value.external_id,
        "closed_subject": value.closed_subject,
        "action": value.action.value,
        "cause": value.cause.value,
        "revision": value.revision,
        "issued": value.issued,
        "deadline": value.deadline,
        "acknowledged": value.acknowledged,
        "site_time": value.site_time,
        "seen": None if value.seen is None else value.seen.value,
        "probed": value.probed,
        "observed": value.observed,
        "overdue": value.overdue,
        "replaced": value.replaced,
        "credit": value.credit,
    }


def _standing_row(value: Standing) -> dict[str, Any]:
    return {
        "site": value.site,
        "ad_id": value.ad,
        "screened": None if value.screened is None else value.screened.value,
        "screened_revision": value.screened_revision,
        "hidden": value.hidden,
        "restricted": value.restricted,
        "removed": value.removed,
        "last_action": None if value.last is None else value.last.value,
        "unavailable": value.unavailable,
        "back_when_open": value.back_when_open,
    }


def _millis(value: int | None) -> Millis | None:
    return None if value is None else Millis(value)


def _directive(row: Any) -> Directive:
    return Directive(
        site=Site(row.site),
        id=DirectiveId(row.directive_id),
        number=row.number,
        ad=AdId(row.ad_id),
        external_id=row.external_id,
        closed_subject=SubjectId(row.closed_subject),
        action=Action(row.action),
        cause=Cause(row.cause),
        revision=row.revision,
        issued=Millis(row.issued),
        deadline=Millis(row.deadline),
        acknowledged=_millis(row.acknowledged),
        site_time=_millis(row.site_time),
        seen=None if row.seen is None else Seen(row.seen),
        probed=_millis(row.probed),
        observed=_millis(row.observed),
        overdue=_millis(row.overdue),
        replaced=_millis(row.replaced),
        credit=row.credit,
    )
