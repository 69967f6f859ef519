"""The openings of a log: for every leaf its envelope, its key, and its groups, opened or erased."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import SqlWork
from answerable.events.sealing import commit_key
from answerable.kernel.ids import Site

PAGE = 500


def openings(store: Store, site: Site, size: int) -> Iterator[dict[str, Any]]:
    """One dictionary a leaf, in order: `index`, `ek`, `envelope` (bytes), `groups`: name to
    (commit key, body bytes); a group whose key is gone is not there. Bounded memory."""
    for start in range(0, size, PAGE):
        end = min(size, start + PAGE)
        yield from store.read(lambda work, a=start, b=end: _page(work, site, a, b))  # type: ignore[misc]


def _page(work: SqlWork, site: Site, start: int, end: int) -> list[dict[str, Any]]:
    rows = work.conn.execute(
        select(core.leaf.c.idx, core.event.c.event_id, core.event.c.envelope, core.event.c.ek)
        .join(core.event, core.event.c.event_id == core.leaf.c.event_id)
        .where(core.leaf.c.site == site, core.leaf.c.idx >= start, core.leaf.c.idx < end)
        .order_by(core.leaf.c.idx)
    ).all()
    groups = work.groups_of([row.event_id for row in rows])
    return [
        {
            "index": row.idx,
            "ek": row.ek,
            "envelope": row.envelope,
            "groups": {
                name: (commit_key(secret), body)
                for name, (secret, body) in groups[row.event_id].items()
            },
        }
        for row in rows
    ]
