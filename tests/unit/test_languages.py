"""Languages: chosen without memory, offered when whole, and never behind their own sources."""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.apps.alert_page.words import DOMAIN, ENGLISH
from answerable.apps.public import languages
from answerable.apps.public.languages import (
    COMMON,
    FOLDER,
    LANGUAGES,
    Tongues,
    catalogue,
    placeholders,
    unsaid,
    wanted,
)

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = (*ENGLISH.values(), *COMMON)
NOON = 1_790_000_000_000
SHIPPED = ("en", "es")


def load() -> ModuleType:
    spec = spec_from_file_location("languages_script", ROOT / "scripts" / "languages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["languages_script"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


script: Any = load()


# What is shipped


def test_the_catalogues_are_what_their_sources_say() -> None:
    assert list(script.wrong(script.Shelf())) == []


def test_every_sentence_of_the_page_is_in_the_template() -> None:
    marked = {message.id for message in script.messages(script.extracted(script.Shelf(), DOMAIN))}
    assert marked == set(SENTENCES)
    assert len(set(ENGLISH.values())) == len(ENGLISH), "one sentence, one name"


def test_twelve_languages_are_ready_and_two_are_offered() -> None:
    assert len(LANGUAGES) == 12
    assert sorted(path.name for path in FOLDER.iterdir() if path.is_dir()) == sorted(
        language.code for language in LANGUAGES if language.code != "en"
    )
    assert [one.code for one in Tongues(DOMAIN, ENGLISH).offered] == list(SHIPPED)


def test_spanish_says_every_sentence_and_none_in_english() -> None:
    assert list(unsaid(DOMAIN, "es", SENTENCES)) == []
    spanish = catalogue(DOMAIN, "es")
    same = [sentence for sentence in SENTENCES if spanish.gettext(sentence) == sentence]
    assert same == []


@pytest.mark.parametrize("code", [language.code for language in LANGUAGES])
def test_a_silent_catalogue_falls_back_to_english_sentence_by_sentence(code: str) -> None:
    tongue = Tongues(DOMAIN, ENGLISH).ready(code)
    for name, sentence in ENGLISH.items():
        assert tongue[name] == catalogue(DOMAIN, code).gettext(sentence)
        assert code in SHIPPED or tongue[name] == sentence
    with pytest.raises(AttributeError):
        _ = tongue.no_such_sentence


def test_a_moment_is_said_in_words_and_names_its_zone() -> None:
    tongues = Tongues(DOMAIN, ENGLISH)
    assert tongues.ready("en").time(NOON) == "21 September 2026, 14:13 UTC"
    assert tongues.ready("es").time(NOON) == "21 de septiembre de 2026, 14:13 UTC"


# Who is spoken to in which


@pytest.mark.parametrize(
    ("chosen", "accepted", "spoken"),
    [
        ("", "", "en"),
        ("es", "", "es"),
        ("es", "en", "es"),
        ("", "es-MX,es;q=0.9,en;q=0.5", "es"),
        ("", "de-CH, de;q=0.9, es;q=0.2", "es"),
        ("", "en;q=0.2, es;q=0.8", "es"),
        ("", "es;q=0, en", "en"),
        ("", "es;q=2, *", "en"),
        ("", "ES-419", "es"),
        ("de", "es", "es"),
        ("fr", "", "en"),
    ],
)
def test_the_link_first_then_the_browser_then_english(
    chosen: str, accepted: str, spoken: str
) -> None:
    assert Tongues(DOMAIN, ENGLISH).choose(chosen, accepted).language.code == spoken


@given(chosen=st.text(), accepted=st.text())
def test_whatever_is_asked_for_a_whole_language_answers(chosen: str, accepted: str) -> None:
    assert Tongues(DOMAIN, ENGLISH).choose(chosen, accepted).language.code in SHIPPED


@given(
    st.lists(
        st.tuples(st.sampled_from(["en", "es", "de", "fr", "zh"]), st.integers(1, 1000)),
        unique_by=lambda pair: pair[0],
    )
)
def test_weights_order_what_is_wanted(asked: list[tuple[str, int]]) -> None:
    said = ", ".join(f"{code};q={weight / 1000}" for code, weight in asked)
    order = sorted(range(len(asked)), key=lambda place: (-asked[place][1], place))
    assert wanted(said) == tuple(asked[place][0] for place in order)


@pytest.mark.parametrize(
    ("sentence", "names"),
    [("a", ()), ("{b} {a}", ("a", "b")), ("{a", ("?",)), ("{{a}}", ()), ("{a} {a}", ("a", "a"))],
)
def test_placeholders(sentence: str, names: tuple[str, ...]) -> None:
    assert placeholders(sentence) == names


# The script, on a shelf of its own

TABLE = {"one": "First sentence", "two": "By {time}"}
SOURCE = """
ENGLISH = {
    "one": N_("First sentence"),
    # Translators: a moment
    "two": N_("By {time}"),
}
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Any:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "words.py").write_text(SOURCE + more_source(), "utf-8")
    made = script.Shelf(tmp_path / "languages", tmp_path / "apps", {"try": ("words.py",)})
    script.update(made)
    return made


def more_source() -> str:
    return "COMMON = (" + ",".join(f"N_({sentence!r})" for sentence in COMMON) + ")\n"


def fill(shelf: Any, code: str, *, reviewed: bool = True, **changed: str) -> None:
    """As a translator would: every sentence, then the catalogue's own mark taken away."""
    catalog = script.read(shelf.po("try", code), code)
    for message in script.messages(catalog):
        message.string = changed.get(message.id.split()[0], f"ü {message.id}")
    catalog.fuzzy = not reviewed
    shelf.po("try", code).write_bytes(script.written(catalog))
    script.compile_all(shelf)


def offered(shelf: Any) -> list[str]:
    return [one.code for one in Tongues("try", TABLE, folder=shelf.folder).offered]


def test_a_language_is_offered_when_it_is_complete_and_read(shelf: Any) -> None:
    assert list(script.wrong(shelf)) == []
    assert offered(shelf) == ["en"]
    fill(shelf, "de", reviewed=False)
    fill(shelf, "fr", First="")
    assert offered(shelf) == ["en"]
    fill(shelf, "de")
    assert offered(shelf) == ["en", "de"]
    assert list(script.wrong(shelf)) == []
    assert "de try: 15 of 15, offered" in list(script.standing(shelf))
    assert "fr try: 14 of 15, not offered" in list(script.standing(shelf))


def test_a_new_sentence_takes_the_offer_away_until_it_is_said(shelf: Any) -> None:
    fill(shelf, "de")
    (shelf.sources / "words.py").write_text(
        SOURCE.replace("First sentence", "Another sentence") + more_source(), "utf-8"
    )
    assert any("languages.py update" in line for line in script.wrong(shelf))
    script.update(shelf)
    assert any("languages.py compile" in line for line in script.wrong(shelf))
    script.compile_all(shelf)
    assert not shelf.mo("try", "de").exists()
    assert list(script.wrong(shelf)) == []
    text = shelf.po("try", "de").read_text("utf-8")
    assert 'msgid "Another sentence"\nmsgstr ""' in text
    assert "ü By {time}" in text, "what is still said is kept"


def test_a_stale_compiled_catalogue_is_not_offered_even_if_it_lies_there(shelf: Any) -> None:
    fill(shelf, "de")
    table = {**TABLE, "three": "Nobody said this yet"}
    told = Tongues("try", table, folder=shelf.folder)
    assert [one.code for one in told.offered] == ["en"]
    assert told.ready("de")["one"] == "ü First sentence"
    assert told.ready("de")["three"] == "Nobody said this yet"


@pytest.mark.parametrize("said", ["Bis", "Bis {zeit}", "Bis {time} {time}", "Bis {time"])
def test_other_placeholders_are_found_and_never_offered(shelf: Any, said: str) -> None:
    fill(shelf, "de", By=said)
    assert any("other placeholders" in line for line in script.wrong(shelf))
    assert offered(shelf) == ["en"]


def test_a_catalogue_that_is_no_longer_there_is_found(shelf: Any) -> None:
    shelf.po("try", "pl").unlink()
    shelf.template("try").unlink()
    found = "\n".join(script.wrong(shelf))
    assert "pl: has no try.po" in found
    assert "try.pot: not what the sources say" in found


def test_updating_and_compiling_twice_changes_nothing(shelf: Any) -> None:
    fill(shelf, "uk")

    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in shelf.folder.rglob("*") if path.is_file()}

    before = state()
    script.update(shelf)
    script.compile_all(shelf)
    assert state() == before
    assert b"Translators: a moment" in shelf.template("try").read_bytes()


def test_the_script_as_it_is_called() -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        path = f"{ROOT / 'src'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
        return subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "languages.py"), *words],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": path},
        )

    checked = call("check")
    assert (checked.returncode, checked.stdout) == (0, "languages: 0 findings\n")
    assert f"es alert: {len(SENTENCES)} of {len(SENTENCES)}, offered" in call().stdout
    assert call("update", "xx").returncode == 64
    assert languages.SOURCE not in script.TRANSLATED
