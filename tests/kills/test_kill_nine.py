"""kill -9 of app, signer and both, on SQLite: nothing acknowledged is lost, one finished report.

test_kill_nine_postgresql.py is the same on PostgreSQL; two files, so that a long run goes on with
the one that is left.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.kills.moments import EVERY, plan
from tests.kills.run_seeds import run_seeds


@pytest.mark.slow
def test_kills_on_sqlite(tmp_path: Path, seed: int, how_many: Callable[[int, int], int]) -> None:
    """Three kills a seed: one at an acknowledged intake or alert, two while the report is filed.

    Quick (2 seeds): every call, an intake and an alert were struck at, before and after among
    them. Long (28 seeds): every step before and after its effect, and app, signer and both. In
    either, each planned moment came, and most kills found an open duty.
    """
    run_seeds(tmp_path, "SQLite", 4_000 * (seed - 1), how_many(2, 28))


def test_every_four_seeds_strike_at_every_moment() -> None:
    for block in range(200):
        plans = [plan(4 * block + place) for place in range(4)]
        assert {s.moment.name for p in plans for s in p.strikes} == EVERY
        assert {s.victims for p in plans for s in p.strikes} == {
            ("app",),
            ("signer",),
            ("app", "signer"),
        }
        for half in (plans[:2], plans[2:]):
            filing = [s.moment for p in half for s in p.filing]
            assert len({moment.step for moment in filing}) == 4
            assert len({moment.phase for moment in filing}) == 2
