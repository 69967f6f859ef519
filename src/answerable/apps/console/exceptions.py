"""Exceptions to hide first in the console: ask, grant as the second, end. Two people; an end."""

from typing import Any

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.exceptions import ADS_MAX, LENGTH_MAX, HideException, Request
from answerable.alerts.weighing import EXCEPTIONS_MAX
from answerable.apps.console.incident import people_of
from answerable.apps.console.visit import Desk, Visit, go
from answerable.kernel.errors import Refusal
from answerable.kernel.time import DAY, Millis

NEEDS = (Permission.ALERT_READ, Permission.HIDE_EXCEPT)
HERE = "/console/exceptions"


def exceptions_page(desk: Desk, visit: Visit) -> Response:
    """What waits for a second person, what runs, what is over; and the form."""

    def gather(work: SqlWork) -> dict[str, Any]:
        people = people_of(work, desk.site)
        rows = work.alerts.exceptions(desk.site, EXCEPTIONS_MAX)
        return {"rows": [_row(work, people, one, visit) for one in rows]}

    told = desk.house.store.read(gather)
    return desk.html("exceptions.html", visit, days_max=LENGTH_MAX // DAY, ads_max=ADS_MAX, **told)


def _row(work: SqlWork, people: Any, one: HideException, visit: Visit) -> dict[str, Any]:
    return {
        "exception": one,
        "ads": [work.ads.get(one.site, ad).external_id for ad in one.ads],
        "asked_by": people.name(one.asked_by),
        "granted_by": "" if one.granted_by is None else people.name(one.granted_by),
        "runs": one.runs_at(visit.now),
        "waits": one.waits(visit.now),
        "mine": one.asked_by == visit.actor.id,
    }


def ask(desk: Desk, visit: Visit) -> Response:
    """The first of two."""
    form, days = visit.form, visit.form.one("days")
    if not (days.isascii() and days.isdecimal() and len(days) <= 3):
        raise Refusal("say for how many days")
    named = tuple(dict.fromkeys(line.strip() for line in form.one("ads").splitlines()))
    desk.house.care.ask_exception(
        desk.site,
        visit.actor,
        tuple(name for name in named if name),
        Request(
            authority=form.one("authority"),
            reference=form.one("reference"),
            dated=form.one("dated"),
            officer=form.one("officer"),
        ),
        Millis(visit.now + int(days) * DAY),
        renews=form.one("renews") or None,
    )
    return go(HERE, "exception-asked")


def grant(desk: Desk, visit: Visit) -> Response:
    """The second of two, another person."""
    desk.house.care.grant_exception(desk.site, visit.actor, visit.path["exception"])
    return go(HERE, "exception-granted")


def end(desk: Desk, visit: Visit) -> Response:
    """One person is enough to go back to the rule."""
    reason = visit.form.one("reason")
    desk.house.care.end_exception(desk.site, visit.actor, visit.path["exception"], reason)
    return go(HERE, "exception-ended")
