"""The migrations give exactly the declared schema, on both databases, and may be run again."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from answerable.adapters.sql import core, schema
from answerable.adapters.sql.engine import open_engine


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url)


def test_migrated_is_declared(engine: Engine) -> None:
    with engine.connect() as conn:
        found = compare_metadata(
            MigrationContext.configure(conn, opts={"compare_type": False}), schema.every_table()
        )
    assert found == []


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = set(inspect(engine).get_table_names())
    schema.migrate(engine)
    assert set(inspect(engine).get_table_names()) == before
    assert schema.is_current(engine)


def test_the_record_is_guarded_by_triggers(engine: Engine) -> None:
    query = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type='trigger'",
        "postgresql": "SELECT event_object_table FROM information_schema.triggers",
    }[engine.dialect.name]
    with engine.connect() as conn:
        guarded = {row[0] for row in conn.execute(text(query))}
    assert guarded == set(core.APPEND_ONLY)


def test_the_files_are_what_the_script_writes(project: Path, tmp_path: Path) -> None:
    """A table that changed needs `python scripts/freeze_migration.py` (until the first release)."""
    spec = spec_from_file_location("freeze", project / "scripts" / "freeze_migration.py")
    assert spec is not None
    assert spec.loader is not None
    freeze = module_from_spec(spec)
    spec.loader.exec_module(freeze)
    versions = schema.MIGRATIONS / "versions"
    assert {p.name for p in versions.glob("*.py")} == set(freeze.sources())
    tables = set(schema.every_table().tables)
    written = "".join(path.read_text() for path in versions.glob("*.py"))
    assert {name for name in tables if f'"{name}",' not in written} == set()
