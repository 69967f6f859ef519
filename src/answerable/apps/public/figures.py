"""What the public sees of alerts in figures: whole months that are over, and no small number.

A count below ten is not told: nobody who alerts about an ad of their own learns from it what became
of that, or that somebody else alerted too. The site's own flood switch is public at once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from answerable.adapters.sql.alert_exceptions import hide_exception
from answerable.adapters.sql.alert_sources import alerter, source
from answerable.adapters.sql.alert_tables import alert, flood
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.flood import Flood, Scope
from answerable.alerts.sources import Kind
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis, from_datetime, to_datetime

CELL_MIN = 10
FEW = f"fewer than {CELL_MIN}"
FLOODS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactness:
    """What became of the answered alerts of one kind of source."""

    kind: Kind
    sources: int
    received: str
    led: str
    declined: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of what was over before `before`; `floods` are the whole site's, to this moment."""

    before: Millis
    floods: tuple[Flood, ...]
    received: str
    put_off: str
    advertisers_flooded: str
    exceptions: str
    limited: str
    exactness: tuple[Exactness, ...]


def told(count: int) -> str:
    """A count as the public may see it."""
    return FEW if 0 < count < CELL_MIN else f"{count:,}"


def month_of(now: Millis) -> Millis:
    """The first moment of this month, UTC: what is older is told."""
    day: datetime = to_datetime(now)
    return from_datetime(day.replace(day=1, hour=0, minute=0, second=0, microsecond=0))


def figures(work: SqlWork, site: Site, now: Millis) -> Figures:
    """Every figure, counted from the rows. The events are the truth: `answerable audit` counts."""
    before = month_of(now)
    ours = [one for one in work.alerts.floods(site, 500) if one.scope is Scope.SITE]
    old = (alert.c.site == site, alert.c.received < before)
    return Figures(
        before=before,
        floods=tuple(ours[:FLOODS_MAX]),
        received=told(_count(work, alert, *old)),
        put_off=told(_count(work, alert, *old, alert.c.put_off.is_not(None))),
        advertisers_flooded=told(
            _count(
                work,
                flood,
                flood.c.site == site,
                flood.c.scope == Scope.ACCOUNT.value,
                flood.c.ended < before,
            )
        ),
        exceptions=told(
            _count(
                work,
                hide_exception,
                hide_exception.c.site == site,
                hide_exception.c.granted.is_not(None),
                hide_exception.c.ended < before,
            )
        ),
        limited=told(_count(work, alerter, alerter.c.site == site, alerter.c.limited < before)),
        exactness=tuple(_exactness(work, site, kind, before) for kind in Kind),
    )


def _count(work: SqlWork, table: Any, *where: Any) -> int:
    found = work.conn.execute(select(func.count()).select_from(table).where(*where))
    return int(found.scalar_one())


def _exactness(work: SqlWork, site: Site, kind: Kind, before: Millis) -> Exactness:
    led = alert.c.outcome.in_(("acted", "reported"))
    row = work.conn.execute(
        select(
            func.count(alert.c.alert_id),
            func.coalesce(func.sum(case((led, 1), else_=0)), 0),
            func.coalesce(func.sum(case((alert.c.outcome == "declined", 1), else_=0)), 0),
        )
        .select_from(source)
        .join(
            alert,
            (alert.c.site == source.c.site) & (alert.c.known_by == "source:" + source.c.source_id),
        )
        .where(source.c.site == site, source.c.kind == kind.value, alert.c.received < before)
    ).one()
    registered = _count(
        work, source, source.c.site == site, source.c.kind == kind.value, source.c.revoked.is_(None)
    )
    received, came_to, declined = (told(int(one)) for one in row)
    return Exactness(
        kind=kind, sources=registered, received=received, led=came_to, declined=declined
    )
