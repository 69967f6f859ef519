"""Sketching: what is kept of a text so that it is known again. Pure; see kernel/sketch.py.

The text is folded as for judging, so look-alikes, accents, case, line breaks and punctuation change
nothing. Digits are left out of the shingles: another number or phone is the same ad.
"""

import re
from collections.abc import Callable, Mapping

from answerable.kernel.sealed import Sealed
from answerable.kernel.sketch import SHINGLE_BINS, WORD_BINS, Sketch, digest, signature
from answerable.screening.views import fold

SHINGLE_CHARS = 9  # from the start of a word over about two words
WORD_CHARS_MIN = 4
CHARS_MAX = 20_000  # of one revision; what follows is not compared
AGES_MAX = 16

_TOKEN = re.compile(r"[^\W\d_]+")
_ALNUM = re.compile(r"[^\W_]+")
_BEFORE = r"(?:\bage[ds]?|\bedad|\bi ?am|\bi'?m|\bsoy|\btengo|\bis|\bturned)\W{0,3}"
_AFTER = (
    r"\W{0,2}(?:y/?o\b|y\.o|yrs?\b|years?\b|anos\b|ans\b|jahre\b|old\b)"
    r"(?!\W+(?:of\W+)?(?:experience|warranty|guarantee|experiencia|garantia))"
)
_UNITS = (
    r"(?:%|km|kms|kg|cm|mm|m2|m|ft|sq|in|inch(?:es)?|miles?|mi|min|mins|minutes|hours?|hrs?|h|am|pm"
    r"|usd|eur|dollars?|euros?|bucks|gb|tb|mb|v|w|watts?|speed|gears?|days?|weeks?|months?|th|st|nd"
    r"|rd|pcs|pieces|rooms?|people|persons?|seats?|litres?|liters?|l|units?|x)\b"
)
_DIGIT = re.compile(r"\d")
_AGE = re.compile(
    rf"(?:{_BEFORE}(?P<a>\d{{1,2}})(?!\d)|(?<![\d.,])(?P<b>\d{{1,2}}){_AFTER}"
    r"|(?<![\w$€£#.,:/+-])(?P<c>[12]\d)(?![\d:/])(?![.,-]\d)(?!\s*" + _UNITS + r")(?!\s*[€$£%]))"
)
_SPELLED = {
    word: number
    for number, words in enumerate(
        (
            "ten diez",
            "eleven once",
            "twelve doce",
            "thirteen trece",
            "fourteen catorce",
            "fifteen quince",
            "sixteen dieciseis",
            "seventeen diecisiete",
            "eighteen dieciocho",
            "nineteen diecinueve",
            "twenty veinte",
            "twentyone veintiuno",
            "twentytwo veintidos",
            "twentythree veintitres",
            "twentyfour veinticuatro",
            "twentyfive veinticinco",
        ),
        start=10,
    )
    for word in words.split()
    if word not in ("ten", "once")  # a ten of something; Spanish eleven is an English adverb
}
_IN_WORDS = re.compile(
    r"\b(" + "|".join(sorted((*_SPELLED, r"twenty[ -](?:one|two|three|four|five)"), key=len)[::-1])
    + r")\b"
)  # fmt: skip


def ages_in(folded: str) -> frozenset[int]:
    """Numbers of a folded text that may be somebody's age: by a cue, or bare from 10 to 29."""
    found: dict[int, None] = {}
    for match in _AGE.finditer(folded) if _DIGIT.search(folded) else ():
        found[int(match["a"] or match["b"] or match["c"])] = None
    for match in _IN_WORDS.finditer(folded):
        found[_SPELLED[re.sub(r"[ -]", "", match[1])]] = None
    return frozenset(list(found)[:AGES_MAX])


class Sketcher:
    """Makes sketches under one site's key. `key` is asked for with the first sketch."""

    def __init__(self, key: Callable[[], Sealed[bytes]]) -> None:
        self._key = key

    def __call__(self, fields: Mapping[str, str]) -> Sketch:
        """The same words give the same sketch, in whichever order the fields come."""
        key, left = self._key().open(), CHARS_MAX
        shingles: set[str] = set()
        words: set[str] = set()
        ages: set[int] = set()
        whole: list[str] = []
        for name in sorted(fields):
            text = fold(fields[name][:left]).text
            left = max(0, left - len(fields[name]))
            ages |= ages_in(text)
            whole.append("".join(_ALNUM.findall(text)))
            tokens = _TOKEN.findall(text)
            words.update(token for token in tokens if len(token) >= WORD_CHARS_MIN)
            shingles.update(_shingles(tokens))
        text = "\n".join(part for part in whole if part)
        return Sketch(
            whole=digest(key, "whole", text) if text else b"",
            shingles=signature(key, "shingle", shingles, SHINGLE_BINS),
            words=signature(key, "word", words, WORD_BINS),
            ages=frozenset(digest(key, "age", str(age)) for age in ages),
            size=len(shingles),
        )


def _shingles(tokens: list[str]) -> list[str]:
    """From the start of each word, the next letters, over word ends: spaces and lines are air."""
    letters = "".join(tokens)
    found, at = [], 0
    for token in tokens:
        found.append(letters[at : at + SHINGLE_CHARS])
        at += len(token)
    return found
