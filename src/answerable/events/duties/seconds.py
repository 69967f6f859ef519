"""Where two people must agree: did they, were they of the organisations that the policy asks for,
and does somebody answer for what the house did by itself?

Pure over opened events. A policy binds from its own leaf on; what stands before it is judged by
the policy before. Events name the organisation of their actor; what counts is under which one the
actor was granted access.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from answerable.events.duties.clocks import SECOND_ANSWER
from answerable.events.duties.lapse import Lapse, lapse
from answerable.events.duties.residual import is_open, names
from answerable.events.event import Opened

DUTY_SECOND = "second_person"
DUTY_ORGANISATION = "second_organisation"
DUTY_ANSWERING = "somebody_answers"
DUTY_TWO = "by_two"
HOUSE = "system:"
STAFF = "staff:"


@dataclass(slots=True)
class _Seen:
    """What the record said up to a leaf."""

    policies: dict[str, Opened] = field(default_factory=dict)  # by site
    proposals: dict[object, Opened] = field(default_factory=dict)  # by decision
    lapsed: dict[object, Opened] = field(default_factory=dict)  # by decision
    granted: dict[tuple[str, str], str] = field(default_factory=dict)  # organisation
    packs: Counter[str] = field(default_factory=Counter)


def seconds_not_kept(opened: Sequence[Opened]) -> tuple[Lapse, ...]:
    """Every decision, policy and pack that two people had to make and did not, or not those two."""
    seen, found = _Seen(), list[Lapse]()
    for event in opened:
        if is_open(event, "facts"):
            found += _RULES.get(event.type, _nothing)(event, seen)
    return (*found, *_proposals_without_clock(opened))


def _nothing(_event: Opened, _seen: _Seen) -> Iterator[Lapse]:
    return iter(())


def _granted(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    who = str(event.get("staff")).removeprefix(STAFF)
    seen.granted[event.site, f"{STAFF}{who}"] = str(event.get("organisation"))
    return iter(())


def _policy(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    seen.policies[event.site] = event
    if len(set(names(event, "approvers"))) < 2:
        words = "a policy on seconds was not set by two people"
        yield lapse(DUTY_TWO, "policy", words, event)


def _pack(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    """The first pack of a site is its founding; every later one is put in force by two people."""
    first = not seen.packs[event.site]
    seen.packs[event.site] += 1
    approvers = names(event, "approvers")
    if len(set(approvers)) < 2 and not (first and approvers == ("founding",)):
        words = "a rule pack was put in force by fewer than two people"
        yield lapse(DUTY_TWO, "pack", words, event)


def _proposed(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    seen.proposals[event.get("decision")] = event
    yield from _organisation_of(event, seen)


def _lapsed(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    seen.lapsed[event.get("decision")] = event
    if event.get("becomes") not in ("head_on_call", "report"):
        words = f"a proposal lapsed to {event.get('becomes')}: that is no lawful end of one"
        yield lapse(DUTY_SECOND, "lapsed", words, event)


def _decided(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    if str(event.get("reviewer")).startswith(HOUSE):
        yield from _by_the_house(event, seen)
    if event.get("second") is not None:
        yield from _by_two(event, seen)


def _by_the_house(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    """Only ever a report, of a proposal that lapsed, under a policy that two people answer for."""
    policy = seen.policies.get(event.site)
    lapses = {e.leaf_hash.hex(): e for e in seen.lapsed.values() if e.subject == event.subject}
    lapsed = next((lapses[leaf] for leaf in event.refs if leaf in lapses), None)
    stands = (
        event.get("kind") == "report"
        and policy is not None
        and policy.get("lapse") == "report"
        and len(set(names(policy, "approvers"))) >= 2
        and policy.leaf_hash.hex() in event.refs
        and lapsed is not None
        and lapsed.get("becomes") == "report"
    )
    if not stands:
        words = "the house decided by itself, and no policy of two people answers for it"
        ids = (event.get("decision"),)
        yield lapse(DUTY_ANSWERING, "nobody", words, event, ids=ids)


def _by_two(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    ids = (event.get("decision"), *names(event, "ads"))
    if event.get("second") == event.get("reviewer"):
        words = "the second person is the first"
        yield lapse(DUTY_SECOND, "same person", words, event, ids=ids)
    proposal = seen.proposals.get(event.get("decision"))
    if proposal is None or proposal.subject != event.subject:
        words = "a second agreed to what nobody had proposed"
        yield lapse(DUTY_SECOND, "not proposed", words, event, ids=ids)
        return
    if event.get("decision") in seen.lapsed:
        words = "a second agreed to a proposal that had lapsed"
        yield lapse(DUTY_SECOND, "lapsed", words, event, proposal, ids=ids)
    for said, by in ((event.get("second"), event), (event.get("reviewer"), proposal)):
        if by.actor.startswith(STAFF) and by.actor != said:
            words = "a decision names another person than the one who acted"
            yield lapse(DUTY_SECOND, "misstated", words, event, by, ids=ids)
    yield from _organisation_of(event, seen)
    policy = seen.policies.get(event.site)
    if policy is None or policy.get("second") != "other":
        return
    first, second = _true_org(proposal, seen), _true_org(event, seen)
    if first == second:
        words = f"both people were of {first}, and the policy in force asks for two organisations"
        yield lapse(DUTY_ORGANISATION, "same", words, event, proposal, policy, ids=ids)


def _true_org(event: Opened, seen: _Seen) -> str:
    return seen.granted.get((event.site, event.actor), event.org)


def _organisation_of(event: Opened, seen: _Seen) -> Iterator[Lapse]:
    if _true_org(event, seen) != event.org:
        words = f"somebody acted for {event.org} whose access was granted for another organisation"
        ids = (event.actor,)
        yield lapse(DUTY_ORGANISATION, "misstated", words, event, ids=ids)


def _proposals_without_clock(opened: Sequence[Opened]) -> Iterator[Lapse]:
    """A proposal that waits without its clock would wait unseen."""
    clocks: defaultdict[str, int] = defaultdict(int)
    for event in opened:
        if event.type == "clock.started" and event.get("duty") == SECOND_ANSWER.name:
            clocks[event.subject] += 1
    for event in opened:
        if event.type != "decision.proposed":
            continue
        clocks[event.subject] -= 1
        if clocks[event.subject] < 0:
            words = "a proposal waits for a second and no clock runs for it"
            yield lapse(
                SECOND_ANSWER.name, "never started", words, event, ids=(event.get("decision"),)
            )


Rule: TypeAlias = "Callable[[Opened, _Seen], Iterator[Lapse]]"

_RULES: Mapping[str, Rule] = {
    "access.granted": _granted,
    "policy.second_set": _policy,
    "pack.activated": _pack,
    "decision.proposed": _proposed,
    "proposal.lapsed": _lapsed,
    "case.decided": _decided,
}
