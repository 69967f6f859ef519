"""reports.document.check: the documented limits, checked before anything is sent.

Lengths stand in limits.py; everything else that the documentation asks beyond the schema is here.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis
from answerable.reports.document import model as m
from answerable.reports.document.faults import Fault
from answerable.reports.document.limits import LONG_MAX, UNITS_MAX, units
from answerable.reports.document.profile import carries
from answerable.reports.document.values import COUNTRIES, STATES, FileRelevance, Moment, Profile
from answerable.reports.document.walk import Leaf, leaves

_URLS = {"url", "profile_url", "legal_url", "location_of_file"}
_NOT_IN_URL = re.compile(r"[\s\x00-\x20\x7f-\x9f]")
_CALLING_CODE = re.compile(r"\+[0-9]{1,3}")
_EXTENSION = re.compile(r"[0-9]{1,10}")


def check(
    document: m.Document, now: Millis, profile: Profile = Profile.NOV_2025
) -> tuple[Fault, ...]:
    """Every documented limit that the document breaks, in document order; () when none.

    `now` is milliseconds UTC: an incident that has not happened yet is refused. So is what this
    edition of the schema has no element for.
    """
    leaf_faults = _leaf_faults(document, now, profile)
    return tuple(fault for found in (leaf_faults, _whole_faults(document)) for fault in found)


def _leaf_faults(document: m.Document, now: Millis, profile: Profile) -> Iterator[Fault]:
    for leaf in leaves(document):
        if not carries(profile, leaf.owner, leaf.field):
            yield Fault(
                path=leaf.path,
                limit=f"no element of the {profile} schema; say it in additionalInfo",
                found="one",
            )
        yield from _length(leaf)
        rule = _rule(leaf.owner, leaf.field)
        found = rule.found(leaf.value) if rule else None
        if rule and found is not None:
            yield Fault(path=leaf.path, limit=rule.says, found=found)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a value must be, in words, and what is found where it is not (None: it is)."""

    says: str
    found: Callable[[object], str | None]


def _range(low: float, high: float) -> Rule:
    def found(value: object) -> str | None:
        if isinstance(value, int | float) and (math.isnan(value) or not low <= value <= high):
            return "a number outside"
        return None

    return Rule(says=f"from {low} to {high}", found=found)


def _not_in_url(value: object) -> str | None:
    bad = _NOT_IN_URL.search(str(value))
    if bad:
        return f"one at character {bad.start()}"
    return None if str(value) else "nothing"


def _blank(value: object) -> str | None:
    return None if str(value).strip() else "blank"


def _one_of(words: frozenset[str], name: str) -> Rule:
    def found(value: object) -> str | None:
        return None if value in words or value == "" else "another word"

    return Rule(says=f"a known {name} code", found=found)


def _like(pattern: re.Pattern[str], says: str) -> Rule:
    def found(value: object) -> str | None:
        return None if pattern.fullmatch(str(value)) else "something else"

    return Rule(says=says, found=found)


def _no_ip(value: object) -> str | None:
    try:
        ipaddress.ip_address(str(value))
    except ValueError:
        return "something else"
    return None


_RULES: dict[tuple[type[m.Fragment], str], Rule] = {
    (m.IncidentSummary, "escalate_to_high_priority"): Rule(says="not blank", found=_blank),
    (m.Address, "state"): _one_of(STATES, "state"),
    (m.Address, "country"): _one_of(COUNTRIES, "country"),
    (m.EstimatedLocation, "country_code"): _one_of(COUNTRIES, "country"),
    (m.ServedInternational, "flea_country"): _one_of(COUNTRIES, "country"),
    (m.Phone, "country_calling_code"): _like(_CALLING_CODE, "+ and 1 to 3 digits"),
    (m.Phone, "extension"): _like(_EXTENSION, "1 to 10 digits"),
    (m.IpCaptureEvent, "ip_address"): Rule(says="an IPv4 or IPv6 address", found=_no_ip),
    (m.IpCaptureEvent, "port"): _range(1, 65535),
    (m.Person, "age"): _range(0, 150),
    (m.AssociatedAccount, "approximate_age"): _range(0, 150),
    (m.CellPhoneIncident, "latitude"): _range(-90, 90),
    (m.CellPhoneIncident, "longitude"): _range(-180, 180),
}

_URL = Rule(says="a URL without blanks or control characters", found=_not_in_url)
_RULES_BY_FIELD: dict[str, Rule] = {
    **dict.fromkeys(_URLS, _URL),
    "prior_ct_reports": _range(1, LONG_MAX),
    "prior_ct_report": _range(1, LONG_MAX),
}


def limit_of(owner: type[m.Fragment], field: str) -> str:
    """What the documentation asks of one field beyond the schema, in words; empty for nothing."""
    length, rule = UNITS_MAX.get(owner, {}).get(field), _rule(owner, field)
    told = [f"at most {length} characters"] if length is not None else []
    told += [rule.says] if rule else []
    told += ["lies in the past"] if field == "incident_date_time" else []
    return "; ".join(told)


def _rule(owner: type[m.Fragment], field: str) -> Rule | None:
    return _RULES.get((owner, field)) or _RULES_BY_FIELD.get(field)
