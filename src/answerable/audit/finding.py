"""What an examiner found: which duty, which leaf, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.events.duties.lapse import Lapse
from answerable.events.duties.residual import Residual


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """`duty` and `kind` are stable words; `index` is the leaf that shows it best, if one does.

    `due` and `done` in ms UTC where there is a date. `row` counts lines of a list given from
    outside, from 1.
    """

    duty: str
    kind: str
    words: str
    subject: str = ""
    index: int | None = None
    indices: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    due: int | None = None
    done: int | None = None
    row: int | None = None


def of_residual(left: Residual) -> AuditFinding:
    return AuditFinding(
        duty=f"sum of {left.term.value}",
        kind=left.kind,
        words=left.words,
        subject=left.subject,
        index=left.indices[0] if left.indices else None,
        indices=left.indices,
        ids=left.ids,
    )


def of_lapse(fault: Lapse) -> AuditFinding:
    return AuditFinding(
        duty=fault.duty,
        kind=fault.kind,
        words=fault.words,
        subject=fault.subject,
        index=fault.indices[0] if fault.indices else None,
        indices=fault.indices,
        ids=fault.ids,
        due=fault.due,
        done=fault.done,
    )


def in_order(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    """By leaf, then by duty; what has no leaf comes last."""
    far = 2**63
    return tuple(
        sorted(
            findings,
            key=lambda f: (far if f.index is None else f.index, f.row or 0, f.duty, f.kind),
        )
    )
