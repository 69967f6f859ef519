"""What watches need kept, in their own nouns: watches, blind terms, the small index, matches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, AlertId, Site
from answerable.kernel.time import Millis
from answerable.watches.model import (
    AdRef,
    Match,
    Role,
    Spelled,
    Status,
    TermKind,
    Watch,
    WatchId,
)

Blinded = tuple[TermKind, bytes]


class WatchStore(Protocol):
    """Watches of a site, and what is known of its ads by kind of term."""

    def get(self, site: Site, watch: WatchId, *, lock: bool = False) -> Watch:
        """Raises NotFound. `lock`: nobody else changes it before this transaction ends."""
        ...

    def put(self, watch: Watch) -> None: ...

    def of_alert(self, site: Site, alert: AlertId) -> Watch | None:
        """The watch that an alert asked for."""
        ...

    def organisation_of(self, site: Site, source: str) -> str:
        """The name of a registered source of alerts. Raises NotFound."""
        ...

    def of_reference(self, site: Site, role: Role, reference: str) -> WatchId | None:
        """The watch of this role and number that has not ended."""
        ...

    def referred(self, site: Site, role: Role) -> Mapping[str, WatchId]:
        """Watches of this role that have not ended, by the asker's own number."""
        ...

    def listed(
        self, site: Site, status: Status | None, role: Role | None, limit: int
    ) -> tuple[Watch, ...]:
        """What waits first, the oldest first; then what runs, by its end; then the rest."""
        ...

    def counted(self, site: Site) -> Mapping[Status, int]: ...

    def past_end(self, site: Site, now: Millis, limit: int) -> tuple[Watch, ...]:
        """Running ones whose end has come."""
        ...

    def gate(self, site: Site, *, closing: bool) -> None:
        """Taken by each intake, and `closing` by what starts a watch: one waits for the other.

        So an ad is found by the search or by live matching. Held until the transaction ends.
        """
        ...

    def put_terms(self, site: Site, watch: WatchId, terms: Iterable[Blinded]) -> None: ...

    def drop_terms(self, site: Site, watch: WatchId) -> None: ...

    def watching(
        self, site: Site, ad: AdId, revision: int, more: Iterable[Blinded], now: Millis
    ) -> Mapping[WatchId, frozenset[TermKind]]:
        """Running watches that look out for anything our index has of this revision, or for `more`.

        With the kinds in which they agree.
        """
        ...

    def index_ad(self, site: Site, ad: AdId, revision: int, terms: Iterable[Blinded]) -> None:
        """Add to what is known of a revision."""
        ...

    def contacts_of(self, site: Site, ad: AdId, revision: int) -> Sequence[Spelled]:
        """What the contact index has of a revision."""
        ...

    def archived(
        self,
        site: Site,
        plain: Mapping[TermKind, Sequence[str]],
        blind: Mapping[TermKind, Sequence[bytes]],
    ) -> tuple[tuple[AdId, int], ...]:
        """Each ad that agrees, at its newest revision that does: one strong kind, or two weak."""
        ...

    def ad(self, site: Site, ad: AdId, *, lock: bool = False) -> AdRef:
        """Raises NotFound."""
        ...

    def note(self, site: Site, match: Match) -> bool:
        """True if this (watch, ad, revision) was not known to match before."""
        ...

    def matches(self, site: Site, watch: WatchId, limit: int) -> tuple[Match, ...]:
        """The newest first."""
        ...

    def matched(self, site: Site, watches: Sequence[WatchId]) -> Mapping[WatchId, int]:
        """How many ads each has found."""
        ...

    def proposed(self, site: Site, watch: WatchId) -> int:
        """How many matches the search of the archive has noted for it."""
        ...

    def answered(self, site: Site, route: str, key: str, request_sha256: bytes) -> Any | None:
        """The stored answer to this key, or None. Raises Conflict for other bytes."""
        ...

    def remember(
        self, site: Site, route: str, key: str, request_sha256: bytes, answer: Any, at: Millis
    ) -> None: ...

    def erase_ad(self, site: Site, ad: AdId, kinds: frozenset[TermKind]) -> None:
        """Forget these kinds of an ad."""
        ...

    def erase(self, site: Site, watch: WatchId) -> None:
        """Forget terms, organisation and reference of a watch; its event goes by its groups."""
        ...


class WatchesWork(UnitOfWork, Protocol):
    """A transaction in which watches can work."""

    @property
    def watches(self) -> WatchStore: ...
