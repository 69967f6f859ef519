"""Events of preservation: holds with grounds and dates, and erasure by two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Nothing of this ad may be deleted. `ends` is None while filing is open."""

    TYPE: ClassVar[str] = "hold.placed"

    hold: str = grouped("facts")
    ad: str = grouped("link")
    case: str | None = grouped("link")
    ground: str = grouped("facts")  # alert, decision, legal-process
    started: int = grouped("facts")
    ends: int | None = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDated(Event):
    """The end of a hold became known: a year after the receipt, or the end of the appeal period."""

    TYPE: ClassVar[str] = "hold.dated"

    hold: str = grouped("facts")
    ad: str = grouped("link")
    because: str = grouped("facts")  # report-finished, decided-no
    ends: int = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased(Event):
    """Two people let a hold go before its end."""

    TYPE: ClassVar[str] = "hold.released"

    hold: str = grouped("facts")
    ad: str = grouped("link")
    approvers: Sequence[str] = grouped("facts")
    reason: str = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePerformed(Event):
    """The keys of these groups of these leaves are gone. The commitments still verify."""

    TYPE: ClassVar[str] = "erasure.performed"

    ad: str = grouped("facts")
    basis: str = grouped("facts")
    approvers: Sequence[str] = grouped("facts")
    leaves: Sequence[str] = grouped("facts")  # leaf hashes, hex
    data_groups: Sequence[str] = grouped("facts")
