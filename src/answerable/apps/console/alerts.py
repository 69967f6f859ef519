"""Alerts in the console: what waits for a person because its hide was put off, and the switch."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.flood import Ground, Scope
from answerable.alerts.model import Alert
from answerable.apps.console.visit import Desk, Visit, go
from answerable.events.duties.clocks import FLOOD_LOOK
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
    """An alert whose ad is still up. `left`: ms until a person must have looked, None: looked."""

    alert: Alert
    ad: str
    why: str
    ends: Millis | None
    left: int


def alerts_page(desk: Desk, visit: Visit) -> Response:
    """What was put off, the look that ends first on top; then the switches."""

    def gather(work: SqlWork) -> dict[str, Any]:
        rows = work.alerts.put_off_alerts(desk.site, ROWS_MAX)
        told = [_waiting(work, row, visit.now) for row in rows]
        return {
            "rows": sorted(told, key=lambda one: (one.ends is None, one.ends or 0)),
            "floods": work.alerts.floods(desk.site, FLOODS_MAX),
        }

    told = desk.house.store.read(gather)
    return desk.html("alerts.html", visit, scopes=SCOPES, at_bound=ROWS_MAX, **told)


def _waiting(work: SqlWork, row: Alert, now: Millis) -> Waiting:
    ends = None
    if row.ad is not None:
        clocks = work.cases.clocks_on(row.site, row.ad)
        ends = min((c.ends for c in clocks if c.duty == FLOOD_LOOK), default=None)
    return Waiting(
        alert=row,
        ad="" if row.ad is None else work.ads.get(row.site, row.ad).external_id,
        why="" if row.put_off is None else GROUNDS[row.put_off],
        ends=ends,
        left=0 if ends is None else ends - now,
    )


def end_flood(desk: Desk, visit: Visit) -> Response:
    """A senior person turns the switch off, and says why."""
    desk.house.end_flood(desk.site, visit.actor, visit.path["flood"], visit.form.one("reason"))
    return go(HERE, "flood-ended")
