"""The duty: owed with the decision, undone only by its reviewer, resumed by a person."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from answerable.events.cases import CaseDecided, DecisionUndone
from answerable.events.event import Due, DutyKey, Recorded, event_header
from answerable.events.reports import ReportOwed, ReportResumed, ReportWithdrawn
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Refusal, insist
from answerable.kernel.ids import (
    ActorId,
    AdId,
    CaseId,
    DecisionId,
    Ids,
    ReportId,
    Site,
    SubjectId,
)
from answerable.kernel.time import HOUR, MINUTE, Millis
from answerable.reports.heard import finish_may_be_heard
from answerable.reports.model import CAN_BE_UNDONE, Duty, Status
from answerable.reports.store import ReportsWork

FILER = ActorId("system:reports")
FILE_WITHIN = 24 * HOUR
"""Our own target for "as soon as reasonably possible", 18 U.S.C. 2258A(a)(1)(A)(i)."""


WAIT_MAX = 30 * MINUTE
"""The longest that a report which isn't urgent waits for facts and undo. No setting goes beyond."""


def duty_key(report: ReportId) -> DutyKey:
    return DutyKey(f"report:{report}")


class OweReport:
    """With case.decided: a decision to report becomes a duty in the same transaction.

    Nothing stands between: no gate, cap, threshold or filter (foundations).
    """

    def __init__(self, ids: Ids, facts_ms: int) -> None:
        insist(0 <= facts_ms <= WAIT_MAX, "no report waits longer than half an hour")
        self._ids, self._facts_ms = ids, facts_ms

    def __call__(self, work: ReportsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, CaseDecided):
            raise Breach(f"{event.TYPE} owes no report")
        if event.kind != "report":
            return
        now = work.now()
        wait = 0 if event.urgent else self._facts_ms
        duty = Duty(
            site=event.site,
            id=ReportId(self._ids.new()),
            subject=SubjectId(self._ids.new()),
            case=CaseId(event.case),
            decision=DecisionId(event.decision),
            decision_event=recorded.id,
            ads=tuple(AdId(ad) for ad in event.ads),
            status=Status.OWED,
            owed=now,
            not_before=Millis(now + wait),
            urgent=event.urgent,
            synthetic=work.reports.is_synthetic(event.site),
        )
        work.reports.put(duty)
        header = {
            **event_header(duty.site, duty.subject, event.actor, now, org=event.org),
            "happened": event.happened,
            "refs": (recorded.leaf_hash.hex(),),
        }
        work.record(owed_event(duty, header), urgent=duty.urgent)


def owed_event(duty: Duty, header: Mapping[str, Any]) -> ReportOwed:
    """What makes it a duty on record, with its date."""
    return ReportOwed(
        **header,
        due=(Due(duty=duty_key(duty.id), at=Millis(duty.owed + FILE_WITHIN)),),
        report=duty.id,
        case=duty.case,
        decision=duty.decision,
        ads=list(duty.ads),
        not_before=duty.not_before,
        urgent=duty.urgent,
        synthetic=duty.synthetic,
    )


class WithdrawReport:
    """With decision.undone: the reviewer's own undo, unless the report may be filed already."""

    def __call__(self, work: ReportsWork, recorded: Recorded) -> None:
        event = recorded.event
        if not isinstance(event, DecisionUndone):
            raise Breach(f"{event.TYPE} withdraws nothing")
        found = work.reports.of_decision(event.site, DecisionId(event.decision))
        if found is None:
            return
        duty = work.reports.get(event.site, found.id, lock=True)
        if duty.status not in CAN_BE_UNDONE or finish_may_be_heard(work, duty):
            raise Refusal("the report is being filed or filed; it cannot be taken back")
        if duty.status is Status.BY_HAND and duty.intended_event is not None:
            raise Refusal(
                "the report is laid out to be filed by hand, and somebody may have filed it: enter "
                "its number, and say in a follow-up what was wrong"
            )
        work.reports.put(replace(duty, status=Status.WITHDRAWN, fence=duty.fence + 1))
        work.record(
            ReportWithdrawn(
                site=duty.site,
                subject=duty.subject,
                happened=event.happened,
                known=work.now(),
                actor=event.actor,
                org=event.org,
                refs=(recorded.leaf_hash.hex(),),
                closes=(duty_key(duty.id),),
                report=duty.id,
                ads=list(duty.ads),
                decision=duty.decision,
            )
        )


class ResumeReport:
    """A person dealt with what stopped the filing: it goes on by itself, from new bytes."""

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, report: ReportId, what: str, actor: ActorId, org: str) -> None:
        if not what.strip():
            raise Refusal("say what was done")

        def fn(work: ReportsWork) -> None:
            duty = work.reports.get(site, report, lock=True)
            if duty.status is not Status.NEEDS_PERSON:
                raise Refusal("this report does not wait for a person", status=duty.status)
            work.reports.put(replace(duty, status=Status.OWED, why=None, damaged=0))
            work.record(
                ReportResumed(
                    **event_header(site, duty.subject, actor, work.now(), org=org),
                    report=report,
                    ads=list(duty.ads),
                    what=what,
                ),
                urgent=duty.urgent,
            )

        self._runs.run(fn)
