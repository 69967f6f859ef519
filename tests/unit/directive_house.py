"""A store whose story is that of directives, one ad in it, and a probe that sees what is said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.databases import SITE, HandTime

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard, SqlWork
from answerable.ads.directives import Directive, Seen
from answerable.ads.directives_service import (
    Acknowledge,
    HideFirst,
    LetUp,
    ObeyDecision,
    ObeyVerdict,
    ReadFeed,
)
from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.ads.service import PlaceAd, ReceiveAd
from answerable.events.alerts import AlertReceived
from answerable.events.cases import CaseDecided
from answerable.events.event import Recorded
from answerable.events.screening import CouldNotScreen, ScreenJudged
from answerable.kernel.ids import ActorId, AdId, SubjectId
from answerable.kernel.time import DAY

IDS = SystemIds()
BY = ActorId("system:test")


@dataclass
class FakeEyes:
    """A probe that sees what the test says; it keeps what it was asked."""

    sees: Seen = Seen.DOWN
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def look(self, url: str, markers: Sequence[str], origins: Sequence[str]) -> Seen:
        self.asked.append((url, tuple(markers)))
        return self.sees


@dataclass
class House:
    """A store whose story is that of directives, and one ad in it."""

    store: Store
    time: HandTime
    ad: AdId
    then: list[Recorded]

    def record(self, *events: Any) -> None:
        self.store.run(lambda work: work.record(*events))

    def ad_row(self) -> Any:
        return self.store.read(lambda work: work.ads.get(SITE, self.ad))

    def directives(self) -> list[Directive]:
        return list(ReadFeed(self.store)(SITE, 0).directives)

    def actions(self) -> list[str]:
        return [d.action.value for d in self.directives()]

    def chain(self, kind: type) -> list[Any]:
        row = self.ad_row()
        events = self.store.read(lambda work: work.chain_of(SITE, row.closed_subject))
        return [r.event for r in events if isinstance(r.event, kind)]

    def alert(self, named: str | None) -> None:
        now = self.time.now()
        self.record(
            AlertReceived(
                site=SITE,
                subject=SubjectId(IDS.new()),
                happened=now,
                known=now,
                actor=ActorId("public"),
                alert=IDS.new(),
                due_act=now + DAY,
                nonce=IDS.new(),
                ad=named,
                about={},
                text="",
                reasons=[],
                alerter={"role": "public", "contact": None},
            )
        )

    def verdict(
        self, verdict: str, *, revision: int | None = None, reason: str | None = None
    ) -> None:
        row = self.ad_row()
        common: dict[str, Any] = {
            "site": SITE,
            "subject": row.closed_subject,
            "happened": self.time.now(),
            "known": self.time.now(),
            "actor": BY,
            "ad": row.id,
            "revision": row.last_revision if revision is None else revision,
            "owed": "00" * 32,
            "pack": {"id": "p", "version": "1", "digest": "0"},
        }
        if verdict == "failed":
            self.record(CouldNotScreen(**common, fault="time"))
            return
        self.record(
            ScreenJudged(
                **common, verdict=verdict, reason=reason, strong=False, signals=[], contacts_found=0
            )
        )

    def decide(self, kind: str) -> None:
        self.record(
            CaseDecided(
                site=SITE,
                subject=SubjectId("case-chain"),
                happened=self.time.now(),
                known=self.time.now(),
                actor=BY,
                case="case",
                decision=IDS.new(),
                kind=kind,
                ads=[self.ad],
                reviewer="staff:ana",
                second=None,
                reason="",
                basis=[],
                no_basis_confirmed=True,
                urgent=False,
                urgent_reason=None,
                linked=[],
                victim=None,
            )
        )

    def acknowledge(self, directive: Directive) -> Directive:
        return Acknowledge(self.store)(SITE, directive.id, self.time.now())

    def revise(self, body: str) -> None:
        ReceiveAd(self.store, IDS).revise(SITE, submission(body))

    def place(self, kind: PlacementKind, url: str | None = None) -> None:
        news = PlacementNews(external_id="bike-1", kind=kind, url=url)
        PlaceAd(self.store, IDS)(SITE, news)


def submission(body: str = "A blue bike with three gears.") -> Submission:
    return Submission(external_id="bike-1", text={"title": "Blue bike", "body": body})


def story(then: list[Recorded]) -> Mapping[str, Heard]:
    """Only what directives hear; everything `then` is kept for the test to run by hand."""

    def keep(_work: SqlWork, recorded: Recorded) -> None:
        then.append(recorded)

    verdict, hide = ObeyVerdict(IDS), HideFirst(IDS)
    return {
        "alert.received": Heard(with_=(hide,)),
        "screen.judged": Heard(with_=(verdict,)),
        "screen.failed": Heard(with_=(verdict,)),
        "case.decided": Heard(with_=(ObeyDecision(IDS),)),
        "ad.withdrawn": Heard(with_=(LetUp(),)),
        "ad.expired": Heard(with_=(LetUp(),)),
        "directive.issued": Heard(with_=(keep,)),
        "directive.acknowledged": Heard(with_=(keep,)),
    }


def make_house(make_store: Callable[..., Store]) -> House:
    """A house with one ad, not yet screened."""
    then: list[Recorded] = []
    time = HandTime()
    store = make_store(story(then), time)
    received = ReceiveAd(store, IDS).receive(SITE, submission())
    return House(store, time, received.ad, then)


def last_then(house: House, kind: str) -> Recorded:
    return [r for r in house.then if kind == r.event.TYPE][-1]
