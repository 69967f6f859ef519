"""Tables of cases and clocks, and how a row is a Case and a Case a row: ids, kinds and times."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    metadata,
    millis_column,
    site_column,
)
from answerable.cases.model import (
    Assignment,
    Case,
    CaseAd,
    CaseAlert,
    Cause,
    Claim,
    Clock,
    Decision,
    DecisionKind,
    Proposal,
)
from answerable.events.duties.clocks import Stop, duty_named
from answerable.kernel.ids import (
    ActorId,
    AdId,
    AlertId,
    CaseId,
    ClockId,
    DecisionId,
    Site,
    SubjectId,
)
from answerable.kernel.time import Millis

review_case = Table(
    "review_case",
    metadata,
    site_column(),
    Column("case_id", String(40), primary_key=True),
    id_column("subject"),
    Column("status", String(16), nullable=False),
    Column("cause", String(16), nullable=False),
    Column("urgency", Integer, nullable=False),
    millis_column("opened"),
    millis_column("due", nullable=True),
    Column("by_alert", Boolean, nullable=False),
    Column("strong", Boolean, nullable=False),
    Column("synthetic", Boolean, nullable=False),
    Column("claimed_by", String(80), nullable=True),
    millis_column("claim_until", nullable=True),
    Column("assigned_to", String(80), nullable=True),
    Column("assigned_by", String(80), nullable=True),
    millis_column("assigned_at", nullable=True),
    Column("proposed_by", String(80), nullable=True),
    Column("proposed_org", Text, nullable=True),
    Column("verified", Boolean, nullable=False),
    millis_column("lapsed", nullable=True),
    id_column("merged_into", nullable=True),
    Column("contents", JsonText, nullable=False),  # ads, alerts, decisions, proposal: ids, times
    Index("ix_review_case_queue", "site", "status", "urgency", "due"),
)

case_ad = Table(
    "case_ad",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("case_id", String(40), primary_key=True),
    Column("ad_id", String(40), primary_key=True),
    Column("undecided", Boolean, nullable=False),
    Index("ix_case_ad_site_ad_id", "site", "ad_id"),
)

clock = Table(
    "clock",
    metadata,
    site_column(),
    Column("clock_id", String(40), primary_key=True),
    id_column("case_id"),
    id_column("ad_id", nullable=True),
    id_column("decision_id", nullable=True),
    Column("duty", String(40), nullable=False),
    millis_column("started"),
    millis_column("ends"),
    millis_column("stopped", nullable=True),
    Column("how", String(16), nullable=True),
    Column("extended", Boolean, nullable=False),
    Index("ix_clock_site_case_id", "site", "case_id"),
    Index("ix_clock_site_ad_id", "site", "ad_id"),
    Index("ix_clock_site_stopped_ends", "site", "stopped", "ends"),
)

site_serves = Table(
    "site_serves",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("jurisdiction", String(8), primary_key=True),
)


def case_row(case: Case) -> dict[str, Any]:
    return {
        "site": case.site,
        "case_id": case.id,
        "subject": case.subject,
        "status": case.status.value,
        "cause": case.cause.value,
        "urgency": case.urgency,
        "opened": case.opened,
        "due": case.due,
        "by_alert": case.by_alert,
        "strong": case.strong,
        "synthetic": case.synthetic,
        "claimed_by": None if case.claim is None else case.claim.by,
        "claim_until": None if case.claim is None else case.claim.until,
        "assigned_to": None if case.assigned is None else case.assigned.to,
        "assigned_by": None if case.assigned is None else case.assigned.by,
        "assigned_at": None if case.assigned is None else case.assigned.at,
        "proposed_by": None if case.proposal is None else case.proposal.by,
        "proposed_org": None if case.proposal is None else case.proposal.org,
        "verified": case.verified,
        "lapsed": case.lapsed,
        "merged_into": case.merged_into,
        "contents": {
            "ads": [[a.ad, a.added, a.decision, a.moved] for a in case.ads],
            "alerts": [
                [a.alert, a.subject, a.ad, a.received, a.due, a.answered] for a in case.alerts
            ],
            "decisions": [
                [
                    *(d.id, d.kind.value, list(d.ads), d.reviewer, d.second),
                    *(d.at, d.urgent, d.undone, d.filed, list(d.answering)),
                ]
                for d in case.decisions
            ],
            "proposal": None
            if case.proposal is None
            else [
                case.proposal.decision,
                list(case.proposal.ads),
                case.proposal.by,
                case.proposal.at,
                case.proposal.org,
            ],
        },
    }


def case_of(row: Any) -> Case:
    held = row.contents
    proposal = held["proposal"]
    return Case(
        id=CaseId(row.case_id),
        site=Site(row.site),
        subject=SubjectId(row.subject),
        cause=Cause(row.cause),
        urgency=row.urgency,
        opened=Millis(row.opened),
        due=None if row.due is None else Millis(row.due),
        by_alert=row.by_alert,
        strong=row.strong,
        synthetic=row.synthetic,
        claim=None
        if row.claimed_by is None
        else Claim(by=ActorId(row.claimed_by), until=Millis(row.claim_until)),
        ads=tuple(
            CaseAd(
                ad=AdId(name),
                added=Millis(added),
                decision=decision,
                moved=None if moved is None else CaseId(moved),
            )
            for name, added, decision, moved in held["ads"]
        ),
        alerts=tuple(_alert(each) for each in held["alerts"]),
        decisions=tuple(_decision(each) for each in held["decisions"]),
        proposal=None
        if proposal is None
        else Proposal(
            decision=DecisionId(proposal[0]),
            ads=tuple(AdId(name) for name in proposal[1]),
            by=ActorId(proposal[2]),
            at=Millis(proposal[3]),
            org=proposal[4],
        ),
        assigned=None
        if row.assigned_to is None
        else Assignment(
            to=ActorId(row.assigned_to), by=ActorId(row.assigned_by), at=Millis(row.assigned_at)
        ),
        verified=row.verified,
        lapsed=None if row.lapsed is None else Millis(row.lapsed),
        merged_into=None if row.merged_into is None else CaseId(row.merged_into),
    )


def _alert(row: Sequence[Any]) -> CaseAlert:
    name, subject, ad, received, due, answered = row
    return CaseAlert(
        alert=AlertId(name),
        subject=SubjectId(subject),
        ad=None if ad is None else AdId(ad),
        received=Millis(received),
        due=Millis(due),
        answered=None if answered is None else Millis(answered),
    )


def _decision(row: Sequence[Any]) -> Decision:
    name, kind, ads, reviewer, second, at, urgent, undone, filed, answering = row
    return Decision(
        id=DecisionId(name),
        kind=DecisionKind(kind),
        ads=tuple(AdId(ad) for ad in ads),
        reviewer=ActorId(reviewer),
        second=None if second is None else ActorId(second),
        at=Millis(at),
        urgent=urgent,
        undone=None if undone is None else Millis(undone),
        filed=None if filed is None else Millis(filed),
        answering=tuple(ActorId(name) for name in answering),
    )


def clock_of(row: Any) -> Clock:
    return Clock(
        id=ClockId(row.clock_id),
        site=Site(row.site),
        case=CaseId(row.case_id),
        ad=None if row.ad_id is None else AdId(row.ad_id),
        decision=None if row.decision_id is None else DecisionId(row.decision_id),
        duty=duty_named(row.duty),
        started=Millis(row.started),
        ends=Millis(row.ends),
        stopped=None if row.stopped is None else Millis(row.stopped),
        how=None if row.how is None else Stop(row.how),
        extended=row.extended,
    )
