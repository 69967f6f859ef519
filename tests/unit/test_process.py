"""Legal process: what is served is held at once, each ground on its own clock, given out by two."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.databases import SITE, HandTime
from tests.unit.case_room import ANA, SAM, SUE, choose, story
from tests.unit.keeping_room import MAIL, PHONE, Keeping

from answerable.access.model import Forbidden
from answerable.adapters.sql.runner import Store
from answerable.cases.model import DecisionKind
from answerable.events.duties.clocks import BY_NAME
from answerable.events.preservation import HoldDated, HoldPlaced
from answerable.events.process import ProcessClosed, ProcessReceived, ProcessScoped
from answerable.kernel.errors import NotFound, Refusal
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis, from_datetime
from answerable.preservation.model import Ground
from answerable.preservation.process import (
    ALLOWED,
    KEEP_AFTER_CLOSE,
    Kind,
    Scope,
    allowed_groups,
    suggested_groups,
)
from answerable.preservation.service import ReleaseHold


@pytest.fixture
def room(make_store: Callable[..., Store], tmp_path: Path) -> Keeping:
    time = HandTime()
    return Keeping(make_store(story(), time), time, tmp_path)


def at(*when: int) -> Millis:
    return from_datetime(datetime(*when, tzinfo=UTC))  # type: ignore[misc, arg-type]


@pytest.mark.duty("preserve_2703f")
@pytest.mark.duty("preserve_2703f_renewed")
def test_a_letter_holds_90_days_from_service_and_once_90_more(room: Keeping) -> None:
    ad = room.posted("bike-1")
    served = room.at()
    room.time.pass_(3 * DAY)  # the clerk entered it late: the clock is the letter's
    letter = room.served(served=served)
    (hold,) = room.holds(ad)
    assert (hold.ground, hold.process) == (Ground.LEGAL_PROCESS, letter.id)
    assert hold.ends == served + 90 * DAY == BY_NAME["preserve_2703f"].ends(served)
    renewed = room.renew(letter)
    (hold,) = room.holds(ad)
    assert hold.ends == served + 180 * DAY == renewed.ends
    assert [(e.because, e.ends) for e in room.events(HoldDated)] == [
        ("process-renewed", served + 180 * DAY)
    ]
    with pytest.raises(Refusal, match="further letter"):
        room.renew(letter)
    room.time.pass_(177 * DAY - 1)
    assert not room.may_delete(ad)
    room.time.pass_(1)
    assert room.may_delete(ad)


@pytest.mark.duty("preserve_uk")
@pytest.mark.duty("preserve_canada")
@pytest.mark.parametrize(
    ("country", "served", "ends"),
    [
        ("CA", at(2028, 2, 10, 9), at(2028, 3, 2, 9)),  # 21 days, one of them 29 February
        ("GB", at(2028, 2, 29, 9), at(2029, 3, 1, 9)),  # a year is never a day short
        ("GB", at(2026, 12, 1), at(2027, 12, 1)),
    ],
)
def test_foreign_demands_have_their_own_lengths(
    room: Keeping, country: str, served: Millis, ends: Millis
) -> None:
    ad = room.posted("bike-1")
    room.time.pass_(served + HOUR - room.at())
    demand = room.served(Kind.FOREIGN_DEMAND, jurisdiction=country, served=served)
    assert [hold.ends for hold in room.holds(ad)] == [ends] == [demand.ends]
    with pytest.raises(Refusal, match="knows no renewal"):
        room.renew(demand)


def test_ninety_days_cross_a_leap_day(room: Keeping) -> None:
    room.posted("bike-1")
    room.time.pass_(at(2028, 2, 1) - room.at())
    assert room.served().ends == at(2028, 5, 1)


def test_where_no_law_is_configured_the_paper_itself_says_the_end(room: Keeping) -> None:
    room.posted("bike-1")
    with pytest.raises(Refusal, match="state the end"):
        room.served(Kind.FOREIGN_DEMAND, jurisdiction="NZ")
    stated = Millis(room.at() + 30 * DAY)
    demand = room.served(Kind.FOREIGN_DEMAND, jurisdiction="NZ", ends=stated)
    assert demand.ends == stated
    with pytest.raises(Refusal, match="later than"):
        room.renew(demand, ends=stated)
    assert room.renew(demand, ends=Millis(stated + 1)).ends == stated + 1
    assert room.renew(demand, ends=Millis(stated + 2)).renewals == 2


def test_every_ground_is_a_clock_of_its_own(room: Keeping) -> None:
    ad = room.posted("bike-1")
    case = room.alert("bike-1")
    first, second = room.served(), room.served(Kind.SUBPOENA, reference="No. 2")
    grounds = {hold.process: (hold.ground, hold.ends) for hold in room.holds(ad)}
    assert grounds == {
        None: (Ground.ALERT, None),
        first.id: (Ground.LEGAL_PROCESS, first.ends),
        second.id: (Ground.LEGAL_PROCESS, None),
    }
    room.decide(ANA, case, choose(DecisionKind.WARN, ad))
    ends = {hold.process: hold.ends for hold in room.holds(ad)}
    assert ends[first.id] == first.ends
    assert ends[second.id] is None, "a decision ends no hold of a court"
    assert ends[None] == BY_NAME["appeal_period"].ends(room.at())


def test_the_scope_finds_by_id_account_and_contact_within_its_dates(room: Keeping) -> None:
    named = room.posted("bike-1")
    old = room.posted("old", PHONE, account={"id": "kim"})
    room.time.pass_(10 * DAY)
    since = room.at()
    by_phone, by_mail = room.posted("b", PHONE), room.posted("c", MAIL, PHONE)
    by_account = room.posted("d", account={"id": "kim"})
    room.posted("other", ("phone", "+12025550199"), account={"id": "lee"})
    room.time.pass_(DAY)
    until = room.at()
    late = room.posted("late", PHONE)
    scope = Scope(
        ads=("bike-1", "unknown"),
        accounts=("kim",),
        contacts=(PHONE, MAIL),
        since=since,
        until=until,
    )
    process = room.served(scope=scope)
    held = {hold.ad for hold in room.holds_of(process)}
    assert held == {named, by_phone, by_mail, by_account}
    assert not held & {old, late}
    (scoped,) = room.events(ProcessScoped)
    assert (scoped.ads, scoped.accounts, scoped.placed) == (4, 1, 4)
    assert set(scoped.found) == held
    assert set(scoped.holds) == {hold.id for hold in room.holds_of(process)}


def test_what_arrives_later_is_held_in_its_own_transaction(room: Keeping) -> None:
    until = Millis(room.at() + 30 * DAY)
    scope = Scope(ads=("bike-9",), accounts=("kim",), contacts=(PHONE,), until=until, future=True)
    process = room.served(Kind.COURT_ORDER, scope=scope)
    plain = room.served(Kind.SUBPOENA, scope=Scope(accounts=("kim",)))
    assert room.holds_of(process) == ()
    by_id = room.ad("bike-9")  # before anything screened it
    assert [hold.process for hold in room.holds(by_id)] == [process.id]
    by_account = room.posted("x", account={"id": "kim"})
    by_phone, other = room.posted("y", PHONE), room.posted("z")
    assert {hold.ad for hold in room.holds_of(process)} == {by_id, by_account, by_phone}
    assert room.holds(other) == ()
    assert room.holds_of(plain) == (), "this one did not say that it covers what is to come"
    arrived = [e for e in room.events(ProcessScoped) if e.cause == "arrived"]
    assert len(arrived) == 3
    room.time.pass_(30 * DAY)
    after = room.posted("after", PHONE)
    assert room.holds(after) == (), "the dates of the scope are past"


def test_a_hold_names_its_process_by_the_leaf_of_its_paper(room: Keeping) -> None:
    ad = room.posted("bike-1")
    process = room.served()
    chain = room.store.read(lambda work: work.chain_of(SITE, process.subject))
    closed = room.store.read(
        lambda work: work.chain_of(SITE, work.ads.get(SITE, ad).closed_subject)
    )
    (placed,) = [each.event for each in closed if isinstance(each.event, HoldPlaced)]
    assert placed.refs == (chain[0].leaf_hash.hex(),)
    paper = chain[0].event
    assert isinstance(paper, ProcessReceived)
    assert (paper.authority, paper.reference) == ("Example County Sheriff", "No. 1")
    assert paper.document == room.paper()


def test_the_served_paper_is_kept_by_the_sweep(room: Keeping) -> None:
    room.posted("bike-1")
    process = room.served()
    room.paper(b"a draft nobody names")
    room.time.pass_(5 * DAY)
    assert room.files.sweep(room.at()) == 1
    view = room.reading(SITE, SAM, process.id)
    assert room.files.find(SITE, view.paper.document) is not None
    with pytest.raises(Refusal, match="not stored"):
        room.served(document="ab" * 32)


def test_closing_takes_two_and_gives_an_end_to_what_had_none(room: Keeping) -> None:
    ad = room.posted("bike-1")
    order = room.served(Kind.COURT_ORDER, scope=Scope(ads=("bike-1", "next"), future=True))
    with pytest.raises(Forbidden):
        room.closing(SITE, ANA, order.id, "no")
    assert not room.closing(SITE, SAM, order.id, "answered").done
    with pytest.raises(Refusal, match="another person"):
        room.closing(SITE, SAM, order.id, "answered")
    assert [hold.ends for hold in room.holds(ad)] == [None]
    assert room.closing(SITE, SUE, order.id, "yes").done
    assert [hold.ends for hold in room.holds(ad)] == [room.at() + KEEP_AFTER_CLOSE]
    (closed,) = room.events(ProcessClosed)
    assert closed.approvers == [SAM.id, SUE.id]
    later = room.posted("next")
    assert room.holds(later) == (), "closed: nothing new comes under it"
    with pytest.raises(Refusal, match="closed already"):
        room.closing(SITE, SAM, order.id, "again")
    with pytest.raises(Refusal, match="closed"):
        room.renew(order)


def test_a_renewal_after_the_end_is_a_new_process(room: Keeping) -> None:
    room.posted("bike-1")
    letter = room.served()
    room.time.pass_(90 * DAY)
    with pytest.raises(Refusal, match="have ended"):
        room.renew(letter)
    again = room.served(reference="No. 2")
    assert again.ends == room.at() + 90 * DAY


def test_a_hold_that_two_released_is_not_renewed(room: Keeping) -> None:
    ad = room.posted("bike-1")
    letter = room.served()
    (hold,) = room.holds(ad)
    release = ReleaseHold(room.store)
    release(SITE, SAM, hold.id, "the letter was withdrawn")
    assert release(SITE, SUE, hold.id, "yes").done
    room.renew(letter)
    (after,) = room.holds(ad)
    assert (after.ends, after.released) == (hold.ends, room.at())
    assert room.may_delete(ad)


def test_an_export_is_confirmed_by_two_who_name_the_same_groups(room: Keeping) -> None:
    room.posted("bike-1")
    order = room.served(Kind.COURT_ORDER)
    some, more = frozenset({"ad_text"}), frozenset({"ad_text", "images"})
    with pytest.raises(Forbidden):
        room.confirm(SITE, ANA, order.id, some, "due")
    assert room.confirm(SITE, SAM, order.id, some, "due")[1] is None
    assert room.confirm(SITE, SUE, order.id, more, "due")[1] is None, "other groups: a first one"
    with pytest.raises(Refusal, match="another person"):
        room.confirm(SITE, SAM, order.id, some, "due")
    outcome, export = room.confirm(SITE, SUE, order.id, some, "yes")
    assert outcome.approvers == (SAM.id, SUE.id)
    assert export is not None
    assert (export.number, export.made, export.reason) == (1, None, "due")


@pytest.mark.parametrize("kind", list(Kind))
def test_what_a_kind_opens_and_what_it_never_does(room: Keeping, kind: Kind) -> None:
    room.posted("bike-1")
    process = room.served(kind, jurisdiction="CA" if kind is Kind.FOREIGN_DEMAND else "US")
    allowed = allowed_groups(kind)
    assert suggested_groups(kind) <= allowed
    assert not suggested_groups(kind) & {"alerter", "report"}, "never ticked by itself"
    for groups in (frozenset({"alerter"}), frozenset({"ad_text"}), frozenset({"connections"})):
        if groups <= allowed:
            assert room.confirm(SITE, SAM, process.id, groups, "due")[1] is None
        else:
            with pytest.raises(Refusal, match=r"keep|open"):
                room.confirm(SITE, SAM, process.id, groups, "due")
    gives = {
        Kind.SUBPOENA: {"facts", "poster_pii", "connections"},
        Kind.COURT_ORDER: {
            "facts", "poster_pii", "connections", "ad_text", "images", "link", "verdict",
        },
    }  # fmt: skip
    if kind in gives:
        assert allowed == gives[kind]
    if kind.preserves_only:
        assert ALLOWED[kind] == {}


def test_a_clerks_mistakes_are_refused_and_leave_nothing(room: Keeping) -> None:
    room.posted("bike-1")
    future, past = Millis(room.at() + 1), Millis(room.at() - 1)
    for wrong in (
        {"authority": " "},
        {"reference": ""},
        {"served": future},
        {"ends": past},
        {"scope": Scope()},
        {"scope": Scope(ads=("",))},
        {"scope": Scope(ads=("a",), since=room.at(), until=room.at())},
        {"document": ""},
        {"lifts": "some"},
    ):
        with pytest.raises(Refusal):
            room.served(**wrong)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="ads only"):
        room.served(Kind.DESTRUCTION_REQUEST, scope=Scope(ads=("a",), accounts=("b",)))
    assert room.events(ProcessReceived) == []
    with pytest.raises(NotFound):
        room.reading(SITE, SAM, "nobody")


def test_the_list_shows_open_ones_first_and_who_may_see_them(room: Keeping) -> None:
    room.posted("bike-1")
    first = room.served()
    room.time.pass_(MINUTE)
    second = room.served(Kind.SUBPOENA)
    assert [v.process.id for v in room.reading.every(SITE, ANA)] == [second.id, first.id]
    room.close(second)
    assert [v.process.id for v in room.reading.every(SITE, ANA)] == [first.id, second.id]
