"""The example site's pages: read ads, post one, edit, renew, withdraw, tell somebody about one."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from answerable.apps.example_site.book import Book, Message
from answerable.apps.example_site.client import ApiClient
from answerable.apps.example_site.obey import Obedience
from answerable.apps.example_site.settings import SiteSettings
from answerable.kernel.time import Millis, TimeSource, iso

SECTIONS = ("bikes", "flats", "jobs", "services")
CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
FORM_BYTES_MAX = 400_000  # the API takes 50,000 characters a field
MADE_UP_IP = "192.0.2.10"


class ExampleSite:
    """Pages over one book."""

    def __init__(
        self, settings: SiteSettings, time: TimeSource, api: ApiClient | None = None
    ) -> None:
        self._settings, self._time = settings, time
        self.book = Book(settings.site_db)
        self.api = api or ApiClient(settings.url, settings.token_file.read_text("utf-8").strip())
        self.obedience = Obedience(
            self.book, self.api, time, settings.origin, disobey=settings.site_disobey
        )
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True)
        self._templates.filters["minutes"] = minutes
        self._templates.filters["day"] = day
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
        external_id = self._submit({**form, "ip": _peer(request)})
        return RedirectResponse(f"/mine#{external_id}", status_code=303)

    async def api_post(self, request: Request) -> Response:
        """As the form, for scripts: JSON with title, body, section, city, account, email, phone."""
        try:
            form = json.loads(await _body(request))
        except ValueError:
            form = None
        if not isinstance(form, dict) or not form.get("title") or not form.get("body"):
            return JSONResponse({"error": "an ad has a title and a body"}, status_code=400)
        return JSONResponse({"external_id": self._submit(form)}, status_code=201)

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
        common = self._common(ad.section, ad.city, ad.account, {**form, "ip": _peer(request)})
        told = {**common, "text": {"title": title, "body": body}}
        message = (f"/v1/ads/{external_id}/revisions", told)
        self.book.revise(external_id, title, body, self._time.now(), message)
        self.obedience.something_to_tell()
        return RedirectResponse(f"/mine#{external_id}", status_code=303)

    async def act(self, request: Request) -> Response:
        """renew or withdraw."""
        external_id, act = request.path_params["external_id"], request.path_params["act"]
        if act not in ("renew", "withdraw") or not self.book.knows(external_id):
            return self._html("gone.html", 404)
        told = {"external_id": external_id, "at": iso(self._time.now())}
        if act == "withdraw":
            message = ("/v1/placements", {**told, "kind": "withdrawn"})
            self.book.end(external_id, message, self._time.now())
        else:
            url = f"{self._settings.origin}/ads/{external_id}"
            message = ("/v1/placements", {**told, "kind": "renewed", "url": url})
            self.book.renew(external_id, message, self._time.now())
        self.obedience.something_to_tell()
        return RedirectResponse(f"/mine#{external_id}", status_code=303)

    def _submit(self, form: dict[str, Any]) -> str:
        section = str(form.get("section", SECTIONS[0]))
        city, account = str(form.get("city", "")), str(form.get("account") or "guest")
        title, body = str(form.get("title", "")), str(form.get("body", ""))

        def tell(external_id: str) -> Message:
            return "/v1/ads", {
                **self._common(section, city, account, form),
                "external_id": external_id,
                "text": {"title": title, "body": body},
                "url": f"{self._settings.origin}/ads/{external_id}",
                "attachments": list(form.get("attachments", [])),
            }

        external_id = self.book.add(section, city, account, title, body, self._time.now(), tell)
        self.obedience.something_to_tell()
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
                    "ip": form.get("ip") or MADE_UP_IP,
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

    def _html(self, template: str, status: int = 200, **told: Any) -> Response:
        html = self._templates.get_template(template).render(api=self._settings.url, **told)
        return HTMLResponse(html, status_code=status, headers={"Content-Security-Policy": CSP})


async def _body(request: Request) -> bytes:
    """The whole body, or 413: words are never cut."""
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > FORM_BYTES_MAX:
            raise HTTPException(413)
    return bytes(raw)


async def _form(request: Request) -> dict[str, Any]:
    try:
        fields = parse_qs(
            (await _body(request)).decode("utf-8"), keep_blank_values=True, max_num_fields=50
        )
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[0] for name, values in fields.items()}


def _peer(request: Request) -> str:
    """Where the poster connects from; this machine itself is given a made-up address."""
    host = request.client.host if request.client else ""
    return MADE_UP_IP if host in ("", "127.0.0.1", "::1", "testclient") else host


def minutes(length: int) -> str:
    """So many ms in whole minutes, rounded up in the poster's favour."""
    count = -(-length // 60_000)
    return f"{count} minute{'s' * (count != 1)}"


def day(at: int) -> str:
    """The day of a moment (ms UTC): `2027-05-24`."""
    return iso(Millis(at))[:10]
