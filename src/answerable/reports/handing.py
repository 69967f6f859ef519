"""Handing on and hearing back: another authority has a report; somebody says what came of one."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.events.event import Recorded, event_header
from answerable.events.reports import OutcomeHeard, ReportHandedOver
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ReportId, Site
from answerable.reports.model import Duty, Status
from answerable.reports.routes import Protocol, Route, route_named
from answerable.reports.store import ReportsWork

LINE_CHARS_MAX = 200
WORDS_CHARS_MAX = 2_000


class Outcome(StrEnum):
    """What came of a report, as somebody told us."""

    REFERRAL = "referral"
    INFORMATIONAL = "informational"
    POLICE_CONTACT = "police_contact"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """Who took the package, how, under which reference of theirs. `package`: its SHA-256."""

    route: str
    package: str
    to: str
    how: str
    reference: str


class HandOverReport:
    """A sealed package was given to another authority. Its clock stops in the same transaction."""

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, report: ReportId, told: HandedOver) -> None:
        """Raises Forbidden, NotFound, Refusal, or Conflict where it would be reported twice."""
        route = self._route_of(site, by, told)

        def fn(work: ReportsWork) -> None:
            duty = work.reports.get(site, report, lock=True)
            check_open(duty, route, work.chain_of(site, duty.subject))
            work.record(
                ReportHandedOver(
                    **event_header(site, duty.subject, by.id, work.now(), org=by.organisation),
                    report=report,
                    case=duty.case,
                    route=route.id,
                    package=told.package,
                    how=told.how.strip(),
                    to=told.to.strip(),
                    reference=told.reference.strip() or None,
                )
            )

        self._runs.run(fn)

    def check(self, site: Site, by: Actor, report: ReportId, told: HandedOver) -> None:
        """The same refusals, before a package is made and evidence read for it."""
        route = self._route_of(site, by, told)

        def fn(work: ReportsWork) -> None:
            duty = work.reports.get(site, report)
            check_open(duty, route, work.chain_of(site, duty.subject))

        self._runs.read(fn)

    def _route_of(self, site: Site, by: Actor, told: HandedOver) -> Route:
        require(by, Permission.CASE_DECIDE, site)
        _check(told)
        return route_named(told.route)


def check_open(duty: Duty, route: Route, chain: tuple[Recorded, ...]) -> None:
    """Raises Refusal or Conflict where this report does not go by this route, or not again."""
    if route.protocol is not Protocol.PACKAGE:
        raise Refusal(f"{route.name} takes no package")
    if duty.status is Status.WITHDRAWN:
        raise Conflict("this report was taken back")
    if duty.intended_event is None:
        raise Conflict("this report has not been written down yet")
    if route.satisfied_by_ncmec and duty.status is Status.FINISHED:
        raise Conflict(
            f"NCMEC has this as report {duty.tipline_id}, and that covers {route.name}: "
            f"{route.satisfied_source}. It is not reported twice"
        )
    before = [r.event for r in chain if isinstance(r.event, ReportHandedOver)]
    if any(event.route == route.id for event in before):
        raise Conflict(f"{route.name} has this report already; what is new goes in a follow-up")


def _check(told: HandedOver) -> None:
    if not told.to.strip() or len(told.to) > LINE_CHARS_MAX:
        raise Refusal("say who took it: an authority and an office", chars_max=LINE_CHARS_MAX)
    if not told.how.strip() or len(told.how) > LINE_CHARS_MAX:
        raise Refusal("say how it was handed over", chars_max=LINE_CHARS_MAX)
    if len(told.reference) > LINE_CHARS_MAX:
        raise Refusal("the reference is too long", chars_max=LINE_CHARS_MAX)


class HearOutcome:
    """Somebody told us what came of a finished report. For people to read; it decides nothing."""

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, report: ReportId, outcome: Outcome, words: str
    ) -> None:
        """Raises Forbidden, NotFound, Refusal or Conflict (not finished)."""
        require(by, Permission.CASE_DECIDE, site)
        if not words.strip() or len(words) > WORDS_CHARS_MAX:
            raise Refusal("say who told you what, in a line", chars_max=WORDS_CHARS_MAX)

        def fn(work: ReportsWork) -> None:
            duty = work.reports.get(site, report, lock=True)
            if duty.status is not Status.FINISHED:
                raise Conflict("nothing can come of a report that is not finished")
            work.record(
                OutcomeHeard(
                    **event_header(site, duty.subject, by.id, work.now(), org=by.organisation),
                    report=report,
                    outcome=outcome.value,
                    words=words.strip(),
                )
            )

        self._runs.run(fn)
