"""The edition that is set is the one that is filed in, whatever the report says.

Our facts tell nothing yet that only the newer edition has an element for: the builder is made to.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE
from tests.faults.filing_world import World, make_world

from answerable.adapters.clock import SystemTime
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver import Profile as TheirProfile
from answerable.apps.receiver import ReceiverSettings, export_finished, started_receiver
from answerable.events.reports import ReportIntended
from answerable.reports import intending
from answerable.reports.document import model as m
from answerable.reports.document.limits import TEXT_MAX
from answerable.reports.document.profile import INFORMATIONAL, fitted
from answerable.reports.document.values import Profile
from answerable.reports.model import Duty, Status

THEIRS = {Profile.NOV_2025: TheirProfile.NOV_2025, Profile.NEWER: TheirProfile.NEWER}


@pytest.fixture
def world(make_store: Callable[..., Store], tmp_path: Path) -> Iterator[World]:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3")
    with started_receiver(settings, SystemTime()) as receiver:
        yield make_world(make_store, receiver, tmp_path)


@pytest.fixture
def crowded() -> bool:
    return False


@pytest.fixture(autouse=True)
def informational(monkeypatch: pytest.MonkeyPatch, crowded: bool) -> None:
    """A builder whose reports are annotated; where it is crowded, words have no room beside it."""
    build = intending.report_for_ads

    def annotated(facts: Any, profile: Profile) -> Any:
        report, files = build(facts, profile)
        marks = m.ReportAnnotations(informational=True)
        summary = replace(report.incident_summary, report_annotations=marks)
        full = "x" * TEXT_MAX if crowded else report.additional_info
        return fitted(
            replace(report, incident_summary=summary, additional_info=full), profile
        ), files

    monkeypatch.setattr(intending, "report_for_ads", annotated)


def file_one(world: World, profile: Profile) -> tuple[Duty, str]:
    """One report; its duty, and the bytes written down for it."""
    world.receiver.switchboard.turn(profile=THEIRS[profile])
    outbox = world.wire(world.client(), profile=profile)
    world.decide(world.ad("ad-1"))
    outbox.drain()

    def fn(work: Any) -> tuple[Duty, str]:
        (duty,) = work.reports.latest(SITE, 2)
        events = [recorded.event for recorded in work.chain_of(SITE, duty.subject)]
        return duty, "".join(e.xml for e in events if isinstance(e, ReportIntended))

    return world.store.read(fn)


@pytest.mark.parametrize("profile", Profile)
def test_it_is_filed_in_the_edition_that_is_set(
    world: World, tmp_path: Path, profile: Profile
) -> None:
    duty, xml = file_one(world, profile)
    assert duty.status is Status.FINISHED, duty.why
    assert len(export_finished(tmp_path / "receiver.sqlite3")) == 1
    assert ("<informational>" in xml) == (profile is Profile.NEWER)
    assert (INFORMATIONAL in xml) == (profile is Profile.NOV_2025)


@pytest.mark.parametrize("crowded", [True])
def test_what_has_neither_element_nor_room_waits_for_a_person_by_name(
    world: World, tmp_path: Path
) -> None:
    duty, xml = file_one(world, Profile.NOV_2025)
    assert duty.status is Status.NEEDS_PERSON
    assert "reportAnnotations/informational: no element of the 2025-11 schema" in (duty.why or "")
    assert xml == ""
    assert export_finished(tmp_path / "receiver.sqlite3") == []
