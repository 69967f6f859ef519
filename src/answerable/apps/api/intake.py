"""Intake v1 at the door: the shape of an ad as a site sends it, checked once, words untouched.

docs/formats/intake-v1.md is the page for sites. Everything is optional but `external_id` and
`text`. Unknown fields, oversized values and times without a zone are refused; nothing is cut.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from answerable.ads.model import (
    Channel,
    PlacementKind,
    PlacementNews,
    Provenance,
    Source,
    Submission,
)
from answerable.kernel import limits
from answerable.kernel.time import Millis, from_datetime

Short = Annotated[str, StringConstraints(max_length=limits.SHORT_CHARS_MAX)]
ExternalId = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.EXTERNAL_ID_CHARS_MAX)
]
Long = Annotated[str, StringConstraints(max_length=limits.TEXT_FIELD_CHARS_MAX)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, StringConstraints(max_length=limits.URL_CHARS_MAX)]


def _zoned(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time is written like 2026-11-24T10:15:00+02:00") from None
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return text


Moment = Annotated[str, StringConstraints(max_length=40), AfterValidator(_zoned)]
"""ISO 8601 with zone, kept as sent."""


class _Door(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Attachment(_Door):
    """A file by the digest of its original bytes; send the bytes by PUT /v1/files."""

    sha256: Sha256
    media_type: Short | None = None
    original_name: Short | None = None
    uploaded_at: Moment | None = None
    url: Url | None = None


class Email(_Door):
    address: Short
    verified_at: Moment | None = None


class Phone(_Door):
    number: Short
    verified_at: Moment | None = None


class Account(_Door):
    """The advertiser as the site knows them."""

    id: Short | None = None
    created: Moment | None = None
    names: list[Short] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)
    emails: list[Email] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)
    phones: list[Phone] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)
    profile_url: Url | None = None


class Connection(_Door):
    """An address with its port: without a port it is useless behind carrier NAT."""

    ip: Short
    port: int | None = Field(default=None, ge=1, le=65_535)
    at: Moment | None = None
    event: Literal["upload", "registration", "login", "purchase"] | None = None
    proxy: bool | None = None
    device: Short | None = None


class Payment(_Door):
    processor: Short | None = None
    token: Short | None = None
    last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
    payer_name: Short | None = None
    amount: Short | None = None
    at: Moment | None = None
    merchant_of_record: Short | None = None


class Place(_Door):
    """The place the ad states, in the site's own words."""

    country: Short | None = None
    region: Short | None = None
    city: Short | None = None
    postcode: Short | None = None
    address: Short | None = None
    text: Short | None = None

    def plain(self) -> dict[str, str]:
        return {k: v for k, v in self.model_dump().items() if v is not None}


class RevisionIn(_Door):
    """A revision: the whole ad as it now stands."""

    text: dict[FieldName, Long] = Field(min_length=1, max_length=limits.TEXT_FIELDS_MAX)
    section: Short = ""
    place: Place = Field(default_factory=Place)
    language: Short | None = None
    attachments: list[Attachment] = Field(default_factory=list, max_length=limits.ATTACHMENTS_MAX)
    account: Account | None = None
    connections: list[Connection] = Field(default_factory=list, max_length=limits.CONNECTIONS_MAX)
    payment: Payment | None = None
    provenance: Literal["live", "backfill", "foreign"] = "live"
    source: Literal["web", "app", "partner", "api", "staff"] = "api"
    submitted_at: Moment | None = None
    spooled_at: Moment | None = None
    url: Url | None = None

    def submission(self, external_id: str) -> Submission:
        """The checked domain value; past here nobody asks again."""
        return Submission(
            external_id=external_id,
            text=dict(self.text),
            section=self.section,
            place=self.place.plain(),
            language=self.language,
            attachments=tuple(_plain(a) for a in self.attachments),
            account=None if self.account is None else _plain(self.account),
            connections=tuple(_plain(c) for c in self.connections),
            payment=None if self.payment is None else _plain(self.payment),
            provenance=Provenance(self.provenance),
            source=Source(self.source),
            submitted_at=_millis(self.submitted_at),
            spooled_at=_millis(self.spooled_at),
            url=self.url,
        )


class AdIn(RevisionIn):
    """POST /v1/ads: a new ad."""

    external_id: ExternalId


class BatchIn(_Door):
    """POST /v1/ads/batch: up to 1,000 ads; each is taken or refused by itself."""

    ads: list[dict[str, Any]] = Field(min_length=1, max_length=limits.BATCH_ADS_MAX)


class PlacementIn(_Door):
    """POST /v1/placements: what became of a revision on the site."""

    external_id: ExternalId
    kind: Literal["published", "renewed", "moved", "expired", "withdrawn", "removed"]
    at: Moment | None = None
    revision: int | None = Field(default=None, ge=0)
    section: Short | None = None
    place: Place | None = None
    channel: Literal["web", "app", "partner", "e-mail"] = "web"
    url: Url | None = None

    def news(self) -> PlacementNews:
        return PlacementNews(
            external_id=self.external_id,
            kind=PlacementKind(self.kind),
            at=_millis(self.at),
            revision=self.revision,
            section=self.section,
            place=None if self.place is None else self.place.plain(),
            channel=Channel(self.channel),
            url=self.url,
        )


class AboutIn(_Door):
    """What an alert without an ad is about."""

    contacts: list[Short] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)
    handles: list[Short] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)
    places: list[Short] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)
    words: list[Short] = Field(default_factory=list, max_length=limits.CONTACTS_MAX)


class AlertIn(_Door):
    """POST /v1/alerts: anyone's word, about an ad or anything else; no proof, no account."""

    ad: Url | None = None
    about: AboutIn | None = None
    text: Annotated[str, StringConstraints(max_length=limits.ALERT_TEXT_CHARS_MAX)] = ""
    reasons: list[Short] = Field(default_factory=list, max_length=20)
    role: Short | None = None
    contact: Short | None = None
    nonce: Annotated[str, StringConstraints(min_length=8, max_length=200)] | None = None

    @model_validator(mode="after")
    def _names_something(self) -> "AlertIn":
        about = self.about
        if not self.ad and not (
            about and (about.contacts or about.handles or about.places or about.words)
        ):
            raise ValueError("an alert names an ad, or says what it is about")
        return self


class WatchTermIn(_Door):
    """One thing to look out for, as it is known to whoever asks."""

    kind: Literal["phone", "email", "handle", "image", "name", "place"]
    value: Short


class WatchIn(_Door):
    """POST /v1/watches: look out for these; by token of scope `watch`."""

    role: Literal["police", "hotline", "ngo"]
    organisation: Annotated[
        str, StringConstraints(min_length=1, max_length=limits.EXTERNAL_ID_CHARS_MAX)
    ]
    terms: list[WatchTermIn] = Field(min_length=1, max_length=200)
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
    days: int = Field(default=90, ge=1, le=365)


class AlertBatchIn(_Door):
    """POST /v1/alerts/batch: up to 1,000 alerts, each with its own nonce, each by itself."""

    alerts: list[dict[str, Any]] = Field(min_length=1, max_length=limits.BATCH_ALERTS_MAX)


class ComplaintIn(_Door):
    """POST /v1/complaints: the poster of an ad asks for another look, in their own words."""

    external_id: ExternalId
    text: Annotated[str, StringConstraints(min_length=1, max_length=limits.ALERT_TEXT_CHARS_MAX)]


Note = Annotated[str, StringConstraints(min_length=1, max_length=limits.NOTE_CHARS_MAX)]


class NotHeldIn(_Door):
    """What the site does not hold and will never have of this ad."""

    external_id: ExternalId
    fields: list[Short] = Field(min_length=1, max_length=20)


class ToldIn(_Door):
    """What the site says of one ad, in the words of intake v1."""

    external_id: ExternalId
    account: Account | None = None
    connections: list[Connection] = Field(default_factory=list, max_length=limits.CONNECTIONS_MAX)
    payment: Payment | None = None
    note: Note | None = None

    def plain(self) -> dict[str, Any]:
        """Without what is not there: an item with its ad's id alone tells nothing."""
        told = self.model_dump(exclude_none=True)
        return {name: value for name, value in told.items() if value not in ([], {})}


class AnswerIn(_Door):
    """POST /v1/questions/{question}/answer: facts ad by ad, and what is not held."""

    items: list[ToldIn] = Field(default_factory=list, max_length=limits.INCIDENT_ADS_MAX)
    not_held: list[NotHeldIn] = Field(default_factory=list, max_length=limits.INCIDENT_ADS_MAX)


class AcknowledgeIn(_Door):
    """POST /v1/directives/{directive}/ack: the site did it, at its own time (ms UTC)."""

    site_time: int = Field(ge=0)


class AckIn(AcknowledgeIn):
    """One of several: the directive as the feed names it."""

    directive: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class AcksIn(_Door):
    """POST /v1/directives/acks: what a page of the feed asked for is done; one commit for all."""

    acks: list[AckIn] = Field(min_length=1, max_length=limits.ACKS_MAX)


def _plain(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(exclude_none=True)


def _millis(moment: str | None) -> Millis | None:
    return None if moment is None else from_datetime(datetime.fromisoformat(moment))
