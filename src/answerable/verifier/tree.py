"""Checks 3 to 5: the signed head, the entries under it, the hash tiles between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from answerable.ledger.checkpoint import read_head, verify_checkpoint
from answerable.ledger.faults import Malformed, NotVerified, Unchecked
from answerable.ledger.head import TreeHead
from answerable.ledger.leaf import LEAF_BYTES
from answerable.ledger.merkle import leaf_hash, root_of
from answerable.ledger.policy import Policy
from answerable.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, decode_entries
from answerable.verifier.findings import Check, Findings
from answerable.verifier.source import (
    NOTE_BYTES_MAX,
    TILE_BYTES_MAX,
    CannotRead,
    Source,
    TooLong,
)

LISTED_MAX: Final = 100  # missing tiles named one by one; a head may claim 2^63 leaves


@dataclass(slots=True)
class Log:
    """A log as far as it could be read. `leaves[i]` is leaf i's hash, None where it is unknown.

    `cosigned` is the latest POSIX second at which a known witness says it saw this head, else 0.
    """

    head: TreeHead | None = None
    leaves: list[bytes | None] = field(default_factory=list)
    cosigned: int = 0

    @property
    def whole(self) -> bool:
        """Is every leaf of the head there?"""
        return (
            self.head is not None and len(self.leaves) == self.head.size and None not in self.leaves
        )


class _Tiles:
    """Tile files under a prefix. A bundle holds exactly its own; a live log may hold more."""

    def __init__(self, source: Source, prefix: str, *, exact: bool, found: Findings) -> None:
        self.source, self.prefix, self.exact, self.found = source, prefix, exact, found

    def read(self, tile: Tile, check: Check) -> tuple[bytes, Tile] | None:
        """The file and the tile it really is: a partial one may be cut from its full one."""
        wider = [] if self.exact or tile == tile.full else [tile.full]
        for candidate in (tile, *wider):
            path = self.prefix + candidate.path
            try:
                raw = self.source.read(path, TILE_BYTES_MAX)
            except TooLong as fault:
                self.found.found(check, path, fault.reason)
                return None
            except CannotRead as fault:
                self.found.unreadable(path, fault.reason)
                return None
            if raw is not None:
                return raw, candidate
        self.found.found(check, self.prefix + tile.path, "is not there")
        return None


def check_log(source: Source, prefix: str, policy: Policy, found: Findings, *, exact: bool) -> Log:
    """3, 4 and 5, over `prefix + "checkpoint"` and the tiles beside it."""
    log = Log()
    try:
        raw = source.read(prefix + "checkpoint", NOTE_BYTES_MAX)
    except (TooLong, CannotRead) as fault:
        found.unreadable(prefix + "checkpoint", fault.reason)
        return log
    if raw is None:
        found.begin(Check.CHECKPOINT)
        found.found(Check.CHECKPOINT, prefix + "checkpoint", "is not there")
        return log
    log.head, log.cosigned = check_checkpoint(raw, prefix + "checkpoint", policy, found)
    if log.head is None:
        return log
    tiles = _Tiles(source, prefix, exact=exact, found=found)
    log.leaves = _check_entries(tiles, log.head, found)
    _check_root(log, prefix, found)
    _check_tiles(tiles, log, found)
    if exact:
        _check_extra(source.paths(), prefix, log.head.size, found)
    return log


def check_checkpoint(
    raw: bytes, where: str, policy: Policy, found: Findings
) -> tuple[TreeHead | None, int]:
    """3. Signed as the policy asks. The head as claimed even where that fails, to check on."""
    found.begin(Check.CHECKPOINT)
    try:
        head = read_head(raw)
    except Malformed as fault:
        found.found(Check.CHECKPOINT, where, fault.reason)
        return None, 0
    try:
        verified = verify_checkpoint(raw, policy)
    except Unchecked as fault:
        found.lacks(Check.CHECKPOINT, where, fault.reason)
        return head, 0
    except (Malformed, NotVerified) as fault:
        found.found(Check.CHECKPOINT, where, fault.reason)
        return head, 0
    for line in verified.note.unknown:
        words = f"a signature line by {line.name} that the policy does not know"
        found.found(Check.CHECKPOINT, where, words)
    for key in verified.note.unchecked:
        found.lacks(Check.CHECKPOINT, where, f"this build cannot check the signature by {key.name}")
    return head, max((signature.at for signature in verified.note.by), default=0)


def _row(level: int | None, size: int) -> Iterator[Tile]:
    """The tiles of one row of a tree of `size` leaves."""
    count = size >> (TILE_HEIGHT * (level or 0))
    for index in range(count // TILE_WIDTH):
        yield Tile(level=level, index=index)
    if count % TILE_WIDTH:
        yield Tile(level=level, index=count // TILE_WIDTH, width=count % TILE_WIDTH)


def _check_entries(tiles: _Tiles, head: TreeHead, found: Findings) -> list[bytes | None]:
    """4. Each entry is a leaf of ours; hashes as far as there are files for them."""
    found.begin(Check.ENTRIES)
    start = f"{tiles.prefix}tile/entries/"
    there = sum(path.startswith(start) for path in tiles.source.paths())
    needed = -(-head.size // TILE_WIDTH)
    if needed > there + LISTED_MAX:
        words = f"{needed} bundles of entries are needed and {there} are there"
        found.found(Check.ENTRIES, start, words)
    leaves: list[bytes | None] = []
    for tile in _row(None, head.size):
        if tile.index > there + LISTED_MAX:
            break
        leaves += _leaves_of(tiles, tile, found)
    return leaves


def _leaves_of(tiles: _Tiles, tile: Tile, found: Findings) -> Sequence[bytes | None]:
    unknown: list[bytes | None] = [None] * tile.width
    got = tiles.read(tile, Check.ENTRIES)
    if got is None:
        return unknown
    raw, real = got
    where = tiles.prefix + real.path
    try:
        entries = decode_entries(raw, real.width)[: tile.width]
    except Malformed as fault:
        found.found(Check.ENTRIES, where, fault.reason)
        return unknown
    for offset, entry in enumerate(entries):
        if len(entry) != LEAF_BYTES or entry[0] != 1:
            index = tile.index * TILE_WIDTH + offset
            found.found(Check.ENTRIES, where, "is no leaf of 33 bytes", index)
    return [leaf_hash(entry) for entry in entries]


def _check_root(log: Log, prefix: str, found: Findings) -> None:
    if log.head is None:
        return
    if not log.whole:
        words = "entries are missing or damaged, so the root cannot be computed"
        found.found(Check.ENTRIES, f"{prefix}checkpoint", words)
    elif root_of([leaf for leaf in log.leaves if leaf is not None]) != log.head.root:
        found.found(Check.ENTRIES, f"{prefix}checkpoint", "the entries hash to another root")


def _check_tiles(tiles: _Tiles, log: Log, found: Findings) -> None:
    """5. Level by level: each tile's hashes are those computed from the entries below it."""
    found.begin(Check.TILES)
    row: list[bytes | None] = list(log.leaves)
    level = 0
    while row and log.head is not None:
        above: list[bytes | None] = []
        for tile in _row(level, log.head.size):
            start = tile.index * TILE_WIDTH
            if start >= len(row):
                break
            expected = row[start : start + tile.width]
            _compare(tiles, tile, expected, found)
            if tile.width == TILE_WIDTH:
                known = [h for h in expected if h is not None]
                above.append(root_of(known) if len(known) == TILE_WIDTH else None)
        level, row = level + 1, above


def _compare(tiles: _Tiles, tile: Tile, expected: Sequence[bytes | None], found: Findings) -> None:
    got = tiles.read(tile, Check.TILES)
    if got is None:
        return
    raw, real = got
    where = tiles.prefix + real.path
    if len(raw) != real.width * 32:
        words = f"has {len(raw)} bytes where {real.width} hashes belong"
        found.found(Check.TILES, where, words)
        return
    for offset, computed in enumerate(expected):
        if computed is not None and raw[32 * offset : 32 * offset + 32] != computed:
            index = (tile.index * TILE_WIDTH + offset) << (TILE_HEIGHT * (tile.level or 0))
            found.found(Check.TILES, where, "a hash is not that of its entries", index)


def _check_extra(paths: Sequence[str], prefix: str, size: int, found: Findings) -> None:
    """A bundle's log holds its checkpoint and exactly the tiles of that size."""
    for path in paths:
        if not path.startswith(f"{prefix}tile/"):
            continue
        try:
            tile = Tile.read(path.removeprefix(prefix))
        except Malformed:
            found.found(Check.TILES, path, "is no tile")
            continue
        count = size >> (TILE_HEIGHT * (tile.level or 0))
        width = min(TILE_WIDTH, count - tile.index * TILE_WIDTH)
        if tile.width != width:
            found.found(Check.TILES, path, f"does not belong to a tree of {size} leaves")
