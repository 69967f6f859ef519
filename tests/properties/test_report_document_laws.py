"""Laws of the report document: whatever can be said is said in bytes that the far side takes.

The judge of our own schema check is NCMEC's official schema, read through lxml, where the shared
data is there; it shares nothing with our table.
"""

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree
from report_strategies import CASES, FILE_DETAILS, INCIDENTS, NOW, REPORTS, filled, in_november

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.fields import left_out
from answerable.reports.document.files import Inline, revision_file, sha256
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.shape import ROOTS, every_path
from answerable.reports.document.values import FileRelevance
from answerable.reports.document.walk import leaves, presence
from answerable.reports.document.write import (
    details_bytes,
    missing_from,
    replaced_in,
    to_xml,
    visible,
)

XS = "{http://www.w3.org/2001/XMLSchema}"
CASE_COUNT = settings(max_examples=20)  # a case is a big thing to draw; `make long` draws more

Official = Callable[[bytes], str]


@pytest.fixture(scope="session")
def schema_file(shared_path: Callable[[str], Path]) -> Path:
    return shared_path("data/cybertipline-2025-11.xsd")


@pytest.fixture(scope="session")
def official(schema_file: Path) -> Official:
    """Says what the official schema has against bytes; an empty text when nothing."""
    schema = etree.XMLSchema(etree.parse(str(schema_file)))

    def objection(xml: bytes) -> str:
        tree = etree.fromstring(xml)
        return "" if schema.validate(tree) else str(schema.error_log.last_error)

    return objection


def full_documents() -> Iterator[m.Document]:
    """Documents that together say everything the model can say."""
    for incident in INCIDENTS:
        yield in_november(filled(m.Report, incident))
    yield filled(m.FileDetails)
    marks = m.FileAnnotations(**dict.fromkeys(m.FileAnnotations.__dataclass_fields__, True))
    yield m.FileDetails(
        report_id=1, file_id="b0", description=m.FileDescription(file_annotations=marks)
    )


# ---- what the model says, the far side takes ----------------------------------------------------


@given(document=REPORTS | FILE_DETAILS)
def test_every_document_passes_our_own_checks(document: m.Document) -> None:
    assert check(document, NOW) == ()
    assert schema_faults(to_xml(document)) == ()
    assert schema_faults(to_xml(document, schema_hint=True)) == ()


def test_every_document_passes_the_official_schema(official: Official) -> None:
    @given(document=REPORTS | FILE_DETAILS)
    def law(document: m.Document) -> None:
        assert official(to_xml(document)) == ""

    law()


@given(document=REPORTS | FILE_DETAILS)
def test_what_was_said_is_what_is_read(document: m.Document) -> None:
    """Read back by a plain walk over the bytes, each value stands at its path, escaped right."""
    root = etree.fromstring(to_xml(document))
    read = dict(_read(root, str(root.tag)))
    for leaf in leaves(document):
        if isinstance(leaf.value, str):
            assert read[leaf.xsd_path].count(visible(leaf.value)), leaf.path
        assert leaf.xsd_path in read
    replaced = sum(found.count for found in replaced_in(document))
    said = sum(v.count("\ufffd") for v in _strings(document))
    assert sum(text.count("\ufffd") for text in read.values()) == replaced + said


def _strings(document: m.Document) -> list[str]:
    return [leaf.value for leaf in leaves(document) if isinstance(leaf.value, str)]


def _read(root: Any, path: str) -> Iterator[tuple[str, str]]:
    gathered: dict[str, str] = {}

    def walk(element: Any, at: str) -> None:
        for name, value in element.attrib.items():
            gathered[f"{at}/@{name}"] = gathered.get(f"{at}/@{name}", "") + value + "\n"
        gathered[at] = gathered.get(at, "") + (element.text or "") + "\n"
        for child in element:
            walk(child, f"{at}/{child.tag}")

    walk(root, path)
    yield from gathered.items()


# ---- our table against the official schema ------------------------------------------------------


def official_paths(schema_file: Path, root: str) -> list[str]:
    """Every leaf path of the official schema below `root`, read from its own text."""
    schema = etree.parse(str(schema_file)).getroot()
    named = {(one.tag, one.get("name")): one for one in schema if one.get("name")}

    def body(element: Any) -> Any:
        inner = element.find(f"{XS}complexType")
        if inner is not None:
            return inner
        return named.get((f"{XS}complexType", element.get("type")))

    def walk(element: Any, path: str) -> list[str]:
        complex_type = body(element)
        if complex_type is None:
            return [path]
        found = [
            f"{path}/@{one.get('name')}"
            for one in complex_type.iter(f"{XS}attribute")
            if next(one.iterancestors(f"{XS}complexType")) is complex_type
        ]
        if complex_type.find(f"{XS}simpleContent") is not None:
            found.append(path)
        for child in complex_type.iter(f"{XS}element"):
            if next(child.iterancestors(f"{XS}complexType")) is complex_type:
                target = named[(f"{XS}element", child.get("ref"))] if child.get("ref") else child
                found += walk(target, f"{path}/{target.get('name')}")
        return found

    return walk(named[(f"{XS}element", root)], root)


def test_our_table_allows_exactly_the_official_paths(schema_file: Path) -> None:
    for root in ROOTS:
        assert sorted(every_path(root)) == sorted(set(official_paths(schema_file, root)))


def test_every_path_of_the_schema_can_be_said(
    capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    """The coverage table: paths that generated documents reach, and that the model has them all."""
    allowed = {path for root in ROOTS for path in every_path(root)}
    by_chance: set[str] = set()

    @given(document=REPORTS | FILE_DETAILS)
    def gather(document: m.Document) -> None:
        by_chance.update(presence(document))

    gather()
    by_hand: set[str] = set()
    for document in full_documents():
        assert check(document, NOW) == (), document
        assert schema_faults(to_xml(document)) == ()
        by_hand.update(presence(document))
    with capsys.disabled():
        print(f"\n{'schema paths under':<44}{'all':>5}{'model':>7}{'by chance':>11}")
        for group in sorted({"/".join(path.split("/")[:2]) for path in allowed}):
            under = {p for p in allowed if p == group or p.startswith(f"{group}/")}
            print(
                f"{group:<44}{len(under):>5}{len(under & by_hand):>7}{len(under & by_chance):>11}"
            )
        print(
            f"{'together':<44}{len(allowed):>5}{len(allowed & by_hand):>7}"
            f"{len(allowed & by_chance):>11}"
        )
    record_property("paths", len(allowed))
    assert by_hand | by_chance == allowed
    assert by_hand == allowed


def test_full_documents_pass_the_official_schema(official: Official) -> None:
    assert [official(to_xml(document)) for document in full_documents()] == [""] * 10


SPOILERS = [
    "",
    "x",
    "true",
    "false",
    "1",
    "TRUE",
    "-5",
    "70000",
    "9" * 25,
    "US",
    "usa",
    "+1",
    "Login",
    "2026-02-30T10:00:00Z",
    "2026-02-03T10:00:00Z",
    "2026-02-03 10:00:00Z",
    "2026-02-03T10:00:00+0000",
    "2026-02-03T10:00:60Z",
    "2026-02-03T10:00:00+14:30",
    "2026-02-03",
    "1.5",
    "1e9",
    "NaN",
]
STRICTER = {"NaN"}  # the schema's double takes it; we never send it


def spoiled(xml: bytes, luck: random.Random) -> tuple[bytes, str]:
    """The document with one thing changed, as real clients have got things wrong."""
    root = etree.fromstring(xml)
    element = luck.choice(list(root.iter()))
    text = luck.choice(SPOILERS)
    match luck.choice(["drop", "twice", "swap", "rename", "text", "attribute", "strip", "into"]):
        case "drop" if element is not root:
            element.getparent().remove(element)
        case "twice" if element is not root:
            element.addnext(copy.deepcopy(element))
        case "swap" if len(element) > 1:
            element.append(element[luck.randrange(len(element) - 1)])
        case "rename" if element is not root:
            element.tag = luck.choice([one.tag for one in root.iter()])
        case "text":
            element.text = text
        case "attribute" if element.attrib:
            element.set(luck.choice(list(element.attrib)), text)
        case "strip" if element.attrib:
            del element.attrib[luck.choice(list(element.attrib))]
        case "into":
            etree.SubElement(element, luck.choice([one.tag for one in root.iter()])).text = text
    return etree.tostring(root), text


def test_our_check_and_the_official_schema_agree_on_spoiled_documents(
    official: Official, luck: random.Random, how_many: Callable[[int, int], int]
) -> None:
    documents = [to_xml(document) for document in full_documents()]
    bad = 0
    for _ in range(how_many(600, 20_000)):
        xml, text = spoiled(luck.choice(documents), luck)
        theirs, ours = official(xml), schema_faults(xml)
        bad += bool(theirs)
        if theirs:
            assert ours, (theirs, xml)
        elif text not in STRICTER and b"<fileId/>" not in xml and b"<fileId></fileId>" not in xml:
            assert ours == (), xml
    assert bad > 100


# ---- cases into reports -------------------------------------------------------------------------


@CASE_COUNT
@given(case=CASES)
def test_no_case_can_keep_its_report_from_being_filed(case: f.CaseFacts) -> None:
    """Whatever the words, contacts, addresses and lengths: the documents pass every check."""
    report, files = report_for_ads(case)
    assert schema_faults(to_xml(report)) == ()
    assert check(report, case.prepared_at.at) == ()
    for number, file in enumerate(files):
        details = details_bytes(file.details_template(), report_id=7, file_id=f"b{number}")
        assert schema_faults(details) == ()
        assert check(file.description, case.prepared_at.at) == ()
        assert details == to_xml(
            m.FileDetails(report_id=7, file_id=f"b{number}", description=file.description)
        )
    assert len({file.name for file in files}) == len(files)
    assert report_for_ads(case) == (report, files)


def test_every_case_passes_the_official_schema(official: Official) -> None:
    @CASE_COUNT
    @given(case=CASES)
    def law(case: f.CaseFacts) -> None:
        report, files = report_for_ads(case)
        assert official(to_xml(report)) == ""
        for file in files:
            details = details_bytes(file.details_template(), report_id=7, file_id="b0")
            assert official(details) == ""

    law()


@CASE_COUNT
@given(case=CASES)
def test_what_is_claimed_of_a_case_is_true_of_it(case: f.CaseFacts) -> None:
    report, files = report_for_ads(case)
    _ads_are_named(case, report)
    _viewed_only_what_was_viewed(case, files)
    decision, summary = case.decision, report.incident_summary
    urgent = decision.urgent and bool((decision.urgent_reason or "").strip())
    assert (summary.escalate_to_high_priority is not None) == urgent
    known = {p.start for ad in case.ads for r in ad.revisions for p in r.placements}
    known |= {at for ad in case.ads for at in (ad.current.received_at, ad.current.spooled_at) if at}
    assert summary.incident_date_time in known  # never the time of preparing the report
    assert set(left_out(case, report, files)).isdisjoint(presence(report))
    assert report.person_or_user_reported[0].prior_ct_reports == case.prior_reports


def _ads_are_named(case: f.CaseFacts, report: m.Report) -> None:
    """Covered by: each ad's external id and account stand in the committed bytes."""
    words = [visible(ad.external_id) for ad in case.ads]
    words += [
        visible(revision.account.id)
        for ad in case.ads
        for revision in ad.revisions
        if revision.account and revision.account.id and revision.account.id.strip()
    ]
    assert missing_from(to_xml(report), [word for word in words if word.strip()]) == ()


def _viewed_only_what_was_viewed(case: f.CaseFacts, files: tuple[Any, ...]) -> None:
    names: dict[str, set[str | None]] = {}
    for revision in (one for ad in case.ads for one in ad.revisions):
        names.setdefault(sha256(revision_file(revision.texts)), set()).add(revision.digest)
    for file in files:
        assert (isinstance(file.source, Inline) and sha256(file.source.content) == file.sha256) or (
            not isinstance(file.source, Inline) and file.source.sha256 == file.sha256
        )
        if file.description.file_viewed_by_esp:
            assert {file.sha256, *names.get(file.sha256, set())} & case.viewed
        else:
            assert file.sha256 not in case.viewed
    reported = [x for x in files if x.description.file_relevance is FileRelevance.REPORTED]
    assert len([x for x in reported if x.name.startswith("ad-")]) == len(case.ads)
