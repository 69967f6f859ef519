"""The drill: a week whose figures were counted by hand, the same again from the same seed."""

import json

import pytest

from answerable.apps.drill.drill import Drilled, drill
from answerable.apps.drill.page import as_json, as_text

pytestmark = pytest.mark.slow  # a week of a whole house, twice

LINES_MAX = 62


@pytest.fixture(scope="module")
def done() -> Drilled:
    return drill(1)


def test_the_figures_are_those_counted_by_hand(done: Drilled) -> None:
    """From the plan alone: 25 alerts and a flood of 8 on three ads; one late, one overdue."""
    f = done.figures
    alerts = f.alerts
    assert (alerts.received, alerts.answered, alerts.open, alerts.within) == (33, 32, 1, 31)
    # 7 + 1 late removed, 2 + 1 lapsed restricted, 2 warned; 6 reported; 5 and the flood declined
    assert dict(alerts.outcomes) == {"acted": 13, "reported": 6, "declined": 13}
    assert (alerts.floods, alerts.put_off) == (1, 2)
    # one more removed for the watch, and one again; the flood's three ads took three decisions
    assert dict(f.decisions) == {
        "remove": 10,
        "restrict": 3,
        "warn": 2,
        "report": 6,
        "no_action": 8,
    }
    assert (f.contradicted, f.lapsed) == (1, 1)
    # 5 wrongly hidden, 2 of the flood (the third never was down), 2 warned
    assert f.credit.restores == 9
    assert 0 < f.credit.credited_ms < 9 * 24 * 3_600_000
    assert (f.complaints.received, f.complaints.answered, f.complaints.granted) == (1, 1, 0)
    reports = f.reports
    assert (reports.decided, reports.filed, reports.pending) == (6, 5, 1)
    assert (reports.needs_person, reports.withdrawn, done.compared) == (0, 0, 5)
    assert dict(f.process.served) == {"preservation-letter": 1, "subpoena": 1}
    assert (f.process.renewed, f.process.answered, f.process.closed) == (1, 1, 0)
    assert (f.watches.asked, f.watches.searched, f.watches.matched) == (1, 1, 1)
    assert f.sections_closed == 1
    assert dict(f.reads) == {"review": 3, "report": 3}
    assert f.bells > 0
    assert f.acknowledged > 0
    assert done.residual == 0


def test_every_clock_of_the_week_is_counted_once(done: Drilled) -> None:
    """(started, in time, late, set aside, running, overdue) of each duty, by hand."""
    assert {
        line.duty: (
            line.started,
            line.in_time,
            line.late,
            line.set_aside,
            line.running,
            line.overdue,
        )
        for line in done.figures.clocks
    } == {
        "alert_act": (27, 27, 0, 0, 0, 0),  # 25 ads and two of the flood
        "alert_answer": (28, 26, 1, 0, 0, 1),  # 25 cases and the flood's three
        "complaint_answer": (1, 1, 0, 0, 0, 0),
        "first_look": (29, 27, 1, 0, 0, 1),  # and the watch's
        "flagger_answer": (5, 5, 0, 0, 0, 0),  # three of the flagger, two of the hotline
        "flood_look": (1, 1, 0, 0, 0, 0),
        "police_answer": (2, 2, 0, 0, 0, 0),
        "report_promptly": (5, 4, 0, 0, 1, 0),
        "report_uk": (5, 4, 0, 0, 1, 0),
        "report_uk_priority_1": (1, 1, 0, 0, 0, 0),
        "report_urgently": (1, 1, 0, 0, 0, 0),
        "restore_or_decide": (27, 25, 1, 0, 0, 1),
        "second_answer": (10, 8, 1, 1, 0, 0),  # eight agreed, one lapsed, one contradicted
        "take_it_down": (1, 1, 0, 0, 0, 0),
    }


def test_the_auditor_finds_the_breaches_of_the_week_and_no_other(done: Drilled) -> None:
    assert sorted((one.duty.partition(":")[0], one.kind) for one in done.findings) == [
        ("alert", "overdue"),  # as the alert's own chain has it
        ("alert_answer", "late"),  # the clock
        ("alert_answer", "late"),  # the answer itself
        ("alert_answer", "overdue"),  # Saturday's alert, which nobody took
        ("first_look", "late"),
        ("first_look", "overdue"),
        ("restore_or_decide", "late"),
        ("restore_or_decide", "overdue"),
        ("second_answer", "late"),  # nobody seconded: it lapsed to the head on call
    ]


@pytest.mark.long
def test_the_same_seed_tells_the_same_week(done: Drilled) -> None:
    again = drill(1)
    assert as_text(again) == as_text(done)
    assert as_json(again) == as_json(done)


def test_the_page_is_short_and_names_no_small_number_in_public(done: Drilled) -> None:
    text = as_text(done)
    assert text.count("\n") <= LINES_MAX
    assert text.endswith("left over: 0\n")
    told = json.loads(as_json(done))["public"]
    assert told["alerts open"] == "fewer than 10"
    assert told["alerts received"] == told["alerts answered"] == "30 or more"
