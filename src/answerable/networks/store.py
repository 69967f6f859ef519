"""What networks asks of storage: shared contacts and accounts."""

from collections.abc import Sequence
from typing import Protocol

from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, Site
from answerable.networks.model import Link


class NetworkStore(Protocol):
    """Reads the contact projection."""

    def links(self, site: Site, ad: AdId, *, limit: int) -> Sequence[Link]:
        """Other ads that share a contact or account with this one, most specific reason first."""
        ...


class NetworksWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def networks(self) -> NetworkStore: ...
