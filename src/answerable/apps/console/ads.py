"""Ads: the newest first, found by the site's own id; and one ad with all that is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.ads import ad as ad_table
from answerable.adapters.sql.work import SqlWork
from answerable.ads.model import Ad
from answerable.apps.console.adview import AdView, view_ad
from answerable.apps.console.incident import people_of
from answerable.apps.console.kin import KinView, kin_views
from answerable.apps.console.telling import CASE_STATUS, Line, history, spaced
from answerable.apps.console.visit import Desk, Visit, go
from answerable.cases.model import Case
from answerable.events.ads import AdReceived
from answerable.kernel.ids import AdId, Site
from answerable.screening.store import Outcome

P = Permission
LIST = (P.AD_READ,)
ONE = (P.AD_READ, P.CASE_READ, P.DIRECTIVE_READ, P.HOLD_READ)
ACT = (P.AD_READ, P.CASE_DECIDE)
PAGE_ROWS = 50
CASES_MAX = 20
TITLE_CHARS_MAX = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One ad in the list."""

    ad: Ad
    title: str
    outcome: Outcome | None
    in_cases: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of the list, the last where there are not so many; and how many ads match in all."""

    rows: tuple[Row, ...]
    total: int
    number: int
    pages: int


def list_page(desk: Desk, visit: Visit) -> Response:
    """`?id=` finds ads whose own id begins so; `?page=` counts from 1."""
    wanted = visit.query.one("id")
    asked = _page_number(visit.query.one("page"))
    found = desk.house.store.read(lambda w: _find(w, desk.site, wanted, asked))
    return desk.html(
        "ads.html",
        visit,
        wanted=wanted,
        number=found.number,
        rows=found.rows,
        total=found.total,
        pages=found.pages,
    )


def _page_number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1


def _find(work: SqlWork, site: Site, wanted: str, asked: int) -> Found:
    where = [ad_table.c.site == site]
    if wanted:
        where.append(ad_table.c.external_id.startswith(wanted, autoescape=True))
    counted = work.conn.execute(select(func.count()).select_from(ad_table).where(*where))
    total = int(counted.scalar_one())
    pages = max(1, -(-total // PAGE_ROWS))
    number = min(asked, pages)
    names = work.conn.execute(
        select(ad_table.c.ad_id)
        .where(*where)
        .order_by(ad_table.c.received.desc(), ad_table.c.ad_id)
        .limit(PAGE_ROWS)
        .offset((number - 1) * PAGE_ROWS)
    )
    ads = [work.ads.get(site, AdId(name)) for (name,) in names.all()]
    return Found(
        rows=tuple(
            Row(
                ad=ad,
                title=_title(work, ad),
                outcome=work.screening.outcome(site, ad.id),
                in_cases=len(work.cases.cases_of(site, ad.id, CASES_MAX)),
            )
            for ad in ads
        ),
        total=total,
        number=number,
        pages=pages,
    )


def _title(work: SqlWork, ad: Ad) -> str:
    """The title of the newest words, or the start of their first field; "" where erased."""
    event = work.recorded(work.ads.revision_event(ad.site, ad.id, ad.last_revision)).event
    if not isinstance(event, AdReceived) or event.text is None:
        return ""
    words = event.text.get("title") or next(iter(event.text.values()), "")
    line = " ".join(words.split())
    return line if len(line) <= TITLE_CHARS_MAX else line[: TITLE_CHARS_MAX - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneAd:
    """Everything on the page of an ad."""

    view: AdView
    cases: Sequence[Case]
    opened: tuple[Line, ...]
    closed: tuple[Line, ...]
    kin: tuple[KinView, ...]


def ad_page(desk: Desk, visit: Visit) -> Response:
    """One ad: words, both chains, links, and the cases it is in."""
    name = AdId(visit.path["ad"])

    def gather(work: SqlWork) -> OneAd:
        view, people = view_ad(work, desk.site, name), people_of(work, desk.site)
        return OneAd(
            view=view,
            cases=work.cases.cases_of(desk.site, name, CASES_MAX),
            opened=history(view.open_chain, people),
            closed=history(view.closed_chain, people),
            kin=kin_views(work, desk.site, (view,), visit),
        )

    told = desk.house.store.read(gather)
    return desk.html("ad.html", visit, it=told, ad=told.view, statuses=CASE_STATUS, spaced=spaced)


def open_case(desk: Desk, visit: Visit) -> Response:
    """A reviewer opens a case on an ad that nobody alerted us to, or comes to its open one."""
    case = desk.house.open_case(desk.site, visit.actor, (AdId(visit.path["ad"]),))
    return go(f"/console/cases/{case.id}", "opened")


def recheck(desk: Desk, visit: Visit) -> Response:
    """Screen the newest words again, under the pack in force now."""
    name = AdId(visit.path["ad"])
    desk.house.recheck(desk.site, name)
    return go(f"/console/ads/{name}", "recheck")
