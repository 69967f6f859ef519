"""A report filed by hand, and the telephone before it, as somebody does it in a real browser."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.browser.test_accessibility import AXE, in_each_size
from tests.browser.test_console_pages import NARROW, log_in
from tests.unit.alert_page_room import served
from tests.unit.console_room import ACCOUNT, CONNECTION, Room, png, room

from answerable.apps.wiring import FILING_LANE
from answerable.kernel.time import iso
from answerable.reports.model import Status

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass
class Place:
    """A served console of a site without credentials, with one alerted ad."""

    room: Room
    base: str
    case: str


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with room(tmp_path, synthetic=False, tipline_route="by_hand") as r:
        site = r.house.site
        r.house.store.run(lambda w: w.cases.put_served(site, frozenset({"EU", "GB", "CA"})))
        stored = r.house.files.put(site, png(), "image/png")
        ad = r.ad(
            "bike-1",
            {"title": "Bike", "body": "Ask for bluelantern\u202e."},
            account=ACCOUNT,
            connections=(CONNECTION,),
            attachments=({"sha256": stored.sha256, "media_type": "image/png"},),
        )
        r.place("bike-1", "https://ads.example.com/bike-1")
        r.alert("bike-1")
        with served(r) as base:
            yield Place(r, base, f"/console/cases/{r.case_of(ad).id}")


def faults_of(page: Any) -> list[str]:
    """What axe finds at any width, and what runs out of a narrow page."""
    found: list[str] = in_each_size(page, AXE.read_text("utf-8"))
    page.set_viewport_size(NARROW)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found + ([f"runs {wide} px out of a narrow page"] if wide > 0 else [])


def test_from_the_telephone_to_the_number(browser: Any, place: Place, tmp_path: Path) -> None:
    r, complaints = place.room, list[str]()
    page = log_in(browser, place.base, "ana")
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.goto(place.base + place.case)
    page.click("text=Emergency: whom to call")
    page.wait_for_url("**/emergency")
    assert faults_of(page) == []
    now = iso(r.time.now())[:16]
    page.fill("#called-name", "Example police, emergency")
    page.fill("#called-at", now)
    page.check("#reached-yes")
    page.fill("#called-reference", "K-17")
    page.fill("#called-words", "The duty officer has it.")
    page.click("text=Put it on record")
    page.wait_for_url("**said=called**")
    page.click("text=Report, urgent")
    page.wait_for_url("**urgent=1**")
    assert page.is_checked("#kind-report")
    assert page.is_checked("#urgent")
    page.fill("#urgent-reason", "a meeting tonight")
    page.check("#no-basis")
    page.click("button:has-text('Decide')")
    page.wait_for_url("**said=decided**")
    r.house.outbox(FILING_LANE, "test").drain()
    page.goto(f"{place.base}/console")
    page.click("text=1 report waits for people")
    page.click("td a:has-text('Report')")
    page.wait_for_url("**/console/reports/*")
    assert faults_of(page) == []
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.get_by_role("button", name="Copy Ip capture event Ip address")
    button.click()
    page.wait_for_function("document.querySelectorAll('.answers tr.done').length === 1")
    assert page.evaluate("navigator.clipboard.readText()") == "192.0.2.7"
    with page.expect_download() as download:
        page.click("text=Download all files")
    download.value.save_as(tmp_path / "files.zip")
    with zipfile.ZipFile(tmp_path / "files.zip") as archive:
        assert {"SHA256SUMS.txt", "report.xml"} <= set(archive.namelist())
        assert any(archive.read(name) == png() for name in archive.namelist())
    page.fill("#number", "7001234")
    page.fill("#filed", now)
    page.click("text=It is filed: put it on record")
    page.wait_for_url("**said=entered**")
    assert page.get_by_text("covered by NCMEC’s report 7001234").is_visible()
    assert faults_of(page) == []
    (duty,) = r.house.store.read(lambda w: w.reports.latest(r.house.site, 2))
    assert (duty.status, duty.tipline_id) == (Status.FINISHED, "7001234")
    assert complaints == []


def test_without_a_script_every_answer_can_be_selected(browser: Any, place: Place) -> None:
    r = place.room
    ana = r.browser()
    (found,) = r.cases()
    fields = {"kind": "report", "ads": found.ad_ids[0], "no_basis": "1"}
    urgent = {"urgent": "1", "urgent_reason": "a meeting tonight"}
    ana.post(f"{place.case}/decide", fields | urgent)
    r.house.outbox(FILING_LANE, "test").drain()
    (duty,) = r.house.store.read(lambda w: w.reports.latest(r.house.site, 2))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{place.base}/console/login")
    page.fill("input[name=login]", "ana")
    page.fill("input[name=password]", "correct horse battery staple")
    page.click("button")
    page.goto(f"{place.base}/console/reports/{duty.id}")
    assert page.get_by_text("192.0.2.7", exact=True).first.is_visible()
    assert page.locator("[data-does=copy]").first.is_hidden()
    assert page.locator("#number").is_visible()
    context.close()


def test_the_sheet_prints_on_one_page(browser: Any, place: Place) -> None:
    page = log_in(browser, place.base, "ana")
    page.goto(f"{place.base}{place.case}/emergency")
    raw = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom"), "12mm"))
    assert raw.count(b"/Type /Page\n") + raw.count(b"/Type /Page>") == 1
    page.emulate_media(media="print")
    assert page.locator("#calls").is_hidden()
    assert page.get_by_text("Read this to them").is_visible()
