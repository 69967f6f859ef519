"""Our limits beside the receiver's, and each rule that looks at one value, on every place it holds.

The receiver's table was written from the same documentation by other hands: whatever it refuses, we
must have named before; else a reviewer learns of it from a code 4100.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from report_cases import NOON

from answerable.apps.receiver.shapes import Kind, Limit
from answerable.apps.receiver.tables import documents
from answerable.apps.receiver.values import Profile as ReceiverProfile
from answerable.reports.document import model as m
from answerable.reports.document.check import check
from answerable.reports.document.limits import LONG_MAX, UNITS_MAX
from answerable.reports.document.sample import full_documents
from answerable.reports.document.values import FileRelevance, Profile
from answerable.reports.document.walk import leaves

FULL = tuple(full_documents(Profile.NEWER))
OWNERS = {leaf.xsd_path: (leaf.owner, leaf.field) for one in FULL for leaf in leaves(one)}


def theirs(kind: Kind, path: str) -> Iterator[tuple[str, Limit]]:
    """Every path of the receiver's tables that has a documented limit."""
    for attribute in kind.attributes:
        yield f"{path}/@{attribute.name}", attribute.limit
    for slot in (slot for part in kind.parts for slot in part.options):
        yield f"{path}/{slot.name}", slot.limit
        yield from theirs(slot.kind, f"{path}/{slot.name}")


def limited() -> dict[str, Limit]:
    known = documents(ReceiverProfile.NEWER)
    both = (*theirs(known.report, "report"), *theirs(known.file_details, "fileDetails"))
    return {path: limit for path, limit in both if limit != Limit()}


def altered(thing: Any, owner: type, field: str, value: object) -> Any:
    """`thing` with `value` in this field wherever the owner stands."""
    if not isinstance(thing, m.Fragment):
        return thing
    said: dict[str, Any] = {}
    for one in dataclasses.fields(thing):  # type: ignore[arg-type]
        held = getattr(thing, one.name)
        if type(thing) is owner and one.name == field:
            said[one.name] = (value,) if isinstance(held, tuple) else value
        elif isinstance(held, tuple):
            said[one.name] = tuple(altered(x, owner, field, value) for x in held)
        else:
            said[one.name] = altered(held, owner, field, value)
    return type(thing)(**said)


def faults_of(owner: type, field: str, value: object) -> list[str]:
    """Where, counts left off, this value is named; () if it stands nowhere or is fine."""
    found = [
        fault.path.replace("[1]", "")
        for document in FULL
        for fault in check(altered(document, owner, field, value), NOON, Profile.NEWER)
    ]
    return sorted(set(found))


def places(owner: type, field: str) -> list[str]:
    return sorted({path for path, at in OWNERS.items() if at == (owner, field)})


def test_the_receiver_has_limits_to_compare_with() -> None:
    assert len(limited()) > 80
    assert set(limited()) <= set(OWNERS) | {"report/personOrUserReported"}


@pytest.mark.parametrize("path", sorted(limited()))
def test_what_the_receiver_refuses_we_name_before(path: str) -> None:
    limit = limited()[path]
    if limit.at_most is not None:
        report = dataclasses.replace(
            FULL[0], person_or_user_reported=(m.PersonOrUserReported(),) * 2
        )
        assert [fault.path for fault in check(report, NOON, Profile.NEWER)] == [path]
    if path not in OWNERS:
        return
    owner, field = OWNERS[path]
    if limit.chars_max is not None:
        assert UNITS_MAX[owner][field] <= limit.chars_max
    bad: list[object] = []
    if limit.between is not None:
        bad += [limit.between[0] - 1, limit.between[1] + 1]
    if limit.not_blank:
        bad += ["", " \t"]
    if limit.is_url:
        bad += ["https://example.com/a b", "https://example.com/\x07", "https://example.com/\u00a0"]
    for value in bad:
        assert path in faults_of(owner, field, value), value


RULES: dict[str, tuple[type, str, list[object], list[object]]] = {
    "state": (m.Address, "state", ["IL", "VI", ""], ["AE", "AS", "il", "Illinois"]),
    "country": (m.Address, "country", ["US", "XK", "A1", ""], ["UK", "us", "USA"]),
    "estimated country": (m.EstimatedLocation, "country_code", ["US", "O1"], ["UK", "USA"]),
    "legal process": (m.ServedInternational, "flea_country", ["DE"], ["Germany"]),
    "calling code": (m.Phone, "country_calling_code", ["+1", "+590"], ["1", "+", "+1234", "+1 "]),
    "extension": (m.Phone, "extension", ["1", "0123456789"], ["", "x1", "01234567890"]),
    "port": (m.IpCaptureEvent, "port", [1, 65535], [0, -1, 65536]),
    "address": (
        m.IpCaptureEvent,
        "ip_address",
        ["192.0.2.7", "2001:db8::1"],
        ["", "192.0.2", "192.0.2.7:80", "example.com"],
    ),
    "age": (m.Person, "age", [0, 150], [-1, 151]),
    "linked age": (m.AssociatedAccount, "approximate_age", [0, 150], [-1, 151]),
    "latitude": (m.CellPhoneIncident, "latitude", [-90, 90.0], [-90.01, 91]),
    "longitude": (m.CellPhoneIncident, "longitude", [-180, 180.0], [-181, 180.01]),
    "escalation": (m.IncidentSummary, "escalate_to_high_priority", ["now"], ["", "\n"]),
    "page": (m.WebPageIncident, "url", ["https://example.com/?a=b&c"], ["", "a b", "a\x00"]),
    "profile": (m.PersonOrUserReported, "profile_url", ["x:y"], ["", "a\tb"]),
    "recipient's profile": (m.IntendedRecipient, "profile_url", ["x:y"], ["", "a\tb"]),
    "victim's profile": (m.Victim, "profile_url", ["x:y"], ["", "a\tb"]),
    "linked profile": (m.AssociatedAccount, "profile_url", ["x:y"], ["", "a\tb"]),
    "legal address": (m.Reporter, "legal_url", ["x:y"], ["", "a\rb"]),
    "place of a file": (m.FileDescription, "location_of_file", ["x:y"], ["", "a\u0085b"]),
    "earlier report": (
        m.PersonOrUserReported,
        "prior_ct_reports",
        [1, LONG_MAX],
        [0, LONG_MAX + 1],
    ),
    "recipient's earlier": (m.IntendedRecipient, "prior_ct_reports", [1], [0, -7]),
    "victim's earlier": (m.Victim, "prior_ct_reports", [1], [0, -7]),
    "linked earlier": (m.AssociatedAccount, "prior_ct_report", [1], [0, LONG_MAX + 1]),
    "report id": (m.FileDetails, "report_id", [1, LONG_MAX], [0, -1, LONG_MAX + 1]),
    "file id": (m.FileDetails, "file_id", ["0" * 32], ["", "  "]),
}


@pytest.mark.parametrize("what", RULES)
def test_each_rule_holds_at_every_place(what: str) -> None:
    owner, field, good, bad = RULES[what]
    everywhere = places(owner, field)
    assert everywhere
    for value in good:
        assert faults_of(owner, field, value) == [], value
    for value in bad:
        assert faults_of(owner, field, value) == everywhere, value


def test_what_a_fault_says_to_a_reviewer_has_place_limit_and_finding() -> None:
    for owner, field, _, bad in RULES.values():
        for value in bad:
            for document in FULL:
                for fault in check(altered(document, owner, field, value), NOON, Profile.NEWER):
                    assert fault.path.split("/")[0] in ("report", "fileDetails")
                    assert fault.limit
                    assert fault.found
                    assert len(str(value)) < 3 or str(value) not in fault.found


def test_a_supplemental_file_has_no_mark_of_either_kind() -> None:
    for description in (
        m.FileDescription(potential_meme=True),
        m.FileDescription(file_annotations=m.FileAnnotations(potential_meme=True)),
    ):
        for relevance, faults in ((FileRelevance.SUPPLEMENTAL, 1), (FileRelevance.REPORTED, 0)):
            one = dataclasses.replace(description, file_relevance=relevance)
            assert len(check(one, NOON)) == faults
    marks = m.FileAnnotations(viral=True)
    one = m.FileDescription(file_relevance=FileRelevance.SUPPLEMENTAL, file_annotations=marks)
    assert check(one, NOON) == ()
