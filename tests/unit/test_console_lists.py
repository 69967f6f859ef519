"""Queue, ads, reports, health: what is listed, in which order, and what an empty list says."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from tests.unit.console_room import Room, plain, room

from answerable.adapters.sql import core
from answerable.ads.model import Submission
from answerable.apps.console.overview import Sums
from answerable.kernel.time import HOUR, MINUTE
from answerable.reports.model import Status

pytestmark = pytest.mark.slow  # a whole house with its database for each test

MARKED = {"title": "Red bike, bluelantern"}


def queue_of(page: str) -> list[str]:
    return re.findall(r'<a data-step href="/console/cases/[a-z0-9]+">([^<]+)</a>', page)


def test_an_empty_house_says_so(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        assert "Nothing waits" in plain(ana.get("/console"))
        assert "No case is so" in plain(ana.get("/console?show=overdue"))
        assert "No ad has come in yet" in plain(ana.get("/console/ads"))
        assert "No report is owed" in plain(ana.get("/console/reports"))
        assert "Nothing is parked" in plain(ana.get("/console/health"))


def test_the_queue_goes_by_urgency_then_by_the_next_clock(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        for name in ("first", "second"):
            r.ad(name, MARKED)
            r.time.pass_(MINUTE)
        r.ad("quiet", {"title": "Bike"})
        r.ad("alerted", {"title": "Blue bike"})
        r.alert("alerted")
        r.time.pass_(MINUTE)
        r.ad("found-alerted", MARKED)
        r.alert("found-alerted")
        ana = r.browser()
        page = ana.get("/console")
        assert queue_of(page) == ["alerted", "found-alerted", "first", "second"]
        told = plain(page)
        assert "14 min 0 s left alert act" in told
        assert "screening, alert strong signal" in told
        assert queue_of(ana.get("/console?show=alert")) == ["alerted", "found-alerted"]


def test_what_is_overdue_is_marked_and_found(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.ad("late", {"title": "Bike"})
        r.alert("late")
        r.time.pass_(2 * HOUR)
        r.ad("fresh", MARKED)
        ana = r.browser()
        assert "overdue by 1 h 45 min" in plain(ana.get("/console"))
        assert queue_of(ana.get("/console?show=overdue")) == ["late"]
        case = r.cases()[0]
        page = ana.get(f"/console/cases/{case.id}")
        assert '<span class="over">overdue by 1 h 45 min</span>' in page
        assert "Clocks past their end 2" in plain(ana.get("/console/health"))


def test_filters_by_hand_and_by_decision(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        one, two = r.ad("one", MARKED), r.ad("two", MARKED)
        ana = r.browser()
        ana.post(f"/console/cases/{r.case_of(one).id}/claim")
        assert queue_of(ana.get("/console?show=mine")) == ["one"]
        assert queue_of(r.browser("ben").get("/console?show=mine")) == []
        fields = {"kind": "remove", "ads": two, "reason": "clear"}
        ana.post(f"/console/cases/{r.case_of(two).id}/decide", fields)
        assert queue_of(ana.get("/console")) == ["one"]
        assert queue_of(ana.get("/console?show=decided")) == ["two"]
        assert queue_of(ana.get("/console?show=%3Cscript%3E")) == ["one"]


def test_ingested_ads_are_listed_page_by_page_and_found_by_their_id(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        many = [
            Submission(external_id=f"job_{n:03}", text={"title": f"Offer {n}", "body": "day shift"})
            for n in range(120)
        ]
        r.house.receive_ad.take_all(r.house.site, many)
        r.time.pass_(MINUTE)
        r.ad("50%/odd <id>", {"body": "  words\nwithout\u202e a title " + "x" * 200})
        ana = r.browser()
        first = ana.get("/console/ads")
        assert "Ads 121" in plain(first)
        assert "Page 1 of 3" in plain(first)
        assert "50%/odd &lt;id&gt;" in first
        assert "words without⟨U+202E⟩ a title xxx" in plain(first)
        seen = set()
        for number in (1, 2, 3):
            seen |= set(re.findall(r">(job_\d+)<", ana.get(f"/console/ads?page={number}")))
        assert len(seen) == 120
        assert "Ads 10" in plain(ana.get("/console/ads?id=job_01"))
        assert "Ads 1 " in plain(ana.get("/console/ads?id=50%25"))
        assert "Ads 0" in plain(ana.get("/console/ads?id=%25"))  # no wild cards
        assert "Ads 121" in plain(ana.get("/console/ads?page=zz"))
        assert "Page 3 of 3" in plain(ana.get("/console/ads?page=9"))


def test_one_ad_with_its_chains_links_and_a_case_by_hand(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", {"title": "Bike", "body": "call 202-555-0111"}, section="bikes")
        r.ad("flat-2", {"title": "Flat", "body": "call (202) 555 0111"})
        ana = r.browser()
        page = plain(ana.get(f"/console/ads/{ad}"))
        assert "screening of revision 0 said publish" in page
        assert "the site was told: publish (no. 1, by screening)" in page
        assert "flat-2 strong same phone: +12025550111 (body and body)" in page
        assert "In no case" in page
        answer = ana.post(f"/console/ads/{ad}/case")
        case = r.case_of(ad)
        assert answer.headers["location"] == f"/console/cases/{case.id}?said=opened"
        assert case.cause == "staff"
        again = ana.post(f"/console/ads/{ad}/case")
        assert again.headers["location"] == answer.headers["location"]
        ana.post(f"/console/ads/{ad}/recheck")
        assert "screening was owed (recheck)" in plain(ana.get(f"/console/ads/{ad}"))
        r.browser("dora").post(f"/console/ads/{ad}/recheck", None, 403)
        ana.get("/console/ads/none", 404)
        ana.post("/console/ads/none/case", None, 404)


def test_reports_are_listed_with_what_is_owed_first(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ana = r.browser()
        cases = []
        for name in ("one", "two", "three"):
            ad = r.ad(name, MARKED)
            cases.append(r.case_of(ad).id)
            fields = {"kind": "report", "ads": ad, "no_basis": "1"}
            ana.post(f"/console/cases/{cases[-1]}/decide", fields)
        finish(r, cases[0], status=Status.FINISHED, tipline_id="4000007", finished=r.time.now())
        finish(r, cases[1], status=Status.NEEDS_PERSON, why="the far side says 9999")
        page = plain(ana.get("/console/reports"))
        assert "Ads decided to report 3 in a finished report 1 pending 1 need a person 1" in page
        assert "withdrawn before finish 0 unaccounted for 0" in page
        owed, ended = page.split("Finished or withdrawn")
        assert "4000007" in ended
        assert "4000007" not in owed
        assert "two" in owed
        assert "goes out within 29 min 0 s" in owed
        r.time.pass_(25 * HOUR)
        assert "overdue by 1 h 0 min" in plain(r.browser().get("/console/reports"))


def finish(r: Room, case: Any, **told: Any) -> None:
    from dataclasses import replace

    def fn(work: Any) -> None:
        (duty,) = work.reports.of_case(r.house.site, case)
        work.reports.put(replace(duty, **told))

    r.house.store.run(fn)


def test_a_sum_that_does_not_come_out_is_shown() -> None:
    assert Sums(owed=4, finished=1, pending=1, needs_person=0, withdrawn=1).residual == 1


def test_health_shows_what_stands_still(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        r.ad("bike-1", MARKED)

        def park(work: Any) -> None:
            work.conn.execute(
                update(core.outbox).values(parked=True, why="Breach: <b>told</b>", attempts=3)
            )

        r.house.store.run(park)
        page = r.browser().get("/console/health")
        told = plain(page)
        assert "something is wrong" in told  # no signer runs here
        assert "ads.PushDirective" in told
        assert "Breach: &lt;b&gt;told&lt;/b&gt;" in page
        assert "directive.issued" in told
        assert re.search(r"Events not in the log yet [1-9]", told)
        assert "nothing is published yet" in told


def test_a_named_sender_is_shown_and_a_stranger_is_not_guessed(tmp_path: Path) -> None:
    """An actor whose staff row is gone is somebody who has left."""
    with room(tmp_path) as r:
        ad = r.ad("bike-1", MARKED)
        ana = r.browser()
        ana.post(f"/console/cases/{r.case_of(ad).id}/claim")
        rename(r, "staff:gone")
        assert "somebody who has left" in plain(r.browser("ben").get("/console"))


def rename(r: Room, actor: str) -> None:
    from answerable.adapters.sql.cases import review_case

    r.house.store.run(lambda work: work.conn.execute(update(review_case).values(claimed_by=actor)))


def test_reading_pages_records_nothing(tmp_path: Path) -> None:
    with room(tmp_path) as r:
        ad = r.ad("bike-1", MARKED)
        ana = r.browser()

        def count() -> int:
            return int(
                r.house.store.read(
                    lambda w: w.conn.execute(
                        select(func.count()).select_from(core.event)
                    ).scalar_one()
                )
            )

        before = count()
        for path in ("", "/ads", f"/ads/{ad}", "/reports", "/health"):
            ana.get(f"/console{path}")
        ana.get(f"/console/cases/{r.case_of(ad).id}")
        assert count() == before


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_page_on_postgresql(tmp_path: Path, database_url: str) -> None:
    """The pages' own statements on the other database."""
    with room(tmp_path, database=database_url) as r:
        ad = r.ad("bike-1", MARKED)
        ana, case = r.browser(), r.case_of(ad).id
        ana.post(f"/console/cases/{case}/decide", {"kind": "report", "ads": ad, "no_basis": "1"})
        for path in ("", "?show=overdue", "/ads?id=bike", f"/ads/{ad}", "/reports", "/health"):
            ana.get(f"/console{path}")
        assert "Ads decided to report 1" in plain(ana.get("/console/reports"))
        assert "Take this report back" in ana.get(f"/console/cases/{case}")
