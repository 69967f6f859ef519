"""A list from the far side against our finished reports; reports filed by hand are confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.events.event import event_header
from answerable.events.reports import ReportReconciled
from answerable.events.work import Runs
from answerable.kernel.ids import ReportId, Site
from answerable.reports.service import FILER
from answerable.reports.store import ReportsWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Numbers, sorted. `drafts`: theirs, and open with us; `unknown`: theirs, and never ours."""

    both: tuple[str, ...]
    ours_only: tuple[str, ...]
    drafts: tuple[str, ...]
    unknown: tuple[str, ...]
    confirmed: tuple[str, ...]
    confirmed_before: tuple[str, ...]
    unconfirmed: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not (self.ours_only or self.drafts or self.unknown)


class ReconcileReports:
    """Compare, and put on record once which reports by hand the far side has."""

    def __init__(self, runs: Runs[ReportsWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, theirs: Iterable[str], source: str) -> Compared:
        """`source`: SHA-256 of the list."""
        there = {_plain(number) for number in theirs} - {""}
        return self._runs.run(lambda work: _compare(work, site, there, source))


def _plain(number: str) -> str:
    """`0042 ` as `42`: a list may pad its numbers."""
    text = number.strip()
    return str(int(text)) if text.isascii() and text.isdigit() else text


def _compare(work: ReportsWork, site: Site, there: set[str], source: str) -> Compared:
    ours = work.reports.finished_ids(site)
    drafts = work.reports.draft_ids(site)
    by_hand = work.reports.finished_by_hand(site)
    before = tuple(one.tipline_id for one in by_hand if one.reconciled is not None)
    waiting = {one.tipline_id: one.report for one in by_hand if one.reconciled is None}
    confirmed = sorted(set(waiting) & there, key=_by_number)
    for number in confirmed:
        _confirm(work, site, waiting[number], number, source)
    return Compared(
        both=_sorted(there & set(ours)),
        ours_only=_sorted(set(ours) - there),
        drafts=_sorted((there - set(ours)) & drafts),
        unknown=_sorted(there - set(ours) - drafts),
        confirmed=tuple(confirmed),
        confirmed_before=_sorted(before),
        unconfirmed=_sorted(set(waiting) - there),
    )


def _confirm(work: ReportsWork, site: Site, report: ReportId, number: str, source: str) -> None:
    duty = work.reports.get(site, report, lock=True)
    if work.reports.note_reconciled(site, report, work.now()):
        work.record(
            ReportReconciled(
                **event_header(site, duty.subject, FILER, work.now()),
                report=report,
                tipline_id=number,
                source=source,
            )
        )


def _sorted(numbers: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(numbers), key=_by_number))


def _by_number(number: str) -> tuple[int, str]:
    return len(number), number
