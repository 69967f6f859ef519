"""Events of the open chain of an ad: received, revised, placed. Their openings may be public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class AdReceived(Event):
    """The first revision of an ad, exactly as submitted. Revision number 0."""

    TYPE: ClassVar[str] = "ad.received"
    PUBLIC: ClassVar[bool] = True

    ad: str = grouped("ad_text")
    external_id: str = grouped("ad_text")
    revision: int = grouped("ad_text")
    section: str = grouped("ad_text")
    place: Mapping[str, str] = grouped("ad_text")
    language: str | None = grouped("ad_text")
    text: Mapping[str, str] = grouped("ad_text")
    attachments: Sequence[Mapping[str, Any]] = grouped("images")
    account: Mapping[str, Any] | None = grouped("poster_pii")
    payment: Mapping[str, Any] | None = grouped("poster_pii")
    connections: Sequence[Mapping[str, Any]] = grouped("connections")
    provenance: str = grouped("facts")
    source: str = grouped("facts")
    spooled_at: int | None = grouped("facts")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRevised(AdReceived):
    """A later revision; the earlier ones stay. `revision` counts from 1."""

    TYPE: ClassVar[str] = "ad.revised"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdPlaced(Event):
    """A revision stands somewhere: section x place x channel, from `happened` on."""

    TYPE: ClassVar[str] = "ad.published"
    PUBLIC: ClassVar[bool] = True

    ad: str = grouped("ad_text")
    external_id: str = grouped("ad_text")
    placement: str = grouped("ad_text")
    revision: int = grouped("ad_text")
    section: str = grouped("ad_text")
    place: Mapping[str, str] = grouped("ad_text")
    channel: str = grouped("ad_text")
    url: str | None = grouped("ad_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRenewed(AdPlaced):
    """The same words again for another period; screened under the pack in force then."""

    TYPE: ClassVar[str] = "ad.renewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdMoved(AdPlaced):
    """The same words in another section or place."""

    TYPE: ClassVar[str] = "ad.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdExpired(Event):
    """A placement ended by time."""

    TYPE: ClassVar[str] = "ad.expired"
    PUBLIC: ClassVar[bool] = True

    ad: str = grouped("ad_text")
    placement: str = grouped("ad_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdWithdrawn(AdExpired):
    """The poster took it down."""

    TYPE: ClassVar[str] = "ad.withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdRemoved(AdExpired):
    """The site took it down."""

    TYPE: ClassVar[str] = "ad.removed"
