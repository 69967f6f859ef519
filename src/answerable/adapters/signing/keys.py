"""Private keys in a folder: one 0600 file each, in Go's spelling; and signing with them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from answerable.adapters.signing.files import create_private, private_folder, read_private
from answerable.events.work import Head
from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis
from answerable.ledger.faults import Malformed, Unchecked
from answerable.ledger.keys import KeyType, SigningKey, VerifierKey, signed_message
from answerable.ledger.note import NoteSignature, format_note
from answerable.ledger.policy import BUNDLE_SUFFIX, RECEIPTS_SUFFIX, Peer, Policy
from answerable.ledger.receipt import Receipt
from answerable.ledger.spelling import check_name

SUFFIXES: Final = {
    KeyType.ED25519: ".ed25519.key",
    KeyType.COSIGNATURE_V1: ".cosignature.key",
    KeyType.MLDSA44: ".mldsa44.key",
}
LOG_TYPES: Final = (KeyType.ED25519, KeyType.MLDSA44)


def file_stem(name: str) -> str:
    """A key's or log's name as one file name, readable: every slash becomes %2F."""
    stem = quote(check_name(name, "the name"), safe="")
    if len(stem) > 200:
        raise Malformed("the name is too long for a file name")
    return stem


def key_path(folder: Path, name: str, type_: KeyType) -> Path:
    return folder / (file_stem(name) + SUFFIXES[type_])


def load_key(folder: Path, name: str, type_: KeyType) -> SigningKey | None:
    """The key, or None. Raises Breach if its file is damaged, another's, or open to others."""
    path = key_path(folder, name, type_)
    raw = read_private(path)
    if raw is None:
        return None
    try:
        key = SigningKey.read(raw.decode("ascii").removesuffix("\n"))
    except Unchecked as fault:
        raise Breach(f"the key file {path} needs ML-DSA, which this build lacks") from fault
    except (Malformed, UnicodeDecodeError):
        raise Breach(f"the key file {path} is damaged") from None
    if (key.name, key.type) != (name, type_):
        raise Breach(f"the key file {path} holds another key")
    return key


def ensure_key(folder: Path, name: str, type_: KeyType, secret: Callable[[], bytes]) -> SigningKey:
    """The key under this name, made from `secret()` (32 fresh random bytes) if there is none."""
    private_folder(folder)
    found = load_key(folder, name, type_)
    if found is not None:
        return found
    key = SigningKey(name=name, type=type_, seed=secret())
    create_private(key_path(folder, name, type_), f"{key.private_key}\n".encode("ascii"))
    made = load_key(folder, name, type_)  # ours, or the one of who was faster
    if made is None:
        raise Breach(f"the key file of {name} was there and is gone")
    return made


def log_key_types() -> tuple[KeyType, ...]:
    """Ed25519, and ML-DSA-44 where this build has it."""
    probe = SigningKey(name="probe", type=KeyType.MLDSA44, seed=bytes(32))
    try:
        probe.verifier()
    except Unchecked:
        return (KeyType.ED25519,)
    return LOG_TYPES


def sign(key: SigningKey, text: bytes, *, at: int = 0) -> NoteSignature:
    """One signature over a note's text; `at` (POSIX seconds, 0: nothing stated) for cosignatures.

    Ed25519 gives the same bytes every time, ML-DSA-44 does not (the library draws randomness).
    """
    verifier = key.verifier()
    message = signed_message(verifier, text, at)
    stamp = b"" if key.type is KeyType.ED25519 else at.to_bytes(8, "big")
    if key.type is KeyType.MLDSA44:
        signature = MLDSA44PrivateKey.from_seed_bytes(key.seed).sign(message)
    else:
        signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(message)
    return NoteSignature(name=key.name, key_id=verifier.id, signature=stamp + signature)


class LocalSigner:
    """Signs notes in this process with one Ed25519 key. Same text, same bytes."""

    def __init__(self, key: SigningKey) -> None:
        if key.type is not KeyType.ED25519:
            raise Breach("receipts and bundles are signed with Ed25519")
        self._key = key
        self._verifier = key.verifier()

    @property
    def name(self) -> str:
        return self._key.name

    @property
    def verifier(self) -> VerifierKey:
        return self._verifier

    def sign(self, text: bytes) -> bytes:
        """`text` as a signed note. Raises Malformed for a text that no note can hold."""
        return format_note(text, (sign(self._key, text),))


class ReceiptSigner:
    """The `events.Receipts` of one log: a promise, signed."""

    def __init__(self, origin: str, signer: LocalSigner) -> None:
        if signer.name != origin + RECEIPTS_SUFFIX:
            raise Breach("receipts are signed with the log's own receipts key")
        self._origin = origin
        self._signer = signer

    def promise(self, leaf_hash: bytes, received: Millis, due: Millis, after: Head) -> str:
        """The signed note of docs/formats/log.md, "Receipts". Same fields, same bytes."""
        receipt = Receipt(
            origin=self._origin,
            leaf_hash=leaf_hash,
            received=received,
            due=due,
            size=after.size,
            root=after.root,
        )
        return self._signer.sign(receipt.text).decode("utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKeys:
    """What the app signs with. The log's own key is not among them: the signer process has it."""

    origin: str
    receipts: LocalSigner
    bundle: LocalSigner

    def promises(self) -> ReceiptSigner:
        return ReceiptSigner(self.origin, self.receipts)

    def policy(self, log_keys: tuple[VerifierKey, ...]) -> Policy:
        """What the operator hands to an auditor: these keys, the log's, and no witnesses yet."""
        return Policy(
            logs=tuple(Peer(key=key) for key in log_keys),
            receipts=(self.receipts.verifier,),
            bundles=(self.bundle.verifier,),
        )


def ensure_app_keys(folder: Path, origin: str, secret: Callable[[], bytes]) -> AppKeys:
    """The app's two keys for the log `origin`, made in `folder` if absent."""

    def signer(suffix: str) -> LocalSigner:
        return LocalSigner(ensure_key(folder, origin + suffix, KeyType.ED25519, secret))

    return AppKeys(origin=origin, receipts=signer(RECEIPTS_SUFFIX), bundle=signer(BUNDLE_SUFFIX))
