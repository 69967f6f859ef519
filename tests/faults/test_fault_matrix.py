"""Every call, every fault, with and without the worker's death right after: never silent.

Each cell ends as one finished report with exactly the intended bytes, or as a duty that a person
can see and resume, and then it is one finished report. Everything goes over real HTTP: client,
a wire that fails on purpose, the TEST receiver. Time is handed in; the receiver shares it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE, HandTime
from tests.faults.fault_proxy import Fault, FaultProxy, Strike, started_fault_proxy
from tests.faults.filing_world import LEASE_MS, World, make_world
from tests.faults.judge import Judge, left_over, sums_of

from answerable.adapters.cybertipline.client import Timeouts, TiplineClient
from answerable.adapters.sql.outbox import Outbox
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver.serve import RunningReceiver, started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.kernel.ids import ActorId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import SECOND
from answerable.reports.model import ENDED, Duty, Status
from answerable.reports.service import ResumeReport

CALLS = ("submit", "upload", "fileinfo", "finish", "retract")
NEEDS_PERSON = frozenset(
    {Fault.OTHER_AFTER, Fault.REFUSED, Fault.UNAUTHORISED, Fault.INVALID, Fault.UNKNOWN}
)
"""What trying again cannot mend. A worker that dies before it can say so has it tried again."""
PATIENT = Timeouts(connect=10, read=10, write=10, whole=20)
HASTY = Timeouts(connect=10, read=0.3, write=10, whole=0.4)
ROUNDS_MAX = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One place of the matrix."""

    call: str
    fault: Fault
    dies: bool

    @property
    def strikes(self) -> tuple[Strike, ...]:
        """/retract is only called where an upload's answer was lost."""
        met = Strike(call=self.call, fault=self.fault)
        first = (Strike(call="upload", fault=Fault.DROP_AFTER),) if self.call == "retract" else ()
        return (*first, met)

    @property
    def waits_for_a_person(self) -> bool:
        if self.call == "submit" and self.fault is Fault.OTHER_AFTER:
            return False  # nobody can tell; the id is unknown there, and the report begins anew
        return self.fault in NEEDS_PERSON and not self.dies

    @property
    def name(self) -> str:
        return f"{self.call}: {self.fault}{', and the worker dies' if self.dies else ''}"


def cells() -> list[Cell]:
    """All of them. An honest answer is a cell only where the worker dies of it."""
    return [
        Cell(call=call, fault=fault, dies=dies)
        for call in CALLS
        for fault in Fault
        for dies in (False, True)
        if dies or fault is not Fault.NONE
    ]


CORE = [
    cell
    for cell in cells()
    if cell.dies and cell.fault in (Fault.NONE, Fault.DROP_AFTER, Fault.LAPSED)
] + [
    Cell(call=call, fault=fault, dies=False)
    for call in CALLS
    for fault in (Fault.DROP, Fault.OTHER_AFTER)
]
"""What leans most on leases and transactions: on both databases."""


class Died(BaseException):
    """The worker's end. Nothing of ours catches it, and nothing is written after it."""


class Mortal:
    """A worker's way to the database: once it is dead, nothing goes through."""

    def __init__(self, store: Store) -> None:
        self._store, self.dead = store, False

    def __getattr__(self, name: str) -> Any:
        if self.dead:
            raise Died
        return getattr(self._store, name)


class DiesAfter:
    """A client whose worker dies as soon as the last strike came, whatever was answered."""

    def __init__(self, far: Any, proxy: FaultProxy, mortal: Mortal, strikes: int) -> None:
        self._far, self._proxy, self._mortal, self._strikes = far, proxy, mortal, strikes

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            try:
                return getattr(self._far, name)(*args)
            finally:
                if len(self._proxy.struck) == self._strikes:
                    self._mortal.dead = True
                    raise Died

        return call


@dataclass
class Rig:
    """What all cells share: the receiver, the wire, clients, and one time that only goes on."""

    time: HandTime
    receiver: RunningReceiver
    receiver_db: Path
    proxy: FaultProxy
    patient: TiplineClient
    hasty: TiplineClient


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    time, path = HandTime(), tmp_path_factory.mktemp("receiver") / "receiver.sqlite3"
    with (
        started_receiver(ReceiverSettings(port=0, db_path=path), time) as receiver,
        started_fault_proxy(receiver.origin, receiver.switchboard) as proxy,
    ):

        def client(timeouts: Timeouts) -> TiplineClient:
            return TiplineClient(
                base_url=proxy.base_url,
                username="test",
                password=Sealed("test", label="test password"),
                timeouts=timeouts,
            )

        with client(PATIENT) as patient, client(HASTY) as hasty:
            yield Rig(time, receiver, path, proxy, patient, hasty)


@pytest.fixture
def world(make_store: Callable[..., Store], rig: Rig, tmp_path: Path) -> World:
    rig.receiver.switchboard.turn(time_shift_ms=0, expired_code=5001)
    return make_world(make_store, rig.receiver, tmp_path, rig.time)


def the_duty(world: World) -> Duty:
    (duty,) = world.store.read(lambda work: work.reports.latest(SITE, 10))
    return duty


def work_until_quiet(outbox: Outbox, time: HandTime) -> None:
    """As a worker does; time passes to whatever is due next, and past a dead worker's lease."""
    for _ in range(ROUNDS_MAX):
        outbox.drain()
        due = outbox.next_due()
        if due is None:
            return
        time.pass_(max(due - time.now(), SECOND))
    raise AssertionError("the outbox never ran empty")


def work_until_dead(outbox: Outbox, time: HandTime, mortal: Mortal) -> None:
    try:
        work_until_quiet(outbox, time)
    except Died:
        return
    raise AssertionError("the worker lived")


def stands_open_and_visible(world: World) -> None:
    """Nobody has to know: it is in the record, in the list of what is owed, and says why."""
    duty = the_duty(world)
    assert duty.status is Status.NEEDS_PERSON
    assert duty.why
    assert [d.id for d in world.store.read(lambda w: w.reports.open_duties(SITE, 10))] == [duty.id]
    sums = sums_of(world.store)
    assert left_over(sums) == []
    assert sums.real.reports.needs_person == 1
    assert sums.real.reports.finished == 0


def run_cell(cell: Cell, world: World, rig: Rig) -> None:
    judge, far = Judge(rig.receiver_db), rig.hasty if cell.fault.slow else rig.patient
    rig.proxy.arm(*cell.strikes)
    world.wire(rig.patient)
    world.decide(world.ad("ad-1"))
    if cell.dies:
        mortal = Mortal(world.store)
        mourned = DiesAfter(far, rig.proxy, mortal, len(cell.strikes))
        work_until_dead(world.wire(mourned, runs=mortal, holder="the dead"), rig.time, mortal)
        assert the_duty(world).status not in ENDED
        rig.time.pass_(LEASE_MS + 1)
    outbox = world.wire(far if not cell.dies else rig.patient, holder="the living")
    work_until_quiet(outbox, rig.time)
    assert rig.proxy.struck == list(cell.strikes), "the cell never met its fault"
    rig.proxy.deliver_late()
    if cell.waits_for_a_person:
        stands_open_and_visible(world)
        resume = ResumeReport(world.store)
        resume(SITE, the_duty(world).id, "called them", ActorId("staff:ana"), "site")
        work_until_quiet(outbox, rig.time)
    assert the_duty(world).status is Status.FINISHED, the_duty(world).why
    judge.filed_as_decided(world.store, world.files)
    if not cell.fault.slow:
        assert judge.drafts_left() <= (1 if cell.call == "submit" else 0)


@pytest.mark.parametrize("cell", cells(), ids=lambda cell: cell.name)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_meets_whichever_call(cell: Cell, world: World, rig: Rig) -> None:
    run_cell(cell, world, rig)


@pytest.mark.parametrize("cell", CORE, ids=lambda cell: cell.name)
@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
def test_the_core_of_it_on_the_other_database(cell: Cell, world: World, rig: Rig) -> None:
    run_cell(cell, world, rig)
