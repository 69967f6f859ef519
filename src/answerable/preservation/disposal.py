"""Disposal, purely: which data class lives how long, who signs, what a batch may do.

Nothing goes by itself. A schedule lists what has outlived its class and is not held; two people
sign exactly that list; the job asks every hold again, item by item, in the transaction that
deletes the keys.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from answerable.access.consent import CONSENT_LENGTH
from answerable.events.event import DataClass
from answerable.kernel.canonical import canonical_bytes
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, Site, SubjectId
from answerable.kernel.time import DAY, Millis

BATCH_ITEMS_MAX = 5_000  # what two people can answer for with one look at its counts and list
CHUNK_ITEMS = 100  # one transaction: intake waits behind it on SQLite


class Class(StrEnum):
    """What is disposed of together."""

    AD = "ad"  # an ad's words, pictures, account and contacts, and what reviewers wrote of it
    CONNECTIONS = "connections"  # addresses, ports and times of old revisions
    ALERT = "alert"  # an alert's words and who sent it; the alert itself stays
    WATCH = "watch"  # an ended watch's terms, reasons and asker; that it was asked for stays


class State(StrEnum):
    """Where a batch stands."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    DONE = "done"
    REFUSED = "refused"


class Cause(StrEnum):
    """Why a batch was proposed."""

    SCHEDULE = "schedule"
    REQUEST = "request"


class Fate(StrEnum):
    """What became of an item."""

    WAITING = "waiting"
    DONE = "done"
    HELD = "held"
    CHANGED = "changed"


GROUPS: Mapping[Class, frozenset[str]] = {
    Class.AD: frozenset({"ad_text", "images", "poster_pii", "connections", "report"}),
    Class.CONNECTIONS: frozenset({"connections"}),
    Class.ALERT: frozenset({"alert_text", "alerter"}),
    Class.WATCH: frozenset({"alert_text", "alerter", "report"}),
}
LIFE_OF: Mapping[Class, str] = {
    Class.AD: "ad_text",
    Class.CONNECTIONS: "connections",
    Class.ALERT: "alert_text",
    Class.WATCH: "alert_text",
}
"""Whose declared life counts. The contact index goes with its ad."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Days that each class lives, unless a hold keeps it longer."""

    days: Mapping[Class, int]

    def cutoff(self, of: Class, now: Millis) -> Millis:
        """What was last touched before this has outlived its class."""
        return Millis(now - self.days[of] * DAY)


def lives(configured: Mapping[str, int]) -> Lives:
    """The declared lives (events.event.DataClass), with the operator's own where there are some.

    Raises Refusal for a class that nobody declared, or a life of no days.
    """
    known = set(LIFE_OF.values())
    if odd := sorted(set(configured) - known):
        raise Refusal("no such data class can be given a life", named=odd, known=sorted(known))
    days = {}
    for each, group in LIFE_OF.items():
        declared = configured.get(group, DataClass.LIFE_DAYS[group])
        if declared is None or declared < 1:
            raise Refusal("a life is a day at least", data_class=group)
        days[each] = declared
    return Lives(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing on the list: our id of an ad or alert."""

    number: int
    data_class: Class
    name: str
    fate: Fate = Fate.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """A batch: the list stands in its items; `digest` is what is signed."""

    id: str
    site: Site
    subject: SubjectId
    cause: Cause
    process: str | None
    state: State
    proposed: Millis
    cutoffs: Mapping[str, int]
    counts: Mapping[str, int]
    digest: str
    first: ActorId | None = None
    first_at: Millis | None = None
    second: ActorId | None = None
    fates: Mapping[str, int] | None = None  # how many items came to which fate, once asked

    @property
    def approvers(self) -> tuple[ActorId, ...]:
        return tuple(one for one in (self.first, self.second) if one is not None)


def digest_of(items: Sequence[Item]) -> str:
    """SHA-256 of the list: class and name of each item, in order."""
    listed = [[item.data_class.value, item.name] for item in items]
    return hashlib.sha256(canonical_bytes(listed)).hexdigest()


def counts_of(items: Sequence[Item]) -> dict[str, int]:
    """Items by class, every class named."""
    return {each.value: sum(item.data_class is each for item in items) for each in Class}


def signed(disposal: Disposal, by: ActorId, digest: str, now: Millis) -> Disposal:
    """The batch with one more signature. A first one lapses after a week.

    Raises Refusal: another list than the one that stands, or the same person twice.
    """
    if disposal.state is not State.PROPOSED:
        raise Refusal("this batch waits for no signature", state=disposal.state.value)
    if digest != disposal.digest:
        raise Refusal("sign the list that stands; load the page again")
    fresh = disposal.first_at is not None and now - disposal.first_at < CONSENT_LENGTH
    if disposal.first is None or not fresh:
        return replace(disposal, first=by, first_at=now)
    if disposal.first == by:
        raise Refusal("the second person is another person")
    return replace(disposal, second=by, state=State.SIGNED)


def refused(disposal: Disposal) -> Disposal:
    """One person is enough to leave everything where it is."""
    if disposal.state is not State.PROPOSED:
        raise Refusal("this batch waits for no signature", state=disposal.state.value)
    return replace(disposal, state=State.REFUSED)
