"""From a leaf hash to its .tlog-proof under the published head."""

from sqlalchemy import select

from answerable.adapters.sql import core
from answerable.adapters.sql.work import SqlWork
from answerable.apps.wiring import House
from answerable.ledger.checkpoint import read_head
from answerable.ledger.merkle import inclusion_proof
from answerable.ledger.proof import TlogProof


def proof_of(house: House, leaf_hash: bytes) -> bytes | None:
    """The proof's bytes, or None while no published head holds the leaf."""

    def find(work: SqlWork) -> int | None:
        found: int | None = work.conn.execute(
            select(core.leaf.c.idx)
            .join(core.event, core.event.c.event_id == core.leaf.c.event_id)
            .where(core.leaf.c.site == house.site, core.event.c.leaf_hash == leaf_hash)
        ).scalar_one_or_none()
        return found

    index = house.store.read(find)
    checkpoint = house.tiles.checkpoint()
    if index is None or checkpoint is None:
        return None
    size = read_head(checkpoint).size
    if index >= size:
        return None
    path = inclusion_proof(index, size, house.tiles.reader(size).hash_at)
    return TlogProof(index=index, path=tuple(path), checkpoint=checkpoint).raw
