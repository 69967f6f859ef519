"""A log's tiles on disk: written once, read by anyone, checked before a checkpoint goes over them.

Tiles are not fsynced one by one: they derive from the database, which is the durable point, and
what a power cut tears is mended by writing it again. The checkpoint is fsynced.
"""

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import get_native_id
from typing import Final

from answerable.kernel.errors import Breach, Outage
from answerable.ledger.checkpoint import TreeHead, read_head
from answerable.ledger.faults import Malformed, MissingTile
from answerable.ledger.merkle import root_at
from answerable.ledger.tiles import Tile, TileReader, grow, load_tile

CHECKPOINT: Final = "checkpoint"
REBUILD_STEP: Final = 65_536  # a whole number of full tiles, so a rebuild leaves few partial ones

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


class TileFolder:
    """One log under `root`, which is also what a web server may serve as it is.

    One writer at a time (the sequencer's lease sees to it); readers need no lock.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        return self._root

    def read_tile(self, path: str) -> bytes | None:
        """The file under exactly this tile path, or None. Raises Malformed for any other path."""
        return self._read(Tile.read(path).path)

    def serve(self, path: str) -> bytes:
        """What a reader asking for `path` gets: a partial tile is cut from its full one if gone.

        Raises Malformed for what is no tile path, MissingTile where there is nothing.
        """
        tile = Tile.read(path)
        raw = self._read(tile.path)
        if raw is not None:
            return raw
        held = load_tile(tile, self.read_tile)
        if tile.level is not None:
            return b"".join(held)
        return b"".join(len(entry).to_bytes(2, "big") + entry for entry in held)

    def checkpoint(self) -> bytes | None:
        """The published checkpoint verbatim, or None before the first."""
        return self._read(CHECKPOINT)

    def published(self) -> TreeHead | None:
        """The published checkpoint's claim. Raises Breach if the file is not a checkpoint."""
        raw = self.checkpoint()
        if raw is None:
            return None
        try:
            return read_head(raw)
        except Malformed as fault:
            raise Breach(f"the published checkpoint is damaged: {fault.reason}") from fault

    def extend(self, old: int, entries: Sequence[bytes]) -> int:
        """Write what the tree gains from `old` to `old` + len(entries) leaves; the new size.

        Safe to repeat. Raises Breach if a file is there with other bytes, or if the edge tiles of
        the tree of `old` leaves are missing or damaged (`rebuild` mends that); Outage if the disk
        does not take it.
        """
        try:
            for tile, data in grow(old, entries, self.read_tile):
                self._write_once(tile, data)
        except (MissingTile, Malformed) as fault:
            raise Breach(f"the tiles of size {old} do not hold: {fault.reason}") from fault
        except OSError as fault:
            raise Outage(f"the tile folder did not take a tile: {fault.strerror}") from fault
        return old + len(entries)

    def rebuild(self, entries: Iterable[bytes]) -> int:
        """Write every tile from the first entry on; what is there and equal stays. The new size."""
        size, left = 0, iter(entries)
        while step := list(islice(left, REBUILD_STEP)):
            size = self.extend(size, step)
        return size

    def publish(self, raw: bytes) -> TreeHead:
        """Put `raw` in place of the checkpoint, atomically, once the tiles say the same root.

        Raises Breach if the tiles do not hash to it, or if it goes back or sideways from the one
        published; Malformed if it is no checkpoint; Outage if the disk does not take it.
        """
        head, before = read_head(raw), self.published()
        if before is not None:
            if before.origin != head.origin:
                raise Breach("this folder is another log's")
            if (head.size, head.root) != (before.size, before.root) and head.size <= before.size:
                raise Breach(f"size {head.size} does not follow the published {before.size}")
        if self.root_of(head.size) != head.root:
            raise Breach(f"the tiles of size {head.size} have another root than the checkpoint")
        try:
            self._replace(self._root / CHECKPOINT, raw)
        except OSError as fault:
            raise Outage(f"the tile folder did not take it: {fault.strerror}") from fault
        return head

    def root_of(self, size: int) -> bytes:
        """The root as the tiles on disk tell it. Raises Breach where one is missing or damaged."""
        try:
            return root_at(size, self.reader(size).hash_at)
        except (MissingTile, Malformed) as fault:
            raise Breach(f"the tiles of size {size} do not hold: {fault.reason}") from fault

    def reader(self, size: int) -> TileReader:
        """For proofs in the tree of `size` leaves."""
        return TileReader(size, self.read_tile)

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Entries [start, end) as the bundles hold them. Raises MissingTile or Malformed."""
        reader = self.reader(end)
        return (reader.entry(index) for index in range(start, end))

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write_once(self, tile: Tile, data: bytes) -> None:
        """Create the file, or find it there with these very bytes.

        A file that holds only a beginning of them was torn by a power cut and is written again.
        """
        target = self._root / tile.path
        temporary = self._temporary(target, data, durable=False)
        try:
            _create(temporary, target)
        except FileExistsError:
            there = target.read_bytes()
            if there == data:
                return
            if len(there) >= len(data) or not data.startswith(there):
                raise Breach(f"{tile.path} is there with other bytes") from None
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _replace(self, target: Path, data: bytes) -> None:
        temporary = self._temporary(target, data, durable=True)
        try:
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _temporary(self, target: Path, data: bytes, *, durable: bool) -> Path:
        """A file beside `target` that no reader will take for a tile."""
        temporary = target.with_name(f".{target.name}.{os.getpid()}.{get_native_id()}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        try:
            handle = os.open(temporary, flags, 0o644)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(temporary, flags, 0o644)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        return temporary


def _create(temporary: Path, target: Path) -> None:
    """Give `temporary` the name `target` unless that exists. Raises FileExistsError."""
    try:
        os.link(temporary, target)
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        if target.exists():
            raise FileExistsError from None
        temporary.replace(target)
