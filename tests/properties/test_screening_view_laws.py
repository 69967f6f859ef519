"""Laws of the views: every folded character knows where it came from, for any text at all."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from answerable.screening.contacts import closed_up, entities_read
from answerable.screening.disguise import (
    calmed,
    skeleton,
    skeleton_of_ascii,
    skeleton_places,
)
from answerable.screening.views import View, fold, marks_of, stands_alone

ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80)
TRICKY = st.text(
    alphabet=st.sampled_from(
        "aIlrnvmw01!$@ .-_\n\x00\u200b\u202e\u0301\ufe0f\u20e3аΟｅ①²½ﬁßİ🅰🇺🇸€\xa0한か\u3099ก"
    ),
    max_size=60,
)
TEXTS = st.one_of(ANY, TRICKY)


def check_places(view: View) -> None:
    """Spans rise, stay inside, and hold what the folded character was made from."""
    last_start = last_end = 0
    for place in range(len(view.text)):
        start, end = view.span(place, place + 1)
        assert 0 <= start < end <= len(view.raw)
        assert last_start <= start
        assert last_end <= end
        last_start, last_end = start, end


@given(raw=TEXTS)
def test_every_folded_character_maps_back_in_order(raw: str) -> None:
    check_places(fold(raw))


@given(raw=TEXTS)
def test_what_a_folded_character_stands_for_folds_to_it(raw: str) -> None:
    view = fold(raw)
    for place, char in enumerate(view.text):
        start, end = view.span(place, place + 1)
        assert char in fold(raw[start:end]).text


@given(raw=TEXTS, data=st.data())
def test_a_stretch_maps_to_the_stretch_of_its_ends(raw: str, data: st.DataObject) -> None:
    view = fold(raw)
    if not view.text:
        return
    start = data.draw(st.integers(0, len(view.text) - 1))
    end = data.draw(st.integers(start + 1, len(view.text)))
    assert view.span(start, end) == (
        view.span(start, start + 1)[0],
        view.span(end - 1, end)[1],
    )


@given(raw=TEXTS)
@example(raw="")
def test_folding_twice_is_folding_once(raw: str) -> None:
    once = fold(raw).text
    assert fold(once).text == once


@given(raw=st.text(alphabet=string.printable, max_size=80))
def test_plain_text_is_only_put_in_small_letters(raw: str) -> None:
    view = fold(raw)
    assert view.text == raw.lower()
    assert all(view.span(at, at + 1) == (at, at + 1) for at in range(len(raw)))
    assert marks_of(raw) == set()


@given(raw=TEXTS)
def test_signs_that_draw_nothing_never_remain(raw: str) -> None:
    assert not set(fold(raw).text) & set("\x00\x07\u200b\u200d\u202e\u2060\ufeff\u00ad\ufe0f")


@given(raw=TEXTS)
def test_the_fast_skeleton_is_the_slow_one(raw: str) -> None:
    view = fold(raw)
    bones, begins, ends = skeleton_places(view.text)
    assert bones == skeleton(view.text)
    assert len(bones) == len(begins) == len(ends)
    assert all(begin < end <= len(view.text) for begin, end in zip(begins, ends, strict=True))
    assert begins == sorted(begins)
    if raw.isascii() and raw.isprintable():
        assert skeleton_of_ascii(raw.encode()) == bones


@given(raw=TEXTS)
def test_other_readings_map_back_too(raw: str) -> None:
    view = fold(raw + " j a n e s &#64; looooong")
    for other in (closed_up(view), entities_read(view), *calmed(view)):
        assert other is not None
        assert other.raw is view.raw
        check_places(other)


@given(raw=TEXTS)
def test_the_whole_text_stands_alone(raw: str) -> None:
    text = fold(raw).text
    if text:
        assert stands_alone(text, 0, len(text))


@pytest.mark.parametrize(
    "codes",
    [
        range(0x3400),
        range(0xF900, 0x10000),
        range(0x1D400, 0x1D800),
        range(0x1F000, 0x1FA00),
        pytest.param(range(0x110000), marks=pytest.mark.long),
    ],
    ids=repr,
)
def test_every_character_there_is(codes: range) -> None:
    """Folding one character never fails, never grows wild, and is settled after one time."""
    for code in codes:
        if 0xD800 <= code < 0xE000:
            continue
        char = chr(code)
        folded = fold(char).text
        assert len(folded) <= 18, hex(code)
        assert folded == folded.lower() or not folded.isascii(), hex(code)
