"""A follow-up has a clock of its own: what stops it, or waits for people, is heard as any is."""

from answerable.cases import clockwork
from answerable.cases.hearing import CASES, heard, save
from answerable.cases.store import CasesWork
from answerable.events.duties.clocks import REPORT_PROMPTLY, REPORT_URGENTLY
from answerable.events.event import Recorded
from answerable.events.reports import ReportFollowedUp, ReportOwed
from answerable.kernel.errors import Breach
from answerable.kernel.ids import CaseId, ClockId, DecisionId, Ids


class ClockFollowUp:
    """With report.followed_up: the clock of its filing runs again, for the same decision."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = heard(recorded, ReportFollowedUp)
        chain = work.chain_of(event.site, event.subject)
        owed = next((r.event for r in chain if isinstance(r.event, ReportOwed)), None)
        if owed is None:
            raise Breach("a report follows up and was never owed")
        case, now = work.cases.locked(event.site, CaseId(owed.case)), work.now()
        clock, started = clockwork.start(
            case,
            REPORT_URGENTLY if owed.urgent else REPORT_PROMPTLY,
            ClockId(self._ids.new()),
            CASES,
            now,
            started=now,
            decision=DecisionId(event.decision),
        )
        save(work, case, clock)
        work.record(started)
