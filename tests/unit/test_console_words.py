"""A poster's words on the page: whole, in order, marked where the signal is, nothing unseen."""

import re

from hypothesis import given
from hypothesis import strategies as st

from answerable.apps.console.words import Change, Mark, Piece, changes, pieces, runs
from answerable.apps.public.rendering import seen, span

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab \n\r\t<&\"'\x00\u202e\u2066\u200b\ufeff\u2028éß漢😀\U000e0041"),
        st.characters(),
    ),
    max_size=60,
)


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...]]:
    text = draw(TEXTS)
    ends = st.integers(-2, len(text) + 2)
    spans = draw(st.lists(st.tuples(ends, ends), max_size=5))
    marks = tuple(
        Mark(
            number=number,
            rule=f"rule-{number}",
            kind=draw(st.sampled_from(["signal", "withhold", "refuse"])),
            technique="plain",
            field="body",
            start=min(pair),
            end=max(pair),
        )
        for number, pair in enumerate(spans, start=1)
    )
    return text, marks


def said(piece: Piece) -> str:
    """The characters a piece stands for."""
    return piece.text if piece.name is None else chr(int(piece.text[2:], 16))


@given(marked())
def test_the_runs_are_the_text_whole_and_in_order(given_: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = given_
    assert "".join(said(p) for run in runs(text, marks) for p in run.pieces) == text


@given(marked())
def test_a_character_is_marked_by_exactly_the_signals_over_it(
    given_: tuple[str, tuple[Mark, ...]],
) -> None:
    """Judged one code point at a time."""
    text, marks = given_
    told: list[list[int]] = []
    for run in runs(text, marks):
        length = sum(1 if p.name else len(p.text) for p in run.pieces)
        told += [[m.number for m in run.marks]] * length
    wanted = [
        [mark.number for mark in marks if mark.start <= place < mark.end]
        for place in range(len(text))
    ]
    assert told == wanted


@given(TEXTS)
def test_nothing_unseen_is_left_in_a_plain_piece(text: str) -> None:
    for piece in pieces(text):
        if piece.name is None:
            assert not re.search(
                "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", piece.text
            )
            assert not re.search("[\u2028\u2029\u2060-\u206f\ufeff\ud800-\udfff]", piece.text)
    shown = seen(text)
    shown.encode("utf-8")  # a lone surrogate could not be
    assert not re.search("[\x00\u200b\u202e\u2066\u2028\ufeff]", shown)


@given(TEXTS, TEXTS)
def test_what_is_neither_gone_nor_new_is_in_both(old: str, new: str) -> None:
    gone, come = changes(old, new)

    def without(text: str, spans: tuple[tuple[int, int], ...]) -> str:
        return "".join(
            c for place, c in enumerate(text) if not any(a <= place < b for a, b in spans)
        )

    assert without(old, gone) == without(new, come)
    assert (old == new) == (not gone and not come)


def test_a_change_is_marked_by_words() -> None:
    gone, come = changes("Red bike, like new", "Red bike, as new, cheap")
    text = "Red bike, as new, cheap"
    shown = "".join(
        f"[{run.pieces[0].text}]" if run.change is Change.NEW else run.pieces[0].text
        for run in runs(text, (), come)
    )
    assert shown == "Red bike, [as] new[, cheap]"
    assert [("Red bike, like new")[a:b] for a, b in gone] == ["like"]


def test_a_very_long_text_is_still_compared() -> None:
    old = "\n".join(f"line {n} of many" for n in range(3_000))
    new = old.replace("line 17 of", "line seventeen of")
    gone, _ = changes(old, new)
    assert [old[a:b] for a, b in gone] == ["line 17 of many\n"]
    lines = "x\n" * 5_000
    assert changes(lines, lines + "y") == (((0, 10_000),), ((0, 10_001),))


def test_unseen_characters_are_named() -> None:
    found = pieces("a\u202eb\r\nc\rd\x00")
    assert [(p.text, p.name, p.faint) for p in found] == [
        ("a", None, False),
        ("U+202E", "RIGHT-TO-LEFT OVERRIDE", False),
        ("b", None, False),
        ("U+000D", "CARRIAGE RETURN", True),
        ("\nc", None, False),
        ("U+000D", "CARRIAGE RETURN", False),
        ("d", None, False),
        ("U+0000", "NUL", False),
    ]


def test_a_length_of_time_in_two_units() -> None:
    assert span(0) == "0 s"
    assert span(59_999) == "59 s"
    assert span(3_600_000) == "1 h 0 min"
    assert span(26 * 3_600_000 + 61_000) == "1 d 2 h"
    assert span(-5) == "0 s"
