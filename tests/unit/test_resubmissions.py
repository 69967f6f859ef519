"""Refused and removed ads that come back, on both databases: linked, and seen by a person first."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, SAM, SUE, choose, reports
from tests.unit.return_maker import AGE_CHANGES, RETURNS, make
from tests.unit.return_room import ReturnRoom, whole_story

from answerable.adapters.sql.kinship_index import ancestor, ancestor_band, resubmission
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.screening import text_sketch
from answerable.cases.model import Case, CaseStatus, DecisionKind
from answerable.events.cases import CaseOpened
from answerable.events.directives import DirectiveIssued
from answerable.events.networks import ResubmissionFound
from answerable.events.screening import ScreenJudged
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY
from answerable.preservation.service import EraseAd

FLAT = (
    "Sunny flat share near the river, I am 17 years old, ask for the greenkite, call 202-555-0111"
)
OLDER = FLAT.replace("17", "19")
PLAIN = FLAT.replace("ask for the greenkite, ", "")


@pytest.fixture
def room(make_store: Callable[..., Store]) -> ReturnRoom:
    time = HandTime()
    return ReturnRoom(make_store(whole_story(), time), time)


def rows(room: ReturnRoom, table: Any) -> int:
    return room.store.read(
        lambda w: w.conn.execute(select(func.count()).select_from(table)).scalar_one()
    )


def refused(room: ReturnRoom, text: str = FLAT, name: str = "old", **more: Any) -> AdId:
    ad = room.post(name, text, section="flats", **more)
    assert room.verdicts(ad) == ["refuse"]
    return ad


def let_go(room: ReturnRoom, case: Case, *ads: AdId) -> None:
    """Two people say no."""
    proposed = room.propose(ANA, case, *ads)
    assert proposed.proposal is not None
    room.second(BEN, proposed, proposed.proposal.decision)


# One ad


def test_a_refused_ad_with_another_age_waits_and_joins_its_ancestors_case(room: ReturnRoom) -> None:
    old = refused(room)
    case = room.open_case_of(old)
    assert case is not None
    assert case.urgency == 40
    new = room.post("new", PLAIN.replace("17", "19"), section="flats")
    (found,) = room.found()
    assert (found.ad, found.revision) == (new, 0)
    assert (found.ancestor, found.ancestor_revision, found.because) == (old, 0, "refused")
    assert found.reasons == ["text", "phone"]
    assert found.changes == ["age", "sign", "text"]
    assert (found.waits, found.moved_from_section) == (True, False)
    assert room.verdicts(new) == ["withhold"]
    assert room.actions(new) == ["withhold"]
    judged = room.events(ScreenJudged)[-1]
    assert judged.strong
    assert [s["rule"] for s in judged.signals] == [
        "house.resubmission.age",
        "house.resubmission.sign",
    ]
    both = room.case(case.id)
    assert both.ad_ids == (old, new)
    assert both.urgency == 58
    assert "restore_or_decide" in room.clocks(both)


def test_the_event_holds_kinds_and_no_words(room: ReturnRoom) -> None:
    refused(room)
    room.post("new", PLAIN)
    (found,) = room.found()
    told = str(found.grouped_values()["facts"])
    for word in ("greenkite", "river", "17", "0111"):
        assert word not in told


def test_the_site_and_poster_learn_withhold_and_screening_alone(room: ReturnRoom) -> None:
    """A withheld resubmission reads as any other ad that a rule withholds."""
    refused(room)
    new, other = room.post("new", PLAIN), room.post("other", "A bluelantern lamp for the hall")

    def told(ad: AdId) -> dict[str, Any]:
        (row,) = room.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=5))
        return {k: v for k, v in row.as_feed().items() if k in ("action", "cause", "revision")}

    assert told(new) == told(other) == {"action": "withhold", "cause": "screening", "revision": 0}
    rows = room.store.read(lambda w: [w.screening.outcome(SITE, ad) for ad in (new, other)])
    assert rows[0].verdict == rows[1].verdict


def test_a_revision_of_a_refused_ad_is_linked_to_what_it_was(room: ReturnRoom) -> None:
    old = refused(room)
    assert room.post("old", OLDER.replace("greenkite", "landlord")) == old
    (found,) = room.found()
    assert (found.ad, found.revision, found.ancestor_revision) == (old, 1, 0)
    assert found.reasons == ["same_ad", "text"]
    assert {"age", "sign"} <= set(found.changes)
    assert room.verdicts(old) == ["refuse", "withhold"]
    case = room.open_case_of(old)
    assert case is not None
    assert case.ad_ids == (old,)
    assert case.urgency == 58


@pytest.mark.parametrize("kind", [DecisionKind.REPORT, DecisionKind.REMOVE, DecisionKind.RESTRICT])
def test_what_people_took_down_comes_back_to_people(room: ReturnRoom, kind: DecisionKind) -> None:
    text = "Quiet flat share with a balcony and two cats, I am 22 years old, call 202-555-0122"
    old = room.post("old", text)
    assert room.visible(old)
    case = room.alert("old")
    choice = reports(old) if kind is DecisionKind.REPORT else choose(kind, old)
    room.decide(ANA, case, choice)
    new = room.post("new", text.replace("22 years", "18 years").replace("0122", "0123"))
    (found,) = room.found()
    assert (found.because, found.ancestor) == (kind.value, old)
    assert found.reasons == ["text"]
    assert found.changes == ["age", "contact", "text"]
    assert room.actions(new) == ["withhold"]
    again = room.open_case_of(new)
    assert again is not None
    assert again.id != case.id
    assert again.ad_ids == (new,)  # the decided ad does not wait again
    assert again.urgency >= case.urgency
    assert again.needs_second
    opened = room.events(CaseOpened)[-1]
    assert opened.refs == (leaf_of(room, found).hex(),)


def leaf_of(room: ReturnRoom, event: ResubmissionFound) -> bytes:
    chain = room.store.read(lambda w: w.chain_of(SITE, event.subject))
    return next(r.leaf_hash for r in chain if r.event == event)


def test_same_words_link_and_publish_as_the_pack_says_before_others_in_the_queue(
    room: ReturnRoom,
) -> None:
    old = room.post("old", "A small lamp")
    room.decide(ANA, room.alert("old"), choose(DecisionKind.REMOVE, old))
    new = room.post("new", "a  SMALL lamp!")
    (found,) = room.found()
    assert (found.reasons, found.changes, found.waits) == (["text"], [], False)
    assert room.actions(new) == ["publish"]
    case = room.open_case_of(new)
    assert case is not None
    assert case.urgency >= 50
    assert not case.strong
    other = room.post("other", "A bluelantern sofa, hardly used")
    queue = room.store.read(lambda w: w.cases.queue(SITE, 10))
    assert [c.ad_ids[-1] for c in queue] == [new, other]


def test_a_contact_alone_is_reviewed_and_not_held_back(room: ReturnRoom) -> None:
    refused(room)
    new = room.post("new", "Selling an old piano, heavy, first floor, call 202 555 0111")
    (found,) = room.found()
    assert (found.reasons, found.waits) == (["phone"], False)
    assert "age" not in found.changes
    assert room.actions(new) == ["publish"]
    assert room.open_case_of(new) is not None


def test_a_picture_links_by_its_digest(room: ReturnRoom) -> None:
    picture = ({"sha256": "ab" * 32},)
    refused(room, attachments=picture)
    new = room.post(
        "new", "Entirely other words about a table and four chairs", attachments=picture
    )
    (found,) = room.found()
    assert (found.ad, found.reasons) == (new, ["image"])
    assert found.waits  # the same thing, and its sign is gone


def test_an_account_links_within_its_days_only(room: ReturnRoom) -> None:
    refused(room, account="acct-1")
    one = room.post("one", "Garden table with six chairs", account="acct-1")
    assert [e.reasons for e in room.found(one)] == [["account"]]
    room.post("other", "Bread every morning, bakery on the corner", account="acct-2")
    room.time.pass_(8 * DAY)
    late = room.post("late", "Piano lessons for grown-ups", account="acct-1")
    assert room.found(late) == []
    assert len(room.found()) == 1


def test_an_ancestor_counts_for_half_a_year(room: ReturnRoom) -> None:
    refused(room)
    room.time.pass_(181 * DAY)
    room.post("new", PLAIN)
    assert room.found() == []


def test_what_people_let_go_is_no_ancestor(room: ReturnRoom) -> None:
    old = refused(room)
    case = room.open_case_of(old)
    assert case is not None
    let_go(room, case)
    assert rows(room, ancestor) == rows(room, ancestor_band) == 0
    room.post("new", PLAIN)
    assert room.found() == []


def test_an_ad_that_people_let_go_is_not_held_back_again_unless_its_age_changes(
    room: ReturnRoom,
) -> None:
    refused(room, account="acct-1")
    new = room.post("new", PLAIN, section="flats")
    case = room.open_case_of(new)
    assert case is not None
    let_go(room, case, new)
    assert room.actions(new) == ["withhold", "restore"]
    room.place("new", url="https://ads.example.com/new")
    assert room.actions(new)[-1] == "publish"
    room.post("new", PLAIN + " Heating is included.", section="flats")
    assert room.actions(new)[-1] == "publish"
    assert len(room.found(new)) == 1
    room.post("new", PLAIN.replace("17", "21"), section="flats")
    assert room.actions(new)[-1] == "withhold"
    assert len(room.found(new)) == 2


def test_each_pair_is_found_once_for_a_revision(room: ReturnRoom) -> None:
    refused(room)
    new = room.post("new", PLAIN)
    room.place("new", url="https://ads.example.com/new")
    assert room.verdicts(new) == ["withhold", "withhold"]  # it still waits
    assert len(room.found(new)) == 1


def test_erasing_an_ad_forgets_what_could_tell_its_words(room: ReturnRoom) -> None:
    text = "Quiet flat share with a balcony and two cats, call 202-555-0122"
    old = room.post("old", text)
    case = room.alert("old")
    room.decide(ANA, case, choose(DecisionKind.REMOVE, old))
    assert rows(room, ancestor) == 1
    assert rows(room, ancestor_band) > 10
    room.time.pass_(366 * DAY)
    erase = EraseAd(room.store)
    erase(SITE, SAM, old, "asked")
    assert erase(SITE, SUE, old, "asked").done
    assert [rows(room, t) for t in (text_sketch, ancestor, ancestor_band)] == [0, 0, 0]
    room.post("new", text)
    assert room.found() == []


def test_an_unscreened_ad_is_linked_too(room: ReturnRoom) -> None:
    """What could not be judged is withheld anyway; that it comes back is known all the same."""
    from answerable.screening.model import CouldNotJudge

    class Broken:
        identity = room.screener.identity

        def judge(self, *_: Any, **__: Any) -> Any:
            raise CouldNotJudge("no")

    refused(room)
    room.screener = Broken()
    new = room.post("new", FLAT)
    (found,) = room.found()
    assert (found.ad, found.reasons) == (new, ["text"])
    case = room.open_case_of(new)
    assert case is not None
    assert case.urgency >= 50
    assert case.status is CaseStatus.OPEN


# Many, by seed


def test_seeded_returns_are_linked_and_unrelated_ads_are_not(
    room: ReturnRoom,
    how_many: Callable[[int, int], int],
    record_property: Callable[[str, object], None],
) -> None:
    """Requirement R3: at least 95 % linked; every one with another age goes to a person."""
    luck = random.Random(20261124)
    count = how_many(3, 60)
    known = [make(luck, number) for number in range(count * len(RETURNS))]
    for number, one in enumerate(known):
        room.posted(f"old-{number}", one.text, section=one.section)
    room.drain()
    tried: Counter[str] = Counter()
    linked: Counter[str] = Counter()
    for number, one in enumerate(known):
        way = tuple(RETURNS)[number % len(RETURNS)]
        other, disguise = RETURNS[way](one, luck)
        new = room.post(f"new-{number}", disguise(other.text), section=other.section)
        old = room.store.read(lambda w, n=number: w.ads.find(SITE, f"old-{n}"))  # type: ignore[misc]
        assert old is not None
        tried[way] += 1
        linked[way] += old.id in ancestors_of(room, new)
        if way in AGE_CHANGES:
            assert room.open_case_of(new) is not None, way
            assert not room.visible(new), way
    controls = count * 8
    false = 0
    for number in range(controls):
        one = make(luck, 10_000 + number, marker=None)
        new = room.post(f"control-{number}", one.text, section=one.section, account=one.account)
        false += bool(ancestors_of(room, new))
    recall = sum(linked.values()) / sum(tried.values())
    print({way: f"{linked[way]}/{tried[way]}" for way in tried}, f"false {false}/{controls}")
    record_property("recall", recall)
    record_property("false_links", false / controls)
    assert recall >= 0.95
    assert all(linked[way] == tried[way] for way in AGE_CHANGES)
    assert false / controls <= 0.02


def ancestors_of(room: ReturnRoom, ad: AdId) -> set[AdId]:
    kin = room.store.read(lambda w: w.networks.kin_of(SITE, ad, limit=50))
    return {one.ancestor for one in kin if one.ad == ad}


def test_an_unchanged_directive_is_issued_once(room: ReturnRoom) -> None:
    refused(room)
    new = room.post("new", PLAIN)
    mine = [e for e in room.events(DirectiveIssued) if e.ad == new]
    assert [(e.action, e.cause) for e in mine] == [("withhold", "screening")]
    assert rows(room, resubmission) == 1
