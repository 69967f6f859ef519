"""The draw from the unreported: who can be drawn, that anyone draws the same, what counts."""

import hashlib
import json
from fractions import Fraction

import pytest
from tests.unit.bundle_maker import Story, name_of, open_all, tell
from tests.unit.story_book import Book
from tests.unit.story_maker import ERASED, honest

from answerable.audit.sample import Sample, draw, sample_as_json, sample_as_text
from answerable.events.event import Opened
from answerable.kernel.errors import Refusal

SEED = hashlib.sha256(b"dice 4 4 1").digest()


def crowd(count: int = 40) -> Story:
    book = Book()
    for number in range(count):
        book.received(f"n{number}", f"Chair {number}.")
        book.judged(f"n{number}")
    return book.story


def story() -> list[Opened]:
    return open_all(tell(honest()), ERASED)


def named(sample: Sample) -> set[str | None]:
    return {pick.ad for pick in sample.picks}


def test_the_population_is_what_no_standing_decision_reports() -> None:
    """b, b2, d and e are decided to report; f was taken back; g is erased, and still counts."""
    sample = draw(story(), 99, SEED)
    assert named(sample) == {name_of(ad) for ad in ("a", "c", "f", "g", "h", "m")}
    assert (sample.population, sample.reported) == (6, 4)


def test_the_order_is_plain_to_anyone() -> None:
    """Judge: sort the leaves by SHA-256 of seed and leaf hash, with nothing else."""
    opened = open_all(tell(crowd()))
    firsts = [e for e in opened if e.type == "ad.received"]
    tickets = sorted(firsts, key=lambda e: hashlib.sha256(SEED + e.leaf_hash).digest())
    assert [p.index for p in draw(opened, 12, SEED).picks] == [e.index for e in tickets[:12]]
    assert draw(opened, 30, SEED).picks[:12] == draw(opened, 12, SEED).picks
    other = hashlib.sha256(b"other dice").digest()
    assert draw(opened, 12, other).picks != draw(opened, 12, SEED).picks


def test_the_bound_grows_with_what_is_found() -> None:
    opened = open_all(tell(crowd()))
    clean = draw(opened, 20, SEED)
    bad = [str(p.ad) for p in clean.picks[:3]]
    found = draw(opened, 20, SEED, defects=bad)
    assert (clean.found, found.found) == (0, 3)
    assert 0 < clean.upper < found.upper <= 23
    assert draw(opened, 40, SEED).upper == 0
    assert draw(opened, 40, SEED, defects=bad).upper == 3
    assert found.recall == Fraction(0, found.upper)


def test_a_defect_may_be_named_by_either_id_and_counts_once() -> None:
    opened = open_all(tell(crowd()))
    first = draw(opened, 5, SEED).picks[0]
    assert first.ad is not None
    assert first.external_id is not None
    assert draw(opened, 5, SEED, defects=[first.ad, first.external_id]).found == 1
    with pytest.raises(Refusal, match="not among"):
        draw(opened, 5, SEED, defects=["somebody else"])


def test_what_cannot_be_opened_is_a_defect_unless_two_people_erased_it() -> None:
    lawful = draw(story(), 99, SEED)
    assert (lawful.unreadable, lawful.erased, lawful.found) == (0, 1, 0)
    assert (lawful.upper, lawful.upper_with_erased) == (0, 1)
    lost = draw(open_all(tell(honest()), {**ERASED, "a-received": ("ad_text",)}), 99, SEED)
    assert (lost.unreadable, lost.erased, lost.found, lost.upper) == (1, 1, 1, 1)
    alone = open_all(tell(honest(), without=("g-erased",)), ERASED)
    assert draw(alone, 99, SEED).unreadable == 1


def test_an_ad_without_any_name_left_is_still_drawn() -> None:
    told = tell(honest())
    gone = {t.step.name: ("ad_text", "link") for t in told}
    sample = draw(open_all(told, gone), 99, SEED)
    assert sample.population == 10
    assert sample.found == 9  # all but the one that two people erased


def test_seeds_and_sizes_are_checked() -> None:
    with pytest.raises(Refusal):
        draw(story(), 3, b"short")
    with pytest.raises(Refusal):
        draw(story(), -1, SEED)
    assert draw([], 3, SEED).picks == ()
    assert draw(story(), 0, SEED).upper == 6


def test_the_page_promises_no_more_than_it_shows() -> None:
    text = sample_as_text(draw(story(), 3, SEED))
    assert "with 95% confidence at most" in text
    assert "and of nothing else" in text
    value = json.loads(sample_as_json(draw(story(), 3, SEED)))
    assert value["alpha"] == "1/20"
    assert [p["place"] for p in value["picks"]] == [1, 2, 3]
