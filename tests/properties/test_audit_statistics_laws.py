"""Laws of the sample's bound, judged by counting every possible sample."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.audit.statistics import (
    SequentialPlan,
    Stand,
    chance_of_at_most,
    ratio,
    run_sequential,
    sample_size,
    upper_bound,
)

ALPHAS = st.sampled_from([Fraction(1, 20), Fraction(1, 100), Fraction(1, 10), Fraction(1, 3)])


def slow_chance(population: int, sample: int, found: int, defects: int) -> Fraction:
    """Look at every sample there is. The first `defects` items are the bad ones."""
    good = total = 0
    for drawn in combinations(range(population), sample):
        total += 1
        good += sum(item < defects for item in drawn) <= found
    return Fraction(good, total)


@pytest.mark.parametrize("sample", range(8))
def test_chances_are_those_of_counting_every_sample(sample: int) -> None:
    for defects in range(11):
        for found in range(sample + 1):
            expected = slow_chance(10, sample, found, defects)
            assert chance_of_at_most(10, sample, found, defects) == expected


@pytest.mark.parametrize("alpha", [Fraction(1, 20), Fraction(1, 100), Fraction(1, 2)])
@pytest.mark.parametrize("sample", [1, 5, 10, 19, 20])
def test_bounds_of_twenty_are_those_of_trying_every_number(sample: int, alpha: Fraction) -> None:
    """A slow chance by drawing one after the other: no formula is shared with the fast one."""

    def one_by_one(defects: int) -> list[Fraction]:
        """Chance of each number found, built up draw by draw."""
        chances = {0: Fraction(1)}
        for draw in range(sample):
            after: dict[int, Fraction] = {}
            for hits, chance in chances.items():
                bad = Fraction(defects - hits, 20 - draw)
                if bad > 0:
                    after[hits + 1] = after.get(hits + 1, Fraction(0)) + chance * bad
                if bad < 1:
                    after[hits] = after.get(hits, Fraction(0)) + chance * (1 - bad)
            chances = after
        return [chances.get(hits, Fraction(0)) for hits in range(sample + 1)]

    tables = [one_by_one(defects) for defects in range(21)]
    for found in range(sample + 1):
        allowed = [k for k in range(21) if sum(tables[k][: found + 1]) > alpha]
        possible = [k for k in allowed if found <= k <= 20 - sample + found]
        assert upper_bound(20, sample, found, alpha) == max(possible)
    for fewer_than in range(1, 21):
        shown = slow_chance(20, sample, 0, fewer_than) <= alpha if sample <= 5 else None
        if shown is not None:
            assert (sample_size(20, fewer_than, alpha) <= sample) == shown


@st.composite
def audits(draw: st.DrawFn) -> tuple[int, int, int]:
    population = draw(st.integers(1, 5_000))
    sample = draw(st.integers(0, population))
    return population, sample, draw(st.integers(0, min(sample, 20)))


@given(audit=audits(), alpha=ALPHAS)
def test_the_bound_is_the_last_number_that_is_still_possible(
    audit: tuple[int, int, int], alpha: Fraction
) -> None:
    population, sample, found = audit
    upper = upper_bound(population, sample, found, alpha)
    assert found <= upper <= population - sample + found
    assert chance_of_at_most(population, sample, found, upper) > alpha
    if upper < population - sample + found:
        assert chance_of_at_most(population, sample, found, upper + 1) <= alpha


@given(audit=audits(), alpha=ALPHAS)
def test_more_reading_helps_and_more_findings_do_not(
    audit: tuple[int, int, int], alpha: Fraction
) -> None:
    population, sample, found = audit
    upper = upper_bound(population, sample, found, alpha)
    if sample < population:
        assert upper_bound(population, sample + 1, found, alpha) <= upper
    if found < sample:
        assert upper_bound(population, sample, found + 1, alpha) >= upper
    assert upper_bound(population, sample, found, alpha / 2) >= upper


@given(population=st.integers(2, 5_000), alpha=ALPHAS, data=st.data())
def test_size_and_bound_are_two_views_of_one_number(
    population: int, alpha: Fraction, data: st.DataObject
) -> None:
    fewer_than = data.draw(st.integers(1, population))
    size = sample_size(population, fewer_than, alpha)
    assert upper_bound(population, size, 0, alpha) < fewer_than
    assert size == 0 or upper_bound(population, size - 1, 0, alpha) >= fewer_than


@settings(max_examples=50)
@given(population=st.integers(2, 400), alpha=ALPHAS, data=st.data())
def test_without_alternative_the_sequential_test_is_the_fixed_one(
    population: int, alpha: Fraction, data: st.DataObject
) -> None:
    """k1 = 0: clean draws end exactly at the fixed sample's size; one defect ends all hope."""
    k0 = data.draw(st.integers(1, population))
    plan = SequentialPlan(population=population, k0=k0, k1=0, alpha=alpha, most_draws=population)
    size = sample_size(population, k0, alpha)
    result = run_sequential(plan, [False] * population)
    assert (result.stand, result.draws) == (Stand.SHOWN, max(size, 1))
    before = data.draw(st.integers(0, max(size - 1, 0)))
    if before < size and population - 1 <= population - k0:
        spoiled = [False] * before + [True] + [False] * (population - before - 1)
        assert run_sequential(plan, spoiled).stand is Stand.NOT_SHOWN


@settings(max_examples=50)
@given(population=st.integers(2, 60), alpha=ALPHAS, data=st.data())
def test_the_ratio_is_that_of_the_two_chances(
    population: int, alpha: Fraction, data: st.DataObject
) -> None:
    """T is P(what was seen | K = k1) / P(what was seen | K = k0), draw by draw."""
    k0 = data.draw(st.integers(1, population))
    k1 = data.draw(st.integers(0, k0 - 1))
    plan = SequentialPlan(population=population, k0=k0, k1=k1, alpha=alpha, most_draws=population)
    outcomes = data.draw(st.lists(st.booleans(), max_size=population))
    chances = {k0: Fraction(1), k1: Fraction(1)}
    found, stopped = 0, None
    for draw, is_defect in enumerate(outcomes):
        for defects in chances:
            bad = Fraction(max(defects - found, 0), population - draw)
            bad = min(bad, Fraction(1))
            chances[defects] *= bad if is_defect else 1 - bad
        found += is_defect
        if chances[k0] == chances[k1] == 0:
            return  # neither could be seen: nothing to compare
        told = ratio(plan, draw + 1, found)
        if chances[k0] == 0:
            assert told is None
        else:
            assert told == chances[k1] / chances[k0]
        if stopped is None and (told is None or told >= 1 / alpha):
            stopped = draw + 1
    result = run_sequential(plan, outcomes)
    assert (result.draws if result.stand is Stand.SHOWN else None) == stopped
