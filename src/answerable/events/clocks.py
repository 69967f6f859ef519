"""Events of a clock that runs, on its case's chain: done by hand outside.

None of these is an answer, a report or a decision; only duty.done comes with a clock.stopped.
"""

from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDone(Event):
    """A person did outside what this duty asks, and says to whom and under which reference."""

    TYPE: ClassVar[str] = "duty.done"

    case: str = grouped("link")
    clock: str = grouped("facts")
    duty: str = grouped("facts")
    to: str = grouped("report")
    reference: str = grouped("report")
    words: str = grouped("report")
