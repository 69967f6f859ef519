"""The sums that must come out at zero, and what is left over where they do not.

Every term is counted from its own events, by name, never as a difference of two others. What is
synthetic is a term of its own: a site is marked at its creation, and what calls itself synthetic
anywhere else is left over. Source: docs/architecture.md, "The sums".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from answerable.events.duties.alerted import Alerts, count_alerts
from answerable.events.duties.reported import (
    Finished,
    Reports,
    count_reports,
    finished_of,
    report_chains,
)
from answerable.events.duties.residual import Residual, Term, is_open
from answerable.events.duties.submissions import Submissions, count_submissions
from answerable.events.event import Opened

__all__ = [
    "Alerts",
    "Finished",
    "Reports",
    "Residual",
    "Submissions",
    "Sums",
    "Term",
    "Terms",
    "finished_against",
    "take_sums",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The three sums of one side."""

    submissions: Submissions
    alerts: Alerts
    reports: Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What `take_sums` found. `residual` is empty exactly where everything is accounted for."""

    real: Terms
    synthetic: Terms
    finished: tuple[Finished, ...]
    residual: tuple[Residual, ...]

    @property
    def balanced(self) -> bool:
        return not self.residual


def take_sums(opened: Sequence[Opened]) -> Sums:
    """Count everything. `opened` is the whole record in leaf order, each with its leaf hash."""
    marked = {e.site: e.get("synthetic") is True for e in opened if e.type == "site.created"}
    synthetic_sites = {site for site, mark in marked.items() if mark}
    real, left = _side([e for e in opened if e.site not in synthetic_sites])
    synthetic, more = _side([e for e in opened if e.site in synthetic_sites])
    marks = [
        Residual(
            term=Term.MARKS,
            kind="marked",
            words=f"{e.type} and its site do not agree on whether it is synthetic",
            subject=e.subject,
            ids=tuple(str(e.get(name)) for name in ("report", "case") if e.get(name)),
            indices=(e.index,),
        )
        for e in opened
        if e.type in ("case.opened", "report.owed") and is_open(e, "facts") and e.site in marked
        if (e.get("synthetic") is True) != marked[e.site]
    ]
    return Sums(
        real=real,
        synthetic=synthetic,
        finished=finished_of(report_chains(opened)),
        residual=(*left, *more, *marks),
    )


def _side(opened: Sequence[Opened]) -> tuple[Terms, tuple[Residual, ...]]:
    submissions, left_of_submissions = count_submissions(opened)
    alerts, left_of_alerts = count_alerts(opened)
    reports, left_of_reports = count_reports(opened)
    terms = Terms(submissions=submissions, alerts=alerts, reports=reports)
    return terms, (*left_of_submissions, *left_of_alerts, *left_of_reports)


def finished_against(sums: Sums, receiver_ids: Iterable[str]) -> tuple[Residual, ...]:
    """Compare the finished reports with the receiver's own list of finished ids, both ways.

    Left over: finished here and unknown there (an invented id), there and unknown here (a report
    the record does not admit), and an id of ours that was erased and so cannot be compared.
    """
    there = {str(name).strip() for name in receiver_ids} - {""}
    here = {f.tipline_id: f for f in sums.finished if f.tipline_id is not None}
    found = [
        _against("unknown there", "finished here, and the receiver does not know the id", done)
        for tipline_id, done in here.items()
        if tipline_id not in there
    ]
    found += [
        _against("id erased", "finished here, and its id is erased: nothing to compare", done)
        for done in sums.finished
        if done.tipline_id is None
    ]
    found += [
        Residual(
            term=Term.REPORTS,
            kind="unknown here",
            words="the receiver has a finished report that is not in the record",
            subject="",
            ids=(tipline_id,),
        )
        for tipline_id in sorted(there - set(here))
    ]
    return tuple(found)


def _against(kind: str, words: str, done: Finished) -> Residual:
    return Residual(
        term=Term.REPORTS,
        kind=kind,
        words=words,
        subject=done.subject,
        ids=tuple(filter(None, (done.report, done.tipline_id))),
        indices=(done.index,),
    )
