"""One compiled matcher over all rules: every text is scanned once a view, however many rules.

Three hyperscan databases: patterns on the submitted text; words, patterns and contact cues on the
folded text; words on its skeleton. What they report is only a candidate: boundaries and disguises
are looked at closely (disguise.py) before anything is a hit.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache, partial
from typing import Any

import hyperscan

from answerable.kernel.errors import Refusal
from answerable.screening.contacts.cues import (
    BIG_WORDS,
    CUE_PATTERNS,
    DIGIT_WORDS,
    NUMBERISH_MIN,
    SKELETON_CUES,
    Cue,
    Glimpse,
    count_digits,
)
from answerable.screening.disguise import (
    CLASSES,
    WIDE,
    Term,
    calmed,
    is_drawn_out,
    look,
    look_plain,
    skeleton,
    skeleton_of_ascii,
    skeleton_places,
    skeletons_of_word,
)
from answerable.screening.model import CouldNotJudge, PatternView, Rule, Technique
from answerable.screening.views import View, fold, stands_alone

SKELETON_CHARS_MIN = 5
"""Shorter words would be found by chance in a text without spaces; they get patterns instead."""
REPORTS_MAX = 100_000  # of the engine for one text: beyond that something is wrong with a rule
PATTERN_CHARS_MAX = 200  # the longest stretch that one match of a pattern may cover

_CASELESS = hyperscan.HS_FLAG_CASELESS
_ONCE = hyperscan.HS_FLAG_SINGLEMATCH
_STARTS = hyperscan.HS_FLAG_SOM_LEFTMOST
_UTF8 = hyperscan.HS_FLAG_UTF8


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule fired at these code points of the submitted text."""

    rule: int
    start: int
    end: int
    techniques: frozenset[Technique]


class _What(Enum):
    WORD = auto()
    SHORT = auto()
    PATTERN = auto()
    CUE = auto()
    DIGIT_WORD = auto()
    BIG_WORD = auto()


@dataclass(frozen=True, slots=True)
class _Entry:
    """What one expression in a database stands for."""

    what: _What
    rule: int = -1
    term: Term | None = None
    cue: int = 0
    name: bytes = b""  # of a platform, in the skeleton
    length: int = 0  # of a literal, in bytes
    whole_word: bool = False


Report = tuple[int, int, int]
"""Expression, start and end in bytes (start 0 where the engine was not asked for it)."""


def _collect(ident: int, start: int, end: int, flags: int, reports: Any) -> bool | None:
    reports.append((ident, start, end))
    return True if len(reports) > REPORTS_MAX else None


@dataclass(slots=True)
class _Database:
    """Expressions being gathered, then compiled; each thread scans with scratch of its own."""

    entries: list[_Entry] = field(default_factory=list)
    expressions: list[bytes] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    _compiled: hyperscan.Database | None = None
    _local: threading.local = field(default_factory=threading.local)

    def add(self, entry: _Entry, expression: bytes, flags: int) -> None:
        self.entries.append(entry)
        self.expressions.append(expression)
        self.flags.append(flags)

    def compile(self) -> None:
        if not self.entries:
            return
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=self.expressions,
            ids=list(range(len(self.expressions))),
            elements=len(self.expressions),
            flags=self.flags,
        )
        self._compiled = database

    def scan(self, data: bytes) -> list[Report]:
        if self._compiled is None or not data:
            return []
        reports: list[Report] = []
        try:
            scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = self._compiled.scratch.clone()
        try:
            self._compiled.scan(
                data, match_event_handler=_collect, context=reports, scratch=scratch
            )
        except hyperscan.ScanTerminated:
            raise CouldNotJudge(f"one text set off more than {REPORTS_MAX} matches") from None
        return reports


def literal(data: bytes) -> bytes:
    """An expression that matches exactly these bytes."""
    return b"".join(
        bytes([code]) if chr(code).isalnum() and code < 128 else b"\\x%02x" % code for code in data
    )


_GAP = r"[^A-Za-z0-9\x80-\xff]{1,3}"


def short_pattern(word: str) -> bytes:
    """Look-alike signs for each letter, and signs between all letters or between none."""
    letters = [_any_sign(char) for char in word if not char.isspace()]
    gap = _GAP.encode()
    return b"(?:" + b"".join(letters) + b"|" + gap.join(letters) + b")"


def _any_sign(char: str) -> bytes:
    """The letter or whatever passes for it."""
    group = next((group for group in CLASSES if char in group), char)
    signs = [*group, *(sign for sign, letter in WIDE.items() if letter == char)]
    return b"(?:" + b"|".join(literal(sign.encode()) for sign in signs) + b")"


def why_unfit(pattern: str) -> str | None:
    """Why the engine cannot take a pattern and bound its work, in words; None if it can."""
    try:
        parsed = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as fault:
        return f"it is no regular expression: {fault}"
    tree = re._parser.parse(pattern)  # type: ignore[attr-defined]
    if _has_anchor(tree):
        return "it has an anchor (^ $ \\b \\A \\Z): leave it out, whole_word = true sees to that"
    if parsed.groupindex:
        return "it names a group: a rule only finds, so use (?:…)"
    low, high = tree.getwidth()
    if low == 0:
        return "it also matches nothing at all"
    if high > PATTERN_CHARS_MAX:
        return (
            f"it may cover more than {PATTERN_CHARS_MAX} characters: "
            "write {1,40} or the like in place of * and +"
        )
    trial = _Database()
    trial.add(_Entry(_What.PATTERN), pattern.encode(), _CASELESS | _STARTS | _UTF8)
    try:
        trial.compile()
    except hyperscan.HyperscanError as fault:
        return f"the engine says: {fault}"
    return None


def _has_anchor(tree: Any) -> bool:
    """Whether a parsed expression asks where it stands, anywhere inside."""
    if isinstance(tree, list | tuple) or hasattr(tree, "data"):
        return any(_has_anchor(one) for one in tree)
    return str(tree) == "AT"


class Matcher:
    """All words and patterns of a list of rules, compiled. Immutable; safe to share by threads."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._raw, self._folded, self._skeleton = _Database(), _Database(), _Database()
        for index, rule in enumerate(rules):
            for word in rule.words:
                self._add_word(index, rule, word)
            for pattern in rule.patterns:
                self._add_pattern(index, rule, pattern)
        self._has_words = bool(self._skeleton.entries)
        self._add_cues()
        for database in (self._raw, self._folded, self._skeleton):
            try:
                database.compile()
            except hyperscan.HyperscanError as fault:
                raise Refusal(f"the rules together are more than the engine takes: {fault}") from (
                    None
                )

    def _add_word(self, index: int, rule: Rule, word: str) -> None:
        plain: set[bytes] = set()
        bones: set[bytes] = set()
        for written in (word, word.upper(), word.capitalize()):
            folded = " ".join(fold(written).text.split())
            term = Term(word=folded, written=word, whole_word=rule.whole_word, split=rule.split)
            spelled = folded.encode()
            if spelled and spelled not in plain:
                plain.add(spelled)
                entry = _Entry(_What.WORD, rule=index, term=term, length=len(spelled))
                self._folded.add(entry, literal(spelled), _CASELESS)
                if rule.disguised:
                    self._add_disguises(index, term, bones)

    def _add_disguises(self, index: int, term: Term, known: set[bytes]) -> None:
        letters = sum(char.isalnum() for char in term.word)
        if letters < SKELETON_CHARS_MIN:
            if letters >= 3 and term.word.isascii():
                entry = _Entry(_What.SHORT, rule=index, term=term)
                self._folded.add(entry, short_pattern(term.word), _CASELESS | _STARTS)
            return
        for bones in skeletons_of_word(term.word) - known:
            known.add(bones)
            entry = _Entry(_What.WORD, rule=index, term=term, length=len(bones))
            self._skeleton.add(entry, literal(bones), 0)

    def _add_pattern(self, index: int, rule: Rule, pattern: str) -> None:
        entry = _Entry(_What.PATTERN, rule=index, whole_word=rule.whole_word)
        database = self._raw if rule.view is PatternView.RAW else self._folded
        database.add(entry, pattern.encode(), _CASELESS | _STARTS | _UTF8)

    def _add_cues(self) -> None:
        for pattern, cue in CUE_PATTERNS:
            once = 0 if cue & (Cue.AT | Cue.WEB | Cue.PLATFORM | Cue.MONEY) else _ONCE
            self._folded.add(_Entry(_What.CUE, cue=cue), pattern.encode(), _CASELESS | once)
        self._folded.add(_Entry(_What.DIGIT_WORD), DIGIT_WORDS.encode(), _CASELESS)
        self._folded.add(_Entry(_What.BIG_WORD), BIG_WORDS.encode(), _CASELESS)
        for word, cue in SKELETON_CUES:
            entry = _Entry(_What.CUE, cue=cue, name=word.encode())
            self._skeleton.add(entry, literal(skeleton(word)), 0)

    def find(self, view: View) -> tuple[list[Hit], Glimpse]:
        """Every hit in one text (not yet resolved), and where it may hold contacts."""
        ascii_view = view.cuts is None and view.raw.isascii()
        data = view.raw.encode() if ascii_view else view.text.encode()
        hits: list[Hit] = []
        glimpse = Glimpse()
        self._find_in(view, data, hits, glimpse)
        bones = skeleton_of_ascii(data) if ascii_view else skeleton(view.text)
        self._find_in_skeleton(view, bones, hits, glimpse)
        if self._raw.entries:
            shown = View(view.raw, view.raw)
            self._take_patterns(self._raw, shown, view.raw.encode(), hits)
        if glimpse.bits & Cue.TRIPLE and self._has_words:
            self._find_drawn_out(view, hits)
        return hits, glimpse

    def _find_in(self, view: View, data: bytes, hits: list[Hit], glimpse: Glimpse) -> None:
        numberish = count_digits(data)
        reports = self._folded.scan(data)
        chars = _chars_of(data)
        patterns: list[Report] = []
        entries = self._folded.entries
        for report in reports:
            ident, start, end = report
            entry = entries[ident]
            match entry.what:
                case _What.DIGIT_WORD:
                    numberish += 1
                    glimpse.numbers.append((chars(end), 1))
                case _What.BIG_WORD:
                    numberish += 2
                    glimpse.numbers.append((chars(end), 2))
                case _What.CUE:
                    glimpse.note(entry.cue, chars(end))
                case _What.PATTERN:
                    patterns.append(report)
                case _What.WORD:
                    begin, finish = chars(end - entry.length), chars(end)
                    _take(hits, view, entry, begin, finish, look_plain)
                case _What.SHORT:
                    _take(hits, view, entry, chars(start), chars(end), look)
        if patterns:
            hits.extend(_pattern_hits(view, entries, patterns, chars))
        if numberish >= NUMBERISH_MIN:
            glimpse.bits |= Cue.NUMBERS

    def _take_patterns(self, database: _Database, view: View, data: bytes, hits: list[Hit]) -> None:
        reports = database.scan(data)
        if reports:
            hits.extend(_pattern_hits(view, database.entries, reports, _chars_of(data)))

    def _find_in_skeleton(
        self, view: View, bones: bytes, hits: list[Hit], glimpse: Glimpse
    ) -> None:
        names: dict[tuple[bytes, int], int] = {}
        places: tuple[bytes, list[int], list[int]] | None = None
        for ident, _, end in self._skeleton.scan(bones):
            entry = self._skeleton.entries[ident]
            if entry.what is _What.CUE:
                names[entry.name, entry.cue] = names.get((entry.name, entry.cue), 0) + 1
                continue
            if places is None:
                places = skeleton_places(view.text)
            _, begins, ends = places
            _take(hits, view, entry, begins[end - entry.length], ends[end - 1], look)
        for (name, cue), count in names.items():
            if count > view.text.count(name.decode()):  # somewhere it is disguised
                glimpse.everywhere(cue)

    def _find_drawn_out(self, view: View, hits: list[Hit]) -> None:
        """Once more with drawn-out letters shortened; only what was drawn out counts."""
        for calm in calmed(view):
            found: list[Hit] = []
            self._find_in(calm, calm.text.encode(), found, Glimpse())
            self._find_in_skeleton(calm, skeleton(calm.text), found, Glimpse())
            for hit in found:
                if is_drawn_out(view.raw[hit.start : hit.end]):
                    techniques = hit.techniques | {Technique.REPEATS}
                    hits.append(Hit(hit.rule, hit.start, hit.end, techniques))


@lru_cache(maxsize=4)
def matcher_of(rules: tuple[Rule, ...]) -> Matcher:
    """The matcher of these rules, compiled once."""
    return Matcher(rules)


Look = Callable[[Term, View, int, int], "set[Technique] | None"]


def _take(
    hits: list[Hit], view: View, entry: _Entry, start: int, end: int, close_look: Look
) -> None:
    if entry.term is None:
        return
    techniques = close_look(entry.term, view, start, end)
    if techniques is not None:
        begin, finish = view.span(start, end)
        hits.append(Hit(entry.rule, begin, finish, frozenset(techniques)))


def _pattern_hits(
    view: View, entries: Sequence[_Entry], reports: Iterable[Report], chars: Callable[[int], int]
) -> Iterator[Hit]:
    for ident, start, end in reports:
        entry = entries[ident]
        begin, finish = chars(start), chars(end)
        if entry.whole_word and not stands_alone(view.text, begin, finish):
            continue
        first, last = view.span(begin, finish)
        techniques = view.techniques(begin, finish)
        yield Hit(entry.rule, first, last, frozenset(techniques))


def _chars_of(data: bytes) -> Callable[[int], int]:
    """From byte offsets to code points."""
    if data.isascii():
        return int
    return partial(_count_chars, data)


def _count_chars(data: bytes, offset: int) -> int:
    return len(data[:offset].decode("utf-8", "ignore"))  # a cue may end within a code point


def resolve(hits: Iterable[Hit]) -> list[Hit]:
    """For each rule the leftmost, then longest hits that do not overlap; in order of place."""
    kept: list[Hit] = []
    ends: dict[int, int] = {}
    ordered = sorted(hits, key=lambda h: (h.rule, h.start, -h.end, len(h.techniques)))
    for hit in ordered:
        if hit.start >= ends.get(hit.rule, 0):
            ends[hit.rule] = hit.end
            kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.end, h.rule))
