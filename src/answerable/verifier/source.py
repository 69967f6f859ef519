"""What the checks read from: a folder, seen as paths and bytes. files.py is the real one."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from answerable.kernel.errors import Refusal

NOTE_BYTES_MAX = 1_000_000
MANIFEST_BYTES_MAX = 256 * 1024 * 1024  # about 2.5 million files, 300 million leaves
TILE_BYTES_MAX = 256 * (2 + 65_535)
SITE_BYTES_MAX = 64 * 1024
LINE_BYTES_MAX = 256 * 1024 * 1024  # an opening with a 20 MiB file in base64, escaped twice, fits


class CannotRead(Refusal):
    """The system does not give the file's bytes."""


class TooLong(Refusal):
    """More bytes than anything of this kind may have."""


class Source(Protocol):
    """A folder. Paths are relative, with slashes, and never leave it."""

    def paths(self) -> Sequence[str]:
        """Every regular file, sorted."""
        ...

    def oddities(self) -> Sequence[tuple[str, str]]:
        """What is neither a regular file nor a folder: (path, what it is). Never followed."""
        ...

    def read(self, path: str, most: int) -> bytes | None:
        """The whole file, or None where there is none. Raises TooLong or CannotRead."""
        ...

    def digest(self, path: str) -> tuple[int, str] | None:
        """Length and SHA-256 (hex), or None where there is none. Raises CannotRead."""
        ...

    def lines(self, path: str, most: int) -> Iterator[bytes]:
        """Lines with their newlines; the last may lack one. Raises TooLong or CannotRead."""
        ...
