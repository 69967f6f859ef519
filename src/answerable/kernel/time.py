"""Time, handed in. Whole milliseconds UTC since 1970, stored as integers."""

from datetime import UTC, datetime, timedelta
from typing import NewType, Protocol

Millis = NewType("Millis", int)

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class TimeSource(Protocol):
    def now(self) -> Millis:
        """The present. Deciding code receives the answer, never this object."""
        ...


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(at: Millis) -> datetime:
    """The same moment as an aware datetime in UTC, exact to the millisecond."""
    return _EPOCH + timedelta(milliseconds=at)


def from_datetime(at: datetime) -> Millis:
    """Milliseconds of an aware datetime; a naive one is ours to have prevented."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone is no time")
    return Millis((at - _EPOCH) // timedelta(milliseconds=1))


def iso(at: Millis) -> str:
    """`2026-11-24T10:15:00.123Z`."""
    return to_datetime(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
