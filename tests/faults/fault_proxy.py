"""A wire that fails on purpose: it stands between our client and the receiver, over real HTTP.

One strike is armed at a time: the n-th request of one call meets one fault. The proxy counts every
strike, so that a test can show that it met what it says it met.
"""

import contextlib
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import assert_never

import httpx

from answerable.apps.receiver.switches import Switchboard
from answerable.kernel.time import HOUR

_HOP = {"connection", "content-length", "host", "transfer-encoding"}
_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body>TEST</body></html>"
_OTHER_ROOT = b'<?xml version="1.0"?><somethingElse><responseCode>0</responseCode></somethingElse>'
_OTHER_REPORT = b"987654321"
LAPSES_AFTER = 25 * HOUR


class Fault(StrEnum):
    """How one call fails. `after`: its effect is there."""

    NONE = "answered"  # an honest answer; its worker may die all the same
    FAILS = "code 1000 before"
    FAILS_AFTER = "code 1000 after"
    GATEWAY = "502 page before"
    GATEWAY_AFTER = "502 page after"
    PAGE_AFTER = "200 page after"
    EMPTY_AFTER = "200 empty after"
    CUT_AFTER = "half an answer after"
    ROOT_AFTER = "wrong root after"
    OTHER_AFTER = "another report's id after"
    DROP = "dropped before"
    DROP_AFTER = "dropped after"
    SLOW = "slow, its effect comes last"  # the client gives up; what it asked happens much later
    SLOW_AFTER = "slow after"
    LAPSED = "lapsed, 5001"
    LAPSED_5101 = "lapsed, 5101"
    REFUSED = "not authorised, 3000"
    UNAUTHORISED = "401 without a body"
    INVALID = "invalid, 4100"
    UNKNOWN = "code of no family"

    @property
    def before(self) -> bool:
        """The request goes no further, or not now."""
        return self in (
            self.FAILS, self.GATEWAY, self.DROP, self.SLOW,
            self.REFUSED, self.UNAUTHORISED, self.INVALID, self.UNKNOWN,
        )  # fmt: skip

    @property
    def slow(self) -> bool:
        return self in (self.SLOW, self.SLOW_AFTER)

    @property
    def lapses(self) -> bool:
        return self in (self.LAPSED, self.LAPSED_5101)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """The `nth` request of `call` since it was armed meets `fault`."""

    call: str
    fault: Fault
    nth: int = 1


@dataclass(frozen=True, slots=True)
class _Said:
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class FaultProxy:
    """Strikes in order; `struck` names those that came, `seen` counts every request."""

    board: Switchboard
    far: httpx.Client
    port: int = 0
    draw: Callable[[str], Fault] | None = None  # asked for each request that no strike is for
    drawn: Counter[Fault] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    struck: list[Strike] = field(default_factory=list)
    late: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)
    _armed: list[Strike] = field(default_factory=list)
    _since: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ispws"

    def arm(self, *strikes: Strike) -> None:
        """Forget the former ones. Each counts from the one before it."""
        with self._lock:
            self._armed, self.struck, self.late = list(strikes), [], []
            self._since.clear()

    def fault_for(self, call: str) -> Fault:
        with self._lock:
            self.seen[call] += 1
            self._since[call] += 1
            next_ = self._armed[0] if self._armed else None
            if next_ is None or (next_.call, next_.nth) != (call, self._since[call]):
                drawn = Fault.NONE if self.draw is None else self.draw(call)
                self.drawn[drawn] += 1
                return drawn
            self.struck.append(self._armed.pop(0))
            self._since.clear()
            return next_.fault

    def deliver_late(self) -> int:
        """What a client gave up on arrives after all. How many there were."""
        for path, body, headers in self.late:
            self.far.post(path, content=body, headers=headers)
        count, self.late = len(self.late), []
        return count

    def lapse(self, fault: Fault) -> None:
        """Every draft that is open now is gone, and the receiver says so with this code."""
        code = 5101 if fault is Fault.LAPSED_5101 else 5001
        shift = self.board.now.time_shift_ms + LAPSES_AFTER
        self.board.turn(time_shift_ms=shift, expired_code=code)

    def meet(self, fault: Fault, path: str, body: bytes, headers: dict[str, str]) -> _Said | None:
        """What goes back to the client; None: the connection is cut."""
        if fault is Fault.SLOW:
            self.late.append((path, body, headers))
            return None
        call = path.rpartition("/")[2]
        if fault.lapses and call != "submit":
            self.lapse(fault)
        if fault.before:
            return _instead(fault, b"")
        answer = self.far.post(path, content=body, headers=headers)
        if fault.lapses and call == "submit":
            self.lapse(fault)
        honest = _Said(
            answer.status_code,
            answer.content,
            tuple((k, v) for k, v in answer.headers.items() if k.lower() not in _HOP),
        )
        if fault is Fault.NONE or fault.lapses or fault.slow:
            return honest
        return _instead(fault, honest.body)


def _instead(fault: Fault, honest: bytes) -> _Said | None:
    match fault:
        case Fault.FAILS | Fault.FAILS_AFTER:
            return _Said(500, _coded(1000))
        case Fault.GATEWAY | Fault.GATEWAY_AFTER:
            return _Said(502, _GATEWAY, (("Content-Type", "text/html"),))
        case Fault.PAGE_AFTER:
            return _Said(200, _GATEWAY, (("Content-Type", "text/html"),))
        case Fault.EMPTY_AFTER:
            return _Said(200, b"")
        case Fault.CUT_AFTER:
            return _Said(200, honest[: len(honest) // 2], (("Content-Length", str(len(honest))),))
        case Fault.ROOT_AFTER:
            return _Said(200, _OTHER_ROOT)
        case Fault.OTHER_AFTER:
            other = b"<reportId>" + _OTHER_REPORT + b"</reportId>"
            return _Said(200, re.sub(rb"<reportId>\d+</reportId>", other, honest))
        case Fault.DROP | Fault.DROP_AFTER:
            return None
        case Fault.REFUSED:
            return _Said(200, _coded(3000))
        case Fault.UNAUTHORISED:
            return _Said(401, b"", (("WWW-Authenticate", 'Basic realm="TEST"'),))
        case Fault.INVALID:
            return _Said(200, _coded(4100))
        case Fault.UNKNOWN:
            return _Said(200, _coded(7777))
        case Fault.NONE | Fault.SLOW | Fault.SLOW_AFTER | Fault.LAPSED | Fault.LAPSED_5101:
            raise AssertionError(f"{fault} has an answer of its own")
        case unknown:
            assert_never(unknown)


def _coded(code: int) -> bytes:
    text = f"<responseCode>{code}</responseCode><responseDescription>TEST</responseDescription>"
    return f'<?xml version="1.0" encoding="UTF-8"?><reportResponse>{text}</reportResponse>'.encode()


@contextmanager
def started_fault_proxy(origin: str, board: Switchboard) -> Iterator[FaultProxy]:
    """A proxy on a free loopback port, in threads of this process."""
    far = httpx.Client(base_url=origin, timeout=30, trust_env=False)
    proxy = FaultProxy(board=board, far=far)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the client fell silent while it spoke: nothing arrived
            call = self.path.rpartition("/")[2]
            fault = proxy.fault_for(call)
            kept = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            said = proxy.meet(fault, self.path, body, kept)
            if fault.slow:
                self._until_the_client_gives_up()
            elif said is not None:
                self._say(said)
            self.close_connection = True

        def _until_the_client_gives_up(self) -> None:
            with contextlib.suppress(OSError):
                self.connection.recv(1)

        def _say(self, said: _Said) -> None:
            with contextlib.suppress(ConnectionError):
                self.send_response(said.status)
                told = {name.lower() for name, _ in said.headers}
                for name, value in said.headers:
                    self.send_header(name, value)
                if "content-length" not in told:
                    self.send_header("Content-Length", str(len(said.body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(said.body)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64
        address_family = socket.AF_INET

        def handle_error(self, *_: object) -> None:
            return  # a connection that somebody cut

    server = Server(("127.0.0.1", 0), Handler)
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        far.close()
        thread.join()
