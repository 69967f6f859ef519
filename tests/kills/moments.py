"""Which moments a seed strikes at, and whom: drawn by chance, spread over every four seeds."""

from dataclasses import dataclass
from random import Random

from tests.kills.proxy import CALLS, PHASES, Moment

VICTIMS = (("app",), ("signer",), ("app", "signer"))
EVERY = frozenset(
    {f"{call}-{phase}" for call in CALLS for phase in PHASES}
    | {"intake-acknowledged", "alert-acknowledged"}
)
"""Every step at which a kill must have come, over a long run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """kill -9 of these, at this moment."""

    moment: Moment
    victims: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One seed: a kill while words come in, then two while the report is filed."""

    seed: int
    coming_in: Strike
    filing: tuple[Strike, ...]

    @property
    def strikes(self) -> tuple[Strike, ...]:
        return (self.coming_in, *self.filing)


def plan(seed: int) -> Plan:
    """Four seeds from a multiple of four on strike at all eight moments of filing.

    Two seeds from an even number on strike at each call once, and at an intake and an alert.
    """
    block, place = divmod(seed, 4)
    shared, own = Random(f"block {block}"), Random(f"seed {seed}")
    first = {call: shared.choice(PHASES) for call in CALLS}
    if len(set(first.values())) == 1:
        first["finish"] = PHASES[1 - PHASES.index(first["finish"])]
    other = {call: PHASES[1 - PHASES.index(phase)] for call, phase in first.items()}
    halves = [shared.sample(CALLS, len(CALLS)) for _ in (0, 1)]
    calls = sorted(halves[place // 2][2 * (place % 2) :][:2], key=CALLS.index)
    phases = (first, other)[place // 2]
    victims = shared.sample(VICTIMS * 4, 12)[3 * place :][:3]
    nths = (own.choice((1, 2)) if calls[0] in ("upload", "fileinfo") else 1, 1)
    step, most = ("intake", 9) if place % 2 == 0 else ("alert", 3)
    return Plan(
        seed=seed,
        coming_in=Strike(
            moment=Moment(step, "acknowledged", own.randint(1, most)), victims=victims[0]
        ),
        filing=tuple(
            Strike(moment=Moment(call, phases[call], nth), victims=victims[1 + number])
            for number, (call, nth) in enumerate(zip(calls, nths, strict=True))
        ),
    )
