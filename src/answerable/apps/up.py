"""The supervisor: app, signer and receiver (and, in a demo home, the example site) as one command.

A child that dies is started again; `/healthz` says 503 meanwhile. SIGINT or SIGTERM ends all, in
order, with exit 0, also where SIGINT was inherited ignored.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from answerable.apps.alert_page.hotlines import load_hotlines
from answerable.apps.emergency import emergency_lines
from answerable.apps.home import Home, HomeFacts, write_private
from answerable.apps.serving import listen
from answerable.apps.settings import Settings
from answerable.kernel.errors import Outage, Refusal
from answerable.kernel.hosts import is_loopback
from answerable.reports.document.values import Profile

LOOK_SECONDS = 0.1
AGAIN_SECONDS = 0.5
QUIET_SECONDS = 20.0
END_SECONDS = 15.0


@dataclass(slots=True)
class Child:
    """One supervised process."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Starts the children, starts dead ones again, ends them in reverse order."""

    def __init__(self, home: Home, children: list[Child]) -> None:
        self._home, self._children = home, children
        self._environment: dict[str, str] = {}
        self._stop = threading.Event()
        self._told: str | None = None

    def ask_to_stop(self, *_: object) -> None:
        self._stop.set()

    def run(self, once_up: Callable[[], None] = lambda: None) -> None:
        """Supervise until asked to stop. `once_up` runs beside, when all children were started."""
        with self.listening():
            if not self._stop.is_set():
                self._supervise(once_up)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """From here on a signal asks to stop, also before anything was started."""
        before = {n: signal.signal(n, self.ask_to_stop) for n in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _supervise(self, once_up: Callable[[], None]) -> None:
        try:
            for child in self._children:
                self._start(child)
            self._tell()
            beside = threading.Thread(target=once_up, name="once-up", daemon=True)
            beside.start()
            while not self._stop.wait(LOOK_SECONDS):
                self._revive()
        finally:
            self._end()

    def tell_children(self, environment: Mapping[str, str]) -> None:
        """What those started from here on find in their environment."""
        self._environment = dict(environment)

    @property
    def stopping(self) -> threading.Event:
        return self._stop

    def _revive(self) -> None:
        for child in self._children:
            if child.lives:
                continue
            self._tell()
            if monotonic() - child.started < AGAIN_SECONDS:
                continue
            child.deaths += 1
            code = None if child.process is None else child.process.returncode
            sys.stderr.write(f"answerable: {child.name} ended (exit {code}); starting it again\n")
            self._start(child)
        self._tell()

    def _start(self, child: Child) -> None:
        child.started = monotonic()
        child.process = subprocess.Popen(  # noqa: S603 - our own commands
            child.command,
            env=self._environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )

    def _tell(self) -> None:
        """Who lives, for /healthz and for whoever wants to know a pid."""
        told: dict[str, object] = {c.name: "up" if c.lives else "down" for c in self._children}
        told["pids"] = {c.name: c.process.pid for c in self._children if c.process and c.lives}
        text = json.dumps(told)
        if text != self._told:
            write_private(self._home.root / "up.json", text)
            self._told = text

    def _end(self) -> None:
        for child in reversed(self._children):
            if child.process is None or not child.lives:
                continue
            child.process.send_signal(signal.SIGTERM)
            try:
                child.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"answerable: {child.name} does not end; it is killed\n")
                child.process.kill()
                child.process.wait()
        (self._home.root / "up.json").unlink(missing_ok=True)


def refuse_unsafe(settings: Settings, facts: HomeFacts) -> None:
    """A synthetic site stays on this machine, and its destination is the receiver for good."""
    if not facts.synthetic:
        return
    if not is_loopback(settings.host):
        raise Refusal("a demo home binds loopback only; `answerable init` makes a real one")
    if settings.tipline_url or settings.tipline_real:
        raise Refusal("a demo home reports to the local receiver only")


def check_ports(settings: Settings, home: Home, *, example_site: bool) -> None:
    """Raises Refusal that names each port that cannot be had, and the setting that mends it.

    Children of an `up` that was killed end by themselves: those are waited for.
    """
    wanted = [
        ("ANSWERABLE_PORT", settings.host, settings.port, "API, console and alert page"),
        ("ANSWERABLE_RECEIVER_PORT", "127.0.0.1", settings.receiver_port, "test receiver"),
        ("ANSWERABLE_SITE_PORT", "127.0.0.1", settings.site_port, "example site"),
    ][: 3 if example_site else 2]
    orphans = END_SECONDS if (home.root / "up.json").exists() else 0.0
    deadline, faults, given = monotonic() + orphans, list[str](), set[int]()
    for setting, host, port, what in wanted:
        why = f"port {port} is asked for twice" if port in given else _taken(host, port)
        while why is not None and port not in given and monotonic() < deadline:
            sleep(LOOK_SECONDS)
            why = _taken(host, port)
        given.add(port)
        if why is not None:
            faults.append(f"{why} ({what}); set {setting} to a free one")
    if faults:
        raise Refusal("; ".join(faults))


def _taken(host: str, port: int) -> str | None:
    """Why the port cannot be had, or None."""
    try:
        listen(host, port).close()
    except Outage as fault:
        return str(fault)
    return None


def children_of(settings: Settings, home: Home, *, example_site: bool) -> list[Child]:
    """In the order in which they start; they end in reverse."""
    python = sys.executable
    receiver_db = home.receiver / "receiver.sqlite3"
    home.receiver.mkdir(mode=0o700, exist_ok=True)
    found = [
        Child(
            "signer",
            [
                python,
                "-m",
                "answerable.adapters.signing.signer_process",
                str(home.signer),
                "--exit-when-orphaned",
            ],
        ),
        Child(
            "receiver",
            [
                python,
                "-m",
                "answerable.apps.receiver",
                "--port",
                str(settings.receiver_port),
                "--db",
                str(receiver_db),
                "--profile",
                "newer" if settings.tipline_profile is Profile.NEWER else "nov2025",
            ],
        ),
        Child("app", [python, "-m", "answerable.apps.api"]),
    ]
    if example_site:
        home.example_site.mkdir(mode=0o700, exist_ok=True)
        found.append(Child("site", [python, "-m", "answerable.apps.example_site"]))
    return found


def checked_pack(settings: Settings, facts: HomeFacts) -> str:
    """The digest of the pack that everything starts under.

    Raises Refusal where it is not in force. "" where the database is not there: the app, which is
    started until it is, asks again itself.
    """
    from answerable.apps.founding import make_home  # the supervisor needs no more of the house

    try:
        house = make_home(settings, synthetic=facts.synthetic)
    except Outage as fault:
        sys.stderr.write(f"answerable: {fault}\n")
        return ""
    house.close()
    return house.pack.digest


def environment_of(settings: Settings, home: Home, checked: str) -> dict[str, str]:
    """What the children are told. They get the settings we have, said in full."""
    told = {
        "ANSWERABLE_HOME": str(home.root),
        "ANSWERABLE_HOST": settings.host,
        "ANSWERABLE_PORT": str(settings.port),
        "ANSWERABLE_RECEIVER_PORT": str(settings.receiver_port),
        "ANSWERABLE_SITE_PORT": str(settings.site_port),
        "ANSWERABLE_URL": f"http://127.0.0.1:{settings.port}",
        "ANSWERABLE_TOKEN_FILE": str(home.site_token),
        "ANSWERABLE_SITE_DB": str(home.example_site / "site.sqlite3"),
        "ANSWERABLE_PARENT": str(os.getpid()),
        "ANSWERABLE_PACK_CHECKED": checked,
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **told}


def supervise(
    settings: Settings, home: Home, *, example_site: bool, once_up: Callable[[Supervisor], None]
) -> None:
    """Lock the home and run everything in it until asked to stop."""
    load_hotlines(settings.hotlines)  # a file that is wrong is said here, not found by an alerter
    emergency_lines(settings, home)  # nor by whoever has to telephone
    refuse_unsafe(settings, home.facts())
    with home.locked():
        check_ports(settings, home, example_site=example_site)
        children = children_of(settings, home, example_site=example_site)
        supervisor = Supervisor(home, children)
        with supervisor.listening():
            checked = checked_pack(settings, home.facts())
            supervisor.tell_children(environment_of(settings, home, checked))
            supervisor.run(lambda: once_up(supervisor))


def read_pids(root: Path) -> dict[str, int]:
    """The pids of the supervised children, as last told. Raises OSError where nothing runs."""
    told = json.loads((root / "up.json").read_bytes())
    return {name: int(pid) for name, pid in told.get("pids", {}).items()}
