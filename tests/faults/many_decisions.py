"""Many decisions, two workers, and a receiver that fails one call in five: the shared part.

The counts are split over several test files, because a part of a long run ends within 20 minutes.
"""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.fault_proxy import Fault
from tests.faults.house_room import FilingHouse, filing_house
from tests.faults.judge import Judge

from answerable.adapters.sql.outbox import Outbox
from answerable.kernel.ids import ActorId
from answerable.kernel.time import MINUTE, SECOND
from answerable.reports.model import Status

PARTS = 4
FAILS = 0.2
BATCH = 50
ROUNDS_MAX = 2_000
WEIGHTS = {
    Fault.FAILS: 4,
    Fault.FAILS_AFTER: 4,
    Fault.GATEWAY: 4,
    Fault.GATEWAY_AFTER: 4,
    Fault.PAGE_AFTER: 3,
    Fault.EMPTY_AFTER: 3,
    Fault.CUT_AFTER: 4,
    Fault.ROOT_AFTER: 3,
    Fault.DROP: 6,
    Fault.DROP_AFTER: 6,
    Fault.SLOW: 0.1,  # each takes a real time-out
    Fault.SLOW_AFTER: 0.1,
    Fault.OTHER_AFTER: 0.4,  # a person each
    Fault.REFUSED: 0.4,
}


class Chance:
    """Which request meets which fault, from a seed. Several wires ask at once."""

    def __init__(self, seed: int) -> None:
        self._random, self._lock = random.Random(seed), threading.Lock()

    def __call__(self, call: str) -> Fault:
        with self._lock:
            if self._random.random() >= FAILS:
                return Fault.NONE
            (fault,) = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))
            return fault


def decide_and_file(folder: Path, seed: int, count: int) -> dict[str, int]:
    """`count` decisions through it all; then the law. What came, for the record."""
    luck = random.Random(seed)
    with filing_house(folder, tipline_seconds=0.8, lease_ms=5_000) as room:
        judge = Judge(room.receiver_db)
        room.proxy.draw = Chance(seed)
        workers = [room.worker("one"), room.worker("two")]
        resumed = 0
        with ThreadPoolExecutor(len(workers)) as pool:
            for start in range(0, count, BATCH):
                for number in range(start, min(start + BATCH, count)):
                    room.report(f"ad-{number}", urgent=luck.random() < 0.3)
                room.time.pass_(MINUTE)
                list(pool.map(Outbox.drain, workers))
            for _ in range(ROUNDS_MAX):
                list(pool.map(Outbox.drain, workers))
                resumed += resume_all(room)
                due = workers[0].next_due()
                if due is None:
                    break
                room.time.pass_(max(due - room.time.now(), SECOND))
        assert workers[0].next_due() is None, "the outbox never ran empty"
        room.proxy.draw = None
        room.proxy.deliver_late()
        duties = room.duties()
        assert {duty.status for duty in duties} == {Status.FINISHED}
        assert len(duties) == count
        judge.filed_as_decided(room.house.store, room.house.files)
        asked = sum(room.proxy.drawn.values())
        struck = asked - room.proxy.drawn[Fault.NONE]
        assert 0.15 * asked < struck < 0.25 * asked
        return {"calls": asked, "faults": struck, "resumed": resumed}


def resume_all(room: FilingHouse) -> int:
    """A person deals with whatever waits for one."""
    waiting = room.waiting_for_a_person()
    for name in waiting:
        room.house.resume_report(room.house.site, name, "asked them", ActorId("staff:ana"), "site")
    return len(waiting)
