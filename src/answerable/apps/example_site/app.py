"""The example site's pages: read ads, post one, edit, renew, withdraw, tell somebody about one."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from answerable.apps.example_site.book import Book
from answerable.apps.example_site.client import ApiClient
from answerable.apps.example_site.obey import Obedience
from answerable.apps.example_site.settings import SiteSettings
from answerable.kernel.time import TimeSource, iso

SECTIONS = ("bikes", "flats", "jobs", "services")
CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
FORM_BYTES_MAX = 100_000


class ExampleSite:
    """Pages over one book."""

    def __init__(self, settings: SiteSettings, time: TimeSource) -> None:
        self._settings, self._time = settings, time
        self.book = Book(settings.site_db)
        token = settings.token_file.read_text("utf-8").strip()
        self.api = ApiClient(settings.url, token)
        self.obedience = Obedience(
            self.book, self.api, time, settings.origin, disobey=settings.site_disobey
        )
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True)
        self._css = (folder / "site.css").read_text("utf-8")

    def app(self) -> Starlette:
        routes = [
            Route("/", self.front),
            Route("/site.css", self.css),
            Route("/post", self.new, methods=["GET"]),
            Route("/post", self.post, methods=["POST"]),
            Route("/ads/{external_id}", self.show),
            Route("/ads/{external_id}/edit", self.edit, methods=["GET"]),
            Route("/ads/{external_id}/edit", self.revise, methods=["POST"]),
            Route("/ads/{external_id}/{act}", self.act, methods=["POST"]),
            Route("/mine", self.mine),
            Route("/api/ads", self.api_post, methods=["POST"]),
            Route("/api/ads/{external_id}", self.api_show),
            Route("/api/inventory.jsonl", self.inventory),
            Route("/healthz", self.health),
        ]
        return Starlette(routes=routes)

    def close(self) -> None:
        self.obedience.stop()
        self.api.close()

    async def front(self, request: Request) -> Response:
        return self._html("front.html", ads=self.book.live())

    async def mine(self, request: Request) -> Response:
        """What a poster sees of their own ads. No reason that would coach anybody."""
        return self._html("mine.html", ads=self.book.everything())

    async def css(self, request: Request) -> Response:
        return PlainTextResponse(self._css, media_type="text/css")

    async def health(self, request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def show(self, request: Request) -> Response:
        ad = self.book.find(request.path_params["external_id"])
        if ad is None or not ad.up:
            return self._html("gone.html", 404)
        return self._html("ad.html", ad=ad, url=f"{self._settings.origin}/ads/{ad.external_id}")

    async def api_show(self, request: Request) -> Response:
        ad = self.book.find(request.path_params["external_id"])
        if ad is None or not ad.up:
            return JSONResponse({"error": "no such ad"}, status_code=404)
        text = {"title": ad.title, "body": ad.body}
        return JSONResponse({"external_id": ad.external_id, "text": text, "live": True})

    async def inventory(self, request: Request) -> Response:
        """Everything that is live, in the words shown: what `reconcile live` compares."""
        lines = [
            json.dumps(
                {
                    "external_id": ad.external_id,
                    "url": f"{self._settings.origin}/ads/{ad.external_id}",
                    "seen_at": iso(self._time.now()),
                    "text": {"title": ad.title, "body": ad.body},
                },
                ensure_ascii=False,
            )
            for ad in self.book.live()
        ]
        return PlainTextResponse("".join(f"{line}\n" for line in lines))

    async def new(self, request: Request) -> Response:
        return self._html("form.html", title="", body="", action="/post", sections=SECTIONS)

    async def post(self, request: Request) -> Response:
        form = await _form(request)
        external_id = self._submit(form, peer=request.client.host if request.client else "")
        return RedirectResponse(f"/mine#{external_id}", status_code=303)

    async def api_post(self, request: Request) -> Response:
        """As the form, for scripts: JSON with title, body, section, city, account, email, phone."""
        form = json.loads(await request.body())
        peer = str(form.get("ip", "192.0.2.10"))
        return JSONResponse({"external_id": self._submit(form, peer=peer)}, status_code=201)

    async def edit(self, request: Request) -> Response:
        external_id = request.path_params["external_id"]
        title, body = self.book.newest(external_id)
        action = f"/ads/{external_id}/edit"
        return self._html("form.html", title=title, body=body, action=action, sections=())

    async def revise(self, request: Request) -> Response:
        form, external_id = await _form(request), request.path_params["external_id"]
        ad = self.book.find(external_id)
        if ad is None:
            return self._html("gone.html", 404)
        title, body = form.get("title", ""), form.get("body", "")
        self.book.revise(external_id, title, body)
        text = {"title": title, "body": body}
        self._tell(
            f"/v1/ads/{external_id}/revisions",
            {**self._common(ad.section, ad.city, ad.account, form), "text": text},
        )
        return RedirectResponse(f"/mine#{external_id}", status_code=303)

    async def act(self, request: Request) -> Response:
        """renew or withdraw."""
        external_id, act = request.path_params["external_id"], request.path_params["act"]
        kinds = {"renew": "renewed", "withdraw": "withdrawn"}
        if act not in kinds or self.book.find(external_id) is None:
            return self._html("gone.html", 404)
        if act == "withdraw":
            self.book.end(external_id, "withdrawn")
        url = f"{self._settings.origin}/ads/{external_id}"
        self._tell(
            "/v1/placements",
            {
                "external_id": external_id,
                "kind": kinds[act],
                **({"url": url} if act == "renew" else {}),
            },
        )
        return RedirectResponse(f"/mine#{external_id}", status_code=303)

    def _submit(self, form: dict[str, Any], *, peer: str) -> str:
        section = str(form.get("section", SECTIONS[0]))
        city, account = str(form.get("city", "")), str(form.get("account") or "guest")
        title, body = str(form.get("title", "")), str(form.get("body", ""))
        external_id = self.book.add(section, city, account, title, body, self._time.now())
        told = {
            **self._common(section, city, account, {**form, "ip": peer}),
            "external_id": external_id,
            "text": {"title": title, "body": body},
            "url": f"{self._settings.origin}/ads/{external_id}",
            "attachments": list(form.get("attachments", [])),
        }
        self._tell("/v1/ads", told)
        return external_id

    def _common(
        self, section: str, city: str, account: str, form: dict[str, Any]
    ) -> dict[str, Any]:
        now = iso(self._time.now())
        email, phone = form.get("email"), form.get("phone")
        told: dict[str, Any] = {
            "section": section,
            "place": {"country": "US", **({"city": city} if city else {})},
            "language": "en",
            "account": {
                "id": account,
                "names": [account],
                "emails": [{"address": email}] if email else [],
                "phones": [{"number": phone}] if phone else [],
            },
            "connections": [
                {
                    "ip": form.get("ip") or "192.0.2.10",
                    "port": int(form.get("port") or 51000),
                    "at": now,
                    "event": "upload",
                }
            ],
            "source": "web",
            "submitted_at": now,
        }
        if form.get("payment"):
            told["payment"] = form["payment"]
        return told

    def _tell(self, path: str, body: dict[str, Any]) -> None:
        self.book.spool(path, body, self._time.now())
        self.obedience.something_to_tell()

    def _html(self, template: str, status: int = 200, **told: Any) -> Response:
        html = self._templates.get_template(template).render(api=self._settings.url, **told)
        return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": CSP})


async def _form(request: Request) -> dict[str, Any]:
    raw = (await request.body())[:FORM_BYTES_MAX].decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(raw, keep_blank_values=True).items()}
