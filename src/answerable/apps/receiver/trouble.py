"""receiver/trouble: answers that fail on purpose: cut, halved, or replaced by a gateway's page."""

from typing import assert_never

from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from answerable.apps.receiver.switches import FaultKind

HANG_UP = "answerable.hang_up"
"""ASGI extension: a callable that cuts the connection at once. serve.py gives it."""

_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>TEST</body></html>"


class HangUp(Response):
    """No answer at all: the connection is cut.

    Where the server cannot do that (an in-process test client), ConnectionAbortedError is raised.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _cut(scope, receive)


class Truncated(Response):
    """Half of another answer, under its full Content-Length, and then nothing."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await _cut(scope, receive)


async def _cut(scope: Scope, receive: Receive) -> None:
    hang_up = scope.get("extensions", {}).get(HANG_UP)
    if hang_up is None:
        raise ConnectionAbortedError("the receiver hangs up, by switch")
    hang_up()
    while (await receive())["type"] != "http.disconnect":
        pass


def strike_before(fault: FaultKind, server_error: Response) -> Response:
    """The response to a call that has no effect."""
    match fault:
        case FaultKind.DROP_BEFORE:
            return HangUp()
        case FaultKind.GATEWAY_BEFORE:
            return HTMLResponse(_GATEWAY_PAGE, status_code=502)
        case FaultKind.SERVER_ERROR:
            return server_error
        case FaultKind.DROP_AFTER | FaultKind.GATEWAY_AFTER | FaultKind.TRUNCATE_AFTER:
            raise ValueError("this fault strikes after the effect")
        case unknown:
            assert_never(unknown)


def strike_after(fault: FaultKind, response: Response) -> Response:
    """What is left of a response whose effect is committed."""
    match fault:
        case FaultKind.DROP_AFTER:
            return HangUp()
        case FaultKind.GATEWAY_AFTER:
            return HTMLResponse(_GATEWAY_PAGE, status_code=502)
        case FaultKind.TRUNCATE_AFTER:
            headers = dict(response.headers)
            return Truncated(response.body, status_code=response.status_code, headers=headers)
        case FaultKind.DROP_BEFORE | FaultKind.GATEWAY_BEFORE | FaultKind.SERVER_ERROR:
            raise ValueError("this fault strikes before the effect")
        case unknown:
            assert_never(unknown)
