"""Roots and proofs of a long ledger without hashing all of it each time.

Keeps the root of every full tile of 256 leaves and of every full subtree above (about 0.5 MiB for
a million entries) and reads the leaves of at most the last tiles again. Entries are never changed,
so what was computed once stays true; the tree grows by what is asked of it.
"""

from edgenode.core.ledger.merkle import EMPTY_ROOT, Frontier, Leaves, node_hash, root_of
from edgenode.model.errors import RefusedError

TILE_BITS = 8
TILE = 1 << TILE_BITS
_TILES_KEPT = 4


class Tree:
    """A ledger's RFC 6962 tree over `leaves` (leaf hashes [start, end), from 0)."""

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._levels: list[list[bytes]] = [[]]  # [0]: roots of full tiles; [k]: of 2^k tiles
        self._tiles: dict[int, list[bytes]] = {}  # leaves of the tiles used last

    def root_at(self, size: int) -> bytes:
        """Give the root over the first `size` leaves; all of them must be durable."""
        return self._span(0, size) if size else EMPTY_ROOT

    def proof(self, size1: int, size2: int) -> tuple[bytes, ...]:
        """Prove that the first `size1` leaves are a prefix; empty where there is nothing to prove.

        The hashes of RFC 6962, section 2.1.2.
        """
        if not 0 <= size1 <= size2:
            raise RefusedError(f"a proof from {size1} to {size2}", code="EN402")
        path: list[bytes] = []
        start, end, whole = 0, size2, True
        while 0 < size1 != end:
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if size1 <= middle:
                path.append(self._span(middle, end))
                end = middle
            else:
                path.append(self._span(start, middle))
                start, whole = middle, False
        if not whole:
            path.append(self._span(start, end))
        return tuple(reversed(path))

    def frontier(self, size: int) -> Frontier:
        """Give the right edge at `size`, from which the tree can grow."""
        nodes, start = [], 0
        for bit in range(size.bit_length() - 1, -1, -1):
            if size >> bit & 1:
                nodes.append(self._span(start, start + (1 << bit)))
                start += 1 << bit
        return Frontier(size, nodes)

    def _span(self, start: int, end: int) -> bytes:
        """Give the root over leaves [start, end), as RFC 6962 splits them."""
        count = end - start
        if count >= TILE and count & (count - 1) == 0 and start % count == 0:
            return self._full(start, end)
        if start // TILE == (end - 1) // TILE:
            at = start % TILE
            return root_of(self._tile(start // TILE, at + count)[at : at + count])
        middle = start + (1 << (count - 1).bit_length() - 1)
        return node_hash(self._span(start, middle), self._span(middle, end))

    def _full(self, start: int, end: int) -> bytes:
        tiles = self._levels[0]
        while len(tiles) * TILE < end:
            self._add(root_of(self._tile(len(tiles), TILE)))
        level = (end - start).bit_length() - 1 - TILE_BITS
        return self._levels[level][start // (end - start)]

    def _add(self, root: bytes) -> None:
        level = 0
        while True:
            if level == len(self._levels):
                self._levels.append([])
            row = self._levels[level]
            row.append(root)
            if len(row) & 1:
                return
            root = node_hash(row[-2], row[-1])
            level += 1

    def _tile(self, index: int, count: int) -> list[bytes]:
        """Give at least the first `count` leaves of a tile."""
        held = self._tiles.pop(index, [])
        if len(held) < count:
            first = index * TILE
            held = [*held, *self._leaves(first + len(held), first + count)]
        if len(held) < count:
            raise RefusedError(
                f"{len(held)} leaves of tile {index}", expected=f"{count}", code="EN402"
            )
        self._tiles[index] = held  # newest last
        while len(self._tiles) > _TILES_KEPT:
            del self._tiles[next(iter(self._tiles))]
        return held
