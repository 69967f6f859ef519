"""Writes the steps of a story: one method for each thing that happens together."""

from typing import Any

from tests.unit.bundle_maker import Leaf, Story, name_of

from answerable.events import (
    ads,
    alerts,
    cases,
    directives,
    preservation,
    reports,
    screening,
)
from answerable.events.duties.clocks import ALERT_ANSWER
from answerable.kernel.ids import Site
from answerable.kernel.time import DAY, MINUTE

PACK = {"id": "demo", "version": "1", "digest": "ab" * 32}


class Book:
    """Writes the steps of one story; keeps the site's running directive number."""

    def __init__(self, *, synthetic: bool = False, site: str = "demo") -> None:
        self.story = Story(site=Site(site))
        self.synthetic = synthetic
        self.number = 0
        self.add = self.story.add

    def received(self, ad: str, text: str, *, revision: int = 0, **more: Any) -> None:
        """Submitted, and screening owed with it."""
        label = f"{ad}-received" if revision == 0 else f"{ad}-revised-{revision}"
        self.add(
            label,
            ads.AdReceived if revision == 0 else ads.AdRevised,
            f"{ad}/open",
            ad=name_of(ad),
            external_id=f"site-{ad}",
            revision=revision,
            section="goods",
            place={"country": "US", "region": "CA"},
            language="en",
            text={"title": f"Ad {ad}", "body": text},
            attachments=[],
            account={"id": f"account-{ad}", "names": ["J. Doe"]},
            payment=None,
            connections=[{"ip": "192.0.2.7", "port": 4711, "event": "upload"}],
            provenance="live",
            source="web",
            spooled_at=None,
            **more,
        )
        self.owed(ad, "received" if revision == 0 else "revised", revision, after=0)

    def placed(self, ad: str, cause: str = "published", revision: int = 0) -> None:
        kind = {"published": ads.AdPlaced, "renewed": ads.AdRenewed, "moved": ads.AdMoved}[cause]
        self.add(
            f"{ad}-{cause}",
            kind,
            f"{ad}/open",
            ad=name_of(ad),
            external_id=f"site-{ad}",
            placement=name_of(f"{ad}/{cause}"),
            revision=revision,
            section="goods",
            place={"country": "US"},
            channel="web",
            url=f"https://ads.example.org/{ad}",
        )
        self.owed(ad, cause, revision, placement=name_of(f"{ad}/{cause}"), after=0)

    def ended(self, ad: str, kind: type[ads.AdExpired], placement: str) -> None:
        self.add(
            f"{ad}-{kind.TYPE.split('.')[1]}",
            kind,
            f"{ad}/open",
            ad=name_of(ad),
            placement=name_of(f"{ad}/{placement}"),
        )

    def owed(
        self, ad: str, cause: str, revision: int, *, placement: str | None = None, after: int = 1
    ) -> None:
        self.add(
            f"{ad}-owed-{cause}-{revision}",
            screening.ScreeningOwed,
            f"{ad}/closed",
            after=after,
            ad=name_of(ad),
            open_subject=name_of(f"{ad}/open"),
            revision=revision,
            placement=placement,
            cause=cause,
        )

    def judged(
        self,
        ad: str,
        cause: str = "received",
        revision: int = 0,
        verdict: str = "publish",
        signals: tuple[dict[str, Any], ...] = (),
    ) -> None:
        self.add(
            f"{ad}-judged-{cause}-{revision}",
            screening.ScreenJudged,
            f"{ad}/closed",
            ad=name_of(ad),
            revision=revision,
            owed=Leaf(f"{ad}-owed-{cause}-{revision}"),
            verdict=verdict,
            reason=None,
            strong=verdict != "publish",
            pack=PACK,
            signals=list(signals),
            contacts_found=0,
        )

    def failed(self, ad: str, cause: str, revision: int) -> None:
        self.add(
            f"{ad}-failed-{cause}-{revision}",
            screening.CouldNotScreen,
            f"{ad}/closed",
            ad=name_of(ad),
            revision=revision,
            owed=Leaf(f"{ad}-owed-{cause}-{revision}"),
            fault="the pack could not read it",
            pack=PACK,
        )

    def told(
        self,
        ad: str,
        action: str,
        cause: str,
        *,
        acknowledged: bool = True,
        seen: str | None = "as told",
    ) -> str:
        """A directive; with what the site said and what a probe saw. Returns its name."""
        self.number += 1
        name = f"{ad}-{action}-{self.number}"
        both = {"directive": name_of(name), "ad": name_of(ad)}
        self.add(
            f"{name}-issued",
            directives.DirectiveIssued,
            f"{ad}/closed",
            external_id=f"site-{ad}",
            number=self.number,
            action=action,
            cause=cause,
            deadline=self.story.time + 15 * MINUTE,
            **both,
        )
        if acknowledged:
            kind = directives.DirectiveAcknowledged
            self.add(f"{name}-said", kind, f"{ad}/closed", site_time=self.story.time, **both)
        if seen is not None:
            if seen == "as told":
                seen = "up" if action in ("publish", "restore") else "down"
            agrees = (seen == "up") == (action in ("publish", "restore"))
            kind = directives.DirectiveObserved
            self.add(f"{name}-seen", kind, f"{ad}/closed", seen=seen, agrees=agrees, **both)
        return name

    def alerted(
        self,
        alert: str,
        ad: str | None,
        case: str,
        *,
        opens: bool = True,
        hides: bool = True,
    ) -> None:
        """An alert with all that stands in its own transaction: case, hiding, clocks, hold."""
        self.add(
            f"{alert}-received",
            alerts.AlertReceived,
            alert,
            alert=name_of(alert),
            due_act=self.story.time + DAY,
            nonce="n" * 26,
            ad=None if ad is None else f"site-{ad}",
            about={} if ad else {"words": ["blue bike"]},
            text="Please look at this ad.",
            reasons=["age"],
            alerter={"role": "public"},
        )
        if opens:
            self.opened_case(case, [ad] if ad else [], "alert", after=0)
        else:
            self.joined(case, ad, alert, after=0)
        self.add(
            f"{alert}-attached",
            alerts.AlertAttached,
            alert,
            after=0,
            alert=name_of(alert),
            case=name_of(case),
            ad=None if ad is None else name_of(ad),
            hidden=hides and ad is not None,
            due=(),
        )
        if ad is not None:
            self.held(ad, case, "alert")
            if hides:
                self.told(ad, "hide", "alert")
        self.clock(f"{alert}-clock", case, ad, ALERT_ANSWER.name, DAY)

    def opened_case(self, case: str, on: list[str], cause: str, *, after: int = 1_000) -> None:
        self.add(
            f"{case}-opened",
            cases.CaseOpened,
            case,
            after=after,
            case=name_of(case),
            ads=[name_of(ad) for ad in on],
            cause=cause,
            urgency=10,
            synthetic=self.synthetic,
        )

    def joined(self, case: str, ad: str | None, alert: str, *, after: int = 1_000) -> None:
        self.add(
            f"{case}-joined-{alert}",
            cases.CaseJoined,
            case,
            after=after,
            case=name_of(case),
            ad=None if ad is None else name_of(ad),
            alert=name_of(alert),
            reason="another alert",
            urgency=20,
        )

    def clock(self, clock: str, case: str, ad: str | None, duty: str, length: int) -> None:
        self.add(
            f"{clock}-started",
            cases.ClockStarted,
            case,
            after=0,
            clock=name_of(clock),
            case=name_of(case),
            ad=None if ad is None else name_of(ad),
            duty=duty,
            started=self.story.time,
            ends=self.story.time + length,
        )

    def stopped(
        self, clock: str, case: str, duty: str, *, late: bool = False, how: str = "decided"
    ) -> None:
        self.add(
            f"{clock}-stopped",
            cases.ClockStopped,
            case,
            after=0,
            clock=name_of(clock),
            case=name_of(case),
            duty=duty,
            how=how,
            late=late,
        )

    def held(self, ad: str, case: str, ground: str) -> None:
        self.add(
            f"{ad}-hold-placed",
            preservation.HoldPlaced,
            f"{ad}/closed",
            after=0,
            hold=name_of(f"{ad}/hold"),
            ad=name_of(ad),
            case=name_of(case),
            ground=ground,
            started=self.story.time,
            ends=None,
        )

    def dated(self, ad: str, because: str, ends: int) -> None:
        self.add(
            f"{ad}-hold-dated",
            preservation.HoldDated,
            f"{ad}/closed",
            after=0,
            hold=name_of(f"{ad}/hold"),
            ad=name_of(ad),
            because=because,
            ends=ends,
        )

    def decided(
        self,
        decision: str,
        case: str,
        kind: str,
        on: list[str],
        *,
        second: str | None = None,
        reviewer: str = "staff:1",
    ) -> None:
        self.add(
            f"{decision}-decided",
            cases.CaseDecided,
            case,
            case=name_of(case),
            decision=name_of(decision),
            kind=kind,
            ads=[name_of(ad) for ad in on],
            reviewer=reviewer,
            second=second,
            reason="stated age",
            basis=[{"kind": "alert", "words": "as the alert says"}],
            no_basis_confirmed=False,
            urgent=False,
            urgent_reason=None,
            linked=[],
            victim=None,
        )

    def report(self, report: str, decision: str, case: str, on: list[str]) -> None:
        """A report is owed, in the decision's own transaction."""
        self.add(
            f"{report}-owed",
            reports.ReportOwed,
            report,
            after=0,
            report=name_of(report),
            case=name_of(case),
            decision=name_of(decision),
            ads=[name_of(ad) for ad in on],
            not_before=self.story.time + 30 * MINUTE,
            urgent=False,
            synthetic=self.synthetic,
        )

    def intended(self, report: str, on: list[str], prior: str | None = None) -> None:
        inner = "" if prior is None else f"<priorCTReports>{prior}</priorCTReports>"
        self.add(
            f"{report}-intended",
            reports.ReportIntended,
            report,
            report=name_of(report),
            ads=[name_of(ad) for ad in on],
            sha256="cd" * 32,
            xml=f"<report><personOrUserReported>{inner}</personOrUserReported></report>",
            files=[{"name": "ad.txt", "sha256": "ef" * 32, "size": 20}],
            presence={"filled": ["/report/incidentSummary"], "held": []},
            destination="http://127.0.0.1:8090/ispws",
        )

    def filed(self, report: str, case: str, on: list[str], number: str, attempt: int = 1) -> None:
        """Opened, the file sent, finished."""
        base = {"report": name_of(report), "attempt": attempt}
        kind = reports.ReportOpened
        self.add(f"{report}-opened-{attempt}", kind, report, tipline_id=number, **base)
        self.add(
            f"{report}-file-{attempt}",
            reports.ReportFileSent,
            report,
            number=1,
            sha256="ef" * 32,
            file_id="f-1",
            **base,
        )
        self.add(
            f"{report}-finished",
            reports.ReportFinished,
            report,
            case=name_of(case),
            ads=[name_of(ad) for ad in on],
            tipline_id=number,
            receipt="PHJlcG9ydERvbmVSZXNwb25zZS8+",
            request_id=None,
            presence={"filled": ["/report/incidentSummary"], "held": []},
            **base,
        )

    def by_people(self) -> None:
        """The second report was filed by hand, confirmed, answered and handed on; a call before."""
        two = {"report": name_of("rep-b2")}
        number = self.values_of("rep-b2-finished")["tipline_id"]
        entry = {"attempt": 1, "tipline_id": number, "filed": self.story.time, "sha256": "cd" * 32}
        self.add("rep-b2-by-hand", reports.ReportByHand, "rep-b2", after=0, **two, **entry)
        listed = {"tipline_id": number, "source": "ab" * 32}
        self.add("rep-b2-listed", reports.ReportReconciled, "rep-b2", **two, **listed)
        follows = {"follows": name_of("rep-b"), "decision": name_of("dec-b2")}
        self.add("rep-b2-follows", reports.ReportFollowedUp, "rep-b2", **two, **follows)
        came = {"outcome": "referral", "words": "They wrote that it went on."}
        self.add("rep-b-came", reports.OutcomeHeard, "rep-b", report=name_of("rep-b"), **came)
        self.add(
            "rep-b-handed",
            reports.ReportHandedOver,
            "rep-b",
            report=name_of("rep-b"),
            case=name_of("case-b"),
            route="eu-dsa-18",
            package="12" * 32,
            how="by their upload page",
            to="Example police",
            reference="K-17",
        )

    def values_of(self, step: str) -> Any:
        return next(one.values for one in self.story.steps if one.name == step)

    def of_report(self, step: str, kind: Any, report: str, on: list[str], /, **values: Any) -> None:
        self.add(
            f"{report}-{step}",
            kind,
            report,
            report=name_of(report),
            ads=[name_of(ad) for ad in on],
            **values,
        )

    def answered(self, alert: str, case: str, decision: str, outcome: str) -> None:
        self.add(
            f"{alert}-answered",
            alerts.AlertAnswered,
            alert,
            alert=name_of(alert),
            case=name_of(case),
            decision=name_of(decision),
            outcome=outcome,
            within_promise=True,
        )
