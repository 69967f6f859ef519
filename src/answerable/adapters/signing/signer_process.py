"""The signer as a process of its own: own folder, no database, a local socket, exit 0 when asked.

`python -m answerable.adapters.signing.signer_process FOLDER` prints `signer ready` once it
listens. Killed at any moment and started again, it signs the same head or its successor.
"""

import argparse
import asyncio
import fcntl
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from answerable.adapters.signing.book import SignerBook
from answerable.adapters.signing.door import (
    LINE_BYTES_MAX,
    SOCKET_NAME,
    local_socket,
    reachable,
)
from answerable.adapters.signing.files import FILE_MODE, private_folder
from answerable.adapters.signing.signer import Signer
from answerable.kernel.errors import Breach, Outage

LOCK_NAME: Final = "lock"
LOCK_SECONDS: Final = 10.0  # long enough for an orphaned predecessor to notice and go
LOOK_SECONDS: Final = 0.25
IDLE_SECONDS: Final = 30.0  # a connection that says nothing is closed


def run_signer(
    folder: Path,
    socket_path: Path | None = None,
    *,
    secret: Callable[[], bytes] = lambda: secrets.token_bytes(32),
    before_persist: Callable[[], None] = lambda: None,
    after_persist: Callable[[], None] = lambda: None,
    ready: Callable[[], None] = lambda: None,
    exit_when_orphaned: bool = False,
    lock_seconds: float = LOCK_SECONDS,
) -> None:
    """Serve until SIGTERM or SIGINT, then return. Call it in a process's main thread.

    `folder` is the signer's alone; `socket_path` is `folder/signer.sock` unless given. With
    `exit_when_orphaned` it also returns when its parent has died. Raises Outage if another signer
    holds the folder for longer than `lock_seconds`, Breach if others may read it.
    """
    os.umask(0o077)
    parent = os.getppid() if exit_when_orphaned else None
    lock = _take_lock(private_folder(folder) / LOCK_NAME, lock_seconds)
    try:
        signer = Signer(
            SignerBook(folder), secret, before_persist=before_persist, after_persist=after_persist
        )
        asyncio.run(_serve(signer, socket_path or folder / SOCKET_NAME, ready, parent))
    finally:
        os.close(lock)


def _take_lock(path: Path, seconds: float) -> int:
    """One signer a folder: two would each remember half. The kernel frees it when we die."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(handle)
                raise Outage("another signer holds this folder") from None
            time.sleep(LOOK_SECONDS)
        else:
            return handle


async def _serve(signer: Signer, path: Path, ready: Callable[[], None], parent: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):  # also where SIGINT was inherited ignored
        loop.add_signal_handler(number, stop.set)
    path.unlink(missing_ok=True)  # we hold the lock, so whoever made it is gone
    door = local_socket()
    with reachable(path) as address:
        door.bind(address)
    path.chmod(FILE_MODE)

    guests: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def guest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(_converse(signer, reader, writer))
        guests[task] = writer
        task.add_done_callback(guests.pop)

    server = await asyncio.start_unix_server(guest, sock=door, limit=LINE_BYTES_MAX)
    ready()
    asked = loop.create_task(stop.wait())
    while not asked.done() and (parent is None or os.getppid() == parent):
        await asyncio.wait({asked}, timeout=None if parent is None else LOOK_SECONDS)
    server.close()
    path.unlink(missing_ok=True)
    for writer in guests.values():
        writer.transport.abort()  # a guest still silent reads the end of its line, and goes
    if guests:
        await asyncio.wait(guests)


async def _converse(
    signer: Signer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """A line in, a line out. The answer is made in one go, so no two requests interleave."""
    try:
        while True:
            line = await asyncio.wait_for(reader.readline(), IDLE_SECONDS)
            if not line.endswith(b"\n"):
                break
            writer.write(json.dumps(signer.answer(line), ensure_ascii=False).encode() + b"\n")
            await asyncio.wait_for(writer.drain(), IDLE_SECONDS)
    except (OSError, ValueError, TimeoutError):  # gone, too long a line, or silent
        pass
    finally:
        writer.close()


def main(argv: list[str] | None = None) -> int:
    """The process. Exit 0 when asked to end, 1 when it may not sign, 75 when it should be retried.

    `--die` is for tests alone: it kills the process with signal 9 at the named moment of the n-th
    signature, counted from 1.
    """
    parser = argparse.ArgumentParser(description="Signs the log's checkpoints.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--socket", type=Path)
    parser.add_argument("--exit-when-orphaned", action="store_true")
    parser.add_argument("--lock-seconds", type=float, default=LOCK_SECONDS)
    parser.add_argument("--die", metavar="before-persist|after-persist:N", help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    moment, _, count = (asked.die or "").partition(":")
    try:
        run_signer(
            asked.folder,
            asked.socket,
            before_persist=_dies(int(count)) if moment == "before-persist" else _lives,
            after_persist=_dies(int(count)) if moment == "after-persist" else _lives,
            ready=_say_ready,
            exit_when_orphaned=asked.exit_when_orphaned,
            lock_seconds=asked.lock_seconds,
        )
    except (Breach, Outage) as fault:
        sys.stderr.write(f"signer: {fault}\n")
        return 75 if isinstance(fault, Outage) else 1
    return 0


def _say_ready() -> None:
    sys.stdout.write("signer ready\n")
    sys.stdout.flush()


def _lives() -> None:
    pass


def _dies(count: int) -> Callable[[], None]:
    left = count

    def tick() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return tick


if __name__ == "__main__":
    sys.exit(main())
