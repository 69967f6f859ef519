"""The console's page of alerts: what waits for a look, the switch, and who may turn it off."""

from pathlib import Path
from typing import Any

import pytest
from tests.unit.console_room import Room, plain, room

from answerable.alerts.decide import read_alert
from answerable.alerts.model import AlertAnswer

pytestmark = pytest.mark.slow  # a whole house with its database for each test

WORDS = {"title": "Blue bike", "body": "A blue bike, like new."}


def stranger(r: Room, ad: str, **more: Any) -> AlertAnswer:
    """An alert that names no fact."""
    receive = r.house.receive_alert
    return receive(r.house.site, read_alert({"ad": ad, **more}, nonce=receive.new_nonce()))


def flooded(r: Room) -> None:
    """One hidden ad, then a second that the switch leaves up."""
    for name in ("bike-1", "bike-2"):
        r.ad(name, WORDS, account={"id": "kim"})
        stranger(r, name)


def test_what_was_put_off_stands_there_with_its_time_left(tmp_path: Path) -> None:
    with room(tmp_path, flood_account=1) as r:
        ana = r.browser("ana")
        assert "Every alert has hidden its ad" in plain(ana.get("/console/alerts"))
        flooded(r)
        page = plain(ana.get("/console/alerts"))
        assert "bike-2" in page
        assert "bike-1" not in page
        assert "15 min 0 s left a flood" in page
        assert "one advertiser" in page
        r.time.pass_(16 * 60_000)
        assert "overdue by 1 min" in plain(ana.get("/console/alerts"))
        assert r.house.sweep_alerts() == 1
        assert "or the ad is down" in plain(ana.get("/console/alerts"))


def test_a_banner_stands_on_every_page_while_the_switch_is_on(tmp_path: Path) -> None:
    with room(tmp_path, flood_account=1) as r:
        ana, edda = r.browser("ana"), r.browser("edda")
        assert "look at them first" not in plain(ana.get("/console"))
        flooded(r)
        assert "look at them first" in plain(ana.get("/console"))
        assert "look at them first" not in plain(edda.get("/console/health"))


def test_only_a_senior_turns_it_off_and_says_why(tmp_path: Path) -> None:
    with room(tmp_path, flood_account=1) as r:
        flooded(r)
        (flood,) = r.house.store.read(lambda w: w.alerts.floods(r.house.site, 5))
        path = f"/console/alerts/floods/{flood.id}/end"
        assert "Turn it off" not in r.browser("ana").get("/console/alerts")
        r.browser("ana").post(path, {"reason": "one joke"}, status=403)
        cleo = r.browser("cleo")
        assert "Turn it off" in cleo.get("/console/alerts")
        cleo.post(path, {"reason": " "}, status=422)
        answer = cleo.post(path, {"reason": "A joke on the radio."})
        page = plain(cleo.get(answer.headers["location"]))
        assert "The switch is off" in page
        assert "by a person" in page
        cleo.post(path, {"reason": "again"}, status=409)
