"""How fast is a watch? The search of a large archive, and what live matching costs intake.

    python benchmarks/watch.py [--ads 1000000] [--watches 1000] [--seed 1]

The archive is made by bulk insert (seeded): rows of ads, of the contact index and of the watches'
own. Search: a watch of 20 terms of every kind, wall seconds, cold and warm, and beside it one
reading of the whole contact index, which is what a search without an index would do at least.
Intake: CPU seconds for ads received and screened, as ratios to the same without watches wired.
"""

import argparse
import json
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house

from answerable.adapters.sql.engine import sqlite_url
from answerable.adapters.sql.screening import contact
from answerable.adapters.sql.work import Heard
from answerable.apps.wiring import SCREENING_LANE, WATCH_LANE, House
from answerable.watches.model import TermKind

CITIES, NAMES = 2_000, 300_000
COUNT = 150
SOUGHT = 5  # ads of the archive in which each strong term of the watch stands


def phone(number: int) -> str:
    """Fictitious, and enough of them: exchange 555, ten area codes' worth of line numbers."""
    return f"+1{200 + number // 10_000:03d}555{number % 10_000:04d}"


def fill(house: House, street: Street, luck: random.Random, count: int) -> None:
    """Rows as intake and screening would have left them, without the events behind them."""
    raw = sqlite3.connect(house.home.database)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA cache_size=-400000")
    site, now, blind = street.site, street.time.now(), house.watch_index.blind
    cities = [blind(site, TermKind.PLACE, f"city {n}") for n in range(CITIES)]

    def ads() -> Iterator[tuple[Any, ...]]:
        for n in range(count):
            yield (
                site, f"ad{n:08d}", f"ext-{n}", f"o{n:08d}", f"c{n:08d}", None, "bikes", "US", 0,
                "published", None, "x", now,
            )  # fmt: skip

    def contacts() -> Iterator[tuple[Any, ...]]:
        for n in range(count):
            one = phone(n // SOUGHT) if n < 50 * SOUGHT else phone(50 + luck.randrange(5_000_000))
            yield site, f"ad{n:08d}", 0, 0, "phone", one, "body", "plain"
            if luck.random() < 0.5:
                name = f"instagram:rider{luck.randrange(500_000)}"
                yield site, f"ad{n:08d}", 0, 1, "handle", name, "body", "plain"

    def terms() -> Iterator[tuple[Any, ...]]:
        for n in range(count):
            ad = f"ad{n:08d}"
            yield site, ad, 0, luck.choice(cities), "place"
            name = f"name {luck.randrange(NAMES)}"
            yield site, ad, 0, blind(site, TermKind.NAME, name), "name"

    for table, rows, width in (
        ("ad", ads(), 13),
        ("contact", contacts(), 8),
        ("ad_term", terms(), 5),
    ):
        marks = ",".join("?" * width)
        columns = ",".join(row[1] for row in raw.execute(f"PRAGMA table_info({table})"))
        raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        raw.commit()
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()


def sought() -> list[tuple[str, str]]:
    """Twenty terms: every kind, some of which stand in the archive."""
    terms = [("phone", phone(n)) for n in range(8)]
    terms += [("handle", f"rider{n}") for n in range(4)]
    terms += [("email", f"rider{n}@example.com") for n in range(2)]
    terms += [("image", f"{n:064x}") for n in range(2)]
    terms += [("name", "Name 7"), ("name", "Name 8")]
    return [*terms, ("place", "City 3, IL"), ("place", "City 4")]


def seconds(work: Any) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def search(house: House, street: Street) -> dict[str, float | int]:
    def whole_index() -> None:
        query = select(func.count()).where(contact.c.value.like("%0000000"))
        house.store.read(lambda w: w.conn.execute(query).scalar_one())

    reading = seconds(whole_index)
    first = street.ask(*sought())
    cold = seconds(lambda: house.outbox(WATCH_LANE, "bench").drain())
    street.ask(*sought())
    warm = seconds(lambda: house.outbox(WATCH_LANE, "bench").drain())
    found = sum(1 for name, _, _ in street.matches() if name == first.id)
    return {"cold": cold, "warm": warm, "found": found, "reading the index once": reading}


class Timed:
    """A service of the story, and the CPU seconds that it took: it works in the writer's thread."""

    def __init__(self, service: Any) -> None:
        self._service, self.seconds = service, 0.0

    def __call__(self, work: Any, recorded: Any) -> None:
        before = time.thread_time()
        self._service(work, recorded)
        self.seconds += time.thread_time() - before


def intake(street: Street, mark: str, count: int) -> float:
    """CPU seconds for so many ads, received and screened, the database's share included."""
    before = time.process_time()
    for n in range(count):
        street.ad(
            f"{mark}-{n}",
            f"Blue bike, good brakes. Call 202-555-01{n % 100:02d} or insta: other{n}",
            place={"city": f"City {n % CITIES}", "region": "IL"},
            account={"names": [f"Other {n}"], "phones": [{"number": "202-555-0199"}]},
        )
    street.house.outbox(SCREENING_LANE, "bench").drain()
    return time.process_time() - before


def live(house: House, street: Street, watches: int) -> dict[str, float]:
    """What matching adds to intake, as a ratio, with few watches and with many."""
    story: dict[str, Heard] = house.store._around.story  # type: ignore[assignment]
    timed = {
        house.with_[name]: Timed(house.with_[name])
        for name in ("watches.IndexAd", "watches.MatchAd")
    }
    for kind, heard in list(story.items()):
        story[kind] = Heard(
            with_=tuple(timed.get(one, one) for one in heard.with_), then=heard.then
        )

    def ratio(mark: str) -> float:
        for one in timed.values():
            one.seconds = 0.0
        whole = intake(street, mark, COUNT)
        ours = sum(one.seconds for one in timed.values())
        return whole / (whole - ours)

    ratio("warm-up")
    few = ratio("few")
    for n in range(watches):
        street.ask(("phone", phone(6_000_000 + n)), ("name", f"Nobody {n}"), ("place", "City 1"))
    return {"2 watches": few, f"{watches + 2} watches": ratio("many")}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--ads", type=int, default=1_000_000)
    options.add_argument("--watches", type=int, default=1_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="answerable-watch-") as folder:
        place = Path(folder)
        (place / "home").mkdir(mode=0o700)
        house = new_house(place, sqlite_url(place / "home" / "db.sqlite3"), HandTime())
        try:
            street = Street(house, house.store._time)  # type: ignore[arg-type]
            took = seconds(lambda: fill(house, street, random.Random(given.seed), given.ads))
            print(f"{given.ads:,} ads made in {took:.0f} s")
            figures = search(house, street)
            print(f"  a watch of {len(sought())} terms, {figures['found']} ads found and proposed:")
            for name in ("cold", "warm", "reading the index once"):
                print(f"    {name:24} {figures[name]:8.2f} s")
            costs = live(house, street, given.watches)
            print("  intake and screening of an ad, CPU, as a ratio to the same without matching:")
            for name, cost in costs.items():
                print(f"    {name:24} {cost:8.2f} x")
            print(json.dumps({**figures, **costs}))
        finally:
            house.close()


if __name__ == "__main__":
    main()
