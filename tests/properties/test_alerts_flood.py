"""The law of the flood switch, judged by a plain model that walks every millisecond.

The model keeps the list of alerts and looks at each moment in turn: how many came in the window
before it, and since when that was below half. It shares no line with the code it judges.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.databases import HandTime, add_site
from tests.unit.alert_room import KEY, examined, flood_story
from tests.unit.case_room import IDS

from answerable.adapters.sql.runner import Store
from answerable.ads.directives import Action, Standing
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.alerts import weighing
from answerable.alerts.decide import read_alert
from answerable.alerts.flood import FloodTerms, Ground
from answerable.alerts.service import ReceiveAlert
from answerable.events.duties.putting_off import hides_put_off
from answerable.kernel.ids import Site
from answerable.kernel.sealed import Sealed

WINDOW, SITE_LIMIT, ACCOUNT_LIMIT = 12, 4, 2
TERMS = FloodTerms(window=WINDOW, site=SITE_LIMIT, account=ACCOUNT_LIMIT)


@dataclass
class Plain:
    """One switch, watched at every millisecond."""

    limit: int
    now: int
    came: list[int] = field(default_factory=list)
    on: bool = False
    low_since: int | None = None
    started: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def walk(self, until: int) -> None:
        while self.now < until:
            self.now += 1
            recent = [at for at in self.came if self.now - WINDOW < at]
            if 2 * len(recent) >= self.limit:
                self.low_since = None
            elif self.low_since is None:
                self.low_since = self.now
            if self.on and self.low_since is not None and self.now - self.low_since >= WINDOW:
                self.on = False
                self.ended.append(self.now)

    def alert(self) -> bool:
        """An unverified alert at this millisecond. Is the switch on for it?"""
        self.came.append(self.now)
        recent = [at for at in self.came if self.now - WINDOW < at]
        if 2 * len(recent) >= self.limit:
            self.low_since = None
        if not self.on and len(recent) > self.limit:
            self.on = True
            self.started.append(self.now)
        return self.on


STEP = st.one_of(
    st.tuples(st.just("wait"), st.integers(0, 2 * WINDOW + 2)),
    st.tuples(st.just("sweep"), st.just(0)),
    st.tuples(st.sampled_from(["ann", "bob", "none"]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["ann", "bob", "none"]), st.integers(0, 1)),
    st.tuples(st.sampled_from(["ann", "bob", "none"]), st.integers(0, 1)),
)
BURST = [("ann", 0)] * 3


@pytest.fixture
def house(make_store: Callable[..., Store]) -> tuple[Store, HandTime]:
    time = HandTime()
    return make_store(flood_story(TERMS), time), time


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(steps=st.lists(STEP, max_size=24))
@example(steps=[*BURST, ("wait", 23), ("sweep", 0), ("wait", 1), ("sweep", 0), ("ann", 0)])
@example(steps=[*BURST, ("wait", 24), ("ann", 0), *BURST])
@example(steps=[*BURST, ("wait", 12), ("ann", 0), ("wait", 12), ("sweep", 0), ("ann", 0)])
@example(steps=[("bob", 0), ("ann", 1), *BURST, ("none", 0), ("none", 0), ("wait", 60), ("bob", 0)])
def test_the_switch_is_as_the_plain_model_says(
    house: tuple[Store, HandTime], steps: list[tuple[str, int]]
) -> None:
    store, time = house
    site = Site(IDS.new())
    store.run(lambda work: add_site(work, site))
    models = {name: Plain(ACCOUNT_LIMIT, time.now()) for name in ("ann", "bob")}
    whole = Plain(SITE_LIMIT, time.now())
    for kind, value in steps:
        if kind == "wait":
            time.pass_(value)
            for plain in (*models.values(), whole):
                plain.walk(time.now())
        elif kind == "sweep":
            weighing.EndFloods(store)(site)
            _same_switches(store, site, models, whole)
        else:
            flooded = whole.alert()
            if kind in models:
                flooded = models[kind].alert() or flooded
            # An alert that names no ad hides nothing, whatever the switch says.
            _alert_and_compare(store, site, kind, fact=bool(value), flooded=flooded)
    weighing.EndFloods(store)(site)
    _same_switches(store, site, models, whole)
    mine = examined(store, site)
    assert hides_put_off(mine) == ()
    assert len([e for e in mine if e.type == "alert.received"]) == sum(
        kind in ("ann", "bob", "none") for kind, _ in steps
    )


def _alert_and_compare(store: Store, site: Site, who: str, *, fact: bool, flooded: bool) -> None:
    said: dict[str, Any] = {"text": "she is 15" if fact else "please look"}
    name = IDS.new()
    if who == "none":
        said["about"] = {"places": ["the square"]} if fact else {"places": ["the market"]}
    else:
        submission = Submission(external_id=name, text={"body": "A bike."}, account={"id": who})
        ad = ReceiveAd(store, IDS).receive(site, submission).ad
        seen = Standing(site=site, ad=ad, last=Action.PUBLISH)
        store.run(lambda work: work.directives.put_standing(seen))
        said["ad"] = name
    receive = ReceiveAlert(store, IDS, Sealed(KEY, label="look-up key"))
    answer = receive(site, read_alert(said, nonce=IDS.new()))
    row = store.read(lambda work: work.alerts.get(site, answer.alert))
    assert row.case is not None, "whatever the switch says, a case answers it"
    assert row.leaf_hash == answer.promise.leaf_hash
    stays_up = flooded and not fact and who != "none"
    assert row.put_off == (Ground.FLOOD if stays_up else None)
    assert row.hidden == (who != "none" and not stays_up)


def _same_switches(store: Store, site: Site, models: dict[str, Plain], whole: Plain) -> None:
    """The events of the switches, by scope: when each began and when each ended."""
    mine = examined(store, site)
    plain = {"site": [whole], "account": list(models.values())}
    for scope, these in plain.items():
        for kind, times in (
            ("flood.started", [p.started for p in these]),
            ("flood.ended", [p.ended for p in these]),
        ):
            told = [e.happened for e in mine if e.type == kind and e.get("scope") == scope]
            assert sorted(told) == sorted(at for one in times for at in one), (scope, kind)
