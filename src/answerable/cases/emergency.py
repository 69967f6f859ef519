"""A child in danger is a telephone call first: whom somebody called, when, and what was said."""

from dataclasses import dataclass
from enum import StrEnum

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases import decide
from answerable.cases.model import REASON_CHARS_MAX, Hand
from answerable.cases.store import CasesWork
from answerable.events.cases import EmergencyCalled
from answerable.events.work import Runs
from answerable.kernel.errors import Refusal
from answerable.kernel.ids import CaseId, Site
from answerable.kernel.time import DAY, Millis

LINE_CHARS_MAX = 200
LATE_ENTRY_MAX = 7 * DAY


class Called(StrEnum):
    """Whom."""

    POLICE = "police"
    HOTLINE = "hotline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as its caller tells it. `reference`: theirs, "" where they gave none."""

    kind: Called
    called: str
    at: Millis
    reached: bool
    reference: str
    words: str


class LogCall:
    """Put a call on the record of the case. It decides nothing and stops no clock."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId, call: Call) -> None:
        """Raises Forbidden, NotFound or Refusal."""
        require(by, Permission.CASE_DECIDE, site)
        _check(call)

        def work(w: CasesWork) -> None:
            found, now = w.cases.locked(site, case), w.now()
            if call.at > now:
                raise Refusal("the time of the call lies in the future")
            if call.at < now - LATE_ENTRY_MAX:
                raise Refusal("a call is entered within a week; is the date right?")
            hand = Hand(actor=by.id, org=by.organisation)
            w.record(
                EmergencyCalled(
                    **{**decide.header(found, hand, now), "happened": call.at},
                    case=case,
                    kind=call.kind.value,
                    called=call.called.strip(),
                    at=call.at,
                    reached=call.reached,
                    reference=call.reference.strip() or None,
                    words=call.words.strip(),
                )
            )

        self._runs.run(work)


def _check(call: Call) -> None:
    if not call.called.strip() or len(call.called) > LINE_CHARS_MAX:
        raise Refusal("say whom you called", chars_max=LINE_CHARS_MAX)
    if len(call.reference) > LINE_CHARS_MAX:
        raise Refusal("the reference is too long", chars_max=LINE_CHARS_MAX)
    if not call.words.strip() or len(call.words) > REASON_CHARS_MAX:
        raise Refusal("say in a line what was said", chars_max=REASON_CHARS_MAX)
