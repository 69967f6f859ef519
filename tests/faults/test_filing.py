"""Whatever answer is lost, wherever: exactly one finished report, with the intended words.

Each outward call is lost both ways (it fails; it happens and then fails). The receiver is the
real TEST receiver with its own file; only the wire between is broken.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE
from tests.faults.filing_world import World, make_world

from answerable.adapters.clock import SystemTime
from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver.export import FinishedReport, export_finished
from answerable.apps.receiver.serve import started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.events.cases import DecisionUndone
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.ids import ActorId, TiplineId
from answerable.reports.model import Status
from answerable.reports.service import ResumeReport
from answerable.reports.tipline import TiplineRefused

CALLS = ("submit", "upload", "fileinfo", "finish", "retract")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6360000000020001e221bc330000000049454e44ae426082"
)


class BreakOneCall:
    """Stands before the client and loses one answer: the call fails, or happens and then fails."""

    def __init__(self, far: Any, name: str, nth: int, *, effect_happens: bool) -> None:
        self._far, self._name, self._left, self._happens = far, name, nth, effect_happens
        self.broke = False
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.asked.append(name)
            if name != self._name:
                return getattr(self._far, name)(*args)
            self._left -= 1
            if self._left != 0:
                return getattr(self._far, name)(*args)
            self.broke = True
            if self._happens:
                getattr(self._far, name)(*args)
            raise Outage(f"{name} did not answer")

        return call


@pytest.fixture
def world(make_store: Callable[..., Store], tmp_path: Path) -> Iterator[World]:
    settings = ReceiverSettings(port=0, db_path=tmp_path / "receiver.sqlite3")
    with started_receiver(settings, SystemTime()) as receiver:
        yield make_world(make_store, receiver, tmp_path)


def received(tmp_path: Path) -> list[FinishedReport]:
    return export_finished(tmp_path / "receiver.sqlite3")


def file_all(world: World, outbox: Any) -> None:
    """Work until nothing is owed; outages come back at once, as time would bring them."""
    for _ in range(60):
        outbox.drain()
        if outbox.next_due() is None:
            return
        world.store.run(lambda work: work.conn.execute(core.outbox.update().values(not_before=0)))
    raise AssertionError("the outbox never ran empty")


def the_one_report(world: World, tmp_path: Path) -> FinishedReport:
    there, here = received(tmp_path), world.finished_here()
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    assert duty.status is Status.FINISHED, duty.why
    assert len(there) == 1
    assert [event.tipline_id for event in here] == [str(there[0].report_id)]
    return there[0]


def words_there(world: World, report_id: str) -> str:
    import httpx

    page = httpx.get(f"{world.receiver.origin}/reports/{report_id}")
    assert page.status_code == 200
    return page.text


def with_picture(world: World) -> Any:
    stored = world.files.put(SITE, PNG, "image/png")
    return world.ad(
        "ad-1",
        attachments=(
            {"sha256": stored.sha256, "media_type": "image/png", "original_name": "shape.png"},
        ),
    )


@pytest.mark.parametrize("effect_happens", [False, True], ids=["fails", "happens-then-fails"])
@pytest.mark.parametrize(
    ("name", "nth"),
    [
        ("submit", 1),
        *(("upload", n) for n in (1, 2, 3)),
        *(("fileinfo", n) for n in (1, 2, 3)),
        ("finish", 1),
    ],
)
def test_whatever_answer_is_lost_exactly_one_report_is_filed(
    world: World, tmp_path: Path, name: str, nth: int, effect_happens: bool
) -> None:
    broken = BreakOneCall(world.client(), name, nth, effect_happens=effect_happens)
    outbox = world.wire(broken)
    world.decide(with_picture(world))
    file_all(world, outbox)
    assert broken.broke or nth > broken.asked.count(name)
    report = the_one_report(world, tmp_path)
    assert "bluelantern" in words_there(world, report.report_id)
    if name in ("submit", "finish") or nth == 1:
        assert broken.broke


@pytest.mark.parametrize("effect_happens", [False, True])
def test_a_lost_retract_is_repeated(world: World, tmp_path: Path, effect_happens: bool) -> None:
    """An upload is lost, so the draft is retracted; that answer is lost too."""
    inner = BreakOneCall(world.client(), "retract", 1, effect_happens=effect_happens)
    broken = BreakOneCall(inner, "upload", 1, effect_happens=True)
    outbox = world.wire(broken)
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    assert broken.broke
    assert inner.broke
    the_one_report(world, tmp_path)


def test_every_call_lost_once_after_it_happened(world: World, tmp_path: Path) -> None:
    far: Any = world.client()
    for name in CALLS:
        far = BreakOneCall(far, name, 1, effect_happens=True)
    outbox = world.wire(far)
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    the_one_report(world, tmp_path)


def test_the_text_alone_is_a_report(world: World, tmp_path: Path) -> None:
    outbox = world.wire(world.client())
    world.decide(world.ad("ad-1"), world.ad("ad-2"))
    file_all(world, outbox)
    report = the_one_report(world, tmp_path)
    page = words_there(world, report.report_id)
    assert "Child Sex Trafficking" in page
    assert "https://ads.example.com/ad-2" in page
    assert len(report.file_ids) >= 2


def test_two_workers_at_once_file_one_report(world: World, tmp_path: Path) -> None:
    """The second finds the lease taken and is told to come again; nothing goes out twice."""
    import threading

    outboxes = [world.wire(world.client()) for _ in range(4)]
    world.decide(world.ad("ad-1"))
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    recorded = world.store.read(lambda work: work.chain_of(SITE, duty.subject))[0]
    services = [box._services["reports.FileReport"] for box in outboxes]

    def work(service: Callable[[Any], None]) -> None:
        for _ in range(50):
            with contextlib.suppress(Outage):
                service(recorded)

    threads = [threading.Thread(target=work, args=(service,)) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    the_one_report(world, tmp_path)


def test_what_the_far_side_refuses_waits_for_a_person_and_goes_on_when_resumed(
    world: World, tmp_path: Path
) -> None:
    class Refusing:
        refuses = True

        def __getattr__(self, name: str) -> Callable[..., Any]:
            real = getattr(client, name)

            def call(*args: Any) -> Any:
                if name == "finish" and self.refuses:
                    from answerable.reports.tipline import Receipt

                    raise TiplineRefused(
                        "/finish", 4100, "secret words", Receipt(body=b"", http_status=200)
                    )
                return real(*args)

            return call

    client, far = world.client(), Refusing()
    outbox = world.wire(far)
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    assert duty.status is Status.NEEDS_PERSON
    assert duty.why is not None
    assert "secret" not in duty.why
    assert received(tmp_path) == []
    far.refuses = False
    ResumeReport(world.store)(SITE, duty.id, "called the far side", ActorId("staff:ana"), "site")
    file_all(world, outbox)
    the_one_report(world, tmp_path)


def undo(world: World) -> None:
    def fn(work: Any) -> None:
        work.record(
            DecisionUndone(
                site=SITE,
                subject="case-subject",  # type: ignore[arg-type]
                happened=work.now(),
                known=work.now(),
                actor=ActorId("staff:ana"),
                case="case-1",
                decision="decision-1",
                reason="the wrong ad",
            )
        )

    world.store.run(fn)


def test_undone_in_time_nothing_is_filed(world: World, tmp_path: Path) -> None:
    outbox = world.wire(world.client(), undo_ms=1_800_000)
    world.decide(world.ad("ad-1"), urgent=False)
    outbox.drain()
    undo(world)
    file_all(world, outbox)
    assert received(tmp_path) == []
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    assert duty.status is Status.WITHDRAWN


def test_undone_while_a_draft_is_open_the_draft_is_retracted(world: World, tmp_path: Path) -> None:
    broken = BreakOneCall(world.client(), "upload", 1, effect_happens=True)
    outbox = world.wire(broken)
    world.decide(world.ad("ad-1"))
    outbox.run_once()
    undo(world)
    file_all(world, outbox)
    assert "retract" in broken.asked
    assert received(tmp_path) == []


def test_what_is_filed_cannot_be_taken_back(world: World, tmp_path: Path) -> None:
    outbox = world.wire(world.client())
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    with pytest.raises(Refusal, match="cannot be taken back"):
        undo(world)
    the_one_report(world, tmp_path)


def test_a_second_decision_names_the_first_report(world: World, tmp_path: Path) -> None:
    outbox = world.wire(world.client())
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    first = world.finished_here()[0].tipline_id
    world.decide(world.ad("ad-2"), decision="decision-2")
    file_all(world, outbox)
    assert len(received(tmp_path)) == 2
    second = max(received(tmp_path), key=lambda r: r.report_id)
    assert str(first) in words_there(world, second.report_id)


def test_a_fault_of_ours_waits_for_a_person_who_can_resume_it(world: World, tmp_path: Path) -> None:
    """Named for a dead end: it was parked, and the duty did not look as if anybody could help."""
    outbox = world.wire(BreakOneCall(world.client(), "submit", 1, effect_happens=False))
    world.decide(with_picture(world))
    outbox.drain()  # the bytes are written down, and the first call is lost
    (stored,) = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    kept = stored.read_bytes()
    stored.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    file_all(world, outbox)
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    assert duty.status is Status.NEEDS_PERSON
    assert "altered" in (duty.why or "")
    assert received(tmp_path) == []
    stored.write_bytes(kept)
    ResumeReport(world.store)(SITE, duty.id, "restored it", ActorId("staff:ana"), "site")
    file_all(world, outbox)
    the_one_report(world, tmp_path)


class Changes:
    """Stands before the client and changes one answer."""

    def __init__(self, far: Any, name: str, change: Callable[[Any], Any]) -> None:
        self._far, self._name, self._change = far, name, change

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            answer = getattr(self._far, name)(*args)
            return self._change(answer) if name == self._name else answer

        return call


def test_a_receipt_that_lists_other_files_is_filed_and_says_so(
    world: World, tmp_path: Path
) -> None:
    far = Changes(world.client(), "finish", lambda done: replace(done, file_ids=("0" * 32,)))
    outbox = world.wire(far)
    world.decide(with_picture(world))
    file_all(world, outbox)
    the_one_report(world, tmp_path)
    duty = world.store.read(lambda work: work.reports.latest(SITE, 1))[0]
    assert duty.why == "filed; the receipt lists 1 files, not the 3 that were sent"


def test_a_number_that_another_report_has_is_never_filed_under(
    world: World, tmp_path: Path
) -> None:
    outbox = world.wire(world.client())
    world.decide(world.ad("ad-1"))
    file_all(world, outbox)
    first = the_one_report(world, tmp_path)
    taken = TiplineId(str(first.report_id))
    far = Changes(world.client(), "submit", lambda opened: replace(opened, report_id=taken))
    outbox = world.wire(far)
    world.decide(world.ad("ad-2"), decision="decision-2")
    file_all(world, outbox)
    duties = world.store.read(lambda work: work.reports.latest(SITE, 9))
    assert sorted(duty.status for duty in duties) == [Status.FINISHED, Status.NEEDS_PERSON]
    assert len(received(tmp_path)) == 1
