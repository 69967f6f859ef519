"""`answerable up` as a process: how it ends, starts again what died, and refuses what cannot be."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.installation import PATIENCE_SECONDS, Installation, until
from tests.kills.world import is_dead

from answerable.apps.home import Home
from answerable.apps.settings import Settings
from answerable.apps.up import check_ports
from answerable.kernel.errors import Refusal

pytestmark = pytest.mark.slow


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


def start(
    installation: Installation,
    before: Callable[[], object] | None = None,
    *,
    healthy: bool = True,
) -> None:
    """`up`, with something done in the child before it runs."""
    with installation.output.open("ab") as out:
        installation.process = subprocess.Popen(
            [sys.executable, "-m", "answerable.apps.cli", "up"],
            env=dict(installation.environment),
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=before,
        )
    if healthy:
        installation.wait_healthy()


def status(installation: Installation) -> int | None:
    """The status of /healthz, or None where nobody answers."""
    try:
        return httpx.get(f"{installation.base}/healthz", timeout=5).status_code
    except httpx.TransportError:
        return None


def test_up_from_start_to_end(installation: Installation) -> None:
    """A dead child is started again and seen in /healthz; a second `up` is refused; SIGINT, which
    was inherited ignored, ends all with exit 0."""
    start(installation, lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    process = installation.process
    assert process is not None
    assert status(installation) == 200

    second = installation.cli("up")
    assert second.returncode == 1
    assert f"(process {process.pid})" in second.stderr

    for child in ("signer", "receiver"):
        before = installation.pids()
        installation.kill(child)
        until(lambda: status(installation) == 503, f"/healthz says that the {child} is gone")
        until(
            lambda child=child, before=before: (  # type: ignore[misc]
                installation.pids().get(child, before[child]) != before[child]
            ),
            f"the {child} is started again",
        )
        installation.wait_healthy()
        after = installation.pids()
        assert {name: pid for name, pid in after.items() if name != child} == {
            name: pid for name, pid in before.items() if name != child
        }

    before = installation.pids()
    installation.kill("app")
    until(lambda: status(installation) is None, "the app is gone")
    installation.wait_healthy()
    assert installation.pids()["app"] != before["app"]

    children = installation.pids()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0
    assert all(is_dead(pid) for pid in children.values())
    assert not (installation.home / "up.json").exists()


def test_sigterm_ends_up_and_one_that_was_killed_is_followed_at_once(
    installation: Installation,
) -> None:
    """kill -9 of `up` itself: its children end by themselves, and the next `up` waits for them."""
    start(installation)
    process = installation.process
    assert process is not None
    children = installation.pids()
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_SECONDS)
    start(installation, healthy=False)
    until(lambda: all(map(is_dead, children.values())), "the children of a dead `up` end")
    installation.wait_healthy()
    assert not set(installation.pids().values()) & set(children.values())
    assert installation.stop() == 0


@pytest.mark.parametrize("setting", ["port", "receiver_port"])
def test_a_taken_port_is_said_with_the_setting_that_mends_it(
    installation: Installation, setting: str
) -> None:
    port = getattr(installation.settings, setting)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        refused = installation.cli("up")
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert f"ANSWERABLE_{setting.upper()}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (installation.home / "up.json").exists()


def test_one_port_for_two_is_refused(tmp_path: Path, installation: Installation) -> None:
    port = installation.settings.port
    same = Settings(home=installation.home, port=port, receiver_port=port)
    with pytest.raises(Refusal, match=r"twice.*ANSWERABLE_RECEIVER_PORT"):
        check_ports(same, Home(installation.home), example_site=False)


EARLY = """
import os, signal, sys
from pathlib import Path
from answerable.apps.home import Home
from answerable.apps.up import Child, Supervisor
mark = Path(sys.argv[1])
child = Child("mark", [sys.executable, "-c", f"open({str(mark)!r}, 'w')"])
supervisor = Supervisor(Home(mark.parent), [child])
with supervisor.listening():
    os.kill(os.getpid(), signal.SIGTERM)
    supervisor.run()
"""


def test_a_signal_before_anything_was_started_starts_nothing_and_ends_with_0(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "started"
    ended = subprocess.run(
        [sys.executable, "-c", EARLY, str(mark)], check=False, timeout=PATIENCE_SECONDS
    )
    assert ended.returncode == 0
    assert not mark.exists()
