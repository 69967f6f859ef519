"""reports.document.model: the whole `<report>` and `<fileDetails>` as plain values.

Fields stand in schema order; None, () and False mean "not said". A class says in its ClassVars how
it is spelled: `attributes` (fields that are XML attributes), `own_text` (the field that is the
element's own text), `flags` (meaning carried by presence), `inlined` (fields whose parts stand in
the parent), `element` (its name inside an either-or). Limits are not kept here: see limits.py; nor
which edition of the schema has which element: see profile.py.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeAlias

from answerable.reports.document.values import (
    AddressType,
    AssociatedType,
    BatchReason,
    DetailsType,
    EmailType,
    EventName,
    FileRelevance,
    IncidentType,
    IndustryClassification,
    Moment,
    PhoneType,
)


class Fragment:
    """A piece of a document. What the ClassVars mean stands in the module's first lines."""

    __slots__ = ()
    attributes: ClassVar[frozenset[str]] = frozenset()
    own_text: ClassVar[str] = ""
    flags: ClassVar[bool] = False
    inlined: ClassVar[frozenset[str]] = frozenset()
    element: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email(Fragment):
    attributes = frozenset({"type", "verified", "verification_date"})
    own_text = "text"
    text: str
    type: EmailType | None = None
    verified: bool | None = None
    verification_date: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Fragment):
    attributes = frozenset(
        {"type", "verified", "verification_date", "country_calling_code", "extension"}
    )
    own_text = "text"
    text: str
    type: PhoneType | None = None
    verified: bool | None = None
    verification_date: Moment | None = None
    country_calling_code: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Fragment):
    attributes = frozenset({"type"})
    type: AddressType | None = None
    address: str | None = None
    city: str | None = None
    zip_code: str | None = None
    state: str | None = None
    non_usa_state: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPerson(Fragment):
    first_name: str | None = None
    last_name: str | None = None
    phone: tuple[Phone, ...] = ()
    email: tuple[Email, ...] = ()
    address: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Fragment):
    first_name: str | None = None
    last_name: str | None = None
    phone: tuple[Phone, ...] = ()
    email: tuple[Email, ...] = ()
    address: tuple[Address, ...] = ()
    age: int | None = None
    age_assertion_discrepancy: bool | None = None
    date_of_birth: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IpCaptureEvent(Fragment):
    """An address without port and zone-qualified time is nearly useless behind carrier NAT."""

    ip_address: str
    event_name: EventName | None = None
    date_time: Moment | None = None
    possible_proxy: bool | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceId(Fragment):
    id_type: str
    id_value: str
    event_name: EventName | None = None
    date_time: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedLocation(Fragment):
    attributes = frozenset({"verified", "timestamp"})
    verified: bool | None = None
    timestamp: Moment | None = None
    city: str | None = None
    region: str | None = None
    country_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporarilyDisabled(Fragment):
    attributes = frozenset(
        {"disabled_date", "user_notified", "user_notified_date", "reenabled_date"}
    )
    own_text = "value"
    value: bool
    disabled_date: Moment | None = None
    user_notified: bool | None = None
    user_notified_date: Moment | None = None
    reenabled_date: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermanentlyDisabled(Fragment):
    attributes = frozenset({"disabled_date", "user_notified", "user_notified_date"})
    own_text = "value"
    value: bool
    disabled_date: Moment | None = None
    user_notified: bool | None = None
    user_notified_date: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform(Fragment):
    attributes = frozenset({"third_party_user"})
    own_text = "text"
    text: str
    third_party_user: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociatedAccount(Fragment):
    attributes = frozenset({"type"})
    type: AssociatedType
    platform: Platform | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    approximate_age: int | None = None
    age_assertion_discrepancy: bool | None = None
    date_of_birth: date | None = None
    phone: tuple[Phone, ...] = ()
    email: tuple[Email, ...] = ()
    all_emails_reported: bool | None = None
    address: tuple[Address, ...] = ()
    esp_service: str | None = None
    esp_identifier: str | None = None
    profile_url: tuple[str, ...] = ()
    screen_name: str | None = None
    display_name: tuple[str, ...] = ()
    profile_bio: str | None = None
    group_identifier: str | None = None
    compromised_account: bool | None = None
    account_temporarily_disabled: TemporarilyDisabled | None = None
    account_permanently_disabled: PermanentlyDisabled | None = None
    ip_capture_event: tuple[IpCaptureEvent, ...] = ()
    device_id: tuple[DeviceId, ...] = ()
    prior_ct_report: tuple[int, ...] = ()
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPageIncident(Fragment):
    element = "webPageIncident"
    attributes = frozenset({"third_party_hosted_content"})
    third_party_hosted_content: bool | None = None
    url: tuple[str, ...] = ()
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailIncident(Fragment):
    element = "emailIncident"
    email_address: tuple[Email, ...] = ()
    content: str | None = None
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsgroupIncident(Fragment):
    element = "newsgroupIncident"
    name: str | None = None
    email_address: tuple[Email, ...] = ()
    content: str | None = None
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatImIncident(Fragment):
    element = "chatImIncident"
    chat_client: str | None = None
    chat_room_name: str | None = None
    content: str | None = None
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineGamingIncident(Fragment):
    element = "onlineGamingIncident"
    game_name: str | None = None
    console: str | None = None
    content: str | None = None
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPhoneIncident(Fragment):
    """Degrees; plus is north and east."""

    element = "cellPhoneIncident"
    phone_number: Phone | None = None
    latitude: float | None = None
    longitude: float | None = None
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInternetIncident(Fragment):
    element = "nonInternetIncident"
    location_name: str | None = None
    incident_address: tuple[Address, ...] = ()
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer2PeerIncident(Fragment):
    element = "peer2peerIncident"
    client: str | None = None
    ip_capture_event: tuple[IpCaptureEvent, ...] = ()
    file_names: str | None = None
    additional_info: str | None = None


Incident: TypeAlias = (
    WebPageIncident
    | EmailIncident
    | NewsgroupIncident
    | ChatImIncident
    | OnlineGamingIncident
    | CellPhoneIncident
    | NonInternetIncident
    | Peer2PeerIncident
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetDetails(Fragment):
    """Exactly one incident each; an empty one cannot be made."""

    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedInternational(Fragment):
    attributes = frozenset({"flea_country"})
    own_text = "value"
    value: bool
    flea_country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LawEnforcement(Fragment):
    agency_name: str
    case_number: str | None = None
    officer_contact: ContactPerson | None = None
    reported_to_le: bool | None = None
    served_legal_process_domestic: bool | None = None
    served_legal_process_international: ServedInternational | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter(Fragment):
    reporting_person: Person
    contact_person: ContactPerson | None = None
    company_template: str | None = None
    terms_of_service: str | None = None
    legal_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonOrUserReported(Fragment):
    person_or_user_reported_person: Person | None = None
    vehicle_description: str | None = None
    esp_identifier: str | None = None
    esp_service: str | None = None
    compromised_account: bool | None = None
    screen_name: str | None = None
    display_name: tuple[str, ...] = ()
    profile_url: tuple[str, ...] = ()
    profile_bio: str | None = None
    ip_capture_event: tuple[IpCaptureEvent, ...] = ()
    device_id: tuple[DeviceId, ...] = ()
    third_party_user_reported: bool | None = None
    prior_ct_reports: tuple[int, ...] = ()
    group_identifier: str | None = None
    account_temporarily_disabled: TemporarilyDisabled | None = None
    account_permanently_disabled: PermanentlyDisabled | None = None
    estimated_location: EstimatedLocation | None = None
    all_emails_reported: bool | None = None
    associated_account: tuple[AssociatedAccount, ...] = ()
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedRecipient(Fragment):
    intended_recipient_person: Person | None = None
    esp_identifier: str | None = None
    esp_service: str | None = None
    compromised_account: bool | None = None
    screen_name: str | None = None
    display_name: tuple[str, ...] = ()
    profile_url: tuple[str, ...] = ()
    profile_bio: str | None = None
    ip_capture_event: tuple[IpCaptureEvent, ...] = ()
    device_id: tuple[DeviceId, ...] = ()
    prior_ct_reports: tuple[int, ...] = ()
    group_identifier: str | None = None
    account_temporarily_disabled: TemporarilyDisabled | None = None
    account_permanently_disabled: PermanentlyDisabled | None = None
    estimated_location: EstimatedLocation | None = None
    all_emails_reported: bool | None = None
    additional_info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim(Fragment):
    victim_person: Person
    esp_identifier: str | None = None
    esp_service: str | None = None
    compromised_account: bool | None = None
    screen_name: str | None = None
    display_name: tuple[str, ...] = ()
    profile_url: tuple[str, ...] = ()
    profile_bio: str | None = None
    ip_capture_event: tuple[IpCaptureEvent, ...] = ()
    device_id: tuple[DeviceId, ...] = ()
    school_name: str | None = None
    prior_ct_reports: tuple[int, ...] = ()
    account_temporarily_disabled: TemporarilyDisabled | None = None
    account_permanently_disabled: PermanentlyDisabled | None = None
    estimated_location: EstimatedLocation | None = None
    all_emails_reported: bool | None = None
    associated_account: tuple[AssociatedAccount, ...] = ()
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAnnotations(Fragment):
    """None of the five means trafficking; say a thing only if it is literally true."""

    flags = True
    sextortion: bool = False
    csam_solicitation: bool = False
    minor_to_minor_interaction: bool = False
    spam: bool = False
    sadistic_online_exploitation: bool = False
    informational: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary(Fragment):
    incident_type: IncidentType
    platform: str | None = None
    escalate_to_high_priority: str | None = None
    report_annotations: ReportAnnotations | None = None
    incident_date_time: Moment
    incident_date_time_description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchedReport(Fragment):
    attributes = frozenset({"reason"})
    reason: BatchReason = BatchReason.VIRAL_POTENTIAL_MEME


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Fragment):
    """A CyberTipline report as it is opened with `/submit`."""

    element = "report"
    batched_report: BatchedReport | None = None
    incident_summary: IncidentSummary
    internet_details: tuple[InternetDetails, ...] = ()
    law_enforcement: LawEnforcement | None = None
    reporter: Reporter
    person_or_user_reported: tuple[PersonOrUserReported, ...] = ()
    intended_recipient: tuple[IntendedRecipient, ...] = ()
    victim: tuple[Victim, ...] = ()
    additional_info: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnnotations(Fragment):
    flags = True
    anime_drawing_virtual_hentai: bool = False
    potential_meme: bool = False
    viral: bool = False
    possible_self_production: bool = False
    physical_harm: bool = False
    violence_gore: bool = False
    bestiality: bool = False
    live_streaming: bool = False
    infant: bool = False
    generative_ai: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalFileHash(Fragment):
    attributes = frozenset({"hash_type"})
    own_text = "text"
    text: str
    hash_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameValuePair(Fragment):
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details(Fragment):
    """At least one pair; the schema refuses an empty one."""

    attributes = frozenset({"type"})
    type: DetailsType | None = None
    name_value_pair: tuple[NameValuePair, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDescription(Fragment):
    """All of `<fileDetails>` that is known before the file has an id over there."""

    element = "fileDetails"
    file_name: str | None = None
    original_file_name: str | None = None
    uploaded_to_esp_timestamp: Moment | None = None
    location_of_file: str | None = None
    file_viewed_by_esp: bool | None = None
    exif_viewed_by_esp: bool | None = None
    publicly_available: bool | None = None
    file_relevance: FileRelevance | None = None
    potential_meme: bool | None = None
    file_annotations: FileAnnotations | None = None
    industry_classification: IndustryClassification | None = None
    original_file_hash: tuple[OriginalFileHash, ...] = ()
    ip_capture_event: IpCaptureEvent | None = None
    device_id: tuple[DeviceId, ...] = ()
    details: tuple[Details, ...] = ()
    additional_info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDetails(Fragment):
    """A file's description as sent with `/fileinfo`, tied to the ids that `/upload` gave."""

    element = "fileDetails"
    inlined = frozenset({"description"})
    report_id: int
    file_id: str
    description: FileDescription


Document: TypeAlias = Report | FileDetails | FileDescription
