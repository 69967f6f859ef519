"""The alert page's doors. No cookie, no storage, no ad's words, a neutral title, a quick exit."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from pydantic import ValidationError
from starlette.responses import Response

from answerable.alerts import words as spoken
from answerable.alerts.model import AlertAnswer, AlertCommand, TooManyLookups
from answerable.apps.alert_page.words import ENGLISH, REASONS, ROLES
from answerable.apps.api.alert_doors import alert_command
from answerable.apps.api.answers import Unprocessable, read_body, receipt_of
from answerable.apps.api.intake import AboutIn, AlertIn
from answerable.apps.background import Background
from answerable.apps.public.assets import load_assets
from answerable.apps.public.rendering import csp, environment, page
from answerable.apps.wiring import House
from answerable.kernel.errors import Conflict, NotFound, Outage, Refusal

POLICY = csp(scripts=True, forms=True)
KEEP_NOTHING = {"Cache-Control": "no-store", "Clear-Site-Data": '"cache", "storage"'}
LOOK = {"look.css": "answerable.css", "leave.js": "page.js"}
"""The page's own names for two shared assets: those that other pages use may be kept for a year."""
FORM_BYTES_MAX = 200_000
TEMPLATES = Path(__file__).parent / "templates"
FIELDS = ("ad", "contacts", "handles", "places", "words", "text", "role", "contact", "nonce")


def alert_routes(house: House, background: Background) -> APIRouter:
    """Every path under `/alert`. Open to anybody, with and without scripts."""
    del background
    doors = _Doors(house)
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route("/alert", doors.form, methods=["GET"], response_model=None)
    routes.add_api_route("/alert", doors.send, methods=["POST"], response_model=None)
    routes.add_api_route("/alert/lookup", doors.ask, methods=["GET"], response_model=None)
    routes.add_api_route("/alert/lookup", doors.look_up, methods=["POST"], response_model=None)
    for name in LOOK:
        routes.add_api_route(f"/alert/{name}", doors.look_of, methods=["GET"], response_model=None)
    routes.add_api_route("/alert/receipt", doors.receipt, methods=["POST"], response_model=None)
    return routes


class _Doors:
    def __init__(self, house: House) -> None:
        self._house = house
        self._assets = load_assets()
        self._templates = environment(self._assets, TEMPLATES)

    async def form(self, request: Request) -> Response:
        """The empty form; `?ad=` fills in the address."""
        given = {"ad": request.query_params.get("ad", "")[:2083]}
        return self._html("form.html", given=given, chosen=(), faults=())

    async def look_of(self, request: Request) -> Response:
        """The page's style and script, which leave no trace in the browser's cache either."""
        asset = self._assets[LOOK[request.url.path.rpartition("/")[2]]]
        headers = {"X-Content-Type-Options": "nosniff", **KEEP_NOTHING}
        return Response(asset.content, media_type=asset.media_type, headers=headers)

    async def send(self, request: Request) -> Response:
        """Take the alert; what was typed is kept in the form if it cannot be taken yet."""
        form = await _form(request)
        given = {name: _one(form, name) for name in FIELDS}
        chosen = tuple(reason for reason in form.get("reasons", []) if reason in REASONS)
        try:
            command = alert_command(self._house, _alert(given, chosen))
            answer = await in_thread(self._receive, command)
        except (ValidationError, Unprocessable) as fault:
            why = "too_long" if "too_long" in str(fault) else "need"
            return self._html("form.html", 422, given=given, chosen=chosen, faults=(why,))
        except Outage:
            return self._html("form.html", 503, given=given, chosen=chosen, faults=("not_now",))
        told = {"words": " ".join(answer.words), "own": answer.nonce, "due_act": answer.due_act}
        return self._html("received.html", 201, **told)

    def _receive(self, command: AlertCommand) -> AlertAnswer:
        """Sent twice is taken once. Sent, gone back to, changed and sent again is another alert."""
        receive, site = self._house.receive_alert, self._house.site
        try:
            return receive(site, command)
        except Conflict:
            return receive(site, replace(command, nonce=receive.new_nonce()))

    async def ask(self, request: Request) -> Response:
        """Where the words of a receipt are typed."""
        return self._html("lookup.html", said="", told=None, fault=None)

    async def look_up(self, request: Request) -> Response:
        """Received, and answered within the promise: yes, no, not due. Nothing else, ever."""
        said = _one(await _form(request), "words")
        try:
            standing = await in_thread(
                self._house.look_up_alert, self._house.site, said, client=_client(request)
            )
        except TooManyLookups:
            return self._html("lookup.html", 429, said=said, told=None, fault="wait")
        except NotFound:
            return self._html("lookup.html", 404, said=said, told=None, fault="unknown")
        told = f"answered_{standing.answered.value}"
        return self._html("lookup.html", said="", told=told, fault=None)

    async def receipt(self, request: Request) -> Response:
        """The receipt as a file: only for who said that it is safe, and counted as a look-up.

        It holds what the alerter wrote, so the words alone do not open it: whoever overheard them
        has not the nonce, which only the page of the receipt knows.
        """
        form = await _form(request)
        said, nonce = _one(form, "words"), _one(form, "nonce")
        try:
            await in_thread(
                self._house.look_up_alert, self._house.site, said, client=_client(request)
            )
            body = await in_thread(self._receipt, said, nonce)
        except Refusal as refusal:
            why, status = ("wait", 429) if isinstance(refusal, TooManyLookups) else ("unknown", 404)
            return self._html("lookup.html", status, said=said, told=None, fault=why)
        headers = {
            "Content-Disposition": 'attachment; filename="note.json"',
            "X-Content-Type-Options": "nosniff",
            **KEEP_NOTHING,
        }
        return Response(body, media_type="application/json", headers=headers)

    def _receipt(self, said: str, nonce: str) -> str:
        house, words, key = self._house, spoken.heard(said), self._house.lookup_key.open()
        if words is None:
            raise NotFound("no receipt has these words")
        digest = spoken.words_digest(key, house.site, words)
        theirs = spoken.nonce_digest(key, house.site, nonce)

        def fn(work: Any) -> dict[str, Any]:
            row = work.alerts.find_by_words(house.site, digest)
            if row is None or not compare_digest(row.nonce_digest, theirs):
                raise NotFound("no receipt has these words")
            promise = work.alerts.promise(house.site, row.leaf_hash)
            return receipt_of(house, work, row.event, promise)

        return json.dumps(house.store.read(fn), indent=1)

    def _html(self, template: str, status: int = 200, **told: Any) -> Response:
        house = self._house
        html = self._templates.get_template(template).render(
            t=ENGLISH,
            reasons=REASONS,
            roles=ROLES,
            hotline=house.settings.hotline,
            exit_url=house.settings.exit_url,
            synthetic=house.facts.synthetic,
            nonce=house.receive_alert.new_nonce(),
            **told,
        )
        return page(html, status=status, policy=POLICY, more=KEEP_NOTHING)


def _alert(given: Mapping[str, str], chosen: tuple[str, ...]) -> AlertIn:
    """The form's fields as the API's own alert. Raises ValidationError."""
    about = AboutIn(
        contacts=_lines(given["contacts"]),
        handles=_lines(given["handles"]),
        places=_lines(given["places"]),
        words=_lines(given["words"]),
    )
    return AlertIn(
        ad=given["ad"].strip() or None,
        about=about,
        text=given["text"],
        reasons=list(chosen),
        role=given["role"] if given["role"] in ROLES else None,
        contact=given["contact"].strip() or None,
        nonce=given["nonce"] or None,
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


async def _form(request: Request) -> dict[str, list[str]]:
    """URL-encoded fields. A page without file inputs needs nothing else."""
    raw = await read_body(request, FORM_BYTES_MAX)
    try:
        return parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Unprocessable("this is not a form of ours") from None


def _one(form: Mapping[str, list[str]], name: str) -> str:
    return (form.get(name) or [""])[0]


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
