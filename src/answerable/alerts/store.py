"""What the alerts chapter asks of storage, in its own nouns."""

from typing import Protocol

from answerable.alerts.model import Alert
from answerable.events.promises import Promise
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AlertId, EventId, Site
from answerable.kernel.time import Millis


class AlertStore(Protocol):
    """Rows of alerts. No words: those live in events."""

    def add(self, alert: Alert) -> bool:
        """Insert. False if its nonce or its spoken words are taken; nothing is changed then."""
        ...

    def get(self, site: Site, alert: AlertId) -> Alert:
        """Raises NotFound."""
        ...

    def put(self, alert: Alert) -> None:
        """Insert or replace."""
        ...

    def find_by_nonce(self, site: Site, digest: bytes) -> Alert | None: ...

    def find_by_words(self, site: Site, digest: bytes) -> Alert | None: ...

    def head(self, site: Site) -> tuple[int, bytes]:
        """(size, root) of the last signed head; (0, root of the empty tree) before the first."""
        ...

    def put_promise(self, site: Site, event: EventId, promise: Promise) -> None: ...

    def promise(self, site: Site, leaf_hash: bytes) -> Promise:
        """Raises NotFound."""
        ...

    def spend_lookup(self, site: Site, bucket: str, window: Millis, limit: int) -> bool:
        """Count one look-up of `bucket` in the window that began at `window`. False: no more."""
        ...


class AlertsWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def alerts(self) -> AlertStore: ...
