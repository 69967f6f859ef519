"""Laws of shares and chains, judged by a slow resolver that follows every path on its own."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.ownership.bods import read_file
from answerable.ownership.changes import compare
from answerable.ownership.graph import Sure
from answerable.ownership.model import Span
from answerable.ownership.resolve import Resolution, resolve
from ownership_maker import OwnershipMaker, interest

TODAY = date(2026, 11, 24)

Links = dict[tuple[str, str], tuple[int, int]]
"""(holder, held) → lowest and highest per cent."""

ENTITIES = ["a", "b", "c", "d", "e"]
PEOPLE = ["p", "q"]


@st.composite
def links(draw: st.DrawFn, *, circles: bool) -> Links:
    """Holdings in which no company is given away more than once, even at the highest."""
    found: Links = {}
    for place, held in enumerate(ENTITIES):
        others = ENTITIES if circles else ENTITIES[place + 1 :]
        holders = draw(
            st.lists(st.sampled_from(others + PEOPLE), max_size=4, unique=True), label=held
        )
        left = 100
        for holder in holders:
            if holder == held:
                continue
            high = draw(st.integers(0, left))
            low = draw(st.integers(0, high))
            left -= high
            found[holder, held] = (low, high)
    return found


def made(found: Links) -> Resolution:
    maker = OwnershipMaker()
    for name in ENTITIES:
        maker.entity(name)
    for name in PEOPLE:
        maker.person(name)
    for (holder, held), (low, high) in found.items():
        maker.holds(holder, held, {"minimum": low, "maximum": high})
    return resolve(maker.file(), on=TODAY)


def slow_paths(found: Links, start: str, end: str) -> list[list[tuple[str, str]]]:
    """Every way from `start` down to `end` that meets nobody twice."""
    if start == end:
        return [[]]
    rest = {link: share for link, share in found.items() if start not in link}
    return [
        [(holder, held), *path]
        for holder, held in found
        if holder == start
        for path in slow_paths(rest, held, end)
    ]


def slow_share(found: Links, who: str, which: int) -> Fraction:
    total = Fraction(0)
    for path in slow_paths(found, who, "a"):
        product = Fraction(1)
        for link in path:
            product *= Fraction(found[link][which], 100)
        total += product
    return total


def slow_control(found: Links, who: str, which: int) -> bool:
    """Grow the set of what `who` controls until it grows no more."""
    controlled = {who}
    while True:
        more = {
            held
            for held in ENTITIES
            if held not in controlled
            and sum(found.get((one, held), (0, 0))[which] for one in controlled) > 50
        }
        if not more:
            return "a" in controlled
        controlled |= more


@pytest.mark.parametrize("circles", [False, True], ids=["tree-like", "with circles"])
@settings(max_examples=50)
@given(data=st.data())
def test_the_resolver_agrees_with_following_every_path(circles: bool, data: st.DataObject) -> None:
    found = data.draw(links(circles=circles))
    resolution = made(found)
    told = {row.record: row for row in resolution.holders}
    for who in PEOPLE:
        expected = (slow_share(found, who, 0), slow_share(found, who, 1))
        if who not in told:
            assert slow_paths(found, who, "a") == []
            continue
        row = told[who]
        assert (row.own.low, row.own.high) == expected
        surely, perhaps = slow_control(found, who, 0), slow_control(found, who, 1)
        assert row.control is (Sure.YES if surely else Sure.POSSIBLE if perhaps else Sure.NO)


@settings(max_examples=50)
@given(found=links(circles=True))
def test_circles_are_named_where_there_are_any_and_only_there(found: Links) -> None:
    resolution = made(found)
    above = {"a"} | {held for _, held in found} | {holder for holder, _ in found}
    reach = {name for name in above if slow_paths(found, name, "a")}
    circle = any(
        slow_paths({k: v for k, v in found.items() if k != (one, two)}, two, one)
        for one, two in found
        if one in reach and two in reach
    )
    assert bool(resolution.loops) == circle


@settings(max_examples=50)
@given(found=links(circles=True))
def test_every_chain_ends_in_a_person_or_in_a_listed_gap(found: Links) -> None:
    """Whoever can be reached upward and has nobody above them is a holder or a gap."""
    resolution = made(found)
    named = {row.record for row in resolution.holders} | {gap.at for gap in resolution.gaps}
    held = {name for _, name in found}
    reach = {name for name in ENTITIES + PEOPLE if slow_paths(found, name, "a")}
    assert {name for name in reach if name not in held} <= named
    for chain in resolution.chains:
        assert chain.steps[-1].subject == "a"
        assert chain.end is not None or chain.steps[0].holder in named


@settings(max_examples=50)
@given(found=links(circles=True), data=st.data())
def test_the_order_of_the_file_changes_nothing(found: Links, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(found.items()))))
    ours, theirs = made(found), made(shuffled)
    spans = [
        {row.record: (row.own, row.votes, row.control) for row in r.holders} for r in (ours, theirs)
    ]
    assert spans[0] == spans[1]
    assert {(g.at, g.reason) for g in ours.gaps} == {(g.at, g.reason) for g in theirs.gaps}


@settings(max_examples=50)
@given(before=links(circles=True), after=links(circles=True))
def test_whatever_differs_is_among_the_changes(before: Links, after: Links) -> None:
    one, two = made(before), made(after)
    assert compare(one, one) == compare(one, made(before)) == ()
    changed = {(c.what, c.name) for c in compare(one, two)}
    old, new = ({row.record: row for row in r.holders} for r in (one, two))
    for record in old.keys() | new.keys():
        was, now = old.get(record), new.get(record)
        assert (("holder", f"Person {record.upper()}") in changed) == (was != now)
    if one.gaps != two.gaps and set(one.gaps) != set(two.gaps):
        assert "gap" in {what for what, _ in changed}


# Spans, judged by trying every point of a grid


GRID = [Fraction(n, 8) for n in range(9)]


@st.composite
def spans(draw: st.DrawFn) -> Span:
    low, high = sorted((draw(st.sampled_from(GRID)), draw(st.sampled_from(GRID))))
    point = low == high
    return Span(
        low=low,
        high=high,
        low_open=not point and draw(st.booleans()),
        high_open=not point and draw(st.booleans()),
    )


def points(span: Span) -> list[Fraction]:
    """Points inside, some of them very near to the bounds."""
    near = Fraction(1, 10**9) if span.low < span.high else Fraction(0)
    inside = [span.low + near, (span.low + span.high) / 2, span.high - near]
    return inside + ([] if span.low_open else [span.low]) + ([] if span.high_open else [span.high])


def holds(span: Span, value: Fraction) -> bool:
    above = value > span.low or (value == span.low and not span.low_open)
    below = value < span.high or (value == span.high and not span.high_open)
    return above and below


@given(one=spans(), two=spans())
def test_products_and_sums_hold_every_product_and_sum(one: Span, two: Span) -> None:
    for x in points(one):
        for y in points(two):
            assert holds(one.times(two), x * y)
            assert holds(one.plus(two), min(x + y, Fraction(1)))


@given(one=spans(), two=spans())
def test_bounds_are_as_tight_as_they_can_be(one: Span, two: Span) -> None:
    """A closed bound is reached by some pair; an open one is approached and not reached."""
    lows, highs = (one.low, two.low), (one.high, two.high)
    product, total = one.times(two), one.plus(two)
    assert (product.low, product.high) == (lows[0] * lows[1], highs[0] * highs[1])
    assert (total.low, total.high) == (min(sum(lows), 1), min(sum(highs), 1))
    pairs = [(x, y) for x in points(one) for y in points(two)]
    assert product.low_open == (product.low not in [x * y for x, y in pairs])
    assert product.high_open == (product.high not in [x * y for x, y in pairs])


@given(one=spans(), two=spans())
def test_meeting_is_being_in_both(one: Span, two: Span) -> None:
    both = one.meets(two)
    tried = points(one) + points(two) + [Fraction(n, 16) for n in range(17)]
    if both is None:
        assert not [x for x in tried if holds(one, x) and holds(two, x)]
    else:
        tried += points(both)
        assert all(holds(both, x) == (holds(one, x) and holds(two, x)) for x in tried)


@given(span=spans(), threshold=st.sampled_from([g for g in GRID if g]))
def test_surely_and_perhaps_mean_what_they_say(span: Span, threshold: Fraction) -> None:
    values = points(span)
    assert span.surely(threshold) == all(v >= threshold for v in values)
    assert span.perhaps(threshold) == any(v >= threshold for v in values)
    assert span.surely_over_half() == all(v > Fraction(1, 2) for v in values)
    assert span.perhaps_over_half() == any(v > Fraction(1, 2) for v in values)


@settings(max_examples=50)
@given(percent=st.decimals(0, 100, places=6))
def test_no_share_passes_through_a_float(percent: object) -> None:
    maker = OwnershipMaker()
    maker.entity("a")
    maker.person("p")
    maker.tie("p", "a", interest("shareholding", share={"exact": 7777777}))
    raw = maker.raw().replace(b"7777777", f"{percent:f}".encode())
    (row,) = resolve(read_file(raw), on=TODAY).holders
    assert row.own.low == row.own.high == Fraction(f"{percent:f}") / 100
