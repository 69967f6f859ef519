"""A poster's words as a reviewer must see them: signals marked, changes marked, nothing unseen.

Pure. Offsets count code points of the text as submitted, as signals do. Nothing here makes markup:
the templates print these values, and what they print is escaped.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise

from answerable.apps.public.rendering import is_unseen, spell_unseen

TOKENS_MAX = 4_000
"""Beyond this a text is compared line by line, which costs less and shows less."""
LINES_MAX = 4_000
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_CONTROLS = {"\x00": "NUL", "\r": "CARRIAGE RETURN", "\x1b": "ESCAPE", "\x7f": "DELETE"}


class Change(StrEnum):
    """How a stretch of a text stands to the other revision."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text to print; where `name` is set, `text` spells one unseen character (`U+202E`)."""

    text: str
    name: str | None = None
    faint: bool = False  # the CR of an ordinary CR LF: named, and no cause for alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One signal on one field: `number` in its revision's legend, from 1."""

    number: int
    rule: str
    kind: str
    technique: str
    field: str
    start: int
    end: int

    @property
    def strong(self) -> bool:
        return self.kind in ("withhold", "refuse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of text under the same marks and of the same change."""

    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...] = ()
    change: Change = Change.SAME

    @property
    def strong(self) -> bool:
        return any(mark.strong for mark in self.marks)

    @property
    def numbers(self) -> str:
        return ",".join(str(mark.number) for mark in self.marks)

    @property
    def title(self) -> str:
        return "; ".join(f"{mark.rule} ({mark.kind}), {mark.technique}" for mark in self.marks)


Span = tuple[int, int]


def pieces(text: str) -> tuple[Piece, ...]:
    """The text with each unseen character as a piece of its own."""
    found: list[Piece] = []
    plain: list[str] = []
    for place, sign in enumerate(text):
        if not is_unseen(sign):
            plain.append(sign)
            continue
        if plain:
            found.append(Piece(text="".join(plain)))
            plain.clear()
        name = _CONTROLS.get(sign) or unicodedata.name(sign, "unnamed character")
        ends_line = sign == "\r" and text[place + 1 : place + 2] == "\n"
        found.append(Piece(text=spell_unseen(sign), name=name, faint=ends_line))
    if plain:
        found.append(Piece(text="".join(plain)))
    return tuple(found)


def runs(
    text: str, marks: Sequence[Mark] = (), changed: Sequence[Span] = (), change: Change = Change.NEW
) -> tuple[Run, ...]:
    """Cut `text` at the edges of every mark and change. The pieces together are the text, whole.

    `changed` is in order and does not overlap, as `changes` gives it.
    """
    edges = {0, len(text)}
    for start, end in ((m.start, m.end) for m in marks):
        edges.update((_within(start, text), _within(end, text)))
    for start, end in changed:
        edges.update((_within(start, text), _within(end, text)))
    cuts, begins = sorted(edges), [begin for begin, _ in changed]
    found = []
    for start, end in pairwise(cuts):
        over = tuple(mark for mark in marks if mark.start <= start and end <= mark.end)
        place = bisect_right(begins, start) - 1
        touched = place >= 0 and end <= changed[place][1]
        found.append(
            Run(
                pieces=pieces(text[start:end]),
                marks=over,
                change=change if touched else Change.SAME,
            )
        )
    return tuple(found)


def changes(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """(stretches of `old` that are gone, stretches of `new` that are new), in code points.

    By words, by lines where there are too many words; a text of too many lines changes as a whole.
    """
    if old == new:
        return (), ()
    left, right = _tokens(old), _tokens(new)
    if left is None or right is None:
        left, right = old.splitlines(keepends=True), new.splitlines(keepends=True)
        if max(len(left), len(right)) > LINES_MAX:
            return ((0, len(old)),), ((0, len(new)),)
    gone: list[Span] = []
    come: list[Span] = []
    for what, a, b, c, d in SequenceMatcher(None, left, right).get_opcodes():
        if what == "equal":
            continue
        if a < b:
            gone.append(_span(left, a, b))
        if c < d:
            come.append(_span(right, c, d))
    return tuple(gone), tuple(come)


def _tokens(text: str) -> list[str] | None:
    found = _TOKEN.findall(text)
    return None if len(found) > TOKENS_MAX else found


def _span(tokens: Sequence[str], start: int, end: int) -> Span:
    before = sum(len(token) for token in tokens[:start])
    return before, before + sum(len(token) for token in tokens[start:end])


def _within(offset: int, text: str) -> int:
    return min(max(offset, 0), len(text))
