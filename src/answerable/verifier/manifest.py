"""Checks 1 and 2: the manifest is genuine, and the files are those it lists."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from answerable.ledger.faults import Malformed, NotVerified, Unchecked
from answerable.ledger.note import Note, read_signature_line, verify_note
from answerable.ledger.policy import BUNDLE_SUFFIX, Policy
from answerable.ledger.tiles import Tile
from answerable.verifier.findings import Check, Findings
from answerable.verifier.source import MANIFEST_BYTES_MAX, CannotRead, Source, TooLong

MANIFEST: Final = "manifest"
CHECKPOINT: Final = "log/checkpoint"
OPENINGS: Final = "openings.jsonl"
RECEIPTS: Final = "receipts.jsonl"
SITE: Final = "site.json"
FIXED: Final = (CHECKPOINT, OPENINGS, RECEIPTS, SITE)
VERSION: Final = "bundle/v1"
SIGNATURES_MAX: Final = 100

_LINE = re.compile(r"file ([!-~]{1,200}) (0|[1-9][0-9]{0,18}) ([0-9a-f]{64})")

Listing = Mapping[str, tuple[int, str]]
"""Path to (length, SHA-256 in hex)."""


class Manifest:
    """What the manifest says: whose bundle, and which files. Believe it as far as check 1 went."""

    def __init__(self, origin: str | None, listing: Listing) -> None:
        self.origin = origin
        self.listing = listing


def check_manifest(source: Source, policy: Policy, found: Findings) -> Manifest:
    """1. The manifest is signed by the bundle key of the policy, and spelled in its one way."""
    found.begin(Check.MANIFEST)
    try:
        raw = source.read(MANIFEST, MANIFEST_BYTES_MAX)
    except (TooLong, CannotRead) as fault:
        found.unreadable(MANIFEST, fault.reason)
        return Manifest(None, {})
    if raw is None:
        found.found(Check.MANIFEST, MANIFEST, "is not there")
        return Manifest(None, {})
    try:
        note = split_note(raw)
    except Malformed as fault:
        found.found(Check.MANIFEST, MANIFEST, fault.reason)
        return Manifest(*_listing(_lines_of(raw), found))
    origin, listing = _listing(note.text.decode("utf-8").split("\n")[:-1], found)
    _check_signature(note, origin, policy, found)
    return Manifest(origin, listing)


def split_note(raw: bytes) -> Note:
    """As ledger.note.read_note, without its bound: a manifest grows with the log. Malformed."""
    if not raw.endswith(b"\n"):
        raise Malformed("does not end in a newline")
    if any(byte < 0x20 and byte != 0x0A for byte in raw):
        raise Malformed("holds a control character")
    text, empty, tail = raw.rpartition(b"\n\n")
    if not empty or not text:
        raise Malformed("has no text, then an empty line, then signatures")
    try:
        text.decode("utf-8")
        lines = tail[:-1].decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8") from None
    if not 1 <= len(lines) <= SIGNATURES_MAX:
        raise Malformed("has no signature, or too many")
    return Note(text=text + b"\n", signatures=tuple(map(read_signature_line, lines)))


def _check_signature(note: Note, origin: str | None, policy: Policy, found: Findings) -> None:
    if not policy.bundles:
        found.lacks(Check.MANIFEST, MANIFEST, "the policy names no bundle key to check it by")
        return
    try:
        verified = verify_note(note, policy.bundles)
    except Unchecked as fault:
        found.lacks(Check.MANIFEST, MANIFEST, fault.reason)
        return
    except (Malformed, NotVerified) as fault:
        found.found(Check.MANIFEST, MANIFEST, fault.reason)
        return
    for line in verified.unknown:
        words = f"a signature line by {line.name} that the policy does not know"
        found.found(Check.MANIFEST, MANIFEST, words)
    if origin is not None and all(k.name != origin + BUNDLE_SUFFIX for k in verified.signers()):
        found.found(Check.MANIFEST, MANIFEST, f"is not signed by the bundle key of {origin}")


def _lines_of(raw: bytes) -> list[str]:
    """What can still be read of a damaged manifest, so that the damage can be told of."""
    text = raw.decode("utf-8", "replace").partition("\n\n")[0]
    return text.split("\n")


def _listing(
    lines: Sequence[str], found: Findings
) -> tuple[str | None, dict[str, tuple[int, str]]]:
    origin: str | None = None
    if lines and lines[0].endswith(BUNDLE_SUFFIX) and len(lines[0]) > len(BUNDLE_SUFFIX):
        origin = lines[0].removesuffix(BUNDLE_SUFFIX)
    else:
        found.found(Check.MANIFEST, MANIFEST, f"line 1 does not name a log and {BUNDLE_SUFFIX}")
    if len(lines) < 2 or lines[1] != VERSION:
        found.found(Check.MANIFEST, MANIFEST, f"line 2 is not {VERSION}")
    listing: dict[str, tuple[int, str]] = {}
    last = ""
    for number, line in enumerate(lines[2:], start=3):
        match = _LINE.fullmatch(line)
        if match is None or not _may_be_listed(match[1]):
            words = f"line {number} lists no file that a bundle may have"
            found.found(Check.MANIFEST, MANIFEST, words)
            continue
        if match[1] <= last:
            found.found(Check.MANIFEST, MANIFEST, f"line {number} is not in order")
        last = match[1]
        listing[match[1]] = (int(match[2]), match[3])
    for path in FIXED:
        if path not in listing:
            found.found(Check.MANIFEST, MANIFEST, f"does not list {path}")
    return origin, listing


def _may_be_listed(path: str) -> bool:
    if path in FIXED:
        return True
    if not path.startswith("log/"):
        return False
    try:
        Tile.read(path.removeprefix("log/"))
    except Malformed:
        return False
    return True


def check_files(source: Source, listing: Listing, found: Findings) -> None:
    """2. Every listed file as listed; nothing missing, nothing more."""
    found.begin(Check.FILES)
    for path, what in source.oddities():
        found.found(Check.FILES, path, f"is {what}; a bundle has plain files only")
    for path, (length, sha256) in listing.items():
        try:
            actual = source.digest(path)
        except CannotRead as fault:
            found.unreadable(path, fault.reason)
            continue
        if actual is None:
            found.found(Check.FILES, path, "is listed and not there")
        elif actual[0] != length:
            words = f"has {actual[0]} bytes where {length} are listed"
            found.found(Check.FILES, path, words)
        elif actual[1] != sha256:
            found.found(Check.FILES, path, "has other bytes than those listed")
    for path in _unlisted(source.paths(), listing):
        found.found(Check.FILES, path, "is there and not listed")


def _unlisted(paths: Iterable[str], listing: Listing) -> Iterator[str]:
    for path in paths:
        if path != MANIFEST and path not in listing:
            yield path
