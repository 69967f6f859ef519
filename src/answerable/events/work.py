"""The transaction as services see it: record events beside state, or nothing at all.

`adapters.sql` implements these. `record` seals each event, appends it to its subject's chain,
runs the services that STORY lists *with* it in this same transaction, and leaves outbox rows for
those that come *then*. So nobody can forget to record, or choose not to.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from answerable.events.event import Event, Recorded
from answerable.kernel.ids import EventId, Site, SubjectId
from answerable.kernel.time import Millis

T = TypeVar("T")
W = TypeVar("W", bound="UnitOfWork")
W_contra = TypeVar("W_contra", bound="UnitOfWork", contravariant=True)
W_co = TypeVar("W_co", bound="UnitOfWork", covariant=True)


class UnitOfWork(Protocol):
    """One open transaction."""

    def record(self, *events: Event, urgent: bool = False) -> tuple[Recorded, ...]:
        """Seal and append; `recorded` is the present. Raises Breach if a chain would fork.

        `urgent`: what STORY lists *then* for these events goes before all that is not urgent.
        """
        ...

    def recorded(self, event: EventId) -> Recorded:
        """An event by id, opened. Raises NotFound."""
        ...

    def chain_of(self, site: Site, subject: SubjectId) -> tuple[Recorded, ...]:
        """Every event of one subject in order, opened."""
        ...

    def once(self, event: EventId, service: str) -> bool:
        """True the first time for this pair, then False: what makes a service idempotent."""
        ...

    def now(self) -> Millis:
        """The present as the transaction sees it; one value throughout."""
        ...


class Runs(Protocol[W_co]):
    """Where transactions come from."""

    def run(self, fn: "Callable[[W_co], T]") -> T:
        """Run `fn` in one transaction and commit. `fn` does no outside I/O and may be rerun.

        Raises what `fn` raises (nothing is changed then), or Outage when the store is not there.
        """
        ...

    def read(self, fn: "Callable[[W_co], T]") -> T:
        """Run `fn` on a snapshot; whatever it writes is thrown away."""
        ...


class Receipts(Protocol):
    """Signs promises. The key is not the log's key."""

    def promise(self, leaf_hash: bytes, received: Millis, due: Millis, after: "Head") -> str:
        """The signed note of docs/formats/log.md, "Receipts". Same fields, same bytes."""
        ...


class Head(Protocol):
    """A tree head: size and 32-byte root."""

    @property
    def size(self) -> int: ...

    @property
    def root(self) -> bytes: ...
