"""Alerts in the console: what waits for a person because its hide was put off, and the switch."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.flood import Ground, Scope
from answerable.alerts.model import Alert
from answerable.alerts.sources import Kind
from answerable.apps.console.sources import KINDS
from answerable.apps.console.visit import Desk, Visit, go
from answerable.events.duties.clocks import FLAGGER_ANSWER, FLOOD_LOOK, POLICE_ANSWER
from answerable.kernel.time import Millis

READ = (Permission.ALERT_READ, Permission.CASE_READ)
CARE = (*READ, Permission.ALERT_CARE)
HERE = "/console/alerts"
ROWS_MAX = 200
FLOODS_MAX = 20
GROUNDS = {
    Ground.FLOOD: "a flood",
    Ground.LIMITED: "its alerter is limited",
    Ground.EXCEPTION: "an exception for the ad",
}
SCOPES = {Scope.SITE: "the whole site", Scope.ACCOUNT: "one advertiser"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert without an answer: the clock of it that ends first, and the ms that are left."""

    alert: Alert
    ad: str
    why: str
    duty: str
    ends: Millis | None
    left: int


def alerts_page(desk: Desk, visit: Visit) -> Response:
    """`?from=` a kind of source: its own queue. Else what was put off. The next end on top."""

    chosen = visit.query.one("from")

    def gather(work: SqlWork) -> dict[str, Any]:
        kind = Kind(chosen) if chosen in [one.value for one in Kind] else None
        rows = (
            work.alerts.put_off_alerts(desk.site, ROWS_MAX)
            if kind is None
            else work.alerts.open_of_kind(desk.site, kind, ROWS_MAX)
        )
        told = [_waiting(work, row, visit.now) for row in rows]
        return {
            "rows": sorted(told, key=lambda one: (one.ends is None, one.ends or 0)),
            "floods": work.alerts.floods(desk.site, FLOODS_MAX),
        }

    told = desk.house.store.read(gather)
    return desk.html(
        "alerts.html",
        visit,
        scopes=SCOPES,
        at_bound=ROWS_MAX,
        queues={"": "Put off, waiting for a look"} | {k.value: n for k, n in KINDS.items()},
        chosen=chosen,
        **told,
    )


def _waiting(work: SqlWork, row: Alert, now: Millis) -> Waiting:
    wanted = (FLOOD_LOOK,) if row.put_off is not None else (FLAGGER_ANSWER, POLICE_ANSWER)
    clocks = () if row.case is None else work.cases.clocks_of(row.site, row.case)
    runs = [c for c in clocks if c.running and c.duty in wanted and c.ad in (row.ad, None)]
    first = min(runs, key=lambda c: (c.ends, c.id), default=None)
    return Waiting(
        alert=row,
        ad="no ad of ours" if row.ad is None else work.ads.get(row.site, row.ad).external_id,
        why="" if row.put_off is None else GROUNDS[row.put_off],
        duty="" if first is None else first.duty.name,
        ends=None if first is None else first.ends,
        left=0 if first is None else first.ends - now,
    )


def end_flood(desk: Desk, visit: Visit) -> Response:
    """A senior person turns the switch off, and says why."""
    desk.house.care.end_flood(desk.site, visit.actor, visit.path["flood"], visit.form.one("reason"))
    return go(HERE, "flood-ended")
