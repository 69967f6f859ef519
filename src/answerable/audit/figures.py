"""What a record says in figures: alerts, hides, decisions, reports, holds, legal process, bells.

Counts of events and nothing else; who shows them to the public leaves out small numbers first.
Times are in `clocks.py`, the sums that must come out at zero in `reconcile.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answerable.audit.clocks import ClockFigures, clock_figures, clock_runs
from answerable.audit.watching import WatchFigures, watch_figures
from answerable.events.duties.keeping import reads_by_purpose
from answerable.events.duties.sums import take_sums
from answerable.events.event import Opened
from answerable.kernel.time import Millis

__all__ = ["RecordFigures", "record_figures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFigures:
    """`within`: answered by the date of the receipt. `put_off`: did not hide its ad at once."""

    received: int
    answered: int
    open: int
    within: int
    outcomes: Mapping[str, int]
    put_off: int
    floods: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    """(decision, ad) pairs: decided = filed + pending + needs a person + withdrawn."""

    decided: int
    filed: int
    pending: int
    needs_person: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFigures:
    """Complaints of posters and alerters; `granted`: answered as was asked (DSA art. 15, 20)."""

    received: int
    answered: int
    granted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditFigures:
    """Ads that came back after they were down, and the time (ms) that their sites credit."""

    restores: int
    credited_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFigures:
    """Holds placed, and those that neither ended nor were released by now."""

    placed: int
    in_force: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFigures:
    """Legal process. `answered` counts the processes that got an export, not the exports."""

    served: Mapping[str, int]
    renewed: int
    answered: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFigures:
    """Everything, at `at`. `residual` is what the three sums leave over, and must be 0."""

    at: Millis
    events: int
    alerts: AlertFigures
    reports: ReportFigures
    decisions: Mapping[str, int]
    contradicted: int
    lapsed: int
    complaints: ComplaintFigures
    credit: CreditFigures
    holds: KeptFigures
    process: ProcessFigures
    watches: WatchFigures
    sections_closed: int
    bells: int
    acknowledged: int
    reads: Mapping[str, int]
    clocks: tuple[ClockFigures, ...]
    residual: int


def record_figures(opened: Sequence[Opened], now: Millis) -> RecordFigures:
    """Count the record, real and synthetic together. `opened` is in leaf order."""
    kinds = Counter(event.type for event in opened)
    sums = take_sums(opened)
    sides = (sums.real, sums.synthetic)
    clocks = clock_figures(clock_runs(opened), now)
    return RecordFigures(
        at=now,
        events=len(opened),
        alerts=AlertFigures(
            received=sum(side.alerts.received for side in sides),
            answered=sum(side.alerts.answered for side in sides),
            open=sum(side.alerts.open for side in sides),
            within=sum(
                event.type == "alert.answered" and event.get("within_promise") is True
                for event in opened
            ),
            outcomes=_by(opened, "alert.answered", "outcome"),
            put_off=kinds["alert.put_off"],
            floods=kinds["flood.started"],
        ),
        reports=ReportFigures(
            decided=sum(side.reports.decided for side in sides),
            filed=sum(side.reports.finished for side in sides),
            pending=sum(side.reports.pending for side in sides),
            needs_person=sum(side.reports.needs_person for side in sides),
            withdrawn=sum(side.reports.withdrawn for side in sides),
        ),
        decisions=_by(opened, "case.decided", "kind"),
        contradicted=kinds["decision.contradicted"],
        lapsed=kinds["proposal.lapsed"],
        complaints=ComplaintFigures(
            received=kinds["complaint.received"],
            answered=kinds["complaint.answered"],
            granted=sum(
                e.type == "complaint.answered" and e.get("granted") is True for e in opened
            ),
        ),
        credit=CreditFigures(
            restores=kinds["hiding.credited"],
            credited_ms=sum(
                int(event.get("down_ms", 0)) for event in opened if event.type == "hiding.credited"
            ),
        ),
        holds=_holds(opened, now),
        process=ProcessFigures(
            served=_by(opened, "process.received", "kind"),
            renewed=kinds["process.renewed"],
            answered=len({e.get("process") for e in opened if e.type == "process.answered"}),
            closed=kinds["process.closed"],
        ),
        watches=watch_figures(opened, now),
        sections_closed=kinds["section.closed"],
        bells=kinds["bell.rung"],
        acknowledged=kinds["clock.acknowledged"],
        reads=reads_by_purpose(opened),
        clocks=clocks,
        residual=len(sums.residual) + sum(abs(line.left_over) for line in clocks),
    )


def _by(opened: Sequence[Opened], kind: str, field: str) -> dict[str, int]:
    """Events of one type by a field of theirs."""
    return dict(sorted(Counter(str(e.get(field)) for e in opened if e.type == kind).items()))


def _holds(opened: Sequence[Opened], now: Millis) -> KeptFigures:
    ends: dict[str, int | None] = {}
    placed = 0
    for event in opened:
        name = str(event.get("hold"))
        if event.type == "hold.placed":
            placed += 1
            ends[name] = event.get("ends")
        elif event.type == "hold.dated":
            ends[name] = event.get("ends")
        elif event.type == "hold.released":
            ends.pop(name, None)
    return KeptFigures(
        placed=placed, in_force=sum(end is None or end > now for end in ends.values())
    )
