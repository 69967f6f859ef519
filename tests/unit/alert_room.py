"""A room for what may put off a hide: ads that are up, strangers who alert, an examiner."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from tests.databases import SITE, HandTime
from tests.unit.case_room import IDS, Room, story

from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard
from answerable.ads.directives import Action
from answerable.alerts import weighing
from answerable.alerts.decide import read_alert
from answerable.alerts.flood import FloodTerms
from answerable.alerts.model import Alert, AlertAnswer
from answerable.alerts.service import ReceiveAlert
from answerable.cases.looks import HideWhereNobodyLooked
from answerable.events.event import Opened, opened_from
from answerable.kernel.ids import AdId, AlertId, Site
from answerable.kernel.sealed import Sealed

KEY = b"\x05" * 32
WORRY = "please look"  # names no fact


@dataclass
class AlertRoom(Room):
    """A room in which strangers alert, and time sweeps."""

    def up(self, name: str, account: str | None = "kim") -> AdId:
        """An ad of this advertiser that screening passed: the public sees it."""
        ad = self.ad(name, account=None if account is None else {"id": account})
        self.judged(ad, strong=False, verdict="publish")
        assert self.visible(ad)
        return ad

    def visible(self, ad: AdId) -> bool:
        return self.store.read(lambda w: w.directives.standing(SITE, ad)).visible

    def actions(self, ad: AdId) -> list[Action]:
        """What the site was told of this ad, the newest last."""
        found = self.store.read(lambda w: w.directives.of_ad(SITE, ad, limit=50))
        return [d.action for d in reversed(found)]

    def stranger(self, name: str | None, text: str = WORRY, **more: Any) -> AlertAnswer:
        """An alert of anybody's: its answer."""
        said = {"ad": name} if name else {"about": {"places": ["the square"]}}
        command = read_alert({**said, "text": text, **more}, nonce=IDS.new())
        return self.receive()(SITE, command)

    def receive(self) -> ReceiveAlert:
        return ReceiveAlert(self.store, IDS, Sealed(KEY, label="look-up key"))

    def row(self, alert: AlertId) -> Alert:
        return self.store.read(lambda w: w.alerts.get(SITE, alert))

    def sweep(self) -> int:
        """What comes about by time alone."""
        return HideWhereNobodyLooked(self.store)(SITE) + weighing.EndFloods(self.store)(SITE)


def flood_story(terms: FloodTerms) -> Mapping[str, Heard]:
    """The story with a policy of the test's own."""
    told = story()
    weigh = weighing.WeighAlert(IDS, lambda: KEY, terms)
    first, *others = told["alert.received"].with_
    assert isinstance(first, weighing.WeighAlert)
    return {**told, "alert.received": Heard(with_=(weigh, *others))}


def make_room(make_store: Any, terms: FloodTerms) -> AlertRoom:
    time = HandTime()
    return AlertRoom(make_store(flood_story(terms), time), time)


def examined(store: Store, site: Site = SITE) -> tuple[Opened, ...]:
    """Everything recorded, in order, as an examiner opens it."""

    def fn(work: Any) -> tuple[Opened, ...]:
        rows = work.conn.execute(
            select(core.event.c.event_id, core.event.c.envelope, core.event.c.leaf_hash)
            .join(core.unsequenced, core.unsequenced.c.event_id == core.event.c.event_id)
            .where(core.event.c.site == site)
            .order_by(core.unsequenced.c.id)
        ).all()
        groups = work.groups_of([row.event_id for row in rows])
        return tuple(
            opened_from(
                index,
                json.loads(row.envelope),
                {n: json.loads(body) for n, (_, body) in groups[row.event_id].items()},
                row.leaf_hash,
            )
            for index, row in enumerate(rows)
        )

    return store.read(fn)
