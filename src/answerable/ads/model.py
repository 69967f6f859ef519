"""The site's own nouns: ad, revision, placement, account; and what the site sends of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from answerable.events.promises import Promise
from answerable.kernel.ids import ActorId, AdId, EventId, PlacementId, Site, SubjectId
from answerable.kernel.time import Millis


class Provenance(StrEnum):
    """Where a submission comes from in time."""

    LIVE = "live"
    BACKFILL = "backfill"
    FOREIGN = "foreign"


class Source(StrEnum):
    """Through which door of the site the poster came."""

    WEB = "web"
    APP = "app"
    PARTNER = "partner"
    API = "api"
    STAFF = "staff"


class AdState(StrEnum):
    """Where the poster's ad stands in its own life (not whether it may be seen)."""

    RECEIVED = "received"
    PUBLISHED = "published"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class PlacementKind(StrEnum):
    """What a placement message says happened."""

    PUBLISHED = "published"
    RENEWED = "renewed"
    MOVED = "moved"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class Channel(StrEnum):
    """Where a placement is seen."""

    WEB = "web"
    APP = "app"
    PARTNER = "partner"
    EMAIL = "e-mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An ad as received: checked and bounded at the door, still in the poster's own words.

    Nested values (`account`, `connections`, `payment`, `attachments`, `place`) are the plain JSON
    of docs/formats/intake-v1.md with times as milliseconds UTC; the door checked their shape.
    """

    external_id: str
    text: Mapping[str, str]
    section: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    account: Mapping[str, Any] | None = None
    connections: tuple[Mapping[str, Any], ...] = ()
    payment: Mapping[str, Any] | None = None
    provenance: Provenance = Provenance.LIVE
    source: Source = Source.API
    submitted_at: Millis | None = None
    spooled_at: Millis | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ad:
    """The row of an ad: ids and states, no words."""

    site: Site
    id: AdId
    external_id: str
    open_subject: SubjectId
    closed_subject: SubjectId
    account_id: str | None
    section: str
    jurisdiction: str
    last_revision: int
    state: AdState
    url: str | None
    words_digest: str
    received: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementNews:
    """What the site tells us of a placement."""

    external_id: str
    kind: PlacementKind
    at: Millis | None = None
    revision: int | None = None
    section: str | None = None
    place: Mapping[str, str] | None = None
    channel: Channel = Channel.WEB
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A revision that stands somewhere; `until` is None while it stands."""

    site: Site
    id: PlacementId
    ad: AdId
    revision: int
    section: str
    jurisdiction: str
    channel: str
    url: str | None
    since: Millis
    until: Millis | None
    event_id: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The answer to a submission: which ad, which revision, and the fields of its receipt."""

    ad: AdId
    external_id: str
    revision: int
    event_id: EventId
    promise: Promise
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """One person wants the section open again; another has to agree."""

    by: ActorId
    reason: str
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A section that takes no ads in a jurisdiction ("" is everywhere), with notice and reason.

    `since` may lie ahead: until then it is `planned`. `leaf`: the hash of the event that says so.
    """

    site: Site
    section: str
    jurisdiction: str
    notice: str
    reason: str
    since: Millis
    leaf: str = ""
    planned: bool = False
    reopening: Reopening | None = None
