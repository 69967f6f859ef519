"""The plan of the week: which alert comes when, from whom, on which ad; what people do. Pure.

What happens is fixed, so that its figures can be counted by hand; the seed moves who advertises
what, in which words, and the minutes.
"""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from answerable.kernel.time import DAY, HOUR, MINUTE, Millis, from_datetime, to_datetime

ADVERTISERS = ("acc-ann", "acc-bob", "acc-cy", "acc-dee", "acc-eve", "acc-flo")
"""The last is alerted by a crowd; what is alerted otherwise is spread over the others."""
ADS = 40
FLOODED = ("ad-38", "ad-39", "ad-40")
FLOOD_LIMIT = 5
WATCHED_PHONE = "202-555-0177"
THINGS = ("city bike", "oak table", "two-room flat", "piano lessons", "window cleaning", "tent")
WORRIES = (
    "Somebody should look at this, I had an odd feeling on the phone.",
    "The person who answers seems to be much younger than the ad says.",
    "I was there on Tuesday and I am worried about who opened the door.",
    "The number belongs to somebody I know, and she does not know of this ad.",
)


class Source(StrEnum):
    """Whose word it is."""

    PUBLIC = "public"
    FAMILY = "family"
    FLAGGER = "flagger"
    POLICE = "police"
    HOTLINE = "hotline"


class Way(StrEnum):
    """What becomes of it."""

    REMOVE = "remove"
    RESTRICT = "restrict"
    WARN = "warn"
    REPORT = "report"
    URGENT = "urgent"
    DECLINE = "decline"  # proposed and seconded: the ad was wrongly hidden and comes back
    CONTRADICT = "contradict"  # proposed, contradicted, then reported
    LATE = "late"  # nobody answers within a day
    LAPSE = "lapse"  # proposed, not seconded in time: to the head on call
    OPEN = "open"  # nobody looks: overdue when the week ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An alert of the plan. `at`: ms from the start of the week."""

    at: int
    ad: str
    source: Source
    way: Way
    reason: str
    text: str
    patience: int  # ms until somebody has it in hand


_WEEK: tuple[tuple[int, int, str, Source, Way, str], ...] = (
    (0, 9, "ad-01", Source.PUBLIC, Way.REMOVE, "minor_suspected"),
    (0, 11, "ad-02", Source.FAMILY, Way.REPORT, "knows_child"),
    (0, 14, "ad-03", Source.PUBLIC, Way.DECLINE, "other"),
    (0, 16, "ad-04", Source.FLAGGER, Way.REMOVE, "stated_age"),
    (1, 8, "ad-05", Source.PUBLIC, Way.REMOVE, "image_without_consent"),
    (1, 10, "ad-06", Source.POLICE, Way.URGENT, "missing_child"),
    (1, 13, "ad-07", Source.PUBLIC, Way.WARN, "other"),
    (1, 16, "ad-08", Source.HOTLINE, Way.REPORT, "coerced"),
    (2, 8, "ad-09", Source.PUBLIC, Way.DECLINE, "minor_suspected"),
    (2, 10, "ad-10", Source.PUBLIC, Way.LATE, "minor_suspected"),
    (2, 12, "ad-11", Source.FAMILY, Way.REMOVE, "knows_child"),
    (2, 15, "ad-12", Source.FLAGGER, Way.DECLINE, "minor_suspected"),
    (3, 8, "ad-13", Source.PUBLIC, Way.CONTRADICT, "stated_age"),
    (3, 10, "ad-14", Source.PUBLIC, Way.RESTRICT, "minor_suspected"),
    (3, 13, "ad-15", Source.POLICE, Way.REMOVE, "coerced"),
    (3, 15, "ad-16", Source.PUBLIC, Way.LAPSE, "other"),
    (4, 8, "ad-17", Source.HOTLINE, Way.REMOVE, "minor_suspected"),
    (4, 10, "ad-18", Source.PUBLIC, Way.DECLINE, "other"),
    (4, 14, "ad-19", Source.FAMILY, Way.RESTRICT, "minor_suspected"),
    (5, 9, "ad-20", Source.PUBLIC, Way.REPORT, "stated_age"),
    (5, 12, "ad-21", Source.PUBLIC, Way.DECLINE, "minor_suspected"),
    (5, 15, "ad-22", Source.FLAGGER, Way.WARN, "other"),
    (5, 23, "ad-25", Source.PUBLIC, Way.OPEN, "minor_suspected"),
    (6, 9, "ad-23", Source.PUBLIC, Way.REMOVE, "minor_suspected"),
    (6, 22, "ad-24", Source.PUBLIC, Way.REPORT, "minor_suspected"),
)
COMPLAINED = "ad-01"
"""Its poster complains of the decision; somebody else confirms it."""
LAST_REPORT = "ad-24"
"""Decided a quarter of an hour before the week ends: it waits for its reviewer's undo."""


def first_moment() -> Millis:
    """Monday, 7 December 2026, UTC, in ms."""
    return from_datetime(to_datetime(Millis(0)).replace(year=2026, month=12, day=7))


def alerts(luck: Random) -> tuple[Planned, ...]:
    """The alerts of the week but for the flood, in order."""
    return tuple(
        Planned(
            at=day * DAY + hour * HOUR + luck.randrange(0, 20) * MINUTE,
            ad=ad,
            source=source,
            way=way,
            reason=reason,
            text=luck.choice(WORRIES),
            patience=luck.randrange(5, 50) * MINUTE,
        )
        for day, hour, ad, source, way, reason in _WEEK
    )


def advertisers(luck: Random) -> dict[str, str]:
    """Ad to account. Those of the flood are one advertiser's and nobody else's."""
    names = [f"ad-{number:02}" for number in range(1, ADS + 1)]
    others = ADVERTISERS[:-1]
    return {name: ADVERTISERS[-1] if name in FLOODED else luck.choice(others) for name in names}


def words(luck: Random, name: str) -> dict[str, str]:
    """Neutral words of an ad, no two alike."""
    thing = luck.choice(THINGS)
    return {"title": f"{thing.capitalize()}, {name}", "body": f"A {thing} near the {name} bridge."}
