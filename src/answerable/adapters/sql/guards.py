"""What makes a table append-only: triggers on both databases, and on PostgreSQL the app's grants.

Triggers bind whoever writes; grants also keep the app from taking the triggers away. An operator
migrates as the owner and lets the app in as a role of its own: `grants(role)`.
"""

import re
from collections.abc import Iterable

from answerable.kernel.errors import Refusal

ROLE = re.compile(r"[a-z_][a-z0-9_]{0,62}")

SQLITE = """
CREATE TRIGGER {table}_append_only_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION answerable_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END
$$ LANGUAGE plpgsql
"""

POSTGRES = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION answerable_append_only()
"""

POSTGRES_TRUNCATE = """
CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION answerable_append_only()
"""


def statements(dialect: str, tables: tuple[str, ...]) -> list[str]:
    """The DDL that guards `tables` on this dialect."""
    if dialect == "sqlite":
        return [
            SQLITE.format(table=table, verb=verb)
            for table in tables
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        POSTGRES_FUNCTION,
        *(POSTGRES.format(table=table) for table in tables),
        *(POSTGRES_TRUNCATE.format(table=table) for table in tables),
    ]


def grants(role: str, tables: Iterable[str], append_only: Iterable[str]) -> list[str]:
    """PostgreSQL: what the app's role may do, and no more. Run as the owner, after migrating.

    Everywhere read and write; in `append_only` tables read and insert. It owns nothing, so it can
    neither disable a trigger nor empty a table. Raises Refusal for a name that is no plain one.
    """
    if not ROLE.fullmatch(role):
        raise Refusal("a role's name has small letters, digits and underscores", role=role)
    kept = set(append_only)
    return [
        f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"',
        f'GRANT USAGE ON SCHEMA public TO "{role}"',
        f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'GRANT SELECT ON alembic_version TO "{role}"',
        *(
            f"GRANT SELECT, INSERT{'' if table in kept else ', UPDATE, DELETE'} "
            f'ON "{table}" TO "{role}"'
            for table in sorted(tables)
        ),
    ]
