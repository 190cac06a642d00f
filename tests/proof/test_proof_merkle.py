"""The Merkle tree against a slow, obvious reading of RFC 9162 and the published 8-leaf vector."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecredit.foundation.proof.errors import TileMissing
from ecredit.foundation.proof.merkle import (
    EMPTY_ROOT,
    TILE_BYTES,
    Tree,
    leaf_hash,
    leaf_hashes,
    node_hash,
    tile_path,
    verify_consistency,
    verify_inclusion,
)

# The entries of the Certificate Transparency reference tree and its roots after 1..8 leaves.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LEAVES = leaf_hashes(str(n).encode() for n in range(70))


class Store(dict[tuple[int, int], bytes]):
    """Tiles in memory, as a reader sees them."""

    def read(self, level: int, index: int) -> bytes | None:
        return self.get((level, index))

    def grow(self, leaves: list[bytes], *, step: int | None = None) -> Tree:
        tree = Tree(self.read)
        for i in range(0, len(leaves), step or max(1, len(leaves))):
            self.update(tree.append(leaves[i : i + (step or len(leaves))]))
        return tree


def slow_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 2.1.1, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:])).digest()


def slow_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*slow_path(m, leaves[:k]), slow_root(leaves[k:])]
    return [*slow_path(m - k, leaves[k:]), slow_root(leaves[:k])]


def slow_subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [slow_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*slow_subproof(m, leaves[:k], whole), slow_root(leaves[k:])]
    return [*slow_subproof(m - k, leaves[k:], False), slow_root(leaves[:k])]


def test_published_vector() -> None:
    tree = Store().grow(leaf_hashes(bytes.fromhex(x) for x in CT_LEAVES))
    assert {n: tree.root(n).hex() for n in CT_ROOTS} == CT_ROOTS
    assert tree.root(0) == EMPTY_ROOT == sha256(b"").digest()
    assert leaf_hash(b"").hex() == CT_ROOTS[1]
    assert node_hash(LEAVES[0], LEAVES[1]) == slow_root(LEAVES[:2])


def test_roots_and_inclusion_of_every_leaf_in_every_tree_below_70() -> None:
    tree = Store().grow(LEAVES, step=7)
    for size in range(1, 70):
        root = slow_root(LEAVES[:size])
        assert tree.root(size) == root
        for index in range(size):
            proof = tree.inclusion_proof(index, size)
            assert proof == slow_path(index, LEAVES[:size])
            assert verify_inclusion(LEAVES[index], index, size, proof, root)
            assert not verify_inclusion(LEAVES[index - 1] if size > 1 else b"x", index, size, proof, root)


def test_consistency_of_every_pair_of_trees_below_70() -> None:
    tree = Store().grow(LEAVES)
    roots = [slow_root(LEAVES[:n]) for n in range(70)]
    for new in range(70):
        for old in range(new + 1):
            proof = tree.consistency_proof(old, new)
            if 0 < old < new:
                assert proof == slow_subproof(old, LEAVES[:new], True)
                assert not verify_consistency(old, new, proof, roots[old - 1], roots[new])
                assert not verify_consistency(old, new, proof, roots[old], roots[new - 1])
                assert not verify_consistency(old, new, proof[:-1], roots[old], roots[new])
                assert not verify_consistency(old, new, [*proof, roots[1]], roots[old], roots[new])
            assert verify_consistency(old, new, proof, roots[old], roots[new])


@given(st.data())
@settings(max_examples=150)
def test_no_changed_inclusion_proof_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 69))
    index = data.draw(st.integers(0, size - 1))
    proof = slow_path(index, LEAVES[:size])
    root = slow_root(LEAVES[:size])
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    assert not verify_inclusion(LEAVES[index], index, size, [*proof[:at], flipped, *proof[at + 1 :]], root)
    assert not verify_inclusion(LEAVES[index], index, size, proof[:-1], root)
    assert not verify_inclusion(LEAVES[index], index, size, [*proof, root], root)
    other = data.draw(st.integers(-1, size).filter(lambda i: i != index))
    assert not verify_inclusion(LEAVES[index], other, size, proof, root)


def test_a_tree_over_three_tile_levels_read_back_from_its_tiles() -> None:
    count = 256 * 256 + 300
    leaves = [sha256(n.to_bytes(4, "big")).digest() for n in range(count)]
    store = Store()
    grown = store.grow(leaves, step=9_999)
    assert sorted({level for level, _ in store}) == [0, 1, 2]
    assert store[0, 0] == b"".join(leaves[:256])
    assert len(store[0, 257]) == 44 * 32
    assert store[1, 0][:32] == slow_root(leaves[:256])
    assert store[2, 0] == slow_root(leaves[:65_536])
    assert max(map(len, store.values())) == TILE_BYTES

    again = Tree(store.read, count)
    root = again.root()
    assert root == grown.root() == slow_root(leaves)
    for index in (0, 255, 256, 65_535, 65_536, count - 1):
        assert again.leaf(index) == leaves[index]
        assert verify_inclusion(leaves[index], index, count, again.inclusion_proof(index), root)
    for old in (1, 255, 256, 257, 65_535, 65_536, 65_537, count - 1):
        assert verify_consistency(old, count, again.consistency_proof(old), again.root(old), root)


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6), st.integers(0, 500))
@settings(max_examples=25)
def test_a_stored_tile_may_be_longer_than_the_tree(steps: list[int], lost: int) -> None:
    """Tiles stored by an append that was never committed do not disturb the next one."""
    leaves = [sha256(n.to_bytes(4, "big")).digest() for n in range(sum(steps))]
    store, size = Store(), 0
    for step in steps:
        crashed = Tree(store.read, size)
        store.update(crashed.append([sha256(b"lost%d" % n).digest() for n in range(lost)]))
        tree = Tree(store.read, size)
        store.update(tree.append(leaves[size : size + step]))
        size += step
        assert (tree.size, tree.root()) == (size, slow_root(leaves[:size]))
    if size:
        again = Tree(store.read, size)
        assert [again.leaf(i) for i in range(size)] == leaves


def test_proofs_after_growth_do_not_use_remembered_halves_of_tiles() -> None:
    store = Store()
    tree = store.grow(LEAVES[:40])
    assert tree.inclusion_proof(0) == slow_path(0, LEAVES[:40])
    store.update(tree.append(LEAVES[40:]))
    assert tree.inclusion_proof(0) == slow_path(0, LEAVES)


def test_a_missing_or_short_tile_is_named() -> None:
    store = Store()
    store.grow([sha256(n.to_bytes(4, "big")).digest() for n in range(600)])
    full = store.pop((0, 1))
    tree = Tree(store.read, 600)
    with pytest.raises(TileMissing, match="tile 1 of level 0"):
        tree.inclusion_proof(300)
    store[0, 1] = full[:-1]
    with pytest.raises(TileMissing):
        tree.inclusion_proof(300)
    del store[1, 0]
    with pytest.raises(TileMissing, match="tile 0 of level 1"):
        Tree(store.read, 600)


def test_wrong_questions_are_refused() -> None:
    tree = Store().grow(LEAVES[:10])
    with pytest.raises(ValueError, match="32 bytes"):
        tree.append([b"short"])
    with pytest.raises(ValueError, match="32 bytes"):
        tree.append([b"x" * 31, b"x" * 33])
    for question in (
        lambda: tree.root(11),
        lambda: tree.leaf(10),
        lambda: tree.inclusion_proof(10),
        lambda: tree.inclusion_proof(0, 0),
        lambda: tree.consistency_proof(5, 11),
        lambda: tree.consistency_proof(5, 4),
    ):
        with pytest.raises(IndexError):
            question()
    assert tree.root() == slow_root(LEAVES[:10])


def test_published_tile_paths() -> None:
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(1, 1_234_067, 57) == "tile/1/x001/x234/067.p/57"
    assert tile_path(0, 999) == "tile/0/999"
    assert tile_path(0, 1000) == "tile/0/x001/000"
