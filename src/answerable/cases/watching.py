"""With watch.matched: the ad is looked at before anything else. It is not hidden by a match.

It joins its own open case, or the open case of the watch, or opens one. Never the case of an alert
that asked for the watch: when that alert is answered must not depend on what was found.
"""

from answerable.cases import decide
from answerable.cases.hearing import CASES, heard, keep_with_clock
from answerable.cases.model import ADS_MAX, URGENCY_MAX, Case, CaseWatch, Cause
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import FIRST_LOOK
from answerable.events.event import Recorded
from answerable.events.watches import WatchMatched
from answerable.kernel.ids import AdId, CaseId, Ids, Site, SubjectId


class OpenForWatch:
    """One case at top urgency, the clock to a first look, and which watch it was."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event, now = heard(recorded, WatchMatched), work.now()
        site, ad, refs = event.site, AdId(event.ad), (recorded.leaf_hash.hex(),)
        before = self._before(work, site, ad, event.watch)
        if before is not None:
            step = decide.join_word(before, ad, "watch", URGENCY_MAX, CASES, now, refs)
        else:
            step = decide.open_case(
                site=site,
                case=CaseId(self._ids.new()),
                subject=SubjectId(self._ids.new()),
                cause=Cause.WATCH,
                urgency=URGENCY_MAX,
                strong=False,
                synthetic=work.cases.is_synthetic(site),
                ads=(ad,),
                hand=CASES,
                now=now,
                refs=refs,
            )
        keep_with_clock(work, step, FIRST_LOOK, None, self._ids)
        brought = CaseWatch(
            watch=event.watch,
            ad=ad,
            revision=event.revision,
            kinds=tuple(event.kinds),
            strong=event.strong,
            at=now,
        )
        work.cases.put_watch(site, step.case.id, brought)

    def _before(self, work: CasesWork, site: Site, ad: AdId, watch: str) -> Case | None:
        of_ad = work.cases.open_case_of(site, ad)
        if of_ad is not None:
            return of_ad
        of_watch = work.cases.open_case_of_watch(site, watch)
        if of_watch is None or ad in of_watch.ad_ids or len(of_watch.ads) >= ADS_MAX:
            return None
        return of_watch
