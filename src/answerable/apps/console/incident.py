"""The case page's contents: the incident with its ads, alerts, clocks, decisions and reports.

`ReadCase` asks the permission and reads the case; the rest is read in one transaction beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from answerable.access.model import Permission
from answerable.adapters.sql.work import SqlWork
from answerable.apps.console.adview import AdView, view_ad
from answerable.apps.console.kin import KinView, kin_views
from answerable.apps.console.telling import Line, People, history, own_words
from answerable.apps.console.visit import Desk, Visit
from answerable.cases.model import (
    Case,
    CaseAlert,
    CaseStatus,
    Clock,
    Decision,
    DecisionKind,
    Proposal,
)
from answerable.cases.service import CaseView
from answerable.events.alerts import AlertAnswered, AlertReceived
from answerable.events.cases import CaseDecided, DecisionProposed, EvidenceViewed
from answerable.events.event import Event, Recorded
from answerable.kernel.ids import ActorId, AdId, CaseId, Site
from answerable.kernel.time import Millis
from answerable.networks.model import Link
from answerable.reports.model import Duty as Report

ADS_SHOWN_MAX = 20
"""Ads of an incident that are opened on its page; the others are listed with a way to theirs."""
STAFF_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock, the ad it is about, and how long it has: negative once it ran out."""

    clock: Clock
    ad: str | None
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert of the case with its words, and how it was answered."""

    alert: CaseAlert
    event: AlertReceived | None
    ad: str | None
    answer: AlertAnswered | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """A decision with what its event says; `mine_to_undo`: this reader may still take it back."""

    decision: Decision
    event: CaseDecided | None
    reviewer: str
    second: str | None
    mine_to_undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal that waits, its reason, and whether this reader made it."""

    proposal: Proposal
    by: str
    reason: str | None
    mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAd:
    """An ad outside the case that shares something with one inside: a tick box of the report."""

    other: AdId
    external_id: str
    links: tuple[tuple[str, Link], ...]  # (external id of ours, the link)
    strong: bool

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
class Incident:
    """Everything on the page of a case."""

    case: Case
    ads: tuple[AdView, ...]
    not_shown: tuple[tuple[AdId, str], ...]
    clocks: tuple[ClockView, ...]
    alerts: tuple[AlertView, ...]
    decisions: tuple[DecisionView, ...]
    proposal: ProposalView | None
    linked: tuple[LinkedAd, ...]
    kin: tuple[KinView, ...]
    reports: tuple[Report, ...]
    history: tuple[Line, ...]
    views: Views
    names: Mapping[AdId, str]
    claimed_by: str | None
    claimed_by_me: bool

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
    view = desk.house.read_case(desk.site, visit.actor, name)
    return desk.house.store.read(lambda work: _gather(work, desk.site, visit, view))


def _gather(work: SqlWork, site: Site, visit: Visit, view: CaseView) -> Incident:
    case, now = view.case, visit.now
    people = people_of(work, site)
    names = {ref.ad: ref.external_id for ref in view.ads}
    ads = tuple(view_ad(work, site, ref.ad) for ref in view.ads[:ADS_SHOWN_MAX])
    claim = case.claim if case.claim is not None and case.claim.until > now else None
    return Incident(
        case=case,
        ads=ads,
        not_shown=tuple((ref.ad, ref.external_id) for ref in view.ads[ADS_SHOWN_MAX:]),
        clocks=_clocks(view, names, now),
        alerts=tuple(_alert(work, site, alert, names) for alert in case.alerts),
        decisions=_decisions(view, people, visit),
        proposal=_proposal(view, people, visit),
        linked=_linked(ads, case),
        kin=kin_views(work, site, ads, visit),
        reports=tuple(work.reports.of_case(site, case.id)),
        history=history(view.history, people),
        views=_views(view.history, people, visit.actor.id),
        names=names,
        claimed_by=None if claim is None else people.name(claim.by),
        claimed_by_me=claim is not None and claim.by == visit.actor.id,
    )


def _clocks(view: CaseView, names: Mapping[AdId, str], now: Millis) -> tuple[ClockView, ...]:
    """Running ones first, the next to end first; then those that were stopped."""
    ordered = sorted(view.clocks, key=lambda c: (not c.running, c.ends, c.id))
    return tuple(
        ClockView(
            clock=clock,
            ad=None if clock.ad is None else names.get(clock.ad, clock.ad),
            left=clock.ends - now,
        )
        for clock in ordered
    )


def _alert(work: SqlWork, site: Site, alert: CaseAlert, names: Mapping[AdId, str]) -> AlertView:
    chain = [recorded.event for recorded in work.chain_of(site, alert.subject)]
    return AlertView(
        alert=alert,
        event=next((e for e in chain if isinstance(e, AlertReceived)), None),
        ad=None if alert.ad is None else names.get(alert.ad, alert.ad),
        answer=next((e for e in chain if isinstance(e, AlertAnswered)), None),
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
            mine_to_undo=(
                made.kind == "report"
                and made.reviewer == visit.actor.id
                and made.undone is None
                and made.filed is None
                and visit.may(Permission.CASE_DECIDE)
            ),
        )
        for made in reversed(view.case.decisions)
    )


def _proposal(view: CaseView, people: People, visit: Visit) -> ProposalView | None:
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
    )


def _linked(ads: tuple[AdView, ...], case: Case) -> tuple[LinkedAd, ...]:
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
