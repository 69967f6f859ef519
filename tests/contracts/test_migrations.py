"""The migrations give exactly the declared schema, on both databases, and may be run again."""

import threading
import uuid
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from subprocess import run
from sys import executable
from urllib.parse import quote

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from tests.databases import SITE, add_site

from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.sql import core, lease, schema
from answerable.adapters.sql.engine import open_engine
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import SqlWork, Surroundings
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.kernel.errors import Refusal

only_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url)


def test_migrated_is_declared(engine: Engine) -> None:
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        found = compare_metadata(context, schema.every_table())
    assert found == []


def test_the_comparison_itself(engine: Engine) -> None:
    """It sees a table, a column, a type and an index that are not as declared."""
    with engine.begin() as conn:
        for statement in (
            "DROP INDEX ix_outbox_due",
            "ALTER TABLE lease ADD COLUMN extra INTEGER",
            "DROP TABLE hold",
        ):
            conn.execute(text(statement))
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        found = compare_metadata(context, schema.every_table())
    kinds = {each[0] for each in found}
    assert kinds == {"add_index", "remove_column", "add_table"}


def test_every_column_is_as_wide_as_declared(engine: Engine) -> None:
    """What `compare_type` overlooks: nullability and length, column by column."""
    there = inspect(engine)
    for table in schema.every_table().tables.values():
        columns = {each["name"]: each for each in there.get_columns(table.name)}
        assert set(columns) == set(table.columns.keys())
        for column in table.columns:
            found = columns[column.name]
            where = f"{table.name}.{column.name}"
            assert found["nullable"] is bool(column.nullable), where
            assert getattr(found["type"], "length", None) == getattr(column.type, "length", None), (
                where
            )


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    def everything() -> object:
        there = inspect(engine)
        names = sorted(there.get_table_names())
        return [
            (
                n,
                [str(c) for c in there.get_columns(n)],
                there.get_pk_constraint(n),
                len(there.get_indexes(n)),
            )
            for n in names
        ]

    before = everything()
    schema.migrate(engine)
    assert everything() == before
    assert schema.is_current(engine)


def test_three_that_open_a_new_file_together_all_get_in(tmp_path: Path) -> None:
    """Named for SQLite's "locked", said at once to whoever asks for its log while another does."""
    faults: list[BaseException] = []
    for number in range(40):
        url, ready = f"sqlite:///{tmp_path / str(number)}.sqlite3", threading.Barrier(3)

        def enter(url: str = url, ready: threading.Barrier = ready) -> None:
            mine = open_engine(url)
            ready.wait()
            try:
                with mine.begin() as conn:
                    conn.execute(text("CREATE TABLE IF NOT EXISTS a (b)"))
            except DBAPIError as fault:
                faults.append(fault)
            finally:
                mine.dispose()

        threads = [threading.Thread(target=enter) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []


def test_several_may_migrate_at_once(engine: Engine, tmp_path: Path) -> None:
    """Named for a start of two: both found an empty database."""
    if engine.dialect.name == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        name = f"empty_{uuid.uuid4().hex[:12]}"
        admin = create_engine(engine.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as conn:
            conn.execute(text(f'CREATE DATABASE "{name}"'))
        admin.dispose()
        url = engine.url.set(database=name).render_as_string(hide_password=False)
    faults: list[BaseException] = []
    ready = threading.Barrier(3)

    def migrate() -> None:
        mine = open_engine(url)
        ready.wait()
        try:
            schema.migrate(mine)
        except BaseException as fault:
            faults.append(fault)
            raise
        finally:
            mine.dispose()

    threads = [threading.Thread(target=migrate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    done = open_engine(url)
    assert schema.is_current(done)
    done.dispose()


def test_the_record_is_guarded_by_triggers(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        query = "SELECT tbl_name, upper(sql) FROM sqlite_master WHERE type='trigger'"
    else:
        query = (
            "SELECT tgrelid::regclass::text, upper(pg_get_triggerdef(oid)) FROM pg_trigger "
            "WHERE NOT tgisinternal"
        )
    with engine.connect() as conn:
        guards = [tuple(row) for row in conn.execute(text(query))]
    assert {table for table, _ in guards} == set(core.APPEND_ONLY)
    verbs = ("UPDATE", "DELETE") + (("TRUNCATE",) if engine.dialect.name == "postgresql" else ())
    for table in core.APPEND_ONLY:
        spelled = " ".join(sql for name, sql in guards if name == table)
        assert [verb for verb in verbs if f" {verb}" not in spelled] == []


def test_the_files_are_what_the_script_writes(project: Path, tmp_path: Path) -> None:
    """A table that changed needs `python scripts/freeze_migration.py` (until the first release)."""
    spec = spec_from_file_location("freeze", project / "scripts" / "freeze_migration.py")
    assert spec is not None
    assert spec.loader is not None
    freeze = module_from_spec(spec)
    spec.loader.exec_module(freeze)
    versions = schema.MIGRATIONS / "versions"
    written = freeze.sources()
    assert {path.name for path in versions.glob("*.py")} == set(written)
    ruff = str(Path(executable).with_name("ruff"))
    for name, source in written.items():
        target = tmp_path / name
        target.write_text(source, encoding="utf-8")
        config = ("--config", str(project / "pyproject.toml"))
        run([ruff, "check", "--fix", "-q", *config, str(target)], check=False)
        run([ruff, "format", "-q", *config, str(target)], check=True)
        assert target.read_text() == (versions / name).read_text()


# What the app may do on PostgreSQL


@only_postgresql
def test_the_apps_role_can_work_and_cannot_change_the_record(engine: Engine) -> None:
    role = f"app_{uuid.uuid4().hex[:12]}"
    with engine.begin() as conn:
        conn.execute(text(f'CREATE ROLE "{role}"'))
        for statement in schema.grants(role):
            conn.execute(text(statement))
    query = f"options={quote(f'-c role={role}')}"
    url = engine.url.render_as_string(hide_password=False)
    restricted = open_engine(f"{url}{'&' if '?' in url else '?'}{query}")
    around = Surroundings(ids=SystemIds(), vault=Vault(b"\x07" * 32))
    store = Store(restricted, SystemTime(), around)
    store.run(lambda work: add_site(work, SITE))
    taken = ReceiveAd(store, SystemIds()).receive(
        SITE, Submission(external_id="ad-1", text={"body": "A bike"})
    )
    ReceiveAd(store, SystemIds()).revise(
        SITE, Submission(external_id="ad-1", text={"body": "A red bike"})
    )

    def sequence(work: SqlWork) -> None:
        assert lease.take(work.conn, SITE, "sequencer", "app", work.now(), 1_000) == 1
        work.conn.execute(
            core.leaf.insert().values(site=SITE, idx=0, entry=b"x", event_id=taken.event_id)
        )
        work.conn.execute(core.unsequenced.delete())

    store.run(sequence)
    for statement in (
        "UPDATE event SET type = 'x'",
        "DELETE FROM event",
        "TRUNCATE event",
        "UPDATE leaf SET entry = ''",
        "DELETE FROM leaf",
        "TRUNCATE leaf",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "DROP TRIGGER event_append_only ON event",
        "DROP TABLE event",
        "UPDATE alembic_version SET version_num = 'x'",
        "ALTER FUNCTION answerable_append_only() RENAME TO gone",
    ):
        refused = pytest.raises(ProgrammingError, match=r"permission denied|must be owner")
        with refused, restricted.begin() as conn:
            conn.execute(text(statement))
    store.close()
    with engine.begin() as conn:
        conn.execute(text(f'DROP OWNED BY "{role}"'))
        conn.execute(text(f'DROP ROLE "{role}"'))


@only_postgresql
def test_the_owner_too_meets_the_triggers(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(
            core.leaf.insert().values(site=SITE, idx=0, entry=b"x", event_id="e"),
        )
    for statement in ("UPDATE leaf SET entry = ''", "DELETE FROM leaf", "TRUNCATE leaf"):
        with pytest.raises(DBAPIError, match="is append-only"), engine.begin() as conn:
            conn.execute(text(statement))


@pytest.mark.parametrize("role", ["", "App", 'a"b', "a b", "1a", "x" * 64, "a; DROP TABLE event"])
def test_a_role_has_a_plain_name(role: str) -> None:
    with pytest.raises(Refusal):
        schema.grants(role)
