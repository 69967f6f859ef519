"""What lies above one entity: chains, shares, control, gaps. Pure.

Shares multiply along a chain and add up over chains; control passes whole; where holders stand in a
circle only simple chains count, and the circle is named.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from answerable.kernel.errors import Refusal
from answerable.ownership.graph import Edge, Graph, NodeId, Sure, Unnamed, Way
from answerable.ownership.model import (
    ALL_OF_IT,
    NO_SHARE,
    WHOLE,
    Entity,
    EntitySubtype,
    EntityType,
    Missing,
    Person,
    PersonType,
    Span,
)

CHAINS_SHOWN_MAX = 200
WORK_MAX = 200_000  # edges walked for one answer; a real group of companies needs some thousands
LOOPS_SHOWN_MAX = 50


class End(StrEnum):
    """How a chain ends well. A gap is the other way to end."""

    PERSON = "person"
    STATE = "state"
    LISTED = "listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place where the file does not lead to a person. `stated`: it gives the reason itself.

    `reason` is a code of BODS 0.4, or one of ours: noHolderStated, nominatorNotStated,
    personNotNamed, holderRecordClosed, sharesNotAccountedFor, loopWithoutEnd.
    """

    at: str
    at_name: str
    reason: str
    stated: bool
    description: str
    share: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    holder: str
    holder_name: str
    subject: str
    subject_name: str
    relationship: str
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """From its end down to the subject. `end` None: a gap."""

    steps: tuple[Step, ...]
    end: End | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NomineeRow:
    name: str
    record: str
    arrangement: str


class Above:
    """What lies above one entity: all who hold it, and all who hold those, as far as told."""

    def __init__(self, graph: Graph, root: NodeId) -> None:
        self.graph, self.root = graph, root
        self._work = 0
        into = graph.into()
        self.nodes = self._reach(root, lambda node: (e.holder for e in into.get(node, ())))
        self.into = {node: into[node] for node in self.nodes if node in into}
        self.edges = [edge for edges in self.into.values() for edge in edges]
        self.out_of: dict[NodeId, list[Edge]] = {}
        for edge in self.edges:
            self.out_of.setdefault(edge.holder, []).append(edge)
        self.claims = [
            c for c in graph.declared if c.holder in self.nodes and c.subject in self.nodes
        ]
        self.loops = self._loops()
        self._order = self._topological()
        self.ends = {node: end for node in self.nodes if (end := self._end(node)) is not None}
        self.contradictions: list[str] = []

    def _reach(
        self, start: NodeId, onward: Callable[[NodeId], Iterator[NodeId]]
    ) -> dict[NodeId, None]:
        """`start` and all that can be reached from it, in order of discovery."""
        seen, waiting = {start: None}, [start]
        while waiting:
            for node in onward(waiting.pop()):
                if node not in seen:
                    seen[node] = None
                    waiting.append(node)
        return seen

    def _walked(self, edges: int) -> None:
        self._work += edges
        if self._work > WORK_MAX:
            raise Refusal("too many chains to follow: the file has to be told more simply")

    # Circles

    def _loops(self) -> tuple[tuple[NodeId, ...], ...]:
        """Enough circles that without one link of each there would be none."""
        left = {(edge.holder, edge.subject): None for edge in self.edges}
        found: list[tuple[NodeId, ...]] = []
        while len(found) < LOOPS_SHOWN_MAX:
            sorter: TopologicalSorter[NodeId] = TopologicalSorter()
            for holder, subject in left:
                sorter.add(subject, holder)
            try:
                sorter.prepare()
                break
            except CycleError as circle:
                loop = tuple(circle.args[1])
                found.append(loop)
                left.pop((loop[0], loop[1]))
        return tuple(found)

    def _topological(self) -> dict[NodeId, int] | None:
        """Holders before what they hold; None with a circle in the way. One that goes through the
        root only is not in the way: chains end at the root."""
        sorter: TopologicalSorter[NodeId] = TopologicalSorter()
        for edge in self.edges:
            if edge.holder not in (self.root, edge.subject):
                sorter.add(edge.subject, edge.holder)
        try:
            return {node: place for place, node in enumerate(sorter.static_order())}
        except CycleError:
            return None

    # Shares

    def share_of(self, holder: NodeId, weight: Callable[[Edge], Span], *, compared: bool) -> Span:
        """The sum over simple chains of the products of their links.

        `compared`: where the file also declares the indirect share, what both allow is taken; where
        they contradict each other, what is declared, and the contradiction is noted.
        """
        if holder == self.root:
            return NO_SHARE
        claims = {c.subject: weight(c) for c in self.claims if c.holder == holder and compared}
        if self._order is None:
            return self._by_walking(holder, weight, claims)
        below = self._reach(holder, lambda node: (e.subject for e in self._downward(node)))
        direct: dict[NodeId, Span] = {holder: ALL_OF_IT}
        through: dict[NodeId, Span] = {}
        for node in sorted(below, key=lambda n: self._order[n] if self._order else 0):
            held = ALL_OF_IT
            if node != holder:
                held = self._together(
                    holder, node, direct.get(node), through.get(node), claims.get(node)
                )
            if node == self.root:
                return held
            for edge in self._downward(node):
                part, sums = held.times(weight(edge)), direct if node == holder else through
                sums[edge.subject] = sums.get(edge.subject, NO_SHARE).plus(part)
            self._walked(len(self.out_of.get(node, ())))
        return NO_SHARE

    def _downward(self, node: NodeId) -> Iterator[Edge]:
        if node != self.root:
            yield from (e for e in self.out_of.get(node, ()) if e.subject != node)

    def _by_walking(
        self, holder: NodeId, weight: Callable[[Edge], Span], claims: Mapping[NodeId, Span]
    ) -> Span:
        """With circles: each simple chain on its own."""
        direct, through = NO_SHARE, NO_SHARE
        on_path: dict[NodeId, None] = {holder: None}
        stack = [(ALL_OF_IT, self._downward(holder))]
        while stack:
            held, onward = stack[-1]
            edge = next(onward, None)
            if edge is None:
                stack.pop()
                on_path.popitem()
                continue
            self._walked(1)
            if edge.subject in on_path:
                continue
            part = held.times(weight(edge))
            if edge.subject != self.root:
                on_path[edge.subject] = None
                stack.append((part, self._downward(edge.subject)))
            elif len(stack) == 1:
                direct = direct.plus(part)
            else:
                through = through.plus(part)
        return self._together(holder, self.root, direct, through, claims.get(self.root))

    def _together(
        self,
        holder: NodeId,
        node: NodeId,
        direct: Span | None,
        through: Span | None,
        claim: Span | None,
    ) -> Span:
        direct, through = direct or NO_SHARE, through or NO_SHARE
        if claim is None:
            return direct.plus(through)
        if self._passes_control(holder):  # such a link gives no share, so none is denied
            through = Span(low=through.low, high=WHOLE, low_open=through.low_open)
        both = through.meets(claim)
        if both is None:
            name, held = self.graph.name(holder), self.graph.name(node)
            note = (
                f"{name} in {held}: {claim.percent()} is declared, "
                f"the chains give {through.percent()}"
            )
            if note not in self.contradictions:
                self.contradictions.append(note)
        return direct.plus(both or claim)

    # Control

    def control_of(self, holder: NodeId) -> Sure:
        """Whether control passes from `holder` to the root: more than half of the votes of each
        entity, all votes of whoever is controlled counted together; or control by other means."""
        if self.root in self._controlled(holder, surely=True):
            return Sure.YES
        return Sure.POSSIBLE if self.root in self._controlled(holder, surely=False) else Sure.NO

    def _controlled(self, holder: NodeId, *, surely: bool) -> set[NodeId]:
        claimed = [c for c in self.claims if c.holder == holder]
        held: dict[NodeId, Span] = {}
        taken, waiting = {holder}, [holder]
        while waiting:
            node = waiting.pop()
            edges = [*self.out_of.get(node, ()), *(claimed if node == holder else ())]
            self._walked(len(edges))
            for edge in edges:
                is_claim = edge in claimed
                if edge.subject in taken:
                    continue
                if not is_claim:  # a declared indirect vote stands in the chain already
                    votes = held.get(edge.subject, NO_SHARE).plus(edge.votes)
                    held[edge.subject] = votes
                else:
                    votes = edge.votes
                enough = votes.surely_over_half() if surely else votes.perhaps_over_half()
                by_means = edge.control is Sure.YES or (
                    not surely and edge.control is Sure.POSSIBLE
                )
                if enough or by_means:
                    taken.add(edge.subject)
                    waiting.append(edge.subject)
        return taken - {holder}

    def has_rights(self, holder: NodeId) -> bool:
        """Whether a link with rights by contract lies on some chain from `holder`."""
        links = [*self._links(holder), *(c for c in self.claims if c.holder == holder)]
        return any(edge.rights != NO_SHARE for edge in links)

    def _passes_control(self, holder: NodeId) -> bool:
        """Whether some link above others passes control and tells no share."""
        return any(e.control is not Sure.NO and e.own == NO_SHARE for e in self._links(holder))

    def _links(self, holder: NodeId) -> list[Edge]:
        """Every link on a way down from `holder`."""
        below = self._reach(holder, lambda node: (e.subject for e in self._downward(node)))
        return [edge for node in below for edge in self._downward(node)]

    # Ends and gaps

    def _end(self, node: NodeId) -> End | None:
        match self.graph.nodes[node]:
            case Person(type=PersonType.KNOWN):
                return End.PERSON
            case Entity(type=EntityType.STATE):
                return End.STATE
            case Entity(type=EntityType.STATE_BODY) if node not in self.into:
                return End.STATE
            case Entity(listed=True):
                return End.LISTED
            case _:
                return None

    def gaps(self, threshold: Fraction) -> Iterator[Gap]:
        """Every place above the root where the file leads to nobody."""
        for node in self.nodes:
            reason = self._why_nobody(node)
            if reason is not None:
                yield self._gap(node, reason, self._share_stated(node))
        for node in self._without_end():
            reason = Unnamed(reason="loopWithoutEnd", stated=False)
            yield self._gap(node, reason, None)
        for node, edges in self.into.items():
            rest = self._not_accounted_for(edges)
            if rest is not None and rest.surely(threshold):
                reason = Unnamed(reason="sharesNotAccountedFor", stated=False)
                yield self._gap(node, reason, rest)

    def _gap(self, node: NodeId, reason: Unnamed, share: Span | None) -> Gap:
        """A gap where somebody is not named is shown at what that somebody holds."""
        is_somebody = isinstance(self.graph.nodes[node], Unnamed | Person)
        at = self.out_of[node][0].subject if is_somebody else node
        return Gap(
            at=at,
            at_name=self.graph.name(at),
            reason=reason.reason,
            stated=reason.stated,
            description=reason.description,
            share=share,
        )

    def _why_nobody(self, node: NodeId) -> Unnamed | None:
        """Why a chain ends at `node` without a person, a state or a listing; None: it does not."""

        def because(missing: Missing | None, otherwise: str) -> Unnamed:
            if missing is None:
                return Unnamed(reason=otherwise, stated=False)
            return Unnamed(reason=missing.reason.value, description=missing.description)

        match self.graph.nodes[node]:
            case Unnamed() as unnamed:
                return unnamed
            case Person() as person:
                if person.type is PersonType.KNOWN:
                    return None
                return because(person.missing, "personNotNamed")
            case Entity() as entity:
                if node in self.into or self._end(node) is not None:
                    return None
                if entity.subtype is EntitySubtype.NOMINATION:
                    return because(entity.missing, "nominatorNotStated")
                return because(entity.missing, "noHolderStated")

    def _share_stated(self, node: NodeId) -> Span | None:
        """What somebody who is not named has, where the file gives it as one share."""
        if isinstance(self.graph.nodes[node], Entity):
            return None
        stated = [way.share for edge in self.out_of[node] for way in edge.ways if way.share]
        return stated[0] if len(stated) == 1 else None

    def _without_end(self) -> Iterator[NodeId]:
        """Entities above which there is only a circle."""
        ended = self._reach_from(
            [n for n in self.nodes if n in self.ends or self._why_nobody(n) is not None]
        )
        yield from (node for node in self.nodes if node not in ended)

    def _reach_from(self, starts: list[NodeId]) -> set[NodeId]:
        seen, waiting = set(starts), list(starts)
        while waiting:
            for edge in self.out_of.get(waiting.pop(), ()):
                if edge.subject not in seen:
                    seen.add(edge.subject)
                    waiting.append(edge.subject)
        return seen

    def _not_accounted_for(self, edges: tuple[Edge, ...]) -> Span | None:
        """The part of an entity's shares that nobody in the file has; None where none are told."""
        most = sum((edge.own.high for edge in edges), Fraction(0))
        least = sum((edge.own.low for edge in edges), Fraction(0))
        if not 0 < most < WHOLE:
            return None
        return Span(low=WHOLE - most, high=WHOLE - least)

    def nominees(self) -> Iterator[NomineeRow]:
        for row in self.graph.nominees:
            if row.subject in self.nodes:
                name, at = self.graph.name(row.holder), self.graph.name(row.subject)
                yield NomineeRow(name=name, record=row.holder, arrangement=at)

    def notes(self) -> Iterator[str]:
        """What a reader should know and no number says."""
        yield from self.contradictions
        for node, edges in self.into.items():
            least = sum((edge.own.low for edge in edges), Fraction(0))
            if least > WHOLE:
                yield f"more than 100 % of the shares of {self.graph.name(node)} are given away"
        for edge in self.graph.unchained:
            if edge.subject in self.nodes:
                holder, held = self.graph.name(edge.holder), self.graph.name(edge.subject)
                yield f"{holder} holds {held} indirectly; the chain between is not told"
        for record in self.graph.unplaced:
            yield f"relationship {record} does not say who is owned"

    # Chains, to be shown

    def chains(self) -> tuple[tuple[Chain, ...], bool]:
        """Simple chains up to their ends, nearest first, and whether some were left out."""
        found: list[Chain] = []
        waiting: list[tuple[Edge, ...]] = [(edge,) for edge in self.into.get(self.root, ())]
        steps = 0
        while waiting:
            path = waiting.pop(0)
            steps += 1
            if len(found) >= CHAINS_SHOWN_MAX or steps > WORK_MAX // 20:
                return tuple(found), True
            top = path[-1].holder
            on_path = {self.root, *(edge.holder for edge in path)}
            if top in self.ends or self._why_nobody(top) is not None:
                found.append(Chain(steps=self._steps(path), end=self.ends.get(top)))
            waiting += [
                (*path, edge) for edge in self.into.get(top, ()) if edge.holder not in on_path
            ]
        return tuple(found), False

    def _steps(self, path: tuple[Edge, ...]) -> tuple[Step, ...]:
        return tuple(self._step(edge) for edge in reversed(path))

    def _step(self, edge: Edge) -> Step:
        return Step(
            holder=edge.holder,
            holder_name=self.graph.name(edge.holder),
            subject=edge.subject,
            subject_name=self.graph.name(edge.subject),
            relationship=edge.relationship,
            ways=edge.ways,
        )

    def links(self) -> tuple[Step, ...]:
        """Every link above the root, once, and every declared indirect holding."""
        return tuple(self._step(edge) for edge in (*self.edges, *self.claims))
