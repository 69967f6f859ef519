"""The one engine factory. SQLite: WAL, synchronous FULL, BEGIN IMMEDIATE; PostgreSQL: psycopg 3.

SQLAlchemy's default SQLite transactions begin too late and lose read-modify-writes between
processes; so the driver's own transaction control is off and we say BEGIN IMMEDIATE ourselves.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event

BUSY_TIMEOUT_MS = 10_000
READERS = 8
"""Connections are kept: when the last one closes, SQLite folds its whole log back, slowly."""


def open_engine(url: str, *, pool_size: int = 8) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`. Raises ValueError for others."""
    if url.startswith("sqlite:"):
        return _sqlite(url)
    if url.startswith(("postgresql:", "postgresql+psycopg:")):
        _, _, rest = url.partition(":")
        return create_engine(
            f"postgresql+psycopg:{rest}",
            pool_size=pool_size,
            max_overflow=8,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
        )
    raise ValueError("the database is sqlite:///PATH or postgresql://…")


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def _sqlite(url: str) -> Engine:
    engine = create_engine(
        url,
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,
            "timeout": BUSY_TIMEOUT_MS / 1000,
        },
        pool_size=READERS,
        max_overflow=READERS,
    )

    @event.listens_for(engine, "connect")
    def _pragmas(raw: Any, _record: Any) -> None:
        cursor = raw.cursor()
        _write_ahead(cursor)
        for pragma in (
            "synchronous=FULL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",
            "wal_autocheckpoint=1000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Any) -> None:
        mode = "DEFERRED" if conn.get_execution_options().get("reads_only") else "IMMEDIATE"
        conn.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _write_ahead(cursor: Any) -> None:
    """Switch the file to WAL, or wait for whoever is doing so.

    SQLite answers "locked" here at once, whatever its busy time-out: two that open a new file
    together both ask for the switch.
    """
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return
