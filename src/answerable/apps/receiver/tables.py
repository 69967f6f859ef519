"""receiver/tables: the documents as data: which element, how often, of what type, in what order.

Two kinds of knowledge stand side by side. The shape (order, cardinality, type, attributes) is the
schema layer; a `Limit` is the documented layer, which the schema does not enforce and a switch can
turn off. A limit without a source in the documentation is not here.
"""

from dataclasses import dataclass, replace
from functools import cache

from answerable.apps.receiver import values as v
from answerable.apps.receiver.shapes import (
    Kind,
    Limit,
    attr,
    choice,
    flags,
    kind,
    many,
    maybe,
    one,
    text,
)
from answerable.apps.receiver.values import Profile

# -- people and how to reach them -----------------------------------------------------------------

_VERIFIED = (attr("verified", v.BOOLEAN), attr("verificationDate", v.DATE_TIME))
EMAIL = text("email", v.STRING, attr("type", v.EMAIL_TYPE), *_VERIFIED)
PHONE = text(
    "phone",
    v.STRING,
    attr("type", v.PHONE_TYPE),
    *_VERIFIED,
    attr("countryCallingCode", v.CALLING_CODE),
    attr("extension", v.EXTENSION, chars=10),
)
ADDRESS = kind(
    "address",
    maybe("address", chars=255),
    maybe("city", chars=100),
    maybe("zipCode", chars=20),
    maybe("state", v.STATE),
    maybe("nonUsaState", chars=100),
    maybe("country", v.COUNTRY),
    attributes=(attr("type", v.ADDRESS_TYPE),),
)
_CONTACTS = (
    maybe("firstName", chars=100),
    maybe("lastName", chars=100),
    many("phone", PHONE, chars=50),
    many("email", EMAIL, chars=255),
    many("address", ADDRESS),
)
_DISCREPANCY = maybe("ageAssertionDiscrepancy", v.BOOLEAN, newer=True)
PERSON = kind(
    "person",
    *_CONTACTS,
    maybe("age", v.INT, limit=Limit(between=(0, 150))),
    _DISCREPANCY,
    maybe("dateOfBirth", v.DATE),
)
CONTACT_PERSON = kind("contactPerson", *_CONTACTS)

# -- what an account did, and what was done to it -------------------------------------------------

IP_CAPTURE = kind(
    "ipCaptureEvent",
    one("ipAddress"),
    maybe("eventName", v.EVENT_NAME),
    maybe("dateTime", v.DATE_TIME),
    maybe("possibleProxy", v.BOOLEAN),
    maybe("port", v.INT, limit=Limit(between=(1, 65_535))),
)
DEVICE = kind(
    "deviceId",
    one("idType", chars=255),
    one("idValue", chars=2083),
    maybe("eventName", v.EVENT_NAME),
    maybe("dateTime", v.DATE_TIME),
)
LOCATION = kind(
    "estimatedLocation",
    maybe("city", chars=255),
    maybe("region", chars=255),
    maybe("countryCode", v.COUNTRY),
    attributes=(attr("verified", v.BOOLEAN), attr("timestamp", v.DATE_TIME)),
)
_DISABLED = (
    attr("disabledDate", v.DATE_TIME),
    attr("userNotified", v.BOOLEAN),
    attr("userNotifiedDate", v.DATE_TIME),
)
TEMPORARILY = text("temporarilyDisabled", v.BOOLEAN, *_DISABLED, attr("reenabledDate", v.DATE_TIME))
PERMANENTLY = text("permanentlyDisabled", v.BOOLEAN, *_DISABLED)
ASSOCIATED = kind(
    "associatedAccount",
    maybe("platform", text("otherPlatform", v.STRING, attr("thirdPartyUser", v.BOOLEAN)), 256),
    maybe("firstName", chars=256),
    maybe("middleName", chars=256),
    maybe("lastName", chars=256),
    maybe("approximateAge", v.INT),
    _DISCREPANCY,
    maybe("dateOfBirth", v.DATE),
    many("phone", PHONE, chars=50),
    many("email", EMAIL, chars=255),
    maybe("allEmailsReported", v.BOOLEAN),
    many("address", ADDRESS),
    maybe("espService"),
    maybe("espIdentifier"),
    many("profileUrl"),
    maybe("screenName"),
    many("displayName"),
    maybe("profileBio"),
    maybe("groupIdentifier"),
    maybe("compromisedAccount", v.BOOLEAN),
    maybe("accountTemporarilyDisabled", TEMPORARILY),
    maybe("accountPermanentlyDisabled", PERMANENTLY),
    many("ipCaptureEvent", IP_CAPTURE),
    many("deviceId", DEVICE),
    many("priorCTReport", v.LONG),  # singular here, plural everywhere else
    maybe("additionalInfo"),
    attributes=(attr("type", v.ACCOUNT_TYPE, required=True),),
)

# -- who it is about ------------------------------------------------------------------------------

_ACCOUNT_HEAD = (
    maybe("espIdentifier", chars=255),
    maybe("espService", chars=100),
    maybe("compromisedAccount", v.BOOLEAN),
    maybe("screenName", chars=256),
    many("displayName"),
    many("profileUrl"),
    maybe("profileBio"),
    many("ipCaptureEvent", IP_CAPTURE),
    many("deviceId", DEVICE),
)
_PRIOR = many("priorCTReports", v.LONG)
_GROUP = maybe("groupIdentifier", chars=255)
_ACCOUNT_TAIL = (
    maybe("accountTemporarilyDisabled", TEMPORARILY),
    maybe("accountPermanentlyDisabled", PERMANENTLY),
    maybe("estimatedLocation", LOCATION),
    maybe("allEmailsReported", v.BOOLEAN),
)
_ASSOCIATED = many("associatedAccount", ASSOCIATED)

SUSPECT = kind(
    "personOrUserReported",
    maybe("personOrUserReportedPerson", PERSON),
    maybe("vehicleDescription", chars=300),
    *_ACCOUNT_HEAD,
    maybe("thirdPartyUserReported", v.BOOLEAN),
    _PRIOR,
    _GROUP,
    *_ACCOUNT_TAIL,
    _ASSOCIATED,
    maybe("additionalInfo"),
)
RECIPIENT = kind(
    "intendedRecipient",
    maybe("intendedRecipientPerson", PERSON),
    *_ACCOUNT_HEAD,
    _PRIOR,
    _GROUP,
    *_ACCOUNT_TAIL,
    many("additionalInfo"),
)
VICTIM = kind(
    "victim",
    one("victimPerson", PERSON),
    *_ACCOUNT_HEAD,
    maybe("schoolName", chars=255),
    _PRIOR,
    *_ACCOUNT_TAIL,
    _ASSOCIATED,
    maybe("additionalInfo"),
)

# -- what happened, and where ---------------------------------------------------------------------

SUMMARY = kind(
    "incidentSummary",
    one("incidentType", v.INCIDENT_TYPE),
    maybe("platform", chars=256),
    maybe("escalateToHighPriority", limit=Limit(chars_max=3000, not_blank=True)),
    maybe(
        "reportAnnotations",
        flags(
            "reportAnnotations",
            "sextortion",
            "csamSolicitation",
            "minorToMinorInteraction",
            "spam",
            "sadisticOnlineExploitation",
            newer=("informational",),
        ),
    ),
    one("incidentDateTime", v.DATE_TIME),
    maybe("incidentDateTimeDescription", chars=3000),
)
_NOTE = maybe("additionalInfo")
_CONTENT = maybe("content")
WEB_PAGE = kind(
    "webPageIncident",
    many("url", limit=Limit(is_url=True)),
    _NOTE,
    attributes=(attr("thirdPartyHostedContent", v.BOOLEAN),),
)
_EMAILS = many("emailAddress", EMAIL, chars=255)
DETAILS = kind(
    "internetDetails",
    choice(
        one("webPageIncident", WEB_PAGE),
        one("emailIncident", kind("emailIncident", _EMAILS, _CONTENT, _NOTE)),
        one(
            "newsgroupIncident",
            kind("newsgroupIncident", maybe("name", chars=255), _EMAILS, _CONTENT, _NOTE),
        ),
        one(
            "chatImIncident",
            kind(
                "chatImIncident",
                maybe("chatClient", chars=255),
                maybe("chatRoomName", chars=255),
                _CONTENT,
                _NOTE,
            ),
        ),
        one(
            "onlineGamingIncident",
            kind(
                "onlineGamingIncident",
                maybe("gameName", chars=255),
                maybe("console", chars=255),
                _CONTENT,
                _NOTE,
            ),
        ),
        one(
            "cellPhoneIncident",
            kind(
                "cellPhoneIncident",
                maybe("phoneNumber", PHONE, chars=50),
                maybe("latitude", v.DOUBLE),
                maybe("longitude", v.DOUBLE),
                _NOTE,
            ),
        ),
        one(
            "nonInternetIncident",
            kind(
                "nonInternetIncident",
                maybe("locationName", chars=255),
                many("incidentAddress", ADDRESS),
                _NOTE,
            ),
        ),
        one(
            "peer2peerIncident",
            kind(
                "peer2peerIncident",
                maybe("client", chars=255),
                many("ipCaptureEvent", IP_CAPTURE),
                maybe("fileNames"),
                _NOTE,
            ),
        ),
        least=1,
    ),
)
LAW_ENFORCEMENT = kind(
    "lawEnforcement",
    one("agencyName", chars=255),
    maybe("caseNumber", chars=100),
    maybe("officerContact", CONTACT_PERSON),
    maybe("reportedToLe", v.BOOLEAN),
    maybe("servedLegalProcessDomestic", v.BOOLEAN),
    maybe(
        "servedLegalProcessInternational",
        text("servedAbroad", v.BOOLEAN, attr("fleaCountry", v.COUNTRY)),
    ),
)
REPORTER = kind(
    "reporter",
    one("reportingPerson", PERSON),
    maybe("contactPerson", CONTACT_PERSON),
    maybe("companyTemplate"),
    maybe("termsOfService", chars=3000),
    maybe("legalURL", chars=2083),
)
REPORT = kind(
    "report",
    maybe(
        "batchedReport",
        kind("batchedReport", attributes=(attr("reason", v.BATCH_REASON, required=True),)),
    ),
    one("incidentSummary", SUMMARY),
    many("internetDetails", DETAILS),
    maybe("lawEnforcement", LAW_ENFORCEMENT),
    one("reporter", REPORTER),
    many("personOrUserReported", SUSPECT, limit=Limit(at_most=1)),
    many("intendedRecipient", RECIPIENT),
    many("victim", VICTIM),
    maybe("additionalInfo", chars=3000),
)

# -- a file ---------------------------------------------------------------------------------------

FILE_DETAILS = kind(
    "fileDetails",
    one("reportId", v.LONG),
    one("fileId", v.TOKEN),
    maybe("fileName"),
    maybe("originalFileName", chars=2056),
    maybe("uploadedToEspTimestamp", v.DATE_TIME),
    maybe("locationOfFile", chars=2083),
    maybe("fileViewedByEsp", v.BOOLEAN),
    maybe("exifViewedByEsp", v.BOOLEAN),
    maybe("publiclyAvailable", v.BOOLEAN),
    maybe("fileRelevance", v.FILE_RELEVANCE),
    choice(
        maybe("potentialMeme", v.BOOLEAN),
        maybe(
            "fileAnnotations",
            flags(
                "fileAnnotations",
                "animeDrawingVirtualHentai",
                "potentialMeme",
                "viral",
                "possibleSelfProduction",
                "physicalHarm",
                "violenceGore",
                "bestiality",
                "liveStreaming",
                "infant",
                "generativeAi",
            ),
        ),
        least=0,
    ),
    maybe("industryClassification", v.CLASSIFICATION),
    many(
        "originalFileHash",
        text("fileHash", v.STRING, attr("hashType", v.STRING, chars=64, required=True)),
    ),
    maybe("ipCaptureEvent", IP_CAPTURE),
    many("deviceId", DEVICE),
    many(
        "details",
        kind(
            "fileMetadata",
            many(
                "nameValuePair", kind("nameValuePair", one("name", chars=64), one("value")),
                least=1,
            ),
            attributes=(attr("type", v.METADATA_TYPE),),
        ),
    ),
    many("additionalInfo"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The two documents a client sends."""

    report: Kind
    file_details: Kind


@cache
def documents(profile: Profile) -> Documents:
    """The tables of one edition."""
    return Documents(report=_edition(REPORT, profile), file_details=_edition(FILE_DETAILS, profile))


def _edition(of: Kind, profile: Profile) -> Kind:
    parts = []
    for part in of.parts:
        options = tuple(
            replace(slot, kind=_edition(slot.kind, profile))
            for slot in part.options
            if profile is Profile.NEWER or not slot.newer
        )
        if options:
            parts.append(replace(part, options=options))
    return replace(of, parts=tuple(parts))
