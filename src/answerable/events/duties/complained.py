"""Complaints: each is answered by a decision, says truly how, and is turned down by somebody new.

That it is answered in time is its clock, like every other (timing.py). Pure over opened events.
"""

from collections.abc import Iterator, Sequence

from answerable.events.duties.clocks import COMPLAINT_ANSWER
from answerable.events.duties.lapse import Lapse, lapse
from answerable.events.duties.residual import is_open
from answerable.events.event import Opened

DUTY = COMPLAINT_ANSWER.name
DOWN = frozenset({"report", "remove", "restrict"})


def complaints_not_kept(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Every complaint without a clock, and every answer that nobody could have given so."""
    received = {e.get("complaint"): e for e in opened if e.type == "complaint.received"}
    decisions = {e.get("decision"): e for e in opened if e.type == "case.decided"}
    clocks = {
        (e.get("ad") or e.get("case"))
        for e in opened
        if e.type == "clock.started" and e.get("duty") == DUTY
    }
    found: list[Lapse] = []
    answered: dict[object, Opened] = {}
    for said in received.values():
        if is_open(said, "link") and (said.get("ad") or said.get("case")) not in clocks:
            words = "a complaint was received, and no clock runs for its answer"
            found.append(lapse(DUTY, "no clock", words, said, ids=(said.get("complaint"),)))
    for answer in (e for e in opened if e.type == "complaint.answered" and is_open(e, "link")):
        name = answer.get("complaint")
        if name in answered:
            words = "one complaint was answered twice"
            found.append(lapse(DUTY, "answered twice", words, answered[name], answer, ids=(name,)))
        answered[name] = answer
        complaint, made = received.get(name), decisions.get(answer.get("decision"))
        if complaint is None or made is None:
            words = "a complaint was answered that nobody sent, or without a decision"
            found.append(lapse(DUTY, "unfounded", words, answer, ids=(name,)))
        elif all(is_open(e, "facts") for e in (answer, complaint, made)):
            found += _of_answer(answer, complaint, made, decisions.get(complaint.get("decision")))
    return tuple(found)


def _of_answer(
    answer: Opened, complaint: Opened, made: Opened, before: Opened | None
) -> Iterator[Lapse]:
    ids = (answer.get("complaint"), made.get("decision"))
    down = made.get("kind") in DOWN
    granted = down if complaint.get("side") == "alerter" else not down
    if answer.get("granted") is not granted:
        words = f"a complaint is said to be {_said(answer)}, and the decision says otherwise"
        yield lapse(DUTY, "misstated", words, answer, made, complaint, ids=ids)
    if granted or before is None or made.get("kind") == "report":
        return
    if _people(made) <= _people(before):
        words = "a complaint was turned down by those alone who had decided before"
        yield lapse(DUTY, "nobody new", words, answer, made, before, ids=ids)


def _said(answer: Opened) -> str:
    return "granted" if answer.get("granted") else "turned down"


def _people(made: Opened) -> set[object]:
    """Who decided. A report that the house made under a policy was nobody's in person."""
    return {who for who in (made.get("reviewer"), made.get("second")) if who is not None}
