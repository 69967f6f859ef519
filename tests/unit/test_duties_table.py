"""The duty files: what they say, what they refuse, and which duties an event starts."""

from datetime import UTC, date, datetime

import pytest
from scripts import working_days

from answerable.events.duties import reading
from answerable.events.duties.calendars import years_of
from answerable.events.duties.clocks import (
    BY_NAME,
    EVERY_DUTY,
    EVERYWHERE,
    JURISDICTIONS,
    Duty,
    Kind,
    Start,
    Stop,
    Sure,
    When,
    Who,
    started_by,
)
from answerable.kernel.errors import Breach
from answerable.kernel.time import DAY, HOUR, MINUTE, from_datetime

WHOLE = """
[[duty]]
name = "answer_letter"
kind = "promise"
says = "A letter is answered."
citation = "own promise"
source = "docs/law.md"
sure = "own"
reviewed = 2026-11-24
in_force_from = 2026-12-01
jurisdictions = ["EU"]
starts = "alert.received"
when = ["names an ad"]
per = "case"
stops = ["decided"]
working_days = 10
holidays = "EU"
zone = "Europe/Brussels"
set_by = "us"
extends = "two"
target = { median = "2 d", p95 = "9 d" }
tell = [{ who = "holder", before = "24 h" }, { who = "head", after = "0 min", again = "24 h" }]
"""


def one(text: str) -> Duty:
    (found,) = reading.read(text, where="x.toml")
    return found


def test_a_whole_duty_is_read() -> None:
    duty = one(WHOLE)
    assert (duty.kind, duty.sure, duty.extends, duty.set_by_law) == (
        Kind.PROMISE,
        Sure.OWN,
        True,
        False,
    )
    assert (duty.target and duty.target.median, duty.working_days) == (2 * DAY, 10)
    assert [(t.who, t.offset, t.again) for t in duty.tell] == [
        (Who.HOLDER, -24 * HOUR, None),
        (Who.HEAD, 0, 24 * HOUR),
    ]
    # 23 December 2026 is a Wednesday; Christmas, its second day and New Year do not count.
    started = from_datetime(datetime(2026, 12, 23, 9, tzinfo=UTC))
    assert duty.ends(started) == from_datetime(datetime(2027, 1, 8, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('per = "case"', 'per = "case"\ncolour = "red"', "nobody knows colour"),
        ('citation = "own promise"\n', "", "citation missing"),
        ('citation = "own promise"', 'citation = " "', "citation is said in words"),
        ("working_days = 10", 'working_days = 10\nlength = "1 h"', "one of length, months"),
        ("working_days = 10\n", "", "one of length, months"),
        ("working_days = 10", 'length = "1 hour"', "a length is spelled"),
        ("working_days = 10", 'length = "٣ h"', "a length is spelled"),
        ("working_days = 10", 'length = "0 h"', "a duty has a length"),
        ("working_days = 10", "working_days = -1", "a duty has a length"),
        ('holidays = "EU"\n', "", "working days know their holidays"),
        ("Europe/Brussels", "Europe/Atlantis", "no time zone"),
        ('starts = "alert.received"', 'starts = "full moon"', "is no word for this"),
        ('when = ["names an ad"]', 'when = ["it rains"]', "is no word for this"),
        ('stops = ["decided"]', "stops = []", "a duty can be done"),
        ('jurisdictions = ["EU"]', "jurisdictions = []", "a duty holds somewhere"),
        ('set_by = "us"', 'set_by = "habit"', "is none of law, us"),
        ('extends = "two"', 'extends = "one"', "is none of never, two"),
        ("reviewed = 2026-11-24", 'reviewed = "lately"', "is no date"),
        ('median = "2 d", ', "", "a target has a median and a p95"),
        ('before = "24 h"', 'before = "24 h", after = "1 h"', "before or after the end"),
        ('again = "24 h"', 'again = "0 min"', "once a minute at most"),
        ('who = "head"', 'who = "mayor"', "is no word for this"),
        ('name = "answer_letter"', 'name = "Answer!"', "a name is small letters"),
        ("[[duty]]", "[[duties]]", "holds [[duty]] tables"),
        ("[[duty]]", "[[duty]", "x.toml"),
    ],
)
def test_a_faulty_file_is_refused_with_its_name_and_its_fault(
    before: str, after: str, fault: str
) -> None:
    assert WHOLE.count(before) == 1
    with pytest.raises(Breach) as refused:
        one(WHOLE.replace(before, after))
    assert str(refused.value).startswith("x.toml")
    assert fault in str(refused.value)


def test_a_duty_stands_once_in_a_file() -> None:
    with pytest.raises(Breach, match="stands there twice"):
        reading.read(WHOLE + WHOLE, where="x.toml")


def test_what_the_shipped_files_say() -> None:
    assert {"*", *JURISDICTIONS} >= {code for duty in EVERY_DUTY for code in duty.jurisdictions}
    for code in JURISDICTIONS:
        assert any(code in duty.jurisdictions for duty in EVERY_DUTY), code
    for duty in EVERY_DUTY:
        assert duty.reviewed >= date(2026, 1, 1), duty.name
        assert duty.only_lapses or duty.tell, f"{duty.name}: nobody is told before it ends"
        assert not duty.only_lapses or not duty.tell, duty.name
        assert (duty.kind is Kind.PROMISE) == (duty.sure is Sure.OWN), duty.name


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("alert_act", 15 * MINUTE),
        ("first_look", HOUR),
        ("alert_answer", DAY),
        ("take_it_down", 2 * DAY),
        ("report_promptly", DAY),
    ],
)
def test_lengths_that_the_issue_names(name: str, length: int) -> None:
    assert BY_NAME[name].length == length


def test_own_targets_for_reporting_are_four_hours_and_a_day() -> None:
    target = BY_NAME["report_promptly"].target
    assert target is not None
    assert (target.median, target.p95) == (4 * HOUR, DAY)


def test_an_event_starts_what_is_served_and_true_and_nothing_that_only_lapses() -> None:
    def names(served: str, *true: When) -> set[str]:
        found = started_by(Start.DECISION, true, frozenset(served.split()))
        return {duty.name for duty in found}

    assert names("", When.REPORT, When.URGENT, When.RESTRICTS) == {"report_urgently"}
    assert names("EU", When.REPORT, When.URGENT, When.RESTRICTS) == {
        "report_urgently",
        "inform_police",
        "state_reasons",
    }
    assert names("GB CA", When.REPORT, When.NOT_URGENT, When.RESTRICTS) == {
        "report_promptly",
        "report_uk",
        "report_canada",
    }
    assert names("US EU GB CA", When.NOT_REPORT, When.NOT_URGENT) == set()


def test_a_duty_holds_everywhere_or_where_it_is_served() -> None:
    everywhere, eu = BY_NAME["alert_act"], BY_NAME["state_reasons"]
    assert everywhere.jurisdictions == (EVERYWHERE,)
    assert everywhere.holds_in(frozenset())
    assert not eu.holds_in(frozenset({"US"}))
    assert eu.holds_in(frozenset({"US", "EU"}))


def test_the_holidays_are_the_librarys_and_reach_far() -> None:
    assert working_days.main(["--check"]) == 0
    assert all(years_of(name)[-1] >= 2036 for name in working_days.TABLES)


def test_a_stop_done_by_hand_is_only_for_what_is_done_outside() -> None:
    by_hand = {duty.name for duty in EVERY_DUTY if Stop.DONE in duty.stops}
    assert by_hand == {
        "inform_police",
        "report_canada",
        "report_uk",
        "report_uk_priority_1",
        "state_reasons",
    }
