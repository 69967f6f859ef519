"""What the examiners found, in plain text for people and as JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from answerable.audit.finding import AuditFinding
from answerable.audit.live import LiveReport
from answerable.audit.reconcile import AuditReport
from answerable.audit.watching import WatchFigures, told
from answerable.events.duties.sums import Terms
from answerable.kernel.time import Millis, iso


def as_text(report: AuditReport) -> str:
    """The sums, what was compared, every finding, the verdict."""
    lines = [f"{report.events} events examined, as of {iso(report.at)}", ""]
    lines += _sums("", report.sums.real)
    if any(asdict(report.sums.synthetic.submissions).values()):
        lines += _sums("synthetic ", report.sums.synthetic)
    lines.append(f"left over: {len(report.sums.residual)}")
    lines.append(_compared(report))
    lines.append(f"duties still open: {len(report.still_open)}")
    lines += _watches(report.watches)
    purposes = ", ".join(f"{count} for {why}" for why, count in sorted(report.reads.items()))
    lines.append(f"files given out: {purposes or 'none'}")
    return _page(lines, report.findings)


def live_as_text(report: LiveReport) -> str:
    """How many rows, how many could not be compared, every finding."""
    lines = [f"{report.rows} rows compared, {report.matched} ads recognised"]
    if report.uncompared:
        lines.append(f"{report.uncompared} rows whose words could not be compared (erased)")
    return _page(lines, report.findings)


def as_json(report: AuditReport | LiveReport) -> str:
    """Everything the report holds as one JSON object, keys sorted."""
    return json.dumps(_plain(asdict(report)), sort_keys=True) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def _sums(mark: str, terms: Terms) -> list[str]:
    s, a, r = terms.submissions, terms.alerts, terms.reports
    right = f"screened {s.screened} + could not screen {s.could_not} + waiting {s.waiting}"
    ends = f"finished {r.finished} + pending {r.pending} + needs a person {r.needs_person}"
    lines = [
        f"{mark}submissions {s.submitted} + rechecks {s.rechecks} = {right}",
        f"{mark}alerts {a.received} = answered {a.answered} + open {a.open}",
        f"{mark}ads decided to report {r.decided} = {ends} + withdrawn {r.withdrawn}",
    ]
    if r.by_hand:
        lines.append(
            f"{mark}of the finished, filed by hand {r.by_hand}, "
            f"not yet confirmed by a list {r.unreconciled}"
        )
    if s.unnamed or r.unnamed:
        nameless = f"{s.unnamed} submissions, {r.unnamed} decisions"
        lines.append(f"{mark}names erased, matched by number only: {nameless}")
    return lines


def _watches(figures: WatchFigures) -> list[str]:
    """As the public may have it: no small number, no value, no name."""
    if not figures.asked:
        return []
    by_role = ", ".join(f"{role} {told(count)}" for role, count in figures.by_role.items())
    return [
        (
            f"watches asked {told(figures.asked)} ({by_role}), refused {told(figures.refused)}, "
            f"running {told(figures.running)}"
        ),
        (
            f"archive searches {told(figures.searched)}, still to come {told(figures.unsearched)}, "
            f"matches {told(figures.matched)}"
        ),
    ]


def _compared(report: AuditReport) -> str:
    if report.compared is None:
        return "the receiver's list was not given: finished reports were compared with nothing"
    return (
        f"finished reports {len(report.sums.finished)}, "
        f"of which the receiver's list names {report.compared}"
    )


def _page(lines: list[str], findings: Sequence[AuditFinding]) -> str:
    lines.append("")
    lines += [_line(finding) for finding in findings]
    count = len(findings)
    verdict = f"{count} finding{'s' * (count > 1)}" if count else "nothing found"
    return "".join(f"{line}\n" for line in (*lines, verdict))


def _line(finding: AuditFinding) -> str:
    place = "" if finding.index is None else f" [leaf {finding.index}]"
    row = "" if finding.row is None else f" [row {finding.row}]"
    dates = ""
    if finding.due is not None:
        done = "never" if finding.done is None else iso(Millis(finding.done))
        dates = f" (due {_moment(finding.due)}, done {done})"
    ids = f" ({', '.join(finding.ids)})" if finding.ids else ""
    return f"finding: {finding.duty}, {finding.kind}{place}{row}: {finding.words}{dates}{ids}"


def _moment(at: int) -> str:
    try:
        return iso(Millis(at))
    except (OverflowError, ValueError):
        return str(at)
