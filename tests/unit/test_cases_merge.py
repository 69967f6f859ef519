"""Merging: what waits moves, nothing is reset, nothing vanishes, and no report is barred.

On both databases with the whole story; then the auditor, over records honest and false.
"""

from collections.abc import Callable
from typing import Any

import pytest
from tests.databases import SITE, HandTime
from tests.unit.bundle_maker import changed, name_of, open_all, tell
from tests.unit.case_room import (
    ANA,
    BEN,
    IDS,
    SAM,
    SUE,
    Room,
    choose,
    linked,
    reports,
    staff,
    story,
)
from tests.unit.story_book import Book
from tests.unit.story_maker import end_of, merged

from answerable.access.model import Forbidden, Role
from answerable.adapters.sql.runner import Store
from answerable.audit.reconcile import reconcile
from answerable.cases import service
from answerable.cases.model import CaseStatus, Clock, DecisionKind
from answerable.events.alerts import AlertAnswered
from answerable.events.cases import CaseMerged, ClockStarted, ClockStopped
from answerable.events.duties.clocks import ALERT_ANSWER, FIRST_LOOK
from answerable.events.event import Event
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId
from answerable.kernel.time import DAY, HOUR, MINUTE
from answerable.preservation import service as keeping


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    return Room(make_store(story(), time), time)


def every_clock(room: Room, *cases: Any) -> dict[str, Clock]:
    found = room.store.read(lambda w: [w.cases.clocks_of(SITE, c.id) for c in cases])
    return {clock.id: clock for clocks in found for clock in clocks}


def two(room: Room) -> tuple[Any, Any, Any, Any]:
    """An alerted bike, and ten minutes later an alerted lamp: (bike, its case, lamp, its case)."""
    bike, lamp = room.ad("bike"), room.ad("lamp")
    first = room.alert("bike")
    room.time.pass_(10 * MINUTE)
    return bike, first, lamp, room.alert("lamp")


def test_what_waits_moves_and_every_clock_keeps_its_start_and_end(room: Room) -> None:
    bike, first, lamp, second = two(room)
    before = every_clock(room, first, second)
    started, stopped = len(room.events(ClockStarted)), len(room.events(ClockStopped))
    kept = room.merge(ANA, second, first)
    assert (kept.id, kept.ad_ids, kept.status) == (second.id, (lamp, bike), CaseStatus.OPEN)
    assert [a.ad for a in kept.alerts] == [bike, lamp], "by when they came"
    assert kept.due == first.due, "the earlier end is the next"
    gone = room.case(first.id)
    assert (gone.status, gone.merged_into, gone.alerts) == (CaseStatus.MERGED, second.id, ())
    assert gone.moved == {bike: second.id}
    after = every_clock(room, second)
    assert set(after) == set(before), "each runs on under its own id"
    assert {c.case for c in after.values()} == {second.id}
    for name, clock in after.items():
        was = before[name]
        assert (clock.started, clock.ends, clock.stopped) == (was.started, was.ends, None)
    assert len(room.events(ClockStarted)) == started
    assert len(room.events(ClockStopped)) == stopped
    sides = {e.side: e for e in room.events(CaseMerged)}
    assert sides["from"].subject == gone.subject
    assert sides["into"].subject == kept.subject
    for said in sides.values():
        assert (said.case, said.merged, said.reason) == (second.id, first.id, "one phone")
        assert set(said.clocks) == {c.id for c in before.values() if c.case == first.id}


def test_one_decision_answers_each_alert_singly_and_stops_the_clocks_of_both(room: Room) -> None:
    bike, first, lamp, second = two(room)
    room.merge(ANA, second, first)
    room.time.pass_(DAY - 5 * MINUTE)  # past the end of the bike's clock, before the lamp's
    room.decide(BEN, second, choose(DecisionKind.REMOVE, bike, lamp))
    answers = room.events(AlertAnswered)
    assert [(a.case, a.within_promise) for a in answers] == [(second.id, False), (second.id, True)]
    assert len({a.subject for a in answers}) == 2, "each on its own chain"
    late = [e.late for e in room.events(ClockStopped) if e.duty == ALERT_ANSWER.name]
    assert sorted(late) == [False, True], "a merge made nothing late or in time"
    rows = [room.store.read(lambda w, a=a: w.alerts.get(SITE, a.alert)) for a in first.alerts]
    assert [row.case for row in rows] == [second.id]
    assert [row.within_promise for row in rows] == [False]


def test_what_is_decided_stays_with_its_case(room: Room) -> None:
    bike, lamp, other = room.ad("bike"), room.ad("lamp"), room.ad("other")
    case = room.alert("bike")
    service.AddAd(room.store)(SITE, ANA, case.id, lamp)
    room.decide(ANA, case, reports(bike))
    into = room.alert("other")
    room.merge(ANA, into, room.case(case.id))
    left = room.case(case.id)
    assert (left.status, left.undecided, left.moved) == (
        CaseStatus.DECIDED,
        (),
        {lamp: into.id},
    )
    assert room.clocks(left)["report_promptly"].running, "the clock of its filing stays with it"
    assert "report_promptly" not in room.clocks(into)
    room.undo(ANA, left, left.decisions[0].id)
    assert room.case(case.id).undecided == (bike,), "and so does its undo"
    assert room.case(into.id).undecided == (other, lamp)


def test_holds_go_with_their_ads_and_still_forbid(room: Room) -> None:
    bike, first, lamp, second = two(room)
    before = room.holds(bike)
    room.merge(ANA, second, first)
    assert [(h.id, h.started, h.ends, h.case) for h in room.holds(bike)] == [
        (h.id, h.started, None, second.id) for h in before
    ]
    assert not room.may_delete(bike)
    erase = keeping.EraseAd(room.store)
    with pytest.raises(Refusal, match="under hold"):
        erase(SITE, SAM, bike, "asked")
    with pytest.raises(Refusal, match="while its case"):
        keeping.ReleaseHold(room.store)(SITE, SAM, before[0].id, "a mistake")
    room.propose(ANA, room.case(second.id), bike, lamp)
    proposal = room.case(second.id).proposal
    assert proposal is not None
    room.second(BEN, second, proposal.decision)
    (hold,) = room.holds(bike)
    assert hold.ends is not None, "the decision on the incident dates it"
    room.time.pass_(190 * DAY)
    assert room.may_delete(bike)
    for who in (SAM, SUE):
        erase(SITE, who, bike, "asked")
    gone = room.store.read(lambda w: w.chain_of(SITE, room.case(first.id).subject))
    assert isinstance(gone[-1].event, CaseMerged)
    assert gone[-1].event.reason is None, "what the emptied case's chain says of it goes too"


def test_a_merge_widens_what_needs_two_and_voids_what_did_not_know_of_it(room: Room) -> None:
    found = room.judged(room.ad("quiet"), strong=False)
    assert found is not None
    assert not found.needs_second
    room.ad("bike")
    alerted = room.alert("bike")
    room.propose(ANA, alerted)
    kept = room.merge(ANA, found, room.case(alerted.id))
    assert (kept.needs_second, kept.proposal) == (True, None)
    assert kept.urgency == 65, "the more urgent of the two, and one more alert"
    with pytest.raises(Refusal, match="second person"):
        room.decide(ANA, kept, choose(DecisionKind.NO_ACTION, *kept.undecided))


def test_an_alert_without_an_ad_of_ours_finds_its_incident(room: Room) -> None:
    ad = room.ad("bike")
    into, nowhere = room.alert("bike"), room.alert(None)
    room.merge(ANA, into, nowhere)
    assert room.case(nowhere.id).status is CaseStatus.MERGED
    room.decide(ANA, into, reports(ad))
    assert [a.outcome for a in room.events(AlertAnswered)] == ["reported", "reported"]


def test_a_report_is_made_from_whichever_page_it_is_asked(room: Room) -> None:
    bike, first, lamp, second = two(room)
    third = room.ad("third")
    room.merge(ANA, second, first)
    for kind in (DecisionKind.REMOVE, DecisionKind.NO_ACTION):
        with pytest.raises(Conflict, match="merged into"):
            room.decide(BEN, first, choose(kind, bike))
    made = room.decide(BEN, first, reports(bike, linked=(linked(third),)))
    into = room.case(second.id)
    assert made.id in {d.id for d in into.decisions}
    assert (into.decision_of(bike), into.undecided) == (made, (lamp,))
    assert into.decision_of(third) == made
    with pytest.raises(Conflict, match="already"):
        room.decide(BEN, first, reports(bike))


def test_a_report_follows_merges_of_merges_and_takes_decided_ads_with_it(room: Room) -> None:
    bike, lamp, chair = room.ad("bike"), room.ad("lamp"), room.ad("chair")
    case = room.alert("bike")
    service.AddAd(room.store)(SITE, ANA, case.id, lamp)
    room.decide(ANA, case, choose(DecisionKind.REMOVE, lamp))
    middle = service.OpenCaseByHand(room.store, IDS)(SITE, ANA, (chair,))
    last = room.alert(None)
    room.merge(ANA, middle, room.case(case.id))
    room.merge(ANA, last, room.case(middle.id))
    made = room.decide(BEN, case, reports(bike, lamp))
    assert room.case(last.id).decision_of(bike) == made
    assert room.case(last.id).decision_of(lamp) == made, "a report after all, in one incident"
    assert room.case(last.id).undecided == (chair,)


def test_ads_that_went_different_ways_are_reported_where_each_is(room: Room) -> None:
    bike, lamp = room.ad("bike"), room.ad("lamp")
    case = room.alert("bike")
    service.AddAd(room.store)(SITE, ANA, case.id, lamp)
    made = room.decide(ANA, case, reports(lamp))
    one, other = room.alert(None), room.alert(None)
    room.merge(ANA, one, room.case(case.id))
    room.undo(ANA, case, made.id)
    room.merge(ANA, other, room.case(case.id))
    with pytest.raises(Conflict, match="different cases"):
        room.decide(BEN, case, reports(bike, lamp))
    room.decide(BEN, case, reports(bike))
    room.decide(BEN, case, reports(lamp))
    assert room.case(one.id).undecided == room.case(other.id).undecided == ()


def test_what_cannot_be_merged_is_refused_and_changes_nothing(room: Room) -> None:
    bike, first, lamp, second = two(room)
    auditor = staff("eve", Role.AUDITOR)
    with pytest.raises(Forbidden):
        room.merge(auditor, first, second)
    with pytest.raises(Refusal, match="itself"):
        room.merge(ANA, first, first)
    with pytest.raises(Refusal, match="say why"):
        room.merge(ANA, first, second, " ")
    with pytest.raises(Refusal, match="too long"):
        room.merge(ANA, first, second, "x" * 2_001)
    room.decide(ANA, second, choose(DecisionKind.REMOVE, lamp))
    for one, other in ((first, second), (second, first)):
        with pytest.raises(Conflict, match="waits"):
            room.merge(ANA, one, other)
    again = room.alert("lamp")
    service.AddAd(room.store)(SITE, ANA, second.id, room.ad("more"))
    with pytest.raises(Conflict, match="decided here already"):
        room.merge(ANA, room.case(second.id), again)
    room.merge(ANA, again, room.case(second.id))
    assert room.case(again.id).undecided == (lamp, room.case(again.id).ad_ids[1])
    with pytest.raises(NotFound):
        service.DecideCase(room.store, IDS)(SITE, ANA, CaseId("none"), reports(bike))
    room.merge(ANA, first, again)
    with pytest.raises(Conflict, match="add the ad there"):
        service.AddAd(room.store)(SITE, ANA, again.id, bike)
    assert len(room.events(CaseMerged)) == 4


def test_an_alert_joins_the_case_that_its_ad_went_to(room: Room) -> None:
    _, first, _, second = two(room)
    room.merge(ANA, second, first)
    assert room.alert("bike").id == second.id


def test_an_undo_after_a_merge_restarts_the_earlier_of_two_ends(room: Room) -> None:
    bike, first, lamp, second = two(room)
    ends = first.due and room.clocks(first)["alert_answer"].ends
    room.merge(ANA, second, first)
    made = room.decide(ANA, room.case(second.id), reports(bike, lamp))
    room.undo(ANA, second, made.id)
    assert room.clocks(second)["alert_answer"].ends == ends, "nobody wins time by it"


# The auditor


def merged_story() -> Book:
    """alert-2 comes to case-2, which is merged into case-1; one decision answers both alerts."""
    book = Book()
    for ad, alert in (("a", "alert-1"), ("b", "alert-2")):
        book.received(ad, "A red bike.")
        book.judged(ad)
        book.alerted(alert, ad, f"case-{alert[-1]}")
    merged(book, "case-2", "case-1", ["b"], ["alert-2"])
    book.decided("dec", "case-1", "remove", ["a", "b"])
    for alert in ("alert-1", "alert-2"):
        book.stopped(f"{alert}-clock", "case-1", ALERT_ANSWER.name)
        book.answered(alert, "case-1", "dec", "acted")
    for ad in ("a", "b"):
        book.told(ad, "remove", "decision")
    return book


def examined(
    book: Book, *, without: tuple[str, ...] = (), later: int = 0, **change: Callable[[Event], Event]
) -> set[tuple[str, str]]:
    spelled = {name.replace("_", "-"): how for name, how in change.items()}
    opened = open_all(tell(book.story, without=without, change=spelled), {})
    report = reconcile(opened, None, end_of(book.story) + later)  # type: ignore[arg-type]
    return {(f.duty, f.kind) for f in report.findings}


def test_the_auditor_accepts_a_merge() -> None:
    assert examined(merged_story()) == set()
    assert examined(merged_story(), later=30 * DAY) == set()


@pytest.mark.parametrize("missing", ["alert-1-clock-stopped", "alert-2-clock-stopped"])
def test_a_clock_that_vanishes_in_a_merge_is_found(missing: str) -> None:
    """However the merge names it: only a stop that does its duty ends a clock."""
    assert examined(merged_story(), without=(missing,), later=2 * DAY) == {
        (ALERT_ANSWER.name, "overdue")
    }
    for how in ("merged", "taken", "lapsed", ""):
        stop = changed(how=how)
        found = examined(merged_story(), **{missing.replace("-", "_"): stop})
        assert found == {(ALERT_ANSWER.name, "misstated")}, how
    other = changed(duty=FIRST_LOOK.name, how="taken")
    assert examined(merged_story(), **{missing.replace("-", "_"): other}) == {
        (ALERT_ANSWER.name, "misstated")
    }


def test_a_clock_started_anew_with_more_time_does_not_hide_the_old_one() -> None:
    book = merged_story()
    book.clock("fresh", "case-1", "b", ALERT_ANSWER.name, 9 * DAY)
    assert examined(book, without=("alert-2-clock-stopped",), later=2 * DAY) == {
        (ALERT_ANSWER.name, "misstated"),
        (ALERT_ANSWER.name, "overdue"),
    }


def test_an_alert_is_merged_away_by_no_merge_that_does_not_name_it() -> None:
    other = ("sum of alerts", "other case")
    sides = ("case-2-merged-from", "case-2-merged-into")
    assert examined(merged_story(), without=sides) == {other}
    unnamed = {side.replace("-", "_"): changed(alerts=[]) for side in sides}
    assert examined(merged_story(), **unnamed) == {other}
    elsewhere = {side.replace("-", "_"): changed(case=name_of("case-9")) for side in sides}
    assert examined(merged_story(), **elsewhere) == {other}
    assert examined(merged_story(), without=("alert-2-answered",), later=HOUR) == set()
    assert ("alert", "overdue") not in examined(merged_story())
