"""Keeping in action: holds with alerts, decisions and receipts; release and erasure by two."""

from answerable.access.consent import CONSENT_LENGTH, Consent, agree, check_reason
from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.events.alerts import AlertAttached
from answerable.events.cases import CaseDecided
from answerable.events.complaints import ComplaintReceived
from answerable.events.event import Event, Recorded
from answerable.events.reports import ReportFinished
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Refusal
from answerable.kernel.ids import ActorId, AdId, CaseId, HoldId, Ids, Site
from answerable.kernel.time import Millis
from answerable.preservation import decide
from answerable.preservation.model import (
    CONTENT_GROUPS,
    HOLDS_MAX,
    AdRef,
    Ground,
    Hold,
    Outcome,
)
from answerable.preservation.store import PreservationWork

KEEPER = ActorId("system:preservation")
REPORT, NO_ACTION = "report", "no_action"


def may_delete(work: PreservationWork, site: Site, ad: AdId, now: Millis) -> tuple[Hold, ...]:
    """The holds that forbid it; empty: nothing does. Every code that deletes asks this."""
    return decide.running(work.preservation.holds_of(site, ad), now)


class _Holder:
    """Places holds, for the services below."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def _place(
        self,
        work: PreservationWork,
        because: Recorded,
        ref: AdRef,
        case: CaseId | None,
        ground: Ground,
        *,
        started: Millis,
        ends: Millis | None,
    ) -> None:
        hold, event = decide.place(
            because.event.site,
            ref,
            HoldId(self._ids.new()),
            ground,
            case,
            started=started,
            ends=ends,
            actor=KEEPER,
            org="site",
            now=work.now(),
            refs=(because.leaf_hash.hex(),),
        )
        work.preservation.put(hold)
        work.record(event)

    def _hold(
        self, work: PreservationWork, because: Recorded, ad: AdId, case: CaseId, ground: Ground
    ) -> None:
        """Until the case is decided; one such hold is enough."""
        site, started = because.event.site, because.event.happened
        ref = work.preservation.ad_of(site, ad)
        if decide.open_hold(work.preservation.holds_of(site, ad), case) is None:
            self._place(work, because, ref, case, ground, started=started, ends=None)


def _keep(work: PreservationWork, dated: tuple[tuple[Hold, Event], ...]) -> None:
    for hold, event in dated:
        work.preservation.put(hold)
        work.record(event)


class HoldForAlert(_Holder):
    """With alert.attached: from the moment of the alert nothing of the ad may go."""

    def __call__(self, work: PreservationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, AlertAttached):
            raise Breach(f"{event.TYPE} attaches no alert")
        if event.ad is not None:
            self._hold(work, recorded, AdId(event.ad), CaseId(event.case), Ground.ALERT)


class HoldForComplaint(_Holder):
    """With complaint.received: what somebody asks to have looked at again is there to be seen."""

    def __call__(self, work: PreservationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, ComplaintReceived):
            raise Breach(f"{event.TYPE} is no complaint")
        if event.ad is not None:
            self._hold(work, recorded, AdId(event.ad), CaseId(event.case), Ground.COMPLAINT)


class HoldForDecision(_Holder):
    """With case.decided: a report is held without an end; what else was done, for its appeal."""

    def __call__(self, work: PreservationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, CaseDecided):
            raise Breach(f"{event.TYPE} is no decision")
        if event.kind == NO_ACTION:
            return
        case, started = CaseId(event.case), event.happened
        for name in event.ads:
            ref = work.preservation.ad_of(event.site, AdId(name))
            holds = work.preservation.holds_of(event.site, ref.ad)
            if event.kind == REPORT:
                if decide.open_hold(holds, case) is None:
                    self._place(
                        work, recorded, ref, case, Ground.DECISION, started=started, ends=None
                    )
            elif decide.any_hold(holds, case, work.now()) is None:
                ends = decide.end_after_no(started)
                self._place(work, recorded, ref, case, Ground.DECISION, started=started, ends=ends)


class DateHolds(_Holder):
    """With report.finished and case.decided: from now on the end of a hold is known."""

    def __call__(self, work: PreservationWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, CaseDecided):
            self._decided(work, event)
        elif isinstance(event, ReportFinished):
            self._finished(work, recorded, event)
        else:
            raise Breach(f"{event.TYPE} ends no filing")

    def _decided(self, work: PreservationWork, event: CaseDecided) -> None:
        if event.kind == REPORT:
            return
        for name in event.ads:
            ref = work.preservation.ad_of(event.site, AdId(name))
            holds = work.preservation.holds_of(event.site, ref.ad)
            case, decided = CaseId(event.case), event.happened
            _keep(work, decide.after_no(holds, case, ref, decided, KEEPER, work.now()))

    def _finished(self, work: PreservationWork, recorded: Recorded, event: ReportFinished) -> None:
        case, finished = CaseId(event.case), event.happened
        for name in event.ads:
            ref = work.preservation.ad_of(event.site, AdId(name))
            holds = work.preservation.holds_of(event.site, ref.ad)
            _keep(work, decide.after_report(holds, case, ref, finished, KEEPER, work.now()))
            kept = work.preservation.holds_of(event.site, ref.ad)
            if decide.any_hold(kept, case, work.now()) is None:
                ends = decide.end_after_report(finished)
                self._place(work, recorded, ref, case, Ground.DECISION, started=finished, ends=ends)


class PlaceHold(_Holder):
    """Legal process: a person places a hold, with an end or without. One person is enough."""

    def __init__(self, runs: Runs[PreservationWork], ids: Ids) -> None:
        super().__init__(ids)
        self._runs = runs

    def __call__(self, site: Site, by: Actor, ad: AdId, ends: Millis | None) -> Hold:
        """Raises Forbidden, NotFound, or Refusal for an end that is past."""
        require(by, Permission.HOLD_PLACE, site)
        new = HoldId(self._ids.new())

        def fn(work: PreservationWork) -> Hold:
            now = work.now()
            if ends is not None and ends <= now:
                raise Refusal("a hold ends in the future, or has no end yet")
            hold, event = decide.place(
                site,
                work.preservation.ad_of(site, ad),
                new,
                Ground.LEGAL_PROCESS,
                None,
                started=now,
                ends=ends,
                actor=by.id,
                org=by.organisation,
                now=now,
            )
            work.preservation.put(hold)
            work.record(event)
            return hold

        return self._runs.run(fn)


class ReleaseHold:
    """Two people with the permission let a hold go before its end. The first call waits."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, hold: HoldId, reason: str) -> Outcome:
        """Raises Forbidden, NotFound, or Refusal: same person twice, or no end known yet."""
        require(by, Permission.HOLD_RELEASE, site)
        check_reason(reason)

        def fn(work: PreservationWork) -> Outcome:
            found = work.preservation.get(site, hold)
            ref, now = work.preservation.ad_of(site, found.ad), work.now()
            found = work.preservation.get(site, hold)  # again, under the ad's lock
            decide.check_release(found, now)
            what = decide.release_key(hold)
            first = approve(work, site, what, by, reason)
            if first is None:
                return Outcome(done=False, approvers=(by.id,))
            after, event = decide.released(found, ref, first, by.id, by.organisation, now)
            work.preservation.put(after)
            work.record(event)
            return Outcome(done=True, approvers=(first.by, by.id))

        return self._runs.run(fn)


class EraseAd:
    """Two people erase the words of an ad that nothing holds. Its commitments still verify."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(
        self,
        site: Site,
        by: Actor,
        ad: AdId,
        basis: str,
        *,
        groups: frozenset[str] = CONTENT_GROUPS,
    ) -> Outcome:
        """The first call waits for a second person, who names the same ad and groups.

        Raises Forbidden, NotFound, or Refusal: under hold (details name the holds), undecided, or
        the same person twice.
        """
        require(by, Permission.AD_ERASE, site)
        check_reason(basis)
        if not groups:
            raise Refusal("say which groups are erased")

        def fn(work: PreservationWork) -> Outcome:
            store, now = work.preservation, work.now()
            ref = store.ad_of(site, ad)
            waiting = store.undecided_case_of(site, ad)
            decide.refuse_if_held(ad, store.holds_of(site, ad), waiting, now)
            first = approve(work, site, decide.erase_key(ad, groups), by, basis)
            if first is None:
                return Outcome(done=False, approvers=(by.id,))
            leaves = store.erase_groups(site, store.subjects_of(site, ad), groups)
            store.erase_projections(site, ad, groups)
            work.record(
                decide.erased(site, ref, first, by.id, by.organisation, leaves, groups, now)
            )
            return Outcome(done=True, approvers=(first.by, by.id), leaves=leaves)

        return self._runs.run(fn)


def approve(
    work: PreservationWork, site: Site, what: str, by: Actor, reason: str
) -> Consent | None:
    """The first person's consent if this is the second; else keep this one and answer None."""
    first = agree(work, site, what, by, reason)
    if first is not None:
        work.consents.drop(site, what)
    return first


class ReadHolds:
    """What is held, for the page of holds; and what waits for a second approver."""

    def __init__(self, runs: Runs[PreservationWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, limit: int = HOLDS_MAX
    ) -> tuple[tuple[Hold, ...], tuple[Consent, ...]]:
        """Raises Forbidden."""
        require(by, Permission.HOLD_READ, site)

        def read(w: PreservationWork) -> tuple[tuple[Hold, ...], tuple[Consent, ...]]:
            since = Millis(w.now() - CONSENT_LENGTH)
            waiting = (
                one
                for what in (decide.RELEASE, decide.ERASE)
                for one in w.consents.waiting(site, what, since, limit)
            )
            return w.preservation.running(site, w.now(), limit), tuple(waiting)

        return self._runs.read(read)
