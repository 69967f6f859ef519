"""The doors of complaints (DSA art. 20): the site sends its poster's, and reads how it ended.

What is said of an ad that stays down is the same after a report, a removal and a restriction.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from starlette.responses import JSONResponse

from answerable.access.model import Scope
from answerable.ads.directives import STATEMENT_GROUND
from answerable.apps.api import intake
from answerable.apps.api.answers import parse, read_body, token_of
from answerable.apps.wiring import House
from answerable.cases.complaints import Complaint
from answerable.kernel.ids import Site


class ComplaintDoors:
    """One method a door. Failures are raised; app.py makes answers of them."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def post_complaint(self, request: Request) -> JSONResponse:
        """The poster of an ad asks for another look at the decision against it."""
        site = await self._site(request)
        said = parse(await read_body(request), intake.ComplaintIn)
        taken = await in_thread(self._house.complain.of_poster, site, said.external_id, said.text)
        return JSONResponse(told_of(taken), status_code=201)

    async def get_complaint(self, request: Request, complaint: str) -> JSONResponse:
        """Waiting or answered; and when answered, how, and what to tell the poster."""
        site = await self._site(request)
        return JSONResponse(told_of(await in_thread(self._house.read_complaints, site, complaint)))

    async def _site(self, request: Request) -> Site:
        return (await token_of(self._house, request, Scope.INTAKE)).site


def told_of(complaint: Complaint) -> dict[str, Any]:
    """What the site may know of its poster's complaint. Times in ms UTC."""
    told: dict[str, Any] = {
        "complaint": complaint.id,
        "status": "waiting" if complaint.waits else "answered",
        "received": complaint.received,
        "due": complaint.due,
    }
    if not complaint.waits:
        told |= {"answered": complaint.answered, "granted": complaint.granted}
        if not complaint.granted:
            told["statement"] = {"ground": STATEMENT_GROUND, "automated": False}
    return told


def complaint_router(doors: ComplaintDoors, takes: dict[str, Any]) -> APIRouter:
    """`/v1/complaints`; `takes` is what OpenAPI says of the body."""
    routes = APIRouter()
    add = routes.add_api_route
    add("/v1/complaints", doors.post_complaint, methods=["POST"], status_code=201, **takes)
    add("/v1/complaints/{complaint}", doors.get_complaint, methods=["GET"])
    return routes
