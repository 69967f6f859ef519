"""The tree's laws. The judge is RFC 6962 section 2.1 in its plainest form, sharing not one line
with the code it judges: no hash helper, no split, no tile."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.kernel.errors import Breach
from answerable.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from answerable.ledger.tiles import TileReader, grow, tiles_of, tiles_to_write

LEAVES = st.lists(st.binary(max_size=40), max_size=80)
SOME_LEAVES = st.lists(st.binary(max_size=40), min_size=1, max_size=80)
DIFFERENT_LEAVES = st.lists(st.binary(max_size=40), min_size=1, max_size=80, unique=True)


def slow_root(leaves: list[bytes]) -> bytes:
    """MTH(D[n])."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def slow_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*slow_path(m, leaves[:k]), slow_root(leaves[k:])]
    return [*slow_path(m - k, leaves[k:]), slow_root(leaves[:k])]


def slow_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b)."""
    if m == len(leaves):
        return [] if whole else [slow_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*slow_subproof(m, leaves[:k], whole), slow_root(leaves[k:])]
    return [*slow_subproof(m - k, leaves[k:], False), slow_root(leaves[:k])]


def tiled(*batches: list[bytes]) -> tuple[dict[str, bytes], TileReader]:
    """The tiles a log writes when it grows by these batches, and a reader over them."""
    files: dict[str, bytes] = {}
    size = 0
    for batch in batches:
        for tile, data in list(grow(size, batch, files.get)):
            assert tile.path not in files, "a tile is written once"
            files[tile.path] = data
        size += len(batch)
    return files, TileReader(size, files.get)


@given(leaves=LEAVES)
def test_both_ways_to_a_root_agree_with_the_rfc(leaves: list[bytes]) -> None:
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == slow_root(leaves)
    assert root_of([leaf_hash(leaf) for leaf in leaves]) == slow_root(leaves)
    _files, reader = tiled(leaves)
    assert root_at(len(leaves), reader.hash_at) == slow_root(leaves)


@given(leaves=LEAVES, cut=st.integers(0, 80))
def test_a_tree_taken_up_again_at_its_edge_goes_on_as_if_never_put_down(
    leaves: list[bytes], cut: int
) -> None:
    before = Frontier()
    before.extend(leaves[:cut])
    after = Frontier.from_edge(before.size, before.edge())
    kept = before.copy()
    after.extend(leaves[cut:])
    assert after.size == len(leaves)
    assert after.root() == slow_root(leaves)
    assert before.root() == kept.root() == slow_root(leaves[:cut])


def test_an_edge_of_another_size_is_refused() -> None:
    tree = Frontier()
    tree.extend([b"a", b"b", b"c"])
    for size in (0, 1, 2, 4, 7, -1, 2**63):
        with pytest.raises(Breach):
            Frontier.from_edge(size, tree.edge())


@given(leaves=SOME_LEAVES, data=st.data())
def test_inclusion_proofs_are_the_rfcs_and_verify(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    _files, reader = tiled(leaves)
    proof = inclusion_proof(index, len(leaves), reader.hash_at)
    assert proof == slow_path(index, leaves)
    assert verify_inclusion(index, len(leaves), leaf_hash(leaves[index]), proof, slow_root(leaves))


@given(leaves=LEAVES, data=st.data())
def test_consistency_proofs_are_the_rfcs_and_verify(
    leaves: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(0, len(leaves)))
    _files, reader = tiled(leaves)
    proof = consistency_proof(old, len(leaves), reader.hash_at)
    assert proof == ([] if old == 0 else slow_subproof(old, leaves, True))
    assert verify_consistency(old, len(leaves), slow_root(leaves[:old]), slow_root(leaves), proof)


MUTATE = st.sampled_from(["flip", "drop", "repeat", "insert", "swap", "shorten", "lengthen"])


def mutated(data: st.DataObject, proof: list[bytes]) -> list[bytes]:
    """The proof changed in one place: another list than it was."""
    how = data.draw(MUTATE)
    at = data.draw(st.integers(0, max(0, len(proof) - 1)))
    if not proof or how == "insert":
        return [*proof[:at], data.draw(st.binary(min_size=32, max_size=32)), *proof[at:]]
    changed = list(proof)
    match how:
        case "flip":
            bit = data.draw(st.integers(0, 255))
            flipped = bytearray(changed[at])
            flipped[bit // 8] ^= 1 << bit % 8
            changed[at] = bytes(flipped)
        case "drop":
            del changed[at]
        case "repeat":
            changed.insert(at, changed[at])
        case "swap":
            changed = changed[1:] + changed[:1] if len(changed) > 1 else []
        case "shorten":
            changed[at] = changed[at][:-1]
        case _:
            changed[at] += b"\x00"
    return changed


@settings(max_examples=200)
@given(leaves=DIFFERENT_LEAVES, data=st.data())
def test_no_other_proof_leaf_index_or_root_is_accepted(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    leaf, root, proof = leaf_hash(leaves[index]), slow_root(leaves), slow_path(index, leaves)
    other = data.draw(st.binary(min_size=32, max_size=32))
    elsewhere = data.draw(st.integers(-2, 2 * size).filter(lambda i: i != index))
    wrong = mutated(data, proof)
    if wrong != proof:
        assert not verify_inclusion(index, size, leaf, wrong, root)
    assert not verify_inclusion(index, size, other, proof, root)
    assert not verify_inclusion(index, size, leaf, proof, other)
    assert not verify_inclusion(elsewhere, size, leaf, proof, root)


@settings(max_examples=200)
@given(leaves=SOME_LEAVES, data=st.data())
def test_no_other_history_is_accepted(leaves: list[bytes], data: st.DataObject) -> None:
    new = len(leaves)
    old = data.draw(st.integers(1, new))
    before, after = slow_root(leaves[:old]), slow_root(leaves)
    proof = slow_subproof(old, leaves, True)
    other = data.draw(st.binary(min_size=32, max_size=32))
    wrong = mutated(data, proof)
    if wrong != proof:
        assert not verify_consistency(old, new, before, after, wrong)
    assert not verify_consistency(old, new, other, after, proof)
    assert not verify_consistency(old, new, before, other, proof)
    changed = [leaf + b"!" if at == old - 1 else leaf for at, leaf in enumerate(leaves)]
    assert not verify_consistency(
        old, new, before, slow_root(changed), slow_subproof(old, changed, True)
    )


@settings(max_examples=300)
@given(
    a=st.integers(-3, 2**70),
    b=st.integers(-3, 2**70),
    ends=st.tuples(st.binary(max_size=40), st.binary(max_size=40)),
    proof=st.lists(st.binary(max_size=40), max_size=80),
)
def test_verifiers_answer_anything(
    a: int, b: int, ends: tuple[bytes, bytes], proof: list[bytes]
) -> None:
    assert verify_inclusion(a, b, *ends[:1], proof, ends[1]) in (True, False)
    assert verify_consistency(a, b, *ends, proof) in (True, False)


def test_hashes_of_another_length_never_pass_where_values_would_agree() -> None:
    """A node cut at another place hashes to the same bytes: only the length tells."""
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    root = slow_root([b"a", b"b"])
    assert verify_inclusion(0, 2, left, [right], root)
    assert not verify_inclusion(0, 2, left + right[:1], [right[1:]], root)
    assert not verify_inclusion(0, 2, left[:31], [left[31:] + right], root)


def test_everything_continues_the_empty_tree_and_nothing_else_does_so_for_free() -> None:
    root = slow_root([b"a"])
    assert verify_consistency(0, 1, EMPTY_ROOT, root, [])
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, 0, root, root, [])
    assert not verify_consistency(0, 1, root, root, [])
    assert not verify_consistency(0, 1, EMPTY_ROOT, root, [root])
    assert not verify_consistency(1, 1, root, root, [root])


def slow_tiles(leaves: list[bytes]) -> dict[str, bytes]:
    """Every tile of a tree straight from the definition, for trees below 256^2 * 1000 leaves."""
    files = {}
    span, level = 1, 0
    while len(leaves) // span:
        row = [slow_root(leaves[i * span : (i + 1) * span]) for i in range(len(leaves) // span)]
        for n in range(0, len(row), 256):
            held = row[n : n + 256]
            suffix = "" if len(held) == 256 else f".p/{len(held)}"
            files[f"tile/{level}/{n // 256:03}{suffix}"] = b"".join(held)
        span, level = span * 256, level + 1
    for n in range(0, len(leaves), 256):
        some = leaves[n : n + 256]
        suffix = "" if len(some) == 256 else f".p/{len(some)}"
        files[f"tile/entries/{n // 256:03}{suffix}"] = b"".join(
            len(leaf).to_bytes(2, "big") + leaf for leaf in some
        )
    return files


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 700), min_size=1, max_size=4))
def test_tiles_are_what_their_definition_says_however_the_log_grew(cuts: list[int]) -> None:
    sizes = sorted(cuts)
    leaves = [b"leaf %d" % i for i in range(sizes[-1])]
    batches = [leaves[a:b] for a, b in zip([0, *sizes], sizes, strict=False)]
    files, _reader = tiled(*batches)
    expected: dict[str, bytes] = {}
    for size in sizes:
        expected |= slow_tiles(leaves[:size])
    assert files == expected
    for a, b in zip([0, *sizes], sizes, strict=False):
        listed = [tile.path for tile in tiles_to_write(a, b)]
        assert len(listed) == len(set(listed))
        assert set(listed) == set(slow_tiles(leaves[:b])) - set(slow_tiles(leaves[:a]))


def test_a_tree_of_three_levels() -> None:
    leaves = [i.to_bytes(4, "big") for i in range(70_000)]
    files, reader = tiled(leaves[:300], leaves[300:65_536], leaves[65_536:])
    tree = Frontier()
    tree.extend(leaves)
    assert tree.root() == root_at(70_000, reader.hash_at) == slow_root(leaves)
    # C2SP tlog-tiles' own example: 273 full tiles and one of 112; 1 and one of 17; one of 1.
    assert {"tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17"} <= set(files)
    assert "tile/2/000.p/1" in files
    assert {tile.path for tile in tiles_of(70_000)} <= set(files)
    assert files["tile/2/000.p/1"] == slow_root(leaves[:65_536])
    for index in (0, 299, 65_535, 65_536, 69_999):
        proof = inclusion_proof(index, 70_000, reader.hash_at)
        assert verify_inclusion(index, 70_000, leaf_hash(leaves[index]), proof, tree.root())
        assert reader.entry(index) == leaves[index]
    for old in (1, 255, 256, 300, 65_535, 65_536, 65_537, 70_000):
        proof = consistency_proof(old, 70_000, reader.hash_at)
        assert verify_consistency(old, 70_000, slow_root(leaves[:old]), tree.root(), proof)
