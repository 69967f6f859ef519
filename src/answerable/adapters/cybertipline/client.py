"""adapters.cybertipline.client: the CyberTipline over HTTPS, one method a call.

Usable on its own: docs/cybertipline-client.md is a tour, every block of which a test runs.
A kept-alive connection that died looks like a lost answer, so every call opens its own.
"""

import hashlib
import io
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import httpx
import structlog
from lxml import etree

from answerable.adapters.authorities import authorities
from answerable.adapters.cybertipline.answers import (
    ANSWER_BYTES_MAX,
    SCHEMA_BYTES_MAX,
    Answer,
    judge,
    judge_schema,
)
from answerable.kernel.errors import Breach, Outage, Refusal, insist
from answerable.kernel.hosts import is_loopback
from answerable.kernel.ids import TiplineId
from answerable.kernel.sealed import Sealed
from answerable.reports.tipline import (
    Finished,
    Greeting,
    Noted,
    Opened,
    Receipt,
    Retracted,
    SchemaFetched,
    StateAnswer,
    UploadDamaged,
    Uploaded,
)

_log = structlog.get_logger(__name__)

_XML = "text/xml; charset=utf-8"  # without the charset, non-ASCII text is known to be damaged
_HEADERS = {
    "Accept": "application/xml, text/xml",
    "Accept-Encoding": "identity",
    "User-Agent": "answerable",
}
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; *charset=[\w-]+)?", re.ASCII)
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds. `whole` bounds one call from its start, however the bytes trickle.

    A lease on the work must outlive `whole` by one `write` and one `read`.
    """

    connect: float = 10
    read: float = 60
    write: float = 60
    whole: float = 300


class TiplineClient:
    """The CyberTipline behind `base_url`; implements `reports.tipline.CyberTipline`.

    `base_url` ends before `/submit` and is used as it is. Anything but a loopback address is
    refused unless `allow_real`: then it must be https. Credentials are sent at once with each call
    (HTTP Basic). Redirects are not followed and the environment's proxies not used: both would hand
    credentials and report to someone else.
    """

    def __init__(
        self,
        *,
        base_url: str,
        username: str,
        password: Sealed[str] | str,
        allow_real: bool = False,
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = checked_base_url(base_url, allow_real=allow_real)
        self._timeouts = timeouts or Timeouts()
        self._monotonic = monotonic
        opened = password.open() if isinstance(password, Sealed) else password
        self._client = httpx.Client(
            auth=httpx.BasicAuth(username, opened),
            headers=_HEADERS,
            timeout=httpx.Timeout(
                connect=self._timeouts.connect,
                read=self._timeouts.read,
                write=self._timeouts.write,
                pool=self._timeouts.connect,
            ),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
            verify=tls if tls is not None else authorities(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of sockets."""
        self._client.close()

    def status(self) -> Greeting:
        """Ask whether address and credentials are good."""
        receipt = self._call("status", self._client.build_request("GET", self._url("status")))
        judge("status", receipt, None)
        return Greeting(receipt=receipt)

    def xsd(self) -> SchemaFetched:
        """Fetch the schema that is in force over there, at most 4 MiB of it. Changes nothing.

        It is NCMEC's document: keep it, don't pass it on.
        """
        request = self._client.build_request("GET", self._url("xsd"))
        return judge_schema(self._call("xsd", request, SCHEMA_BYTES_MAX))

    def submit(self, xml: bytes) -> Opened:
        """Open a report. Store the id before any further call."""
        receipt = self._post_xml("submit", xml)
        answer = judge("submit", receipt, None)
        if not isinstance(answer, Answer) or answer.report_id is None:
            raise Outage("the CyberTipline opened a report and did not say which")
        return Opened(report_id=TiplineId(answer.report_id), receipt=receipt)

    def upload(
        self, report: TiplineId, name: str, media_type: str, content: bytes
    ) -> Uploaded | UploadDamaged | StateAnswer:
        """Attach a file, and compare its MD5 with the one answered."""
        kind = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
        request = self._client.build_request(
            "POST",
            self._url("upload"),
            data={"id": report},
            files={"file": (name, io.BytesIO(content), kind)},
        )
        receipt = self._call("upload", request)
        answer = judge("upload", receipt, report)
        if not isinstance(answer, Answer):
            return answer
        if answer.file_id is None:
            raise Outage("the CyberTipline took a file and did not say under which id")
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if answer.md5 is None or answer.md5.lower() != md5:
            return UploadDamaged(
                report_id=report,
                file_id=answer.file_id,
                md5_sent=md5,
                md5_answered=answer.md5,
                receipt=receipt,
            )
        return Uploaded(report_id=report, file_id=answer.file_id, md5=md5, receipt=receipt)

    def fileinfo(self, xml: bytes) -> Noted | StateAnswer:
        """Describe an attached file with its `<fileDetails>` bytes."""
        report = _report_of(xml)
        receipt = self._post_xml("fileinfo", xml)
        answer = judge("fileinfo", receipt, report)
        if not isinstance(answer, Answer):
            return answer
        return Noted(receipt=receipt)

    def finish(self, report: TiplineId) -> Finished | StateAnswer:
        """File the report. The answer is NCMEC's receipt, and its only notification."""
        receipt = self._post_id("finish", report)
        answer = judge("finish", receipt, report)
        if not isinstance(answer, Answer):
            return answer
        return Finished(report_id=report, file_ids=answer.file_ids, receipt=receipt)

    def retract(self, report: TiplineId) -> Retracted | StateAnswer:
        """Discard an open report."""
        receipt = self._post_id("retract", report)
        answer = judge("retract", receipt, report)
        if not isinstance(answer, Answer):
            return answer
        return Retracted(report_id=report, receipt=receipt)

    def _url(self, call: str) -> str:
        return f"{self._base}/{call}"

    def _post_xml(self, call: str, xml: bytes) -> Receipt:
        request = self._client.build_request(
            "POST", self._url(call), content=xml, headers={"Content-Type": _XML}
        )
        return self._call(call, request)

    def _post_id(self, call: str, report: TiplineId) -> Receipt:
        data: Mapping[str, str] = {"id": report}
        return self._call(call, self._client.build_request("POST", self._url(call), data=data))

    def _call(
        self, call: str, request: httpx.Request, bytes_max: int = ANSWER_BYTES_MAX
    ) -> Receipt:
        """Send, read `bytes_max` at most, and say in the log what came of it, without contents."""
        deadline = self._monotonic() + self._timeouts.whole

        def in_time() -> None:
            if self._monotonic() > deadline:
                raise Outage(f"{call} took longer than {self._timeouts.whole} s")

        stream = request.stream
        insist(isinstance(stream, httpx.SyncByteStream), "requests are sent synchronously")
        if isinstance(stream, httpx.SyncByteStream):
            request.stream = _Watched(stream, in_time)
        try:
            response = self._client.send(request, stream=True)
            try:
                body = _bounded_body(call, response, in_time, bytes_max)
            finally:
                response.close()
        except httpx.TransportError as why:
            _log.warning("tipline call lost", call=call, why=type(why).__name__)
            raise Outage(f"no whole answer to {call}: {type(why).__name__}") from None
        request_id = response.headers.get("Request-ID", "").strip()
        receipt = Receipt(
            body=body,
            http_status=response.status_code,
            request_id=request_id if _REQUEST_ID.fullmatch(request_id) else None,
        )
        _log.info(
            "tipline call answered",
            call=call,
            http_status=receipt.http_status,
            request_id=receipt.request_id,
            answer_bytes=len(body),
        )
        return receipt


class _Watched(httpx.SyncByteStream):
    """A request body that stops when the call's time is over."""

    def __init__(self, inner: httpx.SyncByteStream, in_time: Callable[[], None]) -> None:
        self._inner, self._in_time = inner, in_time

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._inner:
            self._in_time()
            yield piece

    def close(self) -> None:
        self._inner.close()


def checked_base_url(base_url: str, *, allow_real: bool) -> str:
    """The base without a closing slash. Raises Refusal for what must not be talked to."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise Refusal("the CyberTipline's base URL is no URL") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Refusal("the CyberTipline's base URL starts with https:// and names a host")
    if url.userinfo or url.query or url.fragment:
        raise Refusal("the CyberTipline's base URL has no credentials, query or fragment")
    if not is_loopback(url.host):
        if not allow_real:
            raise Refusal(
                "a CyberTipline that is not on this machine needs the explicit setting to allow it",
                host=url.host,
            )
        if url.scheme != "https":
            raise Refusal("a CyberTipline that is not on this machine is reached by https only")
    return base_url.rstrip("/")


def _bounded_body(
    call: str, response: httpx.Response, in_time: Callable[[], None], bytes_max: int
) -> bytes:
    """The answer as sent, undecoded, cut off one byte past the cap so that it is known too long."""
    body = bytearray()
    for piece in response.iter_raw():
        in_time()
        body += piece
        if len(body) > bytes_max:
            _log.warning("tipline answer too long", call=call, http_status=response.status_code)
            return bytes(body[: bytes_max + 1])
    return bytes(body)


def _report_of(xml: bytes) -> TiplineId:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    found = root.findtext("reportId")
    if not found:
        raise Breach("file details name their report")
    return TiplineId(str(found).strip())
