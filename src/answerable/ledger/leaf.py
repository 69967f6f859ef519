"""The public leaf: 0x01 and a keyed commitment, 33 bytes, the same size whatever happened.

The formulas live in events/sealing.py, below the ledger; auditor and verifier read them from here.
"""

from answerable.events.sealing import (
    KEY_BYTES,
    LEAF_BYTES,
    event_commitment,
    group_commitment,
    leaf_hash_of,
    public_leaf,
)

__all__ = [
    "KEY_BYTES",
    "LEAF_BYTES",
    "event_commitment",
    "group_commitment",
    "leaf_hash_of",
    "public_leaf",
]
