"""A small real world for filing: a database, an ad, a decision, our client, the TEST receiver."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.databases import SITE

from answerable.adapters.clock import SystemIds, SystemTime
from answerable.adapters.cybertipline.client import Timeouts, TiplineClient
from answerable.adapters.objects.files import EvidenceFiles
from answerable.adapters.sql.outbox import Outbox
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.adapters.sql.work import Heard
from answerable.ads.model import Channel, PlacementKind, PlacementNews, Submission
from answerable.ads.service import PlaceAd, ReceiveAd
from answerable.apps.receiver.serve import RunningReceiver
from answerable.events.cases import CaseDecided
from answerable.events.reports import ReportFinished
from answerable.kernel.ids import ActorId, AdId, SubjectId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import TimeSource
from answerable.reports.document.facts import EspFacts, EspPerson
from answerable.reports.document.values import Profile
from answerable.reports.filing import DiscardDraft, FileReport
from answerable.reports.service import OweReport, WithdrawReport

ESP = EspFacts(platform="Example Ads", reporter=EspPerson(email="safety@example.com"))
LEASE_MS = 5_000
CASE_SUBJECT = SubjectId("case-subject")


@dataclass
class World:
    """Everything filing touches, all of it real."""

    store: Store
    files: EvidenceFiles
    receiver: RunningReceiver
    story: dict[str, Heard]

    def client(self) -> TiplineClient:
        return TiplineClient(
            base_url=self.receiver.base_url,
            username="test",
            password=Sealed("test", label="test password"),
            timeouts=Timeouts(connect=2, read=2, write=2, whole=2),
        )

    def wire(
        self,
        far: Any,
        *,
        undo_ms: int = 0,
        by_hand: bool = False,
        runs: Any = None,
        holder: str = "filer",
        profile: Profile = Profile.NOV_2025,
    ) -> Outbox:
        """Filing over `far`; the outbox that does it. `runs` stands before the store."""
        runs = self.store if runs is None else runs
        file_report = FileReport(
            runs,
            SystemIds(),
            self.files,
            lambda synthetic: (far, "TEST receiver"),
            ESP,
            lease_ms=LEASE_MS,
            by_hand=by_hand,
            undo_ms=undo_ms,
            profile=profile,
        )
        self.story["case.decided"] = Heard(with_=(OweReport(SystemIds(), undo_ms),))
        self.story["decision.undone"] = Heard(with_=(WithdrawReport(),))
        self.story["report.owed"] = Heard(then=("reports.FileReport",))
        self.story["report.resumed"] = Heard(then=("reports.FileReport",))
        self.story["report.withdrawn"] = Heard(then=("reports.DiscardDraft",))
        services = {
            "reports.FileReport": file_report,
            "reports.DiscardDraft": DiscardDraft(runs, lambda synthetic: (far, "TEST receiver")),
        }
        return Outbox(runs, services, holder=holder, lease_ms=LEASE_MS, claim_max=1)

    def ad(self, external_id: str, *, attachments: tuple[dict[str, Any], ...] = ()) -> AdId:
        submission = Submission(
            external_id=external_id,
            text={
                "title": f"Flat to share {external_id}",
                "body": "bluelantern, call 202-555-0143",
            },
            section="housing",
            attachments=attachments,
            account={"id": "acct-7", "emails": [{"address": "poster@example.com"}]},
        )
        submitted = ReceiveAd(self.store, SystemIds()).receive(SITE, submission)
        PlaceAd(self.store, SystemIds())(
            SITE,
            PlacementNews(
                external_id=external_id,
                kind=PlacementKind.PUBLISHED,
                channel=Channel.WEB,
                url=f"https://ads.example.com/{external_id}",
            ),
        )
        return submitted.ad

    def decide(self, *ads: AdId, decision: str = "decision-1", urgent: bool = True) -> None:
        def fn(work: Any) -> None:
            work.record(
                CaseDecided(
                    site=SITE,
                    subject=CASE_SUBJECT,
                    happened=work.now(),
                    known=work.now(),
                    actor=ActorId("staff:ana"),
                    case="case-1",
                    decision=decision,
                    kind="report",
                    ads=list(ads),
                    reviewer="staff:ana",
                    second=None,
                    reason="the ad says so",
                    basis=[{"kind": "stated_age", "words": "age in the ad"}],
                    no_basis_confirmed=False,
                    urgent=urgent,
                    urgent_reason="an answer is asked for today" if urgent else None,
                    linked=[],
                    victim=None,
                )
            )

        self.store.run(fn)

    def finished_here(self) -> list[ReportFinished]:
        def fn(work: Any) -> list[ReportFinished]:
            found = []
            for duty in work.reports.latest(SITE, 1000):
                chain = work.chain_of(SITE, duty.subject)
                found += [r.event for r in chain if isinstance(r.event, ReportFinished)]
            return found

        return self.store.read(fn)


def make_world(
    make_store: Callable[..., Store],
    receiver: RunningReceiver,
    folder: Path,
    time: TimeSource | None = None,
) -> World:
    """A world on the test's own database."""
    story: dict[str, Heard] = {}
    store = make_store(story, time or SystemTime())
    files = EvidenceFiles.in_folder(store, folder / "objects", Vault(b"\x07" * 32), SystemIds())
    return World(store=store, files=files, receiver=receiver, story=story)
