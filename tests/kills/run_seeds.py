"""The seeds of one database, one after the other over one installation; what they must cover."""

from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from tests.kills.moments import EVERY, plan
from tests.kills.proxy import CALLS, PHASES
from tests.kills.world import Struck, killable, line_of

COUNTED = ("report", "alert", "screening.ScreenRevision")
"""What counts as a duty that a kill found open; leaves and pushes do not."""


def run_seeds(folder: Path, name: str, first: int, count: int, **settings: Any) -> None:
    """Play the seeds, examine the record after each, then see that the moments were spread."""
    struck: list[Struck] = []
    with killable(folder, **settings) as world:
        for seed in range(first, first + count):
            began = monotonic()
            planned = plan(seed)
            here = world.play(planned)
            world.examine(str(seed))
            struck += here
            print(line_of(name, planned, here, monotonic() - began), flush=True)
        world.by_hand()
        assert world.installation.stop() == 0
    covered(struck, count)


def covered(struck: list[Struck], count: int) -> None:
    """Most kills found an open duty; four seeds or more were at every step, two at every call."""
    came = Counter(one.moment for one in struck)
    found = [one for one in struck if any(name in one.open_duties for name in COUNTED)]
    print(f"{len(struck)} kills, {len(found)} with an open duty: {dict(sorted(came.items()))}")
    assert len(struck) == 3 * count
    assert 2 * len(found) > len(struck)
    if count >= 4:
        assert set(came) == EVERY
        assert {one.victims for one in struck} == {("app",), ("signer",), ("app", "signer")}
    elif count >= 2:
        assert {name.split("-")[0] for name in came} == {*CALLS, "intake", "alert"}
        assert {name.split("-")[1] for name in came} == {*PHASES, "acknowledged"}
