"""The outbox: work that follows an event, at least once, until it is done or a person must look.

Outage: again later, with back-off, for as long as it takes. Refusal, Breach or a defect of ours:
parked, visibly, never dropped, and nothing behind it waits for it. A row is claimed under a lease
with a fence; who lost it cannot mark it done.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Select, delete, select, update

from answerable.adapters.sql import core
from answerable.adapters.sql.runner import Store
from answerable.adapters.sql.work import SqlWork
from answerable.events.event import Recorded
from answerable.kernel.errors import Breach, NotYet, Outage, Refusal, SafetyError
from answerable.kernel.ids import EventId
from answerable.kernel.time import MINUTE, SECOND, Millis

log = structlog.get_logger("outbox")

BACKOFF_FIRST = 1 * SECOND
BACKOFF_MAX = 5 * MINUTE
"""Whoever was away for days is asked again so soon after they are back."""

Service = Callable[[Recorded], None]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One piece of work, leased to us."""

    id: int
    event: EventId
    service: str
    attempts: int
    fence: int


class Outbox:
    """Claims and does the work of some services (a *lane*); several may run beside each other."""

    def __init__(
        self,
        store: Store,
        services: Mapping[str, Service],
        *,
        holder: str,
        lease_ms: int,
        claim_max: int = 32,
        urgent_only: bool = False,
    ) -> None:
        """`urgent_only`: a worker that routine work can never keep busy."""
        self._store, self._services = store, dict(services)
        self._holder, self._lease_ms, self._claim_max = holder, lease_ms, claim_max
        self._ranks = (core.URGENT,) if urgent_only else (core.URGENT, core.ROUTINE)

    def run_once(self, claimed_some: Callable[[], None] = lambda: None) -> int:
        """Claim what is due and do it. Returns how many pieces were claimed.

        `claimed_some` is called between the two, where there was something: time to wake the next.
        """
        due = self.next_due()
        if due is None or due > self._store.now():
            return 0
        until = self._store.now() + self._lease_ms
        claimed = self._store.run(self._claim)
        if claimed:
            claimed_some()
        done = []
        for piece in claimed:
            if self._store.now() >= until:
                break  # somebody else may have the rest by now
            if self._do(piece):
                done.append(piece)
        if done:
            self._store.run(lambda work: self._done(work, done))
        return len(claimed)

    def drain(self) -> int:
        """Until nothing is due now."""
        total = 0
        while done := self.run_once():
            total += done
        return total

    def next_due(self) -> Millis | None:
        """When the earliest piece of this lane is due, or None."""

        firsts = [
            self._of(service, rank)
            .with_only_columns(core.outbox.c.not_before)
            .limit(1)
            .scalar_subquery()
            for service in sorted(self._services)
            for rank in self._ranks
        ]
        found = self._store.read(lambda work: work.conn.execute(select(*firsts)).one())
        times = [first for first in found if first is not None]
        return Millis(min(times)) if times else None

    def _of(self, service: str, rank: int) -> Select[Any]:
        """What is not parked, the earliest first, in the order of the index."""
        box = core.outbox.c
        return (
            select(core.outbox)
            .where(box.service == service, box.parked.is_(False), box.rank == rank)
            .order_by(box.not_before, box.id)
        )

    def take_over(self) -> None:
        """Free the leases of our dead predecessor of the same name."""
        self._store.run(
            lambda work: work.conn.execute(
                update(core.outbox)
                .where(core.outbox.c.holder == self._holder)
                .values(leased_until=0)
            )
        )

    def _claim(self, work: SqlWork) -> Sequence[Claimed]:
        """What is urgent and due, then what is due; each the earliest first.

        Asked service by service and rank by rank: so an index finds them, however many wait.
        """
        now, box = work.now(), core.outbox.c
        due: list[Any] = []
        for service in sorted(self._services):
            for rank in self._ranks:
                query = (
                    self._of(service, rank)
                    .where(box.not_before <= now, box.leased_until <= now)
                    .limit(self._claim_max)
                )
                if work.conn.dialect.name == "postgresql":
                    query = query.with_for_update(skip_locked=True)
                due += work.conn.execute(query)
        rows = sorted(due, key=lambda row: (row.rank, row.not_before, row.id))[: self._claim_max]
        if not rows:
            return []
        work.conn.execute(
            update(core.outbox)
            .where(box.id.in_([row.id for row in rows]))
            .values(leased_until=now + self._lease_ms, fence=box.fence + 1, holder=self._holder)
        )
        return [
            Claimed(row.id, EventId(row.event_id), row.service, row.attempts, row.fence + 1)
            for row in rows
        ]

    def _do(self, claimed: Claimed) -> bool:
        """Do one piece. True if it is done and its row may go; else its row says what comes."""
        try:
            recorded = self._store.read(lambda work: work.recorded(claimed.event))
            self._services[claimed.service](recorded)
        except NotYet as later:
            self._again(claimed, Millis(later.at), count=False)
        except Outage as outage:
            log.warning("outage", service=claimed.service, attempt=claimed.attempts + 1)
            self._again(claimed, None, why=str(outage))
        except (Refusal, Breach) as fault:
            self._park(claimed, fault)
        except Exception as defect:  # noqa: BLE001 - kept, whole, where people look
            self._park(claimed, Breach(f"a defect of ours: {_where(defect)}"))
        else:
            return True
        return False

    def _done(self, work: SqlWork, done: Sequence[Claimed]) -> None:
        """The rows go in one commit. Lost by a crash before it, they are done again: idempotent."""
        box = core.outbox.c
        for claimed in done:
            work.conn.execute(
                delete(core.outbox).where(box.id == claimed.id, box.fence == claimed.fence)
            )

    def _again(
        self, claimed: Claimed, at: Millis | None, *, count: bool = True, why: str | None = None
    ) -> None:
        wait = min(BACKOFF_MAX, BACKOFF_FIRST << min(claimed.attempts, 10))

        def fn(work: SqlWork) -> None:
            box = core.outbox.c
            work.conn.execute(
                update(core.outbox)
                .where(box.id == claimed.id, box.fence == claimed.fence)
                .values(
                    not_before=work.now() + wait if at is None else at,
                    leased_until=0,
                    attempts=claimed.attempts + (1 if count else 0),
                    why=why,
                )
            )

        self._store.run(fn)

    def _park(self, claimed: Claimed, fault: SafetyError) -> None:
        log.error("parked", service=claimed.service, fault=type(fault).__name__, why=str(fault))
        box = core.outbox.c
        self._store.run(
            lambda work: work.conn.execute(
                update(core.outbox)
                .where(box.id == claimed.id, box.fence == claimed.fence)
                .values(parked=True, leased_until=0, why=f"{type(fault).__name__}: {fault}")
            )
        )


def _where(defect: Exception) -> str:
    """The kind and the line of a defect. Its message may quote an ad: that goes nowhere."""
    frames = traceback.extract_tb(defect.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(defect).__name__}{place}"


def unpark(work: SqlWork, piece: int) -> bool:
    """A person dealt with what stopped it: it is due again now. False if it is not parked."""
    box = core.outbox.c
    freed = work.conn.execute(
        update(core.outbox)
        .where(box.id == piece, box.parked.is_(True))
        .values(parked=False, attempts=0, leased_until=0, not_before=work.now(), why=None)
    )
    return freed.rowcount == 1


def parked(work: SqlWork, *, limit: int = 100) -> Sequence[Claimed]:
    """What waits for a person."""
    box = core.outbox.c
    rows = work.conn.execute(
        select(box.id, box.event_id, box.service, box.attempts, box.fence)
        .where(box.parked.is_(True))
        .order_by(box.id)
        .limit(limit)
    )
    return [Claimed(r.id, EventId(r.event_id), r.service, r.attempts, r.fence) for r in rows]
