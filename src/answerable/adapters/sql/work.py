"""The one transaction. Everything that is written goes through here, and leaves its event.

`record` seals, appends to the subject's chain under that chain's row lock, runs the services that
STORY lists *with* the event in this same transaction, and leaves outbox rows for *then*.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, insert, select, update

from answerable.adapters.sql import core
from answerable.adapters.sql.base import insert_once
from answerable.adapters.sql.stores import Stores
from answerable.adapters.sql.vault import Vault
from answerable.events.catalogue import rebuild
from answerable.events.event import Event, Recorded, header_of
from answerable.events.sealing import SealedEvent, seal
from answerable.kernel.errors import NotFound, insist
from answerable.kernel.ids import EventId, Ids, Site, SubjectId
from answerable.kernel.time import Millis

if TYPE_CHECKING:
    from answerable.adapters.sql.preservation import SqlPreservation

With = Callable[[Any, Recorded], None]

_IN_MAX = 500
"""Names in one IN list: SQLite's own bound is far above, PostgreSQL's planner likes few."""

_IN_ORDER = (core.event, core.dek, core.body, core.unsequenced, core.outbox)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Who hears one event type: `with_` in the same transaction, `then` by outbox (names)."""

    with_: tuple[With, ...] = ()
    then: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a transaction needs besides its connection; made once per process."""

    ids: Ids
    vault: Vault
    story: Mapping[str, Heard] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What opens a public leaf: the exact envelope and its key."""

    envelope: bytes
    ek: bytes


@dataclass(slots=True)
class _Chain:
    """Where a subject's chain stands in this transaction; its row is locked, or not there yet."""

    next_sseq: int
    last: bytes | None
    new: bool


class SqlWork(Stores):
    """One open transaction on one connection; implements events.work.UnitOfWork.

    What is recorded is kept until somebody looks, or until the commit, and then written many rows
    a statement: `flush`. Whoever goes through `work.conn` or reads events sees everything.
    """

    def __init__(self, conn: Connection, now: Millis, around: Surroundings) -> None:
        super().__init__(conn)
        self._now = now
        self._around = around
        self._rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in _IN_ORDER}
        self._chains: dict[tuple[str, str], _Chain] = {}
        self._grown: set[tuple[str, str]] = set()
        self.news = False  # has this transaction recorded anything?

    @property
    def conn(self) -> Connection:
        """The connection, with everything recorded so far written to it."""
        self.flush()
        return self._conn

    @property
    def preservation(self) -> "SqlPreservation":
        """Its store erases rows of events: they must all be written."""
        self.flush()
        return super().preservation

    def now(self) -> Millis:
        return self._now

    def record(self, *events: Event, urgent: bool = False) -> tuple[Recorded, ...]:
        return tuple(self._record(event, urgent) for event in events)

    def flush(self) -> None:
        """Write what was recorded since the last time."""
        if not self._grown:
            return
        for table, rows in self._rows.items():
            if rows:
                self._conn.execute(insert(table), rows)
                rows.clear()
        for key in sorted(self._grown):
            self._write_chain(key, self._chains[key])
        self._grown.clear()

    def _write_chain(self, key: tuple[str, str], chain: _Chain) -> None:
        values = {"next_sseq": chain.next_sseq, "last_leaf_hash": chain.last}
        if chain.new:
            # A second transaction that begins the same chain collides here and runs again.
            where = {"site": key[0], "subject": key[1]}
            self._conn.execute(insert(core.chain).values(**where, **values))
            chain.new = False
        else:
            self._conn.execute(
                update(core.chain)
                .where(core.chain.c.site == key[0], core.chain.c.subject == key[1])
                .values(**values)
            )

    def _record(self, event: Event, urgent: bool) -> Recorded:
        chain = self._chain(event.site, event.subject)
        header = header_of(
            event,
            sseq=chain.next_sseq,
            prev=None if chain.last is None else chain.last.hex(),
            recorded=self._now,
        )
        groups = event.grouped_values()
        ids = self._around.ids
        sealed = seal(
            header, groups, ek=ids.secret(), secrets={name: ids.secret() for name in groups}
        )
        recorded = Recorded(
            id=EventId(ids.new()),
            event=event,
            sseq=chain.next_sseq,
            leaf_hash=sealed.leaf_hash,
            recorded=self._now,
        )
        self._keep(recorded, sealed)
        chain.next_sseq, chain.last = chain.next_sseq + 1, sealed.leaf_hash
        self._grown.add((event.site, event.subject))
        self.news = True
        self._tell(recorded, urgent)
        return recorded

    def _keep(self, recorded: Recorded, sealed: SealedEvent) -> None:
        event, vault = recorded.event, self._around.vault
        key = {"site": event.site, "event_id": recorded.id}
        self._rows[core.event].append(
            {
                **key,
                "subject": event.subject,
                "sseq": recorded.sseq,
                "type": event.TYPE,
                "envelope": sealed.envelope,
                "ek": sealed.ek,
                "leaf_hash": sealed.leaf_hash,
                "recorded": self._now,
            }
        )
        for group in sealed.groups:
            label = label_of(event.site, recorded.id, group.name)
            nonce, wrapped = vault.wrap(group.secret, label)
            row = {**key, "name": group.name}
            self._rows[core.dek].append({**row, "nonce": nonce, "wrapped": wrapped})
            nonce, body = vault.seal_body(group.secret, group.body, label)
            self._rows[core.body].append({**row, "nonce": nonce, "sealed": body})
        self._rows[core.unsequenced].append(key)

    def _chain(self, site: Site, subject: SubjectId) -> _Chain:
        """Where the chain stands, under its row's lock, taken once a transaction."""
        known = self._chains.get((site, subject))
        if known is not None:
            return known
        locked = select(core.chain.c.next_sseq, core.chain.c.last_leaf_hash).where(
            core.chain.c.site == site, core.chain.c.subject == subject
        )
        if self._conn.dialect.name == "postgresql":
            locked = locked.with_for_update()
        row = self._conn.execute(locked).one_or_none()
        chain = _Chain(0, None, new=True) if row is None else _Chain(row[0], row[1], new=False)
        insist((chain.next_sseq == 0) == (chain.last is None), "a chain that began has a last leaf")
        self._chains[(site, subject)] = chain
        return chain

    def _tell(self, recorded: Recorded, urgent: bool) -> None:
        heard = self._around.story.get(recorded.event.TYPE)
        if heard is None:
            return
        self._rows[core.outbox] += [
            {
                "site": recorded.event.site,
                "event_id": recorded.id,
                "service": service,
                "rank": core.URGENT if urgent else core.ROUTINE,
                "not_before": self._now,
                "attempts": 0,
                "leased_until": 0,
                "fence": 0,
                "parked": False,
            }
            for service in heard.then
        ]
        for service in heard.with_:
            service(self, recorded)

    def recorded(self, event: EventId) -> Recorded:
        row = self.conn.execute(
            select(core.event).where(core.event.c.event_id == event)
        ).one_or_none()
        if row is None:
            raise NotFound("no such event", event=event)
        return self._open_rows([row])[0]

    def chain_of(self, site: Site, subject: SubjectId) -> tuple[Recorded, ...]:
        rows = self.conn.execute(
            select(core.event)
            .where(core.event.c.site == site, core.event.c.subject == subject)
            .order_by(core.event.c.sseq)
        ).all()
        return tuple(self._open_rows(rows))

    def _open_rows(self, rows: Sequence[Any]) -> list[Recorded]:
        groups = self.groups_of([row.event_id for row in rows])
        return [
            Recorded(
                id=EventId(row.event_id),
                event=rebuild(
                    json.loads(row.envelope),
                    {name: json.loads(body) for name, (_, body) in groups[row.event_id].items()},
                ),
                sseq=row.sseq,
                leaf_hash=row.leaf_hash,
                recorded=Millis(row.recorded),
            )
            for row in rows
        ]

    def open_leaf(self, event: EventId) -> Leaf:
        """The exact envelope bytes and the key of an event. Raises NotFound."""
        row = self.conn.execute(
            select(core.event.c.envelope, core.event.c.ek).where(core.event.c.event_id == event)
        ).one_or_none()
        if row is None:
            raise NotFound("no such event", event=event)
        return Leaf(envelope=row.envelope, ek=row.ek)

    def open_groups(self, site: str, event_id: str) -> dict[str, tuple[bytes, bytes]]:
        """Each stored group's (secret, exact body bytes). Erased groups are simply not there."""
        return self.groups_of([event_id])[event_id]

    def groups_of(self, events: Sequence[str]) -> dict[str, dict[str, tuple[bytes, bytes]]]:
        """The same for many events, in few statements: a chain is opened as a whole."""
        found: dict[str, dict[str, tuple[bytes, bytes]]] = {event: {} for event in events}
        names, vault = list(found), self._around.vault
        for start in range(0, len(names), _IN_MAX):
            joined = (
                select(core.dek, core.body.c.nonce.label("body_nonce"), core.body.c.sealed)
                .join(
                    core.body,
                    (core.body.c.event_id == core.dek.c.event_id)
                    & (core.body.c.name == core.dek.c.name),
                )
                .where(core.dek.c.event_id.in_(names[start : start + _IN_MAX]))
            )
            for row in self.conn.execute(joined):
                label = label_of(row.site, row.event_id, row.name)
                secret = vault.unwrap(row.nonce, row.wrapped, label)
                body = vault.open_body(secret, row.body_nonce, row.sealed, label)
                found[row.event_id][row.name] = (secret, body)
        return found

    def once(self, event: EventId, service: str) -> bool:
        return insert_once(self.conn, core.handled, {"event_id": event, "service": service})


def label_of(site: str, event_id: str, name: str) -> bytes:
    """What a wrapped key and a sealed body are bound to, so that rows cannot be swapped."""
    return f"{site}\x00{event_id}\x00{name}".encode()
