"""The chapters' tables, part 3 of 4: written by scripts/freeze_migration.py from the declared tables."""
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from answerable.adapters.sql import base

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _login_attempt()
    _ownership_file()
    _placement()
    _process_document()
    _process_export()
    _process_number()
    _process_term()
    _promise()
    _report()
    _report_ad()
    _report_by_hand()
    _report_cursor()
    _report_file()
    _report_question()
    _resubmission()
    _review_case()


def _login_attempt() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "login", name=op.f("pk_login_attempt")),
    )
    op.create_index("ix_login_attempt_since", "login_attempt", ["since"], unique=False)


def _ownership_file() -> None:
    op.create_table(
        "ownership_file",
        sa.Column("id", base.AUTO_ID, autoincrement=True, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership_file")),
    )
    op.create_index(
        "ix_ownership_file_site_published", "ownership_file", ["site", "published"], unique=False
    )


def _placement() -> None:
    op.create_table(
        "placement",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("placement_id", sa.String(length=40), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=500), nullable=False),
        sa.Column("jurisdiction", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("placement_id", name=op.f("pk_placement")),
    )
    op.create_index("ix_placement_site_ad_id", "placement", ["site", "ad_id"], unique=False)


def _process_document() -> None:
    op.create_table(
        "process_document",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("site", "sha256", "process_id", name=op.f("pk_process_document")),
    )


def _process_export() -> None:
    op.create_table(
        "process_export",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("export_id", sa.String(length=40), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data_groups", base.JsonText(), nullable=False),
        sa.Column("approvers", base.JsonText(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=True),
        sa.Column("tree_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("files", base.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_process_export")),
    )
    op.create_index(
        "uq_process_export_number", "process_export", ["site", "process_id", "number"], unique=True
    )


def _process_number() -> None:
    op.create_table(
        "process_number",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", "process_id", "item", name=op.f("pk_process_number")),
    )


def _process_term() -> None:
    op.create_table(
        "process_term",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint(
            "site", "process_id", "kind", "value", name=op.f("pk_process_term")
        ),
    )
    op.create_index(
        "ix_process_term_site_kind_value", "process_term", ["site", "kind", "value"], unique=False
    )


def _promise() -> None:
    op.create_table(
        "promise",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("after_size", sa.BigInteger(), nullable=False),
        sa.Column("after_root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("site", "event_id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_leaf_hash", "promise", ["leaf_hash"], unique=False)


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("decision_event", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("damaged", sa.Integer(), nullable=False),
        sa.Column("tipline_id", sa.String(length=40), nullable=True),
        sa.Column("intended_event", sa.String(length=40), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("follows", sa.String(length=40), nullable=True),
        sa.Column("knows_up_to", sa.Integer(), server_default="-1", nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_site_decision_id", "report", ["site", "decision_id"], unique=False)
    op.create_index("ix_report_site_status", "report", ["site", "status"], unique=False)
    op.create_index("uq_report_site_follows", "report", ["site", "follows"], unique=True)


def _report_ad() -> None:
    op.create_table(
        "report_ad",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("site", "report_id", "number", name=op.f("pk_report_ad")),
    )
    op.create_index("ix_report_ad_site_ad_id", "report_ad", ["site", "ad_id"], unique=False)


def _report_by_hand() -> None:
    op.create_table(
        "report_by_hand",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=40), nullable=False),
        sa.Column("tipline_id", sa.String(length=40), nullable=False),
        sa.Column("filed", sa.BigInteger(), nullable=False),
        sa.Column("reconciled", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_by_hand")),
    )
    op.create_index(
        "uq_report_by_hand_site_tipline_id", "report_by_hand", ["site", "tipline_id"], unique=True
    )


def _report_cursor() -> None:
    op.create_table(
        "report_cursor",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_report_cursor")),
    )


def _report_file() -> None:
    op.create_table(
        "report_file",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("report_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=False),
        sa.Column("noted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "site", "report_id", "attempt", "number", name=op.f("pk_report_file")
        ),
    )


def _report_question() -> None:
    op.create_table(
        "report_question",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("question_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.String(length=40), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_report_question")),
    )
    op.create_index(
        "uq_report_question_site_number", "report_question", ["site", "number"], unique=True
    )
    op.create_index(
        "uq_report_question_site_report_id", "report_question", ["site", "report_id"], unique=True
    )


def _resubmission() -> None:
    op.create_table(
        "resubmission",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("ad_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("ancestor_id", sa.String(length=40), nullable=False),
        sa.Column("ancestor_revision", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(length=16), nullable=True),
        sa.Column("from_section", sa.String(length=500), nullable=True),
        sa.Column("to_section", sa.String(length=500), nullable=False),
        sa.Column("reasons", base.JsonText(), nullable=False),
        sa.Column("changes", base.JsonText(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("cleared", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("ad_id", "revision", "ancestor_id", name=op.f("pk_resubmission")),
    )
    op.create_index(
        "ix_resubmission_site_ancestor_id", "resubmission", ["site", "ancestor_id"], unique=False
    )
    op.create_index(
        "ix_resubmission_site_from_section",
        "resubmission",
        ["site", "from_section", "at"],
        unique=False,
    )


def _review_case() -> None:
    op.create_table(
        "review_case",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("by_alert", sa.Boolean(), nullable=False),
        sa.Column("strong", sa.Boolean(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claim_until", sa.BigInteger(), nullable=True),
        sa.Column("assigned_to", sa.String(length=80), nullable=True),
        sa.Column("assigned_by", sa.String(length=80), nullable=True),
        sa.Column("assigned_at", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by", sa.String(length=80), nullable=True),
        sa.Column("proposed_org", sa.Text(), nullable=True),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("lapsed", sa.BigInteger(), nullable=True),
        sa.Column("merged_into", sa.String(length=40), nullable=True),
        sa.Column("contents", base.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_review_case")),
    )
    op.create_index(
        "ix_review_case_queue", "review_case", ["site", "status", "urgency", "due"], unique=False
    )
