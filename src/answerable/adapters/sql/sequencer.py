"""The sequencer: recorded events become leaves, in order, and a signed head is published.

Order of things (facts that cost others their logs): leaves and an unsigned head in one durable
commit; rows read back and hashed again into tiles; the root computed a second way from those
tiles; only then the signer, who has his own memory; then the checkpoint. A head signed before
its leaves are durable could come back with other leaves after a crash.

The database is the durable point. Tiles derive from it and are written again where they are lost;
a database that is behind what was signed or published was rolled back, and must not write.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update

from answerable.adapters.signing.client import SignerDenied, SignerState
from answerable.adapters.signing.signer import Deny
from answerable.adapters.sql import core, lease
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import SqlWork
from answerable.adapters.tiles.folder import TileFolder
from answerable.events.sealing import leaf_hash_of, public_leaf
from answerable.kernel.errors import Breach, insist
from answerable.kernel.ids import Site
from answerable.ledger.checkpoint import format_checkpoint
from answerable.ledger.head import TreeHead
from answerable.ledger.merkle import Frontier, consistency_proof

log = structlog.get_logger("sequencer")

BATCH_MAX = 2_000
PAGE = 16_384  # leaves read at once where tiles are filled: 64 full tiles
LEASE = "sequencer"


class HeadSigner(Protocol):
    """The signer process as the sequencer sees it (adapters.signing.client)."""

    def open(self, origin: str) -> SignerState:
        """What it signed last for this log; keys are made if there are none. Raises Outage."""
        ...

    def state(self, origin: str) -> SignerState:
        """The same, and nothing is made: SignerDenied where it never heard of this log."""
        ...

    def sign(self, head: TreeHead, old: int, proof: Sequence[bytes]) -> tuple[str, ...]:
        """Signature lines. Raises Outage, or Breach where it refuses."""
        ...


@dataclass(frozen=True, slots=True)
class _Head:
    size: int
    root: bytes
    edge: bytes
    note: str | None


class Sequencer:
    """Sequences one site's log. One at a time: a lease row, its fence checked in each commit."""

    def __init__(
        self,
        store: Store,
        site: Site,
        signer: HeadSigner,
        tiles: TileFolder,
        *,
        holder: str,
        lease_ms: int = 5_000,
    ) -> None:
        self._store, self._site = store, site
        self._signer, self._tiles = signer, tiles
        self._holder, self._lease_ms = holder, lease_ms
        self._origin = store.read(self._read_origin)
        self._checked = False

    def step(self) -> int:
        """Sequence what waits, at most one batch. Returns how many leaves were published.

        0 also while another holds the lease. Raises Outage (signer or database away, or the lease
        has passed to another meanwhile) or Breach.
        """
        if self._checked and not self._has_work():
            return 0
        fence = self._store.run(
            lambda work: lease.take(
                work.conn, self._site, LEASE, self._holder, work.now(), self._lease_ms
            )
        )
        if fence is None:
            return 0
        try:
            return self._turn(fence)
        except Breach:
            # What a late writer meets is no fault of the log. Are we late?
            self._store.run(lambda work: self._check(work, fence))
            raise

    def _turn(self, fence: int) -> int:
        head = self._store.read(lambda work: _latest(work.conn, self._site))
        if not self._checked:
            self._refuse_if_behind(head)
            self._checked = True
        if self._unfinished(head):
            self._publish(head, fence)
        grown = self._store.run(lambda work: self._commit_leaves(work, fence))
        if grown is None:
            return 0
        self._publish(grown, fence)
        return grown.size - (0 if head is None else head.size)

    def rebuild(self) -> int:
        """Write every tile again from the database; what is there and equal stays. The size.

        Raises Breach where a file holds other bytes: it says what to move away.
        """
        head = self._store.read(lambda work: _latest(work.conn, self._site))
        return 0 if head is None else self._rebuild(head)

    def drain(self) -> int:
        """Steps until nothing waits. Returns the number of leaves published."""
        total = 0
        while published := self.step():
            total += published
        return total

    def release(self) -> None:
        """Let the lease go."""
        self._store.run(lambda work: lease.release(work.conn, self._site, LEASE, self._holder))

    def _read_origin(self, work: SqlWork) -> str:
        origin = work.conn.execute(
            select(core.site.c.origin).where(core.site.c.site == self._site)
        ).scalar_one()
        return str(origin)

    def _check(self, work: SqlWork, fence: int) -> None:
        lease.check(work.conn, self._site, LEASE, self._holder, fence)

    def _has_work(self) -> bool:
        """Does anything wait to be sequenced, signed or published?"""

        def fn(work: SqlWork) -> tuple[_Head | None, bool]:
            first = select(core.unsequenced.c.id).where(core.unsequenced.c.site == self._site)
            some = work.conn.execute(first.limit(1)).first() is not None
            return _latest(work.conn, self._site), some

        head, some = self._store.read(fn)
        return some or self._unfinished(head)

    def _unfinished(self, head: _Head | None) -> TypeGuard[_Head]:
        return head is not None and (head.note is None or head.size > self._published_size())

    def _refuse_if_behind(self, newest: _Head | None) -> None:
        """Every head ever signed or published is in the database, with that root, or it stops."""
        held = 0 if newest is None else newest.size
        signed = self._signed_last()
        for what, head in (("signed", signed), ("published", self._published())):
            if head is None or head.size == 0:
                continue
            root = self._root_at(head.size)
            if root is None:
                raise Breach(
                    f"a head of {head.size} leaves was {what}, and the database, with {held}, does "
                    "not know it: an older copy was put back. Restore the newer one. Tiles cannot "
                    "help: they hold commitments and no events"
                )
            if root != head.root or head.origin != self._origin:
                raise Breach(
                    f"the head of {head.size} leaves that was {what} is of another history than "
                    "the database's: one of them belongs to another installation"
                )

    def _signed_last(self) -> TreeHead:
        """The signer's last head. A signer that forgot what we know it signed must not go on."""
        if not self._store.read(lambda work: _ever_signed(work.conn, self._site)):
            return self._signer.open(self._origin).head
        try:
            head = self._signer.state(self._origin).head
        except SignerDenied as denied:
            if denied.why is not Deny.UNKNOWN_LOG:
                raise
            head = None
        if head is None or head.size == 0:
            raise Breach(
                "this log has signed heads, and the signer knows nothing of it: its folder was "
                "lost or is another's. Restore that folder; with new keys nobody would believe it"
            )
        return head

    def _commit_leaves(self, work: SqlWork, fence: int) -> _Head | None:
        self._check(work, fence)
        waiting = work.conn.execute(
            select(
                core.unsequenced.c.id,
                core.event.c.event_id,
                core.event.c.envelope,
                core.event.c.ek,
                core.event.c.leaf_hash,
            )
            .join(core.event, core.event.c.event_id == core.unsequenced.c.event_id)
            .where(core.unsequenced.c.site == self._site)
            .order_by(core.unsequenced.c.id)
            .limit(BATCH_MAX)
        ).all()
        if not waiting:
            return None
        head = _latest(work.conn, self._site)
        tree = Frontier() if head is None else Frontier.from_edge(head.size, head.edge)
        rows = []
        for row in waiting:
            entry = public_leaf(row.ek, row.envelope)
            insist(leaf_hash_of(entry) == row.leaf_hash, "an event's leaf is what its chain says")
            rows.append(
                {
                    "site": self._site,
                    "idx": tree.size,
                    "entry": entry,
                    "event_id": row.event_id,
                }
            )
            tree.append(entry)
        work.conn.execute(insert(core.leaf), rows)
        work.conn.execute(
            delete(core.unsequenced).where(core.unsequenced.c.id.in_([row.id for row in waiting]))
        )
        grown = _Head(size=tree.size, root=tree.root(), edge=tree.edge(), note=None)
        work.conn.execute(
            insert(core.head).values(
                site=self._site,
                size=grown.size,
                root=grown.root,
                edge=grown.edge,
                note=None,
                made=work.now(),
            )
        )
        return grown

    def _publish(self, head: _Head, fence: int) -> None:
        self._fill_tiles(head)
        note = head.note.encode("utf-8") if head.note else self._signed(head, fence)
        self._tiles.publish(note)

    def _fill_tiles(self, head: _Head) -> None:
        """The tiles of this head stand, and hash to its root; lost ones are written again."""
        try:
            start = self._published_size()
            for entries in self._leaves(start, head.size):
                start = self._tiles.extend(start, entries)
            whole = self._tiles.root_of(head.size) == head.root
        except Breach as fault:
            log.warning("tiles are rebuilt", why=str(fault))
            whole = False
        if not whole:
            self._rebuild(head)

    def _rebuild(self, head: _Head) -> int:
        size = 0
        try:
            for entries in self._leaves(0, head.size):
                size = self._tiles.extend(size, entries)
        except Breach as fault:
            raise Breach(
                f"{fault}. Tiles derive from the database: move {self._tiles.root / 'tile'} away, "
                "keep it for whoever asks why, and they are written anew"
            ) from fault
        insist(
            self._tiles.root_of(head.size) == head.root,
            "the root from the tiles is the root from the frontier",
        )
        return size

    def _leaves(self, start: int, end: int) -> Iterator[list[bytes]]:
        """Entries [start, end), a bounded page at a time; pages end where full tiles do."""
        while start < end:
            upto = min(end, start - start % PAGE + PAGE)
            entries = self._page(start, upto)
            insist(len(entries) == upto - start, "every leaf of a head can be read back")
            yield entries
            start = upto

    def _page(self, start: int, end: int) -> list[bytes]:
        return self._store.read(lambda work: _entries(work.conn, self._site, start, end))

    def _root_at(self, size: int) -> bytes | None:
        return self._store.read(lambda work: _root_at(work.conn, self._site, size))

    def _signed(self, head: _Head, fence: int) -> bytes:
        """The checkpoint of this head, signed and kept. The signer gives the same lines again."""
        old = self._signer.open(self._origin).head.size
        if old > head.size:
            raise Breach("the signer has signed a larger tree than this database holds")
        reader = self._tiles.reader(head.size)
        proof = consistency_proof(old, head.size, reader.hash_at) if 0 < old < head.size else []
        tree = TreeHead(origin=self._origin, size=head.size, root=head.root)
        note = format_checkpoint(tree, self._signer.sign(tree, old, proof))

        def keep(work: SqlWork) -> None:
            self._check(work, fence)
            work.conn.execute(
                update(core.head)
                .where(core.head.c.site == self._site, core.head.c.size == head.size)
                .values(note=note.decode("utf-8"))
            )

        self._store.run(keep)
        return note

    def _published(self) -> TreeHead | None:
        try:
            return self._tiles.published()
        except Breach as fault:
            raise Breach(f"{fault}. Move the file away: the database has it too") from fault

    def _published_size(self) -> int:
        """How far the tiles on disk surely reach: the published checkpoint's size."""
        published = self._published()
        return 0 if published is None else published.size


def waiting(work: SqlWork, site: Site) -> int:
    """How many recorded events are not yet leaves."""
    count = work.conn.execute(
        select(func.count()).select_from(core.unsequenced).where(core.unsequenced.c.site == site)
    ).scalar_one()
    return int(count)


def _latest(conn: Connection, site: Site) -> _Head | None:
    row = conn.execute(
        select(core.head).where(core.head.c.site == site).order_by(core.head.c.size.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _Head(row.size, row.root, row.edge, row.note)


def _root_at(conn: Connection, site: Site, size: int) -> bytes | None:
    found: bytes | None = conn.execute(
        select(core.head.c.root).where(core.head.c.site == site, core.head.c.size == size)
    ).scalar_one_or_none()
    return found


def _ever_signed(conn: Connection, site: Site) -> bool:
    signed = select(core.head.c.size).where(core.head.c.site == site, core.head.c.note.is_not(None))
    return conn.execute(signed.limit(1)).first() is not None


def _entries(conn: Connection, site: Site, start: int, end: int) -> list[bytes]:
    rows = conn.execute(
        select(core.leaf.c.entry)
        .where(core.leaf.c.site == site, core.leaf.c.idx >= start, core.leaf.c.idx < end)
        .order_by(core.leaf.c.idx)
    )
    return [row[0] for row in rows]
