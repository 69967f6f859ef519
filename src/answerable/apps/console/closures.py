"""Sections in the console: close one, propose to open it, agree as the second of two."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.ads.sections import REOPEN_LENGTH
from answerable.apps.console.incident import people_of
from answerable.apps.console.visit import Desk, Form, Visit, go, reason_of
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.time import Millis, from_datetime

NEEDS = (Permission.SECTION_CHANGE,)
PATH = "/console/sections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed into the form of a closing."""

    section: str = ""
    jurisdiction: str = "*"
    notice: str = ""
    reason: str = ""
    effective: str = ""


def page(desk: Desk, visit: Visit) -> Response:
    """Every closing, with what can be done about it, and a form for another."""
    return _page(desk, visit, Typed())


def close(desk: Desk, visit: Visit) -> Response:
    """One person closes a section, now or from a time on."""
    typed = _typed(visit.form)
    try:
        desk.house.close_section.close(
            desk.site,
            typed.section,
            typed.jurisdiction,
            typed.notice,
            typed.reason,
            visit.actor.id,
            effective=_moment(typed.effective),
            org=visit.actor.organisation,
        )
    except Refusal as refused:
        return _page(desk, visit, typed, refused)
    return go(PATH, "section-closed")


def open_again(desk: Desk, visit: Visit) -> Response:
    """The first of two proposes, the second agrees."""
    form = visit.form
    try:
        done = desk.house.close_section.open(
            desk.site,
            form.one("section"),
            form.one("jurisdiction"),
            form.one("reason"),
            visit.actor.id,
            org=visit.actor.organisation,
        )
    except Refusal as refused:
        return _page(desk, visit, Typed(), refused)
    return go(PATH, "section-opened" if done else "section-proposed")


def keep(desk: Desk, visit: Visit) -> Response:
    """Somebody does not agree, or takes the proposal back: it stays closed, and says so anew."""
    form = visit.form
    try:
        desk.house.close_section.keep_closed(
            desk.site, form.one("section"), form.one("jurisdiction"), visit.actor.id
        )
    except Refusal as refused:
        return _page(desk, visit, Typed(), refused)
    return go(PATH, "section-kept")


def _typed(form: Form) -> Typed:
    return Typed(**{name: form.one(name) for name in Typed.__dataclass_fields__})


def _moment(text: str) -> Millis | None:
    """A time as typed; without a zone it is UTC. Raises Refusal."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("a time is written like 2026-12-01T00:00") from None
    return from_datetime(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _page(desk: Desk, visit: Visit, typed: Typed, refused: Refusal | None = None) -> Response:
    people = desk.house.store.read(lambda work: people_of(work, desk.site))
    status = 200
    if refused is not None:
        status = 409 if isinstance(refused, Conflict) else 422
    return desk.html(
        "closures.html",
        visit,
        status,
        closures=desk.house.closures(desk.site),
        before=typed,
        refused=None if refused is None else reason_of(refused),
        names=people.name,
        reopen_length=REOPEN_LENGTH,
    )
