"""Merkle trees as RFC 9162 §2.1 has them: roots, proofs of inclusion and of consistency.

Hashes of leaves come in, 32 bytes each; what a leaf is, the caller knows. The rows of a unit are
many, so their root is made natively; this is for ledgers, for proofs, and to check both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\0", b"\1"


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf with this content."""
    return hashlib.sha256(LEAF + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two nodes beside each other."""
    return hashlib.sha256(NODE + left + right).digest()


def divided(count: int) -> int:
    """Return the largest power of two below a number: how many leaves go to the left."""
    return 1 << (count - 1).bit_length() - 1


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree (§2.1.1)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = [node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return what it takes to get from a leaf to the root (§2.1.3.1)."""
    proof: list[bytes] = []
    while len(leaves) > 1:
        middle = divided(len(leaves))
        if index < middle:
            proof.append(root_of(leaves[middle:]))
            leaves = leaves[:middle]
        else:
            proof.append(root_of(leaves[:middle]))
            leaves, index = leaves[middle:], index - middle
    return proof[::-1]


def root_by_inclusion(leaf: bytes, index: int, count: int, proof: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to (§2.1.3.2); None where it cannot be one."""
    if not 0 <= index < count:
        return None
    node, last = leaf, count - 1
    for sibling in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = node_hash(sibling, node)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


def consistency_proof(leaves: Sequence[bytes], count: int) -> list[bytes]:
    """Return what shows that the tree of the first `count` leaves is in this one (§2.1.4.1)."""
    proof: list[bytes] = []
    is_whole = True
    while count != len(leaves):
        middle = divided(len(leaves))
        if count <= middle:
            proof.append(root_of(leaves[middle:]))
            leaves = leaves[:middle]
        else:
            proof.append(root_of(leaves[:middle]))
            leaves, count, is_whole = leaves[middle:], count - middle, False
    if not is_whole:
        proof.append(root_of(leaves))
    return proof[::-1]


def is_consistent(
    count: int, root: bytes, later_count: int, later_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a later tree holds an earlier one unchanged at its beginning (§2.1.4.2)."""
    if count == later_count:
        return root == later_root and not proof
    if not 0 < count < later_count or not proof:
        return False
    nodes = [root, *proof] if count & (count - 1) == 0 else list(proof)
    index, last = count - 1, later_count - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    earlier = later = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            earlier, later = node_hash(sibling, earlier), node_hash(sibling, later)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            later = node_hash(later, sibling)
        index, last = index >> 1, last >> 1
    return earlier == root and later == later_root and last == 0
