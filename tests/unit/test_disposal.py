"""Disposal: listed by a schedule, signed by two, done in parts; what is held is left alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, IDS, SAM, SUE, Room, choose, story
from tests.unit.keeping_room import PHONE, Keeping

from answerable.access.model import Forbidden
from answerable.adapters.sql.ads import stored_file
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.screening import contact
from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.ads.service import PlaceAd, ReceiveAd
from answerable.cases.model import DecisionKind
from answerable.events.alerts import AlertReceived
from answerable.events.disposal import DisposalPerformed, DisposalProposed, DisposalSigned
from answerable.events.preservation import HoldReleased
from answerable.kernel.errors import NotFound, Refusal
from answerable.kernel.time import DAY
from answerable.preservation import disposal_service as service
from answerable.preservation.disposal import Class, Fate, State, digest_of, lives
from answerable.preservation.process import Kind, Scope


@pytest.fixture
def room(make_store: Callable[..., Store], tmp_path: Path) -> Keeping:
    time = HandTime()
    return Keeping(make_store(story(), time), time, tmp_path)


def contacts(room: Keeping) -> int:
    return len(room.store.read(lambda work: work.conn.execute(select(contact)).all()))


def groups_left(room: Keeping, ad: Any) -> set[str]:
    """Groups of the first event of the ad that still open."""

    def fn(work: Any) -> set[str]:
        chain = work.chain_of(SITE, work.ads.get(SITE, ad).open_subject)
        return set(work.open_groups(SITE, chain[0].id))

    return room.store.read(fn)


def place(room: Keeping, name: str, kind: PlacementKind) -> None:
    PlaceAd(room.store, IDS)(SITE, PlacementNews(external_id=name, kind=kind))


def test_an_unflagged_ad_goes_after_its_life_and_not_a_day_sooner(room: Keeping) -> None:
    ad = room.posted("bike-1", PHONE, account={"id": "kim"})
    room.time.pass_(180 * DAY)
    first = room.propose()
    assert first is not None
    assert first.counts == {"ad": 0, "connections": 1, "alert": 0, "watch": 0}, (
        "180 days are not over yet"
    )
    room.sign(first)
    room.perform()
    assert groups_left(room, ad) == {"ad_text", "images", "poster_pii", "facts"}
    room.time.pass_(1)
    done = room.dispose()
    assert done.counts == {"ad": 1, "connections": 0, "alert": 0, "watch": 0}
    assert groups_left(room, ad) == {"facts"}
    assert contacts(room) == 0
    assert room.store.read(lambda work: work.ads.get(SITE, ad)).account_id is None
    room.time.pass_(400 * DAY)
    assert room.propose() is None, "nothing is left to go"


def test_connections_go_after_90_days_while_the_ad_stands(room: Keeping) -> None:
    ad = room.posted("bike-1", connections=({"ip": "192.0.2.7"},))
    place(room, "bike-1", PlacementKind.PUBLISHED)
    room.time.pass_(90 * DAY + 1)
    assert room.dispose().counts["connections"] == 1
    assert "connections" not in groups_left(room, ad)
    room.time.pass_(400 * DAY)
    batch = room.propose()
    assert batch is None, "an ad that stands on the site is not old"
    place(room, "bike-1", PlacementKind.EXPIRED)
    room.time.pass_(181 * DAY)
    room.dispose()
    assert room.words(ad) is None


def test_a_declined_alert_loses_its_words_after_a_year_and_stays(room: Keeping) -> None:
    ad = room.posted("bike-1")
    case = room.alert("bike-1", text="a neutral word")
    proposal = Room.propose(room, ANA, case).proposal
    assert proposal is not None
    room.second(BEN, case, proposal.decision)
    room.time.pass_(366 * DAY)
    done = room.dispose()
    assert done.counts == {"ad": 1, "connections": 0, "alert": 1, "watch": 0}
    (alert,) = room.events(AlertReceived)
    assert (alert.text, alert.alerter) == (None, None)
    assert alert.alert, "the alert itself is there for ever"
    assert room.words(ad) is None


def test_what_is_held_or_waits_is_never_listed(room: Keeping) -> None:
    held, waits, free = room.posted("bike-1"), room.posted("bike-2"), room.posted("bike-3")
    room.served(Kind.COURT_ORDER)
    assert room.judged(waits) is not None
    room.time.pass_(300 * DAY)
    batch = room.propose()
    assert batch is not None
    items = service.ReadDisposals(room.store).one(SITE, SAM, batch.id)[1]
    assert {item.name for item in items} == {free}
    assert digest_of(items) == batch.digest
    room.sign(batch)
    room.perform()
    assert room.words(held) is not None
    assert room.words(waits) is not None
    assert room.words(free) is None


def test_what_comes_under_a_hold_after_the_signatures_is_left_and_counted(room: Keeping) -> None:
    ads = [room.posted(f"bike-{n}") for n in range(1, 4)]
    room.time.pass_(181 * DAY)
    batch = room.propose()
    assert batch is not None
    room.sign(batch)
    room.served(Kind.SUBPOENA)  # bike-1, in the last moment
    revise = Submission(external_id="bike-2", text={"body": "A green bike."})
    ReceiveAd(room.store, IDS).revise(SITE, revise)
    done = room.perform()
    assert done.state is State.DONE
    assert done.fates == {Fate.HELD.value: 1, Fate.CHANGED.value: 1, Fate.DONE.value: 1}
    assert [room.words(ad) is None for ad in ads] == [False, False, True]
    told = room.events(DisposalPerformed)
    assert sum(e.held for e in told) == 1
    assert sum(e.changed for e in told) == 1
    assert ads[0] not in {ad for e in told for ad in e.ads}


def test_two_different_people_sign_the_same_list_within_a_week(room: Keeping) -> None:
    room.posted("bike-1")
    room.time.pass_(181 * DAY)
    batch = room.propose()
    assert batch is not None
    assert room.propose() is None, "one list at a time"
    sign = service.SignDisposal(room.store)
    with pytest.raises(Forbidden):
        sign(SITE, ANA, batch.id, batch.digest)
    with pytest.raises(Refusal, match="list that stands"):
        sign(SITE, SAM, batch.id, "0" * 64)
    sign(SITE, SAM, batch.id, batch.digest)
    with pytest.raises(Refusal, match="another person"):
        sign(SITE, SAM, batch.id, batch.digest)
    assert room.perform().state is State.PROPOSED, "one signature lets nothing go"
    room.time.pass_(7 * DAY)
    assert sign(SITE, SUE, batch.id, batch.digest).state is State.PROPOSED, "she is the first now"
    assert sign(SITE, SAM, batch.id, batch.digest).state is State.SIGNED
    assert [e.number for e in room.events(DisposalSigned)] == [1, 1, 2]
    done = room.perform()
    assert done.state is State.DONE
    for told in room.events(DisposalPerformed):
        assert told.approvers == [SUE.id, SAM.id]
    with pytest.raises(Refusal, match="no signature"):
        sign(SITE, SAM, batch.id, batch.digest)


def test_one_person_leaves_everything_where_it_is(room: Keeping) -> None:
    ad = room.posted("bike-1")
    room.time.pass_(181 * DAY)
    batch = room.propose()
    assert batch is not None
    service.RefuseDisposal(room.store)(SITE, SAM, batch.id, "look at the list again")
    room.perform()
    assert room.words(ad) is not None
    again = room.propose()
    assert again is not None
    assert again.digest == batch.digest


def test_killed_anywhere_it_goes_on_and_does_nothing_twice(
    room: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    ads = [room.posted(f"bike-{n}") for n in range(7)]
    room.time.pass_(181 * DAY)
    batch = room.propose()
    assert batch is not None
    room.sign(batch)
    monkeypatch.setattr(service, "CHUNK_ITEMS", 2)
    steps = 0
    while True:
        died = service.PerformDisposal(_Dies(room.store), room.files.discard)
        with pytest.raises(_Killed):
            died(SITE)  # everything but the commit
        job = service.PerformDisposal(room.store, room.files.discard)  # another process
        if not job(SITE):
            break
        steps += 1
        if room.batches()[0].state is State.DONE:
            break
    assert steps == 4, "7 items, two at a time"
    assert all(room.words(ad) is None for ad in ads)
    told = room.events(DisposalPerformed)
    assert sum(e.done for e in told) == 7
    assert [e.left for e in told] == sorted((e.left for e in told), reverse=True)
    leaves = [(leaf, g) for e in told for leaf in e.leaves for g in e.data_groups]
    assert told[-1].left == 0
    assert len({leaf for e in told if e.data_class == "ad" for leaf in e.leaves}) == 7
    assert leaves


class _Killed(BaseException):
    """The process is gone."""


class _Dies:
    """A store whose process dies with its transaction open."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, fn: Any) -> Any:
        return self._store.read(fn)

    def run(self, fn: Any) -> Any:
        def then_die(work: Any) -> None:
            fn(work)
            raise _Killed

        return self._store.run(then_die)


def test_lives_are_the_declared_ones_or_the_operators(room: Keeping) -> None:
    assert lives({}).days == {
        Class.AD: 180,
        Class.CONNECTIONS: 90,
        Class.ALERT: 365,
        Class.WATCH: 365,
    }
    assert lives({"ad_text": 30}).days[Class.AD] == 30
    for odd in ({"facts": 3}, {"ad_text": 0}, {"nothing": 5}):
        with pytest.raises(Refusal):
            lives(odd)
    room.posted("bike-1")
    room.time.pass_(31 * DAY)
    assert room.propose() is None
    batch = room.propose(lives({"ad_text": 30}))
    assert batch is not None
    (proposed,) = room.events(DisposalProposed)
    assert (proposed.cause, proposed.counts["ad"]) == ("schedule", 1)


# Destroyed on a written request


def picture(room: Keeping, name: str, raw: bytes) -> Any:
    digest = room.files.put(SITE, raw, "image/png").sha256
    given = Submission(
        external_id=name,
        text={"body": "A bike."},
        attachments=({"sha256": digest, "media_type": "image/png"},),
    )
    return ReceiveAd(room.store, IDS).receive(SITE, given).ad


def stored(room: Keeping) -> int:
    return len(room.store.read(lambda work: work.conn.execute(select(stored_file)).all()))


def test_a_request_to_destroy_names_ads_and_takes_two(room: Keeping) -> None:
    ad, kept = picture(room, "bike-1", b"one"), picture(room, "bike-2", b"two")
    request = room.served(Kind.DESTRUCTION_REQUEST)
    assert room.holds(ad) == (), "a request to destroy holds nothing"
    files = stored(room)
    with pytest.raises(Forbidden):
        service.ProposeDestruction(room.store, IDS)(SITE, ANA, request.id)
    batch = room.destruction(request)
    with pytest.raises(Refusal, match="list already"):
        room.destruction(request)
    room.perform()
    assert room.words(ad) is not None
    room.sign(batch)
    assert room.perform().state is State.DONE
    assert room.words(ad) is None
    assert room.words(kept) is not None
    assert stored(room) == files - 1, "the key of its picture is gone at once"
    told = room.events(DisposalPerformed)
    assert [(e.done, e.approvers) for e in told] == [(1, [SAM.id, SUE.id])]


def test_it_is_refused_by_every_hold_but_that_of_the_authority_itself(room: Keeping) -> None:
    ad = room.posted("bike-1")
    letter = room.served()
    plain = room.served(Kind.DESTRUCTION_REQUEST)
    room.sign(room.destruction(plain))
    done = room.perform()
    assert done.fates == {"held": 1}, "it did not say that it takes the letter back"
    with pytest.raises(Refusal, match="only the authority"):
        room.served(Kind.DESTRUCTION_REQUEST, lifts=letter.id, authority="Another Sheriff")
    own = room.served(
        Kind.DESTRUCTION_REQUEST, lifts=letter.id, authority="example  county SHERIFF"
    )
    case = room.alert("bike-1")  # and now an alert holds it as well
    room.sign(room.destruction(own))
    assert room.perform().fates == {"held": 1}
    assert room.words(ad) is not None
    assert room.events(HoldReleased) == []
    room.decide(ANA, case, choose(DecisionKind.WARN, ad))
    room.time.pass_(50 * DAY)
    again = room.served(Kind.DESTRUCTION_REQUEST, lifts=letter.id, reference="No. 3")
    room.sign(room.destruction(again))
    assert room.perform().fates == {"held": 1}, "appeals run"


def test_the_authority_that_had_it_kept_may_have_it_destroyed(room: Keeping) -> None:
    ad, other = room.posted("bike-1"), room.posted("bike-2")
    letter = room.served(scope=Scope(ads=("bike-1", "bike-2")))
    request = room.served(Kind.DESTRUCTION_REQUEST, lifts=letter.id)
    room.sign(room.destruction(request))
    assert room.perform().fates == {"done": 1}
    assert room.words(ad) is None
    (released,) = room.events(HoldReleased)
    assert released.approvers == [SAM.id, SUE.id]
    assert request.id in released.reason
    assert [hold.released is None for hold in room.holds(other)] == [True]
    assert room.words(other) is not None


def test_a_request_that_names_what_is_not_ours_lists_nothing(room: Keeping) -> None:
    room.posted("bike-1")
    request = room.served(Kind.DESTRUCTION_REQUEST, scope=Scope(ads=("bike-1", "bike-77")))
    with pytest.raises(NotFound) as refused:
        room.destruction(request)
    assert refused.value.details["ads"] == ["bike-77"]
    letter = room.served()
    with pytest.raises(Refusal, match="does not ask"):
        room.destruction(letter)
