"""Which duties run in a case, at a site that serves these jurisdictions, and what stops them."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, BEN, Room, choose, linked, reports, staff, story

from answerable.access.model import Actor, Forbidden, Role
from answerable.adapters.sql.runner import Store
from answerable.ads.directives_service import Acknowledge
from answerable.cases.byhand import Deed, SayDone
from answerable.cases.extending import ExtendClock
from answerable.cases.jurisdictions import Serve
from answerable.cases.model import Case, Clock, DecisionKind
from answerable.events.cases import ClockStarted
from answerable.events.clocks import ClockExtended, DutyDone
from answerable.events.duties.clocks import BY_NAME, Stop
from answerable.events.duties.timing import late_clocks
from answerable.events.event import Opened
from answerable.events.house import SiteServes
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import ClockId, SubjectId
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis

EDDA = staff("edda", Role.ADMIN)
DEED = Deed(to="Example police, desk 4", reference="K-17", words="Rang them and sent the sheet.")


@pytest.fixture
def room(make_store: Callable[..., Store]) -> Room:
    time = HandTime()
    return Room(make_store(story(), time), time)


def serve(room: Room, *jurisdictions: str) -> None:
    Serve(room.store)(SITE, EDDA, jurisdictions, "we are read there")


def running(room: Room, case: Case) -> set[str]:
    return {name for name, clock in room.clocks(case).items() if clock.running}


def acknowledge_all(room: Room, name: str) -> None:
    row = room.store.read(lambda w: w.cases.ad_named(SITE, name))
    assert row is not None
    for directive in room.store.read(lambda w: w.directives.of_ad(SITE, row.ad, limit=20)):
        Acknowledge(room.store)(SITE, directive.id, Millis(room.at()))


def say_done(room: Room, case: Case, clock: Clock, deed: Deed = DEED) -> Case:
    return SayDone(room.store)(SITE, ANA, case.id, clock.id, deed)


def test_a_site_says_whose_duties_it_takes_on_once(room: Room) -> None:
    assert Serve(room.store).served(SITE) == frozenset()
    serve(room, "us", "EU")
    serve(room, "EU")
    serve(room, "GB")
    assert Serve(room.store).served(SITE) == {"US", "EU", "GB"}
    assert [list(e.jurisdictions) for e in room.events(SiteServes)] == [
        ["EU", "US"],
        ["EU", "GB", "US"],
    ]


def test_what_is_no_jurisdiction_is_refused_and_so_is_whoever_may_not(room: Room) -> None:
    with pytest.raises(Refusal, match="XX; known: US"):
        serve(room, "US", "XX")
    with pytest.raises(Refusal, match="say why"):
        Serve(room.store)(SITE, EDDA, ["US"], " ")
    with pytest.raises(Forbidden):
        Serve(room.store)(SITE, ANA, ["US"], "why not")
    assert room.events(SiteServes) == []


@pytest.mark.duty("take_it_down")
def test_an_image_without_consent_runs_48_hours_until_the_ad_is_seen_down(room: Room) -> None:
    serve(room, "US")
    ad = room.ad("bike-1", url="https://ads.example.com/1")
    case = room.alert("bike-1", reasons=["image_without_consent"])
    clock = room.clocks(case)["take_it_down"]
    assert (clock.ends - clock.started, clock.ad) == (2 * DAY, ad)
    room.seen(ad, "up")
    assert "take_it_down" in running(room, case)
    room.seen(ad, "down")
    assert room.clocks(case)["take_it_down"].how is Stop.OBSERVED


def test_the_48_hours_run_only_for_such_an_image_and_only_where_that_law_is_served(
    room: Room,
) -> None:
    room.ad("bike-1"), room.ad("bike-2")
    assert "take_it_down" not in running(room, room.alert("bike-1", reasons=["coerced"]))
    serve(room, "EU")
    case = room.alert("bike-2", reasons=["image_without_consent"])
    assert "take_it_down" not in running(room, case)


@pytest.mark.duty("state_reasons")
def test_the_poster_has_the_reasons_when_the_site_has_the_directive_of_the_decision(
    room: Room,
) -> None:
    serve(room, "EU")
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    acknowledge_all(room, "bike-1")  # the hide: it tells the poster nothing
    room.time.pass_(MINUTE)
    room.decide(ANA, case, choose(DecisionKind.REMOVE, ad))
    clock = room.clocks(case)["state_reasons"]
    assert clock.running
    assert clock.ad == ad
    room.time.pass_(HOUR)
    acknowledge_all(room, "bike-1")
    assert room.clocks(case)["state_reasons"].how is Stop.ACKNOWLEDGED


def test_each_ad_that_is_restricted_is_told_of_singly(room: Room) -> None:
    serve(room, "EU")
    one, two = room.ad("bike-1"), room.ad("bike-2")
    case = room.alert("bike-1")
    made = room.decide(ANA, case, replace(choose(DecisionKind.REMOVE, one), linked=(linked(two),)))
    clocks = room.store.read(lambda w: w.cases.clocks_of(SITE, case.id))
    told = {c.ad for c in clocks if c.duty.name == "state_reasons" and c.decision == made.id}
    assert told == {one, two}


@pytest.mark.duty("inform_police")
@pytest.mark.duty("report_canada")
def test_what_is_done_outside_ends_by_a_persons_word_and_the_report_is_owed_all_the_same(
    room: Room,
) -> None:
    serve(room, "EU", "CA")
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    room.decide(ANA, case, reports(ad, urgent=True, urgent_reason="tonight"))
    clocks = room.clocks(case)
    assert clocks["inform_police"].ends - clocks["inform_police"].started == 4 * HOUR
    say_done(room, case, clocks["inform_police"])
    room.finish(case.id, ad)
    assert {"inform_police", "report_urgently"}.isdisjoint(running(room, case))
    assert "report_canada" in running(room, case), "NCMEC is not the Canadian Centre"
    say_done(room, case, clocks["report_canada"])
    assert room.clocks(case)["report_canada"].how is Stop.DONE
    assert [(e.duty, e.to, e.reference) for e in room.events(DutyDone)] == [
        ("inform_police", DEED.to, DEED.reference),
        ("report_canada", DEED.to, DEED.reference),
    ]


@pytest.mark.duty("report_uk")
@pytest.mark.duty("report_uk_priority_1")
@pytest.mark.parametrize("urgent", [True, False])
def test_a_finished_report_to_ncmec_counts_in_the_united_kingdom(room: Room, urgent: bool) -> None:
    serve(room, "GB")
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    more = {"urgent": True, "urgent_reason": "tonight"} if urgent else {}
    room.decide(ANA, case, reports(ad, **more))
    name = "report_uk_priority_1" if urgent else "report_uk"
    assert room.clocks(case)[name].running
    room.finish(case.id, ad)
    assert room.clocks(case)[name].how is Stop.FILED


def test_an_undone_report_withdraws_every_clock_it_started(room: Room) -> None:
    serve(room, "US", "EU", "GB", "CA")
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    made = room.decide(ANA, case, reports(ad))
    assert {"report_promptly", "report_uk", "report_canada", "state_reasons"} <= running(room, case)
    room.undo(ANA, case, made.id)
    assert running(room, case) == {"alert_act", "alert_answer", "restore_or_decide"}


def test_only_a_duty_of_the_outside_is_done_by_hand(room: Room) -> None:
    serve(room, "EU")
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    with pytest.raises(Refusal, match="nobody does this by hand"):
        say_done(room, case, room.clocks(case)["alert_answer"])
    room.decide(ANA, case, reports(ad, urgent=True, urgent_reason="tonight"))
    clock = room.clocks(case)["inform_police"]
    for faulty, said in (
        (replace(DEED, to=" "), "whom you told"),
        (replace(DEED, to="x" * 201), "whom you told"),
        (replace(DEED, reference="x" * 201), "reference is too long"),
        (replace(DEED, words=""), "what you did"),
    ):
        with pytest.raises(Refusal, match=said):
            say_done(room, case, clock, faulty)
    with pytest.raises(NotFound):
        SayDone(room.store)(SITE, ANA, case.id, ClockId("none"), DEED)
    with pytest.raises(Forbidden):
        SayDone(room.store)(SITE, staff("dora", Role.AUDITOR), case.id, clock.id, DEED)
    assert room.events(DutyDone) == []
    say_done(room, case, clock)
    with pytest.raises(Conflict, match="stopped already"):
        SayDone(room.store)(SITE, BEN, case.id, clock.id, DEED)


def started(name: str, at: int, ends: int) -> Opened:
    body = {"clock": "k", "duty": name, "started": at, "ends": ends}
    return Opened(
        index=0,
        type=ClockStarted.TYPE,
        v=1,
        site="main",
        subject=SubjectId("s"),
        sseq=0,
        prev=None,
        happened=at,
        known=at,
        recorded=at,
        actor="system:cases",
        org="site",
        refs=(),
        due=(),
        closes=(),
        groups={"facts": body, "link": {"case": "c", "ad": None}},
    )


def test_a_clock_that_gives_itself_more_time_than_its_law_is_found() -> None:
    at = HandTime().now()
    right = BY_NAME["alert_answer"].ends(at)
    assert late_clocks([started("alert_answer", at, right)], at) == ()
    assert late_clocks([started("alert_answer", at, right - HOUR)], at) == (), "an old end runs on"
    (lie,) = late_clocks([started("alert_answer", at, right + 1)], at)
    assert (lie.kind, lie.duty) == ("misstated", "alert_answer")
    (lie,) = late_clocks([started("be_lazy", at, right)], at)
    assert lie.kind == "no such duty"


def extend(room: Room, by: Actor, case: Case, clock: Clock, until: int) -> Clock | None:
    return ExtendClock(room.store)(
        SITE, by, case.id, clock.id, Millis(until), "facts come tomorrow"
    )


def test_two_people_move_an_end_once_and_the_bell_moves_with_it(room: Room) -> None:
    room.ad("bike-1")
    case = room.alert("bike-1")
    clock = room.clocks(case)["restore_or_decide"]
    later = clock.ends + 5 * HOUR
    assert extend(room, ANA, case, clock, later) is None
    with pytest.raises(Refusal, match="another person"):
        extend(room, ANA, case, clock, later)
    assert extend(room, BEN, case, clock, later + 1) is None, "another end is another question"
    moved = extend(room, BEN, case, clock, later)
    assert moved is not None
    assert (moved.ends, moved.started) == (later, clock.started)
    (event,) = room.events(ClockExtended)
    assert (event.was, event.until, list(event.approvers)) == (clock.ends, later, [ANA.id, BEN.id])
    bells = room.store.read(lambda w: w.escalation.bells_of(SITE, case.id))
    assert {b.ends for b in bells if b.clock == clock.id} == {later}
    assert room.case(case.id).due == room.clocks(case)["alert_act"].ends
    with pytest.raises(Conflict, match="moved once"):
        extend(room, ANA, room.case(case.id), moved, later + HOUR)


def test_what_does_not_move_does_not_move(room: Room) -> None:
    room.ad("bike-1")
    case = room.alert("bike-1")
    clocks = room.clocks(case)
    clock = clocks["restore_or_decide"]
    with pytest.raises(Refusal, match="never moves"):
        extend(room, ANA, case, clocks["alert_answer"], clocks["alert_answer"].ends + 1)
    for until in (clock.ends, clock.ends - 1, clock.ends + DAY + 1):
        with pytest.raises(Refusal, match="own length"):
            extend(room, ANA, case, clock, until)
    with pytest.raises(NotFound):
        extend(room, ANA, case, replace(clock, id=ClockId("none")), clock.ends + 1)
    with pytest.raises(Forbidden):
        extend(room, staff("dora", Role.AUDITOR), case, clock, clock.ends + 1)
    room.time.pass_(DAY + 1)
    with pytest.raises(Refusal, match="ran out"):
        extend(room, ANA, case, clock, clock.ends + HOUR)
    assert room.events(ClockExtended) == []


def test_an_undo_does_not_keep_what_two_people_added(room: Room) -> None:
    ad = room.ad("bike-1")
    case = room.alert("bike-1")
    clock = room.clocks(case)["restore_or_decide"]
    extend(room, ANA, case, clock, clock.ends + HOUR)
    extend(room, BEN, case, clock, clock.ends + HOUR)
    made = room.decide(ANA, room.case(case.id), reports(ad))
    room.undo(ANA, case, made.id)
    assert room.clocks(case)["restore_or_decide"].ends == clock.ends


def moved_event(
    at: int, was: int, until: int, *people: str, duty: str = "restore_or_decide"
) -> Opened:
    body = {"clock": "k", "duty": duty, "was": was, "until": until, "approvers": list(people)}
    return replace(
        started(duty, at, was),
        index=1,
        type=ClockExtended.TYPE,
        groups={"facts": body, "link": {"case": "c"}, "report": {"reason": "r"}},
    )


def test_an_examiner_takes_a_later_end_from_two_people_and_from_nobody_else() -> None:
    at = HandTime().now()
    ends = BY_NAME["restore_or_decide"].ends(at)
    start = started("restore_or_decide", at, ends)

    def found(event: Opened, now: int = ends + HOUR) -> set[str]:
        return {lie.kind for lie in late_clocks([start, event], Millis(now))}

    two = moved_event(at, ends, ends + 2 * HOUR, "a", "b")
    assert found(two) == set()
    assert found(two, ends + 3 * HOUR) == {"overdue"}
    assert found(moved_event(at, ends, ends + 2 * HOUR, "a", "a")) == {"moved", "overdue"}
    assert found(moved_event(at, ends, ends + 2 * DAY, "a", "b")) == {"moved", "overdue"}
    assert found(replace(two, known=ends + 1)) == {"moved", "overdue"}, "after it ran out"
    assert {x.kind for x in late_clocks([start, two, replace(two, index=2)], ends)} == {"moved"}
    fixed = started("alert_answer", at, ends)
    lie = moved_event(at, ends, ends + HOUR, "a", "b", duty="alert_answer")
    assert {x.kind for x in late_clocks([fixed, lie], ends)} == {"moved"}


def test_a_jurisdiction_is_given_up_by_two(room: Room) -> None:
    serve(room, "US", "EU")
    fred, give = staff("fred", Role.ADMIN), Serve(room.store).give_up
    assert give(SITE, EDDA, ["EU"], "nobody reads us there") is None
    with pytest.raises(Refusal, match="another person"):
        give(SITE, EDDA, ["EU"], "still")
    with pytest.raises(Conflict, match="does not serve"):
        give(SITE, fred, ["GB"], "why not")
    assert give(SITE, fred, ["US"], "another question") is None
    assert give(SITE, fred, ["EU"], "so do I") == {"US"}
    assert list(room.events(SiteServes)[-1].approvers) == [EDDA.id, fred.id]
    assert Serve(room.store).served(SITE) == {"US"}
