"""The doors of questions: what a report lacks and only the site knows; asked, and answered."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from starlette.responses import JSONResponse

from answerable.access.model import Scope
from answerable.apps.api import intake
from answerable.apps.api.answers import key_of, parse, read_body, token_of
from answerable.apps.wiring import House
from answerable.kernel.ids import QuestionId
from answerable.reports.asking import Told, ask_of

Waited = Callable[[Callable[[], Any], int], Awaitable[Any]]


class QuestionDoors:
    """One method a door. Failures are raised; app.py makes answers of them."""

    def __init__(self, house: House, waited: Waited) -> None:
        self._house, self._waited = house, waited

    async def get_questions(
        self,
        request: Request,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        wait_ms: Annotated[int, Query(ge=0, le=60_000)] = 0,
    ) -> JSONResponse:
        """What is asked for a report, in order and without gaps; waits up to `wait_ms` for news."""
        token = await token_of(self._house, request, Scope.DIRECTIVES)

        def look() -> Any:
            page = self._house.read_questions(token.site, after, limit)
            return page if page.questions else None

        page = await self._waited(look, wait_ms)
        if page is None:
            return JSONResponse({"questions": [], "next": after})
        return JSONResponse({"questions": list(page.questions), "next": page.next})

    async def post_answer(self, request: Request, question: str) -> JSONResponse:
        """The site's answer; may come in parts, and again."""
        token = await token_of(self._house, request, Scope.INTAKE)
        raw = await read_body(request)
        said = parse(raw, intake.AnswerIn)
        key = key_of(request, raw)

        tell = self._house.tell_facts.by_site
        found = await in_thread(tell, token, QuestionId(question), told_of(said), key)
        return JSONResponse(
            {
                "question": found.id,
                "complete": found.answered is not None,
                "answered": found.answered,
                "until": found.until,
            }
        )


def told_of(said: intake.AnswerIn) -> Told:
    """The checked answer as the chapter takes it."""
    return Told(
        items=tuple(item.plain() for item in said.items),
        not_held=tuple(ask_of(one.external_id, one.fields) for one in said.not_held),
    )


def question_router(doors: QuestionDoors, takes: dict[str, Any]) -> APIRouter:
    """`/v1/questions`; `takes` is what OpenAPI says of the body."""
    routes = APIRouter()
    routes.add_api_route("/v1/questions", doors.get_questions, methods=["GET"])
    routes.add_api_route(
        "/v1/questions/{question}/answer", doors.post_answer, methods=["POST"], **takes
    )
    return routes
