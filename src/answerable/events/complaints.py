"""Events of complaints: somebody whom a decision concerns asks for another look, and is answered.

On the chain of the case that looks again. The words are theirs and erasable; who complained is a
side (poster or alerter), never a name.
"""

from dataclasses import dataclass
from typing import ClassVar

from answerable.events.event import Event, grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintReceived(Event):
    """The poster of an ad, or whoever alerted us, says that it was decided wrongly (DSA art. 20).

    `decision` is the one complained of; None where no person decided yet: screening or a closed
    section keeps the ad from being seen.
    """

    TYPE: ClassVar[str] = "complaint.received"

    complaint: str = grouped("link")
    case: str = grouped("link")
    ad: str | None = grouped("link")
    alert: str | None = grouped("link")
    decision: str | None = grouped("link")
    side: str = grouped("facts")  # poster, alerter
    text: str = grouped("report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAnswered(Event):
    """A decision on the case answers the complaint: it was right, or the earlier answer stands."""

    TYPE: ClassVar[str] = "complaint.answered"

    complaint: str = grouped("link")
    case: str = grouped("link")
    decision: str = grouped("link")
    granted: bool = grouped("facts")
    within: bool = grouped("facts")  # before its clock ran out
