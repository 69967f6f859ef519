"""The sealed package: what NCMEC got, a cover letter, a manifest, and our signature over it.

    report.xml          the report, byte for byte as it was written down
    cover-letter.pdf    what this is, by which law, whom to ask; and the same as cover-letter.txt
    files/…             every file of the report
    manifest.json       each of these with length and SHA-256 (RFC 8785)
    manifest.sig        a signed note over the manifest's SHA-256, by the receipts key

The same report for the same authority has the same bytes, whoever makes it, whenever.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answerable.adapters.destinations.archive import Archive
from answerable.adapters.destinations.letter import Letter, letter_pdf, letter_text
from answerable.kernel.canonical import Json, canonical_bytes
from answerable.kernel.errors import Outage

VERSION: Final = "report-package/v1"
SIGNED_AS: Final = "/report-package"
"""The first line that is signed: the log's origin and this. No receipt begins so."""
LETTER: Final = "cover-letter.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What one package holds. `tipline_id` is None before NCMEC has the report."""

    origin: str
    route: str
    report: str
    tipline_id: str | None
    xml: bytes
    letter: Letter


def write_package(
    target: Path,
    contents: Contents,
    files: Iterable[tuple[str, bytes]],
    sign: Callable[[bytes], bytes],
) -> str:
    """Write it to `target`; its SHA-256. Raises Outage where the disk does not take it."""
    try:
        archive = Archive(target)
        archive.add(LETTER, letter_pdf(contents.letter))
        archive.add("cover-letter.txt", letter_text(contents.letter))
        for name, content in files:
            archive.add(f"files/{name}", content)
        archive.add("report.xml", contents.xml)
        manifest = canonical_bytes(_manifest(contents, archive)) + b"\n"
        archive.add("manifest.json", manifest)
        archive.add("manifest.sig", sign(signed_text(contents.origin, manifest)))
        return archive.close()
    except OSError as fault:
        raise Outage(f"the disk did not take the package: {fault.strerror}") from fault


def signed_text(origin: str, manifest: bytes) -> bytes:
    """Three lines: whose, which form, and the digest of manifest.json."""
    digest = hashlib.sha256(manifest).hexdigest()
    return f"{origin}{SIGNED_AS}\n{VERSION}\nmanifest {digest}\n".encode("ascii")


def _manifest(contents: Contents, archive: Archive) -> Json:
    return {
        "version": VERSION,
        "origin": contents.origin,
        "route": contents.route,
        "report": contents.report,
        "ncmec_report": contents.tipline_id,
        "files": [
            {"path": path, "bytes": size, "sha256": digest}
            for path, (size, digest) in sorted(archive.listed.items())
        ],
    }
