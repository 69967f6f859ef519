"""The report before anybody decides it: built from the same facts by the same code, never written.

`Supposed` is a transaction in which one decision stands that nobody made. It can only read.
"""

from dataclasses import dataclass

from lxml import etree

from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.report_facts import missing_by_source
from answerable.apps.console.report_rows import Row, rows_of
from answerable.apps.console.visit import Desk, Visit
from answerable.apps.reporting import esp_facts
from answerable.cases import decide as rules
from answerable.cases.model import Case, Choice
from answerable.cases.service import hand_of
from answerable.events.cases import CaseDecided
from answerable.events.event import Event, Recorded
from answerable.kernel.errors import Breach
from answerable.kernel.ids import DecisionId, EventId, ReportId, Site, SubjectId
from answerable.kernel.time import Millis
from answerable.reports.completeness import Completeness, Item, completeness
from answerable.reports.document.build import report_for_ads
from answerable.reports.document.faults import Fault
from answerable.reports.document.fields import left_out
from answerable.reports.document.gate import faults_of
from answerable.reports.document.write import to_xml
from answerable.reports.gather import case_facts
from answerable.reports.model import Duty, Status
from answerable.reports.store import ReportStore

_SUPPOSED = "preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file that would go up with it."""

    name: str
    media_type: str
    relevance: str
    viewed: bool
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The report as it would be filed now. `faults` would stop it; `left_out` would not."""

    rows: tuple[Row, ...]
    files: tuple[File, ...]
    faults: tuple[Fault, ...]
    left_out: tuple[str, ...]
    destination: str
    score: Completeness
    missing: tuple[tuple[str, tuple[Item, ...]], ...]


class Supposed:
    """Reads as the transaction reads, plus one decision. Implements reports.store.ReportsWork."""

    def __init__(self, work: SqlWork, decided: Recorded) -> None:
        self._work, self._decided = work, decided

    @property
    def reports(self) -> ReportStore:
        return self._work.reports

    def record(self, *events: Event, urgent: bool = False) -> tuple[Recorded, ...]:
        raise Breach("a preview records nothing")

    def recorded(self, event: EventId) -> Recorded:
        return self._decided if event == self._decided.id else self._work.recorded(event)

    def chain_of(self, site: Site, subject: SubjectId) -> tuple[Recorded, ...]:
        return self._work.chain_of(site, subject)

    def once(self, event: EventId, service: str) -> bool:
        raise Breach("a preview does nothing once")

    def now(self) -> Millis:
        return self._work.now()


def preview(desk: Desk, visit: Visit, case: Case, choice: Choice) -> Preview:
    """Raises Refusal or Conflict where this choice could not be decided."""
    return desk.house.store.read(lambda work: _preview(work, desk, visit, case, choice))


def _preview(work: SqlWork, desk: Desk, visit: Visit, case: Case, choice: Choice) -> Preview:
    settings, site = desk.house.settings, desk.site
    step = rules.decide(case, choice, DecisionId(_SUPPOSED), hand_of(visit.actor), work.now())
    event = step.events[-1]
    if not isinstance(event, CaseDecided):
        raise Breach("a decision ends with its own event")
    decided = Recorded(
        id=EventId(_SUPPOSED), event=event, sseq=0, leaf_hash=bytes(32), recorded=work.now()
    )
    duty = Duty(
        site=site,
        id=ReportId(_SUPPOSED),
        subject=SubjectId(_SUPPOSED),
        case=case.id,
        decision=DecisionId(_SUPPOSED),
        decision_event=decided.id,
        ads=step.case.decisions[-1].ads,
        status=Status.OWED,
        owed=work.now(),
        not_before=work.now(),
        urgent=choice.urgent,
        synthetic=case.synthetic,
    )
    facts = case_facts(Supposed(work, decided), duty, esp_facts(settings))
    report, files = report_for_ads(facts, settings.tipline_profile)
    score = completeness(facts)
    xml = to_xml(report)
    local = f"http://127.0.0.1:{settings.receiver_port}/ispws"
    return Preview(
        rows=tuple(rows_of(etree.fromstring(xml))),
        files=tuple(
            File(
                name=file.name,
                media_type=file.media_type,
                relevance=str(file.description.file_relevance or ""),
                viewed=bool(file.description.file_viewed_by_esp),
                sha256=file.sha256,
            )
            for file in files
        ),
        faults=faults_of(report, files, work.now(), settings.tipline_profile),
        left_out=tuple(left_out(facts, report, files)),
        score=score,
        missing=missing_by_source(score),
        destination=local if case.synthetic else settings.tipline_base,
    )
