"""The chapters' tables, part 2 of 4: written by scripts/freeze_migration.py from the declared tables."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from answerable.adapters.sql import base

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _case_aside()
    _case_presence()
    _case_watch()
    _clock()
    _complaint()
    _consent()
    _contact()
    _directive()
    _directive_cursor()
    _disposal()
    _disposal_item()
    _evidence_read()
    _file_ref()
    _hide_exception()
    _hold()
    _legal_process()


def _case_aside() -> None:
    op.create_table(
        "case_aside",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("site", "case_id", "actor", name=op.f("pk_case_aside")),
    )


def _case_presence() -> None:
    op.create_table(
        "case_presence",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "case_id", "actor", name=op.f("pk_case_presence")),
    )
    op.create_index("ix_case_presence_site_until", "case_presence", ["site", "until"], unique=False)


def _case_watch() -> None:
    op.create_table(
        "case_watch",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("watch_id", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kinds", base.JsonText(), nullable=False),
        sa.Column("strong", sa.Boolean(), nullable=False),
        sa.Column("gathers", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "case_id", "watch_id", "ad_id", "revision", name=op.f("pk_case_watch")
        ),
    )
    op.create_index("ix_case_watch_site_watch_id", "case_watch", ["site", "watch_id"], unique=False)


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
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("clock_id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_site_ad_id", "clock", ["site", "ad_id"], unique=False)
    op.create_index("ix_clock_site_case_id", "clock", ["site", "case_id"], unique=False)
    op.create_index(
        "ix_clock_site_stopped_ends", "clock", ["site", "stopped", "ends"], unique=False
    )


def _complaint() -> None:
    op.create_table(
        "complaint",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("complaint_id", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=True),
        sa.Column("alert_id", sa.String(length=40), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("deciders", base.JsonText(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.String(length=40), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint")),
    )
    op.create_index("ix_complaint_site_ad_id", "complaint", ["site", "ad_id"], unique=False)
    op.create_index("ix_complaint_site_alert_id", "complaint", ["site", "alert_id"], unique=False)
    op.create_index("ix_complaint_site_case_id", "complaint", ["site", "case_id"], unique=False)


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("given_by", sa.String(length=80), nullable=False),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "what", name=op.f("pk_consent")),
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
        sa.Column("credit", sa.BigInteger(), nullable=True),
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


def _disposal() -> None:
    op.create_table(
        "disposal",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("disposal_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed", sa.BigInteger(), nullable=False),
        sa.Column("cutoffs", base.JsonText(), nullable=False),
        sa.Column("counts", base.JsonText(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("first", sa.String(length=80), nullable=True),
        sa.Column("first_at", sa.BigInteger(), nullable=True),
        sa.Column("second", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("disposal_id", name=op.f("pk_disposal")),
    )
    op.create_index(
        "ix_disposal_site_state", "disposal", ["site", "state", "proposed"], unique=False
    )


def _disposal_item() -> None:
    op.create_table(
        "disposal_item",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("disposal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_class", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fate", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("site", "disposal_id", "number", name=op.f("pk_disposal_item")),
    )
    op.create_index(
        "ix_disposal_item_fate",
        "disposal_item",
        ["site", "disposal_id", "fate", "number"],
        unique=False,
    )


def _evidence_read() -> None:
    op.create_table(
        "evidence_read",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("file", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_evidence_read")),
    )
    op.create_index("ix_evidence_read_site_at", "evidence_read", ["site", "at"], unique=False)


def _file_ref() -> None:
    op.create_table(
        "file_ref",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("site", "sha256", "ad_id", name=op.f("pk_file_ref")),
    )
    op.create_index("ix_file_ref_site_ad_id", "file_ref", ["site", "ad_id"], unique=False)


def _hide_exception() -> None:
    op.create_table(
        "hide_exception",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("exception_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("ads", base.JsonText(), nullable=False),
        sa.Column("request", base.JsonText(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("renews", sa.String(length=40), nullable=True),
        sa.Column("granted", sa.BigInteger(), nullable=True),
        sa.Column("granted_by", sa.String(length=80), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("exception_id", name=op.f("pk_hide_exception")),
    )
    op.create_index(
        "ix_hide_exception_site_ended", "hide_exception", ["site", "ended", "ends"], unique=False
    )


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
        sa.Column("process_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_site_ad_id", "hold", ["site", "ad_id"], unique=False)
    op.create_index("ix_hold_site_ends", "hold", ["site", "ends"], unique=False)
    op.create_index("ix_hold_site_process_id", "hold", ["site", "process_id"], unique=False)


def _legal_process() -> None:
    op.create_table(
        "legal_process",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("jurisdiction", sa.String(length=16), nullable=False),
        sa.Column("served", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("renewals", sa.Integer(), nullable=False),
        sa.Column("future", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("lifts", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("process_id", name=op.f("pk_legal_process")),
    )
    op.create_index(
        "ix_legal_process_site_closed",
        "legal_process",
        ["site", "closed", "received"],
        unique=False,
    )
    op.create_index(
        "ix_legal_process_site_future", "legal_process", ["site", "future", "closed"], unique=False
    )
