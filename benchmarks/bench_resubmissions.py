"""What does it cost to know an ad again? CPU a new ad, as a share of intake and screening.

    python benchmarks/bench_resubmissions.py [--ads 400] [--ancestors 2000]

One SQLite file in a temporary folder, the real story. Ads are received and screened: without
sketches (as if nobody were known again), with them and no ancestor, and with many ancestors.
Figures are per CPU second and only good as ratios.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.databases import SITE, HandTime, add_site
from tests.unit.return_maker import Made, make
from tests.unit.return_room import KEY, ReturnRoom, whole_story

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.schema import migrate
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Surroundings
from answerable.networks.model import Because
from answerable.screening.service import ScreenRevision
from answerable.screening.sketching import Sketcher


class Room(ReturnRoom):
    """With sketches or without."""

    sketches: bool = True

    def services(self) -> dict[str, Any]:
        sketcher = Sketcher(lambda: KEY) if self.sketches else None
        return super().services() | {
            "screening.ScreenRevision": ScreenRevision(self.store, self.screener, sketcher)
        }


def room(folder: Path, name: str) -> Room:
    engine = open_engine(sqlite_url(folder / f"{name}.sqlite3"))
    migrate(engine)
    time_ = HandTime()
    around = Surroundings(ids=SystemIds(), vault=Vault(b"\x07" * 32), story=whole_story())
    store = Store(engine, time_, around)
    store.run(lambda work: add_site(work, SITE))
    return Room(store, time_)


def cost(here: Room, ads: list[Made]) -> float:
    """CPU seconds an ad, received and screened."""
    before = time.process_time()
    for number, ad in enumerate(ads):
        here.posted(f"new-{number}", ad.text, section=ad.section, account=ad.account)
    here.drain()
    return (time.process_time() - before) / len(ads)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--ads", type=int, default=400)
    options.add_argument("--ancestors", type=int, default=2_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    luck = random.Random(given.seed)
    ads = [make(luck, number, marker=None) for number in range(given.ads)]
    old = [make(luck, 100_000 + number, marker=None) for number in range(given.ancestors)]
    with tempfile.TemporaryDirectory() as folder:
        here = room(Path(folder), "without")
        here.sketches = False
        cost(here, [make(luck, 1) for _ in range(20)])  # whatever is made at first use
        figures = {"without sketches": cost(room_without(Path(folder)), ads)}
        figures["with, no ancestor"] = cost(room(Path(folder), "none"), ads)
        many = room(Path(folder), "many")
        taken = [
            many.posted(f"old-{number}", ad.text, section=ad.section)
            for number, ad in enumerate(old)
        ]
        many.drain()
        for ad in taken:
            many.store.run(
                lambda w, ad=ad: w.networks.put_ancestor(  # type: ignore[misc]
                    SITE, ad, 0, Because.REMOVED, frozenset(), w.now()
                )
            )
        figures[f"with {given.ancestors} ancestors"] = cost(many, ads)
    floor = figures["without sketches"]
    for name, seconds in figures.items():
        print(f"{name:>24}  {seconds * 1000:6.2f} ms an ad  {seconds / floor:5.2f}")


def room_without(folder: Path) -> Room:
    here = room(folder, "plain")
    here.sketches = False
    return here


if __name__ == "__main__":
    main()
