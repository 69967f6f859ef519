"""Somebody at the alert page in a real browser, and every state in which it can be reached."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.unit.alert_page_room import SENTENCE, Page
from tests.unit.console_room import staff

from answerable.apps.alert_page.words import DOMAIN, ENGLISH
from answerable.apps.public.languages import Tongue, Tongues
from answerable.cases.model import Choice, DecisionKind
from answerable.kernel.time import MINUTE

PATIENCE_MS = 20_000
LOCALES = {"en": "en-GB", "es": "es-MX"}


@dataclass
class Visitor:
    """Somebody at the page, who reads one language."""

    page: Page
    base: str
    tab: Any
    t: Tongue
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str = "/alert") -> None:
        self.tab.goto(self.base + path)

    def text(self, selector: str = "main") -> str:
        return str(self.tab.inner_text(selector))

    def focused(self) -> str:
        """`tag#id`, or the words of what has the focus, once anything has: a browser gives it
        where `autofocus` says so after the page has loaded."""
        self.tab.wait_for_function("() => document.activeElement !== document.body")
        return str(
            self.tab.evaluate(
                "(e => e.id ? `${e.localName}#${e.id}` : e.textContent.trim() || e.localName)"
                "(document.activeElement)"
            )
        )

    def write(self) -> None:
        self.go("/alert?ad=bike-1")
        self.tab.fill("textarea#text", SENTENCE)
        self.tab.check("input[value=knows_child]")

    def send(self) -> str:
        """Write and send; the words of the receipt."""
        self.write()
        self.tab.click("main form button")
        self.tab.wait_for_selector("p#words")
        return self.text("p#words")

    def send_nothing(self) -> None:
        self.go()
        self.tab.fill("textarea#text", SENTENCE)
        self.tab.click("main form button")
        self.tab.wait_for_selector("[role=alert]")

    def look_up(self, words: str) -> None:
        self.page.room.time.pass_(MINUTE)  # so many tests would be too many look-ups
        self.go("/alert/lookup")
        self.tab.fill("input#words", words)
        self.tab.keyboard.press("Enter")
        self.tab.wait_for_selector("[role=status], [role=alert]")


@contextmanager
def visit(
    browser: Any, place: tuple[Page, str], lang: str, *, speaks: bool = True, **more: Any
) -> Iterator[Visitor]:
    """A browser with no memory, that asks for this language unless `speaks` is False."""
    tongue = Tongues(DOMAIN, ENGLISH).ready(lang)
    locale = LOCALES[lang] if speaks else "fi-FI"
    context = browser.new_context(locale=locale, **more)
    context.set_default_timeout(PATIENCE_MS)
    visitor = Visitor(*place, context.new_page(), tongue)
    visitor.tab.on("pageerror", lambda fault: visitor.complaints.append(str(fault)))
    try:
        yield visitor
        assert visitor.complaints == []
    finally:
        context.close()


def busy(her: Visitor) -> None:
    her.look_up("abacus")
    for _ in range(10):
        her.tab.fill("input#words", "abacus")
        with her.tab.expect_response("**/alert/lookup"):
            her.tab.keyboard.press("Enter")
        # A form that waits for its answer takes no second one: until then it is the old page.
        her.tab.wait_for_selector("main form:not([aria-busy])")
    her.tab.get_by_text(her.t.wait).wait_for()
    her.page.room.time.pass_(MINUTE)


def too_long(her: Visitor) -> None:
    her.write()
    her.tab.fill("textarea#text", "x" * 10_001)
    her.tab.fill("textarea#contacts", "y" * 600)
    her.tab.click("main form button")
    her.tab.wait_for_selector("[role=alert]")


def question(her: Visitor) -> None:
    her.send()
    her.tab.click("summary")


def answered(her: Visitor) -> None:
    """Looked up after a person answered it: from here another look can be asked for."""
    words, house = her.send(), her.page.room.house
    (case,) = her.page.room.cases()
    choice = Choice(kind=DecisionKind.WARN, ads=case.undecided, reason="read it twice")
    house.decide_case(house.site, staff(her.page.room, "ana"), case.id, choice)
    her.look_up(words)


def again(her: Visitor, text: str) -> None:
    answered(her)
    her.tab.fill("textarea#again", text)
    her.tab.click("section form button")
    her.tab.wait_for_selector("#again-faulty, [role=status] time")


def taken(her: Visitor) -> None:
    """And answered at once, so that the next state finds no case that waits."""
    again(her, SENTENCE)
    (case,) = her.page.room.cases()
    choice = Choice(kind=DecisionKind.WARN, ads=case.undecided, reason="read it twice")
    house = her.page.room.house
    house.decide_case(house.site, staff(her.page.room, "ben"), case.id, choice)


STATES: Mapping[str, Callable[[Visitor], Any]] = {
    "empty": lambda her: her.go("/alert?ad=bike-1"),
    "faulty": Visitor.send_nothing,
    "too long": too_long,
    "receipt": Visitor.send,
    "save question": question,
    "look-up": lambda her: her.go("/alert/lookup"),
    "look-up answer": lambda her: her.look_up(her.send()),
    "another look": answered,
    "another look, of what": lambda her: again(her, " "),
    "another look, received": taken,
    "unknown words": lambda her: her.look_up("abacus acorn zoo zone zinc"),
    "too many": busy,
}
