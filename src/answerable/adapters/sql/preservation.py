"""Storage of holds, and the erasing of keys. Implements PreservationStore."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    String,
    Table,
    delete,
    exists,
    select,
    true,
    update,
)

from answerable.adapters.sql import core
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.ads import file_ref, placement
from answerable.adapters.sql.alerts import alert
from answerable.adapters.sql.base import id_column, metadata, millis_column, site_column, upsert
from answerable.adapters.sql.cases import case_ad, review_case
from answerable.adapters.sql.kinship import SqlKinship
from answerable.adapters.sql.reports import report, report_ad
from answerable.adapters.sql.screening import SqlScreening
from answerable.adapters.sql.watches import SqlWatches
from answerable.kernel.errors import NotFound
from answerable.kernel.ids import AdId, CaseId, HoldId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.preservation.model import AdRef, Ground, Hold
from answerable.watches.model import TermKind

hold = Table(
    "hold",
    metadata,
    site_column(),
    Column("hold_id", String(40), primary_key=True),
    id_column("ad_id"),
    id_column("case_id", nullable=True),
    Column("ground", String(20), nullable=False),
    millis_column("started"),
    millis_column("ends", nullable=True),
    millis_column("released", nullable=True),
    id_column("process_id", nullable=True),
    Index("ix_hold_site_ad_id", "site", "ad_id"),
    Index("ix_hold_site_process_id", "site", "process_id"),
    Index("ix_hold_site_ends", "site", "ends"),
)

_CHAINS = 500
"""Names in one IN list; SQLite's own bound is far above, PostgreSQL's planner likes few."""


_TERMS_OF = {
    "ad_text": (TermKind.PLACE,),
    "images": (TermKind.IMAGE,),
    "poster_pii": (TermKind.NAME, TermKind.EMAIL, TermKind.PHONE),
}
"""What the watches' index of an ad was read from, by group."""


class SqlPreservation:
    """PreservationStore over one open connection."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def ad_of(self, site: Site, ad: AdId) -> AdRef:
        query = select(ad_table).where(ad_table.c.site == site, ad_table.c.ad_id == ad)
        if self._conn.dialect.name == "postgresql":
            query = query.with_for_update()
        row = self._conn.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such ad", ad=ad)
        return AdRef(
            ad=AdId(row.ad_id),
            open_subject=SubjectId(row.open_subject),
            closed_subject=SubjectId(row.closed_subject),
        )

    def get(self, site: Site, name: HoldId) -> Hold:
        row = self._conn.execute(
            select(hold).where(hold.c.site == site, hold.c.hold_id == name)
        ).one_or_none()
        if row is None:
            raise NotFound("no such hold", hold=name)
        return _hold(row)

    def holds_of(self, site: Site, ad: AdId) -> tuple[Hold, ...]:
        rows = self._conn.execute(
            select(hold)
            .where(hold.c.site == site, hold.c.ad_id == ad)
            .order_by(hold.c.started, hold.c.hold_id)
        )
        return tuple(_hold(row) for row in rows)

    def holds_for(self, site: Site, process: str) -> tuple[Hold, ...]:
        rows = self._conn.execute(
            select(hold)
            .where(hold.c.site == site, hold.c.process_id == process)
            .order_by(hold.c.ad_id, hold.c.hold_id)
        )
        return tuple(_hold(row) for row in rows)

    def running(self, site: Site, now: Millis, limit: int) -> tuple[Hold, ...]:
        rows = self._conn.execute(
            select(hold)
            .where(
                hold.c.site == site,
                hold.c.released.is_(None),
                hold.c.ends.is_(None) | (hold.c.ends > now),
            )
            .order_by(hold.c.ends.is_(None), hold.c.ends, hold.c.started, hold.c.hold_id)
            .limit(limit)
        )
        return tuple(_hold(row) for row in rows)

    def put(self, value: Hold) -> None:
        upsert(
            self._conn,
            hold,
            {
                "site": value.site,
                "hold_id": value.id,
                "ad_id": value.ad,
                "case_id": value.case,
                "ground": value.ground.value,
                "started": value.started,
                "ends": value.ends,
                "released": value.released,
                "process_id": value.process,
            },
            key=("hold_id",),
        )

    def undecided_case_of(self, site: Site, ad: AdId) -> CaseId | None:
        found = self._conn.execute(
            select(case_ad.c.case_id)
            .where(case_ad.c.site == site, case_ad.c.ad_id == ad, case_ad.c.undecided.is_(True))
            .order_by(case_ad.c.case_id)
            .limit(1)
        ).scalar_one_or_none()
        return None if found is None else CaseId(found)

    def subjects_of(self, site: Site, ad: AdId) -> tuple[SubjectId, ...]:
        ref = self.ad_of(site, ad)
        other_ad, other_named = case_ad.alias("other"), report_ad.alias("other_named")
        # Who else keeps a shared chain's words: ads that have words left themselves.
        others = select(ad_table.c.ad_id).where(
            ad_table.c.site == site, ad_table.c.ad_id != ad, ad_table.c.words_digest != ""
        )
        of_cases = (
            select(review_case.c.subject)
            .join(case_ad, case_ad.c.case_id == review_case.c.case_id)
            .where(
                case_ad.c.site == site,
                case_ad.c.ad_id == ad,
                ~exists().where(
                    other_ad.c.site == site,
                    other_ad.c.case_id == case_ad.c.case_id,
                    other_ad.c.ad_id.in_(others),
                ),
            )
        )
        of_reports = (
            select(report.c.subject)
            .join(report_ad, report_ad.c.report_id == report.c.report_id)
            .where(
                report_ad.c.site == site,
                report_ad.c.ad_id == ad,
                ~exists().where(
                    other_named.c.site == site,
                    other_named.c.report_id == report_ad.c.report_id,
                    other_named.c.ad_id.in_(others),
                ),
            )
        )
        of_alerts = select(alert.c.subject).where(alert.c.site == site, alert.c.ad_id == ad)
        found = [ref.open_subject, ref.closed_subject]
        for query in (of_cases, of_reports, of_alerts):
            found += [SubjectId(name) for name in self._conn.execute(query).scalars()]
        return tuple(dict.fromkeys(found))

    def erase_groups(
        self,
        site: Site,
        subjects: Sequence[SubjectId],
        data_groups: frozenset[str],
        *,
        before: Millis | None = None,
    ) -> tuple[str, ...]:
        leaves: list[str] = []
        groups = sorted(data_groups)
        aged = true() if before is None else core.event.c.recorded < before
        for start in range(0, len(subjects), _CHAINS):
            chains = subjects[start : start + _CHAINS]
            held = (
                select(core.event.c.event_id, core.event.c.leaf_hash)
                .join(core.dek, core.dek.c.event_id == core.event.c.event_id)
                .where(
                    core.event.c.site == site,
                    core.event.c.subject.in_(chains),
                    core.dek.c.name.in_(groups),
                    aged,
                )
                .distinct()
            )
            leaves += [row.leaf_hash.hex() for row in self._conn.execute(held)]
            events = select(core.event.c.event_id).where(
                core.event.c.site == site, core.event.c.subject.in_(chains), aged
            )
            for table in (core.dek, core.body):
                self._conn.execute(
                    delete(table).where(
                        table.c.site == site,
                        table.c.event_id.in_(events),
                        table.c.name.in_(groups),
                    )
                )
        return tuple(sorted(leaves))

    def erase_projections(self, site: Site, ad: AdId, data_groups: frozenset[str]) -> None:
        if data_groups & {"ad_text", "poster_pii"}:
            SqlScreening(self._conn).erase(site, ad)
        gone = frozenset(kind for group in data_groups for kind in _TERMS_OF.get(group, ()))
        SqlWatches(self._conn).erase_ad(site, ad, gone)
        if "ad_text" in data_groups:
            SqlKinship(self._conn).erase(site, ad)
        blank: dict[str, Any] = {}
        if "ad_text" in data_groups:
            # A URL may spell the title, and a digest of words confirms a guess of them.
            blank |= {"url": None, "words_digest": ""}
            self._conn.execute(
                update(placement)
                .where(placement.c.site == site, placement.c.ad_id == ad)
                .values(url=None)
            )
        if "poster_pii" in data_groups:
            blank["account_id"] = None
        if blank:
            self._conn.execute(
                update(ad_table)
                .where(ad_table.c.site == site, ad_table.c.ad_id == ad)
                .values(**blank)
            )
        if "images" in data_groups:  # the sweeper removes files that no ad refers to
            self._conn.execute(
                delete(file_ref).where(file_ref.c.site == site, file_ref.c.ad_id == ad)
            )


def _hold(row: Any) -> Hold:
    return Hold(
        id=HoldId(row.hold_id),
        site=Site(row.site),
        ad=AdId(row.ad_id),
        case=None if row.case_id is None else CaseId(row.case_id),
        ground=Ground(row.ground),
        started=Millis(row.started),
        ends=None if row.ends is None else Millis(row.ends),
        released=None if row.released is None else Millis(row.released),
        process=row.process_id,
    )
