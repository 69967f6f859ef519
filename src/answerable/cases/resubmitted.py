"""Cases hear of an ad that comes back: it is reviewed with the ad it comes from.

A `with` service: no outside, no transaction of its own. It runs before `OpenForFinding`, which
then finds the case open.
"""

from dataclasses import replace

from answerable.cases import decide
from answerable.cases.hearing import CASES, heard, save
from answerable.cases.model import ADS_MAX, URGENCY_MAX, AdRef, Case, CaseAd, Cause
from answerable.cases.store import CasesWork
from answerable.events.cases import CaseJoined
from answerable.events.event import Recorded
from answerable.events.networks import ResubmissionFound
from answerable.events.screening import ScreenJudged
from answerable.kernel.ids import AdId, CaseId, Ids, SubjectId
from answerable.kernel.time import Millis

URGENCY_RESUBMITTED = 50
"""Before everything that a machine saw for the first time; after anyone's word (60)."""
URGENCY_CHANGED = 58
"""Another age, or its sign gone: somebody learned from the refusal."""
URGENCY_MOVED = 45
REASON, MOVED = "resubmission", "moved from a closed section"


def urgency_of(event: ResubmissionFound, ancestor: Case | None) -> int:
    """Never below the ancestor's own case: what was urgent once is when it comes back."""
    own = URGENCY_MOVED if event.because is None else URGENCY_RESUBMITTED
    own = URGENCY_CHANGED if event.waits else own
    return min(URGENCY_MAX, max(own, 0 if ancestor is None else ancestor.urgency))


def rejoin(
    case: Case, ad: AdId, reason: str, urgency: int, now: Millis, refs: tuple[str, ...]
) -> decide.Step:
    """The ad joins (if it is not in it) and the case is raised, never lowered. A proposal that did
    not know of it is void."""
    ads = case.ads if ad in case.ad_ids else (*case.ads, CaseAd(ad=ad, added=now))
    raised = max(case.urgency, urgency)
    event = CaseJoined(
        **decide.header(case, CASES, now),
        refs=refs,
        case=case.id,
        ad=ad,
        alert=None,
        reason=reason,
        urgency=raised,
    )
    return decide.Step(case=replace(case, ads=ads, urgency=raised, proposal=None), events=(event,))


class ReviewWithAncestor:
    """With resubmission.found: into the ad's own open case, else its ancestor's, else a new one.

    A decided ancestor joins no case again: to let the family go would bring back what was removed.
    The case points at the event, which names both, and the page shows them side by side. An ad that
    only moved from a closed section has a case where anything was noted in it: thousands may move.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event, now = heard(recorded, ResubmissionFound), work.now()
        site, ad, refs = event.site, AdId(event.ad), (recorded.leaf_hash.hex(),)
        ancestor = AdId(event.ancestor)
        before = work.cases.cases_of(site, ancestor, 1)
        urgency = urgency_of(event, before[0] if before else None)
        reason = MOVED if event.because is None else REASON
        found = self._open_case(work, work.cases.ad_of(site, ad), ancestor, event)
        if found is None and event.because is None and not self._seen(work, event):
            return  # it moved, and no rule of any section saw a thing: it is counted, no more
        if found is not None:
            step = rejoin(found, ad, reason, urgency, now, refs)
        else:
            step = decide.open_case(
                site=site,
                case=CaseId(self._ids.new()),
                subject=SubjectId(self._ids.new()),
                cause=Cause.SCREENING,
                urgency=urgency,
                strong=False,  # what waits is a strong signal of the verdict, heard next
                synthetic=work.cases.is_synthetic(site),
                ads=(ad,),
                hand=CASES,
                now=now,
                refs=refs,
            )
        save(work, step.case)
        work.record(*step.events)

    def _seen(self, work: CasesWork, event: ResubmissionFound) -> bool:
        """Did screening note anything in the ad, or fail to read it?"""
        for recorded in work.chain_of(event.site, event.subject):
            if recorded.leaf_hash.hex() in event.refs:
                judged = recorded.event
                return not isinstance(judged, ScreenJudged) or bool(judged.signals)
        return True

    def _open_case(
        self, work: CasesWork, ref: AdRef, ancestor: AdId, event: ResubmissionFound
    ) -> Case | None:
        own = work.cases.open_case_of(event.site, ref.ad)
        if own is not None or ancestor == ref.ad:
            return own
        theirs = work.cases.open_case_of(event.site, ancestor)
        return None if theirs is None or len(theirs.ads) >= ADS_MAX else theirs
