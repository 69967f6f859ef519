"""Leases with fence tokens: who may do a thing now, and how a late writer is turned away."""

from sqlalchemy import Connection, insert, select, update

from answerable.adapters.sql.core import lease
from answerable.kernel.errors import Outage
from answerable.kernel.time import Millis


def take(
    conn: Connection, site: str, name: str, holder: str, now: Millis, length_ms: int
) -> int | None:
    """Take or renew the lease. Returns its fence, or None while somebody else holds it."""
    query = select(lease).where(lease.c.site == site, lease.c.name == name)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None:
        conn.execute(
            insert(lease).values(
                site=site, name=name, holder=holder, fence=1, until=now + length_ms
            )
        )
        return 1
    if row.holder == holder and row.until > now:
        fence: int = row.fence
        if row.until - now > length_ms // 2:
            return fence
    elif row.until <= now:
        fence = row.fence + 1
    else:
        return None
    conn.execute(
        update(lease)
        .where(lease.c.site == site, lease.c.name == name)
        .values(holder=holder, fence=fence, until=now + length_ms)
    )
    return fence


def check(conn: Connection, site: str, name: str, holder: str, fence: int) -> None:
    """Raises Outage where the lease has passed to another since. Call it beside every write."""
    query = select(lease.c.holder, lease.c.fence).where(lease.c.site == site, lease.c.name == name)
    if conn.dialect.name == "postgresql":
        query = query.with_for_update()
    row = conn.execute(query).one_or_none()
    if row is None or row.holder != holder or row.fence != fence:
        raise Outage("the lease has passed to another")


def release(conn: Connection, site: str, name: str, holder: str) -> None:
    """Let go at once, so that the next need not wait for the lease's end."""
    conn.execute(
        update(lease)
        .where(lease.c.site == site, lease.c.name == name, lease.c.holder == holder)
        .values(until=0)
    )


def release_all(conn: Connection, holder: str) -> None:
    """What a new process does with the leases of its dead predecessor of the same name."""
    conn.execute(update(lease).where(lease.c.holder == holder).values(until=0))
