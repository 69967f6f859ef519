"""The case page's contents: the incident with its ads, alerts, clocks, decisions and reports.

`ReadCase` asks the permission and reads the case; the rest is read in one transaction beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from answerable.access.consent import CONSENT_LENGTH
from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.adview import AdView, view_ad
from answerable.apps.console.kin import KinView, kin_views
from answerable.apps.console.telling import KINDS, Line, People, history, own_words
from answerable.apps.console.visit import Desk, Visit
from answerable.cases.complaints import Complaint
from answerable.cases.extending import WAITING_MAX, prefix, until_of
from answerable.cases.model import (
    Case,
    CaseAlert,
    CaseStatus,
    CaseWatch,
    Clock,
    Decision,
    DecisionKind,
    Proposal,
)
from answerable.cases.policy import Policy, SecondOrg
from answerable.cases.queue import Aside, Colleague, Presence
from answerable.cases.service import CaseView
from answerable.events.alerts import AlertAnswered, AlertReceived
from answerable.events.cases import CaseDecided, DecisionProposed, EvidenceViewed
from answerable.events.complaints import ComplaintReceived
from answerable.events.duties.clocks import EVERYWHERE, JURISDICTIONS, Kind, Start, Stop
from answerable.events.event import Event, Recorded
from answerable.events.reports import OutcomeHeard
from answerable.kernel.ids import ActorId, AdId, CaseId, Site
from answerable.kernel.time import Millis
from answerable.networks.model import Link
from answerable.reports.model import Duty as Report
from answerable.watches.model import Watch, WatchId

ADS_SHOWN_MAX = 20
"""Ads of an incident that are opened on its page; the others are listed with a way to theirs."""
STAFF_MAX = 500
CASES_LOOKED_AT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Somebody asks for a later end, and waits for a second person."""

    until: Millis
    by: str
    reason: str
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock, the ad it is about, and how long it has: negative once it ran out."""

    clock: Clock
    ad: str | None
    left: int
    why: str
    by_hand: bool
    may_extend: bool
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert of the case with its words, how it was answered, and the watch that it asks for."""

    alert: CaseAlert
    event: AlertReceived | None
    ad: str | None
    answer: AlertAnswered | None
    watch: Watch | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintView:
    """A complaint with its words (None: erased), the case in which was decided what it is about,
    and whether this reader decided there."""

    complaint: Complaint
    ad: str | None
    text: str | None
    decided_in: CaseId | None
    deciders: tuple[str, ...]
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchBrought:
    """A watch that matched an ad of the case: which, asked by whom; never its terms."""

    brought: CaseWatch
    ad: str
    watch: Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A decision with what its event says; `mine_to_undo`: this reader may still take it back."""

    decision: Decision
    event: CaseDecided | None
    reviewer: str
    second: str | None
    answering: tuple[str, ...]
    mine_to_undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal that waits, its reason, and whether this reader made it."""

    proposal: Proposal
    by: str
    reason: str | None
    mine: bool
    wrong_org: bool  # the site's policy asks for a second of another organisation than the first


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAd:
    """An ad outside the case that shares something with one inside: a tick box of the report."""

    other: AdId
    external_id: str
    links: tuple[tuple[str, Link], ...]  # (external id of ours, the link)
    strong: bool
    in_case: bool = False  # it waits in a case of its own, which could be merged into this one

    @property
    def reason(self) -> str:
        """In kinds alone: the event keeps this where contacts must not stand."""
        kinds = dict.fromkeys(link.reason.value for _, link in self.links)
        return f"same {', '.join(kinds)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Who looked at which bytes of this case: `mine` by this reader, `whole` by anybody."""

    mine: frozenset[str]
    mine_whole: frozenset[str]
    whole: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Whose turn it is: handed to whom, open where else, and what this reader set aside."""

    handed_to: str | None
    handed_to_me: bool
    handed_by: str | None
    open_now: tuple[tuple[str, Millis], ...]  # others who have it open, and since when
    aside: Aside | None
    colleagues: tuple[Colleague, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Everything on the page of a case."""

    case: Case
    ads: tuple[AdView, ...]
    not_shown: tuple[tuple[AdId, str], ...]
    clocks: tuple[ClockView, ...]
    alerts: tuple[AlertView, ...]
    complaints: tuple[ComplaintView, ...]
    watches: tuple[WatchBrought, ...]
    decisions: tuple[DecisionView, ...]
    proposal: ProposalView | None
    linked: tuple[LinkedAd, ...]
    kin: tuple[KinView, ...]
    reports: tuple[Report, ...]
    outcomes: Mapping[str, tuple[Line, ...]]  # what came of a report, for people alone
    history: tuple[Line, ...]
    views: Views
    names: Mapping[AdId, str]
    claimed_by: str | None
    claimed_by_me: bool
    serving: Serving

    @property
    def decided(self) -> bool:
        return self.case.status is CaseStatus.DECIDED

    @property
    def can_report(self) -> bool:
        """Is there an ad, in the case or linked to it, that nobody has decided to report?"""
        made = (self.case.decision_of(ad) for ad in self.case.ad_ids)
        return bool(self.linked) or any(
            one is None or one.kind is not DecisionKind.REPORT for one in made
        )

    @property
    def undecided(self) -> tuple[AdId, ...]:
        return self.case.undecided


def people_of(work: SqlWork, site: Site) -> People:
    """Everybody's name on this site."""
    return People({one.actor_id: one.name for one in work.access.everyone(site, STAFF_MAX)})


def gather(desk: Desk, visit: Visit, name: CaseId) -> Incident:
    """Raises Forbidden or NotFound."""
    house, site, me = desk.house, desk.site, visit.actor
    view = house.read_case(site, me, name)
    present = house.read_serving.present(site, me, (name,))
    aside = house.read_serving.aside(site, me, name)
    decides = me.may(Permission.CASE_DECIDE) and view.case.waits
    colleagues = house.read_serving.colleagues(site, me) if decides else ()
    return house.store.read(
        lambda work: _gather(work, site, visit, view, (present, aside, colleagues))
    )


def _gather(
    work: SqlWork,
    site: Site,
    visit: Visit,
    view: CaseView,
    served: tuple[tuple[Presence, ...], Aside | None, tuple[Colleague, ...]],
) -> Incident:
    case, now = view.case, visit.now
    people = people_of(work, site)
    names = {ref.ad: ref.external_id for ref in view.ads}
    ads = tuple(view_ad(work, site, ref.ad) for ref in view.ads[:ADS_SHOWN_MAX])
    claim = case.claim if case.claim is not None and case.claim.until > now else None
    return Incident(
        case=case,
        ads=ads,
        not_shown=tuple((ref.ad, ref.external_id) for ref in view.ads[ADS_SHOWN_MAX:]),
        clocks=_clocks(work, view, names, visit, people),
        alerts=tuple(_alert(work, site, alert, names) for alert in case.alerts),
        complaints=tuple(
            _complaint(work, one, names, people, visit)
            for one in work.cases.complaints_of(site, case.id)
        ),
        watches=tuple(
            WatchBrought(
                brought=one,
                ad=names.get(one.ad, one.ad),
                watch=work.watches.get(site, WatchId(one.watch)),
            )
            for one in work.cases.watches_of(site, case.id)
        ),
        decisions=_decisions(view, people, visit),
        proposal=_proposal(view, people, visit, work.cases.second_policy(site)),
        linked=_linked(work, site, ads, case),
        kin=kin_views(work, site, ads, visit),
        reports=(reports := tuple(work.reports.of_case(site, case.id))),
        outcomes={one.id: _outcomes(work, one, people) for one in reports},
        history=history(view.history, people),
        views=_views(view.history, people, visit.actor.id),
        names=names,
        claimed_by=None if claim is None else people.name(claim.by),
        claimed_by_me=claim is not None and claim.by == visit.actor.id,
        serving=_serving(case, people, visit, *served),
    )


def _outcomes(work: SqlWork, report: Report, people: People) -> tuple[Line, ...]:
    chain = work.chain_of(report.site, report.subject)
    return history((r for r in chain if isinstance(r.event, OutcomeHeard)), people)


def _serving(
    case: Case,
    people: People,
    visit: Visit,
    present: tuple[Presence, ...],
    aside: Aside | None,
    colleagues: tuple[Colleague, ...],
) -> Serving:
    handed, me = case.assigned, visit.actor.id
    return Serving(
        handed_to=None if handed is None else people.name(handed.to),
        handed_to_me=handed is not None and handed.to == me,
        handed_by=None if handed is None else people.name(handed.by),
        open_now=tuple((people.name(one.by), one.since) for one in present if one.by != me),
        aside=aside,
        colleagues=colleagues,
    )


def _clocks(
    work: SqlWork, view: CaseView, names: Mapping[AdId, str], visit: Visit, people: People
) -> tuple[ClockView, ...]:
    """Running ones first, the next to end first; then those that were stopped."""
    ordered = sorted(view.clocks, key=lambda c: (not c.running, c.ends, c.id))
    return tuple(
        ClockView(
            clock=clock,
            ad=None if clock.ad is None else names.get(clock.ad, clock.ad),
            left=clock.ends - visit.now,
            why=why_it_runs(clock, view.case),
            by_hand=clock.running and Stop.DONE in clock.duty.stops,
            may_extend=_may_extend(clock, visit.now),
            asked=_asked(work, clock, visit, people),
        )
        for clock in ordered
    )


def _may_extend(clock: Clock, now: Millis) -> bool:
    return clock.duty.extends and clock.running and not clock.extended and now <= clock.ends


def _asked(work: SqlWork, clock: Clock, visit: Visit, people: People) -> tuple[Asked, ...]:
    if not _may_extend(clock, visit.now):
        return ()
    since = Millis(visit.now - CONSENT_LENGTH)
    found = work.consents.waiting(clock.site, prefix(clock.id), since, WAITING_MAX)
    return tuple(
        Asked(
            until=until_of(one),
            by=people.name(one.by),
            reason=one.reason,
            mine=one.by == visit.actor.id,
        )
        for one in found
    )


def why_it_runs(clock: Clock, case: Case) -> str:
    """What started it, and whose word it is."""
    duty = clock.duty
    because = {
        Start.ALERT: "an alert came in",
        Start.CASE: "the ad was hidden or held back",
        Start.COMPLAINT: "somebody complained",
    }.get(duty.starts)
    if because is None:
        made = None if clock.decision is None else case.decision(clock.decision)
        because = "it was decided" if made is None else f"it was decided: {KINDS[made.kind]}"
    where = (
        "holds everywhere"
        if EVERYWHERE in duty.jurisdictions
        else f"the site serves {', '.join(JURISDICTIONS[code] for code in duty.jurisdictions)}"
    )
    whose = "a statute" if duty.kind is Kind.STATUTE else "our promise"
    number = "the law's number" if duty.set_by_law else "our number"
    return f"{because[0].upper()}{because[1:]}; {whose}, {number}; {where}."


def _alert(work: SqlWork, site: Site, alert: CaseAlert, names: Mapping[AdId, str]) -> AlertView:
    chain = [recorded.event for recorded in work.chain_of(site, alert.subject)]
    return AlertView(
        alert=alert,
        event=next((e for e in chain if isinstance(e, AlertReceived)), None),
        ad=None if alert.ad is None else names.get(alert.ad, alert.ad),
        answer=next((e for e in chain if isinstance(e, AlertAnswered)), None),
        watch=work.watches.of_alert(site, alert.alert),
    )


def _complaint(
    work: SqlWork, one: Complaint, names: Mapping[AdId, str], people: People, visit: Visit
) -> ComplaintView:
    said = (r.event for r in work.chain_of(one.site, one.subject))
    cases = () if one.ad is None else work.cases.cases_of(one.site, one.ad, CASES_LOOKED_AT)
    before = (c.id for c in cases if one.decision is not None and c.decision(one.decision))
    of_alert = None if one.alert is None else work.cases.case_of_alert(one.site, one.alert)
    return ComplaintView(
        complaint=one,
        ad=None if one.ad is None else names.get(one.ad, one.ad),
        text=next(
            (e.text for e in said if isinstance(e, ComplaintReceived) and e.complaint == one.id),
            None,
        ),
        decided_in=next(before, of_alert),
        deciders=tuple(people.name(who) for who in one.deciders),
        mine=visit.actor.id in one.deciders,
    )


def _decisions(view: CaseView, people: People, visit: Visit) -> tuple[DecisionView, ...]:
    """The newest first."""
    told = {r.event.decision: r.event for r in view.history if isinstance(r.event, CaseDecided)}
    return tuple(
        DecisionView(
            decision=made,
            event=told.get(made.id),
            reviewer=people.name(made.reviewer),
            second=None if made.second is None else people.name(made.second),
            answering=tuple(people.name(who) for who in made.answering),
            mine_to_undo=(
                made.kind == "report"
                and visit.actor.id in (made.reviewer, *made.answering)
                and made.undone is None
                and made.filed is None
                and visit.may(Permission.CASE_DECIDE)
            ),
        )
        for made in reversed(view.case.decisions)
    )


def _proposal(view: CaseView, people: People, visit: Visit, policy: Policy) -> ProposalView | None:
    waits = view.case.proposal
    if waits is None:
        return None
    events: list[Event] = [
        r.event
        for r in view.history
        if isinstance(r.event, DecisionProposed) and r.event.decision == waits.decision
    ]
    return ProposalView(
        proposal=waits,
        by=people.name(waits.by),
        reason=own_words(events[-1]) if events else None,
        mine=waits.by == visit.actor.id,
        wrong_org=policy.second is SecondOrg.OTHER and waits.org == visit.actor.organisation,
    )


def waiting_case(work: SqlWork, site: Site, ad: AdId) -> CaseId | None:
    """The case in which this ad waits for a decision, if it is among the newest it is in."""
    found = (c for c in work.cases.cases_of(site, ad, CASES_LOOKED_AT) if ad in c.undecided)
    return next((case.id for case in found), None)


def _linked(work: SqlWork, site: Site, ads: tuple[AdView, ...], case: Case) -> tuple[LinkedAd, ...]:
    """Ads outside the case, each once with all its reasons; strong ones first."""
    inside, found = set(case.ad_ids), dict[AdId, list[tuple[str, Link]]]()
    for view in ads:
        for link in view.links:
            if link.other not in inside:
                found.setdefault(link.other, []).append((view.ad.external_id, link))
    linked = [
        LinkedAd(
            other=other,
            external_id=links[0][1].other_external_id,
            links=tuple(links),
            strong=any(link.strong for _, link in links),
            in_case=case.waits and waiting_case(work, site, other) is not None,
        )
        for other, links in found.items()
    ]
    return tuple(sorted(linked, key=lambda one: (not one.strong, one.external_id)))


def _views(chain: tuple[Recorded, ...], people: People, me: ActorId) -> Views:
    mine, mine_whole, whole = set[str](), set[str](), dict[str, dict[str, None]]()
    for event in (recorded.event for recorded in chain):
        if not isinstance(event, EvidenceViewed):
            continue
        if event.actor == me:
            mine.add(event.sha256)
        if event.full:
            whole.setdefault(event.sha256, {})[people.name(event.actor)] = None
            if event.actor == me:
                mine_whole.add(event.sha256)
    return Views(
        mine=frozenset(mine),
        mine_whole=frozenset(mine_whole),
        whole={digest: tuple(names) for digest, names in whole.items()},
    )
