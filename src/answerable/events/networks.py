"""Events of networks, on the closed chain of an ad: it comes back from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class ResubmissionFound(Event):
    """A refused, removed or closed-out ad comes back: why we think so, what changed. No words."""

    TYPE: ClassVar[str] = "resubmission.found"

    ad: str = grouped("link")
    revision: int = grouped("link")
    ancestor: str = grouped("link")
    ancestor_revision: int = grouped("link")
    because: str | None = grouped("facts")  # refused, report, remove, restrict; None: section only
    reasons: Sequence[str] = grouped("facts")  # networks.model.KinReason
    changes: Sequence[str] = grouped("facts")  # age, sign, contact, text
    waits: bool = grouped("facts")  # withheld until a person decides
    moved_from_section: bool = grouped("facts")
