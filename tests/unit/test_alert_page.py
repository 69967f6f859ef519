"""The alert page: anyone may use it, it keeps nothing, and it tells nobody more than two words."""

import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.unit.alert_page_room import BIKE, SENTENCE, Page, hidden_fields, nonce_in, words_in
from tests.unit.console_room import room

from answerable.adapters.sql import core
from answerable.apps import doctor
from answerable.apps.alert_page.hotlines import load_hotlines
from answerable.apps.alert_page.wiring import LABELS, alert_routes
from answerable.apps.alert_page.words import DOMAIN, ENGLISH, REASONS, ROLES
from answerable.apps.home import Home
from answerable.apps.public.languages import LANGUAGES, Tongues
from answerable.apps.settings import Settings
from answerable.apps.up import supervise
from answerable.kernel.errors import Refusal
from answerable.kernel.time import DAY, MINUTE

pytestmark = pytest.mark.slow  # a whole house with its database for each test

SPANISH = Tongues(DOMAIN, ENGLISH).ready("es")


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
    assert 'aria-describedby="ad-fault ad-hint" aria-invalid="true"' in html
    assert 'value="kin@example.org"' in html
    assert unescape(fields.get("text", "")) in unescape(html)
    assert page.alerts() == []


def test_a_text_that_is_too_long_is_given_back_whole(page: Page) -> None:
    html = page.send(422, ad="bike-1", text="x" * 10_001)
    assert ENGLISH["too_long"].format(field=ENGLISH["text"]) in unescape(html)
    assert 'href="#text"' in html
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
    assert "+1 202-555-0100" in html


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
    assert parser.landmarks == ["header", "nav", "nav", "main", "h1"]


class Bare(HTMLParser):
    """Words that stand in a template itself, where no translator finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        words = re.sub(r'[\w-]+="[^"]*"', "", data).strip()  # a macro that makes attributes
        if re.search(r"[^\W\d_]", words):
            self.found.append(words)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("title", "alt", "placeholder", "aria-label") and value:
                self.handle_data(value)


def bare_words(template: str) -> list[str]:
    parser = Bare()
    parser.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", template, flags=re.DOTALL))
    return parser.found


TEMPLATES = Path(alert_routes.__code__.co_filename).parent / "templates"


def test_every_sentence_stands_in_the_table_and_none_in_a_template() -> None:
    said = {*REASONS, *(f"role_{role}" for role in ROLES), *LABELS.values()}
    assert said <= set(ENGLISH)
    used: set[str] = set()
    for template in sorted(TEMPLATES.glob("*.html")):
        text = template.read_text("utf-8")
        used |= set(re.findall(r"\bt\.([a-z_]+)", text)) - {"time"}
        assert bare_words(text) == [], template.name
    assert used
    assert used <= set(ENGLISH)


def test_the_bare_words_rule_itself() -> None:
    assert bare_words('<p>Hello {{ t.x }}</p><a title="Go">, 1 </a>{% if y %}<br>{% endif %}') == [
        "Hello",
        "Go",
    ]


# In whose language


def test_the_language_is_chosen_by_link_then_by_the_browser(page: Page) -> None:
    spanish = {"accept-language": "es-MX,es;q=0.9,en;q=0.5"}
    told = page.client.get("/alert", headers=spanish)
    assert told.headers["content-language"] == "es"
    assert '<html lang="es" dir="ltr">' in told.text
    assert SPANISH.heading in told.text
    assert 'name="lang"' not in told.text, "nothing was chosen, so nothing is carried on"
    told = page.client.get("/alert?lang=en", headers=spanish)
    assert '<html lang="en" dir="ltr">' in told.text
    assert hidden_fields(told.text)["lang"] == "en"
    assert 'href="/alert/lookup?lang=en"' in told.text


@pytest.mark.parametrize("asked", ["de", "xx", "../en", "en-", "%00", "es" * 900])
def test_a_language_that_is_not_offered_is_english(page: Page, asked: str) -> None:
    told = page.client.get("/alert", params={"lang": asked}, headers={"accept-language": asked})
    assert told.status_code == 200
    assert '<html lang="en" dir="ltr">' in told.text


def test_links_to_the_languages_keep_the_address_and_stand_where_nothing_is_lost(
    page: Page,
) -> None:
    html = page.get("/alert?ad=bike-1")
    assert 'href="/alert?ad=bike-1&amp;lang=es" lang="es" hreflang="es"' in html
    assert 'hreflang="en" dir="ltr" aria-current="true"' in html
    assert 'href="/alert/lookup?lang=es"' in page.get("/alert/lookup")
    for answer in (page.send(ad="bike-1"), page.send(422)):
        assert "hreflang" not in answer


def test_the_choice_travels_in_the_form_and_the_words_work_from_every_language(
    page: Page,
) -> None:
    asked = page.get("/alert?lang=es")
    fields = {**hidden_fields(asked), "ad": "bike-1", "text": SENTENCE}
    html = page.client.post("/alert", data=fields).text
    words = words_in(html)
    assert SPANISH.thanks in html
    assert "tiene que haber actuado" in html
    assert re.search(r">\d+ de [a-z]+ de \d{4}, \d\d:\d\d UTC</time>", html)
    for language in LANGUAGES:
        told = page.client.post("/alert/lookup", data={"words": words, "lang": language.code})
        assert told.status_code == 200, "the same words, whatever the page speaks"
        page.room.time.pass_(MINUTE)
    assert SPANISH.received in page.client.post("/alert/lookup?lang=es", data={"words": words}).text
    refused = page.client.post("/alert", data={"lang": "es"})
    assert SPANISH.need in unescape(refused.text)
    assert hidden_fields(refused.text)["lang"] == "es"


def test_it_never_asks_for_proof_or_pictures_in_any_language(page: Page) -> None:
    for lang in ("en", "es"):
        html = page.get(f"/alert?lang={lang}")
        assert 'type="file"' not in html
        assert "multipart" not in html
        spoken = Tongues(DOMAIN, ENGLISH).ready(lang)
        for name in ("no_proof", "no_images", "lead"):
            assert spoken[name] in unescape(html)
        required = re.findall(r"<(?:input|textarea|select)[^>]* required", html)
        assert required == []


# Whom else to call


def test_hotlines_that_speak_the_pages_language_come_first(tmp_path: Path) -> None:
    path = tmp_path / "lines.toml"
    path.write_text(
        """
[[hotline]]
country = "CA"
languages = ["fr"]
number = "+1 202-555-0107"
name = { fr = "Ligne <b>", en = "Line one" }
[[hotline]]
country = "MX"
languages = ["es"]
number = "*0108#"
name = { es = "Línea dos" }
hours = { es = "día y noche" }
""",
        "utf-8",
    )
    with room(tmp_path, synthetic=False, hotlines=path) as made:
        page = Page(made)
        english, spanish = page.get("/alert"), page.get("/alert?lang=es")
        assert english.index("0107") < english.index("0108")
        assert spanish.index("0108") < spanish.index("0107")
        assert (
            '<span lang="es">Línea dos</span> (MX): <a class="number" href="tel:*0108#">' in english
        )
        assert "<span>Línea dos</span>" in spanish
        assert '<span lang="en">Line one</span>' in spanish
        assert "example hotlines" not in "\n".join(doctor.lines(made.house))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hotline = 3", "wrong at hotline"),
        ("no toml", "cannot be read"),
        ("hotline = []", "1 to 50"),
        ('[[hotline]]\ncountry="us"\nlanguages=[]\nnumber="1"\nname={en="x"}', "country"),
        ('[[hotline]]\ncountry="US"\nlanguages=[]\nnumber="call"\nname={en="x"}', "number"),
        ('[[hotline]]\ncountry="US"\nlanguages=[]\nnumber="11"\nname={}', "with a name"),
    ],
)
def test_a_file_of_hotlines_that_is_wrong_is_refused(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "lines.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refusal, match=why):
        load_hotlines(path)
    with pytest.raises(Refusal, match="cannot be read"):
        load_hotlines(tmp_path / "none.toml")
    home, told = Home(tmp_path), Settings(home=tmp_path, hotlines=path)
    with pytest.raises(Refusal, match=why):
        supervise(told, home, example_site=False, once_up=lambda _: None)


def test_the_doctor_says_that_the_numbers_are_examples(page: Page) -> None:
    assert load_hotlines(None).example
    assert "ANSWERABLE_HOTLINES" in "\n".join(doctor.lines(page.room.house))


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
