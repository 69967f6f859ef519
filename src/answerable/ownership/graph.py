"""From records to a graph: who holds what of whom on one day, and what of it passes on. Pure.

How each of the 23 interests counts is decided in `_count`, once. Edges point from a holder to what
is held. A relationship that is only declared as indirect becomes an edge where the file does not
give the chain between; where it does, the declaration is kept beside the graph to be compared.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NewType, assert_never

from answerable.ownership.model import (
    ALL_OF_IT,
    ANY_SHARE,
    NO_SHARE,
    Directness,
    Entity,
    EntitySubtype,
    Interest,
    InterestType,
    Missing,
    OwnershipFile,
    Person,
    RecordId,
    Relationship,
    Span,
)

NodeId = NewType("NodeId", str)
"""A record's id, or a name of our own (it begins with a NUL) for somebody who is not named."""


class Sure(StrEnum):
    """How much the file's ranges allow to say."""

    NO = "no"
    POSSIBLE = "possible"
    YES = "yes"


_RANK = {Sure.NO: 0, Sure.POSSIBLE: 1, Sure.YES: 2}


def surest(answers: Iterable[Sure]) -> Sure:
    return max(answers, key=_RANK.__getitem__, default=Sure.NO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnamed:
    """Stands where a holder should. `stated`: the file gives the reason itself."""

    reason: str
    description: str = ""
    stated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One interest as the page shows it; `type` None where the file does not say which."""

    type: InterestType | None
    share: Span | None
    indirect: bool
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What one relationship gives a holder in a subject.

    `own`, `votes`: the part of shares and of votes. `rights`: what debt, options and profit rights
    could add. `control`: control by other means, which passes on whole. `declared`: the file calls
    it beneficial ownership or control.
    """

    holder: NodeId
    subject: NodeId
    relationship: RecordId
    own: Span = NO_SHARE
    votes: Span = NO_SHARE
    rights: Span = NO_SHARE
    control: Sure = Sure.NO
    ways: tuple[Way, ...] = ()
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominee:
    """Somebody who holds for another. Nothing of it is credited to them."""

    holder: NodeId
    subject: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    nodes: Mapping[NodeId, Entity | Person | Unnamed]
    edges: tuple[Edge, ...]
    declared: tuple[Edge, ...]
    """Indirect holdings whose chain the edges give as well."""
    unchained: tuple[Edge, ...]
    """Those of `edges` that the file calls indirect and gives no chain for."""
    nominees: tuple[Nominee, ...]
    unplaced: tuple[RecordId, ...]
    """Relationships whose subject is not named: shown, and in nobody's chain."""

    def into(self) -> Mapping[NodeId, tuple[Edge, ...]]:
        """The edges by what is held."""
        found: dict[NodeId, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.subject, []).append(edge)
        return {node: tuple(edges) for node, edges in found.items()}

    def name(self, node: NodeId) -> str:
        match self.nodes[node]:
            case Entity(name=name) | Person(name=name):
                return name or "(not named)"
            case Unnamed():
                return "(not named)"
            case unknown:
                assert_never(unknown)


def draw(file: OwnershipFile, on: date) -> Graph:
    """The graph of what the file says was so on that day."""
    records = file.as_of(on)
    nodes: dict[NodeId, Entity | Person | Unnamed] = {}
    for record, statement in records.items():
        if isinstance(statement.details, Entity | Person):
            nodes[NodeId(record)] = statement.details
    direct: list[Edge] = []
    indirect: list[Edge] = []
    nominees: list[Nominee] = []
    unplaced: list[RecordId] = []
    for record, statement in records.items():
        tie = statement.details
        if not isinstance(tie, Relationship):
            continue
        if isinstance(tie.subject, Missing) or NodeId(tie.subject) not in nodes:
            unplaced.append(record)
            continue
        for edge, is_indirect in _edges_of(record, tie, on, nodes, nominees):
            (indirect if is_indirect else direct).append(edge)
    direct = _credit_nominators(direct, nodes)
    holders: dict[NodeId, list[NodeId]] = {}
    for edge in direct:
        holders.setdefault(edge.subject, []).append(edge.holder)
    chained: list[Edge] = []
    unchained: list[Edge] = []
    for edge in indirect:
        (chained if _has_chain(holders, edge) else unchained).append(edge)
    return Graph(
        nodes=nodes,
        edges=tuple(direct + unchained),
        declared=tuple(chained),
        unchained=tuple(unchained),
        nominees=tuple(nominees),
        unplaced=tuple(unplaced),
    )


def _edges_of(
    record: RecordId,
    tie: Relationship,
    on: date,
    nodes: dict[NodeId, Entity | Person | Unnamed],
    nominees: list[Nominee],
) -> list[tuple[Edge, bool]]:
    """The direct and the indirect edge of a relationship, as far as it has them that day."""
    subject = NodeId(str(tie.subject))
    holder = _holder(record, tie.party, nodes)
    in_force = [interest for interest in tie.interests if interest.in_force(on)]
    if tie.interests and not in_force:
        return []
    as_nominee = [i for i in in_force if i.type is InterestType.NOMINEE]
    others = [i for i in in_force if i.type is not InterestType.NOMINEE]
    if as_nominee:
        nominees.append(Nominee(holder=holder, subject=subject))
        if _is_nomination(nodes[subject]):
            if not others:
                return []
        else:  # holds for somebody, and the file has no arrangement that says for whom
            holder = NodeId(f"\0{record}")
            nodes[holder] = Unnamed(reason="nominatorNotStated", stated=False)
            others = others or [replace(i, type=None) for i in as_nominee]
    if not in_force:  # a relationship without interests: somebody has something
        return [(_edge(holder, subject, record, [_NOT_SAID]), False)]
    found = []
    for is_indirect in (False, True):
        part = [i for i in others if (i.directness is Directness.INDIRECT) is is_indirect]
        if part:
            found.append((_edge(holder, subject, record, part), is_indirect))
    return found


_NOT_SAID = Interest(
    type=None, directness=None, beneficial=None, share=None, start=None, end=None, details=""
)


def _holder(
    record: RecordId, party: RecordId | Missing, nodes: dict[NodeId, Entity | Person | Unnamed]
) -> NodeId:
    if isinstance(party, str) and NodeId(party) in nodes:
        return NodeId(party)
    holder = NodeId(f"\0{record}")
    if isinstance(party, Missing):
        nodes[holder] = Unnamed(reason=party.reason.value, description=party.description)
    else:  # the record was closed, or told only later, while the relationship goes on
        nodes[holder] = Unnamed(reason="holderRecordClosed", stated=False)
    return holder


def _is_nomination(node: Entity | Person | Unnamed) -> bool:
    return isinstance(node, Entity) and node.subtype is EntitySubtype.NOMINATION


def _edge(holder: NodeId, subject: NodeId, record: RecordId, interests: list[Interest]) -> Edge:
    """Interests of one kind add up; what is said of votes overrides what shares imply."""
    edge = Edge(holder=holder, subject=subject, relationship=record)
    votes_are_said = any(i.type is InterestType.VOTING_RIGHTS for i in interests)
    for interest in interests:
        edge = _count(edge, interest, votes_are_said)
    return replace(
        edge,
        ways=tuple(
            Way(
                type=interest.type,
                share=interest.share,
                indirect=interest.directness is Directness.INDIRECT,
                details=interest.details,
            )
            for interest in interests
        ),
        declared=any(interest.beneficial for interest in interests),
    )


def _count(edge: Edge, interest: Interest, votes_are_said: bool) -> Edge:
    """What one interest adds: to shares, to votes, to rights, or to control."""
    share = interest.share or ANY_SHARE
    match interest.type:
        case (
            None
            | InterestType.SHAREHOLDING
            | InterestType.UNKNOWN_INTEREST
            | InterestType.UNPUBLISHED_INTEREST
        ):
            carried = NO_SHARE if votes_are_said else share
            return replace(edge, own=edge.own.plus(share), votes=edge.votes.plus(carried))
        case InterestType.VOTING_RIGHTS:
            return replace(edge, votes=edge.votes.plus(share))
        case (
            InterestType.OTHER_INFLUENCE_OR_CONTROL
            | InterestType.CONTROL_VIA_COMPANY_RULES_OR_ARTICLES
            | InterestType.CONTROL_BY_LEGAL_FRAMEWORK
        ):
            return replace(edge, control=Sure.YES)
        case InterestType.APPOINTMENT_OF_BOARD:
            return replace(edge, control=surest((edge.control, _of_board(interest.share))))
        case (
            InterestType.SETTLOR
            | InterestType.TRUSTEE
            | InterestType.PROTECTOR
            | InterestType.BENEFICIARY_OF_LEGAL_ARRANGEMENT
            | InterestType.NOMINATOR
        ):
            carried = NO_SHARE if votes_are_said else share
            return replace(
                edge,
                own=edge.own.plus(share),
                votes=edge.votes.plus(carried),
                control=Sure.YES,
            )
        case (
            InterestType.RIGHTS_TO_SURPLUS_ASSETS_ON_DISSOLUTION
            | InterestType.RIGHTS_TO_PROFIT_OR_INCOME
            | InterestType.RIGHTS_GRANTED_BY_CONTRACT
            | InterestType.CONDITIONAL_RIGHTS_GRANTED_BY_CONTRACT
            | InterestType.ENJOYMENT_AND_USE_OF_ASSETS
            | InterestType.RIGHT_TO_PROFIT_OR_INCOME_FROM_ASSETS
        ):
            return replace(edge, rights=edge.rights.plus(share))
        case (
            InterestType.SENIOR_MANAGING_OFFICIAL
            | InterestType.BOARD_MEMBER
            | InterestType.BOARD_CHAIR
            | InterestType.NOMINEE
        ):
            return edge  # a seat or an office is shown; it passes nothing on
        case unknown:
            assert_never(unknown)


def _of_board(share: Span | None) -> Sure:
    """The right to appoint: of the board where no share is given, else of that part of it."""
    if share is None or share.surely_over_half():
        return Sure.YES
    return Sure.POSSIBLE if share.perhaps_over_half() else Sure.NO


def _credit_nominators(
    edges: list[Edge], nodes: Mapping[NodeId, Entity | Person | Unnamed]
) -> list[Edge]:
    """What a nomination holds is its sole nominator's whole; of several, each one's to a part."""

    def nominates(edge: Edge) -> bool:
        return any(way.type is InterestType.NOMINATOR for way in edge.ways)

    how_many: dict[NodeId, int] = {}
    for edge in edges:
        if nominates(edge):
            how_many[edge.subject] = how_many.get(edge.subject, 0) + 1
    found = []
    for edge in edges:
        sole = nominates(edge) and how_many[edge.subject] == 1
        if sole and _is_nomination(nodes[edge.subject]):
            shares = [w.share for w in edge.ways if w.type is InterestType.NOMINATOR and w.share]
            own = edge.own if shares else ALL_OF_IT
            edge = replace(edge, own=own, votes=own)
        found.append(edge)
    return found


def _has_chain(holders: Mapping[NodeId, list[NodeId]], claim: Edge) -> bool:
    """Whether one goes from the claim's subject up to its holder through somebody between."""
    waiting = [h for h in holders.get(claim.subject, ()) if h not in (claim.holder, claim.subject)]
    seen = set(waiting)
    while waiting:
        for holder in holders.get(waiting.pop(), ()):
            if holder == claim.holder:
                return True
            if holder not in seen and holder != claim.subject:
                seen.add(holder)
                waiting.append(holder)
    return False
