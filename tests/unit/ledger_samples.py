"""Fixed keys and small logs for the ledger's tests. Nothing here is secret or random."""

from collections.abc import Sequence

from answerable.adapters.signing.keys import LocalSigner, sign
from answerable.ledger.checkpoint import TreeHead, format_checkpoint
from answerable.ledger.keys import KeyType, SigningKey
from answerable.ledger.merkle import Frontier
from answerable.ledger.policy import Peer, Policy
from answerable.ledger.tiles import TileReader, grow

ORIGIN = "log.example/ads/2026"

LOG_ED25519 = SigningKey(name=ORIGIN, type=KeyType.ED25519, seed=bytes([1]) * 32)
LOG_MLDSA44 = SigningKey(name=ORIGIN, type=KeyType.MLDSA44, seed=bytes([2]) * 32)
RECEIPTS = SigningKey(name=f"{ORIGIN}/receipts", type=KeyType.ED25519, seed=bytes([3]) * 32)
BUNDLE = SigningKey(name=f"{ORIGIN}/bundle", type=KeyType.ED25519, seed=bytes([4]) * 32)


def witness(number: int, type_: KeyType = KeyType.COSIGNATURE_V1) -> SigningKey:
    return SigningKey(name=f"w{number}.example", type=type_, seed=bytes([100 + number]) * 32)


POLICY = Policy(
    logs=(Peer(key=LOG_ED25519.verifier()), Peer(key=LOG_MLDSA44.verifier())),
    receipts=(RECEIPTS.verifier(),),
    bundles=(BUNDLE.verifier(),),
)


def leaves(count: int) -> list[bytes]:
    """33-byte leaves as ours are, with a counter in place of a commitment."""
    return [b"\x01" + number.to_bytes(32, "big") for number in range(count)]


def tiled(entries: Sequence[bytes]) -> tuple[dict[str, bytes], TileReader]:
    """The files of a log with these entries, and a reader over them."""
    files = {tile.path: data for tile, data in grow(0, entries, {}.get)}
    return files, TileReader(len(entries), files.get)


def head_of(entries: Sequence[bytes], origin: str = ORIGIN) -> TreeHead:
    tree = Frontier()
    tree.extend(entries)
    return TreeHead(origin=origin, size=tree.size, root=tree.root())


def checkpoint(head: TreeHead, *keys: SigningKey, at: int = 0) -> bytes:
    """`head` signed by these keys (the log's Ed25519 key if none are named)."""
    signed = [sign(key, head.text, at=at).line for key in keys or (LOG_ED25519,)]
    return format_checkpoint(head, signed)


def receipt_signer() -> LocalSigner:
    return LocalSigner(RECEIPTS)


def single_edits(raw: bytes) -> list[bytes]:
    """Every note that differs from `raw` by one byte changed, one removed or one put in.

    Replacement bytes are the telling ones: those that structure the formats, and neighbours.
    """
    telling = b"\n \t+-0159AZaz=/\x00\x7f\x80\xe2"
    edits: set[bytes] = set()
    for at in range(len(raw) + 1):
        edits |= {raw[:at] + bytes([put]) + raw[at:] for put in telling}
        if at < len(raw):
            edits.add(raw[:at] + raw[at + 1 :])
            near = bytes({raw[at] ^ 1, raw[at] ^ 0x20, (raw[at] + 1) % 256})
            edits |= {raw[:at] + bytes([put]) + raw[at + 1 :] for put in telling + near}
    edits.discard(raw)
    return sorted(edits)
