"""The published bytes of the log's formats. REGOLDEN=1 rewrites them; the diff is then a change
of format, with a page in docs/decisions. ML-DSA draws randomness, so its files are written once
and must verify for ever."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from answerable.adapters.signing.keys import LocalSigner, sign
from answerable.kernel.time import Millis
from answerable.ledger.checkpoint import TreeHead, format_checkpoint, verify_checkpoint
from answerable.ledger.keys import KeyType, SigningKey, VerifierKey
from answerable.ledger.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
)
from answerable.ledger.policy import Peer, Policy, read_policy
from answerable.ledger.proof import TlogProof, verify_proof
from answerable.ledger.receipt import Receipt, verify_receipt
from answerable.ledger.tiles import TileReader, grow, tiles_to_write

FILES = Path(__file__).resolve().parent / "files"
ORIGIN = "log.example/ads/2026"
AT = 1_764_000_000
LEAVES = [b"\x01" + number.to_bytes(32, "big") for number in range(300)]


def key(name: str, type_: KeyType, number: int) -> SigningKey:
    return SigningKey(name=name, type=type_, seed=bytes([number]) * 32)


LOG = key(ORIGIN, KeyType.ED25519, 1)
LOG_PQ = key(ORIGIN, KeyType.MLDSA44, 2)
RECEIPTS = key(f"{ORIGIN}/receipts", KeyType.ED25519, 3)
BUNDLE = key(f"{ORIGIN}/bundle", KeyType.ED25519, 4)
WITNESS = key("w1.example", KeyType.COSIGNATURE_V1, 5)
POLICY = Policy(
    logs=(Peer(key=LOG.verifier()), Peer(key=LOG_PQ.verifier())),
    witnesses={"w1": Peer(key=WITNESS.verifier(), url="https://w1.example/")},
    quorum="w1",
    receipts=(RECEIPTS.verifier(),),
    bundles=(BUNDLE.verifier(),),
)


def tile_files() -> dict[str, bytes]:
    return {tile.path: data for tile, data in grow(0, LEAVES, {}.get)}


def head() -> TreeHead:
    tree = Frontier()
    tree.extend(LEAVES)
    return TreeHead(origin=ORIGIN, size=tree.size, root=tree.root())


def checkpoint() -> bytes:
    lines = [sign(LOG, head().text), sign(WITNESS, head().text, at=AT)]
    return format_checkpoint(head(), [line.line for line in lines])


def proof() -> bytes:
    reader = TileReader(len(LEAVES), tile_files().get)
    path = tuple(inclusion_proof(299, 300, reader.hash_at))
    return TlogProof(index=299, path=path, checkpoint=checkpoint()).raw


def receipt() -> bytes:
    promise = Receipt(
        origin=ORIGIN,
        leaf_hash=leaf_hash(LEAVES[299]),
        received=Millis(AT * 1000 + 123),
        due=Millis(AT * 1000 + 60_123),
        size=299,
        root=bytes(range(32)),
    )
    return LocalSigner(RECEIPTS).sign(promise.text)


def consistency() -> bytes:
    reader = TileReader(len(LEAVES), tile_files().get)
    return b"".join(consistency_proof(257, 300, reader.hash_at))


def paths() -> bytes:
    grown = [tile.path for tile in tiles_to_write(255, 70_000) if tile.index > 270]
    return "".join(f"{path}\n" for path in grown).encode()


WRITERS: dict[str, Callable[[], bytes]] = {
    "checkpoint.v1.txt": checkpoint,
    "proof.v1.tlog-proof": proof,
    "receipt.v1.txt": receipt,
    "policy.v1.txt": POLICY.text,
    "tile-0-001.p-44.bin": lambda: tile_files()["tile/0/001.p/44"],
    "tile-1-000.p-1.bin": lambda: tile_files()["tile/1/000.p/1"],
    "tile-entries-001.p-44.bin": lambda: tile_files()["tile/entries/001.p/44"],
    "consistency-257-300.bin": consistency,
    "paths-255-70000.txt": paths,
    "log.ed25519.key.txt": lambda: f"{LOG.private_key}\n".encode(),
    "log.mldsa44.vkey.txt": lambda: f"{LOG_PQ.verifier().vkey}\n".encode(),
}


def pq_checkpoint() -> bytes:
    lines = [sign(LOG, head().text), sign(LOG_PQ, head().text)]
    return format_checkpoint(head(), [line.line for line in lines])


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_published_bytes_stay_as_published(name: str) -> None:
    golden = FILES / name
    if os.environ.get("REGOLDEN"):
        golden.write_bytes(WRITERS[name]())
    assert WRITERS[name]() == golden.read_bytes()


def test_the_post_quantum_checkpoint_of_the_first_day_still_verifies() -> None:
    golden = FILES / "checkpoint-mldsa44.v1.txt"
    if os.environ.get("REGOLDEN"):
        golden.write_bytes(pq_checkpoint())
    believes = Policy(logs=POLICY.logs)
    verified = verify_checkpoint(golden.read_bytes(), believes)
    assert (verified.head, len(verified.note.by)) == (head(), 2)


def test_what_was_published_is_still_believed() -> None:
    """Reading, from the files alone: an old bundle is opened by every later release."""
    policy = read_policy((FILES / "policy.v1.txt").read_bytes())
    leaf = leaf_hash(LEAVES[299])
    proven = verify_proof((FILES / "proof.v1.tlog-proof").read_bytes(), leaf, policy)
    promise = verify_receipt((FILES / "receipt.v1.txt").read_bytes(), policy.receipts)
    assert promise.leaf_hash == proven.leaf_hash
    raw = (FILES / "consistency-257-300.bin").read_bytes()
    hashes = [raw[at : at + 32] for at in range(0, len(raw), 32)]
    before = Frontier()
    before.extend(LEAVES[:257])
    root = proven.checkpoint.head.root
    assert verify_consistency(257, 300, before.root(), root, hashes)
    spelled = (FILES / "log.mldsa44.vkey.txt").read_text().removesuffix("\n")
    assert VerifierKey.read(spelled) == LOG_PQ.verifier()
