"""The signer's local socket: where it is, and how long its lines may be. Both sides import this."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from answerable.kernel.errors import Breach

SOCKET_NAME: Final = "signer.sock"
LINE_BYTES_MAX: Final = 65_536  # a request with 64 proof hashes has 4 kB, an answer 8 kB
ANSWER_SECONDS: Final = 5.0

_PATH_BYTES_MAX: Final = 100  # the kernel holds 108 on Linux, 104 elsewhere
_DESCRIPTORS: Final = Path("/proc/self/fd")


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name for `path` short enough for a socket address; it holds while the block runs.

    Raises Breach where the path is too long and this system offers no way round.
    """
    if len(os.fsencode(path)) <= _PATH_BYTES_MAX:
        yield str(path)
        return
    if not _DESCRIPTORS.is_dir():
        raise Breach(f"the path {path} is too long for a socket; choose a shorter home")
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"{_DESCRIPTORS}/{folder}/{path.name}"
    finally:
        os.close(folder)


def local_socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
