"""Looks that did not come in time: what was put off to a person is hidden after all.

A clock `flood_look` that ran out unstopped is late for ever (docs/cases.md); the ad does not wait
for that person any longer: hiding first is the rule again.
"""

from answerable.cases import clockwork
from answerable.cases.hearing import CASES, heard, save, standing
from answerable.cases.model import Clock
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import (
    ALERT_ACT,
    FLAGGER_ANSWER,
    FLOOD_LOOK,
    POLICE_ANSWER,
    RESTORE_OR_DECIDE,
    Duty,
    Stop,
)
from answerable.events.event import Recorded, event_header
from answerable.events.hiding import AlertPutOff, HideResumed
from answerable.events.sources import AlertVerified
from answerable.events.work import Runs
from answerable.kernel.ids import AdId, CaseId, ClockId, Ids, Site

LOOK_MISSED = "look_missed"
SWEEP_MAX = 100


class HideAgain:
    """With hide.resumed, after the directive: the clocks to act and to restore run from now on."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event, now = heard(recorded, HideResumed), work.now()
        case = work.cases.open_case_of(event.site, AdId(event.ad))
        if case is None:
            return
        ad = AdId(event.ad)
        at = standing(work, work.cases.ad_of(event.site, ad), event.site)
        running = {c.duty.name for c in work.cases.clocks_on(event.site, ad) if c.running}
        duties = (RESTORE_OR_DECIDE,) if at.seen_down else (ALERT_ACT, RESTORE_OR_DECIDE)
        started = [
            clockwork.start(case, duty, ClockId(self._ids.new()), CASES, now, started=now, ad=ad)
            for duty in duties
            if duty.name not in running
        ]
        save(work, case, *(clock for clock, _ in started))
        work.record(*(said for _, said in started))


DUTIES_OF = {"flagger": FLAGGER_ANSWER, "hotline": FLAGGER_ANSWER, "police": POLICE_ANSWER}
"""The clock of a registered source by its kind; an NGO's alert has everybody's."""


EXCEPTION = "exception"
"""The one ground with which nobody has to look within minutes: police did, and said so."""


class _Starts:
    """Starts one clock of a case from the alert on, unless it runs already."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def _start(
        self, work: CasesWork, duty: Duty, event: AlertVerified | AlertPutOff, ad: AdId | None
    ) -> None:
        case = work.cases.locked(event.site, CaseId(event.case))
        clocks = work.cases.clocks_of(event.site, case.id)
        if any(c.running and c.duty == duty and c.ad == ad for c in clocks):
            return
        fresh, now = ClockId(self._ids.new()), work.now()
        clock, said = clockwork.start(case, duty, fresh, CASES, now, started=event.happened, ad=ad)
        save(work, case, clock)
        work.record(said)


class HearSource(_Starts):
    """With alert.verified: the shorter clock of a registered source."""

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = heard(recorded, AlertVerified)
        duty = DUTIES_OF.get(event.kind)
        if duty is not None:
            self._start(work, duty, event, None if event.ad is None else AdId(event.ad))


class LookSoon(_Starts):
    """With alert.put_off: a person looks within 15 minutes, since the ad is still up."""

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = heard(recorded, AlertPutOff)
        if event.ground != EXCEPTION:
            self._start(work, FLOOD_LOOK, event, AdId(event.ad))


class HideWhereNobodyLooked:
    """The sweep over looks that are overdue: each of these ads is hidden now. How many."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, limit: int = SWEEP_MAX) -> int:
        found = self._runs.read(lambda w: w.cases.overdue_of(site, FLOOD_LOOK, w.now(), limit))
        return sum(self._runs.run(lambda w, c=c: self._hide(w, site, c)) for c in found)  # type: ignore[misc]

    def _hide(self, work: CasesWork, site: Site, clock: Clock) -> bool:
        case = work.cases.locked(site, clock.case)
        present = next((c for c in work.cases.clocks_of(site, case.id) if c.id == clock.id), clock)
        if not present.running or present.ad is None:
            return False
        if present.ad in case.undecided:
            ref = work.cases.ad_of(site, present.ad)
            work.record(
                HideResumed(
                    **event_header(site, ref.closed_subject, CASES.actor, work.now()),
                    ad=ref.ad,
                    because=LOOK_MISSED,
                )
            )
        self._stop(work, site, clock)
        return True

    def _stop(self, work: CasesWork, site: Site, clock: Clock) -> None:
        """Where no directive stopped it: the ad was down by then."""
        case = work.cases.locked(site, clock.case)
        for present in work.cases.clocks_of(site, case.id):
            if present.id == clock.id and present.running:
                stopped, event = clockwork.stop(case, present, Stop.HIDDEN, CASES, work.now())
                save(work, case, stopped)
                work.record(event)
