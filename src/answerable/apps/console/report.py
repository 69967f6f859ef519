"""One report: where it stands and how it got there, what it says, and what people do with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.incident import people_of
from answerable.apps.console.report_facts import EVENTS, WANTS, FactsView, facts_of
from answerable.apps.console.report_facts import read as read_facts
from answerable.apps.console.report_rows import Row, rows_of
from answerable.apps.console.report_words import OUTCOMES, Section, form_of
from answerable.apps.console.telling import REPORT_STATUS, Line, history, report_tone
from answerable.apps.console.visit import Desk, Visit, go, reason_of
from answerable.events.duties.clocks import REPORT_PROMPTLY, REPORT_URGENTLY
from answerable.events.event import Recorded
from answerable.events.reports import OutcomeHeard, ReportHandedOver, ReportIntended
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ReportId
from answerable.kernel.time import Millis
from answerable.reports.document.schema import schema_faults
from answerable.reports.document.values import Profile
from answerable.reports.handing import Outcome
from answerable.reports.heard import finish_may_be_heard
from answerable.reports.model import ENDED, Duty, FiledByHand, Status
from answerable.reports.routes import Route, packages_for

P = Permission
READ = (P.REPORT_READ,)
ACT = (P.REPORT_READ, P.CASE_DECIDE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file of the report. `size` is None where we hold it and did not make it."""

    name: str
    media_type: str
    sha256: str
    relevance: str
    viewed: bool
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """The bytes that were written down, as people read them."""

    sha256: str
    destination: str
    at: Millis
    rows: tuple[Row, ...]
    form: tuple[Section, ...]
    files: tuple[FileRow, ...]
    filled: tuple[str, ...]
    left_out: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """Another authority and where this report stands with it. `open`: it can be handed over."""

    route: Route
    covered: bool
    handed: ReportHandedOver | None
    handed_at: Millis | None
    due: Millis | None
    overdue: bool

    @property
    def open(self) -> bool:
        return self.handed is None and not self.covered


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """Everything on the page of a report."""

    duty: Duty
    ads: Mapping[str, str]
    due: Millis
    overdue: bool
    laid_out: LaidOut | None
    erased: bool
    by_hand: FiledByHand | None
    can_go_by_hand: bool
    routes: tuple[RouteView, ...]
    outcomes: tuple[Line, ...]
    steps: tuple[Line, ...]
    facts: FactsView | None
    others: tuple[Duty, ...]


def report_of(visit: Visit) -> ReportId:
    return ReportId(visit.path["report"])


def report_path(report: str) -> str:
    return f"/console/reports/{report}"


def report_page(desk: Desk, visit: Visit) -> Response:
    """Status, steps, contents, and the panels for what people do."""
    return show(desk, visit)


def show(desk: Desk, visit: Visit, refused: Refusal | None = None, at: str = "") -> Response:
    """The page; with what was refused beside the form `at`, and what was typed still in it."""
    view = desk.house.store.read(lambda work: gather(work, desk, visit))
    status = 200 if refused is None else 409 if isinstance(refused, Conflict) else 422
    return desk.html(
        "report.html",
        visit,
        status,
        it=view,
        refused=None if refused is None else reason_of(refused),
        at=at,
        report_statuses=REPORT_STATUS,
        report_tone=report_tone,
        outcomes=OUTCOMES,
        connection_events=EVENTS,
        wants=WANTS,
    )


def step(
    desk: Desk, visit: Visit, said: str, at: str, do: Callable[[ReportId], object]
) -> Response:
    """Do it and say so; what is refused comes back on the page."""
    report = report_of(visit)
    try:
        do(report)
    except Refusal as refused:
        return show(desk, visit, refused, at)
    return go(report_path(report), said, f"#{at}")


def gather(work: SqlWork, desk: Desk, visit: Visit) -> ReportView:
    """Raises NotFound."""
    duty = work.reports.get(desk.site, report_of(visit))
    chain = work.chain_of(desk.site, duty.subject)
    due = (REPORT_URGENTLY if duty.urgent else REPORT_PROMPTLY).ends(duty.owed)
    people = people_of(work, desk.site)
    written = next((r for r in chain if r.id == duty.intended_event), None)
    laid = None if written is None else _laid_out(written, desk.house.settings.tipline_profile)
    return ReportView(
        duty=duty,
        ads={ad: work.ads.get(desk.site, ad).external_id for ad in duty.ads},
        due=due,
        overdue=due < visit.now and duty.status not in ENDED,
        laid_out=laid,
        erased=written is not None and laid is None,
        by_hand=work.reports.by_hand(desk.site, duty.id),
        can_go_by_hand=duty.status is Status.NEEDS_PERSON
        and not duty.synthetic
        and not finish_may_be_heard(work, duty),
        routes=_routes(work, duty, chain, visit.now),
        outcomes=history((r for r in chain if isinstance(r.event, OutcomeHeard)), people),
        steps=history(chain, people),
        facts=facts_of(work, desk, duty),
        others=tuple(
            one for one in work.reports.of_case(desk.site, duty.case) if one.id != duty.id
        ),
    )


def _laid_out(written: Recorded, profile: Profile) -> LaidOut | None:
    """None where the words are erased."""
    event = written.event
    if not isinstance(event, ReportIntended) or event.xml is None or event.files is None:
        return None
    xml, told = event.xml.encode("utf-8"), event.presence or {}
    return LaidOut(
        sha256=event.sha256,
        destination=event.destination,
        at=written.recorded,
        rows=tuple(rows_of(etree.fromstring(xml))),
        form=form_of(xml),
        files=tuple(_file(file) for file in event.files),
        filled=tuple(_paths(told.get("filled"))),
        left_out=tuple(_paths(told.get("left_out"))),
        faults=tuple(str(fault) for fault in schema_faults(xml, profile)),
    )


def _paths(told: Any) -> list[str]:
    """Paths, whether they were kept as a list or as counts by path."""
    return sorted(str(path) for path in told or ())


def _file(file: Mapping[str, Any]) -> FileRow:
    details = etree.fromstring(file["details"].encode("utf-8"))
    content = file["content"]
    return FileRow(
        name=file["name"],
        media_type=file["media_type"],
        sha256=file["sha256"],
        relevance=details.findtext("fileRelevance") or "",
        viewed=details.findtext("fileViewedByEsp") == "true",
        size=None if content is None else len(content) * 3 // 4 - content[-2:].count("="),
    )


def _routes(
    work: SqlWork, duty: Duty, chain: tuple[Recorded, ...], now: Millis
) -> tuple[RouteView, ...]:
    """The authorities of the jurisdictions that the site serves, and those that were told."""
    served = work.cases.served(duty.site)
    clocks = work.cases.clocks_of(duty.site, duty.case)
    handed = {r.event.route: r for r in chain if isinstance(r.event, ReportHandedOver)}
    found = []
    for route in packages_for(served, urgent=duty.urgent):
        mine = [c for c in clocks if c.duty.name in route.duties and c.decision == duty.decision]
        running = min((c.ends for c in mine if c.running), default=None)
        recorded = handed.get(route.id)
        event = None if recorded is None else recorded.event
        found.append(
            RouteView(
                route=route,
                covered=route.satisfied_by_ncmec and duty.status is Status.FINISHED,
                handed=event if isinstance(event, ReportHandedOver) else None,
                handed_at=None if recorded is None else recorded.recorded,
                due=running,
                overdue=running is not None and running < now,
            )
        )
    return tuple(found)


def tell(desk: Desk, visit: Visit) -> Response:
    """A reviewer tells facts that the report lacks, or says that they will never come."""

    def do(report: ReportId) -> None:
        duty = desk.house.store.read(lambda work: work.reports.get(desk.site, report))
        ads = desk.house.store.read(
            lambda work: tuple(work.ads.get(desk.site, ad).external_id for ad in duty.ads)
        )
        told = read_facts(visit.form, ads)
        desk.house.tell_facts.by_reviewer(desk.site, visit.actor, report, told)

    return step(desk, visit, "told", "facts", do)


def hear(desk: Desk, visit: Visit) -> Response:
    """Somebody told us what came of it."""

    def do(report: ReportId) -> None:
        try:
            outcome = Outcome(visit.form.one("outcome"))
        except ValueError:
            raise Refusal("choose what came of it") from None
        desk.house.hear_outcome(desk.site, visit.actor, report, outcome, visit.form.one("words"))

    return step(desk, visit, "outcome-heard", "outcomes", do)
