"""Tiles: the tree cut into files of 256 hashes, and the entries into bundles of 256.

Source: C2SP tlog-tiles. A hash tile of level L holds the roots of 256^L leaves each; level 0 are
leaf hashes. A tile is immutable; the right-most one of each level is partial, under its own name.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

from answerable.kernel.errors import insist
from answerable.kernel.limits import ENTRY_BYTES_MAX
from answerable.ledger.faults import Malformed, MissingTile
from answerable.ledger.merkle import HASH_BYTES, SIZE_MAX, leaf_hash, root_of

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
LEVEL_MAX: Final = 7  # 256^8 leaves are more than 2^63
TILES_KEPT_MAX: Final = 512  # a reader's memory: 4 MiB of full hash tiles

ReadTile: TypeAlias = Callable[[str], bytes | None]
"""The bytes under a tile path, or None where there is no such file."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/"
    r"(?P<high>(?:x[0-9]{3}/)*)(?P<low>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile's place: `level` (None: a bundle of entries), `index` in it, how many it holds."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        insist(self.level is None or 0 <= self.level <= LEVEL_MAX, "a tile level is 0 to 7")
        insist(0 <= self.index <= SIZE_MAX >> TILE_HEIGHT, "a tile index is within the tree")
        insist(1 <= self.width <= TILE_WIDTH, "a tile holds 1 to 256")

    @property
    def path(self) -> str:
        """`tile/0/x001/234`, `tile/entries/000.p/7`."""
        groups = [f"{self.index % 1000:03d}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @property
    def full(self) -> "Tile":
        """The full tile that this one becomes."""
        return Tile(level=self.level, index=self.index)

    @classmethod
    def read(cls, path: str) -> Self:
        """The one tile of this path. Raises Malformed; no path it takes leaves the tile folder."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise Malformed("not a tile path")
        level = None if found["level"] == "entries" else int(found["level"])
        index = int(found["high"].replace("x", "").replace("/", "") + found["low"])
        width = int(found["width"]) if found["width"] else TILE_WIDTH
        in_bounds = (level is None or level <= LEVEL_MAX) and index <= SIZE_MAX >> TILE_HEIGHT
        if not in_bounds or (found["width"] and width >= TILE_WIDTH):
            raise Malformed("no tile has this path")
        tile = cls(level=level, index=index, width=width)
        if tile.path != path:
            raise Malformed("a tile path has one spelling")
        return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a tree of `size` leaves: bundles first, then hash tiles level by level."""
    return tiles_to_write(0, size)


def tiles_to_write(old: int, new: int) -> Iterator[Tile]:
    """What a tree of `new` leaves needs that one of `old` did not have, in `tiles_of`'s order."""
    insist(0 <= old <= new <= SIZE_MAX, "a tree only grows")
    yield from _row_to_write(None, old, new)
    level = 0
    while new:
        yield from _row_to_write(level, old, new)
        level, old, new = level + 1, old >> TILE_HEIGHT, new >> TILE_HEIGHT


def _row_to_write(level: int | None, old: int, new: int) -> Iterator[Tile]:
    for index in range(old // TILE_WIDTH, new // TILE_WIDTH):
        yield Tile(level=level, index=index)
    if new % TILE_WIDTH and new > old:
        yield Tile(level=level, index=new // TILE_WIDTH, width=new % TILE_WIDTH)


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """A bundle: each entry behind its length, two bytes big-endian."""
    for entry in entries:
        insist(len(entry) <= ENTRY_BYTES_MAX, "an entry has at most 65,535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_entries(bundle: bytes, width: int) -> list[bytes]:
    """Exactly `width` entries and nothing behind them. Raises Malformed."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            raise Malformed("an entry of the bundle is cut off")
        entries.append(bundle[at + 2 : end])
        at = end
    if len(entries) != width:
        raise Malformed(f"the bundle holds {len(entries)} entries where {width} belong")
    return entries


def decode_hashes(tile: bytes, width: int) -> list[bytes]:
    """Exactly `width` hashes. Raises Malformed."""
    if len(tile) != width * HASH_BYTES:
        raise Malformed(f"the tile has {len(tile)} bytes where {width} hashes belong")
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def load_tile(tile: Tile, read_tile: ReadTile) -> list[bytes]:
    """The tile's hashes or entries; a partial tile that is gone is cut from its full one.

    Raises MissingTile, or Malformed where the file is not what its name says.
    """
    raw = read_tile(tile.path)
    found = tile
    if raw is None and tile.width < TILE_WIDTH:
        found = tile.full
        raw = read_tile(found.path)
    if raw is None:
        raise MissingTile(f"{tile.path} is not there", path=tile.path)
    decode = decode_entries if tile.level is None else decode_hashes
    try:
        return decode(raw, found.width)[: tile.width]
    except Malformed as fault:
        raise Malformed(f"{found.path}: {fault.reason}", path=found.path) from None


class TileReader:
    """A tree of `size` leaves as its tiles tell it; `hash_at` is what proofs are made from.

    Believes what it reads: compare `root_at(size, reader.hash_at)` with a verified checkpoint.
    """

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        insist(0 <= size <= SIZE_MAX, "a tree size is between 0 and 2^63-1")
        self.size = size
        self._read_tile = read_tile
        self._kept: dict[Tile, list[bytes]] = {}

    def hash_at(self, level: int, index: int) -> bytes:
        """The root of the perfect subtree of 2^level leaves from leaf index * 2^level.

        Raises MissingTile or Malformed; Breach if that subtree is not within the tree.
        """
        insist(level >= 0 and 0 <= index < self.size >> level, "the subtree is within the tree")
        tile_level, inner = divmod(level, TILE_HEIGHT)
        first = index << inner
        hashes = self._hashes(tile_level, first // TILE_WIDTH)
        start = first % TILE_WIDTH
        return root_of(hashes[start : start + (1 << inner)])

    def entry(self, index: int) -> bytes:
        """Leaf `index` as it was logged. Raises MissingTile or Malformed."""
        insist(0 <= index < self.size, "only a leaf of the tree can be read")
        return self._load(self._tile(None, index // TILE_WIDTH))[index % TILE_WIDTH]

    def _hashes(self, level: int, index: int) -> list[bytes]:
        return self._load(self._tile(level, index))

    def _tile(self, level: int | None, index: int) -> Tile:
        count = self.size >> (TILE_HEIGHT * (level or 0))
        return Tile(level=level, index=index, width=min(TILE_WIDTH, count - index * TILE_WIDTH))

    def _load(self, tile: Tile) -> list[bytes]:
        found = self._kept.get(tile)
        if found is None:
            if len(self._kept) >= TILES_KEPT_MAX:
                del self._kept[next(iter(self._kept))]
            found = self._kept[tile] = load_tile(tile, self._read_tile)
        return found


def grow(old: int, entries: Sequence[bytes], read_tile: ReadTile) -> Iterator[tuple[Tile, bytes]]:
    """The files of `tiles_to_write(old, old + len(entries))`, in that order.

    Reads the partial tiles of the old tree's right edge: raises MissingTile or Malformed if they
    are not there or not theirs.
    """
    if not entries:
        return
    before = _edge(None, old, read_tile)
    for tile, held in _fill(None, old, before + list(entries)):
        yield tile, encode_entries(held)
    level, size, row = 0, old, [leaf_hash(entry) for entry in entries]
    while row:
        above: list[bytes] = []
        for tile, held in _fill(level, size, _edge(level, size, read_tile) + row):
            yield tile, b"".join(held)
            if tile.width == TILE_WIDTH:
                above.append(root_of(held))
        level, size, row = level + 1, size >> TILE_HEIGHT, above


def _edge(level: int | None, size: int, read_tile: ReadTile) -> list[bytes]:
    """What stands in the partial tile at the end of a row of `size`."""
    width = size % TILE_WIDTH
    if width == 0:
        return []
    return load_tile(Tile(level=level, index=size // TILE_WIDTH, width=width), read_tile)


def _fill(level: int | None, size: int, held: list[bytes]) -> Iterator[tuple[Tile, list[bytes]]]:
    first = size // TILE_WIDTH
    for at in range(0, len(held), TILE_WIDTH):
        chunk = held[at : at + TILE_WIDTH]
        yield Tile(level=level, index=first + at // TILE_WIDTH, width=len(chunk)), chunk
