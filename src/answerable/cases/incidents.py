"""Merging, asked: one incident out of two cases."""

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases import merge as merging
from answerable.cases.hearing import save, settle_proposal
from answerable.cases.model import Case
from answerable.cases.service import hand_of
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import Stop
from answerable.events.work import Runs
from answerable.kernel.ids import CaseId, Site


class MergeCases:
    """A reviewer says that two cases are one incident, and why."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, into: CaseId, emptied: CaseId, reason: str) -> Case:
        """The case `into` with what waited in `emptied`. Raises Forbidden, NotFound, Conflict or
        Refusal. Alerts and holds learn their new case by the event, in the same transaction."""
        require(by, Permission.CASE_DECIDE, site)
        hand = hand_of(by)

        def work(w: CasesWork) -> Case:
            kept, gone = w.cases.both_locked(site, into, emptied)
            clocks = w.cases.clocks_of(site, emptied)
            made = merging.merge(kept, gone, clocks, reason, hand, w.now())
            save(w, made.into, *made.clocks)
            save(w, made.emptied)
            w.cases.drop_aside(site, emptied)
            w.cases.carry_watches(site, emptied, into, gone.undecided)
            w.cases.carry_complaints(site, emptied, into)
            w.record(*made.events)
            settle_proposal(w, w.cases.get(site, emptied), Stop.VOID, hand)
            return settle_proposal(w, w.cases.get(site, into), Stop.VOID, hand)

        return self._runs.run(work)
