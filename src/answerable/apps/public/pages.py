"""Public pages: the front, who owns the site, where it takes no ads, what a verifier needs."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from starlette.responses import JSONResponse, Response

from answerable.apps.background import Background
from answerable.apps.public.assets import ServeAssets, load_assets
from answerable.apps.public.figures import ClockTable, figures
from answerable.apps.public.rendering import csp, environment, page
from answerable.apps.wiring import House
from answerable.kernel.errors import SafetyError
from answerable.kernel.time import iso
from answerable.ledger.checkpoint import read_head
from answerable.ledger.faults import Malformed
from answerable.networks.decide import CELL
from answerable.ownership.page import to_page

POLICY = csp(scripts=False, forms=False)
CACHE = {"Cache-Control": "no-cache"}


def public_routes(house: House, background: Background) -> APIRouter:
    """`/`, `/ownership`, `/sections`, `/figures`, `/policy`, `/static/…`: open to anybody."""
    assets = load_assets()
    pages = _Pages(house, environment(assets))
    routes = APIRouter(include_in_schema=False)
    for path, door in (
        ("/", pages.front),
        ("/ownership", pages.ownership),
        ("/sections", pages.sections),
        ("/availability", pages.sections),  # as it was called before
        ("/figures", pages.figures),
        ("/policy", pages.policy),
    ):
        routes.add_api_route(path, door, methods=["GET"], response_model=None)
    routes.add_api_route("/sections.json", pages.sections_json, methods=["GET"])
    routes.add_route("/static/{digest}/{name}", ServeAssets(assets).serve, methods=["GET"])
    return routes


class _Pages:
    def __init__(self, house: House, templates: Any) -> None:
        self._house, self._templates, self._clocks = house, templates, ClockTable()

    async def front(self, request: Request) -> Response:
        """What this is and where to go."""
        return await self._html("front.html", request, self._front)

    async def ownership(self, request: Request) -> Response:
        """Who owns and controls the site: chains resolved to people, or to a stated gap."""
        return await self._html("ownership.html", request, self._ownership)

    async def sections(self, request: Request) -> Response:
        """Sections that take no ads somewhere, each with its notice and reason."""
        return await self._html("sections.html", request, self._sections)

    async def sections_json(self) -> JSONResponse:
        """The same for machines. Times are ISO 8601 UTC; `*` is everywhere; leaves are hex."""
        try:
            told = await in_thread(self._sections)
        except SafetyError:
            return JSONResponse({"error": "not now: try again"}, 503, CACHE | {"Retry-After": "5"})
        body = {
            "site": self._house.facts.site,
            "sections": [
                {
                    "section": row.section,
                    "jurisdiction": row.jurisdiction or "*",
                    "notice": row.notice,
                    "reason": row.reason,
                    "since": iso(row.since),
                    "planned": row.planned,
                    "leaf_hash": row.leaf,
                    "proof": f"/v1/proofs/{row.leaf}.tlog-proof",
                }
                for row in told["closures"]
            ],
            "moved": [
                {"from": row.from_section, "to": row.to_section, "at_least": row.count or 0}
                for row in told["moved"]
            ],
            "smallest_cell": CELL,
        }
        return JSONResponse(body, headers=CACHE)

    async def figures(self, request: Request) -> Response:
        """Alerts in figures: what was put off, by what, and how exact the sources were."""
        return await self._html("figures.html", request, self._figures)

    async def policy(self, request: Request) -> Response:
        """The keys and rules that `answerable verify --policy` reads."""
        return await self._html("policy.html", request, self._policy)

    async def _html(self, template: str, request: Request, gather: Any) -> Response:
        told = {"site": self._house.facts.site, "synthetic": self._house.facts.synthetic}
        try:
            told |= await in_thread(gather)
        except SafetyError:
            answer = self._templates.get_template("down.html").render(told, here=request.url.path)
            return page(answer, status=503, policy=POLICY, more=CACHE | {"Retry-After": "5"})
        html = self._templates.get_template(template).render(told, here=request.url.path)
        return page(html, policy=POLICY, more=CACHE)

    def _front(self) -> dict[str, Any]:
        return {"origin": self._house.facts.origin, "head": self._head()}

    def _head(self) -> dict[str, Any] | None:
        """Size and root of the last published head, or None before the first."""
        note = self._house.tiles.checkpoint()
        if note is None:
            return None
        try:
            head = read_head(note)
        except Malformed:
            return None
        return {"size": head.size, "root": head.root.hex()}

    def _ownership(self) -> dict[str, Any]:
        shown = self._house.show_ownership(self._house.site)
        if shown is None:
            return {"shown": None}
        return {
            "shown": {
                "published": shown.published,
                "sha256": shown.sha256,
                "usual": to_page(shown.usual),
                "lower": to_page(shown.lower),
            }
        }

    def _sections(self) -> dict[str, Any]:
        site = self._house.site
        return {"closures": self._house.closures(site), "moved": self._house.migrations(site)}

    def _figures(self) -> dict[str, Any]:
        site, now = self._house.site, self._house.store.now()
        return self._house.store.read(
            lambda work: {
                "f": figures(work, site, now),
                "clocks": self._clocks(work, site, now),
            }
        )

    def _policy(self) -> dict[str, Any]:
        try:
            text = self._house.home.policy.read_text("utf-8")
        except FileNotFoundError:
            text = None
        return {"text": text, "seconds": self._house.read_second_policy.in_force(self._house.site)}
