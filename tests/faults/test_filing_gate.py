"""What the CyberTipline would refuse is never sent: it is named, stands open, and can be mended."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE
from tests.faults import filing_world
from tests.faults.filing_world import World, make_world

from answerable.adapters.clock import SystemTime
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver.export import export_finished
from answerable.apps.receiver.serve import started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.kernel.ids import ActorId
from answerable.reports.document.facts import EspFacts, EspPerson
from answerable.reports.model import Status
from answerable.reports.service import ResumeReport


@pytest.fixture
def world(make_store: Callable[..., Store], tmp_path: Path) -> Iterator[World]:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3")
    with started_receiver(settings, SystemTime()) as receiver:
        yield make_world(make_store, receiver, tmp_path)


class Counted:
    """Stands before the client and counts what is asked of it."""

    def __init__(self, far: Any) -> None:
        self._far = far
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._far, name)


BICYCLES = "\U0001f6b2" * 200 + "@example.com"  # 212 code points, but 412 as the far side counts
LONG = EspFacts(platform="Example Ads", reporter=EspPerson(email=BICYCLES))
SAID = "report/reporter/reportingPerson/email[1]: at most 255 characters; found 412 characters"


def test_what_would_be_refused_is_never_sent_and_goes_out_once_mended(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = filing_world.ESP
    monkeypatch.setattr(filing_world, "ESP", LONG)
    far = Counted(world.client())
    outbox = world.wire(far)
    world.decide(world.ad("ad-1"))
    outbox.drain()
    (duty,) = world.store.read(lambda work: work.reports.latest(SITE, 9))
    assert (duty.status, far.asked) == (Status.NEEDS_PERSON, [])
    assert SAID in (duty.why or "")
    assert world.finished_here() == []
    monkeypatch.setattr(filing_world, "ESP", good)
    outbox = world.wire(far)
    ResumeReport(world.store)(SITE, duty.id, "mended the setting", ActorId("staff:ana"), "site")
    outbox.drain()
    (filed,) = export_finished(tmp_path / "receiver.sqlite3")
    assert [event.tipline_id for event in world.finished_here()] == [str(filed.report_id)]
