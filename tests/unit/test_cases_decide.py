"""Who may decide what alone: the refusals, one by one, on plain values."""

from dataclasses import replace

import pytest

from answerable.cases import clockwork, decide
from answerable.cases.model import (
    ADS_MAX,
    REASON_CHARS_MAX,
    Basis,
    BasisKind,
    Case,
    CaseStatus,
    Cause,
    Choice,
    Clock,
    DecisionKind,
    Hand,
    LinkedAd,
)
from answerable.events.cases import CaseDecided, CaseJoined, DecisionContradicted
from answerable.events.duties.clocks import ALERT_ACT, FIRST_LOOK, Stop
from answerable.kernel.errors import Breach, Conflict, NotFound, Refusal
from answerable.kernel.ids import ActorId, AdId, CaseId, ClockId, DecisionId, Site, SubjectId
from answerable.kernel.time import MINUTE, Millis

NOW = Millis(1_790_000_000_000)
ANA, BEN = Hand(actor=ActorId("staff:ana")), Hand(actor=ActorId("staff:ben"))
A, B, C = AdId("a"), AdId("b"), AdId("c")
ONE, TWO = DecisionId("one"), DecisionId("two")
FACT = (Basis(kind=BasisKind.CONTACT_MATCH),)


def case(*ads: AdId, cause: Cause = Cause.ALERT, strong: bool = False) -> Case:
    return decide.open_case(
        site=Site("main"),
        case=CaseId("case"),
        subject=SubjectId("chain"),
        cause=cause,
        urgency=60,
        strong=strong,
        synthetic=False,
        ads=ads,
        hand=ANA,
        now=NOW,
    ).case


def report(*ads: AdId, **more: object) -> Choice:
    return replace(
        Choice(kind=DecisionKind.REPORT, ads=ads, reason="", basis=FACT),
        **more,  # type: ignore[arg-type]
    )


def no_action(*ads: AdId) -> Choice:
    return Choice(kind=DecisionKind.NO_ACTION, ads=ads, reason="a bike")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"basis": ()}, "name a fact"),
        ({"no_basis_confirmed": True}, "which is it"),
        ({"basis": (Basis(kind=BasisKind.OTHER),)}, "in words"),
        ({"basis": (Basis(kind=BasisKind.OTHER, words=" "),)}, "in words"),
        ({"basis": (Basis(kind=BasisKind.ALERT, words="x" * 2001),)}, "shortly"),
        ({"urgent": True}, "concrete reason"),
        ({"urgent": True, "urgent_reason": " "}, "concrete reason"),
        ({"urgent_reason": "tonight"}, "goes with urgent"),
        ({"reason": "x" * (REASON_CHARS_MAX + 1)}, "too long"),
        ({"ads": (A, A)}, "twice"),
        ({"ads": (A, C)}, "ads of the case"),
        ({"ads": ()}, "which ads"),
        ({"linked": (LinkedAd(ad=C, reason=" "),)}, "has a reason"),
        ({"linked": (LinkedAd(ad=A, reason="phone"),)}, "twice"),
        ({"linked": (LinkedAd(ad=B, reason="phone"),)}, "in the case already"),
    ],
)
def test_a_report_is_refused_only_for_what_it_does_not_say(
    more: dict[str, object], says: str
) -> None:
    choice = report(A, **more)
    with pytest.raises(Refusal, match=says):
        decide.decide(case(A, B), choice, ONE, ANA, NOW)


def test_no_basis_is_no_veto() -> None:
    choice = report(A, basis=(), no_basis_confirmed=True)
    (event,) = decide.decide(case(A), choice, ONE, ANA, NOW).events
    assert isinstance(event, CaseDecided)
    assert (event.basis, event.basis_kinds, event.no_basis_confirmed) == ([], [], True)


def test_reasons_and_bases_are_erasable_and_kinds_are_not() -> None:
    fact = (Basis(kind=BasisKind.OTHER, words="bluelantern"),)
    choice = report(A, basis=fact, reason="bluelantern", urgent=True, urgent_reason="bluelantern")
    (event,) = decide.decide(case(A), choice, ONE, ANA, NOW).events
    groups = event.grouped_values()
    assert {name for name, body in groups.items() if "bluelantern" in str(body)} == {"report"}
    assert groups["facts"]["basis_kinds"] == ["other"]


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (replace(no_action(A), reason=" "), "say why"),
        (replace(no_action(A), urgent=True), "belong to a report"),
        (replace(no_action(A), no_basis_confirmed=True), "belong to a report"),
        (replace(no_action(A), victim={"age": 15}), "belong to a report"),
        (replace(no_action(A), linked=(LinkedAd(ad=C, reason="phone"),)), "of the case only"),
        (no_action(A), "second person"),
    ],
)
def test_what_another_decision_must_say(choice: Choice, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        decide.decide(case(A), choice, ONE, ANA, NOW)


@pytest.mark.parametrize(
    ("cause", "strong", "alone"),
    [
        (Cause.ALERT, False, False),
        (Cause.SCREENING, True, False),
        (Cause.SCREENING, False, True),
        (Cause.STAFF, False, True),
    ],
)
def test_who_may_take_no_action_alone(cause: Cause, strong: bool, alone: bool) -> None:
    opened = case(A, cause=cause, strong=strong)
    if alone:
        assert decide.decide(opened, no_action(A), ONE, ANA, NOW).case.status is CaseStatus.DECIDED
        return
    with pytest.raises(Refusal, match="second person"):
        decide.decide(opened, no_action(A), ONE, ANA, NOW)


def test_only_no_action_is_proposed_and_only_once() -> None:
    with pytest.raises(Refusal, match="needs no second"):
        decide.propose(case(A), report(A), ONE, ANA, NOW)
    waiting = decide.propose(case(A), no_action(A), ONE, ANA, NOW).case
    assert waiting.status is CaseStatus.WAITING_SECOND
    with pytest.raises(Conflict, match="already"):
        decide.propose(waiting, no_action(A), TWO, BEN, NOW)


def test_the_second_is_another_person_and_says_why() -> None:
    waiting = decide.propose(case(A), no_action(A), ONE, ANA, NOW).case
    with pytest.raises(Refusal, match="another person"):
        decide.second(waiting, ONE, "me again", ANA, NOW)
    with pytest.raises(Refusal, match="say why"):
        decide.second(waiting, ONE, "", BEN, NOW)
    (event,) = decide.second(waiting, ONE, "a bike indeed", BEN, NOW).events
    assert isinstance(event, CaseDecided)
    assert (event.reviewer, event.second, event.actor) == (ANA.actor, BEN.actor, BEN.actor)


def test_a_contradicted_case_is_open_again() -> None:
    waiting = decide.propose(case(A), no_action(A), ONE, ANA, NOW).case
    step = decide.contradict(waiting, ONE, "look at the phone", BEN, NOW)
    assert (step.case.status, step.case.undecided) == (CaseStatus.OPEN, (A,))
    with pytest.raises(Conflict):
        decide.second(step.case, ONE, "yes", BEN, NOW)


def test_any_decision_while_a_proposal_waits_contradicts_it() -> None:
    waiting = decide.propose(case(A, B), no_action(A), ONE, ANA, NOW).case
    step = decide.decide(
        waiting, report(B, linked=(LinkedAd(ad=C, reason="phone"),)), TWO, BEN, NOW
    )
    assert [type(e) for e in step.events] == [DecisionContradicted, CaseJoined, CaseDecided]
    assert (step.case.proposal, step.case.undecided) == (None, (A,))


def test_undo_is_for_a_report_by_its_own_reviewer_before_it_is_filed() -> None:
    decided = decide.decide(case(A), report(A), ONE, ANA, NOW).case
    with pytest.raises(NotFound):
        decide.undo(decided, TWO, "wrong ad", ANA, NOW)
    with pytest.raises(Refusal, match="same reviewer"):
        decide.undo(decided, ONE, "wrong ad", BEN, NOW)
    with pytest.raises(Refusal, match="say why"):
        decide.undo(decided, ONE, "", ANA, NOW)
    undone = decide.undo(decided, ONE, "wrong ad", ANA, NOW).case
    assert (undone.status, undone.undecided) == (CaseStatus.OPEN, (A,))
    with pytest.raises(Conflict, match="undone already"):
        decide.undo(undone, ONE, "wrong ad", ANA, NOW)
    filed, (made,) = decide.note_filed(decided, [A], NOW)
    assert made.filed == NOW
    with pytest.raises(Conflict, match="filed"):
        decide.undo(filed, ONE, "wrong ad", ANA, NOW)
    removed = decide.decide(
        case(A), Choice(kind=DecisionKind.REMOVE, ads=(A,), reason="terms"), ONE, ANA, NOW
    ).case
    with pytest.raises(Refusal, match="decided anew"):
        decide.undo(removed, ONE, "wrong ad", ANA, NOW)
    assert decide.note_filed(removed, [A], NOW) == (removed, ())


def test_an_incident_has_a_bound() -> None:
    full = case(*(AdId(str(n)) for n in range(ADS_MAX)))
    with pytest.raises(Refusal, match="full"):
        decide.join_ad(full, A, "staff", ANA, NOW)
    with pytest.raises(Refusal, match="each ad once"):
        case(A, A)


def test_a_clock_stops_once_and_only_as_its_duty_knows() -> None:
    clock, started = clockwork.start(
        case(A), ALERT_ACT, ClockId("k"), ANA, NOW, started=Millis(NOW - MINUTE), ad=A
    )
    assert (started.ends, started.due[0].at) == (NOW + 14 * MINUTE, NOW + 14 * MINUTE)
    with pytest.raises(Breach):
        clockwork.stop(case(A), clock, Stop.FILED, ANA, NOW)
    stopped, _ = clockwork.stop(case(A), clock, Stop.OBSERVED, ANA, clock.ends)
    assert not stopped.overdue(Millis(clock.ends + 1)), "stopped at its end is in time"
    with pytest.raises(Breach):
        clockwork.stop(case(A), stopped, Stop.OBSERVED, ANA, NOW)


@pytest.mark.parametrize("kind", list(DecisionKind))
def test_the_clock_to_act_runs_on_where_the_ad_must_come_down(kind: DecisionKind) -> None:
    opened = case(A, B)
    clocks = [
        _clock(opened, "act-a", ALERT_ACT, A),
        _clock(opened, "act-b", ALERT_ACT, B),
        _clock(opened, "look", FIRST_LOOK, None),
    ]
    made = decide.decide(
        case(A, B, cause=Cause.STAFF),
        Choice(kind=kind, ads=(A,), reason="r", basis=FACT if kind is DecisionKind.REPORT else ()),
        ONE,
        ANA,
        NOW,
    ).case.decisions[0]
    stopped = {c.id for c, _ in clockwork.stopped_by_decision(opened, made, clocks)}
    goes_up = kind in (DecisionKind.WARN, DecisionKind.NO_ACTION)
    assert stopped == ({"act-a", "look"} if goes_up else {"look"})


def _clock(opened: Case, name: str, duty: object, ad: AdId | None) -> Clock:
    return clockwork.start(opened, duty, ClockId(name), ANA, NOW, started=NOW, ad=ad)[0]  # type: ignore[arg-type]


def test_urgency_is_raised_by_who_and_what_and_bounded() -> None:
    said = [
        decide.alert_urgency(None, ()),
        decide.alert_urgency({"role": "public"}, ("minor_suspected",)),
        decide.alert_urgency({"role": "family"}, ()),
        decide.alert_urgency({"role": "self"}, ("coerced", "missing_child")),
    ]
    assert said == [60, 60, 75, 95]
