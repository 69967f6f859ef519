"""The alert page in a real browser, for everybody: without scripts, by keys, by ear, narrow, dark.

Each test says its sentences in English and in Spanish, from the same table that the page uses.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.browser.alert_visitor import LOCALES, STATES, Visitor, visit
from tests.browser.test_accessibility import AXE
from tests.unit.alert_page_room import BIKE, SENTENCE, Page, served
from tests.unit.console_room import room

from answerable.apps.alert_page.words import ENGLISH, REASONS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORED = """async () => ({
  cookies: document.cookie, local: localStorage.length, session: sessionStorage.length,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length, name: window.name,
})"""
NOTHING: Mapping[str, Any] = {
    "cookies": "",
    "local": 0,
    "session": 0,
    "databases": 0,
    "caches": 0,
    "workers": 0,
    "name": "",
}
# WCAG 2.0 to 2.2, A and AA, and what axe-core's own people recommend.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})"
TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  const over = [...document.querySelectorAll("main *, header *")]
    .filter(one => one.getBoundingClientRect().right > wide + 1)
    .map(one => one.outerHTML.slice(0, 80));
  return document.documentElement.scrollWidth > wide ? ["it scrolls sideways", ...over] : over;
}"""


@pytest.fixture(scope="module")
def place(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    """One house and its page for all tests here; a synthetic one, so that its banner is seen."""
    folder = tmp_path_factory.mktemp("alert-page")
    with room(folder, synthetic=True, exit_url="about:blank") as made:
        made.ad("bike-1", BIKE)
        page = Page(made)
        with served(page) as base:
            yield page, base


def kept(visitor: Visitor) -> list[Any]:
    """What the browser itself says that it keeps of this origin, whether scripts run or not."""
    context = visitor.tab.context
    state = context.storage_state(indexed_db=True)
    session = context.new_cdp_session(visitor.tab)
    used = session.send("Storage.getUsageAndQuota", {"origin": visitor.base})
    sizes = [one for one in used["usageBreakdown"] if one["usage"]]
    items = [
        session.send(
            "DOMStorage.getDOMStorageItems",
            {"storageId": {"securityOrigin": visitor.base, "isLocalStorage": local}},
        )["entries"]
        for local in (True, False)
    ]
    return [*context.cookies(), *state["origins"], *sizes, *(one for each in items for one in each)]


# Without scripts, and without a trace


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("scripts", [False, True])
def test_sent_received_and_looked_up_and_nothing_is_kept(
    browser: Any, place: tuple[Page, str], lang: str, scripts: bool, tmp_path: Path
) -> None:
    with visit(browser, place, lang, java_script_enabled=scripts) as her:
        before = len(her.page.alerts())
        words = her.send()
        assert her.text("h1") == her.t.thanks
        assert len(words.split()) == 5
        assert [event.text for event in her.page.alerts()[before:]] == [SENTENCE]
        her.tab.click("text=" + her.t.look_up)
        her.tab.fill("input#words", words)
        her.tab.keyboard.press("Enter")
        her.tab.wait_for_selector("[role=status]")
        told = her.text("[role=status]").splitlines()
        assert told == [her.t.received, her.t.answered_not_due]
        assert her.tab.get_attribute("html", "lang") == lang
        assert kept(her) == []
        if scripts:
            assert her.tab.evaluate(STORED) == NOTHING
    assert her.page.hidden().count("bike-1") == 1, "hidden, and by the first of them"


def test_what_would_be_kept_is_seen(browser: Any, place: tuple[Page, str]) -> None:
    """The look for traces finds each of them where there is one."""
    with visit(browser, place, "en") as her:
        her.tab.goto(f"{her.base}/healthz")  # no page of ours that would clear them away
        her.tab.evaluate(
            "async () => { localStorage.a = 1; sessionStorage.b = 2; document.cookie = 'c=3';"
            " (await caches.open('d')).put('/e', new Response('f'));"
            " await new Promise(done => indexedDB.open('g').onsuccess = done); }"
        )
        stored = her.tab.evaluate(STORED)
        assert [name for name in NOTHING if stored[name] == NOTHING[name]] == ["workers", "name"]
        assert len(kept(her)) >= 5


@pytest.mark.parametrize("lang", LOCALES)
def test_the_language_chosen_by_link_stays_without_scripts_and_without_a_cookie(
    browser: Any, place: tuple[Page, str], lang: str
) -> None:
    with visit(browser, place, lang, speaks=False, java_script_enabled=False) as her:
        her.go("/alert?ad=bike-1")
        assert her.text("h1") == ENGLISH["heading"]
        her.tab.click(f"nav a[hreflang={lang}]")
        assert her.tab.input_value("#ad") == "bike-1"
        her.tab.click("main form button")
        her.tab.wait_for_selector("p#words")
        assert her.text("h1") == her.t.thanks
        her.tab.click("text=" + her.t.look_up)
        assert her.text("h1") == her.t.look_up
        her.tab.keyboard.press("Enter")
        her.tab.fill("input#words", "abacus acorn zoo zone zinc")
        her.tab.keyboard.press("Enter")
        her.tab.wait_for_selector("[role=alert]")
        assert her.text("[role=alert]") == her.t.unknown


@pytest.mark.parametrize("lang", LOCALES)
def test_the_title_says_the_same_little_in_every_state(
    browser: Any, place: tuple[Page, str], lang: str
) -> None:
    with visit(browser, place, lang) as her:
        for name, reach in STATES.items():
            reach(her)
            assert her.tab.title() == her.t.title, name
            assert len(her.tab.title().split()) == 1
            shown = her.tab.content()
            assert not any(word in shown for word in BIKE.values()), name


# The way out


@pytest.mark.parametrize("how", ["key", "click"])
@pytest.mark.parametrize("lang", LOCALES)
def test_whatever_was_done_the_way_out_leaves_no_step_back_to_it(
    browser: Any, place: tuple[Page, str], how: str, lang: str
) -> None:
    with visit(browser, place, lang, speaks=False) as her:
        before = f"{her.base}/availability"
        her.tab.goto(before)
        her.tab.evaluate("path => { window.location.href = path }", "/alert?ad=bike-1")
        her.tab.wait_for_url("**/alert?ad=bike-1")
        her.tab.click(f"nav a[hreflang={lang}]")
        her.tab.wait_for_url(f"**lang={lang}")
        her.tab.fill("textarea#text", SENTENCE)
        her.tab.click("main form button")
        her.tab.wait_for_selector("p#words")
        her.tab.click("text=" + her.t.look_up)
        her.tab.wait_for_url("**/alert/lookup**")
        her.tab.fill("input#words", "abacus")
        her.tab.keyboard.press("Enter")
        her.tab.wait_for_selector("[role=alert]")
        if how == "key":
            her.tab.keyboard.press("Escape")
        else:
            her.tab.click("#leave")
        her.tab.wait_for_url("about:blank")
        her.tab.go_back()
        assert her.tab.url == before


def test_without_scripts_the_way_out_is_a_link_and_no_key_is_promised(
    browser: Any, place: tuple[Page, str]
) -> None:
    with visit(browser, place, "es", java_script_enabled=False) as her:
        her.go()
        assert not her.tab.is_visible("#leave-hint")
        her.tab.click("#leave")
        her.tab.wait_for_url("about:blank")
    with visit(browser, place, "es") as her:
        her.go()
        assert her.text("#leave-hint") == her.t.leave_hint


# By keys alone, and by ear


def tab_to(her: Visitor, wanted: str, most: int = 40) -> list[str]:
    """Press Tab until it has the focus; what had it on the way."""
    passed: list[str] = []
    for _ in range(most):
        her.tab.keyboard.press("Tab")
        passed.append(her.focused())
        if passed[-1] == wanted:
            return passed
    raise AssertionError(f"{wanted} is not reached: {passed}")


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("scripts", [False, True])
def test_from_load_to_receipt_by_keys_alone(
    browser: Any, place: tuple[Page, str], lang: str, scripts: bool
) -> None:
    with visit(browser, place, lang, java_script_enabled=scripts) as her:
        keys = her.tab.keyboard
        her.go()
        assert tab_to(her, "a#leave") == [her.t.skip, "a#leave"], "to pass by, then to leave"
        her.go()
        keys.press("Tab")
        keys.press("Enter")
        assert tab_to(her, "input#ad") == ["input#ad"], "the skip link leads to the content"
        keys.type("bike-1")
        tab_to(her, "textarea#text")
        keys.type(SENTENCE)
        keys.press("Tab")
        keys.press("Space")
        tab_to(her, "select#role")
        keys.press("ArrowDown")
        tab_to(her, her.t.send)
        keys.press("Enter")
        her.tab.wait_for_selector("p#words")
        assert her.focused() == her.t.thanks, "the answer has the focus"
        event = her.page.alerts()[-1]
        assert (event.text, event.reasons) == (SENTENCE, ["minor_suspected"])
        assert event.alerter["role"] == "self"
        tab_to(her, her.t.safe_question)
        keys.press("Enter")
        assert tab_to(her, her.t.safe_yes) == [her.t.safe_yes]
        with her.tab.expect_download() as waiting:
            keys.press("Enter")
        assert waiting.value.suggested_filename == "note.json"


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("scripts", [False, True])
def test_what_went_wrong_is_said_first_and_leads_to_its_field(
    browser: Any, place: tuple[Page, str], lang: str, scripts: bool
) -> None:
    with visit(browser, place, lang, java_script_enabled=scripts) as her:
        her.send_nothing()
        assert her.focused() == "div#faulty"
        assert her.tab.input_value("textarea#text") == SENTENCE, "nothing typed is lost"
        summary = her.tab.get_by_role("alert")
        assert summary.get_by_role("heading", name=her.t.faulty).is_visible()
        her.tab.keyboard.press("Tab")
        assert her.focused() == her.t.need
        her.tab.keyboard.press("Enter")
        assert her.focused() == "input#ad"
        ad = her.tab.get_by_role("textbox", name=her.t.ad)
        assert ad.get_attribute("aria-invalid") == "true"
        described = [her.text(f"#{name}") for name in ad.get_attribute("aria-describedby").split()]
        assert described == [her.t.need, her.t.ad_hint]
        her.tab.keyboard.type("bike-1")
        her.tab.keyboard.press("Enter")
        her.tab.wait_for_selector("p#words")


@pytest.mark.parametrize("lang", LOCALES)
def test_what_a_screen_reader_is_told(browser: Any, place: tuple[Page, str], lang: str) -> None:
    with visit(browser, place, lang) as her:
        t, by = her.t, her.tab.get_by_role
        her.go("/alert?ad=bike-1")
        for landmark, names in (
            ("banner", [None]),
            ("navigation", [t.pages, t.languages]),
            ("main", [None]),
            ("region", [t.help]),
        ):
            assert by(landmark).count() == len(names)
            for name in names:
                assert by(landmark, name=name, exact=True).count() == 1
        fields = (t.ad, t.contacts, t.handles, t.places, t.about_words, t.text, t.contact)
        assert by("textbox").count() == len(fields)
        for name in fields:
            assert by("textbox", name=name, exact=True).count() == 1, name
        group = by("group", name=t.reasons, exact=True)
        assert group.get_by_role("checkbox").count() == len(REASONS)
        assert group.get_by_role("checkbox", name=t.knows_child, exact=True).count() == 1
        assert by("combobox", name=t.role, exact=True).count() == 1
        assert by("button", name=t.send, exact=True).count() == 1
        assert by("heading", level=1).all_inner_texts() == [t.heading]
        other = by("navigation", name=t.languages).get_by_role("link")
        assert [one.get_attribute("lang") for one in other.all()] == ["en", "es"]
        words = her.send()
        assert by("heading", level=1, name=t.thanks, exact=True).count() == 1
        assert her.tab.get_attribute("p#words", "lang") == "en", "pronounced as English"
        her.look_up(words)
        assert her.tab.evaluate("document.activeElement.role") == "status"
        assert her.tab.get_attribute("input#words", "lang") == "en"
        her.look_up("abacus")
        assert her.focused() == "div#faulty"
        assert by("alert").inner_text() == t.unknown
        said = her.tab.get_attribute("input#words", "aria-describedby").split()
        assert her.text(f"#{said[0]}") == t.unknown


# What a machine can find: in every state, each language, light, dark and in forced colours


LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced colours": {"color_scheme": "light", "forced_colors": "active"},
}


def all_faults(her: Visitor, axe: str) -> list[str]:
    """Everything that axe-core finds, not the serious alone: rule, place, why."""
    if not her.tab.evaluate("typeof axe !== 'undefined'"):
        her.tab.evaluate(axe)
    found = her.tab.evaluate(AXE_RUN, TAGS)
    assert len(found["passes"]) > 20, "axe looked"
    return [
        f"{fault['impact']} {fault['id']}: {node['html']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("lang", LOCALES)
def test_axe_finds_nothing_in_any_state(browser: Any, place: tuple[Page, str], lang: str) -> None:
    """Each state is reached once and looked at in every look."""
    axe, faults = AXE.read_text("utf-8"), []
    with visit(browser, place, lang, viewport={"width": 390, "height": 800}) as her:
        for name, reach in STATES.items():
            her.tab.emulate_media(**LOOKS["light"])
            reach(her)
            for look, media in LOOKS.items():
                her.tab.emulate_media(**media)
                faults += [f"{name}, {look}: {fault}" for fault in all_faults(her, axe)]
    assert faults == []


def test_dark_is_dark_and_forced_colours_are_the_readers_own(
    browser: Any, place: tuple[Page, str]
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    seen = {}
    for look, more in LOOKS.items():
        with visit(browser, place, "en", **more) as her:
            her.go()
            seen[look] = her.tab.evaluate(ground)
    assert len(set(seen.values())) == 3, seen


SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important; } p { margin-bottom: 2em !important; }"""
NARROW: Mapping[str, Any] = {
    "320 px": {"width": 320, "height": 256},
    "640 px": {"width": 640, "height": 450},  # 1280 px at 200 %
}
LARGE = ":root { font-size: 200% }"


@pytest.mark.parametrize("lang", LOCALES)
def test_nothing_has_to_be_scrolled_sideways(
    browser: Any, place: tuple[Page, str], lang: str
) -> None:
    """WCAG 1.4.10 (reflow), 1.4.4 (text at 200 %), 1.4.12 (text spacing), in each state."""
    with visit(browser, place, lang, bypass_csp=True) as her:
        for name, reach in STATES.items():
            reach(her)
            styles = [her.tab.add_style_tag(content=SPACED), her.tab.add_style_tag(content=LARGE)]
            for size, viewport in NARROW.items():
                her.tab.set_viewport_size(viewport)
                for spaced, large in ((False, False), (True, False), (True, True)):
                    if large and size != "640 px":
                        continue  # text at twice its size is asked for at the usual width
                    for style, on in zip(styles, (spaced, large), strict=True):
                        style.evaluate("(style, on) => { style.disabled = !on }", on)
                    seen = f"{name}, {size}, spaced: {spaced}, large: {large}"
                    assert her.tab.evaluate(TOO_WIDE) == [], seen
            for style in styles:
                style.evaluate("style => style.remove()")
