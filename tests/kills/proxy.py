"""A proxy between our CyberTipline client and the receiver: it counts, and strikes at a moment.

A moment is progress, never time: the n-th request of a call, *before* it reaches the receiver or
*after* the receiver answered and before the answer goes back.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import httpx

CALLS = ("submit", "upload", "fileinfo", "finish")
PHASES = ("before", "after")
_HOP = {"connection", "content-length", "host", "transfer-encoding"}


class Moment(NamedTuple):
    """Where in the story to strike: the n-th of these since it was armed, counted from 1."""

    step: str
    phase: str
    nth: int = 1

    @property
    def name(self) -> str:
        return f"{self.step}-{self.phase}"


@dataclass
class TiplineProxy:
    """One at a time is armed; `struck` names the moments that came, `seen` counts all requests."""

    port: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    struck: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _armed: list[tuple[Moment, Callable[[], None]]] = field(default_factory=list)
    _since: Counter[str] = field(default_factory=Counter)
    faults: list[BaseException] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ispws"

    def arm(self, *moments: tuple[Moment, Callable[[], None]]) -> None:
        """Strike at each, one after the other; the next one counts from the former's strike."""
        with self._lock:
            self._armed = list(moments)
            self._since.clear()

    @property
    def spent(self) -> bool:
        """Whether every armed moment has come."""
        with self._lock:
            return not self._armed

    def arrived(self, call: str) -> int:
        with self._lock:
            self.seen[call] += 1
            self._since[call] += 1
            return self._since[call]

    def pass_by(self, call: str, phase: str, nth: int) -> bool:
        """Strike if this is the moment; whether it was."""
        with self._lock:
            if not self._armed or self._armed[0][0] != Moment(call, phase, nth):
                return False
            moment, strike = self._armed.pop(0)
            self._since.clear()
        try:
            strike()
        except BaseException as fault:  # kept for the test's own thread, which asks
            self.faults.append(fault)
            raise
        self.struck.append(moment.name)
        return True


@contextmanager
def started_proxy(receiver_origin: str) -> Iterator[TiplineProxy]:
    """A proxy on a free loopback port, in threads of this process."""
    proxy = TiplineProxy()
    far = httpx.Client(base_url=receiver_origin, timeout=10, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the client died while it spoke: nothing arrived
            call = self.path.rpartition("/")[2]
            nth = proxy.arrived(call)
            proxy.pass_by(call, "before", nth)
            kept = {k: v for k, v in self.headers.items() if k.lower() not in _HOP}
            if self._asker_died():
                return
            answer = far.post(self.path, content=body, headers=kept)
            proxy.pass_by(call, "after", nth)
            with contextlib.suppress(ConnectionError):  # nobody is there to hear it
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(answer.content)

        def _asker_died(self) -> bool:
            """A dead client's request goes no further: *before* means before its effect."""
            self.connection.setblocking(False)
            try:
                return self.connection.recv(1) == b""
            except BlockingIOError:
                return False
            except ConnectionError:
                return True
            finally:
                self.connection.setblocking(True)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            return  # a connection that a kill cut

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
