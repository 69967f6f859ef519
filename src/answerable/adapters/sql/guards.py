"""The triggers that make a table append-only, in each database's own words."""

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
