"""Sections close and open: by whom, from when, and what becomes of the ads that stand there.

CloseSection is asked. CloseDue comes round by time. ClearSection and RefillSection are *then*: a
hundred ads in a transaction, as often as it takes; after a kill they go on where they were.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from answerable.ads import availability as rules
from answerable.ads.directives import PROMISED, Cause, DirectedAd, Terms
from answerable.ads.directives_service import IssueDirective
from answerable.ads.directives_store import DirectivesWork
from answerable.ads.model import Closure, Reopening
from answerable.ads.store import AdsWork
from answerable.events.event import Recorded, event_header
from answerable.events.house import (
    SectionClosed,
    SectionOpened,
    SectionPlanned,
    SectionReopenProposed,
)
from answerable.events.screening import ScreeningOwed
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Conflict, NotFound, Refusal
from answerable.kernel.ids import ActorId, AdId, Ids, Site, SubjectId
from answerable.kernel.time import DAY, Millis

CHUNK = 100
REOPEN_LENGTH = 7 * DAY  # how long the first of two waits for the second
SECTIONS = ActorId("system:ads.sections")


class CloseSection:
    """Close or open a section for a jurisdiction, with a public notice and reason."""

    def __init__(self, runs: Runs[AdsWork]) -> None:
        self._runs = runs

    def close(
        self,
        site: Site,
        section: str,
        jurisdiction: str,
        notice: str,
        reason: str,
        actor: ActorId,
        *,
        effective: Millis | None = None,
        org: str = "site",
    ) -> Closure:
        """One person. `effective`: ms UTC, now or later. Raises Refusal."""
        rules.check_words(section, notice, reason)
        where = rules.jurisdiction_code(jurisdiction)

        def fn(work: AdsWork) -> Closure:
            since, planned = rules.effective_at(effective, work.now())
            closure = Closure(
                site=site,
                section=section,
                jurisdiction=where,
                notice=notice,
                reason=reason,
                since=since,
                planned=planned,
            )
            if not planned:
                return _close(work, closure, actor, org)
            (recorded,) = work.record(
                SectionPlanned(
                    **_header(work, site, actor, org),
                    section=section,
                    jurisdiction=where,
                    notice=notice,
                    reason=reason,
                    effective=since,
                )
            )
            kept = replace(closure, leaf=recorded.leaf_hash.hex())
            work.ads.put_closure(kept)
            return kept

        return self._runs.run(fn)

    def open(
        self,
        site: Site,
        section: str,
        jurisdiction: str,
        reason: str,
        actor: ActorId,
        *,
        org: str = "site",
    ) -> bool:
        """The first of two proposes (False), another agrees and it is open (True).

        Raises NotFound, or Refusal where the same person comes twice.
        """
        rules.check_words(section, reason)
        where = rules.jurisdiction_code(jurisdiction)

        def fn(work: AdsWork) -> bool:
            closure = work.ads.closure(site, section, where, lock=True)
            if closure is None:
                raise NotFound("that section is not closed there", section=section)
            now, first = work.now(), closure.reopening
            if first is None or now - first.at >= REOPEN_LENGTH:
                work.record(
                    SectionReopenProposed(
                        **_header(work, site, actor, org),
                        section=section,
                        jurisdiction=where,
                        reason=reason,
                    )
                )
                proposed = Reopening(by=actor, reason=reason, at=now)
                work.ads.put_closure(replace(closure, reopening=proposed))
                return False
            if first.by == actor:
                raise Refusal("the second person is another person")
            work.ads.drop_closure(site, section, where)
            work.record(
                SectionOpened(
                    **_header(work, site, actor, org),
                    section=section,
                    jurisdiction=where,
                    reason=reason,
                )
            )
            return True

        return self._runs.run(fn)

    def keep_closed(self, site: Site, section: str, jurisdiction: str, actor: ActorId) -> None:
        """A proposal to open is dropped by closing again, with the same words. Raises NotFound."""
        where = rules.jurisdiction_code(jurisdiction)
        found = self._runs.read(lambda work: work.ads.closure(site, section, where))
        if found is None:
            raise NotFound("that section is not closed there", section=section)
        if found.reopening is None:
            raise Conflict("nobody proposes to open it")
        effective = found.since if found.planned else None
        self.close(site, section, where, found.notice, found.reason, actor, effective=effective)


def _close(work: AdsWork, closure: Closure, actor: ActorId, org: str) -> Closure:
    """From now on. A closing that was planned happened when it was planned for."""
    header = _header(work, closure.site, actor, org)
    (recorded,) = work.record(
        SectionClosed(
            **{**header, "happened": closure.since},
            section=closure.section,
            jurisdiction=closure.jurisdiction,
            notice=closure.notice,
            reason=closure.reason,
        )
    )
    kept = replace(closure, leaf=recorded.leaf_hash.hex(), planned=False)
    work.ads.put_closure(kept)
    return kept


class CloseDue:
    """What was planned and is due is closed. Screening keeps to the time by itself meanwhile."""

    def __init__(self, runs: Runs[AdsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> int:
        """How many were closed."""

        def due(work: AdsWork) -> list[Closure]:
            every = work.ads.closures(site)
            return [one for one in every if one.planned and one.since <= work.now()]

        def fn(work: AdsWork) -> int:
            closed = 0
            for one in due(work):
                now = work.ads.closure(site, one.section, one.jurisdiction, lock=True)
                if now is not None and now.planned and now.since <= work.now():
                    _close(work, now, SECTIONS, "site")
                    closed += 1
            return closed

        return self._runs.run(fn) if self._runs.read(due) else 0


class ReadClosures:
    """Every closure, for the public page and the console."""

    def __init__(self, runs: Runs[AdsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site) -> tuple[Closure, ...]:
        return tuple(self._runs.read(lambda work: work.ads.closures(site)))


Step = Callable[[DirectivesWork, AdId, Recorded], None]


class _InChunks:
    """Goes through the ads of a section in order of id."""

    def __init__(
        self, runs: Runs[DirectivesWork], ids: Ids, terms: Terms = PROMISED, chunk: int = CHUNK
    ) -> None:
        self._runs, self._issue, self._size = runs, IssueDirective(ids, terms), chunk

    def _go(self, recorded: Recorded, section: str, jurisdiction: str, step: Step) -> None:
        site, after = recorded.event.site, ""
        while True:

            def fn(work: DirectivesWork, after: str = after) -> list[AdId]:
                ads = work.directives.in_section(
                    site, section, jurisdiction, after=after, limit=self._size
                )
                for ad in ads:
                    step(work, ad, recorded)
                return list(ads)

            done = self._runs.run(fn)
            if len(done) < self._size:
                return
            after = done[-1]


class ClearSection(_InChunks):
    """Then, after section.closed: whatever stands there is told to come down."""

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, SectionClosed):
            raise Breach(f"{event.TYPE} closes nothing")
        self._go(recorded, event.section, event.jurisdiction, self._clear)

    def _clear(self, work: DirectivesWork, name: AdId, recorded: Recorded) -> None:
        """An ad that another closing took down, or that is open again by now, is left alone."""
        site = recorded.event.site
        standing = work.directives.standing(site, name, lock=True)
        if not work.directives.is_closed(site, name, work.now()):
            return
        after, action = rules.after_closing(standing)
        if after == standing:
            return
        work.directives.put_standing(after)
        if action is not None:
            ad = work.directives.ad(site, name)
            self._issue(work, ad, action, Cause.AVAILABILITY, recorded)


class RefillSection(_InChunks):
    """Then, after section.opened: what is down for that reason alone comes back."""

    def __call__(self, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, SectionOpened):
            raise Breach(f"{event.TYPE} opens nothing")
        self._go(recorded, event.section, event.jurisdiction, self._refill)

    def _refill(self, work: DirectivesWork, name: AdId, recorded: Recorded) -> None:
        site = recorded.event.site
        standing = work.directives.standing(site, name, lock=True)
        if not standing.unavailable or work.directives.is_closed(site, name, work.now()):
            return
        after, action, screen = rules.after_opening(standing)
        work.directives.put_standing(after)
        ad = work.directives.ad(site, name)
        if action is not None:
            self._issue(work, ad, action, Cause.AVAILABILITY, recorded)
        if screen:
            work.record(_owed(ad, work.now(), recorded))


def _owed(ad: DirectedAd, now: Millis, because: Recorded) -> ScreeningOwed:
    """Refused for its section alone: its words are owed a judgement of their own."""
    return ScreeningOwed(
        **event_header(ad.site, ad.closed_subject, SECTIONS, now),
        refs=(because.leaf_hash.hex(),),
        ad=ad.ad,
        open_subject=ad.open_subject,
        revision=ad.last_revision,
        placement=None,
        cause="recheck",
    )


def _header(work: AdsWork, site: Site, actor: ActorId, org: str) -> dict[str, Any]:
    return event_header(site, SubjectId(work.ads.site_subject(site)), actor, work.now(), org=org)
