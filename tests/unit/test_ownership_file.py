"""An ownership file is taken whole or refused with every fault: where, and why."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from answerable.ownership.bods import Fault, FaultyFile, read_file
from answerable.ownership.model import FILE_BYTES_MAX, InterestType, Relationship, Span
from ownership_maker import OwnershipMaker, interest, simple, with_change

SAMPLES = (
    "bods-package-annotations",
    "bods-package-entity-owning-entity",
    "bods-package-fi-soe",
    "bods-package-linking-annotations",
    "bods-package",
    "fermcat",
    "full-pep-declaration",
    "indirect-ownership",
    "joint-ownership",
    "levent",
    "listed-company-exempt-from-disclosure",
    "mixed-direct-and-indirect-ownership",
    "multiple-indirect-ownership",
    "multiple-tax-residencies",
    "mutilple-indirect-ownership-2",
    "nomination",
    "plc-entity-statement",
    "simple-pep-declaration",
    "tecido",
)


def faults_of(raw: bytes) -> tuple[Fault, ...]:
    with pytest.raises(FaultyFile) as refused:
        read_file(raw)
    return refused.value.faults


@pytest.mark.parametrize("name", SAMPLES)
def test_the_published_samples_are_read(name: str, shared_path: Callable[[str], Path]) -> None:
    raw = shared_path(f"data/bods-examples/{name}.json").read_bytes()
    file = read_file(raw)
    assert [s.id for s in file.statements] == [s["statementId"] for s in json.loads(raw)]


def test_the_sample_folder_holds_no_other_files(shared_path: Callable[[str], Path]) -> None:
    folder = shared_path("data/bods-examples")
    assert sorted(path.stem for path in folder.glob("*.json")) == sorted(SAMPLES)


def test_the_demo_file_is_read() -> None:
    path = Path(__file__).parents[2] / "src/answerable/apps/demo/ownership.json"
    assert read_file(path.read_bytes()).subjects() == ("example-classifieds",)


# The file as a whole


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is not JSON"),
        (b"[", "is not JSON"),
        (b"\xff[]", "is not UTF-8"),
        (b"{}", "is no array of statements"),
        (b"[]", "has no statement"),
        (b"[NaN]", "NaN is no number"),
        (b"[Infinity]", "Infinity is no number"),
        (b"[" + b"1" * 31 + b"]", "a number of 31 digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (FILE_BYTES_MAX + 1), f"more than {FILE_BYTES_MAX} bytes"),
        (b"[" + b"1," * 10_000 + b"1]", "more than 10000 statements"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_what_is_no_file_is_refused_as_a_whole(raw: bytes, reason: str) -> None:
    (fault,) = faults_of(raw)
    assert (fault.index, fault.statement, fault.path) == (None, None, "")
    assert reason in fault.reason


def test_a_doubled_key_is_found_where_it_stands() -> None:
    raw = simple().raw().replace(b'"type": "legal"', b'"type": "legal", "type": "birth"')
    (fault,) = faults_of(raw)
    assert (fault.index, fault.path) == (1, "/recordDetails/names/0")
    assert fault.reason == "a key stands twice in this object"


def test_half_a_character_is_found_where_it_stands() -> None:
    (fault,) = faults_of(simple().raw().replace(b"Person P", b"Person \\ud800"))
    assert (fault.index, fault.path) == (1, "/recordDetails/names/0/fullName")


# One value at a time: 0 is the company, 1 the person, 2 the holding


DETAILS, PUBLICATION = "/recordDetails", "/publicationDetails"
SHARE = "/recordDetails/interests/0/share"


@pytest.mark.parametrize(
    ("index", "path", "value", "reason"),
    [
        (0, "/statementId", ..., "is required"),
        (0, "/statementId", "short", "at least 32"),
        (0, "/statementId", "x" * 65, "at most 64"),
        (0, "/statementDate", ..., "is required"),
        (0, "/statementDate", "2026-02-30", "is no day"),
        (0, "/statementDate", "20260101", "is no day"),
        (0, "/statementDate", "2026-01-01T25:00:00Z", "is no day"),
        (0, "/recordId", ..., "is required"),
        (0, "/recordId", "", "at least 1"),
        (0, "/recordId", " a", "is no identifier"),
        (0, "/recordId", "a\u0000b", "is no identifier"),
        (0, "/recordType", ..., "is required"),
        (0, "/recordType", "company", "is entity, person or relationship"),
        (0, "/recordStatus", ..., "is required"),
        (0, "/recordStatus", "old", "'new', 'updated' or 'closed'"),
        (0, "/recordDetails", ..., "is required"),
        (0, "/declarationSubject", ..., "is required"),
        (0, "/declarationSubject", None, "null says nothing"),
        (0, "/publicationDetails", ..., "is required"),
        (0, f"{PUBLICATION}/bodsVersion", ..., "is required"),
        (0, f"{PUBLICATION}/bodsVersion", "0.3", "is not 0.4"),
        (0, f"{PUBLICATION}/bodsVersion", 0.4, "valid string"),
        (0, f"{PUBLICATION}/publisher", {}, "a publisher has a name or a url"),
        (0, f"{PUBLICATION}/publicationDate", "yesterday", "is no day"),
        (0, f"{DETAILS}/isComponent", ..., "is required"),
        (0, f"{DETAILS}/isComponent", "false", "valid boolean"),
        (0, f"{DETAILS}/entityType/type", "shop", "'registeredEntity'"),
        (0, f"{DETAILS}/entityType/subtype", "trust", "no registeredEntity is a trust"),
        (0, f"{DETAILS}/nmae", "x", "is no field of BODS 0.4"),
        (0, f"{DETAILS}/foundingDate", "2001-13-01", "is no day"),
        (0, f"{DETAILS}/identifiers", [{"id": "1"}], "an identifier names its scheme"),
        (0, f"{DETAILS}/uri", "no uri", "is no URI"),
        (1, f"{DETAILS}/personType", "alien", "'anonymousPerson'"),
        (1, f"{DETAILS}/names", [], "a knownPerson has a name"),
        (1, f"{DETAILS}/birthDate", "1990-1", "is no day"),
        (2, f"{DETAILS}/subject", ..., "is required"),
        (2, f"{DETAILS}/subject", "nobody", "is no entity of this file"),
        (2, f"{DETAILS}/subject", "p", "is no entity of this file"),
        (2, f"{DETAILS}/interestedParty", "nobody", "is no entity or person of this file"),
        (2, f"{DETAILS}/interestedParty", {"reason": "secret"}, "'noBeneficialOwners'"),
        (2, f"{DETAILS}/interestedParty", {}, "is required"),
        (2, f"{DETAILS}/interests/0/type", "shares", "'shareholding'"),
        (2, f"{DETAILS}/interests/0/directOrIndirect", "both", "'direct', 'indirect'"),
        (2, f"{DETAILS}/interests/0/endDate", "2020", "is no day"),
        (2, SHARE, {}, "a share says how much"),
        (2, SHARE, {"exact": 101}, "a share is from 0 to 100"),
        (2, SHARE, {"exact": -0.5}, "a share is from 0 to 100"),
        (2, SHARE, {"exact": True}, "is no number"),
        (2, SHARE, {"exact": "60"}, "is no number"),
        (2, SHARE, {"exact": 0.0000000000001}, "more than 12 decimal places"),
        (2, SHARE, {"minimum": 60, "maximum": 40}, "no number lies in this range"),
        (2, SHARE, {"exclusiveMinimum": 50, "maximum": 50}, "no number lies in this range"),
        (2, SHARE, {"minimum": 1, "exclusiveMinimum": 1}, "one lower bound"),
        (2, SHARE, {"maximum": 1, "exclusiveMaximum": 1}, "one upper bound"),
        (2, SHARE, {"exact": 10, "minimum": 20}, "lies outside its own range"),
        (2, SHARE, {"exact": 20, "exclusiveMinimum": 20}, "lies outside its own range"),
    ],
)
def test_each_fault_is_named_with_its_place(index: int, path: str, value: Any, reason: str) -> None:
    statements = simple().statements
    raw = with_change(statements, index, path, value)
    found = [f for f in faults_of(raw) if f.index == index and reason in f.reason]
    assert found, faults_of(raw)
    assert found[0].path.startswith(path) or path.startswith(found[0].path)
    if path != "/statementId":
        assert found[0].statement == statements[index]["statementId"]


def test_an_enormous_exponent_is_refused_and_not_computed() -> None:
    raw = simple().raw().replace(b'"exact": 100', b'"exact": 1e-999999999')
    assert "decimal places" in faults_of(raw)[0].reason


def test_all_23_interests_are_known_and_no_other() -> None:
    assert len(InterestType) == 23
    for type_ in InterestType:
        maker = OwnershipMaker()
        maker.entity("a")
        maker.person("p")
        maker.tie("p", "a", interest(type_.value))
        maker.file()


def test_a_statement_that_is_no_object() -> None:
    (fault,) = faults_of(json.dumps([*simple().statements, 7]).encode())
    assert (fault.index, fault.statement, fault.reason) == (3, None, "is no object")


def test_every_fault_is_listed_not_only_the_first() -> None:
    statements = simple().statements
    statements[0]["recordStatus"] = "old"
    statements[1]["recordDetails"]["names"] = []
    del statements[2]["statementDate"]
    assert [fault.index for fault in faults_of(json.dumps(statements).encode())] == [0, 1, 2]


def test_a_fault_reads_as_a_sentence() -> None:
    raw = with_change(simple().statements, 2, f"{SHARE}/exact", 200)
    (fault,) = faults_of(raw)
    name = "statement-of-a-test-file-00000002"
    path = "/recordDetails/interests/0/share/exact"
    assert str(fault) == f"statement 2 ({name}) at {path}: a share is from 0 to 100"


# What statements say of each other


def test_two_statements_have_two_ids() -> None:
    statements = simple().statements
    statements[2]["statementId"] = statements[0]["statementId"]
    (fault,) = faults_of(json.dumps(statements).encode())
    assert (fault.index, fault.reason) == (2, "is also that of statement 0")


def test_a_record_begins_once_and_ends_once() -> None:
    maker = simple()
    again = maker.holds("p", "a", 40)
    again |= {"recordId": "tie-2", "statementDate": "2026-02-01"}
    (fault,) = faults_of(maker.raw())
    assert (fault.index, fault.path) == (3, "/recordStatus")
    again["recordStatus"] = "closed"
    maker.file()
    late = maker.holds("p", "a", 40)
    late |= {"recordId": "tie-2", "statementDate": "2026-03-01", "recordStatus": "updated"}
    (fault,) = faults_of(maker.raw())
    assert (fault.index, fault.reason) == (4, "the record was closed by statement 3")


def test_a_record_stays_what_it_is() -> None:
    maker = simple()
    maker.person("a")
    maker.statements[-1] |= {"statementDate": "2026-02-01", "recordStatus": "updated"}
    faults = faults_of(maker.raw())
    assert (3, "/recordType") in [(fault.index, fault.path) for fault in faults]


def test_the_declaration_is_about_something_in_the_file() -> None:
    maker = simple()
    maker.statements[0]["declarationSubject"] = "tie-2"
    (fault,) = faults_of(maker.raw())
    assert (fault.index, fault.path) == (0, "/declarationSubject")


def chained() -> OwnershipMaker:
    """P holds A through B, with components."""
    maker = OwnershipMaker()
    maker.entity("a")
    maker.entity("b", isComponent=True)
    maker.person("p")
    first = maker.tie("b", "a", interest("shareholding", share={"exact": 60}), isComponent=True)
    second = maker.tie("p", "b", interest("shareholding", share={"exact": 50}), isComponent=True)
    maker.tie(
        "p",
        "a",
        interest("shareholding", direct="indirect", share={"exact": 30}),
        componentRecords=["b", first["recordId"], second["recordId"]],
    )
    return maker


def test_components_come_first() -> None:
    maker = chained()
    maker.file()
    maker.statements.insert(2, maker.statements.pop())
    faults = faults_of(maker.raw())
    assert {fault.index for fault in faults} == {2}
    assert {fault.path for fault in faults} == {
        "/recordDetails/componentRecords/1",
        "/recordDetails/componentRecords/2",
    }
    assert all("components first" in fault.reason for fault in faults)


@pytest.mark.parametrize(
    ("index", "path", "value", "reason"),
    [
        (5, f"{DETAILS}/componentRecords/0", "nobody", "nobody is no record of this file"),
        (1, f"{DETAILS}/isComponent", False, "b has no statement with isComponent true"),
        (5, f"{DETAILS}/componentRecords", ["b"], "no relationship names it as a component"),
        (5, f"{DETAILS}/isComponent", True, "a component has no components of its own"),
    ],
)
def test_components_are_told_both_ways(index: int, path: str, value: Any, reason: str) -> None:
    raw = with_change(chained().statements, index, path, value)
    assert any(reason in fault.reason for fault in faults_of(raw))


def test_shares_are_read_exactly() -> None:
    maker = simple()
    maker.holds("p", "a", 0.1)
    maker.holds("p", "a", {"exclusiveMinimum": 25, "maximum": 50})
    ties = [s.details for s in maker.file().statements if isinstance(s.details, Relationship)]
    shares = [tie.interests[0].share for tie in ties]
    assert [span.exact() for span in shares if isinstance(span, Span)] == [
        "1",
        "1/1000",
        ">1/4..1/2",
    ]
