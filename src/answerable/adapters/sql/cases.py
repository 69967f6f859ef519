"""Storage of cases and clocks: ids, kinds and times, no words. Implements cases.store.CaseStore."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, String, Table, select

from answerable.adapters.sql import core
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.base import (
    JsonText,
    id_column,
    metadata,
    millis_column,
    site_column,
    upsert,
)
from answerable.adapters.sql.directives import SqlDirectives
from answerable.ads.directives_service import origin_of
from answerable.cases.model import (
    AdRef,
    Case,
    CaseAd,
    CaseAlert,
    CaseStatus,
    Cause,
    Claim,
    Clock,
    Decision,
    DecisionKind,
    Proposal,
)
from answerable.events.duties.clocks import FLOOD_LOOK, Stop, duty_named
from answerable.kernel.errors import NotFound
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
    Index("ix_clock_site_case_id", "site", "case_id"),
    Index("ix_clock_site_ad_id", "site", "ad_id"),
    Index("ix_clock_site_stopped_ends", "site", "stopped", "ends"),
)

WAITING = (CaseStatus.OPEN.value, CaseStatus.WAITING_SECOND.value)


class SqlCases:
    """CaseStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._directives = SqlDirectives(conn)

    def _locked(self, query: Any) -> Any:
        return query.with_for_update() if self._conn.dialect.name == "postgresql" else query

    def ad_named(self, site: Site, name: str) -> AdRef | None:
        """As ads.HideFirst resolves it, so that case and directive are about the same ad."""
        found = self._directives.named_ad(site, name)
        if found is None:
            return None
        return AdRef(
            ad=found.ad,
            external_id=found.external_id,
            open_subject=found.open_subject,
            closed_subject=found.closed_subject,
        )

    def ad_of(self, site: Site, ad: AdId) -> AdRef:
        found = self._directives.ad(site, ad)
        return AdRef(
            ad=found.ad,
            external_id=found.external_id,
            open_subject=found.open_subject,
            closed_subject=found.closed_subject,
        )

    def can_be_probed(self, site: Site, ad: AdId) -> bool:
        """As ads.Observe chooses where to look."""
        url = self._directives.ad(site, ad).url
        registered = self._directives.origins(site)
        if any(api is not None for _origin, api in registered):
            return True
        return url is not None and origin_of(url) in {origin for origin, _api in registered}

    def is_synthetic(self, site: Site) -> bool:
        found = self._conn.execute(
            select(core.site.c.synthetic).where(core.site.c.site == site)
        ).scalar_one_or_none()
        if found is None:
            raise NotFound("no such site", site=site)
        return bool(found)

    def get(self, site: Site, case: CaseId) -> Case:
        return self._one(_named(site, case), case)

    def locked(self, site: Site, case: CaseId) -> Case:
        # The ads' rows first, as an alert takes them: else a decision and an alert wait in a ring.
        ads = select(case_ad.c.ad_id).where(case_ad.c.site == site, case_ad.c.case_id == case)
        self._conn.execute(
            self._locked(
                select(ad_table.c.ad_id)
                .where(ad_table.c.site == site, ad_table.c.ad_id.in_(ads))
                .order_by(ad_table.c.ad_id)
            )
        )
        return self._one(self._locked(_named(site, case)), case)

    def _one(self, query: Any, case: CaseId) -> Case:
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such case", case=case)
        return _case(row)

    def open_case_of(self, site: Site, ad: AdId) -> Case | None:
        # The ad's row stands for all its cases: two alerts at once open one case, not two.
        self._conn.execute(
            self._locked(
                select(ad_table.c.ad_id).where(ad_table.c.site == site, ad_table.c.ad_id == ad)
            )
        )
        found = self._conn.execute(
            select(case_ad.c.case_id)
            .join(review_case, review_case.c.case_id == case_ad.c.case_id)
            .where(case_ad.c.site == site, case_ad.c.ad_id == ad, case_ad.c.undecided.is_(True))
            .order_by(review_case.c.opened, review_case.c.case_id)
            .limit(1)
        ).scalar_one_or_none()
        return None if found is None else self.locked(site, CaseId(found))

    def cases_of(self, site: Site, ad: AdId, limit: int) -> tuple[Case, ...]:
        return self._many(
            select(review_case)
            .join(case_ad, case_ad.c.case_id == review_case.c.case_id)
            .where(case_ad.c.site == site, case_ad.c.ad_id == ad)
            .order_by(review_case.c.opened.desc(), review_case.c.case_id)
            .limit(limit)
        )

    def _many(self, query: Any) -> tuple[Case, ...]:
        return tuple(_case(row) for row in self._conn.execute(query))

    def put(self, case: Case) -> None:
        upsert(self._conn, review_case, _case_row(case), key=("case_id",))
        known = {
            row.ad_id: row.undecided
            for row in self._conn.execute(
                select(case_ad.c.ad_id, case_ad.c.undecided).where(
                    case_ad.c.site == case.site, case_ad.c.case_id == case.id
                )
            )
        }
        for row in case.ads:
            undecided = row.decision is None
            if known.get(row.ad) is not undecided:
                values = {
                    "site": case.site,
                    "case_id": case.id,
                    "ad_id": row.ad,
                    "undecided": undecided,
                }
                upsert(self._conn, case_ad, values, key=("site", "case_id", "ad_id"))

    def queue(self, site: Site, limit: int) -> tuple[Case, ...]:
        c = review_case.c
        return self._many(
            select(review_case)
            .where(c.site == site, c.status.in_(WAITING))
            .order_by(c.urgency.desc(), c.due.is_(None), c.due, c.opened, c.case_id)
            .limit(limit)
        )

    def decided(self, site: Site, limit: int) -> tuple[Case, ...]:
        c = review_case.c
        return self._many(
            select(review_case)
            .where(c.site == site, c.status == CaseStatus.DECIDED.value)
            .order_by(c.opened.desc(), c.case_id)
            .limit(limit)
        )

    def put_clock(self, value: Clock) -> None:
        upsert(
            self._conn,
            clock,
            {
                "site": value.site,
                "clock_id": value.id,
                "case_id": value.case,
                "ad_id": value.ad,
                "decision_id": value.decision,
                "duty": value.duty.name,
                "started": value.started,
                "ends": value.ends,
                "stopped": value.stopped,
                "how": None if value.how is None else value.how.value,
            },
            key=("clock_id",),
        )

    def clocks_of(self, site: Site, case: CaseId) -> tuple[Clock, ...]:
        return self._clocks(
            select(clock)
            .where(clock.c.site == site, clock.c.case_id == case)
            .order_by(clock.c.started, clock.c.ends, clock.c.clock_id)
        )

    def clocks_on(self, site: Site, ad: AdId) -> tuple[Clock, ...]:
        return self._clocks(
            select(clock)
            .where(clock.c.site == site, clock.c.ad_id == ad, clock.c.stopped.is_(None))
            .order_by(clock.c.started, clock.c.clock_id)
        )

    def overdue(self, site: Site, now: Millis, limit: int) -> tuple[Clock, ...]:
        return self._clocks(
            select(clock)
            .where(clock.c.site == site, clock.c.stopped.is_(None), clock.c.ends < now)
            .order_by(clock.c.ends, clock.c.clock_id)
            .limit(limit)
        )

    def overdue_looks(self, site: Site, now: Millis, limit: int) -> tuple[Clock, ...]:
        c = clock.c
        return self._clocks(
            select(clock)
            .where(c.site == site, c.stopped.is_(None), c.ends < now, c.duty == FLOOD_LOOK.name)
            .order_by(c.ends, c.clock_id)
            .limit(limit)
        )

    def _clocks(self, query: Any) -> tuple[Clock, ...]:
        return tuple(_clock(row) for row in self._conn.execute(query))


def _named(site: Site, case: CaseId) -> Any:
    return select(review_case).where(review_case.c.site == site, review_case.c.case_id == case)


def _case_row(case: Case) -> dict[str, Any]:
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
        "contents": {
            "ads": [[a.ad, a.added, a.decision] for a in case.ads],
            "alerts": [
                [a.alert, a.subject, a.ad, a.received, a.due, a.answered] for a in case.alerts
            ],
            "decisions": [
                [
                    *(d.id, d.kind.value, list(d.ads), d.reviewer, d.second),
                    *(d.at, d.urgent, d.undone, d.filed),
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
            ],
        },
    }


def _case(row: Any) -> Case:
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
            CaseAd(ad=AdId(name), added=Millis(added), decision=decision)
            for name, added, decision in held["ads"]
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
        ),
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
    name, kind, ads, reviewer, second, at, urgent, undone, filed = row
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
    )


def _clock(row: Any) -> Clock:
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
    )
