"""What is left over when a sum does not come out: named, counted, and with its leaves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from answerable.events.event import Opened


class Term(StrEnum):
    """Which of the sums."""

    SUBMISSIONS = "submissions"
    ALERTS = "alerts"
    REPORTS = "reports"
    MARKS = "synthetic marks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """One thing that stands on one side of a sum and not on the other.

    `ids` are our own ids (ads, alerts, decisions, reports); `indices` the leaves that show it;
    `kind` is a stable word for machines, `words` a sentence for people.
    """

    term: Term
    kind: str
    words: str
    subject: str
    ids: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()


def by_type(opened: Iterable[Opened]) -> Mapping[str, Sequence[Opened]]:
    """The events of each type, in leaf order. A type nobody used gives an empty list."""
    found: defaultdict[str, list[Opened]] = defaultdict(list)
    for event in opened:
        found[event.type].append(event)
    return found


def by_subject(opened: Iterable[Opened]) -> Mapping[str, Sequence[Opened]]:
    """Each chain, in leaf order."""
    found: defaultdict[str, list[Opened]] = defaultdict(list)
    for event in opened:
        found[event.subject].append(event)
    return found


def is_open(event: Opened, group: str) -> bool:
    """Is this group of the event readable, neither erased nor withheld?"""
    return event.groups.get(group) is not None


def names(event: Opened, field: str) -> tuple[str, ...]:
    """A field that lists names, as a tuple; empty where it is absent or erased."""
    return tuple(event.get(field) or ())
