"""Roots and proofs of a long ledger without hashing all of it each time.

Keeps the root of every full subtree of 256 leaves or more that it met (some 2 MB for a million
entries) and reads the leaves of at most the last tiles again. Entries are never changed, so what
was computed once stays true; the tree grows by what is asked of it.

Below a cut (pruned entries) only the edge of the tree there is known. That is enough for every
root, proof and edge at or behind the cut; PrunedError where it is not.
"""

from collections.abc import Callable

from edgenode.core.ledger.merkle import EMPTY_ROOT, Frontier, Leaves, node_hash, root_of
from edgenode.core.ledger.retention import PrunedError
from edgenode.model.errors import RefusedError

TILE = 256
_TILES_KEPT = 4


def _nothing_cut() -> Frontier:
    return Frontier()


class Tree:
    """A ledger's RFC 6962 tree over `leaves` (leaf hashes [start, end), from 0).

    `cut` gives the tree's edge where the leaves begin; it may move on.
    """

    def __init__(self, leaves: Leaves, cut: Callable[[], Frontier] = _nothing_cut) -> None:
        self._leaves = leaves
        self._cut = cut
        self._from = 0  # the cut as of the last look at it
        self._known: dict[tuple[int, int], bytes] = {}  # roots of full subtrees
        self._tiles: dict[int, list[bytes]] = {}  # leaves of the tiles used last

    @property
    def begins(self) -> int:
        """Return the size at the cut: below it nothing is proved from here."""
        cut = self._cut()
        if cut.size > self._from:
            self._from = cut.size
            self._known |= dict(zip(_edge(cut.size), cut.nodes, strict=True))
            self._tiles.clear()
        return self._from

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` leaves; all of them must be durable."""
        self._look(size)
        return self._span(0, size) if size else EMPTY_ROOT

    def proof(self, size1: int, size2: int) -> tuple[bytes, ...]:
        """Prove that the first `size1` leaves are a prefix; empty if there is nothing to prove.

        The hashes of RFC 6962, section 2.1.2.
        """
        if not 0 <= size1 <= size2:
            raise RefusedError(
                f"a proof from {size1} to {size2}",
                expected="sizes in order, from 0 on",
                do="ask for a proof from the smaller size to the larger",
                code="EN402",
            )
        self._look(size1)
        path: list[bytes] = []
        start, end, whole = 0, size2, True
        while 0 < size1 != end:
            middle = _middle(start, end)
            if size1 <= middle:
                path.append(self._span(middle, end))
                end = middle
            else:
                path.append(self._span(start, middle))
                start, whole = middle, False
        if not whole:
            path.append(self._span(start, end))
        return tuple(reversed(path))

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Prove leaf `index` (from 0) in the tree of `size` leaves (RFC 6962, section 2.1.1)."""
        if not 0 <= index < size:
            raise RefusedError(
                f"a proof of leaf {index} in a tree of {size}",
                expected=f"a leaf from 0 to {size - 1}",
                do="ask for a leaf that the tree has",
                code="EN402",
            )
        self._look(index + 1)
        path: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = _middle(start, end)
            if index < middle:
                path.append(self._span(middle, end))
                end = middle
            else:
                path.append(self._span(start, middle))
                start = middle
        return tuple(reversed(path))

    def frontier(self, size: int) -> Frontier:
        """Return the right edge at `size`, from which the tree can grow."""
        self._look(size)
        return Frontier(size, [self._span(*span) for span in _edge(size)])

    def _look(self, size: int) -> None:
        """See how far the cut has moved; refuse what lies below it."""
        begins = self.begins
        if 0 < size < begins:
            raise PrunedError("the ledger", size, begins)

    def _span(self, start: int, end: int) -> bytes:
        """Return the root over leaves [start, end), as RFC 6962 splits them."""
        known = self._known.get((start, end))
        if known is not None:
            return known
        count = end - start
        full = count & (count - 1) == 0 and start % count == 0
        if end <= self._from and full:
            raise PrunedError("the ledger", start + 1, self._from)
        if start >= self._from and start // TILE == (end - 1) // TILE:
            root = root_of(self._tile(start, end))
        else:
            middle = _middle(start, end)
            root = node_hash(self._span(start, middle), self._span(middle, end))
        if full and count >= TILE:
            self._known[start, end] = root
        return root

    def _tile(self, start: int, end: int) -> list[bytes]:
        """Return leaves [start, end) of one tile."""
        index = start // TILE
        first = max(index * TILE, self._from)
        held = self._tiles.pop(index, [])
        if first + len(held) < end:
            held = [*held, *self._leaves(first + len(held), end)]
        if first + len(held) < end:
            raise RefusedError(
                f"{len(held)} leaves of tile {index}",
                expected=f"{end - first}",
                do="verify the ledger; restore it from a peer or a backup",
                code="EN402",
            )
        self._tiles[index] = held  # newest last
        while len(self._tiles) > _TILES_KEPT:
            del self._tiles[next(iter(self._tiles))]
        return held[start - first : end - first]


def _middle(start: int, end: int) -> int:
    """Return where RFC 6962 splits a tree: the largest power of two below its count."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _edge(size: int) -> list[tuple[int, int]]:
    """Return the full subtrees that a tree's right edge is made of, largest first."""
    spans, start = [], 0
    for bit in range(size.bit_length() - 1, -1, -1):
        if size >> bit & 1:
            spans.append((start, start + (1 << bit)))
            start += 1 << bit
    return spans
