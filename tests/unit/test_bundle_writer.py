"""The writer of bundles: whole or not at all, and never over something."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.bundle_maker import (
    BUNDLE,
    POLICY,
    Told,
    log_of,
    openings_of,
    site_json,
    tell,
    write,
)
from tests.unit.story_maker import ERASED, honest

from answerable.adapters.bundle.writer import log_files_of, write_bundle
from answerable.adapters.tiles.folder import TileFolder
from answerable.kernel.errors import Breach, Conflict, Outage
from answerable.verifier.files import opened_of, verify_path


@pytest.fixture(scope="module")
def told() -> list[Told]:
    return tell(honest())


def parts(told: list[Told], **values: Any) -> dict[str, Any]:
    return {
        "log_files": log_of([t.sealed.leaf for t in told]).items(),
        "openings": openings_of(told, ERASED),
        "receipts": [],
        "site": site_json(told),
        "sign": BUNDLE.sign,
    } | values


def test_two_writings_of_one_log_are_equal(tmp_path: Path, told: list[Told]) -> None:
    one = write_bundle(tmp_path / "one", **parts(told))
    two = write_bundle(tmp_path / "deep" / "two", **parts(told))
    assert one == two
    assert one.size == len(told)
    assert one.bytes == sum(p.stat().st_size for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700


def test_a_second_run_says_so_and_changes_nothing(tmp_path: Path, told: list[Told]) -> None:
    folder = write(tmp_path / "b", told, erased=ERASED)
    before = (folder / "manifest").read_bytes()
    with pytest.raises(Conflict, match="stands at"):
        write_bundle(folder, **parts(told))
    assert (folder / "manifest").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_what_stands_there_is_left_alone(tmp_path: Path, told: list[Told]) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    for name in ("full", "file"):
        with pytest.raises(Conflict):
            write_bundle(tmp_path / name, **parts(told))
    write_bundle(tmp_path / "empty", **parts(told))
    assert (tmp_path / "full" / "mine").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "file", "full"]


def broken(openings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from openings[:5]
    raise Outage("the store went away")


def test_a_writing_that_fails_leaves_nothing(tmp_path: Path, told: list[Told]) -> None:
    openings = openings_of(told, ERASED)
    files = list(log_of([t.sealed.leaf for t in told]).items())
    cases: list[tuple[type[Exception], dict[str, Any]]] = [
        (Breach, {"openings": openings[:-1]}),
        (Breach, {"openings": [openings[1], *openings[1:]]}),
        (Breach, {"log_files": files[:-1]}),
        (Breach, {"log_files": files[1:]}),
        (Breach, {"site": {**site_json(told), "origin": "other.example.org"}}),
        (Breach, {"site": {"origin": "x"}}),
        (Breach, {"sign": lambda text: BUNDLE.sign(text + b"more\n")}),
    ]
    for failure, values in cases:
        with pytest.raises(failure):
            write_bundle(tmp_path / "b", **parts(told, **values))
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(Outage, match="went away"):
        write_bundle(tmp_path / "b", **parts(told, openings=broken(openings)))
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_grew_on_gives_exactly_its_checkpoints_files(
    tmp_path: Path, told: list[Told]
) -> None:
    """Partial tiles of other sizes stay behind, and one that is gone is cut from its full one."""
    leaves = [t.sealed.leaf for t in told]
    folder = TileFolder(tmp_path / "log")
    folder.extend(0, leaves[:100])
    folder.extend(100, leaves[100:])
    checkpoint = log_of(leaves)["checkpoint"]
    folder.extend(len(leaves), leaves + leaves)
    for partial in (tmp_path / "log" / "tile").rglob("*.p/*"):
        partial.unlink()
    later = openings_of(told, ERASED)
    later += [{**row, "index": len(told) + at} for at, row in enumerate(later[:3])]
    values = {"log_files": log_files_of(checkpoint, folder.serve), "openings": later}
    write_bundle(tmp_path / "b", **parts(told, **values))
    assert verify_path(tmp_path / "b", POLICY).findings == ()


def test_an_examiner_reads_every_word_back(tmp_path: Path, told: list[Told]) -> None:
    opened, outcome = opened_of(write(tmp_path / "b", told, erased=ERASED))
    assert outcome.findings == ()
    assert len(opened) == len(told)
    bodies = {t.step.name: {g.name: json.loads(g.body) for g in t.sealed.groups} for t in told}
    for one, event in zip(told, opened, strict=True):
        gone = ERASED.get(one.step.name, ())
        for group, body in bodies[one.step.name].items():
            assert event.groups[group] == (None if group in gone else body)
        assert event.leaf_hash == one.sealed.leaf_hash
