"""Rows of reports that people filed on NCMEC's form, and the numbers of all. No words."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, String, Table, select, update

from answerable.adapters.sql.base import insert_once, metadata, millis_column, site_column
from answerable.kernel.ids import ReportId, Site
from answerable.kernel.time import Millis
from answerable.reports.model import FiledByHand, Status

report_by_hand = Table(
    "report_by_hand",
    metadata,
    site_column(),
    Column("report_id", String(40), primary_key=True),
    Column("tipline_id", String(40), nullable=False),
    millis_column("filed"),
    millis_column("reconciled", nullable=True),
    # Two people may enter at once on PostgreSQL: the database lets in one.
    Index("uq_report_by_hand_site_tipline_id", "site", "tipline_id", unique=True),
)


class ByHandRows:
    """The part of ReportStore that is about numbers. Over one open connection."""

    def __init__(self, conn: Connection, report: Table) -> None:
        self._conn, self._report = conn, report

    def number_taken(self, site: Site, tipline_id: str, but: ReportId) -> bool:
        report = self._report
        found = self._conn.execute(
            select(report.c.report_id).where(
                report.c.site == site,
                report.c.tipline_id == tipline_id,
                report.c.report_id != but,
            )
        ).first()
        return found is not None

    def put_by_hand(self, site: Site, filed: FiledByHand) -> bool:
        return insert_once(
            self._conn,
            report_by_hand,
            {
                "site": site,
                "report_id": filed.report,
                "tipline_id": filed.tipline_id,
                "filed": filed.filed,
                "reconciled": filed.reconciled,
            },
        )

    def by_hand(self, site: Site, report: ReportId) -> FiledByHand | None:
        row = self._conn.execute(
            select(report_by_hand).where(
                report_by_hand.c.site == site, report_by_hand.c.report_id == report
            )
        ).one_or_none()
        return None if row is None else _filed(row)

    def finished_by_hand(self, site: Site) -> Sequence[FiledByHand]:
        rows = self._conn.execute(
            select(report_by_hand)
            .where(report_by_hand.c.site == site)
            .order_by(report_by_hand.c.filed, report_by_hand.c.report_id)
        )
        return [_filed(row) for row in rows]

    def note_reconciled(self, site: Site, report: ReportId, at: Millis) -> bool:
        noted = self._conn.execute(
            update(report_by_hand)
            .where(
                report_by_hand.c.site == site,
                report_by_hand.c.report_id == report,
                report_by_hand.c.reconciled.is_(None),
            )
            .values(reconciled=at)
        )
        return noted.rowcount == 1

    def finished_ids(self, site: Site) -> Mapping[str, ReportId]:
        rows = self._numbers(site, finished=True)
        return {row.tipline_id: ReportId(row.report_id) for row in rows}

    def draft_ids(self, site: Site) -> frozenset[str]:
        return frozenset(row.tipline_id for row in self._numbers(site, finished=False))

    def _numbers(self, site: Site, *, finished: bool) -> Sequence[Any]:
        report = self._report
        done = report.c.status == Status.FINISHED.value
        return self._conn.execute(
            select(report.c.tipline_id, report.c.report_id).where(
                report.c.site == site,
                report.c.tipline_id.is_not(None),
                done if finished else ~done,
            )
        ).all()


def _filed(row: Any) -> FiledByHand:
    return FiledByHand(
        report=ReportId(row.report_id),
        tipline_id=row.tipline_id,
        filed=Millis(row.filed),
        reconciled=None if row.reconciled is None else Millis(row.reconciled),
    )
