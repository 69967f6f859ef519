"""A whole installation as real processes: `answerable up` over a home of its own, on free ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from answerable.access.model import Role, Scope
from answerable.apps.founding import founder, make_home
from answerable.apps.settings import Settings
from answerable.apps.wiring import House
from answerable.kernel.sealed import Sealed

T = TypeVar("T")
PATIENCE_SECONDS = 60.0
PASSWORD = "correct horse battery staple"
STAFF = {"ana": Role.REVIEWER, "ben": Role.REVIEWER, "cleo": Role.SENIOR}


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def until(look: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """`look` until it answers. The only waiting a test does: for a condition, never for a time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"never came: {what}")
        time.sleep(0.02)


class Installation:
    """One home and the processes over it."""

    def __init__(self, folder: Path, *, synthetic: bool = False, **settings: Any) -> None:
        port, receiver, site = free_ports(3)
        told: dict[str, Any] = {
            "home": folder / "home",
            "port": port,
            "receiver_port": receiver,
            "site_port": site,
            "lease_ms": 2_500,
            "tipline_seconds": 1.0,
            "undo_ms": 0,
            "facts_ms": 0,
            "sweep_ms": 200,
        }
        self.settings = Settings(**(told | settings))
        self.home = self.settings.home
        self.process: subprocess.Popen[bytes] | None = None
        self.output = folder / "up.log"
        house = make_home(self.settings, synthetic=synthetic)
        self.origin = house.facts.origin
        self.site = house.site
        for login, role in STAFF.items():
            house.create_staff(
                house.site,
                founder(house),
                login=login,
                name=login.title(),
                organisation="site",
                roles=frozenset({role}),
                password=Sealed(PASSWORD, label="test password"),
            )
        both = frozenset({Scope.INTAKE, Scope.DIRECTIVES})
        _, token = house.create_token(house.site, founder(house), "test site", both)
        self.token = token.open()
        self.prepare(house)
        house.close()

    def prepare(self, house: House) -> None:
        """More set-up before the first start; for sub-classes."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings as the processes are told them."""
        told = {
            f"ANSWERABLE_{name.upper()}": str(value)
            for name, value in self.settings.model_dump().items()
            if value not in (None, "")
        }
        return {**os.environ, **told, "PYTHONDONTWRITEBYTECODE": "1"}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self) -> None:
        """`answerable up`, and wait until it says it is healthy."""
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "answerable.apps.cli", "up"],
                env=dict(self.environment),
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.wait_healthy()

    def wait_healthy(self) -> None:
        def healthy() -> bool:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"up ended: {self.output.read_text('utf-8')[-3000:]}")
            return self.health().get("ok", False)

        try:
            until(healthy, "a healthy installation")
        except AssertionError as fault:
            tail = self.output.read_text("utf-8")[-3000:]
            raise AssertionError(f"{fault}; {self.health()}; {tail}") from None

    def health(self) -> dict[str, Any]:
        try:
            return dict(httpx.get(f"{self.base}/healthz", timeout=5).json())
        except (httpx.HTTPError, ValueError):
            return {}

    def pids(self) -> dict[str, int]:
        return dict(json.loads((self.home / "up.json").read_bytes())["pids"])

    def kill(self, *children: str) -> None:
        """kill -9 of these children."""
        pids = self.pids()
        for child in children:
            os.kill(pids[child], signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM to `up`; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE_SECONDS)
        self.process = None
        return code

    def api(self) -> httpx.Client:
        """A client with the site's token."""
        return httpx.Client(
            base_url=self.base, headers={"Authorization": f"Bearer {self.token}"}, timeout=30
        )

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line over this home."""
        return subprocess.run(
            [sys.executable, "-m", "answerable.apps.cli", *arguments],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    @contextmanager
    def house(self) -> Iterator[House]:
        """The services, in this process, over the same database."""
        from answerable.apps.wiring import open_house

        house = open_house(self.settings)
        try:
            yield house
        finally:
            house.close()


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[Installation]:
    """An installation that is up, and ended whatever happens."""
    installation = Installation(folder, **settings)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


__all__ = ["PASSWORD", "Installation", "free_ports", "running", "until"]
