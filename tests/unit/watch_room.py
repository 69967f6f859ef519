"""A room for tests of watches: a whole house on a real database, its time in the test's hand.

Nothing runs by itself: a test says when screening and the search of the archive have their turn.
Each `Street` is a site of its own, so that many stories share one database.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from tests.databases import HandTime, add_site

from answerable.access.decide import permissions_of
from answerable.access.model import Actor, Role
from answerable.adapters.clock import SystemIds
from answerable.adapters.sql import core
from answerable.adapters.sql.watches import watch_match
from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.alerts.decide import read_alert
from answerable.alerts.model import AlertAnswer
from answerable.alerts.sources import Kind, Sender
from answerable.apps.founding import make_home
from answerable.apps.settings import Settings
from answerable.apps.wiring import SCREENING_LANE, WATCH_LANE, House, open_house
from answerable.cases.model import Case
from answerable.events.event import Event
from answerable.kernel.ids import ActorId, AdId, Site
from answerable.watches.hearing import EndExpired
from answerable.watches.model import Role as Asker
from answerable.watches.model import Status, TermKind, Watch, WatchId, Wish
from answerable.watches.terms import read_term


def new_house(folder: Path, database: str, time: HandTime) -> House:
    settings = Settings(home=folder / "home", database=database)
    make_home(settings, synthetic=True).close()
    return open_house(settings, time=time)


def person(site: Site, name: str, *roles: Role) -> Actor:
    return Actor(
        id=ActorId(f"staff:{name}"),
        site=site,
        name=name,
        organisation="site",
        permissions=permissions_of(frozenset(roles)),
    )


class Street:
    """One site and those who work there."""

    def __init__(self, house: House, time: HandTime, name: str = "") -> None:
        self.house, self.time = house, time
        self.site = house.site
        if name:
            self.site = Site(name)
            house.store.run(lambda work: add_site(work, self.site, synthetic=True))
        self.ana = person(self.site, "ana", Role.REVIEWER)
        self.cleo = person(self.site, "cleo", Role.SENIOR)
        self.dora = person(self.site, "dora", Role.AUDITOR)

    def ad(self, name: str, body: str = "A blue bike.", **more: Any) -> AdId:
        given = Submission(external_id=name, text={"body": body}, **more)
        return self.house.receive_ad.receive(self.site, given).ad

    def revise(self, name: str, body: str, **more: Any) -> None:
        given = Submission(external_id=name, text={"body": body}, **more)
        self.house.receive_ad.revise(self.site, given)

    def place(self, name: str, place: Mapping[str, str]) -> None:
        news = PlacementNews(external_id=name, kind=PlacementKind.PUBLISHED, place=place)
        self.house.place_ad(self.site, news)

    def screen(self) -> None:
        self.house.outbox(SCREENING_LANE, "test").drain()

    def search(self) -> None:
        """The watches' own lane: alerts become watches, started ones search the archive."""
        self.house.outbox(WATCH_LANE, "test").drain()

    def sweep(self) -> int:
        return EndExpired(self.house.store)(self.site)

    def wish(self, *terms: tuple[str, str], role: Asker = Asker.POLICE, **more: Any) -> Wish:
        read = self.house.watch_index.read
        told = {"organisation": "Example police", "reason": "a missing child", **more}
        said = tuple(read_term(TermKind(kind), text, read) for kind, text in terms)
        return Wish(role=role, terms=said, **told)

    def ask(self, *terms: tuple[str, str], **more: Any) -> Watch:
        return self.house.ask_watch(self.site, self.cleo, self.wish(*terms, **more))

    def source(self, kind: Kind) -> Sender:
        """A registered source of this kind, as its token or signature would make it known."""
        edda = person(self.site, "edda", Role.ADMIN)
        made = self.house.care.register_source(
            self.site,
            edda,
            kind=kind,
            organisation=f"Example {kind.value}",
            contact="desk@example.org",
            how="Called back at the number on its page.",
            key=bytes(32),
        )
        return Sender(known_by=made.known_by, source=made.id, kind=kind)

    def alert(
        self, ad: str | None = None, sender: Sender | None = None, **about: Sequence[str]
    ) -> AlertAnswer:
        said: dict[str, Any] = {"ad": ad} if ad else {"about": dict(about)}
        command = read_alert({**said, "text": "please look"}, nonce=SystemIds().new())
        return self.house.receive_alert(self.site, command, sender)

    def watch(self, name: WatchId) -> Watch:
        return self.house.store.read(lambda w: w.watches.get(self.site, name))

    def watches(self, status: Status | None = None) -> tuple[Watch, ...]:
        return self.house.store.read(lambda w: w.watches.listed(self.site, status, None, 500))

    def matches(self) -> dict[tuple[str, str, int], tuple[str, frozenset[str]]]:
        """(watch, ad, revision) to how and on what, of everything that was noted."""
        rows = select(watch_match).where(watch_match.c.site == self.site)
        found = self.house.store.read(lambda w: w.conn.execute(rows).all())
        return {
            (row.watch_id, row.ad_id, row.revision): (row.how, frozenset(row.kinds))
            for row in found
        }

    def cases(self) -> tuple[Case, ...]:
        return self.house.store.read(lambda w: w.cases.queue(self.site, 500))

    def events(self, kind: type[Event]) -> list[Any]:
        """Every event of this type on this site, in the order of recording."""

        def fn(work: Any) -> list[Event]:
            names = work.conn.execute(
                select(core.event.c.event_id)
                .join(core.unsequenced, core.unsequenced.c.event_id == core.event.c.event_id)
                .where(core.event.c.type == kind.TYPE, core.event.c.site == self.site)
                .order_by(core.unsequenced.c.id)
            ).scalars()
            return [work.recorded(name).event for name in list(names)]

        return self.house.store.read(fn)
