"""Resolve chains: from one entity up to everybody who owns or controls it, or to a gap. Pure.

Shares multiply along a chain and add up over chains; control passes whole; where shares run in a
circle only simple chains count and the circle is named. All numbers are exact. The rules, with
their reasons, are in docs/ownership.md.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from answerable.kernel.errors import Refusal, insist
from answerable.ownership.chains import Above, Chain, End, Gap, NomineeRow, Step
from answerable.ownership.graph import Graph, NodeId, Sure, Way, draw, surest
from answerable.ownership.model import NOTHING, WHOLE, Entity, OwnershipFile, RecordId, Span

DEFAULT_THRESHOLD = Fraction(1, 4)
LOWER_THRESHOLD = Fraction(1, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody at the end of a chain, and what all chains together give them in the subject."""

    record: RecordId
    name: str
    end: End
    own: Span
    votes: Span
    with_rights: Span
    """Shares together with what debt, options and profit rights could add."""
    control: Sure
    by_contract: bool
    """Rights by contract could lift the holder over the threshold: a person has to explain them."""
    declared: bool
    """The file itself calls an interest of theirs beneficial ownership or control."""
    counts: Sure
    """Whether they own or control at the threshold."""
    ways: tuple[Way, ...]
    """Their own first links, towards the subject or towards whoever stands between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who owns and controls `subject` on a day, as far as the file says."""

    subject: RecordId
    name: str
    on: date
    threshold: Fraction
    publishers: tuple[str, ...]
    published: str
    statements: int
    holders: tuple[Holder, ...]
    gaps: tuple[Gap, ...]
    nominees: tuple[NomineeRow, ...]
    loops: tuple[tuple[str, ...], ...]
    links: tuple[Step, ...]
    """Each link once, all of them; `chains` shows how they join, at most 200 chains."""
    chains: tuple[Chain, ...]
    chains_left_out: bool
    notes: tuple[str, ...]


def resolve(
    file: OwnershipFile,
    *,
    on: date,
    subject: RecordId | None = None,
    threshold: Fraction = DEFAULT_THRESHOLD,
) -> Resolution:
    """Everybody behind `subject` (the file's one declaration subject, where left out) on that day.

    `threshold`: the part of shares or votes from which a holder counts, over 0 and at most 1.
    Raises Refusal where the subject is not clear, or the circles are too many to walk.
    """
    insist(NOTHING < threshold <= WHOLE, "a threshold is a part of a whole")
    graph = draw(file, on)
    root = _root(file, graph, subject)
    above = Above(graph, root)
    holders = sorted(
        (_holder(above, node, end, threshold) for node, end in above.ends.items()),
        key=lambda row: (-row.own.low, -row.own.high, row.name, row.record),
    )
    records = [s for s in file.statements if s.moment[0] <= on.toordinal()]
    chains, left_out = above.chains()
    return Resolution(
        subject=RecordId(root),
        name=graph.name(root),
        on=on,
        threshold=threshold,
        publishers=tuple(sorted({s.publisher for s in records})),
        published=max((s.published for s in records), default=""),
        statements=len(file.statements),
        holders=tuple(holders),
        gaps=tuple(above.gaps(threshold)),
        nominees=tuple(above.nominees()),
        loops=tuple(tuple(graph.name(node) for node in loop) for loop in above.loops),
        links=above.links(),
        chains=chains,
        chains_left_out=left_out,
        notes=tuple(above.notes()),
    )


def _root(file: OwnershipFile, graph: Graph, subject: RecordId | None) -> NodeId:
    if subject is None:
        subjects = [s for s in file.subjects() if NodeId(s) in graph.nodes]
        if len(subjects) != 1:
            raise Refusal("name the subject: the file tells of more or less than one")
        subject = subjects[0]
    root = NodeId(subject)
    if not isinstance(graph.nodes.get(root), Entity):
        raise Refusal("the subject is no entity of the file on that day", subject=subject)
    return root


def _holder(above: Above, node: NodeId, end: End, threshold: Fraction) -> Holder:
    own = above.share_of(node, lambda edge: edge.own, compared=True)
    votes = above.share_of(node, lambda edge: edge.votes, compared=True)
    with_rights = above.share_of(node, lambda edge: edge.own.plus(edge.rights), compared=False)
    control = above.control_of(node)
    has_rights = above.has_rights(node)
    by_contract = has_rights and with_rights.perhaps(threshold)
    first = above.out_of.get(node, ())
    claims = [claim for claim in above.claims if claim.holder == node]
    answers = [control]
    for span in (own, votes):
        if span.surely(threshold):
            answers.append(Sure.YES)
        elif span.perhaps(threshold):
            answers.append(Sure.POSSIBLE)
    if by_contract:
        answers.append(Sure.POSSIBLE)
    return Holder(
        record=RecordId(node),
        name=above.graph.name(node),
        end=end,
        own=own,
        votes=votes,
        with_rights=with_rights,
        control=control,
        by_contract=by_contract,
        declared=any(edge.declared for edge in (*first, *claims)),
        counts=surest(answers),
        ways=tuple(way for edge in (*first, *claims) for way in edge.ways),
    )
