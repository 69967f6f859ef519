"""By hand: a person files the bytes that were written down on NCMEC's public form.

The duty, its clock and its sums are those of any report. Never where /finish may have been heard:
then only the CyberTipline can tell, and a second report would be one too many.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.events.cases import CaseDecided
from answerable.events.event import event_header
from answerable.events.reports import (
    ReportByHand,
    ReportFinished,
    ReportOpened,
    ReportResumed,
)
from answerable.events.work import Runs
from answerable.kernel.errors import Breach, Conflict, Refusal
from answerable.kernel.ids import ReportId, Site
from answerable.kernel.time import MINUTE, Millis
from answerable.reports.heard import finish_may_be_heard
from answerable.reports.intending import Intended, read_intended
from answerable.reports.model import Duty, FiledByHand, Status
from answerable.reports.service import duty_key
from answerable.reports.store import ReportsWork

_NUMBER = re.compile(r"[0-9]{1,19}")
NUMBER_MAX = 2**63 - 1


class TakeByHand:
    """A report that waits for a person is filed by hand instead: new bytes are written down for it.

    A draft that may stand open at the far side lapses there unfinished.
    """

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, report: ReportId, why: str) -> None:
        """Raises Forbidden, NotFound, Refusal (synthetic, or no reason) or Conflict."""
        require(by, Permission.CASE_DECIDE, site)
        if not why.strip():
            raise Refusal("say why it is filed by hand")

        def fn(work: ReportsWork) -> None:
            duty = work.reports.get(site, report, lock=True)
            if duty.synthetic:
                raise Refusal("a TEST report goes to the local receiver and nowhere else")
            if duty.status is not Status.NEEDS_PERSON:
                raise Conflict("this report does not wait for a person", status=duty.status)
            if finish_may_be_heard(work, duty):
                raise Conflict(
                    "this report may be filed already: let the filing go on, and the CyberTipline "
                    "tells whether it is"
                )
            header = event_header(site, duty.subject, by.id, work.now(), org=by.organisation)
            what = f"By hand: {why.strip()}"
            work.reports.put(
                replace(
                    duty,
                    status=Status.BY_HAND,
                    why=None,
                    damaged=0,
                    tipline_id=None,
                    intended_event=None,  # FileReport hears of it and writes the new bytes down
                    fence=duty.fence + 1,
                )
            )
            work.record(ReportResumed(**header, report=report, ads=list(duty.ads), what=what))

        self._runs.run(fn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a person brings back from the form. `sha256`: of the report that was laid out."""

    number: str
    filed: Millis
    sha256: str


class EnterByHand:
    """NCMEC's number and the time, once: opened and finished in one transaction."""

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, report: ReportId, entry: Entry) -> FiledByHand:
        """Raises Forbidden, NotFound, Refusal (no such number or time) or Conflict (entered
        already, other bytes by now, or a number that another report has)."""
        require(by, Permission.CASE_DECIDE, site)
        number = _number(entry.number)

        def fn(work: ReportsWork) -> FiledByHand:
            duty = work.reports.get(site, report, lock=True)
            if duty.status is not Status.BY_HAND:
                raise Conflict("this report does not wait to be filed by hand", status=duty.status)
            if duty.intended_event is None:
                raise Conflict("this report is being laid out; look again in a moment")
            intended = read_intended(work, duty)
            if intended.sha256 != entry.sha256:
                raise Conflict("the report was laid out anew since this page was shown")
            filed = _filed(work, duty, entry.filed)
            done = FiledByHand(report=report, tipline_id=number, filed=filed)
            taken = work.reports.number_taken(site, number, report)
            if taken or not work.reports.put_by_hand(site, done):
                raise Conflict("another report of this site has this number", number=number)
            after = replace(
                duty,
                status=Status.FINISHED,
                attempt=duty.attempt + 1,
                tipline_id=number,
                finished=filed,
                fence=duty.fence + 1,
            )
            work.reports.put(after)
            _record(work, after, done, intended, by)
            return done

        return self._runs.run(fn)


def _record(
    work: ReportsWork, duty: Duty, done: FiledByHand, intended: Intended, by: Actor
) -> None:
    header = event_header(duty.site, duty.subject, by.id, work.now(), org=by.organisation)
    told: dict[str, Any] = {
        "report": duty.id,
        "attempt": duty.attempt,
        "tipline_id": done.tipline_id,
    }
    work.record(
        ReportByHand(**header, **told, filed=done.filed, sha256=intended.sha256),
        ReportOpened(**header, **told),
        ReportFinished(
            **{**header, "happened": done.filed},
            **told,
            closes=(duty_key(duty.id),),
            case=duty.case,
            ads=list(duty.ads),
            receipt="",
            request_id=None,
            presence=intended.presence,
        ),
    )


def _number(typed: str) -> str:
    text = typed.strip()
    if not _NUMBER.fullmatch(text) or not 0 < int(text) <= NUMBER_MAX:
        raise Refusal("NCMEC's number of a report is digits only")
    return str(int(text))


def _filed(work: ReportsWork, duty: Duty, typed: Millis) -> Millis:
    """The time as entered, to the minute: a minute that has begun is not in the future."""
    decided = work.recorded(duty.decision_event).event
    if not isinstance(decided, CaseDecided):
        raise Breach("a report's decision is no decision")
    if typed > work.now():
        raise Refusal("the time of filing lies in the future")
    if typed < decided.happened - decided.happened % MINUTE:
        raise Refusal("the time of filing lies before the decision to report")
    return Millis(max(typed, decided.happened))
