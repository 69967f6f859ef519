"""The doctor: what is missing in what the site sends, and what waits for somebody's hand."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from answerable.adapters.sql import core
from answerable.adapters.sql.outbox import parked
from answerable.adapters.sql.sequencer import waiting
from answerable.adapters.sql.work import SqlWork
from answerable.apps.alert_page.hotlines import load_hotlines
from answerable.apps.emergency import emergency_lines
from answerable.apps.tipline_schema import SchemaShelf, needs_a_hand
from answerable.apps.wiring import House
from answerable.cases.emergency import Called
from answerable.events.ads import AdReceived
from answerable.kernel.ids import EventId
from answerable.reports.model import Status

SUBMISSIONS_MAX = 2_000

FIELDS = (
    "section",
    "place",
    "language",
    "account",
    "account.id",
    "account.emails",
    "account.emails.verified_at",
    "account.phones",
    "account.profile_url",
    "connections",
    "connections.port",
    "connections.at",
    "connections.event",
    "connections.device",
    "payment",
    "attachments.url",
    "attachments stored",
)


def lines(house: House) -> Iterator[str]:
    """Plain lines for people; shares over the last submissions."""
    total, missing = house.store.read(lambda work: _missing(work, house))
    if total == 0:
        yield "no submissions yet"
    for field in FIELDS:
        if missing[field]:
            share = 100 * missing[field] / total
            yield f"no {field} in {share:.0f} % of submissions ({missing[field]} of {total})"
    served = house.serve.served(house.site)
    if not served:
        yield "no jurisdiction is served, so only what holds everywhere runs: `answerable serves`"
    active = house.read_packs.in_force(house.site)
    if active is not None and not house.pack.is_(active):
        yield f"ANSWERABLE_PACK is not the rule pack in force, {active.name} ({active.digest})"
    if load_hotlines(house.settings.hotlines).example:
        yield "the alert page shows example hotlines: set ANSWERABLE_HOTLINES"
    if any(
        one.example
        for one in emergency_lines(house.settings, house.home)
        if one.kind is Called.POLICE
    ):
        yield "the emergency sheet shows example police numbers: set ANSWERABLE_EMERGENCY"
    settings = house.settings
    yield from needs_a_hand(
        SchemaShelf(house.home.tipline_schema),
        settings.tipline_profile,
        real=settings.tipline_real,
        now=house.store.read(lambda work: work.now()),
    )
    for piece in house.store.read(lambda work: parked(work)):
        yield f"parked: {piece.service} for event {piece.event}"
    left = house.store.read(lambda work: waiting(work, house.site))
    if left:
        yield f"{left} recorded events wait to become leaves (is `answerable up` running?)"
    for duty in house.store.read(lambda work: work.reports.open_duties(house.site, 100)):
        if duty.why:
            yield f"report {duty.id} needs a person: {duty.why}"
        if duty.status is Status.BY_HAND:
            yield f"report {duty.id} waits to be filed by hand"
    by_hand = house.store.read(lambda work: work.reports.finished_by_hand(house.site))
    if unconfirmed := sum(1 for one in by_hand if one.reconciled is None):
        yield f"{unconfirmed} reports by hand are on no list yet: `answerable reports reconcile`"


def _missing(work: SqlWork, house: House) -> tuple[int, Counter[str]]:
    rows = work.conn.execute(
        select(core.event.c.event_id)
        .where(
            core.event.c.site == house.site, core.event.c.type.in_(["ad.received", "ad.revised"])
        )
        .order_by(core.event.c.recorded.desc())
        .limit(SUBMISSIONS_MAX)
    )
    total, missing = 0, Counter[str]()
    for (event_id,) in rows.all():
        event = work.recorded(EventId(event_id)).event
        if isinstance(event, AdReceived) and event.text is not None:
            total += 1
            missing.update(_absent(event, work, house))
    return total, missing


def _absent(event: AdReceived, work: SqlWork, house: House) -> Iterator[str]:
    account: Any = event.account or {}
    told = {
        "section": event.section,
        "place": event.place,
        "language": event.language,
        "account": event.account,
        "account.id": account.get("id"),
        "account.emails": account.get("emails"),
        "account.emails.verified_at": all(
            e.get("verified_at") for e in account.get("emails") or [{}]
        ),
        "account.phones": account.get("phones"),
        "account.profile_url": account.get("profile_url"),
        "connections": event.connections,
        "payment": event.payment,
    }
    for part in ("port", "at", "event", "device"):
        told[f"connections.{part}"] = bool(event.connections) and all(
            c.get(part) for c in event.connections
        )
    told["attachments.url"] = all(a.get("url") for a in event.attachments)
    told["attachments stored"] = all(
        work.reports.has_file(house.site, a["sha256"]) for a in event.attachments
    )
    return (field for field in FIELDS if not told[field])
