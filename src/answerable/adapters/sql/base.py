"""What every table shares: one MetaData, column types, upserts that both databases speak."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, String, Table, Text
from sqlalchemy import types as sqltypes
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

AUTO_ID = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
"""A column type for auto-incremented integer primary keys on both databases."""


class JsonText(sqltypes.TypeDecorator[Any]):
    """JSON as text: the same bytes on both databases, no operator of either needed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def site_column() -> Column[str]:
    """Which site. First in every table and every unique key."""
    return Column("site", String(64), nullable=False)


def id_column(name: str, *, nullable: bool = False) -> Column[Any]:
    """One of our ids (26 characters)."""
    return Column(name, String(40), nullable=nullable)


def millis_column(name: str, *, nullable: bool = False) -> Column[Any]:
    """Milliseconds UTC."""
    return Column(name, BigInteger, nullable=nullable)


def bytes_column(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, LargeBinary, nullable=nullable)


def _insert(dialect: str, table: Table) -> Any:
    if dialect == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


# Made once for each table: a wide row's statement costs as much to make as to run.
@cache
def _upsert(dialect: str, table: Table, names: tuple[str, ...], key: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    rest = {name: statement.excluded[name] for name in names if name not in key}
    if rest:
        return statement.on_conflict_do_update(index_elements=list(key), set_=rest)
    return statement.on_conflict_do_nothing(index_elements=list(key))


@cache
def _insert_once(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)


def upsert(
    conn: Connection, table: Table, values: Mapping[str, Any], *, key: Sequence[str]
) -> None:
    """Insert the row, or replace the other columns of the row that has this key."""
    conn.execute(_upsert(conn.dialect.name, table, tuple(values), tuple(key)), values)


def insert_once(conn: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert unless a unique key is taken. True if the row is new."""
    return conn.execute(_insert_once(conn.dialect.name, table), values).first() is not None


def insert_missing(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those rows whose key is not there yet."""
    if rows:
        statement = _insert(conn.dialect.name, table).on_conflict_do_nothing()
        conn.execute(statement, list(rows))
