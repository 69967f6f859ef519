"""Watches, wired: contacts read as screening reads them, and the digests under the master key."""

from collections.abc import Callable, Sequence

import structlog

from answerable.adapters.posters.client import PosterClient
from answerable.adapters.sql.vault import Vault
from answerable.apps.settings import Settings
from answerable.kernel.errors import Breach, Outage
from answerable.kernel.ids import Site
from answerable.kernel.sealed import Sealed
from answerable.kernel.time import HOUR, MINUTE, Millis
from answerable.screening.contacts import find_contacts
from answerable.screening.contacts.tables import (
    PROFILE_HOSTS,
    STRONG_PLATFORMS,
    WEAK_PLATFORMS,
)
from answerable.screening.judge import DEFAULT_REGION
from answerable.screening.views import fold
from answerable.watches.matching import Index
from answerable.watches.model import TermKind
from answerable.watches.posters import SyncPosters

log = structlog.get_logger("watches")

EVERY, AGAIN = HOUR, 5 * MINUTE

_PLATFORMS = {*STRONG_PLATFORMS.values(), *WEAK_PLATFORMS.values(), *PROFILE_HOSTS.values()}
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a fault in reading shows as; screening fails an ad for the same ones."""
GIVEN = "given"  # a field's name; nothing is kept under it


class ContactReader:
    """Implements watches' ReadsContacts: the contact index's own spelling, from its own code."""

    platforms: Sequence[str] = tuple(sorted(_PLATFORMS))

    def __init__(self, region: str = DEFAULT_REGION) -> None:
        self._region = region

    def __call__(self, text: str) -> Sequence[tuple[str, str]]:
        try:
            found = find_contacts(fold(text), GIVEN, self._region)
        except FAULTS as fault:
            raise Breach(f"contacts could not be read: {type(fault).__name__}") from fault
        return [(one.kind.value, one.value) for one in found]


def posters_of(settings: Settings) -> PosterClient | None:
    """The source of posters that the operator named; None where none is. Nothing by default."""
    if not settings.posters_url:
        return None
    secret = Sealed(settings.posters_client_secret, label="poster client secret")
    return PosterClient(settings.posters_url, settings.posters_client_id, secret)


class ReadPosters:
    """Reads the posters now and then. What does not answer is asked again later, not at once."""

    def __init__(self, sync: SyncPosters, now: Callable[[], Millis], site: Site) -> None:
        self._sync, self._now, self._site = sync, now, site
        self._next = Millis(0)

    def step(self) -> int:
        """0: there is nothing more to do for now."""
        if self._now() < self._next:
            return 0
        self._next = Millis(self._now() + AGAIN)
        try:
            self._sync(self._site)
        except Outage as outage:
            log.warning("posters were not read", why=str(outage))
        else:
            self._next = Millis(self._now() + EVERY)
        return 0


def index_of(vault: Vault) -> Index:
    """How this installation's watches spell and hide what they compare."""

    def blind(site: Site, kind: TermKind, value: str) -> bytes:
        return vault.blind(f"watch/{site}/{kind.value}".encode(), value.encode())

    return Index(read=ContactReader(), blind=blind)
