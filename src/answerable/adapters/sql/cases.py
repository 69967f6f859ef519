"""Storage of cases and clocks: ids, kinds and times, no words. Implements cases.store.CaseStore."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, String, Table, delete, select

from answerable.adapters.sql import case_complaints, case_watches, core
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.alert_tables import alert as alert_table
from answerable.adapters.sql.base import JsonText, metadata, millis_column, upsert
from answerable.adapters.sql.case_queue import WAITING, SqlCaseQueue
from answerable.adapters.sql.case_rows import (
    case_ad,
    case_of,
    case_row,
    clock,
    clock_of,
    review_case,
    site_serves,
)
from answerable.adapters.sql.directives import SqlDirectives
from answerable.ads.origins import origin_of
from answerable.cases.complaints import Complaint
from answerable.cases.model import AdRef, Case, CaseWatch, Clock
from answerable.cases.policy import DEFAULT, AfterLapse, Policy, SecondOrg
from answerable.events.duties.clocks import Duty
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import ActorId, AdId, AlertId, CaseId, Site, SubjectId
from answerable.kernel.time import Millis

__all__ = ["SqlCases", "case_ad", "clock", "review_case"]


second_policy = Table(
    "second_policy",
    metadata,
    Column("site", String(64), primary_key=True),
    Column("second", String(16), nullable=False),
    Column("lapse", String(16), nullable=False),
    Column("answering", JsonText, nullable=False),
    Column("leaf", String(64), nullable=False),
    millis_column("since"),
)


class SqlCases(SqlCaseQueue):
    """CaseStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        super().__init__(conn)
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

    def served(self, site: Site) -> frozenset[str]:
        return frozenset(
            self._conn.scalars(select(site_serves.c.jurisdiction).where(site_serves.c.site == site))
        )

    def put_served(self, site: Site, jurisdictions: frozenset[str]) -> None:
        self._conn.execute(delete(site_serves).where(site_serves.c.site == site))
        for name in sorted(jurisdictions):
            values = {"site": site, "jurisdiction": name}
            upsert(self._conn, site_serves, values, key=("site", "jurisdiction"))

    def get(self, site: Site, case: CaseId) -> Case:
        return self._one(_named(site, case), case)

    def locked(self, site: Site, case: CaseId) -> Case:
        self._lock_ads(site, case)
        return self._one(self._locked(_named(site, case)), case)

    def both_locked(self, site: Site, one: CaseId, other: CaseId) -> tuple[Case, Case]:
        self._lock_ads(site, one, other)
        found = {
            name: self._one(self._locked(_named(site, name)), name) for name in sorted({one, other})
        }
        return found[one], found[other]

    def _lock_ads(self, site: Site, *cases: CaseId) -> None:
        """The ads' rows before the cases', as an alert takes them: else a decision and an alert
        wait in a ring.

        SQLite has one writer and no rows to lock, and would read every ad of the site for it.
        """
        if self._conn.dialect.name != "postgresql":
            return
        ads = select(case_ad.c.ad_id).where(case_ad.c.site == site, case_ad.c.case_id.in_(cases))
        self._conn.execute(
            self._locked(
                select(ad_table.c.ad_id)
                .where(ad_table.c.site == site, ad_table.c.ad_id.in_(ads))
                .order_by(ad_table.c.ad_id)
                .with_for_update()
            )
        )

    def _one(self, query: Any, case: CaseId) -> Case:
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such case", case=case)
        return case_of(row)

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
        return tuple(case_of(row) for row in self._conn.execute(query))

    def put(self, case: Case) -> None:
        upsert(self._conn, review_case, case_row(case), key=("case_id",))
        known = {
            row.ad_id: row.undecided
            for row in self._conn.execute(
                select(case_ad.c.ad_id, case_ad.c.undecided).where(
                    case_ad.c.site == case.site, case_ad.c.case_id == case.id
                )
            )
        }
        for row in case.ads:
            undecided = row.decision is None and row.moved is None
            if known.get(row.ad) is not undecided:
                values = {
                    "site": case.site,
                    "case_id": case.id,
                    "ad_id": row.ad,
                    "undecided": undecided,
                }
                upsert(self._conn, case_ad, values, key=("site", "case_id", "ad_id"))

    def put_watch(self, site: Site, case: CaseId, value: CaseWatch) -> None:
        case_watches.put(self._conn, site, case, value)

    def carry_watches(self, site: Site, emptied: CaseId, into: CaseId, ads: Sequence[AdId]) -> None:
        case_watches.carry(self._conn, site, emptied, into, ads)

    def watches_of(self, site: Site, case: CaseId) -> tuple[CaseWatch, ...]:
        return case_watches.of_case(self._conn, site, case)

    def cases_of_watch(self, site: Site, watch: str) -> dict[AdId, CaseId]:
        return case_watches.by_ads(self._conn, site, watch)

    def open_case_of_watch(self, site: Site, watch: str) -> Case | None:
        c = review_case.c
        found = self._conn.execute(
            select(c.case_id)
            .where(
                c.site == site,
                c.status.in_(WAITING),
                c.case_id.in_(case_watches.gathering(watch, site)),
            )
            .order_by(c.opened, c.case_id)
            .limit(1)
        ).scalar_one_or_none()
        return None if found is None else self.locked(site, CaseId(found))

    def case_of_alert(self, site: Site, alert: AlertId) -> CaseId | None:
        found = self._conn.execute(
            select(alert_table.c.case_id).where(
                alert_table.c.site == site, alert_table.c.alert_id == alert
            )
        ).scalar_one_or_none()
        return None if found is None else CaseId(found)

    def put_complaint(self, complaint: Complaint) -> None:
        case_complaints.put(self._conn, complaint)

    def complaint(self, site: Site, complaint: str) -> Complaint | None:
        return case_complaints.named(self._conn, site, complaint)

    def complaints_of(
        self, site: Site, case: CaseId, *, waiting: bool = False
    ) -> tuple[Complaint, ...]:
        return case_complaints.of_case(self._conn, site, case, waiting=waiting)

    def complaints_about(
        self, site: Site, ad: AdId | None, alert: AlertId | None
    ) -> tuple[Complaint, ...]:
        return case_complaints.about(self._conn, site, ad, alert)

    def carry_complaints(self, site: Site, emptied: CaseId, into: CaseId) -> None:
        case_complaints.carry(self._conn, site, emptied, into)

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
                "extended": value.extended,
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
        return self._clocks(_overdue(site, now).limit(limit))

    def overdue_of(self, site: Site, duty: Duty, now: Millis, limit: int) -> tuple[Clock, ...]:
        return self._clocks(_overdue(site, now).where(clock.c.duty == duty.name).limit(limit))

    def site_subject(self, site: Site) -> SubjectId:
        return core.site_subject(self._conn, site)

    def second_policy_held(self, site: Site, *, changes: bool = False) -> Policy:
        # The site's row stands for its policy, which may have no row yet: what reads it shares
        # the row, and who changes it has it alone.
        if self._conn.dialect.name == "postgresql":
            self._conn.execute(
                select(core.site.c.site)
                .where(core.site.c.site == site)
                .with_for_update(read=not changes)
            )
        return self.second_policy(site)

    def second_policy(self, site: Site) -> Policy:
        row = self._conn.execute(
            select(second_policy).where(second_policy.c.site == site)
        ).one_or_none()
        if row is None:
            return DEFAULT
        return Policy(
            second=SecondOrg(row.second),
            lapse=AfterLapse(row.lapse),
            answering=tuple(ActorId(name) for name in row.answering),
            leaf=row.leaf,
            since=Millis(row.since),
        )

    def put_second_policy(self, site: Site, policy: Policy) -> None:
        upsert(
            self._conn,
            second_policy,
            {
                "site": site,
                "second": policy.second.value,
                "lapse": policy.lapse.value,
                "answering": list(policy.answering),
                "leaf": policy.leaf,
                "since": policy.since,
            },
            key=("site",),
        )

    def _clocks(self, query: Any) -> tuple[Clock, ...]:
        return tuple(clock_of(row) for row in self._conn.execute(query))


def _overdue(site: Site, now: Millis) -> Any:
    return (
        select(clock)
        .where(clock.c.site == site, clock.c.stopped.is_(None), clock.c.ends < now)
        .order_by(clock.c.ends, clock.c.clock_id)
    )


def _named(site: Site, case: CaseId) -> Any:
    return select(review_case).where(review_case.c.site == site, review_case.c.case_id == case)
