"""The app process: API, log, alert page, console, public pages; and its background threads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response

from answerable.apps.api.alert_doors import AlertDoors
from answerable.apps.api.answers import failure
from answerable.apps.api.doors import Doors
from answerable.apps.api.routes import (
    alert_router,
    complaints_router,
    log_router,
    questions_router,
    schemas,
    site_router,
    watches_router,
)
from answerable.apps.background import Background
from answerable.apps.health import Health
from answerable.apps.wiring import House
from answerable.kernel.errors import SafetyError

log = structlog.get_logger("app")

MoreRoutes = Callable[[House, Background], APIRouter]


def create_app(house: House, *, holder: str, more: tuple[MoreRoutes, ...] = ()) -> FastAPI:
    """Everything the app process serves. `holder` names this process in leases."""
    background = Background(house, holder)
    health = Health(house, background)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        background.listen(asyncio.get_running_loop())
        await asyncio.to_thread(background.start)
        yield
        await asyncio.to_thread(background.stop)

    app = FastAPI(
        title="Answerable",
        description="Every ad screened, every alert answered, every suspicion reported.",
        version="1",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.let_go = background.let_go
    app.add_exception_handler(SafetyError, _answer)
    doors = Doors(house, background)
    app.include_router(site_router(doors))
    app.include_router(questions_router(house, doors))
    app.include_router(watches_router(house))
    app.include_router(complaints_router(house))
    app.include_router(alert_router(AlertDoors(house)))
    app.include_router(log_router(house))

    async def healthz() -> JSONResponse:
        """200 when every part is up and the demo, if this is one, is loaded; else 503."""
        told = await asyncio.to_thread(health.look)
        return JSONResponse(told, status_code=200 if told["ok"] else 503)

    async def openapi() -> JSONResponse:
        """This API, described."""
        return JSONResponse(_described(app))

    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/openapi.json", openapi, methods=["GET"], include_in_schema=False)
    for routes in more:
        app.include_router(routes(house, background))
    return app


async def _answer(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, SafetyError):
        raise fault
    answer = failure(fault)
    if answer.status_code >= 500:
        log.error("failed", path=request.url.path, fault=type(fault).__name__, why=str(fault))
    return answer


def _described(app: FastAPI) -> dict[str, Any]:
    described = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = described.setdefault("components", {}).setdefault("schemas", {})
    components.update(schemas())
    return described
