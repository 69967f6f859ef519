"""The tree of RFC 6962 section 2.1 over SHA-256: hashing, growing, proving, checking.

Sizes count leaves; indices count from 0; every hash is 32 bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Self, TypeAlias

from answerable.kernel.errors import Breach, insist

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
SIZE_MAX: Final = 2**63 - 1
PROOF_HASHES_MAX: Final = 64  # one a level, and one more for consistency

HashAt: TypeAlias = Callable[[int, int], bytes]
"""`hash_at(level, index)`: the root of the perfect subtree of 2^level leaves that starts at leaf
index * 2^level. Level 0 are leaf hashes."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry). RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right). RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """All that a writer must remember of a tree: one peak for each set bit of its size."""

    __slots__ = ("_peaks", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []  # largest subtree first

    @classmethod
    def from_edge(cls, size: int, edge: bytes) -> Self:
        """Take up again where `edge()` left off. Raises Breach if `edge` is not one for `size`."""
        insist(0 <= size <= SIZE_MAX, "a tree size is between 0 and 2^63-1")
        insist(len(edge) == HASH_BYTES * size.bit_count(), "an edge has a hash per set bit of size")
        tree = cls()
        tree._size = size
        tree._peaks = [edge[at : at + HASH_BYTES] for at in range(0, len(edge), HASH_BYTES)]
        return tree

    @property
    def size(self) -> int:
        return self._size

    def append(self, entry: bytes) -> None:
        self.append_hash(leaf_hash(entry))

    def extend(self, entries: Iterable[bytes]) -> None:
        for entry in entries:
            self.append_hash(leaf_hash(entry))

    def append_hash(self, hashed: bytes) -> None:
        """Add a leaf by its leaf hash."""
        insist(len(hashed) == HASH_BYTES, "a leaf hash is 32 bytes")
        size, carried = self._size, hashed
        while size & 1:
            carried, size = node_hash(self._peaks.pop(), carried), size >> 1
        self._peaks.append(carried)
        self._size += 1
        insist(len(self._peaks) == self._size.bit_count(), "one peak for each set bit of size")

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        folded = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            folded = node_hash(peak, folded)
        return folded

    def edge(self) -> bytes:
        """The peaks, largest first, 32 bytes each; with `size`, all that `from_edge` needs."""
        return b"".join(self._peaks)

    def copy(self) -> Self:
        return type(self).from_edge(self._size, self.edge())


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root of a whole tree, level by level: a second way to it, sharing no state with Frontier.

    A node without a right neighbour moves up unchanged, which is RFC 6962's left-heavy split.
    """
    if not leaf_hashes:
        return EMPTY_ROOT
    row = list(leaf_hashes)
    while len(row) > 1:
        above = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            above.append(row[-1])
        row = above
    return row[0]


def root_at(size: int, hash_at: HashAt) -> bytes:
    """The root of the first `size` leaves, from stored subtree hashes."""
    return _range_root(0, size, hash_at) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> list[bytes]:
    """RFC 6962 section 2.1.1: the siblings of leaf `index` in the tree of `size`, leaf upward.

    Raises Breach if there is no such leaf.
    """
    insist(0 <= index < size <= SIZE_MAX, "only a leaf of the tree can be proven in it")
    downward: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            downward.append(_range_root(middle, end, hash_at))
            end = middle
        else:
            downward.append(_range_root(start, middle, hash_at))
            start = middle
    return downward[::-1]


def consistency_proof(old: int, new: int, hash_at: HashAt) -> list[bytes]:
    """RFC 6962 section 2.1.2: that the tree of `old` leaves is how the tree of `new` began.

    Empty where old is 0 or equals new. Raises Breach unless 0 <= old <= new.
    """
    insist(0 <= old <= new <= SIZE_MAX, "a tree only grows")
    if old in (0, new):
        return []
    downward: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            downward.append(_range_root(middle, end, hash_at))
            end = middle
        else:
            downward.append(_range_root(start, middle, hash_at))
            start, whole = middle, False
    if not whole:
        downward.append(_range_root(start, end, hash_at))
    return downward[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """Does `proof` lead from the leaf hash `leaf` at `index` to `root`? RFC 9162 section 2.1.3.2.

    Total: any integers and byte strings get an answer, after at most 64 steps.
    """
    if not (0 <= index < size <= SIZE_MAX and _all_hashes((leaf, root), proof)):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Is the tree (new, new_root) a continuation of (old, old_root)? RFC 9162 section 2.1.4.2.

    From the empty tree everything continues, with an empty proof (C2SP tlog-witness). Total, like
    `verify_inclusion`.
    """
    if not (0 <= old <= new <= SIZE_MAX and _all_hashes((old_root, new_root), proof)):
        return False
    if old == new:
        return not proof and old_root == new_root and (old > 0 or old_root == EMPTY_ROOT)
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _all_hashes(ends: Sequence[bytes], proof: Sequence[bytes]) -> bool:
    """Length first: hashes of other lengths have fooled verifiers that compared only values."""
    return len(proof) <= PROOF_HASHES_MAX and all(len(h) == HASH_BYTES for h in (*ends, *proof))


def _split(count: int) -> int:
    """The largest power of two strictly below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(start: int, end: int, hash_at: HashAt) -> bytes:
    """The root over leaves [start, end), where start is aligned as RFC 6962's splits leave it."""
    peaks: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start % (1 << level):
            raise Breach("a range of the tree starts where its largest subtree does")
        peaks.append(hash_at(level, start >> level))
        start += 1 << level
    folded = peaks.pop()
    while peaks:
        folded = node_hash(peaks.pop(), folded)
    return folded
