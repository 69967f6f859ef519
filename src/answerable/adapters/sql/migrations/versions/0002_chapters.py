"""The chapters' tables, part 1 of 4: written by scripts/freeze_migration.py from the declared tables."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from answerable.adapters.sql import base

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _active_pack()
    _ad()
    _ad_standing()
    _ad_term()
    _alert()
    _alert_flood()
    _alert_lookup_count()
    _alert_source()
    _alert_source_nonce()
    _alerter()
    _ancestor()
    _ancestor_band()
    _api_token()
    _bell()
    _bell_message()
    _case_ad()


def _active_pack() -> None:
    op.create_table(
        "active_pack",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_active_pack")),
    )


def _ad() -> None:
    op.create_table(
        "ad",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("open_subject", sa.String(length=40), nullable=False),
        sa.Column("closed_subject", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=500), nullable=True),
        sa.Column("section", sa.String(length=500), nullable=False),
        sa.Column("jurisdiction", sa.String(length=16), nullable=False),
        sa.Column("last_revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("words_digest", sa.String(length=64), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", name=op.f("pk_ad")),
    )
    op.create_index("ix_ad_site_account_id", "ad", ["site", "account_id"], unique=False)
    op.create_index("ix_ad_site_received", "ad", ["site", "received"], unique=False)
    op.create_index("ix_ad_site_section", "ad", ["site", "section", "ad_id"], unique=False)
    op.create_index("uq_ad_site_closed_subject", "ad", ["site", "closed_subject"], unique=True)
    op.create_index("uq_ad_site_external_id", "ad", ["site", "external_id"], unique=True)
    op.create_index("uq_ad_site_open_subject", "ad", ["site", "open_subject"], unique=True)


def _ad_standing() -> None:
    op.create_table(
        "ad_standing",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("screened", sa.String(length=16), nullable=True),
        sa.Column("screened_revision", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("last_action", sa.String(length=16), nullable=True),
        sa.Column("unavailable", sa.Boolean(), nullable=False),
        sa.Column("back_when_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", name=op.f("pk_ad_standing")),
    )


def _ad_term() -> None:
    op.create_table(
        "ad_term",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", "revision", "digest", name=op.f("pk_ad_term")),
    )
    op.create_index("ix_ad_term_site_digest", "ad_term", ["site", "digest"], unique=False)


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("nonce_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("words_digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("due_act", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=True),
        sa.Column("case_id", sa.String(length=40), nullable=True),
        sa.Column("ad_id", sa.String(length=40), nullable=True),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("within_promise", sa.Boolean(), nullable=True),
        sa.Column("known_by", sa.String(length=80), nullable=True),
        sa.Column("contact_digest", sa.String(length=40), nullable=True),
        sa.Column("about_key", sa.String(length=40), nullable=True),
        sa.Column("names_fact", sa.Boolean(), nullable=False),
        sa.Column("put_off", sa.String(length=16), nullable=True),
        sa.Column("because", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
    )
    op.create_index(
        "ix_alert_site_about_key", "alert", ["site", "about_key", "received"], unique=False
    )
    op.create_index("ix_alert_site_case_id", "alert", ["site", "case_id"], unique=False)
    op.create_index(
        "ix_alert_site_contact_digest", "alert", ["site", "contact_digest"], unique=False
    )
    op.create_index("ix_alert_site_known_by", "alert", ["site", "known_by"], unique=False)
    op.create_index("ix_alert_site_put_off", "alert", ["site", "put_off", "answered"], unique=False)
    op.create_index(
        "ix_alert_site_received", "alert", ["site", "received", "known_by"], unique=False
    )
    op.create_index("uq_alert_site_nonce_digest", "alert", ["site", "nonce_digest"], unique=True)
    op.create_index("uq_alert_site_words_digest", "alert", ["site", "words_digest"], unique=True)


def _alert_flood() -> None:
    op.create_table(
        "alert_flood",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("flood_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("scope_key", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("rate_limit", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("how", sa.String(length=16), nullable=True),
        sa.Column("put_off", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("flood_id", name=op.f("pk_alert_flood")),
    )
    op.create_index("ix_alert_flood_site_started", "alert_flood", ["site", "started"], unique=False)
    op.create_index(
        "uq_alert_flood_open",
        "alert_flood",
        ["site", "scope_key"],
        unique=True,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )


def _alert_lookup_count() -> None:
    op.create_table(
        "alert_lookup_count",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("bucket", sa.String(length=40), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", "bucket", name=op.f("pk_alert_lookup_count")),
    )
    op.create_index(
        "ix_alert_lookup_count_site_window", "alert_lookup_count", ["site", "window"], unique=False
    )


def _alert_source() -> None:
    op.create_table(
        "alert_source",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("token_id", sa.String(length=40), nullable=True),
        sa.Column("registered", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_alert_source")),
    )
    op.create_index(
        "ix_alert_source_site_token_id", "alert_source", ["site", "token_id"], unique=False
    )


def _alert_source_nonce() -> None:
    op.create_table(
        "alert_source_nonce",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=40), nullable=False),
        sa.Column("nonce", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "source_id", "nonce", name=op.f("pk_alert_source_nonce")),
    )
    op.create_index("ix_alert_source_nonce_until", "alert_source_nonce", ["until"], unique=False)


def _alerter() -> None:
    op.create_table(
        "alerter",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("alerter_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("identity", sa.String(length=80), nullable=False),
        sa.Column("warned", sa.BigInteger(), nullable=False),
        sa.Column("limit_id", sa.String(length=40), nullable=True),
        sa.Column("limited", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("lifted", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("alerter_id", name=op.f("pk_alerter")),
    )
    op.create_index("uq_alerter_site_identity", "alerter", ["site", "identity"], unique=True)


def _ancestor() -> None:
    op.create_table(
        "ancestor",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(length=16), nullable=True),
        sa.Column("from_section", sa.String(length=500), nullable=True),
        sa.Column("rules", base.JsonText(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", name=op.f("pk_ancestor")),
    )
    op.create_index("ix_ancestor_site_since", "ancestor", ["site", "since"], unique=False)


def _ancestor_band() -> None:
    op.create_table(
        "ancestor_band",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("band", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ad_id", "number", name=op.f("pk_ancestor_band")),
    )
    op.create_index(
        "ix_ancestor_band_site_band", "ancestor_band", ["site", "band", "ad_id"], unique=False
    )


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", base.JsonText(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_token")),
    )
    op.create_index("uq_api_token_digest", "api_token", ["digest"], unique=True)


def _bell() -> None:
    op.create_table(
        "bell",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("clock_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("rung", base.JsonText(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("clock_id", name=op.f("pk_bell")),
    )
    op.create_index("ix_bell_site_case_id", "bell", ["site", "case_id"], unique=False)
    op.create_index("ix_bell_site_next_at", "bell", ["site", "next_at"], unique=False)


def _bell_message() -> None:
    op.create_table(
        "bell_message",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("bell", sa.String(length=40), nullable=False),
        sa.Column("clock_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("site", "bell", "clock_id", name=op.f("pk_bell_message")),
    )
    op.create_index(
        "ix_bell_message_site_clock_id", "bell_message", ["site", "clock_id"], unique=False
    )


def _case_ad() -> None:
    op.create_table(
        "case_ad",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("undecided", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("site", "case_id", "ad_id", name=op.f("pk_case_ad")),
    )
    op.create_index("ix_case_ad_site_ad_id", "case_ad", ["site", "ad_id"], unique=False)
