"""Files: bytes by their SHA-256, durable before any revision names them. We never fetch a URL."""

from dataclasses import dataclass
from typing import Protocol

from answerable.events.evidence import Reading
from answerable.kernel.ids import Site
from answerable.kernel.time import Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What is known of stored bytes. `sha256` and `md5` in lower-case hex, over the original."""

    sha256: str
    md5: str
    size: int
    media_type: str
    stored: Millis


class Files(Protocol):
    """The object store: each object encrypted under its own key. A real outside."""

    def put(self, site: Site, content: bytes, media_type: str) -> StoredFile:
        """Keep these bytes durably; the same bytes again change nothing. Raises Outage."""
        ...

    def find(self, site: Site, sha256: str) -> StoredFile | None: ...

    def read(self, site: Site, sha256: str, why: Reading) -> bytes:
        """The original bytes, their digest checked; that they were given is on record first.

        Raises NotFound, Outage or Breach.
        """
        ...
