"""Directives on a real database: numbered without a gap, said once, acknowledged, looked at."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select
from tests.databases import SITE, HandTime
from tests.unit.directive_house import (
    IDS,
    FakeEyes,
    House,
    last_then,
    make_house,
    story,
    submission,
)

from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import Heard, SqlWork
from answerable.ads.directives import Action, DirectiveState, Seen
from answerable.ads.directives_service import (
    Acknowledge,
    Observe,
    OverdueSweep,
    PushDirective,
    ReadFeed,
)
from answerable.ads.model import PlacementKind
from answerable.ads.origins import RegisterOrigin, origin_of
from answerable.ads.service import ReceiveAd
from answerable.events.directives import DirectiveObserved, DirectiveOverdue
from answerable.events.hiding import HidingCredited
from answerable.kernel.errors import NotFound, Outage, Refusal
from answerable.kernel.ids import DirectiveId, Site
from answerable.kernel.time import DAY, HOUR, MINUTE, Millis


@pytest.fixture
def house(make_store: Callable[..., Store]) -> House:
    return make_house(make_store)


def test_a_verdict_becomes_a_directive_that_names_its_leaf(house: House) -> None:
    house.verdict("publish")
    (told,) = house.directives()
    assert (told.number, told.action, told.cause.value) == (1, Action.PUBLISH, "screening")
    assert told.as_feed()["external_id"] == "bike-1"
    assert told.as_feed()["revision"] == 0
    (event,) = (r.event for r in house.then)
    judged = house.store.read(lambda work: work.chain_of(SITE, house.ad_row().closed_subject))[0]
    assert event.refs == (judged.leaf_hash.hex(),)


@pytest.mark.parametrize(
    ("verdict", "reason", "action", "cause"),
    [
        ("withhold", None, "withhold", "screening"),
        ("refuse", None, "refuse", "screening"),
        ("refuse", "section closed: not here", "refuse", "availability"),
        ("failed", None, "withhold", "screening"),
    ],
)
def test_every_verdict_has_its_action(
    house: House, verdict: str, reason: str | None, action: str, cause: str
) -> None:
    house.verdict(verdict, reason=reason)
    (told,) = house.directives()
    assert (told.action.value, told.cause.value) == (action, cause)
    assert told.deadline == told.issued + 15 * MINUTE


@pytest.mark.parametrize(
    "named",
    [
        "bike-1",
        "https://ads.example.com/ads/bike-1",
        "https://ads.example.com/ads/bike-1/",
        "https://ads.example.com/ads/bike-1?from=mail#top",
        "https://ads.example.com:443/other/bike-1",
    ],
)
def test_an_alert_hides_the_ad_however_it_is_named(house: House, named: str) -> None:
    RegisterOrigin(house.store)(SITE, "https://ads.example.com")
    house.place(PlacementKind.PUBLISHED, url="https://ads.example.com/ads/bike-1")
    house.verdict("publish")
    house.alert(named)
    assert house.actions() == ["publish", "hide"]


@pytest.mark.parametrize(
    "named", [None, "bike", "bike-10", "https://elsewhere.example.org/ads/bike-1", "http://[x/"]
)
def test_an_alert_hides_no_other_ad(house: House, named: str | None) -> None:
    RegisterOrigin(house.store)(SITE, "https://ads.example.com")
    house.verdict("publish")
    house.alert(named)
    assert house.actions() == ["publish"]


def test_a_second_alert_hides_nothing_twice_and_a_verdict_lifts_nothing(house: House) -> None:
    house.verdict("publish")
    house.alert("bike-1")
    house.alert("bike-1")
    house.revise("Other words, without the sign.")
    house.verdict("publish")
    assert house.actions() == ["publish", "hide"]
    house.decide("no_action")
    assert house.actions() == ["publish", "hide", "restore"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("report", ["publish", "hide", "remove"]),
        ("remove", ["publish", "hide", "remove"]),
        ("restrict", ["publish", "hide", "withhold"]),
        ("warn", ["publish", "hide", "restore"]),
        ("no_action", ["publish", "hide", "restore"]),
    ],
)
def test_a_decision_becomes_its_directive(house: House, kind: str, expected: list[str]) -> None:
    house.verdict("publish")
    house.alert("bike-1")
    house.decide(kind)
    assert house.actions() == expected


def test_a_restore_says_how_long_the_ad_was_down_and_nothing_of_why(house: House) -> None:
    house.verdict("publish")
    house.time.pass_(HOUR)
    house.alert("bike-1")
    house.time.pass_(MINUTE)
    house.decide("restrict")
    house.time.pass_(MINUTE)
    house.decide("no_action")
    told = house.directives()[-1]
    assert told.as_feed()["credit"] == {"down_ms": 2 * MINUTE, "notice": "checked"}
    (event,) = house.chain(HidingCredited)
    assert (event.directive, event.down_ms) == (told.id, 2 * MINUTE)
    assert event.since == told.issued - 2 * MINUTE
    assert all("credit" not in d.as_feed() for d in house.directives()[:-1])


def test_an_ad_that_was_never_up_has_no_time_to_credit(house: House) -> None:
    house.verdict("withhold")
    house.time.pass_(HOUR)
    house.decide("no_action")
    assert house.actions()[-1] == "restore"
    assert "credit" not in house.directives()[-1].as_feed()
    assert house.chain(HidingCredited) == []


def test_the_publish_of_an_older_revision_puts_up_nothing(house: House) -> None:
    house.revise("New words that nobody has screened yet.")
    house.verdict("publish", revision=0)
    assert house.actions() == []
    house.verdict("publish", revision=1)
    assert [d.revision for d in house.directives()] == [1]


def test_numbers_have_no_gap_where_a_transaction_fails(house: House) -> None:
    house.verdict("publish")

    def fails(work: SqlWork) -> None:
        assert work.directives.next_number(SITE) == 2
        raise Refusal("no")

    with pytest.raises(Refusal):
        house.store.run(fails)
    house.alert("bike-1")
    assert [d.number for d in house.directives()] == [1, 2]


def test_numbers_stay_gap_free_under_many_callers(house: House) -> None:
    """Eight callers at once; a reader never sees a number before all smaller ones."""
    seen: list[list[int]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append([d.number for d in house.directives()])

    def write() -> None:
        for _ in range(5):
            house.verdict("withhold")

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(8)]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert [d.number for d in house.directives()] == list(range(1, 41))
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)


def test_the_feed_goes_on_from_its_cursor_and_other_sites_have_their_own(house: House) -> None:
    for _ in range(5):
        house.verdict("withhold")
    read = ReadFeed(house.store)
    page = read(SITE, 0, limit=2)
    assert ([d.number for d in page.directives], page.next) == ([1, 2], 2)
    rest = read(SITE, page.next)
    assert ([d.number for d in rest.directives], rest.next) == ([3, 4, 5], 5)
    assert read(SITE, 5).next == 5
    assert read(Site("other"), 0).directives == ()
    with pytest.raises(Refusal):
        read(SITE, -1)


def test_an_acknowledgement_stands_once_at_the_sites_own_time(house: House) -> None:
    house.alert("bike-1")
    (told,) = house.directives()
    house.time.pass_(1_000)
    site_time = Millis(told.issued + 400)
    first = Acknowledge(house.store)(SITE, told.id, site_time)
    again = Acknowledge(house.store)(SITE, told.id, Millis(site_time + 9))
    assert first.state is DirectiveState.ACKNOWLEDGED
    assert (again.acknowledged, again.site_time) == (first.acknowledged, site_time)
    event = last_then(house, "directive.acknowledged").event
    assert (event.happened, event.known) == (site_time, house.time.now())
    assert len([r for r in house.then if r.event.TYPE == "directive.acknowledged"]) == 1


def test_several_are_acknowledged_as_if_one_by_one_in_the_order_asked(house: House) -> None:
    house.verdict("publish")
    house.alert("bike-1")
    first, second = house.directives()
    stranger = DirectiveId("unknown")
    at = Millis(house.time.now())
    told = Acknowledge(house.store).all(SITE, [(second.id, at), (stranger, at), (first.id, at)])
    assert [None if row is None else row.id for row in told] == [second.id, None, first.id]
    assert all(row.acknowledged == at for row in told if row is not None)
    house.time.pass_(MINUTE)
    again = Acknowledge(house.store).all(SITE, [(first.id, Millis(at + 1))])
    assert again[0] is not None
    assert again[0].site_time == at, "the first word stands"
    assert len([r for r in house.then if r.event.TYPE == "directive.acknowledged"]) == 2


def test_one_time_that_is_none_refuses_all_of_them(house: House) -> None:
    house.verdict("publish")
    (row,) = house.directives()
    said = [(row.id, Millis(5)), (DirectiveId("other"), Millis(0))]
    with pytest.raises(Refusal):
        Acknowledge(house.store).all(SITE, said)
    assert house.directives()[0].acknowledged is None


def test_what_follows_an_alert_is_urgent_and_nothing_else(make_store: Callable[..., Store]) -> None:
    heard = {
        **story([]),
        "directive.issued": Heard(then=("ads.PushDirective",)),
        "directive.acknowledged": Heard(then=("ads.Observe",)),
    }
    time = HandTime()
    store = make_store(heard, time)
    house = House(store, time, ReceiveAd(store, IDS).receive(SITE, submission()).ad, [])
    house.verdict("publish")
    house.alert("bike-1")
    house.decide("no_action")
    for row in house.directives():
        house.acknowledge(row)
    box = core.outbox.c
    ranks = store.read(
        lambda work: work.conn.execute(select(box.service, box.rank).order_by(box.id)).all()
    )
    urgent, routine = core.URGENT, core.ROUTINE
    for service in ("ads.PushDirective", "ads.Observe"):
        found = [rank for name, rank in ranks if name == service]
        assert found == [routine, urgent, routine], service


def test_what_was_just_acknowledged_is_left_to_the_first_look(probed: House) -> None:
    eyes = FakeEyes(Seen.DOWN)
    observe = Observe(probed.store, eyes)
    assert observe.sweep(SITE, fresh=10_000) == 0
    probed.time.pass_(10_000)
    assert observe.sweep(SITE, fresh=10_000) == 1


def test_an_acknowledgement_from_a_fast_or_slow_clock_stays_within_what_we_know(
    house: House,
) -> None:
    house.alert("bike-1")
    (told,) = house.directives()
    Acknowledge(house.store)(SITE, told.id, Millis(house.time.now() + DAY))
    event = last_then(house, "directive.acknowledged").event
    assert event.happened == house.time.now()
    assert event.site_time == house.time.now() + DAY


def test_what_does_not_exist_or_has_no_time_is_refused(house: House) -> None:
    house.alert("bike-1")
    (told,) = house.directives()
    acknowledge = Acknowledge(house.store)
    with pytest.raises(NotFound):
        acknowledge(SITE, DirectiveId("unknown"), Millis(5))
    with pytest.raises(NotFound):
        acknowledge(Site("other"), told.id, Millis(5))
    with pytest.raises(Refusal):
        acknowledge(SITE, told.id, Millis(0))
    assert house.directives()[0].state is DirectiveState.ISSUED


@pytest.fixture
def probed(house: House) -> House:
    """A hidden ad with a page and an API at a registered origin."""
    RegisterOrigin(house.store)(
        SITE, "https://ads.example.com/", "https://ads.example.com/api/ads/{external_id}"
    )
    house.place(PlacementKind.PUBLISHED, url="https://ads.example.com/ads/bike-1")
    house.alert("bike-1")
    house.acknowledge(house.directives()[-1])
    return house


def test_a_probe_that_agrees_makes_it_observed(probed: House) -> None:
    eyes = FakeEyes(Seen.DOWN)
    recorded = last_then(probed, "directive.acknowledged")
    Observe(probed.store, eyes)(recorded)
    Observe(probed.store, eyes)(recorded)
    (told,) = probed.directives()
    assert told.state is DirectiveState.OBSERVED
    (event,) = probed.chain(DirectiveObserved)
    assert (event.seen, event.agrees) == ("down", True)
    urls = {url for url, _ in eyes.asked}
    assert urls == {
        "https://ads.example.com/ads/bike-1",
        "https://ads.example.com/api/ads/bike-1",
    }
    assert eyes.asked[0][1] == ("bike-1", "A blue bike with three gears.")


def test_a_site_that_says_yes_and_keeps_the_ad_up_is_found(probed: House) -> None:
    Observe(probed.store, FakeEyes(Seen.UP))(last_then(probed, "directive.acknowledged"))
    (event,) = probed.chain(DirectiveObserved)
    assert (event.seen, event.agrees) == ("up", False)
    (told,) = probed.directives()
    assert told.state is DirectiveState.ACKNOWLEDGED
    overdue = OverdueSweep(probed.store)
    assert overdue(SITE) == 0, "not before its deadline"
    probed.time.pass_(15 * MINUTE + 1)
    assert (overdue(SITE), overdue(SITE)) == (1, 0), "once"
    (late,) = probed.chain(DirectiveOverdue)
    assert (late.state, late.happened) == ("acknowledged", told.deadline)


def test_what_cannot_be_reached_is_tried_again_and_says_nothing(probed: House) -> None:
    recorded = last_then(probed, "directive.acknowledged")
    eyes = FakeEyes(Seen.UNREACHABLE)
    with pytest.raises(Outage):
        Observe(probed.store, eyes)(recorded)
    assert probed.chain(DirectiveObserved) == []
    eyes.sees = Seen.DOWN
    Observe(probed.store, eyes)(recorded)
    assert probed.directives()[0].state is DirectiveState.OBSERVED


def test_the_sweep_looks_again_and_says_only_what_changed(probed: House) -> None:
    eyes = FakeEyes(Seen.UP)
    observe = Observe(probed.store, eyes)
    assert observe.sweep(SITE) == 1
    assert observe.sweep(SITE) == 0, "not again within the minute"
    for sees, expected in ((Seen.UP, 1), (Seen.DOWN, 2), (Seen.UNREACHABLE, 3)):
        probed.time.pass_(HOUR + 1)
        eyes.sees = sees
        assert observe.sweep(SITE) == 1
        assert len(probed.chain(DirectiveObserved)) == expected
    assert probed.directives()[0].state is DirectiveState.OBSERVED, "unreachable undoes nothing"
    probed.time.pass_(HOUR + 1)
    eyes.sees = Seen.UP
    observe.sweep(SITE)
    assert probed.directives()[0].state is DirectiveState.ACKNOWLEDGED, "put back up later"


def test_only_the_directive_in_force_is_looked_at(probed: House) -> None:
    first = last_then(probed, "directive.acknowledged")
    probed.verdict("publish")
    probed.decide("no_action")
    eyes = FakeEyes(Seen.UP)
    Observe(probed.store, eyes)(first)
    assert (eyes.asked, probed.chain(DirectiveObserved)) == ([], [])
    probed.acknowledge(probed.directives()[-1])
    assert Observe(probed.store, eyes).sweep(SITE) == 1
    (event,) = probed.chain(DirectiveObserved)
    assert (event.seen, event.agrees) == ("up", True)


def test_without_a_registered_origin_nothing_is_probed(house: House) -> None:
    house.place(PlacementKind.PUBLISHED, url="https://ads.example.com/ads/bike-1")
    house.alert("bike-1")
    house.acknowledge(house.directives()[-1])
    eyes = FakeEyes(Seen.UP)
    observe = Observe(house.store, eyes)
    observe(last_then(house, "directive.acknowledged"))
    assert (observe.sweep(SITE), eyes.asked) == (0, [])
    house.time.pass_(DAY)
    assert OverdueSweep(house.store)(SITE) == 0, "acknowledged, and shown as such"


def test_silence_past_the_deadline_is_overdue_unless_forestalled(house: House) -> None:
    house.verdict("withhold")
    house.time.pass_(MINUTE)
    house.verdict("refuse")
    house.time.pass_(15 * MINUTE + 1)
    assert OverdueSweep(house.store)(SITE) == 1
    assert [d.overdue is not None for d in house.directives()] == [False, True]
    (event,) = house.chain(DirectiveOverdue)
    assert event.state == "issued"


def test_a_withdrawn_ad_need_not_be_seen_up(house: House) -> None:
    RegisterOrigin(house.store)(SITE, "https://ads.example.com")
    house.place(PlacementKind.PUBLISHED, url="https://ads.example.com/ads/bike-1")
    house.verdict("publish")
    house.acknowledge(house.directives()[0])
    house.place(PlacementKind.WITHDRAWN)
    eyes = FakeEyes(Seen.DOWN)
    assert Observe(house.store, eyes).sweep(SITE) == 0
    house.time.pass_(2 * DAY)
    assert OverdueSweep(house.store)(SITE) == 0


@dataclass
class FakeHook:
    """A webhook that answers what the test says."""

    answer: Millis | None = None
    wants: bool = True
    bodies: list[bytes] = field(default_factory=list)

    def wanted(self, site: Site) -> bool:
        return self.wants

    def push(self, site: Site, body: bytes) -> Millis | None:
        self.bodies.append(body)
        return self.answer


def test_the_webhook_is_sent_until_acknowledged(house: House) -> None:
    house.alert("bike-1")
    recorded = last_then(house, "directive.issued")
    hook = FakeHook()
    push = PushDirective(house.store, hook)
    with pytest.raises(Outage):
        push(recorded)
    hook.answer = house.time.now()
    push(recorded)
    push(recorded)
    assert len(hook.bodies) == 2
    assert hook.bodies[0] == hook.bodies[1]
    assert house.directives()[0].state is DirectiveState.ACKNOWLEDGED
    hook.wants = False
    house.verdict("withhold")
    push(last_then(house, "directive.issued"))
    assert len(hook.bodies) == 2


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Ads.Example.com/x", "https://ads.example.com:443"),
        ("http://127.0.0.1:8100", "http://127.0.0.1:8100"),
        ("http://[2001:db8::1]/", "http://[2001:db8::1]:80"),
        ("ftp://ads.example.com/", None),
        ("https://user@ads.example.com/", None),
        ("https://ads.example.com:99999/", None),
        ("bike-1", None),
    ],
)
def test_origins_have_one_spelling(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("origin", "api"),
    [
        ("ads.example.com", None),
        ("https://ads.example.com/path", None),
        ("https://ads.example.com", "https://other.example.com/{external_id}"),
        ("https://ads.example.com", "https://ads.example.com/api"),
    ],
)
def test_an_origin_that_is_none_is_refused(house: House, origin: str, api: str | None) -> None:
    with pytest.raises(Refusal):
        RegisterOrigin(house.store)(SITE, origin, api)
