"""Events of watches: ads that are looked out for. Each watch has its own chain.

Terms, reason and asker are people's words and erasable; counts and kinds are facts. A match stands
on the ad's closed chain, so that it goes with the ad.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchAsked(Event):
    """Somebody asks that ads be looked out for, by contacts, names, places or image digests."""

    TYPE: ClassVar[str] = "watch.asked"

    watch: str = grouped("facts")
    role: str = grouped("facts")  # police, hotline, ngo, staff, alerter, posters
    at_once: bool = grouped("facts")  # False: waits for a reviewer's look
    days: int = grouped("facts")
    kinds: Sequence[str] = grouped("facts")  # of each term, in order
    alert: str | None = grouped("link")  # the alert that asked, if one did
    reference: str | None = grouped("alert_text")  # the asker's own number, e.g. of a poster
    terms: Sequence[Mapping[str, Any]] = grouped("alert_text")  # kind, said, value
    reason: str = grouped("alert_text")
    organisation: str = grouped("alerter")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchStarted(Event):
    """From now on it matches, until `ends`; by right of who asked, or because a person approved."""

    TYPE: ClassVar[str] = "watch.started"

    watch: str = grouped("facts")
    ends: int = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRefused(Event):
    """A reviewer looked at a stranger's watch and said no. It never ran."""

    TYPE: ClassVar[str] = "watch.refused"

    watch: str = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRenewed(Event):
    """It runs on, until `ends`, for a reason."""

    TYPE: ClassVar[str] = "watch.renewed"

    watch: str = grouped("facts")
    ends: int = grouped("facts")
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded(Event):
    """It matches nothing any more."""

    TYPE: ClassVar[str] = "watch.ended"

    watch: str = grouped("facts")
    why: str = grouped("facts")  # stopped, expired, source_gone, replaced
    reason: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSearched(Event):
    """The archive was searched: how much was found, never what."""

    TYPE: ClassVar[str] = "watch.searched"

    watch: str = grouped("facts")
    terms: int = grouped("facts")
    found: int = grouped("facts")  # ads
    matched: int = grouped("facts")  # of these, matches that were not known before


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchMatched(Event):
    """A revision of an ad agrees with a watch. On the ad's closed chain; kinds, never values."""

    TYPE: ClassVar[str] = "watch.matched"

    watch: str = grouped("link")
    ad: str = grouped("link")
    revision: int = grouped("link")
    kinds: Sequence[str] = grouped("facts")
    strong: bool = grouped("facts")
    how: str = grouped("facts")  # search, intake
