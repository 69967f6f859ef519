"""The flood switch at work: each alert is weighed before it hides, and each flood ends.

WeighAlert runs with alert.received, first of all: it counts, turns switches on and off, and says on
the alert's row whether the hide is put off. ads.HideFirst asks HidesNow; NoteAttached makes the
event. Nothing here can stop, delay or lose an alert: the receipt is made in the same transaction.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.alerts.alerters import LOOKED_BACK
from answerable.alerts.flood import (
    Ended,
    Flood,
    FloodTerms,
    Ground,
    Scope,
    half,
    names_a_fact,
    quiet_since,
)
from answerable.alerts.model import REASON_CHARS_MAX, Alert, AlertedAd
from answerable.alerts.store import AlertsWork
from answerable.events.alerts import AlertReceived
from answerable.events.event import Recorded, event_header
from answerable.events.hiding import FloodEnded, FloodStarted
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import ActorId, AdId, AlertId, Ids, Site, SubjectId
from answerable.kernel.time import DAY, Millis

KEYS_KEPT = 1 * DAY  # longer than any window: what a switch counts by is forgotten then
FLOODS_MAX = 100
EXCEPTIONS_MAX = 100
_ABOUT = b"answerable/alert-about/v1\x00"
_CONTACT = b"answerable/alerter-contact/v1\x00"
_SWITCH = ActorId("system:alerts")
SITE_KEY = "site"

Key = Callable[[], bytes]
"""The look-up key of the installation, asked for when it is needed."""


def about_key(key: bytes, site: Site, ad: AlertedAd) -> str:
    """Whose ad it is, as a digest under our key; an ad without an account stands for itself."""
    named = f"account:{ad.account}" if ad.account is not None else f"ad:{ad.ad}"
    said = f"{site}\x00{named}".encode("utf-8", "surrogatepass")
    return hmac.new(key, _ABOUT + said, hashlib.sha256).hexdigest()[:32]


def contact_digest(key: bytes, site: Site, contact: str) -> str:
    """How to reach an alerter, as a digest under our key, however it is written."""
    said = f"{site}\x00{''.join(contact.split()).casefold()}".encode("utf-8", "surrogatepass")
    return hmac.new(key, _CONTACT + said, hashlib.sha256).hexdigest()[:32]


def identity_of(row: Alert) -> str | None:
    """Who sent it, as far as anything tells: its source or token, else the contact it gave."""
    if row.known_by is not None:
        return row.known_by
    return None if row.contact_digest is None else f"contact:{row.contact_digest}"


class WeighAlert:
    """With alert.received, before ads.HideFirst: does this alert hide at once?"""

    def __init__(self, ids: Ids, key: Key, terms: FloodTerms | None = None) -> None:
        self._ids, self._key, self._terms = ids, key, terms or FloodTerms()

    def __call__(self, work: AlertsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AlertReceived):
            raise Breach(f"{event.TYPE} is no alert")
        row = work.alerts.get(event.site, AlertId(event.alert))
        ad = None if event.ad is None else work.alerts.ad_named(event.site, event.ad)
        fact = names_a_fact(event.text, event.reasons, event.about, event.alerter)
        row = replace(
            row,
            about_key=None if ad is None else about_key(self._key(), event.site, ad),
            names_fact=fact,
        )
        work.alerts.put(row)
        floods = self._floods(work, row, ad) if row.known_by is None else ()
        excepted = None if ad is None else self._exception(work, row.site, ad.ad)
        if excepted is not None:
            work.alerts.put(replace(row, put_off=Ground.EXCEPTION, because=excepted))
        elif floods and not fact:
            work.alerts.put(replace(row, put_off=Ground.FLOOD, because=floods[0].id))
        elif (limit := self._limit(work, row)) is not None:
            work.alerts.put(replace(row, put_off=Ground.LIMITED, because=limit))

    def _exception(self, work: AlertsWork, site: Site, ad: AdId) -> str | None:
        """The exception that police asked for and two people granted, while it runs."""
        running = work.alerts.exceptions(site, EXCEPTIONS_MAX, open_only=True)
        return next((one.id for one in running if one.covers(ad, work.now())), None)

    def _limit(self, work: AlertsWork, row: Alert) -> str | None:
        """The limit that a person set for this alerter, while it runs."""
        identity = identity_of(row)
        known = None if identity is None else work.alerts.alerter(row.site, identity)
        return known.limit if known is not None and known.limited_at(work.now()) else None

    def _floods(self, work: AlertsWork, row: Alert, ad: AlertedAd | None) -> tuple[Flood, ...]:
        """The switches that are on for this alert, it being counted."""
        found = [self._switch(work, row, Scope.SITE, None, None)]
        if ad is not None:
            found.append(self._switch(work, row, Scope.ACCOUNT, row.about_key, ad))
        return tuple(flood for flood in found if flood is not None)

    def _switch(
        self,
        work: AlertsWork,
        row: Alert,
        scope: Scope,
        key: str | None,
        ad: AlertedAd | None,
    ) -> Flood | None:
        """The switch of this scope after this alert: on still, on now, or off."""
        store, now = work.alerts, work.now()
        standing = store.open_flood(row.site, key or SITE_KEY)
        if standing is not None and end_if_quiet(work, standing, but=row) is None:
            return standing
        limit = self._terms.limit(scope)
        after = Millis(now - self._terms.window)
        counted = store.unverified(row.site, key, after, limit + 1)
        if counted <= limit:
            return None
        flood = Flood(
            site=row.site,
            id=self._ids.new(),
            subject=SubjectId(self._ids.new()),
            scope=scope,
            key=key or SITE_KEY,
            ad=None if ad is None else ad.ad,
            counted=counted,
            limit=limit,
            window=self._terms.window,
            started=now,
        )
        if not store.add_flood(flood):  # another transaction was first
            return store.open_flood(row.site, flood.key)
        work.record(_started(flood))
        return flood


def end_if_quiet(work: AlertsWork, flood: Flood, *, but: Alert | None = None) -> Flood | None:
    """The flood, ended, if it was quiet for long enough by now; None while it goes on.

    `but`: an alert that has just come, and does not count for the time before it.
    """
    key = None if flood.scope is Scope.SITE else flood.key
    number = half(flood.limit) + (0 if but is None else 1)
    over = quiet_since(flood, work.alerts.nth_unverified(flood.site, key, number))
    if work.now() < over:
        return None
    return _end(work, flood, over, Ended.QUIET, _SWITCH, None)


def _end(
    work: AlertsWork, flood: Flood, at: Millis, how: Ended, by: ActorId, reason: str | None
) -> Flood:
    present = work.alerts.flood(flood.site, flood.id)  # under its lock: a sweep may be first
    if present.ended is not None:
        return present
    count = work.alerts.count_put_off(flood.site, flood.id)
    ended = replace(present, ended=at, how=how, put_off=count)
    work.alerts.put_flood(ended)
    work.record(
        FloodEnded(
            site=flood.site,
            subject=flood.subject,
            happened=at,
            known=work.now(),
            actor=by,
            flood=flood.id,
            scope=flood.scope.value,
            how=how.value,
            put_off=count,
            reason=reason,
        )
    )
    return ended


def _started(flood: Flood) -> FloodStarted:
    return FloodStarted(
        **event_header(flood.site, flood.subject, _SWITCH, flood.started),
        flood=flood.id,
        scope=flood.scope.value,
        ad=flood.ad,
        counted=flood.counted,
        limit=flood.limit,
        window=flood.window,
    )


class HidesNow:
    """What ads.HideFirst asks: may this alert hide at once? As WeighAlert found."""

    def __call__(self, work: AlertsWork, event: AlertReceived) -> bool:
        return work.alerts.get(event.site, AlertId(event.alert)).put_off is None


class EndFloods:
    """The sweep: floods that were quiet for a window end by themselves."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> int:
        """How many ended."""

        def on(work: AlertsWork) -> tuple[Flood, ...]:
            return work.alerts.floods(site, FLOODS_MAX, open_only=True)

        if not self._runs.read(on):
            return 0
        return self._runs.run(
            lambda work: sum(end_if_quiet(work, flood) is not None for flood in on(work))
        )


class ForgetKeys:
    """The sweep of what is kept a short time: digests of whose ad it was, and of who alerted."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> int:
        def fn(work: AlertsWork) -> int:
            now = work.now()
            work.alerts.drop_nonces(site, now)
            return work.alerts.forget_keys(site, Millis(now - KEYS_KEPT), Millis(now - LOOKED_BACK))

        return self._runs.run(fn)


class EndFlood:
    """A person ends a flood before it ends by itself, and says why. The next one may follow."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, flood: str, reason: str) -> Flood:
        """Raises Forbidden, NotFound, Conflict (it is over) or Refusal (no reason)."""
        require(by, Permission.ALERT_CARE, site)
        check_reason(reason)

        def fn(work: AlertsWork) -> Flood:
            standing = work.alerts.flood(site, flood)
            if standing.ended is not None:
                raise Conflict("this switch is off already", flood=flood)
            return _end(work, standing, work.now(), Ended.PERSON, by.id, reason)

        return self._runs.run(fn)


def check_reason(reason: str) -> None:
    """Raises Refusal for a reason that is empty or too long."""
    if not reason.strip():
        raise Refusal("say why, in a line")
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("the reason is too long", chars_max=REASON_CHARS_MAX)
