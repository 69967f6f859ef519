"""The audit's numbers: the published tables, the edges, and what the words may claim."""

import hashlib
import random
import time
from fractions import Fraction

import pytest

from answerable.audit.statistics import (
    CLAIMS,
    SampleFound,
    SequentialPlan,
    Stand,
    ratio,
    recall_bound,
    run_sequential,
    sample_order,
    sample_size,
    seed_from_hand,
    upper_bound,
    usual_plan,
    what_it_cannot_show,
)
from answerable.kernel.errors import Breach, Refusal

MILLION = 1_000_000
FIVE, ONE = Fraction(1, 20), Fraction(1, 100)


@pytest.mark.parametrize(
    ("fewer_than", "at_95", "at_99"),
    [
        # At 99 % a sample of 990,000 misses the one with chance 1 in 100 exactly, and that is
        # enough; a computation in floats asks for one more.
        (1, 950_000, 990_000),
        (10, 258_865, 369_041),
        (50, 58_154, 87_988),
        (100, 29_512, 45_006),
        (200, 14_866, 22_761),
        (500, 5_973, 9_166),
        (1_000, 2_990, 4_593),
        (5_000, 598, 919),
        (10_000, 299, 459),
    ],
)
def test_the_table_of_sample_sizes(fewer_than: int, at_95: int, at_99: int) -> None:
    assert sample_size(MILLION, fewer_than, FIVE) == at_95
    assert sample_size(MILLION, fewer_than, ONE) == at_99


@pytest.mark.parametrize(("population", "size"), [(10**4, 2_588), (10**5, 2_950), (10**7, 2_994)])
def test_one_in_a_thousand_needs_nearly_the_same_everywhere(population: int, size: int) -> None:
    assert sample_size(population, population // 1_000, FIVE) == size


@pytest.mark.parametrize(
    ("sample", "bounds"),
    [
        (1_000, (2_989, 4_733, 6_280, 7_732, 10_481)),
        (1_500, (1_993, 3_156, 4_189, 5_158, 6_993)),
        (3_000, (996, 1_578, 2_094, 2_580, 3_498)),
        (5_000, (597, 946, 1_256, 1_547, 2_098)),
        (10_000, (298, 472, 627, 772, 1_048)),
        (30_000, (98, 156, 207, 256, 347)),
    ],
)
def test_the_table_of_upper_bounds(sample: int, bounds: tuple[int, ...]) -> None:
    found = (0, 1, 2, 3, 5)
    assert tuple(upper_bound(MILLION, sample, c, FIVE) for c in found) == bounds


def test_two_strata_at_half_of_alpha_each() -> None:
    half = FIVE / 2
    assert upper_bound(50_000, 2_000, 0, half) + upper_bound(950_000, 3_000, 0, half) == 1_255


@pytest.mark.parametrize(
    ("reported", "sample", "percent"),
    [(500, 1_000, 14), (500, 3_000, 33), (500, 10_000, 63), (500, 30_000, 84), (2_000, 10_000, 87)],
)
def test_the_published_recall_bounds(reported: int, sample: int, percent: int) -> None:
    recall = recall_bound(reported, upper_bound(MILLION, sample, 0, FIVE))
    assert recall is not None
    assert round(recall * 100) == percent


def test_recall_of_nothing_is_no_number() -> None:
    assert recall_bound(0, 0) is None
    assert recall_bound(0, 5) == 0
    assert recall_bound(5, 0) == 1


def test_a_bound_for_a_million_is_quick() -> None:
    start = time.process_time()
    assert upper_bound(MILLION, 3_000, 5, FIVE) == 3_498
    assert upper_bound(MILLION, 3_000, 400, FIVE) > 3_498
    assert time.process_time() - start < 1


def test_who_read_everything_knows_everything() -> None:
    assert upper_bound(100, 100, 0, FIVE) == 0
    assert upper_bound(100, 100, 7, FIVE) == 7
    assert upper_bound(100, 0, 0, FIVE) == 100
    assert upper_bound(0, 0, 0, FIVE) == 0


@pytest.mark.parametrize(
    ("population", "sample", "found", "alpha"),
    [
        (10, 11, 0, FIVE),
        (10, 5, 6, FIVE),
        (10, 5, -1, FIVE),
        (-1, -1, 0, FIVE),
        (10, 5, 0, Fraction(0)),
        (10, 5, 0, Fraction(1)),
        (10, 5, 0, 0.05),
    ],
)
def test_numbers_that_make_no_sense_are_a_breach(
    population: int, sample: int, found: int, alpha: Fraction
) -> None:
    with pytest.raises(Breach):
        upper_bound(population, sample, found, alpha)


# The sequential test


@pytest.mark.parametrize(("k1", "draws"), [(0, 2_990), (100, 3_322), (200, 3_736), (300, 4_268)])
def test_clean_draws_needed_as_published(k1: int, draws: int) -> None:
    plan = SequentialPlan(population=MILLION, k0=1_000, k1=k1, alpha=FIVE, most_draws=40_000)
    result = run_sequential(plan, (False for _ in range(40_000)))
    assert (result.stand, result.draws, result.found) == (Stand.SHOWN, draws, 0)


def test_the_usual_alternative_is_a_fifth() -> None:
    assert usual_plan(MILLION, 1_000, most_draws=40_000).k1 == 200


def test_a_defect_costs_draws_and_does_not_end_the_test() -> None:
    plan = usual_plan(MILLION, 1_000, most_draws=40_000)
    outcomes = [False] * 100 + [True] + [False] * 39_899
    result = run_sequential(plan, outcomes)
    assert result.stand is Stand.SHOWN
    assert (result.found, result.draws > 3_736) == (1, True)


def test_too_many_defects_show_nothing_and_fail_nothing() -> None:
    plan = usual_plan(MILLION, 1_000, most_draws=5_000)
    result = run_sequential(plan, [place % 500 == 0 for place in range(6_000)])
    assert (result.stand, result.draws) == (Stand.NOT_SHOWN, 5_000)


def test_an_unfinished_sample_goes_on() -> None:
    plan = usual_plan(MILLION, 1_000, most_draws=40_000)
    result = run_sequential(plan, [False] * 10)
    assert (result.stand, result.draws) == (Stand.GOING_ON, 10)


def test_more_clean_ones_than_a_bad_pile_has_is_proof() -> None:
    plan = SequentialPlan(population=10, k0=5, k1=1, alpha=Fraction(1, 10**9), most_draws=10)
    result = run_sequential(plan, [False] * 10)
    assert (result.stand, result.draws) == (Stand.SHOWN, 6)
    assert ratio(plan, 6, 0) is None


def test_a_bad_pile_passes_seldom_whatever_the_habit() -> None:
    """500 audits of a pile with exactly K0 defects: at most alpha of them may pass."""
    luck = random.Random(7)
    plan = SequentialPlan(population=2_000, k0=40, k1=8, alpha=Fraction(1, 10), most_draws=1_600)
    passed = 0
    for _ in range(500):
        bad = set(luck.sample(range(2_000), 40))
        result = run_sequential(plan, (place in bad for place in range(1_600)))
        passed += result.stand is Stand.SHOWN
    assert 0 < passed <= 50 + 20  # three standard deviations


# Who is drawn


def commitments(count: int) -> list[bytes]:
    return [bytes([1]) + hashlib.sha256(str(n).encode()).digest() for n in range(count)]


def test_the_order_is_by_ticket() -> None:
    seed, given = b"s" * 32, commitments(50)
    tickets = [hashlib.sha256(seed + commitment).digest() for commitment in given]
    order = sample_order(given, seed)
    assert sorted(order) == list(range(50))
    assert [tickets[place] for place in order] == sorted(tickets)


def test_a_larger_pile_keeps_the_order_of_the_smaller() -> None:
    seed, given = b"s" * 32, commitments(60)
    larger = sample_order(given, seed)
    assert sample_order(given[:40], seed) == tuple(place for place in larger if place < 40)


def test_another_seed_is_another_order() -> None:
    given = commitments(50)
    assert sample_order(given, b"s" * 32) != sample_order(given, b"t" * 32)


def test_nobody_can_choose_by_odd_commitments_or_seeds() -> None:
    given = commitments(5)
    for odd in ([*given, given[2]], [*given, b"short"]):
        with pytest.raises(Refusal):
            sample_order(odd, b"s" * 32)
    with pytest.raises(Refusal):
        sample_order(given, b"s" * 31)
    assert sample_order([], b"s" * 32) == ()


def test_a_seed_by_hand_is_bound_to_the_root_and_to_every_word() -> None:
    one = seed_from_hand(b"r" * 32, "dice 1 4 2 6")
    assert len(one) == 32
    assert one != seed_from_hand(b"r" * 32, "dice 1 4 2 5")
    assert one != seed_from_hand(b"q" * 32, "dice 1 4 2 6")
    assert seed_from_hand(b"r", "xdice") != seed_from_hand(b"rx", "dice")
    with pytest.raises(Refusal):
        seed_from_hand(b"r" * 32, "  ")


# The words


def test_the_page_prints_the_bound_with_what_it_cannot_show() -> None:
    text = " ".join(
        what_it_cannot_show(SampleFound(population=MILLION, sample=3_000, found=0, reported=500))
    )
    for words in (
        "1,000,000 submissions were not reported",
        "3,000 of them were drawn at random",
        "0 of these should have been reported",
        "With 95 % confidence at most 996",
        "up to 1 in 1,004",
        "at least 33 %",
        "can't show that the number is smaller than 996",
        "In 5 % of such audits",
        "was not measured",
        "not in the log",
    ):
        assert words in text


def test_what_readers_miss_is_counted_in() -> None:
    numbers = SampleFound(
        population=MILLION, sample=3_000, found=0, reported=500, recognised=Fraction(4, 5)
    )
    text = " ".join(what_it_cannot_show(numbers))
    assert "they recognised 80 %" in text
    assert "about 1,245" in text
    blind = SampleFound(population=100, sample=50, found=0, reported=1, recognised=Fraction(0))
    assert "without limit" in " ".join(what_it_cannot_show(blind))


@pytest.mark.parametrize("found", [0, 1, 3])
@pytest.mark.parametrize("sample", [0, 10, 99, 100])
@pytest.mark.parametrize("reported", [0, 5])
def test_absence_is_claimed_only_where_everything_was_read(
    sample: int, found: int, reported: int
) -> None:
    if found > sample:
        return
    numbers = SampleFound(population=100, sample=sample, found=found, reported=reported)
    sentences = what_it_cannot_show(numbers)
    claims = [sentence for sentence in sentences if CLAIMS.search(sentence)]
    assert bool(claims) == (sample == 100 and found == 0)
    if claims:
        assert numbers.upper == 0
