"""The record itself, append-only: written by scripts/freeze_migration.py from the declared tables."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from answerable.adapters.sql import base, guards

revision = "0001"
down_revision = None


def upgrade() -> None:
    _body()
    _chain()
    _dek()
    _event()
    _handled()
    _head()
    _idempotency()
    _leaf()
    _lease()
    _outbox()
    _site()
    _unsequenced()
    _guard()


def _body() -> None:
    op.create_table(
        "body",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "name", name=op.f("pk_body")),
    )


def _chain() -> None:
    op.create_table(
        "chain",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("next_sseq", sa.Integer(), nullable=False),
        sa.Column("last_leaf_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site", "subject", name=op.f("pk_chain")),
    )


def _dek() -> None:
    op.create_table(
        "dek",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "name", name=op.f("pk_dek")),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("sseq", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.Column("ek", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event")),
    )
    op.create_index(
        "ix_event_erasures",
        "event",
        ["type"],
        unique=False,
        sqlite_where=sa.text("type IN ('disposal.performed', 'erasure.performed')"),
        postgresql_where=sa.text("type IN ('disposal.performed', 'erasure.performed')"),
    )
    op.create_index("ix_event_leaf_hash", "event", ["leaf_hash"], unique=True)
    op.create_index("uq_event_site_subject_sseq", "event", ["site", "subject", "sseq"], unique=True)


def _handled() -> None:
    op.create_table(
        "handled",
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "service", name=op.f("pk_handled")),
    )


def _head() -> None:
    op.create_table(
        "head",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "size", name=op.f("pk_head")),
    )


def _idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("answer", base.JsonText(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "route", "key", name=op.f("pk_idempotency")),
    )


def _leaf() -> None:
    op.create_table(
        "leaf",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("site", "idx", name=op.f("pk_leaf")),
    )
    op.create_index("uq_leaf_site_event", "leaf", ["site", "event_id"], unique=True)


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "name", name=op.f("pk_lease")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", base.AUTO_ID, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=True),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_due", "outbox", ["service", "parked", "rank", "not_before", "id"], unique=False
    )


def _site() -> None:
    op.create_table(
        "site",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site")),
    )


def _unsequenced() -> None:
    op.create_table(
        "unsequenced",
        sa.Column("id", base.AUTO_ID, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsequenced")),
    )
    op.create_index("ix_unsequenced_site", "unsequenced", ["site", "id"], unique=False)


def _guard() -> None:
    dialect = op.get_bind().dialect.name
    for statement in guards.statements(dialect, ("event", "leaf")):
        op.execute(statement)
