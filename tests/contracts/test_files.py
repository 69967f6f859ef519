"""Files by their digest, on both databases: durable first, swept only where nobody names them."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.databases import SITE, HandTime

from answerable.adapters.clock import SystemIds
from answerable.adapters.objects.files import UNREFERENCED_LIFE, EvidenceFiles
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.ads.model import Submission
from answerable.ads.service import ReceiveAd
from answerable.events.evidence import Purpose, Reading
from answerable.kernel.errors import Breach, NotFound, Refusal
from answerable.kernel.ids import ActorId, Site
from answerable.kernel.limits import FILE_BYTES_MAX

WHY = Reading(purpose=Purpose.AUDIT, by=ActorId("system:test"), about="a test")
SHAPE = b"a drawn shape \x00\xff" * 50


class Shelf:
    """Files of one home, its time in the test's hand."""

    def __init__(self, store: Store, folder: Path, time: HandTime) -> None:
        self.store, self.folder, self.time = store, folder / "objects", time
        self.files = EvidenceFiles.in_folder(store, self.folder, Vault(b"\x07" * 32), SystemIds())

    def objects(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def sweep(self) -> int:
        return self.files.sweep(self.time.now())

    def name(self, sha256: str, external_id: str = "ad-1") -> None:
        """An ad comes that names this file."""
        attachments = ({"sha256": sha256, "media_type": "image/png"},)
        given = Submission(external_id=external_id, text={"body": "x"}, attachments=attachments)
        ReceiveAd(self.store, SystemIds()).receive(SITE, given)


@pytest.fixture
def shelf(make_store: Callable[..., Store], tmp_path: Path) -> Shelf:
    time = HandTime()
    return Shelf(make_store(None, time), tmp_path, time)


def test_a_file_comes_back_as_it_was_and_lies_there_encrypted(shelf: Shelf) -> None:
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    assert shelf.files.read(SITE, stored.sha256, WHY) == SHAPE
    (there,) = shelf.objects()
    assert b"drawn" not in there.read_bytes()
    assert stored.sha256 not in there.name
    assert oct(shelf.folder.stat().st_mode)[-3:] == "700"
    assert shelf.files.put(SITE, b"", "x").size == 0
    with pytest.raises(NotFound):
        shelf.files.read(SITE, "0" * 64, WHY)
    with pytest.raises(NotFound):
        shelf.files.read(Site("second"), stored.sha256, WHY)
    with pytest.raises(Refusal, match="too large"):
        shelf.files.put(SITE, b"x" * (FILE_BYTES_MAX + 1), "x")


def test_the_same_bytes_at_once_are_one_file_and_one_object(shelf: Shelf) -> None:
    ready = threading.Barrier(4)
    found: list[str] = []

    def put() -> None:
        ready.wait()
        found.append(shelf.files.put(SITE, SHAPE, "image/png").sha256)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 4
    assert len(shelf.objects()) == 1
    assert shelf.files.read(SITE, found[0], WHY) == SHAPE


def test_an_altered_object_is_a_breach(shelf: Shelf) -> None:
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    (there,) = shelf.objects()
    raw = bytearray(there.read_bytes())
    raw[20] ^= 1
    there.write_bytes(raw)
    with pytest.raises(Breach, match="altered"):
        shelf.files.read(SITE, stored.sha256, WHY)


def test_only_what_nobody_named_for_a_day_is_swept(shelf: Shelf) -> None:
    named, unnamed = (shelf.files.put(SITE, SHAPE + n, "image/png") for n in (b"1", b"2"))
    shelf.name(named.sha256)
    shelf.time.pass_(UNREFERENCED_LIFE)
    assert shelf.sweep() == 0
    shelf.time.pass_(1)
    assert shelf.sweep() == 1
    assert shelf.files.find(SITE, unnamed.sha256) is None
    assert shelf.files.read(SITE, named.sha256, WHY) == SHAPE + b"1"
    assert len(shelf.objects()) == 1


def test_a_file_sent_again_has_its_day_again(shelf: Shelf) -> None:
    """Named for a lost picture: sent anew, found there, and swept before its ad came."""
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    shelf.time.pass_(UNREFERENCED_LIFE + 1)
    assert shelf.files.put(SITE, SHAPE, "image/png").sha256 == stored.sha256
    assert shelf.sweep() == 0
    shelf.name(stored.sha256)
    shelf.time.pass_(UNREFERENCED_LIFE * 2)
    assert shelf.sweep() == 0
    assert shelf.files.read(SITE, stored.sha256, WHY) == SHAPE


def test_a_sweep_that_meets_an_ad_being_received_takes_nothing_of_it(
    make_store: Callable[..., Store], tmp_path: Path
) -> None:
    """Two transactions at once: one names the file, the other was about to remove it."""
    time = HandTime()
    shelf = Shelf(make_store(None, time), tmp_path, time)
    other = Shelf(make_store(None, time), tmp_path, time)
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    time.pass_(UNREFERENCED_LIFE + 1)
    swept: list[int] = []
    named, sweeping = (
        threading.Event(),
        threading.Thread(target=lambda: swept.append(other.sweep())),
    )

    def receive(work: Any) -> None:
        work.ads.refer(SITE, "ad-1", [stored.sha256])
        sweeping.start()
        named.set()
        sweeping.join(0.5)  # it waits for our lock (or, on SQLite, for our turn to end)

    shelf.store.run(receive)
    sweeping.join(20)
    assert named.is_set()
    assert swept == [0]
    assert shelf.files.read(SITE, stored.sha256, WHY) == SHAPE
