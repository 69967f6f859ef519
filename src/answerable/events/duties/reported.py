"""The third sum, per ad: decided to report = finished + pending + needs a person + withdrawn.

Both sides are sets of (decision, ad) and each side is read from its own events: what was decided
from `case.decided`, what became of it from the chain of each report. Never one from the other.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from answerable.events.duties.residual import Residual, Term, by_subject, by_type, is_open, names
from answerable.events.event import Opened

Pair = tuple[str, str]
"""(decision id, ad id): one duty to report."""

_PRIOR = re.compile(r"<(?:\w+:)?priorCTReports>\s*([0-9]{1,20})\s*</(?:\w+:)?priorCTReports>")


class ReportState(StrEnum):
    """Where one report stands; in the order in which the better explains a duty."""

    FINISHED = "finished"
    NEEDS_PERSON = "needs_person"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A finished report. `tipline_id` is None where the answer was erased."""

    report: str
    tipline_id: str | None
    ads: tuple[str, ...]
    subject: str
    index: int
    recorded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Counts of (decision, ad). `decided` equals the four after it where nothing is left over.

    `unnamed` decisions could be matched with a report by number only: their names are erased.
    Of the finished, `by_hand` were filed by people on a form, `unreconciled` of those stand on
    their word alone: no list from the far side has confirmed them yet.
    """

    decided: int
    finished: int
    pending: int
    needs_person: int
    withdrawn: int
    unnamed: int
    by_hand: int = 0
    unreconciled: int = 0


@dataclass(slots=True)
class _Account:
    """What the reports say became of each pair: the states, and the finished reports by name."""

    states: defaultdict[Pair, list[ReportState]] = field(default_factory=lambda: defaultdict(list))
    finished: defaultdict[Pair, list["ReportChain"]] = field(
        default_factory=lambda: defaultdict(list)
    )
    decisions: set[str] = field(default_factory=set)
    unnamed: list["ReportChain"] = field(default_factory=list)


class ReportChain:
    """One report's own events, in order, and what they come to."""

    def __init__(self, events: Sequence[Opened]) -> None:
        self.events = events
        kinds = by_type(events)
        self.owed = kinds["report.owed"]
        self.finished = kinds["report.finished"]
        self.withdrawn = kinds["report.withdrawn"]
        self.intended = kinds["report.intended"]
        self.by_hand = kinds["report.by_hand"]
        self.reconciled = kinds["report.reconciled"]
        self.opened_ids = {e.get("tipline_id") for e in kinds["report.opened"]}
        stops = [e for e in events if e.type in ("report.needs_person", "report.resumed")]
        self.stopped = stops[-1] if stops and stops[-1].type == "report.needs_person" else None

    @property
    def subject(self) -> str:
        return self.events[0].subject

    @property
    def name(self) -> str:
        found = next((e.get("report") for e in self.events if e.get("report")), None)
        return str(found) if found is not None else self.subject

    @property
    def decision(self) -> str | None:
        found = self.owed[0].get("decision") if self.owed else None
        return str(found) if found is not None else None

    @property
    def ads(self) -> tuple[str, ...]:
        return names(self.owed[0], "ads") if self.owed else ()

    @property
    def state(self) -> ReportState:
        if self.finished:
            return ReportState.FINISHED
        if self.withdrawn:
            return ReportState.WITHDRAWN
        return ReportState.NEEDS_PERSON if self.stopped else ReportState.PENDING

    @property
    def end(self) -> Opened | None:
        """The event that put the report in its state; None while it is simply pending."""
        if self.finished or self.withdrawn:
            return (self.finished or self.withdrawn)[0]
        return self.stopped

    def prior(self) -> frozenset[str]:
        """The earlier reports that its intended bytes name: what makes it a follow-up."""
        found = (str(e.get("xml") or "") for e in self.intended)
        return frozenset(number for xml in found for number in _PRIOR.findall(xml))


def report_chains(opened: Iterable[Opened]) -> tuple[ReportChain, ...]:
    """Every report that anything was recorded of, in leaf order."""
    chains = by_subject(e for e in opened if e.type.startswith("report."))
    return tuple(ReportChain(events) for events in chains.values())


def finished_of(chains: Iterable[ReportChain]) -> tuple[Finished, ...]:
    """The finished reports, in the order in which they were finished."""
    found = [
        Finished(
            report=chain.name,
            tipline_id=end.get("tipline_id"),
            ads=names(end, "ads"),
            subject=chain.subject,
            index=end.index,
            recorded=end.recorded,
        )
        for chain in chains
        for end in chain.finished
    ]
    return tuple(sorted(found, key=lambda f: f.index))


def count_reports(opened: Sequence[Opened]) -> tuple[Reports, tuple[Residual, ...]]:
    """Count the reports of one side (real or synthetic) of the record."""
    decided = [e for e in opened if e.type == "case.decided" and e.get("kind") == "report"]
    decision_of = {str(e.get("decision")): e for e in decided}
    chains = report_chains(opened)
    residual = [
        _left("decided twice", "two events make one decision", decision_of[name], event)
        for event in decided
        if decision_of[name := str(event.get("decision"))] is not event
    ]
    account = _Account()
    for chain in chains:
        residual += _of_chain(chain)
        residual += _enter(chain, decision_of, account)
    residual += _twice(chains, account)
    residual += _taken_back_by_nobody(opened, chains)
    best, unnamed, left = _settle(decision_of, account)
    states = Counter(best.values())
    hands = [account.finished[pair][0] for pair in best if account.finished.get(pair)]
    hands = [chain for chain in hands if chain.by_hand]
    counts = Reports(
        decided=sum(len(_required(e)) for e in decision_of.values()),
        finished=states[ReportState.FINISHED],
        pending=states[ReportState.PENDING],
        needs_person=states[ReportState.NEEDS_PERSON],
        withdrawn=states[ReportState.WITHDRAWN],
        unnamed=unnamed,
        by_hand=len(hands),
        unreconciled=sum(1 for chain in hands if not chain.reconciled),
    )
    return counts, (*residual, *left)


def _required(decision: Opened) -> frozenset[str]:
    return frozenset(names(decision, "ads"))


def _allowed(decision: Opened) -> frozenset[str]:
    """The ads it decided on, and those that the reviewer ticked as linked."""
    linked = (row.get("ad") for row in names(decision, "linked") if isinstance(row, Mapping))
    return _required(decision) | {str(ad) for ad in linked if ad is not None}


def _of_chain(chain: ReportChain) -> list[Residual]:
    """What a report's own chain must satisfy, whatever was decided."""
    found: list[Residual] = []
    if not chain.owed:
        found.append(
            _left("never owed", "a report has a history and was never owed", *chain.events)
        )
    if len(chain.owed) > 1:
        found.append(_left("owed twice", "one report was owed twice", *chain.owed))
    if len(chain.finished) > 1:
        found.append(_left("finished twice", "one report was finished twice", *chain.finished))
    if chain.finished and chain.withdrawn:
        words = "a report was both finished and withdrawn"
        found.append(_left("both ends", words, *chain.finished, *chain.withdrawn))
    for end in chain.finished:
        if not chain.intended:
            words = "a report was finished whose bytes were never written down"
            found.append(_left("never intended", words, end))
        if is_open(end, "response") and end.get("tipline_id") not in chain.opened_ids:
            words = "a report was finished under an id that was never opened"
            found.append(_left("never opened", words, end))
    return [*found, *_by_hand(chain)]


def _by_hand(chain: ReportChain) -> list[Residual]:
    """What a person entered must be what was finished, of the bytes that were laid out."""
    found: list[Residual] = []
    if len(chain.by_hand) > 1:
        found.append(_left("entered twice", "one report was entered twice", *chain.by_hand))
    numbers = {end.get("tipline_id") for end in chain.finished if is_open(end, "response")}
    laid_out = {event.get("sha256") for event in chain.intended if is_open(event, "facts")}
    for entry in chain.by_hand:
        if not chain.finished:
            words = "a report was entered as filed by hand and not finished"
            found.append(_left("by hand otherwise", words, entry))
        elif is_open(entry, "response") and numbers and entry.get("tipline_id") not in numbers:
            words = "a report was entered by hand under one number and finished under another"
            found.append(_left("by hand otherwise", words, entry, *chain.finished))
        if is_open(entry, "facts") and entry.get("sha256") not in laid_out:
            words = "a report was entered by hand whose bytes were never laid out"
            found.append(_left("never intended", words, entry))
    for event in chain.reconciled:
        own = {entry.get("tipline_id") for entry in chain.by_hand if is_open(entry, "response")}
        if is_open(event, "response") and (not chain.by_hand or own - {event.get("tipline_id")}):
            words = "a list confirmed a number under which nobody entered this report"
            found.append(_left("reconciled otherwise", words, event))
    return found


def _enter(
    chain: ReportChain, decision_of: Mapping[str, Opened], account: _Account
) -> list[Residual]:
    """Enter what the chain accounts for; what it accounts for undecided is left over."""
    if not chain.owed:
        return []
    owed = chain.owed[0]
    decision_id = chain.decision
    if decision_id is None:
        account.unnamed.append(chain)
        return []
    decision = decision_of.get(decision_id)
    if decision is None:
        words = f"a report is {chain.state.value} that nobody decided"
        return [_left("not decided", words, owed, *filter(None, (chain.end,)))]
    account.decisions.add(decision_id)
    found: list[Residual] = []
    end = chain.end
    named = names(end, "ads") if end is not None and is_open(end, "link") else chain.ads
    for ad in dict.fromkeys(chain.ads):
        if ad not in named and end is not None:
            words = f"an ad owed in a report is not named when it is {chain.state.value}"
            found.append(_left("left out", words, owed, end, ads=(ad,)))
            continue
        account.states[decision_id, ad].append(chain.state)
        if chain.state is ReportState.FINISHED:
            account.finished[decision_id, ad].append(chain)
    if is_open(decision, "link"):
        for ad in sorted({*chain.ads, *named} - _allowed(decision)):
            words = "a report names an ad that its decision does not"
            found.append(_left("not decided", words, decision, owed, ads=(ad,)))
    return found


def _twice(chains: Sequence[ReportChain], account: _Account) -> list[Residual]:
    """One id for two reports, or one duty filed twice without the second naming the first."""
    found: list[Residual] = []
    first_of: dict[str, Finished] = {}
    for done in finished_of(chains):
        if done.tipline_id is None:
            continue
        first = first_of.setdefault(done.tipline_id, done)
        if first.subject != done.subject:
            words = "two reports were finished under one id"
            found.append(
                Residual(
                    term=Term.REPORTS,
                    kind="one id",
                    words=words,
                    subject=done.subject,
                    ids=(first.report, done.report, done.tipline_id),
                    indices=(first.index, done.index),
                )
            )
    for (_, ad), reports in account.finished.items():
        ordered = sorted(reports, key=lambda c: c.finished[0].index)
        earlier = {str(ordered[0].finished[0].get("tipline_id"))}
        for chain in ordered[1:]:
            erased = any(not is_open(e, "report") for e in chain.intended)
            if not erased and not chain.prior() & earlier:
                words = "one ad was reported twice for one decision, and not as a follow-up"
                ends = (ordered[0].finished[0], chain.finished[0])
                found.append(_left("reported twice", words, *ends, ads=(ad,)))
            earlier.add(str(chain.finished[0].get("tipline_id")))
    return found


def _taken_back_by_nobody(
    opened: Sequence[Opened], chains: Iterable[ReportChain]
) -> list[Residual]:
    """A report is withdrawn by the reviewer's own undo and by nothing else: no rule, no limit."""
    undone = {e.get("decision") for e in opened if e.type == "decision.undone"}
    words = "a report was withdrawn, and nobody took the decision back"
    return [
        _left("not taken back", words, end)
        for chain in chains
        for end in chain.withdrawn
        if end.get("decision") not in undone | {None} and None not in undone
    ]


def _settle(
    decision_of: Mapping[str, Opened], account: _Account
) -> tuple[dict[Pair, ReportState], int, list[Residual]]:
    """Each decided pair's one state, how many decisions were matched by number, and what is left.

    A decision whose own or whose report's names are erased is matched with a nameless report, one
    to one; there are no more of those than were erased in the open.
    """
    order = list(ReportState)
    best: dict[Pair, ReportState] = {}
    unnamed, left = 0, []
    nameless = list(account.unnamed)
    for decision_id, decision in decision_of.items():
        erased = not is_open(decision, "link")
        missing = []
        for ad in sorted(_required(decision)):
            if states := account.states.get((decision_id, ad)):
                best[decision_id, ad] = min(states, key=order.index)
            else:
                missing.append(ad)
        if erased and decision_id in account.decisions:
            unnamed += 1
        elif erased or missing:
            if nameless and decision_id not in account.decisions:
                unnamed += 1
                state = nameless.pop(0).state
                best.update({(decision_id, ad): state for ad in missing})
            else:
                words = "a decision to report came to nothing: not filed, not owed, not withdrawn"
                left.append(_left("came to nothing", words, decision, ads=tuple(missing)))
    for chain in nameless:
        words = "a report whose names are erased answers to no decision"
        left.append(_left("not decided", words, chain.owed[0]))
    return best, unnamed, left


def _left(kind: str, words: str, *events: Opened, ads: tuple[str, ...] = ()) -> Residual:
    own = (str(e.get("report") or e.get("decision") or "") for e in events)
    return Residual(
        term=Term.REPORTS,
        kind=kind,
        words=words,
        subject=events[0].subject,
        ids=tuple(filter(None, dict.fromkeys((*own, *ads)))),
        indices=tuple(sorted({e.index for e in events})),
    )
