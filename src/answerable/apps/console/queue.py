"""The queue: what waits for somebody, by urgency, then by the next clock that ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import CASE_STATUS, CAUSES, urgency_word
from answerable.apps.console.visit import Desk, Visit
from answerable.cases.model import QUEUE_MAX, Case, CaseStatus, Cause, Clock
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis

ROWS_MAX = 100
ADS_NAMED_MAX = 3
NEEDS = (Permission.CASE_READ,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case in the queue."""

    case: Case
    urgency_word: str
    status: str
    waits_for_me: bool
    ads: tuple[str, ...]
    more_ads: int
    next_clock: Clock | None
    left: int
    claimed_by: str | None
    claimed_by_me: bool


FILTERS = {
    "": "Everything that waits",
    "second": "Waits for a second person",
    "overdue": "Overdue",
    "mine": "In my hand",
    "alert": "Came by alert",
    "decided": "Decided",
}


def queue_page(desk: Desk, visit: Visit) -> Response:
    """`?show=` one of FILTERS."""
    chosen = visit.query.one("show")
    chosen = chosen if chosen in FILTERS else ""
    if chosen == "decided":
        found = desk.house.store.read(lambda w: w.cases.decided(desk.site, QUEUE_MAX))
    else:
        found = desk.house.read_queue(desk.site, visit.actor, QUEUE_MAX)
    kept = [case for case in found if _keeps(chosen, visit)(case)]
    rows = desk.house.store.read(lambda w: _rows(w, desk.site, visit, kept[:ROWS_MAX]))
    return desk.html(
        "queue.html",
        visit,
        rows=rows,
        filters=FILTERS,
        chosen=chosen,
        total=len(kept),
        waiting=len(found),
        causes=CAUSES,
        at_bound=len(found) == QUEUE_MAX,
    )


def _keeps(chosen: str, visit: Visit) -> Callable[[Case], bool]:
    me, now = visit.actor.id, visit.now
    tests: dict[str, Callable[[Case], bool]] = {
        "second": lambda case: case.status is CaseStatus.WAITING_SECOND,
        "overdue": lambda case: case.due is not None and case.due < now,
        "mine": lambda case: (
            case.claim is not None and case.claim.by == me and case.claim.until > now
        ),
        "alert": lambda case: case.cause is Cause.ALERT or case.by_alert,
    }
    return tests.get(chosen, lambda _: True)


def _rows(work: SqlWork, site: Site, visit: Visit, cases: Sequence[Case]) -> tuple[Row, ...]:
    people = people_of(work, site)
    found = []
    for case in cases:
        clock = _next(work.cases.clocks_of(site, case.id))
        claim = case.claim if case.claim is not None and case.claim.until > visit.now else None
        proposal = case.proposal
        found.append(
            Row(
                case=case,
                urgency_word=urgency_word(case),
                status=CASE_STATUS[case.status],
                waits_for_me=proposal is not None and proposal.by != visit.actor.id,
                ads=tuple(
                    work.cases.ad_of(site, ad).external_id for ad in case.ad_ids[:ADS_NAMED_MAX]
                ),
                more_ads=max(0, len(case.ads) - ADS_NAMED_MAX),
                next_clock=clock,
                left=0 if clock is None else _left(clock, visit.now),
                claimed_by=None if claim is None else people.name(claim.by),
                claimed_by_me=claim is not None and claim.by == visit.actor.id,
            )
        )
    return tuple(found)


def _next(clocks: Sequence[Clock]) -> Clock | None:
    running = [clock for clock in clocks if clock.running]
    return min(running, key=lambda clock: (clock.ends, clock.id), default=None)


def _left(clock: Clock, now: Millis) -> int:
    """Milliseconds until it ends; negative once it ran out."""
    return clock.ends - now
