"""Steps of serving: take the next case, hand one over, skip it, pass on it, take that back."""

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.apps.console.casework import again, case_of, case_path
from answerable.apps.console.visit import Desk, Visit, go
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId

DECIDE = (Permission.CASE_READ, Permission.CASE_DECIDE)


def take_next(desk: Desk, visit: Visit) -> Response:
    """The most urgent case for this person, in their hand; or the queue, saying that none is."""
    taken = desk.house.take_next(desk.site, visit.actor)
    if taken is None:
        return go("/console", "nothing-next")
    return go(case_path(taken.id), "claimed")


def hand_over(desk: Desk, visit: Visit) -> Response:
    """The case goes to a colleague."""
    to, note = ActorId(visit.form.one("to")), visit.form.one("note")
    try:
        desk.house.hand_over(desk.site, visit.actor, case_of(visit), to, note)
    except Refusal as refused:
        return again(desk, visit, refused, said=note)
    return go(case_path(case_of(visit)), "handed")


def skip(desk: Desk, visit: Visit) -> Response:
    """Not now."""
    desk.house.skip_case(desk.site, visit.actor, case_of(visit))
    return go("/console", "skipped")


def pass_on(desk: Desk, visit: Visit) -> Response:
    """Not this one, and nobody asks why."""
    desk.house.pass_case(desk.site, visit.actor, case_of(visit))
    return go("/console", "passed")


def take_back(desk: Desk, visit: Visit) -> Response:
    desk.house.take_back(desk.site, visit.actor, case_of(visit))
    return go(case_path(case_of(visit)), "taken-back")
