"""receiver/marks: the outermost layer: every answer says TEST and carries its Request-ID."""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from answerable.apps.receiver.desk import Desk

TEST_HEADER = "X-Answerable-Receiver"
_KEY = "answerable.request_id"


class Marked:
    """Wraps the whole application, its failures included."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._desk.chance(16).hex()
        scope[_KEY] = request_id

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[TEST_HEADER] = "TEST"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cache-Control"] = "no-store"
                if self._desk.board.now.request_id:
                    headers["Request-ID"] = request_id
            await send(message)

        await self._app(scope, receive, send_marked)


def request_id_of(scope: MutableMapping[str, Any]) -> str:
    return str(scope[_KEY])
