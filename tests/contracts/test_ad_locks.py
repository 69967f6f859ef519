"""Alerts, revisions, placements, verdicts of one ad at once: they wait in one order, in no ring."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.databases import fresh_database

from answerable.ads.model import PlacementKind, PlacementNews, Submission
from answerable.alerts.decide import read_alert
from answerable.apps.founding import make_home
from answerable.apps.settings import Settings
from answerable.apps.wiring import SCREENING_LANE, House, open_house

pytestmark = pytest.mark.slow
EACH = 12


@pytest.fixture(params=["postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where rows are locked; SQLite has one writer."""
    yield from fresh_database(request, tmp_path)


@pytest.fixture
def houses(database_url: str, tmp_path: Path) -> Iterator[list[House]]:
    settings = Settings(home=tmp_path / "home", database=database_url)
    make_home(settings, synthetic=True).close()
    opened = [open_house(settings) for _ in range(4)]
    yield opened
    for house in opened:
        house.close()


def test_whoever_writes_of_one_ad_waits_in_one_order(houses: list[House]) -> None:
    """Named for second-long pauses: an alert held the standing, a revision the ad, each waited."""
    house = houses[0]
    house.receive_ad.receive(house.site, Submission(external_id="ad-1", text={"body": "A bike"}))
    rings: list[str] = []
    for each in houses:
        event.listen(
            each.store.engine,
            "handle_error",
            lambda context: rings.append(str(getattr(context.original_exception, "sqlstate", ""))),
        )

    def alert(house: House, number: int) -> None:
        told = {"ad": "ad-1", "text": f"please look, {number}"}
        command = read_alert(told, nonce=house.receive_alert.new_nonce())
        house.receive_alert(house.site, command)

    def revise(house: House, number: int) -> None:
        given = Submission(external_id="ad-1", text={"body": f"A bluelantern bike, {number}"})
        house.receive_ad.revise(house.site, given)

    def place(house: House, number: int) -> None:
        house.place_ad(house.site, PlacementNews(external_id="ad-1", kind=PlacementKind.RENEWED))

    def screen(house: House, number: int) -> None:
        house.outbox(SCREENING_LANE, f"h{number}").run_once()

    faults: list[BaseException] = []

    def work(house: House, do: Callable[[House, int], Any]) -> None:
        try:
            for number in range(EACH):
                do(house, number)
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [
        threading.Thread(target=work, args=each)
        for each in zip(houses, (alert, revise, place, screen), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert rings.count("40P01") == 0
    house.outbox(SCREENING_LANE, "last").drain()
    counted = house.store.read(
        lambda work: dict(
            work.conn.execute(text("SELECT type, count(*) FROM event GROUP BY type")).tuples().all()
        )
    )
    assert counted["alert.received"] == counted["ad.revised"] == counted["ad.renewed"] == EACH
    assert counted["screen.judged"] == counted["screen.owed"] == 2 * EACH + 1
