"""Our log before foreign eyes: tlog-scales, an independent reader of C2SP logs, must accept it."""

from pathlib import Path

import pytest
from ledger_samples import (
    LOG_ED25519,
    LOG_MLDSA44,
    ORIGIN,
    POLICY,
    checkpoint,
    head_of,
    leaves,
    witness,
)

from answerable.adapters.tiles import TileFolder
from answerable.ledger.checkpoint import verify_checkpoint
from answerable.ledger.keys import KeyType
from answerable.ledger.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

tlog = pytest.importorskip("tlog_scales.tlog", reason="tlog-scales is not installed")
foreign_signing = pytest.importorskip("tlog_scales.signing")
foreign_reader = pytest.importorskip("tlog_scales.reader")
foreign_backend = pytest.importorskip("tlog_scales.backend")
foreign_writer = pytest.importorskip("tlog_scales.writer")

SIZES = (1, 255, 256, 300, 1_025)
COSIGNER = witness(1)


@pytest.fixture
def log(tmp_path: Path) -> TileFolder:
    """Our log, grown in steps and signed by both log keys and a witness."""
    folder = TileFolder(tmp_path / "log")
    old = 0
    for size in SIZES:
        folder.extend(old, leaves(size)[old:])
        head = head_of(leaves(size))
        folder.publish(checkpoint(head, LOG_ED25519, LOG_MLDSA44, COSIGNER, at=0))
        old = size
    return folder


def test_a_stranger_accepts_our_log(log: TileFolder) -> None:
    reader = foreign_reader.TilesReader(foreign_backend.LocalBackend(log.root))
    seen = reader.get_checkpoint()
    assert (seen.origin, seen.size) == (ORIGIN, SIZES[-1])
    assert reader.calculate_root_hash() == seen.root_hash
    for key in (LOG_ED25519, LOG_MLDSA44, COSIGNER):
        seen.verify(foreign_signing.Vkey.from_string(key.verifier().vkey))
    for index in (0, 255, 256, 1_024):
        assert reader.get_entry(index) == leaves(SIZES[-1])[index]
    for old in SIZES:
        proof = reader.get_consistency_proof(old, SIZES[-1])
        proof.check(head_of(leaves(old)).root, seen.root_hash)


def test_a_stranger_accepts_our_proofs_and_we_accept_a_strangers(log: TileFolder) -> None:
    ours = log.reader(SIZES[-1]).hash_at
    theirs = foreign_reader.TilesReader(foreign_backend.LocalBackend(log.root))
    theirs.set_size(SIZES[-1])
    root = head_of(leaves(SIZES[-1])).root
    for index in (0, 1, 254, 255, 256, 1_023, 1_024):
        leaf = leaf_hash(leaves(SIZES[-1])[index])
        path = inclusion_proof(index, SIZES[-1], ours)
        tlog.InclusionProof(index, SIZES[-1], path).check(leaf, root)
        foreign = theirs.get_inclusion_proof(index, SIZES[-1]).node_hashes
        assert verify_inclusion(index, SIZES[-1], leaf, foreign, root)
    for old in SIZES[:-1]:
        before = head_of(leaves(old)).root
        path = consistency_proof(old, SIZES[-1], ours)
        tlog.ConsistencyProof(old, SIZES[-1], path).check(before, root)
        foreign = theirs.get_consistency_proof(old, SIZES[-1]).node_hashes
        assert verify_consistency(old, SIZES[-1], before, root, foreign)


def test_we_accept_a_strangers_log(tmp_path: Path) -> None:
    writer = foreign_writer.TilesWriter.create(tmp_path / "log", ORIGIN)
    for leaf in leaves(700):
        writer.add_leaf(leaf)
    ed25519 = foreign_signing.PlainEd25519Signer(ORIGIN, LOG_ED25519.seed)
    mldsa44 = foreign_signing.MLDSA44CosignatureSigner(ORIGIN, LOG_MLDSA44.seed)
    writer.commit([ed25519, mldsa44])
    folder = TileFolder(tmp_path / "log")
    raw = folder.checkpoint()
    assert raw is not None
    verified = verify_checkpoint(raw, POLICY)
    assert verified.head == head_of(leaves(700))
    assert {s.key.type for s in verified.note.by} == {KeyType.ED25519, KeyType.MLDSA44}
    assert folder.root_of(700) == verified.head.root
    assert list(folder.entries(0, 700)) == leaves(700)
