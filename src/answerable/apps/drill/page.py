"""The figures of the drill: beside each count what the public would see of it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from answerable.apps.drill.drill import Drilled
from answerable.apps.public.figures import clock_row, span, told_beside
from answerable.audit.clocks import ClockFigures
from answerable.audit.figures import RecordFigures
from answerable.kernel.time import iso

LINE = "  {0:<48}{1:>7}   {2}"
CLOCK = "  {0:<22}{1:>7}{2:>8}{3:>5}{4:>6}{5:>8}{6:>8}{7:>12}{8:>12}   {9}"
HEAD = ("duty", "started", "in time", "late", "aside", "running", "overdue", "median", "95 %")


def as_text(done: Drilled) -> str:
    """At most sixty lines."""
    f = done.figures
    lines = [
        f"A week under virtual time, seed {done.seed}, to {iso(f.at)}: {f.events} events",
        LINE.format("", "counted", "public"),
    ]
    lines += [LINE.format(*row) for row in rows(f)]
    lines += ["", CLOCK.format(*HEAD, "public").rstrip()]
    lines += [_clock(line) for line in f.clocks]
    late = sum(line.late for line in f.clocks)
    overdue = sum(line.overdue for line in f.clocks)
    # An envelope's duty is named with our id after a colon.
    found = Counter(f"{one.duty.partition(':')[0]} {one.kind}" for one in done.findings)
    breaches = ", ".join(f"{count} {what}" for what, count in sorted(found.items()))
    lines += [
        "",
        f"alerts {f.alerts.received} = answered {f.alerts.answered} + open {f.alerts.open}",
        (
            f"ads decided to report {f.reports.decided} = filed {f.reports.filed} + pending "
            f"{f.reports.pending} + needs a person {f.reports.needs_person} + withdrawn "
            f"{f.reports.withdrawn}; the receiver's own list has {done.compared}"
        ),
        f"clocks stopped late {late}, overdue now {overdue}",
        f"time that the site credits: {span(f.credit.credited_ms)}",
        f"the auditor finds: {breaches or 'nothing'}",
        f"left over: {done.residual}",
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


Row = tuple[str, int]


def rows(f: RecordFigures) -> Iterator[tuple[str, int, str]]:
    """Each figure: in words, its count, and what the public sees of it."""
    for group in _groups(f):
        counts = [count for _, count in group]
        for words, count in group:
            yield words, count, told_beside(count, counts)


def _groups(f: RecordFigures) -> Iterator[tuple[Row, ...]]:
    """Figures of one group add up, or nearly: none may be told from the others."""
    yield (
        ("alerts received", f.alerts.received),
        ("alerts answered", f.alerts.answered),
        ("alerts answered within the promise", f.alerts.within),
        ("alerts open", f.alerts.open),
        *((f"alerts answered: {how}", count) for how, count in f.alerts.outcomes.items()),
        ("alerts that did not hide their ad at once", f.alerts.put_off),
    )
    yield (("floods", f.alerts.floods),)
    yield (
        *((f"decisions: {kind.replace('_', ' ')}", n) for kind, n in f.decisions.items()),
        ("proposals contradicted", f.contradicted),
        ("proposals lapsed, to the head on call", f.lapsed),
        ("ads restored with credit", f.credit.restores),
    )
    complaints = f.complaints
    yield (
        ("complaints received", complaints.received),
        ("complaints answered as was asked", complaints.granted),
        ("complaints answered as before", complaints.answered - complaints.granted),
    )
    yield (
        ("ads decided to report", f.reports.decided),
        ("reports filed", f.reports.filed),
        ("reports pending", f.reports.pending),
        ("reports that need a person, or withdrawn", f.reports.needs_person + f.reports.withdrawn),
    )
    yield (("holds placed", f.holds.placed), ("holds in force", f.holds.in_force))
    yield (
        *((f"process served: {kind.replace('-', ' ')}", n) for kind, n in f.process.served.items()),
        ("process renewed", f.process.renewed),
        ("process answered", f.process.answered),
    )
    yield (("watches asked", f.watches.asked), ("watches: ads that agreed", f.watches.matched))
    yield (("sections closed", f.sections_closed),)
    yield (("bells rung", f.bells), ("clocks that somebody said they heard", f.acknowledged))
    yield tuple((f"files given out for {why}", count) for why, count in f.reads.items())


def _clock(line: ClockFigures) -> str:
    row = clock_row(line)
    shown = f"{row.started}; {row.median}, {row.p95}"
    return CLOCK.format(
        line.duty,
        line.started,
        line.in_time,
        line.late,
        line.set_aside,
        line.running,
        line.overdue,
        span(line.median),
        span(line.p95),
        shown,
    )


def as_json(done: Drilled) -> str:
    """One object: every figure as it was counted, `public` as it would be told, each finding."""
    f = done.figures
    body: dict[str, Any] = {
        "seed": done.seed,
        "figures": asdict(f),
        "public": {words: public for words, _, public in rows(f)},
        "public_clocks": [asdict(clock_row(line)) for line in f.clocks],
        "findings": [
            {"duty": one.duty, "kind": one.kind, "words": one.words} for one in done.findings
        ],
        "receiver_finished": done.compared,
        "left_over": done.residual,
    }
    return json.dumps(body, sort_keys=True, indent=2) + "\n"
