"""Events of directives: what we told the site, what it says it did, what we saw."""

from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveIssued(Event):
    """publish, withhold, refuse, hide, restore or remove one ad. On the ad's closed chain."""

    TYPE: ClassVar[str] = "directive.issued"

    directive: str = grouped("link")
    ad: str = grouped("link")
    external_id: str = grouped("link")
    number: int = grouped("facts")  # the site's gap-free cursor
    action: str = grouped("facts")
    cause: str = grouped("facts")  # alert, screening, decision, availability, restore-clock
    deadline: int = grouped("facts")  # ms; unacknowledged after this is overdue


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveAcknowledged(Event):
    """The site says it did so, at its own time `site_time` (ms)."""

    TYPE: ClassVar[str] = "directive.acknowledged"

    directive: str = grouped("link")
    ad: str = grouped("link")
    site_time: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveObserved(Event):
    """A probe of the ad's URL or API: does what we see agree with the directive?"""

    TYPE: ClassVar[str] = "directive.observed"

    directive: str = grouped("link")
    ad: str = grouped("link")
    seen: str = grouped("facts")  # up, down, unreachable
    agrees: bool = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveOverdue(Event):
    """Not acknowledged, or not seen to be obeyed, by its deadline."""

    TYPE: ClassVar[str] = "directive.overdue"

    directive: str = grouped("link")
    ad: str = grouped("link")
    state: str = grouped("facts")  # issued, acknowledged
