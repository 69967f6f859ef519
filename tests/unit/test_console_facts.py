"""The panel of a report's facts: what is missing, what was asked, and telling by a form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.console_room import ACCOUNT, Browser, plain
from tests.unit.fact_room import FACTS, FactRoom, fact_room

from answerable.reports.model import Status

pytestmark = pytest.mark.slow


@pytest.fixture
def room(tmp_path: Path) -> Iterator[FactRoom]:
    with fact_room(tmp_path) as made:
        yield made


def page_of(room: FactRoom, browser: Browser) -> tuple[str, str]:
    (duty, *_) = room.duties()
    path = f"/console/reports/{duty.id}"
    return path, plain(browser.get(path))


def test_what_is_missing_is_listed_by_who_could_say_it(room: FactRoom) -> None:
    room.decided("a-1", account=ACCOUNT)
    room.work()
    _, page = page_of(room, room.browser("ana"))
    assert "facts that could stand in it do" in page
    assert "The site could say" in page
    assert "the connection that posted it" in page
    assert "A reviewer could add" in page
    assert "a whole look at its words" in page
    assert "the site was asked" in page
    assert "asked the site for facts of a report" in page


def test_a_reviewer_tells_a_connection_and_it_stands_in_the_report(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    browser = room.browser("ben")
    path, _ = page_of(room, browser)
    fields = {
        "ip": "192.0.2.99",
        "port": "41000",
        "at": "2026-09-20T09:30:00+02:00",
        "event": "login",
        "email": "seen@example.org",
        "last4": "4242",
        "note": "<b>as shown</b> to us",
    }
    answer = browser.post(f"{path}/facts", fields)
    assert answer.headers["location"].endswith("#facts")
    room.time.pass_(FACTS)
    room.work()
    assert [duty.status for duty in room.duties()] == [Status.FINISHED]
    _, page = page_of(room, browser)
    for part in ("192.0.2.99", "41000", "seen@example.org", "4242", "<b>as shown</b> to us"):
        assert part in page


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "nothing is told"),
        ({"port": "80"}, "a connection has an IP address"),
        ({"ip": "192.0.2.1", "port": "x"}, "a port is a number"),
        ({"ip": "192.0.2.1", "at": "2026-09-20T09:30:00"}, "zone"),
        ({"last4": "12"}, "last4"),
        ({"not_held": "shoe_size"}, "no such field"),
    ],
)
def test_a_bad_fact_comes_back_beside_its_form_with_what_was_typed(
    room: FactRoom, fields: dict[str, str], why: str
) -> None:
    room.decided("a-1")
    room.work()
    browser = room.browser("ana")
    path, _ = page_of(room, browser)
    answer = browser.post(f"{path}/facts", fields, status=422)
    page = plain(answer.text)
    assert why in page
    assert "Nothing was changed" in page
    for value in fields.values():
        if value != "shoe_size":
            assert f'value="{value}"' in answer.text


def test_with_two_ads_it_must_be_said_which(room: FactRoom) -> None:
    one = room.ad("a-1", {"title": "Flat", "body": "call 202-555-0143"})
    room.ad("a-2", {"title": "Room", "body": "call 202-555-0143"})
    room.alert("a-1")
    case = room.case_of(one)
    browser = room.browser("ana")
    browser.post(f"/console/cases/{case.id}/add", {"ad": "a-2"})
    ads = room.case(case.id).ad_ids
    browser.post(
        f"/console/cases/{case.id}/decide",
        {
            "kind": "report",
            "ads": list(ads),
            "reason": "they belong together",
            "basis": ["alert"],
        },
    )
    room.work()
    path, _ = page_of(room, browser)
    refused = browser.post(f"{path}/facts", {"note": "x"}, status=422)
    assert "say which ad" in plain(refused.text)
    browser.post(f"{path}/facts", {"note": "x", "ad": "a-2"})


def test_an_auditor_reads_and_finds_no_form(room: FactRoom) -> None:
    room.decided("a-1")
    room.work()
    browser = room.browser("dora")
    path, page = page_of(room, browser)
    assert "facts that could stand in it do" in page
    assert "Tell a fact" not in page
    browser.post(f"{path}/facts", {"note": "x"}, status=403)


def test_a_follow_up_is_named_on_both_pages_and_counted_once(room: FactRoom) -> None:
    room.decided("a-1", urgent=True)
    room.work()
    browser = room.browser("ana")
    path, _ = page_of(room, browser)
    browser.post(f"{path}/facts", {"note": "came late"})
    room.work()
    first, second = room.duties()
    assert "follows this one" in plain(browser.get(f"/console/reports/{first.id}"))
    assert "this one follows it" in plain(browser.get(f"/console/reports/{second.id}"))
    assert "Ads decided to report 1" in plain(browser.get("/console/reports"))


def test_the_preview_says_how_complete_it_would_be(room: FactRoom) -> None:
    ad = room.ad("a-1", {"title": "Flat", "body": "call 202-555-0143"})
    room.alert("a-1")
    browser = room.browser("ana")
    page = plain(browser.get(f"/console/cases/{room.case_of(ad).id}/preview"))
    assert "facts that could stand in it do" in page
    assert "when and where it was published" in page
