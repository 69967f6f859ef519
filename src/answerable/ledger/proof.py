"""A leaf's proof in one file: index, path, checkpoint. C2SP tlog-proof, version 1."""

from dataclasses import dataclass
from typing import Final, Self

from answerable.ledger.checkpoint import VerifiedCheckpoint, read_head, verify_checkpoint
from answerable.ledger.faults import Malformed, NotVerified
from answerable.ledger.merkle import PROOF_HASHES_MAX, verify_inclusion
from answerable.ledger.policy import Policy
from answerable.ledger.spelling import (
    read_base64,
    read_decimal,
    read_hash,
    read_lines,
    write_base64,
)

HEADER: Final = "c2sp.org/tlog-proof@v1"
SUFFIX: Final = ".tlog-proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """That leaf `index` is in the checkpoint's tree. `extra` is authenticated by nobody."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    @property
    def raw(self) -> bytes:
        """The file's bytes; the checkpoint verbatim at their end."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {write_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [write_base64(hashed) for hashed in self.path]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Raises Malformed. Nothing is verified, but the checkpoint is well spelled."""
        first, empty, checkpoint = raw.partition(b"\n\n")
        if not empty:
            raise Malformed("a proof has lines, then an empty line, then a checkpoint")
        lines = read_lines(first + b"\n", "the proof")
        if lines.pop(0) != HEADER:
            raise Malformed(f"a proof begins with {HEADER}")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = read_base64(lines.pop(0)[len("extra ") :], "the extra data")
        if not lines or not lines[0].startswith("index "):
            raise Malformed("a proof has an index line")
        index = read_decimal(lines.pop(0)[len("index ") :], "the index")
        if len(lines) > PROOF_HASHES_MAX:
            raise Malformed(f"a path has {PROOF_HASHES_MAX} hashes at most")
        path = tuple(read_hash(line, "a hash of the path") for line in lines)
        read_head(checkpoint)
        return cls(index=index, path=path, checkpoint=checkpoint, extra=extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenLeaf:
    """A leaf hash shown to stand at `index` under a believed checkpoint. Made by `verify_proof`."""

    index: int
    leaf_hash: bytes
    checkpoint: VerifiedCheckpoint


def verify_proof(raw: bytes, leaf_hash: bytes, policy: Policy) -> ProvenLeaf:
    """Offline, from these bytes alone. Raises Malformed, NotVerified or Unchecked."""
    proof = TlogProof.read(raw)
    checkpoint = verify_checkpoint(proof.checkpoint, policy)
    head = checkpoint.head
    if not verify_inclusion(proof.index, head.size, leaf_hash, proof.path, head.root):
        raise NotVerified("the path does not lead from this leaf to the checkpoint's root")
    return ProvenLeaf(index=proof.index, leaf_hash=leaf_hash, checkpoint=checkpoint)
