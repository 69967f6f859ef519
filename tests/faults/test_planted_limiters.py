"""A limiter that got past every reader is found by the third sum, or rings its clock.

Each is planted in the running code, the decisions go through the real services, and the record is
read as an examiner reads it. And the other way round: whatever an operator sets, within what can
be set, a decided report is owed at once and finished within half an hour.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.house_room import FilingHouse, filing_house
from tests.faults.judge import Judge, left_over, opened_events, sums_of

from answerable.apps.settings import Settings
from answerable.events.event import event_header
from answerable.events.reports import ReportWithdrawn
from answerable.kernel.ids import ActorId
from answerable.kernel.time import DAY, HOUR, MINUTE
from answerable.reports.filing import FileReport
from answerable.reports.model import Status
from answerable.reports.service import OweReport

pytestmark = pytest.mark.slow
DECISIONS = 20


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FilingHouse]:
    with filing_house(tmp_path, undo_ms=0) as made:
        yield made


def decide_all(room: FilingHouse) -> None:
    for number in range(DECISIONS):
        room.report(f"ad-{number}", urgent=number % 2 == 0)
    room.worker("one").drain()


def kinds(room: FilingHouse) -> list[str]:
    return sorted(left.kind for left in left_over(sums_of(room.house.store)))


def plant(
    monkeypatch: pytest.MonkeyPatch, service: type, let_by: Callable[[int], bool]
) -> Callable[..., None]:
    """Only every call that `let_by` says goes through to the service; the rest is dropped."""
    real, count = service.__call__, iter(range(1_000_000))  # type: ignore[operator]

    def limited(self: Any, *args: Any) -> None:
        if let_by(next(count)):
            real(self, *args)

    monkeypatch.setattr(service, "__call__", limited)
    return real  # type: ignore[no-any-return]


def test_without_one_nothing_is_left_over(room: FilingHouse) -> None:
    judge = Judge(room.receiver_db)
    decide_all(room)
    judge.filed_as_decided(room.house.store, room.house.files)


@pytest.mark.parametrize(
    ("let_by", "dropped"),
    [
        pytest.param(lambda n: n % 10 != 9, DECISIONS // 10, id="every tenth"),
        pytest.param(lambda n: n < 5, DECISIONS - 5, id="no more than five"),
        pytest.param(lambda n: n != 0, 1, id="one"),
    ],
)
def test_what_is_never_owed_came_to_nothing(
    room: FilingHouse,
    monkeypatch: pytest.MonkeyPatch,
    let_by: Callable[[int], bool],
    dropped: int,
) -> None:
    plant(monkeypatch, OweReport, let_by)
    decide_all(room)
    assert kinds(room) == ["came to nothing"] * dropped


def test_what_is_taken_back_by_a_machine_is_left_over(room: FilingHouse) -> None:
    """As if the events were in order, and the rows changed: withdrawn without an undo."""
    room.report("ad-1", urgent=True)
    (duty,) = room.duties()

    def veto(work: Any) -> None:
        work.record(
            ReportWithdrawn(
                **event_header(duty.site, duty.subject, ActorId("system:rule"), work.now()),
                report=duty.id,
                ads=list(duty.ads),
                decision=duty.decision,
            )
        )

    room.house.store.run(veto)
    assert kinds(room) == ["not taken back"]


def test_what_is_owed_and_never_filed_stands_open_and_rings(
    room: FilingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, FileReport, lambda n: n % 5 != 4)
    decide_all(room)
    sums = sums_of(room.house.store)
    assert left_over(sums) == []
    assert sums.real.reports.pending == DECISIONS // 5
    room.time.pass_(DAY + MINUTE)
    room.house.ring_bells(room.house.site)
    late = {
        e.get("case")
        for e in opened_events(room.house.store)
        if e.type == "clock.escalated" and e.get("duty") in ("report_promptly", "report_urgently")
    }
    assert len(late) == DECISIONS // 5


def drawn(luck: random.Random) -> dict[str, Any]:
    """Settings anywhere within their ranges, the ends more often than the rest."""
    told: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        bounds = {type(mark).__name__: mark for mark in field.metadata}
        if name.endswith("port") or field.annotation not in (int, float):
            continue
        low = bounds["Ge"].ge if "Ge" in bounds else 1
        high = bounds["Le"].le if "Le" in bounds else 1_000_000_000
        told[name] = luck.choice((low, high, luck.randint(int(low) + 1, int(high))))
    told["tipline_seconds"] = max(told["tipline_seconds"], 5)  # the receiver here is no faster
    told["lease_ms"] = max(told["lease_ms"], int(2_000 * told["tipline_seconds"]) + 1)
    told["jurisdictions"] = luck.choice(("", "US", "US,GB,CA", "DE"))
    told["esp_phone"] = luck.choice(("", "+12025550100"))
    told["esp_terms"] = luck.choice(("", "https://ads.example.com/terms"))
    return told


def test_whatever_is_set_a_decided_report_is_owed_at_once_and_filed(
    tmp_path: Path, how_many: Callable[[int, int], int], luck: random.Random
) -> None:
    for number in range(how_many(3, 150)):
        folder, told = tmp_path / str(number), drawn(luck)
        folder.mkdir()
        with filing_house(folder, **told) as room:
            judge, worker = Judge(room.receiver_db), room.worker("one")
            for urgent in (True, False):
                made = room.report(f"ad-{urgent}", urgent=urgent)
                assert made.id in {duty.decision for duty in room.duties()}, told
            worker.drain()
            assert {d.status for d in room.duties() if d.urgent} == {Status.FINISHED}, told
            room.until(room.time.now() + HOUR, worker)
            judge.filed_as_decided(room.house.store, room.house.files)
            waits = [d.finished - d.owed for d in room.duties() if d.finished is not None]
            assert max(waits) <= 30 * MINUTE, told


@pytest.mark.parametrize(
    "told",
    [
        {"undo_ms": 30 * MINUTE + 1},
        {"undo_ms": -1},
        {"lease_ms": DAY},
        {"tipline_seconds": 86_400},
        {"tipline_seconds": 0.001},
        {"sweep_ms": DAY},
    ],
    ids=str,
)
def test_what_would_hold_reports_up_cannot_be_set(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        Settings(**told)


def test_a_wait_beyond_half_an_hour_cannot_be_wired_either() -> None:
    from answerable.adapters.clock import SystemIds
    from answerable.kernel.errors import Breach

    with pytest.raises(Breach, match="half an hour"):
        OweReport(SystemIds(), 30 * MINUTE + 1)
