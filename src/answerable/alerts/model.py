"""The nouns of an alert: what somebody said, and how far we have answered. Pure.

Rows hold no words: what the alerter wrote lives in the event alone.
"""

from dataclasses import dataclass
from enum import StrEnum

from answerable.alerts.flood import Ground
from answerable.events.promises import Promise
from answerable.kernel.canonical import Json
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import AdId, AlertId, CaseId, DecisionId, EventId, Site, SubjectId
from answerable.kernel.time import MINUTE, Millis

NONCE_CHARS_MIN = 8  # below that, two careless clients meet on one nonce
NONCE_CHARS_MAX = 200
REASON_CHARS_MAX = 2_000  # of a person who ends a flood, warns or limits
LOOKUP_WINDOW = MINUTE
LOOKUPS_PER_CLIENT = 10  # a person who mistypes; not a machine that guesses
LOOKUPS_PER_SITE = 300  # bounds guessing from many addresses: see docs/alerts.md for the odds


class Reason(StrEnum):
    """Why the alerter is worried. None is needed, and none proves anything."""

    MINOR_SUSPECTED = "minor_suspected"
    STATED_AGE = "stated_age"
    KNOWS_CHILD = "knows_child"
    MISSING_CHILD = "missing_child"
    COERCED = "coerced"
    IMAGE_WITHOUT_CONSENT = "image_without_consent"
    OTHER = "other"


class Role(StrEnum):
    """Who the alerter says they are."""

    FAMILY = "family"
    SELF = "self"
    POLICE = "police"
    FLAGGER = "flagger"
    HOTLINE = "hotline"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an alert without an ad is about; each a short text."""

    contacts: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.contacts or self.handles or self.places or self.words)

    def as_json(self) -> dict[str, Json]:
        return {
            "contacts": list(self.contacts),
            "handles": list(self.handles),
            "places": list(self.places),
            "words": list(self.words),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerter:
    """The alerter, as far as they like to be known."""

    role: Role = Role.PUBLIC
    contact: str | None = None

    def as_json(self) -> dict[str, Json]:
        return {"role": self.role.value, "contact": self.contact}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCommand:
    """An alert as received: checked and bounded, in the alerter's own words.

    `ad` is the site's own id or the URL of an ad; without it `about` is not empty. `nonce` is the
    alerter's own: with the same bytes it gets the stored answer again.
    """

    ad: str | None = None
    about: About = About()
    text: str = ""
    reasons: tuple[Reason, ...] = ()
    alerter: Alerter = Alerter()
    nonce: str

    def as_json(self) -> dict[str, Json]:
        """All of it: what the digest of a repeated request compares."""
        return {
            "ad": self.ad,
            "about": self.about.as_json(),
            "text": self.text,
            "reasons": [reason.value for reason in self.reasons],
            "alerter": self.alerter.as_json(),
            "nonce": self.nonce,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The row of an alert. `hidden`, `case` and the answer are projections of its chain.

    `known_by`: the registered source or token that sent it, else None. `contact_digest` and
    `about_key` are keyed digests of the alerter's contact and of the advertiser, kept a short time.
    `put_off`, `because`: why it did not hide its ad at once, and by which flood, limit, exception.
    """

    site: Site
    id: AlertId
    subject: SubjectId
    nonce_digest: bytes
    request_sha256: bytes
    words_digest: bytes
    role: Role
    received: Millis
    due_act: Millis
    event: EventId | None = None
    leaf_hash: bytes | None = None
    case: CaseId | None = None
    ad: AdId | None = None
    hidden: bool = False
    answered: Millis | None = None
    decision: DecisionId | None = None
    outcome: str | None = None
    within_promise: bool | None = None
    known_by: str | None = None
    contact_digest: str | None = None
    about_key: str | None = None
    names_fact: bool = True
    put_off: Ground | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertedAd:
    """An ad as this chapter knows it: which one, its closed chain, whose it is."""

    ad: AdId
    closed_subject: SubjectId
    account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAnswer:
    """What the alerter gets at once. `words` are said once, here, and stored nowhere."""

    alert: AlertId
    event: EventId
    promise: Promise
    due_act: Millis
    words: tuple[str, ...]
    nonce: str
    repeated: bool = False


class Answered(StrEnum):
    """Was the alert answered within the promise?"""

    YES = "yes"
    NO = "no"
    NOT_DUE = "not_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that a look-up ever says: it was received, and whether the promise was kept."""

    received: bool
    answered: Answered


class TooManyLookups(Refusal):
    """Wait a minute, then ask again. Counted in the database, so on every machine together."""
