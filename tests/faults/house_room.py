"""A whole house that reports over HTTP to a receiver of its own, in time that the test hands in.

Ads, cases and decisions go through the real services; workers are asked to work one by one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.databases import HandTime
from tests.faults.fault_proxy import FaultProxy, started_fault_proxy

from answerable.access.decide import permissions_of
from answerable.access.model import Actor, Role
from answerable.adapters.sql.outbox import Outbox
from answerable.adapters.sql.reports import report
from answerable.ads.model import Submission
from answerable.apps.founding import founder, make_home
from answerable.apps.receiver.serve import RunningReceiver, started_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.settings import Settings
from answerable.apps.wiring import FILING_LANE, House, open_house
from answerable.cases.model import Basis, BasisKind, Choice, Decision, DecisionKind
from answerable.kernel.ids import ActorId, AdId, ReportId
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import SECOND
from answerable.reports.model import Duty, Status

BASIS = (Basis(kind=BasisKind.STATED_AGE, words="an age stands in the ad"),)


@dataclass
class FilingHouse:
    """One house, its receiver, the wire between, and the time they share."""

    house: House
    time: HandTime
    receiver: RunningReceiver
    receiver_db: Path
    proxy: FaultProxy
    ana: Actor

    def ad(self, name: str) -> AdId:
        """Each of an account of its own, or every report would name all the earlier ones."""
        submission = Submission(
            external_id=name,
            text={"title": f"Flat to share {name}", "body": "bluelantern, call 202-555-0143"},
            section="housing",
            account={"id": f"acct-{name}", "emails": [{"address": f"{name}@example.com"}]},
        )
        return self.house.receive_ad.receive(self.house.site, submission).ad

    def report(self, name: str, *, urgent: bool) -> Decision:
        """Somebody opens a case on a new ad and decides to report it."""
        house, ad = self.house, self.ad(name)
        case = house.open_case(house.site, self.ana, (ad,))
        choice = Choice(
            kind=DecisionKind.REPORT,
            ads=(ad,),
            reason="read it twice",
            basis=BASIS,
            urgent=urgent,
            urgent_reason="an answer is asked for today" if urgent else None,
        )
        return house.decide_case(house.site, self.ana, case.id, choice)

    def worker(self, name: str, *, urgent_only: bool = False) -> Outbox:
        return self.house.outbox(FILING_LANE, name, urgent_only=urgent_only)

    def duties(self) -> list[Duty]:
        found = self.house.store.read(lambda w: w.reports.latest(self.house.site, 20_000))
        return sorted(found, key=lambda duty: (duty.owed, duty.id))

    def waiting_for_a_person(self) -> list[ReportId]:
        query = select(report.c.report_id).where(report.c.status == Status.NEEDS_PERSON.value)
        return [
            ReportId(name) for name in self.house.store.read(lambda w: w.conn.scalars(query).all())
        ]

    def until(self, moment: int, worker: Outbox, *, sweep_every: int = 0) -> None:
        """Time passes to `moment`; the worker works whenever something is due, bells are swept."""
        sweep_at = self.time.now()
        while True:
            worker.drain()
            if sweep_every and self.time.now() >= sweep_at:
                self.house.ring_bells(self.house.site)
                sweep_at = self.time.now() + sweep_every
            if self.time.now() >= moment:
                return
            nexts = [moment, *([sweep_at] if sweep_every else [])]
            due = worker.next_due()
            if due is not None:
                nexts.append(max(due, self.time.now() + SECOND))
            self.time.pass_(min(nexts) - self.time.now())


@contextmanager
def filing_house(folder: Path, **settings: Any) -> Iterator[FilingHouse]:
    """A house in this process over a home of its own; `settings` as ANSWERABLE_… would be."""
    time, path = HandTime(), folder / "receiver.sqlite3"
    with (
        started_receiver(ReceiverSettings(port=0, db_path=path), time) as receiver,
        started_fault_proxy(receiver.origin, receiver.switchboard) as proxy,
    ):
        told: dict[str, Any] = {"home": folder / "home", "tipline_url": proxy.base_url}
        chosen = Settings(**(told | settings))
        first = make_home(chosen, synthetic=False)
        staff = first.create_staff(
            first.site,
            founder(first),
            login="ana",
            name="Ana",
            organisation="site",
            roles=frozenset({Role.REVIEWER}),
            password=Sealed("correct horse battery staple", label="test password"),
        )
        first.close()
        house = open_house(chosen, time=time)
        ana = Actor(
            id=ActorId(f"staff:{staff.id}"),
            site=house.site,
            name="Ana",
            organisation="site",
            permissions=permissions_of(frozenset({Role.REVIEWER})),
        )
        try:
            yield FilingHouse(house, time, receiver, path, proxy, ana)
        finally:
            house.close()
