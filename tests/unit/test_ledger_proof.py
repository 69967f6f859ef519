"""Checkpoints, proofs and receipts: believed only as signed, and read only as spelled."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_samples import (
    BUNDLE,
    LOG_ED25519,
    LOG_MLDSA44,
    ORIGIN,
    POLICY,
    RECEIPTS,
    checkpoint,
    head_of,
    leaves,
    receipt_signer,
    single_edits,
    tiled,
    witness,
)

from answerable.adapters.signing.keys import LocalSigner, ReceiptSigner
from answerable.kernel.errors import Breach
from answerable.kernel.time import Millis
from answerable.ledger.checkpoint import TreeHead, read_head, verify_checkpoint
from answerable.ledger.faults import Malformed, NotVerified
from answerable.ledger.keys import KeyType, SigningKey
from answerable.ledger.leaf import leaf_hash_of, public_leaf
from answerable.ledger.merkle import EMPTY_ROOT, inclusion_proof, leaf_hash
from answerable.ledger.policy import Peer, Policy
from answerable.ledger.proof import TlogProof, verify_proof
from answerable.ledger.receipt import Receipt, verify_receipt

WITNESSED = dataclasses.replace(
    POLICY, witnesses={"w": Peer(key=witness(1).verifier())}, quorum="w"
)


def proof_of(index: int, size: int) -> tuple[bytes, bytes]:
    """A proof file for leaf `index` of the sample log of `size`, and the leaf hash."""
    entries = leaves(size)
    _files, reader = tiled(entries)
    path = tuple(inclusion_proof(index, size, reader.hash_at))
    raw = TlogProof(index=index, path=path, checkpoint=checkpoint(head_of(entries))).raw
    return raw, leaf_hash(entries[index])


def test_a_checkpoint_has_three_lines() -> None:
    head = head_of(leaves(5))
    assert head.text.splitlines()[:2] == [ORIGIN.encode(), b"5"]
    assert TreeHead.read(head.text) == head
    assert read_head(checkpoint(head)) == head


@pytest.mark.parametrize(
    "text",
    [
        b"o\n0\n",
        b"o\n1\nAAAA\n",
        head_of(leaves(5)).text + b"extension\n",
        head_of(leaves(5)).text + b"\n",
        head_of(leaves(5)).text.replace(b"\n5\n", b"\n05\n"),
        head_of(leaves(5)).text.replace(b"\n5\n", b"\n+5\n"),
        head_of(leaves(5)).text.replace(b"\n5\n", b"\n0\n"),
        head_of(leaves(5)).text.replace(b"\n5\n", b"\n9223372036854775808\n"),
        head_of(leaves(5)).text.replace(b"log.", b"log+"),
        head_of(leaves(5)).text.replace(b"log.example", "l\u00a0g".encode()),
        head_of(leaves(5)).text[len(ORIGIN) :],
    ],
)
def test_other_texts_are_no_checkpoint(text: bytes) -> None:
    with pytest.raises(Malformed):
        TreeHead.read(text)


def test_a_checkpoint_is_believed_if_the_log_itself_signed() -> None:
    head = head_of(leaves(5))
    assert verify_checkpoint(checkpoint(head), POLICY).head == head
    both = verify_checkpoint(checkpoint(head, LOG_ED25519, LOG_MLDSA44), POLICY)
    assert both.note.signers() == {LOG_ED25519.verifier(), LOG_MLDSA44.verifier()}
    assert verify_checkpoint(checkpoint(head, LOG_MLDSA44), POLICY).head == head
    stranger = SigningKey(name=ORIGIN, type=KeyType.ED25519, seed=bytes([7]) * 32)
    other_log = Policy(logs=(*POLICY.logs, Peer(key=witness(2, KeyType.MLDSA44).verifier())))
    for raw, policy in (
        (checkpoint(head, stranger), POLICY),
        (checkpoint(head, RECEIPTS), POLICY),
        (checkpoint(head_of(leaves(5), "log.example/ads/2027")), POLICY),
        (checkpoint(head, witness(2, KeyType.MLDSA44)), other_log),
        (checkpoint(head), Policy()),
    ):
        with pytest.raises(NotVerified):
            verify_checkpoint(raw, policy)


def test_a_checkpoint_needs_its_quorum_and_no_false_witness() -> None:
    head = head_of(leaves(5))
    with pytest.raises(NotVerified, match="quorum"):
        verify_checkpoint(checkpoint(head), WITNESSED)
    cosigned = checkpoint(head, LOG_ED25519, witness(1), at=1_760_000_000)
    assert verify_checkpoint(cosigned, WITNESSED).head == head
    assert len(verify_checkpoint(cosigned, POLICY).note.unknown) == 1
    later = head_of(leaves(6))
    line = checkpoint(later, witness(1)).splitlines()[-1].decode()
    with pytest.raises(NotVerified, match="does not verify"):
        verify_checkpoint(checkpoint(head) + f"{line}\n".encode(), WITNESSED)


@given(size=st.integers(1, 300), data=st.data())
def test_a_proof_verifies_for_its_leaf_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    raw, leaf = proof_of(index, size)
    assert TlogProof.read(raw).raw == raw
    proven = verify_proof(raw, leaf, POLICY)
    assert (proven.index, proven.checkpoint.head.size) == (index, size)
    with pytest.raises(NotVerified):
        verify_proof(raw, leaf_hash(b"another"), POLICY)


def test_no_single_edit_of_a_proof_verifies() -> None:
    raw, leaf = proof_of(6, 11)
    passed = []
    for edit in single_edits(raw):
        try:
            passed.append(verify_proof(edit, leaf, POLICY))
        except (Malformed, NotVerified):
            continue
    assert passed == []


def test_extra_data_is_carried_and_believed_by_nobody() -> None:
    raw, leaf = proof_of(0, 2)
    proof = dataclasses.replace(TlogProof.read(raw), extra=b"hello")
    assert proof.raw.splitlines()[1] == b"extra aGVsbG8="
    assert TlogProof.read(proof.raw) == proof
    assert verify_proof(proof.raw, leaf, POLICY).index == 0
    assert TlogProof.read(dataclasses.replace(proof, extra=b"").raw).extra == b""


def test_a_proof_of_a_tree_of_one_has_no_path() -> None:
    raw, leaf = proof_of(0, 1)
    assert b"index 0\n\n" in raw
    assert verify_proof(raw, leaf, POLICY).leaf_hash == leaf


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"@v1", b"@v2"),
        lambda raw: raw.replace(b"index 6", b"index 06"),
        lambda raw: raw.replace(b"index 6\n", b""),
        lambda raw: raw.replace(b"index 6\n", b"index 6\nextra AA==\n"),
        lambda raw: raw.replace(b"index 6\n", b"index 6\n" + b"A" * 43 + b"=\n" * 65),
        lambda raw: raw.replace(b"index 6\n", b"index 6\nAAAA\n"),
        lambda raw: raw.replace(b"\n\n", b"\n", 1),
        lambda raw: raw[:40],
        lambda _raw: b"",
    ],
)
def test_other_spellings_are_no_proof(change: object) -> None:
    raw, _leaf = proof_of(6, 11)
    changed = change(raw)  # type: ignore[operator]
    assert changed != raw
    with pytest.raises(Malformed):
        TlogProof.read(changed)


PROMISE = Receipt(
    origin=ORIGIN,
    leaf_hash=leaf_hash(b"a leaf"),
    received=Millis(1_764_000_000_123),
    due=Millis(1_764_000_060_123),
    size=5,
    root=head_of(leaves(5)).root,
)


def test_a_receipt_is_read_back_and_verifies() -> None:
    raw = receipt_signer().sign(PROMISE.text)
    assert verify_receipt(raw, POLICY.receipts) == PROMISE
    assert len(PROMISE.text.splitlines()) == 6
    promised = ReceiptSigner(ORIGIN, receipt_signer()).promise(
        PROMISE.leaf_hash, PROMISE.received, PROMISE.due, head_of(leaves(5))
    )
    assert promised.encode() == raw


def test_no_single_edit_of_a_receipt_verifies() -> None:
    raw = receipt_signer().sign(PROMISE.text)
    passed = []
    for edit in single_edits(raw):
        try:
            passed.append(verify_receipt(edit, POLICY.receipts))
        except (Malformed, NotVerified):
            continue
    assert passed == []


def test_a_receipt_is_signed_by_the_receipts_key_of_its_own_log() -> None:
    elsewhere = dataclasses.replace(PROMISE, origin="other.example")
    keys = (*POLICY.receipts, BUNDLE.verifier(), LOG_ED25519.verifier())
    for raw in (
        receipt_signer().sign(elsewhere.text),
        LocalSigner(BUNDLE).sign(PROMISE.text),
        LocalSigner(LOG_ED25519).sign(PROMISE.text),
    ):
        with pytest.raises(NotVerified):
            verify_receipt(raw, keys)
    with pytest.raises(Breach):
        ReceiptSigner("other.example", receipt_signer())


def test_a_receipt_can_never_pass_for_a_checkpoint_nor_the_reverse() -> None:
    with pytest.raises(Malformed):
        verify_checkpoint(receipt_signer().sign(PROMISE.text), POLICY)
    with pytest.raises((Malformed, NotVerified)):
        verify_receipt(checkpoint(head_of(leaves(5))), [LOG_ED25519.verifier()])


@pytest.mark.parametrize(
    ("part", "other"),
    [
        (b"receipt/v1", b"receipt/v2"),
        (b"received 1764000000123", b"received 1764000060124"),
        (b"received ", b"receivd "),
        (b"due ", b"due  "),
        (b"after 5 ", b"after 5"),
        (b"after 5 ", b"after 05 "),
        (b"after 5 ", b"after 0 "),
        (b"after", b"\nafter"),
        (b"/receipts\n", b"\n"),
        (ORIGIN.encode() + b"/", b"/"),
    ],
)
def test_other_texts_are_no_receipt(part: bytes, other: bytes) -> None:
    changed = PROMISE.text.replace(part, other)
    assert changed != PROMISE.text
    with pytest.raises(Malformed):
        Receipt.read(changed)


def test_a_receipt_before_the_first_leaf() -> None:
    first = dataclasses.replace(PROMISE, size=0, root=EMPTY_ROOT)
    assert Receipt.read(first.text) == first


def test_leaves_all_look_alike() -> None:
    public = public_leaf(bytes([5]) * 32, b"{}")
    assert (len(public), public[0]) == (33, 1)
    assert leaf_hash_of(public) == leaf_hash(public)
    assert public != public_leaf(bytes([6]) * 32, b"{}")
    with pytest.raises(Breach):
        public_leaf(bytes(31), b"{}")
