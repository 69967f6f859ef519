"""Storage of disposal: batches, their lists, and what has outlived its class."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from answerable.adapters.sql import core
from answerable.adapters.sql.ads import ad, file_ref, placement, revision, stored_file
from answerable.adapters.sql.alerts import alert
from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.cases import case_ad
from answerable.adapters.sql.directives import ad_standing
from answerable.adapters.sql.preservation import hold
from answerable.adapters.sql.process import process_document
from answerable.adapters.sql.watches import SqlWatches, watch, watch_match
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, AdId, AlertId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation.disposal import GROUPS, Cause, Class, Disposal, Fate, Item, State
from answerable.watches.model import Status, WatchId

disposal = Table(
    "disposal",
    metadata,
    site_column(),
    Column("disposal_id", String(40), primary_key=True),
    id_column("subject"),
    Column("cause", String(16), nullable=False),
    id_column("process_id", nullable=True),
    Column("state", String(16), nullable=False),
    millis_column("proposed"),
    Column("cutoffs", JsonText, nullable=False),
    Column("counts", JsonText, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("first", String(80), nullable=True),
    millis_column("first_at", nullable=True),
    Column("second", String(80), nullable=True),
    Index("ix_disposal_site_state", "site", "state", "proposed"),
)

disposal_item = Table(
    "disposal_item",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("disposal_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data_class", String(16), nullable=False),
    Column("name", String(40), nullable=False),
    Column("fate", String(16), nullable=False),
    Index("ix_disposal_item_fate", "site", "disposal_id", "fate", "number"),
)

UP = ("publish", "restore")


class SqlDisposals:
    """DisposalStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def expired(
        self, site: Site, of: Class, before: Millis, now: Millis, limit: int
    ) -> tuple[str, ...]:
        oldest: Any
        named: Any
        if of is Class.ALERT:
            query, oldest, named = _old_alerts(site, before), alert.c.answered, alert.c.alert_id
            free = ~_alert_held(site, now)
        elif of is Class.WATCH:
            query, oldest, named = _old_watches(site, before), watch.c.ended, watch.c.watch_id
            free = ~_watch_held(site, now)
        else:
            query = _old_ads(site, before) if of is Class.AD else _old_connections(site, before)
            oldest, named = ad.c.received, ad.c.ad_id
            free = ~_held(site, now) & ~_undecided(site)
        rows = self._conn.execute(query.where(free).order_by(oldest, named).limit(max(0, limit)))
        return tuple(str(row[0]) for row in rows)

    def still_expired(self, site: Site, of: Class, name: str, before: Millis) -> bool:
        if of is Class.ALERT:
            query = _old_alerts(site, before).where(alert.c.alert_id == name)
        elif of is Class.WATCH:
            query = _old_watches(site, before).where(watch.c.watch_id == name)
        else:
            old = _old_ads(site, before) if of is Class.AD else _old_connections(site, before)
            query = old.where(ad.c.ad_id == name)
        return self._conn.execute(query).first() is not None

    def ads_concerned(self, site: Site, of: Class, name: str) -> tuple[AdId, ...]:
        if of is Class.WATCH:
            found = self._found_by(site, watch.c.watch_id == name)
            return tuple(AdId(each) for each in sorted(found))
        if of is not Class.ALERT:
            return (AdId(name),)
        row = self._conn.execute(
            select(alert.c.ad_id, alert.c.case_id).where(
                alert.c.site == site, alert.c.alert_id == name
            )
        ).one()
        found = ({row.ad_id} - {None}) | self._found_by(site, watch.c.alert_id == name)
        if row.case_id is not None:
            found |= set(
                self._conn.execute(
                    select(case_ad.c.ad_id).where(
                        case_ad.c.site == site, case_ad.c.case_id == row.case_id
                    )
                ).scalars()
            )
        return tuple(AdId(each) for each in sorted(found))

    def _found_by(self, site: Site, which: ColumnElement[bool]) -> set[str]:
        """The ads that this watch found."""
        m = watch_match.c
        of_watch = select(watch.c.watch_id).where(watch.c.site == site, which)
        rows = select(m.ad_id).where(m.site == site, m.watch_id.in_(of_watch))
        return set(self._conn.execute(rows).scalars())

    def watch_subject(self, site: Site, name: str) -> SubjectId:
        return SqlWatches(self._conn).get(site, WatchId(name)).subject

    def watch_asked(self, site: Site, alert_id: str) -> str | None:
        watches = SqlWatches(self._conn)
        found = watches.of_alert(site, AlertId(alert_id))
        if found is None:
            return None
        now = watches.get(site, found.id, lock=True)  # whoever approves it has it first, or after
        return None if now.status is Status.RUNNING else now.id

    def forget_watch(self, site: Site, name: str) -> None:
        SqlWatches(self._conn).erase(site, WatchId(name))

    def alert_subject(self, site: Site, alert_id: str) -> SubjectId:
        found = self._conn.execute(
            select(alert.c.subject).where(alert.c.site == site, alert.c.alert_id == alert_id)
        ).scalar_one()
        return SubjectId(found)

    def get(self, site: Site, name: str, *, lock: bool = False) -> Disposal:
        c = disposal.c
        query = select(disposal).where(c.site == site, c.disposal_id == name)
        if lock and self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such batch", disposal=name)
        return _disposal(row, self.fates(site, name))

    def put(self, value: Disposal) -> None:
        upsert(
            self._conn,
            disposal,
            {
                "site": value.site,
                "disposal_id": value.id,
                "subject": value.subject,
                "cause": value.cause.value,
                "process_id": value.process,
                "state": value.state.value,
                "proposed": value.proposed,
                "cutoffs": dict(value.cutoffs),
                "counts": dict(value.counts),
                "digest": value.digest,
                "first": value.first,
                "first_at": value.first_at,
                "second": value.second,
            },
            key=("disposal_id",),
        )

    def add_items(self, site: Site, name: str, items: Sequence[Item]) -> None:
        self._conn.execute(
            insert(disposal_item),
            [
                {
                    "site": site,
                    "disposal_id": name,
                    "number": item.number,
                    "data_class": item.data_class.value,
                    "name": item.name,
                    "fate": item.fate.value,
                }
                for item in items
            ],
        )

    def waiting(self, site: Site, name: str, limit: int) -> tuple[Item, ...]:
        found = self._items(site, name, limit, disposal_item.c.fate == Fate.WAITING.value)
        return tuple(item for item in found if item.data_class is found[0].data_class)

    def set_fates(self, site: Site, name: str, fates: Sequence[tuple[int, Fate]]) -> None:
        c = disposal_item.c
        for fate in {each for _, each in fates}:
            numbers = [number for number, each in fates if each is fate]
            self._conn.execute(
                update(disposal_item)
                .where(c.site == site, c.disposal_id == name, c.number.in_(numbers))
                .values(fate=fate.value)
            )

    def fates(self, site: Site, name: str) -> dict[str, int]:
        c = disposal_item.c
        rows = self._conn.execute(
            select(c.fate, func.count())
            .where(c.site == site, c.disposal_id == name)
            .group_by(c.fate)
        )
        return {row[0]: int(row[1]) for row in rows}

    def items(self, site: Site, name: str, limit: int) -> tuple[Item, ...]:
        return self._items(site, name, limit)

    def _items(
        self, site: Site, name: str, limit: int, *where: ColumnElement[bool]
    ) -> tuple[Item, ...]:
        c = disposal_item.c
        rows = self._conn.execute(
            select(disposal_item)
            .where(c.site == site, c.disposal_id == name, *where)
            .order_by(c.number)
            .limit(limit)
        )
        return tuple(
            Item(
                number=row.number,
                data_class=Class(row.data_class),
                name=row.name,
                fate=Fate(row.fate),
            )
            for row in rows
        )

    def latest(self, site: Site, limit: int) -> tuple[Disposal, ...]:
        c = disposal.c
        ended = c.state.in_((State.DONE.value, State.REFUSED.value))
        rows = self._conn.execute(
            select(disposal)
            .where(c.site == site)
            .order_by(ended, c.proposed.desc(), c.disposal_id)
            .limit(limit)
        ).all()
        return tuple(_disposal(row, self.fates(site, row.disposal_id)) for row in rows)

    def next_signed(self, site: Site) -> str | None:
        c = disposal.c
        found: str | None = self._conn.execute(
            select(c.disposal_id)
            .where(c.site == site, c.state == State.SIGNED.value)
            .order_by(c.proposed, c.disposal_id)
            .limit(1)
        ).scalar_one_or_none()
        return found

    def drop_files(self, site: Site, ad_id: AdId) -> tuple[str, ...]:
        other = file_ref.alias("other")
        c = stored_file.c
        mine = select(file_ref.c.sha256).where(file_ref.c.site == site, file_ref.c.ad_id == ad_id)
        gone = self._conn.execute(
            delete(stored_file)
            .where(
                c.site == site,
                c.sha256.in_(mine),
                ~exists().where(
                    other.c.site == site, other.c.sha256 == c.sha256, other.c.ad_id != ad_id
                ),
                ~exists().where(
                    process_document.c.site == site, process_document.c.sha256 == c.sha256
                ),
            )
            .returning(c.object_name)
        )
        return tuple(gone.scalars())


def _old_ads(site: Site, before: Millis) -> Select[Any]:
    """Ads with words, last touched before that, and not standing on the site."""
    standing = exists().where(
        ad_standing.c.site == site,
        ad_standing.c.ad_id == ad.c.ad_id,
        ad_standing.c.last_action.not_in(UP),
    )
    p, r = placement.c, revision.c
    stands = exists().where(p.site == site, p.ad_id == ad.c.ad_id, p.until.is_(None)) & ~standing
    placed = exists().where(
        p.site == site, p.ad_id == ad.c.ad_id, (p.since >= before) | (p.until >= before)
    )
    revised = exists().where(r.site == site, r.ad_id == ad.c.ad_id, r.at >= before)
    return select(ad.c.ad_id).where(
        ad.c.site == site,
        ad.c.received < before,
        ad.c.words_digest != "",
        ~stands,
        ~placed,
        ~revised,
    )


def _old_connections(site: Site, before: Millis) -> Select[Any]:
    """Ads that have connections of a revision recorded before that."""
    kept = exists().where(
        core.event.c.site == site,
        core.event.c.subject == ad.c.open_subject,
        core.event.c.recorded < before,
        core.dek.c.event_id == core.event.c.event_id,
        core.dek.c.name == "connections",
    )
    return select(ad.c.ad_id).where(ad.c.site == site, ad.c.received < before, kept)


def _old_alerts(site: Site, before: Millis) -> Select[Any]:
    """Alerts that were answered before that, and whose words are still there."""
    kept = exists().where(
        core.dek.c.event_id == alert.c.event_id, core.dek.c.name.in_(("alert_text", "alerter"))
    )
    return select(alert.c.alert_id).where(
        alert.c.site == site,
        alert.c.answered < before,
        kept,
    )


def _old_watches(site: Site, before: Millis) -> Select[Any]:
    """Watches that ended or were refused before that, and whose words are still there."""
    kept = exists().where(
        core.event.c.site == site,
        core.event.c.subject == watch.c.subject,
        core.dek.c.event_id == core.event.c.event_id,
        core.dek.c.name.in_(sorted(GROUPS[Class.WATCH])),
    )
    return select(watch.c.watch_id).where(watch.c.site == site, watch.c.ended < before, kept)


def _running(site: Site, now: Millis) -> tuple[ColumnElement[bool], ...]:
    c = hold.c
    return c.site == site, c.released.is_(None), c.ends.is_(None) | (c.ends > now)


def _held(site: Site, now: Millis) -> ColumnElement[bool]:
    """Does a hold run on the ad?"""
    return exists().where(*_running(site, now), hold.c.ad_id == ad.c.ad_id)


def _alert_held(site: Site, now: Millis) -> ColumnElement[bool]:
    """Does one run on the alert's ad, or on any ad of its case?"""
    direct = exists().where(*_running(site, now), hold.c.ad_id == alert.c.ad_id)
    through = exists().where(
        *_running(site, now),
        case_ad.c.site == site,
        case_ad.c.case_id == alert.c.case_id,
        hold.c.ad_id == case_ad.c.ad_id,
    )
    asked = exists().where(
        watch.c.site == site, watch.c.alert_id == alert.c.alert_id, _watch_held(site, now)
    )
    return direct | through | asked


def _watch_held(site: Site, now: Millis) -> ColumnElement[bool]:
    """Does a hold run on an ad that the watch found, or does one wait for a decision?"""
    m, c = watch_match.c, case_ad.c
    found = (m.site == site, m.watch_id == watch.c.watch_id)
    held = exists().where(*found, *_running(site, now), hold.c.ad_id == m.ad_id)
    waits = exists().where(*found, c.site == site, c.ad_id == m.ad_id, c.undecided.is_(True))
    return held | waits


def _undecided(site: Site) -> ColumnElement[bool]:
    c = case_ad.c
    return exists().where(c.site == site, c.ad_id == ad.c.ad_id, c.undecided.is_(True))


def _disposal(row: Any, fates: dict[str, int]) -> Disposal:
    return Disposal(
        id=row.disposal_id,
        site=Site(row.site),
        subject=SubjectId(row.subject),
        cause=Cause(row.cause),
        process=row.process_id,
        state=State(row.state),
        proposed=Millis(row.proposed),
        cutoffs=row.cutoffs,
        counts=row.counts,
        digest=row.digest,
        first=None if row.first is None else ActorId(row.first),
        first_at=None if row.first_at is None else Millis(row.first_at),
        second=None if row.second is None else ActorId(row.second),
        fates=fates,
    )
