"""By hand: the same duty, entered once, and never where a finish may have been heard."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE
from tests.faults.filing_world import World, make_world
from tests.unit.case_room import staff

from answerable.access.model import Actor, Forbidden, Role
from answerable.adapters.clock import SystemTime
from answerable.adapters.sql import core
from answerable.adapters.sql.reports import report as report_table
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard
from answerable.apps.receiver.export import export_finished
from answerable.apps.receiver.serve import started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.events.cases import DecisionUndone
from answerable.events.reports import (
    BY_HAND_FORM,
    ReportByHand,
    ReportFinished,
    ReportIntended,
    ReportOpened,
    ReportReconciled,
)
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import ActorId
from answerable.kernel.time import HOUR, Millis
from answerable.reports.byhand import EnterByHand, Entry, TakeByHand
from answerable.reports.intending import read_intended
from answerable.reports.model import Duty, FiledByHand, Status
from answerable.reports.reconciling import ReconcileReports
from answerable.reports.service import ResumeReport
from answerable.reports.tipline import AlreadyFinished, Receipt, TiplineRefused

ANA, BEN = staff("ana"), staff("ben")
RECEIPT = Receipt(body=b"<reportResponse/>", http_status=200)


class Untouched:
    """A far side that nobody may ask anything."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"/{name} was asked")


class Refuses:
    """The real far side, but one call answers as told."""

    def __init__(self, far: Any, call: str, answer: Any) -> None:
        self._far, self._call, self._answer = far, call, answer
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.asked.append(name)
            if name != self._call:
                return getattr(self._far, name)(*args)
            if isinstance(self._answer, BaseException):
                raise self._answer
            return self._answer

        return call


@pytest.fixture
def world(make_store: Callable[..., Store], tmp_path: Path) -> Iterator[World]:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3")
    with started_receiver(settings, SystemTime()) as receiver:
        yield make_world(make_store, receiver, tmp_path)


def drain(world: World, outbox: Any) -> None:
    for _ in range(20):
        outbox.drain()
        if outbox.next_due() is None:
            return
        world.store.run(lambda work: work.conn.execute(core.outbox.update().values(not_before=0)))
    raise AssertionError("the outbox never ran empty")


def duty(world: World) -> Duty:
    return world.store.read(lambda work: work.reports.latest(SITE, 1))[0]


def waiting(world: World, ad: str = "ad-1", decision: str = "decision-1") -> Duty:
    """A report that waits to be filed by hand."""
    outbox = world.wire(Untouched(), by_hand=True)
    world.decide(world.ad(ad), decision=decision)
    drain(world, outbox)
    return next(
        d
        for d in world.store.read(lambda work: work.reports.latest(SITE, 10))
        if d.decision == decision
    )


def entry(world: World, of: Duty, number: str = "7001234", ago: int = 0) -> Entry:
    def fn(work: Any) -> Entry:
        sha256 = read_intended(work, of).sha256
        return Entry(number=number, filed=Millis(work.now() - ago), sha256=sha256)

    return world.store.read(fn)


def chain(world: World, of: Duty) -> list[Any]:
    return [r.event for r in world.store.read(lambda work: work.chain_of(SITE, of.subject))]


def kinds(world: World, of: Duty) -> list[str]:
    return [event.TYPE for event in chain(world, of)]


def undo(world: World) -> None:
    def fn(work: Any) -> None:
        work.record(
            DecisionUndone(
                site=SITE,
                subject="case-subject",
                happened=work.now(),
                known=work.now(),
                actor=ActorId("staff:ana"),
                case="case-1",
                decision="decision-1",
                reason="the wrong ad",
            )
        )

    world.store.run(fn)


def test_the_bytes_are_written_down_and_nothing_leaves(world: World) -> None:
    found = waiting(world)
    assert found.status is Status.BY_HAND
    (intended,) = [e for e in chain(world, found) if isinstance(e, ReportIntended)]
    assert intended.destination == BY_HAND_FORM
    assert kinds(world, found) == ["report.owed", "report.intended"]


def test_what_is_synthetic_goes_to_the_receiver_all_the_same(world: World, tmp_path: Path) -> None:
    world.store.run(lambda work: work.conn.execute(core.site.update().values(synthetic=True)))
    outbox = world.wire(world.client(), by_hand=True)
    world.decide(world.ad("ad-1"))
    drain(world, outbox)
    assert duty(world).status is Status.FINISHED
    assert len(export_finished(tmp_path / "receiver.sqlite3")) == 1
    with pytest.raises(Conflict):
        EnterByHand(world.store)(SITE, ANA, duty(world).id, entry(world, duty(world)))


def test_entered_it_is_opened_and_finished_at_once(world: World) -> None:
    found = waiting(world)
    done = EnterByHand(world.store)(SITE, BEN, found.id, entry(world, found, " 0007001234 "))
    assert done.tipline_id == "7001234"
    after = duty(world)
    assert (after.status, after.tipline_id, after.finished) == (
        Status.FINISHED,
        "7001234",
        done.filed,
    )
    by_hand, opened, finished = chain(world, found)[-3:]
    assert isinstance(by_hand, ReportByHand)
    assert isinstance(opened, ReportOpened)
    assert isinstance(finished, ReportFinished)
    assert {e.tipline_id for e in (by_hand, opened, finished)} == {"7001234"}
    assert {e.actor for e in (by_hand, opened, finished)} == {BEN.id}
    assert finished.receipt == ""
    assert finished.happened == by_hand.filed == done.filed
    assert finished.closes == (f"report:{found.id}",)
    assert [d.id for d in world.store.read(lambda w: w.reports.open_duties(SITE, 9))] == []


def test_a_second_entry_is_refused(world: World) -> None:
    found = waiting(world)
    enter = EnterByHand(world.store)
    told = entry(world, found)
    enter(SITE, ANA, found.id, told)
    for number in ("7001234", "7001235"):
        with pytest.raises(Conflict, match="does not wait"):
            enter(SITE, BEN, found.id, replace(told, number=number))
    assert kinds(world, found).count("report.finished") == 1


@pytest.mark.parametrize(
    ("number", "ago", "sha256", "why"),
    [
        ("7001234x", 0, None, "digits only"),
        ("", 0, None, "digits only"),
        ("0", 0, None, "digits only"),
        ("９", 0, None, "digits only"),
        (str(2**63), 0, None, "digits only"),
        ("7001234", -HOUR, None, "in the future"),
        ("7001234", HOUR, None, "before the decision"),
        ("7001234", 0, "00" * 32, "laid out anew"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    world: World, number: str, ago: int, sha256: str | None, why: str
) -> None:
    found = waiting(world)
    told = entry(world, found, number, ago)
    told = told if sha256 is None else replace(told, sha256=sha256)
    with pytest.raises(Refusal, match=why):
        EnterByHand(world.store)(SITE, ANA, found.id, told)
    assert duty(world).status is Status.BY_HAND
    assert kinds(world, found) == ["report.owed", "report.intended"]


def test_an_auditor_enters_nothing(world: World) -> None:
    found = waiting(world)
    dora = staff("dora", Role.AUDITOR)
    with pytest.raises(Forbidden):
        EnterByHand(world.store)(SITE, dora, found.id, entry(world, found))
    with pytest.raises(Forbidden):
        TakeByHand(world.store)(SITE, dora, found.id, "why not")


def test_one_number_is_one_report(world: World) -> None:
    first, second = waiting(world), waiting(world, "ad-2", "decision-2")
    enter = EnterByHand(world.store)
    enter(SITE, ANA, first.id, entry(world, first))
    with pytest.raises(Conflict, match="another report of this site"):
        enter(SITE, ANA, second.id, entry(world, second))
    assert enter(SITE, ANA, second.id, entry(world, second, "7001235")).tipline_id == "7001235"


def race(tries: list[Callable[[], FiledByHand]]) -> list[FiledByHand | Conflict]:
    """All at once; what each came to."""
    found: list[FiledByHand | Conflict] = []
    barrier = threading.Barrier(len(tries))

    def run(one: Callable[[], FiledByHand]) -> None:
        barrier.wait()
        try:
            found.append(one())
        except Conflict as refused:
            found.append(refused)

    threads = [threading.Thread(target=run, args=(one,)) for one in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("numbers", [("7001234", "7001234"), ("7001234", "7001235")])
def test_two_people_at_once_one_wins(world: World, numbers: tuple[str, str]) -> None:
    found, enter = waiting(world), EnterByHand(world.store)
    people: tuple[Actor, Actor] = (ANA, BEN)
    told = [entry(world, found, number) for number in numbers]
    came = race(
        [
            lambda who=who, one=one: enter(SITE, who, found.id, one)  # type: ignore[misc]
            for who, one in zip(people, told, strict=True)
        ]
    )
    assert sum(isinstance(one, FiledByHand) for one in came) == 1
    assert kinds(world, found).count("report.by_hand") == 1
    assert kinds(world, found).count("report.finished") == 1


def test_one_number_for_two_reports_at_once_one_wins(world: World) -> None:
    enter = EnterByHand(world.store)
    both = [waiting(world), waiting(world, "ad-2", "decision-2")]
    told = [(one, entry(world, one)) for one in both]
    came = race([lambda d=d, e=e: enter(SITE, ANA, d.id, e) for d, e in told])  # type: ignore[misc]
    assert sum(isinstance(one, FiledByHand) for one in came) == 1
    states = {d.status for d in world.store.read(lambda w: w.reports.latest(SITE, 9))}
    assert states == {Status.BY_HAND, Status.FINISHED}


def test_what_breaks_in_the_middle_leaves_nothing(world: World) -> None:
    found = waiting(world)

    def breaks(work: Any, recorded: Any) -> None:
        raise Breach("planted")

    world.story["report.finished"] = Heard(with_=(breaks,))
    told = entry(world, found)
    with pytest.raises(Breach, match="planted"):
        EnterByHand(world.store)(SITE, ANA, found.id, told)
    assert duty(world).status is Status.BY_HAND
    assert kinds(world, found) == ["report.owed", "report.intended"]
    del world.story["report.finished"]
    EnterByHand(world.store)(SITE, ANA, found.id, told)
    assert duty(world).status is Status.FINISHED


def test_what_is_laid_out_is_not_taken_back(world: World) -> None:
    """Somebody may have filed it on the form already; its number must still find its place."""
    found = waiting(world)
    with pytest.raises(Refusal, match="laid out to be filed by hand"):
        undo(world)
    assert duty(world).status is Status.BY_HAND
    EnterByHand(world.store)(SITE, ANA, found.id, entry(world, found))
    assert duty(world).status is Status.FINISHED


@pytest.mark.parametrize(
    ("call", "answer"),
    [("finish", "refused"), ("upload", AlreadyFinished(receipt=RECEIPT))],
    ids=["finish refused", "said to be filed"],
)
def test_no_undo_where_a_finish_may_be_heard(world: World, call: str, answer: Any) -> None:
    stopped(world, call, refusal(call) if answer == "refused" else answer)
    with pytest.raises(Refusal, match="filed"):
        undo(world)
    assert duty(world).status is Status.NEEDS_PERSON


def test_once_said_to_be_filed_it_is_believed_whatever_fails_since(world: World) -> None:
    _, _, found = stopped(world, "upload", AlreadyFinished(receipt=RECEIPT))
    outbox = world.wire(Refuses(world.client(), "retract", refusal("retract")))
    ResumeReport(world.store)(SITE, found.id, "looked at it", ANA.id, "site")
    drain(world, outbox)
    assert "retract" in (duty(world).why or "")
    with pytest.raises(Conflict, match="filed already"):
        TakeByHand(world.store)(SITE, ANA, found.id, "to be done with it")


def stopped(world: World, call: str, answer: Any) -> tuple[Refuses, Any, Duty]:
    """A report over the API that came to need a person at this call."""
    far = Refuses(world.client(), call, answer)
    outbox = world.wire(far)
    world.decide(world.ad("ad-1"))
    drain(world, outbox)
    found = duty(world)
    assert found.status is Status.NEEDS_PERSON
    far.asked.clear()
    return far, outbox, found


def refusal(call: str) -> TiplineRefused:
    return TiplineRefused(call, 3000, "not authorised", RECEIPT)


@pytest.mark.parametrize("call", ["submit", "upload", "fileinfo"])
def test_what_waits_for_a_person_can_be_filed_by_hand(
    world: World, tmp_path: Path, call: str
) -> None:
    far, outbox, found = stopped(world, call, refusal(call))
    with pytest.raises(Refusal, match="why"):
        TakeByHand(world.store)(SITE, ANA, found.id, "  ")
    TakeByHand(world.store)(SITE, ANA, found.id, "our credentials were revoked")
    with pytest.raises(Conflict):
        TakeByHand(world.store)(SITE, BEN, found.id, "me too")
    early = Entry(number="7001234", filed=Millis(0), sha256="")
    with pytest.raises(Conflict, match="being laid out"):
        EnterByHand(world.store)(SITE, ANA, found.id, early)
    drain(world, outbox)
    assert far.asked == [], "the draft lapses by itself"
    after = duty(world)
    assert (after.status, after.tipline_id, after.why) == (Status.BY_HAND, None, None)
    EnterByHand(world.store)(SITE, ANA, found.id, entry(world, after))
    assert duty(world).status is Status.FINISHED
    assert export_finished(tmp_path / "receiver.sqlite3") == []


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("finish", refusal("finish")),
        ("upload", AlreadyFinished(receipt=RECEIPT)),
        ("fileinfo", AlreadyFinished(receipt=RECEIPT)),
    ],
)
def test_where_a_finish_may_have_been_heard_it_is_not(world: World, call: str, answer: Any) -> None:
    _, _, found = stopped(world, call, answer)
    with pytest.raises(Conflict, match="may be filed already"):
        TakeByHand(world.store)(SITE, ANA, found.id, "let me")
    assert duty(world).status is Status.NEEDS_PERSON


def test_neither_while_it_is_on_its_way(world: World) -> None:
    world.wire(world.client())
    world.decide(world.ad("ad-1"))
    for status in (Status.OWED, Status.FINISHING, Status.OPENED):
        world.store.run(
            lambda w, s=status: w.conn.execute(report_table.update().values(status=s.value))  # type: ignore[misc]
        )
        with pytest.raises(Conflict, match="does not wait"):
            TakeByHand(world.store)(SITE, ANA, duty(world).id, "let me")


def test_resumed_under_the_other_route_it_is_laid_out_for_people(world: World) -> None:
    world.wire(world.client())
    world.decide(world.ad("ad-1"))
    far = Refuses(world.client(), "submit", refusal("submit"))
    drain(world, world.wire(far))
    outbox = world.wire(Untouched(), by_hand=True)
    world.store.run(
        lambda w: w.conn.execute(
            report_table.update().values(status=Status.NEEDS_PERSON.value, why="refused")
        )
    )
    ResumeReport(world.store)(SITE, duty(world).id, "by hand now", ANA.id, "site")
    drain(world, outbox)
    assert duty(world).status is Status.BY_HAND


def test_a_list_confirms_once_and_tells_what_differs(world: World) -> None:
    first, second = waiting(world), waiting(world, "ad-2", "decision-2")
    enter = EnterByHand(world.store)
    enter(SITE, ANA, first.id, entry(world, first))
    enter(SITE, ANA, second.id, entry(world, second, "7001235"))
    compare = ReconcileReports(world.store)
    told = compare(SITE, ["7001234 ", "0009"], "ab" * 32)
    assert (told.both, told.ours_only, told.unknown) == (("7001234",), ("7001235",), ("9",))
    assert (told.confirmed, told.unconfirmed) == (("7001234",), ("7001235",))
    assert not told.clean
    (event,) = [e for e in chain(world, first) if isinstance(e, ReportReconciled)]
    assert (event.tipline_id, event.source) == ("7001234", "ab" * 32)
    again = compare(SITE, ["7001234", "7001235"], "cd" * 32)
    assert (again.confirmed, again.confirmed_before) == (("7001235",), ("7001234",))
    assert again.clean
    assert kinds(world, first).count("report.reconciled") == 1
    assert compare(SITE, ["7001234", "7001235"], "ef" * 32).confirmed == ()


def test_what_the_list_has_of_ours_that_was_never_finished(world: World) -> None:
    _, _, found = stopped(world, "upload", refusal("upload"))
    assert found.tipline_id is not None
    told = ReconcileReports(world.store)(SITE, [found.tipline_id], "ab" * 32)
    assert told.drafts == (found.tipline_id,)
    assert not told.clean
