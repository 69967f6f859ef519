"""Laws of the editions: what one has no element for is said in words or named, never dropped.

The judge of the newer edition is the receiver over HTTP, which shares no line with our tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree
from report_strategies import NEWER_REPORTS, NOW, REPORTS, filled, in_november

from answerable.adapters.clock import SystemTime
from answerable.adapters.cybertipline import Opened, TiplineClient, TiplineRefused
from answerable.apps.receiver import Profile as TheirProfile
from answerable.apps.receiver import ReceiverSettings, started_receiver
from answerable.apps.settings import Settings
from answerable.kernel.time import Millis
from answerable.reports.document import model as m
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.check import check
from answerable.reports.document.gate import faults_of
from answerable.reports.document.limits import TEXT_MAX
from answerable.reports.document.profile import ADDED, INFORMATIONAL, fitted
from answerable.reports.document.sample import sample_case
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.shape import ROOTS, every_path
from answerable.reports.document.values import Profile
from answerable.reports.document.walk import leaves
from answerable.reports.document.write import to_xml

NOVEMBER, NEWER = Profile.NOV_2025, Profile.NEWER
NAMES = ("informational", "ageAssertionDiscrepancy")
HTTP = settings(max_examples=12)


def newer_paths(report: m.Report) -> list[str]:
    return [leaf.path for leaf in leaves(report) if (leaf.owner, leaf.field) in ADDED]


@contextmanager
def receiver(folder: Path, profile: TheirProfile) -> Iterator[TiplineClient]:
    told = ReceiverSettings(port=0, db_path=folder / f"{profile}.sqlite3", profile=profile)
    with (
        started_receiver(told, SystemTime()) as far,
        TiplineClient(base_url=far.base_url, username="test", password="test") as tipline,
    ):
        yield tipline


def past(report: m.Report) -> m.Report:
    """The strategies' now lies ahead of the machine's."""
    summary = report.incident_summary
    moment = replace(summary.incident_date_time, at=Millis(1_700_000_000_000))
    return replace(report, incident_summary=replace(summary, incident_date_time=moment))


# ---- the newer edition --------------------------------------------------------------------------


@given(report=NEWER_REPORTS)
def test_the_newer_edition_takes_all_that_can_be_said(report: m.Report) -> None:
    assert check(report, NOW, NEWER) == ()
    assert schema_faults(to_xml(report), NEWER) == ()
    assert fitted(report, NEWER) is report


def test_the_newer_elements_have_the_places_that_a_stranger_gives_them(tmp_path: Path) -> None:
    with receiver(tmp_path, TheirProfile.NEWER) as newer:

        @HTTP
        @given(report=NEWER_REPORTS)
        def law(report: m.Report) -> None:
            assert isinstance(newer.submit(to_xml(past(report))), Opened)

        law()
        everything = past(filled(m.Report))
        assert len(newer_paths(everything)) > 3
        assert isinstance(newer.submit(to_xml(everything)), Opened)


def test_november_refuses_them_and_takes_what_was_fitted(tmp_path: Path) -> None:
    everything = past(filled(m.Report))
    with receiver(tmp_path, TheirProfile.NOV_2025) as november:
        with pytest.raises(TiplineRefused) as refused:
            november.submit(to_xml(everything))
        assert refused.value.code == 4100
        assert isinstance(november.submit(to_xml(fitted(everything, NOVEMBER))), Opened)


def test_the_two_editions_differ_in_these_elements_alone() -> None:
    for root in ROOTS:
        added = set(every_path(root, NEWER)) - set(every_path(root, NOVEMBER))
        assert set(every_path(root, NOVEMBER)) <= set(every_path(root, NEWER))
        assert {path.rpartition("/")[2] for path in added} == (
            set(NAMES) if root == "report" else set()
        )


# ---- November's ---------------------------------------------------------------------------------


@given(report=NEWER_REPORTS)
def test_what_november_cannot_carry_is_said_or_named(report: m.Report) -> None:
    """Nothing is lost: each newer value stands in words beside its place, or is a fault there."""
    found = fitted(report, NOVEMBER)
    left = newer_paths(found)
    named = [fault.path for fault in check(found, NOW, NOVEMBER)]
    assert named == left
    assert (schema_faults(to_xml(found), NOVEMBER) == ()) == (left == [])
    words = b"".join(part.encode() for part in _texts(found))
    before = b"".join(part.encode() for part in _texts(report))
    said = words.count(b"ageAssertionDiscrepancy: ") + words.count(INFORMATIONAL.encode())
    said -= before.count(b"ageAssertionDiscrepancy: ") + before.count(INFORMATIONAL.encode())
    assert said == len(newer_paths(report)) - len(left)
    assert without_words(in_november(report)) == without_words(in_november(found))


def _texts(report: m.Report) -> list[str]:
    return [leaf.value for leaf in leaves(report) if isinstance(leaf.value, str)]


def without_words(thing: Any) -> Any:
    """All but additionalInfo, and but annotations of which nothing is left."""
    if isinstance(thing, tuple):
        return tuple(without_words(one) for one in thing)
    if not isinstance(thing, m.Fragment):
        return thing
    told = {name: getattr(thing, name) for name in thing.__dataclass_fields__}  # type: ignore[attr-defined]
    return {
        name: without_words(value)
        for name, value in told.items()
        if name != "additional_info" and value != m.ReportAnnotations()
    }


@given(report=REPORTS)
def test_what_has_nothing_newer_is_the_same_in_both(report: m.Report) -> None:
    assert fitted(report, NOVEMBER) == report
    assert check(report, NOW, NOVEMBER) == check(report, NOW, NEWER) == ()


def test_where_the_words_have_no_room_the_check_says_so() -> None:
    full = filled(m.Report)
    crowded = replace(full, additional_info="x" * TEXT_MAX)
    found = fitted(crowded, NOVEMBER)
    faults = [str(fault) for fault in faults_of(found, (), NOW, NOVEMBER)]
    assert faults[0] == (
        "report/incidentSummary/reportAnnotations/informational: no element of the 2025-11 schema; "
        "say it in additionalInfo; found one"
    )
    assert newer_paths(found) == [
        "report/incidentSummary/reportAnnotations/informational",
        "report/reporter/reportingPerson/ageAssertionDiscrepancy",
    ]


def test_a_report_that_says_all_reads_in_words() -> None:
    xml = to_xml(fitted(filled(m.Report), NOVEMBER)).decode()
    assert INFORMATIONAL in xml
    assert "<informational" not in xml
    assert "<ageAssertionDiscrepancy" not in xml
    assert (
        etree.fromstring(xml.encode()).findtext("victim/additionalInfo", "").endswith("in doubt.")
    )


# ---- the switch ---------------------------------------------------------------------------------


def test_the_setting_has_two_values_and_november_is_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().tipline_profile is NOVEMBER
    monkeypatch.setenv("ANSWERABLE_TIPLINE_PROFILE", "newer")
    assert Settings().tipline_profile is NEWER
    monkeypatch.setenv("ANSWERABLE_TIPLINE_PROFILE", "2027")
    with pytest.raises(ValueError, match="2025-11"):
        Settings()


@pytest.mark.parametrize("profile", Profile)
def test_our_own_builder_makes_both(profile: Profile) -> None:
    report, files = report_for_ads(sample_case(NOW), profile)
    assert faults_of(report, files, NOW, profile) == ()
