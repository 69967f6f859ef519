"""Duties with a date: which are overdue at a given time, and which were done late.

Pure functions over opened events and `now` (ms UTC). A clock that says of itself that it was in
time is believed only where the times agree.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from answerable.events.duties.clocks import (
    ALERT_ANSWER,
    BY_NAME,
    REPORT_PROMPTLY,
    REPORT_URGENTLY,
    Duty,
)
from answerable.events.duties.lapse import Lapse, lapse, number
from answerable.events.duties.reported import ReportChain, ReportState, report_chains
from answerable.events.duties.residual import is_open
from answerable.events.event import Opened
from answerable.kernel.time import Millis

__all__ = [
    "Lapse",
    "OpenDuty",
    "late_answers",
    "late_clocks",
    "late_duties",
    "late_reports",
    "open_duties",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDuty:
    """A duty that an event opened and none has closed. `due` in ms UTC."""

    duty: str
    due: int
    subject: str
    index: int


def open_duties(opened: Iterable[Opened]) -> tuple[OpenDuty, ...]:
    """Every `due` of an envelope that no later envelope `closes`, by date."""
    still: dict[str, OpenDuty] = {}
    for event in opened:
        for key in event.closes:
            still.pop(key, None)
        for key, due in event.due:
            still[key] = OpenDuty(duty=key, due=due, subject=event.subject, index=event.index)
    return tuple(sorted(still.values(), key=lambda d: (d.due, d.index)))


def late_duties(opened: Sequence[Opened], now: Millis) -> tuple[Lapse, ...]:
    """Duties of envelopes that are overdue at `now`, and those closed after their date."""
    found: list[Lapse] = []
    since: dict[str, tuple[Opened, int]] = {}
    for event in opened:
        for key in event.closes:
            opener, due = since.pop(key, (event, event.known))
            if event.known > due:
                words = f"{key} was done after its date"
                found.append(lapse(key, "late", words, opener, event, due=due, done=event.known))
        for key, due in event.due:
            since[key] = (event, due)
    for key, (opener, due) in since.items():
        if due < now:
            found.append(lapse(key, "overdue", f"{key} is past its date", opener, due=due))
    return tuple(found)


def late_clocks(opened: Sequence[Opened], now: Millis) -> tuple[Lapse, ...]:
    """Clocks past their end at `now`, stopped after it, or stopped with a false word about it.

    Alert clocks and restore clocks are told apart by their `duty`.
    """
    found: list[Lapse] = []
    stops = {e.get("clock"): e for e in opened if e.type == "clock.stopped"}
    moved, wrong = _extensions(opened)
    found += wrong
    for start in (e for e in opened if e.type == "clock.started"):
        name, ends = start.get("clock"), number(start.get("ends"))
        if ends is None:
            continue
        duty = str(start.get("duty"))
        found += _longer_than_the_law(start, duty, ends)
        ends = moved.get(name, ends)
        stop = stops.pop(name, None)
        if _only_lapses(duty):
            continue
        if stop is None:
            if ends < now:
                words = f"the clock {duty} ran out and nobody stopped it"
                found.append(lapse(duty, "overdue", words, start, ids=(name,), due=ends))
            continue
        found += _stopped_wrongly(start, stop, duty)
        late = stop.known > ends
        if late:
            words = f"the clock {duty} was stopped after its end"
            found.append(
                lapse(duty, "late", words, start, stop, ids=(name,), due=ends, done=stop.known)
            )
        if is_open(stop, "facts") and (stop.get("late") is True) != late:
            words = f"the clock {duty} is said to have been in time, or late, and was not"
            found.append(
                lapse(duty, "misstated", words, start, stop, ids=(name,), due=ends, done=stop.known)
            )
    for name, stop in stops.items():
        words = "a clock was stopped that never started"
        found.append(lapse(str(stop.get("duty")), "never started", words, stop, ids=(name,)))
    return tuple(found)


def _stopped_wrongly(start: Opened, stop: Opened, name: str) -> list[Lapse]:
    """A clock stops by what its duty knows and by nothing else: a merge, say, stops none."""
    duty = BY_NAME.get(name)
    if duty is None or not is_open(stop, "facts"):
        return []
    if stop.get("duty") == name and stop.get("how") in {how.value for how in duty.stops}:
        return []
    words = f"the clock {name} was stopped by what does not do its duty: {stop.get('how')}"
    return [lapse(name, "misstated", words, start, stop, ids=(stop.get("clock"),))]


def _only_lapses(name: str) -> bool:
    """A period that ends by time alone cannot be missed, only not kept (keeping.py)."""
    duty = BY_NAME.get(name)
    return duty is not None and duty.only_lapses


def extension_max(duty: Duty, ends: Millis) -> Millis:
    """How late an end may be moved to: by the duty's own length, and no further."""
    return duty.ends(ends)


def _extensions(opened: Sequence[Opened]) -> tuple[dict[object, int], list[Lapse]]:
    """The ends that two people lawfully moved, by clock; and what moves a clock unlawfully."""
    started = {e.get("clock"): e for e in opened if e.type == "clock.started"}
    moved: dict[object, int] = {}
    wrong: list[Lapse] = []
    for event in (e for e in opened if e.type == "clock.extended"):
        if not is_open(event, "facts"):
            continue
        name, until = event.get("clock"), number(event.get("until"))
        start, duty = started.get(name), BY_NAME.get(str(event.get("duty")))
        was = None if start is None else number(start.get("ends"))
        lawful = (
            start is not None
            and duty is not None
            and duty.extends
            and was is not None
            and until is not None
            and start.get("duty") == event.get("duty")
            and name not in moved
            and len({str(who) for who in event.get("approvers") or ()}) >= 2
            and event.known <= was < until <= extension_max(duty, Millis(was))
        )
        if lawful and until is not None:
            moved[name] = until
            continue
        words = "the end of a clock was moved as its duty does not allow"
        wrong.append(lapse(str(event.get("duty")), "moved", words, event, ids=(name,), due=was))
    return moved, wrong


def _longer_than_the_law(start: Opened, name: str, ends: int) -> list[Lapse]:
    """A clock may end before its duty says (it runs on after an undo), and never after it."""
    duty, started = BY_NAME.get(name), number(start.get("started"))
    if duty is None:
        words = f"a clock runs for {name}, and no duty is called so"
        return [lapse(name, "no such duty", words, start, ids=(start.get("clock"),))]
    if started is None or ends <= duty.ends(Millis(started)):
        return []
    words = f"the clock {name} gives itself more time than its duty has"
    return [lapse(name, "misstated", words, start, ids=(start.get("clock"),), due=ends)]


def late_answers(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Alerts answered late, and answers that claim to have been in time and were not.

    What counts is when the decision was known, against the date that the alert's receipt named.
    """
    due_of = {e.subject: number(e.get("due_act")) for e in opened if e.type == "alert.received"}
    decided = {e.get("decision"): e for e in opened if e.type == "case.decided"}
    found: list[Lapse] = []
    for answer in (e for e in opened if e.type == "alert.answered"):
        due = due_of.get(answer.subject)
        decision = decided.get(answer.get("decision"), answer)
        if due is None or decision.known <= due:
            continue
        claims = answer.get("within_promise") is True
        words = "an alert was answered after its date" + (", and is said to be in time" * claims)
        kind = "misstated" if claims else "late"
        ids = (answer.get("alert"),)
        found.append(
            lapse(
                ALERT_ANSWER.name,
                kind,
                words,
                answer,
                decision,
                ids=ids,
                due=due,
                done=decision.known,
            )
        )
    return tuple(found)


def late_reports(opened: Sequence[Opened], now: Millis) -> tuple[Lapse, ...]:
    """Reports not finished by the date that clocks.py gives them, and those finished after it.

    What needs a person is overdue like the rest: it stays a duty.
    """
    found: list[Lapse] = []
    for chain in report_chains(opened):
        if chain.owed:
            duty = REPORT_URGENTLY if chain.owed[0].get("urgent") is True else REPORT_PROMPTLY
            found += _late_report(chain, duty, now)
    return tuple(found)


def _late_report(chain: ReportChain, duty: Duty, now: Millis) -> list[Lapse]:
    owed, ids = chain.owed[0], (chain.name, *chain.ads)
    due = duty.ends(Millis(owed.known))
    match chain.state:
        case ReportState.WITHDRAWN:
            return []
        case ReportState.FINISHED:
            end = chain.finished[0]
            if end.known <= due:
                return []
            words = "a report was finished after its date"
            return [lapse(duty.name, "late", words, owed, end, ids=ids, due=due, done=end.known)]
        case ReportState.PENDING | ReportState.NEEDS_PERSON:
            if due >= now:
                return []
            words = f"a report is {chain.state.value} past its date"
            return [lapse(duty.name, "overdue", words, owed, ids=ids, due=due)]
        case unknown:
            assert_never(unknown)
