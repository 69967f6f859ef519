"""Registered sources and alerters in the console: register, revoke; warn, limit, lift a limit."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from answerable.access.model import Permission, Scope, TokenId
from answerable.adapters.sql.work import SqlWork
from answerable.alerts.alerters import (
    CITATION_DEFAULT,
    LIMIT_MAX,
    LOOKED_BACK,
    UNFOUNDED_AGAIN_MIN,
    UNFOUNDED_MIN,
    UNFOUNDED_PERCENT,
    Alerter,
)
from answerable.alerts.sources import Kind, Record, read_key
from answerable.alerts.sources_service import ALERTERS_MAX
from answerable.apps.console.visit import Desk, Visit, go
from answerable.kernel.errors import Refusal
from answerable.kernel.time import DAY, Millis

SOURCES = (Permission.ACCESS_MANAGE, Permission.TOKEN_MANAGE)
ALERTERS = (Permission.ALERT_READ, Permission.ALERT_CARE)
KINDS = {
    Kind.FLAGGER: "trusted flagger",
    Kind.POLICE: "law enforcement",
    Kind.HOTLINE: "hotline",
    Kind.NGO: "NGO",
}
HERE, PEOPLE = "/console/sources", "/console/alerters"


def sources_page(desk: Desk, visit: Visit) -> Response:
    """Every source with how exact it was; the form for a new one."""
    return _sources(desk, visit)


def _sources(desk: Desk, visit: Visit, secret: str = "") -> Response:
    rows = desk.house.care.read_sources(desk.site)
    return desk.html("sources.html", visit, rows=rows, kinds=KINDS, secret=secret)


def register(desk: Desk, visit: Visit) -> Response:
    """With a public key, or with a token that is made now and shown once."""
    form, house = visit.form, desk.house
    try:
        kind = Kind(form.one("kind"))
    except ValueError:
        raise Refusal("choose what the source is") from None
    key = read_key(form.one("key")) if form.one("key") else None
    told: dict[str, Any] = {name: form.one(name) for name in ("organisation", "contact", "how")}
    if key is not None:
        house.care.register_source(desk.site, visit.actor, kind=kind, key=key, **told)
        return go(HERE, "source-registered")
    if not told["organisation"]:
        raise Refusal("say the organisation, shortly")
    label = f"source: {told['organisation']}"
    scopes = frozenset({Scope.ALERTS})
    token, secret = house.create_token(desk.site, visit.actor, label, scopes)
    try:
        house.care.register_source(desk.site, visit.actor, kind=kind, token=token.id, **told)
    except Refusal:
        house.care.revoke_token(desk.site, visit.actor, token.id)
        raise
    return _sources(desk, visit, secret.open())


def revoke(desk: Desk, visit: Visit) -> Response:
    """Its signature says nothing from now on; a token of its own opens nothing either."""
    care, reason = desk.house.care, visit.form.one("reason")
    gone = care.revoke_source(desk.site, visit.actor, visit.path["source"], reason)
    if gone.token is not None:
        care.revoke_token(desk.site, visit.actor, TokenId(gone.token))
    return go(HERE, "source-revoked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An alerter as the page shows it: what it is known by, its record, where it stands."""

    identity: str
    name: str
    record: Record
    alerter: Alerter | None
    limited: bool


def alerters_page(desk: Desk, visit: Visit) -> Response:
    """Whose alerts, without a fact, two people declined; and whoever was warned."""

    def gather(work: SqlWork) -> dict[str, Any]:
        site, since = desk.site, Millis(visit.now - LOOKED_BACK)
        known = {one.identity: one for one in work.alerts.alerters(site, ALERTERS_MAX)}
        found = dict(work.alerts.patterns(site, since, ALERTERS_MAX))
        for identity in known:
            if identity not in found:
                found[identity] = work.alerts.record_of(site, identity, since)
        people = [
            _person(work, desk, identity, record, known.get(identity), visit.now)
            for identity, record in found.items()
        ]
        return {"people": sorted(people, key=lambda one: (-one.record.unfounded, one.identity))}

    return desk.html(
        "alerters.html",
        visit,
        **desk.house.store.read(gather),
        citation=CITATION_DEFAULT,
        days_max=LIMIT_MAX // DAY,
        looked_back=LOOKED_BACK,
        least=UNFOUNDED_MIN,
        again=UNFOUNDED_AGAIN_MIN,
        percent=UNFOUNDED_PERCENT,
    )


def _person(
    work: SqlWork, desk: Desk, identity: str, record: Record, known: Alerter | None, now: Millis
) -> Person:
    kind, _, name = identity.partition(":")
    source = work.alerts.source(desk.site, name) if kind == "source" else None
    said = {"contact": f"a contact, digest {name[:8]}", "token": f"token {name[:8]}"}
    return Person(
        identity=identity,
        name=source.organisation if source is not None else said.get(kind, identity),
        record=record,
        alerter=known,
        limited=known is not None and known.limited_at(now),
    )


def warn(desk: Desk, visit: Visit) -> Response:
    form = visit.form
    desk.house.care.warn_alerter(
        desk.site, visit.actor, form.one("identity"), form.one("reason"), form.one("citation")
    )
    return go(PEOPLE, "alerter-warned")


def limit(desk: Desk, visit: Visit) -> Response:
    form, days = visit.form, visit.form.one("days")
    if not (days.isascii() and days.isdecimal() and len(days) <= 3):
        raise Refusal("say for how many days")
    desk.house.care.limit_alerter(
        desk.site,
        visit.actor,
        form.one("identity"),
        int(days) * DAY,
        form.one("reason"),
        form.one("citation"),
    )
    return go(PEOPLE, "alerter-limited")


def unlimit(desk: Desk, visit: Visit) -> Response:
    form = visit.form
    desk.house.care.unlimit_alerter(
        desk.site, visit.actor, form.one("identity"), form.one("reason")
    )
    return go(PEOPLE, "alerter-unlimited")
