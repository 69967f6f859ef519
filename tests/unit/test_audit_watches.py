"""The figures of watches: counted from events, told without a small number."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.databases import HandTime
from tests.unit.watch_room import Street, new_house

from answerable.adapters.sql import core
from answerable.apps.wiring import House
from answerable.audit.page import as_json, as_text
from answerable.audit.reconcile import reconcile
from answerable.audit.watching import WatchFigures, told
from answerable.events.event import Opened, opened_from
from answerable.kernel.time import DAY


@pytest.fixture
def time() -> HandTime:
    return HandTime()


@pytest.fixture
def house(database_url: str, tmp_path: Path, time: HandTime) -> Iterator[House]:
    made = new_house(tmp_path, database_url, time)
    yield made
    made.close()


def opened(street: Street) -> list[Opened]:
    """Every event with every group, as a bundle would open it."""

    def read(work):  # type: ignore[no-untyped-def]
        rows = work.conn.execute(select(core.event).order_by(core.event.c.recorded)).all()
        groups = work.groups_of([row.event_id for row in rows])
        return [
            opened_from(
                number,
                json.loads(row.envelope),
                {name: json.loads(body) for name, (_, body) in groups[row.event_id].items()},
                row.leaf_hash,
            )
            for number, row in enumerate(rows)
        ]

    found: list[Opened] = street.house.store.read(read)
    return found


def test_watches_searches_and_matches_are_counted_and_never_named(
    house: House, time: HandTime
) -> None:
    street = Street(house, time)
    for number in range(7):
        street.ad(f"ad-{number}", "Call 202-555-0101")
    street.screen()
    first = street.ask(("phone", "202-555-0101"), organisation="Quixotic police")
    street.search()
    street.ask(("phone", "202-555-0102"), days=1)
    street.alert(contacts=["202-555-0103"])
    house.outbox(("watches.AskForAlert",), "test").drain()
    (waiting,) = [one for one in street.watches() if one.alert is not None]
    house.review_watch.refuse(street.site, street.ana, waiting.id, "a former husband")
    time.pass_(2 * DAY)
    report = reconcile(opened(street), None, time.now())
    assert report.watches == WatchFigures(
        asked=3,
        by_role={"alerter": 1, "police": 2},
        refused=1,
        running=1,
        searched=1,
        unsearched=1,
        matched=7,
    )
    text = as_text(report)
    assert "watches asked fewer than 5 (alerter fewer than 5, police fewer than 5)" in text
    assert "archive searches fewer than 5, still to come fewer than 5, matches 7" in text
    for word in ("Quixotic", "5550101", first.id):
        assert word not in text.partition("finding")[0]
    assert json.loads(as_json(report))["watches"]["matched"] == 7
    assert [f for f in report.findings if "watch" in f.words] == []


def test_small_numbers_are_not_told() -> None:
    assert [told(count) for count in (0, 1, 4, 5)] == ["0", "fewer than 5", "fewer than 5", "5"]
