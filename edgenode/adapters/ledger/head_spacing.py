"""Which signed heads stay: the newest, and enough others that a frame of sync ends at one.

Each head that stays keeps the edge of its tree, some 300 bytes for a few hundred entries: so the
root at any size costs a block of leaves, not the whole ledger.
"""


class HeadSpacing:
    """Follows the heads as they are stored; says which one the next makes needless."""

    ENTRIES = 512
    BYTES = 96 * 1024

    def __init__(self) -> None:
        self._newest = 0  # size of the newest head, 0 where it is to stay
        self._entries = self._bytes = 0  # since the head before it that stays

    def next(self, size: int, entries: int, size_bytes: int, *, stays: bool = False) -> int:
        """Note a new head over more entries; returns the size of the head to drop, or 0.

        A head under a snapshot `stays`.
        """
        fits = self._entries + entries <= self.ENTRIES and self._bytes + size_bytes <= self.BYTES
        dropped, self._newest = self._newest if fits else 0, 0 if stays else size
        self._entries = self._entries + entries if fits else entries
        self._bytes = self._bytes + size_bytes if fits else size_bytes
        return dropped
