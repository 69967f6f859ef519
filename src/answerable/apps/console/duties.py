"""Duties: every one in the table, whether it runs here and why not; and moving a clock's end."""

from dataclasses import dataclass

from starlette.responses import Response

from answerable.access.consent import CONSENT_LENGTH
from answerable.access.model import Permission
from answerable.apps.console.bells import moment
from answerable.apps.console.casework import again, case_of, case_path
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import spaced
from answerable.apps.console.visit import Desk, Visit, go, reason_of
from answerable.cases.jurisdictions import GIVE_UP, given_up
from answerable.events.duties.clocks import EVERY_DUTY, EVERYWHERE, JURISDICTIONS, Duty
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ClockId
from answerable.kernel.time import Millis

READ = (Permission.ROTA_READ,)
"""Every role has it: the table holds no contents."""
SET = (Permission.ROTA_READ, Permission.DUTY_SET)
WAITING_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """A duty as the table shows it, and why it runs here or does not."""

    duty: Duty
    name: str
    runs: bool
    why: str
    told: str


def duties_page(desk: Desk, visit: Visit) -> Response:
    """The whole table for this site."""
    return _page(desk, visit)


def serve(desk: Desk, visit: Visit) -> Response:
    """Take on the duties of a jurisdiction, or ask to give one up (two people)."""
    form = visit.form
    chosen, reason = form.many("jurisdiction"), form.one("reason")
    try:
        if form.one("what") == "give-up":
            done = desk.house.serve.give_up(desk.site, visit.actor, chosen, reason)
            return go("/console/duties", "duties-set" if done is not None else "duties-wait")
        if not chosen:
            raise Refusal("tick at least one jurisdiction")
        desk.house.serve(desk.site, visit.actor, chosen, reason)
    except Refusal as refused:
        return _page(desk, visit, reason_of(refused))
    return go("/console/duties", "duties-set")


def extend(desk: Desk, visit: Visit) -> Response:
    """A later end for one clock of a case; the second person asks for the very same."""
    form = visit.form
    try:
        until = (
            Millis(int(form.one("at"))) if form.one("at").isdigit() else moment(form.one("until"))
        )
        moved = desk.house.extend_clock(
            desk.site,
            visit.actor,
            case_of(visit),
            ClockId(form.one("clock")),
            until,
            form.one("reason"),
        )
    except Refusal as refused:
        return again(desk, visit, refused)
    said = "extend-waits" if moved is None else "extended"
    return go(case_path(case_of(visit)), said)


def _page(desk: Desk, visit: Visit, fault: str = "") -> Response:
    served = desk.house.serve.served(desk.site)
    since = Millis(visit.now - CONSENT_LENGTH)
    waiting = desk.house.store.read(
        lambda w: w.consents.waiting(desk.site, GIVE_UP, since, WAITING_MAX)
    )
    people = desk.house.store.read(lambda w: people_of(w, desk.site))
    return desk.html(
        "duties.html",
        visit,
        422 if fault else 200,
        fault=fault,
        rows=[_row(duty, served) for duty in EVERY_DUTY],
        jurisdictions=[(code, name, code in served) for code, name in JURISDICTIONS.items()],
        waiting=[
            (given_up(one), people.name(one.by), one.reason, one.by == visit.actor.id)
            for one in waiting
        ],
        typed=visit.form,
    )


def _row(duty: Duty, served: frozenset[str]) -> DutyRow:
    if EVERYWHERE in duty.jurisdictions:
        why = "holds everywhere"
    else:
        named = ", ".join(JURISDICTIONS[code] for code in duty.jurisdictions)
        known = not served.isdisjoint(duty.jurisdictions)
        why = f"the site serves {named}" if known else f"the site does not serve {named}"
    told = sorted({spaced(step.who.value) for step in duty.tell})
    return DutyRow(
        duty=duty,
        name=spaced(duty.name),
        runs=duty.holds_in(served),
        why=why,
        told=", ".join(told),
    )
