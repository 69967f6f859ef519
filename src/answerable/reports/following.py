"""Following up: what was told after the bytes were written down is owed as a new report."""

from dataclasses import replace

from answerable.events.event import Recorded, event_header
from answerable.events.reports import FactsTold, ReportFinished, ReportFollowedUp
from answerable.kernel.errors import Breach, insist
from answerable.kernel.ids import Ids, ReportId, SubjectId
from answerable.kernel.time import Millis
from answerable.reports.asking import case_subject, names_of
from answerable.reports.model import Duty, Status
from answerable.reports.service import FILER, WAIT_MAX, owed_event
from answerable.reports.store import ReportsWork
from answerable.reports.told import last_told


class FollowUp:
    """With facts.told and report.finished: a new report on the same decision, which names the
    earlier ones. At once where the first was urgent."""

    def __init__(self, ids: Ids, facts_ms: int) -> None:
        insist(0 <= facts_ms <= WAIT_MAX, "no report waits longer than half an hour")
        self._ids, self._facts_ms = ids, facts_ms

    def __call__(self, work: ReportsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, FactsTold | ReportFinished):
            raise Breach(f"{event.TYPE} is followed by nothing")
        duty = work.reports.latest_of(event.site, ReportId(event.report), lock=True)
        if duty.status is not Status.FINISHED:
            return  # its bytes are to be written yet, or its own finish asks again
        chain = work.chain_of(duty.site, case_subject(work, duty))
        if last_told(chain, names_of(work, duty)) > duty.knows_up_to:
            self._owe(work, duty, recorded)

    def _owe(self, work: ReportsWork, before: Duty, recorded: Recorded) -> None:
        now = work.now()
        duty = replace(
            before,
            id=ReportId(self._ids.new()),
            subject=SubjectId(self._ids.new()),
            status=Status.OWED,
            owed=now,
            not_before=Millis(now + (0 if before.urgent else self._facts_ms)),
            follows=before.id,
            knows_up_to=-1,
            attempt=0,
            damaged=0,
            tipline_id=None,
            intended_event=None,
            fence=0,
            why=None,
            finished=None,
        )
        work.reports.put(duty)
        header = event_header(duty.site, duty.subject, FILER, now)
        refs = (recorded.leaf_hash.hex(),)
        work.record(
            owed_event(duty, {**header, "refs": refs}),
            ReportFollowedUp(
                **header, refs=refs, report=duty.id, follows=before.id, decision=duty.decision
            ),
            urgent=duty.urgent,
        )
