"""Calendars: months, working days and time zones, so that a due time is right on every wall clock.

Working days follow Regulation (EEC, Euratom) No 1182/71, art. 3: the day of the event does not
count, and the period ends with the last hour of its last working day.
"""

import tomllib
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis, from_datetime, to_datetime

SATURDAY = 5


def zone_named(name: str) -> tzinfo:
    """`UTC`, or a zone of the tz database. Raises Breach: a duty names a zone nobody knows."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:
        raise Breach(f"no time zone is called {name}") from fault


def after_months(at: Millis, months: int, zone: tzinfo = UTC) -> Millis:
    """The same time on the wall clock of `zone`, that many calendar months later.

    Where the later month has no such day, the first of the month after it: a period of a year
    that starts on 29 February is never a day short.
    """
    start = to_datetime(at).astimezone(zone)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    last_day = monthrange(year, month)[1]
    day = date(year, month, min(start.day, last_day))
    if start.day > last_day:
        day += timedelta(days=1)
    return moment(day, start.time(), zone)


def after_working_days(at: Millis, days: int, zone: tzinfo, holidays: str) -> Millis:
    """The first moment after the last hour of the last of `days` working days.

    Raises Breach where the table of holidays does not reach so far.
    """
    day = to_datetime(at).astimezone(zone).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        if is_working_day(day, holidays):
            left -= 1
    return moment(day + timedelta(days=1), time(), zone)


def is_working_day(day: date, holidays: str) -> bool:
    """No Saturday, no Sunday, no holiday of that table."""
    return day.weekday() < SATURDAY and day not in holidays_of(holidays, day.year)


def moment(day: date, at: time, zone: tzinfo) -> Millis:
    """When that wall clock shows this. A skipped time is the first moment after the gap.

    A time that is shown twice is the second one. So no period is shorter than the calendar says.
    """
    later = datetime.combine(day, at.replace(fold=1), zone)
    shown = later.astimezone(UTC).astimezone(zone)
    if shown.replace(tzinfo=None, fold=0) == later.replace(tzinfo=None, fold=0):
        return from_datetime(later)
    earlier = datetime.combine(day, at.replace(fold=0), zone)
    return _end_of_gap(from_datetime(later), from_datetime(earlier), zone)


def _end_of_gap(low: int, high: int, zone: tzinfo) -> Millis:
    """The moment between these two (ms UTC) from which the zone has its new offset."""

    def offset(at: int) -> timedelta | None:
        return to_datetime(Millis(at)).astimezone(zone).utcoffset()

    low, high = min(low, high), max(low, high)
    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset(middle) == before:
            low = middle
        else:
            high = middle
    return Millis(high)


def holidays_of(name: str, year: int) -> frozenset[date]:
    """Raises Breach for a table or a year that `holidays.toml` does not have."""
    years = _tables().get(name)
    if years is None:
        raise Breach(f"no holidays are declared for {name}")
    found = years.get(year)
    if found is None:
        raise Breach(f"holidays.toml has no {name} {year}: run scripts/working_days.py")
    return found


def years_of(name: str) -> tuple[int, ...]:
    """The years that a table has. Raises Breach for a table that nobody declared."""
    years = _tables().get(name)
    if years is None:
        raise Breach(f"no holidays are declared for {name}")
    return tuple(sorted(years))


@cache
def _tables() -> Mapping[str, Mapping[int, frozenset[date]]]:
    text = (files(__package__) / "holidays.toml").read_text(encoding="utf-8")
    found: dict[str, dict[int, frozenset[date]]] = {}
    for name, table in tomllib.loads(text).items():
        found[name] = {int(year): frozenset(days) for year, days in table["days"].items()}
    return found
