"""Clocks by duty in figures: started, in time, late, set aside, running, overdue, and how long.

Counted from `clock.started` and `clock.stopped` alone, or from rows that say the same. Every clock
that started is counted in exactly one of the other columns, so `left_over` is 0 or something lies.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from answerable.events.duties.clocks import Stop
from answerable.events.duties.residual import is_open
from answerable.events.event import Opened
from answerable.kernel.time import Millis

__all__ = ["ClockFigures", "ClockRun", "clock_figures", "clock_runs", "rank"]

SET_ASIDE = frozenset({Stop.VOID.value, Stop.WITHDRAWN.value})
"""Stops after which nothing was waited for any more: neither done nor missed, unless late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRun:
    """One clock, in ms UTC. `stopped` and `how` are None while it runs."""

    duty: str
    started: int
    ends: int
    stopped: int | None = None
    how: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFigures:
    """One duty. `median` and `p95` (ms) are of what was done, in time or late; None where nothing.

    `late`: stopped after its end, whatever stopped it; `overdue`: past its end and running.
    """

    duty: str
    started: int
    in_time: int
    late: int
    set_aside: int
    running: int
    overdue: int
    median: int | None
    p95: int | None

    @property
    def done(self) -> int:
        return self.in_time + self.late

    @property
    def left_over(self) -> int:
        return self.started - self.done - self.set_aside - self.running - self.overdue


def clock_runs(opened: Iterable[Opened]) -> tuple[ClockRun, ...]:
    """Every clock of the record, in the order of starting. What stopped it is when it was known."""
    starts: dict[str, Opened] = {}
    stops: dict[str, Opened] = {}
    for event in opened:
        if event.type == "clock.started" and is_open(event, "facts"):
            starts.setdefault(str(event.get("clock")), event)
        elif event.type == "clock.stopped" and is_open(event, "facts"):
            stops.setdefault(str(event.get("clock")), event)
    return tuple(
        ClockRun(
            duty=str(start.get("duty")),
            started=int(start.get("started", start.known)),
            ends=int(start.get("ends", start.known)),
            stopped=None if (stop := stops.get(name)) is None else stop.known,
            how=None if stop is None else str(stop.get("how")),
        )
        for name, start in starts.items()
    )


def clock_figures(runs: Iterable[ClockRun], now: Millis) -> tuple[ClockFigures, ...]:
    """One line for each duty that had a clock, by name."""
    by_duty: defaultdict[str, list[ClockRun]] = defaultdict(list)
    for run in runs:
        by_duty[run.duty].append(run)
    return tuple(_line(duty, by_duty[duty], now) for duty in sorted(by_duty))


def _line(duty: str, runs: Sequence[ClockRun], now: Millis) -> ClockFigures:
    in_time = late = set_aside = running = overdue = 0
    took: list[int] = []
    for run in runs:
        if run.stopped is None:
            running += run.ends >= now
            overdue += run.ends < now
        elif run.stopped > run.ends:
            late += 1
            took.append(run.stopped - run.started)
        elif run.how in SET_ASIDE:
            set_aside += 1
        else:
            in_time += 1
            took.append(run.stopped - run.started)
    took.sort()
    return ClockFigures(
        duty=duty,
        started=len(runs),
        in_time=in_time,
        late=late,
        set_aside=set_aside,
        running=running,
        overdue=overdue,
        median=rank(took, 50),
        p95=rank(took, 95),
    )


def rank(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest-rank percentile of ordered numbers: one that occurred, never one between two."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
