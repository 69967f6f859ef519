"""A room for tests of cases, preservation and access: the real story on a real database.

Every `with` service of STORY that this room's chapters meet runs; `then` work is left undone, so
that a test says itself when a site obeys or a report is finished.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy import select
from tests.databases import SITE, HandTime

from answerable.access.decide import permissions_of
from answerable.access.model import PERMISSIONS, Actor, Role, Staff, StaffId
from answerable.adapters.clock import SystemIds
from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard
from answerable.ads import directives_service as directives
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.alerts import merged as alerts_merged
from answerable.alerts import weighing
from answerable.alerts.decide import read_alert
from answerable.alerts.service import NoteAnswered, NoteAttached, ReceiveAlert
from answerable.apps.story import STORY
from answerable.cases import complaining, hearing, looks, resubmitted, service
from answerable.cases.followed import ClockFollowUp
from answerable.cases.incidents import MergeCases
from answerable.cases.model import (
    Basis,
    BasisKind,
    Case,
    Choice,
    Clock,
    Decision,
    DecisionKind,
    LinkedAd,
)
from answerable.cases.policies import SetSecondPolicy
from answerable.cases.policy import AfterLapse, Policy, SecondOrg
from answerable.cases.watching import OpenForWatch
from answerable.escalation import service as escalation
from answerable.events.directives import DirectiveObserved
from answerable.events.event import Event, Opened, opened_from
from answerable.events.reports import ReportFinished
from answerable.events.screening import CouldNotScreen, PackActivated, ScreenJudged
from answerable.kernel.ids import ActorId, AdId, CaseId, DecisionId, SubjectId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import MINUTE, Millis
from answerable.networks import resubmissions
from answerable.preservation import merged as holds_merged
from answerable.preservation import service as preservation
from answerable.preservation.model import Hold
from answerable.preservation.process_service import HoldForProcess
from answerable.reports.service import OweReport, WithdrawReport

IDS = SystemIds()
BASIS = (Basis(kind=BasisKind.STATED_AGE),)
UNDO_MS = 30 * MINUTE

E = TypeVar("E", bound=Event)

SERVICES: dict[str, Any] = {
    "ads.HideAgain": directives.HideAgain(IDS),
    "ads.HideFirst": directives.HideFirst(IDS, hides_now=weighing.HidesNow()),  # type: ignore[arg-type]
    "ads.LetUp": directives.LetUp(),
    "ads.ObeyDecision": directives.ObeyDecision(IDS),
    "ads.ObeyVerdict": directives.ObeyVerdict(IDS),
    "alerts.FollowMerge": alerts_merged.FollowMerge(),
    "alerts.NoteAnswered": NoteAnswered(),
    "alerts.NoteAttached": NoteAttached(),
    "alerts.WeighAlert": weighing.WeighAlert(IDS, lambda: b"\x05" * 32),
    "cases.AnswerAlerts": hearing.AnswerAlerts(),
    "cases.AnswerComplaints": complaining.AnswerComplaints(),
    "cases.ClockFollowUp": ClockFollowUp(IDS),
    "cases.HearSource": looks.HearSource(IDS),
    "cases.HideAgain": looks.HideAgain(IDS),
    "cases.LookSoon": looks.LookSoon(IDS),
    "cases.OpenForFinding": hearing.OpenForFinding(IDS),
    "cases.OpenForWatch": OpenForWatch(IDS),
    "cases.OpenOrJoinForAlert": hearing.OpenOrJoinForAlert(IDS),
    "cases.ReviewWithAncestor": resubmitted.ReviewWithAncestor(IDS),
    "cases.StopClocks": hearing.StopClocks(),
    "escalation.MoveBell": escalation.MoveBell(),
    "escalation.RingForReport": escalation.RingForReport(IDS),
    "escalation.SetBell": escalation.SetBell(),
    "escalation.StillBell": escalation.StillBell(),
    "networks.ForgetClosedSection": resubmissions.ForgetClosedSection(),
    "networks.NoteAncestor": resubmissions.NoteAncestor(),
    "networks.NoteResubmission": resubmissions.NoteResubmission(),
    "preservation.DateHolds": preservation.DateHolds(IDS),
    "preservation.FollowMerge": holds_merged.FollowMerge(),
    "preservation.HoldForAlert": preservation.HoldForAlert(IDS),
    "preservation.HoldForComplaint": preservation.HoldForComplaint(IDS),
    "preservation.HoldForDecision": preservation.HoldForDecision(IDS),
    "preservation.HoldForProcess": HoldForProcess(IDS),
    "reports.OweReport": OweReport(IDS, UNDO_MS),
    "reports.WithdrawReport": WithdrawReport(),
}
# Intake's duties: nothing here screens or looks out for anything. And no report here has a row.
ELSEWHERE = {"screening.OweScreening", "watches.IndexAd", "watches.MatchAd", "reports.FollowUp"}


def story() -> dict[str, Heard]:
    """The lines of STORY, `with` only; a service that nobody made here is a KeyError."""
    return {
        kind.TYPE: Heard(with_=tuple(SERVICES[n] for n in row.with_ if n not in ELSEWHERE))
        for kind, row in STORY.items()
    }


def staff(name: str, *roles: Role) -> Actor:
    """Somebody who may do what these roles may (a reviewer if none is said)."""
    return Actor(
        id=ActorId(f"staff:{name}"),
        site=SITE,
        name=name,
        organisation="site",
        permissions=permissions_of(frozenset(roles or (Role.REVIEWER,))),
    )


def of_org(who: Actor, organisation: str) -> Actor:
    return replace(who, organisation=organisation)


def set_policy(room: "Room", second: SecondOrg, lapse: AfterLapse) -> Policy:
    """Sam and Sue commit the site to it."""
    ask = SetSecondPolicy(room.store)
    made = [ask(SITE, who, second, lapse, "our contract says so") for who in (SAM, SUE)][-1]
    assert made is not None
    return made


def packs_put_in_force(store: Store) -> list[Any]:
    """Every time that a pack was put in force, in order."""

    def read(work: Any) -> list[Any]:
        return list(work.chain_of(SITE, work.screening.site_subject(SITE)))

    events = [r.event for r in store.read(read)]
    return [event for event in events if isinstance(event, PackActivated)]


def enrol(room: "Room", *people: Actor, blocked: bool = False) -> None:
    """Rows for these people, as CreateStaff would leave them, without the work of a password."""

    def fn(work: Any) -> None:
        for who in people:
            roles = [role for role, held in PERMISSIONS.items() if held == who.permissions]
            work.access.put(
                Staff(
                    id=StaffId(who.id.partition(":")[2]),
                    site=SITE,
                    login=who.name,
                    name=who.name,
                    organisation=who.organisation,
                    roles=frozenset(roles),
                    password=Sealed("none", label="password hash"),
                    blocked=blocked,
                    made=work.now(),
                )
            )

    room.store.run(fn)


ANA, BEN = staff("ana"), staff("ben")
SAM, SUE = staff("sam", Role.SENIOR), staff("sue", Role.SENIOR)


def choose(kind: DecisionKind, *ads: AdId, reason: str = "read it twice", **more: Any) -> Choice:
    return Choice(kind=kind, ads=ads, reason=reason, **more)


def reports(*ads: AdId, **more: Any) -> Choice:
    """A complete choice to report."""
    return choose(DecisionKind.REPORT, *ads, **{"basis": BASIS, **more})


def linked(ad: AdId) -> LinkedAd:
    return LinkedAd(ad=ad, reason="the same phone")


@dataclass
class Room:
    """The services, asked as a console would, and the outside world in a test's own words."""

    store: Store
    time: HandTime
    subjects: dict[str, SubjectId] = field(default_factory=dict)

    def ad(
        self, name: str, *, url: str | None = None, body: str = "A blue bike.", **more: Any
    ) -> AdId:
        submission = Submission(external_id=name, text={"body": body}, url=url, **more)
        return ReceiveAd(self.store, IDS).receive(SITE, submission).ad

    def alert(self, name: str | None, **more: Any) -> Case:
        """Somebody alerts us; the case that answers it."""
        said = {"ad": name} if name else {"about": {"places": ["the square"]}}
        command = read_alert({**said, **more}, nonce=IDS.new())
        key = Sealed(b"\x05" * 32, label="look-up key")
        answer = ReceiveAlert(self.store, IDS, key)(SITE, command)
        found = self.store.read(lambda w: w.alerts.get(SITE, answer.alert)).case
        assert found is not None
        return self.case(found)

    def judged(self, ad: AdId, *, strong: bool = True, verdict: str = "withhold") -> Case | None:
        """Screening found something; the open case of the ad."""
        kind = "withhold" if strong else "signal"
        self.record(
            ScreenJudged(
                **self._closed(ad),
                ad=ad,
                revision=0,
                owed="00" * 32,
                verdict=verdict,
                reason=None,
                strong=strong,
                pack={"id": "p", "version": "1", "digest": "0"},
                signals=[{"rule": "r", "kind": kind, "field": "body", "start": 0, "end": 1}],
                contacts_found=0,
            )
        )
        return self.open_case_of(ad)

    def could_not_screen(self, ad: AdId) -> Case | None:
        self.record(
            CouldNotScreen(
                **self._closed(ad),
                ad=ad,
                revision=0,
                owed="00" * 32,
                fault="time",
                pack={"id": "p", "version": "1", "digest": "0"},
            )
        )
        return self.open_case_of(ad)

    def seen(self, ad: AdId, seen: str) -> None:
        """A probe looked at the ad, and its last directive agrees or does not."""
        last = self.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=1))[0]
        self.record(
            DirectiveObserved(
                **self._closed(ad),
                directive=last.id,
                ad=ad,
                seen=seen,
                agrees=(seen == "up") == last.action.puts_up,
            )
        )

    def finish(self, case: CaseId, *ads: AdId) -> ReportFinished:
        """The report on these ads is filed now."""
        event = ReportFinished(
            site=SITE,
            subject=SubjectId(IDS.new()),
            happened=self.time.now(),
            known=self.time.now(),
            actor=ActorId("system:reports"),
            report=IDS.new(),
            case=case,
            ads=list(ads),
            attempt=1,
            tipline_id="4564654",
            receipt="",
            request_id=None,
            presence={},
        )
        self.record(event)
        return event

    def _closed(self, ad: AdId) -> dict[str, Any]:
        row = self.store.read(lambda w: w.ads.get(SITE, ad))
        return {
            "site": SITE,
            "subject": row.closed_subject,
            "happened": self.time.now(),
            "known": self.time.now(),
            "actor": ActorId("system:test"),
        }

    def record(self, *events: Event) -> None:
        self.store.run(lambda w: w.record(*events))

    # what reviewers ask

    def decide(self, by: Actor, case: Case, choice: Choice) -> Decision:
        return service.DecideCase(self.store, IDS)(SITE, by, case.id, choice)

    def propose(self, by: Actor, case: Case, *ads: AdId) -> Case:
        choice = choose(DecisionKind.NO_ACTION, *(ads or case.undecided))
        return service.ProposeDecision(self.store, IDS)(SITE, by, case.id, choice)

    def second(self, by: Actor, case: Case, decision: DecisionId) -> Decision:
        return service.SecondDecision(self.store)(SITE, by, case.id, decision, "so do I")

    def contradict(self, by: Actor, case: Case, decision: DecisionId) -> Case:
        return service.ContradictDecision(self.store)(SITE, by, case.id, decision, "look again")

    def merge(self, by: Actor, into: Case, emptied: Case, reason: str = "one phone") -> Case:
        return MergeCases(self.store)(SITE, by, into.id, emptied.id, reason)

    def undo(self, by: Actor, case: Case, decision: DecisionId) -> Case:
        return service.UndoDecision(self.store, IDS)(SITE, by, case.id, decision, "wrong ad")

    # what is kept

    def case(self, case: CaseId) -> Case:
        return self.store.read(lambda w: w.cases.get(SITE, case))

    def open_case_of(self, ad: AdId) -> Case | None:
        return self.store.read(lambda w: w.cases.open_case_of(SITE, ad))

    def clocks(self, case: Case) -> dict[str, Clock]:
        """A clock of each duty: the one that runs, if one does."""
        every = self.store.read(lambda w: w.cases.clocks_of(SITE, case.id))
        return {c.duty.name: c for c in sorted(every, key=lambda c: c.running)}

    def holds(self, ad: AdId) -> tuple[Hold, ...]:
        return self.store.read(lambda w: w.preservation.holds_of(SITE, ad))

    def may_delete(self, ad: AdId) -> bool:
        now = self.time.now()
        return not self.store.read(lambda w: preservation.may_delete(w, SITE, ad, now))

    def events(self, kind: type[E]) -> list[E]:
        """Every event of this type, in the order of recording."""

        def fn(work: Any) -> list[Event]:
            names = work.conn.execute(
                select(core.event.c.event_id)
                .join(core.unsequenced, core.unsequenced.c.event_id == core.event.c.event_id)
                .where(core.event.c.type == kind.TYPE)
                .order_by(core.unsequenced.c.id)
            ).scalars()
            return [work.recorded(name).event for name in list(names)]

        return [event for event in self.store.read(fn) if isinstance(event, kind)]

    def opened(self) -> list[Opened]:
        """The whole record, opened, as an examiner reads it."""

        def fn(work: Any) -> list[Opened]:
            rows = work.conn.execute(
                select(core.event.c.event_id, core.event.c.envelope, core.event.c.leaf_hash)
                .join(core.unsequenced, core.unsequenced.c.event_id == core.event.c.event_id)
                .order_by(core.unsequenced.c.id)
            ).all()
            return [
                opened_from(
                    index,
                    json.loads(row.envelope),
                    dict(work.recorded(row.event_id).event.grouped_values()),
                    row.leaf_hash,
                )
                for index, row in enumerate(rows)
            ]

        return self.store.read(fn)

    def at(self) -> Millis:
        return self.time.now()
