"""Reconciliation: everything that was owed against everything that was done, at one moment.

Pure over opened events; the receiver's list of finished ids comes from outside, or not at all,
and then the report says that it did not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from answerable.audit.concealment import concealments
from answerable.audit.finding import AuditFinding, in_order, of_lapse, of_residual
from answerable.audit.watching import WatchFigures, watch_figures
from answerable.events.duties.complained import complaints_not_kept
from answerable.events.duties.keeping import (
    erasures_not_allowed,
    given_without_leave,
    holds_not_kept,
    reads_by_purpose,
)
from answerable.events.duties.lapse import Lapse
from answerable.events.duties.obeying import directives_not_obeyed
from answerable.events.duties.putting_off import hides_put_off
from answerable.events.duties.seconds import seconds_not_kept
from answerable.events.duties.sums import Sums, finished_against, take_sums
from answerable.events.duties.timing import (
    OpenDuty,
    late_answers,
    late_clocks,
    late_duties,
    late_reports,
    open_duties,
)
from answerable.events.event import Opened
from answerable.kernel.time import Millis

_ELSEWHERE = ("clock:", "report:")
"""Duties of envelopes that a clock or a report's own chain tells more of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What `reconcile` came to. `compared` is how many ids the receiver listed; None: no list.

    `reads`: how often files were given out, by purpose."""

    at: Millis
    events: int
    sums: Sums
    findings: tuple[AuditFinding, ...]
    still_open: tuple[OpenDuty, ...]
    compared: int | None
    watches: WatchFigures
    reads: Mapping[str, int]

    @property
    def clean(self) -> bool:
        return not self.findings


def reconcile(
    opened: Sequence[Opened], receiver_ids: Collection[str] | None, now: Millis
) -> AuditReport:
    """Sums, dates, holds, erasures, directives, seconds and concealments of the record at `now`.

    `opened` is in leaf order, each event with its leaf hash; groups may be erased.
    """
    sums = take_sums(opened)
    residual = list(sums.residual)
    if receiver_ids is not None:
        residual += finished_against(sums, receiver_ids)
    lapses = (
        *_only_here(late_duties(opened, now)),
        *late_clocks(opened, now),
        *late_answers(opened),
        *late_reports(opened, now),
        *holds_not_kept(opened),
        *erasures_not_allowed(opened),
        *given_without_leave(opened),
        *directives_not_obeyed(opened, now),
        *seconds_not_kept(opened),
        *complaints_not_kept(opened),
        *hides_put_off(opened),
    )
    findings = [*map(of_residual, residual), *map(of_lapse, lapses), *concealments(opened)]
    return AuditReport(
        at=now,
        events=len(opened),
        sums=sums,
        findings=in_order(findings),
        still_open=open_duties(opened),
        compared=None if receiver_ids is None else len(set(receiver_ids)),
        watches=watch_figures(opened, now),
        reads=reads_by_purpose(opened),
    )


def _only_here(lapses: Sequence[Lapse]) -> list[Lapse]:
    """One finding for one fault: what the special lists below also tell is left to them."""
    return [
        fault
        for fault in lapses
        if not fault.duty.startswith(_ELSEWHERE)
        and not (fault.duty.startswith("alert:") and fault.kind == "late")
    ]
