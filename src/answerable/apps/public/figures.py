"""What the public sees of alerts in figures: whole months that are over, and no small number.

A count below ten is not told: nobody who alerts about an ad of their own learns from it what became
of that, or that somebody else alerted too. The site's own flood switch is public at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from answerable.adapters.sql.alert_exceptions import hide_exception
from answerable.adapters.sql.alert_sources import alerter, source
from answerable.adapters.sql.alert_tables import alert, flood
from answerable.adapters.sql.case_rows import clock
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.flood import Flood, Scope
from answerable.alerts.sources import Kind
from answerable.audit.clocks import ClockFigures, ClockRun, clock_figures
from answerable.kernel.ids import Site
from answerable.kernel.time import MINUTE, SECOND, Millis, from_datetime, to_datetime

CELL_MIN = 10
FEW = f"fewer than {CELL_MIN}"
FLOODS_MAX = 20
KEPT_FOR = MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactness:
    """What became of the answered alerts of one kind of source."""

    kind: Kind
    sources: int
    received: str
    led: str
    declined: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """The clocks of one duty that started before `before`, as they stand now.

    Times only where ten or more were done: a median of few is somebody's own.
    """

    duty: str
    started: str
    in_time: str
    late: str
    overdue: str
    median: str
    p95: str


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


class ClockTable:
    """Clocks by duty for the public. Counted anew at most once a minute, whoever asks how often."""

    def __init__(self) -> None:
        self._counted: tuple[Millis, tuple[ClockRow, ...]] | None = None

    def __call__(self, work: SqlWork, site: Site, now: Millis) -> tuple[ClockRow, ...]:
        """Those that started before this month."""
        if self._counted is None or now >= self._counted[0] + KEPT_FOR:
            runs = work.conn.execute(
                select(clock.c.duty, clock.c.started, clock.c.ends, clock.c.stopped, clock.c.how)
                .where(clock.c.site == site, clock.c.started < month_of(now))
                .execution_options(yield_per=1_000)
            )
            lines = clock_figures((ClockRun(**row._asdict()) for row in runs), now)
            self._counted = now, tuple(map(clock_row, lines))
        return self._counted[1]


def clock_row(line: ClockFigures) -> ClockRow:
    """A line as the public may see it."""
    enough = line.done >= CELL_MIN
    parts = (line.in_time, line.late, line.set_aside, line.running, line.overdue)
    return ClockRow(
        duty=line.duty,
        started=told_beside(line.started, parts),
        in_time=told_beside(line.in_time, parts),
        late=told_beside(line.late, parts),
        overdue=told_beside(line.overdue, parts),
        median=span(line.median if enough else None),
        p95=span(line.p95 if enough else None),
    )


def span(ms: int | None) -> str:
    """`42 s`, `12 min` or `3 h 05 min`, rounded up: never shorter than it was. `–` for none."""
    if ms is None:
        return "–"
    if ms <= 99 * SECOND:
        return f"{-(-ms // SECOND)} s"
    minutes = -(-ms // MINUTE)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02} min"


def told(count: int) -> str:
    """A count as the public may see it."""
    return FEW if 0 < count < CELL_MIN else f"{count:,}"


def told_beside(count: int, others: Iterable[int]) -> str:
    """A count among others that add up: where one of them is small, no subtraction tells it.

    The large ones are then told in tens, downwards.
    """
    few = any(0 < other < CELL_MIN for other in others)
    if count < CELL_MIN or not few:
        return told(count)
    return f"{count - count % CELL_MIN:,} or more"


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
