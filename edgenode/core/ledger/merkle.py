"""The RFC 6962 tree over a ledger's leaves: its root, its growing edge, its proofs.

    leaf hash       SHA256(0x00 || data)              (made in wire/entry)
    node hash       SHA256(0x01 || left || right)
    empty root      SHA256("")

`Leaves` gives the leaf hashes [start, end) that a proof needs; a proof over n leaves hashes all of
them once, so a caller with a large tree gives a `Leaves` that knows whole subtrees (not needed up
to some hundred thousand entries). Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from edgenode.model.errors import RefusedError

HASH_BYTES = 32
PROOF_HASHES_MAX = 64  # a path in a tree of fewer than 2^63 leaves, and one more
EMPTY_ROOT = hashlib.sha256(b"").digest()
_sha256 = hashlib.sha256

Leaves = Callable[[int, int], Sequence[bytes]]  # leaf hashes with start <= index < end, from 0


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children."""
    return _sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, largest first.

    As bytes: the hashes one after another; the size says how many there are (its one-bits), so
    there is one encoding.
    """

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.nodes = list(nodes)
        assert len(self.nodes) == size.bit_count()

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.nodes.append(leaf)
        self.size = size = self.size + 1
        while not size & 1:
            right = self.nodes.pop()
            self.nodes[-1] = _sha256(b"\x01" + self.nodes[-1] + right).digest()
            size >>= 1

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes in order: as `append` of each, folded level by level."""
        level, below = list(leaves), self.size
        self.size += len(level)
        edge: list[bytes] = []  # what stays of each level, smallest first
        while level:
            if below & 1:
                level.insert(0, self.nodes.pop())
            if len(level) & 1:
                edge.append(level.pop())
            pairs = zip(level[::2], level[1::2], strict=True)
            level = [_sha256(b"\x01" + left + right).digest() for left, right in pairs]
            below >>= 1
        self.nodes += reversed(edge)

    @property
    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in self.nodes[-2::-1]:
            root = node_hash(node, root)
        return root

    def copy(self) -> "Frontier":
        """Return one that grows by itself."""
        return Frontier(self.size, self.nodes)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes, 32 for each one-bit of the size."""
        return b"".join(self.nodes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        """Read the bytes back; EN402 if their length does not fit the size."""
        if size < 0 or len(data) != HASH_BYTES * size.bit_count():
            raise RefusedError(
                f"a frontier of {len(data)} bytes for {size} leaves",
                expected=f"{HASH_BYTES} bytes for each one-bit of the size",
                do="restore the ledger from a peer or a backup",
                code="EN402",
            )
        return cls(size, [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)])


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root


def inclusion_proof(leaves: Leaves, index: int, size: int) -> list[bytes]:
    """Prove leaf `index` (from 0) in the tree of the first `size` leaves (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise _refused(f"a proof of leaf {index} in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root_of(leaves(middle, end)))
            end = middle
        else:
            path.append(root_of(leaves(start, middle)))
            start = middle
    return path[::-1]


def consistency_proof(leaves: Leaves, size1: int, size2: int) -> list[bytes]:
    """Prove that the tree of `size1` leaves is a prefix of that of `size2` (RFC 6962, 2.1.2)."""
    if not 0 < size1 <= size2:
        raise _refused(f"a consistency proof from size {size1} to {size2}")
    path: list[bytes] = []
    start, end = 0, size2
    whole = True  # the old tree is all of [0, end): its root is what the verifier holds
    while size1 != end:
        middle = start + _split(end - start)
        if size1 <= middle:
            path.append(root_of(leaves(middle, end)))
            end = middle
        else:
            path.append(root_of(leaves(start, middle)))
            start = middle
            whole = False
    if not whole:
        path.append(root_of(leaves(start, end)))
    return path[::-1]


def check_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Refuse (EN402) unless the proof places `leaf` at `index` under `root`."""
    _check_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise _refused(f"leaf {index} in a tree of {size}")
    node, last = index, size - 1
    made = leaf
    for sibling in proof:
        if last == 0:
            raise _refused("a proof with too many hashes")
        if node & 1 or node == last:
            made = node_hash(sibling, made)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            made = node_hash(made, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise _refused("a proof with too few hashes")
    if made != root:
        raise _refused("an inclusion proof that leads to another root")


def check_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """Refuse (EN402) unless the tree (size1, root1) is a prefix of (size2, root2).

    Size 0 is refused: anything follows an empty tree, so a proof from it would prove nothing.
    """
    if not 0 < size1 <= size2:
        raise _refused(f"a consistency proof from size {size1} to {size2}")
    if size1 == size2:
        if proof or root1 != root2:
            raise _refused("two roots, or a proof, for trees of one size")
        return
    _check_hashes([root1, root2, *proof])
    # A whole power of two is a subtree of the larger tree: its root is the first hash.
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not path:
        raise _refused("an empty proof between different sizes")
    if _climb(size1 - 1, size2 - 1, path) != (root1, root2):
        raise _refused("a consistency proof that leads to another root")


def _climb(node: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of both trees that a consistency path leads to (RFC 9162, 2.1.4.2)."""
    while node & 1:
        node, last = node >> 1, last >> 1
    made1 = made2 = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise _refused("a proof with too many hashes")
        if node & 1 or node == last:
            made1, made2 = node_hash(sibling, made1), node_hash(sibling, made2)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            made2 = node_hash(made2, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise _refused("a proof with too few hashes")
    return made1, made2


def _split(count: int) -> int:
    """Return the largest power of two below `count` (at least 2)."""
    return 1 << (count - 1).bit_length() - 1


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if len(hashes) > PROOF_HASHES_MAX + 2 or any(len(h) != HASH_BYTES for h in hashes):
        raise _refused("a hash that is not 32 bytes, or too many of them")


def _refused(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="an RFC 6962 proof for these sizes and roots",
        do="keep both heads: if the proof cannot be made, they are two histories",
        code="EN402",
    )
