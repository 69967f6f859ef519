"""The sequencer when things break: the signer away, a crash at any step, lost tiles, old copies.

Afterwards it is the same log, or it refuses and says what mends it.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.contracts.log_room import Log, opened
from tests.databases import SITE, copied_database

from answerable.adapters.sql import core, lease
from answerable.kernel.errors import Breach, Outage

pytestmark = pytest.mark.slow


def test_the_signer_goes_away_and_comes_back(log: Log) -> None:
    log.signer.kill()
    log.record("a")
    first = log.sequencer()
    with pytest.raises(Outage):
        first.step()
    assert log.leaves() == []
    log.signer.start()
    assert first.step() == 1
    log.look()
    log.signer.kill()
    log.record("a", "b")
    for _ in range(3):
        with pytest.raises(Outage):
            first.step()
    assert len(log.leaves()) == 3  # durable, unsigned, and no further batch goes before they are
    log.record("c")
    with pytest.raises(Outage):
        first.step()
    assert len(log.leaves()) == 3
    log.signer.start()
    assert first.step() == 1
    log.judge()


class Crashed(Exception):
    """The process died here."""


class CrashOnce:
    """Stands before a part; its n-th call of `name` fails, before or after its effect."""

    def __init__(self, part: Any, name: str, nth: int, *, after: bool) -> None:
        self._part, self._name, self._left, self._after = part, name, nth, after
        self.crashed = False

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._part, name)
        if name != self._name:
            return real

        def call(*args: Any, **more: Any) -> Any:
            self._left -= 1
            if self._left != 0:
                return real(*args, **more)
            self.crashed = True
            if self._after:
                real(*args, **more)
            raise Crashed

        return call


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("part", "method", "nth"),
    [
        ("store", "run", 1),  # the lease
        ("store", "run", 2),  # the leaves
        ("tiles", "extend", 1),
        ("tiles", "root_of", 1),
        ("signer", "sign", 1),
        ("store", "run", 3),  # the note is kept
        ("tiles", "publish", 1),
    ],
)
def test_whatever_step_dies_a_fresh_sequencer_goes_on_with_the_same_log(
    log: Log, part: str, method: str, nth: int, after: bool
) -> None:
    for round_ in range(2):  # from an empty log, then from one that has heads
        log.record("a", "b", *("c" for _ in range(round_ * 300)))
        real = {"store": log.store, "tiles": log.tiles, "signer": log.signer.client}[part]
        broken = CrashOnce(real, method, nth, after=after)
        with pytest.raises(Crashed):
            log.sequencer(**{part: broken}).step()
        assert broken.crashed
        log.look()
        log.record("b", "d")  # life goes on meanwhile
        log.store.run(lambda work: lease.release_all(work.conn, "app"))
        log.sequencer().drain()
        log.look()
    log.judge()


def test_a_database_that_was_rolled_back_must_not_write(
    log: Log, database_url: str, tmp_path: Path
) -> None:
    log.record("a", "b", "c")
    log.sequencer().drain()
    log.record("late, and recorded only")
    log.store.close()
    older = copied_database(database_url, tmp_path)
    newer = Log(opened(database_url), log.signer, log.tiles)
    newer.record("d", "e")
    newer.sequencer().drain()
    newer.store.close()
    rolled_back = Log(opened(older), log.signer, log.tiles)
    checkpoint = log.tiles.checkpoint()
    rolled_back.record("another history")
    for _ in range(2):
        with pytest.raises(Breach, match="older copy was put back"):
            rolled_back.sequencer().step()
    assert len(rolled_back.leaves()) == 3
    assert log.tiles.checkpoint() == checkpoint
    shutil.rmtree(log.tiles.root)  # no tiles: the signer still remembers
    with pytest.raises(Breach, match="older copy was put back"):
        rolled_back.sequencer().step()
    rolled_back.store.close()
    restored = Log(opened(database_url), log.signer, log.tiles)
    restored.sequencer().drain()
    restored.judge()
    restored.store.close()


def test_another_installations_log_folder_is_refused(
    log: Log, database_url: str, tmp_path: Path
) -> None:
    """The same size and another root: nothing is written over it."""
    log.store.close()
    twin = Log(opened(copied_database(database_url, tmp_path)), log.signer, log.tiles)
    log.store = opened(database_url)
    log.record("a")
    log.sequencer().drain()
    checkpoint = log.tiles.checkpoint()
    twin.record("b")
    twin.store.run(
        lambda work: work.conn.execute(
            core.head.insert().values(
                site=SITE, size=1, root=b"x" * 32, edge=b"x" * 32, note=None, made=1
            )
        )
    )
    with pytest.raises(Breach, match="another history"):
        twin.sequencer().step()
    assert log.tiles.checkpoint() == checkpoint
    twin.store.close()
    log.store.close()


def test_a_signer_that_forgot_its_log_is_not_given_a_new_key(log: Log) -> None:
    log.record("a")
    log.sequencer().drain()
    log.signer.kill()
    shutil.rmtree(log.signer.folder)
    log.signer.start()
    log.record("b")
    with pytest.raises(Breach, match="Restore that folder"):
        log.sequencer().step()
    assert not list(log.signer.folder.glob("*.signed.json"))
    assert len(log.leaves()) == 1


# Tiles derive from the database


def test_a_lost_log_folder_is_written_again_also_without_the_signer(log: Log) -> None:
    log.record(*("a" for _ in range(300)))
    writer = log.sequencer()
    writer.drain()
    log.look()
    before = log.tiles.checkpoint()
    log.signer.kill()
    for again in (writer, None):
        shutil.rmtree(log.tiles.root)
        if again is None:
            log.signer.start()  # a fresh sequencer first asks the signer what it remembers
        (again or log.sequencer()).step()
        assert log.tiles.checkpoint() == before
    log.judge()


@pytest.mark.parametrize(
    "lost", ["tile/0/000", "tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"]
)
def test_a_lost_tile_is_written_again_when_the_log_grows(log: Log, lost: str) -> None:
    log.record(*("a" for _ in range(300)))
    log.sequencer().drain()
    log.look()
    (log.tiles.root / lost).unlink()
    log.record(*("b" for _ in range(300)))
    log.sequencer().drain()
    writer = log.sequencer()
    assert writer.rebuild() == 600
    log.judge()


def test_a_tile_with_other_bytes_is_kept_for_people_and_what_mends_it_is_said(log: Log) -> None:
    log.record(*("a" for _ in range(300)))
    log.sequencer().drain()
    log.look()
    tile = log.tiles.root / "tile/0/001.p/44"
    raw = bytearray(tile.read_bytes())
    raw[5] ^= 1
    tile.write_bytes(raw)
    log.record("b")
    with pytest.raises(Breach, match=r"tile/0/001\.p/4\d .* move .*tile away"):
        log.sequencer().step()
    assert tile.read_bytes() == raw
    shutil.move(log.tiles.root / "tile", log.tiles.root.parent / "kept")
    log.sequencer().drain()
    log.judge()


def test_a_damaged_checkpoint_is_kept_for_people_and_what_mends_it_is_said(log: Log) -> None:
    log.record("a", "b")
    log.sequencer().drain()
    log.look()
    file = log.tiles.root / "checkpoint"
    file.write_bytes(file.read_bytes()[:40])
    log.record("c")
    with pytest.raises(Breach, match="Move the file away"):
        log.sequencer().step()
    file.unlink()
    log.sequencer().drain()
    log.judge()
