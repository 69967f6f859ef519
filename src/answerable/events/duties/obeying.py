"""Directives: issued, acknowledged, observed. A site that says yes and does otherwise is found.

A row of ours hides nothing: the site hosts the ad. So each directive is judged by what the site
said and by what a probe saw, until the next directive for the same ad takes its place.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from answerable.events.duties.lapse import Lapse, lapse, number
from answerable.events.event import Opened
from answerable.kernel.time import Millis

DUTY = "obey_directives"
WANTS_UP = frozenset({"publish", "restore"})
_STANDS = ("ad.published", "ad.renewed", "ad.moved")
_ENDS = ("ad.expired", "ad.withdrawn", "ad.removed")
WANTS_DOWN = frozenset({"withhold", "refuse", "hide", "remove"})


@dataclass(slots=True)
class DirectiveState:
    """One directive and what became of it. `until` is when the next one for its ad was issued."""

    issued: Opened
    acknowledged: Opened | None = None
    observed: list[Opened] = field(default_factory=list)
    overdue: Opened | None = None
    until: int | None = None

    @property
    def name(self) -> str | None:
        found = self.issued.get("directive")
        return None if found is None else str(found)

    @property
    def action(self) -> str:
        return str(self.issued.get("action"))

    @property
    def deadline(self) -> int:
        return number(self.issued.get("deadline")) or self.issued.known

    def contradicts(self, seen: object) -> bool:
        """Does what a probe saw contradict the action?"""
        down_seen_up = self.action in WANTS_DOWN and seen == "up"
        return down_seen_up or (self.action in WANTS_UP and seen == "down")


def directive_states(opened: Sequence[Opened]) -> tuple[DirectiveState, ...]:
    """Every directive whose name is readable, in the order of issue."""
    found: dict[str, DirectiveState] = {}
    last_of: dict[object, DirectiveState] = {}
    for event in opened:
        name = event.get("directive")
        if name is None:
            continue
        if event.type == "directive.issued":
            state = DirectiveState(issued=event)
            found[str(name)] = state
            if (before := last_of.get(event.get("ad"))) is not None:
                before.until = event.known
            last_of[event.get("ad")] = state
        elif (known := found.get(str(name))) is None:
            continue
        elif event.type == "directive.acknowledged":
            known.acknowledged = known.acknowledged or event
        elif event.type == "directive.observed":
            known.observed.append(event)
        elif event.type == "directive.overdue":
            known.overdue = event
    return tuple(found.values())


def directives_not_obeyed(opened: Sequence[Opened], now: Millis) -> tuple[Lapse, ...]:
    """Acknowledged and then seen otherwise, never seen, never acknowledged, or a gap in numbers."""
    has_url = {e.get("ad") for e in opened if e.type in _STANDS and e.get("url")}
    ended = {e.get("ad") for e in opened if e.type in _ENDS}
    found: list[Lapse] = []
    for state in directive_states(opened):
        ad = state.issued.get("ad")
        found += _words_against_deeds(state)
        found += _silence(state, now)
        if ad in has_url and (state.action in WANTS_DOWN or ad not in ended):
            found += _unseen(state, now)
    return (*found, *_gaps(opened), *_strangers(opened))


def _words_against_deeds(state: DirectiveState) -> list[Lapse]:
    """Contradicted by what was seen last, or by anything seen after the deadline.

    A cache may show an ad a moment longer: what was seen to be mended in time is no finding.
    """
    found: list[Lapse] = []
    ids = (state.name, state.issued.get("ad"))
    said = state.acknowledged
    until = state.until
    in_force = [seen for seen in state.observed if until is None or seen.happened < until]
    for at, seen in enumerate(in_force):
        if not state.contradicts(seen.get("seen")):
            continue
        stayed = at == len(in_force) - 1 or seen.happened > state.deadline
        if stayed and said is not None and seen.index > said.index:
            words = f"the site acknowledged {state.action} and the ad was then seen otherwise"
            shown_by = (state.issued, said, seen)
            kind = "acknowledged and not done"
            found.append(lapse(DUTY, kind, words, *shown_by, ids=ids, due=state.deadline))
        if seen.get("agrees") is True:
            words = "a probe is said to agree with a directive that it contradicts"
            found.append(lapse(DUTY, "misstated", words, state.issued, seen, ids=ids))
    return found


def _silence(state: DirectiveState, now: Millis) -> list[Lapse]:
    """Nothing is late that another directive replaced before its deadline."""
    due = state.deadline
    if now <= due or (state.until is not None and state.until <= due):
        return []
    ids = (state.name, state.issued.get("ad"))
    said = state.acknowledged
    if said is None:
        words = f"the directive to {state.action} was never acknowledged"
        return [lapse(DUTY, "never acknowledged", words, state.issued, ids=ids, due=due)]
    if said.known <= due:
        return []
    words = f"the directive to {state.action} was acknowledged after its deadline"
    return [lapse(DUTY, "late", words, state.issued, said, ids=ids, due=due, done=said.known)]


def _unseen(state: DirectiveState, now: Millis) -> list[Lapse]:
    """Acknowledged, and no probe ever saw it, though the ad has a URL to look at.

    Publishing is left out: an ad that does not appear harms nobody, and the live list shows it.
    """
    due, said = state.deadline, state.acknowledged
    if said is None or state.observed or state.action == "publish":
        return []
    if now <= due or (state.until is not None and state.until <= due):
        return []
    ids = (state.name, state.issued.get("ad"))
    words = f"the directive to {state.action} was acknowledged and never seen to be obeyed"
    return [lapse(DUTY, "never observed", words, state.issued, said, ids=ids, due=due)]


def _gaps(opened: Sequence[Opened]) -> list[Lapse]:
    """Numbers per site count 1, 2, 3 … without a gap, so that a site can miss none."""
    by_site: defaultdict[str, list[tuple[int, Opened]]] = defaultdict(list)
    for event in opened:
        if event.type == "directive.issued":
            count = number(event.get("number"))
            if count is not None:
                by_site[event.site].append((count, event))
    found: list[Lapse] = []
    for pairs in by_site.values():
        ordered = sorted(pairs, key=lambda pair: pair[0])
        for (before, _), (after, event) in pairwise(ordered):
            if after != before + 1:
                words = f"directive number {before} is followed by number {after}"
                found.append(lapse(DUTY, "numbers", words, event))
    return found


def _strangers(opened: Sequence[Opened]) -> list[Lapse]:
    issued = {e.get("directive") for e in opened if e.type == "directive.issued"}
    return [
        lapse(DUTY, "never issued", f"{event.type} of a directive never issued", event)
        for event in opened
        if event.type.startswith("directive.") and event.get("directive") not in issued | {None}
    ]
