"""What networks asks of storage: shared contacts and accounts, sketches, ancestors, and kin."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, Site
from answerable.kernel.time import Millis
from answerable.networks.model import AdFacts, Because, Kin, Link


class NetworkStore(Protocol):
    """Reads the projections of contacts and sketches; keeps ancestors and kin. No words."""

    def links(self, site: Site, ad: AdId, *, limit: int) -> Sequence[Link]:
        """Other ads that share a contact or account with this one, most specific reason first."""
        ...

    def facts(self, site: Site, ad: AdId) -> AdFacts:
        """Raises NotFound."""
        ...

    def find_kin(
        self, site: Site, ad: AdId, revision: int, rules: frozenset[str], now: Millis
    ) -> tuple[Kin, ...]:
        """What this revision comes back from, the most important first (`decide.found_kin`)."""
        ...

    def put_ancestor(
        self,
        site: Site,
        ad: AdId,
        revision: int,
        because: Because,
        rules: frozenset[str],
        now: Millis,
    ) -> None:
        """From now on the return of this ad is noticed."""
        ...

    def put_closed_out(self, site: Site, ad: AdId, section: str, now: Millis) -> None:
        """The ad stood in a section that closed."""
        ...

    def reopen(self, site: Site, section: str, jurisdiction: str) -> None:
        """The section is open there again: nobody comes from it any more."""
        ...

    def drop_ancestor(self, site: Site, ad: AdId) -> None:
        """People let the ad go: it is no ancestor, unless for its section's sake."""
        ...

    def clear(self, site: Site, ad: AdId, now: Millis) -> None:
        """People let the ad go: what it was linked to is not held against it again."""
        ...

    def put_kin(self, site: Site, kin: Kin, section: str, now: Millis) -> bool:
        """Keep a link. False if this revision was linked to that ancestor before."""
        ...

    def kin_of(self, site: Site, ad: AdId, *, limit: int) -> Sequence[Kin]:
        """Links of the ad both ways, the newest first."""
        ...

    def stood_in(
        self,
        site: Site,
        section: str,
        jurisdiction: str,
        *,
        since: Millis,
        after: str,
        limit: int,
    ) -> Sequence[AdId]:
        """Ads that stand in the section there, or stood there after `since`; in order of id."""
        ...

    def migrations(self, site: Site, before: Millis) -> Mapping[tuple[str, str], int]:
        """(closed section, where to) to the number of ads linked before that time."""
        ...

    def erase(self, site: Site, ad: AdId) -> None:
        """Forget what could tell the ad's words: sketches, bands, and that it is an ancestor."""
        ...


class NetworksWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def networks(self) -> NetworkStore: ...
