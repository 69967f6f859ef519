"""A tree head: what a checkpoint says, before anybody signs it. C2SP tlog-checkpoint, Note text."""

from dataclasses import dataclass
from typing import Self

from answerable.kernel.errors import insist
from answerable.ledger.faults import Malformed
from answerable.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from answerable.ledger.spelling import (
    NUMBER_MAX,
    check_name,
    read_decimal,
    read_hash,
    read_lines,
    write_base64,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """Of the log `origin`: its first `size` leaves have this 32-byte root."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_name(self.origin, "the origin")
        insist(0 <= self.size <= NUMBER_MAX, "a tree size is between 0 and 2^63-1")
        insist(len(self.root) == HASH_BYTES, "a root is 32 bytes")

    @property
    def text(self) -> bytes:
        """Origin, size, root: three lines, and never an extension line.

        Cosigners differ on whether they sign extension lines, so ours have none.
        """
        return f"{self.origin}\n{self.size}\n{write_base64(self.root)}\n".encode()

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Exactly those three lines. Raises Malformed."""
        lines = read_lines(text, "the checkpoint")
        if len(lines) != 3:
            raise Malformed("a checkpoint of ours has three lines: origin, size, root")
        origin = check_name(lines[0], "the origin")
        size = read_decimal(lines[1], "the tree size")
        root = read_hash(lines[2], "the root")
        if size == 0 and root != EMPTY_ROOT:
            raise Malformed("the root of the empty tree is SHA-256 of nothing")
        return cls(origin=origin, size=size, root=root)
