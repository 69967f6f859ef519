"""The matcher is judged by a slow, plain second implementation, rule by rule with `re`.

They share the folded view and not one line more. The law: same rules, same places.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from answerable.screening.matcher import Matcher, resolve
from answerable.screening.model import Kind, PatternView, Rule
from answerable.screening.views import View, fold

WORDS = (
    "bluelantern",
    "greenkite",
    "redumbrella",
    "paper crane",
    "zesty",
    "kite",
    "oak",
    "Straße",
    "лампа",
)
PATTERNS = (
    r"kite\W{1,3}(?:\w{1,9}\W{1,3}){0,1}oak",
    r"[0-9]{2,4} ?kg",
    r"(?:tin|brass) (?:bell|drum)s?",
    r"oak.{0,4}elm",
)


def rule(ident: str, **more: object) -> Rule:
    base = {"title": "t", "meaning": "m", "evidence": "e", "kind": Kind.SIGNAL, "author": "a"}
    return Rule(id=ident, reviewed=date(2026, 11, 1), **{**base, **more})  # type: ignore[arg-type]


RULES = (
    *(rule(f"w{n}", words=(word,)) for n, word in enumerate(WORDS)),
    rule("split", words=("bluelantern",), split=True),
    rule("inside", words=("zesty",), whole_word=False),
    rule("undisguised", words=("greenkite",), disguised=False),
    *(rule(f"p{n}", patterns=(pattern,)) for n, pattern in enumerate(PATTERNS)),
    rule("raw", patterns=("K[iI]te",), view=PatternView.RAW),
)
MATCHER = Matcher(RULES)

# ---- the slow judge ---------------------------------------------------------------------------

SAME = {"i": "1!|", "l": "1!|", "o": "0", "e": "3€", "a": "4@", "s": "5$§", "t": "7+", "b": "8",
        "g": "69", "z": "2", "c": "¢", "x": "×"}  # fmt: skip
WIDE_AS = {"l": "£", "i": "¡"}
EVERY_SIGN = set("".join(SAME.values()) + "£¡")
NO_SPACES = ((0x0E00, 0x0EFF), (0x2E80, 0x9FFF), (0xAC00, 0xD7A3))


def is_separator(char: str) -> bool:
    return not (char.isalnum() or char in EVERY_SIGN or (re.match(r"\w", char) and ord(char) > 127))


def readings(word: str) -> Iterator[list[tuple[str, str]]]:
    """The word as a list of (wanted letters, pattern of what may stand there)."""
    out: list[tuple[str, str]] = []
    at = 0
    while at < len(word):
        char = word[at]
        if is_separator(char):
            out.append((char, ""))
        else:
            signs = SAME.get(char, "") + WIDE_AS.get(char, "") + ("i" if char == "l" else "")
            options = [re.escape(one) for one in char + signs]
            if char == "m":
                options.append("rn")
            if char == "w":
                options.append("vv")
            out.append((char, "|".join(options)))
        at += 1
    yield out
    for pair, single in (("rn", "m"), ("vv", "w")):
        if pair in word:
            joined = list(out)
            where = word.index(pair)
            joined[where : where + 2] = [(pair, single)]
            yield joined


def slow_disguises(view: View, word: str, one: Rule) -> Iterator[tuple[int, int]]:
    letters = sum(char.isalnum() for char in word)
    if letters < 3 or (letters < 5 and not word.isascii()):
        return
    text = view.text
    sep = "[" + "".join(re.escape(c) for c in sorted(set(text)) if is_separator(c)) + "]*"
    sep = "" if sep == "[]*" else sep
    for reading in readings(word):
        parts = [f"({p})" for _, p in reading if p]
        pattern = re.compile(f"({sep})".join(parts))
        gaps_own = [bool(i and not reading[i - 1][1]) for i, (_, p) in enumerate(reading) if p]
        wanted = [w for w, p in reading if p]
        for start in range(len(text)):
            for end in range(start + 1, len(text) + 1):
                found = pattern.fullmatch(text, start, end)
                if found is None:
                    continue
                groups = list(found.groups())
                seen, gaps = groups[::2], groups[1::2]
                where = [found.start(2 * n + 1) for n in range(len(seen))]
                match = Slow(wanted, seen, gaps, gaps_own, where)
                if slow_accepts(view, one, start, end, match, letters):
                    yield start, end


class Slow(NamedTuple):
    """Letters wanted and seen, what stood between, whose gap it was, where each letter stood."""

    wanted: list[str]
    seen: list[str]
    gaps: list[str]
    own: list[bool]
    where: list[int]


def slow_accepts(view: View, one: Rule, start: int, end: int, match: Slow, letters: int) -> bool:
    text = view.text
    wanted, seen, gaps, own, where = match
    if text[start] in "!|+" or text[end - 1] in "!|+":
        return False
    if one.whole_word and not slow_alone(text, start, end):
        return False
    for want, saw, at in zip(wanted, seen, where, strict=True):
        if want == "l" and saw == "i":
            begin, finish = view.span(at, at + 1)
            around = view.raw[max(0, begin - 1) : begin] + view.raw[finish : finish + 1]
            if view.raw[begin:finish] != "I" or not any(c.islower() for c in around):
                return False
    real = sum(len(w) for w, s in zip(wanted, seen, strict=True) if s[0].isalpha())
    if real * 3 < sum(map(len, wanted)):
        return False
    meant = [g for g, is_own in zip(gaps, own[1:], strict=True) if g and not is_own]
    apart = all(1 <= len(g) <= 3 and g.isascii() for g in gaps)
    if letters < 5 and any(gaps) and not apart:  # short words: signs between all, or none
        return False
    if not meant:
        return True
    if max(map(len, meant)) > 3:
        return False
    pieces = [0]
    for n, want in enumerate(wanted):
        if n and gaps[n - 1] and not own[n]:
            pieces.append(0)
        pieces[-1] += len(want)
    if len(pieces) > 2 and 2 * pieces.count(1) >= len(pieces):
        return True
    prose = [g for g in meant if g.isspace() or (g[0] in ".,;:?)\"'" and g[-1].isspace())]
    if prose:
        return one.split and all(g.isspace() for g in meant) and sum(pieces) >= 4
    return True


def slow_alone(text: str, start: int, end: int) -> bool:
    def one_word(left: str, right: str) -> bool:
        if not all(c.isalnum() or c in "@$!|+" for c in (left, right)):
            return False
        if not (left.isalnum() and right.isalnum()):
            return left.isalnum() or right.isalnum()
        return not any(
            a <= ord(c) <= b for c in (left, right) if ord(c) > 127 for a, b in NO_SPACES
        )

    first = text[start - 1] if start else ""
    last = text[end] if end < len(text) else ""
    if first and first.isalnum() and one_word(first, text[start]):
        return False
    return not (last and last.isalnum() and one_word(text[end - 1], last))


def slow_words(view: View, one: Rule) -> Iterator[tuple[int, int]]:
    for word in one.words:
        for variant in {
            " ".join(fold(w).text.split()) for w in (word, word.upper(), word.capitalize())
        }:
            for at in range(len(view.text)):
                end = at + len(variant)
                if view.text[at:end] == variant and (
                    not one.whole_word or slow_alone(view.text, at, end)
                ):
                    yield at, end
            if one.disguised:
                yield from slow_disguises(view, variant, one)


def slow_patterns(text: str, one: Rule) -> Iterator[tuple[int, int]]:
    for pattern in one.patterns:
        compiled = re.compile(pattern, re.IGNORECASE | re.ASCII)
        for end in range(len(text) + 1):
            starts = [s for s in range(end) if compiled.fullmatch(text, s, end)]
            if starts and (not one.whole_word or slow_alone(text, starts[0], end)):
                yield starts[0], end


def slow_find(raw: str) -> set[tuple[str, int, int]]:
    view = fold(raw)
    found: set[tuple[str, int, int]] = set()
    for one in RULES:
        shown = View(raw, raw) if one.view is PatternView.RAW else view
        spans = {shown.span(s, e) for s, e in slow_patterns(shown.text, one)}
        spans |= {view.span(s, e) for s, e in slow_words(view, one)}
        reach = 0
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= reach:
                found.add((one.id, start, end))
                reach = end
    return found


# ---- texts ------------------------------------------------------------------------------------

PIECES = st.one_of(
    st.sampled_from([
        *WORDS, "blue", "lantern", "rn", "m", "I", "l", "oak", "elm", "12 kg", "tin bell",
        "brass drums", "\u200b", "\x00", "€", "®", "家", "é", "kite, old oak",
    ]),
    st.sampled_from(list(" .-_,!|@$3105e\n'")),
)  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn) -> str:
    """A marker word with signs swapped, put in, and put between."""
    word = draw(st.sampled_from(WORDS))
    out = []
    gap = draw(st.sampled_from(["", "", " ", "-", ".", " - ", "\u200b", "*", "•"]))
    everywhere = draw(st.booleans())
    for char in word:
        signs = [char, char, char.upper(), *SAME.get(char.lower(), "")]
        out.append(draw(st.sampled_from([*signs, "I"] if char == "l" else signs)))
        if everywhere or draw(st.integers(0, 5)) == 0:
            out.append(gap)
    return "".join(out)


TEXTS = (
    st.lists(st.one_of(PIECES, mangled()), max_size=4)
    .map("".join)
    .filter(lambda t: len(t) <= 48 and not re.search(r"([^\W\d_])\1\1", fold(t).text))
)


@given(raw=TEXTS)
def test_one_scan_finds_what_rule_by_rule_finds(raw: str) -> None:
    hits, _ = MATCHER.find(fold(raw))
    fast = {(RULES[hit.rule].id, hit.start, hit.end) for hit in resolve(hits)}
    assert fast == slow_find(raw), repr(raw)


def test_the_texts_do_set_rules_off() -> None:
    """The law above would hold for a matcher that finds nothing in texts that hold nothing."""
    samples = [
        "a bluelantern", "b.l.u.e.l.a.n.t.e.r.n", "bluelantem", "gr33nkite", "12 kg", "k-i-t-e",
        "kite, old oak", "brass drums", "blue lantern", "лампа", "STRASSE", "oak", "o4k",
        "redumbrella", "papercrane", "zestyy", "oak or elm", "greenkite", "z-e-s-t-y",
    ]  # fmt: skip
    fired = {name for sample in samples for name, _, _ in slow_find(sample)}
    assert fired == {one.id for one in RULES}
    for sample in samples:
        hits, _ = MATCHER.find(fold(sample))
        assert {(RULES[h.rule].id, h.start, h.end) for h in resolve(hits)} == slow_find(sample), (
            sample
        )
