"""Where transactions come from, at its worst moments: closing, a full disk, a lock held elsewhere.

Whoever asks gets an answer: a result that is committed, or one of the three failures.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from tests.contracts.test_store import SUBJECT, count, granted
from tests.databases import SITE

from answerable.adapters.sql import core, engine
from answerable.adapters.sql.runner import _ERASURES, Store
from answerable.kernel.errors import Breach, Outage
from answerable.kernel.ids import SubjectId

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Where one writer commits several callers together, and the file is locked as a whole."""


def site_row(name: str) -> dict[str, Any]:
    return {
        "site": name,
        "name": name,
        "subject": name,
        "origin": f"ads.example.com/{name}/2026",
        "synthetic": False,
        "created": 1,
    }


def test_nobody_waits_for_ever_for_a_store_that_is_being_closed(
    make_store: Callable[..., Store],
) -> None:
    """Named for a hang: asked between the look at `closed` and the end of the queue."""
    for _ in range(30):
        store = make_store()
        answers: list[str] = []
        ready = threading.Barrier(5)

        def ask(store: Store = store, answers: list[str] = answers, ready: Any = ready) -> None:
            ready.wait()
            for _ in range(20):
                try:
                    store.run(lambda work: work.now())
                    answers.append("done")
                except Outage:
                    answers.append("closed")

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        ready.wait()
        store.close()
        for thread in threads:
            thread.join(timeout=20)
        assert not any(thread.is_alive() for thread in threads)
        assert len(answers) == 80
        for ask_again in (store.run, store.read):
            with pytest.raises(Outage, match="closed"):
                ask_again(lambda work: work.now())


def test_what_was_asked_before_the_close_is_committed(make_store: Callable[..., Store]) -> None:
    store, other = make_store(), make_store()
    entered, go = threading.Event(), threading.Event()

    def slow(work: Any) -> None:
        work.record(granted())
        entered.set()
        assert go.wait(20)

    asking = threading.Thread(target=store.run, args=(slow,))
    asking.start()
    assert entered.wait(20)
    closing = threading.Thread(target=store.close)
    closing.start()
    go.set()
    asking.join(20)
    closing.join(20)
    assert count(other, core.event) == 1


@only_sqlite
def test_a_transaction_that_sqlite_undid_is_acknowledged_to_nobody(store: Store) -> None:
    """A full disk rolls back the whole group, savepoints and all; those before it lost theirs."""
    answers: dict[str, BaseException | None] = {}
    entered, go = threading.Event(), threading.Event()

    def hold(work: Any) -> None:
        entered.set()
        assert go.wait(20)

    def good(work: Any) -> None:
        work.record(granted("good", SubjectId("good")))

    def disk_full(work: Any) -> None:
        work.conn.connection.driver_connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    def late(work: Any) -> None:
        work.record(granted("late", SubjectId("late")))

    def ask(name: str, fn: Callable[[Any], None]) -> None:
        try:
            store.run(fn)
            answers[name] = None
        except (Breach, Outage, sqlite3.Error) as fault:
            answers[name] = fault

    threads = [threading.Thread(target=ask, args=("hold", hold))]
    threads[0].start()
    assert entered.wait(20)
    assert store._writer is not None
    for number, fn in enumerate((good, disk_full, late), start=1):
        threads.append(threading.Thread(target=ask, args=(fn.__name__, fn)))
        threads[-1].start()
        while store._writer._asked.qsize() < number:  # so that they come in this order
            time.sleep(0.001)
    go.set()
    for thread in threads:
        thread.join(20)
    assert answers["hold"] is None
    acknowledged = {name for name, fault in answers.items() if fault is None}
    subjects = store.read(
        lambda work: set(work.conn.execute(select(core.chain.c.subject)).scalars())
    )
    assert acknowledged - {"hold"} == subjects
    assert isinstance(answers["good"], Outage)
    store.run(lambda work: work.record(granted("after", SubjectId("after"))))
    assert count(store, core.event) == 1


@only_sqlite
def test_a_lock_held_by_another_process_is_an_outage(
    make_store: Callable[..., Store], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 100)
    store = make_store()
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Outage):
        store.run(lambda work: work.record(granted()))
    assert count(store, core.event) == 0  # readers go on
    other.execute("ROLLBACK")
    other.close()
    store.run(lambda work: work.record(granted()))
    assert count(store, core.event) == 1


def test_a_database_without_room_for_another_connection_is_an_outage(
    make_store: Callable[..., Store],
) -> None:
    store = make_store()
    store.engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    taken = []
    try:
        for _ in range(16):
            taken.append(store.engine.connect())
        for ask in (store.read, store.run):
            with pytest.raises(Outage, match="free"):
                ask(lambda work: work.now())
    finally:
        for conn in taken:
            conn.close()
    assert store.run(lambda work: work.now()) > 0


@pytest.mark.parametrize("ask", ["run", "read"])
@pytest.mark.parametrize("statement", ["SELECT * FROM no_such_table", "SELEKT 1"])
def test_a_statement_that_the_database_does_not_understand_is_no_outage(
    store: Store, ask: str, statement: str
) -> None:
    """Named for a loop: a retry would hide our own fault for ever."""
    with pytest.raises(Breach, match="refused"):
        getattr(store, ask)(lambda work: work.conn.execute(text(statement)))


def test_a_taken_key_is_a_breach_that_names_the_key_and_no_value(store: Store) -> None:
    runs = []

    def twice(work: Any) -> None:
        runs.append(1)
        work.conn.execute(insert(core.site), site_row("second"))
        work.conn.execute(insert(core.site), site_row("second"))

    with pytest.raises(Breach) as caught:
        store.run(twice)
    assert "site" in str(caught.value)
    assert "second" not in str(caught.value)
    assert len(runs) <= 8
    assert count(store, core.site) == 1


def test_a_read_is_one_snapshot(store: Store) -> None:
    """Two statements of one read see the same rows, whatever is committed between them."""
    store.run(lambda work: work.record(granted("first")))

    def read(work: Any) -> tuple[int, int]:
        before = len(work.chain_of(SITE, SUBJECT))
        writing = threading.Thread(
            target=lambda: store.run(lambda work: work.record(granted("second")))
        )
        writing.start()
        writing.join(20)
        assert not writing.is_alive()
        return before, len(work.chain_of(SITE, SUBJECT))

    assert store.read(read) == (1, 1)
    assert len(store.read(lambda work: work.chain_of(SITE, SUBJECT))) == 2


def test_a_reader_sees_what_was_just_committed(store: Store) -> None:
    for number in range(50):
        store.run(lambda work, n=number: work.record(granted(f"s{n}")))
        assert len(store.read(lambda work: work.chain_of(SITE, SUBJECT))) == number + 1


def test_what_a_read_writes_is_thrown_away(store: Store) -> None:
    store.read(lambda work: work.conn.execute(insert(core.site), site_row("second")))
    assert count(store, core.site) == 1


def test_looking_for_erasures_reads_no_other_event(store: Store) -> None:
    statement = str(_ERASURES.compile(store.engine))

    def plan(work: Any) -> str:
        if work.conn.dialect.name == "sqlite":
            rows = work.conn.execute(text(f"EXPLAIN QUERY PLAN {statement}"))
        else:
            work.conn.execute(text("SET LOCAL enable_seqscan = off"))
            rows = work.conn.execute(text(f"EXPLAIN {statement}"))
        return "\n".join(str(tuple(row)) for row in rows)

    assert "ix_event_erasures" in store.read(plan)


@only_sqlite
def test_writers_wait_for_a_scrub_and_lose_nothing(store: Store) -> None:
    threads = [
        threading.Thread(
            target=store.run,
            args=(lambda work, n=n: work.record(granted(f"{n}", SubjectId(f"{n}"))),),
        )
        for n in range(40)
    ]
    scrubs: list[bool] = []
    scrubbing = [
        threading.Thread(target=lambda: scrubs.append(store.scrub(anyway=True))) for _ in range(3)
    ]
    for thread in (*threads[:20], *scrubbing, *threads[20:]):
        thread.start()
    for thread in (*threads, *scrubbing):
        thread.join(60)
    assert count(store, core.event) == 40
    assert len(scrubs) == 3
    assert store.scrub(anyway=True)
    assert store.fold()


def test_news_comes_after_the_commit_and_only_for_events(store: Store) -> None:
    told: list[int] = []
    store.on_commit(lambda: told.append(count(store, core.event)))
    store.run(lambda work: work.conn.execute(insert(core.site), site_row("second")))
    assert told == []
    store.run(lambda work: work.record(granted()))
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        time.sleep(0.001)
    assert told == [1]
