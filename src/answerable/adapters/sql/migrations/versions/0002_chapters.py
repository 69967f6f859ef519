"""The chapters' tables, first half: written by scripts/freeze_migration.py from the declared tables."""
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
    _alert()
    _alert_lookup_count()
    _ancestor()
    _ancestor_band()
    _api_token()
    _approval()
    _case_ad()
    _clock()
    _contact()
    _directive()
    _directive_cursor()
    _file_ref()
    _hold()


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
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_site_case_id", "alert", ["site", "case_id"], unique=False)
    op.create_index("uq_alert_site_nonce_digest", "alert", ["site", "nonce_digest"], unique=True)
    op.create_index("uq_alert_site_words_digest", "alert", ["site", "words_digest"], unique=True)


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


def _approval() -> None:
    op.create_table(
        "approval",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "what", name=op.f("pk_approval")),
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


def _clock() -> None:
    op.create_table(
        "clock",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("clock_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("stopped", sa.BigInteger(), nullable=True),
        sa.Column("how", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("clock_id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_site_ad_id", "clock", ["site", "ad_id"], unique=False)
    op.create_index("ix_clock_site_case_id", "clock", ["site", "case_id"], unique=False)
    op.create_index(
        "ix_clock_site_stopped_ends", "clock", ["site", "stopped", "ends"], unique=False
    )


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("technique", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("ad_id", "revision", "number", name=op.f("pk_contact")),
    )
    op.create_index(
        "ix_contact_site_kind_value", "contact", ["site", "kind", "value"], unique=False
    )


def _directive() -> None:
    op.create_table(
        "directive",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("directive_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("closed_subject", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged", sa.BigInteger(), nullable=True),
        sa.Column("site_time", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.String(length=16), nullable=True),
        sa.Column("probed", sa.BigInteger(), nullable=True),
        sa.Column("observed", sa.BigInteger(), nullable=True),
        sa.Column("overdue", sa.BigInteger(), nullable=True),
        sa.Column("replaced", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("directive_id", name=op.f("pk_directive")),
    )
    op.create_index("ix_directive_site_ad_id", "directive", ["site", "ad_id"], unique=False)
    op.create_index(
        "ix_directive_site_overdue", "directive", ["site", "overdue", "deadline"], unique=False
    )
    op.create_index(
        "ix_directive_site_replaced", "directive", ["site", "replaced", "probed"], unique=False
    )
    op.create_index("uq_directive_site_number", "directive", ["site", "number"], unique=True)


def _directive_cursor() -> None:
    op.create_table(
        "directive_cursor",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_directive_cursor")),
    )


def _file_ref() -> None:
    op.create_table(
        "file_ref",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("site", "sha256", "ad_id", name=op.f("pk_file_ref")),
    )
    op.create_index("ix_file_ref_site_ad_id", "file_ref", ["site", "ad_id"], unique=False)


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("hold_id", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=True),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("released", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_site_ad_id", "hold", ["site", "ad_id"], unique=False)
    op.create_index("ix_hold_site_ends", "hold", ["site", "ends"], unique=False)
