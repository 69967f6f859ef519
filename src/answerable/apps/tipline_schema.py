"""NCMEC's own schema, as the operator fetched it: kept in the home, compared, and tried.

It judges nothing on the way to the wire: a document fetched from elsewhere must not be able to stop
a report. It says beforehand whether the next report would be refused over there, and why.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from lxml import etree

from answerable.adapters.signing.files import private_folder
from answerable.apps.home import write_private
from answerable.kernel.errors import Breach, Refusal
from answerable.kernel.time import DAY, Millis, to_datetime
from answerable.reports.document.differences import Difference, differences, own_outline
from answerable.reports.document.outline import compiled, outline, parse_schema
from answerable.reports.document.sample import samples
from answerable.reports.document.values import Profile

OLD_MS = 30 * DAY
"""A copy that was not looked at for so long says little about what is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One edition as it was fetched; `last` is when it was found unchanged for the last time."""

    sha256: str
    source: str
    first: Millis
    last: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What the fetched schema has against one of our samples. The samples are nobody's words."""

    document: str
    says: str


class SchemaShelf:
    """The copies in a home, the newest last. Equal bytes are one copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def _index(self) -> Path:
        return self._folder / "fetched.json"

    def copies(self) -> tuple[Copy, ...]:
        """Every edition, in the order in which they were first seen."""
        try:
            read = json.loads(self._index.read_bytes())
            return tuple(Copy(**one) for one in read)
        except FileNotFoundError:
            return ()
        except (ValueError, TypeError):
            raise Breach(f"{self._index} is not what was written there") from None

    def xsd(self, copy: Copy) -> bytes:
        """Its bytes. Raises Breach where they are not those that were fetched."""
        try:
            found = self._file(copy.sha256).read_bytes()
        except FileNotFoundError:
            raise Breach(f"a fetched schema is gone: {copy.sha256}") from None
        if hashlib.sha256(found).hexdigest() != copy.sha256:
            raise Breach(f"a fetched schema was altered: {copy.sha256}")
        return found

    def keep(self, xsd: bytes, source: str, now: Millis) -> Copy:
        """Store what was fetched; the file is there before the index names it.

        Raises Refusal for what is no schema, or would fetch others.
        """
        parse_schema(xsd)
        digest = hashlib.sha256(xsd).hexdigest()
        known = self.copies()
        copy = Copy(sha256=digest, source=source, first=now, last=now)
        kept = list(known)
        if known and (known[-1].sha256, known[-1].source) == (digest, source):
            copy = Copy(sha256=digest, source=source, first=known[-1].first, last=now)
            kept.pop()
        private_folder(self._folder)
        write_private(self._file(digest), xsd)
        text = json.dumps([asdict(one) for one in (*kept, copy)], indent=1)
        write_private(self._index, f"{text}\n")
        return copy

    def _file(self, digest: str) -> Path:
        return self._folder / f"{digest}.xsd"


def from_our_own(xsd: bytes, profile: Profile) -> tuple[Difference, ...]:
    """From the schema that our documents are made by to `xsd`. Raises Refusal if unreadable."""
    return differences(own_outline(profile), outline(xsd))


def since(before: bytes, after: bytes) -> tuple[Difference, ...]:
    """From one fetched edition to the next. Raises Refusal if unreadable."""
    return differences(outline(before), outline(after))


def objections(xsd: bytes, profile: Profile) -> tuple[Objection, ...]:
    """What `xsd` has against documents that say everything we can say. () when it takes them all.

    Raises Refusal where the schema contradicts itself.
    """
    schema = compiled(xsd)
    found = []
    for name, document in samples(profile):
        try:
            schema.assertValid(etree.fromstring(document))
        except etree.DocumentInvalid as fault:
            found.append(Objection(document=name, says=str(fault)))
    return tuple(found)


def needs_a_hand(shelf: SchemaShelf, profile: Profile, *, real: bool, now: Millis) -> Iterator[str]:
    """For the doctor: plain lines, none where all is well."""
    copies = shelf.copies()
    if not copies:
        if real:
            yield "NCMEC's own schema was never fetched: `answerable reports xsd --refresh`"
        return
    newest = copies[-1]
    age = now - newest.last
    if real and age > OLD_MS:
        yield f"NCMEC's own schema was fetched {age // DAY} days ago: `answerable reports xsd"
        " --refresh`"
    try:
        xsd = shelf.xsd(newest)
        refused, differing = objections(xsd, profile), from_our_own(xsd, profile)
    except Refusal as why:
        yield f"the schema fetched last cannot be compared: {why.reason}"
        return
    if refused:
        yield (
            f"NCMEC's schema, as fetched last, refuses {len(refused)} of our sample documents:"
            " `answerable reports xsd --check`"
        )
    elif differing:
        yield (
            f"NCMEC's schema, as fetched last, differs from ours in {len(differing)} places:"
            " `answerable reports xsd`"
        )


def when(at: Millis) -> str:
    """A moment for people: to the second, UTC."""
    return to_datetime(at).isoformat(timespec="seconds").replace("+00:00", "Z")
