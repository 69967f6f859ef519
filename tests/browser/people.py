"""The people of the story, each at a browser of their own: what they see, press and type."""

import re
from pathlib import Path
from typing import Any

from tests.browser.demo import DemoInstallation
from tests.installation import PASSWORD, until

PATIENCE_MS = 20_000
STORED = """async () => ({
  cookies: document.cookie, local: localStorage.length, session: sessionStorage.length,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
})"""
NOTHING_STORED = {"cookies": "", "local": 0, "session": 0, "databases": 0, "caches": 0}


class Person:
    """Somebody at a browser with no memory; whatever the browser objects to is kept."""

    def __init__(self, browser: Any, demo: DemoInstallation, **more: Any) -> None:
        size = {"width": 1280, "height": 900}
        self.context = browser.new_context(viewport=size, locale="en-GB", **more)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.demo = demo
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("console", self._heard)

    def _heard(self, said: Any) -> None:
        if said.type == "error" and "status of 404" not in said.text:
            self.complaints.append(said.text)

    def picture(self, folder: Path, name: str) -> None:
        self.page.screenshot(path=folder / f"{name}.png", full_page=True, animations="disabled")

    def text(self, selector: str = "main") -> str:
        return str(self.page.inner_text(selector))

    def leave(self) -> None:
        self.context.close()
        assert self.complaints == []


class Poster(Person):
    """Posts ads on the example site by its form."""

    def post(self, title: str, body: str, account: str) -> str:
        """Fills in the form with keys alone. The site's number of the ad."""
        page = self.page
        page.goto(f"{self.demo.example_site}/post")
        page.focus("#title")
        page.keyboard.type(title)
        page.keyboard.press("Tab")
        page.keyboard.type(body)
        for value in ("", "Springfield", account, f"{account}@example.com", "202-555-0188"):
            page.keyboard.press("Tab")
            if value:
                page.keyboard.type(value)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/mine#*")
        return str(page.url.rpartition("#")[2])

    def state(self, external_id: str) -> str:
        """What `My ads` says of it: waiting, up, not up."""
        self.page.goto(f"{self.demo.example_site}/mine")
        return self.text(f"#{external_id} span").rpartition("· ")[2]

    def wait_for(self, external_id: str, state: str) -> None:
        until(lambda: self.state(external_id) == state, f"{external_id} is {state}", 30)


class Alerter(Person):
    """Comes from the link under an ad."""

    def follow_link_of(self, external_id: str) -> None:
        self.page.goto(f"{self.demo.example_site}/ads/{external_id}")
        self.page.click("text=Worried about this ad?")
        self.page.wait_for_url(lambda url: url.startswith(f"{self.demo.base}/alert?ad="))

    def tell(self, text: str, reason: str) -> str:
        """Types, ticks, sends; the words of the receipt."""
        page = self.page
        page.focus("#text")
        page.keyboard.type(text)
        page.check(f"input[name=reasons][value={reason}]")
        page.select_option("#role", "family")
        page.focus("main form button[type=submit]")
        page.keyboard.press("Enter")
        page.wait_for_selector("p#words")
        return self.text("p#words").strip()

    def look_up(self, words: str) -> str:
        page = self.page
        page.goto(f"{self.demo.base}/alert/lookup")
        page.fill("#words", words)
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
        return self.text("[role=status]")

    def wait_until_gone(self, external_id: str) -> None:
        """The ad's own page on the example site is no more."""
        address = f"{self.demo.example_site}/ads/{external_id}"
        until(lambda: self.page.goto(address).status == 404, f"{external_id} is gone", 30)

    def kept(self) -> list[Any]:
        """What the browser keeps of the alert page's origin: cookies, local storage, IndexedDB."""
        state = self.context.storage_state(indexed_db=True)
        origins = [origin for origin in state["origins"] if origin["origin"] == self.demo.base]
        return [*self.context.cookies(self.demo.base), *origins]


class Reviewer(Person):
    """Works the queue with keys."""

    def log_in(self, login: str) -> None:
        page = self.page
        page.goto(f"{self.demo.base}/console")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.demo.base}/console")

    def open_topmost(self, external_id: str) -> None:
        """`j` and Enter on the first row, which has to be the case of this ad."""
        page = self.page
        page.goto(f"{self.demo.base}/console")
        page.keyboard.press("j")
        focused = page.evaluate("document.activeElement.textContent.trim()")
        assert focused == external_id, self.text()
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/cases/*")

    def read_whole(self, revision: int = 0) -> None:
        page = self.page
        words = f"I have read the whole text of revision {revision}"
        page.get_by_role("button", name=words).click()
        page.get_by_text(f"you have read revision {revision} whole").wait_for()

    def decide(self, key: str, reason: str, **more: str) -> None:
        """Chooses by key, ticks and types what `more` names (by its id), and presses Decide."""
        page = self.page
        page.keyboard.press(key)
        page.fill("#reason", reason)
        for name, words in more.items():
            page.check(f"#{name.replace('_', '-')}")
            if words:
                field = name.replace("basis_", "words-") if "basis" in name else f"{name}-reason"
                page.fill(f"#{field.replace('_', '-')}", words)
        page.get_by_role("button", name="Decide").click()
        page.wait_for_load_state()

    def wait_for_report(self) -> str:
        """Until the page of the case shows a finished report; its CyberTipline id."""

        def look() -> str | None:
            self.page.reload()
            said = self.text("section[aria-labelledby=reports]")
            found = re.search(r"CyberTipline report (\d+), finished", said)
            return found[1] if found else None

        return until(look, "the case shows the CyberTipline id", 30)
