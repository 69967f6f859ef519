"""The promise given with every submission: this leaf will stand in the log by its due time.

Our own format, docs/formats/log.md "Receipts". Its key and first line differ from the log's, so
that a receipt can never pass for a checkpoint.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from answerable.kernel.errors import insist
from answerable.kernel.time import Millis
from answerable.ledger.faults import Malformed, NotVerified
from answerable.ledger.keys import KeyType, VerifierKey
from answerable.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from answerable.ledger.note import verify_note
from answerable.ledger.policy import RECEIPTS_SUFFIX
from answerable.ledger.spelling import (
    NUMBER_MAX,
    check_name,
    read_decimal,
    read_hash,
    read_lines,
    write_base64,
)

VERSION: Final = "receipt/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`leaf_hash` was received, and will be in the log `origin` by `due`.

    When it was given the log stood at `size` leaves with `root`; the leaf comes after those.
    """

    origin: str
    leaf_hash: bytes
    received: Millis
    due: Millis
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_name(self.origin, "the origin")
        insist(len(self.leaf_hash) == HASH_BYTES == len(self.root), "a hash is 32 bytes")
        insist(0 <= self.received <= self.due <= NUMBER_MAX, "a receipt falls due after it is made")
        insist(0 <= self.size <= NUMBER_MAX, "a tree size is between 0 and 2^63-1")

    @property
    def name(self) -> str:
        """Whose key signs it."""
        return self.origin + RECEIPTS_SUFFIX

    @property
    def text(self) -> bytes:
        """The six lines that are signed."""
        return (
            f"{self.name}\n{VERSION}\n{write_base64(self.leaf_hash)}\n"
            f"received {self.received}\ndue {self.due}\n"
            f"after {self.size} {write_base64(self.root)}\n"
        ).encode()

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Exactly those six lines. Raises Malformed."""
        lines = read_lines(text, "the receipt")
        if len(lines) != 6 or not lines[0].endswith(RECEIPTS_SUFFIX) or lines[1] != VERSION:
            raise Malformed(f"a receipt has six lines, of a log's {RECEIPTS_SUFFIX} and {VERSION}")
        received = Millis(read_decimal(_after(lines[3], "received "), "the time of receipt"))
        due = Millis(read_decimal(_after(lines[4], "due "), "the due time"))
        size_text, _, root_text = _after(lines[5], "after ").partition(" ")
        size = read_decimal(size_text, "the tree size")
        root = read_hash(root_text, "the root")
        if due < received:
            raise Malformed("a receipt falls due after it is made")
        if size == 0 and root != EMPTY_ROOT:
            raise Malformed("the root of the empty tree is SHA-256 of nothing")
        return cls(
            origin=check_name(lines[0].removesuffix(RECEIPTS_SUFFIX), "the origin"),
            leaf_hash=read_hash(lines[2], "the leaf hash"),
            received=received,
            due=due,
            size=size,
            root=root,
        )


def verify_receipt(raw: bytes, keys: Iterable[VerifierKey]) -> Receipt:
    """A receipt signed by the receipts key of the log it names. Raises Malformed or NotVerified."""
    verified = verify_note(raw, (key for key in keys if key.type is KeyType.ED25519))
    receipt = Receipt.read(verified.text)
    if all(key.name != receipt.name for key in verified.signers()):
        raise NotVerified("the log's own receipts key has not signed this", name=receipt.name)
    return receipt


def _after(line: str, word: str) -> str:
    if not line.startswith(word):
        raise Malformed(f"a line of the receipt does not begin with {word!r}")
    return line.removeprefix(word)
