"""The tile folder: written once, whole or not at all, and no checkpoint over tiles that lie."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_samples import checkpoint, head_of, leaves, tiled

from answerable.adapters.tiles import TileFolder
from answerable.kernel.errors import Breach, Outage
from answerable.ledger.faults import Malformed, MissingTile
from answerable.ledger.tiles import tiles_of


def files_under(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> TileFolder:
    return TileFolder(tmp_path / "log")


@settings(max_examples=20)
@given(cuts=st.lists(st.integers(0, 600), min_size=1, max_size=4))
def test_the_files_are_those_of_the_tree(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    folder = TileFolder(tmp_path_factory.mktemp("log"))
    size = 0
    for cut in sorted(cuts):
        size = folder.extend(size, leaves(cut)[size:])
        folder.publish(checkpoint(head_of(leaves(size))))
    there = files_under(folder.root)
    expected, _reader = tiled(leaves(size))
    assert there.pop("checkpoint") == folder.checkpoint() == checkpoint(head_of(leaves(size)))
    assert {path: there[path] for path in expected} == expected
    assert list(folder.entries(0, size)) == leaves(size)
    assert all(".new" not in path for path in there)


def test_writing_again_changes_nothing_and_other_bytes_are_refused(folder: TileFolder) -> None:
    folder.extend(0, leaves(300))
    before = files_under(folder.root)
    folder.extend(0, leaves(300))
    folder.extend(256, leaves(300)[256:])
    assert files_under(folder.root) == before
    with pytest.raises(Breach, match="other bytes"):
        folder.extend(0, [*leaves(299), b"\x01another"])
    assert files_under(folder.root) == before


def test_a_tile_torn_by_a_power_cut_is_written_again(folder: TileFolder) -> None:
    folder.extend(0, leaves(300))
    whole = files_under(folder.root)
    for path, torn in (("tile/0/000", 100), ("tile/entries/001.p/44", 0), ("tile/1/000.p/1", 31)):
        (folder.root / path).write_bytes(whole[path][:torn])
    with pytest.raises(Breach, match="do not hold"):
        folder.extend(300, leaves(301)[300:])
    assert folder.rebuild(leaves(300)) == 300
    assert files_under(folder.root) == whole


def test_a_lost_edge_is_told_of_and_rebuilt(folder: TileFolder) -> None:
    folder.extend(0, leaves(300))
    (folder.root / "tile/0/001.p/44").unlink()
    with pytest.raises(Breach, match=r"tile/0/001\.p/44 is not there"):
        folder.extend(300, leaves(301)[300:])
    folder.rebuild(leaves(300))
    assert folder.extend(300, leaves(301)[300:]) == 301
    assert folder.root_of(301) == head_of(leaves(301)).root


def test_readers_get_a_partial_tile_from_the_full_one(folder: TileFolder) -> None:
    folder.extend(0, leaves(256))
    old, _reader = tiled(leaves(100))
    for path, data in old.items():
        assert folder.read_tile(path) is None
        assert folder.serve(path) == data
    with pytest.raises(MissingTile):
        folder.serve("tile/0/001")


@pytest.mark.parametrize("path", ["checkpoint", "../log/checkpoint", "tile/0/../../checkpoint", ""])
def test_only_tile_paths_are_served(folder: TileFolder, path: str) -> None:
    folder.extend(0, leaves(3))
    folder.publish(checkpoint(head_of(leaves(3))))
    with pytest.raises(Malformed):
        folder.serve(path)


def test_a_checkpoint_goes_neither_back_nor_sideways(folder: TileFolder) -> None:
    folder.extend(0, leaves(3))
    folder.extend(3, leaves(5)[3:])
    raw = checkpoint(head_of(leaves(5)))
    folder.publish(raw)
    assert folder.publish(raw) == folder.published() == head_of(leaves(5))
    forked = [*leaves(4), b"\x01another"]
    for other in (
        checkpoint(head_of(leaves(3))),
        checkpoint(head_of(forked)),
        checkpoint(head_of(leaves(5), "other.example")),
        checkpoint(head_of([*forked, b"\x01more"])),
        checkpoint(head_of(leaves(6))),
    ):
        with pytest.raises(Breach):
            folder.publish(other)
    with pytest.raises(Malformed):
        folder.publish(raw[:-1])
    assert folder.checkpoint() == raw


def test_no_checkpoint_goes_over_an_altered_tile(folder: TileFolder) -> None:
    folder.extend(0, leaves(300))
    path = folder.root / "tile/1/000.p/1"
    altered = bytearray(path.read_bytes())
    altered[7] ^= 1
    path.write_bytes(bytes(altered))
    with pytest.raises(Breach, match="another root"):
        folder.publish(checkpoint(head_of(leaves(300))))
    assert folder.checkpoint() is None


def test_a_damaged_checkpoint_calls_a_person(folder: TileFolder) -> None:
    folder.extend(0, leaves(3))
    folder.publish(checkpoint(head_of(leaves(3))))
    (folder.root / "checkpoint").write_bytes(b"")
    with pytest.raises(Breach, match="damaged"):
        folder.publish(checkpoint(head_of(leaves(3))))


def test_a_disk_that_takes_nothing_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with pytest.raises(Outage):
        TileFolder(tmp_path / "file").extend(0, leaves(1))


def test_the_head_of_an_empty_log_can_be_published(folder: TileFolder) -> None:
    folder.root.mkdir()
    empty = head_of([])
    assert folder.publish(checkpoint(empty)) == empty
    assert folder.published() == empty
    assert list(tiles_of(0)) == []
