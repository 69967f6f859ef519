"""A link and its reason; an ancestor, and what comes back from it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.kernel.ids import AdId, SubjectId
from answerable.kernel.sketch import Sketch
from answerable.kernel.time import DAY, Millis


class LinkReason(StrEnum):
    """Why two ads belong together. Strong ones may be pre-ticked, weak ones never."""

    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    URL = "url"
    PAYMENT = "payment"
    ACCOUNT = "account"


WEAK = frozenset({LinkReason.URL})
"""Shared by strangers too often to be pre-ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`ad` and `other` share `value` (normalised); `where` says in which fields it stood."""

    ad: AdId
    other: AdId
    other_external_id: str
    reason: LinkReason
    value: str
    where: tuple[str, str]

    @property
    def strong(self) -> bool:
        return self.reason not in WEAK

    def __repr__(self) -> str:  # contacts are not for logs
        return f"<link {self.ad}-{self.other} by {self.reason.value}>"


ANCESTOR_LENGTH = 180 * DAY  # the life of an ad's words: nothing is known again for longer
ACCOUNT_LENGTH = 7 * DAY  # an account that was refused and posts on within a week
STOOD_LENGTH = 90 * DAY  # how long before its section closed an ad may have ended and still count


class KinReason(StrEnum):
    """Why an ad is taken for one that comes back."""

    SAME_AD = "same_ad"
    TEXT = "text"
    IMAGE = "image"
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    PAYMENT = "payment"
    ACCOUNT = "account"


CONTACTS = frozenset({KinReason.PHONE, KinReason.EMAIL, KinReason.HANDLE, KinReason.PAYMENT})


class Change(StrEnum):
    """What is not as it was in the ancestor. Kinds alone: no words, no numbers."""

    AGE = "age"
    SIGN = "sign"
    CONTACT = "contact"
    TEXT = "text"


class Because(StrEnum):
    """What became of the ancestor."""

    REFUSED = "refused"
    REPORTED = "report"
    REMOVED = "remove"
    RESTRICTED = "restrict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One revision as the networks know it. `rules`: those that saw something in it."""

    ad: AdId
    revision: int
    sketch: Sketch | None
    contacts: frozenset[tuple[str, str]]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A revision whose return is noticed. `because` is None where only its section closed."""

    known: Known
    because: Because | None
    from_section: str | None
    since: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """People let `ad` go at a time when it was linked to this ancestor; its ages were these."""

    ancestor: AdId
    ages: frozenset[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """`ad` comes back from `ancestor`. `waits`: a person looks before anybody else sees it."""

    ad: AdId
    revision: int
    ancestor: AdId
    ancestor_revision: int
    because: Because | None
    from_section: str | None
    reasons: tuple[KinReason, ...]
    changes: tuple[Change, ...]
    waits: bool
    likeness: float
    since: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What screening may know: the house's rules that hold this ad back, and whether it moved."""

    rules: tuple[str, ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AdFacts:
    """An ad as this chapter needs it."""

    ad: AdId
    closed_subject: SubjectId
    section: str
    last_revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """How many ads of a closed section stood up again where. `count` as it may be published."""

    from_section: str
    to_section: str
    count: int | None  # None: fewer than the smallest cell
