"""Events of hiding and of what puts it off: the flood switch, exceptions, credit for lost time.

Hiding first is the rule. Whatever makes an ad stay up after an alert is an event that an examiner
finds, with the reason and the end: else the un-hidden ad is a lapse (duties/putting_off.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPutOff(Event):
    """This alert did not hide its ad at once: a person looks within 15 minutes. On its own chain.

    `because` names the flood, the limit or the exception that stood at that moment.
    """

    TYPE: ClassVar[str] = "alert.put_off"

    alert: str = grouped("link")
    case: str = grouped("link")
    ad: str = grouped("link")
    ground: str = grouped("facts")  # flood, limited, exception
    because: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HideResumed(Event):
    """What was put off is done: the ad is hidden now. On the ad's closed chain."""

    TYPE: ClassVar[str] = "hide.resumed"

    ad: str = grouped("link")
    because: str = grouped("facts")  # look_missed, exception_ended


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodStarted(Event):
    """More unverified alerts than the policy's rate: the switch is on. A chain of its own.

    `ad`: for one advertiser's switch, the ad whose alert turned it on; None for the whole site.
    """

    TYPE: ClassVar[str] = "flood.started"

    flood: str = grouped("facts")
    scope: str = grouped("facts")  # site, account
    ad: str | None = grouped("link")
    counted: int = grouped("facts")  # alerts in the window, this one among them
    limit: int = grouped("facts")  # more than so many …
    window: int = grouped("facts")  # … in so many ms


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodEnded(Event):
    """The switch is off again: hide first, whoever alerts."""

    TYPE: ClassVar[str] = "flood.ended"

    flood: str = grouped("facts")
    scope: str = grouped("facts")
    how: str = grouped("facts")  # quiet, person
    put_off: int = grouped("facts")  # how many alerts it put off
    reason: str | None = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class HidingCredited(Event):
    """An ad was down, people let it go: so long it was not seen, and the site credits that time.

    The same for every cause, so that it tells no poster why. On the ad's closed chain.
    """

    TYPE: ClassVar[str] = "hiding.credited"

    directive: str = grouped("link")  # the restore
    ad: str = grouped("link")
    since: int = grouped("facts")  # ms; when it was told to be down
    down_ms: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HideExceptionGranted(Event):
    """Police asked in writing that alerts on these ads do not hide them yet; two people agreed."""

    TYPE: ClassVar[str] = "hide_exception.granted"

    exception: str = grouped("facts")
    ads: Sequence[str] = grouped("link")
    authority: str = grouped("facts")
    dated: str = grouped("facts")  # the day of the request, YYYY-MM-DD
    ends: int = grouped("facts")  # ms; it ends by itself
    approvers: Sequence[str] = grouped("facts")
    renews: str | None = grouped("facts")
    reference: str = grouped("report")  # the file's own number, or the SHA-256 of the letter
    officer: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class HideExceptionEnded(Event):
    """Hide first again: ads of it with an open alert are hidden in the same transaction."""

    TYPE: ClassVar[str] = "hide_exception.ended"

    exception: str = grouped("facts")
    how: str = grouped("facts")  # date, person
    put_off: int = grouped("facts")
    hidden: Sequence[str] = grouped("link")  # ads that are hidden now
    reason: str | None = grouped("report")
