"""The sequencer: recorded events become leaves, in order, and a signed head is published.

Order of things (facts that cost others their logs): leaves and an unsigned head in one durable
commit; rows read back and hashed again into tiles; the root computed a second way from those
tiles; only then the signer, who has his own memory; then the checkpoint. A head signed before
its leaves are durable could come back with other leaves after a crash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, delete, func, insert, select, update

from answerable.adapters.signing.client import SignerState
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

BATCH_MAX = 2_000
LEASE = "sequencer"


class HeadSigner(Protocol):
    """The signer process as the sequencer sees it (adapters.signing.client)."""

    def open(self, origin: str) -> SignerState:
        """What it signed last for this log; keys are made if there are none. Raises Outage."""
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

        0 also while another holds the lease. Raises Outage (signer or database away) or Breach.
        """
        if self._checked and not self._store.read(self._has_work):
            return 0
        fence = self._store.run(
            lambda work: lease.take(
                work.conn, self._site, LEASE, self._holder, work.now(), self._lease_ms
            )
        )
        if fence is None:
            return 0
        if not self._checked:
            self._refuse_if_behind()
            self._checked = True
        head = self._store.read(lambda work: _latest(work.conn, self._site))
        if head is not None and (head.note is None or head.size > self._published_size()):
            self._publish(head, fence)
        grown = self._store.run(lambda work: self._commit_leaves(work, fence))
        if grown is None:
            return 0
        self._publish(grown, fence)
        return grown.size - (0 if head is None else head.size)

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

    def _has_work(self, work: SqlWork) -> bool:
        """Does anything wait to be sequenced, signed or published?"""
        head = _latest(work.conn, self._site)
        unfinished = head is not None and (head.note is None or head.size > self._published_size())
        return unfinished or waiting(work, self._site) > 0

    def _refuse_if_behind(self) -> None:
        """A database behind any signed or published head must not write: it was rolled back."""
        head = self._store.read(lambda work: _latest(work.conn, self._site))
        size = 0 if head is None else head.size
        signed = self._signer.open(self._origin).head.size
        published = self._published_size()
        if max(signed, published) > size:
            raise Breach(
                f"the database holds {size} leaves, but {signed} are signed and {published} are "
                "published: restore the newer database, or roll forward from the tiles"
            )

    def _commit_leaves(self, work: SqlWork, fence: int) -> _Head | None:
        lease.check(work.conn, self._site, LEASE, self._holder, fence)
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
        start = self._published_size()
        if start < head.size:
            entries = self._store.read(
                lambda work: _entries(work.conn, self._site, start, head.size)
            )
            insist(len(entries) == head.size - start, "every leaf of a head can be read back")
            self._tiles.extend(start, entries)
        insist(
            self._tiles.root_of(head.size) == head.root,
            "the root from the tiles is the root from the frontier",
        )
        old = self._signer.open(self._origin).head.size
        if old > head.size:
            raise Breach("the signer has signed a larger tree than this database holds")
        reader = self._tiles.reader(head.size)
        proof = consistency_proof(old, head.size, reader.hash_at) if 0 < old < head.size else []
        tree = TreeHead(origin=self._origin, size=head.size, root=head.root)
        note = format_checkpoint(tree, self._signer.sign(tree, old, proof))

        def keep(work: SqlWork) -> None:
            lease.check(work.conn, self._site, LEASE, self._holder, fence)
            work.conn.execute(
                update(core.head)
                .where(core.head.c.site == self._site, core.head.c.size == head.size)
                .values(note=note.decode("utf-8"))
            )

        self._store.run(keep)
        self._tiles.publish(note)

    def _published_size(self) -> int:
        """How far the tiles on disk surely reach: the published checkpoint's size."""
        published = self._tiles.published()
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


def _entries(conn: Connection, site: Site, start: int, end: int) -> list[bytes]:
    rows = conn.execute(
        select(core.leaf.c.entry)
        .where(core.leaf.c.site == site, core.leaf.c.idx >= start, core.leaf.c.idx < end)
        .order_by(core.leaf.c.idx)
    )
    return [row[0] for row in rows]
