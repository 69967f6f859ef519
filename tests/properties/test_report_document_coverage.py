"""The coverage table: each element and attribute of the schema, how many documents filled it.

Three judges: the official schema of November 2025 (a loud skip where the shared data is absent),
and our own in both editions. Every document is judged before it counts. Under 100 % of the paths
fails. Run with `-n 0` to see the tables.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from official_schema import official_paths
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
from answerable.reports.document.write import to_xml

Documents = m.Report | m.FileDetails


@dataclass(kw_only=True)
class Table:
    """One judge's paths, and how often each was filled: at all, and by reports on whole cases."""

    judge: str
    profile: Profile
    paths: tuple[str, ...]
    objection: Callable[[bytes], str]
    filled: Counter[str] = field(default_factory=Counter)
    by_cases: Counter[str] = field(default_factory=Counter)
    documents: int = 0

    def take(self, document: Documents, *, of_a_case: bool = False) -> None:
        """Judged first: a refused document fills nothing, and fails the test."""
        said = self.objection(to_xml(document))
        assert said == "", (self.judge, said)
        assert check(document, NOW, self.profile) == ()
        self.documents += 1
        there = presence(document)
        self.filled.update(there)
        self.by_cases.update(there if of_a_case else ())

    def empty(self) -> list[str]:
        return [path for path in self.paths if not self.filled[path]]

    def lines(self) -> Iterator[str]:
        width = max(map(len, self.paths))
        yield f"{self.judge}: {self.documents} documents"
        yield f"{'path':<{width}}{'filled by':>11}{'of cases':>10}"
        for path in self.paths:
            yield f"{path:<{width}}{self.filled[path]:>11}{self.by_cases[path]:>10}"
        whole = len(self.paths)
        reached = whole - len(self.empty())
        yield f"{reached} of {whole} paths filled: {100 * reached / whole:.1f} %"


def ours(profile: Profile) -> Table:
    return Table(
        judge=f"our own schema, edition {profile}",
        profile=profile,
        paths=tuple(path for root in ROOTS for path in every_path(root, profile)),
        objection=lambda xml: "; ".join(map(str, schema_faults(xml, profile))),
    )


@pytest.fixture(params=["official", *Profile], ids=str)
def table(request: pytest.FixtureRequest) -> Table:
    if request.param != "official":
        return ours(request.param)
    file: Path = request.getfixturevalue("schema_file")
    paths = dict.fromkeys(path for root in ROOTS for path in official_paths(file, root))
    return Table(
        judge="the official schema of November 2025",
        profile=Profile.NOV_2025,
        paths=tuple(paths),
        objection=request.getfixturevalue("official"),
    )


def gather(table: Table, whatever_count: int, case_count: int, full_count: int) -> None:
    """Documents drawn from the model, those on drawn cases, and drawn ones that say everything."""
    reports = NEWER_REPORTS if table.profile is Profile.NEWER else REPORTS

    @settings(max_examples=whatever_count)
    @given(document=reports | FILE_DETAILS | FULL_DETAILS)
    def whatever(document: Documents) -> None:
        table.take(document)

    @settings(max_examples=case_count)
    @given(case=CASES)
    def of_cases(case: f.CaseFacts) -> None:
        report, files = report_for_ads(case, table.profile)
        table.take(report, of_a_case=True)
        for file in files:
            details = m.FileDetails(report_id=7, file_id="b0", description=file.description)
            table.take(details, of_a_case=True)

    whatever()
    of_cases()
    for incident in INCIDENTS:

        @settings(max_examples=full_count)
        @given(report=full_reports(incident, table.profile))
        def full(report: m.Report) -> None:
            table.take(report)

        full()


def test_every_path_is_filled_and_every_document_taken(
    table: Table,
    how_many: Callable[[int, int], int],
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    gather(table, how_many(50, 2_000), how_many(12, 400), how_many(4, 100))
    with capsys.disabled():
        print("\n" + "\n".join(table.lines()))
    record_property("paths", len(table.paths))
    record_property("documents", table.documents)
    assert table.empty() == []
    assert set(table.filled) == set(table.paths)


def test_the_samples_of_the_command_say_everything_and_are_taken(table: Table) -> None:
    """Those with which `answerable reports xsd --check` tries a fetched schema."""
    for document in full_documents(table.profile):
        table.take(document)
    assert table.empty() == []
    judged = {name: table.objection(xml) for name, xml in samples(table.profile)}
    assert len(judged) > 10
    assert set(judged.values()) == {""}


def test_a_path_that_nothing_fills_and_a_document_that_is_refused_are_seen() -> None:
    table = ours(Profile.NOV_2025)
    table.take(next(full_documents(Profile.NOV_2025)))
    assert table.empty()
    assert not list(table.lines())[-1].endswith(" 100.0 %")
    with pytest.raises(AssertionError, match="edition 2025-11"):
        table.take(next(full_documents(Profile.NEWER)))
