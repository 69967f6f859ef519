"""Clocks and answers, purely: what starts, what a decision or an observation stops. No reset."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from answerable.cases.decide import Step, header, takes_down
from answerable.cases.model import Case, CaseAlert, Clock, Decision, DecisionKind, Hand, Outcome
from answerable.events.alerts import AlertAnswered, AlertAttached
from answerable.events.cases import ClockStarted, ClockStopped
from answerable.events.duties.clocks import (
    ALERT_ANSWER,
    COMPLAINT_ANSWER,
    FIRST_LOOK,
    FLAGGER_ANSWER,
    POLICE_ANSWER,
    RESTORE_OR_DECIDE,
    SECOND_ANSWER,
    Duty,
    Per,
    Start,
    Stop,
    When,
    started_by,
)
from answerable.events.event import Due, DutyKey, Event, event_header
from answerable.kernel.errors import insist
from answerable.kernel.ids import AdId, AlertId, ClockId, DecisionId
from answerable.kernel.time import Millis

Again: TypeAlias = "tuple[Duty, AdId | None, Millis, Millis | None]"
"""A clock that runs again: its duty, its ad, when it first started, its end if it had one."""

DOWN_ACTIONS = frozenset({"withhold", "refuse", "hide", "remove"})
"""Directives after which an ad is not to be seen."""

SOURCE_ANSWERS = (FLAGGER_ANSWER, POLICE_ANSWER)
"""Clocks of registered sources: to the answer of that alert, on that ad."""


def clock_key(clock: ClockId) -> DutyKey:
    return DutyKey(f"clock:{clock}")


def alert_key(alert: AlertId) -> DutyKey:
    return DutyKey(f"alert:{alert}")


def start(
    case: Case,
    duty: Duty,
    clock: ClockId,
    hand: Hand,
    now: Millis,
    *,
    started: Millis,
    ends: Millis | None = None,
    ad: AdId | None = None,
    decision: DecisionId | None = None,
) -> tuple[Clock, ClockStarted]:
    """A clock that runs from `started`, which may lie before `now`; ends as the duty says."""
    made = Clock(
        id=clock,
        site=case.site,
        case=case.id,
        ad=ad,
        decision=decision,
        duty=duty,
        started=started,
        ends=duty.ends(started) if ends is None else ends,
    )
    event = ClockStarted(
        **header(case, hand, now),
        due=(Due(duty=clock_key(clock), at=made.ends),),
        clock=clock,
        case=case.id,
        ad=ad,
        duty=duty.name,
        started=started,
        ends=made.ends,
    )
    return made, event


def stop(case: Case, clock: Clock, how: Stop, hand: Hand, now: Millis) -> tuple[Clock, Event]:
    """The duty is done, late or in time. Raises Breach for a stop the duty does not know."""
    insist(clock.running, "a clock stops once")
    insist(how in clock.duty.stops, f"{clock.duty.name} is not done when {how.value}")
    stopped = replace(clock, stopped=now, how=how)
    event = ClockStopped(
        **header(case, hand, now),
        closes=(clock_key(clock.id),),
        clock=clock.id,
        case=case.id,
        duty=clock.duty.name,
        how=how.value,
        late=stopped.overdue(now),
    )
    return stopped, event


def next_due(clocks: Iterable[Clock]) -> Millis | None:
    """When the next running clock ends."""
    return min((clock.ends for clock in clocks if clock.running), default=None)


def stopped_by_decision(
    case: Case, made: Decision, clocks: Sequence[Clock]
) -> tuple[tuple[Clock, Stop], ...]:
    """Which clocks this decision stops. `case` is the case afterwards, its alerts answered.

    The clock to act runs on where the ad must come down: that is seen, not decided.
    """
    found = []
    for clock in clocks:
        if not clock.running:
            continue
        if Stop.DECIDED in clock.duty.stops and _does_it(case, made, clock):
            found.append((clock, Stop.DECIDED))
    return tuple(found)


def _does_it(case: Case, made: Decision, clock: Clock) -> bool:
    """Is the duty of this clock done by the decision alone?"""
    if clock.duty == FIRST_LOOK:
        return True
    if clock.duty == ALERT_ANSWER or (clock.duty in SOURCE_ANSWERS and clock.ad is None):
        return all(alert.answered is not None for alert in case.alerts)
    if clock.duty == SECOND_ANSWER:
        return case.proposal is None
    if clock.duty == COMPLAINT_ANSWER and clock.ad is None:
        return not case.waits
    if clock.ad is not None and clock.ad not in made.ads:
        return False
    return Stop.OBSERVED not in clock.duty.stops or not takes_down(made.kind)


def decision_duties(made: Decision, served: frozenset[str]) -> tuple[tuple[Duty, AdId | None], ...]:
    """(duty, ad) of the clocks that a decision starts at a site that serves these jurisdictions.

    One for each ad where the duty says so. Whoever reports an ad also tells its poster about
    its restriction, in words that say nothing of the report.
    """
    true = {When.URGENT if made.urgent else When.NOT_URGENT}
    true.add(When.REPORT if made.kind is DecisionKind.REPORT else When.NOT_REPORT)
    if made.kind is not DecisionKind.NO_ACTION:
        true.add(When.RESTRICTS)
    found: list[tuple[Duty, AdId | None]] = []
    for duty in started_by(Start.DECISION, true, served):
        found += [(duty, ad) for ad in made.ads] if duty.per is Per.AD else [(duty, None)]
    return tuple(found)


def reopened_clocks(
    case: Case, made: Decision, clocks: Sequence[Clock], now: Millis
) -> tuple[Again, ...]:
    """After an undo: what runs again, with its old end and not a new one.

    `case` is the case afterwards.
    """
    again: list[Again] = []
    for ad in case.undecided:
        if ad not in made.ads or _runs(clocks, RESTORE_OR_DECIDE, ad):
            continue
        before = _last(clocks, RESTORE_OR_DECIDE, ad)
        if before is None:
            again.append((RESTORE_OR_DECIDE, ad, now, None))
        else:
            # The old end, without what two people added: an undo wins nobody time.
            ends = Millis(min(before.ends, before.duty.ends(before.started)))
            again.append((RESTORE_OR_DECIDE, ad, before.started, ends))
    answer = _last(clocks, ALERT_ANSWER, None)
    if answer is not None and not _runs(clocks, ALERT_ANSWER, None) and case.undecided:
        again.append((ALERT_ANSWER, None, answer.started, answer.ends))
    return tuple(again)


def _runs(clocks: Sequence[Clock], duty: Duty, ad: AdId | None) -> bool:
    return any(c.running and c.duty == duty and c.ad == ad for c in clocks)


def _last(clocks: Sequence[Clock], duty: Duty, ad: AdId | None) -> Clock | None:
    """The one that was stopped last; of several that one decision stopped, the first to end."""
    same = [c for c in clocks if c.duty == duty and c.ad == ad]
    return max(same, key=lambda c: (c.stopped or 0, -c.ends), default=None)


IMAGE_WITHOUT_CONSENT = "image_without_consent"


def needed_for_alert(
    clocks: Sequence[Clock],
    alert: CaseAlert,
    *,
    hidden: bool,
    seen_down: bool,
    reasons: Collection[str] = (),
    served: frozenset[str] = frozenset(),
) -> tuple[tuple[Duty, AdId | None, Millis], ...]:
    """(duty, ad, ends) of the clocks an alert starts; one of a kind runs at a time, the earlier.

    What is seen to be down already needs no clock to be seen down. An ad that is not hidden was put
    off to a person: `alert.put_off` starts the clock to a look, and the clock to act begins when it
    is hidden after all. `served`: the site's jurisdictions.
    """
    true: set[When] = set()
    if alert.ad is not None:
        true.add(When.NAMES_AD)
        if hidden:
            true.add(When.HIDDEN)
    if IMAGE_WITHOUT_CONSENT in reasons:
        true.add(When.IMAGE_WITHOUT_CONSENT)
    wanted: list[tuple[Duty, AdId | None, Millis]] = []
    for duty in (
        *started_by(Start.ALERT, true, served),
        *started_by(Start.CASE, true, served),
    ):
        if seen_down and Stop.OBSERVED in duty.stops:
            continue
        ends = alert.due if duty == ALERT_ANSWER else duty.ends(alert.received)
        wanted.append((duty, alert.ad if duty.per is Per.AD else None, ends))
    return tuple(w for w in wanted if not _runs(clocks, w[0], w[1]))


def attach(case: Case, alert: CaseAlert, *, hidden: bool, hand: Hand, now: Millis) -> AlertAttached:
    """On the alert's own chain, dated when the alert came: the duty to answer it is open."""
    return AlertAttached(
        site=case.site,
        subject=alert.subject,
        happened=alert.received,
        known=now,
        actor=hand.actor,
        org=hand.org,
        due=(Due(duty=alert_key(alert.alert), at=alert.due),),
        alert=alert.alert,
        case=case.id,
        ad=alert.ad,
        hidden=hidden,
    )


def outcome_of(kind: DecisionKind) -> Outcome:
    """What the alerter's answer counts as."""
    if kind is DecisionKind.REPORT:
        return Outcome.REPORTED
    return Outcome.DECLINED if kind is DecisionKind.NO_ACTION else Outcome.ACTED


_STRENGTH = (Outcome.REPORTED, Outcome.ACTED, Outcome.DECLINED)


def answer_alerts(case: Case, hand: Hand, now: Millis, refs: tuple[str, ...] = ()) -> Step:
    """Answer, one by one, each open alert that a decision now covers.

    An alert on an ad is answered by the decision that stands for that ad; one on no ad we know,
    by the strongest decision once nothing of the case is left undecided.
    """
    alerts, events = [], []
    for alert in case.alerts:
        made = _answer_of(case, alert)
        if alert.answered is not None or made is None:
            alerts.append(alert)
            continue
        alerts.append(replace(alert, answered=now))
        events.append(
            AlertAnswered(
                **event_header(case.site, alert.subject, hand.actor, now, org=hand.org),
                refs=refs,
                closes=(alert_key(alert.alert),),
                alert=alert.alert,
                case=case.id,
                decision=made.id,
                outcome=outcome_of(made.kind).value,
                within_promise=now <= alert.due,
            )
        )
    return Step(case=replace(case, alerts=tuple(alerts)), events=tuple(events))


def _answer_of(case: Case, alert: CaseAlert) -> Decision | None:
    if alert.ad is not None and alert.ad in case.ad_ids:
        return case.decision_of(alert.ad)
    standing = [d for d in case.decisions if d.undone is None]
    if case.undecided or not standing:
        return None
    return min(standing, key=lambda d: _STRENGTH.index(outcome_of(d.kind)))
