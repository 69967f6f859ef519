"""A draft is finished well inside the hour after its last change, or it is begun anew."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE, HandTime
from tests.faults.filing_world import World, make_world
from tests.faults.judge import Judge, opened_events

from answerable.adapters.sql.outbox import Outbox
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver.serve import started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.kernel.errors import Outage
from answerable.kernel.time import HOUR, MINUTE, SECOND
from answerable.reports.model import Status


class OutageInTheMidst:
    """A far side that goes away before one call and comes back when it is told to."""

    def __init__(self, far: Any, call: str, nth: int) -> None:
        self._far, self._call, self._left = far, call, nth
        self.away = False
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.asked.append(name)
            self._left -= name == self._call
            self.away = self.away or (name == self._call and self._left == 0)
            if self.away:
                raise Outage(f"{name} did not answer")
            return getattr(self._far, name)(*args)

        return call


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def receiver_db(tmp_path: Path) -> Path:
    return tmp_path / "receiver.sqlite3"


@pytest.fixture
def world(
    make_store: Callable[..., Store], tmp_path: Path, receiver_db: Path, time: HandTime
) -> Iterator[World]:
    with started_receiver(ReceiverSettings(port=0, db_path=receiver_db), time) as receiver:
        yield make_world(make_store, receiver, tmp_path, time)


def away_for(span: int, world: World, outbox: Outbox, far: OutageInTheMidst, time: HandTime) -> int:
    """Work until the far side goes away, and then for `span` as a worker does; how many calls."""
    outbox.drain()
    assert far.away
    begun, back = len(far.asked), time.now() + span
    while time.now() < back:
        due = outbox.next_due()
        assert due is not None
        time.pass_(min(max(due - time.now(), SECOND), back - time.now()))
        outbox.drain()
    return len(far.asked) - begun


def come_back(outbox: Outbox, far: OutageInTheMidst, time: HandTime) -> None:
    far.away = False
    while (due := outbox.next_due()) is not None:
        time.pass_(max(due - time.now(), 0))
        outbox.drain()


def how_abandoned(world: World) -> list[str]:
    return [str(e.get("how")) for e in opened_events(world.store) if e.type == "report.abandoned"]


def longest_wait(receiver_db: Path) -> int:
    """Of all finished reports: from the last change to the finish."""
    with sqlite3.connect(receiver_db) as sql:
        rows = sql.execute(
            "SELECT ended - coalesce(touched, opened) FROM reports WHERE state = 'finished'"
        )
        return max(row[0] for row in rows)


@pytest.mark.parametrize(
    ("call", "nth"), [("upload", 1), ("fileinfo", 1), ("upload", 2), ("fileinfo", 2)]
)
@pytest.mark.parametrize("minutes", [30, 51, 70, 26 * 60])
def test_a_worker_that_comes_back_late_begins_anew(
    world: World, receiver_db: Path, time: HandTime, call: str, nth: int, minutes: int
) -> None:
    judge, far = Judge(receiver_db), OutageInTheMidst(world.client(), call, nth)
    outbox = world.wire(far)
    world.decide(world.ad("ad-1"))
    away_for(minutes * MINUTE, world, outbox, far, time)
    come_back(outbox, far, time)
    judge.filed_as_decided(world.store, world.files)
    lost = "upload-unknown" if call == "upload" else "lapsing"
    assert how_abandoned(world) == ([] if minutes < 50 and call == "fileinfo" else [lost])
    assert longest_wait(receiver_db) < 50 * MINUTE


def test_a_draft_that_only_waits_for_finish_is_asked_about_first(
    world: World, receiver_db: Path, time: HandTime
) -> None:
    """It may be filed already: the same id is asked again, and nothing is filed twice."""
    far = OutageInTheMidst(world.client(), "finish", 1)
    outbox = world.wire(far)
    world.decide(world.ad("ad-1"))
    away_for(2 * HOUR, world, outbox, far, time)
    judge = Judge(receiver_db)
    come_back(outbox, far, time)
    judge.filed_as_decided(world.store, world.files)
    assert how_abandoned(world) == []
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    assert duty.status is Status.FINISHED
