"""Events of screening, on the closed chain of an ad. `link` ties the two chains, encrypted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningOwed(Event):
    """A revision or placement waits to be screened. Recorded in the intake's own transaction."""

    TYPE: ClassVar[str] = "screen.owed"

    ad: str = grouped("link")
    open_subject: str = grouped("link")
    revision: int = grouped("link")
    placement: str | None = grouped("link")
    cause: str = grouped("facts")  # received, revised, published, renewed, moved, recheck


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenJudged(Event):
    """What screening concluded, under which pack, from which signals (offsets, never words)."""

    TYPE: ClassVar[str] = "screen.judged"

    ad: str = grouped("link")
    revision: int = grouped("link")
    owed: str = grouped("link")  # leaf hash (hex) of the ScreeningOwed that this answers
    verdict: str = grouped("verdict")  # publish, withhold, refuse
    reason: str | None = grouped("verdict")  # e.g. a closed section; None when the pack decided
    strong: bool = grouped("verdict")
    pack: Mapping[str, str] = grouped("verdict")  # id, version, digest
    signals: Sequence[Mapping[str, Any]] = grouped("verdict")
    contacts_found: int = grouped("verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class CouldNotScreen(Event):
    """Screening failed: an outcome of its own. The ad is withheld, never passed."""

    TYPE: ClassVar[str] = "screen.failed"

    ad: str = grouped("link")
    revision: int = grouped("link")
    owed: str = grouped("link")
    fault: str = grouped("verdict")
    pack: Mapping[str, str] = grouped("verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackActivated(Event):
    """From now on ads are judged under this pack."""

    TYPE: ClassVar[str] = "pack.activated"

    pack: Mapping[str, str] = grouped("facts")
    approvers: Sequence[str] = grouped("facts")
