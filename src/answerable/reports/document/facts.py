"""reports.document.facts: everything about a case that a report can say, as plain values.

Whoever prepares a report fills these from events; build.py turns them into a document. Whatever a
site delivered with an ad has a field here (docs/formats/intake-v1), and fields.py says where in the
report it comes out. Nothing is looked up, guessed or defaulted: what is not known is None or ().
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from answerable.kernel.errors import insist
from answerable.kernel.limits import EXTERNAL_ID_CHARS_MAX, SHORT_CHARS_MAX
from answerable.reports.document.values import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ExifFacts:
    """One thing that an image's own bytes say of it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFacts:
    """A file of an ad. `sha256`, lower-case hex, is of the original bytes.

    `stored`: we hold those bytes and can upload them; otherwise only their description is reported.
    `exif` is what the bytes themselves say. `unreadable`: they are damaged, or gone from our store.
    """

    sha256: str
    media_type: str | None = None
    original_name: str | None = None
    uploaded_at: Moment | None = None
    url: str | None = None
    stored: bool = True
    exif: tuple[ExifFacts, ...] = ()
    unreadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailFacts:
    address: str
    verified_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    number: str
    verified_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """The advertiser as the site knew them with this revision."""

    id: str | None = None
    created: Moment | None = None
    names: tuple[str, ...] = ()
    emails: tuple[EmailFacts, ...] = ()
    phones: tuple[PhoneFacts, ...] = ()
    profile_url: str | None = None


class ConnectionEvent(StrEnum):
    UPLOAD = "upload"
    REGISTRATION = "registration"
    LOGIN = "login"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    ip: str | None = None
    port: int | None = None
    at: Moment | None = None
    event: ConnectionEvent | None = None
    proxy: bool | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    processor: str | None = None
    token: str | None = None
    last4: str | None = None
    payer_name: str | None = None
    amount: str | None = None
    at: Moment | None = None
    merchant_of_record: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """A contact read out of the ad's words: kind phone, email, handle, url or payment."""

    kind: str
    value: str
    technique: str | None = None


class Channel(StrEnum):
    WEB = "web"
    APP = "app"
    PARTNER = "partner"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementFacts:
    """A revision stood somewhere for a while. `kind`: published, renewed or moved."""

    kind: str
    section: str
    place: Mapping[str, str] = field(default_factory=dict)
    channel: Channel
    url: str | None = None
    start: Moment
    end: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionFacts:
    """One revision as submitted. `number` counts from 0; `received_at` is our own measurement.

    `place` is the stated place in the site's own keys (city, region, country are understood).
    `digest` is a name under which a reviewer's look at these words may be noted, if there is one.
    """

    number: int
    digest: str | None = None
    received_at: Moment
    section: str | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None
    texts: Mapping[str, str]
    attachments: tuple[AttachmentFacts, ...] = ()
    account: AccountFacts | None = None
    connections: tuple[ConnectionFacts, ...] = ()
    payment: PaymentFacts | None = None
    provenance: str | None = None
    source: str | None = None
    spooled_at: Moment | None = None
    placements: tuple[PlacementFacts, ...] = ()
    contacts: tuple[ContactFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFacts:
    """What was told of an ad after its submission, because a report wants it (docs/reports.md).

    `by` says in words who told it. It has no words of the ad, no contacts read and no place: the
    empty ones stand here so that whoever gathers an account can read it as they read a revision.
    """

    received_at: Moment
    by: str
    account: AccountFacts | None = None
    connections: tuple[ConnectionFacts, ...] = ()
    payment: PaymentFacts | None = None
    note: str | None = None

    @property
    def contacts(self) -> tuple[ContactFacts, ...]:
        return ()

    @property
    def place(self) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdFacts:
    """One ad of the incident, with all its revisions, oldest first; the last is the current one."""

    external_id: str
    ad: str
    revisions: tuple[RevisionFacts, ...]
    told: tuple[ToldFacts, ...] = ()

    def __post_init__(self) -> None:
        insist(bool(self.external_id.strip()), "an ad has the site's own id")
        insist(len(self.external_id) <= EXTERNAL_ID_CHARS_MAX, "an external id is bounded")
        insist(bool(self.revisions), "an ad has at least one revision")
        for source in self.sources:
            account = source.account.id if source.account else None
            insist(len(account or "") <= SHORT_CHARS_MAX, "an account id is bounded")

    @property
    def current(self) -> RevisionFacts:
        return self.revisions[-1]

    @property
    def sources(self) -> tuple[RevisionFacts | ToldFacts, ...]:
        """All that tells of the account: the current revision first, what was told later last."""
        return (*reversed(self.revisions), *self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFacts:
    """Ads or accounts, inside or outside the incident, that share a normalised contact.

    `ads` are external ids; `reason` is in words, as the case shows it.
    """

    kind: str
    value: str
    reason: str
    ads: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


class BasisKind(StrEnum):
    """What kind of fact suggests a minor (foundations, "A report decision names its basis")."""

    ALERT = "alert"
    STATED_AGE = "stated age"
    KNOWN_IMAGE = "known image"
    CONTACT_MATCH = "contact match"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisFacts:
    """One stated fact suggesting a minor, in the reviewer's words."""

    kind: BasisKind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimFacts:
    """Only what is known about the child, and in `origin` who says so."""

    age: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    screen_name: str | None = None
    school_name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)
    origin: str | None = None


BY_POLICY = "policy"
"""`by_role` of a report that the house made itself, under a policy that two people answer for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """The decision to report. An empty `basis` files too: the reviewer confirmed to have none."""

    decision: str
    at: Moment
    by_role: str
    reason: str | None = None
    basis: tuple[BasisFacts, ...] = ()
    urgent: bool = False
    urgent_reason: str | None = None
    victim: VictimFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """An alert in a neutral summary; never who alerted, beyond the role they gave."""

    received_at: Moment
    role: str | None = None
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFacts:
    """What a detector saw: rule, pack and version; on which ad (external id) and revision."""

    rule: str
    pack: str
    pack_version: str
    ad: str
    revision: int
    technique: str | None = None


class ActionKind(StrEnum):
    AD_HIDDEN = "ad hidden"
    AD_REMOVED = "ad removed"
    ACCOUNT_SUSPENDED = "account suspended"
    ACCOUNT_CLOSED = "account closed"
    ACCOUNT_WARNED = "account warned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFacts:
    """What the site did. `notified`: does the advertiser know? None where we do not know."""

    kind: ActionKind
    at: Moment
    ad: str | None = None
    account: str | None = None
    notified: bool | None = None
    notified_at: Moment | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EspPerson:
    """A role mailbox is better than a name: staff turn over."""

    email: str
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EspFacts:
    """The site as reporter. `platform` is the application's full name, `service` the product."""

    platform: str
    reporter: EspPerson
    service: str | None = None
    contact: EspPerson | None = None
    company_template: str | None = None
    terms_of_service: str | None = None
    legal_url: str | None = None

    def __post_init__(self) -> None:
        email = self.reporter.email
        insist(bool(email.strip()), "a report names its reporter's mail address")
        insist(len(email) <= 255, "a mail address has at most 255 characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class LawEnforcementFacts:
    """Law enforcement that the site already dealt with in this matter."""

    agency: str
    case_number: str | None = None
    reported_to_le: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """All a report says: 1..n ads, why they were reported, by whom, and what was done.

    `viewed` holds digests (SHA-256, lower-case hex) of bytes that a person at the site saw whole;
    `prior_reports` the CyberTipline's ids of earlier reports on the same incident; `prepared_at`
    the moment as of which these facts hold. `notes` are further sentences for the report.
    """

    case: str
    ads: tuple[AdFacts, ...]
    decision: DecisionFacts
    esp: EspFacts
    prepared_at: Moment
    links: tuple[LinkFacts, ...] = ()
    alerts: tuple[AlertFacts, ...] = ()
    signals: tuple[SignalFacts, ...] = ()
    viewed: frozenset[str] = frozenset()
    actions: tuple[ActionFacts, ...] = ()
    prior_reports: tuple[int, ...] = ()
    network: str | None = None
    law_enforcement: LawEnforcementFacts | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        insist(bool(self.ads), "a report lists at least one ad")
        insist(all(0 < one < 2**63 for one in self.prior_reports), "a report's id is positive")
