"""Cases on a real database, with everything that STORY runs beside them."""

from collections.abc import Callable

import pytest
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, IDS, SAM, Room, choose, linked, reports, staff, story

from answerable.access.model import Forbidden, Role
from answerable.adapters.sql.runner import Store
from answerable.ads.directives_service import Acknowledge
from answerable.ads.origins import RegisterOrigin
from answerable.cases import service
from answerable.cases.model import CaseStatus, DecisionKind
from answerable.cases.queue import NO_FILTERS
from answerable.cases.serving import ReadQueue
from answerable.events.alerts import AlertAnswered, AlertAttached
from answerable.events.cases import (
    CaseDecided,
    CaseJoined,
    CaseOpened,
    ClockStarted,
    ClockStopped,
    DecisionContradicted,
    EvidenceViewed,
)
from answerable.events.reports import ReportOwed
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import AdId, DecisionId
from answerable.kernel.time import DAY, HOUR, MINUTE


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    return Room(make_store(story(), time), time)


def test_an_alert_opens_a_case_with_clocks_and_the_duty_to_answer(room: Room) -> None:
    ad, at = room.ad("bike-1"), room.at()
    case = room.alert("bike-1", reasons=["missing_child"])
    assert (case.status, case.by_alert, case.ad_ids) == (CaseStatus.OPEN, True, (ad,))
    assert case.urgency == 80
    (attached,) = room.events(AlertAttached)
    assert (attached.case, attached.ad, attached.hidden) == (case.id, ad, True)
    assert [(due.duty, due.at) for due in attached.due] == [(f"alert:{attached.alert}", at + DAY)]
    ends = {name: clock.ends - at for name, clock in room.clocks(case).items()}
    assert ends == {
        "alert_act": 15 * MINUTE,
        "first_look": HOUR,
        "alert_answer": DAY,
        "restore_or_decide": DAY,
    }
    assert case.due == at + 15 * MINUTE
    assert [event.case for event in room.events(CaseOpened)] == [case.id]


def test_alerts_on_one_ad_join_one_case_and_are_answered_singly(room: Room) -> None:
    ad = room.ad("bike-1")
    first = room.alert("bike-1")
    room.time.pass_(MINUTE)
    case = room.alert("bike-1")
    assert case.id == first.id
    assert [event.alert for event in room.events(CaseJoined)] == [case.alerts[1].alert]
    assert len(room.events(ClockStarted)) == 4, "one of each kind runs, the earlier"
    assert case.urgency == first.urgency + 5
    room.decide(ANA, case, choose(DecisionKind.REMOVE, ad))
    answers = room.events(AlertAnswered)
    assert [a.alert for a in answers] == [a.alert for a in case.alerts]
    assert {(a.outcome, a.within_promise) for a in answers} == {("acted", True)}
    assert [a.closes for a in answers] == [(f"alert:{a.alert}",) for a in case.alerts]


def test_an_alert_on_no_ad_we_know_has_a_case_of_its_own(room: Room) -> None:
    case = room.alert(None)
    assert case.ads == ()
    assert set(room.clocks(case)) == {"first_look", "alert_answer"}
    with pytest.raises(Refusal, match="names at least one ad"):
        room.decide(ANA, case, choose(DecisionKind.REMOVE))
    room.propose(ANA, case)
    proposal = room.case(case.id).proposal
    assert proposal is not None
    room.second(BEN, case, proposal.decision)
    assert room.case(case.id).status is CaseStatus.DECIDED
    assert [a.outcome for a in room.events(AlertAnswered)] == ["declined"]


def test_a_new_alert_on_a_decided_ad_opens_a_new_case(room: Room) -> None:
    ad = room.ad("bike-1")
    first = room.alert("bike-1")
    room.decide(ANA, first, choose(DecisionKind.REMOVE, ad))
    assert room.alert("bike-1").id != first.id


@pytest.mark.duty("alert_act")
def test_the_clock_to_act_stops_when_the_ad_is_seen_down_not_when_we_say_so(room: Room) -> None:
    ad = room.ad("bike-1", url="https://ads.example.com/bike-1")
    RegisterOrigin(room.store)(SITE, "https://ads.example.com")
    case = room.alert("bike-1")
    assert room.clocks(case)["alert_act"].running, "issued is not done"
    directive = room.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=1))[0]
    Acknowledge(room.store)(SITE, directive.id, room.at())
    assert room.clocks(case)["alert_act"].running, "said is not done where one can look"
    room.seen(ad, "up")
    assert room.clocks(case)["alert_act"].running
    room.time.pass_(16 * MINUTE)
    room.seen(ad, "down")
    clock = room.clocks(case)["alert_act"]
    assert (clock.running, clock.overdue(room.at())) == (False, True)
    (stopped,) = room.events(ClockStopped)
    assert (stopped.duty, stopped.how, stopped.late) == ("alert_act", "observed", True)
    assert stopped.closes == (f"clock:{clock.id}",)
    assert "alert_act" not in {c.duty for c in room.events(ClockStarted)[4:]}
    room.alert("bike-1")
    assert not room.clocks(case)["alert_act"].running, "already seen down: nothing to act on"


def test_where_nobody_can_look_the_sites_word_stops_the_clock_and_says_so(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    directive = room.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=1))[0]
    Acknowledge(room.store)(SITE, directive.id, room.at())
    (stopped,) = room.events(ClockStopped)
    assert (stopped.duty, stopped.how) == ("alert_act", "acknowledged")
    assert not room.clocks(case)["alert_act"].running


@pytest.mark.duty("first_look")
def test_the_clock_to_a_first_look_stops_when_a_person_takes_the_case(room: Room) -> None:
    room.ad("bike-1")
    case = room.alert("bike-1")
    service.ClaimCase(room.store)(SITE, ANA, case.id)
    (stopped,) = room.events(ClockStopped)
    assert (stopped.duty, stopped.how, stopped.late) == ("first_look", "taken", False)
    assert stopped.actor == ANA.id


@pytest.mark.duty("alert_answer")
def test_an_alert_is_answered_only_when_somebody_acts_or_two_decline(room: Room) -> None:
    room.ad("bike-1")
    case = room.alert("bike-1")
    waiting = room.propose(ANA, case)
    room.time.pass_(2 * DAY)
    assert room.events(AlertAnswered) == []
    assert waiting.proposal is not None
    overdue = {clock.duty.name for clock in service.RestoreDue(room.store)(SITE)}
    assert {"alert_answer", "restore_or_decide", "alert_act"} <= overdue
    assert room.case(case.id).status is CaseStatus.WAITING_SECOND, "it never lapses to no"
    room.second(BEN, case, waiting.proposal.decision)
    (answer,) = room.events(AlertAnswered)
    assert (answer.outcome, answer.within_promise) == ("declined", False)
    late = {event.duty: event.late for event in room.events(ClockStopped)}
    assert (late["alert_answer"], late["restore_or_decide"]) == (True, True)


@pytest.mark.duty("restore_or_decide")
def test_an_ad_that_waits_hidden_past_a_day_stays_visible_as_a_breach(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.judged(ad)
    assert case is not None
    clock = room.clocks(case)["restore_or_decide"]
    assert clock.ends == room.at() + DAY
    room.time.pass_(DAY)
    assert service.RestoreDue(room.store)(SITE) == ()
    room.time.pass_(1)
    assert [c.id for c in service.RestoreDue(room.store)(SITE)] == [clock.id]
    assert room.case(case.id).status is CaseStatus.OPEN
    room.decide(ANA, case, choose(DecisionKind.WARN, ad))
    assert service.RestoreDue(room.store)(SITE) == ()


@pytest.mark.duty("report_promptly")
def test_the_clock_to_file_runs_from_the_decision_to_the_receipt(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    room.decide(ANA, case, reports(ad))
    clock = room.clocks(case)["report_promptly"]
    assert (clock.ends - room.at(), room.case(case.id).due) == (DAY, room.at() + 15 * MINUTE)
    (owed,) = room.events(ReportOwed)
    assert owed.ads == [ad]
    room.time.pass_(HOUR)
    room.finish(case.id, ad)
    assert room.clocks(case)["report_promptly"].stopped == room.at()
    assert room.events(ClockStopped)[-1].how == "filed"
    decision = room.case(case.id).decisions[0]
    assert decision.filed == room.at()
    with pytest.raises(Conflict, match="filed"):
        room.undo(ANA, case, decision.id)


@pytest.mark.duty("report_urgently")
def test_an_urgent_report_has_an_hour(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    room.decide(ANA, case, reports(ad, urgent=True, urgent_reason="says: tonight"))
    assert room.clocks(case)["report_urgently"].ends == room.at() + HOUR
    assert "report_promptly" not in room.clocks(case)
    (owed,) = room.events(ReportOwed)
    assert owed.not_before == room.at()


def test_nobody_stands_in_the_way_of_a_report(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    service.ClaimCase(room.store)(SITE, BEN, case.id)
    room.propose(BEN, case)
    room.decide(ANA, case, reports(ad))
    (contradicted,) = room.events(DecisionContradicted)
    assert contradicted.actor == ANA.id
    (decided,) = room.events(CaseDecided)
    assert (decided.kind, decided.reviewer, decided.second) == ("report", ANA.id, None)
    assert room.case(case.id).proposal is None
    with pytest.raises(Refusal, match="same reviewer"):
        room.undo(BEN, case, DecisionId(decided.decision))


@pytest.mark.parametrize("kind", [DecisionKind.REMOVE, DecisionKind.NO_ACTION])
def test_a_closed_case_can_still_be_reported_by_anybody(room: Room, kind: DecisionKind) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    if kind is DecisionKind.NO_ACTION:
        proposal = room.propose(ANA, case).proposal
        assert proposal is not None
        room.second(BEN, case, proposal.decision)
    else:
        room.decide(ANA, case, choose(kind, ad))
    room.decide(SAM, case, reports(ad))
    assert [event.kind for event in room.events(CaseDecided)] == [kind.value, "report"]
    with pytest.raises(Conflict, match="to report already"):
        room.decide(BEN, case, reports(ad))
    assert len(room.events(AlertAnswered)) == 1, "an alert is answered once"


def test_an_undone_report_wins_nobody_time(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    ends = {n: room.clocks(case)[n].ends for n in ("restore_or_decide", "alert_answer")}
    room.time.pass_(HOUR)
    made = room.decide(ANA, case, reports(ad))
    room.time.pass_(10 * MINUTE)
    after = room.undo(ANA, case, made.id)
    assert (after.status, after.undecided) == (CaseStatus.OPEN, (ad,))
    clocks = room.clocks(case)
    assert {n: clocks[n].ends for n in ends} == ends
    assert all(clocks[n].running for n in ends)
    assert clocks["report_promptly"].how is not None
    assert clocks["report_promptly"].how.value == "withdrawn"
    with pytest.raises(Refusal, match="second person"):
        room.decide(ANA, case, choose(DecisionKind.NO_ACTION, ad))
    assert not room.may_delete(ad)


def test_linked_ads_come_to_the_case_and_are_decided_with_it(room: Room) -> None:
    ad, other = room.ad("bike-1"), room.ad("bike-2")
    case = room.alert("bike-1")
    room.decide(ANA, case, reports(ad, linked=(linked(other),)))
    (decided,) = room.events(CaseDecided)
    assert decided.ads == [ad, other]
    assert decided.linked == [{"ad": other, "reason": "the same phone"}]
    assert room.case(case.id).ad_ids == (ad, other)
    assert not room.may_delete(other)
    with pytest.raises(NotFound):
        room.decide(ANA, case, reports(linked=(linked(AdId("nowhere")),)))


def test_an_incident_is_decided_when_each_of_its_ads_is(room: Room) -> None:
    first, second = room.ad("bike-1"), room.ad("bike-2")
    case = room.alert("bike-1")
    service.AddAd(room.store)(SITE, ANA, case.id, second)
    room.decide(ANA, case, choose(DecisionKind.REMOVE, second))
    assert room.events(AlertAnswered) == [], "the alert was about the other ad"
    assert room.case(case.id).undecided == (first,)
    room.decide(ANA, case, reports(first))
    assert room.case(case.id).status is CaseStatus.DECIDED
    assert [a.outcome for a in room.events(AlertAnswered)] == ["reported"]


def test_what_a_proposal_did_not_know_of_voids_it(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    proposal = room.propose(ANA, case).proposal
    assert proposal is not None
    room.alert("bike-1")
    with pytest.raises(Conflict, match="no proposal"):
        room.second(BEN, case, proposal.decision)
    again = room.propose(ANA, case).proposal
    assert again is not None
    with pytest.raises(Conflict, match="another proposal"):
        room.second(BEN, case, proposal.decision)
    room.judged(ad)
    assert room.case(case.id).proposal is None, "new words or a first strong signal"


def test_screening_opens_cases_by_what_it_found(room: Room) -> None:
    strong, weak, failed, clean = (room.ad(f"bike-{n}") for n in range(4))
    found = [room.judged(strong), room.judged(weak, strong=False), room.could_not_screen(failed)]
    assert room.judged(clean, strong=False, verdict="publish") is None
    assert [case is not None and case.strong for case in found] == [True, False, False]
    room.alert("bike-3")
    queue = ReadQueue(room.store)(SITE, ANA, NO_FILTERS)
    assert [case.ad_ids[0] for case in queue.cases] == [clean, strong, weak, failed]
    with pytest.raises(Refusal, match="second person"):
        room.decide(ANA, found[0], choose(DecisionKind.NO_ACTION, strong))  # type: ignore[arg-type]
    room.decide(ANA, found[1], choose(DecisionKind.NO_ACTION, weak))  # type: ignore[arg-type]
    assert room.events(CaseDecided)[0].second is None


def test_looking_at_evidence_is_recorded_for_exactly_these_bytes(room: Room) -> None:
    from answerable.ads.model import Submission
    from answerable.ads.service import ReceiveAd

    digest = "ab" * 32
    ReceiveAd(room.store, IDS).receive(
        SITE,
        Submission(
            external_id="bike-1",
            text={"body": "A bike."},
            attachments=({"sha256": digest, "media_type": "image/png"},),
        ),
    )
    case = room.alert("bike-1")
    with pytest.raises(NotFound):
        service.ViewEvidence(room.store)(SITE, ANA, case.id, "cd" * 32, full=True)
    service.ViewEvidence(room.store)(SITE, ANA, case.id, digest, full=False)
    (seen,) = room.events(EvidenceViewed)
    assert (seen.sha256, seen.full, seen.actor) == (digest, False, ANA.id)


def test_a_claim_is_a_lease_that_orders_and_bars_nobody(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    claim = service.ClaimCase(room.store)
    claim(SITE, ANA, case.id)
    with pytest.raises(Conflict, match="in hand"):
        claim(SITE, BEN, case.id)
    room.time.pass_(15 * MINUTE)
    assert claim(SITE, BEN, case.id).claim is not None
    room.decide(ANA, case, choose(DecisionKind.REMOVE, ad))


def test_only_the_qualified_decide(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    for role in (Role.ADMIN, Role.AUDITOR):
        with pytest.raises(Forbidden):
            room.decide(staff("eve", role), case, reports(ad))
    assert room.events(CaseDecided) == []


def test_a_case_by_hand_needs_no_alert(room: Room) -> None:
    ad, other = room.ad("bike-1"), room.ad("bike-2")
    opened = service.OpenCaseByHand(room.store, IDS)(SITE, ANA, (ad,))
    again = service.OpenCaseByHand(room.store, IDS)(SITE, BEN, (ad, other))
    assert (again.id, again.ad_ids) == (opened.id, (ad, other))
    room.decide(ANA, again, reports(ad, other))
    view = service.ReadCase(room.store)(SITE, BEN, opened.id)
    assert [r.event.TYPE for r in view.history][:3] == [
        "case.opened",
        "case.joined",
        "case.decided",
    ]
    assert view.case.status is CaseStatus.DECIDED
