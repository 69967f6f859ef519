"""Laws of sketches and of kin: the same text always links, and nothing is told without the key."""

import random
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.return_maker import MARKERS, make

from answerable.kernel.ids import AdId
from answerable.kernel.sealed import Sealed
from answerable.kernel.sketch import Sketch, alike, bands, same_text, signature
from answerable.kernel.time import DAY, Millis
from answerable.networks.decide import found_kin, kin_of, likeness, published, returned
from answerable.networks.model import Ancestor, Because, Change, Cleared, KinReason, Known
from answerable.screening.sketching import Sketcher, ages_in

SKETCHER = Sketcher(lambda: Sealed(b"\x09" * 32, label="test key"))
OTHER = Sketcher(lambda: Sealed(b"\x0a" * 32, label="another key"))
NOW = Millis(1_790_000_000_000)

texts = st.text(min_size=1, max_size=400)
fields = st.dictionaries(st.sampled_from(("title", "body", "more")), texts, min_size=1)
words = st.lists(
    st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=2, max_size=9),
    min_size=12,
    max_size=80,
)
seeds = st.integers(0, 2**32)


def known(ad: str, sketch: Sketch | None, revision: int = 0, *rules: str) -> Known:
    return Known(
        ad=AdId(ad),
        revision=revision,
        sketch=sketch,
        contacts=frozenset(),
        rules=frozenset(rules),
    )


def old(sketch: Sketch | None, *rules: str, because: Because | None = Because.REMOVED) -> Ancestor:
    return Ancestor(
        known=known("old", sketch, 0, *rules), because=because, from_section=None, since=NOW
    )


@given(fields)
def test_identical_text_always_links(text: dict[str, str]) -> None:
    one, two = SKETCHER(text), SKETCHER(dict(reversed(text.items())))
    assert one == two
    assume(one.whole)  # something is left of it when it is folded to letters and digits
    assert same_text(one, two)
    assert bands(one) == bands(two) != ()
    kin = kin_of(known("new", one), old(two), frozenset(), NOW)
    assert kin is not None
    assert kin.reasons == (KinReason.TEXT,)
    assert (kin.likeness, kin.changes, kin.waits) == (1.0, (), False)


@given(words, words)
def test_likeness_is_symmetric_and_bounded(left: list[str], right: list[str]) -> None:
    one, two = (known("x", SKETCHER({"body": " ".join(part)})) for part in (left, right))
    assert likeness(one, two) == likeness(two, one)
    assert 0.0 <= likeness(one, two) <= 1.0


@given(st.sets(st.text(max_size=8), min_size=60, max_size=200), st.integers(0, 60), seeds)
def test_a_signature_estimates_the_share_of_what_two_sets_have_in_common(
    items: set[str], gone: int, seed: int
) -> None:
    """Within what 96 bins can tell: five standard errors, so that no seed is unlucky."""
    rest = set(sorted(items)[gone:])
    assume(rest)
    truth = len(rest) / len(items)
    key = seed.to_bytes(32, "big")
    told = alike(signature(key, "test", items, 96), signature(key, "test", rest, 96))
    assert abs(told - truth) <= 5 * (truth * (1 - truth) / min(96, len(rest))) ** 0.5 + 1 / 96


@given(words)
def test_without_the_key_no_word_can_be_tried(text: list[str]) -> None:
    body = {"body": " ".join(text)}
    one, two = SKETCHER(body), OTHER(body)
    assert not same_text(one, two)
    assert not set(bands(one)) & set(bands(two))


@given(words, st.sampled_from((" ", "\n", "\r\n", "\t", " - ")), st.booleans())
def test_lines_case_and_look_alikes_change_nothing(
    text: list[str], between: str, loud: bool
) -> None:
    disguised = between.join(text).replace("a", "\u0430").replace("o", "\u043e")
    body = disguised.upper() if loud else disguised
    assert SKETCHER({"body": body}) == SKETCHER({"body": " ".join(text)})


@given(seeds, st.integers(10, 29), st.integers(10, 29))
def test_another_age_is_always_seen_and_waits(seed: int, first: int, second: int) -> None:
    assume(first != second)
    ad = make(random.Random(seed), 1)
    one, two = SKETCHER(replace(ad, age=first).text), SKETCHER(replace(ad, age=second).text)
    kin = kin_of(known("new", two), old(one), frozenset(), NOW)
    assert kin is not None
    assert Change.AGE in kin.changes
    assert kin.waits
    assert "house.resubmission.age" in returned((kin,), away=True).rules


@given(seeds)
def test_a_sign_that_is_gone_waits_and_one_that_stays_does_not(seed: int) -> None:
    ad = make(random.Random(seed), 1, marker=MARKERS[0])
    with_it, without = SKETCHER(ad.text), SKETCHER(replace(ad, marker=None).text)
    before = old(with_it, MARKERS[0])
    gone = kin_of(known("new", without), before, frozenset(), NOW)
    assert gone is not None
    assert gone.waits
    assert gone.changes == (Change.SIGN, Change.TEXT)
    stays = kin_of(known("new", with_it, 0, MARKERS[0]), before, frozenset(), NOW)
    assert stays is not None
    assert not stays.waits


@given(seeds, st.integers(0, 400))
def test_nothing_is_held_against_anybody_for_ever(seed: int, days: int) -> None:
    sketch = SKETCHER(make(random.Random(seed), 1).text)
    kin = kin_of(known("new", sketch), old(sketch), frozenset(), Millis(NOW + days * DAY))
    assert (kin is not None) == (days <= 180)
    told = kin_of(
        known("new", None),
        old(None),
        frozenset({KinReason.ACCOUNT}),
        Millis(NOW + days * DAY),
    )
    assert (told is not None) == (days <= 7)


@given(seeds)
def test_what_people_let_go_is_let_go_while_its_age_stays(seed: int) -> None:
    ad = make(random.Random(seed), 1, marker=None)
    assert ad.age is not None
    sketch, younger = SKETCHER(ad.text), SKETCHER(replace(ad, age=ad.age - 5).text)
    ancestors = [(old(younger), frozenset[KinReason]())]
    cleared = [Cleared(ancestor=AdId("old"), ages=sketch.ages)]
    assert found_kin(known("new", sketch), ancestors, (), NOW)
    assert found_kin(known("new", sketch, 1), ancestors, cleared, NOW) == ()
    older = SKETCHER(replace(ad, age=ad.age + 4).text)
    assert found_kin(known("new", older, 2), ancestors, cleared, NOW)


@given(st.dictionaries(st.tuples(st.text(max_size=3), st.text(max_size=3)), st.integers(0, 999)))
def test_published_counts_tell_no_single_ad(counts: dict[tuple[str, str], int]) -> None:
    told = {(one.from_section, one.to_section): one.count for one in published(counts)}
    assert set(told) == {pair for pair, count in counts.items() if count}
    for pair, count in told.items():
        assert (count is None) == (counts[pair] < 10)
        if count is not None:
            assert count % 10 == 0
            assert count <= counts[pair] < count + 10


def test_what_may_be_an_age() -> None:
    told = {
        "i am 19, flat to share": {19},
        "19 yo here": {19},
        "aged 17": {17},
        "she is nineteen": {19},
        "twenty-one and new here": {21},
        "tengo 18 anos": {18},
        "ana, 21. nice": {21},
        "bike 26 inch, 21 speed": set(),
        "45 m2 flat, 12 months": set(),
        "call 202-555-0119": set(),
        "model of 2019, $15, 10%": set(),
        "at 12:30 or 18.00": set(),
        "3 years experience": set(),
    }
    assert {text: set(ages_in(text)) for text in told} == told
