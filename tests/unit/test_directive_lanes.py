"""An alert's hide never waits for routine: whole pages on the site, lanes of their own with us."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.installation import until
from tests.unit.console_room import room
from tests.unit.test_example_site import World

from answerable.ads.directives import Directive, DirectiveState
from answerable.apps.background import SITE_WORKERS, Background
from answerable.apps.wiring import CLAIMS, SITE_LANE
from answerable.events.event import Recorded
from answerable.kernel.errors import Outage

pytestmark = pytest.mark.slow  # a whole house with its database for each test


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with room(tmp_path) as made:
        built = World(made, tmp_path)
        yield built
        built.site.close()


def test_a_page_is_done_whole_and_acknowledged_in_one_call(world: World) -> None:
    names = [world.post() for _ in range(3)]
    for _ in names:
        world.tell()
    world.room.screen()
    world.room.alert(names[1])
    world.lines.sent.clear()
    world.site.obedience.obey()
    assert [world.up(name) for name in names] == [True, False, True], "in order, the hide last"
    assert {d.state for d in world.directives()} == {DirectiveState.ACKNOWLEDGED}
    acks = [path for path, _ in world.lines.sent if "/ack" in path]
    assert acks == ["/v1/directives/acks"]


def test_what_was_done_before_one_that_has_to_wait_stays_done_and_is_said(world: World) -> None:
    first = world.post()
    world.tell()
    world.room.screen()
    second = world.post()
    world.lines.lost = lambda request: (
        httpx.ReadTimeout("lost", request=request) if request.url.path == "/v1/ads" else None
    )
    with pytest.raises(Outage):
        world.tell()
    world.room.screen()
    with pytest.raises(Outage):
        world.site.obedience.obey()
    assert (world.up(first), world.up(second)) == (True, False)
    states = [d.state for d in world.directives()]
    assert states == [DirectiveState.ACKNOWLEDGED, DirectiveState.ISSUED]
    world.lines.lost = lambda _request: None
    world.go_round()
    assert world.up(second)


def test_probes_that_hang_keep_no_hide_waiting(tmp_path: Path) -> None:
    """Every worker of the site lane, and all that it claimed, waits for a site that hangs."""
    hung, seen = threading.Event(), list[str]()
    count = SITE_WORKERS * CLAIMS[SITE_LANE] + 1
    with room(tmp_path) as made:
        house = made.house

        def look(recorded: Recorded) -> None:
            name = str(recorded.event.directive)  # type: ignore[attr-defined]
            row: Directive = house.store.read(lambda work: work.directives.get(house.site, name))
            if row.action.puts_up:
                hung.wait()
            seen.append(f"{row.action.value} {row.external_id}")

        house.then = {**house.then, "ads.Observe": look}
        names = [f"bike-{number}" for number in range(count)]
        for name in names:
            made.ad(name, {"body": "A blue bike."})
        background = Background(house, "test")
        background.start()
        try:
            acknowledge_all(house)
            for name in names[:3]:
                made.alert(name)
            acknowledge_all(house)
            until(lambda: len(seen) == 3, "the three hides are looked at")
            assert sorted(seen) == [f"hide {name}" for name in names[:3]]
            hung.set()
            until(lambda: len(seen) == count + 3, "and then the others")
        finally:
            hung.set()
            background.stop()
        assert set(background.broken) == set()


def acknowledge_all(house: Any) -> None:
    rows = house.feed(house.site, 0, 500).directives
    now = house.store.now()
    house.acknowledge.all(house.site, [(row.id, now) for row in rows])
