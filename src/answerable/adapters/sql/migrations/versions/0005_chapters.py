"""The chapters' tables, part 4 of 4: written by scripts/freeze_migration.py from the declared tables."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from answerable.adapters.sql import base

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _revision()
    _rota_shift()
    _saved_view()
    _screening_outcome()
    _second_policy()
    _section_closure()
    _site_origin()
    _site_serves()
    _staff()
    _staff_address()
    _staff_session()
    _stored_file()
    _text_sketch()
    _watch()
    _watch_match()
    _watch_term()


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", "number", name=op.f("pk_revision")),
    )


def _rota_shift() -> None:
    op.create_table(
        "rota_shift",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("shift_id", sa.String(length=40), nullable=False),
        sa.Column("staff", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.String(length=16), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_rota_shift")),
    )
    op.create_index("ix_rota_shift_site_ends", "rota_shift", ["site", "ends"], unique=False)


def _saved_view() -> None:
    op.create_table(
        "saved_view",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("view_id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_saved_view")),
    )
    op.create_index(
        "uq_saved_view_site_owner_name", "saved_view", ["site", "owner", "name"], unique=True
    )


def _screening_outcome() -> None:
    op.create_table(
        "screening_outcome",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("strong", sa.Boolean(), nullable=False),
        sa.Column("pack", sa.String(length=200), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", name=op.f("pk_screening_outcome")),
    )


def _second_policy() -> None:
    op.create_table(
        "second_policy",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=16), nullable=False),
        sa.Column("lapse", sa.String(length=16), nullable=False),
        sa.Column("answering", base.JsonText(), nullable=False),
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_second_policy")),
    )


def _section_closure() -> None:
    op.create_table(
        "section_closure",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("section", sa.String(length=500), nullable=False),
        sa.Column("jurisdiction", sa.String(length=16), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.String(length=64), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("reopen_by", sa.String(length=80), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=True),
        sa.Column("reopen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("site", "section", "jurisdiction", name=op.f("pk_section_closure")),
    )


def _site_origin() -> None:
    op.create_table(
        "site_origin",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("api", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("site", "origin", name=op.f("pk_site_origin")),
    )


def _site_serves() -> None:
    op.create_table(
        "site_serves",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("jurisdiction", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("site", "jurisdiction", name=op.f("pk_site_serves")),
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("roles", base.JsonText(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff")),
    )
    op.create_index("uq_staff_site_login", "staff", ["site", "login"], unique=True)


def _staff_address() -> None:
    op.create_table(
        "staff_address",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=80), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", "staff", name=op.f("pk_staff_address")),
    )


def _staff_session() -> None:
    op.create_table(
        "staff_session",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=40), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_staff_session")),
    )
    op.create_index(
        "ix_staff_session_site_staff_id", "staff_session", ["site", "staff_id"], unique=False
    )


def _stored_file() -> None:
    op.create_table(
        "stored_file",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("object_name", sa.String(length=100), nullable=False),
        sa.Column("key_nonce", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "sha256", name=op.f("pk_stored_file")),
    )


def _text_sketch() -> None:
    op.create_table(
        "text_sketch",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("whole", sa.LargeBinary(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("ages", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", "revision", name=op.f("pk_text_sketch")),
    )


def _watch() -> None:
    op.create_table(
        "watch",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("kinds", base.JsonText(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=True),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.String(length=16), nullable=True),
        sa.Column("searched", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("watch_id", name=op.f("pk_watch")),
    )
    op.create_index("ix_watch_site_status_ends", "watch", ["site", "status", "ends"], unique=False)
    op.create_index("uq_watch_site_alert_id", "watch", ["site", "alert_id"], unique=True)
    op.create_index(
        "uq_watch_site_role_reference", "watch", ["site", "role", "reference"], unique=True
    )


def _watch_match() -> None:
    op.create_table(
        "watch_match",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kinds", base.JsonText(), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("watch_id", "ad_id", "revision", name=op.f("pk_watch_match")),
    )


def _watch_term() -> None:
    op.create_table(
        "watch_term",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("watch_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("watch_id", "digest", name=op.f("pk_watch_term")),
    )
    op.create_index("ix_watch_term_site_digest", "watch_term", ["site", "digest"], unique=False)
