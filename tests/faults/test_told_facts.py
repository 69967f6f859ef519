"""The law of what is told: every fact that anybody told stands in a finished report, once is
enough, however the telling, the faults of the wire and the half hours fall.

A seeded walk over one house and one receiver, judged from the receiver's own book and from the
events, never by the code that asks, files or follows up.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.faults.judge import left_over, sums_of
from tests.unit.fact_room import FACTS, FactRoom, fact_room, staff
from tests.unit.test_exif import picture
from tests.unit.test_report_facts import answer, questions, text_of

from answerable.adapters.sql.ads import stored_file
from answerable.apps.receiver.switches import Call, Fault, FaultKind
from answerable.kernel.ids import AdId, ReportId
from answerable.kernel.time import MINUTE
from answerable.reports.asking import Told, ask_of
from answerable.reports.completeness import Want
from answerable.reports.model import Status

pytestmark = pytest.mark.slow
STEPS = 25


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FactRoom]:
    with fact_room(tmp_path) as made:
        yield made


class Walk:
    """What was done, and which marks were told of which ad."""

    def __init__(self, room: FactRoom, seed: int) -> None:
        self.room, self.chance, self.seed = room, random.Random(seed), seed
        self.ads: list[str] = []
        self.told: dict[str, str] = {}  # mark: external id

    def step(self) -> None:
        acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self.decide, 3),
            (self.site_tells, 5),
            (self.reviewer_tells, 3),
            (self.time_passes, 4),
            (self.wire_breaks, 2),
            (self.room.work, 5),
        )
        (act,) = self.chance.choices([a for a, _ in acts], [weight for _, weight in acts])
        act()

    def decide(self) -> None:
        name = f"ad-{self.seed}-{len(self.ads)}"
        self.room.decided(name, urgent=self.chance.random() < 0.4)
        self.ads.append(name)

    def mark(self, ad: str) -> str:
        mark = f"mark{self.seed}x{len(self.told)}x"
        self.told[mark] = ad
        return mark

    def site_tells(self) -> None:
        found: Any = questions(self.room)["questions"]
        if not found:
            return
        asked = self.chance.choice(found)
        ad = asked["items"][0]["external_id"]
        body: dict[str, Any] = {"items": [{"external_id": ad, "note": self.mark(ad)}]}
        if self.chance.random() < 0.5:
            never = [want.value for want in Want]
            body["not_held"] = [{"external_id": ad, "fields": never}]
        assert answer(self.room, asked["question"], body).status_code == 200

    def reviewer_tells(self) -> None:
        duties = self.room.duties()
        if not duties:
            return
        duty = self.chance.choice(duties)
        ad = self.room.house.store.read(
            lambda w: w.ads.get(self.room.house.site, duty.ads[0]).external_id
        )
        told = Told(items=({"external_id": ad, "note": self.mark(ad)},))
        by = staff(self.room, "ben")
        self.room.house.tell_facts.by_reviewer(self.room.house.site, by, ReportId(duty.id), told)

    def time_passes(self) -> None:
        self.room.time.pass_(self.chance.choice((1, MINUTE, 6 * MINUTE, 20 * MINUTE)))

    def wire_breaks(self) -> None:
        kind = self.chance.choice((FaultKind.SERVER_ERROR, FaultKind.DROP_AFTER))
        call = self.chance.choice((Call.SUBMIT, Call.UPLOAD, Call.FILEINFO, Call.FINISH))
        self.room.receiver.switchboard.turn(faults=(Fault(kind=kind, call=call),))

    def settle(self) -> None:
        """Nothing fails any more, and time passes until nothing is open."""
        self.room.receiver.switchboard.turn(faults=())
        for _ in range(12):
            self.room.work()
            if all(duty.status is Status.FINISHED for duty in self.room.duties()):
                return
            self.room.time.pass_(FACTS)
        pytest.fail(f"open: {[duty.status for duty in self.room.duties()]}")


def test_whatever_was_told_stands_in_a_finished_report(
    room: FactRoom, how_many: Callable[[int, int], int]
) -> None:
    pages: dict[str, str] = {}
    for seed in range(how_many(3, 60)):
        walk = Walk(room, seed)
        walk.decide()
        for _ in range(STEPS):
            walk.step()
        walk.settle()
        new = [report for report in room.received() if report.report_id not in pages]
        fresh = {report.report_id: text_of(room, report) for report in new}
        pages |= fresh
        for mark, ad in walk.told.items():
            bearing = [page for page in fresh.values() if mark in page]
            assert bearing, f"seed {seed}: {mark} of {ad} stands nowhere"
            assert all(ad in page for page in bearing)
    check_record(room, pages)


def check_record(room: FactRoom, pages: Mapping[str, str]) -> None:
    """Nothing is left over, no follow-up without its first, none that tells nothing new."""
    sums = sums_of(room.house.store)
    assert left_over(sums) == []
    duties = {duty.id: duty for duty in room.duties()}
    assert len(room.received()) == len(duties)
    for duty in duties.values():
        if duty.follows is not None:
            first = duties[duty.follows]
            assert first.decision == duty.decision
            assert first.knows_up_to < duty.knows_up_to
            assert duty.owed - first.owed >= 0
            assert first.tipline_id is not None
            assert first.tipline_id in pages[str(duty.tipline_id)]


def test_the_walk_can_fail(room: FactRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """A follow-up that is forgotten is found."""
    monkeypatch.setattr("answerable.reports.following.FollowUp._owe", lambda *_: None)
    walk = Walk(room, 0)
    room.decided("ad-0", urgent=True)
    walk.ads.append("ad-0")
    room.work()
    walk.site_tells()
    walk.settle()
    pages = [text_of(room, report) for report in room.received()]
    assert not any(mark in page for mark in walk.told for page in pages)


def test_an_answer_may_say_that_nothing_is_held_and_that_is_no_follow_up(room: FactRoom) -> None:
    room.decided("ad-0", urgent=True)
    room.work()
    (duty,) = room.duties()
    never = ask_of("ad-0", [want.value for want in Want])
    by = staff(room, "ben")
    room.house.tell_facts.by_reviewer(
        room.house.site, by, duty.id, Told(items=(), not_held=(never,))
    )
    room.time.pass_(FACTS)
    room.work()
    assert len(room.received()) == 1


def test_the_same_words_told_again_are_no_news(room: FactRoom) -> None:
    """A client that repeats itself, without a key, files nothing more."""
    room.decided("ad-0", urgent=True)
    room.work()
    found: Any = questions(room)["questions"]
    body = {"items": [{"external_id": "ad-0", "note": "once"}]}
    for _ in range(3):
        assert answer(room, found[0]["question"], body).status_code == 200
        room.work()
    assert len(room.received()) == 2


def test_news_of_one_decision_is_none_of_another_in_the_same_case(room: FactRoom) -> None:
    one = room.decided("ad-0", urgent=True)
    case = room.case_of(one)
    room.ad("ad-1", {"title": "Room", "body": "call 202-555-0143"})
    room.house.add_ad(room.house.site, staff(room, "ana"), case.id, other(room, "ad-1"))
    room.decide(other(room, "ad-1"), urgent=True)
    room.work()
    assert len(room.received()) == 2
    first, second = sorted(room.duties(), key=lambda duty: duty.ads != (one,))
    by = staff(room, "ben")
    told = Told(items=({"external_id": "ad-1", "note": "of the second"},))
    room.house.tell_facts.by_reviewer(room.house.site, by, second.id, told)
    room.work()
    assert len(room.received()) == 3
    never = Told(items=(), not_held=(ask_of("ad-0", ["payment"]),))
    room.house.tell_facts.by_reviewer(room.house.site, by, first.id, never)
    room.work()
    assert len(room.received()) == 3


def other(room: FactRoom, external_id: str) -> AdId:
    return room.house.store.read(lambda w: w.ads.find(room.house.site, external_id).id)


def test_a_damaged_picture_keeps_no_report_back(room: FactRoom) -> None:
    """Its words go, and say that the picture cannot be read; the other picture goes too."""
    house = room.house
    stored = [house.files.put(house.site, picture(kind), "image/png") for kind in ("PNG", "JPEG")]
    rows = tuple({"sha256": one.sha256, "media_type": "image/png"} for one in stored)
    name = house.store.read(
        lambda w: w.conn.execute(
            select(stored_file.c.object_name).where(stored_file.c.sha256 == stored[0].sha256)
        ).scalar_one()
    )
    (path,) = house.home.objects.rglob(name.rpartition("/")[2])
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(bytes(raw))
    room.decided("ad-0", urgent=True, attachments=rows)
    room.work()
    page = text_of(room, room.received()[0])
    assert "cannot be read any more" in page
    assert stored[1].sha256 in page
    path.unlink()  # and gone for good is no other
    room.decided("ad-1", urgent=True, attachments=rows)
    room.work()
    assert len(room.received()) == 2


def test_a_follow_up_that_waits_for_a_person_is_heard(room: FactRoom) -> None:
    """The clocks of the first report have stopped: the follow-up has its own."""
    house = room.house
    room.decided("ad-0", urgent=True)
    room.work()
    (duty,) = room.duties()
    room.receiver.switchboard.turn(documented_rules=True, time_shift_ms=-(10**12))  # all is future
    told = Told(items=({"external_id": "ad-0", "note": "late"},))
    house.tell_facts.by_reviewer(house.site, staff(room, "ben"), duty.id, told)
    room.work()
    assert [one.status for one in room.duties()] == [Status.FINISHED, Status.NEEDS_PERSON]
    bells = house.read_bells(house.site, staff(room, "ana"))
    assert [bell.case for bell in bells] == [duty.case]
    room.receiver.switchboard.turn(time_shift_ms=0)
    follow = room.duties()[1]
    house.resume_report(
        house.site, follow.id, "their clock was wrong", staff(room, "cleo").id, "site"
    )
    room.work()
    assert [one.status for one in room.duties()] == [Status.FINISHED, Status.FINISHED]
    clocks = house.store.read(lambda w: w.cases.clocks_of(house.site, duty.case))
    running = [c.duty.name for c in clocks if c.running and c.duty.name.startswith("report_")]
    assert running == []
