"""reports.document.sources: where what stands at each path of a report comes from, in words.

What a site delivers is told by fields.py; the rest is here. A test holds both against documents
that were built: every path they fill is told, and nothing is told that no document fills.
"""

from answerable.reports.document.fields import INTAKE_FIELD_MAP

_SUM, _BY = "report/incidentSummary", "report/reporter"
_WHO, _CHILD = "report/personOrUserReported", "report/victim"
_OTHER, _FILE = f"{_WHO}/associatedAccount", "fileDetails"

_ACCOUNT = "account (intake) of a further account of the incident"
_CONNECTION = "connections (intake) of a payment or a further account"
_SITE = "the site as reporter (`ANSWERABLE_ESP_…`)"
_TOLD = "what the reviewer told of the child"
_ACTION = "what the site did: account suspended or closed"

_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("always `Child Sex Trafficking`", _SUM, ("incidentType",)),
    (_SITE, _SUM, ("platform",)),
    ("the reviewer's reason of an urgent report", _SUM, ("escalateToHighPriority",)),
    (
        "placements; else our own receipt of the ad",
        _SUM,
        ("incidentDateTime", "incidentDateTimeDescription"),
    ),
    (
        "placements: address and channel",
        "report/internetDetails/webPageIncident",
        ("url", "@thirdPartyHostedContent"),
    ),
    (
        "police that were already told (emergency call, case)",
        "report/lawEnforcement",
        ("agencyName", "caseNumber", "reportedToLe"),
    ),
    (
        _SITE,
        _BY,
        (
            *(f"reportingPerson/{name}" for name in ("firstName", "lastName", "phone", "email")),
            *(f"contactPerson/{name}" for name in ("firstName", "lastName", "phone", "email")),
            "companyTemplate",
            "termsOfService",
            "legalURL",
        ),
    ),
    (_SITE, _WHO, ("espService", "associatedAccount/espService")),
    (
        "account (intake): verified at",
        f"{_WHO}/personOrUserReportedPerson",
        ("email/@verified", "phone/@verified"),
    ),
    ("account (intake): do all of them stand there", _WHO, ("allEmailsReported",)),
    ("connections (intake)", _WHO, ("deviceId/idType", "deviceId/eventName", "deviceId/dateTime")),
    (
        "when the place was stated; never verified",
        _WHO,
        ("estimatedLocation/@timestamp", "estimatedLocation/@verified"),
    ),
    (
        "earlier reports on the incident; the report that a follow-up follows",
        _WHO,
        ("priorCTReports",),
    ),
    (
        "the case, where it has more than one account",
        _WHO,
        ("groupIdentifier", "associatedAccount/groupIdentifier"),
    ),
    (
        _ACTION,
        _WHO,
        tuple(
            f"{where}{name}{attribute}"
            for where in ("", "associatedAccount/")
            for name, dates in (
                ("accountTemporarilyDisabled", ("/@reenabledDate",)),
                ("accountPermanentlyDisabled", ()),
            )
            for attribute in (
                "", "/@disabledDate", "/@userNotified", "/@userNotifiedDate", *dates,
            )
        ),
    ),
    ("`Billing` for a payment, `Linked` for an account", _OTHER, ("@type",)),
    (
        _ACCOUNT,
        _OTHER,
        (
            "allEmailsReported", "profileUrl",
            "email", "email/@verified", "email/@verificationDate",
            "phone", "phone/@verified", "phone/@verificationDate",
        ),
    ),
    (
        _CONNECTION,
        _OTHER,
        (
            *(f"ipCaptureEvent/{name}" for name in
              ("ipAddress", "eventName", "dateTime", "possibleProxy", "port")),
            *(f"deviceId/{name}" for name in ("idType", "idValue", "eventName", "dateTime")),
        ),
    ),
    (
        _TOLD,
        _CHILD,
        (
            *(f"victimPerson/{name}" for name in
              ("firstName", "lastName", "phone", "email", "age")),
            "screenName", "schoolName", "additionalInfo", "estimatedLocation/@verified",
            *(f"estimatedLocation/{name}" for name in ("city", "region", "countryCode")),
        ),
    ),
    ("why it was reported, who looked at what, how it was found, what was done", "report",
     ("additionalInfo",)),
    ("connections (intake) of the posting", _FILE,
     (
         *(f"ipCaptureEvent/{name}" for name in
           ("ipAddress", "eventName", "dateTime", "possibleProxy", "port")),
         *(f"deviceId/{name}" for name in ("idType", "idValue", "eventName", "dateTime")),
     )),
    ("`SHA256`, of the original bytes", _FILE, ("originalFileHash/@hashType",)),
    ("a file of the ad is reported; our own notes and tables are supplemental", _FILE,
     ("fileRelevance",)),
    ("true only where a named person saw those exact bytes whole", _FILE, ("fileViewedByEsp",)),
    ("placements: did it stand before users' eyes", _FILE, ("publiclyAvailable",)),
    ("what the image's own bytes say (EXIF); facts of the ad", _FILE,
     ("details/@type", "details/nameValuePair/name")),
)  # fmt: skip

BUILT: dict[str, str] = {
    f"{where}/{name}": words for words, where, names in _GROUPS for name in names
}
"""Paths that the builder fills with something else than a delivered field as it is."""


def source_of(path: str) -> str:
    """In words for the page; empty where our builder never says anything."""
    delivered = [row.name for row in INTAKE_FIELD_MAP if path in row.where]
    told = [f"`{name}`" for name in dict.fromkeys(delivered)]
    if path in BUILT:
        told.append(BUILT[path])
    return ", ".join(told)
