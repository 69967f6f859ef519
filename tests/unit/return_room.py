"""A room where ads come in, are screened and come back: the whole story on a real database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.databases import SITE
from tests.unit.case_room import ANA, BEN, IDS, SERVICES, Room

from answerable.adapters.sql.outbox import Outbox
from answerable.adapters.sql.work import Heard
from answerable.ads.model import Closure, PlacementKind, PlacementNews, Submission
from answerable.ads.sections import ClearSection, CloseSection, RefillSection
from answerable.ads.service import PlaceAd, ReceiveAd
from answerable.apps.story import STORY
from answerable.events.networks import ResubmissionFound
from answerable.events.screening import ScreenJudged
from answerable.kernel.ids import AdId
from answerable.kernel.sealed import Sealed
from answerable.networks.resubmissions import NoteClosedSection
from answerable.screening.judge import Engine
from answerable.screening.packs import demo_pack
from answerable.screening.service import OweScreening, ScreenRevision
from answerable.screening.sketching import Sketcher

KEY = Sealed(b"\x09" * 32, label="test key")
SKETCHER = Sketcher(lambda: KEY)
ENGINE = Engine(demo_pack())
THEN = (
    "screening.ScreenRevision",
    "ads.ClearSection",
    "ads.RefillSection",
    "networks.NoteClosedSection",
)


# nobody looks out for anything here, and no report has a row
WATCHES = ("watches.IndexAd", "watches.MatchAd", "reports.FollowUp")


def whole_story() -> dict[str, Heard]:
    """Every row of STORY; of the work that comes after, what this room does."""
    with_ = {**SERVICES, "screening.OweScreening": OweScreening()}
    return {
        kind.TYPE: Heard(
            with_=tuple(with_[name] for name in row.with_ if name not in WATCHES),
            then=tuple(name for name in row.then if name in THEN),
        )
        for kind, row in STORY.items()
    }


@dataclass
class ReturnRoom(Room):
    """As the room of cases, and what comes in is read."""

    screener: Any = ENGINE
    chunk: int = 100

    @property
    def sections(self) -> CloseSection:
        return CloseSection(self.store)

    def close(self, section: str, jurisdiction: str = "*", **more: Any) -> Closure:
        return self.sections.close(
            SITE, section, jurisdiction, "No ads here for now.", "the law", ANA.id, **more
        )

    def reopen(self, section: str, jurisdiction: str = "*") -> None:
        assert not self.sections.open(SITE, section, jurisdiction, "the law changed", ANA.id)
        assert self.sections.open(SITE, section, jurisdiction, "so it did", BEN.id)

    def services(self) -> dict[str, Any]:
        return {
            "screening.ScreenRevision": ScreenRevision(self.store, self.screener, SKETCHER),
            "ads.ClearSection": ClearSection(self.store, IDS, chunk=self.chunk),
            "ads.RefillSection": RefillSection(self.store, IDS, chunk=self.chunk),
            "networks.NoteClosedSection": NoteClosedSection(self.store),
        }

    def drain(self) -> None:
        Outbox(self.store, self.services(), holder="test", lease_ms=60_000).drain()

    def post(self, name: str, text: Mapping[str, str] | str, **more: Any) -> AdId:
        """Received and screened."""
        ad = self.posted(name, text, **more)
        self.drain()
        return ad

    def posted(self, name: str, text: Mapping[str, str] | str, **more: Any) -> AdId:
        fields = {"body": text} if isinstance(text, str) else text
        if (account := more.pop("account", None)) is not None:
            more["account"] = {"id": account}
        taken = ReceiveAd(self.store, IDS).take(
            SITE, Submission(external_id=name, text=fields, **more)
        )
        assert taken is not None
        return taken.ad

    def place(self, name: str, kind: PlacementKind = PlacementKind.PUBLISHED, **more: Any) -> None:
        PlaceAd(self.store, IDS)(SITE, PlacementNews(external_id=name, kind=kind, **more))
        self.drain()

    def found(self, ad: AdId | None = None) -> list[ResubmissionFound]:
        """Every link that was recorded, or those of one ad."""
        return [e for e in self.events(ResubmissionFound) if ad is None or e.ad == ad]

    def verdicts(self, ad: AdId) -> list[str]:
        return [e.verdict for e in self.events(ScreenJudged) if e.ad == ad]

    def actions(self, ad: AdId) -> list[str]:
        """What the site was told of this ad, in order."""
        rows = self.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=50))
        return [row.action.value for row in reversed(rows)]

    def visible(self, ad: AdId) -> bool:
        return self.store.read(lambda w: w.directives.standing(SITE, ad)).visible
