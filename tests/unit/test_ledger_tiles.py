"""Tile paths, bundles, and readers that fall back from a partial tile to the full one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import leaves, tiled

from answerable.kernel.errors import Breach
from answerable.ledger.faults import Malformed, MissingTile
from answerable.ledger.merkle import inclusion_proof, leaf_hash, root_at
from answerable.ledger.tiles import (
    Tile,
    TileReader,
    decode_entries,
    encode_entries,
    grow,
    load_tile,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, index=0), "tile/0/000"),
        (Tile(level=0, index=1_234_067), "tile/0/x001/x234/067"),
        (Tile(level=5, index=999, width=255), "tile/5/999.p/255"),
        (Tile(level=1, index=1_000, width=1), "tile/1/x001/000.p/1"),
        (Tile(level=None, index=12, width=7), "tile/entries/012.p/7"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.read(path) == tile


@given(
    level=st.none() | st.integers(0, 7), index=st.integers(0, 2**55 - 1), width=st.integers(1, 256)
)
def test_every_tile_is_read_back_from_its_path(level: int | None, index: int, width: int) -> None:
    tile = Tile(level=level, index=index, width=width)
    assert Tile.read(tile.path) == tile
    assert ".." not in tile.path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "checkpoint",
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/01/000",
        "tile/8/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/001/234",
        "tile/0/x000/234",
        "tile/0/x001",
        "tile/0/x1/234",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/entries/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)
def test_other_paths_are_no_tile(path: str) -> None:
    with pytest.raises(Malformed):
        Tile.read(path)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_are_read_back(entries: list[bytes]) -> None:
    assert decode_entries(encode_entries(entries), len(entries)) == entries


def test_bundles_hold_long_entries_but_none_longer_than_their_length_can_say() -> None:
    assert decode_entries(encode_entries([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(Breach):
        encode_entries([b"x" * 65_536])


@pytest.mark.parametrize(
    ("bundle", "width"),
    [(b"\x00\x01a", 2), (b"\x00\x01a", 0), (b"\x00\x02a", 1), (b"\x00", 1), (b"\x00\x01a\x00", 1)],
)
def test_bundles_are_read_to_the_byte(bundle: bytes, width: int) -> None:
    with pytest.raises(Malformed):
        decode_entries(bundle, width)


def test_a_partial_tile_that_is_gone_is_cut_from_the_full_one() -> None:
    files, _reader = tiled(leaves(300))
    old_files, old = tiled(leaves(100))
    late = TileReader(100, files.get)  # the tiles of 300 leaves hold no partial tile of 100
    assert root_at(100, late.hash_at) == root_at(100, old.hash_at)
    assert late.entry(99) == old.entry(99)
    assert inclusion_proof(7, 100, late.hash_at) == inclusion_proof(7, 100, old.hash_at)
    assert old_files.keys() == {"tile/entries/000.p/100", "tile/0/000.p/100"}


def test_a_tile_that_is_not_there_is_named() -> None:
    files, reader = tiled(leaves(300))
    del files["tile/0/001.p/44"]
    with pytest.raises(MissingTile) as missing:
        reader.hash_at(0, 299)
    assert missing.value.details == {"path": "tile/0/001.p/44"}


@pytest.mark.parametrize("held", [b"", b"x" * 32, b"x" * 8191, b"x" * 8193, b"x" * 8224])
def test_a_tile_of_another_length_is_named(held: bytes) -> None:
    files, reader = tiled(leaves(300))
    files["tile/0/000"] = held
    with pytest.raises(Malformed) as wrong:
        reader.hash_at(0, 5)
    assert wrong.value.details == {"path": "tile/0/000"}


def test_a_reader_stays_within_its_tree() -> None:
    _files, reader = tiled(leaves(300))
    assert reader.hash_at(0, 299) == leaf_hash(leaves(300)[299])
    for level, index in ((0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)):
        with pytest.raises(Breach):
            reader.hash_at(level, index)
    with pytest.raises(Breach):
        reader.entry(300)


def test_growing_needs_the_edge_it_grows_from() -> None:
    with pytest.raises(MissingTile):
        list(grow(100, leaves(1), {}.get))
    assert list(grow(100, [], {}.get)) == []
    full = load_tile(Tile(level=0, index=0), dict(tiled(leaves(256))[0]).get)
    assert full == [leaf_hash(leaf) for leaf in leaves(256)]
