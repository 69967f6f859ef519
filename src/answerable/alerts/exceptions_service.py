"""Exceptions to hide first: asked by one, granted by another, ended by their date."""

from dataclasses import replace

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.alerts.exceptions import (
    HideException,
    Request,
    check_request,
    check_second,
    check_span,
)
from answerable.alerts.store import AlertsWork
from answerable.alerts.weighing import EXCEPTIONS_MAX, check_reason
from answerable.events.event import event_header
from answerable.events.hiding import HideExceptionEnded, HideExceptionGranted, HideResumed
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import ActorId, AdId, Ids, Site, SubjectId
from answerable.kernel.time import Millis

EXCEPTION_ENDED = "exception_ended"
_ALERTS = ActorId("system:alerts")


class AskException:
    """The first of two: what police wrote, the ads by the site's own id or URL, until when."""

    def __init__(self, runs: Runs[AlertsWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self,
        site: Site,
        by: Actor,
        named: tuple[str, ...],
        request: Request,
        ends: Millis,
        *,
        renews: str | None = None,
    ) -> HideException:
        """Raises Forbidden, NotFound (an ad that we never received), or Refusal."""
        require(by, Permission.HIDE_EXCEPT, site)
        check_request(request)
        new, subject = self._ids.new(), SubjectId(self._ids.new())

        def fn(work: AlertsWork) -> HideException:
            ads = tuple(_ad(work, site, name) for name in named)
            check_span(ads, ends, work.now())
            if renews is not None and work.alerts.exception(site, renews).granted is None:
                raise Refusal("only an exception that was granted is renewed")
            asked = HideException(
                site=site,
                id=new,
                subject=subject,
                ads=ads,
                request=request,
                ends=ends,
                asked=work.now(),
                asked_by=by.id,
                renews=renews,
            )
            work.alerts.put_exception(asked)
            return asked

        return self._runs.run(fn)


def _ad(work: AlertsWork, site: Site, name: str) -> AdId:
    found = work.alerts.ad_named(site, name)
    if found is None:
        raise NotFound("no ad of ours is called so", ad=name)
    return found.ad


class GrantException:
    """The second of two, another person: from now on alerts on these ads do not hide them."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, exception: str) -> HideException:
        """Raises Forbidden, NotFound, Conflict (too late, done) or Refusal (the same person)."""
        require(by, Permission.HIDE_EXCEPT, site)

        def fn(work: AlertsWork) -> HideException:
            asked, now = work.alerts.exception(site, exception, lock=True), work.now()
            check_second(asked, by.id, now)
            granted = replace(asked, granted=now, granted_by=by.id)
            work.alerts.put_exception(granted)
            work.record(
                HideExceptionGranted(
                    **event_header(site, asked.subject, by.id, now, org=by.organisation),
                    exception=asked.id,
                    ads=list(asked.ads),
                    authority=asked.request.authority,
                    dated=asked.request.dated,
                    ends=asked.ends,
                    approvers=[asked.asked_by, by.id],
                    renews=asked.renews,
                    reference=asked.request.reference,
                    officer=asked.request.officer,
                )
            )
            return granted

        return self._runs.run(fn)


class EndException:
    """One person ends it before its date, or drops what was only asked. Hide first again."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, exception: str, reason: str) -> HideException:
        """Raises Forbidden, NotFound, Conflict (it is over) or Refusal."""
        require(by, Permission.HIDE_EXCEPT, site)
        check_reason(reason)

        def fn(work: AlertsWork) -> HideException:
            before = work.alerts.exception(site, exception, lock=True)
            if before.ended is not None:
                raise Conflict("this exception is over already")
            return _end(work, before, work.now(), "person", by.id, reason)

        return self._runs.run(fn)


class EndExceptions:
    """The sweep: at its date an exception ends by itself, and its alerted ads are hidden."""

    def __init__(self, runs: Runs[AlertsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> int:
        """How many ended."""

        def due(work: AlertsWork) -> tuple[HideException, ...]:
            every = work.alerts.exceptions(site, EXCEPTIONS_MAX, open_only=True)
            return tuple(one for one in every if one.granted and one.ends <= work.now())

        found = self._runs.read(due)
        return sum(self._runs.run(lambda w, one=one: self._by_date(w, one)) for one in found)  # type: ignore[misc]

    def _by_date(self, work: AlertsWork, listed: HideException) -> bool:
        before = work.alerts.exception(listed.site, listed.id, lock=True)
        if before.ended is not None:
            return False
        _end(work, before, before.ends, "date", _ALERTS, None)
        return True


def _end(
    work: AlertsWork, before: HideException, at: Millis, how: str, by: ActorId, reason: str | None
) -> HideException:
    store, now = work.alerts, work.now()
    ended = replace(before, ended=at, request=before.request.forgotten())
    store.put_exception(ended)
    if before.granted is None:
        return ended  # it was only asked: nothing stood, and nothing is recorded
    chains = store.closed_subjects(before.site, before.ads)
    others = store.exceptions(before.site, EXCEPTIONS_MAX, open_only=True)
    hides = tuple(
        ad
        for ad in chains
        if store.is_put_off(before.site, ad) and not any(o.covers(ad, now) for o in others)
    )
    work.record(
        HideExceptionEnded(
            site=before.site,
            subject=before.subject,
            happened=at,
            known=now,
            actor=by,
            exception=before.id,
            how=how,
            put_off=store.count_put_off(before.site, before.id),
            hidden=list(hides),
            reason=reason,
        )
    )
    for ad in hides:
        work.record(
            HideResumed(
                **event_header(before.site, chains[ad], by, now),
                ad=ad,
                because=EXCEPTION_ENDED,
            )
        )
    return ended
