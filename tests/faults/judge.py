"""The law of filing, judged from outside: the receiver's own book against the recorded events.

Nothing here asks the code that files: what was decided and what became of it is read from the
events, what arrived from the receiver's file, and the two are compared byte for byte.
"""

import base64
import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from lxml import etree
from sqlalchemy import select
from tests.databases import SITE

from answerable.adapters.objects.files import EvidenceFiles
from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.apps.receiver.book import Page
from answerable.apps.receiver.export import FinishedReport, export_finished
from answerable.events.duties.sums import Residual, Sums, Term, finished_against, take_sums
from answerable.events.event import Opened, opened_from
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis

WHY = Reading(purpose=Purpose.REPORT, by=ActorId("system:test"), about="the judge")


def opened_events(store: Store) -> tuple[Opened, ...]:
    """The whole record with its words, as an examiner reads it: in the order of the log, which is
    that of the leaves and then of what waits to be one. The clock may stand still meanwhile."""
    leaf, waits = core.leaf.c, core.unsequenced.c

    def fn(work: Any) -> list[tuple[Any, Any]]:
        rows = work.conn.execute(
            select(core.event)
            .outerjoin(core.leaf, leaf.event_id == core.event.c.event_id)
            .outerjoin(core.unsequenced, waits.event_id == core.event.c.event_id)
            .order_by(leaf.idx.is_(None), leaf.idx, waits.id)
        ).all()
        groups = work.groups_of([row.event_id for row in rows])
        return [(row, groups[row.event_id]) for row in rows]

    return tuple(
        opened_from(
            index,
            json.loads(row.envelope),
            {name: json.loads(body) for name, (_, body) in groups.items()},
            row.leaf_hash,
        )
        for index, (row, groups) in enumerate(store.read(fn))
    )


def sums_of(store: Store) -> Sums:
    return take_sums(opened_events(store))


def left_over(sums: Sums) -> list[Residual]:
    """What the third sum leaves. These worlds screen nothing, so the first does not come out."""
    return [left for left in sums.residual if left.term is Term.REPORTS]


class Judge:
    """Knows what the receiver had finished before, and compares what it has since."""

    def __init__(self, receiver_db: Path) -> None:
        self._db = receiver_db
        self._before = {report.report_id for report in export_finished(receiver_db)}
        self._drafts_before = self._open_drafts()

    def finished(self) -> list[FinishedReport]:
        """What was finished there since this judge came."""
        every = export_finished(self._db)
        return [report for report in every if report.report_id not in self._before]

    def drafts_left(self) -> int:
        """How many drafts were opened since and are neither finished nor gone."""
        return len(self._open_drafts() - self._drafts_before)

    def _open_drafts(self) -> set[int]:
        with sqlite3.connect(f"{self._db.absolute().as_uri()}?mode=ro", uri=True) as sql:
            return {row[0] for row in sql.execute("SELECT id FROM reports WHERE state = 'open'")}

    def filed_as_decided(self, store: Store, files: EvidenceFiles) -> None:
        """Every decision is one finished report there, with exactly the bytes written down."""
        opened = opened_events(store)
        sums, there = take_sums(opened), self.finished()
        assert left_over(sums) == []
        assert finished_against(sums, [report.report_id for report in there]) == ()
        reports = sums.real.reports
        assert (reports.pending, reports.needs_person, reports.withdrawn) == (0, 0, 0)
        decided = [
            e.get("decision")
            for e in opened
            if e.type == "case.decided" and e.get("kind") == "report"
        ]
        owed = {e.subject: e.get("decision") for e in opened if e.type == "report.owed"}
        ended = [e for e in opened if e.type == "report.finished"]
        assert sorted(owed[e.subject] for e in ended) == sorted(decided)
        assert sorted(e.get("tipline_id") for e in ended) == sorted(r.report_id for r in there)
        intended = {e.subject: e for e in opened if e.type == "report.intended"}  # the last one
        with sqlite3.connect(f"{self._db.absolute().as_uri()}?mode=ro", uri=True) as sql:
            page = Page(sql, Millis(0))
            for end in ended:
                self._same_bytes(page, intended[end.subject], files, int(end.get("tipline_id")))

    def _same_bytes(
        self, page: Page, intended: Opened, files: EvidenceFiles, report_id: int
    ) -> None:
        xml = intended.get("xml").encode("utf-8")
        assert page.xml_of(report_id) == xml
        assert hashlib.sha256(xml).hexdigest() == intended.get("sha256")
        held = page.files(report_id)
        assert [file.name for file in held] == [file["name"] for file in intended.get("files")]
        for file, meant in zip(held, intended.get("files"), strict=True):
            wanted = (
                files.read(SITE, meant["sha256"], WHY)
                if meant["content"] is None
                else base64.b64decode(meant["content"])
            )
            assert page.bytes_of(report_id, file.id) == wanted
            said = page.details_of(report_id, file.id)
            assert said, "a file was filed that nothing was said of"
            told = {_without_ids(xml, report_id, file.id) for xml in said}
            assert told == {_canonical(etree.fromstring(meant["details"].encode()))}


def _without_ids(xml: bytes, report_id: int, file_id: str) -> bytes:
    """A description as it was written down: without the two ids that the far side gave."""
    root = etree.fromstring(xml)
    for name, value in (("reportId", str(report_id)), ("fileId", file_id)):
        found = root.find(name)
        assert found is not None
        assert found.text == value
        root.remove(found)
    return _canonical(root)


def _canonical(root: Any) -> bytes:
    return bytes(etree.tostring(root, method="c14n"))
