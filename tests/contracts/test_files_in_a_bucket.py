"""Files in a bucket that speaks S3, against a local server: the same promises as on disk."""

import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from tests.databases import SITE, HandTime

from answerable.adapters.clock import SystemIds
from answerable.adapters.objects.files import UNREFERENCED_LIFE, Bucket, EvidenceFiles
from answerable.adapters.sql import core, reads
from answerable.adapters.sql.ads import stored_file
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.vault import Vault
from answerable.events.evidence import EvidenceRead, Purpose, Reading
from answerable.kernel.errors import Breach, NotFound, Outage, Refusal
from answerable.kernel.ids import ActorId, EventId
from answerable.kernel.sealed import Sealed

SHAPE = b"a drawn shape \x00\xff" * 50
WHY = Reading(purpose=Purpose.REVIEW, by=ActorId("staff:ana"), about="case-1")
NAME = "evidence-of-a-test"


def bucket(endpoint: str, **more: Any) -> Bucket:
    told = {"name": NAME, "key_id": "test", "secret": "test"} | more
    secrets = {k: Sealed(told.pop(k), label=k) for k in ("key_id", "secret")}
    return Bucket(endpoint=endpoint, **told, **secrets)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a local S3 server with an empty bucket."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    made = urllib.request.Request(f"{endpoint}/{NAME}", method="PUT")
    made.add_header(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=0",
    )
    with urllib.request.urlopen(made) as answer:
        assert answer.status == 200
    yield endpoint
    server.shutdown()
    thread.join()


class Shelf:
    def __init__(self, store: Store, endpoint: str, time: HandTime) -> None:
        self.store, self.time = store, time
        self.where = bucket(endpoint)
        self.files = EvidenceFiles.in_bucket(store, self.where, Vault(b"\x07" * 32), SystemIds())

    def objects(self) -> dict[str, bytes]:
        """What the bucket's owner sees."""
        there = self.where.open()
        found: dict[str, bytes] = {}
        for page in there.list():
            for each in page:
                found[each["path"]] = bytes(there.get(each["path"]).bytes())
        return found

    def reads(self) -> list[EvidenceRead]:
        def fn(work: Any) -> list[Any]:
            names = work.conn.execute(
                select(core.event.c.event_id).where(core.event.c.type == EvidenceRead.TYPE)
            ).scalars()
            return [work.recorded(EventId(name)).event for name in list(names)]

        return self.store.read(fn)


@pytest.fixture
def shelf(make_store: Callable[..., Store], s3: str) -> Iterator[Shelf]:
    time = HandTime()
    made = Shelf(make_store(time=time), s3, time)
    yield made
    made.files.discard(list(made.objects()))


def test_a_file_comes_back_as_it_was_and_the_bucket_sees_random_bytes(shelf: Shelf) -> None:
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    assert shelf.files.read(SITE, stored.sha256, WHY) == SHAPE
    ((name, raw),) = shelf.objects().items()
    assert SHAPE[:16] not in raw
    assert stored.sha256 not in name
    assert shelf.files.put(SITE, SHAPE, "image/png") == stored, "the same bytes change nothing"
    assert len(shelf.objects()) == 1


def test_what_nobody_names_is_swept_from_the_bucket(shelf: Shelf) -> None:
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    shelf.time.pass_(UNREFERENCED_LIFE + 1)
    assert shelf.files.sweep(shelf.time.now()) == 1
    assert shelf.objects() == {}
    with pytest.raises(NotFound):
        shelf.files.read(SITE, stored.sha256, WHY)


def test_an_object_that_was_altered_opens_as_nothing(shelf: Shelf) -> None:
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    ((name, raw),) = shelf.objects().items()
    shelf.where.open().put(name, raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(Breach):
        shelf.files.read(SITE, stored.sha256, WHY)


def test_a_bucket_that_does_not_answer_is_an_outage_and_keeps_no_row(store: Store) -> None:
    with socket.socket() as taken:  # bound and never listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        where = bucket(f"http://127.0.0.1:{taken.getsockname()[1]}", retries=0)
        files = EvidenceFiles.in_bucket(store, where, Vault(b"\x07" * 32), SystemIds())
        with pytest.raises(Outage):
            files.put(SITE, SHAPE, "image/png")
    assert store.read(lambda work: work.conn.execute(select(stored_file)).all()) == []


def test_an_address_elsewhere_is_https(store: Store) -> None:
    with pytest.raises(Refusal, match="https"):
        bucket("http://objects.example.com").open()


def test_every_read_is_on_record_before_the_bytes_and_names_no_picture(shelf: Shelf) -> None:
    stored = shelf.files.put(SITE, SHAPE, "image/png")
    assert shelf.reads() == []
    for purpose in Purpose:
        why = Reading(purpose=purpose, by=ActorId("staff:ana"), about="case-1")
        shelf.files.read(SITE, stored.sha256, why)
    told = shelf.reads()
    assert sorted(e.purpose for e in told) == sorted(purpose.value for purpose in Purpose)
    assert {(e.actor, e.about, e.size) for e in told} == {("staff:ana", "case-1", len(SHAPE))}
    assert stored.sha256 not in repr(told)
    assert len({e.file for e in told}) == 1, "one file, one name, one chain"
    shelf.files.discard(list(shelf.objects()))
    with pytest.raises(Breach, match="gone"):
        shelf.files.read(SITE, stored.sha256, WHY)
    assert len(shelf.reads()) == len(told) + 1, "it was asked for, and that stays"
    counted = shelf.store.read(lambda work: reads.counted(work.conn, SITE))
    assert sum(counted.values()) == len(told) + 1
