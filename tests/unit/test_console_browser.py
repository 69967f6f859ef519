"""The console in a real browser: its keys, its focus, its policy. No key decides anything."""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.console_room import PASSWORD, Room, png, room

from answerable.apps.serving import Server, config, listen
from answerable.cases.model import CaseStatus

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def served(r: Room) -> Iterator[str]:
    """The room's pages on a free port, without its background threads."""
    told = config(r.app)
    told.lifespan = "off"
    listening, server = listen("127.0.0.1", 0), Server(told)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def complaint(said: Any) -> list[str]:
    """What the browser objects to; a page that is refused with 422 is no fault of ours."""
    is_fault = said.type == "error" and "status of 422" not in said.text
    return [said.text] if is_fault else []


@pytest.fixture
def page() -> Iterator[Any]:
    """A fresh browser page; whatever its console complains of fails the test."""
    if CHROMIUM is None:
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        opened = browser.new_page()
        opened.on("pageerror", lambda fault: complaints.append(str(fault)))
        opened.on("console", lambda said: complaints.extend(complaint(said)))
        yield opened
        browser.close()
    assert complaints == []


def log_in(page: Any, base: str, login: str = "ana") -> None:
    page.goto(f"{base}/console")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/console")


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def test_a_case_is_reached_read_and_reported_by_keys_alone(tmp_path: Path, page: Any) -> None:
    with room(tmp_path) as r, served(r) as base:
        for name in ("first", "second"):
            r.ad(name, {"title": f"{name}, bluelantern"})
            r.time.pass_(1_000)
        log_in(page, base)
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the content"
        for key, name in (("j", "first"), ("j", "second"), ("j", "second"), ("k", "first")):
            page.keyboard.press(key)
            assert focused(page) == name
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        page.keyboard.press("r")  # keys rest while the help is open
        page.keyboard.press("Escape")
        assert not page.locator("#keys").is_visible()
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/console/cases/"))
        case = r.cases()[0]
        kinds = {"r": "report", "m": "remove", "x": "restrict", "w": "warn", "n": "no_action"}
        for key, kind in kinds.items():
            page.keyboard.press(key)
            assert page.evaluate("document.activeElement.value") == kind
            assert page.is_checked(f"#kind-{kind}")
        page.keyboard.press("Enter")  # on a radio button: nothing
        page.fill("#reason", "")
        page.type("#reason", "more, now, remove")  # letters are letters while one writes
        assert page.is_checked("#kind-no_action")
        assert page.input_value("#reason") == "more, now, remove"
        assert r.case(case.id).decisions == ()
        assert r.case(case.id).proposal is None
        page.locator("h1").click()
        page.keyboard.press("r")
        page.check("#no-basis")
        page.focus("#urgent-reason")
        page.keyboard.press("Enter")  # in a field: the preview, which decides nothing
        page.wait_for_url(re.compile("/preview$"))
        assert page.locator("text=Child Sex Trafficking").is_visible()
        assert r.case(case.id).decisions == ()
        assert page.is_checked("#kind-report")
        page.locator("button.primary", has_text="Decide").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("said=decided"))
        assert r.case(case.id).status is CaseStatus.DECIDED
        assert focused(page) == "The decision is made and recorded."


def test_what_is_refused_gets_the_focus_and_keys_can_be_turned_off(
    tmp_path: Path, page: Any
) -> None:
    with room(tmp_path) as r, served(r) as base:
        ad = r.ad("first", {"title": "first, bluelantern"})
        log_in(page, base)
        page.goto(f"{base}/console/ads/{ad}")
        page.click("text=Open a case by hand")
        page.wait_for_url(re.compile("said=opened"))
        page.keyboard.press("n")
        page.click("button.primary:has-text('Decide')")
        page.wait_for_selector("#refused")
        assert "say why, in a line" in focused(page)
        page.keyboard.press("?")
        page.click("text=Keys off in this tab")
        page.keyboard.press("Escape")
        page.locator("h1").click()
        page.keyboard.press("r")
        assert page.is_checked("#kind-no_action")


def test_a_picture_is_blurred_until_it_is_revealed(tmp_path: Path, page: Any) -> None:
    with room(tmp_path) as r, served(r) as base:
        stored = r.house.files.put(r.house.site, png(64, 48), "image/png")
        file = {"sha256": stored.sha256, "media_type": "image/png", "original_name": "a.png"}
        ad = r.ad("first", {"title": "first, bluelantern"}, attachments=(file,))
        log_in(page, base)
        case = f"{base}/console/cases/{r.case_of(ad).id}"
        page.goto(case)
        assert page.locator("img").count() == 0
        page.click("text=Reveal the picture")
        page.wait_for_url(re.compile("said=viewed"))
        shown = "getComputedStyle(document.querySelector('.shot')).filter"
        assert page.evaluate("document.querySelector('.shot').naturalWidth") == 64
        assert page.evaluate(shown) == "none"
        page.goto(case)
        assert "blur" in page.evaluate(shown)
        page.check(".unblur")
        assert page.evaluate(shown) == "none"


def test_everything_works_without_scripts(tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    with room(tmp_path) as r, served(r) as base, sync_playwright() as play:
        ad = r.ad("first", {"title": "first, bluelantern"})
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_context(java_script_enabled=False).new_page()
        log_in(page, base)
        page.click("text=first")
        page.check("#kind-remove")
        page.fill("#reason", "clear enough")
        page.click("button.primary:has-text('Decide')")
        page.wait_for_url(re.compile("said=decided"))
        browser.close()
        assert r.case_of(ad).status is CaseStatus.DECIDED
