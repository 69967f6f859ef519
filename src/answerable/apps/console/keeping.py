"""What is held and why, what waits to be let go, and who was given which file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from answerable.access.decide import permissions_of
from answerable.access.model import Permission
from answerable.adapters.sql import reads
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.incident import STAFF_MAX, people_of
from answerable.apps.console.visit import Desk, Visit, go, reason_of
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import ActorId, Site
from answerable.preservation.disposal import Class, State
from answerable.preservation.model import Hold
from answerable.preservation.process_service import view as process_view

P = Permission
READ = (P.HOLD_READ,)
SIGN = (P.HOLD_READ, P.DISPOSAL_SIGN)
AUDIT = (P.EVIDENCE_AUDIT,)
HOLDS_SHOWN = 500
READS_SHOWN = 200
ITEMS_SHOWN = 200
CLASSES = {
    Class.AD: "ads",
    Class.CONNECTIONS: "connections of ads",
    Class.ALERT: "words of answered alerts",
    Class.WATCH: "words of ended watches",
}
STATES = {
    State.PROPOSED: "waits for signatures",
    State.SIGNED: "signed, being done",
    State.DONE: "done",
    State.REFUSED: "refused",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold with the ad's own id and, for legal process, its authority."""

    hold: Hold
    external_id: str
    authority: str
    renewals: int


def holds_page(desk: Desk, visit: Visit) -> Response:
    """Every hold that runs, the next to end first."""
    holds, approvals = desk.house.keeping.read_holds(desk.site, visit.actor, HOLDS_SHOWN)

    def gather(work: SqlWork) -> dict[str, Any]:
        people = people_of(work, desk.site)
        views = {
            name: process_view(work, desk.site, name)
            for name in {hold.process for hold in holds if hold.process is not None}
        }
        rows = []
        for hold in holds:
            view = None if hold.process is None else views[hold.process]
            rows.append(
                HoldRow(
                    hold=hold,
                    external_id=work.ads.get(desk.site, hold.ad).external_id,
                    authority="" if view is None else view.paper.authority,
                    renewals=0 if view is None else view.process.renewals,
                )
            )
        return {
            "rows": rows,
            "waiting": [(one, people.name(one.by)) for one in approvals],
        }

    return desk.html("holds.html", visit, most=HOLDS_SHOWN, **desk.house.store.read(gather))


def disposals_page(desk: Desk, visit: Visit) -> Response:
    """Batches, those that wait for somebody first."""
    batches = desk.house.keeping.read_disposals(desk.site, visit.actor)
    return desk.html("disposals.html", visit, batches=batches, classes=CLASSES, states=STATES)


def disposal_page(desk: Desk, visit: Visit) -> Response:
    """One batch with its list."""
    return _disposal(desk, visit)


def _disposal(desk: Desk, visit: Visit, refused: str = "") -> Response:
    batch, items = desk.house.keeping.read_disposals.one(
        desk.site, visit.actor, visit.path["disposal"], ITEMS_SHOWN
    )

    def gather(work: SqlWork) -> Mapping[str, Any]:
        people = people_of(work, desk.site)
        names = {
            item.name: work.ads.get(desk.site, ad).external_id
            for item in items
            if item.data_class not in (Class.ALERT, Class.WATCH)
            for ad in work.disposals.ads_concerned(desk.site, item.data_class, item.name)
        }
        first = people.name(ActorId(batch.first)) if batch.first else ""
        second = people.name(ActorId(batch.second)) if batch.second else ""
        return {"names": names, "first": first, "second": second}

    return desk.html(
        "disposal.html",
        visit,
        422 if refused else 200,
        batch=batch,
        items=items,
        total=sum(batch.counts.values()),
        classes=CLASSES,
        states=STATES,
        refused=refused,
        **desk.house.store.read(gather),
    )


def sign(desk: Desk, visit: Visit) -> Response:
    """One of the two signatures under exactly the list of this page."""
    name, digest = visit.path["disposal"], visit.form.one("digest")
    try:
        after = desk.house.keeping.sign_disposal(desk.site, visit.actor, name, digest)
    except Refusal as refused:
        return _disposal(desk, visit, reason_of(refused))
    said = "signed-both" if after.state is State.SIGNED else "signed-one"
    return go(f"/console/disposals/{name}", said)


def refuse(desk: Desk, visit: Visit) -> Response:
    """One person leaves everything where it is."""
    name = visit.path["disposal"]
    try:
        desk.house.keeping.refuse_disposal(desk.site, visit.actor, name, visit.form.one("reason"))
    except Refusal as refused:
        return _disposal(desk, visit, reason_of(refused))
    return go(f"/console/disposals/{name}", "disposal-refused")


def _who_may_look(work: SqlWork, site: Site) -> list[str]:
    """The access list (2258A(h)(3)): everybody whose log-in is open and opens files, by name."""
    return [
        f"{one.name} ({one.organisation})"
        for one in work.access.everyone(site, STAFF_MAX)
        if not one.blocked and Permission.EVIDENCE_VIEW in permissions_of(one.roles)
    ]


def reads_page(desk: Desk, visit: Visit) -> Response:
    """Who was given which file, the newest first; and how often, by purpose and person."""
    text = visit.query.one("page")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= 6 else 1

    def gather(work: SqlWork) -> dict[str, Any]:
        people = people_of(work, desk.site)
        offset = (number - 1) * READS_SHOWN
        rows = reads.latest(work.conn, desk.site, READS_SHOWN, offset)
        counted = reads.counted(work.conn, desk.site)
        return {
            "rows": [(row, people.name(ActorId(row.actor))) for row in rows],
            "counted": [(p, people.name(ActorId(who)), n) for (p, who), n in counted.items()],
            "more": len(rows) == READS_SHOWN,
            "may": _who_may_look(work, desk.site),
        }

    return desk.html("reads.html", visit, number=number, **desk.house.store.read(gather))
