"""Views of a text: as submitted, and folded to plain letters, each with the exact way back. Pure.

`fold` reads a text as a hurried human does: case, accents, other scripts' look-alikes, styled and
circled letters, invisible signs all become the plain letter, or nothing. The submitted text stays;
a `View` knows for every folded character which code points it stands for.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from answerable.screening.lookalikes import (
    BLANK,
    KEYCAP,
    LETTER_BLOCKS,
    LOOKALIKES,
    MARKS,
    PUNCTUATION,
    REGIONAL_A,
    UNSPACED,
    VARIATION_SELECTORS,
)
from answerable.screening.model import Technique

Cuts = tuple[list[int], list[int], list[int]]
"""Three columns: first folded index; first raw index; raw end of that one folded character, or -1
for a stretch in which folded and raw characters go one to one."""

CACHE_MAX = 50_000  # folded runs remembered; about 10 MB at the most

_CONTROLS = frozenset(map(chr, (*range(9), *range(14, 32), 127)))
_PLAIN_BYTES = bytes((*range(9, 14), *range(32, 127)))
_UNLIKE_PLAIN = re.compile(r"[^\t-\r -~]+")  # whatever is not printable ASCII or white space


@dataclass(frozen=True, slots=True)
class View:
    """A text to search in, and where each of its characters stands in the submitted one."""

    raw: str
    text: str
    cuts: Cuts | None = None  # None: character for character the same places
    odd: tuple[int, ...] = ()  # where in `raw` runs begin that hold look-alikes or hidden signs

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The submitted code points that `text[start:end]` stands for; `start < end`."""
        if self.cuts is None:
            return start, end
        at, raw_at, raw_to = self.cuts
        first = bisect_right(at, start) - 1
        last = bisect_right(at, end - 1) - 1
        begin = raw_at[first] + (start - at[first] if raw_to[first] < 0 else 0)
        finish = raw_to[last] if raw_to[last] >= 0 else raw_at[last] + end - at[last]
        while finish < len(self.raw) and _belongs_before(self.raw[finish]):
            finish += 1
        return begin, finish

    def techniques(self, start: int, end: int) -> set[Technique]:
        """What the submitted characters under `text[start:end]` did besides being plain."""
        begin, finish = self.span(start, end)
        return marks_of(self.raw[begin:finish])

    def narrowed(self, keep: Sequence[int]) -> "View":
        """The view that shows only the characters at `keep` (rising indices of `text`)."""
        at, raw_at, raw_to = list(range(len(keep))), [], []
        for place in keep:
            begin, finish = self.span(place, place + 1)
            raw_at.append(begin)
            raw_to.append(finish)
        return View(self.raw, "".join(self.text[place] for place in keep), (at, raw_at, raw_to))


def fold(raw: str) -> View:
    """The folded view. Never longer than the folding of its characters one by one."""
    if is_plain(raw):
        return View(raw, raw.lower())
    pieces: list[str] = []
    at, raw_at, raw_to = [0], [0], [-1]
    odd: list[int] = []
    done = size = 0
    for run in _UNLIKE_PLAIN.finditer(raw):
        begin, finish = run.span()
        if begin > done:
            pieces.append(raw[done:begin].lower())
            size += begin - done
        text, spans, is_odd = _fold_run(run.group())
        if is_odd:
            odd.append(begin)
        pieces.append(text)
        if spans is not None:
            at.extend(range(size, size + len(text)))
            raw_at.extend(begin + one for one, _ in spans)
            raw_to.extend(begin + one for _, one in spans)
            at.append(size + len(text))
            raw_at.append(finish)
            raw_to.append(-1)
        size += len(text)
        done = finish
    pieces.append(raw[done:].lower())
    cuts = None if len(at) == 1 else (at, raw_at, raw_to)
    return View(raw, "".join(pieces), cuts, tuple(odd))


def is_plain(raw: str) -> bool:
    """Printable ASCII and white space, nothing else."""
    return raw.isascii() and not raw.encode().translate(None, _PLAIN_BYTES)


Spans = tuple[tuple[int, int], ...]
_runs: dict[str, tuple[str, Spans | None, bool]] = {}
ODD = frozenset({Technique.LOOKALIKE, Technique.STYLED, Technique.INVISIBLE, Technique.KEYCAP})


def _fold_run(run: str) -> tuple[str, Spans | None, bool]:
    """Fold a stretch without plain ASCII; spans are None where it goes one to one.

    Lastly whether it holds signs that disguise words.
    """
    known = _runs.get(run)
    if known is not None:
        return known
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    for begin, finish in _clusters(run):
        folded = _fold_cluster(run[begin:finish])
        text.append(folded)
        spans.extend([(begin, finish)] * len(folded))
    one_to_one = len(spans) == len(run) and all(
        span == (place, place + 1) for place, span in enumerate(spans)
    )
    is_odd = any(_read_char(char)[1] in ODD for char in run)
    found = ("".join(text), None if one_to_one else tuple(spans), is_odd)
    if len(run) <= 64:  # long runs hardly come twice
        if len(_runs) >= CACHE_MAX:
            _runs.clear()
        _runs[run] = found
    return found


def _clusters(run: str) -> list[tuple[int, int]]:
    """Where characters of the run must be folded together: what composes, and flag pairs."""
    found = []
    begin = 0
    while begin < len(run):
        finish = begin + 1
        if _is_regional(run[begin]):
            while finish < len(run) and _is_regional(run[finish]):
                finish += 1
            if finish - begin == 2:  # a flag, not letters
                found.append((begin, finish))
            else:
                found.extend((place, place + 1) for place in range(begin, finish))
        else:
            ahead = len(run) if _is_dropped(run[begin]) else finish
            while ahead < len(run) and (_composes(run[ahead]) or _is_dropped(run[ahead])):
                ahead += 1
                if _composes(run[ahead - 1]):
                    finish = ahead
            found.append((begin, finish))
        begin = finish
    return found


def _is_dropped(char: str) -> bool:
    return _read_char(char)[0] == ""


def _is_regional(char: str) -> bool:
    return REGIONAL_A <= ord(char) < REGIONAL_A + 26


def _composes(char: str) -> bool:
    """Whether the character joins the one before it under NFC and is no mark we drop."""
    if "\u1161" <= char <= "\u11ff" or char in "\u3099\u309a":
        return True
    return unicodedata.combining(char) != 0 and not _in(ord(char), MARKS)


def _fold_cluster(cluster: str) -> str:
    if len(cluster) > 1:
        if _is_regional(cluster[0]):
            return cluster
        cluster = "".join(char for char in cluster if not _is_dropped(char))
        cluster = unicodedata.normalize("NFC", cluster)
    return "".join(map(_fold_char, cluster))


_chars: dict[str, tuple[str, Technique | None]] = {}


def _fold_char(char: str) -> str:
    return _read_char(char)[0]


def _read_char(char: str) -> tuple[str, Technique | None]:
    known = _chars.get(char)
    if known is None:
        if len(_chars) >= CACHE_MAX:
            _chars.clear()
        known = _chars[char] = _read_new_char(char)
    return known


def _read_new_char(char: str) -> tuple[str, Technique | None]:
    """What a reader takes one character for, and the trick in it, if there is one."""
    code = ord(char)
    if char in PUNCTUATION:
        return PUNCTUATION[char], None
    if char == KEYCAP:
        return "", Technique.KEYCAP
    if _is_invisible(char):
        return "", Technique.INVISIBLE
    if _in(code, MARKS):
        return "", Technique.DIACRITICS
    if char in LOOKALIKES:
        return LOOKALIKES[char], Technique.LOOKALIKE
    if code < 128:
        return char.lower(), None
    for first in (*LETTER_BLOCKS, REGIONAL_A):
        if first <= code < first + 26:
            return chr(ord("a") + code - first), Technique.STYLED
    category = unicodedata.category(char)
    if category == "Zs":
        return " ", None
    if category in ("Nd", "No"):
        number = unicodedata.numeric(char, -1)
        if number == int(number) and 0 <= number <= 99:
            return str(int(number)), Technique.DIGITS
    return _read_letter(char)


def _read_letter(char: str) -> tuple[str, Technique | None]:
    compatible = unicodedata.normalize("NFKC", char)
    out: list[str] = []
    trick: Technique | None = None
    for one in unicodedata.normalize("NFKC", compatible.casefold()).casefold():
        bare = "".join(
            part for part in unicodedata.normalize("NFD", one) if not _in(ord(part), MARKS)
        )
        bare = unicodedata.normalize("NFC", bare)
        if bare != one:
            trick = Technique.DIACRITICS
        for part in bare:
            plain = PUNCTUATION.get(part) or LOOKALIKES.get(part)
            if plain is not None and part in LOOKALIKES:
                trick = Technique.LOOKALIKE
            out.append(part if plain is None else plain)
    if compatible != char and any(part.isalnum() for part in out):
        trick = Technique.STYLED
    return "".join(out), trick


def _belongs_before(char: str) -> bool:
    """A mark, keycap or variation selector that completes the sign before it."""
    return not char.isascii() and (_in(ord(char), MARKS) or _in(ord(char), VARIATION_SELECTORS))


def _is_invisible(char: str) -> bool:
    return (
        char in _CONTROLS
        or char in BLANK
        or _in(ord(char), VARIATION_SELECTORS)
        or unicodedata.category(char) in ("Cf", "Cc")
    )


def _in(code: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def marks_of(raw: str) -> set[Technique]:
    """The tricks of single characters in a piece of submitted text."""
    if is_plain(raw):
        return set()
    found = {_read_char(char)[1] for run in _UNLIKE_PLAIN.findall(raw) for char in run}
    if Technique.KEYCAP in found:
        found -= {Technique.INVISIBLE}  # the variation selector belongs to the emoji
    return {technique for technique in found if technique is not None}


def touches(left: str, right: str) -> bool:
    """Whether two neighbouring folded characters are within one word."""
    if not (left.isalnum() and right.isalnum()):
        return False
    if left.isascii() and right.isascii():
        return True
    return not (_in(ord(left), UNSPACED) or _in(ord(right), UNSPACED))


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` begins and ends where words do."""
    return not (
        (start > 0 and touches(text[start - 1], text[start]))
        or (end < len(text) and touches(text[end - 1], text[end]))
    )
