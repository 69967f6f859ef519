"""The signer as a real process: killed at its worst moments, ended politely, and never two."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger_samples import ORIGIN, head_of, leaves, tiled

from answerable.adapters.signing.client import SignerClient, SignerDenied
from answerable.adapters.signing.door import SOCKET_NAME
from answerable.adapters.signing.signer import Deny
from answerable.kernel.errors import Breach, Outage
from answerable.ledger.checkpoint import format_checkpoint, verify_checkpoint
from answerable.ledger.merkle import consistency_proof
from answerable.ledger.policy import Peer, Policy

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "answerable.adapters.signing.signer_process"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a signer over one folder and wait until it listens."""
    started: list[subprocess.Popen[str]] = []

    def go(*options: str, ignored: int | None = None) -> "subprocess.Popen[str]":
        def before() -> None:
            if ignored is not None:
                signal.signal(ignored, signal.SIG_IGN)

        process = subprocess.Popen(
            [*COMMAND, str(tmp_path / "signer"), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "signer ready\n"
        return process

    yield go
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def client(tmp_path: Path) -> SignerClient:
    return SignerClient(tmp_path / "signer" / SOCKET_NAME, timeout=30)


def grow_to(client: SignerClient, size: int) -> tuple[str, ...]:
    """As the sequencer does it: ask from where to prove, then ask for the signature."""
    old = client.state(ORIGIN).head.size
    _files, reader = tiled(leaves(size))
    return client.sign(head_of(leaves(size)), old, consistency_proof(old, size, reader.hash_at))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("ignored", [False, True])
def test_it_ends_cleanly_when_asked_also_where_the_signal_was_inherited_ignored(
    start: Start, client: SignerClient, number: signal.Signals, ignored: bool
) -> None:
    process = start(ignored=number if ignored else None)
    client.open(ORIGIN)
    grow_to(client, 3)
    idle = socket.socket(socket.AF_UNIX)  # a guest who says nothing holds nobody up
    idle.connect(str(client._path))
    process.send_signal(number)
    _out, err = process.communicate(timeout=60)
    idle.close()
    assert (process.returncode, err) == (0, "")
    with pytest.raises(Outage):
        client.state(ORIGIN)


def test_the_door_is_nobody_elses(start: Start, client: SignerClient, tmp_path: Path) -> None:
    start()
    client.open(ORIGIN)
    for path in (tmp_path / "signer").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "signer").stat().st_mode) == 0o700


def test_what_it_signs_verifies_and_what_it_refuses_is_a_breach(
    start: Start, client: SignerClient
) -> None:
    start()
    with pytest.raises(SignerDenied) as unknown:
        client.state(ORIGIN)
    assert unknown.value.why is Deny.UNKNOWN_LOG
    keys = client.open(ORIGIN).keys
    raw = format_checkpoint(head_of(leaves(5)), grow_to(client, 5))
    policy = Policy(logs=tuple(Peer(key=key) for key in keys))
    assert verify_checkpoint(raw, policy).note.signers() == set(keys)
    with pytest.raises(SignerDenied) as back:
        client.sign(head_of(leaves(4)), 5, [])
    assert isinstance(back.value, Breach)
    assert (back.value.why, back.value.signed) == (Deny.ROLLBACK, head_of(leaves(5)))


@pytest.mark.parametrize(("moment", "kept"), [("before-persist", False), ("after-persist", True)])
@pytest.mark.parametrize("nth", [1, 3])
def test_killed_between_memory_and_answer_it_signs_one_history(
    start: Start, client: SignerClient, moment: str, kept: bool, nth: int
) -> None:
    process = start("--die", f"{moment}:{nth}")
    client.open(ORIGIN)
    for size in range(1, nth):
        grow_to(client, size)
    with pytest.raises(Outage):
        grow_to(client, nth + 4)
    assert process.wait(timeout=60) == -signal.SIGKILL

    start()
    assert client.state(ORIGIN).head == head_of(leaves(nth + 4 if kept else nth - 1))
    rival = head_of([*leaves(nth + 3), b"another"])
    if kept:
        with pytest.raises(SignerDenied) as denied:
            client.sign(rival, nth + 4, [])
        assert denied.value.why is Deny.FORK
        assert grow_to(client, nth + 4) == client.state(ORIGIN).lines
    else:  # nothing was released, so the sequencer may come with what it now has
        assert len(grow_to(client, nth + 2)) == 2
    assert len(grow_to(client, nth + 9)) == 2


def test_killed_again_and_again_no_two_answers_disagree(
    start: Start, client: SignerClient, how_many: Callable[[int, int], int]
) -> None:
    """Kills by progress: each life dies at its second signature, before or after its effect."""
    released: dict[int, set[tuple[str, ...]]] = {}
    deaths = how_many(4, 100)
    size = 0
    for life in range(deaths):
        process = start("--die", f"{('before', 'after')[life % 2]}-persist:2")
        if life == 0:
            client.open(ORIGIN)
        while process.poll() is None:
            try:
                released.setdefault(size + 1, set()).add(grow_to(client, size + 1))
                size += 1
            except Outage:
                assert process.wait(timeout=60) == -signal.SIGKILL
    start()
    released.setdefault(size + 1, set()).add(grow_to(client, size + 1))
    policy = Policy(logs=tuple(Peer(key=key) for key in client.state(ORIGIN).keys))
    answered = {n: given for n, given in released.items() if given}
    assert len(answered) > deaths
    for n, given in answered.items():
        (lines,) = given
        assert verify_checkpoint(format_checkpoint(head_of(leaves(n)), lines), policy)


def test_there_is_one_signer_a_folder(start: Start, client: SignerClient, tmp_path: Path) -> None:
    first = start()
    client.open(ORIGIN)
    command = [*COMMAND, str(tmp_path / "signer")]
    ended = subprocess.run([*command, "--lock-seconds", "0"], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (75, "")
    assert "another signer holds this folder" in ended.stderr
    second = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    grow_to(client, 3)  # the first goes on undisturbed while the second waits
    first.kill()
    first.wait()
    assert second.stdout is not None
    assert second.stdout.readline() == b"signer ready\n"
    assert client.state(ORIGIN).head.size == 3
    second.terminate()
    assert second.wait(timeout=60) == 0
    second.communicate()


def test_a_signer_whose_parent_died_makes_room(
    start: Start, client: SignerClient, tmp_path: Path
) -> None:
    parent = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "sys.stdout.buffer.write(child.stdout.readline()); sys.stdout.flush()\n"
        "sys.stdin.read()\n"
    )
    folder = str(tmp_path / "signer")
    middle = subprocess.Popen(
        [sys.executable, "-c", parent, *COMMAND, folder, "--exit-when-orphaned"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert middle.stdout is not None
    assert middle.stdout.readline() == b"signer ready\n"
    client.open(ORIGIN)
    middle.kill()
    middle.communicate()
    start()  # waits for the folder's lock: listens only if the orphan is gone
    assert client.state(ORIGIN).head.size == 0


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "signer").mkdir(mode=0o755)
    ended = subprocess.run([*COMMAND, str(tmp_path / "signer")], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "others may read" in ended.stderr


def test_a_long_path_is_reached_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    deep.mkdir(parents=True)
    process = subprocess.Popen([*COMMAND, str(deep / "signer")], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"signer ready\n"
        far = SignerClient(deep / "signer" / SOCKET_NAME, timeout=30)
        assert far.open(ORIGIN).head.size == 0
        assert len(os.fsencode(deep / "signer" / SOCKET_NAME)) > 108
    finally:
        process.terminate()
        process.communicate()


def test_an_answer_that_never_comes_is_an_outage(tmp_path: Path) -> None:
    path = tmp_path / "mute.sock"
    with pytest.raises(Outage):
        SignerClient(path).state(ORIGIN)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen()
        with pytest.raises(Outage):
            SignerClient(path, timeout=0.05).state(ORIGIN)


@pytest.mark.parametrize("answer", [b"nonsense\n", b"{}\n", b'{"ok":{}}\n', b'{"refused":{}}\n'])
def test_an_answer_from_something_else_is_a_breach(tmp_path: Path, answer: bytes) -> None:
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()

        def serve() -> None:
            guest, _ = other.accept()
            guest.recv(4096)
            guest.sendall(answer)
            guest.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(Breach):
            SignerClient(path, timeout=30).state(ORIGIN)
        thread.join()
