"""What the ads chapter asks of storage, in its own nouns."""

from collections.abc import Sequence
from typing import Any, Protocol

from answerable.ads.model import Ad, Closure, Placement
from answerable.events.promises import Promise
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, EventId, Site
from answerable.kernel.time import Millis


class AdStore(Protocol):
    """Rows of ads, revisions and placements. No words: those live in events."""

    def find(self, site: Site, external_id: str, *, lock: bool = False) -> Ad | None:
        """The ad with the site's own id, or None. `lock` holds its row to the end."""
        ...

    def get(self, site: Site, ad: AdId) -> Ad:
        """The ad by our id. Raises NotFound."""
        ...

    def put(self, ad: Ad) -> None: ...

    def put_revision(self, ad: Ad, number: int, event: EventId, at: Millis) -> None:
        """Note which event holds revision `number`."""
        ...

    def revision_event(self, site: Site, ad: AdId, number: int) -> EventId:
        """Which event holds that revision. Raises NotFound."""
        ...

    def put_placement(self, placement: Placement) -> None: ...

    def standing(self, site: Site, ad: AdId) -> Sequence[Placement]:
        """The ad's placements that have not ended."""
        ...

    def end_placements(self, site: Site, ad: AdId, at: Millis) -> None: ...

    def refer(self, site: Site, ad: AdId, digests: Sequence[str]) -> None:
        """Note that this ad names these files (SHA-256, hex), so that no sweep removes them."""
        ...

    def put_promise(self, site: Site, event: EventId, promise: Promise) -> None: ...

    def promise(self, site: Site, leaf_hash: bytes) -> Promise | None: ...

    def head(self, site: Site) -> tuple[int, bytes]:
        """(size, root) of the last signed head; (0, root of the empty tree) before the first."""
        ...

    def closures(self, site: Site) -> Sequence[Closure]:
        """By section and jurisdiction, planned ones too."""
        ...

    def closure(
        self, site: Site, section: str, jurisdiction: str, *, lock: bool = False
    ) -> Closure | None: ...

    def put_closure(self, closure: Closure) -> None: ...

    def drop_closure(self, site: Site, section: str, jurisdiction: str) -> bool: ...

    def site_subject(self, site: Site) -> str:
        """The chain of the site itself. Raises NotFound."""
        ...

    def answered(self, site: Site, route: str, key: str, request_sha256: bytes) -> Any | None:
        """The stored answer under an idempotency key. Raises Conflict for other bytes."""
        ...

    def remember(
        self, site: Site, route: str, key: str, request_sha256: bytes, answer: Any, at: Millis
    ) -> None:
        """Keep an answer under its key. Whoever asks at the same time collides, and runs again."""
        ...


class AdsWork(UnitOfWork, Protocol):
    """A transaction as this chapter sees it."""

    @property
    def ads(self) -> AdStore: ...
