"""Complaints: taken in for poster and alerter, looked at by somebody new, answered, examined.

The law: DSA, Regulation (EU) 2022/2065, art. 20. On both databases, with all that STORY runs.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.databases import SITE, HandTime
from tests.unit.bundle_maker import changed, open_all, tell
from tests.unit.case_room import ANA, BEN, IDS, SAM, SUE, Room, choose, enrol, reports, story
from tests.unit.story_maker import ERASED, end_of, honest

from answerable.access.model import Actor
from answerable.adapters.sql.runner import Store
from answerable.audit.reconcile import reconcile
from answerable.cases.complaining import Complain, ReadComplaints
from answerable.cases.complaints import Complaint, Side
from answerable.cases.model import Case, CaseStatus, Cause, DecisionKind
from answerable.cases.queue import NO_FILTERS
from answerable.cases.serving import ReadQueue
from answerable.events.cases import CaseJoined, ClockStarted, ClockStopped
from answerable.events.complaints import ComplaintAnswered, ComplaintReceived
from answerable.events.directives import DirectiveIssued
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import AdId, AlertId
from answerable.kernel.time import DAY, MINUTE, from_datetime

REMOVE, NO_ACTION = DecisionKind.REMOVE, DecisionKind.NO_ACTION
WARN, RESTRICT = DecisionKind.WARN, DecisionKind.RESTRICT


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    found = Room(make_store(story(), time), time)
    enrol(found, ANA, BEN, SAM, SUE)
    return found


def removed(room: Room, name: str = "bike", kind: DecisionKind = REMOVE) -> AdId:
    """An ad that Ana took down."""
    ad = room.ad(name)
    room.decide(ANA, room.alert(name), choose(kind, ad))
    room.time.pass_(MINUTE)
    return ad


def declined(room: Room, name: str | None = "bike") -> tuple[Case, AlertId]:
    """An alert that Ana and Ben declined."""
    if name is not None:
        room.judged(room.ad(name), strong=False, verdict="publish")
    case = room.propose(ANA, room.alert(name))
    assert case.proposal is not None
    room.second(BEN, case, case.proposal.decision)
    room.time.pass_(MINUTE)
    return room.case(case.id), case.alerts[0].alert


def poster(room: Room, name: str = "bike", text: str = "It is a bike.") -> Complaint:
    return Complain(room.store, IDS).of_poster(SITE, name, text)


def alerter(room: Room, alert: AlertId, text: str = "Look again.") -> Complaint:
    return Complain(room.store, IDS).of_alerter(SITE, alert, text)


def again(room: Room, complaint: Complaint) -> Complaint:
    found = room.store.read(lambda w: w.cases.complaint(SITE, complaint.id))
    assert found is not None
    return found


def no_action_by(room: Room, case: Case, first: Actor, second: Actor) -> None:
    waiting = room.propose(first, case)
    assert waiting.proposal is not None
    room.second(second, case, waiting.proposal.decision)


# Taken in


@pytest.mark.duty("complaint_answer")
def test_a_posters_complaint_opens_a_case_and_its_clock_and_changes_nothing_else(
    room: Room,
) -> None:
    ad = removed(room)
    told = len(room.events(DirectiveIssued))
    complaint = poster(room, text="It is a bike, and blue.")
    case = room.case(complaint.case)
    assert (case.cause, case.status, case.ad_ids) == (Cause.COMPLAINT, CaseStatus.OPEN, (ad,))
    assert case.needs_second, "somebody's word: two take no action"
    clock = room.clocks(case)["complaint_answer"]
    assert (clock.ad, clock.ends, clock.running) == (ad, complaint.due, True)
    (event,) = room.events(ComplaintReceived)
    assert (event.text, event.side, event.actor) == ("It is a bike, and blue.", "poster", "poster")
    assert (event.decision, event.ad, event.alert) == (complaint.decision, ad, None)
    assert complaint.deciders == (ANA.id,)
    assert len(room.events(DirectiveIssued)) == told, "nothing is restored by a complaint"
    assert case.id in {c.id for c in ReadQueue(room.store)(SITE, BEN, NO_FILTERS).cases}


def test_it_is_due_after_five_days_on_which_people_work(room: Room) -> None:
    removed(room)
    wednesday = from_datetime(datetime(2026, 12, 23, 9, 0, tzinfo=UTC))
    room.time.pass_(wednesday - room.at())
    due = poster(room).due
    # Not 25 and 26 December, no week-end, not 1 January: 24, 28, 29, 30 and 31 December.
    assert due == from_datetime(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)), "midnight in Brussels"


def test_an_alerters_complaint_says_so_and_stands_where_alerts_stand(room: Room) -> None:
    case, alert = declined(room)
    complaint = alerter(room, alert)
    found = room.case(complaint.case)
    assert found.id != case.id
    assert (found.urgency, complaint.deciders) == (60, (ANA.id, BEN.id))
    (event,) = room.events(ComplaintReceived)
    assert (event.side, event.actor, event.alert) == ("alerter", "public", alert)


def test_an_alert_on_no_ad_can_be_complained_of_and_is_answered_when_nothing_waits(
    room: Room,
) -> None:
    _, alert = declined(room, None)
    complaint = alerter(room, alert)
    case = room.case(complaint.case)
    assert case.ads == ()
    no_action_by(room, case, ANA, SUE)
    done = again(room, complaint)
    assert (done.granted, done.waits) == (False, False)
    assert not room.clocks(case)["complaint_answer"].running


def test_it_joins_the_case_in_which_the_ad_waits_and_voids_a_proposal(room: Room) -> None:
    ad = removed(room)
    before = room.alert("bike")
    assert room.propose(BEN, before).status is CaseStatus.WAITING_SECOND
    complaint = poster(room)
    after = room.case(before.id)
    assert (complaint.case, after.proposal, after.ad_ids) == (before.id, None, (ad,))
    assert [e.reason for e in room.events(CaseJoined)] == ["complaint"]
    assert ("second_answer", "void") in [(e.duty, e.how) for e in room.events(ClockStopped)]


def test_what_screening_keeps_back_can_be_complained_of_before_anybody_decided(room: Room) -> None:
    case = room.judged(room.ad("bike"))
    assert case is not None
    complaint = poster(room)
    assert (complaint.case, complaint.decision, complaint.deciders) == (case.id, None, ())
    room.decide(ANA, case, choose(REMOVE, *case.ad_ids))
    assert again(room, complaint).granted is False


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001])
def test_a_complaint_says_something_and_not_everything(room: Room, text: str) -> None:
    removed(room)
    with pytest.raises(Refusal, match=r"say in a line|too long"):
        poster(room, text=text)
    assert room.events(ComplaintReceived) == []


def test_nothing_is_complained_of_twice_and_nothing_that_nobody_did(room: Room) -> None:
    room.judged(room.ad("lamp"), strong=False, verdict="publish")
    with pytest.raises(Conflict, match="nothing was decided"):
        poster(room, "lamp")
    with pytest.raises(NotFound):
        poster(room, "no such ad")
    with pytest.raises(NotFound):
        alerter(room, AlertId("none"))
    removed(room)
    complaint = poster(room)
    with pytest.raises(Conflict, match="waits already"):
        poster(room)
    room.decide(BEN, room.case(complaint.case), choose(REMOVE, *room.case(complaint.case).ad_ids))
    with pytest.raises(Conflict, match="looked at again already"):
        poster(room)


def test_an_alert_that_waits_for_its_answer_needs_no_complaint(room: Room) -> None:
    room.ad("bike")
    case = room.alert("bike")
    with pytest.raises(Conflict, match="not answered yet"):
        alerter(room, case.alerts[0].alert)


def test_poster_and_alerter_complain_each_and_one_clock_runs(room: Room) -> None:
    room.ad("bike")
    case = room.alert("bike")
    room.decide(ANA, case, choose(WARN, *case.ad_ids))
    hers = alerter(room, case.alerts[0].alert)
    room.time.pass_(3 * DAY)
    his = poster(room)
    assert hers.case == his.case
    started = [e for e in room.events(ClockStarted) if e.duty == "complaint_answer"]
    assert [e.ends for e in started] == [hers.due]
    ad = case.ad_ids[0]
    room.decide(BEN, room.case(hers.case), choose(REMOVE, ad))
    assert (again(room, hers).granted, again(room, his).granted) == (True, False)
    assert {e.complaint: e.granted for e in room.events(ComplaintAnswered)} == {
        hers.id: True,
        his.id: False,
    }


# Answered, by somebody new where it stays as it was


def test_whoever_decided_does_not_turn_it_down_alone(room: Room) -> None:
    ad = removed(room)
    complaint = poster(room)
    case = room.case(complaint.case)
    for kind in (REMOVE, RESTRICT):
        with pytest.raises(Refusal, match="somebody who had no part"):
            room.decide(ANA, case, choose(kind, ad))
    room.decide(BEN, case, choose(REMOVE, ad))
    done = again(room, complaint)
    assert (done.granted, done.answered) == (False, room.at())
    (event,) = room.events(ComplaintAnswered)
    assert (event.granted, event.within, event.decision) == (False, True, done.answer)
    assert not room.clocks(case)["complaint_answer"].running


def test_whoever_decided_may_change_their_mind(room: Room) -> None:
    ad = removed(room)
    complaint = poster(room)
    room.decide(ANA, room.case(complaint.case), choose(WARN, ad))
    assert again(room, complaint).granted is True


def test_to_give_an_ad_back_takes_two_as_ever(room: Room) -> None:
    ad = removed(room)
    room.judged(ad, strong=False, verdict="publish")
    complaint = poster(room)
    case = room.case(complaint.case)
    with pytest.raises(Refusal, match="second person"):
        room.decide(BEN, case, choose(NO_ACTION, ad))
    no_action_by(room, case, BEN, SUE)
    assert again(room, complaint).granted is True
    assert [e.action for e in room.events(DirectiveIssued)][-1] == "restore"


def test_the_same_two_cannot_decline_again_but_one_of_them_with_somebody_new_can(
    room: Room,
) -> None:
    _, alert = declined(room)
    complaint = alerter(room, alert)
    case = room.case(complaint.case)
    waiting = room.propose(ANA, case)
    assert waiting.proposal is not None
    with pytest.raises(Refusal, match="somebody who had no part"):
        room.second(BEN, case, waiting.proposal.decision)
    room.second(SUE, case, waiting.proposal.decision)
    assert again(room, complaint).granted is False


def test_a_report_is_never_in_question(room: Room) -> None:
    ad = removed(room)
    complaint = poster(room)
    room.decide(ANA, room.case(complaint.case), reports(ad))
    assert again(room, complaint).granted is False, "who reports keeps it down"


def test_a_late_answer_says_so_and_no_day_answers_by_itself(room: Room) -> None:
    ad = removed(room)
    complaint = poster(room)
    room.time.pass_(30 * DAY)
    case = room.case(complaint.case)
    assert again(room, complaint).waits
    assert room.clocks(case)["complaint_answer"].overdue(room.at())
    room.decide(BEN, case, choose(REMOVE, ad))
    assert [e.within for e in room.events(ComplaintAnswered)] == [False]


def test_a_merge_takes_the_complaint_along(room: Room) -> None:
    ad = removed(room)
    complaint = poster(room)
    lamp = room.ad("lamp")
    into = room.alert("lamp")
    room.merge(BEN, into, room.case(complaint.case))
    assert again(room, complaint).case == into.id
    room.decide(BEN, room.case(into.id), choose(REMOVE, lamp))
    assert again(room, complaint).waits, "another ad of the case"
    with pytest.raises(Refusal, match="somebody who had no part"):
        room.decide(ANA, room.case(into.id), choose(REMOVE, ad))
    room.decide(BEN, room.case(into.id), choose(REMOVE, ad))
    assert again(room, complaint).granted is False


def test_the_site_reads_a_posters_complaint_and_never_an_alerters(room: Room) -> None:
    removed(room)
    mine = poster(room)
    _, alert = declined(room, "lamp")
    hers = alerter(room, alert)
    read = ReadComplaints(room.store)
    assert read(SITE, mine.id).side is Side.POSTER
    with pytest.raises(NotFound):
        read(SITE, hers.id)
    assert [one.id for one in read.of_alert(SITE, alert)] == [hers.id]


def test_to_remove_again_what_is_removed_starts_no_clock_for_reasons(room: Room) -> None:
    """The site is told nothing new, so nothing could ever stop it: a clock that cannot be kept."""
    room.store.run(lambda w: w.cases.put_served(SITE, frozenset({"EU"})))
    ad = removed(room)
    before = [e for e in room.events(ClockStarted) if e.duty == "state_reasons"]
    assert [e.ad for e in before] == [ad]
    complaint = poster(room)
    room.decide(BEN, room.case(complaint.case), choose(REMOVE, ad))
    room.decide(BEN, room.case(complaint.case), reports(ad))
    assert [e for e in room.events(ClockStarted) if e.duty == "state_reasons"] == before


# The record, examined


def lapses(**change: Any) -> set[tuple[str, str]]:
    told = tell(honest(), change={k.replace("_", "-"): v for k, v in change.items()})
    report = reconcile(open_all(told, ERASED), None, end_of(honest()))
    return {(f.duty, f.kind) for f in report.findings if f.duty == "complaint_answer"}


def test_the_honest_record_has_nothing_of_it() -> None:
    assert lapses() == set()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"complained": changed(granted=True)}, "misstated"),
        ({"complained": changed(complaint="another")}, "unfounded"),
        ({"complained": changed(decision="none")}, "unfounded"),
        ({"dec_m2_decided": changed(reviewer="staff:1")}, "nobody new"),
        ({"complaint_clock_started": changed(duty="alert_answer")}, "no clock"),
    ],
)
def test_a_false_record_of_a_complaint_is_found(change: dict[str, Any], kind: str) -> None:
    assert ("complaint_answer", kind) in lapses(**change)


def test_a_complaint_answered_twice_is_found(room: Room) -> None:
    ad = removed(room)
    complaint = poster(room)
    room.decide(BEN, room.case(complaint.case), choose(REMOVE, ad))
    (answer,) = room.events(ComplaintAnswered)
    room.record(answer)
    report = reconcile(room.opened(), None, room.at())
    kinds = {f.kind for f in report.findings if f.duty == "complaint_answer"}
    assert kinds == {"answered twice"}
