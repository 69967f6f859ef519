"""Exceptions to hide first: asked in writing, granted by two, ended by date, found by examiners."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.databases import SITE
from tests.unit.alert_room import AlertRoom, examined, make_room
from tests.unit.case_room import ANA, BEN, IDS, SAM, SUE, choose, reports

from answerable.access.model import Forbidden
from answerable.adapters.sql.runner import Store
from answerable.ads.directives import Action
from answerable.alerts.exceptions import ASKED_FOR, LENGTH_MAX, HideException, Request, check_span
from answerable.alerts.exceptions_service import (
    AskException,
    EndException,
    EndExceptions,
    GrantException,
)
from answerable.alerts.flood import FloodTerms, Ground
from answerable.cases.model import DecisionKind
from answerable.events.duties.putting_off import hides_put_off
from answerable.events.event import Opened
from answerable.events.hiding import HideExceptionEnded, HideExceptionGranted, HideResumed
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import AdId
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis

ASKED = Request(
    authority="Example County Police",
    reference="file 2026-4711",
    dated="2026-09-20",
    officer="Detective Example, +1 202-555-0150",
)


@pytest.fixture
def room(make_store: Callable[..., Store]) -> AlertRoom:
    return make_room(make_store, FloodTerms(window=MINUTE, site=1_000, account=1_000))


def ask(room: AlertRoom, *named: str, by: Any = SAM, length: int = 7 * DAY, **more: Any) -> Any:
    request = replace(ASKED, **more.pop("request", {}))
    ends = Millis(room.at() + length)
    return AskException(room.store, IDS)(SITE, by, named, request, ends, **more)


def grant(room: AlertRoom, asked: HideException, by: Any = SUE) -> HideException:
    return GrantException(room.store)(SITE, by, asked.id)


def stopped(room: AlertRoom) -> list[str]:
    return [x.kind for x in hides_put_off(examined(room.store))]


def test_two_people_grant_what_police_asked_in_writing(room: AlertRoom) -> None:
    ad = room.up("bike-1")
    asked = ask(room, "bike-1")
    assert room.events(HideExceptionGranted) == []
    with pytest.raises(Refusal):
        grant(room, asked, by=SAM)
    with pytest.raises(Forbidden):
        grant(room, asked, by=ANA)
    grant(room, asked)
    (event,) = room.events(HideExceptionGranted)
    assert (event.ads, event.approvers) == ([ad], [SAM.id, SUE.id])
    facts = str(event.grouped_values()["facts"])
    assert "4711" not in facts
    assert "Detective" not in facts
    with pytest.raises(Conflict):
        grant(room, asked)


def test_only_asked_it_changes_nothing(room: AlertRoom) -> None:
    ad = room.up("bike-1")
    ask(room, "bike-1")
    room.stranger("bike-1")
    assert not room.visible(ad)


@pytest.mark.parametrize(
    "missing",
    [{"authority": " "}, {"reference": ""}, {"officer": ""}, {"dated": "soon"}, {"dated": ""}],
)
def test_a_request_that_nobody_could_find_again_is_refused(
    room: AlertRoom, missing: dict[str, str]
) -> None:
    room.up("bike-1")
    with pytest.raises(Refusal):
        ask(room, "bike-1", request=missing)


def test_it_names_its_ads_and_its_end(room: AlertRoom) -> None:
    room.up("bike-1")
    for wrong in ({"length": 0}, {"length": -1}, {"length": LENGTH_MAX + 1}):
        with pytest.raises(Refusal):
            ask(room, "bike-1", **wrong)
    with pytest.raises(Refusal):
        ask(room)
    with pytest.raises(Refusal):
        ask(room, "bike-1", "bike-1")
    with pytest.raises(NotFound):
        ask(room, "never-received")
    with pytest.raises(Forbidden):
        ask(room, "bike-1", by=ANA)


def test_a_second_who_comes_too_late_grants_nothing(room: AlertRoom) -> None:
    room.up("bike-1")
    asked = ask(room, "bike-1", length=LENGTH_MAX)
    room.time.pass_(ASKED_FOR + 1)
    with pytest.raises(Conflict):
        grant(room, asked)


@pytest.fixture
def excepted(room: AlertRoom) -> AdId:
    """An ad under an exception, with an alert that named a fact."""
    ad = room.up("bike-1")
    grant(room, ask(room, "bike-1"))
    answer = room.stranger("bike-1", reasons=["missing_child"])
    row = room.row(answer.alert)
    assert (row.put_off, row.hidden) == (Ground.EXCEPTION, False)
    return ad


def test_while_it_runs_everything_but_the_hide_goes_on(room: AlertRoom, excepted: AdId) -> None:
    assert room.visible(excepted)
    case = room.open_case_of(excepted)
    assert case is not None
    assert case.urgency == 100
    assert set(room.clocks(case)) == {"first_look", "alert_answer"}
    assert not room.may_delete(excepted)
    room.time.pass_(HOUR)
    assert room.sweep() == 0
    assert EndExceptions(room.store)(SITE) == 0
    assert room.visible(excepted)
    assert stopped(room) == []


@pytest.mark.parametrize("kind", ["report", "remove"])
def test_a_decision_takes_the_ad_down_in_spite_of_it(
    room: AlertRoom, excepted: AdId, kind: str
) -> None:
    case = room.open_case_of(excepted)
    assert case is not None
    choice = reports(excepted) if kind == "report" else choose(DecisionKind.REMOVE, excepted)
    room.decide(ANA, case, choice)
    assert room.actions(excepted)[-1] is Action.REMOVE
    room.time.pass_(7 * DAY)
    assert EndExceptions(room.store)(SITE) == 1
    assert room.events(HideResumed) == []
    assert stopped(room) == []


def test_other_ads_hide_as_ever(room: AlertRoom, excepted: AdId) -> None:
    other = room.up("bike-2")
    room.stranger("bike-2")
    assert not room.visible(other)


def test_it_ends_by_itself_and_the_ad_is_hidden_at_once(room: AlertRoom, excepted: AdId) -> None:
    room.time.pass_(7 * DAY - 1)
    assert EndExceptions(room.store)(SITE) == 0
    room.time.pass_(1)
    assert EndExceptions(room.store)(SITE) == 1
    assert EndExceptions(room.store)(SITE) == 0
    assert not room.visible(excepted)
    (ended,) = room.events(HideExceptionEnded)
    assert (ended.how, ended.put_off, ended.hidden) == ("date", 1, [excepted])
    assert [e.because for e in room.events(HideResumed)] == ["exception_ended"]
    case = room.open_case_of(excepted)
    assert case is not None
    assert {"alert_act", "restore_or_decide"} <= set(room.clocks(case))
    assert stopped(room) == []


def test_an_alert_after_its_end_hides_whether_or_not_a_sweep_came(
    room: AlertRoom, excepted: AdId
) -> None:
    room.time.pass_(7 * DAY)
    room.stranger("bike-1")
    assert not room.visible(excepted)


def test_an_ad_without_an_open_alert_stays_up(room: AlertRoom) -> None:
    ad = room.up("bike-1")
    grant(room, ask(room, "bike-1"))
    room.time.pass_(7 * DAY)
    assert EndExceptions(room.store)(SITE) == 1
    assert room.visible(ad)


def test_what_two_people_declined_meanwhile_stays_up(room: AlertRoom, excepted: AdId) -> None:
    case = room.open_case_of(excepted)
    assert case is not None
    waiting = room.propose(ANA, case, excepted)
    assert waiting.proposal is not None
    room.second(BEN, case, waiting.proposal.decision)
    room.time.pass_(7 * DAY)
    EndExceptions(room.store)(SITE)
    assert room.visible(excepted)
    assert stopped(room) == []


def test_it_is_renewed_by_two_again_and_leaves_no_gap(room: AlertRoom, excepted: AdId) -> None:
    (first,) = room.store.read(lambda w: w.alerts.exceptions(SITE, 10))
    room.time.pass_(6 * DAY)
    again = ask(room, "bike-1", by=SUE, length=LENGTH_MAX, renews=first.id)
    with pytest.raises(Refusal):
        ask(room, "bike-1", renews=again.id)
    grant(room, again, by=SAM)
    room.time.pass_(1 * DAY)
    assert EndExceptions(room.store)(SITE) == 1
    assert room.visible(excepted)
    assert stopped(room) == []
    room.time.pass_(13 * DAY)
    assert EndExceptions(room.store)(SITE) == 1
    assert not room.visible(excepted)
    assert [e.renews for e in room.events(HideExceptionGranted)] == [None, first.id]


def test_one_person_ends_it_early_with_a_reason(room: AlertRoom, excepted: AdId) -> None:
    (running,) = room.store.read(lambda w: w.alerts.exceptions(SITE, 10))
    end = EndException(room.store)
    with pytest.raises(Forbidden):
        end(SITE, ANA, running.id, "they found her")
    with pytest.raises(Refusal):
        end(SITE, SAM, running.id, " ")
    end(SITE, SAM, running.id, "they found her")
    assert not room.visible(excepted)
    with pytest.raises(Conflict):
        end(SITE, SAM, running.id, "again")
    assert [e.how for e in room.events(HideExceptionEnded)] == ["person"]
    (over,) = room.store.read(lambda w: w.alerts.exceptions(SITE, 10))
    assert (over.request.officer, over.request.reference) == ("", ""), "the event alone has them"


def test_what_was_only_asked_is_dropped_without_a_trace(room: AlertRoom) -> None:
    room.up("bike-1")
    asked = ask(room, "bike-1")
    EndException(room.store)(SITE, SAM, asked.id, "a mistake")
    assert room.events(HideExceptionEnded) == []
    with pytest.raises(Conflict):
        grant(room, asked)


# What an examiner finds


def changed(opened: tuple[Opened, ...], kind: str, **facts: Any) -> list[Opened]:
    return [
        replace(e, groups={**e.groups, "facts": {**(e.groups["facts"] or {}), **facts}})
        if e.type == kind
        else e
        for e in opened
    ]


def test_an_examiner_finds_an_exception_of_one_of_a_month_or_of_other_ads(
    room: AlertRoom, excepted: AdId
) -> None:
    opened, kind = examined(room.store), "hide_exception.granted"
    alone = changed(opened, kind, approvers=["staff:sam", "staff:sam"])
    assert [x.kind for x in hides_put_off(alone)] == ["one person"]
    long = changed(opened, kind, ends=room.at() + 30 * DAY)
    assert [x.kind for x in hides_put_off(long)] == ["too long"]
    past = changed(opened, kind, ends=room.at())
    assert [x.kind for x in hides_put_off(past)] == ["no reason"]
    others = [
        replace(e, groups={**e.groups, "link": {**(e.groups["link"] or {}), "ads": ["other"]}})
        if e.type == kind
        else e
        for e in opened
    ]
    assert [x.kind for x in hides_put_off(others)] == ["no reason"]


def test_an_examiner_finds_an_ad_that_was_left_up(room: AlertRoom, excepted: AdId) -> None:
    room.time.pass_(7 * DAY)
    EndExceptions(room.store)(SITE)
    unhidden = [e for e in examined(room.store) if e.type != "hide.resumed"]
    assert [x.kind for x in hides_put_off(unhidden)] == ["left up"]


@given(length=st.integers(-2 * DAY, 20 * DAY), count=st.integers(0, 60))
def test_a_span_is_a_fortnight_at_most_over_named_ads(length: int, count: int) -> None:
    ads = [AdId(str(n)) for n in range(count)]
    try:
        check_span(ads, Millis(1_000_000 + length), Millis(1_000_000))
    except Refusal:
        assert not (1 <= count <= 50 and 0 < length <= 14 * DAY)
    else:
        assert 1 <= count <= 50
        assert 0 < length <= 14 * 86_400_000
