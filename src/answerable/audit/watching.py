"""How many watches, searches and matches there were: for the public, without a value or a name.

Counted from the events alone. A number from 1 to 4 is told as "fewer than 5": one match in a quiet
week is one that somebody may recognise.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.events.event import Opened
from answerable.kernel.time import Millis

SMALLEST = 5
"""The smallest number that is told as it is, besides 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFigures:
    """`running` at the time of the report; `unsearched`: started, not ended, archive not searched.

    `by_role` counts what was asked by who asked. Matches are (watch, ad, revision).
    """

    asked: int
    by_role: dict[str, int]
    refused: int
    running: int
    searched: int
    unsearched: int
    matched: int


def watch_figures(opened: Sequence[Opened], now: Millis) -> WatchFigures:
    """Counted from `watch.*`; `facts` are never erased, so nothing is missing after an erasure."""
    kinds: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    ends: dict[str, int] = {}
    waiting_for_search: set[str] = set()
    for event in opened:
        if not event.type.startswith("watch."):
            continue
        kinds[event.type] += 1
        name = str(event.get("watch"))
        if event.type == "watch.asked":
            roles[str(event.get("role"))] += 1
        elif event.type in ("watch.started", "watch.renewed"):
            ends[name] = int(event.get("ends", 0))
            if event.type == "watch.started":
                waiting_for_search.add(name)
        elif event.type == "watch.searched":
            waiting_for_search.discard(name)
        elif event.type == "watch.ended":
            ends.pop(name, None)
            waiting_for_search.discard(name)
    return WatchFigures(
        asked=kinds["watch.asked"],
        by_role=dict(sorted(roles.items())),
        refused=kinds["watch.refused"],
        running=sum(end > now for end in ends.values()),
        searched=kinds["watch.searched"],
        unsearched=len(waiting_for_search),
        matched=kinds["watch.matched"],
    )


def told(count: int) -> str:
    """A number as the public may have it."""
    return f"fewer than {SMALLEST}" if 0 < count < SMALLEST else str(count)
