"""Words written for people and against machines: the skeleton, and the close look. Pure.

`skeleton` is the fast, rough side: it drops separators and merges letters with the digits and signs
that pass for them, all in C. `look` is the slow, exact side: it compares letter by letter and names
the techniques, or says that what the skeleton found is only chance.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from answerable.screening.model import Technique
from answerable.screening.views import View, stands_alone

# Signs that pass for a letter; each class is merged to its first sign in a skeleton.
CLASSES = ("il1!|", "o0", "e3", "a4@", "s5$", "t7+", "b8", "g69", "z2")
WIDE = {"€": "e", "£": "l", "¢": "c", "¡": "i", "§": "s", "×": "x"}
PAIRS = (("rn", "m"), ("vv", "w"))
GAP_CHARS_MAX = 3
NEVER_AT_THE_EDGE = "!|+"  # there they are punctuation
SPLIT_LETTERS_MIN = 4

_CLASS_OF = {sign: group[0] for group in CLASSES for sign in group}
_SIGNS = frozenset("".join(CLASSES)) - frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def _table() -> bytes:
    table = bytearray(range(256))
    for code in range(128):
        char = chr(code).lower()
        table[code] = ord(_CLASS_OF.get(char, char))
    return bytes(table)


_TABLE = _table()
_SEPARATORS = bytes(code for code in range(128) if not (chr(code).isalnum() or chr(code) in _SIGNS))
_FAR_SIGNS = re.compile(r"[^\w\x00-\x7f]+")


def skeleton(text: str) -> bytes:
    """UTF-8 of `text` (folded) without separators, look-alike signs merged."""
    if text.isascii():
        return skeleton_of_ascii(text.encode())
    for sign, letter in WIDE.items():
        if sign in text:
            text = text.replace(sign, letter)
    return skeleton_of_ascii(_FAR_SIGNS.sub(" ", text).encode())


def skeleton_of_ascii(data: bytes) -> bytes:
    merged = data.translate(_TABLE).replace(b"rn", b"m").replace(b"vv", b"w")
    return merged.translate(None, _SEPARATORS)


def skeletons_of_word(word: str) -> set[bytes]:
    """What a folded word may look like in a skeleton: `rn` stays where the letters stand apart."""
    apart = word.translate({ord(first): None for first in " \t\n"}).encode().translate(_TABLE)
    return {skeleton(word), apart.translate(None, _SEPARATORS)}


def skeleton_places(text: str) -> tuple[bytes, list[int], list[int]]:
    """The same skeleton, slowly: for each of its bytes the first and past-last index in `text`."""
    out = bytearray()
    begins: list[int] = []
    ends: list[int] = []
    place = 0
    while place < len(text):
        char = WIDE.get(text[place], text[place])
        width = 1
        for pair, single in PAIRS:
            following = text[place : place + 2]
            if following == pair:
                char, width = single, 2
        spelled = b"" if _is_separator(char) else _CLASS_OF.get(char, char).encode()
        out += spelled
        begins.extend([place] * len(spelled))
        ends.extend([place + width] * len(spelled))
        place += width
    return bytes(out), begins, ends


def _is_separator(char: str) -> bool:
    if char.isascii():
        return not (char.isalnum() or char in _SIGNS)
    return _FAR_SIGNS.match(char) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word to look for: folded, and as its author wrote it."""

    word: str
    written: str
    whole_word: bool = True
    split: bool = False


@dataclass(slots=True)
class _Walk:
    """What came to light while comparing a word with a stretch of text."""

    tricks: set[Technique]
    gaps: list[str]
    pieces: list[int]
    letters: int = 0

    def step(self, *, letter: bool) -> None:
        self.pieces[-1] += 1
        self.letters += letter

    def gap(self, gap: str) -> None:
        self.gaps.append(gap)
        self.pieces.append(0)


def look_plain(term: Term, view: View, start: int, end: int) -> set[Technique] | None:
    """Techniques of a literal match of the folded word at `view.text[start:end]`, or None."""
    if term.whole_word and not stands_alone(view.text, start, end):
        return None
    begin, finish = view.span(start, end)
    if view.raw[begin:finish].casefold() == term.written.casefold():
        return set()
    return view.techniques(start, end)


def look(term: Term, view: View, start: int, end: int) -> set[Technique] | None:
    """Techniques of a disguised `term` at `view.text[start:end]`; None if it is not there.

    Laws: every letter of the word is there in order, as itself or as a sign of its class; gaps are
    at most three signs long; at least a third are letters; it stands alone where words do.
    """
    if view.text[start] in NEVER_AT_THE_EDGE or view.text[end - 1] in NEVER_AT_THE_EDGE:
        return None
    if term.whole_word and not _stands_alone(view.text, start, end):
        return None
    walk = _walk(term.word, view, start, end)
    if walk is None or walk.letters * 3 < sum(walk.pieces):
        return None
    if not _gaps_are_meant(term, walk):
        return None
    return walk.tricks | view.techniques(start, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """As `stands_alone`, with signs that pass for letters at the edges counted as letters."""
    if text[start] in _SIGNS and start > 0 and text[start - 1].isalnum():
        return False
    if text[end - 1] in _SIGNS and end < len(text) and text[end].isalnum():
        return False
    return stands_alone(text, start, end)


def _walk(word: str, view: View, start: int, end: int) -> _Walk | None:
    walk = _Walk(set(), [], [0])
    place = start
    at = 0
    joined = False
    while at < len(word):
        if _is_separator(word[at]):
            at += 1
            joined = True
            continue
        begin = place
        while place < end and _is_separator(WIDE.get(view.text[place], view.text[place])):
            place += 1
        if place >= end:
            return None
        if at:
            _note_gap(walk, view.text[begin:place], joined)
        joined = False
        step = _compare(word, at, view, place, end)
        if step is None:
            return None
        ahead_word, ahead_text, trick = step
        if trick is not None:
            walk.tricks.add(trick)
        for _ in range(ahead_word):
            walk.step(letter=view.text[place].isalpha())
        at += ahead_word
        place += ahead_text
    return walk if place == end else None


def _note_gap(walk: _Walk, gap: str, joined: bool) -> None:
    if joined:  # the word itself has a separator here
        if not gap:
            walk.tricks.add(Technique.JOINED)
        elif not gap.isspace():
            walk.tricks.add(Technique.SEPARATORS)
    elif gap:
        walk.gap(gap)


def _compare(
    word: str, at: int, view: View, place: int, end: int
) -> tuple[int, int, Technique | None] | None:
    """How far a match at these places goes on in word and text, and by what trick."""
    wanted, seen = word[at], view.text[place]
    if seen == wanted:
        return 1, 1, None
    for pair, single in PAIRS:
        if wanted == single and view.text[place : min(place + 2, end)] == pair:
            return 1, 2, Technique.LOOKALIKE
        if seen == single and word[at : at + 2] == pair:
            return 2, 1, Technique.LOOKALIKE
    seen = WIDE.get(seen, seen)
    if seen != wanted and _CLASS_OF.get(seen, seen) != _CLASS_OF.get(wanted, wanted):
        return None
    if not seen.isalpha() or view.text[place] in WIDE:
        return 1, 1, Technique.LEET
    if wanted == "l" and _is_capital_i(view, place):
        return 1, 1, Technique.LOOKALIKE
    return None


def _is_capital_i(view: View, place: int) -> bool:
    """A capital I among small letters, which many typefaces draw as l."""
    begin, finish = view.span(place, place + 1)
    around = view.raw[max(0, begin - 1) : begin] + view.raw[finish : finish + 1]
    return view.raw[begin:finish] == "I" and any(char.islower() for char in around)


def _gaps_are_meant(term: Term, walk: _Walk) -> bool:
    """Whether the gaps look like a disguise, and not like ordinary words side by side."""
    gaps, pieces = walk.gaps, walk.pieces
    if not gaps:
        return True
    if any(len(gap) > GAP_CHARS_MAX for gap in gaps):
        return False
    singles = sum(piece == 1 for piece in pieces)
    if singles * 2 >= len(pieces) and len(pieces) > 2:
        walk.tricks.add(Technique.SPACED)
        return True
    if any(gap.isspace() or _is_prose(gap) for gap in gaps):
        if not (term.split and all(gap.isspace() for gap in gaps)):
            return False
        walk.tricks.add(Technique.SPLIT)
        return sum(pieces) >= SPLIT_LETTERS_MIN
    walk.tricks.add(Technique.SEPARATORS)
    return True


def _is_prose(gap: str) -> bool:
    """A full stop or comma and a space, as between two sentences."""
    return gap[0] in ".,;:?)\"'" and gap[-1].isspace()


_TRIPLES = re.compile(r"([^\W\d_])\1{2,}")


def calmed(view: View) -> Iterator[View]:
    """Views in which drawn-out letters are cut to one, and to two."""
    runs = [match.span() for match in _TRIPLES.finditer(view.text)]
    for leave in (1, 2) if runs else ():
        drop = {place for start, end in runs for place in range(start + leave, end)}
        keep = [place for place in range(len(view.text)) if place not in drop]
        yield _with_repeats(view.narrowed(keep), view, keep, drop)


def _with_repeats(narrow: View, view: View, keep: list[int], drop: set[int]) -> View:
    """Let the last letter of each run stand for the whole run, so that spans cover it."""
    if narrow.cuts is None:
        return narrow
    at, raw_at, raw_to = narrow.cuts
    for index, place in enumerate(keep):
        last = place
        while last + 1 in drop:
            last += 1
        raw_to[index] = view.span(place, last + 1)[1]
    return View(view.raw, narrow.text, (at, raw_at, raw_to))


def is_drawn_out(raw: str) -> bool:
    """Whether a piece of submitted text holds one letter three times running."""
    return _TRIPLES.search(raw.lower()) is not None
