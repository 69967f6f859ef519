"""A house with the TEST receiver beside it, both on one clock of the test's: what a report lacks,
what is told, and what goes out when."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.databases import HandTime
from tests.unit.console_room import ACCOUNT, Room, founded, staff

from answerable.access.model import Scope
from answerable.apps.factwiring import FACTS_LANE
from answerable.apps.founding import founder
from answerable.apps.receiver import ReceiverSettings, started_receiver
from answerable.apps.receiver.export import FinishedReport, export_finished
from answerable.apps.receiver.serve import RunningReceiver
from answerable.apps.wiring import FILING_LANE, open_house
from answerable.cases.model import Basis, BasisKind, Choice, DecisionKind
from answerable.kernel.ids import AdId
from answerable.kernel.time import MINUTE
from answerable.reports.model import Duty

UNDO, FACTS = 5 * MINUTE, 30 * MINUTE


class FactRoom(Room):
    """A room whose reports really go to a receiver."""

    received_at: Path
    receiver: RunningReceiver

    def decided(self, external_id: str, *, urgent: bool = False, **more: Any) -> AdId:
        """An ad with an alert, decided to report by ana."""
        ad = self.ad(external_id, {"title": "Flat to share", "body": "call 202-555-0143"}, **more)
        self.place(external_id, f"https://ads.example.com/{external_id}")
        self.alert(external_id)
        self.decide(ad, urgent=urgent)
        return ad

    def decide(self, ad: AdId, *, urgent: bool = False) -> None:
        choice = Choice(
            kind=DecisionKind.REPORT,
            ads=(ad,),
            reason="the alert and the words agree",
            basis=(Basis(kind=BasisKind.ALERT),),
            urgent=urgent,
            urgent_reason="a meeting is named for tonight" if urgent else None,
        )
        self.house.decide_case(self.house.site, staff(self, "ana"), self.case_of(ad).id, choice)

    def work(self) -> None:
        """Everything that is due now: questions, then filing."""
        self.house.outbox(FACTS_LANE, "test-facts").drain()
        self.house.outbox(FILING_LANE, "test").drain()

    def duties(self) -> list[Duty]:
        """Oldest first."""
        found = self.house.store.read(lambda w: w.reports.latest(self.house.site, 5_000))
        return sorted(found, key=lambda duty: (duty.owed, duty.follows is not None))

    def received(self) -> list[FinishedReport]:
        return export_finished(self.received_at)

    def token(self, *scopes: Scope) -> Mapping[str, str]:
        _, token = self.house.create_token(
            self.house.site, founder(self.house), "the site", frozenset(scopes)
        )
        return {"Authorization": f"Bearer {token.open()}"}


@contextmanager
def fact_room(folder: Path, **told: Any) -> Iterator[FactRoom]:
    time = HandTime()
    file = folder / "receiver.sqlite3"
    with started_receiver(ReceiverSettings(port=0, db_path=file), time) as receiver:
        port = int(receiver.origin.rsplit(":", 1)[1])
        limits = {"undo_ms": UNDO, "facts_ms": FACTS} | told
        settings = founded(folder, synthetic=True, receiver_port=port, **limits)
        house = open_house(settings, time=time)
        room = FactRoom(house, time)
        room.received_at, room.receiver = file, receiver
        try:
            yield room
        finally:
            house.close()


__all__ = ["ACCOUNT", "FACTS", "UNDO", "FactRoom", "fact_room", "staff"]
