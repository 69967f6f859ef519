"""What the alerts chapter asks of storage, in its own nouns."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from answerable.alerts.alerters import Alerter
from answerable.alerts.exceptions import HideException
from answerable.alerts.flood import Flood
from answerable.alerts.model import Alert, AlertedAd
from answerable.alerts.sources import Kind, Record, Source
from answerable.events.promises import Promise
from answerable.events.work import UnitOfWork
from answerable.kernel.ids import AdId, AlertId, EventId, Site, SubjectId
from answerable.kernel.time import Millis


class FloodStore(Protocol):
    """What the flood switch counts, and its own rows."""

    def ad_named(self, site: Site, named: str) -> AlertedAd | None:
        """As ads.HideFirst resolves it."""
        ...

    def unverified(self, site: Site, key: str | None, after: Millis, limit: int) -> int:
        """Unverified alerts that came later than `after`; `key`: about that advertiser only.

        Counts to `limit` and no further.
        """
        ...

    def nth_unverified(self, site: Site, key: str | None, number: int) -> Millis | None:
        """When the `number`-th newest of them came; None where there are fewer."""
        ...

    def add_flood(self, flood: Flood) -> bool:
        """Insert. False where a switch for that key is on already."""
        ...

    def put_flood(self, flood: Flood) -> None: ...

    def flood(self, site: Site, flood: str) -> Flood:
        """Under its lock. Raises NotFound."""
        ...

    def open_flood(self, site: Site, key: str) -> Flood | None: ...

    def floods(self, site: Site, limit: int, *, open_only: bool = False) -> tuple[Flood, ...]:
        """The newest first."""
        ...

    def put_off_alerts(self, site: Site, limit: int) -> tuple[Alert, ...]:
        """Alerts that did not hide at once and have no answer yet, the oldest first."""
        ...

    def count_put_off(self, site: Site, because: str) -> int:
        """How many alerts this flood, limit or exception put off."""
        ...

    def site_subject(self, site: Site) -> SubjectId:
        """The site's own chain. Raises NotFound."""
        ...

    def forget_keys(self, site: Site, ads_before: Millis, contacts_before: Millis) -> int:
        """Drop the digests of advertisers, and of contacts, of alerts older than that. How many."""
        ...


class SourceStore(Protocol):
    """Registered sources, what they have signed lately, and alerters who were warned."""

    def put_source(self, source: Source) -> None: ...

    def source(self, site: Site, source: str) -> Source | None: ...

    def source_of_token(self, site: Site, token: str) -> Source | None: ...

    def sources(self, site: Site, limit: int) -> tuple[Source, ...]:
        """The newest first, revoked ones too."""
        ...

    def spend_nonce(
        self, site: Site, source: str, nonce: str, request_sha256: bytes, until: Millis
    ) -> bool:
        """Keep it. False where it was used for another request; the same again is the same."""
        ...

    def drop_nonces(self, site: Site, before: Millis) -> None:
        """Forget those that no request could use any more."""
        ...

    def open_of_kind(self, site: Site, kind: Kind, limit: int) -> tuple[Alert, ...]:
        """Alerts of sources of that kind without an answer yet, the oldest first."""
        ...

    def record_of(self, site: Site, identity: str, after: Millis) -> Record:
        """Of the alerts of this identity that came later than `after`."""
        ...

    def patterns(self, site: Site, after: Millis, limit: int) -> tuple[tuple[str, Record], ...]:
        """Identities with unfounded alerts since then, the most of them first."""
        ...

    def put_alerter(self, alerter: Alerter) -> None: ...

    def alerter(self, site: Site, identity: str, *, lock: bool = False) -> Alerter | None: ...

    def alerters(self, site: Site, limit: int) -> tuple[Alerter, ...]:
        """Whoever was warned, the newest first."""
        ...


class ExceptionStore(Protocol):
    """Exceptions to hide first."""

    def put_exception(self, exception: HideException) -> None: ...

    def exception(self, site: Site, exception: str, *, lock: bool = False) -> HideException:
        """Raises NotFound."""
        ...

    def exceptions(
        self, site: Site, limit: int, *, open_only: bool = False
    ) -> tuple[HideException, ...]:
        """The newest first; `open_only`: those that have not ended."""
        ...

    def is_put_off(self, site: Site, ad: AdId) -> bool:
        """Has this ad an alert that did not hide it, without an answer yet?"""
        ...

    def closed_subjects(self, site: Site, ads: Sequence[AdId]) -> Mapping[AdId, SubjectId]:
        """Their closed chains. Locks the ads, in the order in which everybody does."""
        ...


class AlertStore(FloodStore, SourceStore, ExceptionStore, Protocol):
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
