"""Keeping: a hold from the alert on, no end while filing is open, and nothing held is erased."""

import hmac
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, IDS, SAM, SUE, Room, choose, linked, reports, story

from answerable.access.model import Forbidden
from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.cases.model import DecisionKind
from answerable.events.cases import CaseDecided
from answerable.events.duties.clocks import BY_NAME
from answerable.events.preservation import (
    ErasurePerformed,
    HoldDated,
    HoldPlaced,
    HoldReleased,
)
from answerable.events.sealing import leaf_hash_of, public_leaf
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY, HOUR, MINUTE, iso
from answerable.preservation import service
from answerable.preservation.model import Ground

WORDS = "bluelantern on the old bridge"


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    return Room(make_store(story(), time), time)


def erase(room: Room, ad: AdId) -> Any:
    """Both seniors, one after the other."""
    service.EraseAd(room.store)(SITE, SAM, ad, "the poster asked")
    return service.EraseAd(room.store)(SITE, SUE, ad, "yes")


def test_a_hold_starts_at_the_alert_and_has_no_end(room: Room) -> None:
    ad, at = room.ad("bike-1"), room.at()
    assert room.may_delete(ad)
    case = room.alert("bike-1")
    (hold,) = room.holds(ad)
    assert (hold.ground, hold.started, hold.ends, hold.case) == (Ground.ALERT, at, None, case.id)
    (placed,) = room.events(HoldPlaced)
    assert (placed.started, placed.ends) == (at, None)
    room.alert("bike-1")
    assert len(room.holds(ad)) == 1, "one hold an ad and case"
    room.time.pass_(5 * 365 * DAY)
    assert not room.may_delete(ad), "an open case never lapses"


@pytest.mark.duty("preserve_reported_contents")
def test_filed_forty_days_after_the_alert_it_is_kept_a_year_from_the_filing(room: Room) -> None:
    ad, alerted = room.ad("bike-1"), room.at()
    case = room.alert("bike-1")
    room.time.pass_(HOUR)
    room.decide(ANA, case, reports(ad))
    assert [hold.ends for hold in room.holds(ad)] == [None], "no end while filing is open"
    room.time.pass_(40 * DAY - HOUR)
    assert room.at() - alerted == 40 * DAY
    finished = room.at()
    room.finish(case.id, ad)
    (hold,) = room.holds(ad)
    assert hold.started == alerted
    assert hold.ends is not None
    filed, end = iso(finished), iso(hold.ends)
    assert end == f"{int(filed[:4]) + 1}{filed[4:]}", "the same day of the next year"
    (dated,) = room.events(HoldDated)
    assert (dated.because, dated.ends) == ("report-finished", hold.ends)
    room.time.pass_(hold.ends - room.at() - 1)
    assert not room.may_delete(ad)
    room.time.pass_(1)
    assert room.may_delete(ad)


@pytest.mark.duty("appeal_period")
@pytest.mark.parametrize("kind", [DecisionKind.REMOVE, DecisionKind.NO_ACTION])
def test_decided_no_it_is_kept_to_the_end_of_appeals(room: Room, kind: DecisionKind) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    if kind is DecisionKind.NO_ACTION:
        proposal = room.propose(ANA, case).proposal
        assert proposal is not None
        assert [hold.ends for hold in room.holds(ad)] == [None], "proposed is not decided"
        room.second(BEN, case, proposal.decision)
    else:
        room.decide(ANA, case, choose(kind, ad))
    (hold,) = room.holds(ad)
    assert hold.ends == BY_NAME["appeal_period"].ends(room.at())
    assert 181 * DAY <= hold.ends - room.at() <= 184 * DAY


def test_without_an_alert_the_hold_starts_with_the_decision(room: Room) -> None:
    ad, other = room.ad("bike-1"), room.ad("bike-2")
    case = room.judged(ad)
    assert case is not None
    assert room.holds(ad) == ()
    room.decide(ANA, case, reports(ad, linked=(linked(other),)))
    for each in (ad, other):
        (hold,) = room.holds(each)
        assert (hold.ground, hold.started, hold.ends) == (Ground.DECISION, room.at(), None)
    placed = [e.hold for e in room.events(HoldPlaced)]
    assert len(placed) == len(set(placed)) == 2


def test_an_end_only_ever_moves_later(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    room.decide(ANA, case, choose(DecisionKind.REMOVE, ad))
    room.time.pass_(DAY)
    room.decide(BEN, case, reports(ad))
    assert any(hold.ends is None for hold in room.holds(ad)), "reported after all: open again"
    room.finish(case.id, ad)
    ends = [hold.ends for hold in room.holds(ad)]
    year = BY_NAME["preserve_reported_contents"].ends(room.at())
    assert set(ends) == {year}
    room.time.pass_(DAY)
    room.finish(case.id, ad)  # a follow-up
    later = BY_NAME["preserve_reported_contents"].ends(room.at())
    assert {hold.ends for hold in room.holds(ad)} == {later}


def test_one_case_decided_no_does_not_end_the_hold_of_another(room: Room) -> None:
    ad = room.ad("bike-1")
    first = room.alert("bike-1")
    room.decide(ANA, first, reports(ad))
    room.time.pass_(MINUTE)
    second = room.alert("bike-1")
    assert second.id != first.id
    room.decide(ANA, second, choose(DecisionKind.REMOVE, ad))
    assert [hold.ends is None for hold in room.holds(ad)] == [True, False]


def test_release_takes_two_people_and_an_end(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    (hold,) = room.holds(ad)
    release = service.ReleaseHold(room.store)
    with pytest.raises(Refusal, match="filing is open"):
        release(SITE, SAM, hold.id, "a mistake")
    room.decide(ANA, case, choose(DecisionKind.WARN, ad))
    with pytest.raises(Forbidden):
        release(SITE, ANA, hold.id, "a mistake")
    assert not release(SITE, SAM, hold.id, "a mistake").done
    with pytest.raises(Refusal, match="another person"):
        release(SITE, SAM, hold.id, "a mistake")
    assert not room.may_delete(ad)
    assert release(SITE, SUE, hold.id, "so it is").done
    assert room.may_delete(ad)
    (released,) = room.events(HoldReleased)
    assert (released.approvers, released.reason) == ([SAM.id, SUE.id], "a mistake")
    with pytest.raises(Refusal, match="does not run"):
        release(SITE, SAM, hold.id, "again")


def test_an_approval_lapses(room: Room) -> None:
    ad = room.ad("bike-1")
    assert not service.EraseAd(room.store)(SITE, SAM, ad, "asked").done
    room.time.pass_(7 * DAY)
    assert not service.EraseAd(room.store)(SITE, SUE, ad, "asked").done, "she is the first now"
    assert service.EraseAd(room.store)(SITE, SAM, ad, "asked").done


def test_legal_process_holds_with_or_without_an_end(room: Room) -> None:
    ad = room.ad("bike-1")
    place = service.PlaceHold(room.store, IDS)
    with pytest.raises(Refusal):
        place(SITE, SAM, ad, room.at())
    hold = place(SITE, SAM, ad, None)
    with pytest.raises(Refusal, match="under hold"):
        erase(room, ad)
    release = service.ReleaseHold(room.store)
    release(SITE, SAM, hold.id, "the order was lifted")
    assert release(SITE, SUE, hold.id, "yes").done
    assert erase(room, ad).done


def test_what_is_held_or_waits_is_not_erased_and_the_refusal_names_why(room: Room) -> None:
    ad, waiting = room.ad("bike-1"), room.ad("bike-2")
    room.alert("bike-1")
    (hold,) = room.holds(ad)
    with pytest.raises(Refusal) as refused:
        service.EraseAd(room.store)(SITE, SAM, ad, "asked")
    assert [h["hold"] for h in refused.value.details["holds"]] == [hold.id]  # type: ignore[index,attr-defined]
    case = room.judged(waiting)
    assert case is not None
    with pytest.raises(Refusal) as refused:
        service.EraseAd(room.store)(SITE, SAM, waiting, "asked")
    assert refused.value.details["case"] == case.id
    assert room.events(ErasurePerformed) == []


def test_erased_words_are_gone_and_their_commitments_verify(room: Room) -> None:
    ad = room.ad("bike-1", body=WORDS, url="https://ads.example.com/bluelantern")
    kept = room.ad("bike-2", body="A green bike.")
    case = room.alert("bike-1", text=f"I saw {WORDS}")
    room.decide(ANA, case, choose(DecisionKind.WARN, ad, reason=f"it says {WORDS}"))
    room.time.pass_(190 * DAY)
    before = room.store.read(_leaves)
    assert "bluelantern" in room.store.read(_everything_opened)
    outcome = erase(room, ad)
    assert outcome.done
    assert outcome.approvers == (SAM.id, SUE.id)
    assert set(outcome.leaves) <= set(before)
    (decided,) = room.events(CaseDecided)
    assert (decided.reason, decided.kind) == (None, "warn"), "what the sums need stays"
    assert "bluelantern" not in room.store.read(_everything_opened)
    assert room.store.read(_leaves)[: len(before)] == before, "every commitment is as it was"
    (done,) = room.events(ErasurePerformed)
    assert (done.ad, done.approvers, done.basis) == (ad, [SAM.id, SUE.id], "the poster asked")
    assert sorted(done.leaves) == sorted(outcome.leaves)
    other = room.store.read(lambda w: w.chain_of(SITE, w.ads.get(SITE, kept).open_subject))
    assert other[0].event.text == {"body": "A green bike."}  # type: ignore[attr-defined]


def test_a_case_of_two_ads_keeps_its_words_when_one_ad_goes(room: Room) -> None:
    ad, other = room.ad("bike-1"), room.ad("bike-2")
    case = room.judged(ad)
    assert case is not None
    linked_case = room.decide(
        ANA, case, choose(DecisionKind.REMOVE, ad, linked=(linked(other),), reason="both alike")
    )
    assert linked_case.ads == (ad, other)
    room.time.pass_(190 * DAY)
    erase(room, ad)
    (decided,) = room.events(CaseDecided)
    assert decided.reason == "both alike"


def test_files_of_an_erased_ad_lose_their_reference(room: Room) -> None:
    from answerable.adapters.sql.ads import file_ref

    files = ({"sha256": "ab" * 32, "media_type": "image/png"},)
    submission = Submission(external_id="bike-1", text={"body": "A bike."}, attachments=files)
    ad = ReceiveAd(room.store, IDS).receive(SITE, submission).ad
    erase(room, ad)
    rows = room.store.read(lambda w: w.conn.execute(select(file_ref)).all())
    assert rows == []


def test_the_page_of_holds_shows_what_waits_for_a_second(room: Room) -> None:
    room.ad("bike-1")
    free = room.ad("bike-2")
    room.alert("bike-1")
    service.EraseAd(room.store)(SITE, SAM, free, "asked")
    holds, approvals = service.ReadHolds(room.store)(SITE, ANA)
    assert [hold.ends for hold in holds] == [None]
    assert [(a.by, a.made) for a in approvals] == [(SAM.id, room.at())]
    room.time.pass_(MINUTE)


def _leaves(work: Any) -> list[str]:
    """Each leaf hash, recomputed from the envelope that is still there."""
    rows = work.conn.execute(
        select(core.event.c.envelope, core.event.c.ek, core.event.c.leaf_hash)
        .join(core.unsequenced, core.unsequenced.c.event_id == core.event.c.event_id)
        .order_by(core.unsequenced.c.id)
    ).all()
    hashes = [leaf_hash_of(public_leaf(row.ek, row.envelope)) for row in rows]
    assert all(hmac.compare_digest(h, row.leaf_hash) for h, row in zip(hashes, rows, strict=True))
    return [h.hex() for h in hashes]


def _everything_opened(work: Any) -> str:
    """Every group that still opens, and every row of every table, as one text."""
    names = work.conn.execute(select(core.event.c.event_id)).scalars()
    opened = [repr(work.recorded(name).event) for name in list(names)]
    tables = [
        repr(work.conn.execute(text(f'SELECT * FROM "{table}"')).all())
        for table in core.event.metadata.tables
    ]
    return "\n".join(opened + tables)
