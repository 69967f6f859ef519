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
from sqlalchemy import Engine, MetaData

from answerable.adapters import sql
from answerable.adapters.sql.base import metadata

MIGRATIONS = Path(__file__).parent / "migrations"


def every_table() -> MetaData:
    """The declared schema, with every chapter's tables loaded."""
    for module in pkgutil.iter_modules(sql.__path__):
        if module.name not in {"migrations"}:
            importlib.import_module(f"{sql.__name__}.{module.name}")
    return metadata


def migrate(engine: Engine) -> None:
    """Bring the database to the newest migration. Safe to repeat; one at a time."""
    config = _config()
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def is_current(engine: Engine) -> bool:
    """Is the database at the newest migration?"""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision() == newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
