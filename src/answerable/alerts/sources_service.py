"""Sources, registered and known again; alerters warned, limited, and limited no more.

One person with `access:manage` registers a source: it gains a clock and its alerts are not counted
as unverified, and nothing that it says is believed more than anybody's.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from answerable.access.decide import require
from answerable.access.model import Actor, NotLoggedIn, Permission
from answerable.alerts import sources
from answerable.alerts.alerters import (
    LOOKED_BACK,
    Alerter,
    check_citation,
    check_limit,
    check_warning,
)
from answerable.alerts.sources import Kind, Record, Sender, Signed, Source
from answerable.alerts.store import AlertsWork
from answerable.alerts.weighing import check_reason
from answerable.events.event import event_header
from answerable.events.sources import (
    AlerterLimited,
    AlerterUnlimited,
    AlerterWarned,
    SourceRegistered,
    SourceRevoked,
)
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, NotFound
from answerable.kernel.ids import Ids, Site, SubjectId
from answerable.kernel.time import Millis

Holds = Callable[[bytes, bytes, bytes], bool]
"""(public key, message, signature): is it the key's own?"""
SOURCES_MAX = 500
ALERTERS_MAX = 200


class RegisterSource:
    """A flagger, police, hotline or NGO: by its public key, or by a token made for it."""

    def __init__(self, runs: Runs[AlertsWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self,
        site: Site,
        by: Actor,
        *,
        kind: Kind,
        organisation: str,
        contact: str,
        how: str,
        key: bytes | None = None,
        token: str | None = None,
    ) -> Source:
        """`how`: how we made sure that it is they. Raises Forbidden or Refusal."""
        require(by, Permission.ACCESS_MANAGE, site)
        sources.check_new(organisation, contact, how)
        new = self._ids.new()

        def fn(work: AlertsWork) -> Source:
            source = Source(
                site=site,
                id=new,
                kind=kind,
                organisation=organisation.strip(),
                contact=contact.strip(),
                how=how.strip(),
                key=key,
                token=token,
                registered=work.now(),
            )
            work.alerts.put_source(source)
            work.record(
                SourceRegistered(
                    **event_header(
                        site, work.alerts.site_subject(site), by.id, work.now(), org=by.organisation
                    ),
                    source=new,
                    kind=kind.value,
                    organisation=source.organisation,
                    how=source.how,
                    key_sha256=None if key is None else hashlib.sha256(key).hexdigest(),
                    contact=source.contact,
                )
            )
            return source

        return self._runs.run(fn)


class RevokeSource:
    """Its signature or token says nothing from now on. Its alerts so far stand as they are."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, source: str, reason: str) -> Source:
        """Raises Forbidden, NotFound, Conflict (revoked already) or Refusal."""
        require(by, Permission.ACCESS_MANAGE, site)
        check_reason(reason)

        def fn(work: AlertsWork) -> Source:
            before = work.alerts.source(site, source)
            if before is None:
                raise NotFound("no such source", source=source)
            if before.revoked is not None:
                raise Conflict("this source is revoked already", source=source)
            # Nobody is reached at that address any more; the event has it, and can be erased.
            after = replace(before, revoked=work.now(), reason=reason, contact="")
            work.alerts.put_source(after)
            work.record(
                SourceRevoked(
                    **event_header(
                        site, work.alerts.site_subject(site), by.id, work.now(), org=by.organisation
                    ),
                    source=source,
                    reason=reason,
                )
            )
            return after

        return self._runs.run(fn)


class KnowSender:
    """Who sent this request? By its signature, or by the token that it came with."""

    def __init__(self, runs: Runs[AlertsWork], holds: Holds) -> None:
        self._runs, self._holds = runs, holds

    def by_signature(self, site: Site, signed: Signed) -> Sender:
        """Raises NotLoggedIn, or Conflict where the nonce was used for another request."""
        source = self._runs.read(lambda work: work.alerts.source(site, signed.source))
        key = sources.check_standing(source, signed, self._runs.read(lambda work: work.now()))
        message = sources.signing_text(site, signed)
        if source is None or not self._holds(key, message, signed.signature):
            raise NotLoggedIn("the signature is not this source's over this request")
        digest = hashlib.sha256(message).digest()

        def fn(work: AlertsWork) -> bool:
            until = Millis(work.now() + 2 * sources.TIME_OFF_MAX)
            return work.alerts.spend_nonce(site, source.id, signed.nonce, digest, until)

        if not self._runs.run(fn):
            raise Conflict("this Answerable-Nonce was used for another request")
        return Sender(
            known_by=source.known_by,
            source=source.id,
            kind=source.kind,
            nonce=sources.alert_nonce(signed),
        )

    def by_token(self, site: Site, token: str) -> Sender:
        """`token` is the id of a token of scope `alerts`. Raises NotLoggedIn: source revoked."""
        source = self._runs.read(lambda work: work.alerts.source_of_token(site, token))
        if source is None:
            return Sender(known_by=f"token:{token}")
        if source.revoked is not None:
            raise NotLoggedIn("this source is not registered any more")
        return Sender(known_by=source.known_by, source=source.id, kind=source.kind)


class WarnAlerter:
    """The first step, and a person's: so many unfounded alerts; from now on we count anew."""

    def __init__(self, runs: Runs[AlertsWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site, by: Actor, identity: str, reason: str, citation: str) -> Alerter:
        """Raises Forbidden, Conflict or Refusal (no pattern)."""
        require(by, Permission.ALERT_CARE, site)
        check_reason(reason)
        check_citation(citation)
        fresh = (self._ids.new(), SubjectId(self._ids.new()))

        def fn(work: AlertsWork) -> Alerter:
            now = work.now()
            before = work.alerts.alerter(site, identity, lock=True)
            record = work.alerts.record_of(site, identity, Millis(now - LOOKED_BACK))
            check_warning(before, record, now)
            name, subject = fresh if before is None else (before.id, before.subject)
            after = Alerter(site=site, id=name, subject=subject, identity=identity, warned=now)
            work.alerts.put_alerter(after)
            work.record(
                AlerterWarned(
                    **event_header(site, subject, by.id, now, org=by.organisation),
                    alerter=name,
                    identity=identity,
                    unfounded=record.unfounded,
                    answered=record.answered,
                    citation=citation,
                    reason=reason,
                )
            )
            return after

        return self._runs.run(fn)


class LimitAlerter:
    """The second step: for a time, a person looks before this alerter's alerts hide an ad."""

    def __init__(self, runs: Runs[AlertsWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self, site: Site, by: Actor, identity: str, length: int, reason: str, citation: str
    ) -> Alerter:
        """`length` in ms. Raises Forbidden, Conflict or Refusal (no warning, no pattern since)."""
        require(by, Permission.ALERT_CARE, site)
        check_reason(reason)
        check_citation(citation)
        new = self._ids.new()

        def fn(work: AlertsWork) -> Alerter:
            now = work.now()
            until = Millis(now + length)
            known = work.alerts.alerter(site, identity, lock=True)
            after = Millis(0) if known is None else (known.limited or known.warned)
            since = work.alerts.record_of(site, identity, after)
            before = check_limit(known, since, until, now)
            limited = replace(before, limit=new, limited=now, until=until, lifted=None)
            work.alerts.put_alerter(limited)
            work.record(
                AlerterLimited(
                    **event_header(site, before.subject, by.id, now, org=by.organisation),
                    alerter=before.id,
                    limit=new,
                    identity=identity,
                    unfounded=since.unfounded,
                    answered=since.answered,
                    until=until,
                    citation=citation,
                    reason=reason,
                )
            )
            return limited

        return self._runs.run(fn)


class UnlimitAlerter:
    """An appeal was right, or the limit is not needed any more: hide first, as for anybody."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, identity: str, reason: str) -> Alerter:
        """Raises Forbidden, Conflict (not limited) or Refusal."""
        require(by, Permission.ALERT_CARE, site)
        check_reason(reason)

        def fn(work: AlertsWork) -> Alerter:
            before = work.alerts.alerter(site, identity, lock=True)
            if before is None or before.limit is None or not before.limited_at(work.now()):
                raise Conflict("this alerter is not limited")
            after = replace(before, lifted=work.now())
            work.alerts.put_alerter(after)
            work.record(
                AlerterUnlimited(
                    **event_header(site, before.subject, by.id, work.now(), org=by.organisation),
                    alerter=before.id,
                    limit=before.limit,
                    reason=reason,
                )
            )
            return after

        return self._runs.run(fn)


class ReadAlerter:
    """Was this sender warned, is it limited? What the API tells a sender of itself."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, identity: str) -> Alerter | None:
        return self._runs.read(lambda work: work.alerts.alerter(site, identity))


class ReadSources:
    """Every source with its record, for the console."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> tuple[tuple[Source, Record], ...]:
        def fn(work: AlertsWork) -> tuple[tuple[Source, Record], ...]:
            return tuple(
                (source, work.alerts.record_of(site, source.known_by, Millis(0)))
                for source in work.alerts.sources(site, SOURCES_MAX)
            )

        return self._runs.read(fn)
