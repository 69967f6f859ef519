"""The second sum: alerts = answered + open. Every alert has a chain of its own.

Received and attached stand in one transaction, so an alert without a case is a lie, not a delay;
attached and not yet answered is open. An answer must rest on a decision that was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from answerable.events.duties.residual import Residual, Term, by_subject, is_open
from answerable.events.event import Opened

ALERT_TYPES = ("alert.received", "alert.attached", "alert.answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Counts. `received = answered + open` where nothing is left over."""

    received: int
    answered: int
    open: int


@dataclass(frozen=True, slots=True)
class _Chain:
    received: Sequence[Opened]
    attached: Sequence[Opened]
    answered: Sequence[Opened]


def count_alerts(opened: Sequence[Opened]) -> tuple[Alerts, tuple[Residual, ...]]:
    """Count the alerts of one side (real or synthetic) of the record."""
    chains = {
        subject: _Chain(
            [e for e in events if e.type == "alert.received"],
            [e for e in events if e.type == "alert.attached"],
            [e for e in events if e.type == "alert.answered"],
        )
        for subject, events in by_subject(e for e in opened if e.type in ALERT_TYPES).items()
    }
    decisions = {e.get("decision"): e for e in opened if e.type == "case.decided"}
    residual: list[Residual] = []
    owner_of: dict[str, Opened] = {}
    merges = [e for e in opened if e.type == "case.merged"]
    for chain in chains.values():
        residual += _of_chain(chain, owner_of)
        residual += _of_case(chain, merges)
        for answer in chain.answered:
            residual += _of_answer(answer, decisions)
    counts = Alerts(
        received=sum(len(c.received) for c in chains.values()),
        answered=sum(bool(c.answered) for c in chains.values()),
        open=sum(bool(c.attached) and not c.answered for c in chains.values()),
    )
    return counts, tuple(residual)


def _of_chain(chain: _Chain, owner_of: dict[str, Opened]) -> list[Residual]:
    every = (*chain.received, *chain.attached, *chain.answered)
    found: list[Residual] = []
    if not chain.received:
        found.append(_left("never received", "an alert was dealt with that nobody sent", *every))
    if len(chain.received) > 1:
        found.append(_left("shared", "two alerts share one chain", *chain.received))
    if chain.received and not chain.attached:
        found.append(_left("no case", "an alert was received and given to no case", *every))
    if chain.answered and not chain.attached:
        found.append(_left("not attached", "an alert was answered without a case", *every))
    if len(chain.answered) > 1:
        found.append(_left("answered twice", "one alert was answered twice", *chain.answered))
    if len({e.get("alert") for e in every if e.get("alert") is not None}) > 1:
        found.append(_left("names", "the events of one alert name two alerts", *every))
    for event in chain.received:
        name = event.get("alert")
        if isinstance(name, str) and owner_of.setdefault(name, event) is not event:
            found.append(_left("shared", "two alerts have one name", owner_of[name], event))
    return found


def _of_case(chain: _Chain, merges: Sequence[Opened]) -> list[Residual]:
    """An alert is answered by the case it was given to, or by one that this was merged into.

    Merges count only where they name the alert; one whose names are erased speaks for anything.
    """
    if not chain.attached or not chain.answered or not all(is_open(m, "link") for m in merges):
        return []
    given, answer = chain.attached[-1], chain.answered[0]
    if not is_open(given, "link") or not is_open(answer, "link"):
        return []
    case, name = given.get("case"), given.get("alert")
    for merge in merges:
        if merge.get("merged") == case and name in (merge.get("alerts") or ()):
            case = merge.get("case")
    if case == answer.get("case"):
        return []
    words = "an alert was answered by a case that it was neither given to nor merged into"
    return [_left("other case", words, given, answer)]


def _of_answer(answer: Opened, decisions: Mapping[object, Opened]) -> list[Residual]:
    """An answer rests on a decision, and says what that decision was."""
    if not is_open(answer, "link"):
        return []
    decision = decisions.get(answer.get("decision"))
    if decision is None:
        return [_left("no decision", "an alert was answered without a decision", answer)]
    kind, outcome = decision.get("kind"), answer.get("outcome")
    if not is_open(decision, "facts") or not is_open(answer, "facts"):
        return []
    if outcome == "reported" and kind != "report":
        words = f"an alert was answered as reported, and the decision was {kind}"
        return [_left("outcome", words, answer, decision)]
    if outcome == "declined":
        second = decision.get("second")
        if kind != "no_action" or second is None or second == decision.get("reviewer"):
            words = "an alert was declined without two people deciding to take no action"
            return [_left("outcome", words, answer, decision)]
    return []


def _left(kind: str, words: str, *events: Opened) -> Residual:
    ids = tuple(dict.fromkeys(str(e.get("alert")) for e in events if e.get("alert") is not None))
    return Residual(
        term=Term.ALERTS,
        kind=kind,
        words=words,
        subject=events[0].subject,
        ids=ids,
        indices=tuple(sorted({e.index for e in events})),
    )
