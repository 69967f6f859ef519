"""Which path is which door, and what OpenAPI says of it."""

from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool as in_thread
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from answerable.apps.api import intake
from answerable.apps.api.alert_doors import AlertDoors
from answerable.apps.api.complaints import ComplaintDoors, complaint_router
from answerable.apps.api.doors import IMMUTABLE, Doors
from answerable.apps.api.questions import QuestionDoors, question_router
from answerable.apps.api.watches import WatchDoors, watch_router
from answerable.apps.wiring import House
from answerable.kernel.errors import NotFound
from answerable.ledger.faults import Malformed, MissingTile

BODIES: tuple[type[BaseModel], ...] = (
    intake.AdIn,
    intake.RevisionIn,
    intake.BatchIn,
    intake.PlacementIn,
    intake.AlertIn,
    intake.AlertBatchIn,
    intake.AcknowledgeIn,
    intake.AcksIn,
    intake.WatchIn,
    intake.ComplaintIn,
    intake.AnswerIn,
)
_REF = "#/components/schemas/{model}"


def schemas() -> dict[str, Any]:
    """Every body's schema, for `components` of the OpenAPI page."""
    _, defined = models_json_schema([(m, "validation") for m in BODIES], ref_template=_REF)
    found: dict[str, Any] = defined.get("$defs", {})
    return found


def site_router(doors: Doors) -> APIRouter:
    """Every `/v1` route."""
    routes = APIRouter()
    add = routes.add_api_route
    add("/v1/ads", doors.post_ad, methods=["POST"], status_code=201, **_takes("AdIn"))
    add("/v1/ads/batch", doors.post_batch, methods=["POST"], **_takes("BatchIn"))
    add(
        "/v1/ads/{external_id:path}/revisions",
        doors.post_revision,
        methods=["POST"],
        status_code=201,
        **_takes("RevisionIn"),
    )
    add("/v1/ads/{external_id:path}", doors.get_ad, methods=["GET"])
    add(
        "/v1/placements",
        doors.post_placement,
        methods=["POST"],
        status_code=201,
        **_takes("PlacementIn"),
    )
    add("/v1/files", doors.put_file, methods=["PUT"], status_code=201, **_takes_bytes())
    add("/v1/directives", doors.get_directives, methods=["GET"])
    add(
        "/v1/directives/{directive}/ack",
        doors.post_ack,
        methods=["POST"],
        **_takes("AcknowledgeIn"),
    )
    add("/v1/directives/acks", doors.post_acks, methods=["POST"], **_takes("AcksIn"))
    add("/v1/proofs/{leaf}.tlog-proof", doors.get_proof, methods=["GET"])
    return routes


def watches_router(house: House) -> APIRouter:
    """What whoever asks for a watch may ask: that it runs, and whether it still does."""
    return watch_router(WatchDoors(house), _takes("WatchIn"))


def complaints_router(house: House) -> APIRouter:
    """What the site sends for its posters."""
    return complaint_router(ComplaintDoors(house), _takes("ComplaintIn"))


def questions_router(house: House, doors: Doors) -> APIRouter:
    """What the site is asked for a report, and its answers."""
    return question_router(QuestionDoors(house, doors.waited), _takes("AnswerIn"))


def alert_router(doors: AlertDoors) -> APIRouter:
    """`/v1/alerts`: one from anybody, many from whom we know."""
    routes = APIRouter()
    add = routes.add_api_route
    add("/v1/alerts", doors.post_alert, methods=["POST"], status_code=201, **_takes("AlertIn"))
    add("/v1/alerts/batch", doors.post_batch, methods=["POST"], **_takes("AlertBatchIn"))
    return routes


def log_router(house: House) -> APIRouter:
    """The public log as C2SP tlog-tiles serves it, under `/log`."""
    routes = APIRouter()

    async def checkpoint() -> Response:
        """The last published head, signed."""
        note = await in_thread(house.tiles.checkpoint)
        if note is None:
            raise NotFound("nothing is published yet")
        headers = {"Cache-Control": "no-cache"}
        return Response(note, media_type="text/plain; charset=utf-8", headers=headers)

    async def tile(path: str) -> Response:
        """A hash tile or an entry bundle."""
        try:
            content = await in_thread(house.tiles.serve, path)
        except (Malformed, MissingTile):
            raise NotFound("no such tile") from None
        return Response(content, media_type="application/octet-stream", headers=IMMUTABLE)

    routes.add_api_route("/log/checkpoint", checkpoint, methods=["GET"])
    routes.add_api_route("/log/{path:path}", tile, methods=["GET"])
    return routes


def _takes(model: str) -> dict[str, Any]:
    """OpenAPI for a door that reads its body itself, so that it can be strict about bytes."""
    schema = {"$ref": _REF.format(model=model)}
    content = {"application/json": {"schema": schema}}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}


def _takes_bytes() -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    content = {"application/octet-stream": {"schema": schema}}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}
