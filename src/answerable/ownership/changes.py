"""What changed between two resolutions: every row, every value, in words. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from answerable.ownership.chains import Gap, Step
from answerable.ownership.graph import Way
from answerable.ownership.page import CONTROL, ENDS, REASONS, way_text
from answerable.ownership.resolve import Holder, Resolution


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `field` is empty where a whole row came or went."""

    kind: Kind
    what: str
    name: str
    field: str
    before: str
    after: str


Rows = Mapping[tuple[str, ...], tuple[str, Mapping[str, str]]]
"""By key: the row's name for people, and its fields as text."""


def compare(previous: Resolution, current: Resolution) -> tuple[Change, ...]:
    """Every change from `previous` to `current`, in a fixed order. Equal resolutions give none.

    The day asked about, the publication date and the number of statements are no changes of
    ownership and are left out; so is the order of rows.
    """
    changes: list[Change] = []
    for what, before, after in (
        ("subject", _subject(previous), _subject(current)),
        ("holder", _holders(previous.holders), _holders(current.holders)),
        ("gap", _gaps(previous.gaps), _gaps(current.gaps)),
        ("nominee", _nominees(previous), _nominees(current)),
        ("link", _links(previous.links), _links(current.links)),
        ("loop", _plain(map(" > ".join, previous.loops)), _plain(map(" > ".join, current.loops))),
        ("note", _plain(iter(previous.notes)), _plain(iter(current.notes))),
    ):
        changes += _differences(what, before, after)
    return tuple(changes)


def _differences(what: str, before: Rows, after: Rows) -> Iterator[Change]:
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            name, fields = before[key]
            yield Change(
                kind=Kind.REMOVED, what=what, name=name, field="", before=_all(fields), after=""
            )
        elif key not in before:
            name, fields = after[key]
            yield Change(
                kind=Kind.ADDED, what=what, name=name, field="", before="", after=_all(fields)
            )
        else:
            (_, old), (name, new) = before[key], after[key]
            for field in sorted(old.keys() | new.keys()):
                was, now = old.get(field, ""), new.get(field, "")
                if was != now:
                    yield Change(
                        kind=Kind.CHANGED, what=what, name=name, field=field, before=was, after=now
                    )


def _all(fields: Mapping[str, str]) -> str:
    return "; ".join(f"{field} {value}" for field, value in fields.items() if value)


def _subject(resolution: Resolution) -> Rows:
    fields = {
        "name": resolution.name,
        "threshold": str(resolution.threshold),
        "publishers": ", ".join(resolution.publishers),
    }
    return {(resolution.subject,): (resolution.name, fields)}


def _holders(holders: Sequence[Holder]) -> Rows:
    return {
        (row.record,): (
            row.name,
            {
                "name": row.name,
                "kind": ENDS[row.end],
                "shares": row.own.exact(),
                "votes": row.votes.exact(),
                "control": CONTROL[row.control],
                "control by contract": row.with_rights.exact() if row.by_contract else "",
                "declared": "yes" if row.declared else "no",
                "counts": CONTROL[row.counts],
                "ways": _ways(row.ways),
            },
        )
        for row in holders
    }


def _gaps(gaps: Sequence[Gap]) -> Rows:
    """Two gaps of one reason at one place are told apart by their order."""
    rows: dict[tuple[str, ...], tuple[str, Mapping[str, str]]] = {}
    for gap in gaps:
        nth = sum(key[:2] == (gap.at, gap.reason) for key in rows)
        rows[gap.at, gap.reason, str(nth)] = (
            gap.at_name,
            {
                "reason": REASONS[gap.reason],
                "stated": "yes" if gap.stated else "no",
                "description": gap.description,
                "share": "" if gap.share is None else gap.share.exact(),
            },
        )
    return rows


def _nominees(resolution: Resolution) -> Rows:
    return {
        (row.record, row.arrangement): (row.name, {"for": row.arrangement, "name": row.name})
        for row in resolution.nominees
    }


def _links(links: Sequence[Step]) -> Rows:
    """By relationship; one that is partly direct and partly indirect has two links."""
    rows: dict[tuple[str, ...], tuple[str, Mapping[str, str]]] = {}
    for step in links:
        indirect = "indirect" if any(way.indirect for way in step.ways) else "direct"
        name = f"{step.holder_name} in {step.subject_name}"
        key = (step.holder, step.subject, step.relationship, indirect)
        rows[key] = (name, {"ways": _ways(step.ways), "names": name})
    return rows


def _plain(texts: Iterator[str]) -> Rows:
    return {(text,): (text, {}) for text in texts}


def _ways(ways: Sequence[Way]) -> str:
    """With exact shares: what rounds alike may still have changed."""
    return "; ".join(
        way_text(way) + (f" ({way.share.exact()})" if way.share else "") for way in ways
    )
