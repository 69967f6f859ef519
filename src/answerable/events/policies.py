"""Events of a site's own rules for itself. On the site's chain, by two people, in public."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPolicySet(Event):
    """Who the second of two may be from now on, and what a proposal lapses to.

    Where `lapse` is report, the two who approved it answer for the reports that follow from it.
    """

    TYPE: ClassVar[str] = "policy.second_set"

    second: str = grouped("facts")  # any, or other: of another organisation than the first
    lapse: str = grouped("facts")  # head_on_call or report
    approvers: Sequence[str] = grouped("facts")  # actor ids, two different ones
    reason: str = grouped("facts")
