"""Merging what a watch brought about: which watch it was goes along, and where it gathers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house

from answerable.apps.wiring import House
from answerable.cases.incidents import MergeCases
from answerable.cases.model import Case, CaseWatch, Choice, DecisionKind
from answerable.kernel.ids import AdId, CaseId

PHONE = ("phone", "202-555-0101")
CALL = "Blue bike. Call 202-555-0101"


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


def merge(street: Street, into: Case | CaseId, emptied: Case) -> Case:
    name = into if isinstance(into, str) else into.id
    return MergeCases(street.house.store)(street.site, street.ana, name, emptied.id, "one phone")


def brought(street: Street, case: Case) -> list[tuple[str, AdId]]:
    rows: tuple[CaseWatch, ...] = street.house.store.read(
        lambda w: w.cases.watches_of(street.site, case.id)
    )
    return [(row.watch, row.ad) for row in rows]


def gathers(street: Street, watch: str) -> CaseId | None:
    found = street.house.store.run(lambda w: w.cases.open_case_of_watch(street.site, watch))
    return None if found is None else found.id


def alerted(street: Street, name: str) -> Case:
    ad = street.ad(name)
    street.alert(name)
    return next(case for case in street.cases() if ad in case.ad_ids)


def test_the_case_that_is_left_says_which_watch_it_was_and_gathers_what_it_finds_next(
    street: Street,
) -> None:
    watch = street.ask(PHONE)
    street.search()
    first = street.ad("ad-1", CALL)
    street.screen()
    (found,) = street.cases()
    other = alerted(street, "lamp")
    assert gathers(street, watch.id) == found.id
    kept = merge(street, other, found)
    assert brought(street, kept) == [(watch.id, first)]
    assert brought(street, found) == []
    assert street.house.store.read(lambda w: w.cases.cases_of_watch(street.site, watch.id)) == {
        first: kept.id
    }
    assert gathers(street, watch.id) == kept.id
    second = street.ad("ad-2", CALL)
    street.screen()
    (one,) = street.cases()
    assert one.id == kept.id
    assert second in one.ad_ids
    last = merge(street, alerted(street, "chair"), one)
    assert set(brought(street, last)) == {(watch.id, first), (watch.id, second)}
    assert gathers(street, watch.id) == last.id, "and so on, however often"


def test_what_a_watch_brought_of_a_decided_ad_stays_where_it_was_decided(street: Street) -> None:
    watch = street.ask(PHONE)
    street.search()
    done, waits = street.ad("ad-1", CALL), street.ad("ad-2", CALL)
    street.screen()
    (found,) = street.cases()
    choice = Choice(kind=DecisionKind.REMOVE, reason="a plain reason", ads=(done,))
    street.house.decide_case(street.site, street.ana, found.id, choice)
    kept = merge(street, alerted(street, "lamp"), found)
    assert brought(street, found) == [(watch.id, done)]
    assert brought(street, kept) == [(watch.id, waits)]


def test_a_match_in_an_alerts_case_makes_it_no_place_to_gather_before_or_after_a_merge(
    street: Street,
) -> None:
    alerts_own = alerted(street, "ad-1")
    watch = street.ask(PHONE)
    street.search()
    street.revise("ad-1", CALL)
    street.screen()
    (ad,) = alerts_own.ad_ids
    assert brought(street, alerts_own) == [(watch.id, ad)]
    assert gathers(street, watch.id) is None
    kept = merge(street, alerted(street, "lamp"), alerts_own)
    assert brought(street, kept) == [(watch.id, ad)]
    assert gathers(street, watch.id) is None


def test_what_is_found_next_never_comes_to_the_alert_that_asked_for_the_watch(
    street: Street,
) -> None:
    street.alert(contacts=["202 555 0101"])
    (asking,) = street.cases()
    street.search()
    (watch,) = street.watches()
    street.house.review_watch.approve(street.site, street.cleo, watch.id, "her own number")
    street.search()
    first = street.ad("ad-1", CALL)
    street.screen()
    found = next(case for case in street.cases() if first in case.ad_ids)
    kept = merge(street, asking, found)
    assert brought(street, kept) == [(watch.id, first)], "a person said that they are one"
    assert gathers(street, watch.id) is None
    second = street.ad("ad-2", CALL)
    street.screen()
    assert (
        second not in street.house.store.read(lambda w: w.cases.get(street.site, kept.id)).ad_ids
    ), "when that alert is answered must not depend on it"
