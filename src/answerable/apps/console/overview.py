"""Reports and health: what is owed and not done, what stands still, and who must look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from answerable.access.model import Permission
from answerable.adapters.sql import core
from answerable.adapters.sql.reports import report, report_ad
from answerable.adapters.sql.sequencer import waiting
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.telling import REPORT_STATUS, report_tone
from answerable.apps.console.visit import Desk, Visit
from answerable.events.duties.clocks import REPORT_PROMPTLY, REPORT_URGENTLY
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis
from answerable.ledger.checkpoint import read_head
from answerable.ledger.faults import Malformed
from answerable.reports.model import ENDED, Duty, Status

REPORTS = (Permission.REPORT_READ,)
HEALTH = (Permission.DIRECTIVE_READ,)
"""Every role has it: health shows no contents, and whoever works here may see that all is well."""
LIST_MAX = 200
PARKED_MAX = 100
OVERDUE_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A duty to report as the list shows it."""

    duty: Duty
    ads: tuple[str, ...]
    due: Millis
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Per ad, counted from the rows. The events are the truth: `answerable audit` counts those."""

    owed: int
    finished: int
    pending: int
    needs_person: int
    withdrawn: int
    to_file: int = 0  # of the pending: laid out for a person, and not entered yet

    @property
    def residual(self) -> int:
        return self.owed - self.finished - self.pending - self.needs_person - self.withdrawn


def reports_page(desk: Desk, visit: Visit) -> Response:
    """What is owed first; then what is finished, with the CyberTipline's ids."""

    def gather(work: SqlWork) -> dict[str, Any]:
        site = desk.site
        hands = {one.report: one for one in work.reports.finished_by_hand(site)}
        latest = [d for d in work.reports.latest(site, LIST_MAX) if d.status in ENDED]
        return {
            "open": tuple(
                _row(work, duty, visit.now) for duty in work.reports.open_duties(site, LIST_MAX)
            ),
            "ended": tuple(_row(work, duty, visit.now) for duty in latest),
            "sums": _sums(work, site),
            "hands": hands,
            "by_hand": len(hands),
            "unconfirmed": sum(1 for one in hands.values() if one.reconciled is None),
        }

    told = desk.house.store.read(gather)
    return desk.html(
        "reports.html",
        visit,
        report_statuses=REPORT_STATUS,
        report_tone=report_tone,
        undo_ms=desk.house.settings.undo_ms,
        **told,
    )


def _row(work: SqlWork, duty: Duty, now: Millis) -> Row:
    """Needs-a-person is overdue like the rest: it stays a duty."""
    clock = REPORT_URGENTLY if duty.urgent else REPORT_PROMPTLY
    due = clock.ends(duty.owed)
    return Row(
        duty=duty,
        ads=tuple(work.ads.get(duty.site, ad).external_id for ad in duty.ads),
        due=due,
        overdue=due < now and duty.status not in ENDED,
    )


def _sums(work: SqlWork, site: Site) -> Sums:
    """Each term by its own count, never as a difference. A follow-up is no further decision."""
    rows = work.conn.execute(
        select(report.c.status, func.count())
        .join(
            report_ad,
            (report_ad.c.site == report.c.site) & (report_ad.c.report_id == report.c.report_id),
        )
        .where(report.c.site == site, report.c.follows.is_(None))
        .group_by(report.c.status)
    )
    counted: Mapping[str, int] = {row[0]: row[1] for row in rows}
    whole = work.conn.execute(
        select(func.count())
        .select_from(report_ad)
        .where(
            report_ad.c.site == site,
            report_ad.c.report_id.not_in(
                select(report.c.report_id).where(report.c.follows.is_not(None))
            ),
        )
    ).scalar_one()
    apart = {Status.FINISHED, Status.WITHDRAWN, Status.NEEDS_PERSON}
    return Sums(
        owed=int(whole),
        finished=counted.get(Status.FINISHED.value, 0),
        pending=sum(n for name, n in counted.items() if Status(name) not in apart),
        needs_person=counted.get(Status.NEEDS_PERSON.value, 0),
        withdrawn=counted.get(Status.WITHDRAWN.value, 0),
        to_file=counted.get(Status.BY_HAND.value, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A piece of work that went wrong for good: a person must look."""

    service: str
    event: str
    kind: str
    attempts: int
    why: str


def health_page(desk: Desk, visit: Visit) -> Response:
    """Every part in a line; what stands still; how far the log is."""

    def gather(work: SqlWork) -> dict[str, Any]:
        return {
            "parked": _parked(work),
            "unsequenced": waiting(work, desk.site),
            "clocks": len(work.cases.overdue(desk.site, visit.now, OVERDUE_MAX)),
            "backlog": _backlog(work),
        }

    return desk.html(
        "health.html",
        visit,
        look=desk.health.look(),
        head=_head(desk),
        origin=desk.house.facts.origin,
        **desk.house.store.read(gather),
    )


def _parked(work: SqlWork) -> tuple[Parked, ...]:
    rows = work.conn.execute(
        select(
            core.outbox.c.service,
            core.outbox.c.event_id,
            core.event.c.type,
            core.outbox.c.attempts,
            core.outbox.c.why,
        )
        .join(core.event, core.event.c.event_id == core.outbox.c.event_id)
        .where(core.outbox.c.parked.is_(True))
        .order_by(core.outbox.c.id)
        .limit(PARKED_MAX)
    )
    return tuple(
        Parked(
            service=row.service,
            event=row.event_id,
            kind=row.type,
            attempts=row.attempts,
            why=row.why or "",
        )
        for row in rows
    )


def _backlog(work: SqlWork) -> tuple[tuple[str, int, str], ...]:
    """(service, pieces of work that wait, why the last of them failed) per service."""
    rows = work.conn.execute(
        select(core.outbox.c.service, func.count(), func.max(core.outbox.c.why))
        .where(core.outbox.c.parked.is_(False))
        .group_by(core.outbox.c.service)
        .order_by(core.outbox.c.service)
    )
    return tuple((service, int(count), why or "") for service, count, why in rows)


def _head(desk: Desk) -> dict[str, Any] | None:
    note = desk.house.tiles.checkpoint()
    if note is None:
        return None
    try:
        head = read_head(note)
    except Malformed:
        return {"size": None, "root": "the checkpoint on disk cannot be read"}
    return {"size": head.size, "root": head.root.hex()}
