"""The sweep over proposals that nobody seconded in time. They lapse, and never to a no.

It changes nothing else: the ad stays as it is, and every other clock runs on.
"""

from answerable.cases import decide
from answerable.cases.hearing import CASES, settle_proposal, start_for_decision
from answerable.cases.lapse import Lapsed, lapse
from answerable.cases.model import QUEUE_MAX, Case
from answerable.cases.policy import AfterLapse, Policy
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import SECOND_ANSWER, Stop
from answerable.events.work import Runs
from answerable.kernel.ids import CaseId, DecisionId, Ids, Site


class LapseProposals:
    """Each in a transaction of its own, so that one which fails holds up no other."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site, limit: int = QUEUE_MAX) -> int:
        """How many lapsed. Safe to repeat, and for several processes at once."""
        due = self._runs.read(lambda w: w.cases.overdue_of(site, SECOND_ANSWER, w.now(), limit))
        return sum(self._lapse(site, clock.case) for clock in due)

    def _lapse(self, site: Site, name: CaseId) -> bool:
        new = DecisionId(self._ids.new())

        def work(w: CasesWork) -> bool:
            policy = w.cases.second_policy_held(site)
            case = w.cases.locked(site, name)
            running = [c for c in w.cases.clocks_of(site, name) if c.duty == SECOND_ANSWER]
            over = [c for c in running if c.running and c.ends < w.now()]
            proposal = case.proposal
            if proposal is None or not any(c.decision == proposal.decision for c in over):
                return False
            made = lapse(case, proposal, self._answered_for(w, site, policy), w.now())
            w.cases.put(made.case)
            (recorded,) = w.record(made.event)
            settle_proposal(w, made.case, Stop.LAPSED, CASES)
            if made.report is not None:
                self._report(w, made, recorded.leaf_hash.hex(), policy, new)
            return True

        return self._runs.run(work)

    def _answered_for(self, work: CasesWork, site: Site, policy: Policy) -> Policy | None:
        """The policy, where it reports and both who answer for it are still here; else None."""
        here = [work.cases.colleague(site, who) is not None for who in policy.answering]
        if policy.lapse is AfterLapse.REPORT and len(here) == len(set(policy.answering)) == 2:
            return policy if all(here) else None
        return None

    def _report(
        self,
        work: CasesWork,
        made: Lapsed,
        lapsed: str,
        policy: Policy,
        new: DecisionId,
    ) -> None:
        """The house decides to report, under the leaf of the policy that two people answer for."""
        case: Case = work.cases.locked(made.case.site, made.case.id)
        if made.report is None:
            return
        refs = tuple(leaf for leaf in (policy.leaf, lapsed) if leaf is not None)
        step = decide.decide(
            case, made.report, new, CASES, work.now(), answering=policy.answering, refs=refs
        )
        work.cases.put(step.case)
        work.record(*step.events)
        start_for_decision(work, case.site, case.id, step.case.decisions[-1], self._ids, CASES)
