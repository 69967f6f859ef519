"""A uvicorn server as a well-behaved process: loopback, quiet, ends with 0 when asked.

SIGINT and SIGTERM end it, also where SIGINT was inherited ignored (a background job of a shell).
A child whose supervisor died ends by itself, so that nothing is left holding ports and locks.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from answerable.kernel.errors import Outage

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK_SECONDS = 0.25
GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """uvicorn, but a signal is an ordinary end and is not raised again afterwards.

    `on_exit` is called as soon as the end is asked for: those who wait are let go at once.
    """

    on_exit: Callable[[], None] = staticmethod(lambda: None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.on_exit()

    @contextmanager
    def ending_on_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def config(app: Any) -> uvicorn.Config:
    """Quiet, no proxy headers, no access log: addresses of alerters are not ours to keep."""
    return uvicorn.Config(
        app,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises Outage where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else no TCP_NODELAY
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        listening.close()
        raise Outage(f"port {port} on {host} is taken: {fault.strerror}") from fault
    return listening


def serve(app: Any, host: str, port: int, on_exit: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM. Call it in the main thread."""
    listening = listen(host, port)
    server = Server(config(app))
    server.on_exit = on_exit
    with server.ending_on_signals():
        try:
            server.run(sockets=[listening])
        finally:
            listening.close()


def end_when_orphaned(parent: int) -> None:
    """A thread that ends this process (SIGTERM, the usual way) once `parent` is gone."""

    def watch() -> None:
        waiting = threading.Event()
        while os.getppid() == parent:
            waiting.wait(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()
