"""Trees of RFC 9162 against its own recursive definition, and against the native one."""

import hashlib

import pytest

from smimebatch import _native
from smimebatch.job import merkle

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(41)]


def tree_hash(leaves):
    """RFC 9162 §2.1.1, as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    parts = tree_hash(leaves[:middle]) + tree_hash(leaves[middle:])
    return hashlib.sha256(b"\1" + parts).digest()


@pytest.mark.parametrize("count", range(len(LEAVES) + 1))
def test_root_is_that_of_the_definition_here_and_in_the_core(count):
    leaves = LEAVES[:count]
    assert merkle.root_of(leaves) == tree_hash(leaves) == _native.merkle_root(b"".join(leaves))


@pytest.mark.parametrize("count", range(1, 20))
def test_leaf_of_any_tree_is_proven_and_no_other_is(count):
    leaves = LEAVES[:count]
    root = tree_hash(leaves)
    for index, leaf in enumerate(leaves):
        proof = merkle.inclusion_proof(leaves, index)
        assert merkle.root_by_inclusion(leaf, index, count, proof) == root
        for other in range(count):
            if other != index:
                assert merkle.root_by_inclusion(leaf, other, count, proof) != root
        assert merkle.root_by_inclusion(LEAVES[40], index, count, proof) != root
        assert merkle.root_by_inclusion(leaf, index, count, [*proof, leaf]) is None
        if proof:
            assert merkle.root_by_inclusion(leaf, index, count, proof[:-1]) != root


@pytest.mark.parametrize("later", range(1, 20))
def test_earlier_tree_is_proven_to_be_in_a_later_one_and_no_other_is(later):
    root = tree_hash(LEAVES[:later])
    for count in range(1, later + 1):
        earlier = tree_hash(LEAVES[:count])
        proof = merkle.consistency_proof(LEAVES[:later], count)
        assert merkle.is_consistent(count, earlier, later, root, proof)
        assert not merkle.is_consistent(count, LEAVES[40], later, root, proof)
        assert not merkle.is_consistent(count, earlier, later, LEAVES[40], proof)
        if count < later:
            assert not merkle.is_consistent(count, earlier, later, root, proof[:-1])
            assert not merkle.is_consistent(count, earlier, later, root, [*proof, root])
