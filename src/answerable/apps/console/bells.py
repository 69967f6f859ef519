"""Bells and the rota: what rings and waits for an ear; who is on call, and when nobody is."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.apps.console.incident import people_of
from answerable.apps.console.telling import spaced
from answerable.apps.console.visit import Desk, Visit, go, reason_of
from answerable.escalation.decide import gaps
from answerable.escalation.model import GAPS_AHEAD, Bell, Gap, Rank, Shift
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, CaseId
from answerable.kernel.time import Millis, from_datetime

BELLS = (Permission.CASE_READ,)
HEARD = (Permission.CASE_READ, Permission.CASE_DECIDE)
ROTA = (Permission.ROTA_READ,)
SET_ROTA = (Permission.ROTA_READ, Permission.ROTA_SET)
MINE = (Permission.ROTA_READ, Permission.CASE_READ)
STAFF_MAX = 500
RANKS = {Rank.ON_CALL: "on call", Rank.HEAD: "head on call"}
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRow:
    """A clock that rings, and how long it has: negative once it ran out."""

    bell: Bell
    duty: str
    left: int
    told: Millis


def bells_page(desk: Desk, visit: Visit) -> Response:
    """Everything that was told to somebody and that nobody has acknowledged."""
    return _bells(desk, visit)


def _bells(desk: Desk, visit: Visit, fault: str = "") -> Response:
    rows = tuple(
        BellRow(
            bell=bell,
            duty=spaced(bell.duty.name),
            left=bell.ends - visit.now,
            told=bell.rung[-1].at,
        )
        for bell in desk.house.read_bells(desk.site, visit.actor)
    )
    wanted = desk.house.settings
    return desk.html(
        "bells.html",
        visit,
        422 if fault else 200,
        rows=rows,
        fault=fault,
        mail=bool(wanted.smtp_host),
        hook=bool(wanted.alarm_url),
    )


def heard(desk: Desk, visit: Visit) -> Response:
    """Somebody has heard what rings for a case."""
    try:
        desk.house.acknowledge_bells(desk.site, visit.actor, CaseId(visit.form.one("case")))
    except Refusal as refused:
        return _bells(desk, visit, reason_of(refused))
    return go("/console/bells", "heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """A shift with its person's name."""

    shift: Shift
    who: str
    rank: str
    now: bool


def rota_page(desk: Desk, visit: Visit) -> Response:
    """Present and coming shifts, and the gaps of the next week."""
    return _rota(desk, visit)


def _rota(desk: Desk, visit: Visit, fault: str = "") -> Response:
    shifts = desk.house.rota.shifts(desk.site, visit.actor)
    until = Millis(visit.now + GAPS_AHEAD)
    people = desk.house.store.read(lambda w: people_of(w, desk.site))
    staff = desk.house.store.read(lambda w: w.access.everyone(desk.site, STAFF_MAX))
    missing: tuple[Gap, ...] = tuple(
        gap for rank in Rank for gap in gaps(shifts, rank, visit.now, until)
    )
    return desk.html(
        "rota.html",
        visit,
        422 if fault else 200,
        fault=fault,
        rows=[
            ShiftRow(
                shift=shift,
                who=people.name(shift.staff),
                rank=RANKS[shift.rank],
                now=shift.begins <= visit.now < shift.ends,
            )
            for shift in shifts
        ],
        gaps=[(RANKS[gap.rank], gap) for gap in missing],
        staff=[(one.actor_id, one.name) for one in staff if not one.blocked],
        ranks=[(rank.value, words) for rank, words in RANKS.items()],
        typed=visit.form,
        address=desk.house.rota.address(desk.site, visit.actor),
    )


def add_shift(desk: Desk, visit: Visit) -> Response:
    """Somebody is on call from then to then (UTC)."""
    form = visit.form
    try:
        if form.one("rank") not in [rank.value for rank in Rank]:
            raise Refusal("say whether this is on call or head on call")
        desk.house.rota.add(
            desk.site,
            visit.actor,
            ActorId(form.one("staff")),
            Rank(form.one("rank")),
            moment(form.one("begins")),
            moment(form.one("ends")),
        )
    except Refusal as refused:
        return _rota(desk, visit, reason_of(refused))
    return go("/console/rota", "shift-added")


def remove_shift(desk: Desk, visit: Visit) -> Response:
    """A shift will not be."""
    try:
        desk.house.rota.remove(desk.site, visit.actor, visit.form.one("shift"))
    except Refusal as refused:
        return _rota(desk, visit, reason_of(refused))
    return go("/console/rota", "shift-removed")


def set_address(desk: Desk, visit: Visit) -> Response:
    """Where my own bells are mailed to."""
    try:
        desk.house.rota.set_address(desk.site, visit.actor, visit.form.one("address"))
    except Refusal as refused:
        return _rota(desk, visit, reason_of(refused))
    return go("/console/rota", "address")


def moment(text: str) -> Millis:
    """`2026-12-24T18:00` as UTC, as a date field sends it. Raises Refusal."""
    if not _LOCAL.fullmatch(text):
        raise Refusal("a time is written 2026-12-24T18:00, in UTC")
    try:
        return from_datetime(datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=UTC))
    except ValueError:
        raise Refusal("there is no such day or hour") from None
