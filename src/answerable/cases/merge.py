"""Two cases that are one incident become one, purely: what moves, what stays, what is refused.

What waits moves: undecided ads, open alerts, the clocks that run for them. What is decided stays
where it was decided. No clock is stopped, started or reset, so a merge can make nothing vanish.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from answerable.cases.decide import header
from answerable.cases.model import (
    ADS_MAX,
    REASON_CHARS_MAX,
    URGENCY_MAX,
    URGENCY_MORE,
    Case,
    CaseStatus,
    Choice,
    Clock,
    DecisionKind,
    Hand,
    LinkedAd,
)
from answerable.events.cases import CaseMerged
from answerable.kernel.errors import Conflict, Refusal
from answerable.kernel.ids import AdId, CaseId
from answerable.kernel.time import Millis

OF_THE_INCIDENT = "of a case that was merged into this one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Both cases afterwards, the clocks that run on in `into`, and what each chain says."""

    into: Case
    emptied: Case
    clocks: tuple[Clock, ...]
    events: tuple[CaseMerged, CaseMerged]


def merge(
    into: Case, emptied: Case, clocks: Sequence[Clock], reason: str, hand: Hand, now: Millis
) -> Merge:
    """`emptied` comes into `into`. `clocks`: every clock of `emptied`. Raises Conflict, Refusal."""
    _check(into, emptied, reason)
    ads = emptied.undecided
    alerts = tuple(a for a in emptied.alerts if a.answered is None)
    carried = tuple(c for c in clocks if moves(c, ads))
    raised = max(into.urgency, emptied.urgency) + URGENCY_MORE * len(alerts)
    coming = tuple(a for a in emptied.ads if a.ad in ads and a.ad not in into.ad_ids)
    after = replace(
        into,
        ads=(
            *(replace(a, moved=None) if a.ad in ads else a for a in into.ads),
            *coming,
        ),
        alerts=tuple(sorted((*into.alerts, *alerts), key=lambda a: (a.received, a.alert))),
        urgency=min(URGENCY_MAX, raised),
        by_alert=into.by_alert or emptied.by_alert,
        strong=into.strong or emptied.strong,
        verified=into.verified or emptied.verified,
        lapsed=into.lapsed if into.lapsed is not None else emptied.lapsed,
        proposal=None,
    )
    left = replace(
        emptied,
        ads=tuple(replace(a, moved=into.id) if a.ad in ads else a for a in emptied.ads),
        alerts=tuple(a for a in emptied.alerts if a.answered is not None),
        proposal=None,
        claim=None,
        assigned=None,
        lapsed=None,
        merged_into=into.id,
    )

    def said(case: Case, side: str) -> CaseMerged:
        return CaseMerged(
            **header(case, hand, now),
            case=into.id,
            merged=emptied.id,
            side=side,
            ads=list(ads),
            alerts=[a.alert for a in alerts],
            clocks=[c.id for c in carried],
            urgency=after.urgency,
            reason=reason,
        )

    moved = tuple(replace(clock, case=into.id) for clock in carried)
    return Merge(
        into=after, emptied=left, clocks=moved, events=(said(emptied, "from"), said(into, "into"))
    )


def moves(clock: Clock, ads: Sequence[AdId]) -> bool:
    """Does this clock run for what moves? Those of a decision's filing stay with the decision."""
    return clock.running and clock.decision is None and (clock.ad is None or clock.ad in ads)


def _check(into: Case, emptied: Case, reason: str) -> None:
    if into.id == emptied.id:
        raise Refusal("a case is not merged into itself")
    for case in (into, emptied):
        if not case.waits:
            raise Conflict("only what waits for a decision is merged", case=case.id)
    if not reason.strip():
        raise Refusal("say why these are one incident, in a line")
    if len(reason) > REASON_CHARS_MAX:
        raise Refusal("the reason is too long", chars_max=REASON_CHARS_MAX)
    for ad in emptied.undecided:
        if ad in into.ad_ids and ad not in into.undecided and ad not in into.moved:
            words = "an ad of that case is decided here already: merge this one into that"
            raise Conflict(words, ad=ad)
    if len(into.ads) + len(emptied.undecided) > ADS_MAX:
        raise Refusal("together they have too many ads", ads_max=ADS_MAX)


def leads_on(case: Case, choice: Choice) -> CaseId | None:
    """The case that took over what this report is about; None where it is made here.

    Raises Conflict where two did: each of them can be reported in.
    """
    if choice.kind is not DecisionKind.REPORT:
        return None
    took = {case.moved[ad] for ad in choice.ads if ad in case.moved}
    if len(took) > 1:
        raise Conflict("these ads wait in different cases now: report in each", cases=sorted(took))
    if took:
        return took.pop()
    return case.merged_into if case.status is CaseStatus.MERGED else None


def led_on(case: Case, into: Case, choice: Choice) -> Choice:
    """The same report, made in `into`: what is not of `into` comes to it as linked."""
    for ad in choice.ads:
        made = case.decision_of(ad)
        if made is not None and made.kind is DecisionKind.REPORT:
            raise Conflict("decided to report already", ad=ad, decision=made.id)
    here = tuple(ad for ad in choice.ads if ad in into.ad_ids)
    more = tuple(LinkedAd(ad=ad, reason=OF_THE_INCIDENT) for ad in choice.ads if ad not in here)
    linked = tuple(one for one in choice.linked if one.ad not in into.ad_ids)
    known = tuple(one.ad for one in choice.linked if one.ad in into.ad_ids)
    return replace(choice, ads=(*here, *known), linked=(*more, *linked))
