"""What cases decide, purely: who may decide what alone, what waits for a second, what is undone.

The rules, each held by tests/properties/test_cases_machine.py:
one qualified person reports, and nothing and nobody stands in the way; `no_action` on what came by
alert or strong signal takes two different people and never comes about by itself; only the same
reviewer takes a report back, and only before it is filed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from answerable.cases.model import (
    ADS_MAX,
    REASON_CHARS_MAX,
    URGENCY_ALERT,
    URGENCY_MAX,
    URGENCY_MORE,
    BasisKind,
    Case,
    CaseAd,
    CaseAlert,
    CaseStatus,
    Cause,
    Choice,
    Decision,
    DecisionKind,
    Hand,
    Proposal,
)
from answerable.cases.policy import SecondOrg
from answerable.events.cases import (
    CaseDecided,
    CaseJoined,
    CaseOpened,
    DecisionContradicted,
    DecisionProposed,
    DecisionUndone,
    EvidenceViewed,
)
from answerable.events.event import Event, event_header
from answerable.kernel.errors import Conflict, NotFound, Refusal, insist
from answerable.kernel.ids import ActorId, AdId, CaseId, DecisionId, Site, SubjectId
from answerable.kernel.time import Millis

OTHER_ORGANISATION = (
    "the policy of this site asks for a second person of another organisation than the first"
)
CLOSE_ROLES = frozenset({"self", "family", "hotline", "police", "flagger"})
GRAVE_REASONS = frozenset({"missing_child", "coerced", "knows_child"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The case afterwards, and what to record, in order."""

    case: Case
    events: tuple[Event, ...]


def header(case: Case, hand: Hand, now: Millis) -> dict[str, Any]:
    """The envelope fields of an event on the case's own chain."""
    return event_header(case.site, case.subject, hand.actor, now, org=hand.org)


def open_case(
    *,
    site: Site,
    case: CaseId,
    subject: SubjectId,
    cause: Cause,
    urgency: int,
    strong: bool,
    synthetic: bool,
    ads: Sequence[AdId],
    hand: Hand,
    now: Millis,
    refs: tuple[str, ...] = (),
) -> Step:
    """A new incident on these ads (none, where an alert names no ad we know)."""
    if len(ads) > ADS_MAX or len(set(ads)) != len(ads):
        raise Refusal("an incident has each ad once, and not more than its bound", ads_max=ADS_MAX)
    opened = Case(
        id=case,
        site=site,
        subject=subject,
        cause=cause,
        urgency=urgency,
        opened=now,
        by_alert=cause in (Cause.ALERT, Cause.WATCH, Cause.COMPLAINT),
        strong=strong,
        synthetic=synthetic,
        ads=tuple(CaseAd(ad=ad, added=now) for ad in ads),
    )
    event = CaseOpened(
        **header(opened, hand, now),
        refs=refs,
        case=case,
        ads=list(ads),
        cause=cause.value,
        urgency=urgency,
        synthetic=synthetic,
    )
    return Step(case=opened, events=(event,))


def take_alert(case: Case, alert: CaseAlert, *, verified: bool = False) -> Case:
    """The case that this alert opened, or joins, with the alert in it."""
    known = case.verified or verified
    return replace(case, alerts=(*case.alerts, alert), by_alert=True, verified=known)


def join_alert(
    case: Case,
    alert: CaseAlert,
    urgency: int,
    hand: Hand,
    now: Millis,
    refs: tuple[str, ...] = (),
    *,
    verified: bool = False,
) -> Step:
    """One more alert on the same incident. A proposal that did not know of it is void."""
    raised = min(URGENCY_MAX, max(case.urgency + URGENCY_MORE, urgency))
    joined = replace(take_alert(case, alert, verified=verified), urgency=raised, proposal=None)
    event = CaseJoined(
        **header(case, hand, now),
        refs=refs,
        case=case.id,
        ad=alert.ad,
        alert=alert.alert,
        reason="alert",
        urgency=raised,
    )
    return Step(case=joined, events=(event,))


def join_finding(
    case: Case,
    ad: AdId,
    *,
    strong: bool,
    new_words: bool,
    urgency: int,
    hand: Hand,
    now: Millis,
    refs: tuple[str, ...] = (),
) -> Step:
    """Screening saw something on an ad of this open case.

    New words, or the first strong signal, void a proposal; a routine re-check does not.
    """
    raised = max(case.urgency, urgency)
    void = new_words or (strong and not case.strong)
    joined = replace(
        case,
        urgency=raised,
        strong=case.strong or strong,
        proposal=None if void else case.proposal,
    )
    event = CaseJoined(
        **header(case, hand, now),
        refs=refs,
        case=case.id,
        ad=ad,
        alert=None,
        reason="screening",
        urgency=raised,
    )
    return Step(case=joined, events=(event,))


def join_word(
    case: Case,
    ad: AdId,
    reason: str,
    urgency: int,
    hand: Hand,
    now: Millis,
    refs: tuple[str, ...] = (),
) -> Step:
    """A watch matched this ad, or somebody complains: it comes to the case, or is in it. Voids a
    proposal, and from here on two must agree to take no action."""
    here = ad in case.ad_ids
    raised = min(URGENCY_MAX, max(case.urgency, urgency))
    ads = case.ads if here else (*case.ads, CaseAd(ad=ad, added=now))
    joined = replace(case, ads=ads, urgency=raised, by_alert=True, proposal=None)
    event = CaseJoined(
        **header(case, hand, now),
        refs=refs,
        case=case.id,
        ad=ad,
        alert=None,
        reason=reason,
        urgency=raised,
    )
    return Step(case=joined, events=(event,))


def join_ad(case: Case, ad: AdId, reason: str, hand: Hand, now: Millis) -> Step:
    """An ad comes to the incident; `reason` is a word of ours, never the ad's. Voids a proposal."""
    if ad in case.ad_ids:
        raise Conflict("this ad is in the case already", ad=ad)
    if case.status is CaseStatus.MERGED:
        raise Conflict("this case was merged into another: add the ad there", case=case.merged_into)
    if len(case.ads) >= ADS_MAX:
        raise Refusal("the case is full: open another", ads_max=ADS_MAX)
    joined = replace(case, ads=(*case.ads, CaseAd(ad=ad, added=now)), proposal=None)
    event = CaseJoined(
        **header(case, hand, now),
        case=case.id,
        ad=ad,
        alert=None,
        reason=reason,
        urgency=case.urgency,
    )
    return Step(case=joined, events=(event,))


def decide(
    case: Case,
    choice: Choice,
    decision: DecisionId,
    hand: Hand,
    now: Millis,
    *,
    answering: tuple[ActorId, ...] = (),
    refs: tuple[str, ...] = (),
) -> Step:
    """One person decides. Raises Refusal where the choice is incomplete or needs a second.

    `answering`: who answers for it where the house decides under a policy (`lapsing`).
    """
    _check_choice(case, choice)
    if choice.kind is DecisionKind.NO_ACTION and case.needs_second:
        raise Refusal("no_action here needs a second person: propose it", case=case.id)
    events: list[Event] = []
    if case.proposal is not None:
        case, said = _drop_proposal(case, choice.reason or "decided otherwise", hand, now)
        events.append(said)
    for linked in choice.linked:
        step = join_ad(case, linked.ad, "linked", hand, now)
        case = step.case
        events += step.events
    ads = (*choice.ads, *(linked.ad for linked in choice.linked))
    made = Decision(
        id=decision,
        kind=choice.kind,
        ads=ads,
        reviewer=hand.actor,
        second=None,
        at=now,
        urgent=choice.urgent,
        answering=answering,
    )
    events.append(_decided(case, made, choice, hand, now, refs))
    return Step(case=_with_decision(case, made), events=tuple(events))


def propose(case: Case, choice: Choice, decision: DecisionId, hand: Hand, now: Millis) -> Step:
    """The first of two. Only no_action is ever proposed: nothing else waits for anybody."""
    if choice.kind is not DecisionKind.NO_ACTION:
        raise Refusal(f"{choice.kind.value} needs no second person: decide it")
    _check_choice(case, choice)
    if case.proposal is not None:
        raise Conflict("a proposal waits for a second person already", case=case.id)
    proposal = Proposal(decision=decision, ads=choice.ads, by=hand.actor, at=now, org=hand.org)
    event = DecisionProposed(
        **header(case, hand, now),
        case=case.id,
        decision=decision,
        kind=choice.kind.value,
        ads=list(choice.ads),
        reason=choice.reason,
    )
    return Step(case=replace(case, proposal=proposal), events=(event,))


def second(
    case: Case,
    decision: DecisionId,
    reason: str,
    hand: Hand,
    now: Millis,
    rule: SecondOrg = SecondOrg.ANY,
) -> Step:
    """The second person agrees to the proposal that they saw, and says why."""
    proposal = _proposal(case, decision)
    if proposal.by == hand.actor:
        raise Refusal("the second person is another person", case=case.id)
    if rule is SecondOrg.OTHER and proposal.org == hand.org:
        raise Refusal(OTHER_ORGANISATION, case=case.id)
    choice = Choice(kind=DecisionKind.NO_ACTION, ads=proposal.ads, reason=reason)
    _check_choice(case, choice)
    made = Decision(
        id=decision,
        kind=DecisionKind.NO_ACTION,
        ads=proposal.ads,
        reviewer=proposal.by,
        second=hand.actor,
        at=now,
        urgent=False,
    )
    cleared = replace(case, proposal=None)
    event = _decided(cleared, made, choice, hand, now)
    return Step(case=_with_decision(cleared, made), events=(event,))


def contradict(case: Case, decision: DecisionId, reason: str, hand: Hand, now: Millis) -> Step:
    """Somebody says no to the proposal (or its author takes it back): the case is open again."""
    _proposal(case, decision)
    _check_reason(reason)
    opened, event = _drop_proposal(case, reason, hand, now)
    return Step(case=opened, events=(event,))


def undo(case: Case, decision: DecisionId, reason: str, hand: Hand, now: Millis) -> Step:
    """The same reviewer takes a report back before it is filed. Its ads are undecided again."""
    made = case.decision(decision)
    if made is None:
        raise NotFound("no such decision in this case", decision=decision)
    if made.kind is not DecisionKind.REPORT:
        raise Refusal("only a report is undone; anything else is decided anew", case=case.id)
    if hand.actor not in (made.reviewer, *made.answering):
        raise Refusal("only the same reviewer undoes a report: nobody vetoes one", case=case.id)
    if made.filed is not None:
        raise Conflict("the report is filed; NCMEC cannot give it back", case=case.id)
    if made.undone is not None:
        raise Conflict("this decision is undone already", decision=decision)
    _check_reason(reason)
    ads = tuple(replace(a, decision=None) if a.decision == decision else a for a in case.ads)
    decisions = tuple(replace(d, undone=now) if d.id == decision else d for d in case.decisions)
    event = DecisionUndone(
        **header(case, hand, now), case=case.id, decision=decision, reason=reason
    )
    return Step(case=replace(case, ads=ads, decisions=decisions), events=(event,))


def note_filed(case: Case, ads: Sequence[AdId], now: Millis) -> tuple[Case, tuple[Decision, ...]]:
    """A report naming these ads is finished: the case, and the decisions that are filed by it."""
    standing = (case.decision_of(ad) for ad in ads)
    filed = {
        d.id: replace(d, filed=now)
        for d in standing
        if d is not None and d.kind is DecisionKind.REPORT and d.filed is None
    }
    decisions = tuple(filed.get(d.id, d) for d in case.decisions)
    return replace(case, decisions=decisions), tuple(filed.values())


def view(case: Case, sha256: str, *, full: bool, hand: Hand, now: Millis) -> EvidenceViewed:
    """This person saw exactly these bytes; `full` only where they saw all of them."""
    return EvidenceViewed(**header(case, hand, now), case=case.id, sha256=sha256, full=full)


def _proposal(case: Case, decision: DecisionId) -> Proposal:
    proposal = case.proposal
    if proposal is None:
        raise Conflict("no proposal waits for a second person", case=case.id)
    if proposal.decision != decision:
        raise Conflict("another proposal waits now: look again", case=case.id)
    return proposal


def _drop_proposal(case: Case, reason: str, hand: Hand, now: Millis) -> tuple[Case, Event]:
    insist(case.proposal is not None, "there is a proposal to drop")
    decision = case.proposal.decision if case.proposal is not None else ""
    event = DecisionContradicted(
        **header(case, hand, now), case=case.id, decision=decision, reason=reason
    )
    return replace(case, proposal=None), event


def _check_choice(case: Case, choice: Choice) -> None:
    """Complete and possible? What it says may still need a second person."""
    ads = (*choice.ads, *(linked.ad for linked in choice.linked))
    if len(set(ads)) != len(ads):
        raise Refusal("an ad stands twice in this decision")
    if len(ads) > ADS_MAX:
        raise Refusal("a decision covers at most so many ads", ads_max=ADS_MAX)
    if strange := [ad for ad in choice.ads if ad not in case.ad_ids]:
        raise Refusal("a decision covers ads of the case; tick others as linked", ads=strange)
    if gone := [ad for ad in choice.ads if ad in case.moved]:
        raise Conflict("this ad waits in the case that this one was merged into", ads=gone)
    if not choice.ads and case.undecided:
        raise Refusal("say which ads this decision covers")
    if any(not linked.reason.strip() for linked in choice.linked):
        raise Refusal("each linked ad has a reason")
    if choice.kind is DecisionKind.REPORT:
        _check_report(case, choice, ads)
        return
    _check_reason(choice.reason)
    if choice.urgent or choice.victim is not None or choice.no_basis_confirmed:
        raise Refusal("urgency, victim and a missing basis belong to a report")
    if choice.kind is DecisionKind.NO_ACTION and choice.linked:
        raise Refusal("no_action covers ads of the case only")
    if not ads and choice.kind is not DecisionKind.NO_ACTION:
        raise Refusal(f"{choice.kind.value} names at least one ad: tick it as linked")
    if not ads and (case.ads or case.decisions or not case.waits):
        raise Conflict("this case is decided, or merged into another", case=case.id)
    if done := [ad for ad in choice.ads if case.decision_of(ad) is not None]:
        raise Conflict("decided already; only a report still can be", ads=done)


def _check_report(case: Case, choice: Choice, ads: Sequence[AdId]) -> None:
    """A report names its ads and its basis. Nothing else is asked of it, of anybody."""
    if not ads:
        raise Refusal("a report names at least one ad: tick it as linked")
    if not choice.basis and not choice.no_basis_confirmed:
        raise Refusal("name a fact that suggests a minor, or confirm that you have none")
    if choice.basis and choice.no_basis_confirmed:
        raise Refusal("you name a fact and say that you have none: which is it?")
    for fact in choice.basis:
        if fact.kind is BasisKind.OTHER and not (fact.words or "").strip():
            raise Refusal("a basis of kind other is said in words")
        if len(fact.words or "") > REASON_CHARS_MAX:
            raise Refusal("a basis is said shortly", chars_max=REASON_CHARS_MAX)
    if choice.urgent and not (choice.urgent_reason or "").strip():
        raise Refusal("urgent needs its concrete reason")
    if not choice.urgent and choice.urgent_reason is not None:
        raise Refusal("a reason for urgency goes with urgent")
    if max(len(choice.reason), len(choice.urgent_reason or "")) > REASON_CHARS_MAX:
        raise Refusal("the reason is too long", chars_max=REASON_CHARS_MAX)
    for ad in choice.ads:
        made = case.decision_of(ad)
        if made is not None and made.kind is DecisionKind.REPORT:
            raise Conflict("decided to report already", ad=ad, decision=made.id)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("say why, in a line")
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("the reason is too long", chars_max=REASON_CHARS_MAX)


def _with_decision(case: Case, made: Decision) -> Case:
    ads = tuple(replace(a, decision=made.id) if a.ad in made.ads else a for a in case.ads)
    after = replace(case, ads=ads, decisions=(*case.decisions, made), claim=None)
    return after if after.waits else replace(after, assigned=None, lapsed=None)


def _decided(
    case: Case,
    made: Decision,
    choice: Choice,
    hand: Hand,
    now: Millis,
    refs: tuple[str, ...] = (),
) -> CaseDecided:
    return CaseDecided(
        **header(case, hand, now),
        refs=refs,
        case=case.id,
        decision=made.id,
        kind=made.kind.value,
        ads=list(made.ads),
        reviewer=made.reviewer,
        second=made.second,
        reason=choice.reason,
        basis=[{"kind": fact.kind.value, "words": fact.words} for fact in choice.basis],
        basis_kinds=[fact.kind.value for fact in choice.basis],
        no_basis_confirmed=choice.no_basis_confirmed,
        urgent=choice.urgent,
        urgent_reason=choice.urgent_reason,
        linked=[{"ad": linked.ad, "reason": linked.reason} for linked in choice.linked],
        victim=None if choice.victim is None else dict(choice.victim),
    )


def takes_down(kind: DecisionKind) -> bool:
    """Does the ad stay down, or come down, by this decision? (ads.directives obeys so.)"""
    match kind:
        case DecisionKind.REPORT | DecisionKind.REMOVE | DecisionKind.RESTRICT:
            return True
        case DecisionKind.WARN | DecisionKind.NO_ACTION:
            return False
        case unknown:
            assert_never(unknown)


def alert_urgency(alerter: Mapping[str, Any] | None, reasons: Sequence[str]) -> int:
    """Where an alert stands in the queue: 60, more for who says it and for what they say.

    A role only ever raises: an alert from nobody in particular is an alert.
    """
    role = "" if alerter is None else str(alerter.get("role") or "")
    raised = URGENCY_ALERT + (15 if role in CLOSE_ROLES else 0)
    raised += 20 if GRAVE_REASONS.intersection(reasons) else 0
    return min(URGENCY_MAX, raised)
