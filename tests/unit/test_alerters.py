"""Alerters without ground: warned by a person, then limited, never for an honest mistake."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.databases import SITE
from tests.unit.alert_room import AlertRoom, examined, make_room
from tests.unit.case_room import ANA, BEN, IDS, SAM

from answerable.access.model import Forbidden
from answerable.adapters.sql.runner import Store
from answerable.alerts import weighing
from answerable.alerts.alerters import LIMIT_MAX, LOOKED_BACK, check_pattern
from answerable.alerts.flood import FloodTerms, Ground
from answerable.alerts.model import AlertAnswer
from answerable.alerts.sources import Record
from answerable.alerts.sources_service import LimitAlerter, UnlimitAlerter, WarnAlerter
from answerable.cases.model import DecisionKind
from answerable.events.duties.putting_off import hides_put_off
from answerable.events.hiding import AlertPutOff
from answerable.events.sources import AlerterLimited, AlerterUnlimited, AlerterWarned
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.time import DAY, MINUTE

CONTACT = "Joker@Example.org"
CITE = "DSA art. 23(2)"


@pytest.fixture
def room(make_store: Callable[..., Store]) -> AlertRoom:
    return make_room(make_store, FloodTerms(window=MINUTE, site=1_000, account=1_000))


def alerts(room: AlertRoom, name: str, contact: str = CONTACT, **more: Any) -> AlertAnswer:
    return room.stranger(name, alerter={"contact": contact}, **more)


def declined(room: AlertRoom, count: int, prefix: str, **more: Any) -> str:
    """So many alerts of this alerter that two people declined. The alerter's identity."""
    for number in range(count):
        ad = room.up(f"{prefix}-{number}")
        answer = alerts(room, f"{prefix}-{number}", **more)
        case = room.open_case_of(ad)
        assert case is not None
        waiting = room.propose(ANA, case, ad)
        assert waiting.proposal is not None
        room.second(BEN, case, waiting.proposal.decision)
        identity = weighing.identity_of(room.row(answer.alert))
        assert identity is not None
    return identity


def warn(room: AlertRoom, identity: str, by: Any = SAM) -> Any:
    return WarnAlerter(room.store, IDS)(SITE, by, identity, "Six without any ground.", CITE)


def limit(room: AlertRoom, identity: str, length: int = 7 * DAY, by: Any = SAM) -> Any:
    return LimitAlerter(room.store, IDS)(SITE, by, identity, length, "It went on.", CITE)


def test_a_warning_takes_a_pattern_and_a_person_who_may(room: AlertRoom) -> None:
    identity = declined(room, 4, "a")
    with pytest.raises(Refusal):
        warn(room, identity)
    declined(room, 1, "b")
    with pytest.raises(Forbidden):
        warn(room, identity, by=ANA)
    warn(room, identity)
    (event,) = room.events(AlerterWarned)
    assert (event.unfounded, event.answered, event.citation) == (5, 5, CITE)
    assert CONTACT.lower() not in repr(event.grouped_values()).lower()


def test_an_alerter_is_the_same_however_the_contact_is_written(room: AlertRoom) -> None:
    rows = [
        room.row(alerts(room, f"x-{n}", contact).alert)
        for n, contact in enumerate((CONTACT, " joker@example.org ", "JOKER@ EXAMPLE.ORG"))
    ]
    assert len({row.contact_digest for row in rows}) == 1
    other = room.row(alerts(room, "x-9", "kim@example.org").alert)
    assert other.contact_digest not in {row.contact_digest for row in rows}


def test_an_honest_mistake_about_a_child_never_counts(room: AlertRoom) -> None:
    """Declined ten times, each with something that they knew: no warning is possible."""
    identity = declined(room, 10, "a", reasons=["knows_child"])
    with pytest.raises(Refusal):
        warn(room, identity)


def test_who_is_right_now_and_then_is_not_limited(room: AlertRoom) -> None:
    identity = declined(room, 5, "a")
    for number in range(2):
        ad = room.up(f"right-{number}")
        alerts(room, f"right-{number}")
        case = room.open_case_of(ad)
        assert case is not None
        room.decide(ANA, case, _remove(ad))
    with pytest.raises(Refusal):
        warn(room, identity)


def _remove(ad: Any) -> Any:
    from tests.unit.case_room import choose

    return choose(DecisionKind.REMOVE, ad)


def test_a_limit_follows_a_warning_and_a_pattern_since(room: AlertRoom) -> None:
    identity = declined(room, 5, "a")
    with pytest.raises(Refusal):
        limit(room, identity)
    warn(room, identity)
    with pytest.raises(Refusal):
        limit(room, identity)
    room.time.pass_(1)
    declined(room, 3, "b")
    for length in (0, -DAY, LIMIT_MAX + 1):
        with pytest.raises(Refusal):
            limit(room, identity, length)
    with pytest.raises(Forbidden):
        limit(room, identity, by=ANA)
    limit(room, identity)
    (event,) = room.events(AlerterLimited)
    assert (event.unfounded, event.until) == (3, room.at() + 7 * DAY)
    with pytest.raises(Conflict):
        limit(room, identity)
    with pytest.raises(Conflict):
        warn(room, identity)


@pytest.fixture
def limited(room: AlertRoom) -> str:
    identity = declined(room, 5, "a")
    warn(room, identity)
    room.time.pass_(1)
    declined(room, 3, "b")
    limit(room, identity)
    return identity


def test_a_limited_alerters_alert_loses_nothing_but_the_hide_at_once(
    room: AlertRoom, limited: str
) -> None:
    ad = room.up("bike-1")
    answer = alerts(room, "bike-1", reasons=["missing_child"])
    row = room.row(answer.alert)
    assert (row.put_off, row.hidden) == (Ground.LIMITED, False)
    assert row.case is not None
    assert answer.promise.leaf_hash == row.leaf_hash
    assert room.visible(ad)
    case = room.case(row.case)
    assert {"flood_look", "first_look", "alert_answer"} <= set(room.clocks(case))
    assert not room.may_delete(ad)
    (event,) = room.events(AlertPutOff)
    assert event.ground == "limited"
    assert hides_put_off(examined(room.store)) == ()
    room.time.pass_(15 * MINUTE + 1)
    assert room.sweep() == 1
    assert not room.visible(ad)


def test_nobody_elses_alert_is_touched(room: AlertRoom, limited: str) -> None:
    ad = room.up("bike-1")
    room.stranger("bike-1")
    assert not room.visible(ad)
    other = room.up("bike-2")
    alerts(room, "bike-2", "kim@example.org")
    assert not room.visible(other)


def test_a_limit_ends_by_itself(room: AlertRoom, limited: str) -> None:
    room.time.pass_(7 * DAY)
    ad = room.up("bike-1")
    alerts(room, "bike-1")
    assert not room.visible(ad)
    assert hides_put_off(examined(room.store)) == ()


def test_an_appeal_lifts_it_and_the_record_says_so(room: AlertRoom, limited: str) -> None:
    lift = UnlimitAlerter(room.store)
    with pytest.raises(Forbidden):
        lift(SITE, ANA, limited, "they were right twice")
    with pytest.raises(Refusal):
        lift(SITE, SAM, limited, "")
    room.time.pass_(1)
    lift(SITE, SAM, limited, "they were right twice")
    assert len(room.events(AlerterUnlimited)) == 1
    ad = room.up("bike-1")
    alerts(room, "bike-1")
    assert not room.visible(ad)
    with pytest.raises(Conflict):
        lift(SITE, SAM, limited, "again")


def test_an_examiner_asks_for_the_limit_of_each_hide_put_off(room: AlertRoom, limited: str) -> None:
    room.up("bike-1")
    alerts(room, "bike-1")
    opened = examined(room.store)
    without = [e for e in opened if e.type != "alerter.limited"]
    assert [x.kind for x in hides_put_off(without)] == ["no reason"]
    over = [
        replace(e, groups={**e.groups, "facts": {**(e.groups["facts"] or {}), "until": e.known}})
        if e.type == "alerter.limited"
        else e
        for e in opened
    ]
    assert [x.kind for x in hides_put_off(over)] == ["no reason"]


def test_the_digest_of_a_contact_is_kept_a_month(room: AlertRoom) -> None:
    answer = alerts(room, "bike-1")
    room.time.pass_(LOOKED_BACK)
    weighing.ForgetKeys(room.store)(SITE)
    assert room.row(answer.alert).contact_digest is not None
    room.time.pass_(1)
    weighing.ForgetKeys(room.store)(SITE)
    assert room.row(answer.alert).contact_digest is None


COUNTS = st.integers(0, 40)


@given(acted=COUNTS, reported=COUNTS, unfounded=COUNTS, mistaken=COUNTS, least=st.integers(1, 9))
def test_a_pattern_is_four_in_five_and_no_honest_mistake_helps_it(
    acted: int, reported: int, unfounded: int, mistaken: int, least: int
) -> None:
    """Judged by counting on fingers: for each answer that was not unfounded, four that were."""
    record = Record(
        received=100,
        acted=acted,
        reported=reported,
        declined=unfounded + mistaken,
        unfounded=unfounded,
    )
    is_pattern = unfounded >= least and unfounded >= 4 * (acted + reported + mistaken)
    try:
        check_pattern(record, least)
    except Refusal:
        assert not is_pattern
    else:
        assert is_pattern
