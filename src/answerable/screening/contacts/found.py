"""A contact as found in a view; offsets are those of the view until `placed`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from answerable.screening.contacts.cues import Windows
from answerable.screening.model import Contact, ContactKind, Technique, spell_techniques
from answerable.screening.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    kind: ContactKind
    value: str
    start: int
    end: int
    tricks: frozenset[Technique]


def matches(pattern: re.Pattern[str], text: str, windows: Windows) -> Iterator[re.Match[str]]:
    """Matches of a pattern within the windows, in order."""
    for low, high in windows:
        yield from pattern.finditer(text, low, high)


def place(found: Found, view: View, field: str) -> Contact:
    """The contact with offsets in the submitted text of `field`."""
    start, end = view.span(found.start, found.end)
    return Contact(
        kind=found.kind,
        value=found.value,
        field=field,
        start=start,
        end=end,
        technique=spell_techniques(found.tricks),
    )
