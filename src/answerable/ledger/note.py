"""Signed notes: a text, an empty line, signature lines. C2SP signed-note.

Reading is strict: one spelling for every note, so that two readers can never see two texts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from answerable.ledger.faults import Malformed, NotVerified, Unchecked
from answerable.ledger.keys import KeyType, SigningKey, VerifierKey, signed_message
from answerable.ledger.spelling import check_name, read_base64, read_lines, write_base64

__all__ = [
    "KeyType",
    "Note",
    "NoteSignature",
    "SigningKey",
    "VerifiedNote",
    "VerifiedSignature",
    "VerifierKey",
    "append_signatures",
    "format_note",
    "read_note",
    "read_signature_line",
    "signed_message",
    "verify_note",
]

NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100  # the specification asks for 16 at least
KEY_ID_BYTES: Final = 4
_DASH: Final = "\u2014 "


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line: whose it claims to be, and the bytes behind the key id."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in a note, without its newline."""
        return f"{_DASH}{self.name} {write_base64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as read: not yet to be believed."""

    text: bytes
    signatures: tuple[NoteSignature, ...]

    @property
    def raw(self) -> bytes:
        return format_note(self.text, self.signatures)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSignature:
    """A signature that verified, and the POSIX seconds it states (0: none)."""

    key: VerifierKey
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedNote:
    """A text that at least one known key signed. `verify_note` is its only maker.

    `unknown` are lines of keys nobody declared; `unchecked` are lines of known keys that this
    build cannot check. Whoever must account for every byte looks at both.
    """

    text: bytes
    by: tuple[VerifiedSignature, ...]
    unknown: tuple[NoteSignature, ...]
    unchecked: tuple[VerifierKey, ...]

    def signers(self) -> frozenset[VerifierKey]:
        return frozenset(signature.key for signature in self.by)


def format_note(text: bytes, signatures: Sequence[NoteSignature]) -> bytes:
    """The note's bytes. Raises Malformed for a text that no note can hold."""
    read_lines(text, "the text")
    if not signatures:
        raise Malformed("a note has at least one signature")
    return text + b"\n" + b"".join(f"{s.line}\n".encode() for s in signatures)


def append_signatures(raw: bytes, lines: Iterable[str]) -> bytes:
    """The same note with more signature lines at its end; each is read before it is taken."""
    note = read_note(raw)
    return format_note(note.text, (*note.signatures, *map(read_signature_line, lines)))


def read_note(raw: bytes) -> Note:
    """Split at the last empty line. Raises Malformed."""
    if len(raw) > NOTE_BYTES_MAX:
        raise Malformed("the note is too long")
    lines = read_lines(raw, "the note")
    cut = len(lines) - 1 - lines[::-1].index("") if "" in lines else 0
    if cut == 0:
        raise Malformed("the note has no text, then an empty line, then signatures")
    text = "\n".join(lines[:cut]).encode() + b"\n"
    if not 1 <= len(lines) - cut - 1 <= SIGNATURES_MAX:
        raise Malformed(f"a note has between 1 and {SIGNATURES_MAX} signatures")
    return Note(text=text, signatures=tuple(map(read_signature_line, lines[cut + 1 :])))


def read_signature_line(line: str) -> NoteSignature:
    """`EM DASH, space, name, space, base64(4-byte key id || signature)`. Raises Malformed."""
    if not line.startswith(_DASH):
        raise Malformed("a signature line begins with an em dash and a space")
    name, space, spelled = line[len(_DASH) :].partition(" ")
    if not space:
        raise Malformed("a signature line has a name and a signature")
    blob = read_base64(spelled, "a signature")
    if len(blob) <= KEY_ID_BYTES:
        raise Malformed("a signature has four bytes of key id and more")
    return NoteSignature(
        name=check_name(name, "the key name"),
        key_id=blob[:KEY_ID_BYTES],
        signature=blob[KEY_ID_BYTES:],
    )


def verify_note(note: Note | bytes, keys: Iterable[VerifierKey]) -> VerifiedNote:
    """Believe the text if a known key signed it and no known key's signature is false.

    Lines of unknown keys are ignored, though kept in the answer. A known key signs once at most.
    Raises Malformed or NotVerified; Unchecked if only keys this build cannot check have signed.
    """
    if isinstance(note, bytes):
        note = read_note(note)
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise NotVerified("two known keys share name and id", key=key.name)
    by: list[VerifiedSignature] = []
    unknown: list[NoteSignature] = []
    unchecked: list[VerifierKey] = []
    seen: set[VerifierKey] = set()
    for line in note.signatures:
        signer = known.get((line.name, line.key_id))
        if signer is None:
            unknown.append(line)
            continue
        if signer in seen:
            raise NotVerified(f"{signer.name} signed twice")
        seen.add(signer)
        try:
            by.append(VerifiedSignature(key=signer, at=signer.check(note.text, line.signature)))
        except Unchecked:
            unchecked.append(signer)
    if not by and unchecked:
        raise Unchecked("this build cannot check any of the note's known signatures")
    if not by:
        raise NotVerified("no known key signed this note")
    return VerifiedNote(
        text=note.text, by=tuple(by), unknown=tuple(unknown), unchecked=tuple(unchecked)
    )
