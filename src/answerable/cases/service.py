"""Cases, asked: a reviewer claims, looks, proposes, decides, contradicts, undoes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from answerable.access.decide import require
from answerable.access.model import Actor, Permission
from answerable.cases import clockwork, decide, turn
from answerable.cases.complaining import check_somebody_new
from answerable.cases.hearing import save, settle_proposal, start_for_decision, stop_clocks
from answerable.cases.merge import leads_on, led_on
from answerable.cases.model import (
    MERGES_MAX,
    QUEUE_MAX,
    URGENCY_SIGNAL,
    AdRef,
    Case,
    Cause,
    Choice,
    Clock,
    Decision,
    Hand,
)
from answerable.cases.store import CasesWork
from answerable.events.ads import AdReceived
from answerable.events.duties.clocks import FIRST_LOOK, FLOOD_LOOK, SECOND_ANSWER, Stop
from answerable.events.event import Recorded
from answerable.events.work import Runs
from answerable.kernel.errors import Conflict, NotFound, Refusal
from answerable.kernel.ids import AdId, CaseId, ClockId, DecisionId, Ids, Site, SubjectId


def hand_of(by: Actor) -> Hand:
    return Hand(actor=by.id, org=by.organisation)


def first_look_taken(work: CasesWork, case: Case, hand: Hand) -> Case:
    """A person has the case before them: the clocks to a look are done."""
    clocks = work.cases.clocks_of(case.site, case.id)
    looks = (FIRST_LOOK, FLOOD_LOOK)
    first = tuple((c, Stop.TAKEN) for c in clocks if c.running and c.duty in looks)
    return stop_clocks(work, case, first, hand)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as its page shows it. Words are in `history`, opened for this reader alone."""

    case: Case
    clocks: tuple[Clock, ...]
    ads: tuple[AdRef, ...]
    history: tuple[Recorded, ...]


class ReadCase:
    """One case, its clocks, its ads and its history."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> CaseView:
        """Raises Forbidden or NotFound."""
        require(by, Permission.CASE_READ, site)

        def work(w: CasesWork) -> CaseView:
            found = w.cases.get(site, case)
            return CaseView(
                case=found,
                clocks=w.cases.clocks_of(site, case),
                ads=tuple(w.cases.ad_of(site, ad) for ad in found.ad_ids),
                history=w.chain_of(site, found.subject),
            )

        return self._runs.read(work)


class RestoreDue:
    """The sweep over clocks that ran out: each is a breach that stays visible until stopped.

    It changes nothing: no clock's end restores, clears or closes anything by itself.
    """

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, limit: int = QUEUE_MAX) -> tuple[Clock, ...]:
        return self._runs.read(lambda w: w.cases.overdue(site, w.now(), limit))


class OpenCaseByHand:
    """A reviewer (or the audit) opens a case on ads that nobody alerted us to."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self, site: Site, by: Actor, ads: tuple[AdId, ...], *, cause: Cause = Cause.STAFF
    ) -> Case:
        """Joins the open case of the first ad, if there is one. Raises Forbidden or Refusal."""
        require(by, Permission.CASE_DECIDE, site)
        if not ads:
            raise Refusal("a case opened by hand names its ads")
        if cause not in (Cause.STAFF, Cause.AUDIT):
            raise Refusal("a case opened by hand is opened by staff or by the audit")
        hand, fresh = hand_of(by), (CaseId(self._ids.new()), SubjectId(self._ids.new()))

        def work(w: CasesWork) -> Case:
            for ad in ads:
                w.cases.ad_of(site, ad)
            before = w.cases.open_case_of(site, ads[0])
            if before is not None:
                return _add_all(w, before, [ad for ad in ads if ad not in before.ad_ids], hand)
            step = decide.open_case(
                site=site,
                case=fresh[0],
                subject=fresh[1],
                cause=cause,
                urgency=URGENCY_SIGNAL,
                strong=False,
                synthetic=w.cases.is_synthetic(site),
                ads=ads,
                hand=hand,
                now=w.now(),
            )
            w.cases.put(step.case)
            w.record(*step.events)
            return step.case

        return self._runs.run(work)


def _add_all(work: CasesWork, case: Case, ads: list[AdId], hand: Hand) -> Case:
    for ad in ads:
        step = decide.join_ad(case, ad, "staff", hand, work.now())
        case = step.case
        work.cases.put(case)
        work.record(*step.events)
    return settle_proposal(work, case, Stop.VOID, hand)


class AddAd:
    """A reviewer adds an ad to the incident. The case is open again if it was decided."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId, ad: AdId) -> Case:
        """Raises Forbidden, NotFound or Conflict."""
        require(by, Permission.CASE_DECIDE, site)

        def work(w: CasesWork) -> Case:
            w.cases.ad_of(site, ad)
            return _add_all(w, w.cases.locked(site, case), [ad], hand_of(by))

        return self._runs.run(work)


class ClaimCase:
    """Take a case in hand for a quarter of an hour. Bars nobody from deciding."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(self, site: Site, by: Actor, case: CaseId) -> Case:
        """Raises Forbidden, NotFound, or Conflict while somebody else has it."""
        require(by, Permission.CASE_DECIDE, site)

        def work(w: CasesWork) -> Case:
            claimed = turn.claim(w.cases.locked(site, case), hand_of(by), w.now())
            w.cases.put(claimed)
            w.cases.drop_aside(site, case, by.id)
            return first_look_taken(w, claimed, hand_of(by))

        return self._runs.run(work)


class ViewEvidence:
    """A person saw a file of the case. `full` only where the whole of those bytes was shown.

    `words_digest` names the words of a revision as the file that a report sends them as.
    """

    def __init__(
        self,
        runs: Runs[CasesWork],
        words_digest: Callable[[Mapping[str, str]], str] | None = None,
    ) -> None:
        self._runs, self._words_digest = runs, words_digest

    def __call__(self, site: Site, by: Actor, case: CaseId, sha256: str, *, full: bool) -> None:
        """Raises Forbidden, or NotFound where no revision in the case has this file or words."""
        require(by, Permission.EVIDENCE_VIEW, site)

        def work(w: CasesWork) -> None:
            found = w.cases.locked(site, case)
            if not any(sha256 in self._files_of(w, site, ad) for ad in found.ad_ids):
                raise NotFound("no ad of this case has this file", sha256=sha256)
            w.record(decide.view(found, sha256, full=full, hand=hand_of(by), now=w.now()))
            first_look_taken(w, found, hand_of(by))

        self._runs.run(work)

    def _files_of(self, work: CasesWork, site: Site, ad: AdId) -> frozenset[str]:
        ref, found = work.cases.ad_of(site, ad), set[str]()
        for recorded in work.chain_of(site, ref.open_subject):
            event = recorded.event
            if isinstance(event, AdReceived):
                found.update(str(file["sha256"]) for file in event.attachments or ())
                if self._words_digest is not None and event.text is not None:
                    found.add(self._words_digest(event.text))
        return frozenset(found)


class DecideCase:
    """One person decides on ads of a case. A report needs nobody else, ever."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site, by: Actor, case: CaseId, choice: Choice) -> Decision:
        """Raises Forbidden, NotFound, Conflict or Refusal (incomplete, or needs a second)."""
        require(by, Permission.CASE_DECIDE, site)
        hand, new = hand_of(by), DecisionId(self._ids.new())

        def work(w: CasesWork) -> Decision:
            for linked in choice.linked:
                w.cases.ad_of(site, linked.ad)
            before, said = _where(w, site, case, choice)
            check_somebody_new(w, before, said.kind, said.ads, by.id)
            step = decide.decide(before, said, new, hand, w.now())
            w.cases.put(step.case)
            w.record(*step.events)
            made = step.case.decisions[-1]
            start_for_decision(w, site, before.id, made, self._ids, hand)
            return made

        return self._runs.run(work)


def _where(work: CasesWork, site: Site, case: CaseId, choice: Choice) -> tuple[Case, Choice]:
    """The case in which this is decided: a report on what moved is made where it moved to."""
    found = work.cases.locked(site, case)
    for _ in range(MERGES_MAX):
        took = leads_on(found, choice)
        if took is None:
            return found, choice
        into = work.cases.locked(site, took)
        found, choice = into, led_on(found, into, choice)
    raise Conflict("these cases were merged too often to follow: report in the last", case=found.id)


class ProposeDecision:
    """The first of two: no_action on what came by alert or strong signal. The ad stays as it is."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(self, site: Site, by: Actor, case: CaseId, choice: Choice) -> Case:
        """The case, now waiting for a second. Raises Forbidden, NotFound, Conflict or Refusal."""
        require(by, Permission.CASE_DECIDE, site)
        hand, new = hand_of(by), DecisionId(self._ids.new())
        clock_id = ClockId(self._ids.new())

        def work(w: CasesWork) -> Case:
            step = decide.propose(w.cases.locked(site, case), choice, new, hand, w.now())
            clock, started = clockwork.start(
                step.case, SECOND_ANSWER, clock_id, hand, w.now(), started=w.now(), decision=new
            )
            kept = save(w, step.case, clock)
            w.record(*step.events, started)
            return first_look_taken(w, kept, hand)

        return self._runs.run(work)


class SecondDecision:
    """The second, a different person, agrees to exactly the proposal that they saw.

    Where the site's policy says so they are of another organisation than the first.
    """

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, case: CaseId, decision: DecisionId, reason: str
    ) -> Decision:
        """Raises Forbidden, NotFound, Conflict (another proposal, or none) or Refusal."""
        require(by, Permission.CASE_DECIDE, site)

        def work(w: CasesWork) -> Decision:
            rule = w.cases.second_policy_held(site).second
            before = w.cases.locked(site, case)
            step = decide.second(before, decision, reason, hand_of(by), w.now(), rule)
            made = step.case.decisions[-1]
            check_somebody_new(w, before, made.kind, made.ads, made.reviewer, by.id)
            w.cases.put(step.case)
            w.record(*step.events)
            return made

        return self._runs.run(work)


class ContradictDecision:
    """Somebody says no to a proposal; the case is open again, and nothing was decided."""

    def __init__(self, runs: Runs[CasesWork]) -> None:
        self._runs = runs

    def __call__(
        self, site: Site, by: Actor, case: CaseId, decision: DecisionId, reason: str
    ) -> Case:
        """Raises Forbidden, NotFound, Conflict or Refusal."""
        require(by, Permission.CASE_DECIDE, site)

        def work(w: CasesWork) -> Case:
            before = w.cases.locked(site, case)
            step = decide.contradict(before, decision, reason, hand_of(by), w.now())
            w.cases.put(step.case)
            w.record(*step.events)
            return settle_proposal(w, step.case, Stop.WITHDRAWN, hand_of(by))

        return self._runs.run(work)


class UndoDecision:
    """The same reviewer takes a report back before it is filed; its clocks run on as they did."""

    def __init__(self, runs: Runs[CasesWork], ids: Ids) -> None:
        self._runs, self._ids = runs, ids

    def __call__(
        self, site: Site, by: Actor, case: CaseId, decision: DecisionId, reason: str
    ) -> Case:
        """Raises Forbidden, NotFound, Conflict (filed) or Refusal. `reports` may still refuse."""
        require(by, Permission.CASE_DECIDE, site)
        hand = hand_of(by)

        def work(w: CasesWork) -> Case:
            before = w.cases.locked(site, case)
            step = decide.undo(before, decision, reason, hand, w.now())
            w.cases.put(step.case)
            w.record(*step.events)
            clocks = w.cases.clocks_of(site, case)
            filing = tuple(
                (c, Stop.WITHDRAWN) for c in clocks if c.running and c.decision == decision
            )
            present = stop_clocks(w, w.cases.locked(site, case), filing, hand)
            made = present.decision(decision)
            again = (
                () if made is None else clockwork.reopened_clocks(present, made, clocks, w.now())
            )
            return _start_again(w, present, again, self._ids, hand)

        return self._runs.run(work)


def _start_again(
    work: CasesWork,
    case: Case,
    again: tuple[clockwork.Again, ...],
    ids: Ids,
    hand: Hand,
) -> Case:
    """Start clocks with their old ends: an undo wins nobody time."""
    steps = [
        clockwork.start(
            case,
            duty,
            ClockId(ids.new()),
            hand,
            work.now(),
            started=started,
            ends=ends,
            ad=ad,
        )
        for duty, ad, started, ends in again
    ]
    kept = save(work, case, *(clock for clock, _ in steps))
    work.record(*(event for _, event in steps))
    return kept
