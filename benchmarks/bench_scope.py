"""How long does a paper's scope take to find and to hold among a million ads? SQLite or PostgreSQL.

    python benchmarks/bench_scope.py [--ads 1000000] [--database postgresql://…]

Rows are written as intake and screening leave them (ads, contacts), not through them. Prints the
seconds to search a scope of names, accounts and contacts, to enter the paper with its holds, to
match one arriving ad, and to list what has expired.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from answerable.access.decide import permissions_of
from answerable.access.model import Actor, Role
from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.objects.files import EvidenceFiles
from answerable.adapters.sql import core
from answerable.adapters.sql.ads import ad
from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.schema import migrate
from answerable.adapters.sql.screening import contact
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Surroundings
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.time import DAY, Millis
from answerable.preservation.disposal import Class
from answerable.preservation.process import Kind, Paper, Scope
from answerable.preservation.process_service import ReceiveProcess

SITE, IDS = Site("main"), SystemIds()
BATCH = 20_000
PER_ACCOUNT, PER_PHONE = 20, 50


def rows(count: int, now: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Ads over 170 days; twenty an account, fifty a phone."""
    ads: list[dict[str, Any]] = []
    contacts: list[dict[str, Any]] = []
    for n in range(count):
        name = f"{n:026d}"
        ads.append(
            {
                "site": SITE,
                "ad_id": name,
                "external_id": f"ad-{n}",
                "open_subject": f"o{n:025d}",
                "closed_subject": f"c{n:025d}",
                "account_id": f"account-{n // PER_ACCOUNT}",
                "section": "bikes",
                "jurisdiction": "US",
                "last_revision": 0,
                "state": "published",
                "url": None,
                "words_digest": "0" * 64,
                "received": now - (n % 170) * DAY,
            }
        )
        contacts.append(
            {
                "site": SITE,
                "ad_id": name,
                "revision": 0,
                "number": 0,
                "kind": "phone",
                "value": f"+1202555{n // PER_PHONE:08d}",
                "field": "body",
                "technique": None,
            }
        )
        if len(ads) == BATCH:
            yield ads, contacts
            ads, contacts = [], []
    if ads:
        yield ads, contacts


def timed(what: str, do: Callable[[], Any]) -> Any:
    start, used = time.perf_counter(), time.process_time()
    done = do()
    spent = time.process_time() - used
    print(f"{what}: {time.perf_counter() - start:.3f} s ({spent:.3f} s of CPU)", flush=True)
    return done


def fill(store: Store, count: int) -> None:
    now = store.now()

    def site(work: Any) -> None:
        told = {"name": "main", "subject": IDS.new(), "origin": "bench", "synthetic": True}
        work.conn.execute(insert(core.site).values(site=SITE, created=now, **told))

    store.run(site)
    for ads, contacts in rows(count, now):
        store.run(lambda work, a=ads, c=contacts: _write(work, a, c))  # type: ignore[misc]


def _write(work: Any, ads: list[dict[str, Any]], contacts: list[dict[str, Any]]) -> None:
    work.conn.execute(insert(ad), ads)
    work.conn.execute(insert(contact), contacts)


def measure(store: Store, folder: Path, count: int) -> None:
    clerk = Actor(
        id=ActorId("staff:bench"),
        site=SITE,
        name="bench",
        organisation="site",
        permissions=permissions_of(frozenset({Role.SENIOR})),
    )
    scope = Scope(
        ads=tuple(f"ad-{n}" for n in range(0, count, max(1, count // 100)))[:100],
        accounts=tuple(f"account-{n}" for n in range(20)),
        contacts=tuple(("phone", f"+1202555{n:08d}") for n in range(100, 120)),
        since=Millis(store.now() - 400 * DAY),
        future=True,
    )
    found = timed(
        "search of 100 ids, 20 accounts, 20 contacts",
        lambda: store.read(lambda work: work.processes.search(SITE, scope, 20_000)),
    )
    print(f"  {len(found)} ads in scope")
    files = EvidenceFiles.in_folder(store, folder / "objects", Vault(b"\x07" * 32), IDS)
    paper = Paper(
        kind=Kind.COURT_ORDER,
        jurisdiction="US",
        authority="Example County",
        reference="bench",
        contact="desk@example.org",
        served=store.now(),
        document=files.put(SITE, b"a drawn paper", "application/pdf").sha256,
        scope=scope,
    )
    receive = ReceiveProcess(store, IDS, frozenset({"US"}))
    timed("the paper entered, every ad held", lambda: receive(SITE, clerk, paper))
    term = (("account", "account-3"), ("contact:phone", "+120255500000110"))
    timed(
        "one arriving ad matched, 1,000 times",
        lambda: store.read(
            lambda work: [work.processes.taking_in(SITE, term, work.now()) for _ in range(1_000)]
        ),
    )
    before = Millis(store.now() - 160 * DAY)
    timed(
        "what has expired, 5,000 of them listed",
        lambda: store.read(
            lambda work: work.disposals.expired(SITE, Class.AD, before, work.now(), 5_000)
        ),
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--ads", type=int, default=1_000_000)
    asked.add_argument("--database", default="")
    told = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="answerable-bench-") as name:
        url = told.database or sqlite_url(Path(name) / "bench.sqlite3")
        engine = open_engine(url)
        migrate(engine)
        around = Surroundings(ids=IDS, vault=Vault(b"\x07" * 32), story={})
        store = Store(engine, SystemTime(), around)
        timed(f"{told.ads:,} ads written", lambda: fill(store, told.ads))
        measure(store, Path(name), told.ads)
        store.close()


if __name__ == "__main__":
    main()
