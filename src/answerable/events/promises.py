"""What a receipt promises, for whatever was received: same fields, same bytes, every time."""

from dataclasses import dataclass

from answerable.events.event import Recorded
from answerable.kernel.time import MINUTE, Millis

RECEIPT_DUE = 1 * MINUTE
"""A promised leaf stands in a signed head by then (docs/formats/log.md, Receipts)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The fields of a receipt, kept from its own transaction on, so that a retry returns its bytes.

    `leaf_hash` and `after_root` have 32 bytes; `received` and `due` are ms UTC; `after_size` and
    `after_root` are the last signed head at receipt.
    """

    leaf_hash: bytes
    received: Millis
    due: Millis
    after_size: int
    after_root: bytes


def promise_over(recorded: Recorded, head: tuple[int, bytes]) -> Promise:
    """The promise over one recorded event, given the last signed head (size, root)."""
    size, root = head
    return Promise(
        leaf_hash=recorded.leaf_hash,
        received=recorded.recorded,
        due=Millis(recorded.recorded + RECEIPT_DUE),
        after_size=size,
        after_root=root,
    )
