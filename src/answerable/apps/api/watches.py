"""The doors of watches: asked with a token of scope `watch`; its state, and never what it found."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from starlette.responses import JSONResponse

from answerable.access.model import ApiToken, Scope
from answerable.apps.api import intake
from answerable.apps.api.answers import Unprocessable, key_of, parse, read_body, token_of
from answerable.apps.wiring import House
from answerable.kernel.errors import Refusal
from answerable.kernel.requests import RequestKey
from answerable.watches.model import Role, TermKind, WatchId, Wish
from answerable.watches.terms import read_term


class WatchDoors:
    """One method a door. Failures are raised; app.py makes answers of them."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def post_watch(self, request: Request) -> JSONResponse:
        """Look out for these from now on, and in the archive at once."""
        token = await self._token(request)
        raw = await read_body(request)
        said = parse(raw, intake.WatchIn)
        key = key_of(request, raw)
        made = await in_thread(self._ask, token, said, key)
        return JSONResponse(made, status_code=201)

    async def get_watch(self, request: Request, watch: str) -> JSONResponse:
        """received, running or ended."""
        token = await self._token(request)
        return JSONResponse(await in_thread(self._told, token, WatchId(watch)))

    def _ask(self, token: ApiToken, said: intake.WatchIn, key: RequestKey | None) -> dict[str, Any]:
        read = self._house.watch_index.read
        try:
            wish = Wish(
                role=Role(said.role),
                organisation=said.organisation,
                terms=tuple(read_term(TermKind(t.kind), t.value, read) for t in said.terms),
                reason=said.reason,
                days=said.days,
            )
        except Refusal as refusal:
            raise Unprocessable(refusal.reason, **refusal.details) from None
        made = self._house.ask_watch.by_token(token, wish, key)
        return self._told(token, made.id)

    def _told(self, token: ApiToken, watch: WatchId) -> dict[str, Any]:
        found, standing = self._house.standing_of_watch(token, watch)
        return {"watch": found.id, "status": standing.value, "ends": found.ends}

    async def _token(self, request: Request) -> ApiToken:
        return await token_of(self._house, request, Scope.WATCH)


def watch_router(doors: WatchDoors, takes: dict[str, Any]) -> APIRouter:
    """`/v1/watches`; `takes` is what OpenAPI says of the body."""
    routes = APIRouter()
    routes.add_api_route(
        "/v1/watches", doors.post_watch, methods=["POST"], status_code=201, **takes
    )
    routes.add_api_route("/v1/watches/{watch}", doors.get_watch, methods=["GET"])
    return routes
