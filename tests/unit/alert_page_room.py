"""The alert page over a house of its own, as a visitor without a browser or with one sees it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient
from tests.unit.console_room import Room, plain

from answerable.adapters.sql import core
from answerable.alerts.words import WORDS
from answerable.apps.alert_page.wiring import alert_routes
from answerable.apps.api.app import create_app
from answerable.apps.serving import Server, config, listen

BIKE = {"title": "City bike, three gears", "body": "Ask for bluelantern."}
SENTENCE = "I know her, she is in my class"


class Page:
    """A visitor of the page, with what a browser would send back."""

    def __init__(self, a_room: Room) -> None:
        self.room = a_room
        self.app = create_app(a_room.house, holder="test", more=(alert_routes,))
        self.client = TestClient(self.app, follow_redirects=False)

    def get(self, path: str = "/alert", status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status
        return answer.text

    def send(self, status: int = 201, **fields: Any) -> str:
        answer = self.client.post("/alert", data={"nonce": nonce_in(self.get()), **fields})
        assert answer.status_code == status, plain(answer.text)
        return answer.text

    def look_up(self, words: str, status: int = 200) -> str:
        answer = self.client.post("/alert/lookup", data={"words": words})
        assert answer.status_code == status
        return plain(answer.text)

    def alerts(self) -> list[Any]:
        house = self.room.house

        def fn(work: Any) -> list[Any]:
            ids = work.conn.execute(
                select(core.event.c.event_id)
                .where(core.event.c.type == "alert.received")
                .order_by(core.event.c.recorded)
            ).scalars()
            return [work.recorded(name).event for name in list(ids)]

        return house.store.read(fn)

    def hidden(self) -> list[str]:
        house = self.room.house
        rows = house.feed(house.site, 0).directives
        return [row.external_id for row in rows if row.action.value == "hide"]


def hidden_fields(html: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)
    return {name: unescape(value) for name, value in found}


def nonce_in(html: str) -> str:
    return hidden_fields(html)["nonce"]


def words_in(html: str) -> str:
    found = re.search(r'id="words" lang="en" translate="no"><strong>([a-z ]+)</strong>', html)
    assert found is not None
    assert len(found[1].split()) == 5
    assert set(found[1].split()) <= set(WORDS)
    return found[1]


@contextmanager
def served(page: Page) -> Iterator[str]:
    told = config(page.app)
    told.lifespan = "off"
    listening, server = listen("127.0.0.1", 0), Server(told)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
