"""The files of one report in one worker's turn: as they are written down, and as they are read.

What we made stands whole in the intended event. What we hold stands there by its digest, is read
from the restricted store once in a turn where it is small (each read is on record for good), and
is compared with it.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from answerable.events.evidence import Reading
from answerable.kernel.errors import Breach, NotFound
from answerable.kernel.ids import Site
from answerable.reports.document.facts import CaseFacts, ExifFacts
from answerable.reports.document.files import Looked
from answerable.reports.store import ReadsExif, ReadsFiles

_log = structlog.get_logger(__name__)
HELD_BYTES_MAX = 64 * 1024 * 1024


class Originals:
    """Bytes by digest; small ones are kept until the turn ends."""

    def __init__(self, files: ReadsFiles, exif: ReadsExif, site: Site, why: Reading) -> None:
        self._files, self._exif, self._site, self._why = files, exif, site, why
        self._held: dict[str, bytes] = {}

    def look(self, case: CaseFacts, keep: Callable[[], None]) -> Looked:
        """What the stored files of a case say of themselves; None for one that nobody can read.

        A damaged file keeps no report back: it goes without, and says so. `keep` is called before
        each read.
        """
        stored = {
            one.sha256
            for ad in case.ads
            for revision in ad.revisions
            for one in revision.attachments
            if one.stored
        }
        return {sha256: self._look(sha256, keep) for sha256 in sorted(stored)}

    def _look(self, sha256: str, keep: Callable[[], None]) -> tuple[ExifFacts, ...] | None:
        keep()
        try:
            return self._exif(self._stored(sha256))
        except (Breach, NotFound) as fault:
            _log.error("a stored file cannot be read for a report", sha256=sha256, why=str(fault))
            return None

    def content(self, file: Mapping[str, Any]) -> bytes:
        """The bytes of a file, exactly those written down: their digest is checked."""
        if file["content"] is not None:
            content = base64.b64decode(file["content"], validate=True)
        else:
            content = self._stored(file["sha256"])
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise Breach("a file of a report is not the file that was written down")
        return content

    def _stored(self, sha256: str) -> bytes:
        if sha256 in self._held:
            return self._held[sha256]
        content = self._files.read(self._site, sha256, self._why)
        if sum(map(len, self._held.values())) + len(content) <= HELD_BYTES_MAX:
            self._held[sha256] = content
        return content
