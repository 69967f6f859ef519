"""Placements and sections on both databases: where an ad stands, since when, where it may not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from tests.contracts.test_intake import (
    WITH_SCREENING,
    at_once,
    chain_of,
    event_of,
    everything,
    key,
    submission,
)
from tests.databases import SITE, HandTime

from answerable.adapters.clock import SystemIds
from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.ads.decide import FUTURE_SKEW_MAX
from answerable.ads.model import AdState, Channel, PlacementKind, PlacementNews, Submitted
from answerable.ads.sections import CloseSection
from answerable.ads.service import PlaceAd, ReceiveAd
from answerable.kernel.errors import NotFound, Refusal
from answerable.kernel.ids import ActorId, SubjectId
from answerable.kernel.time import Millis


def news(kind: PlacementKind = PlacementKind.PUBLISHED, **more: Any) -> PlacementNews:
    return PlacementNews(external_id="ad-1", kind=kind, **more)


@pytest.fixture
def placed(make_store: Callable[..., Store]) -> tuple[Store, PlaceAd, HandTime]:
    time = HandTime()
    store = make_store(WITH_SCREENING, time)
    ads = ReceiveAd(store, SystemIds())
    ads.receive(SITE, submission(section="bikes", place={"country": "US", "region": "CA"}))
    ads.revise(SITE, submission(text={"body": "A red bike"}))
    return store, PlaceAd(store, SystemIds()), time


def standing(store: Store) -> list[Any]:
    def read(work: Any) -> list[Any]:
        return list(work.ads.standing(SITE, work.ads.find(SITE, "ad-1").id))

    return store.read(read)


def state_of(store: Store) -> Any:
    return store.read(lambda work: work.ads.find(SITE, "ad-1"))


@pytest.mark.parametrize(
    "kind", [PlacementKind.PUBLISHED, PlacementKind.RENEWED, PlacementKind.MOVED]
)
def test_a_placement_begins(placed: tuple[Store, PlaceAd, HandTime], kind: PlacementKind) -> None:
    store, place, time = placed
    url = "https://ads.example.com/1"
    said = place(
        SITE,
        news(kind, section="sport", place={"country": "CA"}, url=url, channel=Channel.APP),
    )
    event = event_of(store, said)
    assert event.TYPE.split(".")[1] == kind.value
    assert (event.revision, event.section, event.channel) == (1, "sport", "app")
    (stands,) = standing(store)
    assert (stands.since, stands.jurisdiction, stands.url) == (time.now(), "CA", url)
    ad = state_of(store)
    assert (ad.state, ad.section, ad.jurisdiction) == (AdState.PUBLISHED, "sport", "CA")
    owed = [r.event for r in closed_chain(store)][-1]
    assert (owed.cause, owed.placement, owed.revision) == (kind.value, stands.id, 1)


def closed_chain(store: Store) -> tuple[Any, ...]:
    return store.read(
        lambda work: work.chain_of(SITE, SubjectId(work.ads.find(SITE, "ad-1").closed_subject))
    )


@pytest.mark.parametrize(
    ("kind", "state", "actor"),
    [
        (PlacementKind.EXPIRED, AdState.EXPIRED, "site"),
        (PlacementKind.WITHDRAWN, AdState.WITHDRAWN, "poster"),
        (PlacementKind.REMOVED, AdState.REMOVED, "site"),
    ],
)
def test_placements_end_each_with_its_own_event(
    placed: tuple[Store, PlaceAd, HandTime], kind: PlacementKind, state: AdState, actor: str
) -> None:
    store, place, time = placed
    place(SITE, news())
    place(SITE, news(channel=Channel.EMAIL))
    ids = {each.id for each in standing(store)}
    time.pass_(1_000)
    place(SITE, news(kind))
    assert standing(store) == []
    ended = [r.event for r in chain_of(store) if r.event.TYPE.endswith(kind.value)]
    assert {event.placement for event in ended} == ids  # type: ignore[attr-defined]
    assert {event.actor for event in ended} == {ActorId(actor)}
    assert state_of(store).state is state


@pytest.mark.parametrize(
    "bad",
    [
        {"revision": 2},
        {"revision": -1},
        {"at": "future"},
        {"external_id": "nobody"},
        {"section": "a\x00"},
        {"url": "https://x\x00"},
        {"place": {"city": "\ud800"}},
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", [PlacementKind.PUBLISHED, PlacementKind.MOVED])
def test_a_refused_placement_leaves_nothing(
    placed: tuple[Store, PlaceAd, HandTime], kind: PlacementKind, bad: dict[str, Any]
) -> None:
    store, place, time = placed
    if bad.get("at") == "future":
        bad = {"at": Millis(time.now() + FUTURE_SKEW_MAX + 1)}
    before, ad = everything(store), state_of(store)
    with pytest.raises(Refusal):
        place(SITE, replace(news(kind), **bad), key(route="placements"))
    assert everything(store) == before
    assert state_of(store) == ad


def test_a_time_a_little_ahead_is_taken_as_now_and_the_past_as_told(
    placed: tuple[Store, PlaceAd, HandTime],
) -> None:
    store, place, time = placed
    soon = place(SITE, news(at=Millis(time.now() + FUTURE_SKEW_MAX)))
    assert event_of(store, soon).happened == time.now()
    past = place(SITE, news(PlacementKind.RENEWED, at=Millis(time.now() - 86_400_000)))
    assert event_of(store, past).happened == time.now() - 86_400_000
    for kind in (PlacementKind.EXPIRED, PlacementKind.WITHDRAWN, PlacementKind.REMOVED):
        with pytest.raises(Refusal, match="future"):
            place(SITE, news(kind, at=Millis(time.now() + FUTURE_SKEW_MAX + 1)))
    assert len(standing(store)) == 2


def test_placements_and_revisions_at_once_lose_nothing(make_store: Callable[..., Store]) -> None:
    stores = [make_store(WITH_SCREENING) for _ in range(3)]
    ReceiveAd(stores[0], SystemIds()).receive(SITE, submission())
    asks: list[Callable[[], Any]] = []
    for number in range(12):
        here = stores[number % 3]
        if number % 2:
            asks.append(lambda s=here: PlaceAd(s, SystemIds())(SITE, news(PlacementKind.RENEWED)))
        else:
            asks.append(
                lambda s=here, n=number: ReceiveAd(s, SystemIds()).revise(
                    SITE, submission(text={"body": f"{n}"})
                )
            )
    assert all(isinstance(answer, Submitted) for answer in at_once(*asks))
    kinds = [r.event.TYPE for r in chain_of(stores[0])]
    assert (kinds.count("ad.revised"), kinds.count("ad.renewed")) == (6, 6)
    assert len(standing(stores[0])) == 6
    assert state_of(stores[0]).state is AdState.PUBLISHED


# Sections


def test_a_section_closes_and_opens_with_its_notice_and_an_event(store: Store) -> None:
    sections, who = CloseSection(store), ActorId("staff:ana")
    before = everything(store)
    for missing in ({"section": " "}, {"notice": ""}, {"reason": "\n"}):
        told = {"section": "jobs", "notice": "closed", "reason": "law", **missing}
        with pytest.raises(Refusal):
            sections.close(SITE, told["section"], "us", told["notice"], told["reason"], who)
    with pytest.raises(NotFound):
        sections.open(SITE, "jobs", "US", "again", who)
    assert everything(store) == before
    sections.close(SITE, "jobs", "us", "closed here", "the law", who)
    (closure,) = store.read(lambda work: work.ads.closures(SITE))
    assert (closure.jurisdiction, closure.notice) == ("US", "closed here")
    assert not sections.open(SITE, "jobs", "us", "again", who)
    assert sections.open(SITE, "jobs", "us", "again", ActorId("staff:ben"))
    assert list(store.read(lambda work: work.ads.closures(SITE))) == []
    kinds = store.read(
        lambda work: list(
            work.conn.execute(select(core.event.c.type).order_by(core.event.c.sseq)).scalars()
        )
    )
    assert kinds == ["section.closed", "section.reopen_proposed", "section.opened"]


def test_an_ad_of_a_closed_section_is_still_recorded_as_submitted(store: Store) -> None:
    """Refusing is screening's word; what was submitted stands in the log all the same."""
    CloseSection(store).close(SITE, "jobs", "", "closed", "the law", ActorId("staff:ana"))
    submitted = ReceiveAd(store, SystemIds()).receive(SITE, submission(section="jobs"))
    assert event_of(store, submitted).section == "jobs"
