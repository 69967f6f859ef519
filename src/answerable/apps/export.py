"""Export: everything recorded becomes leaves under a signed head, then an evidence bundle.

Works while `up` runs (its sequencer does the work and we wait for it) and while it is stopped
(we take the lease, start the signer ourselves, and do it).
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import func, select

from answerable.adapters.bundle.writer import BundleWritten, log_files_of, write_bundle
from answerable.adapters.signing.client import SignerState
from answerable.adapters.sql import core, lease
from answerable.adapters.sql.ads import promise
from answerable.adapters.sql.openings import openings
from answerable.adapters.sql.sequencer import waiting
from answerable.adapters.sql.work import SqlWork
from answerable.apps.home import Home
from answerable.apps.wiring import House
from answerable.kernel.errors import Outage
from answerable.kernel.time import iso
from answerable.ledger.checkpoint import read_head
from answerable.ledger.faults import MissingTile
from answerable.ledger.head import TreeHead

WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.05


def export_bundle(house: House, folder: Path, say: Callable[[str], None]) -> BundleWritten:
    """Write the bundle. Raises Conflict where something stands, Outage or Breach as they come."""
    sequence_all(house, say)
    checkpoint = house.tiles.checkpoint()
    if checkpoint is None:
        raise Outage("nothing is published yet")
    size = read_head(checkpoint).size
    return write_bundle(
        folder,
        log_files=log_files_of(checkpoint, lambda path: _tile(house, path)),
        openings=openings(house.store, house.site, size),
        receipts=_receipts(house, size),
        site={
            "exported": iso(house.store.read(lambda work: work.now())),
            "name": house.facts.site,
            "origin": house.facts.origin,
            "site": house.facts.site,
            "synthetic": house.facts.synthetic,
        },
        sign=house.keys.bundle.sign,
    )


def _tile(house: House, path: str) -> bytes:
    """A tile's bytes; lost ones are written again from the database, which they derive from."""
    try:
        return house.tiles.serve(path)
    except MissingTile:
        house.sequencer("export").rebuild()
        return house.tiles.serve(path)


def sequence_all(house: House, say: Callable[[str], None]) -> None:
    """Until every recorded event is a published leaf."""
    if running(house.home):
        say("waiting for the running sequencer")
        _wait_until_sequenced(house)
        return
    with signer_of(house.home):
        house.store.run(lambda work: lease.release_all(work.conn, "app"))
        sequencer = house.sequencer("app")
        sequencer.drain()
        sequencer.release()
        if still_waiting(house):
            raise Outage("another process is sequencing this site; ask again when it is done")
        write_policy(house)


def running(home: Home) -> bool:
    """Does an `up` hold this home?"""
    try:
        handle = os.open(home.root / "up.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _wait_until_sequenced(house: House) -> None:
    """What was recorded before now must be published; later events may come meanwhile."""

    def last(work: SqlWork) -> int | None:
        found: int | None = work.conn.execute(
            select(func.max(core.unsequenced.c.id)).where(core.unsequenced.c.site == house.site)
        ).scalar_one()
        return found

    def left(work: SqlWork) -> int:
        return int(
            work.conn.execute(
                select(func.count())
                .select_from(core.unsequenced)
                .where(core.unsequenced.c.site == house.site, core.unsequenced.c.id <= mark)
            ).scalar_one()
        )

    mark = house.store.read(last)
    deadline = monotonic() + WAIT_SECONDS
    while mark is not None and house.store.read(left):
        if monotonic() > deadline:
            raise Outage("the running sequencer does not get on; see /healthz")
        sleep(LOOK_SECONDS)
    while not _published(house):
        if monotonic() > deadline:
            raise Outage("the signer does not get on; see /healthz")
        sleep(LOOK_SECONDS)


def _published(house: House) -> bool:
    """Is the newest head in the database also the one on disk?"""
    size = house.store.read(
        lambda work: work.conn.execute(
            select(func.max(core.head.c.size)).where(core.head.c.site == house.site)
        ).scalar_one()
    )
    checkpoint = house.tiles.checkpoint()
    return checkpoint is not None and read_head(checkpoint).size >= (size or 0)


@contextmanager
def signer_of(home: Home) -> Iterator[None]:
    """A signer process of our own while the block runs."""
    command = [sys.executable, "-m", "answerable.adapters.signing.signer_process", str(home.signer)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--exit-when-orphaned"], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        told = process.stdout.readline() if process.stdout else b""
        if told.strip() != b"signer ready":
            raise Outage("the signer does not start")
        yield
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


def write_policy(house: House) -> None:
    """What the operator hands to an auditor: the log's keys, and ours. Needs the signer."""
    state = signer_state(house)
    text = house.keys.policy(state.keys).text()
    raw = text if isinstance(text, bytes) else text.encode("utf-8")
    if not house.home.policy.exists() or house.home.policy.read_bytes() != raw:
        temporary = house.home.policy.with_name(".policy.new")
        temporary.write_bytes(raw)
        temporary.replace(house.home.policy)


def signer_state(house: House) -> SignerState:
    """What the signer says of our log. Keys are made for a new log only, never for a published
    one: a signer that lost its folder would go on under keys that nobody believes."""
    new = house.tiles.checkpoint() is None
    return (house.signer.open if new else house.signer.state)(house.facts.origin)


def _receipts(house: House, size: int) -> Iterator[str]:
    """Every promise that was given, signed again: same fields, same bytes."""
    promises = house.keys.promises()
    after = b""
    while True:
        page = house.store.read(lambda work, after=after: _page(work, house, after, size))  # type: ignore[misc]
        for row in page:
            head = TreeHead(origin=house.facts.origin, size=row.after_size, root=row.after_root)
            yield promises.promise(row.leaf_hash, row.received, row.due, head)
        if not page:
            return
        after = page[-1].leaf_hash


def _page(work: SqlWork, house: House, after: bytes, size: int) -> list[Any]:
    rows = work.conn.execute(
        select(
            promise.c.leaf_hash,
            promise.c.received,
            promise.c.due,
            promise.c.after_size,
            promise.c.after_root,
        )
        .join(core.leaf, core.leaf.c.event_id == promise.c.event_id)
        .where(
            promise.c.site == house.site,
            promise.c.leaf_hash > after,
            core.leaf.c.idx < size,  # later leaves are not in this bundle
        )
        .order_by(promise.c.leaf_hash)
        .limit(500)
    )
    return list(rows)


def still_waiting(house: House) -> int:
    """How many recorded events are not leaves yet."""
    return house.store.read(lambda work: waiting(work, house.site))
