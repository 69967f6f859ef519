"""reports.document.check: the documented limits, checked before anything is sent.

The schema takes any length; NCMEC's documentation does not, and answers 4100. Lengths are counted
in UTF-16 units, as the far side's Java does: never fewer than code points. Where the documentation
names no limit for a text (additionalInfo, companyTemplate, URLs), 3000 and 2083 are known to pass.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Iterator

from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis
from answerable.reports.document import model as m
from answerable.reports.document.faults import Fault
from answerable.reports.document.values import COUNTRIES, STATES, FileRelevance, Moment
from answerable.reports.document.walk import Leaf, leaves

TEXT_MAX = 3000
URL_MAX = 2083
LONG_MAX = 2**63 - 1

_PERSON = {"first_name": 100, "last_name": 100}
_ACCOUNT = {"esp_identifier": 255, "esp_service": 100, "screen_name": 256}
_NOTE = {"additional_info": TEXT_MAX}

UNITS_MAX: dict[type[m.Fragment], dict[str, int]] = {
    m.Report: _NOTE,
    m.IncidentSummary: {
        "platform": 256,
        "escalate_to_high_priority": TEXT_MAX,
        "incident_date_time_description": TEXT_MAX,
    },
    m.WebPageIncident: _NOTE | {"url": URL_MAX},
    m.EmailIncident: _NOTE,
    m.NewsgroupIncident: _NOTE | {"name": 255},
    m.ChatImIncident: _NOTE | {"chat_client": 255, "chat_room_name": 255},
    m.OnlineGamingIncident: _NOTE | {"game_name": 255, "console": 255},
    m.CellPhoneIncident: _NOTE,
    m.NonInternetIncident: _NOTE | {"location_name": 255},
    m.Peer2PeerIncident: _NOTE | {"client": 255},
    m.LawEnforcement: {"agency_name": 255, "case_number": 100},
    m.Reporter: {
        "company_template": TEXT_MAX,
        "terms_of_service": TEXT_MAX,
        "legal_url": URL_MAX,
    },
    m.PersonOrUserReported: _ACCOUNT
    | _NOTE
    | {"vehicle_description": 300, "group_identifier": 255, "profile_url": URL_MAX},
    m.IntendedRecipient: _ACCOUNT | _NOTE | {"group_identifier": 255, "profile_url": URL_MAX},
    m.Victim: _ACCOUNT | _NOTE | {"school_name": 255, "profile_url": URL_MAX},
    m.AssociatedAccount: _ACCOUNT
    | _NOTE
    | {"first_name": 256, "middle_name": 256, "last_name": 256}
    | {"group_identifier": 255, "profile_url": URL_MAX},
    m.Platform: {"text": 256},
    m.Person: _PERSON,
    m.ContactPerson: _PERSON,
    m.Address: {"address": 255, "city": 100, "zip_code": 20, "non_usa_state": 100},
    m.Email: {"text": 255},
    m.Phone: {"text": 50, "extension": 10},
    m.DeviceId: {"id_type": 255, "id_value": URL_MAX},
    m.EstimatedLocation: {"city": 255, "region": 255},
    m.FileDescription: _NOTE | {"original_file_name": 2056, "location_of_file": URL_MAX},
    m.OriginalFileHash: {"hash_type": 64},
    m.NameValuePair: {"name": 64},
}

_URLS = {"url", "profile_url", "legal_url", "location_of_file"}
_NOT_IN_URL = re.compile(r"[\s\x00-\x20\x7f-\x9f]")
_CALLING_CODE = re.compile(r"\+[0-9]{1,3}")
_EXTENSION = re.compile(r"[0-9]{1,10}")


def units(text: str) -> int:
    """Length as the far side counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check(document: m.Document, now: Millis) -> tuple[Fault, ...]:
    """Every documented limit that the document breaks, in document order; () when none.

    `now` is milliseconds UTC: an incident that has not happened yet is refused.
    """
    return tuple(
        fault for found in (_leaf_faults(document, now), _whole_faults(document)) for fault in found
    )


def _leaf_faults(document: m.Document, now: Millis) -> Iterator[Fault]:
    for leaf in leaves(document):
        yield from _length(leaf)
        rule = _RULES.get((leaf.owner, leaf.field)) or _RULES_BY_FIELD.get(leaf.field)
        if rule is not None:
            fault = rule(leaf.value)
            if fault is not None:
                yield Fault(path=leaf.path, limit=fault[0], found=fault[1])
        if leaf.field == "incident_date_time" and isinstance(leaf.value, Moment):
            ahead = leaf.value.at - now
            if ahead > 0:
                yield Fault(
                    path=leaf.path, limit="lies in the past", found=f"{ahead} ms in the future"
                )


def _length(leaf: Leaf) -> Iterator[Fault]:
    limit = UNITS_MAX.get(leaf.owner, {}).get(leaf.field)
    if limit is not None and isinstance(leaf.value, str):
        length = units(leaf.value)
        if length > limit:
            yield Fault(
                path=leaf.path, limit=f"at most {limit} characters", found=f"{length} characters"
            )


def _whole_faults(document: m.Document) -> Iterator[Fault]:
    match document:
        case m.Report():
            yield from _report_faults(document)
        case m.FileDetails():
            yield from _description_faults(document.description)
            if not document.file_id.strip():
                yield Fault(path="fileDetails/fileId", limit="is said", found="nothing")
            if not 0 < document.report_id <= LONG_MAX:
                yield Fault(
                    path="fileDetails/reportId",
                    limit="a positive 64-bit number",
                    found="another number",
                )
        case m.FileDescription():
            yield from _description_faults(document)
        case _:
            raise Breach("only a report or file details can be checked")


def _report_faults(report: m.Report) -> Iterator[Fault]:
    if not any(email.text.strip() for email in report.reporter.reporting_person.email):
        yield Fault(
            path="report/reporter/reportingPerson/email", limit="at least one", found="none"
        )
    several = len(report.person_or_user_reported)
    if several > 1:
        yield Fault(
            path="report/personOrUserReported", limit="at most one (documented)", found=str(several)
        )


def _description_faults(description: m.FileDescription) -> Iterator[Fault]:
    marks = description.file_annotations
    meme = bool(description.potential_meme or (marks is not None and marks.potential_meme))
    if description.potential_meme is not None and marks is not None:
        yield Fault(
            path="fileDetails/fileAnnotations", limit="not beside potentialMeme", found="both"
        )
    if description.file_relevance is FileRelevance.SUPPLEMENTAL:
        if description.industry_classification is not None:
            yield Fault(
                path="fileDetails/industryClassification",
                limit="not on a supplemental file",
                found="one",
            )
        if meme:
            yield Fault(
                path="fileDetails/potentialMeme", limit="not on a supplemental file", found="one"
            )
    for place, group in enumerate(description.details, start=1):
        if not group.name_value_pair:
            yield Fault(
                path=f"fileDetails/details[{place}]", limit="at least one pair", found="none"
            )


_Objection = tuple[str, str] | None


def _range(low: float, high: float) -> Callable[[object], _Objection]:
    def rule(value: object) -> _Objection:
        if isinstance(value, int | float) and (math.isnan(value) or not low <= value <= high):
            return f"from {low} to {high}", "a number outside"
        return None

    return rule


def _url(value: object) -> _Objection:
    found = _NOT_IN_URL.search(str(value))
    if found:
        return "a URL without blanks or control characters", f"one at character {found.start()}"
    return None if str(value) else ("a URL", "nothing")


def _not_blank(value: object) -> _Objection:
    return None if str(value).strip() else ("not blank", "blank")


def _one_of(words: frozenset[str], name: str) -> Callable[[object], _Objection]:
    def rule(value: object) -> _Objection:
        return None if value in words or value == "" else (f"a known {name} code", "another word")

    return rule


def _like(pattern: re.Pattern[str], said: str) -> Callable[[object], _Objection]:
    def rule(value: object) -> _Objection:
        return None if pattern.fullmatch(str(value)) else (said, "something else")

    return rule


def _ip(value: object) -> _Objection:
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        return "an IPv4 or IPv6 address", "something else"
    return None


_RULES: dict[tuple[type[m.Fragment], str], Callable[[object], _Objection]] = {
    (m.IncidentSummary, "escalate_to_high_priority"): _not_blank,
    (m.Address, "state"): _one_of(STATES, "state"),
    (m.Address, "country"): _one_of(COUNTRIES, "country"),
    (m.EstimatedLocation, "country_code"): _one_of(COUNTRIES, "country"),
    (m.ServedInternational, "flea_country"): _one_of(COUNTRIES, "country"),
    (m.Phone, "country_calling_code"): _like(_CALLING_CODE, "+ and 1 to 3 digits"),
    (m.Phone, "extension"): _like(_EXTENSION, "1 to 10 digits"),
    (m.IpCaptureEvent, "ip_address"): _ip,
    (m.IpCaptureEvent, "port"): _range(1, 65535),
    (m.Person, "age"): _range(0, 150),
    (m.AssociatedAccount, "approximate_age"): _range(0, 150),
    (m.CellPhoneIncident, "latitude"): _range(-90, 90),
    (m.CellPhoneIncident, "longitude"): _range(-180, 180),
}

_RULES_BY_FIELD: dict[str, Callable[[object], _Objection]] = {
    **dict.fromkeys(_URLS, _url),
    "prior_ct_reports": _range(1, LONG_MAX),
    "prior_ct_report": _range(1, LONG_MAX),
}
