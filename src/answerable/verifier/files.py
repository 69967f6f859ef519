"""The disk, and nothing else of the verifier: folders as sources, single files as bytes."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from answerable.events.event import Opened
from answerable.ledger.policy import Policy
from answerable.verifier.check import (
    GivenFile,
    recognise_folder,
    verify_file,
    verify_folder,
)
from answerable.verifier.findings import Findings, Kind, Outcome
from answerable.verifier.openings import check_openings
from answerable.verifier.source import NOTE_BYTES_MAX, CannotRead, TooLong
from answerable.verifier.tree import check_log

CHUNK = 1 << 20
FILES_MAX = 5_000_000


class Folder:
    """A `source.Source` over a real folder. Links are reported and never followed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths, self._odd = _walk(root)
        self._known = frozenset(self._paths)

    def paths(self) -> Sequence[str]:
        return self._paths

    def oddities(self) -> Sequence[tuple[str, str]]:
        return self._odd

    def read(self, path: str, most: int) -> bytes | None:
        if path not in self._known:
            return None
        return read_file(self._root / path, most)

    def digest(self, path: str) -> tuple[int, str] | None:
        if path not in self._known:
            return None
        sha256, length = hashlib.sha256(), 0
        try:
            with (self._root / path).open("rb") as file:
                while chunk := file.read(CHUNK):
                    sha256.update(chunk)
                    length += len(chunk)
        except OSError as fault:
            raise CannotRead(f"{path}: {fault.strerror}") from fault
        return length, sha256.hexdigest()

    def lines(self, path: str, most: int) -> Iterator[bytes]:
        if path not in self._known:
            return
        try:
            with (self._root / path).open("rb") as file:
                while line := file.readline(most + 1):
                    if len(line) > most:
                        raise TooLong(f"a line of {path} is longer than {most} bytes")
                    yield line
        except OSError as fault:
            raise CannotRead(f"{path}: {fault.strerror}") from fault


def read_file(path: Path, most: int) -> bytes:
    """The whole file. Raises TooLong or CannotRead."""
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except OSError as fault:
        raise CannotRead(f"{path}: {fault.strerror}") from fault
    if len(raw) > most:
        raise TooLong(f"{path} is longer than {most} bytes")
    return raw


def _walk(root: Path) -> tuple[list[str], list[tuple[str, str]]]:
    paths: list[str] = []
    odd: list[tuple[str, str]] = []

    def fail(fault: OSError) -> None:
        odd.append((os.path.relpath(fault.filename or root, root), f"cannot be listed: {fault}"))

    for at, folders, files in os.walk(root, onerror=fail, followlinks=False):
        for name in folders:
            path = os.path.relpath(os.path.join(at, name), root)
            if Path(root, path).is_symlink():
                odd.append((_spell(path), "a link"))
        for name in files:
            path = os.path.relpath(os.path.join(at, name), root)
            mode = os.lstat(os.path.join(root, path)).st_mode
            if stat.S_ISREG(mode):
                paths.append(path)
            else:
                odd.append((_spell(path), "a link" if stat.S_ISLNK(mode) else "no regular file"))
        if len(paths) > FILES_MAX:
            raise TooLong(f"more than {FILES_MAX} files in one folder")
    return sorted(paths), odd


def _spell(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def verify_path(
    path: Path,
    policy: Policy,
    receipts: Sequence[Path] = (),
    leaf: bytes | None = None,
) -> Outcome:
    """Check whatever stands at `path`, with receipts that somebody holds. Reads; writes nothing."""
    found = Findings()
    try:
        presented = [(str(one), read_file(one, NOTE_BYTES_MAX)) for one in receipts]
        if path.is_dir():
            return verify_folder(Folder(path), policy, presented)
        given = GivenFile(name=path.name, raw=read_file(path, NOTE_BYTES_MAX))
    except (CannotRead, TooLong) as fault:
        found.unreadable("", fault.reason)
        return found.outcome(Kind.UNKNOWN)
    return verify_file(given, policy, presented, leaf)


def opened_of(path: Path) -> tuple[tuple[Opened, ...], Outcome]:
    """Every event of a bundle with its words, and what checks 6 to 9 say of them.

    For examiners. Whose bundle it is this does not ask: verify it first. Raises CannotRead.
    """
    source, found = Folder(path), Findings()
    if recognise_folder(source.paths()) is not Kind.BUNDLE:
        raise CannotRead(f"{path} is no bundle")
    log = check_log(source, "log/", Policy(), Findings(), exact=True)
    if log.head is None:
        raise CannotRead(f"{path} has no checkpoint that can be read")
    openings = check_openings(source, log, found, with_words=True)
    return tuple(openings.opened), found.outcome(Kind.BUNDLE)
