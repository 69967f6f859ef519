"""A scripted far side for the CyberTipline client: raw bytes on a loopback socket.

It can say what a gateway, a torn wire or a hostile server would; it shares nothing with the client.
"""

import hashlib
import queue
import socket
import threading
from collections.abc import Callable
from typing import TypeAlias

from answerable.kernel.ids import TiplineId

REPORT = TiplineId("4564654")
CONTENT = b"bluelantern \x00\xff and a bike\r\n"
MD5 = hashlib.md5(CONTENT).hexdigest()
FILE_ID = "b0754af766b426f2928a02c651ed4b99"
INFO = b"<fileDetails><reportId>4564654</reportId><fileId>b0</fileId></fileDetails>"

Move: TypeAlias = Callable[[socket.socket], None]


def say(raw: bytes) -> Move:
    """Send these bytes and hang up."""
    return lambda wire: wire.sendall(raw)


def hang_up(_wire: socket.socket) -> None:
    """Say nothing."""


def stay_silent(wire: socket.socket) -> None:
    """Answer nothing until the client gives up and closes."""
    wire.recv(1)


def http(
    body: bytes,
    status: str = "200 OK",
    *,
    kind: str = "application/xml",
    length: int | None = None,
    **headers: str,
) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def xml(code: object = 0, said: str = "Success", inside: str = "", root: str = "reportResponse"):
    text = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    described = f"<responseDescription>{said}</responseDescription>" if said else ""
    text += f"<{root}><responseCode>{code}</responseCode>{described}{inside}</{root}>"
    return text.encode()


def about(report: str = REPORT) -> str:
    return f"<reportId>{report}</reportId>"


def done(report: str = REPORT, files: str = "", code: int = 0) -> bytes:
    inside = f"{about(report)}<files>{files}</files>"
    return xml(code, "", inside, "reportDoneResponse")


class FarSide:
    """Takes one connection a request, keeps what was asked, and makes the next scripted move."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._moves: queue.SimpleQueue[Move] = queue.SimpleQueue()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def will(self, *moves: Move | bytes) -> None:
        for move in moves:
            self._moves.put(say(move) if isinstance(move, bytes) else move)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self._door.accept()
            except OSError:
                return
            with wire:
                wire.settimeout(10)
                try:
                    self.asked.append(_whole_request(wire))
                    self._moves.get(timeout=10)(wire)
                except OSError:
                    continue


def _whole_request(wire: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += _some(wire)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(headers_of(got).get("content-length", "0"))
    while len(body) < length:
        body += _some(wire)
    return head + b"\r\n\r\n" + body


def _some(wire: socket.socket) -> bytes:
    some = wire.recv(65536)
    if not some:
        raise ConnectionError("the client hung up before it had asked")
    return some


def headers_of(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }


def body_of(request: bytes) -> bytes:
    return request.partition(b"\r\n\r\n")[2]
