"""Alembic's door: runs the versions on the connection it is handed (schema.migrate)."""

from alembic import context

from answerable.adapters.sql.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
