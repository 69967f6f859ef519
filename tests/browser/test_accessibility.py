"""axe-core over every page that people use: no serious and no critical violation.

What a machine can find is the least of it; the keys and the words have tests of their own.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.browser.demo import DemoInstallation
from tests.browser.people import Alerter, Person, Poster, Reviewer
from tests.installation import PASSWORD

from answerable.access.model import Role
from answerable.apps.founding import founder
from answerable.kernel.sealed import Sealed

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
GRAVE = ("serious", "critical")
SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 800})
RUN = "() => axe.run(document, {resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def axe() -> str:
    content = AXE.read_bytes()
    assert hashlib.sha256(content).hexdigest() == AXE_SHA256, "not the axe-core we know"
    return content.decode("utf-8")


def grave_faults(page: Any, axe: str) -> list[str]:
    """What axe finds on this page: rule, and the first place where it does."""
    # By the debugger, as an extension would: the page's policy stays as strict as it is.
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(axe)
    found: Mapping[str, Any] = page.evaluate(RUN)
    assert len(found["passes"]) > 5, "axe looked"
    return [
        f"{page.url} {v['impact']} {v['id']}: {v['nodes'][0]['html']} {v['nodes'][0]['any'][:1]}"
        for v in found["violations"]
        if v["impact"] in GRAVE
    ]


def in_each_size(page: Any, axe: str) -> list[str]:
    faults: list[str] = []
    for size in SIZES:
        page.set_viewport_size(size)
        faults += grave_faults(page, axe)
    return faults


def test_axe_finds_what_is_there_to_find(browser: Any, axe: str) -> None:
    page = browser.new_page()
    page.set_content("<html><body><main><p>x</p><input><a href='/x'></a></main></body></html>")
    page.evaluate(axe)
    found = page.evaluate(RUN)
    assert {"label", "html-has-lang", "link-name"} <= {v["id"] for v in found["violations"]}
    page.close()


@pytest.fixture(scope="module")
def told(browser: Any, demo: DemoInstallation) -> Mapping[str, str]:
    """An ad that is alerted, so that no page is empty; and the words of the receipt."""
    poster, alerter = Poster(browser, demo), Alerter(browser, demo)
    alerted = poster.post("Dog walks by the lake", "Long walks. redumbrella welcome.", "walker")
    shown = poster.post("City bike, blue", "Good brakes, new chain.", "mira")
    for name in (alerted, shown):
        poster.wait_for(name, "up")
    poster.leave()
    alerter.follow_link_of(alerted)
    words = alerter.tell("Please look.", "minor_suspected")
    alerter.leave()
    assert shown == "site-2"  # as the addresses below have it
    return {"alerted": alerted, "shown": shown, "words": words}


PUBLIC: Mapping[str, Callable[[DemoInstallation], str]] = {
    "alert": lambda demo: f"{demo.base}/alert",
    "look-up": lambda demo: f"{demo.base}/alert/lookup",
    "front": lambda demo: f"{demo.base}/",
    "ownership": lambda demo: f"{demo.base}/ownership",
    "availability": lambda demo: f"{demo.base}/availability",
    "figures": lambda demo: f"{demo.base}/figures",
    "policy": lambda demo: f"{demo.base}/policy",
    "log-in": lambda demo: f"{demo.base}/console/login",
    "site": lambda demo: f"{demo.example_site}/",
    "site, an ad": lambda demo: f"{demo.example_site}/ads/site-2",
    "site, my ads": lambda demo: f"{demo.example_site}/mine",
    "site, post": lambda demo: f"{demo.example_site}/post",
    "receiver": lambda demo: f"{demo.receiver}/",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_pages_open_to_anybody(
    browser: Any, demo: DemoInstallation, told: Mapping[str, str], axe: str, name: str
) -> None:
    visitor = Person(browser, demo)
    assert visitor.page.goto(PUBLIC[name](demo)).ok
    assert in_each_size(visitor.page, axe) == []
    visitor.leave()


def test_what_an_alerter_is_answered(
    browser: Any, demo: DemoInstallation, told: Mapping[str, str], axe: str
) -> None:
    alerter = Alerter(browser, demo)
    faults: list[str] = []
    alerter.page.goto(f"{demo.base}/alert")
    alerter.page.fill("#contacts", "202-555-0177")
    alerter.tell("Please look.", "other")
    alerter.page.click("summary")
    faults += in_each_size(alerter.page, axe)
    alerter.look_up(told["words"])
    faults += in_each_size(alerter.page, axe)
    assert faults == []
    alerter.leave()


def test_what_a_reviewer_works_with(
    browser: Any, demo: DemoInstallation, told: Mapping[str, str], axe: str, tmp_path: Path
) -> None:
    ana = Reviewer(browser, demo)
    ana.log_in("ana")
    faults = in_each_size(ana.page, axe)
    page = ana.page
    page.get_by_role("link", name=told["alerted"], exact=True).click()
    page.wait_for_url("**/console/cases/*")
    faults += in_each_size(page, axe)
    case = page.url
    page.keyboard.press("n")
    page.get_by_role("button", name="Decide").click()  # without a reason: refused
    page.get_by_text("Not decided:").wait_for()
    faults += in_each_size(page, axe)
    page.keyboard.press("r")
    page.check("#no-basis")
    page.get_by_role("button", name="Preview the report").click()
    page.wait_for_url("**/preview")
    faults += in_each_size(page, axe)
    for path in ("ads", "reports", "health"):
        page.goto(f"{demo.base}/console/{path}")
        faults += in_each_size(page, axe)
    page.goto(case)
    page.get_by_role("link", name="its own page").click()
    faults += in_each_size(page, axe)
    assert faults == []
    ana.complaints = [c for c in ana.complaints if "status of 422" not in c]
    ana.leave()


def test_what_those_who_care_for_alerts_work_with(
    browser: Any, demo: DemoInstallation, told: Mapping[str, str], axe: str
) -> None:
    """The switch, alerters, exceptions and sources, each with its form and a row."""
    with demo.house() as house:
        house.create_staff(
            house.site,
            founder(house),
            login="edda",
            name="Edda",
            organisation="site",
            roles=frozenset({Role.ADMIN, Role.AUDITOR}),
            password=Sealed(PASSWORD, label="test password"),
        )
    cleo, edda = Reviewer(browser, demo), Reviewer(browser, demo)
    cleo.log_in("cleo")
    page, faults = cleo.page, []
    page.goto(f"{demo.base}/console/exceptions")
    for name, words in (
        ("ads", told["shown"]),
        ("authority", "Example County Police"),
        ("reference", "file 2026-4711"),
        ("dated", "2026-09-20"),
        ("officer", "Detective Example"),
    ):
        page.fill(f"#{name}", words)
    page.get_by_role("button", name="Ask for a second person").click()
    page.get_by_text("It waits for a second person.").wait_for()
    faults += in_each_size(page, axe)
    for path in ("alerts", "alerts?from=police", "alerters"):
        page.goto(f"{demo.base}/console/{path}")
        faults += in_each_size(page, axe)
    edda.log_in("edda")
    edda.page.goto(f"{demo.base}/console/sources")
    for name in ("organisation", "contact", "how"):
        edda.page.fill(f"#{name}", f"an example of {name}")
    edda.page.get_by_role("button", name="Register").click()
    edda.page.get_by_text("This is its token").wait_for()
    faults += in_each_size(edda.page, axe)
    assert faults == []
    for person in (cleo, edda):
        person.leave()
