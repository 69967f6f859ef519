"""The doors of the site: ads, revisions, placements, files, directives, alerts, proofs."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from answerable.access.model import Scope
from answerable.adapters.sql.work import SqlWork
from answerable.ads.model import Submission, Submitted
from answerable.ads.service import IdempotencyKey
from answerable.apps.api import intake
from answerable.apps.api.answers import (
    Unprocessable,
    faults_of,
    key_of,
    parse,
    read_body,
    receipt_of,
    token_of,
)
from answerable.apps.api.proofs import proof_of
from answerable.apps.background import Background
from answerable.apps.wiring import House
from answerable.kernel.errors import NotFound, Refusal
from answerable.kernel.ids import DirectiveId, Site
from answerable.kernel.limits import FILE_BYTES_MAX
from answerable.kernel.time import Millis

WAIT_MS_DEFAULT, WAIT_MS_MAX = 200, 10_000
FEED_WAIT_MS_MAX = 30_000
BATCH_BYTES_MAX = 64 * 1024 * 1024
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}

WaitMs = Annotated[int, Query(ge=0, le=WAIT_MS_MAX, description="how long to wait, ms")]
VerdictWaitMs = Annotated[int, Query(ge=0, le=WAIT_MS_MAX, description="wait for the verdict, ms")]
FeedWaitMs = Annotated[int, Query(ge=0, le=FEED_WAIT_MS_MAX, description="long poll, ms")]


class Doors:
    """One method a door. Failures are raised; app.py makes answers of them."""

    def __init__(self, house: House, background: Background) -> None:
        self._house, self._background = house, background

    async def post_ad(
        self, request: Request, wait_ms: VerdictWaitMs = WAIT_MS_DEFAULT
    ) -> JSONResponse:
        """A new ad. Committed exactly as sent before anything looks at it."""
        site = await self._site(request, Scope.INTAKE)
        raw = await read_body(request)
        ad = parse(raw, intake.AdIn)
        key = _key_of(request, "ads", raw)
        submitted = await in_thread(
            self._house.receive_ad.receive, site, ad.submission(ad.external_id), key
        )
        return await self._submitted(site, submitted, wait_ms)

    async def post_revision(
        self, request: Request, external_id: str, wait_ms: VerdictWaitMs = WAIT_MS_DEFAULT
    ) -> JSONResponse:
        """The whole ad as it now stands. Every earlier revision is kept."""
        site = await self._site(request, Scope.INTAKE)
        raw = await read_body(request)
        submission = parse(raw, intake.RevisionIn).submission(external_id)
        route = f"revisions/{hashlib.sha256(external_id.encode()).hexdigest()[:32]}"
        key = _key_of(request, route, raw)
        submitted = await in_thread(self._house.receive_ad.revise, site, submission, key)
        return await self._submitted(site, submitted, wait_ms)

    async def post_batch(self, request: Request) -> JSONResponse:
        """Up to 1,000 new ads in one commit; each is taken or refused by itself."""
        site = await self._site(request, Scope.INTAKE)
        body = await read_body(request, BATCH_BYTES_MAX)
        batch = parse(body, intake.BatchIn)
        key = _key_of(request, "batch", body)
        answers: list[dict[str, Any]] = [{} for _ in batch.ads]
        good: list[tuple[int, Submission]] = []
        for number, raw in enumerate(batch.ads):
            try:
                ad = intake.AdIn.model_validate(raw)
            except ValidationError as fault:
                answers[number] = {"error": "not an ad", "faults": faults_of(fault)}
            else:
                good.append((number, ad.submission(ad.external_id)))
        results = await in_thread(
            self._house.receive_ad.receive_all, site, [submission for _, submission in good], key
        )
        for (number, _), result in zip(good, results, strict=True):
            if isinstance(result, Refusal):
                answers[number] = {"error": result.reason}
            else:
                answers[number] = await in_thread(self._told, result)
        return JSONResponse({"ads": answers})

    async def post_placement(self, request: Request) -> JSONResponse:
        """published, renewed, moved, expired, withdrawn or removed."""
        site = await self._site(request, Scope.INTAKE)
        raw = await read_body(request)
        news = parse(raw, intake.PlacementIn).news()
        key = _key_of(request, "placements", raw)
        submitted = await in_thread(self._house.place_ad, site, news, key)
        return JSONResponse(await in_thread(self._told, submitted), status_code=201)

    async def put_file(self, request: Request) -> JSONResponse:
        """Raw bytes, 20 MiB at most; answers their SHA-256, by which revisions name them."""
        site = await self._site(request, Scope.INTAKE)
        content = await read_body(request, FILE_BYTES_MAX)
        media_type = request.headers.get("content-type", "application/octet-stream")
        stored = await in_thread(self._house.files.put, site, content, media_type)
        return JSONResponse({"sha256": stored.sha256, "size": stored.size}, status_code=201)

    async def get_ad(self, request: Request, external_id: str) -> JSONResponse:
        """Where an ad stands: its revision, state and last verdict. No words."""
        site = await self._site(request, Scope.INTAKE)
        return JSONResponse(await in_thread(self._where, site, external_id))

    async def get_directives(
        self,
        request: Request,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        wait_ms: FeedWaitMs = 0,
    ) -> JSONResponse:
        """What the site has to do, in order and without gaps; waits up to `wait_ms` for news."""
        site = await self._site(request, Scope.DIRECTIVES)

        def look() -> Any:
            page = self._house.feed(site, after, limit)
            return page if page.directives else None

        page = await self.waited(look, wait_ms)
        if page is None:
            return JSONResponse({"directives": [], "next": after})
        rows = [directive.as_feed() for directive in page.directives]
        return JSONResponse({"directives": rows, "next": page.next})

    async def post_ack(self, request: Request, directive: str) -> JSONResponse:
        """The site has done it, at its own time."""
        site = await self._site(request, Scope.DIRECTIVES)
        said = parse(await read_body(request), intake.AcknowledgeIn)
        row = await in_thread(
            self._house.acknowledge, site, DirectiveId(directive), Millis(said.site_time)
        )
        return JSONResponse(row.as_feed())

    async def post_acks(self, request: Request) -> JSONResponse:
        """Several done at once, as many as a page of the feed holds; each answered in its place."""
        site = await self._site(request, Scope.DIRECTIVES)
        body = parse(await read_body(request), intake.AcksIn)
        said = [(DirectiveId(one.directive), Millis(one.site_time)) for one in body.acks]
        rows = await in_thread(self._house.acknowledge.all, site, said)
        unknown = {"error": "no such directive"}
        answers = [unknown if row is None else row.as_feed() for row in rows]
        return JSONResponse({"directives": answers})

    async def get_proof(self, leaf: str, wait_ms: WaitMs = 0) -> Response:
        """The inclusion proof of a leaf whose hash a receipt names; 404 until it is sequenced."""
        try:
            leaf_hash = bytes.fromhex(leaf)
        except ValueError:
            raise Unprocessable("a leaf hash is 64 hex digits") from None
        proof = await self.waited(lambda: proof_of(self._house, leaf_hash), wait_ms, heads=True)
        if proof is None:
            raise NotFound("no published head holds this leaf yet")
        return Response(proof, media_type="text/plain; charset=utf-8", headers=IMMUTABLE)

    async def _site(self, request: Request, scope: Scope) -> Site:
        return (await token_of(self._house, request, scope)).site

    async def _submitted(self, site: Site, submitted: Submitted, wait_ms: int) -> JSONResponse:
        body = await in_thread(self._told, submitted)
        body["verdict"] = await self.waited(lambda: self._verdict(site, submitted), wait_ms)
        return JSONResponse(body, status_code=201)

    def _told(self, submitted: Submitted) -> dict[str, Any]:
        house = self._house
        return {
            "ad": submitted.ad,
            "external_id": submitted.external_id,
            "revision": submitted.revision,
            "receipt": house.store.read(
                lambda work: receipt_of(house, work, submitted.event_id, submitted.promise)
            ),
        }

    def _verdict(self, site: Site, submitted: Submitted) -> dict[str, Any] | None:
        """The verdict on this very revision, or None while it waits."""
        outcome = self._house.store.read(lambda work: work.screening.outcome(site, submitted.ad))
        if outcome is None or outcome.revision < submitted.revision:
            return None
        told = {"verdict": outcome.verdict, "pack": outcome.pack}
        return told | self._notice(site, submitted.external_id)

    def _notice(self, site: Site, external_id: str) -> dict[str, Any]:
        """The public notice where the ad's section is closed, for the poster; else nothing."""

        def fn(work: SqlWork) -> str | None:
            ad = work.ads.find(site, external_id)
            if ad is None:
                return None
            return work.screening.closed_notice(site, ad.section, ad.jurisdiction, work.now())

        notice = self._house.store.read(fn)
        return {} if notice is None else {"notice": notice}

    def _where(self, site: Site, external_id: str) -> dict[str, Any]:
        ad = self._house.store.read(lambda work: work.ads.find(site, external_id))
        if ad is None:
            raise NotFound("no ad has this external_id", external_id=external_id)
        outcome = self._house.store.read(lambda work: work.screening.outcome(site, ad.id))
        return {
            "ad": ad.id,
            "external_id": ad.external_id,
            "revision": ad.last_revision,
            "state": ad.state.value,
            "verdict": None if outcome is None else outcome.verdict,
        } | self._notice(site, external_id)

    async def waited(self, look: Callable[[], Any], wait_ms: int, *, heads: bool = False) -> Any:
        """`look` until it has an answer or the time is up.

        Every commit wakes us; `heads`: every published head, and no commit.
        """
        deadline = time.monotonic() + wait_ms / 1000
        while True:
            news = self._background.heads() if heads else self._background.news()
            found = await in_thread(look)
            left = deadline - time.monotonic()
            if found is not None or left <= 0 or self._background.ending:
                return found
            try:
                await asyncio.wait_for(news.wait(), min(left, 1.0))
            except TimeoutError:
                continue


def _key_of(request: Request, route: str, raw: bytes) -> IdempotencyKey | None:
    found = key_of(request, raw)
    if found is None:
        return None
    return IdempotencyKey(route=route, key=found.key, request_sha256=found.request_sha256)
