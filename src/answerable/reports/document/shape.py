"""reports.document.shape: what we know of NCMEC's schema, as one table for each edition.

Written from our notes on the protocol and told apart from model.py on purpose: the two are two
statements of the same order, and the schema check finds where they differ. Notation of a row:
`name` once, `name?` at most once, `name*` any number, `name+` at least one, `name:type` where the
type's name differs; `@name:type` an attribute, `@name:type!` a required one; `=type` own text;
`|` before names of which exactly one stands; `&` before flags in any order; `^` before names of
which at most one stands; `~name` only in the newer edition, not in November 2025's.
"""

from dataclasses import dataclass

from answerable.kernel.errors import insist
from answerable.reports.document.values import Profile

_PERSON = "firstName:string? lastName:string? phone* email* address*"
_ACCOUNT = "espIdentifier:string? espService:string? compromisedAccount:boolean? "
_ACCOUNT += "screenName:string? displayName:string* profileUrl:string* profileBio:string? "
_ACCOUNT += "ipCaptureEvent* deviceId*"
_DISABLED = "accountTemporarilyDisabled? accountPermanentlyDisabled?"
_PLACE = "estimatedLocation? allEmailsReported:boolean?"
_TALK = "content:string? additionalInfo:string?"
_NOTICE = "=boolean @disabledDate:dateTime @userNotified:boolean @userNotifiedDate:dateTime"

ROWS: dict[str, str] = {
    "report": "batchedReport? incidentSummary internetDetails* lawEnforcement? reporter "
    "personOrUserReported* intendedRecipient* victim* additionalInfo:string?",
    "batchedReport": "@reason:batchReason!",
    "incidentSummary": "incidentType platform:string? escalateToHighPriority:string? "
    "reportAnnotations? incidentDateTime:dateTime incidentDateTimeDescription:string?",
    "reportAnnotations": "& sextortion csamSolicitation minorToMinorInteraction spam "
    "sadisticOnlineExploitation ~informational",
    "internetDetails": "| webPageIncident emailIncident newsgroupIncident chatImIncident "
    "onlineGamingIncident cellPhoneIncident nonInternetIncident peer2peerIncident",
    "webPageIncident": "url:string* additionalInfo:string? @thirdPartyHostedContent:boolean",
    "emailIncident": f"emailAddress:email* {_TALK}",
    "newsgroupIncident": f"name:string? emailAddress:email* {_TALK}",
    "chatImIncident": f"chatClient:string? chatRoomName:string? {_TALK}",
    "onlineGamingIncident": f"gameName:string? console:string? {_TALK}",
    "cellPhoneIncident": "phoneNumber:phone? latitude:double? longitude:double? "
    "additionalInfo:string?",
    "nonInternetIncident": "locationName:string? incidentAddress:address* additionalInfo:string?",
    "peer2peerIncident": "client:string? ipCaptureEvent* fileNames:string? additionalInfo:string?",
    "lawEnforcement": "agencyName:string caseNumber:string? officerContact:contactPerson? "
    "reportedToLe:boolean? servedLegalProcessDomestic:boolean? servedLegalProcessInternational?",
    "servedLegalProcessInternational": "=boolean @fleaCountry:country",
    "reporter": "reportingPerson:person contactPerson? companyTemplate:string? "
    "termsOfService:string? legalURL:string?",
    "personOrUserReported": "personOrUserReportedPerson:person? vehicleDescription:string? "
    f"{_ACCOUNT} thirdPartyUserReported:boolean? priorCTReports:long* groupIdentifier:string? "
    f"{_DISABLED} {_PLACE} associatedAccount* additionalInfo:string?",
    "intendedRecipient": f"intendedRecipientPerson:person? {_ACCOUNT} priorCTReports:long* "
    f"groupIdentifier:string? {_DISABLED} {_PLACE} additionalInfo:string*",
    "victim": f"victimPerson:person {_ACCOUNT} schoolName:string? priorCTReports:long* "
    f"{_DISABLED} {_PLACE} associatedAccount* additionalInfo:string?",
    "person": f"{_PERSON} age:int? ~ageAssertionDiscrepancy:boolean? dateOfBirth:date?",
    "contactPerson": _PERSON,
    "address": "address:string? city:string? zipCode:string? state? nonUsaState:string? country? "
    "@type:addressType",
    "email": "=string @type:emailType @verified:boolean @verificationDate:dateTime",
    "phone": "=string @type:phoneType @verified:boolean @verificationDate:dateTime "
    "@countryCallingCode:callingCode @extension:digits",
    "ipCaptureEvent": "ipAddress:string eventName? dateTime? possibleProxy:boolean? port:int?",
    "deviceId": "idType:string idValue:string eventName? dateTime?",
    "estimatedLocation": "city:string? region:string? countryCode:country? @verified:boolean "
    "@timestamp:dateTime",
    "accountTemporarilyDisabled": f"{_NOTICE} @reenabledDate:dateTime",
    "accountPermanentlyDisabled": _NOTICE,
    "associatedAccount": "platform? firstName:string? middleName:string? lastName:string? "
    "approximateAge:int? ~ageAssertionDiscrepancy:boolean? dateOfBirth:date? phone* email* "
    "allEmailsReported:boolean? address* espService:string? espIdentifier:string? "
    "profileUrl:string* screenName:string? displayName:string* profileBio:string? "
    "groupIdentifier:string? compromisedAccount:boolean? "
    f"{_DISABLED} ipCaptureEvent* deviceId* priorCTReport:long* additionalInfo:string? "
    "@type:associatedType!",
    "platform": "=string @thirdPartyUser:boolean",
    "fileDetails": "reportId:long fileId:token fileName:string? originalFileName:string? "
    "uploadedToEspTimestamp:dateTime? locationOfFile:string? fileViewedByEsp:boolean? "
    "exifViewedByEsp:boolean? publiclyAvailable:boolean? fileRelevance? potentialMeme:boolean? "
    "fileAnnotations? industryClassification? originalFileHash* ipCaptureEvent? deviceId* "
    "details* additionalInfo:string* ^ potentialMeme fileAnnotations",
    "fileAnnotations": "& animeDrawingVirtualHentai potentialMeme viral possibleSelfProduction "
    "physicalHarm violenceGore bestiality liveStreaming infant generativeAi",
    "originalFileHash": "=string @hashType:string!",
    "details": "nameValuePair+ @type:detailsType",
    "nameValuePair": "name:string value:string",
}

ROOTS = ("report", "fileDetails")


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One element that may stand in a row: how often, and of which type."""

    name: str
    type: str
    least: int
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    name: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What may stand in an element of one type."""

    group: str
    """`sequence`, `choice` (exactly one) or `flags` (any order, each at most once)."""
    children: tuple[Child, ...]
    attributes: tuple[Attribute, ...]
    text: str | None
    at_most_one: tuple[str, ...]


def _child(word: str, group: str) -> Child:
    least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(word[-1], (1, 1))
    name, _, kind = word.rstrip("?*+").partition(":")
    if group == "flags":
        return Child(name=name, type="flag", least=0, most=1)
    return Child(name=name, type=kind or name, least=least, most=most)


def read_row(row: str, profile: Profile = Profile.NOV_2025) -> Row:
    """One line of the table as a value, as this edition has it."""
    group, text, children, attributes, once = "sequence", None, [], [], []
    excluding = False
    for marked in row.split():
        word = marked.removeprefix("~")
        if marked != word and profile is Profile.NOV_2025:
            continue
        if word in ("|", "&"):
            group = {"|": "choice", "&": "flags"}[word]
        elif word == "^":
            excluding = True
        elif excluding:
            once.append(word)
        elif word.startswith("="):
            text = word[1:]
        elif word.startswith("@"):
            name, _, kind = word[1:].rstrip("!").partition(":")
            attributes.append(Attribute(name=name, type=kind, required=word.endswith("!")))
        else:
            children.append(_child(word, group))
    insist(not (children and text), "an element has children or text, not both")
    return Row(
        group=group,
        children=tuple(children),
        attributes=tuple(attributes),
        text=text,
        at_most_one=tuple(once),
    )


SHAPES: dict[Profile, dict[str, Row]] = {
    profile: {name: read_row(row, profile) for name, row in ROWS.items()} for profile in Profile
}


def every_path(root: str, profile: Profile = Profile.NOV_2025) -> list[str]:
    """All leaf paths that the table allows below `root`, attributes as `@name`, in order."""
    shape = SHAPES[profile]
    return list(dict.fromkeys(_paths(shape, shape[root], root)))


def _paths(shape: dict[str, Row], row: Row, path: str) -> list[str]:
    found = [f"{path}/@{attribute.name}" for attribute in row.attributes]
    if row.text is not None:
        found.append(path)
    for child in row.children:
        below = f"{path}/{child.name}"
        deeper = shape.get(child.type)
        found += _paths(shape, deeper, below) if deeper is not None else [below]
    return found
