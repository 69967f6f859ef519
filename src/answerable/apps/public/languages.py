"""Languages: which ones our pages may speak, who is spoken to in which, and the sentences in it.

The English sentence is its own key (gettext). A catalogue is `languages/CODE/LC_MESSAGES/NAME.po`,
filled in by a translator; `scripts/languages.py compile` makes the `.mo` beside it, and only of one
that is complete and without a *fuzzy* mark: so a language is offered when somebody has read all of
it. What a catalogue lacks is said in English, sentence by sentence. How: docs/languages.md.
"""

import gettext
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from answerable.kernel.time import Millis, to_datetime

FOLDER = Path(__file__).parent / "languages"
ASKED_CHARS_MAX = 1_000  # of an Accept-Language; what is longer was not written by a browser
SOURCE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language: its code in HTML and in addresses, its own name, the way it runs."""

    code: str
    name: str
    direction: str = "ltr"


LANGUAGES = (
    Language(code="en", name="English"),
    Language(code="es", name="Español"),
    Language(code="de", name="Deutsch"),
    Language(code="fr", name="Français"),
    Language(code="it", name="Italiano"),
    Language(code="nl", name="Nederlands"),
    Language(code="pl", name="Polski"),
    Language(code="pt", name="Português"),
    Language(code="ro", name="Română"),
    Language(code="ru", name="Русский"),
    Language(code="uk", name="Українська"),
    Language(code="zh", name="中文"),
)
"""Those we are ready for. Which of them a page offers is up to their catalogues."""


def N_(sentence: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark an English sentence to be translated; it is looked up when a page is made."""
    return sentence


class _Unsaid(gettext.NullTranslations):
    """Behind a catalogue while it is examined: nothing is said that stands in no catalogue."""

    def gettext(self, message: str) -> str:
        return ""


class Tongue:
    """One language as a page uses it: `t.heading`, `t["heading"]`, `t.time(ms)`."""

    def __init__(
        self, language: Language, table: Mapping[str, str], said: gettext.NullTranslations
    ) -> None:
        self.language = language
        self._table, self._said = table, said

    def __getitem__(self, name: str) -> str:
        """The sentence of that name. Raises KeyError: a page that says nothing is a defect."""
        return self._said.gettext(self._table[name])

    def __getattr__(self, name: str) -> str:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def time(self, at: int) -> str:
        """A moment in words, in UTC and saying so: `24 November 2026, 10:15 UTC`.

        The month is a word, since 11/12 is two days; UTC, since we do not know where the reader is.
        """
        moment, say = to_datetime(Millis(at)), self._said.gettext
        return say(MOMENT).format(
            day=moment.day,
            month=say(MONTHS[moment.month - 1]),
            year=moment.year,
            time=f"{moment:%H:%M}",
        )


MONTHS = (
    # Translators: months as they stand inside the date below (in the genitive, where there is one).
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
# Translators: a moment, such as "24 November 2026, 10:15 UTC". Keep UTC. {time} has 24 hours.
MOMENT = N_("{day} {month} {year}, {time} UTC")
COMMON = (*MONTHS, MOMENT)


class Tongues:
    """The languages that one set of sentences can be said in, whole; English among them, always."""

    def __init__(
        self,
        domain: str,
        table: Mapping[str, str],
        *,
        folder: Path = FOLDER,
        languages: Iterable[Language] = LANGUAGES,
    ) -> None:
        self._all = {
            language.code: Tongue(language, table, catalogue(domain, language.code, folder))
            for language in languages
        }
        sentences = (*table.values(), *COMMON)
        self._offered = {
            code: tongue
            for code, tongue in self._all.items()
            if code == SOURCE or not list(unsaid(domain, code, sentences, folder))
        }

    @property
    def offered(self) -> tuple[Language, ...]:
        """Complete and read by somebody; what the page links to."""
        return tuple(tongue.language for tongue in self._offered.values())

    def ready(self, code: str) -> Tongue:
        """Any of our languages, with English where its catalogue is silent. Raises KeyError."""
        return self._all[code]

    def choose(self, chosen: str, accepted: str) -> Tongue:
        """`chosen` by link or form if it is offered; else what the browser asks for; else English.

        Nothing is stored: `accepted` is the Accept-Language of this one request.
        """
        if chosen in self._offered:
            return self._offered[chosen]
        for code in wanted(accepted):
            if code in self._offered:
                return self._offered[code]
        return self._offered[SOURCE]


def catalogue(domain: str, code: str, folder: Path = FOLDER) -> gettext.NullTranslations:
    """The compiled catalogue, or one that says everything in English where there is none."""
    return gettext.translation(domain, folder, languages=[code], fallback=True)


def unsaid(
    domain: str, code: str, sentences: Iterable[str], folder: Path = FOLDER
) -> Iterator[str]:
    """The sentences that a compiled catalogue does not say, or not with the same placeholders."""
    said = catalogue(domain, code, folder)
    said.add_fallback(_Unsaid())
    if type(said) is gettext.NullTranslations:
        said = _Unsaid()
    for sentence in sentences:
        theirs = said.gettext(sentence)
        if not theirs or placeholders(theirs) != placeholders(sentence):
            yield sentence


def placeholders(sentence: str) -> tuple[str, ...]:
    """The names in braces, in alphabetical order; `?` for a sentence whose braces do not close."""
    try:
        return tuple(sorted(name for _, name, _, _ in Formatter().parse(sentence) if name))
    except ValueError:
        return ("?",)


def wanted(accepted: str) -> tuple[str, ...]:
    """The codes of an Accept-Language (RFC 9110, 12.5.4), best first, without their regions."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:ASKED_CHARS_MAX].split(",")):
        name, _, more = part.partition(";")
        weight = _weight(more)
        if weight > 0:
            found.append((-weight, place, name.strip().lower().partition("-")[0]))
    return tuple(dict.fromkeys(code for _, _, code in sorted(found) if code.isalpha()))


def _weight(more: str) -> float:
    """`q=0.5`; 1 where nothing is said, 0 for what is no weight."""
    key, _, value = more.partition("=")
    if key.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
