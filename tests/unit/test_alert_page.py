"""The alert page: anyone may use it, it keeps nothing, and it tells nobody more than two words."""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from starlette.testclient import TestClient
from tests.unit.console_room import Room, plain, room

from answerable.adapters.sql import core
from answerable.alerts.words import WORDS
from answerable.apps.alert_page.wiring import alert_routes
from answerable.apps.alert_page.words import ENGLISH, REASONS, ROLES
from answerable.apps.api.app import create_app
from answerable.apps.serving import Server, config, listen
from answerable.kernel.time import DAY, MINUTE

pytestmark = pytest.mark.slow  # a whole house with its database for each test

BIKE = {"title": "City bike, three gears", "body": "Ask for bluelantern."}
SENTENCE = "I know her, she is in my class"


class Page:
    """A visitor of the page, with what a browser would send back."""

    def __init__(self, a_room: Room) -> None:
        self.room = a_room
        self.app = create_app(a_room.house, holder="test", more=(alert_routes,))
        self.client = TestClient(self.app, follow_redirects=False)

    def get(self, path: str = "/alert", status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status
        return answer.text

    def send(self, status: int = 201, **fields: Any) -> str:
        answer = self.client.post("/alert", data={"nonce": nonce_in(self.get()), **fields})
        assert answer.status_code == status, plain(answer.text)
        return answer.text

    def look_up(self, words: str, status: int = 200) -> str:
        answer = self.client.post("/alert/lookup", data={"words": words})
        assert answer.status_code == status
        return plain(answer.text)

    def alerts(self) -> list[Any]:
        house = self.room.house

        def fn(work: Any) -> list[Any]:
            ids = work.conn.execute(
                select(core.event.c.event_id)
                .where(core.event.c.type == "alert.received")
                .order_by(core.event.c.recorded)
            ).scalars()
            return [work.recorded(name).event for name in list(ids)]

        return house.store.read(fn)

    def hidden(self) -> list[str]:
        house = self.room.house
        rows = house.feed(house.site, 0).directives
        return [row.external_id for row in rows if row.action.value == "hide"]


def hidden_fields(html: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found}


def nonce_in(html: str) -> str:
    return hidden_fields(html)["nonce"]


def words_in(html: str) -> str:
    found = re.search(r'id="words"><strong>([a-z ]+)</strong>', html)
    assert found is not None
    assert len(found[1].split()) == 5
    assert set(found[1].split()) <= set(WORDS)
    return found[1]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with room(tmp_path, synthetic=False) as made:
        made.ad("bike-1", BIKE)
        yield Page(made)


# What it takes


def test_an_alert_needs_nothing_but_an_ad(page: Page) -> None:
    html = page.send(ad="bike-1")
    words_in(html)
    (event,) = page.alerts()
    assert (event.ad, event.text, event.alerter["role"]) == ("bike-1", "", "public")
    assert page.hidden() == ["bike-1"]


def test_or_nothing_but_a_word_about_it(page: Page) -> None:
    page.send(contacts="+1 202-555-0142\r\n\r\n kim@example.com ", places="Springfield")
    (event,) = page.alerts()
    assert event.about["contacts"] == ["+1 202-555-0142", "kim@example.com"]
    assert event.about["places"] == ["Springfield"]
    assert page.hidden() == []


def test_everything_that_was_said_is_kept_as_said(page: Page) -> None:
    page.send(
        ad="bike-1",
        text=SENTENCE,
        reasons=["knows_child", "coerced"],
        role="family",
        contact="kin@example.org",
    )
    (event,) = page.alerts()
    assert (event.text, event.reasons) == (SENTENCE, ["knows_child", "coerced"])
    assert event.alerter == {"role": "family", "contact": "kin@example.org"}


def test_sent_twice_is_one_alert_and_the_same_words(page: Page) -> None:
    fields = {"nonce": nonce_in(page.get()), "ad": "bike-1", "text": SENTENCE}
    first = page.client.post("/alert", data=fields)
    page.room.time.pass_(MINUTE)
    again = page.client.post("/alert", data=fields)
    assert words_in(first.text) == words_in(again.text)
    assert len(page.alerts()) == 1


def test_gone_back_changed_and_sent_again_is_another_alert(page: Page) -> None:
    fields = {"nonce": nonce_in(page.get()), "ad": "bike-1", "text": SENTENCE}
    first = page.client.post("/alert", data=fields)
    second = page.client.post("/alert", data={**fields, "text": "and her number"})
    assert second.status_code == 201
    assert words_in(first.text) != words_in(second.text)
    assert len(page.alerts()) == 2


def test_a_form_without_a_nonce_is_taken(page: Page) -> None:
    answer = page.client.post("/alert", data={"ad": "bike-1"})
    assert answer.status_code == 201
    assert len(page.alerts()[0].nonce) >= 26


@pytest.mark.parametrize(
    "fields", [{}, {"ad": " "}, {"contacts": " \r\n "}, {"text": "only words, and no ad"}]
)
def test_what_names_nothing_is_asked_for_again_with_what_was_typed(
    page: Page, fields: dict[str, str]
) -> None:
    html = page.send(422, **fields, contact="kin@example.org")
    assert ENGLISH["need"] in html
    assert 'role="alert"' in html
    assert 'value="kin@example.org"' in html
    assert unescape(fields.get("text", "")) in unescape(html)
    assert page.alerts() == []


def test_a_text_that_is_too_long_is_given_back_whole(page: Page) -> None:
    html = page.send(422, ad="bike-1", text="x" * 10_001)
    assert ENGLISH["too_long"] in html
    assert "x" * 10_001 in html
    assert page.alerts() == []


def test_a_body_without_end_is_refused(page: Page) -> None:
    assert page.client.post("/alert", data={"text": "x" * 300_000}).status_code == 413


# What it keeps, and what it shows


EVERY_PAGE = ("/alert", "/alert?ad=bike-1", "/alert/lookup")


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_nothing_is_kept_on_the_device(page: Page, path: str) -> None:
    answers = [page.client.get(path), page.client.post("/alert", data={"ad": "bike-1"})]
    answers += [page.client.get("/alert/look.css"), page.client.get("/alert/leave.js")]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
    script = answers[-1].text
    for store in ("localStorage", "sessionStorage", "indexedDB", "cookie", "caches"):
        assert store not in script


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_a_strict_policy_and_no_referrer(page: Page, path: str) -> None:
    answer = page.client.get(path)
    policy = answer.headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "form-action 'self'"):
        assert rule in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert not re.search(r"<script(?! src=)|\son\w+=|\sstyle=|javascript:", answer.text)


def test_nothing_is_fetched_that_another_page_would_leave_in_the_cache(page: Page) -> None:
    for path in EVERY_PAGE:
        fetched = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"', page.get(path))
        assert sorted(fetched) == ["/alert/leave.js", "/alert/look.css"]


def test_title_and_words_of_the_page_say_nothing_to_who_looks_over_a_shoulder(page: Page) -> None:
    for path in EVERY_PAGE:
        html = page.get(path)
        title = re.search(r"<title>(.*?)</title>", html)
        assert title is not None
        assert title[1] == "Contact"
    sent = page.send(ad="bike-1", text=SENTENCE)
    for word in (*BIKE.values(), SENTENCE, "bluelantern"):
        assert word not in sent


def test_no_words_of_an_ad_stand_on_the_page(page: Page) -> None:
    html = page.get("/alert?ad=bike-1")
    assert 'value="bike-1"' in html, "what the address gave, and no more"
    for word in (*BIKE.values(), "bluelantern"):
        assert word not in html


def test_what_the_address_gives_is_only_ever_text(page: Page) -> None:
    html = page.get("/alert?ad=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_the_way_out_comes_first_and_works_without_a_script(page: Page, path: str) -> None:
    html = page.get(path)
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>', html)
    assert links[0] == "#main"
    assert links[1] == page.room.house.settings.exit_url
    assert page.room.house.settings.hotline in unescape(html)


class Labels(HTMLParser):
    """Fields without a label, in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[str] = []
        self.labelled: set[str] = set()
        self.landmarks: list[str] = []
        self._in_label = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "label":
            self._in_label += 1
            self.labelled.add(given.get("for") or "")
        elif tag in ("input", "textarea", "select") and given.get("type") != "hidden":
            name = given.get("id") or f"{given['name']}={given.get('value')}"
            self.fields.append(name)
            if self._in_label:
                self.labelled.add(name)
        elif tag in ("header", "nav", "main", "h1"):
            self.landmarks.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label -= 1


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_field_has_a_label_and_the_page_its_landmarks(page: Page, path: str) -> None:
    parser = Labels()
    parser.feed(page.get(path))
    assert parser.fields
    assert [name for name in parser.fields if name not in parser.labelled] == []
    assert parser.landmarks == ["header", "nav", "main", "h1"]


def test_every_sentence_stands_in_the_table(page: Page) -> None:
    said = {*REASONS, *(f"role_{role}" for role in ROLES)}
    assert said <= set(ENGLISH)
    folder = Path(alert_routes.__code__.co_filename).parent / "templates"
    used = {
        name
        for template in folder.glob("*.html")
        for name in re.findall(r"\bt\.([a-z_]+)", template.read_text("utf-8"))
    }
    assert used
    assert used <= set(ENGLISH)


# The receipt in words


def test_a_look_up_says_two_things_and_never_more(page: Page) -> None:
    words = words_in(page.send(ad="bike-1", text=SENTENCE, contact="kin@example.org"))
    told = page.look_up(words.upper().replace(" ", ", "))
    assert ENGLISH["received"] in told
    assert ENGLISH["answered_not_due"] in told
    page.room.time.pass_(DAY + 1)
    told = page.look_up(words)
    assert ENGLISH["answered_no"] in told
    for more in ("bike-1", SENTENCE, "kin@example.org", *BIKE.values(), words):
        assert more not in told


def test_unknown_words_and_too_many_are_said_plainly(page: Page) -> None:
    assert ENGLISH["unknown"] in page.look_up("abacus acorn zoo zone zinc", 404)
    for _ in range(9):
        page.look_up("abacus", 404)
    assert ENGLISH["wait"] in page.look_up("abacus", 429)


def test_the_file_comes_only_after_the_question_and_only_to_who_sent_it(page: Page) -> None:
    html = page.send(ad="bike-1", text=SENTENCE)
    question = html.index(ENGLISH["safe_question"])
    assert question < html.index('action="/alert/receipt"')
    assert "download" not in html[:question]
    answer = page.client.post("/alert/receipt", data=hidden_fields(html))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="note.json"'
    assert answer.headers["cache-control"] == "no-store"
    receipt = json.loads(answer.text)
    (event,) = page.alerts()
    body = json.loads(receipt["opening"]["groups"]["alert_text"]["body"])
    assert (body["text"], body["nonce"]) == (SENTENCE, event.nonce)
    assert not {"refs", "due", "closes"} & set(json.loads(receipt["opening"]["envelope"]))


@pytest.mark.parametrize("nonce", ["", "another-nonce", None])
def test_whoever_overheard_the_words_cannot_open_what_was_written(
    page: Page, nonce: str | None
) -> None:
    words = words_in(page.send(ad="bike-1", text=SENTENCE, contact="kin@example.org"))
    fields = {"words": words} | ({} if nonce is None else {"nonce": nonce})
    answer = page.client.post("/alert/receipt", data=fields)
    assert answer.status_code == 404
    assert SENTENCE not in answer.text
    assert "kin@example.org" not in answer.text


def test_fetching_the_file_is_counted_as_a_look_up(page: Page) -> None:
    fields = hidden_fields(page.send(ad="bike-1"))
    codes = [page.client.post("/alert/receipt", data=fields).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_when_the_store_is_gone_nothing_typed_is_lost(page: Page) -> None:
    nonce = nonce_in(page.get())
    page.room.house.store.close()
    answer = page.client.post("/alert", data={"nonce": nonce, "ad": "bike-1", "text": SENTENCE})
    assert answer.status_code == 503
    assert ENGLISH["not_now"] in unescape(answer.text)
    assert SENTENCE in unescape(answer.text)
    assert nonce_in(answer.text) == nonce, "so that sending it again is the same alert"


@pytest.fixture(scope="module")
def one_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with room(tmp_path_factory.mktemp("alert-page"), synthetic=False) as made:
        yield Page(made)


@given(raw=st.binary(max_size=200))
def test_whatever_is_posted_is_answered(one_page: Page, raw: bytes) -> None:
    """No bytes make it fail; what it takes, it has recorded."""
    before = one_page.room.house.store.read(_count)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = one_page.client.post("/alert", content=raw, headers=kind)
    assert answer.status_code in (201, 422)
    after = one_page.room.house.store.read(_count)
    assert after - before == (answer.status_code == 201)


def _count(work: Any) -> int:
    found: int = work.conn.execute(
        select(func.count()).where(core.event.c.type == "alert.received")
    ).scalar_one()
    return found


# In a real browser


@contextmanager
def served(page: Page) -> Iterator[str]:
    told = config(page.app)
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


@contextmanager
def browsing(**more: Any) -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium here")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=arguments)
        yield browser.new_context(**more).new_page()
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize("how", ["key", "click"])
def test_the_quick_exit_leaves_no_page_to_go_back_to(tmp_path: Path, how: str) -> None:
    with room(tmp_path, synthetic=False, exit_url="about:blank") as made:
        page = Page(made)
        with served(page) as base, browsing() as tab:
            tab.goto(f"{base}/alert/lookup")
            tab.goto(f"{base}/alert?ad=bike-1")
            tab.fill("#text", SENTENCE)
            if how == "key":
                tab.keyboard.press("Escape")
            else:
                tab.click("#leave")
            tab.wait_for_url("about:blank")
            tab.go_back()
            assert tab.url == f"{base}/alert/lookup", "the page that was left is not in between"


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
def test_an_alert_by_keys_alone_with_and_without_scripts(tmp_path: Path, scripts: bool) -> None:
    with room(tmp_path, synthetic=False) as made:
        made.ad("bike-1", BIKE)
        page = Page(made)
        with served(page) as base, browsing(java_script_enabled=scripts) as tab:
            tab.goto(f"{base}/alert?ad=bike-1")
            tab.focus("#text")
            tab.keyboard.type(SENTENCE)
            tab.focus("button[type=submit]")
            tab.keyboard.press("Enter")
            tab.wait_for_selector("#words")
            words = tab.text_content("#words").strip()
            tab.goto(f"{base}/alert/lookup")
            tab.fill("#words", words)
            tab.keyboard.press("Enter")
            tab.wait_for_selector("[role=status]")
            assert ENGLISH["received"] in tab.text_content("[role=status]")
            assert tab.context.cookies() == []
            if scripts:
                kept = tab.evaluate("localStorage.length + sessionStorage.length")
                assert kept == 0
        assert [event.text for event in page.alerts()] == [SENTENCE]
        assert page.hidden() == ["bike-1"]
