"""The one transaction. Everything that is written goes through here, and leaves its event.

`record` seals, appends to the subject's chain under that chain's row lock, runs the services that
STORY lists *with* the event in this same transaction, and leaves outbox rows for *then*.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select, update

from answerable.adapters.sql import core
from answerable.adapters.sql.base import insert_once
from answerable.adapters.sql.stores import Stores
from answerable.adapters.sql.vault import Vault
from answerable.events.catalogue import rebuild
from answerable.events.event import Event, Recorded, header_of
from answerable.events.sealing import seal
from answerable.kernel.errors import NotFound, insist
from answerable.kernel.ids import EventId, Ids, Site, SubjectId
from answerable.kernel.time import Millis

With = Callable[[Any, Recorded], None]


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


class SqlWork(Stores):
    """One open transaction on one connection; implements events.work.UnitOfWork."""

    def __init__(self, conn: Connection, now: Millis, around: Surroundings) -> None:
        super().__init__(conn)
        self._now = now
        self._around = around
        self.news = False  # has this transaction recorded anything?

    def now(self) -> Millis:
        return self._now

    def record(self, *events: Event) -> tuple[Recorded, ...]:
        return tuple(self._record(event) for event in events)

    def _record(self, event: Event) -> Recorded:
        sseq, prev = self._next_in_chain(event.site, event.subject)
        header = header_of(
            event, sseq=sseq, prev=None if prev is None else prev.hex(), recorded=self._now
        )
        groups = event.grouped_values()
        ids = self._around.ids
        sealed = seal(
            header, groups, ek=ids.secret(), secrets={name: ids.secret() for name in groups}
        )
        event_id = EventId(ids.new())
        self.conn.execute(
            insert(core.event).values(
                site=event.site,
                event_id=event_id,
                subject=event.subject,
                sseq=sseq,
                type=event.TYPE,
                envelope=sealed.envelope,
                ek=sealed.ek,
                leaf_hash=sealed.leaf_hash,
                recorded=self._now,
            )
        )
        bodies, deks = [], []
        for group in sealed.groups:
            label = label_of(event.site, event_id, group.name)
            nonce, wrapped = self._around.vault.wrap(group.secret, label)
            body_nonce, body = self._around.vault.seal_body(group.secret, group.body, label)
            row = {"site": event.site, "event_id": event_id, "name": group.name}
            deks.append({**row, "nonce": nonce, "wrapped": wrapped})
            bodies.append({**row, "nonce": body_nonce, "sealed": body})
        if bodies:
            self.conn.execute(insert(core.dek), deks)
            self.conn.execute(insert(core.body), bodies)
        self.conn.execute(
            update(core.chain)
            .where(core.chain.c.site == event.site, core.chain.c.subject == event.subject)
            .values(next_sseq=sseq + 1, last_leaf_hash=sealed.leaf_hash)
        )
        self.conn.execute(insert(core.unsequenced).values(site=event.site, event_id=event_id))
        recorded = Recorded(
            id=event_id, event=event, sseq=sseq, leaf_hash=sealed.leaf_hash, recorded=self._now
        )
        self.news = True
        self._tell(recorded)
        return recorded

    def _next_in_chain(self, site: Site, subject: SubjectId) -> tuple[int, bytes | None]:
        """The next sequence number and the last leaf hash, under the chain's row lock."""
        locked = select(core.chain.c.next_sseq, core.chain.c.last_leaf_hash).where(
            core.chain.c.site == site, core.chain.c.subject == subject
        )
        if self.conn.dialect.name == "postgresql":
            locked = locked.with_for_update()
        row = self.conn.execute(locked).one_or_none()
        if row is None:
            insert_once(self.conn, core.chain, {"site": site, "subject": subject, "next_sseq": 0})
            row = self.conn.execute(locked).one()
        insist((row[0] == 0) == (row[1] is None), "a chain has a last leaf once it has begun")
        return row[0], row[1]

    def _tell(self, recorded: Recorded) -> None:
        heard = self._around.story.get(recorded.event.TYPE)
        if heard is None:
            return
        if heard.then:
            self.conn.execute(
                insert(core.outbox),
                [
                    {
                        "site": recorded.event.site,
                        "event_id": recorded.id,
                        "service": service,
                        "not_before": self._now,
                        "attempts": 0,
                        "leased_until": 0,
                        "fence": 0,
                        "parked": False,
                    }
                    for service in heard.then
                ],
            )
        for service in heard.with_:
            service(self, recorded)

    def recorded(self, event: EventId) -> Recorded:
        row = self.conn.execute(
            select(core.event).where(core.event.c.event_id == event)
        ).one_or_none()
        if row is None:
            raise NotFound("no such event", event=event)
        return self._open_row(row)

    def chain_of(self, site: Site, subject: SubjectId) -> tuple[Recorded, ...]:
        rows = self.conn.execute(
            select(core.event)
            .where(core.event.c.site == site, core.event.c.subject == subject)
            .order_by(core.event.c.sseq)
        ).all()
        return tuple(self._open_row(row) for row in rows)

    def _open_row(self, row: Any) -> Recorded:
        envelope = json.loads(row.envelope)
        bodies = {
            name: None if raw is None else json.loads(raw)
            for name, (_secret, raw) in self.open_groups(row.site, row.event_id).items()
        }
        return Recorded(
            id=EventId(row.event_id),
            event=rebuild(envelope, bodies),
            sseq=row.sseq,
            leaf_hash=row.leaf_hash,
            recorded=Millis(row.recorded),
        )

    def open_leaf(self, event: EventId) -> Leaf:
        """The exact envelope bytes and the key of an event. Raises NotFound."""
        row = self.conn.execute(
            select(core.event.c.envelope, core.event.c.ek).where(core.event.c.event_id == event)
        ).one_or_none()
        if row is None:
            raise NotFound("no such event", event=event)
        return Leaf(envelope=row.envelope, ek=row.ek)

    def open_groups(self, site: str, event_id: str) -> dict[str, tuple[bytes, bytes | None]]:
        """Each stored group's (secret, exact body bytes). Erased groups are simply not there."""
        joined = (
            select(
                core.dek.c.name,
                core.dek.c.nonce,
                core.dek.c.wrapped,
                core.body.c.nonce,
                core.body.c.sealed,
            )
            .join(
                core.body,
                (core.body.c.event_id == core.dek.c.event_id)
                & (core.body.c.name == core.dek.c.name),
            )
            .where(core.dek.c.event_id == event_id)
        )
        found: dict[str, tuple[bytes, bytes | None]] = {}
        for name, nonce, wrapped, body_nonce, sealed in self.conn.execute(joined):
            label = label_of(site, event_id, name)
            secret = self._around.vault.unwrap(nonce, wrapped, label)
            found[name] = (
                secret,
                self._around.vault.open_body(secret, body_nonce, sealed, label),
            )
        return found

    def once(self, event: EventId, service: str) -> bool:
        return insert_once(self.conn, core.handled, {"event_id": event, "service": service})


def label_of(site: str, event_id: str, name: str) -> bytes:
    """What a wrapped key and a sealed body are bound to, so that rows cannot be swapped."""
    return f"{site}\x00{event_id}\x00{name}".encode()
