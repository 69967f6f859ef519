"""The closed catalogue of event types, and the way back from stored bytes to a typed event.

A published (type, v) never changes: tests/golden/events holds its bytes. A later version gets an
upcast here, and old ones are read for ever.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from answerable.events import (
    ads,
    alerts,
    cases,
    clocks,
    complaints,
    directives,
    disposal,
    evidence,
    hiding,
    house,
    networks,
    policies,
    preservation,
    process,
    reports,
    screening,
    sources,
    watches,
)
from answerable.events.event import Due, DutyKey, Event
from answerable.kernel.errors import Breach
from answerable.kernel.ids import ActorId, Site, SubjectId
from answerable.kernel.time import Millis

EVERY_EVENT: tuple[type[Event], ...] = (
    ads.AdReceived,
    ads.AdRevised,
    ads.AdPlaced,
    ads.AdRenewed,
    ads.AdMoved,
    ads.AdExpired,
    ads.AdWithdrawn,
    ads.AdRemoved,
    screening.ScreeningOwed,
    screening.ScreenJudged,
    screening.CouldNotScreen,
    screening.PackActivated,
    networks.ResubmissionFound,
    directives.DirectiveIssued,
    directives.DirectiveAcknowledged,
    directives.DirectiveObserved,
    directives.DirectiveOverdue,
    alerts.AlertReceived,
    alerts.AlertAttached,
    alerts.AlertAnswered,
    sources.AlertVerified,
    hiding.AlertPutOff,
    hiding.HideResumed,
    hiding.FloodStarted,
    hiding.FloodEnded,
    hiding.HidingCredited,
    hiding.HideExceptionGranted,
    hiding.HideExceptionEnded,
    sources.SourceRegistered,
    sources.SourceRevoked,
    sources.AlerterWarned,
    sources.AlerterLimited,
    sources.AlerterUnlimited,
    cases.CaseOpened,
    cases.CaseJoined,
    cases.CaseHandedOver,
    cases.CaseMerged,
    cases.ClockStarted,
    cases.ClockStopped,
    clocks.DutyDone,
    clocks.ClockExtended,
    clocks.ClockEscalated,
    clocks.ClockAcknowledged,
    clocks.BellRung,
    clocks.ShiftAdded,
    clocks.ShiftRemoved,
    cases.EvidenceViewed,
    cases.DecisionProposed,
    cases.DecisionContradicted,
    cases.ProposalLapsed,
    cases.CaseDecided,
    cases.DecisionUndone,
    cases.EmergencyCalled,
    complaints.ComplaintReceived,
    complaints.ComplaintAnswered,
    reports.ReportOwed,
    reports.ReportIntended,
    reports.ReportOpened,
    reports.ReportFileSent,
    reports.ReportAbandoned,
    reports.ReportFinished,
    reports.ReportNeedsPerson,
    reports.ReportResumed,
    reports.ReportWithdrawn,
    reports.FactsAsked,
    reports.FactsTold,
    reports.ReportFollowedUp,
    reports.ReportByHand,
    reports.ReportReconciled,
    reports.OutcomeHeard,
    reports.ReportHandedOver,
    watches.WatchAsked,
    watches.WatchStarted,
    watches.WatchRefused,
    watches.WatchRenewed,
    watches.WatchEnded,
    watches.WatchSearched,
    watches.WatchMatched,
    preservation.HoldPlaced,
    preservation.HoldDated,
    preservation.HoldReleased,
    preservation.ErasurePerformed,
    process.ProcessReceived,
    process.ProcessScoped,
    process.ProcessRenewed,
    process.ProcessAnswered,
    process.ProcessClosed,
    disposal.DisposalProposed,
    disposal.DisposalSigned,
    disposal.DisposalPerformed,
    disposal.DisposalRefused,
    evidence.EvidenceRead,
    house.SiteCreated,
    house.SiteServes,
    house.AccessGranted,
    house.AccessRevoked,
    house.SectionClosed,
    house.SectionOpened,
    house.SectionPlanned,
    house.SectionReopenProposed,
    house.OwnershipPublished,
    policies.SecondPolicySet,
)

BY_TYPE: Mapping[tuple[str, int], type[Event]] = {(e.TYPE, e.V): e for e in EVERY_EVENT}


def groups_of(kind: type[Event]) -> frozenset[str]:
    """The names of the groups that events of this kind have."""
    return frozenset(
        spec.metadata["group"] for spec in fields(kind) if spec.metadata.get("group") is not None
    )


def rebuild(envelope: Mapping[str, Any], bodies: Mapping[str, Mapping[str, Any] | None]) -> Event:
    """The typed event of a parsed envelope and its opened groups.

    Fields of an erased group come back as None. Raises Breach for a (type, v) nobody declared.
    """
    kind = BY_TYPE.get((envelope["type"], envelope["v"]))
    if kind is None:
        raise Breach(f"no event is called {envelope['type']} v{envelope['v']}")
    values: dict[str, Any] = {}
    for spec in fields(kind):
        group = spec.metadata.get("group")
        if group is not None:
            body = bodies.get(group)
            values[spec.name] = None if body is None else body.get(spec.name)
    return kind(
        site=Site(envelope["site"]),
        subject=SubjectId(envelope["subj"]),
        happened=Millis(envelope["happened"]),
        known=Millis(envelope["known"]),
        actor=ActorId(envelope["actor"]),
        org=envelope["org"],
        refs=tuple(envelope.get("refs", ())),
        due=tuple(Due(duty=DutyKey(d["duty"]), at=d["at"]) for d in envelope.get("due", ())),
        closes=tuple(DutyKey(c) for c in envelope.get("closes", ())),
        **values,
    )
