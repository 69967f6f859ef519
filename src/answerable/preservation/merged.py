"""With case.merged: a hold that waits for a decision waits for that of the case it went to."""

from dataclasses import replace

from answerable.events.cases import CaseMerged
from answerable.events.event import Recorded
from answerable.kernel.errors import Breach
from answerable.kernel.ids import AdId, CaseId
from answerable.preservation.store import PreservationWork


class FollowMerge:
    """Holds without an end go with their ads, or nobody would ever date them; and none ends.

    A hold that has its end stays with the case whose decision gave it.
    """

    def __call__(self, work: PreservationWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, CaseMerged):
            raise Breach(f"{event.TYPE} merges nothing")
        if event.side != "from":
            return
        for name in event.ads:
            ref = work.preservation.ad_of(event.site, AdId(name))
            for hold in work.preservation.holds_of(event.site, ref.ad):
                waits = hold.ends is None and hold.released is None
                if waits and hold.case == CaseId(event.merged):
                    work.preservation.put(replace(hold, case=CaseId(event.case)))
