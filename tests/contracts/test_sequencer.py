"""The sequencer on real databases, with a real signer process: one log, however many write.

A head is published only over leaves that are durable, and every head ever published is consistent
with all the others (log_room.Log.judge).
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.log_room import Log, SignerProcess
from tests.contracts.test_store import granted
from tests.databases import POSTGRES, SECOND_MAJOR, SITE, SQLITE, HandTime, fresh_database

from answerable.adapters.sql import lease, sequencer
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.sequencer import LEASE, waiting
from answerable.adapters.tiles.folder import TileFolder
from answerable.kernel.errors import Breach, Outage
from answerable.kernel.ids import SubjectId

pytestmark = pytest.mark.slow


@pytest.fixture(params=[SQLITE, POSTGRES, SECOND_MAJOR])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Here also on the second major of PostgreSQL."""
    yield from fresh_database(request, tmp_path)


# The plain way


def test_events_become_leaves_under_a_signed_checkpoint(log: Log) -> None:
    writer = log.sequencer()
    assert writer.step() == 0
    for number in (1, 5, 30, 2):
        log.record(*(f"s{n % 3}" for n in range(number)))
        assert writer.step() == number
        log.look()
        assert writer.step() == 0
    assert len(log.seen) == 4
    log.judge()


def test_a_log_of_many_tiles_in_many_batches(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "BATCH_MAX", 300)
    monkeypatch.setattr(sequencer, "PAGE", 256)

    def many(work: Any) -> None:
        work.record(*(granted(f"n{n}", SubjectId(f"s{n % 7}")) for n in range(1_000)))

    log.store.run(many)
    assert log.sequencer().drain() == 1_000
    log.judge()


def test_events_are_recorded_while_others_are_sequenced(log: Log) -> None:
    writer, ended = log.sequencer(), threading.Event()

    def record(name: str) -> None:
        for number in range(25):
            log.record(name if number % 2 else "shared")

    threads = [threading.Thread(target=record, args=(f"s{n}",)) for n in range(3)]

    def sequence() -> None:
        while not ended.is_set():
            writer.drain()
            log.look()

    sequencing = threading.Thread(target=sequence)
    for thread in (*threads, sequencing):
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    sequencing.join()
    writer.drain()
    assert len(log.leaves()) == 75
    log.judge()


# Two at once


def test_two_sequencers_at_once_write_one_log(log: Log, make_store: Callable[..., Store]) -> None:
    """With leases so short that they change hands amid the work."""
    writers = [
        log.sequencer("one", lease_ms=5),
        log.sequencer("two", store=make_store(), lease_ms=5),
    ]
    ended, turns = threading.Event(), [0, 0]
    faults: list[str] = []

    def sequence(number: int) -> None:
        while not ended.is_set():
            try:
                turns[number] += writers[number].step()
                log.look()
            except Outage as late:
                if "passed to another" not in str(late):
                    faults.append(str(late))
            except Breach as fault:
                faults.append(str(fault))
                return

    threads = [threading.Thread(target=sequence, args=(n,)) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for number in range(60):
        log.record(f"s{number % 4}")
    while not faults and log.store.read(lambda work: waiting(work, SITE)):
        pass
    ended.set()
    for thread in threads:
        thread.join()
    assert faults == []
    log.store.run(
        lambda work: (lease.release_all(work.conn, "one"), lease.release_all(work.conn, "two"))
    )
    log.sequencer("last").drain()
    log.judge()


def test_only_the_holder_of_the_lease_sequences(make_store: Callable[..., Store], log: Log) -> None:
    log.record("a")
    assert log.sequencer("one").step() == 1
    log.record("a")
    assert log.sequencer("two").step() == 0
    log.sequencer("one").release()
    assert log.sequencer("two").step() == 1
    log.judge()


class Delayed:
    """Stands before a part and does something else just before, or after, one of its methods."""

    def __init__(self, part: Any, name: str, then: Callable[[], None], *, after: bool) -> None:
        self._part, self._name, self._then, self._after = part, name, then, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._part, name)
        if name != self._name:
            return real

        def call(*args: Any, **more: Any) -> Any:
            if not self._after:
                self._then()
            result = real(*args, **more)
            if self._after:
                self._then()
            return result

        return call


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("part", "method"),
    [("tiles", "extend"), ("tiles", "root_of"), ("signer", "sign"), ("tiles", "publish")],
)
def test_a_late_writer_is_turned_away_and_says_outage(
    make_store: Callable[..., Store],
    signer: SignerProcess,
    tmp_path: Path,
    part: str,
    method: str,
    after: bool,
) -> None:
    """Held up anywhere, while another takes over and publishes more: no Breach, and no fork."""
    time = HandTime()
    log = Log(make_store(None, time), signer, TileFolder(tmp_path / "log"))
    log.record("a", "b")
    log.sequencer("first").step()
    log.look()
    time.pass_(10_000)
    log.record("a", "c")
    overtaken = []

    def overtake() -> None:
        if overtaken:
            return
        overtaken.append(1)
        time.pass_(10_000)
        log.record("d")
        log.sequencer("other").drain()
        log.look()

    real = {"tiles": log.tiles, "signer": log.signer.client}[part]
    late = log.sequencer("late", **{part: Delayed(real, method, overtake, after=after)})
    why = "passed to another"
    try:
        late.step()
    except Outage as turned_away:
        why = str(turned_away)
    assert "passed to another" in why
    assert overtaken
    log.judge()
    assert len(log.leaves()) == 5


def test_a_stale_fence_commits_nothing(
    make_store: Callable[..., Store], signer: SignerProcess, tmp_path: Path
) -> None:
    time = HandTime()
    log = Log(make_store(None, time), signer, TileFolder(tmp_path / "log"))
    late = log.sequencer("late")
    fence = log.store.run(
        lambda work: lease.take(work.conn, SITE, LEASE, "late", work.now(), 5_000)
    )
    assert fence is not None
    time.pass_(6_000)
    log.record("a")
    assert log.sequencer("other").step() == 1
    log.record("b")
    with pytest.raises(Outage, match="passed to another"):
        log.store.run(lambda work: late._commit_leaves(work, fence))
    assert len(log.leaves()) == 1
