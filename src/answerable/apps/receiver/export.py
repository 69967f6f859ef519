"""receiver/export: the ids of finished reports, for reconciliation with the sender's own sums."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from answerable.apps.receiver.book import Page
from answerable.kernel.time import Millis, iso

CSV_COLUMNS = ("report_id", "user", "opened", "finished", "file_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedReport:
    """One filed report as the receiver holds it. `file_ids` in the order of upload."""

    report_id: str
    user: str
    opened: Millis
    finished: Millis
    file_ids: tuple[str, ...]


def export_finished(db_path: Path, user: str | None = None) -> list[FinishedReport]:
    """Every finished report in a receiver's file, by id; of one user, or of all.

    Opens the file read-only and leaves it alone; a running receiver does not mind.
    Raises sqlite3.OperationalError where there is no such file.
    """
    sql = sqlite3.connect(f"{db_path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0)
    try:
        sql.execute("BEGIN")
        return finished_on(Page(sql, Millis(0)), user)
    finally:
        sql.close()


def finished_on(page: Page, user: str | None) -> list[FinishedReport]:
    """The same, inside a transaction already open."""
    return [
        FinishedReport(
            report_id=str(report.id),
            user=report.user,
            opened=report.opened,
            finished=Millis(report.ended or 0),
            file_ids=tuple(file.id for file in page.files(report.id)),
        )
        for report in page.finished(user)
    ]


def as_csv(reports: Iterable[FinishedReport]) -> str:
    """A header and one row a report; file ids separated by blanks, times in UTC."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for r in reports:
        row = (r.report_id, r.user, iso(r.opened), iso(r.finished), " ".join(r.file_ids))
        writer.writerow(row)
    return out.getvalue()


def as_jsonl(reports: Iterable[FinishedReport]) -> str:
    """One JSON object a line, with the columns of the CSV; ids are text, file_ids a list."""
    lines = (
        json.dumps(
            {
                "report_id": r.report_id,
                "user": r.user,
                "opened": iso(r.opened),
                "finished": iso(r.finished),
                "file_ids": list(r.file_ids),
            }
        )
        for r in reports
    )
    return "".join(line + "\n" for line in lines)
