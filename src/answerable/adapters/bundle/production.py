"""Writes the archive that answers legal process: items, proofs, custody, one signed manifest.

A ZIP without compression, entries in one order, no date but 1980: the same content has the same
bytes wherever and whenever it is written.
"""

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answerable.kernel.canonical import Json, canonical_bytes
from answerable.kernel.errors import Conflict, Outage, insist
from answerable.ledger.policy import BUNDLE_SUFFIX

VERSION: Final = "process-export/v1"
MANIFEST: Final = "export-manifest"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PRIVATE: Final = 0o100600 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One numbered thing: an event's item with its proof, or a file (`proof` and `opening` None).

    `lost`: groups of it that are erased, to explain what a later archive shows otherwise.
    """

    number: str
    suffix: str
    content: bytes
    row: Mapping[str, Json]
    opening: Mapping[str, Json] | None = None
    proof: bytes | None = None
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written. `files`: path to SHA-256; `lost`: path to erased groups."""

    sha256: str
    size: int
    numbers: tuple[str, ...]
    files: Mapping[str, str]
    lost: Mapping[str, tuple[str, ...]]


def write_production(
    target: Path,
    *,
    origin: str,
    pages: Mapping[str, bytes],
    items: Iterable[Item],
    custody: Sequence[Mapping[str, Json]],
    sign: Callable[[bytes], bytes],
) -> Written:
    """Write the archive to `target`, which must not exist; it appears there whole or not at all.

    `pages`: README and certificate. Raises Conflict where something stands there, Outage where the
    disk does not take it.
    """
    if os.path.lexists(target):
        raise Conflict(f"{target} is there already; nothing was changed, choose a new name")
    parts = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(parts, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w+b") as out:
            entries = _Entries(zipfile.ZipFile(out, "w", zipfile.ZIP_STORED))
            numbers, lost = _fill(entries, origin, pages, items, custody, sign)
            out.flush()
            os.fsync(out.fileno())
        digest = _digest(parts)
        parts.rename(target)
    except OSError as fault:
        raise Outage(f"the disk did not take the archive: {fault.strerror}") from fault
    finally:
        parts.unlink(missing_ok=True)
    return Written(
        sha256=digest,
        size=target.stat().st_size,
        numbers=tuple(numbers),
        files=entries.listed,
        lost=lost,
    )


class _Entries:
    """The archive being filled; remembers length and digest of each entry."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.listed: dict[str, str] = {}
        self._sizes: dict[str, int] = {}

    def add(self, path: str, content: bytes) -> None:
        insist(path not in self.listed, f"{path} came twice")
        self._write(path, content)
        self.listed[path] = hashlib.sha256(content).hexdigest()
        self._sizes[path] = len(content)

    def _write(self, path: str, content: bytes) -> None:
        info = zipfile.ZipInfo(path, _EPOCH)
        info.external_attr, info.create_system = _PRIVATE, 3
        self._archive.writestr(info, content)

    def close(self, origin: str, sign: Callable[[bytes], bytes]) -> None:
        """The manifest last: it lists every other entry."""
        lines = [origin + BUNDLE_SUFFIX, VERSION]
        lines += [f"file {p} {self._sizes[p]} {self.listed[p]}" for p in sorted(self.listed)]
        self._write(MANIFEST, sign("".join(f"{line}\n" for line in lines).encode()))
        self._archive.close()


def _fill(
    entries: _Entries,
    origin: str,
    pages: Mapping[str, bytes],
    items: Iterable[Item],
    custody: Sequence[Mapping[str, Json]],
    sign: Callable[[bytes], bytes],
) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    numbers: list[str] = []
    index, openings = [], []
    lost: dict[str, tuple[str, ...]] = {}
    for item in items:
        path = f"items/{item.number}{item.suffix}"
        entries.add(path, item.content)
        if item.proof is not None:
            entries.add(f"proofs/{item.number}.tlog-proof", item.proof)
        if item.opening is not None:
            openings.append(canonical_bytes({**item.opening, "number": item.number}) + b"\n")
        digest = entries.listed[path]
        index.append(canonical_bytes({**item.row, "path": path, "sha256": digest}) + b"\n")
        numbers.append(item.number)
        if item.lost:
            lost[path] = item.lost
    for path in sorted(pages):
        entries.add(path, pages[path])
    entries.add("index.jsonl", b"".join(index))
    entries.add("openings.jsonl", b"".join(openings))
    entries.add("custody.jsonl", b"".join(canonical_bytes(row) + b"\n" for row in custody))
    entries.close(origin, sign)
    return numbers, lost


def _digest(path: Path) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha256.update(chunk)
    return sha256.hexdigest()


def differences(before: Mapping[str, str], after: Written) -> tuple[tuple[str, str, str], ...]:
    """(path, what, why) of each entry that another archive of this process had otherwise."""
    found = []
    for path in sorted(set(before) | set(after.files)):
        if before.get(path) == after.files.get(path):
            continue
        if path not in after.files:
            found.append((path, "gone", "no longer in scope, or its number is of erased matter"))
        elif path not in before:
            found.append((path, "new", "recorded or brought into scope since"))
        elif groups := after.lost.get(path):
            found.append((path, "changed", f"erased since: {', '.join(groups)}"))
        else:
            found.append((path, "changed", _why(path)))
    return tuple(found)


def _why(path: str) -> str:
    if path.startswith("proofs/"):
        return "the same leaf, proven under a later checkpoint"
    if path.startswith("items/"):
        return "other groups were confirmed, or words that were open are shared with other ads now"
    return "it lists what stands above, or tells of the later tree size"
