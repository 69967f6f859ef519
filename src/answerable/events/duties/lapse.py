"""A duty that was not kept, or not in time: what the examiners list."""

from dataclasses import dataclass

from answerable.events.event import Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """`duty` and `kind` are stable words; `due` and `done` ms UTC (None: no date; never done)."""

    duty: str
    kind: str
    words: str
    subject: str
    ids: tuple[str, ...] = ()
    due: int | None = None
    done: int | None = None
    indices: tuple[int, ...] = ()


def lapse(
    duty: str,
    kind: str,
    words: str,
    *events: Opened,
    ids: tuple[object, ...] = (),
    due: int | None = None,
    done: int | None = None,
) -> Lapse:
    """A Lapse shown by `events`, the first of which is the duty's own."""
    return Lapse(
        duty=duty,
        kind=kind,
        words=words,
        subject=events[0].subject,
        ids=tuple(str(name) for name in ids if name is not None),
        due=due,
        done=done,
        indices=tuple(sorted({e.index for e in events})),
    )


def number(value: object) -> int | None:
    """A whole number as it stands in a group, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
