"""Checkpoints: a tree head as a signed note, believed by a policy. C2SP tlog-checkpoint."""

from collections.abc import Iterable
from dataclasses import dataclass

from answerable.ledger.faults import NotVerified
from answerable.ledger.head import TreeHead
from answerable.ledger.note import (
    NoteSignature,
    VerifiedNote,
    format_note,
    read_note,
    read_signature_line,
    verify_note,
)
from answerable.ledger.policy import Policy

__all__ = ["TreeHead", "VerifiedCheckpoint", "format_checkpoint", "read_head", "verify_checkpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCheckpoint:
    """A head that a log of the policy signed and its quorum cosigned; `verify_checkpoint` makes it.

    `note.unknown` are signature lines of keys the policy does not name.
    """

    head: TreeHead
    raw: bytes
    note: VerifiedNote


def format_checkpoint(head: TreeHead, lines: Iterable[str]) -> bytes:
    """The checkpoint's bytes from a head and signature lines (without newlines), in that order."""
    signatures: tuple[NoteSignature, ...] = tuple(map(read_signature_line, lines))
    return format_note(head.text, signatures)


def read_head(raw: bytes) -> TreeHead:
    """What an unverified checkpoint claims. Raises Malformed."""
    return TreeHead.read(read_note(raw).text)


def verify_checkpoint(raw: bytes, policy: Policy) -> VerifiedCheckpoint:
    """Signed by a log of its own name, no known signature false, quorum met.

    Raises Malformed, NotVerified, or Unchecked where only keys that this build cannot check signed.
    """
    note = read_note(raw)
    head = TreeHead.read(note.text)
    if all(peer.key.name != head.origin for peer in policy.logs):
        raise NotVerified("the policy knows no log of this origin", origin=head.origin)
    verified = verify_note(note, policy.checkpoint_keys())
    signed = verified.signers()
    if not any(peer.key in signed and peer.key.name == head.origin for peer in policy.logs):
        raise NotVerified("the log itself has not signed this checkpoint", origin=head.origin)
    if not policy.quorum_met(signed):
        raise NotVerified("the witnesses' quorum is not met", quorum=policy.quorum)
    return VerifiedCheckpoint(head=head, raw=raw, note=verified)
