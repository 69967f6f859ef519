"""receiver/control: the knobs over HTTP, if the setting `control` is on, from loopback only."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from answerable.apps.receiver.desk import Desk
from answerable.apps.receiver.reading import media_type, read_body
from answerable.apps.receiver.switches import changed
from answerable.kernel.canonical import strict_json
from answerable.kernel.errors import Refusal
from answerable.kernel.hosts import is_loopback
from answerable.kernel.time import iso

_BODY_BYTES_MAX = 64 * 1024
_CALLS_MAX = 10_000


def control_routes(desk: Desk) -> list[Route]:
    """None at all unless the setting is on."""
    if not desk.settings.control:
        return []
    control = _Control(desk)
    return [
        Route("/control/switches", control.show, methods=["GET"]),
        Route("/control/switches", control.turn, methods=["POST"]),
        Route("/control/calls", control.calls, methods=["GET"]),
    ]


class _Control:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        if not _is_local(request):
            return JSONResponse({"reason": "from loopback only"}, status_code=403)
        return JSONResponse(self._desk.board.now.as_json())

    async def turn(self, request: Request) -> Response:
        """Change the switches named in the JSON body; the answer is the whole new position."""
        if not _is_local(request) or media_type(request)[0] != "application/json":
            return JSONResponse({"reason": "JSON, from loopback only"}, status_code=403)
        try:
            wanted = strict_json(await read_body(request, _BODY_BYTES_MAX))
            if not isinstance(wanted, dict):
                raise Refusal("an object of switches")
            switches = changed(self._desk.board.now, wanted)
        except Refusal as refusal:
            return JSONResponse({"reason": refusal.reason}, status_code=422)
        self._desk.board.set(switches)
        return JSONResponse(switches.as_json())

    async def calls(self, request: Request) -> Response:
        """The calls answered so far, oldest first: what each was, its code, report, Request-ID."""
        if not _is_local(request):
            return JSONResponse({"reason": "from loopback only"}, status_code=403)
        calls = await self._desk.run(lambda page: page.calls(None, _CALLS_MAX))
        return JSONResponse(
            [
                {
                    "at": iso(call.at),
                    "call": call.call,
                    "user": call.user,
                    "report_id": None if call.report_id is None else str(call.report_id),
                    "request_id": call.request_id,
                    "code": call.code,
                    "note": call.note,
                }
                for call in calls
            ]
        )


def _is_local(request: Request) -> bool:
    """The peer is this machine, and the Host name too (no DNS rebinding)."""
    peer = request.client.host if request.client else ""
    return is_loopback(peer) and is_loopback(request.url.hostname or "")
