"""The first schema. Until the first release it is the declared one; a release freezes it."""

from alembic import op

from answerable.adapters.sql import core, guards, schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    conn = op.get_bind()
    schema.every_table().create_all(conn)
    for statement in guards.statements(conn.dialect.name, core.APPEND_ONLY):
        op.execute(statement)
