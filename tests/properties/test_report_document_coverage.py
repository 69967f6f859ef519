"""Every element and attribute of the schema can be said, and documents that say it are taken.

Three judges: the official schema of November 2025, and our own in both editions. For each a table
is printed (run with `-n 0` to see it): a path, and how many generated documents filled it. Below
100 % of the paths the test fails; so does one document that its judge refuses.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree
from report_strategies import (
    CASES,
    FILE_DETAILS,
    FULL_DETAILS,
    INCIDENTS,
    NEWER_REPORTS,
    NOW,
    REPORTS,
    full_reports,
)

from answerable.reports.document import facts as f
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.sample import full_documents, samples
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.shape import ROOTS, every_path
from answerable.reports.document.values import Profile
from answerable.reports.document.walk import presence
from answerable.reports.document.write import details_bytes, to_xml

XS = "{http://www.w3.org/2001/XMLSchema}"
Objection = Callable[[bytes], str]


@dataclass(frozen=True)
class Judge:
    """Who says whether a document is good, and which paths there are to fill."""

    name: str
    profile: Profile
    paths: tuple[str, ...]
    objection: Objection


def ours(profile: Profile) -> Judge:
    return Judge(
        name=f"our own {profile} schema",
        profile=profile,
        paths=tuple(path for root in ROOTS for path in every_path(root, profile)),
        objection=lambda xml: "; ".join(map(str, schema_faults(xml, profile))),
    )


@pytest.fixture(params=["official", *Profile], ids=str)
def judge(request: pytest.FixtureRequest) -> Judge:
    if request.param != "official":
        return ours(request.param)
    file: Path = request.getfixturevalue("schema_file")
    return Judge(
        name="the official schema of November 2025",
        profile=Profile.NOV_2025,
        paths=tuple(path for root in ROOTS for path in official_paths(file, root)),
        objection=request.getfixturevalue("official"),
    )


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

    return list(dict.fromkeys(walk(named[(f"{XS}element", root)], root)))


def test_our_table_allows_exactly_the_official_paths(schema_file: Path) -> None:
    for root in ROOTS:
        assert sorted(every_path(root)) == sorted(official_paths(schema_file, root))


# ---- the table ----------------------------------------------------------------------------------


class Table:
    """Which paths were filled, by how many documents."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.filled: Counter[str] = Counter()
        self.by_cases: Counter[str] = Counter()
        self.documents = 0

    def take(self, document: m.Report | m.FileDetails, *, of_a_case: bool = False) -> None:
        """Judged, then counted: a refused document fills nothing and fails the test."""
        said = self.judge.objection(to_xml(document))
        assert said == "", (self.judge.name, said)
        assert check(document, NOW, self.judge.profile) == ()
        self.documents += 1
        there = presence(document)
        self.filled.update(there)
        if of_a_case:
            self.by_cases.update(there)

    def lines(self) -> Iterator[str]:
        width = max(map(len, self.judge.paths))
        yield f"{self.judge.name}: {self.documents} documents"
        yield f"{'path':<{width}} {'documents':>10} {'of cases':>9}"
        for path in self.judge.paths:
            yield f"{path:<{width}} {self.filled[path]:>10} {self.by_cases[path]:>9}"
        reached = sum(self.filled[path] > 0 for path in self.judge.paths)
        share = 100 * reached / len(self.judge.paths)
        yield f"{reached} of {len(self.judge.paths)} paths reached: {share:.1f} %"


def gather(table: Table, few: settings, cases: settings) -> None:
    """Documents made by Hypothesis, each a fresh mixture; then those of whole cases."""
    newer = table.judge.profile is Profile.NEWER

    @given(document=(NEWER_REPORTS if newer else REPORTS) | FILE_DETAILS | FULL_DETAILS)
    def whatever(document: m.Report | m.FileDetails) -> None:
        table.take(document)

    @cases
    @given(case=CASES)
    def of_cases(case: f.CaseFacts) -> None:
        report, files = report_for_ads(case, table.judge.profile)
        table.take(report, of_a_case=True)
        for file in files:
            description = file.description
            details = m.FileDetails(report_id=7, file_id="b0", description=description)
            table.take(details, of_a_case=True)

    whatever()
    of_cases()
    for incident in INCIDENTS:

        @few
        @given(report=full_reports(incident, table.judge.profile))
        def full(report: m.Report) -> None:
            table.take(report)

        full()


@pytest.mark.slow  # some hundred documents that say everything
def test_every_path_is_filled_and_every_document_taken(
    judge: Judge,
    how_many: Callable[[int, int], int],
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    table = Table(judge)
    gather(
        table,
        few=settings(max_examples=how_many(4, 100)),
        cases=settings(max_examples=how_many(12, 400)),
    )
    with capsys.disabled():
        print("\n" + "\n".join(table.lines()))
    record_property("paths", len(judge.paths))
    record_property("documents", table.documents)
    assert [path for path in judge.paths if not table.filled[path]] == []
    assert set(table.filled) == set(judge.paths)


def test_the_samples_say_everything_and_are_taken(judge: Judge) -> None:
    """Those that `answerable reports xsd --check` tries a fetched schema with."""
    documents = list(full_documents(judge.profile))
    filled = {path for document in documents for path in presence(document)}
    assert filled == set(judge.paths)
    assert {name: judge.objection(xml) for name, xml in samples(judge.profile)} == dict.fromkeys(
        [name for name, _ in samples(judge.profile)], ""
    )
    for document in documents:
        assert check(document, NOW, judge.profile) == ()


def test_a_path_that_nothing_fills_is_seen() -> None:
    judge = ours(Profile.NOV_2025)
    table = Table(judge)
    table.take(next(iter(full_documents(Profile.NOV_2025))))
    assert any(line.endswith(f"{0:>10} {0:>9}") for line in table.lines())
    assert not list(table.lines())[-1].endswith("100.0 %")
    newer = next(iter(full_documents(Profile.NEWER)))
    with pytest.raises(AssertionError, match="our own 2025-11 schema"):
        table.take(newer)


def test_details_are_written_alike_with_their_ids() -> None:
    """What `take` judges is what goes out: a template that got its ids."""
    *_, details = full_documents(Profile.NOV_2025)
    assert isinstance(details, m.FileDetails)
    template = to_xml(details.description)
    assert details_bytes(template, report_id=1, file_id=details.file_id) == to_xml(details)
