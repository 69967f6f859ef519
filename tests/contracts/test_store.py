"""The transaction, on both databases: recorded or nothing, in order, never twice, never changed."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from tests.databases import (
    ORIGIN,
    POSTGRES,
    SECOND_MAJOR,
    SITE,
    SQLITE,
    HandTime,
    add_site,
    fresh_database,
)

from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.sql import core
from answerable.adapters.sql.engine import open_engine
from answerable.adapters.sql.outbox import Outbox, parked
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Heard, Surroundings
from answerable.events.event import Recorded
from answerable.events.house import AccessGranted
from answerable.events.sealing import leaf_hash_of, public_leaf
from answerable.kernel.errors import Breach, NotYet, Outage, Refusal
from answerable.kernel.ids import ActorId, SubjectId
from answerable.kernel.time import MINUTE, Millis

SUBJECT = SubjectId("subject")


@pytest.fixture(params=[SQLITE, POSTGRES, SECOND_MAJOR])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Here also on the second major of PostgreSQL."""
    yield from fresh_database(request, tmp_path)


def granted(staff: str = "ana", subject: SubjectId = SUBJECT) -> AccessGranted:
    return AccessGranted(
        site=SITE,
        subject=subject,
        happened=Millis(1),
        known=Millis(2),
        actor=ActorId("system:test"),
        staff=staff,
        roles=["reviewer"],
        organisation="site",
    )


def count(store: Store, table: Any) -> int:
    return store.read(
        lambda work: work.conn.execute(select(func.count()).select_from(table)).scalar_one()
    )


def test_an_event_comes_back_as_it_was_recorded(store: Store) -> None:
    (recorded,) = store.run(lambda work: work.record(granted("ana é\x00‮")))
    again = store.read(lambda work: work.recorded(recorded.id))
    assert again == recorded


def test_a_chain_counts_and_points_back(store: Store) -> None:
    for name in ("a", "b", "c"):
        store.run(lambda work, name=name: work.record(granted(name)))
    chain = store.read(lambda work: work.chain_of(SITE, SUBJECT))
    assert [r.sseq for r in chain] == [0, 1, 2]
    envelopes = store.read(
        lambda work: work.conn.execute(
            select(core.event.c.envelope, core.event.c.ek).order_by(core.event.c.sseq)
        ).all()
    )
    before = None
    for row in envelopes:
        assert (f'"prev":"{before}"' if before else '"prev":null') in row.envelope.decode()
        before = leaf_hash_of(public_leaf(row.ek, row.envelope)).hex()


def test_a_long_chain_is_opened_in_few_statements(store: Store) -> None:
    """Named for a slow page: a statement for each event of the chain."""
    for number in range(40):
        store.run(lambda work, n=number: work.record(granted(f"s{n}")))
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "SELECT" in statement:
            statements.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    chain = store.read(lambda work: work.chain_of(SITE, SUBJECT))
    event.remove(store.engine, "before_cursor_execute", note)
    assert [r.event.staff for r in chain] == [f"s{n}" for n in range(40)]  # type: ignore[attr-defined]
    assert len(statements) == 2


def test_what_fails_leaves_nothing(store: Store) -> None:
    def fn(work: Any) -> None:
        work.record(granted())
        raise Refusal("no")

    with pytest.raises(Refusal):
        store.run(fn)
    assert count(store, core.event) == 0
    assert count(store, core.chain) == 0
    assert count(store, core.unsequenced) == 0


def test_one_refused_caller_does_not_hurt_the_others_of_its_group(store: Store) -> None:
    def good(name: str) -> Callable[[Any], None]:
        return lambda work: work.record(granted(name, SubjectId(name)))

    def bad(work: Any) -> None:
        work.record(granted("bad", SubjectId("bad")))
        raise Refusal("no")

    refused: list[Exception] = []

    def ask(fn: Callable[[Any], None]) -> None:
        try:
            store.run(fn)
        except Refusal as refusal:
            refused.append(refusal)

    threads = [
        threading.Thread(target=ask, args=(bad if n % 3 == 0 else good(f"n{n}"),))
        for n in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 10
    assert count(store, core.event) == 20


@pytest.mark.parametrize("table", core.APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {t} SET site = 'x'", "DELETE FROM {t}"])
def test_the_database_refuses_to_change_what_is_append_only(
    store: Store, table: str, verb: str
) -> None:
    def fill(work: Any) -> None:
        (recorded,) = work.record(granted())
        work.conn.execute(
            core.leaf.insert().values(site=SITE, idx=0, entry=b"x", event_id=recorded.id)
        )

    store.run(fill)
    with pytest.raises(Breach, match="append-only"):
        store.run(lambda work: work.conn.execute(text(verb.format(t=table))))
    assert count(store, core.event) == 1


def test_with_runs_inside_and_then_waits_in_the_outbox(make_store: Callable[..., Store]) -> None:
    seen: list[str] = []

    def with_(work: Any, recorded: Recorded) -> None:
        seen.append(recorded.event.TYPE)
        if recorded.event.staff == "first":  # type: ignore[attr-defined]
            work.record(granted("second"))

    store = make_store({"access.granted": Heard(with_=(with_,), then=("a.B",))})
    store.run(lambda work: work.record(granted("first")))
    assert seen == ["access.granted"] * 2
    assert count(store, core.outbox) == 2


def test_a_with_service_that_refuses_undoes_the_whole_step(
    make_store: Callable[..., Store],
) -> None:
    def refuse(work: Any, recorded: Recorded) -> None:
        raise Refusal("not so")

    store = make_store({"access.granted": Heard(with_=(refuse,), then=("a.B",))})
    with pytest.raises(Refusal):
        store.run(lambda work: work.record(granted()))
    assert (count(store, core.event), count(store, core.outbox)) == (0, 0)


def test_the_outbox_tries_outages_again_parks_breaches_and_waits_for_what_is_not_yet(
    make_store: Callable[..., Store],
) -> None:
    time = HandTime()
    store = make_store({"access.granted": Heard(then=("a.B",))}, time)
    for name in ("works", "outage", "breach", "later"):
        store.run(lambda work, name=name: work.record(granted(name, SubjectId(name))))
    tries: list[str] = []

    def service(recorded: Recorded) -> None:
        staff = recorded.event.staff  # type: ignore[attr-defined]
        tries.append(staff)
        match staff:
            case "outage" if tries.count("outage") < 3:
                raise Outage("away")
            case "breach":
                raise Breach("false")
            case "later" if time.now() < start + MINUTE:
                raise NotYet(start + MINUTE)

    start = time.now()
    outbox = Outbox(store, {"a.B": service}, holder="h", lease_ms=1_000)
    while outbox.next_due() is not None:
        outbox.drain()
        time.pass_(1_000)
    assert sorted(tries) == ["breach", "later", "later"] + ["outage"] * 3 + ["works"]
    assert [p.service for p in store.read(parked)] == ["a.B"]


def test_a_dead_workers_lease_is_taken_over_at_once_by_its_namesake(
    make_store: Callable[..., Store],
) -> None:
    store = make_store({"access.granted": Heard(then=("a.B",))}, HandTime())
    store.run(lambda work: work.record(granted()))
    done: list[Recorded] = []
    dead = Outbox(store, {"a.B": done.append}, holder="h", lease_ms=60_000)
    assert len(store.run(dead._claim)) == 1
    heir = Outbox(store, {"a.B": done.append}, holder="h", lease_ms=60_000)
    assert heir.run_once() == 0
    heir.take_over()
    assert heir.run_once() == 1
    assert len(done) == 1


def test_once_is_true_once(store: Store) -> None:
    (recorded,) = store.run(lambda work: work.record(granted()))
    answers = [store.run(lambda work: work.once(recorded.id, "a.B")) for _ in range(3)]
    assert answers == [True, False, False]


def _append_many(url: str, times: int) -> None:
    around = Surroundings(ids=SystemIds(), vault=Vault(b"\x07" * 32))
    store = Store(open_engine(url), SystemTime(), around)
    for n in range(times):
        store.run(lambda work, n=n: work.record(granted(f"s{n}")))
    store.close()


@pytest.mark.slow
def test_four_processes_on_one_chain_lose_nothing(store: Store, database_url: str) -> None:
    """SQLAlchemy's default SQLite transactions lost a third of these without an error."""
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append_many, args=(database_url, 50)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [w.exitcode for w in writers] == [0] * 4
    chain = store.read(lambda work: work.chain_of(SITE, SUBJECT))
    assert [r.sseq for r in chain] == list(range(200))


def test_the_site_is_there(store: Store) -> None:
    origin = store.read(lambda work: work.conn.execute(select(core.site.c.origin)).scalar_one())
    assert origin == ORIGIN
    assert add_site.__doc__
