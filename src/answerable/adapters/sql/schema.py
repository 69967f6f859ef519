"""Bringing a database to the present schema: migrations by Alembic, guards by trigger.

`event` and `leaf` are append-only: the database itself refuses UPDATE and DELETE on them, on
SQLite and PostgreSQL, whoever asks.
"""

import importlib
import pkgutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, func, select

from answerable.adapters import sql
from answerable.adapters.sql import core, guards
from answerable.adapters.sql.base import metadata
from answerable.adapters.sql.runner import FAULTS, translate

MIGRATING = 0x616E7377  # the advisory lock of whoever migrates: "answ"
MIGRATIONS = Path(__file__).parent / "migrations"


def every_table() -> MetaData:
    """The declared schema, with every chapter's tables loaded."""
    for module in pkgutil.iter_modules(sql.__path__):
        if module.name not in {"migrations"}:
            importlib.import_module(f"{sql.__name__}.{module.name}")
    return metadata


def migrate(engine: Engine) -> None:
    """Bring the database to the newest migration. Safe to repeat, and for several at once.

    Raises Outage where the database is not there.
    """
    config = _config()
    try:
        with engine.begin() as conn:
            if conn.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE has let in one
                conn.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
            config.attributes["connection"] = conn
            command.upgrade(config, "head")
    except FAULTS as fault:
        raise translate(fault) from fault


def grants(role: str) -> list[str]:
    """For PostgreSQL: the statements that let the app in as `role` (see guards.grants)."""
    return guards.grants(role, every_table().tables, core.APPEND_ONLY)


def is_current(engine: Engine) -> bool:
    """Is the database at the newest migration?"""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision() == newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
