"""Emergency calls of a case as a report tells them: law enforcement that knows, and a line each."""

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.events.cases import EmergencyCalled
from answerable.events.event import Recorded
from answerable.kernel.time import Millis
from answerable.reports.document import facts as f
from answerable.reports.document.values import utc

POLICE = "police"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """`law_enforcement`: the last police that were reached, one with a reference before others."""

    law_enforcement: f.LawEnforcementFacts | None
    notes: tuple[str, ...]


def emergency_calls(chain: Iterable[Recorded]) -> Calls:
    """From the chain of the case."""
    calls = [r.event for r in chain if isinstance(r.event, EmergencyCalled)]
    reached = [one for one in calls if one.kind == POLICE and one.reached]
    best = max(reached, key=lambda one: (one.reference is not None, one.at), default=None)
    return Calls(
        law_enforcement=None
        if best is None
        else f.LawEnforcementFacts(
            agency=best.called, case_number=best.reference, reported_to_le=True
        ),
        notes=tuple(_line(one) for one in calls),
    )


def _line(call: EmergencyCalled) -> str:
    how = "reached" if call.reached else "not reached"
    reference = f", their reference {call.reference}" if call.reference else ""
    said = f": {call.words}" if call.words else ""
    at = utc(Millis(call.at)).spelled()
    return f"We telephoned {call.called} ({call.kind}) at {at}, {how}{reference}{said}"
