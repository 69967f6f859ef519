"""The nouns of a watch: who asks, for what, how long, and what agreed. Pure.

Rows hold no words: terms and reasons live in the watch's event. `Spelled` values exist in memory
alone, between an event and a keyed digest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

from answerable.kernel.ids import ActorId, AdId, AlertId, Site, SubjectId
from answerable.kernel.time import DAY, Millis

WatchId = NewType("WatchId", str)

DAYS_USUAL = 90
DAYS_MAX = 365
SOON = 14 * DAY  # long enough for whoever asked to be asked whether it should run on
TERMS_MAX = 200  # of one watch; an alert's three lists of 50 fit
REASON_CHARS_MAX = 2_000
ORGANISATION_CHARS_MAX = 200
REFERENCE_CHARS_MAX = 200
LIST_MAX = 500
VALUE_CHARS_MAX = 500  # as wide as the contact index


class TermKind(StrEnum):
    """What a term is, and so where it is looked for."""

    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    IMAGE = "image"
    NAME = "name"
    PLACE = "place"


STRONG = frozenset({TermKind.PHONE, TermKind.EMAIL, TermKind.HANDLE, TermKind.IMAGE})
"""One of these is enough. Of the others two kinds agree in one revision, or nothing is said."""

IN_CONTACTS = frozenset({TermKind.PHONE, TermKind.EMAIL, TermKind.HANDLE})
"""Kinds that the contact index holds."""


class Role(StrEnum):
    """Who asks. `alerter` waits for a reviewer; nobody else does."""

    POLICE = "police"
    HOTLINE = "hotline"
    NGO = "ngo"
    STAFF = "staff"
    ALERTER = "alerter"
    POSTERS = "posters"


class Status(StrEnum):
    """Where a watch stands. Whether a running one is past its end is asked of the time."""

    WAITING = "waiting"
    RUNNING = "running"
    REFUSED = "refused"
    ENDED = "ended"


class Why(StrEnum):
    """Why a watch ended."""

    STOPPED = "stopped"
    EXPIRED = "expired"
    SOURCE_GONE = "source_gone"
    REPLACED = "replaced"


class How(StrEnum):
    """Whether the archive or an ad that came in agreed."""

    SEARCH = "search"
    INTAKE = "intake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing to look out for: as it was given, and as the index spells it."""

    kind: TermKind
    said: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked: the command."""

    role: Role
    organisation: str
    terms: tuple[Term, ...]
    reason: str
    days: int = DAYS_USUAL
    alert: AlertId | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The row of a watch. `ends` is None until it starts; `reference` until it ends."""

    id: WatchId
    site: Site
    subject: SubjectId
    status: Status
    role: Role
    organisation: str
    asked_by: ActorId
    alert: AlertId | None
    reference: str | None
    days: int
    kinds: tuple[TermKind, ...]
    asked: Millis
    started: Millis | None = None
    ends: Millis | None = None
    ended: Millis | None = None
    why: Why | None = None
    searched: Millis | None = None

    def runs(self, now: Millis) -> bool:
        """Does it match anything at `now`?"""
        return self.status is Status.RUNNING and self.ends is not None and now < self.ends

    def expired(self, now: Millis) -> bool:
        """Past its end, whether or not the sweep has said so yet."""
        return self.status is Status.RUNNING and not self.runs(now)

    def ends_soon(self, now: Millis) -> bool:
        return self.runs(now) and self.ends is not None and self.ends - now <= SOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A revision that agreed with a watch, and in which kinds of term."""

    watch: WatchId
    ad: AdId
    revision: int
    kinds: tuple[TermKind, ...]
    how: How
    at: Millis

    @property
    def strong(self) -> bool:
        return bool(STRONG & set(self.kinds))


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRef:
    """An ad as this chapter knows it."""

    ad: AdId
    external_id: str
    closed_subject: SubjectId


Spelled = tuple[TermKind, str]
"""A kind, and a value as the index spells it."""

Blind = Callable[[Site, TermKind, str], bytes]
"""The keyed digest under which a value stands in this chapter's tables."""

Spellings = Mapping[TermKind, Sequence[str]]


class ReadsContacts(Protocol):
    """Reads contacts out of words exactly as the contact index does; wired from screening."""

    @property
    def platforms(self) -> Sequence[str]:
        """The names before the `:` of a handle."""
        ...

    def __call__(self, text: str) -> Sequence[tuple[str, str]]:
        """(kind, normalised value) of each contact; other kinds than ours may be among them.

        Raises Breach where reading itself fails: never an empty answer.
        """
        ...
