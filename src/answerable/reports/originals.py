"""The files of one report in one worker's turn: as they are written down, and as they are read.

What we made stands whole in the intended event. What we hold stands there by its digest, is read
from the restricted store once in a turn (each read is on record for good), and is compared with it.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from answerable.events.evidence import Reading
from answerable.kernel.errors import Breach
from answerable.kernel.ids import Site
from answerable.reports.document.facts import CaseFacts, ExifFacts
from answerable.reports.store import ReadsExif, ReadsFiles

HELD_BYTES_MAX = 64 * 1024 * 1024


class Originals:
    """Bytes by digest; small ones are kept until the turn ends."""

    def __init__(self, files: ReadsFiles, exif: ReadsExif, site: Site, why: Reading) -> None:
        self._files, self._exif, self._site, self._why = files, exif, site, why
        self._held: dict[str, bytes] = {}

    def exif(self, case: CaseFacts) -> Mapping[str, tuple[ExifFacts, ...]]:
        """What the stored images say of themselves, by digest."""
        stored = {
            one.sha256
            for ad in case.ads
            for revision in ad.revisions
            for one in revision.attachments
            if one.stored
        }
        return {sha256: self._exif(self._stored(sha256)) for sha256 in sorted(stored)}

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
