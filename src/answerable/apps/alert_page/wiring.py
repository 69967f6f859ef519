"""The alert page's doors. No cookie, no storage, no ad's words, a neutral title, a quick exit."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool as in_thread
from pydantic import ValidationError
from starlette.responses import Response

from answerable.alerts import words as receipts
from answerable.alerts.model import AlertAnswer, AlertCommand, TooManyLookups
from answerable.apps.alert_page.hotlines import load_hotlines
from answerable.apps.alert_page.words import DOMAIN, ENGLISH, REASONS, ROLES
from answerable.apps.api.alert_doors import alert_command
from answerable.apps.api.answers import Unprocessable, read_body, receipt_of
from answerable.apps.api.intake import AboutIn, AlertIn
from answerable.apps.background import Background
from answerable.apps.public.assets import load_assets
from answerable.apps.public.languages import Tongue, Tongues
from answerable.apps.public.rendering import csp, environment, page
from answerable.apps.wiring import House
from answerable.cases.complaining import NOT_ANSWERED
from answerable.cases.complaints import Complaint
from answerable.kernel.errors import Conflict, NotFound, Outage, Refusal
from answerable.kernel.limits import ALERT_TEXT_CHARS_MAX
from answerable.kernel.time import Millis

POLICY = csp(scripts=True, forms=True, fetches=True)
KEEP_NOTHING = {"Cache-Control": "no-store", "Clear-Site-Data": '"cache", "storage"'}
LOOK = {"look.css": ("answerable.css", "alert.css"), "leave.js": ("alert.js",)}
"""The page's own names for shared assets: those that other pages use may be kept for a year."""
FORM_BYTES_MAX = 200_000
TEMPLATES = Path(__file__).parent / "templates"
LABELS = {
    "ad": "ad",
    "contacts": "contacts",
    "handles": "handles",
    "places": "places",
    "words": "about_words",
    "text": "text",
    "contact": "contact",
}
"""Each field that people type into, and the sentence that is its label."""
FIELDS = (*LABELS, "role", "nonce")
NONCE_CHARS = range(8, 201)


def alert_routes(house: House, background: Background) -> APIRouter:
    """Every path under `/alert`. Open to anybody, with and without scripts."""
    del background
    doors = _Doors(house)
    routes = APIRouter(include_in_schema=False)
    routes.add_api_route("/alert", doors.form, methods=["GET"], response_model=None)
    routes.add_api_route("/alert", doors.send, methods=["POST"], response_model=None)
    routes.add_api_route("/alert/lookup", doors.ask, methods=["GET"], response_model=None)
    routes.add_api_route("/alert/lookup", doors.look_up, methods=["POST"], response_model=None)
    routes.add_api_route("/alert/again", doors.again, methods=["POST"], response_model=None)
    for name in LOOK:
        routes.add_api_route(f"/alert/{name}", doors.look_of, methods=["GET"], response_model=None)
    routes.add_api_route("/alert/receipt", doors.receipt, methods=["POST"], response_model=None)
    return routes


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a form was not taken, said, and the field that it is about, if it is about one."""

    why: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class _Spoken:
    """The language of one answer, and whether it was chosen: then links and forms carry it on."""

    tongue: Tongue
    chosen: bool

    @property
    def carried(self) -> str:
        """What links of the page end with."""
        return f"?{urlencode({'lang': self.tongue.language.code})}" if self.chosen else ""


class _Doors:
    def __init__(self, house: House) -> None:
        self._house = house
        self._assets = load_assets()
        self._templates = environment(self._assets, TEMPLATES)
        self._tongues = Tongues(DOMAIN, ENGLISH)
        self._hotlines = load_hotlines(house.settings.hotlines)

    async def form(self, request: Request) -> Response:
        """The empty form; `?ad=` fills in the address."""
        given = {"ad": request.query_params.get("ad", "")[:2083]}
        return self._form(self._spoken(request), given=given, others=self._others(request))

    async def look_of(self, request: Request) -> Response:
        """The page's style and script, which leave no trace in the browser's cache either."""
        found = [self._assets[name] for name in LOOK[request.url.path.rpartition("/")[2]]]
        headers = {"X-Content-Type-Options": "nosniff", **KEEP_NOTHING}
        content = b"\n".join(asset.content for asset in found)
        return Response(content, media_type=found[0].media_type, headers=headers)

    async def send(self, request: Request) -> Response:
        """Take the alert; what was typed is kept in the form if it cannot be taken yet."""
        form = await _form(request)
        spoken = self._spoken(request, form)
        given = {name: _one(form, name) for name in FIELDS}
        chosen = tuple(reason for reason in form.get("reasons", []) if reason in REASONS)
        try:
            command = alert_command(self._house, _alert(given, chosen))
            answer = await in_thread(self._receive, command)
        except (ValidationError, Unprocessable) as fault:
            faults = tuple(_faults(fault, spoken.tongue))
            return self._form(spoken, 422, given=given, chosen=chosen, faults=faults)
        except Outage:
            faults = (_Fault(spoken.tongue["not_now"]),)
            return self._form(spoken, 503, given=given, chosen=chosen, faults=faults)
        told = {"words": " ".join(answer.words), "own": answer.nonce, "due_act": answer.due_act}
        return self._html(spoken, "received.html", 201, **told)

    def _receive(self, command: AlertCommand) -> AlertAnswer:
        """Sent twice is taken once. Sent, gone back to, changed and sent again is another alert."""
        receive, site = self._house.receive_alert, self._house.site
        try:
            return receive(site, command)
        except Conflict:
            return receive(site, replace(command, nonce=receive.new_nonce()))

    async def ask(self, request: Request) -> Response:
        """Where the words of a receipt are typed."""
        return self._lookup(self._spoken(request), others=self._others(request))

    async def look_up(self, request: Request) -> Response:
        """Received, and answered within the promise: yes, no, not due. Nothing else, ever."""
        form = await _form(request)
        said, spoken = _one(form, "words"), self._spoken(request, form)
        try:
            standing = await in_thread(
                self._house.look_up_alert, self._house.site, said, client=_client(request)
            )
        except TooManyLookups:
            return self._lookup(spoken, 429, said=said, fault="wait")
        except NotFound:
            return self._lookup(spoken, 404, said=said, fault="unknown")
        return self._lookup(spoken, told=f"answered_{standing.answered.value}", words=said)

    async def again(self, request: Request) -> Response:
        """A complaint: people look at the answered alert again. By the words of its receipt, and
        counted as a look-up. What is said of it is the same whatever was decided."""
        form = await _form(request)
        said, text, spoken = _one(form, "words"), _one(form, "again"), self._spoken(request, form)
        t = spoken.tongue
        shown: dict[str, Any] = {"words": said, "typed_again": text}
        if len(text) > ALERT_TEXT_CHARS_MAX:
            why = t["too_long"].format(field=t["again_label"])
            return self._lookup(spoken, 422, again_fault=why, **shown)
        if not text.strip():
            return self._lookup(spoken, 422, again_fault=t["again_empty"], **shown)
        try:
            taken = await in_thread(self._complain, said, text, _client(request))
        except TooManyLookups:
            return self._lookup(spoken, 429, again_fault=t["wait"], **shown)
        except NotFound:
            return self._lookup(spoken, 404, said=said, fault="unknown")
        except Conflict as refusal:
            early = refusal.reason == NOT_ANSWERED
            why = t["again_not_yet"] if early else t["again_before"]
            return self._lookup(spoken, 409, again_fault=why, **shown)
        except Outage:
            return self._lookup(spoken, 503, again_fault=t["not_now"], **shown)
        return self._lookup(spoken, 201, taken=taken.due)

    def _complain(self, said: str, text: str, client: str) -> Complaint:
        house = self._house
        alert = house.look_up_alert.which(house.site, said, client=client)
        return house.complain.of_alerter(house.site, alert, text)

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
            return self._lookup(self._spoken(request, form), status, said=said, fault=why)
        headers = {
            "Content-Disposition": 'attachment; filename="note.json"',
            "X-Content-Type-Options": "nosniff",
            **KEEP_NOTHING,
        }
        return Response(body, media_type="application/json", headers=headers)

    def _receipt(self, said: str, nonce: str) -> str:
        house, words, key = self._house, receipts.heard(said), self._house.lookup_key.open()
        if words is None:
            raise NotFound("no receipt has these words")
        digest = receipts.words_digest(key, house.site, words)
        theirs = receipts.nonce_digest(key, house.site, nonce)

        def fn(work: Any) -> dict[str, Any]:
            row = work.alerts.find_by_words(house.site, digest)
            if row is None or not compare_digest(row.nonce_digest, theirs):
                raise NotFound("no receipt has these words")
            promise = work.alerts.promise(house.site, row.leaf_hash)
            return receipt_of(house, work, row.event, promise)

        return json.dumps(house.store.read(fn), indent=1)

    def _spoken(self, request: Request, form: Mapping[str, list[str]] | None = None) -> _Spoken:
        """By the form or the link, else by what the browser asks for. Nothing is remembered."""
        asked = _one(form or {}, "lang") or request.query_params.get("lang", "")
        tongue = self._tongues.choose(asked, request.headers.get("accept-language", ""))
        return _Spoken(tongue, chosen=tongue.language.code == asked)

    def _others(self, request: Request) -> Sequence[tuple[Any, str]]:
        """The same page in each language that is offered.

        Only on pages that were asked for: on the answer to a form a link would lose what it says.
        """
        ad = request.query_params.get("ad", "")[:2083]
        kept = {"ad": ad} if ad else {}
        return [
            (language, f"{request.url.path}?{urlencode(kept | {'lang': language.code})}")
            for language in self._tongues.offered
        ]

    def _form(
        self,
        spoken: _Spoken,
        status: int = 200,
        *,
        given: Mapping[str, str],
        chosen: tuple[str, ...] = (),
        faults: tuple[_Fault, ...] = (),
        others: Sequence[tuple[Any, str]] = (),
    ) -> Response:
        told = {"given": given, "chosen": chosen, "faults": faults, "others": others}
        faulty = {fault.field: fault.why for fault in faults if fault.field}
        return self._html(spoken, "form.html", status, faulty=faulty, **told)

    def _lookup(
        self,
        spoken: _Spoken,
        status: int = 200,
        *,
        said: str = "",
        told: str | None = None,
        fault: str | None = None,
        others: Sequence[tuple[Any, str]] = (),
        words: str = "",
        typed_again: str = "",
        again_fault: str | None = None,
        taken: Millis | None = None,
    ) -> Response:
        """`words`: of a receipt that was found; `again_fault`: why its complaint was not taken;
        `taken`: by when (ms) it is answered."""
        shown = {"said": said, "told": told, "fault": fault, "others": others, "taken": taken}
        shown |= {"words": words, "typed_again": typed_again, "again_fault": again_fault}
        return self._html(spoken, "lookup.html", status, **shown)

    def _html(self, spoken: _Spoken, template: str, status: int = 200, **told: Any) -> Response:
        house, language = self._house, spoken.tongue.language
        html = self._templates.get_template(template).render(
            {"others": ()} | told,
            t=spoken.tongue,
            language=language,
            chosen_language=language.code if spoken.chosen else None,
            carried=spoken.carried,
            reasons=REASONS,
            roles=ROLES,
            hotlines=self._hotlines.spoken(language.code),
            exit_url=house.settings.exit_url,
            synthetic=house.facts.synthetic,
            nonce=house.receive_alert.new_nonce(),
        )
        more = {"Content-Language": language.code, "Vary": "Accept-Language", **KEEP_NOTHING}
        return page(html, status=status, policy=POLICY, more=more)


def _faults(fault: ValidationError | Unprocessable, t: Tongue) -> Iterator[_Fault]:
    """What to change, field by field; where nothing says more, what every alert needs."""
    found = fault.errors(include_url=False) if isinstance(fault, ValidationError) else []
    long = [
        name
        for name in LABELS
        if any(name in e["loc"] and e["type"].endswith("too_long") for e in found)
    ]
    for name in long:
        yield _Fault(t["too_long"].format(field=t[LABELS[name]]), name)
    if not long:
        yield _Fault(t["need"], "ad")


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
        nonce=given["nonce"] if len(given["nonce"]) in NONCE_CHARS else None,
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
