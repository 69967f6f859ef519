"""Watches: what is looked out for and by whom; a stranger's is approved or refused by one person.

Terms are shown only to whoever may review. Nothing on these pages ever leaves the console.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import Line, history
from answerable.apps.console.visit import EMPTY, Desk, Form, Visit, go, reason_of
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId, Site
from answerable.kernel.time import Millis
from answerable.watches.model import (
    DAYS_MAX,
    DAYS_USUAL,
    LIST_MAX,
    Match,
    Role,
    Status,
    TermKind,
    Watch,
    Wish,
)
from answerable.watches.model import WatchId as Name
from answerable.watches.service import ASKABLE, WatchView
from answerable.watches.terms import read_term

E = TypeVar("E", bound=StrEnum)

P = Permission
READ = (P.WATCH_READ,)
REVIEW = (P.WATCH_READ, P.WATCH_REVIEW)
ASK = (P.WATCH_READ, P.WATCH_ASK)

STATUSES = {
    Status.WAITING: "waits for a look",
    Status.RUNNING: "running",
    Status.REFUSED: "refused",
    Status.ENDED: "ended",
}
ROLES = {
    Role.POLICE: "police",
    Role.HOTLINE: "a hotline",
    Role.NGO: "an NGO",
    Role.STAFF: "staff",
    Role.ALERTER: "somebody, by alert",
    Role.POSTERS: "a missing-child poster",
}
KINDS = {
    TermKind.PHONE: "Phones",
    TermKind.EMAIL: "E-mails",
    TermKind.HANDLE: "Names on platforms",
    TermKind.IMAGE: "SHA-256 digests of pictures",
    TermKind.NAME: "Names of people",
    TermKind.PLACE: "Places",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a watch stands, in words."""

    words: str
    tone: str


def state_of(watch: Watch, now: Millis) -> State:
    """A running one past its end says so before any sweep does."""
    if watch.expired(now):
        return State(words="its time is over", tone="")
    if watch.ends_soon(now):
        return State(words="running, ends soon", tone="warn")
    tone = {Status.WAITING: "warn", Status.RUNNING: "good"}.get(watch.status, "")
    return State(words=STATUSES[watch.status], tone=tone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One watch in the list."""

    watch: Watch
    state: State
    source: str
    kinds: tuple[tuple[str, int], ...]
    found: int


def list_page(desk: Desk, visit: Visit) -> Response:
    """`?status=` and `?role=` narrow the list."""
    return _list(desk, visit, EMPTY, None)


def ask(desk: Desk, visit: Visit) -> Response:
    """A watch that runs at once. What is wrong with it comes back beside the form."""
    try:
        made = desk.house.ask_watch(desk.site, visit.actor, _wish(desk, visit.form))
    except Refusal as refused:
        return _list(desk, visit, visit.form, refused)
    return go(_path(made.id), "watch-asked")


def _list(desk: Desk, visit: Visit, typed: Form, refused: Refusal | None) -> Response:
    status = _member(Status, visit.query.one("status"))
    role = _member(Role, visit.query.one("role"))
    found = desk.house.read_watches(desk.site, visit.actor, status=status, role=role)
    rows = tuple(
        Row(
            watch=one,
            state=state_of(one, visit.now),
            source=source_of(one),
            kinds=_kinds(one),
            found=found.found.get(one.id, 0),
        )
        for one in found.watches
    )
    return desk.html(
        "watches.html",
        visit,
        200 if refused is None else 422,
        rows=rows,
        at_bound=len(rows) == LIST_MAX,
        counts={STATUSES[name]: found.counts.get(name, 0) for name in Status},
        statuses={name.value: words for name, words in STATUSES.items()},
        roles={name.value: words for name, words in ROLES.items()},
        askable={name.value: ROLES[name] for name in Role if name in ASKABLE},
        kinds={kind.value: words for kind, words in KINDS.items()},
        chosen_status="" if status is None else status.value,
        chosen_role="" if role is None else role.value,
        typed=typed,
        days=typed.one("days") or str(DAYS_USUAL),
        days_max=DAYS_MAX,
        refused=None if refused is None else reason_of(refused),
    )


def _member(kind: type[E], said: str) -> E | None:
    """The member of that name; None for another: an address may say anything."""
    return next((one for one in kind if one.value == said), None)


def source_of(watch: Watch) -> str:
    """Who asks, in words."""
    said = ROLES[watch.role]
    return f"{said}, {watch.organisation}" if watch.organisation else said


def _kinds(watch: Watch) -> tuple[tuple[str, int], ...]:
    return tuple((kind.value, watch.kinds.count(kind)) for kind in TermKind if kind in watch.kinds)


def _wish(desk: Desk, form: Form) -> Wish:
    """Terms one a line, by kind. Raises Refusal naming the first that cannot be read."""
    role = form.one("role")
    if role not in {one.value for one in ASKABLE}:
        raise Refusal("say who asks")
    read = desk.house.watch_index.read
    terms = tuple(
        read_term(kind, line, read)
        for kind in TermKind
        for line in form.one(kind.value).splitlines()
        if line.strip()
    )
    return Wish(
        role=Role(role),
        organisation=form.one("organisation"),
        terms=terms,
        reason=form.one("reason"),
        days=_days(form),
    )


def _days(form: Form) -> int:
    said = form.one("days")
    if not (said.isascii() and said.isdigit() and len(said) <= 4):
        raise Refusal(f"say for how many days, 1 to {DAYS_MAX}")
    return int(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A match, with the ad's own id and the case it went into."""

    match: Match
    external_id: str
    case: CaseId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a watch: matches, history, the case of the alert that asked."""

    found: tuple[Found, ...]
    history: tuple[Line, ...]
    asked_by: str
    alert_case: CaseId | None


def watch_page(desk: Desk, visit: Visit) -> Response:
    """One watch."""
    return _page(desk, visit, None)


def approve(desk: Desk, visit: Visit) -> Response:
    """One reviewer's yes: it runs, and the archive is searched."""
    return _step(desk, visit, "approve")


def refuse(desk: Desk, visit: Visit) -> Response:
    """One reviewer's no: it never ran."""
    return _step(desk, visit, "refuse")


def renew(desk: Desk, visit: Visit) -> Response:
    """It runs so many days from now."""
    return _step(desk, visit, "renew")


def end(desk: Desk, visit: Visit) -> Response:
    """It matches nothing any more."""
    return _step(desk, visit, "end")


def _step(desk: Desk, visit: Visit, does: str) -> Response:
    by, name, reason = (desk.site, visit.actor), _name(visit), visit.form.one("reason")
    house = desk.house
    try:
        if does == "approve":
            house.review_watch.approve(*by, name, reason)
        elif does == "refuse":
            house.review_watch.refuse(*by, name, reason)
        elif does == "renew":
            house.run_on_watch.renew(*by, name, _days(visit.form), reason)
        else:
            house.run_on_watch.end(*by, name, reason)
    except NotFound:
        raise
    except Refusal as refused:
        return _page(desk, visit, refused)
    return go(_path(name), f"watch-{does}")


def _page(desk: Desk, visit: Visit, refused: Refusal | None) -> Response:
    view = desk.house.read_watches.one(desk.site, visit.actor, _name(visit))
    beside = desk.house.store.read(lambda work: _beside(work, desk.site, visit, view))
    status = 200
    if refused is not None:
        status = 409 if isinstance(refused, Conflict) else 422
    return desk.html(
        "watch.html",
        visit,
        status,
        view=view,
        beside=beside,
        state=state_of(view.watch, visit.now),
        source=source_of(view.watch),
        kinds=_kinds(view.watch),
        kind_words={kind.value: words for kind, words in KINDS.items()},
        runs=view.watch.runs(visit.now),
        days_max=DAYS_MAX,
        days=visit.form.one("days") or str(DAYS_USUAL),
        said_before=visit.form.one("reason"),
        refused=None if refused is None else reason_of(refused),
    )


def _beside(work: SqlWork, site: Site, visit: Visit, view: WatchView) -> Beside:
    people, watch = people_of(work, site), view.watch
    cases = work.cases.cases_of_watch(site, watch.id)
    lines = history(view.history, people)
    alert = None if watch.alert is None else work.alerts.get(site, watch.alert)
    return Beside(
        found=tuple(
            Found(
                match=one,
                external_id=work.watches.ad(site, one.ad).external_id,
                case=cases.get(one.ad),
            )
            for one in view.matches
        ),
        history=tuple(lines),
        asked_by=people.name(watch.asked_by),
        alert_case=alert.case if alert is not None and visit.may(P.ALERT_READ) else None,
    )


def _name(visit: Visit) -> Name:
    return Name(visit.path["watch"])


def _path(name: str) -> str:
    return f"/console/watches/{name}"
