"""receiver/lifecycle: what may happen to a report, by state and time. Pure.

open --finish--> finished (for good), --retract--> retracted, --time out--> expired.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from answerable.apps.receiver.answers import Code
from answerable.apps.receiver.switches import Switches
from answerable.kernel.time import DAY, HOUR, Millis


class State(StrEnum):
    OPEN = "open"
    FINISHED = "finished"
    RETRACTED = "retracted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One report as held. `touched` is the last upload or fileinfo; `ended` the finish, etc."""

    id: int
    user: str
    state: State
    opened: Millis
    touched: Millis | None
    ended: Millis | None


def lives_until(opened: Millis, touched: Millis | None) -> Millis:
    """24 h after opening or 1 h after the last change, whichever is later; gone at that moment."""
    return Millis(max(opened + DAY, (touched or 0) + HOUR))


def refused(report: Received | None, user: str, switches: Switches) -> Code | None:
    """Why `user` may not change this report now, as a code; None when it is open and theirs.

    `report` has been through the expiry already. A stranger learns nothing of its state.
    """
    if report is None:
        return Code.NO_SUCH_REPORT
    if report.user != user:
        return Code(switches.foreign_code)
    match report.state:
        case State.OPEN:
            return None
        case State.FINISHED:
            return Code.ALREADY_FINISHED
        case State.RETRACTED:
            return Code.ALREADY_RETRACTED
        case State.EXPIRED:
            return Code(switches.expired_code)
        case unknown:
            assert_never(unknown)
