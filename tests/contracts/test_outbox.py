"""The outbox where things go wrong: a defect of ours, a slow batch, a long queue, two workers."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, select, text
from tests.contracts.test_store import granted
from tests.databases import HandTime

from answerable.adapters.sql import core
from answerable.adapters.sql.outbox import Outbox, parked, unpark
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard
from answerable.events.event import Recorded
from answerable.kernel.errors import Breach, Outage
from answerable.kernel.ids import SubjectId

STORY = {"access.granted": Heard(then=("a.B",))}


def record(store: Store, *names: str) -> None:
    for name in names:
        store.run(lambda work, name=name: work.record(granted(name, SubjectId(name))))


def name_of(recorded: Recorded) -> str:
    return str(recorded.event.staff)  # type: ignore[attr-defined]


def test_a_defect_parks_its_own_piece_and_stops_nothing_behind_it(
    make_store: Callable[..., Store],
) -> None:
    """Named for a dead lane: an unexpected exception ended the thread, and every start after it."""
    store = make_store(STORY, HandTime())
    record(store, "first", "bad", "last")
    done: list[str] = []

    def service(recorded: Recorded) -> None:
        if name_of(recorded) == "bad":
            raise KeyError("words of an ad")
        done.append(name_of(recorded))

    Outbox(store, {"a.B": service}, holder="h", lease_ms=5_000).drain()
    assert done == ["first", "last"]
    (piece,) = store.read(parked)
    why = store.read(lambda work: work.conn.execute(select(core.outbox.c.why)).scalar_one())
    assert "KeyError at test_outbox.py:" in why
    assert "words" not in why

    done.clear()
    assert store.run(lambda work: unpark(work, piece.id))
    assert not store.run(lambda work: unpark(work, piece.id))
    Outbox(store, {"a.B": lambda r: done.append(name_of(r))}, holder="h", lease_ms=5_000).drain()
    assert done == ["bad"]
    assert store.read(parked) == []


def test_a_batch_that_outlives_its_lease_leaves_the_rest_to_others(
    make_store: Callable[..., Store],
) -> None:
    time = HandTime()
    store = make_store(STORY, time)
    record(store, "a", "b", "c")
    done: list[str] = []

    def slow(recorded: Recorded) -> None:
        done.append(name_of(recorded))
        time.pass_(6_000)

    mine = Outbox(store, {"a.B": slow}, holder="mine", lease_ms=5_000)
    assert mine.run_once() == 3
    assert done == ["a"]
    others = Outbox(store, {"a.B": lambda r: done.append(name_of(r))}, holder="o", lease_ms=5_000)
    others.drain()
    assert done == ["a", "b", "c"]


def test_two_workers_at_once_never_do_a_piece_twice(make_store: Callable[..., Store]) -> None:
    store = make_store(STORY)
    record(store, *(f"n{n}" for n in range(60)))
    done: list[str] = []
    boxes = [
        Outbox(
            store,
            {"a.B": lambda r: done.append(name_of(r))},
            holder=h,
            lease_ms=60_000,
            claim_max=4,
        )
        for h in ("one", "two", "three")
    ]
    threads = [threading.Thread(target=box.drain) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(f"n{n}" for n in range(60))


def test_one_lane_looks_past_the_backlog_of_another(make_store: Callable[..., Store]) -> None:
    """Named for a crawl: every look at an empty lane read the whole backlog of the others."""
    store = make_store({"access.granted": Heard(then=("slow.Lane",))}, HandTime())

    def backlog(work: Any) -> None:
        work.record(*(granted(f"n{n}", SubjectId(f"n{n}")) for n in range(300)))

    store.run(backlog)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "FROM outbox" in statement:
            asked.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    idle = Outbox(store, {"a.B": lambda r: None, "a.C": lambda r: None}, holder="h", lease_ms=1_000)
    assert idle.next_due() is None
    busy = Outbox(store, {"slow.Lane": lambda r: None}, holder="h", lease_ms=1_000)
    assert busy.run_once() == 32
    event.remove(store.engine, "before_cursor_execute", note)
    assert len(asked) >= 4
    for statement, parameters in asked:
        plan = store.read(lambda work, s=statement, p=parameters: explained(work, s, p))
        assert "ix_outbox_due" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def explained(work: Any, statement: str, parameters: Any) -> str:
    """The plan, with an index wherever one can serve: small tables would be read whole."""
    if work.conn.dialect.name == "postgresql":
        work.conn.execute(text("SET LOCAL enable_seqscan = off"))
        rows = work.conn.exec_driver_sql(f"EXPLAIN {statement}", parameters)
    else:
        rows = work.conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(str(tuple(row)) for row in rows)


def test_a_service_that_breaches_is_parked_once_and_not_tried_again(
    make_store: Callable[..., Store],
) -> None:
    time = HandTime()
    store = make_store(STORY, time)
    record(store, "only")
    tries: list[str] = []

    def service(recorded: Recorded) -> None:
        tries.append(name_of(recorded))
        raise Breach("no")

    box = Outbox(store, {"a.B": service}, holder="h", lease_ms=1_000)
    for _ in range(5):
        box.drain()
        time.pass_(3_600_000)
    assert tries == ["only"]
    assert box.next_due() is None


def test_what_is_urgent_goes_before_all_that_waited_longer(
    make_store: Callable[..., Store],
) -> None:
    time = HandTime()
    store = make_store(STORY, time)
    record(store, *(f"routine{n}" for n in range(5)))
    time.pass_(1_000)
    for name in ("urgent0", "urgent1"):
        store.run(lambda work, n=name: work.record(granted(n, SubjectId(n)), urgent=True))
    done: list[str] = []

    def outbox(holder: str, **more: Any) -> Outbox:
        services = {"a.B": lambda recorded: done.append(name_of(recorded))}
        return Outbox(store, services, holder=holder, lease_ms=5_000, **more)

    assert outbox("any", claim_max=3).run_once() == 3
    assert done == ["urgent0", "urgent1", "routine0"]
    reserved = outbox("reserved", urgent_only=True)
    assert reserved.next_due() is None
    assert reserved.run_once() == 0, "kept free of what is not urgent"
    outbox("any").drain()
    assert done[3:] == [f"routine{n}" for n in range(1, 5)]


def test_an_urgent_piece_that_must_wait_holds_nothing_up(make_store: Callable[..., Store]) -> None:
    time = HandTime()
    store = make_store(STORY, time)
    store.run(lambda work: work.record(granted("urgent", SubjectId("u")), urgent=True))
    record(store, "routine")
    done: list[str] = []

    def service(recorded: Recorded) -> None:
        if name_of(recorded) == "urgent" and not done:
            raise Outage("not yet")
        done.append(name_of(recorded))

    box = Outbox(store, {"a.B": service}, holder="h", lease_ms=5_000)
    box.drain()
    assert done == ["routine"]
    time.pass_(1_000)
    box.drain()
    assert done == ["routine", "urgent"]


def test_the_next_worker_is_woken_before_the_work_is_done(make_store: Callable[..., Store]) -> None:
    store = make_store(STORY, HandTime())
    said: list[str] = []
    box = Outbox(store, {"a.B": lambda _: said.append("done")}, holder="h", lease_ms=5_000)
    assert box.run_once(lambda: said.append("woken")) == 0
    record(store, "a", "b")
    assert box.run_once(lambda: said.append("woken")) == 2
    assert said == ["woken", "done", "done"]
