"""receiver/serve: the receiver as a process, or in a thread beside a test. Binds loopback only.

`run_receiver` ends with 0 on SIGINT and SIGTERM, also where SIGINT was inherited ignored.
"""

import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from answerable.apps.receiver.app import ReceiverApp, create_receiver
from answerable.apps.receiver.settings import ReceiverSettings
from answerable.apps.receiver.switches import Switchboard
from answerable.apps.receiver.trouble import HANG_UP
from answerable.apps.serving import Server, listen
from answerable.kernel.errors import Refusal
from answerable.kernel.hosts import is_loopback
from answerable.kernel.time import TimeSource


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningReceiver:
    """A receiver that answers at `base_url` (which ends in /ispws)."""

    base_url: str
    origin: str
    port: int
    app: ReceiverApp
    switchboard: Switchboard


def run_receiver(
    settings: ReceiverSettings,
    time: TimeSource,
    announce: Callable[[str], object] = sys.stdout.write,
) -> int:
    """Serve until SIGINT or SIGTERM; returns 0. Announces its address in one line once it listens.

    Raises Refusal where the host is not loopback and that was not allowed, Outage where the
    address is taken.
    """
    listening = _listen(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    app = create_receiver(settings, time)
    server = Server(_config(app))
    port = listening.getsockname()[1]
    with server.ending_on_signals():
        announce(f"TEST receiver: {_origin(settings.host, port)}/ispws\n")
        sys.stdout.flush()
        try:
            server.run(sockets=[listening])
        finally:
            app.close()
            listening.close()
    return 0


@contextmanager
def started_receiver(settings: ReceiverSettings, time: TimeSource) -> Iterator[RunningReceiver]:
    """The same in a thread of this process, for tests; stopped and closed on the way out."""
    listening = _listen(settings)
    app = create_receiver(settings, time)
    server = Server(_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()  # connections made before it accepts wait in the listening socket's queue
    port = listening.getsockname()[1]
    origin = _origin(settings.host, port)
    try:
        yield RunningReceiver(
            base_url=f"{origin}/ispws",
            origin=origin,
            port=port,
            app=app,
            switchboard=app.switchboard,
        )
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        app.close()
        listening.close()


class _Protocol(H11Protocol):
    """HTTP/1.1 whose application may cut the connection without a word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = self._with_hang_up(self.app)

    def _with_hang_up(self, app: Any) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[HANG_UP] = self._hang_up
            await app(scope, receive, send)

        return wrapped

    def _hang_up(self) -> None:
        self.transport.close()


def _config(app: ReceiverApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        lifespan="off",
        proxy_headers=False,  # the peer's address is the peer's
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def _listen(settings: ReceiverSettings) -> socket.socket:
    if not (is_loopback(settings.host) or settings.allow_non_loopback):
        raise Refusal(
            f"the receiver is a TEST double and binds loopback only; {settings.host} is not"
        )
    listening = listen(settings.host, settings.port)
    listening.listen(128)
    return listening


def _origin(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
