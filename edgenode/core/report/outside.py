"""When an instrument was exposed beyond its band, and when it was back. Market ns."""

from dataclasses import dataclass


@dataclass(slots=True)
class Outside:
    """The times beyond the band since `begin`; `since_ns` is None while within it."""

    since_ns: int | None = None
    left_ns: int | None = None  # first
    back_ns: int | None = None  # newest, for good if nothing left it since
    _total_ns: int = 0
    _longest_ns: int = 0

    def begin(self, at_ns: int) -> None:
        """Count from here on: what is beyond the band now left it now."""
        beyond = self.since_ns is not None
        self.since_ns = self.left_ns = at_ns if beyond else None
        self.back_ns, self._total_ns, self._longest_ns = None, 0, 0

    def add(self, at_ns: int, *, beyond: bool) -> None:
        """Note where it stands from a time on."""
        if beyond and self.since_ns is None:
            self.since_ns = at_ns
            self.left_ns = at_ns if self.left_ns is None else self.left_ns
        elif not beyond and self.since_ns is not None:
            self._total_ns, self._longest_ns = self.total_ns(at_ns), self.longest_ns(at_ns)
            self.since_ns, self.back_ns = None, at_ns

    def total_ns(self, now_ns: int) -> int:
        """Return how long it was beyond the band."""
        return self._total_ns + self._open_ns(now_ns)

    def longest_ns(self, now_ns: int) -> int:
        """Return the longest time at once."""
        return max(self._longest_ns, self._open_ns(now_ns))

    def _open_ns(self, now_ns: int) -> int:
        return max(0, now_ns - self.since_ns) if self.since_ns is not None else 0
