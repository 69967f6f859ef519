"""receiver/pages: received reports as an analyst reads them. Everything escaped, nothing fetched.

Open to whoever sits at this machine; on another address they ask for a receiver user's log-in and
show that user's reports only. Files are never shown as anything but text.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import etree
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from answerable.apps.receiver.book import CallNote, HeldFile, Page
from answerable.apps.receiver.desk import Desk
from answerable.apps.receiver.lifecycle import Received, State, lives_until
from answerable.apps.receiver.reading import parse_xml
from answerable.apps.receiver.schema import children_of, text_of
from answerable.apps.receiver.values import LONG_MAX
from answerable.kernel.hosts import is_loopback
from answerable.kernel.time import iso

TEXT_CHARS_SHOWN_MAX = 200_000
_LISTED = 100
_CALLS_SHOWN = 200
_CALLS_LISTED = 500
_FOLDER = Path(__file__).parent / "templates"
_CSP = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_MARKS = ("reportAnnotations", "fileAnnotations")  # what stands in them says yes by standing there
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One element as read: how deep it lies, what it is called, what it says."""

    depth: int
    element: str
    label: str
    value: str
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    held: HeldFile
    details: tuple[tuple[Row, ...], ...]
    text: str | None
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One report, laid out."""

    report: Received
    lives_until: str
    sections: tuple[tuple[Row, ...], ...]
    files: tuple[ShownFile, ...]
    calls: tuple[CallNote, ...]


def page_routes(desk: Desk) -> list[Route]:
    """`/`, `/reports/{id}`, each file's bytes as a download, `/calls`, and the style sheet."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["iso"] = iso
    environment.filters["visible"] = visible
    pages = _Pages(desk, environment)
    return [
        Route("/", pages.index),
        Route("/reports/{id:int}", pages.report),
        Route("/reports/{id:int}/files/{file_id}", pages.file),
        Route("/calls", pages.calls),
        Route("/style.css", pages.style),
    ]


def visible(text: str) -> str:
    """Invisible and direction-turning characters by name: an analyst must see them."""
    return _HIDDEN.sub(lambda found: f"\u27e8U+{ord(found[0]):04X}\u27e9", text)


def rows_of(element: etree._Element, depth: int = 0) -> tuple[Row, ...]:
    """An element and all below it, in document order."""
    name = str(element.tag)
    holder = element.getparent()
    words = text_of(element).strip() if not children_of(element) else ""
    if holder is not None and holder.tag in _MARKS:
        words = "yes"
    row = Row(
        depth=depth,
        element=name,
        label=_label(name),
        value=words,
        attributes=tuple((str(k), str(v)) for k, v in element.attrib.items()),
    )
    below = [row for child in children_of(element) for row in rows_of(child, depth + 1)]
    return (row, *below)


class _Pages:
    def __init__(self, desk: Desk, environment: Environment) -> None:
        self._desk = desk
        self._environment = environment

    async def index(self, request: Request) -> Response:
        if not (viewer := self._viewer(request)):
            return _turned_away(request)
        before = request.query_params.get("before", "")
        top = int(before) if re.fullmatch("[0-9]{1,18}", before) else None
        found = await self._desk.run(lambda page: page.latest(top, _LISTED))
        older = found[-1].id if len(found) == _LISTED else None
        reports = [r for r in found if viewer.sees(r)]
        return self._html("index.html", reports=reports, older=older)

    async def report(self, request: Request) -> Response:
        if not (viewer := self._viewer(request)):
            return _turned_away(request)
        report_id = int(request.path_params["id"])
        shown = await self._desk.run(lambda page: _show(page, report_id, viewer))
        if shown is None:
            return PlainTextResponse("no such report here", status_code=404)
        return self._html("report.html", shown=shown, chars_max=TEXT_CHARS_SHOWN_MAX)

    async def calls(self, request: Request) -> Response:
        """The last calls, the refused ones too: which answer, where a fault lies, what to note."""
        if not (viewer := self._viewer(request)):
            return _turned_away(request)
        found = await self._desk.run(lambda page: page.calls(None, _CALLS_LISTED))
        calls = [call for call in reversed(found) if viewer.user in (None, call.user)]
        return self._html("calls.html", calls=calls)

    async def file(self, request: Request) -> Response:
        if not (viewer := self._viewer(request)):
            return _turned_away(request)
        report_id, file_id = int(request.path_params["id"]), str(request.path_params["file_id"])

        def step(page: Page) -> bytes | None:
            report = _find(page, report_id, viewer)
            return page.bytes_of(report_id, file_id) if report else None

        data = await self._desk.run(step)
        if data is None:
            return PlainTextResponse("no such file here", status_code=404)
        headers = {
            "Content-Disposition": f'attachment; filename="{report_id}-{file_id}.bin"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def style(self, _: Request) -> Response:
        return Response((_FOLDER / "style.css").read_text("utf-8"), media_type="text/css")

    def _viewer(self, request: Request) -> "_Viewer | None":
        if is_loopback(self._desk.settings.host):
            return _Viewer(user=None) if is_loopback(request.url.hostname or "") else None
        user = self._desk.user_of(request.headers.get("authorization"))
        return _Viewer(user=user) if user else None

    def _html(self, template: str, **values: object) -> Response:
        page = self._environment.get_template(template).render(values)
        return HTMLResponse(page, headers={"Content-Security-Policy": _CSP})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Viewer:
    """Whose reports may be seen; None: everyone's."""

    user: str | None

    def sees(self, report: Received) -> bool:
        return self.user is None or report.user == self.user


def _turned_away(request: Request) -> Response:
    """A log-in is asked for, or the Host name is not this machine's (DNS rebinding)."""
    headers = {"WWW-Authenticate": 'Basic realm="TEST receiver"'}
    return PlainTextResponse("not for this address or user", status_code=401, headers=headers)


def _find(page: Page, report_id: int, viewer: _Viewer) -> Received | None:
    report = page.find(report_id) if report_id <= LONG_MAX else None
    return report if report is not None and viewer.sees(report) else None


def _show(page: Page, report_id: int, viewer: _Viewer) -> Shown | None:
    report = _find(page, report_id, viewer)
    if report is None:
        return None
    xml = page.xml_of(report_id)
    sections = [rows_of(child) for child in children_of(parse_xml(xml).root)] if xml else []
    is_open = report.state is State.OPEN
    return Shown(
        report=report,
        lives_until=iso(lives_until(report.opened, report.touched)) if is_open else "",
        sections=tuple(sections),
        files=tuple(_show_file(page, held) for held in page.files(report_id)),
        calls=tuple(page.calls(report_id, _CALLS_SHOWN)),
    )


def _show_file(page: Page, held: HeldFile) -> ShownFile:
    text = _as_text(page.bytes_of(held.report_id, held.id) or b"")
    return ShownFile(
        held=held,
        details=tuple(
            rows_of(parse_xml(xml).root)[1:] for xml in page.details_of(held.report_id, held.id)
        ),
        text=None if text is None else text[:TEXT_CHARS_SHOWN_MAX],
        cut=text is not None and len(text) > TEXT_CHARS_SHOWN_MAX,
    )


def _as_text(data: bytes) -> str | None:
    """The bytes as text where they are UTF-8 without NUL, else None."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _label(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return words[:1].upper() + words[1:]
