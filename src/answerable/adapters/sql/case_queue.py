"""Serving cases: the queue by filters, who has what open, who set what aside, saved views.

Rows of `case_aside` and `case_presence` serve one purpose and end with it; nothing counts them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    String,
    Table,
    Text,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
)

from answerable.access.decide import permissions_of
from answerable.access.model import Permission, Role, StaffId
from answerable.adapters.sql.access import staff
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.base import metadata, millis_column, site_column, upsert
from answerable.adapters.sql.case_rows import case_ad, case_of, review_case
from answerable.cases.model import ASSIGNED_LENGTH, Case
from answerable.cases.queue import (
    BANDS,
    Aside,
    Colleague,
    Filters,
    InHand,
    Presence,
    SavedView,
    ViewId,
)
from answerable.cases.queue import WAITING as STATUSES_THAT_WAIT
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, CaseId, Site
from answerable.kernel.time import HOUR, Millis

case_aside = Table(
    "case_aside",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("case_id", String(40), primary_key=True),
    Column("actor", String(80), primary_key=True),
    millis_column("until", nullable=True),  # null: not this person, as long as the case waits
)

case_presence = Table(
    "case_presence",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("case_id", String(40), primary_key=True),
    Column("actor", String(80), primary_key=True),
    millis_column("since"),
    millis_column("until"),
    Index("ix_case_presence_site_until", "site", "until"),
)

saved_view = Table(
    "saved_view",
    metadata,
    site_column(),
    Column("view_id", String(40), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    millis_column("made"),
    Index("uq_saved_view_site_owner_name", "site", "owner", "name", unique=True),
)

WAITING = tuple(status.value for status in STATUSES_THAT_WAIT)


class SqlCaseQueue:
    """The half of CaseStore that serves cases to people."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def _many(self, query: Any) -> tuple[Case, ...]:
        return tuple(case_of(row) for row in self._conn.execute(query))

    def queue(self, site: Site, limit: int) -> tuple[Case, ...]:
        c = review_case.c
        return self._many(
            select(review_case)
            .where(c.site == site, c.status.in_(WAITING))
            .order_by(*_by_urgency())
            .limit(limit)
        )

    def find(
        self, site: Site, filters: Filters, me: ActorId, now: Millis, *, limit: int, offset: int
    ) -> tuple[Case, ...]:
        waits = filters.statuses <= frozenset(STATUSES_THAT_WAIT)
        order = _by_urgency() if waits else (review_case.c.opened.desc(), review_case.c.case_id)
        return self._many(
            select(review_case)
            .where(*_asked(site, filters, me, now))
            .order_by(*order)
            .limit(limit)
            .offset(offset)
        )

    def count(self, site: Site, filters: Filters, me: ActorId, now: Millis) -> int:
        query = select(func.count()).select_from(review_case)
        return int(self._conn.execute(query.where(*_asked(site, filters, me, now))).scalar_one())

    def sections(self, site: Site, limit: int) -> tuple[str, ...]:
        found = self._conn.execute(
            select(ad_table.c.section)
            .join(case_ad, case_ad.c.ad_id == ad_table.c.ad_id)
            .where(case_ad.c.site == site, case_ad.c.undecided.is_(True), ad_table.c.section != "")
            .distinct()
            .order_by(ad_table.c.section)
            .limit(limit)
        )
        return tuple(found.scalars())

    def next_for(
        self, site: Site, me: ActorId, org: str | None, now: Millis, limit: int
    ) -> tuple[CaseId, ...]:
        c, a = review_case.c, case_aside.c
        aside = exists().where(
            a.site == site,
            a.case_id == c.case_id,
            a.actor == me,
            or_(a.until.is_(None), a.until > now),
        )
        handed = and_(
            c.assigned_to.is_not(None), c.assigned_to != me, c.assigned_at > now - ASSIGNED_LENGTH
        )
        claimed = and_(c.claim_until.is_not(None), c.claim_until > now, c.claimed_by != me)
        of_another = c.proposed_by != me
        if org is not None:
            of_another = and_(of_another, c.proposed_org != org)
        mine_to_second = or_(c.proposed_by.is_(None), of_another)
        found = self._conn.execute(
            select(c.case_id)
            .where(
                c.site == site,
                c.status.in_(WAITING),
                ~aside,
                or_(c.assigned_to.is_(None), ~handed),
                or_(c.claim_until.is_(None), ~claimed),
                mine_to_second,
            )
            .order_by(*_by_urgency())
            .limit(limit)
        )
        return tuple(CaseId(name) for name in found.scalars())

    # set aside

    def put_aside(self, aside: Aside) -> None:
        upsert(
            self._conn,
            case_aside,
            {
                "site": aside.site,
                "case_id": aside.case,
                "actor": aside.by,
                "until": aside.until,
            },
            key=("site", "case_id", "actor"),
        )

    def aside(self, site: Site, case: CaseId, by: ActorId) -> Aside | None:
        row = self._conn.execute(
            select(case_aside).where(
                case_aside.c.site == site,
                case_aside.c.case_id == case,
                case_aside.c.actor == by,
            )
        ).one_or_none()
        if row is None:
            return None
        return Aside(
            site=site, case=case, by=by, until=None if row.until is None else Millis(row.until)
        )

    def drop_aside(self, site: Site, case: CaseId, by: ActorId | None = None) -> None:
        where = [case_aside.c.site == site, case_aside.c.case_id == case]
        if by is not None:
            where.append(case_aside.c.actor == by)
        self._conn.execute(delete(case_aside).where(*where))

    # who has it open

    def put_presence(self, value: Presence, now: Millis) -> None:
        self._conn.execute(
            delete(case_presence).where(
                case_presence.c.site == value.site, case_presence.c.until <= now
            )
        )
        upsert(
            self._conn,
            case_presence,
            {
                "site": value.site,
                "case_id": value.case,
                "actor": value.by,
                "since": value.since,
                "until": value.until,
            },
            key=("site", "case_id", "actor"),
        )

    def present(self, site: Site, cases: Sequence[CaseId], now: Millis) -> tuple[Presence, ...]:
        c = case_presence.c
        rows = self._conn.execute(
            select(case_presence)
            .where(c.site == site, c.case_id.in_(cases), c.until > now)
            .order_by(c.case_id, c.since, c.actor)
        )
        return tuple(
            Presence(
                site=site,
                case=CaseId(row.case_id),
                by=ActorId(row.actor),
                since=Millis(row.since),
                until=Millis(row.until),
            )
            for row in rows
        )

    def drop_presence(self, site: Site, case: CaseId, by: ActorId) -> None:
        c = case_presence.c
        self._conn.execute(
            delete(case_presence).where(c.site == site, c.case_id == case, c.actor == by)
        )

    # colleagues

    def colleagues(self, site: Site, limit: int) -> tuple[Colleague, ...]:
        rows = self._conn.execute(
            select(staff)
            .where(staff.c.site == site, staff.c.blocked.is_(False))
            .order_by(staff.c.name, staff.c.staff_id)
            .limit(limit)
        )
        return tuple(_colleague(row) for row in rows)

    def colleague(self, site: Site, actor: ActorId) -> Colleague | None:
        kind, _, name = actor.partition(":")
        if kind != "staff":
            return None
        row = self._conn.execute(
            select(staff).where(
                staff.c.site == site,
                staff.c.staff_id == StaffId(name),
                staff.c.blocked.is_(False),
            )
        ).one_or_none()
        return None if row is None else _colleague(row)

    # saved views

    def put_view(self, view: SavedView) -> None:
        upsert(
            self._conn,
            saved_view,
            {
                "site": view.site,
                "view_id": view.id,
                "owner": view.owner,
                "name": view.name,
                "query": view.query,
                "shared": view.shared,
                "made": view.made,
            },
            key=("view_id",),
        )

    def view(self, site: Site, view: ViewId) -> SavedView:
        row = self._conn.execute(
            select(saved_view).where(saved_view.c.site == site, saved_view.c.view_id == view)
        ).one_or_none()
        if row is None:
            raise NotFound("no such view", view=view)
        return _view(row)

    def views(self, site: Site, owner: ActorId) -> tuple[SavedView, ...]:
        c = saved_view.c
        return self._views(c.site == site, c.owner == owner)

    def shared_views(self, site: Site) -> tuple[SavedView, ...]:
        c = saved_view.c
        return self._views(c.site == site, c.shared.is_(True))

    def _views(self, *where: ColumnElement[bool]) -> tuple[SavedView, ...]:
        order = (saved_view.c.name, saved_view.c.view_id)
        rows = self._conn.execute(select(saved_view).where(*where).order_by(*order))
        return tuple(_view(row) for row in rows)

    def drop_view(self, site: Site, view: ViewId) -> None:
        self._conn.execute(
            delete(saved_view).where(saved_view.c.site == site, saved_view.c.view_id == view)
        )


def _by_urgency() -> tuple[Any, ...]:
    """What lapsed comes first; then urgency, the next clock's end, age."""
    c = review_case.c
    return c.lapsed.is_(None), c.urgency.desc(), c.due.is_(None), c.due, c.opened, c.case_id


def _asked(site: Site, filters: Filters, me: ActorId, now: Millis) -> list[ColumnElement[bool]]:
    """`queue.keeps` as one statement."""
    c = review_case.c
    where: list[ColumnElement[bool]] = [
        c.site == site,
        c.status.in_(sorted(status.value for status in filters.statuses)),
    ]
    held = and_(c.claim_until.is_not(None), c.claim_until > now)
    if filters.cause:
        where.append(c.cause.in_(sorted(cause.value for cause in filters.cause)))
    if filters.band:
        where.append(or_(*(c.urgency.between(*BANDS[band]) for band in sorted(filters.band))))
    if filters.overdue:
        where.append(c.due < now)
    if filters.soon:
        where.append(c.due.between(now, now + HOUR))
    for asked, column in (
        (filters.alert, c.by_alert),
        (filters.verified, c.verified),
        (filters.strong, c.strong),
    ):
        if asked:
            where.append(column.is_(True))
    if filters.lapsed:
        where.append(c.lapsed.is_not(None))
    if filters.older is not None:
        where.append(c.opened <= now - filters.older * HOUR)
    if filters.section is not None:
        in_section = (
            select(case_ad.c.case_id)
            .join(ad_table, ad_table.c.ad_id == case_ad.c.ad_id)
            .where(case_ad.c.site == site, ad_table.c.section == filters.section)
        )
        where.append(c.case_id.in_(in_section))
    if filters.hand is InHand.MINE:
        where.append(or_(and_(held, c.claimed_by == me), c.assigned_to == me))
    if filters.hand is InHand.NOBODY:
        where.append(and_(or_(c.claim_until.is_(None), ~held), c.assigned_to.is_(None)))
    return where


def _colleague(row: Any) -> Colleague:
    return Colleague(
        actor=ActorId(f"staff:{row.staff_id}"),
        name=row.name,
        organisation=row.organisation,
        may_decide=Permission.CASE_DECIDE
        in permissions_of(frozenset(Role(role) for role in row.roles)),
    )


def _view(row: Any) -> SavedView:
    return SavedView(
        id=ViewId(row.view_id),
        site=Site(row.site),
        owner=ActorId(row.owner),
        name=row.name,
        query=row.query,
        shared=row.shared,
        made=Millis(row.made),
    )
