"""Due times on every wall clock: zones, skipped and doubled hours, leap days, working days.

The judge walks: quarter hour by quarter hour over real wall clocks, day by day over calendars.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from answerable.events.duties.calendars import (
    after_months,
    after_working_days,
    holidays_of,
    moment,
    years_of,
    zone_named,
)
from answerable.kernel.errors import Breach
from answerable.kernel.time import DAY, MINUTE, Millis, from_datetime, to_datetime

STEP = 15 * MINUTE
ZONES = (
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Europe/Brussels",
    "Europe/London",
    "Pacific/Apia",  # had no 30 December 2011
)
MOMENTS = st.integers(
    from_datetime(datetime(2008, 1, 1, tzinfo=UTC)) // STEP,
    from_datetime(datetime(2034, 1, 1, tzinfo=UTC)) // STEP,
).map(lambda n: Millis(n * STEP))


def walked(day: date, at: time, zone: ZoneInfo) -> Millis:
    """The last moment at which the wall clock shows this; failing that the first that is later."""
    wanted = datetime.combine(day, at)
    around = from_datetime(wanted.replace(tzinfo=UTC))
    shown = [
        (Millis(moment_), to_datetime(Millis(moment_)).astimezone(zone).replace(tzinfo=None))
        for moment_ in range(around - 2 * DAY, around + 2 * DAY, STEP)
    ]
    exact = [at_ for at_, wall in shown if wall == wanted]
    return exact[-1] if exact else next(at_ for at_, wall in shown if wall > wanted)


@given(MOMENTS, st.sampled_from(ZONES))
@example(from_datetime(datetime(2011, 12, 30, 12, tzinfo=UTC)), "Pacific/Apia")
@example(from_datetime(datetime(2027, 3, 14, 2, 30, tzinfo=UTC)), "America/New_York")  # skipped
@example(from_datetime(datetime(2027, 11, 7, 1, 30, tzinfo=UTC)), "America/New_York")  # doubled
@example(from_datetime(datetime(2027, 3, 28, 1, 15, tzinfo=UTC)), "Europe/London")
def test_a_wall_clock_is_read_as_a_person_reads_it(wall: Millis, zone: str) -> None:
    there = to_datetime(wall)  # only its digits count
    assert moment(there.date(), there.time(), ZoneInfo(zone)) == walked(
        there.date(), there.time(), ZoneInfo(zone)
    )


@given(MOMENTS, st.integers(1, 24), st.sampled_from(ZONES))
@example(from_datetime(datetime(2028, 2, 29, 12, tzinfo=UTC)), 12, "Europe/Brussels")
@example(from_datetime(datetime(2026, 8, 31, 22, 30, tzinfo=UTC)), 6, "America/New_York")
def test_months_in_a_zone_are_that_wall_clocks_months(at: Millis, months: int, zone: str) -> None:
    place = ZoneInfo(zone)
    start = to_datetime(at).astimezone(place)
    day = start.date()
    target = day.year * 12 + day.month + months
    while (day.year * 12 + day.month, day.day) < (target, start.day):
        day += timedelta(days=1)
    assert after_months(at, months, place) == walked(day, start.time(), place)


@given(MOMENTS, st.integers(1, 12), st.sampled_from(ZONES))
def test_a_later_start_never_ends_earlier_by_more_than_a_clock_change(
    at: Millis, months: int, zone: str
) -> None:
    place = ZoneInfo(zone)
    ends = after_months(at, months, place)
    assert ends - at >= 28 * months * DAY - 25 * 60 * MINUTE
    assert after_months(Millis(at + DAY), months, place) >= ends - 60 * MINUTE


WORKING = st.integers(
    from_datetime(datetime(2026, 1, 1, tzinfo=UTC)) // STEP,
    from_datetime(datetime(2034, 1, 1, tzinfo=UTC)) // STEP,
).map(lambda n: Millis(n * STEP))


@given(
    WORKING, st.integers(1, 30), st.sampled_from(["US", "GB", "CA", "EU"]), st.sampled_from(ZONES)
)
@example(from_datetime(datetime(2026, 12, 24, 23, 59, tzinfo=UTC)), 1, "EU", "Europe/Brussels")
@example(from_datetime(datetime(2028, 2, 28, 12, tzinfo=UTC)), 2, "US", "America/New_York")
def test_working_days_are_counted_as_a_clerk_counts_them(
    at: Millis, days: int, holidays: str, zone: str
) -> None:
    place = ZoneInfo(zone)
    first = to_datetime(at).astimezone(place).date()
    calendar = [first + timedelta(days=n) for n in range(1, 120)]
    working = [
        day
        for day in calendar
        if day.strftime("%a") not in ("Sat", "Sun") and day not in holidays_of(holidays, day.year)
    ]
    last = working[days - 1]
    ends = after_working_days(at, days, place, holidays)
    assert ends == walked(last + timedelta(days=1), time(), place)
    assert to_datetime(Millis(ends - 1)).astimezone(place).date() == last
    assert ends - at >= days * DAY - 60 * MINUTE


def test_a_table_that_does_not_reach_so_far_is_an_error_and_no_guess() -> None:
    last = years_of("EU")[-1]
    at = from_datetime(datetime(last, 12, 30, tzinfo=UTC))
    with pytest.raises(Breach, match=rf"no EU {last + 1}"):
        after_working_days(at, 10, UTC, "EU")
    with pytest.raises(Breach, match="no holidays are declared for Atlantis"):
        after_working_days(at, 1, UTC, "Atlantis")
    with pytest.raises(Breach, match="no holidays"):
        years_of("Atlantis")


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc", "/etc/passwd"])
def test_a_zone_nobody_knows_is_an_error(name: str) -> None:
    with pytest.raises(Breach, match="no time zone"):
        zone_named(name)
