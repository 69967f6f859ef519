"""What the receiver's tests share: a settable time, plain documents, a caller that reads."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from answerable.apps.receiver import ReceiverSettings, Switchboard, create_receiver
from answerable.apps.receiver.app import ReceiverApp
from answerable.kernel.time import Millis

NOON = Millis(1_789_992_000_000)  # 2026-09-21T12:00:00Z
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
XML = {"Content-Type": "text/xml; charset=utf-8"}
TEST, OTHER = ("test", "test"), ("other", "pässword:with colon")
BOUNDARY = "a-boundary"

SUMMARY = (
    "<incidentSummary><incidentType>Child Sex Trafficking</incidentType>"
    "<incidentDateTime>2026-09-01T10:00:00Z</incidentDateTime></incidentSummary>"
)
REPORTER = "<reporter><reportingPerson><email>desk@example.com</email></reportingPerson></reporter>"


class SetTime:
    """A time source that stands where it is put."""

    def __init__(self, now: Millis = NOON) -> None:
        self._now = now

    def now(self) -> Millis:
        return self._now

    def pass_by(self, millis: int) -> None:
        self._now = Millis(self._now + millis)


def report(
    *, summary: str = SUMMARY, details: str = "", reporter: str = REPORTER, rest: str = ""
) -> str:
    """A report with these parts in the right places."""
    return f"<report>{summary}{details}{reporter}{rest}</report>"


def file_details(report_id: int | None, file_id: str | None, rest: str = "") -> str:
    return (
        f"<fileDetails><reportId>{report_id}</reportId><fileId>{file_id}</fileId>{rest}"
        "</fileDetails>"
    )


def web_page(url: str) -> str:
    return f"<internetDetails><webPageIncident><url>{url}</url></webPageIncident></internetDetails>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer, read by its bytes."""

    status: int
    root: str
    code: int
    description: str
    report_id: int | None
    file_id: str | None
    digest: str | None
    files: tuple[str, ...]
    headers: httpx.Headers
    raw: bytes


def read_answer(response: httpx.Response) -> Told:
    root = etree.fromstring(response.content)
    report_id = root.findtext("reportId")
    return Told(
        status=response.status_code,
        root=str(root.tag),
        code=int(root.findtext("responseCode") or "-1"),
        description=root.findtext("responseDescription") or "",
        report_id=None if report_id is None else int(report_id),
        file_id=root.findtext("fileId"),
        digest=root.findtext("hash"),
        files=tuple(found.text or "" for found in root.findall("files/fileId")),
        headers=response.headers,
        raw=response.content,
    )


class InProcess:
    """HTTP against an application in this process: no socket, no thread that waits."""

    def __init__(self, app: ReceiverApp, peer: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(app, client=(peer, 40_000))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
        self._runner = asyncio.Runner()

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


class Caller:
    """A plain client that knows nothing of ours: it sends, and reads what comes back."""

    def __init__(self, client: InProcess | httpx.Client, auth: tuple[str, str] = TEST) -> None:
        self.client = client
        self.auth = auth

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, auth=self.auth)

    def send(self, call: str, body: str | bytes, content_type: str = XML["Content-Type"]) -> Told:
        content = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": content_type} if content_type else {}
        return read_answer(
            self.client.post(f"/ispws/{call}", content=content, headers=headers, auth=self.auth)
        )

    def submit(self, xml: str | bytes | None = None) -> Told:
        return self.send("submit", report() if xml is None else xml)

    def upload(
        self, report_id: object, data: bytes = b"blue bicycle", name: str = "ad.txt"
    ) -> Told:
        return read_answer(
            self.client.post(
                "/ispws/upload",
                data={"id": str(report_id)},
                files={"file": (name, data, "text/plain")},
                auth=self.auth,
            )
        )

    def fileinfo(self, report_id: int | None, file_id: str | None, rest: str = "") -> Told:
        return self.send("fileinfo", file_details(report_id, file_id, rest))

    def finish(self, report_id: object, *, multipart: bool = False) -> Told:
        return self._by_id("finish", report_id, multipart)

    def retract(self, report_id: object, *, multipart: bool = False) -> Told:
        return self._by_id("retract", report_id, multipart)

    def _by_id(self, call: str, report_id: object, multipart: bool) -> Told:
        if multipart:
            fields = {"id": (None, str(report_id))}
            response = self.client.post(f"/ispws/{call}", files=fields, auth=self.auth)
        else:
            fields_plain = {"id": str(report_id)}
            response = self.client.post(f"/ispws/{call}", data=fields_plain, auth=self.auth)
        return read_answer(response)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A receiver in this process, with its time and switches in reach."""

    client: InProcess
    caller: Caller
    other: Caller
    time: SetTime
    board: Switchboard
    db_path: Path


def settings_at(folder: Path, **changes: object) -> ReceiverSettings:
    users = {TEST[0]: TEST[1], OTHER[0]: OTHER[1]}
    usual: dict[str, object] = {"db_path": folder / "receiver.sqlite3", "users": users, "port": 0}
    return ReceiverSettings(**(usual | changes))  # type: ignore[arg-type]


@contextmanager
def bench(folder: Path, time: SetTime | None = None, **changes: object) -> Iterator[Bench]:
    time = time or SetTime()
    settings = settings_at(folder, **changes)
    app = create_receiver(settings, time)
    client = InProcess(app)
    try:
        yield Bench(
            client=client,
            caller=Caller(client),
            other=Caller(client, OTHER),
            time=time,
            board=app.switchboard,
            db_path=settings.db_path,
        )
    finally:
        client.close()
        app.close()


def multipart(*parts: tuple[str, str, bytes]) -> bytes:
    """Parts as (name, what follows the name in the part's head, data)."""
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
        + data
        + b"\r\n"
        for name, more, data in parts
    ]
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
