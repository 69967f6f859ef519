"""The whole story on one screen: when this becomes true, these services run.

`with_`: in the same transaction as the event, in this order. `then`: from the outbox, afterwards,
at least once. Chapters never call one another; this table is the only place where they meet.
A test keeps it complete: every event of the catalogue has its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
from answerable.events.event import Event


@dataclass(frozen=True, slots=True)
class Hears:
    """Who hears an event, by name (`chapter.Service`); wiring.py says which object that is."""

    with_: tuple[str, ...] = ()
    then: tuple[str, ...] = ()


NOBODY = Hears()
SUBMITTED = Hears(with_=("screening.OweScreening", "watches.IndexAd"))
WRITTEN = Hears(with_=(*SUBMITTED.with_, "preservation.HoldForProcess"))
GONE = Hears(with_=("ads.LetUp",))
JUDGED = Hears(with_=("ads.ObeyVerdict", "networks.NoteResubmission", "cases.OpenForFinding"))
# its contacts are known now
READ = Hears(with_=(*JUDGED.with_, "watches.MatchAd", "preservation.HoldForProcess"))

STORY: Mapping[type[Event], Hears] = {
    # received: committed before anything looks at it; the duty to screen with it
    ads.AdReceived: WRITTEN,
    ads.AdRevised: WRITTEN,
    ads.AdPlaced: SUBMITTED,
    ads.AdRenewed: SUBMITTED,
    ads.AdMoved: SUBMITTED,
    ads.AdExpired: GONE,
    ads.AdWithdrawn: GONE,
    ads.AdRemoved: GONE,
    # screened: every outcome is an event, and the site is told
    screening.ScreeningOwed: Hears(then=("screening.ScreenRevision",)),
    screening.ScreenJudged: READ,
    screening.CouldNotScreen: JUDGED,
    screening.PackActivated: NOBODY,
    # recognised: what was refused or removed comes back, and is reviewed with what it comes from
    networks.ResubmissionFound: Hears(with_=("cases.ReviewWithAncestor",)),
    # carried out: told, acknowledged, seen
    directives.DirectiveIssued: Hears(with_=("cases.StopClocks",), then=("ads.PushDirective",)),
    directives.DirectiveAcknowledged: Hears(with_=("cases.StopClocks",), then=("ads.Observe",)),
    directives.DirectiveObserved: Hears(with_=("cases.StopClocks",)),
    directives.DirectiveOverdue: NOBODY,
    # heard: an acknowledged alert has hidden the ad, opened its case and begun its hold
    alerts.AlertReceived: Hears(
        with_=("alerts.WeighAlert", "ads.HideFirst", "cases.OpenOrJoinForAlert"),
        then=("watches.AskForAlert",),
    ),
    alerts.AlertAttached: Hears(with_=("alerts.NoteAttached", "preservation.HoldForAlert")),
    alerts.AlertAnswered: Hears(with_=("alerts.NoteAnswered",)),
    sources.AlertVerified: Hears(with_=("cases.HearSource",)),
    hiding.AlertPutOff: Hears(with_=("cases.LookSoon",)),
    hiding.HideResumed: Hears(with_=("ads.HideAgain", "cases.HideAgain")),
    hiding.FloodStarted: NOBODY,
    hiding.FloodEnded: NOBODY,
    hiding.HidingCredited: NOBODY,
    hiding.HideExceptionGranted: NOBODY,
    hiding.HideExceptionEnded: NOBODY,
    sources.SourceRegistered: NOBODY,
    sources.SourceRevoked: NOBODY,
    sources.AlerterWarned: NOBODY,
    sources.AlerterLimited: NOBODY,
    sources.AlerterUnlimited: NOBODY,
    # looked out for: before anybody names the ad; nobody outside is told of a match
    watches.WatchAsked: NOBODY,
    watches.WatchStarted: Hears(then=("watches.SearchArchive",)),
    watches.WatchRefused: NOBODY,
    watches.WatchRenewed: NOBODY,
    watches.WatchEnded: NOBODY,
    watches.WatchSearched: NOBODY,
    watches.WatchMatched: Hears(with_=("cases.OpenForWatch",)),
    # decided: by people; a decision to report is a duty in the same transaction
    cases.CaseOpened: NOBODY,
    cases.CaseJoined: NOBODY,
    cases.CaseHandedOver: NOBODY,
    cases.CaseMerged: Hears(with_=("alerts.FollowMerge", "preservation.FollowMerge")),
    cases.ClockStarted: Hears(with_=("escalation.SetBell",)),
    cases.ClockStopped: Hears(with_=("escalation.StillBell",)),
    clocks.DutyDone: NOBODY,
    clocks.ClockExtended: Hears(with_=("escalation.MoveBell",)),
    clocks.ClockEscalated: NOBODY,
    clocks.ClockAcknowledged: NOBODY,
    clocks.BellRung: Hears(then=("escalation.SendHook", "escalation.SendMail")),
    clocks.ShiftAdded: NOBODY,
    clocks.ShiftRemoved: NOBODY,
    cases.EvidenceViewed: NOBODY,
    cases.DecisionProposed: NOBODY,
    cases.DecisionContradicted: NOBODY,
    cases.ProposalLapsed: NOBODY,
    cases.CaseDecided: Hears(
        with_=(
            "cases.AnswerAlerts",
            "cases.AnswerComplaints",
            "cases.StopClocks",
            "ads.ObeyDecision",
            "preservation.HoldForDecision",
            "preservation.DateHolds",
            "reports.OweReport",
            "networks.NoteAncestor",
        )
    ),
    # complained of: looked at again, by somebody who had no part in it where it stays as it was
    complaints.ComplaintReceived: Hears(with_=("preservation.HoldForComplaint",)),
    complaints.ComplaintAnswered: NOBODY,
    cases.EmergencyCalled: NOBODY,
    cases.DecisionUndone: Hears(with_=("reports.WithdrawReport",)),
    # reported: exactly once, or visibly open
    reports.ReportOwed: Hears(then=("reports.AskSite", "reports.FileReport")),
    reports.ReportIntended: Hears(with_=("escalation.RingForReport",)),  # where people file it
    reports.ReportOpened: NOBODY,
    reports.ReportFileSent: NOBODY,
    reports.ReportAbandoned: NOBODY,
    reports.ReportFinished: Hears(
        with_=("cases.StopClocks", "preservation.DateHolds", "reports.FollowUp")
    ),
    reports.ReportNeedsPerson: Hears(with_=("escalation.RingForReport",)),
    reports.ReportResumed: Hears(then=("reports.FileReport",)),
    reports.ReportWithdrawn: Hears(then=("reports.DiscardDraft",)),
    # made worth reading: what only the site knows is asked for; what comes late is a follow-up
    reports.FactsAsked: Hears(then=("reports.PushQuestion",)),
    reports.FactsTold: Hears(with_=("reports.FollowUp",), then=("reports.FileReport",)),
    reports.ReportFollowedUp: Hears(with_=("cases.ClockFollowUp",)),
    # filed, confirmed, answered and handed on by people; nothing that decides hears an outcome
    reports.ReportByHand: NOBODY,
    reports.ReportReconciled: NOBODY,
    reports.OutcomeHeard: NOBODY,
    reports.ReportHandedOver: Hears(with_=("cases.StopClocks",)),
    # kept
    preservation.HoldPlaced: NOBODY,
    preservation.HoldDated: NOBODY,
    preservation.HoldReleased: NOBODY,
    preservation.ErasurePerformed: NOBODY,
    # asked for by law: kept in the same transaction, given out and let go by two
    process.ProcessReceived: NOBODY,
    process.ProcessScoped: NOBODY,
    process.ProcessRenewed: NOBODY,
    process.ProcessAnswered: NOBODY,
    process.ProcessClosed: NOBODY,
    # let go: listed by a schedule, signed by two, every hold asked again
    disposal.DisposalProposed: NOBODY,
    disposal.DisposalSigned: NOBODY,
    disposal.DisposalPerformed: NOBODY,
    disposal.DisposalRefused: NOBODY,
    evidence.EvidenceRead: NOBODY,
    # the house itself
    house.SiteCreated: NOBODY,
    house.SiteServes: NOBODY,
    house.AccessGranted: NOBODY,
    house.AccessRevoked: NOBODY,
    house.SectionPlanned: NOBODY,
    house.SectionClosed: Hears(then=("ads.ClearSection", "networks.NoteClosedSection")),
    house.SectionReopenProposed: NOBODY,
    house.SectionOpened: Hears(
        with_=("networks.ForgetClosedSection",), then=("ads.RefillSection",)
    ),
    house.OwnershipPublished: NOBODY,
    policies.SecondPolicySet: NOBODY,
}
