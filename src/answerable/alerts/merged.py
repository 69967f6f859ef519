"""With case.merged: the rows of its open alerts learn which case answers them now."""

from dataclasses import replace

from answerable.alerts.store import AlertsWork
from answerable.events.cases import CaseMerged
from answerable.events.event import Recorded
from answerable.kernel.errors import Breach
from answerable.kernel.ids import AlertId, CaseId


class FollowMerge:
    """Their chains, receipts and dates stay as they are: each is still answered singly."""

    def __call__(self, work: AlertsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, CaseMerged):
            raise Breach(f"{event.TYPE} merges nothing")
        if event.side != "from":
            return
        for name in event.alerts:
            row = work.alerts.get(event.site, AlertId(name))
            work.alerts.put(replace(row, case=CaseId(event.case)))
