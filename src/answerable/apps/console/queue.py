"""The queue: what waits for somebody, by filters that combine and are kept under a name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.reports import report
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import CASE_STATUS, CAUSES, People, urgency_word
from answerable.apps.console.visit import Desk, Form, Visit, go, reason_of
from answerable.cases.model import Case, CaseStatus, Clock
from answerable.cases.queue import (
    BANDS,
    NO_FILTERS,
    VIEW_NAME_CHARS_MAX,
    Band,
    Filters,
    InHand,
    QueuePage,
    ViewId,
    read_filters,
    read_query,
    spell_filters,
)
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId, Site
from answerable.kernel.time import Millis
from answerable.reports.model import FOR_PEOPLE

ADS_NAMED_MAX = 3
SECTIONS_MAX = 200
PAGE_DIGITS_MAX = 6
NEEDS = (Permission.CASE_READ,)

PRESETS = (
    ("", "Everything that waits"),
    ("lapsed=1", "For the head on call"),
    ("status=waiting_second", "Waits for a second person"),
    ("overdue=1", "Overdue"),
    ("soon=1", "Due within the hour"),
    ("hand=mine", "In my hand"),
    ("alert=1", "Came by alert"),
    ("status=decided", "Decided"),
)
"""Views that everybody has."""

FLAGS = (
    ("overdue", "a clock is overdue"),
    ("soon", "a clock ends within the hour"),
    ("alert", "with an alert"),
    ("verified", "with an alert of a verified source"),
    ("strong", "with a strong signal"),
    ("lapsed", "a proposal lapsed"),
)
BAND_WORDS: Mapping[Band, str] = {
    band: f"{band.value} ({low} to {high})" for band, (low, high) in BANDS.items()
}
HANDS = {"": "anybody or nobody", InHand.MINE: "mine", InHand.NOBODY: "nobody’s"}
SHOW = {
    "second": "status=waiting_second",
    "overdue": "overdue=1",
    "mine": "hand=mine",
    "alert": "alert=1",
    "decided": "status=decided",
}
"""What `?show=` stood for before filters combined; addresses that were kept go on working."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case in the queue."""

    case: Case
    urgency_word: str
    status: str
    tone: str
    waits_for_me: bool
    ads: tuple[str, ...]
    more_ads: int
    next_clock: Clock | None
    left: int
    claimed_by: str | None
    claimed_by_me: bool
    handed_to: str | None
    open_now: tuple[str, ...]


def queue_page(desk: Desk, visit: Visit) -> Response:
    """`?…` one of cases.queue's filters, any of them together; `page` counts from 1."""
    return _page(desk, visit, _filters(visit.query), _number(visit.query.one("page")))


def save_view(desk: Desk, visit: Visit) -> Response:
    """The filters on the page, under a name."""
    name, query = visit.form.one("name"), visit.form.one("query")
    shared = visit.form.one("shared") == "1"
    try:
        view = desk.house.save_view(desk.site, visit.actor, name, query, shared=shared)
    except Refusal as refused:
        return _page(desk, visit, read_query(query), 1, refused=refused, typed=name, shared=shared)
    return go(f"/console?{view.query}&said=saved" if view.query else "/console?said=saved")


def delete_view(desk: Desk, visit: Visit) -> Response:
    try:
        desk.house.delete_view(desk.site, visit.actor, ViewId(visit.path["view"]))
    except NotFound:
        raise
    except Refusal as refused:
        return _page(desk, visit, NO_FILTERS, 1, refused=refused)
    return go("/console", "view-deleted")


def _page(
    desk: Desk,
    visit: Visit,
    filters: Filters,
    number: int,
    *,
    refused: Refusal | None = None,
    typed: str = "",
    shared: bool = False,
) -> Response:
    found = desk.house.read_queue(desk.site, visit.actor, filters, number)
    told = desk.house.store.read(lambda w: _told(w, desk.site, visit, found))
    query = spell_filters(filters)
    status = 200 if refused is None else 409 if isinstance(refused, Conflict) else 422
    return desk.html(
        "queue.html",
        visit,
        status,
        queue=found,
        filters=filters,
        query=query,
        narrowed=bool(query),
        presets=PRESETS,
        views=desk.house.list_views(desk.site, visit.actor),
        mine=lambda view: view.owner == visit.actor.id,
        statuses=CASE_STATUS,
        causes=CAUSES,
        bands=BAND_WORDS,
        flags=FLAGS,
        hands=HANDS,
        page_query=lambda to: f"{query}&page={to}" if query else f"page={to}",
        refused=None if refused is None else reason_of(refused),
        typed_name=typed,
        typed_shared=shared,
        name_max=VIEW_NAME_CHARS_MAX,
        **told,
    )


def _filters(query: Form) -> Filters:
    earlier = SHOW.get(query.one("show"))
    return read_query(earlier) if earlier is not None else read_filters(query.pairs())


def _number(spelled: str) -> int:
    plain = spelled.isascii() and spelled.isdigit() and len(spelled) <= PAGE_DIGITS_MAX
    return int(spelled) if plain else 1


def _told(work: SqlWork, site: Site, visit: Visit, found: QueuePage) -> dict[str, Any]:
    people = people_of(work, site)
    return {
        "rows": _rows(work, site, visit, people, found.cases),
        "sections": work.cases.sections(site, SECTIONS_MAX),
        "name_of": people.name,
        "for_people": _for_people(work, site) if visit.may(Permission.REPORT_READ) else 0,
    }


def _for_people(work: SqlWork, site: Site) -> int:
    """Reports that go on only if somebody acts."""
    waits = report.c.status.in_([status.value for status in FOR_PEOPLE])
    query = select(func.count()).select_from(report).where(report.c.site == site, waits)
    return int(work.conn.execute(query).scalar_one())


def _rows(
    work: SqlWork, site: Site, visit: Visit, people: People, cases: Sequence[Case]
) -> tuple[Row, ...]:
    open_now: defaultdict[CaseId, list[str]] = defaultdict(list)
    for one in work.cases.present(site, [case.id for case in cases], visit.now):
        if one.by == visit.actor.id:
            open_now[one.case].insert(0, "you")
        else:
            open_now[one.case].append(people.name(one.by))
    found = []
    for case in cases:
        clock = _next(work.cases.clocks_of(site, case.id))
        claim = case.claim if case.claim is not None and case.claim.until > visit.now else None
        proposal, handed = case.proposal, case.assigned
        found.append(
            Row(
                case=case,
                urgency_word=urgency_word(case),
                status=CASE_STATUS[case.status],
                tone=_TONES.get(case.status, ""),
                waits_for_me=proposal is not None and proposal.by != visit.actor.id,
                ads=tuple(
                    work.cases.ad_of(site, ad).external_id for ad in case.ad_ids[:ADS_NAMED_MAX]
                ),
                more_ads=max(0, len(case.ads) - ADS_NAMED_MAX),
                next_clock=clock,
                left=0 if clock is None else _left(clock, visit.now),
                claimed_by=None if claim is None else people.name(claim.by),
                claimed_by_me=claim is not None and claim.by == visit.actor.id,
                handed_to=None
                if handed is None
                else "you"
                if handed.to == visit.actor.id
                else people.name(handed.to),
                open_now=tuple(open_now[case.id]),
            )
        )
    return tuple(found)


_TONES = {CaseStatus.WAITING_SECOND: "warn", CaseStatus.HEAD_ON_CALL: "bad"}


def _next(clocks: Sequence[Clock]) -> Clock | None:
    running = [clock for clock in clocks if clock.running]
    return min(running, key=lambda clock: (clock.ends, clock.id), default=None)


def _left(clock: Clock, now: Millis) -> int:
    """Milliseconds until it ends; negative once it ran out."""
    return clock.ends - now
