"""receiver/app: puts the receiver together: the doors, the pages, the export, the marks."""

import secrets
from collections.abc import Callable, Iterable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from answerable.apps.receiver.book import Book
from answerable.apps.receiver.control import control_routes
from answerable.apps.receiver.desk import Desk
from answerable.apps.receiver.doors import Door
from answerable.apps.receiver.export import FinishedReport, as_csv, as_jsonl, finished_on
from answerable.apps.receiver.marks import Marked
from answerable.apps.receiver.pages import page_routes
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.receiver.switches import Switchboard
from answerable.kernel.time import TimeSource


class ReceiverApp:
    """The ASGI application, with its switches at hand. `close` ends its hold on the file."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.switchboard = desk.board
        self._marked = Marked(Starlette(routes=_routes(desk)), desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._marked(scope, receive, send)

    def close(self) -> None:
        self.desk.book.close()


def create_receiver(
    settings: ReceiverSettings,
    time: TimeSource,
    chance: Callable[[int], bytes] = secrets.token_bytes,
) -> ReceiverApp:
    """A receiver over the file at `settings.db_path`, made if absent. Serves nothing by itself."""
    desk = Desk(
        settings=settings,
        book=Book(settings.db_path),
        board=Switchboard(settings.switches),
        time=time,
        chance=chance,
    )
    return ReceiverApp(desk)


def _routes(desk: Desk) -> list[Route]:
    export = _Export(desk)
    return [
        Route("/ispws/{call}", Door(desk)),
        Route("/export/finished.csv", export.csv),
        Route("/export/finished.jsonl", export.jsonl),
        Route("/healthz", _healthz),
        *control_routes(desk),
        *page_routes(desk),
    ]


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("TEST receiver is up")


class _Export:
    """The caller's own finished reports, as text."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def csv(self, request: Request) -> Response:
        return await self._give(request, as_csv, "text/csv")

    async def jsonl(self, request: Request) -> Response:
        return await self._give(request, as_jsonl, "application/jsonl")

    async def _give(
        self,
        request: Request,
        spell: Callable[[Iterable[FinishedReport]], str],
        media_type: str,
    ) -> Response:
        user = self._desk.user_of(request.headers.get("authorization"))
        if user is None:
            headers = {"WWW-Authenticate": 'Basic realm="TEST receiver"'}
            return PlainTextResponse("log in", status_code=401, headers=headers)
        reports = await self._desk.run(lambda page: finished_on(page, user))
        return Response(spell(reports), media_type=media_type)
