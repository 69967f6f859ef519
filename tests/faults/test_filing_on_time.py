"""When it is filed, and who hears of it when it can't be: days of silence, refused credentials."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.fault_proxy import Fault
from tests.faults.house_room import FilingHouse, filing_house
from tests.faults.judge import Judge, opened_events, sums_of

from answerable.adapters.sql import core
from answerable.adapters.sql.outbox import BACKOFF_MAX
from answerable.escalation.model import AT_ONCE
from answerable.events.event import Opened
from answerable.kernel.ids import ActorId
from answerable.kernel.time import DAY, HOUR, MINUTE
from answerable.reports.model import Status

pytestmark = pytest.mark.slow
SWEEP = 5 * MINUTE
"""The app sweeps every few seconds; nothing here depends on which."""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FilingHouse]:
    with filing_house(tmp_path, tipline_seconds=5, lease_ms=11_000) as made:
        yield made


def rung(room: FilingHouse) -> list[tuple[int, str, int]]:
    """(minutes since the first event, circle, step) of everything told about a clock."""
    opened = opened_events(room.house.store)
    begun = min(e.recorded for e in opened if e.type == "case.decided")
    return [
        ((e.recorded - begun) // MINUTE, str(e.get("circle")), int(e.get("step")))
        for e in opened
        if e.type == "clock.escalated" and str(e.get("duty")).startswith("report_")
    ]


def events_of(room: FilingHouse, kind: str) -> list[Opened]:
    return [e for e in opened_events(room.house.store) if e.type == kind]


def filed_once(room: FilingHouse, judge: Judge) -> None:
    judge.filed_as_decided(room.house.store, room.house.files)


def test_with_a_healthy_receiver_nothing_is_late(
    room: FilingHouse, how_many: Callable[[int, int], int], luck: Any
) -> None:
    """Urgent ones at once, before time moves at all; the others within half an hour, undo and
    waiting for facts included."""
    judge, worker = Judge(room.receiver_db), room.worker("one")
    for number in range(how_many(20, 500)):
        room.report(f"ad-{number}", urgent=luck.random() < 0.3)
        room.until(room.time.now() + luck.randrange(3) * MINUTE, worker)
    room.until(room.time.now() + HOUR, worker)
    filed_once(room, judge)
    took = {True: [0], False: [0]}
    for duty in room.duties():
        assert duty.finished is not None
        took[duty.urgent].append(duty.finished - duty.owed)
    assert max(took[True]) == 0
    assert 0 < max(took[False]) <= 30 * MINUTE


@pytest.mark.parametrize(
    ("fault", "urgent"),
    [
        (Fault.FAILS, False),
        *(
            pytest.param(fault, urgent, marks=pytest.mark.long)
            for fault in (Fault.FAILS, Fault.GATEWAY, Fault.DROP)
            for urgent in (True, False)
            if urgent or fault is not Fault.FAILS
        ),
    ],
)
def test_after_three_days_of_its_own_faults_it_files_once_and_people_knew(
    room: FilingHouse, fault: Fault, urgent: bool
) -> None:
    judge, worker = Judge(room.receiver_db), room.worker("one")
    room.proxy.draw = lambda call: fault
    room.report("ad-1", urgent=urgent)
    begun = room.time.now()
    room.until(begun + DAY + HOUR, worker, sweep_every=SWEEP)
    (duty,) = room.duties()
    assert duty.status not in (Status.FINISHED, Status.NEEDS_PERSON)
    assert sums_of(room.house.store).real.reports.pending == 1
    told = rung(room)
    first = 15 if urgent else 20 * 60
    assert first <= min(at for at, _, _ in told) <= first + SWEEP // MINUTE
    over = 60 if urgent else DAY // MINUTE
    room.until(begun + 3 * DAY, worker, sweep_every=HOUR)
    assert any(at >= over for at, _, _ in rung(room)), "nobody heard that the clock had run out"
    assert room.house.read_bells(room.house.site, room.ana), "nothing rings on the console"
    mine = core.outbox.select().where(core.outbox.c.service == "reports.FileReport")
    (waiting,) = room.house.store.read(lambda w: w.conn.execute(mine).all())
    assert not waiting.parked
    assert waiting.why
    calls = room.proxy.seen["submit"]
    assert 3 * DAY // BACKOFF_MAX <= calls <= 3 * DAY // BACKOFF_MAX + 30
    back, room.proxy.draw = room.time.now(), None
    room.until(back + BACKOFF_MAX + 2_000, worker, sweep_every=SWEEP)
    filed_once(room, judge)
    assert room.house.read_bells(room.house.site, room.ana) == ()


@pytest.mark.parametrize("urgent", [True, False], ids=["urgent", "not urgent"])
@pytest.mark.parametrize("fault", [Fault.UNAUTHORISED, Fault.REFUSED])
def test_refused_credentials_are_a_person_s_at_once(
    room: FilingHouse, urgent: bool, fault: Fault
) -> None:
    """Trying again mends nothing. Whoever is on call hears it in the same transaction."""
    judge, worker = Judge(room.receiver_db), room.worker("one")
    room.proxy.draw = lambda call: fault
    room.report("ad-1", urgent=urgent)
    room.until(room.time.now() + 30 * MINUTE, worker)
    (duty,) = room.duties()
    assert duty.status is Status.NEEDS_PERSON
    assert room.proxy.seen["submit"] == 1, "it asked again with credentials that were refused"
    ((at, circle, step),) = rung(room)
    assert (at, step) == (0 if urgent else 5, AT_ONCE)
    assert circle == "reviewers"  # nobody is on call: the next wider circle
    assert [e.get("people") for e in events_of(room, "bell.rung")] == [[room.ana.id]]
    (bell,) = room.house.read_bells(room.house.site, room.ana)
    assert bell.stopped
    room.house.acknowledge_bells(room.house.site, room.ana, duty.case)
    assert room.house.read_bells(room.house.site, room.ana) == ()
    assert sums_of(room.house.store).real.reports.needs_person == 1
    room.until(room.time.now() + DAY, worker, sweep_every=10 * MINUTE)
    assert {step for _, _, step in rung(room)} >= {0, 1, 2}, "to have heard silences no later step"
    assert room.proxy.seen["submit"] == 1
    room.proxy.draw = None
    room.house.resume_report(room.house.site, duty.id, "new password", ActorId("staff:ana"), "site")
    room.until(room.time.now() + MINUTE, worker)
    filed_once(room, judge)


def test_a_second_stop_rings_again(room: FilingHouse) -> None:
    worker = room.worker("one")
    room.proxy.draw = lambda call: Fault.REFUSED
    room.report("ad-1", urgent=True)
    room.until(room.time.now() + MINUTE, worker)
    (duty,) = room.duties()
    room.house.acknowledge_bells(room.house.site, room.ana, duty.case)
    room.time.pass_(MINUTE)
    resume = room.house.resume_report
    resume(room.house.site, duty.id, "asked them", ActorId("staff:ana"), "site")
    room.until(room.time.now() + MINUTE, worker)
    assert [step for _, _, step in rung(room)] == [AT_ONCE, AT_ONCE]
    (bell,) = room.house.read_bells(room.house.site, room.ana)
    assert bell.rung[-1].round == 1


def test_an_urgent_report_goes_before_all_that_waited(room: FilingHouse) -> None:
    """After an outage there is a queue; the urgent one does not stand in it."""
    worker = room.worker("one", urgent_only=True)
    for number in range(5):
        room.report(f"ad-{number}", urgent=False)
    room.report("now", urgent=True)
    room.time.pass_(HOUR)
    worker.drain()
    assert [duty.urgent for duty in room.duties() if duty.status is Status.FINISHED] == [True]
    everybody = room.worker("two")
    everybody.drain()
    assert {duty.status for duty in room.duties()} == {Status.FINISHED}
