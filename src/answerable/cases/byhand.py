"""Duties that end outside the system: a person did it, and says so on the case."""

from dataclasses import dataclass

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases import decide
from answerable.cases.hearing import stop_clocks
from answerable.cases.model import REASON_CHARS_MAX, Case, Clock, Hand
from answerable.cases.store import CasesWork
from answerable.events.clocks import DutyDone
from answerable.events.duties.clocks import Stop
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import CaseId, ClockId, Site

TO_CHARS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was done: told to whom, under which reference of theirs, in a line."""

    to: str
    reference: str
    words: str


class SayDone:
    """Stop a clock whose duty a person has done outside. It answers no alert and files nothing."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId, clock: ClockId, deed: Deed) -> Case:
        """Raises Forbidden, NotFound, Conflict (it runs no more) or Refusal (incomplete, or a duty
        that nobody does by hand)."""
        require(by, Permission.CASE_DECIDE, site)
        hand = Hand(actor=by.id, org=by.organisation)

        def work(w: CasesWork) -> Case:
            found = w.cases.locked(site, case)
            running = next((c for c in w.cases.clocks_of(site, case) if c.id == clock), None)
            if running is None:
                raise NotFound("this case has no such clock", clock=clock)
            check(running, deed)
            w.record(
                DutyDone(
                    **decide.header(found, hand, w.now()),
                    case=case,
                    clock=clock,
                    duty=running.duty.name,
                    to=deed.to.strip(),
                    reference=deed.reference.strip(),
                    words=deed.words.strip(),
                )
            )
            return stop_clocks(w, found, ((running, Stop.DONE),), hand)

        return self._runs.run(work)


def check(clock: Clock, deed: Deed) -> None:
    """Raises Conflict or Refusal where this clock is not stopped so."""
    if Stop.DONE not in clock.duty.stops:
        raise Refusal("nobody does this by hand: the clock stops when the work itself is done")
    if not clock.running:
        raise Conflict("this clock has stopped already", clock=clock.id)
    if not deed.to.strip() or len(deed.to) > TO_CHARS_MAX:
        raise Refusal("say whom you told: an authority and an office", chars_max=TO_CHARS_MAX)
    if len(deed.reference) > TO_CHARS_MAX:
        raise Refusal("the reference is too long", chars_max=TO_CHARS_MAX)
    if not deed.words.strip() or len(deed.words) > REASON_CHARS_MAX:
        raise Refusal("say what you did, in a line", chars_max=REASON_CHARS_MAX)
