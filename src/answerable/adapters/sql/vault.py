"""The vault: bodies under AES-256-GCM, a secret per field group, all wrapped by a master key file.

Deleting a group's row in `dek` makes its body unreadable for ever, and its commitment unopenable,
while the commitment itself still verifies.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from answerable.events.sealing import body_key
from answerable.kernel.errors import Breach, insist

NONCE_BYTES = 12
BLIND_BYTES = 16  # two of 2^32 values meet once in 2^64


class Vault:
    """Wraps group secrets and seals bodies. Holds the master key; prints as a label."""

    def __init__(self, master: bytes) -> None:
        insist(len(master) == 32, "the master key has 32 bytes")
        self._master = AESGCM(master)
        self._index = hmac.digest(master, b"answerable/index-key/v1\x00", hashlib.sha256)

    def __repr__(self) -> str:
        return "<vault>"

    def blind(self, label: bytes, value: bytes) -> bytes:
        """A keyed digest for columns that are only compared. Another master key, other digests."""
        said = len(label).to_bytes(4, "big") + label + value
        return hmac.digest(self._index, said, hashlib.sha256)[:BLIND_BYTES]

    def wrap(self, secret: bytes, label: bytes) -> tuple[bytes, bytes]:
        """(nonce, wrapped secret)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce, self._master.encrypt(nonce, secret, b"dek\x00" + label)

    def unwrap(self, nonce: bytes, wrapped: bytes, label: bytes) -> bytes:
        return _open(self._master, nonce, wrapped, b"dek\x00" + label)

    def seal_body(self, secret: bytes, body: bytes, label: bytes) -> tuple[bytes, bytes]:
        """(nonce, sealed body)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce, AESGCM(body_key(secret)).encrypt(nonce, body, b"body\x00" + label)

    def open_body(self, secret: bytes, nonce: bytes, sealed: bytes, label: bytes) -> bytes:
        return _open(AESGCM(body_key(secret)), nonce, sealed, b"body\x00" + label)


def _open(cipher: AESGCM, nonce: bytes, sealed: bytes, label: bytes) -> bytes:
    try:
        return cipher.decrypt(nonce, sealed, label)
    except InvalidTag:
        raise Breach("a stored body or key does not open: altered, or another master key") from None


def create_master(path: Path) -> None:
    """The master key of a new home, 0600. A key that is there stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as out:
        out.write(os.urandom(32))
        out.flush()
        os.fsync(out.fileno())


def load_master(path: Path) -> Vault:
    """The vault of a home that exists. Raises Breach where its key is lost or damaged.

    A lost key is never replaced: every word under it would be gone without a word.
    """
    try:
        return Vault(path.read_bytes())
    except FileNotFoundError:
        raise Breach(f"the master key {path} is lost: restore it from its backup") from None
