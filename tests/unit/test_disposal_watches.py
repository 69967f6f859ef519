"""Words of watches are let go like all others: after their life, by two, and never under a hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house, person

from answerable.access.model import Role
from answerable.adapters.sql.watches import watch_term
from answerable.apps.wiring import House
from answerable.cases.model import Case, Choice, DecisionKind
from answerable.events.alerts import AlertReceived
from answerable.events.disposal import DisposalPerformed
from answerable.events.watches import WatchAsked, WatchStarted
from answerable.kernel.errors import Refusal
from answerable.kernel.time import DAY
from answerable.preservation.disposal import Disposal, State
from answerable.watches.model import Status, Watch

PHONE = ("phone", "202-555-0101")
CALL = "Blue bike. Call 202-555-0101"
YEAR = 365 * DAY


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def house(database_url: str, tmp_path: Path, time: HandTime) -> Iterator[House]:
    made = new_house(tmp_path, database_url, time)
    yield made
    made.close()


@pytest.fixture
def street(house: House, time: HandTime) -> Street:
    return Street(house, time)


def propose(street: Street) -> Disposal | None:
    return street.house.keeping.propose_disposal(street.site)


def sign(street: Street, batch: Disposal) -> None:
    for who in (street.cleo, person(street.site, "sue", Role.SENIOR)):
        street.house.keeping.sign_disposal(street.site, who, batch.id, batch.digest)


def perform(street: Street, batch: Disposal) -> Disposal:
    while street.house.keeping.perform_disposal(street.site):
        pass
    done: Disposal = street.house.store.read(lambda w: w.disposals.get(street.site, batch.id))
    assert done.state is State.DONE
    return done


def dispose(street: Street) -> Disposal:
    batch = propose(street)
    assert batch is not None
    sign(street, batch)
    return perform(street, batch)


def terms_kept(street: Street) -> int:
    count = select(func.count()).select_from(watch_term)
    found: int = street.house.store.read(lambda w: w.conn.execute(count).scalar_one())
    return found


def end(street: Street, watch: Watch) -> None:
    street.house.run_on_watch.end(street.site, street.cleo, watch.id, "she is home")


def answer(street: Street, case: Case) -> None:
    """Two people: nothing was to be done."""
    ads: tuple[Any, ...] = case.undecided
    no = Choice(kind=DecisionKind.NO_ACTION, ads=ads, reason="nothing to be seen")
    made = street.house.propose_decision(street.site, street.ana, case.id, no)
    ben = person(street.site, "ben", Role.REVIEWER)
    assert made.proposal is not None
    street.house.second_decision(street.site, ben, case.id, made.proposal.decision, "I agree")


def test_an_ended_watchs_words_go_after_a_year_and_not_a_day_sooner(street: Street) -> None:
    ended, runs = street.ask(PHONE), street.ask(("email", "kim@example.com"), days=365)
    street.search()
    end(street, ended)
    street.time.pass_(YEAR - DAY)
    street.house.run_on_watch.renew(street.site, street.cleo, runs.id, 365, "still missing")
    street.time.pass_(DAY)
    assert propose(street) is None, "a year is not over yet"
    street.time.pass_(1)
    done = dispose(street)
    assert done.counts == {"ad": 0, "connections": 0, "alert": 0, "watch": 1}
    gone, kept = street.events(WatchAsked)
    assert (gone.terms, gone.reason, gone.organisation) == (None, None, None)
    assert (gone.watch, list(gone.kinds)) == (ended.id, ["phone"]), "that it was asked for stays"
    assert next(iter(street.events(WatchStarted))).reason is None
    assert len(kept.terms) == 1
    assert street.watch(ended.id).organisation == ""
    assert terms_kept(street) == 1
    (told,) = street.events(DisposalPerformed)
    assert (told.data_class, told.done) == ("watch", 1)
    assert len(told.leaves) == 3, "asked, started, ended"
    street.time.pass_(YEAR)
    street.sweep()
    street.time.pass_(YEAR + 1)
    assert dispose(street).counts["watch"] == 1
    street.time.pass_(3 * YEAR)
    assert propose(street) is None, "nothing is left to go"


def test_a_refused_watch_of_a_stranger_goes_too(street: Street) -> None:
    street.alert(contacts=["202 555 0101"])
    street.search()
    (watch,) = street.watches()
    street.house.review_watch.refuse(street.site, street.ana, watch.id, "a former husband")
    street.time.pass_(YEAR + 1)
    assert dispose(street).counts["watch"] == 1, "its alert is not answered, and stays"
    (asked,), (alert,) = street.events(WatchAsked), street.events(AlertReceived)
    assert asked.terms is None
    assert alert.text == "please look"


def test_what_it_found_holds_it_while_that_is_held_or_waits(street: Street) -> None:
    street.ad("ad-1", CALL)
    street.screen()
    watch = street.ask(PHONE)
    street.search()
    end(street, watch)
    street.time.pass_(2 * YEAR)
    assert propose(street) is None, "nobody has decided on what it found"
    (case,) = street.cases()
    answer(street, case)
    batch = propose(street)
    assert batch is not None
    assert batch.counts["watch"] == 1
    sign(street, batch)
    street.alert("ad-1")
    done = perform(street, batch)
    assert (done.fates or {}).get("held") == sum(batch.counts.values())
    (asked,) = street.events(WatchAsked)
    assert asked.terms is not None


def test_an_alert_takes_the_words_of_the_watch_that_it_asked_for_along(street: Street) -> None:
    street.alert(contacts=["202 555 0101"])
    street.search()
    (watch,) = street.watches(Status.WAITING)
    (case,) = street.cases()
    answer(street, case)
    street.time.pass_(YEAR + 1)
    done = dispose(street)
    assert done.counts == {"ad": 0, "connections": 0, "alert": 1, "watch": 0}
    (asked,), (alert,) = street.events(WatchAsked), street.events(AlertReceived)
    assert (alert.text, asked.terms, asked.reason) == (None, None, None)
    review = street.house.review_watch
    with pytest.raises(Refusal, match="terms are erased"):
        review.approve(street.site, street.ana, watch.id, "too late")
    review.refuse(street.site, street.ana, watch.id, "its words are gone")
    assert street.watch(watch.id).status is Status.REFUSED


def test_a_watch_that_runs_keeps_its_words_when_its_alert_loses_them(street: Street) -> None:
    street.alert(contacts=["202 555 0101"])
    street.search()
    (watch,) = street.watches()
    street.house.review_watch.approve(street.site, street.ana, watch.id, "known to us")
    street.search()
    (case,) = street.cases()
    answer(street, case)
    for _ in range(5):
        street.time.pass_(80 * DAY)
        street.house.run_on_watch.renew(street.site, street.cleo, watch.id, 90, "still missing")
    assert dispose(street).counts == {"ad": 0, "connections": 0, "alert": 1, "watch": 0}
    (alert,), (asked,) = street.events(AlertReceived), street.events(WatchAsked)
    assert alert.text is None
    assert len(asked.terms) == 1
    ad = street.ad("ad-1", CALL)
    street.screen()
    assert (watch.id, ad, 0) in street.matches(), "it finds as before"
