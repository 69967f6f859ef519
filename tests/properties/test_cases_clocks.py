"""Laws of deadlines: calendar months walked day by day as the judge, and no duty without length."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from answerable.events.duties.clocks import (
    APPEAL_PERIOD,
    EVERY_DUTY,
    PRESERVE_REPORTED_CONTENTS,
    Duty,
    Start,
    Stop,
    after_months,
    duty_named,
)
from answerable.kernel.errors import Breach
from answerable.kernel.time import DAY, Millis, from_datetime, to_datetime

MOMENTS = st.integers(
    from_datetime(datetime(1990, 1, 1, tzinfo=UTC)), from_datetime(datetime(2090, 1, 1, tzinfo=UTC))
).map(Millis)


def walked(at: Millis, months: int) -> Millis:
    """Day by day until the calendar shows the same day so many months on, or has passed it."""
    start = to_datetime(at)
    target = start.year * 12 + start.month + months
    day = start
    while (day.year * 12 + day.month, day.day) < (target, start.day):
        day += timedelta(days=1)
    return from_datetime(day)


@given(MOMENTS, st.integers(1, 30))
@example(from_datetime(datetime(2028, 2, 29, 12, tzinfo=UTC)), 12)
@example(from_datetime(datetime(2026, 8, 31, tzinfo=UTC)), 6)
@example(from_datetime(datetime(2026, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)), 2)
def test_months_are_the_calendars(at: Millis, months: int) -> None:
    assert after_months(at, months) == walked(at, months)


@given(MOMENTS, MOMENTS)
def test_a_year_is_never_short_and_never_turns_back(first: Millis, second: Millis) -> None:
    ends = PRESERVE_REPORTED_CONTENTS.ends(first)
    assert 365 * DAY <= ends - first <= 367 * DAY
    assert 181 * DAY <= APPEAL_PERIOD.ends(first) - first <= 185 * DAY
    if first <= second:
        assert ends <= PRESERVE_REPORTED_CONTENTS.ends(second)


def test_a_leap_day_is_kept_a_whole_year() -> None:
    leap = from_datetime(datetime(2028, 2, 29, 8, tzinfo=UTC))
    assert to_datetime(PRESERVE_REPORTED_CONTENTS.ends(leap)) == datetime(2029, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("missing", [{"citation": ""}, {"says": ""}, {"length": 0}, {"stops": ()}])
def test_a_duty_without_citation_words_length_or_end_cannot_be_built(
    missing: dict[str, object],
) -> None:
    whole: dict[str, object] = {
        "name": "n",
        "citation": "c",
        "in_force_from": EVERY_DUTY[0].in_force_from,
        "says": "s",
        "length": 1,
        "starts": Start.ALERT,
        "stops": (Stop.DECIDED,),
    }
    Duty(**whole)  # type: ignore[arg-type]
    with pytest.raises(Breach):
        Duty(**{**whole, **missing})  # type: ignore[arg-type]


def test_duties_are_found_by_name() -> None:
    assert [duty_named(duty.name) for duty in EVERY_DUTY] == list(EVERY_DUTY)
    assert len({duty.name for duty in EVERY_DUTY}) == len(EVERY_DUTY)
    with pytest.raises(Breach):
        duty_named("nobody declared this")
