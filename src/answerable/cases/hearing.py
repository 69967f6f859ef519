"""Cases hear: with alerts, findings, directives and decisions, in the same transaction.

Each is a `with` service: no outside, no transaction of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from answerable.cases import clockwork, decide
from answerable.cases.model import (
    URGENCY_COULD_NOT,
    URGENCY_MAX,
    URGENCY_SIGNAL,
    URGENCY_STRONG,
    AdRef,
    Case,
    CaseAlert,
    Cause,
    Clock,
    Decision,
    DecisionKind,
    Hand,
)
from answerable.cases.store import CasesWork
from answerable.events.alerts import AlertReceived
from answerable.events.cases import CaseDecided
from answerable.events.directives import (
    DirectiveAcknowledged,
    DirectiveIssued,
    DirectiveObserved,
)
from answerable.events.duties.clocks import (
    RESTORE_OR_DECIDE,
    SECOND_ANSWER,
    STATE_REASONS,
    Duty,
    Stop,
)
from answerable.events.event import Event, Recorded
from answerable.events.reports import ReportFinished, ReportHandedOver, ReportOwed
from answerable.events.screening import CouldNotScreen, ScreeningOwed, ScreenJudged
from answerable.kernel.errors import Breach
from answerable.kernel.ids import (
    ActorId,
    AdId,
    AlertId,
    CaseId,
    ClockId,
    DecisionId,
    Ids,
    Site,
    SubjectId,
)
from answerable.kernel.time import Millis

E = TypeVar("E", bound=Event)

CASES = Hand(actor=ActorId("system:cases"))
CASES_LOOKED_AT = 20  # the newest of an ad, to find the one that was not merged away
ANYBODY = ActorId("public")
"""Whose word an alert is that came without a name that we could check."""


def heard(recorded: Recorded, kind: type[E]) -> E:
    """The event, of the kind this service is listed for. Raises Breach: STORY is wrong."""
    event = recorded.event
    if not isinstance(event, kind):
        raise Breach(f"{event.TYPE} is not what this service hears")
    return event


def save(work: CasesWork, case: Case, *clocks: Clock) -> Case:
    """Keep case and clocks, with the end of the next running clock on the case."""
    for clock in clocks:
        work.cases.put_clock(clock)
    due = clockwork.next_due(work.cases.clocks_of(case.site, case.id))
    kept = replace(case, due=due)
    work.cases.put(kept)
    return kept


def keep_with_clock(
    work: CasesWork, step: decide.Step, duty: Duty, ad: AdId | None, ids: Ids
) -> Case:
    """Keep and record the step, with a clock of this duty on this ad unless one runs: the earlier
    ends first."""
    now, clocks = work.now(), work.cases.clocks_of(step.case.site, step.case.id)
    if any(c.running and c.duty == duty and c.ad == ad for c in clocks):
        kept = save(work, step.case)
        work.record(*step.events)
        return kept
    clock, started = clockwork.start(
        step.case, duty, ClockId(ids.new()), CASES, now, started=now, ad=ad
    )
    kept = save(work, step.case, clock)
    work.record(*step.events, started)
    return kept


def stop_clocks(
    work: CasesWork, case: Case, which: tuple[tuple[Clock, Stop], ...], hand: Hand
) -> Case:
    """Stop these clocks, keep that, record it. Returns the case as kept."""
    if not which:
        return case
    steps = [clockwork.stop(case, clock, how, hand, work.now()) for clock, how in which]
    kept = save(work, case, *(clock for clock, _ in steps))
    work.record(*(event for _, event in steps))
    return kept


def settle_proposal(work: CasesWork, case: Case, how: Stop, hand: Hand) -> Case:
    """Stop the clocks of proposals that stand no longer; `case` as it is now kept."""
    waits = None if case.proposal is None else case.proposal.decision
    clocks = work.cases.clocks_of(case.site, case.id)
    over = tuple(
        (c, how)
        for c in clocks
        if c.running and c.duty == SECOND_ANSWER and (waits is None or c.decision != waits)
    )
    return stop_clocks(work, case, over, hand)


def start_for_decision(
    work: CasesWork, site: Site, case: CaseId, made: Decision, ids: Ids, hand: Hand
) -> None:
    """What the decision makes somebody owe, where the site serves that law."""
    owed = [
        (duty, ad)
        for duty, ad in clockwork.decision_duties(made, work.cases.served(site))
        if duty != STATE_REASONS or ad is None or not _gone_before(work, site, ad, made)
    ]
    if not owed:
        return
    present = work.cases.locked(site, case)
    steps = [
        clockwork.start(
            present,
            duty,
            ClockId(ids.new()),
            hand,
            work.now(),
            started=work.now(),
            ad=ad,
            decision=made.id,
        )
        for duty, ad in owed
    ]
    save(work, present, *(clock for clock, _ in steps))
    work.record(*(event for _, event in steps))


def _gone_before(work: CasesWork, site: Site, ad: AdId, made: Decision) -> bool:
    """Was the ad removed or reported already, by the decision before? Then its poster has the
    reasons, or a clock runs for them, and the site is told nothing new."""
    gone = (DecisionKind.REPORT, DecisionKind.REMOVE)
    found = work.cases.cases_of(site, ad, CASES_LOOKED_AT)
    earlier = [d for case in found for d in case.decisions if ad in d.ads and d.id != made.id]
    before = max(earlier, key=lambda d: (d.at, d.id), default=None)
    return made.kind in gone and before is not None and before.kind in gone


@dataclass(frozen=True, slots=True)
class Standing:
    """What the closed chain says of an ad: is it told to be down, and was it seen down since?"""

    down: bool
    seen_down: bool


def standing(work: CasesWork, ref: AdRef, site: Site) -> Standing:
    """Read off the directives and observations on the ad's closed chain."""
    down, seen_down, directive = False, False, None
    for recorded in work.chain_of(site, ref.closed_subject):
        event = recorded.event
        if isinstance(event, DirectiveIssued):
            was, down = down, event.action in clockwork.DOWN_ACTIONS
            seen_down, directive = seen_down and was and down, event.directive
        elif isinstance(event, DirectiveObserved) and event.directive == directive:
            seen_down = down and event.agrees and event.seen == "down"
    return Standing(down=down, seen_down=seen_down)


class OpenOrJoinForAlert:
    """With alert.received, after the hide: one case, its clocks, and the duty to answer."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event, now = heard(recorded, AlertReceived), work.now()
        ref = None if event.ad is None else work.cases.ad_named(event.site, event.ad)
        alert = CaseAlert(
            alert=AlertId(event.alert),
            subject=event.subject,
            ad=None if ref is None else ref.ad,
            received=event.known,
            due=Millis(event.due_act),
        )
        before = None if ref is None else work.cases.open_case_of(event.site, ref.ad)
        at = Standing(False, False) if ref is None else standing(work, ref, event.site)
        urgency = decide.alert_urgency(event.alerter, event.reasons)
        if ref is not None and not at.down:
            urgency = URGENCY_MAX  # put off: the ad stays up until a person looks
        refs, verified = (recorded.leaf_hash.hex(),), event.actor != ANYBODY
        if before is not None:
            step = decide.join_alert(before, alert, urgency, CASES, now, refs, verified=verified)
        else:
            step = decide.open_case(
                site=event.site,
                case=CaseId(self._ids.new()),
                subject=SubjectId(self._ids.new()),
                cause=Cause.ALERT,
                urgency=urgency,
                strong=False,
                synthetic=work.cases.is_synthetic(event.site),
                ads=() if ref is None else (ref.ad,),
                hand=CASES,
                now=now,
                refs=refs,
            )
            taken = decide.take_alert(step.case, alert, verified=verified)
            step = decide.Step(case=taken, events=step.events)
        clocks = work.cases.clocks_of(event.site, step.case.id)
        wanted = clockwork.needed_for_alert(
            clocks,
            alert,
            hidden=at.down,
            seen_down=at.seen_down,
            reasons=event.reasons,
            served=work.cases.served(event.site),
        )
        started = [
            clockwork.start(
                step.case,
                duty,
                ClockId(self._ids.new()),
                CASES,
                now,
                started=alert.received,
                ends=ends,
                ad=ad,
            )
            for duty, ad, ends in wanted
        ]
        kept = save(work, step.case, *(clock for clock, _ in started))
        work.record(*step.events, *(said for _, said in started))
        settle_proposal(work, kept, Stop.VOID, CASES)
        work.record(clockwork.attach(step.case, alert, hidden=at.down, hand=CASES, now=now))


class OpenForFinding:
    """With screen.judged and screen.failed: a person looks at what screening did not pass."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, ScreenJudged):
            if not _calls_for_person(event):
                return
            urgency = URGENCY_STRONG if event.strong else URGENCY_SIGNAL
            self._look(work, recorded, event, urgency, strong=event.strong)
        else:
            failed = heard(recorded, CouldNotScreen)
            self._look(work, recorded, failed, URGENCY_COULD_NOT, strong=False)

    def _look(
        self,
        work: CasesWork,
        recorded: Recorded,
        event: ScreenJudged | CouldNotScreen,
        urgency: int,
        *,
        strong: bool,
    ) -> None:
        site, ad, now = event.site, AdId(event.ad), work.now()
        ref, refs = work.cases.ad_of(site, ad), (recorded.leaf_hash.hex(),)
        new_words = _cause_of(work, ref, site, event.owed) != "recheck"
        before = work.cases.open_case_of(site, ad)
        if before is None and not new_words and _is_down_for_good(work, site, ad):
            return
        if before is not None:
            step = decide.join_finding(
                before,
                ad,
                strong=strong,
                new_words=new_words,
                urgency=urgency,
                hand=CASES,
                now=now,
                refs=refs,
            )
        else:
            step = decide.open_case(
                site=site,
                case=CaseId(self._ids.new()),
                subject=SubjectId(self._ids.new()),
                cause=Cause.SCREENING,
                urgency=urgency,
                strong=strong,
                synthetic=work.cases.is_synthetic(site),
                ads=(ad,),
                hand=CASES,
                now=now,
                refs=refs,
            )
        kept = keep_with_clock(work, step, RESTORE_OR_DECIDE, ad, self._ids)
        settle_proposal(work, kept, Stop.VOID, CASES)


def _calls_for_person(event: ScreenJudged) -> bool:
    """A closed section refuses by itself; a signal of kind withhold or refuse never does."""
    kinds = {str(signal.get("kind")) for signal in event.signals}
    held = event.verdict in ("withhold", "refuse") and event.reason is None
    return event.strong or held or bool(kinds & {"withhold", "refuse"})


def _cause_of(work: CasesWork, ref: AdRef, site: Site, owed: str) -> str:
    for recorded in work.chain_of(site, ref.closed_subject):
        if recorded.leaf_hash.hex() == owed and isinstance(recorded.event, ScreeningOwed):
            return recorded.event.cause
    return "unknown"


def _is_down_for_good(work: CasesWork, site: Site, ad: AdId) -> bool:
    """A routine re-check of what was removed or reported tells nobody anything new."""
    for case in work.cases.cases_of(site, ad, CASES_LOOKED_AT):
        if ad in case.moved:
            continue
        made = case.decision_of(ad)
        return made is not None and decide.takes_down(made.kind)
    return False


class StopClocks:
    """With directive.issued, observed, acknowledged, case.decided, report.finished and handed_over.

    `by_route`: for each route to another authority, the duties that handing over does.
    """

    def __init__(self, by_route: Mapping[str, frozenset[str]] | None = None) -> None:
        self._by_route = by_route or {}

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, DirectiveIssued):
            if event.action in clockwork.DOWN_ACTIONS:
                self._stop_on(work, event.site, AdId(event.ad), Stop.HIDDEN)
        elif isinstance(event, DirectiveObserved):
            if event.agrees and event.seen == "down":
                self._stop_on(work, event.site, AdId(event.ad), Stop.OBSERVED)
        elif isinstance(event, DirectiveAcknowledged):
            if self._no_probe_could_tell(work, event):
                self._stop_on(work, event.site, AdId(event.ad), Stop.ACKNOWLEDGED)
            self._told(work, event)
        elif isinstance(event, CaseDecided):
            self._decided(work, event)
        elif isinstance(event, ReportHandedOver):
            self._handed_over(work, event)
        else:
            self._filed(work, heard(recorded, ReportFinished))

    def _stop_on(self, work: CasesWork, site: Site, ad: AdId, how: Stop) -> None:
        """Every clock of the ad that this stops. Being seen and being said by the site where
        nobody can look are one stop, so a duty that knows the second alone is not meant."""
        needs = Stop.HIDDEN if how is Stop.HIDDEN else Stop.OBSERVED
        for clock in work.cases.clocks_on(site, ad):
            if needs in clock.duty.stops:
                case = work.cases.locked(site, clock.case)
                stop_clocks(work, case, ((clock, how),), CASES)

    def _told(self, work: CasesWork, event: DirectiveAcknowledged) -> None:
        """The site has the directive that carries the reasons: from here on they are the poster's.

        Only one issued since the decision: an old yes tells nobody new reasons.
        """
        site, ad = event.site, AdId(event.ad)
        issued = [
            r.recorded
            for r in work.chain_of(site, event.subject)
            if isinstance(r.event, DirectiveIssued) and r.event.directive == event.directive
        ]
        for clock in work.cases.clocks_on(site, ad):
            if clock.duty == STATE_REASONS and issued and issued[0] >= clock.started:
                case = work.cases.locked(site, clock.case)
                stop_clocks(work, case, ((clock, Stop.ACKNOWLEDGED),), CASES)

    def _no_probe_could_tell(self, work: CasesWork, event: DirectiveAcknowledged) -> bool:
        if work.cases.can_be_probed(event.site, AdId(event.ad)):
            return False
        return any(
            isinstance(r.event, DirectiveIssued)
            and r.event.directive == event.directive
            and r.event.action in clockwork.DOWN_ACTIONS
            for r in work.chain_of(event.site, event.subject)
        )

    def _decided(self, work: CasesWork, event: CaseDecided) -> None:
        case = work.cases.locked(event.site, CaseId(event.case))
        made = case.decision(DecisionId(event.decision))
        if made is None:
            raise Breach("a decision is recorded that its case does not know")
        clocks = work.cases.clocks_of(event.site, case.id)
        after = stop_clocks(work, case, clockwork.stopped_by_decision(case, made, clocks), CASES)
        if not after.waits:
            work.cases.drop_aside(event.site, case.id)  # it served its one purpose

    def _filed(self, work: CasesWork, event: ReportFinished) -> None:
        case = work.cases.locked(event.site, CaseId(event.case))
        ads = [AdId(ad) for ad in event.ads]
        after, filed = decide.note_filed(case, ads, work.now())
        after = save(work, after)
        standing = (after.decision_of(ad) for ad in ads)  # a follow-up files one that is filed
        done = {made.id for made in (*filed, *standing) if made and made.filed is not None}
        which = tuple(
            (clock, Stop.FILED)
            for clock in work.cases.clocks_of(event.site, case.id)
            if clock.running and clock.decision in done and Stop.FILED in clock.duty.stops
        )
        stop_clocks(work, after, which, CASES)

    def _handed_over(self, work: CasesWork, event: ReportHandedOver) -> None:
        """The duties of the route, as far as they run for the decision of this report."""
        chain = work.chain_of(event.site, event.subject)
        decisions = {r.event.decision for r in chain if isinstance(r.event, ReportOwed)}
        duties = self._by_route.get(event.route, frozenset())
        case = work.cases.locked(event.site, CaseId(event.case))
        which = tuple(
            (clock, Stop.DONE)
            for clock in work.cases.clocks_of(event.site, case.id)
            if clock.running and clock.decision in decisions and clock.duty.name in duties
            if Stop.DONE in clock.duty.stops
        )
        stop_clocks(work, case, which, Hand(actor=event.actor, org=event.org))


class AnswerAlerts:
    """With case.decided, before StopClocks: each alert that it covers is answered, singly."""

    def __call__(self, work: CasesWork, recorded: Recorded) -> None:
        event = heard(recorded, CaseDecided)
        case = work.cases.locked(event.site, CaseId(event.case))
        made = case.decision(DecisionId(event.decision))
        if made is None or made.kind is not DecisionKind(event.kind):
            raise Breach("a decision is recorded that its case does not know")
        hand = Hand(actor=event.actor, org=event.org)
        step = clockwork.answer_alerts(case, hand, work.now(), (recorded.leaf_hash.hex(),))
        work.cases.put(step.case)
        work.record(*step.events)
