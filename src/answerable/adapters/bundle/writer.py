"""Writes a bundle: log, openings, receipts, site, and one signed manifest over all of them.

Everything comes in as iterators and goes out as it comes, so memory does not grow with the log.
The folder appears under its name only when it is whole.
"""

import base64
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from answerable.kernel.canonical import Json, canonical_bytes, strict_json
from answerable.kernel.errors import Breach, Conflict, Outage, insist
from answerable.ledger.checkpoint import read_head
from answerable.ledger.head import TreeHead
from answerable.ledger.policy import BUNDLE_SUFFIX
from answerable.ledger.tiles import tiles_of

VERSION: Final = "bundle/v1"
SITE_KEYS: Final = frozenset({"exported", "name", "origin", "site", "synthetic"})
CHECKPOINT: Final = "log/checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleWritten:
    """What was written: how many leaves, receipts and bytes, and the SHA-256 of the manifest."""

    size: int
    receipts: int
    bytes: int
    manifest_sha256: str


def log_files_of(checkpoint: bytes, serve: Callable[[str], bytes]) -> Iterator[tuple[str, bytes]]:
    """The files of a log at one checkpoint: itself, then exactly the tiles of its size.

    `serve` answers a tile path with its bytes and cuts a partial tile from its full one where the
    partial is gone (`adapters.tiles.folder.TileFolder.serve`).
    """
    yield "checkpoint", checkpoint
    for tile in tiles_of(read_head(checkpoint).size):
        yield tile.path, serve(tile.path)


def write_bundle(
    folder: Path,
    *,
    log_files: Iterable[tuple[str, bytes]],
    openings: Iterable[Mapping[str, Any]],
    receipts: Iterable[bytes | str],
    site: Mapping[str, Json],
    sign: Callable[[bytes], bytes],
) -> BundleWritten:
    """Write the bundle to `folder`, which must not exist or be empty. docs/formats/bundle.md.

    `log_files`: (path in the log folder, bytes), the checkpoint first; tiles of other sizes than
    its own are left out. `openings`: one mapping a leaf in order: `index`, `ek`, `envelope`
    (bytes) and `groups`, name to (commit key, body bytes), to None where erased (or not there at
    all), or to a text saying why it is withheld. `receipts`: signed notes. `site`: SITE_KEYS.
    `sign`: the manifest's text to a signed note under the key `<origin>/bundle`.

    Raises Conflict where something stands there already, Breach where what came in does not make
    a whole bundle, Outage where the disk does not take it. Nothing is left behind then.
    """
    insist(set(site) == SITE_KEYS, f"site.json has the keys {sorted(SITE_KEYS)}")
    _refuse_taken(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        parts = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    except OSError as fault:
        raise Outage(f"no bundle can be written there: {fault.strerror}") from fault
    try:
        parts.chmod(0o700)  # a bundle holds every word: nobody else's until given away
        written = _fill(_Parts(parts), log_files, openings, receipts, site, sign)
        _appear(parts, folder)
    except OSError as fault:
        raise Outage(f"the disk did not take the bundle: {fault.strerror}") from fault
    finally:
        shutil.rmtree(parts, ignore_errors=True)
    return written


def _refuse_taken(folder: Path) -> None:
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise Conflict(f"{folder} is a file; a bundle is a folder of its own")
    inside = next(folder.iterdir(), None)
    if inside is None:
        return
    if (folder / "manifest").exists():
        raise Conflict(
            f"a bundle stands at {folder} already; nothing was changed, choose a new name"
        )
    raise Conflict(f"{folder} is not empty; nothing was changed, choose a new name")


def _appear(parts: Path, folder: Path) -> None:
    """Rename the whole over nothing, or over an empty folder: rename(2) refuses any other."""
    try:
        parts.rename(folder)
    except OSError as fault:
        if fault.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise Conflict(f"{folder} was taken meanwhile; nothing was changed") from fault
        raise


class _Parts:
    """The folder being filled; remembers path, length and digest of each file for the manifest."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.listed: dict[str, tuple[int, str]] = {}

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        insist(path not in self.listed, f"{path} came twice")
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, length = hashlib.sha256(), 0
        with target.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                length += len(chunk)
        self.listed[path] = (length, digest.hexdigest())

    def manifest(self, origin: str) -> bytes:
        lines = [origin + BUNDLE_SUFFIX, VERSION]
        for path in sorted(self.listed):
            length, digest = self.listed[path]
            lines.append(f"file {path} {length} {digest}")
        return "".join(f"{line}\n" for line in lines).encode()


def _fill(
    parts: _Parts,
    log_files: Iterable[tuple[str, bytes]],
    openings: Iterable[Mapping[str, Any]],
    receipts: Iterable[bytes | str],
    site: Mapping[str, Json],
    sign: Callable[[bytes], bytes],
) -> BundleWritten:
    head = _write_log(parts, log_files)
    insist(site["origin"] == head.origin, "the site's origin is the log's")
    parts.write("site.json", [canonical_bytes(site) + b"\n"])
    counted = _Counted()
    parts.write("openings.jsonl", counted.openings(openings, head.size))
    parts.write("receipts.jsonl", counted.receipts(receipts))
    insist(counted.leaves == head.size, f"{counted.leaves} openings for {head.size} leaves")
    note = sign(parts.manifest(head.origin))
    insist(
        note.startswith(parts.manifest(head.origin) + b"\n"), "the signer signs what it is given"
    )
    target = parts.root / "manifest"
    with target.open("xb") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    return BundleWritten(
        size=head.size,
        receipts=counted.notes,
        bytes=len(note) + sum(length for length, _ in parts.listed.values()),
        manifest_sha256=hashlib.sha256(note).hexdigest(),
    )


def _write_log(parts: _Parts, log_files: Iterable[tuple[str, bytes]]) -> TreeHead:
    """The checkpoint first, then tiles in any order; those of other sizes are left out."""
    files = iter(log_files)
    path, data = next(files, ("", b""))
    insist(path == "checkpoint", "the checkpoint comes first of the log's files")
    head = read_head(data)
    parts.write(CHECKPOINT, [data])
    wanted = {tile.path for tile in tiles_of(head.size)}
    for path, data in files:
        if path in wanted:
            wanted.remove(path)
            parts.write(f"log/{path}", [data])
    insist(not wanted, f"tiles are missing, one of them {min(wanted, default='')}")
    return head


class _Counted:
    """Spells openings and receipts line by line, and counts them."""

    def __init__(self) -> None:
        self.leaves = 0
        self.notes = 0

    def openings(self, openings: Iterable[Mapping[str, Any]], size: int) -> Iterator[bytes]:
        for opening in openings:
            if self.leaves == size:
                return  # leaves that came after this checkpoint
            insist(opening["index"] == self.leaves, "openings come in the order of their leaves")
            yield canonical_bytes(_spell(opening)) + b"\n"
            self.leaves += 1

    def receipts(self, receipts: Iterable[bytes | str]) -> Iterator[bytes]:
        for note in receipts:
            text = note.decode("utf-8") if isinstance(note, bytes) else note
            yield canonical_bytes({"note": text}) + b"\n"
            self.notes += 1


def _spell(opening: Mapping[str, Any]) -> Json:
    envelope: bytes = opening["envelope"]
    given: Mapping[str, Any] = opening["groups"]
    parsed = strict_json(envelope)
    commitments = parsed.get("groups") if isinstance(parsed, Mapping) else None
    if not isinstance(commitments, Mapping):
        raise Breach("an envelope names its groups")
    names = sorted(commitments)
    insist(set(given) <= set(names), "the groups opened are the envelope's own")
    return {
        "index": opening["index"],
        "ek": base64.b64encode(opening["ek"]).decode("ascii"),
        "envelope": envelope.decode("utf-8"),
        "groups": {name: _spell_group(given.get(name)) for name in names},
    }


def _spell_group(value: tuple[bytes, bytes] | str | None) -> Json:
    if value is None:
        return {"erased": True}
    if isinstance(value, str):
        return {"withheld": value}
    key, body = value
    return {"key": base64.b64encode(key).decode("ascii"), "body": body.decode("utf-8")}
