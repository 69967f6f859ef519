"""Keys of signed notes: names, types, ids, and how they are spelled. Checks; signs nothing.

Source: C2SP signed-note (vkeys, key ids), tlog-cosignature (types 0x04 and 0x06); the private
spelling is the one of Go's golang.org/x/mod/sumdb/note.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from answerable.kernel.errors import insist
from answerable.ledger.faults import Malformed, NotVerified, Unchecked
from answerable.ledger.head import TreeHead
from answerable.ledger.spelling import NUMBER_MAX, check_name, read_base64, write_base64


class KeyType(IntEnum):
    """The first byte of a key's material. The types this ledger can check; others are ignored."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04
    MLDSA44 = 0x06


SEED_BYTES: Final = 32
PUBLIC_BYTES: Final = {KeyType.ED25519: 32, KeyType.COSIGNATURE_V1: 32, KeyType.MLDSA44: 1312}
SIGNATURE_BYTES: Final = {
    KeyType.ED25519: 64,
    KeyType.COSIGNATURE_V1: 8 + 64,
    KeyType.MLDSA44: 8 + 2420,
}
"""Behind the four bytes of key id; cosignatures begin with eight bytes of POSIX seconds."""

_HEX_ID = re.compile(r"[0-9a-f]{8}")
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key, the name it signs under, and how it signs."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name, "the key name")
        if len(self.public) != PUBLIC_BYTES[self.type]:
            raise Malformed(f"a public key of this type has {PUBLIC_BYTES[self.type]} bytes")

    @property
    def id(self) -> bytes:
        """SHA-256(name || newline || type || public)[:4]: a label, not a protection."""
        material = self.name.encode() + b"\n" + bytes([self.type]) + self.public
        return hashlib.sha256(material).digest()[:4]

    @property
    def vkey(self) -> str:
        """`name+8hex+base64(type || public)`."""
        material = write_base64(bytes([self.type]) + self.public)
        return f"{self.name}+{self.id.hex()}+{material}"

    @classmethod
    def read(cls, vkey: str) -> Self:
        """From its `vkey`, whose id must be the key's own. Raises Malformed."""
        name, stated, material = _read_spelled(vkey, "the verifier key")
        key = cls(name=name, type=_key_type(material[0]), public=material[1:])
        if key.id != stated:
            raise Malformed("the verifier key states another id than its own")
        return key

    def check(self, text: bytes, signature: bytes) -> int:
        """The POSIX seconds at which the signer says it signed; 0 where it says nothing.

        `signature` is what follows the key id. Raises NotVerified, or Unchecked where this build
        has no ML-DSA.
        """
        if len(signature) != SIGNATURE_BYTES[self.type]:
            raise NotVerified(f"a signature by {self.name} has the wrong length")
        at = 0
        if self.type is not KeyType.ED25519:
            at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = signed_message(self, text, at)
        try:
            if self.type is KeyType.MLDSA44:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except UnsupportedAlgorithm:
            raise Unchecked("this build has no ML-DSA-44", key=self.name) from None
        except (InvalidSignature, ValueError):
            raise NotVerified(f"a signature by {self.name} does not verify") from None
        return at


def signed_message(key: VerifierKey, text: bytes, at: int) -> bytes:
    """The bytes that `key` signs for a note's `text` at POSIX second `at`.

    Source: signed-note for 0x01; tlog-cosignature for 0x04 and 0x06. Raises NotVerified where the
    text is none that this type of key may sign.
    """
    if key.type is KeyType.ED25519:
        return text
    if at > NUMBER_MAX:
        raise NotVerified("a cosignature states an impossible time")
    try:
        head = TreeHead.read(text)
    except Malformed:
        raise NotVerified("a cosigner signs checkpoints only") from None
    if key.type is KeyType.COSIGNATURE_V1:
        return f"cosignature/v1\ntime {at}\n".encode() + text
    name, origin = key.name.encode(), head.origin.encode()
    return b"".join(
        (
            b"subtree/v1\n\x00",
            bytes([len(name)]) + name,
            at.to_bytes(8, "big"),
            bytes([len(origin)]) + origin,
            (0).to_bytes(8, "big") + head.size.to_bytes(8, "big"),
            head.root,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SigningKey:
    """A private key: 32 bytes of seed under a name. Prints as its name; adapters sign with it."""

    name: str
    type: KeyType
    seed: bytes

    def __post_init__(self) -> None:
        check_name(self.name, "the key name")
        insist(len(self.seed) == SEED_BYTES, "a seed is 32 bytes")

    def __repr__(self) -> str:
        return f"<signing key {self.name} type {self.type:#04x}>"

    def verifier(self) -> VerifierKey:
        """Its public half. Raises Unchecked where this build has no ML-DSA."""
        if self.type is KeyType.MLDSA44:
            try:
                public = MLDSA44PrivateKey.from_seed_bytes(self.seed).public_key()
            except UnsupportedAlgorithm:
                raise Unchecked("this build has no ML-DSA-44", key=self.name) from None
            return VerifierKey(name=self.name, type=self.type, public=public.public_bytes_raw())
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(name=self.name, type=self.type, public=raw)

    @property
    def private_key(self) -> str:
        """`PRIVATE+KEY+name+8hex+base64(type || seed)`. A secret: write it only to a 0600 file."""
        material = write_base64(bytes([self.type]) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier().id.hex()}+{material}"

    @classmethod
    def read(cls, private_key: str) -> Self:
        """From its spelling, whose id must be its own. Raises Malformed, quoting nothing of it."""
        if not private_key.startswith(_PRIVATE):
            raise Malformed("a private key begins with PRIVATE+KEY+")
        name, stated, material = _read_spelled(private_key[len(_PRIVATE) :], "the private key")
        if len(material) != 1 + SEED_BYTES:
            raise Malformed("the private key does not hold a seed of 32 bytes")
        key = cls(name=name, type=_key_type(material[0]), seed=material[1:])
        if key.verifier().id != stated:
            raise Malformed("the private key states another id than its own")
        return key


def _read_spelled(spelled: str, what: str) -> tuple[str, bytes, bytes]:
    parts = spelled.split("+", 2)
    if len(parts) != 3 or not _HEX_ID.fullmatch(parts[1]):
        raise Malformed(f"{what} is not name+8hex+base64")
    material = read_base64(parts[2], what)
    if not material:
        raise Malformed(f"{what} holds no key")
    return check_name(parts[0], "the key name"), bytes.fromhex(parts[1]), material


def _key_type(byte: int) -> KeyType:
    try:
        return KeyType(byte)
    except ValueError:
        raise Malformed(f"keys of type {byte:#04x} are not used here") from None
