"""What a random sample of the unreported shows, and what it cannot. Exact: integers and fractions.

Source: facts on the statistical audit (elusion test by the hypergeometric distribution; sequential
probability ratio without replacement; consistent sampling, Rivest, arXiv 1808.10016). N items were
not reported; n of them are drawn at random and read; c of these should have been reported. K is the
number among all N that should have been, and nobody knows it.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from answerable.kernel.errors import Refusal, insist

USUAL_ALPHA = Fraction(1, 20)
SEED_BYTES = 32
POPULATION_MAX = 10**12  # no site has more; bounds the work of one answer


# A sample of fixed size


def upper_bound(population: int, sample: int, found: int, alpha: Fraction) -> int:
    """K_U: the largest K at which as few as `found` would still turn up with chance over `alpha`.

    With confidence 1 - alpha at most K_U of the `population` should have been reported; the
    `found` ones are among them.
    """
    _sensible(population, sample, found, alpha)
    # What was read and clean cannot be among them; what was found surely is.
    low, most = found, population - sample + found
    step = 1
    while low + step <= most and _chance_is_over(population, sample, found, low + step, alpha):
        low += step
        step *= 2
    high = min(low + step, most + 1)  # the first K known (or by definition) not to be allowed
    while high - low > 1:
        middle = (low + high) // 2
        if _chance_is_over(population, sample, found, middle, alpha):
            low = middle
        else:
            high = middle
    return low


def chance_of_at_most(population: int, sample: int, found: int, defects: int) -> Fraction:
    """P(at most `found` in the sample | `defects` among all), exactly."""
    fewer, all_ways = _ways(population, sample, found, defects)
    return Fraction(fewer, all_ways)


def sample_size(population: int, fewer_than: int, alpha: Fraction) -> int:
    """The least sample that, where nothing is found, shows fewer than `fewer_than` at 1 - alpha."""
    _sensible(population, 0, 0, alpha)
    insist(1 <= fewer_than <= population, "a bound is from 1 to the population")
    low, high = 0, population - fewer_than + 1  # this many cannot miss all
    while high - low > 1:
        middle = (low + high) // 2
        if _chance_is_over(population, middle, 0, fewer_than, alpha):
            low = middle
        else:
            high = middle
    return high


def recall_bound(reported: int, upper: int) -> Fraction | None:
    """The least part of all that should have been reported that was; None where there was nothing.

    `reported`: how many were reported and rightly so; `upper`: K_U among the unreported.
    """
    insist(reported >= 0 and upper >= 0, "counts are not negative")
    return Fraction(reported, reported + upper) if reported + upper else None


def _sensible(population: int, sample: int, found: int, alpha: Fraction) -> None:
    insist(isinstance(alpha, Fraction) and 0 < alpha < 1, "alpha is a fraction between 0 and 1")
    insist(0 <= sample <= population <= POPULATION_MAX, "a sample is part of its population")
    insist(0 <= found <= sample, "what is found is part of the sample")


def _chance_is_over(
    population: int, sample: int, found: int, defects: int, alpha: Fraction
) -> bool:
    """P(at most `found` | `defects`) > alpha: by a quick look where that is sure, else exactly."""
    margin = _margin(population)
    if margin < 1:
        distance = _log_chance(population, sample, found, defects) - math.log(alpha)
        if abs(distance) > margin:
            return distance > 0
    fewer, all_ways = _ways(population, sample, found, defects)
    return fewer * alpha.denominator > all_ways * alpha.numerator


def _margin(population: int) -> float:
    """How far a sum of logarithms of factorials up to `population` may be wrong, and more."""
    return 1e-6 + 1e-12 * math.lgamma(population + 2)


def _log_chance(population: int, sample: int, found: int, defects: int) -> float:
    clean = population - defects
    first, last = max(0, sample - clean), min(found, sample, defects)
    if first > last:
        return -math.inf
    terms = [
        _log_choose(defects, hits) + _log_choose(clean, sample - hits)
        for hits in range(first, last + 1)
    ]
    top = max(terms)
    ways = top + math.log(math.fsum(math.exp(term - top) for term in terms))
    return ways - _log_choose(population, sample)


def _log_choose(of: int, take: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(take + 1) - math.lgamma(of - take + 1)


def _ways(population: int, sample: int, found: int, defects: int) -> tuple[int, int]:
    """(ways to draw at most `found` defects, ways to draw at all), both over one same number.

    Sample and defects are interchangeable; the smaller one makes the smaller numbers.
    """
    drawn, marked = min(sample, defects), max(sample, defects)
    clean = population - marked
    first = max(0, drawn - clean)
    ways = math.comb(marked, first) * math.comb(clean, drawn - first)
    fewer = 0
    for hits in range(first, min(found, drawn) + 1):
        fewer += ways
        ways = ways * (marked - hits) * (drawn - hits)
        ways //= (hits + 1) * (clean - drawn + hits + 1)
    return fewer, math.comb(population, drawn)


# A sample that grows: stop early, or go on, without cheating


class Stand(StrEnum):
    """`shown`: fewer than k0 at the promised confidence. `not_shown` is no verdict of failure."""

    GOING_ON = "going_on"
    SHOWN = "shown"
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialPlan:
    """Fixed and published before the seed is known: H0 is K >= k0, the alternative K = k1."""

    population: int
    k0: int
    k1: int
    alpha: Fraction
    most_draws: int

    def __post_init__(self) -> None:
        _sensible(self.population, self.most_draws, 0, self.alpha)
        insist(0 <= self.k1 < self.k0 <= self.population, "k1 is below k0, k0 within N")


def usual_plan(
    population: int, k0: int, alpha: Fraction = USUAL_ALPHA, *, most_draws: int
) -> SequentialPlan:
    """k1 = k0 / 5. With k1 = 0 a single defect would end the test for ever."""
    return SequentialPlan(
        population=population, k0=k0, k1=k0 // 5, alpha=alpha, most_draws=most_draws
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialResult:
    """Where the test stands after `draws` draws with `found` defects."""

    stand: Stand
    draws: int
    found: int


def ratio(plan: SequentialPlan, draws: int, found: int) -> Fraction | None:
    """T after `draws` with `found` defects; None stands for infinite: H0 is impossible by now.

    T = [(k1)_d (N-k1)_(n-d)] / [(k0)_d (N-k0)_(n-d)] with falling factorials. Under H0 the chance
    that T ever reaches 1/alpha is at most alpha, whatever the habit of stopping (Ville).
    """
    insist(0 <= found <= draws <= plan.population, "what is found is part of what is drawn")
    clean = draws - found
    if clean > plan.population - plan.k0:
        return None
    if found > plan.k1:
        return Fraction(0)
    above = math.perm(plan.k1, found) * math.perm(plan.population - plan.k1, clean)
    below = math.perm(plan.k0, found) * math.perm(plan.population - plan.k0, clean)
    return Fraction(above, below)


def run_sequential(plan: SequentialPlan, defects: Iterable[bool]) -> SequentialResult:
    """Read outcomes in the committed order (True: a defect) and stop as soon as it is shown."""
    draws = found = 0
    for is_defect in defects:
        if draws == plan.most_draws:
            break
        draws, found = draws + 1, found + is_defect
        if _reached(plan, draws, found):
            return SequentialResult(stand=Stand.SHOWN, draws=draws, found=found)
    stand = Stand.NOT_SHOWN if draws == plan.most_draws else Stand.GOING_ON
    return SequentialResult(stand=stand, draws=draws, found=found)


def _reached(plan: SequentialPlan, draws: int, found: int) -> bool:
    """T >= 1/alpha. A quick look by logarithms; exact numbers wherever that could be wrong."""
    clean, others = draws - found, plan.population - plan.k0
    if clean > others:
        return True
    if found > plan.k1:
        return False
    more = plan.population - plan.k1
    terms = (
        _log_falling(plan.k1, found),
        _log_falling(more, clean),
        -_log_falling(plan.k0, found),
        -_log_falling(others, clean),
    )
    distance = sum(terms) + math.log(plan.alpha)
    if abs(distance) > _margin(plan.population):
        return distance > 0
    exact = ratio(plan, draws, found)
    return exact is None or exact * plan.alpha >= 1


def _log_falling(start: int, count: int) -> float:
    return math.lgamma(start + 1) - math.lgamma(start - count + 1)


# Who is drawn


def sample_order(commitments: Sequence[bytes], seed: bytes) -> tuple[int, ...]:
    """Places in `commitments`, in the order of drawing: by SHA-256(seed || commitment).

    Anyone with the public commitments and the seed finds the same order; the first n are the
    sample of size n, so a larger sample keeps the smaller one. Raises Refusal where two
    commitments are equal or differ in length, or the seed is not 32 bytes: any of these would let
    somebody choose.
    """
    if len(seed) != SEED_BYTES:
        raise Refusal(f"a seed is {SEED_BYTES} bytes")
    if len(set(map(len, commitments))) > 1:
        raise Refusal("commitments have one length")
    tickets = [hashlib.sha256(seed + commitment).digest() for commitment in commitments]
    order = sorted(range(len(tickets)), key=tickets.__getitem__)
    if any(tickets[one] == tickets[next_] for one, next_ in pairwise(order)):
        raise Refusal("a commitment stands twice")
    return tuple(order)


def seed_from_hand(root: bytes, words: str) -> bytes:
    """A seed from what was thrown or read out in public after the log's root was fixed.

    SHA-256 of a tag, the root's length and bytes, and the words as UTF-8.
    """
    if not words.strip():
        raise Refusal("say what the seed is made from: dice, a beacon, a newspaper of the day")
    tag = b"answerable/audit-seed/v1\n"
    return hashlib.sha256(tag + len(root).to_bytes(2, "big") + root + words.encode()).digest()


# In words


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFound:
    """The numbers of one finished audit. `reported`: how many were reported, and rightly so.

    `recognised`: the part of true cases that the readers recognise, measured with planted ones
    (its lower confidence limit); None where it was not measured.
    """

    population: int
    sample: int
    found: int
    reported: int
    alpha: Fraction = USUAL_ALPHA
    recognised: Fraction | None = None

    @property
    def upper(self) -> int:
        return upper_bound(self.population, self.sample, self.found, self.alpha)

    @property
    def all_read_and_clean(self) -> bool:
        """The one case in which absence is known and not only likely."""
        return self.sample == self.population and self.found == 0


CLAIMS = re.compile(r"\b(none|nobody|no (child|children|ads?|cases?)|never|zero|all clear)\b", re.I)
"""Words that a sample can't carry; only reading everything can, also where K_U is 0."""


def what_it_cannot_show(numbers: SampleFound) -> tuple[str, ...]:
    """Sentences for the public page: the bound, then what it can't show. From the numbers alone.

    Rates and percentages are rounded against us. A sentence that claims absence where not
    everything was read is a Breach, not a page.
    """
    upper = numbers.upper
    sentences = (*_what_was_found(numbers, upper), *_limits(numbers, upper))
    if not numbers.all_read_and_clean:
        for sentence in sentences:
            insist(not CLAIMS.search(sentence), f"the numbers do not carry: {sentence}")
    return sentences


def _what_was_found(numbers: SampleFound, upper: int) -> Iterator[str]:
    sure = _percent(1 - numbers.alpha)
    yield (
        f"{numbers.population:,} submissions were not reported. {numbers.sample:,} of them were "
        f"drawn at random and read; {numbers.found:,} of these should have been reported."
    )
    if numbers.all_read_and_clean:
        yield "Every one was read: none of them should have been reported."
        return
    # The rate is rounded down: more often, not less.
    rate = f", that is up to 1 in {max(1, numbers.population // upper):,}" if upper else ""
    yield (
        f"With {sure} confidence at most {upper:,} of the {numbers.population:,} should have been "
        f"reported{rate}."
    )
    recall = recall_bound(numbers.reported, upper)
    if recall is not None:
        least = math.floor(recall * 100)  # rounded down: less, not more
        yield (
            f"{numbers.reported:,} were reported. So at least {least} % of all that should have "
            f"been reported was, and as little as {least} % is possible."
        )


def _limits(numbers: SampleFound, upper: int) -> Iterator[str]:
    if upper > numbers.found:
        yield (
            f"This can't show that the number is smaller than {upper:,}: a sample of "
            f"{numbers.sample:,} may miss {upper - numbers.found:,} more."
        )
    if numbers.sample < numbers.population:
        yield (
            f"In {_percent(numbers.alpha)} of such audits the true number is higher than the "
            "bound, by the luck of the draw."
        )
    if numbers.recognised is None:
        yield (
            "It takes for granted that the readers recognise every case they read; how well they "
            "do was not measured."
        )
    elif numbers.recognised < 1:
        about = math.ceil(upper / numbers.recognised) if numbers.recognised > 0 else None
        higher = f"about {about:,}" if about is not None else "without limit"
        yield (
            f"It takes for granted that the readers recognise every case they read. In tests with "
            f"planted cases they recognised {_percent(numbers.recognised, down=True)}; a bound "
            f"that allows for this is {higher}."
        )
    yield (
        "It says nothing about submissions that are not in the log, about cases that a reader "
        "can't see in what was submitted, or about any single ad."
    )


def _percent(part: Fraction, *, down: bool = False) -> str:
    """Per cent, exact where three places are enough; otherwise rounded down, or marked `about`."""
    thousandths = part * 100_000
    whole = math.floor(thousandths)
    text = f"{whole // 1000}.{whole % 1000:03d}".rstrip("0").rstrip(".")
    return f"{text} %" if whole == thousandths or down else f"about {text} %"
