"""Whose turn a case is, purely. It orders who is served what and bars nobody from anything."""

from dataclasses import replace

from answerable.cases.decide import Step, header
from answerable.cases.model import CLAIM_LENGTH, REASON_CHARS_MAX, Assignment, Case, Claim, Hand
from answerable.events.cases import CaseHandedOver
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import ActorId
from answerable.kernel.time import Millis


def claim(case: Case, hand: Hand, now: Millis) -> Case:
    """Take the case in hand for a while. Raises Conflict while somebody else has it."""
    held = case.claim
    if held is not None and held.by != hand.actor and held.until > now:
        raise Conflict("somebody else has this case in hand", until=held.until)
    return replace(case, claim=Claim(by=hand.actor, until=Millis(now + CLAIM_LENGTH)))


def let_go(case: Case, actor: ActorId) -> Case:
    """The case without this person's claim on it, and no longer theirs by hand-over."""
    held = case.claim is not None and case.claim.by == actor
    handed = case.assigned is not None and case.assigned.to == actor
    return replace(
        case,
        claim=None if held else case.claim,
        assigned=None if handed else case.assigned,
    )


def hand_over(case: Case, to: ActorId, note: str | None, hand: Hand, now: Millis) -> Step:
    """The case goes from one hand to another's. Its clocks run on; whoever decides, decides."""
    held = case.claim
    if not case.waits:
        raise Conflict("nothing of this case waits for anybody", case=case.id)
    if held is not None and held.by != hand.actor and held.until > now:
        raise Conflict("somebody else has this case in hand", until=held.until)
    if to == hand.actor:
        raise Refusal("a case is handed to somebody else; take it in hand yourself")
    words = (note or "").strip() or None
    if words is not None and len(words) > REASON_CHARS_MAX:
        raise Refusal("the note is too long", chars_max=REASON_CHARS_MAX)
    event = CaseHandedOver(**header(case, hand, now), case=case.id, to=to, note=words)
    assigned = Assignment(to=to, by=hand.actor, at=now)
    return Step(case=replace(case, claim=None, assigned=assigned), events=(event,))
