"""receiver/doors: the seven calls under /ispws, from bytes to an answer.

Each call: strike a fault if one is due, wait, know the caller, read and judge the body, then one
transaction that holds effect and note; only then the answer. Logs name calls, codes and ids only.
"""

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from answerable.apps.receiver.answers import Answer, Code, http_status, render
from answerable.apps.receiver.book import CallNote, HeldFile, Page
from answerable.apps.receiver.desk import Desk
from answerable.apps.receiver.lifecycle import refused
from answerable.apps.receiver.marks import request_id_of
from answerable.apps.receiver.reading import (
    XML_TYPES,
    Malformed,
    TooLarge,
    media_type,
    parse_xml,
    read_body,
    read_form,
    swallow,
)
from answerable.apps.receiver.remarks import remarks_on
from answerable.apps.receiver.rules import check_rules
from answerable.apps.receiver.schema import check_schema
from answerable.apps.receiver.shapes import Kind
from answerable.apps.receiver.switches import Call, Switches, UnauthorisedBody
from answerable.apps.receiver.trouble import strike_after, strike_before
from answerable.apps.receiver.values import LONG_MAX
from answerable.apps.receiver.xsd import write_xsd

_LOG = logging.getLogger("answerable.receiver")
_METHODS = {Call.STATUS: "GET", Call.XSD: "GET"}  # the others POST
_ID_FIELD_BYTES_MAX = 64 * 1024

Deed = Callable[[Page], Answer]
"""What a judged call does to the book; its answer may leave once it is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One call by a known user."""

    desk: Desk
    request: Request
    user: str
    switches: Switches


class Door:
    """The ASGI application behind /ispws/{call}."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._serve(request)
        except ClientDisconnect:  # nobody left to answer, nothing was committed
            return
        await response(scope, receive, send)

    async def _serve(self, request: Request) -> Response:
        switches = self._desk.board.now
        name = str(request.path_params["call"])
        if name not in set(Call):
            await swallow(request)
            return _xml(Answer(code=Code.NOT_FOUND), switches, status=404)
        call = Call(name)
        fault = self._desk.board.fault_for(call)
        await asyncio.sleep(switches.latency_ms / 1000)
        if fault is not None and fault.before:
            await swallow(request)
            _LOG.warning("%s fails by switch: %s", call, fault)
            return strike_before(fault, _xml(Answer(code=Code.SERVER_ERROR), switches))
        response = await self._answer(call, request, switches, fault or "")
        return response if fault is None else strike_after(fault, response)

    async def _answer(
        self, call: Call, request: Request, switches: Switches, fault: str
    ) -> Response:
        user = self._desk.user_of(request.headers.get("authorization"))
        if user is None:
            await swallow(request)
            await self._commit(call, request, None, fault, _say(Code.AUTHENTICATION_REQUIRED))
            return _unauthorised(switches)
        method = _METHODS.get(call, "POST")
        if request.method != method:
            await swallow(request)
            answer = Answer(code=Code.INVALID_REQUEST, detail=f"{call} takes {method}")
            response = _xml(answer, switches, status=405)
            response.headers["Allow"] = method
            return response
        visit = Visit(desk=self._desk, request=request, user=user, switches=switches)
        deed = await _HANDLERS[call](visit)
        note = "; ".join(filter(None, (_remark(call, request), fault)))
        answer = await self._commit(call, request, user, note, deed)
        if call is Call.XSD and answer.ok:
            return Response(write_xsd(self._desk.profile), media_type="application/xml")
        return _xml(answer, switches, finish=call is Call.FINISH)

    async def _commit(
        self, call: Call, request: Request, user: str | None, note: str, deed: Deed
    ) -> Answer:
        request_id = request_id_of(request.scope)

        def step(page: Page) -> Answer:
            answer = deed(page)
            page.note(
                CallNote(
                    at=page.now,
                    call=call,
                    user=user,
                    report_id=answer.report_id,
                    request_id=request_id,
                    code=answer.code,
                    note="; ".join(filter(None, (note, answer.remark))),
                )
            )
            return answer

        try:
            answer = await self._desk.run(step)
        except sqlite3.Error:
            _LOG.exception("%s could not be saved, request %s", call, request_id)
            answer = Answer(code=Code.SAVE_FAILED)
        _LOG.info("%s %d report %s request %s", call, answer.code, answer.report_id, request_id)
        return answer


# -- the seven calls ------------------------------------------------------------------------------


async def _status(visit: Visit) -> Deed:
    await swallow(visit.request)
    client = visit.request.client
    address = client.host if client else "unknown"
    text = f"Remote User : {visit.user}, Remote Ip : {address}"
    return lambda page: Answer(code=Code.SUCCESS, description=text)


async def _xsd(visit: Visit) -> Deed:
    await swallow(visit.request)
    return _say(Code.SUCCESS)


async def _submit(visit: Visit) -> Deed:
    judged = await _judge(visit, visit.desk.documents().report)
    if isinstance(judged, Answer):
        return lambda page: judged
    first = visit.desk.settings.first_report_id
    return lambda page: Answer(
        code=Code.SUCCESS,
        report_id=page.open_report(visit.user, judged.kept, first),
        remark=judged.remark,
    )


async def _upload(visit: Visit) -> Deed:
    try:
        form = await read_form(visit.request, visit.desk.settings.file_bytes_max)
    except (Malformed, TooLarge) as fault:
        return _say(Code.MALFORMED_FILE, fault.reason)
    report_id, file = _number(form.id), form.file
    if report_id is None:
        return _say(Code.INVALID_REQUEST, "id is missing or no number")
    if file is None:
        return _say(Code.MALFORMED_FILE, "one file part named file, with a filename")
    file_id = visit.desk.chance(16).hex()
    digest = await run_in_threadpool(_md5, file.data)

    def deed(page: Page) -> Answer:
        if (code := _refused(page, visit, report_id)) is not None:
            return Answer(code=code, report_id=report_id)
        held = HeldFile(
            id=file_id,
            report_id=report_id,
            name=file.name,
            media_type=file.media_type,
            md5=digest,
            length=len(file.data),
            received=page.now,
        )
        page.add_file(held, file.data)
        return Answer(code=Code.SUCCESS, report_id=report_id, file_id=file_id, digest=digest)

    return deed


async def _fileinfo(visit: Visit) -> Deed:
    judged = await _judge(visit, visit.desk.documents().file_details)
    if isinstance(judged, Answer):
        return lambda page: judged
    report_id, file_id = judged.report_id, judged.file_id

    def deed(page: Page) -> Answer:
        if (code := _refused(page, visit, report_id)) is not None:
            return Answer(code=code, report_id=report_id)
        if file_id not in [file.id for file in page.files(report_id)]:
            return Answer(code=Code.NO_SUCH_FILE, report_id=report_id)
        page.add_details(report_id, file_id, judged.kept)
        return Answer(code=Code.SUCCESS, report_id=report_id, file_id=file_id)

    return deed


async def _finish(visit: Visit) -> Deed:
    def deed(page: Page, report_id: int) -> Answer:
        page.finish(report_id)
        files = tuple(file.id for file in page.files(report_id))
        return Answer(code=Code.SUCCESS, report_id=report_id, files=files)

    return await _by_id(visit, deed)


async def _retract(visit: Visit) -> Deed:
    def deed(page: Page, report_id: int) -> Answer:
        page.retract(report_id)
        return Answer(code=Code.SUCCESS, report_id=report_id)

    return await _by_id(visit, deed)


_HANDLERS: dict[Call, Callable[[Visit], Awaitable[Deed]]] = {
    Call.STATUS: _status,
    Call.XSD: _xsd,
    Call.SUBMIT: _submit,
    Call.UPLOAD: _upload,
    Call.FILEINFO: _fileinfo,
    Call.FINISH: _finish,
    Call.RETRACT: _retract,
}


# -- what they share ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A document that both judges let pass. The ids are those of a fileDetails, else empty."""

    kept: bytes
    report_id: int = 0
    file_id: str = ""
    remark: str = ""


async def _judge(visit: Visit, kind: Kind) -> Judged | Answer:
    """The request's document, or the answer that refuses it."""
    try:
        raw = await read_body(visit.request, visit.desk.settings.xml_bytes_max)
    except TooLarge as fault:
        return Answer(code=Code.INVALID_REQUEST, detail=fault.reason)
    _, charset = media_type(visit.request)
    return await run_in_threadpool(_judge_bytes, visit, raw, charset, kind)


def _judge_bytes(visit: Visit, raw: bytes, charset: str, kind: Kind) -> Judged | Answer:
    try:
        document = parse_xml(raw, charset)
    except Malformed as fault:
        where = f"at line {fault.line}, column {fault.column}" if fault.line else ""
        return Answer(code=Code.MALFORMED_XML, detail=fault.reason, remark=where)
    root = document.root
    invalid = check_schema(root, kind)
    if invalid is None and visit.switches.documented_rules:
        invalid = check_rules(root, kind, visit.desk.now())
    if invalid is not None:
        return Answer(
            code=Code.VALIDATION_FAILED,
            detail=f"{invalid.where}: {invalid.why}",
            remark=f"at {invalid.where}",
        )
    report_id, file_id = root.findtext("reportId"), root.findtext("fileId")
    return Judged(
        kept=document.kept,
        report_id=int(report_id or 0),
        file_id=(file_id or "").strip(),
        remark=remarks_on(root, visit.desk.now()) if root.tag == "report" else "",
    )


async def _by_id(visit: Visit, deed: Callable[[Page, int], Answer]) -> Deed:
    """A call that names one open report by its form field."""
    try:
        form = await read_form(visit.request, _ID_FIELD_BYTES_MAX)
    except (Malformed, TooLarge) as fault:
        return _say(Code.INVALID_REQUEST, fault.reason)
    report_id = _number(form.id)
    if report_id is None:
        return _say(Code.INVALID_REQUEST, "id is missing or no number")

    def checked(page: Page) -> Answer:
        if (code := _refused(page, visit, report_id)) is not None:
            return Answer(code=code, report_id=report_id)
        return deed(page, report_id)

    return checked


def _refused(page: Page, visit: Visit, report_id: int) -> Code | None:
    return refused(page.find(report_id), visit.user, visit.switches)


def _say(code: Code, detail: str = "") -> Deed:
    return lambda page: Answer(code=code, detail=detail, remark=detail)


def _number(text: str | None) -> int | None:
    """A report id as the form gives it: ASCII digits, within 64 bits."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return int(text) if int(text) <= LONG_MAX else None


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _remark(call: Call, request: Request) -> str:
    """What a careful analyst of the traffic would remark on; nothing is refused for it."""
    if call not in (Call.SUBMIT, Call.FILEINFO):
        return ""
    kind, charset = media_type(request)
    if kind not in XML_TYPES:
        return f"content type is {kind[:60] or 'absent'}"
    return "" if charset else "no charset in the content type"


def _xml(
    answer: Answer, switches: Switches, *, finish: bool = False, status: int | None = None
) -> Response:
    return Response(
        render(answer, switches, finish=finish),
        status_code=status or http_status(answer.code, switches),
        headers={"Content-Type": f"application/xml;charset={switches.header_charset}"},
    )


def _unauthorised(switches: Switches) -> Response:
    response = _xml(Answer(code=Code.AUTHENTICATION_REQUIRED), switches)
    if switches.unauthorised_body is UnauthorisedBody.EMPTY:
        response = Response(status_code=401)
    response.headers["WWW-Authenticate"] = 'Basic realm="TEST receiver"'
    return response
