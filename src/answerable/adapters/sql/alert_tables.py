"""The table of alerts, the table of flood switches, and how rows are spelled. No words."""

from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from answerable.adapters.sql.base import (
    bytes_column,
    id_column,
    metadata,
    millis_column,
    site_column,
)
from answerable.alerts.flood import Ended, Flood, Ground, Scope
from answerable.alerts.model import Alert, Role
from answerable.kernel.ids import AdId, AlertId, CaseId, DecisionId, EventId, Site, SubjectId
from answerable.kernel.time import Millis

alert = Table(
    "alert",
    metadata,
    site_column(),
    Column("alert_id", String(40), primary_key=True),
    id_column("subject"),
    bytes_column("nonce_digest"),
    bytes_column("request_sha256"),
    bytes_column("words_digest"),
    Column("role", String(16), nullable=False),
    millis_column("received"),
    millis_column("due_act"),
    id_column("event_id", nullable=True),
    bytes_column("leaf_hash", nullable=True),
    id_column("case_id", nullable=True),
    id_column("ad_id", nullable=True),
    Column("hidden", Boolean, nullable=False),
    millis_column("answered", nullable=True),
    id_column("decision_id", nullable=True),
    Column("outcome", String(16), nullable=True),
    Column("within_promise", Boolean, nullable=True),
    Column("known_by", String(80), nullable=True),
    Column("contact_digest", String(40), nullable=True),
    Column("about_key", String(40), nullable=True),
    Column("names_fact", Boolean, nullable=False),
    Column("put_off", String(16), nullable=True),
    Column("because", String(80), nullable=True),
    Index("uq_alert_site_nonce_digest", "site", "nonce_digest", unique=True),
    Index("uq_alert_site_words_digest", "site", "words_digest", unique=True),
    Index("ix_alert_site_case_id", "site", "case_id"),
    Index("ix_alert_site_received", "site", "received", "known_by"),
    Index("ix_alert_site_about_key", "site", "about_key", "received"),
    Index("ix_alert_site_known_by", "site", "known_by"),
    Index("ix_alert_site_contact_digest", "site", "contact_digest"),
    Index("ix_alert_site_put_off", "site", "put_off", "answered"),
)

flood = Table(
    "alert_flood",
    metadata,
    site_column(),
    Column("flood_id", String(40), primary_key=True),
    id_column("subject"),
    Column("scope", String(16), nullable=False),
    Column("scope_key", String(40), nullable=False),
    id_column("ad_id", nullable=True),
    Column("counted", Integer, nullable=False),
    Column("rate_limit", Integer, nullable=False),
    Column("window", Integer, nullable=False),
    millis_column("started"),
    millis_column("ended", nullable=True),
    Column("how", String(16), nullable=True),
    Column("put_off", Integer, nullable=False),
    Index("ix_alert_flood_site_started", "site", "started"),
)
Index(  # one switch a key, whoever turns it on first
    "uq_alert_flood_open",
    flood.c.site,
    flood.c.scope_key,
    unique=True,
    sqlite_where=flood.c.ended.is_(None),
    postgresql_where=flood.c.ended.is_(None),
)


def alert_row(value: Alert) -> dict[str, Any]:
    """An alert as its row."""
    return {
        "site": value.site,
        "alert_id": value.id,
        "subject": value.subject,
        "nonce_digest": value.nonce_digest,
        "request_sha256": value.request_sha256,
        "words_digest": value.words_digest,
        "role": value.role.value,
        "received": value.received,
        "due_act": value.due_act,
        "event_id": value.event,
        "leaf_hash": value.leaf_hash,
        "case_id": value.case,
        "ad_id": value.ad,
        "hidden": value.hidden,
        "answered": value.answered,
        "decision_id": value.decision,
        "outcome": value.outcome,
        "within_promise": value.within_promise,
        "known_by": value.known_by,
        "contact_digest": value.contact_digest,
        "about_key": value.about_key,
        "names_fact": value.names_fact,
        "put_off": None if value.put_off is None else value.put_off.value,
        "because": value.because,
    }


def alert_of(row: Any) -> Alert:
    """A row as the alert it is."""
    return Alert(
        site=Site(row.site),
        id=AlertId(row.alert_id),
        subject=SubjectId(row.subject),
        nonce_digest=row.nonce_digest,
        request_sha256=row.request_sha256,
        words_digest=row.words_digest,
        role=Role(row.role),
        received=Millis(row.received),
        due_act=Millis(row.due_act),
        event=None if row.event_id is None else EventId(row.event_id),
        leaf_hash=row.leaf_hash,
        case=None if row.case_id is None else CaseId(row.case_id),
        ad=None if row.ad_id is None else AdId(row.ad_id),
        hidden=row.hidden,
        answered=None if row.answered is None else Millis(row.answered),
        decision=None if row.decision_id is None else DecisionId(row.decision_id),
        outcome=row.outcome,
        within_promise=row.within_promise,
        known_by=row.known_by,
        contact_digest=row.contact_digest,
        about_key=row.about_key,
        names_fact=row.names_fact,
        put_off=None if row.put_off is None else Ground(row.put_off),
        because=row.because,
    )


def flood_row(value: Flood) -> dict[str, Any]:
    """A switch as its row."""
    return {
        "site": value.site,
        "flood_id": value.id,
        "subject": value.subject,
        "scope": value.scope.value,
        "scope_key": value.key,
        "ad_id": value.ad,
        "counted": value.counted,
        "rate_limit": value.limit,
        "window": value.window,
        "started": value.started,
        "ended": value.ended,
        "how": None if value.how is None else value.how.value,
        "put_off": value.put_off,
    }


def flood_of(row: Any) -> Flood:
    """A row as the switch it is."""
    return Flood(
        site=Site(row.site),
        id=row.flood_id,
        subject=SubjectId(row.subject),
        scope=Scope(row.scope),
        key=row.scope_key,
        ad=None if row.ad_id is None else AdId(row.ad_id),
        counted=row.counted,
        limit=row.rate_limit,
        window=row.window,
        started=Millis(row.started),
        ended=None if row.ended is None else Millis(row.ended),
        how=None if row.how is None else Ended(row.how),
        put_off=row.put_off,
    )
