"""Every page of the console in a real browser: full and empty, wide and narrow, by each role.

axe-core finds nothing serious, nothing runs out of the page sideways, no script complains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.browser.test_accessibility import AXE, grave_faults, in_each_size
from tests.unit.alert_page_room import served
from tests.unit.console_room import ACCOUNT, PASSWORD, Room, room, staff

from answerable.apps.console.wiring import DOORS
from answerable.apps.wiring import FILING_LANE
from answerable.cases.model import Choice, DecisionKind
from answerable.kernel.time import DAY
from answerable.preservation.process import Kind, Paper, Scope
from answerable.watches.model import Role as Asker
from answerable.watches.model import TermKind, Wish
from answerable.watches.terms import read_term

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STAFF = ("cleo", "dora", "edda", "ana")
NARROW = {"width": 390, "height": 800}
PLAIN = sorted(d.path for d in DOORS if d.method == "GET" and "{" not in d.path)


@dataclass
class Place:
    """A served console; `one` is a page each of what has an id of its own."""

    base: str
    one: tuple[str, ...]


def filled(r: Room) -> tuple[str, ...]:
    """Something in each list: a complaint, a watch, a paper, a closed section, a bell."""
    house, site, cleo = r.house, r.house.site, staff(r, "cleo")
    ad = r.ad("bike-1", {"title": "Bike", "body": "Ask for bluelantern."}, account=ACCOUNT)
    r.alert("bike-1")
    case = r.case_of(ad)
    choice = Choice(kind=DecisionKind.REMOVE, ads=case.undecided, reason="read it twice")
    house.decide_case(site, staff(r, "ben"), case.id, choice)
    r.time.pass_(1)
    complaint = house.complain.of_poster(site, "bike-1", "It is a bike, and blue.")
    r.ad("tent-1", {"title": "Tent", "body": "A tent, dry."}, section="tents")
    r.alert("tent-1")
    house.close_section.close(site, "tents", "US", "No tents here for now.", "an example", cleo.id)
    term = read_term(TermKind.PHONE, "202-555-0177", house.watch_index.read)
    wish = Wish(
        role=Asker.POLICE,
        organisation="Example police",
        terms=(term,),
        reason="a number in an inquiry",
        days=90,
    )
    watch = house.ask_watch(site, cleo, wish)
    stored = house.files.put(site, b"drawn: L-1", "application/pdf")
    paper = Paper(
        kind=Kind.PRESERVATION_LETTER,
        jurisdiction="US",
        authority="Example County Court",
        reference="L-1",
        contact="desk@example.org",
        served=r.time.now(),
        document=stored.sha256,
        scope=Scope(ads=("bike-1",)),
    )
    process = house.keeping.receive_process(site, cleo, paper)
    other = r.case_of(house.store.read(lambda w: w.cases.ad_named(site, "tent-1")).ad)
    urgent = {"urgent": True, "urgent_reason": "a meeting tonight", "no_basis_confirmed": True}
    house.store.run(lambda w: w.cases.put_served(site, frozenset({"EU", "GB", "CA"})))
    reported = Choice(kind=DecisionKind.REPORT, ads=other.undecided, reason="read it", **urgent)
    house.decide_case(site, staff(r, "ben"), other.id, reported)
    house.outbox(FILING_LANE, "test").drain()
    report = house.store.read(lambda w: w.reports.latest(site, 1))[0]
    r.time.pass_(DAY)
    house.ring_bells(site)
    return (
        f"/console/cases/{complaint.case}",
        f"/console/cases/{other.id}/emergency",
        f"/console/reports/{report.id}",
        f"/console/ads/{ad}",
        f"/console/watches/{watch.id}",
        f"/console/processes/{process.id}",
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with room(tmp_path_factory.mktemp("full")) as r:
        one = filled(r)
        with served(r) as base:
            yield Place(base, one)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with room(tmp_path_factory.mktemp("empty")) as r, served(r) as base:
        yield Place(base, ())


def log_in(browser: Any, base: str, login: str) -> Any:
    page = browser.new_context().new_page()
    page.goto(f"{base}/console/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


@pytest.mark.parametrize("which", ["full", "empty"])
def test_every_page_is_sound(browser: Any, request: pytest.FixtureRequest, which: str) -> None:
    """Each page once, by the first who may see it; what is refused is a page that says so."""
    place, axe = request.getfixturevalue(which), AXE.read_text("utf-8")
    left, faults, complaints = [*PLAIN, *place.one], list[str](), list[str]()
    for login in STAFF:
        page = log_in(browser, place.base, login)
        page.on("pageerror", lambda fault: complaints.append(str(fault)))
        page.set_viewport_size(NARROW)
        for path in list(left):
            answer = page.goto(place.base + path)
            if answer.status == 403:
                assert page.get_by_role("heading", level=1).is_visible(), path
                continue
            assert answer.status == 200, path
            left.remove(path)
            wide_too = which == "full" and path in place.one  # the others are lists
            faults += in_each_size(page, axe) if wide_too else grave_faults(page, axe)
            page.set_viewport_size(NARROW)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            faults += [f"{path} runs {wide} px out of a narrow page"] if wide > 0 else []
        page.context.close()
    assert left == [], "somebody may see each page"
    assert faults == []
    assert complaints == []
